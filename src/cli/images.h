/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Images as the data owner has them: IDX, CSV, PNG or raw bytes. */

#ifndef CN_CLI_IMAGES_H
#define CN_CLI_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cryptonets.h"

typedef enum cn_image_format {
    CN_IMAGES_GUESS, /* IDX and PNG by their first bytes, CSV by a name that ends in .csv */
    CN_IMAGES_IDX,
    CN_IMAGES_CSV,
    CN_IMAGES_PNG,   /* one image */
    CN_IMAGES_RAW
} cn_image_format;

/** Images of inputs bytes each. They are secret: wiped when released. */
typedef struct cn_images {
    const uint8_t *pixels; /* [count][inputs], in data */
    size_t count;
    uint8_t *data;
    size_t bytes;
} cn_images;

/** Read count images from number first on (count 0: all that follow).  In: paths names of files, one at least, whose images follow each other;
 *  each plain or compressed with gzip, at most 2 GiB.
 *  Out: *images, zeroed on failure; released with cn_images_clear.
 *  Returns: CN_OK, codes of cn_file_read, of cn_idx_parse, of cn_png_decode; CN_ERR_MAGIC (no format known), CN_ERR_FORMAT (CSV: no whole
 *  number from 0 to 255, rows of another length), CN_ERR_MISMATCH (images of another size), CN_ERR_SIZE (fewer images). The
 *  text names path and place. */
CN_MUST_USE cn_status cn_images_read(cn_images *images, char *const *path, size_t paths, cn_image_format format, size_t inputs, size_t first,
                                     size_t count);

/** A format by its name: idx, csv, png, raw.  Returns: whether there is one. */
bool cn_images_format(cn_image_format *format, const char *name);

/** Wipe and release. A zeroed struct is allowed. */
void cn_images_clear(cn_images *images);

#endif
