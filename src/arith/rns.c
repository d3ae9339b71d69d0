/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Chinese remaindering between residues and GMP integers. Decoding of public results and the
 *  multi-precision reference pass through here; the encrypted computation never does. */

#include "arith/rns.h"

#include <limits.h>
#include <math.h>

#include "util/status.h"

_Static_assert(ULONG_MAX == UINT64_MAX, "GMP's unsigned long functions must take 64-bit words");

cn_status cn_rns_init(cn_rns *b, const uint64_t *primes, unsigned count) {
    b->count = 0;
    if (count < 1 || count > CN_RNS_MAX) {
        return cn_fail(CN_ERR_LIMB_COUNT,
                       "residue basis: expected 1 to %d primes, found %u; use fewer primes", CN_RNS_MAX,
                       count);
    }
    for (unsigned i = 0; i < count; i++) {
        if (!cn_mod_init(&b->mod[i], primes[i])) {
            return cn_fail(CN_ERR_LIMB_RANGE,
                           "residue basis: expected odd primes of 2 to %d bits, found %llu; replace it",
                           CN_MOD_BITS_MAX, (unsigned long long)primes[i]);
        }
        for (unsigned k = 0; k < i; k++) {
            if (primes[k] == primes[i]) {
                return cn_fail(CN_ERR_DUPLICATE,
                               "residue basis: expected distinct primes, found %llu twice; replace one",
                               (unsigned long long)primes[i]);
            }
        }
    }
    mpz_init_set_ui(b->product, 1);
    for (unsigned i = 0; i < count; i++) mpz_mul_ui(b->product, b->product, primes[i]);
    for (unsigned i = 0; i < count; i++) {
        mpz_init(b->hat[i]);
        mpz_divexact_ui(b->hat[i], b->product, primes[i]);
        b->hat_inv[i] = cn_mod_inv_var(cn_mpz_mod_word(b->hat[i], &b->mod[i]), &b->mod[i]);
    }
    b->count = count;
    return CN_OK;
}

void cn_rns_clear(cn_rns *b) {
    if (b->count == 0) return;
    for (unsigned i = 0; i < b->count; i++) mpz_clear(b->hat[i]);
    mpz_clear(b->product);
    b->count = 0;
}

void cn_rns_get_mpz(mpz_t x, const uint64_t *res, size_t stride, const cn_rns *b) {
    mpz_set_ui(x, 0);
    for (unsigned i = 0; i < b->count; i++) {
        uint64_t r = res[i * stride];
        CN_VERIFY(r < b->mod[i].q);
        mpz_addmul_ui(x, b->hat[i], cn_mod_mul(r, b->hat_inv[i], &b->mod[i])); /* x < (i + 1) Q */
    }
    mpz_mod(x, x, b->product);
}

void cn_rns_get_mpz_centred(mpz_t x, const uint64_t *res, size_t stride, const cn_rns *b) {
    cn_rns_get_mpz(x, res, stride, b);
    cn_mpz_centre(x, x, b->product);
}

void cn_rns_set_mpz(uint64_t *res, size_t stride, const mpz_t x, const cn_rns *b) {
    for (unsigned i = 0; i < b->count; i++) res[i * stride] = cn_mpz_mod_word(x, &b->mod[i]);
}

uint64_t cn_mpz_mod_word(const mpz_t x, const cn_mod *m) { return mpz_fdiv_ui(x, m->q); }

void cn_mpz_set_i128(mpz_t r, cn_i128 x) {
    cn_u128 a = x < 0 ? -(cn_u128)x : (cn_u128)x;
    uint64_t words[2] = {(uint64_t)a, (uint64_t)(a >> 64)};
    mpz_import(r, 2, -1, sizeof words[0], 0, 0, words);
    if (x < 0) mpz_neg(r, r);
}

bool cn_mpz_get_i128(cn_i128 *r, const mpz_t x) {
    uint64_t words[2] = {0, 0};
    if (mpz_sizeinbase(x, 2) > 127) return false;
    mpz_export(words, NULL, -1, sizeof words[0], 0, 0, x);
    cn_i128 a = (cn_i128)(((cn_u128)words[1] << 64) | words[0]);
    *r = mpz_sgn(x) < 0 ? -a : a;
    return true;
}

void cn_mpz_set_u64(mpz_t r, uint64_t x) { mpz_set_ui(r, x); }

void cn_mpz_centre(mpz_t r, const mpz_t x, const mpz_t t) {
    mpz_t y, twice;
    mpz_init(y);
    mpz_init(twice);
    mpz_fdiv_r(y, x, t); /* [0, t) */
    mpz_mul_2exp(twice, y, 1);
    if (mpz_cmp(twice, t) > 0) mpz_sub(y, y, t);
    mpz_set(r, y);
    mpz_clear(twice);
    mpz_clear(y);
}

double cn_mpz_log2(const mpz_t x) {
    long exponent;
    double mantissa = mpz_get_d_2exp(&exponent, x); /* 0.5 <= |mantissa| < 1, or 0 */
    if (mantissa == 0.0) return -INFINITY;
    return log2(fabs(mantissa)) + (double)exponent;
}
