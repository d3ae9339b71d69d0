/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** How many products of 512 bits the core starts per cycle: what the bounds of AVX-512 depend on. */

#include "bench/bench_kernels.h"

#if CN_HAVE_X86

#include <immintrin.h>

#define ROUNDS 2000
#define CHAINS 16 /* more than the latency in cycles times two per cycle */
#define SAMPLES 50

/** Products in chains that do not wait for each other. */
CN_AVX512 static void run_chains(void *arg) {
    __m512i x[CHAINS];
    (void)arg;
    CN_UNROLL for (int i = 0; i < CHAINS; i++) x[i] = _mm512_setzero_si512();
    for (unsigned k = 0; k < ROUNDS; k++)
        CN_UNROLL for (int i = 0; i < CHAINS; i++) __asm__ volatile("vpmadd52luq %0, %0, %0" : "+v"(x[i]));
}

double cn_bk_wide_products(void) {
    double sample[SAMPLES], ghz = cn_timing_ghz();
    cn_timed chains = {.run = run_chains, .repeats = 1};
    for (unsigned i = 0; i < SAMPLES; i++) sample[i] = cn_timing_sample(&chains);
    return ROUNDS * CHAINS / (cn_timing_min(sample, SAMPLES) * ghz);
}

#else

double cn_bk_wide_products(void) { return 0; }

#endif
