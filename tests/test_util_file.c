/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Reading whole files: sizes, caps, files without a size, what is no file, lack of memory. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file_testing.h"
#include "util/mem.h"
#include "util/status.h"

static uint8_t content[300000];

START_TEST(read_sizes) {
    static const size_t sizes[] = {0, 1, 2, 3, 100, 4095, 4096, 4097, 65535, 65536, 65537, 300000};
    for (size_t i = 0; i < sizeof content; i++) content[i] = (uint8_t)tst_u64();
    content[0] = 7; /* not the magic of gzip */
    for (size_t i = 0; i < CN_ARRAY_LEN(sizes); i++) {
        size_t n = sizes[i];
        tst_put("f", content, n);
        tst_expect_content(tst_in_folder("f"), n, content, n);
        tst_expect_content(tst_in_folder("f"), n + 1, content, n);
        tst_expect_content(tst_in_folder("f"), SIZE_MAX, content, n);
        if (n > 0) tst_expect_failure(tst_in_folder("f"), n - 1, CN_ERR_OVERSIZED);
        if (n > 0) tst_expect_failure(tst_in_folder("f"), 0, CN_ERR_OVERSIZED);
    }
}
END_TEST

/* A file whose size is not known beforehand: it says 0 in /proc, and has several pages. */
START_TEST(read_unknown_size) {
    uint8_t *data;
    size_t size;
    ck_assert_int_eq(cn_file_read(&data, &size, "/proc/self/maps", (size_t)1 << 24), CN_OK);
    ck_assert_uint_gt(size, 500);
    ck_assert_ptr_nonnull(memchr(data, '\n', size));
    ck_assert_uint_eq(strlen((const char *)data), size);
    cn_free(data);
    tst_expect_failure("/proc/self/maps", 100, CN_ERR_OVERSIZED);
    tst_expect_failure("/dev/zero", 1000000, CN_ERR_OVERSIZED);
    tst_expect_content("/dev/null", 10, "", 0);
}
END_TEST

START_TEST(read_missing) {
    tst_put("f", "x", 1);
    tst_expect_failure(tst_in_folder("none"), 100, CN_ERR_NOT_FOUND);
    tst_expect_failure(tst_in_folder("none/f"), 100, CN_ERR_NOT_FOUND);
    tst_expect_failure(tst_in_folder("f/g"), 100, CN_ERR_NOT_FOUND);
    tst_expect_failure("", 100, CN_ERR_NOT_FOUND);
    tst_expect_failure(tst_folder, 100, CN_ERR_IO);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "found a folder"));
    ck_assert_int_eq(symlink("loop", tst_in_folder("loop")), 0);
    tst_expect_failure(tst_in_folder("loop"), 100, CN_ERR_IO);
}
END_TEST

START_TEST(read_no_memory) {
    tst_put("f", "xyz", 3);
    cn_test_alloc_fail_at(1);
    tst_expect_failure(tst_in_folder("f"), 100, CN_ERR_MEMORY);
    cn_test_alloc_fail_at(2); /* the larger buffer */
    tst_expect_failure("/proc/self/maps", 1 << 20, CN_ERR_MEMORY);
    cn_test_alloc_fail_at(0);
    tst_expect_content(tst_in_folder("f"), 3, "xyz", 3);
}
END_TEST

START_TEST(kinds) {
    tst_put("f", "x", 1);
    ck_assert(cn_is_file(tst_in_folder("f")) && !cn_is_folder(tst_in_folder("f")));
    ck_assert(!cn_is_file(tst_folder) && cn_is_folder(tst_folder));
    ck_assert(!cn_is_file(tst_in_folder("none")) && !cn_is_folder(tst_in_folder("none")));
    ck_assert(!cn_is_file("/dev/null") && !cn_is_folder("/dev/null"));
}
END_TEST

Suite *cn_suite_util_file(void) {
    Suite *suite = suite_create("util_file");
    TCase *c = tcase_create("reading");
    tcase_add_checked_fixture(c, tst_folder_make, tst_folder_unmake);
    tcase_add_test(c, read_sizes);
    tcase_add_test(c, read_unknown_size);
    tcase_add_test(c, read_missing);
    tcase_add_test(c, read_no_memory);
    tcase_add_test(c, kinds);
    suite_add_tcase(suite, c);
    return suite;
}
