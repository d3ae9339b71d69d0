/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Making a ciphertext anew before it goes back to the holder of the key, so that it tells him nothing but its message (SECURITY.md, Circuit
 *  privacy; doc/noise.md, section 3.2). BFV only.
 *
 *      c <- c + Enc_pk(m') + (w, 0),   m' random in slots that nobody asked for, 0 or what is to be added in the others, w uniform in [-2^(b-1), 2^(b-1))
 *
 *  w drowns the noise of c and of the new encryption; a u + e1 of that encryption covers c1 for everybody, being an RLWE sample with secret u. */

#ifndef CN_HE_FLOOD_H
#define CN_HE_FLOOD_H

#include "he/scheme.h"
#include "util/rng.h"

/** What one ciphertext takes: secrets of whoever makes it anew. */
typedef struct cn_flood {
    unsigned bits;          /* b, 1 to CN_FLOOD_BITS_MAX */
    unsigned limbs;
    int8_t *small;          /* [CN_SMALL_MAX][n] */
    uint64_t *words;        /* [n][words of b bits], lowest first: w + 2^(b-1) */
    uint64_t *slots;        /* m', n words */
    cn_poly part[2], u;     /* the new encryption; scratch */
} cn_flood;

/** Buffers for ciphertexts of this many primes.  Returns: CN_OK, CN_ERR_MEMORY. Zeroed struct allowed in clear, which wipes. */
cn_status cn_flood_init(cn_flood *f, unsigned bits, unsigned limbs, const cn_context *ctx);
void cn_flood_clear(cn_flood *f, const cn_context *ctx);

/** Bytes of these buffers. */
size_t cn_flood_bytes(unsigned bits, unsigned limbs, size_t n);

/** Draw everything random for the ciphertext c, of which branch and factor are looked at. m' adds add[k] to slot k, nothing where add is NULL, for
 *  k < used; elsewhere it is uniform modulo t but for a bias below t / 2^128.  Returns: CN_OK, CN_ERR_RANDOM (nothing may be used then). Constant time. */
cn_status cn_flood_draw(cn_flood *f, const cn_cipher *c, size_t used, const uint64_t *add, cn_rng *rng, const cn_context *ctx);

/** Add it to a ciphertext of power 1 with f->limbs primes. What was drawn is wiped. Allocates nothing. Constant time. */
void cn_flood_core(cn_cipher *c, cn_flood *f, const cn_public_key *pk, const cn_context *ctx);

#endif
