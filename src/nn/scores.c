/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Scores as their reader wants them. */

#include "cryptonets_nn.h"

#include "arith/int128.h"

size_t cn_argmax(const cn_i128 *scores, size_t count) {
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (scores[i] > scores[best]) best = i;
    return best;
}

char *cn_score_text(char out[41], cn_i128 score) { return cn_i128_format(out, score); }
