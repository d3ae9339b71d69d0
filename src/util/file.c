/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Whole files in and out. A file is written under a temporary name beside its target, flushed to the disk and
 *  renamed over it, so that the target is at every moment either the old file or the new one. */

#include "util/file.h"

#include "util/gzip.h"
#include "util/mem.h"
#include "util/status.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool cn_is_folder(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool cn_is_file(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* ---- reading ------------------------------------------------------------------------------- */

static cn_status oversized(const char *path, size_t max_bytes) {
    return cn_fail(CN_ERR_OVERSIZED, "%s: expected at most %zu bytes, found more; use the intended file", path, max_bytes);
}

/* Read fd to its end, at most cap bytes. As cn_file_read, without decompression; sets no text for CN_ERR_OVERSIZED. */
static cn_status read_all(uint8_t **data, size_t *size, int fd, const char *path, size_t expected, size_t cap) {
    cn_status status = CN_OK;
    size_t capacity = CN_MIN(expected, cap), used = 0;
    uint8_t *buffer = cn_malloc(capacity + 1, 1); /* the extra byte shows whether the file goes on, then holds the zero */
    if (buffer == NULL) return CN_ERR_MEMORY;
    for (;;) {
        ssize_t n = read(fd, buffer + used, capacity + 1 - used);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            status = cn_fail(CN_ERR_IO, "%s: expected to read it, found an error at offset %zu (%s); check the disk", path,
                             used, strerror(errno));
            goto cleanup;
        }
        if (n == 0) break;
        used += (size_t)n;
        if (used <= capacity) continue;
        if (capacity == cap) {
            status = CN_ERR_OVERSIZED;
            goto cleanup;
        }
        /* used = capacity + 1: longer than its size said (a pipe, or a file that grows) */
        size_t larger = capacity > cap / 2 ? cap : CN_MAX(2 * capacity, CN_MIN(cap, (size_t)65536));
        uint8_t *moved = cn_malloc(larger + 1, 1);
        if (moved == NULL) {
            status = CN_ERR_MEMORY;
            goto cleanup;
        }
        memcpy(moved, buffer, used);
        cn_free_secret(buffer, capacity + 1); /* it may be a key that comes through a pipe */
        buffer = moved;
        capacity = larger;
    }
    buffer[used] = 0;
    *data = buffer;
    *size = used;
    buffer = NULL;
cleanup:
    cn_free(buffer);
    return status;
}

static cn_status read_file(uint8_t **data, size_t *size, const char *path, size_t max_bytes, bool decompress) {
    cn_status status = CN_OK;
    uint8_t *raw = NULL;
    size_t raw_size = 0;
    struct stat st;
    int fd = -1;
    *data = NULL;
    *size = 0;
    do fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        cn_status cause = errno == ENOENT || errno == ENOTDIR ? CN_ERR_NOT_FOUND : CN_ERR_IO;
        return cn_fail(cause, "%s: expected a readable file, found none (%s); check the path", path, strerror(errno));
    }
    if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
        status = cn_fail(CN_ERR_IO, "%s: expected a file, found a folder; name a file in it", path);
        goto cleanup;
    }
    /* Incompressible data grows under gzip by less than one part in 1024 and the header. */
    size_t most = CN_MIN(max_bytes, (size_t)PTRDIFF_MAX / 2);
    size_t expected = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size : 0;
    status = read_all(&raw, &raw_size, fd, path, expected, decompress ? most + most / 1024 + 1024 : most);
    if (status == CN_ERR_OVERSIZED || (status == CN_OK && raw_size > max_bytes && !(decompress && cn_is_gzip(raw, raw_size)))) {
        status = oversized(path, max_bytes);
    } else if (status == CN_ERR_MEMORY) {
        cn_fail_prefix(status, "%s", path);
    } else if (status == CN_OK && decompress && cn_is_gzip(raw, raw_size)) {
        status = cn_fail_prefix(cn_gunzip(data, size, raw, raw_size, most), "%s", path);
    } else if (status == CN_OK) {
        *data = raw;
        *size = raw_size;
        raw = NULL;
    }
cleanup:
    cn_free(raw);
    close(fd);
    return status;
}

cn_status cn_file_read(uint8_t **data, size_t *size, const char *path, size_t max_bytes) {
    return read_file(data, size, path, max_bytes, true);
}

cn_status cn_file_read_plain(uint8_t **data, size_t *size, const char *path, size_t max_bytes) {
    return read_file(data, size, path, max_bytes, false);
}

/* ---- writing ------------------------------------------------------------------------------- */

static cn_status write_failed(const char *path, const char *step) {
    cn_status cause = errno == ENOENT || errno == ENOTDIR ? CN_ERR_NOT_FOUND : CN_ERR_IO;
    return cn_fail(cause, "%s: expected to %s, found an error (%s); check folder, permissions and free space", path, step,
                   strerror(errno));
}

/* Open a new file whose name is that of the target with a suffix nobody else uses. Permissions are those of any
 * new file, mode without the bits of the umask, which mkstemp would not give. In: name room for room bytes. */
static int open_beside(char *name, size_t room, const char *path, unsigned mode) {
    static atomic_uint counter;
    int fd = -1;
    for (int attempt = 0; attempt < 1000 && fd < 0; attempt++) {
        snprintf(name, room, "%s.%ld-%u.tmp", path, (long)getpid(), atomic_fetch_add(&counter, 1));
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd < 0 && errno != EEXIST && errno != EINTR) break;
    }
    return fd;
}

static bool write_all(int fd, const uint8_t *data, size_t size) {
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

/* Make the rename itself durable. Best effort: some file systems have no such call. */
static void flush_folder(char *path) {
    char *slash = strrchr(path, '/');
    if (slash != NULL) slash[slash == path ? 1 : 0] = 0;
    int fd = open(slash != NULL ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd);
    close(fd);
}

/* Give a finished file its name, if nothing has it. Without hard links the name is claimed by an empty file, and that one replaced. */
static bool name_new(const char *name, const char *path) {
    if (link(name, path) == 0) {
        (void)unlink(name);
        return true;
    }
    if (errno == EEXIST) return false;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    close(fd);
    return rename(name, path) == 0;
}

static cn_status not_new(const char *path) {
    return cn_fail(CN_ERR_STATE, "%s: expected a new name, found a file, which is not overwritten; name another one", path);
}

/* Write to path, which is not a symbolic link, or must not exist. */
static cn_status write_here(const char *path, unsigned mode, const cn_bytes *part, size_t count, bool fresh) {
    cn_status status = CN_OK;
    struct stat st;
    if (fresh && lstat(path, &st) == 0) return not_new(path); /* the usual case, before anything is written */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        return cn_fail(CN_ERR_IO, "%s: expected a file to replace, found a folder or device; name a file", path);
    }
    size_t room = strlen(path) + 48; /* ".", a long, "-", an unsigned, ".tmp" and the end */
    char *name = cn_malloc(room, 1);
    if (name == NULL) return CN_ERR_MEMORY;

    sigset_t held, before;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &held, &before);

    int fd = open_beside(name, room, path, mode);
    if (fd < 0) {
        status = write_failed(path, "create a temporary file beside it");
    } else {
        for (size_t i = 0; i < count && status == CN_OK; i++)
            if (!write_all(fd, part[i].data, part[i].size)) status = write_failed(path, "write it");
        if (status == CN_OK && fsync(fd) != 0) status = write_failed(path, "flush it to the disk");
        if (close(fd) != 0 && status == CN_OK) status = write_failed(path, "close it");
        if (status == CN_OK && fresh && !name_new(name, path))
            status = errno == EEXIST ? not_new(path) : write_failed(path, "name the finished file so");
        if (status == CN_OK && !fresh && rename(name, path) != 0) status = write_failed(path, "rename the finished file to it");
        if (status == CN_OK) flush_folder(name);
        else unlink(name);
    }

    pthread_sigmask(SIG_SETMASK, &before, NULL);
    cn_free(name);
    return status;
}

cn_status cn_file_write_parts(const char *path, unsigned mode, const cn_bytes *part, size_t count) {
    struct stat st;
    if (lstat(path, &st) != 0 || !S_ISLNK(st.st_mode)) return write_here(path, mode, part, count, false);
    char *target = realpath(path, NULL); /* the file is replaced, not the link that leads to it */
    if (target == NULL) return cn_fail(CN_ERR_IO, "%s: expected a file or a link to one, found a link that leads nowhere; name a file", path);
    cn_status status = write_here(target, mode, part, count, false);
    free(target);
    return status;
}

cn_status cn_file_create_parts(const char *path, unsigned mode, const cn_bytes *part, size_t count) {
    return write_here(path, mode, part, count, true);
}

cn_status cn_file_write(const char *path, const void *data, size_t size) {
    return cn_file_write_parts(path, 0666, &(cn_bytes){data, size}, 1);
}
