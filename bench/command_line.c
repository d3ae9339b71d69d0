/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What command lines have in common: refusals in one line, strict decimal numbers. */

#include "bench/bench.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int cn_bench_usage(const char *fmt, ...) {
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    cn_bench_fail("%s; try '%s --help'", text, cn_bench_program);
    return CN_BENCH_USAGE;
}

/* getopt_long has stepped over a long option; a short one may be followed by others in the same word. */
int cn_bench_bad_option(char **argv, int result) {
    const char *word = optind > 0 && argv[optind - 1] ? argv[optind - 1] : "";
    if (result == ':') return cn_bench_usage("option '%s' needs an argument", word);
    if (optopt && strncmp(word, "--", 2) != 0) return cn_bench_usage("unknown option '-%c'", optopt);
    if (optopt) return cn_bench_usage("option '%s' takes no argument", word);
    return cn_bench_usage("unknown option '%s'", word);
}

int cn_bench_number(uint64_t *out, const char *name, uint64_t low, uint64_t high) {
    uint64_t x = 0;
    const char *p = optarg;
    for (; *p >= '0' && *p <= '9' && x <= high; p++) {
        unsigned digit = (unsigned)(*p - '0');
        x = x > (UINT64_MAX - digit) / 10 ? UINT64_MAX : x * 10 + digit;
    }
    if (p == optarg || *p || x < low || x > high)
        return cn_bench_usage("--%s: expected a whole number from %llu to %llu, found '%s'", name, (unsigned long long)low,
                     (unsigned long long)high, optarg);
    *out = x;
    return -1;
}

unsigned cn_bench_processors(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > CN_BENCH_THREADS_MAX ? CN_BENCH_THREADS_MAX : (unsigned)count;
}
