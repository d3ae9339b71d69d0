/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Memory that lies in an unnamed file: for what is large, written once and read in order. Its pages need not stay in memory. */

#ifndef CN_UTIL_MAP_H
#define CN_UTIL_MAP_H

#include "util/common.h"

/** bytes > 0 bytes, zeroed, in a file without a name in folder; the room on disk is reserved at once, so that no later write fails.
 *  Not for secrets: they could reach the disk.  Out: *p, NULL on failure. Release with cn_map_free.
 *  Returns: CN_OK, CN_ERR_NOT_FOUND (no such folder), CN_ERR_IO (no permission, disk full), CN_ERR_MEMORY (no address space). */
cn_status cn_map_new(void **p, size_t bytes, const char *folder);

/** Let the whole pages between p and p + bytes leave memory; their content stays. p lies in such memory. */
void cn_map_evict(const void *p, size_t bytes);

/** Release all bytes of cn_map_new. p = NULL is allowed. */
void cn_map_free(void *p, size_t bytes);

#endif
