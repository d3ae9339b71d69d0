/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Writing whole files: permissions, links, new files that many want, full disks, signals, lack of memory. */

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

#include "file_testing.h"
#include "util/bytes.h"
#include "util/mem.h"
#include "util/status.h"

static uint8_t content[300000];

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
        ck_assert_int_eq(cn_file_write(tst_in_folder("f"), content, sizes[i]), CN_OK);
        tst_expect_content(tst_in_folder("f"), 300000, content, sizes[i]);
        ck_assert_uint_eq(tst_folder_count(tst_folder), 1);
    }
    mood = WRITE_IS_SHORT;
    ck_assert_int_eq(cn_file_write(tst_in_folder("f"), content, 12345), CN_OK);
    mood = NORMAL;
    tst_expect_content(tst_in_folder("f"), 300000, content, 12345);
}
END_TEST

/* New files: with hard links or without, never in place of another one; of many who want a name one gets it. */
START_TEST(create_new) {
    enum { CHILDREN = 6 };
    cn_bytes part[2] = {{content, 1000}, {content + 1000, 234}};
    for (int k = 0; k < 2; k++) {
        mood = k ? NO_LINKS : NORMAL;
        ck_assert_int_eq(cn_file_create_parts(tst_in_folder("new"), 0600, part, 2), CN_OK);
        tst_expect_content(tst_in_folder("new"), 2000, content, 1234);
        ck_assert_int_eq(cn_file_create_parts(tst_in_folder("new"), 0600, part, 1), CN_ERR_STATE);
        tst_expect_content(tst_in_folder("new"), 2000, content, 1234);
        ck_assert_uint_eq(tst_folder_count(tst_folder), 1);
        ck_assert_int_eq(unlink(tst_in_folder("new")), 0);
    }
    mood = LINK_LATE;
    ck_assert_int_eq(cn_file_create_parts(tst_in_folder("new"), 0600, part, 2), CN_ERR_STATE);
    mood = NORMAL;
    tst_expect_content(tst_in_folder("new"), 2000, content, 0);
    ck_assert_uint_eq(tst_folder_count(tst_folder), 1);
    ck_assert_int_eq(unlink(tst_in_folder("new")), 0);
    for (int round = 0; round < 20; round++) {
        int won = 0;
        mood = round % 2 ? NO_LINKS : NORMAL;
        for (int c = 0; c < CHILDREN; c++) {
            pid_t pid = fork();
            if (pid == 0) _exit(cn_file_create_parts(tst_in_folder("new"), 0600, part, 1 + c % 2) == CN_OK ? 7 : 0);
            ck_assert_int_gt(pid, 0);
        }
        for (int c = 0; c < CHILDREN; c++) {
            int state;
            ck_assert_int_gt(wait(&state), 0);
            won += WIFEXITED(state) && WEXITSTATUS(state) == 7;
        }
        mood = NORMAL;
        ck_assert_int_eq(won, 1);
        ck_assert_uint_eq(tst_folder_count(tst_folder), 1);
        ck_assert_int_eq(unlink(tst_in_folder("new")), 0);
    }
}
END_TEST

/* Through a link the file at its end is replaced and the link stays; a link to nowhere is refused. */
START_TEST(write_through_link) {
    char link[PATH_MAX];
    struct stat st;
    tst_put("f", "old", 3);
    snprintf(link, sizeof link, "%s", tst_in_folder("link"));
    ck_assert_int_eq(symlink("f", link), 0);
    ck_assert_int_eq(cn_file_write(link, "fresh", 5), CN_OK);
    ck_assert_int_eq(lstat(link, &st), 0);
    ck_assert(S_ISLNK(st.st_mode));
    tst_expect_content(tst_in_folder("f"), 100, (const uint8_t *)"fresh", 5);
    ck_assert_int_eq(unlink(tst_in_folder("f")), 0);
    ck_assert_int_eq(cn_file_write(link, "fresh", 5), CN_ERR_IO);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "leads nowhere"));
    ck_assert_uint_eq(tst_folder_count(tst_folder), 1);
}
END_TEST

START_TEST(write_without_folder) {
    char old[PATH_MAX];
    ck_assert_ptr_nonnull(getcwd(old, sizeof old));
    ck_assert_int_eq(chdir(tst_folder), 0);
    cn_status status = cn_file_write("plain", "abc", 3);
    ck_assert_int_eq(chdir(old), 0);
    ck_assert_int_eq(status, CN_OK);
    tst_expect_content(tst_in_folder("plain"), 3, "abc", 3);
}
END_TEST

START_TEST(write_permissions) {
    static const mode_t masks[] = {0, 022, 027, 077};
    for (size_t i = 0; i < CN_ARRAY_LEN(masks); i++) {
        struct stat st;
        mode_t before = umask(masks[i]);
        ck_assert_int_eq(cn_file_write(tst_in_folder("f"), "abc", 3), CN_OK);
        umask(before);
        ck_assert_int_eq(stat(tst_in_folder("f"), &st), 0);
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
    tst_put("f", "old", 3);
    for (int m = WRITE_FAILS; m <= RENAME_FAILS; m++) {
        if (m == WRITE_IS_SHORT) continue;
        mood = m;
        expect_write_failure(tst_in_folder("f"), CN_ERR_IO);
        expect_write_failure(tst_in_folder("g"), CN_ERR_IO);
        mood = NORMAL;
        ck_assert_uint_eq(tst_folder_count(tst_folder), 1);
        tst_expect_content(tst_in_folder("f"), 3, "old", 3);
    }
    cn_test_alloc_fail_at(1);
    expect_write_failure(tst_in_folder("f"), CN_ERR_MEMORY);
    cn_test_alloc_fail_at(0);
    expect_write_failure(tst_in_folder("none/f"), CN_ERR_NOT_FOUND);
    expect_write_failure(tst_in_folder("f/g"), CN_ERR_NOT_FOUND);
    expect_write_failure("", CN_ERR_NOT_FOUND);
    expect_write_failure(tst_folder, CN_ERR_IO);
    ck_assert_int_eq(mkfifo(tst_in_folder("pipe"), 0600), 0); /* what a device would be too: never replaced */
    expect_write_failure(tst_in_folder("pipe"), CN_ERR_IO);
    ck_assert(!cn_is_file(tst_in_folder("pipe")));
    ck_assert_uint_eq(tst_folder_count(tst_folder), 2);
}
END_TEST

/* A name in the way is passed over. */
START_TEST(write_beside_leftovers) {
    char name[100];
    for (unsigned i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "f.%ld-%u.tmp", (long)getpid(), i);
        tst_put(name, "left", 4);
    }
    ck_assert_int_eq(cn_file_write(tst_in_folder("f"), "abc", 3), CN_OK);
    tst_expect_content(tst_in_folder("f"), 3, "abc", 3);
    ck_assert_uint_eq(tst_folder_count(tst_folder), 51);
}
END_TEST

static volatile sig_atomic_t signals;
static volatile sig_atomic_t files_at_signal;

static void on_signal(int number) {
    (void)number;
    signals = signals + 1;
    files_at_signal = cn_is_file(tst_in_folder("f"));
}

/* SIGTERM during the write comes through afterwards, when the file is complete. */
START_TEST(write_holds_signals) {
    struct sigaction act = {.sa_handler = on_signal}, before;
    sigset_t mask;
    ck_assert_int_eq(sigaction(SIGTERM, &act, &before), 0);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", tst_in_folder("f"));
    mood = SIGNAL_ARRIVES;
    cn_status status = cn_file_write(path, "abc", 3);
    mood = NORMAL;
    ck_assert_int_eq(sigaction(SIGTERM, &before, NULL), 0);
    ck_assert_int_eq(status, CN_OK);
    ck_assert_int_eq(signals, 1);
    ck_assert_int_eq(files_at_signal, 1);
    ck_assert_uint_eq(tst_folder_count(tst_folder), 1);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    ck_assert_int_eq(sigismember(&mask, SIGTERM), 0);
}
END_TEST

Suite *cn_suite_util_file_write(void) {
    Suite *suite = suite_create("util_file_write");
    TCase *c = tcase_create("writing");
    tcase_add_checked_fixture(c, tst_folder_make, tst_folder_unmake);
    tcase_add_test(c, write_sizes);
    tcase_add_test(c, create_new);
    tcase_add_test(c, write_through_link);
    tcase_add_test(c, write_without_folder);
    tcase_add_test(c, write_permissions);
    tcase_add_test(c, write_failures);
    tcase_add_test(c, write_beside_leftovers);
    tcase_add_test(c, write_holds_signals);
    suite_add_tcase(suite, c);
    return suite;
}
