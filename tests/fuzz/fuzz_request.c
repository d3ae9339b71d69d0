/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Requests: the fields are the plan's, and the residues lie inside the file. */

#include "fuzz.h"
#include "util/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_size) {
    const fuzz_world *w = fuzz_get();
    size_t size, bytes, reply, key;
    cn_plan_bytes(w->plan, &bytes, &reply, &key);
    cn_request *r;
    const uint8_t *data = fuzz_expand(&size, input, input_size, bytes);
    if (cn_request_parse(&r, w->plan, data, size) != CN_OK) {
        FUZZ_CHECK(r == NULL);
        return 0;
    }
    FUZZ_CHECK(cn_request_count(r) >= 1 && cn_request_count(r) <= 4096 && cn_request_bytes(r) == bytes);
    FUZZ_CHECK(r->data == data + CN_FRAME_HEADER + CN_SEED_BYTES && r->data + r->bytes == data + size - CN_FRAME_CHECKSUM);
    FUZZ_CHECK(r->cipher_bytes * r->parts > 0 && r->bytes % r->cipher_bytes == 0 && r->borrowed && !r->map);
    cn_request_free(r);
    return 0;
}

size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed) {
    return fuzz_repair_object(data, size, max, seed, CN_OBJECT_REQUEST);
}
