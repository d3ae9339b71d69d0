/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The area under the receiver operating characteristic, exactly: the share of pairs of a positive and a negative case in
 *  which the positive one has the higher score, equal scores counted half (Hanley, McNeil: Radiology 143, 1982). */

#ifndef HOSPITAL_AUC_H
#define HOSPITAL_AUC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** AUC = halves/(2 positives negatives), a fraction of integers: two of them are equal or they are not. */
typedef struct auc {
    uint64_t halves; /* twice the pairs in the right order, plus the ties */
    uint64_t positives, negatives;
} auc;

/** One case. Integer scores beyond 2^53 have an order that double does not, so both kinds are held. */
typedef struct auc_case {
    __extension__ __int128 exact; /* compared first */
    double real;                  /* compared second; 0 where scores are integers, finite */
    bool positive;
} auc_case;

/** Count.  In/out: cases, sorted afterwards.  count < 2^31.  Time: n log n. */
auc auc_count(auc_case *cases, size_t count);

/** As a number; NaN without a positive or a negative case. */
double auc_value(auc a);

/** Whether two are the same fraction of the same cases. */
bool auc_equal(auc a, auc b);

#endif
