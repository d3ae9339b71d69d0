/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Rounding in exact rationals. */

#include "approx/quantise.h"

#include <math.h>

#include "util/status.h"

/** r = the integer nearest to q, halves away from 0. */
static void nearest(mpz_t r, const mpq_t q) {
    mpz_t two;
    mpz_init(two);
    mpz_mul_2exp(r, mpq_numref(q), 1);
    if (mpq_sgn(q) >= 0) mpz_add(r, r, mpq_denref(q));
    else mpz_sub(r, r, mpq_denref(q));
    mpz_mul_2exp(two, mpq_denref(q), 1);
    mpz_tdiv_q(r, r, two);
    mpz_clear(two);
}

cn_status cn_quantise(cn_quantised *q, const cn_real_poly *p, double scale, double input_scale, double reach) {
    mpq_t unit, x, c, d, sum, power;
    mpq_inits(unit, x, c, d, sum, power, NULL);
    *q = (cn_quantised){.degree = p->degree, .scale = scale, .input_scale = input_scale,
                        .p = {.degree = p->degree, .centre = 0, .radius = 1}};
    for (unsigned k = 0; k <= CN_APPROX_DEGREE_MAX; k++) mpz_init(q->c[k]);
    mpq_set_d(unit, scale); /* S X^(d-k) */
    mpq_set_d(x, input_scale);
    cn_status status = CN_OK;
    long double unit_real = scale;
    for (unsigned k = p->degree + 1; k-- > 0;) {
        mpq_set_d(c, (double)p->c[k]);
        mpq_mul(c, c, unit);
        nearest(q->c[k], c);
        if (mpz_sizeinbase(q->c[k], 2) > 63 && status == CN_OK)
            status = cn_fail(CN_ERR_RANGE, "coefficient %u: expected an integer below 2^63, found one of %zu bits; choose smaller scales", k,
                             mpz_sizeinbase(q->c[k], 2));
        mpq_set_z(d, q->c[k]);
        mpq_sub(d, d, c);
        mpq_div(d, d, unit); /* C_k / (S X^(d-k)) - c_k */
        mpq_abs(d, d);
        mpq_set_d(power, 1);
        mpq_set_d(c, reach);
        for (unsigned i = 0; i < k; i++) mpq_mul(power, power, c);
        mpq_mul(d, d, power);
        mpq_add(sum, sum, d);
        q->p.c[k] = status == CN_OK ? (long double)mpz_get_si(q->c[k]) / unit_real : 0;
        mpq_mul(unit, unit, x);
        unit_real *= input_scale;
    }
    q->rounding = mpq_sgn(sum) ? nextafter(mpq_get_d(sum), INFINITY) : 0; /* mpq_get_d rounds towards 0 */
    mpq_clears(unit, x, c, d, sum, power, NULL);
    return status;
}

void cn_quantised_clear(cn_quantised *q) {
    for (unsigned k = 0; k <= CN_APPROX_DEGREE_MAX; k++) mpz_clear(q->c[k]);
}
