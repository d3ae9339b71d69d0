/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Keys as objects: what both sides do with them. keygen.c makes them. */

#include <string.h>

#include "he/scheme.h"
#include "util/mem.h"
#include "util/sha3.h"
#include "util/status.h"

cn_status cn_check_digest(const uint8_t digest[32], const char *object, const cn_context *ctx) {
    if (memcmp(digest, ctx->digest, 32) == 0) return CN_OK;
    char want[65], have[65];
    cn_hex(want, ctx->digest, 32);
    cn_hex(have, digest, 32);
    return cn_fail(CN_ERR_MISMATCH, "%s: belongs to parameters %.16s..., expected %.16s...; use objects of one context", object,
                   have, want);
}

void cn_load_small(cn_poly *p, const int8_t *v, const cn_ring *ring) {
    p->domain = CN_COEFF;
    cn_poly_set_small(p, v, ring);
    cn_poly_to_ntt(p, ring);
}

cn_status cn_sample_error_poly(cn_poly *p, int8_t *tmp, cn_rng *rng, const cn_ring *ring) {
    cn_status status = cn_sample_error(tmp, p->n, rng);
    cn_load_small(p, tmp, ring);
    cn_wipe(tmp, p->n);
    return status;
}

void cn_public_key_free(cn_public_key *pk) {
    if (!pk) return;
    cn_poly_clear_secret(&pk->b); /* holds the bare error if generation failed half-way */
    cn_poly_clear(&pk->a);
    for (unsigned j = 0; j < CN_PLAINS_MAX; j++) cn_poly_clear(&pk->h[j]);
    cn_free(pk);
}

void cn_relin_key_free(cn_relin_key *rk) {
    if (!rk) return;
    for (unsigned d = 0; d < rk->digits; d++) {
        if (rk->b) cn_poly_clear_secret(&rk->b[d]); /* as for public keys */
        if (rk->a) cn_poly_clear(&rk->a[d]);
    }
    cn_free(rk->b);
    cn_free(rk->a);
    cn_free(rk);
}

size_t cn_relin_key_wire_bytes(const cn_relin_key *rk, const cn_context *ctx) { return ctx->scheme->relin_key_bytes(&ctx->params, rk->power); }
