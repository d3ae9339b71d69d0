/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The naive evaluator: one loop nest per layer type, as the definitions are written. */

#include "clear_naive.h"

#include <check.h>
#include <stdlib.h>

static tst_values new_values(size_t count) {
    tst_values x = {count, malloc(count * sizeof(mpz_t))};
    ck_assert_ptr_nonnull(x.v);
    for (size_t i = 0; i < count; i++) mpz_init(x.v[i]);
    return x;
}

void tst_values_clear(tst_values *x) {
    for (size_t i = 0; i < x->count; i++) mpz_clear(x->v[i]);
    free(x->v);
    *x = (tst_values){0, NULL};
}

void tst_mpz_set(mpz_t r, cn_i128 x) {
    cn_i128 high = x / ((cn_i128)1 << 63), low = x % ((cn_i128)1 << 63); /* both with the sign of x */
    cn_i128 top = high / ((cn_i128)1 << 62), mid = high % ((cn_i128)1 << 62);
    mpz_set_si(r, (long)top);
    mpz_mul_2exp(r, r, 62);
    if (mid >= 0) mpz_add_ui(r, r, (unsigned long)mid);
    else mpz_sub_ui(r, r, (unsigned long)-mid);
    mpz_mul_2exp(r, r, 63);
    if (low >= 0) mpz_add_ui(r, r, (unsigned long)low);
    else mpz_sub_ui(r, r, (unsigned long)-low);
}

cn_i128 tst_mpz_get(const mpz_t x) {
    mpz_t a, b;
    mpz_inits(a, b, NULL);
    mpz_abs(a, x);
    mpz_fdiv_q_2exp(b, a, 64);
    mpz_fdiv_r_2exp(a, a, 64);
    ck_assert(mpz_sizeinbase(b, 2) <= 63);
    cn_i128 r = (cn_i128)mpz_get_ui(b) << 64 | (cn_i128)mpz_get_ui(a);
    mpz_clears(a, b, NULL);
    return mpz_sgn(x) < 0 ? -r : r;
}

uint64_t tst_mpz_mod(const mpz_t v, uint64_t t) { return mpz_fdiv_ui(v, t); }

cn_i128 tst_naive_window(const mpz_t v, cn_i128 low, cn_i128 t) {
    mpz_t x, l, m;
    mpz_inits(x, l, m, NULL);
    tst_mpz_set(l, low);
    tst_mpz_set(m, t);
    mpz_sub(x, v, l);
    mpz_mod(x, x, m);
    mpz_add(x, x, l);
    cn_i128 r = tst_mpz_get(x);
    mpz_clears(x, l, m, NULL);
    return r;
}

static void add_product(mpz_t y, const mpz_t x, int64_t w) {
    if (w >= 0) mpz_addmul_ui(y, x, (unsigned long)w);
    else mpz_submul_ui(y, x, (unsigned long)-w);
}

static const mpz_t *at(const tst_values *x, cn_shape s, uint32_t c, uint32_t row, uint32_t column) {
    return &x->v[((size_t)c * s.height + row) * s.width + column];
}

static void run_conv(tst_values *y, const cn_layer *l, const tst_values *x) {
    uint32_t k = l->kernel;
    for (uint32_t m = 0; m < l->units; m++)
        for (uint32_t oy = 0; oy < l->out.height; oy++)
            for (uint32_t ox = 0; ox < l->out.width; ox++) {
                mpz_t *sum = &y->v[((size_t)m * l->out.height + oy) * l->out.width + ox];
                tst_mpz_set(*sum, l->bias[m]);
                for (uint32_t c = 0; c < l->in.channels; c++)
                    for (uint32_t ky = 0; ky < k; ky++)
                        for (uint32_t kx = 0; kx < k; kx++) {
                            long row = (long)oy * l->stride + ky - l->pad_top, column = (long)ox * l->stride + kx - l->pad_left;
                            if (row < 0 || row >= (long)l->in.height || column < 0 || column >= (long)l->in.width) continue;
                            add_product(*sum, *at(x, l->in, c, (uint32_t)row, (uint32_t)column),
                                        l->weight[(((size_t)m * l->in.channels + c) * k + ky) * k + kx]);
                        }
            }
}

static void run_pool(tst_values *y, const cn_layer *l, const tst_values *x) {
    for (uint32_t c = 0; c < l->in.channels; c++)
        for (uint32_t oy = 0; oy < l->out.height; oy++)
            for (uint32_t ox = 0; ox < l->out.width; ox++) {
                mpz_t *sum = &y->v[((size_t)c * l->out.height + oy) * l->out.width + ox];
                for (uint32_t ky = 0; ky < l->kernel; ky++)
                    for (uint32_t kx = 0; kx < l->kernel; kx++)
                        mpz_add(*sum, *sum, *at(x, l->in, c, oy * l->stride + ky, ox * l->stride + kx));
            }
}

static void run_dense(tst_values *y, const cn_layer *l, const tst_values *x) {
    for (size_t u = 0; u < l->units; u++) {
        tst_mpz_set(y->v[u], l->bias[u]);
        for (size_t i = 0; i < x->count; i++) add_product(y->v[u], x->v[i], l->weight[u * x->count + i]);
    }
}

tst_values tst_naive_linear(const cn_linear *l, const tst_values *in) {
    tst_values y = new_values(l->m.rows);
    ck_assert_uint_eq(in->count, l->m.cols);
    for (size_t r = 0; r < y.count; r++) {
        tst_mpz_set(y.v[r], l->bias[r]);
        for (size_t e = l->m.start[r]; e < l->m.start[r + 1]; e++) add_product(y.v[r], in->v[l->m.col[e]], l->m.weight[e]);
    }
    return y;
}

tst_values tst_naive_poly(cn_act act, const tst_values *in) {
    tst_values y = new_values(in->count);
    mpz_t term;
    mpz_init(term);
    for (size_t i = 0; i < in->count; i++) {
        mpz_mul(y.v[i], in->v[i], in->v[i]);
        mpz_mul(term, y.v[i], in->v[i]);
        mpz_mul_si(y.v[i], y.v[i], act.a);
        mpz_mul_si(term, term, act.d);
        mpz_add(y.v[i], y.v[i], term);
        mpz_mul_si(term, in->v[i], act.b);
        mpz_add(y.v[i], y.v[i], term);
        mpz_set_si(term, act.c);
        mpz_add(y.v[i], y.v[i], term);
    }
    mpz_clear(term);
    return y;
}

bool tst_values_equal(const tst_values *a, const tst_values *b) {
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++)
        if (mpz_cmp(a->v[i], b->v[i]) != 0) return false;
    return true;
}

tst_values tst_naive_layer(const cn_layer *l, const tst_values *in) {
    if (l->type == CN_LAYER_SQUARE) return tst_naive_poly((cn_act){.a = 1}, in);
    if (l->type == CN_LAYER_POLY) return tst_naive_poly((cn_act){l->poly[0], l->poly[1], l->poly[2], l->cubic}, in);
    tst_values y = new_values((size_t)l->out.channels * l->out.height * l->out.width);
    if (l->type == CN_LAYER_CONV) run_conv(&y, l, in);
    if (l->type == CN_LAYER_POOL) run_pool(&y, l, in);
    if (l->type == CN_LAYER_DENSE) run_dense(&y, l, in);
    if (l->type == CN_LAYER_FLATTEN)
        for (size_t i = 0; i < in->count; i++) mpz_set(y.v[i], in->v[i]);
    return y;
}

tst_values tst_naive_run(const cn_model *m, unsigned layers, const uint8_t *pixels) {
    tst_values x = new_values((size_t)m->input.channels * m->input.height * m->input.width);
    for (size_t i = 0; i < x.count; i++) mpz_set_si(x.v[i], m->lut[pixels[i]]);
    for (unsigned i = 0; i < layers; i++) {
        tst_values y = tst_naive_layer(&m->layer[i], &x);
        tst_values_clear(&x);
        x = y;
    }
    return x;
}
