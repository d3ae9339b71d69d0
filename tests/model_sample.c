/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The small network of model_sample.h. */

#include "model_sample.h"

#include "testing.h"

cn_layer *tst_add_layer(cn_model *m, cn_layer_type type) {
    cn_layer *l = &m->layer[m->layer_count++];
    l->type = type;
    return l;
}

cn_model *tst_small_model(void) {
    cn_model *m;
    ck_assert_int_eq(cn_model_new(&m), CN_OK);
    ck_assert_int_eq(cn_model_set_name(m, "small \xc3\xa9"), CN_OK);
    ck_assert_int_eq(cn_model_set_provenance(m, "made\nby hand"), CN_OK);
    m->input = (cn_shape){1, 5, 5};
    m->input_scale = 0.5;
    for (int i = 0; i < 256; i++) m->lut[i] = i - 128;

    cn_layer *l = tst_add_layer(m, CN_LAYER_CONV);
    l->kernel = 3;
    l->stride = 1;
    l->pad_left = 1;
    l->pad_bottom = 2;
    ck_assert_int_eq(cn_layer_alloc(l, 2, 9), CN_OK);
    l->weight_scale = 3;
    for (size_t i = 0; i < l->weight_count; i++) l->weight[i] = (int64_t)i - 9;
    l->bias[1] = -((cn_i128)1 << 100);
    tst_add_layer(m, CN_LAYER_SQUARE);
    l = tst_add_layer(m, CN_LAYER_POOL);
    l->kernel = 2;
    l->stride = 2;
    l = tst_add_layer(m, CN_LAYER_POLY);
    l->poly[0] = -3;
    l->poly[1] = INT64_MAX;
    l->poly[2] = -INT64_MAX;
    tst_add_layer(m, CN_LAYER_FLATTEN);
    l = tst_add_layer(m, CN_LAYER_DENSE);
    ck_assert_int_eq(cn_layer_alloc(l, 3, 8), CN_OK);
    l->weight[5] = -129;
    m->has_window = true;
    m->window_lo = -((cn_i128)1 << 125);
    m->window_t = ((cn_i128)1 << 126) - 1;
    return m;
}
