/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What passes between client and server: requests and replies, in memory. */

#ifndef CN_NN_WIRE_H
#define CN_NN_WIRE_H

#include "he/cipher.h"
#include "nn/plan.h"

/** Encrypted inputs of one batch. Per branch and input one ciphertext at the top level: part 0 bit-packed limb after limb, then
 *  part 1 likewise if the inputs are encrypted under a public key; else part 1 is uniform from the seed. */
struct cn_request {
    uint8_t plan_digest[32];
    uint8_t key_id[CN_KEY_ID_BYTES];
    uint8_t seed[CN_SEED_BYTES];
    size_t count;         /* images */
    unsigned parts;       /* packed parts per ciphertext, 1 or 2 */
    size_t cipher_bytes;  /* of one ciphertext */
    size_t bytes;         /* of data */
    bool mapped;          /* data lies in a file (util/map.h), not in the heap */
    uint8_t *data;        /* [plains][inputs][cipher_bytes] */
    bool borrowed;        /* data is part of something larger, */
    void *map;            /* which is this mapped file of so many bytes, or NULL: somebody else's memory */
    size_t map_bytes;
};

#define CN_REQUEST_NAME_BYTES 32

/** Encrypted scores: [plains][outputs] ciphertexts at the last level. */
struct cn_reply {
    uint8_t plan_digest[32];
    uint8_t key_id[CN_KEY_ID_BYTES]; /* that of the request */
    uint8_t request[CN_REQUEST_NAME_BYTES];
    size_t count, ciphers;
    size_t wire_bytes;    /* bit-packed */
    cn_cipher **cipher;
};

/** Index of the public uniform polynomial of an input ciphertext. */
static inline uint64_t cn_request_index(unsigned branch, size_t input) { return (uint64_t)branch << 32 | input; }

/** A server for a program instead of a whole model (prefixes of networks in tests); the program must outlive it. Otherwise as
 *  cn_server_new. */
cn_status cn_server_from_program(cn_server **s, const cn_plan *p, const cn_program *prog, const cn_relin_key *key, unsigned threads);

/** The name of a request of either kind: SHA3-256 over a label with its final zero and all that tells it from others. */
void cn_request_make_name(uint8_t name[CN_REQUEST_NAME_BYTES], const char *label, const uint8_t plan_digest[32], const uint8_t key_id[CN_KEY_ID_BYTES],
                          size_t count, const uint8_t seed[CN_SEED_BYTES]);

/** The name of a request in the replies to it (cn_reply_answers). */
void cn_request_name(uint8_t name[CN_REQUEST_NAME_BYTES], const cn_request *r);

/** A reply of empty places.  Returns: CN_OK, CN_ERR_MEMORY. */
cn_status cn_reply_new(cn_reply **r, const cn_plan *plan, size_t count);

#ifdef CN_TESTING
/** The secret key of a client, with its context in *ctx: for measured noise. Both stay the client's. Test builds only. */
const cn_secret_key *cn_test_client_key(const cn_context **ctx, const cn_client *c);
#endif

#endif
