/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Progress on a terminal, and interruption: a signal sets a flag, the next step of the work sees it. */

#include "cli/progress.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "util/status.h"

#define PAUSE 0.1 /* seconds between two lines */

static volatile sig_atomic_t stop;

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void cn_cli_progress_begin(cn_cli_progress *p) {
    struct sigaction before, action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    static const int number[] = {SIGINT, SIGTERM};
    sigemptyset(&action.sa_mask);
    for (unsigned i = 0; i < 2; i++)
        if (sigaction(number[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) sigaction(number[i], &action, NULL);
    p->visible = isatty(STDERR_FILENO) == 1;
    p->last = now();
}

int cn_cli_progress_step(void *user, const char *step, size_t done, size_t total) {
    cn_cli_progress *p = user;
    double t;
    if (stop) return 1;
    if (!p->visible || (t = now()) - p->last < PAUSE) return 0;
    p->last = t;
    p->shown = true;
    fputc('\r', stderr);
    if (p->batches > 1) fprintf(stderr, "batch %zu of %zu, ", p->batch, p->batches);
    fprintf(stderr, "%s %3.0f %%\033[K", step, total ? 100.0 * (double)done / (double)total : 100.0);
    fflush(stderr);
    return 0;
}

void cn_cli_progress_end(cn_cli_progress *p) {
    if (p->shown) fputs("\r\033[K", stderr);
    p->shown = false;
}

cn_status cn_cli_stopped(void) {
    if (!stop) return CN_OK;
    return cn_fail(CN_ERR_CANCELLED, "interrupted; no partial file was left");
}
