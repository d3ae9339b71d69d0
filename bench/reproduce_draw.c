/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The reproduction: which rows become which drawings. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/chart.h"
#include "bench/reproduce.h"

#define BARS_MAX 64
#define POINTS_MAX CN_BENCH_ROWS_MAX

static const char *const series[] = {"this run, 128-bit security", "published", "this run, parameters of 2016 (insecure)"};

static void add(cn_bar bar[BARS_MAX], size_t *count, const char *label, const char *more, double value, unsigned kind) {
    if (*count == BARS_MAX || !(value > 0)) return;
    bar[*count] = (cn_bar){.value = value, .series = kind};
    snprintf(bar[*count].label, sizeof bar[*count].label, "%s%s", label, more);
    ++*count;
}

/** Short names of those who published rates. */
static const char *publisher(cn_figure_id id) {
    switch (id) {
    case CN_PUB_RATE: return "CryptoNets, ICML 2016";
    case CN_PUB_RATE_REPORT: return "CryptoNets, technical report";
    case CN_PUB_RATE_SEAL: return "CryptoNets, SEAL 3.2";
    case CN_PUB_RATE_NGRAPH: return "nGraph-HE2, all cores";
    case CN_PUB_RATE_HEAAN_CPU: return "HEaaN2, CPU, one square";
    case CN_PUB_RATE_HEAAN_GPU: return "HEaaN2, GPU, one square";
    default: return "?";
    }
}

/** Rates of a section: each network once, each published figure once. */
static void add_rates(cn_bar bar[BARS_MAX], size_t *count, const cn_rp_section *s, unsigned kind, bool seen[CN_PUB_COUNT]) {
    const char *last = "";
    for (size_t i = 0; s && i < s->count; i++) {
        const cn_rp_row *r = &s->row[i];
        if (strcmp(r->unit, "images/s") != 0) continue;
        if (strcmp(last, r->subject) != 0)
            add(bar, count, r->subject, kind == 2 ? ", its own parameters" : ", one thread", r->measured, kind);
        last = r->subject;
        if (r->published && !seen[r->published]) add(bar, count, publisher(r->published), "", cn_rp_published(r), 1);
        if (r->published) seen[r->published] = true;
    }
}

/** For qsort: the largest first. */
static int compare(const void *a, const void *b) {
    double x = ((const cn_bar *)a)->value, y = ((const cn_bar *)b)->value;
    return (x < y) - (x > y);
}

void cn_rp_draw_throughput(FILE *html, const cn_rp_report *r) {
    cn_bar bar[BARS_MAX];
    bool seen[CN_PUB_COUNT] = {false};
    size_t count = 0;
    add_rates(bar, &count, cn_rp_find(r, "throughput"), 0, seen);
    add_rates(bar, &count, cn_rp_find(r, "paper2016"), 2, seen);
    qsort(bar, count, sizeof *bar, compare);
    if (count)
        cn_chart_bars(html, "Images per second, evaluation, logarithmic", "images per second", series, 3, bar, count);
}

void cn_rp_draw_layers(FILE *html, const cn_rp_report *r) {
    cn_bar bar[BARS_MAX];
    size_t count = 0;
    const cn_rp_section *ours = cn_rp_find(r, "layers"), *old = cn_rp_find(r, "paper2016");
    for (size_t i = 0; ours && i < ours->count; i++) {
        const cn_rp_row *row = &ours->row[i];
        if (strcmp(row->subject, "layer") != 0) continue;
        add(bar, &count, row->name, "", row->measured, 0);
        if (!row->published) continue;
        add(bar, &count, row->name, ", CryptoNets 2016", cn_rp_published(row), 1);
        for (size_t k = 0; old && k < old->count; k++)
            if (old->row[k].published == row->published)
                add(bar, &count, row->name, ", parameters of 2016", old->row[k].measured, 2);
    }
    if (count) cn_chart_bars(html, "Microseconds per image, layer by layer, logarithmic", "us per image", series, 3, bar, count);
}

void cn_rp_draw_noise(FILE *html, const cn_rp_report *r) {
    const cn_rp_section *s = cn_rp_find(r, "noise");
    const char *tick[POINTS_MAX];
    double noise[POINTS_MAX], limit[POINTS_MAX];
    size_t points = 0;
    for (size_t i = 0; s && i < s->count && points < POINTS_MAX; i++) {
        const cn_rp_row *row = &s->row[i];
        if (row->failed) continue;
        tick[points] = row->name;
        noise[points] = row->expected;
        limit[points++] = row->limit;
    }
    const cn_line line[] = {{"predicted noise, standard deviation", noise}, {"what decryption allows", limit}};
    if (points >= 2) cn_chart_lines(html, "Noise along the layers of paper, log2", "log2", tick, points, line, 2, false);
}

void cn_rp_draw_activations(FILE *html, const cn_rp_report *r) {
    static const char *const tick[CN_EXPECTED_DEGREES] = {"1", "2", "3", "4", "5", "6", "7", "8", "9"};
    const cn_rp_section *s = cn_rp_find(r, "activations");
    double y[CN_CHART_SERIES][CN_EXPECTED_DEGREES];
    cn_line line[CN_CHART_SERIES];
    size_t count = 0;
    for (; count < cn_expected_functions && count < CN_CHART_SERIES; count++) {
        size_t degree = 0;
        line[count] = (cn_line){cn_expected_activations[count].function, y[count]};
        for (size_t i = 0; s && i < s->count; i++)
            if (strcmp(s->row[i].subject, line[count].name) == 0 && degree < CN_EXPECTED_DEGREES)
                y[count][degree++] = s->row[i].measured;
        if (degree == 0) return;
        while (degree < CN_EXPECTED_DEGREES) y[count][degree++] = NAN;
    }
    cn_chart_lines(html, "Largest error on [-8, 8] over the degree of the polynomial, logarithmic", "error", tick,
                   CN_EXPECTED_DEGREES, line, count, true);
}
