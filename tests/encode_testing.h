/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What the tests of the encoders share: two sets of keys, and 128-bit integers beside GMP's. */

#ifndef CN_TESTS_ENCODE_TESTING_H
#define CN_TESTS_ENCODE_TESTING_H

#include <check.h>
#include <gmp.h>

#include "cryptonets_encode.h"
#include "he_testing.h"

/** Two branches at realistic size, n = 8192; and in a ring of 8, for what needs many cases. Made and released by the fixture. */
extern tst_he tst_encode_he, tst_encode_toy;
void tst_encode_setup(void);
void tst_encode_teardown(void);

/** In [0, below). */
cn_i128 tst_integer(cn_i128 below);

/** z = x; and the test fails, showing both, unless found is expected. */
void tst_set_i128(mpz_t z, cn_i128 x);
void tst_expect_integer(cn_i128 found, const mpz_t expected);

/** The tests of test_encode_digits.c, a part of the suite "encode". */
TCase *tst_encode_digits_cases(void);

#endif
