/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Pointwise kernels with AVX2 and FMA: residues in double precision, four at a time (ring/avx2.h has method and sources).
 *
 *  They serve q < 2^50 (for lift and encode also a source modulus below 2^50, for encode q > 2^11). Other moduli, and the
 *  last n % 4 words, are left to the portable kernels. Time depends on n, terms, digit and moduli only. */

#include "ring/avx2.h"
#include "ring/kernels_x86.h"

#if CN_HAVE_X86

#include <string.h>

#define LANES 4
#define BITS_MAX 50
#define PORTABLE cn_kernels_portable

/** The words that full vectors cover. */
static size_t whole(size_t n) { return n - n % LANES; }

CN_AVX2 void cn_add_avx2(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m) {
    const __m256i q = _mm256_set1_epi64x((int64_t)m->q), zero = _mm256_setzero_si256();
    const size_t full = whole(n);
    CN_VERIFY_BELOW(a, full, m->q);
    CN_VERIFY_BELOW(b, full, m->q);
    for (size_t i = 0; i < full; i += LANES) { /* in integers, for every q < 2^61 */
        __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(a + i)), y = _mm256_loadu_si256((const __m256i *)(const void *)(b + i));
        __m256i d = _mm256_sub_epi64(_mm256_add_epi64(x, y), q); /* [-q, q) */
        d = _mm256_add_epi64(d, _mm256_and_si256(q, _mm256_cmpgt_epi64(zero, d)));
        _mm256_storeu_si256((__m256i *)(void *)(r + i), d);
    }
    PORTABLE.add(r + full, a + full, b + full, n - full, m);
}

CN_AVX2 void cn_mul_fp(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m) {
    const size_t full = m->bits > BITS_MAX ? 0 : whole(n);
    const cn_fp f = cn_fp_init(m);
    CN_VERIFY_BELOW(a, full, m->q);
    CN_VERIFY_BELOW(b, full, m->q);
    for (size_t i = 0; i < full; i += LANES) /* |product| <= 3/4 q */
        cn_fp_store_residues(r + i, cn_fp_times(cn_fp_load_words(a + i), cn_fp_load_words(b + i), &f), &f);
    PORTABLE.mul(r + full, a + full, b + full, n - full, m);
}

CN_AVX2 void cn_mul_add_fp(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m) {
    const size_t full = m->bits > BITS_MAX ? 0 : whole(n);
    const cn_fp f = cn_fp_init(m);
    const __m256d zero = _mm256_setzero_pd();
    CN_VERIFY_BELOW(r, full, m->q);
    CN_VERIFY_BELOW(a, full, m->q);
    CN_VERIFY_BELOW(b, full, m->q);
    for (size_t i = 0; i < full; i += LANES) {
        __m256d x = cn_fp_times(cn_fp_load_words(a + i), cn_fp_load_words(b + i), &f); /* [-3/4 q, 3/4 q] */
        x = _mm256_add_pd(x, _mm256_sub_pd(cn_fp_load_raised(r + i), f.lift[1]));      /* + r - q: [-7/4 q, 3/4 q) */
        x = _mm256_add_pd(x, _mm256_blendv_pd(zero, f.q, x));                          /* [-3/4 q, q) */
        cn_fp_store_residues(r + i, x, &f);
    }
    PORTABLE.mul_add(r + full, a + full, b + full, n - full, m);
}

/* dot. Products are summed up in two parts, neither of them reduced: high, a multiple of 2^(bits + 1), and low.
 * high starts at 2^(bits + 53) and stays below 2^(bits + 54), where doubles have the distance 2^(bits + 1):
 *      next = RN(high + a b),   low += a b - (next - high),   |a b - (next - high)| <= 2^bits.
 * All but the first rounding is exact for up to 2^(52 - bits) terms: since 2^bits < 2q - 1, each adds less than
 * (q - 1)^2 + 2^bits < q^2 < 2^(2 bits) to high, which ends below 2^(bits + 53) + 2^(bits + 52), and at most 2^bits to low,
 * |low| <= 2^52. More terms are done in parts, the result of the ones before, within q of zero, being the start of low. */

#define BLOCK (4 * LANES) /* sums side by side: two cache lines of every vector */

typedef struct dot_plan {
    cn_fp f;
    __m256d start;     /* 2^(bits + 53) */
    cn_fp_factor down; /* 2^(bits + 1) modulo q, to be multiplied with high / 2^(bits + 1) < 2^51 */
} dot_plan;

CN_AVX2_INLINE dot_plan dot_plan_init(const cn_mod *m) {
    const double unit = (double)((uint64_t)1 << (m->bits + 1));
    dot_plan p = {.f = cn_fp_init(m), .start = _mm256_set1_pd(unit * 0x1p52)};
    p.down = cn_fp_factor_init(cn_mod_reduce((uint64_t)1 << (m->bits + 1), m), m);
    p.down.w = _mm256_mul_pd(p.down.w, _mm256_set1_pd(1 / unit)); /* exact: by a power of two */
    p.down.over = _mm256_mul_pd(p.down.over, _mm256_set1_pd(1 / unit));
    return p;
}

/** Add the product of four words to a sum. */
CN_AVX2_INLINE void dot_step(__m256d *high, __m256d *low, const uint64_t *a, const uint64_t *b) {
    const __m256d x = cn_fp_load_words(a), y = cn_fp_load_words(b), next = _mm256_fmadd_pd(x, y, *high);
    *low = _mm256_add_pd(*low, _mm256_fmsub_pd(x, y, _mm256_sub_pd(next, *high)));
    *high = next;
}

/** A sum modulo q, centred: |r| < 0.51 q.  The product is within 5/8 q and low below 2^52 + q, so their sum is exact. */
CN_AVX2_INLINE __m256d dot_reduce(__m256d high, __m256d low, const dot_plan *p) {
    return cn_fp_reduce(_mm256_add_pd(cn_fp_times_factor(_mm256_sub_pd(high, p->start), p->down, p->f.q), low), &p->f);
}

/** BLOCK sums from word i on. */
CN_AVX2_INLINE void dot_block(uint64_t *r, const uint64_t *const *a, const uint64_t *const *b, size_t i, size_t terms,
                              size_t part, const dot_plan *p) {
    __m256d l0 = _mm256_setzero_pd(), l1 = l0, l2 = l0, l3 = l0;
    for (size_t k = 0; k < terms;) {
        __m256d h0 = p->start, h1 = h0, h2 = h0, h3 = h0;
        for (const size_t end = CN_MIN(terms, k + part); k < end; k++) {
            const uint64_t *x = a[k] + i, *y = b[k] + i;
            dot_step(&h0, &l0, x, y), dot_step(&h1, &l1, x + LANES, y + LANES);
            dot_step(&h2, &l2, x + 2 * LANES, y + 2 * LANES), dot_step(&h3, &l3, x + 3 * LANES, y + 3 * LANES);
        }
        l0 = dot_reduce(h0, l0, p), l1 = dot_reduce(h1, l1, p);
        l2 = dot_reduce(h2, l2, p), l3 = dot_reduce(h3, l3, p);
    }
    cn_fp_store_residues(r + i, l0, &p->f), cn_fp_store_residues(r + i + LANES, l1, &p->f);
    cn_fp_store_residues(r + i + 2 * LANES, l2, &p->f), cn_fp_store_residues(r + i + 3 * LANES, l3, &p->f);
}

/** The sum at word i alone. */
static uint64_t dot_word(const uint64_t *const *a, const uint64_t *const *b, size_t i, size_t terms, const cn_mod *m) {
    cn_u128 sum = 0; /* < 2^8 q^2 <= 2^108 */
    for (size_t k = 0; k < terms; k++) sum += (cn_u128)a[k][i] * b[k][i];
    return cn_mod_reduce128(sum, m);
}

CN_AVX2 void cn_dot_fp(uint64_t *r, const uint64_t *const *a, const uint64_t *const *b, size_t terms, size_t n,
                         const cn_mod *m) {
    CN_VERIFY(terms >= 1 && terms <= CN_DOT_TERMS_MAX && m->bits <= BITS_MAX);
    CN_VERIFY_ONLY(for (size_t k = 0; k < terms; k++) CN_VERIFY_BELOW(a[k], n, m->q);)
    CN_VERIFY_ONLY(for (size_t k = 0; k < terms; k++) CN_VERIFY_BELOW(b[k], n, m->q);)
    const dot_plan p = dot_plan_init(m);
    const size_t part = (size_t)1 << (52 - m->bits);
    size_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK) dot_block(r, a, b, i, terms, part, &p);
    for (; i < n; i++) r[i] = dot_word(a, b, i, terms, m);
}

CN_AVX2 void cn_scale_fp(uint64_t *r, const uint64_t *a, cn_shoup w, size_t n, const cn_mod *m) {
    const size_t full = m->bits > BITS_MAX ? 0 : whole(n);
    const cn_fp f = cn_fp_init(m);
    const cn_fp_factor factor = cn_fp_factor_init(w.w, m);
    CN_VERIFY_BELOW(a, full, m->q);
    for (size_t i = 0; i < full; i += LANES)
        cn_fp_store_residues(r + i, cn_fp_times_factor(cn_fp_load_words(a + i), factor, f.q), &f);
    PORTABLE.scale(r + full, a + full, w, n - full, m);
}

CN_AVX2 void cn_sub_scale_fp(uint64_t *r, const uint64_t *a, cn_shoup w, size_t n, const cn_mod *m) {
    const size_t full = m->bits > BITS_MAX ? 0 : whole(n);
    const cn_fp f = cn_fp_init(m);
    const cn_fp_factor factor = cn_fp_factor_init(w.w, m);
    CN_VERIFY_BELOW(r, full, m->q);
    CN_VERIFY_BELOW(a, full, m->q);
    for (size_t i = 0; i < full; i += LANES) {
        const __m256d d = _mm256_sub_pd(cn_fp_load_raised(r + i), cn_fp_load_raised(a + i)); /* (-q, q) */
        cn_fp_store_residues(r + i, cn_fp_times_factor(d, factor, f.q), &f);
    }
    PORTABLE.sub_scale(r + full, a + full, w, n - full, m);
}

/** What centres residues of a modulus q < 2^50. */
typedef struct centring {
    __m256i half;
    __m256d raise[2]; /* 2^52 and 2^52 + q */
} centring;

CN_AVX2_INLINE centring centring_init(const cn_mod *m) {
    const __m256d base = _mm256_set1_pd(0x1p52);
    centring c = {_mm256_set1_epi64x((long long)m->half), {base, _mm256_add_pd(base, _mm256_set1_pd((double)m->q))}};
    return c;
}

/** Four residues as doubles in [-(q-1)/2, (q-1)/2]. */
CN_AVX2_INLINE __m256d load_centred(const uint64_t *a, const centring *c) {
    const __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)a);
    const __m256d above = _mm256_castsi256_pd(_mm256_cmpgt_epi64(x, c->half));
    const __m256d raised = _mm256_or_pd(_mm256_castsi256_pd(x), c->raise[0]);
    return _mm256_sub_pd(raised, _mm256_blendv_pd(c->raise[0], c->raise[1], above));
}

/** What takes digits of centred residues (cn_digit). */
typedef struct digits {
    __m256i half, q;
    __m256i offset, sign, mask, raise; /* offset + 2^63, 2^63 >> shift, mask, bits of M = 1.5 * 2^52 minus the centre */
    __m128i shift;
} digits;

CN_AVX2_INLINE digits digits_init(const cn_digit *d, const cn_mod *m) {
    const uint64_t top = (uint64_t)1 << 63, magic = 0x4338000000000000;
    digits x = {.half = _mm256_set1_epi64x((long long)m->half),
                .q = _mm256_set1_epi64x((long long)m->q),
                .offset = _mm256_set1_epi64x((long long)((uint64_t)d->offset + top)),
                .sign = _mm256_set1_epi64x((long long)(top >> d->shift)),
                .mask = _mm256_set1_epi64x((long long)d->mask),
                .raise = _mm256_set1_epi64x((long long)(magic - (uint64_t)d->centre)),
                .shift = _mm_cvtsi32_si128((int)d->shift)};
    return x;
}

/** Digit d of four residues as doubles: |d| <= 2^49 like the residues, so the bits of M plus d are those of M + d. The shift
 *  is arithmetic: x >> s = ((x + 2^63) >> s) - (2^63 >> s), the shifts on the right being logical. */
CN_AVX2_INLINE __m256d load_digits(const uint64_t *a, const digits *d) {
    __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)a);
    x = _mm256_sub_epi64(x, _mm256_and_si256(_mm256_cmpgt_epi64(x, d->half), d->q));
    x = _mm256_sub_epi64(_mm256_srl_epi64(_mm256_add_epi64(x, d->offset), d->shift), d->sign);
    x = _mm256_add_epi64(_mm256_and_si256(x, d->mask), d->raise);
    return _mm256_sub_pd(_mm256_castsi256_pd(x), _mm256_set1_pd(0x1.8p52));
}

/** Digits within 2^49 leave the reduction exact: |r| <= q/2 + 2^-4. */
CN_AVX2 void cn_lift_fp(uint64_t *r, const uint64_t *a, const cn_digit *d, const cn_mod *from, size_t n,
                          const cn_mod *to) {
    const size_t full = CN_MAX(from->bits, to->bits) > BITS_MAX ? 0 : whole(n);
    const cn_fp f = cn_fp_init(to);
    CN_VERIFY_BELOW(a, full, from->q);
    if (d->mask == -1 && d->shift == 0 && d->offset == 0 && d->centre == 0) {
        const centring c = centring_init(from);
        for (size_t i = 0; i < full; i += LANES) cn_fp_store_residues(r + i, cn_fp_reduce(load_centred(a + i, &c), &f), &f);
    } else {
        const digits c = digits_init(d, from);
        for (size_t i = 0; i < full; i += LANES) cn_fp_store_residues(r + i, cn_fp_reduce(load_digits(a + i, &c), &f), &f);
    }
    PORTABLE.lift(r + full, a + full, d, from, n - full, to);
}

/** Four signed bytes as doubles. */
CN_AVX2_INLINE __m256d load_bytes(const int8_t *e) {
    int32_t four;
    memcpy(&four, e, sizeof four);
    return _mm256_cvtepi32_pd(_mm_cvtepi8_epi32(_mm_cvtsi32_si128(four)));
}

/** |centred a| < 2^49, so products are within (1/2 + 2^-5) q; for q > 2^11 an error within 127 keeps them in (-q, q). */
CN_AVX2 void cn_encode_fp(uint64_t *r, const uint64_t *a, const int8_t *e, cn_shoup w, const cn_mod *t, size_t n,
                            const cn_mod *q) {
    const size_t full = CN_MAX(t->bits, q->bits) > BITS_MAX || q->bits < 12 ? 0 : whole(n);
    const cn_fp f = cn_fp_init(q);
    const centring c = centring_init(t);
    const cn_fp_factor factor = cn_fp_factor_init(w.w, q);
    CN_VERIFY_BELOW(a, full, t->q);
    if (e == NULL) {
        for (size_t i = 0; i < full; i += LANES)
            cn_fp_store_residues(r + i, cn_fp_times_factor(load_centred(a + i, &c), factor, f.q), &f);
    } else {
        for (size_t i = 0; i < full; i += LANES) {
            const __m256d x = cn_fp_times_factor(load_centred(a + i, &c), factor, f.q);
            cn_fp_store_residues(r + i, _mm256_add_pd(x, load_bytes(e + i)), &f);
        }
    }
    PORTABLE.encode(r + full, a + full, e == NULL ? NULL : e + full, w, t, n - full, q);
}

CN_AVX2 void cn_square_fp(uint64_t *r0, uint64_t *r1, uint64_t *r2, const uint64_t *a0, const uint64_t *a1, cn_shoup k,
                            size_t n, const cn_mod *m) {
    const size_t full = m->bits > BITS_MAX ? 0 : whole(n);
    const cn_fp f = cn_fp_init(m);
    const cn_fp_factor factor = cn_fp_factor_init(k.w, m);
    CN_VERIFY_BELOW(a0, full, m->q);
    CN_VERIFY_BELOW(a1, full, m->q);
    for (size_t i = 0; i < full; i += LANES) {
        const __m256d x0 = cn_fp_load_words(a0 + i), x1 = cn_fp_load_words(a1 + i);
        const __m256d y0 = cn_fp_times_factor(x0, factor, f.q), y1 = cn_fp_times_factor(x1, factor, f.q); /* within 3/4 q */
        cn_fp_store_residues(r0 + i, cn_fp_times(y0, x0, &f), &f);
        cn_fp_store_residues(r1 + i, cn_fp_times(_mm256_add_pd(y0, y0), x1, &f), &f); /* |product| <= 3/2 q^2 */
        cn_fp_store_residues(r2 + i, cn_fp_times(y1, x1, &f), &f);
    }
    PORTABLE.square(r0 + full, r1 + full, r2 + full, a0 + full, a1 + full, k, n - full, m);
}
#endif
