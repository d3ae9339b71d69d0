/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Costs: what operations are priced at; plans that are made with others than the reference, keep them, and differ where they
 *  should. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netgen.h"
#include "nn/plan.h"
#include "nn/single.h"
#include "proto/frame.h"
#include "proto/single_file.h"
#include "testing.h"
#include "util/bytes.h"
#include "util/file.h"
#include "util/mem.h"

static char folder[] = "/tmp/cn_costs_XXXXXX", path[64];

static void setup(void) {
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
}
static void teardown(void) { tst_folder_remove(folder); }

#define OK(call) ck_assert_msg((call) == CN_OK, "%s", cn_error_text())

/** The reference but for one cost. */
static cn_costs with(cn_cost what, uint32_t fs) {
    cn_costs c;
    cn_costs_reference(&c);
    c.fs[what] = fs;
    return c;
}

static uint8_t *slurp(size_t *size) {
    uint8_t *data;
    OK(cn_file_read_plain(&data, size, path, 1 << 20));
    return data;
}

/* ---- prices -------------------------------------------------------------------------------- */

/** A dense layer; weights: 2 has -1 and 1, 3 also 0, 9 numbers that take products. */
static cn_linear dense(uint32_t rows, uint32_t cols, int weights) {
    cn_model *m = tst_net_new(1, 1, cols);
    cn_layer *l = tst_net_dense(m, rows, 0, 0);
    for (size_t i = 0; i < l->weight_count; i++)
        l->weight[i] = weights == 2 ? (i % 2 ? 1 : -1) : weights == 3 ? (int64_t)(i % 3) - 1 : (int64_t)(i % 9) - 4;
    cn_program prog;
    OK(cn_program_compile(&prog, tst_net_finish(m), 1));
    cn_linear linear = prog.segment[0].pre;
    memset(&prog.segment[0].pre, 0, sizeof linear);
    cn_program_clear(&prog);
    cn_model_free(m);
    return linear;
}

/** What a layer takes is what its kernel does, by numbers worked out by hand; modulo primes of two and of three digits. */
START_TEST(prices) {
    cn_costs c;
    const cn_params p = {.n = 4096, .limbs = 2, .q = {4294475777, 70368743587841}};
    for (unsigned k = 0; k < CN_COST_COUNT; k++) c.fs[k] = 1000000u << k; /* no two sums are equal */
    const double mac3 = 1, mac2 = 2, column = 4, row = 8, lookup = 16;
    cn_linear signs = dense(100, 845, 2), ternary = dense(100, 845, 3), wide = dense(100, 845, 9), few = dense(23, 845, 3);
    ck_assert_uint_eq(signs.additions, 27 * 8 * (100 + 16)); /* 27 chunks of 8 groups of 4 columns hold 864 */
    ck_assert_uint_eq(ternary.additions, 36 * 8 * (100 + 27));
    ck_assert(!wide.additions && !few.additions);
    ck_assert_double_eq(cn_cost_linear(&c, &signs, &p, 2, 3), 2 * 3 * (27 * 8 * (100 + 16) * lookup + 100 * row));
    ck_assert_double_eq(cn_cost_linear(&c, &ternary, &p, 1, 2), 2 * (36 * 8 * (100 + 27) * lookup + 100 * row));
    ck_assert_double_eq(cn_cost_linear(&c, &wide, &p, 1, 2), 2 * (84500 * mac2 + 845 * column + 100 * row));
    ck_assert_double_eq(cn_cost_linear(&c, &wide, &p, 2, 2), 2 * (84500 * (mac2 + mac3) + 2 * (845 * column + 100 * row)));
    ck_assert_double_eq(cn_cost_linear(&c, &few, &p, 1, 1), 23 * 845 * mac2 + 845 * column + 23 * row);
    cn_linear_clear(&signs), cn_linear_clear(&ternary), cn_linear_clear(&wide), cn_linear_clear(&few);
}
END_TEST

/** Restricted to fewer outputs a layer takes fewer look-ups, or products, and is priced so. */
START_TEST(prices_restricted) {
    cn_model *m = tst_net_new(1, 1, 48);
    cn_layer *l = tst_net_dense(m, 30, 0, 0);
    for (size_t i = 0; i < l->weight_count; i++) l->weight[i] = 1;
    cn_program prog;
    uint32_t row[24];
    for (uint32_t i = 0; i < 24; i++) row[i] = i + 3;
    OK(cn_program_compile(&prog, tst_net_finish(m), 1));
    ck_assert_uint_eq(prog.segment[0].pre.additions, 2 * 8 * (30 + 16));
    OK(cn_program_keep_outputs(&prog, row, 24));
    ck_assert_uint_eq(prog.segment[0].pre.additions, 2 * 8 * (24 + 16));
    OK(cn_program_keep_outputs(&prog, row, 2));
    ck_assert_uint_eq(prog.segment[0].pre.additions, 0);
    cn_program_clear(&prog);
    cn_model_free(m);
}
END_TEST

START_TEST(reference) {
    cn_costs c;
    cn_costs_reference(&c);
    ck_assert(!cn_costs_calibrated(&c));
    for (unsigned k = 0; k < CN_COST_COUNT; k++) {
        ck_assert(c.fs[k] >= 1 && c.fs[k] <= CN_COST_MAX);
        for (unsigned i = 0; i < k; i++) ck_assert_str_ne(cn_cost_name((cn_cost)i), cn_cost_name((cn_cost)k));
        cn_costs other = with((cn_cost)k, c.fs[k] + 1);
        ck_assert(cn_costs_calibrated(&other));
    }
    ck_assert_str_eq(cn_cost_name(CN_COST_COUNT), "unknown cost");
    ck_assert_str_eq(cn_cost_name((cn_cost)-1), "unknown cost");
    ck_assert(c.fs[CN_COST_MAC3] == 15000 && c.fs[CN_COST_LOOKUP] == 40000 && c.fs[CN_COST_BUTTERFLY] == 150000);
}
END_TEST

/* ---- plans --------------------------------------------------------------------------------- */

START_TEST(options_refused) {
    cn_model *m = tst_net_shipped("depth1");
    static const uint32_t bad[] = {0, CN_COST_MAX + 1, UINT32_MAX};
    for (size_t i = 0; i < CN_ARRAY_LEN(bad); i++) {
        cn_costs c = with(CN_COST_EXPAND, bad[i]);
        cn_plan *p;
        cn_single_plan *single;
        ck_assert_int_eq(cn_plan_new(&p, m, &(cn_plan_options){.costs = &c}), CN_ERR_RANGE);
        ck_assert(!p && strstr(cn_error_text(), "costs: expand"));
        ck_assert_int_eq(cn_single_plan_new(&single, m, &(cn_single_options){.costs = &c}), CN_ERR_RANGE);
        ck_assert_ptr_null(single);
    }
    cn_model_free(m);
}
END_TEST

/** Where products of a key switch are dear, batches take fewer primes; where transforms are free, single images turn more and
 *  upload less. Predicted seconds follow the costs. */
START_TEST(plans_differ) {
    cn_model *m = tst_net_shipped("paper");
    cn_costs c = with(CN_COST_PRODUCT, 30000000);
    cn_plan *p, *q;
    OK(cn_plan_new(&p, m, NULL));
    OK(cn_plan_new(&q, m, &(cn_plan_options){.costs = &c}));
    ck_assert(!q->options.costs && memcmp(cn_plan_costs(q), &c, sizeof c) == 0);
    ck_assert_uint_lt(cn_plan_params(q)->limbs, cn_plan_params(p)->limbs);
    ck_assert_mem_ne(cn_plan_digest(p), cn_plan_digest(q), 32);
    cn_plan_free(q);
    for (unsigned k = 0; k < CN_COST_COUNT; k++) c.fs[k] = 2 * cn_plan_costs(p)->fs[k]; /* no other plan, but other seconds */
    OK(cn_plan_new(&q, m, &(cn_plan_options){.costs = &c}));
    ck_assert_mem_eq(cn_plan_digest(p), cn_plan_digest(q), 32);
    ck_assert_double_eq_tol(cn_plan_seconds(q), 2 * cn_plan_seconds(p), 1e-9);
    cn_plan_free(p), cn_plan_free(q);
    cn_model_free(m);

    m = tst_net_shipped("depth1");
    c = with(CN_COST_BUTTERFLY, 1);
    cn_single_plan *s, *t;
    OK(cn_single_plan_new(&s, m, NULL));
    OK(cn_single_plan_new(&t, m, &(cn_single_options){.costs = &c}));
    ck_assert(!t->options.costs && memcmp(cn_single_plan_costs(t), &c, sizeof c) == 0);
    ck_assert(t->layer[0].turns > s->layer[0].turns && t->upload < s->upload && t->cost < s->cost);
    cn_single_plan_free(s), cn_single_plan_free(t);
    cn_model_free(m);
}
END_TEST

/** Ways are priced by the costs of the options. */
START_TEST(ways) {
    cn_model *m = tst_net_shipped("depth1");
    cn_costs c;
    cn_way way[CN_WAYS_MAX], dear[CN_WAYS_MAX];
    size_t count, same;
    cn_costs_reference(&c);
    for (unsigned k = 0; k < CN_COST_COUNT; k++) c.fs[k] *= 3;
    OK(cn_ways_list(way, &count, m, NULL, NULL));
    OK(cn_ways_list(dear, &same, m, &(cn_plan_options){.costs = &c}, &(cn_single_options){.costs = &c}));
    ck_assert_uint_eq(count, same);
    for (size_t k = 0; k < count; k++)
        if (way[k].fits) ck_assert_double_eq_tol(dear[k].request_seconds, 3 * way[k].request_seconds, 1e-9);
    cn_model_free(m);
}
END_TEST

/** A plan through a file and back: version, costs, the same bytes again. */
static void check_stored(const cn_plan *p, unsigned version) {
    size_t size, again_size;
    cn_plan *read;
    OK(cn_plan_save(p, path));
    uint8_t *data = slurp(&size);
    ck_assert_uint_eq(cn_load32_le(data + 8), version);
    OK(cn_plan_load(&read, path));
    ck_assert_mem_eq(cn_plan_costs(read), cn_plan_costs(p), sizeof(cn_costs));
    ck_assert_mem_eq(cn_plan_digest(read), cn_plan_digest(p), 32);
    ck_assert_uint_eq(read->options.model_privacy, p->options.model_privacy);
    OK(cn_plan_save(read, path));
    uint8_t *again = slurp(&again_size);
    ck_assert(size == again_size && memcmp(data, again, size) == 0);
    cn_free(data), cn_free(again);
    cn_plan_free(read);
}

START_TEST(stored) {
    cn_model *m = tst_net_shipped("depth1");
    cn_costs c = with(CN_COST_STREAM, 123456), ref;
    cn_costs_reference(&ref);
    const cn_costs *given[] = {NULL, &ref, &c};
    for (unsigned privacy = 0; privacy <= 40; privacy += 40)
        for (size_t i = 0; i < 3; i++) {
            cn_plan *p;
            OK(cn_plan_new(&p, m, &(cn_plan_options){.model_privacy = privacy, .costs = given[i]}));
            check_stored(p, i == 2 ? 3 : privacy ? 2 : 1);
            cn_plan_free(p);
        }
    cn_model_free(m);
}
END_TEST

START_TEST(stored_packed) {
    cn_model *m = tst_net_shipped("depth1");
    cn_costs c = with(CN_COST_STREAM, 123456), ref;
    cn_costs_reference(&ref);
    const cn_costs *given[] = {NULL, &ref, &c};
    for (size_t i = 0; i < 3; i++) {
        cn_single_plan *p, *read, *full;
        size_t size, again_size;
        OK(cn_single_plan_new(&p, m, &(cn_single_options){.costs = given[i]}));
        OK(cn_single_plan_save(p, path));
        uint8_t *data = slurp(&size);
        ck_assert_uint_eq(cn_load32_le(data + 8), i == 2 ? 2 : 1);
        OK(cn_single_plan_load(&read, path));
        ck_assert_mem_eq(cn_single_plan_costs(read), i == 2 ? &c : &ref, sizeof c);
        OK(cn_single_rebuild(&full, read, m)); /* what a server does: the same predicted time */
        ck_assert(full->cost == p->cost && memcmp(cn_single_plan_digest(full), cn_single_plan_digest(p), 32) == 0);
        OK(cn_single_plan_save(read, path));
        uint8_t *again = slurp(&again_size);
        ck_assert(size == again_size && memcmp(data, again, size) == 0);
        cn_free(data), cn_free(again);
        cn_single_plan_free(p), cn_single_plan_free(read), cn_single_plan_free(full);
    }
    cn_model_free(m);
}
END_TEST

/** Costs in the content of a plan: each number is judged, and there is one way to write the reference. */
static void check_content(uint8_t *content, size_t size, size_t at, cn_status (*parse)(const uint8_t *, size_t)) {
    cn_costs ref;
    uint8_t before[4 * CN_COST_COUNT];
    static const uint32_t bad[] = {0, CN_COST_MAX + 1, UINT32_MAX};
    memcpy(before, content + at, sizeof before);
    ck_assert_int_eq(parse(content, size), CN_OK);
    for (unsigned k = 0; k < CN_COST_COUNT; k++)
        for (size_t i = 0; i < CN_ARRAY_LEN(bad); i++) {
            cn_store32_le(content + at + 4 * k, bad[i]);
            ck_assert_int_eq(parse(content, size), CN_ERR_RANGE);
            ck_assert_ptr_nonnull(strstr(cn_error_text(), cn_cost_name((cn_cost)k)));
            memcpy(content + at, before, sizeof before);
        }
    cn_costs_reference(&ref);
    for (unsigned k = 0; k < CN_COST_COUNT; k++) cn_store32_le(content + at + 4 * k, ref.fs[k]);
    ck_assert_int_eq(parse(content, size), CN_ERR_FORMAT);
    memcpy(content + at, before, sizeof before);
    for (size_t less = 1; less <= size - at; less++) ck_assert_int_eq(parse(content, size - less), CN_ERR_TRUNCATED);
}

static cn_status parse_batch(const uint8_t *content, size_t size) {
    cn_plan *p;
    cn_status s = cn_plan_content_parse(&p, content, size);
    ck_assert((s == CN_OK) == (p != NULL));
    cn_plan_free(p);
    return s;
}
static cn_status parse_packed(const uint8_t *content, size_t size) {
    cn_single_plan *p;
    cn_status s = cn_single_content_parse(&p, content, size, true);
    ck_assert((s == CN_OK) == (p != NULL));
    cn_single_plan_free(p);
    return s;
}

START_TEST(hostile_content) {
    cn_model *m = tst_net_shipped("depth1");
    cn_costs c = with(CN_COST_MAC2, 11001);
    cn_plan *p;
    cn_single_plan *s;
    OK(cn_plan_new(&p, m, &(cn_plan_options){.costs = &c}));
    OK(cn_single_plan_new(&s, m, &(cn_single_options){.costs = &c}));
    size_t tail = 4 * CN_COST_COUNT + 4 + strlen("depth1");
    uint8_t *content = malloc(CN_PLAN_CONTENT_MAX);
    uint64_t *scratch = calloc(s->layout.slots, sizeof *scratch);
    size_t size = cn_plan_content(content, p);
    check_content(content, size, size - tail, parse_batch);
    content[0] &= (uint8_t)~8u; /* costs that no flag announces */
    ck_assert_int_ne(parse_batch(content, size), CN_OK);
    free(content);
    content = malloc(cn_single_content_room(s));
    size = cn_single_content(content, s, scratch);
    check_content(content, size, size - tail, parse_packed);
    free(scratch);
    free(content);
    cn_single_plan_free(s);
    cn_plan_free(p);
    cn_model_free(m);
}
END_TEST

static void find_costs(void *user, const char *line) { *(bool *)user |= strstr(line, "costs") && strstr(line, "calibrated"); }

/** A plan says that its costs are not the reference, read from a file as well. */
START_TEST(described) {
    cn_model *m = tst_net_shipped("depth1");
    cn_costs c = with(CN_COST_MAC2, 11001);
    for (int calibrated = 0; calibrated < 2; calibrated++) {
        cn_plan *p;
        cn_single_plan *s;
        bool said[3] = {false};
        const cn_costs *given = calibrated ? &c : NULL;
        OK(cn_plan_new(&p, m, &(cn_plan_options){.costs = given}));
        OK(cn_plan_describe(p, find_costs, &said[0]));
        OK(cn_plan_save(p, path));
        cn_plan_free(p);
        OK(cn_plan_load(&p, path));
        OK(cn_plan_describe(p, find_costs, &said[1]));
        cn_plan_free(p);
        OK(cn_single_plan_new(&s, m, &(cn_single_options){.costs = given}));
        OK(cn_single_plan_describe(s, find_costs, &said[2]));
        cn_single_plan_free(s);
        for (int i = 0; i < 3; i++) ck_assert_int_eq(said[i], calibrated);
    }
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_costs(void) {
    Suite *s = suite_create("costs");
    TCase *c = tcase_create("costs");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, prices);
    tcase_add_test(c, prices_restricted);
    tcase_add_test(c, reference);
    tcase_add_test(c, options_refused);
    tcase_add_test(c, plans_differ);
    tcase_add_test(c, ways);
    tcase_add_test(c, stored);
    tcase_add_test(c, stored_packed);
    tcase_add_test(c, hostile_content);
    tcase_add_test(c, described);
    suite_add_tcase(s, c);
    return s;
}
