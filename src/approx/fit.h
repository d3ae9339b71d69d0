/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Polynomials that stand for a function on an interval, by three criteria. All of them come out about the middle of the interval
 *  (centre (a + b)/2, radius (b - a)/2); cn_real_poly_plain makes powers of x of them.
 *
 *  In all of them: f accepted by cn_fn_check_interval on [a, b]; degree 1 .. CN_APPROX_DEGREE_MAX. */

#ifndef CN_APPROX_FIT_H
#define CN_APPROX_FIT_H

#include "approx/sup.h"

/** The polynomial that equals f at the degree + 1 Chebyshev points cos((2 k + 1) pi/(2 degree + 2)), scaled to the interval. */
cn_real_poly cn_fit_chebyshev(const cn_fn *f, unsigned degree, long double a, long double b);

/** The polynomial with the least integral of w (p - f)^2 over [a, b]: w = 1 (sigma = 0), or w = exp(-(x - m)^2/(2 sigma^2)) about
 *  the middle m of the interval, sigma from (b - a)/100 to 100 (b - a).
 *  Method: Gauss-Legendre quadrature between kinks, on pieces of half a unit or less; orthogonal polynomials for that sum by the
 *  three-term recurrence (Stieltjes); expansion in them.
 *  Out: *p, unchanged on failure.  Returns: CN_OK, CN_ERR_MEMORY. */
CN_MUST_USE cn_status cn_fit_least_squares(cn_real_poly *p, const cn_fn *f, unsigned degree, long double a, long double b, long double sigma);

/** A point of the minimax error: p - f there. */
typedef struct cn_extreme {
    long double x, error;
} cn_extreme;

/** What Remez' algorithm leaves: the polynomial and degree + 2 points at which its error alternates. */
typedef struct cn_minimax {
    cn_real_poly p;
    unsigned count;      /* degree + 2; 0 if f equals p on a grid of 512 points and its kinks, up to rounding */
    cn_extreme extreme[CN_APPROX_DEGREE_MAX + 2]; /* ascending in x, errors of alternating sign */
    long double level;   /* the least |error| of them: no polynomial of the degree comes closer to f (de la Vallee Poussin) */
    long double sup;     /* the largest |error| found on the interval: level <= sup <= level (1 + 10^-12), up to rounding; that
                          * there is none larger by a thousandth is checked by cn_sup_error */
    unsigned iterations;
} cn_minimax;

/** The polynomial with the least largest error: Remez' algorithm with the exchange of one point at a time, which converges for
 *  every continuous f from every start whose level is not 0, symmetric or with kinks as it may be.
 *  Out: *m, unspecified on failure.  Returns: CN_OK; CN_ERR_UNSUPPORTED (not level to 10^-12 after 1000 exchanges). */
CN_MUST_USE cn_status cn_fit_minimax(cn_minimax *m, const cn_fn *f, unsigned degree, long double a, long double b);

#endif
