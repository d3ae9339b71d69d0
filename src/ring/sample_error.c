/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Encryption errors: centred binomial in place of a discrete Gaussian (E. Alkim, L. Ducas,
 *  T. Poppelmann, P. Schwabe, "Post-quantum key exchange - a new hope", USENIX Security 2016), with
 *  standard deviation sqrt(21/2) = 3.24. One 64-bit word per coefficient, constant time. */

#include "ring/sample.h"

#include "util/bytes.h"
#include "util/mem.h"

#define BATCH_WORDS 128

/** Number of ones in x < 2^32, by adding neighbouring fields: no table, no branch. */
static int count_ones(uint32_t x) {
    x = (x & 0x55555555) + (x >> 1 & 0x55555555);
    x = (x & 0x33333333) + (x >> 2 & 0x33333333);
    x = (x & 0x0f0f0f0f) + (x >> 4 & 0x0f0f0f0f);
    return (int)(x * 0x01010101 >> 24);
}

/** Ones among bits 0 to 20 minus ones among bits 21 to 41. */
static int8_t centred_binomial(uint64_t x) {
    const uint32_t mask = ((uint32_t)1 << CN_CBD_K) - 1;
    return (int8_t)(count_ones((uint32_t)x & mask) - count_ones((uint32_t)(x >> CN_CBD_K) & mask));
}

cn_status cn_sample_error(int8_t *v, size_t n, cn_rng *rng) {
    cn_status status = CN_OK;
    uint8_t random[8 * BATCH_WORDS];
    for (size_t done = 0; done < n;) {
        size_t batch = CN_MIN(n - done, BATCH_WORDS);
        CN_CHECK(cn_rng_bytes(rng, random, 8 * batch));
        for (size_t i = 0; i < batch; i++) v[done + i] = centred_binomial(cn_load64_le(random + 8 * i));
        done += batch;
    }
cleanup:
    cn_wipe(random, sizeof random);
    if (status != CN_OK) cn_wipe(v, n);
    return status;
}
