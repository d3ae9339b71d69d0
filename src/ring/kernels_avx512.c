/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The kernel table of this instruction set; its members are in the files of the same suffix. */

#include "ring/kernels_x86.h"

#if CN_HAVE_X86
CN_KERNELS_TABLE(avx512, CN_ISA_AVX512IFMA, CN_TURN_STRIP_AVX512, avx512);
#endif
