/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The kernels in portable C: the reference for all other back ends, and fast enough to be used.
 *
 *  Encrypted layers spend their time in linear(): weights are public integers, residues secret ones.
 *  Products of reduced residues use Barrett's reduction (CRYPTO '86) with one word of reciprocal. */

#include "ring/kernels.h"

#include <string.h>

#include "ring/pack.h"

#include "util/bytes.h"

/** Reduction of products below 2^(2 bits), from the reciprocal floor(2^(bits + 62) / q) < 2^63. */
typedef struct barrett {
    uint64_t q, recip;
    unsigned down, up; /* bits - 2, and 63 - down */
} barrett;

static barrett barrett_init(const cn_mod *m) {
    cn_u128 recip128 = ((cn_u128)m->recip128[1] << 64) | m->recip128[0];
    unsigned down = m->bits - 2;
    barrett b = {m->q, (uint64_t)(recip128 >> (66 - m->bits)), down, 63 - down};
    return b;
}

/** x mod q.  On input x < 2^(2 bits); on output reduced.
 *  floor(x / 2^down) < 2^(bits + 2) loses less than 2^down / q <= 1/2 of the quotient x / q, and the
 *  reciprocal's last place less than 2^(bits + 2) / 2^64 <= 1/2: the estimate is at most 1 too small. */
static inline uint64_t barrett_reduce(cn_u128 x, const barrett *b) {
    uint64_t lo = (uint64_t)x, hi = (uint64_t)(x >> 64);
    uint64_t top = lo >> b->down | (hi << 1) << b->up;
    uint64_t quotient = (uint64_t)(((cn_u128)top * b->recip) >> 64);
    uint64_t r = lo - quotient * b->q; /* [0, 2q) */
    uint64_t d = r - b->q;
    return d + (b->q & cn_ct_mask_msb(d));
}

static void add(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m) {
    const cn_mod mod = *m;
    for (size_t i = 0; i < n; i++) r[i] = cn_mod_add(a[i], b[i], &mod);
}

static void mul(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m) {
    const barrett red = barrett_init(m);
    CN_VERIFY_BELOW(a, n, m->q);
    CN_VERIFY_BELOW(b, n, m->q);
    for (size_t i = 0; i < n; i++) r[i] = barrett_reduce((cn_u128)a[i] * b[i], &red);
}

static void mul_add(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m) {
    const barrett red = barrett_init(m);
    CN_VERIFY_BELOW(r, n, m->q);
    CN_VERIFY_BELOW(a, n, m->q);
    CN_VERIFY_BELOW(b, n, m->q);
    for (size_t i = 0; i < n; i++) r[i] = barrett_reduce((cn_u128)a[i] * b[i] + r[i], &red); /* < q^2 */
}

static void dot(uint64_t *r, const uint64_t *const *a, const uint64_t *const *b, size_t terms, size_t n, const cn_mod *m) {
    const cn_mod mod = *m;
    CN_VERIFY(terms >= 1 && terms <= CN_DOT_TERMS_MAX && mod.q >> 50 == 0);
    for (size_t i = 0; i < n; i++) {
        cn_u128 sum = 0; /* < 2^8 q^2 < 2^108 */
        for (size_t k = 0; k < terms; k++) sum += (cn_u128)a[k][i] * b[k][i];
        r[i] = cn_mod_reduce128(sum, &mod);
    }
}

static void scale(uint64_t *r, const uint64_t *a, cn_shoup w, size_t n, const cn_mod *m) {
    const cn_mod mod = *m;
    CN_VERIFY_BELOW(a, n, mod.q);
    for (size_t i = 0; i < n; i++) r[i] = cn_shoup_mul(a[i], w, &mod);
}

static void sub_scale(uint64_t *r, const uint64_t *a, cn_shoup w, size_t n, const cn_mod *m) {
    const cn_mod mod = *m;
    for (size_t i = 0; i < n; i++) r[i] = cn_shoup_mul(cn_mod_sub(r[i], a[i], &mod), w, &mod);
}

static void lift(uint64_t *r, const uint64_t *a, const cn_digit *d, const cn_mod *from, size_t n, const cn_mod *to) {
    const cn_mod mod = *to, source = *from;
    const cn_digit digit = *d;
    for (size_t i = 0; i < n; i++) r[i] = cn_mod_reduce_signed(cn_digit_of(a[i], &digit, &source), &mod);
}

static void encode(uint64_t *r, const uint64_t *a, const int8_t *e, cn_shoup w, const cn_mod *t, size_t n, const cn_mod *q) {
    const cn_mod mod = *q, plain = *t;
    for (size_t i = 0; i < n; i++) {
        uint64_t x = cn_shoup_mul(cn_mod_reduce_signed(cn_mod_centre(a[i], &plain), &mod), w, &mod);
        r[i] = e ? cn_mod_add(x, cn_mod_reduce_signed(e[i], &mod), &mod) : x;
    }
}

static void square(uint64_t *r0, uint64_t *r1, uint64_t *r2, const uint64_t *a0, const uint64_t *a1,
                   cn_shoup k, size_t n, const cn_mod *m) {
    const cn_mod mod = *m;
    const barrett red = barrett_init(m);
    CN_VERIFY_BELOW(a0, n, mod.q);
    CN_VERIFY_BELOW(a1, n, mod.q);
    for (size_t i = 0; i < n; i++) {
        uint64_t x0 = a0[i], x1 = a1[i];
        uint64_t kx0 = cn_shoup_mul(x0, k, &mod), kx1 = cn_shoup_mul(x1, k, &mod);
        r0[i] = barrett_reduce((cn_u128)kx0 * x0, &red);
        r1[i] = barrett_reduce((cn_u128)cn_mod_add(kx0, kx0, &mod) * x1, &red);
        r2[i] = barrett_reduce((cn_u128)kx1 * x1, &red);
    }
}

/* Matrix times tile. */

#define HALF_TILE (CN_TILE / 2) /* as many accumulators as fit in registers */

/** acc[j] += sum_e weight[e] in[col[e] * stride + j] for first <= e < last and j < HALF_TILE. */
static void mac_narrow(int64_t acc[HALF_TILE], const uint64_t *in, size_t stride, const cn_matrix *w,
                       size_t first, size_t last) {
    int64_t s0 = acc[0], s1 = acc[1], s2 = acc[2], s3 = acc[3];
    int64_t s4 = acc[4], s5 = acc[5], s6 = acc[6], s7 = acc[7];
    const uint32_t *col = w->col;
    const int64_t *weight = w->weight;
    for (size_t e = first; e < last; e++) {
        const int64_t *x = (const int64_t *)(in + col[e] * stride);
        const int64_t k = weight[e];
        s0 += k * x[0];
        s1 += k * x[1];
        s2 += k * x[2];
        s3 += k * x[3];
        s4 += k * x[4];
        s5 += k * x[5];
        s6 += k * x[6];
        s7 += k * x[7];
    }
    acc[0] = s0, acc[1] = s1, acc[2] = s2, acc[3] = s3;
    acc[4] = s4, acc[5] = s5, acc[6] = s6, acc[7] = s7;
}

/** First entry at or after e whose |weight| no longer fits into budget, at most end. */
static size_t segment_end(const int64_t *weight, size_t e, size_t end, uint64_t budget) {
    uint64_t sum = 0;
    for (; e < end; e++) {
        int64_t sign = weight[e] >> 63;
        sum += (uint64_t)((weight[e] ^ sign) - sign);
        if (sum > budget) break;
    }
    return e;
}

static void row_narrow(uint64_t *out, const uint64_t *in, size_t stride, uint64_t bias, const cn_matrix *w, size_t row,
                       uint64_t budget, const cn_mod *m) {
    int64_t acc[CN_TILE];
    for (size_t j = 0; j < CN_TILE; j++) acc[j] = (int64_t)bias;
    size_t e = w->start[row], end = w->start[row + 1];
    while (e < end) {
        size_t stop = segment_end(w->weight, e, end, budget);
        mac_narrow(acc, in, stride, w, e, stop);
        mac_narrow(acc + HALF_TILE, in + HALF_TILE, stride, w, e, stop);
        for (size_t j = 0; j < CN_TILE; j++) acc[j] = (int64_t)cn_mod_reduce_signed(acc[j], m);
        e = stop;
    }
    for (size_t j = 0; j < CN_TILE; j++) out[j] = (uint64_t)acc[j];
}

/** Up to 2^32 entries of products below q^2 < 2^92 stay below 2^124. */
static void row_wide(uint64_t *out, const uint64_t *in, size_t stride, uint64_t bias, const cn_matrix *w, size_t row,
                     const cn_mod *m) {
    cn_u128 acc[CN_TILE];
    for (size_t j = 0; j < CN_TILE; j++) acc[j] = bias;
    for (size_t e = w->start[row]; e < w->start[row + 1]; e++) {
        const uint64_t *x = in + w->col[e] * stride;
        const uint64_t k = cn_mod_reduce_signed(w->weight[e], m);
        for (size_t j = 0; j < CN_TILE; j++) acc[j] += (cn_u128)k * x[j];
    }
    for (size_t j = 0; j < CN_TILE; j++) out[j] = cn_mod_reduce128(acc[j], m);
}

static void linear(uint64_t *out, size_t out_stride, const uint64_t *in, size_t in_stride, const uint64_t *bias, const cn_gemm *g,
                   const cn_mod *m, void *scratch) {
    const cn_matrix *w = &g->m;
    (void)scratch;
    CN_VERIFY(m->q >> CN_LIMB_BITS_MAX == 0);
    CN_VERIFY(out_stride >= CN_TILE && in_stride >= CN_TILE);
    CN_VERIFY_ONLY(if (bias) CN_VERIFY_BELOW(bias, w->rows, m->q);)
    CN_VERIFY_ONLY(for (size_t c = 0; c < w->cols; c++) CN_VERIFY_BELOW(in + c * in_stride, CN_TILE, m->q);)
    /* From a start in [0, q), weights with sum |w| <= budget keep |acc| <= (q - 1) (1 + budget) <= 2^62.
     * budget >= 2^16 - 1 admits at least one weight, so every segment makes progress. */
    const uint64_t budget = ((uint64_t)1 << 62) / (m->q - 1) - 1;
    for (size_t row = 0; row < w->rows; row++) {
        if (g->wide) {
            row_wide(out + row * out_stride, in, in_stride, bias ? bias[row] : 0, w, row, m);
        } else {
            row_narrow(out + row * out_stride, in, in_stride, bias ? bias[row] : 0, w, row, budget, m);
        }
    }
}

/* Samplers. */

static size_t accept_var(uint64_t *r, size_t room, const uint8_t *stream, size_t words, const cn_mod *m) {
    const uint64_t mask = ((uint64_t)1 << m->bits) - 1;
    size_t kept = 0;
    for (size_t i = 0; i < words && kept < room; i++) {
        uint64_t x = cn_load64_le(stream + 8 * i) & mask;
        if (x < m->q) r[kept++] = x; /* more than every second word, since 2^bits < 2q */
    }
    return kept;
}

/** Number of ones in x < 2^32, by adding neighbouring fields: no table, no branch. */
static int count_ones(uint32_t x) {
    x = (x & 0x55555555) + (x >> 1 & 0x55555555);
    x = (x & 0x33333333) + (x >> 2 & 0x33333333);
    x = (x & 0x0f0f0f0f) + (x >> 4 & 0x0f0f0f0f);
    return (int)(x * 0x01010101 >> 24);
}

static void centred_binomial(int8_t *v, const uint8_t *random, size_t n) {
    const uint32_t mask = ((uint32_t)1 << CN_CBD_K) - 1;
    for (size_t i = 0; i < n; i++) {
        uint64_t x = cn_load64_le(random + 8 * i);
        v[i] = (int8_t)(count_ones((uint32_t)x & mask) - count_ones((uint32_t)(x >> CN_CBD_K) & mask));
    }
}

static void ntt_inverse(uint64_t *r, const uint64_t *a, const cn_ntt *p) {
    if (r != a) memcpy(r, a, p->n * sizeof *r);
    cn_ntt_inverse_portable(r, p);
}

static void ntt_lift(uint64_t *r, const uint64_t *a, const cn_digit *d, const cn_mod *from, const cn_ntt *p) {
    lift(r, a, d, from, p->n, &p->mod);
    cn_ntt_forward_portable(r, p);
}

static void ntt_drop(uint64_t *r, uint64_t *scratch, const uint64_t *a, cn_shoup w, const cn_mod *from, const cn_ntt *p) {
    static const cn_digit whole = {.mask = -1};
    ntt_lift(scratch, a, &whole, from, p);
    sub_scale(r, scratch, w, p->n, &p->mod);
}

static void turn(uint64_t *r0, uint64_t *r1, const cn_turn_row *row, size_t from, size_t count, bool add) {
    cn_turn_by(&cn_kernels_portable, CN_STRIP_MAX, r0, r1, row, from, count, add);
}

static void weigh(uint64_t *const *r0, uint64_t *const *r1, size_t sums, const uint64_t *const *x0, const uint64_t *const *x1,
                  size_t terms, const uint64_t *w, size_t count, bool add, const cn_mod *m) {
    cn_weigh_by(&cn_kernels_portable, CN_STRIP_MAX, r0, r1, sums, x0, x1, terms, w, count, add, m);
}

const cn_kernels cn_kernels_portable = {
    .isa = CN_ISA_PORTABLE,
    .strip = CN_STRIP_MAX,
    .ntt_forward = cn_ntt_forward_portable,
    .ntt_inverse = ntt_inverse,
    .ntt_lift = ntt_lift,
    .ntt_drop = ntt_drop,
    .add = add,
    .mul = mul,
    .mul_add = mul_add,
    .dot = dot,
    .turn = turn,
    .weigh = weigh,
    .scale = scale,
    .sub_scale = sub_scale,
    .lift = lift,
    .encode = encode,
    .square = square,
    .linear = linear,
    .accept_var = accept_var,
    .pack = cn_pack_portable,
    .unpack = cn_unpack_portable,
    .centred_binomial = centred_binomial,
};
