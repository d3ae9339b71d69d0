/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Figures that others published, and how we know them. */

#ifndef CN_BENCH_PUBLISHED_H
#define CN_BENCH_PUBLISHED_H

#include <stddef.h>

typedef enum cn_figure_id {
    CN_PUB_NONE,
    CN_PUB_ACCURACY,
    CN_PUB_RATE, CN_PUB_RATE_REPORT, CN_PUB_RATE_SEAL, CN_PUB_RATE_NGRAPH, CN_PUB_RATE_HEAAN_CPU, CN_PUB_RATE_HEAAN_GPU,
    CN_PUB_CONV, CN_PUB_SQUARE_1, CN_PUB_DENSE_1, CN_PUB_SQUARE_2, CN_PUB_DENSE_2, CN_PUB_EVALUATE, CN_PUB_ENCRYPT, CN_PUB_DECRYPT,
    CN_PUB_EVALUATE_SEAL, CN_PUB_ENCRYPT_SEAL,
    CN_PUB_UPLOAD, CN_PUB_DOWNLOAD,
    CN_PUB_COUNT
} cn_figure_id;

typedef struct cn_figure {
    const char *what;
    double value;
    const char *unit;
    const char *derived;  /* from what the source says */
    const char *source;
    const char *reading;  /* how it was read */
} cn_figure;

/** A figure; id from 1 to CN_PUB_COUNT - 1. */
const cn_figure *cn_published(cn_figure_id id);

#endif
