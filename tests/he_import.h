/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** From the fast library to the multi-precision reference (src/reference): keys, ciphertexts and messages as integer polynomials. */

#ifndef CN_TESTS_HE_IMPORT_H
#define CN_TESTS_HE_IMPORT_H

#include "he/cipher.h"
#include "reference/bfv.h"
#include "reference/yashe.h"

/** Coefficients of a polynomial in either domain, in (-Q/2, Q/2] for its Q.  Out: x, n integers. */
void tst_import_poly(mpz_t *x, const cn_poly *p, const cn_context *ctx);

/** The reference's BFV at a level with limbs primes, with one branch's t and the secret key (of a YASHE' context: 0); no other keys. */
void tst_import_bfv(cn_ref_bfv *b, const cn_secret_key *sk, unsigned limbs, unsigned branch, const cn_context *ctx);

/** Q of a level with limbs primes. */
void tst_import_modulus(mpz_t q, unsigned limbs, const cn_context *ctx);

/** The phase of a ciphertext of either scheme, by the reference.  Out: x, n integers in (-Q/2, Q/2]. */
void tst_import_phase(mpz_t *x, const cn_cipher *c, const cn_secret_key *sk, const cn_context *ctx);

/** A ciphertext; release with cn_ref_cipher_clear. */
cn_ref_cipher tst_import_cipher(const cn_cipher *c, const cn_context *ctx);

/** Coefficients in [0, t) of the message with these n slots; release with cn_ref_free. */
mpz_t *tst_import_message(const uint64_t *slots, unsigned branch, const cn_context *ctx);

#endif
