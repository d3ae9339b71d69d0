/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A packed plan from its file and the model: no search, and nothing taken on trust. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nn/range.h"
#include "nn/single.h"
#include "util/mem.h"
#include "util/status.h"

#define ROUNDING 1e-6 /* bits: the C library of whoever planned may round logarithms otherwise */

/** Noise by forecast, from the weights of this model. */
static cn_status check_noise(cn_single_plan *p, const cn_program *prog) {
    double norm[CN_PLAINS_MAX][CN_SINGLE_LAYERS_MAX];
    const cn_params *q = &p->base.params;
    cn_ntt t[CN_PLAINS_MAX] = {{0}};
    cn_status status = CN_OK;
    for (unsigned j = 0; j < q->plains; j++) CN_CHECK(cn_ntt_init(&t[j], q->n, q->t[j]));
    CN_CHECK(cn_single_norms(norm, p, prog, t, SIZE_MAX));
    cn_single_forecast(p, norm);
    p->quantile = cn_single_quantile(p);
    if (!(p->headroom >= log2(p->quantile) - ROUNDING))
        CN_CHECK(cn_fail(
            CN_ERR_MISMATCH,
            "packed plan: its levels leave %.1f bits above the noise of this model; expected at least %.1f; plan this model",
            p->headroom, log2(p->quantile)));
cleanup:
    for (unsigned j = 0; j < q->plains; j++) cn_ntt_clear(&t[j]);
    return status;
}

static cn_status rebuild(cn_single_plan *p, cn_program *prog, const cn_single_plan *known, const cn_model *m) {
    cn_ranges ranges;
    if (memcmp(known->base.model_digest, m->digest, sizeof m->digest) != 0)
        return cn_fail(CN_ERR_MISMATCH, "packed plan: model %s is not the one that was planned; plan this model", m->name);
    p->base.costs = known->base.costs;
    CN_TRY(cn_plan_begin(&p->base, prog, &ranges, m));
    cn_ranges_clear(&ranges);
    CN_TRY(cn_single_check(prog));
    p->base.inputs = prog->inputs;
    p->base.outputs = prog->outputs;
    p->base.params = known->base.params;
    cn_status status = cn_single_lay_out(p, prog, &(cn_single_choice){known->layout, known->lanes, known->turns});
    if (status == CN_ERR_UNSUPPORTED) {
        char why[160];
        snprintf(why, sizeof why, "%.150s", cn_error_text());
        return cn_fail(CN_ERR_MISMATCH, "packed plan: this model cannot be laid out as the plan says: %s; plan this model", why);
    }
    CN_TRY(status);
    if (p->layers != known->layers)
        return cn_fail(CN_ERR_MISMATCH, "packed plan: it has %u layers; expected %u, those of the model; plan this model",
                       known->layers, p->layers);
    for (unsigned l = 0; l < p->layers; l++) p->layer[l].limbs = known->layer[l].limbs, p->layer[l].after = known->layer[l].after;
    cn_single_make_digest(p);
    if (memcmp(p->base.digest, known->base.digest, sizeof p->base.digest) != 0)
        return cn_fail(CN_ERR_MISMATCH,
                       "packed plan: window, look-up table, turns or layouts are not those of model %s; plan this model",
                       m->name);
    CN_TRY(check_noise(p, prog));
    p->cost = cn_single_cost(p);
    return cn_single_finish(p);
}

cn_status cn_single_rebuild(cn_single_plan **full, const cn_single_plan *known, const cn_model *m) {
    *full = NULL;
    cn_program prog = {0};
    cn_single_plan *p = cn_calloc(1, sizeof *p);
    if (!p) return CN_ERR_MEMORY;
    cn_status status = rebuild(p, &prog, known, m);
    cn_program_clear(&prog);
    if (status == CN_OK) *full = p;
    else cn_single_plan_free(p);
    return status;
}
