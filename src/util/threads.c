/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A pool of POSIX threads. Workers sleep until a run begins, take task numbers from a shared counter until none is
 *  left or one has failed, and report back. The calling thread works too. A pool does not survive a fork. */

#include "util/threads.h"

#include "util/mem.h"
#include "util/status.h"
#include "util/verify.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MOST_THREADS 256

typedef struct worker {
    cn_pool *pool;
    unsigned number; /* 1 .. threads - 1 */
    pthread_t thread;
} worker;

struct cn_pool {
    unsigned threads;
    unsigned started; /* workers to join, at most threads - 1 */
    worker *workers;
    pthread_mutex_t lock;
    pthread_cond_t begin, end; /* a run has begun, or the pool closes; the last worker has ended its part */

    /* under lock */
    unsigned long runs; /* begun so far */
    unsigned busy;      /* workers that have not ended their part of this run */
    bool closing;

    /* the present run */
    cn_task_fn fn;
    void *arg;
    size_t tasks;
    atomic_size_t next;  /* task number to be taken */
    atomic_bool failed;  /* no new task starts */
    size_t failed_task;  /* lowest number that failed, with its status and text; under lock */
    cn_status status;
    char text[1024];
};

static void record_failure(cn_pool *pool, size_t task, cn_status status) {
    pthread_mutex_lock(&pool->lock);
    if (pool->status == CN_OK || task < pool->failed_task) {
        pool->failed_task = task;
        pool->status = status;
        snprintf(pool->text, sizeof pool->text, "%s", cn_error_text());
    }
    pthread_mutex_unlock(&pool->lock);
    atomic_store(&pool->failed, true);
}

/* The part of a run that falls to one worker. */
static void work(cn_pool *pool, unsigned number) {
    while (!atomic_load(&pool->failed)) {
        size_t task = atomic_fetch_add(&pool->next, 1); /* at most tasks + threads */
        if (task >= pool->tasks) return;
        cn_status status = pool->fn(pool->arg, task, number);
        if (status != CN_OK) record_failure(pool, task, status);
    }
}

static void *worker_main(void *arg) {
    const worker *me = arg;
    cn_pool *pool = me->pool;
    unsigned long seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->runs == seen && !pool->closing) pthread_cond_wait(&pool->begin, &pool->lock);
        if (pool->closing) break;
        seen = pool->runs;
        pthread_mutex_unlock(&pool->lock);
        work(pool, me->number);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0) pthread_cond_signal(&pool->end);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

cn_status cn_pool_new(cn_pool **pool, unsigned threads) {
    *pool = NULL;
    if (threads == 0 || threads > MOST_THREADS) {
        return cn_fail(CN_ERR_SIZE, "threads: expected a number from 1 to %d, found %u; choose another", MOST_THREADS, threads);
    }
    cn_status status = CN_ERR_MEMORY;
    cn_pool *p = cn_calloc(1, sizeof *p);
    if (p == NULL) return CN_ERR_MEMORY;
    pthread_mutex_init(&p->lock, NULL); /* these three cannot fail with default attributes on Linux */
    pthread_cond_init(&p->begin, NULL);
    pthread_cond_init(&p->end, NULL);
    p->threads = threads;
    p->workers = cn_calloc(threads, sizeof *p->workers);
    if (p->workers == NULL) goto cleanup;

    /* Signals are for the program's own threads. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = 0;
    for (unsigned i = 1; i < threads && error == 0; i++) {
        worker *w = &p->workers[i - 1];
        w->pool = p;
        w->number = i;
        error = pthread_create(&w->thread, NULL, worker_main, w);
        if (error == 0) p->started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        status = cn_fail(CN_ERR_THREAD, "threads: expected to start %u, found that only %u could be (%s); use fewer or raise "
                         "the limit (ulimit -u)", threads, p->started + 1, strerror(error));
        goto cleanup;
    }
    *pool = p;
    return CN_OK;
cleanup:
    cn_pool_free(p);
    return status;
}

unsigned cn_pool_threads(const cn_pool *pool) { return pool->threads; }

static cn_status run_alone(size_t tasks, cn_task_fn fn, void *arg) {
    for (size_t task = 0; task < tasks; task++) CN_TRY(fn(arg, task, 0));
    return CN_OK;
}

cn_status cn_pool_run(cn_pool *pool, size_t tasks, cn_task_fn fn, void *arg) {
    if (pool == NULL || pool->threads == 1 || tasks <= 1) return run_alone(tasks, fn, arg);

    pthread_mutex_lock(&pool->lock);
    CN_INVARIANT(pool->busy == 0); /* no run within a run */
    pool->fn = fn;
    pool->arg = arg;
    pool->tasks = tasks;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->failed, false);
    pool->status = CN_OK;
    pool->busy = pool->threads - 1;
    pool->runs++;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);

    work(pool, 0);

    pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0) pthread_cond_wait(&pool->end, &pool->lock);
    cn_status status = pool->status;
    pthread_mutex_unlock(&pool->lock);
    if (status != CN_OK) cn_error_set_text(pool->text);
    return status;
}

void cn_pool_free(cn_pool *pool) {
    if (pool == NULL) return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->started; i++) pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->end);
    pthread_cond_destroy(&pool->begin);
    pthread_mutex_destroy(&pool->lock);
    cn_free(pool->workers);
    cn_free(pool);
}

double cn_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
