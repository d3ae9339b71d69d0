/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Polynomials of small degree over the reals: about the middle of an interval, where they are well conditioned, and in plain powers
 *  of x, which networks evaluate. */

#ifndef CN_APPROX_POLY_H
#define CN_APPROX_POLY_H

#include "util/common.h"

#define CN_APPROX_DEGREE_MAX 9

/** p(x) = sum over k <= degree of c[k] ((x - centre)/radius)^k. Plain powers: centre 0, radius 1. */
typedef struct cn_real_poly {
    unsigned degree;
    long double centre, radius; /* radius > 0 */
    long double c[CN_APPROX_DEGREE_MAX + 1];
} cn_real_poly;

long double cn_real_poly_value(const cn_real_poly *p, long double x);

/** Derivatives at x, divided by factorials: p(x + h) = sum of t[k] h^k.  Out: t[0 .. degree]. */
void cn_real_poly_taylor(long double *t, const cn_real_poly *p, long double x);

/** The sum of |c[k] ((x - centre)/radius)^k|: rounding errors of an evaluation are small multiples of it. */
long double cn_real_poly_size(const cn_real_poly *p, long double x);

/** The polynomial sum of b[j] T_j(t), t = (x - centre)/radius, T_j the Chebyshev polynomials. */
cn_real_poly cn_real_poly_from_chebyshev(const long double *b, unsigned degree, long double centre, long double radius);

/** Inverse of it: b[0 .. degree]. */
void cn_real_poly_to_chebyshev(long double *b, const cn_real_poly *p);

/** The same polynomial in powers of x, as far as doubles can hold it: each coefficient is rounded to a double, and those that are
 *  nothing but rounding on |x| <= reach, below 2^-52 of the largest term, become 0. */
cn_real_poly cn_real_poly_plain(const cn_real_poly *p, long double reach);

#endif
