/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Plans and data owners of either kind. */

#include "cli/sides.h"
#include "nn/single.h"
#include "util/mem.h"
#include "util/status.h"

/* ---- plans --------------------------------------------------------------------------------- */

cn_status cn_cli_plan_load(cn_cli_plan *p, const char *path) {
    cn_object_info info;
    cn_status status = cn_object_inspect(&info, path); /* what is wrong behind the header is for the reader to say */
    bool single = (status == CN_OK || info.version) && info.type == CN_OBJECT_SINGLE_PLAN;
    *p = (cn_cli_plan){0};
    CN_TRY(single ? cn_single_plan_load(&p->single, path) : cn_plan_load(&p->batch, path));
    p->base = single ? &p->single->base : p->batch;
    return CN_OK;
}

void cn_cli_plan_clear(cn_cli_plan *p) {
    cn_plan_free(p->batch);
    cn_single_plan_free(p->single);
    *p = (cn_cli_plan){0};
}

size_t cn_cli_plan_slots(const cn_cli_plan *p) {
    return p->single ? cn_single_plan_images(p->single) : cn_plan_params(p->batch)->n;
}

size_t cn_cli_plan_key(const cn_cli_plan *p) {
    size_t request, reply, key;
    if (p->single) cn_single_plan_bytes(p->single, &request, &reply, &key);
    else cn_plan_bytes(p->batch, &request, &reply, &key);
    return key;
}

/* ---- clients ------------------------------------------------------------------------------- */

cn_status cn_cli_client_new(cn_cli_client *c, const cn_cli_plan *p, unsigned threads) {
    *c = (cn_cli_client){.plan = p};
    return p->single ? cn_single_client_new(&c->single, p->single, threads) : cn_client_new(&c->batch, p->batch, threads);
}

cn_status cn_cli_client_save_new(const cn_cli_client *c, const char *secret_key, const char *public_key,
                                 const char *evaluation_key) {
    return c->single ? cn_single_client_save_new(c->single, secret_key, evaluation_key)
                     : cn_client_save_new(c->batch, secret_key, public_key, evaluation_key);
}

cn_status cn_cli_client_load(cn_cli_client *c, const cn_cli_plan *p, const char *secret_key, const char *public_key,
                             unsigned threads) {
    *c = (cn_cli_client){.plan = p};
    if (p->single && public_key)
        return cn_fail(CN_ERR_STATE, "%s: the plan encrypts under the secret key; expected no public key", public_key);
    return p->single ? cn_single_client_load(&c->single, p->single, secret_key, threads)
                     : cn_client_load(&c->batch, p->batch, secret_key, public_key, threads);
}

void cn_cli_client_clear(cn_cli_client *c) {
    cn_client_free(c->batch);
    cn_single_client_free(c->single);
    *c = (cn_cli_client){0};
}

/* ---- encryption ---------------------------------------------------------------------------- */

static cn_status encrypt_batch(cn_client *c, const cn_plan *p, const uint8_t *pixels, size_t count, const char *path,
                               cn_progress_fn progress, void *user) {
    cn_request *r;
    CN_TRY(cn_client_encrypt(&r, c, pixels, count, progress, user));
    cn_status status = cn_request_save(r, p, path);
    cn_request_free(r);
    return status;
}

static cn_status encrypt_single(cn_single_client *c, const cn_single_plan *p, const uint8_t *pixels, size_t count,
                                const char *path) {
    cn_single_request *r;
    CN_TRY(cn_single_encrypt(&r, c, pixels, count));
    cn_status status = cn_single_request_save(r, p, path);
    cn_single_request_free(r);
    return status;
}

cn_status cn_cli_encrypt(const cn_cli_client *c, const uint8_t *pixels, size_t count, const char *path, cn_progress_fn progress,
                         void *user) {
    if (c->batch) return encrypt_batch(c->batch, c->plan->batch, pixels, count, path, progress, user);
    if (progress && progress(user, "encrypt", 0, count) != 0) return cn_fail(CN_ERR_CANCELLED, "encrypt: stopped by the caller");
    return encrypt_single(c->single, c->plan->single, pixels, count, path);
}

/* ---- decryption ---------------------------------------------------------------------------- */

/** Whether a reply answers the request in a file, if one was given. */
static cn_status check_batch(const cn_reply *reply, const cn_plan *p, const char *path, const char *request_path) {
    cn_request *request;
    if (!request_path) return CN_OK;
    CN_TRY(cn_request_load(&request, p, request_path));
    cn_status status = cn_fail_prefix(cn_reply_answers(reply, request), "%s with %s", path, request_path);
    cn_request_free(request);
    return status;
}

static cn_status check_single(const cn_single_reply *reply, const cn_single_plan *p, const char *path, const char *request_path) {
    cn_single_request *request;
    if (!request_path) return CN_OK;
    CN_TRY(cn_single_request_load(&request, p, request_path));
    cn_status status = cn_fail_prefix(cn_single_reply_answers(reply, request), "%s with %s", path, request_path);
    cn_single_request_free(request);
    return status;
}

cn_status cn_cli_decrypt(cn_i128 **scores, size_t *count, const cn_cli_client *c, const char *path, const char *request) {
    cn_status status = CN_OK;
    cn_reply *batch = NULL;
    cn_single_reply *single = NULL;
    size_t inputs, outputs;
    cn_plan_shape(c->plan->base, &inputs, &outputs);
    *scores = NULL;
    *count = 0;
    if (c->single) {
        CN_CHECK(cn_single_reply_load(&single, c->plan->single, path));
        CN_CHECK(check_single(single, c->plan->single, path, request));
        *count = cn_single_reply_count(single);
    } else {
        CN_CHECK(cn_reply_load(&batch, c->plan->batch, path));
        CN_CHECK(check_batch(batch, c->plan->batch, path, request));
        *count = cn_reply_count(batch);
    }
    *scores = cn_calloc(*count * outputs, sizeof **scores);
    if (!*scores) CN_CHECK(CN_ERR_MEMORY);
    status = single ? cn_single_decrypt(*scores, c->single, single, *count) : cn_client_decrypt(*scores, c->batch, batch, *count);
    CN_CHECK(cn_fail_prefix(status, "%s", path));
cleanup:
    if (status != CN_OK) {
        cn_free_secret(*scores, *count * outputs * sizeof **scores);
        *scores = NULL;
    }
    cn_reply_free(batch);
    cn_single_reply_free(single);
    return status;
}
