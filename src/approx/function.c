/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The named functions with their bounds, each by calculus, and tables of points. */

#include "approx/function.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/file.h"
#include "util/mem.h"
#include "util/status.h"

#define REACH 1000.0L /* domain of the named functions */

/* ---- named functions: value, and a bound of the second derivative over |x| >= m ---------------------- */

/** s = 1/(1 + e^-x): s'' = s (1 - s)(1 - 2 s), at most 1/(6 sqrt 3) = 0.09622..., and below s (1 - s) <= e^-|x|. */
static long double sigmoid(const cn_fn *f, long double x) {
    (void)f;
    return x >= 0 ? 1 / (1 + expl(-x)) : expl(x) / (1 + expl(x));
}

static long double sigmoid_curvature(const cn_fn *f, long double m) {
    (void)f;
    return fminl(0.096226L, expl(-m) * 1.0001L);
}

/** tanh(x) = 2 s(2 x) - 1: tanh'' = 8 s''(2 x), at most 4/(3 sqrt 3) = 0.76980... */
static long double hyperbolic(const cn_fn *f, long double x) {
    (void)f;
    return tanhl(x);
}

static long double hyperbolic_curvature(const cn_fn *f, long double m) {
    (void)f;
    return fminl(0.769801L, 8 * expl(-2 * m) * 1.0001L);
}

static long double relu(const cn_fn *f, long double x) {
    (void)f;
    return x > 0 ? x : 0;
}

static long double straight(const cn_fn *f, long double m) {
    (void)f;
    (void)m;
    return 0;
}

/** log(1 + e^x): the derivative is s, the second one s (1 - s), at most 1/4 and below e^-|x|. */
static long double softplus(const cn_fn *f, long double x) {
    (void)f;
    return fmaxl(x, 0) + log1pl(expl(-fabsl(x)));
}

static long double softplus_curvature(const cn_fn *f, long double m) {
    (void)f;
    return fminl(0.25L, expl(-m) * 1.0001L);
}

/** x Phi(x): the derivative is Phi + x phi, largest at sqrt 2 (1.128904...); the second one (2 - x^2) phi, largest in magnitude
 *  at 0: sqrt(2/pi) = 0.797884...; its magnitude falls from 2 on, because ((x^2 - 2) phi)' = x (4 - x^2) phi. */
static long double gelu(const cn_fn *f, long double x) {
    (void)f;
    return x * erfcl(-x * 0.707106781186547524400844362104849039L) / 2;
}

static long double gelu_curvature(const cn_fn *f, long double m) {
    (void)f;
    if (m < 2) return 0.797885L;
    return (m * m - 2) * expl(-m * m / 2) * 0.4L; /* 1/sqrt(2 pi) = 0.39894... */
}

static const long double zero[1] = {0};

static const cn_fn named[] = {
    {"sigmoid", sigmoid, sigmoid_curvature, 0, 0.25L, -REACH, REACH, NULL, 0, NULL, NULL},
    {"tanh", hyperbolic, hyperbolic_curvature, 0, 1, -REACH, REACH, NULL, 0, NULL, NULL},
    {"relu", relu, straight, 0, 1, -REACH, REACH, zero, 1, NULL, NULL},
    {"softplus", softplus, softplus_curvature, 0, 1, -REACH, REACH, NULL, 0, NULL, NULL},
    {"gelu", gelu, gelu_curvature, 0, 1.128905L, -REACH, REACH, NULL, 0, NULL, NULL},
};

const char *cn_fn_name(unsigned i) { return i < CN_ARRAY_LEN(named) ? named[i].name : NULL; }

bool cn_fn_named(cn_fn *f, const char *name) {
    for (size_t i = 0; i < CN_ARRAY_LEN(named); i++)
        if (strcmp(named[i].name, name) == 0) {
            *f = named[i];
            return true;
        }
    return false;
}

/* ---- tables ------------------------------------------------------------------------------------------ */

static long double table_value(const cn_fn *f, long double x) {
    size_t low = 0, high = f->kinks - 1; /* x lies between these two; a value just outside continues the line */
    while (high - low > 1) {
        size_t mid = (low + high) / 2;
        if (f->table_x[mid] <= x) low = mid;
        else high = mid;
    }
    long double x0 = f->table_x[low], x1 = f->table_x[high], y0 = f->table_y[low], y1 = f->table_y[high];
    return (y0 * (x1 - x) + y1 * (x - x0)) / (x1 - x0);
}

/** Point i joins points 0 .. i-1. */
static cn_status check_point(const double *x, const double *y, size_t i) {
    if (!(fabs(x[i]) <= 1e6)) return cn_fail(CN_ERR_RANGE, "expected x between -10^6 and 10^6, found %g; scale the table", x[i]);
    if (!(fabs(y[i]) <= 1e9)) return cn_fail(CN_ERR_RANGE, "expected y between -10^9 and 10^9, found %g; scale the table", y[i]);
    if (i > 0 && !(x[i] > x[i - 1]))
        return cn_fail(CN_ERR_RANGE, "expected x above the one before, %.17g, found %.17g; sort the points", x[i - 1], x[i]);
    return CN_OK;
}

cn_status cn_fn_table(cn_fn *f, const double *x, const double *y, size_t count) {
    memset(f, 0, sizeof *f);
    if (count < 2 || count > CN_FN_TABLE_MAX)
        return cn_fail(CN_ERR_SIZE, "table: expected 2 to %d points, found %zu", CN_FN_TABLE_MAX, count);
    for (size_t i = 0; i < count; i++) CN_TRY(cn_fail_prefix(check_point(x, y, i), "table: point %zu", i + 1));
    for (size_t i = 1; i < count; i++)
        if (x[i] - x[i - 1] < 1e-9 * (x[count - 1] - x[0]))
            return cn_fail(CN_ERR_RANGE, "table: points %zu and %zu: expected 10^-9 of the table's length between them, found %g; "
                           "drop one of them", i, i + 1, x[i] - x[i - 1]);
    cn_fn t = {.name = "table", .value = table_value, .curvature = straight, .low = x[0], .high = x[count - 1], .kinks = count};
    t.table_x = cn_malloc(count, sizeof *t.table_x);
    t.table_y = cn_malloc(count, sizeof *t.table_y);
    if (!t.table_x || !t.table_y) {
        cn_fn_clear(&t);
        return CN_ERR_MEMORY;
    }
    t.kink = t.table_x;
    for (size_t i = 0; i < count; i++) {
        t.table_x[i] = x[i], t.table_y[i] = y[i];
        t.top = fmaxl(t.top, fabsl(t.table_y[i]));
    }
    for (size_t i = 1; i < count; i++)
        t.lipschitz = fmaxl(t.lipschitz, fabsl((t.table_y[i] - t.table_y[i - 1]) / (t.table_x[i] - t.table_x[i - 1])) * (1 + 0x1p-50L));
    *f = t;
    return CN_OK;
}

/** Next number of a line that ends with 0; *p goes behind it.  Returns: false if there is none. */
static bool number(double *v, char **p) {
    char *end;
    *p += strspn(*p, " \t\r,");
    *v = strtod(*p, &end);
    if (end == *p || !strchr(" \t\r,", *end)) return false; /* strchr finds the 0 too */
    *p = end;
    return isfinite(*v);
}

static cn_status read_points(double *x, double *y, size_t *count, char *text, size_t size, const char *path) {
    size_t line = 1;
    for (char *p = text, *next; p < text + size; p = next, line++) {
        char *end = memchr(p, '\n', (size_t)(text + size - p));
        next = end ? end + 1 : text + size;
        if (end) *end = 0;
        size_t blank = strspn(p, " \t\r");
        if (p[blank] == '#' || p + blank == (end ? end : text + size)) continue;
        if (*count == CN_FN_TABLE_MAX)
            return cn_fail(CN_ERR_SIZE, "%s: line %zu: expected at most %d points, found more; thin the table out", path, line,
                           CN_FN_TABLE_MAX);
        char *at = p;
        bool good = number(&x[*count], &at) && number(&y[*count], &at);
        at += strspn(at, " \t\r");
        if (!good || at != (end ? end : text + size))
            return cn_fail(CN_ERR_FORMAT, "%s: line %zu: expected two numbers, x and y, found '%.40s'; write one point per line",
                           path, line, p);
        CN_TRY(cn_fail_prefix(check_point(x, y, *count), "%s: line %zu", path, line));
        ++*count;
    }
    return CN_OK;
}

cn_status cn_fn_table_read(cn_fn *f, const char *path) {
    cn_status status = CN_OK;
    uint8_t *data = NULL;
    size_t size = 0, count = 0;
    double *x = NULL, *y = NULL;
    memset(f, 0, sizeof *f);
    CN_TRY(cn_file_read(&data, &size, path, CN_FN_FILE_MAX)); /* a zero byte stands behind the data */
    x = cn_malloc(CN_FN_TABLE_MAX, sizeof *x);
    y = cn_malloc(CN_FN_TABLE_MAX, sizeof *y);
    if (!x || !y) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(read_points(x, y, &count, (char *)data, size, path));
    status = cn_fail_prefix(cn_fn_table(f, x, y, count), "%s", path);
cleanup:
    cn_free(x);
    cn_free(y);
    cn_free(data);
    return status;
}

void cn_fn_clear(cn_fn *f) {
    cn_free(f->table_x);
    cn_free(f->table_y);
    memset(f, 0, sizeof *f);
}

cn_status cn_fn_check_interval(const cn_fn *f, long double a, long double b, const char *what) {
    if (!(a >= f->low && b <= f->high))
        return cn_fail(CN_ERR_RANGE, "%s: expected to lie within %Lg .. %Lg, where %s is %s, found %Lg .. %Lg; choose a smaller one", what,
                       f->low, f->high, f->name, f->table_x ? "given" : "treated", a, b);
    if (!(b - a >= 1e-6L * fmaxl(fabsl(a), fabsl(b))) || !(b > a))
        return cn_fail(CN_ERR_RANGE, "%s: expected the first end below the second, by 10^-6 of their size at least, found %Lg .. %Lg", what,
                       a, b);
    return CN_OK;
}
