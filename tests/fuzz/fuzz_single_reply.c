/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Packed replies: residues are reduced, packed again they are the file's, and the message factor is that of the plan. */

#include <string.h>

#include "fuzz.h"
#include "util/verify.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) { return (void)argc, (void)argv, (void)fuzz_get_single(), 0; }

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_size) {
    const fuzz_single_world *w = fuzz_get_single();
    size_t size;
    cn_single_reply *r;
    const uint8_t *data = fuzz_expand(&size, input, input_size, CN_REQUEST_NAME_BYTES + w->plan->reply);
    if (cn_single_reply_parse(&r, w->plan, w->ctx, data, size) != CN_OK) {
        FUZZ_CHECK(r == NULL);
        return 0;
    }
    FUZZ_CHECK(cn_single_reply_count(r) >= 1 && cn_single_reply_count(r) <= 512 && cn_single_reply_bytes(r) == w->plan->reply);
    FUZZ_CHECK(memcmp(r->request, data + CN_FRAME_HEADER, CN_REQUEST_NAME_BYTES) == 0);
    const uint8_t *at = data + CN_FRAME_HEADER + CN_REQUEST_NAME_BYTES;
    for (unsigned k = 0; k < r->cipher[0]->parts; k++) at = fuzz_check_poly(&r->cipher[0]->part[k], at, &w->ctx->ring);
    FUZZ_CHECK(at == data + size - CN_FRAME_CHECKSUM && r->cipher[0]->factor == cn_plan_reply_factor(&w->plan->base, 0, w->ctx));
    cn_single_reply_free(r);
    return 0;
}

size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed) {
    return fuzz_repair_object(data, size, max, seed, CN_OBJECT_SINGLE_REPLY);
}
