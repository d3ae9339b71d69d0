/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Remez' algorithm [Remez 1934; Cheney, Introduction to Approximation Theory, chapter 3], exchange of one point.
 *
 *  A reference is degree + 2 points. On it the polynomial with the least largest error is found by linear equations: its error
 *  has one magnitude there, the level, and alternating signs. No polynomial does better on the whole interval (de la Vallee
 *  Poussin). Wherever its error is larger elsewhere, the worst point enters the reference so that signs still alternate, and the
 *  level rises: the new level is an average, with positive weights, of the old one and the larger error.
 *
 *  Symmetric functions have minimax errors with more than degree + 2 extremes (an odd function on a symmetric interval, odd
 *  degree); any degree + 2 neighbouring ones serve as a reference, since the equations have one solution for every reference.
 *  A start that is itself symmetric would have the level 0 there; so the start is not. */

#include "approx/fit.h"

#include <float.h>
#include <math.h>

#include "util/status.h"

#define PI 3.14159265358979323846264338327950288L
#define EXCHANGES 1000
#define LEVEL 1e-12L /* relative: how level the errors must be */
#define FINE 1e-16L  /* how level they shall be, if the first FINE_TURNS exchanges lead there: they do but for odd tables */
#define FINE_TURNS 200
#define GRID 512     /* first points of the search for the largest error */

#define ROWS (CN_APPROX_DEGREE_MAX + 2)

/** Solve rows equations in place; the last column is the right-hand side, and the result. Elimination with the largest pivot. */
static void solve(long double m[ROWS][ROWS + 1], unsigned rows) {
    for (unsigned k = 0; k < rows; k++) {
        unsigned best = k;
        for (unsigned i = k + 1; i < rows; i++)
            if (fabsl(m[i][k]) > fabsl(m[best][k])) best = i;
        for (unsigned j = k; j <= rows; j++) {
            long double swap = m[k][j];
            m[k][j] = m[best][j];
            m[best][j] = swap;
        }
        for (unsigned i = 0; i < rows; i++) {
            if (i == k) continue;
            long double factor = m[i][k] / m[k][k];
            for (unsigned j = k; j <= rows; j++) m[i][j] -= factor * m[k][j];
        }
    }
    for (unsigned k = 0; k < rows; k++) m[k][rows] /= m[k][k];
}

/** The polynomial whose error p - f at the reference is (-1)^i level.  Returns: level, with its sign. */
static long double level_on(cn_real_poly *p, const cn_fn *f, unsigned degree, const long double *x, long double centre, long double radius) {
    long double m[ROWS][ROWS + 1];
    unsigned rows = degree + 2;
    for (unsigned i = 0; i < rows; i++) {
        long double t = (x[i] - centre) / radius;
        m[i][0] = 1;
        m[i][1] = t;
        for (unsigned j = 2; j <= degree; j++) m[i][j] = 2 * t * m[i][j - 1] - m[i][j - 2];
        m[i][degree + 1] = i % 2 ? 1 : -1;
        m[i][rows] = f->value(f, x[i]);
    }
    solve(m, rows);
    long double c[CN_APPROX_DEGREE_MAX + 1];
    for (unsigned j = 0; j <= degree; j++) c[j] = m[j][rows];
    *p = cn_real_poly_from_chebyshev(c, degree, centre, radius);
    return m[degree + 1][rows];
}

/** Let y into the reference: for the neighbour at which the error has the same sign. positive: the sign at y; level: that at x[0]. */
static void exchange(long double *x, unsigned rows, long double y, bool positive, long double level) {
    unsigned above = 0; /* points below y */
    while (above < rows && x[above] < y) above++;
    bool first = level >= 0, last = (rows - 1) % 2 ? !first : first; /* signs at the ends of the reference */
    if (above == 0) {
        if (first != positive)
            for (unsigned i = rows - 1; i > 0; i--) x[i] = x[i - 1];
        x[0] = y;
    } else if (above == rows) {
        if (last != positive)
            for (unsigned i = 0; i + 1 < rows; i++) x[i] = x[i + 1];
        x[rows - 1] = y;
    } else {
        bool below = (above - 1) % 2 ? !first : first; /* sign at the point below y */
        x[below == positive ? above - 1 : above] = y;
    }
}

/* ---- the largest error, fast: a grid with the kinks, and golden sections about its peaks ------------------ */

static long double size_at(const cn_fn *f, const cn_real_poly *p, long double x) { return fabsl(cn_real_poly_value(p, x) - f->value(f, x)); }

/** The peak of the error's size between l and r, taken to be the only one. */
static cn_extreme peak(const cn_fn *f, const cn_real_poly *p, long double l, long double r) {
    const long double part = 0.381966011250105151795413165634361883L;
    long double u = l + part * (r - l), v = r - part * (r - l), at_u = size_at(f, p, u), at_v = size_at(f, p, v);
    for (int turn = 0; turn < 60 && u < v; turn++) {
        if (at_u > at_v) {
            r = v, v = u, at_v = at_u;
            u = l + part * (r - l), at_u = size_at(f, p, u);
        } else {
            l = u, u = v, at_u = at_v;
            v = r - part * (r - l), at_v = size_at(f, p, v);
        }
    }
    return at_u > at_v ? (cn_extreme){u, at_u} : (cn_extreme){v, at_v};
}

/** The next point of the grid after x, and the kink that comes after it. */
static long double step(const cn_fn *f, long double a, long double b, unsigned *i, size_t *k) {
    long double grid = *i == GRID ? b : a + (b - a) * *i / GRID;
    while (*k < f->kinks && f->kink[*k] <= a) ++*k;
    if (*k < f->kinks && f->kink[*k] < grid) return f->kink[(*k)++];
    if (*k < f->kinks && f->kink[*k] <= grid) ++*k; /* they coincide */
    ++*i;
    return grid;
}

/** Where the size of the error is largest, and how large. Nothing narrower than the grid is seen; the caller checks. */
static cn_extreme farthest(const cn_fn *f, const cn_real_poly *p, long double a, long double b) {
    cn_extreme best = {a, size_at(f, p, a)}, before, now, next = best;
    for (int pass = 0; pass < 2; pass++) { /* the second one looks closer at peaks that come near the largest */
        unsigned i = 1;
        size_t k = 0;
        before = now = (cn_extreme){a, size_at(f, p, a)};
        for (bool end = false; !end; before = now, now = next) {
            end = now.x >= b;
            if (!end) next.x = step(f, a, b, &i, &k), next.error = size_at(f, p, next.x);
            if (pass == 0) {
                if (now.error > best.error) best = now;
            } else if (now.error >= before.error && now.error >= next.error && now.error >= 0.8L * best.error) {
                cn_extreme top = peak(f, p, before.x, next.x);
                if (top.error > best.error) best = top;
            }
        }
    }
    return best;
}

cn_status cn_fit_minimax(cn_minimax *m, const cn_fn *f, unsigned degree, long double a, long double b) {
    unsigned rows = degree + 2;
    long double x[ROWS], centre = (a + b) / 2, radius = (b - a) / 2, gap = 0;
    *m = (cn_minimax){0};
    for (unsigned i = 0; i < rows; i++) /* extremes of a Chebyshev polynomial, pushed towards one end */
        x[i] = i + 1 == rows ? b : i == 0 ? a : centre - radius * cosl(PI * powl((long double)i / (rows - 1), 1.1L));
    for (unsigned turn = 1; turn <= EXCHANGES; turn++) {
        long double level = level_on(&m->p, f, degree, x, centre, radius);
        cn_extreme most = farthest(f, &m->p, a, b);
        long double noise = CN_FN_UNIT * (cn_real_poly_size(&m->p, a) + fabsl(f->value(f, most.x)) + f->top);
        m->iterations = turn;
        m->sup = most.error;
        if (most.error <= 8 * noise) return CN_OK;
        gap = most.error - fabsl(level);
        if (gap <= (turn <= FINE_TURNS ? FINE : LEVEL) * most.error + noise) {
            cn_sup sup = cn_sup_error(f, &m->p, a, b, 1e-3); /* between the grid's points, too? */
            if (sup.lower <= most.error * (1 + 1e-9L) + noise) {
                m->count = rows;
                m->level = most.error;
                for (unsigned i = 0; i < rows; i++) {
                    m->extreme[i] = (cn_extreme){x[i], cn_real_poly_value(&m->p, x[i]) - f->value(f, x[i])};
                    m->level = fminl(m->level, fabsl(m->extreme[i].error));
                }
                return CN_OK;
            }
            most.x = sup.at;
        }
        exchange(x, rows, most.x, cn_real_poly_value(&m->p, most.x) > f->value(f, most.x), level);
    }
    return cn_fail(CN_ERR_UNSUPPORTED, "minimax: expected errors level to 10^-12 after %d exchanges, found %.3Lg left; use another method "
                   "or degree", EXCHANGES, gap);
}
