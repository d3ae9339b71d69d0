/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** YASHE', what only the owner of the secret key does: keys and the phase (secret.h). For research and reproduction only. */

#include <string.h>

#include "he/secret.h"
#include "ring/kernels.h"
#include "util/ct.h"
#include "util/ctcheck.h"
#include "util/mem.h"

/* ---- keys ---------------------------------------------------------------------------------- */

/** x^(q-2) modulo q: the inverse, or 0 of 0. The exponent is public; constant time in x. */
static uint64_t inverse(uint64_t x, const cn_mod *m) {
    uint64_t r = 1;
    for (unsigned bit = m->bits; bit-- > 0;) {
        r = cn_mod_mul(r, r, m);
        if ((m->q - 2) >> bit & 1) r = cn_mod_mul(r, x, m);
    }
    return r;
}

/** r <- 1 / f at every point.  Returns: whether f is invertible, the only thing that is told of it. */
static bool invert(cn_poly *r, const cn_poly *f, const cn_ring *ring) {
    uint64_t zero = 0;
    for (unsigned i = 0; i < f->limbs; i++) {
        const cn_mod *m = &cn_poly_ntt(f, i, ring)->mod;
        const uint64_t *x = cn_poly_limb(f, i);
        uint64_t *y = cn_poly_limb(r, i);
        for (size_t k = 0; k < f->n; k++) {
            zero |= cn_ct_mask_lt(x[k], 1);
            y[k] = inverse(x[k], m);
        }
    }
    CN_PUBLIC(&zero, sizeof zero); /* a rejected f is forgotten */
    return zero == 0;
}

/** f = 1 + t f' and h = t g / f of one branch. Draws until f is invertible. */
static cn_status new_pair(cn_secret_key *sk, unsigned branch, int8_t *tmp, cn_rng *rng, const cn_context *ctx) {
    cn_status status = CN_OK;
    const cn_ring *ring = &ctx->ring;
    bool special = ctx->params.special != 0, invertible = false;
    int64_t t = (int64_t)ctx->params.t[branch];
    cn_poly *f = &sk->f[branch], *h = &sk->h[branch], g = {0};
    uint64_t one[CN_LIMBS_MAX + 1];
    for (unsigned i = 0; i < ctx->params.limbs + special; i++) one[i] = 1;
    CN_CHECK(cn_poly_init(f, ring, ctx->params.limbs, special, CN_COEFF));
    CN_CHECK(cn_poly_init(h, ring, ctx->params.limbs, special, CN_NTT));
    CN_CHECK(cn_poly_init(&g, ring, ctx->params.limbs, special, CN_NTT));
    while (!invertible) {
        CN_CHECK(cn_sample_ternary(tmp, ctx->params.n, rng));
        cn_load_small(f, tmp, ring);
        cn_poly_scale(f, f, t, ring);
        cn_poly_add_const(f, one, ring);
        invertible = invert(h, f, ring);
    }
    CN_CHECK(cn_sample_ternary(tmp, ctx->params.n, rng));
    cn_load_small(&g, tmp, ring);
    cn_poly_scale(&g, &g, t, ring);
    cn_poly_mul(h, h, &g, ring);
    CN_PUBLIC(h->c, (size_t)h->limbs * h->n * sizeof *h->c); /* the public key */
cleanup:
    cn_poly_clear_secret(&g);
    return status;
}

static cn_status yashe_secret_key(cn_secret_key *sk, int8_t *tmp, cn_rng *rng, const cn_context *ctx) {
    for (unsigned j = 0; j < ctx->params.plains; j++) CN_TRY(new_pair(sk, j, tmp, rng, ctx));
    return CN_OK;
}

static cn_status yashe_public_key(cn_public_key *pk, const cn_secret_key *sk, int8_t *tmp, cn_rng *rng, const cn_context *ctx) {
    (void)tmp, (void)rng;
    for (unsigned j = 0; j < ctx->params.plains; j++) {
        CN_TRY(cn_poly_reserve(&pk->h[j], &ctx->ring, ctx->params.limbs, false, CN_NTT));
        memcpy(pk->h[j].c, sk->h[j].c, (size_t)ctx->params.limbs * ctx->params.n * sizeof *pk->h[j].c); /* all but the special limb */
    }
    return CN_OK;
}

static cn_status yashe_relin_key(cn_relin_key *rk, const cn_secret_key *sk, int8_t *tmp, cn_rng *rng, const cn_context *ctx) {
    cn_status status = CN_OK;
    unsigned limbs = ctx->params.limbs, digits = ctx->digits[limbs];
    bool special = ctx->params.special != 0;
    cn_poly u = {0}, power = {0}; /* power of f: what the digits at hand encrypt */
    unsigned set = ctx->params.plains * digits; /* of one power */
    rk->digits = (rk->power - 1) * set;
    rk->b = cn_calloc(rk->digits, sizeof *rk->b);
    if (!rk->b) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(cn_poly_init(&u, &ctx->ring, limbs, special, CN_NTT));
    CN_CHECK(cn_poly_init(&power, &ctx->ring, limbs, special, CN_NTT));
    for (unsigned d = 0; d < rk->digits; d++) {
        cn_poly *gamma = &rk->b[d];
        CN_CHECK(cn_poly_init(gamma, &ctx->ring, limbs, special, CN_NTT));
        CN_CHECK(cn_sample_error_poly(gamma, tmp, rng, &ctx->ring));
        CN_CHECK(cn_sample_ternary(tmp, ctx->params.n, rng));
        cn_load_small(&u, tmp, &ctx->ring);
        unsigned branch = d % set / digits;
        if (d % digits == 0) {
            cn_poly_copy(&power, &sk->f[branch]);
            if (d >= set) cn_poly_mul(&power, &power, &sk->f[branch], &ctx->ring);
        }
        cn_poly_mul_add(gamma, &sk->h[branch], &u, &ctx->ring);
        cn_add_gadget(gamma, &power, &ctx->digit[d % digits], ctx);
        CN_PUBLIC(gamma->c, (size_t)gamma->limbs * gamma->n * sizeof *gamma->c); /* an encryption of f or f^2 */
    }
cleanup:
    cn_poly_clear_secret(&u);
    cn_poly_clear_secret(&power);
    return status;
}

/* ---- decryption ---------------------------------------------------------------------------- */

static void yashe_phase(cn_poly *r, const cn_cipher *c, const cn_secret_key *sk, const cn_context *ctx) {
    const cn_poly *f = &sk->f[c->branch];
    cn_poly_copy(r, &c->part[0]);
    for (unsigned k = 0; k < c->power; k++)
        for (unsigned i = 0; i < r->limbs; i++)
            cn_kernels_get()->mul(cn_poly_limb(r, i), cn_poly_limb(r, i), cn_poly_limb(f, i), r->n, cn_q(ctx, i));
}

const cn_secret_table cn_secret_yashe = {
    .secret_key = yashe_secret_key,
    .public_key = yashe_public_key,
    .relin_key = yashe_relin_key,
    .phase = yashe_phase,
};
