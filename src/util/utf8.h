/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** UTF-8 text  [RFC 3629]. */

#ifndef CN_UTIL_UTF8_H
#define CN_UTIL_UTF8_H

#include "util/common.h"

/** True if the len bytes at text are well-formed UTF-8 without control characters (U+0000..1F, U+7F..9F);
 *  newline is let through if newlines is true. */
bool cn_text_valid(const char *text, size_t len, bool newlines);

#endif
