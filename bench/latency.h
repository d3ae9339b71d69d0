/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** --latency: images one at a time, or some per request (latency.c), and its JSON (latency_json.c). */

#ifndef CN_BENCH_LATENCY_H
#define CN_BENCH_LATENCY_H

#include "bench/bench.h"

/* Kinds of times; from CN_LATENCY_STEP on the steps of the server. */
enum { CN_LATENCY_ENCRYPT, CN_LATENCY_SERVER, CN_LATENCY_DECRYPT, CN_LATENCY_STEP };
#define CN_LATENCY_KINDS (CN_LATENCY_STEP + CN_SINGLE_TIMES_MAX)

typedef struct cn_latency {
    cn_single_plan *plan;
    size_t images, most;   /* in all; per request */
    size_t requests;
    double *time;          /* [kind][requests] seconds, sorted at the end */
    unsigned steps;
    char name[CN_SINGLE_TIMES_MAX][56];
    double median[CN_LATENCY_KINDS], p99[CN_LATENCY_KINDS], least[CN_LATENCY_KINDS]; /* milliseconds */
    double keygen, setup;  /* seconds */
    size_t upload, download, keys; /* bytes on the wire */
} cn_latency;

/** The whole document. */
void cn_bench_json_latency(cn_json *j, const cn_bench *b, const cn_latency *l);

/** Draw noise budget and times: --chart with -noise.svg and -time.svg behind it (latency_charts.c).  Returns: an exit code. */
int cn_bench_draw_latency(const cn_bench *b, const cn_latency *l);

#endif
