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
static inline void cn_store32_le(uint8_t *p, uint32_t x) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(x >> (8 * i));
}
static inline void cn_store64_le(uint8_t *p, uint64_t x) {
    for (int i = 0; i < 8; i++) p[i] = (uint8_t)(x >> (8 * i));
}

#endif
