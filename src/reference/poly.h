/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Multi-precision reference: polynomials in Z[x]/(x^n+1), n a power of two, with GMP integers as coefficients.
 *
 *  The folder reference/ has the textbook schemes, BFV (bfv.h) and YASHE' (yashe.h), for an arbitrary modulus q, prime or
 *  composite: one coefficient is one integer, products are exact in the integers and divided afterwards, nothing is in residues. It is
 *  there to be read beside the papers, to check the fast schemes against, and to repeat old experiments. Every function is VARIABLE
 *  TIME and nothing is wiped: never for secrets that matter. It is no part of the installed library.
 *
 *  A polynomial is an array of n mpz_t from cn_ref_new. [x]_q is x modulo q in (-q/2, q/2] (cn_mpz_centre). Like GMP itself,
 *  everything here ends the process when memory runs out; so the only failure is that of the random generator. Result first, as
 *  everywhere; a result may be the same array as an input unless it says otherwise. */

#ifndef CN_REFERENCE_POLY_H
#define CN_REFERENCE_POLY_H

#include <gmp.h>

#include "arith/rns.h"
#include "util/rng.h"

/** n integers, zero; count such polynomials. Release with the same n and count; NULL is allowed. */
mpz_t *cn_ref_new(size_t n);
void cn_ref_free(mpz_t *a, size_t n);
mpz_t **cn_ref_list_new(size_t count, size_t n);
void cn_ref_list_free(mpz_t **a, size_t count, size_t n);

/** r = a; r = a + b; r = [a]_q. */
void cn_ref_copy(mpz_t *r, mpz_t *a, size_t n);
void cn_ref_add(mpz_t *r, mpz_t *a, mpz_t *b, size_t n);
void cn_ref_reduce(mpz_t *r, mpz_t *a, const mpz_t q, size_t n);

/** r = a b for signed coefficients of any size. By Kronecker substitution: one long product at x = 2^B. */
void cn_ref_mul(mpz_t *r, mpz_t *a, mpz_t *b, size_t n);
/** r = a[0] b[0] + ... + a[count - 1] b[count - 1]; count >= 1. */
void cn_ref_mul_sum(mpz_t *r, mpz_t **a, mpz_t **b, size_t count, size_t n);
/** r = a b by the schoolbook: for small n, and to check the others. r is neither a nor b. */
void cn_ref_mul_schoolbook(mpz_t *r, mpz_t *a, mpz_t *b, size_t n);

/** r = a^-1 modulo q and x^n+1, for any q > 1.  Returns: whether there is one; r is unspecified if not. r is not a. */
bool cn_ref_inverse(mpz_t *r, mpz_t *a, const mpz_t q, size_t n);

/** r = round(a / d) for d > 0, halves upwards. */
void cn_ref_round_div(mpz_t r, const mpz_t a, const mpz_t d);
/** r = round(num a / den), coefficient by coefficient. */
void cn_ref_scale(mpz_t *r, mpz_t *a, const mpz_t num, const mpz_t den, size_t n);

/** What both schemes do with a message modulo t: r = round(q m / t), or floor(q/t) m if floor; and back, r = [round(t/q [x]_q)]_t in
 *  [0, t). */
void cn_ref_encode(mpz_t *r, mpz_t *m, const mpz_t t, const mpz_t q, bool floor, size_t n);
void cn_ref_decode(mpz_t *r, mpz_t *x, const mpz_t t, const mpz_t q, size_t n);

/** Decomp_w for w = 2^bits: a = sum of d[i] w^i, i < digits, coefficients of d[i] in (-w/2, w/2] but for the last ones, which keep
 *  what is left: at most w/2 + 1 in size if |a| <= q/2 and digits = cn_ref_digits(q, bits).
 *  Out: d, a list of digits polynomials, none of them a. */
void cn_ref_decompose(mpz_t **d, mpz_t *a, unsigned bits, unsigned digits, size_t n);
/** Digits of base 2^bits that q has. */
unsigned cn_ref_digits(const mpz_t q, unsigned bits);

/** Random polynomials: uniform in {-1, 0, 1}; centred binomial with parameter 21, the error distribution; uniform in [0, q).
 *  Returns: CN_OK, CN_ERR_RANDOM. */
cn_status cn_ref_sample_ternary(mpz_t *a, size_t n, cn_rng *rng);
cn_status cn_ref_sample_error(mpz_t *a, size_t n, cn_rng *rng);
cn_status cn_ref_sample_uniform(mpz_t *a, const mpz_t q, size_t n, cn_rng *rng);
/** The integers v[0..n). */
void cn_ref_set_small(mpz_t *a, const int8_t *v, size_t n);

#endif
