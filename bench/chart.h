/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Drawings inside a page [SVG 1.1]: bars and lines. Colours are those of the page (html.c): classes s0, s1, ... for series, and
 *  grid, axis. */

#ifndef CN_BENCH_CHART_H
#define CN_BENCH_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CN_CHART_SERIES 4 /* colours that the page knows */

typedef struct cn_bar {
    char label[96];
    double value;    /* above 0 */
    unsigned series; /* below CN_CHART_SERIES */
} cn_bar;

/** Bars from left to right, one below the other, on a logarithmic axis.  In: names of the series [series]; bar [count], count >= 1.
 *  Failures show in ferror(out), here and below. */
void cn_chart_bars(FILE *out, const char *title, const char *unit, const char *const *name, unsigned series, const cn_bar *bar,
                   size_t count);

/** A series of points; NAN: none there. */
typedef struct cn_line {
    const char *name;
    const double *y; /* [points] */
} cn_line;

/** Lines over points at equal distances, each with its words below.  In: tick [points], points >= 2; line [count], at least one
 *  number among them; all above 0 if logarithmic. */
void cn_chart_lines(FILE *out, const char *title, const char *unit, const char *const *tick, size_t points, const cn_line *line,
                    size_t count, bool logarithmic);

/** Style sheet of a page, for light and dark. */
extern const char cn_page_style[];

/** Text of a page or of a drawing, escaped; what is not ASCII becomes '?'. */
void cn_html_text(FILE *out, const char *text);

#endif
