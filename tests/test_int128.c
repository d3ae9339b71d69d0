/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** 128-bit text and residues, against GMP. */

#include "arith/int128.h"

#include <gmp.h>
#include <string.h>

#include "arith/rns.h"
#include "testing.h"

#define I128_MAX ((cn_i128)((((cn_u128)1) << 127) - 1))

static cn_i128 biased_i128(void) {
    cn_u128 x = ((cn_u128)tst_biased(0) << 64 | tst_biased(0)) >> tst_below(128);
    return (cn_i128)x;
}

START_TEST(format_known) {
    char text[CN_I128_TEXT];
    ck_assert_str_eq(cn_i128_format(text, 0), "0");
    ck_assert_str_eq(cn_i128_format(text, 7), "7");
    ck_assert_str_eq(cn_i128_format(text, -10), "-10");
    ck_assert_str_eq(cn_i128_format(text, I128_MAX), "170141183460469231731687303715884105727");
    ck_assert_str_eq(cn_i128_format(text, -I128_MAX - 1), "-170141183460469231731687303715884105728");
    ck_assert_ptr_eq(cn_i128_format(text, 1), text);
}
END_TEST

START_TEST(round_trip_against_gmp) {
    mpz_t z;
    mpz_init(z);
    for (size_t i = 0; i < TST_ITERS(20000); i++) {
        cn_i128 x = biased_i128(), y = 0;
        char text[CN_I128_TEXT], expected[CN_I128_TEXT + 2];
        cn_mpz_set_i128(z, x);
        mpz_get_str(expected, 10, z);
        TST_CHECK(strcmp(cn_i128_format(text, x), expected) == 0);
        if (x == -I128_MAX - 1) continue;
        TST_EQ(cn_i128_parse(&y, text, strlen(text)), CN_OK);
        TST_CHECK(x == y);
    }
    mpz_clear(z);
}
END_TEST

START_TEST(parse_accepts) {
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"+0", 0},
                {"+17", 17},
                {"-17", -17},
                {"000000000000000000000000000000000000000000000"
                 "00000000000000012",
                 12},
                {"9223372036854775807", INT64_MAX}};
    cn_i128 x = 0;
    for (size_t i = 0; i < CN_ARRAY_LEN(good); i++) {
        ck_assert_int_eq(cn_i128_parse(&x, good[i].text, strlen(good[i].text)), CN_OK);
        ck_assert(x == good[i].value);
    }
    ck_assert_int_eq(cn_i128_parse(&x, "1234", 2), CN_OK);
    ck_assert(x == 12);
    const char *max = "170141183460469231731687303715884105727",
               *min = "-170141183460469231731687303715884105727";
    ck_assert_int_eq(cn_i128_parse(&x, max, strlen(max)), CN_OK);
    ck_assert(x == I128_MAX);
    ck_assert_int_eq(cn_i128_parse(&x, min, strlen(min)), CN_OK);
    ck_assert(x == -I128_MAX);
}
END_TEST

START_TEST(parse_refuses) {
    static const struct {
        const char *text;
        cn_status status;
    } bad[] = {
        {"", CN_ERR_FORMAT}, {"+", CN_ERR_FORMAT}, {"-", CN_ERR_FORMAT}, {"--1", CN_ERR_FORMAT},
        {"+-1", CN_ERR_FORMAT}, {" 1", CN_ERR_FORMAT}, {"1 ", CN_ERR_FORMAT}, {"1\n", CN_ERR_FORMAT},
        {"0x1", CN_ERR_FORMAT}, {"1e3", CN_ERR_FORMAT}, {"1.", CN_ERR_FORMAT}, {"12:", CN_ERR_FORMAT},
        {"1/", CN_ERR_FORMAT},
        {"170141183460469231731687303715884105728", CN_ERR_RANGE},
        {"-170141183460469231731687303715884105728", CN_ERR_RANGE},
        {"170141183460469231731687303715884105730", CN_ERR_RANGE},
        {"340282366920938463463374607431768211456", CN_ERR_RANGE},
        {"340282366920938463463374607431768211457000", CN_ERR_RANGE},
        {"999999999999999999999999999999999999999999999999999999999999999999", CN_ERR_RANGE},
        {"9999999999999999999999999999999999999999999999999x", CN_ERR_FORMAT},
    };
    for (size_t i = 0; i < CN_ARRAY_LEN(bad); i++) {
        cn_i128 x = 4711;
        ck_assert_msg(cn_i128_parse(&x, bad[i].text, strlen(bad[i].text)) == bad[i].status, "'%s'",
                      bad[i].text);
        ck_assert(x == 4711);
    }
    cn_i128 x = 4711;
    ck_assert_int_eq(cn_i128_parse(&x, "1\0002", 3), CN_ERR_FORMAT);
}
END_TEST

START_TEST(mod_against_gmp) {
    mpz_t z;
    mpz_init(z);
    for (size_t i = 0; i < TST_ITERS(20000); i++) {
        cn_mod m;
        uint64_t q = tst_biased((uint64_t)1 << CN_MOD_BITS_MAX) | 3;
        TST_CHECK(cn_mod_init(&m, q));
        cn_i128 x = i < 8 ? -I128_MAX - 1 : i < 16 ? I128_MAX : biased_i128();
        cn_mpz_set_i128(z, x);
        TST_EQ(cn_i128_mod(x, &m), mpz_fdiv_ui(z, q));
    }
    mpz_clear(z);
}
END_TEST

Suite *cn_suite_int128(void) {
    Suite *s = suite_create("int128");
    TCase *tc = tcase_create("core");
    tcase_add_test(tc, format_known);
    tcase_add_test(tc, round_trip_against_gmp);
    tcase_add_test(tc, parse_accepts);
    tcase_add_test(tc, parse_refuses);
    tcase_add_test(tc, mod_against_gmp);
    suite_add_tcase(s, tc);
    return s;
}
