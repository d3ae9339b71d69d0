/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The largest distance of a polynomial from a function over an interval: a number that is attained, and one that is proved. */

#ifndef CN_APPROX_SUP_H
#define CN_APPROX_SUP_H

#include "approx/function.h"
#include "approx/poly.h"

typedef struct cn_sup {
    long double lower; /* |p - f| at the point at, up to rounding */
    long double upper; /* |p - f| <= upper on the whole interval, rounding included */
    long double at;
} cn_sup;

/** sup |p - f| over [a, b], a <= b within the domain of f (tables: up to rounding).
 *  Method: a grid with all kinks of f as points. In a cell of width h the error e = p - f is twice differentiable, so
 *  |e| <= max at its two ends + h^2/8 max |e''|; cells where that exceeds the largest value found by more than the factor
 *  1 + tolerance are halved, up to 2^20 of them.
 *  Rounding: each value of e is taken to err by at most CN_FN_UNIT (|f| + top + cn_real_poly_size), which covers coefficients wrong in their
 *  last bits too.  In: tolerance > 0.  Time: about 10^3 evaluations for 10^-3, 10^4 for 10^-12, and two per kink. */
cn_sup cn_sup_error(const cn_fn *f, const cn_real_poly *p, long double a, long double b, double tolerance);

#endif
