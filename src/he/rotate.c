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

/* ---- sums ------------------------------------------------------------------------------------ */

cn_status cn_hoist_init(cn_hoist *h, unsigned limbs, const cn_context *ctx) {
    size_t n = ctx->params.n;
    memset(h, 0, sizeof *h);
    h->digits = cn_malloc(ctx->digits[limbs] * n, sizeof *h->digits);
    h->p0 = cn_malloc(n, sizeof *h->p0);
    h->sum = cn_malloc(CN_HOIST_TURNS * n, sizeof *h->sum);
    if (h->digits && h->p0 && h->sum) return CN_OK;
    cn_hoist_clear(h);
    return CN_ERR_MEMORY;
}

void cn_hoist_clear(cn_hoist *h) {
    cn_free(h->digits);
    cn_free(h->p0);
    cn_free(h->sum);
    memset(h, 0, sizeof *h);
}

/** r <- P x, limb by limb. */
static void times_special(uint64_t *r, const uint64_t *x, unsigned limb, const cn_context *ctx) {
    const cn_mod *q = cn_q(ctx, limb);
    cn_kernels_get()->scale(r, x, cn_shoup_init_var(ctx->special_mod_q[limb], q), ctx->params.n, q);
}

/** One limb of a sum in the making. */
typedef struct row {
    const cn_poly *c;
    unsigned limb;
    const cn_mod *mod;
    const uint64_t *digit[CN_DIGITS_MAX];
    unsigned digits;
    const uint64_t *p0; /* NULL in the special limb, where P c0 is 0 */
    uint64_t *sum;
    size_t n;
} row;

#define BLOCK ((size_t)256) /* words: those of CN_HOIST_TURNS terms stay in the first-level cache between two steps */

/** sum <- P c0 or P c1 plus sum d_k key_k: a term before its permutation. */
static void switch_turn(uint64_t *sum, const row *r, const cn_turn *turn, unsigned part, const cn_context *ctx) {
    const uint64_t *key[CN_DIGITS_MAX];
    if (!turn->key) { /* P c */
        if (!r->p0) memset(sum, 0, r->n * sizeof *sum);
        else if (part) times_special(sum, cn_poly_limb(&r->c[1], r->limb), r->limb, ctx);
        else memcpy(sum, r->p0, r->n * sizeof *sum);
        return;
    }
    const cn_poly *half = part ? turn->key->a : turn->key->b;
    for (unsigned k = 0; k < r->digits; k++) key[k] = cn_poly_limb(&half[k], r->p0 ? r->limb : half[k].limbs - 1);
    cn_kernels_get()->dot(sum, r->digit, key, r->digits, r->n, r->mod);
    if (part == 0 && r->p0) cn_kernels_get()->add(sum, sum, r->p0, r->n, r->mod);
}

/** acc <- acc + sum_k plain_k x_k for a block of words; or without the former acc. */
static void join_turns(uint64_t *acc, const uint64_t *const *x, const cn_turn *turn, size_t turns, size_t number, unsigned limb, size_t from,
                       size_t count, bool add, const cn_mod *m) {
    const cn_kernels *kernels = cn_kernels_get();
    const uint64_t *plain[CN_HOIST_TURNS];
    uint64_t fresh[BLOCK];
    if (turn->plain) {
        for (size_t k = 0; k < turns; k++) plain[k] = cn_poly_limb(turn[k].plain[number], limb) + from;
        kernels->dot(add ? fresh : acc, x, plain, turns, count, m);
        if (add) kernels->add(acc, acc, fresh, count, m);
        return;
    }
    if (!add) memcpy(acc, x[0], count * sizeof *acc);
    for (size_t k = !add; k < turns; k++) kernels->add(acc, acc, x[k], count, m);
}

/** At most CN_HOIST_TURNS turns of one limb and part. */
static void sum_turns(cn_poly *const *acc, size_t sums, const row *r, const cn_turn *turn, size_t turns, unsigned part, bool add,
                      const cn_context *ctx) {
    size_t n = r->n, block = CN_MIN(n, BLOCK);
    uint64_t moved[CN_HOIST_TURNS][BLOCK];
    const uint64_t *x[CN_HOIST_TURNS];
    for (size_t k = 0; k < turns; k++) switch_turn(r->sum + k * n, r, &turn[k], part, ctx);
    for (size_t from = 0; from < n; from += block) {
        for (size_t k = 0; k < turns; k++) {
            x[k] = turn[k].key ? moved[k] : r->sum + k * n + from;
            if (turn[k].key) cn_galois_apply(moved[k], r->sum + k * n, turn[k].key->index + from, block);
        }
        for (size_t g = 0; g < sums; g++)
            join_turns(cn_poly_limb(&acc[g][part], r->limb) + from, x, turn, turns, g, r->limb, from, block, add, r->mod);
    }
}

void cn_hoist_sum(cn_poly *const *acc, size_t sums, const cn_poly c[2], const cn_turn *turn, size_t turns, bool add, cn_hoist *h,
                  cn_he_scratch *s, const cn_context *ctx) {
    bool special = ctx->params.special != 0;
    unsigned limbs = c[0].limbs;
    size_t n = ctx->params.n;
    for (size_t g = 0; g < sums; g++)
        for (unsigned part = 0; part < 2; part++) {
            acc[g][part].limbs = limbs + special;
            acc[g][part].special = special;
            acc[g][part].domain = CN_NTT;
            if (!turns && !add) memset(acc[g][part].c, 0, (limbs + special) * n * sizeof(uint64_t));
        }
    if (!turns) return;
    s->c2.limbs = limbs;
    cn_poly_copy(&s->c2, &c[1]);
    cn_poly_to_coeff(&s->c2, &ctx->ring);
    for (unsigned limb = 0; limb < limbs + special; limb++) { /* everything of one limb while its digits are in the cache */
        row r = {.c = c, .limb = limb, .digits = ctx->digits[limbs], .sum = h->sum, .n = n};
        r.mod = &cn_poly_ntt(&acc[0][0], limb, &ctx->ring)->mod;
        cn_decompose(r.digit, h->digits, &c[1], &s->c2, limb, ctx);
        if (limb < limbs) r.p0 = h->p0, times_special(h->p0, cn_poly_limb(&c[0], limb), limb, ctx);
        for (unsigned part = 0; part < 2; part++)
            for (size_t k = 0; k < turns; k += CN_HOIST_TURNS) {
                CN_VERIFY(!turn[k].key || turn[k].key->limbs >= limbs);
                sum_turns(acc, sums, &r, turn + k, CN_MIN(turns - k, (size_t)CN_HOIST_TURNS), part, add || k > 0, ctx);
            }
    }
}

void cn_hoist_divide(cn_poly acc[2], cn_he_scratch *s, const cn_context *ctx) {
    if (ctx->params.special) cn_polys_drop_last(acc, 2, s->words, &ctx->ring);
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
