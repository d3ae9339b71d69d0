/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The clear network for programs (public face for whole models: cn_clear_scores). */

#ifndef CN_NN_CLEAR_H
#define CN_NN_CLEAR_H

#include "nn/program.h"

/** Scores of count >= 1 images, exact, then read as low + ((v - low) mod t).
 *  In: pixels [count][inputs]; threads >= 1.  Out: scores [count][outputs]; *outside the number of exact scores not in
 *  [low, low + width).  Returns: CN_OK, CN_ERR_RANGE, CN_ERR_SIZE (threads), CN_ERR_MEMORY, CN_ERR_THREAD. */
cn_status cn_clear_run(cn_i128 *scores, size_t *outside, const cn_program *prog, const cn_model *m, cn_i128 low, cn_i128 width,
                       cn_i128 t, const uint8_t *pixels, size_t count, unsigned threads);

#endif
