/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Strict parser of the model file (doc/file-formats.md), and models from and to files.
 *
 *  The parser never trusts a length: it compares it with what remains before it reads or allocates. Order
 * of the checks: magic, version, total length, structure, digest, then the layers against each other. */

#include "nn/model_format.h"

#include <inttypes.h>
#include <string.h>

#include "util/bytes.h"
#include "util/file.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/verify.h"

/* ---- bytes in ------------------------------------------------------------------------------ */

typedef struct source {
    const uint8_t *data;
    size_t pos; /* next byte */
    size_t end; /* end of the present record, or of all records */
} source;

/** n more bytes before s->end?  what names them. */
static cn_status need(const source *s, uint64_t n, const char *what) {
    if (n <= s->end - s->pos) return CN_OK;
    return cn_fail(CN_ERR_TRUNCATED,
                   "offset %zu: expected %" PRIu64 " bytes of %s, found %zu before the end of the "
                   "record; get the file again",
                   s->pos, n, what, s->end - s->pos);
}

static cn_status get_u64(uint64_t *x, source *s, const char *what) {
    CN_TRY(need(s, 8, what));
    *x = cn_load64_le(s->data + s->pos);
    s->pos += 8;
    return CN_OK;
}

static cn_status get_u32(uint32_t *x, source *s, const char *what) {
    CN_TRY(need(s, 4, what));
    *x = cn_load32_le(s->data + s->pos);
    s->pos += 4;
    return CN_OK;
}

static cn_status get_i128(cn_i128 *x, source *s, const char *what) {
    CN_TRY(need(s, CN_MODEL_BIAS_BYTES, what));
    *x = (cn_i128)((cn_u128)cn_load64_le(s->data + s->pos) | (cn_u128)cn_load64_le(s->data + s->pos + 8)
                                                                 << 64);
    s->pos += CN_MODEL_BIAS_BYTES;
    return CN_OK;
}

static cn_status get_scale(double *x, source *s, const char *what) {
    uint64_t bits;
    CN_TRY(get_u64(&bits, s, what));
    memcpy(x, &bits, 8);
    return CN_OK;
}

/** A length-prefixed text into the model, through the setter that checks it. */
static cn_status get_text(cn_model *m, cn_status (*set)(cn_model *, const char *), source *s,
                          const char *what) {
    uint32_t n;
    CN_TRY(get_u32(&n, s, what));
    size_t at = s->pos;
    CN_TRY(need(s, n, what));
    if (n > CN_MODEL_TEXT_MAX)
        return cn_fail(CN_ERR_FORMAT,
                       "offset %zu: expected a %s of at most %d bytes, found %u; get the file again",
                       at - 4, what, CN_MODEL_TEXT_MAX, n);
    if (memchr(s->data + at, 0, n) != NULL)
        return cn_fail(CN_ERR_FORMAT,
                       "offset %zu: expected a %s without zero bytes, found one; get the file again", at,
                       what);
    char text[CN_MODEL_TEXT_MAX + 1];
    memcpy(text, s->data + at, n);
    text[n] = 0;
    s->pos += n;
    return cn_fail_prefix(set(m, text), "offset %zu", at);
}

static cn_status get_weights(cn_layer *l, uint32_t units, source *s) {
    uint32_t row, width;
    double scale;
    size_t at = s->pos;
    CN_TRY(get_u32(&row, s, "the row length"));
    CN_TRY(get_u32(&width, s, "the weight width"));
    if (width != 1 && width != 2 && width != 4 && width != 8)
        return cn_fail(CN_ERR_FORMAT,
                       "offset %zu: expected a weight width of 1, 2, 4 or 8 bytes, found %u; get the "
                       "file again",
                       at + 4, width);
    CN_TRY(get_scale(&scale, s, "the weight scale"));
    CN_TRY(need(s, (uint64_t)units * CN_MODEL_BIAS_BYTES, "biases"));
    size_t behind_biases = s->pos + (size_t)units * CN_MODEL_BIAS_BYTES;
    if (row > (s->end - behind_biases) / width / CN_MAX(units, 1))
        return cn_fail(CN_ERR_TRUNCATED,
                       "offset %zu: expected %u rows of %u weights of %u bytes, found %zu bytes before "
                       "the end of the record; get the file again",
                       behind_biases, units, row, width, s->end - behind_biases);
    CN_TRY(cn_fail_prefix(cn_layer_alloc(l, units, row), "offset %zu", at));
    l->weight_scale = scale;
    for (uint32_t i = 0; i < units; i++) CN_TRY(get_i128(&l->bias[i], s, "a bias"));
    const uint8_t *p = s->data + s->pos;
    for (size_t i = 0; i < l->weight_count; i++, p += width)
        l->weight[i] = width == 1   ? (int8_t)p[0]
                       : width == 2 ? (int16_t)(p[0] | p[1] << 8)
                       : width == 4 ? (int32_t)cn_load32_le(p)
                                    : (int64_t)cn_load64_le(p);
    s->pos = (size_t)(p - s->data);
    uint32_t least = cn_weight_width(l->weight, l->weight_count);
    if (least != width)
        return cn_fail(CN_ERR_FORMAT,
                       "offset %zu: expected the least weight width that holds all weights, %u bytes, "
                       "found %u; write the file anew",
                       at + 4, least, width);
    return CN_OK;
}

static cn_status get_layer(cn_layer *l, source *s) {
    uint32_t units = 0;
    if (l->type == CN_LAYER_CONV || l->type == CN_LAYER_DENSE) CN_TRY(get_u32(&units, s, "the unit count"));
    if (l->type == CN_LAYER_CONV || l->type == CN_LAYER_POOL) {
        CN_TRY(get_u32(&l->kernel, s, "the kernel"));
        CN_TRY(get_u32(&l->stride, s, "the stride"));
    }
    if (l->type == CN_LAYER_CONV) {
        CN_TRY(get_u32(&l->pad_left, s, "the left padding"));
        CN_TRY(get_u32(&l->pad_right, s, "the right padding"));
        CN_TRY(get_u32(&l->pad_top, s, "the top padding"));
        CN_TRY(get_u32(&l->pad_bottom, s, "the bottom padding"));
    }
    if (l->type == CN_LAYER_POLY)
        for (int i = 0; i < 3; i++) {
            uint64_t x;
            CN_TRY(get_u64(&x, s, "a coefficient"));
            l->poly[i] = (int64_t)x;
        }
    if (l->type == CN_LAYER_POLY && s->pos < s->end) { /* only where it is not 0: one form per model */
        size_t at = s->pos;
        uint64_t x;
        CN_TRY(get_u64(&x, s, "a coefficient"));
        l->cubic = (int64_t)x;
        if (x == 0)
            return cn_fail(CN_ERR_FORMAT, "offset %zu: expected a coefficient of x^3 other than 0, or none; get the file again", at);
    }
    if (l->type == CN_LAYER_CONV || l->type == CN_LAYER_DENSE) CN_TRY(get_weights(l, units, s));
    return CN_OK;
}

static cn_status get_input(cn_model *m, source *s) {
    CN_TRY(get_u32(&m->input.channels, s, "the input's channels"));
    CN_TRY(get_u32(&m->input.height, s, "the input's height"));
    CN_TRY(get_u32(&m->input.width, s, "the input's width"));
    CN_TRY(get_scale(&m->input_scale, s, "the input's scale"));
    for (int i = 0; i < 256; i++) {
        uint32_t x;
        CN_TRY(get_u32(&x, s, "the look-up table"));
        m->lut[i] = (int32_t)x;
    }
    return CN_OK;
}

/** One record of the grammar TEXT INPT layer+ [WIND]; index counts records from 0. */
static cn_status get_record(cn_model *m, source *all, size_t index) {
    size_t at = all->pos;
    uint32_t tag;
    uint64_t length;
    if (m->has_window)
        return cn_fail(CN_ERR_OVERSIZED,
                       "offset %zu: expected the end of the records behind WIND, found another one; "
                       "get the file again",
                       at);
    CN_TRY(get_u32(&tag, all, "a record's tag"));
    CN_TRY(get_u64(&length, all, "a record's length"));
    CN_TRY(need(all, length, "a record's body"));
    source s = {all->data, all->pos, all->pos + (size_t)length};

    cn_layer_type type = CN_LAYER_CONV;
    while (type <= CN_LAYER_DENSE && cn_layer_tag[type] != tag) type++;
    if (index == 0 && tag == CN_TAG_TEXT) {
        CN_TRY(get_text(m, cn_model_set_name, &s, "name"));
        CN_TRY(get_text(m, cn_model_set_provenance, &s, "provenance"));
    } else if (index == 1 && tag == CN_TAG_INPUT) {
        CN_TRY(get_input(m, &s));
    } else if (index >= 2 && type <= CN_LAYER_DENSE) {
        if (m->layer_count == CN_MODEL_LAYERS_MAX)
            return cn_fail(CN_ERR_SIZE,
                           "offset %zu: expected at most %d layers, found more; use a smaller network", at,
                           CN_MODEL_LAYERS_MAX);
        cn_layer *l = &m->layer[m->layer_count];
        l->type = type;
        CN_TRY(get_layer(l, &s));
        m->layer_count++;
    } else if (index >= 2 && tag == CN_TAG_WINDOW) {
        CN_TRY(get_i128(&m->window_lo, &s, "the window's low end"));
        CN_TRY(get_i128(&m->window_t, &s, "the window's width"));
        m->has_window = true;
    } else {
        return cn_fail(CN_ERR_FORMAT,
                       "offset %zu: expected a record of type %s, found tag 0x%08x; get the file again", at,
                       index == 0   ? "TEXT"
                       : index == 1 ? "INPT"
                                    : "CONV, POOL, SQUA, POLY, FLAT, DENS or WIND",
                       tag);
    }
    if (s.pos != s.end)
        return cn_fail(CN_ERR_OVERSIZED,
                       "offset %zu: expected the end of the record, found %zu more bytes; get the file "
                       "again",
                       s.pos, s.end - s.pos);
    all->pos = s.end;
    return CN_OK;
}

static cn_status parse_header(const uint8_t *data, size_t size) {
    if (size < CN_MODEL_MAGIC_BYTES)
        return cn_fail(CN_ERR_TRUNCATED,
                       "offset %zu: expected a model file of at least %d bytes, found %zu; get the file "
                       "again",
                       size, CN_MODEL_HEADER_BYTES + CN_SHA3_256_BYTES, size);
    if (memcmp(data, CN_MODEL_MAGIC, CN_MODEL_MAGIC_BYTES) != 0)
        return cn_fail(CN_ERR_MAGIC,
                       "offset 0: expected a model file beginning with CNMODEL, found bytes %02x %02x %02x "
                       "%02x; import a plain-text folder with cryptonets import",
                       data[0], data[1], data[2], data[3]);
    if (size < CN_MODEL_HEADER_BYTES + CN_SHA3_256_BYTES)
        return cn_fail(CN_ERR_TRUNCATED,
                       "offset %zu: expected a model file of at least %d bytes, found %zu; get the file "
                       "again",
                       size, CN_MODEL_HEADER_BYTES + CN_SHA3_256_BYTES, size);
    if (cn_load32_le(data + 8) != CN_MODEL_VERSION)
        return cn_fail(CN_ERR_VERSION,
                       "offset 8: expected version %u, found %u; use the version of this program that "
                       "wrote "
                       "the file",
                       CN_MODEL_VERSION, cn_load32_le(data + 8));
    if (cn_load32_le(data + 12) != 0)
        return cn_fail(CN_ERR_FORMAT, "offset 12: expected flags 0, found 0x%08x; get the file again",
                       cn_load32_le(data + 12));
    uint64_t total = cn_load64_le(data + 16);
    if (total > size)
        return cn_fail(CN_ERR_TRUNCATED,
                       "offset %zu: expected %" PRIu64 " bytes in all, found %zu; get the file again", size,
                       total, size);
    if (total < size)
        return cn_fail(CN_ERR_OVERSIZED,
                       "offset %" PRIu64 ": expected the end of the file, found %" PRIu64 " more bytes; "
                                                                                          "get "
                       "the file again",
                       total, size - total);
    return CN_OK;
}

cn_status cn_model_parse(cn_model **out, const uint8_t *data, size_t size) {
    *out = NULL;
    CN_TRY(parse_header(data, size));
    cn_model *m = NULL;
    cn_status status;
    uint8_t digest[CN_SHA3_256_BYTES];
    source s = {data, CN_MODEL_HEADER_BYTES, size - CN_SHA3_256_BYTES};
    CN_CHECK(cn_model_new(&m));
    for (size_t index = 0; index < 2 || s.pos < s.end; index++) CN_CHECK(get_record(m, &s, index));

    cn_sha3_256(digest, data, s.end);
    if (memcmp(digest, data + s.end, CN_SHA3_256_BYTES) != 0) {
        status = cn_fail(CN_ERR_DIGEST,
                         "offset %zu: expected the SHA3-256 digest of the bytes before, found another one; "
                         "get the file again",
                         s.end);
        goto cleanup;
    }
    CN_CHECK(cn_model_finish(m));
    CN_VERIFY(memcmp(digest, m->digest, CN_SHA3_256_BYTES) ==
              0); /* canonical: writing it again gives these bytes */
    *out = m;
    m = NULL;
cleanup:
    cn_model_free(m);
    return status;
}

/* ---- files --------------------------------------------------------------------------------- */

cn_status cn_model_load(cn_model **m, const char *path) {
    if (m != NULL) *m = NULL;
    if (m == NULL || path == NULL)
        return cn_fail(CN_ERR_NULL, "cn_model_load: expected a result and a path, found NULL; pass both");
    uint8_t *data = NULL;
    size_t size = 0;
    CN_TRY(cn_file_read(&data, &size, path, CN_MODEL_FILE_MAX));
    cn_status status = cn_fail_prefix(cn_model_parse(m, data, size), "%s", path);
    cn_free(data);
    return status;
}

cn_status cn_model_save(const cn_model *m, const char *path) {
    if (m == NULL || path == NULL)
        return cn_fail(CN_ERR_NULL, "cn_model_save: expected a model and a path, found NULL; pass both");
    uint8_t *data = NULL;
    size_t size = 0;
    CN_TRY(cn_model_serialise(&data, &size, m));
    cn_status status = cn_file_write(path, data, size);
    cn_free(data);
    return status;
}
