/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Noise of whole networks against the plan's forecast: the scores of shipped networks, and small ones of every depth with
 *  polynomials and public keys. The worst score of a shipped network lies within -0.5 and +0.15 bit of the forecast, and no
 *  coefficient beyond z sigma anywhere. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clear_naive.h"
#include "he/cipher.h"
#include "netgen.h"
#include "testing.h"
#include "util/mem.h"

/** Noise of all scores of a finished session, by the exact values of all slots.
 *  Returns: measured minus forecast, in bits, for the worst score. */
static double check_scores(const tst_session *s, const cn_model *m, const uint8_t *pixels, size_t count) {
    const cn_plan *p = s->plan;
    const cn_context *ctx;
    const cn_secret_key *sk = cn_test_client_key(&ctx, s->client);
    size_t n = p->params.n;
    double worst = -100;
    uint64_t *values = malloc(n * sizeof *values);
    tst_values *y = malloc((count + 1) * sizeof *y);
    cn_model zero = *m; /* unused slots */
    ck_assert(values && y);
    memset(zero.lut, 0, sizeof zero.lut);
    for (size_t i = 0; i <= count; i++) y[i] = tst_naive_run(i < count ? m : &zero, m->layer_count, pixels + (i < count ? i * p->inputs : 0));
    for (size_t c = 0; c < s->reply->ciphers; c++) {
        double sigma, top;
        for (size_t i = 0; i < n; i++) values[i] = tst_mpz_mod(y[CN_MIN(i, count)].v[c % p->outputs], p->params.t[c / p->outputs]);
        ck_assert_int_eq(cn_test_noise(&sigma, &top, s->reply->cipher[c], values, sk, ctx), CN_OK);
        ck_assert_msg(top <= p->forecast.output + log2(p->quantile), "score %zu: coefficient 2^%.2f, forecast 2^%.2f", c, top,
                      p->forecast.output);
        worst = fmax(worst, sigma);
    }
    for (size_t i = 0; i <= count; i++) tst_values_clear(&y[i]);
    free(y);
    free(values);
    return worst - p->forecast.output;
}

static void check_between(double found, double low, double high, const char *what) {
    ck_assert_msg(found >= low && found <= high, "%s: measured minus forecast %.2f, expected %.2f .. %.2f", what, found, low, high);
}

/* The first two always; all of them with CN_TEST_ITERS of 10 or more. */
static const char *const shipped[] = {"depth1", "paper-small", "paper", "paper-31bit", "fast", "accurate", "accurate-small"};

START_TEST(test_noise_shipped) {
    if (_i >= 2 && tst_iters < 10) return;
    enum { IMAGES = 3 };
    cn_model *m = tst_net_shipped(shipped[_i]);
    cn_dataset d;
    cn_i128 scores[10 * IMAGES], clear[10 * IMAGES];
    tst_session s;
    ck_assert_int_eq(cn_dataset_draw_digits(&d, IMAGES, tst_u64()), CN_OK);
    ck_assert_int_eq(tst_session_run(&s, scores, m, NULL, 2, d.pixels, IMAGES), CN_OK);
    ck_assert_int_eq(cn_clear_scores(clear, NULL, s.plan, m, d.pixels, IMAGES, 1), CN_OK);
    ck_assert_mem_eq(scores, clear, sizeof scores);
    check_between(check_scores(&s, m, d.pixels, IMAGES), -0.5, 0.15, shipped[_i]);
    tst_session_clear(&s);
    cn_dataset_clear(&d);
    cn_model_free(m);
}
END_TEST

/** One inference on a small network.  Returns: measured minus forecast. */
static double measure(const cn_model *m, const cn_plan_options *options) {
    size_t count = 2;
    uint8_t *pixels = tst_net_pixels(m, count);
    cn_i128 *scores = malloc(count * cn_model_outputs(m) * sizeof *scores);
    tst_session s;
    cn_status status = tst_session_run(&s, scores, m, options, 2, pixels, count);
    ck_assert_msg(status == CN_OK, "%s: %s", cn_status_name(status), cn_error_text());
    double difference = check_scores(&s, m, pixels, count);
    tst_session_clear(&s);
    free(scores);
    free(pixels);
    return difference;
}

/** dense, activation, dense, ...: depth activations a x^2 + b x, or with the digit 1000 cubes; width values between them. */
#define CUBE 1000
static cn_model *chain(unsigned depth, uint32_t width, int64_t a, int64_t b) {
    cn_model *m = tst_net_new(1, 1, 20);
    for (int i = 0; i < 256; i++) m->lut[i] = i % 4;
    for (unsigned i = 0; i < depth; i++) {
        tst_net_dense(m, width, 2, 3);
        for (size_t w = 0; w < m->layer[2 * i].weight_count; w++) m->layer[2 * i].weight[w] |= 1; /* no zeros */
        if (a > CUBE / 2) tst_net_cubic(m, a - CUBE, b, b ? 3 : 0, b);
        else if (a == 1 && b == 0) tst_net_square(m);
        else tst_net_poly(m, a, b, 7);
    }
    tst_net_dense(m, 2, 2, 3);
    for (size_t w = 0; w < 2 * width; w++) m->layer[2 * depth].weight[w] |= 1;
    m->has_window = true;
    m->window_lo = -5000;
    m->window_t = 1 << 20;
    return tst_net_finish(m);
}

/* Depth, width, a, b, public key, inferences, and the range of their mean of measured minus forecast. Up to depth 2 the forecast is
 * the exact second moment, but for a simulated fourth moment with its margin and, with public keys, some Cauchy-Schwarz; from depth
 * 3 on standard deviations add. One ciphertext measures the mean over the roots of x^n + 1, whose scatter grows with depth and is
 * greatest where a single value, or the key, dominates. */
static const struct {
    unsigned depth;
    uint32_t width;
    int64_t a, b;
    int public_key; /* 2: YASHE' */
    unsigned runs;
    double low, high;
} small[] = {
    {0, 1, 1, 0, 0, 1, -0.3, 0.15},  {0, 1, 1, 0, 1, 1, -0.3, 0.2},   {1, 1, 1, 0, 0, 1, -0.4, 0.3},  {1, 12, 1, 0, 0, 1, -0.4, 0.25},
    {1, 12, -3, 5, 0, 1, -0.4, 0.25}, {1, 12, 1, 0, 1, 1, -0.5, 0.4}, {2, 1, 1, 0, 0, 3, -0.4, 0.35}, {2, 12, 1, 0, 0, 1, -0.5, 0.3},
    {2, 12, -3, 5, 0, 1, -0.5, 0.3}, {2, 12, 1, 0, 1, 4, -0.7, 0.4},  {2, 12, -3, 5, 1, 1, -1.2, 1},  {3, 3, 1, 0, 0, 1, -4, 1},
    {3, 3, -3, 5, 0, 1, -4, 1},      {0, 1, 1, 0, 2, 1, -0.3, 0.15},  {1, 1, 1, 0, 2, 1, -0.5, 0.4},  {1, 12, 1, 0, 2, 1, -0.4, 0.25},
    {1, 12, -3, 5, 2, 1, -0.8, 0.25}, {2, 12, 1, 0, 2, 2, -0.7, 0.4},
    {1, 1, CUBE + 1, 0, 0, 4, -0.6, 0.5}, {1, 12, CUBE + 1, 0, 0, 2, -0.4, 0.3}, {1, 12, CUBE - 2, 5, 0, 2, -0.4, 0.3},
    {1, 12, CUBE + 1, 0, 1, 2, -0.8, 0.5}, {1, 12, CUBE + 1, 3, 2, 2, -0.9, 0.4},
    {2, 6, CUBE + 1, 0, 0, 1, -6, 0.5},   {2, 6, CUBE - 2, 5, 0, 1, -6, 0.5}, {2, 4, CUBE + 1, 0, 1, 1, -12, 1},
};

START_TEST(test_noise_small) {
    const cn_plan_options options = {.public_key = small[_i].public_key, .scheme = small[_i].public_key == 2 ? CN_SCHEME_YASHE : CN_SCHEME_BFV};
    char name[64];
    double sum = 0;
    snprintf(name, sizeof name, "depth %u, width %u, %lld x^2 (less 1000: x^3) + %lld x%s", small[_i].depth, small[_i].width, (long long)small[_i].a,
             (long long)small[_i].b, small[_i].public_key == 2 ? ", YASHE'" : small[_i].public_key ? ", public key" : "");
    for (unsigned run = 0; run < small[_i].runs; run++) {
        cn_model *m = chain(small[_i].depth, small[_i].width, small[_i].a, small[_i].b);
        sum += measure(m, &options);
        cn_model_free(m);
    }
    check_between(sum / small[_i].runs, small[_i].low, small[_i].high, name);
}
END_TEST

/** Constants alone: what their rounding leaves is covered too, and decrypts. */
START_TEST(test_noise_constants) {
    for (int k = 0; k < 6; k++) {
        cn_model *m = tst_net_new(1, 1, 2);
        tst_net_dense(m, 2, 0, 100);
        if (k & 1) tst_net_poly(m, 12345, -678, 9);
        if (k & 2) tst_net_dense(m, 2, k & 4 ? 0 : 20, 100);
        if (k == 5) tst_net_square(m);
        m->has_window = true;
        m->window_t = (cn_i128)1 << 40;
        tst_net_finish(m);
        ck_assert_double_lt(measure(m, NULL), 0);
        cn_model_free(m);
    }
}
END_TEST

Suite *cn_suite_network_noise(void) {
    Suite *s = suite_create("network_noise");
    TCase *c = tcase_create("network_noise");
    tcase_add_loop_test(c, test_noise_shipped, 0, CN_ARRAY_LEN(shipped));
    tcase_add_loop_test(c, test_noise_small, 0, CN_ARRAY_LEN(small));
    tcase_add_test(c, test_noise_constants);
    suite_add_tcase(s, c);
    return s;
}
