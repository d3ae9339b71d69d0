/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Residues as integers in double precision, four to a register: conversion, product, reduction.
 *
 *  A product a b = h + l is split exactly by h = RN(a b), l = fma(a, b, -h)  [T. J. Dekker, "A floating-point technique for
 *  extending the available precision", Numer. Math. 18 (1971)], and a multiple c q with c close to a b / q is taken off it:
 *  a b - c q = (h - c q) + l  [J. van der Hoeven, G. Lecerf, G. Quintin, "Modular SIMD arithmetic in Mathemagix", ACM TOMS
 *  43 (2016)]. All of this is exact: the sums are integers below 2^53. Rounding to the nearest integer is an addition of
 *  M = 1.5 * 2^52: near M, up to a distance of 2^51, doubles have distance 1. Fused with a product it is the only rounding.
 *
 *  No result is -0. The functions keep -c = M - (M + c), which is never -0; so -c q + h is not -0 either (an exact zero of
 *  other terms is +0), nor is the sum of that and anything. So the sign bit of a result is set if and only if it is below
 *  zero, which is what cn_fp_store_residues uses.
 *  The rounding mode must be the default one, to nearest: kernels_avx2.c sees to it.
 *  Nothing here branches on values or depends on them in its time. */

#ifndef CN_RING_AVX2_H
#define CN_RING_AVX2_H

#include "arith/modulus.h"
#include "util/cpu.h"

#if CN_HAVE_X86

#include <immintrin.h>

#ifdef __FAST_MATH__
#error "exact rounding is needed: compile without -ffast-math"
#endif

/** A modulus q < 2^50 for these functions. */
typedef struct cn_fp {
    __m256d q, over; /* over = RN(1/q), off by at most 2^-53 / q */
    __m256d lift[2]; /* 2^52 and 2^52 + q */
} cn_fp;

CN_AVX2_INLINE cn_fp cn_fp_init(const cn_mod *m) {
    const double q = (double)m->q;
    cn_fp f = {_mm256_set1_pd(q), _mm256_set1_pd(1 / q), {_mm256_set1_pd(0x1p52), _mm256_set1_pd(0x1p52 + q)}};
    return f;
}

/** A constant factor: w centred, |w| <= (q-1)/2, and over = RN(w/q), |over| <= 1/2, off by at most 2^-54. */
typedef struct cn_fp_factor {
    __m256d w, over;
} cn_fp_factor;

CN_AVX2_INLINE cn_fp_factor cn_fp_factor_init(uint64_t w, const cn_mod *m) {
    const double centred = (double)cn_mod_centre(w, m);
    cn_fp_factor f = {_mm256_set1_pd(centred), _mm256_set1_pd(centred / (double)m->q)};
    return f;
}

/** Four words below 2^52 as doubles 2^52 + x: the bits of x are those of its significand. */
CN_AVX2_INLINE __m256d cn_fp_raise(__m256i x) { return _mm256_or_pd(_mm256_castsi256_pd(x), _mm256_set1_pd(0x1p52)); }
CN_AVX2_INLINE __m256d cn_fp_load_raised(const uint64_t *a) {
    return cn_fp_raise(_mm256_loadu_si256((const __m256i *)(const void *)a));
}

/** Four words below 2^52 as doubles. */
CN_AVX2_INLINE __m256d cn_fp_from_words(__m256i x) { return _mm256_sub_pd(cn_fp_raise(x), _mm256_set1_pd(0x1p52)); }
CN_AVX2_INLINE __m256d cn_fp_load_words(const uint64_t *a) {
    return cn_fp_from_words(_mm256_loadu_si256((const __m256i *)(const void *)a));
}

/** Store four numbers x, |x| < q, x not -0, as reduced residues: x, or x + q if negative. */
CN_AVX2_INLINE void cn_fp_store_residues(uint64_t *r, __m256d x, const cn_fp *f) {
    x = _mm256_add_pd(x, _mm256_blendv_pd(f->lift[0], f->lift[1], x)); /* exact: below 2^53 */
    _mm256_storeu_si256((__m256i *)(void *)r, _mm256_castpd_si256(_mm256_xor_pd(x, f->lift[0])));
}

/** -RN(x y).  In: |x y| <= 2^51. */
CN_AVX2_INLINE __m256d cn_fp_minus_round(__m256d x, __m256d y) {
    const __m256d magic = _mm256_set1_pd(0x1.8p52);
    return _mm256_sub_pd(magic, _mm256_fmadd_pd(x, y, magic));
}

/** x modulo q, centred.  In: |x| < 2^53, |x| <= 2^51 q.  Out: |r| <= q/2 + 2^-53 |x|, as RN(1/q) puts x/q off by
 *  2^-53 |x| / q at most. */
CN_AVX2_INLINE __m256d cn_fp_reduce(__m256d x, const cn_fp *f) {
    return _mm256_fmadd_pd(cn_fp_minus_round(x, f->over), f->q, x);
}

/** y w modulo q for a constant w.  In: |y| <= 2^52, q < 2^50.  Out: |r| <= (1/2 + 2^-54 |y|) q <= 3/4 q.
 *  The quotient's estimate is y over, rounded once, and off by at most 1/2 + |y| 2^-54; |y over| <= 2^51.
 *  Exact: |h| <= 2^52 2^49, so |l| <= 2^47, and |h - c q| <= |r| + |l| < 2^50. */
CN_AVX2_INLINE __m256d cn_fp_times_factor(__m256d y, cn_fp_factor w, __m256d q) {
    const __m256d h = _mm256_mul_pd(y, w.w), c = cn_fp_minus_round(y, w.over), l = _mm256_fmsub_pd(y, w.w, h);
    return _mm256_add_pd(_mm256_fmadd_pd(c, q, h), l);
}

/** x y modulo q.  In: |x y| <= 3/2 q^2, q < 2^50.  Out: |r| <= (1/2 + 2^-52 |x y| / q) q <= 7/8 q; <= 3/4 q if |x y| <= q^2.
 *  The quotient's estimate h over is off by two relative errors of 2^-53 and the final rounding; |h over| < 1.6 * 2^50.
 *  Exact: |h| < 2^101, so |l| <= 2^47, and |h - c q| <= |r| + |l| < 2^51. */
CN_AVX2_INLINE __m256d cn_fp_times(__m256d x, __m256d y, const cn_fp *f) {
    const __m256d h = _mm256_mul_pd(x, y), c = cn_fp_minus_round(h, f->over), l = _mm256_fmsub_pd(x, y, h);
    return _mm256_add_pd(_mm256_fmadd_pd(c, f->q, h), l);
}

#endif
#endif
