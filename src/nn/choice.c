/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Batches or packed images, how many and in which ring: all ways to evaluate a network for some images, beside each other. */

#include <stdio.h>
#include <string.h>

#include "nn/cost.h"
#include "nn/single.h"
#include "util/status.h"

static const size_t degrees[] = {4096, 8192, 16384, 32768};

_Static_assert(CN_ARRAY_LEN(degrees) + 10 <= CN_WAYS_MAX && CN_SINGLE_IMAGES_MAX == 1 << 9, "room for all ways");

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
    const cn_params *q = &p->params;
    double residues = 2 * (double)(p->inputs * q->plains) * q->limbs * (double)q->n;
    w->request_seconds = cn_plan_seconds(p) + 1e-9 * cn_cost_ns(&p->costs, CN_COST_EXPAND) * residues;
    cn_plan_bytes(p, &w->request_bytes, &reply, &w->keys);
    cn_plan_free(p);
    return CN_OK;
}

static cn_status try_packed(cn_way *w, size_t images, const cn_model *m, const cn_single_options *options) {
    cn_single_options chosen = options ? *options : (cn_single_options){0};
    cn_single_plan *p = NULL;
    size_t reply;
    *w = (cn_way){.packed = true, .slots = images};
    chosen.images = images;
    cn_status status = cn_single_plan_new(&p, m, &chosen);
    if (status != CN_OK) return refuse(w, status);
    const cn_params *q = cn_single_plan_params(p);
    w->ring_degree = q->n;
    w->fits = true;
    w->request_seconds = 1e-9 * p->cost; /* the upload expanded */
    cn_single_plan_bytes(p, &w->request_bytes, &reply, &w->keys);
    cn_single_plan_free(p);
    return CN_OK;
}

cn_status cn_ways_list(cn_way way[CN_WAYS_MAX], size_t *count, const cn_model *m, const cn_plan_options *batches,
                       const cn_single_options *singles) {
    if (count) *count = 0;
    if (!way || !count || !m) return cn_fail(CN_ERR_NULL, "ways: expected results and model, found NULL");
    size_t found = 0;
    bool better = true;
    for (size_t images = 1; better && images <= CN_SINGLE_IMAGES_MAX; images *= 2) {
        cn_way *w = &way[found++];
        CN_TRY(try_packed(w, images, m, singles));
        better = w->fits && (images == 1 || w->request_seconds < 2 * w[-1].request_seconds);
    }
    for (size_t i = 0; i < CN_ARRAY_LEN(degrees); i++) CN_TRY(try_batches(&way[found++], degrees[i], m, batches));
    *count = found;
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
