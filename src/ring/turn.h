/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The inner loops of rotations (he/hoist.h): two inner products with a key at points that are moved on the way, and two inner products with the
 *  same weights. What is read only once, keys and weights, lies in the order in which it is read, S words of a row at a time: a processor fetches
 *  one long stream in time, not a dozen short ones. S is min(n, strip of the kernel table). */

#ifndef CN_RING_TURN_H
#define CN_RING_TURN_H

#include "ring/ntt.h"

struct cn_kernels;

#define CN_STRIP_MAX 256
#define CN_TURN_POINTS_MAX 256 /* that one call works on at most */
#define CN_TURN_TERMS_MAX 144

/** One limb of a rotation, with j = index[i] the point of which point i is made:
 *      r0[i] = factor c0[j] + sum_k x[k][j] b[k][j],      r1[i] = sum_k x[k][j] a[k][j].
 *  Points move in blocks of max(S, CN_NTT_GROUP), or of n if that is less (ring/galois.h). The key has blocks in the order in which they stand
 *  afterwards, and the points of a block as they stood before. */
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

/** The points that move together: at least strip of them, in a ring of degree n. */
static inline size_t cn_turn_block(size_t strip, size_t n) { return CN_MIN(n, CN_MAX(strip, (size_t)CN_NTT_GROUP)); }

/** Turns and weighted sums by the inner products and the additions of a kernel table, for any strip: the members turn and weigh of tables that have
 *  nothing faster. Contracts: ring/kernels.h. */
void cn_turn_by(const struct cn_kernels *k, size_t strip, uint64_t *r0, uint64_t *r1, const cn_turn_row *row, size_t from, size_t count, bool add);
void cn_weigh_by(const struct cn_kernels *k, size_t strip, uint64_t *const *r0, uint64_t *const *r1, size_t sums, const uint64_t *const *x0,
                 const uint64_t *const *x1, size_t terms, const uint64_t *w, size_t count, bool add, const cn_mod *m);

#endif
