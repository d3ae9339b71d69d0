/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The limit of decryption: phases constructed in integers with exactly chosen noise, at t |v| = Q/4 and one step beyond,
 *  and close to zero, for all levels. */

#include <stdlib.h>
#include <string.h>

#include "he_import.h"
#include "he_testing.h"
#include "testing.h"

/** Put a coefficient with t phase = Q m + distance into place k; m is what that distance needs.  Returns: m. */
static uint64_t set_phase(cn_poly *phase, size_t k, const mpz_t distance, const cn_ref_bfv *b, const cn_rns *basis) {
    mpz_t x, inverse;
    mpz_inits(x, inverse, NULL);
    ck_assert(mpz_invert(inverse, b->q, b->t));
    mpz_mul(x, distance, inverse); /* m = -distance / Q modulo t */
    mpz_neg(x, x);
    mpz_fdiv_r(x, x, b->t);
    uint64_t m = mpz_get_ui(x);
    mpz_mul(x, x, b->q);
    mpz_add(x, x, distance);
    ck_assert(mpz_divisible_p(x, b->t));
    mpz_divexact(x, x, b->t);
    cn_rns_set_mpz(phase->c + k, phase->n, x, basis);
    mpz_clears(x, inverse, NULL);
    return m;
}

/** t |v| at floor(Q/4) is accepted and decoded, one more is refused; with Q beyond 2^58 the step is Q 2^-58, the
 *  documented resolution. One such coefficient among accepted ones is enough. */
START_TEST(limit_is_sharp) {
    tst_he h = tst_he_realistic(_i);
    const cn_params *p = cn_context_params(h.ctx);
    uint64_t *slots = malloc(h.n * sizeof *slots);
    mpz_t edge, step, distance, away;
    mpz_inits(edge, step, distance, away, NULL);
    for (unsigned limbs = 1; limbs <= p->limbs; limbs++) {
        cn_poly phase;
        cn_rns basis;
        cn_ref_bfv b;
        tst_import_bfv(&b, h.sk, limbs, 0, h.ctx);
        ck_assert_int_eq(cn_rns_init(&basis, p->q, limbs), CN_OK);
        ck_assert_int_eq(cn_poly_init(&phase, &h.ctx->ring, limbs, false, CN_COEFF), CN_OK);
        mpz_fdiv_q_2exp(edge, b.q, 2);
        mpz_fdiv_q_2exp(step, b.q, 58);
        for (int trial = 0; trial < 24; trial++) {
            size_t k = tst_below(h.n);
            bool negative = trial & 1, above = trial & 2;
            uint64_t factor = 1 + tst_below(p->t[0] - 1), m;
            (above ? mpz_add : mpz_sub)(distance, edge, step);
            if (above) mpz_add_ui(distance, distance, 1);
            if (trial >= 8) { /* anywhere up to Q/8 from the edge */
                mpz_mul_ui(away, b.q, tst_u64());
                mpz_fdiv_q_2exp(away, away, 67);
                (above ? mpz_add : mpz_sub)(distance, distance, away);
            }
            if (negative) mpz_neg(distance, distance);
            m = set_phase(&phase, k, distance, &b, &basis);
            uint64_t refused = cn_decode_phase(slots, &phase, factor, 0, h.ctx);
            TST_EQ(refused, above ? UINT64_MAX : 0);
            if (!refused) {
                cn_ntt_inverse(slots, &h.ctx->branch[0].ntt);
                for (size_t j = 0; j < h.n; j++)
                    TST_EQ(cn_mod_mul(slots[j], factor, cn_t(h.ctx, 0)), j == k ? m : 0);
            }
            for (unsigned i = 0; i < limbs; i++) cn_poly_limb(&phase, i)[k] = 0;
        }
        cn_poly_clear(&phase);
        cn_rns_clear(&basis);
        cn_ref_bfv_clear(&b);
    }
    mpz_clears(edge, step, distance, away, NULL);
    free(slots);
    tst_he_free(&h);
}
END_TEST

/** Tiny and zero noise beside every kind of message: t x / Q lies within rounding errors of an integer, where a quotient
 *  that is one too small would show. The widest primes make the strip around the integer widest. */
START_TEST(tiny_noise) {
    cn_params p = tst_he_params(4096, 2, 46, 0, 1, 40000, 0);
    tst_he h = tst_he_new(&p);
    uint64_t *slots = malloc(h.n * sizeof *slots), *m = malloc(h.n * sizeof *m);
    mpz_t distance;
    mpz_init(distance);
    for (unsigned limbs = 1; limbs <= 2; limbs++) {
        cn_poly phase;
        cn_rns basis;
        cn_ref_bfv b;
        tst_import_bfv(&b, h.sk, limbs, 0, h.ctx);
        ck_assert_int_eq(cn_rns_init(&basis, p.q, limbs), CN_OK);
        ck_assert_int_eq(cn_poly_init(&phase, &h.ctx->ring, limbs, false, CN_COEFF), CN_OK);
        for (size_t k = 0; k < h.n; k++) {
            mpz_set_si(distance, (long)k - (long)h.n / 2);
            m[k] = set_phase(&phase, k, distance, &b, &basis);
        }
        TST_EQ(cn_decode_phase(slots, &phase, 1, 0, h.ctx), 0);
        cn_ntt_inverse(slots, &h.ctx->branch[0].ntt);
        for (size_t k = 0; k < h.n; k++) TST_EQ(slots[k], m[k]);
        cn_poly_clear(&phase);
        cn_rns_clear(&basis);
        cn_ref_bfv_clear(&b);
    }
    mpz_clear(distance);
    free(slots);
    free(m);
    tst_he_free(&h);
}
END_TEST

/** The limit through cn_decrypt: a constant is added to one coefficient of c0, the largest that leaves t |v| <= Q/4, or
 *  one more. Q is below 2^58 here, so the limit is exact. */
START_TEST(refusal_zeroes_the_output) {
    tst_he h = tst_he_realistic(_i);
    const cn_params *p = cn_context_params(h.ctx);
    uint64_t *v = tst_slots(&h, 0), *found = malloc(h.n * sizeof *found);
    cn_cipher *fresh = tst_encrypt(&h, v, 0, false);
    while (p->q[0] >> 26 ? cn_cipher_limbs(fresh) > 1 : cn_cipher_limbs(fresh) > 2) /* Q > 16 t */
        ck_assert_int_eq(cn_mod_switch(fresh, h.ctx), CN_OK);
    unsigned limbs = cn_cipher_limbs(fresh);
    cn_rns basis;
    cn_ref_bfv b;
    mpz_t *m = tst_import_message(v, 0, h.ctx), *tv = cn_ref_new(h.n), tq, edge, move;
    mpz_inits(tq, edge, move, NULL);
    ck_assert_int_eq(cn_rns_init(&basis, p->q, limbs), CN_OK);
    tst_import_bfv(&b, h.sk, limbs, 0, h.ctx);
    cn_ref_cipher imported = tst_import_cipher(fresh, h.ctx);
    cn_ref_bfv_phase(tv, &imported, &b);
    mpz_mul(tq, b.t, b.q);
    mpz_fdiv_q_2exp(edge, b.q, 2);
    for (size_t k = 0; k < h.n; k++) { /* t v = t phase - Q m */
        mpz_mul(tv[k], tv[k], b.t);
        mpz_submul(tv[k], b.q, m[k]);
        cn_mpz_centre(tv[k], tv[k], tq);
    }
    for (int trial = 0; trial < 8; trial++) {
        bool negative = trial & 1, above = trial & 2;
        size_t k = tst_below(h.n);
        uint64_t residues[CN_LIMBS_MAX];
        cn_cipher *c = tst_copy(fresh);
        (negative ? mpz_add : mpz_sub)(move, edge, tv[k]); /* room on that side */
        mpz_fdiv_q(move, move, b.t);
        if (above) mpz_add_ui(move, move, 1);
        if (negative) mpz_neg(move, move);
        cn_rns_set_mpz(residues, 1, move, &basis);
        cn_poly_to_coeff(&c->part[0], &h.ctx->ring);
        for (unsigned i = 0; i < limbs; i++) {
            uint64_t *word = &cn_poly_limb(&c->part[0], i)[k];
            *word = cn_mod_add(*word, residues[i], cn_q(h.ctx, i));
        }
        cn_poly_to_ntt(&c->part[0], &h.ctx->ring);
        memset(found, 0x55, h.n * sizeof *found);
        cn_status s = cn_decrypt(found, h.n, c, h.sk, h.ctx);
        ck_assert_int_eq(s, above ? CN_ERR_NOISE : CN_OK);
        if (above) ck_assert_ptr_nonnull(strstr(cn_error_text(), "Q/(4t)"));
        for (size_t j = 0; j < h.n; j++) TST_EQ(found[j], above ? 0 : v[j]);
        cn_cipher_free(c);
    }
    mpz_clears(tq, edge, move, NULL);
    cn_ref_free(m, h.n);
    cn_ref_free(tv, h.n);
    cn_ref_cipher_clear(&imported, h.n);
    cn_ref_bfv_clear(&b);
    cn_rns_clear(&basis);
    cn_cipher_free(fresh);
    free(v);
    free(found);
    tst_he_free(&h);
}
END_TEST

Suite *cn_suite_he_limit(void) {
    Suite *s = suite_create("he_limit");
    TCase *tc = tcase_create("limit");
    tcase_add_loop_test(tc, limit_is_sharp, 0, TST_HE_SETS);
    tcase_add_test(tc, tiny_noise);
    tcase_add_loop_test(tc, refusal_zeroes_the_output, 0, TST_HE_YASHE);
    suite_add_tcase(s, tc);
    return s;
}
