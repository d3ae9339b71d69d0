/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Turns and weighted sums in 52-bit integer arithmetic (AVX-512 IFMA), for 2^8 < q < 2^46.
 *
 *  An automorphism moves groups of 64 points as a whole (ring/galois.h). A group lies as a transposed 8 x 8 block: point 8 v + l belongs to
 *  the exponent e + (2n/64) (8 brv(v) + brv(l)), brv the reversal of 3 bits. With h = brv(v), point (h, l) of the result is made of the
 *  point (g h + h_l, p_l) of the source, everything modulo 8, where p_l and h_l follow from the group's index of (0, l). So: every vector is
 *  permuted by p, then each lane is moved h_l vectors up, in three steps of 1, 2 and 4, and what is at h then goes to h / g = g h. */

#include "ring/avx512.h"
#include "ring/kernels_x86.h"

#if CN_HAVE_X86

#define LANES CN_IFMA_LANES
#define VECTORS 8 /* of a group */

#define STRIP (CN_TURN_STRIP_AVX512 / LANES) /* vectors of a strip */

typedef __m512i vec;

/** Call for what a stream has AHEAD bytes on, perhaps behind its end: where memory is far, sums would wait for it. */
#define AHEAD 4096
CN_AVX512_INLINE void fetch(const uint64_t *x) { _mm_prefetch((const char *)((uintptr_t)x + AHEAD), _MM_HINT_T0); }

/** What sums are reduced with. */
typedef struct reducer {
    cn_ifma f;
    cn_ifma_few few;
    cn_ifma_factor two52;
} reducer;

static const uint8_t reversed[8] = {0, 4, 2, 6, 1, 5, 3, 7};

/** How a group is moved. */
typedef struct move {
    size_t source;   /* its first point before */
    vec lane;        /* p_l in the low 3 bits */
    __mmask8 up[3];  /* lanes that move up by 1, 2, 4 */
    unsigned factor; /* g modulo 8 */
} move;

CN_AVX512_INLINE move move_of(const uint32_t *index) {
    const vec from = _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i_u *)index));
    move m = {.source = index[0] & ~(uint32_t)(CN_NTT_GROUP - 1), .lane = from};
    for (unsigned i = 0; i < 3; i++) m.up[i] = _mm512_test_epi64_mask(from, cn_ifma_all(32U >> i));
    m.factor = reversed[index[4 * LANES] >> 3 & 7] - reversed[index[0] >> 3 & 7]; /* h = 1 less h = 0 */
    return m;
}

/** One step of the lanes in up: every vector or, in these lanes, the one step after it. */
CN_AVX512_INLINE void move_up(vec w[VECTORS], const vec v[VECTORS], __mmask8 up, unsigned step) {
    CN_UNROLL
    for (unsigned h = 0; h < VECTORS; h++) w[h] = _mm512_mask_blend_epi64(up, v[h], v[(h + step) % VECTORS]);
}

/** r <- (r +) the moved group in. */
CN_AVX512_INLINE void put(uint64_t *r, const uint64_t *in, const move *m, bool add, vec q) {
    vec v[VECTORS], w[VECTORS];
    CN_UNROLL
    for (unsigned h = 0; h < VECTORS; h++) v[h] = _mm512_permutexvar_epi64(m->lane, cn_ifma_load(in + LANES * reversed[h]));
    move_up(w, v, m->up[0], 1);
    move_up(v, w, m->up[1], 2);
    move_up(w, v, m->up[2], 4);
    CN_UNROLL
    for (unsigned h = 0; h < VECTORS; h++) {
        uint64_t *to = r + LANES * reversed[m->factor * h % VECTORS];
        cn_ifma_store(to, add ? cn_ifma_fold(_mm512_add_epi64(w[h], cn_ifma_load(to)), q) : w[h]);
    }
}

/** A sum of products, reduced. few: of at most CN_IFMA_FEW. */
CN_AVX512_INLINE vec reduced(const cn_ifma_sum *s, const bool few, const reducer *r) {
    return few ? cn_ifma_few_reduce(s, &r->few, &r->f) : cn_ifma_sum_reduce(s, r->two52, &r->f);
}

/** Both sums at the points of one group, before they move.  In: the key's points of the group. */
CN_AVX512_INLINE void sum_group(uint64_t sum[2][CN_NTT_GROUP], const cn_turn_row *row, size_t source, const uint64_t *key, const bool few,
                                const reducer *r) {
    const vec zero = _mm512_setzero_si512(), factor = cn_ifma_all(row->factor.w);
    for (size_t i = 0; i < CN_NTT_GROUP; i += CN_TURN_STRIP_AVX512) {
        const uint64_t *k = key + i * 2 * row->digits;
        cn_ifma_sum b[STRIP], a[STRIP];
        CN_UNROLL
        for (size_t v = 0; v < STRIP; v++) b[v] = a[v] = (cn_ifma_sum){zero, zero};
        if (row->c0) {
            CN_UNROLL
            for (size_t v = 0; v < STRIP; v++) cn_ifma_sum_add(&b[v], factor, cn_ifma_load(row->c0 + source + i + LANES * v));
        }
        for (size_t t = 0; t < row->terms; t++, k += 2 * CN_TURN_STRIP_AVX512) {
            const uint64_t *x = row->x[t] + source + i;
            CN_UNROLL
            for (size_t v = 0; v < STRIP; v++) {
                const vec digit = cn_ifma_load(x + LANES * v);
                fetch(k + LANES * v), fetch(k + CN_TURN_STRIP_AVX512 + LANES * v);
                cn_ifma_sum_add(&b[v], digit, cn_ifma_load(k + LANES * v));
                cn_ifma_sum_add(&a[v], digit, cn_ifma_load(k + CN_TURN_STRIP_AVX512 + LANES * v));
            }
        }
        CN_UNROLL
        for (size_t v = 0; v < STRIP; v++) {
            cn_ifma_store(sum[0] + i + LANES * v, reduced(&b[v], few, r));
            cn_ifma_store(sum[1] + i + LANES * v, reduced(&a[v], few, r));
        }
    }
}

CN_AVX512 void cn_turn_avx512(uint64_t *r0, uint64_t *r1, const cn_turn_row *row, size_t from, size_t count, bool add) {
    const cn_mod *m = row->mod;
    if (m->bits <= 8 || m->bits > 46 || row->n < CN_NTT_GROUP) {
        cn_turn_by(&cn_kernels_avx2, CN_TURN_STRIP_AVX512, r0, r1, row, from, count, add);
        return;
    }
    const reducer r = {cn_ifma_init(m), cn_ifma_few_init(m), cn_ifma_factor_two52(m)};
    const bool few = row->terms < CN_IFMA_FEW; /* the first part has a product more */
    _Alignas(CN_ALIGN) uint64_t sum[2][CN_NTT_GROUP];
    for (size_t i = 0; i < count; i += CN_NTT_GROUP) {
        const move moved = move_of(row->index + from + i);
        const uint64_t *key = row->key + 2 * row->digits * (from + i);
        if (few) sum_group(sum, row, moved.source, key, true, &r);
        else sum_group(sum, row, moved.source, key, false, &r);
        put(r0 + i, sum[0], &moved, add, r.f.q);
        put(r1 + i, sum[1], &moved, add, r.f.q);
    }
}

/** One strip of one sum, of both halves. */
CN_AVX512_INLINE void weigh_strip(uint64_t *r0, uint64_t *r1, const uint64_t *const *x0, const uint64_t *const *x1, size_t terms, size_t from,
                                  const uint64_t *w, bool add, const bool few, const reducer *r) {
    const vec zero = _mm512_setzero_si512();
    cn_ifma_sum s0[STRIP], s1[STRIP];
    CN_UNROLL
    for (size_t v = 0; v < STRIP; v++) s0[v] = s1[v] = (cn_ifma_sum){zero, zero};
    for (size_t t = 0; t < terms; t++, w += CN_TURN_STRIP_AVX512) {
        CN_UNROLL
        for (size_t v = 0; v < STRIP; v++) {
            const vec weight = cn_ifma_load(w + LANES * v);
            fetch(w + LANES * v);
            cn_ifma_sum_add(&s0[v], weight, cn_ifma_load(x0[t] + from + LANES * v));
            cn_ifma_sum_add(&s1[v], weight, cn_ifma_load(x1[t] + from + LANES * v));
        }
    }
    CN_UNROLL
    for (size_t v = 0; v < STRIP; v++) {
        const vec y0 = reduced(&s0[v], few, r), y1 = reduced(&s1[v], few, r);
        uint64_t *to0 = r0 + from + LANES * v, *to1 = r1 + from + LANES * v;
        cn_ifma_store(to0, add ? cn_ifma_fold(_mm512_add_epi64(y0, cn_ifma_load(to0)), r->f.q) : y0);
        cn_ifma_store(to1, add ? cn_ifma_fold(_mm512_add_epi64(y1, cn_ifma_load(to1)), r->f.q) : y1);
    }
}

CN_AVX512 void cn_weigh_avx512(uint64_t *const *r0, uint64_t *const *r1, size_t sums, const uint64_t *const *x0,
                               const uint64_t *const *x1, size_t terms, const uint64_t *w, size_t count, bool add, const cn_mod *m) {
    if (m->bits <= 8 || m->bits > 46 || count < CN_TURN_STRIP_AVX512) {
        cn_weigh_by(&cn_kernels_avx2, CN_TURN_STRIP_AVX512, r0, r1, sums, x0, x1, terms, w, count, add, m);
        return;
    }
    const reducer r = {cn_ifma_init(m), cn_ifma_few_init(m), cn_ifma_factor_two52(m)};
    for (size_t i = 0; i < count; i += CN_TURN_STRIP_AVX512)
        for (size_t g = 0; g < sums; g++, w += terms * CN_TURN_STRIP_AVX512) {
            if (terms <= CN_IFMA_FEW) weigh_strip(r0[g], r1[g], x0, x1, terms, i, w, add, true, &r);
            else weigh_strip(r0[g], r1[g], x0, x1, terms, i, w, add, false, &r);
        }
}

#endif
