/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Residues and GMP integers: round trips, the centred boundary, conversions at the 128-bit limits. */

#include "arith/rns.h"

#include <math.h>
#include <string.h>

#include "arith/prime.h"
#include "ring/poly.h"
#include "testing.h"

_Static_assert(CN_RING_PRIMES_MAX <= CN_RNS_MAX, "every ring has a residue basis");

/** count distinct primes of varying size. */
static void fill_primes(uint64_t *primes, unsigned count, unsigned bits) {
    uint64_t high = ((uint64_t)1 << bits) - 1;
    for (unsigned i = 0; i < count; i++) {
        primes[i] = cn_prime_below_var(high, 3, 2);
        high = primes[i] - 1 - tst_below(1 + (high >> 8));
    }
}

/** An integer in [0, bound): biased words, or within a few units of 0, bound/2 or bound. */
static void biased_mpz(mpz_t x, const mpz_t bound) {
    mpz_set_ui(x, 0);
    for (size_t i = 0; i <= mpz_size(bound); i++) {
        mpz_mul_2exp(x, x, 64);
        mpz_add_ui(x, x, tst_biased(0));
    }
    switch (tst_below(5)) {
    case 0: mpz_set_ui(x, tst_below(3)); break;
    case 1: mpz_sub_ui(x, bound, 1 + tst_below(3)); break;
    case 2: mpz_fdiv_q_2exp(x, bound, 1), mpz_add_ui(x, x, tst_below(3)); break;
    default: break;
    }
    mpz_fdiv_r(x, x, bound);
}

START_TEST(round_trips) {
    static const struct {
        unsigned count, bits;
    } shape[] = {{1, 3}, {1, 61}, {2, 5}, {3, 46}, {7, 46}, {CN_RNS_MAX, 61}, {CN_RNS_MAX, 12}};
    mpz_t x, y, c;
    mpz_inits(x, y, c, NULL);
    for (size_t k = 0; k < CN_ARRAY_LEN(shape); k++) {
        uint64_t primes[CN_RNS_MAX], res[3 * CN_RNS_MAX];
        cn_rns b;
        fill_primes(primes, shape[k].count, shape[k].bits);
        ck_assert_int_eq(cn_rns_init(&b, primes, shape[k].count), CN_OK);
        mpz_set_ui(y, 1);
        for (unsigned i = 0; i < b.count; i++) mpz_mul_ui(y, y, primes[i]);
        ck_assert_int_eq(mpz_cmp(y, b.product), 0);
        for (unsigned i = 0; i < b.count; i++) {
            mpz_mul_ui(y, b.hat[i], primes[i]);
            ck_assert_int_eq(mpz_cmp(y, b.product), 0);
        }
        for (size_t i = 0; i < TST_ITERS(300); i++) {
            size_t stride = 1 + tst_below(3);
            biased_mpz(x, b.product);
            memset(res, 0xff, sizeof res);
            cn_rns_set_mpz(res, stride, x, &b);
            for (unsigned j = 0; j < 3 * CN_RNS_MAX; j++) {
                bool used = j % stride == 0 && j / stride < b.count;
                TST_EQ(res[j], used ? mpz_fdiv_ui(x, primes[j / stride]) : UINT64_MAX);
            }
            cn_rns_get_mpz(y, res, stride, &b);
            TST_CHECK(mpz_cmp(x, y) == 0);
            /* centred: congruent, and -Q < 2y <= Q */
            cn_rns_get_mpz_centred(y, res, stride, &b);
            mpz_sub(c, x, y);
            TST_CHECK(mpz_divisible_p(c, b.product));
            mpz_mul_2exp(c, y, 1);
            TST_CHECK(mpz_cmp(c, b.product) <= 0);
            mpz_neg(c, c);
            TST_CHECK(mpz_cmp(c, b.product) < 0);
            /* negative and large integers */
            mpz_submul_ui(x, b.product, 1 + tst_below(1000));
            cn_rns_set_mpz(res, stride, x, &b);
            cn_rns_get_mpz_centred(c, res, stride, &b);
            TST_CHECK(mpz_cmp(c, y) == 0);
        }
        cn_rns_clear(&b);
        cn_rns_clear(&b);
    }
    mpz_clears(x, y, c, NULL);
}
END_TEST

START_TEST(init_refuses) {
    uint64_t primes[CN_RNS_MAX + 1];
    cn_rns b;
    memset(&b, 0, sizeof b);
    cn_rns_clear(&b);
    fill_primes(primes, CN_RNS_MAX + 1, 40);
    ck_assert_int_eq(cn_rns_init(&b, primes, 0), CN_ERR_LIMB_COUNT);
    ck_assert_int_eq(cn_rns_init(&b, primes, CN_RNS_MAX + 1), CN_ERR_LIMB_COUNT);
    ck_assert_uint_gt(strlen(cn_error_text()), 0);
    primes[7] = primes[3];
    ck_assert_int_eq(cn_rns_init(&b, primes, 7), CN_OK);
    cn_rns_clear(&b);
    ck_assert_int_eq(cn_rns_init(&b, primes, 8), CN_ERR_DUPLICATE);
    cn_rns_clear(&b);
    primes[7] = (uint64_t)1 << 61;
    ck_assert_int_eq(cn_rns_init(&b, primes, 8), CN_ERR_LIMB_RANGE);
    cn_rns_clear(&b);
    primes[7] = 2;
    ck_assert_int_eq(cn_rns_init(&b, primes, 8), CN_ERR_LIMB_RANGE);
    cn_rns_clear(&b);
}
END_TEST

START_TEST(conversions) {
    mpz_t z, y, limit;
    mpz_inits(z, y, limit, NULL);
    mpz_set_ui(limit, 1);
    mpz_mul_2exp(limit, limit, 127);
    for (size_t i = 0; i < TST_ITERS(5000); i++) {
        uint64_t hi = tst_biased(0), lo = tst_biased(0), word = tst_biased(0);
        cn_i128 x = (cn_i128)((cn_u128)hi << 64 | lo), back = 1;
        /* the two's complement value of (hi, lo) */
        mpz_set_ui(z, hi);
        mpz_mul_2exp(z, z, 64);
        mpz_add_ui(z, z, lo);
        if (mpz_cmp(z, limit) >= 0) mpz_submul_ui(z, limit, 2);
        cn_mpz_set_i128(y, x);
        TST_CHECK(mpz_cmp(y, z) == 0);
        if (mpz_cmpabs(z, limit) < 0) {
            TST_CHECK(cn_mpz_get_i128(&back, z));
            TST_CHECK(back == x);
        } else {
            TST_CHECK(!cn_mpz_get_i128(&back, z));
            TST_CHECK(back == 1);
        }
        cn_mod m;
        TST_CHECK(cn_mod_init(&m, (word >> 3) | 3));
        mpz_mul(z, z, z);
        mpz_neg(z, z);
        TST_EQ(cn_mpz_mod_word(z, &m), mpz_fdiv_ui(z, m.q));
        TST_CHECK(cn_mpz_mod_word(z, &m) < m.q);
        cn_mpz_set_u64(y, word);
        TST_CHECK(mpz_cmp_ui(y, word) == 0);
    }
    for (int sign = -1; sign <= 1; sign += 2) {
        cn_i128 x = 5, max = (cn_i128)((((cn_u128)1) << 127) - 1);
        mpz_mul_si(z, limit, sign);
        ck_assert(!cn_mpz_get_i128(&x, z) && x == 5);
        mpz_sub_ui(z, limit, 1);
        mpz_mul_si(z, z, sign);
        ck_assert(cn_mpz_get_i128(&x, z));
        ck_assert(sign < 0 ? x == -max : x == max);
    }
    cn_i128 x = 5;
    mpz_set_ui(z, 0);
    ck_assert(cn_mpz_get_i128(&x, z) && x == 0);
    mpz_clears(z, y, limit, NULL);
}
END_TEST

START_TEST(centre) {
    mpz_t x, t, r;
    mpz_inits(x, t, r, NULL);
    for (int modulus = 1; modulus <= 9; modulus++) {
        for (int value = -40; value <= 40; value++) {
            int expected = value;
            while (2 * expected > modulus) expected -= modulus;
            while (2 * expected <= -modulus) expected += modulus;
            mpz_set_si(x, value);
            mpz_set_si(t, modulus);
            cn_mpz_centre(r, x, t);
            ck_assert_int_eq(mpz_get_si(r), expected);
            cn_mpz_centre(x, x, t);
            ck_assert_int_eq(mpz_get_si(x), expected);
            mpz_set_si(x, value);
            cn_mpz_centre(t, x, t);
            ck_assert_int_eq(mpz_get_si(t), expected);
        }
    }
    mpz_clears(x, t, r, NULL);
}
END_TEST

START_TEST(logarithm) {
    mpz_t x;
    mpz_init_set_ui(x, 0);
    ck_assert(isinf(cn_mpz_log2(x)) && cn_mpz_log2(x) < 0);
    for (unsigned k = 0; k < 5000; k += 97) {
        mpz_set_ui(x, 1);
        mpz_mul_2exp(x, x, k);
        ck_assert_double_eq(cn_mpz_log2(x), (double)k);
        mpz_mul_si(x, x, -3);
        ck_assert_double_eq_tol(cn_mpz_log2(x), k + log2(3.0), 1e-11);
    }
    mpz_clear(x);
}
END_TEST

Suite *cn_suite_rns(void) {
    Suite *s = suite_create("rns");
    TCase *tc = tcase_create("core");
    tcase_add_test(tc, round_trips);
    tcase_add_test(tc, init_refuses);
    tcase_add_test(tc, conversions);
    tcase_add_test(tc, centre);
    tcase_add_test(tc, logarithm);
    suite_add_tcase(s, tc);
    return s;
}
