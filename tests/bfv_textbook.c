/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Textbook BFV [Fan and Vercauteren, eprint 2012/144, section 4]. Slow on purpose; every line is one of the paper's. */

#include "bfv_textbook.h"

#include <stdlib.h>
#include <string.h>

#include "arith/rns.h"
#include "oracle.h"
#include "testing.h"

void tb_round_div(mpz_t r, const mpz_t a, const mpz_t d) { /* floor((2a + d) / 2d) */
    mpz_t twice;
    mpz_init(twice);
    mpz_mul_2exp(r, a, 1);
    mpz_add(r, r, d);
    mpz_mul_2exp(twice, d, 1);
    mpz_fdiv_q(r, r, twice);
    mpz_clear(twice);
}

void tb_reduce(mpz_t r, const mpz_t x, const mpz_t q) {
    mpz_t twice;
    mpz_init(twice);
    mpz_fdiv_r(r, x, q);
    mpz_mul_2exp(twice, r, 1);
    if (mpz_cmp(twice, q) > 0) mpz_sub(r, r, q);
    mpz_clear(twice);
}

void tb_import_poly(mpz_t *x, const cn_poly *p, const cn_context *ctx) {
    cn_poly copy;
    cn_rns basis;
    unsigned limbs = p->limbs - p->special;
    ck_assert_int_eq(cn_poly_init(&copy, &ctx->ring, limbs, p->special, p->domain), CN_OK);
    ck_assert_int_eq(cn_rns_init(&basis, ctx->params.q, limbs), CN_OK);
    cn_poly_copy(&copy, p);
    if (copy.domain == CN_NTT) cn_poly_to_coeff(&copy, &ctx->ring);
    for (size_t k = 0; k < p->n; k++) cn_rns_get_mpz_centred(x[k], copy.c + k, p->n, &basis);
    cn_rns_clear(&basis);
    cn_poly_clear(&copy);
}

mpz_t *tb_message(const uint64_t *slots, unsigned branch, const cn_context *ctx) {
    size_t n = ctx->params.n;
    mpz_t *m = tst_mpz_new(n);
    uint64_t *w = malloc(n * sizeof *w);
    memcpy(w, slots, n * sizeof *w);
    cn_ntt_inverse(w, &ctx->branch[branch].ntt);
    for (size_t k = 0; k < n; k++) mpz_set_ui(m[k], w[k]);
    free(w);
    return m;
}

void tb_init(tb_bfv *b, const cn_secret_key *sk, unsigned limbs, unsigned branch, const cn_context *ctx) {
    b->n = ctx->params.n;
    mpz_init_set_ui(b->q, 1);
    for (unsigned i = 0; i < limbs; i++) mpz_mul_ui(b->q, b->q, ctx->params.q[i]);
    mpz_init_set_ui(b->t, ctx->params.t[branch]);
    b->s = tst_mpz_new(b->n);
    tb_import_poly(b->s, &sk->s, ctx); /* small: the same at every level */
    for (size_t k = 0; k < b->n; k++) ck_assert(mpz_cmpabs_ui(b->s[k], 1) <= 0);
}

void tb_clear(tb_bfv *b) {
    tst_mpz_free(b->s, b->n);
    mpz_clears(b->q, b->t, NULL);
}

tb_cipher tb_import(const cn_cipher *c, const cn_context *ctx) {
    tb_cipher r = {.parts = c->parts};
    for (unsigned k = 0; k < c->parts; k++) {
        r.c[k] = tst_mpz_new(ctx->params.n);
        tb_import_poly(r.c[k], &c->part[k], ctx);
    }
    return r;
}

void tb_cipher_clear(tb_cipher *c, size_t n) {
    for (unsigned k = 0; k < c->parts; k++) tst_mpz_free(c->c[k], n);
    c->parts = 0;
}

void tb_phase(mpz_t *x, const tb_cipher *c, const tb_bfv *b) {
    mpz_t *power = tst_mpz_new(b->n), *next = tst_mpz_new(b->n);
    for (size_t k = 0; k < b->n; k++) mpz_set(x[k], c->c[0][k]);
    for (unsigned part = 1; part < c->parts; part++) { /* + c[part] s^part */
        if (part == 1)
            for (size_t k = 0; k < b->n; k++) mpz_set(power[k], b->s[k]);
        else {
            tst_poly_mul_negacyclic(next, power, b->s, b->n);
            for (size_t k = 0; k < b->n; k++) mpz_swap(power[k], next[k]);
        }
        tst_poly_mul_negacyclic(next, c->c[part], power, b->n);
        for (size_t k = 0; k < b->n; k++) mpz_add(x[k], x[k], next[k]);
    }
    for (size_t k = 0; k < b->n; k++) tb_reduce(x[k], x[k], b->q);
    tst_mpz_free(power, b->n);
    tst_mpz_free(next, b->n);
}

void tb_decrypt(mpz_t *m, const tb_cipher *c, const tb_bfv *b) {
    tb_phase(m, c, b);
    for (size_t k = 0; k < b->n; k++) {
        mpz_mul(m[k], m[k], b->t);
        tb_round_div(m[k], m[k], b->q);
        mpz_fdiv_r(m[k], m[k], b->t);
    }
}

/** r = [round(t/q r)]_q. */
static void scale(mpz_t *r, const tb_bfv *b) {
    for (size_t k = 0; k < b->n; k++) {
        mpz_mul(r[k], r[k], b->t);
        tb_round_div(r[k], r[k], b->q);
        tb_reduce(r[k], r[k], b->q);
    }
}

tb_cipher tb_mul(const tb_cipher *x, const tb_cipher *y, const tb_bfv *b) {
    ck_assert(x->parts == 2 && y->parts == 2);
    tb_cipher r = {.parts = 3, .c = {tst_mpz_new(b->n), tst_mpz_new(b->n), tst_mpz_new(b->n)}};
    mpz_t *cross = tst_mpz_new(b->n);
    tst_poly_mul_negacyclic(r.c[0], x->c[0], y->c[0], b->n);
    tst_poly_mul_negacyclic(r.c[1], x->c[0], y->c[1], b->n);
    tst_poly_mul_negacyclic(cross, x->c[1], y->c[0], b->n);
    for (size_t k = 0; k < b->n; k++) mpz_add(r.c[1][k], r.c[1][k], cross[k]);
    tst_poly_mul_negacyclic(r.c[2], x->c[1], y->c[1], b->n);
    for (unsigned part = 0; part < 3; part++) scale(r.c[part], b);
    tst_mpz_free(cross, b->n);
    return r;
}
