/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** --preset paper2016: what its parts share. They alone of the benchmark see internal headers of the library, and the multi-precision
 *  reference (src/reference), which is no part of it. */

#ifndef CN_BENCH_PRESET_H
#define CN_BENCH_PRESET_H

#include "bench/bench.h"
#include "reference/paper2016.h"

typedef struct cn_preset {
    cn_p16_params params;
    cn_program prog;
    cn_i128 low, width;             /* of the window that scores are read in */
    double log2_noise, log2_limit;  /* bound on the noise of the scores, and what decryption allows */
    cn_p16_times times;             /* of all plaintext primes, here and below */
    double evaluate_cpu;            /* processor seconds of the evaluation, all threads: what it takes on a busy machine, too */
} cn_preset;

/** A layer of the run. */
typedef struct cn_preset_layer {
    const char *name;
    unsigned segment;
    size_t outputs, operations; /* operations per slot and plaintext prime */
    double seconds, paper;      /* paper: NAN if it does not tell, or was another network */
} cn_preset_layer;

#define CN_PRESET_LAYERS_MAX (CN_SEGMENTS_MAX * (CN_STAGES + 1))

/** Load model and data, and make sure that the scores will decrypt.  In: b->options.  Out: *p, released with cn_preset_clear in every
 *  case.  Returns: an exit code; failures are on stderr, here and below. */
int cn_preset_prepare(cn_preset *p, cn_bench *b);
void cn_preset_clear(cn_preset *p);

/** Both sides, prime by prime, then the comparison; b->result.  Returns: an exit code. CN_BENCH_OK says nothing on mismatches. */
int cn_preset_run(cn_preset *p, cn_bench *b);

/** The layers in order, after a run.  Returns: how many. */
size_t cn_preset_layers(cn_preset_layer rows[CN_PRESET_LAYERS_MAX], const cn_preset *p);

/** Text before and after the run; the result as JSON. Times, sizes and comparisons are those of b->result. */
void cn_preset_print_setup(const cn_preset *p, const cn_bench *b);
void cn_preset_print_results(const cn_preset *p, const cn_bench *b);
void cn_preset_json(cn_json *j, const cn_preset *p, const cn_bench *b);

#endif
