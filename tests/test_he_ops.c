/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The public operations at realistic size: values in the clear against values under encryption, aliases, operands of
 *  unequal parts, several branches. Refusals: test_he_refusals.c. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arith/int128.h"
#include "arith/rns.h"
#include "he_testing.h"
#include "testing.h"

/* Two or three branches; the second set of each scheme switches keys with a special prime. YASHE' needs more room. */
#define SETS 4
static cn_params params_of(int i) {
    if (i == 0) return tst_he_params(4096, 3, 35, 0, 2, 40000, 0);
    if (i == 1) return tst_he_params(8192, 4, 40, 46, 3, 1 << 20, 0);
    cn_params p = i == 2 ? tst_he_params(4096, 4, 40, 0, 2, 40000, 0) : tst_he_params(8192, 6, 40, 46, 3, 1 << 20, 0);
    p.scheme = CN_SCHEME_YASHE;
    return p;
}

static tst_he he;
static void setup(void) {
    cn_params p = params_of(0);
    he = tst_he_new(&p);
}
static void setup_yashe(void) {
    cn_params p = params_of(2);
    he = tst_he_new(&p);
}
static unsigned limbs_of_fixture(void) { return cn_context_params(he.ctx)->limbs; }
static unsigned fresh_parts(void) { return he.ctx->params.scheme == CN_SCHEME_BFV ? 2 : 1; }
static void teardown(void) { tst_he_free(&he); }

/* ---- encryption and decryption --------------------------------------------------------------- */

/** Signed values of any size are reduced modulo t; missing ones are 0; counts from 0 to n. */
START_TEST(signed_values) {
    uint64_t t = cn_t(he.ctx, 1)->q, *found = malloc(he.n * sizeof *found);
    int64_t st = (int64_t)t, edge[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT64_MIN + 1, st, -st, st - 1, 1 - st};
    int64_t *v = malloc(he.n * sizeof *v);
    size_t counts[] = {0, 1, 5, he.n - 1, he.n};
    for (size_t i = 0; i < CN_ARRAY_LEN(counts); i++) {
        size_t count = counts[i];
        for (size_t k = 0; k < he.n; k++) v[k] = k < CN_ARRAY_LEN(edge) ? edge[k] : (int64_t)tst_biased(0);
        for (int public = 0; public < 2; public++) {
            cn_cipher *c = NULL;
            if (!public && he.ctx->params.scheme == CN_SCHEME_YASHE) {
                ck_assert_int_eq(cn_encrypt_secret(&c, v, count, 1, he.sk, he.ctx), CN_ERR_UNSUPPORTED);
                ck_assert_ptr_null(c);
                continue;
            }
            ck_assert_int_eq(public ? cn_encrypt_public(&c, count ? v : NULL, count, 1, he.pk, he.ctx)
                                    : cn_encrypt_secret(&c, count ? v : NULL, count, 1, he.sk, he.ctx), CN_OK);
            ck_assert_uint_eq(cn_cipher_parts(c), fresh_parts());
            ck_assert_uint_eq(cn_cipher_power(c), 1);
            ck_assert_uint_eq(cn_cipher_limbs(c), limbs_of_fixture());
            ck_assert_uint_eq(cn_cipher_branch(c), 1);
            ck_assert_uint_eq(cn_cipher_factor(c), 1);
            memset(found, 0x55, he.n * sizeof *found);
            ck_assert_int_eq(cn_decrypt(found, he.n, c, he.sk, he.ctx), CN_OK);
            for (size_t k = 0; k < he.n; k++) TST_EQ(found[k], k < count ? cn_i128_mod(v[k], cn_t(he.ctx, 1)) : 0);
            memset(found, 0x55, he.n * sizeof *found);
            ck_assert_int_eq(cn_decrypt(found, count, c, he.sk, he.ctx), CN_OK); /* no more words than asked for */
            for (size_t k = 0; k < he.n; k++)
                TST_EQ(found[k], k < count ? cn_i128_mod(v[k], cn_t(he.ctx, 1)) : 0x5555555555555555);
            cn_cipher_free(c);
        }
    }
    free(v);
    free(found);
}
END_TEST

/** Two encryptions of the same values share neither part; another key does not decrypt. */
START_TEST(fresh_randomness) {
    uint64_t *v = tst_slots(&he, 0), *found = calloc(he.n, sizeof *found);
    for (int public = 0; public < 2; public++) {
        cn_cipher *a = tst_encrypt(&he, v, 0, public), *b = tst_encrypt(&he, v, 0, public);
        for (unsigned k = 0; k < fresh_parts(); k++)
            for (unsigned i = 0; i < limbs_of_fixture(); i++)
                ck_assert_mem_ne(cn_poly_limb(&a->part[k], i), cn_poly_limb(&b->part[k], i), he.n * sizeof *v);
        cn_secret_key *other = NULL;
        ck_assert_int_eq(cn_secret_key_new(&other, he.ctx), CN_OK);
        memset(found, 0x55, he.n * sizeof *found);
        ck_assert_int_eq(cn_decrypt(found, he.n, a, other, he.ctx), CN_ERR_NOISE);
        for (size_t k = 0; k < he.n; k++) TST_EQ(found[k], 0);
        cn_secret_key_free(other);
        cn_cipher_free(a);
        cn_cipher_free(b);
    }
    free(v);
    free(found);
}
END_TEST

/* ---- values ---------------------------------------------------------------------------------- */

/** Two ciphertexts of one history (branch, level, factor) and their values in the clear. */
typedef struct pair {
    const tst_he *h;
    unsigned branch;
    cn_cipher *c[2];
    uint64_t *v[2];
} pair;

/** log2 of the larger |v|, and of its limit Q/(4t). */
static double noise_of(const pair *p) {
    double sigma, log2_max[2];
    for (int k = 0; k < 2; k++)
        ck_assert_int_eq(cn_test_noise(&sigma, &log2_max[k], p->c[k], p->v[k], p->h->sk, p->h->ctx), CN_OK);
    return fmax(log2_max[0], log2_max[1]);
}
static double limit_of(const pair *p) {
    const cn_params *params = cn_context_params(p->h->ctx);
    double limit = -2 - log2((double)params->t[p->branch]);
    for (unsigned i = 0; i < cn_cipher_limbs(p->c[0]); i++) limit += log2((double)params->q[i]);
    return limit;
}

static void step_scalar(pair *p, int x) {
    const cn_mod *t = cn_t(p->h->ctx, p->branch);
    int64_t w = (int64_t)tst_below(15) - 7;
    cn_i128 b = (cn_i128)(((cn_u128)tst_biased(0) << 64) | tst_biased(0));
    uint64_t wt = cn_mod_reduce_signed(w, t), bt = cn_i128_mod(b, t);
    ck_assert_int_eq(cn_mul_scalar(p->c[x], w, p->h->ctx), CN_OK);
    ck_assert_int_eq(cn_add_scalar(p->c[x], b, p->h->ctx), CN_OK);
    for (size_t k = 0; k < p->h->n; k++) p->v[x][k] = cn_mod_add(cn_mod_mul(p->v[x][k], wt, t), bt, t);
}

static void step_plain(pair *p, int x) {
    uint64_t *w = tst_slots(p->h, p->branch);
    size_t count = p->h->n - tst_below(2);
    ck_assert_int_eq(cn_mul_plain(p->c[x], (int64_t *)w, count, p->h->ctx), CN_OK);
    if (count < p->h->n) w[count] = 0;
    tst_slots_mul(p->v[x], p->v[x], w, p->h, p->branch);
    free(w);
}

/** Both become their product, or each its square, so that the factors stay equal. */
static void step_product(pair *p, bool squares) {
    if (squares) {
        for (int k = 0; k < 2; k++) {
            ck_assert_int_eq(cn_square(p->c[k], p->h->ctx), CN_OK);
            tst_slots_mul(p->v[k], p->v[k], p->v[k], p->h, p->branch);
        }
        return;
    }
    cn_cipher *copy = tst_copy(p->c[0]);
    ck_assert_int_eq(cn_mul(p->c[0], p->c[1], p->h->ctx), CN_OK);
    ck_assert_int_eq(cn_mul(p->c[1], copy, p->h->ctx), CN_OK);
    ck_assert(tst_same(p->c[0], p->c[1])); /* commutative */
    tst_slots_mul(p->v[0], p->v[0], p->v[1], p->h, p->branch);
    memcpy(p->v[1], p->v[0], p->h->n * sizeof *p->v[0]);
    cn_cipher_free(copy);
}

/** Powers 2 times a fresh ciphertext, in either order; both get the same factor. */
static void step_cube(pair *p, int order) {
    uint64_t *w = tst_slots(p->h, p->branch);
    for (int k = 0; k < 2; k++) {
        cn_cipher *one = tst_encrypt(p->h, w, p->branch, true);
        while (cn_cipher_limbs(one) > cn_cipher_limbs(p->c[k])) ck_assert_int_eq(cn_mod_switch(one, p->h->ctx), CN_OK);
        if (order) {
            ck_assert_int_eq(cn_mul(one, p->c[k], p->h->ctx), CN_OK);
            cn_cipher_free(p->c[k]);
            p->c[k] = one;
        } else {
            ck_assert_int_eq(cn_mul(p->c[k], one, p->h->ctx), CN_OK);
            cn_cipher_free(one);
        }
        ck_assert_uint_eq(cn_cipher_power(p->c[k]), 3);
        tst_slots_mul(p->v[k], p->v[k], w, p->h, p->branch);
    }
    free(w);
}

/** Random programs against the same programs in the clear; a step that might use up the room for noise is left out. */
START_TEST(random_programs) {
    cn_params params = params_of(_i);
    tst_he h = tst_he_new(&params);
    for (size_t round = 0; round < TST_ITERS(3); round++) {
        pair p = {.h = &h, .branch = (unsigned)tst_below(params.plains)};
        double log2_tn = log2((double)params.t[p.branch] * (double)h.n);
        for (int k = 0; k < 2; k++) {
            p.v[k] = tst_slots(&h, p.branch);
            p.c[k] = tst_encrypt(&h, p.v[k], p.branch, k);
        }
        for (int step = 0; step < 12; step++) {
            int x = (int)tst_below(2), y = (int)tst_below(2);
            double noise = noise_of(&p), room = limit_of(&p) - noise;
            switch (tst_below(6)) {
            case 0:
                if (room < 3) break;
                ck_assert_int_eq(cn_add(p.c[x], p.c[y], h.ctx), CN_OK);
                tst_slots_add(p.v[x], p.v[x], p.v[y], &h, p.branch);
                break;
            case 1:
                if (room < 3) break;
                ck_assert_int_eq(cn_sub(p.c[x], p.c[y], h.ctx), CN_OK);
                tst_slots_sub(p.v[x], p.v[x], p.v[y], &h, p.branch);
                break;
            case 2:
                if (room > 5) step_scalar(&p, x);
                break;
            case 3:
                if (room > log2_tn + 2) step_plain(&p, x);
                break;
            case 4:
                if (cn_cipher_power(p.c[0]) == 1 && cn_cipher_power(p.c[1]) == 1 && room - noise > log2_tn + 2)
                    step_product(&p, x == y);
                else if (cn_cipher_power(p.c[0]) == 2 && room - noise > log2_tn + 2)
                    step_cube(&p, x);
                break;
            case 5:
                for (int k = 0; k < 2; k++) {
                    if (cn_cipher_power(p.c[k]) > 1) ck_assert_int_eq(cn_relinearise(p.c[k], h.rk, h.ctx), CN_OK);
                    if (cn_cipher_limbs(p.c[k]) == params.limbs) ck_assert_int_eq(cn_mod_switch(p.c[k], h.ctx), CN_OK);
                }
                break;
            }
            for (int k = 0; k < 2; k++) tst_expect_slots(&h, p.c[k], p.v[k]);
        }
        for (int k = 0; k < 2; k++) {
            cn_cipher_free(p.c[k]);
            free(p.v[k]);
        }
    }
    tst_he_free(&h);
}
END_TEST

/** cn_add(a, a) doubles, cn_sub(a, a) gives zero, cn_mul(a, a) is cn_square(a). */
START_TEST(aliases) {
    uint64_t *v = tst_slots(&he, 0), *zero = calloc(he.n, sizeof *zero);
    cn_cipher *a = tst_encrypt(&he, v, 0, false), *b = tst_copy(a), *c = tst_copy(a), *d = tst_copy(a);
    ck_assert_int_eq(cn_mul(a, a, he.ctx), CN_OK);
    ck_assert_int_eq(cn_square(b, he.ctx), CN_OK);
    ck_assert(tst_same(a, b));
    ck_assert_int_eq(cn_mul(c, d, he.ctx), CN_OK); /* the general product of equal operands agrees */
    ck_assert(tst_same(a, c));
    ck_assert_int_eq(cn_add(d, d, he.ctx), CN_OK);
    tst_slots_add(v, v, v, &he, 0);
    tst_expect_slots(&he, d, v);
    ck_assert_int_eq(cn_sub(d, d, he.ctx), CN_OK);
    for (unsigned k = 0; k < fresh_parts(); k++)
        for (size_t j = 0; j < limbs_of_fixture() * he.n; j++) TST_EQ(d->part[k].c[j], 0);
    tst_expect_slots(&he, d, zero);
    cn_cipher_free(a);
    cn_cipher_free(b);
    cn_cipher_free(c);
    cn_cipher_free(d);
    free(v);
    free(zero);
}
END_TEST

/** Sums of powers 1 and 2, both ways round. */
START_TEST(sums_of_unequal_parts) {
    uint64_t *v = tst_slots(&he, 0), *r = malloc(he.n * sizeof *r);
    for (int way = 0; way < 4; way++) {
        cn_cipher *two = tst_encrypt(&he, v, 0, true), *three;
        ck_assert_int_eq(cn_square(two, he.ctx), CN_OK);
        three = tst_copy(two);
        ck_assert_int_eq(cn_relinearise(two, he.rk, he.ctx), CN_OK); /* same factor, 2 parts */
        cn_cipher *a = way & 1 ? three : two, *b = way & 1 ? two : three;
        ck_assert_int_eq((way & 2 ? cn_sub : cn_add)(a, b, he.ctx), CN_OK);
        ck_assert_uint_eq(cn_cipher_power(a), 2);
        ck_assert_uint_eq(cn_cipher_power(b), way & 1 ? 1 : 2);
        ck_assert_uint_eq(cn_cipher_parts(a), fresh_parts() == 2 ? 3 : 1);
        tst_slots_mul(r, v, v, &he, 0);
        (way & 2 ? tst_slots_sub : tst_slots_add)(r, r, r, &he, 0);
        tst_expect_slots(&he, a, r);
        cn_cipher_free(two);
        cn_cipher_free(three);
    }
    free(v);
    free(r);
}
END_TEST

/** Integers beyond one prime: (x - y)^2 + c exactly, through two and three branches and cn_crt_join, against GMP. */
START_TEST(branches_join) {
    cn_params p = params_of(_i);
    tst_he h = tst_he_new(&p);
    size_t count = 100;
    int64_t bound = _i % 2 == 0 ? 10000 : 1 << 28, x[100], y[100];
    uint64_t *found[CN_PLAINS_MAX];
    for (size_t k = 0; k < count; k++) {
        x[k] = (int64_t)tst_biased(2 * (uint64_t)bound) - bound;
        y[k] = (int64_t)tst_biased((uint64_t)bound);
    }
    for (unsigned j = 0; j < p.plains; j++) {
        cn_cipher *a, *b;
        ck_assert_int_eq(_i < 2 ? cn_encrypt_secret(&a, x, count, j, h.sk, h.ctx) : cn_encrypt_public(&a, x, count, j, h.pk, h.ctx), CN_OK);
        ck_assert_int_eq(cn_encrypt_public(&b, y, count, j, h.pk, h.ctx), CN_OK);
        ck_assert_int_eq(cn_sub(a, b, h.ctx), CN_OK);
        ck_assert_int_eq(cn_square(a, h.ctx), CN_OK);
        ck_assert_int_eq(cn_add_scalar(a, -12345678901, h.ctx), CN_OK);
        found[j] = malloc(h.n * sizeof *found[j]);
        ck_assert_int_eq(cn_decrypt(found[j], count, a, h.sk, h.ctx), CN_OK);
        cn_cipher_free(a);
        cn_cipher_free(b);
    }
    mpz_t expected, product, z;
    mpz_inits(expected, z, NULL);
    mpz_init_set_ui(product, 1);
    for (unsigned j = 0; j < p.plains; j++) mpz_mul_ui(product, product, p.t[j]);
    for (size_t k = 0; k < count; k++) {
        uint64_t r[CN_PLAINS_MAX];
        cn_i128 joined;
        for (unsigned j = 0; j < p.plains; j++) r[j] = found[j][k];
        ck_assert_int_eq(cn_crt_join(&joined, r, h.ctx), CN_OK);
        mpz_set_si(expected, x[k] - y[k]);
        mpz_mul(expected, expected, expected);
        mpz_sub_ui(expected, expected, 12345678901);
        mpz_fdiv_r(expected, expected, product);
        cn_mpz_set_i128(z, joined);
        TST_CHECK(mpz_cmp(z, expected) == 0);
    }
    for (unsigned j = 0; j < p.plains; j++) free(found[j]);
    mpz_clears(expected, product, z, NULL);
    tst_he_free(&h);
}
END_TEST

/** A copy is equal, and independent. */
START_TEST(copies) {
    uint64_t *v = tst_slots(&he, 0), *r = malloc(he.n * sizeof *r);
    cn_cipher *a = tst_encrypt(&he, v, 0, true), *b, *c = NULL;
    ck_assert_int_eq(cn_square(a, he.ctx), CN_OK);
    ck_assert_int_eq(cn_mod_switch(a, he.ctx), CN_OK);
    b = tst_copy(a);
    ck_assert(tst_same(a, b));
    ck_assert_int_eq(cn_mul_scalar(b, 2, he.ctx), CN_OK);
    ck_assert(!tst_same(a, b));
    tst_slots_mul(r, v, v, &he, 0);
    tst_expect_slots(&he, a, r);
    ck_assert_int_eq(cn_cipher_copy(NULL, a), CN_ERR_NULL);
    ck_assert_int_eq(cn_cipher_copy(&c, NULL), CN_ERR_NULL);
    cn_cipher_free(a);
    cn_cipher_free(b);
    cn_cipher_free(NULL);
    free(v);
    free(r);
}
END_TEST

START_TEST(wire_bytes) {
    /* 3 primes of 35 bits, 3 digits: 3 polynomials of 3 limbs; with a special prime one limb of 46 bits more */
    ck_assert_uint_eq(cn_relin_key_wire_bytes(he.rk, he.ctx), 32 + 2 * 3 * (3 * 35 * 4096 / 8));
    cn_params p = params_of(1);
    p.digit_bits = 14; /* 3 digits for each of 4 limbs */
    tst_he h = tst_he_new(&p);
    cn_relin_key *squares;
    ck_assert_int_eq(cn_relin_key_new(&squares, h.sk, 2, h.ctx), CN_OK);
    ck_assert_uint_eq(cn_relin_key_wire_bytes(squares, h.ctx), 32 + 12 * ((4 * 40 + 46) * 8192 / 8));
    ck_assert_uint_eq(cn_relin_key_wire_bytes(h.rk, h.ctx), 32 + 24 * ((4 * 40 + 46) * 8192 / 8)); /* for cubes, too */
    cn_relin_key_free(squares);
    tst_he_free(&h);
    p = params_of(3); /* YASHE', 6 primes of 40 bits and one of 46, a key for each of 3 branches, no seed */
    h = tst_he_new(&p);
    ck_assert_uint_eq(cn_relin_key_wire_bytes(h.rk, h.ctx), 2 * 3 * 6 * ((6 * 40 + 46) * 8192 / 8));
    tst_he_free(&h);
}
END_TEST

Suite *cn_suite_he_ops(void) {
    Suite *s = suite_create("he_ops");
    TCase *tc = tcase_create("values");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, signed_values);
    tcase_add_test(tc, fresh_randomness);
    tcase_add_test(tc, aliases);
    tcase_add_test(tc, sums_of_unequal_parts);
    tcase_add_test(tc, copies);
    tcase_add_test(tc, wire_bytes);
    tcase_add_loop_test(tc, random_programs, 0, SETS);
    tcase_add_loop_test(tc, branches_join, 0, SETS);
    suite_add_tcase(s, tc);
    tc = tcase_create("YASHE'");
    tcase_add_checked_fixture(tc, setup_yashe, teardown);
    tcase_add_test(tc, signed_values);
    tcase_add_test(tc, fresh_randomness);
    tcase_add_test(tc, aliases);
    tcase_add_test(tc, sums_of_unequal_parts);
    tcase_add_test(tc, copies);
    suite_add_tcase(s, tc);
    return s;
}
