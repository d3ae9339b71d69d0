/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The MNIST benchmark: what its parts share.
 *
 *  Data flow: options -> model, plan, data (cryptonets_mnist.c) -> batches through client and server, each compared with the clear
 *  network (run.c) -> text (report.c, draw.c) and JSON (report_json.c). Built on the public headers alone; the test build adds
 *  measured noise (measure.c). The work it repeats is that of CryptoNets [Gilad-Bachrach et al., ICML 2016]. */

#ifndef CN_BENCH_BENCH_H
#define CN_BENCH_BENCH_H

#include <stdbool.h>

#include "cryptonets_nn.h"

/** Exit codes. */
enum {
    CN_BENCH_OK = 0,
    CN_BENCH_FAILURE = 1,      /* something failed, or an encrypted score differs from the clear one */
    CN_BENCH_USAGE = 2,        /* command line not understood */
    CN_BENCH_INTERRUPTED = 130 /* stopped by SIGINT */
};

#define CN_BENCH_ROWS_MAX 64 /* of a ledger: as many as cn_timing has */
#define CN_BENCH_SHOWN 5     /* digits drawn on the terminal */

typedef struct cn_bench_options {
    const char *model;     /* file, or name of an installed network */
    const char *mnist;     /* folder; NULL: synthetic digits */
    const char *json;      /* file to write; NULL: none */
    size_t limit;          /* most images; 0: all of a folder, one batch of synthetic ones */
    size_t batch;          /* most images per request; 0: every slot */
    unsigned threads;
    cn_plan_options plan;
    bool seeded;           /* test build: deterministic keys and encryption from seed */
    uint64_t seed;
} cn_bench_options;

/** What was measured, summed over the batches of a run unless said otherwise. */
typedef struct cn_bench_result {
    size_t images, batches;
    double keygen, encrypt, expand, evaluate, decrypt;     /* seconds */
    double row[CN_BENCH_ROWS_MAX];                         /* seconds per ledger row */
    double measured[CN_BENCH_ROWS_MAX];                    /* log2 of the noise's standard deviation; NAN: not measured */
    size_t upload, evaluation_keys, download;              /* bytes on the wire: per batch, once, per batch */
    size_t correct, clear_correct;                         /* images, by encrypted and by clear scores */
    size_t mismatched, scores, out_of_window;              /* scores: unequal to clear ones, all, clear ones outside */
    size_t read_as[CN_BENCH_SHOWN];                        /* digits that the first images were read as */
    size_t peak_rss;                                       /* bytes, of the process */
} cn_bench_result;

typedef struct cn_bench {
    const cn_bench_options *options;
    cn_model *model;
    cn_plan *plan;
    cn_dataset data;
    size_t slots;          /* images that fit one request */
    size_t batch;          /* images put into one request, at most slots */
    char cpu[128];         /* model of the processor */
    cn_bench_result result;
} cn_bench;

/** Read the command line.  Returns: -1 to go on, else the exit code (help and version are printed, refusals on stderr). */
int cn_bench_parse(cn_bench_options *o, int argc, char **argv);

/** Run all batches and fill b->result.  Returns: an exit code; failures are on stderr. CN_BENCH_OK says nothing on mismatches. */
int cn_bench_run(cn_bench *b);

/** Text on stdout before and after the run. */
void cn_bench_print_setup(const cn_bench *b);
void cn_bench_print_results(const cn_bench *b);

/** The first digits side by side, with label and reading. */
void cn_bench_draw(const cn_bench *b);

/** Fail early if the JSON file could not be written.  Write it: complete or not at all.  Returns: an exit code. */
int cn_bench_json_probe(const char *path);
int cn_bench_json_write(const cn_bench *b);

/** "cryptonets-mnist: ..." as one line on stderr.  Returns: CN_BENCH_FAILURE. */
int cn_bench_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** The same with the library's text; nothing if a signal was the cause.  Returns: CN_BENCH_FAILURE or CN_BENCH_INTERRUPTED. */
int cn_bench_fail_library(void);

/** True once SIGINT has come. */
bool cn_bench_interrupted(void);

/** Seconds on the monotonic clock. */
double cn_bench_seconds(void);

#ifdef CN_TESTING
/** Noise of each ledger row, measured with the client's secret key into b->result.measured.  Returns: an exit code. */
int cn_bench_measure(cn_bench *b, cn_client *c);
#endif

#endif
