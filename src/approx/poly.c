/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Evaluation, shift, and change of basis. */

#include "approx/poly.h"

#include <float.h>
#include <math.h>
#include <string.h>

long double cn_real_poly_value(const cn_real_poly *p, long double x) {
    long double t = (x - p->centre) / p->radius, v = p->c[p->degree];
    for (unsigned k = p->degree; k-- > 0;) v = v * t + p->c[k];
    return v;
}

void cn_real_poly_taylor(long double *t, const cn_real_poly *p, long double x) {
    long double at = (x - p->centre) / p->radius, scale = 1;
    memcpy(t, p->c, (p->degree + 1) * sizeof *t);
    for (unsigned i = 0; i < p->degree; i++) /* repeated division by (t - at) */
        for (unsigned k = p->degree; k-- > i;) t[k] += at * t[k + 1];
    for (unsigned k = 1; k <= p->degree; k++) t[k] *= scale /= p->radius;
}

long double cn_real_poly_size(const cn_real_poly *p, long double x) {
    long double t = fabsl((x - p->centre) / p->radius), v = fabsl(p->c[p->degree]);
    for (unsigned k = p->degree; k-- > 0;) v = v * t + fabsl(p->c[k]);
    return v;
}

cn_real_poly cn_real_poly_from_chebyshev(const long double *b, unsigned degree, long double centre, long double radius) {
    cn_real_poly p = {.degree = degree, .centre = centre, .radius = radius};
    long double before[CN_APPROX_DEGREE_MAX + 2] = {0}, now[CN_APPROX_DEGREE_MAX + 2] = {1}; /* T_{j-1}, T_j in powers of t */
    for (unsigned j = 0; j <= degree; j++) {
        long double next[CN_APPROX_DEGREE_MAX + 2] = {0};
        for (unsigned k = 0; k <= j; k++) {
            p.c[k] += b[j] * now[k];
            next[k + 1] += (j ? 2 : 1) * now[k]; /* T_{j+1} = 2 t T_j - T_{j-1}; T_1 = t */
            next[k] -= before[k];
        }
        memcpy(before, now, sizeof now);
        memcpy(now, next, sizeof next);
    }
    return p;
}

void cn_real_poly_to_chebyshev(long double *b, const cn_real_poly *p) {
    long double power[CN_APPROX_DEGREE_MAX + 2] = {1}; /* t^k in Chebyshev polynomials */
    for (unsigned j = 0; j <= p->degree; j++) b[j] = 0;
    for (unsigned k = 0; k <= p->degree; k++) {
        long double next[CN_APPROX_DEGREE_MAX + 2] = {0};
        for (unsigned j = 0; j <= k; j++) {
            b[j] += p->c[k] * power[j];
            if (j == 0) { /* t T_0 = T_1; t T_j = (T_{j-1} + T_{j+1})/2 */
                next[1] += power[0];
            } else {
                next[j - 1] += power[j] / 2;
                next[j + 1] += power[j] / 2;
            }
        }
        memcpy(power, next, sizeof next);
    }
}

cn_real_poly cn_real_poly_plain(const cn_real_poly *p, long double reach) {
    cn_real_poly r = {.degree = p->degree, .centre = 0, .radius = 1};
    long double most = 0, power = 1;
    cn_real_poly_taylor(r.c, p, 0);
    for (unsigned k = 0; k <= r.degree; k++, power *= reach) most = fmaxl(most, fabsl(r.c[k]) * power);
    power = 1;
    for (unsigned k = 0; k <= r.degree; k++, power *= reach)
        r.c[k] = fabsl(r.c[k]) * power <= DBL_EPSILON * most ? 0 : (long double)(double)r.c[k];
    return r;
}
