/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Shared pieces of the suites of the encryption layer. */

#include "he_testing.h"

#include <stdlib.h>
#include <string.h>

#include "arith/prime.h"
#include "he/params.h"
#include "he/scheme.h"
#include "testing.h"

cn_params tst_he_params(size_t n, unsigned limbs, unsigned bits, unsigned special_bits, unsigned plains, uint64_t t_low,
                        unsigned digit_bits) {
    cn_params p = {.n = n, .limbs = limbs, .plains = plains, .digit_bits = digit_bits};
    uint64_t step = 2 * (uint64_t)n, below = ((uint64_t)1 << bits) - 1;
    for (unsigned i = 0; i < limbs; i++) {
        p.q[i] = cn_prime_below_var(below, step + 1, step);
        below = p.q[i] - 1;
    }
    if (special_bits != bits) below = ((uint64_t)1 << special_bits) - 1;
    if (special_bits) p.special = cn_prime_below_var(below, step + 1, step);
    for (unsigned j = 0; j < plains; j++) {
        p.t[j] = cn_prime_above_var(t_low, (uint64_t)1 << 50, step);
        t_low = p.t[j] + 1;
    }
    return p;
}

tst_he tst_he_new(const cn_params *p) {
    tst_he h = {.n = p->n};
    bool before = cn_test_allow_toy_rings(true); /* YASHE' is not secure at these sizes; BFV records pass as they are, or are toys */
    if (p->scheme == CN_SCHEME_BFV) cn_test_allow_toy_rings(before);
    ck_assert_msg(cn_context_new(&h.ctx, p) == CN_OK, "%s", cn_error_text());
    cn_test_allow_toy_rings(before);
    ck_assert_int_eq(cn_secret_key_new(&h.sk, h.ctx), CN_OK);
    ck_assert_int_eq(cn_public_key_new(&h.pk, h.sk, h.ctx), CN_OK);
    ck_assert_int_eq(cn_relin_key_new(&h.rk, h.sk, 3, h.ctx), CN_OK);
    return h;
}

void tst_he_free(tst_he *h) {
    cn_relin_key_free(h->rk);
    cn_public_key_free(h->pk);
    cn_secret_key_free(h->sk);
    cn_context_free(h->ctx);
    memset(h, 0, sizeof *h);
}

tst_he tst_he_realistic(int i) {
    cn_params p = i == 0   ? tst_he_params(4096, 3, 35, 0, 1, 40000, 12)
                  : i == 1 ? tst_he_params(8192, 4, 40, 46, 2, (uint64_t)1 << 24, 0)
                  : i == 2 ? tst_he_params(4096, 4, 26, 0, 1, (uint64_t)1 << 27, 0)
                  : i == 3 ? tst_he_params(4096, 5, 38, 0, 2, (uint64_t)1 << 17, 13)
                           : tst_he_params(8192, 6, 40, 46, 2, (uint64_t)1 << 24, 0);
    if (i >= 3) p.scheme = CN_SCHEME_YASHE;
    return tst_he_new(&p);
}

static uint64_t *new_words(size_t n) {
    uint64_t *w = calloc(n, sizeof *w);
    ck_assert_ptr_nonnull(w);
    return w;
}

uint64_t *tst_slots(const tst_he *h, unsigned branch) {
    uint64_t *v = new_words(h->n);
    for (size_t k = 0; k < h->n; k++) v[k] = tst_biased(cn_t(h->ctx, branch)->q);
    return v;
}

cn_cipher *tst_encrypt(const tst_he *h, const uint64_t *values, unsigned branch, bool public) {
    public |= !h->ctx->scheme->secret_key_encryption;
    cn_cipher *c = NULL;
    const int64_t *v = (const int64_t *)values; /* below 2^50: the same numbers */
    cn_status s = public ? cn_encrypt_public(&c, v, h->n, branch, h->pk, h->ctx)
                         : cn_encrypt_secret(&c, v, h->n, branch, h->sk, h->ctx);
    ck_assert_int_eq(s, CN_OK);
    return c;
}

void tst_expect_slots(const tst_he *h, const cn_cipher *c, const uint64_t *values) {
    uint64_t *found = new_words(h->n);
    ck_assert_msg(cn_decrypt(found, h->n, c, h->sk, h->ctx) == CN_OK, "%s", cn_error_text());
    for (size_t k = 0; k < h->n; k++) TST_EQ(found[k], values[k]);
    free(found);
}

cn_cipher *tst_copy(const cn_cipher *c) {
    cn_cipher *copy = NULL;
    ck_assert_int_eq(cn_cipher_copy(&copy, c), CN_OK);
    return copy;
}

bool tst_same(const cn_cipher *a, const cn_cipher *b) {
    if (memcmp(a->digest, b->digest, 32) != 0 || a->parts != b->parts || a->power != b->power) return false;
    if (a->branch != b->branch || a->factor != b->factor) return false;
    for (unsigned k = 0; k < a->parts; k++) {
        const cn_poly *x = &a->part[k], *y = &b->part[k];
        if (x->n != y->n || x->limbs != y->limbs || x->domain != y->domain) return false;
        if (memcmp(x->c, y->c, (size_t)x->limbs * x->n * sizeof *x->c) != 0) return false;
    }
    return true;
}

void tst_slots_add(uint64_t *r, const uint64_t *a, const uint64_t *b, const tst_he *h, unsigned branch) {
    uint64_t t = cn_t(h->ctx, branch)->q;
    for (size_t k = 0; k < h->n; k++) r[k] = (a[k] + b[k]) % t;
}

void tst_slots_sub(uint64_t *r, const uint64_t *a, const uint64_t *b, const tst_he *h, unsigned branch) {
    uint64_t t = cn_t(h->ctx, branch)->q;
    for (size_t k = 0; k < h->n; k++) r[k] = (a[k] + t - b[k]) % t;
}

void tst_slots_mul(uint64_t *r, const uint64_t *a, const uint64_t *b, const tst_he *h, unsigned branch) {
    uint64_t t = cn_t(h->ctx, branch)->q;
    for (size_t k = 0; k < h->n; k++) r[k] = (uint64_t)((cn_u128)a[k] * b[k] % t);
}
