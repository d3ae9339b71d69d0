/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** SHA3-256 (FIPS 202): digests of parameters, plans and models. */

#ifndef CN_UTIL_SHA3_H
#define CN_UTIL_SHA3_H

#include "util/common.h"

#define CN_SHA3_256_BYTES 32

typedef struct cn_sha3 {
    uint64_t state[25];
    uint8_t block[136];
    size_t fill; /* bytes waiting in block, < 136 */
} cn_sha3;

/** Start, feed n bytes, finish. cn_sha3_final leaves the struct wiped. Cannot fail. */
void cn_sha3_init(cn_sha3 *h);
void cn_sha3_update(cn_sha3 *h, const void *data, size_t n);
void cn_sha3_final(cn_sha3 *h, uint8_t digest[32]);

/** Feed an integer as eight little-endian bytes. */
void cn_sha3_u64(cn_sha3 *h, uint64_t x);

/** Digest of one buffer. */
void cn_sha3_256(uint8_t digest[32], const void *data, size_t n);

/** Lower-case hexadecimal of n bytes; out holds 2 n + 1 characters. */
void cn_hex(char *out, const uint8_t *bytes, size_t n);

#endif
