/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Networks from plain text: a folder with net.txt, a look-up table, and W<k>.txt, b<k>.txt per conv or fc
 * line.
 *
 *  The format that people and training scripts write (doc/file-formats.md); everything ends in
 * cn_model_finish. Shapes are followed line by line, because the size of a W file depends on them.
 * Networks with real weights (real.h) come the same way: their numbers go to a cn_real_net, and the model keeps zeros. */

#include "nn/real.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/text.h"
#include "util/file.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/utf8.h"

#define README_MAX ((size_t)1 << 20) /* bytes of a README that are looked at */

/* ---- files --------------------------------------------------------------------------------- */

/** folder/name in cn_malloc memory, or NULL. */
static char *join(const char *folder, const char *name, size_t len) {
    size_t n = strlen(folder);
    char *path = cn_malloc(n + len + 2, 1);
    if (path == NULL) return NULL;
    memcpy(path, folder, n);
    path[n] = '/';
    memcpy(path + n + 1, name, len);
    path[n + 1 + len] = 0;
    return path;
}

/* ---- net.txt ------------------------------------------------------------------------------- */

typedef struct importer {
    cn_model *m;
    const char *folder;
    cn_cursor net;
    unsigned files;  /* pairs W<k>.txt, b<k>.txt read */
    bool input, lut; /* lines seen */
    cn_shape shape;  /* of the values so far */
    double scale;
    cn_real_net *real; /* takes the numbers if they are real; NULL: integers */
} importer;

/** Integers of one layer. */
static cn_status read_integers(cn_layer *l, const importer *im, const char *weight, const char *bias, uint32_t units) {
    cn_status status = CN_ERR_MEMORY;
    char *weight_path = join(im->folder, weight, strlen(weight)), *bias_path = join(im->folder, bias, strlen(bias));
    uint8_t *weights = NULL, *biases = NULL;
    cn_cursor c;
    if (weight_path == NULL || bias_path == NULL) goto cleanup;
    CN_CHECK(cn_text_open(&c, &weights, weight_path));
    cn_cursor numbers = c;
    CN_CHECK(cn_text_check_rows(&c, units, cn_layer_row(l))); /* before taking memory for that many */
    CN_CHECK(cn_layer_alloc(l, units, cn_layer_row(l)));
    CN_CHECK(cn_text_open(&c, &biases, bias_path));
    CN_CHECK(cn_text_numbers(l->weight, NULL, &numbers, l->weight_count, 63, "a weight"));
    CN_CHECK(cn_text_numbers(NULL, l->bias, &c, units, CN_MODEL_WIDE_BITS, "a bias"));
cleanup:
    cn_free(biases);
    cn_free(weights);
    cn_free(bias_path);
    cn_free(weight_path);
    return status;
}

/** The next W<k> and b<k>, of the last layer so far, whose input shape and kernel are known. */
static cn_status read_layer_files(importer *im, cn_layer *l, uint32_t units) {
    unsigned k = ++im->files, index = im->m->layer_count - 1;
    char weight[24], bias[24];
    snprintf(weight, sizeof weight, "W%u.txt", k);
    snprintf(bias, sizeof bias, "b%u.txt", k);
    if (im->real == NULL) return read_integers(l, im, weight, bias, units);
    weight[strlen(weight) - 4] = bias[strlen(bias) - 4] = 0; /* or .npy */
    CN_TRY(cn_real_file(&im->real->weight[index], im->folder, weight, units, cn_layer_row(l), "a weight"));
    CN_TRY(cn_real_file(&im->real->bias[index], im->folder, bias, units, 1, "a bias"));
    return cn_layer_alloc(l, units, cn_layer_row(l));
}

static cn_status read_input(importer *im, cn_layer *l) {
    (void)l;
    CN_TRY(cn_text_size(&im->m->input.channels, &im->net, 1, "a number of channels"));
    CN_TRY(cn_text_size(&im->m->input.height, &im->net, 1, "a height"));
    CN_TRY(cn_text_size(&im->m->input.width, &im->net, 1, "a width"));
    if (cn_shape_size(im->m->input) > CN_MODEL_FEATURES_MAX)
        return cn_fail(CN_ERR_SIZE,
                       "%s: line %lu: expected an input of at most %u values, found %u x %u x %u; use "
                       "smaller images",
                       im->net.path, im->net.line, CN_MODEL_FEATURES_MAX, im->m->input.channels,
                       im->m->input.height, im->m->input.width);
    im->input = true;
    im->shape = im->m->input;
    im->scale = im->m->input_scale;
    return CN_OK;
}

/** The file name is the rest of the line, so that it may contain blanks. */
static cn_status read_lut(importer *im, cn_layer *l) {
    (void)l;
    cn_cursor *c = &im->net, numbers;
    cn_text_skip_blanks(c);
    cn_word w = {c->p, 0};
    while (c->p < c->end && *c->p != '\n') c->p++;
    w.len = (size_t)(c->p - w.s);
    while (w.len > 0 && cn_text_blank(w.s[w.len - 1])) w.len--;
    if (w.len == 0 || memchr(w.s, '/', w.len) != NULL || memchr(w.s, 0, w.len) != NULL)
        return cn_text_fail(CN_ERR_FORMAT, c, w, "the name of a file in the same folder",
                            "write lut FILE without a folder");
    if (im->lut) return cn_text_fail(CN_ERR_FORMAT, c, w, "one lut line", "remove the second one");
    im->lut = true;

    cn_status status = CN_ERR_MEMORY;
    uint8_t *data = NULL;
    char *path = join(im->folder, w.s, w.len);
    if (path == NULL) goto cleanup;
    CN_CHECK(cn_text_open(&numbers, &data, path));
    CN_CHECK(im->real != NULL ? cn_text_reals(im->real->lut, &numbers, 256, "an input value")
                              : cn_text_numbers(im->m->lut, NULL, &numbers, 256, CN_MODEL_LUT_BITS, "an input value"));
cleanup:
    cn_free(data);
    cn_free(path);
    return status;
}

static cn_status read_conv(importer *im, cn_layer *l) {
    cn_cursor *c = &im->net;
    uint32_t maps, channels;
    CN_TRY(cn_text_size(&maps, c, 1, "a number of maps"));
    cn_cursor at = *c;
    CN_TRY(cn_text_size(&channels, c, 1, "a number of channels"));
    if (channels != im->shape.channels) {
        char expected[64];
        snprintf(expected, sizeof expected, "the %u channels of the layer's input", im->shape.channels);
        return cn_text_fail(CN_ERR_MODEL, &at, cn_text_word(&at), expected,
                            "repeat the channels of the layer before");
    }
    CN_TRY(cn_text_size(&l->kernel, c, 1, "a kernel size"));
    CN_TRY(cn_text_size(&l->stride, c, 1, "a stride"));
    CN_TRY(cn_text_size(&l->pad_left, c, 0, "a left padding"));
    CN_TRY(cn_text_size(&l->pad_right, c, 0, "a right padding"));
    CN_TRY(cn_text_size(&l->pad_top, c, 0, "a top padding"));
    CN_TRY(cn_text_size(&l->pad_bottom, c, 0, "a bottom padding"));
    return read_layer_files(im, l, maps);
}

static cn_status read_dense(importer *im, cn_layer *l) {
    uint32_t units;
    CN_TRY(cn_text_size(&units, &im->net, 1, "a number of outputs"));
    return read_layer_files(im, l, units);
}

static cn_status read_pool(importer *im, cn_layer *l) {
    CN_TRY(cn_text_size(&l->kernel, &im->net, 1, "a kernel size"));
    return cn_text_size(&l->stride, &im->net, 1, "a stride");
}

/** Three numbers are A x^2 + B x + C, four D x^3 + A x^2 + B x + C. */
static cn_status read_poly(importer *im, cn_layer *l) {
    int64_t k[4] = {0};
    for (int i = 0; i < 4; i++) {
        cn_i128 x = 0;
        cn_word w = cn_text_word(&im->net);
        if (i == 3 && w.len == 0) break;
        CN_TRY(cn_text_int(&x, &im->net, w, 63, "a coefficient"));
        if (i == 3) l->cubic = k[0], k[0] = k[1], k[1] = k[2], k[2] = (int64_t)x;
        else k[i] = (int64_t)x;
    }
    memcpy(l->poly, k, sizeof l->poly);
    return CN_OK;
}

static cn_status read_window(importer *im, cn_layer *l) {
    (void)l;
    cn_cursor *c = &im->net;
    CN_TRY(cn_text_int(&im->m->window_lo, c, cn_text_word(c), CN_MODEL_WIDE_BITS, "the window's low end"));
    cn_word w = cn_text_word(c);
    CN_TRY(cn_text_int(&im->m->window_t, c, w, CN_MODEL_WIDE_BITS, "the window's width"));
    if (im->m->window_t <= 0)
        return cn_text_fail(CN_ERR_RANGE, c, w, "a window's width of at least 1",
                            "calibrate the window again");
    im->m->has_window = true;
    return CN_OK;
}

/** Every line of net.txt begins with one of these. type 0: no layer. */
static const struct {
    const char *name;
    int type;
    cn_status (*read)(importer *im, cn_layer *l); /* NULL: no arguments */
} directives[] = {
    {"input", 0, read_input},
    {"lut", 0, read_lut},
    {"conv", CN_LAYER_CONV, read_conv},
    {"pool", CN_LAYER_POOL, read_pool},
    {"square", CN_LAYER_SQUARE, NULL},
    {"poly", CN_LAYER_POLY, read_poly},
    {"flatten", CN_LAYER_FLATTEN, NULL},
    {"fc", CN_LAYER_DENSE, read_dense},
    {"window", 0, read_window},
};

static cn_status read_directive(importer *im) {
    cn_cursor *c = &im->net;
    cn_model *m = im->m;
    cn_word w = cn_text_word(c);
    size_t d = 0;
    while (d < CN_ARRAY_LEN(directives) &&
           (strlen(directives[d].name) != w.len || memcmp(directives[d].name, w.s, w.len) != 0))
        d++;
    if (d == CN_ARRAY_LEN(directives))
        return cn_text_fail(CN_ERR_FORMAT, c, w,
                            "input, lut, conv, pool, square, poly, flatten, fc or window",
                            "see doc/file-formats.md");
    if (im->input == (directives[d].read == read_input))
        return cn_text_fail(CN_ERR_FORMAT, c, w,
                            im->input ? "one input line" : "input C H W as the first line",
                            "begin net.txt with the shape of the input");
    if (im->real != NULL && (directives[d].read == read_poly || directives[d].read == read_window))
        return cn_text_fail(CN_ERR_UNSUPPORTED, c, w, "no poly and no window in a network with real weights",
                            "use square; the window is found by calibration");
    if (m->has_window)
        return cn_text_fail(CN_ERR_FORMAT, c, w, "the end of the file after the window",
                            "write the window line last");

    cn_layer *l = NULL;
    if (directives[d].type != 0) {
        if (m->layer_count == CN_MODEL_LAYERS_MAX)
            return cn_fail(CN_ERR_SIZE,
                           "%s: line %lu: expected at most %d layers, found more; use a smaller network",
                           c->path, c->line, CN_MODEL_LAYERS_MAX);
        l = &m->layer[m->layer_count++];
        l->type = (cn_layer_type)directives[d].type;
        l->in = im->shape;
    }
    unsigned long line = c->line;
    if (directives[d].read != NULL) CN_TRY(directives[d].read(im, l));
    w = cn_text_word(c);
    if (w.len > 0)
        return cn_text_fail(CN_ERR_FORMAT, c, w, "the end of the line",
                            "see the layer lines in doc/file-formats.md");
    if (l != NULL) {
        CN_TRY(cn_fail_prefix(cn_layer_finish(l, m->layer_count, im->shape, im->scale), "%s: line %lu",
                              c->path, line));
        im->shape = l->out;
        im->scale = l->out_scale;
    }
    return CN_OK;
}

static cn_status read_net(cn_model *m, cn_real_net *real, const char *folder) {
    cn_status status = CN_ERR_MEMORY;
    importer im = {.m = m, .folder = folder, .real = real};
    uint8_t *data = NULL;
    char *path = join(folder, "net.txt", 7);
    if (path == NULL) goto cleanup;
    CN_CHECK(cn_text_open(&im.net, &data, path));
    while (cn_text_find_line(&im.net)) {
        CN_CHECK(read_directive(&im));
        cn_text_next_line(&im.net);
    }
    if (!im.input) {
        status = cn_fail(CN_ERR_TRUNCATED,
                         "%s: line %lu: expected input C H W, found the end of the file; see "
                         "doc/file-formats.md",
                         path, im.net.line);
        goto cleanup;
    }
    CN_CHECK(cn_fail_prefix(cn_model_finish(m), "%s", path));
cleanup:
    cn_free(path);
    cn_free(data);
    return status;
}

/* ---- name and provenance ------------------------------------------------------------------- */

/** Make any bytes valid text in place: blanks for tabs, nothing for carriage returns, ? for the rest that
 *  cn_text_valid refuses; cut at CN_MODEL_TEXT_MAX bytes, trailing white space removed. */
static void tidy_text(char *text, bool newlines) {
    size_t k = 0, len = strlen(text);
    for (size_t i = 0; i < len;) {
        size_t n = 1;
        while (n < 4 && i + n < len && ((unsigned char)text[i + n] >> 6) == 2) n++;
        if (text[i] == '\r') {
            i++;
            continue;
        }
        bool valid = cn_text_valid(text + i, n, newlines);
        if (!valid) {
            text[i] = text[i] == '\t' || text[i] == '\n' ? ' ' : '?';
            n = 1;
        }
        if (k + n > CN_MODEL_TEXT_MAX) break;
        memmove(text + k, text + i, n);
        k += n;
        i += n;
    }
    while (k > 0 && (text[k - 1] == '\n' || text[k - 1] == ' ')) k--;
    text[k] = 0;
}

/** The last component of the folder's path, of its absolute path if it is "." or the like. */
static cn_status name_after_folder(cn_model *m, const char *folder) {
    char absolute[PATH_MAX];
    const char *path = realpath(folder, absolute) != NULL ? absolute : folder;
    const char *slash = strrchr(path, '/');
    char *name = cn_strdup(slash != NULL ? slash + 1 : path);
    if (name == NULL) return CN_ERR_MEMORY;
    tidy_text(name, false);
    cn_status status = name[0] == 0 ? CN_OK : cn_model_set_name(m, name);
    cn_free(name);
    return status;
}

static cn_status provenance_from_readme(cn_model *m, const char *folder) {
    cn_status status = CN_ERR_MEMORY;
    uint8_t *data = NULL;
    size_t size;
    char *path = join(folder, "README", 6);
    if (path == NULL) goto cleanup;
    status = CN_OK;
    if (!cn_is_file(path)) goto cleanup;
    CN_CHECK(cn_file_read(&data, &size, path, README_MAX));
    tidy_text((char *)data, true);
    CN_CHECK(cn_model_set_provenance(m, (const char *)data));
cleanup:
    cn_free(data);
    cn_free(path);
    return status;
}

static cn_status import(cn_model **out, cn_real_net *real, const char *folder, const char *name,
                        const char *provenance) {
    if (!cn_is_folder(folder))
        return cn_fail(CN_ERR_NOT_FOUND, "%s: expected a folder with net.txt, found none; check the path",
                       folder);
    cn_model *m = NULL;
    cn_status status;
    CN_CHECK(cn_model_new(&m));
    CN_CHECK(name != NULL ? cn_model_set_name(m, name) : name_after_folder(m, folder));
    CN_CHECK(provenance != NULL ? cn_model_set_provenance(m, provenance)
                                : provenance_from_readme(m, folder));
    CN_CHECK(read_net(m, real, folder));
    *out = m;
    m = NULL;
cleanup:
    cn_model_free(m);
    return status;
}

cn_status cn_model_import(cn_model **out, const char *folder, const char *name, const char *provenance) {
    if (out != NULL) *out = NULL;
    if (out == NULL || folder == NULL)
        return cn_fail(CN_ERR_NULL, "cn_model_import: expected a result and a folder, found NULL; pass "
                                    "both");
    return import(out, NULL, folder, name, provenance);
}

cn_status cn_real_import(cn_model **m, cn_real_net *r, const char *folder, const char *name, const char *provenance) {
    *m = NULL;
    *r = (cn_real_net){0};
    for (int i = 0; i < 256; i++) r->lut[i] = i / 255.0;
    cn_status status = import(m, r, folder, name, provenance);
    if (status != CN_OK) cn_real_clear(r);
    return status;
}
