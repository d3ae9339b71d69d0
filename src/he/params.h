/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Internal side of parameter records (public side: cryptonets_he.h). */

#ifndef CN_HE_PARAMS_H
#define CN_HE_PARAMS_H

#include "cryptonets_he.h"
#include "util/common.h"

/** SHA3-256 over a label and all fields as 64-bit little-endian numbers. Record of a checked shape. Cannot fail. */
void cn_params_digest(uint8_t digest[32], const cn_params *p);

/** log2 of the product of the first limbs primes. */
double cn_params_log2_level(const cn_params *p, unsigned limbs);

/** Bit length of a prime; key-switching digits of a residue modulo it, and of all residues of a level. */
unsigned cn_params_bits(uint64_t prime);
unsigned cn_params_pieces(const cn_params *p, unsigned limb);
unsigned cn_params_digits(const cn_params *p, unsigned limbs);

/** How many values digit piece of a residue modulo q[limb] takes: 2^width, for the last one q / 2^(widths before). */
double cn_params_digit_range(const cn_params *p, unsigned limb, unsigned piece);

/** Bits of one packed polynomial divided by n, at a level and with all primes of a key: sums of the bit lengths of the primes. */
unsigned cn_params_level_bits(const cn_params *p, unsigned limbs);
unsigned cn_params_key_bits(const cn_params *p);

#ifdef CN_TESTING
/** Allow n >= 2, tiny primes and no security check, for exhaustive tests.  Returns: what was allowed before. Test builds only. */
bool cn_test_allow_toy_rings(bool allow);
#endif

#endif
