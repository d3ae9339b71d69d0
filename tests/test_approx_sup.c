/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Largest errors and their bounds, integer coefficients, tables, and what is refused. */

#include <gmp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "approx/fit.h"
#include "approx/quantise.h"
#include "testing.h"
#include "util/mem.h"

static double real(double low, double high) { return low + (high - low) * (double)tst_below(1u << 30) * 0x1p-30; }

static cn_fn random_fn(void) {
    cn_fn f;
    if (tst_below(4)) {
        ck_assert(cn_fn_named(&f, cn_fn_name((unsigned)tst_below(5))));
        return f;
    }
    double x[30], y[30];
    for (int k = 0; k < 30; k++) x[k] = k ? x[k - 1] + real(0.001, 3) : -20, y[k] = real(-3, 3);
    x[29] = 50;
    ck_assert_int_eq(cn_fn_table(&f, x, y, 30), CN_OK);
    return f;
}

static cn_real_poly random_poly(unsigned degree, double reach) {
    cn_real_poly p = {.degree = degree, .centre = 0, .radius = 1};
    for (unsigned k = 0; k <= degree; k++) p.c[k] = real(-2, 2) / pow(reach, k);
    return p;
}

/* ---- sup ----------------------------------------------------------------------------------------------- */

/** On a grid far finer than the search's first one: the bound holds, the point attains what it says, and both are close. */
START_TEST(test_sup_random) {
    for (size_t i = 0; i < TST_ITERS(60); i++) {
        cn_fn f = random_fn();
        long double a = real(-15, 5), b = a + real(0.01, 25), most = 0;
        double tolerance = i % 2 ? 1e-3 : 1e-10;
        cn_real_poly p = random_poly((unsigned)tst_below(10), fmax(fabs((double)a), fabs((double)b)));
        cn_sup s = cn_sup_error(&f, &p, a, b, tolerance);
        for (int k = 0; k <= 100000; k++) {
            long double x = a + (b - a) * k / 100000;
            most = fmaxl(most, fabsl(cn_real_poly_value(&p, x) - f.value(&f, x)));
        }
        TST_CHECK(most <= s.upper);
        TST_CHECK(s.lower <= s.upper && s.upper <= s.lower * (1 + tolerance) + 1e-14L);
        TST_CHECK(s.at >= a && s.at <= b);
        TST_CHECK(fabsl(fabsl(cn_real_poly_value(&p, s.at) - f.value(&f, s.at)) - s.lower) <= 1e-18L);
        TST_CHECK(s.lower >= most * (1 - tolerance) - 1e-14L);
        cn_fn_clear(&f);
    }
}
END_TEST

static long double dent(const cn_fn *f, long double x) { /* a hill as narrow as a thousandth of the first grid's cells */
    (void)f;
    long double z = (x - 0.123456L) * 1e6L;
    return expl(-z * z / 2);
}
static long double dent_curvature(const cn_fn *f, long double m) {
    (void)f;
    (void)m;
    return 1e12L;
}

/** What the grid does not see, the bend does: the hill is found, and found at its top. */
START_TEST(test_sup_between_points) {
    cn_fn f = {.name = "dent", .value = dent, .curvature = dent_curvature, .low = -9, .high = 9};
    cn_real_poly nothing = {.degree = 1, .centre = 0, .radius = 1};
    cn_sup s = cn_sup_error(&f, &nothing, 0, 1, 1e-6);
    ck_assert(s.upper >= 1); /* always a bound; here the search gives up before it is a close one */
    s = cn_sup_error(&f, &nothing, 0.1234L, 0.1235L, 1e-6);
    ck_assert(s.upper >= 1 && s.upper < 1.00001L && s.lower > 0.99999L && fabsl(s.at - 0.123456L) < 1e-8L);
}
END_TEST

/** Cells wider than what is in them: tanh(x) - x/b has its peak near 0, between two points of the first grid. */
START_TEST(test_sup_wide) {
    cn_fn f;
    ck_assert(cn_fn_named(&f, "tanh"));
    for (size_t i = 0; i < TST_ITERS(50); i++) {
        long double b = real(1500, 2000), a = real(-1, 1), most = 0;
        cn_real_poly p = {1, 0, 1, {0, 1 / b}};
        for (long double x = 1; x < 20; x += 0x1p-7L) most = fmaxl(most, f.value(&f, x) - x / b);
        cn_sup s = cn_sup_error(&f, &p, a, b, 1e-3);
        TST_CHECK(s.upper >= most && s.upper <= most * (1 + 2e-3L));
    }
}
END_TEST

/** Where values are known: the error of one point, of a kink off every grid, of a parabola's vertex. */
START_TEST(test_sup_known) {
    cn_fn f;
    ck_assert(cn_fn_named(&f, "relu"));
    cn_real_poly p = {2, 0, 1, {0, 0, 1}}; /* x^2 - relu: 2 at -1, -1/4 at 1/2 */
    cn_sup s = cn_sup_error(&f, &p, 0.1L, 0.9L, 1e-12);
    ck_assert(s.lower > 0.25L * (1 - 1e-11L) && s.upper < 0.25L * (1 + 1e-11L) && fabsl(s.at - 0.5L) < 1e-5L);
    s = cn_sup_error(&f, &p, -1, 0.9L, 1e-12);
    ck_assert(s.upper >= 1 && s.upper < 1 + 1e-11L && s.at <= -1);
    s = cn_sup_error(&f, &p, 3, 3, 1e-12);
    ck_assert(s.lower >= 6 && s.upper >= 6 && s.upper < 6 + 1e-12L);
    cn_fn_clear(&f);
    double x = 1 / 3.0;
    ck_assert_int_eq(cn_fn_table(&f, (double[]){0, x, x + 1e-8, 1}, (double[]){0, 0, 5, 0}, 4), CN_OK);
    p = (cn_real_poly){.degree = 1, .centre = 0, .radius = 1};
    s = cn_sup_error(&f, &p, 0, 1, 1e-6);
    ck_assert(s.lower >= 5 && s.upper < 5.0001L);
    cn_fn_clear(&f);
}
END_TEST

/* ---- integers ------------------------------------------------------------------------------------------ */

/** Each is nearest to S X^(d-k) c_k; the polynomial moves by no more than is said, and at the end of the range by nearly so much. */
START_TEST(test_quantise) {
    for (size_t i = 0; i < TST_ITERS(200); i++) {
        unsigned d = 1 + (unsigned)tst_below(4);
        double reach = real(0.1, 9), scale = i % 2 ? 1 + (double)tst_below(1000) : real(0.01, 1000), x = i % 3 ? 1 + (double)tst_below(64) : real(0.5, 30);
        cn_real_poly p = random_poly(d, 1);
        for (unsigned k = 0; k <= d; k++) p.c[k] = (double)p.c[k];
        cn_quantised q;
        ck_assert_int_eq(cn_quantise(&q, &p, scale, x, reach), CN_OK);
        mpq_t c, unit, t;
        mpq_inits(c, unit, t, NULL);
        long double sum = 0;
        for (unsigned k = 0; k <= d; k++) {
            mpq_set_d(c, (double)p.c[k]);
            mpq_set_d(unit, scale), mpq_mul(c, c, unit);
            mpq_set_d(unit, x);
            for (unsigned j = k; j < d; j++) mpq_mul(c, c, unit);
            mpq_set_z(t, q.c[k]), mpq_sub(t, t, c), mpq_abs(t, t);
            TST_CHECK(mpq_cmp_ui(t, 1, 2) <= 0);
            sum += mpq_get_d(t) / ((long double)scale * powl(x, d - k)) * powl(reach, k);
        }
        TST_CHECK(fabsl(sum - q.rounding) <= 1e-14L * sum && q.rounding >= sum * (1 - 1e-16L));
        for (int j = 0; j < 50; j++) {
            long double at = real(-reach, reach), v = at * x, y = 0;
            for (unsigned k = d + 1; k-- > 0;) y = y * v + mpz_get_d(q.c[k]);
            y /= (long double)scale * powl(x, d);
            TST_CHECK(fabsl(y - cn_real_poly_value(&q.p, at)) <= 1e-15L * cn_real_poly_size(&q.p, at));
            TST_CHECK(fabsl(y - cn_real_poly_value(&p, at)) <= q.rounding + 1e-15L * cn_real_poly_size(&p, at));
        }
        mpq_clears(c, unit, t, NULL);
        cn_quantised_clear(&q);
    }
}
END_TEST

START_TEST(test_quantise_ends) {
    cn_real_poly p = {1, 0, 1, {-0.5L, 2.5L}};
    cn_quantised q;
    ck_assert_int_eq(cn_quantise(&q, &p, 1, 1, 2), CN_OK); /* halves away from 0: -1 and 3, wrong by 1/2 and 1/2 at reach 2 */
    ck_assert(mpz_cmp_si(q.c[0], -1) == 0 && mpz_cmp_si(q.c[1], 3) == 0);
    ck_assert(q.rounding >= 1.5 && q.rounding < 1.5000001);
    cn_quantised_clear(&q);
    ck_assert_int_eq(cn_quantise(&q, &p, 8, 4, 2), CN_OK); /* exact */
    ck_assert(mpz_cmp_si(q.c[0], -16) == 0 && mpz_cmp_si(q.c[1], 20) == 0 && q.rounding <= 0);
    cn_quantised_clear(&q);
    p.c[1] = 0x1.fffffffffffffp62L;
    ck_assert_int_eq(cn_quantise(&q, &p, 1, 1, 2), CN_OK);
    cn_quantised_clear(&q);
    p.c[1] = -0x1p63L;
    ck_assert_int_eq(cn_quantise(&q, &p, 1, 1, 2), CN_ERR_RANGE);
    cn_quantised_clear(&q);
    ck_assert_int_eq(cn_quantise(&q, &p, 1e100, 1e100, 1e3), CN_ERR_RANGE);
    cn_quantised_clear(&q);
}
END_TEST

/* ---- tables -------------------------------------------------------------------------------------------- */

START_TEST(test_table_values) {
    double x[] = {-2, -0.5, 1, 4}, y[] = {3, 0, 6, -3};
    cn_fn f;
    ck_assert_int_eq(cn_fn_table(&f, x, y, 4), CN_OK);
    for (int i = 0; i < 4; i++) ck_assert(fabsl(f.value(&f, x[i]) - y[i]) <= 0);
    ck_assert(fabsl(f.value(&f, -1.5L) - 2) <= 0 && fabsl(f.value(&f, 0.25L) - 3) <= 0 && fabsl(f.value(&f, 3) - 0) <= 0);
    ck_assert(f.lipschitz >= 4 && f.lipschitz < 4.0001L && f.low <= -2 && f.high >= 4);
    ck_assert(f.curvature(&f, 0) <= 0 && f.top >= 6 && f.top <= 6);
    ck_assert_int_eq(cn_fn_check_interval(&f, -2, 4, "it"), CN_OK);
    ck_assert_int_eq(cn_fn_check_interval(&f, -2, 4.001L, "it"), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fn_check_interval(&f, -2.001L, 4, "it"), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fn_check_interval(&f, 1, 1, "it"), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fn_check_interval(&f, 1, 0, "it"), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fn_check_interval(&f, 1, 1 + 1e-7L, "it"), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fn_check_interval(&f, NAN, 1, "it"), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fn_check_interval(&f, 0, INFINITY, "it"), CN_ERR_RANGE);
    cn_fn_clear(&f);
}
END_TEST

START_TEST(test_table_refused) {
    double x[] = {0, 1, 2}, y[] = {0, 1, 2}, many[CN_FN_TABLE_MAX + 1];
    cn_fn f;
    for (int i = 0; i <= CN_FN_TABLE_MAX; i++) many[i] = i;
    ck_assert_int_eq(cn_fn_table(&f, x, y, 1), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fn_table(&f, x, y, 0), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fn_table(&f, many, many, CN_FN_TABLE_MAX + 1), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fn_table(&f, many, many, CN_FN_TABLE_MAX), CN_OK);
    cn_fn_clear(&f);
    static const double bad[] = {NAN, INFINITY, -INFINITY, 1.1e9, 0, -1};
    for (size_t i = 0; i < CN_ARRAY_LEN(bad); i++) {
        x[1] = bad[i];
        ck_assert_int_eq(cn_fn_table(&f, x, y, 3), CN_ERR_RANGE);
        ck_assert_ptr_null(f.table_x);
        x[1] = 1;
        y[1] = bad[i];
        ck_assert_int_eq(cn_fn_table(&f, x, y, 3), i < 4 ? CN_ERR_RANGE : CN_OK);
        if (i >= 4) cn_fn_clear(&f);
    }
    x[1] = 1e-9;
    ck_assert_int_eq(cn_fn_table(&f, x, y, 3), CN_ERR_RANGE);
}
END_TEST

static cn_status read_text(cn_fn *f, const char *text, size_t size) {
    char path[] = "/tmp/cn-table-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
    close(fd);
    cn_status s = cn_fn_table_read(f, path);
    unlink(path);
    return s;
}

START_TEST(test_table_files) {
    static const char good[] = "# a table\n\n  -1 2\r\n\t0,  -3e0\n  # more\n1.5\t.25";
    static const struct {
        const char *text;
        cn_status status;
        const char *says;
    } bad[] = {{"", CN_ERR_SIZE, "found 0"},
               {"1 2\n", CN_ERR_SIZE, "found 1"},
               {"1 2\n2\n", CN_ERR_FORMAT, "line 2: expected two numbers"},
               {"1 2\n2 3 4\n", CN_ERR_FORMAT, "line 2"},
               {"1 2\n2 x\n", CN_ERR_FORMAT, "line 2"},
               {"1 2\n2 3x\n", CN_ERR_FORMAT, "line 2"},
               {"1 2\nnan 3\n", CN_ERR_FORMAT, "line 2"},
               {"1 2\n2 inf\n", CN_ERR_FORMAT, "line 2"},
               {"1 2\n2 1e999\n", CN_ERR_FORMAT, "line 2"},
               {"1 2\n\n1 3\n", CN_ERR_RANGE, "line 3: expected x above"},
               {"1 2\n2 1e10\n", CN_ERR_RANGE, "line 2: expected y between"},
               {"1 2\n2e6 1\n", CN_ERR_RANGE, "line 2: expected x between"}};
    cn_fn f;
    long live = cn_test_alloc_live();
    ck_assert_int_eq(read_text(&f, good, sizeof good - 1), CN_OK);
    ck_assert_uint_eq(f.kinks, 3);
    ck_assert(f.low <= -1 && f.high >= 1.5L && fabsl(f.value(&f, 0) + 3) <= 0 && fabsl(f.value(&f, 1.5L) - 0.25L) <= 0);
    cn_fn_clear(&f);
    for (size_t i = 0; i < CN_ARRAY_LEN(bad); i++) {
        ck_assert_msg(read_text(&f, bad[i].text, strlen(bad[i].text)) == bad[i].status, "%s: %s", bad[i].text, cn_error_text());
        ck_assert_msg(strstr(cn_error_text(), bad[i].says) != NULL, "%s: %s", bad[i].text, cn_error_text());
    }
    ck_assert_int_eq(read_text(&f, "1 2\n2\0 3\n", 9), CN_ERR_FORMAT);
    ck_assert_int_eq(read_text(&f, "1 2\n2 3\0\n", 9), CN_ERR_FORMAT);
    char *many = malloc(1 << 17);
    size_t at = 0;
    for (int i = 0; i <= CN_FN_TABLE_MAX; i++) at += (size_t)sprintf(many + at, "%d 1\n", i);
    ck_assert_int_eq(read_text(&f, many, at), CN_ERR_SIZE);
    free(many);
    ck_assert_int_eq(cn_fn_table_read(&f, "/nowhere/at/all"), CN_ERR_NOT_FOUND);
    for (size_t i = 0; i < TST_ITERS(1000); i++) { /* noise of the right alphabet: an answer, and nothing kept */
        char text[64];
        size_t size = tst_below(sizeof text);
        for (size_t k = 0; k < size; k++) text[k] = "0123456789+-.eE \n\r\t,#naif\0x"[tst_below(28)];
        if (read_text(&f, text, size) == CN_OK) cn_fn_clear(&f);
    }
    ck_assert_int_eq(cn_test_alloc_live(), live);
}
END_TEST

/** Memory may end anywhere. */
START_TEST(test_approx_memory) {
    double x[] = {0, 1, 2}, y[] = {0, 1, 2};
    long live = cn_test_alloc_live();
    cn_fn f, relu;
    cn_real_poly p;
    ck_assert(cn_fn_named(&relu, "relu"));
    for (unsigned long k = 1; k <= 3; k++) {
        cn_test_alloc_fail_at(k);
        ck_assert_int_eq(cn_fn_table(&f, x, y, 3), k < 3 ? CN_ERR_MEMORY : CN_OK);
        cn_test_alloc_fail_at(0);
        cn_fn_clear(&f);
    }
    cn_test_alloc_fail_at(1);
    ck_assert_int_eq(cn_fit_least_squares(&p, &relu, 3, -1, 1, 0), CN_ERR_MEMORY);
    cn_test_alloc_fail_at(0);
    ck_assert_int_eq(cn_test_alloc_live(), live);
}
END_TEST

Suite *cn_suite_approx_sup(void) {
    Suite *s = suite_create("approx_sup");
    TCase *c = tcase_create("approx_sup");
    suite_add_tcase(s, c);
    tcase_add_test(c, test_quantise_ends);
    tcase_add_test(c, test_table_values);
    tcase_add_test(c, test_table_refused);
    tcase_add_test(c, test_table_files);
    tcase_add_test(c, test_approx_memory);
    if (!tst_extended()) return s; /* what follows needs errors below those of doubles */
    tcase_add_test(c, test_sup_random);
    tcase_add_test(c, test_sup_between_points);
    tcase_add_test(c, test_sup_wide);
    tcase_add_test(c, test_sup_known);
    tcase_add_test(c, test_quantise);
    return s;
}
