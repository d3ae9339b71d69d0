/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** NumPy arrays: as many numbers as the shape says, all of them readable and, where that is said, finite. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "nn/npy.h"
#include "util/mem.h"
#include "util/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cn_npy a = {.path = "input.npy", .file = cn_malloc(size, 1)}; /* a copy of its own: reads behind it are found */
    FUZZ_CHECK(a.file);
    if (size) memcpy(a.file, data, size);
    if (cn_npy_parse(&a, size) == CN_OK) {
        size_t product = 1;
        for (unsigned i = 0; i < a.dims; i++) product *= a.shape[i];
        FUZZ_CHECK(a.dims <= CN_NPY_DIMS_MAX && product == a.count);
        FUZZ_CHECK(a.data + a.count * a.width == a.file + size);
        double *x = cn_malloc(a.count, sizeof *x);
        FUZZ_CHECK(x);
        if (cn_npy_reals(x, &a) == CN_OK)
            for (size_t i = 0; i < a.count; i++) FUZZ_CHECK(isfinite(x[i]));
        cn_free(x);
    }
    cn_npy_clear(&a);
    return 0;
}

/** Magic, version, length of the header: all that follows it becomes data. */
size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed) {
    (void)max;
    if (size < 12) return size;
    memcpy(data, "\x93NUMPY", 6);
    data[6] = (uint8_t)(1 + seed % 3);
    data[7] = 0;
    const uint8_t *end = memchr(data, '}', size);
    size_t begin = data[6] == 1 ? 10 : 12, header = end ? (size_t)(end + 1 - data) : size;
    if (header < begin) return size;
    data[8] = (uint8_t)(header - begin);
    data[9] = (uint8_t)((header - begin) >> 8);
    if (begin == 12) data[10] = data[11] = 0;
    return size;
}
