/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The fixed plans, the mutator, and the way from sparse inputs to whole files. */

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/key_file.h"
#include "util/bytes.h"
#include "util/mem.h"
#include "util/sha3.h"
#include "util/verify.h"

#define WHOLE_MAX ((size_t)1 << 22) /* more than any object of the fixed plans */

static fuzz_world world;
static fuzz_single_world single;

static void must(cn_status status) {
    if (status == CN_OK) return;
    fprintf(stderr, "fuzz: %s\n", cn_error_text());
    abort();
}

/** One bit, squared twice: relinearisation, public key. */
static void make_world(void) {
    cn_model *m;
    cn_plan_options options = {.ring_degree = 4096, .public_key = 1, .plains = 1};
    must(cn_model_new(&m));
    m->input = (cn_shape){1, 1, 1};
    for (int v = 0; v < 256; v++) m->lut[v] = v & 1;
    m->layer[0].type = m->layer[2].type = CN_LAYER_SQUARE;
    m->layer[1].type = CN_LAYER_DENSE;
    m->layer_count = 3;
    must(cn_layer_alloc(&m->layer[1], 1, 1));
    m->layer[1].weight[0] = 1;
    m->has_window = true;
    m->window_t = 30000;
    must(cn_model_finish(m));
    world.model = m;
    must(cn_plan_new(&world.plan, m, &options));
    must(cn_context_new(&world.ctx, cn_plan_params(world.plan)));
}

const fuzz_world *fuzz_get(void) {
    if (!world.ctx) make_world();
    return &world;
}

/** Bits, squared twice between dense layers. */
static void make_single(void) {
    static const cn_layer_type type[] = {CN_LAYER_DENSE, CN_LAYER_SQUARE, CN_LAYER_DENSE, CN_LAYER_SQUARE, CN_LAYER_DENSE};
    cn_model *m;
    cn_single_options options = {.ring_degree = 8192, .images = 512};
    must(cn_model_new(&m));
    m->input = (cn_shape){1, 1, 3};
    for (int v = 0; v < 256; v++) m->lut[v] = v & 1;
    m->layer_count = CN_ARRAY_LEN(type);
    for (unsigned l = 0; l < m->layer_count; l++) {
        m->layer[l].type = type[l];
        uint32_t row = l ? 2 : 3;
        if (type[l] != CN_LAYER_DENSE) continue;
        must(cn_layer_alloc(&m->layer[l], 2, row));
        for (size_t k = 0; k < 2 * row; k++) m->layer[l].weight[k] = k % 2 ? -1 : 1;
    }
    m->has_window = true;
    m->window_lo = -500;
    m->window_t = 1000;
    must(cn_model_finish(m));
    single.model = m;
    must(cn_single_plan_new(&single.plan, m, &options));
    must(cn_context_new(&single.ctx, cn_single_plan_params(single.plan)));
}

const fuzz_single_world *fuzz_get_single(void) {
    if (!single.ctx) make_single();
    return &single;
}

static void checksum(uint8_t *data, size_t size) {
    cn_sha3_256(data + size - CN_FRAME_CHECKSUM, data, size - CN_FRAME_CHECKSUM);
}

/** The version that goes with an object: plans for batches say in their flags what they have, packed ones in the version alone. */
static uint32_t version_of(const uint8_t *data, size_t size, cn_object type) {
    uint8_t flags = size > CN_FRAME_HEADER ? data[CN_FRAME_HEADER] : 0;
    if (type == CN_OBJECT_PLAN) return flags & 8 ? 3 : flags & 4 ? 2 : 1;
    if (type == CN_OBJECT_SINGLE_PLAN) return data[8] == 2 ? 2 : 1;
    return type == CN_OBJECT_REPLY || type == CN_OBJECT_SECRET_KEY ? 2 : 1;
}

/** Bytes 0 to 24 of the header. */
static void repair_start(uint8_t *data, size_t size, cn_object type) {
    memcpy(data, "CNOBJCT\n", 8);
    cn_store32_le(data + 8, version_of(data, size, type));
    cn_store32_le(data + 12, (uint32_t)type);
    cn_store64_le(data + 16, size);
}

size_t fuzz_repair_object(uint8_t *data, size_t size, size_t max, unsigned seed, cn_object type) {
    const cn_plan *plan = type >= CN_OBJECT_SINGLE_PLAN ? &fuzz_get_single()->plan->base : fuzz_get()->plan;
    bool counted = type == CN_OBJECT_REQUEST || type == CN_OBJECT_REPLY || type >= CN_OBJECT_SINGLE_REQUEST;
    if (size < CN_FRAME_OVERHEAD) {
        if (max < CN_FRAME_OVERHEAD || seed % 4) return size;
        memset(data + size, 0, CN_FRAME_OVERHEAD - size);
        size = CN_FRAME_OVERHEAD;
    }
    repair_start(data, size, type);
    if (seed & 4) {
        memset(data + 24, 0, 8);
        memset(data + 120, 0, 8);
    }
    if (type >= CN_OBJECT_PUBLIC_KEY && type != CN_OBJECT_SINGLE_PLAN && seed & 32) data[120] = FUZZ_SPARSE;
    if (seed & 8) cn_store64_le(data + 32, counted ? 1 + data[32] : 0);
    if (seed & 16) {
        cn_object_info info = cn_frame_info(type, plan, NULL, 0);
        memcpy(data + 56, info.params, 32);
        memcpy(data + 88, info.plan, 32);
    }
    checksum(data, size);
    return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed) {
    size = LLVMFuzzerMutate(data, size, max);
    if (seed & 1) size = fuzz_repair(data, size, max, seed >> 1);
    if (size > 120 && data[120] == FUZZ_SPARSE && (seed >> 16) % 32) data[120] = 0; /* these take long: not too many */
    return size;
}

const uint8_t *fuzz_expand(size_t *whole_size, const uint8_t *data, size_t size, size_t payload) {
    static uint8_t whole[WHOLE_MAX];
    size_t all = payload + CN_FRAME_OVERHEAD;
    *whole_size = size;
    if (size < CN_FRAME_HEADER || data[120] != FUZZ_SPARSE) return data;
    FUZZ_CHECK(all <= sizeof whole);
    memset(whole, 0, all);
    memcpy(whole, data, CN_FRAME_HEADER);
    whole[120] = 0;
    cn_store64_le(whole + 16, all);
    for (size_t i = CN_FRAME_HEADER; i + FUZZ_CHANGE <= size; i += FUZZ_CHANGE) {
        size_t at = (data[i] | (size_t)data[i + 1] << 8 | (size_t)data[i + 2] << 16) % payload;
        memset(whole + CN_FRAME_HEADER + at, data[i + 4], CN_MIN(payload - at, (size_t)data[i + 3]));
    }
    checksum(whole, all);
    *whole_size = all;
    return whole;
}

const uint8_t *fuzz_check_poly(const cn_poly *p, const uint8_t *packed, const cn_ring *ring) {
    static uint8_t again[WHOLE_MAX];
    size_t bytes = cn_poly_packed_bytes(p, ring);
    FUZZ_CHECK(bytes <= sizeof again);
    for (unsigned i = 0; i < p->limbs; i++)
        for (size_t k = 0; k < p->n; k++) FUZZ_CHECK(cn_poly_limb(p, i)[k] < cn_poly_ntt(p, i, ring)->mod.q);
    cn_poly_pack(again, p, ring);
    FUZZ_CHECK(memcmp(again, packed, bytes) == 0);
    return packed + bytes;
}
