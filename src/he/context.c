/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Building a context, and the public constants that depend on level and factor. */

#include "he/context.h"

#include <string.h>

#include "arith/int128.h"
#include "he/params.h"
#include "he/scheme.h"
#include "util/ctcheck.h"
#include "util/mem.h"
#include "util/status.h"

static cn_status init_branch(cn_branch *b, cn_context *ctx, uint64_t t) {
    CN_TRY(cn_ntt_init(&b->ntt, ctx->params.n, t));
    b->q_mod_t[0] = 1;
    for (unsigned i = 0; i < ctx->params.limbs; i++) {
        const cn_mod *q = cn_q(ctx, i);
        uint64_t t_mod_q = cn_mod_reduce(t, q);
        b->q_mod_t[i + 1] = cn_mod_mul(b->q_mod_t[i], q->q, &b->ntt.mod);
        b->pair[i].t = cn_shoup_init_var(t_mod_q, q);
        b->pair[i].neg_t_inv = cn_shoup_init_var(cn_mod_neg(cn_mod_inv_var(t_mod_q, q), q), q);
        b->pair[i].t_div = t / q->q;
    }
    return CN_OK;
}

/** Constants that join branches: cn_crt_join. */
static void init_crt(cn_context *ctx) {
    cn_u128 product = 1;
    for (unsigned j = 0; j < ctx->params.plains && product; j++) {
        cn_branch *b = &ctx->branch[j];
        const cn_mod *t = &b->ntt.mod;
        if (product > (((cn_u128)1 << 126) - 1) / t->q) product = 0;
        b->before = product;
        if (product) b->before_inv = cn_shoup_init_var(cn_mod_inv_var(cn_mod_reduce128(product, t), t), t);
        product *= t->q;
    }
}

/** hat_inv[l][i] = prod_{k < l, k != i} q_k^-1 mod q_i. */
static void init_hat_inverses(cn_context *ctx) {
    for (unsigned i = 0; i < ctx->params.limbs; i++) {
        const cn_mod *q = cn_q(ctx, i);
        uint64_t product = 1;
        for (unsigned l = 1; l <= ctx->params.limbs; l++) {
            if (l - 1 != i) product = cn_mod_mul(product, cn_mod_reduce(cn_q(ctx, l - 1)->q, q), q);
            if (l > i) ctx->hat_inv[l][i] = cn_shoup_init_var(cn_mod_inv_var(product, q), q);
        }
    }
}

static void init_digits(cn_context *ctx) {
    unsigned count = 0;
    for (unsigned i = 0; i < ctx->params.limbs; i++) {
        unsigned bits = cn_q(ctx, i)->bits, pieces = cn_params_pieces(&ctx->params, i), width = (bits + pieces - 1) / pieces;
        int64_t offset = 0;
        for (unsigned d = 0; d + 1 < pieces; d++) offset += (int64_t)1 << (d * width + width - 1);
        for (unsigned d = 0; d < pieces; d++) {
            bool last = d + 1 == pieces;
            ctx->digit[count++] = (cn_digit){.limb = i,
                                             .shift = d * width,
                                             .offset = offset,
                                             .mask = last ? -1 : ((int64_t)1 << width) - 1,
                                             .centre = last ? 0 : (int64_t)1 << (width - 1)};
        }
        ctx->digits[i + 1] = count;
    }
}

cn_status cn_context_new(cn_context **out, const cn_params *p) {
    if (out) *out = NULL;
    if (!out) return cn_fail(CN_ERR_NULL, "context: expected a place for the result, found NULL");
    CN_TRY(cn_params_check(p));
    cn_context *ctx = cn_calloc(1, sizeof *ctx);
    if (!ctx) return CN_ERR_MEMORY;
    cn_status status = CN_OK;
    ctx->params = *p;
    ctx->scheme = cn_scheme_find(p->scheme);
    cn_params_digest(ctx->digest, p);
    CN_CHECK(cn_ring_init(&ctx->ring, p->n, p->q, p->limbs, p->special));
    for (unsigned j = 0; j < p->plains; j++) CN_CHECK(init_branch(&ctx->branch[j], ctx, p->t[j]));
    init_crt(ctx);
    init_hat_inverses(ctx);
    init_digits(ctx);
    for (unsigned i = 0; i < p->limbs; i++)
        ctx->special_mod_q[i] = p->special ? cn_mod_reduce(p->special, cn_q(ctx, i)) : 1;
    *out = ctx;
    ctx = NULL;
cleanup:
    cn_context_free(ctx);
    return status;
}

void cn_context_free(cn_context *ctx) {
    if (!ctx) return;
    for (unsigned j = 0; j < ctx->params.plains; j++) cn_ntt_clear(&ctx->branch[j].ntt);
    cn_ring_clear(&ctx->ring);
    cn_free(ctx);
}

const cn_params *cn_context_params(const cn_context *ctx) { return &ctx->params; }
const uint8_t *cn_context_digest(const cn_context *ctx) { return ctx->digest; }

uint64_t cn_factor_product_var(uint64_t f1, uint64_t f2, unsigned limbs, unsigned branch, const cn_context *ctx) {
    const cn_mod *t = cn_t(ctx, branch);
    return cn_mod_neg(cn_mod_mul(ctx->branch[branch].q_mod_t[limbs], cn_mod_mul(f1, f2, t), t), t);
}

void cn_constant_residues_var(uint64_t *k, cn_i128 b, uint64_t factor, unsigned limbs, unsigned branch,
                              const cn_context *ctx) {
    const cn_mod *t = cn_t(ctx, branch);
    uint64_t scaled = cn_mod_mul(ctx->branch[branch].q_mod_t[limbs], cn_mod_mul(factor, cn_i128_mod(b, t), t), t);
    for (unsigned i = 0; i < limbs; i++) k[i] = cn_scale_up(scaled, branch, i, ctx);
}

cn_status cn_crt_join(cn_i128 *out, const uint64_t *r, const cn_context *ctx) {
    if (!out || !r || !ctx) return cn_fail(CN_ERR_NULL, "CRT join: expected result, residues and context, found NULL");
    if ((const char *)out < (const char *)(r + ctx->params.plains) && (const char *)r < (const char *)(out + 1))
        return cn_fail(CN_ERR_ALIAS, "CRT join: the result overlaps the residues; expected separate memory");
    /* Garner: x = x_0 + t_0 (x_1 + t_1 (x_2 + ...)), each step modulo the next prime. */
    cn_u128 x = 0;
    uint64_t bad = 0;
    for (unsigned j = 0; j < ctx->params.plains; j++) {
        const cn_branch *b = &ctx->branch[j];
        const cn_mod *t = &b->ntt.mod;
        if (!b->before)
            return cn_fail(CN_ERR_RANGE, "CRT join: the product of the plaintext primes exceeds 2^126; use fewer of them");
        uint64_t below = cn_ct_mask_lt(r[j] & ~((uint64_t)1 << 63), t->q) & ~cn_ct_mask_msb(r[j]);
        bad |= ~below; /* residues are secret: no branch on one of them */
        uint64_t digit = cn_shoup_mul(cn_mod_sub(r[j] & below, cn_mod_reduce128(x, t), t), b->before_inv, t);
        x += b->before * digit;
    }
    CN_PUBLIC(&bad, sizeof bad); /* misuse by the caller is visible */
    if (bad) return cn_fail(CN_ERR_RANGE, "CRT join: a residue is not below its prime; expected the output of decryption");
    *out = (cn_i128)x;
    return CN_OK;
}
