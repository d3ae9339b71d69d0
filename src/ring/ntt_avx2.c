/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The transforms of ring/ntt.h with AVX2 and FMA: residues as signed integers in double precision.
 *
 *  A butterfly takes eight operations for four points (ring/avx2.h has the product and its source) and reduces nothing.
 *  Passes do two or three levels in registers, depth first, so that all but the first run in the cache nearest to the core.
 *  The last three levels (the first three backwards) have a block of 8 points in each lane of 8 registers. Residues become
 *  doubles in the first pass and residues again in the last; in between the array holds doubles.
 *
 *  Ranges, with q < 2^48 (cn_ntt_vector_init), bounds in units of q:
 *  Forward. For |y| <= b a product is at most 1/2 + 2^-54 b 2^48 = 1/2 + b/64, so a level takes b to (65/64) b + 1/2. From
 *  b = 1 the 16 levels of n = 65536 lead to 33 (65/64)^16 - 32 < 10.3. So all values stay below 2^52 (16 q), as products
 *  require, and products below 1/2 + 10.3/64 < 0.67.
 *  Backward. Sums double at each level and products start anew. Let a pass begin with |x| <= b. The differences of its last
 *  level, the largest, are at most 8b (radix 8). Register i ends with 8b for i = 0; or a product, times 4 for i = 1, times 2
 *  for i = 2 and 3.
 *  For q < 2^47 it is enough to reduce register 0, to 1/2: a product of the first level is at most 1/2 + 2b/128, so
 *  b <= 4 (1/2 + b/64), b <= 2.14 is kept, and differences are at most 17.1 q < 2^52.
 *  From 2^47 on register 1 is reduced as well: a product of the second level is at most 1/2 + 4b/64, so b <= 2 (1/2 + b/16),
 *  b <= 8/7 is kept, and differences are at most 9.2 q < 2^52.
 *  Radix 4 keeps either bound with register 0 reduced alone: 2 (1/2 + 2b/64) at most. The first pass has b = 1.
 *  Time depends on n and q only. */

#include "ring/avx2.h"
#include "ring/kernels_x86.h"

#if CN_HAVE_X86

#include "util/mem.h"

#define LANES 4
#define GROUP CN_NTT_GROUP
#define SET (7 * 2 * LANES) /* doubles in a set of lane roots */

/** What every pass needs. */
typedef struct plan {
    cn_fp f;
    const double *root;      /* pairs of ntt.h */
    const double *lane_root; /* the second part of that table */
    size_t groups;           /* n / GROUP */
    bool wide;               /* q >= 2^47 */
    cn_fp_factor last[2];    /* backward: 1/n, and 1/n times the root of the last level */
    double *buffer;          /* GROUP numbers */
} plan;

/** Root number i in all lanes; root v of seven for the lanes at set. */
CN_AVX2_INLINE cn_fp_factor root_at(const double *root, size_t i) {
    cn_fp_factor w = {_mm256_broadcast_sd(root + 2 * i), _mm256_broadcast_sd(root + 2 * i + 1)};
    return w;
}
CN_AVX2_INLINE cn_fp_factor lane_root_at(const double *set, size_t v) {
    cn_fp_factor w = {_mm256_loadu_pd(set + 2 * LANES * v), _mm256_loadu_pd(set + 2 * LANES * v + LANES)};
    return w;
}

/** (x, y) = (x + w y, x - w y) and (u, v) = (u + z v, u - z v), step by step side by side: dependent instructions are so far
 *  apart that the processor, which sees about 100 of them ahead, finds others to do meanwhile. */
CN_AVX2_INLINE void butterflies(__m256d *x, __m256d *y, cn_fp_factor w, __m256d *u, __m256d *v, cn_fp_factor z, __m256d q) {
    const __m256d c = cn_fp_minus_round(*y, w.over), d = cn_fp_minus_round(*v, z.over);
    const __m256d h = _mm256_mul_pd(*y, w.w), k = _mm256_mul_pd(*v, z.w);
    const __m256d l = _mm256_fmsub_pd(*y, w.w, h), m = _mm256_fmsub_pd(*v, z.w, k);
    const __m256d s = _mm256_add_pd(_mm256_fmadd_pd(c, q, h), l), t = _mm256_add_pd(_mm256_fmadd_pd(d, q, k), m);
    *y = _mm256_sub_pd(*x, s), *v = _mm256_sub_pd(*u, t);
    *x = _mm256_add_pd(*x, s), *u = _mm256_add_pd(*u, t);
}

/** Two levels on four numbers: w of distance 2, w0 and w1 of distance 1. */
CN_AVX2_INLINE void two_levels(__m256d x[4], cn_fp_factor w, cn_fp_factor w0, cn_fp_factor w1, __m256d q) {
    butterflies(x + 0, x + 2, w, x + 1, x + 3, w, q);
    butterflies(x + 0, x + 1, w0, x + 2, x + 3, w1, q);
}

/** (x, y) = (x + y, w (x - y)). */
CN_AVX2_INLINE void butterfly_back(__m256d *x, __m256d *y, cn_fp_factor w, __m256d q) {
    const __m256d d = _mm256_sub_pd(*x, *y);
    *x = _mm256_add_pd(*x, *y);
    *y = cn_fp_times_factor(d, w, q);
}

/** The same at the last level: both outputs take the factor 1/n with a product. */
CN_AVX2_INLINE void butterfly_last(__m256d *x, __m256d *y, const plan *p) {
    const __m256d d = _mm256_sub_pd(*x, *y);
    *x = cn_fp_times_factor(_mm256_add_pd(*x, *y), p->last[0], p->f.q);
    *y = cn_fp_times_factor(d, p->last[1], p->f.q);
}

CN_AVX2_INLINE void two_levels_back(__m256d x[4], cn_fp_factor w, cn_fp_factor w0, cn_fp_factor w1, __m256d q) {
    butterfly_back(x + 0, x + 1, w0, q), butterfly_back(x + 2, x + 3, w1, q);
    butterfly_back(x + 0, x + 2, w, q), butterfly_back(x + 1, x + 3, w, q);
}

/** Of the last of three levels. */
CN_AVX2_INLINE void third_level_back(__m256d x[8], cn_fp_factor w, const plan *p) {
    butterfly_back(x + 0, x + 4, w, p->f.q), butterfly_back(x + 1, x + 5, w, p->f.q);
    butterfly_back(x + 2, x + 6, w, p->f.q), butterfly_back(x + 3, x + 7, w, p->f.q);
    x[0] = cn_fp_reduce(x[0], &p->f);
    if (p->wide) x[1] = cn_fp_reduce(x[1], &p->f);
}

CN_AVX2_INLINE __m256d load(const double *a, bool words) {
    return words ? cn_fp_load_words((const uint64_t *)(const void *)a) : _mm256_loadu_pd(a);
}

/** Four columns of four rows. */
CN_AVX2_INLINE void load4(__m256d x[4], const double *a, size_t stride, bool words) {
    x[0] = load(a, words), x[1] = load(a + stride, words);
    x[2] = load(a + 2 * stride, words), x[3] = load(a + 3 * stride, words);
}
CN_AVX2_INLINE void store4(double *a, size_t stride, const __m256d x[4]) {
    _mm256_storeu_pd(a, x[0]), _mm256_storeu_pd(a + stride, x[1]);
    _mm256_storeu_pd(a + 2 * stride, x[2]), _mm256_storeu_pd(a + 3 * stride, x[3]);
}
CN_AVX2_INLINE void store4_residues(double *a, size_t stride, const __m256d x[4], const cn_fp *f) {
    uint64_t *r = (uint64_t *)(void *)a;
    cn_fp_store_residues(r, x[0], f), cn_fp_store_residues(r + stride, x[1], f);
    cn_fp_store_residues(r + 2 * stride, x[2], f), cn_fp_store_residues(r + 3 * stride, x[3], f);
}

CN_AVX2_INLINE void transpose4(__m256d x[4]) {
    const __m256d even0 = _mm256_unpacklo_pd(x[0], x[1]), odd0 = _mm256_unpackhi_pd(x[0], x[1]);
    const __m256d even1 = _mm256_unpacklo_pd(x[2], x[3]), odd1 = _mm256_unpackhi_pd(x[2], x[3]);
    x[0] = _mm256_permute2f128_pd(even0, even1, 0x20), x[1] = _mm256_permute2f128_pd(odd0, odd1, 0x20);
    x[2] = _mm256_permute2f128_pd(even0, even1, 0x31), x[3] = _mm256_permute2f128_pd(odd0, odd1, 0x31);
}

/* Forward. t: the number of the root of a pass's first level. */

/** The first two of the last six levels, of a group: rows 8 and 16 numbers apart. */
CN_AVX2_INLINE void forward_group_rows(double *b, const double *a, size_t t, const plan *p) {
    const cn_fp_factor w = root_at(p->root, t), w0 = root_at(p->root, 2 * t), w1 = root_at(p->root, 2 * t + 1);
    __m256d x[4];
    for (size_t i = 0; i < 16; i += LANES) {
        load4(x, a + i, 16, false);
        two_levels(x, w, w0, w1, p->f.q);
        store4(b + i, 16, x);
    }
}

/** The next two, of four blocks of 8: between blocks with root numbers t and t + 1, then, a block to a lane, within them.
 *  Point r of the four blocks is stored at 4r. */
CN_AVX2_INLINE void forward_group_turn(double *b, size_t t, const double *set, const plan *p) {
    const __m256d q = p->f.q;
    const cn_fp_factor w0 = root_at(p->root, t), w1 = root_at(p->root, t + 1), w = lane_root_at(set, 0);
    __m256d x[8];
    load4(x, b, 8, false), load4(x + 4, b + 4, 8, false);
    butterflies(x + 0, x + 1, w0, x + 2, x + 3, w1, q), butterflies(x + 4, x + 5, w0, x + 6, x + 7, w1, q);
    transpose4(x), transpose4(x + 4);
    butterflies(x + 0, x + 4, w, x + 1, x + 5, w, q), butterflies(x + 2, x + 6, w, x + 3, x + 7, w, q);
    store4(b, 4, x), store4(b + 16, 4, x + 4);
}

/** The last two, of four points in four blocks, and their reduction. */
CN_AVX2_INLINE void forward_group_last(double *a, const double *b, cn_fp_factor w, cn_fp_factor w0, cn_fp_factor w1,
                                       const plan *p) {
    __m256d x[4];
    load4(x, b, 4, false);
    two_levels(x, w, w0, w1, p->f.q);
    x[0] = cn_fp_reduce(x[0], &p->f), x[1] = cn_fp_reduce(x[1], &p->f);
    x[2] = cn_fp_reduce(x[2], &p->f), x[3] = cn_fp_reduce(x[3], &p->f);
    store4_residues(a, 8, x, &p->f);
}

static CN_AVX2 void forward_group(double *a, size_t t, const plan *p) {
    const double *set = p->lane_root + (t - p->groups) * 2 * SET;
    double *b = p->buffer;
    forward_group_rows(b, a, t, p);
    forward_group_turn(b, 4 * t, set, p);
    forward_group_turn(b + 32, 4 * t + 2, set + SET, p);
    for (size_t h = 0; h < 8; h += LANES, b += 32, set += SET) {
        forward_group_last(a + h, b, lane_root_at(set, 1), lane_root_at(set, 3), lane_root_at(set, 4), p);
        forward_group_last(a + h + 32, b + 16, lane_root_at(set, 2), lane_root_at(set, 5), lane_root_at(set, 6), p);
    }
}

CN_AVX2_INLINE void forward_radix8(double *a, size_t dist, size_t t, const plan *p, bool words) {
    const __m256d q = p->f.q;
    const cn_fp_factor w = root_at(p->root, t), w0 = root_at(p->root, 2 * t), w1 = root_at(p->root, 2 * t + 1),
                       w00 = root_at(p->root, 4 * t), w01 = root_at(p->root, 4 * t + 1),
                       w10 = root_at(p->root, 4 * t + 2), w11 = root_at(p->root, 4 * t + 3);
    __m256d x[8];
    for (double *end = a + dist; a < end; a += LANES) {
        load4(x, a, dist, words), load4(x + 4, a + 4 * dist, dist, words);
        butterflies(x + 0, x + 4, w, x + 1, x + 5, w, q), butterflies(x + 2, x + 6, w, x + 3, x + 7, w, q);
        butterflies(x + 0, x + 2, w0, x + 1, x + 3, w0, q), butterflies(x + 4, x + 6, w1, x + 5, x + 7, w1, q);
        butterflies(x + 0, x + 1, w00, x + 2, x + 3, w01, q), butterflies(x + 4, x + 5, w10, x + 6, x + 7, w11, q);
        store4(a, dist, x), store4(a + 4 * dist, dist, x + 4);
    }
}

CN_AVX2_INLINE void forward_radix4(double *a, size_t dist, size_t t, const plan *p, bool words) {
    const cn_fp_factor w = root_at(p->root, t), w0 = root_at(p->root, 2 * t), w1 = root_at(p->root, 2 * t + 1);
    __m256d x[4];
    for (double *end = a + dist; a < end; a += LANES) {
        load4(x, a, dist, words);
        two_levels(x, w, w0, w1, p->f.q);
        store4(a, dist, x);
    }
}

/** Only for n = 2 GROUP. */
static CN_AVX2 void forward_radix2(double *a, size_t dist, size_t t, const plan *p) {
    const cn_fp_factor w = root_at(p->root, t);
    for (size_t i = 0; i < dist; i += 2 * LANES) {
        __m256d x = _mm256_loadu_pd(a + i), y = _mm256_loadu_pd(a + dist + i);
        __m256d u = _mm256_loadu_pd(a + i + LANES), v = _mm256_loadu_pd(a + dist + i + LANES);
        butterflies(&x, &y, w, &u, &v, w, p->f.q);
        _mm256_storeu_pd(a + i, x), _mm256_storeu_pd(a + dist + i, y);
        _mm256_storeu_pd(a + i + LANES, u), _mm256_storeu_pd(a + dist + i + LANES, v);
    }
}

/* A function for each, for the compiler's register allocation. */
#define PASS(name, body, at_end) \
    static CN_AVX2 void name(double *a, size_t dist, size_t t, const plan *p) { body(a, dist, t, p, at_end); }
PASS(forward_radix8_words, forward_radix8, true)
PASS(forward_radix8_again, forward_radix8, false)
PASS(forward_radix4_words, forward_radix4, true)
PASS(forward_radix4_again, forward_radix4, false)

/** Radix of the first pass forward, last pass backward, over n > GROUP points. */
static size_t radix_of(size_t n) {
    unsigned levels = 0;
    while ((size_t)GROUP << levels != n) levels++;
    return levels % 3 == 0 ? 8 : levels == 1 ? 2 : 4;
}

/** All levels of a block of n numbers from root number t on. */
static CN_AVX2 void forward_block(double *a, size_t n, size_t t, const plan *p) {
    if (n == GROUP) {
        forward_group(a, t, p);
        return;
    }
    const size_t radix = radix_of(n), dist = n / radix;
    switch (radix) {
    case 8: (t == 1 ? forward_radix8_words : forward_radix8_again)(a, dist, t, p); break;
    case 4: (t == 1 ? forward_radix4_words : forward_radix4_again)(a, dist, t, p); break;
    default: forward_radix2(a, dist, t, p);
    }
    for (size_t i = 0; i < radix; i++) forward_block(a + i * dist, dist, radix * t + i, p);
}

/* Backward. t: the number of the root of a pass's last level. */

/** The first six levels, of a group: a block of 8 points to a lane, then rows. */
static CN_AVX2 void inverse_group(double *a, size_t t, const plan *p) {
    const __m256d q = p->f.q;
    const double *set = p->lane_root + (t - p->groups) * 2 * SET;
    double *b = p->buffer;
    __m256d x[8];
    for (size_t h = 0; h < 8; h += LANES, b += 32, set += SET) {
        load4(x, a + h, 8, true), load4(x + 4, a + h + 32, 8, true);
        two_levels_back(x, lane_root_at(set, 1), lane_root_at(set, 3), lane_root_at(set, 4), q);
        two_levels_back(x + 4, lane_root_at(set, 2), lane_root_at(set, 5), lane_root_at(set, 6), q);
        third_level_back(x, lane_root_at(set, 0), p);
        transpose4(x), transpose4(x + 4);
        store4(b, 8, x), store4(b + 4, 8, x + 4);
    }
    b = p->buffer;
    for (size_t h = 0; h < 8; h += LANES) {
        load4(x, b + h, 8, false), load4(x + 4, b + h + 32, 8, false);
        two_levels_back(x, root_at(p->root, 2 * t), root_at(p->root, 4 * t), root_at(p->root, 4 * t + 1), q);
        two_levels_back(x + 4, root_at(p->root, 2 * t + 1), root_at(p->root, 4 * t + 2), root_at(p->root, 4 * t + 3), q);
        third_level_back(x, root_at(p->root, t), p);
        store4(a + h, 8, x), store4(a + h + 32, 8, x + 4);
    }
}

/** last: with the factor 1/n, and back to residues; else with register 0 (and 1) reduced. */
CN_AVX2_INLINE void inverse_radix8(double *a, size_t dist, size_t t, const plan *p, bool last) {
    const __m256d q = p->f.q;
    const cn_fp_factor w = root_at(p->root, t), w0 = root_at(p->root, 2 * t), w1 = root_at(p->root, 2 * t + 1),
                       w00 = root_at(p->root, 4 * t), w01 = root_at(p->root, 4 * t + 1),
                       w10 = root_at(p->root, 4 * t + 2), w11 = root_at(p->root, 4 * t + 3);
    __m256d x[8];
    for (double *end = a + dist; a < end; a += LANES) {
        load4(x, a, dist, false), load4(x + 4, a + 4 * dist, dist, false);
        two_levels_back(x, w0, w00, w01, q), two_levels_back(x + 4, w1, w10, w11, q);
        if (last) {
            butterfly_last(x + 0, x + 4, p), butterfly_last(x + 1, x + 5, p);
            butterfly_last(x + 2, x + 6, p), butterfly_last(x + 3, x + 7, p);
            store4_residues(a, dist, x, &p->f), store4_residues(a + 4 * dist, dist, x + 4, &p->f);
        } else {
            third_level_back(x, w, p);
            store4(a, dist, x), store4(a + 4 * dist, dist, x + 4);
        }
    }
}

CN_AVX2_INLINE void inverse_radix4(double *a, size_t dist, size_t t, const plan *p, bool last) {
    const __m256d q = p->f.q;
    const cn_fp_factor w = root_at(p->root, t), w0 = root_at(p->root, 2 * t), w1 = root_at(p->root, 2 * t + 1);
    __m256d x[4];
    for (double *end = a + dist; a < end; a += LANES) {
        load4(x, a, dist, false);
        if (last) {
            butterfly_back(x + 0, x + 1, w0, q), butterfly_back(x + 2, x + 3, w1, q);
            butterfly_last(x + 0, x + 2, p), butterfly_last(x + 1, x + 3, p);
            store4_residues(a, dist, x, &p->f);
        } else {
            two_levels_back(x, w, w0, w1, q);
            x[0] = cn_fp_reduce(x[0], &p->f);
            store4(a, dist, x);
        }
    }
}

/** Only for n = 2 GROUP. */
static CN_AVX2 void inverse_radix2_last(double *a, size_t dist, const plan *p) {
    uint64_t *r = (uint64_t *)(void *)a;
    for (size_t i = 0; i < dist; i += LANES) {
        __m256d x = _mm256_loadu_pd(a + i), y = _mm256_loadu_pd(a + dist + i);
        butterfly_last(&x, &y, p);
        cn_fp_store_residues(r + i, x, &p->f), cn_fp_store_residues(r + dist + i, y, &p->f);
    }
}

PASS(inverse_radix8_last, inverse_radix8, true)
PASS(inverse_radix8_more, inverse_radix8, false)
PASS(inverse_radix4_last, inverse_radix4, true)
PASS(inverse_radix4_more, inverse_radix4, false)

static CN_AVX2 void inverse_block(double *a, size_t n, size_t t, const plan *p) {
    if (n == GROUP) {
        inverse_group(a, t, p);
        return;
    }
    const size_t radix = radix_of(n), dist = n / radix;
    for (size_t i = 0; i < radix; i++) inverse_block(a + i * dist, dist, radix * t + i, p);
    switch (radix) {
    case 8: (t == 1 ? inverse_radix8_last : inverse_radix8_more)(a, dist, t, p); break;
    case 4: (t == 1 ? inverse_radix4_last : inverse_radix4_more)(a, dist, t, p); break;
    default: inverse_radix2_last(a, dist, p);
    }
}

CN_AVX2_INLINE plan plan_init(const double *root, const cn_ntt *p, double buffer[GROUP]) {
    plan x = {.f = cn_fp_init(&p->mod),
              .root = root,
              .lane_root = root + 2 * p->n,
              .groups = p->n / GROUP,
              .wide = p->mod.q >> 47 != 0,
              .last = {cn_fp_factor_init(p->n_inv.w, &p->mod), cn_fp_factor_init(p->n_inv_w.w, &p->mod)},
              .buffer = buffer};
    return x;
}

CN_AVX2 void cn_ntt_forward_fp(uint64_t *a, const cn_ntt *p) {
    if (p->fp.fwd == NULL) {
        cn_ntt_forward_portable(a, p);
        return;
    }
    CN_VERIFY_BELOW(a, p->n, p->mod.q);
    _Alignas(CN_ALIGN) double buffer[GROUP];
    const plan x = plan_init(p->fp.fwd, p, buffer);
    double *d = (double *)(void *)a;
    if (p->n < 4 * GROUP) /* no pass before the groups converts */
        for (size_t i = 0; i < p->n; i += LANES) _mm256_storeu_pd(d + i, cn_fp_load_words(a + i));
    forward_block(d, p->n, 1, &x);
    cn_wipe(buffer, sizeof buffer);
    CN_VERIFY_BELOW(a, p->n, p->mod.q);
}

CN_AVX2 void cn_ntt_inverse_fp(uint64_t *a, const cn_ntt *p) {
    if (p->fp.inv == NULL) {
        cn_ntt_inverse_portable(a, p);
        return;
    }
    CN_VERIFY_BELOW(a, p->n, p->mod.q);
    _Alignas(CN_ALIGN) double buffer[GROUP];
    const plan x = plan_init(p->fp.inv, p, buffer);
    double *d = (double *)(void *)a;
    inverse_block(d, p->n, 1, &x);
    if (p->n == GROUP) /* no pass after the group divides by n */
        for (size_t i = 0; i < p->n; i += LANES)
            cn_fp_store_residues(a + i, cn_fp_times_factor(_mm256_loadu_pd(d + i), x.last[0], x.f.q), &x.f);
    cn_wipe(buffer, sizeof buffer);
    CN_VERIFY_BELOW(a, p->n, p->mod.q);
}
#endif
