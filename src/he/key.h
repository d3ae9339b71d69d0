/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Keys as structures, of both schemes: what a scheme does not use stays zero. Generation: keygen.c; wiping on release. */

#ifndef CN_HE_KEY_H
#define CN_HE_KEY_H

#include "he/context.h"

#define CN_KEY_ID_BYTES 16

struct cn_secret_key {
    uint8_t digest[32]; /* of the parameters */
    uint8_t id[CN_KEY_ID_BYTES]; /* random; keys made from this one, and what they encrypt, carry it. Public */
    /* BFV */
    cn_poly s;          /* NTT domain, all limbs and the special one; the others have the same shape */
    cn_poly minus_s;    /* -s: encryption adds products only */
    /* YASHE', [branch] */
    cn_poly f[CN_PLAINS_MAX];  /* 1 + t f' */
    cn_poly h[CN_PLAINS_MAX];  /* t g / f: public, kept for public and relinearisation keys */
};

struct cn_public_key {
    uint8_t digest[32];
    uint8_t id[CN_KEY_ID_BYTES];
    /* BFV */
    uint8_t seed[CN_SEED_BYTES]; /* of a */
    cn_poly b;                   /* -a s + e, NTT domain, all limbs, no special one */
    cn_poly a;
    /* YASHE', [branch] */
    cn_poly h[CN_PLAINS_MAX];    /* t g / f */
};

struct cn_relin_key {
    uint8_t digest[32];
    uint8_t id[CN_KEY_ID_BYTES];
    unsigned power;              /* largest that it brings down */
    unsigned digits;             /* polynomials in b: per power from 2 on and digit; YASHE': per power, branch and digit */
    cn_poly *b;                  /* [digits]: -a s + e + P g s^power or e + h u + P g f^(power-1), NTT domain, all limbs and the special one */
    /* BFV */
    uint8_t seed[CN_SEED_BYTES]; /* of all a */
    cn_poly *a;                  /* [digits] */
};

/** CN_OK if the digest is that of ctx, else CN_ERR_MISMATCH naming the object. */
cn_status cn_check_digest(const uint8_t digest[32], const char *object, const cn_context *ctx);

/** p <- NTT(v), small values. p has its final shape. Constant time. */
void cn_load_small(cn_poly *p, const int8_t *v, const cn_ring *ring);

/** An error polynomial in the NTT domain: centred binomial, wiped intermediate. p has its final shape.
 *  tmp: n bytes of scratch, wiped before return.  Returns: CN_OK, CN_ERR_RANDOM (p zeroed). Constant time. */
cn_status cn_sample_error_poly(cn_poly *p, int8_t *tmp, cn_rng *rng, const cn_ring *ring);

#endif
