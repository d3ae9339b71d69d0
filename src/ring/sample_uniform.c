/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Uniform polynomials from a public seed: the masks a of ciphertexts and keys, which are stored and
 *  sent as their 32-byte seed. Key stream of RFC 8439, rejection sampling. */

#include "ring/sample.h"

#include <string.h>

#include "util/bytes.h"
#include "util/chacha20.h"

#define BATCH_BLOCKS 32
#define BATCH_WORDS (BATCH_BLOCKS * CN_CHACHA20_BLOCK_BYTES / 8)
#define SPECIAL_LIMB 255

void cn_sample_uniform_var(uint64_t *r, size_t n, const cn_mod *m, const uint8_t seed[CN_SEED_BYTES],
                           cn_role role, unsigned limb, uint64_t index) {
    CN_VERIFY(limb < 256);
    uint8_t stream[BATCH_BLOCKS * CN_CHACHA20_BLOCK_BYTES];
    uint8_t nonce[CN_CHACHA20_NONCE_BYTES] = {(uint8_t)role, (uint8_t)limb, 0, 0};
    cn_store64_le(nonce + 4, index);
    uint64_t kept[BATCH_WORDS + 8];
    uint32_t counter = 0;
    for (size_t filled = 0; filled < n; counter += BATCH_BLOCKS) {
        cn_chacha20_blocks(stream, BATCH_BLOCKS, seed, nonce, counter);
        bool near_end = n - filled < BATCH_WORDS + 8; /* kernels may write a little more than they keep */
        uint64_t *to = near_end ? kept : r + filled;
        size_t count = cn_kernels_get()->accept_var(to, n - filled, stream, BATCH_WORDS, m);
        if (near_end) memcpy(r + filled, kept, count * sizeof *r);
        filled += count;
    }
}

void cn_sample_uniform_poly_var(cn_poly *p, const uint8_t seed[CN_SEED_BYTES], cn_role role, uint64_t index,
                                const cn_ring *ring) {
    for (unsigned i = 0; i < p->limbs; i++) {
        bool special = p->special && i + 1 == p->limbs;
        cn_sample_uniform_var(cn_poly_limb(p, i), p->n, &cn_poly_ntt(p, i, ring)->mod, seed, role,
                              special ? SPECIAL_LIMB : i, index);
    }
}
