/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The self-test's algebra, on fresh keys, through the public functions alone. */

#include "cli/selftest.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "util/status.h"

__extension__ typedef unsigned __int128 u128;

typedef struct bench {
    cn_context *ctx;
    cn_secret_key *sk, *other;
    cn_public_key *pk;
    cn_relin_key *rk;
    size_t n;
    unsigned branch;
    uint64_t t;
    int64_t *a, *b;    /* [n] values */
    uint64_t *expected, *found;
    cn_cipher *x, *y;
} bench;

static cn_status expect(bench *w, const char *what) {
    CN_TRY(cn_decrypt(w->found, w->n, w->x, w->sk, w->ctx));
    for (size_t i = 0; i < w->n; i++)
        if (w->found[i] != w->expected[i])
            return cn_fail(CN_ERR_DIGEST, "selftest: %s in slot %zu: expected %llu, found %llu; do not use this build on this machine", what, i,
                           (unsigned long long)w->expected[i], (unsigned long long)w->found[i]);
    return CN_OK;
}

static uint64_t product(uint64_t a, uint64_t b, uint64_t t) { return (uint64_t)((u128)a * b % t); }

/** Slot by slot: (a + b) 3 b, and the product relinearised. */
static cn_status relations(bench *w) {
    for (size_t i = 0; i < w->n; i++) w->expected[i] = (uint64_t)(w->a[i] + w->b[i]) % w->t;
    CN_TRY(cn_add(w->x, w->y, w->ctx));
    CN_TRY(expect(w, "a sum"));
    for (size_t i = 0; i < w->n; i++) w->expected[i] = product(w->expected[i], 3, w->t);
    CN_TRY(cn_mul_scalar(w->x, 3, w->ctx));
    CN_TRY(expect(w, "a multiple"));
    if (cn_cipher_limbs(w->x) < 2) return CN_OK; /* no room for a product */
    for (size_t i = 0; i < w->n; i++) w->expected[i] = product(w->expected[i], (uint64_t)w->b[i], w->t);
    CN_TRY(cn_mul(w->x, w->y, w->ctx));
    CN_TRY(expect(w, "a product"));
    CN_TRY(cn_relinearise(w->x, w->rk, w->ctx));
    return expect(w, "a relinearised product");
}

static cn_status run_branch(bench *w) {
    cn_status status = CN_OK;
    uint64_t z = 1;
    w->t = cn_context_params(w->ctx)->t[w->branch];
    for (size_t i = 0; i < w->n; i++) {
        z = z * 6364136223846793005u + 1442695040888963407u;
        w->a[i] = (int64_t)(i < 2 ? w->t - 1 : z >> 12) % (int64_t)w->t;
        w->b[i] = (int64_t)(i < 1 ? w->t - 1 : z >> 7) % (int64_t)w->t;
    }
    bool secret = cn_context_params(w->ctx)->scheme == CN_SCHEME_BFV;
    CN_CHECK(secret ? cn_encrypt_secret(&w->x, w->a, w->n, w->branch, w->sk, w->ctx)
                    : cn_encrypt_public(&w->x, w->a, w->n, w->branch, w->pk, w->ctx));
    CN_CHECK(secret ? cn_encrypt_secret(&w->y, w->b, w->n, w->branch, w->sk, w->ctx)
                    : cn_encrypt_public(&w->y, w->b, w->n, w->branch, w->pk, w->ctx));
    if (cn_decrypt(w->found, w->n, w->x, w->other, w->ctx) != CN_ERR_NOISE)
        CN_CHECK(cn_fail(CN_ERR_DIGEST, "selftest: a ciphertext under another key: expected a refusal, found none; do not use this build"));
    CN_CHECK(relations(w));
cleanup:
    cn_cipher_free(w->x);
    cn_cipher_free(w->y);
    w->x = w->y = NULL;
    return status;
}

cn_status cn_selftest_relations(const cn_params *params) {
    cn_status status = CN_OK;
    bench w = {.n = params->n};
    w.a = calloc(w.n, sizeof *w.a);
    w.b = calloc(w.n, sizeof *w.b);
    w.expected = calloc(w.n, sizeof *w.expected);
    w.found = calloc(w.n, sizeof *w.found);
    if (!w.a || !w.b || !w.expected || !w.found) CN_CHECK(cn_fail(CN_ERR_MEMORY, "selftest: no memory for %zu slots", w.n));
    CN_CHECK(cn_context_new(&w.ctx, params));
    CN_CHECK(cn_secret_key_new(&w.sk, w.ctx));
    CN_CHECK(cn_secret_key_new(&w.other, w.ctx));
    CN_CHECK(cn_public_key_new(&w.pk, w.sk, w.ctx));
    CN_CHECK(cn_relin_key_new(&w.rk, w.sk, 2, w.ctx));
    for (w.branch = 0; w.branch < params->plains; w.branch++) CN_CHECK(run_branch(&w));
cleanup:
    cn_relin_key_free(w.rk);
    cn_public_key_free(w.pk);
    cn_secret_key_free(w.other);
    cn_secret_key_free(w.sk);
    cn_context_free(w.ctx);
    free(w.a);
    free(w.b);
    free(w.expected);
    free(w.found);
    return status;
}
