/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A pool of POSIX threads with an explicit count. Results never depend on that count: tasks are
 *  numbered, each writes only what its number says, and the failure reported is the one with the
 *  lowest number among those that ran. */

#ifndef CN_UTIL_THREADS_H
#define CN_UTIL_THREADS_H

#include "util/common.h"

typedef struct cn_pool cn_pool;

/** Work on task number task; worker is in [0, threads) and names the scratch that may be used. */
typedef cn_status (*cn_task_fn)(void *arg, size_t task, unsigned worker);

/** A pool of threads workers, the calling thread being worker 0; threads = 1 starts none.
 *  Returns: CN_OK, CN_ERR_SIZE (0 or above 256), CN_ERR_MEMORY, CN_ERR_THREAD. */
cn_status cn_pool_new(cn_pool **pool, unsigned threads);

/** Number of workers. */
unsigned cn_pool_threads(const cn_pool *pool);

/** Run tasks 0 .. tasks-1, return when all have ended. After a failure no new task starts.
 *  pool = NULL runs everything in the calling thread as worker 0.
 *  Returns: CN_OK, or the failing task's status with its text copied to the calling thread. */
cn_status cn_pool_run(cn_pool *pool, size_t tasks, cn_task_fn fn, void *arg);

/** Join all workers and release. NULL is allowed. */
void cn_pool_free(cn_pool *pool);

/** Seconds on the monotonic clock. */
double cn_seconds(void);

#endif
