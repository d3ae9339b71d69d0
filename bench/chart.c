/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Bars and lines. */

#include "bench/chart.h"

#include <math.h>

#define WIDTH 860
#define FILE_HEIGHT 400 /* drawings are scaled into it */
#define TOP 46        /* title and names of the series */
#define BAR 20        /* of a bar and the space around it */
#define BARS_LEFT 300
#define BARS_RIGHT 780
#define LINES_LEFT 70
#define LINES_RIGHT 840
#define LINES_BOTTOM 300

const char cn_chart_style[] =
    ":root { --back: #ffffff; --ink: #1c1f23; --rule: #d5d9de; --s0: #1f5fa8; --s1: #c05a12; --s2: #7a4fa3; --s3: #2e7d32; }\n"
    "@media (prefers-color-scheme: dark) { :root { --back: #15181c; --ink: #e4e7ea; --rule: #3a4047; --s0: #6aa9ee; "
    "--s1: #f0a060; --s2: #c09be6; --s3: #7cc77f; } }\n"
    "svg { font-size: 12px; font-family: sans-serif; background: var(--back); } svg text { fill: var(--ink); }\n"
    ".grid { stroke: var(--rule); } .s0 { fill: var(--s0); } .s1 { fill: var(--s1); } .s2 { fill: var(--s2); } "
    ".s3 { fill: var(--s3); }\n"
    "polyline { fill: none; stroke-width: 2; } .l0 { stroke: var(--s0); } .l1 { stroke: var(--s1); } .l2 { stroke: var(--s2); } "
    ".l3 { stroke: var(--s3); }\n";

void cn_chart_file_begin(FILE *out) {
    fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\">\n<style>\n%s</style>\n", WIDTH, FILE_HEIGHT,
            cn_chart_style);
}

void cn_chart_file_end(FILE *out) { fputs("</svg>\n", out); }

/** An axis: values from low to high, pixels from start to end. */
typedef struct axis {
    double low, high, start, end;
    bool logarithmic;
} axis;

static double place(const axis *a, double x) {
    double part = a->logarithmic ? log10(x / a->low) / log10(a->high / a->low) : (x - a->low) / (a->high - a->low);
    return a->start + part * (a->end - a->start);
}

/** From power to power of ten, or from step to step of 1, 2 or 5 times one. */
static void choose(axis *a, double low, double high) {
    if (a->logarithmic) {
        a->low = pow(10, floor(log10(low)));
        a->high = pow(10, ceil(log10(high)));
        if (a->high <= a->low) a->high = 10 * a->low;
    } else {
        a->low = fmin(0, low);
        a->high = high > a->low ? high + 0.05 * (high - a->low) : a->low + 1;
    }
}

/** The next mark from x on; INFINITY behind the last. */
static double next_mark(const axis *a, double x) {
    double step, power = pow(10, floor(log10((a->high - a->low) / 6)));
    double ratio = (a->high - a->low) / 6 / power;
    if (a->logarithmic) return 10 * x <= a->high * 1.0001 ? 10 * x : INFINITY;
    step = power * (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10);
    return x + step <= a->high ? x + step : INFINITY;
}

void cn_html_text(FILE *out, const char *text) {
    for (; *text; text++) {
        if (*text == '<') fputs("&lt;", out);
        else if (*text == '>') fputs("&gt;", out);
        else if (*text == '&') fputs("&amp;", out);
        else if (*text == '"') fputs("&quot;", out);
        else fputc(*text < ' ' || *text > '~' ? '?' : *text, out);
    }
}

static void words(FILE *out, double x, double y, const char *anchor, const char *text) {
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    cn_html_text(out, text);
    fputs("</text>\n", out);
}

static void rule(FILE *out, double x1, double y1, double x2, double y2) {
    fprintf(out, "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x1, y1, x2, y2);
}

static void begin(FILE *out, const char *title, const char *const *name, size_t series, double height) {
    fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" role=\"img\">\n<title>", WIDTH, height);
    cn_html_text(out, title);
    fputs("</title>\n", out);
    words(out, 4, 15, "start", title);
    for (size_t i = 0; i < series; i++) {
        double x = 4 + (double)i * (WIDTH - 8) / (double)series;
        fprintf(out, "<rect class=\"s%zu\" x=\"%.1f\" y=\"25\" width=\"12\" height=\"12\"/>\n", i, x);
        words(out, x + 17, 36, "start", name[i]);
    }
}

void cn_chart_bars(FILE *out, const char *title, const char *unit, const char *const *name, unsigned series, const cn_bar *bar,
                   size_t count) {
    axis a = {.start = BARS_LEFT, .end = BARS_RIGHT, .logarithmic = true};
    double low = bar[0].value, high = low, bottom = TOP + (double)count * BAR;
    char text[64];
    for (size_t i = 1; i < count; i++) {
        low = fmin(low, bar[i].value);
        high = fmax(high, bar[i].value);
    }
    choose(&a, 0.999 * low, high); /* the shortest bar can be seen */
    begin(out, title, name, series, bottom + 40);
    for (double x = a.low; isfinite(x); x = next_mark(&a, x)) {
        rule(out, place(&a, x), TOP, place(&a, x), bottom);
        snprintf(text, sizeof text, "%.10g", x);
        words(out, place(&a, x), bottom + 15, "middle", text);
    }
    words(out, (BARS_LEFT + BARS_RIGHT) / 2.0, bottom + 33, "middle", unit);
    for (size_t i = 0; i < count; i++) {
        double y = TOP + (double)i * BAR, end = place(&a, bar[i].value);
        words(out, BARS_LEFT - 8, y + 14, "end", bar[i].label);
        fprintf(out, "<rect class=\"s%u\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>\n", bar[i].series, BARS_LEFT, y + 3,
                end - BARS_LEFT, BAR - 6);
        snprintf(text, sizeof text, bar[i].value >= 1000 ? "%.0f" : "%.4g", bar[i].value);
        words(out, end + 5, y + 14, "start", text);
    }
    fputs("</svg>\n", out);
}

void cn_chart_lines(FILE *out, const char *title, const char *unit, const char *const *tick, size_t points, const cn_line *line,
                    size_t count, bool logarithmic) {
    axis a = {.start = LINES_BOTTOM, .end = TOP + 20, .logarithmic = logarithmic};
    double low = INFINITY, high = -INFINITY;
    const char *name[CN_CHART_SERIES];
    char text[64];
    if (count > CN_CHART_SERIES) count = CN_CHART_SERIES;
    for (size_t k = 0; k < count; k++) {
        name[k] = line[k].name;
        for (size_t i = 0; i < points; i++) low = fmin(low, line[k].y[i]), high = fmax(high, line[k].y[i]); /* NAN loses */
    }
    choose(&a, low, high);
    begin(out, title, name, count, LINES_BOTTOM + 30);
    for (double y = a.low; isfinite(y); y = next_mark(&a, y)) {
        rule(out, LINES_LEFT, place(&a, y), LINES_RIGHT, place(&a, y));
        snprintf(text, sizeof text, "%.10g", y);
        words(out, LINES_LEFT - 6, place(&a, y) + 4, "end", text);
    }
    words(out, LINES_LEFT - 6, TOP + 6, "end", unit);
    double step = (double)(LINES_RIGHT - LINES_LEFT) / (double)points, first = LINES_LEFT + step / 2;
    for (size_t i = 0; i < points; i++) words(out, first + (double)i * step, LINES_BOTTOM + 18, "middle", tick[i]);
    for (size_t k = 0; k < count; k++) {
        fprintf(out, "<polyline class=\"l%zu\" points=\"", k);
        for (size_t i = 0; i < points; i++)
            if (!isnan(line[k].y[i])) fprintf(out, "%.1f,%.1f ", first + (double)i * step, place(&a, line[k].y[i]));
        fputs("\"/>\n", out);
        for (size_t i = 0; i < points; i++)
            if (!isnan(line[k].y[i]))
                fprintf(out, "<circle class=\"s%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>\n", k, first + (double)i * step,
                        place(&a, line[k].y[i]));
    }
    fputs("</svg>\n", out);
}
