/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Rotations: the key as an object, hoisted sums, and the plain rotation of a ciphertext.
 *  Hoisting: Halevi and Shoup, eprint 2018/244, section 4; one division for a whole sum: Bossuat, Mouchet, Troncoso-Pastoriza and Hubaux,
 *  eprint 2020/1203, section 4. */

#include "he/rotate.h"

#include <string.h>

#include "he/params.h"
#include "ring/galois.h"
#include "ring/kernels.h"
#include "util/mem.h"
#include "util/status.h"

/* ---- the key as an object -------------------------------------------------------------------- */

static cn_status reserve_part(cn_rotation_part *part, const cn_rotation *rotation, const cn_context *ctx) {
    size_t n = ctx->params.n;
    bool special = ctx->params.special != 0;
    part->rotation = rotation->by;
    part->limbs = rotation->limbs ? rotation->limbs : ctx->params.limbs;
    part->index = cn_malloc(n, sizeof *part->index);
    part->b = cn_calloc(ctx->digits[part->limbs], sizeof *part->b);
    part->a = cn_calloc(ctx->digits[part->limbs], sizeof *part->a);
    if (!part->index || !part->b || !part->a) return CN_ERR_MEMORY;
    cn_galois_index(part->index, cn_rotation_exponent(part->rotation, n), n);
    for (part->digits = 0; part->digits < ctx->digits[part->limbs]; part->digits++) {
        CN_TRY(cn_poly_init(&part->b[part->digits], &ctx->ring, part->limbs, special, CN_NTT));
        cn_status status = cn_poly_init(&part->a[part->digits], &ctx->ring, part->limbs, special, CN_NTT);
        if (status != CN_OK) {
            cn_poly_clear(&part->b[part->digits]);
            return status;
        }
    }
    return CN_OK;
}

cn_status cn_rotation_key_reserve(cn_rotation_key **out, const cn_rotation *rotation, size_t count, const cn_context *ctx) {
    cn_status status = CN_OK;
    *out = NULL;
    cn_rotation_key *rk = cn_calloc(1, sizeof *rk);
    if (!rk) return CN_ERR_MEMORY;
    memcpy(rk->digest, ctx->digest, 32);
    rk->part = cn_calloc(count, sizeof *rk->part);
    if (!rk->part) CN_CHECK(CN_ERR_MEMORY);
    rk->count = count;
    for (size_t i = 0; i < count; i++) CN_CHECK(reserve_part(&rk->part[i], &rotation[i], ctx));
    *out = rk;
    rk = NULL;
cleanup:
    cn_rotation_key_free(rk);
    return status;
}

void cn_rotation_key_free(cn_rotation_key *rk) {
    if (!rk) return;
    for (size_t i = 0; rk->part && i < rk->count; i++) {
        for (unsigned d = 0; d < rk->part[i].digits; d++) {
            cn_poly_clear_secret(&rk->part[i].b[d]); /* holds the bare error if generation failed half-way */
            cn_poly_clear(&rk->part[i].a[d]);
        }
        cn_free(rk->part[i].a);
        cn_free(rk->part[i].b);
        cn_free(rk->part[i].index);
    }
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

/* ---- sums ------------------------------------------------------------------------------------ */

cn_status cn_hoist_init(cn_hoist *h, unsigned limbs, const cn_context *ctx) {
    cn_status status = CN_OK;
    size_t rows = (size_t)limbs + (ctx->params.special != 0);
    memset(h, 0, sizeof *h);
    CN_CHECK(cn_poly_init(&h->p0, &ctx->ring, limbs, false, CN_NTT));
    h->words = cn_malloc(rows * ctx->digits[limbs] * ctx->params.n, sizeof *h->words);
    h->word = cn_calloc(rows * ctx->digits[limbs], sizeof *h->word);
    if (!h->words || !h->word) CN_CHECK(CN_ERR_MEMORY);
    return CN_OK;
cleanup:
    cn_hoist_clear(h);
    return status;
}

void cn_hoist_clear(cn_hoist *h) {
    cn_poly_clear(&h->p0);
    cn_free(h->words);
    cn_free(h->word);
    memset(h, 0, sizeof *h);
}

/** r <- P x, limb by limb. */
static void times_special(uint64_t *r, const uint64_t *x, unsigned limb, const cn_context *ctx) {
    const cn_mod *q = cn_q(ctx, limb);
    cn_kernels_get()->scale(r, x, cn_shoup_init_var(ctx->special_mod_q[limb], q), ctx->params.n, q);
}

void cn_hoist_set(cn_hoist *h, const cn_poly *c0, const cn_poly *c1, cn_he_scratch *s, const cn_context *ctx) {
    h->c0 = c0, h->c1 = c1;
    h->limbs = h->p0.limbs = c0->limbs;
    h->digits = ctx->digits[h->limbs];
    for (unsigned i = 0; i < h->limbs; i++) times_special(cn_poly_limb(&h->p0, i), cn_poly_limb(c0, i), i, ctx);
    s->c2.limbs = h->limbs;
    cn_poly_copy(&s->c2, c1);
    cn_poly_to_coeff(&s->c2, &ctx->ring);
    for (unsigned j = 0; j < h->limbs + (ctx->params.special != 0); j++)
        cn_decompose(h->word + j * h->digits, h->words + (size_t)j * h->digits * c1->n, c1, &s->c2, j, ctx);
}

#define BLOCK ((size_t)512) /* words that stay in the first-level cache between two steps */

/** acc[k] <- acc[k] + plain[k] x for words from to from + count of one limb and part. */
static void add_term(cn_poly *const *acc, size_t sums, const uint64_t *x, const cn_turn *turn, unsigned part, unsigned limb, size_t from,
                     size_t count, const cn_mod *m) {
    for (size_t k = 0; k < sums; k++) {
        uint64_t *to = cn_poly_limb(&acc[k][part], limb) + from;
        if (turn->plain)
            cn_kernels_get()->mul_add(to, x, cn_poly_limb(turn->plain[k], limb) + from, count, m);
        else
            cn_kernels_get()->add(to, to, x, count, m);
    }
}

/** One turn of one limb and part. */
static void add_turn(cn_poly *const *acc, size_t sums, const cn_hoist *h, const cn_turn *turn, unsigned limb, unsigned part,
                     cn_he_scratch *s, const cn_mod *m, const cn_context *ctx) {
    size_t n = ctx->params.n, block = CN_MIN(n, BLOCK);
    uint64_t *sum = s->words, *moved = s->words + n;
    const uint64_t *row[CN_DIGITS_MAX];
    bool special = limb == h->limbs;
    if (!turn->key) { /* P c, which is 0 modulo P */
        if (special) return;
        if (part) times_special(sum, cn_poly_limb(h->c1, limb), limb, ctx);
        add_term(acc, sums, part ? sum : cn_poly_limb(&h->p0, limb), turn, part, limb, 0, n, m);
        return;
    }
    const cn_poly *half = part ? turn->key->a : turn->key->b;
    for (unsigned k = 0; k < h->digits; k++) row[k] = cn_poly_limb(&half[k], special ? half[k].limbs - 1 : limb);
    cn_kernels_get()->dot(sum, h->word + limb * h->digits, row, h->digits, n, m);
    if (part == 0 && !special) cn_kernels_get()->add(sum, sum, cn_poly_limb(&h->p0, limb), n, m);
    for (size_t from = 0; from < n; from += block) {
        cn_galois_apply(moved, sum, turn->key->index + from, block);
        add_term(acc, sums, moved, turn, part, limb, from, block, m);
    }
}

void cn_hoist_sum(cn_poly *const *acc, size_t sums, const cn_hoist *h, const cn_turn *turn, size_t turns, cn_he_scratch *s,
                  const cn_context *ctx) {
    unsigned rows = h->limbs + (ctx->params.special != 0);
    CN_VERIFY_ONLY(for (size_t k = 0; k < turns; k++) CN_VERIFY(acc[0][0].limbs == rows && (!turn[k].key || turn[k].key->limbs >= h->limbs));)
    for (unsigned limb = 0; limb < rows; limb++) /* the digits of one limb stay in the second-level cache for all turns */
        for (unsigned part = 0; part < 2; part++)
            for (size_t k = 0; k < turns; k++)
                add_turn(acc, sums, h, &turn[k], limb, part, s, &cn_poly_ntt(&acc[0][0], limb, &ctx->ring)->mod, ctx);
}

void cn_hoist_zero(cn_poly acc[2], unsigned limbs, const cn_context *ctx) {
    for (unsigned o = 0; o < 2; o++) {
        acc[o].special = ctx->params.special != 0;
        acc[o].limbs = limbs + acc[o].special;
        acc[o].domain = CN_NTT;
        memset(acc[o].c, 0, (size_t)acc[o].limbs * acc[o].n * sizeof *acc[o].c);
    }
}

void cn_hoist_divide(cn_poly acc[2], cn_he_scratch *s, const cn_context *ctx) {
    for (unsigned o = 0; o < 2 && ctx->params.special; o++) cn_poly_drop_last(&acc[o], s->words, &ctx->ring);
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
