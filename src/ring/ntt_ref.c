/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The negacyclic transform by its defining sums, in n^2 multiplications: what every fast transform is
 *  checked against. Shares no table and no lazy arithmetic with ntt.c except the root itself,
 *  psi = fwd[n/2]. */

#include "ring/ntt.h"

/** Exponent of the point that stands at position i. */
static uint64_t point_exponent(size_t i, const cn_ntt *p) {
    uint64_t r = 0;
    i = cn_ntt_place(i, p->n);
    for (unsigned k = 0; k < p->log_n; k++) r = 2 * r + ((i >> k) & 1);
    return 2 * r + 1;
}

void cn_ntt_forward_ref(uint64_t *r, const uint64_t *a, const cn_ntt *p) {
    const cn_mod *m = &p->mod;
    const uint64_t psi = p->fwd[p->n / 2].w;
    for (size_t i = 0; i < p->n; i++) {
        uint64_t point = cn_mod_pow_var(psi, point_exponent(i, p), m), sum = 0;
        for (size_t j = p->n; j-- > 0;) sum = cn_mod_add(cn_mod_mul(sum, point, m), a[j], m); /* Horner */
        r[i] = sum;
    }
}

void cn_ntt_inverse_ref(uint64_t *r, const uint64_t *a, const cn_ntt *p) {
    const cn_mod *m = &p->mod;
    const uint64_t psi_inv = cn_mod_inv_var(p->fwd[p->n / 2].w, m);
    const uint64_t n_inv = cn_mod_inv_var(cn_mod_reduce(p->n, m), m);
    for (size_t j = 0; j < p->n; j++) r[j] = 0;
    /* a(x) = 1/n sum_i a_i sum_j (point_i^-1 x)^j: point_i^n = -1 makes the powers orthogonal */
    for (size_t i = 0; i < p->n; i++) {
        uint64_t step = cn_mod_pow_var(psi_inv, point_exponent(i, p), m);
        uint64_t term = cn_mod_mul(a[i], n_inv, m);
        for (size_t j = 0; j < p->n; j++) {
            r[j] = cn_mod_add(r[j], term, m);
            term = cn_mod_mul(term, step, m);
        }
    }
}
