/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A file of results: written under a temporary name first and then renamed, so that a file of that name is always complete. Links
 *  are followed; devices and pipes are written directly. */

#include "bench/common.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** What the name stands for. */
typedef struct target {
    char *path;      /* the file itself, symbolic links followed; where it does not exist yet, the name as given */
    char *temporary; /* the file to write and rename; NULL: path is a device or a pipe, written directly */
} target;

static void free_target(target *t) {
    free(t->path);
    free(t->temporary);
}

/** Returns: true, or false with errno set. Release with free_target in both cases. */
static bool find_target(target *t, const char *name) {
    struct stat st;
    *t = (target){.path = realpath(name, NULL)};
    if (t->path || lstat(name, &st) == 0) { /* it exists, at least as a link */
        if (stat(name, &st) != 0) return false;
        if (!S_ISREG(st.st_mode)) {
            if (S_ISDIR(st.st_mode)) errno = EISDIR;
            free(t->path); /* may be no name at all, as for a pipe */
            t->path = strdup(name);
            return t->path && !S_ISDIR(st.st_mode) && access(name, W_OK) == 0;
        }
    } else {
        t->path = strdup(name);
    }
    if (t->path && asprintf(&t->temporary, "%s.%ld.tmp", t->path, (long)getpid()) < 0) t->temporary = NULL;
    return t->path && t->temporary;
}

static int open_target(const target *t) {
    if (!t->temporary) return open(t->path, O_WRONLY | O_CLOEXEC);
    return open(t->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

static int cannot_write(const char *path) {
    return cn_bench_fail("%s: expected to write the results there, found an error (%s); check folder, permissions and free space", path,
                         strerror(errno));
}

/** Hold back the signals that would end the program between creating a temporary file and removing it; or let them through again. */
static void hold_signals(bool hold) {
    static sigset_t before;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    if (hold)
        pthread_sigmask(SIG_BLOCK, &set, &before);
    else
        pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int cn_bench_file_probe(const char *path) {
    int code = CN_BENCH_OK;
    target t;
    hold_signals(true);
    if (!find_target(&t, path)) {
        code = cannot_write(path);
    } else if (t.temporary) {
        int fd = open_target(&t);
        if (fd < 0) code = cannot_write(path);
        if (fd >= 0) unlink(t.temporary), close(fd);
    }
    free_target(&t);
    hold_signals(false);
    return code;
}

int cn_bench_file_write(const char *path, void (*write)(FILE *out, const void *arg), const void *arg) {
    target t;
    hold_signals(true);
    int code = CN_BENCH_OK, fd = find_target(&t, path) ? open_target(&t) : -1;
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out) {
        code = cannot_write(path);
        if (fd >= 0) close(fd);
    } else {
        write(out, arg);
        bool bad = fflush(out) != 0 || ferror(out) || (t.temporary && fsync(fd) != 0);
        if (fclose(out) != 0 || bad || (t.temporary && rename(t.temporary, t.path) != 0)) code = cannot_write(path);
    }
    if (t.temporary && fd >= 0 && code != CN_BENCH_OK) unlink(t.temporary);
    free_target(&t);
    hold_signals(false);
    return code;
}
