/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Packed requests: the fields are the plan's, and the residues those of the file. */

#include <string.h>

#include "fuzz.h"
#include "util/verify.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) { return (void)argc, (void)argv, (void)fuzz_get_single(), 0; }

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_size) {
    const fuzz_single_world *w = fuzz_get_single();
    size_t size;
    cn_single_request *r;
    const uint8_t *data = fuzz_expand(&size, input, input_size, w->plan->upload);
    if (cn_single_request_parse(&r, w->plan, data, size) != CN_OK) {
        FUZZ_CHECK(r == NULL);
        return 0;
    }
    FUZZ_CHECK(cn_single_request_count(r) >= 1 && cn_single_request_count(r) <= 512 &&
               cn_single_request_bytes(r) == w->plan->upload);
    FUZZ_CHECK(r->cipher_bytes > 0 && r->bytes == w->plan->layer[0].inputs * r->cipher_bytes);
    FUZZ_CHECK(memcmp(r->seed, data + CN_FRAME_HEADER, CN_SEED_BYTES) == 0 &&
               memcmp(r->data, data + CN_FRAME_HEADER + CN_SEED_BYTES, r->bytes) == 0);
    cn_single_request_free(r);
    return 0;
}

size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed) {
    return fuzz_repair_object(data, size, max, seed, CN_OBJECT_SINGLE_REQUEST);
}
