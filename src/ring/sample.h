/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Random polynomials: uniform from a public seed, ternary and centred-binomial from the secret
 *  generator. */

#ifndef CN_RING_SAMPLE_H
#define CN_RING_SAMPLE_H

#include "ring/kernels.h"
#include "ring/poly.h"
#include "util/rng.h"

#define CN_SEED_BYTES 32
#define CN_ERROR_VARIANCE 10.5   /* CN_CBD_K / 2 */
#define CN_TERNARY_VARIANCE (2.0 / 3.0)

/** What a public uniform polynomial is for; part of the nonce, so roles never share a stream. */
typedef enum cn_role { CN_ROLE_CIPHERTEXT = 1, CN_ROLE_PUBLIC_KEY = 2, CN_ROLE_RELIN_KEY = 3, CN_ROLE_ROTATION_KEY = 4 } cn_role;

/** n uniform residues modulo q from a public seed: the ChaCha20 key is the seed, the nonce is
 *  role (1 byte) || limb (1 byte) || 0 (2 bytes) || index (8 bytes little-endian); the stream is cut into
 *  little-endian 64-bit words, each masked to the bit length of q and kept if below q (rejection).
 *  The order of acceptance is part of the format. Variable time: public data.
 *  Out: r, n words, reduced.  limb < 256. */
void cn_sample_uniform_var(uint64_t *r, size_t n, const cn_mod *m, const uint8_t seed[CN_SEED_BYTES],
                           cn_role role, unsigned limb, uint64_t index);

/** Every limb of p (its position as limb number; the special limb has number 255), in p's domain. */
void cn_sample_uniform_poly_var(cn_poly *p, const uint8_t seed[CN_SEED_BYTES], cn_role role, uint64_t index,
                                const cn_ring *ring);

/** n values in {-1, 0, 1}, uniform up to a bias below 2^-60, constant time.
 *  Returns: CN_OK, or CN_ERR_RANDOM with v zeroed. */
cn_status cn_sample_ternary(int8_t *v, size_t n, cn_rng *rng);

/** n values of the centred binomial distribution with parameter 21 (variance 10.5, |v| <= 21),
 *  constant time.  Returns: CN_OK, or CN_ERR_RANDOM with v zeroed. */
cn_status cn_sample_error(int8_t *v, size_t n, cn_rng *rng);

#endif
