/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Evaluation in little memory: passes over the request, requests in files; the same bytes whatever the means. */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netgen.h"
#include "testing.h"
#include "util/map.h"
#include "util/mem.h"
#include "util/rng.h"

#define IMAGES 5

static bool same_reply(const cn_reply *a, const cn_reply *b) {
    bool same = a->ciphers == b->ciphers;
    for (size_t i = 0; same && i < a->ciphers; i++)
        for (unsigned p = 0; same && p < a->cipher[i]->parts; p++) {
            const cn_poly *x = &a->cipher[i]->part[p], *y = &b->cipher[i]->part[p];
            same = x->limbs == y->limbs && memcmp(x->c, y->c, x->limbs * x->n * sizeof *x->c) == 0;
        }
    return same;
}

/** A network with a layer in front of the activation, a session that has run it, and its inputs. */
static cn_model *small_net(void) {
    cn_model *m = tst_net_new(1, 4, 4);
    tst_net_dense(m, 5, 3, 4);
    tst_net_square(m);
    tst_net_dense(m, 3, 3, 4);
    return tst_net_finish(m);
}

START_TEST(limits_do_not_show) {
    const cn_plan_options options[] = {{0}, {.public_key = 1, .plains = 2}};
    cn_model *m = small_net();
    uint8_t *pixels = tst_net_pixels(m, IMAGES);
    for (size_t o = 0; o < CN_ARRAY_LEN(options); o++) {
        cn_i128 scores[IMAGES * 3];
        tst_session s;
        size_t ciphers, buffer;
        ck_assert_int_eq(tst_session_run(&s, scores, m, &options[o], 1 + (unsigned)o, pixels, IMAGES), CN_OK);
        cn_plan_memory(s.plan, &ciphers, &buffer);
        ck_assert_uint_eq(buffer, 2 * 16 * s.plan->params.n * sizeof(uint64_t));
        ck_assert_uint_ge(ciphers, cn_reply_bytes(s.reply));
        const size_t limit[] = {1, buffer / 7, buffer / 2, buffer, 0};
        for (size_t i = 0; i < CN_ARRAY_LEN(limit); i++) {
            cn_reply *r;
            ck_assert_int_eq(cn_server_limit_memory(s.server, limit[i]), CN_OK);
            ck_assert_int_eq(cn_server_evaluate(&r, s.server, s.request, NULL, NULL, NULL), CN_OK);
            ck_assert(same_reply(r, s.reply));
            cn_reply_free(r);
        }
        tst_session_clear(&s);
    }
    ck_assert_int_eq(cn_server_limit_memory(NULL, 1), CN_ERR_NULL);
    free(pixels);
    cn_model_free(m);
}
END_TEST

/** The same request in a file: the same bytes, the same reply, nothing left behind in the folder. */
START_TEST(spooled_requests) {
    char folder[] = "/tmp/cryptonets-test-XXXXXX", missing[PATH_MAX];
    cn_model *m = small_net();
    uint8_t *pixels = tst_net_pixels(m, IMAGES);
    cn_i128 scores[IMAGES * 3], again[IMAGES * 3];
    tst_session s;
    cn_request *q;
    cn_reply *r;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(missing, sizeof missing, "%s/missing", folder);
    ck_assert_int_eq(tst_session_run(&s, scores, m, NULL, 2, pixels, IMAGES), CN_OK);
    ck_assert_int_eq(cn_client_spool(NULL, folder), CN_ERR_NULL);

    ck_assert_int_eq(cn_client_spool(s.client, missing), CN_ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), missing));

    ck_assert_int_eq(mkdir(missing, 0700), 0); /* there when it was named, gone when it is used */
    ck_assert_int_eq(cn_client_spool(s.client, missing), CN_OK);
    ck_assert_int_eq(rmdir(missing), 0);
    long live = cn_test_alloc_live();
    ck_assert_int_eq(cn_client_encrypt(&q, s.client, pixels, IMAGES, NULL, NULL), CN_ERR_NOT_FOUND);
    ck_assert_ptr_null(q);
    ck_assert_int_eq(cn_test_alloc_live(), live);

    ck_assert_int_eq(cn_client_spool(s.client, folder), CN_OK);
    cn_test_rng_deterministic(77);
    ck_assert_int_eq(cn_client_encrypt(&q, s.client, pixels, IMAGES, NULL, NULL), CN_OK);
    cn_request_free(s.request);
    ck_assert_int_eq(cn_client_spool(s.client, NULL), CN_OK);
    cn_test_rng_deterministic(77);
    ck_assert_int_eq(cn_client_encrypt(&s.request, s.client, pixels, IMAGES, NULL, NULL), CN_OK);
    cn_test_rng_system();
    ck_assert(q->mapped && !s.request->mapped);
    ck_assert_mem_eq(q->data, s.request->data, q->bytes);
    cn_reply_free(s.reply);
    ck_assert_int_eq(cn_server_evaluate(&s.reply, s.server, s.request, NULL, NULL, NULL), CN_OK);
    ck_assert_int_eq(cn_server_evaluate(&r, s.server, q, NULL, NULL, NULL), CN_OK);
    ck_assert(same_reply(r, s.reply));
    ck_assert_int_eq(cn_client_decrypt(again, s.client, r, IMAGES), CN_OK);
    ck_assert_mem_eq(again, scores, sizeof scores);
    ck_assert_int_eq(rmdir(folder), 0); /* empty */
    cn_reply_free(r);
    cn_request_free(q);
    tst_session_clear(&s);
    free(pixels);
    cn_model_free(m);
}
END_TEST

/** The mapping itself: zeroed, kept over eviction; refusals. */
START_TEST(mapping) {
    const size_t bytes = 5 * 4096 + 17;
    void *p;
    ck_assert_int_eq(cn_map_new(&p, bytes, "/tmp"), CN_OK);
    uint8_t *x = p;
    for (size_t i = 0; i < bytes; i++) TST_EQ(x[i], 0);
    for (size_t i = 0; i < bytes; i++) x[i] = (uint8_t)(i * 7 + i / 256);
    cn_map_evict(x + 100, 9000);
    cn_map_evict(x, bytes);
    cn_map_evict(x + 1, 10);
    for (size_t i = 0; i < bytes; i++) TST_EQ(x[i], (uint8_t)(i * 7 + i / 256));
    cn_map_free(p, bytes);
    cn_map_free(NULL, 0);
    ck_assert_int_eq(cn_map_new(&p, bytes, "/tmp/is/not/there"), CN_ERR_NOT_FOUND);
    ck_assert_ptr_null(p);
    ck_assert_int_eq(cn_map_new(&p, (size_t)1 << 62, "/tmp"), CN_ERR_IO); /* more room than any disk has */
    ck_assert_ptr_null(p);
}
END_TEST

Suite *cn_suite_memory(void) {
    Suite *s = suite_create("memory");
    TCase *tc = tcase_create("core");
    tcase_add_test(tc, mapping);
    tcase_add_test(tc, limits_do_not_show);
    tcase_add_test(tc, spooled_requests);
    suite_add_tcase(s, tc);
    return s;
}
