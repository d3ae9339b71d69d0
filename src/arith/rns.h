/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Residue number system: an integer modulo Q = q_0 ... q_{L-1} as its residues, with the constants
 *  of the Chinese remainder theorem, and the conversions to GMP integers. GMP routines are variable
 *  time: public data, tests and the multi-precision reference only. */

#ifndef CN_ARITH_RNS_H
#define CN_ARITH_RNS_H

#include <gmp.h>

#include "arith/modulus.h"

#define CN_RNS_MAX 40 /* most primes in one basis (limbs and special prime, or clear-network primes) */

typedef struct cn_rns {
    unsigned count;
    cn_mod mod[CN_RNS_MAX];
    uint64_t hat_inv[CN_RNS_MAX]; /* (Q/q_i)^-1 mod q_i */
    mpz_t product;                /* Q */
    mpz_t hat[CN_RNS_MAX];        /* Q/q_i, i < count */
} cn_rns;

/** Build the basis of count distinct primes.  Returns: CN_OK, CN_ERR_LIMB_COUNT,
 *  CN_ERR_LIMB_RANGE, CN_ERR_DUPLICATE. Release with cn_rns_clear (a zeroed struct and a failed one
 *  are allowed). Primality is the caller's business. */
cn_status cn_rns_init(cn_rns *b, const uint64_t *primes, unsigned count);
void cn_rns_clear(cn_rns *b);

/** x in [0, Q) from residues res[0], res[stride], ...  On input reduced. x has been
 *  initialised by the caller, here and below. */
void cn_rns_get_mpz(mpz_t x, const uint64_t *res, size_t stride, const cn_rns *b);
/** The same centred: in (-Q/2, Q/2]. */
void cn_rns_get_mpz_centred(mpz_t x, const uint64_t *res, size_t stride, const cn_rns *b);
/** Residues of any integer x. On output reduced. */
void cn_rns_set_mpz(uint64_t *res, size_t stride, const mpz_t x, const cn_rns *b);

/** x mod q for any integer x. On output reduced. */
uint64_t cn_mpz_mod_word(const mpz_t x, const cn_mod *m);
/** Conversions; cn_mpz_get_i128 needs |x| < 2^127 and says false otherwise (*r unchanged). */
void cn_mpz_set_i128(mpz_t r, cn_i128 x);
bool cn_mpz_get_i128(cn_i128 *r, const mpz_t x);
void cn_mpz_set_u64(mpz_t r, uint64_t x);
/** r = x - t * round(x / t), in (-t/2, t/2]; t > 0. Alias allowed. */
void cn_mpz_centre(mpz_t r, const mpz_t x, const mpz_t t);
/** log2 |x| in double precision; -inf for 0. */
double cn_mpz_log2(const mpz_t x);

#endif
