/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** CSV: the plain kind, cells between commas, no quotes. */

#include "records.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "text.h"

#define COLUMNS_MAX (RECORDS_LINE_MAX / 2)
#define NONE SIZE_MAX

/** The file while it is read. */
typedef struct reader {
    text t;
    const scaling *s;
    const char *label_name;
    char **cell;        /* [columns], of the present line */
    size_t columns;     /* of the first line */
    size_t *column;     /* [features] where each feature stands */
    size_t label, risk; /* columns, or NONE */
    size_t room;        /* rows that there is memory for */
} reader;

/** Cut the next line that is not blank into rd->cell, at most COLUMNS_MAX.  Out: *cells 0 at the end of the file. */
static bool next_row(reader *rd, size_t *cells) {
    char *line;
    *cells = 0;
    do {
        if ((line = text_line(&rd->t)) == NULL) return true;
        if (strlen(line) > RECORDS_LINE_MAX)
            return hospital_fail("%s: line %zu: expected at most %d bytes, found %zu; is this a table?", rd->t.path,
                                 rd->t.line, RECORDS_LINE_MAX, strlen(line));
    } while (*text_trim(line) == 0);
    if (strchr(line, '"') != NULL)
        return hospital_fail("%s: line %zu: expected cells without quotes, found '\"'; export the table without them",
                             rd->t.path, rd->t.line);
    for (char *next = line; next != NULL;) {
        char *comma = strchr(next, ',');
        if (comma != NULL) *comma++ = 0;
        if (*cells == COLUMNS_MAX)
            return hospital_fail("%s: line %zu: expected at most %d columns", rd->t.path, rd->t.line, COLUMNS_MAX);
        rd->cell[(*cells)++] = text_trim(next);
        next = comma;
    }
    return true;
}

/** Where a name stands in the first line, NONE if nowhere.  Returns: false if it stands there twice. */
static bool find(size_t *at, const reader *rd, const char *name) {
    *at = NONE;
    for (size_t k = 0; k < rd->columns; k++) {
        if (strcmp(rd->cell[k], name) != 0) continue;
        if (*at != NONE)
            return hospital_fail("%s: line %zu: expected one column " QUOTE ", found two; remove one", rd->t.path,
                                 rd->t.line, name);
        *at = k;
    }
    return true;
}

static bool read_header(reader *rd) {
    static const char mark[] = "\xef\xbb\xbf"; /* some programs begin UTF-8 with it */
    if (strncmp(rd->t.next, mark, 3) == 0) rd->t.next += 3;
    if (!next_row(rd, &rd->columns)) return false;
    if (rd->columns == 0)
        return hospital_fail("%s: expected a line of names and rows, found nothing; is the file empty?", rd->t.path);
    for (size_t f = 0; f < rd->s->features; f++) {
        if (!find(&rd->column[f], rd, rd->s->feature[f].name)) return false;
        if (rd->column[f] == NONE)
            return hospital_fail("%s: line %zu: expected a column " QUOTE
                                 ", found none among %zu; the network was trained with it",
                                 rd->t.path, rd->t.line, rd->s->feature[f].name, rd->columns);
    }
    return find(&rd->label, rd, rd->label_name) && find(&rd->risk, rd, RECORDS_RISK);
}

/** Memory for twice as many rows. */
static bool grow(records *r, reader *rd) {
    size_t room = rd->room ? 2 * rd->room : 1024;
    double *value = realloc(r->value, room * r->features * sizeof *value);
    if (value != NULL) r->value = value;
    bool *positive = rd->label != NONE ? realloc(r->positive, room * sizeof *positive) : NULL;
    if (positive != NULL) r->positive = positive;
    double *risk = rd->risk != NONE ? realloc(r->risk, room * sizeof *risk) : NULL;
    if (risk != NULL) r->risk = risk;
    if (value == NULL || (rd->label != NONE && positive == NULL) || (rd->risk != NONE && risk == NULL))
        return hospital_fail("%s: no memory for more than %zu rows; split the file", rd->t.path, r->rows);
    rd->room = room;
    return true;
}

static bool bad_cell(const reader *rd, const char *name, const char *expected, size_t column) {
    return hospital_fail("%s: line %zu, column " QUOTE ": expected %s, found " QUOTE "; correct or leave out the row",
                         rd->t.path, rd->t.line, name, expected, rd->cell[column]);
}

/** The cells of a row become numbers. */
static bool take_row(records *r, reader *rd) {
    const scaling *s = rd->s;
    if (r->rows == RECORDS_MAX)
        return hospital_fail("%s: expected at most %d rows; split the file", rd->t.path, RECORDS_MAX);
    if (r->rows == rd->room && !grow(r, rd)) return false;
    for (size_t f = 0; f < r->features; f++)
        if (!text_real(&r->value[r->rows * r->features + f], rd->cell[rd->column[f]]))
            return bad_cell(rd, s->feature[f].name, "a finite decimal number", rd->column[f]);
    if (rd->label != NONE) {
        const char *found = rd->cell[rd->label];
        bool positive = strcmp(found, s->class_name[1]) == 0;
        if (!positive && strcmp(found, s->class_name[0]) != 0)
            return hospital_fail("%s: line %zu, column " QUOTE ": expected " QUOTE " or " QUOTE ", found " QUOTE
                                 "; correct or leave out the row",
                                 rd->t.path, rd->t.line, rd->label_name, s->class_name[0], s->class_name[1], found);
        r->positive[r->rows] = positive;
    }
    if (rd->risk != NONE &&
        (!text_real(&r->risk[r->rows], rd->cell[rd->risk]) || r->risk[r->rows] < 0 || r->risk[r->rows] > 1))
        return bad_cell(rd, RECORDS_RISK, "a probability", rd->risk);
    r->rows++;
    return true;
}

bool records_read(records *r, const char *path, const scaling *s, const char *label) {
    reader rd = {.s = s, .label_name = label};
    size_t cells;
    bool fine = false;
    *r = (records){.features = s->features};
    if (!text_read(&rd.t, path)) goto cleanup;
    rd.cell = calloc(COLUMNS_MAX, sizeof *rd.cell);
    rd.column = calloc(s->features, sizeof *rd.column);
    if (rd.cell == NULL || rd.column == NULL) {
        hospital_fail("%s: no memory", path);
        goto cleanup;
    }
    if (!read_header(&rd)) goto cleanup;
    while (next_row(&rd, &cells)) {
        if (cells == 0) {
            fine = r->rows > 0 || hospital_fail("%s: expected rows behind the line of names, found none", path);
            break;
        }
        if (cells != rd.columns) {
            hospital_fail(
                "%s: line %zu: expected %zu cells, as many as in the first line, found %zu; correct or leave out the row",
                path, rd.t.line, rd.columns, cells);
            break;
        }
        if (!take_row(r, &rd)) break;
    }
cleanup:
    free(rd.column);
    free(rd.cell);
    text_free(&rd.t);
    return fine;
}

void records_free(records *r) {
    free(r->value);
    free(r->positive);
    free(r->risk);
    *r = (records){0};
}
