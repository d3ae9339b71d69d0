/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What passes between client and server of a packed evaluation, in memory. */

#ifndef CN_NN_SINGLE_WIRE_H
#define CN_NN_SINGLE_WIRE_H

#include "he/cipher.h"
#include "nn/single.h"
#include "nn/wire.h"

/** Encrypted images. Per branch and upload one ciphertext at the top level under the secret key: part 0 bit-packed limb after limb, part 1
 *  uniform from the seed. */
struct cn_single_request {
    uint8_t plan_digest[32];
    uint8_t key_id[CN_KEY_ID_BYTES];
    uint8_t seed[CN_SEED_BYTES];
    size_t count;         /* images */
    size_t cipher_bytes;  /* of one ciphertext */
    size_t bytes;         /* of data */
    uint8_t *data;        /* [plains][uploads][cipher_bytes] */
};

/** Encrypted scores of the images of a request, one ciphertext per branch: shares that add up to the scores. */
struct cn_single_reply {
    uint8_t plan_digest[32];
    uint8_t key_id[CN_KEY_ID_BYTES]; /* that of the request */
    uint8_t request[CN_REQUEST_NAME_BYTES];
    size_t count;
    size_t wire_bytes;
    cn_cipher *cipher[CN_PLAINS_MAX];
};

/** The name of a request in the replies to it (cn_single_reply_answers). */
void cn_single_request_name(uint8_t name[CN_REQUEST_NAME_BYTES], const cn_single_request *r);

#ifdef CN_TESTING
/** The secret key of a client, with its context in *ctx: for measured noise. Both stay the client's. Test builds only. */
const cn_secret_key *cn_test_single_client_key(const cn_context **ctx, const cn_single_client *c);
#endif

#endif
