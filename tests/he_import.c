/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Residues to integers, by GMP. */

#include "he_import.h"

#include <stdlib.h>
#include <string.h>

#include "testing.h"

void tst_import_poly(mpz_t *x, const cn_poly *p, const cn_context *ctx) {
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

void tst_import_bfv(cn_ref_bfv *b, const cn_secret_key *sk, unsigned limbs, unsigned branch, const cn_context *ctx) {
    mpz_t q, t;
    mpz_init(q);
    tst_import_modulus(q, limbs, ctx);
    mpz_init_set_ui(t, ctx->params.t[branch]);
    cn_ref_bfv_init(b, ctx->params.n, q, t, 32);
    if (ctx->params.scheme == CN_SCHEME_BFV) tst_import_poly(b->s, &sk->s, ctx); /* small: the same at every level */
    for (size_t k = 0; k < b->n; k++) ck_assert(mpz_cmpabs_ui(b->s[k], 1) <= 0);
    mpz_clears(q, t, NULL);
}

void tst_import_modulus(mpz_t q, unsigned limbs, const cn_context *ctx) {
    mpz_set_ui(q, 1);
    for (unsigned i = 0; i < limbs; i++) mpz_mul_ui(q, q, ctx->params.q[i]);
}

static void yashe_phase(mpz_t *x, const cn_cipher *c, const cn_secret_key *sk, const cn_context *ctx) {
    size_t n = ctx->params.n;
    cn_ref_yashe y;
    mpz_t q, t, *f = cn_ref_new(n), *part = cn_ref_new(n);
    mpz_init(q);
    tst_import_modulus(q, cn_cipher_limbs(c), ctx);
    mpz_init_set_ui(t, ctx->params.t[c->branch]);
    cn_ref_yashe_init(&y, n, q, t, 32);
    tst_import_poly(f, &sk->f[c->branch], ctx); /* below Q of every level: 1 + t f' */
    tst_import_poly(part, &c->part[0], ctx);
    cn_ref_yashe_phase(x, part, f, cn_cipher_power(c), &y);
    cn_ref_yashe_clear(&y);
    cn_ref_free(f, n);
    cn_ref_free(part, n);
    mpz_clears(q, t, NULL);
}

void tst_import_phase(mpz_t *x, const cn_cipher *c, const cn_secret_key *sk, const cn_context *ctx) {
    if (ctx->params.scheme == CN_SCHEME_YASHE) {
        yashe_phase(x, c, sk, ctx);
        return;
    }
    cn_ref_bfv b;
    tst_import_bfv(&b, sk, cn_cipher_limbs(c), c->branch, ctx);
    cn_ref_cipher parts = tst_import_cipher(c, ctx);
    cn_ref_bfv_phase(x, &parts, &b);
    cn_ref_cipher_clear(&parts, ctx->params.n);
    cn_ref_bfv_clear(&b);
}

cn_ref_cipher tst_import_cipher(const cn_cipher *c, const cn_context *ctx) {
    cn_ref_cipher r = cn_ref_cipher_new(c->parts, ctx->params.n);
    for (unsigned k = 0; k < c->parts; k++) tst_import_poly(r.c[k], &c->part[k], ctx);
    return r;
}

mpz_t *tst_import_message(const uint64_t *slots, unsigned branch, const cn_context *ctx) {
    size_t n = ctx->params.n;
    mpz_t *m = cn_ref_new(n);
    uint64_t *w = malloc(n * sizeof *w);
    ck_assert_ptr_nonnull(w);
    memcpy(w, slots, n * sizeof *w);
    cn_ntt_inverse(w, &ctx->branch[branch].ntt);
    for (size_t k = 0; k < n; k++) mpz_set_ui(m[k], w[k]);
    free(w);
    return m;
}
