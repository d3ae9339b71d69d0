/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Moments of weights against their definitions, written out over all indices; fourth moments where they are known in closed form. */

#include "nn/moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "netgen.h"
#include "testing.h"
#include "util/mem.h"

#define WIDTH 40 /* at least every width in these networks */

/** Rows of a map as a dense matrix; the identity of this size where there is none. */
static void dense(double out[WIDTH][WIDTH], const cn_linear *l, bool present, size_t size) {
    memset(out, 0, WIDTH * sizeof out[0]);
    for (size_t i = 0; !present && i < size; i++) out[i][i] = 1;
    for (size_t r = 0; present && r < l->m.rows; r++)
        for (size_t e = l->start[r]; e < l->start[r + 1]; e++) out[r][l->col[e]] += (double)l->weight[e];
}

static double dot(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static void check_close(double found, double expected, const char *what, size_t index) {
    ck_assert_msg(fabs(found - expected) <= 1e-9 * fabs(expected), "%s %zu: expected %g, found %g", what, index, expected, found);
}

/** All numbers of a program of one or two segments; kurt only by its range. */
static void check_moments(const cn_program *prog) {
    static double w[WIDTH][WIDTH], post[WIDTH][WIDTH], x[WIDTH][WIDTH], p[WIDTH][WIDTH], l[WIDTH][WIDTH];
    const cn_segment *s = &prog->segment[0];
    cn_moments m;
    double top = 0;
    ck_assert(s->in <= WIDTH && s->mid <= WIDTH && s->out <= WIDTH);
    ck_assert_int_eq(cn_moments_compute(&m, prog), CN_OK);
    dense(w, &s->pre, s->has_pre, s->in);
    dense(post, &s->post, s->has_post, s->mid);
    for (size_t i = 0; i < s->mid; i++) {
        check_close(m.pre2[i], dot(w[i], w[i], s->in), "pre2", i);
        top = fmax(top, m.pre2[i]);
    }
    check_close(m.pre2_max, top, "pre2_max", 0);
    for (size_t j = 0; j < s->out; j++)
        for (size_t k = 0; k < s->out; k++) {
            p[j][k] = l[j][k] = 0;
            for (size_t a = 0; a < s->mid; a++)
                for (size_t b = 0; b < s->mid; b++) {
                    double d = dot(w[a], w[b], s->in), f = post[j][a] * post[k][b];
                    p[j][k] += f * d * d;
                    l[j][k] += f * d;
                }
            double least = j == k ? fmax(1, dot(post[j], post[j], s->mid)) : -INFINITY;
            p[j][k] = fmax(p[j][k], least);
            l[j][k] = fmax(l[j][k], least);
        }
    for (size_t j = 0; j < s->out; j++) {
        check_close(m.p[j], p[j][j], "P", j);
        check_close(m.l[j], l[j][j], "L", j);
    }
    ck_assert_int_eq(m.kurt == NULL, prog->count == 1);
    if (prog->count > 1) {
        const cn_segment *next = &prog->segment[1];
        dense(x, &next->post, next->has_post, next->mid);
        for (size_t o = 0; o < next->out; o++) {
            double form[CN_FORMS] = {0};
            for (size_t j = 0; j < next->mid; j++) {
                form[CN_FORM_ONE] += x[o][j] * x[o][j];
                form[CN_FORM_P] += x[o][j] * x[o][j] * p[j][j];
                form[CN_FORM_L] += x[o][j] * x[o][j] * l[j][j];
                for (size_t k = 0; k < next->mid; k++) {
                    double f = x[o][j] * x[o][k];
                    form[CN_FORM_PP] += f * p[j][k] * p[j][k];
                    form[CN_FORM_PL] += f * p[j][k] * l[j][k];
                    form[CN_FORM_LL] += f * l[j][k] * l[j][k];
                    form[CN_FORM_XPX] += f * p[j][k];
                    form[CN_FORM_XLX] += f * l[j][k];
                }
            }
            double scale = form[CN_FORM_PP] + form[CN_FORM_LL];
            for (unsigned k = 0; k < CN_FORMS; k++)
                ck_assert_msg(fabs(m.form[k][o] - fmax(form[k], 0)) <= 1e-9 * (fabs(form[k]) + scale), "form %u of output %zu", k, o);
            ck_assert(m.kurt[o] >= 2 && m.kurt[o] <= 6);
        }
        ck_assert(m.kurt_mid >= 2 && m.kurt_mid <= 6);
    }
    cn_moments_clear(&m);
    cn_moments_clear(&m); /* a zeroed struct */
}

/** Random networks, with and without each map; pre may see padding only, post may cancel. */
START_TEST(test_moments_random) {
    for (size_t i = 0; i < TST_ITERS(30); i++) {
        cn_model *m = tst_net_new(1 + (uint32_t)tst_below(2), 3, 2);
        const uint32_t pad[4] = {2, 2, 2, 2};
        cn_program prog;
        if (i % 3 == 0) tst_net_dense(m, 1 + (uint32_t)tst_below(8), 3, 0);
        if (i % 3 == 1) tst_net_conv(m, 2, 2, 2, pad, 3, 0);
        tst_net_square(m);
        if (i % 2) tst_net_dense(m, 1 + (uint32_t)tst_below(6), 3, 0);
        if (i % 5) tst_net_square(m);
        if (i % 5 > 2) tst_net_dense(m, 1 + (uint32_t)tst_below(4), 3, 0);
        tst_net_finish(m);
        ck_assert_int_eq(cn_program_compile(&prog, m, m->layer_count), CN_OK);
        check_moments(&prog);
        cn_program_clear(&prog);
        cn_model_free(m);
    }
}
END_TEST

/** Sums of terms squares of independent values, squared and summed up: the fourth moments have closed forms. A sum v of N squares of
 *  independent complex Gaussians has kurt 2 + 4/N; the simulation adds three standard errors, at most a quarter here. */
static void check_kurt(uint32_t terms, double expected) {
    cn_model *m = tst_net_new(1, 1, terms);
    cn_program prog;
    cn_moments moments;
    tst_net_square(m);
    cn_layer *l = tst_net_dense(m, 1, 0, 0);
    for (uint32_t i = 0; i < terms; i++) l->weight[i] = i % 2 ? 1 : -1;
    tst_net_square(m);
    tst_net_finish(m);
    ck_assert_int_eq(cn_program_compile(&prog, m, m->layer_count), CN_OK);
    ck_assert_int_eq(cn_moments_compute(&moments, &prog), CN_OK);
    ck_assert_msg(moments.kurt[0] >= expected && moments.kurt[0] <= fmin(1.25 * expected, 6), "%u terms: expected %.3f, found %.3f",
                  terms, expected, moments.kurt[0]);
    check_close(moments.kurt_mid, moments.kurt[0], "kurt_mid", 0);
    cn_moments_clear(&moments);
    cn_program_clear(&prog);
    cn_model_free(m);
}

START_TEST(test_moments_kurt) {
    check_kurt(1, 6);
    check_kurt(2, 4);
    check_kurt(4, 3);
    check_kurt(16, 2.25);
    check_kurt(200, 2.02);
}
END_TEST

START_TEST(test_moments_memory) {
    cn_model *m = tst_net_new(1, 1, 3);
    cn_program prog;
    tst_net_dense(m, 2, 2, 0);
    tst_net_square(m);
    tst_net_dense(m, 2, 2, 0);
    tst_net_square(m);
    ck_assert_int_eq(cn_program_compile(&prog, tst_net_finish(m), m->layer_count), CN_OK);
    long live = cn_test_alloc_live();
    unsigned long k = 1;
    for (cn_status s = CN_ERR_MEMORY; s != CN_OK; k++) {
        cn_moments moments;
        cn_test_alloc_fail_at(k);
        s = cn_moments_compute(&moments, &prog);
        cn_test_alloc_fail_at(0);
        if (s == CN_OK) cn_moments_clear(&moments);
        ck_assert(s == CN_OK || s == CN_ERR_MEMORY);
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }
    ck_assert_uint_gt(k, 15);
    cn_program_clear(&prog);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_moments(void) {
    Suite *s = suite_create("moments");
    TCase *c = tcase_create("moments");
    tcase_add_test(c, test_moments_random);
    tcase_add_test(c, test_moments_kurt);
    tcase_add_test(c, test_moments_memory);
    suite_add_tcase(s, c);
    return s;
}
