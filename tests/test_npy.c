/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** NumPy arrays: files as numpy.save writes them, every truncation and change of one byte, and each refusal; then a network whose weights
 *  come from arrays beside the same one from text. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nn/npy.h"
#include "nn/real.h"
#include "testing.h"
#include "util/file.h"

static char folder[32], path[64];

static void setup(void) {
    strcpy(folder, "/tmp/cn-npy-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.npy", folder);
}
static void teardown(void) { tst_folder_remove(folder); }

/** A file: magic, version, header padded to whole 64 bytes as numpy does, data. Returns its size. */
static size_t make(uint8_t *f, unsigned version, const char *header, const void *data, size_t size) {
    size_t begin = version == 1 ? 10 : 12, len = strlen(header) + 1, padded = (begin + len + 63) / 64 * 64 - begin;
    memcpy(f, "\x93NUMPY", 6);
    f[6] = (uint8_t)version, f[7] = 0, f[8] = (uint8_t)padded, f[9] = (uint8_t)(padded >> 8);
    if (version > 1) f[10] = f[11] = 0;
    memset(f + begin, ' ', padded);
    memcpy(f + begin, header, len - 1);
    f[begin + padded - 1] = '\n';
    if (size) memcpy(f + begin + padded, data, size);
    return begin + padded + size;
}

static cn_status open_bytes(cn_npy *a, const uint8_t *f, size_t size) {
    ck_assert_int_eq(cn_file_write(path, f, size), CN_OK);
    return cn_npy_open(a, path);
}

static const float floats[6] = {1.5f, -2, 0, 1e-3f, 1e29f, -0.0f};

START_TEST(accepted) {
    uint8_t f[512], big[8] = {0x3f, 0x50, 0x62, 0x4d, 0xd2, 0xf1, 0xa9, 0xfc};
    double x[6], three = 3;
    cn_npy a;
    for (unsigned version = 1; version <= 3; version++) {
        size_t size = make(f, version, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", floats, sizeof floats);
        ck_assert_msg(open_bytes(&a, f, size) == CN_OK, "%s", cn_error_text());
        ck_assert(a.dims == 2 && a.shape[0] == 2 && a.shape[1] == 3 && a.count == 6 && a.width == 4 && !a.big);
        ck_assert_int_eq(cn_npy_reals(x, &a), CN_OK);
        for (int i = 0; i < 6; i++) ck_assert(x[i] == (double)floats[i]);
        cn_npy_clear(&a);
    }
    size_t size = make(f, 1, "{'shape':(1,),'descr':'>f8','fortran_order':False}", big, 8); /* another order of keys, no blanks */
    ck_assert_int_eq(open_bytes(&a, f, size), CN_OK);
    ck_assert_int_eq(cn_npy_reals(x, &a), CN_OK);
    ck_assert(x[0] == 1e-3 && a.dims == 1);
    cn_npy_clear(&a);
    size = make(f, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (), }", &three, 8);
    ck_assert_int_eq(open_bytes(&a, f, size), CN_OK);
    ck_assert(a.dims == 0 && a.count == 1);
    cn_npy_clear(&a);
    size = make(f, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 3), }", NULL, 0);
    ck_assert_int_eq(open_bytes(&a, f, size), CN_OK);
    ck_assert(a.count == 0);
    cn_npy_clear(&a);
}
END_TEST

START_TEST(refused) {
    const struct {
        const char *header;
        cn_status expected;
    } c[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)", CN_ERR_FORMAT},
        {"{'descr': '<f4', 'shape': (2, 3), }", CN_ERR_FORMAT},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", CN_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1}", CN_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } ,", CN_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2, 3), }", CN_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6), }", CN_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3), }", CN_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3x), }", CN_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999, 3), }", CN_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': [2, 3], }", CN_ERR_FORMAT},
        {"{'descr: '<f4', 'fortran_order': False, 'shape': (2, 3), }", CN_ERR_FORMAT},
        {"", CN_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", CN_ERR_UNSUPPORTED},
        {"{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }", CN_ERR_UNSUPPORTED},
        {"{'descr': '=f4', 'fortran_order': False, 'shape': (2, 3), }", CN_ERR_UNSUPPORTED},
        {"{'descr': '', 'fortran_order': False, 'shape': (2, 3), }", CN_ERR_UNSUPPORTED},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3), }", CN_ERR_UNSUPPORTED},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 2, 3), }", CN_ERR_UNSUPPORTED},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }", CN_ERR_TRUNCATED},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000000000, 1000000000), }", CN_ERR_TRUNCATED},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }", CN_ERR_OVERSIZED},
    };
    uint8_t f[512];
    cn_npy a;
    for (size_t i = 0; i < CN_ARRAY_LEN(c); i++) {
        cn_status s = open_bytes(&a, f, make(f, 1, c[i].header, floats, sizeof floats));
        ck_assert_msg(s == c[i].expected, "%s: %s", c[i].header, cn_status_name(s));
        ck_assert_ptr_null(a.file);
    }
    ck_assert_int_eq(cn_npy_open(&a, folder), CN_ERR_IO);
    size_t size = make(f, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", floats, sizeof floats);
    f[6] = 4;
    ck_assert_int_eq(open_bytes(&a, f, size), CN_ERR_VERSION);
    f[0] = 0;
    ck_assert_int_eq(open_bytes(&a, f, size), CN_ERR_MAGIC);
    double x[2], bad[] = {NAN, INFINITY, -INFINITY, 1e30, -1e300};
    for (size_t i = 0; i < CN_ARRAY_LEN(bad); i++) {
        double pair[2] = {1, bad[i]};
        size = make(f, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", pair, sizeof pair);
        ck_assert_int_eq(open_bytes(&a, f, size), CN_OK);
        ck_assert_int_eq(cn_npy_reals(x, &a), CN_ERR_RANGE);
        cn_npy_clear(&a);
    }
}
END_TEST

/** Every truncation is refused; no change of one byte does harm, and what is accepted has the bytes that it promises. */
START_TEST(damaged) {
    uint8_t f[512], g[512];
    double x[64];
    cn_npy a;
    size_t size = make(f, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", floats, sizeof floats);
    for (size_t len = 0; len < size; len++) {
        cn_status s = open_bytes(&a, f, len);
        ck_assert(s == (len < 6 ? CN_ERR_MAGIC : CN_ERR_TRUNCATED));
    }
    f[size] = 0;
    ck_assert_int_eq(open_bytes(&a, f, size + 1), CN_ERR_OVERSIZED);
    for (size_t i = 0; i < size; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(g, f, size);
            g[i] ^= (uint8_t)(1u << bit);
            if (open_bytes(&a, g, size) != CN_OK) continue;
            ck_assert(a.count <= 6 && a.data + a.count * a.width == a.file + size);
            cn_status s = cn_npy_reals(x, &a);
            ck_assert(s == CN_OK || s == CN_ERR_RANGE);
            cn_npy_clear(&a);
        }
    }
}
END_TEST

static void put(const char *name, const void *data, size_t size) {
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(cn_file_write(path, data, size), CN_OK);
}

/** The same network from text and from arrays; both files, wrong shapes. */
START_TEST(network) {
    const char *net = "input 1 2 2\nconv 2 1 2 1 0 0 0 0\nsquare\nfc 1\n";
    const double w[8] = {1, 2, 3, 4, -1, -0.5, 0.25, 8};
    uint8_t f[512];
    cn_model *m;
    cn_real_net text, arrays;
    put("net.txt", net, strlen(net));
    put("W1.txt", "1 2 3 4\n-1 -0.5 0.25 8\n", 23);
    put("b1.txt", "7 9\n", 4);
    put("W2.txt", "1 2\n", 4);
    put("b2.txt", "3\n", 2);
    ck_assert_msg(cn_real_import(&m, &text, folder, NULL, NULL) == CN_OK, "%s", cn_error_text());
    cn_model_free(m);
    put("W1.npy", f, make(f, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1, 2, 2), }", w, sizeof w));
    ck_assert_int_eq(cn_real_import(&m, &arrays, folder, NULL, NULL), CN_ERR_FORMAT); /* and W1.txt */
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "remove one of them"));
    snprintf(path, sizeof path, "%s/W1.txt", folder);
    unlink(path);
    ck_assert_msg(cn_real_import(&m, &arrays, folder, NULL, NULL) == CN_OK, "%s", cn_error_text());
    ck_assert(memcmp(text.weight[0], arrays.weight[0], sizeof w) == 0 && arrays.bias[0][1] == 9);
    cn_model_free(m);
    cn_real_clear(&arrays);
    cn_real_clear(&text);
    const char *wrong[] = {"{'descr': '<f8', 'fortran_order': False, 'shape': (4, 2), }", "{'descr': '<f8', 'fortran_order': False, 'shape': (8,), }",
                           "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 8), }", "{'descr': '<f4', 'fortran_order': False, 'shape': (16,), }"};
    for (size_t i = 0; i < CN_ARRAY_LEN(wrong); i++) {
        put("W1.npy", f, make(f, 1, wrong[i], w, sizeof w));
        ck_assert_int_eq(cn_real_import(&m, &arrays, folder, NULL, NULL), CN_ERR_FORMAT);
        ck_assert_ptr_null(arrays.weight[0]);
        ck_assert_ptr_nonnull(strstr(cn_error_text(), "expected an array of 2 rows of 4 numbers"));
    }
}
END_TEST

Suite *cn_suite_npy(void) {
    Suite *s = suite_create("npy");
    TCase *c = tcase_create("npy");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, accepted);
    tcase_add_test(c, refused);
    tcase_add_test(c, damaged);
    tcase_add_test(c, network);
    suite_add_tcase(s, c);
    return s;
}
