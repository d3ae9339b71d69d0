/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Internal side of the NTRU estimate (public side: cryptonets_he.h; theory: doc/yashe.md). All logarithms here are
 *  natural unless a name says log2. Nothing is secret, nothing allocates, and results depend on the arguments only. */

#ifndef CN_HE_NTRU_SECURITY_H
#define CN_HE_NTRU_SECURITY_H

#include "cryptonets_he.h"
#include "util/common.h"

/** A lattice of dimension 2n with a sublattice of dimension n that is denser than it should be. */
typedef struct cn_dense_lattice {
    size_t n;       /**< 2 .. 65536 */
    double height;  /**< ln of the modulus: the basis before reduction is this high for n vectors, then 0; > 0 */
    double density; /**< ln of the volume of the dense sublattice, divided by n */
} cn_dense_lattice;

/** 2 ln(delta), the slope of the profile that BKZ with blocks of 2 <= beta <= 65536 leaves. */
double cn_ntru_slope(size_t beta);

/** Whether BKZ with blocks of 2 <= beta <= n is expected to find a vector of the dense sublattice. */
bool cn_ntru_dense_found(const cn_dense_lattice *lattice, size_t beta);

/** The least beta in [2, top], 2 <= top <= n, that finds it (by bisection), or 0 where top itself does not. */
size_t cn_ntru_block_size(const cn_dense_lattice *lattice, size_t top);

/** log2 of the cost of BKZ with blocks of 2 <= beta <= n in dimension 2n. */
double cn_ntru_log2_cost(size_t beta, size_t n);

/** The lattice of the norms to the subfield of index 2^r, r <= 3, of the pair (f, g) of the key t g / f, f = 1 + t f',
 *  with g made 2^c times longer, c = weight 2^r log2 t. */
cn_dense_lattice cn_ntru_subfield(size_t n, double log2_q, double log2_t, unsigned r, double weight);

/** Whether cn_security_ntru_bits is at least bits: the same answer, faster. The arguments must be permitted ones. */
bool cn_ntru_at_least(size_t n, double log2_q, double log2_t, double bits);

#endif
