/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The random generator: against a second implementation of its key schedule, over a fork, with a system call that
 *  is interrupted, gives too little, or fails. The system call is replaced by the function getrandom below. */

#include "testing.h"

#include "util/chacha20.h"
#include "util/mem.h"
#include "util/rng.h"
#include "util/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* How the next calls of getrandom go: one letter each, then as the system does.
 * i interrupted, s one byte only, f fails, z gives nothing. */
static const char *script = "";
static unsigned long calls;
static bool counting; /* hand out 1, 2, 3, ... instead of randomness */
static uint8_t counted;

ssize_t getrandom(void *out, size_t n, unsigned flags) {
    calls++;
    char step = *script;
    if (step != 0) script++;
    if (step == 'i') {
        errno = EINTR;
        return -1;
    }
    if (step == 'f') {
        errno = ENOSYS;
        return -1;
    }
    if (step == 'z') return 0;
    if (step == 's' && n > 1) n = 1;
    if (!counting) return syscall(SYS_getrandom, out, n, flags);
    for (size_t i = 0; i < n; i++) ((uint8_t *)out)[i] = ++counted;
    return (ssize_t)n;
}

/* The two guards against a fork, each of which can be taken away: the kernel wipes the page, the process id differs. */
static bool kernel_is_old, same_id;

int madvise(void *start, size_t n, int advice) {
    if (kernel_is_old) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_madvise, start, n, advice);
}

pid_t getpid(void) { return same_id ? 1 : (pid_t)syscall(SYS_getpid); }

static bool is_zero(const uint8_t *p, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (p[i] != 0) return false;
    }
    return true;
}

static cn_rng *new_system_rng(void) {
    cn_rng *r;
    ck_assert_int_eq(cn_rng_new(&r), CN_OK);
    return r;
}

START_TEST(outputs_differ) {
    cn_rng *r = new_system_rng(), *other = new_system_rng();
    uint8_t a[64], b[64], c[64];
    ck_assert_int_eq(cn_rng_bytes(r, a, sizeof a), CN_OK);
    ck_assert_int_eq(cn_rng_bytes(r, b, sizeof b), CN_OK);
    ck_assert_int_eq(cn_rng_bytes(other, c, sizeof c), CN_OK);
    ck_assert_mem_ne(a, b, 32);
    ck_assert_mem_ne(a, c, 32);
    ck_assert_int_eq(cn_rng_bytes(r, NULL, 0), CN_OK);
    cn_rng_free(r);
    cn_rng_free(other);
    cn_rng_free(NULL);
}
END_TEST

/* Each byte value and each bit in place: 2^18 bytes have 1024 of each value, deviation 32. */
START_TEST(output_is_balanced) {
    enum { BYTES = 1 << 18 };
    static uint8_t out[BYTES];
    long count[256] = {0};
    cn_rng *r;
    ck_assert_int_eq(cn_rng_new_test(&r, 20), CN_OK); /* one fixed sample */
    for (size_t done = 0; done < BYTES;) {
        size_t part = 1 + tst_below(CN_MIN((size_t)3000, BYTES - done));
        ck_assert_int_eq(cn_rng_bytes(r, out + done, part), CN_OK);
        done += part;
    }
    for (size_t i = 0; i < BYTES; i++) count[out[i]]++;
    for (int v = 0; v < 256; v++) TST_CHECK(labs(count[v] - 1024) < 6 * 32);
    cn_rng_free(r);
}
END_TEST

START_TEST(lengths_are_kept) {
    cn_rng *r;
    uint8_t out[5002];
    ck_assert_int_eq(cn_rng_new_test(&r, 5), CN_OK);
    for (size_t i = 0; i < TST_ITERS(300); i++) {
        size_t n = i < 70 ? i : tst_below(5001);
        memset(out, 0, sizeof out);
        out[0] = out[n + 1] = 0x99;
        TST_EQ(cn_rng_bytes(r, out + 1, n), CN_OK);
        TST_CHECK(out[0] == 0x99 && out[n + 1] == 0x99);
        if (n > 64) { /* 16 zero bytes in a row would have chance 2^-128 each */
            for (size_t k = 0; k + 16 <= n; k += 16) TST_CHECK(!is_zero(out + 1 + k, 16));
        }
    }
    cn_rng_free(r);
}
END_TEST

/* The key schedule again, straight from its description: key = first 32 bytes of its stream, output from block 1 on. */
START_TEST(deterministic_stream) {
    uint8_t key[64] = {0x39, 0x30}, nonce[12] = {0}, pool[1024], out[1024 + 4096];
    cn_rng *r;
    ck_assert_int_eq(cn_rng_new_test(&r, 12345), CN_OK);
    ck_assert_int_eq(cn_rng_bytes(r, out, 1), CN_OK);
    ck_assert_int_eq(cn_rng_bytes(r, out + 1, 1000), CN_OK);
    ck_assert_int_eq(cn_rng_bytes(r, out + 1001, 23), CN_OK);
    ck_assert_int_eq(cn_rng_bytes(r, out + 1024, 4096), CN_OK);
    cn_chacha20_blocks(pool, 16, key, nonce, 1);
    ck_assert_mem_eq(out, pool, 1024);
    cn_chacha20_blocks(key, 1, key, nonce, 0);
    for (int piece = 0; piece < 4; piece++) {
        cn_chacha20_blocks(pool, 16, key, nonce, (uint32_t)(1 + 16 * piece));
        ck_assert_mem_eq(out + 1024 + 1024 * piece, pool, 1024);
    }
    cn_rng_free(r);

    uint8_t again[1001];
    ck_assert_int_eq(cn_rng_new_test(&r, 12345), CN_OK);
    ck_assert_int_eq(cn_rng_bytes(r, again, 1001), CN_OK);
    ck_assert_mem_eq(again, out, 1001);
    cn_rng_free(r);
    ck_assert_int_eq(cn_rng_new_test(&r, 12346), CN_OK);
    ck_assert_int_eq(cn_rng_bytes(r, again, 1001), CN_OK);
    ck_assert_mem_ne(again, out, 32);
    cn_rng_free(r);
}
END_TEST

START_TEST(deterministic_by_default) {
    cn_rng *r, *expected;
    uint8_t a[32], b[32];
    calls = 0;
    cn_test_rng_deterministic(77);
    for (uint64_t seed = 77; seed < 80; seed++) {
        ck_assert_int_eq(cn_rng_new(&r), CN_OK);
        ck_assert_int_eq(cn_rng_new_test(&expected, seed), CN_OK);
        ck_assert_int_eq(cn_rng_bytes(r, a, 32), CN_OK);
        ck_assert_int_eq(cn_rng_bytes(expected, b, 32), CN_OK);
        ck_assert_mem_eq(a, b, 32);
        cn_rng_free(r);
        cn_rng_free(expected);
    }
    ck_assert_uint_eq(calls, 0);
    cn_test_rng_system();
    r = new_system_rng();
    ck_assert_uint_eq(calls, 1);
    cn_rng_free(r);
}
END_TEST

START_TEST(reseeds) {
    enum { MIB = 1 << 20 };
    uint8_t *out = cn_malloc(3 * MIB, 1);
    cn_rng *r = new_system_rng();
    calls = 0;
    ck_assert_int_eq(cn_rng_bytes(r, out, MIB / 2), CN_OK);
    ck_assert_uint_eq(calls, 0);
    ck_assert_int_eq(cn_rng_bytes(r, out, MIB), CN_OK);
    ck_assert_uint_eq(calls, 1);
    calls = 0;
    ck_assert_int_eq(cn_rng_bytes(r, out, 3 * MIB), CN_OK);
    ck_assert_uint_ge(calls, 2);
    ck_assert_uint_le(calls, 4);
    calls = 0;
    for (int i = 0; i < MIB / 100; i++) ck_assert_int_eq(cn_rng_bytes(r, out, 100), CN_OK);
    ck_assert_uint_ge(calls, 1);
    ck_assert_uint_le(calls, 2);
    cn_rng_free(r);
    cn_free(out);
}
END_TEST

/* The child draws from the parent's generator and passes its bytes up: with both guards, and with either alone. */
START_TEST(fork_differs) {
    kernel_is_old = _i == 1;
    same_id = _i == 2;
    cn_rng *r = new_system_rng();
    uint8_t start[10], parent[64], child[64];
    int ends[2], status;
    ck_assert_int_eq(cn_rng_bytes(r, start, sizeof start), CN_OK); /* so that the pool is filled */
    ck_assert_int_eq(pipe(ends), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        uint8_t mine[64];
        bool good = cn_rng_bytes(r, mine, sizeof mine) == CN_OK && write(ends[1], mine, sizeof mine) == sizeof mine;
        _exit(good ? 0 : 1);
    }
    ck_assert_int_eq(cn_rng_bytes(r, parent, sizeof parent), CN_OK);
    ck_assert_int_eq(read(ends[0], child, sizeof child), sizeof child);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_mem_ne(parent, child, 32);
    close(ends[0]);
    close(ends[1]);
    cn_rng_free(r);
    kernel_is_old = same_id = false;
}
END_TEST

/* A child without randomness of its own gives nothing, least of all the parent's. */
START_TEST(fork_fails_closed) {
    cn_rng *r = new_system_rng();
    uint8_t out[64];
    int status;
    ck_assert_int_eq(cn_rng_bytes(r, out, 10), CN_OK);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        script = "f";
        memset(out, 1, sizeof out);
        bool good = cn_rng_bytes(r, out, sizeof out) == CN_ERR_RANDOM && is_zero(out, sizeof out);
        _exit(good ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    cn_rng_free(r);
}
END_TEST

START_TEST(system_is_slow) {
    cn_rng *r;
    uint8_t out[32];
    calls = 0;
    script = "isiissi";
    ck_assert_int_eq(cn_rng_new(&r), CN_OK);
    ck_assert_uint_eq(calls, 8);
    ck_assert_int_eq(cn_rng_bytes(r, out, sizeof out), CN_OK);
    cn_rng_free(r);
}
END_TEST

/* All 32 bytes of the system arrive in the key, in pieces too; reseeding adds 32 more to it. */
START_TEST(system_bytes_are_the_key) {
    enum { BYTES = 1 << 20 };
    uint8_t key[64], next[64], nonce[12] = {0}, expected[1024];
    uint8_t *out = cn_malloc(BYTES, 1);
    cn_rng *r;
    counting = true;
    script = "sis";
    ck_assert_int_eq(cn_rng_new(&r), CN_OK);
    for (int i = 0; i < 32; i++) key[i] = (uint8_t)(i + 1);
    ck_assert_int_eq(cn_rng_bytes(r, out, BYTES), CN_OK); /* one run uses up the seeding */
    cn_chacha20_blocks(expected, 16, key, nonce, 1);
    ck_assert_mem_eq(out, expected, sizeof expected);
    cn_chacha20_blocks(expected, 16, key, nonce, BYTES / 64 - 15);
    ck_assert_mem_eq(out + BYTES - sizeof expected, expected, sizeof expected);

    ck_assert_int_eq(cn_rng_bytes(r, out, 1024), CN_OK);
    cn_chacha20_blocks(next, 1, key, nonce, 0);
    for (int i = 0; i < 32; i++) next[i] ^= (uint8_t)(i + 33);
    cn_chacha20_blocks(expected, 16, next, nonce, 1);
    ck_assert_mem_eq(out, expected, sizeof expected);
    counting = false;
    cn_rng_free(r);
    cn_free(out);
}
END_TEST

START_TEST(system_fails) {
    static const char *const scripts[] = {"f", "sf", "isif", "z", "ssz"};
    for (size_t i = 0; i < CN_ARRAY_LEN(scripts); i++) {
        cn_rng *r = (cn_rng *)&calls;
        script = scripts[i];
        cn_error_set_text("");
        ck_assert_int_eq(cn_rng_new(&r), CN_ERR_RANDOM);
        ck_assert_ptr_null(r);
        ck_assert_str_ne(cn_error_text(), "");
    }
}
END_TEST

START_TEST(reseeding_fails) {
    enum { BYTES = 3 << 20 };
    uint8_t *out = cn_malloc(BYTES, 1);
    cn_rng *r = new_system_rng();
    memset(out, 1, BYTES);
    script = "f";
    ck_assert_int_eq(cn_rng_bytes(r, out, BYTES), CN_ERR_RANDOM);
    ck_assert(is_zero(out, BYTES));
    script = "f"; /* still none */
    out[0] = 1;
    ck_assert_int_eq(cn_rng_bytes(r, out, 1), CN_ERR_RANDOM);
    ck_assert(is_zero(out, 1));
    ck_assert_int_eq(cn_rng_bytes(r, out, BYTES), CN_OK); /* the system is back */
    ck_assert(!is_zero(out, 32));
    cn_rng_free(r);
    cn_free(out);
}
END_TEST

START_TEST(injection) {
    for (unsigned long k = 1; k <= 4; k++) {
        cn_rng *r = NULL;
        uint8_t out[64];
        cn_test_rng_fail_at(k);
        ck_assert_int_eq(cn_rng_new(&r), k == 1 ? CN_ERR_RANDOM : CN_OK);
        if (r == NULL) continue;
        for (unsigned long i = 2; i <= 4; i++) {
            memset(out, 1, sizeof out);
            ck_assert_int_eq(cn_rng_bytes(r, out, sizeof out), i == k ? CN_ERR_RANDOM : CN_OK);
            ck_assert_int_eq(is_zero(out, sizeof out), i == k);
            ck_assert_uint_eq(cn_test_rng_count(), i);
        }
        cn_rng_free(r);
    }
    cn_test_rng_fail_at(0);
    ck_assert_uint_eq(cn_test_rng_count(), 0);
}
END_TEST

Suite *cn_suite_util_rng(void) {
    Suite *suite = suite_create("util_rng");
    TCase *rng = tcase_create("rng");
    tcase_add_test(rng, outputs_differ);
    tcase_add_test(rng, output_is_balanced);
    tcase_add_test(rng, lengths_are_kept);
    tcase_add_test(rng, deterministic_stream);
    tcase_add_test(rng, deterministic_by_default);
    tcase_add_test(rng, reseeds);
    tcase_add_loop_test(rng, fork_differs, 0, 3);
    tcase_add_test(rng, fork_fails_closed);
    tcase_add_test(rng, system_is_slow);
    tcase_add_test(rng, system_bytes_are_the_key);
    tcase_add_test(rng, system_fails);
    tcase_add_test(rng, reseeding_fails);
    tcase_add_test(rng, injection);
    suite_add_tcase(suite, rng);
    return suite;
}
