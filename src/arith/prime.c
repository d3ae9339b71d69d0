/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Search for NTT primes and their roots of unity: the first step in making parameters.
 *
 *  Primality is the strong pseudoprime test of G. L. Miller and M. O. Rabin with the twelve bases 2
 *  to 37, which leaves no composite below 2^64 undetected (J. Sorenson, J. Webster, "Strong
 *  pseudoprimes to twelve prime bases", Math. Comp. 86 (2017) 985-1003). */

#include "arith/prime.h"

static uint64_t mul_mod(uint64_t a, uint64_t b, uint64_t x) { return (uint64_t)((cn_u128)a * b % x); }

static uint64_t pow_mod(uint64_t a, uint64_t e, uint64_t x) {
    uint64_t r = 1;
    for (; e != 0; e >>= 1) {
        if (e & 1) r = mul_mod(r, a, x);
        a = mul_mod(a, a, x);
    }
    return r;
}

/** Whether x passes to base a: x - 1 = 2^s d with d odd, and a^d = 1 or a^(2^i d) = -1 for an i < s. */
static bool strong_probable_prime(uint64_t x, uint64_t a) {
    uint64_t d = x - 1;
    unsigned s = 0;
    for (; d % 2 == 0; d /= 2) s++;
    uint64_t y = pow_mod(a, d, x);
    if (y == 1 || y == x - 1) return true;
    for (unsigned i = 1; i < s; i++) {
        y = mul_mod(y, y, x);
        if (y == x - 1) return true;
    }
    return false;
}

bool cn_is_prime_var(uint64_t x) {
    static const uint8_t base[12] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
    if (x < 2) return false;
    for (size_t i = 0; i < CN_ARRAY_LEN(base); i++) {
        if (x % base[i] == 0) return x == base[i];
    }
    for (size_t i = 0; i < CN_ARRAY_LEN(base); i++) {
        if (!strong_probable_prime(x, base[i])) return false;
    }
    return true;
}

static bool is_power_of_two(uint64_t x) { return x != 0 && (x & (x - 1)) == 0; }

uint64_t cn_prime_above_var(uint64_t low, uint64_t high, uint64_t step) {
    CN_INVARIANT(is_power_of_two(step));
    uint64_t p = low + ((1 - low) & (step - 1)); /* least number >= low that is 1 modulo step */
    if (p < low) return 0;                       /* it has more than 64 bits */
    for (; p < high; p += step) {
        if (cn_is_prime_var(p)) return p;
        if (high - p <= step) break;
    }
    return 0;
}

uint64_t cn_prime_below_var(uint64_t high, uint64_t low, uint64_t step) {
    CN_INVARIANT(is_power_of_two(step));
    if (high == 0) return 0;
    uint64_t p = high - ((high - 1) & (step - 1)); /* greatest number <= high that is 1 modulo step */
    for (; p >= low; p -= step) {
        if (cn_is_prime_var(p)) return p;
        if (p <= step) break;
    }
    return 0;
}

uint64_t cn_root_2n_var(const cn_mod *m, size_t n) {
    CN_INVARIANT(is_power_of_two(n));
    uint64_t order = 2 * (uint64_t)n, root = 0;
    if ((m->q - 1) % order != 0) return 0;
    /* x^((q-1)/2n) has order 2n exactly if x is a quadratic non-residue: every second x */
    for (uint64_t x = 2; x < m->q && root == 0; x++) {
        uint64_t r = cn_mod_pow_var(x, (m->q - 1) / order, m);
        if (cn_mod_pow_var(r, n, m) == m->q - 1) root = r;
    }
    /* the primitive roots are the odd powers of any one of them */
    uint64_t square = cn_mod_mul(root, root, m), least = root, r = root;
    for (size_t i = 1; i < n; i++) {
        r = cn_mod_mul(r, square, m);
        least = CN_MIN(least, r);
    }
    return least;
}
