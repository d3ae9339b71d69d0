/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The reproduction: what its parts share.
 *
 *  Data flow: a table of experiments (reproduce.c) -> each in processes of its own (child.c), which send rows
 *  (reproduce_accuracy.c, reproduce_times.c, reproduce_plans.c, reproduce_activations.c) -> verdicts (reproduce_rows.c) against
 *  what is pinned (expected.c) and beside what others published (published.c) -> text and JSON (reproduce_text.c), one page with
 *  drawings (html.c, chart.c). */

#ifndef CN_BENCH_REPRODUCE_H
#define CN_BENCH_REPRODUCE_H

#include "bench/bench.h"
#include "bench/expected.h"
#include "bench/published.h"

#define CN_RP_TEXT 72 /* a digest in hexadecimal, and more */

/** What a verdict goes by. */
typedef enum cn_rp_rule {
    CN_RP_NONE,  /* nothing: times, and what stands there for the reader */
    CN_RP_EQUAL, /* measured = expected, as numbers or as text */
    CN_RP_CLOSE, /* measured = expected, up to the row's tolerance, relative */
    CN_RP_WITHIN /* measured, or else expected, is at most the row's limit */
} cn_rp_rule;

/** How a measured figure compares with a published one. */
typedef enum cn_rp_sense {
    CN_RP_LOWER,  /* is better: times, bytes; ratio = published / measured */
    CN_RP_HIGHER, /* is better: rates; ratio = measured / published */
    CN_RP_SHARE   /* per cent right; ratio = published share of wrong ones / measured one */
} cn_rp_sense;

/** A row of a table. Numbers: NAN where there is none. Strings: ASCII. */
typedef struct cn_rp_row {
    char name[64];
    char subject[24];       /* what a drawing puts together: a network, a function */
    char unit[24];
    cn_rp_rule rule;
    cn_rp_sense sense;
    cn_figure_id published; /* in the unit of the row */
    double expected, limit, measured, tolerance;
    int digits;             /* that are shown; 0: four */
    char expected_text[CN_RP_TEXT], measured_text[CN_RP_TEXT]; /* instead of numbers; empty: numbers */
    char note[200];
    bool failed;            /* it could not be run */
} cn_rp_row;

/** A line about the machine or the run. */
typedef struct cn_rp_fact {
    char name[32], value[256];
} cn_rp_fact;

#define CN_RP_FACTS_MAX 32

/** What an experiment is given. */
typedef struct cn_rp_setup {
    const char *mnist;  /* folder; NULL: synthetic digits */
    unsigned threads;   /* where time does not matter */
    bool quick;
    cn_bench machine;   /* processor and frequency */
    const char *job;    /* the one at hand */
} cn_rp_setup;

struct cn_rp_report;

typedef struct cn_rp_experiment {
    const char *name, *title;
    const char *about;   /* what is compared, and what is tolerated */
    const char *repeat;  /* a command that shows the same */
    int (*run)(FILE *to, const cn_rp_setup *s); /* one job: rows through cn_rp_put.  Returns: an exit code */
    const char *jobs;    /* names with spaces between, each a process of its own; "*": all networks */
    bool needs_mnist;    /* synthetic digits will not do */
    bool is_long;        /* left out by --quick */
    void (*draw)(FILE *html, const struct cn_rp_report *r); /* NULL: nothing */
} cn_rp_experiment;

/** An experiment that was run, or left out. */
typedef struct cn_rp_section {
    const cn_rp_experiment *experiment;
    cn_rp_row *row; /* [count] */
    size_t count;
    double seconds;
    bool left_out;
} cn_rp_section;

typedef struct cn_rp_report {
    const cn_rp_setup *setup;
    cn_rp_fact fact[CN_RP_FACTS_MAX];
    size_t facts;
    cn_rp_section *section; /* [sections] */
    size_t sections;
    size_t good, bad;       /* rows with a verdict */
    double seconds;
} cn_rp_report;

/* ---- rows (reproduce_rows.c) ---------------------------------------------------------------- */

/** A row without figures. */
cn_rp_row cn_rp_new(const char *subject, const char *name, const char *unit) __attribute__((nonnull));

/** Its note. */
void cn_rp_note(cn_rp_row *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Hand a row to the process that asked. */
void cn_rp_put(FILE *to, const cn_rp_row *r);

/** A row that must have this value, and has that. */
void cn_rp_put_equal(FILE *to, cn_rp_row *r, double expected, double measured);

/** The rows that a process wrote, behind those there are.  Returns: an exit code. */
int cn_rp_collect(cn_rp_section *s, const char *text, size_t size);

/** Add one that says what failed.  Returns: an exit code. */
int cn_rp_add_failed(cn_rp_section *s, const char *job);

/** 1 good, -1 not, 0 nothing to judge; the word for it. */
int cn_rp_judge(const cn_rp_row *r);
const char *cn_rp_verdict(const cn_rp_row *r);

/** The published figure, and how many times better the measured one is; NAN if there is none. */
double cn_rp_published(const cn_rp_row *r);
double cn_rp_ratio(const cn_rp_row *r);

/** Cells of a table: a number, "-" for NAN; what is expected, the limit included. */
const char *cn_rp_cell(char out[CN_RP_TEXT], double x, int digits);
const char *cn_rp_expected_cell(char out[CN_RP_TEXT], const cn_rp_row *r);
const char *cn_rp_measured_cell(char out[CN_RP_TEXT], const cn_rp_row *r);

/** The section of an experiment; NULL if it was not run. */
const cn_rp_section *cn_rp_find(const cn_rp_report *r, const char *experiment);

/* ---- experiments: contract of cn_rp_experiment.run and .draw --------------------------------- */

int cn_rp_networks(FILE *to, const cn_rp_setup *s);
int cn_rp_accuracy(FILE *to, const cn_rp_setup *s);
int cn_rp_yashe(FILE *to, const cn_rp_setup *s);
int cn_rp_layers(FILE *to, const cn_rp_setup *s);
int cn_rp_throughput(FILE *to, const cn_rp_setup *s);
int cn_rp_sizes(FILE *to, const cn_rp_setup *s);
int cn_rp_noise(FILE *to, const cn_rp_setup *s);
int cn_rp_security(FILE *to, const cn_rp_setup *s);
int cn_rp_activations(FILE *to, const cn_rp_setup *s);
int cn_rp_paper2016(FILE *to, const cn_rp_setup *s);

void cn_rp_draw_layers(FILE *html, const cn_rp_report *r);
void cn_rp_draw_throughput(FILE *html, const cn_rp_report *r);
void cn_rp_draw_noise(FILE *html, const cn_rp_report *r);
void cn_rp_draw_activations(FILE *html, const cn_rp_report *r);

/** One run of a network without a word on the terminal, as cn_bench_run.  In: *o as cn_rp_options left it.  Out: *b, released with
 *  cn_bench_clear in every case.  Returns: an exit code; failures are on stderr. */
cn_bench_options cn_rp_options(const cn_rp_setup *s, unsigned threads);
int cn_rp_run(cn_bench *b, const cn_bench_options *o, const cn_rp_setup *s, const char *network);

/** Rows on what the scores of a run say: accuracy, if pinned for this number of images; differences; scores outside the window. */
void cn_rp_put_scores(FILE *to, const cn_bench *b, const char *network);

/* ---- the report ------------------------------------------------------------------------------ */

/** Add a line about the machine or the run. */
void cn_rp_fact_add(cn_rp_report *r, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** What is known of the machine and the build (machine.c). */
void cn_rp_machine(cn_rp_report *r);

/** The terminal: facts, a section, the end. */
void cn_rp_print_facts(const cn_rp_report *r);
void cn_rp_print_section(const cn_rp_section *s);
void cn_rp_print_end(const cn_rp_report *r);

/** For cn_bench_file_write: JSON, and a page that needs nothing else. arg is a cn_rp_report. */
void cn_rp_write_json(FILE *out, const void *arg);
void cn_rp_write_html(FILE *out, const void *arg);

/** How the columns are to be read, one sentence per line; NULL behind the last. */
extern const char *const cn_rp_legend[];

#endif
