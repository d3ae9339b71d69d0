/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What an evaluation costs, in nanoseconds: the sum of what it does, each thing at its price. The figures rank plans and fill
 *  the ledger's predicted seconds. Prices are the reference (costs.c) unless whoever plans gives others, which the plan then
 *  keeps: by themselves they never depend on the machine or on CRYPTONETS_CPU, so that both sides find the same plan. */

#ifndef CN_NN_COST_H
#define CN_NN_COST_H

#include "nn/forecast.h"

struct cn_cursor; /* nn/text.h */

/** Nanoseconds of one. */
static inline double cn_cost_ns(const cn_costs *c, cn_cost what) { return c->fs[what] / 1e6; }

/** Whether these are other costs than the reference. */
bool cn_costs_calibrated(const cn_costs *c);

/** Costs to plan with: *given, or the reference if NULL.  Out: *c, unchanged on failure.
 *  Returns: CN_OK, CN_ERR_RANGE (some cost is 0 or above CN_COST_MAX). */
CN_MUST_USE cn_status cn_costs_choose(cn_costs *c, const cn_costs *given);

/** cn_costs_load from text in memory, with the cursor at its beginning.  Out: *c, unspecified on failure. */
CN_MUST_USE cn_status cn_costs_parse(cn_costs *c, struct cn_cursor *text);

/** Nanoseconds per slot of a linear map on parts parts modulo the first limbs primes. */
double cn_cost_linear(const cn_costs *c, const cn_linear *l, const cn_params *p, unsigned limbs, unsigned parts);

/** Of values activations, parts parts afterwards. */
double cn_cost_square(const cn_costs *c, size_t values, unsigned limbs, unsigned parts);

/** Of one relinearisation from a power: in BFV a key switch for each part above 2, in YASHE' always one. */
double cn_cost_relin(const cn_costs *c, const cn_params *p, unsigned limbs, unsigned power);

/** Of switching one ciphertext from one number of primes to another. */
double cn_cost_switch(const cn_costs *c, const cn_params *p, unsigned from, unsigned to, unsigned parts);

/** Of multiplying one reply by a plaintext at a level. */
double cn_cost_scale(const cn_costs *c, const cn_params *p, unsigned limbs);

/** Of making one reply anew under the public key at a level, with flooding noise. */
double cn_cost_flood(const cn_costs *c, const cn_params *p, unsigned limbs);

/** Of a whole evaluation, all branches. */
double cn_cost_total(const cn_costs *c, const cn_params *p, const cn_schedule *s, const cn_program *prog);

#endif
