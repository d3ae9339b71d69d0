/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Relinearisation and modulus switching: the two operations that leave the NTT domain.
 *
 *  c2 is cut into digits d_k with sum d_k g_k = c2 modulo Q (keygen.c has the gadget g_k); then
 *      (c0, c1) + (1/P) sum d_k (b_k, a_k)
 *  decrypts under (1, s) to the same phase up to the noise (1/P) sum d_k e_k and the rounding of the division by P. */

#include "he/cipher.h"
#include "ring/kernels.h"
#include "util/mem.h"
#include "util/status.h"

void cn_relin_core(cn_cipher *c, const cn_relin_key *rk, cn_he_scratch *s, const cn_context *ctx) {
    const cn_kernels *kernels = cn_kernels_get();
    unsigned limbs = c->part[0].limbs;
    bool special = ctx->params.special != 0;
    size_t n = ctx->params.n;
    s->acc0.limbs = s->acc1.limbs = limbs + special; /* the special limb follows the ones present */
    s->acc0.special = s->acc1.special = special;
    s->acc0.domain = s->acc1.domain = CN_NTT;
    s->c2.limbs = limbs;
    s->c2.domain = CN_NTT;
    cn_poly_copy(&s->c2, &c->part[2]);
    cn_poly_to_coeff(&s->c2, &ctx->ring);
    unsigned digits = ctx->digits[limbs];
    const uint64_t *x[CN_DIGITS_MAX], *b[CN_DIGITS_MAX], *a[CN_DIGITS_MAX];
    for (unsigned j = 0; j < limbs + special; j++) {
        const cn_ntt *ntt = cn_poly_ntt(&s->acc0, j, &ctx->ring);
        unsigned key_limb = j == limbs ? ctx->params.limbs : j;
        for (unsigned k = 0; k < digits; k++) {
            const cn_digit *d = &ctx->digit[k];
            bool whole = d->mask == -1 && d->shift == 0;
            if (whole && d->limb == j) {
                x[k] = cn_poly_limb(&c->part[2], j); /* a whole residue modulo its own prime: already transformed */
            } else {
                uint64_t *word = s->words + k * n;
                kernels->lift(word, cn_poly_limb(&s->c2, d->limb), d, cn_q(ctx, d->limb), n, &ntt->mod);
                cn_ntt_forward(word, ntt);
                x[k] = word;
            }
            b[k] = cn_poly_limb(&rk->b[k], key_limb), a[k] = cn_poly_limb(&rk->a[k], key_limb);
        }
        kernels->dot(cn_poly_limb(&s->acc0, j), x, b, digits, n, &ntt->mod);
        kernels->dot(cn_poly_limb(&s->acc1, j), x, a, digits, n, &ntt->mod);
    }
    if (special) {
        cn_poly_drop_last(&s->acc0, s->words, &ctx->ring);
        cn_poly_drop_last(&s->acc1, s->words, &ctx->ring);
    }
    cn_poly_add(&c->part[0], &c->part[0], &s->acc0, &ctx->ring);
    cn_poly_add(&c->part[1], &c->part[1], &s->acc1, &ctx->ring);
    cn_poly_clear(&c->part[2]);
    c->parts = 2;
}

void cn_switch_core(cn_cipher *c, unsigned limbs, cn_he_scratch *s, const cn_context *ctx) {
    while (c->part[0].limbs > limbs)
        for (unsigned k = 0; k < c->parts; k++) cn_poly_drop_last(&c->part[k], s->words, &ctx->ring);
}

cn_status cn_relinearise(cn_cipher *a, const cn_relin_key *rk, const cn_context *ctx) {
    if (!a || !rk || !ctx) return cn_fail(CN_ERR_NULL, "relinearise: expected ciphertext, key and context, found NULL");
    CN_TRY(cn_check_digest(a->digest, "ciphertext", ctx));
    CN_TRY(cn_check_digest(rk->digest, "relinearisation key", ctx));
    if (a->parts != 3) return cn_fail(CN_ERR_STATE, "relinearise: expected 3 parts, found %u", a->parts);
    cn_he_scratch s;
    CN_TRY(cn_he_scratch_init(&s, ctx));
    cn_relin_core(a, rk, &s, ctx);
    cn_he_scratch_clear(&s);
    return CN_OK;
}

cn_status cn_mod_switch(cn_cipher *a, const cn_context *ctx) {
    if (!a || !ctx) return cn_fail(CN_ERR_NULL, "modulus switch: expected ciphertext and context, found NULL");
    CN_TRY(cn_check_digest(a->digest, "ciphertext", ctx));
    if (a->part[0].limbs < 2) return cn_fail(CN_ERR_STATE, "modulus switch: only one prime is left; plan with more primes");
    cn_he_scratch s;
    CN_TRY(cn_he_scratch_init(&s, ctx));
    cn_switch_core(a, a->part[0].limbs - 1, &s, ctx);
    cn_he_scratch_clear(&s);
    return CN_OK;
}
