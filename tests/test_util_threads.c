/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The thread pool: every task exactly once for every thread count, failures, reuse, threads that cannot be started. */

#include "testing.h"

#include "util/mem.h"
#include "util/status.h"
#include "util/threads.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define MOST_TASKS 500

typedef struct job {
    unsigned threads;
    atomic_uint done[MOST_TASKS];  /* how often each task ran */
    atomic_uint inside[256];       /* tasks now running as each worker */
    uint64_t result[MOST_TASKS];
    size_t fail_first, fail_step;  /* these tasks fail: fail_first, + fail_step, ... (fail_step 0: none) */
    atomic_ulong lowest_failed;
} job;

static cn_status task_fn(void *arg, size_t task, unsigned worker) {
    job *j = arg;
    TST_CHECK(worker < j->threads && task < MOST_TASKS);
    TST_CHECK(atomic_fetch_add(&j->inside[worker], 1) == 0); /* a worker does one thing at a time */
    atomic_fetch_add(&j->done[task], 1);
    uint64_t x = task;
    for (size_t i = 0; i < 10 * (task % 7); i++) x = x * 6364136223846793005u + 1;
    j->result[task] = x;
    if (task % 5 == 0) sched_yield();
    bool fails = j->fail_step != 0 && task >= j->fail_first && (task - j->fail_first) % j->fail_step == 0;
    if (fails) {
        unsigned long lowest = atomic_load(&j->lowest_failed);
        while (task < lowest && !atomic_compare_exchange_weak(&j->lowest_failed, &lowest, task)) {}
    }
    atomic_fetch_sub(&j->inside[worker], 1);
    return fails ? cn_fail(task % 2 ? CN_ERR_RANGE : CN_ERR_IO, "task %zu fails", task) : CN_OK;
}

static void start_job(job *j, unsigned threads, size_t fail_first, size_t fail_step) {
    memset(j, 0, sizeof *j);
    j->threads = threads;
    j->fail_first = fail_first;
    j->fail_step = fail_step;
    atomic_store(&j->lowest_failed, MOST_TASKS);
}

START_TEST(every_task_once) {
    static const unsigned counts[] = {0, 1, 2, 3, 4, 7, 16}; /* 0: no pool */
    static job alone, together;
    start_job(&alone, 1, 0, 0);
    ck_assert_int_eq(cn_pool_run(NULL, MOST_TASKS, task_fn, &alone), CN_OK);
    for (size_t c = 0; c < CN_ARRAY_LEN(counts); c++) {
        cn_pool *pool = NULL;
        if (counts[c] > 0) {
            ck_assert_int_eq(cn_pool_new(&pool, counts[c]), CN_OK);
            ck_assert_uint_eq(cn_pool_threads(pool), counts[c]);
        }
        for (size_t round = 0; round < TST_ITERS(60); round++) { /* the same pool again and again */
            size_t tasks = round < 5 ? round : round == 5 ? MOST_TASKS : tst_below(MOST_TASKS + 1);
            start_job(&together, CN_MAX(counts[c], 1u), 0, 0);
            TST_EQ(cn_pool_run(pool, tasks, task_fn, &together), CN_OK);
            for (size_t i = 0; i < MOST_TASKS; i++) TST_EQ(atomic_load(&together.done[i]), i < tasks);
            TST_CHECK(memcmp(together.result, alone.result, tasks * sizeof(uint64_t)) == 0);
        }
        cn_pool_free(pool);
    }
    cn_pool_free(NULL);
}
END_TEST

START_TEST(failures) {
    for (unsigned threads = 1; threads <= 5; threads++) {
        cn_pool *pool;
        ck_assert_int_eq(cn_pool_new(&pool, threads), CN_OK);
        for (size_t round = 0; round < TST_ITERS(100); round++) {
            static job j;
            char expected[100];
            size_t first = tst_below(MOST_TASKS / 2);
            start_job(&j, threads, first, 1 + tst_below(5));
            cn_status status = cn_pool_run(pool, MOST_TASKS, task_fn, &j);
            unsigned long lowest = atomic_load(&j.lowest_failed);
            TST_EQ(status, lowest % 2 ? CN_ERR_RANGE : CN_ERR_IO);
            snprintf(expected, sizeof expected, "task %lu fails", lowest);
            ck_assert_str_eq(cn_error_text(), expected);
            for (size_t i = 0; i <= first; i++) TST_EQ(atomic_load(&j.done[i]), 1); /* no failure before first ended */
            size_t begun = 0;
            for (size_t i = 0; i < MOST_TASKS; i++) begun += atomic_load(&j.done[i]);
            if (threads == 1) TST_EQ(begun, first + 1);
        }
        static job good; /* the pool works on after a failure */
        start_job(&good, threads, 0, 0);
        ck_assert_int_eq(cn_pool_run(pool, MOST_TASKS, task_fn, &good), CN_OK);
        cn_pool_free(pool);
    }
}
END_TEST

/* Two tasks fail; the one with the higher number is made to fail first. */
typedef struct race {
    atomic_bool high_begun, high_failed;
} race;

static cn_status race_fn(void *arg, size_t task, unsigned worker) {
    race *r = arg;
    (void)worker;
    if (task == 0) {
        while (!atomic_load(&r->high_failed)) sched_yield();
    } else {
        atomic_store(&r->high_failed, true);
    }
    return cn_fail(task == 0 ? CN_ERR_PLAN : CN_ERR_NOISE, "number %zu", task);
}

START_TEST(lowest_failure_wins) {
    cn_pool *pool;
    ck_assert_int_eq(cn_pool_new(&pool, 2), CN_OK);
    for (int round = 0; round < 20; round++) {
        race r = {0};
        ck_assert_int_eq(cn_pool_run(pool, 2, race_fn, &r), CN_ERR_PLAN);
        ck_assert_str_eq(cn_error_text(), "number 0");
    }
    cn_pool_free(pool);
}
END_TEST

/* A failure ends a run that would otherwise never end: task 0 fails once all other workers are busy. */
static cn_status count_fn(void *arg, size_t task, unsigned worker) {
    (void)worker;
    atomic_fetch_add((atomic_ulong *)arg, 1);
    return task == 3 ? cn_fail(CN_ERR_CANCELLED, "stop") : CN_OK;
}

START_TEST(failure_stops_the_run) {
    for (unsigned threads = 1; threads <= 4; threads++) {
        cn_pool *pool;
        atomic_ulong count = 0;
        ck_assert_int_eq(cn_pool_new(&pool, threads), CN_OK);
        ck_assert_int_eq(cn_pool_run(pool, SIZE_MAX / 2, count_fn, &count), CN_ERR_CANCELLED);
        ck_assert_uint_ge(atomic_load(&count), threads == 1 ? 4 : 1);
        cn_pool_free(pool);
    }
}
END_TEST

START_TEST(bad_counts) {
    static const unsigned counts[] = {0, 257, ~0u};
    for (size_t i = 0; i < CN_ARRAY_LEN(counts); i++) {
        cn_pool *pool = (cn_pool *)&counts;
        ck_assert_int_eq(cn_pool_new(&pool, counts[i]), CN_ERR_SIZE);
        ck_assert_ptr_null(pool);
    }
    cn_pool *pool;
    ck_assert_int_eq(cn_pool_new(&pool, 256), CN_OK);
    cn_pool_free(pool);
}
END_TEST

START_TEST(no_memory) {
    long before = cn_test_alloc_live();
    cn_pool *pool;
    cn_test_alloc_fail_at(0);
    ck_assert_int_eq(cn_pool_new(&pool, 3), CN_OK);
    unsigned long allocations = cn_test_alloc_count();
    ck_assert_uint_gt(allocations, 0);
    cn_pool_free(pool);
    for (unsigned long k = 1; k <= allocations; k++) {
        cn_test_alloc_fail_at(k);
        ck_assert_int_eq(cn_pool_new(&pool, 3), CN_ERR_MEMORY);
        ck_assert_ptr_null(pool);
    }
    cn_test_alloc_fail_at(0);
    ck_assert_int_eq(cn_test_alloc_live(), before);
}
END_TEST

/* pthread_create of this program: the number fail_thread_at from now fails. */
static unsigned fail_thread_at;

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg) {
    typedef int (*create_fn)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    static create_fn create;
    if (fail_thread_at > 0 && --fail_thread_at == 0) return EAGAIN;
    if (create == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "pthread_create");
        memcpy(&create, &symbol, sizeof create);
    }
    return create(thread, attr, start, arg);
}

START_TEST(no_threads) {
    long before = cn_test_alloc_live();
    for (unsigned k = 1; k <= 3; k++) {
        cn_pool *pool;
        fail_thread_at = k;
        ck_assert_int_eq(cn_pool_new(&pool, 4), CN_ERR_THREAD);
        ck_assert_ptr_null(pool);
    }
    fail_thread_at = 0;
    ck_assert_int_eq(cn_test_alloc_live(), before);
}
END_TEST

static cn_status mask_fn(void *arg, size_t task, unsigned worker) {
    sigset_t mask;
    race *r = arg;
    if (task == 0) { /* until the other thread has begun, so that both take part */
        while (!atomic_load(&r->high_begun)) sched_yield();
    } else {
        atomic_store(&r->high_begun, true);
    }
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    bool blocked = sigismember(&mask, SIGINT) == 1;
    return blocked == (worker != 0) ? CN_OK : cn_fail(CN_ERR_STATE, "worker %u", worker);
}

START_TEST(signals_go_to_the_caller) {
    cn_pool *pool;
    race r = {0};
    ck_assert_int_eq(cn_pool_new(&pool, 2), CN_OK);
    ck_assert_int_eq(cn_pool_run(pool, 2, mask_fn, &r), CN_OK);
    cn_pool_free(pool);
}
END_TEST

START_TEST(clock_goes_forward) {
    double last = cn_seconds();
    ck_assert(last > 0);
    for (int i = 0; i < 1000; i++) {
        double now = cn_seconds();
        TST_CHECK(now >= last);
        last = now;
    }
}
END_TEST

Suite *cn_suite_util_threads(void) {
    Suite *suite = suite_create("util_threads");
    TCase *threads = tcase_create("threads");
    tcase_add_test(threads, every_task_once);
    tcase_add_test(threads, failures);
    tcase_add_test(threads, lowest_failure_wins);
    tcase_add_test(threads, failure_stops_the_run);
    tcase_add_test(threads, bad_counts);
    tcase_add_test(threads, no_memory);
    tcase_add_test(threads, no_threads);
    tcase_add_test(threads, signals_go_to_the_caller);
    tcase_add_test(threads, clock_goes_forward);
    suite_add_tcase(suite, threads);
    return suite;
}
