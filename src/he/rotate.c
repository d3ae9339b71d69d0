/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Rotations: the key as an object, and the plain rotation of a ciphertext. */

#include "he/rotate.h"

#include <string.h>

#include "he/params.h"
#include "ring/galois.h"
#include "ring/kernels.h"
#include "util/mem.h"
#include "util/status.h"

/* ---- the key as an object -------------------------------------------------------------------- */

/** Shape of one part, without memory for its polynomials.  Out: *words increased by what these take. */
static cn_status reserve_part(cn_rotation_part *part, size_t *words, const cn_rotation *rotation, const cn_context *ctx) {
    size_t n = ctx->params.n;
    part->rotation = rotation->by;
    part->limbs = rotation->limbs ? rotation->limbs : ctx->params.limbs;
    part->digits = ctx->digits[part->limbs];
    part->index = cn_malloc(n, sizeof *part->index);
    part->b = cn_calloc(part->digits, sizeof *part->b);
    part->a = cn_calloc(part->digits, sizeof *part->a);
    if (!part->index || !part->b || !part->a) return CN_ERR_MEMORY;
    cn_galois_index(part->index, cn_rotation_exponent(part->rotation, n), n);
    *words += 2 * part->digits * (part->limbs + (ctx->params.special != 0)) * n;
    return CN_OK;
}

/** Polynomials of a part from at on.  Returns: where the next ones go. */
static uint64_t *place_part(cn_rotation_part *part, uint64_t *at, const cn_context *ctx) {
    bool special = ctx->params.special != 0;
    for (unsigned d = 0; d < part->digits; d++)
        for (unsigned half = 0; half < 2; half++) {
            cn_poly *p = half ? &part->a[d] : &part->b[d];
            *p = (cn_poly){.c = at, .n = ctx->params.n, .limbs = part->limbs + special, .special = special, .domain = CN_NTT};
            at += p->limbs * p->n;
        }
    return at;
}

cn_status cn_rotation_key_reserve(cn_rotation_key **out, const cn_rotation *rotation, size_t count, const cn_context *ctx) {
    cn_status status = CN_OK;
    size_t words = 0;
    *out = NULL;
    cn_rotation_key *rk = cn_calloc(1, sizeof *rk);
    if (!rk) return CN_ERR_MEMORY;
    memcpy(rk->digest, ctx->digest, 32);
    rk->part = cn_calloc(count, sizeof *rk->part);
    if (!rk->part) CN_CHECK(CN_ERR_MEMORY);
    rk->count = count;
    for (size_t i = 0; i < count; i++) CN_CHECK(reserve_part(&rk->part[i], &words, &rotation[i], ctx));
    rk->words = cn_malloc_huge(words, sizeof *rk->words);
    if (!rk->words) CN_CHECK(CN_ERR_MEMORY);
    rk->bytes = words * sizeof *rk->words;
    memset(rk->words, 0, rk->bytes);
    uint64_t *at = rk->words;
    for (size_t i = 0; i < count; i++) at = place_part(&rk->part[i], at, ctx);
    *out = rk;
    rk = NULL;
cleanup:
    cn_rotation_key_free(rk);
    return status;
}

void cn_rotation_key_free(cn_rotation_key *rk) {
    if (!rk) return;
    for (size_t i = 0; rk->part && i < rk->count; i++) {
        cn_free(rk->part[i].a);
        cn_free(rk->part[i].b);
        cn_free(rk->part[i].index);
    }
    cn_free_secret(rk->words, rk->bytes); /* a part holds the bare error if generation failed half-way */
    cn_free(rk->part);
    cn_free(rk);
}

void cn_rotation_key_expand(cn_rotation_key *rk, const cn_context *ctx) {
    for (size_t i = 0; i < rk->count; i++)
        for (unsigned d = 0; d < rk->part[i].digits; d++)
            cn_sample_uniform_poly_var(&rk->part[i].a[d], rk->seed, CN_ROLE_ROTATION_KEY, cn_rotation_index(rk->part[i].rotation, d),
                                       &ctx->ring);
}

size_t cn_rotation_key_wire_bytes(const cn_rotation_key *rk, const cn_context *ctx) {
    size_t bytes = CN_SEED_BYTES, n = ctx->params.n;
    unsigned special_bits = ctx->params.special ? cn_params_bits(ctx->params.special) : 0;
    for (size_t i = 0; i < rk->count; i++)
        bytes += rk->part[i].digits * (n / 8 * (cn_params_level_bits(&ctx->params, rk->part[i].limbs) + special_bits));
    return bytes;
}

const cn_rotation_part *cn_rotation_find(const cn_rotation_key *rk, unsigned rotation) {
    for (size_t i = 0; i < rk->count; i++)
        if (rk->part[i].rotation == rotation) return &rk->part[i];
    return NULL;
}

/* ---- one rotation ---------------------------------------------------------------------------- */

/** c0, c1 <- sigma(c0 + acc0), sigma(acc1). */
static void rotate_core(cn_cipher *a, const cn_rotation_part *key, cn_he_scratch *s, const cn_context *ctx) {
    size_t n = ctx->params.n;
    cn_key_switch((cn_poly *[]){&s->acc0, &s->acc1}, (const cn_poly *[]){key->b, key->a}, 2, &a->part[1], s, ctx);
    for (unsigned i = 0; i < a->part[0].limbs; i++) {
        cn_kernels_get()->add(cn_poly_limb(&s->acc0, i), cn_poly_limb(&s->acc0, i), cn_poly_limb(&a->part[0], i), n, cn_q(ctx, i));
        cn_galois_apply(cn_poly_limb(&a->part[0], i), cn_poly_limb(&s->acc0, i), key->index, n);
        cn_galois_apply(cn_poly_limb(&a->part[1], i), cn_poly_limb(&s->acc1, i), key->index, n);
    }
}

cn_status cn_rotate(cn_cipher *a, unsigned rotation, const cn_rotation_key *rk, const cn_context *ctx) {
    if (!a || !rk || !ctx) return cn_fail(CN_ERR_NULL, "rotate: expected ciphertext, key and context, found NULL");
    CN_TRY(cn_check_digest(a->digest, "ciphertext", ctx));
    CN_TRY(cn_check_digest(rk->digest, "rotation key", ctx));
    if (a->power != 1)
        return cn_fail(CN_ERR_STATE, "rotate: a ciphertext of power %u; expected 1, relinearise first", a->power);
    if (rotation == 0) return CN_OK;
    const cn_rotation_part *part = cn_rotation_find(rk, rotation);
    if (!part)
        return cn_fail(CN_ERR_MISMATCH, "rotate: the key has nothing for rotation %u%s; generate one that has",
                       rotation & ~(unsigned)CN_ROTATE_SWAP, rotation & CN_ROTATE_SWAP ? " with the rows swapped" : "");
    if (a->part[0].limbs > part->limbs)
        return cn_fail(CN_ERR_STATE, "rotate: a ciphertext of %u primes, the key of rotation %u is for at most %u; switch first",
                       a->part[0].limbs, rotation & ~(unsigned)CN_ROTATE_SWAP, part->limbs);
    cn_he_scratch s;
    CN_TRY(cn_he_scratch_init(&s, ctx));
    rotate_core(a, part, &s, ctx);
    cn_he_scratch_clear(&s);
    return CN_OK;
}

cn_status cn_slot_positions(uint32_t *position, const cn_context *ctx) {
    if (!position || !ctx) return cn_fail(CN_ERR_NULL, "slot positions: expected room for them and a context, found NULL");
    cn_galois_slots(position, ctx->params.n);
    return CN_OK;
}
