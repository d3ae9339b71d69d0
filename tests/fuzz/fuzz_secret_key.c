/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Secret keys: what is accepted is ternary, and has the coefficients that the file says. */

#include <string.h>

#include "fuzz.h"
#include "util/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const fuzz_world *w = fuzz_get();
    static uint64_t x[4096], y[4096];
    cn_secret_key *sk;
    if (cn_secret_key_parse(&sk, w->plan, w->ctx, data, size) != CN_OK) {
        FUZZ_CHECK(sk == NULL);
        return 0;
    }
    FUZZ_CHECK(sk->s.n == 4096 && sk->minus_s.n == 4096);
    unsigned first = data[size - 1] % 16 ? sk->s.limbs - 1 : 0; /* takes a while: mostly one of them */
    for (unsigned i = first; i < sk->s.limbs; i++) {
        const cn_ntt *ntt = cn_poly_ntt(&sk->s, i, &w->ctx->ring);
        memcpy(x, cn_poly_limb(&sk->s, i), sizeof x);
        memcpy(y, cn_poly_limb(&sk->minus_s, i), sizeof y);
        cn_ntt_inverse(x, ntt);
        cn_ntt_inverse(y, ntt);
        for (unsigned k = 0; k < 4096; k++) {
            unsigned code = data[CN_FRAME_HEADER + k / 5];
            for (unsigned j = 0; j < k % 5; j++) code /= 3;
            code %= 3;
            FUZZ_CHECK(data[CN_FRAME_HEADER + k / 5] < (k == 4095 ? 3 : 243));
            FUZZ_CHECK(x[k] == (code == 2 ? ntt->mod.q - 1 : code));
            FUZZ_CHECK(y[k] == (code == 1 ? ntt->mod.q - 1 : code / 2));
        }
    }
    cn_secret_key_free(sk);
    return 0;
}

size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed) {
    const size_t whole = 820 + CN_FRAME_OVERHEAD; /* 4096 / 5, rounded up */
    if (size != whole && max >= whole && seed & 64) { /* of the length that it must have */
        if (size < whole) memset(data + size, 0, whole - size);
        size = whole;
    }
    if (seed & 128) /* five digits in base 3, the last byte has one */
        for (size_t i = CN_FRAME_HEADER; i + CN_FRAME_CHECKSUM < size; i++) data[i] %= i + CN_FRAME_CHECKSUM + 1 == size ? 3 : 243;
    return fuzz_repair_object(data, size, max, seed, CN_OBJECT_SECRET_KEY);
}
