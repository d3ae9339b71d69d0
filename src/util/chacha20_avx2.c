/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** ChaCha20 (RFC 8439, section 2.3) with AVX2, eight blocks side by side: lane j of word i of the state belongs to block
 *  counter + j  [M. Goll, S. Gueron, "Vectorization on ChaCha stream cipher", ITNG 2014]. Rotations by whole bytes are byte
 *  shuffles. No table, no branch on data. */

#include "util/chacha20.h"

#include "util/cpu.h"

#if CN_HAVE_X86

#include <immintrin.h>
#include <string.h>

#include "util/bytes.h"
#include "util/mem.h"
#include "util/verify.h"

#define LANES 8
#define BATCH (LANES * CN_CHACHA20_BLOCK_BYTES)

CN_AVX2_INLINE __m256i rotate(__m256i x, int k) {
    return _mm256_or_si256(_mm256_slli_epi32(x, k), _mm256_srli_epi32(x, 32 - k));
}

/* Sixteen words and two temporary ones do not fit into the registers. Left to itself, gcc spills inside the chain of
 * operations; the third row of the state (c) in memory costs least. */
#if defined(__clang__)
#define KEEP_IN_MEMORY(x) (void)0
#else
#define KEEP_IN_MEMORY(x) __asm__("" : "+m"(x))
#endif

CN_AVX2_INLINE void quarter(__m256i *a, __m256i *b, __m256i *c, __m256i *d) {
    const __m256i by16 = _mm256_broadcastsi128_si256(_mm_setr_epi8(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
    const __m256i by8 = _mm256_broadcastsi128_si256(_mm_setr_epi8(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14));
    *a = _mm256_add_epi32(*a, *b), *d = _mm256_shuffle_epi8(_mm256_xor_si256(*d, *a), by16);
    *c = _mm256_add_epi32(*c, *d), *b = rotate(_mm256_xor_si256(*b, *c), 12);
    *a = _mm256_add_epi32(*a, *b), *d = _mm256_shuffle_epi8(_mm256_xor_si256(*d, *a), by8);
    *c = _mm256_add_epi32(*c, *d), *b = rotate(_mm256_xor_si256(*b, *c), 7);
    KEEP_IN_MEMORY(*c);
}

CN_AVX2_INLINE void rounds(__m256i x[16]) {
    for (int i = 0; i < 10; i++) {
        quarter(x + 0, x + 4, x + 8, x + 12), quarter(x + 1, x + 5, x + 9, x + 13); /* columns */
        quarter(x + 2, x + 6, x + 10, x + 14), quarter(x + 3, x + 7, x + 11, x + 15);
        quarter(x + 0, x + 5, x + 10, x + 15), quarter(x + 1, x + 6, x + 11, x + 12); /* diagonals */
        quarter(x + 2, x + 7, x + 8, x + 13), quarter(x + 3, x + 4, x + 9, x + 14);
    }
}

CN_AVX2_INLINE void store(uint8_t *out, __m256i x) { _mm256_storeu_si256((__m256i *)(void *)out, x); }

/** Eight words of eight blocks to their places: 32 bytes of each block. */
CN_AVX2_INLINE void store_transposed(uint8_t *out, const __m256i x[8]) {
    const size_t block = CN_CHACHA20_BLOCK_BYTES;
    const __m256i a0 = _mm256_unpacklo_epi32(x[0], x[1]), a1 = _mm256_unpackhi_epi32(x[0], x[1]);
    const __m256i a2 = _mm256_unpacklo_epi32(x[2], x[3]), a3 = _mm256_unpackhi_epi32(x[2], x[3]);
    const __m256i a4 = _mm256_unpacklo_epi32(x[4], x[5]), a5 = _mm256_unpackhi_epi32(x[4], x[5]);
    const __m256i a6 = _mm256_unpacklo_epi32(x[6], x[7]), a7 = _mm256_unpackhi_epi32(x[6], x[7]);
    /* words 0 to 3 of blocks j and j + 4, words 4 to 7 of blocks j and j + 4 */
    const __m256i b0 = _mm256_unpacklo_epi64(a0, a2), c0 = _mm256_unpacklo_epi64(a4, a6);
    const __m256i b1 = _mm256_unpackhi_epi64(a0, a2), c1 = _mm256_unpackhi_epi64(a4, a6);
    const __m256i b2 = _mm256_unpacklo_epi64(a1, a3), c2 = _mm256_unpacklo_epi64(a5, a7);
    const __m256i b3 = _mm256_unpackhi_epi64(a1, a3), c3 = _mm256_unpackhi_epi64(a5, a7);
    store(out, _mm256_permute2x128_si256(b0, c0, 0x20));
    store(out + block, _mm256_permute2x128_si256(b1, c1, 0x20));
    store(out + 2 * block, _mm256_permute2x128_si256(b2, c2, 0x20));
    store(out + 3 * block, _mm256_permute2x128_si256(b3, c3, 0x20));
    store(out + 4 * block, _mm256_permute2x128_si256(b0, c0, 0x31));
    store(out + 5 * block, _mm256_permute2x128_si256(b1, c1, 0x31));
    store(out + 6 * block, _mm256_permute2x128_si256(b2, c2, 0x31));
    store(out + 7 * block, _mm256_permute2x128_si256(b3, c3, 0x31));
}

CN_AVX2_INLINE void load8(__m256i x[8], const __m256i y[8]) {
    x[0] = y[0], x[1] = y[1], x[2] = y[2], x[3] = y[3], x[4] = y[4], x[5] = y[5], x[6] = y[6], x[7] = y[7];
}
CN_AVX2_INLINE void add8(__m256i x[8], const __m256i y[8]) {
    x[0] = _mm256_add_epi32(x[0], y[0]), x[1] = _mm256_add_epi32(x[1], y[1]);
    x[2] = _mm256_add_epi32(x[2], y[2]), x[3] = _mm256_add_epi32(x[3], y[3]);
    x[4] = _mm256_add_epi32(x[4], y[4]), x[5] = _mm256_add_epi32(x[5], y[5]);
    x[6] = _mm256_add_epi32(x[6], y[6]), x[7] = _mm256_add_epi32(x[7], y[7]);
}

/** Eight blocks. The state is in registers and in less than 2 KB of the stack. */
static __attribute__((noinline)) CN_AVX2 void batch(uint8_t *out, const __m256i start[16]) {
    __m256i x[16];
    load8(x, start), load8(x + 8, start + 8);
    rounds(x);
    add8(x, start), add8(x + 8, start + 8);
    store_transposed(out, x), store_transposed(out + 32, x + 8);
}

/** Overwrite what batch left on the stack: called like batch, this has its frame in the same place. */
static __attribute__((noinline)) void wipe_stack(void) {
    uint8_t below[2048];
    cn_wipe(below, sizeof below);
}

CN_AVX2 void cn_chacha20_blocks_avx2(uint8_t *out, size_t blocks, const uint8_t key[32], const uint8_t nonce[12],
                                     uint32_t counter) {
    static const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}; /* "expand 32-byte k" */
    __m256i start[16];
    CN_VERIFY(blocks <= ((uint64_t)1 << 32) - counter);
    for (int i = 0; i < 4; i++) start[i] = _mm256_set1_epi32((int)constants[i]);
    for (int i = 0; i < 8; i++) start[4 + i] = _mm256_set1_epi32((int)cn_load32_le(key + 4 * i));
    start[12] = _mm256_add_epi32(_mm256_set1_epi32((int)counter), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    for (int i = 0; i < 3; i++) start[13 + i] = _mm256_set1_epi32((int)cn_load32_le(nonce + 4 * i));

    for (; blocks >= LANES; blocks -= LANES, out += BATCH) {
        batch(out, start);
        start[12] = _mm256_add_epi32(start[12], _mm256_set1_epi32(LANES));
    }
    if (blocks > 0) {
        uint8_t last[BATCH]; /* of which less is wanted */
        batch(last, start);
        memcpy(out, last, blocks * CN_CHACHA20_BLOCK_BYTES);
        cn_wipe(last, sizeof last);
    }
    cn_wipe(start, sizeof start);
    wipe_stack();
}
#endif
