/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The BFV scheme as in the paper, over GMP integers: an oracle to be read beside
 *      J. Fan and F. Vercauteren, "Somewhat practical fully homomorphic encryption", eprint 2012/144, section 4
 *  (after Z. Brakerski, "Fully homomorphic encryption without modulus switching from classical GapSVP", eprint 2012/078).
 *
 *  No residue number system, no transforms, no factor: a product is round(t/q (c x c')) over the integers. Keys and
 *  ciphertexts come from the library by way of their coefficients. Messages are polynomials with coefficients in [0, t).
 *  [x]_q is x modulo q in (-q/2, q/2]. */

#ifndef CN_TESTS_BFV_TEXTBOOK_H
#define CN_TESTS_BFV_TEXTBOOK_H

#include <gmp.h>

#include "he/cipher.h"

/** The scheme with one secret key: q, t and s in Z[x]/(x^n+1). */
typedef struct tb_bfv {
    size_t n;
    mpz_t q, t;
    mpz_t *s;
} tb_bfv;

/** A ciphertext: c[0] + c[1] s + c[2] s^2, coefficients in (-q/2, q/2]; unused parts are NULL. */
typedef struct tb_cipher {
    unsigned parts;
    mpz_t *c[3];
} tb_cipher;

/** The scheme at a level with limbs primes, and one branch's t. */
void tb_init(tb_bfv *b, const cn_secret_key *sk, unsigned limbs, unsigned branch, const cn_context *ctx);
void tb_clear(tb_bfv *b);

/** Coefficients of a polynomial in either domain, in (-Q/2, Q/2] for its Q.  Out: x, n integers. */
void tb_import_poly(mpz_t *x, const cn_poly *p, const cn_context *ctx);
tb_cipher tb_import(const cn_cipher *c, const cn_context *ctx);
void tb_cipher_clear(tb_cipher *c, size_t n);

/** Coefficients in [0, t) of the message with these n slots; release with tst_mpz_free. */
mpz_t *tb_message(const uint64_t *slots, unsigned branch, const cn_context *ctx);

/** r = round(a / d) for d > 0, halves upwards; r = [x]_q. Aliases allowed. */
void tb_round_div(mpz_t r, const mpz_t a, const mpz_t d);
void tb_reduce(mpz_t r, const mpz_t x, const mpz_t q);

/** [c(s)]_q, n integers. */
void tb_phase(mpz_t *x, const tb_cipher *c, const tb_bfv *b);

/** FV.SH.Decrypt: [round(t/q [c(s)]_q)]_t, in [0, t). */
void tb_decrypt(mpz_t *m, const tb_cipher *c, const tb_bfv *b);

/** FV.SH.Mul without relinearisation: two parts each, three parts out. */
tb_cipher tb_mul(const tb_cipher *x, const tb_cipher *y, const tb_bfv *b);

#endif
