/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** --latency: images one at a time, or some per request, through packed evaluation, every score compared with the clear network, every step timed. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/latency.h"
#include "bench/timing.h"

#define IMAGES_MOST 1000 /* unless --limit says otherwise */

int cn_bench_single_check(const cn_bench_options *o) {
    const struct {
        const char *name;
        bool given;
    } other[] = {{o->ways ? "latency" : "ways", o->latency && o->ways}, {"json", o->ways && o->json}, {"sweep", o->sweep}, {"scaling", o->scaling}, {"batch", o->ways && o->batch},
                 {"repeat", o->repeat != 1}, {"max-memory", o->max_memory != 0}, {"spool", o->spool != NULL}, {"plains", o->plan.plains != 0},
                 {"strict", o->plan.strict != 0}, {"public-key", o->plan.public_key != 0}, {"scheme", o->scheme_given},
                 {"preset", o->preset != NULL}, {"chart", o->ways && o->chart}};
    for (size_t i = 0; (o->latency || o->ways) && i < sizeof other / sizeof *other; i++)
        if (other[i].given) return cn_bench_usage("--%s: does not go with --%s", o->ways ? "ways" : "latency", other[i].name);
    return -1;
}

static void print_line(void *user, const char *line) {
    (void)user;
    puts(line);
}

/** Times of one kind, one for each request. */
static double *column(cn_latency *l, size_t kind) { return l->time + kind * l->requests; }

/** Value below which a share of the sorted times lies. */
static double quantile(const double *sorted, size_t count, double share) {
    size_t at = (size_t)(share * (double)count);
    return sorted[at < count ? at : count - 1];
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/** Request number i: the images from i * most on. */
static int measure_request(cn_bench *b, cn_latency *l, cn_single_client *client, cn_single_server *server, cn_i128 *found, size_t i) {
    size_t first = i * l->most, left = l->images - first, count = left < l->most ? left : l->most;
    cn_single_request *request = NULL;
    cn_single_reply *reply = NULL;
    cn_single_timing timing;
    int code = CN_BENCH_OK;
    double t0 = cn_bench_seconds();
    bool ok = cn_single_encrypt(&request, client, b->data.pixels + first * cn_model_inputs(b->model), count) == CN_OK;
    double t1 = cn_bench_seconds();
    ok = ok && cn_single_evaluate(&reply, server, request, &timing) == CN_OK;
    double t2 = cn_bench_seconds();
    ok = ok && cn_single_decrypt(found + first * cn_model_outputs(b->model), client, reply, count) == CN_OK;
    double t3 = cn_bench_seconds();
    if (!ok) {
        code = cn_bench_fail_library();
    } else {
        column(l, CN_LATENCY_ENCRYPT)[i] = t1 - t0;
        column(l, CN_LATENCY_SERVER)[i] = t2 - t1;
        column(l, CN_LATENCY_DECRYPT)[i] = t3 - t2;
        l->steps = timing.steps;
        for (unsigned s = 0; s < timing.steps; s++) {
            column(l, CN_LATENCY_STEP + s)[i] = timing.step[s].seconds;
            memcpy(l->name[s], timing.step[s].name, sizeof l->name[s]);
        }
        l->upload = cn_single_request_bytes(request);
        l->download = cn_single_reply_bytes(reply);
    }
    cn_single_request_free(request);
    cn_single_reply_free(reply);
    return code;
}

static void print_row(const char *name, const cn_latency *l, size_t kind) {
    printf("%-32s %9.3f %9.3f %9.3f\n", name, l->median[kind], l->p99[kind], l->least[kind]);
}

static void print_results(const cn_bench *b, const cn_latency *l) {
    const cn_bench_result *r = &b->result;
    printf("\n%-32s %9s %9s %9s\n", l->most > 1 ? "step, milliseconds per request" : "step, milliseconds per image", "median", "p99", "least");
    print_row("client encrypts", l, CN_LATENCY_ENCRYPT);
    for (unsigned s = 0; s < l->steps; s++) {
        char name[64];
        snprintf(name, sizeof name, "  server: %.50s", l->name[s]);
        print_row(name, l, CN_LATENCY_STEP + s);
    }
    print_row("server", l, CN_LATENCY_SERVER);
    print_row("client decrypts", l, CN_LATENCY_DECRYPT);
    if (l->most > 1) printf("%-32s %9.3f\n", "server, per image", l->median[CN_LATENCY_SERVER] / (double)l->most);
    printf("\nupload %zu bytes, reply %zu bytes, keys of the server %zu bytes; keys made in %.3f s, server ready in %.3f s\n", l->upload,
           l->download, l->keys, l->keygen, l->setup);
    char time[32];
    if (l->most > 1) snprintf(time, sizeof time, "%zu", l->most);
    else snprintf(time, sizeof time, "one");
    printf("%zu images %s at a time on %u thread%s: %zu of %zu scores unlike the clear network's; accuracy %.2f %%, clear %.2f %%\n", r->images,
           time, b->options->threads, b->options->threads == 1 ? "" : "s", r->mismatched, r->scores, 100.0 * (double)r->correct / (double)r->images,
           100.0 * (double)r->clear_correct / (double)r->images);
}

/** All images.  In: found and clear, room for their scores. */
static int run(cn_bench *b, cn_latency *l, cn_i128 *found, cn_i128 *clear) {
    unsigned threads = b->options->threads;
    cn_single_client *client = NULL;
    cn_single_server *server = NULL;
    size_t request, reply;
    int code = CN_BENCH_OK;
    cn_single_plan_bytes(l->plan, &request, &reply, &l->keys);
    double start = cn_bench_seconds();
    if (cn_single_client_new(&client, l->plan, threads) != CN_OK) goto failed;
    l->keygen = cn_bench_seconds() - start;
    start = cn_bench_seconds();
    if (cn_single_server_new(&server, l->plan, b->model, cn_single_client_relin_key(client), cn_single_client_rotation_key(client), threads) !=
        CN_OK) goto failed;
    l->setup = cn_bench_seconds() - start;
    for (size_t i = 0; i < l->requests && code == CN_BENCH_OK; i++) {
        code = measure_request(b, l, client, server, found, i);
        if (code == CN_BENCH_OK && cn_bench_interrupted()) code = CN_BENCH_INTERRUPTED;
    }
    if (code != CN_BENCH_OK) goto cleanup;
    if (cn_single_clear_scores(clear, &b->result.out_of_window, l->plan, b->model, b->data.pixels, l->images, threads) != CN_OK) goto failed;
    cn_bench_compare(b, found, clear, 0, l->images);
    goto cleanup;
failed:
    code = cn_bench_fail_library();
cleanup:
    cn_single_server_free(server);
    cn_single_client_free(client);
    return code;
}

static void summarise(cn_latency *l) {
    for (size_t kind = 0; kind < CN_LATENCY_STEP + l->steps; kind++) {
        double *t = column(l, kind);
        qsort(t, l->requests, sizeof *t, by_value);
        l->median[kind] = 1e3 * quantile(t, l->requests, 0.5);
        l->p99[kind] = 1e3 * quantile(t, l->requests, 0.99);
        l->least[kind] = 1e3 * t[0];
    }
}

/** What a file is written from. */
typedef struct document {
    const cn_bench *bench;
    const cn_latency *latency;
} document;

static void write_document(FILE *out, const void *arg) {
    const document *d = arg;
    cn_json j = {.out = out};
    cn_bench_json_latency(&j, d->bench, d->latency);
}

int cn_bench_latency(cn_bench *b) {
    cn_latency l = {0};
    cn_i128 *scores = NULL;
    int code = cn_bench_load_model(&b->model, b->options->model);
    if (code != CN_BENCH_OK) return code;
    if (cn_single_plan_new(&l.plan, b->model, &(cn_single_options){.images = b->options->batch}) != CN_OK) return cn_bench_fail_library();
    b->batch = IMAGES_MOST;
    code = cn_bench_load_data(b, IMAGES_MOST);
    l.images = b->result.images = b->data.count;
    l.most = cn_single_plan_images(l.plan);
    l.requests = (l.images + l.most - 1) / l.most;
    l.time = calloc(l.requests * (CN_LATENCY_STEP + CN_SINGLE_TIMES_MAX), sizeof *l.time);
    scores = calloc(2 * l.images * cn_model_outputs(b->model), sizeof *scores);
    if (code == CN_BENCH_OK && (!l.time || !scores))
        code = cn_bench_fail("out of memory for the scores of %zu images; use a smaller --limit", l.images);
    if (code == CN_BENCH_OK) {
        cn_bench_print_machine(b);
        if (cn_single_plan_describe(l.plan, print_line, NULL) != CN_OK) code = cn_bench_fail_library();
    }
    if (code == CN_BENCH_OK) code = run(b, &l, scores, scores + l.images * cn_model_outputs(b->model));
    if (code == CN_BENCH_OK) {
        summarise(&l);
        print_results(b, &l);
        if (b->options->json) code = cn_bench_file_write(b->options->json, write_document, &(document){b, &l});
        if (code == CN_BENCH_OK && b->options->chart) code = cn_bench_draw_latency(b, &l);
        int verdict = cn_bench_verdict(b);
        if (verdict != CN_BENCH_OK) code = verdict;
    }
    free(scores);
    free(l.time);
    cn_single_plan_free(l.plan);
    return code;
}
