/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Known answers: with the deterministic generator of test builds every residue of keys and ciphertexts is pinned, per
 *  parameter set, as a SHA3-256 digest of little-endian words. Any change of a format, a sampler, an order of requests or
 *  a rounding shows here, and so does a back end or a build that computes anything else. The first digest was also computed
 *  from the specifications alone (RFC 8439, the sampling rules of ring/sample.h, direct evaluation of the transform). */

#include <stdlib.h>
#include <string.h>

#include "he_testing.h"
#include "ring/kernels.h"
#include "testing.h"
#include "util/rng.h"
#include "util/sha3.h"

static const struct {
    cn_params params;
    const char *secret, *public, *relin, *result, *values;
} known[] = {
    {{.n = 4096, .limbs = 3, .q = {34359697409, 34359451649, 34359410689}, .plains = 1, .t = {40961}, .digit_bits = 12},
     "e24356e984a30ccf3db83ac38234cc78788f2cb3e2f93416b1278e29b2b0bf50",
     "af50af5b39063fb9da9b3b13ecd1062476d6be3bbf684bea2cc88d0eca764902",
     "746a1fddb230f65de35399df5e79ff6ef703f38c219c97401313fca70dd7a1ac",
     "9250714ef87b8587bca98e5af58a45a8118597826ad5b0749a55ce671932635b",
     "d4a011db31fc58760d673723a74bf995f1e325af99962673e00a1398a364fd3e"},
    {{.n = 8192, .limbs = 3, .q = {35184371613697, 35184371417089, 35184371138561}, .special = 70368743669761, .plains = 2,
      .t = {1097729, 1130497}},
     "62fc398447283315718f32a7ffe901a58b26f80816f09a1ea8dad1237756be22",
     "7014b8dfe0969888376796a5041974d0bf078cc78dca68011f5a4522d98aa3d5",
     "544297a1a4f35894385e4286bbc2f7585f4110528e587ffb120e6efbc20a169e",
     "38cc9fd9b15c57879d4b0e290747558713c5be9ac6f5a354530b28c0ec568009",
     "4b9bbf7926e3c39cfb3d43579e36561d7c760b272707ff7068bbb37738c232a8"},
};

static void feed(cn_sha3 *h, const cn_poly *p) {
    for (size_t k = 0; k < p->limbs * p->n; k++) cn_sha3_u64(h, p->c[k]);
}

static void expect_digest(cn_sha3 *h, const char *expected, const char *object) {
    uint8_t digest[CN_SHA3_256_BYTES];
    char hex[2 * CN_SHA3_256_BYTES + 1];
    cn_sha3_final(h, digest);
    cn_hex(hex, digest, sizeof digest);
    ck_assert_msg(strcmp(hex, expected) == 0, "%s: expected %s, found %s", object, expected, hex);
}

static void expect_cipher(const cn_cipher *c, const char *expected, const char *object) {
    cn_sha3 hash;
    cn_sha3_init(&hash);
    for (unsigned k = 0; k < c->parts; k++) feed(&hash, &c->part[k]);
    expect_digest(&hash, expected, object);
}

/** Every parameter set with the kernels of every instruction set that this CPU runs, in every floating-point mode. */
START_TEST(known_answers) {
    const size_t set = (size_t)_i % CN_ARRAY_LEN(known), rest = (size_t)_i / CN_ARRAY_LEN(known);
    const unsigned mode = rest % TST_FLOAT_MODES;
    const cn_params *p = &known[set].params;
    setenv("CRYPTONETS_CPU", cn_isa_name((cn_isa)(rest / TST_FLOAT_MODES)), 1); /* heard where tests run in their own process */
    tst_float_mode_set(mode);
    unsigned branch = p->plains - 1;
    int64_t *values = malloc(p->n * sizeof *values);
    uint64_t *found = malloc(p->n * sizeof *found);
    cn_sha3 hash;
    cn_cipher *c, *d;
    for (size_t k = 0; k < p->n; k++) values[k] = (int64_t)(k * k) - 1000000;
    cn_test_rng_deterministic(2016);
    tst_he h = tst_he_new(p);
    ck_assert_int_eq(cn_encrypt_secret(&c, values, p->n, branch, h.sk, h.ctx), CN_OK);
    ck_assert_int_eq(cn_encrypt_public(&d, values, p->n, branch, h.pk, h.ctx), CN_OK);
    cn_test_rng_system();
    expect_cipher(c, known[set].secret, "encryption with the secret key");
    expect_cipher(d, known[set].public, "encryption with the public key");
    cn_sha3_init(&hash);
    for (unsigned k = 0; k < h.ctx->digits[p->limbs]; k++) { /* the part for squares */
        feed(&hash, &h.rk->b[k]);
        feed(&hash, &h.rk->a[k]);
    }
    expect_digest(&hash, known[set].relin, "relinearisation key");
    ck_assert_int_eq(cn_square(c, h.ctx), CN_OK);
    ck_assert_int_eq(cn_relinearise(c, h.rk, h.ctx), CN_OK);
    ck_assert_int_eq(cn_mod_switch(c, h.ctx), CN_OK);
    expect_cipher(c, known[set].result, "square, relinearised and switched");
    ck_assert_int_eq(cn_decrypt(found, p->n, c, h.sk, h.ctx), CN_OK);
    cn_sha3_init(&hash);
    for (size_t k = 0; k < p->n; k++) {
        uint64_t v = cn_mod_reduce_signed(values[k], cn_t(h.ctx, branch));
        TST_EQ(found[k], cn_mod_mul(v, v, cn_t(h.ctx, branch)));
        cn_sha3_u64(&hash, found[k]);
    }
    expect_digest(&hash, known[set].values, "values");
    ck_assert(tst_float_mode_kept());
    tst_float_mode_set(0);
    cn_cipher_free(c);
    cn_cipher_free(d);
    tst_he_free(&h);
    free(values);
    free(found);
}
END_TEST

Suite *cn_suite_he_kat(void) {
    Suite *s = suite_create("he_kat");
    TCase *tc = tcase_create("known answers");
    size_t tables;
    cn_kernels_all(&tables);
    tcase_add_loop_test(tc, known_answers, 0, (int)(tables * TST_FLOAT_MODES * CN_ARRAY_LEN(known)));
    suite_add_tcase(s, tc);
    return s;
}
