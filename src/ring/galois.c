/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Permutations of NTT points. Public numbers only, but for what cn_galois_apply moves. */

#include "ring/galois.h"

unsigned cn_rotation_inverse(unsigned rotation, size_t n) {
    unsigned columns = rotation & ~(unsigned)CN_ROTATE_SWAP;
    return (rotation & CN_ROTATE_SWAP) | (columns ? (unsigned)(n / 2) - columns : 0);
}

unsigned cn_rotation_compose(unsigned a, unsigned b, size_t n) {
    unsigned columns = (a & ~(unsigned)CN_ROTATE_SWAP) + (b & ~(unsigned)CN_ROTATE_SWAP);
    return ((a ^ b) & CN_ROTATE_SWAP) | columns % (unsigned)(n / 2);
}

size_t cn_rotation_exponent(unsigned rotation, size_t n) {
    size_t g = 1, power = 3;
    for (unsigned k = rotation & ~(unsigned)CN_ROTATE_SWAP; k; k /= 2) {
        if (k & 1) g = g * power % (2 * n);
        power = power * power % (2 * n);
    }
    return rotation & CN_ROTATE_SWAP ? 2 * n - g : g;
}

/** Reverse the log2(n) lowest bits. */
static size_t reversed(size_t x, size_t n) {
    size_t r = 0;
    for (size_t bit = 1; bit < n; bit *= 2) r = 2 * r + ((x & bit) != 0);
    return r;
}

/** e(i) of the header, and the other way round: bit reversal and places are their own inverses. */
static size_t exponent_of(size_t i, size_t n) { return 2 * reversed(cn_ntt_place(i, n), n) + 1; }
static size_t position_of(size_t exponent, size_t n) { return cn_ntt_place(reversed(exponent / 2, n), n); }

void cn_galois_index(uint32_t *index, size_t g, size_t n) {
    for (size_t i = 0; i < n; i++) index[i] = (uint32_t)position_of(g * exponent_of(i, n) % (2 * n), n);
}

void cn_galois_slots(uint32_t *position, size_t n) {
    size_t e = 1;
    for (size_t column = 0; column < n / 2; column++, e = 3 * e % (2 * n)) {
        position[column] = (uint32_t)position_of(e, n);
        position[n / 2 + column] = (uint32_t)position_of(2 * n - e, n);
    }
}

void cn_galois_apply(uint64_t *r, const uint64_t *a, const uint32_t *index, size_t n) {
    for (size_t i = 0; i < n; i++) r[i] = a[index[i]];
}
