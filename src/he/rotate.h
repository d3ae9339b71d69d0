/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Rotations of slots, many of one ciphertext at the price of few. BFV only.
 *
 *  sigma, x -> x^g, turns (c0, c1) under s into (sigma c0, sigma c1) under sigma s. With the digits d_k of c1, sum d_k g_k = c1, and
 *  a key (b_k, a_k) of encryptions of P g_k s under sigma^-1 s,
 *
 *      sigma(P c0 + sum d_k b_k),  sigma(sum d_k a_k)        decrypts under s to P sigma(c0 + c1 s) + sigma(sum d_k e_k)  modulo QP.
 *
 *  The digits do not depend on the rotation: one decomposition serves all (hoisting); and the key is kept as it stands above, before
 *  sigma, so that a rotation permutes two polynomials instead of all digits. Sums of such pairs, each multiplied by a plaintext or not,
 *  are formed modulo QP and divided by P once (lazy division). */

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

#define CN_HOIST_TURNS 8 /* terms that are worked on together */

/** A term of sums over rotations of one ciphertext. */
typedef struct cn_turn {
    const cn_rotation_part *key;  /* NULL: the identity */
    const cn_poly *const *plain;  /* [sums] factor in each sum, with the limbs of the accumulators, NTT domain; NULL: 1 in all */
} cn_turn;

/** Scratch of sums over rotations, one per thread. */
typedef struct cn_hoist {
    uint64_t *digits; /* those of a ciphertext modulo one prime */
    uint64_t *p0;     /* [n] P c0 modulo one prime */
    uint64_t *sum;    /* [CN_HOIST_TURNS][n] */
} cn_hoist;

/** For ciphertexts of at most limbs primes.  Returns: CN_OK, CN_ERR_MEMORY. Zeroed struct allowed in clear. */
cn_status cn_hoist_init(cn_hoist *h, unsigned limbs, const cn_context *ctx);
void cn_hoist_clear(cn_hoist *h);

/** acc[k] <- acc[k] + sum over turns of plain[k] P sigma(c), k < sums: sums modulo QP. Without add the former acc counts as 0.
 *  In: c[0], c[1] in the NTT domain, same limbs, no special one; keys of at least these limbs; turns all with plaintexts or all without.
 *  Out: acc[k][0] and acc[k][1], which have room, with the limbs of c and the special one, NTT domain; other memory than c.
 *  Scratch: c2 of s. */
void cn_hoist_sum(cn_poly *const *acc, size_t sums, const cn_poly c[2], const cn_turn *turn, size_t turns, bool add, cn_hoist *h,
                  cn_he_scratch *s, const cn_context *ctx);

/** acc <- acc / P, rounded. Scratch: words of s. */
void cn_hoist_divide(cn_poly acc[2], cn_he_scratch *s, const cn_context *ctx);

#endif
