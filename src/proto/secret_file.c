/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The data owner's keys in files. A secret key is n ternary coefficients, 0, 1, and 2 for -1, as digits in base 3, five in a byte. Constant time
 *  in them. */

#include "proto/key_file.h"

#include <string.h>
#include <unistd.h>

#include "he/secret.h"
#include "nn/client.h"
#include "util/ctcheck.h"
#include "util/mem.h"
#include "util/status.h"

static size_t secret_key_bytes(const cn_params *q) { return cn_ternary_bytes(q->n); }

/* ---- coefficients -------------------------------------------------------------------------- */

/** The coefficients of s, the first of five in the lowest digit.  In: s in the NTT domain.  Out: packed, secret_key_bytes.  Returns: CN_OK, CN_ERR_MEMORY. */
static cn_status pack_ternary(uint8_t *packed, const cn_poly *s, const cn_context *ctx) {
    size_t n = ctx->params.n;
    uint64_t *x = cn_malloc(n, sizeof *x);
    if (!x) return CN_ERR_MEMORY;
    memcpy(x, s->c, n * sizeof *x); /* modulo the first prime: that is enough */
    cn_ntt_inverse(x, &ctx->ring.ntt[0]);
    memset(packed, 0, cn_ternary_bytes(n));
    for (size_t k = n; k-- > 0;) { /* Horner's scheme */
        uint64_t minus = ~cn_ct_mask_lt(x[k], 2); /* q - 1 */
        packed[k / 5] = (uint8_t)(3 * packed[k / 5] + (uint8_t)cn_ct_select(minus, 2, x[k]));
    }
    cn_free_secret(x, n * sizeof *x);
    return CN_OK;
}

/** The inverse.  Out: s and minus_s of the key.  Returns: CN_OK, CN_ERR_MEMORY, CN_ERR_RANGE (a byte with a sixth digit, or
 *  digits behind the last coefficient). */
static cn_status unpack_ternary(cn_secret_key *sk, const uint8_t *packed, const cn_context *ctx) {
    size_t n = ctx->params.n;
    bool special = ctx->params.special != 0;
    cn_status status = CN_OK;
    uint8_t bad = 0;
    int8_t *x = cn_malloc(n, 1);
    if (!x) return CN_ERR_MEMORY;
    for (size_t j = 0; j < cn_ternary_bytes(n); j++) {
        unsigned rest = packed[j];
        for (size_t k = 5 * j; k < CN_MIN(5 * j + 5, n); k++) {
            unsigned third = rest * 171 >> 9, code = rest - 3 * third; /* rest / 3, exact below 512 without a division */
            x[k] = (int8_t)((code & 1) - (code >> 1));
            rest = third;
        }
        bad |= (uint8_t)rest;
    }
    CN_PUBLIC(&bad, sizeof bad); /* that a file is no key is visible */
    if (bad) CN_CHECK(cn_fail(CN_ERR_RANGE, "secret key: a coefficient is not -1, 0 or 1; the file is damaged"));
    CN_CHECK(cn_poly_init(&sk->s, &ctx->ring, ctx->params.limbs, special, CN_COEFF));
    CN_CHECK(cn_poly_init(&sk->minus_s, &ctx->ring, ctx->params.limbs, special, CN_NTT));
    cn_load_small(&sk->s, x, &ctx->ring);
    cn_poly_neg(&sk->minus_s, &sk->s, &ctx->ring);
cleanup:
    cn_free_secret(x, n);
    return status;
}

/* ---- secret keys --------------------------------------------------------------------------- */

cn_status cn_secret_key_write(const cn_secret_key *sk, const cn_plan *p, const cn_context *ctx, const char *path, bool fresh) {
    cn_status status = CN_OK;
    size_t size = secret_key_bytes(&p->params);
    uint8_t *packed = cn_malloc(size, 1);
    if (!packed) return CN_ERR_MEMORY;
    CN_CHECK(pack_ternary(packed, &sk->s, ctx));
    CN_PUBLIC(packed, size); /* goes to its owner's file */
    CN_CHECK(cn_frame_write(path, cn_frame_info(CN_OBJECT_SECRET_KEY, p, sk->id, 0), &(cn_bytes){packed, size}, 1, fresh));
cleanup:
    cn_free_secret(packed, size);
    return status;
}

cn_status cn_secret_key_parse(cn_secret_key **out, const cn_plan *p, const cn_context *ctx, const uint8_t *data, size_t size) {
    cn_frame f;
    *out = NULL;
    CN_TRY(cn_bfv_only(ctx));
    CN_TRY(cn_frame_open(&f, data, size));
    CN_TRY(cn_frame_expect(&f, CN_OBJECT_SECRET_KEY, p, secret_key_bytes(&p->params)));
    if (f.info.retired)
        return cn_fail(CN_ERR_STATE, "secret key: retired after a reply that did not decrypt; make new keys (cryptonets keygen)");
    cn_status status = CN_OK;
    cn_secret_key *sk = cn_calloc(1, sizeof *sk);
    if (!sk) return CN_ERR_MEMORY;
    memcpy(sk->digest, ctx->digest, sizeof sk->digest);
    memcpy(sk->id, f.info.key_id, sizeof sk->id);
    CN_CHECK(unpack_ternary(sk, f.payload, ctx));
    *out = sk;
    sk = NULL;
cleanup:
    cn_secret_key_free(sk);
    return status;
}

/** Read a file whose content is secret. */
static cn_status read_secret(uint8_t **data, size_t *size, const char *path, size_t payload) {
    CN_TRY(cn_frame_read(data, size, path, CN_OBJECT_SECRET_KEY, payload));
    if (*size > CN_FRAME_HEADER) CN_SECRET(*data + CN_FRAME_HEADER, *size - CN_FRAME_HEADER);
    return CN_OK;
}

cn_status cn_secret_key_read(cn_secret_key **sk, const cn_plan *p, const cn_context *ctx, const char *path) {
    uint8_t *data;
    size_t size;
    CN_TRY(read_secret(&data, &size, path, secret_key_bytes(&p->params)));
    cn_status status = cn_secret_key_parse(sk, p, ctx, data, size);
    cn_free_secret(data, size);
    return cn_fail_prefix(status, "%s", path);
}

cn_status cn_secret_key_retire(const char *path) {
    if (!path) return cn_fail(CN_ERR_NULL, "secret key: expected a path, found NULL");
    uint8_t *data;
    size_t size;
    cn_frame f;
    CN_TRY(read_secret(&data, &size, path, cn_ternary_bytes(65536)));
    cn_status status = CN_OK;
    CN_CHECK(cn_frame_open(&f, data, size));
    if (f.info.type != CN_OBJECT_SECRET_KEY)
        CN_CHECK(cn_fail(CN_ERR_MISMATCH, "secret key: expected one, found a %s; nothing was changed", cn_object_name(f.info.type)));
    f.info.retired = 1;
    CN_PUBLIC(f.payload, f.size); /* goes back to its owner's file */
    CN_CHECK(cn_frame_write(path, f.info, &(cn_bytes){f.payload, f.size}, 1, false));
cleanup:
    cn_free_secret(data, size);
    return cn_fail_prefix(status, "%s", path);
}

/* ---- clients ------------------------------------------------------------------------------- */

static cn_status save(const cn_client *c, const char *secret_key, const char *public_key, const char *evaluation_key, bool fresh) {
    if (!c) return cn_fail(CN_ERR_NULL, "keys: expected a client, found NULL");
    if ((secret_key && !c->sk) || (public_key && !c->pk) || (evaluation_key && !c->rk))
        return cn_fail(CN_ERR_STATE, "keys: this client has no %s key; leave its file out",
                       secret_key && !c->sk ? "secret" : public_key && !c->pk ? "public" : "evaluation");
    CN_TRY(cn_bfv_only(c->ctx));
    const char *done[2] = {NULL, NULL};
    cn_status status = CN_OK;
    if (public_key) CN_CHECK(cn_public_key_write(c->pk, c->plan, c->ctx, public_key, fresh));
    done[0] = public_key;
    if (evaluation_key) CN_CHECK(cn_evaluation_key_write(c->rk, c->plan, c->ctx, evaluation_key, fresh));
    done[1] = evaluation_key;
    if (secret_key) CN_CHECK(cn_secret_key_write(c->sk, c->plan, c->ctx, secret_key, fresh));
cleanup:
    for (int k = 0; status != CN_OK && fresh && k < 2; k++)
        if (done[k]) unlink(done[k]);
    return status;
}

cn_status cn_client_save(const cn_client *c, const char *secret_key, const char *public_key, const char *evaluation_key) {
    return save(c, secret_key, public_key, evaluation_key, false);
}

cn_status cn_client_save_new(const cn_client *c, const char *secret_key, const char *public_key, const char *evaluation_key) {
    return save(c, secret_key, public_key, evaluation_key, true);
}

cn_status cn_client_load(cn_client **out, const cn_plan *p, const char *secret_key, const char *public_key, unsigned threads) {
    if (out) *out = NULL;
    if (!out || !p || (!secret_key && !public_key))
        return cn_fail(CN_ERR_NULL, "client: expected a place for the result, a plan and a key file, found NULL");
    if (public_key && !p->options.public_key)
        return cn_fail(CN_ERR_STATE, "%s: the plan encrypts under the secret key; expected no public key", public_key);
    cn_status status = CN_OK;
    cn_client *c;
    CN_TRY(cn_client_bare(&c, p, threads));
    if (secret_key) CN_CHECK(cn_secret_key_read(&c->sk, p, c->ctx, secret_key));
    if (public_key) CN_CHECK(cn_public_key_read(&c->pk, p, c->ctx, public_key));
    if (c->sk && c->pk && memcmp(c->sk->id, c->pk->id, sizeof c->sk->id) != 0)
        CN_CHECK(cn_fail(CN_ERR_MISMATCH, "%s: not the public key that belongs to %s; expected a pair", public_key, secret_key));
    *out = c;
    c = NULL;
cleanup:
    cn_client_free(c);
    return status;
}
