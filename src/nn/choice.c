/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Batches or single images, and in which ring: all ways to evaluate a network for some images, beside each other. */

#include <stdio.h>
#include <string.h>

#include "nn/single.h"
#include "util/status.h"

/** Nanoseconds of the reference for a residue of the upload: unpacked, or for every second one drawn from the seed; and laid out. */
#define COST_EXPAND 1.6

static const size_t degrees[] = {4096, 8192, 16384, 32768};

_Static_assert(CN_ARRAY_LEN(degrees) + 1 <= CN_WAYS_MAX, "room for all ways");

static double expand_seconds(size_t ciphers, const cn_params *p) { return 1e-9 * COST_EXPAND * 2 * (double)ciphers * p->limbs * (double)p->n; }

/** What becomes of a plan that was not found: a reason, unless memory or the model are to blame.  Returns: the status to go on with. */
static cn_status refuse(cn_way *w, cn_status status) {
    if (status != CN_ERR_PLAN && status != CN_ERR_UNSUPPORTED && status != CN_ERR_RANGE) return status;
    snprintf(w->reason, sizeof w->reason, "%s", cn_error_text());
    return CN_OK;
}

static cn_status try_batches(cn_way *w, size_t degree, const cn_model *m, const cn_plan_options *options) {
    cn_plan_options chosen = options ? *options : (cn_plan_options){0};
    cn_plan *p = NULL;
    size_t reply;
    *w = (cn_way){.ring_degree = degree, .slots = degree};
    chosen.ring_degree = degree;
    cn_status status = cn_plan_new(&p, m, &chosen);
    if (status != CN_OK) return refuse(w, status);
    w->fits = true;
    w->request_seconds = cn_plan_seconds(p) + expand_seconds(p->inputs * p->params.plains, &p->params);
    cn_plan_bytes(p, &w->request_bytes, &reply, &w->keys);
    cn_plan_free(p);
    return CN_OK;
}

static cn_status try_single(cn_way *w, const cn_model *m, const cn_single_options *options) {
    cn_single_plan *p = NULL;
    size_t reply;
    *w = (cn_way){.packed = true, .slots = 1};
    cn_status status = cn_single_plan_new(&p, m, options);
    if (status != CN_OK) return refuse(w, status);
    const cn_params *q = cn_single_plan_params(p);
    w->ring_degree = q->n;
    w->fits = true;
    w->request_seconds = 1e-9 * p->cost + expand_seconds(p->layer[0].inputs * q->plains, q);
    cn_single_plan_bytes(p, &w->request_bytes, &reply, &w->keys);
    cn_single_plan_free(p);
    return CN_OK;
}

cn_status cn_ways_list(cn_way way[CN_WAYS_MAX], size_t *count, const cn_model *m, const cn_plan_options *batches,
                       const cn_single_options *singles) {
    if (count) *count = 0;
    if (!way || !count || !m) return cn_fail(CN_ERR_NULL, "ways: expected results and model, found NULL");
    CN_TRY(try_single(&way[0], m, singles));
    for (size_t i = 0; i < CN_ARRAY_LEN(degrees); i++) CN_TRY(try_batches(&way[1 + i], degrees[i], m, batches));
    *count = 1 + CN_ARRAY_LEN(degrees);
    return CN_OK;
}

/** What an objective counts. */
static double weigh(const cn_way *w, cn_objective objective) {
    switch (objective) {
    case CN_OBJECTIVE_THROUGHPUT: return w->request_seconds / (double)w->slots;
    case CN_OBJECTIVE_UPLOAD: return (double)w->requests * (double)w->request_bytes;
    default: return (double)w->requests * w->request_seconds;
    }
}

cn_status cn_ways_choose(size_t *best, cn_way *way, size_t count, size_t images, cn_objective objective) {
    if (!best || !way) return cn_fail(CN_ERR_NULL, "ways: expected result and ways, found NULL");
    if (!images) return cn_fail(CN_ERR_SIZE, "ways: 0 images; expected at least one");
    *best = count;
    for (size_t i = 0; i < count; i++) {
        way[i].requests = (images - 1) / way[i].slots + 1;
        if (way[i].fits && (*best == count || weigh(&way[i], objective) < weigh(&way[*best], objective))) *best = i;
    }
    if (*best == count)
        return cn_fail(CN_ERR_PLAN, "ways: expected one of %zu to fit, found none; the last one was refused: %.300s", count, count ? way[count - 1].reason : "");
    return CN_OK;
}
