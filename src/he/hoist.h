/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Many rotations of one ciphertext at the price of few (he/rotate.h). The digits of c1 do not depend on the rotation: one decomposition serves
 *  all (hoisting). Sums of rotated pairs, each multiplied by a plaintext or not, are formed modulo QP and divided by P once (lazy division). */

#ifndef CN_HE_HOIST_H
#define CN_HE_HOIST_H

#include "he/rotate.h"

/** Keys of rotations as sums read them: limb by limb in the order of ring/turn.h. */
typedef struct cn_turn_key {
    unsigned rotation;
    unsigned limbs, digits; /* as in the part that it was made from */
    const uint32_t *index;  /* of that part */
    const uint64_t *words;  /* [limbs, then the special one][n/S][digits][2][S] */
} cn_turn_key;

typedef struct cn_turn_keys {
    size_t count;
    cn_turn_key *key; /* [count] */
    uint64_t *words;  /* of all */
} cn_turn_keys;

/** All parts of a rotation key, which must outlive them.  Out: *t, released with cn_turn_keys_free.  Returns: CN_OK, CN_ERR_MEMORY. */
cn_status cn_turn_keys_new(cn_turn_keys **t, const cn_rotation_key *rk, const cn_context *ctx);
void cn_turn_keys_free(cn_turn_keys *t);

/** The key of a rotation, NULL if there is none. */
const cn_turn_key *cn_turn_key_find(const cn_turn_keys *t, unsigned rotation);

#define CN_HOIST_TURNS 8    /* terms that are worked on together, */
#define CN_HOIST_SUMS 256   /* that weights may be for at most */
#define CN_HOIST_POINTS 256 /* at so many points */

/** Plaintexts of sums, as they are read: limb by limb and, within one, CN_HOIST_TURNS turns at a time, the last time those that are left:
 *  [n/S][sums][turns][S]. */
typedef struct cn_turn_weights {
    uint64_t *words;
    unsigned limbs; /* the special one is the last of them, if there is one */
    size_t sums, turns;
} cn_turn_weights;

/** Room for limbs limbs.  Out: *w, released with cn_turn_weights_clear, also if it fails. Returns: CN_OK, CN_ERR_MEMORY. */
cn_status cn_turn_weights_init(cn_turn_weights *w, unsigned limbs, size_t sums, size_t turns, size_t n);
void cn_turn_weights_clear(cn_turn_weights *w);

/** One of them.  In: p in the NTT domain, with the limbs of w. */
void cn_turn_weights_set(cn_turn_weights *w, size_t sum, size_t turn, const cn_poly *p);

/** acc[g] <- acc[g] + sum_k w_gk P sigma_k(c), g < sums: sums modulo QP. Without add the former acc counts as 0.
 *  In: c[0], c[1] in the NTT domain, same limbs, no special one; the key of each sigma_k, k < turns, NULL for the identity, of at least these limbs;
 *  w for as many sums and turns, with the limbs of c and the special one, or NULL for ones.
 *  Out: acc[g][0] and acc[g][1], which have room, with the limbs of c and the special one, NTT domain; other memory than c.
 *  Scratch: c2 and words of s. */
void cn_hoist_sum(cn_poly *const *acc, size_t sums, const cn_poly c[2], const cn_turn_key *const *turn, size_t turns, const cn_turn_weights *w,
                  bool add, cn_he_scratch *s, const cn_context *ctx);

/** acc <- acc / P, rounded. Scratch: words of s. */
void cn_hoist_divide(cn_poly acc[2], cn_he_scratch *s, const cn_context *ctx);

#endif
