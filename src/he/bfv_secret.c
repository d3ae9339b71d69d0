/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** BFV, what only the owner of the secret key does: keys and the phase (secret.h). */

#include <string.h>

#include "he/secret.h"
#include "ring/kernels.h"
#include "util/ctcheck.h"
#include "util/mem.h"

/* ---- keys ---------------------------------------------------------------------------------- */

static cn_status bfv_secret_key(cn_secret_key *sk, int8_t *tmp, cn_rng *rng, const cn_context *ctx) {
    cn_status status = CN_OK;
    bool special = ctx->params.special != 0;
    CN_CHECK(cn_poly_init(&sk->s, &ctx->ring, ctx->params.limbs, special, CN_COEFF));
    CN_CHECK(cn_poly_init(&sk->minus_s, &ctx->ring, ctx->params.limbs, special, CN_NTT));
    CN_CHECK(cn_sample_ternary(tmp, ctx->params.n, rng));
    cn_poly_set_small(&sk->s, tmp, &ctx->ring);
    cn_poly_to_ntt(&sk->s, &ctx->ring);
    cn_poly_neg(&sk->minus_s, &sk->s, &ctx->ring);
cleanup:
    return status;
}

static cn_status bfv_public_key(cn_public_key *pk, const cn_secret_key *sk, int8_t *tmp, cn_rng *rng, const cn_context *ctx) {
    cn_status status = CN_OK;
    size_t n = ctx->params.n;
    unsigned limbs = ctx->params.limbs;
    cn_poly s = {0};
    CN_CHECK(cn_poly_init(&pk->b, &ctx->ring, limbs, false, CN_NTT));
    CN_CHECK(cn_poly_init(&pk->a, &ctx->ring, limbs, false, CN_NTT));
    CN_CHECK(cn_poly_init(&s, &ctx->ring, limbs, false, CN_NTT));
    CN_CHECK(cn_rng_bytes(rng, pk->seed, sizeof pk->seed));
    CN_PUBLIC(pk->seed, sizeof pk->seed); /* published with the key */
    cn_sample_uniform_poly_var(&pk->a, pk->seed, CN_ROLE_PUBLIC_KEY, 0, &ctx->ring);
    CN_CHECK(cn_sample_error_poly(&pk->b, tmp, rng, &ctx->ring));
    memcpy(s.c, sk->s.c, (size_t)limbs * n * sizeof *s.c); /* all but the special limb */
    cn_poly_mul(&s, &s, &pk->a, &ctx->ring);
    cn_poly_sub(&pk->b, &pk->b, &s, &ctx->ring);
    CN_PUBLIC(pk->b.c, (size_t)limbs * n * sizeof *pk->b.c); /* an RLWE sample */
cleanup:
    cn_poly_clear_secret(&s);
    return status;
}

static cn_status bfv_relin_key(cn_relin_key *rk, const cn_secret_key *sk, int8_t *tmp, cn_rng *rng, const cn_context *ctx) {
    cn_status status = CN_OK;
    unsigned limbs = ctx->params.limbs;
    bool special = ctx->params.special != 0;
    cn_poly as = {0}, power = {0}; /* of s: what the digits at hand encrypt */
    unsigned digits = ctx->digits[limbs];
    rk->digits = (rk->power - 1) * digits;
    rk->b = cn_calloc(rk->digits, sizeof *rk->b);
    rk->a = cn_calloc(rk->digits, sizeof *rk->a);
    if (!rk->b || !rk->a) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(cn_poly_init(&as, &ctx->ring, limbs, special, CN_NTT));
    CN_CHECK(cn_poly_init(&power, &ctx->ring, limbs, special, CN_NTT));
    cn_poly_copy(&power, &sk->s);
    CN_CHECK(cn_rng_bytes(rng, rk->seed, sizeof rk->seed));
    CN_PUBLIC(rk->seed, sizeof rk->seed); /* published with the key */
    for (unsigned d = 0; d < rk->digits; d++) {
        if (d % digits == 0) cn_poly_mul(&power, &power, &sk->s, &ctx->ring);
        CN_CHECK(cn_poly_init(&rk->b[d], &ctx->ring, limbs, special, CN_NTT));
        CN_CHECK(cn_poly_init(&rk->a[d], &ctx->ring, limbs, special, CN_NTT));
        cn_sample_uniform_poly_var(&rk->a[d], rk->seed, CN_ROLE_RELIN_KEY, d, &ctx->ring);
        CN_CHECK(cn_sample_error_poly(&rk->b[d], tmp, rng, &ctx->ring));
        cn_poly_mul(&as, &rk->a[d], &sk->s, &ctx->ring);
        cn_poly_sub(&rk->b[d], &rk->b[d], &as, &ctx->ring);
        cn_add_gadget(&rk->b[d], &power, &ctx->digit[d % digits], ctx);
        CN_PUBLIC(rk->b[d].c, (size_t)(limbs + special) * ctx->params.n * sizeof *rk->b[d].c); /* an encryption of s^2 or s^3 */
    }
cleanup:
    cn_poly_clear_secret(&as);
    cn_poly_clear_secret(&power);
    return status;
}

/* ---- decryption ---------------------------------------------------------------------------- */

static void bfv_phase(cn_poly *r, const cn_cipher *c, const cn_secret_key *sk, const cn_context *ctx) {
    const cn_kernels *kernels = cn_kernels_get();
    cn_poly_copy(r, &c->part[c->power]);
    for (unsigned k = c->power; k-- > 0;) { /* Horner's scheme */
        for (unsigned i = 0; i < r->limbs; i++) {
            uint64_t *x = cn_poly_limb(r, i);
            kernels->mul(x, x, cn_poly_limb(&sk->s, i), r->n, cn_q(ctx, i));
        }
        cn_poly_add(r, r, &c->part[k], &ctx->ring);
    }
}

const cn_secret_table cn_secret_bfv = {
    .secret_key = bfv_secret_key,
    .public_key = bfv_public_key,
    .relin_key = bfv_relin_key,
    .phase = bfv_phase,
};
