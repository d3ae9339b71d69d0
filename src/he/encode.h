/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What the encoders share: bounds, and secret 128-bit integers without branches. */

#ifndef CN_HE_ENCODE_H
#define CN_HE_ENCODE_H

#include "util/ct.h"

#define CN_ENCODE_MAX ((((cn_i128)1) << 126) - 1) /* scales, bounds and numerators are at most this */

/** a b for bounds and scales a, b >= 0; CN_ENCODE_MAX + 1, which nothing allows, where it would be more. Public: variable time. */
static inline cn_i128 cn_bound_product(cn_i128 a, cn_i128 b) { return b && a > CN_ENCODE_MAX / b ? CN_ENCODE_MAX + 1 : a * b; }

/** A 64-bit mask (all ones or 0) on 128 bits. */
static inline cn_u128 cn_mask128(uint64_t mask) { return (cn_u128)mask << 64 | mask; }

/** All ones if a < b, else 0. On input a < 2^127, b <= 2^127. */
static inline uint64_t cn_mask_lt128(cn_u128 a, cn_u128 b) { return cn_ct_mask_msb((uint64_t)((a - b) >> 64)); }

/** |x|, at most 2^127, and a mask that tells whether x is negative. */
static inline cn_u128 cn_magnitude(uint64_t *negative, cn_i128 x) {
    *negative = cn_ct_mask_msb((uint64_t)((cn_u128)x >> 64));
    cn_u128 mask = cn_mask128(*negative);
    return ((cn_u128)x ^ mask) - mask;
}

/** m or -m. */
static inline cn_i128 cn_with_sign(uint64_t negative, cn_u128 m) {
    cn_u128 mask = cn_mask128(negative);
    return (cn_i128)((m ^ mask) - mask);
}

#endif
