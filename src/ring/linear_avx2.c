/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Weight matrix times a tile of 16 points with AVX2: exact integer dot products of 16-bit digits (vpmaddwd, vpaddd).
 *
 *  A residue x is d0 + 2^16 d1 + 2^32 d2 with signed 16-bit digits, which serves q < 2^46; below 2^32 - 2^17 the centred residue
 *  has two digits. Digits of two neighbouring columns lie side by side, so that one vpmaddwd does both columns at eight points.
 *  Per pair of columns and row that is 2 vpmaddwd and 2 vpaddd for each digit: 32 multiply-accumulates for 12 (8) instructions.
 *
 *  Ranges: |digit| <= 2^15 and sum |w| <= CN_GEMM_SUM_MAX < 2^16 between two reductions (gemm.h), so a sum of digits stays below
 *  2^31. Reductions run in double precision on exact integers below 2^49. Residues pass through integer and floating-point
 *  additions and multiplications alone. */

#include "ring/avx2.h"
#include "ring/kernels_x86.h"

#if CN_HAVE_X86

#define HALF 8                        /* points in a vector */
#define VECTORS (CN_TILE / HALF)

/** Digits of two rows of eight residues, to digits vectors of eight pairs each, points in the order 0 1 4 5 2 3 6 7.
 *  With digits = 2 the residues are centred first. */
CN_AVX2_INLINE void split(__m256i *out, const uint64_t *a, const uint64_t *b, int digits, __m256i q, __m256i half) {
    const __m256i bias = _mm256_set1_epi64x(digits == 3 ? 0x80008000 : 0x8000);
    __m256i y[2], z[2];
    CN_UNROLL for (int v = 0; v < 2; v++) {
        y[v] = _mm256_loadu_si256((const __m256i *)(const void *)(a + 4 * v));
        z[v] = _mm256_loadu_si256((const __m256i *)(const void *)(b + 4 * v));
        if (digits == 2) {
            y[v] = _mm256_sub_epi64(y[v], _mm256_and_si256(_mm256_cmpgt_epi64(y[v], half), q));
            z[v] = _mm256_sub_epi64(z[v], _mm256_and_si256(_mm256_cmpgt_epi64(z[v], half), q));
        }
        y[v] = _mm256_xor_si256(_mm256_add_epi64(y[v], bias), bias);
        z[v] = _mm256_xor_si256(_mm256_add_epi64(z[v], bias), bias);
    }
    __m256i even[2], odd[2], low[2], high[2]; /* even: point 0 of each 128-bit lane, digit by digit */
    CN_UNROLL for (int v = 0; v < 2; v++) {
        even[v] = _mm256_unpacklo_epi16(y[v], z[v]);
        odd[v] = _mm256_unpackhi_epi16(y[v], z[v]);
        low[v] = _mm256_unpacklo_epi32(even[v], odd[v]);
        high[v] = _mm256_unpackhi_epi32(even[v], odd[v]);
    }
    _mm256_store_si256(out, _mm256_unpacklo_epi64(low[0], low[1]));
    _mm256_store_si256(out + VECTORS, _mm256_unpackhi_epi64(low[0], low[1]));
    if (digits == 3) _mm256_store_si256(out + 2 * VECTORS, _mm256_unpacklo_epi64(high[0], high[1]));
}

/** Digits of all columns: [pair][3][VECTORS], the last third unused with two digits. A missing last column is zero. */
CN_AVX2_INLINE void split_all(__m256i *out, const uint64_t *in, size_t stride, size_t cols, int digits, const cn_mod *m) {
    static const uint64_t zero[CN_TILE];
    const __m256i q = _mm256_set1_epi64x((long long)m->q), half = _mm256_set1_epi64x((long long)m->half);
    for (size_t c = 0; c < cols; c += 2, out += CN_GEMM_DIGITS * VECTORS) {
        const uint64_t *a = in + c * stride, *b = c + 1 < cols ? a + stride : zero;
        CN_UNROLL for (int v = 0; v < VECTORS; v++) split(out + v, a + HALF * v, b + HALF * v, digits, q, half);
    }
}

/** sum[row][digit][VECTORS] += weights times digits over one strip, for rows neighbouring rows; start: from zero. */
CN_AVX2_INLINE void strip(__m256i *sum, const char *digit, const uint32_t *at, const uint32_t *weight, size_t pairs, bool start,
                          const int digits, const int rows) {
    __m256i acc[4][3][VECTORS];
    CN_UNROLL for (int r = 0; r < rows; r++)
        CN_UNROLL for (int d = 0; d < digits; d++)
            CN_UNROLL for (int v = 0; v < VECTORS; v++)
                acc[r][d][v] = start ? _mm256_setzero_si256() : _mm256_load_si256(sum + (r * digits + d) * VECTORS + v);
    for (size_t k = 0; k < pairs; k++) {
        const __m256i *x = (const __m256i *)(const void *)(digit + at[k]);
        __m256i w[4];
        CN_UNROLL for (int r = 0; r < rows; r++) w[r] = _mm256_set1_epi32((int)weight[k * CN_GEMM_ROWS + (size_t)r]);
        CN_UNROLL for (int d = 0; d < digits; d++)
            CN_UNROLL for (int v = 0; v < VECTORS; v++) {
                __m256i y = _mm256_load_si256(x + d * VECTORS + v);
                __asm__("" : "+x"(y)); /* one load for all rows, not one each */
                CN_UNROLL for (int r = 0; r < rows; r++)
                    acc[r][d][v] = _mm256_add_epi32(acc[r][d][v], _mm256_madd_epi16(y, w[r]));
            }
    }
    CN_UNROLL for (int r = 0; r < rows; r++)
        CN_UNROLL for (int d = 0; d < digits; d++)
            CN_UNROLL for (int v = 0; v < VECTORS; v++) _mm256_store_si256(sum + (r * digits + d) * VECTORS + v, acc[r][d][v]);
}

/** One strip of all rows of a group: at most 12 accumulators at a time, 2 rows of 3 digits or 3 of 2. */
CN_AVX2_INLINE void strip_rows(__m256i *sum, const char *digit, const cn_gemm_group *g, const cn_gemm_strip *s, bool start,
                               const int digits) {
    const uint32_t *at = g->digits + s->begin;
    size_t pairs = s->end - s->begin;
    for (size_t row = 0; row < g->rows; row += CN_GEMM_ROWS) {
        const uint32_t *weight = g->weight + row * g->pairs + s->begin * CN_GEMM_ROWS;
        __m256i *to = sum + row * (size_t)(digits * VECTORS);
        int left = (int)CN_MIN(g->rows - row, (size_t)CN_GEMM_ROWS);
        for (int rows; left > 0; left -= rows, weight += rows, to += rows * digits * VECTORS) {
            rows = digits == 2 && left != 2 && left != 4 ? CN_MIN(left, 3) : CN_MIN(left, 2);
            if (digits == 2 && rows == 3)
                strip(to, digit, at, weight, pairs, start, digits, 3);
            else if (rows == 2)
                strip(to, digit, at, weight, pairs, start, digits, 2);
            else
                strip(to, digit, at, weight, pairs, start, digits, 1);
        }
    }
}

/** Constants of a reduction modulo q. */
typedef struct modulus {
    cn_fp f;
    cn_fp_factor top; /* 2^32: of the third digit */
    cn_fp_factor up;  /* 2^15: of the next plane of weights */
    uint64_t signed_bias;
} modulus;

/** Four sums a0 + 2^16 a1 + 2^32 a2, plus the bias, merged with old, modulo q: |r| < q, never -0, as no sum here is.
 *  |a_i| < 2^31, bias and old reduced. */
CN_AVX2_INLINE __m256d reduce(__m128i a0, __m128i a1, __m128i a2, __m256d bias, __m256d old, int digits, cn_gemm_merge merge,
                              const modulus *m) {
    __m256d x = _mm256_fmadd_pd(_mm256_cvtepi32_pd(a1), _mm256_set1_pd(65536), _mm256_cvtepi32_pd(a0)); /* below 2^47.1 */
    if (digits == 3) x = _mm256_add_pd(x, cn_fp_times_factor(_mm256_cvtepi32_pd(a2), m->top, m->f.q));
    x = _mm256_add_pd(x, bias);
    if (merge == CN_GEMM_ADD) x = _mm256_add_pd(x, old);
    if (merge == CN_GEMM_SHIFT) x = _mm256_add_pd(x, cn_fp_times_factor(old, m->up, m->f.q));
    return cn_fp_reduce(x, &m->f); /* |x| < 2^49: |r| <= q/2 + 2^-4 */
}

/** The sums of one row to out, undoing the order of split. */
CN_AVX2_INLINE void finish(uint64_t *out, const __m256i *sum, uint64_t bias, int digits, cn_gemm_merge merge, const modulus *m) {
    const __m256d start = _mm256_set1_pd((double)bias);
    CN_UNROLL for (int v = 0; v < VECTORS; v++) {
        uint64_t *to = out + HALF * v;
        __m256i a[3] = {sum[v], sum[VECTORS + v], sum[v]};
        __m256d old[2], r[2];
        if (digits == 3) a[2] = sum[2 * VECTORS + v];
        old[0] = old[1] = _mm256_setzero_pd();
        if (merge != CN_GEMM_SET) {
            __m256d first = cn_fp_load_words(to), second = cn_fp_load_words(to + 4);
            old[0] = _mm256_permute2f128_pd(first, second, 0x20);
            old[1] = _mm256_permute2f128_pd(first, second, 0x31);
        }
        r[0] = reduce(_mm256_castsi256_si128(a[0]), _mm256_castsi256_si128(a[1]), _mm256_castsi256_si128(a[2]), start, old[0],
                      digits, merge, m);
        r[1] = reduce(_mm256_extracti128_si256(a[0], 1), _mm256_extracti128_si256(a[1], 1), _mm256_extracti128_si256(a[2], 1), start,
                      old[1], digits, merge, m);
        cn_fp_store_residues(to, _mm256_permute2f128_pd(r[0], r[1], 0x20), &m->f);
        cn_fp_store_residues(to + 4, _mm256_permute2f128_pd(r[0], r[1], 0x31), &m->f);
    }
}

CN_AVX2_INLINE void finish_rows(uint64_t *out, size_t stride, const __m256i *sum, const uint64_t *bias, const cn_gemm_group *g,
                                int digits, cn_gemm_merge merge, const modulus *m) {
    for (size_t r = 0; r < g->rows; r++)
        finish(out + g->row[r] * stride, sum + r * (size_t)(digits * VECTORS), bias ? bias[g->row[r]] : 0, digits, merge, m);
}

typedef __m256i vec;
CN_AVX2_INLINE vec vec_zero(void) { return _mm256_setzero_si256(); }
CN_AVX2_INLINE vec vec_load(const uint64_t *x) { return _mm256_loadu_si256((const __m256i *)(const void *)x); }
CN_AVX2_INLINE vec vec_add(vec a, vec b) { return _mm256_add_epi64(a, b); }
CN_AVX2_INLINE vec vec_sub(vec a, vec b) { return _mm256_sub_epi64(a, b); }

/** Signed sums, raised to [0, 2^63), as 2^32 a + b with a < 2^31 and b < 2^32. */
CN_AVX2_INLINE void finish_sum(uint64_t *out, const vec *sum, uint64_t bias, const modulus *m) {
    const vec up = _mm256_set1_epi64x((long long)m->signed_bias), low = _mm256_set1_epi64x(0xffffffff);
    CN_UNROLL for (int v = 0; v < VECTORS; v++) {
        const vec x = _mm256_add_epi64(sum[v], up);
        __m256d r = cn_fp_times_factor(cn_fp_from_words(_mm256_srli_epi64(x, 32)), m->top, m->f.q);
        r = _mm256_add_pd(r, _mm256_add_pd(cn_fp_from_words(_mm256_and_si256(x, low)), _mm256_set1_pd((double)bias)));
        cn_fp_store_residues(out + 4 * v, cn_fp_reduce(r, &m->f), &m->f); /* below 2^47 before */
    }
}

#define LINEAR_INLINE CN_AVX2_INLINE
#include "ring/sums_vector.h"
#include "ring/linear_vector.h"

/** A constant factor k for any q. */
CN_AVX2_INLINE cn_fp_factor factor(uint64_t k, const cn_mod *m) { return cn_fp_factor_init(cn_mod_reduce(k, m), m); }

CN_AVX2 void cn_linear_fp(uint64_t *out, size_t out_stride, const uint64_t *in, size_t in_stride, const uint64_t *bias,
                            const cn_gemm *g, const cn_mod *m, void *scratch) {
    const modulus c = {cn_fp_init(m), factor((uint64_t)1 << 32, m), factor((uint64_t)1 << CN_GEMM_PLANE_BITS, m), m->signed_bias};
    run(out, out_stride, in, in_stride, bias, g, m, &c, scratch);
}

#endif
