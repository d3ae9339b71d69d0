/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Models in memory: shapes, scales, ranges and texts, each refusal with the layer it names, and the table
 * for people. */

#include "nn/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model_sample.h"
#include "testing.h"
#include "util/utf8.h"
#include "util/sha3.h"

/* ---- shapes, scales, ranges ---------------------------------------------------------------- */

START_TEST(test_finish_shapes) {
    static const cn_shape out[6] = {{2, 5, 4}, {2, 5, 4}, {2, 2, 2}, {2, 2, 2}, {8, 1, 1}, {3, 1, 1}};
    static const double scale[6] = {1.5, 2.25, 9, 81, 81, 81};
    cn_model *m = tst_small_model();
    ck_assert_int_eq(cn_model_finish(m), CN_OK);
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_msg(memcmp(&m->layer[i].out, &out[i], sizeof out[i]) == 0, "shape of layer %u", i + 1);
        ck_assert_msg(m->layer[i].out_scale == scale[i], "scale of layer %u", i + 1);
    }
    ck_assert_uint_eq(cn_model_inputs(m), 25);
    ck_assert_uint_eq(cn_model_outputs(m), 3);
    ck_assert_str_eq(cn_model_name(m), "small \xc3\xa9");
    ck_assert_str_eq(cn_model_provenance(m), "made\nby hand");
    ck_assert_uint_eq(cn_layer_row(&m->layer[0]), 9);
    ck_assert_uint_eq(cn_layer_row(&m->layer[1]), 0);
    ck_assert_uint_eq(cn_layer_row(&m->layer[5]), 8);
    cn_model_free(m);
}
END_TEST

/** Output sizes against counting positions one by one. */
START_TEST(test_finish_conv_sizes) {
    for (size_t i = 0; i < TST_ITERS(200); i++) {
        cn_model *m;
        ck_assert_int_eq(cn_model_new(&m), CN_OK);
        m->input =
            (cn_shape){1 + (uint32_t)tst_below(3), 1 + (uint32_t)tst_below(9), 1 + (uint32_t)tst_below(9)};
        cn_layer *l = tst_add_layer(m, CN_LAYER_CONV);
        l->kernel = 1 + (uint32_t)tst_below(5);
        l->stride = 1 + (uint32_t)tst_below(4);
        l->pad_left = (uint32_t)tst_below(4);
        l->pad_right = (uint32_t)tst_below(4);
        l->pad_top = (uint32_t)tst_below(4);
        l->pad_bottom = (uint32_t)tst_below(4);
        ck_assert_int_eq(cn_layer_alloc(l, 2, (size_t)m->input.channels * l->kernel * l->kernel), CN_OK);
        uint32_t w = 0, h = 0;
        while (w * l->stride + l->kernel <= m->input.width + l->pad_left + l->pad_right) w++;
        while (h * l->stride + l->kernel <= m->input.height + l->pad_top + l->pad_bottom) h++;
        cn_status s = cn_model_finish(m);
        if (w == 0 || h == 0) {
            ck_assert_int_eq(s, CN_ERR_MODEL);
        } else {
            ck_assert_int_eq(s, CN_OK);
            ck_assert(l->out.channels == 2 && l->out.width == w && l->out.height == h);
        }
        cn_model_free(m);
    }
}
END_TEST

/** One defect after another, put right again; the text names the layer. */
START_TEST(test_finish_refuses) {
    cn_model *m = tst_small_model();
    ck_assert_int_eq(cn_model_finish(m), CN_OK);
    cn_layer *l = m->layer;
#define REFUSE(place, value, status, words)                                                       \
    do {                                                                                          \
        __typeof__(place) kept_ = place;                                                          \
        place = value;                                                                            \
        ck_assert_int_eq(cn_model_finish(m), status);                                             \
        ck_assert_msg(strstr(cn_error_text(), words) != NULL, "expected '%s', found '%s'", words, \
                      cn_error_text());                                                           \
        place = kept_;                                                                            \
    } while (0)
    REFUSE(m->input.channels, 0, CN_ERR_SIZE, "input");
    REFUSE(m->input.height, 65537, CN_ERR_SIZE, "input");
    REFUSE(m->input.width, 65536, CN_ERR_SIZE, "input");
    REFUSE(m->lut[7], (int64_t)1 << 31, CN_ERR_RANGE, "entry 7");
    REFUSE(m->lut[7], -((int64_t)1 << 31), CN_ERR_RANGE, "entry 7");
    REFUSE(m->input_scale, 0, CN_ERR_FORMAT, "scale");
    REFUSE(m->input_scale, (double)NAN, CN_ERR_FORMAT, "scale");
    REFUSE(m->layer_count, 0, CN_ERR_MODEL, "layers");
    REFUSE(m->layer_count, CN_MODEL_LAYERS_MAX + 1, CN_ERR_MODEL, "layers");
    REFUSE(l[0].type, (cn_layer_type)7, CN_ERR_MODEL, "layer 1 (unknown)");
    REFUSE(l[0].kernel, 2, CN_ERR_MODEL, "layer 1 (conv)");
    REFUSE(l[0].kernel, 0, CN_ERR_MODEL, "layer 1 (conv)");
    REFUSE(l[0].kernel, 7, CN_ERR_MODEL, "layer 1 (conv)");
    REFUSE(l[0].stride, 0, CN_ERR_MODEL, "layer 1 (conv)");
    REFUSE(l[0].pad_right, 65537, CN_ERR_MODEL, "layer 1 (conv)");
    REFUSE(l[0].pad_right, 65536, CN_ERR_SIZE, "layer 1 (conv)");
    REFUSE(l[0].units, 0, CN_ERR_SIZE, "layer 1 (conv)");
    REFUSE(l[0].units, 3, CN_ERR_MODEL, "layer 1 (conv)");
    REFUSE(l[0].weight[3], INT64_MIN, CN_ERR_RANGE, "weight 3");
    REFUSE(l[0].bias[1], (cn_i128)1 << 126, CN_ERR_RANGE, "bias 1");
    REFUSE(l[0].bias[1], -((cn_i128)1 << 126), CN_ERR_RANGE, "bias 1");
    REFUSE(l[0].weight_scale, -1, CN_ERR_FORMAT, "layer 1 (conv)");
    REFUSE(l[0].weight_scale, (double)INFINITY, CN_ERR_FORMAT, "layer 1 (conv)");
    REFUSE(l[0].weight_scale, 1e160, CN_ERR_MODEL, "layer 2 (square)"); /* overflows when squared */
    REFUSE(l[0].weight_scale, 1e-300, CN_ERR_MODEL, "layer 2 (square)");
    REFUSE(l[2].kernel, 5, CN_ERR_MODEL, "layer 3 (pool)");
    REFUSE(l[2].stride, 0, CN_ERR_MODEL, "layer 3 (pool)");
    REFUSE(l[2].pad_left, 1, CN_ERR_MODEL, "layer 3 (pool)");
    REFUSE(l[3].poly[0], 0, CN_ERR_MODEL, "layer 4 (poly)");
    REFUSE(l[3].poly[2], INT64_MIN, CN_ERR_RANGE, "layer 4 (poly)");
    REFUSE(l[5].weight_count, 23, CN_ERR_MODEL, "layer 6 (dense)");
    REFUSE(l[5].weight, NULL, CN_ERR_MODEL, "layer 6 (dense)");
    REFUSE(l[5].bias, NULL, CN_ERR_MODEL, "layer 6 (dense)");
    REFUSE(m->window_t, 0, CN_ERR_RANGE, "window");
    REFUSE(m->window_t, (cn_i128)1 << 126, CN_ERR_RANGE, "window");
    REFUSE(m->window_lo, (cn_i128)1 << 126, CN_ERR_RANGE, "window");
    REFUSE(m->window_lo, -((cn_i128)1 << 126), CN_ERR_RANGE, "window");
#undef REFUSE
    ck_assert_int_eq(cn_model_finish(m), CN_OK);
    cn_layer big = {.type = CN_LAYER_DENSE};
    ck_assert_int_eq(cn_layer_alloc(&big, 65536, 1025), CN_ERR_SIZE);
    ck_assert_int_eq(cn_layer_alloc(&big, 65537, 1), CN_ERR_SIZE);
    ck_assert_int_eq(cn_layer_alloc(&big, 1, 0), CN_ERR_SIZE);
    ck_assert_int_eq(cn_layer_alloc(&big, 0, 1), CN_ERR_SIZE);

    /* the cap on weights itself is allowed: what is missing here is the weights */
    cn_model_free(m);
    ck_assert_int_eq(cn_model_new(&m), CN_OK);
    m->input = (cn_shape){1, 1, 1024};
    tst_add_layer(m, CN_LAYER_DENSE)->units = 65536;
    ck_assert_int_eq(cn_model_finish(m), CN_ERR_MODEL);
    m->input.width = 1025;
    ck_assert_int_eq(cn_model_finish(m), CN_ERR_SIZE);
    cn_model_free(m);
}
END_TEST

START_TEST(test_texts) {
    static const struct {
        const char *text;
        bool plain, lines; /* valid without and with newlines */
    } cases[] = {
        {"", true, true},
        {"plain", true, true},
        {"two\nlines", false, true},
        {"tab\t", false, false},
        {"\x1b[0m", false, false},
        {"\x7f", false, false},
        {"\xc2\x80", false, false}, /* U+0080, a control character */
        {"\xc2\x9f", false, false},
        {"\xc2\xa0", true, true}, /* U+00A0 */
        {"\xe2\x82\xac \xf0\x9f\x98\x80", true, true},
        {"\xf4\x8f\xbf\xbf", true, true},   /* U+10FFFF */
        {"\xf4\x90\x80\x80", false, false}, /* beyond */
        {"\xc0\x80", false, false},         /* overlong */
        {"\xc1\xbf", false, false},
        {"\xe0\x9f\xbf", false, false},
        {"\xf0\x8f\xbf\xbf", false, false},
        {"\xed\xa0\x80", false, false}, /* surrogate */
        {"\xed\x9f\xbf\xee\x80\x80", true, true},
        {"\x80", false, false}, /* stray continuation */
        {"\xc3", false, false}, /* cut */
        {"\xe2\x82", false, false},
        {"\xe2\x82x", false, false},
        {"\xff", false, false},
        {"\xf8\x88\x80\x80\x80", false, false}, /* five bytes */
    };
    for (size_t i = 0; i < CN_ARRAY_LEN(cases); i++) {
        size_t n = strlen(cases[i].text);
        ck_assert_msg(cn_text_valid(cases[i].text, n, false) == cases[i].plain, "case %zu", i);
        ck_assert_msg(cn_text_valid(cases[i].text, n, true) == cases[i].lines, "case %zu, lines", i);
    }
    cn_model *m;
    ck_assert_int_eq(cn_model_new(&m), CN_OK);
    ck_assert_int_eq(cn_model_set_name(m, ""), CN_ERR_FORMAT);
    ck_assert_int_eq(cn_model_set_name(m, "a\nb"), CN_ERR_FORMAT);
    char text[CN_MODEL_TEXT_MAX + 2];
    memset(text, 'x', sizeof text);
    text[CN_MODEL_TEXT_MAX + 1] = 0;
    ck_assert_int_eq(cn_model_set_name(m, text), CN_ERR_FORMAT);
    ck_assert_str_eq(m->name, "unnamed");
    text[CN_MODEL_TEXT_MAX] = 0;
    ck_assert_int_eq(cn_model_set_name(m, text), CN_OK);
    ck_assert_str_eq(m->name, text);
    cn_model_free(m);
}
END_TEST

/* ---- for people ---------------------------------------------------------------------------- */

static void collect(void *user, const char *line) {
    strcat(user, line);
    strcat(user, "\n");
}

START_TEST(test_describe) {
    char text[4096] = "", hex[65];
    cn_model *m = tst_small_model();
    ck_assert_int_eq(cn_model_finish(m), CN_OK);
    ck_assert_int_eq(cn_model_describe(m, collect, text), CN_OK);
    cn_hex(hex, m->digest, 32);
    static const char *const parts[] = {"small \xc3\xa9",
                                        "1 x 5 x 5          values -128..127",
                                        "2 x 5 x 4",
                                        "padding 1 0 0 2",
                                        "18  -9..8",
                                        "kernel 2 stride 2",
                                        "-3 x^2",
                                        "24  -129..0",
                                        "width 85070591730234615865843651857942052863 (126 bits)"};
    ck_assert(strstr(text, hex) != NULL);
    for (size_t i = 0; i < CN_ARRAY_LEN(parts); i++)
        ck_assert_msg(strstr(text, parts[i]) != NULL, "expected %s in\n%s", parts[i], text);
    m->has_window = false;
    text[0] = 0;
    ck_assert_int_eq(cn_model_describe(m, collect, text), CN_OK);
    ck_assert(strstr(text, "window none") != NULL);
    ck_assert_int_eq(cn_model_describe(NULL, collect, text), CN_ERR_NULL);
    ck_assert_int_eq(cn_model_describe(m, NULL, text), CN_ERR_NULL);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_model(void) {
    Suite *s = suite_create("model");
    TCase *t = tcase_create("model");
    tcase_add_test(t, test_finish_shapes);
    tcase_add_test(t, test_finish_conv_sizes);
    tcase_add_test(t, test_finish_refuses);
    tcase_add_test(t, test_texts);
    tcase_add_test(t, test_describe);
    suite_add_tcase(s, t);
    suite_add_tcase(s, tst_model_file_cases());
    return s;
}
