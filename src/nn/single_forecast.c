/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Noise and cost of a packed evaluation, predicted (doc/noise.md, section 2.5). */

#include <math.h>
#include <string.h>

#include "he/params.h"
#include "nn/single.h"
#include "ring/galois.h"
#include "util/mem.h"

void cn_single_plain(uint64_t *coeff, const int64_t *slots, size_t back, const cn_layout *layout, const uint32_t *position, const cn_ntt *t) {
    for (size_t s = 0; s < layout->slots; s++) {
        size_t to = cn_layout_turned(s, back, layout->slots / 2);
        uint64_t value = cn_mod_reduce_signed(slots[s], &t->mod); /* |weight| < 2^62 */
        for (size_t image = 0; image < layout->images; image++) coeff[position[cn_layout_slot(layout, image, to)]] = value;
    }
    cn_ntt_inverse(coeff, t);
}

cn_status cn_single_norms(double (*norm)[CN_SINGLE_LAYERS_MAX], const cn_single_plan *p, const cn_program *prog, const cn_ntt *t, size_t most) {
    cn_status status = CN_OK;
    size_t n = p->base.params.n;
    int64_t *w = NULL;
    uint32_t *position = cn_malloc(n, sizeof *position);
    uint64_t *coeff = cn_malloc(n, sizeof *coeff);
    if (!position || !coeff) CN_CHECK(CN_ERR_MEMORY);
    cn_galois_slots(position, n);
    for (unsigned l = 0; l < p->layers; l++) {
        const cn_single_layer *layer = &p->layer[l];
        CN_CHECK(cn_single_weights(&w, layer, cn_single_linear(prog, l), p->layout.slots));
        for (unsigned j = 0; j < p->base.params.plains; j++) {
            size_t all = (size_t)layer->inputs * layer->turns, some = CN_MIN(all, most);
            norm[j][l] = 0;
            for (size_t i = 0; i < some; i++) {
                cn_single_plain(coeff, w + all * i / some * p->layout.slots, 0, &p->layout, position, &t[j]);
                for (size_t k = 0; k < n; k++) {
                    double c = (double)cn_mod_centre(coeff[k], &t[j].mod);
                    norm[j][l] += c * c;
                }
            }
            norm[j][l] *= (double)all / (double)some;
        }
        cn_free(w);
        w = NULL;
    }
cleanup:
    cn_free(w);
    cn_free(position);
    cn_free(coeff);
    return status;
}

/** The fourth moment of a sum of count terms whose variances at a root are as good as independent: closer to a Gaussian's. */
static double averaged(double kurt, double count) { return 2 + (kurt - 2) / count; }

static void record(cn_single_plan *p, cn_single_layer *layer, cn_single_step step, cn_noise v, unsigned limbs, uint64_t t, double bits) {
    double sigma = v.var < HUGE_VAL ? cn_noise_log2(v) : HUGE_VAL, limit = cn_params_log2_level(&p->base.params, limbs) - log2((double)t) - bits;
    double margin = layer->group > 1 && step == CN_SINGLE_FOLDED ? 0.5 * log2(layer->group) : 0; /* it sits in few coefficients */
    if (!(layer->noise[step] >= sigma)) layer->noise[step] = sigma;
    layer->limit[step] = fmin(layer->limit[step], limit);
    p->headroom = fmin(p->headroom, limit - sigma - margin);
}

/** Noise of one layer's sum and folds. */
static cn_noise linear_noise(cn_single_plan *p, cn_single_layer *layer, cn_noise v, double norm, uint64_t t, cn_noise floor) {
    const cn_params *q = &p->base.params;
    cn_noise digits = cn_noise_digits(q, layer->limbs);
    if (!q->special) floor.var = 0;
    if (layer->babies > 1) v = cn_noise_add_independent(v, digits);
    v = (cn_noise){v.var * norm, averaged(2 * v.kurt, (double)layer->inputs * layer->turns)};
    if (layer->babies > 1) v = cn_noise_add_independent(v, floor);
    if (layer->turns > layer->babies) { /* sums that are rotated in turn */
        double count = (double)layer->turns / layer->babies - 1;
        v = cn_noise_add_independent(v, (cn_noise){digits.var * count, digits.kurt});
        v = cn_noise_add_independent(v, (cn_noise){floor.var * (layer->babies > 1 ? count + 1 : 1), floor.kurt});
    }
    record(p, layer, CN_SINGLE_SUM, v, layer->limbs, t, 1);
    for (unsigned f = 0; f < layer->folds; f++) {
        double count = layer->fold[f].count;
        v = (cn_noise){v.var * (count + 1), averaged(v.kurt, count + 1)};
        v = cn_noise_add_independent(v, (cn_noise){digits.var * count, digits.kurt});
        v = cn_noise_add_independent(v, floor);
    }
    if (layer->swaps) v.kurt *= 1.5; /* real at every root */
    v.var += 1.0 / 12;               /* the bias */
    record(p, layer, CN_SINGLE_FOLDED, v, layer->limbs, t, 1);
    return v;
}

static void forecast_branch(cn_single_plan *p, uint64_t t, const double *norm, const cn_noise floor[4]) {
    const cn_params *q = &p->base.params;
    cn_noise v = cn_noise_fresh_secret();
    for (unsigned l = 0; l < p->layers; l++) {
        cn_single_layer *layer = &p->layer[l];
        bool last = l + 1 == p->layers;
        unsigned parts = l == 0 || layer->relinearise ? 2 : 3;
        record(p, layer, CN_SINGLE_IN, v, layer->limbs, t, 1);
        v = linear_noise(p, layer, v, norm[l], t, floor[2]);
        v = cn_noise_switch(v, q, layer->limbs, layer->after, floor[parts]);
        record(p, layer, CN_SINGLE_DOWN, v, layer->after, t, last ? 2 : 1);
        if (last) break;
        v = cn_noise_square(v, t, q->n);
        record(p, layer, CN_SINGLE_SQUARE, v, layer->after, t, 1);
        const cn_single_layer *next = layer + 1;
        if (next->relinearise) v = cn_noise_add_independent(v, cn_noise_relin(q, layer->after));
        v = cn_noise_switch(v, q, layer->after, next->limbs, floor[next->relinearise ? 2 : 3]);
    }
}

void cn_single_forecast(cn_single_plan *p, double (*norm)[CN_SINGLE_LAYERS_MAX]) {
    cn_noise floor[4] = {{0, 2}, {0, 2}, cn_noise_switch_floor(p->base.params.n, 2), cn_noise_switch_floor(p->base.params.n, 3)};
    p->headroom = HUGE_VAL;
    for (unsigned l = 0; l < p->layers; l++)
        for (unsigned s = 0; s < CN_SINGLE_STEPS; s++) p->layer[l].noise[s] = -HUGE_VAL, p->layer[l].limit[s] = HUGE_VAL;
    for (unsigned j = 0; j < p->base.params.plains; j++) forecast_branch(p, p->base.params.t[j], norm[j], floor);
    if (!(p->headroom > -HUGE_VAL)) p->headroom = -HUGE_VAL; /* also what is not a number */
}

double cn_single_quantile(const cn_single_plan *p) {
    size_t n = p->base.params.n;
    double count = (double)p->base.params.plains * CN_SINGLE_STEPS * p->layers;
    unsigned group = 1; /* noise that was folded over so many rotations is the same at as many roots: fewer that are independent */
    for (unsigned l = 0; l < p->layers; l++) group = CN_MAX(group, p->layer[l].group);
    return fmax(cn_noise_quantile((double)n * count, CN_FAILURE_BITS), cn_noise_tail(n / group, count, CN_FAILURE_BITS, p->layers - 1, false));
}

/** Nanoseconds of a decomposition; of a rotation's products; of a division by P; all at a level. */
static double cost_decompose(const cn_costs *c, const cn_params *p, unsigned limbs) {
    double ntt = cn_cost_ns(c, CN_COST_BUTTERFLY) * log2((double)p->n) / 2, rows = limbs + (p->special != 0);
    return (double)p->n * ntt * (limbs + cn_params_digits(p, limbs) * rows);
}
static double cost_rotate(const cn_costs *c, const cn_params *p, unsigned limbs) {
    double rows = limbs + (p->special != 0);
    return (double)p->n * cn_cost_ns(c, CN_COST_PRODUCT) * 2 * rows * (cn_params_digits(p, limbs) + 1.5);
}
static double cost_divide(const cn_costs *c, const cn_params *p, unsigned limbs) {
    return p->special ? (double)p->n * cn_cost_ns(c, CN_COST_BUTTERFLY) * log2((double)p->n) / 2 * 2 * (limbs + 1) : 0;
}

double cn_single_cost(const cn_single_plan *p) {
    const cn_params *q = &p->base.params;
    const cn_costs *c = &p->base.costs;
    double sum = 0, n = (double)q->n, product = cn_cost_ns(c, CN_COST_PRODUCT), stream = cn_cost_ns(c, CN_COST_STREAM);
    for (unsigned l = 0; l < p->layers; l++) {
        const cn_single_layer *layer = &p->layer[l];
        unsigned limbs = layer->limbs, parts = l && !layer->relinearise ? 3 : 2;
        if (l == 0) sum += layer->inputs * limbs * n * 2 * cn_cost_ns(c, CN_COST_EXPAND);
        unsigned giants = layer->turns / layer->babies;
        if (layer->babies > 1)
            sum += layer->inputs * (cost_decompose(c, q, limbs) + (layer->babies - 1) * cost_rotate(c, q, limbs)) +
                   giants * cost_divide(c, q, limbs);
        sum += (double)layer->inputs * layer->turns * (limbs + (layer->babies > 1)) * n * (parts * product + stream);
        if (giants > 1) sum += (giants - 1) * (cost_decompose(c, q, limbs) + cost_rotate(c, q, limbs)) + cost_divide(c, q, limbs);
        for (unsigned f = 0; f < layer->folds; f++)
            sum += cost_decompose(c, q, limbs) + layer->fold[f].count * cost_rotate(c, q, limbs) + cost_divide(c, q, limbs);
        sum += n * cn_cost_switch(c, q, limbs, layer->after, parts);
        if (l + 1 == p->layers) break;
        sum += n * cn_cost_square(c, 1, layer->after, 3);
        if (layer[1].relinearise) sum += n * cn_cost_relin(c, q, layer->after, 2) + cost_divide(c, q, layer->after);
        sum += n * cn_cost_switch(c, q, layer->after, layer[1].limbs, layer[1].relinearise ? 2 : 3);
    }
    return sum * q->plains;
}
