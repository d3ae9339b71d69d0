/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Noise prediction, operation by operation, before any key exists (doc/noise.md derives every rule): what holds for both schemes, and
 *  the rules of BFV; those of YASHE' are in yashe.c.
 *
 *  The noise v of a ciphertext is a polynomial with rational coefficients. Two numbers describe it:
 *    var   the variance of a coefficient, over keys, errors and uniform masks;
 *    kurt  E|v(zeta)|^4 / (E|v(zeta)|^2)^2 at the complex 2n-th roots of unity: 2 for a Gaussian polynomial of fixed
 *          variance, more where the variance at zeta itself is random, as for a product with the secret (4).
 *  kurt is what a square needs: the variance of v^2 is n kurt var^2, exactly. Everything is in plain doubles; variances of
 *  up to 2^1000 fit. */

#ifndef CN_HE_NOISE_H
#define CN_HE_NOISE_H

#include "cryptonets_he.h"
#include "util/common.h"

typedef struct cn_noise {
    double var;  /* variance per coefficient, >= 0 */
    double kurt; /* >= 2 */
} cn_noise;

/** log2 of the standard deviation. */
double cn_noise_log2(cn_noise v);

/** Fresh ciphertexts: var = Ve + 1/12 with the secret key; Ve (2 n Vs + 1) + 1/12 with the public one. */
cn_noise cn_noise_fresh_secret(void);
cn_noise cn_noise_fresh_public(size_t n);

/** Sum of noises with independent randomness, under the same keys: variances add; kurt is an upper bound for what the keys
 *  have in common. */
cn_noise cn_noise_add_independent(cn_noise a, cn_noise b);
/** Sum of noises with independent randomness where E g1 g2 is known (doc/noise.md, section 2.3): 1 for different secrets. */
cn_noise cn_noise_sum(cn_noise a, cn_noise b, double keys);
/** Sum of noises that may share randomness: standard deviations add. The default. */
cn_noise cn_noise_add(cn_noise a, cn_noise b);
/** Multiplication by an integer w, or by the plaintext polynomial of uniform coefficients modulo t. */
cn_noise cn_noise_scale(cn_noise a, double w);
cn_noise cn_noise_mul_plain(cn_noise a, uint64_t t, size_t n);
/** E|v(zeta)|^6 / (E|v(zeta)|^2)^3: 6 if Gaussian of fixed variance; what a cube needs: the variance of v^3 is n^2 times it var^3. */
double cn_noise_sixth(cn_noise a);
/** Square: t v^2. Product of operands with independent randomness: t v1 v2, kurt and var upper bounds as above. */
cn_noise cn_noise_square(cn_noise a, uint64_t t, size_t n);
cn_noise cn_noise_mul(cn_noise a, cn_noise b, uint64_t t, size_t n);

/** What the digits of a key switch add at a level with limbs primes, after the division by P but without its rounding: a rotation that is
 *  one term of a sum modulo QP. */
cn_noise cn_noise_digits(const cn_params *p, unsigned limbs);

/** What relinearisation, or a rotation, adds at a level with limbs primes: sum over digits of n Ve 4^width-like digit variances, divided by
 *  P^2, and the rounding of that division. */
cn_noise cn_noise_relin(const cn_params *p, unsigned limbs);
/** What one modulus switch adds for a ciphertext of 2, 3 or 4 parts: (1 + n Vs [+ 2 (n Vs)^2 [+ 6 (n Vs)^3]]) / 12. */
cn_noise cn_noise_switch_floor(size_t n, unsigned parts);
/** E x^md / (E x^d)^m for a gamma variable x of this shape: by what the d-th power of a variance at the roots spreads. Shape 1 is the
 *  exponential distribution, that of |s(zeta)|^2, with (md)! / (d!)^m. */
double cn_noise_spread(double m, double d, double shape);
/** After dropping the primes limbs .. from-1 one by one: each divides and adds the scheme's floor. */
cn_noise cn_noise_switch(cn_noise a, const cn_params *p, unsigned from, unsigned limbs, cn_noise floor);

/** What flooding adds: independent values, uniform among 2^bits successive integers, of variance 2^2bits / 12. */
cn_noise cn_noise_flood(unsigned bits);
/** The least bits under which flooding hides ciphers noises of n coefficients of variance var each up to a statistical distance of 2^-privacy:
 *  moved by w, a uniform value has distance |w| / 2^bits from itself, and E|w| is at most the standard deviation.
 *  Returns: bits, CN_FLOOD_BITS_MAX + 1 where more than that would be needed. */
#define CN_FLOOD_BITS_MAX 960 /* 2^bits has room in a double, and so has its square where a plan can carry it */
unsigned cn_noise_flood_bits(size_t n, double ciphers, unsigned privacy, double var);

/** Quantile z with count erfc(z / sqrt 2) <= 2^-failure_bits, for failure_bits up to 256. */
double cn_noise_quantile(double count, double failure_bits);

/** The same where one root of x^n + 1 can dominate a coefficient, which is an average over n roots. At a root the noise after depth
 *  squarings is |s|^2p x^(1/2), p = 2^(depth - 2), with |s|^2 and x exponential: the secret is common to everything, x stands for
 *  sums of many independent terms. narrow says that there are few terms: then x^p takes the place of x^(1/2), or x^2p of both factors.
 *  A cube counts as two squarings: its power lies between those of one and of two, and the value grows with p at least to depth 5.
 *  Returns: the largest such value that has probability 2^-failure_bits / count at n roots, in standard deviations of a coefficient;
 *  0 below depth 2. */
double cn_noise_tail(size_t n, double count, double failure_bits, unsigned depth, bool narrow);

#endif
