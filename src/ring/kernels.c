/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The choice of kernel table. */

#include "ring/kernels.h"

static const cn_kernels *const tables[CN_ISAS] = {
    [CN_ISA_PORTABLE] = &cn_kernels_portable,
#if CN_HAVE_X86
    [CN_ISA_AVX2] = &cn_kernels_avx2,
    [CN_ISA_AVX512IFMA] = &cn_kernels_avx512,
#endif
};

const cn_kernels *cn_kernels_get(void) { return tables[cn_isa_chosen()]; }

const cn_kernels *const *cn_kernels_all(size_t *count) {
    *count = 0;
    while (*count < CN_ISAS && cn_isa_runs((cn_isa)*count)) ++*count;
    return tables;
}
