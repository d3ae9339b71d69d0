/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** IDX buffers and the MNIST folder: what is read, and every way in which a header can be wrong. */

#include "data/idx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cryptonets_nn.h"
#include "testing.h"
#include "util/bytes.h"
#include "util/file.h"
#include "util/mem.h"

#define IMAGES "t10k-images-idx3-ubyte"
#define LABELS "t10k-labels-idx1-ubyte"

static void store32_be(uint8_t *p, uint32_t x) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(x >> (24 - 8 * i));
}

/** An IDX buffer with the given dimensions and values 0, 1, 2, ... Returns its length. */
static size_t make_idx(uint8_t *out, unsigned dims, const uint32_t *size) {
    size_t n = 4 + 4 * dims, product = 1;
    memcpy(out, (const uint8_t[4]){0, 0, 8, (uint8_t)dims}, 4);
    for (unsigned i = 0; i < dims; i++) {
        store32_be(out + 4 + 4 * i, size[i]);
        product *= size[i];
    }
    for (size_t i = 0; i < product; i++) out[n + i] = (uint8_t)i;
    return n + product;
}

START_TEST(test_idx_parse) {
    static const uint32_t shape[3] = {3, 4, 5};
    uint8_t data[256];
    for (unsigned dims = 1; dims <= 3; dims++) {
        size_t n = make_idx(data, dims, shape), size[4] = {77, 77, 77, 77};
        const uint8_t *values = NULL;
        ck_assert_int_eq(cn_idx_parse(size, &values, dims, data, n), CN_OK);
        ck_assert_ptr_eq(values, data + 4 + 4 * dims);
        for (unsigned i = 0; i < 4; i++) ck_assert_uint_eq(size[i], i < dims ? shape[i] : 77);
    }
}
END_TEST

/** All 256 values of every header byte: only the true one passes, with the code that its field calls for.
 */
START_TEST(test_idx_header_bytes) {
    static const uint32_t shape[3] = {3, 4, 5};
    uint8_t data[256];
    size_t n = make_idx(data, 3, shape), size[3] = {7, 7, 7};
    const uint8_t *values = NULL;
    for (size_t at = 0; at < 16; at++) {
        uint8_t kept = data[at];
        for (unsigned v = 0; v < 256; v++) {
            data[at] = (uint8_t)v;
            cn_status s = cn_idx_parse(size, &values, 3, data, n);
            const char *text = cn_error_text();
            if (v == kept) {
                ck_assert_int_eq(s, CN_OK);
                size[0] = size[1] = size[2] = 7;
                values = NULL;
                continue;
            }
            bool other_type = at == 2 && (v == 9 || (v >= 11 && v <= 14));
            uint64_t product = 1;
            for (int i = 0; i < 3; i++) product *= cn_load32_be(data + 4 + 4 * i);
            cn_status expected = other_type                                   ? CN_ERR_UNSUPPORTED
                                 : at < 4                                     ? CN_ERR_MAGIC
                                 : product == 0 || product > CN_IDX_MAX_BYTES ? CN_ERR_FORMAT
                                 : product > 60                               ? CN_ERR_TRUNCATED
                                                                              : CN_ERR_OVERSIZED;
            ck_assert_msg(s == expected, "byte %zu = %02x: expected %s, found %s (%s)", at, v,
                          cn_status_name(expected), cn_status_name(s), text);
            ck_assert(strstr(text, "offset ") != NULL && strstr(text, "expected") != NULL &&
                      strstr(text, "found") != NULL);
            ck_assert(size[0] == 7 && size[1] == 7 && size[2] == 7 && values == NULL);
        }
        data[at] = kept;
    }
}
END_TEST

START_TEST(test_idx_lengths) {
    static const uint32_t shape[3] = {3, 4, 5};
    uint8_t data[256];
    size_t n = make_idx(data, 3, shape), size[3];
    const uint8_t *values;
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *copy = malloc(cut + 1);
        memcpy(copy, data, cut);
        ck_assert_int_eq(cn_idx_parse(size, &values, 3, copy, cut), CN_ERR_TRUNCATED);
        free(copy);
    }
    ck_assert_int_eq(cn_idx_parse(size, &values, 3, data, n + 1), CN_ERR_OVERSIZED);
    ck_assert(strstr(cn_error_text(), "offset 76: expected 76 bytes in all, found 77") != NULL);

    /* products that overflow 32 and 64 bits */
    for (int i = 0; i < 3; i++) store32_be(data + 4 + 4 * i, i == 2 ? 1u << 31 : 1u << 17);
    ck_assert_int_eq(cn_idx_parse(size, &values, 3, data, n), CN_ERR_FORMAT);
    for (int i = 0; i < 3; i++) store32_be(data + 4 + 4 * i, UINT32_MAX);
    ck_assert_int_eq(cn_idx_parse(size, &values, 3, data, n), CN_ERR_FORMAT);
    /* the number of dimensions that the caller wants decides */
    n = make_idx(data, 1, shape);
    ck_assert_int_eq(cn_idx_parse(size, &values, 3, data, n), CN_ERR_MAGIC);
    ck_assert(strstr(cn_error_text(), "offset 3: expected 3 dimensions, found 1") != NULL);
}
END_TEST

/* ---- the folder ---------------------------------------------------------------------------- */

static char folder[32];

static void make_folder(void) {
    strcpy(folder, "cn-idx-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void) { tst_folder_remove(folder); }

static void put(const char *name, const uint8_t *data, size_t n) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (data == NULL)
        unlink(path);
    else
        ck_assert_int_eq(cn_file_write(path, data, n), CN_OK);
}

static void put_idx(const char *name, unsigned dims, uint32_t a, uint32_t b, uint32_t c) {
    static uint8_t data[8192];
    put(name, data, make_idx(data, dims, (const uint32_t[3]){a, b, c}));
}

/** gzip member with one stored block (RFC 1951, 1952). Returns its length. */
static size_t make_gzip(uint8_t *out, const uint8_t *data, size_t n) {
    static const uint8_t header[11] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1};
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        crc ^= data[i];
        for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (0xedb88320u & (0 - (crc & 1)));
    }
    memcpy(out, header, 11);
    out[11] = (uint8_t)n;
    out[12] = (uint8_t)(n >> 8);
    out[13] = (uint8_t)~out[11];
    out[14] = (uint8_t)~out[12];
    memcpy(out + 15, data, n);
    cn_store32_le(out + 15 + n, ~crc);
    cn_store32_le(out + 19 + n, (uint32_t)n);
    return n + 23;
}

/** Load, which must fail with this code and all of these words (separated by |) in the text. */
static void refuse(cn_status expected, const char *words) {
    cn_dataset d = {1, 2, 3, NULL, NULL};
    long live = cn_test_alloc_live();
    cn_status s = cn_dataset_load_mnist(&d, folder, 0);
    ck_assert_msg(s == expected, "%s: expected %s, found %s (%s)", words, cn_status_name(expected),
                  cn_status_name(s), cn_error_text());
    ck_assert(d.count == 1 && d.height == 2 && d.width == 3 && d.pixels == NULL);
    ck_assert_int_eq(cn_test_alloc_live(), live);
    char copy[256];
    snprintf(copy, sizeof copy, "%s", words);
    for (char *w = strtok(copy, "|"); w != NULL; w = strtok(NULL, "|"))
        ck_assert_msg(strstr(cn_error_text(), w) != NULL, "expected '%s' in: %s", w, cn_error_text());
}

START_TEST(test_mnist_load) {
    cn_dataset d;
    put_idx(IMAGES, 3, 10, 5, 4);
    put_idx(LABELS, 1, 10, 0, 0);
    ck_assert_int_eq(cn_dataset_load_mnist(&d, folder, 0), CN_OK);
    ck_assert(d.count == 10 && d.height == 5 && d.width == 4);
    for (int i = 0; i < 200; i++) ck_assert_uint_eq(d.pixels[i], i);
    for (int i = 0; i < 10; i++) ck_assert_uint_eq(d.labels[i], i);
    cn_dataset_clear(&d);
    ck_assert(d.count == 0 && d.pixels == NULL && d.labels == NULL);
    cn_dataset_clear(&d);
    cn_dataset_clear(NULL);
    static const size_t limits[] = {1, 9, 10, 11, SIZE_MAX};
    for (size_t i = 0; i < CN_ARRAY_LEN(limits); i++) {
        ck_assert_int_eq(cn_dataset_load_mnist(&d, folder, limits[i]), CN_OK);
        ck_assert_uint_eq(d.count, limits[i] < 10 ? limits[i] : 10);
        ck_assert_uint_eq(d.labels[d.count - 1], d.count - 1);
        cn_dataset_clear(&d);
    }
    ck_assert_int_eq(cn_dataset_load_mnist(NULL, folder, 0), CN_ERR_NULL);
    ck_assert_int_eq(cn_dataset_load_mnist(&d, NULL, 0), CN_ERR_NULL);
}
END_TEST

START_TEST(test_mnist_gzip) {
    uint8_t data[512], packed[600];
    cn_dataset d;
    size_t n = make_idx(data, 3, (const uint32_t[3]){10, 5, 4});
    put(IMAGES ".gz", packed, make_gzip(packed, data, n));
    put_idx(LABELS, 1, 10, 0, 0);
#ifdef HAVE_ZLIB
    ck_assert_int_eq(cn_dataset_load_mnist(&d, folder, 0), CN_OK);
    for (int i = 0; i < 200; i++) ck_assert_uint_eq(d.pixels[i], i);
    cn_dataset_clear(&d);
    put(IMAGES ".gz", packed, n + 22);
    refuse(CN_ERR_TRUNCATED, IMAGES ".gz");
#else
    (void)d;
    refuse(CN_ERR_UNSUPPORTED, IMAGES ".gz|zlib");
#endif
}
END_TEST

START_TEST(test_mnist_refuses) {
    uint8_t data[8192] = {0};
    refuse(CN_ERR_NOT_FOUND, IMAGES "|tools/fetch-mnist");
    put_idx(IMAGES, 3, 10, 5, 4);
    refuse(CN_ERR_NOT_FOUND, LABELS "|tools/fetch-mnist");
    put_idx(LABELS, 1, 9, 0, 0);
    refuse(CN_ERR_FORMAT, LABELS ": offset 4: expected 10 labels|found 9");
    put_idx(LABELS, 3, 10, 1, 1);
    refuse(CN_ERR_MAGIC, LABELS ": offset 3: expected 1 dimensions, found 3");
    put_idx(LABELS, 1, 11, 0, 0);
    refuse(CN_ERR_FORMAT, LABELS ": offset 4: expected 10 labels|found 11");
    put_idx(IMAGES, 3, 11, 5, 4);
    refuse(CN_ERR_FORMAT, LABELS ": offset 18: expected a label of 0 to 9, found 10");
    put_idx(LABELS, 1, 1, 0, 0);
    put_idx(IMAGES, 3, 1, 1024, 1);
    cn_dataset d;
    ck_assert_int_eq(cn_dataset_load_mnist(&d, folder, 0), CN_OK);
    cn_dataset_clear(&d);
    put_idx(IMAGES, 3, 1, 1025, 1);
    refuse(CN_ERR_FORMAT, IMAGES ": offset 8: expected images of at most 1024 rows, found 1025");
    put_idx(IMAGES, 3, 1, 1, 1025);
    refuse(CN_ERR_FORMAT, IMAGES ": offset 12: expected images of at most 1024 columns, found 1025");
    size_t n = make_idx(data, 3, (const uint32_t[3]){1, 5, 4});
    put(IMAGES, data, n - 1);
    refuse(CN_ERR_TRUNCATED, IMAGES ": offset 35: expected 36 bytes in all, found 35");
    put(IMAGES, data, n + 1);
    refuse(CN_ERR_OVERSIZED, IMAGES ": offset 36: expected 36 bytes in all, found 37");
    data[0] = 1;
    put(IMAGES, data, n);
    refuse(CN_ERR_MAGIC, IMAGES ": offset 0: expected|found 01 00 08 03");
    strcat(folder, "/none");
    refuse(CN_ERR_NOT_FOUND, "/none: expected a folder|tools/fetch-mnist");
    folder[strlen(folder) - 5] = 0;
}
END_TEST

START_TEST(test_mnist_alloc_failures) {
    put_idx(IMAGES, 3, 10, 5, 4);
    put_idx(LABELS, 1, 10, 0, 0);
    long live = cn_test_alloc_live();
    cn_status s = CN_ERR_MEMORY;
    for (unsigned long k = 1; s != CN_OK; k++) {
        cn_dataset d = {0};
        cn_test_alloc_fail_at(k);
        s = cn_dataset_load_mnist(&d, folder, 0);
        cn_test_alloc_fail_at(0);
        ck_assert(s == CN_OK ? k > 6 : s == CN_ERR_MEMORY && d.pixels == NULL);
        cn_dataset_clear(&d);
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }
}
END_TEST

Suite *cn_suite_idx(void) {
    Suite *s = suite_create("idx");
    TCase *t = tcase_create("idx");
    tcase_add_test(t, test_idx_parse);
    tcase_add_test(t, test_idx_header_bytes);
    tcase_add_test(t, test_idx_lengths);
    suite_add_tcase(s, t);
    t = tcase_create("mnist");
    tcase_add_checked_fixture(t, make_folder, remove_folder);
    tcase_add_test(t, test_mnist_load);
    tcase_add_test(t, test_mnist_gzip);
    tcase_add_test(t, test_mnist_refuses);
    tcase_add_test(t, test_mnist_alloc_failures);
    suite_add_tcase(s, t);
    return s;
}
