/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Branch and bound over cells between grid points. */

#include "approx/sup.h"

#include <math.h>

#define CELLS 256          /* first grid */
#define DEPTH_MAX 48       /* halvings of one of its cells */
#define BUDGET (1ul << 20) /* halvings in all */

typedef struct search {
    const cn_fn *f;
    const cn_real_poly *p;
    double tolerance;
    unsigned long halved;
    cn_sup best;
} search;

/** A grid point: the size of the error there, and the most that rounding can hide. */
typedef struct point {
    long double x, error, slack;
} point;

static point look(search *s, long double x) {
    long double f = s->f->value(s->f, x), p = cn_real_poly_value(s->p, x);
    point r = {x, fabsl(p - f), CN_FN_UNIT * (fabsl(f) + s->f->top + cn_real_poly_size(s->p, x))};
    if (r.error > s->best.lower) s->best.lower = r.error, s->best.at = x;
    return r;
}

/** Bound |e''| between l and r, where no kink lies: p'' by its Taylor series about the middle, f'' by the function's own bound. */
static long double bend(const search *s, point l, point r) {
    long double t[CN_APPROX_DEGREE_MAX + 1], h = (r.x - l.x) / 2, power = 1, sum = 0;
    cn_real_poly_taylor(t, s->p, l.x + h);
    for (unsigned k = 2; k <= s->p->degree; k++, power *= h) sum += (long double)(k * (k - 1)) * fabsl(t[k]) * power;
    long double least = l.x > 0 ? l.x : r.x < 0 ? -r.x : 0;
    return sum + s->f->curvature(s->f, least);
}

static void cell(search *s, point l, point r, unsigned depth) {
    long double h = r.x - l.x;
    long double slack = fmaxl(l.slack, r.slack);
    /* one slack for the values at the ends; one for the bend: p'' is wrong by few units of 2^-63 of degree^2 |c| |x|^(k-2), and
     * h is at most twice the larger |x| (both counted from the centre, in radii) */
    long double bound = fmaxl(l.error, r.error) + h * h / 8 * bend(s, l, r) * (1 + 0x1p-50L) + 2 * slack;
    long double goal = s->best.lower * (1 + s->tolerance) + 4 * slack;
    long double mid = l.x + h / 2;
    if (bound <= goal || depth == DEPTH_MAX || s->halved >= BUDGET || !(mid > l.x && mid < r.x)) {
        s->best.upper = fmaxl(s->best.upper, bound);
        return;
    }
    s->halved++;
    point m = look(s, mid);
    cell(s, l, m, depth + 1);
    cell(s, m, r, depth + 1);
}

/** Go over the grid, kinks included; open the cells on the second pass, when a good lower bound is known. */
static void walk(search *s, long double a, long double b, bool open) {
    size_t k = 0;
    while (k < s->f->kinks && s->f->kink[k] <= a) k++;
    point last = look(s, a);
    for (unsigned i = 1; i <= CELLS; i++) {
        long double end = i == CELLS ? b : a + (b - a) * i / CELLS;
        while (last.x < end) {
            bool kink = k < s->f->kinks && s->f->kink[k] < end;
            point next = look(s, kink ? s->f->kink[k++] : end);
            if (open) cell(s, last, next, 0);
            last = next;
        }
        while (k < s->f->kinks && s->f->kink[k] <= end) k++;
    }
}

cn_sup cn_sup_error(const cn_fn *f, const cn_real_poly *p, long double a, long double b, double tolerance) {
    search s = {.f = f, .p = p, .tolerance = tolerance, .best = {.at = a}};
    point first = look(&s, a);
    s.best.upper = first.error + 2 * first.slack; /* a = b: nothing else is looked at */
    walk(&s, a, b, false);
    walk(&s, a, b, true);
    return s.best;
}
