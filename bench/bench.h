/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The MNIST benchmark: what its parts share.
 *
 *  Data flow: options -> model (models.c), plan, data (prepare.c) -> batches through client and server within a bound of
 *  memory (memory.c), each compared with the clear network (run.c), on request with one thread beside several (scaling.c) -> text
 *  (report.c, draw.c), drawings (run_chart.c, chart.c) and JSON (report_json.c, result_file.c). Images one at a time are another run
 *  (latency.c). A sweep (sweep.c) does this for many models,
 *  each in a process of its own (child.c). Built on the public headers
 *  alone; the test build adds measured noise (measure.c), and the experiment of 2016 with its own parameters sees internal functions
 *  (preset.c, preset_report.c). The work it repeats is that of CryptoNets [Gilad-Bachrach et al., ICML 2016]. */

#ifndef CN_BENCH_BENCH_H
#define CN_BENCH_BENCH_H

#include <stdbool.h>

#include "bench/common.h"
#include "util/json.h"

#define CN_BENCH_ROWS_MAX 64 /* of a ledger: as many as cn_timing has */
#define CN_BENCH_SHOWN 5     /* digits drawn on the terminal */
#define CN_BENCH_REPEAT_MAX 1000
#define CN_BENCH_THREADS_MAX 256
#define CN_MIB ((size_t)1 << 20)

typedef struct cn_bench_options {
    const char *model;     /* file, or name of an installed network; in a sweep several with commas between, NULL: all */
    const char *mnist;     /* folder; NULL: synthetic digits */
    const char *json;      /* file to write; NULL: none */
    const char *chart;     /* files to write begin with this; NULL: none */
    size_t limit;          /* most images; 0: all of a folder, one batch of synthetic ones or in a sweep */
    size_t batch;          /* most images per request; 0: every slot */
    const char *spool;     /* folder for encrypted requests; NULL: in memory */
    size_t max_memory;     /* bytes that the process may hold at most; 0: no bound */
    unsigned threads;
    unsigned repeat;       /* evaluations of each request, 1 to CN_BENCH_REPEAT_MAX */
    bool sweep;            /* model after model, one table */
    bool scaling;          /* compare one thread with all */
    bool latency;          /* images one at a time, or batch of them, by packed evaluation */
    bool ways;             /* packed images and batches beside each other */
    cn_plan_options plan;
    bool scheme_given;     /* plan.scheme was asked for */
    const char *preset;    /* parameters of an old experiment instead of a plan; NULL: none */
    bool insecure_historical; /* allow it, though they are broken */
    bool seeded;           /* test build: deterministic keys and encryption from seed */
    uint64_t seed;
} cn_bench_options;

/** One thread beside several, in the same process. A speed-up is how many times as much work is done in the same time. */
typedef struct cn_bench_scaling {
    unsigned threads;          /* compared with 1; 0: not measured */
    double evaluate, arithmetic; /* speed-up of the network, and of arithmetic in registers */
    bool identical;            /* replies: same residues, same scores */
} cn_bench_scaling;

/** Bytes of the process under a bound, as estimated before the first batch. */
typedef struct cn_bench_memory {
    size_t fixed;          /* what does not depend on the buffer */
    size_t buffer, full;   /* for inputs expanded to residues: granted, and what the server would take without a bound */
} cn_bench_memory;

/** What was measured, summed over the batches of a run unless said otherwise. */
typedef struct cn_bench_result {
    size_t images, batches;
    double keygen, encrypt, expand, evaluate, decrypt;     /* seconds; expand, evaluate: medians of the repetitions */
    double *evaluations;                                   /* [batches][repeat] seconds of each one, released by cn_bench_clear */
    double row[CN_BENCH_ROWS_MAX];                         /* seconds per ledger row: means of the repetitions */
    double measured[CN_BENCH_ROWS_MAX];                    /* log2 of the noise's standard deviation; NAN: not measured */
    size_t upload, evaluation_keys, download;              /* bytes on the wire: per batch, once, per batch */
    size_t correct, clear_correct;                         /* images, by encrypted and by clear scores */
    size_t mismatched, scores, out_of_window;              /* scores: unequal to clear ones, all, clear ones outside */
    size_t read_as[CN_BENCH_SHOWN];                        /* digits that the first images were read as */
    size_t peak_rss;                                       /* bytes, of the process */
    cn_bench_scaling scaling;
} cn_bench_result;

typedef struct cn_bench {
    const cn_bench_options *options;
    cn_model *model;
    cn_plan *plan;
    cn_dataset data;
    size_t slots;          /* images that fit one request */
    size_t batch;          /* images put into one request, at most slots */
    char cpu[128];         /* model of the processor */
    double core_ghz;       /* its frequency, measured */
    cn_bench_memory memory;
    cn_bench_result result;
    const struct cn_bench *beside; /* the same images under BFV, for comparison; NULL: there is none */
} cn_bench;

/** Read the command line.  Returns: -1 to go on, else the exit code (help and version are printed, refusals on stderr). */
int cn_bench_parse(cn_bench_options *o, int argc, char **argv);

/** What command lines have in common. Refuse one: a line on stderr that names --help.  Returns: CN_BENCH_USAGE. */
int cn_bench_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** Refuse what getopt_long did not know.  In: its result.  Returns: CN_BENCH_USAGE. */
int cn_bench_bad_option(char **argv, int result);

/** The argument of option name, a decimal number from low to high.  Returns: -1, or CN_BENCH_USAGE. */
int cn_bench_number(uint64_t *out, const char *name, uint64_t low, uint64_t high);

/** Processors online, 1 to CN_BENCH_THREADS_MAX. */
unsigned cn_bench_processors(void);

/** To be called first: from now on SIGINT asks to stop (a second one kills), and remarks of the library are on stderr. */
void cn_bench_begin(void);

/** Load and plan a model, load the data.  In: b->options, the rest zero but for the machine.  Returns: an exit code; failures are
 *  on stderr, here and below. */
int cn_bench_prepare(cn_bench *b, const char *model);

/** Load at most --limit images, or as many as go by default: MNIST, or synthetic digits.  In: b->model; most, in the place of all images
 *  of a folder, or 0.  Returns: an exit code. */
int cn_bench_load_data(cn_bench *b, size_t most);

/** Count in b->result what the scores [count][outputs] of the images from first on say, beside the clear ones. */
void cn_bench_compare(cn_bench *b, const cn_i128 *found, const cn_i128 *expected, size_t first, size_t count);

/** --preset (preset.c): does the command line go with it?  Returns: -1 to go on, else the exit code. Then the whole run, instead of
 *  prepare, run and verdict.  Returns: an exit code. */
int cn_bench_preset_check(const cn_bench_options *o);
int cn_bench_preset(cn_bench *b);

/** --latency (latency.c): does the command line go with it?  Returns: -1 to go on, else the exit code. Then the whole run, instead of
 *  prepare, run and verdict.  Returns: an exit code. */
int cn_bench_single_check(const cn_bench_options *o);
int cn_bench_latency(cn_bench *b);

/** --ways (ways.c): the whole run.  Returns: an exit code, CN_BENCH_FAILURE if a score differs from the clear network's. */
int cn_bench_ways(cn_bench *b);

/** Run all batches and fill b->result; the setup is printed before the first one, unless in a sweep.
 *  Returns: an exit code. CN_BENCH_OK says nothing on mismatches. */
int cn_bench_run(cn_bench *b);

/** Draw noise and time of the layers: --chart with -noise.svg and -time.svg behind it.  Returns: an exit code. */
int cn_bench_draw_run(const cn_bench *b);

/** Write two drawings under such names.  Returns: an exit code. */
int cn_bench_draw_files(const char *chart, void (*noise)(FILE *out, const void *arg), void (*time)(FILE *out, const void *arg), const void *arg);

/** Can they be written?  Returns: an exit code. */
int cn_bench_draw_probe(const cn_bench_options *o);

/** Speak up if results are wrong.  Returns: an exit code. */
int cn_bench_verdict(const cn_bench *b);

/** Release model, plan, data and results. Zeroed ones are allowed. */
void cn_bench_clear(cn_bench *b);

/** Work for a process of its own: writes what is wanted of it.  Returns: an exit code; failures are on stderr. */
typedef int (*cn_bench_work)(FILE *out, const void *arg);

/** Do it there, under a name for failures.  Out: *text [*size] all that it wrote (and a zero byte), released with free, or NULL; *ended: it
 *  was not killed.  Returns: its exit code; CN_BENCH_FAILURE if there is none; CN_BENCH_INTERRUPTED after SIGINT. */
int cn_bench_child(char **text, size_t *size, bool *ended, const char *name, cn_bench_work work, const void *arg);

/** Model after model, each in a process of its own, so that one's memory and failure are not another's. Prints a table and writes
 *  the JSON file, if asked for.  In: options and machine.  Returns: an exit code, CN_BENCH_FAILURE if one of the models failed. */
int cn_bench_sweep(const cn_bench *machine);

/** Evaluate the first batch with 1 thread and with all in turn; b->result.scaling.  Returns: an exit code. */
int cn_bench_scale(cn_bench *b, cn_client *client);

/** Let the server's buffer have what is left below --max-memory, if that was given; b->memory. To be called when client and server
 *  exist, before the first batch.  Returns: an exit code; CN_BENCH_FAILURE if the bound is too low. */
int cn_bench_bound_memory(cn_bench *b, cn_server *server);

/** Largest resident set of this process so far, bytes; 0 if unknown. */
size_t cn_bench_peak_memory(void);

/** Text on stdout: the machine alone; machine, data and plan before the run; tables after it. */
void cn_bench_print_machine(const cn_bench *b);
void cn_bench_print_setup(const cn_bench *b);
void cn_bench_print_results(const cn_bench *b);

/** The first digits side by side, with label and reading. */
void cn_bench_draw(const cn_bench *b);

/** log2 of the product of the plaintext primes. */
double cn_bench_t_bits(const cn_params *p);

/** Bytes of a full request, per image. */
double cn_bench_upload_per_image(const cn_bench *b);

/** One run as an element without a name. */
void cn_bench_json_run(cn_json *j, const cn_bench *b);

/** Members n to t of a document: what both kinds of runs say of their parameters. */
void cn_bench_json_params(cn_json *j, const cn_params *q);

/** cn_bench_fail with the library's text; nothing if a signal was the cause.  Returns: CN_BENCH_FAILURE or CN_BENCH_INTERRUPTED. */
int cn_bench_fail_library(void);

/** True once SIGINT has come. */
bool cn_bench_interrupted(void);

/** A cn_progress_fn that shows nothing and stops at an interruption. */
int cn_bench_on_progress(void *user, const char *step, size_t done, size_t total);

/** Seconds on the monotonic clock. */
double cn_bench_seconds(void);

#ifdef CN_TESTING
/** Noise of each ledger row, measured with the client's secret key into b->result.measured.  Returns: an exit code. */
int cn_bench_measure(cn_bench *b, cn_client *c);
#endif

#endif
