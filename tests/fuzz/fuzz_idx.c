/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** IDX files: values lie inside the input and are as many as the sizes say. */

#include "data/idx.h"
#include "fuzz.h"
#include "util/bytes.h"
#include "util/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (unsigned dims = 1; dims <= CN_IDX_DIMS_MAX; dims++) {
        size_t length[CN_IDX_DIMS_MAX], product = 1;
        const uint8_t *values;
        if (cn_idx_parse(length, &values, dims, data, size) != CN_OK) continue;
        for (unsigned i = 0; i < dims; i++) product *= length[i];
        FUZZ_CHECK(product > 0 && values == data + 4 + 4 * dims && values + product == data + size);
    }
    return 0;
}

/** The last size is made to fit the others. */
size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed) {
    (void)max;
    unsigned dims = 1 + seed % CN_IDX_DIMS_MAX;
    size_t header = 4 + 4 * dims, product = 1;
    if (size <= header) return size;
    data[0] = data[1] = 0, data[2] = 8, data[3] = (uint8_t)dims;
    for (unsigned i = 0; i + 1 < dims; i++) {
        if (seed & 8) data[4 + 4 * i] = data[5 + 4 * i] = 0;
        product *= CN_MAX(cn_load32_be(data + 4 + 4 * i), 1u);
    }
    size_t last = (size - header) / product;
    for (unsigned k = 0; k < 4; k++) data[header - 1 - k] = (uint8_t)(last >> (8 * k));
    return header + (last && product <= size ? product * last : size - header);
}
