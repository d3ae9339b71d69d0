/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The encrypted evaluation of any number of rows: keys once, then batch after batch. */

#ifndef HOSPITAL_ENCRYPTED_H
#define HOSPITAL_ENCRYPTED_H

#include <stdbool.h>

#include <cryptonets_nn.h>

/** What it took. Seconds are of the wall clock, over all batches. */
typedef struct encrypted_cost {
    double keys, encrypt, evaluate, decrypt; /* evaluate: expansion of the request included */
    size_t batches, slots;                   /* slots: rows that one batch has room for */
    size_t request, reply;                   /* bytes on the wire, of one batch */
    size_t key;                              /* bytes of the evaluation key, once; 0: none is needed */
} encrypted_cost;

/** Seconds of a clock that only moves forward. */
double encrypted_clock(void);

/** Encrypt, evaluate, decrypt.  In: bytes [rows][inputs], rows > 0; threads > 0.
 *  Out: scores [rows][outputs]; *cost.  Returns: false (and has said why) if a call of the library failed. */
bool encrypted_scores(cn_i128 *scores, encrypted_cost *cost, const cn_plan *plan, const cn_model *model,
                      const uint8_t *bytes, size_t rows, unsigned threads);

#endif
