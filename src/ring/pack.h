/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Residues as a dense bit stream: each takes as many bits as its prime has, little-endian, lowest bit first. */

#ifndef CN_RING_PACK_H
#define CN_RING_PACK_H

#include "arith/modulus.h"

/** Bytes of n residues of bits bits each; n is a multiple of 8 or the last byte is padded with zero bits. */
static inline size_t cn_packed_bytes(size_t n, unsigned bits) { return (n * bits + 7) / 8; }

/** Members of the kernel table (ring/kernels.h), for any n and q. */
void cn_pack_portable(uint8_t *out, const uint64_t *x, size_t n, const cn_mod *m);
bool cn_unpack_portable(uint64_t *x, const uint8_t *in, size_t n, const cn_mod *m);

#endif
