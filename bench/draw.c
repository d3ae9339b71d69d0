/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The first digits on the terminal, side by side: 2 x 2 pixels become a half of a character. */

#include "bench/bench.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#define INK 96 /* mean brightness, of 255, from which on a spot is drawn */

/** Is the spot of 2 x 2 pixels in this row and column of spots dark enough? */
static bool spot(const cn_dataset *d, size_t image, size_t row, size_t column) {
    unsigned sum = 0, pixels = 0;
    for (size_t y = 2 * row; y < 2 * row + 2 && y < d->height; y++)
        for (size_t x = 2 * column; x < 2 * column + 2 && x < d->width; x++, pixels++)
            sum += d->pixels[(image * d->height + y) * d->width + x];
    return pixels && sum >= INK * pixels;
}

void cn_bench_draw(const cn_bench *b) {
    static const char *const blocks[4] = {" ", "\xe2\x96\x80", "\xe2\x96\x84", "\xe2\x96\x88"}, *const ascii[4] = {" ", "'", ".", ":"};
    const cn_dataset *d = &b->data;
    size_t shown = d->count < CN_BENCH_SHOWN ? d->count : CN_BENCH_SHOWN, columns = (d->width + 1) / 2;
    if (d->width > 32 || d->height > 32) return;
    setlocale(LC_CTYPE, "");
    const char *const *glyph = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? blocks : ascii;
    putchar('\n');
    for (size_t row = 0; 2 * row < d->height; row += 2) {
        for (size_t i = 0; i < shown; i++) {
            for (size_t column = 0; column < columns; column++)
                fputs(glyph[spot(d, i, row, column) + 2 * spot(d, i, row + 1, column)], stdout);
            fputs(i + 1 < shown ? "  " : "\n", stdout);
        }
    }
    for (size_t i = 0; i < shown; i++) {
        char caption[64];
        snprintf(caption, sizeof caption, "%u read as %zu", d->labels[i], b->result.read_as[i]);
        printf("%-*s%s", (int)columns, caption, i + 1 < shown ? "  " : "\n");
    }
}
