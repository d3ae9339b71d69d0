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

#include "he/params.h"
#include "he/scheme.h"

static size_t bfv_relin_key_bytes(const cn_params *p, unsigned power) {
    return CN_SEED_BYTES + (power - 1) * cn_params_digits(p, p->limbs) * (p->n / 8 * cn_params_key_bits(p)); /* a follows from the seed */
}

/* ---- ciphertexts --------------------------------------------------------------------------- */

/** r <- r + p u, r and u at a level at or below that of p. */
static void mul_add_prefix(cn_poly *r, const cn_poly *p, const cn_poly *u, const cn_ring *ring) {
    cn_poly low = *p;
    low.limbs = r->limbs;
    cn_poly_mul_add(r, &low, u, ring);
}

/** part = (b u + e0 + round(Q m / t), a u + e1); small: the values of e0, u and e1. Modulo fewer primes the key is one, too, with the same
 *  secret and error. */
static void bfv_encrypt_public(cn_poly *part, uint64_t *slots, const int8_t *small, cn_poly *u, unsigned branch,
                               const cn_public_key *pk, const cn_context *ctx) {
    size_t n = ctx->params.n;
    cn_load_small(u, small + n, &ctx->ring);
    cn_encode_message(&part[0], slots, small, branch, ctx);
    mul_add_prefix(&part[0], &pk->b, u, &ctx->ring);
    cn_load_small(&part[1], small + 2 * n, &ctx->ring);
    mul_add_prefix(&part[1], &pk->a, u, &ctx->ring);
}

/** (c0, c1) + (1/P) sum d_k (b_k, a_k) decrypts under (1, s) to the phase of (c0, c1, c2) up to the noise (1/P) sum d_k e_k and the
 *  rounding of the division by P. */
static void bfv_relinearise(cn_cipher *c, const cn_relin_key *rk, cn_he_scratch *s, const cn_context *ctx) {
    for (; c->power > 1; c->power--) {
        unsigned first = (c->power - 2) * ctx->digits[ctx->params.limbs];
        cn_key_switch((cn_poly *[]){&s->acc0, &s->acc1}, (const cn_poly *[]){rk->b + first, rk->a + first}, 2, &c->part[c->power], s, ctx);
        cn_poly_add(&c->part[0], &c->part[0], &s->acc0, &ctx->ring);
        cn_poly_add(&c->part[1], &c->part[1], &s->acc1, &ctx->ring);
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
    .encrypt_public = bfv_encrypt_public,
    .relinearise = bfv_relinearise,
    .relin_key_bytes = bfv_relin_key_bytes,
    .noise_fresh = bfv_noise_fresh,
    .noise_relin = bfv_noise_relin,
    .noise_floor = bfv_noise_floor,
    .noise_raise = bfv_noise_raise,
    .key_shape = 2, /* |e|^2 + |s|^2 */
};
