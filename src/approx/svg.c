/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Two panels over one axis: function and polynomial above, error below. */

#include "approx/svg.h"

#include <math.h>

#define WIDTH 760
#define HEIGHT 640
#define LEFT 80
#define RIGHT 740
#define STEPS 660 /* points of a curve */

/** A panel: what it shows, and where. */
typedef struct panel {
    double x0, x1, y0, y1; /* values */
    double top, bottom;    /* pixels */
} panel;

static double across(const panel *p, double x) { return LEFT + (x - p->x0) / (p->x1 - p->x0) * (RIGHT - LEFT); }
static double down(const panel *p, double y) { return p->bottom - (y - p->y0) / (p->y1 - p->y0) * (p->bottom - p->top); }

/** 1, 2 or 5 times a power of ten: at most about eight steps in range. */
static double tick_step(double range) {
    double power = pow(10, floor(log10(range / 8))), ratio = range / 8 / power;
    return power * (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10);
}

static void text(FILE *out, double x, double y, const char *anchor, const char *words) {
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    for (; *words; words++) {
        if (*words == '<') fputs("&lt;", out);
        else if (*words == '&') fputs("&amp;", out);
        else fputc(*words < ' ' || *words > '~' ? '?' : *words, out);
    }
    fputs("</text>\n", out);
}

static void frame(FILE *out, const panel *p) {
    char label[32];
    double step = tick_step(p->x1 - p->x0);
    fputs("<g stroke=\"#d8d8d8\" stroke-width=\"1\">\n", out);
    for (double i = ceil(p->x0 / step); i * step <= p->x1; i++)
        fprintf(out, "<line x1=\"%.2f\" y1=\"%.1f\" x2=\"%.2f\" y2=\"%.1f\"/>\n", across(p, i * step), p->top, across(p, i * step), p->bottom);
    double rise = tick_step(p->y1 - p->y0);
    for (double i = ceil(p->y0 / rise); i * rise <= p->y1; i++)
        fprintf(out, "<line x1=\"%d\" y1=\"%.2f\" x2=\"%d\" y2=\"%.2f\"/>\n", LEFT, down(p, i * rise), RIGHT, down(p, i * rise));
    fprintf(out, "</g>\n<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"none\" stroke=\"#404040\"/>\n", LEFT, p->top,
            RIGHT - LEFT, p->bottom - p->top);
    for (double i = ceil(p->x0 / step); i * step <= p->x1; i++) {
        snprintf(label, sizeof label, "%.8g", i * step + 0.0); /* + 0.0: no "-0" */
        text(out, across(p, i * step), p->bottom + 17, "middle", label);
    }
    for (double i = ceil(p->y0 / rise); i * rise <= p->y1; i++) {
        snprintf(label, sizeof label, "%.8g", i * rise + 0.0);
        text(out, LEFT - 7, down(p, i * rise) + 4, "end", label);
    }
}

typedef enum curve { FUNCTION, POLYNOMIAL, ERROR } curve;

static double ordinate(const cn_drawing *d, curve c, long double x) {
    long double f = c == POLYNOMIAL ? 0 : d->f->value(d->f, x), p = c == FUNCTION ? 0 : cn_real_poly_value(d->p, x);
    return (double)(c == FUNCTION ? f : c == POLYNOMIAL ? p : p - f);
}

static long double abscissa(const cn_drawing *d, int i) { return i == STEPS ? d->b : d->a + (d->b - d->a) * i / STEPS; }

static void plot(FILE *out, const cn_drawing *d, const panel *p, curve c, const char *style) {
    fprintf(out, "<polyline fill=\"none\" %s points=\"", style);
    for (int i = 0; i <= STEPS; i++) {
        long double x = abscissa(d, i);
        fprintf(out, "%s%.2f,%.2f", i ? " " : "", across(p, (double)x), down(p, ordinate(d, c, x)));
    }
    fputs("\"/>\n", out);
}

/** Room above and below, and for constants. */
static void widen(panel *p) {
    double more = fmax(0.06 * (p->y1 - p->y0), 1e-9 * fmax(fabs(p->y0), fabs(p->y1)));
    if (!(more > 0)) more = 1;
    p->y0 -= more;
    p->y1 += more;
}

void cn_svg_write(FILE *out, const cn_drawing *d) {
    panel upper = {(double)d->a, (double)d->b, INFINITY, -INFINITY, 40, 330};
    panel lower = {(double)d->a, (double)d->b, -(double)d->sup, (double)d->sup, 380, 600};
    for (int i = 0; i <= STEPS; i++)
        for (int c = FUNCTION; c <= POLYNOMIAL; c++) {
            double y = ordinate(d, (curve)c, abscissa(d, i));
            upper.y0 = fmin(upper.y0, y);
            upper.y1 = fmax(upper.y1, y);
        }
    widen(&upper);
    widen(&lower);

    fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                 "font-family=\"sans-serif\" font-size=\"12\">\n"
                 "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT);
    text(out, LEFT, 26, "start", d->title);
    frame(out, &upper);
    plot(out, d, &upper, FUNCTION, "class=\"function\" stroke=\"#1f5fa8\" stroke-width=\"3\" stroke-opacity=\"0.55\"");
    plot(out, d, &upper, POLYNOMIAL, "class=\"polynomial\" stroke=\"#b5401f\" stroke-width=\"1.5\"");
    fprintf(out, "<line x1=\"%d\" y1=\"22\" x2=\"%d\" y2=\"22\" stroke=\"#1f5fa8\" stroke-width=\"3\" stroke-opacity=\"0.55\"/>\n", RIGHT - 200,
            RIGHT - 180);
    text(out, RIGHT - 174, 26, "start", "function");
    fprintf(out, "<line x1=\"%d\" y1=\"22\" x2=\"%d\" y2=\"22\" stroke=\"#b5401f\" stroke-width=\"1.5\"/>\n", RIGHT - 100, RIGHT - 80);
    text(out, RIGHT - 74, 26, "start", "polynomial");

    text(out, LEFT, lower.top - 8, "start", "error: polynomial - function");
    frame(out, &lower);
    fprintf(out, "<g class=\"sup\" stroke=\"#808080\" stroke-dasharray=\"5,4\">\n");
    for (int sign = -1; sign <= 1; sign += 2)
        fprintf(out, "<line x1=\"%d\" y1=\"%.2f\" x2=\"%d\" y2=\"%.2f\"/>\n", LEFT, down(&lower, sign * (double)d->sup), RIGHT,
                down(&lower, sign * (double)d->sup));
    fputs("</g>\n", out);
    plot(out, d, &lower, ERROR, "class=\"error\" stroke=\"#2e7d32\" stroke-width=\"1.5\"");
    for (unsigned i = 0; i < d->extremes; i++)
        fprintf(out, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"3.5\" fill=\"#2e7d32\"/>\n", across(&lower, (double)d->extreme[i].x),
                down(&lower, (double)d->extreme[i].error));
    text(out, (LEFT + RIGHT) / 2, HEIGHT - 6, "middle", "x");
    fputs("</svg>\n", out);
}
