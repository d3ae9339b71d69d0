/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The folder of single_files.h. */

#include "single_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netgen.h"
#include "testing.h"
#include "util/mem.h"

const uint8_t tst_single_pixels[TST_S_IMAGES * TST_S_INPUTS] = {0, 255, 1, 7, 9, 200, 31, 40, 50};

cn_model *tst_single_model(void) {
    cn_model *m = tst_net_new(1, 1, TST_S_INPUTS);
    for (int v = 0; v < 256; v++) m->lut[v] = v & 1;
    cn_layer *l = tst_net_dense(m, 2, 0, 0);
    for (size_t i = 0; i < 6; i++) l->weight[i] = 1 - (int64_t)i % 3;
    tst_net_square(m);
    l = tst_net_dense(m, 2, 0, 0);
    for (size_t i = 0; i < 4; i++) l->weight[i] = 1 - 2 * (int64_t)(i % 2);
    l->bias[1] = -2;
    tst_net_square(m);
    l = tst_net_dense(m, TST_S_OUTPUTS, 0, 0);
    l->weight[0] = l->weight[3] = 1;
    l->bias[0] = -5;
    m->has_window = true;
    m->window_lo = -500;
    m->window_t = 1000;
    return tst_net_finish(m);
}

void tst_single_make(tst_single_files *f) {
    static const char *const name[TST_S_FILES] = {"plan", "secret", "evaluation", "request", "reply"};
    cn_single_options options = {.images = 512};
    *f = (tst_single_files){.folder = "/tmp/cn-single-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(f->folder));
    for (int i = 0; i < TST_S_FILES; i++) snprintf(f->path[i], sizeof f->path[i], "%s/%s", f->folder, name[i]);
    f->model = tst_single_model();
    OK(cn_single_plan_new(&f->plan, f->model, &options));
    OK(cn_context_new(&f->ctx, cn_single_plan_params(f->plan)));
    OK(cn_single_client_new(&f->owner, f->plan, 1));
    OK(cn_single_server_new(&f->server, f->plan, f->model, cn_single_client_relin_key(f->owner),
                            cn_single_client_rotation_key(f->owner), 1));
    OK(cn_single_encrypt(&f->request, f->owner, tst_single_pixels, TST_S_IMAGES));
    OK(cn_single_evaluate(&f->reply, f->server, f->request, NULL));
    OK(cn_single_plan_save(f->plan, f->path[TST_S_PLAN]));
    OK(cn_single_client_save(f->owner, f->path[TST_S_SECRET], f->path[TST_S_EVALUATION]));
    OK(cn_single_request_save(f->request, f->plan, f->path[TST_S_REQUEST]));
    OK(cn_single_reply_save(f->reply, f->plan, f->path[TST_S_REPLY]));
    for (int i = 0; i < TST_S_FILES; i++) OK(cn_file_read(&f->data[i], &f->size[i], f->path[i], (size_t)1 << 30));
}

void tst_single_restore(const tst_single_files *f) {
    for (int i = 0; i < TST_S_FILES; i++)
        if (!tst_single_is_old(f, i)) OK(cn_file_write(f->path[i], f->data[i], f->size[i]));
}

void tst_single_clear(tst_single_files *f) {
    for (int i = 0; i < TST_S_FILES; i++) cn_free(f->data[i]);
    cn_single_reply_free(f->reply);
    cn_single_request_free(f->request);
    cn_single_server_free(f->server);
    cn_single_client_free(f->owner);
    cn_context_free(f->ctx);
    cn_single_plan_free(f->plan);
    cn_model_free(f->model);
    tst_folder_remove(f->folder);
}

bool tst_single_is_old(const tst_single_files *f, int kind) {
    uint8_t *data;
    size_t size;
    if (cn_file_read(&data, &size, f->path[kind], (size_t)1 << 30) != CN_OK) return false;
    bool same = size == f->size[kind] && memcmp(data, f->data[kind], size) == 0;
    cn_free(data);
    return same;
}

cn_status tst_single_parse(const tst_single_files *f, int kind, const uint8_t *data, size_t size, const char *again) {
    cn_status s = CN_OK;
    cn_single_plan *p = NULL;
    cn_secret_key *sk = NULL;
    cn_relin_key *rk = NULL;
    cn_rotation_key *turns = NULL;
    cn_single_request *request = NULL;
    cn_single_reply *reply = NULL;
    switch (kind) {
    case TST_S_PLAN:
        s = cn_single_plan_parse(&p, data, size);
        if (again && s == CN_OK) OK(cn_single_plan_save(p, again));
        break;
    case TST_S_SECRET:
        s = cn_secret_key_parse(&sk, &f->plan->base, f->ctx, data, size);
        if (again && s == CN_OK) OK(cn_secret_key_write(sk, &f->plan->base, f->ctx, again, false));
        break;
    case TST_S_EVALUATION:
        s = cn_single_evaluation_key_parse(&rk, &turns, f->plan, f->ctx, data, size);
        if (again && s == CN_OK) OK(cn_single_evaluation_key_write(rk, turns, f->plan, f->ctx, again, false));
        break;
    case TST_S_REQUEST:
        s = cn_single_request_parse(&request, f->plan, data, size);
        if (again && s == CN_OK) OK(cn_single_request_save(request, f->plan, again));
        break;
    case TST_S_REPLY:
        s = cn_single_reply_parse(&reply, f->plan, f->ctx, data, size);
        if (again && s == CN_OK) OK(cn_single_reply_save(reply, f->plan, again));
        break;
    }
    if (s != CN_OK) ck_assert(!p && !sk && !rk && !turns && !request && !reply);
    cn_single_plan_free(p);
    cn_secret_key_free(sk);
    cn_relin_key_free(rk);
    cn_rotation_key_free(turns);
    cn_single_request_free(request);
    cn_single_reply_free(reply);
    return s;
}
