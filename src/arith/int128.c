/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Decimal text and residues of 128-bit integers: biases come in from model files this way, scores
 *  go out to the terminal. */

#include "arith/int128.h"

#define MAX_MAGNITUDE ((((cn_u128)1) << 127) - 1) /* parsing is symmetric: -2^127 is refused */

/** |x|, also of the least value. */
static cn_u128 magnitude(cn_i128 x) { return x < 0 ? -(cn_u128)x : (cn_u128)x; }

char *cn_i128_format(char out[CN_I128_TEXT], cn_i128 x) {
    char digits[CN_I128_TEXT]; /* backwards */
    size_t count = 0, at = 0;
    cn_u128 rest = magnitude(x);
    do {
        digits[count++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest != 0);
    if (x < 0) out[at++] = '-';
    while (count > 0) out[at++] = digits[--count];
    out[at] = '\0';
    return out;
}

cn_status cn_i128_parse(cn_i128 *x, const char *token, size_t len) {
    bool negative = len > 0 && token[0] == '-', too_large = false;
    size_t i = len > 0 && (token[0] == '-' || token[0] == '+') ? 1 : 0;
    cn_u128 value = 0;
    if (i == len) return CN_ERR_FORMAT;
    for (; i < len; i++) {
        if (token[i] < '0' || token[i] > '9') return CN_ERR_FORMAT;
        unsigned digit = (unsigned)(token[i] - '0');
        if (value > (MAX_MAGNITUDE - digit) / 10) too_large = true;
        if (!too_large) value = 10 * value + digit;
    }
    if (too_large) return CN_ERR_RANGE;
    *x = negative ? -(cn_i128)value : (cn_i128)value;
    return CN_OK;
}

uint64_t cn_i128_mod(cn_i128 x, const cn_mod *m) {
    uint64_t r = cn_mod_reduce128(magnitude(x), m);
    return x < 0 ? cn_mod_neg(r, m) : r;
}
