/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The header of a .npy file is a Python dictionary with three known keys: read by a parser for just these. */

#include "nn/npy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "util/file.h"
#include "util/mem.h"
#include "util/status.h"

#define FILE_MAX ((size_t)1 << 30)
#define NUMBER_LIMIT 1e30

/** Where the parser stands in the header; ok turns false at the first thing that was not expected, and stays so. */
typedef struct parser {
    const uint8_t *p, *end;
    bool ok;
} parser;

static void blanks(parser *h) {
    while (h->p < h->end && (*h->p == ' ' || *h->p == '\n')) h->p++;
}

/** Step over a word, after blanks.  Returns: whether it was there. */
static bool accept(parser *h, const char *word) {
    size_t len = strlen(word);
    blanks(h);
    if ((size_t)(h->end - h->p) < len || memcmp(h->p, word, len) != 0) return false;
    h->p += len;
    return true;
}

static void expect(parser *h, const char *word) { h->ok = h->ok && accept(h, word); }

/** A quoted text without escapes. */
static void quoted(char *text, size_t size, parser *h) {
    size_t len = 0;
    expect(h, "'");
    while (h->ok && h->p < h->end && *h->p != '\'' && len + 1 < size) text[len++] = (char)*h->p++;
    text[len] = 0;
    h->ok = h->ok && h->p < h->end && *h->p++ == '\'';
}

/** (), (N,), (N, N), ... Too many dimensions are counted, not kept. */
static void read_shape(cn_npy *a, parser *h) {
    expect(h, "(");
    a->count = 1;
    while (h->ok && !accept(h, ")")) {
        size_t x = 0;
        const uint8_t *first = h->p;
        for (; h->p < h->end && *h->p >= '0' && *h->p <= '9' && x <= FILE_MAX; h->p++) x = 10 * x + (size_t)(*h->p - '0');
        h->ok = h->p > first && x <= FILE_MAX;
        if (!h->ok) return;
        if (a->dims < CN_NPY_DIMS_MAX) a->shape[a->dims] = x;
        a->dims++;
        a->count = x && a->count > FILE_MAX / x ? FILE_MAX + 1 : a->count * x; /* beyond any file */
        if (!accept(h, ",")) {
            h->ok = a->dims > 1; /* (N) is no tuple */
            expect(h, ")");
            return;
        }
    }
}

/** The dictionary; the file goes on behind h->end.  Returns: CN_OK, CN_ERR_FORMAT, CN_ERR_UNSUPPORTED. */
static cn_status read_header(cn_npy *a, parser *h) {
    char key[16], type[16] = "";
    unsigned seen = 0;
    bool fortran = false;
    expect(h, "{");
    while (h->ok && !accept(h, "}")) {
        quoted(key, sizeof key, h);
        expect(h, ":");
        blanks(h);
        unsigned bit = strcmp(key, "descr") == 0 ? 1 : strcmp(key, "fortran_order") == 0 ? 2 : strcmp(key, "shape") == 0 ? 4 : 0;
        h->ok = h->ok && bit && !(seen & bit);
        if (!h->ok) break;
        seen |= bit;
        if (bit == 1 && h->p < h->end && *h->p != '\'')
            return cn_fail(CN_ERR_UNSUPPORTED, "%s: expected numbers, found records with fields; save one array per file", a->path);
        if (bit == 1) quoted(type, sizeof type, h);
        if (bit == 2) fortran = accept(h, "True"), h->ok = h->ok && (fortran || accept(h, "False"));
        if (bit == 4) read_shape(a, h);
        if (!accept(h, ",")) {
            expect(h, "}");
            break;
        }
    }
    blanks(h);
    if (!h->ok || seen != 7 || h->p != h->end)
        return cn_fail(CN_ERR_FORMAT, "%s: expected a header with descr, fortran_order and shape, found something else; save it again with "
                                      "numpy.save", a->path);
    a->big = type[0] == '>';
    a->width = strcmp(type + !!type[0], "f4") == 0 ? 4 : strcmp(type + !!type[0], "f8") == 0 ? 8 : 0;
    if (!a->width || (!a->big && type[0] != '<'))
        return cn_fail(CN_ERR_UNSUPPORTED, "%s: expected numbers of type f4 or f8, found '%s'; convert with astype('float64')", a->path, type);
    if (fortran) return cn_fail(CN_ERR_UNSUPPORTED, "%s: expected C order, found Fortran order; save numpy.ascontiguousarray of it", a->path);
    if (a->dims > CN_NPY_DIMS_MAX)
        return cn_fail(CN_ERR_UNSUPPORTED, "%s: expected at most %d dimensions, found %u; reshape it", a->path, CN_NPY_DIMS_MAX, a->dims);
    return CN_OK;
}

cn_status cn_npy_parse(cn_npy *a, size_t size) {
    static const uint8_t magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
    const uint8_t *f = a->file;
    if (size < 6 || memcmp(f, magic, 6) != 0)
        return cn_fail(CN_ERR_MAGIC, "%s: expected an array as numpy.save writes it, found another file", a->path);
    if (size < 12) return cn_fail(CN_ERR_TRUNCATED, "%s: expected a header, found the end of the file; copy the file again", a->path);
    if (f[6] < 1 || f[6] > 3) return cn_fail(CN_ERR_VERSION, "%s: expected version 1, 2 or 3 of the format, found %u", a->path, f[6]);
    size_t begin = f[6] == 1 ? 10 : 12, len = f[8] | (size_t)f[9] << 8;
    if (f[6] > 1) len |= (size_t)f[10] << 16 | (size_t)f[11] << 24;
    if (len > size - begin) return cn_fail(CN_ERR_TRUNCATED, "%s: expected a header of %zu bytes, found the end of the file; copy the file again", a->path, len);
    parser h = {f + begin, f + begin + len, true};
    CN_TRY(read_header(a, &h));
    a->data = h.end;
    size_t left = size - begin - len;
    if (a->count > left / a->width)
        return cn_fail(CN_ERR_TRUNCATED, "%s: expected as many numbers as the shape says, found %zu; copy the file again", a->path, left / a->width);
    if (a->count * a->width != left)
        return cn_fail(CN_ERR_OVERSIZED, "%s: expected %zu numbers, found %zu bytes more; copy the file again", a->path, a->count,
                       left - a->count * a->width);
    return CN_OK;
}

cn_status cn_npy_open(cn_npy *a, const char *path) {
    size_t size;
    *a = (cn_npy){.path = path};
    cn_status status = cn_file_read(&a->file, &size, path, FILE_MAX);
    if (status == CN_OK) status = cn_npy_parse(a, size);
    if (status != CN_OK) cn_npy_clear(a);
    return status;
}

void cn_npy_clear(cn_npy *a) {
    cn_free(a->file);
    *a = (cn_npy){0};
}

cn_status cn_npy_reals(double *out, const cn_npy *a) {
    for (size_t i = 0; i < a->count; i++) {
        const uint8_t *p = a->data + i * a->width;
        uint64_t bits = 0;
        for (unsigned k = 0; k < a->width; k++) bits |= (uint64_t)p[a->big ? a->width - 1 - k : k] << (8 * k);
        if (a->width == 8) {
            memcpy(&out[i], &bits, 8);
        } else {
            uint32_t half = (uint32_t)bits;
            float x;
            memcpy(&x, &half, 4);
            out[i] = (double)x;
        }
        if (!(fabs(out[i]) < NUMBER_LIMIT))
            return cn_fail(CN_ERR_RANGE, "%s: number %zu: expected a finite one below 10^30, found %g; look at how the network was trained",
                           a->path, i, out[i]);
    }
    return CN_OK;
}
