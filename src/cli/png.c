/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** PNG through libpng: a file in memory, one grey image, nothing else. The header is judged before libpng reserves anything for pixels. */

#include "cli/png.h"

#include <string.h>

#include "util/mem.h"
#include "util/status.h"

#ifdef HAVE_LIBPNG

#include <png.h>

typedef struct source {
    const uint8_t *data;
    size_t size, at;
    char error[128]; /* libpng's words */
} source;

static void read_bytes(png_structp png, png_bytep out, size_t n) {
    source *s = png_get_io_ptr(png);
    if (n > s->size - s->at) png_error(png, "the file ends early");
    memcpy(out, s->data + s->at, n);
    s->at += n;
}

static void on_error(png_structp png, png_const_charp text) {
    source *s = png_get_error_ptr(png);
    size_t n = CN_MIN(strlen(text), sizeof s->error - 1);
    memcpy(s->error, text, n);
    s->error[n] = 0;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s->error[i] < ' ' || (unsigned char)s->error[i] > '~') s->error[i] = '?'; /* chunk names come from the file */
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) { (void)png, (void)text; }

/* Rows of pixels are secret: a block has its size in front and is wiped. */
static png_voidp allocate(png_structp png, png_alloc_size_t size) {
    (void)png;
    size_t *p = size < SIZE_MAX - CN_ALIGN ? cn_calloc(size + CN_ALIGN, 1) : NULL;
    if (!p) return NULL;
    *p = size;
    return (unsigned char *)p + CN_ALIGN;
}

static void release(png_structp png, png_voidp block) {
    (void)png;
    if (!block) return;
    size_t *p = (size_t *)(void *)((unsigned char *)block - CN_ALIGN);
    cn_free_secret(p, *p + CN_ALIGN);
}

/** The header: grey of at most 8 bits, so many pixels. */
static cn_status check_header(png_structp png, png_infop info, size_t inputs) {
    static const char *const colour[] = {"grey", "", "RGB colour", "palette", "grey with alpha", "", "RGB colour with alpha"};
    uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    unsigned type = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
    if (type != PNG_COLOR_TYPE_GRAY || depth > 8 || png_get_valid(png, info, PNG_INFO_tRNS))
        return cn_fail(CN_ERR_UNSUPPORTED, "PNG: %s of %u bits%s; expected grey of at most 8 bits without transparency; convert it",
                       type < CN_ARRAY_LEN(colour) ? colour[type] : "unknown", depth, png_get_valid(png, info, PNG_INFO_tRNS) ? ", transparent" : "");
    if ((uint64_t)width * height != inputs)
        return cn_fail(CN_ERR_MISMATCH, "PNG: an image of %u x %u pixels; expected %zu in all, the inputs of the plan", height, width, inputs);
    return CN_OK;
}

/** All that may jump. No variable of this function changes between setjmp and a jump. */
static cn_status decode(png_structp png, png_infop info, uint8_t **row, uint8_t *pixels, size_t inputs, source *s) {
    if (setjmp(png_jmpbuf(png))) return cn_fail(CN_ERR_FORMAT, "PNG: %s; the file is damaged", s->error);
    png_set_read_fn(png, s, read_bytes);
    png_set_user_limits(png, 1u << 16, 1u << 16);
    png_set_chunk_cache_max(png, 16);
    png_set_chunk_malloc_max(png, (png_alloc_size_t)1 << 20);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_read_info(png, info);
    CN_TRY(check_header(png, info, inputs));
    size_t width = png_get_image_width(png, info);
    png_set_expand_gray_1_2_4_to_8(png);
    (void)png_set_interlace_handling(png);
    png_read_update_info(png, info);
    for (size_t y = 0; y < inputs / width; y++) row[y] = pixels + y * width;
    png_read_image(png, row);
    png_read_end(png, NULL);
    if (s->at != s->size)
        return cn_fail(CN_ERR_FORMAT, "PNG: %zu bytes behind the image; expected the end of the file", s->size - s->at);
    return CN_OK;
}

cn_status cn_png_decode(uint8_t *pixels, size_t inputs, const uint8_t *data, size_t size) {
    source s = {.data = data, .size = size};
    cn_status status = CN_ERR_MEMORY;
    png_infop info = NULL;
    uint8_t **row = cn_calloc(inputs, sizeof *row); /* at most that many rows */
    png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &s, on_error, on_warning, NULL, allocate, release);
    memset(pixels, 0, inputs);
    if (png) info = png_create_info_struct(png);
    if (row && info) status = decode(png, info, row, pixels, inputs, &s);
    if (status != CN_OK) cn_wipe(pixels, inputs);
    png_destroy_read_struct(&png, &info, NULL);
    cn_free(row);
    return status;
}

#else

cn_status cn_png_decode(uint8_t *pixels, size_t inputs, const uint8_t *data, size_t size) {
    (void)data, (void)size;
    memset(pixels, 0, inputs);
    return cn_fail(CN_ERR_UNSUPPORTED, "PNG: this program was built without libpng; expected IDX, CSV or raw bytes; convert the images, or build with "
                                       "libpng");
}

#endif
