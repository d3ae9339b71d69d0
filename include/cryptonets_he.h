/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The BFV scheme over RNS primes, without base extension; and YASHE', for research and reproduction only.
 *
 *  A ciphertext (c0, c1[, c2[, c3]]) encrypts m in Z_t[x]/(x^n+1) under the ternary secret s as
 *
 *      c0 + c1 s [+ c2 s^2 [+ c3 s^3]] = (Q/t) F m + v   mod Q,      correct while |v| < Q/(2t),
 *
 *  with Q the product of the primes present at its level, v the noise (rational), F the message factor
 *  in Z_t that squares and products introduce (F <- -Q F1 F2) and decryption removes. A product is t times
 *  the tensor product, pointwise in the NTT domain  [Alperin-Sheriff and Peikert, eprint 2013/372, section 3,
 *  applied inside the product]. Everything is exact: decryption returns the exact values modulo t or refuses.
 *
 *  YASHE' (CN_SCHEME_YASHE; doc/yashe.md) has one part c and secrets f = 1 + t f', one for each t; f c, after a product f^2 c, takes the
 *  place of c0 + c1 s [+ c2 s^2], and everything else holds as it stands. Its security rests on estimates that BFV does not need.
 *
 *  Values live in n slots of Z_t. With several plaintext primes t_0, t_1, ... ("branches") one encrypts the same
 *  values once per branch and joins the results by the Chinese remainder theorem (cn_crt_join).
 *
 *  Nothing here returns noise: a noise value depends on the secret key (Li and Micciancio's attack model, CPA-D). */

#ifndef CRYPTONETS_HE_H
#define CRYPTONETS_HE_H

#include "cryptonets.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CN_LIMBS_MAX 24  /**< most ciphertext primes */
#define CN_PLAINS_MAX 8  /**< most plaintext primes */
#define CN_PARTS_MAX 4   /**< most components of a ciphertext */
#define CN_POWER_MAX 3   /**< largest power of the secret that a ciphertext decrypts under */
#define CN_SECURITY_BITS 128 /**< level of the table that every parameter record must satisfy */

/** The schemes. Values are part of the formats. */
typedef enum cn_scheme {
    CN_SCHEME_BFV = 0,   /**< the default */
    CN_SCHEME_YASHE = 1  /**< YASHE' [Bos, Lauter, Loftus, Naehrig, eprint 2013/075]: research only, its keys are overstretched NTRU keys */
} cn_scheme;

/** "BFV" or "YASHE'".  Returns: a constant string, "unknown" for values outside the enum. */
CN_API const char *cn_scheme_name(cn_scheme s);

/** What has to be said of a scheme wherever it appears: "" for BFV, a warning for YASHE'.  Returns: a constant string. */
CN_API const char *cn_scheme_label(cn_scheme s);

/** A parameter record: light, copied freely, judged by cn_params_check. */
typedef struct cn_params {
    size_t n;                   /**< ring degree: 4096, 8192, 16384, 32768 or 65536 */
    unsigned limbs;             /**< ciphertext primes, 1 .. CN_LIMBS_MAX */
    uint64_t q[CN_LIMBS_MAX];   /**< distinct primes 1 mod 2n, 2^16 < q < 2^46; switched away from the end */
    uint64_t special;           /**< special prime P for key switching, same rules; 0: none */
    unsigned plains;            /**< plaintext primes, 1 .. CN_PLAINS_MAX */
    uint64_t t[CN_PLAINS_MAX];  /**< distinct primes 1 mod 2n, t < 2^50, none of them among the q */
    unsigned digit_bits;        /**< key-switching digits are at most this wide (8 .. 46); 0: whole residues */
    cn_scheme scheme;           /**< CN_SCHEME_BFV if left zero */
} cn_params;

/** Judge a record.  Returns: CN_OK, or the reason: CN_ERR_NULL, CN_ERR_DEGREE, CN_ERR_LIMB_COUNT, CN_ERR_LIMB_RANGE,
 *  CN_ERR_PLAIN_COUNT, CN_ERR_PLAIN_RANGE, CN_ERR_NOT_PRIME, CN_ERR_CONGRUENCE, CN_ERR_DUPLICATE, CN_ERR_DIGIT,
 *  CN_ERR_SECURITY (log2(QP) above the 128-bit row of the table, cn_security_max_log2_qp; with YASHE' also an estimate below 128 bits
 *  by cn_security_ntru_bits for one of the t), CN_ERR_SCHEME. */
CN_API CN_MUST_USE cn_status cn_params_check(const cn_params *p);

/** log2 of the product of the ciphertext primes. p must not be NULL. */
CN_API double cn_params_log2_q(const cn_params *p);

/** The same times the special prime, if there is one: what security is judged by. */
CN_API double cn_params_log2_qp(const cn_params *p);

/** Largest log2(QP) at a security level (128, 192 or 256 bits, classical attacks, ternary secret, error standard deviation
 *  3.19) for ring degree n  [Bossuat et al., eprint 2024/463, Table 5.2].  Returns: bits, 0 where the table has no entry. */
CN_API unsigned cn_security_max_log2_qp(size_t n, unsigned level);

/** The highest level of that table that (n, log2_qp) satisfies: 256, 192, 128, or 0. */
CN_API unsigned cn_security_bits(size_t n, double log2_qp);

#define CN_SECURITY_NTRU_NONE 1e6 /**< no attack of the family below succeeds */

/** Estimated log2 of the cost of recovering the secret from the public key h = t g / f mod q of YASHE', f = 1 + t f', with f'
 *  and g uniform ternary, t = 2^log2_t; log2_t = 0 stands for plain NTRU, f ternary. It is the cheapest dense-sublattice attack
 *  over the subfields of index 1, 2, 4, 8 and five relative weights of f and g, with the classical cost of MATZOV (2022)
 *  [Albrecht, Bai and Ducas, eprint 2016/127; Kirchner and Fouque, 2016/717; Ducas and van Woerden, 2021/999; doc/yashe.md].
 *  An estimate, not a bound: heuristic, of known attacks only, not confirmed by running lattice reduction at such sizes, without
 *  hybrid attacks. It is NOT the security of a scheme: ciphertexts are RLWE samples, so the level is the smaller one of
 *  this number and what cn_security_bits says.
 *  In: n a power of two, 1024 .. 65536; 0 <= log2_t < log2_q <= 4096; anything else gives 0. Takes some milliseconds.
 *  Returns: bits, or CN_SECURITY_NTRU_NONE where no attack of the family succeeds. */
CN_API double cn_security_ntru_bits(size_t n, double log2_q, double log2_t);

/** Whether q is so large for n that lattice reduction finds the dense sublattice of an NTRU lattice with ternary f and g before
 *  the key itself: log2 q > 2.484 log2 n - 7.97  [Ducas and van Woerden, eprint 2021/999: q = 0.004 n^2.484]. A label, not a
 *  level.  In: as above with log2_t = 0; anything else gives 1.  Returns: 1 or 0. */
CN_API int cn_security_overstretched(size_t n, double log2_q);

/** The largest log2 q, in steps of 1/16, with cn_security_ntru_bits(n, log2_q, log2_t) >= bits, by bisection.
 *  In: n and log2_t as above, log2_t < 4096, 0 < bits <= CN_SECURITY_NTRU_NONE; anything else gives 0. About a tenth of a
 *  second.  Returns: log2 q, at most 4096. */
CN_API double cn_security_ntru_max_log2_q(size_t n, double log2_t, double bits);

/** Everything precomputed from a parameter record. Immutable; shared between threads. */
typedef struct cn_context cn_context;

/** Build a context.  Out: *ctx, owned by the caller, released by cn_context_free after all objects made from it.
 *  Returns: CN_OK, any code of cn_params_check, CN_ERR_MEMORY. */
CN_API CN_MUST_USE cn_status cn_context_new(cn_context **ctx, const cn_params *p);

/** Release. NULL is allowed. */
CN_API void cn_context_free(cn_context *ctx);

/** The record it was built from, owned by the context. */
CN_API const cn_params *cn_context_params(const cn_context *ctx);

/** SHA3-256 digest of the record, 32 bytes, owned by the context. */
CN_API const uint8_t *cn_context_digest(const cn_context *ctx);

/* ---- keys ---------------------------------------------------------------------------------- */

typedef struct cn_secret_key cn_secret_key; /**< s, uniform ternary; YASHE': f_j = 1 + t_j f'_j, f' ternary; wiped on release */
typedef struct cn_public_key cn_public_key; /**< (-a s + e, a), a from a seed; YASHE': h_j = t_j g_j / f_j, g_j ternary */
typedef struct cn_relin_key cn_relin_key;   /**< encryptions of digit multiples of s^2 under s; YASHE': of f_j under f_j */

/** A secret key from the system's randomness, in constant time.  Out: *sk, owned by the caller.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MEMORY, CN_ERR_RANDOM. */
CN_API CN_MUST_USE cn_status cn_secret_key_new(cn_secret_key **sk, const cn_context *ctx);

/** A public key (-a s + e, a), a uniform from a fresh seed; of YASHE', a copy of the h_j that belong to the secrets.  Otherwise as cn_secret_key_new; also CN_ERR_MISMATCH (sk of other
 *  parameters). */
CN_API CN_MUST_USE cn_status cn_public_key_new(cn_public_key **pk, const cn_secret_key *sk, const cn_context *ctx);

/** A relinearisation key for ciphertexts of powers up to power, 2 or 3: for every digit an encryption of its multiple of s^2, and of s^3;
 *  of YASHE', for every digit and branch one of f_j, and of f_j^2.  Returns: as cn_public_key_new; CN_ERR_SIZE (power). */
CN_API CN_MUST_USE cn_status cn_relin_key_new(cn_relin_key **rk, const cn_secret_key *sk, unsigned power, const cn_context *ctx);

/** Wipe and release. NULL is allowed. */
CN_API void cn_secret_key_free(cn_secret_key *sk);

/** Release. NULL is allowed. */
CN_API void cn_public_key_free(cn_public_key *pk);

/** Release. NULL is allowed. */
CN_API void cn_relin_key_free(cn_relin_key *rk);

/** Bytes of a relinearisation key on the wire: bit-packed residues and, for BFV, one 32-byte seed. */
CN_API size_t cn_relin_key_wire_bytes(const cn_relin_key *rk, const cn_context *ctx);

/* Rotations. With BFV the slots form two rows of n/2 columns, and ciphertexts can be rotated: every row by some columns to the left,
 * cyclically, with the rows swapped or not. The slot of (row, column) is not the slot of that number: cn_slot_positions. */

#define CN_ROTATE_SWAP 0x10000u /**< beside a number of columns: swap the rows as well */

/** A rotation that a key is for. */
typedef struct cn_rotation {
    unsigned by;    /**< columns to the left, 0 .. n/2 - 1, with or without CN_ROTATE_SWAP */
    unsigned limbs; /**< ciphertexts that it will be used on have at most so many primes; 0: all. Fewer make the key smaller */
} cn_rotation;

typedef struct cn_rotation_key cn_rotation_key; /**< for each rotation and digit, an encryption of a multiple of s under the rotated s */

/** A rotation key for count different rotations, none of them 0. Constant time in the secret.  Out: *rk, owned by the caller.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH (sk of other parameters), CN_ERR_UNSUPPORTED (YASHE'), CN_ERR_SIZE (no rotation, or primes), CN_ERR_RANGE
 *  (no such rotation), CN_ERR_DUPLICATE, CN_ERR_MEMORY, CN_ERR_RANDOM. */
CN_API CN_MUST_USE cn_status cn_rotation_key_new(cn_rotation_key **rk, const cn_secret_key *sk, const cn_rotation *rotation,
                                                 size_t count, const cn_context *ctx);

/** Release. NULL is allowed. */
CN_API void cn_rotation_key_free(cn_rotation_key *rk);

/** Bytes of a rotation key on the wire: bit-packed residues and one 32-byte seed. */
CN_API size_t cn_rotation_key_wire_bytes(const cn_rotation_key *rk, const cn_context *ctx);

/** Which slots are where: value number position[row * n/2 + column] of cn_encrypt_secret and cn_decrypt is in that row and column.
 *  Out: position, n words.  Returns: CN_OK, CN_ERR_NULL. */
CN_API CN_MUST_USE cn_status cn_slot_positions(uint32_t *position, const cn_context *ctx);

/* ---- ciphertexts --------------------------------------------------------------------------- */

/** A ciphertext: 2 to 4 parts (YASHE': 1) in the NTT domain, a level (primes present), a branch (index of its t), a factor F, and the
 *  power of the secret that it decrypts under. */
typedef struct cn_cipher cn_cipher;

/** Release. NULL is allowed. */
CN_API void cn_cipher_free(cn_cipher *c);

/** A copy.  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MEMORY. */
CN_API CN_MUST_USE cn_status cn_cipher_copy(cn_cipher **out, const cn_cipher *in);

/** Number of parts: power + 1, in YASHE' always 1. c must not be NULL, here and below. */
CN_API unsigned cn_cipher_parts(const cn_cipher *c);

/** Power of the secret that it decrypts under: 1 when fresh or relinearised; that of a product is the sum of those of its factors. */
CN_API unsigned cn_cipher_power(const cn_cipher *c);

/** Number of primes present: its level. */
CN_API unsigned cn_cipher_limbs(const cn_cipher *c);

/** Index of its plaintext prime. */
CN_API unsigned cn_cipher_branch(const cn_cipher *c);

/** Message factor F in [1, t). */
CN_API uint64_t cn_cipher_factor(const cn_cipher *c);

/** Encrypt count <= n signed values into the slots (the rest are 0), reduced modulo t of the branch, F = 1, at the top level.
 *  With the secret key: c1 uniform from a fresh 32-byte seed, noise variance 10.5 + 1/12. Constant time in values and keys.  Out: *c, owned by the caller.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (count or branch), CN_ERR_MISMATCH, CN_ERR_MEMORY, CN_ERR_RANDOM; CN_ERR_UNSUPPORTED under
 *  YASHE', which encrypts under the public key only. */
CN_API CN_MUST_USE cn_status cn_encrypt_secret(cn_cipher **c, const int64_t *values, size_t count, unsigned branch,
                                               const cn_secret_key *sk, const cn_context *ctx);

/** The same under the public key: (b u + e0 + round(Q m / t), a u + e1). Noise variance 10.5 (4n/3 + 1) + 1/12.
 *  YASHE': round(Q m / t) + e + h u; noise variance about t^2 n (2/3) (10.5 + 1/12 + 2/3). */
CN_API CN_MUST_USE cn_status cn_encrypt_public(cn_cipher **c, const int64_t *values, size_t count, unsigned branch,
                                               const cn_public_key *pk, const cn_context *ctx);

/** Decrypt to values modulo t in [0, t), F removed.  Out: values, count <= n words; zeroed on every failure but CN_ERR_NULL and
 *  CN_ERR_SIZE.
 *  Exact in fixed point, constant time in the key, the noise and the values; the only thing decided is whether any
 *  coefficient has |v| > Q/(4t), which gives CN_ERR_NOISE for the ciphertext as a whole. After such a failure the key must not
 *  be used again: reactions to failures leak it.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE, CN_ERR_MISMATCH, CN_ERR_NOISE, CN_ERR_MEMORY. */
CN_API CN_MUST_USE cn_status cn_decrypt(uint64_t *values, size_t count, const cn_cipher *c, const cn_secret_key *sk,
                                        const cn_context *ctx);

/** Join residues modulo the plaintext primes: out in [0, T), out = r[j] modulo t_j for all j. Constant time in the residues.
 *  In: r one residue per branch, reduced; out must not overlap it. T < 2^126 is required.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_ALIAS, CN_ERR_RANGE (T too large, or a residue not reduced). */
CN_API CN_MUST_USE cn_status cn_crt_join(cn_i128 *out, const uint64_t *r, const cn_context *ctx);

/* ---- operations ----------------------------------------------------------------------------
 * All change their first argument in place. Operands of one call have the same context, branch, level and (for sums) factor;
 * otherwise CN_ERR_MISMATCH or CN_ERR_STATE, and nothing is changed. Time depends on shapes only, never on residues or slot values;
 * that of cn_add_scalar also on the scalar, which is public. */

/** a <- a + b. The result has the larger power of the two: missing parts count as zero (a YASHE' ciphertext of power 1 decrypts under
 *  f^2, too, with its noise times f). a == b is allowed.
 *  Noise: standard deviations add (variances if the operands share no randomness).
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH, CN_ERR_STATE, CN_ERR_MEMORY. */
CN_API CN_MUST_USE cn_status cn_add(cn_cipher *a, const cn_cipher *b, const cn_context *ctx);

/** a <- a - b; everything else as for cn_add. */
CN_API CN_MUST_USE cn_status cn_sub(cn_cipher *a, const cn_cipher *b, const cn_context *ctx);

/** a <- w a for an integer |w| < 2^62, the same in every slot. Noise standard deviation times |w|.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH, CN_ERR_RANGE. */
CN_API CN_MUST_USE cn_status cn_mul_scalar(cn_cipher *a, int64_t w, const cn_context *ctx);

/** a <- a + b in every slot. Noise: at most 1/2 in the constant coefficient.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH. */
CN_API CN_MUST_USE cn_status cn_add_scalar(cn_cipher *a, cn_i128 b, const cn_context *ctx);

/** a <- a times the plaintext with these count <= n slot values (the rest are 0). Noise variance times n t^2 / 12.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE, CN_ERR_MISMATCH, CN_ERR_MEMORY. */
CN_API CN_MUST_USE cn_status cn_mul_plain(cn_cipher *a, const int64_t *values, size_t count, const cn_context *ctx);

/** a <- a^2, slotwise; power 1 in, 2 out; F <- -Q F^2 mod t, noise t v^2.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH, CN_ERR_STATE (not of power 1), CN_ERR_MEMORY. */
CN_API CN_MUST_USE cn_status cn_square(cn_cipher *a, const cn_context *ctx);

/** a <- a b, slotwise; the powers add up to at most 3; F <- -Q F_a F_b mod t, noise t v_a v_b; a == b is allowed.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH, CN_ERR_STATE (powers too high, other level), CN_ERR_MEMORY. */
CN_API CN_MUST_USE cn_status cn_mul(cn_cipher *a, const cn_cipher *b, const cn_context *ctx);

/** Back to power 1 by the relinearisation key. Digits are the residues (or parts of at most digit_bits bits of them).
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH, CN_ERR_STATE (of power 1, or of one that the key is not for),
 *  CN_ERR_MEMORY. */
CN_API CN_MUST_USE cn_status cn_relinearise(cn_cipher *a, const cn_relin_key *rk, const cn_context *ctx);

/** a <- a rotated: what was in column c + by is in column c now, modulo n/2; with CN_ROTATE_SWAP the rows are swapped as well. Noise: what a
 *  relinearisation adds. by = 0 changes nothing and needs no key.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH (also where the key has nothing for this rotation), CN_ERR_STATE (not of power 1, or more
 *  primes than the key is for), CN_ERR_MEMORY. */
CN_API CN_MUST_USE cn_status cn_rotate(cn_cipher *a, unsigned by, const cn_rotation_key *rk, const cn_context *ctx);

/** Switch to Q / q_last: drop the last prime present and divide by it with rounding. F and the values are unchanged;
 *  noise variance v/q_last^2 + (1 + 2n/3)/12 for two parts, (1 + 2 t^2 n/3)/12 for YASHE' ciphertexts of power 1.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH, CN_ERR_STATE (one prime left), CN_ERR_MEMORY. */
CN_API CN_MUST_USE cn_status cn_mod_switch(cn_cipher *a, const cn_context *ctx);

#ifdef __cplusplus
}
#endif

#endif
