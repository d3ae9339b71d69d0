/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Encoders: real numbers and integers as what ciphertexts hold, and bounds that refuse an overflow before it happens.
 *
 *      reals --cn_fixed_encode--> integers --cn_crt_split--> residues, one array per branch --cn_encrypt_...--> ciphertexts
 *      reals <--cn_fixed_decode-- integers <--cn_crt_join_signed-- residues <--cn_decrypt--
 *
 *  Scaled fixed point in slots is the default: one number in each of n slots. Digit polynomials put one number into one ciphertext; its
 *  digits are the coefficients of the message (cn_slots_from_coefficients makes slots of them, cn_coefficients_from_slots
 *  coefficients of slots), so each coefficient may stay small where the number is large. Both are in Crypto-Nets [arXiv 1412.6181]
 *  and in Dowlin et al., "Manual for using homomorphic encryption for bioinformatics" [Proc. IEEE 105(3), 2017]; doc/encoders.md compares them.
 *
 *  A format (cn_fixed, cn_digits) says how numbers are written and how large they can become. It is public. Operations on formats go beside
 *  operations on ciphertexts: cn_fixed_mul beside cn_mul, and so on. They answer CN_ERR_RANGE where a result might not be read
 *  back, whatever the values are, and CN_ERR_SIZE for a format that they did not make. T is the product of the plaintext primes, and
 *  integers are read back in (-T/2, T/2).
 *
 *  Encoders and decoders take a time that depends on formats and counts, not on values (doc/constant-time.md). */

#ifndef CRYPTONETS_ENCODE_H
#define CRYPTONETS_ENCODE_H

#include "cryptonets_he.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- integers, branches, coefficients -------------------------------------------------------- */

/** The largest integer that can be read back: (T - 1)/2; 0 if T exceeds 2^126 and nothing can be joined. ctx must not be NULL. */
CN_API cn_i128 cn_integer_max(const cn_context *ctx);

/** Residues of integers, one array for each branch, as the functions that encrypt take them.
 *  In: count integers.  Out: residues [plains][count], centred: |residue| < t/2; no overlap with the integers.
 *  Returns: CN_OK, CN_ERR_NULL; CN_ERR_RANGE: an integer is larger than cn_integer_max in absolute value, or that is 0; then residues are 0. */
CN_API CN_MUST_USE cn_status cn_crt_split(int64_t *residues, const cn_i128 *integers, size_t count, const cn_context *ctx);

/** Integers from what decryption gives for each branch  [Chinese remainder theorem, as cn_crt_join].
 *  In: residues [plains][count], reduced.  Out: integers in (-T/2, T/2); no overlap with the residues.
 *  Returns: CN_OK, CN_ERR_NULL; CN_ERR_RANGE: T exceeds 2^126, or a residue is not reduced; then integers are 0. */
CN_API CN_MUST_USE cn_status cn_crt_join_signed(cn_i128 *integers, const uint64_t *residues, size_t count, const cn_context *ctx);

/** The slots of the message m = c[0] + c[1] x + ...: what to encrypt, or to multiply by, so that ciphertexts hold this polynomial.
 *  In: count <= n coefficients, reduced modulo t of the branch; the rest are 0.  Out: slots, n values in [0, t); no overlap.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (count or branch). */
CN_API CN_MUST_USE cn_status cn_slots_from_coefficients(int64_t *slots, const int64_t *coefficients, size_t count, unsigned branch,
                                                        const cn_context *ctx);

/** The inverse, in place: n slots, reduced, as decryption gives them, become n coefficients in [0, t).
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (branch), CN_ERR_RANGE (a slot is not reduced; then nothing is changed). */
CN_API CN_MUST_USE cn_status cn_coefficients_from_slots(uint64_t *slots, unsigned branch, const cn_context *ctx);

/* ---- scaled fixed point ------------------------------------------------------------------------ */

/** Numbers x carried as integers near x scale. The scale of a product is the product of the scales: nothing is ever divided under
 *  encryption. */
typedef struct cn_fixed {
    cn_i128 scale; /**< at least 1, below 2^126 */
    cn_i128 bound; /**< no integer is larger in absolute value */
    double error;  /**< bound on |integer/scale - number it stands for|; its own roundings are counted upwards */
} cn_fixed;

/** The format of numbers up to most in absolute value, rounded to multiples of 1/scale: error 1/(2 scale).
 *  In: most >= 0 finite, scale >= 1.  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (most or scale is no such number), CN_ERR_RANGE. */
CN_API CN_MUST_USE cn_status cn_fixed_new(cn_fixed *f, double most, cn_i128 scale, const cn_context *ctx);

/** The format of one exact integer constant w, for cn_mul_scalar and cn_add_scalar: scale 1, error 0.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_RANGE. */
CN_API CN_MUST_USE cn_status cn_fixed_integer(cn_fixed *f, cn_i128 w, const cn_context *ctx);

/** Round: integers[i] is the integer nearest to x[i] scale, computed exactly; ties go away from 0.
 *  In: count numbers.  Returns: CN_OK, CN_ERR_NULL; CN_ERR_RANGE: a number is not finite, or its integer would exceed the bound; then
 *  integers are 0. That some number is refused is visible, not which. */
CN_API CN_MUST_USE cn_status cn_fixed_encode(cn_i128 *integers, const double *x, size_t count, const cn_fixed *f);

/** x[i] near integers[i]/scale, with a relative error below 2^-50; exact if the integer is below 2^53 and the scale a power of two.
 *  In: count integers of any size.  Returns: CN_OK, CN_ERR_NULL. */
CN_API CN_MUST_USE cn_status cn_fixed_decode(double *x, const cn_i128 *integers, size_t count, const cn_fixed *f);

/** The format of sums and differences of an a and a b (r may be either): bounds and errors add.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH (scales differ: multiply the ciphertext with the smaller scale by the quotient, and
 *  take cn_fixed_rescale), CN_ERR_RANGE. */
CN_API CN_MUST_USE cn_status cn_fixed_add(cn_fixed *r, const cn_fixed *a, const cn_fixed *b, const cn_context *ctx);

/** The format of products of an a and a b (r may be either): scales and bounds multiply, and the error becomes
 *  |a| e_b + |b| e_a + e_a e_b with |a|, |b| the largest numbers.  Returns: CN_OK, CN_ERR_NULL, CN_ERR_RANGE. */
CN_API CN_MUST_USE cn_status cn_fixed_mul(cn_fixed *r, const cn_fixed *a, const cn_fixed *b, const cn_context *ctx);

/** The same numbers with w times the scale, w >= 1: beside cn_mul_scalar by w (r may be a).
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (w), CN_ERR_RANGE. */
CN_API CN_MUST_USE cn_status cn_fixed_rescale(cn_fixed *r, const cn_fixed *a, cn_i128 w, const cn_context *ctx);

/* ---- digit polynomials ------------------------------------------------------------------------- */

#define CN_DIGITS_BASE_MAX 65536

/** Numbers N / base^fraction, N an integer, written as sum of c_i base^i for -fraction <= i < whole with |c_i| <= bound. c_i stands at x^i,
 *  and for i < 0 at x^i = -x^(n+i): the message evaluated at x = base is the number. Sums and products of messages are sums and
 *  products of numbers as long as whole + fraction <= n and bound < T/2. */
typedef struct cn_digits {
    unsigned base;   /**< 2 to CN_DIGITS_BASE_MAX */
    size_t whole;    /**< digits before the point, at least 1 */
    size_t fraction; /**< digits behind it */
    cn_i128 bound;   /**< of coefficients; floor(base/2) for balanced digits */
} cn_digits;

/** The format of freshly encoded numbers.  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (base, or whole is 0), CN_ERR_RANGE (digits or bound). */
CN_API CN_MUST_USE cn_status cn_digits_new(cn_digits *d, unsigned base, size_t whole, size_t fraction, const cn_context *ctx);

/** Balanced digits: those of |N| in (-base/2, base/2], with base 2 in {0, 1}, times the sign of N.
 *  In: N the numerator; d as cn_digits_new made it.  Out: coefficients, n values, fit for cn_slots_from_coefficients in every branch.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_STATE (d is the format of a result); CN_ERR_RANGE: N has more digits; then coefficients are 0. */
CN_API CN_MUST_USE cn_status cn_digits_encode(int64_t *coefficients, cn_i128 numerator, const cn_digits *d, const cn_context *ctx);

/** The numerator of a message.  In: coefficients, n integers in (-T/2, T/2), from cn_crt_join_signed.
 *  Returns: CN_OK, CN_ERR_NULL; CN_ERR_RANGE: the numerator is 2^126 or more in absolute value, or a coefficient is not what the format allows (the
 *  ciphertext is of another format); then it is 0. */
CN_API CN_MUST_USE cn_status cn_digits_decode(cn_i128 *numerator, const cn_i128 *coefficients, const cn_digits *d, const cn_context *ctx);

/** The format of sums and differences (r may be a or b): more digits of the two, bounds add.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH (bases), CN_ERR_RANGE. */
CN_API CN_MUST_USE cn_status cn_digits_add(cn_digits *r, const cn_digits *a, const cn_digits *b, const cn_context *ctx);

/** The format of products (r may be a or b): whole = whole_a + whole_b - 1, fractions add, and at most
 *  min(digits of a, digits of b) products meet in a coefficient.  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH (bases), CN_ERR_RANGE. */
CN_API CN_MUST_USE cn_status cn_digits_mul(cn_digits *r, const cn_digits *a, const cn_digits *b, const cn_context *ctx);

#ifdef __cplusplus
}
#endif

#endif
