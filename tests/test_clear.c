/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The clear network against the naive evaluator: random networks of every kind, the shipped ones, windows. */

#include "nn/clear.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clear_naive.h"
#include "netgen.h"
#include "testing.h"
#include "util/mem.h"

/** What cn_clear_run must give. */
static size_t naive_scores(cn_i128 *scores, const cn_model *m, cn_i128 low, cn_i128 width, cn_i128 t, const uint8_t *pixels,
                           size_t count) {
    size_t outside = 0, outputs = cn_model_outputs(m);
    mpz_t l, high;
    mpz_inits(l, high, NULL);
    tst_mpz_set(l, low);
    tst_mpz_set(high, width);
    mpz_add(high, high, l);
    for (size_t i = 0; i < count; i++) {
        tst_values y = tst_naive_run(m, m->layer_count, pixels + i * cn_model_inputs(m));
        for (size_t o = 0; o < outputs; o++) {
            scores[i * outputs + o] = tst_naive_window(y.v[o], low, t);
            if (mpz_cmp(y.v[o], l) < 0 || mpz_cmp(y.v[o], high) >= 0) outside++;
        }
        tst_values_clear(&y);
    }
    mpz_clears(l, high, NULL);
    return outside;
}

static cn_i128 *new_scores(const cn_model *m, size_t count) {
    cn_i128 *s = malloc(count * cn_model_outputs(m) * sizeof *s);
    ck_assert_ptr_nonnull(s);
    return s;
}

static bool same_scores(const cn_i128 *a, const cn_i128 *b, const cn_model *m, size_t count) {
    return memcmp(a, b, count * cn_model_outputs(m) * sizeof *a) == 0;
}

/** m through cn_clear_run on count images; with values in and far outside the window.  Returns: its status. */
static cn_status check_run(const cn_model *m, size_t count, unsigned threads) {
    cn_program p;
    CN_TRY(cn_program_compile(&p, m, m->layer_count));
    unsigned bits = 1 + (unsigned)tst_below(125);
    cn_i128 low = tst_signed_wide(bits), t = ((cn_i128)1 << bits) + tst_signed_wide(bits - 1), width = t - t / 5;
    cn_i128 *found = new_scores(m, count), *expected = new_scores(m, count);
    uint8_t *pixels = tst_net_pixels(m, count);
    size_t outside = 77;
    long live = cn_test_alloc_live();
    cn_status s = cn_clear_run(found, &outside, &p, m, low, width, t, pixels, count, threads);
    ck_assert_int_eq(cn_test_alloc_live(), live);
    if (s == CN_OK) {
        size_t out = naive_scores(expected, m, low, width, t, pixels, count);
        TST_CHECK(same_scores(found, expected, m, count));
        TST_EQ(outside, out);
    }
    cn_program_clear(&p);
    free(found);
    free(expected);
    free(pixels);
    return s;
}

START_TEST(test_clear_random) {
    size_t done = 0, tried = TST_ITERS(150);
    for (size_t i = 0; i < tried; i++) {
        tst_net_choice c = {.activations = (unsigned)(i % 4), .cubic = i % 5 == 0, .bits = i % 3 ? 5 : 40, .bias_bits = i % 2 ? 20 : 110,
                            .lut_bits = i % 5 ? 8 : 31, .poly_bits = i % 7 ? 6 : 62};
        cn_model *m = tst_net_random(&c);
        cn_status s = check_run(m, 1 + tst_below(40), 1 + (unsigned)(i % 3));
        ck_assert_msg(s == CN_OK || s == CN_ERR_RANGE, "expected CN_OK, found %s", cn_error_text());
        done += s == CN_OK;
        cn_model_free(m);
    }
    ck_assert_msg(3 * done > 2 * tried, "%zu of %zu networks fitted", done, tried);
}
END_TEST

/** Coefficients of 63 bits, and a network of zeros. */
START_TEST(test_clear_extremes) {
    for (int i = 0; i < 8; i++) {
        cn_model *m = tst_net_new(1, 2, 1);
        tst_net_poly(m, i & 1 ? INT64_MAX : -INT64_MAX, i & 2 ? INT64_MAX : -INT64_MAX, i & 4 ? INT64_MAX : -INT64_MAX);
        ck_assert_int_eq(check_run(tst_net_finish(m), 20, 1), CN_OK);
        cn_model_free(m);
    }
    cn_model *m = tst_net_new(1, 2, 1);
    tst_net_dense(m, 2, 0, 0);
    ck_assert_int_eq(check_run(tst_net_finish(m), 20, 1), CN_OK);
    cn_model_free(m);
}
END_TEST

/** Values beyond what the primes can hold are refused, with the bound. */
START_TEST(test_clear_too_large) {
    cn_model *m = tst_net_new(1, 1, 1);
    for (int i = 0; i < 8; i++) tst_net_square(m);
    m->lut[255] = ((int64_t)1 << 31) - 1; /* 2^(31 * 256) */
    ck_assert_int_eq(check_run(tst_net_finish(m), 1, 1), CN_ERR_RANGE);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "2^7936"));
    cn_model_free(m);
}
END_TEST

/** The window by hand: x - 6 for x = 0 .. 9, read from -4 on with T = 5, asked for 3 wide. */
START_TEST(test_clear_window) {
    static const int expected[10] = {-1, 0, -4, -3, -2, -1, 0, -4, -3, -2}; /* exact: -6 .. 3 */
    cn_model *m = tst_net_new(1, 1, 1);
    cn_layer *l = tst_net_dense(m, 1, 0, 0);
    l->weight[0] = 1;
    l->bias[0] = -6;
    tst_net_finish(m);
    cn_program p;
    uint8_t pixels[10];
    cn_i128 found[10];
    size_t outside;
    for (int i = 0; i < 10; i++) pixels[i] = (uint8_t)i;
    ck_assert_int_eq(cn_program_compile(&p, m, 1), CN_OK);
    ck_assert_int_eq(cn_clear_run(found, &outside, &p, m, -4, 3, 5, pixels, 10, 1), CN_OK);
    for (int i = 0; i < 10; i++) ck_assert_int_eq((int)found[i], expected[i]);
    ck_assert_uint_eq(outside, 7); /* all but -4, -3, -2 */
    cn_program_clear(&p);
    cn_model_free(m);
}
END_TEST

static const char *const shipped[] = {"paper", "paper-small", "paper-31bit", "fast", "depth1", "accurate", "accurate-small"};

START_TEST(test_clear_shipped) {
    cn_model *m = tst_net_shipped(shipped[_i]);
    size_t count = TST_ITERS(20), outside, right = 0;
    cn_i128 low = m->window_lo, t = m->window_t, width = t - t / 8;
    cn_dataset d;
    cn_program p;
    ck_assert_int_eq(cn_dataset_draw_digits(&d, count, tst_u64()), CN_OK);
    ck_assert_int_eq(cn_program_compile(&p, m, m->layer_count), CN_OK);
    cn_i128 *found = new_scores(m, count), *expected = new_scores(m, count);
    ck_assert_int_eq(cn_clear_run(found, &outside, &p, m, low, width, t, d.pixels, count, 2), CN_OK);
    size_t out = naive_scores(expected, m, low, width, t, d.pixels, count);
    ck_assert(same_scores(found, expected, m, count));
    ck_assert_uint_eq(outside, out);
    for (size_t i = 0; i < count; i++) right += cn_argmax(found + 10 * i, 10) == d.labels[i];
    ck_assert_uint_ge(right, count * 4 / 5); /* a network that works */
    free(found);
    free(expected);
    cn_program_clear(&p);
    cn_dataset_clear(&d);
    cn_model_free(m);
}
END_TEST

/** On real images, where there are some: environment MNIST_DIR. */
START_TEST(test_clear_mnist) {
    const char *folder = getenv("MNIST_DIR");
    if (!folder) return;
    cn_dataset d;
    cn_plan *p;
    cn_model *m = tst_net_shipped("paper");
    size_t count = 200, outside, right = 0, naive_right = 0;
    ck_assert_msg(cn_dataset_load_mnist(&d, folder, count) == CN_OK, "%s", cn_error_text());
    ck_assert_uint_eq(d.count, count);
    ck_assert_int_eq(cn_plan_new(&p, m, NULL), CN_OK);
    cn_i128 *found = new_scores(m, count), *expected = new_scores(m, count);
    ck_assert_int_eq(cn_clear_scores(found, &outside, p, m, d.pixels, count, 2), CN_OK);
    ck_assert_uint_eq(naive_scores(expected, m, p->window_low, p->window_t, tst_plan_t(p), d.pixels, count), 0);
    ck_assert_uint_eq(outside, 0);
    ck_assert(same_scores(found, expected, m, count));
    for (size_t i = 0; i < count; i++) {
        right += cn_argmax(found + 10 * i, 10) == d.labels[i];
        naive_right += cn_argmax(expected + 10 * i, 10) == d.labels[i];
    }
    ck_assert_uint_eq(right, naive_right);
    ck_assert_uint_ge(right, 194); /* 99.1 % of 10,000 */
    free(found);
    free(expected);
    cn_plan_free(p);
    cn_dataset_clear(&d);
    cn_model_free(m);
}
END_TEST

/** The public function: window of the plan, refusals, and no count wanted. */
START_TEST(test_clear_scores_refuses) {
    cn_model *m = tst_net_new(1, 1, 2), *other = tst_net_new(1, 1, 2);
    tst_net_dense(m, 1, 0, 0)->weight[1] = 3;
    tst_net_dense(other, 1, 0, 0)->weight[1] = 4;
    m->has_window = true;
    m->window_lo = -5;
    m->window_t = 70000;
    tst_net_finish(m);
    tst_net_finish(other);
    cn_plan *p;
    cn_i128 score = 9;
    size_t outside = 9;
    const uint8_t pixels[2] = {100, 200};
    ck_assert_int_eq(cn_plan_new(&p, m, NULL), CN_OK);
    ck_assert_int_eq(cn_clear_scores(NULL, &outside, p, m, pixels, 1, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_clear_scores(&score, &outside, NULL, m, pixels, 1, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_clear_scores(&score, &outside, p, NULL, pixels, 1, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_clear_scores(&score, &outside, p, m, NULL, 1, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_clear_scores(&score, &outside, p, m, pixels, 0, 1), CN_ERR_SIZE);
    ck_assert_int_eq(cn_clear_scores(&score, &outside, p, m, pixels, 1, 0), CN_ERR_SIZE);
    ck_assert_int_eq(cn_clear_scores(&score, &outside, p, m, pixels, 1, 257), CN_ERR_SIZE);
    ck_assert_int_eq(cn_clear_scores(&score, &outside, p, other, pixels, 1, 1), CN_ERR_MISMATCH);
    ck_assert(score == 9 && outside == 9);
    ck_assert_int_eq(cn_clear_scores(&score, NULL, p, m, pixels, 1, 1), CN_OK);
    ck_assert_int_eq((int)score, 600);
    ck_assert_int_eq(cn_clear_scores(&score, &outside, p, m, pixels, 1, 1), CN_OK);
    ck_assert_uint_eq(outside, 0);
    cn_plan_free(p);
    cn_model_free(m);
    cn_model_free(other);
}
END_TEST

START_TEST(test_argmax_and_text) {
    const cn_i128 huge = (cn_i128)1 << 126;
    cn_i128 scores[5] = {-huge, 3, huge, huge, -1};
    char text[41];
    ck_assert_uint_eq(cn_argmax(scores, 1), 0);
    ck_assert_uint_eq(cn_argmax(scores, 2), 1);
    ck_assert_uint_eq(cn_argmax(scores, 5), 2); /* the first among equals */
    ck_assert_uint_eq(cn_argmax(scores + 3, 2), 0);
    ck_assert_str_eq(cn_score_text(text, huge), "85070591730234615865843651857942052864");
    ck_assert_str_eq(cn_score_text(text, -17), "-17");
    ck_assert_ptr_eq(cn_score_text(text, 0), text);
}
END_TEST

Suite *cn_suite_clear(void) {
    Suite *s = suite_create("clear");
    TCase *c = tcase_create("clear");
    tcase_add_test(c, test_clear_random);
    tcase_add_test(c, test_clear_extremes);
    tcase_add_test(c, test_clear_too_large);
    tcase_add_test(c, test_clear_window);
    tcase_add_loop_test(c, test_clear_shipped, 0, CN_ARRAY_LEN(shipped));
    tcase_add_test(c, test_clear_mnist);
    tcase_add_test(c, test_clear_scores_refuses);
    tcase_add_test(c, test_argmax_and_text);
    suite_add_tcase(s, c);
    return s;
}
