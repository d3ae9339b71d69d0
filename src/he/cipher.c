/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Ciphertexts as objects, and the scratch of the operations that need some. */

#include "he/scheme.h"

#include <string.h>

#include "util/mem.h"
#include "util/status.h"

cn_status cn_cipher_new(cn_cipher **out, unsigned power, unsigned limbs, unsigned branch, const cn_context *ctx) {
    *out = NULL;
    cn_cipher *c = cn_calloc(1, sizeof *c);
    if (!c) return CN_ERR_MEMORY;
    memcpy(c->digest, ctx->digest, 32);
    c->power = power;
    c->parts = ctx->scheme->parts[power];
    c->branch = branch;
    c->factor = 1;
    for (unsigned k = 0; k < c->parts; k++) {
        cn_status status = cn_poly_reserve(&c->part[k], &ctx->ring, limbs, false, CN_NTT);
        if (status != CN_OK) {
            cn_cipher_free(c);
            return status;
        }
    }
    *out = c;
    return CN_OK;
}

void cn_cipher_renew(cn_cipher *c, unsigned power, unsigned limbs, unsigned branch, const cn_context *ctx) {
    c->power = power;
    c->parts = ctx->scheme->parts[power];
    c->branch = branch;
    c->factor = 1;
    for (unsigned k = 0; k < c->parts; k++) {
        CN_INVARIANT(c->part[k].c != NULL);
        c->part[k].limbs = limbs;
        c->part[k].domain = CN_NTT;
    }
}

void cn_cipher_free(cn_cipher *c) {
    if (!c) return;
    for (unsigned k = 0; k < CN_PARTS_MAX; k++) cn_poly_clear(&c->part[k]);
    cn_free(c);
}

cn_status cn_cipher_copy(cn_cipher **out, const cn_cipher *in) {
    if (out) *out = NULL;
    if (!out || !in) return cn_fail(CN_ERR_NULL, "ciphertext copy: expected result and ciphertext, found NULL");
    cn_cipher *c = cn_calloc(1, sizeof *c);
    if (!c) return CN_ERR_MEMORY;
    *c = *in;
    for (unsigned k = 0; k < CN_PARTS_MAX; k++) c->part[k].c = NULL;
    for (unsigned k = 0; k < in->parts; k++) {
        size_t words = (size_t)in->part[k].limbs * in->part[k].n;
        c->part[k].c = cn_malloc(words, sizeof *c->part[k].c);
        if (!c->part[k].c) {
            cn_cipher_free(c);
            return CN_ERR_MEMORY;
        }
        memcpy(c->part[k].c, in->part[k].c, words * sizeof *c->part[k].c);
    }
    *out = c;
    return CN_OK;
}

unsigned cn_cipher_parts(const cn_cipher *c) { return c->parts; }
unsigned cn_cipher_power(const cn_cipher *c) { return c->power; }
unsigned cn_cipher_limbs(const cn_cipher *c) { return c->part[0].limbs; }
unsigned cn_cipher_branch(const cn_cipher *c) { return c->branch; }
uint64_t cn_cipher_factor(const cn_cipher *c) { return c->factor; }

cn_status cn_he_scratch_init(cn_he_scratch *s, const cn_context *ctx) {
    cn_status status = CN_OK;
    bool special = ctx->params.special != 0;
    memset(s, 0, sizeof *s);
    CN_CHECK(cn_poly_reserve(&s->acc0, &ctx->ring, ctx->params.limbs, special, CN_NTT));
    CN_CHECK(cn_poly_reserve(&s->acc1, &ctx->ring, ctx->params.limbs, special, CN_NTT));
    CN_CHECK(cn_poly_reserve(&s->c2, &ctx->ring, ctx->params.limbs, false, CN_NTT));
    s->words = cn_malloc(CN_MAX(CN_PARTS_MAX + 1u, ctx->digits[ctx->params.limbs]) * ctx->params.n, sizeof *s->words);
    if (!s->words) CN_CHECK(CN_ERR_MEMORY);
    return CN_OK;
cleanup:
    cn_he_scratch_clear(s);
    return status;
}

void cn_he_scratch_clear(cn_he_scratch *s) {
    cn_poly_clear(&s->acc0);
    cn_poly_clear(&s->acc1);
    cn_poly_clear(&s->c2);
    cn_free(s->words);
    s->words = NULL;
}
