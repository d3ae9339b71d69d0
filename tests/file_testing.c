/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The folder of file_testing.h. */

#include "file_testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/mem.h"
#include "util/status.h"

char tst_folder[256];

void tst_folder_make(void) {
    const char *tmp = getenv("TMPDIR");
    snprintf(tst_folder, sizeof tst_folder, "%s/cryptonets-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(tst_folder));
}

void tst_folder_unmake(void) {
    tst_folder_remove(tst_folder);
    ck_assert(!cn_is_folder(tst_folder));
}

const char *tst_in_folder(const char *name) {
    static char path[sizeof tst_folder + 300];
    snprintf(path, sizeof path, "%s/%s", tst_folder, name);
    return path;
}

void tst_put(const char *name, const void *data, size_t n) {
    FILE *f = fopen(tst_in_folder(name), "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, 1, n, f), n);
    ck_assert_int_eq(fclose(f), 0);
}

void tst_expect_content(const char *path, size_t cap, const void *expected, size_t n) {
    uint8_t *data;
    size_t size;
    ck_assert_msg(cn_file_read(&data, &size, path, cap) == CN_OK, "%s", cn_error_text());
    ck_assert_uint_eq(size, n);
    TST_CHECK(memcmp(data, expected, n) == 0);
    ck_assert_int_eq(data[n], 0);
    cn_free(data);
}

void tst_expect_failure(const char *path, size_t cap, cn_status expected) {
    uint8_t *data = (uint8_t *)tst_folder;
    size_t size = 7;
    long before = cn_test_alloc_live();
    cn_error_set_text("");
    ck_assert_int_eq(cn_file_read(&data, &size, path, cap), expected);
    ck_assert_ptr_null(data);
    ck_assert_uint_eq(size, 0);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), path));
    ck_assert_int_eq(cn_test_alloc_live(), before);
}
