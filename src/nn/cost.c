/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The costs of an evaluation, operation by operation. */

#include "nn/cost.h"

#include <math.h>

#include "he/params.h"
#include "he/scheme.h"

static double cost_ntt(const cn_costs *c, size_t n) { return cn_cost_ns(c, CN_COST_BUTTERFLY) * log2((double)n) / 2; }

double cn_cost_linear(const cn_costs *c, const cn_linear *l, const cn_params *p, unsigned limbs, unsigned parts) {
    double entries = l->start[l->m.rows], sum = 0, rows = cn_cost_ns(c, CN_COST_ROW) * (double)l->m.rows;
    if (l->additions) return parts * limbs * ((double)l->additions * cn_cost_ns(c, CN_COST_LOOKUP) + rows);
    for (unsigned i = 0; i < limbs; i++)
        sum += entries * cn_cost_ns(c, p->q[i] <= CN_GEMM_TWO_DIGITS_MAX ? CN_COST_MAC2 : CN_COST_MAC3) +
               cn_cost_ns(c, CN_COST_COLUMN) * (double)l->m.cols + rows;
    return parts * sum;
}

double cn_cost_square(const cn_costs *c, size_t values, unsigned limbs, unsigned parts) {
    return cn_cost_ns(c, CN_COST_SQUARE) * limbs * (double)values * parts / 3;
}

double cn_cost_relin(const cn_costs *c, const cn_params *p, unsigned limbs, unsigned power) {
    double digits = cn_params_digits(p, limbs), rows = limbs + (p->special != 0), ntt = cost_ntt(c, p->n);
    unsigned parts = cn_scheme_find(p->scheme)->parts[1];
    unsigned switches = parts == 1 ? 1 : power - 1;
    double products = parts * cn_cost_ns(c, CN_COST_PRODUCT);
    return switches * (limbs * ntt + digits * rows * (ntt + products) - (p->digit_bits ? 0 : limbs * ntt));
}

double cn_cost_switch(const cn_costs *c, const cn_params *p, unsigned from, unsigned to, unsigned parts) {
    double sum = 0;
    for (unsigned i = from; i > to; i--) sum += parts * i * cost_ntt(c, p->n);
    return sum;
}

double cn_cost_scale(const cn_costs *c, const cn_params *p, unsigned limbs) {
    return (limbs + 1) * cost_ntt(c, p->n) + 2 * limbs * cn_cost_ns(c, CN_COST_PRODUCT);
}

double cn_cost_flood(const cn_costs *c, const cn_params *p, unsigned limbs) { /* e0 and message, u, e1, flood; two products */
    return limbs * (4 * cost_ntt(c, p->n) + 2 * cn_cost_ns(c, CN_COST_PRODUCT));
}

double cn_cost_total(const cn_costs *c, const cn_params *p, const cn_schedule *s, const cn_program *prog) {
    double sum = 0;
    const unsigned *parts = cn_scheme_find(p->scheme)->parts;
    for (unsigned i = 0; i < prog->count; i++) {
        const cn_segment *seg = &prog->segment[i];
        unsigned limbs = s->limbs[i];
        if (seg->has_pre) sum += cn_cost_linear(c, &seg->pre, p, limbs, parts[1]);
        if (cn_segment_acts(seg)) sum += cn_cost_square(c, seg->mid, limbs, parts[cn_act_degree(&seg->act)]);
        if (seg->has_post) sum += cn_cost_linear(c, &seg->post, p, limbs, parts[cn_act_degree(&seg->act)]);
        if (i + 1 < prog->count)
            sum += (double)seg->out * (cn_cost_relin(c, p, limbs, cn_act_degree(&seg->act)) +
                                       cn_cost_switch(c, p, limbs, s->limbs[i + 1], parts[1]));
    }
    if (s->privacy) {
        const cn_act *act = &prog->segment[prog->count - 1].act;
        unsigned limbs = s->limbs[prog->count - 1];
        sum += (double)prog->outputs * ((cn_act_degree(act) > 1 ? cn_cost_relin(c, p, limbs, cn_act_degree(act)) : 0) +
                                        (s->scale ? cn_cost_scale(c, p, limbs) : 0) + cn_cost_flood(c, p, limbs) +
                                        cn_cost_switch(c, p, limbs, s->reply, parts[1]));
    }
    return sum * p->plains;
}
