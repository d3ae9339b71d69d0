/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Before and after the run: signals and remarks, model, plan and data of a run, what its scores say, and the end of it. */

#include "bench/bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define DIGITS_SEED 1 /* of the synthetic digits */

static volatile sig_atomic_t interrupted;

/** The first SIGINT asks the run to stop; the handler is then gone, and a second one kills. */
static void on_interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

/** Remarks of the library, such as an unknown kernel table in CRYPTONETS_CPU. */
static void on_remark(void *user, const char *line) {
    (void)user;
    fprintf(stderr, "%s: %s\n", cn_bench_program, line);
}

void cn_bench_begin(void) {
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    cn_set_log(on_remark, NULL);
}

bool cn_bench_interrupted(void) { return interrupted != 0; }

double cn_bench_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int cn_bench_on_progress(void *user, const char *step, size_t done, size_t total) {
    (void)user, (void)step, (void)done, (void)total;
    return cn_bench_interrupted();
}

int cn_bench_fail_library(void) { return cn_bench_interrupted() ? CN_BENCH_INTERRUPTED : cn_bench_fail("%s", cn_error_text()); }

/* ---- model and data ------------------------------------------------------------------------ */

/** Digits for a network whose inputs are not theirs: their bytes, one after the other, as images of a row. The labels mean nothing then. */
static cn_status draw_rows(cn_dataset *d, size_t count, size_t inputs) {
    size_t digits = (count * inputs + 783) / 784; /* of 28 x 28 */
    cn_status status = cn_dataset_draw_digits(d, digits > count ? digits : count, DIGITS_SEED);
    if (status != CN_OK) return status;
    d->count = count, d->height = 1, d->width = inputs;
    return CN_OK;
}

int cn_bench_load_data(cn_bench *b, size_t most) {
    const cn_bench_options *o = b->options;
    size_t limit = o->limit ? o->limit : o->mnist ? most : b->batch, inputs = cn_model_inputs(b->model);
    cn_status status = o->mnist          ? cn_dataset_load_mnist(&b->data, o->mnist, limit)
                       : inputs == 784 ? cn_dataset_draw_digits(&b->data, limit, DIGITS_SEED)
                                         : draw_rows(&b->data, limit, inputs);
    if (status != CN_OK) return cn_bench_fail_library();
    if (b->data.height * b->data.width != inputs)
        return cn_bench_fail("%s: expected images of %zu pixels for model %s, found %zu x %zu", o->mnist ? o->mnist : "digits", inputs,
                             cn_model_name(b->model), b->data.height, b->data.width);
    return CN_BENCH_OK;
}

int cn_bench_prepare(cn_bench *b, const char *model) {
    const cn_bench_options *o = b->options;
    int code = cn_bench_load_model(&b->model, model); /* its failures name the model anyway */
    if (o->sweep) cn_bench_fail_about(model);
    if (code == CN_BENCH_OK && cn_plan_new(&b->plan, b->model, &o->plan) != CN_OK) code = cn_bench_fail_library();
    if (code != CN_BENCH_OK) return code;

    b->slots = cn_plan_params(b->plan)->n;
    b->batch = o->batch ? o->batch : b->slots;
    if (b->batch > b->slots) return cn_bench_fail("--batch %zu: expected at most %zu, the slots of this plan", b->batch, b->slots);
    code = cn_bench_load_data(b, o->sweep ? b->batch : 0);
    if (b->batch > b->data.count) b->batch = b->data.count;
    return code;
}

int cn_bench_verdict(const cn_bench *b) {
    const cn_bench_result *r = &b->result;
    if (r->mismatched)
        return cn_bench_fail("%zu of %zu decrypted scores differ from the clear network; this is a defect: please report it",
                             r->mismatched, r->scores);
    if (r->scaling.threads && !r->scaling.identical)
        return cn_bench_fail("replies of 1 thread and of %u threads differ; this is a defect: please report it", r->scaling.threads);
    return CN_BENCH_OK;
}

void cn_bench_clear(cn_bench *b) {
    cn_plan_free(b->plan);
    cn_model_free(b->model);
    cn_dataset_clear(&b->data);
    free(b->result.evaluations);
    b->plan = NULL, b->model = NULL, b->result.evaluations = NULL;
}
