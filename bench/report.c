/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The benchmark's text: the plan and the data before the run, tables after it, beside the figures of
 *  Gilad-Bachrach, Dowlin, Laine, Lauter, Naehrig, Wernsing, "CryptoNets", ICML 2016, as reported there. */

#include "bench/bench.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static void print_line(void *user, const char *line) {
    (void)user;
    puts(line);
}

double cn_bench_t_bits(const cn_params *p) {
    double bits = 0;
    for (unsigned i = 0; i < p->plains; i++) bits += log2((double)p->t[i]);
    return bits;
}

double cn_bench_upload_per_image(const cn_bench *b) { return (double)b->result.upload / (double)b->slots; }

static double mib(size_t bytes) { return (double)bytes / (double)CN_MIB; }

void cn_bench_print_machine(const cn_bench *b) {
    unsigned threads = b->options->threads;
    printf("machine      %s; kernels %s; %u thread%s\n", b->cpu, cn_kernels_name(), threads, threads == 1 ? "" : "s");
}

void cn_bench_print_setup(const cn_bench *b) {
    const cn_bench_options *o = b->options;
    const cn_bench_memory *m = &b->memory;
    size_t batches = (b->data.count + b->batch - 1) / b->batch;
    cn_bench_print_machine(b);
    if (o->mnist)
        printf("data         MNIST test set in %s, %zu images\n", o->mnist, b->data.count);
    else if (b->data.height == 1)
        printf("data         %zu images made of SYNTHETIC digits cut to %zu bytes: their labels mean nothing\n", b->data.count, b->data.width);
    else
        printf("data         %zu SYNTHETIC digits, easier than MNIST: fetch the real ones with tools/fetch-mnist DIR, then --mnist DIR\n",
               b->data.count);
    printf("run          %zu batch%s of at most %zu images, %zu slots\n", batches, batches == 1 ? "" : "es", b->batch, b->slots);
    if (o->max_memory)
        printf("limit        %zu MiB of memory: %.1f MiB for inputs expanded for one prime, which would fill %.1f MiB; %.1f MiB for "
               "the rest\n", o->max_memory / CN_MIB, mib(m->buffer), mib(m->full), mib(m->fixed));
    if (o->seeded) puts("randomness   deterministic (--seed): NOT secure");
    if (cn_plan_describe(b->plan, print_line, NULL) != CN_OK) puts(cn_error_text());
    fflush(stdout);
}

static void print_stages(const cn_bench *b) {
    size_t rows;
    const cn_ledger_row *ledger = cn_plan_ledger(b->plan, &rows);
    const cn_bench_result *r = &b->result;
    bool measured = false;
    for (size_t i = 0; i < rows; i++) measured |= !isnan(r->measured[i]);
    printf("\n%-3s %-14s %10s %5s %9s %9s %9s%s\n", "seg", "stage", "operations", "limbs", "seconds", "predicted", "limit",
           measured ? "  measured" : "");
    for (size_t i = 0; i < rows; i++) {
        const cn_ledger_row *l = &ledger[i];
        printf("%-3u %-14s %10zu %5u %9.3f %9.1f %9.1f", l->segment + 1, l->name, l->operations, l->limbs, r->row[i], l->log2_noise,
               l->log2_limit);
        if (!isnan(r->measured[i])) printf(" %9.1f", r->measured[i]);
        putchar('\n');
    }
    puts("Operations per slot and plaintext prime; seconds of all batches; noise as log2 of its largest standard deviation.");
    if (measured) puts("Measured: the largest of up to four outputs and all plaintext primes.");
}

/* ---- the comparison ------------------------------------------------------------------------ */

#define CELLS_MAX 24

/** A column of the comparison. */
typedef struct column {
    char cell[CELLS_MAX][40];
    size_t count;
} column;

static void put(column *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(column *c, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    vsnprintf(c->cell[c->count++], sizeof c->cell[0], fmt, args);
    va_end(args);
}

/** The rows, and what the paper says of them. */
static const struct {
    const char *name, *paper;
} rows[] = {
    {"", "CryptoNets"},
    {"", "2016"},
    {"scheme", "YASHE'"},
    {"security by today's estimates, bits", "insecure"},
    {"images", "4096"},
    {"slots of a batch", "4096"},
    {"keys, s", ""},
    {"encode and encrypt, s per batch", "122"},
    {"expand the upload, s per batch", ""},
    {"evaluate, s per batch", "250"},
    {"decrypt, s per batch", "5"},
    {"images per second, evaluate", "16.4"},
    {"images per second, expand + evaluate", ""},
    {"upload, MB per batch", "367.5"},
    {"evaluation key, MB once", ""},
    {"download, MB per batch", "4.7"},
    {"peak memory so far, MB", ""},
    {"accuracy", "98.95 %"},
    {"accuracy of the clear network", ""},
    {"scores unlike the clear network's", ""},
    {"scores outside the window", ""},
};

static void fill(column *c, const char *title, const cn_bench *b) {
    const cn_bench_result *r = &b->result;
    double batches = (double)r->batches, images = (double)r->images;
    put(c, "%s", title);
    put(c, "%s", b->options->mnist ? "MNIST" : "synthetic");
    put(c, "%s", cn_scheme_name(b->options->plan.scheme));
    put(c, "%d%s", CN_SECURITY_BITS, *cn_scheme_label(b->options->plan.scheme) ? " (research)" : "");
    put(c, "%zu", r->images);
    put(c, "%zu", b->slots);
    put(c, "%.3f", r->keygen);
    put(c, "%.3f", r->encrypt / batches);
    put(c, "%.3f", r->expand / batches);
    put(c, "%.3f", r->evaluate / batches);
    put(c, "%.3f", r->decrypt / batches);
    put(c, "%.1f", images / r->evaluate);
    put(c, "%.1f", images / (r->expand + r->evaluate));
    put(c, "%.1f", (double)r->upload * 1e-6);
    put(c, "%.1f", (double)r->evaluation_keys * 1e-6);
    put(c, "%.2f", (double)r->download * 1e-6);
    put(c, "%.0f", (double)r->peak_rss * 1e-6);
    put(c, "%.2f %%", 100 * (double)r->correct / images);
    put(c, "%.2f %%", 100 * (double)r->clear_correct / images);
    put(c, "%zu of %zu", r->mismatched, r->scores);
    put(c, "%zu", r->out_of_window);
}

static void print_comparison(const cn_bench *b) {
    column this_run = {.count = 0}, beside = {.count = 0};
    fill(&this_run, "this run", b);
    if (b->beside) fill(&beside, "same images", b->beside);
    putchar('\n');
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        printf("%-38s %14s", rows[i].name, this_run.cell[i]);
        if (b->beside) printf(" %14s", beside.cell[i]);
        printf(" %14s\n", rows[i].paper);
    }
    if (b->options->max_memory)
        printf("peak memory %.1f MiB of the %zu MiB allowed\n", mib(b->result.peak_rss), b->options->max_memory / CN_MIB);
    puts("The paper's figures as reported: YASHE' with parameters that are insecure today, one Xeon E5-1620 PC, batches of 4096;\n"
         "convolution 30 s, square 81 s, pool and dense 127 s, square 10 s, dense 1.6 s; about 59,000 predictions per hour.");
    if (*cn_scheme_label(b->options->plan.scheme))
        printf("%s is %s. Do not use it for data that matter.\n", cn_scheme_name(b->options->plan.scheme),
               cn_scheme_label(b->options->plan.scheme));
}

static void print_scaling(const cn_bench_scaling *s) {
    printf("\nscaling      %u threads do %.2f times the work of 1 in the same time, and %.2f times as much arithmetic in registers;\n"
           "             their replies are %s\n", s->threads, s->evaluate, s->arithmetic, s->identical ? "identical" : "DIFFERENT");
}

void cn_bench_print_results(const cn_bench *b) {
    cn_bench_draw(b);
    print_stages(b);
    print_comparison(b);
    if (b->result.scaling.threads) print_scaling(&b->result.scaling);
}
