/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Self-tests that take a second: not the test suite, but enough to notice a broken machine, compiler or build. */

#include "cli/selftest.h"

#include <string.h>

#include "ring/kernels.h"
#include "util/chacha20.h"
#include "util/mem.h"
#include "util/sha3.h"
#include "util/status.h"

static cn_status differs(const char *what) {
    return cn_fail(CN_ERR_DIGEST, "selftest: %s: expected the known answer, found another one; do not use this build on this machine", what);
}

/* ---- known answers ------------------------------------------------------------------------- */

static cn_status check_sha3(void) {
    static const uint8_t abc[32] = {0x3a, 0x98, 0x5d, 0xa7, 0x4f, 0xe2, 0x25, 0xb2, 0x04, 0x5c, 0x17, 0x2d, 0x6b, 0xd3, 0x90, 0xbd,
                                    0x85, 0x5f, 0x08, 0x6e, 0x3e, 0x9d, 0x52, 0x5b, 0x46, 0xbf, 0xe2, 0x45, 0x11, 0x43, 0x15, 0x32};
    uint8_t digest[32];
    cn_sha3_256(digest, "abc", 3);
    return memcmp(digest, abc, sizeof abc) == 0 ? CN_OK : differs("SHA3-256");
}

static cn_status check_chacha20(void) {
    static const uint8_t first[16] = {0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3, 0x20, 0x71, 0xc4};
    static const uint8_t nonce[12] = {0, 0, 0, 9, 0, 0, 0, 0x4a};
    uint8_t key[32], out[64];
    for (unsigned i = 0; i < 32; i++) key[i] = (uint8_t)i;
    cn_chacha20_blocks(out, 1, key, nonce, 1);
    return memcmp(out, first, sizeof first) == 0 ? CN_OK : differs("ChaCha20");
}

/** x times 7 x^2 is 7 x^3, and x times 5 x^(n-1) is -5: products of transforms are products modulo x^n + 1. */
static cn_status check_transform(void) {
    enum { N = 4096 };
    const uint64_t q = 68719403009; /* 1 modulo 2 N */
    cn_status status = CN_OK;
    cn_ntt ntt;
    CN_TRY(cn_ntt_init(&ntt, N, q));
    uint64_t *a = cn_calloc(2 * N, sizeof *a), *b = a ? a + N : NULL;
    if (!a) CN_CHECK(CN_ERR_MEMORY);
    a[1] = 1;
    b[N - 1] = 5;
    b[2] = 7;
    cn_ntt_forward(a, &ntt);
    cn_ntt_forward(b, &ntt);
    for (size_t i = 0; i < N; i++) a[i] = cn_mod_mul(a[i], b[i], &ntt.mod);
    cn_ntt_inverse(a, &ntt);
    for (size_t i = 0; i < N; i++)
        if (a[i] != (i == 0 ? q - 5 : i == 3 ? 7 : 0)) CN_CHECK(differs("transform"));
cleanup:
    cn_free(a);
    cn_ntt_clear(&ntt);
    return status;
}

cn_status cn_selftest_answers(void) {
    CN_TRY(check_sha3());
    CN_TRY(check_chacha20());
    return check_transform();
}

/* ---- kernels ------------------------------------------------------------------------------- */

/** Results of a set of kernels on the same numbers.  Out: digest of all of them. */
static void run_kernels(uint8_t digest[32], const cn_kernels *k, const cn_ntt *ntt, uint64_t *w) {
    size_t n = ntt->n;
    uint64_t *a = w, *b = w + n, *r = w + 2 * n, x = 1;
    for (size_t i = 0; i < 2 * n; i++) w[i] = cn_mod_reduce(x = x * 6364136223846793005u + 1442695040888963407u, &ntt->mod);
    k->ntt_forward(a, ntt);
    k->mul(r, a, b, n, &ntt->mod);
    k->mul_add(r, b, b, n, &ntt->mod);
    k->dot(b, (const uint64_t *const[]){a, r}, (const uint64_t *const[]){r, a}, 2, n, &ntt->mod);
    k->ntt_inverse(b, b, ntt);
    k->centred_binomial((int8_t *)(w + 3 * n), (const uint8_t *)r, n);
    cn_sha3_256(digest, w, (3 * sizeof *w + 1) * n);
}

cn_status cn_selftest_kernels(size_t *sets, const cn_params *params) {
    const cn_kernels *const *all = cn_kernels_all(sets);
    size_t n = params->n;
    uint64_t *w = cn_calloc(4 * n, sizeof *w);
    if (!w) return CN_ERR_MEMORY;
    cn_status status = CN_OK;
    for (unsigned i = 0; i < params->limbs; i++) {
        cn_ntt ntt;
        uint8_t expected[32], found[32];
        CN_CHECK(cn_ntt_init(&ntt, n, params->q[i]));
        run_kernels(expected, &cn_kernels_portable, &ntt, w);
        for (size_t s = 0; s < *sets && status == CN_OK; s++) {
            run_kernels(found, all[s], &ntt, w);
            if (memcmp(found, expected, sizeof found) != 0) status = differs(cn_isa_name(all[s]->isa));
        }
        cn_ntt_clear(&ntt);
        CN_CHECK(status);
    }
cleanup:
    cn_free(w);
    return status;
}
