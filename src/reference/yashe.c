/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Textbook YASHE' [Bos, Lauter, Loftus, Naehrig, eprint 2013/075]. Slow on purpose; every line is one of the paper's. */

#include "reference/yashe.h"

#include <string.h>

#include "util/verify.h"

void cn_ref_yashe_init(cn_ref_yashe *y, size_t n, const mpz_t q, const mpz_t t, unsigned w_bits) {
    *y = (cn_ref_yashe){.n = n, .w_bits = w_bits, .digits = cn_ref_digits(q, w_bits)};
    mpz_init_set(y->q, q);
    mpz_init_set(y->t, t);
}

void cn_ref_yashe_clear(cn_ref_yashe *y) {
    if (y->n) mpz_clears(y->q, y->t, NULL);
    memset(y, 0, sizeof *y);
}

void cn_ref_yashe_keys_init(cn_ref_yashe_keys *k, const cn_ref_yashe *y) {
    *k = (cn_ref_yashe_keys){.f = cn_ref_new(y->n), .h = cn_ref_new(y->n), .evk = cn_ref_list_new(y->digits, y->n)};
}

void cn_ref_yashe_keys_clear(cn_ref_yashe_keys *k, const cn_ref_yashe *y) {
    cn_ref_free(k->f, y->n);
    cn_ref_free(k->h, y->n);
    cn_ref_list_free(k->evk, y->digits, y->n);
    *k = (cn_ref_yashe_keys){0};
}

/* ---- keys ---------------------------------------------------------------------------------- */

/** f = [t f' + 1]_q and h = [t g f^-1]_q. */
static cn_status make_pair(cn_ref_yashe_keys *k, const cn_ref_yashe *y, cn_rng *rng) {
    cn_status status;
    mpz_t *g = cn_ref_new(y->n), *inverse = cn_ref_new(y->n);
    do {
        CN_CHECK(cn_ref_sample_ternary(k->f, y->n, rng));
        for (size_t i = 0; i < y->n; i++) mpz_mul(k->f[i], k->f[i], y->t);
        mpz_add_ui(k->f[0], k->f[0], 1);
        cn_ref_reduce(k->f, k->f, y->q, y->n);
    } while (!cn_ref_inverse(inverse, k->f, y->q, y->n));
    CN_CHECK(cn_ref_sample_ternary(g, y->n, rng));
    for (size_t i = 0; i < y->n; i++) mpz_mul(g[i], g[i], y->t);
    cn_ref_mul(k->h, g, inverse, y->n);
    cn_ref_reduce(k->h, k->h, y->q, y->n);
cleanup:
    cn_ref_free(g, y->n);
    cn_ref_free(inverse, y->n);
    return status;
}

/** r = [m + e + h s]_q: what encryption and the evaluation key have in common. */
static void hide(mpz_t *r, mpz_t *m, mpz_t *h, mpz_t *e, mpz_t *s, const cn_ref_yashe *y) {
    mpz_t *product = cn_ref_new(y->n);
    cn_ref_mul(product, h, s, y->n);
    cn_ref_add(product, product, e, y->n);
    cn_ref_add(product, product, m, y->n);
    cn_ref_reduce(r, product, y->q, y->n);
    cn_ref_free(product, y->n);
}

static cn_status sample_hide(mpz_t *r, mpz_t *m, mpz_t *h, const cn_ref_yashe *y, cn_rng *rng) {
    cn_status status;
    mpz_t *e = cn_ref_new(y->n), *s = cn_ref_new(y->n);
    CN_CHECK(cn_ref_sample_error(e, y->n, rng));
    CN_CHECK(cn_ref_sample_error(s, y->n, rng));
    hide(r, m, h, e, s, y);
cleanup:
    cn_ref_free(e, y->n);
    cn_ref_free(s, y->n);
    return status;
}

cn_status cn_ref_yashe_keygen(cn_ref_yashe_keys *k, const cn_ref_yashe *y, cn_rng *rng) {
    cn_status status = make_pair(k, y, rng);
    mpz_t *power = cn_ref_new(y->n); /* P_w(f): w^i f */
    for (unsigned i = 0; i < y->digits && status == CN_OK; i++) {
        for (size_t j = 0; j < y->n; j++) mpz_mul_2exp(power[j], k->f[j], (mp_bitcnt_t)i * y->w_bits);
        status = sample_hide(k->evk[i], power, k->h, y, rng);
    }
    cn_ref_free(power, y->n);
    return status;
}

/* ---- encryption, decryption ---------------------------------------------------------------- */

void cn_ref_yashe_encrypt_with(mpz_t *c, mpz_t *m, mpz_t *h, mpz_t *e, mpz_t *s, const cn_ref_yashe *y) {
    mpz_t *scaled = cn_ref_new(y->n);
    cn_ref_encode(scaled, m, y->t, y->q, y->floor, y->n);
    hide(c, scaled, h, e, s, y);
    cn_ref_free(scaled, y->n);
}

cn_status cn_ref_yashe_encrypt(mpz_t *c, mpz_t *m, mpz_t *h, const cn_ref_yashe *y, cn_rng *rng) {
    mpz_t *scaled = cn_ref_new(y->n);
    cn_ref_encode(scaled, m, y->t, y->q, y->floor, y->n);
    cn_status status = sample_hide(c, scaled, h, y, rng);
    cn_ref_free(scaled, y->n);
    return status;
}

void cn_ref_yashe_phase(mpz_t *x, mpz_t *c, mpz_t *f, unsigned power, const cn_ref_yashe *y) {
    cn_ref_reduce(x, c, y->q, y->n);
    for (unsigned i = 0; i < power; i++) {
        cn_ref_mul(x, x, f, y->n);
        cn_ref_reduce(x, x, y->q, y->n);
    }
}

void cn_ref_yashe_decrypt(mpz_t *m, mpz_t *c, mpz_t *f, unsigned power, const cn_ref_yashe *y) {
    cn_ref_yashe_phase(m, c, f, power, y);
    cn_ref_decode(m, m, y->t, y->q, y->n);
}

/* ---- operations ---------------------------------------------------------------------------- */

void cn_ref_yashe_mul(mpz_t *r, mpz_t *a, mpz_t *b, const cn_ref_yashe *y) {
    cn_ref_mul(r, a, b, y->n);
    cn_ref_scale(r, r, y->t, y->q, y->n);
    cn_ref_reduce(r, r, y->q, y->n);
}

void cn_ref_yashe_key_switch(mpz_t *r, mpz_t *c, mpz_t **evk, const cn_ref_yashe *y) {
    mpz_t **d = cn_ref_list_new(y->digits, y->n);
    cn_ref_decompose(d, c, y->w_bits, y->digits, y->n);
    cn_ref_mul_sum(r, d, evk, y->digits, y->n);
    cn_ref_reduce(r, r, y->q, y->n);
    cn_ref_list_free(d, y->digits, y->n);
}
