/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Comparison of byte strings without an early end. */

#include "util/ct.h"

bool cn_ct_equal(const void *a, const void *b, size_t n) {
    const uint8_t *x = a, *y = b;
    uint64_t differing = 0; /* every bit that differs anywhere, below 2^8 */
    for (size_t i = 0; i < n; i++) differing = cn_ct_barrier(differing | (uint64_t)(x[i] ^ y[i]));
    return differing == 0;
}
