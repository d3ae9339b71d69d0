/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The area under the curve from ranks: cases in order of their scores, one run of equal scores after the other. */

#include "auc.h"

#include <math.h>
#include <stdlib.h>

static int order(const void *a, const void *b) {
    const auc_case *x = a, *y = b;
    if (x->exact != y->exact) return x->exact < y->exact ? -1 : 1;
    return (x->real > y->real) - (x->real < y->real);
}

auc auc_count(auc_case *cases, size_t count) {
    auc a = {0};
    qsort(cases, count, sizeof *cases, order);
    for (size_t i = 0; i < count;) {
        uint64_t positives = 0, negatives = 0; /* of this score */
        size_t first = i;
        for (; i < count && order(&cases[first], &cases[i]) == 0; i++)
            if (cases[i].positive) positives++;
            else negatives++;
        a.halves += positives * (2 * a.negatives + negatives); /* a.negatives lie below */
        a.positives += positives;
        a.negatives += negatives;
    }
    return a;
}

double auc_value(auc a) {
    if (a.positives == 0 || a.negatives == 0) return NAN;
    return (double)a.halves / (2 * (double)a.positives * (double)a.negatives);
}

bool auc_equal(auc a, auc b) { return a.halves == b.halves && a.positives == b.positives && a.negatives == b.negatives; }
