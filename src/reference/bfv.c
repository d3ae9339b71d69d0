/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Textbook BFV [Fan and Vercauteren, eprint 2012/144, section 4]. Slow on purpose; every line is one of the paper's. */

#include "reference/bfv.h"

#include <string.h>

#include "util/verify.h"

void cn_ref_bfv_init(cn_ref_bfv *b, size_t n, const mpz_t q, const mpz_t t, unsigned w_bits) {
    *b = (cn_ref_bfv){.n = n, .w_bits = w_bits, .digits = cn_ref_digits(q, w_bits), .s = cn_ref_new(n)};
    mpz_init_set(b->q, q);
    mpz_init_set(b->t, t);
}

void cn_ref_bfv_clear(cn_ref_bfv *b) {
    if (!b->s) return;
    cn_ref_free(b->s, b->n);
    cn_ref_free(b->p0, b->n);
    cn_ref_free(b->p1, b->n);
    cn_ref_list_free(b->rlk0, b->digits, b->n);
    cn_ref_list_free(b->rlk1, b->digits, b->n);
    mpz_clears(b->q, b->t, NULL);
    memset(b, 0, sizeof *b);
}

cn_ref_cipher cn_ref_cipher_new(unsigned parts, size_t n) {
    cn_ref_cipher c = {.parts = parts};
    for (unsigned k = 0; k < parts; k++) c.c[k] = cn_ref_new(n);
    return c;
}

void cn_ref_cipher_clear(cn_ref_cipher *c, size_t n) {
    for (unsigned k = 0; k < c->parts; k++) cn_ref_free(c->c[k], n);
    *c = (cn_ref_cipher){0};
}

/* ---- keys, encryption, decryption ---------------------------------------------------------- */

/** (r0, r1) = ([-(a s + e) + m]_q, a) for fresh a, e: a public key for m = 0. */
static cn_status hide(mpz_t *r0, mpz_t *r1, mpz_t *m, const cn_ref_bfv *b, cn_rng *rng) {
    cn_status status;
    mpz_t *e = cn_ref_new(b->n);
    CN_CHECK(cn_ref_sample_uniform(r1, b->q, b->n, rng));
    CN_CHECK(cn_ref_sample_error(e, b->n, rng));
    cn_ref_mul(r0, r1, b->s, b->n);
    cn_ref_add(r0, r0, e, b->n);
    for (size_t k = 0; k < b->n; k++) mpz_sub(r0[k], m[k], r0[k]);
    cn_ref_reduce(r0, r0, b->q, b->n);
    cn_ref_reduce(r1, r1, b->q, b->n);
cleanup:
    cn_ref_free(e, b->n);
    return status;
}

cn_status cn_ref_bfv_keygen(cn_ref_bfv *b) {
    cn_status status;
    cn_rng *rng = NULL;
    mpz_t *m = cn_ref_new(b->n), *s2 = cn_ref_new(b->n);
    CN_CHECK(cn_rng_new(&rng));
    CN_CHECK(cn_ref_sample_ternary(b->s, b->n, rng));
    b->p0 = cn_ref_new(b->n);
    b->p1 = cn_ref_new(b->n);
    CN_CHECK(hide(b->p0, b->p1, m, b, rng));
    b->rlk0 = cn_ref_list_new(b->digits, b->n);
    b->rlk1 = cn_ref_list_new(b->digits, b->n);
    cn_ref_mul(s2, b->s, b->s, b->n);
    for (unsigned i = 0; i < b->digits; i++) {
        for (size_t k = 0; k < b->n; k++) mpz_mul_2exp(m[k], s2[k], (mp_bitcnt_t)i * b->w_bits);
        CN_CHECK(hide(b->rlk0[i], b->rlk1[i], m, b, rng));
    }
cleanup:
    cn_rng_free(rng);
    cn_ref_free(m, b->n);
    cn_ref_free(s2, b->n);
    return status;
}

cn_status cn_ref_bfv_encrypt(cn_ref_cipher *c, mpz_t *m, const cn_ref_bfv *b, cn_rng *rng) {
    cn_status status;
    mpz_t *u = cn_ref_new(b->n), *e = cn_ref_new(b->n), *p[2] = {b->p0, b->p1};
    CN_INVARIANT(b->p0 && b->p1);
    *c = cn_ref_cipher_new(2, b->n);
    CN_CHECK(cn_ref_sample_ternary(u, b->n, rng));
    for (unsigned part = 0; part < 2; part++) { /* ([p0 u + e1 + Delta m]_q, [p1 u + e2]_q) */
        CN_CHECK(cn_ref_sample_error(e, b->n, rng));
        cn_ref_mul(c->c[part], p[part], u, b->n);
        cn_ref_add(c->c[part], c->c[part], e, b->n);
        if (part == 0) {
            cn_ref_encode(e, m, b->t, b->q, b->floor, b->n);
            cn_ref_add(c->c[part], c->c[part], e, b->n);
        }
        cn_ref_reduce(c->c[part], c->c[part], b->q, b->n);
    }
cleanup:
    if (status != CN_OK) cn_ref_cipher_clear(c, b->n);
    cn_ref_free(u, b->n);
    cn_ref_free(e, b->n);
    return status;
}

void cn_ref_bfv_phase(mpz_t *x, const cn_ref_cipher *c, const cn_ref_bfv *b) {
    mpz_t *sum = cn_ref_new(b->n); /* x may be a part of c */
    for (unsigned part = c->parts; part-- > 0;) { /* Horner: (c[2] s + c[1]) s + c[0] */
        cn_ref_mul(sum, sum, b->s, b->n);
        cn_ref_add(sum, sum, c->c[part], b->n);
    }
    cn_ref_reduce(x, sum, b->q, b->n);
    cn_ref_free(sum, b->n);
}

void cn_ref_bfv_decrypt(mpz_t *m, const cn_ref_cipher *c, const cn_ref_bfv *b) {
    cn_ref_bfv_phase(m, c, b);
    cn_ref_decode(m, m, b->t, b->q, b->n);
}

/* ---- operations ---------------------------------------------------------------------------- */

void cn_ref_bfv_add(cn_ref_cipher *x, const cn_ref_cipher *y, const cn_ref_bfv *b) {
    CN_INVARIANT(x->parts == y->parts);
    for (unsigned part = 0; part < x->parts; part++) {
        cn_ref_add(x->c[part], x->c[part], y->c[part], b->n);
        cn_ref_reduce(x->c[part], x->c[part], b->q, b->n);
    }
}

cn_ref_cipher cn_ref_bfv_mul(const cn_ref_cipher *x, const cn_ref_cipher *y, const cn_ref_bfv *b) {
    CN_INVARIANT(x->parts == 2 && y->parts == 2);
    cn_ref_cipher r = cn_ref_cipher_new(3, b->n);
    mpz_t *cross = cn_ref_new(b->n);
    cn_ref_mul(r.c[0], x->c[0], y->c[0], b->n);
    cn_ref_mul(r.c[1], x->c[0], y->c[1], b->n);
    cn_ref_mul(cross, x->c[1], y->c[0], b->n);
    cn_ref_add(r.c[1], r.c[1], cross, b->n);
    cn_ref_mul(r.c[2], x->c[1], y->c[1], b->n);
    for (unsigned part = 0; part < 3; part++) { /* [round(t/q .)]_q */
        cn_ref_scale(r.c[part], r.c[part], b->t, b->q, b->n);
        cn_ref_reduce(r.c[part], r.c[part], b->q, b->n);
    }
    cn_ref_free(cross, b->n);
    return r;
}

void cn_ref_bfv_relinearise(cn_ref_cipher *c, const cn_ref_bfv *b) {
    CN_INVARIANT(c->parts == 3 && b->rlk0);
    mpz_t **d = cn_ref_list_new(b->digits, b->n), *product = cn_ref_new(b->n);
    mpz_t **rlk[2] = {b->rlk0, b->rlk1};
    cn_ref_decompose(d, c->c[2], b->w_bits, b->digits, b->n);
    for (unsigned part = 0; part < 2; part++) { /* [c[part] + sum of rlk[i][part] c2^(i)]_q */
        cn_ref_mul_sum(product, rlk[part], d, b->digits, b->n);
        cn_ref_add(c->c[part], c->c[part], product, b->n);
        cn_ref_reduce(c->c[part], c->c[part], b->q, b->n);
    }
    cn_ref_free(c->c[2], b->n);
    c->c[2] = NULL;
    c->parts = 2;
    cn_ref_free(product, b->n);
    cn_ref_list_free(d, b->digits, b->n);
}
