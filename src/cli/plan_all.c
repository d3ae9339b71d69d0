/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets plan --all`: what the planners choose from, in batches and one image at a time, with the reason of every refusal. */

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "he/params.h"
#include "nn/plan.h"

#define PLAINS_MOST 4 /* more are never cheaper for networks whose scores fit four small primes */

/** The best of a kind so far. */
typedef struct best {
    double value;
    char line[200];
} best;

static void keep_least(best *b, double value, const char *line) {
    if (b->line[0] && value >= b->value) return;
    b->value = value;
    snprintf(b->line, sizeof b->line, "%s", line);
}

/** One batched plan as a line. */
static void print_batched(const cn_plan *p, best *time, best *upload) {
    const cn_params *q = cn_plan_params(p);
    size_t rows, request, reply, key;
    double seconds = 0;
    char text[200];
    const cn_ledger_row *r = cn_plan_ledger(p, &rows);
    for (size_t i = 0; i < rows; i++) seconds += r[i].seconds;
    cn_plan_bytes(p, &request, &reply, &key);
    snprintf(text, sizeof text, "%6zu %2u  batch      %6.2f s  %2u primes, log2(Q) %5.1f  %5.0f us and %5.0f bytes of request per image", q->n,
             q->plains, seconds, q->limbs, cn_params_log2_q(q), 1e6 * seconds / (double)q->n, (double)request / (double)q->n);
    puts(text);
    keep_least(time, seconds / (double)q->n, text);
    keep_least(upload, (double)request / (double)q->n, text);
}

cn_status cn_cli_plan_all(const cn_model *m, const cn_plan_options *options) {
    best time = {0, ""}, upload = {0, ""};
    puts("     n  t  layout     predicted time of one thread for a batch, or why not");
    for (size_t n = 4096; n <= 65536; n *= 2)
        for (unsigned plains = 1; plains <= PLAINS_MOST; plains++) {
            if ((options->ring_degree && options->ring_degree != n) || (options->plains && options->plains != plains)) continue;
            cn_plan_options o = *options;
            cn_plan *p = NULL;
            o.ring_degree = n;
            o.plains = plains;
            cn_status status = cn_plan_new(&p, m, &o);
            if (status == CN_OK) print_batched(p, &time, &upload);
            else if (status == CN_ERR_PLAN) printf("%6zu %2u  batch      refused: %s\n", n, plains, cn_error_text());
            else return status;
            cn_plan_free(p);
        }
    if (time.line[0]) printf("\nmost images per second:\n%s\nleast request per image:\n%s\n", time.line, upload.line);
    puts("\none image at a time");
    cn_status status = cn_single_plan_alternatives(m, &(cn_single_options){.ring_degree = options->ring_degree}, cn_cli_print_line, NULL);
    if (status == CN_ERR_UNSUPPORTED) {
        printf("refused: %s\n", cn_error_text());
        return CN_OK;
    }
    if (status != CN_OK) return status;
    cn_single_plan *p = NULL;
    status = cn_single_plan_new(&p, m, &(cn_single_options){.ring_degree = options->ring_degree});
    puts("\nleast time until the answer:");
    if (status == CN_OK) status = cn_single_plan_describe(p, cn_cli_print_line, NULL);
    else if (status == CN_ERR_PLAN) status = CN_OK, printf("none: %s\n", cn_error_text());
    cn_single_plan_free(p);
    return status;
}
