/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Probabilities as CSV, and the report for people. */

#ifndef HOSPITAL_RESULTS_H
#define HOSPITAL_RESULTS_H

#include "predict.h"

/** Write one line per record to the file folder/name.csv, which is there completely or not at all; an existing one is
 *  replaced. Only its owner may read it. Columns: row from 1; p_float, p_integer, p_encrypted, the probability of the second
 *  class three ways; logit_float, score_integer, score_encrypted, what they were computed from, exactly; label, where the
 *  records have one. Returns: false (and has said why) if the folder cannot be written to. */
bool results_write(const prediction *p, const char *folder, const char *name);

/** Print what a network took: sizes, seconds, values cut, scores compared. */
void results_costs(const prediction *p, const char *name);

/** Print the table of areas, one line per network.  In: count > 0, all of the same records, which have labels. */
void results_areas(const prediction *p, const char *const *name, size_t count);

#endif
