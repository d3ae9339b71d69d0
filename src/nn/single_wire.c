/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Requests and replies of packed evaluation as objects. */

#include "nn/single_wire.h"

#include <string.h>

#include "util/mem.h"
#include "util/status.h"

void cn_single_request_free(cn_single_request *r) {
    if (!r) return;
    cn_free(r->data);
    cn_free(r);
}

void cn_single_reply_free(cn_single_reply *r) {
    if (!r) return;
    for (unsigned j = 0; j < CN_PLAINS_MAX; j++) cn_cipher_free(r->cipher[j]);
    cn_free(r);
}

size_t cn_single_request_bytes(const cn_single_request *r) { return CN_SEED_BYTES + r->bytes; }
size_t cn_single_reply_bytes(const cn_single_reply *r) { return r->wire_bytes; }

void cn_single_request_name(uint8_t name[CN_REQUEST_NAME_BYTES], const cn_single_request *r) {
    cn_request_make_name(name, "cryptonets packed request 1", r->plan_digest, r->key_id, r->count, r->seed);
}

cn_status cn_single_reply_answers(const cn_single_reply *reply, const cn_single_request *request) {
    uint8_t name[CN_REQUEST_NAME_BYTES];
    if (!reply || !request) return cn_fail(CN_ERR_NULL, "packed reply: expected one and a request, found NULL");
    cn_single_request_name(name, request);
    if (reply->count == request->count && memcmp(reply->request, name, sizeof name) == 0) return CN_OK;
    return cn_fail(CN_ERR_MISMATCH, "packed reply: answers another request; expected the reply to the one that is given with it");
}
