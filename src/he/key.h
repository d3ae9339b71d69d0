/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Keys of BFV, as structures. Generation: keygen.c; wiping on release. */

#ifndef CN_HE_KEY_H
#define CN_HE_KEY_H

#include "he/context.h"

struct cn_secret_key {
    uint8_t digest[32]; /* of the parameters */
    cn_poly s;          /* NTT domain, all limbs and the special one */
    cn_poly s2;         /* s^2, the same shape */
    cn_poly minus_s;    /* -s: encryption adds products only */
};

struct cn_public_key {
    uint8_t digest[32];
    uint8_t seed[CN_SEED_BYTES]; /* of a */
    cn_poly b;                   /* -a s + e, NTT domain, all limbs, no special one */
    cn_poly a;
};

struct cn_relin_key {
    uint8_t digest[32];
    uint8_t seed[CN_SEED_BYTES]; /* of all a */
    unsigned digits;
    cn_poly *b;                  /* [digits]: -a s + e + P g s^2, NTT domain, all limbs and the special one */
    cn_poly *a;                  /* [digits] */
};

/** CN_OK if the digest is that of ctx, else CN_ERR_MISMATCH naming the object. */
cn_status cn_check_digest(const uint8_t digest[32], const char *object, const cn_context *ctx);

/** An error polynomial in the NTT domain: centred binomial, wiped intermediate. p has its final shape.
 *  tmp: n bytes of scratch, wiped before return.  Returns: CN_OK, CN_ERR_RANDOM (p zeroed). Constant time. */
cn_status cn_sample_error_poly(cn_poly *p, int8_t *tmp, cn_rng *rng, const cn_ring *ring);

#endif
