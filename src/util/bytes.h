/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Little- and big-endian loads and stores on bytes, free of alignment and endianness. */

#ifndef CN_UTIL_BYTES_H
#define CN_UTIL_BYTES_H

#include "util/common.h"

static inline uint32_t cn_load32_le(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static inline uint64_t cn_load64_le(const uint8_t *p) {
    return (uint64_t)cn_load32_le(p) | (uint64_t)cn_load32_le(p + 4) << 32;
}
static inline uint32_t cn_load32_be(const uint8_t *p) {
    return (uint32_t)p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24;
}
/* Byte by byte in one expression each: compilers make single stores of these. */
static inline void cn_store32_le(uint8_t *p, uint32_t x) {
    p[0] = (uint8_t)x, p[1] = (uint8_t)(x >> 8), p[2] = (uint8_t)(x >> 16), p[3] = (uint8_t)(x >> 24);
}
static inline void cn_store64_le(uint8_t *p, uint64_t x) {
    p[0] = (uint8_t)x, p[1] = (uint8_t)(x >> 8), p[2] = (uint8_t)(x >> 16), p[3] = (uint8_t)(x >> 24);
    p[4] = (uint8_t)(x >> 32), p[5] = (uint8_t)(x >> 40), p[6] = (uint8_t)(x >> 48), p[7] = (uint8_t)(x >> 56);
}

#endif
