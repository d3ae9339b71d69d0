/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Encrypted scores equal the exact ones bit for bit: random small networks, all options, thread counts, batch sizes; and a
 *  known answer. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clear_naive.h"
#include "netgen.h"
#include "ring/kernels.h"
#include "testing.h"
#include "util/mem.h"
#include "util/rng.h"
#include "util/sha3.h"

/** Whether scores are what the naive evaluator says about the images first, first + step, ... */
static void check_naive(const cn_i128 *scores, const cn_plan *p, const cn_model *m, const uint8_t *pixels, size_t count, size_t step) {
    size_t outputs = cn_model_outputs(m);
    cn_i128 t = tst_plan_t(p);
    for (size_t i = 0; i < count; i += step) {
        tst_values y = tst_naive_run(m, m->layer_count, pixels + i * cn_model_inputs(m));
        for (size_t o = 0; o < outputs; o++) TST_CHECK(scores[i * outputs + o] == tst_naive_window(y.v[o], p->window_low, t));
        tst_values_clear(&y);
    }
}

/** One inference on count images against the clear network and the naive evaluator.
 *  Returns: CN_OK, or the status of a planner that found the network too large. */
static cn_status check_net(const cn_model *m, const cn_plan_options *options, unsigned threads, size_t count) {
    size_t values = count * cn_model_outputs(m);
    cn_i128 *scores = malloc(values * sizeof *scores), *clear = malloc(values * sizeof *clear);
    uint8_t *pixels = tst_net_pixels(m, count);
    tst_session s;
    long live = cn_test_alloc_live();
    ck_assert(scores && clear);
    cn_status status = tst_session_run(&s, scores, m, options, threads, pixels, count);
    if (status == CN_OK) {
        ck_assert_int_eq(cn_clear_scores(clear, NULL, s.plan, m, pixels, count, threads), CN_OK);
        TST_CHECK(memcmp(scores, clear, values * sizeof *scores) == 0);
        check_naive(scores, s.plan, m, pixels, count, count < 40 ? 1 : count / 20);
    } else {
        ck_assert_msg(!s.plan && (status == CN_ERR_PLAN || status == CN_ERR_RANGE), "%s: %s", cn_status_name(status), cn_error_text());
    }
    tst_session_clear(&s);
    ck_assert_int_eq(cn_test_alloc_live(), live);
    free(scores);
    free(clear);
    free(pixels);
    return status;
}

/* One kind of network per line: activations, bits of weights, biases, table, polynomials, window; and whether all must fit. */
static const struct {
    tst_net_choice choice;
    cn_plan_options options;
    int nets;
    bool always;
} kinds[] = {
    {{0, 7, 20, 8, 0, 0, false}, {0}, 4, true},               /* worst case, no activation */
    {{0, 40, 100, 31, 0, 90, false}, {0}, 3, false},          /* wide weights, several t */
    {{0, 20, 30, 8, 0, 17, false}, {.public_key = 1}, 2, true},
    {{1, 4, 10, 4, 0, 0, false}, {0}, 4, true},
    {{1, 4, 10, 4, 4, 18, false}, {0}, 4, true},
    {{1, 20, 60, 31, 20, 70, false}, {0}, 4, false},
    {{1, 40, 120, 31, 62, 20, false}, {0}, 3, false},         /* constants far beyond t */
    {{1, 3, 10, 3, 3, 20, false}, {.public_key = 1}, 3, true},
    {{2, 2, 8, 2, 2, 0, false}, {0}, 3, false},
    {{2, 3, 10, 3, 3, 30, false}, {0}, 4, true},
    {{2, 3, 10, 3, 3, 100, false}, {0}, 3, true},
    {{2, 3, 10, 3, 5, 40, false}, {.public_key = 1}, 2, true},
    {{3, 2, 6, 2, 2, 25, false}, {0}, 3, true},
    {{3, 2, 6, 1, 1, 60, false}, {0}, 2, true},
    {{0, 20, 30, 8, 0, 50, false}, {.scheme = CN_SCHEME_YASHE}, 1, true},
    {{1, 4, 10, 4, 4, 18, false}, {.scheme = CN_SCHEME_YASHE}, 3, true},
    {{1, 40, 120, 31, 62, 20, false}, {.scheme = CN_SCHEME_YASHE}, 2, false},
    {{2, 3, 10, 3, 3, 30, false}, {.scheme = CN_SCHEME_YASHE}, 3, false},
    {{2, 2, 8, 2, 0, 19, false}, {.scheme = CN_SCHEME_YASHE}, 2, false},
    {{1, 4, 10, 4, 4, 0, true}, {0}, 4, true},             /* cubes */
    {{1, 20, 60, 31, 62, 60, true}, {0}, 3, false},
    {{1, 3, 10, 3, 3, 20, true}, {.public_key = 1}, 3, true},
    {{2, 3, 10, 3, 3, 30, true}, {0}, 5, true},
    {{2, 2, 8, 2, 3, 20, true}, {.public_key = 1}, 3, false},
    {{3, 2, 6, 1, 2, 20, true}, {0}, 3, false},
    {{1, 3, 8, 3, 3, 18, true}, {.scheme = CN_SCHEME_YASHE}, 3, false},
};

START_TEST(test_infer_kinds) {
    int done = 0;
    size_t tried = TST_ITERS(kinds[_i].nets);
    for (size_t k = 0; k < tried; k++) {
        cn_model *m = tst_net_random(&kinds[_i].choice);
        cn_status s = check_net(m, &kinds[_i].options, 1 + (unsigned)tst_below(3), 1 + tst_below(20));
        if (kinds[_i].always) ck_assert_msg(s == CN_OK, "%s: %s", cn_status_name(s), cn_error_text());
        done += s == CN_OK;
        cn_model_free(m);
    }
    if (kinds[_i].always) ck_assert_int_gt(done, 0);
}
END_TEST

/** Two activations, conv with asymmetric padding, pool, poly with all coefficients; inputs 2 x 3 x 3, scores about 2^16. */
static cn_model *mixed_net(void) {
    static const uint32_t pad[4] = {1, 0, 0, 2};
    static const int64_t conv[2 * 2 * 4] = {1, -1, 2, 0, 1, 1, -2, 1, 0, 1, 1, -1, 2, 1, 0, -1};
    static const int64_t dense[2 * 8] = {1, 0, -1, 1, 1, -1, 0, 1, -1, 1, 1, 0, 1, 0, 1, -1};
    cn_model *m = tst_net_new(2, 3, 3);
    for (int i = 0; i < 256; i++) m->lut[i] = i % 5 - 2;
    cn_layer *l = tst_net_conv(m, 2, 2, 1, pad, 0, 0); /* 2 x 4 x 3 */
    memcpy(l->weight, conv, sizeof conv);
    l->bias[0] = 3, l->bias[1] = -2;
    tst_net_square(m);
    tst_net_pool(m, 2, 1); /* 2 x 3 x 2 */
    tst_net_pool(m, 2, 1); /* 2 x 2 x 1 */
    tst_net_poly(m, -1, 3, -5);
    l = tst_net_dense(m, 3, 0, 0);
    memcpy(l->weight, dense, 12 * sizeof *dense);
    l->bias[1] = 1000;
    m->has_window = true;
    m->window_lo = -40000;
    m->window_t = 70000;
    return tst_net_finish(m);
}

START_TEST(test_infer_options) {
    static const cn_plan_options choice[] = {
        {.strict = 1},      {.public_key = 1},  {.strict = 1, .public_key = 1}, {.plains = 1},      {.plains = 2},     {.plains = 3},
        {.digit_bits = 8},  {.digit_bits = 15}, {.digit_bits = 23},             {.digit_bits = 46}, {.ring_degree = 16384},
        {.strict = 1, .public_key = 1, .plains = 2, .digit_bits = 20, .ring_degree = 16384},
        {.scheme = CN_SCHEME_YASHE}, {.scheme = CN_SCHEME_YASHE, .strict = 1, .plains = 2, .digit_bits = 20, .ring_degree = 32768},
    };
    cn_model *m = mixed_net();
    for (size_t i = 0; i < CN_ARRAY_LEN(choice); i++) {
        cn_status s = check_net(m, &choice[i], 2, 5);
        ck_assert_msg(s == CN_OK, "options %zu: %s", i, cn_error_text());
    }
    cn_model_free(m);
}
END_TEST

/** The largest coefficients that a model can hold, far beyond every t: encrypted equals clear. */
START_TEST(test_infer_extreme_poly) {
    static const int64_t poly[][2] = {{-INT64_MAX, 5}, {INT64_MAX, -INT64_MAX}, {-INT64_MAX, INT64_MAX}};
    for (size_t i = 0; i < CN_ARRAY_LEN(poly); i++) {
        cn_model *m = tst_net_new(1, 1, 3);
        tst_net_poly(m, 1, poly[i][0], poly[i][1]);
        tst_net_dense(m, 2, 3, 3);
        m->has_window = true;
        m->window_lo = -1000;
        m->window_t = 1000000;
        m = tst_net_finish(m);
        cn_status s = check_net(m, &(cn_plan_options){0}, 1, 7);
        ck_assert_msg(s == CN_OK, "%zu: %s", i, cn_error_text());
        cn_model_free(m);
    }
}
END_TEST

/** (x0 - 2 x1)^2 and friends: one activation on two inputs, fits n = 4096. */
static cn_model *tiny_net(void) {
    cn_model *m = tst_net_new(1, 1, 2);
    for (int i = 0; i < 256; i++) m->lut[i] = i / 16;
    cn_layer *l = tst_net_dense(m, 2, 0, 0);
    l->weight[0] = l->weight[3] = 1;
    l->weight[1] = l->weight[2] = -2;
    tst_net_square(m);
    l = tst_net_dense(m, 2, 0, 0);
    l->weight[0] = l->weight[2] = l->weight[3] = 3;
    l->bias[1] = -100;
    return tst_net_finish(m);
}

/** One image, one less than all slots, all slots. */
START_TEST(test_infer_counts) {
    cn_model *m = tiny_net();
    const cn_plan_options options = {.ring_degree = 4096};
    static const size_t count[] = {1, 2, 15, 16, 17, 4095, 4096};
    for (size_t i = 0; i < CN_ARRAY_LEN(count); i++) ck_assert_int_eq(check_net(m, &options, 2, count[i]), CN_OK);
    cn_model_free(m);
}
END_TEST

/** Fewer scores may be asked for than the reply holds. */
START_TEST(test_infer_fewer_scores) {
    cn_model *m = tiny_net();
    cn_i128 all[10], some[6];
    uint8_t *pixels = tst_net_pixels(m, 5);
    tst_session s;
    ck_assert_int_eq(tst_session_run(&s, all, m, NULL, 1, pixels, 5), CN_OK);
    ck_assert_int_eq(cn_client_decrypt(some, s.client, s.reply, 3), CN_OK);
    ck_assert_mem_eq(some, all, sizeof some);
    tst_session_clear(&s);
    free(pixels);
    cn_model_free(m);
}
END_TEST

/** SHA3-256 of a request's bytes and of the residues of a reply. */
static void digest_request(uint8_t digest[32], const cn_request *r) {
    cn_sha3 h;
    cn_sha3_init(&h);
    cn_sha3_update(&h, r->seed, sizeof r->seed);
    cn_sha3_update(&h, r->data, r->bytes);
    cn_sha3_final(&h, digest);
}

static void digest_reply(uint8_t digest[32], const cn_reply *r) {
    cn_sha3 h;
    cn_sha3_init(&h);
    for (size_t i = 0; i < r->ciphers; i++)
        for (unsigned p = 0; p < r->cipher[i]->parts; p++)
            for (unsigned l = 0; l < r->cipher[i]->part[p].limbs; l++)
                for (size_t k = 0; k < r->cipher[i]->part[p].n; k++) cn_sha3_u64(&h, cn_poly_limb(&r->cipher[i]->part[p], l)[k]);
    cn_sha3_final(&h, digest);
}

/** The same generator: the same bytes of request and reply for every number of threads; other generators, other bytes. */
START_TEST(test_infer_threads) {
    const cn_plan_options options[] = {{0}, {.public_key = 1, .plains = 2}, {.scheme = CN_SCHEME_YASHE}};
    cn_model *m = mixed_net();
    uint8_t *pixels = tst_net_pixels(m, 4), request[32], reply[32], first_request[32], first_reply[32];
    for (size_t o = 0; o < CN_ARRAY_LEN(options); o++)
        for (unsigned run = 0; run < 4; run++) { /* 1, 2, 3 threads; then another seed */
            cn_i128 scores[12];
            tst_session s;
            cn_test_rng_deterministic(run < 3 ? 50 : 60);
            ck_assert_int_eq(tst_session_run(&s, scores, m, &options[o], 1 + run % 3, pixels, 4), CN_OK);
            digest_request(request, s.request);
            digest_reply(reply, s.reply);
            if (run == 0) {
                memcpy(first_request, request, 32);
                memcpy(first_reply, reply, 32);
            }
            ck_assert_int_eq(memcmp(request, first_request, 32) == 0, run < 3);
            ck_assert_int_eq(memcmp(reply, first_reply, 32) == 0, run < 3);
            tst_session_clear(&s);
        }
    cn_test_rng_system();
    free(pixels);
    cn_model_free(m);
}
END_TEST

/** Request and reply hold as many bytes as the plan says, in packed form. */
START_TEST(test_infer_bytes) {
    const cn_plan_options options[] = {{0}, {.public_key = 1, .plains = 2}, {.scheme = CN_SCHEME_YASHE}};
    cn_model *m = mixed_net();
    uint8_t *pixels = tst_net_pixels(m, 1);
    for (size_t o = 0; o < CN_ARRAY_LEN(options); o++) {
        size_t request, reply, key, bits = 0;
        cn_i128 scores[3];
        tst_session s;
        ck_assert_int_eq(tst_session_run(&s, scores, m, &options[o], 1, pixels, 1), CN_OK);
        cn_plan_bytes(s.plan, &request, &reply, &key);
        ck_assert_uint_eq(cn_request_bytes(s.request), request);
        ck_assert_uint_eq(cn_reply_bytes(s.reply), reply);
        for (size_t i = 0; i < s.reply->ciphers; i++)
            for (unsigned p = 0; p < s.reply->cipher[i]->parts; p++)
                for (unsigned l = 0; l < s.reply->cipher[i]->part[p].limbs; l++) {
                    unsigned width = 0;
                    while (s.plan->params.q[l] >> width) width++;
                    bits += width * s.plan->params.n;
                }
        ck_assert_uint_eq(reply, bits / 8);
        ck_assert_ptr_nonnull(cn_client_evaluation_key(s.client));
        const cn_context *ctx;
        cn_test_client_key(&ctx, s.client);
        ck_assert_uint_eq(key, cn_relin_key_wire_bytes(cn_client_evaluation_key(s.client), ctx));
        tst_session_clear(&s);
    }
    free(pixels);
    cn_model_free(m);
}
END_TEST

/** Digest of scores as decimal numbers. */
static void digest_scores(uint8_t digest[32], const cn_i128 *scores, size_t count) {
    cn_sha3 h;
    cn_sha3_init(&h);
    for (size_t i = 0; i < count; i++) {
        char text[41];
        cn_score_text(text, scores[i]);
        cn_sha3_update(&h, text, strlen(text) + 1);
    }
    cn_sha3_final(&h, digest);
}

static void check_hex(const uint8_t digest[32], const char *expected, const char *what, size_t number) {
    char hex[65];
    cn_hex(hex, digest, 32);
    ck_assert_msg(strcmp(hex, expected) == 0, "%s %zu: expected %s, found %s", what, number, expected, hex);
}

/** Pinned: what seeds, plan and network give, on every machine, by every kernel table and in every floating-point mode. */
START_TEST(test_infer_known_answer) {
    static const struct {
        cn_model *(*net)(void);
        cn_plan_options options;
        const char *request, *reply, *scores;
    } known[] = {
        {tiny_net, {0}, "b592a64bbc846a4732eecf938781290e3dddd26a3632787e13cff070d853c9b5",
         "6fe18239ccd6a2aa19241c18b99a2562e3725386efafde40ca264b15c3806049",
         "0131f0c24ad6d4ee11f349f1be1a4520bd258ea8b85307319cfb8c2c149bce00"},
        {tiny_net, {.public_key = 1}, "6e28414cd9bfc58150eae5e3ba0f8c0e2dc9fe247b54ea50065924bc7f6120cc",
         "0ac63b58e14546eb85b3072bb7e09f30a406c86ce3a2e146db7b7a8d0f9d7db3",
         "0131f0c24ad6d4ee11f349f1be1a4520bd258ea8b85307319cfb8c2c149bce00"},
        {tiny_net, {.model_privacy = 40}, "7e9abbc2d9858e37e53246c579e3707ae9d2f712dd5236034a7784b384c48fb1",
         "0108efb942de332883aa2e4ee55dbe266516b4a2d918520824da213a89885884",
         "0131f0c24ad6d4ee11f349f1be1a4520bd258ea8b85307319cfb8c2c149bce00"},
        {mixed_net, {.scheme = CN_SCHEME_YASHE}, "a7b68b4c21231ae2532e30d51bf3b5344cf8fdb5d0af024dafc43f40c8cf4c63",
         "06dc81d553c1fbb92924e95fcf391d867e98490184b7ad2eda21a3ff7e999475",
         "6667fb2c517b0666a303c47cb6e63dc442a18293f6b14748148c86bc09867a31"},
        {mixed_net, {0}, "7ca87d34e2c0fcaa1601f3215695cf97c335b4a79dc0a154566a765607b1776b",
         "c9266f3553974b362926df10b4b83efea00c8212db6b8cb1683e218c91ec59cf",
         "7f91113d1f96b53bc36455f6be50ab2153d7c6c53d39d51dcb4214a9df210bfd"},
    };
    static const int by_hand[6] = {675, 3275, 75, -22, 972, 872}; /* the tiny network on (15, 0), (1, 3), (6, 12) */
    size_t tables;
    const cn_kernels *const *table = cn_kernels_all(&tables);
    const unsigned mode = (unsigned)_i % TST_FLOAT_MODES, threads = 1 + mode % 2; /* workers are in the caller's mode */
    setenv("CRYPTONETS_CPU", cn_isa_name(table[_i / TST_FLOAT_MODES]->isa), 1); /* heard where tests run in their own process, as they do by default */
    tst_float_mode_set(mode);
    for (size_t k = 0; k < CN_ARRAY_LEN(known); k++) {
        uint8_t digest[32], pixels[3 * 18] = {255, 0, 16, 48, 100, 200};
        cn_i128 scores[3 * 3];
        tst_session s;
        cn_model *m = known[k].net();
        for (size_t i = 6; i < sizeof pixels; i++) pixels[i] = (uint8_t)(37 * i);
        cn_test_rng_deterministic(2025);
        ck_assert_int_eq(tst_session_run(&s, scores, m, &known[k].options, threads, pixels, 3), CN_OK);
        for (int i = 0; k == 0 && i < 6; i++) ck_assert_int_eq((int)scores[i], by_hand[i]);
        digest_request(digest, s.request);
        check_hex(digest, known[k].request, "request", k);
        digest_reply(digest, s.reply);
        check_hex(digest, known[k].reply, "reply", k);
        digest_scores(digest, scores, 3 * cn_model_outputs(m));
        check_hex(digest, known[k].scores, "scores", k);
        tst_session_clear(&s);
        cn_model_free(m);
    }
    ck_assert(tst_float_mode_kept());
    tst_float_mode_set(0);
    cn_test_rng_system();
}
END_TEST

Suite *cn_suite_infer_random(void) {
    Suite *s = suite_create("infer_random");
    TCase *c = tcase_create("infer_random");
    size_t tables;
    cn_kernels_all(&tables);
    tcase_add_loop_test(c, test_infer_kinds, 0, CN_ARRAY_LEN(kinds));
    tcase_add_test(c, test_infer_options);
    tcase_add_test(c, test_infer_extreme_poly);
    tcase_add_test(c, test_infer_counts);
    tcase_add_test(c, test_infer_fewer_scores);
    tcase_add_test(c, test_infer_threads);
    tcase_add_test(c, test_infer_bytes);
    tcase_add_loop_test(c, test_infer_known_answer, 0, (int)(tables * TST_FLOAT_MODES));
    suite_add_tcase(s, c);
    return s;
}
