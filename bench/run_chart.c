/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Drawings of a run: noise along the stages of the network, and the time each of them takes. */

#include <math.h>

#include "bench/bench.h"
#include "bench/chart.h"
#include "bench/common.h"

#define SHORTEST 1e-9 /* us per image: a bar has a length */

/** What a drawing shows of a plan's ledger. */
typedef struct stages {
    size_t count;
    char name[CN_BENCH_ROWS_MAX][80];
    const char *tick[CN_BENCH_ROWS_MAX];
    double predicted[CN_BENCH_ROWS_MAX], limit[CN_BENCH_ROWS_MAX];
    const double *measured; /* NAN: not measured */
    cn_bar bar[CN_BENCH_ROWS_MAX];
} stages;

static void collect(stages *s, const cn_bench *b) {
    const cn_ledger_row *l = cn_plan_ledger(b->plan, &s->count);
    s->measured = b->result.measured;
    for (size_t i = 0; i < s->count; i++) {
        snprintf(s->name[i], sizeof s->name[i], "%u %s", l[i].segment + 1, l[i].name);
        s->tick[i] = s->name[i];
        s->predicted[i] = l[i].log2_noise;
        s->limit[i] = l[i].log2_limit;
        s->bar[i] = (cn_bar){.value = fmax(1e6 * b->result.row[i] / (double)b->result.images, SHORTEST)};
        snprintf(s->bar[i].label, sizeof s->bar[i].label, "%s", s->name[i]);
    }
}

static void write_noise(FILE *out, const void *arg) {
    const stages *s = arg;
    const cn_line line[] = {{"predicted noise, standard deviation", s->predicted}, {"what decryption allows", s->limit}, {"measured noise", s->measured}};
    bool measured = false;
    for (size_t i = 0; i < s->count; i++) measured |= !isnan(s->measured[i]);
    cn_chart_file_begin(out);
    cn_chart_lines(out, "Noise along the layers, log2", "log2", s->tick, s->count, line, measured ? 3 : 2, false);
    cn_chart_file_end(out);
}

static void write_time(FILE *out, const void *arg) {
    static const char *const series[] = {"evaluation"};
    const stages *s = arg;
    cn_chart_file_begin(out);
    cn_chart_bars(out, "Time of the layers, logarithmic", "microseconds per image", series, 1, s->bar, s->count);
    cn_chart_file_end(out);
}

/** Write both drawings, or with arg NULL try whether they can be written. */
static int for_both(const char *chart, void (*const write[2])(FILE *out, const void *arg), const void *arg) {
    static const char *const name[2] = {"noise", "time"};
    char path[4096];
    int code = CN_BENCH_OK;
    for (unsigned i = 0; i < 2 && code == CN_BENCH_OK; i++) {
        if ((size_t)snprintf(path, sizeof path, "%s-%s.svg", chart, name[i]) >= sizeof path)
            return cn_bench_fail("--chart: expected a name of less than 4080 bytes, found a longer one; choose a shorter one");
        code = arg ? cn_bench_file_write(path, write[i], arg) : cn_bench_file_probe(path);
    }
    return code;
}

int cn_bench_draw_probe(const cn_bench_options *o) { return o->chart ? for_both(o->chart, NULL, NULL) : CN_BENCH_OK; }

int cn_bench_draw_files(const char *chart, void (*noise)(FILE *out, const void *arg), void (*time)(FILE *out, const void *arg), const void *arg) {
    void (*const write[2])(FILE *, const void *) = {noise, time};
    return for_both(chart, write, arg);
}

int cn_bench_draw_run(const cn_bench *b) {
    stages s;
    collect(&s, b);
    return s.count < 2 ? CN_BENCH_OK : cn_bench_draw_files(b->options->chart, write_noise, write_time, &s); /* one point is no line */
}
