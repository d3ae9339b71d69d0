/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The parts of `cryptonets selftest`. Each prints nothing; what is wrong is this thread's failure text. */

#ifndef CN_CLI_SELFTEST_H
#define CN_CLI_SELFTEST_H

#include "cryptonets_nn.h"

/** Known answers: SHA3-256 (FIPS 202), the ChaCha20 block of RFC 8439, section 2.3.2, and a transform by its definition.
 *  Returns: CN_OK, CN_ERR_MEMORY, CN_ERR_DIGEST (another answer). */
cn_status cn_selftest_answers(void);

/** Every instruction set that this processor runs, beside portable C on the same numbers: transforms, products, key-switch sums, errors.
 *  In: the primes and ring degree of params.  Out: *sets, how many were compared.
 *  Returns: CN_OK, CN_ERR_MEMORY, CN_ERR_DIGEST (results differ: do not use this machine with that set). */
cn_status cn_selftest_kernels(size_t *sets, const cn_params *params);

/** Algebra on fresh keys of these parameters: sums, multiples, products and relinearised products decrypt to the values
 *  in every slot of every branch, and another key decrypts nothing.
 *  Returns: CN_OK, CN_ERR_DIGEST (a wrong value), or what an operation returned. */
cn_status cn_selftest_relations(const cn_params *params);

#endif
