/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** JSON text [RFC 8259], written piece by piece. Numbers survive a round trip; names and strings are escaped. For programs; not part
 *  of the library. */

#ifndef CN_UTIL_JSON_H
#define CN_UTIL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** A writer. Start with {.out = stream}; errors show in ferror(out). */
typedef struct cn_json {
    FILE *out;
    unsigned depth;
    bool filled; /* the innermost list or object has an element */
} cn_json;

/** In all of them, name is the key inside an object, NULL inside a list and at the top. Strings are UTF-8. */
void cn_json_open(cn_json *j, const char *name, char bracket); /* '{' or '[' */
void cn_json_close(cn_json *j, char bracket);                  /* '}' or ']' */
void cn_json_text(cn_json *j, const char *name, const char *value);
void cn_json_integer(cn_json *j, const char *name, uint64_t value);
void cn_json_number(cn_json *j, const char *name, double value); /* null if not finite */
void cn_json_fragment(cn_json *j, const char *text); /* a finished element of a list, written by another writer of depth + 1 */
void cn_json_bool(cn_json *j, const char *name, bool value);

#endif
