/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** --ways: every way to evaluate a network for one image, some and many, run beside what the planner chooses; the scores of each
 *  way's first request beside those of the clear network. */

#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/common.h"

#define RUNS_MOST 20 /* requests of a way that are run for a number of images; more are counted on from these */

static const size_t numbers[] = {1, 8, 15, 32, 100, 1000, 10000};
#define NUMBERS (sizeof numbers / sizeof *numbers)

/** A way, ready to run. */
typedef struct runner {
    size_t count; /* images in its request */
    cn_plan *plan;
    cn_client *client;
    cn_server *server;
    cn_request *request;
    cn_single_plan *single_plan;
    cn_single_client *single_client;
    cn_single_server *single_server;
    cn_single_request *single_request;
} runner;

static bool start_packed(runner *r, const cn_way *w, const cn_bench *b) {
    unsigned threads = b->options->threads;
    cn_single_options options = {.images = w->slots};
    return cn_single_plan_new(&r->single_plan, b->model, &options) == CN_OK &&
           cn_single_client_new(&r->single_client, r->single_plan, threads) == CN_OK &&
           cn_single_server_new(&r->single_server, r->single_plan, b->model, cn_single_client_relin_key(r->single_client),
                                cn_single_client_rotation_key(r->single_client), threads) == CN_OK &&
           cn_single_encrypt(&r->single_request, r->single_client, b->data.pixels, r->count) == CN_OK;
}

static bool start_batches(runner *r, const cn_way *w, const cn_bench *b) {
    unsigned threads = b->options->threads;
    cn_plan_options options = {.ring_degree = w->ring_degree};
    return cn_plan_new(&r->plan, b->model, &options) == CN_OK && cn_client_new(&r->client, r->plan, threads) == CN_OK &&
           cn_server_new(&r->server, r->plan, b->model, cn_client_evaluation_key(r->client), threads) == CN_OK &&
           cn_client_encrypt(&r->request, r->client, b->data.pixels, r->count, NULL, NULL) == CN_OK;
}

static void stop(runner *r) {
    cn_request_free(r->request);
    cn_server_free(r->server);
    cn_client_free(r->client);
    cn_plan_free(r->plan);
    cn_single_request_free(r->single_request);
    cn_single_server_free(r->single_server);
    cn_single_client_free(r->single_client);
    cn_single_plan_free(r->single_plan);
}

/** One request through the server.  Out: scores of its images; NULL: nothing is decrypted. */
static bool run_request(runner *r, cn_i128 *scores) {
    cn_reply *reply = NULL;
    cn_single_reply *single = NULL;
    bool ok = r->single_plan ? cn_single_evaluate(&single, r->single_server, r->single_request, NULL) == CN_OK
                             : cn_server_evaluate(&reply, r->server, r->request, NULL, NULL, NULL) == CN_OK;
    if (ok && scores)
        ok = r->single_plan ? cn_single_decrypt(scores, r->single_client, single, r->count) == CN_OK
                            : cn_client_decrypt(scores, r->client, reply, r->count) == CN_OK;
    cn_reply_free(reply);
    cn_single_reply_free(single);
    return ok;
}

/** The first request, which warms up, too: its scores are counted in b->result.  Returns: an exit code. */
static int run_first(runner *r, cn_bench *b) {
    cn_i128 *found = calloc(2 * r->count * cn_model_outputs(b->model), sizeof *found), *clear;
    if (!found) return cn_bench_fail("out of memory for the scores of %zu images; use a smaller --limit", r->count);
    clear = found + r->count * cn_model_outputs(b->model);
    const uint8_t *pixels = b->data.pixels;
    unsigned threads = b->options->threads;
    bool ok = run_request(r, found) &&
              (r->single_plan ? cn_single_clear_scores(clear, NULL, r->single_plan, b->model, pixels, r->count, threads) == CN_OK
                              : cn_clear_scores(clear, NULL, r->plan, b->model, pixels, r->count, threads) == CN_OK);
    if (ok) cn_bench_compare(b, found, clear, 0, r->count);
    free(found);
    return ok ? CN_BENCH_OK : cn_bench_fail_library();
}

/** Seconds of one way for every number of images. */
static int measure(double seconds[NUMBERS], const cn_way *w, cn_bench *b) {
    runner r = {.count = b->data.count < w->slots ? b->data.count : w->slots};
    bool ok = w->packed ? start_packed(&r, w, b) : start_batches(&r, w, b);
    int code = ok ? run_first(&r, b) : CN_BENCH_OK;
    for (size_t i = 0; i < NUMBERS && ok && code == CN_BENCH_OK; i++) {
        size_t requests = (numbers[i] - 1) / w->slots + 1, runs = requests < RUNS_MOST ? requests : RUNS_MOST;
        double start = cn_bench_seconds();
        for (size_t k = 0; k < runs && ok; k++) ok = run_request(&r, NULL);
        seconds[i] = (cn_bench_seconds() - start) * (double)requests / (double)runs;
        if (cn_bench_interrupted()) code = CN_BENCH_INTERRUPTED;
    }
    if (!ok) code = cn_bench_fail_library();
    stop(&r);
    return code;
}

static const char *name_way(char name[48], const cn_way *w) {
    if (w->packed && !w->ring_degree) snprintf(name, 48, "packed %zu", w->slots); /* in no ring */
    else if (w->packed) snprintf(name, 48, "packed %zu, n = %zu", w->slots, w->ring_degree);
    else snprintf(name, 48, "batches, n = %zu", w->ring_degree);
    return name;
}

static void print_way(const cn_way *w, const double seconds[NUMBERS]) {
    char name[48];
    printf("%-21s", name_way(name, w));
    for (size_t i = 0; i < NUMBERS; i++) {
        double predicted = (double)((numbers[i] - 1) / w->slots + 1) * w->request_seconds;
        printf(" %9.3f (%8.3f)", seconds[i], predicted);
    }
    putchar('\n');
}

/** What the planner takes for each number of images, and how it compares with the fastest. */
static int print_choice(cn_way *way, size_t count, double seconds[][NUMBERS]) {
    printf("\n%8s  %-20s %10s  %-20s %10s %6s\n", "images", "chosen", "seconds", "fastest", "seconds", "ratio");
    for (size_t i = 0; i < NUMBERS; i++) {
        char name[2][48];
        size_t pick[2] = {0, count};
        if (cn_ways_choose(&pick[0], way, count, numbers[i], CN_OBJECTIVE_LATENCY) != CN_OK) return cn_bench_fail_library();
        for (size_t k = 0; k < count; k++)
            if (way[k].fits && (pick[1] == count || seconds[k][i] < seconds[pick[1]][i])) pick[1] = k;
        for (unsigned k = 0; k < 2; k++) name_way(name[k], &way[pick[k]]);
        printf("%8zu  %-20s %10.3f  %-20s %10.3f %6.2f\n", numbers[i], name[0], seconds[pick[0]][i], name[1], seconds[pick[1]][i],
               seconds[pick[0]][i] / seconds[pick[1]][i]);
    }
    return CN_BENCH_OK;
}

int cn_bench_ways(cn_bench *b) {
    cn_way way[CN_WAYS_MAX];
    double seconds[CN_WAYS_MAX][NUMBERS] = {{0}};
    size_t count;
    int code = cn_bench_load_model(&b->model, b->options->model);
    if (code != CN_BENCH_OK) return code;
    if (cn_ways_list(way, &count, b->model, NULL, NULL) != CN_OK) return cn_bench_fail_library();
    b->batch = numbers[NUMBERS - 1];
    code = cn_bench_load_data(b, numbers[NUMBERS - 1]);
    if (code != CN_BENCH_OK) return code;
    cn_bench_print_machine(b);
    printf("Seconds of the server, uploads expanded, for so many images that are there now; in brackets the planner's\n"
           "reference, one thread. Of more than %d requests, %d are run.\n\n%-21s", RUNS_MOST, RUNS_MOST, "way");
    for (size_t i = 0; i < NUMBERS; i++) printf(" %20zu", numbers[i]);
    putchar('\n');
    for (size_t k = 0; k < count && code == CN_BENCH_OK; k++) {
        if (!way[k].fits) {
            char name[48];
            printf("%s: refused: %s\n", name_way(name, &way[k]), way[k].reason);
            continue;
        }
        code = measure(seconds[k], &way[k], b);
        if (code == CN_BENCH_OK) print_way(&way[k], seconds[k]);
        fflush(stdout);
    }
    if (code == CN_BENCH_OK) code = print_choice(way, count, seconds);
    if (code != CN_BENCH_OK) return code;
    printf("\nfirst requests of all ways: %zu of %zu scores unlike the clear network's\n", b->result.mismatched,
           b->result.scores);
    return cn_bench_verdict(b);
}
