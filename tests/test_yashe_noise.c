/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Noise of YASHE', operation by operation: measured standard deviations of whole polynomials against the rules of yashe.c. Averages over
 *  a few keys, since every product with f takes the spread of |f|^2 over the roots along. */

#include <math.h>
#include <stdlib.h>

#include "he/scheme.h"
#include "he_testing.h"
#include "testing.h"

#define KEYS 12

/* Whole residues, digits in pieces, a special prime. */
static cn_params params_of(int i) {
    cn_params p = i == 0 ? tst_he_params(4096, 5, 40, 0, 2, 40000, 0) : i == 1 ? tst_he_params(4096, 5, 40, 0, 1, 1 << 20, 13)
                                                                               : tst_he_params(8192, 5, 40, 45, 1, 1 << 17, 0);
    p.scheme = CN_SCHEME_YASHE;
    return p;
}

typedef enum stage { FRESH, SWITCHED, SQUARE, RAISED, SQUARE_SWITCHED, RELIN, RELIN_LOW, CUBE, RAISED_TWICE, RELIN_CUBE, STAGES } stage;
static const char *const stage_name[STAGES] = {"fresh", "switched", "square", "raised", "square, switched", "relinearised", "key switch alone", "cube", "raised twice", "cube, relinearised"};

/** The measured variance of c, whose values are v. */
static void measure(double *variance, const tst_he *h, const cn_cipher *c, const uint64_t *v) {
    double sigma, top;
    ck_assert_int_eq(cn_test_noise(&sigma, &top, c, v, h->sk, h->ctx), CN_OK);
    *variance = exp2(2 * sigma);
}

/** All stages under one key: variance[i] of stage i. */
static void run(double *variance, const cn_params *p, unsigned branch) {
    tst_he h = tst_he_new(p);
    uint64_t *v = tst_slots(&h, branch), *r = malloc(h.n * sizeof *r);
    cn_cipher *c = tst_encrypt(&h, v, branch, true), *low = tst_copy(c), *square = tst_copy(c), *raised;
    measure(&variance[FRESH], &h, c, v);
    ck_assert_int_eq(cn_mod_switch(low, h.ctx), CN_OK);
    measure(&variance[SWITCHED], &h, low, v);

    tst_slots_mul(r, v, v, &h, branch);
    ck_assert_int_eq(cn_square(square, h.ctx), CN_OK);
    measure(&variance[SQUARE], &h, square, r);
    raised = tst_copy(c); /* its square has another factor: read c itself as of power 2 */
    raised->power = 2;
    measure(&variance[RAISED], &h, raised, v);
    cn_cipher *switched = tst_copy(square);
    for (unsigned k = 0; k < 3; k++) ck_assert_int_eq(cn_mod_switch(switched, h.ctx), CN_OK); /* far below the floor of power 2 */
    measure(&variance[SQUARE_SWITCHED], &h, switched, r);
    ck_assert_int_eq(cn_relinearise(square, h.rk, h.ctx), CN_OK);
    measure(&variance[RELIN], &h, square, r);
    cn_cipher *zero = tst_copy(c); /* what the key switch adds shows where there is nothing else: to f^2 c with c so read */
    zero->power = 2;
    ck_assert_int_eq(cn_relinearise(zero, h.rk, h.ctx), CN_OK);
    measure(&variance[RELIN_LOW], &h, zero, v);

    cn_cipher *cube = tst_copy(c), *twice = tst_copy(c);
    tst_slots_mul(r, r, v, &h, branch);
    ck_assert_int_eq(cn_square(cube, h.ctx), CN_OK);
    ck_assert_int_eq(cn_mul(cube, c, h.ctx), CN_OK);
    measure(&variance[CUBE], &h, cube, r);
    twice->power = 3;
    measure(&variance[RAISED_TWICE], &h, twice, v);
    ck_assert_int_eq(cn_relinearise(twice, h.rk, h.ctx), CN_OK);
    measure(&variance[RELIN_CUBE], &h, twice, v);

    cn_cipher *all[] = {c, low, square, raised, switched, zero, cube, twice};
    for (size_t i = 0; i < CN_ARRAY_LEN(all); i++) cn_cipher_free(all[i]);
    free(v);
    free(r);
    tst_he_free(&h);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/** The mean over the keys; of a cube the median. E x^6 y^6 is 400 times (E x^3 y^3)^2 for exponential x, y: a few roots of one key decide about a
 *  mean, but half of the keys are above the bound with a probability of 2^-27 only. */
static double typical(double variance[KEYS], stage i) {
    double sum = 0;
    for (int key = 0; key < KEYS; key++) sum += variance[key];
    if (i != CUBE) return sum / KEYS;
    qsort(variance, KEYS, sizeof *variance, compare);
    return (variance[KEYS / 2 - 1] + variance[KEYS / 2]) / 2;
}

START_TEST(rules) {
    cn_params p = params_of(_i);
    const cn_scheme_table *s = &cn_scheme_yashe;
    unsigned branch = p.plains - 1;
    uint64_t t = p.t[branch];
    double found[STAGES][KEYS];
    for (int key = 0; key < KEYS; key++) {
        double variance[STAGES];
        run(variance, &p, branch);
        for (int i = 0; i < STAGES; i++) found[i][key] = variance[i];
    }
    cn_noise fresh = s->noise_fresh(&p, t, true), expected[STAGES], relin = s->noise_relin(&p, t, p.limbs, 2);
    expected[FRESH] = fresh;
    expected[SWITCHED] = cn_noise_switch(fresh, &p, p.limbs, p.limbs - 1, s->noise_floor(p.n, t, 1));
    expected[SQUARE] = cn_noise_square(fresh, t, p.n);
    expected[RAISED] = cn_noise_scale(fresh, sqrt(s->noise_raise(p.n, t, 1, 1)));
    expected[SQUARE_SWITCHED] = cn_noise_switch(expected[SQUARE], &p, p.limbs, p.limbs - 3, s->noise_floor(p.n, t, 2));
    expected[RELIN] = cn_noise_add_independent(expected[SQUARE], relin);
    expected[RELIN_LOW] = cn_noise_add_independent(expected[RAISED], relin);
    expected[CUBE] = (cn_noise){pow((double)t, 4) * (double)p.n * (double)p.n * cn_noise_sixth(fresh) * pow(fresh.var, 3), 2};
    expected[RAISED_TWICE] = cn_noise_scale(fresh, sqrt(s->noise_raise(p.n, t, 1, 2)));
    expected[RELIN_CUBE] = cn_noise_add_independent(expected[RAISED_TWICE], s->noise_relin(&p, t, p.limbs, 3));
    for (int i = 0; i < STAGES; i++) {
        double measured = 0.5 * log2(typical(found[i], (stage)i)), difference = measured - cn_noise_log2(expected[i]);
        double above = i == CUBE ? 0.6 : 0.25;
        ck_assert_msg(difference > (i == CUBE ? -0.9 : -0.5) && difference < above, "%s: measured 2^%.2f, predicted 2^%.2f", stage_name[i], measured,
                      cn_noise_log2(expected[i]));
    }
}
END_TEST

/** The kurt of fresh noise predicts its square: the fourth moment at the roots. */
START_TEST(numbers) {
    cn_params p = params_of(0);
    double t = (double)p.t[0], secret = t * t * 4096 * 2 / 3;
    cn_noise fresh = cn_scheme_yashe.noise_fresh(&p, p.t[0], true);
    ck_assert_double_eq_tol(fresh.var / ((secret + 1) * (10.5 + 1.0 / 12) + secret * 2 / 3), 1, 1e-12);
    ck_assert(fresh.kurt > 3.7 && fresh.kurt < 4);
    ck_assert_double_eq_tol(cn_scheme_yashe.noise_floor(4096, p.t[0], 1).var, (secret + 1) / 12, 1e-3);
}
END_TEST

Suite *cn_suite_yashe_noise(void) {
    Suite *s = suite_create("yashe_noise");
    TCase *tc = tcase_create("noise");
    tcase_add_loop_test(tc, rules, 0, 3);
    tcase_add_test(tc, numbers);
    suite_add_tcase(s, tc);
    return s;
}
