/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What needs the secret key, scheme by scheme: making keys and decrypting. These objects are no part of a server (doc/architecture.md,
 *  Two libraries). */

#ifndef CN_HE_SECRET_H
#define CN_HE_SECRET_H

#include "he/scheme.h"
#include "util/rng.h"

typedef struct cn_secret_table {
    /* Keys. The objects are zeroed but for the digest; what they hold on failure is released, and wiped, by their _free functions.
     * tmp: n bytes of scratch, wiped by the caller.  Return: CN_OK, CN_ERR_MEMORY, CN_ERR_RANDOM. Constant time. */
    cn_status (*secret_key)(cn_secret_key *sk, int8_t *tmp, cn_rng *rng, const cn_context *ctx);
    cn_status (*public_key)(cn_public_key *pk, const cn_secret_key *sk, int8_t *tmp, cn_rng *rng, const cn_context *ctx);
    cn_status (*relin_key)(cn_relin_key *rk, const cn_secret_key *sk, int8_t *tmp, cn_rng *rng, const cn_context *ctx); /* rk->power is set */

    /* r <- phase in the NTT domain.  Out: r, initialised with the ciphertext's limbs. Constant time in the key. */
    void (*phase)(cn_poly *r, const cn_cipher *c, const cn_secret_key *sk, const cn_context *ctx);
} cn_secret_table;

extern const cn_secret_table cn_secret_bfv, cn_secret_yashe;

/** The table of a context's scheme. */
static inline const cn_secret_table *cn_secret_of(const cn_context *ctx) {
    return ctx->params.scheme == CN_SCHEME_YASHE ? &cn_secret_yashe : &cn_secret_bfv;
}

#endif
