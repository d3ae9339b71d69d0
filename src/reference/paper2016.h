/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The experiment of 2016 as it was: R. Gilad-Bachrach, N. Dowlin, K. Laine, K. Lauter, M. Naehrig, J. Wernsing, "CryptoNets",
 *  ICML 2016, under YASHE' (yashe.h) with the parameters of its time. One value of all images is one ciphertext, image i in slot
 *  i; the network runs once per plaintext prime t_j ("branch"), each with keys of its own, since f depends on t.
 *
 *  INSECURE. The NTRU key h is massively overstretched and f recoverable from it; without that structure the parameters would still
 *  miss the 128-bit table by 169 bits (doc/yashe.md). Therefore keys and ciphertexts are types of their own, carry CN_P16_TYPE, which
 *  every function compares, have no serialised form, and nothing else in the library accepts them. VARIABLE TIME, see poly.h.
 *
 *  Data flow: cn_p16_check a network, then per branch cn_p16_key_new, cn_p16_encrypt, cn_p16_evaluate, cn_p16_decrypt; then
 *  cn_p16_join. Only the branch at hand need be in memory. Other parameters of the same form are for tests. */

#ifndef CN_REFERENCE_PAPER2016_H
#define CN_REFERENCE_PAPER2016_H

#include "nn/program.h"
#include "reference/yashe.h"
#include "ring/ntt.h"
#include "util/threads.h"

#define CN_P16_TYPE "insecure-historical-2016"
#define CN_P16_TYPE_BYTES 32
#define CN_P16_PLAINS 2

typedef struct cn_p16_params {
    size_t n;
    mpz_t q;
    uint64_t t[CN_P16_PLAINS]; /* distinct primes 1 modulo 2n */
    unsigned w_bits;           /* words of the key switch */
} cn_p16_params;

/** The parameters of 2016: n = 8192, q = 2^383 - 2^33 + 1, two primes of 41 bits, words of 32 bits. Release with cn_p16_params_clear. */
void cn_p16_params_2016(cn_p16_params *p);
void cn_p16_params_clear(cn_p16_params *p);

/** Bytes of one ciphertext whose coefficients are packed to the bits of q. */
size_t cn_p16_cipher_bytes(const cn_p16_params *p);

/** Is this a network of plain squares, each followed by a linear map, and will its scores decrypt?  The bound on the noise is that of
 *  the worst case: whatever the keys, errors and images. To be asked before any key exists.
 *  Out: log2 of that bound, and of q/(4t), where decryption refuses; of the branch with less room. Set unless the shape is refused.
 *  Returns: CN_OK, CN_ERR_UNSUPPORTED (shape), CN_ERR_PLAN (too much noise), CN_ERR_MEMORY. */
cn_status cn_p16_check(double *log2_noise, double *log2_limit, const cn_program *prog, const cn_p16_params *p);

/** What a server needs for a branch. */
typedef struct cn_p16_eval_key {
    char type[CN_P16_TYPE_BYTES];
    unsigned branch;
    cn_ref_yashe y;
    mpz_t **evk;
} cn_p16_eval_key;

/** The keys of a branch on the client's side. */
typedef struct cn_p16_key {
    char type[CN_P16_TYPE_BYTES];
    cn_p16_eval_key eval; /* the part for the server */
    cn_ref_yashe_keys k;  /* k.evk is that of eval */
    cn_ntt slots;         /* modulo t: slots <-> message */
} cn_p16_key;

/** Encrypted values of a batch under one branch's key, each decrypting under f^power. */
typedef struct cn_p16_values {
    char type[CN_P16_TYPE_BYTES];
    unsigned branch, power;
    size_t n, count;
    mpz_t **c; /* [count], coefficients in (-q/2, q/2] */
} cn_p16_values;

/** Keys of a branch.  Out: *key, owned by the caller; NULL on failure.
 *  Returns: CN_OK, CN_ERR_MEMORY, CN_ERR_RANDOM, and those of cn_ntt_init for t. */
cn_status cn_p16_key_new(cn_p16_key **key, const cn_p16_params *p, unsigned branch);
void cn_p16_key_free(cn_p16_key *key);

/** Encrypt values lut[pixel] of images 0 .. images-1, 1 <= images <= n; the other slots hold 0.
 *  In: pixels [images][inputs]; pool may be NULL, results do not depend on it.  Out: *values, owned by the caller; NULL on failure.
 *  Returns: CN_OK, CN_ERR_MISMATCH (type), CN_ERR_SIZE (images), CN_ERR_MEMORY, CN_ERR_RANDOM, CN_ERR_CANCELLED. */
cn_status cn_p16_encrypt(cn_p16_values **values, const cn_p16_key *key, const int64_t lut[256], const uint8_t *pixels, size_t images,
                         size_t inputs, cn_pool *pool, cn_progress_fn progress, void *user);
void cn_p16_values_free(cn_p16_values *v);

/** Seconds of an evaluation: of the stages of each segment, and of the key switches behind it. */
typedef struct cn_p16_times {
    double stage[CN_SEGMENTS_MAX][CN_STAGES];
    double key_switch[CN_SEGMENTS_MAX];
} cn_p16_times;

/** Evaluate a network that cn_p16_check has accepted: per segment linear map, square (rounding t/q over the integers), linear map; then,
 *  but for the last one, key switches from f^2 to f.
 *  In: in->count = prog->inputs.  In/out: times, added to.  Out: *out, power 2, owned by the caller; NULL on failure.
 *  Returns: CN_OK, CN_ERR_MISMATCH (type, branch), CN_ERR_SIZE (count), CN_ERR_STATE (power), CN_ERR_MEMORY, CN_ERR_CANCELLED. */
cn_status cn_p16_evaluate(cn_p16_values **out, cn_p16_times *times, const cn_p16_values *in, const cn_p16_eval_key *key,
                          const cn_program *prog, cn_pool *pool, cn_progress_fn progress, void *user);

/** Decrypt.  Out: residues [values->count][n] modulo t, in [0, t); zeroed on failure.
 *  Returns: CN_OK, CN_ERR_MISMATCH (type, branch), CN_ERR_NOISE (some |v| > q/(4t)), CN_ERR_THREAD, CN_ERR_MEMORY. */
cn_status cn_p16_decrypt(uint64_t *residues, const cn_p16_values *values, const cn_p16_key *key, cn_pool *pool);

/** What the parts share: CN_ERR_MISMATCH naming the object unless it is of this type; new ciphertexts, zero (CN_ERR_MEMORY). */
cn_status cn_p16_check_type(const char type[CN_P16_TYPE_BYTES], const char *object);
cn_status cn_p16_values_new(cn_p16_values **out, size_t count, unsigned branch, unsigned power, size_t n);

/** The product of the t_j. */
cn_i128 cn_p16_t_product(const cn_p16_params *p);

/** The integer in [low, low + t_0 t_1) with these residues. */
cn_i128 cn_p16_join(const uint64_t residue[CN_P16_PLAINS], cn_i128 low, const cn_p16_params *p);

#endif
