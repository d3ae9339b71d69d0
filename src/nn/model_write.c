/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Writer of the model file, byte by byte as in doc/file-formats.md.
 *
 *  Header (24 bytes), records (tag, length, body), SHA3-256 of all bytes before (FIPS 202). One routine
 * runs twice: once to count, once to fill a buffer of exactly that size. */

#include "nn/model_format.h"

#include <string.h>

#include "util/bytes.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/verify.h"

const uint32_t cn_layer_tag[CN_LAYER_DENSE + 1] = {
    [CN_LAYER_CONV] = CN_TAG('C', 'O', 'N', 'V'),    [CN_LAYER_POOL] = CN_TAG('P', 'O', 'O', 'L'),
    [CN_LAYER_SQUARE] = CN_TAG('S', 'Q', 'U', 'A'),  [CN_LAYER_POLY] = CN_TAG('P', 'O', 'L', 'Y'),
    [CN_LAYER_FLATTEN] = CN_TAG('F', 'L', 'A', 'T'), [CN_LAYER_DENSE] = CN_TAG('D', 'E', 'N', 'S'),
};

uint32_t cn_weight_width(const int64_t *w, size_t count) {
    uint32_t width = 1;
    for (size_t i = 0; i < count && width < 8; i++)
        while (width < 8 && (w[i] >> (8 * width - 1)) != 0 && (w[i] >> (8 * width - 1)) != -1) width *= 2;
    return width;
}

/* ---- bytes out ----------------------------------------------------------------------------- */

typedef struct sink {
    uint8_t *out; /* NULL: count only */
    size_t used;
} sink;

static void put(sink *s, const void *bytes, size_t n) {
    if (s->out != NULL && n > 0) memcpy(s->out + s->used, bytes, n);
    s->used += n;
}

/** the low width bytes of x */
static void put_int(sink *s, uint64_t x, uint32_t width) {
    uint8_t b[8];
    cn_store64_le(b, x);
    put(s, b, width);
}

static void put_u32(sink *s, uint32_t x) { put_int(s, x, 4); }

static void put_i128(sink *s, cn_i128 x) {
    put_int(s, (uint64_t)(cn_u128)x, 8);
    put_int(s, (uint64_t)((cn_u128)x >> 64), 8);
}

static void put_scale(sink *s, double x) {
    uint64_t bits;
    memcpy(&bits, &x, 8);
    put_int(s, bits, 8);
}

static void put_text(sink *s, const char *text) {
    size_t n = strlen(text);
    put_u32(s, (uint32_t)n);
    put(s, text, n);
}

/** Begin a record; its length is filled in by end_record. Returns the offset of the body. */
static size_t begin_record(sink *s, uint32_t tag) {
    put_u32(s, tag);
    put_int(s, 0, 8);
    return s->used;
}

static void end_record(sink *s, size_t body) {
    if (s->out != NULL) cn_store64_le(s->out + body - 8, s->used - body);
}

static void put_weights(sink *s, const cn_layer *l) {
    uint32_t width = cn_weight_width(l->weight, l->weight_count);
    put_u32(s, (uint32_t)(l->weight_count / l->units));
    put_u32(s, width);
    put_scale(s, l->weight_scale);
    for (uint32_t i = 0; i < l->units; i++) put_i128(s, l->bias[i]);
    for (size_t i = 0; i < l->weight_count; i++) put_int(s, (uint64_t)l->weight[i], width);
}

static void put_layer(sink *s, const cn_layer *l) {
    size_t body = begin_record(s, cn_layer_tag[l->type]);
    if (l->type == CN_LAYER_CONV || l->type == CN_LAYER_DENSE) put_u32(s, l->units);
    if (l->type == CN_LAYER_CONV || l->type == CN_LAYER_POOL) {
        put_u32(s, l->kernel);
        put_u32(s, l->stride);
    }
    if (l->type == CN_LAYER_CONV) {
        put_u32(s, l->pad_left);
        put_u32(s, l->pad_right);
        put_u32(s, l->pad_top);
        put_u32(s, l->pad_bottom);
    }
    if (l->type == CN_LAYER_POLY)
        for (int i = 0; i < 3; i++) put_int(s, (uint64_t)l->poly[i], 8);
    if (l->type == CN_LAYER_POLY && l->cubic) put_int(s, (uint64_t)l->cubic, 8);
    if (l->type == CN_LAYER_CONV || l->type == CN_LAYER_DENSE) put_weights(s, l);
    end_record(s, body);
}

/** All bytes but the digest; total is the length of the file. */
static void put_model(sink *s, const cn_model *m, size_t total) {
    put(s, CN_MODEL_MAGIC, CN_MODEL_MAGIC_BYTES);
    put_u32(s, CN_MODEL_VERSION);
    put_u32(s, 0);
    put_int(s, total, 8);

    size_t body = begin_record(s, CN_TAG_TEXT);
    put_text(s, m->name);
    put_text(s, m->provenance);
    end_record(s, body);

    body = begin_record(s, CN_TAG_INPUT);
    put_u32(s, m->input.channels);
    put_u32(s, m->input.height);
    put_u32(s, m->input.width);
    put_scale(s, m->input_scale);
    for (int i = 0; i < 256; i++) put_int(s, (uint64_t)m->lut[i], 4);
    end_record(s, body);

    for (unsigned i = 0; i < m->layer_count; i++) put_layer(s, &m->layer[i]);

    if (m->has_window) {
        body = begin_record(s, CN_TAG_WINDOW);
        put_i128(s, m->window_lo);
        put_i128(s, m->window_t);
        end_record(s, body);
    }
}

cn_status cn_model_serialise(uint8_t **data, size_t *size, const cn_model *m) {
    *data = NULL;
    *size = 0;
    sink count = {NULL, 0};
    put_model(&count, m, 0);
    size_t total = count.used + CN_SHA3_256_BYTES;
    if (total > CN_MODEL_FILE_MAX)
        return cn_fail(CN_ERR_SIZE,
                       "model file: expected at most %zu bytes, found %zu; use a smaller network",
                       CN_MODEL_FILE_MAX, total);
    sink fill = {cn_malloc(total, 1), 0};
    if (fill.out == NULL) return CN_ERR_MEMORY;
    put_model(&fill, m, total);
    CN_INVARIANT(fill.used == count.used);
    cn_sha3_256(fill.out + fill.used, fill.out, fill.used);
    *data = fill.out;
    *size = total;
    return CN_OK;
}
