/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A packed plan for people. */

#include <inttypes.h>
#include <stdio.h>

#include "he/params.h"
#include "nn/single.h"
#include "util/status.h"

/** Layers with their noise. */
static void describe_layers(const cn_single_plan *p, cn_log_fn line, void *user) {
    char text[256];
    line(user, "layer             values         ciphers    turns  folds  primes     noise after: sum   folds  switch  square   limit");
    for (unsigned l = 0; l < p->layers; l++) {
        const cn_single_layer *y = &p->layer[l];
        bool last = l + 1 == p->layers;
        int at = snprintf(text, sizeof text, "%-16.16s %5zu -> %-5zu %7u %5u*%-2u %6u  %2u to %-2u %21.1f %7.1f %7.1f", y->label, y->features, y->outputs,
                      y->inputs, y->babies, y->turns / y->babies, y->folds, y->limbs, y->after, y->noise[CN_SINGLE_SUM], y->noise[CN_SINGLE_FOLDED],
                      y->noise[CN_SINGLE_DOWN]);
        if (last) snprintf(text + at, sizeof text - (size_t)at, "         %7.1f", y->limit[CN_SINGLE_DOWN]);
        else snprintf(text + at, sizeof text - (size_t)at, " %7.1f %7.1f", y->noise[CN_SINGLE_SQUARE], y->limit[CN_SINGLE_SQUARE]);
        line(user, text);
    }
}

/** What a plan from a file says of them. */
static void describe_shapes(const cn_single_plan *p, cn_log_fn line, void *user) {
    char text[256];
    line(user, "layer  ciphers    turns  folds  primes");
    for (unsigned l = 0; l < p->layers; l++) {
        const cn_single_layer *y = &p->layer[l];
        snprintf(text, sizeof text, "%5u %8u %5u*%-2u %6u  %2u to %u", l + 1, y->inputs, y->babies, y->turns / y->babies, y->folds, y->limbs, y->after);
        line(user, text);
    }
}

cn_status cn_single_plan_describe(const cn_single_plan *p, cn_log_fn line, void *user) {
    if (!p || !line) return cn_fail(CN_ERR_NULL, "packed plan: expected plan and callback, found NULL");
    const cn_params *q = &p->base.params;
    char text[256];
    int at = snprintf(text, sizeof text, "packed plan of %s: n = %zu, primes of", p->base.model_name, q->n);
    for (unsigned i = 0; i < q->limbs && at < 200; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, " %u", cn_params_bits(q->q[i]));
    snprintf(text + at, sizeof text - (size_t)at, " bits, special one of %u", q->special ? cn_params_bits(q->special) : 0);
    line(user, text);
    at = snprintf(text, sizeof text, "log2(QP) = %.1f, at most %u for %d-bit security; t =", cn_params_log2_qp(q),
                  cn_security_max_log2_qp(q->n, CN_SECURITY_BITS), CN_SECURITY_BITS);
    for (unsigned j = 0; j < q->plains && at < 200; j++) at += snprintf(text + at, sizeof text - (size_t)at, " %" PRIu64, q->t[j]);
    line(user, text);
    at = snprintf(text, sizeof text, "request %zu bytes, reply %zu, keys %zu (%zu rotations)", p->upload, p->reply, p->keys, p->rotations);
    if (p->cost > 0) snprintf(text + at, sizeof text - (size_t)at, "; predicted %.2f ms of one thread", p->cost / 1e6);
    line(user, text);
    if (cn_costs_calibrated(&p->base.costs)) line(user, "costs calibrated: measured on some machine, not the reference");
    (cn_single_is_full(p) ? describe_layers : describe_shapes)(p, line, user);
    return CN_OK;
}
