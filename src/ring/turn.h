/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The inner loops of rotations (he/hoist.h): two inner products with a key at points that are moved on the way, and two inner products with the
 *  same weights. What is read only once, keys and weights, lies in the order in which it is read, S words of a row at a time: a processor fetches
 *  one long stream in time, not a dozen short ones. */

#ifndef CN_RING_TURN_H
#define CN_RING_TURN_H

#include "arith/modulus.h"

struct cn_kernels;

#define CN_STRIP 32             /* S; in smaller rings their degree */
#define CN_TURN_POINTS_MAX 256 /* that one call works on at most */
#define CN_TURN_TERMS_MAX 144

static inline size_t cn_strip(size_t n) { return CN_MIN(n, (size_t)CN_STRIP); }

/** One limb of a rotation, with j = index[i] the point of which point i is made:
 *      r0[i] = factor c0[j] + sum_k x[k][j] b[k][j],      r1[i] = sum_k x[k][j] a[k][j].
 *  Points move in groups of CN_NTT_GROUP, or of n if that is less (ring/galois.h). The key has them in the order in which groups stand
 *  afterwards. */
typedef struct cn_turn_row {
    const uint64_t *c0;       /* [n]; NULL: zeros */
    cn_shoup factor;
    const uint64_t *const *x; /* [terms][n]: digits */
    size_t terms;
    const uint64_t *key;      /* [n/S][digits][2][S]: b and a */
    size_t digits;            /* in the key, at least terms */
    const uint32_t *index;    /* [n], from cn_galois_index */
    size_t n;
    const cn_mod *mod;
} cn_turn_row;

/** Turns and weighted sums by the inner products and the additions of a kernel table: its members turn and weigh if it has nothing faster.
 *  Contracts: ring/kernels.h. */
void cn_turn_by(const struct cn_kernels *k, uint64_t *r0, uint64_t *r1, const cn_turn_row *row, size_t from, size_t count, bool add);
void cn_weigh_by(const struct cn_kernels *k, uint64_t *const *r0, uint64_t *const *r1, size_t sums, const uint64_t *const *x0,
                 const uint64_t *const *x1, size_t terms, const uint64_t *w, size_t count, bool add, const cn_mod *m);

#endif
