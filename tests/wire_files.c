/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The folder of wire_files.h. */

#include "wire_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netgen.h"
#include "testing.h"
#include "util/mem.h"

const uint8_t tst_files_pixels[TST_IMAGES] = {1, 6, 255};
const int tst_files_scores[TST_IMAGES] = {1, 0, 1};

#define OK(call) ck_assert_msg((call) == CN_OK, "%s", cn_error_text())

void tst_files_make(tst_files *f) {
    static const char *const name[TST_FILES] = {"plan", "secret", "public", "evaluation", "request", "reply"};
    cn_plan_options options = {.ring_degree = 4096, .public_key = 1, .plains = 1};
    *f = (tst_files){.folder = "/tmp/cn-files-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(f->folder));
    for (int i = 0; i < TST_FILES; i++) snprintf(f->path[i], sizeof f->path[i], "%s/%s", f->folder, name[i]);
    f->model = tst_net_new(1, 1, 1);
    for (int v = 0; v < 256; v++) f->model->lut[v] = v & 1;
    tst_net_square(f->model);
    tst_net_dense(f->model, 1, 0, 0)->weight[0] = 1;
    tst_net_square(f->model);
    f->model->has_window = true;
    f->model->window_t = 30000;
    tst_net_finish(f->model);
    OK(cn_plan_new(&f->plan, f->model, &options));
    OK(cn_context_new(&f->ctx, cn_plan_params(f->plan)));
    OK(cn_client_new(&f->owner, f->plan, 1));
    OK(cn_server_new(&f->server, f->plan, f->model, cn_client_evaluation_key(f->owner), 1));
    OK(cn_client_encrypt(&f->request, f->owner, tst_files_pixels, TST_IMAGES, NULL, NULL));
    OK(cn_server_evaluate(&f->reply, f->server, f->request, NULL, NULL, NULL));
    OK(cn_plan_save(f->plan, f->path[TST_PLAN]));
    OK(cn_client_save(f->owner, f->path[TST_SECRET], f->path[TST_PUBLIC], f->path[TST_EVALUATION]));
    OK(cn_request_save(f->request, f->plan, f->path[TST_REQUEST]));
    OK(cn_reply_save(f->reply, f->plan, f->path[TST_REPLY]));
    for (int i = 0; i < TST_FILES; i++) OK(cn_file_read(&f->data[i], &f->size[i], f->path[i], (size_t)1 << 30));
}

void tst_files_restore(const tst_files *f) {
    for (int i = 0; i < TST_FILES; i++)
        if (!tst_file_is_old(f, i)) OK(cn_file_write(f->path[i], f->data[i], f->size[i]));
}

void tst_files_clear(tst_files *f) {
    for (int i = 0; i < TST_FILES; i++) cn_free(f->data[i]);
    cn_reply_free(f->reply);
    cn_request_free(f->request);
    cn_server_free(f->server);
    cn_client_free(f->owner);
    cn_context_free(f->ctx);
    cn_plan_free(f->plan);
    cn_model_free(f->model);
    tst_folder_remove(f->folder);
}

bool tst_file_is_old(const tst_files *f, int kind) {
    uint8_t *data;
    size_t size;
    if (cn_file_read(&data, &size, f->path[kind], (size_t)1 << 30) != CN_OK) return false;
    bool same = size == f->size[kind] && memcmp(data, f->data[kind], size) == 0;
    cn_free(data);
    return same;
}

cn_status tst_file_check(const tst_files *f, int kind, const char *path) {
    uint8_t *data;
    size_t size;
    CN_TRY(cn_file_read(&data, &size, path, (size_t)1 << 30));
    cn_status s = CN_ERR_FORMAT;
    cn_plan *p = NULL;
    cn_secret_key *sk = NULL;
    cn_public_key *pk = NULL;
    cn_relin_key *rk = NULL;
    cn_request *request = NULL;
    cn_reply *reply = NULL;
    switch (kind) {
    case TST_PLAN: s = cn_plan_parse(&p, data, size); break;
    case TST_SECRET: s = cn_secret_key_parse(&sk, f->plan, f->ctx, data, size); break;
    case TST_PUBLIC: s = cn_public_key_parse(&pk, f->plan, f->ctx, data, size); break;
    case TST_EVALUATION: s = cn_evaluation_key_parse(&rk, f->plan, f->ctx, data, size); break;
    case TST_REQUEST: s = cn_request_parse(&request, f->plan, data, size); break;
    case TST_REPLY: s = cn_reply_parse(&reply, f->plan, f->ctx, data, size); break;
    }
    cn_plan_free(p);
    cn_secret_key_free(sk);
    cn_public_key_free(pk);
    cn_relin_key_free(rk);
    cn_request_free(request);
    cn_reply_free(reply);
    cn_free(data);
    return s;
}

size_t tst_files_count(const tst_files *f) { return tst_folder_count(f->folder); }
