/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Digit polynomials: every number of small formats and the next ones beyond, wide ones against GMP, sums and products under encryption
 *  against exact integers, with bounds that are reached and never passed. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode_testing.h"
#include "testing.h"

/** All numerators that fit, and the next ones, in small formats: digits in range, at their places, and worth the number. */
START_TEST(every_number) {
    for (unsigned base = 2; base <= 7; base++) {
        for (size_t whole = 1; whole <= 3; whole++) {
            for (size_t fraction = 0; fraction <= 2; fraction++) {
                cn_digits d;
                ck_assert_int_eq(cn_digits_new(&d, base, whole, fraction, tst_encode_toy.ctx), CN_OK);
                int64_t largest = 0, c[8];
                for (size_t k = 0; k < whole + fraction; k++) largest = largest * base + base / 2;
                for (int64_t v = -largest - 1; v <= largest + 1; v++) {
                    memset(c, 1, sizeof c);
                    cn_status s = cn_digits_encode(c, v, &d, tst_encode_toy.ctx);
                    if (v < -largest || v > largest) {
                        ck_assert_int_eq(s, CN_ERR_RANGE);
                        for (int k = 0; k < 8; k++) ck_assert(c[k] == 0);
                        continue;
                    }
                    ck_assert_int_eq(s, CN_OK);
                    int64_t value = 0;
                    for (size_t k = 0; k < 8; k++) ck_assert(k < whole || k >= 8 - fraction || c[k] == 0);
                    for (size_t k = whole; k-- > 0;) value = value * base + c[k];
                    for (size_t k = 8; k-- > 8 - fraction;) value = value * base - c[k];
                    cn_i128 wide[8], back;
                    for (int k = 0; k < 8; k++) {
                        ck_assert(2 * c[k] <= (int64_t)base && -2 * c[k] <= (int64_t)base);
                        wide[k] = c[k];
                    }
                    ck_assert_int_eq(value, v);
                    ck_assert_int_eq(cn_digits_decode(&back, wide, &d, tst_encode_toy.ctx), CN_OK);
                    ck_assert(back == v);
                }
            }
        }
    }
}
END_TEST

/** Wide numerators in every kind of base, against GMP; at 2^126 and beyond decoding refuses. */
START_TEST(wide_numbers) {
    mpz_t sum, term;
    mpz_inits(sum, term, NULL);
    unsigned bases[] = {2, 3, 10, 255, 256, 65535, CN_DIGITS_BASE_MAX};
    int64_t *c = calloc(tst_encode_he.n, sizeof *c);
    cn_i128 *wide = calloc(tst_encode_he.n, sizeof *wide), back;
    for (size_t i = 0; i < TST_ITERS(300); i++) {
        unsigned base = bases[tst_below(CN_ARRAY_LEN(bases))];
        size_t digits = (size_t)(126 / log2(base)) + 2, fraction = tst_below(digits);
        cn_digits d;
        ck_assert_int_eq(cn_digits_new(&d, base, digits - fraction, fraction, tst_encode_he.ctx), CN_OK);
        cn_i128 v = tst_integer((cn_i128)1 << (1 + tst_below(125)));
        if (tst_below(2)) v = -v;
        ck_assert_msg(cn_digits_encode(c, v, &d, tst_encode_he.ctx) == CN_OK, "base %u: %s", base, cn_error_text());
        mpz_set_ui(sum, 0);
        for (size_t k = digits; k-- > 0;) {
            int64_t digit = k >= fraction ? c[k - fraction] : -c[tst_encode_he.n - fraction + k];
            mpz_mul_ui(sum, sum, base);
            if (digit < 0) mpz_sub_ui(sum, sum, (unsigned long)-digit);
            else mpz_add_ui(sum, sum, (unsigned long)digit);
        }
        tst_expect_integer(v, sum);
        for (size_t k = 0; k < tst_encode_he.n; k++) wide[k] = c[k];
        ck_assert_int_eq(cn_digits_decode(&back, wide, &d, tst_encode_he.ctx), CN_OK);
        ck_assert(back == v);
    }
    cn_digits d;
    ck_assert_int_eq(cn_digits_new(&d, 256, 17, 0, tst_encode_he.ctx), CN_OK);
    memset(wide, 0, tst_encode_he.n * sizeof *wide);
    wide[15] = 63; /* 2^126 - 2^120 */
    ck_assert_int_eq(cn_digits_decode(&back, wide, &d, tst_encode_he.ctx), CN_OK);
    ck_assert(back == (cn_i128)63 << 120);
    wide[15] = 64;
    ck_assert_int_eq(cn_digits_decode(&back, wide, &d, tst_encode_he.ctx), CN_ERR_RANGE);
    wide[15] = 0;
    wide[16] = -1; /* -2^128 */
    ck_assert_int_eq(cn_digits_decode(&back, wide, &d, tst_encode_he.ctx), CN_ERR_RANGE);
    ck_assert(back == 0);
    free(c);
    free(wide);
    mpz_clears(sum, term, NULL);
}
END_TEST

/** Format and coefficients of one number, everything at its largest. */
static void largest_number(int64_t *c, cn_digits *d, unsigned base, size_t whole, size_t fraction, cn_i128 *numerator, bool negative) {
    ck_assert_int_eq(cn_digits_new(d, base, whole, fraction, tst_encode_toy.ctx), CN_OK);
    *numerator = 0;
    for (size_t k = 0; k < whole + fraction; k++) *numerator = *numerator * base + base / 2;
    if (negative) *numerator = -*numerator;
    ck_assert_int_eq(cn_digits_encode(c, *numerator, d, tst_encode_toy.ctx), CN_OK);
}

/** Products and sums under encryption, with all digits as large as they can be: the numbers are right and coefficients reach
 *  the bound of the format, so it cannot be smaller; nor may there be one digit less. */
START_TEST(digits_encrypted) {
    size_t n = tst_encode_toy.n;
    for (size_t wa = 1; wa <= 3; wa++) {
        for (size_t fa = 0; fa <= 2; fa++) {
            for (int minus = 0; minus < 2; minus++) {
                cn_digits da, db, product, total;
                int64_t a[8], b[8], s[8];
                cn_i128 va, vb, coefficients[8], found;
                uint64_t out[16];
                largest_number(a, &da, 10, wa, fa, &va, false);
                largest_number(b, &db, 10, 2, 1, &vb, minus);
                ck_assert_int_eq(cn_digits_mul(&product, &da, &db, tst_encode_toy.ctx), CN_OK);
                ck_assert_int_eq(cn_digits_add(&total, &product, &product, tst_encode_toy.ctx), CN_OK);
                for (unsigned j = 0; j < 2; j++) {
                    cn_cipher *x, *y;
                    ck_assert_int_eq(cn_slots_from_coefficients(s, a, n, j, tst_encode_toy.ctx), CN_OK);
                    ck_assert_int_eq(cn_encrypt_secret(&x, s, n, j, tst_encode_toy.sk, tst_encode_toy.ctx), CN_OK);
                    ck_assert_int_eq(cn_slots_from_coefficients(s, b, n, j, tst_encode_toy.ctx), CN_OK);
                    ck_assert_int_eq(cn_encrypt_public(&y, s, n, j, tst_encode_toy.pk, tst_encode_toy.ctx), CN_OK);
                    ck_assert_int_eq(cn_mul(x, y, tst_encode_toy.ctx), CN_OK);
                    ck_assert_int_eq(cn_add(x, x, tst_encode_toy.ctx), CN_OK);
                    ck_assert_int_eq(cn_decrypt(out + j * n, n, x, tst_encode_toy.sk, tst_encode_toy.ctx), CN_OK);
                    ck_assert_int_eq(cn_coefficients_from_slots(out + j * n, j, tst_encode_toy.ctx), CN_OK);
                    cn_cipher_free(x);
                    cn_cipher_free(y);
                }
                ck_assert_int_eq(cn_crt_join_signed(coefficients, out, n, tst_encode_toy.ctx), CN_OK);
                ck_assert_int_eq(cn_digits_decode(&found, coefficients, &total, tst_encode_toy.ctx), CN_OK);
                ck_assert(found == 2 * va * vb); /* over 10^(fa + 1) */
                cn_i128 reached = 0;
                for (size_t k = 0; k < n; k++) {
                    cn_i128 c = coefficients[k] < 0 ? -coefficients[k] : coefficients[k];
                    reached = c > reached ? c : reached;
                }
                ck_assert(reached == total.bound);
                cn_digits tight = total;
                tight.bound--;
                ck_assert_int_eq(cn_digits_decode(&found, coefficients, &tight, tst_encode_toy.ctx), CN_ERR_RANGE);
                tight = total;
                tight.fraction--;
                ck_assert_int_eq(cn_digits_decode(&found, coefficients, &tight, tst_encode_toy.ctx), CN_ERR_RANGE);
                tight = total;
                if (tight.whole > 1) {
                    tight.whole--;
                    ck_assert_int_eq(cn_digits_decode(&found, coefficients, &tight, tst_encode_toy.ctx), CN_ERR_RANGE);
                }
            }
        }
    }
}
END_TEST

/** Growth: refused where digits would meet around x^n, or coefficients could pass T/2. */
START_TEST(digits_limits) {
    cn_digits a, b, r;
    cn_i128 max = cn_integer_max(tst_encode_toy.ctx);
    ck_assert_int_eq(cn_digits_new(&a, 10, 4, 4, tst_encode_toy.ctx), CN_OK);
    ck_assert_int_eq(cn_digits_new(&r, 10, 4, 5, tst_encode_toy.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_digits_new(&r, 10, 9, 0, tst_encode_toy.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_digits_new(&r, 10, 1, SIZE_MAX, tst_encode_toy.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_digits_new(&r, 10, 0, 1, tst_encode_toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_digits_new(&r, 1, 1, 1, tst_encode_toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_digits_new(&r, CN_DIGITS_BASE_MAX + 1, 1, 1, tst_encode_toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_digits_new(&b, 10, 5, 0, tst_encode_toy.ctx), CN_OK);
    ck_assert_int_eq(cn_digits_add(&r, &a, &b, tst_encode_toy.ctx), CN_ERR_RANGE); /* 5 before, 4 behind */
    ck_assert_int_eq(cn_digits_new(&a, 10, 4, 0, tst_encode_toy.ctx), CN_OK);
    ck_assert_int_eq(cn_digits_mul(&r, &a, &b, tst_encode_toy.ctx), CN_OK); /* 8 digits */
    ck_assert_int_eq(r.whole, 8);
    ck_assert_int_eq(cn_digits_new(&a, 10, 4, 1, tst_encode_toy.ctx), CN_OK);
    ck_assert_int_eq(cn_digits_mul(&r, &a, &b, tst_encode_toy.ctx), CN_ERR_RANGE); /* 8 and 1 */
    ck_assert_int_eq(cn_digits_new(&b, 9, 1, 0, tst_encode_toy.ctx), CN_OK);
    ck_assert_int_eq(cn_digits_add(&r, &a, &b, tst_encode_toy.ctx), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_digits_mul(&r, &a, &b, tst_encode_toy.ctx), CN_ERR_MISMATCH);
    /* bounds up to the limit and one beyond */
    a = (cn_digits){.base = 10, .whole = 2, .bound = max - 7};
    b = (cn_digits){.base = 10, .whole = 2, .bound = 7};
    ck_assert_int_eq(cn_digits_add(&r, &a, &b, tst_encode_toy.ctx), CN_OK);
    ck_assert(r.bound == max);
    b.bound = 8;
    ck_assert_int_eq(cn_digits_add(&r, &a, &b, tst_encode_toy.ctx), CN_ERR_RANGE);
    a.bound = max / 16;
    ck_assert_int_eq(cn_digits_mul(&r, &a, &b, tst_encode_toy.ctx), CN_OK); /* 2 max / 16 8 */
    ck_assert(r.bound == 16 * (max / 16));
    a.bound++;
    ck_assert_int_eq(cn_digits_mul(&r, &a, &b, tst_encode_toy.ctx), CN_ERR_RANGE);
    a.bound = b.bound = ((cn_i128)1 << 126) - 1;
    ck_assert_int_eq(cn_digits_mul(&r, &a, &b, tst_encode_toy.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_digits_add(&r, &a, &b, tst_encode_toy.ctx), CN_ERR_RANGE);
    int64_t c[8];
    ck_assert_int_eq(cn_digits_new(&a, 10, 2, 0, tst_encode_toy.ctx), CN_OK);
    a.bound *= 2;
    ck_assert_int_eq(cn_digits_encode(c, 1, &a, tst_encode_toy.ctx), CN_ERR_STATE);
    cn_digits none = {0};
    cn_i128 zeros[8] = {0}, found;
    ck_assert_int_eq(cn_digits_encode(c, 1, &none, tst_encode_toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_digits_decode(&found, zeros, &none, tst_encode_toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_digits_mul(&r, &none, &none, tst_encode_toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_digits_encode(NULL, 1, &a, tst_encode_toy.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_digits_new(&a, 10, 2, 0, tst_encode_toy.ctx), CN_OK);
    ck_assert_int_eq(cn_digits_encode(c, (cn_i128)((cn_u128)1 << 127), &a, tst_encode_toy.ctx), CN_ERR_RANGE);
}
END_TEST

TCase *tst_encode_digits_cases(void) {
    TCase *c = tcase_create("digits");
    tcase_add_checked_fixture(c, tst_encode_setup, tst_encode_teardown);
    tcase_add_test(c, every_number);
    tcase_add_test(c, wide_numbers);
    tcase_add_test(c, digits_encrypted);
    tcase_add_test(c, digits_limits);
    return c;
}
