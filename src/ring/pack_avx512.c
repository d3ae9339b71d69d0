/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Bit packing of residues, eight at a time: eight residues of b bits are b bytes (vpermb, AVX-512 VBMI).
 *
 *  Residue i begins in byte i b / 8 of these, at bit i b mod 8. With b from 8 to 57 bits it lies in the eight bytes from there on, and
 *  residues i and i + 2 share no byte. */

#include "ring/kernels_x86.h"
#include "ring/pack.h"

#if CN_HAVE_X86

#include <immintrin.h>

#define LANES 8
#define BITS_MIN 8
#define BITS_MAX 57

static bool in_range(const cn_mod *m) { return m->bits >= BITS_MIN && m->bits <= BITS_MAX; }

/** How far each residue is shifted in the bytes where it begins. */
CN_AVX512_INLINE __m512i shifts(unsigned bits) {
    uint64_t shift[LANES];
    for (unsigned i = 0; i < LANES; i++) shift[i] = i * bits % 8;
    return _mm512_loadu_si512(shift);
}

CN_AVX512_INLINE __mmask64 first_bytes(unsigned count) { return ~(__mmask64)0 >> (64 - count); }

CN_AVX512 void cn_pack_avx512(uint8_t *out, const uint64_t *x, size_t n, const cn_mod *m) {
    const unsigned bits = m->bits;
    size_t k = 0;
    CN_VERIFY_BELOW(x, n, m->q);
    if (in_range(m)) {
        /* byte p of the stream from even and from odd residues: the last of them to begin at or before p, if it reaches so far */
        uint8_t from[2][64] = {{0}};
        __mmask64 there[2] = {0, 0};
        for (unsigned i = 0; i < LANES; i++)
            for (unsigned j = 0, p = i * bits / 8; j < 8 && p + j < bits; j++) from[i % 2][p + j] = (uint8_t)(8 * i + j), there[i % 2] |= (__mmask64)1 << (p + j);
        const __m512i shift = shifts(bits), even = _mm512_loadu_si512(from[0]), odd = _mm512_loadu_si512(from[1]);
        const __mmask64 bytes = first_bytes(bits);
        for (; k + LANES <= n; k += LANES, out += bits) {
            const __m512i v = _mm512_sllv_epi64(_mm512_loadu_si512(x + k), shift);
            const __m512i a = _mm512_maskz_permutexvar_epi8(there[0], even, v), b = _mm512_maskz_permutexvar_epi8(there[1], odd, v);
            _mm512_mask_storeu_epi8(out, bytes, _mm512_or_si512(a, b));
        }
    }
    cn_pack_portable(out, x + k, n - k, m);
}

CN_AVX512 bool cn_unpack_avx512(uint64_t *x, const uint8_t *in, size_t n, const cn_mod *m) {
    const unsigned bits = m->bits;
    size_t k = 0;
    __mmask8 below_all = 0xff;
    if (in_range(m)) {
        uint8_t from[64];
        for (unsigned i = 0; i < LANES; i++)
            for (unsigned j = 0; j < 8; j++) from[8 * i + j] = (uint8_t)(i * bits / 8 + j); /* 56 at most */
        const __m512i shift = shifts(bits), place = _mm512_loadu_si512(from), q = _mm512_set1_epi64((long long)m->q);
        const __m512i mask = _mm512_set1_epi64((long long)(((uint64_t)1 << bits) - 1));
        const __mmask64 bytes = first_bytes(bits);
        for (; k + LANES <= n; k += LANES, in += bits) {
            const __m512i v = _mm512_permutexvar_epi8(place, _mm512_maskz_loadu_epi8(bytes, in));
            const __m512i r = _mm512_and_si512(_mm512_srlv_epi64(v, shift), mask);
            const __mmask8 below = _mm512_cmplt_epu64_mask(r, q);
            below_all &= below;
            _mm512_storeu_si512(x + k, _mm512_maskz_mov_epi64(below, r));
        }
    }
    return cn_unpack_portable(x + k, in, n - k, m) && below_all == 0xff;
}

#endif
