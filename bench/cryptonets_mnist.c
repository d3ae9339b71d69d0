/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** cryptonets-mnist: the CryptoNets experiment [Gilad-Bachrach et al., ICML 2016] from a model file to a table of times. This file
 *  ties the parts together (bench.h). */

#include "bench/bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/timing.h"

#ifdef CN_TESTING
#include "util/rng.h"
#endif

const char *const cn_bench_program = "cryptonets-mnist";

static void write_document(FILE *out, const void *bench) {
    cn_json j = {.out = out};
    cn_bench_json_run(&j, bench);
}

/** One model; what it is compared with, too, if that is another scheme. */
static int execute(cn_bench *b) {
    const cn_bench_options *o = b->options;
    cn_bench_options other_options = *o;
    cn_bench other = *b;
    int beside = CN_BENCH_OK, code = cn_bench_prepare(b, o->model);
    if (code == CN_BENCH_OK) code = cn_bench_run(b);
    if (code == CN_BENCH_OK && o->plan.scheme != CN_SCHEME_BFV) {
        other.options = &other_options;
        other_options.plan.scheme = CN_SCHEME_BFV;
        other_options.limit = b->data.count;
        other_options.batch = 0; /* the slots differ */
        other_options.scaling = false;
        beside = cn_bench_prepare(&other, o->model);
        if (beside == CN_BENCH_OK) beside = cn_bench_run(&other);
        if (beside == CN_BENCH_OK) b->beside = &other;
    }
    if (code == CN_BENCH_OK) {
        cn_bench_print_results(b);
        if (cn_bench_interrupted()) code = CN_BENCH_INTERRUPTED;
        else if (o->json) code = cn_bench_file_write(o->json, write_document, b);
        if (code == CN_BENCH_OK && o->chart) code = cn_bench_draw_run(b);
        int verdict = cn_bench_verdict(b);
        if (verdict == CN_BENCH_OK && b->beside) verdict = cn_bench_verdict(b->beside);
        if (verdict != CN_BENCH_OK) code = verdict;
        if (code == CN_BENCH_OK) code = beside; /* what could not be compared with */
    }
    cn_bench_clear(&other);
    b->beside = NULL;
    return code;
}

int main(int argc, char **argv) {
    cn_bench_options options;
    int code = cn_bench_parse(&options, argc, argv);
    if (code < 0) {
        cn_bench_begin();
#ifdef CN_TESTING
        if (options.seeded) cn_test_rng_deterministic(options.seed);
#endif
        cn_bench bench = {.options = &options};
        code = options.json ? cn_bench_file_probe(options.json) : CN_BENCH_OK;
        if (code == CN_BENCH_OK) code = cn_bench_draw_probe(&options);
        cn_timing_cpu(bench.cpu, sizeof bench.cpu);
        bench.core_ghz = cn_timing_ghz();
        if (code == CN_BENCH_OK)
            code = options.preset    ? cn_bench_preset(&bench)
                   : options.latency ? cn_bench_latency(&bench)
                   : options.ways    ? cn_bench_ways(&bench)
                   : options.sweep   ? cn_bench_sweep(&bench)
                                     : execute(&bench);
        cn_bench_clear(&bench);
    }
    if (code == CN_BENCH_INTERRUPTED) cn_bench_fail("interrupted; no result was written");
    /* Results may be in a pipe or on a full disk: they count only when they have been written. */
    bool failed = ferror(stdout);
    if ((fflush(stdout) != 0 || failed) && code == CN_BENCH_OK)
        code = cn_bench_fail("standard output: expected to write the result, found: %s", strerror(errno));
    return code;
}
