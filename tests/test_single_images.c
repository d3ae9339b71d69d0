/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Packed evaluation of several images per request: exact for every number of images that share ciphertexts, on full requests and others, with
 *  all kernels; what the slots of images that a request does not hold tell; refusals. */

#include <stdlib.h>
#include <string.h>

#include "arith/int128.h"
#include "netgen.h"
#include "nn/single_server.h"
#include "ring/galois.h"
#include "ring/kernels.h"
#include "testing.h"

/** Two linear layers. */
static cn_model *two(void) {
    cn_model *m = tst_net_new(1, 3, 3);
    for (int i = 0; i < 256; i++) m->lut[i] = i % 4;
    tst_net_dense(m, 6, 3, 5);
    tst_net_square(m);
    tst_net_dense(m, 3, 3, 8);
    return tst_net_finish(m);
}

/** Three, the first one a convolution. */
static cn_model *three(void) {
    cn_model *m = tst_net_new(1, 4, 4);
    for (int i = 0; i < 256; i++) m->lut[i] = i % 3 - 1;
    tst_net_conv(m, 2, 2, 2, NULL, 2, 3);
    tst_net_square(m);
    tst_net_dense(m, 5, 2, 4);
    tst_net_square(m);
    tst_net_dense(m, 2, 2, 6);
    return tst_net_finish(m);
}

static cn_model *(*const nets[])(void) = {two, three};

/** Both sides of one plan. */
typedef struct sides {
    cn_single_plan *plan;
    cn_single_client *client;
    cn_single_server *server;
} sides;

static sides sides_new(const cn_model *m, size_t images, unsigned threads) {
    sides s;
    ck_assert_msg(cn_single_plan_new(&s.plan, m, &(cn_single_options){.images = images}) == CN_OK, "%s", cn_error_text());
    ck_assert_uint_eq(cn_single_plan_images(s.plan), images);
    ck_assert_int_eq(cn_single_client_new(&s.client, s.plan, threads), CN_OK);
    ck_assert_int_eq(cn_single_server_new(&s.server, s.plan, m, cn_single_client_relin_key(s.client), cn_single_client_rotation_key(s.client), threads), CN_OK);
    return s;
}

static void sides_free(sides *s) {
    cn_single_server_free(s->server);
    cn_single_client_free(s->client);
    cn_single_plan_free(s->plan);
}

/** One request of count images, of whose scores asked are decrypted, against the clear network. */
static void check_request(const sides *s, const cn_model *m, size_t count, size_t asked) {
    uint8_t *pixels = tst_net_pixels(m, count);
    size_t words = count * cn_model_outputs(m);
    cn_i128 *clear = malloc(words * sizeof *clear), *found = malloc(words * sizeof *found);
    cn_single_request *request;
    cn_single_reply *reply;
    ck_assert_int_eq(cn_single_clear_scores(clear, NULL, s->plan, m, pixels, count, 1), CN_OK);
    ck_assert_int_eq(cn_single_encrypt(&request, s->client, pixels, count), CN_OK);
    ck_assert_msg(cn_single_evaluate(&reply, s->server, request, NULL) == CN_OK, "%s", cn_error_text());
    ck_assert_msg(cn_single_decrypt(found, s->client, reply, asked) == CN_OK, "%s", cn_error_text());
    for (size_t i = 0; i < asked * cn_model_outputs(m); i++)
        ck_assert_msg(found[i] == clear[i], "%zu of %zu images: score %zu differs", count, cn_single_plan_images(s->plan), i);
    cn_single_request_free(request);
    cn_single_reply_free(reply);
    free(pixels);
    free(clear);
    free(found);
}

/* ---- scores ------------------------------------------------------------------------------------ */

#define NUMBERS 10 /* of images: 1, 2, 4, ..., 512 */

/** Every number of images, on both networks, each on one thread and on two. */
START_TEST(exact) {
    size_t images = (size_t)1 << _i % NUMBERS;
    cn_model *m = nets[_i / NUMBERS]();
    for (unsigned threads = 1; threads <= 2; threads++) {
        sides s = sides_new(m, images, threads);
        check_request(&s, m, images, images);
        if (images > 1) check_request(&s, m, images - 1, images - 1), check_request(&s, m, images / 2, 1 + (size_t)tst_below(images / 2));
        check_request(&s, m, 1, 1);
        sides_free(&s);
    }
    cn_model_free(m);
}
END_TEST

START_TEST(kernels) {
    size_t tables;
    const cn_kernels *const *table = cn_kernels_all(&tables);
    setenv("CRYPTONETS_CPU", cn_isa_name(table[_i]->isa), 1); /* heard where tests run in their own process */
    for (size_t k = 0; k < CN_ARRAY_LEN(nets); k++) {
        cn_model *m = nets[k]();
        for (size_t images = 8; images <= 128; images *= 16) {
            sides s = sides_new(m, images, 2);
            check_request(&s, m, images, images);
            check_request(&s, m, images / 2, images / 2);
            sides_free(&s);
        }
        cn_model_free(m);
    }
}
END_TEST

/** A shipped network: the next power of two that fits, and images as they come. */
START_TEST(shipped) {
    static const struct {
        const char *name;
        size_t images;
    } of[] = {{"depth1", 4}, {"paper-small", 8}};
    cn_model *m = tst_net_shipped(of[_i].name);
    sides s = sides_new(m, of[_i].images, 2);
    check_request(&s, m, of[_i].images, of[_i].images);
    check_request(&s, m, 3, 3);
    sides_free(&s);
    cn_model_free(m);
}
END_TEST

/* ---- layouts and slots ------------------------------------------------------------------------- */

/** Images do not share slots, and a rotation of the ring moves each of them within its own. */
START_TEST(layouts) {
    for (unsigned images = 1; images <= CN_SINGLE_IMAGES_MAX; images *= 2) {
        enum { N = 4096 };
        cn_layout layout = {N / images, images};
        uint8_t *seen = calloc(N, 1);
        size_t row = layout.slots / 2;
        for (size_t image = 0; image < images; image++)
            for (size_t s = 0; s < layout.slots; s++) {
                size_t at = cn_layout_slot(&layout, image, s), k = (size_t)tst_below(row);
                ck_assert(at < N && !seen[at]++);
                unsigned by = cn_layout_rotation(&layout, (unsigned)k);
                ck_assert(cn_rotation_valid(by, N));
                ck_assert_uint_eq(cn_layout_slot(&layout, image, cn_layout_turned(s, k, row)), cn_layout_turned(at, by, N / 2));
                ck_assert_uint_eq(cn_layout_rotation(&layout, (unsigned)k | CN_ROTATE_SWAP), by | CN_ROTATE_SWAP);
                ck_assert_uint_eq(at >= N / 2, s >= row);
            }
        free(seen);
    }
}
END_TEST

/** Images that a request does not hold are images of zeros to the network, but the server fills the slots of their scores at random: they add up
 *  neither to the scores of such an image nor to the same sums twice. Those of the others do. */
START_TEST(absent) {
    enum { IMAGES = 16, HELD = 5, OUTPUTS = 3 };
    cn_model *m = two();
    sides s = sides_new(m, IMAGES, 1);
    uint8_t *pixels = tst_net_pixels(m, HELD);
    const cn_single_layer *last = &s.plan->layer[s.plan->layers - 1];
    size_t n = s.plan->base.params.n;
    uint64_t *slots = malloc(n * sizeof *slots), sum[3][IMAGES][OUTPUTS] = {{{0}}};
    uint8_t zeros[9] = {0}; /* for which the look-up table has 0 */
    cn_i128 nothing[OUTPUTS];
    ck_assert_int_eq(cn_single_clear_scores(nothing, NULL, s.plan, m, zeros, 1, 1), CN_OK);
    const cn_context *ctx;
    const cn_secret_key *sk = cn_test_single_client_key(&ctx, s.client);
    cn_single_request *request;
    cn_single_reply *reply;
    ck_assert_int_eq(cn_single_encrypt(&request, s.client, pixels, HELD), CN_OK);
    for (int k = 0; k < 3; k++) {
        if (k == 2) request->count = IMAGES; /* now the others are asked for */
        ck_assert_int_eq(cn_single_evaluate(&reply, s.server, request, NULL), CN_OK);
        ck_assert_int_eq(cn_decrypt(slots, n, reply->cipher[0], sk, ctx), CN_OK);
        cn_single_reply_free(reply);
        for (size_t image = 0; image < IMAGES; image++)
            for (size_t c = 0; c < s.plan->layout.slots; c++) {
                uint64_t value = slots[s.server->position[cn_layout_slot(&s.plan->layout, image, c)]];
                if (last->out[c] < 0) ck_assert_uint_eq(value, 0);
                else sum[k][image][last->out[c]] = cn_mod_add(sum[k][image][last->out[c]], value, cn_t(ctx, 0));
            }
    }
    size_t same = 0;
    for (size_t image = 0; image < IMAGES; image++)
        for (size_t o = 0; o < OUTPUTS; o++) {
            bool equal[2] = {sum[0][image][o] == sum[1][image][o], sum[0][image][o] == sum[2][image][o]};
            if (image < HELD) ck_assert(equal[0] && equal[1]);
            else same += equal[0] + equal[1];
            if (image >= HELD) ck_assert_uint_eq(sum[2][image][o], cn_i128_mod(nothing[o], cn_t(ctx, 0)));
        }
    ck_assert_uint_le(same, 2); /* by chance one in t */
    cn_single_request_free(request);
    free(slots);
    free(pixels);
    sides_free(&s);
    cn_model_free(m);
}
END_TEST

/* ---- refusals ---------------------------------------------------------------------------------- */

START_TEST(refusals) {
    static const size_t wrong[] = {3, 6, 511, 1024, SIZE_MAX, (size_t)1 << 63};
    cn_model *m = two();
    cn_single_plan *p;
    for (size_t i = 0; i < CN_ARRAY_LEN(wrong); i++) {
        ck_assert_int_eq(cn_single_plan_new(&p, m, &(cn_single_options){.images = wrong[i]}), CN_ERR_SIZE);
        ck_assert_ptr_null(p);
        ck_assert_ptr_nonnull(strstr(cn_error_text(), "expected a power of two up to 512"));
    }
    ck_assert_int_eq(cn_single_plan_new(&p, m, &(cn_single_options){.images = 4, .upload_max = 10000}), CN_ERR_PLAN);
    sides s = sides_new(m, 4, 1);
    uint8_t *pixels = tst_net_pixels(m, 5);
    cn_single_request *request;
    cn_single_reply *reply;
    cn_i128 scores[4 * 3];
    ck_assert_int_eq(cn_single_encrypt(&request, s.client, pixels, 5), CN_ERR_SIZE);
    ck_assert_ptr_null(request);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "5 images; expected 1 to 4"));
    ck_assert_int_eq(cn_single_encrypt(&request, s.client, pixels, 0), CN_ERR_SIZE);
    ck_assert_int_eq(cn_single_encrypt(&request, s.client, pixels, 3), CN_OK);
    ck_assert_int_eq(cn_single_evaluate(&reply, s.server, request, NULL), CN_OK);
    ck_assert_int_eq(cn_single_decrypt(scores, s.client, reply, 4), CN_ERR_SIZE);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "4 images asked for; the reply holds 3"));
    ck_assert_int_eq(cn_single_decrypt(scores, s.client, reply, 0), CN_ERR_SIZE);
    ck_assert_int_eq(cn_single_decrypt(scores, s.client, reply, 3), CN_OK);
    cn_single_request_free(request);
    cn_single_reply_free(reply);
    free(pixels);
    sides_free(&s);
    cn_model_free(m);
}
END_TEST

/** Plans for different numbers of images are different plans; the same number, the same plan. */
START_TEST(digests) {
    cn_model *m = two();
    uint8_t digest[NUMBERS][32];
    for (size_t i = 0; i < NUMBERS; i++) {
        sides s = sides_new(m, (size_t)1 << i, 1);
        memcpy(digest[i], s.plan->base.digest, sizeof digest[i]);
        for (size_t k = 0; k < i; k++) ck_assert(memcmp(digest[k], digest[i], sizeof digest[i]) != 0);
        sides_free(&s);
    }
    sides s = sides_new(m, 2, 2);
    ck_assert(memcmp(digest[1], s.plan->base.digest, 32) == 0);
    sides_free(&s);
    cn_single_plan *p;
    ck_assert_int_eq(cn_single_plan_new(&p, m, NULL), CN_OK);
    ck_assert(memcmp(digest[0], p->base.digest, 32) == 0);
    cn_single_plan_free(p);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_single_images(void) {
    Suite *s = suite_create("single_images");
    TCase *tc = tcase_create("single_images");
    size_t tables;
    cn_kernels_all(&tables);
    tcase_set_timeout(tc, 240);
    tcase_add_loop_test(tc, exact, 0, (int)CN_ARRAY_LEN(nets) * NUMBERS);
    tcase_add_loop_test(tc, kernels, 0, (int)tables);
    tcase_add_loop_test(tc, shipped, 0, 2);
    tcase_add_test(tc, layouts);
    tcase_add_test(tc, absent);
    tcase_add_test(tc, refusals);
    tcase_add_test(tc, digests);
    suite_add_tcase(s, tc);
    return s;
}
