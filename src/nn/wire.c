/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Requests and replies as objects. */

#include "nn/wire.h"

#include <string.h>

#include "util/map.h"
#include "util/mem.h"

cn_status cn_reply_new(cn_reply **out, const cn_plan *plan, size_t count) {
    size_t request, key;
    *out = NULL;
    cn_reply *r = cn_calloc(1, sizeof *r);
    if (!r) return CN_ERR_MEMORY;
    memcpy(r->plan_digest, plan->digest, sizeof r->plan_digest);
    r->count = count;
    r->ciphers = plan->params.plains * plan->outputs;
    cn_plan_bytes(plan, &request, &r->wire_bytes, &key);
    r->cipher = cn_calloc(r->ciphers, sizeof(cn_cipher *));
    if (!r->cipher) {
        cn_free(r);
        return CN_ERR_MEMORY;
    }
    *out = r;
    return CN_OK;
}

void cn_reply_free(cn_reply *r) {
    if (!r) return;
    for (size_t i = 0; i < r->ciphers; i++) cn_cipher_free(r->cipher[i]);
    cn_free(r->cipher);
    cn_free(r);
}

void cn_request_free(cn_request *r) {
    if (!r) return;
    if (r->mapped)
        cn_map_free(r->data, r->bytes);
    else
        cn_free(r->data);
    cn_free(r);
}

size_t cn_request_bytes(const cn_request *r) { return CN_SEED_BYTES + r->bytes; }
size_t cn_reply_bytes(const cn_reply *r) { return r->wire_bytes; }
