/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Fresh ciphertexts, under the secret key and under the public one. Everything secret is handled in constant time and wiped. */

#include <string.h>

#include "he/scheme.h"
#include "ring/kernels.h"
#include "util/ctcheck.h"
#include "util/mem.h"
#include "util/status.h"

void cn_encrypt_secret_core(cn_poly part[2], uint64_t *slots, const int8_t *e, const uint8_t seed[CN_SEED_BYTES], uint64_t index,
                            unsigned branch, const cn_secret_key *sk, const cn_context *ctx) {
    part[1].domain = CN_NTT;
    cn_sample_uniform_poly_var(&part[1], seed, CN_ROLE_CIPHERTEXT, index, &ctx->ring);
    cn_encode_message(&part[0], slots, e, branch, ctx);
    for (unsigned i = 0; i < ctx->params.limbs; i++)
        cn_kernels_get()->mul_add(cn_poly_limb(&part[0], i), cn_poly_limb(&part[1], i), cn_poly_limb(&sk->minus_s, i), part[0].n,
                                  cn_q(ctx, i));
}

static cn_status check_values(const int64_t *values, size_t count, unsigned branch, const cn_context *ctx) {
    if (!values && count) return cn_fail(CN_ERR_NULL, "encrypt: expected values, found NULL");
    if (count > ctx->params.n)
        return cn_fail(CN_ERR_SIZE, "encrypt: %zu values; expected at most n = %zu", count, ctx->params.n);
    if (branch >= ctx->params.plains)
        return cn_fail(CN_ERR_SIZE, "encrypt: branch %u; expected below %u", branch, ctx->params.plains);
    return CN_OK;
}

/** What both kinds of encryption hold while they work. */
typedef struct work {
    cn_rng *rng;
    uint64_t *slots;       /* n words */
    int8_t *small;         /* [CN_SMALL_MAX][n] */
    size_t n;
} work;

static cn_status work_init(work *w, size_t n) {
    memset(w, 0, sizeof *w);
    w->n = n;
    w->slots = cn_calloc(n, sizeof *w->slots);
    w->small = cn_calloc(CN_SMALL_MAX * n, 1);
    if (!w->slots || !w->small) return CN_ERR_MEMORY;
    return cn_rng_new(&w->rng);
}

static void work_clear(work *w) {
    cn_free_secret(w->slots, w->n * sizeof *w->slots);
    cn_free_secret(w->small, CN_SMALL_MAX * w->n);
    cn_rng_free(w->rng);
}

/** A finished ciphertext is public. */
static void publish(cn_cipher *c) {
    for (unsigned k = 0; k < c->parts; k++)
        CN_PUBLIC(c->part[k].c, (size_t)c->part[k].limbs * c->part[k].n * sizeof *c->part[k].c);
    (void)c;
}

cn_status cn_encrypt_secret(cn_cipher **out, const int64_t *values, size_t count, unsigned branch, const cn_secret_key *sk,
                            const cn_context *ctx) {
    if (out) *out = NULL;
    if (!out || !sk || !ctx) return cn_fail(CN_ERR_NULL, "encrypt: expected result, secret key and context, found NULL");
    CN_TRY(check_values(values, count, branch, ctx));
    CN_TRY(cn_check_digest(sk->digest, "secret key", ctx));
    if (!ctx->scheme->secret_key_encryption)
        return cn_fail(CN_ERR_UNSUPPORTED, "encrypt: %s has no encryption under the secret key; use the public key", ctx->scheme->name);
    cn_status status = CN_OK;
    cn_cipher *c = NULL;
    uint8_t seed[CN_SEED_BYTES];
    work w;
    CN_CHECK(work_init(&w, ctx->params.n));
    CN_CHECK(cn_cipher_new(&c, 1, ctx->params.limbs, branch, ctx));
    CN_CHECK(cn_rng_bytes(w.rng, seed, sizeof seed));
    CN_PUBLIC(seed, sizeof seed); /* c1 follows from it */
    CN_CHECK(cn_sample_error(w.small, ctx->params.n, w.rng));
    cn_load_slots(w.slots, values, count, branch, ctx);
    cn_encrypt_secret_core(c->part, w.slots, w.small, seed, branch, branch, sk, ctx);
    publish(c);
    *out = c;
    c = NULL;
cleanup:
    work_clear(&w);
    if (c) cn_poly_clear_secret(&c->part[0]); /* -c1 s would give s away */
    cn_cipher_free(c);
    return status;
}

cn_status cn_encrypt_public(cn_cipher **out, const int64_t *values, size_t count, unsigned branch, const cn_public_key *pk,
                            const cn_context *ctx) {
    if (out) *out = NULL;
    if (!out || !pk || !ctx) return cn_fail(CN_ERR_NULL, "encrypt: expected result, public key and context, found NULL");
    CN_TRY(check_values(values, count, branch, ctx));
    CN_TRY(cn_check_digest(pk->digest, "public key", ctx));
    cn_status status = CN_OK;
    cn_cipher *c = NULL;
    cn_poly u = {0};
    size_t n = ctx->params.n;
    work w;
    CN_CHECK(work_init(&w, n));
    CN_CHECK(cn_cipher_new(&c, 1, ctx->params.limbs, branch, ctx));
    CN_CHECK(cn_poly_init(&u, &ctx->ring, ctx->params.limbs, false, CN_COEFF));
    CN_CHECK(cn_draw_small(w.small, w.rng, ctx));
    cn_load_slots(w.slots, values, count, branch, ctx);
    ctx->scheme->encrypt_public(c->part, w.slots, w.small, &u, branch, pk, ctx);
    publish(c);
    *out = c;
    c = NULL;
cleanup:
    work_clear(&w);
    cn_poly_clear_secret(&u);
    for (unsigned k = 0; c && k < c->parts; k++) cn_poly_clear_secret(&c->part[k]);
    cn_cipher_free(c);
    return status;
}
