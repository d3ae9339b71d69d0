/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What goes wrong in an inference: misuse, foreign and damaged objects, cancellation, memory and randomness running out. Every
 *  failure has its status, releases everything and gives no scores. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netgen.h"
#include "testing.h"
#include "util/mem.h"
#include "util/rng.h"

#define IMAGES 3

/** Two squares on two inputs: everything that an inference can contain, at little cost. */
static cn_model *tiny_net(int64_t bias) {
    cn_model *m = tst_net_new(1, 1, 2);
    for (int i = 0; i < 256; i++) m->lut[i] = i / 64;
    cn_layer *l = tst_net_dense(m, 1, 0, 0);
    l->weight[0] = 1, l->weight[1] = -2;
    tst_net_square(m);
    l = tst_net_dense(m, 1, 0, 0);
    l->weight[0] = -1, l->bias[0] = bias;
    tst_net_poly(m, 2, -3, 4);
    return tst_net_finish(m);
}

static const uint8_t pixels[2 * IMAGES] = {0, 255, 255, 0, 100, 200};
static const int expected[IMAGES] = {2 * 31 * 31 + 3 * 31 + 4, 2 * 4 * 4 + 3 * 4 + 4, 2 * 20 * 20 + 3 * 20 + 4}; /* bias 5 */

/** A whole session of the network with bias 5; aborts the test if it fails. */
static tst_session session(const cn_model *m, const cn_plan_options *o, unsigned threads) {
    tst_session s;
    cn_i128 scores[IMAGES];
    cn_status status = tst_session_run(&s, scores, m, o, threads, pixels, IMAGES);
    ck_assert_msg(status == CN_OK, "%s", cn_error_text());
    bool scaled = o && o->scale_scores;
    for (int i = 0; i < IMAGES; i++) ck_assert_int_eq((int)(scaled ? scores[i] > 0 : scores[i]), scaled ? 1 : expected[i]);
    return s;
}

static bool all_zero(const cn_i128 *x, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (x[i]) return false;
    return true;
}

START_TEST(test_null) {
    cn_model *m = tiny_net(5);
    tst_session s = session(m, NULL, 1);
    const cn_relin_key *key = cn_client_evaluation_key(s.client);
    cn_client *client;
    cn_server *server = (cn_server *)m;
    cn_request *request;
    cn_reply *reply;
    cn_i128 scores[IMAGES];
    ck_assert_int_eq(cn_client_new(NULL, s.plan, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_client_new(&client, NULL, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_client_encrypt(NULL, s.client, pixels, 1, NULL, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_client_encrypt(&request, NULL, pixels, 1, NULL, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_client_encrypt(&request, s.client, NULL, 1, NULL, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_client_decrypt(NULL, s.client, s.reply, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_client_decrypt(scores, NULL, s.reply, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_client_decrypt(scores, s.client, NULL, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_server_new(NULL, s.plan, m, key, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_server_new(&server, NULL, m, key, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_server_new(&server, s.plan, NULL, key, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_server_new(&server, s.plan, m, NULL, 1), CN_ERR_NULL); /* this plan relinearises */
    ck_assert_ptr_null(server);
    ck_assert_int_eq(cn_server_evaluate(NULL, s.server, s.request, NULL, NULL, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_server_evaluate(&reply, NULL, s.request, NULL, NULL, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_server_evaluate(&reply, s.server, NULL, NULL, NULL, NULL), CN_ERR_NULL);
    uint8_t digest[32] = {1};
    ck_assert_int_eq(cn_reply_digest(NULL, s.reply), CN_ERR_NULL);
    ck_assert_int_eq(cn_reply_digest(digest, NULL), CN_ERR_NULL);
    ck_assert(digest[0] == 1 && digest[1] == 0);
    cn_client_free(NULL);
    cn_server_free(NULL);
    cn_request_free(NULL);
    cn_reply_free(NULL);
    tst_session_clear(&s);
    cn_model_free(m);
}
END_TEST

START_TEST(test_sizes) {
    cn_model *m = tiny_net(5);
    tst_session s = session(m, NULL, 1);
    size_t n = cn_plan_params(s.plan)->n;
    cn_client *client = (cn_client *)m;
    cn_server *server;
    cn_request *request = (cn_request *)m;
    cn_i128 scores[IMAGES];
    uint8_t *many = calloc(2, n + 1);
    ck_assert_int_eq(cn_client_encrypt(&request, s.client, pixels, 0, NULL, NULL), CN_ERR_SIZE);
    ck_assert_int_eq(cn_client_encrypt(&request, s.client, many, n + 1, NULL, NULL), CN_ERR_SIZE);
    ck_assert_ptr_null(request);
    ck_assert_int_eq(cn_client_decrypt(scores, s.client, s.reply, 0), CN_ERR_SIZE);
    ck_assert_int_eq(cn_client_decrypt(scores, s.client, s.reply, IMAGES + 1), CN_ERR_SIZE);
    ck_assert_int_eq(cn_client_new(&client, s.plan, 0), CN_ERR_SIZE);
    ck_assert_int_eq(cn_client_new(&client, s.plan, 257), CN_ERR_SIZE);
    ck_assert_ptr_null(client);
    ck_assert_int_eq(cn_server_new(&server, s.plan, m, cn_client_evaluation_key(s.client), 0), CN_ERR_SIZE);
    ck_assert_int_eq(cn_server_new(&server, s.plan, m, cn_client_evaluation_key(s.client), 257), CN_ERR_SIZE);
    free(many);
    tst_session_clear(&s);
    cn_model_free(m);
}
END_TEST

/** The digest of a reply: the same from every number of threads, another one once a residue differs, the first or the last. */
START_TEST(test_digest) {
    cn_model *m = tiny_net(5);
    tst_session s = session(m, NULL, 1);
    uint8_t digest[32], other[32];
    cn_server *server;
    cn_reply *reply;
    ck_assert_int_eq(cn_reply_digest(digest, s.reply), CN_OK);
    ck_assert_int_eq(cn_server_new(&server, s.plan, m, cn_client_evaluation_key(s.client), 3), CN_OK);
    ck_assert_int_eq(cn_server_evaluate(&reply, server, s.request, NULL, NULL, NULL), CN_OK);
    ck_assert_int_eq(cn_reply_digest(other, reply), CN_OK);
    ck_assert_mem_eq(other, digest, sizeof digest);
    const cn_cipher *last = reply->cipher[reply->ciphers - 1];
    const cn_poly *end = &last->part[last->parts - 1];
    uint64_t *residue[2] = {reply->cipher[0]->part[0].c, end->c + end->n * end->limbs - 1};
    for (int i = 0; i < 2; i++) {
        *residue[i] ^= 1;
        ck_assert_int_eq(cn_reply_digest(other, reply), CN_OK);
        ck_assert_mem_ne(other, digest, sizeof digest);
        *residue[i] ^= 1;
    }
    cn_reply_free(reply);
    cn_server_free(server);
    tst_session_clear(&s);
    cn_model_free(m);
}
END_TEST

/** Objects of another plan: the same network with another option, and another network. */
START_TEST(test_foreign) {
    const cn_plan_options larger = {.ring_degree = 16384};
    cn_model *m = tiny_net(5), *other = tiny_net(6);
    tst_session s = session(m, NULL, 1), t = session(m, &larger, 1);
    cn_server *server;
    cn_reply *reply = (cn_reply *)m;
    cn_i128 scores[IMAGES] = {1, 1, 1};
    ck_assert_int_eq(cn_server_new(&server, s.plan, other, cn_client_evaluation_key(s.client), 1), CN_ERR_MISMATCH);
    ck_assert_ptr_null(server);
    ck_assert_int_eq(cn_server_new(&server, s.plan, m, cn_client_evaluation_key(t.client), 1), CN_ERR_MISMATCH);
    ck_assert_ptr_null(server);
    ck_assert_int_eq(cn_server_evaluate(&reply, s.server, t.request, NULL, NULL, NULL), CN_ERR_MISMATCH);
    ck_assert_ptr_null(reply);
    ck_assert_int_eq(cn_client_decrypt(scores, s.client, t.reply, IMAGES), CN_ERR_MISMATCH);
    ck_assert(all_zero(scores, IMAGES));
    tst_session_clear(&s);
    tst_session_clear(&t);
    cn_model_free(m);
    cn_model_free(other);
}
END_TEST

/** Another client's key of the same plan: its name is refused; where the name is forged, scores are refused, not wrong. */
START_TEST(test_wrong_keys) {
    cn_model *m = tiny_net(5);
    tst_session s = session(m, NULL, 1);
    cn_client *client;
    cn_server *server;
    cn_reply *reply;
    cn_i128 scores[IMAGES] = {1, 1, 1};
    uint8_t own[CN_KEY_ID_BYTES];
    memcpy(own, s.request->key_id, sizeof own);
    ck_assert_int_eq(cn_client_new(&client, s.plan, 1), CN_OK);
    ck_assert_int_eq(cn_client_decrypt(scores, client, s.reply, IMAGES), CN_ERR_MISMATCH);
    ck_assert(all_zero(scores, IMAGES));
    const cn_relin_key *key = cn_client_evaluation_key(client);
    memcpy(s.reply->key_id, key->id, sizeof key->id);
    scores[0] = 1;
    ck_assert_int_eq(cn_client_decrypt(scores, client, s.reply, IMAGES), CN_ERR_NOISE);
    ck_assert(all_zero(scores, IMAGES));

    ck_assert_int_eq(cn_server_new(&server, s.plan, m, key, 1), CN_OK);
    ck_assert_int_eq(cn_server_evaluate(&reply, server, s.request, NULL, NULL, NULL), CN_ERR_MISMATCH);
    memcpy(s.request->key_id, key->id, sizeof key->id);
    ck_assert_int_eq(cn_server_evaluate(&reply, server, s.request, NULL, NULL, NULL), CN_OK);
    memcpy(reply->key_id, own, sizeof own);
    ck_assert_int_eq(cn_client_decrypt(scores, s.client, reply, IMAGES), CN_ERR_NOISE);
    ck_assert(all_zero(scores, IMAGES));
    cn_reply_free(reply);
    cn_server_free(server);
    cn_client_free(client);
    tst_session_clear(&s);
    cn_model_free(m);
}
END_TEST

/** A residue that is not below its prime, in every limb of the first and last ciphertext. */
START_TEST(test_residue_range) {
    const cn_plan_options options[] = {{0}, {.public_key = 1, .plains = 2}};
    cn_model *m = tiny_net(5);
    for (size_t o = 0; o < CN_ARRAY_LEN(options); o++) {
        tst_session s = session(m, &options[o], 2);
        const cn_params *q = cn_plan_params(s.plan);
        cn_request *r = s.request;
        for (size_t cipher = 0; cipher < 2 * q->plains; cipher += 2 * q->plains - 1) {
            uint8_t *at = r->data + cipher * r->cipher_bytes;
            for (unsigned i = 0; i < q->limbs * r->parts; i++) {
                unsigned bits = 0;
                while (q->q[i % q->limbs] >> bits) bits++;
                uint8_t kept[16];
                cn_reply *reply = (cn_reply *)m;
                long live = cn_test_alloc_live();
                memcpy(kept, at, sizeof kept);
                memset(at, 0xff, sizeof kept); /* 2^bits - 1, not a prime of that many bits */
                ck_assert_int_eq(cn_server_evaluate(&reply, s.server, r, NULL, NULL, NULL), CN_ERR_FORMAT);
                ck_assert_ptr_null(reply);
                ck_assert_int_eq(cn_test_alloc_live(), live);
                memcpy(at, kept, sizeof kept);
                at += bits * q->n / 8;
            }
        }
        cn_reply *reply; /* the server is as good as before */
        ck_assert_int_eq(cn_server_evaluate(&reply, s.server, r, NULL, NULL, NULL), CN_OK);
        cn_reply_free(reply);
        tst_session_clear(&s);
    }
    cn_model_free(m);
}
END_TEST

/** Damage in transit: refused on one of the two sides, never wrong scores. */
START_TEST(test_flipped_bits) {
    cn_model *m = tiny_net(5);
    tst_session s = session(m, NULL, 1);
    for (size_t i = 0; i < TST_ITERS(20); i++) {
        size_t bit = tst_below(8 * s.request->bytes);
        cn_reply *reply;
        cn_i128 scores[IMAGES] = {1, 1, 1};
        s.request->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        cn_status status = cn_server_evaluate(&reply, s.server, s.request, NULL, NULL, NULL);
        s.request->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (status == CN_ERR_FORMAT) continue;
        ck_assert_int_eq(status, CN_OK);
        status = cn_client_decrypt(scores, s.client, reply, IMAGES);
        ck_assert_msg(status == CN_ERR_NOISE, "bit %zu: %s", bit, cn_status_name(status));
        ck_assert(all_zero(scores, IMAGES));
        cn_reply_free(reply);
    }
    for (size_t i = 0; i < TST_ITERS(20); i++) { /* and on the way back */
        const cn_cipher *c = s.reply->cipher[0];
        unsigned part = (unsigned)tst_below(c->parts), limb = (unsigned)tst_below(c->part[0].limbs);
        uint64_t *x = cn_poly_limb(&c->part[part], limb) + tst_below(c->part[0].n), kept = *x;
        cn_i128 scores[IMAGES] = {1, 1, 1};
        *x = (*x + 1 + tst_below(1000)) % s.plan->params.q[limb];
        ck_assert_int_eq(cn_client_decrypt(scores, s.client, s.reply, IMAGES), CN_ERR_NOISE);
        ck_assert(all_zero(scores, IMAGES));
        *x = kept;
    }
    tst_session_clear(&s);
    cn_model_free(m);
}
END_TEST

/* ---- cancellation -------------------------------------------------------------------------- */

typedef struct ticks {
    size_t seen, stop_at; /* 0: never */
    char steps[256];      /* their names in order */
    bool ordered;         /* done never above total */
} ticks;

static int count_ticks(void *user, const char *step, size_t done, size_t total) {
    ticks *t = user;
    size_t length = strlen(t->steps), name = strlen(step);
    if (length < name || strcmp(t->steps + length - name, step) != 0) {
        if (length) strcat(t->steps, " ");
        strcat(t->steps, step);
    }
    t->ordered &= done <= total && total > 0;
    return ++t->seen == t->stop_at;
}

/** At the first tick, in the middle, at the last one. */
START_TEST(test_cancelled) {
    cn_model *m = tiny_net(5);
    tst_session s = session(m, NULL, 1);
    ticks all = {.ordered = true};
    cn_request *request;
    cn_reply *reply;
    cn_timing timing;
    ck_assert_int_eq(cn_client_encrypt(&request, s.client, pixels, IMAGES, count_ticks, &all), CN_OK);
    cn_request_free(request);
    ck_assert(all.ordered);
    ck_assert_str_eq(all.steps, "encrypt");
    ck_assert_uint_eq(all.seen, 2 * s.plan->params.plains);
    for (size_t at = 1; at <= all.seen; at++) {
        ticks t = {.stop_at = at, .ordered = true};
        long live = cn_test_alloc_live();
        request = (cn_request *)m;
        ck_assert_int_eq(cn_client_encrypt(&request, s.client, pixels, IMAGES, count_ticks, &t), CN_ERR_CANCELLED);
        ck_assert_uint_eq(t.seen, at);
        ck_assert_ptr_null(request);
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }

    all = (ticks){.ordered = true};
    ck_assert_int_eq(cn_server_evaluate(&reply, s.server, s.request, &timing, count_ticks, &all), CN_OK);
    cn_reply_free(reply);
    ck_assert(all.ordered);
    ck_assert_str_eq(all.steps, "evaluate relinearise evaluate");
    ck_assert(timing.expand >= 0 && timing.evaluate > 0);
    for (size_t k = 0; k < 4; k++) {
        size_t at = 1 + k * (all.seen - 1) / 3;
        ticks t = {.stop_at = at, .ordered = true};
        long live = cn_test_alloc_live();
        reply = (cn_reply *)m;
        ck_assert_int_eq(cn_server_evaluate(&reply, s.server, s.request, NULL, count_ticks, &t), CN_ERR_CANCELLED);
        ck_assert_uint_eq(t.seen, at);
        ck_assert_ptr_null(reply);
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }
    ck_assert_int_eq(cn_server_evaluate(&reply, s.server, s.request, NULL, NULL, NULL), CN_OK); /* nothing is spoilt */
    cn_reply_free(reply);
    tst_session_clear(&s);
    cn_model_free(m);
}
END_TEST

/** With several threads only the calling one reports, if it gets a task at all: stopped or complete, nothing in between. */
START_TEST(test_cancelled_threads) {
    cn_model *m = tiny_net(5);
    tst_session s = session(m, NULL, 3);
    for (size_t at = 1; at <= 100; at += 11) {
        ticks t = {.stop_at = at, .ordered = true};
        long live = cn_test_alloc_live();
        cn_reply *reply = (cn_reply *)m;
        cn_status status = cn_server_evaluate(&reply, s.server, s.request, NULL, count_ticks, &t);
        ck_assert(t.ordered);
        ck_assert_int_eq(status, t.seen == at ? CN_ERR_CANCELLED : CN_OK);
        ck_assert_int_eq(reply != NULL, status == CN_OK);
        cn_reply_free(reply);
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }
    tst_session_clear(&s);
    cn_model_free(m);
}
END_TEST

/* ---- memory and randomness ----------------------------------------------------------------- */

enum { PLAN, CLIENT, ENCRYPT, SERVER, EVALUATE, DECRYPT, CLEAR, CALLS };

/** One call of the chain on the objects of s, its result released at once. */
static cn_status call(int which, const tst_session *s, const cn_model *m, const cn_plan_options *o, cn_i128 scores[IMAGES]) {
    cn_plan *plan = NULL;
    cn_client *client = NULL;
    cn_request *request = NULL;
    cn_server *server = NULL;
    cn_reply *reply = NULL;
    cn_status status = CN_OK;
    switch (which) {
    case PLAN: status = cn_plan_new(&plan, m, o); break;
    case CLIENT: status = cn_client_new(&client, s->plan, 2); break;
    case ENCRYPT: status = cn_client_encrypt(&request, s->client, pixels, IMAGES, NULL, NULL); break;
    case SERVER: status = cn_server_new(&server, s->plan, m, cn_client_evaluation_key(s->client), 2); break;
    case EVALUATE: status = cn_server_evaluate(&reply, s->server, s->request, NULL, NULL, NULL); break;
    case DECRYPT: status = cn_client_decrypt(scores, s->client, s->reply, IMAGES); break;
    default: status = cn_clear_scores(scores, NULL, s->plan, m, pixels, IMAGES, 2); break;
    }
    ck_assert_int_eq(status == CN_OK, plan || client || request || server || reply || (which >= DECRYPT && !all_zero(scores, IMAGES)));
    cn_plan_free(plan);
    cn_client_free(client);
    cn_request_free(request);
    cn_server_free(server);
    cn_reply_free(reply);
    return status;
}

/** Which of the calls 1, 2, ... fail when the k-th allocation, or request for randomness, does: all up to the last one. Where there are
 *  many, some of them. */
static void check_injected(int which, const tst_session *s, const cn_model *m, const cn_plan_options *o, bool memory) {
    void (*fail_at)(unsigned long) = memory ? cn_test_alloc_fail_at : cn_test_rng_fail_at;
    unsigned long (*count)(void) = memory ? cn_test_alloc_count : cn_test_rng_count;
    cn_status failure = memory ? CN_ERR_MEMORY : CN_ERR_RANDOM;
    cn_i128 scores[IMAGES] = {0};
    long live = cn_test_alloc_live();
    fail_at(0);
    ck_assert_int_eq(call(which, s, m, o, scores), CN_OK);
    unsigned long total = count(), step = 1 + total / 60;
    if (memory) ck_assert_uint_gt(total, 0);
    for (unsigned long k = 1; k <= total; k += k + step <= 30 || k + step > total - 10 ? 1 : step) {
        memset(scores, which == DECRYPT ? 0xff : 0, sizeof scores); /* a failed decryption must wipe them */
        fail_at(k);
        cn_status status = call(which, s, m, o, scores);
        fail_at(0);
        ck_assert_msg(status == failure, "call %d, failure %lu of %lu: %s: %s", which, k, total, cn_status_name(status), cn_error_text());
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }
}

START_TEST(test_injected_failures) {
    static const cn_plan_options options[] = {{.ring_degree = 8192, .plains = 1, .digit_bits = 23},
                                              {.ring_degree = 8192, .plains = 2, .digit_bits = 23, .public_key = 1},
                                              {.ring_degree = 16384, .plains = 1, .digit_bits = 23, .model_privacy = 40, .scale_scores = 8}};
    cn_model *m = tiny_net(5);
    const cn_plan_options *o = &options[_i / CALLS];
    tst_session s = session(m, o, 1);
    check_injected(_i % CALLS, &s, m, o, true);
    check_injected(_i % CALLS, &s, m, o, false);
    tst_session_clear(&s);
    cn_model_free(m);
}
END_TEST

/** A plan with a cube needs the key for cubes. */
START_TEST(test_key_of_too_small_a_power) {
    cn_model *m = tst_net_new(1, 1, 2);
    cn_plan *p;
    cn_client *c;
    cn_server *s = NULL;
    cn_relin_key *squares;
    const cn_context *ctx;
    tst_net_cubic(m, 1, 0, 0, 0);
    tst_net_dense(m, 2, 2, 2);
    tst_net_square(m);
    m->has_window = true;
    m->window_t = 100000;
    ck_assert_int_eq(cn_plan_new(&p, tst_net_finish(m), NULL), CN_OK);
    ck_assert_int_eq(cn_client_new(&c, p, 1), CN_OK);
    const cn_secret_key *sk = cn_test_client_key(&ctx, c);
    ck_assert_int_eq(cn_relin_key_new(&squares, sk, 2, ctx), CN_OK);
    ck_assert_int_eq(cn_server_new(&s, p, m, squares, 1), CN_ERR_MISMATCH);
    ck_assert_ptr_null(s);
    ck_assert_int_eq(cn_server_new(&s, p, m, cn_client_evaluation_key(c), 1), CN_OK);
    cn_server_free(s);
    cn_relin_key_free(squares);
    cn_client_free(c);
    cn_plan_free(p);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_infer_faults(void) {
    Suite *s = suite_create("infer_faults");
    TCase *c = tcase_create("infer_faults");
    tcase_add_test(c, test_null);
    tcase_add_test(c, test_sizes);
    tcase_add_test(c, test_digest);
    tcase_add_test(c, test_foreign);
    tcase_add_test(c, test_wrong_keys);
    tcase_add_test(c, test_residue_range);
    tcase_add_test(c, test_flipped_bits);
    tcase_add_test(c, test_cancelled);
    tcase_add_test(c, test_cancelled_threads);
    tcase_add_loop_test(c, test_injected_failures, 0, 3 * CALLS);
    tcase_add_test(c, test_key_of_too_small_a_power);
    suite_add_tcase(s, c);
    return s;
}
