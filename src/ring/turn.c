/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Turns and weighted sums by whatever inner product there is, strip by strip. */

#include "ring/turn.h"

#include <string.h>

#include "ring/kernels.h"

/** r <- (r +) x at count points. */
static void put(const cn_kernels *k, uint64_t *r, const uint64_t *x, size_t count, bool add, const cn_mod *m) {
    if (add) k->add(r, r, x, count, m);
    else memcpy(r, x, count * sizeof *r);
}

/** A strip of the sum with half of the key, before it moves. */
static void sum_strip(const cn_kernels *k, uint64_t *sum, const cn_turn_row *row, size_t source, const uint64_t *key, size_t strip) {
    const uint64_t *x[CN_TURN_TERMS_MAX], *y[CN_TURN_TERMS_MAX];
    for (size_t t = 0; t < row->terms; t++) x[t] = row->x[t] + source, y[t] = key + 2 * t * strip;
    k->dot(sum, x, y, row->terms, strip, row->mod);
}

void cn_turn_by(const cn_kernels *k, size_t strip, uint64_t *r0, uint64_t *r1, const cn_turn_row *row, size_t from, size_t count, bool add) {
    _Alignas(CN_ALIGN) uint64_t sum[2][CN_STRIP_MAX], moved[CN_STRIP_MAX];
    size_t block = cn_turn_block(strip, row->n);
    strip = CN_MIN(row->n, strip);
    CN_VERIFY(row->terms >= 1 && row->terms <= row->digits && row->digits <= CN_TURN_TERMS_MAX);
    CN_VERIFY(count <= CN_TURN_POINTS_MAX && count % block == 0 && from % block == 0);
    for (size_t i = 0; i < count; i += block) {
        const uint32_t *index = row->index + from + i;
        size_t source = index[0] & ~(block - 1);
        for (unsigned half = 0; half < 2; half++)
            for (size_t p = 0; p < block; p += strip)
                sum_strip(k, sum[half] + p, row, source + p, row->key + 2 * row->digits * (from + i + p) + half * strip, strip);
        if (row->c0) {
            k->scale(moved, row->c0 + source, row->factor, block, row->mod);
            k->add(sum[0], sum[0], moved, block, row->mod);
        }
        for (unsigned half = 0; half < 2; half++) {
            uint64_t *r = (half ? r1 : r0) + i, *to = add ? moved : r;
            for (size_t p = 0; p < block; p++) to[p] = sum[half][index[p] - source];
            if (add) k->add(r, r, moved, block, row->mod);
        }
    }
}

void cn_weigh_by(const cn_kernels *k, size_t strip, uint64_t *const *r0, uint64_t *const *r1, size_t sums, const uint64_t *const *x0,
                 const uint64_t *const *x1, size_t terms, const uint64_t *w, size_t count, bool add, const cn_mod *m) {
    const uint64_t *x[2][CN_TURN_TERMS_MAX], *y[CN_TURN_TERMS_MAX];
    _Alignas(CN_ALIGN) uint64_t sum[CN_STRIP_MAX];
    strip = CN_MIN(count, strip);
    CN_VERIFY(terms >= 1 && terms <= CN_TURN_TERMS_MAX && count <= CN_TURN_POINTS_MAX && count % strip == 0);
    for (size_t i = 0; i < count; i += strip) {
        for (size_t t = 0; t < terms; t++) x[0][t] = x0[t] + i, x[1][t] = x1[t] + i;
        for (size_t g = 0; g < sums; g++, w += terms * strip) {
            for (size_t t = 0; t < terms; t++) y[t] = w + t * strip;
            for (unsigned half = 0; half < 2; half++) {
                k->dot(sum, x[half], y, terms, strip, m);
                put(k, (half ? r1 : r0)[g] + i, sum, strip, add, m);
            }
        }
    }
}
