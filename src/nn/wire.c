/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Requests and replies as objects. */

#include "nn/wire.h"

#include <string.h>

#include "util/map.h"
#include "util/mem.h"
#include "util/sha3.h"
#include "util/status.h"

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
    if (r->borrowed)
        cn_map_free(r->map, r->map_bytes); /* or somebody else's memory: then map is NULL */
    else if (r->mapped)
        cn_map_free(r->data, r->bytes);
    else
        cn_free(r->data);
    cn_free(r);
}

size_t cn_request_bytes(const cn_request *r) { return CN_SEED_BYTES + r->bytes; }
size_t cn_reply_bytes(const cn_reply *r) { return r->wire_bytes; }

void cn_request_make_name(uint8_t name[CN_REQUEST_NAME_BYTES], const char *label, const uint8_t plan_digest[32], const uint8_t key_id[CN_KEY_ID_BYTES],
                          size_t count, const uint8_t seed[CN_SEED_BYTES]) {
    cn_sha3 h;
    cn_sha3_init(&h);
    cn_sha3_update(&h, label, strlen(label) + 1);
    cn_sha3_update(&h, plan_digest, 32);
    cn_sha3_update(&h, key_id, CN_KEY_ID_BYTES);
    cn_sha3_u64(&h, count);
    cn_sha3_update(&h, seed, CN_SEED_BYTES);
    cn_sha3_final(&h, name);
}

void cn_request_name(uint8_t name[CN_REQUEST_NAME_BYTES], const cn_request *r) {
    cn_request_make_name(name, "cryptonets request 1", r->plan_digest, r->key_id, r->count, r->seed);
}

cn_status cn_reply_answers(const cn_reply *reply, const cn_request *request) {
    uint8_t name[CN_REQUEST_NAME_BYTES];
    if (!reply || !request) return cn_fail(CN_ERR_NULL, "reply: expected one and a request, found NULL");
    cn_request_name(name, request);
    if (reply->count == request->count && memcmp(reply->request, name, sizeof name) == 0) return CN_OK;
    return cn_fail(CN_ERR_MISMATCH, "reply: answers another request; expected the reply to the one that is given with it");
}

cn_status cn_reply_digest(uint8_t digest[32], const cn_reply *r) {
    if (!digest || !r) return cn_fail(CN_ERR_NULL, "reply digest: expected digest and reply, found NULL");
    static const char label[] = "cryptonets reply 1";
    cn_sha3 h;
    cn_sha3_init(&h);
    cn_sha3_update(&h, label, sizeof label);
    cn_sha3_update(&h, r->plan_digest, sizeof r->plan_digest);
    cn_sha3_u64(&h, r->count);
    cn_sha3_u64(&h, r->ciphers);
    for (size_t i = 0; i < r->ciphers; i++) {
        const cn_cipher *c = r->cipher[i];
        cn_sha3_u64(&h, c->parts);
        cn_sha3_u64(&h, cn_cipher_limbs(c));
        for (unsigned p = 0; p < c->parts; p++)
            for (unsigned l = 0; l < cn_cipher_limbs(c); l++) {
                const uint64_t *residue = cn_poly_limb(&c->part[p], l);
                for (size_t k = 0; k < c->part[p].n; k++) cn_sha3_u64(&h, residue[k]);
            }
    }
    cn_sha3_final(&h, digest);
    return CN_OK;
}
