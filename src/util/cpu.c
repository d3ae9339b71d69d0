/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Detection of instruction sets, and the user's choice among them. */

#include "util/cpu.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "util/status.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static cn_isa chosen;

const char *cn_isa_name(cn_isa isa) {
    static const char *const name[CN_ISAS] = {"portable", "avx2", "avx512ifma"};
    return name[isa];
}

bool cn_isa_runs(cn_isa isa) {
    if (isa == CN_ISA_PORTABLE) return true;
#if CN_HAVE_X86
    __builtin_cpu_init(); /* looks at cpuid and at what the operating system saves */
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (isa == CN_ISA_AVX2) return avx2;
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512ifma") && __builtin_cpu_supports("avx512vnni") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vpopcntdq");
#else
    return false;
#endif
}

static void choose(void) {
    const char *wanted = getenv("CRYPTONETS_CPU");
    bool named = wanted != NULL && wanted[0] != '\0', found = !named;
    for (unsigned i = 0; i < CN_ISAS; i++) {
        if (!cn_isa_runs((cn_isa)i) || (named && strcmp(wanted, cn_isa_name((cn_isa)i)) != 0)) continue;
        chosen = (cn_isa)i;
        found = true;
    }
    if (!found) cn_log("CRYPTONETS_CPU: no kernels named '%s' for this CPU; using '%s'", wanted, cn_isa_name(chosen));
}

cn_isa cn_isa_chosen(void) {
    pthread_once(&once, choose);
    return chosen;
}

const char *cn_kernels_name(void) { return cn_isa_name(cn_isa_chosen()); }
