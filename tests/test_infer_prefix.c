/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The shipped networks layer by layer: every prefix, encrypted under the parameters of the whole network, for a few of its
 *  outputs, against the naive evaluator modulo t; its noise against the forecast of the stage; and the end of a segment through
 *  the public operations. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clear_naive.h"
#include "he/cipher.h"
#include "netgen.h"
#include "nn/moments.h"
#include "testing.h"
#include "util/mem.h"

#define IMAGES 3
#define ROWS 4

/* The first two always; all of them with CN_TEST_ITERS of 10 or more. */
static const char *const shipped[] = {"depth1", "paper-small", "paper", "paper-31bit", "fast", "accurate", "accurate-small"};

/** All slots of output row after these layers: the images, then the network on zeros in the unused slots. */
static void true_slots(uint64_t *values, size_t n, const cn_model *m, unsigned layers, uint32_t row, const uint8_t *pixels, uint64_t t) {
    cn_model zero = *m;
    memset(zero.lut, 0, sizeof zero.lut);
    for (size_t i = 0; i <= IMAGES; i++) {
        tst_values y = tst_naive_run(i < IMAGES ? m : &zero, layers, pixels + (i < IMAGES ? i * cn_model_inputs(m) : 0));
        values[i] = tst_mpz_mod(y.v[row], t);
        tst_values_clear(&y);
    }
    for (size_t i = IMAGES + 1; i < n; i++) values[i] = values[IMAGES];
}

/** Slots as expected, all of them; noise at most 0.15 bit above the forecast, no coefficient beyond z sigma.
 *  Returns: measured log2 of the standard deviation. */
static double check_cipher(const cn_cipher *c, const uint64_t *values, double forecast, double z, const cn_secret_key *sk,
                           const cn_context *ctx) {
    size_t n = ctx->params.n;
    double sigma, top;
    uint64_t *found = malloc(n * sizeof *found);
    ck_assert_ptr_nonnull(found);
    ck_assert_int_eq(cn_decrypt(found, n, c, sk, ctx), CN_OK);
    ck_assert(memcmp(found, values, n * sizeof *found) == 0);
    free(found);
    ck_assert_int_eq(cn_test_noise(&sigma, &top, c, values, sk, ctx), CN_OK);
    ck_assert_msg(sigma <= forecast + 0.15, "noise 2^%.2f, forecast 2^%.2f", sigma, forecast);
    ck_assert_msg(top <= forecast + log2(z), "coefficient 2^%.2f, forecast 2^%.2f", top, forecast);
    return sigma;
}

/** Relinearise and switch a value by the public operations, as the server does before the next segment. */
static void check_end_of_segment(cn_cipher *c, unsigned segment, const uint64_t *values, const tst_session *s) {
    const cn_plan *p = s->plan;
    const cn_context *ctx;
    const cn_secret_key *sk = cn_test_client_key(&ctx, s->client);
    ck_assert_int_eq(cn_relinearise(c, cn_client_evaluation_key(s->client), ctx), CN_OK);
    check_cipher(c, values, p->forecast.relin[segment], p->quantile, sk, ctx);
    while (cn_cipher_limbs(c) > p->schedule.limbs[segment + 1]) ck_assert_int_eq(cn_mod_switch(c, ctx), CN_OK);
    double sigma = check_cipher(c, values, p->forecast.switched[segment], p->quantile, sk, ctx);
    ck_assert_msg(sigma >= p->forecast.switched[segment] - 0.5, "after the switch 2^%.2f, forecast 2^%.2f", sigma,
                  p->forecast.switched[segment]);
}

static size_t argmax(const double *x, size_t count) {
    size_t best = 0;
    for (size_t i = 1; i < count; i++) best = x[i] > x[best] ? i : best;
    return best;
}

/** Rows to keep: the first, the last, a random one, and in the first segment the one of most noise. */
static void choose_rows(uint32_t row[ROWS], const cn_program *p, const cn_moments *m) {
    bool post = p->segment[0].has_post;
    row[0] = (uint32_t)(p->count > 1 ? tst_below(p->outputs) : post ? argmax(m->p, p->outputs) : argmax(m->pre2, p->outputs));
    row[1] = 0;
    row[2] = (uint32_t)p->outputs - 1;
    row[3] = (uint32_t)tst_below(p->outputs);
}

static void check_prefix(const tst_session *s, const cn_model *m, const cn_program *whole, const cn_moments *moments, unsigned layers,
                         const uint8_t *pixels) {
    const cn_plan *p = s->plan;
    const cn_context *ctx;
    const cn_secret_key *sk = cn_test_client_key(&ctx, s->client);
    uint64_t *values = malloc(p->params.n * sizeof *values);
    uint32_t row[ROWS];
    tst_prefix prefix;
    cn_program program;
    double worst = 0;
    ck_assert_ptr_nonnull(values);
    ck_assert_int_eq(cn_program_compile(&program, m, layers), CN_OK);
    choose_rows(row, &program, moments);
    cn_program_clear(&program);
    tst_prefix_run(&prefix, s, m, layers, row, ROWS);
    unsigned segment = prefix.program.count - 1;
    cn_stage stage = tst_last_stage(&prefix.program);
    ck_assert_str_eq(prefix.program.segment[segment].label[stage], whole->segment[segment].label[stage]);
    ck_assert_uint_eq(prefix.reply->ciphers, ROWS);
    for (unsigned i = 0; i < ROWS; i++) {
        true_slots(values, p->params.n, m, layers, row[i], pixels, p->params.t[0]);
        worst = fmax(worst, check_cipher(prefix.reply->cipher[i], values, p->forecast.stage[segment][stage], p->quantile, sk, ctx));
        if (stage == CN_STAGE_POST && segment + 1 < whole->count) check_end_of_segment(prefix.reply->cipher[i], segment, values, s);
    }
    if (segment == 0)
        ck_assert_msg(worst >= p->forecast.stage[0][stage] - 0.5, "stage %d: noise 2^%.2f, forecast 2^%.2f", stage, worst,
                      p->forecast.stage[0][stage]);
    tst_prefix_clear(&prefix);
    free(values);
}

START_TEST(test_prefixes) {
    if (_i >= 2 && tst_iters < 10) return;
    cn_model *m = tst_net_shipped(shipped[_i]);
    cn_dataset d;
    cn_program whole;
    cn_moments moments;
    tst_session s = {0};
    ck_assert_int_eq(cn_dataset_draw_digits(&d, IMAGES, tst_u64()), CN_OK);
    ck_assert_int_eq(cn_program_compile(&whole, m, m->layer_count), CN_OK);
    ck_assert_int_eq(cn_moments_compute(&moments, &whole), CN_OK);
    ck_assert_int_eq(cn_plan_new(&s.plan, m, NULL), CN_OK);
    ck_assert_int_eq(cn_client_new(&s.client, s.plan, 2), CN_OK);
    ck_assert_int_eq(cn_client_encrypt(&s.request, s.client, d.pixels, IMAGES, NULL, NULL), CN_OK);
    for (unsigned layers = 1; layers < m->layer_count; layers++) /* the whole network: test_network_noise.c */
        if (m->layer[layers - 1].type != CN_LAYER_FLATTEN) check_prefix(&s, m, &whole, &moments, layers, d.pixels);
    tst_session_clear(&s);
    cn_moments_clear(&moments);
    cn_program_clear(&whole);
    cn_dataset_clear(&d);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_infer_prefix(void) {
    Suite *s = suite_create("infer_prefix");
    TCase *c = tcase_create("infer_prefix");
    tcase_add_loop_test(c, test_prefixes, 0, CN_ARRAY_LEN(shipped));
    suite_add_tcase(s, c);
    return s;
}
