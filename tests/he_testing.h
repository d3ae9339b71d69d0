/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What the suites of the encryption layer share: parameter records made to measure, a set of keys, random slots, and
 *  comparisons of whole ciphertexts. Everything here fails the running test instead of returning a status. */

#ifndef CN_TESTS_HE_TESTING_H
#define CN_TESTS_HE_TESTING_H

#include "he/cipher.h"

/** A record: limbs greatest primes below 2^bits; a special prime just below 2^special_bits unless that is 0; plains least
 *  primes from t_low up; digit_bits as in cn_params. All distinct and 1 modulo 2n. Not checked. */
cn_params tst_he_params(size_t n, unsigned limbs, unsigned bits, unsigned special_bits, unsigned plains, uint64_t t_low,
                        unsigned digit_bits);

/** A context and one key of each kind. YASHE' records need not be secure. */
typedef struct tst_he {
    size_t n;
    cn_context *ctx;
    cn_secret_key *sk;
    cn_public_key *pk;
    cn_relin_key *rk;
} tst_he;

tst_he tst_he_new(const cn_params *p);
void tst_he_free(tst_he *h);

/** Set i < TST_HE_SETS of realistic size: n = 4096 with digits in pieces; n = 8192 with a special prime and two branches;
 *  n = 4096 with a t wider than any q; from TST_HE_YASHE on YASHE' with digits in pieces, and with a special prime. */
#define TST_HE_SETS 5
#define TST_HE_YASHE 3
tst_he tst_he_realistic(int i);

/** n random values modulo the prime of a branch, biased to its extremes.  Release with free. */
uint64_t *tst_slots(const tst_he *h, unsigned branch);

/** Encrypt n values modulo the prime of the branch, with the secret key or the public one (YASHE': always that). */
cn_cipher *tst_encrypt(const tst_he *h, const uint64_t *values, unsigned branch, bool public);

/** Decrypt and compare all n slots. */
void tst_expect_slots(const tst_he *h, const cn_cipher *c, const uint64_t *values);

/** A copy, and whether two ciphertexts agree in every field and residue. */
cn_cipher *tst_copy(const cn_cipher *c);
bool tst_same(const cn_cipher *a, const cn_cipher *b);

/** n-slot arithmetic modulo the prime of a branch: r may be a or b. */
void tst_slots_add(uint64_t *r, const uint64_t *a, const uint64_t *b, const tst_he *h, unsigned branch);
void tst_slots_sub(uint64_t *r, const uint64_t *a, const uint64_t *b, const tst_he *h, unsigned branch);
void tst_slots_mul(uint64_t *r, const uint64_t *a, const uint64_t *b, const tst_he *h, unsigned branch);

#endif
