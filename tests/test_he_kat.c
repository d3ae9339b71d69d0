/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Known answers: with the deterministic generator of test builds every residue of keys and ciphertexts is pinned, per
 *  parameter set, as a SHA3-256 digest of little-endian words. Any change of a format, a sampler, an order of requests or
 *  a rounding shows here, and so does a back end or a build that computes anything else. The first digest was also computed
 *  from the specifications alone (RFC 8439, the sampling rules of ring/sample.h, direct evaluation of the transform). */

#include <stdlib.h>
#include <string.h>

#include "he_testing.h"
#include "testing.h"
#include "util/rng.h"
#include "util/sha3.h"

static const struct {
    cn_params params;
    const char *secret, *public, *relin, *result, *values;
} known[] = {
    {{.n = 4096, .limbs = 3, .q = {34359697409, 34359451649, 34359410689}, .plains = 1, .t = {40961}, .digit_bits = 12},
     "1910e80111a20e317c16a19aec80e2332da8c52d557eae8d9759c10463cf864c",
     "8a017b26911ca6eb948a6aea74d5550531f08968f39cc3edc57c6cbb354c642a",
     "94ead8d9d3d9a65c07be39cb0f4e14b6dd5eeb6666c2da5e1f10d88032b071f8",
     "bea40ce26e89d13a32e01499c3b6cec2c9a0f6b36972ccf3b1b3fde0fbcf6544",
     "d4a011db31fc58760d673723a74bf995f1e325af99962673e00a1398a364fd3e"},
    {{.n = 8192, .limbs = 3, .q = {35184371613697, 35184371417089, 35184371138561}, .special = 70368743669761, .plains = 2,
      .t = {1097729, 1130497}},
     "3e1033e330cb28d078b95b1bcc8d84d765833eb14fe4fa6255bbff40b0efe1a1",
     "8d629d3817b2a64634214294990c82e5f69af871f080569f450b9b9dc2f97440",
     "3a2859990e5c5b6dbdb6c6201e10b8417569705f1671300362d7e21afecf01c1",
     "a71986d1b050c8fbd872999dedfa1750596ac4c330387acc44ef52aba902c1f8",
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

START_TEST(known_answers) {
    const cn_params *p = &known[_i].params;
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
    expect_cipher(c, known[_i].secret, "encryption with the secret key");
    expect_cipher(d, known[_i].public, "encryption with the public key");
    cn_sha3_init(&hash);
    for (unsigned k = 0; k < h.rk->digits; k++) {
        feed(&hash, &h.rk->b[k]);
        feed(&hash, &h.rk->a[k]);
    }
    expect_digest(&hash, known[_i].relin, "relinearisation key");
    ck_assert_int_eq(cn_square(c, h.ctx), CN_OK);
    ck_assert_int_eq(cn_relinearise(c, h.rk, h.ctx), CN_OK);
    ck_assert_int_eq(cn_mod_switch(c, h.ctx), CN_OK);
    expect_cipher(c, known[_i].result, "square, relinearised and switched");
    ck_assert_int_eq(cn_decrypt(found, p->n, c, h.sk, h.ctx), CN_OK);
    cn_sha3_init(&hash);
    for (size_t k = 0; k < p->n; k++) {
        uint64_t v = cn_mod_reduce_signed(values[k], cn_t(h.ctx, branch));
        TST_EQ(found[k], cn_mod_mul(v, v, cn_t(h.ctx, branch)));
        cn_sha3_u64(&hash, found[k]);
    }
    expect_digest(&hash, known[_i].values, "values");
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
    tcase_add_loop_test(tc, known_answers, 0, (int)CN_ARRAY_LEN(known));
    suite_add_tcase(s, tc);
    return s;
}
