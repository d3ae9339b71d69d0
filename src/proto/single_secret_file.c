/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The keys of a client of packed evaluation in files. A secret key is the same object in both ways, with the digest of its
 *  plan. */

#include <unistd.h>

#include "nn/single_client.h"
#include "proto/single_file.h"
#include "util/status.h"

static cn_status save(const cn_single_client *c, const char *secret_key, const char *evaluation_key, bool fresh) {
    if (!c) return cn_fail(CN_ERR_NULL, "packed keys: expected a client, found NULL");
    if (evaluation_key && !c->rotations)
        return cn_fail(CN_ERR_STATE, "packed keys: this client has no evaluation key; leave its file out");
    if (evaluation_key) CN_TRY(cn_single_evaluation_key_write(c->rk, c->rotations, c->plan, c->ctx, evaluation_key, fresh));
    cn_status status = secret_key ? cn_secret_key_write(c->sk, &c->plan->base, c->ctx, secret_key, fresh) : CN_OK;
    if (status != CN_OK && fresh && evaluation_key) unlink(evaluation_key);
    return status;
}

cn_status cn_single_client_save(const cn_single_client *c, const char *secret_key, const char *evaluation_key) {
    return save(c, secret_key, evaluation_key, false);
}

cn_status cn_single_client_save_new(const cn_single_client *c, const char *secret_key, const char *evaluation_key) {
    return save(c, secret_key, evaluation_key, true);
}

cn_status cn_single_client_load(cn_single_client **out, const cn_single_plan *p, const char *secret_key, unsigned threads) {
    if (out) *out = NULL;
    if (!out || !p || !secret_key)
        return cn_fail(CN_ERR_NULL, "packed client: expected a place for the result, a plan and a key file, found NULL");
    cn_single_client *c;
    CN_TRY(cn_single_client_bare(&c, p, threads));
    cn_status status = cn_secret_key_read(&c->sk, &p->base, c->ctx, secret_key);
    if (status == CN_OK) *out = c;
    else cn_single_client_free(c);
    return status;
}
