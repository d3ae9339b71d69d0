/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Operations on ciphertexts that need no key: sums, scalars, plaintexts, squares and products.
 *
 *  A product is t times the tensor product, pointwise in the NTT domain: with E_i = t v_i and phase_i = (Q F_i m_i + E_i)/t,
 *  t phase_1 phase_2 = (Q/t) (-Q F_1 F_2 m_1 m_2) + E_1 E_2 / t  modulo Q, since E_i = -Q F_i m_i modulo t. No lift to a
 *  larger basis, no rounding, no inverse transform; the noise is t v_1 v_2 and the factor -Q F_1 F_2. */

#include <string.h>

#include "he/scheme.h"
#include "ring/kernels.h"
#include "util/mem.h"
#include "util/status.h"

static cn_status check_one(const cn_cipher *a, const cn_context *ctx, const char *op) {
    if (!a || !ctx) return cn_fail(CN_ERR_NULL, "%s: expected a ciphertext and a context, found NULL", op);
    return cn_check_digest(a->digest, op, ctx);
}

static cn_status check_two(const cn_cipher *a, const cn_cipher *b, const cn_context *ctx, const char *op) {
    CN_TRY(check_one(a, ctx, op));
    CN_TRY(check_one(b, ctx, op));
    if (a->branch != b->branch)
        return cn_fail(CN_ERR_MISMATCH, "%s: operands of branches %u and %u; use one plaintext prime", op, a->branch, b->branch);
    if (a->part[0].limbs != b->part[0].limbs)
        return cn_fail(CN_ERR_STATE, "%s: operands with %u and %u primes; switch the larger one first", op, a->part[0].limbs,
                       b->part[0].limbs);
    return CN_OK;
}

static cn_status add_or_sub(cn_cipher *a, const cn_cipher *b, const cn_context *ctx, bool subtract) {
    const char *op = subtract ? "subtract" : "add";
    CN_TRY(check_two(a, b, ctx, op));
    if (a->factor != b->factor)
        return cn_fail(CN_ERR_STATE, "%s: operands carry different message factors; sums need operands of one history", op);
    cn_poly zero[CN_PARTS_MAX] = {{0}}; /* added zero parts do not change the value */
    cn_status status = CN_OK;
    for (unsigned k = a->parts; k < b->parts && status == CN_OK; k++)
        status = cn_poly_init(&zero[k], &ctx->ring, a->part[0].limbs, false, CN_NTT);
    if (status != CN_OK) {
        for (unsigned k = a->parts; k < b->parts; k++) cn_poly_clear(&zero[k]);
        return status;
    }
    for (; a->parts < b->parts; a->parts++) a->part[a->parts] = zero[a->parts];
    a->power = CN_MAX(a->power, b->power);
    for (unsigned k = 0; k < b->parts; k++)
        (subtract ? cn_poly_sub : cn_poly_add)(&a->part[k], &a->part[k], &b->part[k], &ctx->ring);
    return CN_OK;
}

cn_status cn_add(cn_cipher *a, const cn_cipher *b, const cn_context *ctx) { return add_or_sub(a, b, ctx, false); }
cn_status cn_sub(cn_cipher *a, const cn_cipher *b, const cn_context *ctx) { return add_or_sub(a, b, ctx, true); }

cn_status cn_mul_scalar(cn_cipher *a, int64_t w, const cn_context *ctx) {
    CN_TRY(check_one(a, ctx, "multiply by scalar"));
    if (w <= -((int64_t)1 << 62) || w >= (int64_t)1 << 62)
        return cn_fail(CN_ERR_RANGE, "multiply by scalar: expected |w| < 2^62; reduce w modulo t first");
    for (unsigned k = 0; k < a->parts; k++) cn_poly_scale(&a->part[k], &a->part[k], w, &ctx->ring);
    return CN_OK;
}

cn_status cn_add_scalar(cn_cipher *a, cn_i128 b, const cn_context *ctx) {
    CN_TRY(check_one(a, ctx, "add scalar"));
    uint64_t k[CN_LIMBS_MAX];
    cn_constant_residues_var(k, b, a->factor, a->part[0].limbs, a->branch, ctx);
    cn_poly_add_const(&a->part[0], k, &ctx->ring);
    return CN_OK;
}

cn_status cn_mul_plain(cn_cipher *a, const int64_t *values, size_t count, const cn_context *ctx) {
    CN_TRY(check_one(a, ctx, "multiply by plaintext"));
    if (!values && count) return cn_fail(CN_ERR_NULL, "multiply by plaintext: expected values, found NULL");
    if (count > ctx->params.n)
        return cn_fail(CN_ERR_SIZE, "multiply by plaintext: %zu values; expected at most n = %zu", count, ctx->params.n);
    const cn_branch *b = &ctx->branch[a->branch];
    const cn_mod *t = &b->ntt.mod;
    size_t n = ctx->params.n;
    uint64_t *m = cn_calloc(2 * n, sizeof *m); /* coefficients modulo t, and their image modulo one q */
    if (!m) return CN_ERR_MEMORY;
    cn_load_slots(m, values, count, a->branch, ctx);
    cn_ntt_inverse(m, &b->ntt);
    for (unsigned i = 0; i < a->part[0].limbs; i++) {
        const cn_mod *q = cn_q(ctx, i);
        for (size_t k = 0; k < n; k++) m[n + k] = cn_mod_reduce_signed(cn_mod_centre(m[k], t), q);
        cn_ntt_forward(m + n, &ctx->ring.ntt[i]);
        for (unsigned p = 0; p < a->parts; p++) {
            uint64_t *x = cn_poly_limb(&a->part[p], i);
            cn_kernels_get()->mul(x, x, m + n, n, q);
        }
    }
    cn_free_secret(m, 2 * n * sizeof *m);
    return CN_OK;
}

/** One part: r <- t a b. */
static void product_of_one(cn_cipher *a, const cn_cipher *b, const cn_context *ctx) {
    cn_poly_mul(&a->part[0], &a->part[0], &b->part[0], &ctx->ring);
    for (unsigned i = 0; i < a->part[0].limbs; i++) {
        uint64_t *x = cn_poly_limb(&a->part[0], i);
        cn_kernels_get()->scale(x, x, ctx->branch[a->branch].pair[i].t, ctx->params.n, cn_q(ctx, i));
    }
}

/** Two parts: the square of a polynomial of degree 1 in s. */
static cn_status square_of_two(cn_cipher *a, const cn_context *ctx) {
    unsigned limbs = a->part[0].limbs;
    cn_poly r[2] = {{0}, {0}};
    cn_status status = CN_OK;
    CN_CHECK(cn_poly_init(&r[0], &ctx->ring, limbs, false, CN_NTT));
    CN_CHECK(cn_poly_init(&r[1], &ctx->ring, limbs, false, CN_NTT));
    CN_CHECK(cn_poly_init(&a->part[2], &ctx->ring, limbs, false, CN_NTT));
    for (unsigned i = 0; i < limbs; i++)
        cn_kernels_get()->square(cn_poly_limb(&r[0], i), cn_poly_limb(&r[1], i), cn_poly_limb(&a->part[2], i),
                                 cn_poly_limb(&a->part[0], i), cn_poly_limb(&a->part[1], i),
                                 ctx->branch[a->branch].pair[i].t, ctx->params.n, cn_q(ctx, i));
    for (unsigned k = 0; k < 2; k++) cn_poly_copy(&a->part[k], &r[k]);
cleanup:
    cn_poly_clear(&r[0]);
    cn_poly_clear(&r[1]);
    return status;
}

/** The product of two polynomials in s, of a->parts and b->parts parts. a and b are different objects. */
static cn_status product_of_parts(cn_cipher *a, const cn_cipher *b, const cn_context *ctx) {
    unsigned limbs = a->part[0].limbs, parts = a->parts + b->parts - 1;
    cn_poly r[CN_PARTS_MAX] = {{0}};
    cn_status status = CN_OK;
    CN_INVARIANT(parts <= CN_PARTS_MAX);
    for (unsigned k = 0; k < parts; k++) CN_CHECK(cn_poly_init(&r[k], &ctx->ring, limbs, false, CN_NTT));
    for (unsigned i = 0; i < a->parts; i++)
        for (unsigned k = 0; k < b->parts; k++) cn_poly_mul_add(&r[i + k], &a->part[i], &b->part[k], &ctx->ring);
    for (unsigned k = 0; k < parts; k++)
        for (unsigned i = 0; i < limbs; i++) {
            uint64_t *x = cn_poly_limb(&r[k], i);
            cn_kernels_get()->scale(x, x, ctx->branch[a->branch].pair[i].t, ctx->params.n, cn_q(ctx, i));
        }
    for (unsigned k = 0; k < parts; k++) {
        cn_poly old = a->part[k];
        a->part[k] = r[k];
        r[k] = old;
    }
cleanup:
    for (unsigned k = 0; k < parts; k++) cn_poly_clear(&r[k]);
    return status;
}

cn_status cn_square(cn_cipher *a, const cn_context *ctx) { return cn_mul(a, a, ctx); }

cn_status cn_mul(cn_cipher *a, const cn_cipher *b, const cn_context *ctx) {
    const char *op = a == b ? "square" : "multiply";
    CN_TRY(check_two(a, b, ctx, op));
    unsigned power = a->power + b->power;
    if (power > CN_POWER_MAX)
        return cn_fail(CN_ERR_STATE, "%s: ciphertexts of powers %u and %u; expected a sum of at most %d, relinearise first", op, a->power,
                       b->power, CN_POWER_MAX);
    if (a->parts == 1)
        product_of_one(a, b, ctx);
    else
        CN_TRY(a == b ? square_of_two(a, ctx) : product_of_parts(a, b, ctx));
    a->parts = ctx->scheme->parts[power];
    a->power = power;
    a->factor = cn_factor_product_var(a->factor, b->factor, a->part[0].limbs, a->branch, ctx);
    return CN_OK;
}
