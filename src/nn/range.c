/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Interval arithmetic on GMP integers, one interval per value. */

#include "nn/range.h"

#include <math.h>

#include "arith/rns.h"
#include "util/mem.h"

void cn_intervals_free(cn_interval *x, size_t count) {
    for (size_t i = 0; x && i < count; i++) mpz_clears(x[i].low, x[i].high, NULL);
    cn_free(x);
}

cn_interval *cn_intervals_new(size_t count) {
    cn_interval *x = cn_calloc(count, sizeof *x);
    for (size_t i = 0; x && i < count; i++) mpz_inits(x[i].low, x[i].high, NULL);
    return x;
}

static double magnitude_bits(const cn_interval *x, size_t count) {
    double top = 0;
    for (size_t i = 0; i < count; i++)
        top = fmax(top, fmax(cn_mpz_log2(x[i].low), cn_mpz_log2(x[i].high)));
    return top;
}

static void add_product(mpz_t r, const mpz_t x, int64_t w) {
    if (w >= 0)
        mpz_addmul_ui(r, x, (unsigned long)w);
    else
        mpz_submul_ui(r, x, (unsigned long)-w);
}

cn_interval *cn_intervals_linear(const cn_interval *x, const cn_linear *l) {
    cn_interval *y = cn_intervals_new(l->m.rows);
    for (size_t r = 0; y && r < l->m.rows; r++) {
        cn_mpz_set_i128(y[r].low, l->bias[r]);
        mpz_set(y[r].high, y[r].low);
        for (size_t e = l->start[r]; e < l->start[r + 1]; e++) {
            int64_t w = l->weight[e];
            const cn_interval *v = &x[l->col[e]];
            add_product(y[r].low, w >= 0 ? v->low : v->high, w);
            add_product(y[r].high, w >= 0 ? v->high : v->low, w);
        }
    }
    return y;
}

/** The hull of an activation under construction. */
typedef struct hull {
    cn_act act;
    cn_interval x, y;  /* where it is taken; of the values so far */
    bool any;
} hull;

/** Take the value at v into account, if v lies in the interval. */
static void visit(hull *h, const mpz_t v) {
    const int64_t coefficient[] = {h->act.a, h->act.b, h->act.c};
    mpz_t y, k;
    if (mpz_cmp(v, h->x.low) < 0 || mpz_cmp(v, h->x.high) > 0) return;
    mpz_init_set_si(y, h->act.d);
    mpz_init(k);
    for (int i = 0; i < 3; i++) { /* Horner's scheme */
        mpz_mul(y, y, v);
        mpz_set_si(k, coefficient[i]);
        mpz_add(y, y, k);
    }
    if (!h->any || mpz_cmp(y, h->y.low) < 0) mpz_set(h->y.low, y);
    if (!h->any || mpz_cmp(y, h->y.high) > 0) mpz_set(h->y.high, y);
    h->any = true;
    mpz_clears(y, k, NULL);
}

/** Visit the integers around numerator / denominator, at most 1 away from a point where the derivative is 0. */
static void visit_around(hull *h, const mpz_t numerator, const mpz_t denominator) {
    mpz_t v;
    mpz_init(v);
    mpz_fdiv_q(v, numerator, denominator);
    mpz_sub_ui(v, v, 1);
    for (int k = 0; k < 4; k++, mpz_add_ui(v, v, 1)) visit(h, v);
    mpz_clear(v);
}

/** [low, high] <- hull of d x^3 + a x^2 + b x + c over its integers. The extremes are at the ends or at integers next to the zeros of the
 *  derivative: -b / 2a without d, else (-a +- (a^2 - 3 b d)^(1/2)) / 3d, with the root rounded down at most 1/3 away. */
static void apply_act(cn_interval *x, cn_act act) {
    hull h = {.act = act};
    mpz_t a, b, d, root, v;
    mpz_inits(h.x.low, h.x.high, h.y.low, h.y.high, root, v, NULL);
    mpz_init_set_si(a, act.a);
    mpz_init_set_si(b, act.b);
    mpz_init_set_si(d, act.d);
    mpz_swap(h.x.low, x->low);
    mpz_swap(h.x.high, x->high);
    visit(&h, h.x.low);
    visit(&h, h.x.high);
    if (act.d == 0) {
        mpz_neg(v, b);
        mpz_mul_ui(d, a, 2);
        visit_around(&h, v, d);
    } else {
        mpz_mul(root, a, a);
        mpz_mul(v, b, d);
        mpz_submul_ui(root, v, 3);
        mpz_mul_ui(d, d, 3);
        if (mpz_sgn(root) >= 0) {
            mpz_sqrt(root, root);
            mpz_neg(a, a);
            mpz_add(v, a, root);
            visit_around(&h, v, d);
            mpz_sub(v, a, root);
            visit_around(&h, v, d);
        }
    }
    mpz_swap(x->low, h.y.low);
    mpz_swap(x->high, h.y.high);
    mpz_clears(h.x.low, h.x.high, h.y.low, h.y.high, a, b, d, root, v, NULL);
}

void cn_intervals_act(cn_interval *x, size_t count, cn_act act) {
    for (size_t i = 0; i < count; i++) apply_act(&x[i], act);
}

static cn_status run_linear(cn_interval **x, const cn_linear *l) {
    cn_interval *y = cn_intervals_linear(*x, l);
    if (!y) return CN_ERR_MEMORY;
    cn_intervals_free(*x, l->m.cols);
    *x = y;
    return CN_OK;
}

cn_status cn_ranges_compute(cn_ranges *r, const cn_program *p, const cn_model *model) {
    cn_status status = CN_OK;
    *r = (cn_ranges){0};
    mpz_inits(r->low, r->high, NULL);
    size_t count = p->inputs;
    cn_interval *x = cn_intervals_new(count);
    if (!x) CN_CHECK(CN_ERR_MEMORY);
    int64_t low = model->lut[0], high = model->lut[0];
    for (int v = 0; v < 256; v++) low = CN_MIN(low, model->lut[v]), high = CN_MAX(high, model->lut[v]);
    low = CN_MIN(low, 0), high = CN_MAX(high, 0); /* unused slots hold 0 */
    for (size_t i = 0; i < count; i++) mpz_set_si(x[i].low, low), mpz_set_si(x[i].high, high);
    for (unsigned s = 0; s < p->count; s++) {
        const cn_segment *seg = &p->segment[s];
        if (seg->has_pre) {
            CN_CHECK(run_linear(&x, &seg->pre));
            count = seg->mid;
            r->stage_bits[s][CN_STAGE_PRE] = magnitude_bits(x, count);
        }
        if (cn_segment_acts(seg)) {
            cn_intervals_act(x, count, seg->act);
            r->stage_bits[s][CN_STAGE_ACT] = magnitude_bits(x, count);
        }
        if (seg->has_post) {
            CN_CHECK(run_linear(&x, &seg->post));
            count = seg->out;
            r->stage_bits[s][CN_STAGE_POST] = magnitude_bits(x, count);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || mpz_cmp(x[i].low, r->low) < 0) mpz_set(r->low, x[i].low);
        if (i == 0 || mpz_cmp(x[i].high, r->high) > 0) mpz_set(r->high, x[i].high);
    }
cleanup:
    cn_intervals_free(x, count);
    if (status != CN_OK) cn_ranges_clear(r);
    return status;
}

void cn_ranges_clear(cn_ranges *r) { mpz_clears(r->low, r->high, NULL); }
