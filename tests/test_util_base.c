/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Status and failure texts, log, memory, arena, byte order, constant-time helpers, assertions. */

#include "testing.h"

#include "util/arena.h"
#include "util/bytes.h"
#include "util/ct.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/verify.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For tests that end in an abort: its message is not for the log. */
static void silence(void) { ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr)); }

/* ---- status -------------------------------------------------------------------------------- */

/* Every status, written out a second time; the numbers are part of the interface. */
static const struct {
    int value;
    const char *name;
} statuses[] = {
    {0, "CN_OK"}, {1, "CN_ERR_NULL"}, {2, "CN_ERR_SIZE"}, {3, "CN_ERR_ALIAS"}, {4, "CN_ERR_STATE"},
    {5, "CN_ERR_MISMATCH"}, {10, "CN_ERR_DEGREE"}, {11, "CN_ERR_LIMB_COUNT"}, {12, "CN_ERR_LIMB_RANGE"},
    {13, "CN_ERR_NOT_PRIME"}, {14, "CN_ERR_CONGRUENCE"}, {15, "CN_ERR_DUPLICATE"}, {16, "CN_ERR_PLAIN_COUNT"},
    {17, "CN_ERR_PLAIN_RANGE"}, {18, "CN_ERR_DIGIT"}, {19, "CN_ERR_SECURITY"}, {20, "CN_ERR_SCHEME"}, {30, "CN_ERR_MEMORY"},
    {31, "CN_ERR_RANDOM"}, {32, "CN_ERR_IO"}, {33, "CN_ERR_NOT_FOUND"}, {34, "CN_ERR_THREAD"},
    {40, "CN_ERR_TRUNCATED"}, {41, "CN_ERR_OVERSIZED"}, {42, "CN_ERR_MAGIC"}, {43, "CN_ERR_VERSION"},
    {44, "CN_ERR_FORMAT"}, {45, "CN_ERR_DIGEST"}, {46, "CN_ERR_RANGE"}, {50, "CN_ERR_MODEL"},
    {51, "CN_ERR_UNSUPPORTED"}, {52, "CN_ERR_PLAN"}, {60, "CN_ERR_NOISE"}, {61, "CN_ERR_CANCELLED"},
    {62, "CN_ERR_USAGE"},
};

START_TEST(status_words) {
    size_t known = 0;
    for (int value = -1; value < 100; value++) {
        const char *name = "CN_ERR_UNKNOWN";
        for (size_t i = 0; i < CN_ARRAY_LEN(statuses); i++) {
            if (statuses[i].value == value) name = statuses[i].name;
        }
        ck_assert_str_eq(cn_status_name((cn_status)value), name);
        const char *sentence = cn_status_sentence((cn_status)value);
        ck_assert_uint_gt(strlen(sentence), 5);
        ck_assert_int_eq(sentence[strlen(sentence) - 1], '.');
        if (strcmp(sentence, "This status is unknown.") != 0) known++;
    }
    ck_assert_uint_eq(known, CN_ARRAY_LEN(statuses));
}
END_TEST

START_TEST(version) {
    int major, minor, patch, end = 0;
    ck_assert_int_eq(sscanf(cn_version(), "%d.%d.%d%n", &major, &minor, &patch, &end), 3);
    ck_assert_uint_eq((size_t)end, strlen(cn_version()));
}
END_TEST

START_TEST(failure_text) {
    ck_assert_int_eq(cn_fail(CN_ERR_RANGE, "weight %d: expected %s", 7, "less"), CN_ERR_RANGE);
    ck_assert_str_eq(cn_error_text(), "weight 7: expected less");
    ck_assert_int_eq(cn_fail_prefix(CN_OK, "file"), CN_OK);
    ck_assert_str_eq(cn_error_text(), "weight 7: expected less");
    ck_assert_int_eq(cn_fail_prefix(CN_ERR_RANGE, "file %c", 'x'), CN_ERR_RANGE);
    ck_assert_str_eq(cn_error_text(), "file x: weight 7: expected less");
    /* its own text as an argument */
    cn_fail(CN_ERR_RANGE, "(%s)", cn_error_text());
    ck_assert_str_eq(cn_error_text(), "(file x: weight 7: expected less)");
    cn_error_set_text(cn_error_text() + 1);
    ck_assert_str_eq(cn_error_text(), "file x: weight 7: expected less)");
    cn_error_set_text("");
    ck_assert_str_eq(cn_error_text(), "");
}
END_TEST

START_TEST(failure_text_is_cut) {
    char longer[5000];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    cn_fail(CN_ERR_RANGE, "%s", longer);
    ck_assert_uint_eq(strlen(cn_error_text()), 1023);
    cn_fail_prefix(CN_ERR_RANGE, "start");
    ck_assert_uint_eq(strlen(cn_error_text()), 1023);
    ck_assert_int_eq(strncmp(cn_error_text(), "start: aaa", 10), 0);
    cn_fail_prefix(CN_ERR_RANGE, "%s", longer);
    ck_assert_uint_eq(strlen(cn_error_text()), 1023);
    cn_error_set_text(longer);
    ck_assert_uint_eq(strlen(cn_error_text()), 1023);
}
END_TEST

static void *fail_elsewhere(void *found) {
    snprintf(found, 100, "%s", cn_error_text());
    cn_fail(CN_ERR_IO, "elsewhere");
    return NULL;
}

START_TEST(failure_text_is_per_thread) {
    pthread_t thread;
    char found[100] = "unset";
    cn_fail(CN_ERR_IO, "here");
    ck_assert_int_eq(pthread_create(&thread, NULL, fail_elsewhere, found), 0);
    pthread_join(thread, NULL);
    ck_assert_str_eq(found, "");
    ck_assert_str_eq(cn_error_text(), "here");
}
END_TEST

static void keep_line(void *user, const char *line) { snprintf(user, 100, "%s", line); }

START_TEST(log_line) {
    char line[100] = "";
    cn_log("nobody %s", "listens");
    cn_set_log(keep_line, line);
    cn_log("%d of %d", 3, 4);
    ck_assert_str_eq(line, "3 of 4");
    cn_set_log(NULL, NULL);
    cn_log("again nobody");
    ck_assert_str_eq(line, "3 of 4");
}
END_TEST

/* ---- memory -------------------------------------------------------------------------------- */

START_TEST(mem_blocks) {
    long before = cn_test_alloc_live();
    for (size_t n = 0; n < 300; n++) {
        unsigned char *p = cn_calloc(n, 3), *q = cn_malloc(3, n);
        ck_assert_ptr_nonnull(p);
        ck_assert_ptr_nonnull(q);
        ck_assert_uint_eq((uintptr_t)p % CN_ALIGN, 0);
        ck_assert_uint_eq((uintptr_t)q % CN_ALIGN, 0);
        for (size_t i = 0; i < 3 * n; i++) TST_CHECK(p[i] == 0);
        memset(p, 0xff, 3 * n); /* so that a later block is not zero by chance */
        memset(q, 0xff, 3 * n);
        ck_assert_int_eq(cn_test_alloc_live(), before + 2);
        cn_free(p);
        cn_free_secret(q, 3 * n);
        ck_assert_int_eq(cn_test_alloc_live(), before);
    }
    cn_free(NULL);
    cn_free_secret(NULL, 5);
    ck_assert_int_eq(cn_test_alloc_live(), before);
    char *s = cn_strdup("text");
    ck_assert_str_eq(s, "text");
    cn_free(s);
}
END_TEST

START_TEST(mem_overflow) {
    const size_t wide[][2] = {{SIZE_MAX, 2}, {2, SIZE_MAX}, {(size_t)1 << 32, (size_t)1 << 32}, {SIZE_MAX / 2 + 2, 1},
                              {SIZE_MAX, SIZE_MAX}};
    for (size_t i = 0; i < CN_ARRAY_LEN(wide); i++) {
        cn_error_set_text("");
        ck_assert_ptr_null(cn_malloc(wide[i][0], wide[i][1]));
        ck_assert_str_ne(cn_error_text(), "");
        ck_assert_ptr_null(cn_calloc(wide[i][0], wide[i][1]));
    }
}
END_TEST

START_TEST(mem_injection) {
    for (unsigned long k = 1; k <= 4; k++) {
        long before = cn_test_alloc_live();
        cn_test_alloc_fail_at(k);
        for (unsigned long i = 1; i <= 4; i++) {
            cn_error_set_text("");
            void *p = i % 2 ? cn_malloc(1, 1) : cn_strdup("x");
            ck_assert_int_eq(p == NULL, i == k);
            ck_assert_int_eq(cn_error_text()[0] != 0, i == k);
            cn_free(p);
            ck_assert_uint_eq(cn_test_alloc_count(), i);
        }
        ck_assert_int_eq(cn_test_alloc_live(), before);
    }
    cn_test_alloc_fail_at(0);
    ck_assert_uint_eq(cn_test_alloc_count(), 0);
}
END_TEST

START_TEST(mem_wipe) {
    unsigned char buffer[200];
    for (size_t n = 0; n <= 100; n++) {
        memset(buffer, 0x5a, sizeof buffer);
        cn_wipe(buffer + 50, n);
        for (size_t i = 0; i < sizeof buffer; i++) TST_EQ(buffer[i], i >= 50 && i < 50 + n ? 0 : 0x5a);
    }
    cn_wipe(NULL, 0);
}
END_TEST

/* ---- arena --------------------------------------------------------------------------------- */

START_TEST(arena_takes) {
    cn_arena a;
    long before = cn_test_alloc_live();
    ck_assert_int_eq(cn_arena_init(&a, CN_ARENA_BYTES(100) + CN_ARENA_BYTES(1)), CN_OK);
    unsigned char *p = cn_arena_take(&a, 25, 4);
    size_t mark = cn_arena_mark(&a);
    unsigned char *q = cn_arena_take(&a, 1, 1);
    ck_assert_uint_eq((uintptr_t)p % CN_ALIGN, 0);
    ck_assert_uint_eq((uintptr_t)q % CN_ALIGN, 0);
    ck_assert(q >= p + 100);
    memset(p, 1, 100);
    memset(q, 1, CN_ALIGN);
    cn_arena_rewind(&a, mark);
    ck_assert_ptr_eq(cn_arena_take(&a, CN_ALIGN, 1), q);
    ck_assert_ptr_nonnull(cn_arena_take(&a, 0, 8));
    cn_arena_rewind(&a, 0);
    ck_assert_ptr_eq(cn_arena_take(&a, 1, 192), p);
    cn_arena_clear(&a);
    ck_assert_ptr_null(a.base);
    cn_arena_clear(&a);
    ck_assert_int_eq(cn_test_alloc_live(), before);
}
END_TEST

START_TEST(arena_no_memory) {
    cn_arena a;
    memset(&a, 0xff, sizeof a);
    cn_test_alloc_fail_at(1);
    ck_assert_int_eq(cn_arena_init(&a, 100), CN_ERR_MEMORY);
    cn_test_alloc_fail_at(0);
    cn_arena_clear(&a);
    ck_assert_int_eq(cn_arena_init(&a, SIZE_MAX), CN_ERR_MEMORY);
    cn_arena_clear(&a);
}
END_TEST

START_TEST(arena_runs_out) {
    cn_arena a;
    silence();
    ck_assert_int_eq(cn_arena_init(&a, 100), CN_OK);
    cn_arena_take(&a, 1, 65);
    cn_arena_take(&a, 1, 1);
}
END_TEST

START_TEST(arena_overflow) {
    cn_arena a;
    silence();
    ck_assert_int_eq(cn_arena_init(&a, 100), CN_OK);
    cn_arena_take(&a, (size_t)1 << 32, (size_t)1 << 32); /* 0 modulo 2^64 */
}
END_TEST

/* ---- small things -------------------------------------------------------------------------- */

START_TEST(byte_order) {
    uint8_t b[17] = {0, 1, 2, 3, 4, 5, 6, 7, 0x88, 9, 10, 11, 12, 13, 14, 15, 0xf0};
    ck_assert_uint_eq(cn_load32_le(b + 1), 0x04030201);
    ck_assert_uint_eq(cn_load32_be(b + 1), 0x01020304);
    ck_assert_uint_eq(cn_load32_le(b + 5), 0x88070605);
    ck_assert_uint_eq(cn_load32_be(b + 8), 0x88090a0b);
    ck_assert_uint_eq(cn_load64_le(b + 1), 0x8807060504030201);
    for (size_t i = 0; i < TST_ITERS(100); i++) {
        uint64_t x = tst_biased(0);
        uint8_t c[10];
        memset(c, 0x77, sizeof c);
        cn_store64_le(c + 1, x);
        TST_EQ(cn_load64_le(c + 1), x);
        TST_EQ(c[1], x & 255);
        cn_store32_le(c + 1, (uint32_t)~x);
        TST_EQ(cn_load32_le(c + 1), (uint32_t)~x);
        TST_EQ(cn_load32_le(c + 5), x >> 32);
        TST_CHECK(c[0] == 0x77 && c[9] == 0x77);
    }
}
END_TEST

START_TEST(ct_masks) {
    const uint64_t top = (uint64_t)1 << 63;
    for (size_t i = 0; i < TST_ITERS(2000); i++) {
        uint64_t a = tst_biased(0), b = i % 3 ? tst_biased(0) : a;
        TST_EQ(cn_ct_barrier(a), a);
        TST_EQ(cn_ct_mask_msb(a), a >= top ? UINT64_MAX : 0);
        TST_EQ(cn_ct_select(UINT64_MAX, a, b), a);
        TST_EQ(cn_ct_select(0, a, b), b);
        a &= top - 1, b &= top - 1;
        TST_EQ(cn_ct_mask_lt(a, b), a < b ? UINT64_MAX : 0);
    }
}
END_TEST

START_TEST(invariant_fails) {
    silence();
    CN_INVARIANT(tst_u64() == 0 && tst_u64() == 0);
}
END_TEST

START_TEST(assertions) {
    const uint64_t words[3] = {1, 2, 3};
    int evaluated = 0;
    CN_INVARIANT(words[0] == 1);
    CN_VERIFY(++evaluated == 1);
    CN_VERIFY_BELOW(words, 3, 4);
    CN_VERIFY_ONLY(evaluated++;)
    (void)words;
#ifdef VERIFY
    ck_assert_int_eq(evaluated, 2);
#else
    ck_assert_int_eq(evaluated, 0);
#endif
}
END_TEST

#ifdef VERIFY
START_TEST(verify_below_fails) {
    const uint64_t words[3] = {1, 2, 4};
    silence();
    CN_VERIFY_BELOW(words, 3, 4);
}
END_TEST
#endif

Suite *cn_suite_util_base(void) {
    Suite *suite = suite_create("util_base");
    const char *fork_mode = getenv("CK_FORK");
    TCase *status = tcase_create("status"), *mem = tcase_create("mem"), *small = tcase_create("small");
    tcase_add_test(status, status_words);
    tcase_add_test(status, version);
    tcase_add_test(status, failure_text);
    tcase_add_test(status, failure_text_is_cut);
    tcase_add_test(status, failure_text_is_per_thread);
    tcase_add_test(status, log_line);
    suite_add_tcase(suite, status);
    tcase_add_test(mem, mem_blocks);
    tcase_add_test(mem, mem_overflow);
    tcase_add_test(mem, mem_injection);
    tcase_add_test(mem, mem_wipe);
    tcase_add_test(mem, arena_takes);
    tcase_add_test(mem, arena_no_memory);
    suite_add_tcase(suite, mem);
    tcase_add_test(small, byte_order);
    tcase_add_test(small, ct_masks);
    tcase_add_test(small, assertions);
    suite_add_tcase(suite, small);
    if (fork_mode == NULL || strcmp(fork_mode, "no") != 0) { /* these abort, and need a process of their own */
        TCase *aborting = tcase_create("aborting");
        tcase_add_test_raise_signal(aborting, arena_runs_out, SIGABRT);
        tcase_add_test_raise_signal(aborting, arena_overflow, SIGABRT);
        tcase_add_test_raise_signal(aborting, invariant_fails, SIGABRT);
#ifdef VERIFY
        tcase_add_test_raise_signal(aborting, verify_below_fails, SIGABRT);
#endif
        suite_add_tcase(suite, aborting);
    }
    return suite;
}
