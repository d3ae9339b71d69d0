/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Shared pieces of the suites of the multi-precision reference. */

#include "reference_testing.h"

#include "testing.h"

void tst_expect_poly(mpz_t *found, mpz_t *expected, size_t n) {
    tst_count_comparisons(n);
    for (size_t k = 0; k < n; k++)
        if (mpz_cmp(found[k], expected[k]) != 0) {
            char text[400];
            gmp_snprintf(text, sizeof text, "coefficient %zu: found %Zd, expected %Zd", k, found[k], expected[k]);
            ck_abort_msg("%s", text);
        }
}

void tst_modulus(mpz_t q, int i) {
    static const unsigned bits[TST_MODULI] = {127, 128, 89, 350};
    mpz_init(q);
    mpz_setbit(q, bits[i]);
    if (i != 1) mpz_sub_ui(q, q, 1);
    if (i == 2) mpz_mul_ui(q, q, ((uint64_t)1 << 61) - 1); /* (2^89 - 1)(2^61 - 1) */
    if (i == 3) mpz_mul_2exp(q, q, 33), mpz_add_ui(q, q, 1); /* 2^383 - 2^33 + 1 */
}

void tst_nth_poly(mpz_t *a, uint64_t i, uint64_t q, size_t n) {
    for (size_t k = 0; k < n; k++, i /= q) mpz_set_ui(a[k], i % q);
}
