/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Digits of residues modulo another prime, eight to a register: for the kernels lift and ntt_lift. AVX-512 IFMA. */

#ifndef CN_RING_LIFT_AVX512_H
#define CN_RING_LIFT_AVX512_H

#include "ring/avx512.h"
#include "ring/kernels.h"

#if CN_HAVE_X86

/** The least multiple of q that is at least bound. Public q only. */
static inline uint64_t cn_multiple_from_var(uint64_t bound, uint64_t q) { return (bound + q - 1) / q * q; }

/** Centring modulo t = 2 half + 1: with s = a + half mod t, which is the lesser of a + half and a + half - t as unsigned
 *  words, the centred residue is s - half. */
typedef struct cn_ifma_centring {
    __m512i half, half_minus_t;
} cn_ifma_centring;

CN_AVX512_INLINE cn_ifma_centring cn_ifma_centring_init(const cn_mod *t) {
    cn_ifma_centring c = {cn_ifma_all(t->half), cn_ifma_all(t->half - t->q)};
    return c;
}
CN_AVX512_INLINE __m512i cn_ifma_centre_shifted(__m512i a, const cn_ifma_centring *c) {
    return _mm512_min_epu64(_mm512_add_epi64(a, c->half), _mm512_add_epi64(a, c->half_minus_t));
}

/** The digit of a residue modulo another prime q. The centre of a digit and its absolute value are below 2^50, so with a
 *  multiple of q between 2^50 and 2^50 + q it lies in [0, 2^52). */
typedef struct cn_ifma_lift {
    cn_ifma_centring source;
    __m512i offset, shift, mask; /* offset less half; shift; mask */
    __m512i back;                /* the multiple of q, less the centre */
} cn_ifma_lift;

/** Whether these functions serve: 2^8 < to < 2^46, from < 2^50. */
static inline bool cn_ifma_lifts(const cn_digit *d, const cn_mod *from, const cn_mod *to) {
    return to->bits > 8 && to->bits <= 46 && from->bits <= 50 && d->centre >> 50 == 0;
}

CN_AVX512_INLINE cn_ifma_lift cn_ifma_lift_init(const cn_digit *d, const cn_mod *from, const cn_mod *to) {
    cn_ifma_lift l = {cn_ifma_centring_init(from), cn_ifma_all((uint64_t)d->offset - from->half), cn_ifma_all(d->shift),
                      cn_ifma_all((uint64_t)d->mask),
                      cn_ifma_all(cn_multiple_from_var((uint64_t)1 << 50, to->q) - (uint64_t)d->centre)};
    return l;
}

/** Out: reduced. */
CN_AVX512_INLINE __m512i cn_ifma_lift_digit(__m512i a, const cn_ifma_lift *l, const cn_ifma *f) {
    __m512i x = _mm512_add_epi64(cn_ifma_centre_shifted(a, &l->source), l->offset);
    __m512i digit = _mm512_and_si512(_mm512_srav_epi64(x, l->shift), l->mask);
    return cn_ifma_finish(cn_ifma_reduce(_mm512_add_epi64(digit, l->back), f), f);
}

/** The same for whole residues, lazily: a residue above half is a - from, to which a multiple of q is added. */
typedef struct cn_ifma_whole {
    __m512i half, back; /* of from; the least multiple of q from from on, less from */
} cn_ifma_whole;

static inline bool cn_digit_whole(const cn_digit *d) { return d->mask == -1 && d->shift == 0 && d->offset == 0 && d->centre == 0; }

CN_AVX512_INLINE cn_ifma_whole cn_ifma_whole_init(const cn_mod *from, const cn_mod *to) {
    cn_ifma_whole w = {cn_ifma_all(from->half), cn_ifma_all(cn_multiple_from_var(from->q, to->q) - from->q)};
    return w;
}

/** Out: below from + q; with reduce in [0, 2q), modulo 2^52. */
CN_AVX512_INLINE __m512i cn_ifma_whole_lift(__m512i a, const cn_ifma_whole *w, const bool reduce, const cn_ifma *f) {
    const __m512i x = _mm512_mask_add_epi64(a, _mm512_cmpgt_epu64_mask(a, w->half), a, w->back);
    return reduce ? cn_ifma_reduce(x, f) : x;
}

#endif
#endif
