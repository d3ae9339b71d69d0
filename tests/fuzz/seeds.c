/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Writes the first files of the corpus: sound objects of every kind, as small as they get.  seeds FOLDER; the folder of each
 *  target must exist. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "util/bytes.h"
#include "util/file.h"
#include "util/mem.h"
#include "util/sha3.h"

static const char *root;

/* Linked with fuzz.c, which wants them. */
size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed) { return (void)data, (void)max, (void)seed, size; }
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) { return (void)data, (void)max, size; }

static void put(const char *name, const void *data, size_t size) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", root, name);
    if (cn_file_write(path, data, size) == CN_OK) return;
    fprintf(stderr, "seeds: %s\n", cn_error_text());
    exit(1);
}

/** A file with a header of this type, payload bytes, right checksum. version: of a packed plan; of others that is known. */
static void put_version(const char *name, cn_object type, uint8_t version, const uint8_t *payload, size_t size, bool sparse) {
    static uint8_t file[1 << 14];
    memset(file, 0, sizeof file);
    file[8] = version;
    memcpy(file + CN_FRAME_HEADER, payload, size);
    bool plan = type == CN_OBJECT_PLAN || type == CN_OBJECT_SINGLE_PLAN; /* no count */
    size = fuzz_repair_object(file, size + CN_FRAME_OVERHEAD, sizeof file, plan ? 4 | 16 : 4 | 8 | 16, type);
    file[120] = sparse ? FUZZ_SPARSE : 0;
    cn_sha3_256(file + size - CN_FRAME_CHECKSUM, file, size - CN_FRAME_CHECKSUM);
    put(name, file, size);
}

static void put_object(const char *name, cn_object type, const uint8_t *payload, size_t size, bool sparse) {
    put_version(name, type, 1, payload, size, sparse);
}

/** Plans of both kinds that have costs. */
static void put_costs(uint8_t *content, uint64_t *scratch) {
    cn_plan batch = *fuzz_get()->plan;
    cn_single_plan single = *fuzz_get_single()->plan; /* shares the layouts */
    batch.costs.fs[CN_COST_ROW]++;
    single.base.costs.fs[CN_COST_ROW]++;
    put_version("plan/costs", CN_OBJECT_PLAN, 3, content, cn_plan_content(content, &batch), false);
    put_version("single_plan/costs", CN_OBJECT_SINGLE_PLAN, 2, content, cn_single_content(content, &single, scratch), false);
}

int main(int argc, char **argv) {
    static uint8_t content[CN_PLAN_CONTENT_MAX], key[820];
    static uint64_t scratch[8192];
    static const uint8_t changes[] = {0, 0, 0, 32, 7, 40, 0, 0, 1, 9, 0, 64, 0, 8, 0x11, 9, 1, 0, 16, 0xff};
    if (argc != 2) return fprintf(stderr, "seeds: expected a folder\n"), 2;
    root = argv[1];
    put_object("plan/seed", CN_OBJECT_PLAN, content, cn_plan_content(content, fuzz_get()->plan), false);
    if (cn_single_content_room(fuzz_get_single()->plan) > sizeof content) abort();
    put_object("single_plan/seed", CN_OBJECT_SINGLE_PLAN, content, cn_single_content(content, fuzz_get_single()->plan, scratch), false);
    put_costs(content, scratch);
    for (size_t i = 0; i < sizeof key; i++) key[i] = (uint8_t[]){0x00, 0x12, 0x48, 0x24, 0x91}[i % 5];
    key[sizeof key - 1] = 2; /* one coefficient */
    put_object("secret_key/seed", CN_OBJECT_SECRET_KEY, key, sizeof key, false);
    put_object("secret_key/short", CN_OBJECT_SECRET_KEY, key, 100, false);
    static const struct {
        const char *name;
        cn_object type;
    } large[] = {{"public_key", CN_OBJECT_PUBLIC_KEY},         {"evaluation_key", CN_OBJECT_EVALUATION_KEY},
                 {"request", CN_OBJECT_REQUEST},               {"reply", CN_OBJECT_REPLY},
                 {"single_request", CN_OBJECT_SINGLE_REQUEST}, {"single_evaluation_key", CN_OBJECT_SINGLE_EVALUATION_KEY},
                 {"single_reply", CN_OBJECT_SINGLE_REPLY}};
    for (size_t i = 0; i < CN_ARRAY_LEN(large); i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/sparse", large[i].name);
        put_object(path, large[i].type, changes, 15, true);
        snprintf(path, sizeof path, "%s/unreduced", large[i].name);
        put_object(path, large[i].type, changes, sizeof changes, true);
        snprintf(path, sizeof path, "%s/short", large[i].name);
        put_object(path, large[i].type, key, 64, false);
    }
    uint8_t *model;
    size_t size;
    if (cn_model_serialise(&model, &size, fuzz_get()->model) != CN_OK) abort();
    put("model/seed", model, size);
    cn_free(model);
    cn_model *m;
    if (cn_model_new(&m) != CN_OK) abort();
    static const cn_layer_type types[] = {CN_LAYER_CONV, CN_LAYER_POOL, CN_LAYER_POLY, CN_LAYER_FLATTEN, CN_LAYER_DENSE};
    m->input = (cn_shape){1, 5, 5};
    for (int i = 0; i < 5; i++) m->layer[i].type = types[i];
    m->layer_count = 5;
    m->layer[0].kernel = 3, m->layer[0].stride = 1, m->layer[0].pad_left = 1, m->layer[0].pad_bottom = 2;
    m->layer[1].kernel = m->layer[1].stride = 2;
    m->layer[2].poly[0] = -3, m->layer[2].cubic = 5;
    if (cn_layer_alloc(&m->layer[0], 2, 9) != CN_OK || cn_layer_alloc(&m->layer[4], 3, 8) != CN_OK) abort();
    m->layer[4].weight[5] = -129;
    if (cn_model_finish(m) != CN_OK || cn_model_serialise(&model, &size, m) != CN_OK) abort();
    put("model/layers", model, size);
    cn_free(model);
    cn_model_free(m);

    static const char npy[] = "\x93NUMPY\x01\0\x3b\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"
                              "\0\0\x80\x3f\0\0\0\xc0\0\0\0\0\0\0\x20\x41";
    put("npy/matrix", npy, sizeof npy - 1);
    static const char big[] = "\x93NUMPY\x02\0\x3a\0\0\0{'descr': '>f8', 'fortran_order': False, 'shape': (1,)}  \n"
                              "\x3f\xf0\0\0\0\0\0\0";
    put("npy/version2", big, sizeof big - 1);
    static const char last[] = "\x93NUMPY\x01\0\x0a\0{'descr': "; /* the file ends where a type should begin */
    put("npy/descr-last", last, sizeof last - 1);
    put("idx/labels", "\0\0\x08\x01\0\0\0\x03\x01\x02\x03", 11);
    put("idx/images", "\0\0\x08\x03\0\0\0\x01\0\0\0\x02\0\0\0\x02\x01\x02\x03\x04", 20);
    static const char net[] = "input 1 2 2\nsquare\nfc 2\n";
    put("text/net", net, sizeof net - 1);
    put("text/numbers", "1 -2 3 4\n5 6 -7 8e0\n", 20);
    return 0;
}
