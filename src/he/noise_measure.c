/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Measured noise, exactly, over GMP integers. Compiled into test builds, and into `cryptonets check`, which makes a key to throw away: a
 *  noise value depends on the secret key, and the library has none. */

#include "he/cipher.h"

#if defined(CN_TESTING) || defined(CN_MEASURE)

#include <math.h>

#include "arith/rns.h"
#include "util/mem.h"

cn_status cn_test_noise(double *log2_sigma, double *log2_max, const cn_cipher *c, const uint64_t *values,
                        const cn_secret_key *sk, const cn_context *ctx) {
    cn_status status = CN_OK;
    size_t n = ctx->params.n;
    unsigned limbs = c->part[0].limbs;
    const cn_mod *t = cn_t(ctx, c->branch);
    cn_poly phase = {0};
    cn_rns basis = {0};
    mpz_t x, modulus, t_big;
    mpz_inits(x, modulus, t_big, NULL);
    double sum = 0, top = 0;
    uint64_t *m = cn_calloc(n, sizeof *m);
    if (!m) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(cn_poly_init(&phase, &ctx->ring, limbs, false, CN_NTT));
    CN_CHECK(cn_rns_init(&basis, ctx->params.q, limbs));
    cn_phase(&phase, c, sk, ctx);
    for (size_t k = 0; k < n; k++) m[k] = cn_mod_mul(values[k], c->factor, t);
    cn_ntt_inverse(m, &ctx->branch[c->branch].ntt); /* coefficients of F m */
    cn_mpz_set_u64(t_big, t->q);
    mpz_mul(modulus, basis.product, t_big);
    for (size_t k = 0; k < n; k++) { /* t v = t phase - Q F m modulo t Q, centred */
        cn_rns_get_mpz(x, phase.c + k, n, &basis);
        mpz_mul(x, x, t_big);
        mpz_submul_ui(x, basis.product, m[k]);
        cn_mpz_centre(x, x, modulus);
        double v = fabs(mpz_get_d(x)) / (double)t->q;
        sum += v * v;
        top = fmax(top, v);
    }
    *log2_sigma = 0.5 * log2(sum / (double)n);
    *log2_max = log2(top);
cleanup:
    mpz_clears(x, modulus, t_big, NULL);
    cn_rns_clear(&basis);
    cn_poly_clear(&phase);
    cn_free(m);
    return status;
}

#endif
