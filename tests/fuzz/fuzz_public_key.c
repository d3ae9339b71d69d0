/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Public keys: residues are reduced, and packed again they are the file's. */

#include "fuzz.h"
#include "util/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_size) {
    const fuzz_world *w = fuzz_get();
    size_t size, bytes;
    const cn_params *q = cn_plan_params(w->plan);
    bytes = CN_SEED_BYTES;
    for (unsigned i = 0; i < q->limbs; i++) bytes += q->n / 8 * (64 - (size_t)__builtin_clzll(q->q[i]));
    cn_public_key *pk;
    const uint8_t *data = fuzz_expand(&size, input, input_size, bytes);
    if (cn_public_key_parse(&pk, w->plan, w->ctx, data, size) != CN_OK) {
        FUZZ_CHECK(pk == NULL);
        return 0;
    }
    FUZZ_CHECK(fuzz_check_poly(&pk->b, data + CN_FRAME_HEADER + CN_SEED_BYTES, &w->ctx->ring) == data + size - CN_FRAME_CHECKSUM);
    cn_public_key_free(pk);
    return 0;
}

size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed) {
    return fuzz_repair_object(data, size, max, seed, CN_OBJECT_PUBLIC_KEY);
}
