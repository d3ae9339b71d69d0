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

/** Text before and after the run; the result as JSON. Times, sizes and comparisons are those of b->result. */
void cn_preset_print_setup(const cn_preset *p, const cn_bench *b);
void cn_preset_print_results(const cn_preset *p, const cn_bench *b);
void cn_preset_json(cn_json *j, const cn_preset *p, const cn_bench *b);

#endif
