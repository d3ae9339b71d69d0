/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Requests and replies of one batch or of many: a file, or a folder with batch-0001.req, batch-0002.req, ... (.rep). */

#ifndef CN_CLI_BATCHES_H
#define CN_CLI_BATCHES_H

#include <stdbool.h>
#include <stddef.h>

#include "cryptonets.h"

#define CN_REQUEST_SUFFIX ".req"
#define CN_REPLY_SUFFIX ".rep"

typedef struct cn_batches {
    bool folder;
    bool made; /* the folder: by cn_batches_make */
    size_t count;
    char **path; /* [count] */
} cn_batches;

/** What is there at path: the file itself, or the batches in the folder, which must be numbered from 1 without a gap.
 *  Out: *b, zeroed on failure; released with cn_batches_clear.
 *  Returns: CN_OK, CN_ERR_NOT_FOUND (nothing there, a gap), CN_ERR_IO, CN_ERR_MEMORY. */
CN_MUST_USE cn_status cn_batches_list(cn_batches *b, const char *path, const char *suffix);

/** Names for count batches to be written: path itself, or, as folder says, files in that folder, which is made if it does
 *  not exist.  Returns: CN_OK, CN_ERR_IO (cannot be made, not writable, something else has the name), CN_ERR_NOT_FOUND (the
 *  folder above), CN_ERR_MEMORY. */
CN_MUST_USE cn_status cn_batches_make(cn_batches *b, const char *path, const char *suffix, size_t count, bool folder);

/** Remove the first count files, and the folder if it was made. */
void cn_batches_remove(const cn_batches *b, const char *path, size_t count);

void cn_batches_clear(cn_batches *b);

#endif
