/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Bounds of scores against random inputs: both networks are run, the integer one exactly, the original one by its definition. */

#include <math.h>
#include <stdlib.h>

#include "approx/certify.h"
#include "approx/fit.h"
#include "approx/quantise.h"
#include "clear_naive.h"
#include "netgen.h"
#include "testing.h"
#include "util/mem.h"

#define ROOM 64 /* values of a layer */

static double real(double low, double high) { return low + (high - low) * (double)tst_below(1u << 30) * 0x1p-30; }

/** One layer of the original network, on real numbers. Dense layers and activations. */
static size_t run_original(long double *x, size_t count, const cn_layer *l, const cn_original *o, double model_scale) {
    long double y[ROOM];
    if (l->type == CN_LAYER_DENSE) {
        for (size_t r = 0; r < l->units; r++) {
            y[r] = (long double)l->bias[r];
            for (size_t k = 0; k < count; k++) y[r] += (long double)l->weight[r * count + k] * x[k];
        }
        count = l->units;
    } else {
        cn_act a = l->type == CN_LAYER_SQUARE ? (cn_act){.a = 1} : (cn_act){l->poly[0], l->poly[1], l->poly[2], l->cubic};
        long double scale = o->input_scale > 0 ? o->input_scale : model_scale;
        for (size_t k = 0; k < count; k++)
            y[k] = o->f ? o->scale * scale * scale * (l->cubic ? scale : 1) * o->f->value(o->f, x[k] / scale) : ((a.d * x[k] + a.a) * x[k] + a.b) * x[k] + a.c;
    }
    for (size_t k = 0; k < count; k++) x[k] = y[k];
    return count;
}

/** The largest distance of a score, as a part of its bound, for one image. */
static long double distance(const cn_model *m, const cn_original *o, const cn_certificate *c, const uint8_t *pixels) {
    long double x[ROOM], most = 0;
    size_t count = cn_model_inputs(m), at = 0;
    double scale = m->input_scale;
    for (size_t i = 0; i < count; i++) x[i] = m->lut[pixels[i]];
    for (unsigned i = 0; i < m->layer_count; i++) {
        const cn_layer *l = &m->layer[i];
        count = run_original(x, count, l, &o[at], scale);
        at += l->type != CN_LAYER_DENSE;
        scale = l->out_scale;
    }
    tst_values y = tst_naive_run(m, m->layer_count, pixels);
    ck_assert_uint_eq(y.count, c->outputs);
    for (size_t i = 0; i < count; i++) {
        long double score = mpz_get_d(y.v[i]), apart = fabsl(score - x[i]);
        TST_CHECK(score >= c->low && score <= c->high);
        TST_CHECK(apart <= c->bound[i] + 1e-15L * fabsl(score)); /* the original above is computed with rounding */
        most = fmaxl(most, apart / c->bound[i]);
    }
    tst_values_clear(&y);
    return most;
}

/** A polynomial of degree 2 or 3 that stands for f between -reach and reach, in integers.  Returns: its degree. */
static unsigned add_activation(cn_model *m, const cn_fn *f, unsigned degree, double reach, double scale, double x) {
    cn_minimax fit;
    cn_quantised q;
    ck_assert_int_eq(cn_fit_minimax(&fit, f, degree, -reach, reach), CN_OK);
    cn_real_poly p = cn_real_poly_plain(&fit.p, reach);
    ck_assert_int_eq(cn_quantise(&q, &p, scale, x, reach), CN_OK);
    int64_t a = mpz_get_si(q.c[2]), d = degree == 3 ? mpz_get_si(q.c[3]) : 0;
    if (degree == 3) tst_net_cubic(m, d ? d : -1, a, mpz_get_si(q.c[1]), mpz_get_si(q.c[0]));
    else tst_net_poly(m, a ? a : 1, mpz_get_si(q.c[1]), mpz_get_si(q.c[0]));
    cn_quantised_clear(&q);
    return degree;
}

/** One or two activations, each for a function of its own, sometimes for itself; good fits and bad ones. */
START_TEST(test_certify_random) {
    for (size_t i = 0; i < TST_ITERS(60); i++) {
        cn_fn f[2];
        cn_original o[2];
        unsigned layers = 1 + (unsigned)tst_below(2);
        cn_model *m = tst_net_new(1, 1, 3);
        for (int k = 0; k < 256; k++) m->lut[k] = k % 16 - (int)(i % 16);
        double x = real(4, 60);
        for (unsigned k = 0; k < layers; k++) {
            if (k || i % 3) tst_net_dense(m, 1 + (uint32_t)tst_below(5), 3, 5);
            ck_assert(cn_fn_named(&f[k], cn_fn_name((unsigned)tst_below(5))));
            o[k] = (cn_original){tst_below(6) ? &f[k] : NULL, real(1, 20), x};
            unsigned degree = x < 1e5 ? 2 + (unsigned)tst_below(2) : 2; /* or coefficients leave 63 bits */
            x = o[k].scale * pow(x, add_activation(m, &f[k], degree, real(0.5, 6), o[k].scale, x)) * real(1, 3);
        }
        if (i % 4) tst_net_dense(m, 3, 3, 8);
        tst_net_finish(m);
        cn_certificate c;
        ck_assert_int_eq(cn_certify(&c, m, o, -(int64_t)(i % 16), 15 - (int64_t)(i % 16)), CN_OK);
        ck_assert_uint_eq(c.count, layers);
        for (int k = 0; k < 200; k++) {
            uint8_t pixels[3];
            for (int j = 0; j < 3; j++) pixels[j] = (uint8_t)tst_biased(256);
            distance(m, o, &c, pixels);
        }
        cn_certificate_clear(&c);
        cn_model_free(m);
    }
}
END_TEST

/** With one activation and every input tried the bound is attained: sup over integers against sup over reals. */
START_TEST(test_certify_attained) {
    for (unsigned j = 0; cn_fn_name(j); j++)
        for (int variant = 0; variant < 4; variant++) {
            bool negative = variant % 2;
            unsigned degree = variant < 2 ? 2 : 3;
            cn_fn f;
            ck_assert(cn_fn_named(&f, cn_fn_name(j)));
            cn_original o = {&f, degree == 2 ? 64 : 1024, 32};
            cn_model *m = tst_net_new(1, 1, 1);
            for (int k = 0; k < 256; k++) m->lut[k] = k - 128;
            add_activation(m, &f, degree, 4, o.scale, o.input_scale);
            tst_net_dense(m, 1, 0, 0)->weight[0] = negative ? -5 : 5;
            tst_net_finish(m);
            cn_certificate c;
            long double most = 0;
            ck_assert_int_eq(cn_certify(&c, m, &o, -128, 127), CN_OK);
            for (int k = 0; k < 256; k++) {
                uint8_t pixel = (uint8_t)k;
                most = fmaxl(most, distance(m, &o, &c, &pixel));
            }
            ck_assert_msg(most > 0.99L && most <= 1, "%s: attained %Lg of the bound", f.name, most);
            const cn_certified_layer *l = &c.layer[0];
            ck_assert(l->number == 1 && l->gain >= 5 && l->gain < 5.00001);
            ck_assert(l->low <= -4 && l->low > -4.0001 && l->high >= 127 / 32.0 && l->high < 3.9688);
            ck_assert(fabs(l->after - l->sup) <= 1e-12 * l->sup && l->before <= 0);
            ck_assert(fabs(l->bound - 5 * o.scale * pow(32, degree) * l->after) <= 1e-9 * l->bound && l->bound >= c.bound[0] * (1 - 1e-15));
            cn_certificate_clear(&c);
            cn_model_free(m);
        }
}
END_TEST

/** By hand. x in 0 .. 2; w = x^2 for relu, scales 1: sup 2 at 2. Then v = 3 w - 1 in -1 .. 11, 6 from the original's; v^2 for relu:
 *  110 at 11; in all 110 + 6 = 116. Where the first square stands for itself, its results are the original's: 110. Where the
 *  second one does, |v^2 - v'^2| <= 2 * 11 * 6 + 6^2 = 168. */
START_TEST(test_certify_by_hand) {
    cn_fn relu;
    ck_assert(cn_fn_named(&relu, "relu"));
    cn_model *m = tst_net_new(1, 1, 1);
    tst_net_square(m);
    cn_layer *l = tst_net_dense(m, 1, 0, 0);
    l->weight[0] = 3;
    l->bias[0] = -1;
    tst_net_square(m);
    tst_net_finish(m);
    static const struct {
        bool first, second;
        double bound;
    } cases[] = {{true, true, 116}, {false, true, 110}, {true, false, 168}, {false, false, 0}};
    for (size_t i = 0; i < CN_ARRAY_LEN(cases); i++) {
        cn_original o[2] = {{cases[i].first ? &relu : NULL, 1, 0}, {cases[i].second ? &relu : NULL, 1, 0}};
        cn_certificate c;
        ck_assert_int_eq(cn_certify(&c, m, o, 0, 2), CN_OK);
        ck_assert_msg(c.bound[0] >= cases[i].bound && c.bound[0] <= cases[i].bound * 1.001, "expected %g, found %g", cases[i].bound, c.bound[0]);
        ck_assert(c.low <= 0 && c.low > -1e-9 && c.high >= 121 && c.high < 121.001);
        ck_assert(c.layer[0].number == 1 && c.layer[1].number == 3);
        cn_certificate_clear(&c);
    }
    /* A cube that stands for itself behind the first square for relu: 17^3 - 11^3 = 3582, as |v| <= 11 and the distance is 6. */
    m->layer_count = 2;
    tst_net_cubic(m, 1, 0, 0, 0);
    tst_net_finish(m);
    cn_certificate c;
    ck_assert_int_eq(cn_certify(&c, m, (cn_original[2]){{&relu, 1, 0}, {NULL, 1, 0}}, 0, 2), CN_OK);
    ck_assert(c.bound[0] >= 3582 && c.bound[0] <= 3582 * 1.002 && c.high >= 1331 && c.low <= -1);
    cn_certificate_clear(&c);
    cn_model_free(m);
}
END_TEST

/** Scales of the model where none are given: input 4 per unit, so 16 behind the first activation, 32 behind weights of scale 2. */
START_TEST(test_certify_scales) {
    cn_fn relu;
    ck_assert(cn_fn_named(&relu, "relu"));
    cn_model *m = tst_net_new(1, 1, 1);
    m->input_scale = 4;
    tst_net_square(m);
    tst_net_dense(m, 1, 0, 0)->weight[0] = 1;
    m->layer[1].weight_scale = 2;
    tst_net_square(m);
    tst_net_finish(m);
    cn_original o[2] = {{&relu, 1, 0}, {&relu, 3, 0}};
    cn_certificate c;
    ck_assert_int_eq(cn_certify(&c, m, o, -8, 8), CN_OK);
    ck_assert(c.layer[0].input_scale >= 4 && c.layer[0].input_scale <= 4 && c.layer[0].output_scale >= 16 && c.layer[0].output_scale <= 16);
    ck_assert(c.layer[1].input_scale >= 32 && c.layer[1].input_scale <= 32 && c.layer[1].output_scale >= 3072 && c.layer[1].output_scale <= 3072);
    ck_assert(fabs(c.layer[0].low + 2) < 1e-9 && fabs(c.layer[1].high - 2) < 1e-9);
    cn_certificate_clear(&c);
    o[0].scale = 1e300; /* the bound leaves the doubles */
    o[0].input_scale = 1e100;
    ck_assert_int_eq(cn_certify(&c, m, o, -8, 8), CN_ERR_RANGE);
    ck_assert_ptr_null(c.bound);
    o[0].scale = 1e-300;
    o[0].input_scale = 1e-100;
    ck_assert_int_eq(cn_certify(&c, m, o, -8, 8), CN_ERR_RANGE);
    cn_model_free(m);
}
END_TEST

/** Numbers that no double holds: ranges are rounded outwards. */
START_TEST(test_certify_wide) {
    for (int sign = -1; sign <= 1; sign += 2) {
        cn_model *m = tst_net_new(1, 1, 1);
        tst_net_square(m);
        tst_net_dense(m, 1, 0, 0)->weight[0] = sign * ((1LL << 53) + 1);
        tst_net_finish(m);
        cn_original o = {NULL, 1, 0};
        cn_certificate c;
        ck_assert_int_eq(cn_certify(&c, m, &o, 1, 1), CN_OK);
        ck_assert(sign < 0 ? c.low <= -0x1p53 - 2 : c.high >= 0x1p53 + 2);
        ck_assert(c.high - c.low <= 4);
        cn_certificate_clear(&c);
        cn_model_free(m);
    }
}
END_TEST

/** A table must cover what the polynomial and the original see. */
START_TEST(test_certify_table) {
    cn_fn f;
    ck_assert_int_eq(cn_fn_table(&f, (double[]){-1, 0, 7}, (double[]){0, 0, 7}, 3), CN_OK);
    cn_model *m = tst_net_new(1, 1, 1);
    tst_net_square(m);
    tst_net_square(m);
    tst_net_finish(m);
    cn_original o[2] = {{&f, 1, 1}, {NULL, 1, 1}};
    cn_certificate c;
    ck_assert_int_eq(cn_certify(&c, m, o, -1, 7), CN_OK);
    cn_certificate_clear(&c);
    ck_assert_int_eq(cn_certify(&c, m, o, -1, 8), CN_ERR_RANGE);
    ck_assert_int_eq(cn_certify(&c, m, o, -2, 7), CN_ERR_RANGE);
    o[1] = o[0]; /* 0 .. 4 after the first square, 2 from the original's: 6; then 0 .. 9, 6 from it */
    ck_assert_int_eq(cn_certify(&c, m, o, 0, 2), CN_ERR_RANGE); /* the original may see -2 */
    o[0].f = NULL;
    ck_assert_int_eq(cn_certify(&c, m, o, 0, 2), CN_OK);
    cn_certificate_clear(&c);
    ck_assert_int_eq(cn_certify(&c, m, o, 0, 3), CN_ERR_RANGE);
    cn_model_free(m);
    cn_fn_clear(&f);
}
END_TEST

START_TEST(test_certify_memory) {
    cn_fn relu;
    ck_assert(cn_fn_named(&relu, "relu"));
    cn_model *m = tst_net_new(1, 1, 2);
    tst_net_dense(m, 2, 3, 3);
    tst_net_square(m);
    tst_net_dense(m, 2, 3, 3);
    tst_net_finish(m);
    cn_original o = {&relu, 1, 0};
    long live = cn_test_alloc_live();
    unsigned long k = 1;
    for (cn_status s = CN_ERR_MEMORY; s != CN_OK; k++) {
        cn_certificate c;
        cn_test_alloc_fail_at(k);
        s = cn_certify(&c, m, &o, 0, 255);
        cn_test_alloc_fail_at(0);
        ck_assert(s == CN_OK || s == CN_ERR_MEMORY);
        cn_certificate_clear(&c);
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }
    ck_assert_uint_ge(k, 8);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_certify(void) {
    Suite *s = suite_create("certify");
    TCase *c = tcase_create("certify");
    if (tst_extended()) tcase_add_test(c, test_certify_random); /* both networks are compared to more digits than doubles have */
    tcase_add_test(c, test_certify_attained);
    tcase_add_test(c, test_certify_by_hand);
    tcase_add_test(c, test_certify_scales);
    tcase_add_test(c, test_certify_wide);
    tcase_add_test(c, test_certify_table);
    tcase_add_test(c, test_certify_memory);
    suite_add_tcase(s, c);
    return s;
}
