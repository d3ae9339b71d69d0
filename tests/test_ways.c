/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Ways to evaluate a network beside each other: what they cost is what their plans say, refusals have reasons, and the best one is the
 *  best of all that fit. */

#include <stdlib.h>
#include <string.h>

#include "netgen.h"
#include "nn/plan.h"
#include "nn/single.h"
#include "testing.h"

static cn_model *small(bool square) {
    cn_model *m = tst_net_new(1, 4, 4);
    for (int i = 0; i < 256; i++) m->lut[i] = i % 2;
    tst_net_dense(m, 8, 2, 3);
    if (square) tst_net_square(m);
    else tst_net_poly(m, 1, 2, 0);
    tst_net_dense(m, 3, 2, 5);
    return tst_net_finish(m);
}

START_TEST(costs) {
    cn_model *m = small(true);
    cn_way way[CN_WAYS_MAX];
    size_t count, request, reply, keys;
    ck_assert_int_eq(cn_ways_list(way, &count, m, NULL, NULL), CN_OK);
    const size_t packed = count - 4; /* the others are batches, in rings of four degrees */
    ck_assert(count <= CN_WAYS_MAX && packed >= 7); /* it fits 64 images at least */
    for (size_t k = 0; k < packed; k++) {
        cn_single_plan *single;
        ck_assert(way[k].packed && way[k].fits && way[k].slots == (size_t)1 << k);
        ck_assert_int_eq(cn_single_plan_new(&single, m, &(cn_single_options){.images = way[k].slots}), CN_OK);
        cn_single_plan_bytes(single, &request, &reply, &keys);
        ck_assert(way[k].request_bytes == request && way[k].keys == keys);
        ck_assert_uint_eq(way[k].ring_degree, cn_single_plan_params(single)->n);
        ck_assert(way[k].request_seconds == 1e-9 * single->cost);
        cn_single_plan_free(single);
    }
    for (size_t k = packed; k < count; k++) {
        size_t n = (size_t)4096 << (k - packed), rows;
        cn_plan *p;
        double seconds = 0;
        ck_assert(!way[k].packed && way[k].fits && way[k].ring_degree == n && way[k].slots == n);
        ck_assert_int_eq(cn_plan_new(&p, m, &(cn_plan_options){.ring_degree = n}), CN_OK);
        cn_plan_bytes(p, &request, &reply, &keys);
        ck_assert(way[k].request_bytes == request && way[k].keys == keys);
        const cn_ledger_row *row = cn_plan_ledger(p, &rows);
        for (size_t i = 0; i < rows; i++) seconds += row[i].seconds;
        ck_assert(way[k].request_seconds > seconds);
        cn_plan_free(p);
    }
    cn_model_free(m);
}
END_TEST

/** Packed ways are listed up to the first one that saves no time per image, or does not fit, or to the most images there can be. */
START_TEST(packed_ways) {
    static const struct {
        const char *name;
        size_t least, most; /* of images */
    } of[] = {{NULL, 64, 512}, {"depth1", 8, 64}};
    for (size_t i = 0; i < CN_ARRAY_LEN(of); i++) {
        cn_model *m = of[i].name ? tst_net_shipped(of[i].name) : small(true);
        cn_way way[CN_WAYS_MAX];
        size_t count;
        ck_assert_int_eq(cn_ways_list(way, &count, m, NULL, NULL), CN_OK);
        const size_t last = count - 5;
        ck_assert(way[last].packed && !way[last + 1].packed && way[last].slots >= of[i].least && way[last].slots <= of[i].most);
        for (size_t k = 1; k <= last; k++) {
            bool saves = way[k].fits && way[k].request_seconds < 2 * way[k - 1].request_seconds;
            ck_assert_uint_eq(way[k].slots, 2 * way[k - 1].slots);
            ck_assert(saves == (k < last || way[k].slots == CN_SINGLE_IMAGES_MAX));
        }
        cn_model_free(m);
    }
}
END_TEST

/** Costs made up so that each way wins somewhere. */
START_TEST(choice) {
    cn_way way[4] = {{.packed = 1, .fits = 1, .slots = 1, .request_seconds = 1, .request_bytes = 100},
                     {.fits = 1, .slots = 10, .request_seconds = 4, .request_bytes = 500},
                     {.fits = 0, .slots = 20, .request_seconds = 0.1, .request_bytes = 1, .reason = "x"},
                     {.fits = 1, .slots = 100, .request_seconds = 20, .request_bytes = 2500}};
    static const struct {
        size_t images, best[3];
    } expected[] = {{1, {0, 3, 0}}, {3, {0, 3, 0}}, {5, {1, 3, 0}}, {10, {1, 3, 1}}, {41, {1, 3, 1}}, {51, {3, 3, 3}}, {61, {3, 3, 3}}, {100, {3, 3, 3}}, {101, {3, 3, 3}}};
    for (size_t i = 0; i < CN_ARRAY_LEN(expected); i++)
        for (int o = CN_OBJECTIVE_LATENCY; o <= CN_OBJECTIVE_UPLOAD; o++) {
            size_t best;
            ck_assert_int_eq(cn_ways_choose(&best, way, 4, expected[i].images, (cn_objective)o), CN_OK);
            ck_assert_msg(best == expected[i].best[o], "%zu images, objective %d: way %zu", expected[i].images, o, best);
            for (size_t k = 0; k < 4; k++) ck_assert_uint_eq(way[k].requests, (expected[i].images + way[k].slots - 1) / way[k].slots);
        }
    for (size_t k = 0; k < 4; k++) way[k].fits = 0;
    size_t best;
    ck_assert_int_eq(cn_ways_choose(&best, way, 4, 1, CN_OBJECTIVE_LATENCY), CN_ERR_PLAN);
    ck_assert_int_eq(cn_ways_choose(&best, way, 0, 1, CN_OBJECTIVE_LATENCY), CN_ERR_PLAN);
    ck_assert_int_eq(cn_ways_choose(&best, way, 4, 0, CN_OBJECTIVE_LATENCY), CN_ERR_SIZE);
    ck_assert_int_eq(cn_ways_choose(NULL, way, 4, 1, CN_OBJECTIVE_LATENCY), CN_ERR_NULL);
    ck_assert_int_eq(cn_ways_choose(&best, NULL, 4, 1, CN_OBJECTIVE_LATENCY), CN_ERR_NULL);
}
END_TEST

START_TEST(refusals) {
    cn_model *m = small(false);
    cn_way way[CN_WAYS_MAX];
    size_t count;
    ck_assert_int_eq(cn_ways_list(way, &count, m, NULL, NULL), CN_OK);
    ck_assert(!way[0].fits && strstr(way[0].reason, "not a square") != NULL);
    for (size_t k = 1; k < count; k++) ck_assert(way[k].fits && !*way[k].reason);
    ck_assert_int_eq(cn_ways_list(way, &count, NULL, NULL, NULL), CN_ERR_NULL);
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(cn_ways_list(NULL, &count, m, NULL, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_ways_list(way, NULL, m, NULL, NULL), CN_ERR_NULL);
    /* an option that the planner does not know is no reason of one way: it is refused */
    ck_assert_int_eq(cn_ways_list(way, &count, m, &(cn_plan_options){.plains = 99}, NULL), CN_ERR_PLAIN_COUNT);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_ways(void) {
    Suite *s = suite_create("ways");
    TCase *c = tcase_create("ways");
    tcase_add_test(c, costs);
    tcase_add_test(c, packed_ways);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, choice);
    tcase_add_test(c, refusals);
    suite_add_tcase(s, c);
    return s;
}
