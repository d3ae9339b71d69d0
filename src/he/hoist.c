/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Sums over rotations of one ciphertext.
 *  Hoisting: Halevi and Shoup, eprint 2018/244, section 4; one division for a whole sum: Bossuat, Mouchet, Troncoso-Pastoriza and Hubaux,
 *  eprint 2020/1203, section 4. */

#include "he/hoist.h"

#include <string.h>

#include "ring/kernels.h"
#include "util/mem.h"
#include "util/status.h"

_Static_assert(CN_DIGITS_MAX <= CN_TURN_TERMS_MAX, "a turn takes all digits");
_Static_assert(CN_HOIST_POINTS <= CN_TURN_POINTS_MAX && CN_HOIST_POINTS % CN_STRIP_MAX == 0, "blocks are whole strips");

/* ---- keys as sums read them ------------------------------------------------------------------ */

/** One limb of a part, in its new order. */
static void arrange(uint64_t *out, const cn_rotation_part *part, unsigned limb, size_t n) {
    size_t strip = CN_MIN(n, cn_kernels_get()->strip), block = cn_turn_block(strip, n);
    for (size_t i = 0; i < n; i += strip) {
        size_t source = (part->index[i] & ~(block - 1)) | (i & (block - 1));
        for (unsigned d = 0; d < part->digits; d++)
            for (unsigned half = 0; half < 2; half++, out += strip)
                memcpy(out, cn_poly_limb(half ? &part->a[d] : &part->b[d], limb) + source, strip * sizeof *out);
    }
}

cn_status cn_turn_keys_new(cn_turn_keys **out, const cn_rotation_key *rk, const cn_context *ctx) {
    cn_status status = CN_OK;
    size_t words = 0, n = ctx->params.n;
    *out = NULL;
    cn_turn_keys *t = cn_calloc(1, sizeof *t);
    if (!t) return CN_ERR_MEMORY;
    for (size_t i = 0; i < rk->count; i++) words += 2 * rk->part[i].digits * (size_t)rk->part[i].b->limbs * n;
    t->count = rk->count;
    t->key = cn_calloc(rk->count, sizeof *t->key);
    t->words = cn_malloc_huge(words, sizeof *t->words);
    if (!t->key || !t->words) CN_CHECK(CN_ERR_MEMORY);
    uint64_t *at = t->words;
    for (size_t i = 0; i < rk->count; i++) {
        const cn_rotation_part *part = &rk->part[i];
        t->key[i] = (cn_turn_key){part->rotation, part->limbs, part->digits, part->index, at};
        for (unsigned limb = 0; limb < part->b->limbs; limb++, at += 2 * part->digits * n) arrange(at, part, limb, n);
    }
    *out = t;
    t = NULL;
cleanup:
    cn_turn_keys_free(t);
    return status;
}

void cn_turn_keys_free(cn_turn_keys *t) {
    if (!t) return;
    cn_free(t->words);
    cn_free(t->key);
    cn_free(t);
}

const cn_turn_key *cn_turn_key_find(const cn_turn_keys *t, unsigned rotation) {
    for (size_t i = 0; i < t->count; i++)
        if (t->key[i].rotation == rotation) return &t->key[i];
    return NULL;
}

/* ---- weights --------------------------------------------------------------------------------- */

cn_status cn_turn_weights_init(cn_turn_weights *w, unsigned limbs, size_t sums, size_t turns, size_t n) {
    *w = (cn_turn_weights){.limbs = limbs, .sums = sums, .turns = turns};
    w->words = cn_malloc_huge(limbs * sums * turns * n, sizeof *w->words);
    return w->words ? CN_OK : CN_ERR_MEMORY;
}

void cn_turn_weights_clear(cn_turn_weights *w) {
    cn_free(w->words);
    memset(w, 0, sizeof *w);
}

void cn_turn_weights_set(cn_turn_weights *w, size_t sum, size_t turn, const cn_poly *p) {
    size_t first = turn / CN_HOIST_TURNS * CN_HOIST_TURNS, together = CN_MIN(w->turns - first, (size_t)CN_HOIST_TURNS), strip = CN_MIN(p->n, cn_kernels_get()->strip);
    for (unsigned limb = 0; limb < w->limbs; limb++) {
        uint64_t *out = w->words + (limb * w->turns + first) * w->sums * p->n + (sum * together + turn - first) * strip;
        for (size_t i = 0; i < p->n; i += strip) memcpy(out + i * w->sums * together, cn_poly_limb(p, limb) + i, strip * sizeof *out);
    }
}

/* ---- sums ------------------------------------------------------------------------------------ */

/** One limb of a sum in the making. */
typedef struct row {
    const uint64_t *c0, *c1; /* NULL in the special limb, where P c0 and P c1 are 0 */
    cn_shoup p;              /* P */
    unsigned limb;
    const cn_mod *mod;
    const uint64_t *digit[CN_DIGITS_MAX];
    unsigned digits;
    bool add;
} row;

/** One limb of a turn as the kernel reads it; index NULL: the identity. */
static cn_turn_row turn_row(const row *r, const cn_turn_key *key, size_t n) {
    cn_turn_row t = {.c0 = r->c0, .factor = r->p, .x = r->digit, .terms = r->digits, .n = n, .mod = r->mod};
    if (!key) return t;
    t.index = key->index;
    t.digits = key->digits;
    t.key = key->words + (r->c0 ? r->limb : key->limbs) * 2 * key->digits * n;
    return t;
}

/** r <- (r +) P c at some points. */
static void identity_points(uint64_t *r, const uint64_t *c, const row *in, size_t from, size_t count, bool add) {
    const cn_kernels *kernels = cn_kernels_get();
    _Alignas(CN_ALIGN) uint64_t scaled[CN_HOIST_POINTS];
    if (c) kernels->scale(add ? scaled : r, c + from, in->p, count, in->mod);
    if (c && add) kernels->add(r, r, scaled, count, in->mod);
    if (!c && !add) memset(r, 0, count * sizeof *r);
}

/** Some points of one turn: of both parts. */
static void turn_points(uint64_t *r0, uint64_t *r1, const cn_turn_row *t, const row *r, size_t from, size_t count, bool add) {
    if (t->index) {
        cn_kernels_get()->turn(r0, r1, t, from, count, add);
    } else {
        identity_points(r0, r->c0, r, from, count, add);
        identity_points(r1, r->c1, r, from, count, add);
    }
}

/** A block of weighted sums. */
static void weighted_block(cn_poly *const *acc, size_t sums, const row *r, const cn_turn_row *t, size_t turns, const uint64_t *w, size_t from,
                           size_t count) {
    _Alignas(CN_ALIGN) uint64_t x[2][CN_HOIST_TURNS][CN_HOIST_POINTS];
    const uint64_t *x0[CN_HOIST_TURNS], *x1[CN_HOIST_TURNS];
    uint64_t *r0[CN_HOIST_SUMS], *r1[CN_HOIST_SUMS];
    for (size_t k = 0; k < turns; k++) {
        turn_points(x[0][k], x[1][k], &t[k], r, from, count, false);
        x0[k] = x[0][k], x1[k] = x[1][k];
    }
    for (size_t g = 0; g < sums; g++) r0[g] = cn_poly_limb(&acc[g][0], r->limb) + from, r1[g] = cn_poly_limb(&acc[g][1], r->limb) + from;
    cn_kernels_get()->weigh(r0, r1, sums, x0, x1, turns, w, count, r->add, r->mod);
}

/** At most CN_HOIST_TURNS turns of one limb, with their weights. */
static void weighted_turns(cn_poly *const *acc, size_t sums, const row *r, const cn_turn_key *const *turn, size_t turns, const uint64_t *w,
                           size_t n) {
    size_t count = CN_MIN(n, (size_t)CN_HOIST_POINTS);
    cn_turn_row t[CN_HOIST_TURNS];
    for (size_t k = 0; k < turns; k++) t[k] = turn_row(r, turn[k], n);
    for (size_t from = 0; from < n; from += count) weighted_block(acc, sums, r, t, turns, w + from * sums * turns, from, count);
}

/** The same without weights: all sums are the same. One key after the other is read from end to end. */
static void plain_turns(cn_poly *const *acc, size_t sums, const row *r, const cn_turn_key *const *turn, size_t turns, size_t n) {
    size_t count = CN_MIN(n, (size_t)CN_HOIST_POINTS);
    for (size_t g = 0; g < sums; g++)
        for (size_t k = 0; k < turns; k++) {
            cn_turn_row t = turn_row(r, turn[k], n);
            for (size_t from = 0; from < n; from += count)
                turn_points(cn_poly_limb(&acc[g][0], r->limb) + from, cn_poly_limb(&acc[g][1], r->limb) + from, &t, r, from, count, r->add || k > 0);
        }
}

void cn_hoist_sum(cn_poly *const *acc, size_t sums, const cn_poly c[2], const cn_turn_key *const *turn, size_t turns, const cn_turn_weights *w,
                  bool add, cn_he_scratch *s, const cn_context *ctx) {
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
    CN_VERIFY(!w || (w->sums == sums && w->turns == turns && w->limbs == limbs + special && sums <= CN_HOIST_SUMS));
    if (!turns) return;
    cn_poly_to_coeff_from(&s->c2, &c[1], &ctx->ring);
    for (unsigned limb = 0; limb < limbs + special; limb++) { /* everything of one limb while its digits are in the cache */
        row r = {.limb = limb, .mod = &cn_poly_ntt(&acc[0][0], limb, &ctx->ring)->mod, .digits = ctx->digits[limbs]};
        if (limb < limbs) {
            r.c0 = cn_poly_limb(&c[0], limb);
            r.c1 = cn_poly_limb(&c[1], limb);
            r.p = cn_shoup_init_var(ctx->special_mod_q[limb], r.mod);
        }
        cn_decompose(r.digit, s->words, &c[1], &s->c2, limb, ctx);
        for (size_t k = 0; k < turns; k += CN_HOIST_TURNS) {
            CN_VERIFY(!turn[k] || turn[k]->limbs >= limbs);
            r.add = add || k > 0;
            size_t together = CN_MIN(turns - k, (size_t)CN_HOIST_TURNS);
            if (w) weighted_turns(acc, sums, &r, turn + k, together, w->words + (limb * turns + k) * sums * n, n);
            else plain_turns(acc, sums, &r, turn + k, together, n);
        }
    }
}

void cn_hoist_divide(cn_poly acc[2], cn_he_scratch *s, const cn_context *ctx) {
    if (ctx->params.special) cn_polys_drop_last(acc, 2, s->words, &ctx->ring);
}
