/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The scheme YASHE' as in the paper, to be read beside
 *      J. Bos, K. Lauter, J. Loftus, M. Naehrig, "Improved security for a ring-based fully homomorphic encryption scheme",
 *      eprint 2013/075: the more practical variant of the leveled scheme, with f instead of tensors in the evaluation key.
 *
 *  A ciphertext is one polynomial c; under a key f = 1 modulo t its phase is
 *      [f^k c]_q = (q/t) m + v,      correct while |v| < q/(2t),
 *  k = 1 when fresh, doubled by a product, brought back from 2 to 1 by the key switch (which may come later: sums of products may
 *  lie between). Difference from the paper: messages are scaled as round(q m / t) unless floor is set; with floor(q/t) the noise
 *  has a term (q mod t) f' m more.
 *
 *  Public keys h = t g / f are NTRU keys. With q as large as products need, they are overstretched: f can be found from h by lattice
 *  reduction (M. Albrecht, S. Bai, L. Ducas, eprint 2016/127; P. Kirchner, P.-A. Fouque, eprint 2016/717). VARIABLE TIME, see
 *  poly.h. */

#ifndef CN_REFERENCE_YASHE_H
#define CN_REFERENCE_YASHE_H

#include "reference/poly.h"

typedef struct cn_ref_yashe {
    size_t n;
    mpz_t q, t;
    unsigned w_bits;    /* log2 of the word w of the key switch */
    unsigned digits;    /* of q in base w */
    bool floor;         /* scale messages by floor(q/t), as the paper does */
} cn_ref_yashe;

/** Keys; all coefficients in (-q/2, q/2]. They may also come from elsewhere. */
typedef struct cn_ref_yashe_keys {
    mpz_t *f;           /* secret: [t f' + 1]_q */
    mpz_t *h;           /* public: [t g f^-1]_q */
    mpz_t **evk;        /* public, [digits]: [w^i f + e_i + h s_i]_q, for the switch from f^2 to f */
} cn_ref_yashe_keys;

/** In: n a power of two, q > t > 1, 1 <= w_bits. A zeroed struct is allowed in clear. */
void cn_ref_yashe_init(cn_ref_yashe *y, size_t n, const mpz_t q, const mpz_t t, unsigned w_bits);
void cn_ref_yashe_clear(cn_ref_yashe *y);

/** Room for keys, zero. A zeroed struct is allowed in clear. */
void cn_ref_yashe_keys_init(cn_ref_yashe_keys *k, const cn_ref_yashe *y);
void cn_ref_yashe_keys_clear(cn_ref_yashe_keys *k, const cn_ref_yashe *y);

/** YASHE'.KeyGen: f', g ternary, until f is invertible; s_i, e_i from the error distribution.  In/out: k after init.
 *  Returns: CN_OK, CN_ERR_RANDOM. */
cn_status cn_ref_yashe_keygen(cn_ref_yashe_keys *k, const cn_ref_yashe *y, cn_rng *rng);

/** YASHE'.Enc: c = [round(q m / t) + e + h s]_q for m, n integers.  Returns: CN_OK, CN_ERR_RANDOM. The second one with given e, s. */
cn_status cn_ref_yashe_encrypt(mpz_t *c, mpz_t *m, mpz_t *h, const cn_ref_yashe *y, cn_rng *rng);
void cn_ref_yashe_encrypt_with(mpz_t *c, mpz_t *m, mpz_t *h, mpz_t *e, mpz_t *s, const cn_ref_yashe *y);

/** x = [f^power c]_q, power >= 1. */
void cn_ref_yashe_phase(mpz_t *x, mpz_t *c, mpz_t *f, unsigned power, const cn_ref_yashe *y);

/** YASHE'.Dec under f^power: m = [round(t/q [f^power c]_q)]_t, in [0, t). */
void cn_ref_yashe_decrypt(mpz_t *m, mpz_t *c, mpz_t *f, unsigned power, const cn_ref_yashe *y);

/** YASHE'.Mult without its key switch: r = [round(t/q a b)]_q, for f^(j + k) if a, b were for f^j and f^k.
 *  In: a, b in (-q/2, q/2]. */
void cn_ref_yashe_mul(mpz_t *r, mpz_t *a, mpz_t *b, const cn_ref_yashe *y);

/** YASHE'.KeySwitch: r = [<Decomp_w(c), evk>]_q, from f^2 to f.  In: c in (-q/2, q/2]. */
void cn_ref_yashe_key_switch(mpz_t *r, mpz_t *c, mpz_t **evk, const cn_ref_yashe *y);

#endif
