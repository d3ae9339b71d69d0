/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The samplers on vectors of 8 words (AVX-512 with VPOPCNTDQ), for every q.
 *
 *  Rejection: the words to keep are brought together within a register and stored in full, the rest of the store being
 *  overwritten by the next one; storing only some lanes is slow on Zen 4. Time depends on the words, which are public.
 *
 *  Centred binomial: with the second field inverted, the ones of both fields are those of the first, plus 21, minus those of
 *  the second: one count of bits per value. Time independent of the words. */

#include "ring/kernels_x86.h"

#if CN_HAVE_X86

#include <immintrin.h>

#define LANES 8

typedef __m512i vec;

/** The words of a stream are little-endian, as this processor is. */
CN_AVX512_INLINE vec load_words(const uint8_t *stream, size_t i) { return _mm512_loadu_si512(stream + 8 * i); }
CN_AVX512_INLINE vec load_last_words(const uint8_t *stream, size_t i, __mmask8 some) {
    return _mm512_maskz_loadu_epi64(some, stream + 8 * i);
}

/** Store the lanes of x that are accepted and below q, at the front, and up to 8 words behind them.  Returns: how many. */
CN_AVX512_INLINE size_t accept(uint64_t *r, vec x, __mmask8 accepted, vec q) {
    const __mmask8 keep = _mm512_mask_cmplt_epu64_mask(accepted, x, q);
    _mm512_storeu_si512(r, _mm512_maskz_compress_epi64(keep, x));
    return (size_t)__builtin_popcount(keep);
}

CN_AVX512 size_t cn_accept_var_avx512(uint64_t *r, size_t room, const uint8_t *stream, size_t words, const cn_mod *m) {
    const vec q = _mm512_set1_epi64((int64_t)m->q), bits = _mm512_set1_epi64((int64_t)(((uint64_t)1 << m->bits) - 1));
    const __mmask8 all = (__mmask8)-1;
    size_t kept = 0, i = 0;
    /* kept < room before each store, so it writes no further than 8 words behind what is returned */
    for (; i + LANES <= words && kept < room; i += LANES)
        kept += accept(r + kept, _mm512_and_si512(load_words(stream, i), bits), all, q);
    if (i < words && kept < room) {
        const __mmask8 some = (__mmask8)((1U << (words - i)) - 1);
        kept += accept(r + kept, _mm512_and_si512(load_last_words(stream, i, some), bits), some, q);
    }
    return CN_MIN(kept, room);
}

/** Bits of the first field and the inverted ones of the second, counted, less CN_CBD_K. */
CN_AVX512_INLINE __m128i binomial(vec x) {
    const uint64_t field = ((uint64_t)1 << CN_CBD_K) - 1;
    const vec second = _mm512_set1_epi64((int64_t)(field << CN_CBD_K));
    const vec both = _mm512_set1_epi64((int64_t)(field << CN_CBD_K | field));
    vec ones = _mm512_popcnt_epi64(_mm512_and_si512(_mm512_xor_si512(x, second), both));
    return _mm512_cvtepi64_epi8(_mm512_sub_epi64(ones, _mm512_set1_epi64(CN_CBD_K)));
}

CN_AVX512 void cn_centred_binomial_avx512(int8_t *v, const uint8_t *random, size_t n) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) _mm_storel_epi64((__m128i_u *)(v + i), binomial(load_words(random, i)));
    if (i < n) {
        const __mmask8 some = (__mmask8)((1U << (n - i)) - 1);
        _mm_mask_storeu_epi8(v + i, some, binomial(load_last_words(random, i, some)));
    }
}

#endif
