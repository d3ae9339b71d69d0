/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Fits against closed forms, exact rationals and pinned high-precision results; the bound of the error against finer grids. */

#include <gmp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "approx/fit.h"
#include "approx/quantise.h"
#include "testing.h"
#include "util/mem.h"

#define PI 3.14159265358979323846264338327950288L

/* ---- functions of the tests' own ----------------------------------------------------------------------- */

static unsigned exponent;      /* of power */
static long double exponent_reach; /* it is used for |x| up to here */

static long double power(const cn_fn *f, long double x) {
    (void)f;
    return powl(x, exponent);
}
static long double power_curvature(const cn_fn *f, long double m) {
    (void)f;
    (void)m;
    return exponent < 2 ? 0 : exponent * (exponent - 1) * powl(exponent_reach, exponent - 2);
}
static cn_fn power_fn(unsigned n, long double reach) {
    exponent = n;
    exponent_reach = reach;
    return (cn_fn){.name = "power", .value = power, .curvature = power_curvature, .low = -reach, .high = reach};
}

static cn_fn named(const char *name) {
    cn_fn f;
    ck_assert(cn_fn_named(&f, name));
    return f;
}

/** |x| between -1 and 1. */
static cn_fn magnitude(void) {
    cn_fn f;
    ck_assert_int_eq(cn_fn_table(&f, (double[]){-1, 0, 1}, (double[]){1, 0, 1}, 3), CN_OK);
    return f;
}

static double real(double low, double high) { return low + (high - low) * (double)tst_below(1u << 30) * 0x1p-30; }

static void near(long double found, long double expected, long double tolerance) {
    if (!(fabsl(found - expected) <= tolerance)) ck_abort_msg("expected %.21Lg, found %.21Lg", expected, found);
}

/* ---- functions ----------------------------------------------------------------------------------------- */

/** Against 20 digits of a multi-precision computation. */
START_TEST(test_approx_values) {
    static const struct {
        const char *name;
        long double x, y;
    } known[] = {{"sigmoid", 1.25L, 0.777299861174691147L},  {"sigmoid", -30, 9.3576229688392989538e-14L},
                 {"tanh", -0.75L, -0.63514895238728731921L},   {"relu", -2, 0},
                 {"relu", 3.5L, 3.5L},                         {"softplus", 1.25L, 1.501929081345372889L},
                 {"softplus", -40, 4.2483542552915889863e-18L}, {"softplus", 900, 900},
                 {"gelu", 1.25L, 1.1179377829164309279L},      {"gelu", -3, -0.00404969409489028358L}};
    for (size_t i = 0; i < CN_ARRAY_LEN(known); i++) {
        cn_fn f = named(known[i].name);
        near(f.value(&f, known[i].x), known[i].y, 1e-18L * fabsl(known[i].y));
    }
    ck_assert_ptr_null(cn_fn_name(5));
    ck_assert_str_eq(cn_fn_name(0), "sigmoid");
    cn_fn f;
    ck_assert(!cn_fn_named(&f, "Sigmoid") && !cn_fn_named(&f, ""));
}
END_TEST

/** The bounds of slope and bend against differences; and each global bound is attained to a thousandth. */
START_TEST(test_approx_bounds_of_functions) {
    for (unsigned i = 0; cn_fn_name(i); i++) {
        cn_fn f = named(cn_fn_name(i));
        long double steepest = 0, sharpest = 0, h = 0x1p-12L;
        for (long double x = -12; x <= 12; x += 0x1p-8L) {
            if (f.kinks && fabsl(x) <= 2 * h) continue;
            long double y0 = f.value(&f, x - h), y1 = f.value(&f, x), y2 = f.value(&f, x + h);
            long double slope = fabsl(y2 - y1) / h, bend = fabsl(y0 - 2 * y1 + y2) / (h * h);
            TST_CHECK(slope <= f.lipschitz);
            TST_CHECK(bend <= f.curvature(&f, fabsl(x) - h) * (1 + 1e-6L) + 1e-9L);
            steepest = fmaxl(steepest, slope);
            sharpest = fmaxl(sharpest, bend);
        }
        ck_assert(steepest > f.lipschitz * 0.999L);
        ck_assert(sharpest >= f.curvature(&f, 0) * 0.999L);
    }
}
END_TEST

/* ---- polynomials --------------------------------------------------------------------------------------- */

static cn_real_poly random_poly(unsigned degree, long double centre, long double radius) {
    cn_real_poly p = {.degree = degree, .centre = centre, .radius = radius};
    for (unsigned k = 0; k <= degree; k++) p.c[k] = real(-3, 3);
    return p;
}

START_TEST(test_approx_poly) {
    for (size_t i = 0; i < TST_ITERS(300); i++) {
        unsigned degree = (unsigned)tst_below(10);
        cn_real_poly p = random_poly(degree, real(-2, 2), real(0.5, 3)), back, plain = cn_real_poly_plain(&p, 5);
        long double b[CN_APPROX_DEGREE_MAX + 1], t[CN_APPROX_DEGREE_MAX + 1];
        cn_real_poly_to_chebyshev(b, &p);
        back = cn_real_poly_from_chebyshev(b, degree, p.centre, p.radius);
        long double angle = real(0, 3.14), sum = 0, y = 0, x = p.centre + p.radius * cosl(angle);
        for (unsigned k = 0; k <= degree; k++) {
            near(back.c[k], p.c[k], 1e-15L);
            sum += b[k] * cosl(k * angle); /* T_k(cos a) = cos(k a) */
            y += p.c[k] * powl(cosl(angle), k);
        }
        near(cn_real_poly_value(&p, x), y, 1e-15L);
        near(sum, y, 1e-15L);
        near(cn_real_poly_value(&plain, x), y, 1e-15L * cn_real_poly_size(&plain, 5));
        ck_assert(cn_real_poly_size(&p, x) >= fabsl(y) * (1 - 1e-15L));
        cn_real_poly_taylor(t, &p, x);
        long double h = real(-1, 1), shifted = 0;
        for (unsigned k = degree + 1; k-- > 0;) shifted = shifted * h + t[k];
        near(shifted, cn_real_poly_value(&p, x + h), 1e-15L * cn_real_poly_size(&p, 5));
    }
}
END_TEST

/* ---- fits ---------------------------------------------------------------------------------------------- */

/** Interpolation of x^(d+1) on [-1, 1] leaves T_(d+1)/2^d; of any function, nothing at the points. */
START_TEST(test_approx_chebyshev) {
    for (unsigned d = 1; d <= CN_APPROX_DEGREE_MAX; d++) {
        cn_fn f = power_fn(d + 1, 1);
        cn_real_poly p = cn_fit_chebyshev(&f, d, -1, 1);
        for (int i = 0; i <= 50; i++) {
            long double angle = PI * i / 50, x = cosl(angle);
            near(powl(x, d + 1) - cn_real_poly_value(&p, x), ldexpl(cosl((d + 1) * angle), -(int)d), 1e-17L);
        }
        for (unsigned j = 0; cn_fn_name(j); j++) {
            long double a = real(-9, 0), b = real(0.1, 9);
            f = named(cn_fn_name(j));
            p = cn_fit_chebyshev(&f, d, a, b);
            for (unsigned k = 0; k <= d; k++) {
                long double x = (a + b) / 2 + (b - a) / 2 * cosl((2 * k + 1) * PI / (2 * d + 2));
                near(cn_real_poly_value(&p, x), f.value(&f, x), 1e-15L);
            }
        }
    }
}
END_TEST

/** All three give back a polynomial of the degree. */
START_TEST(test_approx_reproduce) {
    for (unsigned d = 1; d <= CN_APPROX_DEGREE_MAX; d++)
        for (unsigned n = 0; n <= d; n++) {
            cn_fn f = power_fn(n, 2);
            cn_real_poly p[4];
            cn_minimax m;
            p[0] = cn_fit_chebyshev(&f, d, -1.5L, 2);
            ck_assert_int_eq(cn_fit_least_squares(&p[1], &f, d, -1.5L, 2, 0), CN_OK);
            ck_assert_int_eq(cn_fit_least_squares(&p[2], &f, d, -1.5L, 2, 0.75L), CN_OK);
            ck_assert_int_eq(cn_fit_minimax(&m, &f, d, -1.5L, 2), CN_OK);
            ck_assert_uint_eq(m.count, 0);
            p[3] = m.p;
            for (int i = 0; i < 4; i++)
                for (long double x = -1.5L; x <= 2; x += 0.125L) near(cn_real_poly_value(&p[i], x), powl(x, n), 1e-15L * powl(2, n));
        }
}
END_TEST

/** Least squares for x^n on [a, b] by the normal equations, in exact rationals. */
static void normal_equations(double *c, unsigned d, unsigned n, long a, long b) {
    mpq_t m[CN_APPROX_DEGREE_MAX + 1][CN_APPROX_DEGREE_MAX + 2], t, u;
    mpz_t x, y;
    mpq_inits(t, u, NULL);
    mpz_inits(x, y, NULL);
    for (unsigned i = 0; i <= d; i++)
        for (unsigned j = 0; j <= d + 1; j++) { /* the integral of x^(i+j), or of x^(i+n) */
            unsigned e = i + (j <= d ? j : n) + 1;
            mpq_init(m[i][j]);
            mpz_set_si(x, a), mpz_pow_ui(x, x, e);
            mpz_set_si(y, b), mpz_pow_ui(y, y, e);
            mpz_sub(y, y, x);
            mpq_set_z(m[i][j], y);
            mpq_set_ui(t, e, 1);
            mpq_div(m[i][j], m[i][j], t);
        }
    for (unsigned k = 0; k <= d; k++) /* positive definite: no pivoting */
        for (unsigned i = 0; i <= d; i++) {
            if (i == k) continue;
            mpq_div(t, m[i][k], m[k][k]);
            for (unsigned j = k; j <= d + 1; j++) mpq_mul(u, t, m[k][j]), mpq_sub(m[i][j], m[i][j], u);
        }
    for (unsigned k = 0; k <= d; k++) mpq_div(t, m[k][d + 1], m[k][k]), c[k] = mpq_get_d(t);
    for (unsigned i = 0; i <= d; i++)
        for (unsigned j = 0; j <= d + 1; j++) mpq_clear(m[i][j]);
    mpq_clears(t, u, NULL);
    mpz_clears(x, y, NULL);
}

START_TEST(test_approx_least_squares_exact) {
    for (unsigned d = 1; d <= CN_APPROX_DEGREE_MAX; d++)
        for (unsigned n = d + 1; n <= d + 3; n++) {
            double c[CN_APPROX_DEGREE_MAX + 1];
            cn_real_poly p;
            cn_fn f = power_fn(n, 3);
            normal_equations(c, d, n, -1, 3);
            ck_assert_int_eq(cn_fit_least_squares(&p, &f, d, -1, 3, 0), CN_OK);
            p = cn_real_poly_plain(&p, 3);
            for (unsigned k = 0; k <= d; k++) near(p.c[k], c[k], 1e-13L * powl(3, n - k));
        }
    cn_fn f = magnitude(); /* |x| on [-1, 1]: 3/16 + 15/16 x^2, from the integrals 1/2 and 1/4 */
    cn_real_poly p;
    ck_assert_int_eq(cn_fit_least_squares(&p, &f, 3, -1, 1, 0), CN_OK);
    near(p.c[0], 3 / 16.0L, 1e-18L);
    near(p.c[1], 0, 1e-18L);
    near(p.c[2], 15 / 16.0L, 1e-17L);
    cn_fn_clear(&f);
}
END_TEST

/** Against mpmath, 40 digits: normal equations with quadrature. */
START_TEST(test_approx_least_squares_pinned) {
    cn_fn f = named("sigmoid");
    cn_real_poly p;
    ck_assert_int_eq(cn_fit_least_squares(&p, &f, 3, -8, 8, 0), CN_OK);
    near(p.c[1] / 8, 0.1501204132735183702696L, 1e-17L);
    near(p.c[3] / 512, -0.001593017407219916731614L, 1e-18L);
    ck_assert_int_eq(cn_fit_least_squares(&p, &f, 4, -8, 8, 2), CN_OK);
    near(p.c[0], 0.5L, 1e-16L);
    near(p.c[1] / 8, 0.1979730826686401767157L, 1e-16L);
    near(p.c[3] / 512, -0.003892397498543876732888L, 1e-17L);
}
END_TEST

/** What is left is orthogonal to all powers: a sum over other points than the fit's, with weights, kinks and all. */
START_TEST(test_approx_least_squares_orthogonal) {
    for (size_t i = 0; i < TST_ITERS(20); i++) {
        cn_fn f = named(cn_fn_name((unsigned)tst_below(5)));
        long double a = real(-9, 0), b = real(1, 9), sigma = i % 3 ? real(0.3, 5) : 0;
        unsigned d = 1 + (unsigned)tst_below(9), steps = 1u << 15;
        cn_real_poly p;
        ck_assert_int_eq(cn_fit_least_squares(&p, &f, d, a, b, sigma), CN_OK);
        long double sum[CN_APPROX_DEGREE_MAX + 1] = {0}, size = 0;
        for (unsigned s = 0; s < steps; s++) { /* midpoints */
            long double t = (2 * s + 1.0L) / steps - 1, x = p.centre + p.radius * t, z = sigma > 0 ? (x - p.centre) / sigma : 0;
            long double y = f.value(&f, x), e = cn_real_poly_value(&p, x) - y, part = expl(-z * z / 2) * e;
            size += expl(-z * z / 2) * (fabsl(e) + fabsl(y) + 1);
            for (unsigned k = 0; k <= d; k++, part *= t) sum[k] += part;
        }
        for (unsigned k = 0; k <= d; k++) TST_CHECK(fabsl(sum[k]) <= 1e-6L * size);
    }
}
END_TEST

/** Degree + 2 points, alternating signs, one size; and nothing larger on a grid of the test's own. */
static void check_minimax(const cn_minimax *m, const cn_fn *f, unsigned d, long double a, long double b) {
    ck_assert_uint_eq(m->count, d + 2);
    for (unsigned i = 0; i < m->count; i++) {
        long double x = m->extreme[i].x, e = cn_real_poly_value(&m->p, x) - f->value(f, x);
        ck_assert(x >= a && x <= b && (i == 0 || x > m->extreme[i - 1].x));
        near(e, m->extreme[i].error, 1e-17L);
        near(fabsl(e), m->sup, 1e-9L * m->sup + 1e-16L);
        ck_assert(i == 0 || (e > 0) != (m->extreme[i - 1].error > 0));
        ck_assert(m->level <= fabsl(e));
    }
    for (int i = 0; i <= 5000; i++) {
        long double x = a + (b - a) * i / 5000;
        TST_CHECK(fabsl(cn_real_poly_value(&m->p, x) - f->value(f, x)) <= m->sup * (1 + 1e-9L) + 1e-16L);
    }
}

START_TEST(test_approx_minimax_alternates) {
    static const double ends[][2] = {{-8, 8}, {-1, 1}, {-3, 5}, {0.5, 4}, {-20, 2}};
    cn_minimax m;
    for (unsigned j = 0; cn_fn_name(j); j++)
        for (unsigned d = 1; d <= CN_APPROX_DEGREE_MAX; d++)
            for (size_t k = 0; k < CN_ARRAY_LEN(ends); k++) {
                cn_fn f = named(cn_fn_name(j));
                ck_assert_int_eq(cn_fit_minimax(&m, &f, d, ends[k][0], ends[k][1]), CN_OK);
                if (f.kinks && ends[k][0] > 0) ck_assert_uint_eq(m.count, 0); /* relu is x there */
                else check_minimax(&m, &f, d, ends[k][0], ends[k][1]);
            }
}
END_TEST

/** A table of random points is as bad as a function gets. */
START_TEST(test_approx_minimax_tables) {
    for (size_t i = 0; i < TST_ITERS(40); i++) {
        double x[40], y[40];
        size_t count = 2 + tst_below(39);
        unsigned d = 1 + (unsigned)tst_below(9);
        for (size_t k = 0; k < count; k++) {
            x[k] = (k ? x[k - 1] : -3) + real(0.01, 1);
            y[k] = i % 2 ? (tst_below(8) ? 0 : 1) : real(-2, 2);
        }
        cn_fn f;
        cn_minimax m;
        ck_assert_int_eq(cn_fn_table(&f, x, y, count), CN_OK);
        ck_assert_int_eq(cn_fit_minimax(&m, &f, d, x[0], x[count - 1]), CN_OK);
        if (m.count) check_minimax(&m, &f, d, x[0], x[count - 1]);
        else ck_assert(m.sup < 1e-12L);
        cn_fn_clear(&f);
    }
}
END_TEST

static long double dent(const cn_fn *f, long double x) { /* x^4 with a hill between two points of any grid of the algorithm */
    (void)f;
    long double z = (x - 0.12402L) * 1e5L;
    return x * x * x * x + expl(-z * z / 2);
}
static long double dent_curvature(const cn_fn *f, long double m) {
    (void)f;
    (void)m;
    return 1.0000001e10L;
}

/** The cubic for x^4 is level on the grid, but the hill of height 1 sticks out: it must come into the reference. */
START_TEST(test_approx_minimax_narrow) {
    cn_fn f = {.name = "dent", .value = dent, .curvature = dent_curvature, .low = -1, .high = 1};
    cn_minimax m;
    ck_assert_int_eq(cn_fit_minimax(&m, &f, 3, 0, 1), CN_OK);
    ck_assert(m.sup > 0.4L && m.level > 0.4L);
    check_minimax(&m, &f, 3, 0, 1);
}
END_TEST

/** Closed forms, and equations of equal extremes solved by Newton's method in mpmath with 40 digits. */
START_TEST(test_approx_minimax_known) {
    cn_minimax m;
    for (unsigned n = 2; n <= 10; n++) { /* x^n by degree n - 1: T_n/2^(n-1) is left */
        cn_fn f = power_fn(n, 1);
        ck_assert_int_eq(cn_fit_minimax(&m, &f, n - 1, -1, 1), CN_OK);
        near(m.level, ldexpl(1, 1 - (int)n), 1e-14L);
        near(m.sup, ldexpl(1, 1 - (int)n), 1e-14L);
    }
    cn_fn f = magnitude();
    static const long double of_magnitude[] = {0, 0.5L, 0.125L, 0.125L, 0.067620899277784275269L, 0.067620899277784275269L};
    for (unsigned d = 1; d <= 5; d++) {
        ck_assert_int_eq(cn_fit_minimax(&m, &f, d, -1, 1), CN_OK);
        near(m.level, of_magnitude[d], 1e-12L);
        check_minimax(&m, &f, d, -1, 1);
    }
    cn_fn_clear(&f);
    static const struct {
        const char *name;
        double a, b;
        unsigned degree;
        long double error, c[6];
    } known[] = {
        {"sigmoid", -8, 8, 3, 0.08946037550842239958792L, {0.5L, 0.15583087751130214399L, 0, -0.0016336772377525508391L}},
        {"sigmoid", -8, 8, 4, 0.08946037550842239958792L, {0.5L, 0.15583087751130214399L, 0, -0.0016336772377525508391L, 0}},
        {"tanh", -2, 2, 5, 0.01070383508669987150354L, {0, 0.95591592307509589463L, 0, -0.20820222186182901433L, 0, 0.02276616699709240878L}},
        {"gelu", -3, 3, 2, 0.1484269491741674521472L, {0.14842694917416745215L, 0.5L, 0.16621670065612330182L}},
        {"relu", -4, 4, 2, 0.25L, {0.25L, 0.5L, 0.125L}},
        {"softplus", -1, 3, 4, 0.001409727614281695209574L,
         {0.69373569524066361827L, 0.50381536717200274651L, 0.12184530320679499L, -0.0045368555007343380611L, -0.0016310716436856700209L}}};
    for (size_t i = 0; i < CN_ARRAY_LEN(known); i++) {
        f = named(known[i].name);
        ck_assert_int_eq(cn_fit_minimax(&m, &f, known[i].degree, known[i].a, known[i].b), CN_OK);
        near(m.level, known[i].error, 1e-14L);
        cn_real_poly p = cn_real_poly_plain(&m.p, fmax(-known[i].a, known[i].b));
        for (unsigned k = 0; k <= p.degree; k++) near(p.c[k], known[i].c[k], 1e-14L);
    }
}
END_TEST

Suite *cn_suite_approx(void) {
    Suite *s = suite_create("approx");
    TCase *c = tcase_create("approx");
    suite_add_tcase(s, c);
    if (!tst_extended()) return s; /* what follows is compared with more digits than doubles have */
    tcase_add_test(c, test_approx_values);
    tcase_add_test(c, test_approx_bounds_of_functions);
    tcase_add_test(c, test_approx_poly);
    tcase_add_test(c, test_approx_chebyshev);
    tcase_add_test(c, test_approx_reproduce);
    tcase_add_test(c, test_approx_least_squares_exact);
    tcase_add_test(c, test_approx_least_squares_pinned);
    tcase_add_test(c, test_approx_least_squares_orthogonal);
    tcase_add_test(c, test_approx_minimax_alternates);
    tcase_add_test(c, test_approx_minimax_tables);
    tcase_add_test(c, test_approx_minimax_narrow);
    tcase_add_test(c, test_approx_minimax_known);
    return s;
}
