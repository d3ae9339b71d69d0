/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Random and shipped networks for tests, and a whole inference in one call. */

#include "netgen.h"

#include <stdio.h>
#include <stdlib.h>

#include "testing.h"

int64_t tst_signed(unsigned bits) {
    if (bits == 0) return 0;
    int64_t x = (int64_t)tst_biased((uint64_t)1 << bits);
    return tst_u64() & 1 ? -x : x;
}

cn_i128 tst_signed_wide(unsigned bits) {
    if (bits <= 62) return tst_signed(bits);
    cn_u128 x = (cn_u128)tst_biased((uint64_t)1 << (bits - 62)) << 62 | tst_biased((uint64_t)1 << 62);
    return tst_u64() & 1 ? -(cn_i128)x : (cn_i128)x;
}

/* ---- layer by layer ------------------------------------------------------------------------ */

cn_model *tst_net_new(uint32_t channels, uint32_t height, uint32_t width) {
    cn_model *m;
    ck_assert_int_eq(cn_model_new(&m), CN_OK);
    m->input = (cn_shape){channels, height, width};
    return m;
}

static cn_shape last_shape(const cn_model *m) { return m->layer_count ? m->layer[m->layer_count - 1].out : m->input; }

static cn_layer *add(cn_model *m, cn_layer_type type) {
    ck_assert(m->layer_count < CN_MODEL_LAYERS_MAX);
    cn_layer *l = &m->layer[m->layer_count];
    *l = (cn_layer){.type = type, .in = last_shape(m), .weight_scale = 1};
    return l;
}

/** Derive the shapes of the layer added last and count it. */
static cn_layer *added(cn_model *m, cn_layer *l) {
    cn_status s = cn_layer_finish(l, m->layer_count + 1, last_shape(m), 1);
    ck_assert_msg(s == CN_OK, "expected a valid layer, found %s", cn_error_text());
    m->layer_count++;
    return l;
}

static void fill(cn_layer *l, uint32_t units, size_t row, unsigned bits, unsigned bias_bits) {
    ck_assert_int_eq(cn_layer_alloc(l, units, row), CN_OK);
    for (size_t i = 0; i < l->weight_count; i++) l->weight[i] = tst_signed(bits);
    for (size_t u = 0; u < units; u++) l->bias[u] = tst_signed_wide(bias_bits);
}

cn_layer *tst_net_conv(cn_model *m, uint32_t maps, uint32_t kernel, uint32_t stride, const uint32_t pad[4], unsigned bits,
                       unsigned bias_bits) {
    cn_layer *l = add(m, CN_LAYER_CONV);
    l->kernel = kernel, l->stride = stride;
    if (pad) l->pad_left = pad[0], l->pad_right = pad[1], l->pad_top = pad[2], l->pad_bottom = pad[3];
    fill(l, maps, (size_t)l->in.channels * kernel * kernel, bits, bias_bits);
    return added(m, l);
}

cn_layer *tst_net_dense(cn_model *m, uint32_t units, unsigned bits, unsigned bias_bits) {
    cn_layer *l = add(m, CN_LAYER_DENSE);
    fill(l, units, cn_shape_size(l->in), bits, bias_bits);
    return added(m, l);
}

cn_layer *tst_net_pool(cn_model *m, uint32_t kernel, uint32_t stride) {
    cn_layer *l = add(m, CN_LAYER_POOL);
    l->kernel = kernel, l->stride = stride;
    return added(m, l);
}

cn_layer *tst_net_square(cn_model *m) { return added(m, add(m, CN_LAYER_SQUARE)); }
cn_layer *tst_net_flatten(cn_model *m) { return added(m, add(m, CN_LAYER_FLATTEN)); }

cn_layer *tst_net_poly(cn_model *m, int64_t a, int64_t b, int64_t c) {
    cn_layer *l = add(m, CN_LAYER_POLY);
    l->poly[0] = a, l->poly[1] = b, l->poly[2] = c;
    return added(m, l);
}

cn_layer *tst_net_cubic(cn_model *m, int64_t d, int64_t a, int64_t b, int64_t c) {
    cn_layer *l = add(m, CN_LAYER_POLY);
    l->poly[0] = a, l->poly[1] = b, l->poly[2] = c, l->cubic = d;
    return added(m, l);
}

cn_model *tst_net_finish(cn_model *m) {
    cn_status s = cn_model_finish(m);
    ck_assert_msg(s == CN_OK, "expected a valid network, found %s", cn_error_text());
    return m;
}

/* ---- at random ----------------------------------------------------------------------------- */

/** A convolution that fits the present shape, its padding up to the kernel's size. */
static void random_conv(cn_model *m, const tst_net_choice *c) {
    uint32_t kernel = 1 + (uint32_t)tst_below(3), stride = 1 + (uint32_t)tst_below(3), pad[4];
    cn_shape s = last_shape(m);
    for (int i = 0; i < 4; i++) pad[i] = (uint32_t)tst_below(kernel + (tst_below(4) == 0));
    if (s.width + pad[0] + pad[1] < kernel) pad[1] = kernel;
    if (s.height + pad[2] + pad[3] < kernel) pad[2] = kernel;
    tst_net_conv(m, 1 + (uint32_t)tst_below(2), kernel, stride, pad, c->bits, c->bias_bits);
}

/** One linear layer; shapes stay small. */
static void random_linear(cn_model *m, const tst_net_choice *c) {
    cn_shape s = last_shape(m);
    uint32_t side = CN_MIN(s.height, s.width), kernel = 1 + (uint32_t)tst_below(CN_MIN(side, 3u));
    bool small = cn_shape_size(s) <= 24;
    switch (tst_below(4)) {
    case 0:
        if (small) random_conv(m, c);
        else tst_net_dense(m, 1 + (uint32_t)tst_below(3), c->bits, c->bias_bits);
        break;
    case 1: tst_net_pool(m, kernel, 1 + (uint32_t)tst_below(3)); break;
    default: tst_net_dense(m, 1 + (uint32_t)tst_below(4), c->bits, c->bias_bits); break;
    }
    if (tst_below(4) == 0) tst_net_flatten(m);
}

static void random_activation(cn_model *m, const tst_net_choice *c) {
    if (c->poly_bits == 0 || tst_below(3) == 0) { /* also among cubes */
        tst_net_square(m);
        return;
    }
    int64_t a = tst_signed(c->poly_bits), d = tst_signed(c->poly_bits);
    if (c->cubic && tst_below(4)) {
        tst_net_cubic(m, d ? d : 1, tst_below(3) ? a : 0, tst_below(3) ? tst_signed(c->poly_bits) : 0,
                      tst_below(3) ? tst_signed(c->poly_bits) : 0);
        return;
    }
    tst_net_poly(m, a ? a : -1, tst_below(3) ? tst_signed(c->poly_bits) : 0, tst_below(3) ? tst_signed(c->poly_bits) : 0);
}

cn_model *tst_net_random(const tst_net_choice *c) {
    cn_model *m = tst_net_new(1 + (uint32_t)tst_below(2), 1 + (uint32_t)tst_below(4), 1 + (uint32_t)tst_below(3));
    uint64_t mask = tst_u64() & 3; /* tables of few and of many values */
    for (int i = 0; i < 256; i++) m->lut[i] = mask == 0 ? i & ((1 << CN_MIN(c->lut_bits, 8u)) - 1) : tst_signed(c->lut_bits);
    for (unsigned i = 0; i <= c->activations; i++) {
        size_t linear = tst_below(3);
        if (c->activations == 0 && linear == 0) linear = 1;
        for (; linear > 0; linear--) random_linear(m, c);
        if (i < c->activations) random_activation(m, c);
    }
    if (c->window_bits) {
        m->has_window = true;
        m->window_lo = tst_signed_wide(c->window_bits);
        m->window_t = ((cn_i128)1 << (c->window_bits - 1)) + tst_signed_wide(c->window_bits - 1) / 2 + 1;
    }
    return tst_net_finish(m);
}

cn_model *tst_net_private(unsigned depth, bool cube) {
    cn_model *m = tst_net_new(1, 1, 12);
    for (int i = 0; i < 256; i++) m->lut[i] = i % 4;
    for (unsigned i = 0; i < depth; i++) {
        tst_net_dense(m, 9, 2, 3);
        if (cube) tst_net_cubic(m, 1, -2, 3, 1);
        else tst_net_square(m);
    }
    tst_net_dense(m, 3, 2, 3);
    m->has_window = true;
    m->window_lo = -5000;
    m->window_t = 1 << 20;
    return tst_net_finish(m);
}

cn_model *tst_net_shipped(const char *name) {
    const char *folder = getenv("srcdir");
    char path[4096];
    cn_model *m;
    snprintf(path, sizeof path, "%s/bench/models/%s.cnm", folder ? folder : ".", name);
    cn_status s = cn_model_load(&m, path);
    ck_assert_msg(s == CN_OK, "%s (set srcdir to the folder of the sources)", cn_error_text());
    return m;
}

uint8_t *tst_net_pixels(const cn_model *m, size_t count) {
    size_t bytes = count * cn_model_inputs(m);
    uint8_t *pixels = malloc(bytes);
    ck_assert_ptr_nonnull(pixels);
    for (size_t i = 0; i < bytes; i++) pixels[i] = (uint8_t)(tst_below(4) ? tst_below(256) : tst_biased(256));
    return pixels;
}

/* ---- a whole inference --------------------------------------------------------------------- */

cn_status tst_session_run(tst_session *s, cn_i128 *scores, const cn_model *m, const cn_plan_options *options, unsigned threads,
                          const uint8_t *pixels, size_t count) {
    *s = (tst_session){0};
    CN_TRY(cn_plan_new(&s->plan, m, options));
    CN_TRY(cn_client_new(&s->client, s->plan, threads));
    CN_TRY(cn_client_encrypt(&s->request, s->client, pixels, count, NULL, NULL));
    CN_TRY(cn_server_new(&s->server, s->plan, m, cn_client_evaluation_key(s->client), threads));
    if (s->plan->options.model_privacy) CN_TRY(cn_server_set_public_key(s->server, cn_client_public_key(s->client)));
    CN_TRY(cn_server_evaluate(&s->reply, s->server, s->request, NULL, NULL, NULL));
    return cn_client_decrypt(scores, s->client, s->reply, count);
}

void tst_session_clear(tst_session *s) {
    cn_reply_free(s->reply);
    cn_request_free(s->request);
    cn_server_free(s->server);
    cn_client_free(s->client);
    cn_plan_free(s->plan);
    *s = (tst_session){0};
}

cn_stage tst_last_stage(const cn_program *p) {
    const cn_segment *s = &p->segment[p->count - 1];
    return s->has_post ? CN_STAGE_POST : cn_segment_acts(s) ? CN_STAGE_ACT : CN_STAGE_PRE;
}

void tst_prefix_run(tst_prefix *p, const tst_session *s, const cn_model *m, unsigned layers, const uint32_t *row, size_t count) {
    *p = (tst_prefix){.plan = *s->plan};
    ck_assert_int_eq(cn_program_compile(&p->program, m, layers), CN_OK);
    if (row) ck_assert_int_eq(cn_program_keep_outputs(&p->program, row, count), CN_OK);
    p->plan.segments = p->program.count;
    p->plan.outputs = p->program.outputs;
    p->plan.output_power = cn_act_degree(&p->program.segment[p->program.count - 1].act);
    ck_assert_int_eq(cn_server_from_program(&p->server, &p->plan, &p->program, cn_client_evaluation_key(s->client), 2), CN_OK);
    ck_assert_int_eq(cn_server_evaluate(&p->reply, p->server, s->request, NULL, NULL, NULL), CN_OK);
}

void tst_prefix_clear(tst_prefix *p) {
    cn_reply_free(p->reply);
    cn_server_free(p->server);
    cn_program_clear(&p->program);
}

cn_i128 tst_plan_t(const cn_plan *p) {
    cn_i128 t = 1;
    for (unsigned j = 0; j < p->params.plains; j++) t *= (cn_i128)p->params.t[j];
    return t;
}
