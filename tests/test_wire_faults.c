/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Objects in files when things fail: every allocation and every request for randomness, the disk, reads that come in pieces.
 *  Whatever fails, outputs are NULL, zeroed or wiped, nothing leaks, and a name holds the whole old file or a whole new one. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testing.h"
#include "util/mem.h"
#include "util/rng.h"
#include "wire_files.h"

static tst_files f;

static void setup(void) { tst_files_make(&f); }
static void teardown(void) { tst_files_clear(&f); }

#define NONE ((void *)&f) /* what a result is before: it must be NULL after a failure */

/* The functions of cryptonets_wire.h, then what each party does from file to file. */
enum { PLAN_SAVE, PLAN_LOAD, INSPECT, CLIENT_SAVE, LOAD_SECRET, LOAD_PUBLIC, LOAD_PAIR, RETIRE, EVALUATION_LOAD, REQUEST_SAVE,
       REQUEST_LOAD, REPLY_SAVE, REPLY_LOAD, OWNER, UPLOADER, SERVER, READER, CALLS };

/* Which files a call may replace, as bits. */
static const unsigned writes[CALLS] = {
    [PLAN_SAVE] = 1 << TST_PLAN,
    [CLIENT_SAVE] = 1 << TST_SECRET | 1 << TST_PUBLIC | 1 << TST_EVALUATION,
    [RETIRE] = 1 << TST_SECRET,
    [REQUEST_SAVE] = 1 << TST_REQUEST,
    [REPLY_SAVE] = 1 << TST_REPLY,
    [OWNER] = 1 << TST_SECRET | 1 << TST_PUBLIC | 1 << TST_EVALUATION,
    [UPLOADER] = 1 << TST_REQUEST,
    [SERVER] = 1 << TST_REPLY,
};

/** Everything is there after CN_OK, and nothing after a failure. */
#define RESULT(status, p) ck_assert_msg((status) == CN_OK ? (p) && (void *)(p) != NONE : !(p), "result of a failure")

static cn_status load_client(const char *secret, const char *public) {
    cn_client *c = NONE;
    cn_status status = cn_client_load(&c, f.plan, secret, public, 1);
    RESULT(status, c);
    cn_client_free(c);
    return status;
}

static cn_status owner(void) {
    cn_plan *p = NONE;
    cn_client *c = NULL;
    cn_status status = cn_plan_load(&p, f.path[TST_PLAN]);
    RESULT(status, p);
    if (status != CN_OK) return status;
    c = NONE;
    status = cn_client_new(&c, p, 1);
    RESULT(status, c);
    if (status == CN_OK) status = cn_client_save(c, f.path[TST_SECRET], f.path[TST_PUBLIC], f.path[TST_EVALUATION]);
    cn_client_free(c);
    cn_plan_free(p);
    return status;
}

static cn_status uploader(void) {
    cn_client *c = NONE;
    cn_request *r = NULL;
    cn_status status = cn_client_load(&c, f.plan, NULL, f.path[TST_PUBLIC], 1);
    RESULT(status, c);
    if (status == CN_OK) {
        r = NONE;
        status = cn_client_encrypt(&r, c, tst_files_pixels, TST_IMAGES, NULL, NULL);
        RESULT(status, r);
    }
    if (status == CN_OK) status = cn_request_save(r, f.plan, f.path[TST_REQUEST]);
    cn_request_free(r);
    cn_client_free(c);
    return status;
}

static cn_status server(void) {
    cn_relin_key *key = NONE;
    cn_server *s = NULL;
    cn_request *request = NULL;
    cn_reply *reply = NULL;
    cn_status status = cn_evaluation_key_load(&key, f.plan, f.path[TST_EVALUATION]);
    RESULT(status, key);
    if (status == CN_OK) {
        s = NONE;
        status = cn_server_new(&s, f.plan, f.model, key, 1);
        RESULT(status, s);
    }
    if (status == CN_OK) {
        request = NONE;
        status = cn_request_load(&request, f.plan, f.path[TST_REQUEST]);
        RESULT(status, request);
    }
    if (status == CN_OK) {
        reply = NONE;
        status = cn_server_evaluate(&reply, s, request, NULL, NULL, NULL);
        RESULT(status, reply);
    }
    if (status == CN_OK) status = cn_reply_save(reply, f.plan, f.path[TST_REPLY]);
    cn_reply_free(reply);
    cn_request_free(request);
    cn_server_free(s);
    cn_relin_key_free(key);
    return status;
}

static cn_status reader(void) {
    cn_i128 scores[TST_IMAGES];
    cn_client *c = NONE;
    cn_reply *reply = NULL;
    cn_status status = cn_client_load(&c, f.plan, f.path[TST_SECRET], NULL, 1);
    RESULT(status, c);
    if (status == CN_OK) {
        reply = NONE;
        status = cn_reply_load(&reply, f.plan, f.path[TST_REPLY]);
        RESULT(status, reply);
    }
    if (status == CN_OK) {
        memset(scores, 0xff, sizeof scores);
        status = cn_client_decrypt(scores, c, reply, TST_IMAGES);
        for (int i = 0; i < TST_IMAGES; i++) ck_assert(scores[i] == (status == CN_OK ? tst_files_scores[i] : 0)); /* wiped */
    }
    cn_reply_free(reply);
    cn_client_free(c);
    return status;
}

static cn_status call(int which) {
    cn_status status = CN_OK;
    cn_plan *p = NONE;
    cn_relin_key *key = NONE;
    cn_request *request = NONE;
    cn_reply *reply = NONE;
    cn_object_info info;
    switch (which) {
    case PLAN_SAVE: return cn_plan_save(f.plan, f.path[TST_PLAN]);
    case PLAN_LOAD:
        status = cn_plan_load(&p, f.path[TST_PLAN]);
        RESULT(status, p);
        cn_plan_free(p);
        return status;
    case INSPECT: return cn_object_inspect(&info, f.path[TST_REPLY]);
    case CLIENT_SAVE: return cn_client_save(f.owner, f.path[TST_SECRET], f.path[TST_PUBLIC], f.path[TST_EVALUATION]);
    case LOAD_SECRET: return load_client(f.path[TST_SECRET], NULL);
    case LOAD_PUBLIC: return load_client(NULL, f.path[TST_PUBLIC]);
    case LOAD_PAIR: return load_client(f.path[TST_SECRET], f.path[TST_PUBLIC]);
    case RETIRE: return cn_secret_key_retire(f.path[TST_SECRET]);
    case EVALUATION_LOAD:
        status = cn_evaluation_key_load(&key, f.plan, f.path[TST_EVALUATION]);
        RESULT(status, key);
        cn_relin_key_free(key);
        return status;
    case REQUEST_SAVE: return cn_request_save(f.request, f.plan, f.path[TST_REQUEST]);
    case REQUEST_LOAD:
        status = cn_request_load(&request, f.plan, f.path[TST_REQUEST]);
        RESULT(status, request);
        cn_request_free(request);
        return status;
    case REPLY_SAVE: return cn_reply_save(f.reply, f.plan, f.path[TST_REPLY]);
    case REPLY_LOAD:
        status = cn_reply_load(&reply, f.plan, f.path[TST_REPLY]);
        RESULT(status, reply);
        cn_reply_free(reply);
        return status;
    case OWNER: return owner();
    case UPLOADER: return uploader();
    case SERVER: return server();
    default: return reader();
    }
}

/** The folder after a call: as before, but for whole new files under the names that it writes. */
static void check_folder(unsigned written) {
    ck_assert_uint_eq(tst_files_count(&f), TST_FILES);
    for (int kind = 0; kind < TST_FILES; kind++) {
        if (tst_file_is_old(&f, kind)) continue;
        ck_assert_msg(written >> kind & 1, "file %d was changed", kind);
        cn_status s = tst_file_check(&f, kind, f.path[kind]);
        ck_assert_msg(s == CN_OK || (kind == TST_SECRET && s == CN_ERR_STATE), "file %d: %s", kind, cn_error_text());
    }
}

/** Fail the 1st, 2nd, ... allocation or request for randomness, each of them.  Returns: how many. */
static unsigned long inject(int which, bool memory) {
    void (*fail_at)(unsigned long) = memory ? cn_test_alloc_fail_at : cn_test_rng_fail_at;
    unsigned long (*count)(void) = memory ? cn_test_alloc_count : cn_test_rng_count;
    fail_at(0);
    OK(call(which));
    unsigned long total = count();
    tst_files_restore(&f);
    long live = cn_test_alloc_live();
    for (unsigned long k = 1; k <= total; k++) {
        fail_at(k);
        cn_status status = call(which);
        fail_at(0);
        ck_assert_msg(status == (memory ? CN_ERR_MEMORY : CN_ERR_RANDOM), "call %d, failure %lu of %lu: %s: %s", which, k, total,
                      cn_status_name(status), cn_error_text());
        ck_assert_int_eq(cn_test_alloc_live(), live);
        check_folder(writes[which]);
        tst_files_restore(&f);
    }
    return total;
}

START_TEST(injected) {
    unsigned long memory = 0, randomness = 0;
    for (int which = 0; which < CALLS; which++) {
        unsigned long taken = inject(which, true);
        ck_assert(taken > 0 || which == INSPECT); /* which maps the file */
        memory += taken;
        randomness += inject(which, false);
    }
    ck_assert_uint_ge(randomness, 20); /* keys and encryptions draw */
    printf("objects in files: %lu allocations and %lu requests for randomness failed in turn\n", memory, randomness);
    fflush(stdout);
}
END_TEST

/* ---- the disk ------------------------------------------------------------------------------ */

/** Save one file. */
static cn_status save(int kind) {
    switch (kind) {
    case TST_PLAN: return cn_plan_save(f.plan, f.path[kind]);
    case TST_SECRET: return cn_client_save(f.owner, f.path[kind], NULL, NULL);
    case TST_PUBLIC: return cn_client_save(f.owner, NULL, f.path[kind], NULL);
    case TST_EVALUATION: return cn_client_save(f.owner, NULL, NULL, f.path[kind]);
    case TST_REQUEST: return cn_request_save(f.request, f.plan, f.path[kind]);
    case TST_REPLY: return cn_reply_save(f.reply, f.plan, f.path[kind]);
    default: return cn_secret_key_retire(f.path[TST_SECRET]);
    }
}

/** Writing stops after so many bytes, as on a full disk. */
static cn_status save_limited(int kind, size_t bytes) {
    struct rlimit before, limit;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = bytes;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN); /* an error, not the end of the process */
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cn_status status = save(kind);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    return status;
}

START_TEST(full_disk) {
    size_t failed = 0;
    for (int kind = 0; kind <= TST_FILES; kind++) {
        size_t size = f.size[kind < TST_FILES ? kind : TST_SECRET];
        const size_t limits[] = {0, 1, 7, 127, 128, 129, size / 2, size - 33, size - 32, size - 1};
        for (size_t i = 0; i < CN_ARRAY_LEN(limits); i++) {
            long live = cn_test_alloc_live();
            cn_status s = save_limited(kind, limits[i]);
            ck_assert_msg(s == CN_ERR_IO, "file %d, %zu bytes: %s", kind, limits[i], cn_status_name(s));
            ck_assert_int_eq(cn_test_alloc_live(), live);
            check_folder(0);
            if (kind < TST_FILES) { /* nor does a new file appear */
                ck_assert_int_eq(unlink(f.path[kind]), 0);
                ck_assert_int_eq(save_limited(kind, limits[i]), CN_ERR_IO);
                ck_assert_uint_eq(tst_files_count(&f), TST_FILES - 1);
                tst_files_restore(&f);
            }
            failed += 2;
        }
        OK(save_limited(kind, size)); /* just enough */
        tst_files_restore(&f);
    }
    printf("objects in files: %zu writes stopped by a limit\n", failed);
    fflush(stdout);
    ck_assert_int_eq(cn_plan_save(f.plan, "/dev/full"), CN_ERR_IO);
    ck_assert_int_eq(cn_plan_save(f.plan, "/nowhere/plan"), CN_ERR_NOT_FOUND);
}
END_TEST

/* ---- reads in pieces ----------------------------------------------------------------------- */

static void on_alarm(int number) { (void)number; }

/** A process that writes size bytes to a pipe, in pieces of 1 to 3000 bytes. */
static pid_t write_pieces(const char *pipe, const uint8_t *data, size_t size) {
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid) return pid;
    int fd = open(pipe, O_WRONLY);
    for (size_t at = 0, step = 1; at < size; at += step, step = step * 7 % 2999 + 1) {
        step = CN_MIN(step, size - at);
        if (write(fd, data + at, step) != (ssize_t)step) _exit(1);
        if (step % 4 == 0) usleep(700); /* long enough for a signal to find the reader waiting */
    }
    close(fd);
    _exit(0);
}

/** Readers that take files through read(2) get whole objects whatever a read returns and however often a signal interrupts it. */
START_TEST(short_reads) {
    char pipe[80];
    int state;
    const struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = on_alarm}, before; /* without SA_RESTART */
    snprintf(pipe, sizeof pipe, "%s/pipe", f.folder);
    ck_assert_int_eq(mkfifo(pipe, 0600), 0);
    ck_assert_int_eq(sigaction(SIGALRM, &action, &before), 0);
    for (int i = 0; i < 2 * TST_FILES; i++) {
        int kind = i % TST_FILES;
        size_t size = i < TST_FILES ? f.size[kind] : f.size[kind] - 40;
        pid_t pid = write_pieces(pipe, f.data[kind], size);
        setitimer(ITIMER_REAL, &often, NULL);
        cn_status status = tst_file_check(&f, kind, pipe);
        setitimer(ITIMER_REAL, &never, NULL);
        ck_assert_msg(status == (i < TST_FILES ? CN_OK : CN_ERR_TRUNCATED), "file %d: %s", kind, cn_error_text());
        pid_t ended;
        do ended = waitpid(pid, &state, 0);
        while (ended < 0);
        ck_assert_int_eq(state, 0);
    }
    sigaction(SIGALRM, &before, NULL);
    cn_request *request;
    ck_assert_int_eq(cn_request_load(&request, f.plan, pipe), CN_ERR_IO); /* is mapped: files only */
}
END_TEST

Suite *cn_suite_wire_faults(void) {
    Suite *s = suite_create("wire_faults");
    TCase *c = tcase_create("wire_faults");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, injected);
    tcase_add_test(c, full_disk);
    tcase_add_test(c, short_reads);
    suite_add_tcase(s, c);
    return s;
}
