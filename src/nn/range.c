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

/** [low, high] <- hull of a x^2 + b x + c over it: the end points, and the vertex where it lies inside. For integer x the extreme
 *  is at one of the two integers next to the vertex -b / 2a. */
static void apply_act(cn_interval *x, cn_act act) {
    mpz_t v, y, low, high;
    mpz_inits(v, y, low, high, NULL);
    for (int k = 0; k < 4; k++) {
        if (k == 0) mpz_set(v, x->low);
        if (k == 1) mpz_set(v, x->high);
        if (k >= 2) {
            mpz_set_si(v, -act.b);
            mpz_set_si(y, act.a);
            mpz_mul_ui(y, y, 2);
            mpz_fdiv_q(v, v, y);
            if (k == 3) mpz_add_ui(v, v, 1);
            if (mpz_cmp(v, x->low) < 0 || mpz_cmp(v, x->high) > 0) continue;
        }
        mpz_mul_si(y, v, act.a); /* a v */
        if (act.b >= 0)
            mpz_add_ui(y, y, (unsigned long)act.b);
        else
            mpz_sub_ui(y, y, (unsigned long)-act.b);
        mpz_mul(y, y, v); /* (a v + b) v */
        mpz_set_si(v, act.c);
        mpz_add(y, y, v);
        if (k == 0 || mpz_cmp(y, low) < 0) mpz_set(low, y);
        if (k == 0 || mpz_cmp(y, high) > 0) mpz_set(high, y);
    }
    mpz_swap(x->low, low);
    mpz_swap(x->high, high);
    mpz_clears(v, y, low, high, NULL);
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
        if (seg->act.a) {
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
