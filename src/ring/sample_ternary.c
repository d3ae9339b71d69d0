/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Ternary secrets and encryption randomness: one 64-bit word per coefficient, no rejection, so the
 *  time depends on n only. */

#include "ring/sample.h"

#include "util/bytes.h"
#include "util/mem.h"

#define BATCH_WORDS 128

/** floor(3 x / 2^64) - 1: each value has probability 1/3 up to less than 2^-64. */
static int8_t ternary(uint64_t x) { return (int8_t)((int)(((cn_u128)x * 3) >> 64) - 1); }

cn_status cn_sample_ternary(int8_t *v, size_t n, cn_rng *rng) {
    cn_status status = CN_OK;
    uint8_t random[8 * BATCH_WORDS];
    for (size_t done = 0; done < n;) {
        size_t batch = CN_MIN(n - done, BATCH_WORDS);
        CN_CHECK(cn_rng_bytes(rng, random, 8 * batch));
        for (size_t i = 0; i < batch; i++) v[done + i] = ternary(cn_load64_le(random + 8 * i));
        done += batch;
    }
cleanup:
    cn_wipe(random, sizeof random);
    if (status != CN_OK) cn_wipe(v, n);
    return status;
}
