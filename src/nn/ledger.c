/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The ledger: what each stage of a planned evaluation does, costs and leaves, in rows and in text. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arith/int128.h"
#include "he/params.h"
#include "nn/plan.h"
#include "ring/sample.h"
#include "util/mem.h"
#include "util/sha3.h"
#include "util/status.h"

int cn_plan_row(const cn_plan *p, const cn_program *prog, unsigned segment, unsigned kind) {
    int row = 0;
    for (unsigned s = 0; s < prog->count; s++) {
        const cn_segment *seg = &prog->segment[s];
        bool between = s + 1 < prog->count, hides = !between && p->options.model_privacy;
        bool present[CN_ROW_KINDS] = {seg->has_pre, cn_segment_acts(seg), seg->has_post, between || (hides && cn_segment_acts(seg)),
                                      hides && p->options.scale_scores, hides, between || hides};
        for (unsigned k = 0; k < CN_ARRAY_LEN(present); k++) {
            if (s == segment && k == kind) return present[k] ? row : -1;
            row += present[k];
        }
    }
    return -1;
}

/** Start a row; limbs and parts after the stage. */
static cn_ledger_row *add(cn_plan *plan, const char *name, unsigned segment, size_t outputs, unsigned limbs, unsigned parts) {
    cn_ledger_row *r = &plan->ledger[plan->rows++];
    *r = (cn_ledger_row){.segment = segment, .outputs = outputs, .limbs = limbs, .parts = parts};
    snprintf(r->name, sizeof r->name, "%s", name);
    double log2_t = 0;
    for (unsigned j = 0; j < plan->params.plains; j++) log2_t = fmax(log2_t, log2((double)plan->params.t[j]));
    r->log2_limit = cn_params_log2_level(&plan->params, limbs) - log2_t - 1;
    return r;
}

static size_t cipher_bytes(const cn_plan *plan, const cn_ledger_row *r) {
    return r->outputs * r->parts * r->limbs * plan->params.n * sizeof(uint64_t) * plan->params.plains;
}

void cn_plan_fill_ledger(cn_plan *plan, const cn_program *prog, double (*range_bits)[CN_STAGES]) {
    const cn_params *p = &plan->params;
    const cn_costs *c = &plan->costs;
    const cn_scheme_table *scheme = cn_plan_scheme(plan);
    double batch = (double)p->n * p->plains * 1e-9; /* nanoseconds per slot and branch to seconds per batch */
    plan->rows = 0;
    for (unsigned s = 0; s < prog->count; s++) {
        const cn_segment *seg = &prog->segment[s];
        unsigned limbs = plan->schedule.limbs[s], parts = scheme->parts[1];
        cn_ledger_row *r = NULL;
        for (unsigned k = 0; k < CN_STAGES; k++) {
            const cn_linear *l = k == CN_STAGE_PRE ? &seg->pre : &seg->post;
            bool present = k == CN_STAGE_ACT ? cn_segment_acts(seg) : k == CN_STAGE_PRE ? seg->has_pre : seg->has_post;
            if (!present) continue;
            size_t outputs = k == CN_STAGE_POST ? seg->out : seg->mid;
            if (k == CN_STAGE_ACT) parts = scheme->parts[cn_act_degree(&seg->act)];
            r = add(plan, seg->label[k], s, outputs, limbs, parts);
            r->operations = k == CN_STAGE_ACT ? seg->mid : l->start[l->m.rows];
            bool acts = k == CN_STAGE_ACT;
            r->seconds = batch * (acts ? cn_cost_square(c, seg->mid, limbs, parts) : cn_cost_linear(c, l, p, limbs, parts));
            r->log2_noise = plan->forecast.stage[s][k];
            r->range_bits = range_bits ? range_bits[s][k] : 0;
        }
        if (r) r->bytes = cipher_bytes(plan, r); /* only a segment's end exists as ciphertexts */
        bool last = s + 1 == prog->count;
        if (last && !plan->options.model_privacy) break;
        unsigned next = last ? plan->schedule.reply : plan->schedule.limbs[s + 1];
        if (!last || cn_segment_acts(seg)) {
            r = add(plan, "relinearise", s, seg->out, limbs, scheme->parts[1]);
            r->operations = seg->out;
            r->seconds = batch * (double)seg->out * cn_cost_relin(c, p, limbs, cn_act_degree(&seg->act));
            r->log2_noise = plan->forecast.relin[s];
            r->bytes = cipher_bytes(plan, r);
        }
        if (last && plan->options.scale_scores) {
            r = add(plan, "scale", s, seg->out, limbs, scheme->parts[1]);
            r->operations = seg->out;
            r->seconds = batch * (double)seg->out * cn_cost_scale(c, p, limbs);
            r->log2_noise = plan->forecast.scaled;
            r->bytes = cipher_bytes(plan, r);
        }
        if (last) {
            r = add(plan, "flood", s, seg->out, limbs, scheme->parts[1]);
            r->operations = seg->out;
            r->seconds = batch * (double)seg->out * cn_cost_flood(c, p, limbs);
            r->log2_noise = plan->forecast.flooded;
            r->bytes = cipher_bytes(plan, r);
        }
        r = add(plan, "switch", s, seg->out, next, scheme->parts[1]);
        r->operations = seg->out * (limbs - next);
        r->seconds = batch * (double)seg->out * cn_cost_switch(c, p, limbs, next, scheme->parts[1]);
        r->log2_noise = last ? plan->forecast.output : plan->forecast.switched[s];
        r->bytes = cipher_bytes(plan, r);
    }
    plan->ledger[plan->rows - 1].log2_limit -= 1; /* decryption refuses above Q/(4t) */
}
