/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** One thread beside several: the same request evaluated by both in turn, and between them arithmetic that needs no memory. The
 *  speed-up of the arithmetic says what the processors gave at that time, so that the network's can be judged on a shared machine. */

#include "bench/bench.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bench/timing.h"

#define ROUNDS 3
#define CHAIN_STEPS 100000000 /* a multiple of 4 */
#define THREADS_MAX 256

/* ---- arithmetic in registers --------------------------------------------------------------- */

/** Multiply-adds that wait for each other. The empty statement keeps the compiler from joining two of them. */
#define STEP(x, y) do { (x) = (x) * 6364136223846793005u + (y); __asm__ volatile("" : "+r"(x)); } while (0)

static void *chain(void *arg) {
    uint64_t *seed = arg, x = *seed, y = x | 1;
    for (unsigned i = 0; i < CHAIN_STEPS / 4; i++) {
        STEP(x, y); STEP(x, y); STEP(x, y); STEP(x, y);
    }
    *seed = x;
    return NULL;
}

/** One chain in each of these threads.  Out: *seconds until all have ended.  Returns: an exit code. */
static int time_chains(double *seconds, unsigned threads) {
    pthread_t thread[THREADS_MAX];
    uint64_t seed[THREADS_MAX][8] = {{0}}; /* each in a cache line of its own */
    unsigned started = 1;
    double start = cn_bench_seconds();
    while (started < threads && pthread_create(&thread[started], NULL, chain, seed[started]) == 0) started++;
    chain(seed[0]);
    for (unsigned i = 1; i < started; i++) pthread_join(thread[i], NULL);
    *seconds = cn_bench_seconds() - start;
    return started == threads ? CN_BENCH_OK : cn_bench_fail("--scaling: expected %u threads, could start %u; use fewer", threads, started);
}

/* ---- the network --------------------------------------------------------------------------- */

typedef struct side {
    unsigned threads;
    cn_server *server;
    cn_i128 *scores;
    double evaluate[ROUNDS], arithmetic[ROUNDS]; /* seconds */
} side;

/** What all replies are compared with: the first one. */
typedef struct expected {
    bool known;
    uint8_t digest[32];
    const cn_i128 *scores;
} expected;

/** One evaluation.  Out: *same, cleared if the reply differs from the first one. */
static cn_status evaluate(side *s, bool *same, expected *e, unsigned round, cn_client *client, const cn_request *request,
                          size_t count, size_t outputs) {
    cn_reply *reply = NULL;
    cn_timing timing;
    uint8_t digest[32];
    cn_status status = cn_server_evaluate(&reply, s->server, request, &timing, cn_bench_on_progress, NULL);
    if (status == CN_OK) status = cn_reply_digest(digest, reply);
    if (status == CN_OK) status = cn_client_decrypt(s->scores, client, reply, count);
    cn_reply_free(reply);
    if (status != CN_OK) return status;
    s->evaluate[round] = timing.evaluate;
    if (!e->known) {
        e->known = true;
        e->scores = s->scores;
        memcpy(e->digest, digest, sizeof digest);
    }
    *same &= memcmp(digest, e->digest, sizeof digest) == 0;
    *same &= memcmp(s->scores, e->scores, count * outputs * sizeof *s->scores) == 0;
    return CN_OK;
}

int cn_bench_scale(cn_bench *b, cn_client *client) {
    int code = CN_BENCH_OK;
    size_t count = b->batch, outputs = cn_model_outputs(b->model);
    side sides[2] = {{.threads = 1}, {.threads = b->options->threads}}, *one = &sides[0], *all = &sides[1];
    bool same = true;
    expected first = {.known = false};
    cn_request *request = NULL;
    if (cn_client_encrypt(&request, client, b->data.pixels, count, cn_bench_on_progress, NULL) != CN_OK) goto failed;
    for (side *s = sides; s < sides + 2; s++) {
        s->scores = calloc(count * outputs, sizeof *s->scores);
        if (!s->scores) {
            code = cn_bench_fail("out of memory for the scores of %zu images; use a smaller --batch", count);
            goto cleanup;
        }
        if (cn_server_new(&s->server, b->plan, b->model, cn_client_evaluation_key(client), s->threads) != CN_OK) goto failed;
    }
    for (unsigned round = 0; round < ROUNDS; round++)
        for (side *s = sides; s < sides + 2; s++) {
            if (evaluate(s, &same, &first, round, client, request, count, outputs) != CN_OK) goto failed;
            if ((code = time_chains(&s->arithmetic[round], s->threads)) != CN_BENCH_OK) goto cleanup;
        }
    b->result.scaling = (cn_bench_scaling){
        .threads = all->threads,
        .evaluate = cn_timing_median(one->evaluate, ROUNDS) / cn_timing_median(all->evaluate, ROUNDS),
        .arithmetic = all->threads * cn_timing_median(one->arithmetic, ROUNDS) / cn_timing_median(all->arithmetic, ROUNDS),
        .identical = same};
    goto cleanup;
failed:
    code = cn_bench_fail_library();
cleanup:
    for (side *s = sides; s < sides + 2; s++) {
        cn_server_free(s->server);
        free(s->scores);
    }
    cn_request_free(request);
    return code;
}
