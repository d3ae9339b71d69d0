/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Matrices of weights -1, 0 and 1 in the form of table look-ups: no multiplication, one addition per group of columns.
 *
 *  The columns are cut into groups of four, or of three where zeros occur. Of a group's inputs all signed sums are tabulated,
 *  2^4 or 3^3 of them; then each row adds the one sum that its weights name. This is the method of V. Arlazarov, E. Dinic,
 *  M. Kronrod, I. Faradzhev ("On economical construction of the transitive closure of a directed graph", Dokl. Akad. Nauk SSSR 194
 *  (1970), 487-488), the "four Russians", with sums of residues for rows of bits. Tables of CN_SUMS_CHUNK groups lie in first-level
 *  cache while all rows pass over them; a word names a row's sums in all of these.
 *
 *  A few zeros among weights -1 and 1 do not cost the larger groups: they are packed as 1 and taken off one by one. */

#ifndef CN_RING_SUMS_H
#define CN_RING_SUMS_H

#include "util/arena.h"

struct cn_matrix;

#define CN_SUMS_CHUNK 8     /* groups whose numbers a word holds, a byte each */
#define CN_SUMS_ROWS_MIN 24 /* fewer rows do not earn the tables back */
#define CN_SUMS_ENTRIES 27  /* most of a table */
#define CN_SUMS_TABLE(columns) ((columns) == 4 ? 16 : 27) /* entries of that of a group */

/** A weight packed as 1 that is 0. */
typedef struct cn_sums_zero {
    uint32_t row, col;
} cn_sums_zero;

typedef struct cn_sums {
    size_t chunks;           /* 0: the matrix is not of this kind */
    unsigned columns;        /* of a group: 4 (weights -1 and 1) or 3 (-1, 0 and 1) */
    const uint64_t *pattern; /* [chunks][rows]: byte k is the number of the sum in the table of group k: the weights as digits to the
                                base 2 (-1: 0, 1: 1) or 3 (weight + 1), the first column highest; any beyond the last column */
    size_t zeros;
    const cn_sums_zero *zero;
    cn_arena memory;
} cn_sums;

/** Pack m if that is faster: |weight| <= 1, CN_SUMS_ROWS_MIN rows, at least half of all places entries; and at most 65535 columns, so
 *  that sums of residues stay below 2^62.
 *  Out: *s, chunks 0 if m is not of that kind.  Returns: CN_OK, CN_ERR_MEMORY. Release with cn_sums_clear (zeroed struct allowed). */
cn_status cn_sums_init(cn_sums *s, const struct cn_matrix *m);

/** Additions that m takes at a point in this form: look-ups, entries of tables, zeros taken off.
 *  Returns: 0 if m is not of that kind. */
size_t cn_sums_additions(const struct cn_matrix *m);
void cn_sums_clear(cn_sums *s);

/** Scratch of a vector kernel on rows rows: tables, then running sums of half a tile; a multiple of CN_ALIGN. */
size_t cn_sums_scratch_bytes(size_t rows);

#endif
