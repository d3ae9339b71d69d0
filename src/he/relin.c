/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Relinearisation and modulus switching: the two operations that leave the NTT domain.
 *
 *  A polynomial x is cut into digits d_k with sum d_k g_k = x modulo Q, g_k the gadget: 2^shift modulo its own prime and 0 modulo the
 *  others. The key has an encryption of P g_k y for every digit; (1/P) sum d_k key_k encrypts x y (bfv.c: c2 s^2; yashe.c: c f). */

#include "he/scheme.h"
#include "ring/kernels.h"
#include "util/mem.h"
#include "util/status.h"

void cn_decompose(const uint64_t **word, uint64_t *room, const cn_poly *x, const cn_poly *coeff, unsigned limb, const cn_context *ctx) {
    const cn_ntt *ntt = &ctx->ring.ntt[limb == x->limbs ? ctx->ring.count : limb];
    size_t n = x->n;
    for (unsigned k = 0; k < ctx->digits[x->limbs]; k++) {
        const cn_digit *d = &ctx->digit[k];
        bool whole = d->mask == -1 && d->shift == 0;
        if (whole && d->limb == limb) {
            word[k] = cn_poly_limb(x, limb); /* a whole residue modulo its own prime: already transformed */
        } else {
            uint64_t *w = room + k * n;
            cn_kernels_get()->ntt_lift(w, cn_poly_limb(coeff, d->limb), d, cn_q(ctx, d->limb), ntt);
            word[k] = w;
        }
    }
}

void cn_key_switch(cn_poly *const *acc, const cn_poly *const *key, unsigned outputs, const cn_poly *x, cn_he_scratch *s,
                   const cn_context *ctx) {
    const cn_kernels *kernels = cn_kernels_get();
    unsigned limbs = x->limbs;
    bool special = ctx->params.special != 0;
    size_t n = ctx->params.n;
    for (unsigned o = 0; o < outputs; o++) {
        acc[o]->limbs = limbs + special; /* the special limb follows the ones present */
        acc[o]->special = special;
        acc[o]->domain = CN_NTT;
    }
    cn_poly_to_coeff_from(&s->c2, x, &ctx->ring);
    unsigned digits = ctx->digits[limbs];
    const uint64_t *word[CN_DIGITS_MAX], *row[CN_DIGITS_MAX];
    for (unsigned j = 0; j < limbs + special; j++) {
        cn_decompose(word, s->words, x, &s->c2, j, ctx);
        for (unsigned o = 0; o < outputs; o++) {
            for (unsigned k = 0; k < digits; k++) row[k] = cn_poly_limb(&key[o][k], j == limbs ? key[o][k].limbs - 1 : j);
            kernels->dot(cn_poly_limb(acc[o], j), word, row, digits, n, &cn_poly_ntt(acc[0], j, &ctx->ring)->mod);
        }
    }
    if (special && outputs == 2) { /* one after the other prime for both */
        cn_poly both[2] = {*acc[0], *acc[1]};
        cn_polys_drop_last(both, 2, s->words, &ctx->ring);
        *acc[0] = both[0], *acc[1] = both[1];
        return;
    }
    for (unsigned o = 0; special && o < outputs; o++) cn_poly_drop_last(acc[o], s->words, &ctx->ring);
}

void cn_add_gadget(cn_poly *b, const cn_poly *x, const cn_digit *d, const cn_context *ctx) {
    const cn_mod *q = cn_q(ctx, d->limb);
    cn_shoup g = cn_shoup_init_var(cn_mod_mul(ctx->special_mod_q[d->limb], (uint64_t)1 << d->shift, q), q);
    uint64_t *r = cn_poly_limb(b, d->limb);
    const uint64_t *v = cn_poly_limb(x, d->limb);
    for (size_t k = 0; k < b->n; k++) r[k] = cn_mod_add(r[k], cn_shoup_mul(v[k], g, q), q);
}

void cn_relin_core(cn_cipher *c, const cn_relin_key *rk, cn_he_scratch *s, const cn_context *ctx) {
    CN_INVARIANT(c->power >= 2 && c->power <= rk->power);
    ctx->scheme->relinearise(c, rk, s, ctx);
}

void cn_switch_core(cn_cipher *c, unsigned limbs, cn_he_scratch *s, const cn_context *ctx) {
    while (c->part[0].limbs > limbs) cn_polys_drop_last(c->part, c->parts, s->words, &ctx->ring);
}

cn_status cn_relinearise(cn_cipher *a, const cn_relin_key *rk, const cn_context *ctx) {
    if (!a || !rk || !ctx) return cn_fail(CN_ERR_NULL, "relinearise: expected ciphertext, key and context, found NULL");
    CN_TRY(cn_check_digest(a->digest, "ciphertext", ctx));
    CN_TRY(cn_check_digest(rk->digest, "relinearisation key", ctx));
    if (a->power < 2 || a->power > rk->power)
        return cn_fail(CN_ERR_STATE, "relinearise: expected a ciphertext of power 2 to %u, which the key is for, found %u", rk->power, a->power);
    cn_he_scratch s;
    CN_TRY(cn_he_scratch_init(&s, ctx));
    cn_relin_core(a, rk, &s, ctx);
    for (unsigned k = a->parts; k < CN_PARTS_MAX; k++) cn_poly_clear(&a->part[k]);
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
