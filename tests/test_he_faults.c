/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Every entry point of the encryption layer while each allocation, and each request for randomness, fails in turn: the
 *  right status, no object, operands as they were, no block left behind; and success once nothing fails any more. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "he/params.h"
#include "he_testing.h"
#include "testing.h"
#include "util/mem.h"
#include "util/rng.h"

static tst_he he;
static uint64_t *values;
static cn_rotation_key *rotations; /* of BFV */
static const cn_rotation rotation_list[2] = {{.by = 3}, {.by = CN_ROTATE_SWAP, .limbs = 2}};
static cn_cipher *fresh, *product, *relinearised, *cube, *low;

static void setup_scheme(cn_scheme scheme) {
    cn_test_allow_toy_rings(true);
    cn_params p = tst_he_params(16, 3, 30, 31, 2, 97, 12);
    p.scheme = scheme;
    he = tst_he_new(&p);
    values = tst_slots(&he, 1);
    fresh = tst_encrypt(&he, values, 1, false);
    rotations = NULL;
    if (scheme == CN_SCHEME_BFV) ck_assert_int_eq(cn_rotation_key_new(&rotations, he.sk, rotation_list, 2, he.ctx), CN_OK);
    product = tst_copy(fresh);
    ck_assert_int_eq(cn_square(product, he.ctx), CN_OK);
    relinearised = tst_copy(product);
    ck_assert_int_eq(cn_relinearise(relinearised, he.rk, he.ctx), CN_OK);
    cube = tst_copy(product);
    ck_assert_int_eq(cn_mul(cube, fresh, he.ctx), CN_OK);
    low = tst_copy(cube); /* the same factor, power 1 */
    ck_assert_int_eq(cn_relinearise(low, he.rk, he.ctx), CN_OK);
}

static void setup(void) { setup_scheme(CN_SCHEME_BFV); }
static void setup_yashe(void) { setup_scheme(CN_SCHEME_YASHE); }

static void teardown(void) {
    cn_test_alloc_fail_at(0);
    cn_test_rng_fail_at(0);
    cn_cipher_free(fresh);
    cn_cipher_free(product);
    cn_cipher_free(relinearised);
    cn_cipher_free(cube);
    cn_cipher_free(low);
    cn_rotation_key_free(rotations);
    free(values);
    tst_he_free(&he);
    cn_test_allow_toy_rings(false);
}

/* ---- functions that make an object ------------------------------------------------------------ */

static const struct maker {
    const char *name;
    bool allocates, random;
} makers[] = {
    {"context", true, false},           {"secret key", true, true},     {"public key", true, true},
    {"relinearisation key", true, true}, {"encrypt secret", true, true}, {"encrypt public", true, true},
    {"copy", true, false},               {"rotation key", true, true},
};

/** Call maker number i.  Out: *object; its type follows from i. */
static cn_status make(size_t i, void **object) {
    const int64_t *v = (const int64_t *)values;
    cn_params p = *cn_context_params(he.ctx);
    cn_context *ctx = he.ctx;
    cn_secret_key *sk = NULL;
    cn_public_key *pk = NULL;
    cn_relin_key *rk = NULL;
    cn_rotation_key *turn = NULL;
    cn_cipher *c = NULL;
    cn_status s;
    switch (i) {
    case 0: s = cn_context_new(&ctx, &p), *object = ctx; return s;
    case 1: s = cn_secret_key_new(&sk, ctx), *object = sk; return s;
    case 2: s = cn_public_key_new(&pk, he.sk, ctx), *object = pk; return s;
    case 3: s = cn_relin_key_new(&rk, he.sk, 3, ctx), *object = rk; return s;
    case 4: /* which YASHE' does not have */
        s = p.scheme == CN_SCHEME_BFV ? cn_encrypt_secret(&c, v, 16, 1, he.sk, ctx) : cn_encrypt_public(&c, v, 16, 1, he.pk, ctx);
        *object = c;
        return s;
    case 5: s = cn_encrypt_public(&c, v, 16, 1, he.pk, ctx), *object = c; return s;
    case 7: /* which YASHE' does not have */
        if (p.scheme == CN_SCHEME_BFV) return s = cn_rotation_key_new(&turn, he.sk, rotation_list, 2, ctx), *object = turn, s;
        return s = cn_relin_key_new(&rk, he.sk, 3, ctx), *object = rk, s;
    default: s = cn_cipher_copy(&c, product), *object = c; return s;
    }
}

static void release(size_t i, void *object) {
    switch (i) {
    case 0: cn_context_free(object); return;
    case 1: cn_secret_key_free(object); return;
    case 2: cn_public_key_free(object); return;
    case 3: cn_relin_key_free(object); return;
    case 7:
        if (he.ctx->params.scheme == CN_SCHEME_BFV) cn_rotation_key_free(object);
        else cn_relin_key_free(object);
        return;
    default: cn_cipher_free(object); return;
    }
}

static void fail_each(size_t i, void (*fail_at)(unsigned long), cn_status code, bool expected) {
    unsigned long k = 0;
    cn_status s = code;
    while (s != CN_OK) {
        void *object = NULL;
        long live = cn_test_alloc_live();
        fail_at(++k);
        s = make(i, &object);
        fail_at(0);
        if (s != CN_OK) {
            ck_assert_msg(s == code && !object && k < 1000, "%s, failure %lu: status %d", makers[i].name, k, (int)s);
            ck_assert_str_ne(cn_error_text(), "");
        } else {
            ck_assert_ptr_nonnull(object);
            release(i, object);
        }
        ck_assert_msg(cn_test_alloc_live() == live, "%s, failure %lu: blocks left", makers[i].name, k);
    }
    ck_assert_msg((k > 1) == expected, "%s: %lu calls", makers[i].name, k);
}

START_TEST(makers_without_memory) {
    fail_each((size_t)_i, cn_test_alloc_fail_at, CN_ERR_MEMORY, makers[_i].allocates);
}
END_TEST

START_TEST(makers_without_randomness) {
    fail_each((size_t)_i, cn_test_rng_fail_at, CN_ERR_RANDOM, makers[_i].random);
}
END_TEST

/** Pages of address space, or 0 where the system does not tell. */
static unsigned long address_space(void) {
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f) return 0;
    if (fscanf(f, "%lu", &pages) != 1) pages = 0;
    fclose(f);
    return pages;
}

/** Generators live on pages of their own, which the count of blocks does not show. (Valgrind, known by what it preloads, keeps
 *  freed blocks back, so that the address space tells nothing there.) */
START_TEST(makers_release_generators) {
    const char *preloaded = getenv("LD_PRELOAD");
    if (preloaded && strstr(preloaded, "vgpreload")) return;
    enum { calls = 2000 };
    unsigned long before = 0;
    for (size_t call = 0; call < 2 * calls; call++) { /* the first half lets the heap settle */
        void *object = NULL;
        if (call == calls) before = address_space();
        ck_assert_int_eq(make((size_t)_i, &object), CN_OK);
        release((size_t)_i, object);
    }
    ck_assert_uint_lt(address_space(), before + calls / 2);
}
END_TEST

/* ---- functions that change an operand ---------------------------------------------------------- */

static const struct {
    const char *name;
    cn_cipher **operand;
    bool allocates, one_part; /* in BFV, and if there is one part too */
} changers[] = {
    {"add", &fresh, false, false},
    {"add, extending", &relinearised, true, false},
    {"subtract, extending", &relinearised, true, false},
    {"multiply", &fresh, true, false},
    {"square", &fresh, true, false},
    {"multiply by plaintext", &fresh, true, true},
    {"relinearise", &product, true, true},
    {"switch", &product, true, true},
    {"scalars", &fresh, false, false},
    {"add, extending by two", &low, true, false},
    {"relinearise a cube", &cube, true, true},
    {"rotate", &fresh, true, false},
};

static cn_status change(size_t i, cn_cipher *a) {
    cn_context *ctx = he.ctx;
    cn_status s;
    switch (i) {
    case 0: return cn_add(a, fresh, ctx);
    case 1: return cn_add(a, product, ctx);
    case 2: return cn_sub(a, product, ctx);
    case 3: return cn_mul(a, fresh, ctx);
    case 4: return cn_square(a, ctx);
    case 5: return cn_mul_plain(a, (const int64_t *)values, 16, ctx);
    case 6: return cn_relinearise(a, he.rk, ctx);
    case 7: return cn_mod_switch(a, ctx);
    case 9: return cn_add(a, cube, ctx);
    case 11: return he.ctx->params.scheme == CN_SCHEME_BFV ? cn_rotate(a, 3, rotations, ctx) : cn_add(a, fresh, ctx);
    case 10: return cn_relinearise(a, he.rk, ctx);
    default: s = cn_mul_scalar(a, 3, ctx); return s == CN_OK ? cn_add_scalar(a, 3, ctx) : s;
    }
}

START_TEST(changers_without_memory) {
    long before = cn_test_alloc_live();
    cn_cipher *operand = *changers[_i].operand, *a = tst_copy(operand), *expected = tst_copy(operand);
    ck_assert_int_eq(change((size_t)_i, expected), CN_OK);
    unsigned long k = 0;
    cn_status s = CN_ERR_MEMORY;
    while (s != CN_OK) {
        long live = cn_test_alloc_live();
        cn_test_alloc_fail_at(++k);
        s = change((size_t)_i, a);
        cn_test_alloc_fail_at(0);
        if (s == CN_OK) break;
        ck_assert_msg(s == CN_ERR_MEMORY && k < 1000, "%s, failure %lu: status %d", changers[_i].name, k, (int)s);
        ck_assert_msg(tst_same(a, operand), "%s, failure %lu: the operand has changed", changers[_i].name, k);
        ck_assert_msg(cn_test_alloc_live() == live, "%s, failure %lu: blocks left", changers[_i].name, k);
    }
    bool allocates = changers[_i].allocates && (he.ctx->params.scheme == CN_SCHEME_BFV || changers[_i].one_part);
    ck_assert_msg((k > 1) == allocates, "%s: %lu calls", changers[_i].name, k);
    ck_assert(tst_same(a, expected)); /* the failures before left nothing behind */
    cn_cipher_free(a);
    cn_cipher_free(expected);
    ck_assert_int_eq(cn_test_alloc_live(), before);
}
END_TEST

START_TEST(decrypt_without_memory) {
    uint64_t found[16];
    unsigned long k = 0;
    cn_status s = CN_ERR_MEMORY;
    while (s != CN_OK) {
        long live = cn_test_alloc_live();
        memset(found, 0x55, sizeof found);
        cn_test_alloc_fail_at(++k);
        s = cn_decrypt(found, 16, fresh, he.sk, he.ctx);
        cn_test_alloc_fail_at(0);
        ck_assert_int_eq(cn_test_alloc_live(), live);
        if (s != CN_OK) ck_assert_int_eq(s, CN_ERR_MEMORY);
        for (size_t j = 0; j < 16; j++) ck_assert_uint_eq(found[j], s == CN_OK ? values[j] : 0);
    }
    ck_assert_uint_gt(k, 1);
}
END_TEST

START_TEST(noise_without_memory) {
    double sigma, top;
    unsigned long k = 0;
    cn_status s = CN_ERR_MEMORY;
    while (s != CN_OK) {
        long live = cn_test_alloc_live();
        cn_test_alloc_fail_at(++k);
        s = cn_test_noise(&sigma, &top, fresh, values, he.sk, he.ctx);
        cn_test_alloc_fail_at(0);
        ck_assert_int_eq(cn_test_alloc_live(), live);
        if (s != CN_OK) ck_assert_int_eq(s, CN_ERR_MEMORY);
    }
    ck_assert_uint_gt(k, 1);
}
END_TEST

static void add_case(Suite *s, const char *name, void (*begin)(void)) {
    TCase *tc = tcase_create(name);
    tcase_add_checked_fixture(tc, begin, teardown);
    tcase_add_loop_test(tc, makers_without_memory, 0, (int)CN_ARRAY_LEN(makers));
    tcase_add_loop_test(tc, makers_without_randomness, 0, (int)CN_ARRAY_LEN(makers));
    tcase_add_loop_test(tc, makers_release_generators, 0, (int)CN_ARRAY_LEN(makers));
    tcase_add_loop_test(tc, changers_without_memory, 0, (int)CN_ARRAY_LEN(changers));
    tcase_add_test(tc, decrypt_without_memory);
    tcase_add_test(tc, noise_without_memory);
    suite_add_tcase(s, tc);
}

Suite *cn_suite_he_faults(void) {
    Suite *s = suite_create("he_faults");
    add_case(s, "faults", setup);
    add_case(s, "faults of YASHE'", setup_yashe);
    return s;
}
