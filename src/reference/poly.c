/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Polynomials over GMP integers. Products by L. Kronecker, "Grundzuege einer arithmetischen Theorie der algebraischen
 *  Groessen", 1882: a polynomial product as one integer product. Inverses by the norm to the subring of half the degree, over and
 *  over (C. Gentry, S. Halevi, "Implementing Gentry's fully-homomorphic encryption scheme", eprint 2010/520; T. Pornin, T. Prest,
 *  "More efficient algorithms for the NTRU key generation using the field norm", eprint 2019/015). */

#include "reference/poly.h"

#include "ring/sample.h"
#include "util/verify.h"

/** GMP's own allocator: it ends the process where malloc returns NULL. */
static void *take(size_t bytes) {
    void *(*allocate)(size_t);
    mp_get_memory_functions(&allocate, NULL, NULL);
    return allocate(bytes);
}

static void give(void *p, size_t bytes) {
    void (*release)(void *, size_t);
    mp_get_memory_functions(NULL, NULL, &release);
    release(p, bytes);
}

mpz_t *cn_ref_new(size_t n) {
    mpz_t *a = take(n * sizeof *a);
    for (size_t i = 0; i < n; i++) mpz_init(a[i]);
    return a;
}

void cn_ref_free(mpz_t *a, size_t n) {
    if (!a) return;
    for (size_t i = 0; i < n; i++) mpz_clear(a[i]);
    give(a, n * sizeof *a);
}

mpz_t **cn_ref_list_new(size_t count, size_t n) {
    mpz_t **a = take(count * sizeof *a);
    for (size_t i = 0; i < count; i++) a[i] = cn_ref_new(n);
    return a;
}

void cn_ref_list_free(mpz_t **a, size_t count, size_t n) {
    if (!a) return;
    for (size_t i = 0; i < count; i++) cn_ref_free(a[i], n);
    give(a, count * sizeof *a);
}

void cn_ref_copy(mpz_t *r, mpz_t *a, size_t n) {
    for (size_t i = 0; i < n; i++) mpz_set(r[i], a[i]);
}

void cn_ref_add(mpz_t *r, mpz_t *a, mpz_t *b, size_t n) {
    for (size_t i = 0; i < n; i++) mpz_add(r[i], a[i], b[i]);
}

void cn_ref_reduce(mpz_t *r, mpz_t *a, const mpz_t q, size_t n) {
    for (size_t i = 0; i < n; i++) cn_mpz_centre(r[i], a[i], q);
}

/* ---- products ------------------------------------------------------------------------------ */

static size_t max_bits(mpz_t *a, size_t n) {
    size_t bits = 0;
    for (size_t i = 0; i < n; i++) bits = CN_MAX(bits, mpz_sizeinbase(a[i], 2));
    return bits;
}

/** x = sum of a[i] 2^(64 words i): the positive ones, less the negative ones. */
static void pack(mpz_t x, mpz_t *a, size_t n, size_t words) {
    size_t bytes = n * words * sizeof(uint64_t);
    uint64_t *w = take(bytes);
    mpz_t part;
    mpz_init(part);
    mpz_set_ui(x, 0);
    for (int sign = 1; sign >= -1; sign -= 2) {
        for (size_t i = 0; i < n * words; i++) w[i] = 0;
        for (size_t i = 0; i < n; i++)
            if (mpz_sgn(a[i]) == sign) mpz_export(w + i * words, NULL, -1, sizeof *w, 0, 0, a[i]);
        mpz_import(part, n * words, -1, sizeof *w, 0, 0, w);
        if (sign > 0) mpz_add(x, x, part);
        else mpz_sub(x, x, part);
    }
    mpz_clear(part);
    give(w, bytes);
}

/** r = the coefficients of x = sum of a[i] 2^(64 words i), i < 2n, |a[i]| < 2^(64 words - 1), with a[i + n] subtracted from a[i]. */
static void unpack(mpz_t *r, const mpz_t x, size_t n, size_t words) {
    size_t bytes = (2 * n * words + 1) * sizeof(uint64_t);
    uint64_t *w = take(bytes);
    mpz_t chunk, bound;
    mpz_inits(chunk, bound, NULL);
    for (size_t i = 0; i < 2 * n * words + 1; i++) w[i] = 0;
    mpz_export(w, NULL, -1, sizeof *w, 0, 0, x);
    mpz_setbit(bound, 64 * words);
    bool carry = false;
    for (size_t i = 0; i < 2 * n; i++) {
        mpz_import(chunk, words, -1, sizeof *w, 0, 0, w + i * words);
        if (carry) mpz_add_ui(chunk, chunk, 1);
        carry = mpz_sizeinbase(chunk, 2) >= 64 * words; /* the upper half stands for negative values */
        if (carry) mpz_sub(chunk, chunk, bound);
        if (mpz_sgn(x) < 0) mpz_neg(chunk, chunk);
        if (i < n) mpz_set(r[i], chunk);
        else mpz_sub(r[i - n], r[i - n], chunk);
    }
    mpz_clears(chunk, bound, NULL);
    give(w, bytes);
}

void cn_ref_mul_sum(mpz_t *r, mpz_t **a, mpz_t **b, size_t count, size_t n) {
    /* |coefficient of the sum| < count n 2^bits <= 2^(64 words - 1) */
    size_t bits = 0;
    for (size_t i = 0; i < count; i++) bits = CN_MAX(bits, max_bits(a[i], n) + max_bits(b[i], n));
    for (size_t i = 1; i < n * count; i *= 2) bits++;
    size_t words = (bits + 1 + 63) / 64;
    mpz_t x, y, sum;
    mpz_inits(x, y, sum, NULL);
    for (size_t i = 0; i < count; i++) {
        pack(x, a[i], n, words);
        if (a[i] != b[i]) pack(y, b[i], n, words);
        mpz_mul(x, x, a[i] == b[i] ? x : y); /* GMP squares faster than it multiplies */
        mpz_add(sum, sum, x);
    }
    unpack(r, sum, n, words);
    mpz_clears(x, y, sum, NULL);
}

void cn_ref_mul(mpz_t *r, mpz_t *a, mpz_t *b, size_t n) { cn_ref_mul_sum(r, &a, &b, 1, n); }

void cn_ref_mul_schoolbook(mpz_t *r, mpz_t *a, mpz_t *b, size_t n) {
    for (size_t i = 0; i < n; i++) mpz_set_ui(r[i], 0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            if (i + j < n) mpz_addmul(r[i + j], a[i], b[j]);
            else mpz_submul(r[i + j - n], a[i], b[j]); /* x^n = -1 */
        }
}

/* ---- inverse ------------------------------------------------------------------------------- */

/** With a(x) = e(x^2) + x o(x^2):  a(x) a(-x) = N(x^2) for N(y) = e(y)^2 - y o(y)^2, so a(x)^-1 = a(-x) N^-1(x^2). Every step halves
 *  the degree; at the end N is an integer, the norm of a, and a is invertible exactly if that is prime to q. */
bool cn_ref_inverse(mpz_t *r, mpz_t *a, const mpz_t q, size_t n) {
    if (n == 1) {
        bool invertible = mpz_invert(r[0], a[0], q) != 0;
        if (invertible) cn_mpz_centre(r[0], r[0], q);
        return invertible;
    }
    size_t half = n / 2;
    mpz_t *e = cn_ref_new(half), *o = cn_ref_new(half), *norm = cn_ref_new(half), *s = cn_ref_new(half);
    for (size_t i = 0; i < half; i++) {
        mpz_set(e[i], a[2 * i]);
        mpz_set(o[i], a[2 * i + 1]);
    }
    cn_ref_mul(norm, e, e, half);
    cn_ref_mul(s, o, o, half);
    for (size_t i = 1; i < half; i++) mpz_sub(norm[i], norm[i], s[i - 1]);
    mpz_add(norm[0], norm[0], s[half - 1]); /* y y^(half-1) = -1 */
    cn_ref_reduce(norm, norm, q, half);
    bool invertible = cn_ref_inverse(s, norm, q, half);
    if (invertible) {
        cn_ref_mul(norm, e, s, half);
        for (size_t i = 0; i < half; i++) cn_mpz_centre(r[2 * i], norm[i], q);
        cn_ref_mul(norm, o, s, half);
        for (size_t i = 0; i < half; i++) {
            mpz_neg(norm[i], norm[i]);
            cn_mpz_centre(r[2 * i + 1], norm[i], q);
        }
    }
    cn_ref_free(e, half);
    cn_ref_free(o, half);
    cn_ref_free(norm, half);
    cn_ref_free(s, half);
    return invertible;
}

/* ---- rounding, digits ---------------------------------------------------------------------- */

void cn_ref_round_div(mpz_t r, const mpz_t a, const mpz_t d) { /* floor((2a + d) / 2d) */
    mpz_t twice;
    mpz_init(twice);
    mpz_mul_2exp(twice, a, 1);
    mpz_add(twice, twice, d);
    mpz_fdiv_q(twice, twice, d);
    mpz_fdiv_q_2exp(r, twice, 1);
    mpz_clear(twice);
}

void cn_ref_scale(mpz_t *r, mpz_t *a, const mpz_t num, const mpz_t den, size_t n) {
    for (size_t i = 0; i < n; i++) {
        mpz_mul(r[i], a[i], num);
        cn_ref_round_div(r[i], r[i], den);
    }
}

void cn_ref_encode(mpz_t *r, mpz_t *m, const mpz_t t, const mpz_t q, bool floor, size_t n) {
    mpz_t delta;
    mpz_init(delta);
    mpz_fdiv_q(delta, q, t);
    if (floor)
        for (size_t i = 0; i < n; i++) mpz_mul(r[i], m[i], delta);
    else
        cn_ref_scale(r, m, q, t, n);
    mpz_clear(delta);
}

void cn_ref_decode(mpz_t *r, mpz_t *x, const mpz_t t, const mpz_t q, size_t n) {
    cn_ref_reduce(r, x, q, n);
    cn_ref_scale(r, r, t, q, n);
    for (size_t i = 0; i < n; i++) mpz_fdiv_r(r[i], r[i], t);
}

unsigned cn_ref_digits(const mpz_t q, unsigned bits) { return (unsigned)((mpz_sizeinbase(q, 2) + bits - 1) / bits); }

void cn_ref_decompose(mpz_t **d, mpz_t *a, unsigned bits, unsigned digits, size_t n) {
    mpz_t w, rest;
    mpz_inits(w, rest, NULL);
    mpz_setbit(w, bits);
    for (size_t k = 0; k < n; k++) {
        mpz_set(rest, a[k]);
        for (unsigned i = 0; i + 1 < digits; i++) {
            cn_mpz_centre(d[i][k], rest, w);
            mpz_sub(rest, rest, d[i][k]);
            mpz_fdiv_q_2exp(rest, rest, bits);
        }
        mpz_set(d[digits - 1][k], rest);
    }
    mpz_clears(w, rest, NULL);
}

/* ---- random polynomials -------------------------------------------------------------------- */

void cn_ref_set_small(mpz_t *a, const int8_t *v, size_t n) {
    for (size_t i = 0; i < n; i++) mpz_set_si(a[i], v[i]);
}

static cn_status sample_small(mpz_t *a, size_t n, cn_rng *rng, cn_status (*sample)(int8_t *, size_t, cn_rng *)) {
    int8_t *v = take(n);
    cn_status status = sample(v, n, rng);
    cn_ref_set_small(a, v, n);
    give(v, n);
    return status;
}

cn_status cn_ref_sample_ternary(mpz_t *a, size_t n, cn_rng *rng) { return sample_small(a, n, rng, cn_sample_ternary); }
cn_status cn_ref_sample_error(mpz_t *a, size_t n, cn_rng *rng) { return sample_small(a, n, rng, cn_sample_error); }

/** As many bits as q has, until they lie below q. */
cn_status cn_ref_sample_uniform(mpz_t *a, const mpz_t q, size_t n, cn_rng *rng) {
    size_t bits = mpz_sizeinbase(q, 2), bytes = (bits + 7) / 8;
    uint8_t *v = take(bytes);
    cn_status status = CN_OK;
    for (size_t i = 0; i < n && status == CN_OK; i++)
        do {
            status = cn_rng_bytes(rng, v, bytes);
            mpz_import(a[i], bytes, -1, 1, 0, 0, v);
            mpz_fdiv_r_2exp(a[i], a[i], bits);
        } while (status == CN_OK && mpz_cmp(a[i], q) >= 0);
    give(v, bytes);
    return status;
}
