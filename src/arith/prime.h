/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Primes q = 1 modulo 2n and the primitive 2n-th roots of unity that make their NTT. Public data,
 *  variable time. */

#ifndef CN_ARITH_PRIME_H
#define CN_ARITH_PRIME_H

#include "arith/modulus.h"

/** Deterministic Miller-Rabin for all x < 2^64 (the first twelve primes as bases: Sorenson and
 *  Webster, Math. Comp. 86 (2017) 985-1003).  Returns: whether x is prime. */
bool cn_is_prime_var(uint64_t x);

/** Least prime p >= low with p = 1 modulo step and p < high; step a power of two.
 *  Returns: the prime, or 0 if there is none. */
uint64_t cn_prime_above_var(uint64_t low, uint64_t high, uint64_t step);

/** Greatest prime p <= high with p = 1 modulo step and p >= low.  Returns: the prime or 0. */
uint64_t cn_prime_below_var(uint64_t high, uint64_t low, uint64_t step);

/** The smallest psi with psi^n = -1 modulo q, n a power of two, q prime and 1 modulo 2n.
 *  Returns: psi in [2, q), or 0 if q is not 1 modulo 2n. */
uint64_t cn_root_2n_var(const cn_mod *m, size_t n);

#endif
