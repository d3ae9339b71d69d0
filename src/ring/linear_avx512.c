/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Weight matrix times a tile of 16 points with AVX-512 VNNI: exact integer dot products of 16-bit digits (vpdpwssd).
 *
 *  A residue x is d0 + 2^16 d1 + 2^32 d2 with signed 16-bit digits, which serves q < 2^46; below 2^32 - 2^17 the centred residue
 *  has two digits. Digits of two neighbouring columns lie side by side, so that one vpdpwssd does both columns at all sixteen
 *  points: per pair of columns and row 32 multiply-accumulates for 3 (2) instructions, two of which start per cycle.
 *
 *  Ranges: |digit| <= 2^15 and sum |w| <= CN_GEMM_SUM_MAX < 2^16 between two reductions (gemm.h), so a sum of digits stays below
 *  2^31, and the sum of a row below 2^62. */

#include "ring/kernels_x86.h"

#if CN_HAVE_X86

#include <immintrin.h>

#define HALF 8                     /* words in a vector */
#define Q_MIN ((uint64_t)1 << 13)  /* smaller moduli: the reciprocal would exceed 52 bits */

/** acc + digits * weights. Inline assembly: gcc 12 copies the accumulator around the intrinsic. */
CN_AVX512_INLINE __m512i multiply_add(__m512i acc, __m512i digit, __m512i weight) {
    __asm__("vpdpwssd %2, %1, %0" : "+v"(acc) : "v"(digit), "v"(weight));
    return acc;
}

/** A weight pair from memory to all lanes, straight from the load port. */
CN_AVX512_INLINE __m512i broadcast(const uint32_t *w) {
    __m512i r;
    __asm__("vpbroadcastd %1, %0" : "=v"(r) : "m"(*w));
    return r;
}

/** Balanced digits of eight residues, still in their word: d0 | d1 << 16 | d2 << 32. */
CN_AVX512_INLINE __m512i balance(const uint64_t *x, int digits, __m512i q, __m512i half) {
    const __m512i bias = _mm512_set1_epi64(digits == 3 ? 0x80008000 : 0x8000);
    __m512i y = _mm512_loadu_si512(x);
    if (digits == 2) y = _mm512_mask_sub_epi64(y, _mm512_cmpgt_epu64_mask(y, half), y, q);
    return _mm512_xor_si512(_mm512_add_epi64(y, bias), bias);
}

/** Digits of all columns: [pair][3] (the last third unused with two digits), each a vector of 16 pairs; lane 4 L + (0, 1, 2, 3) has point 2 L, 2 L + 1, 8 + 2 L, 9 + 2 L.
 *  A missing last column is zero. */
CN_AVX512_INLINE void split_all(__m512i *out, const uint64_t *in, size_t stride, size_t cols, int digits, const cn_mod *m) {
    static const uint64_t zero[CN_TILE];
    const __m512i q = _mm512_set1_epi64((long long)m->q), half = _mm512_set1_epi64((long long)m->half);
    for (size_t c = 0; c < cols; c += 2, out += CN_GEMM_DIGITS) {
        const uint64_t *a = in + c * stride, *b = c + 1 < cols ? a + stride : zero;
        __m512i low[2], high[2];
        CN_UNROLL for (int v = 0; v < 2; v++) {
            __m512i y = balance(a + HALF * v, digits, q, half), z = balance(b + HALF * v, digits, q, half);
            __m512i even = _mm512_unpacklo_epi16(y, z), odd = _mm512_unpackhi_epi16(y, z);
            low[v] = _mm512_unpacklo_epi32(even, odd);
            high[v] = _mm512_unpackhi_epi32(even, odd);
        }
        _mm512_store_si512(out, _mm512_unpacklo_epi64(low[0], low[1]));
        _mm512_store_si512(out + 1, _mm512_unpackhi_epi64(low[0], low[1]));
        if (digits == 3) _mm512_store_si512(out + 2, _mm512_unpacklo_epi64(high[0], high[1]));
    }
}

/** sum[row][digit] += weights times digits over one strip, for rows neighbouring rows; start: from zero. */
CN_AVX512_INLINE void strip(__m512i *sum, const char *digit, const uint32_t *at, const uint32_t *weight, size_t pairs, bool start,
                            const int digits, const int rows) {
    __m512i acc[CN_GEMM_ROWS][3];
    CN_UNROLL for (int r = 0; r < rows; r++)
        CN_UNROLL for (int d = 0; d < digits; d++)
            acc[r][d] = start ? _mm512_setzero_si512() : _mm512_load_si512(sum + r * digits + d);
    for (size_t k = 0; k < pairs; k++, weight += CN_GEMM_ROWS) {
        const __m512i *from = (const __m512i *)(const void *)(digit + at[k]);
        __m512i x[3];
        CN_UNROLL for (int d = 0; d < digits; d++) x[d] = _mm512_load_si512(from + d);
        CN_UNROLL for (int r = 0; r < rows; r++) {
            __m512i w = broadcast(weight + r);
            CN_UNROLL for (int d = 0; d < digits; d++) acc[r][d] = multiply_add(acc[r][d], x[d], w);
        }
    }
    CN_UNROLL for (int r = 0; r < rows; r++)
        CN_UNROLL for (int d = 0; d < digits; d++) _mm512_store_si512(sum + r * digits + d, acc[r][d]);
}

/** One strip of all rows of a group. */
CN_AVX512_INLINE void strip_rows(__m512i *sum, const char *digit, const cn_gemm_group *g, const cn_gemm_strip *s, bool start,
                                 const int digits) {
    const uint32_t *at = g->digits + s->begin;
    size_t pairs = s->end - s->begin;
    for (size_t row = 0; row < g->rows; row += CN_GEMM_ROWS, sum += CN_GEMM_ROWS * digits) {
        const uint32_t *weight = g->weight + row * g->pairs + s->begin * CN_GEMM_ROWS;
        switch (g->rows - row) {
        case 1: strip(sum, digit, at, weight, pairs, start, digits, 1); break;
        case 2: strip(sum, digit, at, weight, pairs, start, digits, 2); break;
        case 3: strip(sum, digit, at, weight, pairs, start, digits, 3); break;
        case 4: strip(sum, digit, at, weight, pairs, start, digits, 4); break;
        case 5: strip(sum, digit, at, weight, pairs, start, digits, 5); break;
        case 6: strip(sum, digit, at, weight, pairs, start, digits, 6); break;
        case 7: strip(sum, digit, at, weight, pairs, start, digits, 7); break;
        default: strip(sum, digit, at, weight, pairs, start, digits, 8);
        }
    }
}

/** Constants of a reduction modulo q. */
typedef struct modulus {
    __m512i q, twice, negative; /* q, 2 q, 2^52 - q */
    __m512i recip;              /* floor(2^64 / q) */
    __m512i signed_bias;        /* a multiple of q at 2^62 or above */
    __m512i bias;               /* the same, less what the signed sums are raised by */
    __m512i up, up_quotient;    /* w = 2^15 mod q, and floor(2^52 w / q) */
} modulus;

CN_AVX512_INLINE modulus constants(const cn_mod *m) {
    uint64_t up = cn_mod_reduce((uint64_t)1 << CN_GEMM_PLANE_BITS, m);
    return (modulus){.q = _mm512_set1_epi64((long long)m->q),
                     .twice = _mm512_set1_epi64((long long)(2 * m->q)),
                     .negative = _mm512_set1_epi64((long long)(((uint64_t)1 << 52) - m->q)),
                     .recip = _mm512_set1_epi64((long long)m->recip),
                     .signed_bias = _mm512_set1_epi64((long long)m->signed_bias),
                     .bias = _mm512_set1_epi64((long long)(m->signed_bias - ((uint64_t)1 << 31) - ((uint64_t)1 << 47))),
                     .up = _mm512_set1_epi64((long long)up),
                     .up_quotient = _mm512_set1_epi64((long long)(cn_shoup_init_var(up, m).quotient >> 12))};
}

/** x mod q for x < 2^63 + 2^48.  The quotient is too small by less than 3: 1/2 for the reciprocal's last place, 1/2 for the bits
 *  that the shift drops (2^12 / q), 1 for the last truncation; so the remainder lies in [0, 4q). */
CN_AVX512_INLINE __m512i barrett(__m512i x, const modulus *m) {
    const __m512i zero = _mm512_setzero_si512(), mask = _mm512_set1_epi64(((long long)1 << 52) - 1);
    __m512i quotient = _mm512_madd52hi_epu64(zero, _mm512_srli_epi64(x, 12), m->recip);
    __m512i r = _mm512_and_si512(_mm512_madd52lo_epu64(x, quotient, m->negative), mask);
    r = _mm512_min_epu64(r, _mm512_sub_epi64(r, m->twice));
    return _mm512_min_epu64(r, _mm512_sub_epi64(r, m->q));
}

/** old 2^15 mod q, in [0, 2q).  old reduced. */
CN_AVX512_INLINE __m512i raise(__m512i old, const modulus *m) {
    const __m512i zero = _mm512_setzero_si512(), mask = _mm512_set1_epi64(((long long)1 << 52) - 1);
    __m512i quotient = _mm512_madd52hi_epu64(zero, old, m->up_quotient);
    __m512i r = _mm512_madd52lo_epu64(_mm512_madd52lo_epu64(zero, old, m->up), quotient, m->negative);
    return _mm512_and_si512(r, mask);
}

/** Sums a0 + 2^16 a1 + 2^32 a2 of eight points as words, raised by the bias: half 0 the first eight points, 1 the others. */
CN_AVX512_INLINE __m512i join(const __m512i *a, int digits, int half, const modulus *m) {
    const __m512i sign = _mm512_set1_epi32((int)0x80000000), zero = _mm512_setzero_si512();
    __m512i low = _mm512_xor_si512(a[0], sign), middle = _mm512_xor_si512(a[1], sign), top = digits == 3 ? a[2] : zero;
    __m512i x = half ? _mm512_unpackhi_epi32(low, top) : _mm512_unpacklo_epi32(low, top);
    __m512i y = half ? _mm512_unpackhi_epi32(middle, zero) : _mm512_unpacklo_epi32(middle, zero);
    return _mm512_add_epi64(_mm512_add_epi64(x, m->bias), _mm512_slli_epi64(y, 16));
}

CN_AVX512_INLINE void finish_rows(uint64_t *out, size_t stride, const __m512i *sum, const uint64_t *bias, const cn_gemm_group *g,
                                  int digits, cn_gemm_merge merge, const modulus *m) {
    for (size_t r = 0; r < g->rows; r++, sum += digits) {
        const __m512i start = _mm512_set1_epi64((long long)(bias ? bias[g->row[r]] : 0));
        CN_UNROLL for (int half = 0; half < 2; half++) {
            uint64_t *to = out + g->row[r] * stride + HALF * half;
            __m512i x = _mm512_add_epi64(join(sum, digits, half, m), start);
            if (merge == CN_GEMM_ADD) x = _mm512_add_epi64(x, _mm512_loadu_si512(to));
            if (merge == CN_GEMM_SHIFT) x = _mm512_add_epi64(x, raise(_mm512_loadu_si512(to), m));
            _mm512_storeu_si512(to, barrett(x, m));
        }
    }
}

typedef __m512i vec;
#define VECTORS 1
CN_AVX512_INLINE vec vec_zero(void) { return _mm512_setzero_si512(); }
CN_AVX512_INLINE vec vec_load(const uint64_t *x) { return _mm512_loadu_si512(x); }
CN_AVX512_INLINE vec vec_add(vec a, vec b) { return _mm512_add_epi64(a, b); }
CN_AVX512_INLINE vec vec_sub(vec a, vec b) { return _mm512_sub_epi64(a, b); }

/** A signed sum, raised to [0, 2^63 + q). */
CN_AVX512_INLINE void finish_sum(uint64_t *out, const vec *sum, uint64_t bias, const modulus *m) {
    const vec start = _mm512_add_epi64(m->signed_bias, _mm512_set1_epi64((long long)bias));
    _mm512_storeu_si512(out, barrett(_mm512_add_epi64(sum[0], start), m));
}

#define LINEAR_INLINE CN_AVX512_INLINE
#include "ring/sums_vector.h"
#include "ring/linear_vector.h"

CN_AVX512 void cn_linear_avx512(uint64_t *out, size_t out_stride, const uint64_t *in, size_t in_stride, const uint64_t *bias,
                                const cn_gemm *g, const cn_mod *m, void *scratch) {
    if (m->q < Q_MIN) {
        cn_linear_avx2(out, out_stride, in, in_stride, bias, g, m, scratch);
        return;
    }
    const modulus c = constants(m);
    run(out, out_stride, in, in_stride, bias, g, m, &c, scratch);
}

#endif
