/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Every documented refusal of the public operations: NULL, sizes, ranges, objects of other contexts, branches, levels,
 *  factors, parts. Operands stay as they were, objects come back as NULL, decrypted values as zeros. */

#include <stdlib.h>
#include <string.h>

#include "he_testing.h"
#include "testing.h"

/* Two branches, three primes. */
static cn_params two_branches(void) { return tst_he_params(4096, 3, 35, 0, 2, 40000, 0); }

static tst_he he;
static void setup(void) {
    cn_params p = two_branches();
    he = tst_he_new(&p);
}
static void teardown(void) { tst_he_free(&he); }

/* A call on a that must give code and leave a as it was. */
#define UNCHANGED(a, call, code)                                                                                       \
    do {                                                                                                               \
        cn_cipher *kept_ = tst_copy(a);                                                                                \
        ck_assert_int_eq(call, code);                                                                                  \
        ck_assert_str_ne(cn_error_text(), "");                                                                         \
        ck_assert(tst_same(a, kept_));                                                                                 \
        cn_cipher_free(kept_);                                                                                         \
    } while (0)

/* A call that must give code and set the pointer to NULL. */
#define NO_OBJECT(pointer, call, code)                                                                                 \
    do {                                                                                                               \
        (pointer) = (void *)(uintptr_t)64;                                                                             \
        ck_assert_int_eq(call, code);                                                                                  \
        ck_assert_ptr_null(pointer);                                                                                   \
    } while (0)

START_TEST(refuses_null) {
    int64_t v[4] = {0};
    uint64_t out[4] = {1, 2, 3, 4};
    cn_cipher *c, *a;
    cn_secret_key *sk;
    cn_public_key *pk;
    cn_relin_key *rk;
    ck_assert_int_eq(cn_secret_key_new(NULL, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_secret_key_new(&sk, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_public_key_new(NULL, he.sk, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_public_key_new(&pk, NULL, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_public_key_new(&pk, he.sk, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_relin_key_new(NULL, he.sk, 2, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_relin_key_new(&rk, NULL, 2, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_relin_key_new(&rk, he.sk, 2, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_relin_key_new(&rk, he.sk, 1, he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_relin_key_new(&rk, he.sk, 4, he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_encrypt_secret(NULL, v, 4, 0, he.sk, he.ctx), CN_ERR_NULL);
    NO_OBJECT(c, cn_encrypt_secret(&c, NULL, 4, 0, he.sk, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_encrypt_secret(&c, v, 4, 0, NULL, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_encrypt_secret(&c, v, 4, 0, he.sk, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_encrypt_public(NULL, v, 4, 0, he.pk, he.ctx), CN_ERR_NULL);
    NO_OBJECT(c, cn_encrypt_public(&c, NULL, 4, 0, he.pk, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_encrypt_public(&c, v, 4, 0, NULL, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_encrypt_public(&c, v, 4, 0, he.pk, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_encrypt_secret(&a, v, 4, 0, he.sk, he.ctx), CN_OK);
    ck_assert_int_eq(cn_decrypt(NULL, 4, a, he.sk, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_decrypt(out, 4, NULL, he.sk, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_decrypt(out, 4, a, NULL, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_decrypt(out, 4, a, he.sk, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_add(NULL, a, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_sub(NULL, NULL, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_mul(NULL, a, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_mul(NULL, NULL, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_square(NULL, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_mul_scalar(NULL, 2, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_add_scalar(NULL, 2, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_mul_plain(NULL, v, 4, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_relinearise(NULL, he.rk, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_mod_switch(NULL, he.ctx), CN_ERR_NULL);
    UNCHANGED(a, cn_add(a, NULL, he.ctx), CN_ERR_NULL);
    UNCHANGED(a, cn_add(a, a, NULL), CN_ERR_NULL);
    UNCHANGED(a, cn_sub(a, NULL, he.ctx), CN_ERR_NULL);
    UNCHANGED(a, cn_mul(a, NULL, he.ctx), CN_ERR_NULL);
    UNCHANGED(a, cn_mul(a, a, NULL), CN_ERR_NULL);
    UNCHANGED(a, cn_square(a, NULL), CN_ERR_NULL);
    UNCHANGED(a, cn_mul_scalar(a, 2, NULL), CN_ERR_NULL);
    UNCHANGED(a, cn_add_scalar(a, 2, NULL), CN_ERR_NULL);
    UNCHANGED(a, cn_mul_plain(a, NULL, 4, he.ctx), CN_ERR_NULL);
    UNCHANGED(a, cn_mul_plain(a, v, 4, NULL), CN_ERR_NULL);
    UNCHANGED(a, cn_relinearise(a, NULL, he.ctx), CN_ERR_NULL);
    UNCHANGED(a, cn_relinearise(a, he.rk, NULL), CN_ERR_NULL);
    UNCHANGED(a, cn_mod_switch(a, NULL), CN_ERR_NULL);
    cn_cipher_free(a);
    cn_secret_key_free(NULL);
    cn_public_key_free(NULL);
    cn_relin_key_free(NULL);
}
END_TEST

START_TEST(refuses_sizes_and_ranges) {
    uint64_t *v = tst_slots(&he, 0), before = v[0];
    const int64_t *x = (const int64_t *)v;
    cn_cipher *a = tst_encrypt(&he, v, 0, false), *c;
    NO_OBJECT(c, cn_encrypt_secret(&c, x, he.n + 1, 0, he.sk, he.ctx), CN_ERR_SIZE);
    NO_OBJECT(c, cn_encrypt_public(&c, x, he.n + 1, 0, he.pk, he.ctx), CN_ERR_SIZE);
    NO_OBJECT(c, cn_encrypt_secret(&c, x, SIZE_MAX, 0, he.sk, he.ctx), CN_ERR_SIZE);
    NO_OBJECT(c, cn_encrypt_secret(&c, x, 4, 2, he.sk, he.ctx), CN_ERR_SIZE);
    NO_OBJECT(c, cn_encrypt_public(&c, x, 4, UINT32_MAX, he.pk, he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_decrypt(v, he.n + 1, a, he.sk, he.ctx), CN_ERR_SIZE);
    ck_assert_uint_eq(v[0], before);
    UNCHANGED(a, cn_mul_plain(a, x, he.n + 1, he.ctx), CN_ERR_SIZE);
    UNCHANGED(a, cn_mul_scalar(a, (int64_t)1 << 62, he.ctx), CN_ERR_RANGE);
    UNCHANGED(a, cn_mul_scalar(a, -((int64_t)1 << 62), he.ctx), CN_ERR_RANGE);
    UNCHANGED(a, cn_mul_scalar(a, INT64_MIN, he.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_mul_scalar(a, ((int64_t)1 << 62) - 1, he.ctx), CN_OK);
    ck_assert_int_eq(cn_mul_scalar(a, 1 - ((int64_t)1 << 62), he.ctx), CN_OK);
    cn_cipher_free(a);
    free(v);
}
END_TEST

/** Every entry point with an object of another context in every place. */
START_TEST(refuses_other_contexts) {
    cn_params p = two_branches();
    p.digit_bits = 20; /* the same ring */
    tst_he other = tst_he_new(&p);
    uint64_t *v = tst_slots(&he, 0), out[4];
    const int64_t *x = (const int64_t *)v;
    cn_cipher *a = tst_encrypt(&he, v, 0, false), *b = tst_encrypt(&other, v, 0, false), *c;
    cn_public_key *pk;
    cn_relin_key *rk;
    NO_OBJECT(pk, cn_public_key_new(&pk, other.sk, he.ctx), CN_ERR_MISMATCH);
    NO_OBJECT(rk, cn_relin_key_new(&rk, other.sk, 2, he.ctx), CN_ERR_MISMATCH);
    NO_OBJECT(c, cn_encrypt_secret(&c, x, 4, 0, other.sk, he.ctx), CN_ERR_MISMATCH);
    NO_OBJECT(c, cn_encrypt_public(&c, x, 4, 0, other.pk, he.ctx), CN_ERR_MISMATCH);
    for (int which = 0; which < 2; which++) {
        memset(out, 0x55, sizeof out);
        ck_assert_int_eq(cn_decrypt(out, 4, which ? a : b, which ? other.sk : he.sk, he.ctx), CN_ERR_MISMATCH);
        for (size_t k = 0; k < 4; k++) ck_assert_uint_eq(out[k], 0);
    }
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "secret key"));
    UNCHANGED(a, cn_add(a, b, he.ctx), CN_ERR_MISMATCH);
    UNCHANGED(b, cn_add(b, a, he.ctx), CN_ERR_MISMATCH);
    UNCHANGED(a, cn_sub(a, b, he.ctx), CN_ERR_MISMATCH);
    UNCHANGED(a, cn_mul(a, b, he.ctx), CN_ERR_MISMATCH);
    UNCHANGED(b, cn_mul(b, b, he.ctx), CN_ERR_MISMATCH);
    UNCHANGED(b, cn_square(b, he.ctx), CN_ERR_MISMATCH);
    UNCHANGED(b, cn_mul_scalar(b, 2, he.ctx), CN_ERR_MISMATCH);
    UNCHANGED(b, cn_add_scalar(b, 2, he.ctx), CN_ERR_MISMATCH);
    UNCHANGED(b, cn_mul_plain(b, x, 4, he.ctx), CN_ERR_MISMATCH);
    UNCHANGED(b, cn_mod_switch(b, he.ctx), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_square(a, he.ctx), CN_OK);
    ck_assert_int_eq(cn_square(b, other.ctx), CN_OK);
    UNCHANGED(a, cn_relinearise(a, other.rk, he.ctx), CN_ERR_MISMATCH);
    UNCHANGED(b, cn_relinearise(b, he.rk, he.ctx), CN_ERR_MISMATCH);
    cn_cipher_free(a);
    cn_cipher_free(b);
    free(v);
    tst_he_free(&other);
}
END_TEST

/** Branches, levels, factors and parts that do not go together. */
START_TEST(refuses_states) {
    uint64_t *v = tst_slots(&he, 0);
    cn_cipher *a = tst_encrypt(&he, v, 0, false), *other = tst_encrypt(&he, v, 1, false);
    cn_cipher *low = tst_copy(a), *squared = tst_copy(a);
    UNCHANGED(a, cn_add(a, other, he.ctx), CN_ERR_MISMATCH);
    UNCHANGED(a, cn_sub(a, other, he.ctx), CN_ERR_MISMATCH);
    UNCHANGED(a, cn_mul(a, other, he.ctx), CN_ERR_MISMATCH);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "branches 0 and 1"));
    ck_assert_int_eq(cn_mod_switch(low, he.ctx), CN_OK);
    UNCHANGED(a, cn_add(a, low, he.ctx), CN_ERR_STATE);
    UNCHANGED(low, cn_sub(low, a, he.ctx), CN_ERR_STATE);
    UNCHANGED(a, cn_mul(a, low, he.ctx), CN_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "3 and 2 primes"));
    ck_assert_int_eq(cn_mod_switch(low, he.ctx), CN_OK);
    UNCHANGED(low, cn_mod_switch(low, he.ctx), CN_ERR_STATE); /* one prime left */
    UNCHANGED(a, cn_relinearise(a, he.rk, he.ctx), CN_ERR_STATE); /* two parts */
    ck_assert_int_eq(cn_square(squared, he.ctx), CN_OK);
    UNCHANGED(a, cn_add(a, squared, he.ctx), CN_ERR_STATE);
    UNCHANGED(squared, cn_sub(squared, a, he.ctx), CN_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "factors"));
    UNCHANGED(squared, cn_square(squared, he.ctx), CN_ERR_STATE);
    UNCHANGED(squared, cn_mul(squared, squared, he.ctx), CN_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "powers 2 and 2"));
    cn_cipher *cube = tst_copy(squared);
    cn_relin_key *squares;
    ck_assert_int_eq(cn_mul(cube, a, he.ctx), CN_OK);
    UNCHANGED(cube, cn_mul(cube, a, he.ctx), CN_ERR_STATE);
    UNCHANGED(a, cn_mul(a, cube, he.ctx), CN_ERR_STATE);
    ck_assert_int_eq(cn_relin_key_new(&squares, he.sk, 2, he.ctx), CN_OK);
    UNCHANGED(cube, cn_relinearise(cube, squares, he.ctx), CN_ERR_STATE); /* its key is for squares */
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "power 2 to 2, which the key is for, found 3"));
    cn_relin_key_free(squares);
    cn_cipher_free(cube);
    cn_cipher_free(a);
    cn_cipher_free(other);
    cn_cipher_free(low);
    cn_cipher_free(squared);
    free(v);
}
END_TEST

Suite *cn_suite_he_refusals(void) {
    Suite *s = suite_create("he_refusals");
    TCase *tc = tcase_create("refusals");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, refuses_null);
    tcase_add_test(tc, refuses_sizes_and_ranges);
    tcase_add_test(tc, refuses_other_contexts);
    tcase_add_test(tc, refuses_states);
    suite_add_tcase(s, tc);
    return s;
}
