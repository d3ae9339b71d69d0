/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Rotations of slots: the key. BFV only.
 *
 *  sigma, x -> x^g, turns (c0, c1) under s into (sigma c0, sigma c1) under sigma s. With the digits d_k of c1, sum d_k g_k = c1, and
 *  a key (b_k, a_k) of encryptions of P g_k s under sigma^-1 s,
 *
 *      sigma(P c0 + sum d_k b_k),  sigma(sum d_k a_k)        decrypts under s to P sigma(c0 + c1 s) + sigma(sum d_k e_k)  modulo QP.
 *
 *  The key is kept as it stands above, before sigma, so that a rotation permutes two polynomials instead of all digits. */

#ifndef CN_HE_ROTATE_H
#define CN_HE_ROTATE_H

#include "he/scheme.h"

/** The key of one rotation, for ciphertexts of at most so many primes. */
typedef struct cn_rotation_part {
    unsigned rotation;
    unsigned limbs;    /* primes; polynomials have these limbs and the special one */
    unsigned digits;
    cn_poly *b;        /* [digits]: -a sigma^-1(s) + e + P g_k s, NTT domain */
    cn_poly *a;        /* [digits], from the seed */
    uint32_t *index;   /* permutation of sigma */
} cn_rotation_part;

struct cn_rotation_key {
    uint8_t digest[32];
    uint8_t id[CN_KEY_ID_BYTES];
    uint8_t seed[CN_SEED_BYTES]; /* of all a */
    size_t count;
    cn_rotation_part *part;      /* [count], no rotation twice */
    uint64_t *words;             /* of all polynomials, which own nothing */
    size_t bytes;
};

/** A rotation key of zero polynomials but for the a, which are expanded from a seed of zeros by cn_rotation_key_expand.
 *  In: rotations as for cn_rotation_key_new.  Returns: CN_OK, CN_ERR_MEMORY. Release with cn_rotation_key_free. */
cn_status cn_rotation_key_reserve(cn_rotation_key **rk, const cn_rotation *rotation, size_t count, const cn_context *ctx);

/** All a from the seed. */
void cn_rotation_key_expand(cn_rotation_key *rk, const cn_context *ctx);

/** The part of a rotation, NULL if there is none. */
const cn_rotation_part *cn_rotation_find(const cn_rotation_key *rk, unsigned rotation);

/** Index of a uniform polynomial under the seed. */
static inline uint64_t cn_rotation_index(unsigned rotation, unsigned digit) { return (uint64_t)rotation << 32 | digit; }

#endif
