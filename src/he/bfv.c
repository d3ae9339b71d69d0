/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** BFV [Brakerski, eprint 2012/078; Fan and Vercauteren, eprint 2012/144]: what is its own behind the table of scheme.h.
 *
 *  Secret s ternary.  Public key (-a s + e, a).  Ciphertexts c0, c1[, c2[, c3]] with phase c0 + c1 s [+ c2 s^2 [+ c3 s^3]].
 *
 *  The relinearisation key encrypts P g_k s^2 (and s^3 for cubes) under s for every digit, g_k the gadget that is 2^shift modulo its own prime and 0
 *  modulo the others, so that the sum of digit * g_k is c2  [Bajard, Eynard, Hasan, Zucca, eprint 2016/510, section 4.5;
 *  Brakerski and Vaikuntanathan's digits when P is absent]. Its security needs circularity: s^2 under s. */

#include <math.h>
#include <string.h>

#include "he/params.h"
#include "he/scheme.h"
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

static size_t bfv_relin_key_bytes(const cn_params *p, unsigned power) {
    return CN_SEED_BYTES + (power - 1) * cn_params_digits(p, p->limbs) * (p->n / 8 * cn_params_key_bits(p)); /* a follows from the seed */
}

/* ---- ciphertexts --------------------------------------------------------------------------- */

/** part = (b u + e0 + round(Q m / t), a u + e1); small: the values of e0, u and e1. */
static void bfv_encrypt_public(cn_poly *part, uint64_t *slots, const int8_t *small, cn_poly *u, unsigned branch,
                               const cn_public_key *pk, const cn_context *ctx) {
    size_t n = ctx->params.n;
    cn_load_small(u, small + n, &ctx->ring);
    cn_encode_message(&part[0], slots, small, branch, ctx);
    cn_poly_mul_add(&part[0], &pk->b, u, &ctx->ring);
    cn_load_small(&part[1], small + 2 * n, &ctx->ring);
    cn_poly_mul_add(&part[1], &pk->a, u, &ctx->ring);
}

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

/** (c0, c1) + (1/P) sum d_k (b_k, a_k) decrypts under (1, s) to the phase of (c0, c1, c2) up to the noise (1/P) sum d_k e_k and the
 *  rounding of the division by P. */
static void bfv_relinearise(cn_cipher *c, const cn_relin_key *rk, cn_he_scratch *s, const cn_context *ctx) {
    for (; c->power > 1; c->power--) {
        unsigned first = (c->power - 2) * ctx->digits[ctx->params.limbs];
        cn_key_switch((cn_poly *[]){&s->acc0, &s->acc1}, (const cn_poly *[]){rk->b + first, rk->a + first}, 2, &c->part[c->power], s, ctx);
        cn_poly_add(&c->part[0], &c->part[0], &s->acc0, &ctx->ring);
        cn_poly_add(&c->part[1], &c->part[1], &s->acc1, &ctx->ring);
        cn_poly_clear(&c->part[c->power]);
    }
    c->parts = 2;
}

/* ---- noise --------------------------------------------------------------------------------- */

static cn_noise bfv_noise_fresh(const cn_params *p, uint64_t t, bool public_key) {
    (void)t;
    return public_key ? cn_noise_fresh_public(p->n) : cn_noise_fresh_secret();
}

static cn_noise bfv_noise_relin(const cn_params *p, uint64_t t, unsigned limbs, unsigned power) {
    (void)t;
    cn_noise one = cn_noise_relin(p, limbs), sum = one;
    for (unsigned k = 2; k < power; k++) sum = cn_noise_sum(sum, one, 1); /* other errors in the key */
    return sum;
}

static cn_noise bfv_noise_floor(size_t n, uint64_t t, unsigned power) {
    (void)t;
    return cn_noise_switch_floor(n, power + 1);
}

/** A missing part is zero: nothing changes. */
static double bfv_noise_raise(size_t n, uint64_t t, unsigned order, unsigned by) {
    (void)n, (void)t, (void)order, (void)by;
    return 1;
}

const cn_scheme_table cn_scheme_bfv = {
    .name = "BFV",
    .label = "",
    .parts = {1, 2, 3, 4},
    .secret_key_encryption = true,
    .public_small = 3,
    .secret_key = bfv_secret_key,
    .public_key = bfv_public_key,
    .relin_key = bfv_relin_key,
    .encrypt_public = bfv_encrypt_public,
    .phase = bfv_phase,
    .relinearise = bfv_relinearise,
    .relin_key_bytes = bfv_relin_key_bytes,
    .noise_fresh = bfv_noise_fresh,
    .noise_relin = bfv_noise_relin,
    .noise_floor = bfv_noise_floor,
    .noise_raise = bfv_noise_raise,
    .key_shape = 2, /* |e|^2 + |s|^2 */
};
