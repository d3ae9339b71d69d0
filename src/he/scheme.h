/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What differs between the schemes: a small table of functions. Everything else, from slots and digits to segments and formats, is
 *  shared; what needs the secret key stands apart, in secret.h. A ciphertext of power d decrypts under the d-th power of the secret: 1 when fresh or relinearised, 2 after
 *  a square, 3 after a cube.
 *
 *      BFV      parts c0 .. cd,  phase sum c_k s^k                       bfv.c     the default
 *      YASHE'   one part c,      phase f^d c, f = 1 + t f' per branch    yashe.c   research and reproduction only
 *
 *  In both the phase is (Q/t) F m + v modulo Q, so encoding, decoding, scalars, sums and modulus switches do not ask which it is, and
 *  a product is t times the product of the ciphertexts as polynomials in the secret. */

#ifndef CN_HE_SCHEME_H
#define CN_HE_SCHEME_H

#include "he/cipher.h"
#include "he/noise.h"

/** Most small polynomials that one encryption draws. */
#define CN_SMALL_MAX 3

struct cn_scheme_table {
    const char *name;
    const char *label;                    /* what must be said wherever the scheme appears; empty for BFV */
    unsigned parts[CN_POWER_MAX + 1];     /* of a ciphertext of each power */
    bool secret_key_encryption;           /* cn_encrypt_secret exists: part 1 uniform from a seed */
    unsigned public_small;                /* small polynomials per encryption under the public key: error, ternary[, error] */

    /* A fresh ciphertext under the public key.  In: slots as for cn_encode_message; small [public_small][n].  Out: parts[1] parts of all
     * limbs, in BFV of any level, no special one, NTT domain.  u: scratch of the same shape; it holds secrets on return. Constant time. */
    void (*encrypt_public)(cn_poly *part, uint64_t *slots, const int8_t *small, cn_poly *u, unsigned branch, const cn_public_key *pk,
                           const cn_context *ctx);

    /* Relinearise in place to power 1.  In: power 2 or 3, at most rk->power. Allocates nothing. */
    void (*relinearise)(cn_cipher *c, const cn_relin_key *rk, cn_he_scratch *s, const cn_context *ctx);

    /* Bytes of a relinearisation key for powers up to power on the wire. */
    size_t (*relin_key_bytes)(const cn_params *p, unsigned power);

    /* Noise: of a fresh ciphertext; what relinearisation from a power adds at a level; what one modulus switch adds; by what the variance
     * of the product of order noises grows when a ciphertext is read as one of a power higher by by (doc/noise.md, doc/yashe.md). */
    cn_noise (*noise_fresh)(const cn_params *p, uint64_t t, bool public_key);
    cn_noise (*noise_relin)(const cn_params *p, uint64_t t, unsigned limbs, unsigned power);
    cn_noise (*noise_floor)(size_t n, uint64_t t, unsigned power);
    double (*noise_raise)(size_t n, uint64_t t, unsigned order, unsigned by);
    double key_shape; /* at a root the variance of public-key noise is close to a gamma variable of this shape */
};

extern const cn_scheme_table cn_scheme_bfv, cn_scheme_yashe;

/** The table of a scheme, NULL if there is no such scheme. */
const cn_scheme_table *cn_scheme_find(cn_scheme s);

/** The digits of x modulo one prime, transformed: word[k], k < ctx->digits[x->limbs], n words each.
 *  In: x in the NTT domain, no special limb; coeff the same in the coefficient domain; limb the number of the prime, x->limbs for the special
 *  one.  Out: word[k] points into room, digits * n words, or to the limb of x that is the digit itself. */
void cn_decompose(const uint64_t **word, uint64_t *room, const cn_poly *x, const cn_poly *coeff, unsigned limb, const cn_context *ctx);

/** acc[o] <- (1/P) sum_k d_k key[o][k] for o < outputs, with d_k the digits of x at its level.
 *  In: x in the NTT domain, no special limb; key[o] the digits' polynomials, at least the limbs of x, and the special one.
 *  Out: acc[o] in the NTT domain, with the limbs of x. Scratch: c2 and words of s; acc are acc0 and acc1 of s or of the same shape. */
void cn_key_switch(cn_poly *const *acc, const cn_poly *const *key, unsigned outputs, const cn_poly *x, cn_he_scratch *s,
                   const cn_context *ctx);

/** b <- b + P g_k x in the limb of digit k, where its gadget g_k = 2^shift is not 0.  In: x and b of all limbs, NTT domain. */
void cn_add_gadget(cn_poly *b, const cn_poly *x, const cn_digit *d, const cn_context *ctx);

#endif
