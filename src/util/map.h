/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Memory that lies in a file, an unnamed one or an input: for what is large and read in order. Its pages need not stay in memory. */

#ifndef CN_UTIL_MAP_H
#define CN_UTIL_MAP_H

#include "util/common.h"

/** bytes > 0 bytes, zeroed, in a file without a name in folder; the room on disk is reserved at once, so that no later write fails.
 *  Not for secrets: they could reach the disk.  Out: *p, NULL on failure. Release with cn_map_free.
 *  Returns: CN_OK, CN_ERR_NOT_FOUND (no such folder), CN_ERR_IO (no permission, disk full), CN_ERR_MEMORY (no address space). */
cn_status cn_map_new(void **p, size_t bytes, const char *folder);

/** A whole file, to be read only.  Out: *p, *bytes; NULL and 0 on failure and for an empty file. Release with cn_map_free. Who may write
 *  the file meanwhile can change what is read, and end the process by making the file shorter: for files of one's own.
 *  Returns: CN_OK, CN_ERR_NOT_FOUND, CN_ERR_IO (no regular file, no permission), CN_ERR_MEMORY (no address space). */
cn_status cn_map_file(void **p, size_t *bytes, const char *path);

/** Let the whole pages between p and p + bytes leave memory; their content stays. p lies in such memory. */
void cn_map_evict(const void *p, size_t bytes);

/** Release all bytes of cn_map_new or cn_map_file. p = NULL is allowed. */
void cn_map_free(void *p, size_t bytes);

#endif
