/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Numbers in plain text, walked by a cursor that knows line and column, so that every refusal says where. */

#include "nn/text.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arith/int128.h"
#include "nn/model.h"
#include "util/file.h"
#include "util/status.h"

#define WORD_SHOWN 40 /* characters of a word in a failure text */
#define REAL_LIMIT 1e30

/* ---- text with positions ------------------------------------------------------------------- */

bool cn_text_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

void cn_text_skip_blanks(cn_cursor *c) {
    while (c->p < c->end && cn_text_blank(*c->p)) c->p++;
}

void cn_text_next_line(cn_cursor *c) {
    while (c->p < c->end && *c->p != '\n') c->p++;
    if (c->p == c->end) return;
    c->start = ++c->p;
    c->line++;
}

bool cn_text_find_line(cn_cursor *c) {
    for (;; cn_text_next_line(c)) {
        cn_text_skip_blanks(c);
        if (c->p == c->end) return false;
        if (*c->p != '\n' && *c->p != '#') return true;
    }
}

cn_word cn_text_word(cn_cursor *c) {
    cn_text_skip_blanks(c);
    cn_word w = {c->p, 0};
    while (c->p < c->end && *c->p != '\n' && !cn_text_blank(*c->p)) c->p++;
    w.len = (size_t)(c->p - w.s);
    return w;
}

cn_word cn_text_word_anywhere(cn_cursor *c) {
    for (; c->p < c->end; cn_text_next_line(c)) {
        if (c->p == c->start && !cn_text_find_line(c)) break; /* over comments */
        cn_word w = cn_text_word(c);
        if (w.len > 0) return w;
    }
    return (cn_word){c->p, 0};
}

/** A word as shown in failure texts: quoted, printable, cut; "the end of the line" if empty. */
static const char *show(char out[WORD_SHOWN + 6], cn_word w) {
    if (w.len == 0) return "the end of the line";
    size_t n = CN_MIN(w.len, (size_t)WORD_SHOWN), k = 0;
    out[k++] = '\'';
    for (size_t i = 0; i < n; i++) out[k++] = w.s[i] > ' ' && w.s[i] < 0x7f ? w.s[i] : '?';
    for (int i = 0; i < 3 && n < w.len; i++) out[k++] = '.';
    out[k++] = '\'';
    out[k] = 0;
    return out;
}

cn_status cn_text_fail(cn_status s, const cn_cursor *c, cn_word w, const char *expected,
                       const char *remedy) {
    char shown[WORD_SHOWN + 6];
    return cn_fail(s, "%s: line %lu, column %zu: expected %s, found %s; %s", c->path, c->line,
                   (size_t)(w.s - c->start) + 1, expected, show(shown, w), remedy);
}

cn_status cn_text_int(cn_i128 *x, const cn_cursor *c, cn_word w, unsigned bits, const char *what) {
    char expected[96];
    cn_i128 limit = (cn_i128)1 << bits;
    cn_status s = w.len == 0 ? CN_ERR_FORMAT : cn_i128_parse(x, w.s, w.len);
    if (s == CN_OK && (*x <= -limit || *x >= limit)) s = CN_ERR_RANGE;
    if (s == CN_OK) return CN_OK;
    if (s == CN_ERR_RANGE) {
        snprintf(expected, sizeof expected, "%s with a magnitude below 2^%u", what, bits);
        return cn_text_fail(s, c, w, expected, "scale the network down");
    }
    snprintf(expected, sizeof expected, "%s, a whole number", what);
    return cn_text_fail(CN_ERR_FORMAT, c, w, expected,
                        "write integers in decimal digits, separated by blanks");
}

cn_status cn_text_size(uint32_t *x, cn_cursor *c, uint32_t least, const char *what) {
    char expected[96];
    cn_word w = cn_text_word(c);
    cn_i128 v = 0;
    cn_status s = w.len == 0 ? CN_ERR_FORMAT : cn_i128_parse(&v, w.s, w.len);
    if (s == CN_OK && v >= least && v <= CN_MODEL_FEATURES_MAX) {
        *x = (uint32_t)v;
        return CN_OK;
    }
    snprintf(expected, sizeof expected, "%s, %u to %u", what, least, CN_MODEL_FEATURES_MAX);
    return cn_text_fail(s == CN_OK ? CN_ERR_RANGE : s, c, w, expected,
                        "see the layer lines in doc/file-formats.md");
}

cn_status cn_text_open(cn_cursor *c, uint8_t **data, const char *path) {
    size_t size;
    CN_TRY(cn_file_read(data, &size, path, CN_MODEL_FILE_MAX));
    const char *text = (const char *)*data, *end = text + size;
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) text += 3; /* byte order mark */
    *c = (cn_cursor){path, text, end, text, 1};
    return CN_OK;
}

/* ---- number files -------------------------------------------------------------------------- */

cn_status cn_text_check_rows(cn_cursor *c, uint32_t rows, size_t row) {
    for (uint32_t i = 0; i < rows; i++, cn_text_next_line(c)) {
        if (!cn_text_find_line(c))
            return cn_fail(CN_ERR_TRUNCATED,
                           "%s: line %lu: expected %u rows of %zu weights, found the end of the file after "
                           "%u rows; write one row per output unit",
                           c->path, c->line, rows, row, i);
        size_t found = 0;
        while (cn_text_word(c).len > 0) found++;
        if (found != row)
            return cn_fail(CN_ERR_FORMAT,
                           "%s: line %lu: expected %zu weights in the row, found %zu; write one weight per "
                           "input of the unit",
                           c->path, c->line, row, found);
    }
    if (cn_text_find_line(c))
        return cn_fail(CN_ERR_OVERSIZED,
                       "%s: line %lu: expected the end of the file after %u rows, found another row; write "
                       "one row per output unit",
                       c->path, c->line, rows);
    return CN_OK;
}

/** There are count numbers, of which done have been read, and no more. */
static cn_status missing(const cn_cursor *c, size_t count, size_t done) {
    return cn_fail(CN_ERR_TRUNCATED,
                   "%s: line %lu: expected %zu numbers, found the end of the file after %zu; write them all",
                   c->path, c->line, count, done);
}

/** Fails unless nothing follows the count numbers read. */
static cn_status expect_end(cn_cursor *c, size_t count) {
    cn_word w = cn_text_word_anywhere(c);
    if (w.len == 0) return CN_OK;
    char expected[96];
    snprintf(expected, sizeof expected, "the end of the file after %zu numbers", count);
    return cn_text_fail(CN_ERR_OVERSIZED, c, w, expected, "remove the rest");
}

cn_status cn_text_numbers(int64_t *narrow, cn_i128 *wide, cn_cursor *c, size_t count, unsigned bits,
                          const char *what) {
    for (size_t i = 0; i < count; i++) {
        cn_i128 x = 0;
        cn_word w = cn_text_word_anywhere(c);
        if (w.len == 0) return missing(c, count, i);
        CN_TRY(cn_text_int(&x, c, w, bits, what));
        if (narrow != NULL)
            narrow[i] = (int64_t)x;
        else
            wide[i] = x;
    }
    return expect_end(c, count);
}

/** w in the locale "C". Characters are checked first: strtod would take hexadecimal, nan and inf too. */
static cn_status read_real(double *x, const cn_cursor *c, cn_word w, const char *what, locale_t locale) {
    char text[64], expected[96], *end = text;
    size_t good = 0;
    while (good < w.len && strchr("0123456789+-.eE", w.s[good]) != NULL && w.s[good] != 0) good++;
    if (good == w.len && w.len < sizeof text) {
        memcpy(text, w.s, w.len);
        text[w.len] = 0;
        *x = strtod_l(text, &end, locale);
    }
    if (end == text || *end != 0) {
        snprintf(expected, sizeof expected, "%s, a decimal number", what);
        return cn_text_fail(CN_ERR_FORMAT, c, w, expected, "write numbers such as -0.5 or 1e-3, separated by blanks");
    }
    if (fabs(*x) < REAL_LIMIT) return CN_OK;
    snprintf(expected, sizeof expected, "%s with a magnitude below 10^30", what);
    return cn_text_fail(CN_ERR_RANGE, c, w, expected, "scale the network down");
}

cn_status cn_text_reals(double *out, cn_cursor *c, size_t count, const char *what) {
    locale_t locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (locale == (locale_t)0) return cn_fail(CN_ERR_MEMORY, "%s: no memory to read numbers", c->path);
    cn_status status = CN_OK;
    for (size_t i = 0; i < count; i++) {
        cn_word w = cn_text_word_anywhere(c);
        CN_CHECK(w.len == 0 ? missing(c, count, i) : read_real(&out[i], c, w, what, locale));
    }
    status = expect_end(c, count);
cleanup:
    freelocale(locale);
    return status;
}
