/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Making rotation keys: encryptions of P g_k s under sigma^-1(s) (rotate.h). */

#include <string.h>

#include "he/rotate.h"
#include "ring/galois.h"
#include "util/ctcheck.h"
#include "util/mem.h"
#include "util/rng.h"
#include "util/status.h"

/** What is being worked with: s with the limbs of one part, its image, and a product. All secret. */
typedef struct work {
    cn_poly s, moved, product;
    uint32_t *index;
    int8_t *tmp;
    cn_rng *rng;
} work;

static cn_status work_init(work *w, const cn_context *ctx) {
    bool special = ctx->params.special != 0;
    memset(w, 0, sizeof *w);
    CN_TRY(cn_poly_init(&w->s, &ctx->ring, ctx->params.limbs, special, CN_NTT));
    CN_TRY(cn_poly_init(&w->moved, &ctx->ring, ctx->params.limbs, special, CN_NTT));
    CN_TRY(cn_poly_init(&w->product, &ctx->ring, ctx->params.limbs, special, CN_NTT));
    w->index = cn_malloc(ctx->params.n, sizeof *w->index);
    w->tmp = cn_calloc(ctx->params.n, 1);
    return w->index && w->tmp ? cn_rng_new(&w->rng) : CN_ERR_MEMORY;
}

static void work_clear(work *w, const cn_context *ctx) {
    cn_poly *p[] = {&w->s, &w->moved, &w->product};
    for (size_t i = 0; i < CN_ARRAY_LEN(p); i++) {
        if (p[i]->c) p[i]->limbs = ctx->params.limbs + (ctx->params.special != 0); /* wipe all of it */
        cn_poly_clear_secret(p[i]);
    }
    cn_free(w->index);
    cn_free_secret(w->tmp, ctx->params.n);
    cn_rng_free(w->rng);
}

/** All digits of one rotation; their a are there. */
static cn_status fill_part(cn_rotation_part *part, work *w, const cn_secret_key *sk, const cn_context *ctx) {
    size_t n = ctx->params.n;
    bool special = ctx->params.special != 0;
    w->s.limbs = w->moved.limbs = w->product.limbs = part->limbs + special;
    cn_galois_index(w->index, cn_rotation_exponent(cn_rotation_inverse(part->rotation, n), n), n);
    for (unsigned j = 0; j < part->limbs + special; j++) {
        unsigned from = j == part->limbs ? ctx->params.limbs : j;
        memcpy(cn_poly_limb(&w->s, j), cn_poly_limb(&sk->s, from), n * sizeof(uint64_t));
        cn_galois_apply(cn_poly_limb(&w->moved, j), cn_poly_limb(&sk->s, from), w->index, n);
    }
    for (unsigned d = 0; d < part->digits; d++) {
        cn_poly *b = &part->b[d];
        CN_TRY(cn_sample_error_poly(b, w->tmp, w->rng, &ctx->ring));
        cn_poly_mul(&w->product, &part->a[d], &w->moved, &ctx->ring);
        cn_poly_sub(b, b, &w->product, &ctx->ring);
        cn_add_gadget(b, &w->s, &ctx->digit[d], ctx);
        CN_PUBLIC(b->c, (size_t)b->limbs * n * sizeof *b->c); /* an encryption of s under its image */
    }
    return CN_OK;
}

static cn_status check_rotations(const cn_rotation *rotation, size_t count, const cn_context *ctx) {
    for (size_t i = 0; i < count; i++) {
        if (!cn_rotation_valid(rotation[i].by, ctx->params.n) || rotation[i].by == 0)
            return cn_fail(CN_ERR_RANGE, "rotation key: rotation %u; expected 1 to %zu columns, or CN_ROTATE_SWAP and at most so many",
                           rotation[i].by, ctx->params.n / 2 - 1);
        if (rotation[i].limbs > ctx->params.limbs)
            return cn_fail(CN_ERR_SIZE, "rotation key: for ciphertexts of %u primes; expected at most %u, or 0 for all", rotation[i].limbs,
                           ctx->params.limbs);
        for (size_t k = 0; k < i; k++)
            if (rotation[k].by == rotation[i].by)
                return cn_fail(CN_ERR_DUPLICATE, "rotation key: rotation %u occurs twice; ask for it once, with the most primes",
                               rotation[i].by);
    }
    return CN_OK;
}

cn_status cn_rotation_key_new(cn_rotation_key **out, const cn_secret_key *sk, const cn_rotation *rotation, size_t count,
                              const cn_context *ctx) {
    if (out) *out = NULL;
    if (!out || !sk || !rotation || !ctx)
        return cn_fail(CN_ERR_NULL, "rotation key: expected result, secret key, rotations and context, found NULL");
    CN_TRY(cn_check_digest(sk->digest, "secret key", ctx));
    if (ctx->params.scheme != CN_SCHEME_BFV || ctx->params.n < 4)
        return cn_fail(CN_ERR_UNSUPPORTED, "rotation key: %s at n = %zu has no rotations; expected BFV at n = 4 or more", ctx->scheme->name,
                       ctx->params.n);
    if (count < 1 || count > 2 * ctx->params.n)
        return cn_fail(CN_ERR_SIZE, "rotation key: %zu rotations; expected at least one, and none twice", count);
    CN_TRY(check_rotations(rotation, count, ctx));
    cn_status status = CN_OK;
    cn_rotation_key *rk = NULL;
    work w;
    CN_CHECK(work_init(&w, ctx));
    CN_CHECK(cn_rotation_key_reserve(&rk, rotation, count, ctx));
    memcpy(rk->id, sk->id, sizeof rk->id);
    CN_CHECK(cn_rng_bytes(w.rng, rk->seed, sizeof rk->seed));
    CN_PUBLIC(rk->seed, sizeof rk->seed); /* published with the key */
    cn_rotation_key_expand(rk, ctx);
    for (size_t i = 0; i < count; i++) CN_CHECK(fill_part(&rk->part[i], &w, sk, ctx));
    *out = rk;
    rk = NULL;
cleanup:
    cn_rotation_key_free(rk);
    work_clear(&w, ctx);
    return status;
}
