/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The transform: every input of the smallest ring, the quadratic-time definition for small n, and for
 *  large n the theorem it exists for - pointwise products are negacyclic products. Every kernel table
 *  is tested. */

#include "ring/ntt.h"

#include <string.h>

#include "arith/prime.h"
#include "reference/poly.h"
#include "ring/kernels.h"
#include "testing.h"
#include "util/mem.h"

#define MAX_N 65536

static uint64_t a[MAX_N], b[MAX_N], c[MAX_N], d[MAX_N];

static size_t reverse(size_t x, size_t n) {
    size_t r = 0;
    for (; n > 1; n /= 2, x /= 2) r = 2 * r + x % 2;
    return r;
}

/** Row and column of a point in its group of 64 change places. */
static size_t place(size_t i, size_t n) { return n < 64 ? i : i / 64 * 64 + i % 8 * 8 + i / 8 % 8; }

static void fill(uint64_t *x, size_t n, uint64_t q, unsigned kind) {
    for (size_t i = 0; i < n; i++) x[i] = kind == 0 ? q - 1 : kind == 1 ? 0 : tst_biased(q);
    if (kind == 1) x[n - 1] = q - 1;
}

/** Every table from number first on takes a to forward and to inverse, and forward back to a. */
static void check_tables(size_t first, const cn_ntt *p, const uint64_t *forward, const uint64_t *inverse) {
    size_t count, bytes = p->n * sizeof *a;
    const cn_kernels *const *k = cn_kernels_all(&count);
    for (size_t t = first; t < count; t++) {
        memcpy(d, a, bytes);
        k[t]->ntt_forward(d, p);
        TST_CHECK(memcmp(d, forward, bytes) == 0);
        k[t]->ntt_inverse(d, d, p);
        TST_CHECK(memcmp(d, a, bytes) == 0);
        k[t]->ntt_inverse(d, d, p);
        TST_CHECK(memcmp(d, inverse, bytes) == 0);
    }
}

START_TEST(init_refuses) {
    static const struct {
        size_t n;
        uint64_t q;
        cn_status status;
    } bad[] = {{0, 17, CN_ERR_DEGREE},
               {1, 17, CN_ERR_DEGREE},
               {3, 17, CN_ERR_DEGREE},
               {131072, 786433, CN_ERR_DEGREE},
               {4, 16, CN_ERR_LIMB_RANGE},
               {4, 0, CN_ERR_LIMB_RANGE},
               {4, (uint64_t)1 << 61 | 1, CN_ERR_LIMB_RANGE},
               {4, 25, CN_ERR_NOT_PRIME},
               {4, 33, CN_ERR_NOT_PRIME},
               {8, 19, CN_ERR_CONGRUENCE},
               {16, 17, CN_ERR_CONGRUENCE}};
    for (size_t i = 0; i < CN_ARRAY_LEN(bad); i++) {
        cn_ntt p;
        ck_assert_int_eq(cn_ntt_init(&p, bad[i].n, bad[i].q), bad[i].status);
        ck_assert_uint_gt(strlen(cn_error_text()), 0);
        cn_ntt_clear(&p);
    }
    cn_ntt zero;
    memset(&zero, 0, sizeof zero);
    cn_ntt_clear(&zero);
}
END_TEST

START_TEST(out_of_memory) {
    cn_ntt p;
    long live = cn_test_alloc_live();
    for (unsigned long k = 1; k <= 2; k++) {
        cn_test_alloc_fail_at(k);
        ck_assert_int_eq(cn_ntt_init(&p, 16, 97), CN_ERR_MEMORY);
        ck_assert_int_eq(cn_test_alloc_live(), live);
        cn_ntt_clear(&p);
    }
    cn_test_alloc_fail_at(0);
    ck_assert_int_eq(cn_ntt_init(&p, 16, 97), CN_OK);
    cn_ntt_clear(&p);
    ck_assert_int_eq(cn_test_alloc_live(), live);
}
END_TEST

START_TEST(tables) {
    for (size_t n = 2; n <= 1024; n *= 4) {
        cn_ntt p;
        ck_assert_int_eq(cn_ntt_init(&p, n, tst_prime(46, n)), CN_OK);
        const cn_mod *m = &p.mod;
        uint64_t psi = cn_root_2n_var(m, n);
        ck_assert_uint_eq((uint64_t)1 << p.log_n, n);
        for (size_t i = 0; i < n; i++) {
            uint64_t power = cn_mod_pow_var(psi, reverse(i, n), m);
            TST_EQ(p.fwd[i].w, power);
            TST_EQ(p.fwd[i].quotient, cn_shoup_init_var(power, m).quotient);
            TST_EQ(cn_mod_mul(p.inv[i].w, power, m), 1);
            TST_EQ(p.inv[i].quotient, cn_shoup_init_var(p.inv[i].w, m).quotient);
        }
        TST_EQ(cn_mod_mul(p.n_inv.w, n, m), 1);
        cn_ntt_clear(&p);
    }
}
END_TEST

/** The reference itself: monomials go to powers of psi^(2 brv(i) + 1), and back. */
START_TEST(reference_on_monomials) {
    for (size_t n = 2; n <= 256; n *= 2) {
        cn_ntt p;
        ck_assert_int_eq(cn_ntt_init(&p, n, tst_prime(30, n)), CN_OK);
        uint64_t psi = cn_root_2n_var(&p.mod, n);
        for (size_t k = 0; k < n; k++) {
            memset(a, 0, n * sizeof *a);
            a[k] = 1;
            cn_ntt_forward_ref(b, a, &p);
            for (size_t i = 0; i < n; i++)
                TST_EQ(b[i], cn_mod_pow_var(psi, (2 * reverse(place(i, n), n) + 1) * k, &p.mod));
            cn_ntt_inverse_ref(c, b, &p);
            ck_assert_mem_eq(a, c, n * sizeof *a);
        }
        cn_ntt_clear(&p);
    }
}
END_TEST

START_TEST(exhaustive_4_17) {
    size_t count;
    const cn_kernels *const *k = cn_kernels_all(&count);
    cn_ntt p;
    ck_assert_int_eq(cn_ntt_init(&p, 4, 17), CN_OK);
    for (uint64_t code = 0; code < 17 * 17 * 17 * 17; code++) {
        uint64_t x[4] = {code % 17, code / 17 % 17, code / 289 % 17, code / 4913}, f[4], g[4], y[4];
        cn_ntt_forward_ref(f, x, &p);
        cn_ntt_inverse_ref(g, x, &p);
        for (size_t t = 0; t < count; t++) {
            memcpy(y, x, sizeof y);
            k[t]->ntt_forward(y, &p);
            TST_CHECK(memcmp(y, f, sizeof y) == 0);
            memcpy(y, x, sizeof y);
            k[t]->ntt_inverse(y, y, &p);
            TST_CHECK(memcmp(y, g, sizeof y) == 0);
        }
    }
    cn_ntt_clear(&p);
}
END_TEST

START_TEST(small_against_reference) {
    for (size_t n = 2; n <= 256; n *= 2) {
        for (unsigned bits = n < 128 ? 10 : 13; bits <= CN_MOD_BITS_MAX; bits += n < 64 || bits >= 43 ? 3 : 11) {
            cn_ntt p;
            ck_assert_int_eq(cn_ntt_init(&p, n, tst_prime(bits, n)), CN_OK);
            for (unsigned i = 0; i < TST_ITERS(6); i++) {
                fill(a, n, p.mod.q, i);
                cn_ntt_forward_ref(b, a, &p);
                cn_ntt_inverse_ref(c, a, &p);
                check_tables(0, &p, b, c);
            }
            cn_ntt_clear(&p);
        }
    }
}
END_TEST

/** inverse(forward(x) forward(y)) = x y in Z_q[x]/(x^n+1), the product taken over the integers. */
static void check_convolution(size_t n, unsigned bits, unsigned kind) {
    cn_ntt p;
    mpz_t *x = cn_ref_new(n), *y = cn_ref_new(n), *r = cn_ref_new(n);
    ck_assert_int_eq(cn_ntt_init(&p, n, tst_prime(bits, n)), CN_OK);
    fill(a, n, p.mod.q, kind);
    fill(b, n, p.mod.q, kind);
    for (size_t i = 0; i < n; i++) mpz_set_ui(x[i], a[i]), mpz_set_ui(y[i], b[i]);
    cn_ref_mul(r, x, y, n);
    memcpy(d, a, n * sizeof *a);
    cn_ntt_forward(a, &p);
    cn_ntt_forward(b, &p);
    for (size_t i = 0; i < n; i++) c[i] = cn_mod_mul(a[i], b[i], &p.mod);
    cn_ntt_inverse(c, &p);
    for (size_t i = 0; i < n; i++) TST_EQ(c[i], mpz_fdiv_ui(r[i], p.mod.q));
    cn_ntt_inverse(a, &p);
    TST_CHECK(memcmp(a, d, n * sizeof *a) == 0);
    cn_ref_free(x, n), cn_ref_free(y, n), cn_ref_free(r, n);
    cn_ntt_clear(&p);
}

START_TEST(convolution) {
    static const unsigned bits[] = {20, 31, 32, 33, 46, 50, 60, 61};
    for (size_t k = 0; k < CN_ARRAY_LEN(bits); k++) {
        for (unsigned kind = 0; kind < 3; kind++) {
            check_convolution(64, bits[k], kind);
            check_convolution(4096, bits[k], kind);
        }
        check_convolution(8192, bits[k], k % 3);
    }
    check_convolution(MAX_N, 61, 0);
    check_convolution(MAX_N, 46, 2);
}
END_TEST

/** Input whose products are all as large as lazy arithmetic lets them become (or as small), level after level along one path of the
 *  transform: every level multiplies a residue r near q - 1 by its root. Kinds 0 to 3. */
static void fill_path(uint64_t *x, const cn_ntt *p, unsigned kind) {
    uint64_t r = kind & 2 ? p->mod.q / 8 : p->mod.q - 1;
    memset(x, 0, p->n * sizeof *x);
    for (unsigned level = 0; level < p->log_n; level++) {
        uint64_t root = p->fwd[kind & 1 ? (size_t)1 << level : ((size_t)2 << level) - 1].w;
        x[p->n >> (level + 1)] = cn_mod_mul(r, cn_mod_inv_var(root, &p->mod), &p->mod);
    }
    x[0] = kind & 1 ? p->mod.q - 1 : 0;
}

/** Every table gives the portable bytes at every size, for the largest primes of each range. */
START_TEST(tables_agree) {
    static const unsigned bits[] = {18, 31, 32, 37, 45, 46, 47, 48, 49, 50};
    for (size_t n = 64; n <= MAX_N; n *= 2) {
        for (size_t b_i = 0; b_i < CN_ARRAY_LEN(bits); b_i++) {
            if ((uint64_t)1 << bits[b_i] < 8 * n) continue;
            cn_ntt p;
            uint64_t q = cn_prime_below_var(((uint64_t)1 << bits[b_i]) - 1, 3, 2 * n);
            ck_assert_int_eq(cn_ntt_init(&p, n, q), CN_OK);
            for (unsigned kind = 0; kind < 7 + TST_ITERS(1); kind++) {
                fill(a, n, q, kind);
                if (kind >= 3 && kind < 7) fill_path(a, &p, kind - 3);
                if (kind == 2)
                    for (size_t i = 0; i < n; i++) a[i] = tst_u64() % 2 ? q - 1 : tst_u64() % 2 ? 0 : q / 2 + tst_u64() % 2;
                memcpy(b, a, n * sizeof *a);
                cn_ntt_forward_portable(b, &p);
                memcpy(c, a, n * sizeof *a);
                cn_ntt_inverse_portable(c, &p);
                check_tables(1, &p, b, c);
            }
            cn_ntt_clear(&p);
        }
    }
}
END_TEST

/** Bits of both moduli: residues that are far above the other one, hardly, not. */
static const unsigned sizes[][2] = {{46, 17}, {46, 46}, {46, 50}, {44, 46}, {44, 46}, {44, 46}, {43, 46}, {43, 46}, {17, 20}, {17, 46}, {30, 30}, {45, 44}};

/** Transforms of lifted residues, subtracted ones and inverses to another place are what the plain kernels make of them. */
START_TEST(with_what_surrounds_them) {
    static uint64_t r[MAX_N], wanted[MAX_N], scratch[MAX_N];
    size_t count;
    const cn_kernels *const *k = cn_kernels_all(&count);
    for (size_t n = 64; n <= 32768; n *= 2)
        for (unsigned way = 0; way < CN_ARRAY_LEN(sizes) + TST_ITERS(4); way++) {
            unsigned to = sizes[way % CN_ARRAY_LEN(sizes)][0], from = sizes[way % CN_ARRAY_LEN(sizes)][1];
            cn_ntt p;
            cn_mod m;
            cn_digit digit = {.mask = -1};
            if ((uint64_t)1 << to < 8 * n || !cn_mod_init(&m, ((uint64_t)1 << from) - 1)) continue;
            ck_assert_int_eq(cn_ntt_init(&p, n, cn_prime_below_var(((uint64_t)1 << to) - 1, 3, 2 * n)), CN_OK);
            if (way % 11 == 10) digit = (cn_digit){.shift = 9, .offset = (int64_t)1 << 17 | 256, .mask = 511, .centre = 256};
            for (size_t i = 0; i < n; i++) {
                a[i] = way % 4 == 0 ? m.half : way % 4 == 1 ? m.q - 1 : way % 4 == 2 ? m.half + 1 : tst_biased(m.q);
                b[i] = way % 2 ? p.mod.q - 1 : tst_biased(p.mod.q);
                uint64_t image = cn_mod_reduce_signed(cn_digit_of(a[i], &digit, &m), &p.mod);
                wanted[i] = image;
            }
            cn_ntt_forward_portable(wanted, &p);
            cn_shoup w = cn_shoup_init_var(way % 2 ? p.mod.q - 1 : tst_biased(p.mod.q), &p.mod);
            for (size_t t = 0; t < count; t++) {
                k[t]->ntt_lift(r, a, &digit, &m, &p);
                ck_assert_msg(memcmp(r, wanted, n * sizeof *r) == 0, "n %zu, way %u, table %zu", n, way, t);
                k[t]->ntt_inverse(r, wanted, &p);
                for (size_t i = 0; i < n; i++) TST_EQ(r[i], cn_mod_reduce_signed(cn_digit_of(a[i], &digit, &m), &p.mod));
                if (digit.mask != -1) continue;
                memcpy(r, b, n * sizeof *r);
                k[t]->ntt_drop(r, scratch, a, w, &m, &p);
                for (size_t i = 0; i < n; i++) TST_EQ(r[i], cn_mod_mul(cn_mod_sub(b[i], wanted[i], &p.mod), w.w, &p.mod));
            }
            cn_ntt_clear(&p);
        }
}
END_TEST

Suite *cn_suite_ntt(void) {
    Suite *s = suite_create("ntt");
    TCase *tc = tcase_create("core");
    tcase_add_test(tc, init_refuses);
    tcase_add_test(tc, out_of_memory);
    tcase_add_test(tc, tables);
    tcase_add_test(tc, reference_on_monomials);
    tcase_add_test(tc, exhaustive_4_17);
    tcase_add_test(tc, small_against_reference);
    tcase_add_test(tc, tables_agree);
    tcase_add_test(tc, convolution);
    tcase_add_test(tc, with_what_surrounds_them);
    suite_add_tcase(s, tc);
    return s;
}
