/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Word moduli: all pairs of residues for small moduli, biased inputs and extremes up to 2^61, against
 *  the division operator and GMP. */

#include "arith/modulus.h"

#include <gmp.h>
#include <string.h>

#include "testing.h"

static const uint64_t small[] = {3, 5, 7, 9, 17, 31, 97, 127};

/** Odd numbers at both ends of a bit length, and one between. */
static uint64_t modulus_of(unsigned bits, unsigned which) {
    uint64_t top = (uint64_t)1 << (bits - 1);
    switch (which) {
    case 0: return 2 * top - 1;
    case 1: return top + 1;
    default: return top + (tst_below(top) | 1);
    }
}

static void mpz_set_u128(mpz_t r, cn_u128 x) {
    mpz_set_ui(r, (uint64_t)(x >> 64));
    mpz_mul_2exp(r, r, 64);
    mpz_add_ui(r, r, (uint64_t)x);
}

static uint64_t gmp_mod128(cn_u128 x, uint64_t q) {
    mpz_t z;
    mpz_init(z);
    mpz_set_u128(z, x);
    uint64_t r = mpz_fdiv_ui(z, q);
    mpz_clear(z);
    return r;
}

static uint64_t euclid_mod(int64_t x, uint64_t q) {
    int64_t r = x % (int64_t)q;
    return (uint64_t)(r < 0 ? r + (int64_t)q : r);
}

START_TEST(init_refuses) {
    static const uint64_t bad[] = {0, 1, 2, 4, 65536, (uint64_t)1 << 61, ((uint64_t)1 << 61) + 1, UINT64_MAX};
    for (size_t i = 0; i < CN_ARRAY_LEN(bad); i++) {
        cn_mod m, before;
        memset(&m, 0x5a, sizeof m);
        before = m;
        ck_assert(!cn_mod_init(&m, bad[i]));
        ck_assert_mem_eq(&m, &before, sizeof m);
    }
}
END_TEST

START_TEST(init_constants) {
    mpz_t z, w;
    mpz_inits(z, w, NULL);
    for (unsigned bits = 2; bits <= CN_MOD_BITS_MAX; bits++) {
        for (unsigned which = 0; which < 3; which++) {
            uint64_t q = modulus_of(bits, which);
            cn_mod m;
            ck_assert(cn_mod_init(&m, q));
            ck_assert_uint_eq(m.q, q);
            ck_assert_uint_eq(m.bits, bits);
            ck_assert_uint_eq(m.half, q / 2);
            mpz_set_ui(z, 1);
            mpz_mul_2exp(z, z, 64);
            mpz_fdiv_q_ui(z, z, q);
            ck_assert_uint_eq(m.recip, mpz_get_ui(z));
            mpz_set_ui(z, 1);
            mpz_mul_2exp(z, z, 128);
            mpz_fdiv_q_ui(z, z, q);
            mpz_set_u128(w, (cn_u128)m.recip128[1] << 64 | m.recip128[0]);
            ck_assert_int_eq(mpz_cmp(z, w), 0);
            ck_assert_uint_eq(m.signed_bias % q, 0);
            ck_assert_uint_ge(m.signed_bias, (uint64_t)1 << 62);
            ck_assert_uint_lt(m.signed_bias - q, (uint64_t)1 << 62);
        }
    }
    mpz_clears(z, w, NULL);
}
END_TEST

START_TEST(exhaustive_small) {
    for (size_t k = 0; k < CN_ARRAY_LEN(small); k++) {
        cn_mod m;
        uint64_t q = small[k];
        ck_assert(cn_mod_init(&m, q));
        for (uint64_t a = 0; a < q; a++) {
            for (uint64_t b = 0; b < q; b++) {
                cn_shoup w = cn_shoup_init_var(b, &m);
                TST_EQ(w.w, b);
                TST_EQ(cn_mod_add(a, b, &m), (a + b) % q);
                TST_EQ(cn_mod_sub(a, b, &m), (a + q - b) % q);
                TST_EQ(cn_mod_mul(a, b, &m), a * b % q);
                TST_EQ(cn_shoup_mul(a, w, &m), a * b % q);
                TST_CHECK(cn_shoup_mul_lazy(a, w, &m) < 2 * q);
                uint64_t power = 1;
                for (uint64_t i = 0; i < b; i++) power = power * a % q;
                TST_EQ(cn_mod_pow_var(a, b, &m), power);
            }
            TST_EQ(cn_mod_neg(a, &m), (q - a) % q);
            int64_t c = cn_mod_centre(a, &m);
            TST_CHECK(2 * c < (int64_t)q && 2 * c > -(int64_t)q);
            TST_EQ(euclid_mod(c, q), a);
            if (a != 0 && q != 9) TST_EQ(a * cn_mod_inv_var(a, &m) % q, 1);
        }
        for (uint64_t x = 0; x < 2 * q; x++) TST_EQ(cn_mod_fold(x, &m), x % q);
        for (uint64_t x = 0; x < 5 * q * q; x++) TST_EQ(cn_mod_reduce(x, &m), x % q);
        for (int64_t x = -5 * (int64_t)q; x < 5 * (int64_t)q; x++)
            TST_EQ(cn_mod_reduce_signed(x, &m), euclid_mod(x, q));
    }
}
END_TEST

START_TEST(biased_all_sizes) {
    for (unsigned bits = 2; bits <= CN_MOD_BITS_MAX; bits++) {
        for (size_t i = 0; i < TST_ITERS(1500); i++) {
            uint64_t q = modulus_of(bits, i % 3);
            cn_mod m;
            TST_CHECK(cn_mod_init(&m, q));
            uint64_t a = tst_biased(q), b = tst_biased(q), x = tst_biased(0), y = tst_biased(0);
            cn_u128 wide = (cn_u128)x << 64 | y;
            cn_shoup w = cn_shoup_init_var(b, &m);
            TST_EQ(cn_mod_add(a, b, &m), (a + b) % q);
            TST_EQ(cn_mod_sub(a, b, &m), (a + q - b) % q);
            TST_EQ(cn_mod_neg(a, &m), (q - a) % q);
            TST_EQ(cn_mod_fold(a + b, &m), (a + b) % q);
            TST_EQ(cn_mod_reduce(x, &m), x % q);
            TST_EQ(cn_mod_reduce128(wide, &m), gmp_mod128(wide, q));
            TST_EQ(cn_mod_mul(a, b, &m), gmp_mod128((cn_u128)a * b, q));
            TST_EQ(cn_mod_mul(x, y, &m), gmp_mod128((cn_u128)x * y, q));
            TST_CHECK(cn_shoup_mul_lazy(x, w, &m) < 2 * q);
            TST_EQ(cn_shoup_mul_lazy(x, w, &m) % q, gmp_mod128((cn_u128)x * b, q));
            TST_EQ(cn_shoup_mul(x, w, &m), gmp_mod128((cn_u128)x * b, q));
            int64_t s = (int64_t)(x & (((uint64_t)1 << 62) - 1));
            TST_EQ(cn_mod_reduce_signed(s, &m), euclid_mod(s, q));
            TST_EQ(cn_mod_reduce_signed(-s, &m), euclid_mod(-s, q));
            TST_EQ(cn_mod_centre(a, &m), a <= q / 2 ? a : a - q);
        }
    }
}
END_TEST

/** Multiples of q and their neighbours are where a quotient estimate goes wrong. */
START_TEST(near_multiples) {
    for (unsigned bits = 2; bits <= CN_MOD_BITS_MAX; bits++) {
        for (size_t i = 0; i < TST_ITERS(300); i++) {
            uint64_t q = modulus_of(bits, i % 3);
            cn_mod m;
            TST_CHECK(cn_mod_init(&m, q));
            uint64_t k = tst_biased(UINT64_MAX / q);
            cn_u128 wide = ((cn_u128)tst_biased(q) << 64 | tst_biased(0)) / q * q;
            TST_EQ(cn_mod_reduce(k * q, &m), 0);
            TST_EQ(cn_mod_reduce(k * q + q - 1, &m), q - 1);
            TST_EQ(cn_mod_reduce(k * q + 1, &m), 1);
            TST_EQ(cn_mod_reduce128(wide, &m), 0);
            TST_EQ(cn_mod_reduce128(wide + 1, &m), 1);
            TST_EQ(cn_mod_reduce128(wide + (q - 1), &m), q - 1);
            TST_EQ(cn_shoup_mul(tst_biased(0) / q * q, cn_shoup_init_var(tst_biased(q), &m), &m), 0);
        }
    }
}
END_TEST

START_TEST(extremes) {
    const int64_t limit = (int64_t)1 << 62;
    for (unsigned bits = 2; bits <= CN_MOD_BITS_MAX; bits++) {
        for (unsigned which = 0; which < 3; which++) {
            uint64_t q = modulus_of(bits, which);
            cn_mod m;
            ck_assert(cn_mod_init(&m, q));
            TST_EQ(cn_mod_reduce(UINT64_MAX, &m), UINT64_MAX % q);
            TST_EQ(cn_mod_reduce128(~(cn_u128)0, &m), gmp_mod128(~(cn_u128)0, q));
            TST_EQ(cn_mod_mul(UINT64_MAX, UINT64_MAX, &m), gmp_mod128((cn_u128)UINT64_MAX * UINT64_MAX, q));
            TST_EQ(cn_mod_reduce_signed(limit, &m), euclid_mod(limit, q));
            TST_EQ(cn_mod_reduce_signed(-limit, &m), euclid_mod(-limit, q));
            TST_EQ(cn_mod_centre(m.half, &m), m.half);
            TST_EQ(cn_mod_centre(m.half + 1, &m), -(int64_t)m.half);
            TST_EQ(cn_shoup_mul(UINT64_MAX, cn_shoup_init_var(q - 1, &m), &m),
                   gmp_mod128((cn_u128)UINT64_MAX * (q - 1), q));
        }
    }
}
END_TEST

START_TEST(powers_and_inverses) {
    mpz_t a, e, q, r;
    mpz_inits(a, e, q, r, NULL);
    for (unsigned bits = 2; bits <= CN_MOD_BITS_MAX; bits++) {
        mpz_set_ui(q, (uint64_t)1 << (bits - 1));
        mpz_nextprime(q, q);
        cn_mod m;
        ck_assert(cn_mod_init(&m, mpz_get_ui(q)));
        for (size_t i = 0; i < TST_ITERS(20); i++) {
            uint64_t base = tst_biased(m.q), exponent = tst_biased(0);
            mpz_set_ui(a, base);
            mpz_set_ui(e, exponent);
            mpz_powm(r, a, e, q);
            TST_EQ(cn_mod_pow_var(base, exponent, &m), mpz_get_ui(r));
            if (base == 0) continue;
            mpz_invert(r, a, q);
            TST_EQ(cn_mod_inv_var(base, &m), mpz_get_ui(r));
        }
        TST_EQ(cn_mod_pow_var(0, 0, &m), 1);
    }
    mpz_clears(a, e, q, r, NULL);
}
END_TEST

Suite *cn_suite_modulus(void) {
    Suite *s = suite_create("modulus");
    TCase *tc = tcase_create("core");
    tcase_add_test(tc, init_refuses);
    tcase_add_test(tc, init_constants);
    tcase_add_test(tc, exhaustive_small);
    tcase_add_test(tc, biased_all_sizes);
    tcase_add_test(tc, near_multiples);
    tcase_add_test(tc, extremes);
    tcase_add_test(tc, powers_and_inverses);
    suite_add_tcase(s, tc);
    return s;
}
