/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Negacyclic number-theoretic transform modulo a word prime: Z_q[x]/(x^n+1) <-> Z_q^n.
 *
 *  forward(a)[i] = a(psi^(2 brv(i) + 1)), brv the bit reversal of log2(n) bits, psi the smallest
 *  primitive 2n-th root (cn_root_2n_var). Every back end produces this order and reduced residues,
 *  so results agree byte for byte. Time depends on n only. */

#ifndef CN_RING_NTT_H
#define CN_RING_NTT_H

#include "arith/modulus.h"

#define CN_NTT_SIZE_MAX 65536

typedef struct cn_ntt {
    size_t n;          /* power of two, 2 <= n <= CN_NTT_SIZE_MAX */
    unsigned log_n;
    cn_mod mod;
    cn_shoup *fwd;     /* n entries: psi^brv(i) */
    cn_shoup *inv;     /* n entries: psi^-brv(i) */
    cn_shoup n_inv;    /* n^-1 */
    cn_shoup n_inv_w;  /* n^-1 times the root of the last inverse level */
} cn_ntt;

/** Tables for (n, q).  Returns: CN_OK, CN_ERR_DEGREE, CN_ERR_LIMB_RANGE, CN_ERR_NOT_PRIME,
 *  CN_ERR_CONGRUENCE, CN_ERR_MEMORY. Release with cn_ntt_clear (a zeroed struct, a failed one and a
 *  cleared one are allowed). */
cn_status cn_ntt_init(cn_ntt *p, size_t n, uint64_t q);
void cn_ntt_clear(cn_ntt *p);

/** In place, through the kernel table.  In/out: a, n words.  On input and output reduced. */
void cn_ntt_forward(uint64_t *a, const cn_ntt *p);
void cn_ntt_inverse(uint64_t *a, const cn_ntt *p);

/** The same in portable C: what the portable kernel table holds. */
void cn_ntt_forward_portable(uint64_t *a, const cn_ntt *p);
void cn_ntt_inverse_portable(uint64_t *a, const cn_ntt *p);

/** Straight from the definition, O(n^2), out of place (r and a must not overlap): the oracle. */
void cn_ntt_forward_ref(uint64_t *r, const uint64_t *a, const cn_ntt *p);
void cn_ntt_inverse_ref(uint64_t *r, const uint64_t *a, const cn_ntt *p);

#endif
