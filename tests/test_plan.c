/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Plans: sizes of the shipped networks, security, window, ledger, digest, options, and what is refused. */

#include "nn/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netgen.h"
#include "testing.h"
#include "util/mem.h"
#include "util/sha3.h"

static const struct {
    const char *name;
    double log2_q;
    unsigned limbs;
    size_t n;
    const char *rows; /* the ledger's names */
    size_t relins;
} shipped[] = {
    {"paper", 196, 5, 8192, "conv square dense relinearise switch square dense", 100},
    {"paper-small", 160, 4, 8192, "conv square dense relinearise switch square dense", 100},
    {"paper-31bit", 138, 3, 8192, "conv square dense relinearise switch square dense", 100},
    {"fast", 178, 5, 8192, "dense square dense relinearise switch square dense", 64},
    {"depth1", 64, 2, 4096, "dense square dense", 0},
    {"accurate", 196, 5, 8192, "conv square dense relinearise switch square dense", 200},
    {"accurate-small", 163, 4, 8192, "conv square dense relinearise switch square dense", 200},
};

static cn_plan *new_plan(const cn_model *m, const cn_plan_options *o) {
    cn_plan *p;
    cn_status s = cn_plan_new(&p, m, o);
    ck_assert_msg(s == CN_OK, "%s: %s", cn_status_name(s), cn_error_text());
    return p;
}

/** What holds for every plan. */
static void check_plan(const cn_plan *p, const cn_model *m) {
    const cn_params *q = cn_plan_params(p);
    ck_assert_int_eq(cn_params_check(q), CN_OK);
    ck_assert(cn_params_log2_qp(q) <= cn_security_max_log2_qp(q->n, 128));
    ck_assert(tst_plan_t(p) >= p->window_t);
    ck_assert_uint_eq(p->inputs, cn_model_inputs(m));
    ck_assert_uint_eq(p->outputs, cn_model_outputs(m));
    ck_assert_uint_eq(p->schedule.limbs[0], q->limbs);
    for (unsigned s = 1; s < p->segments; s++) ck_assert_uint_lt(p->schedule.limbs[s], p->schedule.limbs[s - 1]);
    ck_assert_uint_ge(p->schedule.limbs[p->segments - 1], 1);

    size_t rows, request, reply, key;
    const cn_ledger_row *row = cn_plan_ledger(p, &rows);
    double log2_t = 0, log2_level[CN_LIMBS_MAX + 1] = {0};
    for (unsigned j = 0; j < q->plains; j++) log2_t = fmax(log2_t, log2((double)q->t[j]));
    for (unsigned i = 0; i < q->limbs; i++) log2_level[i + 1] = log2_level[i] + log2((double)q->q[i]);
    for (size_t i = 0; i < rows; i++) {
        bool last = i + 1 == rows;
        ck_assert_double_eq_tol(row[i].log2_limit, log2_level[row[i].limbs] - log2_t - (last ? 2 : 1), 1e-9);
        ck_assert_msg(row[i].log2_noise + log2(p->quantile) <= row[i].log2_limit + 1e-9, "row %zu (%s): noise %.2f, limit %.2f", i,
                      row[i].name, row[i].log2_noise, row[i].log2_limit);
        ck_assert(row[i].outputs > 0 && row[i].seconds >= 0 && row[i].parts >= 2 && row[i].parts <= 3);
    }
    /* wire sizes from their definition */
    size_t top = 0, kept = 0, digits = 0;
    for (unsigned i = 0; i < q->limbs; i++) {
        unsigned bits = (unsigned)log2((double)q->q[i]) + 1;
        top += bits * q->n / 8;
        if (i < p->schedule.limbs[p->segments - 1]) kept += bits * q->n / 8;
        digits += q->digit_bits ? (bits + q->digit_bits - 1) / q->digit_bits : 1;
    }
    cn_plan_bytes(p, &request, &reply, &key);
    ck_assert_uint_eq(request, 32 + q->plains * p->inputs * top * (p->options.public_key ? 2 : 1));
    ck_assert_uint_eq(reply, q->plains * p->outputs * cn_plan_scheme(p)->parts[p->output_power] * kept);
    ck_assert_uint_eq(key, p->key_power ? 32 + (p->key_power - 1) * digits * top : 0);
}

/** cn_plan_row names every row of the ledger once, in order. */
static void check_rows(const cn_plan *p, const cn_model *m) {
    static const char *const fixed[] = {"relinearise", "scale", "flood", "switch"};
    cn_program prog;
    int next = 0;
    ck_assert_int_eq(cn_program_compile(&prog, m, m->layer_count), CN_OK);
    ck_assert_uint_eq(prog.count, p->segments);
    for (unsigned s = 0; s < prog.count; s++)
        for (unsigned k = 0; k < CN_ROW_KINDS; k++) {
            const char *name = k < CN_STAGES ? prog.segment[s].label[k] : s + 1 < prog.count && k != CN_ROW_SCALE && k != CN_ROW_FLOOD ? fixed[k - CN_STAGES] : "";
            int row = cn_plan_row(p, &prog, s, k);
            if (!name[0]) {
                ck_assert_int_eq(row, -1);
                continue;
            }
            ck_assert_int_eq(row, next++);
            ck_assert_str_eq(p->ledger[row].name, name);
            ck_assert_uint_eq(p->ledger[row].segment, s);
            if (k == CN_ROW_SWITCH)
                ck_assert_uint_eq(p->ledger[row].operations, prog.segment[s].out * (p->schedule.limbs[s] - p->schedule.limbs[s + 1]));
        }
    ck_assert_uint_eq(p->rows, next);
    ck_assert_int_eq(cn_plan_row(p, &prog, prog.count, 0), -1);
    cn_program_clear(&prog);
}

START_TEST(test_plan_shipped) {
    cn_model *m = tst_net_shipped(shipped[_i].name);
    cn_plan *p = new_plan(m, NULL);
    const cn_params *q = cn_plan_params(p);
    char names[256] = "";
    ck_assert_msg(fabs(cn_params_log2_q(q) - shipped[_i].log2_q) < 0.1, "log2 q = %.1f, expected %.1f", cn_params_log2_q(q),
                  shipped[_i].log2_q);
    ck_assert_uint_eq(q->limbs, shipped[_i].limbs);
    ck_assert_uint_eq(q->n, shipped[_i].n);
    ck_assert_uint_eq(q->plains, 1);
    ck_assert(p->window_low == m->window_lo && p->window_t == m->window_t);
    size_t relins = 0;
    for (size_t i = 0; i < p->rows; i++) {
        strcat(names, i ? " " : "");
        strcat(names, p->ledger[i].name);
        if (strcmp(p->ledger[i].name, "relinearise") == 0) relins += p->ledger[i].operations;
    }
    ck_assert_str_eq(names, shipped[_i].rows);
    ck_assert_uint_eq(relins, shipped[_i].relins);
    check_plan(p, m);
    check_rows(p, m);
    cn_plan_free(p);
    cn_model_free(m);
}
END_TEST

/** The ledger of the network of the paper: 845 squares, but 100 relinearisations. */
START_TEST(test_plan_ledger) {
    static const struct {
        const char *name;
        unsigned segment;
        size_t outputs, operations;
        unsigned parts;
    } expected[] = {
        {"conv", 0, 845, 20480, 2},    {"square", 0, 845, 845, 3},    {"dense", 0, 100, 84500, 3}, {"relinearise", 0, 100, 100, 2},
        {"switch", 0, 100, 0, 2},      {"square", 1, 100, 100, 3},    {"dense", 1, 10, 1000, 3},
    };
    cn_model *m = tst_net_shipped("paper-small");
    cn_plan *p = new_plan(m, NULL);
    size_t rows, top = p->schedule.limbs[0], kept = p->schedule.limbs[1];
    const cn_ledger_row *row = cn_plan_ledger(p, &rows);
    ck_assert_uint_eq(rows, CN_ARRAY_LEN(expected));
    for (size_t i = 0; i < rows; i++) {
        ck_assert_str_eq(row[i].name, expected[i].name);
        ck_assert_uint_eq(row[i].segment, expected[i].segment);
        ck_assert_uint_eq(row[i].outputs, expected[i].outputs);
        ck_assert_uint_eq(row[i].operations, i == 4 ? 100 * (top - kept) : expected[i].operations);
        ck_assert_uint_eq(row[i].parts, expected[i].parts);
        ck_assert_uint_eq(row[i].limbs, i < 4 ? top : kept);
        bool kept_as_ciphertexts = i == 2 || i == 3 || i == 4 || i == 6;
        ck_assert_uint_eq(row[i].bytes, kept_as_ciphertexts ? row[i].outputs * row[i].parts * row[i].limbs * 8192 * 8 : 0);
        ck_assert_int_eq(row[i].range_bits > 0, i != 3 && i != 4);
    }
    ck_assert_double_eq_tol(row[0].range_bits, 6, 0.5); /* |conv| <= 5 * 5 * 3 * 3 at the very most */
    ck_assert_double_eq_tol(row[6].range_bits, p->worst_bits, 1);
    cn_plan_free(p);
    cn_model_free(m);
}
END_TEST

/** (3 (x0 - 2 x1)^2, ...): one activation on two inputs. */
static cn_model *tiny_net(void) {
    cn_model *m = tst_net_new(1, 1, 2);
    cn_layer *l = tst_net_dense(m, 2, 0, 0);
    l->weight[0] = l->weight[3] = 1;
    l->weight[1] = l->weight[2] = -2;
    tst_net_square(m);
    l = tst_net_dense(m, 2, 0, 0);
    l->weight[0] = l->weight[2] = l->weight[3] = 3;
    l->bias[1] = -100;
    return tst_net_finish(m);
}

static void check_digest(const cn_plan *p, const char *expected) {
    char hex[65];
    cn_hex(hex, cn_plan_digest(p), 32);
    ck_assert_str_eq(hex, expected);
}

/** Pinned: both sides must find the same plan, on every machine and in every build. */
START_TEST(test_plan_digest) {
    cn_model *tiny = tiny_net(), *paper = tst_net_shipped("paper-small");
    cn_plan *p = new_plan(tiny, NULL);
    check_digest(p, "e7f05be15fcad59d068998ad4198650273ac8ae24dca217fda4aec7a9afe1590");
    cn_plan_free(p);
    p = new_plan(paper, NULL);
    check_digest(p, "3915df01f2f694822227ef4217b1a63f387e12943dcd4fe7a91eb0652249a740");
    cn_plan_free(p);
    cn_model_free(tiny);
    cn_model_free(paper);
}
END_TEST

/** Different options, different plans: all digests differ; options are followed. */
START_TEST(test_plan_options) {
    static const cn_plan_options option[] = {
        {0}, {.strict = 1}, {.public_key = 1}, {.ring_degree = 16384}, {.plains = 2}, {.plains = 3}, {.digit_bits = 12},
    };
    uint8_t digest[CN_ARRAY_LEN(option)][32];
    cn_model *m = tst_net_new(1, 2, 2);
    tst_net_dense(m, 3, 3, 3);
    tst_net_square(m);
    tst_net_dense(m, 3, 3, 3);
    tst_net_square(m);
    m->has_window = true;
    m->window_lo = -1000;
    m->window_t = (cn_i128)1 << 32;
    tst_net_finish(m);
    for (size_t i = 0; i < CN_ARRAY_LEN(option); i++) {
        const cn_plan_options *o = &option[i];
        cn_plan *p = new_plan(m, o);
        memcpy(digest[i], cn_plan_digest(p), 32);
        for (size_t k = 0; k < i; k++) ck_assert(memcmp(digest[k], digest[i], 32) != 0);
        if (o->ring_degree) ck_assert_uint_eq(p->params.n, o->ring_degree);
        if (o->plains) ck_assert_uint_eq(p->params.plains, o->plains);
        if (o->digit_bits) ck_assert_uint_eq(p->params.digit_bits, o->digit_bits);
        check_plan(p, m);
        check_rows(p, m);
        cn_plan_free(p);
    }
    cn_model_free(m);
}
END_TEST

/** Strict: the window is the worst case, and T holds it. */
START_TEST(test_plan_strict) {
    cn_model *m = tst_net_shipped("depth1");
    const cn_plan_options strict = {.strict = 1};
    cn_plan *p = new_plan(m, NULL), *q = new_plan(m, &strict);
    cn_i128 low, window;
    double worst;
    cn_plan_window(p, &low, &window, &worst);
    ck_assert(low == m->window_lo && window == m->window_t);
    cn_plan_window(q, &low, &window, &worst);
    ck_assert(low < m->window_lo && window > m->window_t);
    ck_assert_double_eq_tol(log2((double)window), worst, 1e-6);
    ck_assert(tst_plan_t(q) >= window && tst_plan_t(p) < window);
    check_plan(q, m);
    cn_plan_free(p);
    cn_plan_free(q);
    cn_model_free(m);
}
END_TEST

/** Exact ends of a worst-case window: -100 .. 3 * 510^2 + 3 * 510^2 - 100 for the tiny network. */
START_TEST(test_plan_worst_case) {
    cn_model *m = tiny_net();
    cn_plan *p = new_plan(m, NULL);
    ck_assert(p->window_low == -100);
    ck_assert(p->window_t == (cn_i128)6 * 510 * 510 + 1);
    check_plan(p, m);
    check_rows(p, m);
    ck_assert(!p->key_power);
    cn_plan_free(p);
    cn_model_free(m);
}
END_TEST

/** A wide plaintext prime makes much noise: several primes are dropped at once. */
START_TEST(test_plan_wide_switch) {
    const cn_plan_options options = {.plains = 1};
    cn_model *m = tst_net_new(1, 2, 2);
    tst_net_dense(m, 3, 4, 3);
    tst_net_square(m);
    tst_net_dense(m, 3, 4, 3);
    tst_net_square(m);
    m->has_window = true;
    m->window_t = (cn_i128)1 << 49;
    cn_plan *p = new_plan(tst_net_finish(m), &options);
    ck_assert_uint_ge(p->schedule.limbs[0], p->schedule.limbs[1] + 2);
    check_plan(p, m);
    check_rows(p, m);
    cn_plan_free(p);
    cn_model_free(m);
}
END_TEST

START_TEST(test_plan_random) {
    for (size_t i = 0; i < TST_ITERS(8); i++) {
        tst_net_choice c = {.activations = (unsigned)(i % 4), .bits = 3, .bias_bits = 20, .lut_bits = 4, .poly_bits = 4, .window_bits = 40};
        cn_model *m = tst_net_random(&c);
        cn_plan *p = new_plan(m, NULL);
        check_plan(p, m);
        check_rows(p, m);
        cn_plan_free(p);
        cn_model_free(m);
    }
}
END_TEST

/* ---- refusals ------------------------------------------------------------------------------ */

static void check_refused(const cn_model *m, cn_plan_options o, cn_status expected, const char *words) {
    cn_plan *p = (cn_plan *)(uintptr_t)64; /* must become NULL */
    long live = cn_test_alloc_live();
    cn_status s = cn_plan_new(&p, m, &o);
    ck_assert_msg(s == expected, "expected %s, found %s: %s", cn_status_name(expected), cn_status_name(s), cn_error_text());
    ck_assert_ptr_null(p);
    ck_assert_msg(strstr(cn_error_text(), words) != NULL, "expected '%s', found '%s'", words, cn_error_text());
    ck_assert_int_eq(cn_test_alloc_live(), live);
}

START_TEST(test_plan_refuses_options) {
    cn_model *m = tiny_net();
    cn_plan *p;
    ck_assert_int_eq(cn_plan_new(NULL, m, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_plan_new(&p, NULL, NULL), CN_ERR_NULL);
    check_refused(m, (cn_plan_options){.ring_degree = 2048}, CN_ERR_DEGREE, "2048");
    check_refused(m, (cn_plan_options){.ring_degree = 5000}, CN_ERR_DEGREE, "5000");
    check_refused(m, (cn_plan_options){.ring_degree = 131072}, CN_ERR_DEGREE, "131072");
    check_refused(m, (cn_plan_options){.plains = CN_PLAINS_MAX + 1}, CN_ERR_PLAIN_COUNT, "9");
    check_refused(m, (cn_plan_options){.digit_bits = 7}, CN_ERR_DIGIT, "7");
    check_refused(m, (cn_plan_options){.digit_bits = 47}, CN_ERR_DIGIT, "47");
    cn_model_free(m);
}
END_TEST

START_TEST(test_plan_refuses_networks) {
    /* twelve squares: too deep; the text names layer, bound and window */
    cn_model *m = tst_net_new(1, 1, 1);
    for (int i = 0; i < 12; i++) tst_net_square(m);
    tst_net_finish(m);
    check_refused(m, (cn_plan_options){0}, CN_ERR_RANGE, "window");
    m->has_window = true;
    m->window_t = 1 << 20;
    tst_net_finish(m);
    check_refused(m, (cn_plan_options){0}, CN_ERR_PLAN, "square");
    check_refused(m, (cn_plan_options){.strict = 1}, CN_ERR_RANGE, "strict");
    check_refused(m, (cn_plan_options){.ring_degree = 4096}, CN_ERR_PLAN, "128-bit security allows 106");
    cn_model_free(m);

    /* no activation and no room */
    m = tst_net_new(1, 1, 1);
    tst_net_dense(m, 1, 0, 0)->weight[0] = (int64_t)1 << 61;
    m->has_window = true;
    m->window_t = (cn_i128)1 << 49;
    tst_net_finish(m);
    check_refused(m, (cn_plan_options){.ring_degree = 4096, .plains = 1}, CN_ERR_PLAN, "dense");

    /* windows beyond what the plaintext primes hold */
    m->window_t = (cn_i128)1 << 60;
    tst_net_finish(m);
    check_refused(m, (cn_plan_options){.plains = 1}, CN_ERR_PLAN, "plaintext primes");
    m->window_t = ((cn_i128)1 << 126) - 1;
    tst_net_finish(m);
    check_refused(m, (cn_plan_options){0}, CN_ERR_PLAN, "plaintext primes");
    cn_model_free(m);

    /* seventeen activations; a network of nothing; weights too large */
    m = tst_net_new(1, 1, 1);
    for (int i = 0; i < 17; i++) tst_net_square(m);
    check_refused(tst_net_finish(m), (cn_plan_options){0}, CN_ERR_UNSUPPORTED, "layer 17");
    cn_model_free(m);
    m = tst_net_new(1, 1, 1);
    tst_net_flatten(m);
    check_refused(tst_net_finish(m), (cn_plan_options){0}, CN_ERR_MODEL, "no layer");
    cn_model_free(m);
    m = tst_net_new(1, 1, 1);
    tst_net_dense(m, 1, 0, 0)->weight[0] = (int64_t)1 << 62;
    check_refused(tst_net_finish(m), (cn_plan_options){0}, CN_ERR_RANGE, "layer 1");
    cn_model_free(m);
}
END_TEST

static void collect(void *user, const char *line) {
    char *text = user;
    ck_assert_ptr_null(strchr(line, '\n'));
    snprintf(text + strlen(text), 8192 - strlen(text), "%s\n", line);
}

START_TEST(test_plan_describe) {
    cn_model *m = tst_net_shipped("paper-small");
    cn_plan *p = new_plan(m, NULL);
    char text[8192] = "";
    static const char *const words[] = {"paper-small", "n = 8192", "relinearise", "128 bits", "-20517488168", "2024/463"};
    ck_assert_int_eq(cn_plan_describe(NULL, collect, text), CN_ERR_NULL);
    ck_assert_int_eq(cn_plan_describe(p, NULL, text), CN_ERR_NULL);
    ck_assert_int_eq(cn_plan_describe(p, collect, text), CN_OK);
    for (size_t i = 0; i < CN_ARRAY_LEN(words); i++) ck_assert_msg(strstr(text, words[i]) != NULL, "no '%s' in:\n%s", words[i], text);
    cn_plan_free(p);
    cn_plan_free(NULL);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_plan(void) {
    Suite *s = suite_create("plan");
    TCase *c = tcase_create("plan");
    tcase_add_loop_test(c, test_plan_shipped, 0, CN_ARRAY_LEN(shipped));
    tcase_add_test(c, test_plan_ledger);
    tcase_add_test(c, test_plan_digest);
    tcase_add_test(c, test_plan_options);
    tcase_add_test(c, test_plan_strict);
    tcase_add_test(c, test_plan_worst_case);
    tcase_add_test(c, test_plan_wide_switch);
    tcase_add_test(c, test_plan_random);
    tcase_add_test(c, test_plan_refuses_options);
    tcase_add_test(c, test_plan_refuses_networks);
    tcase_add_test(c, test_plan_describe);
    suite_add_tcase(s, c);
    return s;
}
