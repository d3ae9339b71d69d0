/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Parameter records: every reason for refusal with its sentence, the security table and its boundary for every degree,
 *  the digest, contexts, and the joining of several plaintext primes. */

#include "he/params.h"

#include <math.h>
#include <string.h>

#include "arith/prime.h"
#include "arith/rns.h"
#include "he_testing.h"
#include "testing.h"
#include "util/mem.h"
#include "util/sha3.h"

/* Three primes of 40 bits, a special one of 45, two of about 20 bits for plaintexts. */
static cn_params good(void) { return tst_he_params(8192, 3, 40, 45, 2, 1 << 20, 0); }

static void expect_refusal(const cn_params *p, cn_status code, const char *fragment) {
    cn_context *ctx = (cn_context *)(uintptr_t)64;
    ck_assert_int_eq(cn_params_check(p), code);
    ck_assert_msg(strstr(cn_error_text(), fragment) != NULL, "expected \"%s\" in \"%s\"", fragment, cn_error_text());
    ck_assert_int_eq(cn_context_new(&ctx, p), code);
    ck_assert_ptr_null(ctx);
}

/* A good record with one change. */
#define REFUSED(change, code, fragment)                                                                                \
    do {                                                                                                               \
        cn_params p = good();                                                                                          \
        change;                                                                                                        \
        expect_refusal(&p, code, fragment);                                                                            \
    } while (0)

START_TEST(accepted) {
    cn_params p = good();
    ck_assert_int_eq(cn_params_check(&p), CN_OK);
    for (p.digit_bits = 8; p.digit_bits <= 46; p.digit_bits++) ck_assert_int_eq(cn_params_check(&p), CN_OK);
    p = good();
    p.special = 0;
    ck_assert_int_eq(cn_params_check(&p), CN_OK);
    p = good();
    p.limbs = p.plains = 1;
    p.q[1] = p.q[0]; /* entries beyond the counts are not looked at */
    p.t[1] = 4;
    ck_assert_int_eq(cn_params_check(&p), CN_OK);
    p = tst_he_params(8192, 2, 46, 46, 8, (uint64_t)1 << 49, 0);
    ck_assert_int_eq(cn_params_check(&p), CN_OK);
    p = tst_he_params(8192, 2, 18, 17, 1, 2, 0); /* the narrowest primes of this degree */
    ck_assert_int_eq(cn_params_check(&p), CN_OK);
}
END_TEST

START_TEST(refused) {
    expect_refusal(NULL, CN_ERR_NULL, "found NULL");
    REFUSED(p.n = 0, CN_ERR_DEGREE, "ring degree is 0");
    REFUSED(p.scheme = (cn_scheme)2, CN_ERR_SCHEME, "scheme 2; expected CN_SCHEME_BFV or");
    REFUSED(p.scheme = (cn_scheme)-1, CN_ERR_SCHEME, "scheme -1");
    REFUSED(p.n = 2048, CN_ERR_DEGREE, "ring degree is 2048");
    REFUSED(p.n = 8191, CN_ERR_DEGREE, "power of two from 4096 to 65536");
    REFUSED(p.n = 12288, CN_ERR_DEGREE, "12288");
    REFUSED(p.n = 131072, CN_ERR_DEGREE, "131072");
    REFUSED(p.limbs = 0, CN_ERR_LIMB_COUNT, "0 ciphertext primes; expected 1 to 24");
    REFUSED(p.limbs = 25, CN_ERR_LIMB_COUNT, "25 ciphertext primes");
    REFUSED(p.limbs = UINT32_MAX, CN_ERR_LIMB_COUNT, "ciphertext primes");
    REFUSED(p.plains = 0, CN_ERR_PLAIN_COUNT, "0 plaintext primes; expected 1 to 8");
    REFUSED(p.plains = 9, CN_ERR_PLAIN_COUNT, "9 plaintext primes");
    REFUSED(p.digit_bits = 7, CN_ERR_DIGIT, "digits of 7 bits");
    REFUSED(p.digit_bits = 47, CN_ERR_DIGIT, "digits of 47 bits; expected 8 to 46, or 0");
    REFUSED(p.q[1] = 0, CN_ERR_LIMB_RANGE, "ciphertext prime 1 is 0");
    REFUSED(p.q[1] = 16385, CN_ERR_LIMB_RANGE, "expected between 2^16 and 2^46");
    REFUSED(p.q[2] = (uint64_t)1 << 46, CN_ERR_LIMB_RANGE, "ciphertext prime 2");
    REFUSED(p.q[0] = UINT64_MAX, CN_ERR_LIMB_RANGE, "ciphertext prime 0");
    REFUSED(p.special = 16385, CN_ERR_LIMB_RANGE, "special prime");
    REFUSED(p.special = (uint64_t)1 << 46, CN_ERR_LIMB_RANGE, "special prime");
    REFUSED(p.t[1] = 0, CN_ERR_PLAIN_RANGE, "plaintext prime 1 is 0");
    REFUSED(p.t[0] = 1, CN_ERR_PLAIN_RANGE, "plaintext prime 0 is 1");
    REFUSED(p.t[0] = (uint64_t)1 << 50, CN_ERR_PLAIN_RANGE, "2^50");
    REFUSED(p.q[1] += 8192, CN_ERR_CONGRUENCE, "not 1 modulo 2n = 16384");
    REFUSED(p.special += 2, CN_ERR_CONGRUENCE, "special prime");
    REFUSED(p.t[1] = 2, CN_ERR_CONGRUENCE, "plaintext prime 1 is 2");
    REFUSED(p.q[0] = (uint64_t)16384 * 21 + 1, CN_ERR_NOT_PRIME, "composite"); /* 5 68813 */
    REFUSED(p.special = (uint64_t)147457 * 147457, CN_ERR_NOT_PRIME, "special prime"); /* a square of a prime */
    REFUSED(p.t[0] = 16385, CN_ERR_NOT_PRIME, "plaintext prime 0 is 16385");
    REFUSED(p.q[2] = p.q[0], CN_ERR_DUPLICATE, "occurs twice");
    REFUSED(p.special = p.q[1], CN_ERR_DUPLICATE, "occurs twice");
    REFUSED(p.t[1] = p.t[0], CN_ERR_DUPLICATE, "all q, P and t must differ");
    REFUSED(p.t[1] = p.q[2], CN_ERR_DUPLICATE, "occurs twice");
    REFUSED(p.t[0] = p.special, CN_ERR_DUPLICATE, "occurs twice");
}
END_TEST

static const struct {
    size_t n;
    unsigned bits[3]; /* for 128, 192 and 256 bits of security */
} table[] = { /* eprint 2024/463, Table 5.2, ternary secret, classical */
    {1024, {26, 0, 0}},        {2048, {53, 36, 27}},      {4096, {106, 73, 56}},       {8192, {214, 147, 114}},
    {16384, {430, 297, 230}},  {32768, {868, 597, 462}},  {65536, {1747, 1199, 929}},
};

START_TEST(security_table) {
    for (size_t i = 0; i < CN_ARRAY_LEN(table); i++) {
        for (unsigned k = 0; k < 3; k++) {
            unsigned level = 128 + 64 * k, limit = table[i].bits[k];
            ck_assert_uint_eq(cn_security_max_log2_qp(table[i].n, level), limit);
            if (limit == 0) continue;
            ck_assert_uint_eq(cn_security_bits(table[i].n, limit), level);
            ck_assert_uint_eq(cn_security_bits(table[i].n, limit + 1e-6), k ? level - 64 : 0);
        }
        ck_assert_uint_eq(cn_security_max_log2_qp(table[i].n, 0), 0);
        ck_assert_uint_eq(cn_security_max_log2_qp(table[i].n, 129), 0);
        ck_assert_uint_eq(cn_security_max_log2_qp(table[i].n + 1, 128), 0);
    }
    ck_assert_uint_eq(cn_security_max_log2_qp(512, 128), 0);
    ck_assert_uint_eq(cn_security_bits(512, 10), 0);
}
END_TEST

/** Primes just below or just above powers of two whose exponents add up to bits, the last one as special prime. */
static cn_params sum_of_bits(size_t n, unsigned bits, bool above) {
    cn_params p = {.n = n, .plains = 1, .t = {cn_prime_above_var(2, 1 << 30, 2 * n)}};
    unsigned count = bits / 44 + 1;
    uint64_t last = 0;
    unsigned last_size = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned size = bits / count + (i < bits % count);
        uint64_t power = (uint64_t)1 << size, from = size == last_size ? last : power;
        last = above ? cn_prime_above_var(from + 1, 2 * power, 2 * n) : cn_prime_below_var(from - 1, power / 2, 2 * n);
        last_size = size;
        *(i + 1 < count ? &p.q[p.limbs++] : &p.special) = last;
    }
    return p;
}

/** The exact product of all q and P against 2^bits, in integers. */
static int compare_product(const cn_params *p, unsigned bits) {
    mpz_t x, power;
    mpz_init_set_ui(x, p->special);
    mpz_init(power);
    for (unsigned i = 0; i < p->limbs; i++) mpz_mul_ui(x, x, p->q[i]);
    mpz_setbit(power, bits);
    int order = mpz_cmp(x, power);
    ck_assert_double_eq_tol(cn_params_log2_qp(p), cn_mpz_log2(x), 1e-9);
    mpz_tdiv_q_ui(x, x, p->special);
    ck_assert_double_eq_tol(cn_params_log2_q(p), cn_mpz_log2(x), 1e-9);
    mpz_clears(x, power, NULL);
    return order;
}

START_TEST(security_boundary) {
    for (size_t i = 0; i < CN_ARRAY_LEN(table); i++) {
        unsigned bits = table[i].bits[0];
        if (table[i].n < 4096 || bits > 24 * 46) continue; /* no record reaches the limit of n = 65536 */
        cn_params p = sum_of_bits(table[i].n, bits, false);
        ck_assert_int_lt(compare_product(&p, bits), 0);
        ck_assert_double_gt(cn_params_log2_qp(&p), bits - 0.01);
        ck_assert_int_eq(cn_params_check(&p), CN_OK);
        p = sum_of_bits(table[i].n, bits, true);
        ck_assert_int_gt(compare_product(&p, bits), 0);
        ck_assert_double_lt(cn_params_log2_qp(&p), bits + 0.01);
        expect_refusal(&p, CN_ERR_SECURITY, "128-bit security");
        p.special = 0; /* what remains is far below */
        ck_assert_int_eq(cn_params_check(&p), CN_OK);
    }
    cn_params p = tst_he_params(65536, 24, 46, 46, 1, 2, 0);
    ck_assert_int_eq(cn_params_check(&p), CN_OK);
}
END_TEST

/** YASHE' has a second limit, for its keys: every t must satisfy it. Sets of BFV are refused at once. */
START_TEST(security_of_yashe) {
    cn_params p = tst_he_params(8192, 4, 40, 0, 1, (uint64_t)1 << 17, 0); /* 160 bits of 214; 115 for its keys */
    ck_assert_int_eq(cn_params_check(&p), CN_OK);
    p.scheme = CN_SCHEME_YASHE;
    ck_assert_int_eq(cn_params_check(&p), CN_ERR_SECURITY);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "dense sublattice"));
    for (unsigned limbs = 2; limbs <= 6; limbs++) { /* 40 bits each; 229.5 at n = 32768 and t = 2^17, 241.5 at 2^20 */
        for (unsigned plains = 1; plains <= 2; plains++) {
            p = tst_he_params(32768, limbs, 40, 0, plains, 65537, 0); /* 2^16, then 2^19.6 */
            p.scheme = CN_SCHEME_YASHE;
            ck_assert_int_eq(cn_params_check(&p), limbs <= 5 ? CN_OK : CN_ERR_SECURITY);
        }
    }
    p = tst_he_params(32768, 5, 46, 0, 1, (uint64_t)1 << 17, 0); /* 230 bits, t = 2^19.6 */
    p.scheme = CN_SCHEME_YASHE;
    ck_assert_int_eq(cn_params_check(&p), CN_OK);
    p.t[p.plains++] = 65537; /* 2^16: the smaller t is the weaker key */
    ck_assert_int_eq(cn_params_check(&p), CN_ERR_SECURITY);
    cn_params tiny = {.n = 4096, .limbs = 1, .q = {65537}, .plains = 1, .t = {1125899906826241}, .scheme = CN_SCHEME_YASHE};
    ck_assert_int_eq(cn_params_check(&tiny), CN_ERR_SECURITY); /* QP below t: no estimate */
    p.plains = 1;
    p.special = cn_prime_below_var((uint64_t)1 << 23, 65537, 65536);
    ck_assert_int_eq(cn_params_check(&p), CN_ERR_SECURITY); /* P counts */
}
END_TEST

START_TEST(digest) {
    cn_params base = good(), p = base;
    uint8_t first[32], other[32];
    char hex[65];
    cn_params_digest(first, &base);
    cn_hex(hex, first, 32); /* SHA3-256 of the label with its zero byte and the words n, 3, q.., P, 2, t.., 0 */
    ck_assert_str_eq(hex, "9b6bb810225d669a03e4c2b915c80b3ac74f134cfe34a1ba10a93d111dba9c4b");
    p.q[3] = p.t[2] = 99; /* beyond the counts */
    cn_params_digest(other, &p);
    ck_assert_mem_eq(first, other, 32);
    for (unsigned field = 0; field < 9; field++) {
        p = base;
        switch (field) {
        case 0: p.n *= 2; break;
        case 1: p.limbs--; break;
        case 2: p.q[2]--; break;
        case 3: p.q[0] += (uint64_t)1 << 63; break;
        case 4: p.special = 0; break;
        case 5: p.plains--; break;
        case 6: p.t[1]++; break;
        case 7: p.digit_bits = 8; break;
        case 8: p.scheme = CN_SCHEME_YASHE; break;
        }
        cn_params_digest(other, &p);
        ck_assert_mem_ne(first, other, 32);
    }
}
END_TEST

START_TEST(context) {
    cn_params p = good();
    uint8_t expected[32];
    cn_context *ctx = NULL;
    long live = cn_test_alloc_live();
    ck_assert_int_eq(cn_context_new(NULL, &p), CN_ERR_NULL);
    ck_assert_int_eq(cn_context_new(&ctx, &p), CN_OK);
    ck_assert_mem_eq(cn_context_params(ctx), &p, sizeof p);
    cn_params_digest(expected, &p);
    ck_assert_mem_eq(cn_context_digest(ctx), expected, 32);
    cn_context_free(ctx);
    cn_context_free(NULL);
    ck_assert_int_eq(cn_test_alloc_live(), live);
}
END_TEST

/** Toy rings need the switch that only test builds have. */
START_TEST(toy_rings) {
    cn_params p = {.n = 4, .limbs = 1, .q = {73}, .plains = 1, .t = {17}};
    ck_assert_int_eq(cn_params_check(&p), CN_ERR_DEGREE);
    cn_test_allow_toy_rings(true);
    ck_assert_int_eq(cn_params_check(&p), CN_OK);
    p.t[0] = 9;
    ck_assert_int_eq(cn_params_check(&p), CN_ERR_NOT_PRIME);
    cn_test_allow_toy_rings(false);
}
END_TEST

/* ---- joining branches ------------------------------------------------------------------------ */

static cn_context *context_of(unsigned plains, uint64_t t_low) {
    cn_params p = tst_he_params(4096, 1, 40, 0, plains, t_low, 0);
    cn_context *ctx = NULL;
    ck_assert_int_eq(cn_context_new(&ctx, &p), CN_OK);
    return ctx;
}

/** Against integers: x -> residues by GMP -> x, for extremes and random x below T. */
START_TEST(join) {
    static const struct {
        unsigned plains;
        uint64_t t_low;
    } sets[] = {{1, 2},       {1, (uint64_t)1 << 49}, {2, 40000},  {2, (uint64_t)1 << 49},
                {3, 1 << 20}, {3, (uint64_t)1 << 41}, {6, 1 << 20}};
    mpz_t x, product, r;
    mpz_inits(x, product, r, NULL);
    for (size_t i = 0; i < CN_ARRAY_LEN(sets); i++) {
        cn_context *ctx = context_of(sets[i].plains, sets[i].t_low);
        const cn_params *p = cn_context_params(ctx);
        mpz_set_ui(product, 1);
        for (unsigned j = 0; j < p->plains; j++) mpz_mul_ui(product, product, p->t[j]);
        for (size_t k = 0; k < TST_ITERS(300); k++) {
            uint64_t res[CN_PLAINS_MAX];
            cn_i128 found = -1;
            mpz_set_ui(x, tst_u64());
            mpz_mul_2exp(x, x, 64);
            mpz_add_ui(x, x, tst_u64());
            if (k < 4) mpz_set_si(x, (long)k - 2); /* T-2, T-1, 0, 1 */
            mpz_mod(x, x, product);
            for (unsigned j = 0; j < p->plains; j++) res[j] = mpz_fdiv_ui(x, p->t[j]);
            ck_assert_int_eq(cn_crt_join(&found, res, ctx), CN_OK);
            cn_mpz_set_i128(r, found);
            TST_CHECK(mpz_cmp(r, x) == 0);
        }
        cn_context_free(ctx);
    }
    mpz_clears(x, product, r, NULL);
}
END_TEST

START_TEST(join_refuses) {
    uint64_t res[CN_PLAINS_MAX] = {0};
    cn_i128 out = -7;
    cn_context *ctx = context_of(2, 40000);
    const cn_params *p = cn_context_params(ctx);
    ck_assert_int_eq(cn_crt_join(NULL, res, ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_crt_join(&out, NULL, ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_crt_join(&out, res, NULL), CN_ERR_NULL);
    for (unsigned j = 0; j < 2; j++) {
        res[j] = p->t[j];
        ck_assert_int_eq(cn_crt_join(&out, res, ctx), CN_ERR_RANGE);
        ck_assert_ptr_nonnull(strstr(cn_error_text(), "not below its prime"));
        res[j] = p->t[j] - 1;
    }
    ck_assert(out == -7);
    ck_assert_int_eq(cn_crt_join(&out, res, ctx), CN_OK);
    ck_assert(out == (cn_i128)p->t[0] * p->t[1] - 1);
    cn_context_free(ctx);

    memset(res, 0, sizeof res);
    out = -7;
    ctx = context_of(3, (uint64_t)1 << 42); /* T a little above 2^126 */
    ck_assert_int_eq(cn_crt_join(&out, res, ctx), CN_ERR_RANGE);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "2^126"));
    cn_context_free(ctx);
    ctx = context_of(8, (uint64_t)1 << 49); /* far above: products beyond 128 bits on the way */
    ck_assert_int_eq(cn_crt_join(&out, res, ctx), CN_ERR_RANGE);
    ck_assert(out == -7);
    cn_context_free(ctx);

    cn_params largest = tst_he_params(4096, 1, 40, 0, 3, 2, 0); /* T a little below 2^126 */
    uint64_t below = (uint64_t)1 << 42;
    for (unsigned j = 0; j < 3; j++) below = largest.t[j] = cn_prime_below_var(below - 1, 2, 8192);
    ck_assert_int_eq(cn_context_new(&ctx, &largest), CN_OK);
    ck_assert_int_eq(cn_crt_join(&out, res, ctx), CN_OK);
    ck_assert(out == 0);
    cn_context_free(ctx);
}
END_TEST

Suite *cn_suite_params(void) {
    Suite *s = suite_create("params");
    TCase *tc = tcase_create("records");
    tcase_add_test(tc, accepted);
    tcase_add_test(tc, refused);
    tcase_add_test(tc, security_table);
    tcase_add_test(tc, security_boundary);
    tcase_add_test(tc, security_of_yashe);
    tcase_add_test(tc, digest);
    tcase_add_test(tc, context);
    tcase_add_test(tc, toy_rings);
    suite_add_tcase(s, tc);
    tc = tcase_create("join");
    tcase_add_test(tc, join);
    tcase_add_test(tc, join_refuses);
    suite_add_tcase(s, tc);
    return s;
}
