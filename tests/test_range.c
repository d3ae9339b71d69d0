/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Ranges against brute force: every input of networks on two pixels with few levels. */

#include "nn/range.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clear_naive.h"
#include "netgen.h"
#include "testing.h"
#include "util/mem.h"

#define LEVELS 8 /* pixel bytes 0 .. 7 carry the levels; the rest of the table repeats them */

/** A table that passes through 0, as the ranges do. */
static int64_t random_low(void) { return -(int64_t)tst_below(LEVELS); }

/** Two pixels whose table is low, low + 1, ..., low + LEVELS - 1. */
static cn_model *two_pixels(int64_t low) {
    cn_model *m = tst_net_new(1, 1, 2);
    for (int i = 0; i < 256; i++) m->lut[i] = low + i % LEVELS;
    return m;
}

/** The extreme values of all outputs after the first layers layers, over all inputs and the zeros of unused slots. */
static void brute_force(mpz_t low, mpz_t high, const cn_model *m, unsigned layers) {
    bool first = true;
    cn_model with_zero = *m; /* byte 255: the value of an unused slot */
    with_zero.lut[255] = 0;
    for (unsigned a = 0; a <= LEVELS; a++)
        for (unsigned b = 0; b <= LEVELS; b++) {
            uint8_t pixels[2] = {a == LEVELS ? 255 : (uint8_t)a, b == LEVELS ? 255 : (uint8_t)b};
            tst_values y = tst_naive_run(&with_zero, layers, pixels);
            for (size_t i = 0; i < y.count; i++, first = false) {
                if (first || mpz_cmp(y.v[i], low) < 0) mpz_set(low, y.v[i]);
                if (first || mpz_cmp(y.v[i], high) > 0) mpz_set(high, y.v[i]);
            }
            tst_values_clear(&y);
        }
}

/** exact: the ranges are attained; else they contain what is. */
static void check_ranges(cn_model *m, bool exact) {
    mpz_t low, high;
    cn_program p;
    cn_ranges r;
    mpz_inits(low, high, NULL);
    ck_assert_int_eq(cn_program_compile(&p, m, m->layer_count), CN_OK);
    ck_assert_int_eq(cn_ranges_compute(&r, &p, m), CN_OK);
    brute_force(low, high, m, m->layer_count);
    if (exact)
        ck_assert_msg(mpz_cmp(low, r.low) == 0 && mpz_cmp(high, r.high) == 0, "expected %s .. %s, found %s .. %s",
                      mpz_get_str(NULL, 10, low), mpz_get_str(NULL, 10, high), mpz_get_str(NULL, 10, r.low),
                      mpz_get_str(NULL, 10, r.high));
    else
        ck_assert(mpz_cmp(r.low, low) <= 0 && mpz_cmp(high, r.high) <= 0);
    cn_ranges_clear(&r);
    cn_program_clear(&p);
    cn_model_free(m);
    mpz_clears(low, high, NULL);
}

START_TEST(test_range_linear) {
    for (size_t i = 0; i < TST_ITERS(60); i++) {
        cn_model *m = two_pixels(random_low());
        tst_net_dense(m, 3, i % 2 ? 5 : 61, i % 3 ? 6 : 120);
        check_ranges(tst_net_finish(m), true);
    }
}
END_TEST

/** A polynomial on the inputs themselves; with and without its vertex inside, on either side of 0, a of both signs. */
START_TEST(test_range_poly) {
    for (size_t i = 0; i < TST_ITERS(300); i++) {
        cn_model *m = two_pixels(random_low());
        int64_t a = tst_signed(3), b = tst_signed(6);
        if (i % 5 == 0) tst_net_square(m);
        else tst_net_poly(m, a ? a : -3, b, tst_signed(8));
        check_ranges(tst_net_finish(m), true);
    }
}
END_TEST

/** Cubes with both extremes inside, one, none, and all on one side of 0. */
START_TEST(test_range_cubic) {
    for (size_t i = 0; i < TST_ITERS(600); i++) {
        cn_model *m = two_pixels(random_low());
        int64_t d = tst_signed(3), a = tst_signed(5), b = tst_signed(8);
        tst_net_cubic(m, d ? d : 2, a, i % 4 ? b : -b * b, tst_signed(8));
        check_ranges(tst_net_finish(m), true);
    }
    for (int i = 0; i < 8; i++) { /* coefficients of any size */
        cn_model *m = two_pixels(-4);
        tst_net_cubic(m, i & 1 ? INT64_MAX : -1, i & 2 ? -INT64_MAX : INT64_MAX / 3, i & 4 ? INT64_MAX : -INT64_MAX, 0);
        check_ranges(tst_net_finish(m), true);
    }
}
END_TEST

START_TEST(test_range_poly_wide) {
    for (size_t i = 0; i < TST_ITERS(60); i++) {
        cn_model *m = two_pixels(random_low());
        int64_t a = i % 2 ? INT64_MAX : -INT64_MAX, b = i % 3 ? INT64_MAX : -INT64_MAX; /* the vertex lies between -1 and 1 */
        tst_net_poly(m, i % 4 ? a : a / 7, b, i % 5 ? -INT64_MAX : INT64_MAX);
        check_ranges(tst_net_finish(m), true);
    }
}
END_TEST

/** Activation, then a map in which every pixel occurs once per output: still exact. */
START_TEST(test_range_segment) {
    for (size_t i = 0; i < TST_ITERS(100); i++) {
        cn_model *m = two_pixels(random_low());
        tst_net_poly(m, i % 2 ? -2 : 3, tst_signed(5), tst_signed(5));
        tst_net_dense(m, 2, 6, 10);
        check_ranges(tst_net_finish(m), true);
    }
}
END_TEST

/** Everything: ranges contain what occurs. */
START_TEST(test_range_contains) {
    for (size_t i = 0; i < TST_ITERS(100); i++) {
        cn_model *m = two_pixels(random_low());
        tst_net_dense(m, 3, 4, 6);
        tst_net_poly(m, i % 2 ? -2 : 3, tst_signed(8), tst_signed(8));
        tst_net_dense(m, 2, 4, 6);
        if (i % 3) tst_net_square(m);
        check_ranges(tst_net_finish(m), false);
    }
}
END_TEST

/** (x0 + x1 - 8)^2 - 3 with x in 0 .. 7, by hand: the vertex lies inside. And its stages. */
START_TEST(test_range_known) {
    cn_model *m = two_pixels(0);
    cn_layer *l = tst_net_dense(m, 1, 0, 0);
    l->weight[0] = l->weight[1] = 1;
    l->bias[0] = -8;
    tst_net_square(m);
    l = tst_net_dense(m, 1, 0, 0);
    l->weight[0] = -2;
    l->bias[0] = 3;
    tst_net_finish(m);
    cn_program p;
    cn_ranges r;
    ck_assert_int_eq(cn_program_compile(&p, m, m->layer_count), CN_OK);
    ck_assert_int_eq(cn_ranges_compute(&r, &p, m), CN_OK);
    ck_assert_int_eq(mpz_get_si(r.low), 3 - 2 * 64);
    ck_assert_int_eq(mpz_get_si(r.high), 3);
    ck_assert_double_eq_tol(r.stage_bits[0][CN_STAGE_PRE], 3, 1e-9); /* -8 .. 6 */
    ck_assert_double_eq_tol(r.stage_bits[0][CN_STAGE_ACT], 6, 1e-9);
    ck_assert_double_eq_tol(r.stage_bits[0][CN_STAGE_POST], log2(125), 1e-9);
    ck_assert(r.stage_bits[1][CN_STAGE_ACT] == 0);
    cn_ranges_clear(&r);
    cn_program_clear(&p);
    cn_model_free(m);
}
END_TEST

/** Unused slots hold 0, even where the table does not: part of every range. */
START_TEST(test_range_zero_slots) {
    cn_model *m = two_pixels(5);
    cn_layer *l = tst_net_dense(m, 1, 0, 0);
    l->weight[0] = 1;
    l->weight[1] = -1;
    check_ranges(tst_net_finish(m), true);
    m = two_pixels(-20);
    tst_net_square(m);
    check_ranges(tst_net_finish(m), true);
}
END_TEST

START_TEST(test_range_memory) {
    cn_model *m = two_pixels(0);
    tst_net_dense(m, 2, 3, 3);
    tst_net_square(m);
    tst_net_dense(m, 2, 3, 3);
    cn_program p;
    ck_assert_int_eq(cn_program_compile(&p, tst_net_finish(m), m->layer_count), CN_OK);
    long live = cn_test_alloc_live();
    unsigned long k = 1;
    for (cn_status s = CN_ERR_MEMORY; s != CN_OK; k++) {
        cn_ranges r;
        cn_test_alloc_fail_at(k);
        s = cn_ranges_compute(&r, &p, m);
        cn_test_alloc_fail_at(0);
        if (s == CN_OK) cn_ranges_clear(&r);
        ck_assert(s == CN_OK || s == CN_ERR_MEMORY);
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }
    ck_assert_uint_eq(k, 5);
    cn_program_clear(&p);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_range(void) {
    Suite *s = suite_create("range");
    TCase *c = tcase_create("range");
    tcase_add_test(c, test_range_linear);
    tcase_add_test(c, test_range_poly);
    tcase_add_test(c, test_range_cubic);
    tcase_add_test(c, test_range_poly_wide);
    tcase_add_test(c, test_range_segment);
    tcase_add_test(c, test_range_contains);
    tcase_add_test(c, test_range_known);
    tcase_add_test(c, test_range_zero_slots);
    tcase_add_test(c, test_range_memory);
    suite_add_tcase(s, c);
    return s;
}
