/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Model files: what is accepted is written again as it was read. */

#include <string.h>

#include "fuzz.h"
#include "nn/model_format.h"
#include "util/bytes.h"
#include "util/mem.h"
#include "util/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cn_model *m;
    uint8_t *again;
    size_t bytes;
    if (cn_model_parse(&m, data, size) != CN_OK) {
        FUZZ_CHECK(m == NULL);
        return 0;
    }
    FUZZ_CHECK(cn_model_serialise(&again, &bytes, m) == CN_OK);
    FUZZ_CHECK(bytes == size && memcmp(again, data, size) == 0);
    cn_free(again);
    cn_model_free(m);
    return 0;
}

/** Header and digest; with some seeds the lengths of the records too, from the first that goes beyond the end. */
size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed) {
    (void)max;
    if (size < CN_MODEL_HEADER_BYTES + CN_SHA3_256_BYTES) return size;
    memcpy(data, CN_MODEL_MAGIC, CN_MODEL_MAGIC_BYTES);
    cn_store32_le(data + 8, CN_MODEL_VERSION);
    cn_store32_le(data + 12, 0);
    cn_store64_le(data + 16, size);
    size_t end = size - CN_SHA3_256_BYTES;
    for (size_t at = CN_MODEL_HEADER_BYTES; seed & 1 && end - at >= 12;) {
        uint64_t length = cn_load64_le(data + at + 4);
        if (length > end - at - 12) cn_store64_le(data + at + 4, length = end - at - 12);
        at += 12 + (size_t)length;
    }
    cn_sha3_256(data + end, data, end);
    return size;
}
