/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What the suites of the multi-precision reference share. */

#ifndef CN_TESTS_REFERENCE_TESTING_H
#define CN_TESTS_REFERENCE_TESTING_H

#include <check.h>
#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

/** n equal integers, or the test fails and shows the first difference. */
void tst_expect_poly(mpz_t *found, mpz_t *expected, size_t n);

/** A modulus, initialised: i = 0 the prime 2^127 - 1, 1 a power of two, 2 a product of two primes, 3 the prime of the 2016 paper. */
#define TST_MODULI 4
void tst_modulus(mpz_t q, int i);

/** All polynomials of Z_q[x]/(x^n+1) in turn: the digits of i in base q. */
void tst_nth_poly(mpz_t *a, uint64_t i, uint64_t q, size_t n);

/** Test cases of test_reference_schemes.c and test_paper2016.c, parts of the suite "reference". */
TCase *tst_reference_scheme_cases(void);
TCase *tst_paper2016_cases(void);

#endif
