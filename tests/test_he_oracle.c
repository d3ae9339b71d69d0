/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The library against textbook BFV over the integers (reference/bfv.h) at realistic sizes: encoding, decryption, exact
 *  images of every linear operation, of the product and of the modulus switch. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "he/scheme.h"
#include "he_import.h"
#include "he_testing.h"
#include "reference_testing.h"
#include "testing.h"

/** The textbook decrypts the library's ciphertext to F times the message, and the library to the message. */
static void expect_both(const tst_he *h, const cn_cipher *c, const uint64_t *slots) {
    const cn_mod *t = cn_t(h->ctx, c->branch);
    mpz_t q, t_big, *found = cn_ref_new(h->n), *m = tst_import_message(slots, c->branch, h->ctx);
    mpz_init_set_ui(t_big, t->q);
    mpz_init(q);
    tst_import_modulus(q, cn_cipher_limbs(c), h->ctx);
    for (size_t k = 0; k < h->n; k++) {
        mpz_mul_ui(m[k], m[k], cn_cipher_factor(c));
        mpz_fdiv_r_ui(m[k], m[k], t->q);
    }
    tst_import_phase(found, c, h->sk, h->ctx);
    cn_ref_decode(found, found, t_big, q, h->n);
    tst_expect_poly(found, m, h->n);
    tst_expect_slots(h, c, slots);
    cn_ref_free(found, h->n);
    cn_ref_free(m, h->n);
    mpz_clears(q, t_big, NULL);
}

/* ---- encoding -------------------------------------------------------------------------------- */

/** round(Q_l m / t) modulo every prime of every level, for extreme and random m, against rounding in the integers. */
START_TEST(encode_is_exact) {
    tst_he h = tst_he_realistic(_i);
    const cn_params *p = cn_context_params(h.ctx);
    mpz_t q, t, x;
    mpz_inits(q, t, x, NULL);
    for (unsigned branch = 0; branch < p->plains; branch++) {
        uint64_t edge[] = {0, 1, 2, p->t[branch] / 2, p->t[branch] / 2 + 1, p->t[branch] - 2, p->t[branch] - 1};
        mpz_set_ui(t, p->t[branch]);
        mpz_set_ui(q, 1);
        for (unsigned l = 1; l <= p->limbs; l++) {
            mpz_mul_ui(q, q, p->q[l - 1]);
            for (size_t k = 0; k < CN_ARRAY_LEN(edge) + TST_ITERS(500); k++) {
                uint64_t m = k < CN_ARRAY_LEN(edge) ? edge[k] : tst_biased(p->t[branch]);
                uint64_t scaled = cn_mod_mul(h.ctx->branch[branch].q_mod_t[l], m, cn_t(h.ctx, branch));
                mpz_mul_ui(x, q, m);
                cn_ref_round_div(x, x, t);
                for (unsigned i = 0; i < l; i++)
                    TST_EQ(cn_scale_up(scaled, branch, i, h.ctx), mpz_fdiv_ui(x, p->q[i]));
            }
        }
    }
    mpz_clears(q, t, x, NULL);
    tst_he_free(&h);
}
END_TEST

/** The whole message part of an encryption: round(Q m / t) + e. */
START_TEST(message_part_is_exact) {
    tst_he h = tst_he_realistic(_i);
    unsigned limbs = cn_context_params(h.ctx)->limbs;
    uint64_t *slots = tst_slots(&h, 0), *work = malloc(h.n * sizeof *work);
    int8_t *e = malloc(h.n);
    mpz_t *m = tst_import_message(slots, 0, h.ctx), *found = cn_ref_new(h.n), *expected = cn_ref_new(h.n);
    cn_ref_bfv b;
    cn_poly p;
    tst_import_bfv(&b, h.sk, limbs, 0, h.ctx);
    ck_assert_int_eq(cn_poly_init(&p, &h.ctx->ring, limbs, false, CN_NTT), CN_OK);
    for (int with_error = 0; with_error < 2; with_error++) {
        memcpy(work, slots, h.n * sizeof *work);
        for (size_t k = 0; k < h.n; k++) e[k] = (int8_t)((int)tst_below(43) - 21);
        cn_encode_message(&p, work, with_error ? e : NULL, 0, h.ctx);
        tst_import_poly(found, &p, h.ctx);
        for (size_t k = 0; k < h.n; k++) {
            mpz_t x;
            mpz_init(x);
            mpz_mul(x, b.q, m[k]);
            cn_ref_round_div(x, x, b.t);
            if (with_error && e[k] >= 0) mpz_add_ui(x, x, (unsigned)e[k]);
            if (with_error && e[k] < 0) mpz_sub_ui(x, x, (unsigned)-e[k]);
            cn_mpz_centre(expected[k], x, b.q);
            mpz_clear(x);
        }
        tst_expect_poly(found, expected, h.n);
    }
    cn_poly_clear(&p);
    cn_ref_bfv_clear(&b);
    cn_ref_free(m, h.n);
    cn_ref_free(found, h.n);
    cn_ref_free(expected, h.n);
    free(e);
    free(work);
    free(slots);
    tst_he_free(&h);
}
END_TEST

/* ---- decryption of everything ---------------------------------------------------------------- */

START_TEST(decrypts_alike) {
    tst_he h = tst_he_realistic(_i);
    unsigned branch = cn_context_params(h.ctx)->plains - 1;
    uint64_t *a = tst_slots(&h, branch), *b = tst_slots(&h, branch);
    cn_cipher *x = tst_encrypt(&h, a, branch, false), *y = tst_encrypt(&h, b, branch, true);
    expect_both(&h, x, a);
    expect_both(&h, y, b);
    ck_assert_int_eq(cn_sub(x, y, h.ctx), CN_OK);
    tst_slots_sub(a, a, b, &h, branch);
    expect_both(&h, x, a);
    ck_assert_int_eq(cn_mul(x, y, h.ctx), CN_OK);
    tst_slots_mul(a, a, b, &h, branch);
    expect_both(&h, x, a); /* three parts */
    cn_cipher *cube = tst_copy(x);
    uint64_t *ab = malloc(h.n * sizeof *ab);
    tst_slots_mul(ab, a, b, &h, branch);
    if (_i != 2) { /* whose t leaves no room */
        ck_assert_int_eq(cn_mul(cube, y, h.ctx), CN_OK);
        expect_both(&h, cube, ab);
        ck_assert_int_eq(cn_relinearise(cube, h.rk, h.ctx), CN_OK);
        expect_both(&h, cube, ab);
    }
    cn_cipher_free(cube);
    free(ab);
    ck_assert_int_eq(cn_mod_switch(x, h.ctx), CN_OK);
    expect_both(&h, x, a);
    ck_assert_int_eq(cn_relinearise(x, h.rk, h.ctx), CN_OK);
    expect_both(&h, x, a);
    while (cn_cipher_limbs(x) > 2) {
        ck_assert_int_eq(cn_mod_switch(x, h.ctx), CN_OK);
        expect_both(&h, x, a);
    }
    cn_cipher_free(x);
    cn_cipher_free(y);
    free(a);
    free(b);
    tst_he_free(&h);
}
END_TEST

/* ---- operations, as polynomials -------------------------------------------------------------- */

/** Multiplication by a plaintext is that of the centred message polynomial, by Kronecker substitution. */
START_TEST(plain_product_is_exact) {
    tst_he h = tst_he_realistic(_i);
    uint64_t *a = tst_slots(&h, 0), *w = tst_slots(&h, 0);
    cn_cipher *c = tst_encrypt(&h, a, 0, false);
    cn_ref_bfv b;
    tst_import_bfv(&b, h.sk, cn_cipher_limbs(c), 0, h.ctx);
    cn_ref_cipher before = tst_import_cipher(c, h.ctx);
    ck_assert_int_eq(cn_mul_plain(c, (int64_t *)w, h.n, h.ctx), CN_OK);
    cn_ref_cipher after = tst_import_cipher(c, h.ctx);
    mpz_t *m = tst_import_message(w, 0, h.ctx), *expected = cn_ref_new(h.n);
    for (size_t k = 0; k < h.n; k++) cn_mpz_centre(m[k], m[k], b.t);
    for (unsigned part = 0; part < before.parts; part++) {
        cn_ref_mul(expected, before.c[part], m, h.n);
        for (size_t k = 0; k < h.n; k++) cn_mpz_centre(expected[k], expected[k], b.q);
        tst_expect_poly(after.c[part], expected, h.n);
    }
    tst_slots_mul(a, a, w, &h, 0);
    expect_both(&h, c, a);
    cn_ref_free(m, h.n);
    cn_ref_free(expected, h.n);
    cn_ref_cipher_clear(&before, h.n);
    cn_ref_cipher_clear(&after, h.n);
    cn_ref_bfv_clear(&b);
    cn_cipher_free(c);
    free(a);
    free(w);
    tst_he_free(&h);
}
END_TEST

/** The fast product is t (c x c') modulo Q, and decrypts to what the textbook product decrypts to. */
START_TEST(product_against_textbook) {
    tst_he h = tst_he_realistic(_i);
    uint64_t *u = tst_slots(&h, 0), *v = tst_slots(&h, 0), *uv = malloc(h.n * sizeof *uv);
    cn_cipher *x = tst_encrypt(&h, u, 0, false), *y = tst_encrypt(&h, v, 0, true);
    cn_ref_bfv b;
    tst_import_bfv(&b, h.sk, cn_cipher_limbs(x), 0, h.ctx);
    cn_ref_cipher c = tst_import_cipher(x, h.ctx), d = tst_import_cipher(y, h.ctx), slow = cn_ref_bfv_mul(&c, &d, &b);
    mpz_t *expected = cn_ref_new(h.n), *cross = cn_ref_new(h.n), *m;

    ck_assert_int_eq(cn_mul(x, y, h.ctx), CN_OK);
    cn_ref_cipher fast = tst_import_cipher(x, h.ctx);
    for (unsigned part = 0; part < 3; part++) {
        cn_ref_mul(expected, c.c[part / 2], d.c[(part + 1) / 2], h.n);
        if (part == 1) {
            cn_ref_mul(cross, c.c[1], d.c[0], h.n);
            for (size_t k = 0; k < h.n; k++) mpz_add(expected[k], expected[k], cross[k]);
        }
        for (size_t k = 0; k < h.n; k++) {
            mpz_mul(expected[k], expected[k], b.t);
            cn_mpz_centre(expected[k], expected[k], b.q);
        }
        tst_expect_poly(fast.c[part], expected, h.n);
    }

    tst_slots_mul(uv, u, v, &h, 0);
    m = tst_import_message(uv, 0, h.ctx);
    cn_ref_bfv_decrypt(expected, &slow, &b);
    tst_expect_poly(expected, m, h.n);
    expect_both(&h, x, uv);
    mpz_t q_mod_t, factor; /* F = -Q F1 F2 with F1 = F2 = 1 */
    mpz_inits(q_mod_t, factor, NULL);
    mpz_neg(factor, b.q);
    mpz_fdiv_r(factor, factor, b.t);
    ck_assert(mpz_cmp_ui(factor, cn_cipher_factor(x)) == 0);
    mpz_clears(q_mod_t, factor, NULL);

    ck_assert_int_eq(cn_mul(y, y, h.ctx), CN_OK); /* the square takes another path to the same formula */
    tst_slots_mul(uv, v, v, &h, 0);
    expect_both(&h, y, uv);
    cn_ref_free(m, h.n);
    cn_ref_free(expected, h.n);
    cn_ref_free(cross, h.n);
    cn_ref_cipher_clear(&c, h.n);
    cn_ref_cipher_clear(&d, h.n);
    cn_ref_cipher_clear(&slow, h.n);
    cn_ref_cipher_clear(&fast, h.n);
    cn_ref_bfv_clear(&b);
    cn_cipher_free(x);
    cn_cipher_free(y);
    free(u);
    free(v);
    free(uv);
    tst_he_free(&h);
}
END_TEST

/** Every coefficient of every part becomes round(c / q_last), exactly; two parts and three. */
START_TEST(switch_is_exact) {
    tst_he h = tst_he_realistic(_i);
    uint64_t *v = tst_slots(&h, 0);
    mpz_t last, below;
    mpz_inits(last, below, NULL);
    for (int three = 0; three < 2; three++) {
        cn_cipher *c = tst_encrypt(&h, v, 0, true);
        if (three) ck_assert_int_eq(cn_square(c, h.ctx), CN_OK);
        uint64_t factor = cn_cipher_factor(c);
        while (cn_cipher_limbs(c) > 1) {
            unsigned limbs = cn_cipher_limbs(c);
            cn_ref_cipher before = tst_import_cipher(c, h.ctx);
            ck_assert_int_eq(cn_mod_switch(c, h.ctx), CN_OK);
            ck_assert_uint_eq(cn_cipher_limbs(c), limbs - 1);
            ck_assert_uint_eq(cn_cipher_factor(c), factor);
            cn_ref_cipher after = tst_import_cipher(c, h.ctx);
            mpz_set_ui(last, cn_context_params(h.ctx)->q[limbs - 1]);
            mpz_set_ui(below, 1);
            for (unsigned i = 0; i + 1 < limbs; i++) mpz_mul_ui(below, below, cn_context_params(h.ctx)->q[i]);
            for (unsigned part = 0; part < c->parts; part++) {
                for (size_t k = 0; k < h.n; k++) {
                    cn_ref_round_div(before.c[part][k], before.c[part][k], last);
                    cn_mpz_centre(before.c[part][k], before.c[part][k], below);
                }
                tst_expect_poly(after.c[part], before.c[part], h.n);
            }
            cn_ref_cipher_clear(&before, h.n);
            cn_ref_cipher_clear(&after, h.n);
        }
        cn_cipher_free(c);
    }
    mpz_clears(last, below, NULL);
    free(v);
    tst_he_free(&h);
}
END_TEST

/** Relinearisation moves the phase by no more than predicted, at every level. */
START_TEST(relinearisation_keeps_the_phase) {
    tst_he h = tst_he_realistic(_i);
    unsigned branch = cn_context_params(h.ctx)->plains - 1;
    uint64_t *v = tst_slots(&h, branch);
    cn_cipher *fresh = tst_encrypt(&h, v, branch, true), *c = tst_copy(fresh);
    mpz_t q, *before = cn_ref_new(h.n), *after = cn_ref_new(h.n);
    mpz_init(q);
    ck_assert_int_eq(cn_square(c, h.ctx), CN_OK);
    for (;;) {
        unsigned limbs = cn_cipher_limbs(c);
        cn_cipher *r = tst_copy(c);
        const cn_params *p = cn_context_params(h.ctx);
        ck_assert_int_eq(cn_relinearise(r, h.rk, h.ctx), CN_OK);
        ck_assert_uint_eq(cn_cipher_parts(r), cn_cipher_parts(fresh));
        ck_assert_uint_eq(cn_cipher_power(r), 1);
        tst_import_modulus(q, limbs, h.ctx);
        tst_import_phase(before, c, h.sk, h.ctx);
        tst_import_phase(after, r, h.sk, h.ctx);
        double limit = cn_noise_log2(h.ctx->scheme->noise_relin(p, p->t[branch], limbs, 2)) + log2(cn_noise_quantile((double)h.n, 40));
        for (size_t k = 0; k < h.n; k++) {
            mpz_sub(after[k], after[k], before[k]);
            cn_mpz_centre(after[k], after[k], q);
            TST_CHECK(mpz_sgn(after[k]) == 0 || cn_mpz_log2(after[k]) <= limit);
        }
        cn_cipher_free(r);
        if (limbs == 2) break;
        ck_assert_int_eq(cn_mod_switch(c, h.ctx), CN_OK);
    }
    mpz_clear(q);
    cn_ref_free(before, h.n);
    cn_ref_free(after, h.n);
    cn_cipher_free(fresh);
    cn_cipher_free(c);
    free(v);
    tst_he_free(&h);
}
END_TEST

Suite *cn_suite_he_oracle(void) {
    Suite *s = suite_create("he_oracle");
    TCase *tc = tcase_create("textbook");
    tcase_add_loop_test(tc, encode_is_exact, 0, TST_HE_SETS);
    tcase_add_loop_test(tc, message_part_is_exact, 0, TST_HE_SETS);
    tcase_add_loop_test(tc, decrypts_alike, 0, TST_HE_SETS);
    tcase_add_loop_test(tc, plain_product_is_exact, 0, TST_HE_SETS);
    tcase_add_loop_test(tc, product_against_textbook, 0, TST_HE_YASHE);
    tcase_add_loop_test(tc, switch_is_exact, 0, TST_HE_SETS);
    tcase_add_loop_test(tc, relinearisation_keeps_the_phase, 0, TST_HE_SETS);
    suite_add_tcase(s, tc);
    return s;
}
