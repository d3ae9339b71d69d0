/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Samplers: pinned outputs of the public uniform sampler (part of the format), exact words for the
 *  secret ones, their distributions under fixed seeds, and zeros when randomness fails. */

#include "ring/sample.h"

#include <math.h>
#include <string.h>

#include "testing.h"
#include "util/bytes.h"
#include "util/sha3.h"

#define MANY 60000

static int8_t v[MANY];
static uint64_t r[4096 + 8];

static void fill_seed(uint8_t seed[CN_SEED_BYTES]) {
    for (uint8_t i = 0; i < CN_SEED_BYTES; i++) seed[i] = i;
}

/** Values from an independent implementation of RFC 8439 and of the rule in sample.h; the digest is that
 *  of all residues as little-endian words. */
START_TEST(uniform_known_answers) {
    static const struct {
        size_t n;
        uint64_t q;
        cn_role role;
        unsigned limb;
        uint64_t index;
        uint64_t first[3], last;
        const char *digest;
    } known[] = {
        {4096, 70368743669761, CN_ROLE_CIPHERTEXT, 0, 0, {50934184622296, 37693705873424, 25567518278303},
         23468845843773, "deb89ba518c90e7e26247483b69a23d682f3e27d7d84d57d498344705fdbb48a"},
        {4096, 35184372121601, CN_ROLE_RELIN_KEY, 255, 0x123456789abcdef,
         {8067115038157, 18010108514822, 33879937376931}, 11195206661496,
         "fc3999a4292c740aee3eff26046bed1af90a1700c2b319d1f497e19e3489021b"},
        {1000, 5, CN_ROLE_PUBLIC_KEY, 7, 1, {3, 1, 1}, 3,
         "62b619637fd96e799ce7b8fef3ba973d10506dbbf9664ef4aa80e005de4fac36"},
        {300, 2305843009213693951, CN_ROLE_CIPHERTEXT, 3, UINT64_MAX,
         {1422855111303410265, 1931177551150959664, 768734536786933998}, 1588052116454393140,
         "90ab01cfae61dae8cca35edfed2aacb17042e7bfed61635a3af333abbe9f6eca"},
    };
    uint8_t seed[CN_SEED_BYTES];
    fill_seed(seed);
    for (size_t i = 0; i < CN_ARRAY_LEN(known); i++) {
        cn_mod m;
        cn_sha3 h;
        uint8_t digest[CN_SHA3_256_BYTES];
        char hex[2 * CN_SHA3_256_BYTES + 1];
        ck_assert(cn_mod_init(&m, known[i].q));
        memset(r, 0xff, sizeof r);
        cn_sample_uniform_var(r, known[i].n, &m, seed, known[i].role, known[i].limb, known[i].index);
        ck_assert_uint_eq(r[known[i].n], UINT64_MAX);
        ck_assert_mem_eq(r, known[i].first, sizeof known[i].first);
        ck_assert_uint_eq(r[known[i].n - 1], known[i].last);
        cn_sha3_init(&h);
        for (size_t j = 0; j < known[i].n; j++) cn_sha3_u64(&h, r[j]);
        cn_sha3_final(&h, digest);
        cn_hex(hex, digest, sizeof digest);
        ck_assert_str_eq(hex, known[i].digest);
    }
}
END_TEST

/** Shorter outputs are prefixes of longer ones, also across the batches of the key stream. */
START_TEST(uniform_prefix) {
    uint8_t seed[CN_SEED_BYTES];
    uint64_t part[600];
    cn_mod m;
    fill_seed(seed);
    ck_assert(cn_mod_init(&m, 35184372121601));
    cn_sample_uniform_var(r, 600, &m, seed, CN_ROLE_CIPHERTEXT, 2, 9);
    for (size_t n = 0; n < 600; n += 1 + n / 8) {
        memset(part, 0xff, sizeof part);
        cn_sample_uniform_var(part, n, &m, seed, CN_ROLE_CIPHERTEXT, 2, 9);
        ck_assert_mem_eq(part, r, n * sizeof *part);
        ck_assert_uint_eq(part[n], UINT64_MAX);
    }
}
END_TEST

/** Every part of the nonce and the seed changes the stream. */
START_TEST(uniform_separation) {
    uint8_t seed[CN_SEED_BYTES];
    uint64_t out[7][16];
    cn_mod m;
    fill_seed(seed);
    ck_assert(cn_mod_init(&m, 70368743669761));
    cn_sample_uniform_var(out[0], 16, &m, seed, CN_ROLE_CIPHERTEXT, 1, 1);
    cn_sample_uniform_var(out[1], 16, &m, seed, CN_ROLE_PUBLIC_KEY, 1, 1);
    cn_sample_uniform_var(out[2], 16, &m, seed, CN_ROLE_RELIN_KEY, 1, 1);
    cn_sample_uniform_var(out[3], 16, &m, seed, CN_ROLE_CIPHERTEXT, 2, 1);
    cn_sample_uniform_var(out[4], 16, &m, seed, CN_ROLE_CIPHERTEXT, 1, 2);
    cn_sample_uniform_var(out[5], 16, &m, seed, CN_ROLE_CIPHERTEXT, 1, 1 + ((uint64_t)1 << 56));
    seed[31] ^= 0x80;
    cn_sample_uniform_var(out[6], 16, &m, seed, CN_ROLE_CIPHERTEXT, 1, 1);
    for (size_t i = 0; i < 7; i++) {
        for (size_t j = 0; j < i; j++) ck_assert_mem_ne(out[i], out[j], sizeof out[i]);
    }
}
END_TEST

START_TEST(uniform_poly) {
    static const uint64_t q[2] = {70368743669761, 35184372121601};
    uint8_t seed[CN_SEED_BYTES];
    uint64_t limb[64];
    cn_ring ring;
    cn_poly p;
    fill_seed(seed);
    ck_assert_int_eq(cn_ring_init(&ring, 64, q, 2, 1073741441 /* 2^30 - 383 */), CN_OK);
    for (int special = 0; special < 2; special++) {
        ck_assert_int_eq(cn_poly_init(&p, &ring, 2, special, CN_NTT), CN_OK);
        cn_sample_uniform_poly_var(&p, seed, CN_ROLE_RELIN_KEY, 77, &ring);
        ck_assert_int_eq(p.domain, CN_NTT);
        for (unsigned i = 0; i < p.limbs; i++) {
            cn_sample_uniform_var(limb, 64, &ring.ntt[i].mod, seed, CN_ROLE_RELIN_KEY, i == 2 ? 255 : i, 77);
            ck_assert_mem_eq(limb, cn_poly_limb(&p, i), sizeof limb);
        }
        cn_poly_clear(&p);
    }
    cn_ring_clear(&ring);
}
END_TEST

/** Frequencies of all residues of a small modulus. */
START_TEST(uniform_distribution) {
    uint8_t seed[CN_SEED_BYTES];
    unsigned count[5] = {0};
    cn_mod m;
    fill_seed(seed);
    ck_assert(cn_mod_init(&m, 5));
    for (uint64_t index = 0; index < 10; index++) {
        cn_sample_uniform_var(r, 4096, &m, seed, CN_ROLE_CIPHERTEXT, 0, index);
        for (size_t i = 0; i < 4096; i++) {
            TST_CHECK(r[i] < 5);
            count[r[i]]++;
        }
    }
    double chi2 = 0;
    for (size_t k = 0; k < 5; k++) chi2 += (count[k] - 8192.0) * (count[k] - 8192.0) / 8192.0;
    ck_assert_double_lt(chi2, 25); /* 4 degrees of freedom */
}
END_TEST

/** The rule for every word, bit by bit, within one request to the generator. */
START_TEST(secret_words) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint8_t bytes[8 * 100];
        cn_rng *a, *b;
        ck_assert_int_eq(cn_rng_new_test(&a, seed), CN_OK);
        ck_assert_int_eq(cn_rng_new_test(&b, seed), CN_OK);
        size_t n = seed == 1 ? 1 : 100;
        ck_assert_int_eq(cn_rng_bytes(b, bytes, 8 * n), CN_OK);
        bool error = seed % 2;
        v[n] = 99;
        ck_assert_int_eq(error ? cn_sample_error(v, n, a) : cn_sample_ternary(v, n, a), CN_OK);
        ck_assert_int_eq(v[n], 99);
        for (size_t i = 0; i < n; i++) {
            uint64_t x = cn_load64_le(bytes + 8 * i);
            int expected = x < 0x5555555555555556 ? -1 : x < 0xaaaaaaaaaaaaaaab ? 0 : 1;
            if (error) {
                expected = 0;
                for (unsigned k = 0; k < 42; k++) expected += (k < 21 ? 1 : -1) * (int)(x >> k & 1);
            }
            ck_assert_int_eq(v[i], expected);
        }
        cn_rng_free(a);
        cn_rng_free(b);
    }
}
END_TEST

/** Sum of v[i] v[i + lag] / n: the covariance, since the mean is 0. */
static double covariance(size_t lag) {
    double sum = 0;
    for (size_t i = 0; i + lag < MANY; i++) sum += (double)v[i] * v[i + lag];
    return sum / MANY;
}

static double mean(void) {
    double sum = 0;
    for (size_t i = 0; i < MANY; i++) sum += v[i];
    return sum / MANY;
}

START_TEST(ternary_distribution) {
    cn_rng *rng;
    unsigned count[3] = {0};
    ck_assert_int_eq(cn_rng_new_test(&rng, 11), CN_OK);
    ck_assert_int_eq(cn_sample_ternary(v, MANY, rng), CN_OK);
    for (size_t i = 0; i < MANY; i++) {
        TST_CHECK(v[i] >= -1 && v[i] <= 1);
        count[v[i] + 1]++;
    }
    double chi2 = 0, each = MANY / 3.0;
    for (size_t k = 0; k < 3; k++) chi2 += (count[k] - each) * (count[k] - each) / each;
    ck_assert_double_lt(chi2, 22); /* 2 degrees of freedom */
    ck_assert_double_eq_tol(covariance(0), CN_TERNARY_VARIANCE, 0.01);
    for (size_t lag = 1; lag < 300; lag++) ck_assert_double_eq_tol(covariance(lag), 0, 0.02);
    cn_rng_free(rng);
}
END_TEST

START_TEST(error_distribution) {
    cn_rng *rng;
    unsigned count[2 * CN_CBD_K + 1] = {0};
    ck_assert_int_eq(cn_rng_new_test(&rng, 12), CN_OK);
    ck_assert_int_eq(cn_sample_error(v, MANY, rng), CN_OK);
    for (size_t i = 0; i < MANY; i++) {
        TST_CHECK(v[i] >= -CN_CBD_K && v[i] <= CN_CBD_K);
        count[v[i] + CN_CBD_K]++;
    }
    /* P(v) = C(42, 21 + v) / 2^42 */
    double chi2 = 0, expected = ldexp(MANY, -2 * CN_CBD_K);
    for (int k = 0; k <= 2 * CN_CBD_K; k++) {
        if (expected > 5) chi2 += (count[k] - expected) * (count[k] - expected) / expected;
        expected *= (double)(2 * CN_CBD_K - k) / (k + 1);
    }
    ck_assert_double_lt(chi2, 75); /* 25 degrees of freedom */
    ck_assert_double_eq_tol(mean(), 0, 0.08);
    ck_assert_double_eq_tol(covariance(0), CN_ERROR_VARIANCE, 0.35);
    for (size_t lag = 1; lag < 300; lag++) ck_assert_double_eq_tol(covariance(lag), 0, 0.25);
    cn_rng_free(rng);
}
END_TEST

START_TEST(failure_leaves_zeros) {
    enum { n = 1000 };
    for (int error = 0; error < 2; error++) {
        cn_status s = CN_ERR_RANDOM;
        unsigned long k = 0;
        while (s != CN_OK) {
            cn_rng *rng;
            ck_assert_int_eq(cn_rng_new_test(&rng, 13), CN_OK);
            memset(v, 77, n);
            cn_test_rng_fail_at(++k);
            s = error ? cn_sample_error(v, n, rng) : cn_sample_ternary(v, n, rng);
            cn_test_rng_fail_at(0);
            if (s != CN_OK) {
                ck_assert_int_eq(s, CN_ERR_RANDOM);
                for (size_t i = 0; i < n; i++) ck_assert_int_eq(v[i], 0);
            }
            cn_rng_free(rng);
        }
        ck_assert_uint_gt(k, 1);
    }
}
END_TEST

Suite *cn_suite_sample(void) {
    Suite *s = suite_create("sample");
    TCase *tc = tcase_create("uniform");
    tcase_add_test(tc, uniform_known_answers);
    tcase_add_test(tc, uniform_prefix);
    tcase_add_test(tc, uniform_separation);
    tcase_add_test(tc, uniform_poly);
    tcase_add_test(tc, uniform_distribution);
    suite_add_tcase(s, tc);
    tc = tcase_create("secret");
    tcase_add_test(tc, secret_words);
    tcase_add_test(tc, ternary_distribution);
    tcase_add_test(tc, error_distribution);
    tcase_add_test(tc, failure_leaves_zeros);
    suite_add_tcase(s, tc);
    return s;
}
