/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Evaluation keys: residues are reduced, and packed again they are the file's. */

#include "fuzz.h"
#include "util/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_size) {
    const fuzz_world *w = fuzz_get();
    size_t size, request, reply, bytes;
    cn_plan_bytes(w->plan, &request, &reply, &bytes);
    cn_relin_key *rk;
    const uint8_t *data = fuzz_expand(&size, input, input_size, bytes);
    if (cn_evaluation_key_parse(&rk, w->plan, w->ctx, data, size) != CN_OK) {
        FUZZ_CHECK(rk == NULL);
        return 0;
    }
    const uint8_t *at = data + CN_FRAME_HEADER + CN_SEED_BYTES;
    for (unsigned d = 0; d < rk->digits; d++) at = fuzz_check_poly(&rk->b[d], at, &w->ctx->ring);
    FUZZ_CHECK(at == data + size - CN_FRAME_CHECKSUM);
    cn_relin_key_free(rk);
    return 0;
}

size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed) {
    return fuzz_repair_object(data, size, max, seed, CN_OBJECT_EVALUATION_KEY);
}
