/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Decompression of gzip data in memory (RFC 1952), through zlib where it is built in. */

#ifndef CN_UTIL_GZIP_H
#define CN_UTIL_GZIP_H

#include "util/common.h"

/** True if data begins with the two magic bytes of gzip. */
bool cn_is_gzip(const uint8_t *data, size_t size);

/** Decompress one gzip member that fills data from end to end.
 *  In: data size bytes for which cn_is_gzip holds; max_bytes cap of the result, at which work stops.
 *  Out: *out in cn_malloc memory with one extra zero byte behind it, *out_size its length in bytes;
 *  NULL and 0 on failure. Must not overlap data.
 *  Returns: CN_OK, CN_ERR_TRUNCATED, CN_ERR_OVERSIZED (above max_bytes), CN_ERR_FORMAT (broken stream, wrong
 *  checksum, or bytes behind its end), CN_ERR_UNSUPPORTED (no zlib in this build), CN_ERR_MEMORY. */
cn_status cn_gunzip(uint8_t **out, size_t *out_size, const uint8_t *data, size_t size, size_t max_bytes);

#endif
