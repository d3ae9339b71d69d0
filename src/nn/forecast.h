/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Noise of a whole network, predicted exactly from its weights (they are known when the plan is made).
 *
 *  In the first segment all inputs carry independent noises e of variance V. With rows w_i before the activation and W_j after it,
 *  output j has noise a t sum_i W_ji (w_i . e)^2: a quadratic form with matrix A_j = sum_i W_ji w_i w_i^T and variance
 *  a^2 t^2 n kurt V^2 ||A_j||_F^2. The norms are numbers that depend on the network only: they are computed once. */

#ifndef CN_NN_FORECAST_H
#define CN_NN_FORECAST_H

#include "he/noise.h"
#include "nn/moments.h"

/** How the encrypted evaluation walks through the primes: all given as numbers of primes present. */
typedef struct cn_schedule {
    bool public_key;                    /* inputs encrypted under the public key */
    unsigned privacy;                   /* replies are flooded to within 2^-privacy; 0: they are not */
    unsigned scale;                     /* with privacy: scores are multiplied by numbers below 2^scale, image by image; 0: they are not */
    unsigned reply;                     /* with privacy: during the reply, after the flood */
    unsigned limbs[CN_SEGMENTS_MAX];    /* during segment s; limbs[0] = all */
} cn_schedule;

/** Predicted noise: log2 of the largest standard deviation over the values of a stage. */
typedef struct cn_forecast {
    double fresh;
    double stage[CN_SEGMENTS_MAX][CN_STAGES]; /* 0 where a stage is absent */
    double relin[CN_SEGMENTS_MAX];            /* after relinearisation at the end of segment s */
    double switched[CN_SEGMENTS_MAX];         /* after the switches that follow it */
    double scaled;                            /* where scores are scaled: after that */
    double flooded;                           /* with privacy: after the flood */
    unsigned flood_bits;                      /* its values are uniform in a range of 2^flood_bits */
    double output;                            /* of the scores */
    double headroom;                          /* smallest over all stages of log2 of (bound / sigma); the bound is Q/(2t), for the
                                                 scores Q/(4t) */
} cn_forecast;

/** Walk the program. Of several plaintext primes the worst counts.  Returns: CN_OK, CN_ERR_MEMORY. */
cn_status cn_forecast_run(cn_forecast *f, const cn_program *prog, const cn_moments *m, const cn_params *p, const cn_schedule *s);

#endif
