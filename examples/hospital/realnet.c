/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Networks of dense layers and squares with real weights. */

#include "realnet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "text.h"

static bool join(char path[4096], const char *folder, const char *name) {
    int length = snprintf(path, 4096, "%s/%s", folder, name);
    return (length > 0 && length < 4096) || hospital_fail("%.60s...: the name of the folder is too long", folder);
}

/** Exactly count numbers from folder/name. */
static bool read_numbers(double *out, size_t count, const char *folder, const char *name) {
    char path[4096], *line, *word;
    text t;
    size_t found = 0;
    bool fine = true;
    if (!join(path, folder, name)) return false;
    fine = text_read(&t, path);
    while (fine && (line = text_line(&t)) != NULL)
        while (fine && (word = text_word(&line)) != NULL) {
            double x;
            if (!text_real(&x, word))
                fine = hospital_fail("%s: line %zu: expected a finite decimal number, found " QUOTE, path, t.line, word);
            else if (found < count) out[found] = x;
            found++;
        }
    if (fine && found != count)
        fine = hospital_fail("%s: expected %zu numbers, found %zu; write the folder again", path, count, found);
    text_free(&t);
    return fine;
}

/** The table gives network inputs at the 256 positions that a byte can have; between and beyond them the same line goes on. */
static bool read_table(realnet *n, const char *folder, const char *name) {
    double table[256];
    if (!read_numbers(table, 256, folder, name)) return false;
    n->zero = table[0];
    n->slope = (table[255] - table[0]) / 255;
    for (int p = 0; p < 256; p++)
        if (!(fabs(table[p] - (n->zero + n->slope * p)) <= 1e-6 * (fabs(table[0]) + fabs(table[255]))))
            return hospital_fail(
                "%s/%s: expected a straight line, found a bend at entry %d; only tables have such networks", folder, name,
                p);
    return true;
}

static bool read_dense(realnet *n, const char *folder, size_t units) {
    char name[32];
    size_t k = n->layers, before = k ? n->layer[k - 1].units : n->inputs;
    if (k == REALNET_LAYERS_MAX)
        return hospital_fail("%s/net.txt: expected at most %d dense layers", folder, REALNET_LAYERS_MAX);
    n->layer[k].units = units;
    n->layer[k].weight = calloc(units * before, sizeof(double));
    n->layer[k].bias = calloc(units, sizeof(double));
    n->layers++;
    if (n->layer[k].weight == NULL || n->layer[k].bias == NULL) return hospital_fail("%s: no memory", folder);
    snprintf(name, sizeof name, "W%zu.txt", k + 1);
    if (!read_numbers(n->layer[k].weight, units * before, folder, name)) return false;
    snprintf(name, sizeof name, "b%zu.txt", k + 1);
    return read_numbers(n->layer[k].bias, units, folder, name);
}

/** One line of net.txt.  In/out: *squared, whether the line before was a square (or the input). */
static bool read_line(realnet *n, bool *squared, const char *folder, const text *t, char *line) {
    const char *word = text_word(&line);
    char *rest = text_trim(line);
    size_t units;
    if (strcmp(word, "input") == 0 && n->inputs == 0) {
        const char *channels = text_word(&rest), *height = text_word(&rest);
        if (channels == NULL || height == NULL || strcmp(channels, "1") != 0 || strcmp(height, "1") != 0 ||
            !text_whole(&n->inputs, text_trim(rest), 1, REALNET_UNITS_MAX))
            return hospital_fail("%s: line %zu: expected 'input 1 1 N', N at most %d", t->path, t->line, REALNET_UNITS_MAX);
        return true;
    }
    if (strcmp(word, "lut") == 0 && n->slope == 0 && *rest != 0 && strchr(rest, '/') == NULL)
        return read_table(n, folder, rest);
    if (strcmp(word, "square") == 0 && !*squared && n->layers > 0) return *squared = true;
    if (strcmp(word, "fc") == 0 && *squared && n->inputs > 0 && text_whole(&units, rest, 1, REALNET_UNITS_MAX)) {
        *squared = false;
        return read_dense(n, folder, units);
    }
    return hospital_fail("%s: line %zu: expected input, lut, then fc lines with square between them, found " QUOTE
                         "; write the folder with --float",
                         t->path, t->line, word);
}

bool realnet_read(realnet *n, const char *folder) {
    char path[4096], *line;
    text t = {0};
    bool squared = true, fine = false;
    *n = (realnet){0};
    if (!join(path, folder, "net.txt") || !text_read(&t, path)) goto cleanup;
    while ((line = text_line(&t)) != NULL) {
        line = text_trim(line);
        if (*line != 0 && *line != '#' && !read_line(n, &squared, folder, &t, line)) goto cleanup;
    }
    if (n->layers == 0 || squared) hospital_fail("%s: expected an fc line at the end, found none", path);
    else if (n->slope == 0) hospital_fail("%s: expected a line 'lut FILE' with a table that rises, found none", path);
    else fine = true;
cleanup:
    text_free(&t);
    return fine;
}

void realnet_free(realnet *n) {
    for (size_t k = 0; k < n->layers; k++) {
        free(n->layer[k].weight);
        free(n->layer[k].bias);
    }
    *n = (realnet){0};
}

void realnet_scores(double *score, const realnet *n, const double *position) {
    double buffer[2][REALNET_UNITS_MAX];
    for (size_t i = 0; i < n->inputs; i++) buffer[0][i] = n->zero + n->slope * position[i];
    size_t before = n->inputs;
    for (size_t k = 0; k < n->layers; k++) {
        double *x = buffer[k % 2], *y = k + 1 == n->layers ? score : buffer[(k + 1) % 2];
        for (size_t i = 0; k > 0 && i < before; i++) x[i] *= x[i];
        for (size_t u = 0; u < n->layer[k].units; u++) {
            y[u] = n->layer[k].bias[u];
            for (size_t i = 0; i < before; i++) y[u] += n->layer[k].weight[u * before + i] * x[i];
        }
        before = n->layer[k].units;
    }
}
