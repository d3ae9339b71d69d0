/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Objects of packed evaluation in files when things fail: every allocation and every request for randomness, the disk.
 *  Whatever fails, outputs are NULL or zeroed, nothing leaks, and a name holds the whole old file or a whole new one. */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "single_files.h"
#include "testing.h"
#include "util/mem.h"
#include "util/rng.h"

static tst_single_files f;

static void setup(void) { tst_single_make(&f); }
static void teardown(void) { tst_single_clear(&f); }

#define NONE ((void *)&f) /* what a result is before: it must be NULL after a failure */
#define RESULT(status, p) ck_assert_msg((status) == CN_OK ? (p) && (void *)(p) != NONE : !(p), "result of a failure")

enum {
    PLAN_SAVE,
    PLAN_LOAD,
    CLIENT_SAVE,
    CLIENT_LOAD,
    EVALUATION_LOAD,
    REQUEST_SAVE,
    REQUEST_LOAD,
    REPLY_SAVE,
    REPLY_LOAD,
    OWNER,
    SERVER,
    CALLS
};

/* Which files a call may replace, as bits. */
static const unsigned writes[CALLS] = {
    [PLAN_SAVE] = 1 << TST_S_PLAN,
    [CLIENT_SAVE] = 1 << TST_S_SECRET | 1 << TST_S_EVALUATION,
    [REQUEST_SAVE] = 1 << TST_S_REQUEST,
    [REPLY_SAVE] = 1 << TST_S_REPLY,
    [OWNER] = 1 << TST_S_REQUEST,
    [SERVER] = 1 << TST_S_REPLY,
};

/** From plan and key files to a request file. */
static cn_status owner(void) {
    cn_single_plan *p = NONE;
    cn_single_client *c = NULL;
    cn_single_request *r = NULL;
    cn_status status = cn_single_plan_load(&p, f.path[TST_S_PLAN]);
    RESULT(status, p);
    if (status == CN_OK) {
        c = NONE;
        status = cn_single_client_load(&c, p, f.path[TST_S_SECRET], 1);
        RESULT(status, c);
    }
    if (status == CN_OK) {
        r = NONE;
        status = cn_single_encrypt(&r, c, tst_single_pixels, TST_S_IMAGES);
        RESULT(status, r);
    }
    if (status == CN_OK) status = cn_single_request_save(r, p, f.path[TST_S_REQUEST]);
    cn_single_request_free(r);
    cn_single_client_free(c);
    cn_single_plan_free(p);
    return status;
}

/** From plan, model and request file to a reply file: the plan is laid out again. */
static cn_status server(void) {
    cn_single_plan *p = NONE;
    cn_single_server *s = NULL;
    cn_single_reply *reply = NULL;
    cn_status status = cn_single_plan_load(&p, f.path[TST_S_PLAN]);
    RESULT(status, p);
    if (status == CN_OK) {
        s = NONE;
        status =
            cn_single_server_new(&s, p, f.model, cn_single_client_relin_key(f.owner), cn_single_client_rotation_key(f.owner), 1);
        RESULT(status, s);
    }
    if (status == CN_OK) {
        reply = NONE;
        status = cn_single_evaluate(&reply, s, f.request, NULL);
        RESULT(status, reply);
    }
    if (status == CN_OK) status = cn_single_reply_save(reply, p, f.path[TST_S_REPLY]);
    cn_single_reply_free(reply);
    cn_single_server_free(s);
    cn_single_plan_free(p);
    return status;
}

static cn_status call(int which) {
    cn_status status = CN_OK;
    cn_single_plan *p = NONE;
    cn_single_client *c = NONE;
    cn_relin_key *rk = NONE;
    cn_rotation_key *turns = NONE;
    cn_single_request *request = NONE;
    cn_single_reply *reply = NONE;
    switch (which) {
    case PLAN_SAVE: return cn_single_plan_save(f.plan, f.path[TST_S_PLAN]);
    case PLAN_LOAD:
        status = cn_single_plan_load(&p, f.path[TST_S_PLAN]);
        RESULT(status, p);
        cn_single_plan_free(p);
        return status;
    case CLIENT_SAVE: return cn_single_client_save(f.owner, f.path[TST_S_SECRET], f.path[TST_S_EVALUATION]);
    case CLIENT_LOAD:
        status = cn_single_client_load(&c, f.plan, f.path[TST_S_SECRET], 1);
        RESULT(status, c);
        cn_single_client_free(c);
        return status;
    case EVALUATION_LOAD:
        status = cn_single_evaluation_key_load(&rk, &turns, f.plan, f.path[TST_S_EVALUATION]);
        RESULT(status, rk);
        RESULT(status, turns);
        cn_relin_key_free(rk);
        cn_rotation_key_free(turns);
        return status;
    case REQUEST_SAVE: return cn_single_request_save(f.request, f.plan, f.path[TST_S_REQUEST]);
    case REQUEST_LOAD:
        status = cn_single_request_load(&request, f.plan, f.path[TST_S_REQUEST]);
        RESULT(status, request);
        cn_single_request_free(request);
        return status;
    case REPLY_SAVE: return cn_single_reply_save(f.reply, f.plan, f.path[TST_S_REPLY]);
    case REPLY_LOAD:
        status = cn_single_reply_load(&reply, f.plan, f.path[TST_S_REPLY]);
        RESULT(status, reply);
        cn_single_reply_free(reply);
        return status;
    case OWNER: return owner();
    default: return server();
    }
}

/** The folder after a call: as before, but for whole new files under the names that it writes. */
static void check_folder(unsigned written) {
    ck_assert_uint_eq(tst_folder_count(f.folder), TST_S_FILES);
    for (int kind = 0; kind < TST_S_FILES; kind++) {
        uint8_t *data;
        size_t size;
        if (tst_single_is_old(&f, kind)) continue;
        ck_assert_msg(written >> kind & 1, "file %d was changed", kind);
        OK(cn_file_read(&data, &size, f.path[kind], (size_t)1 << 30));
        OK(tst_single_parse(&f, kind, data, size, NULL));
        cn_free(data);
    }
}

/** Fail the 1st, 2nd, ... allocation or request for randomness, each of them.  Returns: how many. */
static unsigned long inject(int which, bool memory) {
    void (*fail_at)(unsigned long) = memory ? cn_test_alloc_fail_at : cn_test_rng_fail_at;
    unsigned long (*count)(void) = memory ? cn_test_alloc_count : cn_test_rng_count;
    fail_at(0);
    OK(call(which));
    unsigned long total = count();
    tst_single_restore(&f);
    long live = cn_test_alloc_live();
    for (unsigned long k = 1; k <= total; k++) {
        fail_at(k);
        cn_status status = call(which);
        fail_at(0);
        ck_assert_msg(status == (memory ? CN_ERR_MEMORY : CN_ERR_RANDOM), "call %d, failure %lu of %lu: %s: %s", which, k, total,
                      cn_status_name(status), cn_error_text());
        ck_assert_int_eq(cn_test_alloc_live(), live);
        check_folder(writes[which]);
        tst_single_restore(&f);
    }
    return total;
}

START_TEST(injected) {
    unsigned long memory = inject(_i, true), randomness = inject(_i, false);
    ck_assert(memory > 0 && (randomness > 0) == (_i == OWNER || _i == SERVER)); /* encryption and the shares of replies draw */
}
END_TEST

/** Writing stops after so many bytes, as on a full disk. */
static cn_status call_limited(int which, size_t bytes) {
    struct rlimit before, limit;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = bytes;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN); /* an error, not the end of the process */
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cn_status status = call(which);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    return status;
}

START_TEST(full_disk) {
    static const int saves[] = {PLAN_SAVE, CLIENT_SAVE, REQUEST_SAVE, REPLY_SAVE},
                     kinds[] = {TST_S_PLAN, TST_S_EVALUATION, TST_S_REQUEST, TST_S_REPLY};
    for (size_t i = 0; i < CN_ARRAY_LEN(saves); i++) {
        const size_t size = f.size[kinds[i]], limits[] = {0, 1, 127, 128, 129, size / 2, size - 32, size - 1};
        for (size_t k = 0; k < CN_ARRAY_LEN(limits); k++) {
            long live = cn_test_alloc_live();
            ck_assert_int_eq(call_limited(saves[i], limits[k]), CN_ERR_IO);
            ck_assert_int_eq(cn_test_alloc_live(), live);
            check_folder(0);
        }
        OK(call_limited(saves[i], size)); /* just enough */
        tst_single_restore(&f);
    }
    ck_assert_int_eq(cn_single_plan_save(f.plan, "/dev/full"), CN_ERR_IO);
    ck_assert_int_eq(cn_single_plan_save(f.plan, "/nowhere/plan"), CN_ERR_NOT_FOUND);
}
END_TEST

Suite *cn_suite_single_wire_faults(void) {
    Suite *s = suite_create("single_wire_faults");
    TCase *c = tcase_create("single_wire_faults");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, injected, 0, CALLS);
    tcase_add_test(c, full_disk);
    suite_add_tcase(s, c);
    return s;
}
