/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Independent reference results over the integers, by GMP. */

#ifndef CN_TESTS_ORACLE_H
#define CN_TESTS_ORACLE_H

#include <gmp.h>
#include <stddef.h>

/** n integers, zero; release with tst_mpz_free. */
mpz_t *tst_mpz_new(size_t n);
void tst_mpz_free(mpz_t *x, size_t n);

/** r = a b in Z[x]/(x^n+1) for signed coefficients of any size, n each; no overlap of r with a or b.
 *  Kronecker substitution: one long product at x = 2^B. */
void tst_poly_mul_negacyclic(mpz_t *r, mpz_t *a, mpz_t *b, size_t n);
/** The same by the schoolbook: for small n, to check the other. */
void tst_poly_mul_schoolbook(mpz_t *r, mpz_t *a, mpz_t *b, size_t n);

#endif
