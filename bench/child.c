/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Work in a process of its own. It begins as a copy of this one, small as it is: its peak memory is that of the work alone, and
 *  a failure, even a crash, stays its own. What it has to say comes through a pipe. */

#include "bench/bench.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/** The new process.  Returns: its exit code. */
static int work_here(int to, cn_bench_work work, const void *arg) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* alone it would be of no use */
    FILE *out = fdopen(to, "w");
    if (!out) return cn_bench_fail("cannot write to a pipe: %s", strerror(errno));
    int code = work(out, arg);
    bool bad = ferror(out);
    if ((fclose(out) != 0 || bad) && code == CN_BENCH_OK) code = cn_bench_fail("cannot write to a pipe: %s", strerror(errno));
    return code;
}

/** All that a process writes until it ends. An interruption is handed on.  Returns: text to be released with free, or NULL. */
static char *read_all(size_t *size, int from, pid_t child) {
    char *text = NULL, part[4096];
    bool told = false;
    FILE *all = open_memstream(&text, size);
    struct pollfd ready = {.fd = from, .events = POLLIN};
    for (ssize_t got = 1; got > 0;) {
        if (cn_bench_interrupted() && !told) told = kill(child, SIGINT) == 0;
        if (poll(&ready, 1, 100) <= 0) continue;
        got = read(from, part, sizeof part);
        if (all && got > 0) fwrite(part, 1, (size_t)got, all);
    }
    if (all) fclose(all);
    return text;
}

int cn_bench_child(char **text, size_t *size, bool *ended, const char *name, cn_bench_work work, const void *arg) {
    int end[2] = {-1, -1}, status, code = CN_BENCH_FAILURE;
    *text = NULL;
    *size = 0;
    *ended = false;
    fflush(stdout); /* or both would write what is left in it */
    pid_t child = pipe(end) == 0 ? fork() : -1;
    if (child == 0) {
        close(end[0]);
        _exit(work_here(end[1], work, arg));
    }
    if (end[1] >= 0) close(end[1]);
    if (child < 0) cn_bench_fail("%s: cannot start a process: %s; free memory or processes", name, strerror(errno));
    else *text = read_all(size, end[0], child);
    if (end[0] >= 0) close(end[0]);
    if (child > 0 && waitpid(child, &status, 0) == child) {
        *ended = WIFEXITED(status);
        if (*ended) code = WEXITSTATUS(status);
        else if (!cn_bench_interrupted())
            cn_bench_fail("%s: its process was ended by signal %d (%s)", name, WTERMSIG(status), strsignal(WTERMSIG(status)));
    }
    return cn_bench_interrupted() ? CN_BENCH_INTERRUPTED : code;
}
