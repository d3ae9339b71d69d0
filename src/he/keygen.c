/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Keys as objects: made by their scheme (scheme.h), checked, wiped and released here. */

#include <string.h>

#include "he/scheme.h"
#include "util/ctcheck.h"
#include "util/mem.h"
#include "util/sha3.h"
#include "util/status.h"

cn_status cn_check_digest(const uint8_t digest[32], const char *object, const cn_context *ctx) {
    if (memcmp(digest, ctx->digest, 32) == 0) return CN_OK;
    char want[65], have[65];
    cn_hex(want, ctx->digest, 32);
    cn_hex(have, digest, 32);
    return cn_fail(CN_ERR_MISMATCH, "%s: belongs to parameters %.16s..., expected %.16s...; use objects of one context", object,
                   have, want);
}

void cn_load_small(cn_poly *p, const int8_t *v, const cn_ring *ring) {
    p->domain = CN_COEFF;
    cn_poly_set_small(p, v, ring);
    cn_poly_to_ntt(p, ring);
}

cn_status cn_sample_error_poly(cn_poly *p, int8_t *tmp, cn_rng *rng, const cn_ring *ring) {
    cn_status status = cn_sample_error(tmp, p->n, rng);
    cn_load_small(p, tmp, ring);
    cn_wipe(tmp, p->n);
    return status;
}

cn_status cn_secret_key_new(cn_secret_key **out, const cn_context *ctx) {
    if (out) *out = NULL;
    if (!out || !ctx) return cn_fail(CN_ERR_NULL, "secret key: expected result and context, found NULL");
    cn_status status = CN_OK;
    cn_rng *rng = NULL;
    size_t n = ctx->params.n;
    int8_t *tmp = cn_calloc(n, 1);
    cn_secret_key *sk = cn_calloc(1, sizeof *sk);
    if (!tmp || !sk) CN_CHECK(CN_ERR_MEMORY);
    memcpy(sk->digest, ctx->digest, 32);
    CN_CHECK(cn_rng_new(&rng));
    CN_CHECK(ctx->scheme->secret_key(sk, tmp, rng, ctx));
    *out = sk;
    sk = NULL;
cleanup:
    cn_secret_key_free(sk);
    cn_free_secret(tmp, n);
    cn_rng_free(rng);
    return status;
}

void cn_secret_key_free(cn_secret_key *sk) {
    if (!sk) return;
    cn_poly_clear_secret(&sk->s);
    cn_poly_clear_secret(&sk->minus_s);
    for (unsigned j = 0; j < CN_PLAINS_MAX; j++) {
        cn_poly_clear_secret(&sk->f[j]);
        cn_poly_clear_secret(&sk->h[j]); /* holds 1 / f if generation failed half-way */
    }
    cn_free(sk);
}

cn_status cn_public_key_new(cn_public_key **out, const cn_secret_key *sk, const cn_context *ctx) {
    if (out) *out = NULL;
    if (!out || !sk || !ctx) return cn_fail(CN_ERR_NULL, "public key: expected result, secret key and context, found NULL");
    CN_TRY(cn_check_digest(sk->digest, "secret key", ctx));
    cn_status status = CN_OK;
    cn_rng *rng = NULL;
    size_t n = ctx->params.n;
    int8_t *tmp = cn_calloc(n, 1);
    cn_public_key *pk = cn_calloc(1, sizeof *pk);
    if (!tmp || !pk) CN_CHECK(CN_ERR_MEMORY);
    memcpy(pk->digest, ctx->digest, 32);
    CN_CHECK(cn_rng_new(&rng));
    CN_CHECK(ctx->scheme->public_key(pk, sk, tmp, rng, ctx));
    *out = pk;
    pk = NULL;
cleanup:
    cn_public_key_free(pk);
    cn_free_secret(tmp, n);
    cn_rng_free(rng);
    return status;
}

void cn_public_key_free(cn_public_key *pk) {
    if (!pk) return;
    cn_poly_clear_secret(&pk->b); /* holds the bare error if generation failed half-way */
    cn_poly_clear(&pk->a);
    for (unsigned j = 0; j < CN_PLAINS_MAX; j++) cn_poly_clear(&pk->h[j]);
    cn_free(pk);
}

cn_status cn_relin_key_new(cn_relin_key **out, const cn_secret_key *sk, unsigned power, const cn_context *ctx) {
    if (out) *out = NULL;
    if (!out || !sk || !ctx)
        return cn_fail(CN_ERR_NULL, "relinearisation key: expected result, secret key and context, found NULL");
    if (power < 2 || power > CN_POWER_MAX)
        return cn_fail(CN_ERR_SIZE, "relinearisation key: for powers up to %u; expected 2 or %d", power, CN_POWER_MAX);
    CN_TRY(cn_check_digest(sk->digest, "secret key", ctx));
    cn_status status = CN_OK;
    cn_rng *rng = NULL;
    size_t n = ctx->params.n;
    int8_t *tmp = cn_calloc(n, 1);
    cn_relin_key *rk = cn_calloc(1, sizeof *rk);
    if (!tmp || !rk) CN_CHECK(CN_ERR_MEMORY);
    memcpy(rk->digest, ctx->digest, 32);
    rk->power = power;
    CN_CHECK(cn_rng_new(&rng));
    CN_CHECK(ctx->scheme->relin_key(rk, sk, tmp, rng, ctx));
    *out = rk;
    rk = NULL;
cleanup:
    cn_relin_key_free(rk);
    cn_free_secret(tmp, n);
    cn_rng_free(rng);
    return status;
}

void cn_relin_key_free(cn_relin_key *rk) {
    if (!rk) return;
    for (unsigned d = 0; d < rk->digits; d++) {
        if (rk->b) cn_poly_clear_secret(&rk->b[d]); /* as for public keys */
        if (rk->a) cn_poly_clear(&rk->a[d]);
    }
    cn_free(rk->b);
    cn_free(rk->a);
    cn_free(rk);
}

size_t cn_relin_key_wire_bytes(const cn_relin_key *rk, const cn_context *ctx) { return ctx->scheme->relin_key_bytes(&ctx->params, rk->power); }
