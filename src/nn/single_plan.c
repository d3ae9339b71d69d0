/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Packed plans: from a model to the cheapest layout and its parameters. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "he/params.h"
#include "nn/range.h"
#include "nn/single_search.h"
#include "util/mem.h"
#include "util/status.h"

#define UPLOAD_MAX ((size_t)4 << 20)        /* for each image, */
#define UPLOADS_MAX ((size_t)64 << 20)      /* for many */
#define KEY_MAX ((size_t)40 << 20)
#define PLAINS_MAX 4

cn_status cn_single_check(const cn_program *prog) {
    if (prog->count + 1 > CN_SINGLE_LAYERS_MAX)
        return cn_fail(CN_ERR_UNSUPPORTED, "packed plan: %u activations; expected at most %d", prog->count, CN_SINGLE_LAYERS_MAX - 1);
    for (unsigned s = 0; s < prog->count; s++) {
        const cn_segment *g = &prog->segment[s];
        if (g->act.a != 1 || g->act.b || g->act.c || g->act.d)
            return cn_fail(CN_ERR_UNSUPPORTED, "packed plan: activation %u is not a square; evaluate this network in batches", s + 1);
        if ((s == 0 && !g->has_pre) || !g->has_post)
            return cn_fail(CN_ERR_UNSUPPORTED, "packed plan: no linear layer %s activation %u; evaluate this network in batches",
                           g->has_post ? "before" : "after", s + 1);
    }
    return CN_OK;
}

/** What the search found becomes the plan; the trial gets what was there, to be released or used again. */
static void adopt(cn_single_plan *plan, cn_single_plan *trial) {
    cn_single_plan found = *trial;
    found.base.model_name = plan->base.model_name;
    *trial = *plan;
    trial->base = found.base;
    trial->base.model_name = NULL;
    *plan = found;
}

/** What the search has to say, line by line. */
typedef struct report {
    cn_log_fn line;
    void *user;
    char nearest[320]; /* the last refusal, for when nothing fits */
} report;

static void tell(report *r, const cn_single_plan *p, const cn_single_choice *c, const cn_single_verdict *v) {
    char text[320], way[48];
    if (c->lanes) snprintf(way, sizeof way, "%u lanes", c->lanes);
    else snprintf(way, sizeof way, "%u turns", c->turns);
    if (v->fits)
        snprintf(text, sizeof text, "%6zu %2u  %-9s  %6.2f ms  %2u primes, log2(QP) %5.1f  upload %5.2f MiB  keys %5.1f MiB", p->base.params.n,
                 p->base.params.plains, way, p->cost / 1e6, p->base.params.limbs, cn_params_log2_qp(&p->base.params), p->upload / 1048576.0,
                 p->keys / 1048576.0);
    else
        snprintf(text, sizeof text, "%6zu %2u  %-9s  refused: %s", p->base.params.n, p->base.params.plains, way, v->reason);
    if (!v->fits) memcpy(r->nearest, text, sizeof text);
    if (r->line) r->line(r->user, text);
}

/** All layouts of one degree and number of plaintext primes. */
static cn_status search_layouts(cn_single_plan *best, bool *found, cn_single_plan *p, const cn_program *prog, const cn_ntt *t, report *r) {
    static const cn_single_choice ways[] = {{.lanes = 1}, {.lanes = 2}, {.lanes = 4}, {.lanes = 8}, {.turns = 1}, {.turns = 2}, {.turns = 4},
                                            {.turns = 8}, {.turns = 16}, {.turns = 32}, {.turns = 64}};
    for (size_t i = 0; i < CN_ARRAY_LEN(ways); i++) {
        cn_single_choice choice = ways[i];
        cn_single_verdict verdict;
        choice.layout = (cn_layout){p->base.params.n / p->options.images, (unsigned)p->options.images};
        CN_TRY(cn_single_try(p, prog, &choice, t, *found ? best->cost : HUGE_VAL, &verdict));
        tell(r, p, &choice, &verdict);
        if (!verdict.fits || (*found && p->cost >= best->cost)) continue;
        adopt(best, p);
        *found = true;
    }
    return CN_OK;
}

static cn_status search(cn_single_plan *best, const cn_program *prog, report *r) {
    cn_single_plan *p = cn_calloc(1, sizeof *p);
    if (!p) return CN_ERR_MEMORY;
    cn_status status = CN_OK;
    bool found = false;
    for (size_t n = 4096; n <= 32768 && status == CN_OK; n *= 2) {
        if (best->options.ring_degree ? best->options.ring_degree != n : found) continue; /* a larger ring only where none smaller will do */
        for (unsigned plains = 1; plains <= PLAINS_MAX && status == CN_OK; plains++) {
            p->base = best->base;
            p->base.model_name = NULL;
            p->options = best->options;
            p->base.params = (cn_params){.n = n, .plains = plains};
            if (!cn_plan_plain_primes(&p->base.params, p->base.window_t)) continue;
            cn_ntt t[PLAINS_MAX] = {{0}};
            for (unsigned j = 0; j < plains && status == CN_OK; j++) status = cn_ntt_init(&t[j], n, p->base.params.t[j]);
            if (status == CN_OK) status = search_layouts(best, &found, p, prog, t, r);
            for (unsigned j = 0; j < plains; j++) cn_ntt_clear(&t[j]);
        }
    }
    cn_single_plan_free(p);
    if (status == CN_OK && !found)
        status = cn_fail(CN_ERR_PLAN, "packed plan: no layout fits a window of 2^%.1f, the last one tried was: %.200s; evaluate this network in "
                                      "batches, or allow more bytes", log2((double)best->base.window_t), r->nearest);
    return status;
}

static cn_status check_options(const cn_single_options *o) {
    if (o->ring_degree && (o->ring_degree < 4096 || o->ring_degree > 32768 || !cn_security_max_log2_qp(o->ring_degree, CN_SECURITY_BITS)))
        return cn_fail(CN_ERR_DEGREE, "packed plan: ring degree %zu; expected 4096, 8192, 16384, 32768, or 0 for the cheapest", o->ring_degree);
    if (o->images > CN_SINGLE_IMAGES_MAX || (o->images & (o->images - 1)))
        return cn_fail(CN_ERR_SIZE, "packed plan: %zu images per request; expected a power of two up to %d, or 0 for one", o->images, CN_SINGLE_IMAGES_MAX);
    return CN_OK;
}

static cn_status make_plan(cn_single_plan **out, const cn_model *m, const cn_single_options *options, report *r) {
    if (options) CN_TRY(check_options(options));
    cn_status status = CN_OK;
    cn_program prog = {0};
    cn_ranges ranges;
    cn_single_plan *p = cn_calloc(1, sizeof *p);
    if (!p) return CN_ERR_MEMORY;
    if (options) p->options = *options;
    CN_CHECK(cn_costs_choose(&p->base.costs, p->options.costs));
    p->options.costs = NULL;
    if (!p->options.images) p->options.images = 1;
    if (!p->options.upload_max) p->options.upload_max = CN_MIN(p->options.images * UPLOAD_MAX, UPLOADS_MAX);
    if (!p->options.key_max) p->options.key_max = KEY_MAX;
    p->options.upload_max = CN_MIN(p->options.upload_max, CN_SINGLE_BYTES_MAX);
    p->options.key_max = CN_MIN(p->options.key_max, CN_SINGLE_BYTES_MAX);
    CN_CHECK(cn_plan_begin(&p->base, &prog, &ranges, m));
    cn_ranges_clear(&ranges);
    CN_CHECK(cn_single_check(&prog));
    p->base.inputs = prog.inputs;
    p->base.outputs = prog.outputs;
    CN_CHECK(search(p, &prog, r));
    cn_single_make_digest(p);
    *out = p;
    p = NULL;
cleanup:
    cn_program_clear(&prog);
    cn_single_plan_free(p);
    return status;
}

cn_status cn_single_plan_new(cn_single_plan **out, const cn_model *m, const cn_single_options *options) {
    if (out) *out = NULL;
    if (!out || !m) return cn_fail(CN_ERR_NULL, "packed plan: expected result and model, found NULL");
    report r = {0};
    return make_plan(out, m, options, &r);
}

cn_status cn_single_plan_alternatives(const cn_model *m, const cn_single_options *options, cn_log_fn line, void *user) {
    if (!m || !line) return cn_fail(CN_ERR_NULL, "packed plans: expected model and callback, found NULL");
    report r = {.line = line, .user = user};
    cn_single_plan *p = NULL;
    line(user, "     n  t  layout     predicted time of one thread, or why not");
    cn_status status = make_plan(&p, m, options, &r);
    cn_single_plan_free(p);
    return status == CN_ERR_PLAN ? CN_OK : status;
}
