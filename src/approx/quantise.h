/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Integer coefficients, as networks have them.
 *
 *  An activation of an integer network reads v = X x, X integers per real unit, and a polynomial of degree d on integers is read as
 *  S X^d integers per real unit of its result:
 *
 *      sum C_k v^k  stands for  S X^d p(v / X),   so   C_k = S X^(d-k) c_k, rounded to the nearest integer. */

#ifndef CN_APPROX_QUANTISE_H
#define CN_APPROX_QUANTISE_H

#include <gmp.h>

#include "approx/poly.h"

typedef struct cn_quantised {
    unsigned degree;
    double scale, input_scale;                 /* S, X */
    mpz_t c[CN_APPROX_DEGREE_MAX + 1];
    cn_real_poly p;          /* what they stand for, in real units: C_k / (S X^(d-k)), to the last bits of long doubles */
    double rounding;    /* sum |C_k / (S X^(d-k)) - c_k| reach^k in exact rationals, rounded up: p moves by no more on |x| <= reach */
} cn_quantised;

/** Round the plain polynomial p (centre 0, radius 1, coefficients doubles), halves away from 0.
 *  In: scale, input_scale finite and positive; reach >= 0.  Out: *q, released with cn_quantised_clear in every case.
 *  Returns: CN_OK; CN_ERR_RANGE (a coefficient of 2^63 or more, which no model file can hold). */
CN_MUST_USE cn_status cn_quantise(cn_quantised *q, const cn_real_poly *p, double scale, double input_scale, double reach);
void cn_quantised_clear(cn_quantised *q);

#endif
