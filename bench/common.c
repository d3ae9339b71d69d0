/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Failures of the programs of this folder, in one line each. */

#include "bench/common.h"

#include <stdarg.h>
#include <unistd.h>

static const char *subject; /* what lines are about; NULL: the whole run */

void cn_bench_fail_about(const char *name) { subject = name; }

int cn_bench_fail(const char *fmt, ...) {
    char text[2048];
    va_list args;
    int at = subject ? snprintf(text, sizeof text, "%.1000s: ", subject) : 0;
    va_start(args, fmt);
    vsnprintf(text + at, sizeof text - (size_t)at, fmt, args);
    va_end(args);
    if (isatty(STDERR_FILENO)) fputs("\r\033[K", stderr); /* the progress line */
    fprintf(stderr, "%s: ", cn_bench_program);
    for (const char *c = text; *c; c++) fputc((unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c, stderr);
    fputc('\n', stderr);
    return CN_BENCH_FAILURE;
}
