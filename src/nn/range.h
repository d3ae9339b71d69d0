/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Exact range propagation: what every value of the network can be, over all inputs that the look-up table allows. */

#ifndef CN_NN_RANGE_H
#define CN_NN_RANGE_H

#include <gmp.h>

#include "nn/program.h"

/** What a value can be: low .. high, both attained or not. */
typedef struct cn_interval {
    mpz_t low, high;
} cn_interval;

/** count intervals, all 0 .. 0.  Returns: memory for cn_intervals_free, or NULL. */
cn_interval *cn_intervals_new(size_t count) __attribute__((warn_unused_result));
/** Release count intervals. NULL is allowed. */
void cn_intervals_free(cn_interval *x, size_t count);

/** Through a linear map: the exact range of each output by itself over the box x of l->m.cols intervals.
 *  Returns: l->m.rows intervals for cn_intervals_free, or NULL (out of memory). */
cn_interval *cn_intervals_linear(const cn_interval *x, const cn_linear *l) __attribute__((warn_unused_result));

/** Through an activation on integers, in place: the exact range of each. */
void cn_intervals_act(cn_interval *x, size_t count, cn_act act);

/** Bit length of the largest magnitude at each stage, and the extreme values of the scores. */
typedef struct cn_ranges {
    double stage_bits[CN_SEGMENTS_MAX][CN_STAGES]; /* log2 of the largest magnitude; 0 where a stage is absent */
    mpz_t low, high;                               /* over all outputs */
} cn_ranges;

/** Interval arithmetic over the integers from [min lut, max lut] on.
 *  Returns: CN_OK, CN_ERR_MEMORY. Release with cn_ranges_clear. */
cn_status cn_ranges_compute(cn_ranges *r, const cn_program *p, const cn_model *model);
void cn_ranges_clear(cn_ranges *r);

#endif
