/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Objects in files: the same answers through files as in memory, one way to write each object, sizes, permissions; objects that
 *  do not belong together, or are in each other's place. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cryptonets_wire.h"
#include "testing.h"
#include "util/file.h"
#include "util/mem.h"
#include "wire_files.h"

static tst_files f;

static void setup(void) { tst_files_make_wide(&f, 2); }
static void teardown(void) { tst_files_clear(&f); }

/** Who knows the plan from its file reads the right scores; what a side has no key for it cannot do. */
START_TEST(through_files) {
    cn_client *owner;
    cn_reply *reply;
    cn_plan *known;
    cn_i128 scores[TST_IMAGES * TST_WIDE_OUTPUTS], expected[TST_IMAGES * TST_WIDE_OUTPUTS];
    OK(cn_clear_scores(expected, NULL, f.plan, f.model, tst_wide_pixels, TST_IMAGES, 1));
    OK(cn_plan_load(&known, f.path[TST_PLAN]));
    ck_assert_mem_eq(cn_plan_digest(known), cn_plan_digest(f.plan), 32);
    OK(cn_client_load(&owner, known, f.path[TST_SECRET], NULL, 1));
    OK(cn_reply_load(&reply, known, f.path[TST_REPLY]));
    ck_assert_uint_eq(cn_reply_count(reply), TST_IMAGES);
    OK(cn_client_decrypt(scores, owner, reply, TST_IMAGES));
    for (int i = 0; i < TST_IMAGES * TST_WIDE_OUTPUTS; i++) ck_assert(scores[i] == expected[i]);
    /* the request that it answers, by its file, and another one of the same images */
    cn_request *request;
    OK(cn_request_load(&request, known, f.path[TST_REQUEST]));
    OK(cn_reply_answers(reply, request));
    ck_assert_int_eq(cn_reply_answers(NULL, request), CN_ERR_NULL);
    ck_assert_int_eq(cn_reply_answers(reply, NULL), CN_ERR_NULL);
    request->count--;
    ck_assert_int_eq(cn_reply_answers(reply, request), CN_ERR_MISMATCH);
    cn_request_free(request);
    /* what each side cannot do */
    ck_assert_int_eq(cn_client_encrypt(&request, owner, tst_wide_pixels, TST_IMAGES, NULL, NULL), CN_ERR_STATE);
    cn_client_free(owner);
    OK(cn_client_load(&owner, known, NULL, f.path[TST_PUBLIC], 1));
    ck_assert_int_eq(cn_client_decrypt(scores, owner, reply, TST_IMAGES), CN_ERR_STATE);
    cn_client_free(owner);
    OK(cn_client_load(&owner, known, f.path[TST_SECRET], f.path[TST_PUBLIC], 1));
    OK(cn_client_encrypt(&request, owner, tst_wide_pixels, TST_IMAGES, NULL, NULL));
    ck_assert_int_eq(cn_reply_answers(reply, request), CN_ERR_MISMATCH);
    cn_request_free(request);
    cn_client_free(owner);
    cn_reply_free(reply);
    cn_plan_free(known);
}
END_TEST

/** One way to write each object; what is seen of it from outside. */
START_TEST(canonical) {
    char again[64];
    snprintf(again, sizeof again, "%s/again", f.folder);
    for (int kind = 0; kind < TST_FILES; kind++) {
        size_t size;
        uint8_t *other;
        cn_status s = tst_file_parse(&f, kind, f.data[kind], f.size[kind], again);
        ck_assert_msg(s == CN_OK, "%s: %s", f.path[kind], cn_error_text());
        OK(cn_file_read(&other, &size, again, (size_t)1 << 30));
        ck_assert_msg(size == f.size[kind] && memcmp(f.data[kind], other, size) == 0, "%s: another file", f.path[kind]);
        cn_free(other);
        cn_object_info info;
        OK(cn_object_inspect(&info, f.path[kind]));
        ck_assert(info.type == (cn_object)(kind + 1) && info.length == size);
        ck_assert(info.count == (kind >= TST_REQUEST ? TST_IMAGES : 0));
        ck_assert_mem_eq(info.plan, cn_plan_digest(f.plan), 32);
        struct stat st;
        ck_assert(stat(f.path[kind], &st) == 0 && ((st.st_mode & 077) == 0 || kind != TST_SECRET));
    }
}
END_TEST

/** Count times bit length, and the frame: no file is 2 % larger than what it has to say. */
START_TEST(sizes) {
    const cn_params *q = cn_plan_params(f.plan);
    size_t request, reply, key, bits = 0;
    cn_plan_bytes(f.plan, &request, &reply, &key);
    for (unsigned i = 0; i < q->limbs; i++)
        for (uint64_t x = q->q[i]; x; x >>= 1) bits++;
    const size_t content[TST_FILES] = {0, (q->n + 4) / 5, 32 + q->n * bits / 8, key, request, 32 + reply};
    for (int kind = TST_SECRET; kind < TST_FILES; kind++) {
        ck_assert_uint_eq(f.size[kind], content[kind] + CN_FRAME_OVERHEAD);
        if (content[kind] > 8000) ck_assert(50 * CN_FRAME_OVERHEAD <= content[kind]);
    }
}
END_TEST

/** A secret key out of use stays where it is, and is refused. */
START_TEST(retirement) {
    cn_client *owner;
    OK(cn_secret_key_retire(f.path[TST_SECRET]));
    ck_assert_int_eq(cn_client_load(&owner, f.plan, f.path[TST_SECRET], NULL, 1), CN_ERR_STATE);
    ck_assert_ptr_null(owner);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "retired"));
    cn_object_info info;
    OK(cn_object_inspect(&info, f.path[TST_SECRET]));
    ck_assert(info.retired);
    struct stat st;
    ck_assert(stat(f.path[TST_SECRET], &st) == 0 && (st.st_mode & 0777) == 0600);
    OK(cn_secret_key_retire(f.path[TST_SECRET]));
    ck_assert_int_eq(cn_secret_key_retire(f.path[TST_PLAN]), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_secret_key_retire("/nowhere/key"), CN_ERR_NOT_FOUND);
}
END_TEST

/** Keys that are not a pair, requests under another key, replies to them, objects in each other's place. */
START_TEST(mismatches) {
    cn_client *other, *mixed;
    cn_request *request;
    cn_reply *reply;
    char secret[64], public[64];
    cn_i128 scores[TST_IMAGES * TST_WIDE_OUTPUTS];
    snprintf(secret, sizeof secret, "%s/secret2", f.folder);
    snprintf(public, sizeof public, "%s/public2", f.folder);
    OK(cn_client_new(&other, f.plan, 1));
    OK(cn_client_save(other, secret, public, NULL));
    ck_assert_int_eq(cn_client_load(&mixed, f.plan, f.path[TST_SECRET], public, 1), CN_ERR_MISMATCH);
    /* though longer than any secret key */
    ck_assert_int_eq(cn_client_load(&mixed, f.plan, f.path[TST_PUBLIC], NULL, 1), CN_ERR_MISMATCH);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "secret key: expected one, found a public key"));
    ck_assert_int_eq(cn_client_load(&mixed, f.plan, f.path[TST_PLAN], NULL, 1), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_client_load(&mixed, f.plan, NULL, f.path[TST_SECRET], 1), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_client_load(&mixed, f.plan, NULL, NULL, 1), CN_ERR_NULL);
    OK(cn_client_encrypt(&request, other, tst_wide_pixels, TST_IMAGES, NULL, NULL));
    ck_assert_int_eq(cn_server_evaluate(&reply, f.server, request, NULL, NULL, NULL), CN_ERR_MISMATCH);
    OK(cn_reply_load(&reply, f.plan, f.path[TST_REPLY]));
    ck_assert_int_eq(cn_client_decrypt(scores, other, reply, TST_IMAGES), CN_ERR_MISMATCH);
    cn_reply_free(reply);
    cn_request_free(request);
    cn_client_free(other);

    cn_plan *second;
    OK(cn_plan_new(&second, f.model, NULL)); /* other options, another plan */
    ck_assert_int_eq(cn_request_load(&request, second, f.path[TST_REQUEST]), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_reply_load(&reply, f.plan, f.path[TST_PLAN]), CN_ERR_MISMATCH);
    OK(cn_client_new(&other, second, 1));
    ck_assert_int_eq(cn_client_save(other, secret, public, NULL), CN_ERR_STATE); /* no public key: nothing is written */
    ck_assert_int_eq(cn_client_load(&mixed, second, NULL, f.path[TST_PUBLIC], 1), CN_ERR_STATE); /* nor read where none is used */
    OK(cn_client_load(&mixed, f.plan, secret, NULL, 1));
    cn_client_free(mixed);
    cn_client_free(other);
    cn_plan_free(second);
}
END_TEST

/** Each file in the place of each other one, whatever their sizes: the library says what it found. */
START_TEST(wrong_types) {
    char wanted[64];
    for (int kind = 0; kind < TST_FILES; kind++)
        for (int found = 0; found < TST_FILES; found++) {
            if (kind == found) continue;
            cn_plan *p = NULL;
            cn_client *c = NULL;
            cn_relin_key *key = NULL;
            cn_request *request = NULL;
            cn_reply *reply = NULL;
            cn_status s = kind == TST_PLAN         ? cn_plan_load(&p, f.path[found])
                          : kind == TST_SECRET     ? cn_client_load(&c, f.plan, f.path[found], NULL, 1)
                          : kind == TST_PUBLIC     ? cn_client_load(&c, f.plan, NULL, f.path[found], 1)
                          : kind == TST_EVALUATION ? cn_evaluation_key_load(&key, f.plan, f.path[found])
                          : kind == TST_REQUEST    ? cn_request_load(&request, f.plan, f.path[found])
                                                   : cn_reply_load(&reply, f.plan, f.path[found]);
            ck_assert_msg(s == CN_ERR_MISMATCH, "%s for %s: %s: %s", f.path[found], f.path[kind], cn_status_name(s),
                          cn_error_text());
            snprintf(wanted, sizeof wanted, "%s: expected one, found a %s", cn_object_name((cn_object)(kind + 1)),
                     cn_object_name((cn_object)(found + 1)));
            bool named = strncmp(cn_error_text(), f.path[found], strlen(f.path[found])) == 0;
            ck_assert_msg(named && strstr(cn_error_text(), wanted), "expected '%s: %s', found '%s'", f.path[found], wanted,
                          cn_error_text());
            if (found != TST_SECRET) ck_assert_int_eq(cn_secret_key_retire(f.path[found]), CN_ERR_MISMATCH);
        }
    /* what is too long and of no other type stays oversized, a header cut short too */
    size_t size = f.size[TST_SECRET];
    uint8_t *longer = calloc(size + 1, 1);
    cn_client *c;
    memcpy(longer, f.data[TST_SECRET], size);
    OK(cn_file_write(f.path[TST_SECRET], longer, size + 1));
    ck_assert_int_eq(cn_client_load(&c, f.plan, f.path[TST_SECRET], NULL, 1), CN_ERR_OVERSIZED);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), f.path[TST_SECRET]));
    longer[0] ^= 1;
    OK(cn_file_write(f.path[TST_SECRET], longer, size + 1));
    ck_assert_int_eq(cn_client_load(&c, f.plan, f.path[TST_SECRET], NULL, 1), CN_ERR_OVERSIZED);
    free(longer);
}
END_TEST

/** Keys that exist are never overwritten, wherever among the three they are; nothing else is left. */
START_TEST(new_keys) {
    cn_client *c;
    char taken[3][64];
    const char *const words[3] = {"secret3", "public3", "evaluation3"};
    for (int k = 0; k < 3; k++) snprintf(taken[k], sizeof taken[k], "%s/%s", f.folder, words[k]);
    OK(cn_client_new(&c, f.plan, 1));
    for (int k = 0; k < 3; k++) {
        size_t size;
        uint8_t *data;
        OK(cn_file_write(taken[k], "mine", 4));
        ck_assert_int_eq(cn_client_save_new(c, taken[0], taken[1], taken[2]), CN_ERR_STATE);
        OK(cn_file_read(&data, &size, taken[k], 100));
        ck_assert(size == 4 && memcmp(data, "mine", 4) == 0);
        cn_free(data);
        for (int j = 0; j < 3; j++) ck_assert_int_eq(unlink(taken[j]), j == k ? 0 : -1);
        ck_assert_int_eq(symlink("nowhere", taken[k]), 0); /* nor a link that leads nowhere */
        ck_assert_int_eq(cn_client_save_new(c, taken[0], taken[1], taken[2]), CN_ERR_STATE);
        ck_assert_int_eq(unlink(taken[k]), 0);
    }
    OK(cn_client_save_new(c, taken[0], taken[1], taken[2]));
    struct stat st;
    ck_assert(stat(taken[0], &st) == 0 && (st.st_mode & 0777) == 0600 && st.st_nlink == 1);
    ck_assert_int_eq(cn_client_save_new(c, taken[0], taken[1], taken[2]), CN_ERR_STATE);
    cn_client *back;
    OK(cn_client_load(&back, f.plan, taken[0], taken[1], 1));
    cn_client_free(back);
    cn_client_free(c);
}
END_TEST

/** Servers do not take a plan's word for the shape of the model that it names. */
START_TEST(foreign_plans) {
    size_t inputs, outputs;
    cn_plan_shape(f.plan, &inputs, &outputs);
    ck_assert(inputs == TST_WIDE_INPUTS && outputs == TST_WIDE_OUTPUTS);
    for (int change = 0; change < 6; change++) {
        cn_plan *known;
        cn_client *owner;
        cn_server *server;
        OK(cn_plan_save(f.plan, f.path[TST_PLAN]));
        OK(cn_plan_load(&known, f.path[TST_PLAN]));
        if (change == 1) known->inputs++;
        if (change == 2) known->outputs--;
        if (change == 3) known->degree[0] = 3;
        if (change == 4) known->segments--;
        if (change == 5) known->degree[known->segments] = 2, known->schedule.limbs[known->segments] = 1, known->segments++;
        cn_plan_set_powers(known);
        cn_plan_make_digest(known);
        OK(cn_plan_save(known, f.path[TST_PLAN])); /* sound in itself */
        cn_plan_free(known);
        OK(cn_plan_load(&known, f.path[TST_PLAN]));
        OK(cn_client_new(&owner, known, 1));
        cn_status s = cn_server_new(&server, known, f.model, cn_client_evaluation_key(owner), 1);
        ck_assert_int_eq(s, change ? CN_ERR_MISMATCH : CN_OK);
        cn_server_free(server);
        cn_client_free(owner);
        cn_plan_free(known);
    }
}
END_TEST

Suite *cn_suite_wire(void) {
    Suite *s = suite_create("wire");
    TCase *c = tcase_create("wire");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, through_files);
    tcase_add_test(c, canonical);
    tcase_add_test(c, sizes);
    tcase_add_test(c, retirement);
    tcase_add_test(c, mismatches);
    tcase_add_test(c, wrong_types);
    tcase_add_test(c, new_keys);
    tcase_add_test(c, foreign_plans);
    suite_add_tcase(s, c);
    return s;
}
