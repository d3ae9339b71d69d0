/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Polynomials of the multi-precision reference against their definitions, exhaustively where the ring is small. */

#include <stdlib.h>

#include "reference/poly.h"
#include "reference_testing.h"
#include "testing.h"

START_TEST(products_agree_with_schoolbook) {
    for (size_t n = 1; n <= 32; n *= 2) {
        for (size_t i = 0; i < TST_ITERS(100); i++) {
            mpz_t *x = cn_ref_new(n), *y = cn_ref_new(n), *r = cn_ref_new(n), *s = cn_ref_new(n);
            unsigned shift = (unsigned)tst_below(64);
            for (size_t j = 0; j < n; j++) {
                mpz_set_ui(x[j], i % 4 == 0 ? UINT64_MAX : tst_biased(0) >> shift);
                mpz_set_ui(y[j], i % 4 == 0 ? UINT64_MAX : tst_biased(0));
                if (i % 3 == 0) mpz_mul_2exp(y[j], y[j], tst_below(200));
                if (i % 4 == 1 || (i % 4 != 0 && tst_u64() % 2)) mpz_neg(x[j], x[j]);
                if (i % 4 >= 2 && tst_u64() % 2) mpz_neg(y[j], y[j]);
            }
            cn_ref_mul(r, x, y, n);
            cn_ref_mul_schoolbook(s, x, y, n);
            tst_expect_poly(r, s, n);
            cn_ref_mul(r, y, y, n);
            cn_ref_mul_schoolbook(s, y, y, n);
            tst_expect_poly(r, s, n);
            mpz_t *a[3] = {x, y, y}, *b[3] = {y, x, y}; /* x y + y x + y y, into y itself */
            cn_ref_mul_schoolbook(r, x, y, n);
            cn_ref_add(s, s, r, n);
            cn_ref_add(s, s, r, n);
            cn_ref_mul_sum(y, a, b, 3, n);
            tst_expect_poly(y, s, n);
            cn_ref_free(x, n), cn_ref_free(y, n), cn_ref_free(r, n), cn_ref_free(s, n);
        }
    }
}
END_TEST

/** The largest sum: nothing but the largest coefficients, all of one sign. */
START_TEST(sums_are_wide_enough) {
    for (size_t n = 1; n <= 16; n *= 2)
        for (size_t count = 1; count <= 20; count++)
            for (unsigned bits = 20; bits < 40; bits++) {
                mpz_t **a = cn_ref_list_new(count, n), *r = cn_ref_new(n);
                for (size_t i = 0; i < count * n; i++) {
                    mpz_setbit(a[i / n][i % n], bits);
                    mpz_sub_ui(a[i / n][i % n], a[i / n][i % n], 1);
                }
                cn_ref_mul_sum(r, a, a, count, n);
                mpz_mul(a[0][0], a[0][0], a[0][0]);
                for (size_t k = 0; k < n; k++) { /* 2k + 2 - n of n products have the sign + */
                    mpz_mul_si(a[0][1 % n], a[0][0], (long)count * (2 * (long)k + 2 - (long)n));
                    TST_CHECK(n == 1 ? mpz_cmp(a[0][0], r[0]) == 0 : mpz_cmp(r[k], a[0][1]) == 0);
                }
                cn_ref_list_free(a, count, n), cn_ref_free(r, n);
            }
}
END_TEST

static bool is_one(mpz_t *a, const mpz_t q, size_t n) {
    mpz_t d;
    bool one = true;
    mpz_init(d);
    for (size_t k = 0; k < n; k++) {
        mpz_sub_ui(d, a[k], k == 0);
        one = one && mpz_divisible_p(d, q);
    }
    mpz_clear(d);
    return one;
}

/** An inverse is found exactly where searching finds one. */
static void inverses_by_search(size_t n, uint64_t q_word) {
    mpz_t q, *a = cn_ref_new(n), *b = cn_ref_new(n), *ab = cn_ref_new(n);
    uint64_t count = 1;
    mpz_init_set_ui(q, q_word);
    for (size_t k = 0; k < n; k++) count *= q_word;
    for (uint64_t i = 0; i < count; i++) {
        tst_nth_poly(a, i, q_word, n);
        bool found = cn_ref_inverse(b, a, q, n), exists = false;
        if (found) {
            cn_ref_mul_schoolbook(ab, a, b, n);
            exists = is_one(ab, q, n);
        }
        for (uint64_t j = 0; j < count && !exists; j++) {
            tst_nth_poly(b, j, q_word, n);
            cn_ref_mul_schoolbook(ab, a, b, n);
            exists = is_one(ab, q, n);
            TST_CHECK(!exists); /* or the inverse was wrong or missing */
        }
        TST_EQ(found, exists);
    }
    mpz_clear(q);
    cn_ref_free(a, n), cn_ref_free(b, n), cn_ref_free(ab, n);
}

START_TEST(inverse_exhaustive) {
    for (uint64_t q = 2; q <= 15; q++) inverses_by_search(1, q);
    for (uint64_t q = 2; q <= 9; q++) inverses_by_search(2, q);
    for (uint64_t q = 2; q <= 4; q++) inverses_by_search(4, q);
}
END_TEST

START_TEST(inverse_large) {
    size_t n = 512;
    mpz_t q, *a = cn_ref_new(n), *b = cn_ref_new(n), *ab = cn_ref_new(n);
    tst_modulus(q, _i);
    for (size_t k = 0; k < n; k++) {
        mpz_set_ui(a[k], tst_u64());
        mpz_mul_2exp(a[k], a[k], tst_below(400));
        if (tst_u64() % 2) mpz_neg(a[k], a[k]);
    }
    bool even = false; /* x^n+1 = (x+1)^n modulo 2: invertible where the sum of the coefficients is odd */
    for (size_t k = 0; k < n; k++) even = even != mpz_odd_p(a[k]);
    if (!even) mpz_add_ui(a[0], a[0], 1);
    ck_assert(cn_ref_inverse(b, a, q, n));
    cn_ref_mul(ab, a, b, n);
    ck_assert(is_one(ab, q, n));
    for (size_t k = 0; k < n; k++) mpz_mul_ui(a[k], a[k], _i == 1 ? 2 : ((uint64_t)1 << 61) - 1); /* zero divisors where these divide q */
    ck_assert(cn_ref_inverse(b, a, q, n) == (_i == 0 || _i == 3));
    for (size_t k = 0; k < n; k++) mpz_mul(a[k], a[k], q);
    ck_assert(!cn_ref_inverse(b, a, q, n));
    mpz_clear(q);
    cn_ref_free(a, n), cn_ref_free(b, n), cn_ref_free(ab, n);
}
END_TEST

/** The digits add up, and are as small as promised. */
START_TEST(digits_add_up) {
    size_t n = 64;
    mpz_t q, sum, *a = cn_ref_new(n);
    tst_modulus(q, _i);
    mpz_init(sum);
    for (unsigned bits = 1; bits <= 64; bits += bits < 5 ? 1 : 9) {
        unsigned digits = cn_ref_digits(q, bits);
        mpz_t **d = cn_ref_list_new(digits, n);
        for (size_t k = 0; k < n; k++) {
            mpz_fdiv_q_2exp(a[k], q, 1); /* q/2, the largest */
            if (k >= 2) mpz_fdiv_q_ui(a[k], a[k], tst_u64() | 1);
            if (k >= 32) mpz_mul_ui(a[k], a[k], tst_u64());
            if (k % 2) mpz_neg(a[k], a[k]);
            cn_mpz_centre(a[k], a[k], q);
        }
        cn_ref_decompose(d, a, bits, digits, n);
        for (size_t k = 0; k < n; k++) {
            mpz_set_ui(sum, 0);
            for (unsigned i = digits; i-- > 0;) {
                mpz_mul_2exp(sum, sum, bits);
                mpz_add(sum, sum, d[i][k]);
                mpz_t most;
                mpz_init_set_ui(most, 1);
                mpz_mul_2exp(most, most, bits - 1); /* w/2 */
                if (i + 1 == digits) mpz_add_ui(most, most, 1);
                TST_CHECK(mpz_cmpabs(d[i][k], most) <= 0);
                mpz_clear(most);
            }
            TST_CHECK(mpz_cmp(sum, a[k]) == 0);
        }
        cn_ref_list_free(d, digits, n);
    }
    mpz_clears(q, sum, NULL);
    cn_ref_free(a, n);
}
END_TEST

/** Every phase x modulo q decodes to the m for which q m / t is nearest; the message scaled either way comes back. */
START_TEST(decoding_exhaustive) {
    mpz_t *x = cn_ref_new(1), *m = cn_ref_new(1), zt, zq;
    mpz_inits(zt, zq, NULL);
    for (long q = 2; q <= 130; q += q < 40 ? 1 : 15)
        for (long t = 2; t <= q; t++) {
            mpz_set_si(zt, t), mpz_set_si(zq, q);
            for (long v = -q; v < 2 * q; v++) {
                long best = q * t, second = 0;
                mpz_set_si(x[0], v);
                cn_ref_decode(m, x, zt, zq, 1);
                TST_CHECK(mpz_sgn(m[0]) >= 0 && mpz_cmp(m[0], zt) < 0);
                for (long k = -2 * t; k <= 3 * t; k++) { /* |t x - q k| for every k that stands for some message */
                    long distance = labs(t * v - q * k);
                    if (distance < best) best = distance, second = ((k % t) + t) % t;
                    else if (distance == best) second = -1; /* a tie */
                }
                TST_CHECK(second < 0 || mpz_cmp_si(m[0], second) == 0);
            }
            for (long v = 0; v < t; v++)
                for (int floor = 0; floor < 2; floor++) {
                    if (floor ? (q % t) * v * 2 >= q : q < 2 * t) continue; /* the scaling alone is too coarse */
                    mpz_set_si(m[0], v);
                    cn_ref_encode(x, m, zt, zq, floor, 1);
                    cn_ref_decode(x, x, zt, zq, 1);
                    TST_CHECK(mpz_cmp_si(x[0], v) == 0);
                }
        }
    mpz_clears(zt, zq, NULL);
    cn_ref_free(x, 1), cn_ref_free(m, 1);
}
END_TEST

Suite *cn_suite_reference(void) {
    Suite *s = suite_create("reference");
    TCase *tc = tcase_create("polynomials");
    tcase_add_test(tc, products_agree_with_schoolbook);
    tcase_add_test(tc, sums_are_wide_enough);
    tcase_add_test(tc, inverse_exhaustive);
    tcase_add_loop_test(tc, inverse_large, 0, TST_MODULI);
    tcase_add_loop_test(tc, digits_add_up, 0, TST_MODULI);
    tcase_add_test(tc, decoding_exhaustive);
    suite_add_tcase(s, tc);
    suite_add_tcase(s, tst_reference_scheme_cases());
    suite_add_tcase(s, tst_paper2016_cases());
    return s;
}
