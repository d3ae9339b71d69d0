/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Samplers with AVX2: rejection with a table of left-packing permutations, for public data; and the centred binomial
 *  distribution in constant time, counting ones with a table of nibbles in a register  [W. Mula, N. Kurz, D. Lemire, "Faster
 *  population counts using AVX2 instructions", Comput. J. 61 (2018)]. */

#include "ring/kernels_x86.h"

#if CN_HAVE_X86

#include <immintrin.h>

#define LANES 4

CN_AVX2_INLINE __m256i load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }

/* For each set of lanes, those of the set to the front: their halves, 32 bits each; and how many they are. */
#define HALVES(a, b, c, d) {2 * (a), 2 * (a) + 1, 2 * (b), 2 * (b) + 1, 2 * (c), 2 * (c) + 1, 2 * (d), 2 * (d) + 1}
static const uint32_t front[16][8] = {
    HALVES(0, 0, 0, 0), HALVES(0, 0, 0, 0), HALVES(1, 0, 0, 0), HALVES(0, 1, 0, 0), HALVES(2, 0, 0, 0), HALVES(0, 2, 0, 0),
    HALVES(1, 2, 0, 0), HALVES(0, 1, 2, 0), HALVES(3, 0, 0, 0), HALVES(0, 3, 0, 0), HALVES(1, 3, 0, 0), HALVES(0, 1, 3, 0),
    HALVES(2, 3, 0, 0), HALVES(0, 2, 3, 0), HALVES(1, 2, 3, 0), HALVES(0, 1, 2, 3),
};
static const uint8_t ones[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};

/** Four words are stored each time, LANES - 1 beyond room at most. */
CN_AVX2 size_t cn_accept_var_avx2(uint64_t *r, size_t room, const uint8_t *stream, size_t words, const cn_mod *m) {
    const __m256i mask = _mm256_set1_epi64x(((long long)1 << m->bits) - 1), q = _mm256_set1_epi64x((long long)m->q);
    size_t kept = 0, i = 0;
    for (; i + LANES <= words && kept < room; i += LANES) {
        const __m256i x = _mm256_and_si256(load(stream + 8 * i), mask); /* below 2^61, as q: signed comparison */
        const unsigned set = (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpgt_epi64(q, x)));
        _mm256_storeu_si256((__m256i *)(void *)(r + kept), _mm256_permutevar8x32_epi32(x, load(front[set])));
        kept += ones[set];
    }
    if (kept >= room) return room;
    return kept + cn_kernels_portable.accept_var(r + kept, room - kept, stream + 8 * i, words - i, m);
}

/** Per 64-bit word, ones among bits 0 to CN_CBD_K - 1 plus zeros among the next CN_CBD_K: at most 42. */
CN_AVX2_INLINE __m256i count(const uint8_t *random) {
    const long long low = (1 << CN_CBD_K) - 1, high = low << CN_CBD_K;
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i table = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m256i field = _mm256_and_si256(load(random), _mm256_set1_epi64x(low | high));
    const __m256i x = _mm256_xor_si256(field, _mm256_set1_epi64x(high));
    const __m256i even = _mm256_shuffle_epi8(table, _mm256_and_si256(x, nibble));
    const __m256i odd = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi64(x, 4), nibble));
    return _mm256_sad_epu8(_mm256_add_epi8(even, odd), _mm256_setzero_si256());
}

/** 32 words at a time: byte k of lane j of c is the count of word 4k + j. */
CN_AVX2 void cn_centred_binomial_avx2(int8_t *v, const uint8_t *random, size_t n) {
    const __m128i pairs = _mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
    const __m128i mean = _mm_set1_epi8(CN_CBD_K);
    size_t i = 0;
    for (; i + 8 * LANES <= n; i += 8 * LANES, random += 64 * LANES) {
        __m256i c = count(random);
        c = _mm256_or_si256(c, _mm256_slli_epi64(count(random + 32), 8));
        c = _mm256_or_si256(c, _mm256_slli_epi64(count(random + 64), 16));
        c = _mm256_or_si256(c, _mm256_slli_epi64(count(random + 96), 24));
        c = _mm256_or_si256(c, _mm256_slli_epi64(count(random + 128), 32));
        c = _mm256_or_si256(c, _mm256_slli_epi64(count(random + 160), 40));
        c = _mm256_or_si256(c, _mm256_slli_epi64(count(random + 192), 48));
        c = _mm256_or_si256(c, _mm256_slli_epi64(count(random + 224), 56));
        const __m128i low = _mm_shuffle_epi8(_mm256_castsi256_si128(c), pairs);      /* words 4k, 4k + 1 for k = 0 to 7 */
        const __m128i high = _mm_shuffle_epi8(_mm256_extracti128_si256(c, 1), pairs); /* words 4k + 2, 4k + 3 */
        _mm_storeu_si128((__m128i *)(void *)(v + i), _mm_sub_epi8(_mm_unpacklo_epi16(low, high), mean));
        _mm_storeu_si128((__m128i *)(void *)(v + i + 16), _mm_sub_epi8(_mm_unpackhi_epi16(low, high), mean));
    }
    cn_kernels_portable.centred_binomial(v + i, random, n - i);
}
#endif
