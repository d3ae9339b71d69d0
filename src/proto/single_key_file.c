/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The evaluation key of a packed plan: relinearisation where the plan needs it, then its rotations, in the order of the plan,
 *  each at its level; of either a seed and packed residues. */

#include <string.h>

#include "he/rotate.h"
#include "proto/single_file.h"
#include "util/mem.h"
#include "util/status.h"

/* ---- writing ------------------------------------------------------------------------------- */

cn_status cn_single_evaluation_key_write(const cn_relin_key *relin, const cn_rotation_key *rotations, const cn_single_plan *p,
                                         const cn_context *ctx, const char *path, bool fresh) {
    cn_bytes part[CN_FRAME_PARTS];
    size_t parts = 0;
    uint8_t *packed = cn_malloc(p->keys, 1), *at = packed;
    if (!packed) return CN_ERR_MEMORY;
    if (relin) {
        part[parts++] = (cn_bytes){relin->seed, sizeof relin->seed};
        at += cn_relin_pack(at, relin, ctx);
        part[parts++] = (cn_bytes){packed, (size_t)(at - packed)};
    }
    uint8_t *middle = at;
    part[parts++] = (cn_bytes){rotations->seed, sizeof rotations->seed};
    for (size_t i = 0; i < rotations->count; i++)
        for (unsigned d = 0; d < rotations->part[i].digits; d++) at = cn_poly_pack(at, &rotations->part[i].b[d], &ctx->ring);
    part[parts++] = (cn_bytes){middle, (size_t)(at - middle)};
    cn_status status =
        cn_frame_write(path, cn_frame_info(CN_OBJECT_SINGLE_EVALUATION_KEY, &p->base, rotations->id, 0), part, parts, fresh);
    cn_free(packed);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------- */

/** Out: *out; *at behind it. */
static cn_status read_rotations(cn_rotation_key **out, const uint8_t **at, const cn_single_plan *p, const cn_frame *f,
                                const cn_context *ctx) {
    cn_status status = CN_OK;
    cn_rotation_key *rk = NULL;
    CN_CHECK(cn_rotation_key_reserve(&rk, p->rotation, p->rotations, ctx));
    memcpy(rk->id, f->info.key_id, sizeof rk->id);
    memcpy(rk->seed, *at, sizeof rk->seed);
    *at += sizeof rk->seed;
    for (size_t i = 0; i < rk->count; i++)
        for (unsigned d = 0; d < rk->part[i].digits; d++)
            if (!(*at = cn_poly_unpack(&rk->part[i].b[d], *at, "packed evaluation key", &ctx->ring))) CN_CHECK(CN_ERR_RANGE);
    cn_rotation_key_expand(rk, ctx);
    *out = rk;
    rk = NULL;
cleanup:
    cn_rotation_key_free(rk);
    return status;
}

/** Whether a plan has an evaluation key, or a refusal. */
static cn_status check_needed(const cn_single_plan *p) {
    if (p->keys) return CN_OK;
    return cn_fail(CN_ERR_STATE, "packed evaluation key: the plan of %s needs none; leave it out", p->base.model_name);
}

cn_status cn_single_evaluation_key_parse(cn_relin_key **relin, cn_rotation_key **rotations, const cn_single_plan *p,
                                         const cn_context *ctx, const uint8_t *data, size_t size) {
    cn_frame f;
    cn_status status = CN_OK;
    *relin = NULL;
    *rotations = NULL;
    CN_TRY(check_needed(p));
    CN_TRY(cn_frame_open(&f, data, size));
    CN_TRY(cn_frame_expect(&f, CN_OBJECT_SINGLE_EVALUATION_KEY, &p->base, p->keys));
    const uint8_t *at = f.payload;
    if (cn_single_relinearises(p)) CN_CHECK(cn_relin_unpack(relin, &at, 2, f.info.key_id, "packed evaluation key", ctx));
    CN_CHECK(read_rotations(rotations, &at, p, &f, ctx));
cleanup:
    if (status != CN_OK) {
        cn_relin_key_free(*relin);
        *relin = NULL;
    }
    return status;
}

cn_status cn_single_evaluation_key_load(cn_relin_key **relin, cn_rotation_key **rotations, const cn_single_plan *p,
                                        const char *path) {
    if (relin) *relin = NULL;
    if (rotations) *rotations = NULL;
    if (!relin || !rotations || !p || !path)
        return cn_fail(CN_ERR_NULL, "packed evaluation key: expected places for two keys, a plan and a path, found NULL");
    cn_status status = CN_OK;
    cn_context *ctx = NULL;
    uint8_t *data = NULL;
    size_t size;
    CN_CHECK(check_needed(p));
    CN_CHECK(cn_frame_read(&data, &size, path, CN_OBJECT_SINGLE_EVALUATION_KEY, p->keys));
    CN_CHECK(cn_context_new(&ctx, &p->base.params));
    CN_CHECK(cn_fail_prefix(cn_single_evaluation_key_parse(relin, rotations, p, ctx, data, size), "%s", path));
cleanup:
    cn_context_free(ctx);
    cn_free(data);
    return status;
}
