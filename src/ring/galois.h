/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Galois automorphisms x -> x^g of Z_q[x]/(x^n+1), g odd, in the NTT domain, where they move points and compute nothing.
 *
 *  The point at position i of a transform is the value at psi^e(i), e(i) = 2 brv(cn_ntt_place(i, n)) + 1 (ntt.h), and a(x^g) has there the
 *  value that a(x) has at psi^(g e(i)). Positions and exponents do not depend on the prime, so one table serves all limbs, and the
 *  slots of plaintexts, which are points modulo t, move alike.
 *
 *  Modulo 2n the odd numbers are plus and minus the powers of 3, of which there are n/2. So slots form two rows of n/2 columns: slot
 *  (row, column) belongs to the exponent (-1)^row 3^column. Then x -> x^(3^k) moves both rows k columns to the left, cyclically, and x -> x^-1
 *  swaps the rows. A rotation is a number: columns to the left, 0 .. n/2 - 1, and CN_ROTATE_SWAP beside it for the swap. */

#ifndef CN_RING_GALOIS_H
#define CN_RING_GALOIS_H

#include "cryptonets_he.h"
#include "ring/ntt.h"

/** Whether a number is a rotation at degree n >= 4. */
static inline bool cn_rotation_valid(unsigned rotation, size_t n) { return (rotation & ~(unsigned)CN_ROTATE_SWAP) < n / 2; }

/** The rotation that undoes one, and the one that does two one after the other.  In: valid ones. */
unsigned cn_rotation_inverse(unsigned rotation, size_t n);
unsigned cn_rotation_compose(unsigned a, unsigned b, size_t n);

/** The exponent g = (-1)^swap 3^columns mod 2n of a valid rotation. */
size_t cn_rotation_exponent(unsigned rotation, size_t n);

/** The permutation of x -> x^g in the NTT domain: point i of the result is point index[i]. It moves 2^k points that begin at a multiple of 2^k
 *  as a whole, for 2^k from CN_NTT_GROUP up to n: exponents that are the same modulo 2n/2^k.  In: g odd, below 2n.  Out: index, n words. */
void cn_galois_index(uint32_t *index, size_t g, size_t n);

/** Positions of the slots: slot (row, column) is at position[row * n/2 + column].  Out: n words. n >= 4. */
void cn_galois_slots(uint32_t *position, size_t n);

/** r[i] <- a[index[i]], n words. No overlap. Time depends on n and index only. */
void cn_galois_apply(uint64_t *r, const uint64_t *a, const uint32_t *index, size_t n);

#endif
