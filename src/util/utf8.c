/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** UTF-8, judged strictly. */

#include "util/utf8.h"

/** Bytes of the UTF-8 character at s (len > 0 left), 0 if ill-formed; its code point in *code.
 *  Well-formed means RFC 3629: shortest form, no surrogates, at most U+10FFFF. */
static size_t utf8_char(uint32_t *code, const unsigned char *s, size_t len) {
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
    if (n == 0 || n > len) return 0;
    uint32_t c = n == 1 ? s[0] : s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (s[i] >> 6 != 2) return 0;
        c = c << 6 | (s[i] & 0x3fu);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return 0;
    *code = c;
    return n;
}

bool cn_text_valid(const char *text, size_t len, bool newlines) {
    const unsigned char *s = (const unsigned char *)text;
    for (size_t i = 0; i < len;) {
        uint32_t c = 0;
        size_t n = utf8_char(&c, s + i, len - i);
        bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
        if (n == 0 || (control && !(newlines && c == '\n'))) return false;
        i += n;
    }
    return true;
}
