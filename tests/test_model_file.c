/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Model files: one byte sequence per model, and a parser that refuses every file that is not exactly one.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model_sample.h"
#include "testing.h"
#include "util/bytes.h"
#include "util/file.h"
#include "util/mem.h"
#include "util/sha3.h"

#define HEADER 24
#define DIGEST 32

static uint8_t *small_file(size_t *size) {
    cn_model *m = tst_small_model();
    uint8_t *data;
    ck_assert_int_eq(cn_model_finish(m), CN_OK);
    ck_assert_int_eq(cn_model_serialise(&data, size, m), CN_OK);
    cn_model_free(m);
    return data;
}

static void sign(uint8_t *data, size_t size) { cn_sha3_256(data + size - DIGEST, data, size - DIGEST); }

static cn_status parse(const uint8_t *data, size_t size) {
    static cn_model other;
    cn_model *m = &other; /* must become NULL on failure */
    long live = cn_test_alloc_live();
    cn_status s = cn_model_parse(&m, data, size);
    ck_assert((s == CN_OK) == (m != NULL));
    cn_model_free(m);
    ck_assert_int_eq(cn_test_alloc_live(), live);
    return s;
}

/** Offset of the body of the count-th record (from 0) with this tag. */
static size_t find_record(const uint8_t *data, size_t size, const char *tag, int count) {
    for (size_t at = HEADER; at < size - DIGEST; at += 12 + (size_t)cn_load64_le(data + at + 4))
        if (memcmp(data + at, tag, 4) == 0 && count-- == 0) return at + 12;
    ck_abort_msg("no record %s", tag);
    return 0;
}

/** The small file with n bytes at offset of a record's body replaced, digest put right: must be refused. */
static void refuse_edit(const char *tag, size_t offset, const void *bytes, size_t n, cn_status expected) {
    size_t size;
    uint8_t *data = small_file(&size);
    memcpy(data + find_record(data, size, tag, 0) + offset, bytes, n);
    sign(data, size);
    cn_status found = parse(data, size);
    if (found != expected)
        ck_abort_msg("%s + %zu: expected %s, found %s (%s)", tag, offset, cn_status_name(expected),
                     cn_status_name(found), cn_error_text());
    cn_free(data);
}

static void refuse_u32(const char *tag, size_t offset, uint32_t x, cn_status expected) {
    uint8_t b[4];
    cn_store32_le(b, x);
    refuse_edit(tag, offset, b, 4, expected);
}

static void refuse_u64(const char *tag, size_t offset, uint64_t x, cn_status expected) {
    uint8_t b[8];
    cn_store64_le(b, x);
    refuse_edit(tag, offset, b, 8, expected);
}

static void refuse_double(const char *tag, size_t offset, double x, cn_status expected) {
    uint64_t bits;
    memcpy(&bits, &x, 8);
    refuse_u64(tag, offset, bits, expected);
}

/* ---- files --------------------------------------------------------------------------------- */

static void check_round_trip(cn_model *m) {
    uint8_t *data, *again, digest[DIGEST];
    size_t size, size_again;
    cn_model *back;
    ck_assert_int_eq(cn_model_finish(m), CN_OK);
    ck_assert_int_eq(cn_model_serialise(&data, &size, m), CN_OK);
    cn_sha3_256(digest, data, size - DIGEST);
    ck_assert_mem_eq(digest, m->digest, DIGEST);
    ck_assert_mem_eq(digest, data + size - DIGEST, DIGEST);
    ck_assert_int_eq(cn_model_parse(&back, data, size), CN_OK);
    ck_assert_mem_eq(back->digest, m->digest, DIGEST);
    ck_assert_int_eq(cn_model_serialise(&again, &size_again, back), CN_OK);
    ck_assert_uint_eq(size, size_again);
    ck_assert_mem_eq(data, again, size);

    ck_assert_str_eq(back->name, m->name);
    ck_assert_str_eq(back->provenance, m->provenance);
    ck_assert_mem_eq(back->lut, m->lut, sizeof m->lut);
    ck_assert(back->input_scale == m->input_scale && back->layer_count == m->layer_count);
    ck_assert(back->has_window == m->has_window && back->window_lo == m->window_lo &&
              back->window_t == m->window_t);
    for (unsigned i = 0; i < m->layer_count; i++) {
        const cn_layer *a = &m->layer[i], *b = &back->layer[i];
        ck_assert(a->type == b->type && a->kernel == b->kernel && a->stride == b->stride &&
                  a->units == b->units);
        ck_assert(a->pad_left == b->pad_left && a->pad_right == b->pad_right && a->pad_top == b->pad_top &&
                  a->pad_bottom == b->pad_bottom && a->weight_count == b->weight_count);
        ck_assert(a->weight_scale == b->weight_scale && a->out_scale == b->out_scale);
        ck_assert_mem_eq(a->poly, b->poly, sizeof a->poly);
        ck_assert_int_eq(a->cubic, b->cubic);
        if (a->weight_count == 0) continue;
        ck_assert_mem_eq(a->weight, b->weight, a->weight_count * sizeof *a->weight);
        ck_assert_mem_eq(a->bias, b->bias, a->units * sizeof *a->bias);
    }
    cn_free(again);
    cn_model_free(back);
    cn_free(data);
    cn_model_free(m);
}

START_TEST(test_round_trip) { check_round_trip(tst_small_model()); }
END_TEST

/** Weights at the edges of each width; random biases and windows of up to 126 bits. */
START_TEST(test_round_trip_widths) {
    static const int64_t edge[] = {127,
                                   -128,
                                   128,
                                   -129,
                                   32767,
                                   -32768,
                                   32768,
                                   -32769,
                                   INT32_MAX,
                                   INT32_MIN,
                                   (int64_t)INT32_MAX + 1,
                                   (int64_t)INT32_MIN - 1,
                                   INT64_MAX,
                                   -INT64_MAX};
    static const size_t width[] = {1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8};
    size_t base;
    cn_free(small_file(&base)); /* dense weights of 2 bytes */
    for (size_t i = 0; i < CN_ARRAY_LEN(edge); i++) {
        cn_model *m = tst_small_model();
        m->layer[5].weight[5] = 0;
        m->layer[5].weight[tst_below(24)] = edge[i];
        for (int j = 0; j < 3; j++)
            m->layer[5].bias[j] = (cn_i128)(((cn_u128)tst_u64() << 61 | tst_u64() >> 3) >> tst_below(125)) *
                                  (tst_below(2) ? 1 : -1);
        uint8_t *data;
        size_t size;
        ck_assert_int_eq(cn_model_finish(m), CN_OK);
        ck_assert_int_eq(cn_model_serialise(&data, &size, m), CN_OK);
        ck_assert_uint_eq(size, base - 24 * 2 + 24 * width[i]);
        cn_free(data);
        if (i % 2) m->has_window = false, m->window_lo = m->window_t = 0;
        check_round_trip(m);
    }
}
END_TEST

/** The layout that doc/file-formats.md promises, byte by byte, for the least possible model. */
START_TEST(test_known_bytes) {
    cn_model *m;
    uint8_t *data;
    size_t size;
    ck_assert_int_eq(cn_model_new(&m), CN_OK);
    ck_assert_int_eq(cn_model_set_name(m, "m"), CN_OK);
    m->input = (cn_shape){1, 1, 2};
    ck_assert_int_eq(cn_layer_alloc(tst_add_layer(m, CN_LAYER_DENSE), 1, 2), CN_OK);
    m->layer[0].weight[0] = -1;
    m->layer[0].weight[1] = 2;
    m->layer[0].bias[0] = -2;
    ck_assert_int_eq(cn_model_finish(m), CN_OK);
    ck_assert_int_eq(cn_model_serialise(&data, &size, m), CN_OK);
    static const uint8_t head[] = "CNMODEL\n\1\0\0\0\0\0\0\0\x9f\4\0\0\0\0\0\0"
                                  "TEXT\11\0\0\0\0\0\0\0\1\0\0\0m\0\0\0\0"
                                  "INPT\24\4\0\0\0\0\0\0\1\0\0\0\1\0\0\0\2\0\0\0\0\0\0\0\0\0\xf0\x3f"
                                  "\0\0\0\0\1\0\0\0\2\0\0";
    static const uint8_t tail[] = "\xff\0\0\0"
                                  "DENS\46\0\0\0\0\0\0\0\1\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0\0\0\xf0\x3f"
                                  "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\2";
    size_t tail_bytes = sizeof tail - 1;
    ck_assert_mem_eq(data, head, sizeof head - 1);
    ck_assert_mem_eq(data + size - DIGEST - tail_bytes, tail, tail_bytes);
    ck_assert_uint_eq(size, 24 + 12 + 9 + 12 + 1044 + 12 + 38 + 32);
    cn_free(data);
    cn_model_free(m);
}
END_TEST

START_TEST(test_refuse_truncations) {
    size_t size;
    uint8_t *data = small_file(&size);
    ck_assert_int_eq(parse(data, size), CN_OK);
    for (size_t n = 0; n < size; n++) {
        uint8_t *cut = malloc(n + 1); /* of exactly this size, for memory checkers */
        memcpy(cut, data, n);
        ck_assert_msg(parse(cut, n) == CN_ERR_TRUNCATED, "cut at %zu: %s", n, cn_error_text());
        ck_assert(strstr(cn_error_text(), "expected") != NULL && strstr(cn_error_text(), "found") != NULL);
        free(cut);
    }
    uint8_t *longer = calloc(size + 1, 1);
    memcpy(longer, data, size);
    ck_assert_int_eq(parse(longer, size + 1), CN_ERR_OVERSIZED);
    free(longer);
    cn_free(data);
}
END_TEST

START_TEST(test_refuse_changes) {
    size_t size;
    uint8_t *data = small_file(&size);
    for (size_t i = 0; i < size; i++) {
        uint8_t kept = data[i];
        const uint8_t values[] = {kept ^ 1, kept ^ 0x80, kept ^ 0xff, (uint8_t)(kept + 1),
                                  (uint8_t)(kept - 1)};
        for (size_t j = 0; j < sizeof values; j++) {
            data[i] = values[j];
            ck_assert_msg(parse(data, size) != CN_OK, "offset %zu, %02x instead of %02x", i, values[j],
                          kept);
        }
        data[i] = kept;
    }
    data[size - 1] ^= 1;
    ck_assert_int_eq(parse(data, size), CN_ERR_DIGEST);
    cn_free(data);
}
END_TEST

/** Fields of the header; their digest is right. */
START_TEST(test_refuse_headers) {
    static const struct {
        size_t offset;
        uint64_t value; /* eight bytes */
        cn_status expected;
    } cases[] = {
        {0, 0x0a4c45444f4d4e44, CN_ERR_MAGIC},
        {8, 2, CN_ERR_VERSION},
        {8, 0, CN_ERR_VERSION},
        {8, (uint64_t)1 << 32 | 1, CN_ERR_FORMAT},
        {16, 0, CN_ERR_OVERSIZED},
        {16, 1, CN_ERR_OVERSIZED},
        {16, UINT64_MAX, CN_ERR_TRUNCATED},
        {16, (uint64_t)1 << 40, CN_ERR_TRUNCATED},
    };
    for (size_t i = 0; i < CN_ARRAY_LEN(cases); i++) {
        size_t size;
        uint8_t *data = small_file(&size);
        cn_store64_le(data + cases[i].offset, cases[i].value);
        sign(data, size);
        ck_assert_msg(parse(data, size) == cases[i].expected, "case %zu: %s", i, cn_error_text());
        ck_assert(strstr(cn_error_text(), "offset ") != NULL);
        cn_free(data);
    }
    uint8_t name[6000] = "CNMODEL\n\1"; /* a name of 5000 bytes that is really there */
    cn_store64_le(name + 16, sizeof name);
    memcpy(name + 24, "TEXT", 4);
    cn_store64_le(name + 28, 5008);
    cn_store32_le(name + 36, 5000);
    memset(name + 40, 'n', 5000);
    sign(name, sizeof name);
    ck_assert_int_eq(parse(name, sizeof name), CN_ERR_FORMAT);
    ck_assert(strstr(cn_error_text(), "offset 36: expected a name of at most 4096 bytes, found 5000") !=
              NULL);
    cn_store32_le(name + 12, 5);
    ck_assert_int_eq(parse(name, sizeof name), CN_ERR_FORMAT);
    ck_assert(strstr(cn_error_text(), "offset 12: expected flags 0, found 0x00000005") != NULL);
    uint8_t other[60] = "GIF89a";
    ck_assert_int_eq(parse(other, sizeof other), CN_ERR_MAGIC);
}
END_TEST

/** Fields of the records; their digest is right. */
START_TEST(test_refuse_fields) {
    const uint32_t top = UINT32_MAX;
    refuse_u32("TEXT", 0, 0, CN_ERR_FORMAT); /* empty name */
    refuse_u32("TEXT", 0, top, CN_ERR_TRUNCATED);
    ck_assert(strstr(cn_error_text(), "offset 40: expected 4294967295 bytes of name, found 24 before") !=
              NULL);
    refuse_u32("TEXT", 0, 9, CN_ERR_FORMAT); /* the name swallows zero bytes */
    refuse_edit("TEXT", 4, "\n", 1, CN_ERR_FORMAT);
    refuse_edit("TEXT", 4, "\xff", 1, CN_ERR_FORMAT);
    refuse_u32("TEXT", 12, 11, CN_ERR_OVERSIZED);
    refuse_u32("TEXT", 12, 13, CN_ERR_TRUNCATED);
    refuse_edit("TEXT", 17, "\t", 1, CN_ERR_FORMAT);
    refuse_edit("TEXT", 17, "\0", 1, CN_ERR_FORMAT);
    for (size_t i = 0; i < 3; i++) {
        refuse_u32("INPT", 4 * i, 0, CN_ERR_SIZE);
        refuse_u32("INPT", 4 * i, top, CN_ERR_SIZE);
    }
    refuse_u32("INPT", 0, 2, CN_ERR_MODEL);
    refuse_double("INPT", 12, (double)NAN, CN_ERR_FORMAT);
    refuse_double("INPT", 12, (double)INFINITY, CN_ERR_FORMAT);
    refuse_double("INPT", 12, -0.0, CN_ERR_FORMAT);
    refuse_double("INPT", 12, -1, CN_ERR_FORMAT);
    refuse_u32("INPT", 20 + 4 * 255, 0x80000000, CN_ERR_RANGE);
    refuse_u32("CONV", 0, 0, CN_ERR_SIZE);
    refuse_u32("CONV", 0, 3, CN_ERR_TRUNCATED);
    refuse_u32("CONV", 0, top, CN_ERR_TRUNCATED);
    for (size_t i = 1; i < 3; i++) {
        refuse_u32("CONV", 4 * i, 0, CN_ERR_MODEL);
        refuse_u32("CONV", 4 * i, top, CN_ERR_MODEL);
    }
    refuse_u32("CONV", 4, 2, CN_ERR_MODEL); /* rows of 4 weights, not 9 */
    for (size_t i = 3; i < 7; i++) refuse_u32("CONV", 4 * i, top, CN_ERR_MODEL);
    refuse_u32("CONV", 28, 8, CN_ERR_OVERSIZED);
    refuse_u32("CONV", 28, 10, CN_ERR_TRUNCATED);
    refuse_u32("CONV", 28, top, CN_ERR_TRUNCATED);
    refuse_u32("CONV", 28, 0, CN_ERR_SIZE);
    refuse_u32("CONV", 32, 0, CN_ERR_FORMAT);
    refuse_u32("CONV", 32, 3, CN_ERR_FORMAT);
    refuse_u32("CONV", 32, 2, CN_ERR_TRUNCATED);
    refuse_u32("CONV", 32, top, CN_ERR_FORMAT);
    refuse_double("CONV", 36, (double)NAN, CN_ERR_FORMAT);
    refuse_double("CONV", 36, 0, CN_ERR_FORMAT);
    refuse_u64("CONV", 44 + 8, (uint64_t)1 << 62, CN_ERR_RANGE); /* first bias 2^126 */
    refuse_u64("CONV", 44 + 8, (uint64_t)1 << 63, CN_ERR_RANGE); /* first bias -2^127 */
    refuse_u32("POOL", 0, 6, CN_ERR_MODEL);
    refuse_u32("POOL", 4, 0, CN_ERR_MODEL);
    refuse_u64("POLY", 0, 0, CN_ERR_MODEL);
    refuse_u64("POLY", 8, (uint64_t)1 << 63, CN_ERR_RANGE);
    refuse_u32("DENS", 0, 4, CN_ERR_TRUNCATED);
    refuse_u64("WIND", 8, (uint64_t)1 << 62, CN_ERR_RANGE);
    refuse_u64("WIND", 24, (uint64_t)1 << 62, CN_ERR_RANGE);
    refuse_u64("WIND", 24, (uint64_t)1 << 63, CN_ERR_RANGE);
    refuse_edit("WIND", 16, (const uint8_t[16]){0}, 16, CN_ERR_RANGE);
    refuse_edit("DENS", 20 + 48, (const uint8_t[48]){0}, 48,
                CN_ERR_FORMAT); /* fits one byte: width not minimal */
}
END_TEST

/** Records: unknown, missing, out of order, twice, of another length. */
START_TEST(test_refuse_records) {
    static const char *const tags[] = {"TEXT", "INPT", "CONV", "SQUA", "POOL",
                                       "POLY", "FLAT", "DENS", "WIND"};
    for (size_t i = 0; i < CN_ARRAY_LEN(tags); i++) {
        size_t size;
        uint8_t *data = small_file(&size);
        size_t body = find_record(data, size, tags[i], 0);
        uint64_t length = cn_load64_le(data + body - 8);
        const uint64_t lengths[] = {length + 1, length - 1, UINT64_MAX, UINT64_MAX - body + 1, size, 0};
        for (size_t j = 0; j < CN_ARRAY_LEN(lengths); j++) {
            if (lengths[j] == length) continue;
            cn_store64_le(data + body - 8, lengths[j]);
            sign(data, size);
            cn_status s = parse(data, size);
            ck_assert_msg(s == CN_ERR_TRUNCATED || s == CN_ERR_OVERSIZED, "%s, length %zu: %s", tags[i], j,
                          cn_error_text());
        }
        cn_store64_le(data + body - 8, length);
        memcpy(data + body - 12, "NEWS", 4);
        sign(data, size);
        ck_assert_msg(parse(data, size) == CN_ERR_FORMAT, "%s: %s", tags[i], cn_error_text());
        cn_free(data);

        /* without this record: only square, poly and flatten and the window can go */
        data = small_file(&size);
        size_t whole = 12 + (size_t)length;
        memmove(data + body - 12, data + body - 12 + whole, size - (body - 12 + whole));
        cn_store64_le(data + 16, size - whole);
        sign(data, size - whole);
        bool may_go = strcmp(tags[i], "SQUA") == 0 || strcmp(tags[i], "POLY") == 0 ||
                      strcmp(tags[i], "FLAT") == 0 || strcmp(tags[i], "DENS") == 0 ||
                      strcmp(tags[i], "WIND") == 0;
        ck_assert_msg((parse(data, size - whole) == CN_OK) == may_go, "%s: %s", tags[i], cn_error_text());
        cn_free(data);
    }
}
END_TEST

/** The small file with bytes put in before the digest. */
static cn_status parse_with_extra(const void *extra, size_t n) {
    size_t size;
    uint8_t *data = small_file(&size), *more = malloc(size + n);
    memcpy(more, data, size - DIGEST);
    memcpy(more + size - DIGEST, extra, n);
    cn_store64_le(more + 16, size + n);
    sign(more, size + n);
    cn_status s = parse(more, size + n);
    free(more);
    cn_free(data);
    return s;
}

START_TEST(test_refuse_extra) {
    ck_assert_int_eq(parse_with_extra("x", 1), CN_ERR_OVERSIZED);
    ck_assert_int_eq(parse_with_extra("SQUA\0\0\0\0\0\0\0\0", 12),
                     CN_ERR_OVERSIZED); /* behind the window */
    uint8_t second[44] = "WIND\40";
    second[28] = 1;
    ck_assert_int_eq(parse_with_extra(second, 44), CN_ERR_OVERSIZED);

    /* 64 layers are accepted, 65 are not */
    for (unsigned layers = 64; layers <= 65; layers++) {
        cn_model *m;
        uint8_t *data, *more;
        size_t size;
        ck_assert_int_eq(cn_model_new(&m), CN_OK);
        m->input = (cn_shape){1, 2, 2};
        for (int i = 0; i < 64; i++) tst_add_layer(m, CN_LAYER_FLATTEN);
        ck_assert_int_eq(cn_model_finish(m), CN_OK);
        ck_assert_int_eq(cn_model_serialise(&data, &size, m), CN_OK);
        size_t extra = 12 * (layers - 64);
        more = calloc(size + extra, 1);
        memcpy(more, data, size - DIGEST);
        if (extra > 0) memcpy(more + size - DIGEST, "FLAT", 4);
        cn_store64_le(more + 16, size + extra);
        sign(more, size + extra);
        ck_assert_int_eq(parse(more, size + extra), layers == 64 ? CN_OK : CN_ERR_SIZE);
        free(more);
        cn_free(data);
        cn_model_free(m);
    }
}
END_TEST

START_TEST(test_alloc_failures) {
    size_t size;
    uint8_t *data = small_file(&size);
    long live = cn_test_alloc_live();
    cn_status s = CN_ERR_MEMORY;
    for (unsigned long k = 1; s != CN_OK; k++) {
        cn_model *m;
        cn_test_alloc_fail_at(k);
        s = cn_model_parse(&m, data, size);
        cn_test_alloc_fail_at(0);
        ck_assert(s == CN_OK ? k > 5 : s == CN_ERR_MEMORY && m == NULL);
        cn_model_free(m);
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }
    cn_model *m = tst_small_model();
    cn_test_alloc_fail_at(1);
    ck_assert_int_eq(cn_model_finish(m), CN_ERR_MEMORY);
    uint8_t *out = data;
    cn_test_alloc_fail_at(1);
    ck_assert_int_eq(cn_model_serialise(&out, &size, m), CN_ERR_MEMORY);
    ck_assert_ptr_null(out);
    cn_test_alloc_fail_at(0);
    cn_model_free(m);
    cn_free(data);
}
END_TEST

START_TEST(test_load_save) {
    char folder[] = "cn-model-XXXXXX", path[64];
    long live = cn_test_alloc_live();
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.cnm", folder);
    cn_model *m = tst_small_model(), *back = m;
    ck_assert_int_eq(cn_model_load(&back, path), CN_ERR_NOT_FOUND);
    ck_assert_ptr_null(back);
    ck_assert(strstr(cn_error_text(), path) != NULL);
    ck_assert_int_eq(cn_model_finish(m), CN_OK);
    ck_assert_int_eq(cn_model_save(m, path), CN_OK);
    ck_assert_int_eq(cn_model_load(&back, path), CN_OK);
    ck_assert_mem_eq(cn_model_digest(back), cn_model_digest(m), DIGEST);
    cn_model_free(back);

    ck_assert_int_eq(cn_file_write(path, "CNMODEL", 7), CN_OK);
    ck_assert_int_eq(cn_model_load(&back, path), CN_ERR_TRUNCATED);
    ck_assert_ptr_null(back);
    ck_assert(strncmp(cn_error_text(), path, strlen(path)) == 0);
    ck_assert(strstr(cn_error_text(), "offset 7") != NULL);
    ck_assert_int_eq(cn_model_save(m, "no/such/folder/a.cnm"), CN_ERR_NOT_FOUND);
    ck_assert_int_eq(cn_model_load(NULL, path), CN_ERR_NULL);
    ck_assert_int_eq(cn_model_load(&back, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_model_save(NULL, path), CN_ERR_NULL);
    ck_assert_int_eq(cn_model_save(m, NULL), CN_ERR_NULL);
    cn_model_free(m);
    cn_model_free(NULL);
    ck_assert_int_eq(cn_test_alloc_live(), live);
    unlink(path);
    rmdir(folder);
}
END_TEST

TCase *tst_model_file_cases(void) {
    TCase *t = tcase_create("file");
    tcase_add_test(t, test_round_trip);
    tcase_add_test(t, test_round_trip_widths);
    tcase_add_test(t, test_known_bytes);
    tcase_add_test(t, test_refuse_truncations);
    tcase_add_test(t, test_refuse_changes);
    tcase_add_test(t, test_refuse_headers);
    tcase_add_test(t, test_refuse_fields);
    tcase_add_test(t, test_refuse_records);
    tcase_add_test(t, test_refuse_extra);
    tcase_add_test(t, test_alloc_failures);
    tcase_add_test(t, test_load_save);
    return t;
}
