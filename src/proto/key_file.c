/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Public and evaluation keys in files: a seed, and packed residues. What is uniform is expanded from the seed, so that nobody can choose it. */

#include "proto/key_file.h"

#include <string.h>

#include "he/pack.h"
#include "he/params.h"
#include "he/scheme.h"
#include "util/bytes.h"
#include "util/mem.h"
#include "util/status.h"

/* ---- polynomials --------------------------------------------------------------------------- */

size_t cn_poly_packed_bytes(const cn_poly *p, const cn_ring *ring) {
    size_t bytes = 0;
    for (unsigned i = 0; i < p->limbs; i++) bytes += cn_packed_bytes(p->n, cn_poly_ntt(p, i, ring)->mod.bits);
    return bytes;
}

uint8_t *cn_poly_pack(uint8_t *out, const cn_poly *p, const cn_ring *ring) {
    for (unsigned i = 0; i < p->limbs; i++) {
        const cn_mod *m = &cn_poly_ntt(p, i, ring)->mod;
        cn_pack(out, cn_poly_limb(p, i), p->n, m);
        out += cn_packed_bytes(p->n, m->bits);
    }
    return out;
}

const uint8_t *cn_poly_unpack(cn_poly *p, const uint8_t *in, const char *object, const cn_ring *ring) {
    for (unsigned i = 0; i < p->limbs; i++) {
        const cn_mod *m = &cn_poly_ntt(p, i, ring)->mod;
        if (!cn_unpack(cn_poly_limb(p, i), in, p->n, m)) {
            (void)cn_fail(CN_ERR_RANGE, "%s: a residue is not below its prime; the file is damaged, or made by a faulty program", object);
            return NULL;
        }
        in += cn_packed_bytes(p->n, m->bits);
    }
    return in;
}

cn_status cn_bfv_only(const cn_context *ctx) {
    if (ctx->params.scheme == CN_SCHEME_BFV) return CN_OK;
    return cn_fail(CN_ERR_UNSUPPORTED, "%s is for research only and has no files for keys; plan with BFV", ctx->scheme->name);
}

/* ---- public keys --------------------------------------------------------------------------- */

static size_t public_key_bytes(const cn_params *q) { return CN_SEED_BYTES + q->n / 8 * cn_params_level_bits(q, q->limbs); }

cn_status cn_public_key_write(const cn_public_key *pk, const cn_plan *p, const cn_context *ctx, const char *path, bool fresh) {
    CN_TRY(cn_bfv_only(ctx));
    size_t size = cn_poly_packed_bytes(&pk->b, &ctx->ring);
    uint8_t *packed = cn_malloc(size, 1);
    if (!packed) return CN_ERR_MEMORY;
    cn_poly_pack(packed, &pk->b, &ctx->ring);
    cn_bytes part[] = {{pk->seed, sizeof pk->seed}, {packed, size}};
    cn_status status = cn_frame_write(path, cn_frame_info(CN_OBJECT_PUBLIC_KEY, p, pk->id, 0), part, 2, fresh);
    cn_free(packed);
    return status;
}

cn_status cn_public_key_parse(cn_public_key **out, const cn_plan *p, const cn_context *ctx, const uint8_t *data, size_t size) {
    cn_frame f;
    *out = NULL;
    CN_TRY(cn_bfv_only(ctx));
    CN_TRY(cn_frame_open(&f, data, size));
    CN_TRY(cn_frame_expect(&f, CN_OBJECT_PUBLIC_KEY, p, public_key_bytes(&p->params)));
    cn_status status = CN_OK;
    cn_public_key *pk = cn_calloc(1, sizeof *pk);
    if (!pk) return CN_ERR_MEMORY;
    memcpy(pk->digest, ctx->digest, sizeof pk->digest);
    memcpy(pk->id, f.info.key_id, sizeof pk->id);
    memcpy(pk->seed, f.payload, sizeof pk->seed);
    CN_CHECK(cn_poly_init(&pk->b, &ctx->ring, ctx->params.limbs, false, CN_NTT));
    CN_CHECK(cn_poly_init(&pk->a, &ctx->ring, ctx->params.limbs, false, CN_NTT));
    if (!cn_poly_unpack(&pk->b, f.payload + sizeof pk->seed, "public key", &ctx->ring)) CN_CHECK(CN_ERR_RANGE);
    cn_sample_uniform_poly_var(&pk->a, pk->seed, CN_ROLE_PUBLIC_KEY, 0, &ctx->ring);
    *out = pk;
    pk = NULL;
cleanup:
    cn_public_key_free(pk);
    return status;
}

cn_status cn_public_key_read(cn_public_key **pk, const cn_plan *p, const cn_context *ctx, const char *path) {
    uint8_t *data;
    size_t size;
    *pk = NULL;
    CN_TRY(cn_frame_read(&data, &size, path, CN_OBJECT_PUBLIC_KEY, public_key_bytes(&p->params)));
    cn_status status = cn_public_key_parse(pk, p, ctx, data, size);
    cn_free(data);
    return cn_fail_prefix(status, "%s", path);
}

cn_status cn_public_key_load(cn_public_key **pk, const cn_plan *p, const char *path) {
    if (pk) *pk = NULL;
    if (!pk || !p || !path) return cn_fail(CN_ERR_NULL, "public key: expected a place for the result, a plan and a path, found NULL");
    if (!cn_plan_public_key_needed(p)) return cn_fail(CN_ERR_STATE, "public key: the plan of %s needs none; leave it out", p->model_name);
    cn_context *ctx;
    CN_TRY(cn_context_new(&ctx, &p->params));
    cn_status status = cn_public_key_read(pk, p, ctx, path);
    cn_context_free(ctx);
    return status;
}

/* ---- evaluation keys ----------------------------------------------------------------------- */

size_t cn_relin_pack(uint8_t *out, const cn_relin_key *rk, const cn_context *ctx) {
    uint8_t *at = out;
    for (unsigned d = 0; d < rk->digits; d++) at = cn_poly_pack(at, &rk->b[d], &ctx->ring);
    return (size_t)(at - out);
}

cn_status cn_relin_unpack(cn_relin_key **out, const uint8_t **in, unsigned power, const uint8_t id[CN_KEY_ID_BYTES], const char *object,
                          const cn_context *ctx) {
    cn_status status = CN_OK;
    bool special = ctx->params.special != 0;
    *out = NULL;
    cn_relin_key *rk = cn_calloc(1, sizeof *rk);
    if (!rk) return CN_ERR_MEMORY;
    memcpy(rk->digest, ctx->digest, sizeof rk->digest);
    memcpy(rk->id, id, sizeof rk->id);
    memcpy(rk->seed, *in, sizeof rk->seed);
    rk->power = power;
    rk->digits = (rk->power - 1) * ctx->digits[ctx->params.limbs];
    rk->b = cn_calloc(rk->digits, sizeof *rk->b);
    rk->a = cn_calloc(rk->digits, sizeof *rk->a);
    if (!rk->b || !rk->a) CN_CHECK(CN_ERR_MEMORY);
    *in += sizeof rk->seed;
    for (unsigned d = 0; d < rk->digits; d++) {
        CN_CHECK(cn_poly_init(&rk->b[d], &ctx->ring, ctx->params.limbs, special, CN_NTT));
        CN_CHECK(cn_poly_init(&rk->a[d], &ctx->ring, ctx->params.limbs, special, CN_NTT));
        *in = cn_poly_unpack(&rk->b[d], *in, object, &ctx->ring);
        if (!*in) CN_CHECK(CN_ERR_RANGE);
        cn_sample_uniform_poly_var(&rk->a[d], rk->seed, CN_ROLE_RELIN_KEY, d, &ctx->ring);
    }
    *out = rk;
    rk = NULL;
cleanup:
    cn_relin_key_free(rk);
    return status;
}

cn_status cn_evaluation_key_write(const cn_relin_key *rk, const cn_plan *p, const cn_context *ctx, const char *path, bool fresh) {
    CN_TRY(cn_bfv_only(ctx));
    size_t size = cn_relin_key_wire_bytes(rk, ctx) - CN_SEED_BYTES;
    uint8_t *packed = cn_malloc(size, 1);
    if (!packed) return CN_ERR_MEMORY;
    cn_relin_pack(packed, rk, ctx);
    cn_bytes part[] = {{rk->seed, sizeof rk->seed}, {packed, size}};
    cn_status status = cn_frame_write(path, cn_frame_info(CN_OBJECT_EVALUATION_KEY, p, rk->id, 0), part, 2, fresh);
    cn_free(packed);
    return status;
}

/** Bytes of the evaluation key of a plan, or a refusal where it has none. */
static cn_status evaluation_key_bytes(size_t *bytes, const cn_plan *p) {
    size_t request, reply;
    cn_plan_bytes(p, &request, &reply, bytes);
    if (*bytes) return CN_OK;
    return cn_fail(CN_ERR_STATE, "evaluation key: the plan of %s needs none; leave it out", p->model_name);
}

cn_status cn_evaluation_key_parse(cn_relin_key **out, const cn_plan *p, const cn_context *ctx, const uint8_t *data, size_t size) {
    cn_frame f;
    size_t bytes;
    *out = NULL;
    CN_TRY(cn_bfv_only(ctx));
    CN_TRY(evaluation_key_bytes(&bytes, p));
    CN_TRY(cn_frame_open(&f, data, size));
    CN_TRY(cn_frame_expect(&f, CN_OBJECT_EVALUATION_KEY, p, bytes));
    const uint8_t *at = f.payload;
    return cn_relin_unpack(out, &at, p->key_power, f.info.key_id, "evaluation key", ctx);
}

cn_status cn_evaluation_key_load(cn_relin_key **rk, const cn_plan *p, const char *path) {
    if (rk) *rk = NULL;
    if (!rk || !p || !path) return cn_fail(CN_ERR_NULL, "evaluation key: expected a place for the result, a plan and a path, found NULL");
    cn_status status = CN_OK;
    cn_context *ctx = NULL;
    uint8_t *data = NULL;
    size_t size, bytes;
    CN_CHECK(evaluation_key_bytes(&bytes, p));
    CN_CHECK(cn_frame_read(&data, &size, path, CN_OBJECT_EVALUATION_KEY, bytes));
    CN_CHECK(cn_context_new(&ctx, &p->params));
    CN_CHECK(cn_fail_prefix(cn_evaluation_key_parse(rk, p, ctx, data, size), "%s", path));
cleanup:
    cn_context_free(ctx);
    cn_free(data);
    return status;
}
