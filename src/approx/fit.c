/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Interpolation and least squares. Remez' algorithm: remez.c. */

#include "approx/fit.h"

#include <math.h>

#include "util/mem.h"

#define PI 3.14159265358979323846264338327950288L
#define GAUSS 16 /* quadrature points per piece */

cn_real_poly cn_fit_chebyshev(const cn_fn *f, unsigned degree, long double a, long double b) {
    unsigned n = degree + 1;
    long double c[CN_APPROX_DEGREE_MAX + 1] = {0}, centre = (a + b) / 2, radius = (b - a) / 2;
    for (unsigned k = 0; k < n; k++) {
        long double angle = (2 * k + 1) * PI / (2 * n);
        long double y = f->value(f, fminl(fmaxl(centre + radius * cosl(angle), a), b));
        for (unsigned j = 0; j < n; j++) c[j] += (j ? 2 : 1) * y * cosl(j * angle) / n; /* discrete orthogonality */
    }
    return cn_real_poly_from_chebyshev(c, degree, centre, radius);
}

/* ---- least squares ----------------------------------------------------------------------------------- */

/** Nodes and weights of Gauss and Legendre on [-1, 1]: Newton's method on the Legendre polynomial. */
static void gauss_legendre(long double *x, long double *w) {
    for (unsigned i = 0; i < GAUSS; i++) {
        long double z = cosl(PI * (i + 0.75L) / (GAUSS + 0.5L)), slope = 1;
        for (int turn = 0; turn < 10; turn++) {
            long double before = 0, now = 1;
            for (unsigned k = 1; k <= GAUSS; k++) {
                long double next = ((2 * k - 1) * z * now - (k - 1) * before) / k;
                before = now;
                now = next;
            }
            slope = GAUSS * (z * now - before) / (z * z - 1);
            z -= now / slope;
        }
        x[i] = z;
        w[i] = 2 / ((1 - z * z) * slope * slope);
    }
}

/** Points of the quadrature, in t = (x - centre)/radius; what is left of f there; two orthogonal polynomials. */
typedef struct sample {
    long double t, weight, rest, before, now;
} sample;

typedef struct quadrature {
    sample *s;
    size_t count;
} quadrature;

/** Pieces of equal length, cut again at kinks. s = NULL: only count. */
static void lay_out(quadrature *q, const cn_fn *f, long double a, long double b, long double sigma) {
    long double x[GAUSS], w[GAUSS], centre = (a + b) / 2, radius = (b - a) / 2;
    unsigned pieces = (unsigned)fminl(fmaxl(ceill((b - a) * 2), 128), 4096);
    size_t k = 0;
    long double last = a;
    gauss_legendre(x, w);
    q->count = 0;
    while (k < f->kinks && f->kink[k] <= a) k++;
    for (unsigned i = 1; i <= pieces; i++) {
        long double end = i == pieces ? b : a + (b - a) * i / pieces;
        while (last < end) {
            long double next = k < f->kinks && f->kink[k] < end ? f->kink[k++] : end;
            for (unsigned g = 0; g < GAUSS; g++, q->count++) {
                if (!q->s) continue;
                long double at = (last + next) / 2 + (next - last) / 2 * x[g], z = sigma > 0 ? (at - centre) / sigma : 0;
                q->s[q->count] = (sample){.t = (at - centre) / radius, .weight = w[g] * (next - last) / 2 * expl(-z * z / 2),
                                          .rest = f->value(f, at), .now = 1};
            }
            last = next;
        }
        while (k < f->kinks && f->kink[k] <= end) k++;
    }
}

/** Sums over the points of weight times: now^2, t now^2, rest now. */
static void moments(const quadrature *q, long double sum[3]) {
    sum[0] = sum[1] = sum[2] = 0;
    for (size_t i = 0; i < q->count; i++) {
        const sample *s = &q->s[i];
        sum[0] += s->weight * s->now * s->now;
        sum[1] += s->weight * s->t * s->now * s->now;
        sum[2] += s->weight * s->rest * s->now;
    }
}

cn_status cn_fit_least_squares(cn_real_poly *p, const cn_fn *f, unsigned degree, long double a, long double b, long double sigma) {
    quadrature q = {NULL, 0};
    lay_out(&q, f, a, b, sigma);
    q.s = cn_malloc(q.count, sizeof *q.s);
    if (!q.s) return CN_ERR_MEMORY;
    lay_out(&q, f, a, b, sigma);

    cn_real_poly r = {.degree = degree, .centre = (a + b) / 2, .radius = (b - a) / 2};
    /* orthogonal polynomials in powers of t: pi_{k+1} = (t - alpha) pi_k - beta pi_{k-1} */
    long double before[CN_APPROX_DEGREE_MAX + 2] = {0}, now[CN_APPROX_DEGREE_MAX + 2] = {1}, norm_before = 1;
    for (unsigned k = 0; k <= degree; k++) {
        long double sum[3];
        moments(&q, sum);
        long double alpha = sum[1] / sum[0], beta = k ? sum[0] / norm_before : 0, share = sum[2] / sum[0];
        long double next[CN_APPROX_DEGREE_MAX + 2] = {0};
        for (unsigned j = 0; j <= k; j++) {
            r.c[j] += share * now[j];
            next[j + 1] += now[j];
            next[j] -= alpha * now[j] + beta * before[j];
        }
        for (size_t i = 0; i < q.count; i++) {
            sample *s = &q.s[i];
            long double v = (s->t - alpha) * s->now - beta * s->before;
            s->rest -= share * s->now; /* what is orthogonal stays so; subtracting keeps rounding small */
            s->before = s->now;
            s->now = v;
        }
        for (unsigned j = 0; j < CN_ARRAY_LEN(now); j++) before[j] = now[j], now[j] = next[j];
        norm_before = sum[0];
    }
    cn_free(q.s);
    *p = r;
    return CN_OK;
}
