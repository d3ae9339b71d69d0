/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Packed evaluation keys: residues are reduced, and packed again they are the file's; relinearisation first, then every
 *  rotation of the plan. */

#include "fuzz.h"
#include "util/verify.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) { return (void)argc, (void)argv, (void)fuzz_get_single(), 0; }

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_size) {
    const fuzz_single_world *w = fuzz_get_single();
    size_t size;
    cn_relin_key *rk;
    cn_rotation_key *turns;
    const uint8_t *data = fuzz_expand(&size, input, input_size, w->plan->keys);
    if (cn_single_evaluation_key_parse(&rk, &turns, w->plan, w->ctx, data, size) != CN_OK) {
        FUZZ_CHECK(rk == NULL && turns == NULL);
        return 0;
    }
    const uint8_t *at = data + CN_FRAME_HEADER + CN_SEED_BYTES;
    for (unsigned d = 0; d < rk->digits; d++) at = fuzz_check_poly(&rk->b[d], at, &w->ctx->ring);
    at += CN_SEED_BYTES;
    FUZZ_CHECK(turns->count == w->plan->rotations);
    for (size_t i = 0; i < turns->count; i++) {
        FUZZ_CHECK(turns->part[i].rotation == w->plan->rotation[i].by && turns->part[i].limbs == w->plan->rotation[i].limbs);
        for (unsigned d = 0; d < turns->part[i].digits; d++) at = fuzz_check_poly(&turns->part[i].b[d], at, &w->ctx->ring);
    }
    FUZZ_CHECK(at == data + size - CN_FRAME_CHECKSUM);
    cn_relin_key_free(rk);
    cn_rotation_key_free(turns);
    return 0;
}

size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed) {
    return fuzz_repair_object(data, size, max, seed, CN_OBJECT_SINGLE_EVALUATION_KEY);
}
