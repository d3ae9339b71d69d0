/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The textbook schemes BFV and YASHE' against arithmetic on their messages: every message of toy rings, extreme and random ones of
 *  larger rings, prime and composite q, two levels of products, and the very limit of the noise. */

#include "reference/bfv.h"
#include "reference/yashe.h"
#include "reference_testing.h"
#include "testing.h"

#define ERROR_MAX 21

/** A message modulo t: random and biased to its ends, or (kind 0, 1, 2) all t - 1, all 0, one 1. */
static void message(mpz_t *m, uint64_t t, unsigned kind, size_t n) {
    for (size_t k = 0; k < n; k++) mpz_set_ui(m[k], kind == 0 ? t - 1 : kind == 1 ? 0 : kind == 2 ? k + 1 == n : tst_biased(t));
}

/** r = a b modulo t, in [0, t). */
static void message_mul(mpz_t *r, mpz_t *a, mpz_t *b, const mpz_t t, size_t n) {
    mpz_t *product = cn_ref_new(n);
    cn_ref_mul_schoolbook(product, a, b, n);
    for (size_t k = 0; k < n; k++) mpz_fdiv_r(r[k], product[k], t);
    cn_ref_free(product, n);
}

static void message_add(mpz_t *r, mpz_t *a, mpz_t *b, const mpz_t t, size_t n) {
    cn_ref_add(r, a, b, n);
    for (size_t k = 0; k < n; k++) mpz_fdiv_r(r[k], r[k], t);
}

/* ---- YASHE' -------------------------------------------------------------------------------- */

typedef struct yashe {
    cn_ref_yashe y;
    cn_ref_yashe_keys k;
    cn_rng *rng;
} yashe;

static yashe yashe_new(size_t n, const mpz_t q, uint64_t t_word, unsigned w_bits) {
    yashe s = {.rng = NULL};
    mpz_t t;
    mpz_init_set_ui(t, t_word);
    cn_ref_yashe_init(&s.y, n, q, t, w_bits);
    cn_ref_yashe_keys_init(&s.k, &s.y);
    ck_assert_int_eq(cn_rng_new(&s.rng), CN_OK);
    ck_assert_int_eq(cn_ref_yashe_keygen(&s.k, &s.y, s.rng), CN_OK);
    mpz_clear(t);
    return s;
}

static void yashe_free(yashe *s) {
    cn_rng_free(s->rng);
    cn_ref_yashe_keys_clear(&s->k, &s->y);
    cn_ref_yashe_clear(&s->y);
}

static mpz_t *yashe_encrypt(mpz_t *m, const yashe *s) {
    mpz_t *c = cn_ref_new(s->y.n);
    ck_assert_int_eq(cn_ref_yashe_encrypt(c, m, s->k.h, &s->y, s->rng), CN_OK);
    return c;
}

static void yashe_expect(mpz_t *c, unsigned power, mpz_t *m, const yashe *s) {
    mpz_t *found = cn_ref_new(s->y.n);
    cn_ref_yashe_decrypt(found, c, s->k.f, power, &s->y);
    tst_expect_poly(found, m, s->y.n);
    cn_ref_free(found, s->y.n);
}

static bool all_within(mpz_t *a, const mpz_t bound, size_t n) {
    for (size_t k = 0; k < n; k++)
        if (mpz_cmpabs(a[k], bound) > 0) return false;
    return true;
}

/** Errors e are there: modulo t the noise f e + t g s is e. */
static bool all_divisible(mpz_t *a, uint64_t t, size_t n) {
    for (size_t k = 0; k < n; k++)
        if (!mpz_divisible_ui_p(a[k], t)) return false;
    return true;
}

/** What keys are: f = 1 modulo t with a ternary quotient; f h = t g with a ternary g; f evk_i - w^i f^2 small; fresh noise small. */
START_TEST(yashe_keys) {
    size_t n = 128;
    uint64_t t = 1 + tst_below(1000) + 1;
    mpz_t q, bound, *x = cn_ref_new(n), *y = cn_ref_new(n);
    tst_modulus(q, _i);
    mpz_init_set_ui(bound, t + 1);
    yashe s = yashe_new(n, q, t, 20);
    ck_assert(all_within(s.k.f, bound, n));
    for (size_t k = 0; k < n; k++) TST_CHECK(mpz_fdiv_ui(s.k.f[k], t) == (k == 0) % t);
    cn_ref_yashe_phase(x, s.k.h, s.k.f, 1, &s.y);
    mpz_set_ui(bound, t);
    ck_assert(all_within(x, bound, n));
    ck_assert(all_divisible(x, t, n));
    mpz_set_ui(bound, n * (t + 1 + t) * ERROR_MAX);
    for (unsigned i = 0; i < s.y.digits; i++) {
        for (size_t k = 0; k < n; k++) {
            mpz_mul_2exp(y[k], s.k.f[k], 20 * i);
            mpz_sub(y[k], s.k.evk[i][k], y[k]);
        }
        cn_ref_yashe_phase(x, y, s.k.f, 1, &s.y);
        ck_assert(all_within(x, bound, n) && !all_divisible(x, t, n));
    }
    mpz_t *zero = cn_ref_new(n), *c = yashe_encrypt(zero, &s);
    cn_ref_yashe_phase(x, c, s.k.f, 1, &s.y);
    ck_assert(all_within(x, bound, n) && !all_divisible(x, t, n));
    mpz_fdiv_q_ui(bound, q, 1000);
    ck_assert(!all_within(c, bound, n) && !all_within(y, bound, n)); /* h s is there, in the evaluation key too */
    cn_ref_free(c, n), cn_ref_free(zero, n), cn_ref_free(x, n), cn_ref_free(y, n);
    mpz_clears(q, bound, NULL);
    yashe_free(&s);
}
END_TEST

/** Every pair of messages of a toy ring: fresh, sum, product under f^2, product switched back to f. */
static void yashe_all_pairs(size_t n, uint64_t t, const char *q_text, bool floor) {
    mpz_t q, *a = cn_ref_new(n), *b = cn_ref_new(n), *m = cn_ref_new(n), *r = cn_ref_new(n), *s = cn_ref_new(n);
    uint64_t count = 1;
    mpz_init_set_str(q, q_text, 10);
    yashe e = yashe_new(n, q, t, 4);
    e.y.floor = floor;
    for (size_t k = 0; k < n; k++) count *= t;
    for (uint64_t i = 0; i < count; i++) {
        tst_nth_poly(a, i, t, n);
        mpz_t *x = yashe_encrypt(a, &e);
        yashe_expect(x, 1, a, &e);
        for (uint64_t j = 0; j < count; j++) {
            tst_nth_poly(b, j, t, n);
            mpz_t *y = yashe_encrypt(b, &e);
            cn_ref_add(r, x, y, n);
            message_add(m, a, b, e.y.t, n);
            yashe_expect(r, 1, m, &e);
            cn_ref_yashe_mul(r, x, y, &e.y);
            message_mul(m, a, b, e.y.t, n);
            yashe_expect(r, 2, m, &e);
            cn_ref_yashe_key_switch(s, r, e.k.evk, &e.y);
            yashe_expect(s, 1, m, &e);
            cn_ref_free(y, n);
        }
        cn_ref_free(x, n);
    }
    cn_ref_free(a, n), cn_ref_free(b, n), cn_ref_free(m, n), cn_ref_free(r, n), cn_ref_free(s, n);
    mpz_clear(q);
    yashe_free(&e);
}

START_TEST(yashe_toy_exhaustive) {
    yashe_all_pairs(1, 7, "1000003", false);       /* prime */
    yashe_all_pairs(2, 3, "4294967296", false);    /* 2^32 */
    yashe_all_pairs(2, 4, "99999999977", true);    /* prime */
    yashe_all_pairs(4, 2, "1000000016000000063", false); /* 1000000007 1000000009 */
    yashe_all_pairs(4, 3, "18446744073709551557", true); /* prime, 2^64 - 59 */
}
END_TEST

/** Two levels: (sum of products, switched late) squared, decrypted under f^2, f^4 and again f. */
START_TEST(yashe_depth_two) {
    static const uint64_t plain[] = {2, 3, 257, 65537};
    size_t n = 64;
    mpz_t q, *a = cn_ref_new(n), *b = cn_ref_new(n), *m = cn_ref_new(n), *mm = cn_ref_new(n);
    mpz_t *ab = cn_ref_new(n), *aa = cn_ref_new(n), *r = cn_ref_new(n), *s = cn_ref_new(n);
    tst_modulus(q, 3);
    if (_i % 2) mpz_sub_ui(q, q, 2); /* composite */
    yashe e = yashe_new(n, q, plain[_i / 2], _i < 4 ? 32 : 7);
    for (unsigned kind = 0; kind < 4 + TST_ITERS(1); kind++) {
        message(a, plain[_i / 2], kind, n);
        message(b, plain[_i / 2], kind / 2 * 3, n);
        mpz_t *x = yashe_encrypt(a, &e), *y = yashe_encrypt(b, &e);
        cn_ref_yashe_mul(ab, x, y, &e.y);
        cn_ref_yashe_mul(aa, x, x, &e.y);
        for (size_t k = 0; k < n; k++) { /* 3 a b - 5 a^2 */
            mpz_mul_si(r[k], ab[k], 3);
            mpz_submul_ui(r[k], aa[k], 5);
        }
        cn_ref_reduce(r, r, e.y.q, n);
        message_mul(m, a, b, e.y.t, n);
        message_mul(mm, a, a, e.y.t, n);
        for (size_t k = 0; k < n; k++) {
            mpz_mul_ui(m[k], m[k], 3);
            mpz_submul_ui(m[k], mm[k], 5);
            mpz_fdiv_r(m[k], m[k], e.y.t);
        }
        yashe_expect(r, 2, m, &e);
        cn_ref_yashe_key_switch(s, r, e.k.evk, &e.y);
        yashe_expect(s, 1, m, &e);
        message_mul(mm, m, m, e.y.t, n);
        cn_ref_yashe_mul(ab, s, s, &e.y);
        yashe_expect(ab, 2, mm, &e);
        cn_ref_yashe_mul(aa, r, r, &e.y);
        yashe_expect(aa, 4, mm, &e);
        cn_ref_yashe_key_switch(r, ab, e.k.evk, &e.y);
        yashe_expect(r, 1, mm, &e);
        cn_ref_free(x, n), cn_ref_free(y, n);
    }
    cn_ref_free(a, n), cn_ref_free(b, n), cn_ref_free(m, n), cn_ref_free(mm, n);
    cn_ref_free(ab, n), cn_ref_free(aa, n), cn_ref_free(r, n), cn_ref_free(s, n);
    mpz_clear(q);
    yashe_free(&e);
}
END_TEST

/** Phases a hair below q/(2t) from a message's place decrypt to it, a hair above to its neighbour. */
START_TEST(yashe_limit) {
    size_t n = 16;
    uint64_t t = 1009;
    mpz_t q, half, *m = cn_ref_new(n), *x = cn_ref_new(n), *c = cn_ref_new(n), *inverse = cn_ref_new(n), *found = cn_ref_new(n);
    tst_modulus(q, _i);
    mpz_init(half);
    yashe e = yashe_new(n, q, t, 32);
    ck_assert(cn_ref_inverse(inverse, e.k.f, q, n));
    mpz_fdiv_q_ui(half, q, 2 * t); /* floor: |v| <= half - 1 is below the limit, >= half + 2 above, whatever the rounding */
    for (int side = 0; side < 4; side++) {
        message(m, t, 3, n);
        cn_ref_encode(x, m, e.y.t, q, false, n);
        for (size_t k = 0; k < n; k++) {
            if (side % 2) mpz_add(x[k], x[k], half);
            else mpz_sub(x[k], x[k], half);
            if (side == 0) mpz_add_ui(x[k], x[k], 1);
            if (side == 1) mpz_sub_ui(x[k], x[k], 1);
            if (side == 2) mpz_sub_ui(x[k], x[k], 2), mpz_sub_ui(m[k], m[k], 1);
            if (side == 3) mpz_add_ui(x[k], x[k], 2), mpz_add_ui(m[k], m[k], 1);
            mpz_fdiv_r(m[k], m[k], e.y.t);
        }
        cn_ref_mul(c, x, inverse, n);
        cn_ref_reduce(c, c, q, n);
        yashe_expect(c, 1, m, &e);
    }
    cn_ref_free(m, n), cn_ref_free(x, n), cn_ref_free(c, n), cn_ref_free(inverse, n), cn_ref_free(found, n);
    mpz_clears(q, half, NULL);
    yashe_free(&e);
}
END_TEST

/* ---- BFV ----------------------------------------------------------------------------------- */

static cn_ref_bfv bfv_new(size_t n, const mpz_t q, uint64_t t_word, unsigned w_bits) {
    cn_ref_bfv b;
    mpz_t t;
    mpz_init_set_ui(t, t_word);
    cn_ref_bfv_init(&b, n, q, t, w_bits);
    ck_assert_int_eq(cn_ref_bfv_keygen(&b), CN_OK);
    mpz_clear(t);
    return b;
}

static void bfv_expect(const cn_ref_cipher *c, mpz_t *m, const cn_ref_bfv *b) {
    mpz_t *found = cn_ref_new(b->n);
    cn_ref_bfv_decrypt(found, c, b);
    tst_expect_poly(found, m, b->n);
    cn_ref_free(found, b->n);
}

/** x y, relinearised. */
static cn_ref_cipher bfv_product(const cn_ref_cipher *x, const cn_ref_cipher *y, mpz_t *m, const cn_ref_bfv *b) {
    cn_ref_cipher r = cn_ref_bfv_mul(x, y, b);
    bfv_expect(&r, m, b);
    cn_ref_bfv_relinearise(&r, b);
    ck_assert_uint_eq(r.parts, 2);
    bfv_expect(&r, m, b);
    return r;
}

/** Sums and two levels of products of a and b under b's keys. */
static void bfv_two_levels(mpz_t *a, mpz_t *c, const cn_ref_bfv *b, cn_rng *rng) {
    size_t n = b->n;
    mpz_t *m = cn_ref_new(n);
    cn_ref_cipher x, y;
    ck_assert_int_eq(cn_ref_bfv_encrypt(&x, a, b, rng), CN_OK);
    ck_assert_int_eq(cn_ref_bfv_encrypt(&y, c, b, rng), CN_OK);
    bfv_expect(&x, a, b);
    message_mul(m, a, c, b->t, n);
    cn_ref_cipher xy = bfv_product(&x, &y, m, b);
    message_mul(m, m, m, b->t, n);
    cn_ref_cipher square = bfv_product(&xy, &xy, m, b);
    message_add(m, m, a, b->t, n);
    cn_ref_bfv_add(&square, &x, b);
    bfv_expect(&square, m, b);
    cn_ref_cipher_clear(&x, n), cn_ref_cipher_clear(&y, n), cn_ref_cipher_clear(&xy, n), cn_ref_cipher_clear(&square, n);
    cn_ref_free(m, n);
}

/** Every public pair (r0, r1) hides what it should: r0 + r1 s is 0 or T^i s^2, up to an error that is there. */
START_TEST(bfv_keys) {
    size_t n = 64;
    mpz_t q, bound, *s2 = cn_ref_new(n), *x = cn_ref_new(n);
    tst_modulus(q, _i);
    cn_ref_bfv b = bfv_new(n, q, 17, 15);
    mpz_init_set_ui(bound, 1);
    ck_assert(all_within(b.s, bound, n) && !all_divisible(b.s, 2, n));
    mpz_set_ui(bound, ERROR_MAX);
    cn_ref_mul(s2, b.s, b.s, n);
    for (unsigned i = 0; i <= b.digits; i++) {
        cn_ref_cipher pair = {.parts = 2, .c = {i == b.digits ? b.p0 : b.rlk0[i], i == b.digits ? b.p1 : b.rlk1[i]}};
        cn_ref_bfv_phase(x, &pair, &b);
        for (size_t k = 0; k < n && i < b.digits; k++) {
            mpz_t power;
            mpz_init(power);
            mpz_mul_2exp(power, s2[k], 15 * i);
            mpz_sub(x[k], x[k], power);
            cn_mpz_centre(x[k], x[k], q);
            mpz_clear(power);
        }
        ck_assert(all_within(x, bound, n) && !all_divisible(x, 1000, n));
    }
    mpz_clears(q, bound, NULL);
    cn_ref_free(s2, n), cn_ref_free(x, n);
    cn_ref_bfv_clear(&b);
}
END_TEST

START_TEST(bfv_toy_exhaustive) {
    static const struct {
        size_t n;
        uint64_t t;
        const char *q;
        bool floor;
    } toy[] = {{1, 7, "100000000003", false}, {2, 3, "1099511627776", true}, {4, 2, "1000000016000000063", false}};
    cn_rng *rng = NULL;
    ck_assert_int_eq(cn_rng_new(&rng), CN_OK);
    for (size_t k = 0; k < CN_ARRAY_LEN(toy); k++) {
        size_t n = toy[k].n;
        mpz_t q, *a = cn_ref_new(n), *c = cn_ref_new(n);
        uint64_t count = 1;
        mpz_init_set_str(q, toy[k].q, 10);
        cn_ref_bfv b = bfv_new(n, q, toy[k].t, 4);
        b.floor = toy[k].floor;
        for (size_t i = 0; i < n; i++) count *= toy[k].t;
        for (uint64_t i = 0; i < count * count; i++) {
            tst_nth_poly(a, i % count, toy[k].t, n);
            tst_nth_poly(c, i / count, toy[k].t, n);
            bfv_two_levels(a, c, &b, rng);
        }
        cn_ref_bfv_clear(&b);
        mpz_clear(q);
        cn_ref_free(a, n), cn_ref_free(c, n);
    }
    cn_rng_free(rng);
}
END_TEST

START_TEST(bfv_depth_two) {
    size_t n = 64;
    uint64_t t = _i % 2 ? 65537 : 12;
    mpz_t q, *a = cn_ref_new(n), *c = cn_ref_new(n);
    cn_rng *rng = NULL;
    tst_modulus(q, _i);
    cn_ref_bfv b = bfv_new(n, q, t, _i < 2 ? 16 : 33);
    ck_assert_int_eq(cn_rng_new(&rng), CN_OK);
    for (unsigned kind = 0; kind < 4 + TST_ITERS(1); kind++) {
        message(a, t, kind, n);
        message(c, t, kind / 2 * 3, n);
        bfv_two_levels(a, c, &b, rng);
    }
    mpz_clear(q);
    cn_ref_bfv_clear(&b);
    cn_rng_free(rng);
    cn_ref_free(a, n), cn_ref_free(c, n);
}
END_TEST

/* ---- failures ------------------------------------------------------------------------------ */

/** Every request for randomness fails once: the status says so, and nothing leaks (valgrind). */
START_TEST(no_randomness) {
    size_t n = 8;
    mpz_t q, t, *m = cn_ref_new(n), *c = cn_ref_new(n);
    tst_modulus(q, 0);
    mpz_init_set_ui(t, 17);
    unsigned failures = 0;
    for (unsigned long at = 1;; at++) {
        cn_ref_yashe y;
        cn_ref_yashe_keys k;
        cn_ref_bfv b;
        cn_ref_cipher x = {0};
        cn_rng *rng = NULL;
        cn_status status;
        ck_assert_int_eq(cn_rng_new(&rng), CN_OK);
        cn_ref_yashe_init(&y, n, q, t, 32);
        cn_ref_yashe_keys_init(&k, &y);
        cn_ref_bfv_init(&b, n, q, t, 32);
        cn_test_rng_fail_at(at);
        status = cn_ref_yashe_keygen(&k, &y, rng);
        if (status == CN_OK) status = cn_ref_yashe_encrypt(c, m, k.h, &y, rng);
        if (status == CN_OK) status = cn_ref_bfv_keygen(&b);
        if (status == CN_OK) status = cn_ref_bfv_encrypt(&x, m, &b, rng);
        cn_test_rng_fail_at(0);
        ck_assert(status == CN_OK || status == CN_ERR_RANDOM);
        ck_assert(status == CN_OK || x.parts == 0);
        cn_ref_cipher_clear(&x, n);
        cn_ref_bfv_clear(&b);
        cn_ref_yashe_keys_clear(&k, &y);
        cn_ref_yashe_clear(&y);
        cn_rng_free(rng);
        if (status == CN_OK) break;
        failures++;
    }
    ck_assert_uint_ge(failures, 20);
    mpz_clears(q, t, NULL);
    cn_ref_free(m, n), cn_ref_free(c, n);
}
END_TEST

TCase *tst_reference_scheme_cases(void) {
    TCase *tc = tcase_create("schemes");
    tcase_add_loop_test(tc, yashe_keys, 0, TST_MODULI);
    tcase_add_test(tc, yashe_toy_exhaustive);
    tcase_add_loop_test(tc, yashe_depth_two, 0, 8);
    tcase_add_loop_test(tc, yashe_limit, 0, TST_MODULI);
    tcase_add_loop_test(tc, bfv_keys, 0, TST_MODULI);
    tcase_add_test(tc, bfv_toy_exhaustive);
    tcase_add_loop_test(tc, bfv_depth_two, 0, TST_MODULI);
    tcase_add_test(tc, no_randomness);
    return tc;
}
