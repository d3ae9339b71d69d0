/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Primality, prime search and roots of unity, against a sieve, GMP and exhaustive search. */

#include "arith/prime.h"

#include <gmp.h>
#include <stdlib.h>

#include "testing.h"

#define SIEVE 65536

static bool gmp_prime(uint64_t x) {
    mpz_t z;
    mpz_init_set_ui(z, x);
    int r = mpz_probab_prime_p(z, 30);
    mpz_clear(z);
    return r != 0;
}

START_TEST(sieve) {
    static uint8_t composite[SIEVE];
    composite[0] = composite[1] = 1;
    for (size_t p = 2; p < SIEVE; p++) {
        if (!composite[p]) {
            for (size_t k = p * p; k < SIEVE; k += p) composite[k] = 1;
        }
        TST_EQ(cn_is_prime_var(p), !composite[p]);
    }
}
END_TEST

START_TEST(hard_composites) {
    static const uint64_t composite[] = {
        /* least strong pseudoprimes to the first 1, 2, ..., 11 prime bases (OEIS A014233) */
        2047, 1373653, 25326001, 3215031751, 2152302898747, 3474749660383, 341550071728321,
        3825123056546413051,
        /* Carmichael numbers */
        561, 1105, 1729, 2465, 41041, 825265, 321197185, 5394826801, 232250619601, 9746347772161,
        /* squares of Wieferich primes and of a large prime, products of close primes */
        1093ull * 1093, 3511ull * 3511, 4294967291ull * 4294967291, 4294967291ull * 4294967279, UINT64_MAX,
        0, 1};
    static const uint64_t prime[] = {
        2, 3, 37, 41, 65537, 4294967291, ((uint64_t)1 << 61) - 1, UINT64_MAX - 58};
    for (size_t i = 0; i < CN_ARRAY_LEN(composite); i++) TST_CHECK(!cn_is_prime_var(composite[i]));
    for (size_t i = 0; i < CN_ARRAY_LEN(prime); i++) TST_CHECK(cn_is_prime_var(prime[i]));
}
END_TEST

START_TEST(random_against_gmp) {
    for (size_t i = 0; i < TST_ITERS(10000); i++) {
        uint64_t x = (tst_biased(0) | 1) >> tst_below(60);
        TST_EQ(cn_is_prime_var(x), gmp_prime(x));
    }
}
END_TEST

/** Both searches against a scan of the same arithmetic progression with GMP's test. */
START_TEST(search_against_scan) {
    for (size_t i = 0; i < TST_ITERS(300); i++) {
        uint64_t step = (uint64_t)1 << tst_below(8);
        uint64_t low = i % 3 == 0 ? tst_below(200) : tst_biased(0) >> 2, high = low + tst_below(60 * step);
        uint64_t first = 0, last = 0;
        for (uint64_t p = low; p < high; p++) {
            if (p % step == 1 % step && gmp_prime(p)) {
                if (first == 0) first = p;
                last = p;
            }
        }
        TST_EQ(cn_prime_above_var(low, high, step), first);
        if (high > low) TST_EQ(cn_prime_below_var(high - 1, low, step), last);
    }
}
END_TEST

START_TEST(search_limits) {
    const uint64_t last_prime = UINT64_MAX - 58;
    ck_assert_uint_eq(cn_prime_above_var(0, 10, 1), 2);
    ck_assert_uint_eq(cn_prime_above_var(2, 2, 1), 0);
    ck_assert_uint_eq(cn_prime_above_var(17, 18, 16), 17);
    ck_assert_uint_eq(cn_prime_above_var(17, 17, 16), 0);
    ck_assert_uint_eq(cn_prime_above_var(18, 97, 16), 0);
    ck_assert_uint_eq(cn_prime_above_var(18, 98, 16), 97);
    ck_assert_uint_eq(cn_prime_below_var(0, 0, 2), 0);
    ck_assert_uint_eq(cn_prime_below_var(1, 0, 2), 0);
    ck_assert_uint_eq(cn_prime_below_var(16, 0, 16), 0);
    ck_assert_uint_eq(cn_prime_below_var(96, 0, 16), 17);
    ck_assert_uint_eq(cn_prime_below_var(96, 18, 16), 0);
    ck_assert_uint_eq(cn_prime_below_var(97, 97, 16), 97);
    ck_assert_uint_eq(cn_prime_above_var(last_prime, UINT64_MAX, 2), last_prime);
    ck_assert_uint_eq(cn_prime_above_var(last_prime + 1, UINT64_MAX, 2), 0);
    ck_assert_uint_eq(cn_prime_above_var(UINT64_MAX, UINT64_MAX, 65536), 0);
    ck_assert_uint_eq(cn_prime_above_var(0, UINT64_MAX, (uint64_t)1 << 63), 0);
    ck_assert_uint_eq(cn_prime_below_var(UINT64_MAX, 0, (uint64_t)1 << 63), 0);
    ck_assert_uint_eq(cn_prime_below_var(UINT64_MAX, 0, 1), last_prime);
    ck_assert_uint_eq(cn_prime_below_var(UINT64_MAX, last_prime + 1, 1), 0);
    /* the sizes in use */
    for (unsigned bits = 20; bits <= CN_MOD_BITS_MAX; bits++) {
        uint64_t q = tst_prime(bits, 4096), top = (uint64_t)1 << bits;
        ck_assert(q % 8192 == 1 && q < top && q >= top / 2 && gmp_prime(q));
    }
}
END_TEST

START_TEST(roots_exhaustive) {
    for (uint64_t q = 3; q < 800; q += 2) {
        if (!gmp_prime(q)) continue;
        cn_mod m;
        ck_assert(cn_mod_init(&m, q));
        for (size_t n = 1; n <= 64; n *= 2) {
            uint64_t least = 0;
            for (uint64_t x = 2; x < q && least == 0; x++) {
                uint64_t power = 1;
                for (size_t i = 0; i < n; i++) power = power * x % q;
                if (power == q - 1) least = x;
            }
            TST_EQ(cn_root_2n_var(&m, n), least); /* no root exactly if q is not 1 modulo 2n */
        }
    }
}
END_TEST

START_TEST(roots_large) {
    static const unsigned bits[] = {30, 46, 50, 61};
    for (size_t k = 0; k < CN_ARRAY_LEN(bits); k++) {
        for (size_t n = 2; n <= 16384; n *= 8) {
            cn_mod m;
            ck_assert(cn_mod_init(&m, tst_prime(bits[k], n)));
            uint64_t psi = cn_root_2n_var(&m, n), power = psi, square = cn_mod_mul(psi, psi, &m);
            TST_EQ(cn_mod_pow_var(psi, n, &m), m.q - 1);
            for (size_t i = 1; i < n; i++) {
                power = cn_mod_mul(power, square, &m);
                TST_CHECK(power > psi);
            }
            /* 1 modulo n but not modulo 2n */
            TST_EQ(cn_root_2n_var(&m, (m.q - 1) & -(m.q - 1)), 0);
        }
    }
}
END_TEST

Suite *cn_suite_prime(void) {
    Suite *s = suite_create("prime");
    TCase *tc = tcase_create("core");
    tcase_add_test(tc, sieve);
    tcase_add_test(tc, hard_composites);
    tcase_add_test(tc, random_against_gmp);
    tcase_add_test(tc, search_against_scan);
    tcase_add_test(tc, search_limits);
    tcase_add_test(tc, roots_exhaustive);
    tcase_add_test(tc, roots_large);
    suite_add_tcase(s, tc);
    return s;
}
