/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** From layers to segments: orders of layers, labels, sizes, and what a program computes. */

#include "nn/program.h"

#include <stdlib.h>
#include <string.h>

#include "clear_naive.h"
#include "netgen.h"
#include "testing.h"
#include "util/mem.h"

/** A network from letters: C conv, P pool, D dense, S square, Q poly, F flatten; on 1 x 6 x 6. */
static cn_model *spell(const char *layers) {
    cn_model *m = tst_net_new(1, 6, 6);
    for (; *layers; layers++) {
        if (*layers == 'C') tst_net_conv(m, 2, 2, 1, NULL, 4, 6);
        if (*layers == 'P') tst_net_pool(m, 2, 1);
        if (*layers == 'D') tst_net_dense(m, 3, 4, 6);
        if (*layers == 'S') tst_net_square(m);
        if (*layers == 'Q') tst_net_poly(m, -2, 3, 5);
        if (*layers == 'F') tst_net_flatten(m);
    }
    return tst_net_finish(m);
}

/** What a program computes on one image, over the integers. */
static tst_values run_program(const cn_program *p, const cn_model *m, const uint8_t *pixels) {
    tst_values x = tst_naive_run(m, 0, pixels), y;
#define STEP(result) (y = result, tst_values_clear(&x), x = y)
    for (unsigned s = 0; s < p->count; s++) {
        const cn_segment *seg = &p->segment[s];
        ck_assert_uint_eq(x.count, seg->in);
        if (seg->has_pre) STEP(tst_naive_linear(&seg->pre, &x));
        ck_assert_uint_eq(x.count, seg->mid);
        if (cn_segment_acts(seg)) STEP(tst_naive_poly(seg->act, &x));
        if (seg->has_post) STEP(tst_naive_linear(&seg->post, &x));
        ck_assert_uint_eq(x.count, seg->out);
    }
#undef STEP
    ck_assert_uint_eq(x.count, p->outputs);
    return x;
}

static void check_same(const cn_program *p, const cn_model *m) {
    for (int i = 0; i < 3; i++) {
        uint8_t *pixels = tst_net_pixels(m, 1);
        tst_values found = run_program(p, m, pixels), expected = tst_naive_run(m, m->layer_count, pixels);
        TST_CHECK(tst_values_equal(&found, &expected));
        tst_values_clear(&found);
        tst_values_clear(&expected);
        free(pixels);
    }
}

/** Expected labels as "pre,act,post;pre,act,post". */
static void check_labels(const cn_program *p, const char *expected) {
    char found[1024] = "";
    for (unsigned s = 0; s < p->count; s++)
        for (unsigned k = 0; k < CN_STAGES; k++) {
            strcat(found, p->segment[s].label[k]);
            if (k + 1 < CN_STAGES) strcat(found, ",");
            else if (s + 1 < p->count) strcat(found, ";");
        }
    ck_assert_str_eq(found, expected);
}

START_TEST(test_program_orders) {
    static const struct {
        const char *layers, *labels;
    } order[] = {
        {"D", "dense,,"},
        {"CPFD", "conv+pool+dense,,"},
        {"S", ",square,"},
        {"FS", ",square,"},
        {"SS", ",square,;,square,"},
        {"SD", ",square,dense"},
        {"DS", "dense,square,"},
        {"CSD", "conv,square,dense"},
        {"CPSPCD", "conv+pool,square,pool+conv+dense"},
        {"PQPQD", "pool,poly,pool;,poly,dense"},
        {"QSQ", ",poly,;,square,;,poly,"},
        {"CSCSPQFDS", "conv,square,conv;,square,pool;,poly,dense;,square,"},
        {"SCSPDDSD", ",square,conv;,square,pool+dense+dense;,square,dense"},
    };
    for (size_t i = 0; i < CN_ARRAY_LEN(order); i++) {
        cn_model *m = spell(order[i].layers);
        cn_program p;
        ck_assert_int_eq(cn_program_compile(&p, m, m->layer_count), CN_OK);
        check_labels(&p, order[i].labels);
        ck_assert_uint_eq(p.inputs, 36);
        ck_assert_uint_eq(p.outputs, cn_model_outputs(m));
        for (unsigned s = 0; s < p.count; s++) {
            ck_assert_int_eq(p.segment[s].has_pre, p.segment[s].label[CN_STAGE_PRE][0] != 0);
            ck_assert_int_eq(p.segment[s].has_post, p.segment[s].label[CN_STAGE_POST][0] != 0);
            ck_assert(s == 0 || p.segment[s].in == p.segment[s - 1].out);
        }
        check_same(&p, m);
        cn_program_clear(&p);
        cn_program_clear(&p); /* a zeroed struct */
        cn_model_free(m);
    }
}
END_TEST

START_TEST(test_program_activations) {
    cn_model *m = spell("DSQ");
    cn_program p;
    ck_assert_int_eq(cn_program_compile(&p, m, m->layer_count), CN_OK);
    ck_assert(p.segment[0].act.a == 1 && p.segment[0].act.b == 0 && p.segment[0].act.c == 0);
    ck_assert(p.segment[1].act.a == -2 && p.segment[1].act.b == 3 && p.segment[1].act.c == 5);
    cn_program_clear(&p);
    cn_model_free(m);
}
END_TEST

/** Names longer than a label are cut, not overrun. */
START_TEST(test_program_long_label) {
    cn_model *m = spell("DDDDDDDDDDDDDDDDDDDDS");
    cn_program p;
    for (unsigned i = 0; i < 20; i++)
        for (size_t w = 0; w < m->layer[i].weight_count; w++) m->layer[i].weight[w] &= 1;
    ck_assert_int_eq(cn_program_compile(&p, m, m->layer_count), CN_OK);
    ck_assert_str_eq(p.segment[0].label[CN_STAGE_PRE], "dense+dense+dense+dense+dense+dense+dense+dense");
    cn_program_clear(&p);
    cn_model_free(m);
}
END_TEST

START_TEST(test_program_random) {
    for (size_t i = 0; i < TST_ITERS(60); i++) {
        tst_net_choice choice = {.activations = (unsigned)tst_below(4), .cubic = tst_below(2) == 0, .bits = 8, .bias_bits = 70, .lut_bits = 31, .poly_bits = 62};
        cn_model *m = tst_net_random(&choice);
        cn_program p;
        ck_assert_int_eq(cn_program_compile(&p, m, m->layer_count), CN_OK);
        check_same(&p, m);
        cn_program_clear(&p);
        cn_model_free(m);
    }
}
END_TEST

/** The first layers only: the prefix of a network is that of its values. */
START_TEST(test_program_prefixes) {
    cn_model *m = spell("CSPDSD");
    for (unsigned layers = 1; layers <= m->layer_count; layers++) {
        cn_program p;
        ck_assert_int_eq(cn_program_compile(&p, m, layers), CN_OK);
        uint8_t *pixels = tst_net_pixels(m, 1);
        tst_values found = run_program(&p, m, pixels), expected = tst_naive_run(m, layers, pixels);
        TST_CHECK(tst_values_equal(&found, &expected));
        tst_values_clear(&found);
        tst_values_clear(&expected);
        free(pixels);
        cn_program_clear(&p);
    }
    cn_model_free(m);
}
END_TEST

static void check_refused(const char *layers, cn_status expected, const char *words) {
    cn_model *m = spell(layers);
    cn_program p;
    long live = cn_test_alloc_live();
    ck_assert_int_eq(cn_program_compile(&p, m, m->layer_count), expected);
    ck_assert_msg(strstr(cn_error_text(), words) != NULL, "expected '%s', found '%s'", words, cn_error_text());
    ck_assert_int_eq(cn_test_alloc_live(), live);
    cn_model_free(m);
}

START_TEST(test_program_refused) {
    check_refused("F", CN_ERR_MODEL, "no layer computes");
    check_refused("FFF", CN_ERR_MODEL, "no layer computes");
    check_refused("DSSSSSSSSSSSSSSSSS", CN_ERR_UNSUPPORTED, "layer 18");
    cn_model *m = spell("DSSSSSSSSSSSSSSSS"); /* 16 are fine */
    cn_program p;
    ck_assert_int_eq(cn_program_compile(&p, m, m->layer_count), CN_OK);
    ck_assert_uint_eq(p.count, 16);
    cn_program_clear(&p);
    cn_model_free(m);
}
END_TEST

/** Weights that fit alone but not folded, and one that does not fit alone: the text names the layer. */
START_TEST(test_program_weights_refused) {
    cn_model *m = spell("DDS");
    cn_program p;
    m->layer[0].weight[0] = (int64_t)1 << 40;
    m->layer[1].weight[0] = (int64_t)1 << 40;
    ck_assert_int_eq(cn_program_compile(&p, m, m->layer_count), CN_ERR_RANGE);
    ck_assert_msg(strstr(cn_error_text(), "layer 2") != NULL, "expected layer 2, found '%s'", cn_error_text());
    m->layer[0].weight[0] = -((int64_t)1 << 62);
    ck_assert_int_eq(cn_program_compile(&p, m, m->layer_count), CN_ERR_RANGE);
    ck_assert_msg(strstr(cn_error_text(), "layer 1") != NULL, "expected layer 1, found '%s'", cn_error_text());
    cn_model_free(m);
}
END_TEST

START_TEST(test_program_keep_outputs) {
    static const char *order[] = {"D", "CPS", "CSD", "CSDS", "CSCSPQ"};
    for (size_t i = 0; i < CN_ARRAY_LEN(order); i++) {
        cn_model *m = spell(order[i]);
        cn_program p;
        ck_assert_int_eq(cn_program_compile(&p, m, m->layer_count), CN_OK);
        size_t outputs = p.outputs;
        uint32_t row[2] = {(uint32_t)outputs - 1, (uint32_t)outputs};
        ck_assert_int_eq(cn_program_keep_outputs(&p, row, 2), CN_ERR_SIZE);
        ck_assert_uint_eq(p.outputs, outputs);
        row[1] = 0;
        ck_assert_int_eq(cn_program_keep_outputs(&p, row, 2), CN_OK);
        ck_assert_uint_eq(p.outputs, 2);
        uint8_t *pixels = tst_net_pixels(m, 1);
        tst_values found = run_program(&p, m, pixels), all = tst_naive_run(m, m->layer_count, pixels);
        ck_assert(mpz_cmp(found.v[0], all.v[outputs - 1]) == 0 && mpz_cmp(found.v[1], all.v[0]) == 0);
        tst_values_clear(&found);
        tst_values_clear(&all);
        free(pixels);
        cn_program_clear(&p);
        cn_model_free(m);
    }
    cn_model *m = spell("SS");
    cn_program p;
    uint32_t row = 0;
    ck_assert_int_eq(cn_program_compile(&p, m, m->layer_count), CN_OK);
    ck_assert_int_eq(cn_program_keep_outputs(&p, &row, 1), CN_ERR_UNSUPPORTED);
    cn_program_clear(&p);
    cn_model_free(m);
}
END_TEST

START_TEST(test_program_memory) {
    cn_model *m = spell("CPSDDSD");
    cn_program q;
    long live = cn_test_alloc_live();
    unsigned long k = 1;
    for (cn_status status = CN_ERR_MEMORY; status != CN_OK; k++) {
        cn_test_alloc_fail_at(k);
        status = cn_program_compile(&q, m, m->layer_count);
        cn_test_alloc_fail_at(0);
        if (status == CN_OK) cn_program_clear(&q);
        ck_assert(status == CN_OK || status == CN_ERR_MEMORY);
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }
    ck_assert_uint_gt(k, 12);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_program(void) {
    Suite *s = suite_create("program");
    TCase *c = tcase_create("program");
    tcase_add_test(c, test_program_orders);
    tcase_add_test(c, test_program_activations);
    tcase_add_test(c, test_program_long_label);
    tcase_add_test(c, test_program_random);
    tcase_add_test(c, test_program_prefixes);
    tcase_add_test(c, test_program_refused);
    tcase_add_test(c, test_program_weights_refused);
    tcase_add_test(c, test_program_keep_outputs);
    tcase_add_test(c, test_program_memory);
    suite_add_tcase(s, c);
    return s;
}
