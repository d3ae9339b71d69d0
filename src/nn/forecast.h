/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Noise of a whole network, predicted exactly from its weights (DESIGN: weights are known when the plan is made).
 *
 *  In the first segment all inputs carry independent noises e of variance V. With rows w_i before the activation and W_j after it,
 *  output j has noise a t sum_i W_ji (w_i . e)^2: a quadratic form with matrix A_j = sum_i W_ji w_i w_i^T and variance
 *  a^2 t^2 n kurt V^2 ||A_j||_F^2. The norms are numbers that depend on the network only: they are computed once. */

#ifndef CN_NN_FORECAST_H
#define CN_NN_FORECAST_H

#include "he/noise.h"
#include "nn/program.h"

/** Moments of the weights, independent of parameters. With pre rows w_i, post rows W_j of the first segment:
 *    P_jk = sum_{i,l} W_ji W_kl (w_i . w_l)^2   and   L_jk = (sum_i W_ji w_i) . (sum_l W_kl w_l)
 *  are, up to scale, the covariances of its outputs' quadratic and linear noise terms. For each output of the second segment, with
 *  rows X (an identity where it has no map), form[] has the sums that the same rule applied once more needs. */
enum { CN_FORM_ONE, CN_FORM_P, CN_FORM_L, CN_FORM_PP, CN_FORM_PL, CN_FORM_LL, CN_FORM_XPX, CN_FORM_XLX, CN_FORMS };

typedef struct cn_moments {
    double *pre2;            /* [mid of segment 0] ||w_i||^2 */
    double pre2_max;
    double *p, *l;           /* [out of segment 0] P_jj, L_jj */
    double *form[CN_FORMS];  /* [out of segment 1] sum X_j^2, sum X_j^2 P_jj, sum X_j^2 L_jj, sum X_j X_k P_jk^2, sum X_j X_k P_jk L_jk,
                                sum X_j X_k L_jk^2, sum X_j X_k P_jk, sum X_j X_k L_jk; NULL without a second segment */
} cn_moments;

/** Above these widths a Cauchy-Schwarz bound replaces the exact sums: predictions stay valid and grow. */
#define CN_MOMENTS_MID_MAX 8192
#define CN_MOMENTS_OUT_MAX 2048

/** Returns: CN_OK, CN_ERR_MEMORY. Release with cn_moments_clear (zeroed struct allowed). */
cn_status cn_moments_compute(cn_moments *m, const cn_program *p);
void cn_moments_clear(cn_moments *m);

/** How the encrypted evaluation walks through the primes: all given as numbers of primes present. */
typedef struct cn_schedule {
    bool public_key;                    /* inputs encrypted under the public key */
    unsigned limbs[CN_SEGMENTS_MAX];    /* during segment s; limbs[0] = all */
} cn_schedule;

/** Predicted noise: log2 of the largest standard deviation over the values of a stage. */
typedef struct cn_forecast {
    double fresh;
    double stage[CN_SEGMENTS_MAX][CN_STAGES]; /* 0 where a stage is absent */
    double relin[CN_SEGMENTS_MAX];            /* after relinearisation at the end of segment s */
    double switched[CN_SEGMENTS_MAX];         /* after the switches that follow it */
    double output;                            /* of the scores */
    double headroom;                          /* smallest over all stages of log2 of (bound / sigma); the bound is Q/(2t), for the
                                                 scores Q/(4t) */
} cn_forecast;

/** Walk the program. The noise rules use the largest t of p.  Returns: CN_OK, CN_ERR_MEMORY. */
cn_status cn_forecast_run(cn_forecast *f, const cn_program *prog, const cn_moments *m, const cn_params *p, const cn_schedule *s);

#endif
