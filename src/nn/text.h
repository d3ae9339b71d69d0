/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Numbers in plain text, walked by a cursor that knows its line and column, so that every refusal can say
 * where.
 *
 *  Lines end in LF or CR LF, the last one may lack its end. Blank lines and lines whose first word begins
 * with # are skipped. Words are separated by blanks (space, tab, CR, VT, FF). Not thread-safe per cursor;
 * no memory but in cn_text_open. */

#ifndef CN_NN_TEXT_H
#define CN_NN_TEXT_H

#include "util/common.h"

typedef struct cn_cursor {
    const char *path;    /* named in failure texts; not owned */
    const char *p, *end; /* next character, end of the file */
    const char *start;   /* of the present line */
    unsigned long line;  /* counted from 1 */
} cn_cursor;

/** Part of a line, not terminated, owned by the file's buffer. */
typedef struct cn_word {
    const char *s;
    size_t len; /* 0: none left */
} cn_word;

/** Read a whole file and put the cursor at its beginning, behind a UTF-8 byte order mark if there is one.
 *  Out: *data in cn_malloc memory, owned by the caller, to be kept as long as the cursor and its words.
 *  Returns: as cn_file_read. */
CN_MUST_USE cn_status cn_text_open(cn_cursor *c, uint8_t **data, const char *path);

/** True for the characters that separate words. */
bool cn_text_blank(char ch);

/** Over blanks within the line; behind the next line end, or to the end of the file. */
void cn_text_skip_blanks(cn_cursor *c);
void cn_text_next_line(cn_cursor *c);

/** Go to the first word of the next line that has one and is no comment, beginning with the present line,
 * at whose start the cursor must be.  Returns: false at the end of the file. */
bool cn_text_find_line(cn_cursor *c);

/** Next word of the present line, or of the file (over line ends and comments); len = 0: none. */
cn_word cn_text_word(cn_cursor *c);
cn_word cn_text_word_anywhere(cn_cursor *c);

/** Fail with "path: line, column: expected ..., found 'word'; remedy". w is on the present line.  Returns: s. */
cn_status cn_text_fail(cn_status s, const cn_cursor *c, cn_word w, const char *expected,
                       const char *remedy);

/** w as an integer with |x| < 2^bits, bits <= 126; what names it.
 *  Returns: CN_OK, CN_ERR_FORMAT (not an integer), CN_ERR_RANGE. */
CN_MUST_USE cn_status cn_text_int(cn_i128 *x, const cn_cursor *c, cn_word w, unsigned bits,
                                  const char *what);

/** Next word of the line as a size in [least, CN_MODEL_FEATURES_MAX].
 *  Returns: CN_OK, CN_ERR_FORMAT (missing, not an integer), CN_ERR_RANGE. */
CN_MUST_USE cn_status cn_text_size(uint32_t *x, cn_cursor *c, uint32_t least, const char *what);

/** The rest of the file must be rows lines of exactly row words each; goes to its end. Allows to know the
 * size of a matrix before memory is taken for it. Returns: CN_OK, CN_ERR_TRUNCATED, CN_ERR_OVERSIZED
 * (rows), CN_ERR_FORMAT (words of a row). */
CN_MUST_USE cn_status cn_text_check_rows(cn_cursor *c, uint32_t rows, size_t row);

/** The rest of the file as exactly count integers below 2^bits, on any lines, into that one of narrow (bits
 * <= 63) and wide (bits <= 126) which is not NULL. Returns: CN_OK, CN_ERR_TRUNCATED, CN_ERR_OVERSIZED,
 * CN_ERR_FORMAT, CN_ERR_RANGE; the output is unspecified on failure. */
CN_MUST_USE cn_status cn_text_numbers(int64_t *narrow, cn_i128 *wide, cn_cursor *c, size_t count,
                                      unsigned bits, const char *what);

/** The rest of the file as exactly count real numbers in decimal, such as -0.5 or 1e-3, on any lines; what names one.
 *  Returns: CN_OK, CN_ERR_TRUNCATED, CN_ERR_OVERSIZED, CN_ERR_FORMAT, CN_ERR_RANGE (not below 10^30), CN_ERR_MEMORY; the
 *  output is unspecified on failure. Does not depend on the locale. */
CN_MUST_USE cn_status cn_text_reals(double *out, cn_cursor *c, size_t count, const char *what);

#endif
