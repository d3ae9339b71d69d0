/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Exact range propagation: what every value of the network can be, over all inputs that the look-up table allows. */

#ifndef CN_NN_RANGE_H
#define CN_NN_RANGE_H

#include <gmp.h>

#include "nn/program.h"

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
