/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Tables of the negacyclic transform and its portable form.
 *
 *  Layout: P. Longa, M. Naehrig, "Speeding up the number theoretic transform for faster ideal
 *  lattice-based cryptography" (CANS 2016): the powers of psi are merged into the twiddle factors,
 *  natural order in, bit-reversed order out (but for the groups of ntt.h). Butterflies: D. Harvey, "Faster arithmetic for
 *  number-theoretic transforms" (J. Symb. Comput. 60 (2014) 113-119): values stay unreduced in
 *  [0, 4q) forwards and [0, 2q) backwards, which fits a word since q < 2^61. */

#include "ring/ntt.h"

#include "arith/prime.h"
#include "ring/kernels.h"
#include "util/mem.h"
#include "util/status.h"

/** The lowest bits bits of x in reverse order. */
static size_t bit_reverse(size_t x, unsigned bits) {
    size_t r = 0;
    for (unsigned i = 0; i < bits; i++) r |= ((x >> i) & 1) << (bits - 1 - i);
    return r;
}

/** w[i] = base^brv(i), i < n. */
static void fill_powers(cn_shoup *w, uint64_t base, unsigned log_n, const cn_mod *m) {
    uint64_t power = 1;
    for (size_t i = 0; i < (size_t)1 << log_n; i++) {
        w[bit_reverse(i, log_n)] = cn_shoup_init_var(power, m);
        power = cn_mod_mul(power, base, m);
    }
}

cn_status cn_ntt_init(cn_ntt *p, size_t n, uint64_t q) {
    cn_ntt t = {.n = n};
    *p = t;
    if (n < 2 || n > CN_NTT_SIZE_MAX || (n & (n - 1)) != 0) {
        return cn_fail(CN_ERR_DEGREE,
                       "transform: expected a power of two from 2 to %d as its length, found %zu",
                       CN_NTT_SIZE_MAX, n);
    }
    if (!cn_mod_init(&t.mod, q)) {
        return cn_fail(CN_ERR_LIMB_RANGE,
                       "transform: expected an odd prime of 2 to %d bits, found %llu; replace it",
                       CN_MOD_BITS_MAX, (unsigned long long)q);
    }
    if (!cn_is_prime_var(q)) {
        return cn_fail(CN_ERR_NOT_PRIME,
                       "transform: expected a prime modulus, found the composite %llu; replace it",
                       (unsigned long long)q);
    }
    if ((q - 1) % (2 * n) != 0) {
        return cn_fail(CN_ERR_CONGRUENCE,
                       "transform: expected a prime that is 1 modulo %zu, found %llu; replace it", 2 * n,
                       (unsigned long long)q);
    }
    while ((size_t)1 << t.log_n != n) t.log_n++;
    t.fwd = cn_malloc(n, sizeof *t.fwd);
    t.inv = cn_malloc(n, sizeof *t.inv);
    if (t.fwd == NULL || t.inv == NULL) {
        cn_ntt_clear(&t);
        return CN_ERR_MEMORY;
    }
    uint64_t psi = cn_root_2n_var(&t.mod, n);
    fill_powers(t.fwd, psi, t.log_n, &t.mod);
    fill_powers(t.inv, cn_mod_inv_var(psi, &t.mod), t.log_n, &t.mod);
    uint64_t n_inv = cn_mod_inv_var(cn_mod_reduce(n, &t.mod), &t.mod);
    t.n_inv = cn_shoup_init_var(n_inv, &t.mod);
    t.n_inv_w = cn_shoup_init_var(cn_mod_mul(n_inv, t.inv[1].w, &t.mod), &t.mod);
    if (cn_ntt_vector_init(&t) != CN_OK) {
        cn_ntt_clear(&t);
        return CN_ERR_MEMORY;
    }
    *p = t;
    return CN_OK;
}

void cn_ntt_clear(cn_ntt *p) {
    cn_free(p->fwd);
    cn_free(p->inv);
    cn_free(p->fp.fwd);
    cn_free(p->fp.inv);
    cn_free(p->ifma.fwd);
    cn_free(p->ifma.inv);
    p->fwd = p->inv = NULL;
    p->fp = (cn_ntt_fp){NULL, NULL};
    p->ifma = (cn_ntt_ifma){NULL, NULL};
}

void cn_ntt_forward(uint64_t *a, const cn_ntt *p) { cn_kernels_get()->ntt_forward(a, p); }
void cn_ntt_inverse(uint64_t *a, const cn_ntt *p) { cn_kernels_get()->ntt_inverse(a, a, p); }
void cn_ntt_inverse_to(uint64_t *r, const uint64_t *a, const cn_ntt *p) { cn_kernels_get()->ntt_inverse(r, a, p); }

/** x - bound if that is not negative, else x.  On input x < 2 bound < 2^63. */
static inline uint64_t fold(uint64_t x, uint64_t bound) {
    uint64_t d = x - bound;
    return d + (bound & cn_ct_mask_msb(d));
}

/** Transpose every group of 64 points as 8 x 8: from bit-reversed order to that of ntt.h, and back. */
static void transpose_groups(uint64_t *a, size_t n) {
    if (n < CN_NTT_GROUP) return;
    for (uint64_t *g = a; g < a + n; g += CN_NTT_GROUP)
        for (size_t i = 0; i < 8; i++)
            for (size_t k = 0; k < i; k++) {
                uint64_t x = g[8 * i + k];
                g[8 * i + k] = g[8 * k + i];
                g[8 * k + i] = x;
            }
}

void cn_ntt_forward_portable(uint64_t *a, const cn_ntt *p) {
    const cn_mod m = p->mod;
    const uint64_t q = m.q, q2 = 2 * q;
    CN_VERIFY_BELOW(a, p->n, q);
    /* all levels but the last: groups blocks of 2 dist words, values in [0, 4q) before and after */
    size_t groups = 1, dist = p->n / 2;
    for (; dist > 1; groups *= 2, dist /= 2) {
        for (size_t i = 0; i < groups; i++) {
            const cn_shoup w = p->fwd[groups + i];
            uint64_t *x = a + 2 * i * dist, *y = x + dist;
            for (size_t j = 0; j < dist; j++) {
                uint64_t u = fold(x[j], q2);                  /* [0, 2q) */
                uint64_t v = cn_shoup_mul_lazy(y[j], w, &m);  /* [0, 2q) */
                x[j] = u + v;                                 /* [0, 4q) */
                y[j] = u - v + q2;                            /* (0, 4q) */
            }
        }
    }
    /* last level: neighbours, with reduction to [0, q) */
    for (size_t i = 0; i < groups; i++) {
        uint64_t *x = a + 2 * i;
        uint64_t u = fold(x[0], q2);                                   /* [0, 2q) */
        uint64_t v = cn_shoup_mul_lazy(x[1], p->fwd[groups + i], &m);  /* [0, 2q) */
        x[0] = fold(fold(u + v, q2), q);                               /* [0, 4q) -> [0, q) */
        x[1] = fold(fold(u - v + q2, q2), q);                          /* (0, 4q) -> [0, q) */
    }
    transpose_groups(a, p->n);
    CN_VERIFY_BELOW(a, p->n, q);
}

void cn_ntt_inverse_portable(uint64_t *a, const cn_ntt *p) {
    const cn_mod m = p->mod;
    const uint64_t q = m.q, q2 = 2 * q;
    CN_VERIFY_BELOW(a, p->n, q);
    transpose_groups(a, p->n);
    /* all levels but the last: values in [0, 2q) before and after */
    size_t groups = p->n / 2, dist = 1;
    for (; groups > 1; groups /= 2, dist *= 2) {
        for (size_t i = 0; i < groups; i++) {
            const cn_shoup w = p->inv[groups + i];
            uint64_t *x = a + 2 * i * dist, *y = x + dist;
            for (size_t j = 0; j < dist; j++) {
                uint64_t u = x[j], v = y[j];
                x[j] = fold(u + v, q2);                        /* [0, 4q) -> [0, 2q) */
                y[j] = cn_shoup_mul_lazy(u - v + q2, w, &m);   /* (0, 4q) -> [0, 2q) */
            }
        }
    }
    /* last level: both outputs take the factor 1/n with their product, reduced to [0, q) */
    for (size_t j = 0; j < dist; j++) {
        uint64_t u = a[j], v = a[j + dist];
        a[j] = cn_shoup_mul(u + v, p->n_inv, &m);                  /* [0, 4q) -> [0, q) */
        a[j + dist] = cn_shoup_mul(u - v + q2, p->n_inv_w, &m);    /* (0, 4q) -> [0, q) */
    }
    CN_VERIFY_BELOW(a, p->n, q);
}
