/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Precomputation for word-sized moduli, and exponentiation. Everything per residue is inline in
 *  modulus.h: Barrett reduction (P. Barrett, CRYPTO '86) with the reciprocal of one and of two words,
 *  and multiplication by constants after Shoup. Built once per prime when parameters are made. */

#include "arith/modulus.h"

bool cn_mod_init(cn_mod *m, uint64_t q) {
    if (q < 3 || q % 2 == 0 || q >> CN_MOD_BITS_MAX != 0) return false;
    /* q is odd and above 1, so it divides no power of two: floor(2^k / q) = floor((2^k - 1) / q) */
    cn_u128 recip128 = ~(cn_u128)0 / q;
    m->q = q;
    m->recip = UINT64_MAX / q;
    m->recip128[0] = (uint64_t)recip128;
    m->recip128[1] = (uint64_t)(recip128 >> 64);
    m->half = (q - 1) / 2;
    m->signed_bias = ((((uint64_t)1 << 62) - 1) / q + 1) * q;
    m->bits = 0;
    while (q >> m->bits != 0) m->bits++;
    return true;
}

cn_shoup cn_shoup_init_var(uint64_t w, const cn_mod *m) {
    CN_VERIFY(w < m->q);
    cn_shoup s = {w, (uint64_t)(((cn_u128)w << 64) / m->q)};
    return s;
}

uint64_t cn_mod_pow_var(uint64_t a, uint64_t e, const cn_mod *m) {
    CN_VERIFY(a < m->q);
    uint64_t r = 1;
    for (; e != 0; e >>= 1) {
        if (e & 1) r = cn_mod_mul(r, a, m);
        a = cn_mod_mul(a, a, m);
    }
    return r;
}

uint64_t cn_mod_inv_var(uint64_t a, const cn_mod *m) {
    CN_VERIFY(a != 0);
    return cn_mod_pow_var(a, m->q - 2, m); /* Fermat */
}
