/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Networks with model privacy: flooded replies have the scores of the clear network, noise as predicted that does not depend on
 *  the weights, random slots where nobody asked; keys that are missing or do not belong together are refused. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clear_naive.h"
#include "he/flood.h"
#include "he/params.h"
#include "netgen.h"
#include "nn/server.h"
#include "testing.h"

/** Scores like those of the clear network; a reply of two parts at its level; its noise as the plan says. */
static void check_session(const tst_session *s, const cn_i128 *scores, const cn_model *m, const uint8_t *pixels, size_t count) {
    const cn_plan *p = s->plan;
    const cn_context *ctx;
    const cn_secret_key *sk = cn_test_client_key(&ctx, s->client);
    size_t n = p->params.n, bytes = 0;
    cn_i128 *clear = malloc(count * p->outputs * sizeof *clear);
    uint64_t *values = malloc(n * sizeof *values);
    double worst = -100, forecast = p->forecast.output;
    ck_assert_int_eq(cn_clear_scores(clear, NULL, p, m, pixels, count, 1), CN_OK);
    ck_assert_mem_eq(scores, clear, count * p->outputs * sizeof *clear);
    for (size_t c = 0; c < s->reply->ciphers; c++) {
        double sigma, top;
        const cn_cipher *r = s->reply->cipher[c];
        ck_assert(cn_cipher_parts(r) == 2 && cn_cipher_limbs(r) == p->schedule.reply);
        ck_assert(cn_cipher_factor(r) == cn_plan_reply_factor(p, r->branch, ctx));
        ck_assert_int_eq(cn_decrypt(values, n, r, sk, ctx), CN_OK);
        cn_i128 t = (cn_i128)p->params.t[r->branch];
        for (size_t i = 0; i < count; i++) {
            cn_i128 score = clear[i * p->outputs + c % p->outputs];
            TST_CHECK(values[i] == (uint64_t)((score % t + t) % t));
        }
        ck_assert_int_eq(cn_test_noise(&sigma, &top, r, values, sk, ctx), CN_OK);
        ck_assert_msg(top <= forecast + log2(p->quantile), "coefficient 2^%.2f, forecast 2^%.2f", top, forecast);
        ck_assert_msg(fabs(sigma - forecast) < 0.5, "score %zu: 2^%.2f, forecast 2^%.2f", c, sigma, forecast);
        worst = fmax(worst, sigma);
    }
    bool near = worst - forecast > -0.3 && worst - forecast < 0.15;
    ck_assert_msg(near, "worst score: 2^%.2f, forecast 2^%.2f", worst, forecast);
    for (unsigned l = 0; l < p->schedule.reply; l++) bytes += n / 8 * cn_params_bits(p->params.q[l]);
    ck_assert_uint_eq(cn_reply_bytes(s->reply), p->params.plains * p->outputs * 2 * bytes);
    free(values);
    free(clear);
}

static const struct {
    unsigned depth;
    bool cube;
    cn_plan_options options;
} small[] = {
    {0, false, {.model_privacy = 40}},
    {1, false, {.model_privacy = 40}},
    {2, false, {.model_privacy = 64}},
    {1, false, {.model_privacy = 128, .public_key = 1}},
    {2, false, {.model_privacy = 40, .plains = 2}},
    {1, true, {.model_privacy = 64, .strict = 1}},
};

START_TEST(networks) {
    enum { IMAGES = 4 };
    cn_model *m = tst_net_private(small[_i].depth, small[_i].cube);
    uint8_t *pixels = tst_net_pixels(m, IMAGES);
    cn_i128 scores[3 * IMAGES];
    tst_session s;
    cn_status status = tst_session_run(&s, scores, m, &small[_i].options, 2, pixels, IMAGES);
    ck_assert_msg(status == CN_OK, "%s: %s", cn_status_name(status), cn_error_text());
    check_session(&s, scores, m, pixels, IMAGES);
    tst_session_clear(&s);
    free(pixels);
    cn_model_free(m);
}
END_TEST

/** Shipped networks on drawn digits. */
START_TEST(shipped) {
    enum { IMAGES = 3 };
    static const char *const name[] = {"depth1", "paper-small"};
    const cn_plan_options options = {.model_privacy = 40};
    cn_model *m = tst_net_shipped(name[_i]);
    cn_dataset d;
    cn_i128 scores[10 * IMAGES];
    tst_session s;
    ck_assert_int_eq(cn_dataset_draw_digits(&d, IMAGES, tst_u64()), CN_OK);
    ck_assert_int_eq(tst_session_run(&s, scores, m, &options, 2, d.pixels, IMAGES), CN_OK);
    check_session(&s, scores, m, d.pixels, IMAGES);
    tst_session_clear(&s);
    cn_dataset_clear(&d);
    cn_model_free(m);
}
END_TEST

/** The same randomness gives the same reply from any number of threads; fresh randomness another one, with the same scores, and
 *  with other values in every slot that nobody asked for. */
START_TEST(random_slots) {
    enum { IMAGES = 2 };
    const cn_plan_options options = {.model_privacy = 40};
    cn_model *m = tst_net_private(1, false);
    uint8_t *pixels = tst_net_pixels(m, IMAGES), digest[3][32];
    cn_i128 scores[3 * IMAGES], *all[2];
    cn_reply *reply[2];
    tst_session s;
    for (unsigned threads = 1; threads <= 3; threads++) {
        cn_test_rng_deterministic(70);
        ck_assert_int_eq(tst_session_run(&s, scores, m, &options, threads, pixels, IMAGES), CN_OK);
        cn_test_rng_system();
        ck_assert_int_eq(cn_reply_digest(digest[threads - 1], s.reply), CN_OK);
        ck_assert_mem_eq(digest[threads - 1], digest[0], 32);
        if (threads < 3) tst_session_clear(&s);
    }
    size_t n = s.plan->params.n, same = 0;
    for (int k = 0; k < 2; k++) {
        all[k] = malloc(3 * n * sizeof *all[k]);
        ck_assert_int_eq(cn_server_evaluate(&reply[k], s.server, s.request, NULL, NULL, NULL), CN_OK);
        ck_assert_int_eq(cn_reply_digest(digest[k], reply[k]), CN_OK);
        reply[k]->count = n; /* look at all slots */
        ck_assert_int_eq(cn_client_decrypt(all[k], s.client, reply[k], n), CN_OK);
        ck_assert_mem_eq(all[k], scores, sizeof scores);
        cn_reply_free(reply[k]);
    }
    ck_assert_mem_ne(digest[0], digest[1], 32);
    for (size_t i = 3 * IMAGES; i < 3 * n; i++) same += all[0][i] == all[1][i];
    ck_assert_uint_le(same, 3); /* T is 2^20: expected 0.01 */
    free(all[0]);
    free(all[1]);
    tst_session_clear(&s);
    free(pixels);
    cn_model_free(m);
}
END_TEST

/** Scaled scores: one number for each image, the same in all scores and branches, another one in another reply; labels as they
 *  were. */
static const struct {
    unsigned depth;
    unsigned window_bits; /* enough for all scores */
    cn_plan_options options;
} scaled[] = {
    {1, 22, {.model_privacy = 40, .scale_scores = 8}},
    {0, 10, {.model_privacy = 40, .scale_scores = 32}},
    {2, 48, {.model_privacy = 64, .scale_scores = 16, .plains = 2}},
    {1, 22, {.model_privacy = 40, .scale_scores = 2, .public_key = 1}},
};

START_TEST(scaled_scores) {
    enum { IMAGES = 40, OUTPUTS = 3 };
    const cn_plan_options *o = &scaled[_i].options;
    cn_model *m = tst_net_private(scaled[_i].depth, false);
    m->window_t = (cn_i128)1 << scaled[_i].window_bits;
    m->window_lo = -m->window_t / 2;
    tst_net_finish(m);
    cn_plan_options unscaled = *o;
    unscaled.scale_scores = 0;
    uint8_t *pixels = tst_net_pixels(m, IMAGES);
    cn_i128 scores[OUTPUTS * IMAGES], clear[OUTPUTS * IMAGES], most = ((cn_i128)1 << o->scale_scores) - 1;
    int64_t first[IMAGES] = {0}, top = 0;
    size_t outside, same = 0, known = 0, filled = 0;
    cn_plan *plain;
    tst_session s;
    ck_assert_int_eq(cn_plan_new(&plain, m, &unscaled), CN_OK);
    ck_assert_int_eq(tst_session_run(&s, scores, m, o, 2, pixels, IMAGES), CN_OK);
    ck_assert_int_eq(cn_clear_scores(clear, &outside, plain, m, pixels, IMAGES, 1), CN_OK);
    ck_assert_uint_eq(outside, 0);
    ck_assert(s.plan->window_low <= plain->window_low * (plain->window_low < 0 ? most : 1));
    ck_assert(s.plan->window_low + s.plan->window_t >= (plain->window_low + plain->window_t) * most);
    ck_assert(tst_plan_t(s.plan) >= s.plan->window_t);
    for (int run = 0; run < 2; run++) {
        for (size_t i = 0; i < IMAGES; i++) {
            const cn_i128 *a = scores + i * OUTPUTS, *b = clear + i * OUTPUTS;
            cn_i128 least = 1, greatest = most; /* what r can be: 0 <= a - r b < r for all scores */
            for (size_t k = 0; k < OUTPUTS; k++) {
                if (b[k] > 0) least = CN_MAX(least, a[k] / (b[k] + 1) + 1), greatest = CN_MIN(greatest, a[k] / b[k]);
                if (b[k] == 0) least = CN_MAX(least, a[k] + 1), ck_assert(a[k] >= 0);
                if (b[k] == -1) least = CN_MAX(least, -a[k]), ck_assert(a[k] < 0);
                if (b[k] < -1) least = CN_MAX(least, (-a[k] - 1) / -b[k] + 1);
                if (b[k] < -1) greatest = CN_MIN(greatest, (-a[k] - 1) / (-b[k] - 1));
                filled += b[k] && a[k] % b[k];
            }
            ck_assert_msg(least <= greatest, "image %zu: no number from 1 to 2^%u - 1 gives these scores", i, o->scale_scores);
            for (size_t k = 0; k < OUTPUTS; k++)
                for (size_t l = 0; l < OUTPUTS; l++) ck_assert(b[k] <= b[l] || a[k] > a[l]); /* their order */
            known += run;
            same += run && first[i] == (int64_t)least;
            first[i] = (int64_t)least;
            top = CN_MAX(top, (int64_t)least);
        }
        cn_reply_free(s.reply);
        ck_assert_int_eq(cn_server_evaluate(&s.reply, s.server, s.request, NULL, NULL, NULL), CN_OK);
        ck_assert_int_eq(cn_client_decrypt(scores, s.client, s.reply, IMAGES), CN_OK);
    }
    ck_assert_uint_gt(known, IMAGES / 2);
    ck_assert_uint_lt(same, o->scale_scores > 2 ? 5 : known); /* each with chance 1 / most */
    ck_assert(top > most / 2);
    ck_assert_uint_gt(filled, IMAGES); /* no common divisor gives the number away */
    /* noise as predicted, and the flood sized for it: values of all slots from decryption */
    size_t n = s.plan->params.n, rows;
    const cn_ledger_row *row = cn_plan_ledger(s.plan, &rows);
    ck_assert_str_eq(row[rows - 3].name, "scale");
    double growth = log2((double)s.plan->params.t[s.plan->params.plains - 1]) + 0.5 * log2((double)n / 12);
    ck_assert_double_eq_tol(row[rows - 3].log2_noise, row[rows - 4].log2_noise + growth, 0.01);
    double coefficients = (double)(n * s.reply->ciphers);
    ck_assert_double_ge(s.plan->flood_bits, o->model_privacy + log2(coefficients) + row[rows - 3].log2_noise - 1e-6);
    const cn_context *ctx;
    const cn_secret_key *sk = cn_test_client_key(&ctx, s.client);
    uint64_t *values = malloc(n * sizeof *values);
    for (size_t c = 0; c < s.reply->ciphers; c++) {
        double sigma, largest;
        ck_assert_int_eq(cn_decrypt(values, n, s.reply->cipher[c], sk, ctx), CN_OK);
        ck_assert_int_eq(cn_test_noise(&sigma, &largest, s.reply->cipher[c], values, sk, ctx), CN_OK);
        ck_assert_msg(fabs(sigma - s.plan->forecast.output) < 0.4, "2^%.2f, forecast 2^%.2f", sigma, s.plan->forecast.output);
    }
    free(values);
    tst_session_clear(&s);
    cn_plan_free(plain);
    free(pixels);
    cn_model_free(m);
}
END_TEST

<<<<<<< HEAD
=======
/** Noise after scaling, by the rule for plaintext products: what the flood is sized for. */
START_TEST(scaled_noise) {
    enum { COUNT = 100 };
    tst_he h = tst_he_realistic(1);
    const cn_params *p = cn_context_params(h.ctx);
    for (unsigned branch = 0; branch < 2; branch++) {
        cn_scales s;
        uint64_t *v = tst_slots(&h, branch);
        cn_cipher *c = tst_encrypt(&h, v, branch, false);
        const cn_mod *t = cn_t(h.ctx, branch);
        double sigma, top;
        ck_assert_int_eq(cn_scales_draw(&s, COUNT, 1, 12), CN_OK);
        const int64_t *r = s.r;
        for (size_t i = 0; i < h.n; i++) v[i] = i < COUNT ? cn_mod_mul(v[i], (uint64_t)r[i], t) : 0;
        ck_assert_int_eq(cn_mul_plain(c, r, COUNT, h.ctx), CN_OK);
        ck_assert_int_eq(cn_test_noise(&sigma, &top, c, v, h.sk, h.ctx), CN_OK);
        ck_assert_double_eq_tol(sigma, cn_noise_log2(cn_noise_mul_plain(cn_noise_fresh_secret(), p->t[branch], h.n)), 0.15);
        cn_scales_clear(&s);
        cn_cipher_free(c);
        free(v);
    }
    tst_he_free(&h);
}
END_TEST

/** All numbers of the range are drawn. */
START_TEST(scales) {
    cn_scales s;
    size_t seen[8] = {0}, fill[8] = {0};
    ck_assert_int_eq(cn_scales_draw(&s, 8000, 2, 3), CN_OK);
    for (size_t i = 0; i < 8000; i++) {
        TST_CHECK(s.r[i] >= 1 && s.r[i] <= 7);
        seen[s.r[i]]++;
        for (size_t k = 0; k < 2; k++) {
            TST_CHECK(s.e[k * 8000 + i] < (uint64_t)s.r[i]);
            fill[s.e[k * 8000 + i]] += s.r[i] == 7;
        }
    }
    for (size_t k = 1; k <= 7; k++) ck_assert_double_eq_tol((double)seen[k], 8000.0 / 7, 200); /* six standard deviations */
    for (size_t k = 0; k < 7; k++) ck_assert_double_eq_tol((double)fill[k], 16000.0 / 49, 130); /* seven */
    cn_scales_clear(&s);
}
END_TEST

/* ---- plans --------------------------------------------------------------------------------- */

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
        {"depth1", 40, 8192, 3, 1, 110, 132.0},       {"depth1", 64, 8192, 4, 1, 129, 151.0},
    };
    for (size_t i = 0; i < CN_ARRAY_LEN(price); i++) {
        const cn_plan_options options = {.model_privacy = price[i].privacy};
        cn_model *m = tst_net_shipped(price[i].name);
        cn_plan *p, *without;
        ck_assert_int_eq(cn_plan_new(&p, m, &options), CN_OK);
        ck_assert_int_eq(cn_plan_new(&without, m, NULL), CN_OK);
        ck_assert_msg(p->params.n == price[i].n && p->params.limbs == price[i].limbs && p->schedule.reply == price[i].reply &&
                          p->flood_bits == price[i].flood && fabs(cn_params_log2_q(&p->params) - price[i].log2_q) < 0.1,
                      "%s, %u: n = %zu, %u primes, %u kept, flood %u, log2 q = %.1f", price[i].name, price[i].privacy, p->params.n,
                      p->params.limbs, p->schedule.reply, p->flood_bits, cn_params_log2_q(&p->params));
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
        {{.model_privacy = 40, .scheme = CN_SCHEME_YASHE}, CN_ERR_UNSUPPORTED}, {{.model_privacy = 39}, CN_ERR_RANGE},
        {{.model_privacy = 1}, CN_ERR_RANGE},                                   {{.model_privacy = 129}, CN_ERR_RANGE},
        {{.model_privacy = 128, .ring_degree = 4096}, CN_ERR_PLAN},             {{.scale_scores = 8}, CN_ERR_UNSUPPORTED},
        {{.model_privacy = 40, .scale_scores = 1}, CN_ERR_RANGE},               {{.model_privacy = 40, .scale_scores = 33}, CN_ERR_RANGE},
    };
    cn_model *m = chain(1, false);
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
    cn_model *m = chain(2, false);
    cn_plan *p, *again;
    uint8_t *content = malloc(CN_PLAN_CONTENT_MAX), *copy = malloc(CN_PLAN_CONTENT_MAX);
    ck_assert_int_eq(cn_plan_new(&p, m, &options), CN_OK);
    size_t size = cn_plan_content(content, p), name = strlen(p->model_name), at = size - name - 4 - 16;
    ck_assert_int_eq(cn_plan_content_parse(&again, content, size), CN_OK);
    ck_assert_mem_eq(again->digest, p->digest, 32);
    ck_assert(again->options.model_privacy == 64 && again->options.scale_scores == 9 && again->schedule.scale == 9 && again->schedule.privacy == 64 && again->flood_bits == p->flood_bits &&
              again->schedule.reply == p->schedule.reply && again->key_power == 2 && again->output_power == 1);
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
    cn_model *m = chain(1, false);
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

>>>>>>> wt-cost
/* ---- keys ---------------------------------------------------------------------------------- */

START_TEST(keys) {
    const cn_plan_options options = {.model_privacy = 40};
    static const uint8_t pixels[12];
    cn_model *m = tst_net_private(0, false), *deep = tst_net_private(1, false);
    cn_i128 scores[3];
    cn_reply *reply = (cn_reply *)m;
    cn_client *other;
    cn_server *server;
    tst_session plain, s;
    ck_assert_int_eq(tst_session_run(&plain, scores, m, NULL, 1, pixels, 1), CN_OK);
    ck_assert_ptr_null(cn_client_public_key(plain.client));
    ck_assert_int_eq(tst_session_run(&s, scores, m, &options, 1, pixels, 1), CN_OK);
    const cn_public_key *pk = cn_client_public_key(s.client);
    ck_assert_int_eq(cn_server_set_public_key(NULL, pk), CN_ERR_NULL);
    ck_assert_int_eq(cn_server_set_public_key(s.server, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_server_set_public_key(plain.server, pk), CN_ERR_STATE);
    ck_assert_int_eq(cn_server_new(&server, s.plan, m, NULL, 1), CN_OK); /* no activation, no evaluation key */
    ck_assert_int_eq(cn_server_evaluate(&reply, server, s.request, NULL, NULL, NULL), CN_ERR_STATE);
    ck_assert_ptr_null(reply);
    ck_assert_int_eq(cn_client_new(&other, s.plan, 1), CN_OK);
    ck_assert_int_eq(cn_server_set_public_key(server, cn_client_public_key(other)), CN_OK);
    /* not that of the request */
    ck_assert_int_eq(cn_server_evaluate(&reply, server, s.request, NULL, NULL, NULL), CN_ERR_MISMATCH);
    cn_server_free(server);
    cn_client_free(other);
    tst_session_clear(&plain);
    tst_session_clear(&s);

    ck_assert_int_eq(tst_session_run(&s, scores, deep, &options, 1, pixels, 1), CN_OK);
    ck_assert_int_eq(cn_client_new(&other, s.plan, 1), CN_OK);
    ck_assert_int_eq(cn_server_set_public_key(s.server, cn_client_public_key(other)), CN_ERR_MISMATCH); /* not a pair */
    ck_assert_int_eq(cn_server_evaluate(&reply, s.server, s.request, NULL, NULL, NULL), CN_OK);         /* the old one stays */
    cn_reply_free(reply);
    cn_client_free(other);
    const cn_plan_options larger = {.model_privacy = 40, .ring_degree = 32768};
    cn_plan *p;
    ck_assert_int_eq(cn_plan_new(&p, deep, &larger), CN_OK);
    ck_assert_int_eq(cn_client_new(&other, p, 1), CN_OK);
    ck_assert_int_eq(cn_server_set_public_key(s.server, cn_client_public_key(other)), CN_ERR_MISMATCH); /* other parameters */
    cn_client_free(other);
    cn_plan_free(p);
    tst_session_clear(&s);
    cn_model_free(deep);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_privacy(void) {
    Suite *s = suite_create("privacy");
    TCase *c = tcase_create("privacy");
    tcase_add_loop_test(c, networks, 0, CN_ARRAY_LEN(small));
    tcase_add_loop_test(c, shipped, 0, 2);
    tcase_add_test(c, random_slots);
    tcase_add_loop_test(c, scaled_scores, 0, CN_ARRAY_LEN(scaled));
    tcase_add_test(c, keys);
    suite_add_tcase(s, c);
    return s;
}
