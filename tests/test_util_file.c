/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Reading and writing whole files: sizes, caps, gzip in all its defects, full disks, signals, lack of memory. */

#include "testing.h"

#include "util/bytes.h"
#include "util/file.h"
#include "util/gzip.h"
#include "util/mem.h"
#include "util/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

static char folder[1000];

static const char *in_folder(const char *name) {
    static char path[sizeof folder + 300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static size_t files_in_folder(void) {
    size_t count = 0;
    DIR *d = opendir(folder);
    ck_assert_ptr_nonnull(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;) count += e->d_name[0] != '.';
    closedir(d);
    return count;
}

static void set_up(void) {
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/cryptonets-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void) {
    DIR *d = opendir(folder);
    ck_assert_ptr_nonnull(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        if (unlink(in_folder(e->d_name)) != 0) rmdir(in_folder(e->d_name));
    }
    closedir(d);
    ck_assert_int_eq(rmdir(folder), 0);
}

/* Write a file by other means than the library's. */
static void put(const char *name, const void *data, size_t n) {
    FILE *f = fopen(in_folder(name), "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, 1, n, f), n);
    ck_assert_int_eq(fclose(f), 0);
}

static void expect_failure(const char *path, size_t cap, cn_status expected) {
    uint8_t *data = (uint8_t *)folder;
    size_t size = 7;
    long before = cn_test_alloc_live();
    cn_error_set_text("");
    ck_assert_int_eq(cn_file_read(&data, &size, path, cap), expected);
    ck_assert_ptr_null(data);
    ck_assert_uint_eq(size, 0);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), path));
    ck_assert_int_eq(cn_test_alloc_live(), before);
}

static void expect_content(const char *path, size_t cap, const void *expected, size_t n) {
    uint8_t *data;
    size_t size;
    ck_assert_msg(cn_file_read(&data, &size, path, cap) == CN_OK, "%s", cn_error_text());
    ck_assert_uint_eq(size, n);
    TST_CHECK(memcmp(data, expected, n) == 0);
    ck_assert_int_eq(data[n], 0);
    cn_free(data);
}

/* ---- reading ------------------------------------------------------------------------------- */

static uint8_t content[300000];

START_TEST(read_sizes) {
    static const size_t sizes[] = {0, 1, 2, 3, 100, 4095, 4096, 4097, 65535, 65536, 65537, 300000};
    for (size_t i = 0; i < sizeof content; i++) content[i] = (uint8_t)tst_u64();
    content[0] = 7; /* not the magic of gzip */
    for (size_t i = 0; i < CN_ARRAY_LEN(sizes); i++) {
        size_t n = sizes[i];
        put("f", content, n);
        expect_content(in_folder("f"), n, content, n);
        expect_content(in_folder("f"), n + 1, content, n);
        expect_content(in_folder("f"), SIZE_MAX, content, n);
        if (n > 0) expect_failure(in_folder("f"), n - 1, CN_ERR_OVERSIZED);
        if (n > 0) expect_failure(in_folder("f"), 0, CN_ERR_OVERSIZED);
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
    expect_failure("/proc/self/maps", 100, CN_ERR_OVERSIZED);
    expect_failure("/dev/zero", 1000000, CN_ERR_OVERSIZED);
    expect_content("/dev/null", 10, "", 0);
}
END_TEST

START_TEST(read_missing) {
    put("f", "x", 1);
    expect_failure(in_folder("none"), 100, CN_ERR_NOT_FOUND);
    expect_failure(in_folder("none/f"), 100, CN_ERR_NOT_FOUND);
    expect_failure(in_folder("f/g"), 100, CN_ERR_NOT_FOUND);
    expect_failure("", 100, CN_ERR_NOT_FOUND);
    expect_failure(folder, 100, CN_ERR_IO);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "found a folder"));
    ck_assert_int_eq(symlink("loop", in_folder("loop")), 0);
    expect_failure(in_folder("loop"), 100, CN_ERR_IO);
}
END_TEST

START_TEST(read_no_memory) {
    put("f", "xyz", 3);
    cn_test_alloc_fail_at(1);
    expect_failure(in_folder("f"), 100, CN_ERR_MEMORY);
    cn_test_alloc_fail_at(2); /* the larger buffer */
    expect_failure("/proc/self/maps", 1 << 20, CN_ERR_MEMORY);
    cn_test_alloc_fail_at(0);
    expect_content(in_folder("f"), 3, "xyz", 3);
}
END_TEST

START_TEST(kinds) {
    put("f", "x", 1);
    ck_assert(cn_is_file(in_folder("f")) && !cn_is_folder(in_folder("f")));
    ck_assert(!cn_is_file(folder) && cn_is_folder(folder));
    ck_assert(!cn_is_file(in_folder("none")) && !cn_is_folder(in_folder("none")));
    ck_assert(!cn_is_file("/dev/null") && !cn_is_folder("/dev/null"));
}
END_TEST

/* ---- gzip ---------------------------------------------------------------------------------- */

START_TEST(gzip_magic) {
    ck_assert(cn_is_gzip((const uint8_t *)"\x1f\x8b", 2));
    ck_assert(!cn_is_gzip((const uint8_t *)"\x1f\x8b", 1));
    ck_assert(!cn_is_gzip((const uint8_t *)"\x1f\x8c", 2));
    ck_assert(!cn_is_gzip((const uint8_t *)"\x1e\x8b", 2));
    ck_assert(!cn_is_gzip(NULL, 0));
}
END_TEST

#ifdef HAVE_ZLIB
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
            put("f.gz", packed, pack(content, n, level));
            expect_content(in_folder("f.gz"), n, content, n);
            expect_content(in_folder("f.gz"), n + 1, content, n);
            expect_content(in_folder("f.gz"), SIZE_MAX, content, n);
            if (n > 0) expect_failure(in_folder("f.gz"), n - 1, CN_ERR_OVERSIZED);
            if (n > 0) expect_failure(in_folder("f.gz"), n / 2, CN_ERR_OVERSIZED);
            if (n > 0) expect_failure(in_folder("f.gz"), 0, CN_ERR_OVERSIZED);
        }
    }
}
END_TEST

/* 300 kB of zeros in 340 bytes: the work and the memory stop at the cap. */
START_TEST(gzip_bomb) {
    memset(content, 0, sizeof content);
    size_t n = pack(content, sizeof content, 9);
    ck_assert_uint_lt(n, 1000);
    put("f.gz", packed, n);
    expect_failure(in_folder("f.gz"), 20000, CN_ERR_OVERSIZED);
    expect_content(in_folder("f.gz"), sizeof content, content, sizeof content);
}
END_TEST

START_TEST(gzip_broken) {
    for (size_t i = 0; i < 1000; i++) content[i] = (uint8_t)tst_below(10);
    size_t n = pack(content, 1000, 9);
    put("f.gz", packed, n);
    expect_content(in_folder("f.gz"), 1000, content, 1000);
    for (size_t cut = 2; cut < n; cut++) {
        put("f.gz", packed, cut);
        expect_failure(in_folder("f.gz"), 1000, CN_ERR_TRUNCATED);
    }
    /* one byte behind the end, and a second stream */
    packed[n] = 'x';
    put("f.gz", packed, n + 1);
    expect_failure(in_folder("f.gz"), 1000, CN_ERR_FORMAT);
    memcpy(packed + n, packed, n);
    put("f.gz", packed, 2 * n);
    expect_failure(in_folder("f.gz"), 100000, CN_ERR_FORMAT);
    /* checksum, length, method, reserved flags */
    static const long places[] = {-1, -4, -5, -8, 2, 3};
    for (size_t i = 0; i < CN_ARRAY_LEN(places); i++) {
        size_t at = places[i] < 0 ? n - (size_t)-places[i] : (size_t)places[i];
        packed[at] ^= 0x80;
        put("f.gz", packed, n);
        expect_failure(in_folder("f.gz"), 1000, CN_ERR_FORMAT);
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
    put("f.gz", packed, pack(content, 300000, 9));
    cn_test_alloc_fail_at(0);
    expect_content(in_folder("f.gz"), 300000, content, 300000);
    unsigned long allocations = cn_test_alloc_count();
    ck_assert_uint_gt(allocations, 4);
    for (unsigned long k = 1; k <= allocations; k++) {
        cn_test_alloc_fail_at(k);
        expect_failure(in_folder("f.gz"), 300000, CN_ERR_MEMORY);
    }
    cn_test_alloc_fail_at(0);
}
END_TEST
#else
START_TEST(gzip_unsupported) {
    put("f.gz", "\x1f\x8b\x08\x00", 4);
    expect_failure(in_folder("f.gz"), 100, CN_ERR_UNSUPPORTED);
}
END_TEST
#endif

/* ---- writing ------------------------------------------------------------------------------- */

/* The calls that writing needs, with one of them failing, or a signal sent, or short writes. */
static enum { NORMAL, WRITE_FAILS, WRITE_IS_SHORT, FSYNC_FAILS, RENAME_FAILS, SIGNAL_ARRIVES, NO_LINKS, LINK_LATE } mood;

ssize_t write(int fd, const void *data, size_t n) {
    if (mood == WRITE_FAILS) {
        errno = ENOSPC;
        return -1;
    }
    if (mood == WRITE_IS_SHORT && n > 100) n = 100;
    if (mood == SIGNAL_ARRIVES) kill(getpid(), SIGTERM);
    return syscall(SYS_write, fd, data, n);
}

int fsync(int fd) {
    if (mood == FSYNC_FAILS) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to) {
    if (mood == RENAME_FAILS) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* A file system without hard links; and somebody who takes the name at the last moment. */
int link(const char *from, const char *to) {
    if (mood == NO_LINKS) {
        errno = EPERM;
        return -1;
    }
    if (mood == LINK_LATE) close(open(to, O_WRONLY | O_CREAT | O_EXCL, 0600));
    return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

START_TEST(write_sizes) {
    static const size_t sizes[] = {300000, 0, 1, 4096};
    for (size_t i = 0; i < sizeof content; i++) content[i] = (uint8_t)(i * 37 + 1);
    for (size_t i = 0; i < CN_ARRAY_LEN(sizes); i++) { /* new, then replacing */
        ck_assert_int_eq(cn_file_write(in_folder("f"), content, sizes[i]), CN_OK);
        expect_content(in_folder("f"), 300000, content, sizes[i]);
        ck_assert_uint_eq(files_in_folder(), 1);
    }
    mood = WRITE_IS_SHORT;
    ck_assert_int_eq(cn_file_write(in_folder("f"), content, 12345), CN_OK);
    mood = NORMAL;
    expect_content(in_folder("f"), 300000, content, 12345);
}
END_TEST

/* New files: with hard links or without, never in place of another one; of many who want a name one gets it. */
START_TEST(create_new) {
    enum { CHILDREN = 6 };
    cn_bytes part[2] = {{content, 1000}, {content + 1000, 234}};
    for (int k = 0; k < 2; k++) {
        mood = k ? NO_LINKS : NORMAL;
        ck_assert_int_eq(cn_file_create_parts(in_folder("new"), 0600, part, 2), CN_OK);
        expect_content(in_folder("new"), 2000, content, 1234);
        ck_assert_int_eq(cn_file_create_parts(in_folder("new"), 0600, part, 1), CN_ERR_STATE);
        expect_content(in_folder("new"), 2000, content, 1234);
        ck_assert_uint_eq(files_in_folder(), 1);
        ck_assert_int_eq(unlink(in_folder("new")), 0);
    }
    mood = LINK_LATE;
    ck_assert_int_eq(cn_file_create_parts(in_folder("new"), 0600, part, 2), CN_ERR_STATE);
    mood = NORMAL;
    expect_content(in_folder("new"), 2000, content, 0);
    ck_assert_uint_eq(files_in_folder(), 1);
    ck_assert_int_eq(unlink(in_folder("new")), 0);
    for (int round = 0; round < 20; round++) {
        int won = 0;
        mood = round % 2 ? NO_LINKS : NORMAL;
        for (int c = 0; c < CHILDREN; c++) {
            pid_t pid = fork();
            if (pid == 0) _exit(cn_file_create_parts(in_folder("new"), 0600, part, 1 + c % 2) == CN_OK ? 7 : 0);
            ck_assert_int_gt(pid, 0);
        }
        for (int c = 0; c < CHILDREN; c++) {
            int state;
            ck_assert_int_gt(wait(&state), 0);
            won += WIFEXITED(state) && WEXITSTATUS(state) == 7;
        }
        mood = NORMAL;
        ck_assert_int_eq(won, 1);
        ck_assert_uint_eq(files_in_folder(), 1);
        ck_assert_int_eq(unlink(in_folder("new")), 0);
    }
}
END_TEST

/* Through a link the file at its end is replaced and the link stays; a link to nowhere is refused. */
START_TEST(write_through_link) {
    char link[PATH_MAX];
    struct stat st;
    put("f", "old", 3);
    snprintf(link, sizeof link, "%s", in_folder("link"));
    ck_assert_int_eq(symlink("f", link), 0);
    ck_assert_int_eq(cn_file_write(link, "fresh", 5), CN_OK);
    ck_assert_int_eq(lstat(link, &st), 0);
    ck_assert(S_ISLNK(st.st_mode));
    expect_content(in_folder("f"), 100, (const uint8_t *)"fresh", 5);
    ck_assert_int_eq(unlink(in_folder("f")), 0);
    ck_assert_int_eq(cn_file_write(link, "fresh", 5), CN_ERR_IO);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "leads nowhere"));
    ck_assert_uint_eq(files_in_folder(), 1);
}
END_TEST

START_TEST(write_without_folder) {
    char old[PATH_MAX];
    ck_assert_ptr_nonnull(getcwd(old, sizeof old));
    ck_assert_int_eq(chdir(folder), 0);
    cn_status status = cn_file_write("plain", "abc", 3);
    ck_assert_int_eq(chdir(old), 0);
    ck_assert_int_eq(status, CN_OK);
    expect_content(in_folder("plain"), 3, "abc", 3);
}
END_TEST

START_TEST(write_permissions) {
    static const mode_t masks[] = {0, 022, 027, 077};
    for (size_t i = 0; i < CN_ARRAY_LEN(masks); i++) {
        struct stat st;
        mode_t before = umask(masks[i]);
        ck_assert_int_eq(cn_file_write(in_folder("f"), "abc", 3), CN_OK);
        umask(before);
        ck_assert_int_eq(stat(in_folder("f"), &st), 0);
        ck_assert_uint_eq(st.st_mode & 0777, 0666 & ~masks[i]);
    }
}
END_TEST

static void expect_write_failure(const char *path, cn_status expected) {
    long before = cn_test_alloc_live();
    cn_error_set_text("");
    ck_assert_int_eq(cn_file_write(path, "new", 3), expected);
    if (expected != CN_ERR_MEMORY) ck_assert_ptr_nonnull(strstr(cn_error_text(), path));
    ck_assert_str_ne(cn_error_text(), "");
    ck_assert_int_eq(cn_test_alloc_live(), before);
}

START_TEST(write_failures) {
    put("f", "old", 3);
    for (int m = WRITE_FAILS; m <= RENAME_FAILS; m++) {
        if (m == WRITE_IS_SHORT) continue;
        mood = m;
        expect_write_failure(in_folder("f"), CN_ERR_IO);
        expect_write_failure(in_folder("g"), CN_ERR_IO);
        mood = NORMAL;
        ck_assert_uint_eq(files_in_folder(), 1);
        expect_content(in_folder("f"), 3, "old", 3);
    }
    cn_test_alloc_fail_at(1);
    expect_write_failure(in_folder("f"), CN_ERR_MEMORY);
    cn_test_alloc_fail_at(0);
    expect_write_failure(in_folder("none/f"), CN_ERR_NOT_FOUND);
    expect_write_failure(in_folder("f/g"), CN_ERR_NOT_FOUND);
    expect_write_failure("", CN_ERR_NOT_FOUND);
    expect_write_failure(folder, CN_ERR_IO);
    ck_assert_int_eq(mkfifo(in_folder("pipe"), 0600), 0); /* what a device would be too: never replaced */
    expect_write_failure(in_folder("pipe"), CN_ERR_IO);
    ck_assert(!cn_is_file(in_folder("pipe")));
    ck_assert_uint_eq(files_in_folder(), 2);
}
END_TEST

/* A name in the way is passed over. */
START_TEST(write_beside_leftovers) {
    char name[100];
    for (unsigned i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "f.%ld-%u.tmp", (long)getpid(), i);
        put(name, "left", 4);
    }
    ck_assert_int_eq(cn_file_write(in_folder("f"), "abc", 3), CN_OK);
    expect_content(in_folder("f"), 3, "abc", 3);
    ck_assert_uint_eq(files_in_folder(), 51);
}
END_TEST

static volatile sig_atomic_t signals;
static volatile sig_atomic_t files_at_signal;

static void on_signal(int number) {
    (void)number;
    signals = signals + 1;
    files_at_signal = cn_is_file(in_folder("f"));
}

/* SIGTERM during the write comes through afterwards, when the file is complete. */
START_TEST(write_holds_signals) {
    struct sigaction act = {.sa_handler = on_signal}, before;
    sigset_t mask;
    ck_assert_int_eq(sigaction(SIGTERM, &act, &before), 0);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", in_folder("f"));
    mood = SIGNAL_ARRIVES;
    cn_status status = cn_file_write(path, "abc", 3);
    mood = NORMAL;
    ck_assert_int_eq(sigaction(SIGTERM, &before, NULL), 0);
    ck_assert_int_eq(status, CN_OK);
    ck_assert_int_eq(signals, 1);
    ck_assert_int_eq(files_at_signal, 1);
    ck_assert_uint_eq(files_in_folder(), 1);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    ck_assert_int_eq(sigismember(&mask, SIGTERM), 0);
}
END_TEST

Suite *cn_suite_util_file(void) {
    Suite *suite = suite_create("util_file");
    TCase *reading = tcase_create("reading"), *gzip = tcase_create("gzip"), *writing = tcase_create("writing");
    tcase_add_checked_fixture(reading, set_up, tear_down);
    tcase_add_test(reading, read_sizes);
    tcase_add_test(reading, read_unknown_size);
    tcase_add_test(reading, read_missing);
    tcase_add_test(reading, read_no_memory);
    tcase_add_test(reading, kinds);
    suite_add_tcase(suite, reading);
    tcase_add_checked_fixture(gzip, set_up, tear_down);
    tcase_add_test(gzip, gzip_magic);
#ifdef HAVE_ZLIB
    tcase_add_loop_test(gzip, gzip_sizes, 0, 2);
    tcase_add_test(gzip, gzip_bomb);
    tcase_add_test(gzip, gzip_broken);
    tcase_add_test(gzip, gzip_no_memory);
#else
    tcase_add_test(gzip, gzip_unsupported);
#endif
    suite_add_tcase(suite, gzip);
    tcase_add_checked_fixture(writing, set_up, tear_down);
    tcase_add_test(writing, write_sizes);
    tcase_add_test(writing, create_new);
    tcase_add_test(writing, write_through_link);
    tcase_add_test(writing, write_without_folder);
    tcase_add_test(writing, write_permissions);
    tcase_add_test(writing, write_failures);
    tcase_add_test(writing, write_beside_leftovers);
    tcase_add_test(writing, write_holds_signals);
    suite_add_tcase(suite, writing);
    return suite;
}
