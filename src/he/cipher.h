/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The ciphertext structure and the pieces from which the public operations and the batched evaluator are both made. */

#ifndef CN_HE_CIPHER_H
#define CN_HE_CIPHER_H

#include "he/context.h"
#include "he/key.h"

struct cn_cipher {
    uint8_t digest[32];
    unsigned power;                /* of the secret, 1 to CN_POWER_MAX */
    unsigned parts;                /* what the scheme has for this power */
    unsigned branch;
    uint64_t factor;               /* F in [1, t) */
    cn_poly part[CN_PARTS_MAX];    /* NTT domain, same limbs; unused ones are zero structs, but within an evaluation */
};

/** A ciphertext with factor 1 and unspecified residues: to be written in full.  Returns: CN_OK, CN_ERR_MEMORY. Release with cn_cipher_free. */
cn_status cn_cipher_new(cn_cipher **c, unsigned power, unsigned limbs, unsigned branch, const cn_context *ctx);

/** The same in the memory of a ciphertext that had at least this power and as many primes when it was made: allocates nothing. */
void cn_cipher_renew(cn_cipher *c, unsigned power, unsigned limbs, unsigned branch, const cn_context *ctx);

/** Scratch for cn_relin_core and cn_switch_core, one per thread. */
typedef struct cn_he_scratch {
    cn_poly acc0, acc1;  /* accumulators, all limbs and the special one */
    cn_poly c2;          /* a part in the coefficient domain */
    uint64_t *words;     /* a polynomial per digit, at least one more than a ciphertext has parts */
} cn_he_scratch;

/** Returns: CN_OK, CN_ERR_MEMORY. Zeroed struct allowed in clear. */
cn_status cn_he_scratch_init(cn_he_scratch *s, const cn_context *ctx);
void cn_he_scratch_clear(cn_he_scratch *s);

/** Relinearise in place: power 2 or 3 to 1. Allocates and releases nothing: part[parts] and up keep their memory. */
void cn_relin_core(cn_cipher *c, const cn_relin_key *rk, cn_he_scratch *s, const cn_context *ctx);

/** Switch in place down to limbs primes. Allocates nothing. */
void cn_switch_core(cn_cipher *c, unsigned limbs, cn_he_scratch *s, const cn_context *ctx);

/** Slot words from count <= n signed values, reduced modulo t of the branch; the rest 0.
 *  Out: slots, n words, reduced. Constant time in the values. */
void cn_load_slots(uint64_t *slots, const int64_t *values, size_t count, unsigned branch, const cn_context *ctx);

/** Slot values to the message part of a ciphertext, Q the product of the primes that p has:
 *      p = NTT(e + round(Q m / t)),   m the polynomial with these slots.
 *  Out: p of its final shape, no special limb.  In: slots n words reduced modulo t, destroyed (wiped by the caller);
 *  e n error values, or NULL for none.  Constant time. */
void cn_encode_message(cn_poly *p, uint64_t *slots, const int8_t *e, unsigned branch, const cn_context *ctx);

/** A fresh ciphertext under the secret key:  part[1] = a from the seed,  part[0] = -a s + e + round(Q m / t).
 *  In: slots as for cn_encode_message; e n error values; index unique under the seed.
 *  Out: part[0], part[1] of all limbs, no special one, NTT domain. Constant time. */
void cn_encrypt_secret_core(cn_poly part[2], uint64_t *slots, const int8_t *e, const uint8_t seed[CN_SEED_BYTES], uint64_t index,
                            unsigned branch, const cn_secret_key *sk, const cn_context *ctx);

/** The small polynomials of one encryption under the public key, in the order in which they are drawn: an error, a ternary one, in BFV
 *  another error.  Out: small [public_small of the scheme][n].  Returns: CN_OK, CN_ERR_RANDOM. Constant time. */
cn_status cn_draw_small(int8_t *small, cn_rng *rng, const cn_context *ctx);

/** The phase, c0 + c1 s [+ c2 s^2] or f^power c, in the coefficient domain.  Out: r, initialised with the ciphertext's limbs. */
void cn_phase(cn_poly *r, const cn_cipher *c, const cn_secret_key *sk, const cn_context *ctx);

/** Decode a phase: slots of F^-1 round(t phase / Q) modulo t.
 *  Out: slots, n words.  In: phase, coefficient domain.  Constant time in the phase.
 *  Returns: all ones if some |t v / Q| > 1/4, else 0 (to within 2^-58 of the limit); the caller decides and wipes. */
uint64_t cn_decode_phase(uint64_t *slots, const cn_poly *phase, uint64_t factor, unsigned branch, const cn_context *ctx);

#if defined(CN_TESTING) || defined(CN_MEASURE)
/** Measured noise of a ciphertext whose values are known: v = phase - (Q/t) F m, coefficient by coefficient.
 *  In: values, n words reduced modulo t.  Out: log2 of the standard deviation and of the largest |v|.
 *  For test builds and `cryptonets check` only: the result depends on the secret key.  Returns: CN_OK, CN_ERR_MEMORY. */
cn_status cn_test_noise(double *log2_sigma, double *log2_max, const cn_cipher *c, const uint64_t *values,
                        const cn_secret_key *sk, const cn_context *ctx);
#endif

#endif
