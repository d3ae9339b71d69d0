/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** ChaCha20 key stream (RFC 8439, section 2.3 and 2.4). */

#ifndef CN_UTIL_CHACHA20_H
#define CN_UTIL_CHACHA20_H

#include "util/common.h"

#define CN_CHACHA20_KEY_BYTES 32
#define CN_CHACHA20_NONCE_BYTES 12
#define CN_CHACHA20_BLOCK_BYTES 64

/** Write blocks 64-byte blocks of key stream, starting at block number counter.
 *  Out: out  64 * blocks bytes.  In: key 32 bytes, nonce 12 bytes.
 *  counter + blocks must not exceed 2^32.  Time: depends on blocks only.  Cannot fail. */
void cn_chacha20_blocks(uint8_t *out, size_t blocks, const uint8_t key[32], const uint8_t nonce[12], uint32_t counter);

/** The same per instruction set: what the function above chooses from (util/cpu.h). Identical output. */
void cn_chacha20_blocks_portable(uint8_t *out, size_t blocks, const uint8_t key[32], const uint8_t nonce[12], uint32_t counter);
void cn_chacha20_blocks_avx2(uint8_t *out, size_t blocks, const uint8_t key[32], const uint8_t nonce[12], uint32_t counter);
void cn_chacha20_blocks_avx512(uint8_t *out, size_t blocks, const uint8_t key[32], const uint8_t nonce[12], uint32_t counter);

#endif
