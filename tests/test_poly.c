/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** RNS polynomials: every operation limb by limb against plain arithmetic, products against the integer
 *  product, and modulus switching against exact division of GMP integers. */

#include "ring/poly.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "arith/prime.h"
#include "arith/rns.h"
#include "reference/poly.h"
#include "testing.h"
#include "util/mem.h"

#define N 32
#define LIMBS 3

static uint64_t primes[LIMBS], special_prime;
static cn_ring ring;

static void set_up(void) {
    primes[0] = tst_prime(46, N);
    primes[1] = tst_prime(45, N);
    primes[2] = tst_prime(20, N);
    special_prime = cn_prime_below_var(primes[0] - 1, 3, 2 * N);
    ck_assert_int_eq(cn_ring_init(&ring, N, primes, LIMBS, special_prime), CN_OK);
}

static void tear_down(void) { cn_ring_clear(&ring); }

static uint64_t prime_of(const cn_poly *p, unsigned i) {
    return p->special && i == p->limbs - 1 ? special_prime : primes[i];
}

static cn_poly new_poly(unsigned limbs, bool special, cn_domain d) {
    cn_poly p;
    ck_assert_int_eq(cn_poly_init(&p, &ring, limbs, special, d), CN_OK);
    for (unsigned i = 0; i < p.limbs; i++) {
        for (size_t j = 0; j < N; j++) p.c[i * N + j] = tst_biased(prime_of(&p, i));
    }
    return p;
}

static cn_poly duplicate(const cn_poly *a) {
    cn_poly p = new_poly(a->limbs - a->special, a->special, a->domain);
    memcpy(p.c, a->c, a->limbs * N * sizeof *a->c);
    return p;
}

static bool equal(const cn_poly *a, const cn_poly *b) {
    return a->n == b->n && a->limbs == b->limbs && a->special == b->special && a->domain == b->domain &&
           memcmp(a->c, b->c, a->limbs * N * sizeof *a->c) == 0;
}

START_TEST(ring_init) {
    cn_ring r;
    const uint64_t composite[2] = {97, 97 * 193}, wrong[2] = {97, 101}, twice[3] = {97, 193, 97},
                   even[1] = {96};
    uint64_t many[CN_RING_PRIMES_MAX + 1];
    for (unsigned i = 0; i <= CN_RING_PRIMES_MAX; i++) {
        many[i] = cn_prime_above_var(i == 0 ? 3 : many[i - 1] + 1, UINT64_MAX, 8);
    }
    memset(&r, 0, sizeof r);
    cn_ring_clear(&r);
    ck_assert_int_eq(cn_ring_init(&r, 4, many, 0, 0), CN_ERR_LIMB_COUNT);
    ck_assert_int_eq(cn_ring_init(&r, 4, many, CN_RING_PRIMES_MAX + 1, 0), CN_ERR_LIMB_COUNT);
    ck_assert_int_eq(cn_ring_init(&r, 4, many, CN_RING_PRIMES_MAX, many[CN_RING_PRIMES_MAX]),
                     CN_ERR_LIMB_COUNT);
    ck_assert_int_eq(cn_ring_init(&r, 4, many, UINT32_MAX, 17), CN_ERR_LIMB_COUNT);
    ck_assert_int_eq(cn_ring_init(&r, 4, twice, 3, 0), CN_ERR_DUPLICATE);
    ck_assert_int_eq(cn_ring_init(&r, 4, twice, 2, 193), CN_ERR_DUPLICATE);
    ck_assert_int_eq(cn_ring_init(&r, 4, composite, 2, 0), CN_ERR_NOT_PRIME);
    ck_assert_int_eq(cn_ring_init(&r, 4, composite, 1, 25), CN_ERR_NOT_PRIME);
    ck_assert_int_eq(cn_ring_init(&r, 4, wrong, 2, 0), CN_ERR_CONGRUENCE);
    ck_assert_int_eq(cn_ring_init(&r, 4, even, 1, 0), CN_ERR_LIMB_RANGE);
    ck_assert_int_eq(cn_ring_init(&r, 5, many, 1, 0), CN_ERR_DEGREE);
    cn_ring_clear(&r);
    ck_assert_int_eq(cn_ring_init(&r, 4, many, CN_RING_PRIMES_MAX, 0), CN_OK);
    ck_assert(r.count == CN_RING_PRIMES_MAX && !r.has_special && r.n == 4);
    cn_ring_clear(&r);
    cn_ring_clear(&r);
    ck_assert_int_eq(cn_ring_init(&r, 4, many, 2, many[2]), CN_OK);
    ck_assert(r.count == 2 && r.has_special);
    for (unsigned i = 0; i < 3; i++) ck_assert_uint_eq(r.ntt[i].mod.q, many[i]);
    cn_ring_clear(&r);
}
END_TEST

START_TEST(out_of_memory) {
    long live = cn_test_alloc_live();
    cn_ring r;
    cn_status s = CN_ERR_MEMORY;
    unsigned long k = 1;
    for (; s != CN_OK; k++) {
        cn_test_alloc_fail_at(k);
        s = cn_ring_init(&r, N, primes, LIMBS, special_prime);
        ck_assert(s == CN_OK || s == CN_ERR_MEMORY);
        cn_ring_clear(&r);
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }
    ck_assert_uint_gt(k, 2 * (LIMBS + 1));
    cn_poly p;
    cn_test_alloc_fail_at(1);
    ck_assert_int_eq(cn_poly_init(&p, &ring, LIMBS, true, CN_NTT), CN_ERR_MEMORY);
    cn_test_alloc_fail_at(0);
    cn_poly_clear(&p);
    cn_poly_clear_secret(&p);
}
END_TEST

START_TEST(shapes) {
    long live = cn_test_alloc_live();
    for (unsigned limbs = 1; limbs <= LIMBS; limbs++) {
        for (int special = 0; special < 2; special++) {
            cn_poly p;
            ck_assert_int_eq(cn_poly_init(&p, &ring, limbs, special, CN_NTT), CN_OK);
            ck_assert(p.n == N && p.limbs == limbs + (unsigned)special && p.special == special &&
                      p.domain == CN_NTT);
            for (size_t j = 0; j < p.limbs * N; j++) ck_assert_uint_eq(p.c[j], 0);
            for (unsigned i = 0; i < p.limbs; i++) {
                ck_assert_ptr_eq(cn_poly_limb(&p, i), p.c + i * N);
                ck_assert_uint_eq(cn_poly_ntt(&p, i, &ring)->mod.q, prime_of(&p, i));
            }
            if (special) {
                cn_poly_clear(&p);
            } else {
                cn_poly_clear_secret(&p);
            }
            ck_assert_ptr_null(p.c);
        }
    }
    ck_assert_int_eq(cn_test_alloc_live(), live);
}
END_TEST

typedef enum op { COPY, ADD, SUB, NEG, MUL, MUL_ADD, SCALE, OPS } op;

static uint64_t expected(op o, uint64_t r, uint64_t a, uint64_t b, int64_t w, uint64_t q) {
    cn_u128 x = a;
    switch (o) {
    case ADD: x = (cn_u128)a + b; break;
    case SUB: x = (cn_u128)a + q - b; break;
    case NEG: x = q - a; break;
    case MUL: x = (cn_u128)a * b; break;
    case MUL_ADD: x = (cn_u128)a * b + r; break;
    case SCALE:
        x = (cn_u128)(w < 0 ? -w : w) % q * a % q;
        if (w < 0) x = q - x;
        break;
    default: break;
    }
    return (uint64_t)(x % q);
}

static void apply(op o, cn_poly *r, const cn_poly *a, const cn_poly *b, int64_t w) {
    switch (o) {
    case COPY: cn_poly_copy(r, a); break;
    case ADD: cn_poly_add(r, a, b, &ring); break;
    case SUB: cn_poly_sub(r, a, b, &ring); break;
    case NEG: cn_poly_neg(r, a, &ring); break;
    case MUL: cn_poly_mul(r, a, b, &ring); break;
    case MUL_ADD: cn_poly_mul_add(r, a, b, &ring); break;
    case SCALE: cn_poly_scale(r, a, w, &ring); break;
    default: break;
    }
}

/** All operations, all shapes, r apart from a and b or one of them. */
START_TEST(operations) {
    const int64_t limit = ((int64_t)1 << 62) - 1;
    for (size_t i = 0; i < TST_ITERS(40); i++) {
        for (int o = 0; o < OPS; o++) {
            for (unsigned shape = 0; shape < 2 * LIMBS; shape++) {
                for (int alias = 0; alias < 3; alias++) {
                    bool pointwise = o == MUL || o == MUL_ADD;
                    cn_domain d = pointwise || i % 2 ? CN_NTT : CN_COEFF;
                    cn_poly a = new_poly(1 + shape / 2, shape % 2, d),
                            b = new_poly(1 + shape / 2, shape % 2, d);
                    cn_poly c =
                        new_poly(1 + shape / 2, shape % 2, o == MUL_ADD ? CN_NTT : (cn_domain)(i / 2 % 2));
                    cn_poly a0 = duplicate(&a), b0 = duplicate(&b);
                    cn_poly *r = alias == 0 ? &c : alias == 1 ? &a : &b;
                    cn_poly r0 = duplicate(r);
                    int64_t w = (int64_t)tst_biased((uint64_t)limit + 1);
                    if (i % 3 == 0) w = limit;
                    if (i % 2) w = -w;
                    apply((op)o, r, &a, &b, w);
                    for (unsigned k = 0; k < a.limbs; k++) {
                        for (size_t j = 0; j < N; j++) {
                            size_t at = k * N + j;
                            TST_EQ(r->c[at],
                                   expected((op)o, r0.c[at], a0.c[at], b0.c[at], w, prime_of(r, k)));
                        }
                    }
                    TST_CHECK(r->domain == d);
                    if (alias != 1) TST_CHECK(equal(&a, &a0));
                    if (alias != 2) TST_CHECK(equal(&b, &b0));
                    cn_poly_clear(&a), cn_poly_clear(&b), cn_poly_clear(&c);
                    cn_poly_clear(&a0), cn_poly_clear(&b0), cn_poly_clear(&r0);
                }
            }
        }
    }
}
END_TEST

START_TEST(constants_and_domains) {
    for (size_t i = 0; i < TST_ITERS(50); i++) {
        bool special = i % 2;
        cn_poly a = new_poly(LIMBS, special, CN_COEFF), b = duplicate(&a), before = duplicate(&a);
        uint64_t k[LIMBS + 1];
        for (unsigned l = 0; l < a.limbs; l++) k[l] = tst_biased(prime_of(&a, l));
        cn_poly_add_const(&a, k, &ring);
        for (unsigned l = 0; l < a.limbs; l++) {
            for (size_t j = 0; j < N; j++) {
                uint64_t sum = before.c[l * N + j] + (j == 0 ? k[l] : 0);
                TST_EQ(a.c[l * N + j], sum % prime_of(&a, l));
            }
        }
        cn_poly_to_ntt(&b, &ring);
        TST_CHECK(b.domain == CN_NTT);
        for (unsigned l = 0; l < a.limbs; l++) {
            uint64_t image[N];
            cn_ntt_forward_ref(image, before.c + l * N, cn_poly_ntt(&a, l, &ring));
            TST_CHECK(memcmp(image, b.c + l * N, sizeof image) == 0);
        }
        cn_poly_add_const(&b, k, &ring);
        cn_poly_to_coeff(&b, &ring);
        TST_CHECK(equal(&a, &b));
        cn_poly_clear(&a), cn_poly_clear(&b), cn_poly_clear(&before);
    }
}
END_TEST

START_TEST(small_coefficients) {
    static const uint64_t tiny[2] = {17, 97};
    cn_ring r;
    cn_poly p;
    ck_assert_int_eq(cn_ring_init(&r, 8, tiny, 2, 113), CN_OK);
    ck_assert_int_eq(cn_poly_init(&p, &r, 2, true, CN_NTT), CN_OK);
    for (int base = -128; base < 128; base += 8) {
        int8_t v[8];
        for (int j = 0; j < 8; j++) v[j] = (int8_t)(base + j);
        cn_poly_set_small(&p, v, &r);
        ck_assert_int_eq(p.domain, CN_COEFF);
        for (unsigned i = 0; i < 3; i++) {
            int q = i == 2 ? 113 : (int)tiny[i];
            for (int j = 0; j < 8; j++) TST_EQ(p.c[i * 8 + (unsigned)j], ((base + j) % q + q) % q);
        }
    }
    cn_poly_clear(&p);
    cn_ring_clear(&r);
}
END_TEST

/** The product of the ring over the integers, reduced modulo Q. */
START_TEST(products) {
    cn_rns basis;
    ck_assert_int_eq(cn_rns_init(&basis, primes, LIMBS), CN_OK);
    mpz_t *x = cn_ref_new(N), *y = cn_ref_new(N), *z = cn_ref_new(N), got;
    mpz_init(got);
    for (size_t i = 0; i < TST_ITERS(50); i++) {
        cn_poly a = new_poly(LIMBS, false, CN_COEFF), b = new_poly(LIMBS, false, CN_COEFF);
        for (size_t j = 0; j < N; j++) {
            cn_rns_get_mpz_centred(x[j], a.c + j, N, &basis);
            cn_rns_get_mpz_centred(y[j], b.c + j, N, &basis);
        }
        cn_ref_mul_schoolbook(z, x, y, N);
        cn_poly_to_ntt(&a, &ring);
        cn_poly_to_ntt(&b, &ring);
        cn_poly_mul(&a, &a, &b, &ring);
        cn_poly_to_coeff(&a, &ring);
        for (size_t j = 0; j < N; j++) {
            cn_rns_get_mpz(got, a.c + j, N, &basis);
            mpz_fdiv_r(z[j], z[j], basis.product);
            TST_CHECK(mpz_cmp(got, z[j]) == 0);
        }
        cn_poly_clear(&a), cn_poly_clear(&b);
    }
    mpz_clear(got);
    cn_ref_free(x, N), cn_ref_free(y, N), cn_ref_free(z, N);
    cn_rns_clear(&basis);
}
END_TEST

/** c -> (c - centred(c mod p)) / p, exactly, for every shape and in both domains. */
START_TEST(drop_last) {
    uint64_t scratch[2 * N];
    mpz_t x, c, p;
    mpz_inits(x, c, p, NULL);
    for (size_t i = 0; i < TST_ITERS(100); i++) {
        bool special = i % 2;
        unsigned limbs = 2 - special + (unsigned)tst_below(LIMBS - 1 + special); /* at least two in all */
        uint64_t all[LIMBS + 1];
        cn_rns whole;
        cn_poly a = new_poly(limbs, special, CN_COEFF);
        for (unsigned k = 0; k < a.limbs; k++) all[k] = prime_of(&a, k);
        const uint64_t last = all[a.limbs - 1];
        /* exercise the rounding boundary: (p-1)/2 goes down, (p+1)/2 up */
        uint64_t *edge = cn_poly_limb(&a, a.limbs - 1);
        edge[0] = (last - 1) / 2, edge[1] = (last + 1) / 2, edge[2] = 0, edge[3] = last - 1;
        cn_poly b = duplicate(&a), before = duplicate(&a);
        ck_assert_int_eq(cn_rns_init(&whole, all, a.limbs), CN_OK);

        cn_poly_drop_last(&a, scratch, &ring);
        cn_poly_to_ntt(&b, &ring);
        cn_poly_drop_last(&b, scratch, &ring);
        TST_CHECK(b.domain == CN_NTT);
        cn_poly_to_coeff(&b, &ring);
        TST_CHECK(equal(&a, &b));
        TST_CHECK(a.limbs == before.limbs - 1 && !a.special && a.domain == CN_COEFF);
        for (size_t j = 0; j < N; j++) {
            cn_rns_get_mpz_centred(x, before.c + j, N, &whole);
            mpz_set_ui(p, last);
            cn_mpz_centre(c, x, p);
            mpz_sub(x, x, c);
            TST_CHECK(mpz_divisible_ui_p(x, last));
            mpz_divexact_ui(x, x, last);
            for (unsigned k = 0; k < a.limbs; k++) TST_EQ(a.c[k * N + j], mpz_fdiv_ui(x, all[k]));
        }
        cn_rns_clear(&whole);
        cn_poly_clear(&a), cn_poly_clear(&b), cn_poly_clear(&before);
    }
    mpz_clears(x, c, p, NULL);
}
END_TEST

#ifdef VERIFY
/* Misuse that assertions of VERIFY builds must stop: each of these runs in a child and aborts. */

START_TEST(abort_mixed_domains) {
    cn_poly a = new_poly(2, false, CN_NTT), b = new_poly(2, false, CN_COEFF);
    cn_poly_add(&a, &a, &b, &ring);
}
END_TEST

START_TEST(abort_mixed_shapes) {
    cn_poly a = new_poly(2, false, CN_NTT), b = new_poly(1, true, CN_NTT);
    cn_poly_mul(&a, &a, &b, &ring);
}
END_TEST

START_TEST(abort_unreduced) {
    cn_poly a = new_poly(2, true, CN_COEFF);
    a.c[2 * N + 5] = special_prime;
    cn_poly_neg(&a, &a, &ring);
}
END_TEST

START_TEST(abort_transform_twice) {
    cn_poly a = new_poly(1, false, CN_NTT);
    cn_poly_to_ntt(&a, &ring);
}
END_TEST

START_TEST(abort_drop_only_limb) {
    uint64_t scratch[2 * N];
    cn_poly a = new_poly(1, false, CN_NTT);
    cn_poly_drop_last(&a, scratch, &ring);
}
END_TEST
#endif

Suite *cn_suite_poly(void) {
    Suite *s = suite_create("poly");
    TCase *tc = tcase_create("core");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, ring_init);
    tcase_add_test(tc, out_of_memory);
    tcase_add_test(tc, shapes);
    tcase_add_test(tc, operations);
    tcase_add_test(tc, constants_and_domains);
    tcase_add_test(tc, small_coefficients);
    tcase_add_test(tc, products);
    tcase_add_test(tc, drop_last);
    suite_add_tcase(s, tc);
#ifdef VERIFY
    if (getenv("CK_FORK") == NULL || strcmp(getenv("CK_FORK"), "no") != 0) {
        tc = tcase_create("assertions");
        tcase_add_checked_fixture(tc, set_up, tear_down);
        tcase_add_test_raise_signal(tc, abort_mixed_domains, SIGABRT);
        tcase_add_test_raise_signal(tc, abort_mixed_shapes, SIGABRT);
        tcase_add_test_raise_signal(tc, abort_unreduced, SIGABRT);
        tcase_add_test_raise_signal(tc, abort_transform_twice, SIGABRT);
        tcase_add_test_raise_signal(tc, abort_drop_only_limb, SIGABRT);
        suite_add_tcase(s, tc);
    }
#endif
    return s;
}
