/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** RNS polynomials: elements of Z_Q[x]/(x^n+1) as one residue polynomial per prime.
 *
 *  Memory: limb-major, limb i at c + i * n. A polynomial knows how many limbs it has and whether it
 *  holds coefficients or NTT points; the ring holds the primes. Limb i always belongs to prime i of
 *  the ring, except that a polynomial with special = true carries the ring's special prime as its
 *  last limb. All residues are reduced between calls; VERIFY builds scan them. */

#ifndef CN_RING_POLY_H
#define CN_RING_POLY_H

#include "ring/ntt.h"

#define CN_RING_PRIMES_MAX 40 /* most primes of one ring, the special one included */

typedef struct cn_ring {
    size_t n;
    unsigned count;    /* ciphertext primes, q_0 .. q_{count-1} */
    bool has_special;
    cn_ntt *ntt;       /* count tables, then the special prime's if there is one */
    cn_shoup *drop;    /* [dropped][kept]: p_dropped^-1 mod p_kept, in the order of the tables; 0 on the diagonal */
} cn_ring;

typedef enum cn_domain { CN_COEFF = 0, CN_NTT = 1 } cn_domain;

typedef struct cn_poly {
    uint64_t *c;       /* limbs * n words */
    size_t n;
    unsigned limbs;    /* including the special limb, if any */
    bool special;      /* last limb belongs to the special prime */
    cn_domain domain;
} cn_poly;

/** Tables for n and count primes, plus special unless it is 0.
 *  Returns: as cn_ntt_init, CN_ERR_LIMB_COUNT, CN_ERR_DUPLICATE. A zeroed struct and a failed one are
 *  allowed in clear. */
cn_status cn_ring_init(cn_ring *r, size_t n, const uint64_t *q, unsigned count, uint64_t special);
void cn_ring_clear(cn_ring *r);

/** NTT tables (and modulus) of limb i of p. */
static inline const cn_ntt *cn_poly_ntt(const cn_poly *p, unsigned i, const cn_ring *r) {
    return &r->ntt[p->special && i + 1 == p->limbs ? r->count : i];
}
static inline uint64_t *cn_poly_limb(const cn_poly *p, unsigned i) { return p->c + (size_t)i * p->n; }

/** A zero polynomial.  limbs <= count counts ciphertext primes only; special adds one more limb; at
 *  least one limb in all.
 *  Returns: CN_OK, CN_ERR_MEMORY (p zeroed). */
cn_status cn_poly_init(cn_poly *p, const cn_ring *r, unsigned limbs, bool special, cn_domain d);
/** The same with unspecified content, for what is written in full. */
cn_status cn_poly_reserve(cn_poly *p, const cn_ring *r, unsigned limbs, bool special, cn_domain d);
/** Release; cn_poly_clear_secret wipes first. Zeroed structs allowed. */
void cn_poly_clear(cn_poly *p);
void cn_poly_clear_secret(cn_poly *p);

/** Same shape required of all operands (limbs, special), same domain of a and b; r takes that domain
 *  and may alias a or b. Time depends on the shape only, here and below. */
void cn_poly_copy(cn_poly *r, const cn_poly *a);
void cn_poly_add(cn_poly *r, const cn_poly *a, const cn_poly *b, const cn_ring *ring);
void cn_poly_sub(cn_poly *r, const cn_poly *a, const cn_poly *b, const cn_ring *ring);
void cn_poly_neg(cn_poly *r, const cn_poly *a, const cn_ring *ring);
/** Pointwise product, and product added to r: all in the NTT domain. */
void cn_poly_mul(cn_poly *r, const cn_poly *a, const cn_poly *b, const cn_ring *ring);
void cn_poly_mul_add(cn_poly *r, const cn_poly *a, const cn_poly *b, const cn_ring *ring);
/** r = w a for a signed integer |w| < 2^62 (time independent of w's value). */
void cn_poly_scale(cn_poly *r, const cn_poly *a, int64_t w, const cn_ring *ring);
/** Add an integer given by its residues k[i] (one per limb) to the constant coefficient: in the NTT
 *  domain to every point, in the coefficient domain to coefficient 0. */
void cn_poly_add_const(cn_poly *r, const uint64_t *k, const cn_ring *ring);

/** Change of domain in place; the present domain must be the other one. */
void cn_poly_to_ntt(cn_poly *p, const cn_ring *ring);
void cn_poly_to_coeff(cn_poly *p, const cn_ring *ring);

/** r <- the coefficients of p, which is in the NTT domain. In: room in r for the limbs of p; no overlap. */
void cn_poly_to_coeff_from(cn_poly *r, const cn_poly *p, const cn_ring *ring);

/** Set to the small signed coefficients v[0..n); p is in the coefficient domain afterwards. Constant
 *  time. */
void cn_poly_set_small(cn_poly *p, const int8_t *v, const cn_ring *ring);

/** Modulus switch in place: drop the last limb (modulus p_last) and divide by it with rounding:
 *      c <- (c - centred(c mod p_last)) / p_last     in every remaining limb.
 *  Works in both domains: NTT-domain input costs one inverse transform and one forward transform per
 *  remaining limb. The last limb may be the special one; at least one other must remain. limbs
 *  decreases by one and special becomes false; what was the last limb is left as it was.
 *  scratch: 2 n words, no overlap with p; holds residues of p afterwards. */
void cn_poly_drop_last(cn_poly *p, uint64_t *scratch, const cn_ring *ring);

/** The same for count polynomials of one shape and domain.  scratch: (count + 1) n words. */
void cn_polys_drop_last(cn_poly *p, unsigned count, uint64_t *scratch, const cn_ring *ring);

#endif
