/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Packed plans: what is accepted has sound parameters and shapes, is written again as it was read, serves a client, and is
 *  either refused for the fixed network or laid out for it again as it says. */

#include <string.h>

#include "fuzz.h"
#include "he/params.h"
#include "nn/single_client.h"
#include "ring/galois.h"
#include "util/mem.h"
#include "util/sha3.h"
#include "util/verify.h"

static void check_layouts(const cn_single_plan *p) {
    const cn_single_layer *first = &p->layer[0], *last = &p->layer[p->layers - 1];
    for (size_t s = 0; s < first->inputs * p->layout.slots; s++)
        FUZZ_CHECK(first->in[s] >= -1 && first->in[s] < (int32_t)p->base.inputs);
    for (size_t s = 0; s < p->layout.slots; s++) FUZZ_CHECK(last->out[s] >= -1 && last->out[s] < (int32_t)p->base.outputs);
}

static void check_shapes(const cn_single_plan *p) {
    size_t request, reply, keys;
    cn_single_plan_bytes(p, &request, &reply, &keys);
    FUZZ_CHECK(request > 0 && reply > 0 && (keys > 0) == (p->rotations > 0));
    FUZZ_CHECK(p->layout.slots * p->layout.images == p->base.params.n && p->layers >= 2 && p->layers <= CN_SINGLE_LAYERS_MAX);
    for (size_t i = 0; i < p->rotations; i++) {
        FUZZ_CHECK(p->rotation[i].by && cn_rotation_valid(p->rotation[i].by, p->base.params.n));
        FUZZ_CHECK(p->rotation[i].limbs >= 1 && p->rotation[i].limbs <= p->base.params.limbs);
    }
    for (unsigned l = 0; l < p->layers; l++) FUZZ_CHECK(p->layer[l].after >= 1 && p->layer[l].after <= p->layer[l].limbs);
}

/** Both sides. */
static void use(const cn_single_plan *p) {
    cn_single_client *c;
    cn_single_plan *full;
    cn_context *ctx;
    cn_status s = cn_single_client_bare(&c, p, 1);
    FUZZ_CHECK((s == CN_OK) == (c != NULL));
    cn_single_client_free(c);
    if (cn_context_new(&ctx, &p->base.params) == CN_OK)
        for (unsigned j = 0; j < p->base.params.plains; j++) {
            uint64_t factor = cn_plan_reply_factor(&p->base, j, ctx);
            FUZZ_CHECK(factor >= 1 && factor < p->base.params.t[j]);
        }
    cn_context_free(ctx);
    s = cn_single_rebuild(&full, p, fuzz_get_single()->model);
    FUZZ_CHECK((s == CN_OK) == (full != NULL));
    if (full) FUZZ_CHECK(memcmp(full->base.digest, p->base.digest, 32) == 0 && full->keys == p->keys);
    cn_single_plan_free(full);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) { return (void)argc, (void)argv, (void)fuzz_get_single(), 0; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint64_t scratch[65536];
    cn_single_plan *p;
    if (cn_single_plan_parse(&p, data, size) != CN_OK) {
        FUZZ_CHECK(p == NULL);
        return 0;
    }
    FUZZ_CHECK(cn_params_check(&p->base.params) == CN_OK);
    uint8_t *again = cn_malloc(cn_single_content_room(p), 1);
    FUZZ_CHECK(again != NULL);
    FUZZ_CHECK(cn_single_content(again, p, scratch) == size - CN_FRAME_OVERHEAD);
    FUZZ_CHECK(memcmp(again, data + CN_FRAME_HEADER, size - CN_FRAME_OVERHEAD) == 0);
    cn_free(again);
    check_layouts(p);
    check_shapes(p);
    if (p->base.params.n <= 8192 && data[size - 1] % 16 == 0) use(p); /* takes a while */
    cn_single_plan_free(p);
    return 0;
}

/** The digests are those of the content where that is a plan. Some changes go to the fields before and behind the look-up
 *  table. */
size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed) {
    size = fuzz_repair_object(data, size, max, seed & ~16u, CN_OBJECT_SINGLE_PLAN);
    if (size < CN_FRAME_OVERHEAD) return size;
    cn_single_plan *p;
    size_t content = size - CN_FRAME_OVERHEAD;
    if (seed & 4) memset(data + 40, 0, 16);
    if (seed & 32 && content) {
        size_t fields = CN_MIN(content, (size_t)250), at = (seed >> 8) % (2 * fields); /* of either end */
        if (at >= fields) at = content - 1 - (at - fields);
        data[CN_FRAME_HEADER + at] ^= (uint8_t)(1u << (seed >> 20) % 8);
    }
    if (seed & 16 && cn_single_content_parse(&p, data + CN_FRAME_HEADER, content, data[8] == 2) == CN_OK) {
        cn_object_info info = cn_frame_info(CN_OBJECT_SINGLE_PLAN, &p->base, NULL, 0);
        memcpy(data + 56, info.params, 32);
        memcpy(data + 88, info.plan, 32);
        cn_single_plan_free(p);
    }
    cn_sha3_256(data + size - CN_FRAME_CHECKSUM, data, size - CN_FRAME_CHECKSUM);
    return size;
}
