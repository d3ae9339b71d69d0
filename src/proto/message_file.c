/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Requests and replies in files. */

#include <string.h>

#include "he/pack.h"
#include "nn/wire.h"
#include "proto/key_file.h"
#include "util/map.h"
#include "util/mem.h"
#include "util/status.h"

size_t cn_request_count(const cn_request *r) { return r->count; }
size_t cn_reply_count(const cn_reply *r) { return r->count; }

/** The number of images that a header gives.  Returns: CN_OK, CN_ERR_SIZE. */
static cn_status check_count(const cn_frame *f, const cn_plan *p) {
    if (f->info.count >= 1 && f->info.count <= p->params.n) return CN_OK;
    return cn_fail(CN_ERR_SIZE, "%s: %llu images; expected 1 to %zu, the slots of the plan", cn_object_name(f->info.type),
                   (unsigned long long)f->info.count, p->params.n);
}

/* ---- requests ------------------------------------------------------------------------------ */

cn_status cn_request_save(const cn_request *r, const cn_plan *p, const char *path) {
    if (!r || !p || !path) return cn_fail(CN_ERR_NULL, "request: expected one, a plan and a path, found NULL");
    if (memcmp(r->plan_digest, p->digest, sizeof r->plan_digest) != 0)
        return cn_fail(CN_ERR_MISMATCH, "request: belongs to another plan; expected the plan that it was encrypted under");
    cn_bytes part[] = {{r->seed, sizeof r->seed}, {r->data, r->bytes}};
    return cn_frame_write(path, cn_frame_info(CN_OBJECT_REQUEST, p, r->key_id, r->count), part, 2, false);
}

cn_status cn_request_parse(cn_request **out, const cn_plan *p, const uint8_t *data, size_t size) {
    cn_frame f;
    size_t bytes, reply, key;
    *out = NULL;
    cn_plan_bytes(p, &bytes, &reply, &key);
    CN_TRY(cn_frame_open(&f, data, size));
    CN_TRY(cn_frame_expect(&f, CN_OBJECT_REQUEST, p, bytes));
    CN_TRY(check_count(&f, p));
    cn_request *r = cn_calloc(1, sizeof *r);
    if (!r) return CN_ERR_MEMORY;
    memcpy(r->plan_digest, p->digest, sizeof r->plan_digest);
    memcpy(r->key_id, f.info.key_id, sizeof r->key_id);
    memcpy(r->seed, f.payload, sizeof r->seed);
    r->count = f.info.count;
    r->parts = cn_plan_request_parts(p);
    r->bytes = f.size - sizeof r->seed;
    r->cipher_bytes = r->bytes / (p->params.plains * p->inputs);
    r->data = (uint8_t *)(uintptr_t)(f.payload + sizeof r->seed); /* never written to */
    r->borrowed = true;
    *out = r;
    return CN_OK;
}

cn_status cn_request_load(cn_request **r, const cn_plan *p, const char *path) {
    if (r) *r = NULL;
    if (!r || !p || !path) return cn_fail(CN_ERR_NULL, "request: expected a place for the result, a plan and a path, found NULL");
    void *data;
    size_t size;
    CN_TRY(cn_map_file(&data, &size, path));
    cn_status status = cn_request_parse(r, p, data, size);
    if (status == CN_OK) (*r)->mapped = true, (*r)->map = data, (*r)->map_bytes = size;
    else cn_map_free(data, size);
    return cn_fail_prefix(status, "%s", path);
}

/* ---- replies ------------------------------------------------------------------------------- */

cn_status cn_reply_save(const cn_reply *r, const cn_plan *p, const char *path) {
    if (!r || !p || !path) return cn_fail(CN_ERR_NULL, "reply: expected one, a plan and a path, found NULL");
    if (memcmp(r->plan_digest, p->digest, sizeof r->plan_digest) != 0)
        return cn_fail(CN_ERR_MISMATCH, "reply: belongs to another plan; expected the plan of the request");
    cn_status status = CN_OK;
    cn_context *ctx = NULL;
    uint8_t *packed = cn_malloc(r->wire_bytes, 1), *at = packed;
    if (!packed) return CN_ERR_MEMORY;
    CN_CHECK(cn_context_new(&ctx, &p->params));
    for (size_t i = 0; i < r->ciphers; i++)
        for (unsigned k = 0; k < r->cipher[i]->parts; k++) at = cn_poly_pack(at, &r->cipher[i]->part[k], &ctx->ring);
    cn_bytes part[] = {{r->request, sizeof r->request}, {packed, r->wire_bytes}};
    CN_CHECK(cn_frame_write(path, cn_frame_info(CN_OBJECT_REPLY, p, r->key_id, r->count), part, 2, false));
cleanup:
    cn_context_free(ctx);
    cn_free(packed);
    return status;
}

cn_status cn_reply_parse(cn_reply **out, const cn_plan *p, const cn_context *ctx, const uint8_t *data, size_t size) {
    cn_frame f;
    size_t request, bytes, key;
    *out = NULL;
    cn_plan_bytes(p, &request, &bytes, &key);
    CN_TRY(cn_frame_open(&f, data, size));
    CN_TRY(cn_frame_expect(&f, CN_OBJECT_REPLY, p, CN_REQUEST_NAME_BYTES + bytes));
    CN_TRY(check_count(&f, p));
    cn_status status = CN_OK;
    cn_reply *r;
    CN_TRY(cn_reply_new(&r, p, f.info.count));
    memcpy(r->key_id, f.info.key_id, sizeof r->key_id);
    memcpy(r->request, f.payload, sizeof r->request);
    const uint8_t *at = f.payload + sizeof r->request;
    for (size_t i = 0; i < r->ciphers; i++) {
        unsigned branch = (unsigned)(i / p->outputs);
        CN_CHECK(cn_cipher_new(&r->cipher[i], p->output_power, cn_plan_reply_limbs(p), branch, ctx));
        r->cipher[i]->factor = cn_plan_reply_factor(p, branch, ctx);
        for (unsigned k = 0; k < r->cipher[i]->parts; k++)
            if (!(at = cn_poly_unpack(&r->cipher[i]->part[k], at, "reply", &ctx->ring))) CN_CHECK(CN_ERR_RANGE);
    }
    *out = r;
    r = NULL;
cleanup:
    cn_reply_free(r);
    return status;
}

cn_status cn_reply_load(cn_reply **r, const cn_plan *p, const char *path) {
    if (r) *r = NULL;
    if (!r || !p || !path) return cn_fail(CN_ERR_NULL, "reply: expected a place for the result, a plan and a path, found NULL");
    cn_status status = CN_OK;
    cn_context *ctx = NULL;
    uint8_t *data = NULL;
    size_t size, request, bytes, key;
    cn_plan_bytes(p, &request, &bytes, &key);
    CN_CHECK(cn_frame_read(&data, &size, path, CN_OBJECT_REPLY, CN_REQUEST_NAME_BYTES + bytes));
    CN_CHECK(cn_context_new(&ctx, &p->params));
    CN_CHECK(cn_fail_prefix(cn_reply_parse(r, p, ctx, data, size), "%s", path));
cleanup:
    cn_context_free(ctx);
    cn_free(data);
    return status;
}
