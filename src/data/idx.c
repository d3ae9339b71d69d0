/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** IDX headers: the only structure between an MNIST file and its pixels
 *  (LeCun, Cortes, Burges: "The MNIST database of handwritten digits", section "File formats"). */

#include "data/idx.h"

#include <string.h>

#include "util/bytes.h"
#include "util/status.h"
#include "util/verify.h"

#define TYPE_BYTES 0x08 /* unsigned byte, the only one of six element types read here */

static bool known_type(uint8_t t) { return t == 0x08 || t == 0x09 || (t >= 0x0b && t <= 0x0e); }

cn_status cn_idx_parse(size_t *size, const uint8_t **values, unsigned dims, const uint8_t *data,
                       size_t bytes) {
    CN_INVARIANT(dims >= 1 && dims <= CN_IDX_DIMS_MAX);
    size_t header = 4 + 4 * (size_t)dims;
    if (bytes >= 4) {
        if (data[0] != 0 || data[1] != 0 || !known_type(data[2]))
            return cn_fail(CN_ERR_MAGIC,
                           "offset 0: expected an IDX file beginning with 00 00 08 %02x, found %02x %02x "
                           "%02x "
                           "%02x; give the file as it is published",
                           dims, data[0], data[1], data[2], data[3]);
        if (data[2] != TYPE_BYTES)
            return cn_fail(CN_ERR_UNSUPPORTED,
                           "offset 2: expected element type 08 (unsigned byte), found %02x; convert the "
                           "data to bytes",
                           data[2]);
        if (data[3] != dims)
            return cn_fail(CN_ERR_MAGIC,
                           "offset 3: expected %u dimensions, found %u; images have 3, labels have 1", dims,
                           data[3]);
    }
    if (bytes < header)
        return cn_fail(CN_ERR_TRUNCATED,
                       "offset %zu: expected a header of %zu bytes, found %zu; get the file again", bytes,
                       header, bytes);

    size_t found[CN_IDX_DIMS_MAX], product = 1;
    for (unsigned i = 0; i < dims; i++) {
        found[i] = cn_load32_be(data + 4 + 4 * i);
        if (found[i] == 0 || found[i] > CN_IDX_MAX_BYTES / product)
            return cn_fail(CN_ERR_FORMAT,
                           "offset %u: expected a dimension of 1 to %zu, found %zu; get the file again",
                           4 + 4 * i, CN_IDX_MAX_BYTES / product, found[i]);
        product *= found[i];
    }
    if (bytes - header < product)
        return cn_fail(CN_ERR_TRUNCATED,
                       "offset %zu: expected %zu bytes in all, found %zu; get the file again", bytes,
                       header + product, bytes);
    if (bytes - header > product)
        return cn_fail(CN_ERR_OVERSIZED,
                       "offset %zu: expected %zu bytes in all, found %zu; get the file again",
                       header + product, header + product, bytes);
    memcpy(size, found, dims * sizeof *size);
    *values = data + header;
    return CN_OK;
}
