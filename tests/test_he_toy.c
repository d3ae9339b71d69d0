/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Exhaustive tests on toy rings, with the code of the real ones: every message, every pair of messages.
 *
 *  The primes leave room for the worst noise there can be (|error| <= 21, |s| <= 1), so every result is exact with
 *  certainty: a public-key encryption has |v| < 21 (2n + 1) + 1, its square at most t n v^2, one relinearisation by whole
 *  residues adds limbs n 21 q/2, and the second square still lies far below Q/(4t). Under YASHE' fresh noise is at most
 *  (1 + t n) 22 + t n, below 2^11, and a relinearisation adds limbs n q/2 times that: there is room, too. */

#include <stdlib.h>
#include <string.h>

#include "he/params.h"
#include "he_testing.h"
#include "testing.h"

static void allow(void) { cn_test_allow_toy_rings(true); }
static void forbid(void) { cn_test_allow_toy_rings(false); }

/* Schemes, and ways of key switching. */
static const struct {
    cn_scheme scheme;
    unsigned special_bits, digit_bits;
} ways[] = {{CN_SCHEME_BFV, 0, 0},    {CN_SCHEME_BFV, 0, 8},    {CN_SCHEME_BFV, 30, 0},   {CN_SCHEME_BFV, 29, 11},
            {CN_SCHEME_YASHE, 0, 0},  {CN_SCHEME_YASHE, 0, 8},  {CN_SCHEME_YASHE, 30, 0}, {CN_SCHEME_YASHE, 29, 11}};
#define WAYS 8
#define FIRST_YASHE 4

static tst_he toy(size_t n, uint64_t t, size_t way) {
    cn_params p = tst_he_params(n, 3, 30, ways[way].special_bits, 1, t, ways[way].digit_bits);
    ck_assert_uint_eq(p.t[0], t);
    p.scheme = ways[way].scheme;
    return tst_he_new(&p);
}

/** Message number i: its digits in base t. */
static void message(uint64_t *v, size_t i, const tst_he *h) {
    uint64_t t = cn_t(h->ctx, 0)->q;
    for (size_t k = 0; k < h->n; k++, i /= t) v[k] = i % t;
}

/** All 17^4 messages through encryption and decryption, most with the secret key, some with the public one. */
START_TEST(every_message) {
    tst_he h = toy(4, 17, (size_t)_i * FIRST_YASHE);
    uint64_t v[4];
    for (size_t i = 0; i < 17 * 17 * 17 * 17; i++) {
        message(v, i, &h);
        cn_cipher *c = tst_encrypt(&h, v, 0, tst_below(8) == 0);
        tst_expect_slots(&h, c, v);
        cn_cipher_free(c);
    }
    tst_he_free(&h);
}
END_TEST

/** a <- result of an operation on a copy of a; then decrypt. */
static void expect_binary(const tst_he *h, const cn_cipher *a, const cn_cipher *b, const uint64_t *v,
                          cn_status (*op)(cn_cipher *, const cn_cipher *, const cn_context *)) {
    cn_cipher *c = tst_copy(a);
    ck_assert_int_eq(op(c, b, h->ctx), CN_OK);
    tst_expect_slots(h, c, v);
    cn_cipher_free(c);
}

/** Product, relinearised or not, switched once, added to itself, squared, relinearised, switched to the last prime. */
static void expect_chain(const tst_he *h, const cn_cipher *a, const cn_cipher *b, uint64_t *v, bool relinearise) {
    cn_cipher *c = tst_copy(a);
    ck_assert_int_eq(b == a ? cn_square(c, h->ctx) : cn_mul(c, b, h->ctx), CN_OK);
    if (relinearise) ck_assert_int_eq(cn_relinearise(c, h->rk, h->ctx), CN_OK);
    tst_expect_slots(h, c, v);
    ck_assert_int_eq(cn_mod_switch(c, h->ctx), CN_OK);
    tst_expect_slots(h, c, v);
    if (relinearise) {
        ck_assert_int_eq(cn_add(c, c, h->ctx), CN_OK);
        ck_assert_int_eq(cn_square(c, h->ctx), CN_OK);
        ck_assert_int_eq(cn_relinearise(c, h->rk, h->ctx), CN_OK);
        tst_slots_add(v, v, v, h, 0);
        tst_slots_mul(v, v, v, h, 0);
    }
    ck_assert_int_eq(cn_mod_switch(c, h->ctx), CN_OK);
    tst_expect_slots(h, c, v);
    cn_cipher_free(c);
}

/** a^2 b, of power 3, relinearised or not, switched to two primes. */
static void expect_cube(const tst_he *h, const cn_cipher *a, const cn_cipher *b, const uint64_t *v) {
    cn_cipher *c = tst_copy(a);
    ck_assert_int_eq(cn_square(c, h->ctx), CN_OK);
    ck_assert_int_eq(cn_mul(c, b, h->ctx), CN_OK);
    tst_expect_slots(h, c, v);
    ck_assert_int_eq(cn_relinearise(c, h->rk, h->ctx), CN_OK);
    tst_expect_slots(h, c, v);
    ck_assert_int_eq(cn_mod_switch(c, h->ctx), CN_OK);
    tst_expect_slots(h, c, v);
    cn_cipher_free(c);
}

/** (a^2) b: operands of different factors. */
static void expect_mixed_factors(const tst_he *h, const cn_cipher *a, const cn_cipher *b, const uint64_t *v) {
    for (int way = 0; way < 2; way++) {
        cn_cipher *c = tst_copy(a), *d = tst_copy(b);
        ck_assert_int_eq(cn_square(c, h->ctx), CN_OK);
        ck_assert_int_eq(cn_relinearise(c, h->rk, h->ctx), CN_OK);
        ck_assert_int_eq(way ? cn_mul(c, d, h->ctx) : cn_mul(d, c, h->ctx), CN_OK);
        tst_expect_slots(h, way ? c : d, v);
        cn_cipher_free(c);
        cn_cipher_free(d);
    }
}

/** Everything that two messages can go through; a with the secret key, b with the public one. */
static void expect_pair(const tst_he *h, const uint64_t *a, const uint64_t *b) {
    uint64_t v[4];
    int64_t plain[4];
    cn_cipher *x = tst_encrypt(h, a, 0, false), *y = tst_encrypt(h, b, 0, true);
    tst_slots_add(v, a, b, h, 0);
    expect_binary(h, x, y, v, cn_add);
    tst_slots_sub(v, a, b, h, 0);
    expect_binary(h, x, y, v, cn_sub);
    tst_slots_mul(v, a, b, h, 0);
    expect_binary(h, x, y, v, cn_mul);
    expect_chain(h, x, y, v, true);
    tst_slots_mul(v, a, a, h, 0);
    tst_slots_mul(v, v, b, h, 0);
    expect_mixed_factors(h, x, y, v);
    expect_cube(h, x, y, v);
    tst_slots_mul(v, b, b, h, 0);
    expect_chain(h, y, y, v, true);
    tst_slots_mul(v, a, a, h, 0);
    expect_chain(h, x, x, v, false);
    memcpy(plain, b, h->n * sizeof *plain);
    tst_slots_mul(v, a, b, h, 0);
    ck_assert_int_eq(cn_mul_plain(x, plain, h->n, h->ctx), CN_OK);
    tst_expect_slots(h, x, v);
    cn_cipher_free(x);
    cn_cipher_free(y);
}

/** n = 2, t = 5: all 25 x 25 pairs of messages. */
START_TEST(every_pair) {
    tst_he h = toy(2, 5, (size_t)_i);
    uint64_t a[4], b[4];
    for (size_t i = 0; i < 25; i++) {
        for (size_t j = 0; j < 25; j++) {
            message(a, i, &h);
            message(b, j, &h);
            expect_pair(&h, a, b);
        }
    }
    tst_he_free(&h);
}
END_TEST

/** n = 4, t = 17: all 17 x 17 pairs in every slot, with random values in the other slots. */
START_TEST(every_pair_in_every_slot) {
    tst_he h = toy(4, 17, (size_t)_i);
    for (size_t slot = 0; slot < 4; slot++) {
        for (size_t i = 0; i < 17 * 17; i++) {
            uint64_t *a = tst_slots(&h, 0), *b = tst_slots(&h, 0);
            a[slot] = i % 17;
            b[slot] = i / 17;
            expect_pair(&h, a, b);
            free(a);
            free(b);
        }
    }
    tst_he_free(&h);
}
END_TEST

/** Every value by every scalar from -2t to 2t, multiplied and added, after a square (factor not 1) and before. */
START_TEST(every_scalar) {
    tst_he h = toy(4, 17, (size_t)_i * FIRST_YASHE);
    uint64_t v[4], w[4];
    for (size_t i = 0; i < 17; i++) {
        for (size_t k = 0; k < 4; k++) v[k] = (i + k) % 17;
        cn_cipher *fresh = tst_encrypt(&h, v, 0, true);
        for (int squared = 0; squared < 2; squared++) {
            if (squared) {
                ck_assert_int_eq(cn_square(fresh, h.ctx), CN_OK);
                ck_assert_uint_ne(cn_cipher_factor(fresh), 1);
                tst_slots_mul(v, v, v, &h, 0);
            }
            for (int64_t s = -34; s <= 34; s++) {
                cn_cipher *c = tst_copy(fresh);
                ck_assert_int_eq(cn_mul_scalar(c, s, h.ctx), CN_OK);
                for (size_t k = 0; k < 4; k++) w[k] = v[k] * (uint64_t)(s + 34) % 17;
                tst_expect_slots(&h, c, w);
                ck_assert_int_eq(cn_add_scalar(c, s, h.ctx), CN_OK);
                for (size_t k = 0; k < 4; k++) w[k] = (w[k] + (uint64_t)(s + 34)) % 17;
                tst_expect_slots(&h, c, w);
                cn_cipher_free(c);
            }
        }
        cn_cipher_free(fresh);
    }
    tst_he_free(&h);
}
END_TEST

/** Every phase of a ring with tiny primes decodes to round(t x / Q), or is refused, as the definition says. */
START_TEST(every_phase) {
    static const uint64_t primes[2] = {41, 73};
    for (unsigned limbs = 1; limbs <= 2; limbs++) {
        cn_params p = {.n = 4, .limbs = limbs, .plains = 1, .t = {17}};
        for (unsigned i = 0; i < limbs; i++) p.q[i] = primes[i];
        cn_context *ctx;
        cn_poly phase;
        ck_assert_int_eq(cn_context_new(&ctx, &p), CN_OK);
        ck_assert_int_eq(cn_poly_init(&phase, &ctx->ring, limbs, false, CN_COEFF), CN_OK);
        uint64_t q = limbs == 1 ? 41 : 41 * 73;
        for (uint64_t x = 0; x < q; x++) {
            uint64_t slots[4], coeff = (2 * 17 * x + q) / (2 * q); /* nearest integer to 17 x / q */
            int64_t distance = (int64_t)(17 * x) - (int64_t)(coeff * q); /* t v */
            for (uint64_t factor = 1; factor < 17; factor += 5) {
                for (unsigned i = 0; i < limbs; i++) cn_poly_limb(&phase, i)[2] = x % primes[i];
                uint64_t refused = cn_decode_phase(slots, &phase, factor, 0, ctx);
                TST_EQ(refused, 4 * (uint64_t)llabs(distance) > q ? UINT64_MAX : 0);
                cn_ntt_inverse(slots, &ctx->branch[0].ntt);
                for (size_t k = 0; k < 4; k++) TST_EQ(slots[k] * factor % 17, k == 2 ? coeff % 17 : 0);
            }
        }
        cn_poly_clear(&phase);
        cn_context_free(ctx);
    }
}
END_TEST

/** Modulo tiny primes many f = 1 + t f' are not invertible: none of them becomes a key. */
START_TEST(keys_are_invertible) {
    cn_params p = {.n = 4, .limbs = 2, .q = {17, 41}, .plains = 1, .t = {73}, .scheme = CN_SCHEME_YASHE};
    cn_context *ctx;
    ck_assert_int_eq(cn_context_new(&ctx, &p), CN_OK);
    for (int key = 0; key < 300; key++) { /* about a third of the draws have a zero */
        cn_secret_key *sk;
        ck_assert_int_eq(cn_secret_key_new(&sk, ctx), CN_OK);
        for (size_t k = 0; k < 8; k++) TST_CHECK(sk->f[0].c[k] != 0);
        cn_secret_key_free(sk);
    }
    cn_context_free(ctx);
}
END_TEST

Suite *cn_suite_he_toy(void) {
    Suite *s = suite_create("he_toy");
    TCase *tc = tcase_create("exhaustive");
    tcase_add_checked_fixture(tc, allow, forbid);
    tcase_add_loop_test(tc, every_message, 0, 2);
    tcase_add_loop_test(tc, every_pair, 0, WAYS);
    tcase_add_loop_test(tc, every_pair_in_every_slot, 0, WAYS);
    tcase_add_loop_test(tc, every_scalar, 0, 2);
    tcase_add_test(tc, every_phase);
    tcase_add_test(tc, keys_are_invertible);
    suite_add_tcase(s, tc);
    return s;
}
