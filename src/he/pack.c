/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Bit packing of residues. */

#include "he/pack.h"

void cn_pack(uint8_t *out, const uint64_t *x, size_t n, const cn_mod *m) {
    cn_u128 hold = 0; /* bits waiting, below 2^(8 + bits) */
    unsigned fill = 0;
    CN_VERIFY_BELOW(x, n, m->q);
    for (size_t k = 0; k < n; k++) {
        hold |= (cn_u128)x[k] << fill;
        for (fill += m->bits; fill >= 8; fill -= 8, hold >>= 8) *out++ = (uint8_t)hold;
    }
    if (fill) *out = (uint8_t)hold;
}

bool cn_unpack(uint64_t *x, const uint8_t *in, size_t n, const cn_mod *m) {
    cn_u128 hold = 0;
    unsigned fill = 0;
    uint64_t mask = ((uint64_t)1 << m->bits) - 1, bad = 0;
    for (size_t k = 0; k < n; k++) {
        for (; fill < m->bits; fill += 8) hold |= (cn_u128)*in++ << fill;
        uint64_t v = (uint64_t)hold & mask;
        hold >>= m->bits;
        fill -= m->bits;
        uint64_t below = cn_ct_mask_lt(v, m->q);
        bad |= ~below;
        x[k] = v & below;
    }
    return bad == 0;
}
