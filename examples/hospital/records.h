/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Records of patients from a CSV file. Columns are found by their names in the first line, whatever their order; columns
 *  that nobody asks for are skipped. */

#ifndef HOSPITAL_RECORDS_H
#define HOSPITAL_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "scaling.h"

#define RECORDS_LINE_MAX 65536 /* bytes of a line */
#define RECORDS_MAX 10000000   /* rows */
#define RECORDS_RISK "risk"    /* column with the true probability, where it is known */

typedef struct records {
    size_t rows, features;
    double *value;  /* [rows][features], in the order of the scaling */
    bool *positive; /* [rows], whether the label is the second class; NULL: the file has no such column */
    double *risk;   /* [rows], true probability, 0 .. 1; NULL: the file has no such column */
} records;

/** Read.  In: label name of the column of labels.  Out: *r, at least one row, released with records_free also after a
 *  failure.
 *  Returns: false (and has said why, with file and line) where the file cannot be read, a feature has no column or two, a
 *  line is longer than RECORDS_LINE_MAX or has more or fewer cells than the first, holds quotes, or where a cell that is
 *  needed is no finite number, no probability, or no class. */
bool records_read(records *r, const char *path, const scaling *s, const char *label);

/** Release. A zeroed struct is allowed. */
void records_free(records *r);

#endif
