/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Bit packing of residues, a machine word at a time. */

#include "ring/pack.h"

#include <string.h>

#include "util/bytes.h"

void cn_pack_portable(uint8_t *out, const uint64_t *x, size_t n, const cn_mod *m) {
    const unsigned bits = m->bits;
    uint64_t hold = 0; /* the last fill bits, not yet written */
    unsigned fill = 0;
    CN_VERIFY_BELOW(x, n, m->q);
    for (size_t k = 0; k < n; k++) {
        hold |= x[k] << fill;
        fill += bits;
        if (fill < 64) continue;
        cn_store64_le(out, hold);
        out += 8;
        fill -= 64;
        hold = x[k] >> (bits - fill); /* bits - fill is in [1, bits] */
    }
    for (; fill > 0; fill = fill > 8 ? fill - 8 : 0, hold >>= 8) *out++ = (uint8_t)hold;
}

/** The word that begins at a byte, as far as the stream of length bytes goes; zeros beyond. */
static uint64_t load_partial(const uint8_t *in, size_t at, size_t length) {
    uint8_t window[8] = {0};
    if (at < length) memcpy(window, in + at, CN_MIN(length - at, sizeof window));
    return cn_load64_le(window);
}

bool cn_unpack_portable(uint64_t *x, const uint8_t *in, size_t n, const cn_mod *m) {
    const unsigned bits = m->bits;
    const uint64_t mask = ((uint64_t)1 << bits) - 1, q = m->q;
    const size_t length = cn_packed_bytes(n, bits);
    uint64_t bad = 0;
    for (size_t k = 0, bit = 0; k < n; k++, bit += bits) {
        size_t at = bit / 8;
        unsigned shift = bit % 8;
        bool whole = at + 8 <= length; /* false for the last few: their time is that of the length, too */
        uint64_t v = (whole ? cn_load64_le(in + at) : load_partial(in, at, length)) >> shift;
        if (bits > 57 && shift + bits > 64) v |= load_partial(in, at + 8, length) << (64 - shift);
        v &= mask;
        uint64_t below = cn_ct_mask_lt(v, q);
        bad |= ~below;
        x[k] = v & below;
    }
    return bad == 0;
}
