/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Flooding, one ciphertext at a time: used slots keep their values, the others become random, noise is as predicted; the rule
 *  for its bits; the numbers that scores are scaled by. */

#include "he/flood.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "he/params.h"
#include "he_testing.h"
#include "nn/server.h"
#include "testing.h"

/** Noise of c by the exact values v: within 0.05 bit of sigma (of n values: three standard deviations are 0.03), none beyond the
 *  limit. */
static void expect_noise(const tst_he *h, const cn_cipher *c, const uint64_t *v, double log2_sigma, double log2_limit) {
    double sigma, top;
    ck_assert_int_eq(cn_test_noise(&sigma, &top, c, v, h->sk, h->ctx), CN_OK);
    ck_assert_msg(fabs(sigma - log2_sigma) < 0.05, "noise 2^%.3f, expected 2^%.3f", sigma, log2_sigma);
    ck_assert_msg(top <= log2_limit, "coefficient 2^%.3f, expected at most 2^%.3f", top, log2_limit);
}

/* Narrow and wide floods: less than a word, its ends, and several words. */
static const unsigned flood_bits[] = {10, 50, 63, 64, 65, 80, 100};

/** At every level: used slots keep their values, the others become random, the noise is uniform. */
START_TEST(flood_core) {
    tst_he h = tst_he_realistic(1); /* two branches */
    const cn_params *p = cn_context_params(h.ctx);
    unsigned bits = flood_bits[_i];
    for (unsigned limbs = p->limbs; limbs >= 1; limbs--)
        for (unsigned branch = 0; branch < 2; branch++) {
            if (cn_params_log2_level(p, limbs) < log2((double)p->t[branch]) + bits + 3) continue;
            size_t used = limbs % 2 ? 5 : h.n, same = 0;
            uint64_t *v = tst_slots(&h, branch), *out = malloc(h.n * sizeof *out);
            cn_cipher *c = tst_encrypt(&h, v, branch, false), *before;
            cn_flood f;
            cn_rng *rng;
            while (cn_cipher_limbs(c) > limbs) ck_assert_int_eq(cn_mod_switch(c, h.ctx), CN_OK);
            before = tst_copy(c);
            ck_assert_int_eq(cn_rng_new(&rng), CN_OK);
            ck_assert_int_eq(cn_flood_init(&f, bits, limbs, h.ctx), CN_OK);
            ck_assert_uint_eq(cn_flood_bytes(bits, limbs, h.n), h.n * (3 + 8 * ((bits + 63) / 64 + 1 + 3 * limbs)));
            ck_assert_int_eq(cn_flood_draw(&f, c, used, NULL, rng, h.ctx), CN_OK);
            cn_flood_core(c, &f, h.pk, h.ctx);
            for (size_t k = 0; k < h.n; k++) TST_CHECK(f.words[k] == 0 && f.slots[k] == 0 && f.small[k] == 0); /* wiped */
            cn_flood_clear(&f, h.ctx);
            cn_rng_free(rng);
            ck_assert_int_eq(cn_decrypt(out, h.n, c, h.sk, h.ctx), CN_OK);
            ck_assert_mem_eq(out, v, used * sizeof *v);
            double mean = 0;
            for (size_t k = used; k < h.n; k++) {
                same += out[k] == v[k];
                mean += (double)out[k] / (double)p->t[branch] / (double)(h.n - used);
            }
            ck_assert_uint_le(same, 3); /* expected n / t, below 0.01 */
            if (used < h.n) ck_assert_double_eq_tol(mean, 0.5, 5 * sqrt(1.0 / 12 / (double)(h.n - used)));
            for (unsigned k = 0; k < 2; k++)
                ck_assert_mem_ne(c->part[k].c, before->part[k].c, h.n * sizeof(uint64_t));
            double fresh = cn_noise_fresh_public(h.n).var;
            cn_noise floor = limbs < p->limbs ? cn_noise_switch_floor(h.n, 2) : cn_noise_fresh_secret();
            double rest = fresh + floor.var;
            expect_noise(&h, c, out, 0.5 * log2(cn_noise_flood(bits).var + rest), log2(exp2(bits - 1.0) + 8 * sqrt(rest)));
            cn_cipher_free(before);
            cn_cipher_free(c);
            free(out);
            free(v);
        }
    tst_he_free(&h);
}
END_TEST

/** The bits that a plan asks for, by their definition. */
START_TEST(flood_bits_rule) {
    for (unsigned privacy = 40; privacy <= 128; privacy += 8)
        for (double sigma = 1; sigma < 1e30; sigma *= 977) {
            unsigned bits = cn_noise_flood_bits(8192, 10, privacy, sigma * sigma);
            double distance = log2(8192 * 10 * sigma) - bits; /* sum of |w| / 2^bits */
            ck_assert_double_le(distance, -(double)privacy + 1e-9);
            ck_assert_double_gt(distance, -(double)privacy - 1 - 1e-9);
            /* the rule of thumb: a standard deviation of 2^(privacy-1) sqrt(n) sigma at least */
            ck_assert_double_ge(cn_noise_log2(cn_noise_flood(bits)), privacy - 1 + 6.5 + log2(sigma));
        }
    ck_assert_uint_eq(cn_noise_flood_bits(8192, 10, 40, HUGE_VAL), CN_FLOOD_BITS_MAX + 1);
    ck_assert_uint_eq(cn_noise_flood_bits(8192, 10, 40, NAN), CN_FLOOD_BITS_MAX + 1);
    ck_assert_uint_eq(cn_noise_flood_bits(8192, 10, 40, exp2(2000)), CN_FLOOD_BITS_MAX + 1);
}
END_TEST

/* ---- scaled scores ------------------------------------------------------------------------- */

/** Noise after scaling, by the rule for plaintext products: what the flood is sized for. */
START_TEST(scaled_noise) {
    enum { COUNT = 100 };
    tst_he h = tst_he_realistic(1);
    const cn_params *p = cn_context_params(h.ctx);
    for (unsigned branch = 0; branch < 2; branch++) {
        cn_scales s;
        uint64_t *v = tst_slots(&h, branch);
        cn_cipher *c = tst_encrypt(&h, v, branch, false);
        const cn_mod *t = cn_t(h.ctx, branch);
        double sigma, top;
        ck_assert_int_eq(cn_scales_draw(&s, COUNT, 1, 12), CN_OK);
        const int64_t *r = s.r;
        for (size_t i = 0; i < h.n; i++) v[i] = i < COUNT ? cn_mod_mul(v[i], (uint64_t)r[i], t) : 0;
        ck_assert_int_eq(cn_mul_plain(c, r, COUNT, h.ctx), CN_OK);
        ck_assert_int_eq(cn_test_noise(&sigma, &top, c, v, h.sk, h.ctx), CN_OK);
        ck_assert_double_eq_tol(sigma, cn_noise_log2(cn_noise_mul_plain(cn_noise_fresh_secret(), p->t[branch], h.n)), 0.15);
        cn_scales_clear(&s);
        cn_cipher_free(c);
        free(v);
    }
    tst_he_free(&h);
}
END_TEST

/** All numbers of the range are drawn. */
START_TEST(scales) {
    cn_scales s;
    size_t seen[8] = {0}, fill[8] = {0};
    ck_assert_int_eq(cn_scales_draw(&s, 8000, 2, 3), CN_OK);
    for (size_t i = 0; i < 8000; i++) {
        TST_CHECK(s.r[i] >= 1 && s.r[i] <= 7);
        seen[s.r[i]]++;
        for (size_t k = 0; k < 2; k++) {
            TST_CHECK(s.e[k * 8000 + i] < (uint64_t)s.r[i]);
            fill[s.e[k * 8000 + i]] += s.r[i] == 7;
        }
    }
    for (size_t k = 1; k <= 7; k++) ck_assert_double_eq_tol((double)seen[k], 8000.0 / 7, 200); /* six standard deviations */
    for (size_t k = 0; k < 7; k++) ck_assert_double_eq_tol((double)fill[k], 16000.0 / 49, 130); /* seven */
    cn_scales_clear(&s);
}
END_TEST

Suite *cn_suite_flood(void) {
    Suite *s = suite_create("flood");
    TCase *c = tcase_create("flood");
    tcase_add_loop_test(c, flood_core, 0, CN_ARRAY_LEN(flood_bits));
    tcase_add_test(c, flood_bits_rule);
    tcase_add_test(c, scaled_noise);
    tcase_add_test(c, scales);
    suite_add_tcase(s, c);
    return s;
}
