/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Whole files in and out. Written files appear complete or not at all. */

#ifndef CN_UTIL_FILE_H
#define CN_UTIL_FILE_H

#include "util/common.h"

/** Read a whole file (gzip-compressed ones too where zlib is built in and the content starts with
 *  its magic; the cap then holds for the decompressed size, and decompression stops at the cap).
 *  Out: *data in cn_malloc memory with one extra zero byte behind it, *size its length in bytes.
 *  Returns: CN_OK, CN_ERR_NOT_FOUND, CN_ERR_IO, CN_ERR_OVERSIZED (above max_bytes),
 *  CN_ERR_TRUNCATED or CN_ERR_FORMAT (broken gzip stream), CN_ERR_UNSUPPORTED (gzip without zlib),
 *  CN_ERR_MEMORY. The text names the path. */
cn_status cn_file_read(uint8_t **data, size_t *size, const char *path, size_t max_bytes);

/** The same without decompression: for objects with one form. Buffers that were outgrown are wiped. */
cn_status cn_file_read_plain(uint8_t **data, size_t *size, const char *path, size_t max_bytes);

/** Write size bytes to path: temporary file in the same folder, fsync, rename. In the calling thread SIGINT, SIGTERM and
 *  SIGHUP are held back meanwhile, so no partial or temporary file is left behind, unless another thread lets them end the
 *  process. Of a symbolic link the
 *  target is replaced.
 *  Returns: CN_OK, CN_ERR_IO, CN_ERR_NOT_FOUND (folder), CN_ERR_MEMORY. */
cn_status cn_file_write(const char *path, const void *data, size_t size);

/** A stretch of bytes, not owned. */
typedef struct cn_bytes {
    const void *data;
    size_t size;
} cn_bytes;

/** The same for count stretches one behind the other, with permissions mode less the bits of the umask. Temporary and finished file are
 *  readable by nobody whom the mode leaves out, at any moment. */
cn_status cn_file_write_parts(const char *path, unsigned mode, const cn_bytes *part, size_t count);

/** The same where nothing may have the name yet, not even a link that leads nowhere: what is there is never replaced, whoever put it there and
 *  when.  Returns: as cn_file_write; CN_ERR_STATE (something has the name). */
cn_status cn_file_create_parts(const char *path, unsigned mode, const cn_bytes *part, size_t count);

/** True if path is an existing folder / regular file. */
bool cn_is_folder(const char *path);
bool cn_is_file(const char *path);

#endif
