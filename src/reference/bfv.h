/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The BFV scheme as in the paper, to be read beside
 *      J. Fan and F. Vercauteren, "Somewhat practical fully homomorphic encryption", eprint 2012/144, section 4
 *  (after Z. Brakerski, "Fully homomorphic encryption without modulus switching from classical GapSVP", eprint 2012/078).
 *
 *  A product is round(t/q (c x c')) over the integers: no factor, no residues. Messages are polynomials with coefficients modulo t.
 *  Differences from the paper: the secret is ternary, and messages are scaled as round(q m / t) unless floor is set. VARIABLE TIME,
 *  see poly.h. Keys and ciphertexts may also come from elsewhere: all fields are plain polynomials. */

#ifndef CN_REFERENCE_BFV_H
#define CN_REFERENCE_BFV_H

#include "reference/poly.h"

/** Parameters and keys. Without public or relinearisation key their fields are NULL. */
typedef struct cn_ref_bfv {
    size_t n;
    mpz_t q, t;
    unsigned w_bits;        /* log2 of the base of relinearisation, the paper's T */
    bool floor;             /* scale messages by floor(q/t), as the paper does */
    mpz_t *s;               /* sk */
    mpz_t *p0, *p1;         /* pk = (-(a s + e), a) */
    unsigned digits;        /* the paper's l + 1 */
    mpz_t **rlk0, **rlk1;   /* [digits]: (-(a_i s + e_i) + T^i s^2, a_i) */
} cn_ref_bfv;

/** A ciphertext: c[0] + c[1] s + c[2] s^2 + c[3] s^3, coefficients in (-q/2, q/2]; unused parts are NULL. */
typedef struct cn_ref_cipher {
    unsigned parts;
    mpz_t *c[4];
} cn_ref_cipher;

/** Parameters, s = 0 and no other keys.  In: n a power of two, q > t > 1, 1 <= w_bits.  A zeroed struct is allowed in clear. */
void cn_ref_bfv_init(cn_ref_bfv *b, size_t n, const mpz_t q, const mpz_t t, unsigned w_bits);
void cn_ref_bfv_clear(cn_ref_bfv *b);

cn_ref_cipher cn_ref_cipher_new(unsigned parts, size_t n); /* zero */
void cn_ref_cipher_clear(cn_ref_cipher *c, size_t n);

/** FV.SH.SecretKeyGen, FV.SH.PublicKeyGen, FV.SH.EvaluateKeyGen (version 1).  In/out: b after cn_ref_bfv_init.
 *  Returns: CN_OK, CN_ERR_MEMORY, CN_ERR_RANDOM. */
cn_status cn_ref_bfv_keygen(cn_ref_bfv *b);

/** FV.SH.Encrypt of m, n integers.  Out: c, two parts, new; none on failure.  Returns: CN_OK, CN_ERR_RANDOM. */
cn_status cn_ref_bfv_encrypt(cn_ref_cipher *c, mpz_t *m, const cn_ref_bfv *b, cn_rng *rng);

/** x = [c(s)]_q. */
void cn_ref_bfv_phase(mpz_t *x, const cn_ref_cipher *c, const cn_ref_bfv *b);

/** FV.SH.Decrypt: m = [round(t/q [c(s)]_q)]_t, in [0, t). */
void cn_ref_bfv_decrypt(mpz_t *m, const cn_ref_cipher *c, const cn_ref_bfv *b);

/** FV.SH.Add: x = x + y, with as many parts. */
void cn_ref_bfv_add(cn_ref_cipher *x, const cn_ref_cipher *y, const cn_ref_bfv *b);

/** FV.SH.Mul without relinearisation: two parts each.  Returns: a new ciphertext of three. */
cn_ref_cipher cn_ref_bfv_mul(const cn_ref_cipher *x, const cn_ref_cipher *y, const cn_ref_bfv *b);

/** FV.SH.Relin, version 1: three parts become two. */
void cn_ref_bfv_relinearise(cn_ref_cipher *c, const cn_ref_bfv *b);

#endif
