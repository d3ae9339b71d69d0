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
const uint8_t tst_wide_pixels[TST_IMAGES * TST_WIDE_INPUTS] = {0, 255, 1, 7, 9, 200, 30, 40, 50};

/* ---- networks ---------------------------------------------------------------------------------- */

static cn_model *one_bit(void) {
    cn_model *m = tst_net_new(1, 1, 1);
    for (int v = 0; v < 256; v++) m->lut[v] = v & 1;
    tst_net_square(m);
    tst_net_dense(m, 1, 0, 0)->weight[0] = 1;
    tst_net_square(m);
    m->has_window = true;
    m->window_t = 30000;
    return tst_net_finish(m);
}

/** Two squares: relinearisation of both. */
static cn_model *wide(void) {
    cn_model *m = tst_net_new(1, 1, TST_WIDE_INPUTS);
    cn_layer *l = tst_net_dense(m, 2, 0, 0);
    for (size_t i = 0; i < 6; i++) l->weight[i] = (int64_t)i - 2;
    tst_net_square(m);
    l = tst_net_dense(m, TST_WIDE_OUTPUTS, 0, 0);
    for (size_t i = 0; i < 4; i++) l->weight[i] = 1 - 2 * (int64_t)(i % 2);
    l->bias[1] = -7;
    tst_net_square(m);
    l = tst_net_dense(m, TST_WIDE_OUTPUTS, 0, 0);
    l->weight[0] = l->weight[3] = 1;
    return tst_net_finish(m);
}

/* ---- the folder -------------------------------------------------------------------------------- */

/** The client's side from a plan in a file: the owner makes keys, an uploader encrypts. */
static void make_request(tst_files *f, const uint8_t *pixels) {
    cn_client *uploader;
    cn_request *request;
    OK(cn_plan_load(&f->known, f->path[TST_PLAN]));
    OK(cn_client_new(&f->owner, f->known, 1));
    OK(cn_client_save(f->owner, f->path[TST_SECRET], f->path[TST_PUBLIC], f->path[TST_EVALUATION]));
    OK(cn_client_load(&uploader, f->known, NULL, f->path[TST_PUBLIC], 1));
    OK(cn_client_encrypt(&request, uploader, pixels, TST_IMAGES, NULL, NULL));
    OK(cn_request_save(request, f->known, f->path[TST_REQUEST]));
    cn_request_free(request);
    cn_client_free(uploader);
}

/** The server's side, from key and request in files. */
static void make_reply(tst_files *f) {
    OK(cn_evaluation_key_load(&f->key, f->plan, f->path[TST_EVALUATION]));
    OK(cn_server_new(&f->server, f->plan, f->model, f->key, 1));
    OK(cn_request_load(&f->request, f->plan, f->path[TST_REQUEST]));
    OK(cn_server_evaluate(&f->reply, f->server, f->request, NULL, NULL, NULL));
    OK(cn_reply_save(f->reply, f->plan, f->path[TST_REPLY]));
}

/** In: m, which f owns from now on. */
static void make(tst_files *f, cn_model *m, const cn_plan_options *options, const uint8_t *pixels) {
    static const char *const name[TST_FILES] = {"plan", "secret", "public", "evaluation", "request", "reply"};
    *f = (tst_files){.folder = "/tmp/cn-files-XXXXXX", .model = m};
    ck_assert_ptr_nonnull(mkdtemp(f->folder));
    for (int i = 0; i < TST_FILES; i++) snprintf(f->path[i], sizeof f->path[i], "%s/%s", f->folder, name[i]);
    OK(cn_plan_new(&f->plan, m, options));
    OK(cn_context_new(&f->ctx, cn_plan_params(f->plan)));
    OK(cn_plan_save(f->plan, f->path[TST_PLAN]));
    make_request(f, pixels);
    make_reply(f);
    for (int i = 0; i < TST_FILES; i++) OK(cn_file_read(&f->data[i], &f->size[i], f->path[i], (size_t)1 << 30));
}

void tst_files_make(tst_files *f) {
    make(f, one_bit(), &(cn_plan_options){.ring_degree = 4096, .public_key = 1, .plains = 1}, tst_files_pixels);
}

void tst_files_make_wide(tst_files *f, unsigned plains) {
    make(f, wide(), &(cn_plan_options){.public_key = 1, .plains = plains}, tst_wide_pixels);
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
    cn_relin_key_free(f->key);
    cn_client_free(f->owner);
    cn_context_free(f->ctx);
    cn_plan_free(f->known);
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

/* ---- reading ----------------------------------------------------------------------------------- */

cn_status tst_file_parse(const tst_files *f, int kind, const uint8_t *data, size_t size, const char *again) {
    cn_status s = CN_OK;
    cn_plan *p = NULL;
    cn_client *c = NULL;
    cn_request *r = NULL;
    cn_reply *reply = NULL;
    if (again && kind >= TST_SECRET && kind <= TST_EVALUATION) OK(cn_client_bare(&c, f->plan, 1));
    cn_secret_key *sk = NULL;
    cn_public_key *pk = NULL;
    cn_relin_key *rk = NULL;
    switch (kind) {
    case TST_PLAN:
        s = cn_plan_parse(&p, data, size);
        if (again && s == CN_OK) OK(cn_plan_save(p, again));
        break;
    case TST_SECRET:
        s = cn_secret_key_parse(&sk, f->plan, f->ctx, data, size);
        if (again && s == CN_OK) c->sk = sk, sk = NULL;
        if (again && s == CN_OK) OK(cn_client_save(c, again, NULL, NULL));
        break;
    case TST_PUBLIC:
        s = cn_public_key_parse(&pk, f->plan, f->ctx, data, size);
        if (again && s == CN_OK) c->pk = pk, pk = NULL;
        if (again && s == CN_OK) OK(cn_client_save(c, NULL, again, NULL));
        break;
    case TST_EVALUATION:
        s = cn_evaluation_key_parse(&rk, f->plan, f->ctx, data, size);
        if (again && s == CN_OK) c->rk = rk, rk = NULL;
        if (again && s == CN_OK) OK(cn_client_save(c, NULL, NULL, again));
        break;
    case TST_REQUEST:
        s = cn_request_parse(&r, f->plan, data, size);
        if (again && s == CN_OK) OK(cn_request_save(r, f->plan, again));
        break;
    case TST_REPLY:
        s = cn_reply_parse(&reply, f->plan, f->ctx, data, size);
        if (again && s == CN_OK) OK(cn_reply_save(reply, f->plan, again));
        break;
    }
    if (s != CN_OK) ck_assert(!p && !sk && !pk && !rk && !r && !reply);
    cn_plan_free(p);
    cn_secret_key_free(sk);
    cn_public_key_free(pk);
    cn_relin_key_free(rk);
    cn_client_free(c);
    cn_request_free(r);
    cn_reply_free(reply);
    return s;
}

cn_status tst_file_check(const tst_files *f, int kind, const char *path) {
    uint8_t *data;
    size_t size;
    CN_TRY(cn_file_read(&data, &size, path, (size_t)1 << 30));
    cn_status s = tst_file_parse(f, kind, data, size, NULL);
    cn_free(data);
    return s;
}

size_t tst_files_count(const tst_files *f) { return tst_folder_count(f->folder); }
