/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Long work: how far it is, on a terminal, and how it is stopped. */

#ifndef CN_CLI_PROGRESS_H
#define CN_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "cryptonets.h"

/** Start with {0}. Only the main thread has one. */
typedef struct cn_cli_progress {
    bool visible;          /* standard error is a terminal */
    bool shown;            /* there is a line to be wiped away */
    size_t batch, batches; /* which of how many, counted from 1; batches 0 or 1: not said */
    double last;           /* when the line was written, seconds */
} cn_cli_progress;

/** From now on SIGINT and SIGTERM ask to stop instead of ending the process, so that no file is left half written. */
void cn_cli_progress_begin(cn_cli_progress *p);

/** A cn_progress_fn; user is the cn_cli_progress. The line on standard error is renewed ten times a second at most.
 *  Returns: non-zero once a signal asked to stop. */
int cn_cli_progress_step(void *user, const char *step, size_t done, size_t total);

/** Wipe the line away. */
void cn_cli_progress_end(cn_cli_progress *p);

/** Has a signal asked to stop?  Returns: CN_OK, CN_ERR_CANCELLED. */
CN_MUST_USE cn_status cn_cli_stopped(void);

#endif
