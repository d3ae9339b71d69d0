/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Processes that are killed at any moment while they make keys, encrypt, infer, decrypt or just write: every name holds a
 *  whole file afterwards. Temporary files may stay; those of secret keys are readable by their owner only. */

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testing.h"
#include "util/mem.h"
#include "wire_files.h"

enum { KEYGEN, ENCRYPT, INFER, DECRYPT, WRITE, ACTIONS };

static tst_files f;
static char score_path[64];

static void setup(void) {
    tst_files_make(&f);
    snprintf(score_path, sizeof score_path, "%s/scores", f.folder);
}
static void teardown(void) { tst_files_clear(&f); }

#define MUST(call) \
    do { \
        if ((call) != CN_OK) { \
            fprintf(stderr, "child: %s\n", cn_error_text()); \
            _exit(1); \
        } \
    } while (0)

static void keygen(void) {
    cn_client *c;
    MUST(cn_plan_save(f.plan, f.path[TST_PLAN]));
    MUST(cn_client_new(&c, f.plan, 1));
    MUST(cn_client_save(c, f.path[TST_SECRET], f.path[TST_PUBLIC], f.path[TST_EVALUATION]));
    cn_client_free(c);
}

static void encrypt(void) {
    cn_client *c;
    cn_request *r;
    MUST(cn_client_load(&c, f.plan, NULL, f.path[TST_PUBLIC], 1));
    MUST(cn_client_encrypt(&r, c, tst_files_pixels, TST_IMAGES, NULL, NULL));
    MUST(cn_request_save(r, f.plan, f.path[TST_REQUEST]));
    cn_request_free(r);
    cn_client_free(c);
}

static void infer(void) {
    cn_request *request;
    cn_reply *reply;
    MUST(cn_request_load(&request, f.plan, f.path[TST_REQUEST]));
    MUST(cn_server_evaluate(&reply, f.server, request, NULL, NULL, NULL));
    MUST(cn_reply_save(reply, f.plan, f.path[TST_REPLY]));
    cn_reply_free(reply);
    cn_request_free(request);
}

/** Also takes the key out of use: its file is written again. */
static void decrypt(void) {
    cn_client *c;
    cn_reply *reply;
    cn_i128 scores[TST_IMAGES];
    MUST(cn_client_load(&c, f.plan, f.path[TST_SECRET], NULL, 1));
    MUST(cn_reply_load(&reply, f.plan, f.path[TST_REPLY]));
    MUST(cn_client_decrypt(scores, c, reply, TST_IMAGES));
    MUST(cn_file_write(score_path, scores, sizeof scores));
    MUST(cn_secret_key_retire(f.path[TST_SECRET]));
    MUST(cn_client_save(c, f.path[TST_SECRET], NULL, NULL));
    cn_reply_free(reply);
    cn_client_free(c);
}

static void write_only(void) {
    MUST(cn_plan_save(f.plan, f.path[TST_PLAN]));
    MUST(cn_client_save(f.owner, f.path[TST_SECRET], f.path[TST_PUBLIC], f.path[TST_EVALUATION]));
    MUST(cn_request_save(f.request, f.plan, f.path[TST_REQUEST]));
    MUST(cn_reply_save(f.reply, f.plan, f.path[TST_REPLY]));
}

/** One child, killed after some microseconds. */
static void kill_one(int action, unsigned microseconds) {
    static void (*const run[ACTIONS])(void) = {keygen, encrypt, infer, decrypt, write_only};
    int state;
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        for (;;) run[action]();
    usleep(microseconds);
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(pid, &state, 0), pid);
    ck_assert_msg(WIFSIGNALED(state) && WTERMSIG(state) == SIGKILL, "action %d: the child ended by itself", action);
}

/** Remove temporary files.  Returns: how many there were. */
static size_t remove_temporary(void) {
    size_t count = 0;
    char path[400];
    struct stat st;
    DIR *d = opendir(f.folder);
    ck_assert_ptr_nonnull(d);
    for (struct dirent *e; (e = readdir(d));) {
        size_t length = strlen(e->d_name);
        if (length < 4 || strcmp(e->d_name + length - 4, ".tmp") != 0) continue;
        snprintf(path, sizeof path, "%s/%s", f.folder, e->d_name);
        if (strncmp(e->d_name, "secret", 6) == 0) ck_assert(stat(path, &st) == 0 && (st.st_mode & 077) == 0);
        ck_assert_int_eq(unlink(path), 0);
        count++;
    }
    closedir(d);
    return count;
}

START_TEST(killed) {
    size_t kills = 0, written = 0, inside = 0;
    for (size_t i = 0; i < TST_ITERS(50); i++)
        for (int action = 0; action < ACTIONS; action++) {
            kill_one(action, (unsigned)tst_below(action == WRITE ? 6000 : 25000));
            kills++;
            for (int kind = 0; kind < TST_FILES; kind++) {
                cn_status s = tst_file_check(&f, kind, f.path[kind]);
                bool retired = action == DECRYPT && kind == TST_SECRET && s == CN_ERR_STATE;
                ck_assert_msg(s == CN_OK || retired, "action %d, file %d: %s", action, kind, cn_error_text());
                written += !tst_file_is_old(&f, kind);
            }
            struct stat st;
            ck_assert(stat(score_path, &st) != 0 || st.st_size == (off_t)(TST_IMAGES * sizeof(cn_i128)));
            unlink(score_path);
            inside += remove_temporary() > 0;
            ck_assert_uint_eq(tst_files_count(&f), TST_FILES);
            tst_files_restore(&f);
        }
    printf("killed: %zu processes, %zu of them while writing; %zu new files, all of them whole\n", kills, inside, written);
    fflush(stdout);
    ck_assert_uint_ge(kills, 200);
    ck_assert_uint_gt(inside, 0);
}
END_TEST

Suite *cn_suite_wire_kill(void) {
    Suite *s = suite_create("wire_kill");
    TCase *c = tcase_create("wire_kill");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, killed);
    suite_add_tcase(s, c);
    return s;
}
