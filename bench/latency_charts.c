/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** --chart with --latency: the noise budget along the layers and the time of each step. The forecast is read from inside the plan: the
 *  library shows no noise but in text. */

#include <math.h>
#include <string.h>

#include "bench/chart.h"
#include "bench/latency.h"
#include "nn/single.h"

#define POINTS_MAX (CN_SINGLE_LAYERS_MAX * CN_SINGLE_STEPS)

/** Bits between the predicted noise, one standard deviation, and its limit, after every step. */
static void draw_budget(FILE *out, const void *arg) {
    const cn_single_plan *p = ((const cn_latency *)arg)->plan;
    static const char *const what[CN_SINGLE_STEPS] = {"in", "sum", "folds", "switch", "square"};
    static const char *const of_last[CN_SINGLE_STEPS] = {"in", "sum", "sum", "reply", ""};
    char words[POINTS_MAX][24];
    const char *tick[POINTS_MAX];
    double y[POINTS_MAX];
    size_t points = 0;
    for (unsigned l = 0; l < p->layers; l++)
        for (unsigned s = 0; s < CN_SINGLE_STEPS; s++) {
            const cn_single_layer *layer = &p->layer[l];
            bool last = l + 1 == p->layers;
            if (!isfinite(layer->noise[s]) || (s == CN_SINGLE_FOLDED && !layer->folds)) continue;
            snprintf(words[points], sizeof words[points], "%u %s", l + 1, (last ? of_last : what)[s]);
            tick[points] = words[points];
            y[points++] = layer->limit[s] - layer->noise[s];
        }
    cn_chart_file_begin(out);
    cn_chart_lines(out, "Noise budget along the layers: bits left, predicted", "bits", tick, points, &(cn_line){"limit / noise", y}, 1, false);
    cn_chart_file_end(out);
}

static void draw_times(FILE *out, const void *arg) {
    const cn_latency *l = arg;
    static const char *const name[] = {"client", "server"};
    cn_bar bar[CN_LATENCY_KINDS];
    size_t count = 0;
    bar[count] = (cn_bar){.value = l->median[CN_LATENCY_ENCRYPT], .series = 0};
    strcpy(bar[count++].label, "encrypt");
    for (unsigned s = 0; s < l->steps; s++) {
        bar[count] = (cn_bar){.value = l->median[CN_LATENCY_STEP + s], .series = 1};
        snprintf(bar[count++].label, sizeof bar[0].label, "%u %.50s", s + 1, l->name[s]);
    }
    bar[count] = (cn_bar){.value = l->median[CN_LATENCY_DECRYPT], .series = 0};
    strcpy(bar[count++].label, "decrypt");
    cn_chart_file_begin(out);
    cn_chart_bars(out, "Time of each step: median over the requests", "ms", name, 2, bar, count);
    cn_chart_file_end(out);
}

int cn_bench_draw_latency(const cn_bench *b, const cn_latency *l) { return cn_bench_draw_files(b->options->chart, draw_budget, draw_times, l); }
