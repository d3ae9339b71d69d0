/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Residues as a dense bit stream (ring/pack.h), with the kernels in use. */

#ifndef CN_HE_PACK_H
#define CN_HE_PACK_H

#include "ring/kernels.h"
#include "ring/pack.h"

/** Contracts: members pack and unpack of cn_kernels. */
static inline void cn_pack(uint8_t *out, const uint64_t *x, size_t n, const cn_mod *m) { cn_kernels_get()->pack(out, x, n, m); }
static inline bool cn_unpack(uint64_t *x, const uint8_t *in, size_t n, const cn_mod *m) { return cn_kernels_get()->unpack(x, in, n, m); }

#endif
