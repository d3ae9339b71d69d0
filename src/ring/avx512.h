/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Residues in 52-bit integer arithmetic (AVX-512 IFMA), eight to a register: product with a constant, reduction.
 *
 *  A product with a constant w is V. Shoup's, in the form of D. Harvey (J. Symb. Comput. 60 (2014) 113-119), with 2^52 for the
 *  word; a number below 2^52 is reduced as by P. Barrett (CRYPTO '86). Both take a multiple of q off a number, known modulo 2^52,
 *  with a quotient that never exceeds the true one. The multiplier reads the lowest 52 bits, and carries only run upwards, so bits
 *  52 to 63 of a lane may be arbitrary until cn_ifma_finish.
 *  Nothing here branches on values or depends on them in its time. */

#ifndef CN_RING_AVX512_H
#define CN_RING_AVX512_H

#include "arith/modulus.h"
#include "util/cpu.h"

#if CN_HAVE_X86

#include <immintrin.h>

#define CN_IFMA_LANES 8

/** A modulus q < 2^51 for these functions. */
typedef struct cn_ifma {
    __m512i q, minus_q; /* q, 2^52 - q */
    __m512i recip;      /* floor(2^52 / q) */
    __m512i low52;
} cn_ifma;

CN_AVX512_INLINE __m512i cn_ifma_all(uint64_t x) { return _mm512_set1_epi64((int64_t)x); }

CN_AVX512_INLINE cn_ifma cn_ifma_init(const cn_mod *m) {
    const uint64_t one52 = (uint64_t)1 << 52;
    cn_ifma f = {cn_ifma_all(m->q), cn_ifma_all(one52 - m->q), cn_ifma_all(m->recip >> 12), cn_ifma_all(one52 - 1)};
    return f;
}

/** A constant factor w < q and floor(2^52 w / q). */
typedef struct cn_ifma_factor {
    __m512i w, quotient;
} cn_ifma_factor;

CN_AVX512_INLINE cn_ifma_factor cn_ifma_factor_init(cn_shoup w) {
    cn_ifma_factor c = {cn_ifma_all(w.w), cn_ifma_all(w.quotient >> 12)};
    return c;
}

CN_AVX512_INLINE __m512i cn_ifma_load(const uint64_t *x) { return _mm512_loadu_si512(x); }
CN_AVX512_INLINE void cn_ifma_store(uint64_t *x, __m512i v) { _mm512_storeu_si512(x, v); }

/** acc + low and acc + high 52 bits of the product of the low 52 bits of a and b. */
CN_AVX512_INLINE __m512i cn_ifma_low(__m512i acc, __m512i a, __m512i b) { return _mm512_madd52lo_epu64(acc, a, b); }
CN_AVX512_INLINE __m512i cn_ifma_high(__m512i acc, __m512i a, __m512i b) { return _mm512_madd52hi_epu64(acc, a, b); }

/** x w mod q for x < 2^52, in [0, (1 + x / 2^52) q), modulo 2^52. */
CN_AVX512_INLINE __m512i cn_ifma_times_factor(__m512i x, cn_ifma_factor c, const cn_ifma *f) {
    const __m512i zero = _mm512_setzero_si512();
    const __m512i high = cn_ifma_high(zero, x, c.quotient), low = cn_ifma_low(zero, x, c.w);
    return cn_ifma_low(low, high, f->minus_q);
}

/** x < 2^52 -> x mod q in [0, 2q), modulo 2^52: the quotient falls short by less than 1 + x / 2^52. */
CN_AVX512_INLINE __m512i cn_ifma_reduce(__m512i x, const cn_ifma *f) {
    return cn_ifma_low(x, cn_ifma_high(_mm512_setzero_si512(), x, f->recip), f->minus_q);
}

/** 2^52 mod q as a factor: w = 2^52 - q floor(2^52 / q), and floor(2^52 w / q) = floor(2^104 / q) - 2^52 floor(2^52 / q). */
CN_AVX512_INLINE cn_ifma_factor cn_ifma_factor_two52(const cn_mod *m) {
    const uint64_t whole = m->recip >> 12, above = m->recip128[1] << 40 | m->recip128[0] >> 24; /* floor(2^104 / q) modulo 2^64 */
    cn_ifma_factor c = {cn_ifma_all(((uint64_t)1 << 52) - whole * m->q), cn_ifma_all(above - (whole << 52))};
    return c;
}

/** [0, 2q) -> [0, q).  In: clean upper bits. */
CN_AVX512_INLINE __m512i cn_ifma_fold(__m512i x, __m512i q) { return _mm512_min_epu64(x, _mm512_sub_epi64(x, q)); }

/** x mod 2^52, [0, 2q) -> [0, q), with clean upper bits. */
CN_AVX512_INLINE __m512i cn_ifma_finish(__m512i x, const cn_ifma *f) {
    return cn_ifma_fold(_mm512_and_si512(x, f->low52), f->q);
}

/** Sums of products as low and high words: after 256 terms low < 2^60, high < 2^8 q^2 / 2^52 < 2^48. The sum is
 *  high 2^52 + low with low cut to 52 bits and the rest of it added to high, which stays floor(sum / 2^52) < 2^48. */
typedef struct cn_ifma_sum {
    __m512i low, high;
} cn_ifma_sum;

CN_AVX512_INLINE void cn_ifma_sum_add(cn_ifma_sum *s, __m512i a, __m512i b) {
    s->low = cn_ifma_low(s->low, a, b);
    s->high = cn_ifma_high(s->high, a, b);
}

/** Reduced, q < 2^46: high (2^52 mod q) is below (1 + 1/16) q, the low word modulo q below 2q, together below 4q. */
CN_AVX512_INLINE __m512i cn_ifma_sum_reduce(const cn_ifma_sum *s, cn_ifma_factor two52, const cn_ifma *f) {
    __m512i high = _mm512_add_epi64(s->high, _mm512_srli_epi64(s->low, 52));
    __m512i low = _mm512_and_si512(s->low, f->low52);
    __m512i x = _mm512_add_epi64(cn_ifma_times_factor(high, two52, f), cn_ifma_reduce(low, f));
    return cn_ifma_fold(cn_ifma_fold(_mm512_and_si512(x, f->low52), _mm512_add_epi64(f->q, f->q)), f->q);
}

#define CN_IFMA_FEW 8

/** The same for at most CN_IFMA_FEW products and 2^8 < q < 2^46: with bits that of q, t = floor(sum / 2^(bits-3)) < 2^(bits+6) <= 2^52 and
 *  recip = floor(2^(bits+49) / q), the quotient floor(t recip / 2^52) never exceeds sum / q. Cutting the sum costs at most 1/4, the reciprocal less
 *  than 1, rounding down less than 1: what remains is below 4q. */
typedef struct cn_ifma_few {
    __m512i recip, up, down; /* the reciprocal; 55 - bits, bits - 3 */
} cn_ifma_few;

CN_AVX512_INLINE cn_ifma_few cn_ifma_few_init(const cn_mod *m) {
    const cn_u128 recip128 = (cn_u128)m->recip128[1] << 64 | m->recip128[0];
    cn_ifma_few few = {cn_ifma_all((uint64_t)(recip128 >> (79 - m->bits))), cn_ifma_all(55 - m->bits), cn_ifma_all(m->bits - 3)};
    return few;
}

CN_AVX512_INLINE __m512i cn_ifma_few_reduce(const cn_ifma_sum *s, const cn_ifma_few *few, const cn_ifma *f) {
    __m512i t = _mm512_add_epi64(_mm512_sllv_epi64(s->high, few->up), _mm512_srlv_epi64(s->low, few->down));
    __m512i quotient = cn_ifma_high(_mm512_setzero_si512(), t, few->recip);
    __m512i x = _mm512_and_si512(cn_ifma_low(s->low, quotient, f->minus_q), f->low52);
    return cn_ifma_fold(cn_ifma_fold(x, _mm512_add_epi64(f->q, f->q)), f->q);
}

#endif
#endif
