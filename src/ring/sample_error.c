/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Encryption errors: centred binomial in place of a discrete Gaussian (E. Alkim, L. Ducas,
 *  T. Poppelmann, P. Schwabe, "Post-quantum key exchange - a new hope", USENIX Security 2016), with
 *  standard deviation sqrt(21/2) = 3.24. One 64-bit word per coefficient, constant time. */

#include "ring/sample.h"

#include "util/mem.h"

#define BATCH_WORDS 1024

cn_status cn_sample_error(int8_t *v, size_t n, cn_rng *rng) {
    cn_status status = CN_OK;
    uint8_t random[8 * BATCH_WORDS];
    for (size_t done = 0; done < n;) {
        size_t batch = CN_MIN(n - done, BATCH_WORDS);
        CN_CHECK(cn_rng_bytes(rng, random, 8 * batch));
        cn_kernels_get()->centred_binomial(v + done, random, batch);
        done += batch;
    }
cleanup:
    cn_wipe(random, sizeof random);
    if (status != CN_OK) cn_wipe(v, n);
    return status;
}
