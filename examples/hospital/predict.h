/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** One network on one file of records, three ways: real weights in double precision, integers in the clear, integers
 *  encrypted. */

#ifndef HOSPITAL_PREDICT_H
#define HOSPITAL_PREDICT_H

#include "auc.h"
#include "encrypted.h"
#include "records.h"

enum { PREDICT_REAL, PREDICT_CLEAR, PREDICT_ENCRYPTED, PREDICT_WAYS };

typedef struct prediction {
    scaling scale;
    records table;
    size_t rows;
    double *logit;              /* [rows], of the second class, by real weights */
    cn_i128 *clear, *encrypted; /* [rows], score of the second class minus score of the first */
    size_t *cut;                /* [features] values beyond the scale, which became 0 or 255 */
    size_t outside; /* clear scores outside the plan's window, which would be read wrongly; the plan excludes them */
    size_t unequal; /* encrypted scores unlike the clear ones, of 2 rows */
    double seconds[PREDICT_CLEAR + 1]; /* real weights, clear integers */
    encrypted_cost cost;
    double log2_q;                 /* of the plan's ciphertext modulus */
    auc area[PREDICT_WAYS], known; /* zeroed without labels; known: of the true risk, zeroed where it is not in the file */
    size_t right[PREDICT_WAYS];    /* rows whose larger score is that of the label */
} prediction;

/** Read BASE.cnm, BASE/scaling.txt, BASE-float and the records, and predict.
 *  In: label name of the column of labels; threads > 0.  Out: *p, released with prediction_free also after a failure.
 *  Returns: false (and has said why) if a file is not as it should be, the parts of the network do not fit each other, or a
 *  call of the library failed. Unequal scores are counted and are no failure here. */
bool prediction_make(prediction *p, const char *base, const char *csv, const char *label, unsigned threads);

/** Release. A zeroed struct is allowed. */
void prediction_free(prediction *p);

/** Probability of the second class for a difference of integer scores. */
double prediction_probability(const prediction *p, cn_i128 difference);

/** Probability for a logit. */
double prediction_logistic(double logit);

#endif
