/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The pointwise kernels in 52-bit integer arithmetic (AVX-512 IFMA), for 2^8 < q < 2^46, and t < 2^50 where residues change
 *  their modulus. Other moduli go to the kernels of AVX2.
 *
 *  Four ways to reduce, all exact. In the first three, a quotient that falls short by less than 2 leaves a remainder in
 *  [0, 2q), known modulo 2^52, which a mask and a minimum of unsigned words finish:
 *  - times a constant, and of a number below 2^52: ring/avx512.h;
 *  - of a product: P. Barrett (CRYPTO '86), the product cut to the top bits that the quotient needs: multiply();
 *  - of a product that may take a factor 2^-52: P. Montgomery (Math. Comp. 44 (1985) 519-521): montgomery(). */

#include "ring/kernels_x86.h"
#include "ring/lift_avx512.h"

#if CN_HAVE_X86

#define LANES CN_IFMA_LANES

typedef __m512i vec;

/* The last n mod 8 words. */
CN_AVX512_INLINE __mmask8 first_lanes(size_t count) { return (__mmask8)((1U << count) - 1); }
CN_AVX512_INLINE vec load_some(const uint64_t *x, __mmask8 some) { return _mm512_maskz_loadu_epi64(some, x); }
CN_AVX512_INLINE void store_some(uint64_t *x, __mmask8 some, vec v) { _mm512_mask_storeu_epi64(x, some, v); }

CN_AVX512_INLINE vec add(vec a, vec b) { return _mm512_add_epi64(a, b); }
CN_AVX512_INLINE vec sub(vec a, vec b) { return _mm512_sub_epi64(a, b); }
CN_AVX512_INLINE vec min(vec a, vec b) { return _mm512_min_epu64(a, b); }

CN_AVX512_INLINE vec zero(void) { return _mm512_setzero_si512(); }

static bool in_range(const cn_mod *m) { return m->bits > 8 && m->bits <= 46; }
static bool in_wide_range(const cn_mod *m) { return m->bits <= 50; }

/** Products: with bits that of q, x = a b + c < q^2 is cut to
 *      t = floor(a b / 2^(bits-3)) + floor(c / 2^(bits-3)) < 2^(bits+3) <= 2^49,
 *  the first part as the high word of (a 2^(52-bits)) (8 b), and multiplied by recip = floor(2^(bits+49) / q) <= 2^50. The
 *  quotient floor(t recip / 2^52) never exceeds x / q. Cutting costs at most 2 * 2^(bits-3) / q <= 1/2, the reciprocal
 *  t / 2^52 <= 1/8, rounding down less than 1: it falls short by less than 2. */
typedef struct multiplier {
    cn_ifma f;
    vec recip;
    vec up, down; /* 52 - bits, bits - 3 */
} multiplier;

CN_AVX512_INLINE multiplier multiplier_of(const cn_mod *m) {
    const cn_u128 recip128 = ((cn_u128)m->recip128[1] << 64) | m->recip128[0];
    multiplier p = {cn_ifma_init(m), cn_ifma_all((uint64_t)(recip128 >> (79 - m->bits))), cn_ifma_all(52 - m->bits),
                    cn_ifma_all(m->bits - 3)};
    return p;
}

/** From t and the low word of x: x mod q, reduced. */
CN_AVX512_INLINE vec quotient_off(vec t, vec low, const multiplier *p) {
    return cn_ifma_finish(cn_ifma_low(low, cn_ifma_high(zero(), t, p->recip), p->f.minus_q), &p->f);
}
CN_AVX512_INLINE vec multiply(vec a, vec b, const multiplier *p) {
    vec t = cn_ifma_high(zero(), _mm512_sllv_epi64(a, p->up), _mm512_slli_epi64(b, 3));
    return quotient_off(t, cn_ifma_low(zero(), a, b), p);
}
CN_AVX512_INLINE vec multiply_add(vec c, vec a, vec b, const multiplier *p) {
    vec t = cn_ifma_high(_mm512_srlv_epi64(c, p->down), _mm512_sllv_epi64(a, p->up), _mm512_slli_epi64(b, 3));
    return quotient_off(t, cn_ifma_low(c, a, b), p);
}

CN_AVX512 void cn_add_avx512(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m) {
    const vec q = cn_ifma_all(m->q);
    size_t i = 0;
    CN_VERIFY_BELOW(a, n, m->q);
    CN_VERIFY_BELOW(b, n, m->q);
    for (; i + LANES <= n; i += LANES) cn_ifma_store(r + i, cn_ifma_fold(add(cn_ifma_load(a + i), cn_ifma_load(b + i)), q)); /* any q */
    if (i < n) {
        const __mmask8 some = first_lanes(n - i);
        store_some(r + i, some, cn_ifma_fold(add(load_some(a + i, some), load_some(b + i, some)), q));
    }
}

CN_AVX512 void cn_mul_avx512(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m) {
    if (!in_range(m)) {
        cn_mul_avx2(r, a, b, n, m);
        return;
    }
    const multiplier p = multiplier_of(m);
    size_t i = 0;
    CN_VERIFY_BELOW(a, n, m->q);
    CN_VERIFY_BELOW(b, n, m->q);
    for (; i + LANES <= n; i += LANES) cn_ifma_store(r + i, multiply(cn_ifma_load(a + i), cn_ifma_load(b + i), &p));
    if (i < n) {
        const __mmask8 some = first_lanes(n - i);
        store_some(r + i, some, multiply(load_some(a + i, some), load_some(b + i, some), &p));
    }
}

CN_AVX512 void cn_mul_add_avx512(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m) {
    if (!in_range(m)) {
        cn_mul_add_avx2(r, a, b, n, m);
        return;
    }
    const multiplier p = multiplier_of(m);
    size_t i = 0;
    CN_VERIFY_BELOW(r, n, m->q);
    CN_VERIFY_BELOW(a, n, m->q);
    CN_VERIFY_BELOW(b, n, m->q);
    for (; i + LANES <= n; i += LANES)
        cn_ifma_store(r + i, multiply_add(cn_ifma_load(r + i), cn_ifma_load(a + i), cn_ifma_load(b + i), &p));
    if (i < n) {
        const __mmask8 some = first_lanes(n - i);
        store_some(r + i, some,
                   multiply_add(load_some(r + i, some), load_some(a + i, some), load_some(b + i, some), &p));
    }
}

#define DOT_VECTORS 4 /* side by side, for the latency of the sums */

/** few: for at most CN_IFMA_FEW terms. */
CN_AVX512_INLINE void dot(uint64_t *r, const uint64_t *const *a, const uint64_t *const *b, size_t terms, size_t n, const bool few,
                          const cn_mod *m) {
    const cn_ifma f = cn_ifma_init(m);
    const cn_ifma_few top = cn_ifma_few_init(m);
    const cn_ifma_factor two52 = cn_ifma_factor_two52(m);
    size_t i = 0;
    for (; i + DOT_VECTORS * LANES <= n; i += DOT_VECTORS * LANES) {
        cn_ifma_sum s[DOT_VECTORS];
        CN_UNROLL
        for (size_t v = 0; v < DOT_VECTORS; v++) s[v] = (cn_ifma_sum){zero(), zero()};
        for (size_t k = 0; k < terms; k++) {
            CN_UNROLL
            for (size_t v = 0; v < DOT_VECTORS; v++)
                cn_ifma_sum_add(&s[v], cn_ifma_load(a[k] + i + LANES * v), cn_ifma_load(b[k] + i + LANES * v));
        }
        CN_UNROLL
        for (size_t v = 0; v < DOT_VECTORS; v++)
            cn_ifma_store(r + i + LANES * v, few ? cn_ifma_few_reduce(&s[v], &top, &f) : cn_ifma_sum_reduce(&s[v], two52, &f));
    }
    for (; i < n; i += LANES) {
        const __mmask8 some = n - i < LANES ? first_lanes(n - i) : (__mmask8)-1;
        cn_ifma_sum s = {zero(), zero()};
        for (size_t k = 0; k < terms; k++) cn_ifma_sum_add(&s, load_some(a[k] + i, some), load_some(b[k] + i, some));
        store_some(r + i, some, cn_ifma_sum_reduce(&s, two52, &f));
    }
}

CN_AVX512 void cn_dot_avx512(uint64_t *r, const uint64_t *const *a, const uint64_t *const *b, size_t terms, size_t n,
                             const cn_mod *m) {
    CN_VERIFY(terms >= 1 && terms <= CN_DOT_TERMS_MAX && m->q >> 50 == 0);
    if (!in_range(m)) {
        cn_dot_avx2(r, a, b, terms, n, m);
        return;
    }
    CN_VERIFY_ONLY(for (size_t k = 0; k < terms; k++) {
        CN_VERIFY_BELOW(a[k], n, m->q);
        CN_VERIFY_BELOW(b[k], n, m->q);
    })
    if (terms <= CN_IFMA_FEW) dot(r, a, b, terms, n, true, m);
    else dot(r, a, b, terms, n, false, m);
}

CN_AVX512 void cn_scale_avx512(uint64_t *r, const uint64_t *a, cn_shoup w, size_t n, const cn_mod *m) {
    if (!in_range(m)) {
        cn_scale_avx2(r, a, w, n, m);
        return;
    }
    const cn_ifma f = cn_ifma_init(m);
    const cn_ifma_factor c = cn_ifma_factor_init(w);
    size_t i = 0;
    CN_VERIFY_BELOW(a, n, m->q);
    for (; i + LANES <= n; i += LANES) cn_ifma_store(r + i, cn_ifma_finish(cn_ifma_times_factor(cn_ifma_load(a + i), c, &f), &f));
    if (i < n) {
        const __mmask8 some = first_lanes(n - i);
        store_some(r + i, some, cn_ifma_finish(cn_ifma_times_factor(load_some(a + i, some), c, &f), &f));
    }
}

/** (r - a) w, reduced: the factor r - a + q lies in (0, 2q). */
CN_AVX512_INLINE vec scaled_difference(vec r, vec a, cn_ifma_factor c, const cn_ifma *f) {
    return cn_ifma_finish(cn_ifma_times_factor(add(sub(r, a), f->q), c, f), f);
}

CN_AVX512 void cn_sub_scale_avx512(uint64_t *r, const uint64_t *a, cn_shoup w, size_t n, const cn_mod *m) {
    if (!in_range(m)) {
        cn_sub_scale_avx2(r, a, w, n, m);
        return;
    }
    const cn_ifma f = cn_ifma_init(m);
    const cn_ifma_factor c = cn_ifma_factor_init(w);
    size_t i = 0;
    CN_VERIFY_BELOW(r, n, m->q);
    CN_VERIFY_BELOW(a, n, m->q);
    for (; i + LANES <= n; i += LANES) cn_ifma_store(r + i, scaled_difference(cn_ifma_load(r + i), cn_ifma_load(a + i), c, &f));
    if (i < n) {
        const __mmask8 some = first_lanes(n - i);
        store_some(r + i, some, scaled_difference(load_some(r + i, some), load_some(a + i, some), c, &f));
    }
}

CN_AVX512 void cn_lift_avx512(uint64_t *r, const uint64_t *a, const cn_digit *d, const cn_mod *from, size_t n,
                              const cn_mod *to) {
    if (!cn_ifma_lifts(d, from, to)) {
        cn_lift_avx2(r, a, d, from, n, to);
        return;
    }
    const cn_ifma f = cn_ifma_init(to);
    const cn_ifma_lift l = cn_ifma_lift_init(d, from, to);
    size_t i = 0;
    CN_VERIFY_BELOW(a, n, from->q);
    for (; i + LANES <= n; i += LANES) cn_ifma_store(r + i, cn_ifma_lift_digit(cn_ifma_load(a + i), &l, &f));
    if (i < n) {
        const __mmask8 some = first_lanes(n - i);
        store_some(r + i, some, cn_ifma_lift_digit(load_some(a + i, some), &l, &f));
    }
}

/** Encoding: the centred residue, at most 2^49 in absolute value, plus a multiple of q between 2^49 and 2^49 + q is below
 *  2^50 + 2^46, so its product is below 4/3 q. With the error it lies between -127 and 4/3 q + 127 < 2q, from q = 2^8 + 1 up;
 *  of the three words x, x + q and x - q the reduced one is the least, a negative one being huge. */
typedef struct encoder {
    cn_ifma_centring plain;
    vec back; /* the multiple of q, less half */
    cn_ifma_factor w;
    cn_ifma f;
} encoder;

CN_AVX512_INLINE vec encode_clean(vec a, const encoder *c) {
    return cn_ifma_finish(cn_ifma_times_factor(add(cn_ifma_centre_shifted(a, &c->plain), c->back), c->w, &c->f), &c->f);
}
CN_AVX512_INLINE vec encode_noisy(vec a, __m128i e, const encoder *c) {
    vec x = cn_ifma_times_factor(add(cn_ifma_centre_shifted(a, &c->plain), c->back), c->w, &c->f);
    x = add(_mm512_and_si512(x, c->f.low52), _mm512_cvtepi8_epi64(e));
    return min(x, min(add(x, c->f.q), sub(x, c->f.q)));
}

CN_AVX512 void cn_encode_avx512(uint64_t *r, const uint64_t *a, const int8_t *e, cn_shoup w, const cn_mod *t, size_t n,
                                const cn_mod *q) {
    if (!in_range(q) || !in_wide_range(t)) {
        cn_encode_avx2(r, a, e, w, t, n, q);
        return;
    }
    const encoder c = {cn_ifma_centring_init(t), cn_ifma_all(cn_multiple_from_var((uint64_t)1 << 49, q->q) - t->half), cn_ifma_factor_init(w),
                       cn_ifma_init(q)};
    const size_t whole = n - n % LANES;
    const __mmask8 some = first_lanes(n - whole);
    CN_VERIFY_BELOW(a, n, t->q);
    if (e == NULL) {
        for (size_t i = 0; i < whole; i += LANES) cn_ifma_store(r + i, encode_clean(cn_ifma_load(a + i), &c));
        store_some(r + whole, some, encode_clean(load_some(a + whole, some), &c));
    } else {
        for (size_t i = 0; i < whole; i += LANES)
            cn_ifma_store(r + i, encode_noisy(cn_ifma_load(a + i), _mm_loadl_epi64((const __m128i_u *)(e + i)), &c));
        store_some(r + whole, some, encode_noisy(load_some(a + whole, some), _mm_maskz_loadu_epi8(some, e + whole), &c));
    }
}

/** Montgomery: with m = a b / q modulo 2^52, the low words of a b and m q agree, so a b / 2^52 = high(a b) - high(m q)
 *  modulo q. For a b < 4 q^2 it lies in (-q, q/16]; q is added as the first value of the sum. */
typedef struct montgomery {
    vec q, q_inverse; /* q, q^-1 modulo 2^52 */
} montgomery;

CN_AVX512_INLINE vec montgomery_multiply(vec a, vec b, const montgomery *p) {
    vec high = cn_ifma_high(p->q, a, b);
    vec m = cn_ifma_low(zero(), cn_ifma_low(zero(), a, b), p->q_inverse);
    return cn_ifma_fold(sub(high, cn_ifma_high(zero(), m, p->q)), p->q);
}

/** q^-1 modulo 2^52 for odd q: q is its own inverse modulo 8, and each step doubles the number of bits that are right. */
static uint64_t inverse52(uint64_t q) {
    uint64_t x = q;
    for (int bits = 3; bits < 52; bits *= 2) x *= 2 - q * x;
    return x & (((uint64_t)1 << 52) - 1);
}

/** The three parts of a square, with k 2^52 for k. */
CN_AVX512_INLINE void square(vec r[3], vec a0, vec a1, cn_ifma_factor k, const cn_ifma *f, const montgomery *p) {
    vec ka0 = cn_ifma_times_factor(a0, k, f), ka1 = cn_ifma_times_factor(a1, k, f); /* [0, 2q) */
    r[0] = montgomery_multiply(ka0, a0, p);
    r[1] = montgomery_multiply(add(ka0, ka0), a1, p);
    r[2] = montgomery_multiply(ka1, a1, p);
}

CN_AVX512 void cn_square_avx512(uint64_t *r0, uint64_t *r1, uint64_t *r2, const uint64_t *a0, const uint64_t *a1, cn_shoup k,
                                size_t n, const cn_mod *m) {
    if (!in_range(m)) {
        cn_square_avx2(r0, r1, r2, a0, a1, k, n, m);
        return;
    }
    const cn_ifma f = cn_ifma_init(m);
    const montgomery p = {f.q, cn_ifma_all(inverse52(m->q))};
    const uint64_t k52 = cn_mod_mul(k.w, (uint64_t)1 << 52, m);
    const cn_ifma_factor c = cn_ifma_factor_init(cn_shoup_init_var(k52, m));
    size_t i = 0;
    vec r[3];
    CN_VERIFY_BELOW(a0, n, m->q);
    CN_VERIFY_BELOW(a1, n, m->q);
    for (; i + LANES <= n; i += LANES) {
        square(r, cn_ifma_load(a0 + i), cn_ifma_load(a1 + i), c, &f, &p);
        cn_ifma_store(r0 + i, r[0]), cn_ifma_store(r1 + i, r[1]), cn_ifma_store(r2 + i, r[2]);
    }
    if (i < n) {
        const __mmask8 some = first_lanes(n - i);
        square(r, load_some(a0 + i, some), load_some(a1 + i, some), c, &f, &p);
        store_some(r0 + i, some, r[0]), store_some(r1 + i, some, r[1]), store_some(r2 + i, some, r[2]);
    }
}

#endif
