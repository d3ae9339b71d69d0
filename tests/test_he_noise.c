/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Predicted against measured noise (he/noise.h), operation by operation.
 *
 *  Each trial draws a new key and carries ciphertexts through the operations with their predictions beside them. In every
 *  trial no coefficient may lie beyond z predicted standard deviations, z the quantile whose failure probability is 2^-40
 *  over all coefficients of all trials. Over all trials the mean measured variance must give a standard deviation from
 *  0.5 bit below the predicted one to 0.15 bit above. The generators are seeded, so that runs repeat each other.
 *
 *  Environment: CN_TEST_NOISE_PRINT prints both numbers for every operation. */

#include "he/noise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "he_import.h"
#include "he_testing.h"
#include "testing.h"
#include "util/rng.h"

#define TRIALS TST_ITERS(6)
#define NAMES_MAX 32

/* One operation, over all trials. */
typedef struct tally {
    const char *name;
    double predicted, variances;
    size_t count;
} tally;

static tally tallies[NAMES_MAX];
static tst_he he;
static unsigned branch;

static void measured(const char *name, cn_noise predicted, double log2_sigma, double log2_max) {
    double z = cn_noise_quantile((double)he.n * (double)TRIALS, 40), limit = cn_noise_log2(predicted);
    size_t i = 0;
    ck_assert_msg(log2_max <= limit + log2(z), "%s: largest coefficient 2^%.3f, predicted 2^%.3f times %.2f", name,
                  log2_max, limit, z);
    while (tallies[i].name && tallies[i].name != name) i++;
    ck_assert_uint_lt(i, NAMES_MAX - 1);
    tallies[i].name = name;
    tallies[i].predicted = limit;
    tallies[i].variances += exp2(2 * (log2_sigma - limit));
    tallies[i].count++;
}

/** Measure a ciphertext with known values. */
static void measure(const char *name, cn_noise predicted, const cn_cipher *c, const uint64_t *v) {
    double log2_sigma, log2_max;
    ck_assert_int_eq(cn_test_noise(&log2_sigma, &log2_max, c, v, he.sk, he.ctx), CN_OK);
    measured(name, predicted, log2_sigma, log2_max);
}

/** Measure what relinearisation adds: the difference of two phases. */
static void measure_difference(const char *name, cn_noise predicted, const cn_cipher *a, const cn_cipher *b) {
    cn_poly x, y;
    mpz_t *d = cn_ref_new(he.n);
    double sum = 0, top = 0;
    ck_assert_int_eq(cn_poly_init(&x, &he.ctx->ring, cn_cipher_limbs(a), false, CN_NTT), CN_OK);
    ck_assert_int_eq(cn_poly_init(&y, &he.ctx->ring, cn_cipher_limbs(a), false, CN_NTT), CN_OK);
    cn_phase(&x, a, he.sk, he.ctx);
    cn_phase(&y, b, he.sk, he.ctx);
    cn_poly_sub(&x, &x, &y, &he.ctx->ring);
    tst_import_poly(d, &x, he.ctx);
    for (size_t k = 0; k < he.n; k++) {
        double v = fabs(mpz_get_d(d[k]));
        sum += v * v;
        top = fmax(top, v);
    }
    measured(name, predicted, 0.5 * log2(sum / (double)he.n), log2(top));
    cn_poly_clear(&x);
    cn_poly_clear(&y);
    cn_ref_free(d, he.n);
}

static void expect_tallies(void) {
    for (tally *t = tallies; t->name; t++) {
        double above = 0.5 * log2(t->variances / (double)t->count);
        if (getenv("CN_TEST_NOISE_PRINT"))
            printf("  %-32s predicted %8.3f  measured %+.3f\n", t->name, t->predicted, above);
        ck_assert_msg(above <= 0.15 && above >= -0.5, "%s: standard deviation predicted 2^%.3f, measured 2^%.3f",
                      t->name, t->predicted, t->predicted + above);
    }
}

static const cn_params *params(void) { return cn_context_params(he.ctx); }

/** Fresh ciphertexts, sums, scalars and plaintexts. */
static void linear_operations(void) {
    const cn_mod *mod = cn_t(he.ctx, branch);
    uint64_t t = mod->q, *r = calloc(he.n, sizeof *r);
    uint64_t *u = tst_slots(&he, branch), *v = tst_slots(&he, branch), *w = tst_slots(&he, branch);
    cn_noise sk = cn_noise_fresh_secret(), pk = cn_noise_fresh_public(he.n);
    cn_cipher *a = tst_encrypt(&he, u, branch, false), *b = tst_encrypt(&he, v, branch, true), *c;
    measure("fresh, secret key", sk, a, u);
    measure("fresh, public key", pk, b, v);

    c = tst_copy(b);
    ck_assert_int_eq(cn_add(c, a, he.ctx), CN_OK);
    tst_slots_add(r, u, v, &he, branch);
    measure("sum of independent", cn_noise_add_independent(sk, pk), c, r);
    ck_assert_int_eq(cn_add(c, c, he.ctx), CN_OK);
    tst_slots_add(r, r, r, &he, branch);
    measure("sum of equal", cn_noise_add(cn_noise_add_independent(sk, pk), cn_noise_add_independent(sk, pk)), c, r);
    cn_cipher_free(c);

    c = tst_copy(a);
    ck_assert_int_eq(cn_add_scalar(c, -1234567, he.ctx), CN_OK);
    for (size_t k = 0; k < he.n; k++) r[k] = cn_mod_add(u[k], cn_mod_reduce_signed(-1234567, mod), mod);
    measure("plus scalar", sk, c, r);
    cn_cipher_free(c);

    c = tst_copy(b);
    ck_assert_int_eq(cn_mul_scalar(c, -1000, he.ctx), CN_OK);
    for (size_t k = 0; k < he.n; k++) r[k] = cn_mod_mul(v[k], cn_mod_reduce_signed(-1000, mod), mod);
    measure("times scalar", cn_noise_scale(pk, -1000), c, r);
    cn_cipher_free(c);

    for (size_t k = 0; k < he.n; k++) w[k] = tst_below(t); /* uniform coefficients, as the rule supposes */
    tst_slots_mul(r, v, w, &he, branch);
    c = tst_copy(b);
    ck_assert_int_eq(cn_mul_plain(c, (int64_t *)w, he.n, he.ctx), CN_OK);
    measure("times plaintext", cn_noise_mul_plain(pk, t, he.n), c, r);
    ck_assert_int_eq(cn_square(c, he.ctx), CN_OK);
    tst_slots_mul(r, r, r, &he, branch);
    measure("square of times plaintext", cn_noise_square(cn_noise_mul_plain(pk, t, he.n), t, he.n), c, r);
    cn_cipher_free(c);
    cn_cipher_free(a);
    cn_cipher_free(b);
    free(u);
    free(v);
    free(w);
    free(r);
}

/** Products, key switching and modulus switching, each from fresh ciphertexts. */
static void products(void) {
    uint64_t t = params()->t[branch];
    unsigned limbs = params()->limbs;
    uint64_t *u = tst_slots(&he, branch), *v = tst_slots(&he, branch), *r = calloc(he.n, sizeof *r);
    cn_noise sk = cn_noise_fresh_secret(), pk = cn_noise_fresh_public(he.n), noise;
    cn_cipher *a = tst_encrypt(&he, u, branch, false), *b = tst_encrypt(&he, v, branch, true), *c = tst_copy(a), *d;
    ck_assert_int_eq(cn_square(c, he.ctx), CN_OK);
    tst_slots_mul(r, u, u, &he, branch);
    measure("square of fresh, secret key", cn_noise_square(sk, t, he.n), c, r);
    noise = cn_noise_switch(cn_noise_square(sk, t, he.n), params(), limbs, limbs - 1, cn_noise_switch_floor(he.n, 3));
    ck_assert_int_eq(cn_mod_switch(c, he.ctx), CN_OK);
    measure("switch, three parts", noise, c, r);
    cn_cipher_free(c);

    c = tst_copy(a);
    ck_assert_int_eq(cn_mul(c, b, he.ctx), CN_OK);
    tst_slots_mul(r, u, v, &he, branch);
    measure("product, secret and public key", cn_noise_mul(sk, pk, t, he.n), c, r);
    cn_cipher_free(c);

    c = tst_copy(b);
    ck_assert_int_eq(cn_square(c, he.ctx), CN_OK);
    tst_slots_mul(r, v, v, &he, branch);
    measure("square of fresh, public key", cn_noise_square(pk, t, he.n), c, r);
    for (unsigned level = limbs; level > 1; level--) {
        static const char *const name[] = {"", "", "relinearisation, 2 primes", "relinearisation, 3 primes"};
        d = tst_copy(c);
        ck_assert_int_eq(cn_relinearise(d, he.rk, he.ctx), CN_OK);
        measure_difference(name[level], cn_noise_relin(params(), level), d, c);
        cn_cipher_free(d);
        ck_assert_int_eq(cn_mod_switch(c, he.ctx), CN_OK);
    }
    cn_cipher_free(c);

    noise = cn_noise_switch(sk, params(), limbs, limbs - 1, cn_noise_switch_floor(he.n, 2)); /* all floor: correlated with s */
    c = tst_copy(a);
    ck_assert_int_eq(cn_mod_switch(c, he.ctx), CN_OK);
    measure("switch, two parts", noise, c, u);
    d = tst_copy(b);
    ck_assert_int_eq(cn_mod_switch(d, he.ctx), CN_OK);
    tst_slots_mul(r, u, v, &he, branch);
    ck_assert_int_eq(cn_mul(d, c, he.ctx), CN_OK);
    pk = cn_noise_switch(pk, params(), limbs, limbs - 1, cn_noise_switch_floor(he.n, 2));
    measure("product after switch", cn_noise_mul(pk, noise, t, he.n), d, r);
    cn_cipher_free(d);
    ck_assert_int_eq(cn_square(c, he.ctx), CN_OK);
    tst_slots_mul(r, u, u, &he, branch);
    measure("square after switch", cn_noise_square(noise, t, he.n), c, r);
    cn_cipher_free(c);
    cn_cipher_free(a);
    cn_cipher_free(b);
    free(u);
    free(v);
    free(r);
}

#define INPUTS 5

/** A layer as networks have it: *c and v become sums of the inputs with random weights.  Returns: the prediction. */
static cn_noise layer(cn_cipher **c, uint64_t *v, cn_cipher *const *in, uint64_t *const *slots, cn_noise each) {
    const cn_mod *t = cn_t(he.ctx, branch);
    cn_noise noise = {0, 2};
    for (size_t i = 0; i < INPUTS; i++) {
        int64_t w = (int64_t)tst_below(201) - 100;
        uint64_t image = cn_mod_reduce_signed(w, t);
        cn_cipher *x = tst_copy(in[i]);
        ck_assert_int_eq(cn_mul_scalar(x, w, he.ctx), CN_OK);
        if (i == 0) *c = x;
        else {
            ck_assert_int_eq(cn_add(*c, x, he.ctx), CN_OK);
            cn_cipher_free(x);
        }
        for (size_t k = 0; k < he.n; k++)
            v[k] = cn_mod_add(i ? v[k] : 0, cn_mod_mul(slots[i][k], image, t), t);
        noise = cn_noise_add_independent(noise, cn_noise_scale(each, (double)w));
    }
    return noise;
}

/** fresh -> layer -> square -> relinearise -> switch -> square. */
static void chain(bool public, const char *const name[5]) {
    unsigned limbs = params()->limbs;
    uint64_t t = params()->t[branch], *v = calloc(he.n, sizeof *v), *slots[INPUTS];
    cn_cipher *in[INPUTS], *c = NULL;
    for (size_t i = 0; i < INPUTS; i++) {
        slots[i] = tst_slots(&he, branch);
        in[i] = tst_encrypt(&he, slots[i], branch, public);
    }
    cn_noise noise = layer(&c, v, in, slots, public ? cn_noise_fresh_public(he.n) : cn_noise_fresh_secret());
    measure(name[0], noise, c, v);
    for (unsigned step = 0; step < 2; step++, limbs--) {
        ck_assert_int_eq(cn_square(c, he.ctx), CN_OK);
        tst_slots_mul(v, v, v, &he, branch);
        noise = cn_noise_square(noise, t, he.n);
        measure(name[1 + 3 * step], noise, c, v);
        if (step == 1) break;
        ck_assert_int_eq(cn_relinearise(c, he.rk, he.ctx), CN_OK);
        noise = cn_noise_add_independent(noise, cn_noise_relin(params(), limbs));
        measure(name[2], noise, c, v);
        ck_assert_int_eq(cn_mod_switch(c, he.ctx), CN_OK);
        noise = cn_noise_switch(noise, params(), limbs, limbs - 1, cn_noise_switch_floor(he.n, 2));
        measure(name[3], noise, c, v);
    }
    cn_cipher_free(c);
    for (size_t i = 0; i < INPUTS; i++) {
        cn_cipher_free(in[i]);
        free(slots[i]);
    }
    free(v);
}

static const char *const secret_names[] = {"chain: layer", "chain: square", "chain: relinearised", "chain: switched",
                                           "chain: second square"};
static const char *const public_names[] = {"public chain: layer", "public chain: square", "public chain: relinearised",
                                           "public chain: switched", "public chain: second square"};

/* Whole residues, residues in pieces, and a special prime. */
START_TEST(predictions) {
    cn_params sets[] = {tst_he_params(4096, 3, 35, 0, 1, 40000, 0), tst_he_params(4096, 3, 35, 0, 1, 40000, 12),
                        tst_he_params(8192, 3, 45, 46, 2, 1 << 20, 0)};
    memset(tallies, 0, sizeof tallies);
    branch = sets[_i].plains - 1;
    tst_reseed(300 + (uint64_t)_i);
    cn_test_rng_deterministic(1000 * (uint64_t)_i);
    for (size_t trial = 0; trial < TRIALS; trial++) {
        he = tst_he_new(&sets[_i]);
        linear_operations();
        products();
        chain(false, secret_names);
        chain(true, public_names);
        tst_he_free(&he);
    }
    cn_test_rng_system();
    expect_tallies();
}
END_TEST

/** Quantiles against tables of the normal distribution, and in the tail against the bounds of erfc. */
START_TEST(quantiles) {
    ck_assert_double_eq_tol(cn_noise_quantile(1, -log2(0.05)), 1.959963985, 1e-6);
    ck_assert_double_eq_tol(cn_noise_quantile(1, -log2(0.01)), 2.575829304, 1e-6);
    ck_assert_double_eq_tol(cn_noise_quantile(100, -log2(0.05)), 3.480756404, 1e-6);
    ck_assert_double_eq_tol(cn_noise_quantile(1, -log2(5.733031438e-7)), 5, 1e-6);
    double before = 0;
    for (double bits = 2; bits <= 256; bits += 1) {
        double z = cn_noise_quantile(4096, bits), x = z / M_SQRT2;
        double log2_tail = log2(4096) - (x * x + log(x * sqrt(M_PI))) / M_LN2; /* erfc(x) < exp(-x^2) / (x sqrt pi) */
        ck_assert_double_gt(z, before);
        ck_assert_double_ge(log2_tail, -bits - 1e-6);
        ck_assert_double_le(log2_tail, -bits + 2 / (x * x));
        before = z;
    }
}
END_TEST

/** The rules where they are exact by definition. */
START_TEST(identities) {
    cn_noise zero = {0, 2}, a = {3, 2.5}, b = {5, 4};
    ck_assert_double_eq_tol(cn_noise_add(a, a).var, 12, 1e-12);
    ck_assert_double_eq_tol(cn_noise_add(a, b).var, 8 + 2 * sqrt(15), 1e-12);
    ck_assert_double_eq_tol(cn_noise_add(a, b).kurt, 4, 1e-12);
    ck_assert_double_eq_tol(cn_noise_add_independent(a, b).var, 8, 1e-12);
    ck_assert_double_eq_tol(cn_noise_add_independent(a, zero).kurt, a.kurt, 1e-12);
    ck_assert_double_eq(cn_noise_add_independent(zero, zero).var, 0);
    cn_noise gauss = {7, 2};
    ck_assert_double_eq_tol(cn_noise_add_independent(gauss, gauss).kurt, 2, 1e-12); /* sums of Gaussians are Gaussian */
    ck_assert_double_eq_tol(cn_noise_scale(a, -3).var, 27, 1e-12);
    ck_assert_double_eq_tol(cn_noise_mul_plain(a, 17, 4).kurt, 5, 1e-12);
    ck_assert_double_eq_tol(cn_noise_square(a, 17, 4).var, 17 * 17 * 4 * 2.5 * 9, 1e-9);
    ck_assert_double_eq_tol(cn_noise_square(gauss, 17, 4).kurt, 6, 1e-12); /* E|v|^8 / (E|v|^4)^2 = 24/4 */
    ck_assert_double_eq_tol(cn_noise_log2((cn_noise){16, 2}), 2, 1e-12);
    ck_assert_double_eq_tol(cn_noise_fresh_secret().var, 10.5 + 1.0 / 12, 1e-12);
    ck_assert_double_eq_tol(cn_noise_fresh_public(4096).var, 10.5 * (4 * 4096 / 3.0 + 1) + 1.0 / 12, 1e-9);
    ck_assert_double_eq_tol(cn_noise_fresh_public(1 << 20).kurt, 3, 1e-3); /* e u + e1 s: keys e and s, independent */
    ck_assert_double_eq_tol(cn_noise_switch_floor(4096, 2).var, (1 + 4096 * 2 / 3.0) / 12, 1e-9);
    /* relinearisation: n 10.5 / 12 sum of ranges squared; 21 bits in pieces of at most 8 are 7, 7 and 7 bits; 20 are 7, 7, 6 */
    cn_params p = {.n = 16, .limbs = 2, .q = {1500001, 1000001}, .digit_bits = 8};
    double last[2] = {1500001 / 16384.0, 1000001 / 16384.0};
    double ranges[2] = {2 * 16384 + last[0] * last[0], 2 * 16384 + last[1] * last[1]};
    ck_assert_double_eq_tol(cn_noise_relin(&p, 1).var, 16 * 10.5 / 12 * ranges[0], 1e-6);
    ck_assert_double_eq_tol(cn_noise_relin(&p, 2).var, 16 * 10.5 / 12 * (ranges[0] + ranges[1]), 1e-6);
    p.digit_bits = 0;
    p.special = 2000003;
    ck_assert_double_eq_tol(cn_noise_relin(&p, 1).var,
                            16 * 10.5 / 12 * 1500001.0 * 1500001 / 2000003 / 2000003 + cn_noise_switch_floor(16, 2).var, 1e-9);
}
END_TEST

/** The bound for a dominating root: none below depth 2, growing with depth and for narrow networks, and the figures of doc/noise.md. */
START_TEST(noise_tail) {
    ck_assert(cn_noise_tail(8192, 3000, 128, 0, true) == 0 && cn_noise_tail(8192, 3000, 128, 1, true) == 0);
    double wide2 = cn_noise_tail(8192, 3000, 128, 2, false), wide3 = cn_noise_tail(8192, 3000, 128, 3, false);
    double narrow2 = cn_noise_tail(8192, 3000, 128, 2, true), narrow3 = cn_noise_tail(8192, 3000, 128, 3, true);
    ck_assert_msg(wide2 > 2 && wide2 < 4 && wide3 > 60 && wide3 < 90 && narrow2 > 20 && narrow2 < 28 && narrow3 > wide3,
                  "%g %g %g %g", wide2, wide3, narrow2, narrow3);
    for (unsigned depth = 3; depth < 30; depth++) /* cubes count twice: depths get high */
        ck_assert(cn_noise_tail(65536, 3000, 128, depth, false) >= cn_noise_tail(65536, 3000, 128, depth - 1, false));
    ck_assert(cn_noise_tail(8192, 3000, 64, 3, false) < wide3 && cn_noise_tail(16384, 3000, 128, 3, false) < wide3);
}
END_TEST

Suite *cn_suite_he_noise(void) {
    Suite *s = suite_create("he_noise");
    TCase *tc = tcase_create("noise");
    tcase_add_loop_test(tc, predictions, 0, 3);
    tcase_add_test(tc, quantiles);
    tcase_add_test(tc, identities);
    tcase_add_test(tc, noise_tail);
    suite_add_tcase(s, tc);
    return s;
}
