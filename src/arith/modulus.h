/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A word-sized prime modulus and arithmetic modulo it.
 *
 *  Ranges are stated per function; "reduced" means in [0, q). Admissible moduli are the odd primes
 *  3 <= q < 2^61: ciphertext primes stay below 2^CN_LIMB_BITS_MAX, plaintext primes below 2^50, and
 *  the extra room serves tests. Everything inline here takes time independent of the residues;
 *  names ending in _var are variable time and for public data only. */

#ifndef CN_ARITH_MODULUS_H
#define CN_ARITH_MODULUS_H

#include "util/common.h"
#include "util/ct.h"
#include "util/verify.h"

#define CN_LIMB_BITS_MAX 46  /* ciphertext primes q < 2^46 */
#define CN_PLAIN_BITS_MAX 50 /* plaintext primes t < 2^50 */
#define CN_MOD_BITS_MAX 61

typedef struct cn_mod {
    uint64_t q;          /* the prime */
    uint64_t recip;      /* floor(2^64 / q) */
    uint64_t recip128[2];/* floor(2^128 / q), low and high word */
    uint64_t half;       /* (q - 1) / 2: largest centred value */
    uint64_t signed_bias;/* least multiple of q that is >= 2^62 */
    unsigned bits;       /* bit length of q */
} cn_mod;

/** A constant factor w with its Shoup quotient floor(2^64 w / q)  [Harvey 2014, section 2]. */
typedef struct cn_shoup {
    uint64_t w;
    uint64_t quotient;
} cn_shoup;

/** Precompute for q.  Returns: true; false (m unchanged) unless q is odd and 3 <= q < 2^61.
 *  Primality is the caller's business (cn_is_prime_var). */
bool cn_mod_init(cn_mod *m, uint64_t q);

/** x if x < q, x - q if q <= x < 2q.  On input x < 2q < 2^62. */
static inline uint64_t cn_mod_fold(uint64_t x, const cn_mod *m) {
    uint64_t d = x - m->q;
    return d + (m->q & cn_ct_mask_msb(d));
}

/** a + b, a - b, -a.  On input reduced; on output reduced. */
static inline uint64_t cn_mod_add(uint64_t a, uint64_t b, const cn_mod *m) {
    CN_VERIFY(a < m->q && b < m->q);
    return cn_mod_fold(a + b, m);
}
static inline uint64_t cn_mod_sub(uint64_t a, uint64_t b, const cn_mod *m) {
    CN_VERIFY(a < m->q && b < m->q);
    uint64_t d = a - b;
    return d + (m->q & cn_ct_mask_msb(d));
}
static inline uint64_t cn_mod_neg(uint64_t a, const cn_mod *m) { return cn_mod_sub(0, a, m); }

/** x mod q for any x < 2^64 (Barrett). On output reduced. */
static inline uint64_t cn_mod_reduce(uint64_t x, const cn_mod *m) {
    uint64_t h = (uint64_t)(((cn_u128)x * m->recip) >> 64);
    return cn_mod_fold(x - h * m->q, m); /* x - h q in [0, 2q): h is at most 1 below floor(x/q) */
}

/** x mod q for |x| <= 2^62, signed. On output reduced. */
static inline uint64_t cn_mod_reduce_signed(int64_t x, const cn_mod *m) {
    CN_VERIFY(x >= -((int64_t)1 << 62) && x <= ((int64_t)1 << 62));
    return cn_mod_reduce((uint64_t)x + m->signed_bias, m); /* in [0, 2^63 + q) */
}

/** x mod q for any 128-bit x. On output reduced. */
static inline uint64_t cn_mod_reduce128(cn_u128 x, const cn_mod *m) {
    uint64_t x0 = (uint64_t)x, x1 = (uint64_t)(x >> 64);
    uint64_t r0 = m->recip128[0], r1 = m->recip128[1];
    cn_u128 mid = (cn_u128)x0 * r1 + (uint64_t)(((cn_u128)x0 * r0) >> 64); /* < 2^128 */
    cn_u128 mid2 = (cn_u128)x1 * r0 + (uint64_t)mid;
    uint64_t h = x1 * r1 + (uint64_t)(mid >> 64) + (uint64_t)(mid2 >> 64); /* floor(x r / 2^128) mod 2^64 */
    return cn_mod_fold(x0 - h * m->q, m);                                   /* in [0, 2q) */
}

/** a * b.  On input a, b < 2^64 with any product; on output reduced. */
static inline uint64_t cn_mod_mul(uint64_t a, uint64_t b, const cn_mod *m) {
    return cn_mod_reduce128((cn_u128)a * b, m);
}

/** Representative in [-(q-1)/2, (q-1)/2].  On input reduced. */
static inline int64_t cn_mod_centre(uint64_t a, const cn_mod *m) {
    CN_VERIFY(a < m->q);
    uint64_t above = cn_ct_mask_lt(m->half, a);
    return (int64_t)(a - (m->q & above));
}

/** The Shoup form of w.  On input w reduced. Variable time: constants only. */
cn_shoup cn_shoup_init_var(uint64_t w, const cn_mod *m);

/** x * w lazily.  On input any x < 2^64; on output in [0, 2q). */
static inline uint64_t cn_shoup_mul_lazy(uint64_t x, cn_shoup w, const cn_mod *m) {
    uint64_t h = (uint64_t)(((cn_u128)x * w.quotient) >> 64);
    return x * w.w - h * m->q;
}
/** x * w.  On input any x < 2^64; on output reduced. */
static inline uint64_t cn_shoup_mul(uint64_t x, cn_shoup w, const cn_mod *m) {
    return cn_mod_fold(cn_shoup_mul_lazy(x, w, m), m);
}

/** a^e and a^-1 (q prime, a not 0 modulo q).  On input reduced; on output reduced. Public data. */
uint64_t cn_mod_pow_var(uint64_t a, uint64_t e, const cn_mod *m);
uint64_t cn_mod_inv_var(uint64_t a, const cn_mod *m);

#endif
