/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The search for packed plans: one way to lay out a network at a time. */

#ifndef CN_NN_SINGLE_SEARCH_H
#define CN_NN_SINGLE_SEARCH_H

#include "nn/single.h"

/** What came of a choice. */
typedef struct cn_single_verdict {
    bool fits;
    char reason[160]; /* if not */
} cn_single_verdict;

/** Complete a plan for one choice: layouts, primes, levels, bytes. The verdict tells whether it is admissible. Noise is that of a sample of the
 *  weights' plaintexts where the sample says that it does not fit, by a bit or more, or costs no less than beat; that of all of them otherwise.
 *  In: p with options, window, n, t and number of layers; what an earlier choice left in it is released. t: tables of its plaintext primes.
 *  Returns: CN_OK, also where it does not fit; CN_ERR_MEMORY. */
cn_status cn_single_try(cn_single_plan *p, const cn_program *prog, const cn_single_choice *choice, const cn_ntt *t, double beat,
                        cn_single_verdict *verdict);

#endif
