/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What the tests of the encoders share. */

#include "encode_testing.h"

#include "he/params.h"
#include "testing.h"

tst_he tst_encode_he, tst_encode_toy;

void tst_encode_setup(void) {
    cn_params p = tst_he_params(8192, 4, 45, 0, 2, 1 << 24, 0);
    tst_encode_he = tst_he_new(&p);
    cn_test_allow_toy_rings(true);
    cn_params q = tst_he_params(8, 4, 40, 0, 2, 4000, 0);
    tst_encode_toy = tst_he_new(&q);
}

void tst_encode_teardown(void) {
    tst_he_free(&tst_encode_he);
    tst_he_free(&tst_encode_toy);
}

cn_i128 tst_integer(cn_i128 below) { return (cn_i128)(((cn_u128)tst_u64() << 62 | tst_u64() >> 2) % (cn_u128)below); }

void tst_set_i128(mpz_t z, cn_i128 x) {
    cn_u128 m = x < 0 ? -(cn_u128)x : (cn_u128)x;
    mpz_set_ui(z, (unsigned long)(m >> 64));
    mpz_mul_2exp(z, z, 64);
    mpz_add_ui(z, z, (unsigned long)(uint64_t)m);
    if (x < 0) mpz_neg(z, z);
}

void tst_expect_integer(cn_i128 found, const mpz_t expected) {
    mpz_t z;
    mpz_init(z);
    tst_set_i128(z, found);
    if (mpz_cmp(z, expected)) {
        char text[200];
        gmp_snprintf(text, sizeof text, "found %Zd, expected %Zd", z, expected);
        ck_abort_msg("%s", text);
    }
    mpz_clear(z);
}
