/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** JSON text, one element per line. */

#include "util/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static void string(FILE *out, const char *s) {
    fputc('"', out);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\') fprintf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f) fprintf(out, "\\u%04x", c);
        else fputc(c, out);
    }
    fputc('"', out);
}

static void line(cn_json *j) {
    fputc('\n', j->out);
    for (unsigned i = 0; i < j->depth; i++) fputs("  ", j->out);
}

/** What precedes a value. */
static void begin(cn_json *j, const char *name) {
    if (j->filled) fputc(',', j->out);
    if (j->depth) line(j);
    if (name) {
        string(j->out, name);
        fputs(": ", j->out);
    }
    j->filled = true;
}

void cn_json_open(cn_json *j, const char *name, char bracket) {
    begin(j, name);
    fputc(bracket, j->out);
    j->depth++;
    j->filled = false;
}

void cn_json_close(cn_json *j, char bracket) {
    j->depth--;
    if (j->filled) line(j);
    fputc(bracket, j->out);
    if (!j->depth) fputc('\n', j->out);
    j->filled = true;
}

void cn_json_text(cn_json *j, const char *name, const char *value) {
    begin(j, name);
    string(j->out, value);
}

void cn_json_integer(cn_json *j, const char *name, uint64_t value) {
    begin(j, name);
    fprintf(j->out, "%" PRIu64, value);
}

void cn_json_number(cn_json *j, const char *name, double value) {
    char text[40] = "null";
    begin(j, name);
    for (int digits = 1; isfinite(value) && digits <= 17; digits++) { /* the shortest that reads back as the same number */
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (!(strtod(text, NULL) < value) && !(strtod(text, NULL) > value)) break;
    }
    fputs(text, j->out);
}

void cn_json_bool(cn_json *j, const char *name, bool value) {
    begin(j, name);
    fputs(value ? "true" : "false", j->out);
}

void cn_json_fragment(cn_json *j, const char *text) {
    if (j->filled) fputc(',', j->out);
    fputs(text, j->out);
    j->filled = true;
}
