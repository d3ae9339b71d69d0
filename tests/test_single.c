/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Packed evaluation: scores equal those of the clear network for every shape of network, number of threads and number of plaintext primes;
 *  noise as predicted, step by step; replies reveal scores only; refusals and faults. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netgen.h"
#include "nn/single_server.h"
#include "ring/galois.h"
#include "testing.h"
#include "util/mem.h"
#include "util/rng.h"

/** Both sides of one plan. */
typedef struct sides {
    cn_single_plan *plan;
    cn_single_client *client;
    cn_single_server *server;
} sides;

static sides sides_new(const cn_model *m, const cn_single_options *options, unsigned threads) {
    sides s;
    ck_assert_msg(cn_single_plan_new(&s.plan, m, options) == CN_OK, "%s", cn_error_text());
    ck_assert_msg(cn_single_client_new(&s.client, s.plan, threads) == CN_OK, "%s", cn_error_text());
    ck_assert_msg(cn_single_server_new(&s.server, s.plan, m, cn_single_client_relin_key(s.client),
                                       cn_single_client_rotation_key(s.client), threads) == CN_OK, "%s", cn_error_text());
    return s;
}

static void sides_free(sides *s) {
    cn_single_server_free(s->server);
    cn_single_client_free(s->client);
    cn_single_plan_free(s->plan);
}

/** Images in requests as full as they can be, each against the clear network. */
static void check_images(const sides *s, const cn_model *m, size_t count) {
    uint8_t *pixels = tst_net_pixels(m, count);
    size_t outputs = cn_model_outputs(m), inputs = cn_model_inputs(m), most = cn_single_plan_images(s->plan), upload, back, keys;
    cn_i128 *clear = malloc(count * outputs * sizeof *clear), *found = malloc(count * outputs * sizeof *found);
    cn_single_plan_bytes(s->plan, &upload, &back, &keys);
    ck_assert_int_eq(cn_single_clear_scores(clear, NULL, s->plan, m, pixels, count, 1), CN_OK);
    for (size_t i = 0; i < count; i += most) {
        size_t here = CN_MIN(count - i, most);
        cn_single_request *request;
        cn_single_reply *reply;
        cn_single_timing timing;
        ck_assert_int_eq(cn_single_encrypt(&request, s->client, pixels + i * inputs, here), CN_OK);
        ck_assert_msg(cn_single_evaluate(&reply, s->server, request, &timing) == CN_OK, "%s", cn_error_text());
        ck_assert_msg(cn_single_decrypt(found, s->client, reply, here) == CN_OK, "%s", cn_error_text());
        for (size_t o = 0; o < here * outputs; o++) TST_CHECK(found[o] == clear[i * outputs + o]);
        ck_assert_uint_eq(cn_single_request_bytes(request), upload);
        ck_assert_uint_eq(cn_single_reply_bytes(reply), back);
        double sum = 0;
        for (unsigned k = 0; k < timing.steps; k++) sum += timing.step[k].seconds;
        ck_assert(timing.steps == 2 * s->plan->layers + 1 && sum <= timing.total);
        cn_single_request_free(request);
        cn_single_reply_free(reply);
    }
    const cn_relin_key *rk = cn_single_client_relin_key(s->client);
    const cn_rotation_key *turns = cn_single_client_rotation_key(s->client);
    const cn_context *ctx;
    cn_test_single_client_key(&ctx, s->client);
    ck_assert_uint_eq(keys, (rk ? cn_relin_key_wire_bytes(rk, ctx) : 0) + (turns ? cn_rotation_key_wire_bytes(turns, ctx) : 0));
    free(pixels);
    free(clear);
    free(found);
}

/* ---- networks ---------------------------------------------------------------------------------- */

static const uint32_t pads[4] = {1, 0, 1, 0};

/** Convolution and dense, two squares: few outputs. */
static cn_model *conv_dense_dense(void) {
    cn_model *m = tst_net_new(1, 9, 8);
    for (int i = 0; i < 256; i++) m->lut[i] = i % 4;
    tst_net_conv(m, 3, 3, 2, pads, 3, 6);
    tst_net_square(m);
    tst_net_dense(m, 11, 2, 8);
    tst_net_square(m);
    tst_net_dense(m, 3, 3, 10);
    return m;
}

/** Dense, square, dense. */
static cn_model *dense_dense(void) {
    cn_model *m = tst_net_new(1, 5, 7);
    for (int i = 0; i < 256; i++) m->lut[i] = i % 2;
    tst_net_dense(m, 20, 3, 5);
    tst_net_square(m);
    tst_net_dense(m, 4, 3, 10);
    return m;
}

/** Convolution with pooling, square, dense: the last layer reads windows. */
static cn_model *conv_dense(void) {
    cn_model *m = tst_net_new(2, 8, 8);
    for (int i = 0; i < 256; i++) m->lut[i] = i % 3 - 1;
    tst_net_conv(m, 4, 3, 1, pads, 2, 4);
    tst_net_pool(m, 2, 2);
    tst_net_square(m);
    tst_net_flatten(m);
    tst_net_dense(m, 10, 2, 10);
    return m;
}

/** Three squares and two convolutions. */
static cn_model *deep(void) {
    cn_model *m = tst_net_new(1, 8, 8);
    for (int i = 0; i < 256; i++) m->lut[i] = i % 2;
    tst_net_conv(m, 2, 3, 2, pads, 2, 2);
    tst_net_square(m);
    tst_net_conv(m, 2, 2, 1, NULL, 1, 2);
    tst_net_square(m);
    tst_net_dense(m, 5, 1, 2);
    tst_net_square(m);
    tst_net_dense(m, 3, 1, 3);
    return m;
}

static const struct {
    cn_model *(*make)(void);
    int64_t window; /* 0: worst case */
    cn_single_options options;
} nets[] = {
    {conv_dense_dense, (int64_t)1 << 30, {0}},
    {conv_dense_dense, 0, {0}},
    {dense_dense, 100000, {0}},
    {dense_dense, 0, {.ring_degree = 8192}},
    {conv_dense, (int64_t)1 << 17, {0}},
    {deep, (int64_t)1 << 17, {.key_max = (size_t)128 << 20}},
    {conv_dense_dense, (int64_t)1 << 30, {.images = 32}},
    {dense_dense, 100000, {.images = 128}},
    {conv_dense, (int64_t)1 << 17, {.images = 16}},
    {deep, (int64_t)1 << 17, {.key_max = (size_t)128 << 20, .images = 4}},
};

static cn_model *net(int i) {
    cn_model *m = nets[i].make();
    m->has_window = nets[i].window != 0;
    m->window_lo = -nets[i].window / 2;
    m->window_t = nets[i].window;
    return tst_net_finish(m);
}

START_TEST(networks) {
    cn_model *m = net(_i);
    sides s = sides_new(m, &nets[_i].options, 1 + (unsigned)tst_below(4));
    check_images(&s, m, nets[_i].options.images + 3); /* a full request, and one that is not */
    sides_free(&s);
    cn_model_free(m);
}
END_TEST

START_TEST(shipped) {
    static const char *const name[] = {"depth1", "paper-small"};
    cn_model *m = tst_net_shipped(name[_i]);
    sides s = sides_new(m, NULL, 2);
    size_t upload, reply, keys;
    cn_single_plan_bytes(s.plan, &upload, &reply, &keys);
    ck_assert(upload <= (size_t)4 << 20 && keys <= (size_t)40 << 20);
    ck_assert_int_eq(cn_params_check(cn_single_plan_params(s.plan)), CN_OK);
    check_images(&s, m, 2);
    sides_free(&s);
    cn_model_free(m);
}
END_TEST

/* ---- noise ------------------------------------------------------------------------------------- */

/** What the observer of a server sees: mean measured over predicted variance of each step, of the branch with the largest t. */
typedef struct seen {
    const sides *s;
    const cn_context *ctx;
    const cn_secret_key *sk;
    double ratio[CN_SINGLE_LAYERS_MAX][CN_SINGLE_STEPS];
    size_t count[CN_SINGLE_LAYERS_MAX][CN_SINGLE_STEPS];
} seen;

static void observe(void *user, unsigned branch, unsigned layer, cn_single_step step, const cn_poly *part, unsigned parts, uint64_t factor) {
    seen *o = user;
    const cn_single_plan *p = o->s->plan;
    if (branch + 1 != p->base.params.plains) return; /* the primes ascend */
    if (step == CN_SINGLE_SQUARE) layer--; /* whose row has it; the factor is already that of the next layer */
    size_t n = p->base.params.n;
    cn_cipher c = {.power = parts - 1, .parts = parts, .branch = branch, .factor = factor};
    for (unsigned k = 0; k < parts; k++) c.part[k] = part[k];
    cn_poly phase;
    uint64_t *slots = malloc(n * sizeof *slots);
    double sigma, top;
    ck_assert_int_eq(cn_poly_init(&phase, &o->ctx->ring, part[0].limbs, false, CN_NTT), CN_OK);
    cn_phase(&phase, &c, o->sk, o->ctx);
    ck_assert_uint_eq(cn_decode_phase(slots, &phase, factor, branch, o->ctx), 0);
    ck_assert_int_eq(cn_test_noise(&sigma, &top, &c, slots, o->sk, o->ctx), CN_OK);
    cn_poly_clear(&phase);
    free(slots);
    o->ratio[layer][step] += exp2(2 * (sigma - p->layer[layer].noise[step]));
    o->count[layer][step]++;
    ck_assert_msg(top <= p->layer[layer].limit[step], "layer %u, step %d: a coefficient of 2^%.1f", layer, (int)step, top);
}

#define NOISES 9

START_TEST(noise) {
    static const struct {
        const char *name; /* NULL: a network of the table */
        int number;
        size_t images;
    } of[NOISES] = {{"depth1", 0, 0}, {"paper-small", 0, 0}, {NULL, 0, 0}, {NULL, 4, 0}, {NULL, 5, 0}, {"paper-small", 0, 8}, {NULL, 6, 0}, {NULL, 7, 0}, {NULL, 9, 0}};
    cn_single_options options = of[_i].name ? (cn_single_options){.images = of[_i].images} : nets[of[_i].number].options;
    seen o = {0};
    enum { KEYS = 3 };
    tst_reseed(900 + (uint64_t)_i); /* of a folded noise few roots are independent: its variance hangs on the keys, so that these are fixed */
    cn_model *m = of[_i].name ? tst_net_shipped(of[_i].name) : net(of[_i].number);
    cn_test_rng_deterministic(5000 + 100 * (uint64_t)_i);
    for (int key = 0; key < KEYS; key++) {
        sides s = sides_new(m, &options, 1);
        o.s = &s;
        o.sk = cn_test_single_client_key(&o.ctx, s.client);
        s.server->observe = observe;
        s.server->observer = &o;
        check_images(&s, m, 2);
        if (key == KEYS - 1) {
            for (unsigned l = 0; l < s.plan->layers; l++)
                for (unsigned step = 0; step < CN_SINGLE_STEPS; step++) {
                    if (!o.count[l][step]) continue;
                    double bits = 0.5 * log2(o.ratio[l][step] / (double)o.count[l][step]);
                    if (getenv("CN_TEST_NOISE_PRINT"))
                        printf("  layer %u step %u: predicted %6.2f measured %+.3f\n", l, step, s.plan->layer[l].noise[step], bits);
                    /* the forecast of fourth moments is an upper bound, and a square doubles what it is off by */
                    ck_assert_msg(bits <= 0.05 + 0.15 * (1 << l) && bits >= -0.3 * (1 << l), "layer %u, step %u: predicted 2^%.2f, measured %+.3f bits", l, step,
                                  s.plan->layer[l].noise[step], bits);
                }
        }
        sides_free(&s);
    }
    cn_test_rng_system();
    cn_model_free(m);
}
END_TEST

/* ---- replies ----------------------------------------------------------------------------------- */

/** Slots without a share hold 0; two replies to one request share no slot values but give the same scores. */
START_TEST(replies) {
    cn_model *m = net(2);
    sides s = sides_new(m, NULL, 1);
    uint8_t *pixels = tst_net_pixels(m, 1);
    const cn_single_layer *last = &s.plan->layer[s.plan->layers - 1];
    size_t n = s.plan->base.params.n, equal = 0, shares = 0;
    uint64_t *slots[2] = {malloc(n * sizeof(uint64_t)), malloc(n * sizeof(uint64_t))};
    cn_single_request *request;
    const cn_context *ctx;
    const cn_secret_key *sk = cn_test_single_client_key(&ctx, s.client);
    cn_i128 scores[2][4];
    ck_assert_int_eq(cn_single_encrypt(&request, s.client, pixels, 1), CN_OK);
    for (int k = 0; k < 2; k++) {
        cn_single_reply *reply;
        ck_assert_int_eq(cn_single_evaluate(&reply, s.server, request, NULL), CN_OK);
        ck_assert_int_eq(cn_decrypt(slots[k], n, reply->cipher[0], sk, ctx), CN_OK);
        ck_assert_int_eq(cn_single_decrypt(scores[k], s.client, reply, 1), CN_OK);
        cn_single_reply_free(reply);
    }
    ck_assert(memcmp(scores[0], scores[1], sizeof scores[0]) == 0);
    for (size_t k = 0; k < n; k++) {
        size_t at = s.server->position[k];
        if (last->out[k] < 0) ck_assert(slots[0][at] == 0 && slots[1][at] == 0);
        else shares++, equal += slots[0][at] == slots[1][at];
    }
    ck_assert_uint_ge(shares, 4 * 20);
    ck_assert_uint_le(equal, 3); /* by chance one in 2^16 */
    cn_single_request_free(request);
    free(slots[0]);
    free(slots[1]);
    free(pixels);
    sides_free(&s);
    cn_model_free(m);
}
END_TEST

/* ---- refusals ---------------------------------------------------------------------------------- */

static void expect_refused(cn_model *m, cn_status code) {
    cn_single_plan *p = (cn_single_plan *)1;
    ck_assert_int_eq(cn_single_plan_new(&p, tst_net_finish(m), NULL), code);
    ck_assert_ptr_null(p);
    ck_assert_str_ne(cn_error_text(), "");
    cn_model_free(m);
}

START_TEST(refused_networks) {
    cn_model *m = tst_net_new(1, 4, 4);
    tst_net_dense(m, 3, 2, 2);
    expect_refused(m, CN_ERR_UNSUPPORTED); /* no activation */
    m = tst_net_new(1, 4, 4);
    tst_net_square(m);
    tst_net_dense(m, 3, 2, 2);
    expect_refused(m, CN_ERR_UNSUPPORTED); /* nothing before it */
    m = tst_net_new(1, 4, 4);
    tst_net_dense(m, 3, 2, 2);
    tst_net_square(m);
    expect_refused(m, CN_ERR_UNSUPPORTED); /* nothing after it */
    m = tst_net_new(1, 4, 4);
    tst_net_dense(m, 3, 2, 2);
    tst_net_poly(m, 1, 1, 0);
    tst_net_dense(m, 3, 2, 2);
    expect_refused(m, CN_ERR_UNSUPPORTED); /* not a square */
}
END_TEST

START_TEST(refusals) {
    cn_model *m = net(0), *other = net(4);
    sides s = sides_new(m, NULL, 1), t = sides_new(m, NULL, 1);
    cn_single_plan *p;
    cn_single_client *c;
    cn_single_server *v;
    cn_single_request *request;
    cn_single_reply *reply;
    uint8_t *pixels = tst_net_pixels(m, 1);
    cn_i128 scores[3];
    const cn_relin_key *rk = cn_single_client_relin_key(s.client);
    const cn_rotation_key *turns = cn_single_client_rotation_key(s.client);
    ck_assert_int_eq(cn_single_plan_new(NULL, m, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_plan_new(&p, NULL, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_plan_new(&p, m, &(cn_single_options){.ring_degree = 5000}), CN_ERR_DEGREE);
    ck_assert_int_eq(cn_single_plan_new(&p, m, &(cn_single_options){.upload_max = 1000}), CN_ERR_PLAN);
    ck_assert_int_eq(cn_single_plan_new(&p, m, &(cn_single_options){.key_max = 1000}), CN_ERR_PLAN);
    ck_assert_int_eq(cn_single_plan_describe(NULL, NULL, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_client_new(NULL, s.plan, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_client_new(&c, NULL, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_client_new(&c, s.plan, 0), CN_ERR_SIZE);
    ck_assert_int_eq(cn_single_server_new(&v, s.plan, other, rk, turns, 1), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_single_server_new(&v, s.plan, m, rk, turns, 0), CN_ERR_SIZE);
    ck_assert_int_eq(cn_single_server_new(&v, s.plan, m, rk, NULL, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_encrypt(&request, NULL, pixels, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_encrypt(&request, s.client, NULL, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_encrypt(&request, s.client, pixels, 1), CN_OK);
    ck_assert_int_eq(cn_single_evaluate(&reply, t.server, request, NULL), CN_ERR_MISMATCH); /* another client's key */
    memset(request->data, 0xff, request->bytes);
    ck_assert_int_eq(cn_single_evaluate(&reply, s.server, request, NULL), CN_ERR_FORMAT);
    request->plan_digest[0] ^= 1;
    ck_assert_int_eq(cn_single_evaluate(&reply, s.server, request, NULL), CN_ERR_MISMATCH);
    cn_single_request_free(request);
    ck_assert_int_eq(cn_single_encrypt(&request, s.client, pixels, 1), CN_OK);
    ck_assert_int_eq(cn_single_evaluate(&reply, s.server, request, NULL), CN_OK);
    ck_assert_int_eq(cn_single_decrypt(scores, t.client, reply, 1), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_single_decrypt(NULL, s.client, reply, 1), CN_ERR_NULL);
    reply->plan_digest[0] ^= 1;
    ck_assert_int_eq(cn_single_decrypt(scores, s.client, reply, 1), CN_ERR_MISMATCH);
    cn_single_request_free(request);
    cn_single_reply_free(reply);
    free(pixels);
    sides_free(&s);
    sides_free(&t);
    cn_model_free(m);
    cn_model_free(other);
}
END_TEST

/** Every allocation of encryption, evaluation and decryption fails in turn, and some of each maker's; requests for randomness as well. */
START_TEST(faults) {
    static const cn_single_options options = {.ring_degree = 8192, .images = 128}; /* with keys */
    cn_model *m = net(2);
    sides s = sides_new(m, &options, 1);
    ck_assert_uint_gt(s.plan->rotations, 0);
    uint8_t *pixels = tst_net_pixels(m, 2);
    cn_i128 scores[2 * 4];
    for (int call = 0; call < 6; call++)
        for (int random = 0; random < 2; random++) {
            unsigned long k = 0, step = call < 3 ? 7 : 1;
            cn_single_request *request = NULL, *fresh = NULL;
            cn_single_reply *reply = NULL, *answer = NULL;
            ck_assert_int_eq(cn_single_encrypt(&request, s.client, pixels, 2), CN_OK);
            ck_assert_int_eq(cn_single_evaluate(&answer, s.server, request, NULL), CN_OK);
            cn_status status = CN_ERR_MEMORY;
            while (status != CN_OK) {
                void *made = NULL;
                long live = cn_test_alloc_live();
                k += step;
                random ? cn_test_rng_fail_at(k) : cn_test_alloc_fail_at(k);
                switch (call) {
                case 0: status = cn_single_plan_new((cn_single_plan **)&made, m, &options); break;
                case 1: status = cn_single_client_new((cn_single_client **)&made, s.plan, 1); break;
                case 2:
                    status = cn_single_server_new((cn_single_server **)&made, s.plan, m, cn_single_client_relin_key(s.client),
                                                  cn_single_client_rotation_key(s.client), 1);
                    break;
                case 3: status = cn_single_encrypt(&fresh, s.client, pixels, 2), made = fresh; break;
                case 4: status = cn_single_evaluate(&reply, s.server, request, NULL), made = reply; break;
                default: status = cn_single_decrypt(scores, s.client, answer, 2); break;
                }
                cn_test_alloc_fail_at(0);
                cn_test_rng_fail_at(0);
                if (call == 0) cn_single_plan_free(made);
                if (call == 1) cn_single_client_free(made);
                if (call == 2) cn_single_server_free(made);
                if (call == 3) cn_single_request_free(made);
                if (call == 4) cn_single_reply_free(made);
                ck_assert_msg(status == CN_OK || (!made && status == (random ? CN_ERR_RANDOM : CN_ERR_MEMORY)), "call %d, failure %lu: %s", call, k,
                              cn_error_text());
                ck_assert_msg(cn_test_alloc_live() == live, "call %d, failure %lu: blocks left", call, k);
            }
            cn_single_request_free(request);
            cn_single_reply_free(answer);
        }
    free(pixels);
    sides_free(&s);
    cn_model_free(m);
}
END_TEST

static void describe_line(void *user, const char *text) { ck_assert(strlen(text) > 0), ++*(int *)user; }

START_TEST(descriptions) {
    cn_model *m = net(2);
    sides s = sides_new(m, NULL, 1), again = sides_new(m, NULL, 2);
    int lines = 0;
    ck_assert_int_eq(cn_single_plan_describe(s.plan, describe_line, &lines), CN_OK);
    ck_assert_int_eq(lines, 6);
    ck_assert_int_eq(cn_single_plan_alternatives(m, NULL, describe_line, &lines), CN_OK);
    ck_assert_int_gt(lines, 16);
    ck_assert(memcmp(s.plan->base.digest, again.plan->base.digest, 32) == 0);
    sides_free(&s);
    sides_free(&again);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_single(void) {
    Suite *s = suite_create("single");
    TCase *tc = tcase_create("single");
    tcase_set_timeout(tc, 240);
    tcase_add_loop_test(tc, networks, 0, (int)CN_ARRAY_LEN(nets));
    tcase_add_loop_test(tc, shipped, 0, 2);
    tcase_add_loop_test(tc, noise, 0, NOISES);
    tcase_add_test(tc, replies);
    tcase_add_test(tc, refused_networks);
    tcase_add_test(tc, refusals);
    tcase_add_test(tc, faults);
    tcase_add_test(tc, descriptions);
    suite_add_tcase(s, tc);
    return s;
}
