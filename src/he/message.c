/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** From slot values to the message part of a ciphertext, and what encryption draws.
 *
 *  The message is encoded as round(Q m / t) rather than floor(Q/t) m, which keeps the term (Q mod t) m out of the noise
 *  [Kim, Polyakov, Zucca, eprint 2021/204, section 3]. Everything secret is handled in constant time and wiped. */

#include "he/scheme.h"
#include "ring/kernels.h"

void cn_encode_message(cn_poly *p, uint64_t *slots, const int8_t *e, unsigned branch, const cn_context *ctx) {
    const cn_branch *b = &ctx->branch[branch];
    const cn_mod *t = &b->ntt.mod;
    size_t n = p->n;
    cn_ntt_inverse(slots, &b->ntt); /* coefficients of m */
    cn_kernels_get()->scale(slots, slots, cn_shoup_init_var(b->q_mod_t[p->limbs], t), n, t); /* Q m mod t */
    for (unsigned i = 0; i < p->limbs; i++) {
        cn_kernels_get()->encode(cn_poly_limb(p, i), slots, e, b->pair[i].neg_t_inv, t, n, cn_q(ctx, i)); /* see cn_scale_up */
        cn_ntt_forward(cn_poly_limb(p, i), &ctx->ring.ntt[i]);
    }
    p->domain = CN_NTT;
}

cn_status cn_draw_small(int8_t *small, cn_rng *rng, const cn_context *ctx) {
    size_t n = ctx->params.n;
    CN_TRY(cn_sample_error(small, n, rng));
    CN_TRY(cn_sample_ternary(small + n, n, rng));
    return ctx->scheme->public_small > 2 ? cn_sample_error(small + 2 * n, n, rng) : CN_OK;
}

void cn_load_slots(uint64_t *slots, const int64_t *values, size_t count, unsigned branch, const cn_context *ctx) {
    const cn_mod *t = cn_t(ctx, branch);
    for (size_t k = 0; k < ctx->params.n; k++) {
        uint64_t sign = k < count ? cn_ct_mask_msb((uint64_t)values[k]) : 0;
        uint64_t x = k < count ? ((uint64_t)values[k] ^ sign) - sign : 0; /* |value| <= 2^63 */
        x = cn_mod_reduce(x, t);
        slots[k] = cn_ct_select(sign, cn_mod_neg(x, t), x);
    }
}
