/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Names of batches. */

#include "cli/batches.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/file.h"
#include "util/mem.h"
#include "util/status.h"

/** FOLDER/batch-0001.req  Returns: to be released with cn_free, or NULL. */
static char *batch_path(const char *folder, size_t number, const char *suffix) {
    size_t length = strlen(folder), room = length + 40;
    char *path = cn_malloc(room, 1);
    if (path) snprintf(path, room, "%s%sbatch-%04zu%s", folder, length && folder[length - 1] == '/' ? "" : "/", number, suffix);
    return path;
}

/** The number in the name of a batch; 0 if it is none. */
static size_t number_of(const char *name, const char *suffix) {
    char again[40];
    if (strncmp(name, "batch-", 6) != 0) return 0;
    size_t number = strtoul(name + 6, NULL, 10);
    snprintf(again, sizeof again, "batch-%04zu%s", number, suffix);
    return strcmp(name, again) == 0 ? number : 0;
}

/** Number of batches in a folder, and the largest number. */
static cn_status count_batches(size_t *count, size_t *largest, const char *folder, const char *suffix) {
    DIR *d = opendir(folder);
    *count = *largest = 0;
    if (!d)
        return cn_fail(CN_ERR_IO, "%s: expected a readable folder, found an error (%s); check permissions", folder, strerror(errno));
    for (struct dirent *e; (e = readdir(d));) {
        size_t number = number_of(e->d_name, suffix);
        *count += number != 0;
        *largest = CN_MAX(*largest, number);
    }
    closedir(d);
    return CN_OK;
}

static cn_status name_batches(cn_batches *b, const char *path, const char *suffix, size_t count) {
    b->path = cn_calloc(count, sizeof *b->path);
    if (!b->path) return CN_ERR_MEMORY;
    for (b->count = 0; b->count < count; b->count++) {
        b->path[b->count] = b->folder ? batch_path(path, b->count + 1, suffix) : cn_strdup(path);
        if (!b->path[b->count]) {
            cn_batches_clear(b);
            return CN_ERR_MEMORY;
        }
    }
    return CN_OK;
}

cn_status cn_batches_list(cn_batches *b, const char *path, const char *suffix) {
    size_t count = 1, largest = 1;
    *b = (cn_batches){.folder = cn_is_folder(path)};
    if (b->folder) {
        CN_TRY(count_batches(&count, &largest, path, suffix));
        if (!count)
            return cn_fail(CN_ERR_NOT_FOUND, "%s: expected batch-0001%s and so on in this folder, found none; check the path", path,
                           suffix);
        if (largest != count)
            return cn_fail(CN_ERR_NOT_FOUND,
                           "%s: expected batches numbered from 1 without a gap, found %zu of %zu; copy the missing ones", path,
                           count, largest);
    }
    return name_batches(b, path, suffix, count);
}

/** The folder that path lies in can be written to: better known before long work than behind it. */
static cn_status check_place(const char *path) {
    cn_status status = CN_OK;
    char *above = cn_strdup(path);
    if (!above) return CN_ERR_MEMORY;
    char *slash = strrchr(above, '/');
    if (slash) slash[slash == above ? 1 : 0] = 0;
    const char *folder = slash ? above : ".";
    if (!cn_is_folder(folder))
        status = cn_fail(CN_ERR_NOT_FOUND, "%s: expected the folder %s, found none; make it", path, folder);
    else if (access(folder, W_OK | X_OK) != 0)
        status = cn_fail(CN_ERR_IO, "%s: expected a folder to write in, found %s (%s); check permissions", path, folder,
                         strerror(errno));
    else if (cn_is_folder(path))
        status = cn_fail(CN_ERR_IO, "%s: expected a file to write or replace, found a folder; name a file", path);
    cn_free(above);
    return status;
}

cn_status cn_batches_make(cn_batches *b, const char *path, const char *suffix, size_t count, bool folder) {
    *b = (cn_batches){.folder = folder};
    if (folder && mkdir(path, 0777) == 0) b->made = true;
    else if (folder && !cn_is_folder(path))
        return cn_fail(errno == ENOENT || errno == ENOTDIR ? CN_ERR_NOT_FOUND : CN_ERR_IO,
                       "%s: expected to make this folder, found an error (%s); name another one", path, strerror(errno));
    bool made = b->made;
    cn_status status = name_batches(b, path, suffix, count);
    if (status == CN_OK) status = check_place(b->path[0]);
    if (status == CN_OK) return CN_OK;
    cn_batches_clear(b);
    if (made) rmdir(path);
    return status;
}

void cn_batches_remove(const cn_batches *b, const char *path, size_t count) {
    for (size_t i = 0; i < count; i++) unlink(b->path[i]);
    if (b->made) rmdir(path);
}

void cn_batches_clear(cn_batches *b) {
    for (size_t i = 0; i < b->count; i++) cn_free(b->path[i]);
    cn_free(b->path);
    *b = (cn_batches){0};
}
