/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** YASHE' [Bos, Lauter, Loftus, Naehrig, eprint 2013/075, section 5], the scheme of the CryptoNets paper: what is its own behind the
 *  table of scheme.h. For research and reproduction only: its keys are overstretched NTRU keys (doc/yashe.md).
 *
 *      secret       f = 1 + t f', f' and g ternary, f invertible modulo Q P; one pair for each plaintext prime t
 *      public       h = t g / f
 *      encryption   c = round(Q m / t) + e + h u, e centred binomial, u ternary
 *      phase        f c = (Q/t) m + v,  v = f (e + rounding) + t g u, since f = 1 modulo t
 *      square       t c^2 decrypts under f^2: the product without base extension of BFV, with one part
 *      key switch   gamma_k = P g_k f + e_k + h u_k:  c' = (1/P) sum d_k gamma_k has f c' = f^2 c + noise; with f^2 in place of f from f^3
 *
 *  The paper rounds t/q over the integers instead, for any q, and draws u like e; src/reference does that. */

#include <math.h>

#include "he/params.h"
#include "he/scheme.h"

static size_t yashe_relin_key_bytes(const cn_params *p, unsigned power) {
    return (power - 1) * p->plains * cn_params_digits(p, p->limbs) * (p->n / 8 * cn_params_key_bits(p));
}

/* ---- ciphertexts --------------------------------------------------------------------------- */

/** part = round(Q m / t) + e + h u; small: the values of e and u. */
static void yashe_encrypt_public(cn_poly *part, uint64_t *slots, const int8_t *small, cn_poly *u, unsigned branch,
                                 const cn_public_key *pk, const cn_context *ctx) {
    cn_load_small(u, small + ctx->params.n, &ctx->ring);
    cn_encode_message(part, slots, small, branch, ctx);
    cn_poly_mul_add(part, &pk->h[branch], u, &ctx->ring);
}

static void yashe_relinearise(cn_cipher *c, const cn_relin_key *rk, cn_he_scratch *s, const cn_context *ctx) {
    const cn_poly *gamma = rk->b + ((c->power - 2) * ctx->params.plains + c->branch) * ctx->digits[ctx->params.limbs];
    cn_key_switch((cn_poly *[]){&s->acc0}, (const cn_poly *[]){gamma}, 1, &c->part[0], s, ctx);
    cn_poly_copy(&c->part[0], &s->acc0);
    c->power = 1;
}

/* ---- noise (doc/yashe.md derives these rules) ---------------------------------------------- */

/** Variance of a coefficient of f x + t g u, x of variance var, u ternary; at a root both terms are products with a secret. */
static cn_noise masked(double var, double t, double n) {
    double secret = t * t * n * CN_TERNARY_VARIANCE;
    return cn_noise_sum((cn_noise){(secret + 1) * var, 4}, (cn_noise){secret * CN_TERNARY_VARIANCE, 4}, 1); /* f' and g independent */
}

static cn_noise yashe_noise_fresh(const cn_params *p, uint64_t t, bool public_key) {
    (void)public_key;
    return masked(cn_noise_fresh_secret().var, (double)t, (double)p->n); /* e and the rounding of Q m / t */
}

static cn_noise yashe_noise_floor(size_t n, uint64_t t, unsigned power) {
    double secret = (double)t * (double)t * (double)n * CN_TERNARY_VARIANCE; /* E|f(zeta)|^2, and k! its k-th power is E|f(zeta)|^2k */
    return (cn_noise){(tgamma(power + 1.0) * pow(secret, power) + 1) / 12, 2 * cn_noise_spread(2, power, 1)};
}

/** Every digit has its own e_k and u_k in the key, multiplied by the same f and g: kurt 8 each, E g1 g2 = 2 between them. */
static cn_noise yashe_noise_relin(const cn_params *p, uint64_t t, unsigned limbs, unsigned power) {
    (void)power; /* one key switch from any */
    cn_noise one = masked(CN_ERROR_VARIANCE, (double)t, (double)p->n), total = {0, 8};
    for (unsigned i = 0; i < limbs; i++)
        for (unsigned d = 0; d < cn_params_pieces(p, i); d++) {
            double range = cn_params_digit_range(p, i, d);
            total = cn_noise_sum(total, (cn_noise){(double)p->n * range * range / 12 * one.var, 8}, 2);
        }
    if (p->special)
        total = cn_noise_sum(cn_noise_scale(total, 1 / (double)p->special), yashe_noise_floor(p->n, t, 1), 2);
    return total;
}

/** f c decrypts to the same as f^2 c = f (f c), with noise f v. Every noise holds a factor f itself: E|f|^2(order + by) at a root, by
 *  E|f|^2order. */
static double yashe_noise_raise(size_t n, uint64_t t, unsigned order, unsigned by) {
    double secret = (double)t * (double)t * (double)n * CN_TERNARY_VARIANCE;
    return pow(secret + 1, by) * tgamma(order + by + 1.0) / tgamma(order + 1.0);
}

const cn_scheme_table cn_scheme_yashe = {
    .name = "YASHE'",
    .label = "research: overstretched NTRU, security rests on dense-sublattice estimates only",
    .parts = {1, 1, 1, 1},
    .secret_key_encryption = false,
    .public_small = 2,
    .encrypt_public = yashe_encrypt_public,
    .relinearise = yashe_relinearise,
    .relin_key_bytes = yashe_relin_key_bytes,
    .noise_fresh = yashe_noise_fresh,
    .noise_relin = yashe_noise_relin,
    .noise_floor = yashe_noise_floor,
    .noise_raise = yashe_noise_raise,
    .key_shape = 1, /* |f|^2 mostly */
};
