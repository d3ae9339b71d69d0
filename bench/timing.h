/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What the timing programs bench-kernels and bench-he share: samples of the time of a function, their minimum and median,
 *  the core frequency, the command line. cryptonets-mnist takes medians and the machine from here. Method: bench/README.md. */

#ifndef CN_BENCH_TIMING_H
#define CN_BENCH_TIMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CN_TIMING_SAMPLES 40      /* per function */
#define CN_TIMING_SAMPLES_QUICK 8 /* with --quick */

/** A function under the clock. Zero what is not set. */
typedef struct cn_timed {
    void (*run)(void *arg);     /* what is timed */
    void (*prepare)(void *arg); /* called before every run, not timed; NULL: run may be repeated as it is */
    void *arg;
    size_t repeats;             /* runs in a sample; 0: not known yet */
} cn_timed;

/** One sample: an untimed run, then as many as take 0.2 ms (the first call finds out how many).  Returns: ns per run. */
double cn_timing_sample(cn_timed *t);

/** Least and median of count >= 1 samples, which are sorted. */
double cn_timing_min(const double *sample, size_t count);
double cn_timing_median(double *sample, size_t count);

/** Move this thread to one of the processors it was started on, another one for each round if there are several. Some cores
 *  are busier than others: so all functions meet all cores, and those of one round the same. */
void cn_timing_move(size_t round);

/** Core frequency in GHz: additions that wait for each other, one per cycle. The best of some samples, over all
 *  processors that this thread may use, and may use again when it returns. */
double cn_timing_ghz(void);

/** The processor as it calls itself, or else the architecture. */
void cn_timing_cpu(char *out, size_t size);

/** The command line. */
typedef struct cn_timing_options {
    bool quick;
    const char *only; /* one name; NULL: all */
    const char *path; /* JSON file to write; NULL: none */
    const char *costs; /* file of costs to write; NULL: none */
    FILE *json;       /* once opened: a stream to memory, text of size bytes */
    char *text;
    size_t size;
} cn_timing_options;

/** Read the command line; purpose is what --help says in front of the options; costs: whether there is --costs.
 *  Returns: -1 to go on, else the exit code (0, 1 or 2; refusals are on stderr). */
int cn_timing_parse(cn_timing_options *o, int argc, char **argv, const char *purpose, bool costs);

/** Refuse --only with a name that is not there.  Returns: exit code 2 with a line on stderr. */
int cn_timing_unknown(const cn_timing_options *o);

/** Make sure that the files asked for can be written. If a JSON file is among them: open o->json for its text; write it in the
 *  end, complete or not at all, if all went well.  Returns: exit code 0, or 1 with a line on stderr. */
int cn_timing_open(cn_timing_options *o);
int cn_timing_finish(cn_timing_options *o, bool good);

/** Samples to take. */
static inline size_t cn_timing_samples(const cn_timing_options *o) {
    return o->quick ? CN_TIMING_SAMPLES_QUICK : CN_TIMING_SAMPLES;
}

#endif
