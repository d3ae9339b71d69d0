/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** ChaCha20 (RFC 8439, section 2.3), four blocks side by side: word i of the state is a vector whose lane j
 *  belongs to block counter + j. Compilers map the vectors to SSE2, NEON or plain registers. No table, no
 *  branch on data. */

#include "util/chacha20.h"

#include "util/bytes.h"
#include "util/cpu.h"
#include "util/mem.h"
#include "util/verify.h"

#include <string.h>

#define LANES 4

typedef uint32_t lanes __attribute__((vector_size(4 * LANES)));

static inline lanes rotate(lanes x, int k) { return x << k | x >> (32 - k); }

#define QUARTER(a, b, c, d)                                                                                 \
    do {                                                                                                    \
        a += b, d = rotate(d ^ a, 16);                                                                      \
        c += d, b = rotate(b ^ c, 12);                                                                      \
        a += b, d = rotate(d ^ a, 8);                                                                       \
        c += d, b = rotate(b ^ c, 7);                                                                       \
    } while (0)

/* x = the state after 20 rounds, before the initial state is added. */
static inline void rounds(lanes x[16]) {
    for (int i = 0; i < 10; i++) {
        QUARTER(x[0], x[4], x[8], x[12]); /* columns */
        QUARTER(x[1], x[5], x[9], x[13]);
        QUARTER(x[2], x[6], x[10], x[14]);
        QUARTER(x[3], x[7], x[11], x[15]);
        QUARTER(x[0], x[5], x[10], x[15]); /* diagonals */
        QUARTER(x[1], x[6], x[11], x[12]);
        QUARTER(x[2], x[7], x[8], x[13]);
        QUARTER(x[3], x[4], x[9], x[14]);
    }
}

void cn_chacha20_blocks_portable(uint8_t *out, size_t blocks, const uint8_t key[32], const uint8_t nonce[12], uint32_t counter) {
    static const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}; /* "expand 32-byte k" */
    static const lanes lane_number = {0, 1, 2, 3};
    lanes start[16], x[16];
    CN_VERIFY(blocks <= ((uint64_t)1 << 32) - counter);
    for (int i = 0; i < 4; i++) start[i] = constants[i] - (lanes){0};
    for (int i = 0; i < 8; i++) start[4 + i] = cn_load32_le(key + 4 * i) - (lanes){0};
    start[12] = counter + lane_number;
    for (int i = 0; i < 3; i++) start[13 + i] = cn_load32_le(nonce + 4 * i) - (lanes){0};

    for (size_t done = 0; done < blocks; done += LANES) {
        memcpy(x, start, sizeof x);
        rounds(x);
        for (int i = 0; i < 16; i++) x[i] += start[i];
        size_t wanted = CN_MIN(blocks - done, (size_t)LANES);
        for (size_t j = 0; j < wanted; j++) {
            for (int i = 0; i < 16; i++) cn_store32_le(out + (done + j) * CN_CHACHA20_BLOCK_BYTES + 4 * i, x[i][j]);
        }
        start[12] += LANES;
    }
    cn_wipe(start, sizeof start);
    cn_wipe(x, sizeof x);
}

void cn_chacha20_blocks(uint8_t *out, size_t blocks, const uint8_t key[32], const uint8_t nonce[12], uint32_t counter) {
    switch (cn_isa_chosen()) {
#if CN_HAVE_X86
    case CN_ISA_AVX512IFMA: cn_chacha20_blocks_avx512(out, blocks, key, nonce, counter); break;
    case CN_ISA_AVX2: cn_chacha20_blocks_avx2(out, blocks, key, nonce, counter); break;
#endif
    default: cn_chacha20_blocks_portable(out, blocks, key, nonce, counter);
    }
}
