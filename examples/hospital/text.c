/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Text files. The program never calls setlocale, so strtod reads the point as a point. */

#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

bool text_read(text *t, const char *path) {
    *t = (text){.path = path};
    FILE *file = fopen(path, "rb");
    if (file == NULL) return hospital_fail("%s: expected a file to read, found: %s", path, strerror(errno));
    size_t size = 0, room = 1 << 16;
    bool fine = false;
    for (;;) {
        char *more = realloc(t->data, room + 1);
        if (more == NULL) {
            hospital_fail("%s: no memory for a file of more than %zu bytes; split it", path, size);
            break;
        }
        t->data = more;
        size += fread(t->data + size, 1, room - size, file);
        if (ferror(file)) {
            hospital_fail("%s: expected a file to read, found: %s", path, strerror(errno));
            break;
        }
        if (size < room) {
            fine = true;
            break;
        }
        if (room >= TEXT_MAX) {
            hospital_fail("%s: expected at most %zu bytes; split the file", path, TEXT_MAX);
            break;
        }
        room *= 2;
    }
    fclose(file);
    if (!fine) return false;
    t->data[size] = 0;
    if (strlen(t->data) != size)
        return hospital_fail("%s: expected text, found a zero byte at offset %zu; export it as plain text", path,
                             strlen(t->data));
    t->next = t->data;
    return true;
}

void text_free(text *t) {
    free(t->data);
    *t = (text){0};
}

char *text_line(text *t) {
    char *line = t->next;
    if (*line == 0) return NULL;
    size_t length = strcspn(line, "\n");
    t->next = line + length + (line[length] == '\n');
    if (length > 0 && line[length] == '\n' && line[length - 1] == '\r') length--;
    line[length] = 0;
    t->line++;
    return line;
}

static bool blank(char c) { return c == ' ' || c == '\t'; }

char *text_trim(char *s) {
    while (blank(*s)) s++;
    size_t length = strlen(s);
    while (length > 0 && blank(s[length - 1])) s[--length] = 0;
    return s;
}

char *text_word(char **s) {
    char *word = *s;
    while (blank(*word)) word++;
    if (*word == 0) return NULL;
    char *end = word + strcspn(word, " \t");
    *s = *end ? end + 1 : end;
    *end = 0;
    return word;
}

bool text_real(double *x, const char *s) {
    char *end;
    if (*s == 0 || strspn(s, "0123456789+-.eE") != strlen(s)) return false;
    double v = strtod(s, &end);
    if (end == s || *end != 0 || !isfinite(v)) return false;
    *x = v;
    return true;
}

bool text_whole(size_t *x, const char *s, size_t least, size_t most) {
    if (*s == 0 || strlen(s) > 18 || strspn(s, "0123456789") != strlen(s)) return false;
    unsigned long long v = strtoull(s, NULL, 10);
    if (v < least || v > most) return false;
    *x = (size_t)v;
    return true;
}
