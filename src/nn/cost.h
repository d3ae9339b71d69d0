/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What an evaluation costs, by a fixed reference: one thread at 3.2 GHz with AVX-512 IFMA and VNNI, in nanoseconds. The figures
 *  rank plans and fill the ledger's predicted seconds. They never depend on the machine or on CRYPTONETS_CPU, so that both sides
 *  find the same plan. */

#ifndef CN_NN_COST_H
#define CN_NN_COST_H

#include "nn/forecast.h"

/* Per point (slot):
 *   a multiply-accumulate takes 3/64 of a cycle with three digits (24 vpdpwssd, two per cycle, do 256 of them), with two digits
 *   9/256 (16 vpdpwssd and 8 broadcasts take 9 cycles);
 *   a column of input is cut into digits in half a cycle, a row of output reduced in one;
 *   a tensor square takes about 2 cycles; a butterfly of a transform 5.5 instructions of 8 lanes, two per cycle, at 75 %;
 *   a product of a key switch about one cycle, being bound by second-level cache;
 *   a word of packed weights one, beside its products, since it comes from memory;
 *   a residue of an upload five: unpacked, or for every second one drawn from the seed. */
#define CN_COST_MAC3 0.0150
#define CN_COST_MAC2 0.0110
#define CN_COST_COLUMN 0.16
#define CN_COST_ROW 0.32
#define CN_COST_SQUARE 0.65
#define CN_COST_BUTTERFLY 0.15
#define CN_COST_PRODUCT 0.30
#define CN_COST_STREAM 0.30
#define CN_COST_EXPAND 1.6

/** Nanoseconds per slot of a linear map on parts parts modulo the first limbs primes. */
double cn_cost_linear(const cn_linear *l, const cn_params *p, unsigned limbs, unsigned parts);

/** Of values activations, parts parts afterwards. */
double cn_cost_square(size_t values, unsigned limbs, unsigned parts);

/** Of one relinearisation from a power: in BFV a key switch for each part above 2, in YASHE' always one. */
double cn_cost_relin(const cn_params *p, unsigned limbs, unsigned power);

/** Of switching one ciphertext from one number of primes to another. */
double cn_cost_switch(const cn_params *p, unsigned from, unsigned to, unsigned parts);

/** Of multiplying one reply by a plaintext at a level. */
double cn_cost_scale(const cn_params *p, unsigned limbs);

/** Of making one reply anew under the public key at a level, with flooding noise. */
double cn_cost_flood(const cn_params *p, unsigned limbs);

/** Of a whole evaluation, all branches. */
double cn_cost_total(const cn_params *p, const cn_schedule *s, const cn_program *prog);

#endif
