/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Text files as a whole, cut into lines and words; numbers. For CSV, scaling.txt and networks of decimal text. */

#ifndef HOSPITAL_TEXT_H
#define HOSPITAL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define TEXT_MAX ((size_t)1 << 30) /* bytes of a file */

/** A file in memory, and a place in it. */
typedef struct text {
    const char *path; /* for messages, not owned */
    char *data;       /* owned; a NUL follows the last byte */
    char *next;       /* the next line */
    size_t line;      /* number of the line that text_line returned last, from 1 */
} text;

/** Read a file.  Out: *t, released with text_free also after a failure.
 *  Returns: false (and has said why) if it cannot be read, is longer than TEXT_MAX, or holds a zero byte. */
bool text_read(text *t, const char *path);

/** Release. A zeroed struct is allowed. */
void text_free(text *t);

/** The next line, with its end cut off: LF or CR LF. It is the caller's to cut further.  Returns: NULL at the end. */
char *text_line(text *t);

/** Cut blanks off both ends, in place.  Returns: the first byte that is none. */
char *text_trim(char *s);

/** The next word of *s, which moves behind it.  Returns: NULL if there is none. */
char *text_word(char **s);

/** A finite decimal number that fills all of s, with a point whatever the locale of the shell; no hexadecimal, no names. */
bool text_real(double *x, const char *s);

/** A whole number from least to most that fills all of s, digits only. */
bool text_whole(size_t *x, const char *s, size_t least, size_t most);

#endif
