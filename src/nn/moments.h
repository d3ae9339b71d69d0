/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Moments of a network's weights: everything that noise prediction needs to know of them, as plain numbers. */

#ifndef CN_NN_MOMENTS_H
#define CN_NN_MOMENTS_H

#include "nn/program.h"

/** Moments of the weights, independent of parameters. With pre rows w_i, post rows W_j of the first segment:
 *    P_jk = sum_{i,l} W_ji W_kl (w_i . w_l)^2   and   L_jk = (sum_i W_ji w_i) . (sum_l W_kl w_l)
 *  are, up to scale, the covariances of its outputs' quadratic and linear noise terms; with (w_i . w_l)^3 those of the cubic ones. For each output of the second segment, with
 *  rows X (an identity where it has no map), form[] has the sums that the same rule applied once more needs. */
enum { CN_FORM_ONE, CN_FORM_P, CN_FORM_L, CN_FORM_PP, CN_FORM_PL, CN_FORM_LL, CN_FORM_XPX, CN_FORM_XLX, CN_FORMS };

typedef struct cn_moments {
    double *pre2;            /* [mid of segment 0] ||w_i||^2 */
    double pre2_max;
    double *p, *l;           /* [out of segment 0] P_jj, L_jj */
    double *cubic;           /* the same with (w_i . w_l)^3; NULL where the activation is no cube */
    double *form[CN_FORMS];  /* [out of segment 1] sum X_j^2, sum X_j^2 P_jj, sum X_j^2 L_jj, sum X_j X_k P_jk^2, sum X_j X_k P_jk L_jk,
                                sum X_j X_k L_jk^2, sum X_j X_k P_jk, sum X_j X_k L_jk; NULL without a second segment */
    double *kurt;            /* [out of segment 1] sum X_j X_k E[v_j^2 conj v_k^2] / sum X_j X_k |E v_j conj v_k|^2 over the outputs v of
                                segment 0 at a root: 2 if they were Gaussian, at most 6. Simulated, plus three standard errors */
    double kurt_mid;         /* the same for single v_j, the largest */
} cn_moments;

/** Above these widths a Cauchy-Schwarz bound replaces the exact sums: predictions stay valid and grow. */
#define CN_MOMENTS_MID_MAX 8192
#define CN_MOMENTS_OUT_MAX 2048

/** Returns: CN_OK, CN_ERR_MEMORY. Release with cn_moments_clear (zeroed struct allowed). */
cn_status cn_moments_compute(cn_moments *m, const cn_program *p);
void cn_moments_clear(cn_moments *m);

#endif
