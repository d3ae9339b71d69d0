/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** From ciphertexts to slot values: exact, in fixed point, constant time in key, noise and message.
 *
 *  With y_i = x_i (Q/q_i)^-1 mod q_i the phase is x = sum y_i Q/q_i modulo Q, so t x / Q = sum t y_i / q_i modulo t. Each
 *  term splits into an integer and a 64-bit fraction; the integer nearest to the sum is F m, and the distance to it is
 *  t v / Q. Truncation loses less than 2 units of 2^-64 per prime, less than 2^-58 in all, so whatever is accepted is exact;
 *  the limit |t v / Q| <= 1/4 is kept to within 2^-58, and exactly if Q < 2^56. */

#include "he/secret.h"

#include <string.h>

#include "ring/kernels.h"
#include "util/ctcheck.h"
#include "util/mem.h"
#include "util/status.h"

void cn_phase(cn_poly *r, const cn_cipher *c, const cn_secret_key *sk, const cn_context *ctx) {
    r->domain = CN_NTT;
    cn_secret_of(ctx)->phase(r, c, sk, ctx);
    cn_poly_to_coeff(r, &ctx->ring);
}

/** Integer part and fraction of t y / q for reduced y: a = floor(t y / q), f = floor(2^64 {t y / q}) less at most 2. */
static inline void scale_down(uint64_t *a, uint64_t *f, uint64_t y, const cn_pair *p, const cn_mod *q) {
    uint64_t h = (uint64_t)(((cn_u128)y * p->t.quotient) >> 64); /* floor((t mod q) y / q) or 1 less */
    uint64_t r = y * p->t.w - h * q->q;                          /* in [0, 2q) */
    uint64_t below = cn_ct_mask_lt(r, q->q);
    r -= q->q & ~below;
    *a = p->t_div * y + h + (1 & ~below); /* < t < 2^50 */
    *f = r * q->recip128[1] + (uint64_t)(((cn_u128)r * q->recip128[0]) >> 64);
}

uint64_t cn_decode_phase(uint64_t *slots, const cn_poly *phase, uint64_t factor, unsigned branch, const cn_context *ctx) {
    const cn_branch *b = &ctx->branch[branch];
    const cn_mod *t = &b->ntt.mod;
    cn_shoup undo = cn_shoup_init_var(cn_mod_inv_var(factor, t), t);
    unsigned limbs = phase->limbs;
    uint64_t refused = 0;
    for (size_t k = 0; k < phase->n; k++) {
        uint64_t whole = 0;
        cn_u128 fraction = (cn_u128)1 << 63; /* one half: rounds to nearest */
        for (unsigned i = 0; i < limbs; i++) {
            const cn_mod *q = cn_q(ctx, i);
            uint64_t a, f, y = cn_shoup_mul(cn_poly_limb(phase, i)[k], ctx->hat_inv[limbs][i], q);
            scale_down(&a, &f, y, &b->pair[i], q);
            whole += a; /* < CN_LIMBS_MAX 2^50 */
            fraction += f;
        }
        whole += (uint64_t)(fraction >> 64);
        /* distance to the nearest integer, plus one half: accepted in [1/4, 3/4) */
        refused |= cn_ct_mask_msb((uint64_t)fraction - ((uint64_t)1 << 62));
        slots[k] = cn_shoup_mul(whole, undo, t);
    }
    cn_ntt_forward(slots, &b->ntt);
    CN_PUBLIC(&refused, sizeof refused); /* one bit per ciphertext: refusal is visible */
    return refused;
}

cn_status cn_decrypt(uint64_t *values, size_t count, const cn_cipher *c, const cn_secret_key *sk, const cn_context *ctx) {
    if (!values || !c || !sk || !ctx)
        return cn_fail(CN_ERR_NULL, "decrypt: expected values, ciphertext, secret key and context, found NULL");
    if (count > ctx->params.n)
        return cn_fail(CN_ERR_SIZE, "decrypt: %zu values asked for; expected at most n = %zu", count, ctx->params.n);
    memset(values, 0, count * sizeof *values);
    CN_TRY(cn_check_digest(c->digest, "ciphertext", ctx));
    CN_TRY(cn_check_digest(sk->digest, "secret key", ctx));
    cn_status status = CN_OK;
    cn_poly phase = {0};
    size_t n = ctx->params.n;
    uint64_t *slots = cn_calloc(n, sizeof *slots);
    if (!slots) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(cn_poly_init(&phase, &ctx->ring, c->part[0].limbs, false, CN_NTT));
    cn_phase(&phase, c, sk, ctx);
    if (cn_decode_phase(slots, &phase, c->factor, c->branch, ctx))
        CN_CHECK(cn_fail(CN_ERR_NOISE, "decrypt: refused, the noise is above Q/(4t); the ciphertext is damaged or was "
                                       "computed outside its plan; retire this key"));
    memcpy(values, slots, count * sizeof *values);
cleanup:
    cn_free_secret(slots, n * sizeof *slots);
    cn_poly_clear_secret(&phase);
    return status;
}
