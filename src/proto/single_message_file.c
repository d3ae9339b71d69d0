/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Requests and replies of packed evaluation in files. */

#include <string.h>

#include "proto/single_file.h"
#include "util/mem.h"
#include "util/status.h"

size_t cn_single_request_count(const cn_single_request *r) { return r->count; }
size_t cn_single_reply_count(const cn_single_reply *r) { return r->count; }

/** The number of images that a header gives.  Returns: CN_OK, CN_ERR_SIZE. */
static cn_status check_count(const cn_frame *f, const cn_single_plan *p) {
    if (f->info.count >= 1 && f->info.count <= p->layout.images) return CN_OK;
    return cn_fail(CN_ERR_SIZE, "%s: %llu images; expected 1 to %u, those that the plan is for", cn_object_name(f->info.type),
                   (unsigned long long)f->info.count, p->layout.images);
}

/* ---- requests ------------------------------------------------------------------------------ */

cn_status cn_single_request_save(const cn_single_request *r, const cn_single_plan *p, const char *path) {
    if (!r || !p || !path) return cn_fail(CN_ERR_NULL, "packed request: expected one, a plan and a path, found NULL");
    if (memcmp(r->plan_digest, p->base.digest, sizeof r->plan_digest) != 0)
        return cn_fail(CN_ERR_MISMATCH, "packed request: belongs to another plan; expected the plan that it was encrypted under");
    cn_bytes part[] = {{r->seed, sizeof r->seed}, {r->data, r->bytes}};
    return cn_frame_write(path, cn_frame_info(CN_OBJECT_SINGLE_REQUEST, &p->base, r->key_id, r->count), part, 2, false);
}

cn_status cn_single_request_parse(cn_single_request **out, const cn_single_plan *p, const uint8_t *data, size_t size) {
    cn_frame f;
    *out = NULL;
    CN_TRY(cn_frame_open(&f, data, size));
    CN_TRY(cn_frame_expect(&f, CN_OBJECT_SINGLE_REQUEST, &p->base, p->upload));
    CN_TRY(check_count(&f, p));
    cn_single_request *r = cn_calloc(1, sizeof *r);
    if (!r) return CN_ERR_MEMORY;
    memcpy(r->plan_digest, p->base.digest, sizeof r->plan_digest);
    memcpy(r->key_id, f.info.key_id, sizeof r->key_id);
    memcpy(r->seed, f.payload, sizeof r->seed);
    r->count = f.info.count;
    r->bytes = f.size - sizeof r->seed;
    r->cipher_bytes = r->bytes / (p->base.params.plains * p->layer[0].inputs);
    r->data = cn_malloc(r->bytes, 1);
    if (!r->data) {
        cn_single_request_free(r);
        return CN_ERR_MEMORY;
    }
    memcpy(r->data, f.payload + sizeof r->seed, r->bytes);
    *out = r;
    return CN_OK;
}

cn_status cn_single_request_load(cn_single_request **r, const cn_single_plan *p, const char *path) {
    if (r) *r = NULL;
    if (!r || !p || !path)
        return cn_fail(CN_ERR_NULL, "packed request: expected a place for the result, a plan and a path, found NULL");
    uint8_t *data;
    size_t size;
    CN_TRY(cn_frame_read(&data, &size, path, CN_OBJECT_SINGLE_REQUEST, p->upload));
    cn_status status = cn_single_request_parse(r, p, data, size);
    cn_free(data);
    return cn_fail_prefix(status, "%s", path);
}

/* ---- replies ------------------------------------------------------------------------------- */

cn_status cn_single_reply_save(const cn_single_reply *r, const cn_single_plan *p, const char *path) {
    if (!r || !p || !path) return cn_fail(CN_ERR_NULL, "packed reply: expected one, a plan and a path, found NULL");
    if (memcmp(r->plan_digest, p->base.digest, sizeof r->plan_digest) != 0)
        return cn_fail(CN_ERR_MISMATCH, "packed reply: belongs to another plan; expected the plan of the request");
    cn_status status = CN_OK;
    cn_context *ctx = NULL;
    uint8_t *packed = cn_malloc(r->wire_bytes, 1), *at = packed;
    if (!packed) return CN_ERR_MEMORY;
    CN_CHECK(cn_context_new(&ctx, &p->base.params));
    for (unsigned j = 0; j < p->base.params.plains; j++)
        for (unsigned k = 0; k < r->cipher[j]->parts; k++) at = cn_poly_pack(at, &r->cipher[j]->part[k], &ctx->ring);
    cn_bytes part[] = {{r->request, sizeof r->request}, {packed, r->wire_bytes}};
    CN_CHECK(cn_frame_write(path, cn_frame_info(CN_OBJECT_SINGLE_REPLY, &p->base, r->key_id, r->count), part, 2, false));
cleanup:
    cn_context_free(ctx);
    cn_free(packed);
    return status;
}

cn_status cn_single_reply_parse(cn_single_reply **out, const cn_single_plan *p, const cn_context *ctx, const uint8_t *data,
                                size_t size) {
    cn_frame f;
    *out = NULL;
    CN_TRY(cn_frame_open(&f, data, size));
    CN_TRY(cn_frame_expect(&f, CN_OBJECT_SINGLE_REPLY, &p->base, CN_REQUEST_NAME_BYTES + p->reply));
    CN_TRY(check_count(&f, p));
    cn_status status = CN_OK;
    cn_single_reply *r = cn_calloc(1, sizeof *r);
    if (!r) return CN_ERR_MEMORY;
    memcpy(r->plan_digest, p->base.digest, sizeof r->plan_digest);
    memcpy(r->key_id, f.info.key_id, sizeof r->key_id);
    memcpy(r->request, f.payload, sizeof r->request);
    r->count = f.info.count;
    r->wire_bytes = p->reply;
    const uint8_t *at = f.payload + sizeof r->request;
    for (unsigned j = 0; j < p->base.params.plains; j++) {
        CN_CHECK(cn_cipher_new(&r->cipher[j], cn_single_reply_power(p), p->layer[p->layers - 1].after, j, ctx));
        r->cipher[j]->factor = cn_plan_reply_factor(&p->base, j, ctx);
        for (unsigned k = 0; k < r->cipher[j]->parts; k++)
            if (!(at = cn_poly_unpack(&r->cipher[j]->part[k], at, "packed reply", &ctx->ring))) CN_CHECK(CN_ERR_RANGE);
    }
    *out = r;
    r = NULL;
cleanup:
    cn_single_reply_free(r);
    return status;
}

cn_status cn_single_reply_load(cn_single_reply **r, const cn_single_plan *p, const char *path) {
    if (r) *r = NULL;
    if (!r || !p || !path)
        return cn_fail(CN_ERR_NULL, "packed reply: expected a place for the result, a plan and a path, found NULL");
    cn_status status = CN_OK;
    cn_context *ctx = NULL;
    uint8_t *data = NULL;
    size_t size;
    CN_CHECK(cn_frame_read(&data, &size, path, CN_OBJECT_SINGLE_REPLY, CN_REQUEST_NAME_BYTES + p->reply));
    CN_CHECK(cn_context_new(&ctx, &p->base.params));
    CN_CHECK(cn_fail_prefix(cn_single_reply_parse(r, p, ctx, data, size), "%s", path));
cleanup:
    cn_context_free(ctx);
    cn_free(data);
    return status;
}
