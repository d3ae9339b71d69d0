/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** From layers to segments. */

#include "nn/program.h"

#include <string.h>

#include "arith/int128.h"
#include "util/mem.h"
#include "util/status.h"

void cn_program_clear(cn_program *p) {
    for (unsigned s = 0; s < p->count; s++) {
        cn_linear_clear(&p->segment[s].pre);
        cn_linear_clear(&p->segment[s].post);
    }
    memset(p, 0, sizeof *p);
}

static void append_label(char label[48], cn_layer_type type) {
    if (label[0]) strncat(label, "+", 47 - strlen(label));
    strncat(label, cn_layer_name(type), 47 - strlen(label));
}

/** Fold one more linear layer into the map at *l (absent until *present). */
static cn_status fold(cn_linear *l, bool *present, const cn_layer *layer) {
    cn_linear next, both;
    CN_TRY(cn_linear_from_layer(&next, layer));
    if (!*present) {
        *l = next;
        *present = true;
        return CN_OK;
    }
    cn_status status = cn_linear_compose(&both, &next, l);
    cn_linear_clear(&next);
    if (status != CN_OK) return status;
    cn_linear_clear(l);
    *l = both;
    return CN_OK;
}

/** Add one layer to the program under construction. */
static cn_status add_layer(cn_program *p, const cn_layer *layer) {
    cn_segment *s = &p->segment[p->count - 1];
    if (layer->type == CN_LAYER_FLATTEN) return CN_OK;
    if (layer->type == CN_LAYER_SQUARE || layer->type == CN_LAYER_POLY) {
        if (cn_segment_acts(s)) { /* the segment has its activation: start the next one */
            if (p->count == CN_SEGMENTS_MAX)
                return cn_fail(CN_ERR_UNSUPPORTED, "network: more than %d activations", CN_SEGMENTS_MAX);
            s = &p->segment[p->count++];
            s->in = cn_shape_size(layer->in);
        }
        s->act = layer->type == CN_LAYER_SQUARE ? (cn_act){.a = 1}
                                               : (cn_act){layer->poly[0], layer->poly[1], layer->poly[2], layer->cubic};
        s->mid = s->out = cn_shape_size(layer->out);
        append_label(s->label[CN_STAGE_ACT], layer->type);
        return CN_OK;
    }
    if (cn_segment_acts(s)) {
        CN_TRY(fold(&s->post, &s->has_post, layer));
        append_label(s->label[CN_STAGE_POST], layer->type);
    } else {
        CN_TRY(fold(&s->pre, &s->has_pre, layer));
        s->mid = cn_shape_size(layer->out);
        append_label(s->label[CN_STAGE_PRE], layer->type);
    }
    s->out = cn_shape_size(layer->out);
    return CN_OK;
}

uint64_t cn_act_factors_var(int64_t lower[2], const cn_act *act, uint64_t before, uint64_t step, const cn_mod *t) {
    unsigned degree = cn_act_degree(act);
    uint64_t k = 1;
    lower[0] = lower[1] = 0;
    if (degree == 3) k = step, lower[0] = cn_mod_centre(cn_mod_mul(k, cn_i128_mod(act->a, t), t), t);
    if (degree > 1) k = cn_mod_mul(k, step, t), lower[1] = cn_mod_centre(cn_mod_mul(k, cn_i128_mod(act->b, t), t), t);
    return cn_mod_mul(k, before, t);
}

static void count_additions(cn_program *p) {
    for (unsigned s = 0; s < p->count; s++) {
        cn_segment *g = &p->segment[s];
        if (g->has_pre) g->pre.additions = cn_sums_additions(&g->pre.m);
        if (g->has_post) g->post.additions = cn_sums_additions(&g->post.m);
    }
}

cn_status cn_program_compile(cn_program *p, const cn_model *model, unsigned layers) {
    memset(p, 0, sizeof *p);
    p->count = 1;
    p->inputs = p->segment[0].in = p->segment[0].mid = p->segment[0].out = cn_shape_size(model->input);
    for (unsigned i = 0; i < layers && i < model->layer_count; i++) {
        cn_status status = add_layer(p, &model->layer[i]);
        if (status != CN_OK) {
            cn_program_clear(p);
            return cn_fail_prefix(status, "layer %u", i + 1);
        }
    }
    if (!p->segment[0].has_pre && !cn_segment_acts(&p->segment[0])) {
        cn_program_clear(p);
        return cn_fail(CN_ERR_MODEL, "network: no layer computes anything; expected a linear layer or an activation");
    }
    p->outputs = p->segment[p->count - 1].out;
    count_additions(p);
    return CN_OK;
}

cn_status cn_program_keep_outputs(cn_program *p, const uint32_t *row, size_t count) {
    cn_segment *last = &p->segment[p->count - 1];
    cn_linear *l = last->has_post ? &last->post : last->has_pre ? &last->pre : NULL;
    if (!l && p->count > 1) l = p->segment[p->count - 2].has_post ? &p->segment[p->count - 2].post : NULL;
    if (!l) return cn_fail(CN_ERR_UNSUPPORTED, "network: the outputs follow no linear layer that could be restricted");
    CN_TRY(cn_linear_keep_rows(l, row, count));
    if (l == &last->pre) last->mid = count;
    if (l != &last->post && l != &last->pre) p->segment[p->count - 2].out = last->in = last->mid = count;
    p->outputs = last->out = count;
    count_additions(p);
    return CN_OK;
}
