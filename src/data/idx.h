/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** IDX files (LeCun's MNIST format): a big-endian header 00 00 08 D, D dimensions of 32 bits, then bytes.
 */

#ifndef CN_DATA_IDX_H
#define CN_DATA_IDX_H

#include "util/common.h"

#define CN_IDX_DIMS_MAX 3
#define CN_IDX_MAX_BYTES ((size_t)1 << 31) /* header and values */

/** Parse an IDX buffer of unsigned bytes with exactly dims dimensions (1 to 3).
 *  Out: size[dims]; *values points to their product of bytes in data. Both unchanged on failure.
 *  Returns: CN_OK; CN_ERR_MAGIC (another type of file, or another number of dimensions), CN_ERR_UNSUPPORTED
 * (element type), CN_ERR_TRUNCATED, CN_ERR_OVERSIZED, CN_ERR_FORMAT (zero or overflowing dimension); text
 * with offset, expected and found.  Time: independent of the values. */
CN_MUST_USE cn_status cn_idx_parse(size_t *size, const uint8_t **values, unsigned dims, const uint8_t *data,
                                   size_t bytes);

#endif
