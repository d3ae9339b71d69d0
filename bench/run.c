/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The run: batch by batch encrypt, evaluate, decrypt, and compare every score with the clear network. One batch is in memory at a
 *  time, and of it only what the next step needs. */

#include "bench/bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/** What the progress line needs. */
typedef struct progress {
    bool visible;
    size_t batch, batches;
    double shown; /* when it was last drawn */
} progress;

static int on_progress(void *user, const char *step, size_t done, size_t total) {
    progress *p = user;
    double now = cn_bench_seconds();
    if (p->visible && now - p->shown > 0.1) {
        fprintf(stderr, "\rbatch %zu of %zu: %s %zu %%\033[K", p->batch, p->batches, step, total ? 100 * done / total : 0);
        p->shown = now;
    }
    return cn_bench_interrupted();
}

/** Count what the scores of one batch say. */
static void compare(cn_bench *b, const cn_i128 *found, const cn_i128 *expected, size_t first, size_t count) {
    cn_bench_result *r = &b->result;
    size_t outputs = cn_model_outputs(b->model);
    for (size_t i = 0; i < count; i++) {
        const cn_i128 *score = found + i * outputs, *clear = expected + i * outputs;
        size_t digit = cn_argmax(score, outputs), label = b->data.labels[first + i];
        for (size_t k = 0; k < outputs; k++) r->mismatched += score[k] != clear[k];
        r->correct += digit == label;
        r->clear_correct += cn_argmax(clear, outputs) == label;
        if (first + i < CN_BENCH_SHOWN) r->read_as[first + i] = digit;
    }
    r->scores += count * outputs;
}

/** One batch through both sides. In: found and expected, room for its scores. */
static int run_batch(cn_bench *b, cn_client *client, cn_server *server, cn_i128 *found, cn_i128 *expected, size_t first, size_t count,
                     progress *p) {
    int code = CN_BENCH_OK;
    cn_bench_result *r = &b->result;
    const uint8_t *pixels = b->data.pixels + first * cn_model_inputs(b->model);
    cn_request *request = NULL;
    cn_reply *reply = NULL;
    cn_timing timing;
    size_t rows, outside;

    double start = cn_bench_seconds();
    if (cn_client_encrypt(&request, client, pixels, count, on_progress, p) != CN_OK) goto failed;
    r->encrypt += cn_bench_seconds() - start;
    r->upload = cn_request_bytes(request);

    if (cn_server_evaluate(&reply, server, request, &timing, on_progress, p) != CN_OK) goto failed;
    cn_request_free(request);
    request = NULL;
    r->expand += timing.expand;
    r->evaluate += timing.evaluate;
    cn_plan_ledger(b->plan, &rows);
    for (size_t i = 0; i < rows && i < CN_BENCH_ROWS_MAX; i++) r->row[i] += timing.row[i];
    r->download = cn_reply_bytes(reply);

    start = cn_bench_seconds();
    if (cn_client_decrypt(found, client, reply, count) != CN_OK) goto failed;
    r->decrypt += cn_bench_seconds() - start;

    if (cn_clear_scores(expected, &outside, b->plan, b->model, pixels, count, b->options->threads) != CN_OK) goto failed;
    r->out_of_window += outside;
    compare(b, found, expected, first, count);
    goto cleanup;
failed:
    code = cn_bench_fail_library();
cleanup:
    cn_request_free(request);
    cn_reply_free(reply);
    return code;
}

static size_t peak_rss(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (size_t)usage.ru_maxrss * 1024 : 0;
}

int cn_bench_run(cn_bench *b) {
    int code = CN_BENCH_OK;
    cn_bench_result *r = &b->result;
    unsigned threads = b->options->threads;
    size_t request, reply, outputs = cn_model_outputs(b->model);
    cn_client *client = NULL;
    cn_server *server = NULL;
    cn_i128 *scores = calloc(2 * b->batch * outputs, sizeof *scores);
    *r = (cn_bench_result){.images = b->data.count, .batches = (b->data.count + b->batch - 1) / b->batch};
    for (size_t i = 0; i < CN_BENCH_ROWS_MAX; i++) r->measured[i] = NAN;
    progress p = {.visible = isatty(STDERR_FILENO), .batches = r->batches};
    if (!scores) {
        code = cn_bench_fail("out of memory for the scores of %zu images; use a smaller --batch", b->batch);
        goto cleanup;
    }
    cn_plan_bytes(b->plan, &request, &reply, &r->evaluation_keys);
    double start = cn_bench_seconds();
    if (cn_client_new(&client, b->plan, threads) != CN_OK) goto failed;
    r->keygen = cn_bench_seconds() - start;
    if (cn_server_new(&server, b->plan, b->model, cn_client_evaluation_key(client), threads) != CN_OK) goto failed;
    for (size_t first = 0; first < b->data.count && code == CN_BENCH_OK; first += b->batch) {
        size_t left = b->data.count - first;
        p.batch++;
        code = run_batch(b, client, server, scores, scores + b->batch * outputs, first, left < b->batch ? left : b->batch, &p);
        if (code == CN_BENCH_OK && cn_bench_interrupted()) code = CN_BENCH_INTERRUPTED;
    }
    r->peak_rss = peak_rss();
#ifdef CN_TESTING
    cn_server_free(server);
    server = NULL;
    if (code == CN_BENCH_OK) code = cn_bench_measure(b, client);
#endif
    goto cleanup;
failed:
    code = cn_bench_fail_library();
cleanup:
    if (p.visible && p.batch) fputs("\r\033[K", stderr);
    cn_server_free(server);
    cn_client_free(client);
    free(scores);
    return code;
}
