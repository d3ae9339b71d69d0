/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Integers to residues of all branches and back; slots to coefficients and back. Constant time in all of them. */

#include "cryptonets_encode.h"

#include <string.h>

#include "he/cipher.h"
#include "he/encode.h"
#include "util/ctcheck.h"
#include "util/status.h"

cn_i128 cn_integer_max(const cn_context *ctx) {
    const cn_branch *last = &ctx->branch[ctx->params.plains - 1];
    cn_u128 t = last->before * last->ntt.mod.q; /* where 2^126 is passed, before is 0 */
    return t ? (cn_i128)((t - 1) / 2) : 0;
}

cn_status cn_crt_split(int64_t *residues, const cn_i128 *integers, size_t count, const cn_context *ctx) {
    if (!residues || !integers || !ctx)
        return cn_fail(CN_ERR_NULL, "CRT split: expected residues, integers and context, found NULL");
    cn_u128 max = (cn_u128)cn_integer_max(ctx);
    uint64_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t sign;
        cn_u128 x = cn_magnitude(&sign, integers[i]);
        uint64_t above = cn_mask_lt128(max, x);
        bad |= above;
        x = cn_mask128(~above) & x;
        for (unsigned j = 0; j < ctx->params.plains; j++) {
            const cn_mod *t = cn_t(ctx, j);
            uint64_t r = cn_mod_reduce128(x, t);
            residues[j * count + i] = cn_mod_centre(cn_ct_select(sign, cn_mod_neg(r, t), r), t);
        }
    }
    CN_PUBLIC(&bad, sizeof bad); /* that an integer is refused is visible, not which one */
    if (!bad) return CN_OK;
    memset(residues, 0, count * ctx->params.plains * sizeof *residues);
    return cn_fail(CN_ERR_RANGE, max ? "CRT split: an integer is T/2 or more in absolute value; take more or larger plaintext primes"
                                     : "CRT split: the product of the plaintext primes exceeds 2^126; use fewer of them");
}

cn_status cn_crt_join_signed(cn_i128 *integers, const uint64_t *residues, size_t count, const cn_context *ctx) {
    if (!integers || !residues || !ctx)
        return cn_fail(CN_ERR_NULL, "CRT join: expected integers, residues and context, found NULL");
    cn_i128 max = cn_integer_max(ctx);
    for (size_t i = 0; i < count; i++) {
        uint64_t r[CN_PLAINS_MAX];
        for (unsigned j = 0; j < ctx->params.plains; j++) r[j] = residues[j * count + i];
        cn_status status = cn_crt_join(&integers[i], r, ctx);
        if (status != CN_OK) {
            memset(integers, 0, count * sizeof *integers);
            return status;
        }
        uint64_t above = cn_mask_lt128((cn_u128)max, (cn_u128)integers[i]);
        integers[i] -= (cn_i128)(cn_mask128(above) & (2 * (cn_u128)max + 1));
    }
    return CN_OK;
}

cn_status cn_slots_from_coefficients(int64_t *slots, const int64_t *coefficients, size_t count, unsigned branch,
                                     const cn_context *ctx) {
    if (!slots || (!coefficients && count) || !ctx)
        return cn_fail(CN_ERR_NULL, "slots: expected slots, coefficients and context, found NULL");
    if (count > ctx->params.n)
        return cn_fail(CN_ERR_SIZE, "slots: %zu coefficients; expected at most n = %zu", count, ctx->params.n);
    if (branch >= ctx->params.plains)
        return cn_fail(CN_ERR_SIZE, "slots: branch %u; expected below %u", branch, ctx->params.plains);
    cn_load_slots((uint64_t *)slots, coefficients, count, branch, ctx);
    cn_ntt_forward((uint64_t *)slots, &ctx->branch[branch].ntt);
    return CN_OK;
}

cn_status cn_coefficients_from_slots(uint64_t *slots, unsigned branch, const cn_context *ctx) {
    if (!slots || !ctx) return cn_fail(CN_ERR_NULL, "coefficients: expected slots and context, found NULL");
    if (branch >= ctx->params.plains)
        return cn_fail(CN_ERR_SIZE, "coefficients: branch %u; expected below %u", branch, ctx->params.plains);
    uint64_t t = cn_t(ctx, branch)->q, bad = 0;
    for (size_t k = 0; k < ctx->params.n; k++) bad |= ~cn_mask_lt128(slots[k], t);
    CN_PUBLIC(&bad, sizeof bad); /* misuse by the caller is visible */
    if (bad) return cn_fail(CN_ERR_RANGE, "coefficients: a slot is not below its prime; expected the output of decryption");
    cn_ntt_inverse(slots, &ctx->branch[branch].ntt);
    return CN_OK;
}
