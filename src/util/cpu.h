/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Which instruction sets this processor runs, and which one is to be used. The choice is made once
 *  and never changes a result: every back end produces the same bytes. */

#ifndef CN_UTIL_CPU_H
#define CN_UTIL_CPU_H

#include "util/common.h"

/** Instruction sets with code of their own, each including the ones before it. */
typedef enum cn_isa {
    CN_ISA_PORTABLE = 0,
    CN_ISA_AVX2 = 1,       /* AVX2 and FMA */
    CN_ISA_AVX512IFMA = 2, /* AVX-512 F, BW, DQ, VL, IFMA, VNNI, VBMI, VBMI2, VPOPCNTDQ: Ice Lake, Zen 4 and later */
    CN_ISAS
} cn_isa;

/** "portable", "avx2", "avx512ifma": the values of CRYPTONETS_CPU. */
const char *cn_isa_name(cn_isa isa);

/** Whether this processor and its operating system run isa. Thread-safe. */
bool cn_isa_runs(cn_isa isa);

/** The best one that runs, or the one that the environment variable CRYPTONETS_CPU names. An unknown name, or one that does
 *  not run here, falls back to portable and is remarked on in the log. Chosen at the first call, then constant; thread-safe. */
cn_isa cn_isa_chosen(void);

/* Functions with intrinsics carry their instruction set as an attribute, so no file needs compiler flags of its own and
 * the rest of the library stays at the baseline. */
#if defined(__x86_64__)
#define CN_HAVE_X86 1
#define CN_AVX2 __attribute__((target("avx2,fma")))
#define CN_AVX512                                                                                                  \
    __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512ifma,avx512vnni,avx512vbmi,"         \
                          "avx512vbmi2,avx512vpopcntdq")))
#define CN_AVX2_INLINE static inline __attribute__((always_inline)) CN_AVX2
#define CN_AVX512_INLINE static inline __attribute__((always_inline)) CN_AVX512
/* In front of a loop over registers: unroll it completely. */
#ifdef __clang__
#define CN_UNROLL _Pragma("clang loop unroll(full)")
#else
#define CN_UNROLL _Pragma("GCC unroll 16")
#endif
#else
#define CN_HAVE_X86 0
#endif

#endif
