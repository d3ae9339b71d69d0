/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Memory in unnamed files (O_TMPFILE; where the file system has none, a file that is removed at once). */

#include "util/map.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/status.h"

static int open_unnamed(const char *folder) {
    char name[PATH_MAX];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return fd;
    if ((size_t)snprintf(name, sizeof name, "%s/cryptonets.XXXXXX", folder) >= sizeof name) return errno = ENAMETOOLONG, -1;
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0) unlink(name);
    return fd;
}

cn_status cn_map_new(void **p, size_t bytes, const char *folder) {
    *p = NULL;
    int fd = open_unnamed(folder), error = 0;
    if (fd < 0)
        return cn_fail(errno == ENOENT || errno == ENOTDIR ? CN_ERR_NOT_FOUND : CN_ERR_IO,
                       "%s: expected a folder to write a temporary file in, found an error (%s); name another folder", folder,
                       strerror(errno));
    error = bytes > (size_t)LLONG_MAX ? EFBIG : posix_fallocate(fd, 0, (off_t)bytes);
    if (error) {
        close(fd);
        return cn_fail(CN_ERR_IO, "%s: expected room for %zu bytes, found an error (%s); name a folder with more room", folder, bytes,
                       strerror(error));
    }
    void *address = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    error = errno;
    close(fd);
    if (address == MAP_FAILED) return cn_fail(CN_ERR_MEMORY, "mapping of %zu bytes: expected address space, found none (%s)", bytes, strerror(error));
    *p = address;
    return CN_OK;
}

cn_status cn_map_file(void **p, size_t *bytes, const char *path) {
    struct stat st;
    *p = NULL;
    *bytes = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return cn_fail(errno == ENOENT || errno == ENOTDIR ? CN_ERR_NOT_FOUND : CN_ERR_IO,
                       "%s: expected a readable file, found none (%s); check the path", path, strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return cn_fail(CN_ERR_IO, "%s: expected a file, found a folder or device; name a file", path);
    }
    void *address = st.st_size > 0 ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    int error = errno;
    close(fd);
    if (address == MAP_FAILED)
        return cn_fail(CN_ERR_MEMORY, "%s: expected address space for %lld bytes, found none (%s)", path, (long long)st.st_size, strerror(error));
    *p = address;
    *bytes = (size_t)st.st_size;
    return CN_OK;
}

void cn_map_evict(const void *p, size_t bytes) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = ((uintptr_t)p + page - 1) / page * page;
    const uintptr_t end = ((uintptr_t)p + bytes) / page * page;
    if (begin < end) (void)madvise((void *)begin, end - begin, MADV_DONTNEED); /* a shared mapping of a file keeps its content */
}

void cn_map_free(void *p, size_t bytes) {
    if (p) munmap(p, bytes);
}
