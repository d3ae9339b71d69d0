/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Constant-time helpers: masks behind a value barrier, so that no compiler turns them into
 *  branches. All functions take time independent of their arguments' values. */

#ifndef CN_UTIL_CT_H
#define CN_UTIL_CT_H

#include "util/common.h"

/** The same value, opaque to the optimiser. */
static inline uint64_t cn_ct_barrier(uint64_t x) {
    __asm__("" : "+r"(x));
    return x;
}

/** All ones if the top bit of x is set, else 0. */
static inline uint64_t cn_ct_mask_msb(uint64_t x) { return 0 - cn_ct_barrier(x >> 63); }

/** All ones if a < b, else 0. On input a, b < 2^63. */
static inline uint64_t cn_ct_mask_lt(uint64_t a, uint64_t b) { return cn_ct_mask_msb(a - b); }

/** a where mask is all ones, b where it is 0. */
static inline uint64_t cn_ct_select(uint64_t mask, uint64_t a, uint64_t b) {
    return b ^ (mask & (a ^ b));
}

#endif
