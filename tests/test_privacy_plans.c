/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Plans with model privacy: what they cost, which options are refused, what their files say of it, and that a server does not
 *  believe one that floods less than its model asks for. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "he/flood.h"
#include "he/params.h"
#include "netgen.h"
#include "nn/server.h"
#include "proto/frame.h"
#include "testing.h"

/** What the option costs the shipped networks: pinned, as what they are without it is in test_plan.c. */
START_TEST(prices) {
    static const struct {
        const char *name;
        unsigned privacy;
        size_t n;
        unsigned limbs, reply, flood;
        double log2_q;
    } price[] = {
        {"paper-small", 40, 8192, 6, 2, 127, 213.1}, {"paper-small", 64, 16384, 7, 2, 153, 242.0},
        {"depth1", 40, 8192, 3, 1, 110, 132.0},      {"depth1", 64, 8192, 4, 1, 129, 151.0},
    };
    for (size_t i = 0; i < CN_ARRAY_LEN(price); i++) {
        const cn_plan_options options = {.model_privacy = price[i].privacy};
        cn_model *m = tst_net_shipped(price[i].name);
        cn_plan *p, *without;
        ck_assert_int_eq(cn_plan_new(&p, m, &options), CN_OK);
        ck_assert_int_eq(cn_plan_new(&without, m, NULL), CN_OK);
        ck_assert_msg(p->params.n == price[i].n && p->params.limbs == price[i].limbs && p->schedule.reply == price[i].reply &&
                          p->flood_bits == price[i].flood && fabs(cn_params_log2_q(&p->params) - price[i].log2_q) < 0.1,
                      "%s, %u: n = %zu, %u primes, %u kept, flood %u, log2 q = %.1f", price[i].name, price[i].privacy,
                      p->params.n, p->params.limbs, p->schedule.reply, p->flood_bits, cn_params_log2_q(&p->params));
        ck_assert_mem_ne(p->digest, without->digest, 32);
        ck_assert(p->output_power == 1 && p->key_power == 2 && without->output_power == 2);
        ck_assert(cn_plan_public_key_needed(p) && !cn_plan_public_key_needed(without));
        ck_assert_double_ge(p->forecast.headroom, log2(p->quantile)); /* the failure probability is what it is without */
        /* the flood by its definition, from the row before it */
        size_t rows;
        const cn_ledger_row *r = cn_plan_ledger(p, &rows);
        ck_assert_str_eq(r[rows - 3].name, "relinearise");
        ck_assert_str_eq(r[rows - 2].name, "flood");
        ck_assert_str_eq(r[rows - 1].name, "switch");
        double sigma = 0.5 * log2(exp2(2 * r[rows - 3].log2_noise) + cn_noise_fresh_public(p->params.n).var);
        ck_assert_double_ge(p->flood_bits, p->options.model_privacy + log2(10.0 * (double)p->params.n) + sigma - 1e-6);
        ck_assert_double_eq_tol(r[rows - 2].log2_noise, p->flood_bits - 0.5 * log2(12), 0.01);
        cn_plan_free(without);
        cn_plan_free(p);
        cn_model_free(m);
    }
}
END_TEST

START_TEST(refused_options) {
    static const struct {
        cn_plan_options options;
        cn_status status;
    } refused[] = {
        {{.model_privacy = 40, .scheme = CN_SCHEME_YASHE}, CN_ERR_UNSUPPORTED},
        {{.model_privacy = 39}, CN_ERR_RANGE},
        {{.model_privacy = 1}, CN_ERR_RANGE},
        {{.model_privacy = 129}, CN_ERR_RANGE},
        {{.model_privacy = 128, .ring_degree = 4096}, CN_ERR_PLAN},
        {{.scale_scores = 8}, CN_ERR_UNSUPPORTED},
        {{.model_privacy = 40, .scale_scores = 1}, CN_ERR_RANGE},
        {{.model_privacy = 40, .scale_scores = 33}, CN_ERR_RANGE},
    };
    cn_model *m = tst_net_private(1, false);
    for (size_t i = 0; i < CN_ARRAY_LEN(refused); i++) {
        cn_plan *p = (cn_plan *)m;
        ck_assert_int_eq(cn_plan_new(&p, m, &refused[i].options), refused[i].status);
        ck_assert_ptr_null(p);
    }
    const cn_plan_options most = {.model_privacy = 40, .scale_scores = 32};
    cn_plan *p;
    for (unsigned bits = 93; bits <= 96; bits++) { /* the window times 2^32: refused from 2^126 on */
        m->window_t = (cn_i128)1 << bits;
        m->window_lo = -m->window_t / 2;
        tst_net_finish(m);
        cn_status status = cn_plan_new(&p, m, &most);
        ck_assert_msg((status == CN_ERR_RANGE) == (bits > 94), "2^%u: %s", bits, cn_status_name(status));
        cn_plan_free(p);
    }
    cn_model_free(m);
}
END_TEST

/** Content of a plan file as it is read back: every field of model privacy, and what it may not say. */
START_TEST(plan_content) {
    const cn_plan_options options = {.model_privacy = 64, .scale_scores = 9};
    cn_model *m = tst_net_private(2, false);
    cn_plan *p, *again;
    uint8_t *content = malloc(CN_PLAN_CONTENT_MAX), *copy = malloc(CN_PLAN_CONTENT_MAX);
    ck_assert_int_eq(cn_plan_new(&p, m, &options), CN_OK);
    size_t size = cn_plan_content(content, p), name = strlen(p->model_name), at = size - name - 4 - 16;
    ck_assert_int_eq(cn_plan_content_parse(&again, content, size), CN_OK);
    ck_assert_mem_eq(again->digest, p->digest, 32);
    ck_assert(again->options.model_privacy == 64 && again->schedule.privacy == 64);
    ck_assert(again->options.scale_scores == 9 && again->schedule.scale == 9);
    ck_assert(again->flood_bits == p->flood_bits && again->schedule.reply == p->schedule.reply);
    ck_assert(again->key_power == 2 && again->output_power == 1);
    ck_assert_uint_eq(cn_plan_content(copy, again), size);
    ck_assert_mem_eq(copy, content, size);
    cn_plan_free(again);
    static const struct {
        unsigned field;
        uint8_t value;
    } bad[] = {{0, 39}, {0, 129}, {0, 0}, {1, 1}, {1, 33}, {2, 63}, {3, 0}, {3, 24}};
    for (size_t i = 0; i < CN_ARRAY_LEN(bad); i++) {
        memcpy(copy, content, size);
        copy[at + 4 * bad[i].field] = bad[i].value;
        ck_assert_int_eq(cn_plan_content_parse(&again, copy, size), CN_ERR_RANGE);
        ck_assert_ptr_null(again);
    }
    copy[at + 12] = (uint8_t)p->schedule.limbs[p->segments - 1]; /* nothing dropped */
    ck_assert_int_eq(cn_plan_content_parse(&again, copy, size), CN_ERR_RANGE);
    memcpy(copy, content, size);
    copy[0] &= (uint8_t)~4u; /* the flag alone: four numbers too many */
    ck_assert_int_ne(cn_plan_content_parse(&again, copy, size), CN_OK);
    copy[0] |= 16;
    ck_assert_int_eq(cn_plan_content_parse(&again, copy, size), CN_ERR_FORMAT);
    free(copy);
    free(content);
    cn_plan_free(p);
    cn_model_free(m);
}
END_TEST

/** A server does not believe a plan from elsewhere that floods less than the model asks for. */
START_TEST(forged_flood) {
    const cn_plan_options options = {.model_privacy = 40};
    cn_model *m = tst_net_private(1, false);
    uint8_t *content = malloc(CN_PLAN_CONTENT_MAX);
    cn_plan *p, *known;
    cn_client *c;
    cn_server *s;
    ck_assert_int_eq(cn_plan_new(&p, m, &options), CN_OK);
    ck_assert_int_eq(cn_client_new(&c, p, 1), CN_OK);
    for (int less = 0; less < 2; less++) {
        p->flood_bits -= (unsigned)less;
        size_t size = cn_plan_content(content, p);
        ck_assert_int_eq(cn_plan_content_parse(&known, content, size), CN_OK);
        ck_assert_int_eq(cn_server_new(&s, known, m, cn_client_evaluation_key(c), 1), less ? CN_ERR_MISMATCH : CN_OK);
        cn_server_free(s);
        cn_plan_free(known);
    }
    cn_client_free(c);
    cn_plan_free(p);
    free(content);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_privacy_plans(void) {
    Suite *s = suite_create("privacy_plans");
    TCase *c = tcase_create("privacy_plans");
    tcase_add_test(c, prices);
    tcase_add_test(c, refused_options);
    tcase_add_test(c, plan_content);
    tcase_add_test(c, forged_flood);
    suite_add_tcase(s, c);
    return s;
}
