/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets plan --all`: every way to evaluate a network beside the others, with the reason where one is refused. */

#include "cli/plan_all.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "he/params.h"
#include "nn/plan.h"
#include "util/common.h"
#include "util/json.h"

#define PLAINS_MOST 4 /* that are tried one by one */

static const char *const names[] = {"latency", "throughput", "upload"};

int cn_cli_objective(cn_objective *o, const char *name) {
    for (unsigned i = 0; i < CN_ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0) return *o = (cn_objective)i, CN_EXIT_OK;
    return cn_cli_usage("plan", "--objective: expected latency, throughput or upload, found '%s'", name);
}

static const char *kind(const cn_way *w) { return !w->packed ? "batches" : w->slots > 1 ? "packed" : "single"; }

static void print_way(const cn_way *w, bool best) {
    char name[48];
    if (w->ring_degree) snprintf(name, sizeof name, "%s, n = %zu", kind(w), w->ring_degree);
    else snprintf(name, sizeof name, "%s, %zu image%s", kind(w), w->slots, w->slots == 1 ? "" : "s");
    if (w->fits)
        printf("%c %-20s %8zu %9zu %12.4f %14.2f %12.2f %9.2f\n", best ? '*' : ' ', name, w->slots, w->requests, (double)w->requests * w->request_seconds,
               1e6 * w->request_seconds / (double)w->slots, (double)(w->requests * w->request_bytes) / 1048576, (double)w->keys / 1048576);
    else
        printf("  %-20s refused: %s\n", name, w->reason);
}

static void write_way(cn_json *j, const cn_way *w, bool best) {
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "way", kind(w));
    cn_json_integer(j, "ring_degree", w->ring_degree);
    cn_json_bool(j, "best", best);
    cn_json_bool(j, "fits", w->fits != 0);
    if (w->fits) {
        cn_json_integer(j, "slots", w->slots);
        cn_json_integer(j, "requests", w->requests);
        cn_json_number(j, "seconds", (double)w->requests * w->request_seconds);
        cn_json_number(j, "microseconds_per_image", 1e6 * w->request_seconds / (double)w->slots);
        cn_json_integer(j, "upload", w->requests * w->request_bytes);
        cn_json_integer(j, "keys", w->keys);
    } else {
        cn_json_text(j, "reason", w->reason);
    }
    cn_json_close(j, '}');
}

/** One line per ring degree and number of plaintext primes: what batches would take there, or why they cannot be. */
static cn_status print_batches(const cn_model *m, const cn_plan_options *options) {
    puts("\nbatches\n     n  t  seconds of a batch, or why not");
    for (size_t n = 4096; n <= 32768; n *= 2)
        for (unsigned plains = 1; plains <= PLAINS_MOST; plains++) {
            if (options->plains && options->plains != plains) continue;
            cn_plan_options o = *options;
            cn_plan *p = NULL;
            o.ring_degree = n;
            o.plains = plains;
            cn_status status = cn_plan_new(&p, m, &o);
            if (status == CN_OK) {
                const cn_params *q = cn_plan_params(p);
                printf("%6zu %2u  %7.3f  %u primes, log2(QP) %.1f\n", n, plains, cn_plan_seconds(p), q->limbs, cn_params_log2_qp(q));
            } else if (status == CN_ERR_PLAN) {
                printf("%6zu %2u  refused: %s\n", n, plains, cn_error_text());
            } else {
                return status;
            }
            cn_plan_free(p);
        }
    return CN_OK;
}

cn_status cn_cli_plan_all(const cn_model *m, const cn_plan_options *options, size_t images, cn_objective objective, bool json) {
    cn_way way[CN_WAYS_MAX];
    size_t count, best;
    const cn_single_options singles = {.costs = options->costs};
    CN_TRY(cn_ways_list(way, &count, m, options, &singles));
    CN_TRY(cn_ways_choose(&best, way, count, images, objective));
    if (json) {
        cn_json text = {.out = stdout}, *j = &text;
        cn_json_open(j, NULL, '{');
        cn_json_text(j, "format", "cryptonets ways 1");
        cn_json_text(j, "model", cn_model_name(m));
        cn_json_integer(j, "images", images);
        cn_json_text(j, "objective", names[objective]);
        cn_json_text(j, "costs", options->costs ? "calibrated" : "reference");
        cn_json_open(j, "ways", '[');
        for (size_t i = 0; i < count; i++) write_way(j, &way[i], i == best);
        cn_json_close(j, ']');
        cn_json_close(j, '}');
        return CN_OK;
    }
    printf("%s, %zu image%s, best (*) by %s; one thread %s, uploads expanded\n\n", cn_model_name(m), images,
           images == 1 ? "" : "s", names[objective], options->costs ? "at calibrated costs" : "with AVX-512 at the reference cost");
    printf("  %-20s %8s %9s %12s %14s %12s %9s\n", "way", "slots", "requests", "seconds", "us/image full", "upload MiB", "keys MiB");
    for (size_t i = 0; i < count; i++) print_way(&way[i], i == best);
    CN_TRY(print_batches(m, options));
    puts("\nsingle images");
    cn_status status = cn_single_plan_alternatives(m, &singles, cn_cli_print_line, NULL);
    if (status == CN_ERR_UNSUPPORTED || status == CN_ERR_RANGE) status = (puts(cn_error_text()), CN_OK);
    return status;
}
