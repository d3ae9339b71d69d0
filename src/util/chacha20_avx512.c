/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** ChaCha20 (RFC 8439, section 2.3), sixteen blocks side by side in AVX-512: lane j of register i is word i of block
 *  counter + j. All 16 words of the state stay in registers during the rounds; a transposition brings each block together.
 *  No table, no branch on data. */

#include "util/chacha20.h"

#include "util/bytes.h"
#include "util/cpu.h"
#include "util/mem.h"
#include "util/verify.h"

#if CN_HAVE_X86

#include <immintrin.h>

#define LANES 16
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

typedef __m512i vec;

CN_AVX512_INLINE void quarter(vec *a, vec *b, vec *c, vec *d) {
    *a = _mm512_add_epi32(*a, *b), *d = _mm512_rol_epi32(_mm512_xor_si512(*d, *a), 16);
    *c = _mm512_add_epi32(*c, *d), *b = _mm512_rol_epi32(_mm512_xor_si512(*b, *c), 12);
    *a = _mm512_add_epi32(*a, *b), *d = _mm512_rol_epi32(_mm512_xor_si512(*d, *a), 8);
    *c = _mm512_add_epi32(*c, *d), *b = _mm512_rol_epi32(_mm512_xor_si512(*b, *c), 7);
}

/** Two rounds: columns, diagonals. */
CN_AVX512_INLINE void double_round(vec x[16]) {
    UNROLL
    for (int i = 0; i < 4; i++) quarter(&x[i], &x[4 + i], &x[8 + i], &x[12 + i]);
    UNROLL
    for (int i = 0; i < 4; i++) quarter(&x[i], &x[4 + (i + 1) % 4], &x[8 + (i + 2) % 4], &x[12 + (i + 3) % 4]);
}

/** Transpose 4 x 4 words of 32 bits within each quarter of four registers. */
CN_AVX512_INLINE void transpose_quarters(vec *a, vec *b, vec *c, vec *d) {
    vec ab_lo = _mm512_unpacklo_epi32(*a, *b), ab_hi = _mm512_unpackhi_epi32(*a, *b);
    vec cd_lo = _mm512_unpacklo_epi32(*c, *d), cd_hi = _mm512_unpackhi_epi32(*c, *d);
    *a = _mm512_unpacklo_epi64(ab_lo, cd_lo), *b = _mm512_unpackhi_epi64(ab_lo, cd_lo);
    *c = _mm512_unpacklo_epi64(ab_hi, cd_hi), *d = _mm512_unpackhi_epi64(ab_hi, cd_hi);
}

/** Store quarter q of a, b, c, d in turn as block number 4 q, q = 0 to 3, where out is block 0. */
CN_AVX512_INLINE void store_quarters(uint8_t *out, vec a, vec b, vec c, vec d) {
    const size_t step = 4 * CN_CHACHA20_BLOCK_BYTES;
    vec ab_even = _mm512_shuffle_i32x4(a, b, 0x88), ab_odd = _mm512_shuffle_i32x4(a, b, 0xdd);
    vec cd_even = _mm512_shuffle_i32x4(c, d, 0x88), cd_odd = _mm512_shuffle_i32x4(c, d, 0xdd);
    _mm512_storeu_si512(out, _mm512_shuffle_i32x4(ab_even, cd_even, 0x88));
    _mm512_storeu_si512(out + step, _mm512_shuffle_i32x4(ab_odd, cd_odd, 0x88));
    _mm512_storeu_si512(out + 2 * step, _mm512_shuffle_i32x4(ab_even, cd_even, 0xdd));
    _mm512_storeu_si512(out + 3 * step, _mm512_shuffle_i32x4(ab_odd, cd_odd, 0xdd));
}

/** The 16 blocks of a state. The state is read from its place, so that no copy is left on the stack. */
CN_AVX512_INLINE void blocks16(uint8_t *out, const vec start[16]) {
    vec x[16];
    __asm__ volatile("" : : "r"(start) : "memory"); /* as if it had changed */
    UNROLL
    for (int i = 0; i < 16; i++) x[i] = start[i];
    for (int i = 0; i < 10; i++) double_round(x);
    __asm__ volatile("" : : "r"(start) : "memory");
    UNROLL
    for (int i = 0; i < 16; i++) x[i] = _mm512_add_epi32(x[i], start[i]);
    UNROLL
    for (int i = 0; i < 16; i += 4) transpose_quarters(&x[i], &x[i + 1], &x[i + 2], &x[i + 3]);
    /* quarter q of x[i + j] now has words i to i + 3 of block 4 q + j */
    UNROLL
    for (int j = 0; j < 4; j++) store_quarters(out + j * CN_CHACHA20_BLOCK_BYTES, x[j], x[4 + j], x[8 + j], x[12 + j]);
}

CN_AVX512 void cn_chacha20_blocks_avx512(uint8_t *out, size_t blocks, const uint8_t key[32], const uint8_t nonce[12],
                                         uint32_t counter) {
    static const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}; /* "expand 32-byte k" */
    const vec lane_number = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const size_t whole = blocks - blocks % LANES;
    vec start[16];
    CN_VERIFY(blocks <= ((uint64_t)1 << 32) - counter);
    for (int i = 0; i < 4; i++) start[i] = _mm512_set1_epi32((int)constants[i]);
    for (int i = 0; i < 8; i++) start[4 + i] = _mm512_set1_epi32((int)cn_load32_le(key + 4 * i));
    start[12] = _mm512_add_epi32(_mm512_set1_epi32((int)counter), lane_number);
    for (int i = 0; i < 3; i++) start[13 + i] = _mm512_set1_epi32((int)cn_load32_le(nonce + 4 * i));

    for (size_t done = 0; done < whole; done += LANES) {
        blocks16(out + done * CN_CHACHA20_BLOCK_BYTES, start);
        start[12] = _mm512_add_epi32(start[12], _mm512_set1_epi32(LANES));
    }
    cn_wipe(start, sizeof start);
    if (whole < blocks) {
        cn_chacha20_blocks_avx2(out + whole * CN_CHACHA20_BLOCK_BYTES, blocks - whole, key, nonce, counter + (uint32_t)whole);
    }
}

#endif
