/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A bound on the memory of the process. One buffer of the server can be made smaller, that of the expanded inputs; it gets what
 *  everything else leaves. */

#include "bench/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/** Set aside for code, stacks and the scratch memory of client and server, which are there but not yet touched. */
#define SCRATCH (4 * CN_MIB)
#define SCRATCH_PER_THREAD (4 * CN_MIB)

/** The buffer is not made smaller than this part of its full size: the request is expanded anew for each part. */
#define PASSES_MAX 64

/** A figure of /proc/self/status, bytes; 0 if it is not there. */
static size_t status_bytes(const char *name) {
    char line[256];
    uint64_t kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && kib == 0 && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0) sscanf(line + strlen(name), " %" SCNu64, &kib);
    if (f) fclose(f);
    return (size_t)kib * 1024;
}

/* VmHWM belongs to this program alone; ru_maxrss may be that of the one which started it. */
size_t cn_bench_peak_memory(void) {
    struct rusage usage;
    size_t peak = status_bytes("VmHWM:");
    return peak || getrusage(RUSAGE_SELF, &usage) != 0 ? peak : (size_t)usage.ru_maxrss * 1024;
}

/** x / MiB, rounded up. */
static size_t mib_up(size_t x) { return (x + CN_MIB - 1) / CN_MIB; }

int cn_bench_bound_memory(cn_bench *b, cn_server *server) {
    const cn_bench_options *o = b->options;
    size_t limit = o->max_memory, held = status_bytes("VmRSS:"), request, reply, key, ciphers, full;
    if (!limit) return CN_BENCH_OK;
    if (!held) return cn_bench_fail("--max-memory: expected VmRSS in /proc/self/status, found none; run without a limit");
    cn_plan_bytes(b->plan, &request, &reply, &key);
    cn_plan_memory(b->plan, &ciphers, &full);
    if (o->spool) request = 0; /* only pages in use are in memory */
    const cn_params *p = cn_plan_params(b->plan);
    size_t errors = cn_model_inputs(b->model) * p->plains * p->n * (p->scheme == CN_SCHEME_YASHE ? 2 : o->plan.public_key ? 3 : 1); /* bytes: the client's */
    size_t scores = 2 * b->batch * cn_model_outputs(b->model) * sizeof(cn_i128);
    size_t rest = errors + scores + SCRATCH + SCRATCH_PER_THREAD * o->threads;
    size_t fixed = held + request + ciphers + rest;
    size_t least = fixed + full / PASSES_MAX; /* of n >= 4096 points 1/64 is no less than the server's least buffer, 16 points */
    if (limit < least)
        return cn_bench_fail("--max-memory %zu: expected at least %zu for model %s (MiB: %zu held now, request %zu, ciphertexts %zu, "
                             "other buffers %zu); allow that much, or take another --model, fewer --plains or fewer --threads",
                             limit / CN_MIB, mib_up(least), cn_model_name(b->model), mib_up(held), mib_up(request), mib_up(ciphers),
                             mib_up(rest + full / PASSES_MAX));
    b->memory = (cn_bench_memory){.fixed = fixed, .buffer = limit - fixed < full ? limit - fixed : full, .full = full};
    return cn_server_limit_memory(server, b->memory.buffer) == CN_OK ? CN_BENCH_OK : cn_bench_fail_library();
}
