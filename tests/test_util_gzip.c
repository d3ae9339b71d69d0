/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Reading files in gzip: sizes, caps, every defect, lack of memory; refused where the library is built without zlib. */

#include "util/gzip.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

#include "file_testing.h"
#include "util/mem.h"
#include "util/status.h"

START_TEST(gzip_magic) {
    ck_assert(cn_is_gzip((const uint8_t *)"\x1f\x8b", 2));
    ck_assert(!cn_is_gzip((const uint8_t *)"\x1f\x8b", 1));
    ck_assert(!cn_is_gzip((const uint8_t *)"\x1f\x8c", 2));
    ck_assert(!cn_is_gzip((const uint8_t *)"\x1e\x8b", 2));
    ck_assert(!cn_is_gzip(NULL, 0));
}
END_TEST

#ifdef HAVE_ZLIB
static uint8_t content[300000];
static uint8_t packed[400000];

/* gzip of n bytes at data.  Returns: its size. */
static size_t pack(const void *data, size_t n, int level) {
    z_stream z = {0};
    ck_assert_int_eq(deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)data;
    z.avail_in = (unsigned)n;
    z.next_out = packed;
    z.avail_out = sizeof packed;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return sizeof packed - z.avail_out;
}

START_TEST(gzip_sizes) {
    static const size_t sizes[] = {0, 1, 100, 4095, 4096, 4097, 8192, 65536, 300000};
    for (size_t i = 0; i < sizeof content; i++) content[i] = (uint8_t)(_i ? tst_u64() : tst_below(3));
    for (int level = 0; level <= 9; level += 9) { /* 0: stored, larger than the content */
        for (size_t i = 0; i < CN_ARRAY_LEN(sizes); i++) {
            size_t n = sizes[i];
            tst_put("f.gz", packed, pack(content, n, level));
            tst_expect_content(tst_in_folder("f.gz"), n, content, n);
            tst_expect_content(tst_in_folder("f.gz"), n + 1, content, n);
            tst_expect_content(tst_in_folder("f.gz"), SIZE_MAX, content, n);
            if (n > 0) tst_expect_failure(tst_in_folder("f.gz"), n - 1, CN_ERR_OVERSIZED);
            if (n > 0) tst_expect_failure(tst_in_folder("f.gz"), n / 2, CN_ERR_OVERSIZED);
            if (n > 0) tst_expect_failure(tst_in_folder("f.gz"), 0, CN_ERR_OVERSIZED);
        }
    }
}
END_TEST

/* 300 kB of zeros in 340 bytes: the work and the memory stop at the cap. */
START_TEST(gzip_bomb) {
    memset(content, 0, sizeof content);
    size_t n = pack(content, sizeof content, 9);
    ck_assert_uint_lt(n, 1000);
    tst_put("f.gz", packed, n);
    tst_expect_failure(tst_in_folder("f.gz"), 20000, CN_ERR_OVERSIZED);
    tst_expect_content(tst_in_folder("f.gz"), sizeof content, content, sizeof content);
}
END_TEST

START_TEST(gzip_broken) {
    for (size_t i = 0; i < 1000; i++) content[i] = (uint8_t)tst_below(10);
    size_t n = pack(content, 1000, 9);
    tst_put("f.gz", packed, n);
    tst_expect_content(tst_in_folder("f.gz"), 1000, content, 1000);
    for (size_t cut = 2; cut < n; cut++) {
        tst_put("f.gz", packed, cut);
        tst_expect_failure(tst_in_folder("f.gz"), 1000, CN_ERR_TRUNCATED);
    }
    /* one byte behind the end, and a second stream */
    packed[n] = 'x';
    tst_put("f.gz", packed, n + 1);
    tst_expect_failure(tst_in_folder("f.gz"), 1000, CN_ERR_FORMAT);
    memcpy(packed + n, packed, n);
    tst_put("f.gz", packed, 2 * n);
    tst_expect_failure(tst_in_folder("f.gz"), 100000, CN_ERR_FORMAT);
    /* checksum, length, method, reserved flags */
    static const long places[] = {-1, -4, -5, -8, 2, 3};
    for (size_t i = 0; i < CN_ARRAY_LEN(places); i++) {
        size_t at = places[i] < 0 ? n - (size_t)-places[i] : (size_t)places[i];
        packed[at] ^= 0x80;
        tst_put("f.gz", packed, n);
        tst_expect_failure(tst_in_folder("f.gz"), 1000, CN_ERR_FORMAT);
        packed[at] ^= 0x80;
    }
    /* any byte of the stream itself: refused, or undone by a lucky flip, but never wrong data */
    for (size_t i = 0; i < TST_ITERS(300); i++) {
        size_t at = 10 + tst_below(n - 10), size;
        uint8_t *data, flip = (uint8_t)(1 << tst_below(8));
        packed[at] ^= flip;
        if (cn_gunzip(&data, &size, packed, n, 1000) == CN_OK) {
            TST_EQ(size, 1000);
            TST_CHECK(memcmp(data, content, size) == 0);
            cn_free(data);
        } else {
            TST_CHECK(data == NULL && size == 0);
        }
        packed[at] ^= flip;
    }
}
END_TEST

START_TEST(gzip_no_memory) {
    for (size_t i = 0; i < 300000; i++) content[i] = (uint8_t)(i / 1000);
    tst_put("f.gz", packed, pack(content, 300000, 9));
    cn_test_alloc_fail_at(0);
    tst_expect_content(tst_in_folder("f.gz"), 300000, content, 300000);
    unsigned long allocations = cn_test_alloc_count();
    ck_assert_uint_gt(allocations, 4);
    for (unsigned long k = 1; k <= allocations; k++) {
        cn_test_alloc_fail_at(k);
        tst_expect_failure(tst_in_folder("f.gz"), 300000, CN_ERR_MEMORY);
    }
    cn_test_alloc_fail_at(0);
}
END_TEST
#else
START_TEST(gzip_unsupported) {
    tst_put("f.gz", "\x1f\x8b\x08\x00", 4);
    tst_expect_failure(tst_in_folder("f.gz"), 100, CN_ERR_UNSUPPORTED);
}
END_TEST
#endif

Suite *cn_suite_util_gzip(void) {
    Suite *suite = suite_create("util_gzip");
    TCase *c = tcase_create("gzip");
    tcase_add_checked_fixture(c, tst_folder_make, tst_folder_unmake);
    tcase_add_test(c, gzip_magic);
#ifdef HAVE_ZLIB
    tcase_add_loop_test(c, gzip_sizes, 0, 2);
    tcase_add_test(c, gzip_bomb);
    tcase_add_test(c, gzip_broken);
    tcase_add_test(c, gzip_no_memory);
#else
    tcase_add_test(c, gzip_unsupported);
#endif
    suite_add_tcase(suite, c);
    return suite;
}
