/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** scaling.txt: lines `feature OFFSET STEP NAME`, `class LABEL`, `unit REAL`, comments behind #. */

#include "scaling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "text.h"

static bool no_memory(const text *t) { return hospital_fail("%s: no memory", t->path); }

/** The rest of a line, as a name of its own. */
static bool read_name(char **name, const text *t, char *rest, const char *what) {
    rest = text_trim(rest);
    if (*rest == 0) return hospital_fail("%s: line %zu: expected the name of a %s, found none", t->path, t->line, what);
    return (*name = strdup(rest)) != NULL || no_memory(t);
}

static bool read_feature(scaling *s, const text *t, char *rest) {
    if (s->features == SCALING_FEATURES_MAX)
        return hospital_fail("%s: line %zu: expected at most %d features", t->path, t->line, SCALING_FEATURES_MAX);
    scaling_feature f = {0};
    const char *offset = text_word(&rest), *step = text_word(&rest);
    if (offset == NULL || step == NULL || !text_real(&f.offset, offset) || !text_real(&f.step, step) || !(f.step > 0))
        return hospital_fail(
            "%s: line %zu: expected 'feature OFFSET STEP NAME' with two numbers, the second positive, found " QUOTE
            " and " QUOTE,
            t->path, t->line, offset ? offset : "", step ? step : "");
    if (!read_name(&f.name, t, rest, "feature")) return false;
    for (size_t k = 0; k < s->features; k++)
        if (strcmp(s->feature[k].name, f.name) == 0) {
            hospital_fail("%s: line %zu: expected every feature once, found " QUOTE " again", t->path, t->line, f.name);
            free(f.name);
            return false;
        }
    scaling_feature *more = realloc(s->feature, (s->features + 1) * sizeof *more);
    if (more == NULL) {
        free(f.name);
        return no_memory(t);
    }
    s->feature = more;
    s->feature[s->features++] = f;
    return true;
}

static bool read_class(scaling *s, const text *t, char *rest) {
    for (int k = 0; k < SCALING_CLASSES; k++)
        if (s->class_name[k] == NULL) return read_name(&s->class_name[k], t, rest, "class");
    return hospital_fail("%s: line %zu: expected %d classes, found more; this program tells two apart", t->path, t->line,
                         SCALING_CLASSES);
}

static bool read_unit(scaling *s, const text *t, char *rest) {
    rest = text_trim(rest);
    if (!text_real(&s->unit, rest) || !(s->unit > 0))
        return hospital_fail("%s: line %zu: expected 'unit' and a positive number, found " QUOTE, t->path, t->line, rest);
    return true;
}

bool scaling_read(scaling *s, const char *path) {
    static const char remedy[] = "train the network again";
    text t;
    bool fine = false;
    char *line;
    *s = (scaling){0};
    if (!text_read(&t, path)) goto cleanup;
    while ((line = text_line(&t)) != NULL) {
        line = text_trim(line);
        if (*line == 0 || *line == '#') continue;
        const char *word = text_word(&line);
        if (strcmp(word, "feature") == 0 ? !read_feature(s, &t, line)
            : strcmp(word, "class") == 0 ? !read_class(s, &t, line)
            : strcmp(word, "unit") == 0
                ? !read_unit(s, &t, line)
                : !hospital_fail("%s: line %zu: expected feature, class or unit, found " QUOTE, path, t.line, word))
            goto cleanup;
    }
    if (s->features == 0) hospital_fail("%s: expected a line 'feature OFFSET STEP NAME', found none; %s", path, remedy);
    else if (s->class_name[1] == NULL)
        hospital_fail("%s: expected 2 lines 'class LABEL', found %d; %s", path, s->class_name[0] != NULL, remedy);
    else if (strcmp(s->class_name[0], s->class_name[1]) == 0)
        hospital_fail("%s: expected two names of classes, found " QUOTE " twice; %s", path, s->class_name[0], remedy);
    else if (!(s->unit > 0)) hospital_fail("%s: expected a line 'unit REAL', found none; %s", path, remedy);
    else fine = true;
cleanup:
    text_free(&t);
    return fine;
}

void scaling_free(scaling *s) {
    for (size_t f = 0; f < s->features; f++) free(s->feature[f].name);
    for (int k = 0; k < SCALING_CLASSES; k++) free(s->class_name[k]);
    free(s->feature);
    *s = (scaling){0};
}

double scaling_position(const scaling *s, size_t f, double x) { return (x - s->feature[f].offset) / s->feature[f].step; }

uint8_t scaling_byte(const scaling *s, size_t f, double x, bool *cut) {
    double byte = floor(scaling_position(s, f, x) + 0.5);
    if (byte >= 0 && byte <= 255) return (uint8_t)byte;
    *cut = true;
    return byte < 0 ? 0 : 255;
}
