/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The run: batch by batch encrypt, evaluate, decrypt, and compare every score with the clear network. One batch is in memory at a
 *  time, and of it only what the next step needs. */

#include "bench/bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/timing.h"

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

void cn_bench_compare(cn_bench *b, const cn_i128 *found, const cn_i128 *expected, size_t first, size_t count) {
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

/** Evaluate a request as often as asked for: the medians count, and the last reply. Stages get their mean.
 *  In: seconds, room for each evaluation.  Out: *reply owned by the caller, NULL on failure. */
static cn_status evaluate(cn_bench *b, cn_reply **reply, double *seconds, cn_server *server, const cn_request *request, progress *p) {
    cn_bench_result *r = &b->result;
    double sorted[CN_BENCH_REPEAT_MAX], expand[CN_BENCH_REPEAT_MAX];
    unsigned repeat = b->options->repeat;
    cn_timing timing;
    size_t rows;
    cn_plan_ledger(b->plan, &rows);
    for (unsigned k = 0; k < repeat; k++) {
        cn_reply_free(*reply);
        cn_status status = cn_server_evaluate(reply, server, request, &timing, on_progress, p);
        if (status != CN_OK) return status;
        seconds[k] = timing.evaluate;
        expand[k] = timing.expand;
        for (size_t i = 0; i < rows && i < CN_BENCH_ROWS_MAX; i++) r->row[i] += timing.row[i] / repeat;
    }
    memcpy(sorted, seconds, repeat * sizeof *sorted);
    r->evaluate += cn_timing_median(sorted, repeat);
    r->expand += cn_timing_median(expand, repeat);
    return CN_OK;
}

/** One batch through both sides. In: found and expected, room for its scores. */
static int run_batch(cn_bench *b, cn_client *client, cn_server *server, cn_i128 *found, cn_i128 *expected, size_t first, size_t count,
                     progress *p) {
    int code = CN_BENCH_OK;
    cn_bench_result *r = &b->result;
    const uint8_t *pixels = b->data.pixels + first * cn_model_inputs(b->model);
    cn_request *request = NULL;
    cn_reply *reply = NULL;
    size_t outside;

    double start = cn_bench_seconds();
    if (cn_client_encrypt(&request, client, pixels, count, on_progress, p) != CN_OK) goto failed;
    r->encrypt += cn_bench_seconds() - start;
    r->upload = cn_request_bytes(request);

    if (evaluate(b, &reply, r->evaluations + (p->batch - 1) * b->options->repeat, server, request, p) != CN_OK) goto failed;
    cn_request_free(request);
    request = NULL;
    r->download = cn_reply_bytes(reply);

    start = cn_bench_seconds();
    if (cn_client_decrypt(found, client, reply, count) != CN_OK) goto failed;
    r->decrypt += cn_bench_seconds() - start;

    if (cn_clear_scores(expected, &outside, b->plan, b->model, pixels, count, b->options->threads) != CN_OK) goto failed;
    r->out_of_window += outside;
    cn_bench_compare(b, found, expected, first, count);
    goto cleanup;
failed:
    code = cn_bench_fail_library();
cleanup:
    cn_request_free(request);
    cn_reply_free(reply);
    return code;
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
    r->evaluations = calloc(r->batches * b->options->repeat, sizeof *r->evaluations);
    if (!scores || !r->evaluations) {
        code = cn_bench_fail("out of memory for the scores of %zu images; use a smaller --batch", b->batch);
        goto cleanup;
    }
    cn_plan_bytes(b->plan, &request, &reply, &r->evaluation_keys);
    double start = cn_bench_seconds();
    if (cn_client_new(&client, b->plan, threads) != CN_OK) goto failed;
    r->keygen = cn_bench_seconds() - start;
    if (cn_client_spool(client, b->options->spool) != CN_OK) goto failed;
    if (cn_server_new(&server, b->plan, b->model, cn_client_evaluation_key(client), threads) != CN_OK) goto failed;
    code = cn_bench_bound_memory(b, server);
    if (code == CN_BENCH_OK && !b->options->sweep) cn_bench_print_setup(b);
    for (size_t first = 0; first < b->data.count && code == CN_BENCH_OK; first += b->batch) {
        size_t left = b->data.count - first;
        p.batch++;
        code = run_batch(b, client, server, scores, scores + b->batch * outputs, first, left < b->batch ? left : b->batch, &p);
        if (code == CN_BENCH_OK && cn_bench_interrupted()) code = CN_BENCH_INTERRUPTED;
    }
    r->peak_rss = cn_bench_peak_memory();
    if (code == CN_BENCH_OK && b->options->max_memory && r->peak_rss > b->options->max_memory)
        cn_bench_fail("warning: --max-memory %zu: the process held %.1f MiB at its peak", b->options->max_memory / CN_MIB,
                      (double)r->peak_rss / (double)CN_MIB);
    if (code == CN_BENCH_OK && b->options->scaling) code = cn_bench_scale(b, client);
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
