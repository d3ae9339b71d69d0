/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Images from PNG files, where the program was built with libpng. */

#ifndef CN_CLI_PNG_H
#define CN_CLI_PNG_H

#include <stddef.h>
#include <stdint.h>

#include "cryptonets.h"

#define CN_PNG_MAGIC "\x89PNG\r\n\x1a\n" /* 8 bytes */

/** Decode a grey PNG of inputs pixels, row by row. Depths below 8 bits are spread over 0 to 255; gamma and other notes are not applied. Colour,
 *  palette, alpha and 16 bits are refused: what grey they should become is the owner's choice.
 *  In: size bytes, the whole file.  Out: pixels, inputs bytes, zeroed on failure. What libpng held is wiped.
 *  Returns: CN_OK; CN_ERR_UNSUPPORTED (built without libpng; not grey, 16 bits, transparency); CN_ERR_MISMATCH (another number of pixels, before any is
 *  read); CN_ERR_FORMAT (damaged, cut short, something behind the end). */
CN_MUST_USE cn_status cn_png_decode(uint8_t *pixels, size_t inputs, const uint8_t *data, size_t size);

#endif
