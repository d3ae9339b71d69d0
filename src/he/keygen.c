/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Making keys: their scheme does it (secret.h). */

#include <string.h>

#include "he/secret.h"
#include "util/ctcheck.h"
#include "util/mem.h"
#include "util/status.h"

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
    CN_CHECK(cn_secret_of(ctx)->secret_key(sk, tmp, rng, ctx));
    CN_CHECK(cn_rng_bytes(rng, sk->id, sizeof sk->id));
    CN_PUBLIC(sk->id, sizeof sk->id); /* a name */
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
    memcpy(pk->id, sk->id, sizeof pk->id);
    CN_CHECK(cn_rng_new(&rng));
    CN_CHECK(cn_secret_of(ctx)->public_key(pk, sk, tmp, rng, ctx));
    *out = pk;
    pk = NULL;
cleanup:
    cn_public_key_free(pk);
    cn_free_secret(tmp, n);
    cn_rng_free(rng);
    return status;
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
    memcpy(rk->id, sk->id, sizeof rk->id);
    rk->power = power;
    CN_CHECK(cn_rng_new(&rng));
    CN_CHECK(cn_secret_of(ctx)->relin_key(rk, sk, tmp, rng, ctx));
    *out = rk;
    rk = NULL;
cleanup:
    cn_relin_key_free(rk);
    cn_free_secret(tmp, n);
    cn_rng_free(rng);
    return status;
}
