/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Key generation: secret, public and relinearisation keys.
 *
 *  The relinearisation key encrypts P g_i 2^shift s^2 under s for every digit, g_i the gadget that is 1 modulo q_i and 0
 *  modulo the other primes, so that sum of digit * g_i 2^shift is c2  [Bajard, Eynard, Hasan, Zucca, eprint 2016/510, section 4.5;
 *  Brakerski and Vaikuntanathan's digits when P is absent]. Its security needs circularity: s^2 under s. */

#include <string.h>

#include "he/key.h"
#include "util/ctcheck.h"
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

cn_status cn_sample_error_poly(cn_poly *p, int8_t *tmp, cn_rng *rng, const cn_ring *ring) {
    cn_status status = cn_sample_error(tmp, p->n, rng);
    p->domain = CN_COEFF;
    cn_poly_set_small(p, tmp, ring);
    cn_poly_to_ntt(p, ring);
    cn_wipe(tmp, p->n);
    return status;
}

cn_status cn_secret_key_new(cn_secret_key **out, const cn_context *ctx) {
    if (out) *out = NULL;
    if (!out || !ctx) return cn_fail(CN_ERR_NULL, "secret key: expected result and context, found NULL");
    cn_status status = CN_OK;
    cn_rng *rng = NULL;
    size_t n = ctx->params.n;
    int8_t *v = cn_calloc(n, 1);
    cn_secret_key *sk = cn_calloc(1, sizeof *sk);
    if (!v || !sk) CN_CHECK(CN_ERR_MEMORY);
    memcpy(sk->digest, ctx->digest, 32);
    CN_CHECK(cn_poly_init(&sk->s, &ctx->ring, ctx->params.limbs, ctx->params.special != 0, CN_COEFF));
    CN_CHECK(cn_poly_init(&sk->s2, &ctx->ring, ctx->params.limbs, ctx->params.special != 0, CN_NTT));
    CN_CHECK(cn_poly_init(&sk->minus_s, &ctx->ring, ctx->params.limbs, ctx->params.special != 0, CN_NTT));
    CN_CHECK(cn_rng_new(&rng));
    CN_CHECK(cn_sample_ternary(v, n, rng));
    cn_poly_set_small(&sk->s, v, &ctx->ring);
    cn_poly_to_ntt(&sk->s, &ctx->ring);
    cn_poly_mul(&sk->s2, &sk->s, &sk->s, &ctx->ring);
    cn_poly_neg(&sk->minus_s, &sk->s, &ctx->ring);
    *out = sk;
    sk = NULL;
cleanup:
    cn_secret_key_free(sk);
    cn_free_secret(v, n);
    cn_rng_free(rng);
    return status;
}

void cn_secret_key_free(cn_secret_key *sk) {
    if (!sk) return;
    cn_poly_clear_secret(&sk->s);
    cn_poly_clear_secret(&sk->s2);
    cn_poly_clear_secret(&sk->minus_s);
    cn_free(sk);
}

cn_status cn_public_key_new(cn_public_key **out, const cn_secret_key *sk, const cn_context *ctx) {
    if (out) *out = NULL;
    if (!out || !sk || !ctx) return cn_fail(CN_ERR_NULL, "public key: expected result, secret key and context, found NULL");
    CN_TRY(cn_check_digest(sk->digest, "secret key", ctx));
    cn_status status = CN_OK;
    cn_rng *rng = NULL;
    size_t n = ctx->params.n;
    unsigned limbs = ctx->params.limbs;
    int8_t *tmp = cn_calloc(n, 1);
    cn_poly s = {0};
    cn_public_key *pk = cn_calloc(1, sizeof *pk);
    if (!tmp || !pk) CN_CHECK(CN_ERR_MEMORY);
    memcpy(pk->digest, ctx->digest, 32);
    CN_CHECK(cn_poly_init(&pk->b, &ctx->ring, limbs, false, CN_NTT));
    CN_CHECK(cn_poly_init(&pk->a, &ctx->ring, limbs, false, CN_NTT));
    CN_CHECK(cn_poly_init(&s, &ctx->ring, limbs, false, CN_NTT));
    CN_CHECK(cn_rng_new(&rng));
    CN_CHECK(cn_rng_bytes(rng, pk->seed, sizeof pk->seed));
    CN_PUBLIC(pk->seed, sizeof pk->seed); /* published with the key */
    cn_sample_uniform_poly_var(&pk->a, pk->seed, CN_ROLE_PUBLIC_KEY, 0, &ctx->ring);
    CN_CHECK(cn_sample_error_poly(&pk->b, tmp, rng, &ctx->ring));
    memcpy(s.c, sk->s.c, (size_t)limbs * n * sizeof *s.c); /* all but the special limb */
    cn_poly_mul(&s, &s, &pk->a, &ctx->ring);
    cn_poly_sub(&pk->b, &pk->b, &s, &ctx->ring);
    CN_PUBLIC(pk->b.c, (size_t)limbs * n * sizeof *pk->b.c); /* an RLWE sample */
    *out = pk;
    pk = NULL;
cleanup:
    cn_poly_clear_secret(&s);
    cn_public_key_free(pk);
    cn_free_secret(tmp, n);
    cn_rng_free(rng);
    return status;
}

void cn_public_key_free(cn_public_key *pk) {
    if (!pk) return;
    cn_poly_clear_secret(&pk->b); /* holds the bare error if generation failed half-way */
    cn_poly_clear(&pk->a);
    cn_free(pk);
}

/** b <- b + P 2^shift s^2 in the digit's own limb. */
static void add_gadget(cn_poly *b, const cn_poly *s2, const cn_digit *d, const cn_context *ctx) {
    const cn_mod *q = cn_q(ctx, d->limb);
    cn_shoup g = cn_shoup_init_var(cn_mod_mul(ctx->special_mod_q[d->limb], (uint64_t)1 << d->shift, q), q);
    uint64_t *r = cn_poly_limb(b, d->limb);
    const uint64_t *x = cn_poly_limb(s2, d->limb);
    for (size_t k = 0; k < b->n; k++) r[k] = cn_mod_add(r[k], cn_shoup_mul(x[k], g, q), q);
}

cn_status cn_relin_key_new(cn_relin_key **out, const cn_secret_key *sk, const cn_context *ctx) {
    if (out) *out = NULL;
    if (!out || !sk || !ctx)
        return cn_fail(CN_ERR_NULL, "relinearisation key: expected result, secret key and context, found NULL");
    CN_TRY(cn_check_digest(sk->digest, "secret key", ctx));
    cn_status status = CN_OK;
    cn_rng *rng = NULL;
    cn_poly as = {0};
    size_t n = ctx->params.n;
    unsigned limbs = ctx->params.limbs;
    bool special = ctx->params.special != 0;
    int8_t *tmp = cn_calloc(n, 1);
    cn_relin_key *rk = cn_calloc(1, sizeof *rk);
    if (!tmp || !rk) CN_CHECK(CN_ERR_MEMORY);
    memcpy(rk->digest, ctx->digest, 32);
    rk->digits = ctx->digits[limbs];
    rk->b = cn_calloc(rk->digits, sizeof *rk->b);
    rk->a = cn_calloc(rk->digits, sizeof *rk->a);
    if (!rk->b || !rk->a) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(cn_poly_init(&as, &ctx->ring, limbs, special, CN_NTT));
    CN_CHECK(cn_rng_new(&rng));
    CN_CHECK(cn_rng_bytes(rng, rk->seed, sizeof rk->seed));
    CN_PUBLIC(rk->seed, sizeof rk->seed); /* published with the key */
    for (unsigned d = 0; d < rk->digits; d++) {
        CN_CHECK(cn_poly_init(&rk->b[d], &ctx->ring, limbs, special, CN_NTT));
        CN_CHECK(cn_poly_init(&rk->a[d], &ctx->ring, limbs, special, CN_NTT));
        cn_sample_uniform_poly_var(&rk->a[d], rk->seed, CN_ROLE_RELIN_KEY, d, &ctx->ring);
        CN_CHECK(cn_sample_error_poly(&rk->b[d], tmp, rng, &ctx->ring));
        cn_poly_mul(&as, &rk->a[d], &sk->s, &ctx->ring);
        cn_poly_sub(&rk->b[d], &rk->b[d], &as, &ctx->ring);
        add_gadget(&rk->b[d], &sk->s2, &ctx->digit[d], ctx);
        CN_PUBLIC(rk->b[d].c, (size_t)(limbs + special) * n * sizeof *rk->b[d].c); /* an encryption of s^2 */
    }
    *out = rk;
    rk = NULL;
cleanup:
    cn_poly_clear_secret(&as);
    cn_relin_key_free(rk);
    cn_free_secret(tmp, n);
    cn_rng_free(rng);
    return status;
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

size_t cn_relin_key_wire_bytes(const cn_context *ctx) {
    size_t bits = 0;
    for (unsigned i = 0; i < ctx->params.limbs; i++) bits += cn_q(ctx, i)->bits;
    if (ctx->params.special) bits += ctx->ring.ntt[ctx->params.limbs].mod.bits;
    return CN_SEED_BYTES + ctx->digits[ctx->params.limbs] * (ctx->params.n / 8 * bits);
}
