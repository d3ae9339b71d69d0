/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The benchmark's text: the plan and the data before the run, tables after it, beside the figures of
 *  Gilad-Bachrach, Dowlin, Laine, Lauter, Naehrig, Wernsing, "CryptoNets", ICML 2016, as reported there. */

#include "bench/bench.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/** The paper's run: 4,096 images on one Xeon E5-1620 PC. */
#define PAPER_IMAGES 4096
#define PAPER_EVALUATE 250.0 /* seconds */

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

/** One row of the comparison: this run's text, and the paper's or nothing. */
static void row(const char *name, const char *paper, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void row(const char *name, const char *paper, const char *fmt, ...) {
    char text[64];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    printf("%-38s %14s %14s\n", name, text, paper);
}

static void print_comparison(const cn_bench *b) {
    const cn_bench_result *r = &b->result;
    double batches = (double)r->batches, images = (double)r->images;
    char paper_rate[32];
    snprintf(paper_rate, sizeof paper_rate, "%.1f", PAPER_IMAGES / PAPER_EVALUATE);
    putchar('\n');
    row("", "CryptoNets", "this run");
    row("", "2016", "%s", b->options->mnist ? "MNIST" : "synthetic");
    row("scheme", "YASHE'", "BFV");
    row("security by today's estimates, bits", "insecure", "%d", CN_SECURITY_BITS);
    row("images", "4096", "%zu", r->images);
    row("keys, s", "", "%.3f", r->keygen);
    row("encode and encrypt, s per batch", "122", "%.3f", r->encrypt / batches);
    row("expand the upload, s per batch", "", "%.3f", r->expand / batches);
    row("evaluate, s per batch", "250", "%.3f", r->evaluate / batches);
    row("decrypt, s per batch", "5", "%.3f", r->decrypt / batches);
    row("images per second, evaluate", paper_rate, "%.1f", images / r->evaluate);
    row("images per second, expand + evaluate", "", "%.1f", images / (r->expand + r->evaluate));
    row("upload, MB per batch", "367.5", "%.1f", (double)r->upload * 1e-6);
    row("evaluation key, MB once", "", "%.1f", (double)r->evaluation_keys * 1e-6);
    row("download, MB per batch", "4.7", "%.2f", (double)r->download * 1e-6);
    row("peak memory, MB", "", "%.0f", (double)r->peak_rss * 1e-6);
    if (b->options->max_memory)
        row("peak memory, MiB of the limit", "", "%.1f of %zu", mib(r->peak_rss), b->options->max_memory / CN_MIB);
    row("accuracy", "98.95 %", "%.2f %%", 100 * (double)r->correct / images);
    row("accuracy of the clear network", "", "%.2f %%", 100 * (double)r->clear_correct / images);
    row("scores unlike the clear network's", "", "%zu of %zu", r->mismatched, r->scores);
    row("scores outside the window", "", "%zu", r->out_of_window);
    puts("The paper's figures as reported: YASHE' with parameters that are insecure today, one Xeon E5-1620 PC, batches of 4096;\n"
         "convolution 30 s, square 81 s, pool and dense 127 s, square 10 s, dense 1.6 s; about 59,000 predictions per hour.");
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
