/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Images from files. The whole file is read; CSV is turned into bytes in its own place, since a number is never shorter than one
 *  character. */

#include "cli/images.h"

#include <string.h>

#include "cli/png.h"
#include "data/idx.h"
#include "util/file.h"
#include "util/mem.h"
#include "util/status.h"

/** The images of an IDX file. */
static cn_status read_idx(cn_images *images, size_t size, size_t inputs) {
    size_t shape[3];
    CN_TRY(cn_idx_parse(shape, &images->pixels, 3, images->data, size));
    if (shape[1] * shape[2] != inputs)
        return cn_fail(CN_ERR_MISMATCH, "images of %zu x %zu pixels; expected %zu in all, the inputs of the plan", shape[1],
                       shape[2], inputs);
    images->count = shape[0];
    return CN_OK;
}

static cn_status read_raw(cn_images *images, size_t size, size_t inputs) {
    if (!size || size % inputs)
        return cn_fail(CN_ERR_MISMATCH, "%zu bytes; expected a multiple of %zu, the inputs of the plan, and not 0", size, inputs);
    images->pixels = images->data;
    images->count = size / inputs;
    return CN_OK;
}

/** One image takes the place of the file. */
static cn_status read_png(cn_images *images, size_t size, size_t inputs) {
    uint8_t *pixels = cn_malloc(inputs, 1);
    if (!pixels) return CN_ERR_MEMORY;
    cn_status status = cn_png_decode(pixels, inputs, images->data, size);
    cn_free_secret(images->data, images->bytes);
    *images = (cn_images){.pixels = pixels, .count = 1, .data = pixels, .bytes = inputs};
    return status;
}

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\r'; }

/** A number of a row from data[*at] on, which moves behind it and the blanks around it.  Returns: false if there is none. */
static bool read_byte(uint8_t *out, size_t *at, const uint8_t *data) {
    unsigned x = 0, digits = 0;
    while (is_blank(data[*at])) ++*at;
    for (; data[*at] >= '0' && data[*at] <= '9' && x <= 255; ++*at, digits++) x = 10 * x + (data[*at] - (unsigned)'0');
    while (is_blank(data[*at])) ++*at;
    *out = (uint8_t)x;
    return digits && x <= 255;
}

/** One image per line, numbers with commas between them; blank lines and lines that begin with # are skipped.
 *  In: data[size] = 0. */
static cn_status read_csv(cn_images *images, size_t size, size_t inputs) {
    uint8_t *data = images->data, *out = data;
    size_t at = 0;
    for (size_t line = 1; at < size; line++, at++) {
        size_t begin = at, values = 0;
        while (is_blank(data[at])) at++;
        bool skip = data[at] == '#' || data[at] == '\n' || at == size;
        if (data[at] == '#') while (at < size && data[at] != '\n') at++;
        while (!skip) {
            uint8_t x;
            if (!read_byte(&x, &at, data))
                return cn_fail(CN_ERR_FORMAT, "line %zu, column %zu: expected a whole number from 0 to 255", line,
                               at - begin + 1);
            if (at < size && data[at] != ',' && data[at] != '\n')
                return cn_fail(CN_ERR_FORMAT, "line %zu, column %zu: expected a comma or the end of the line", line,
                               at - begin + 1);
            if (++values > inputs) break;
            *out++ = x;
            if (data[at] != ',') break;
            at++;
        }
        if (!skip && values != inputs)
            return cn_fail(CN_ERR_MISMATCH, "line %zu: %s numbers than expected; expected %zu, the inputs of the plan", line,
                           values < inputs ? "fewer" : "more", inputs);
        images->count += !skip;
    }
    images->pixels = data;
    return CN_OK;
}

/** What a file seems to be. */
static cn_status guess(cn_image_format *format, const uint8_t *data, size_t size, const char *path) {
    size_t length = strlen(path);
    if (size >= 4 && memcmp(data, "\0\0\x08\x03", 4) == 0) *format = CN_IMAGES_IDX;
    else if (size >= 8 && memcmp(data, CN_PNG_MAGIC, 8) == 0) *format = CN_IMAGES_PNG;
    else if (length >= 4 && strcmp(path + length - 4, ".csv") == 0) *format = CN_IMAGES_CSV;
    else
        return cn_fail(CN_ERR_MAGIC, "expected an IDX file of images, a PNG file, or a name that ends in .csv, found neither; give --format=idx, "
                                     "csv, png or raw");
    return CN_OK;
}

static cn_status parse(cn_images *images, size_t size, const char *path, cn_image_format format, size_t inputs) {
    if (format == CN_IMAGES_GUESS) CN_TRY(guess(&format, images->data, size, path));
    return format == CN_IMAGES_IDX   ? read_idx(images, size, inputs)
           : format == CN_IMAGES_CSV ? read_csv(images, size, inputs)
           : format == CN_IMAGES_PNG ? read_png(images, size, inputs)
                                     : read_raw(images, size, inputs);
}

/** All images of one file. */
static cn_status read_file(cn_images *images, const char *path, cn_image_format format, size_t inputs) {
    *images = (cn_images){0};
    CN_TRY(cn_file_read(&images->data, &images->bytes, path, CN_IDX_MAX_BYTES));
    cn_status status = parse(images, images->bytes, path, format, inputs);
    if (status != CN_OK) cn_images_clear(images);
    return cn_fail_prefix(status, "%s", path);
}

/** The images of several files, one file behind the other. */
static cn_status read_files(cn_images *images, char *const *path, size_t paths, cn_image_format format, size_t inputs) {
    cn_status status = CN_OK;
    cn_images *part = cn_calloc(paths, sizeof *part);
    size_t count = 0;
    *images = (cn_images){0};
    if (!part) return CN_ERR_MEMORY;
    for (size_t i = 0; i < paths; i++) {
        CN_CHECK(read_file(&part[i], path[i], format, inputs));
        count += part[i].count;
    }
    images->data = cn_malloc(count, inputs);
    if (!images->data) CN_CHECK(CN_ERR_MEMORY);
    images->bytes = count * inputs;
    images->pixels = images->data;
    for (size_t i = 0; i < paths; images->count += part[i++].count)
        memcpy(images->data + images->count * inputs, part[i].pixels, part[i].count * inputs);
cleanup:
    for (size_t i = 0; i < paths; i++) cn_images_clear(&part[i]);
    cn_free(part);
    return status;
}

cn_status cn_images_read(cn_images *images, char *const *path, size_t paths, cn_image_format format, size_t inputs, size_t first, size_t count) {
    CN_TRY(paths == 1 ? read_file(images, path[0], format, inputs) : read_files(images, path, paths, format, inputs));
    if (first >= images->count || count > images->count - first) {
        size_t found = images->count;
        cn_images_clear(images);
        return cn_fail(CN_ERR_SIZE, "%s%s: %zu images; expected at least %zu", path[0], paths > 1 ? " and others" : "", found,
                       first + (count ? count : 1));
    }
    images->pixels += first * inputs;
    images->count = count ? count : images->count - first;
    return CN_OK;
}

void cn_images_clear(cn_images *images) {
    cn_free_secret(images->data, images->bytes);
    *images = (cn_images){0};
}

bool cn_images_format(cn_image_format *format, const char *name) {
    if (strcmp(name, "idx") == 0) *format = CN_IMAGES_IDX;
    else if (strcmp(name, "csv") == 0) *format = CN_IMAGES_CSV;
    else if (strcmp(name, "png") == 0) *format = CN_IMAGES_PNG;
    else if (strcmp(name, "raw") == 0) *format = CN_IMAGES_RAW;
    else return false;
    return true;
}
