/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Re-randomisation and flooding. Everything drawn here is the secret of the model's owner: constant time, wiped. */

#include "he/flood.h"

#include "util/ctcheck.h"
#include "util/mem.h"

/** 64-bit words of a value of the flood. */
static size_t words_of(unsigned bits) { return (bits + 63) / 64; }

size_t cn_flood_bytes(unsigned bits, unsigned limbs, size_t n) {
    return n * (CN_SMALL_MAX + (words_of(bits) + 1 + 3 * (size_t)limbs) * sizeof(uint64_t));
}

cn_status cn_flood_init(cn_flood *f, unsigned bits, unsigned limbs, const cn_context *ctx) {
    cn_status status = CN_OK;
    size_t n = ctx->params.n;
    *f = (cn_flood){.bits = bits, .limbs = limbs};
    f->small = cn_calloc(CN_SMALL_MAX * n, 1);
    f->words = cn_calloc(words_of(bits) * n, sizeof *f->words);
    f->slots = cn_calloc(n, sizeof *f->slots);
    if (!f->small || !f->words || !f->slots) CN_CHECK(CN_ERR_MEMORY);
    for (unsigned k = 0; k < 2; k++) CN_CHECK(cn_poly_init(&f->part[k], &ctx->ring, limbs, false, CN_NTT));
    CN_CHECK(cn_poly_init(&f->u, &ctx->ring, limbs, false, CN_COEFF));
    return CN_OK;
cleanup:
    cn_flood_clear(f, ctx);
    return status;
}

void cn_flood_clear(cn_flood *f, const cn_context *ctx) {
    size_t n = ctx->params.n;
    cn_free_secret(f->small, CN_SMALL_MAX * n);
    cn_free_secret(f->words, words_of(f->bits) * n * sizeof *f->words);
    cn_free_secret(f->slots, n * sizeof *f->slots);
    for (unsigned k = 0; k < 2; k++) cn_poly_clear_secret(&f->part[k]);
    cn_poly_clear_secret(&f->u);
    *f = (cn_flood){0};
}

/** m': two random words modulo t for each slot nobody asked for. */
static cn_status draw_slots(uint64_t *slots, size_t used, const cn_mod *t, cn_rng *rng, size_t n) {
    enum { BATCH = 64 };
    uint64_t random[2 * BATCH];
    cn_status status = CN_OK;
    for (size_t k = used; k < n; k += BATCH) {
        size_t batch = CN_MIN(n - k, (size_t)BATCH);
        CN_CHECK(cn_rng_bytes(rng, random, 2 * batch * sizeof *random));
        for (size_t i = 0; i < batch; i++) slots[k + i] = cn_mod_reduce128((cn_u128)random[2 * i] << 64 | random[2 * i + 1], t);
    }
cleanup:
    cn_wipe(random, sizeof random);
    return status;
}

cn_status cn_flood_draw(cn_flood *f, const cn_cipher *c, size_t used, const uint64_t *add, cn_rng *rng, const cn_context *ctx) {
    size_t n = ctx->params.n, words = words_of(f->bits);
    const cn_mod *t = cn_t(ctx, c->branch);
    unsigned top = f->bits % 64;
    CN_TRY(cn_draw_small(f->small, rng, ctx));
    for (size_t k = 0; k < used; k++) f->slots[k] = add ? cn_mod_mul(cn_mod_reduce(add[k], t), c->factor, t) : 0;
    CN_TRY(draw_slots(f->slots, used, t, rng, n));
    CN_TRY(cn_rng_bytes(rng, f->words, n * words * sizeof *f->words));
    for (size_t k = 0; top && k < n; k++) f->words[(k + 1) * words - 1] &= ((uint64_t)1 << top) - 1;
    return CN_OK;
}

/** p <- NTT(w): Horner's scheme over the words, less 2^(b-1). */
static void load_flood(cn_poly *p, const cn_flood *f, const cn_context *ctx) {
    size_t words = words_of(f->bits);
    for (unsigned i = 0; i < p->limbs; i++) {
        const cn_mod *q = cn_q(ctx, i);
        uint64_t *r = cn_poly_limb(p, i), half = cn_mod_pow_var(2, f->bits - 1, q); /* public */
        for (size_t k = 0; k < p->n; k++) {
            uint64_t x = 0;
            for (size_t j = words; j-- > 0;) x = cn_mod_reduce128((cn_u128)x << 64 | f->words[k * words + j], q);
            r[k] = cn_mod_sub(x, half, q);
        }
    }
    p->domain = CN_COEFF;
    cn_poly_to_ntt(p, &ctx->ring);
}

void cn_flood_core(cn_cipher *c, cn_flood *f, const cn_public_key *pk, const cn_context *ctx) {
    size_t n = ctx->params.n, bytes = f->limbs * n * sizeof(uint64_t);
    CN_INVARIANT(c->power == 1 && c->parts == 2 && c->part[0].limbs == f->limbs);
    ctx->scheme->encrypt_public(f->part, f->slots, f->small, &f->u, c->branch, pk, ctx);
    load_flood(&f->u, f, ctx);
    cn_poly_add(&f->part[0], &f->part[0], &f->u, &ctx->ring);
    for (unsigned k = 0; k < 2; k++) {
        cn_poly_add(&c->part[k], &c->part[k], &f->part[k], &ctx->ring);
        CN_PUBLIC(c->part[k].c, bytes); /* what it hides, it hides from the holder of the key, too */
        cn_wipe(f->part[k].c, bytes);
    }
    cn_wipe(f->small, CN_SMALL_MAX * n);
    cn_wipe(f->words, words_of(f->bits) * n * sizeof *f->words);
    cn_wipe(f->slots, n * sizeof *f->slots);
    cn_wipe(f->u.c, bytes);
}
