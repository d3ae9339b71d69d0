/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets check` must find what it is there for: a clear network that differs in one weight, from the layer with that weight on. */

#include <math.h>
#include <string.h>

#include "cli/check.h"
#include "netgen.h"
#include "testing.h"

enum { ROWS = 8, IMAGES = 3 };
static const uint8_t pixels[IMAGES * 4] = {1, 2, 3, 4, 0, 0, 0, 0, 9, 8, 7, 6};

typedef struct rows {
    cn_check_row row[ROWS];
    size_t count;
} rows;

static void keep(void *user, const cn_check_row *row) {
    rows *r = user;
    ck_assert_uint_lt(r->count, ROWS);
    r->row[r->count++] = *row;
}

/** Conv of two maps, square, dense to 2, square, dense to 2; change: the dense layer (3 or 5) whose first weight is one more, or 0. */
static cn_model *network(unsigned change) {
    cn_model *m = tst_net_new(1, 2, 2);
    cn_layer *l = tst_net_conv(m, 2, 2, 1, NULL, 0, 0);
    for (size_t i = 0; i < 8; i++) l->weight[i] = (int64_t)(i % 3) - 1;
    tst_net_square(m);
    l = tst_net_dense(m, 2, 0, 0);
    for (size_t i = 0; i < 4; i++) l->weight[i] = (int64_t)i - 1;
    l->weight[0] += change == 3;
    tst_net_square(m);
    l = tst_net_dense(m, 2, 0, 0);
    for (size_t i = 0; i < 4; i++) l->weight[i] = 1;
    l->weight[0] += change == 5;
    return tst_net_finish(m);
}

static rows run(unsigned change, size_t *different) {
    rows r = {0};
    cn_model *m = network(0), *clear = network(change);
    cn_plan *plan;
    ck_assert_int_eq(cn_plan_new(&plan, m, NULL), CN_OK);
    ck_assert_msg(cn_check_network(different, plan, m, clear, pixels, IMAGES, 1, keep, NULL, &r) == CN_OK, "%s", cn_error_text());
    ck_assert_uint_eq(r.count, 5);
    ck_assert_str_eq(r.row[0].label, "conv");
    ck_assert_str_eq(r.row[4].label, "dense");
    cn_plan_free(plan);
    cn_model_free(clear);
    cn_model_free(m);
    return r;
}

START_TEST(equal) {
    size_t different;
    rows r = run(0, &different);
    ck_assert_uint_eq(different, 0);
    for (size_t i = 0; i < r.count; i++) {
        ck_assert(r.row[i].different == 0 && r.row[i].values > 4096);
        ck_assert_msg(fabs(r.row[i].measured - r.row[i].predicted) < 3 && r.row[i].measured < r.row[i].limit, "%s: noise 2^%.1f, forecast 2^%.1f",
                      r.row[i].label, r.row[i].measured, r.row[i].predicted);
    }
}
END_TEST

START_TEST(unequal) {
    size_t different;
    rows r = run(3, &different);
    ck_assert_uint_gt(different, 0);
    for (size_t i = 0; i < r.count; i++) ck_assert_int_eq(r.row[i].different > 0, i >= 2);
    ck_assert_uint_eq(r.row[2].output, 0); /* the one whose weight it is */
    ck_assert_uint_ne(r.row[2].image, 1);  /* of zeros */
    r = run(5, &different);
    for (size_t i = 0; i < r.count; i++) ck_assert_int_eq(r.row[i].different > 0, i >= 4);
    ck_assert_uint_eq(different, r.row[4].different);
}
END_TEST

START_TEST(refusals) {
    size_t different;
    cn_model *m = network(0);
    cn_plan *plan;
    rows r = {0};
    ck_assert_int_eq(cn_plan_new(&plan, m, NULL), CN_OK);
    ck_assert_int_eq(cn_check_network(&different, plan, m, m, pixels, 0, 1, keep, NULL, &r), CN_ERR_SIZE);
    ck_assert_int_eq(cn_check_network(&different, plan, m, m, pixels, 1 << 20, 1, keep, NULL, &r), CN_ERR_SIZE);
    ck_assert_int_eq(cn_check_network(&different, plan, m, m, pixels, IMAGES, 0, keep, NULL, &r), CN_ERR_SIZE);
    ck_assert_uint_eq(r.count, 0);
    cn_plan_free(plan);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_check(void) {
    Suite *s = suite_create("check");
    TCase *c = tcase_create("check");
    tcase_add_test(c, equal);
    tcase_add_test(c, unequal);
    tcase_add_test(c, refusals);
    suite_add_tcase(s, c);
    return s;
}
