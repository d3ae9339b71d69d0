/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What all programs of this folder share: exit codes, lines on stderr, where networks lie, files of results. */

#ifndef CN_BENCH_COMMON_H
#define CN_BENCH_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cryptonets_nn.h"

/** Exit codes. */
enum {
    CN_BENCH_OK = 0,
    CN_BENCH_FAILURE = 1,      /* something failed, or an encrypted score differs from the clear one */
    CN_BENCH_USAGE = 2,        /* command line not understood */
    CN_BENCH_INTERRUPTED = 130 /* stopped by SIGINT */
};

/** The name that lines on stderr begin with: each program defines it. */
extern const char *const cn_bench_program;

/** "PROGRAM: ..." as one line on stderr.  Returns: CN_BENCH_FAILURE. */
int cn_bench_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** Let all further lines of this process begin with a name, which must stay in memory. */
void cn_bench_fail_about(const char *name);

/** Load a model by its path (a slash, or .cnm at the end) or its name.  Out: *m owned by the caller.
 *  Returns: an exit code; failures are on stderr, here and below. */
int cn_bench_load_model(cn_model **m, const char *name);

/** Names of the networks in the first folder searched that has some, sorted.  Out: *names [*count], each and the list released with
 *  free.  Returns: an exit code; nothing is to be released after a failure. */
int cn_bench_list_models(char ***names, size_t *count);

/** Fail early if a file of results could not be written.  Write it: complete or not at all.  Returns: an exit code. */
int cn_bench_file_probe(const char *path);
int cn_bench_file_write(const char *path, void (*write)(FILE *out, const void *arg), const void *arg);

#endif
