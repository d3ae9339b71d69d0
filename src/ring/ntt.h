/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Negacyclic number-theoretic transform modulo a word prime: Z_q[x]/(x^n+1) <-> Z_q^n.
 *
 *  forward(a)[i] = a(psi^(2 brv(cn_ntt_place(i, n)) + 1)), brv the bit reversal of log2(n) bits, psi the smallest primitive 2n-th
 *  root (cn_root_2n_var). The order is bit-reversed but for groups of 64 points, which are transposed as 8 x 8: the order in which
 *  vector code has them after its last levels, so that no back end shuffles them back. Every back end produces this order and
 *  reduced residues, so results agree byte for byte. Time depends on n only. */

#ifndef CN_RING_NTT_H
#define CN_RING_NTT_H

#include "arith/modulus.h"

#define CN_NTT_SIZE_MAX 65536
#define CN_NTT_GROUP 64 /* points that are stored as a transposed 8 x 8 block, if n has as many */

/** Position i of the transform is this position of the bit-reversed order, and the other way round. */
static inline size_t cn_ntt_place(size_t i, size_t n) {
    return n < CN_NTT_GROUP ? i : (i & ~(size_t)63) | (i & 7) << 3 | (i >> 3 & 7);
}

/** Tables of the vector back ends: forward and inverse. Present if the CPU runs the back end and (n, q) is in its range.
 *  First n pairs, entry i for the i-th root of fwd or inv above. Then the roots of the last three levels as vectors, for LANES
 *  (fp 4, ifma 8) neighbouring blocks of 8 points: per LANES blocks 7 pairs of vectors; with j the number of a block, they hold
 *  root n/8 + j, roots n/4 + 2j + (0, 1), roots n/2 + 4j + (0, 1, 2, 3), lane by lane. */
typedef struct cn_ntt_fp {
    double *fwd, *inv;       /* pairs: w centred in [-q/2, q/2], and w/q rounded, off by at most 2^-54.  q < 2^48, n >= 64 */
} cn_ntt_fp;
typedef struct cn_ntt_ifma {
    uint64_t *fwd, *inv;     /* pairs: w, and floor(2^52 w / q).  q < 2^46, n >= 128 */
} cn_ntt_ifma;

typedef struct cn_ntt {
    size_t n;          /* power of two, 2 <= n <= CN_NTT_SIZE_MAX */
    unsigned log_n;
    cn_mod mod;
    cn_shoup *fwd;     /* n entries: psi^brv(i) */
    cn_shoup *inv;     /* n entries: psi^-brv(i) */
    cn_shoup n_inv;    /* n^-1 */
    cn_shoup n_inv_w;  /* n^-1 times the root of the last inverse level */
    cn_ntt_fp fp;      /* for double-precision kernels; NULL where these cannot serve */
    cn_ntt_ifma ifma;  /* for 52-bit integer kernels; likewise */
} cn_ntt;

/** Tables for (n, q).  Returns: CN_OK, CN_ERR_DEGREE, CN_ERR_LIMB_RANGE, CN_ERR_NOT_PRIME,
 *  CN_ERR_CONGRUENCE, CN_ERR_MEMORY. Release with cn_ntt_clear (a zeroed struct, a failed one and a
 *  cleared one are allowed). */
cn_status cn_ntt_init(cn_ntt *p, size_t n, uint64_t q);
void cn_ntt_clear(cn_ntt *p);

/** The tables of the vector back ends: part of cn_ntt_init.  Returns: CN_OK, CN_ERR_MEMORY. */
cn_status cn_ntt_vector_init(cn_ntt *p);

/** In place, through the kernel table.  In/out: a, n words.  On input and output reduced. */
void cn_ntt_forward(uint64_t *a, const cn_ntt *p);
void cn_ntt_inverse(uint64_t *a, const cn_ntt *p);

/** The inverse from a to r, which do not overlap. */
void cn_ntt_inverse_to(uint64_t *r, const uint64_t *a, const cn_ntt *p);

/** The same in portable C: what the portable kernel table holds. */
void cn_ntt_forward_portable(uint64_t *a, const cn_ntt *p);
void cn_ntt_inverse_portable(uint64_t *a, const cn_ntt *p);

/** Straight from the definition, O(n^2), out of place (r and a must not overlap): the oracle. */
void cn_ntt_forward_ref(uint64_t *r, const uint64_t *a, const cn_ntt *p);
void cn_ntt_inverse_ref(uint64_t *r, const uint64_t *a, const cn_ntt *p);

#endif
