/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Arrays of real numbers as NumPy writes them, .npy  [NumPy Enhancement Proposal 1; numpy.lib.format, versions 1 to 3]. */

#ifndef CN_NN_NPY_H
#define CN_NN_NPY_H

#include "util/common.h"

#define CN_NPY_DIMS_MAX 8

typedef struct cn_npy {
    const char *path;              /* named in failure texts; not owned */
    uint8_t *file;                 /* owned */
    const uint8_t *data;           /* count numbers in file */
    unsigned width;                /* bytes of a number: 4 or 8, IEEE 754 */
    bool big;                      /* endianness */
    unsigned dims;                 /* 0 to CN_NPY_DIMS_MAX */
    size_t shape[CN_NPY_DIMS_MAX]; /* the last index runs fastest */
    size_t count;                  /* product of the shape */
} cn_npy;

/** Read a file and its header. Accepted: float32 and float64 of either endianness in C order, with exactly as many bytes as the shape says.
 *  Out: *a, released with cn_npy_clear; zeroed on failure.
 *  Returns: as cn_file_read; CN_ERR_MAGIC, CN_ERR_VERSION, CN_ERR_TRUNCATED, CN_ERR_OVERSIZED, CN_ERR_FORMAT (header),
 *  CN_ERR_UNSUPPORTED (another type of numbers, Fortran order, more dimensions). */
CN_MUST_USE cn_status cn_npy_open(cn_npy *a, const char *path);

/** The same from memory.  In: a->path and size bytes at a->file.  Out: the other fields, unspecified on failure.
 *  Returns: as cn_npy_open, but for the codes of cn_file_read. */
CN_MUST_USE cn_status cn_npy_parse(cn_npy *a, size_t size);

/** Release. A zeroed struct is allowed. */
void cn_npy_clear(cn_npy *a);

/** The numbers.  Out: a->count doubles, unspecified on failure.  Returns: CN_OK, CN_ERR_RANGE (not finite, or 10^30 or more). */
CN_MUST_USE cn_status cn_npy_reals(double *out, const cn_npy *a);

#endif
