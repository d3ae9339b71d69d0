/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Encoders: rounding against exact rationals, digits against exact sums, bounds that are reached and never passed, values under
 *  encryption against values in the clear, and refusals one step beyond each limit. */

#include <float.h>
#include <gmp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cryptonets_encode.h"
#include "he/params.h"
#include "he_testing.h"
#include "testing.h"

/* Two branches at realistic size; a ring of 8 for what needs many cases. */
static tst_he he, toy;
static void setup(void) {
    cn_params p = tst_he_params(8192, 4, 45, 0, 2, 1 << 24, 0);
    he = tst_he_new(&p);
    cn_test_allow_toy_rings(true);
    cn_params q = tst_he_params(8, 4, 40, 0, 2, 4000, 0);
    toy = tst_he_new(&q);
}
static void teardown(void) {
    tst_he_free(&he);
    tst_he_free(&toy);
}

static cn_i128 random_integer(cn_i128 below) { return (cn_i128)(((cn_u128)tst_u64() << 62 | tst_u64() >> 2) % (cn_u128)below); }

static void set_i128(mpz_t z, cn_i128 x) {
    cn_u128 m = x < 0 ? -(cn_u128)x : (cn_u128)x;
    mpz_set_ui(z, (unsigned long)(m >> 64));
    mpz_mul_2exp(z, z, 64);
    mpz_add_ui(z, z, (unsigned long)(uint64_t)m);
    if (x < 0) mpz_neg(z, z);
}

static void expect_integer(cn_i128 found, const mpz_t expected) {
    mpz_t z;
    mpz_init(z);
    set_i128(z, found);
    if (mpz_cmp(z, expected)) {
        char text[200];
        gmp_snprintf(text, sizeof text, "found %Zd, expected %Zd", z, expected);
        ck_abort_msg("%s", text);
    }
    mpz_clear(z);
}

/* ---- fixed point ------------------------------------------------------------------------------- */

/** floor(|x| scale + 1/2) with the sign of x. */
static void round_exactly(mpz_t r, double x, cn_i128 scale) {
    mpq_t q, s;
    mpq_inits(q, s, NULL);
    mpq_set_d(q, fabs(x));
    set_i128(mpq_numref(s), scale);
    mpq_mul(q, q, s);
    mpq_set_ui(s, 1, 2);
    mpq_add(q, q, s);
    mpz_fdiv_q(r, mpq_numref(q), mpq_denref(q));
    if (signbit(x)) mpz_neg(r, r);
    mpq_clears(q, s, NULL);
}

static double random_double(double most) {
    switch (tst_below(8)) {
    case 0: return ldexp((double)(int64_t)tst_biased(0), -(int)tst_below(1100)); /* often subnormal or 0 */
    case 1: return most * (1 - ldexp(1, -(int)tst_below(60)));
    case 2: return floor(most * (double)tst_u64() * 0x1p-64) + 0.5;
    default: return most * (2 * ((double)tst_u64() * 0x1p-64) - 1);
    }
}

START_TEST(rounding) {
    mpz_t r;
    mpz_init(r);
    for (size_t i = 0; i < TST_ITERS(30000); i++) {
        cn_i128 max = cn_integer_max(he.ctx), scale = 1 + random_integer((cn_i128)1 << tst_below(50));
        if (tst_below(4) == 0) scale = (cn_i128)1 << tst_below(49);
        cn_fixed f;
        double most = ldexp((double)max / (double)scale * 0.99, -(int)tst_below(80)), x = random_double(most);
        if (fabs(x) > most) continue;
        ck_assert_msg(cn_fixed_new(&f, most, scale, he.ctx) == CN_OK, "%s", cn_error_text());
        cn_i128 found;
        ck_assert_msg(cn_fixed_encode(&found, &x, 1, &f) == CN_OK, "%a by %a: %s", x, (double)scale, cn_error_text());
        round_exactly(r, x, scale);
        expect_integer(found, r);
        double back;
        ck_assert_int_eq(cn_fixed_decode(&back, &found, 1, &f), CN_OK);
        TST_CHECK(fabs(back - x) <= f.error + fabs(x) * 0x1p-50);
        TST_CHECK(f.error * (double)scale >= 0.5 && f.error * (double)scale < 0.5 + 1e-9);
    }
    mpz_clear(r);
}
END_TEST

/** Ties and neighbours of ties, very large scales, zeros. */
START_TEST(rounding_edges) {
    const struct {
        double x;
        cn_i128 scale, expected;
    } c[] = {{0.5, 1, 1},          {-0.5, 1, -1},      {1.5, 1, 2},        {2.5, 1, 3},       {0x1.fffffffffffffp-2, 1, 0},
             {-0.0, 7, 0},         {DBL_MIN, 1, 0},    {0x1p-1074, 5, 0},  {0.1, 10, 1},      {0.25, 2, 1},
             {0x1p-46, (cn_i128)1 << 46, 1},
             {0x1p-47, (cn_i128)1 << 46, 1}, {0x1.fffffffffffffp-48, (cn_i128)1 << 46, 0}, {1e9, 1000, 1000000000000}};
    for (size_t i = 0; i < CN_ARRAY_LEN(c); i++) {
        cn_fixed f;
        cn_i128 found;
        ck_assert_int_eq(cn_fixed_new(&f, fabs(c[i].x) + 1, c[i].scale, he.ctx), CN_OK);
        ck_assert_int_eq(cn_fixed_encode(&found, &c[i].x, 1, &f), CN_OK);
        ck_assert_msg(found == c[i].expected, "%a: found %lld", c[i].x, (long long)found);
    }
    /* scales beyond 64 bits, of which numbers leave little: exact */
    mpz_t r;
    mpz_init(r);
    cn_params p = tst_he_params(8, 4, 46, 0, 3, (uint64_t)1 << 40, 0);
    tst_he wide = tst_he_new(&p);
    for (size_t i = 0; i < TST_ITERS(5000); i++) {
        cn_i128 scale = (cn_i128)1 << (60 + tst_below(60));
        scale += random_integer(scale);
        double most = (double)cn_integer_max(wide.ctx) / (double)scale * 0.99, x = random_double(most);
        if (fabs(x) > most) continue;
        cn_fixed f;
        cn_i128 found;
        ck_assert_msg(cn_fixed_new(&f, most, scale, wide.ctx) == CN_OK, "%s", cn_error_text());
        ck_assert_int_eq(cn_fixed_encode(&found, &x, 1, &f), CN_OK);
        round_exactly(r, x, scale);
        expect_integer(found, r);
    }
    tst_he_free(&wide);
    mpz_clear(r);
}
END_TEST

/** Formats just within T/2 and just beyond; numbers at their limits and beyond. */
START_TEST(fixed_limits) {
    cn_i128 max = cn_integer_max(he.ctx), found = 1;
    uint64_t t0 = cn_t(he.ctx, 0)->q, t1 = cn_t(he.ctx, 1)->q;
    ck_assert(max == ((cn_i128)t0 * (cn_i128)t1 - 1) / 2);
    cn_fixed f, g;
    ck_assert_int_eq(cn_fixed_integer(&f, max, he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_integer(&f, -max, he.ctx), CN_OK);
    ck_assert(f.bound == max && f.scale == 1 && f.error == 0);
    ck_assert_int_eq(cn_fixed_integer(&g, max + 1, he.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fixed_integer(&g, (cn_i128)((cn_u128)1 << 127), he.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fixed_new(&f, (double)max, 1, he.ctx), CN_OK); /* below 2^53: exact */
    ck_assert(f.bound == max);
    ck_assert_int_eq(cn_fixed_new(&g, (double)max + 0.5, 1, he.ctx), CN_ERR_RANGE);

    ck_assert_int_eq(cn_fixed_new(&f, 10, 4, he.ctx), CN_OK);
    ck_assert(f.bound == 40);
    double good[] = {10, -10, 10.12, 0}, bad[] = {10.13, -10.13, INFINITY, -INFINITY, NAN, 1e300, -1e300, DBL_MAX};
    ck_assert_int_eq(cn_fixed_encode(&found, good, 1, &f), CN_OK);
    ck_assert(found == 40);
    ck_assert_int_eq(cn_fixed_encode(&found, good + 2, 1, &f), CN_OK); /* rounds to 40 */
    for (size_t i = 0; i < CN_ARRAY_LEN(bad); i++) {
        double pair[2] = {1, bad[i]};
        cn_i128 out[2] = {7, 7};
        ck_assert_int_eq(cn_fixed_encode(out, pair, 2, &f), CN_ERR_RANGE);
        ck_assert(out[0] == 0 && out[1] == 0);
    }
    /* sums, products and scales up to the limit, and one more */
    ck_assert_int_eq(cn_fixed_integer(&f, max / 2, he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_integer(&g, max - max / 2, he.ctx), CN_OK);
    cn_fixed r = f;
    ck_assert_int_eq(cn_fixed_add(&r, &f, &g, he.ctx), CN_OK);
    ck_assert(r.bound == max);
    ck_assert_int_eq(cn_fixed_integer(&g, max - max / 2 + 1, he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_add(&r, &f, &g, he.ctx), CN_ERR_RANGE);
    ck_assert(r.bound == max); /* unchanged */
    ck_assert_int_eq(cn_fixed_integer(&g, 2, he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_mul(&r, &f, &g, he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_integer(&g, 3, he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_mul(&r, &f, &g, he.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fixed_rescale(&r, &f, 2, he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_rescale(&r, &f, 3, he.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fixed_rescale(&r, &f, 0, he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_mul(&r, &r, &r, he.ctx), CN_ERR_RANGE);
    /* scales */
    ck_assert_int_eq(cn_fixed_new(&f, 0, (cn_i128)1 << 70, he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_mul(&r, &f, &f, he.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fixed_new(&g, 1, 8, he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_add(&r, &f, &g, he.ctx), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_fixed_new(&g, 1, 0, he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_new(&g, -1, 1, he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_new(&g, NAN, 1, he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_new(&g, INFINITY, 1, he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_new(&g, 1e300, 1, he.ctx), CN_ERR_RANGE);
    cn_fixed none = {0};
    ck_assert_int_eq(cn_fixed_encode(&found, good, 1, &none), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_decode(good, &found, 1, &none), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_add(&r, &none, &none, he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_mul(&r, &none, &g, he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_new(NULL, 1, 1, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_fixed_encode(NULL, good, 1, &f), CN_ERR_NULL);
}
END_TEST

/** Decoding: exact where it says so, of all sizes within its error. */
START_TEST(fixed_decode) {
    cn_fixed f = {.scale = 1, .bound = 1};
    for (size_t i = 0; i < TST_ITERS(20000); i++) {
        cn_i128 x = random_integer((cn_i128)1 << (1 + tst_below(125))), scale = (cn_i128)1 << tst_below(100);
        if (tst_below(2)) x = -x;
        if (tst_below(2)) scale += random_integer(scale);
        double found;
        f.scale = scale;
        ck_assert_int_eq(cn_fixed_decode(&found, &x, 1, &f), CN_OK);
        long double quotient = (long double)x / (long double)scale;
        TST_CHECK(fabsl(found - quotient) <= fabsl(quotient) * 0x1p-50L);
        if ((scale & (scale - 1)) == 0 && x < (cn_i128)1 << 53 && -x < (cn_i128)1 << 53) TST_CHECK(found == quotient);
    }
}
END_TEST

/** a b + w c with real weights and a rescaled sum, in slots, under encryption: integers exact, numbers within the tracked error. */
START_TEST(fixed_encrypted) {
    enum { COUNT = 600 };
    cn_fixed fa, fc, fw, fp, fq, fr;
    ck_assert_int_eq(cn_fixed_new(&fa, 2, 1024, he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_new(&fc, 100, 64, he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_new(&fw, 1, 512, he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_mul(&fp, &fa, &fa, he.ctx), CN_OK);       /* 2^20 */
    ck_assert_int_eq(cn_fixed_mul(&fq, &fc, &fw, he.ctx), CN_OK);       /* 2^15 */
    ck_assert_int_eq(cn_fixed_add(&fr, &fp, &fq, he.ctx), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_fixed_rescale(&fq, &fq, 32, he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_add(&fr, &fp, &fq, he.ctx), CN_OK);
    double a[COUNT], b[COUNT], c[COUNT], w = -0.7, back[COUNT];
    cn_i128 ia[COUNT], ib[COUNT], ic[COUNT], iw, joined[COUNT];
    int64_t ra[2 * COUNT], rb[2 * COUNT], rc[2 * COUNT];
    static uint64_t out[2 * COUNT];
    for (int i = 0; i < COUNT; i++) {
        a[i] = i == 0 ? 2 : i == 1 ? -2 : 4 * ((double)tst_u64() * 0x1p-64) - 2;
        b[i] = i == 0 ? 2 : i == 1 ? 2 : 4 * ((double)tst_u64() * 0x1p-64) - 2;
        c[i] = i == 0 ? -100 : i == 1 ? 100 : 200 * ((double)tst_u64() * 0x1p-64) - 100;
    }
    ck_assert_int_eq(cn_fixed_encode(ia, a, COUNT, &fa), CN_OK);
    ck_assert_int_eq(cn_fixed_encode(ib, b, COUNT, &fa), CN_OK);
    ck_assert_int_eq(cn_fixed_encode(ic, c, COUNT, &fc), CN_OK);
    ck_assert_int_eq(cn_fixed_encode(&iw, &w, 1, &fw), CN_OK);
    ck_assert_int_eq(cn_crt_split(ra, ia, COUNT, he.ctx), CN_OK);
    ck_assert_int_eq(cn_crt_split(rb, ib, COUNT, he.ctx), CN_OK);
    ck_assert_int_eq(cn_crt_split(rc, ic, COUNT, he.ctx), CN_OK);
    for (unsigned j = 0; j < 2; j++) {
        cn_cipher *x, *y, *z;
        ck_assert_int_eq(cn_encrypt_secret(&x, ra + j * COUNT, COUNT, j, he.sk, he.ctx), CN_OK);
        ck_assert_int_eq(cn_encrypt_public(&y, rb + j * COUNT, COUNT, j, he.pk, he.ctx), CN_OK);
        /* c is multiplied by 1 so that both terms have the same message factor */
        int64_t one[COUNT];
        cn_cipher *u;
        for (int i = 0; i < COUNT; i++) one[i] = 1;
        ck_assert_int_eq(cn_encrypt_public(&u, one, COUNT, j, he.pk, he.ctx), CN_OK);
        ck_assert_int_eq(cn_encrypt_secret(&z, rc + j * COUNT, COUNT, j, he.sk, he.ctx), CN_OK);
        ck_assert_int_eq(cn_mul(x, y, he.ctx), CN_OK);
        ck_assert_int_eq(cn_mul_scalar(z, (int64_t)iw * 32, he.ctx), CN_OK);
        ck_assert_int_eq(cn_mul(z, u, he.ctx), CN_OK);
        ck_assert_int_eq(cn_add(x, z, he.ctx), CN_OK);
        ck_assert_int_eq(cn_decrypt(out + j * COUNT, COUNT, x, he.sk, he.ctx), CN_OK);
        cn_cipher_free(x);
        cn_cipher_free(y);
        cn_cipher_free(z);
        cn_cipher_free(u);
    }
    ck_assert_int_eq(cn_crt_join_signed(joined, out, COUNT, he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_decode(back, joined, COUNT, &fr), CN_OK);
    for (int i = 0; i < COUNT; i++) {
        cn_i128 expected = ia[i] * ib[i] + 32 * iw * ic[i];
        ck_assert(joined[i] == expected && expected <= fr.bound && -expected <= fr.bound);
        TST_CHECK(fabs(back[i] - (a[i] * b[i] + w * c[i])) <= fr.error);
    }
    TST_CHECK(fr.error < 0.12); /* not just anything: 2 + 2 halves of 1/1024, 100 of 1/512, 1 of 1/64 */
}
END_TEST

/* ---- branches and coefficients ------------------------------------------------------------------- */

START_TEST(split_and_join) {
    cn_i128 max = cn_integer_max(he.ctx), x[] = {0, 1, -1, max, -max, max - 1, 1 - max, 12345678901234, 0}, back[CN_ARRAY_LEN(x)];
    enum { COUNT = CN_ARRAY_LEN(x) };
    x[COUNT - 1] = random_integer(max);
    int64_t r[2 * COUNT];
    ck_assert_int_eq(cn_crt_split(r, x, COUNT, he.ctx), CN_OK);
    uint64_t reduced[2 * COUNT];
    for (unsigned j = 0; j < 2; j++) {
        int64_t t = (int64_t)cn_t(he.ctx, j)->q;
        for (int i = 0; i < COUNT; i++) {
            int64_t v = r[j * COUNT + i];
            ck_assert(2 * v < t && 2 * v > -t && (x[i] - v) % t == 0);
            reduced[j * COUNT + i] = (uint64_t)(v < 0 ? v + t : v);
        }
    }
    ck_assert_int_eq(cn_crt_join_signed(back, reduced, COUNT, he.ctx), CN_OK);
    ck_assert_mem_eq(back, x, sizeof x);
    cn_i128 beyond[] = {max + 1, -max - 1, (cn_i128)((cn_u128)1 << 127), (cn_i128)(((cn_u128)1 << 127) - 1)};
    for (size_t i = 0; i < CN_ARRAY_LEN(beyond); i++) {
        cn_i128 pair[2] = {5, beyond[i]};
        memset(r, 1, sizeof r);
        ck_assert_int_eq(cn_crt_split(r, pair, 2, he.ctx), CN_ERR_RANGE);
        for (int k = 0; k < 4; k++) ck_assert(r[k] == 0);
    }
    reduced[COUNT] = cn_t(he.ctx, 1)->q;
    ck_assert_int_eq(cn_crt_join_signed(back, reduced, COUNT, he.ctx), CN_ERR_RANGE);
    for (int i = 0; i < COUNT; i++) ck_assert(back[i] == 0);
    ck_assert_int_eq(cn_crt_split(NULL, x, 1, he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_crt_join_signed(NULL, reduced, 1, he.ctx), CN_ERR_NULL);
}
END_TEST

/** T beyond 2^126: nothing is promised, everything refused. */
START_TEST(too_many_branches) {
    cn_params p = tst_he_params(8, 4, 46, 0, 3, (uint64_t)1 << 48, 0);
    tst_he h = tst_he_new(&p);
    cn_i128 x = 1;
    int64_t r[3];
    cn_fixed f;
    cn_digits d;
    ck_assert(cn_integer_max(h.ctx) == 0);
    ck_assert_int_eq(cn_crt_split(r, &x, 1, h.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fixed_new(&f, 0, 1, h.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_digits_new(&d, 2, 1, 0, h.ctx), CN_ERR_RANGE);
    tst_he_free(&h);
}
END_TEST

/** Products of ciphertexts are products of polynomials modulo x^n + 1: x^i times x^j, and back to the same coefficients. */
START_TEST(products_of_polynomials) {
    for (size_t i = 0; i < 8; i++) {
        for (size_t j = 0; j < 8; j++) {
            int64_t a[8] = {0}, b[8] = {0}, sa[8], sb[8];
            uint64_t out[8], t = cn_t(toy.ctx, 1)->q;
            a[i] = 3;
            b[j] = -1;
            ck_assert_int_eq(cn_slots_from_coefficients(sa, a, i + 1, 1, toy.ctx), CN_OK);
            ck_assert_int_eq(cn_slots_from_coefficients(sb, b, 8, 1, toy.ctx), CN_OK);
            cn_cipher *x, *y;
            ck_assert_int_eq(cn_encrypt_secret(&x, sa, 8, 1, toy.sk, toy.ctx), CN_OK);
            ck_assert_int_eq(cn_encrypt_public(&y, sb, 8, 1, toy.pk, toy.ctx), CN_OK);
            ck_assert_int_eq(cn_mul(x, y, toy.ctx), CN_OK);
            ck_assert_int_eq(cn_decrypt(out, 8, x, toy.sk, toy.ctx), CN_OK);
            ck_assert_int_eq(cn_coefficients_from_slots(out, 1, toy.ctx), CN_OK);
            for (size_t k = 0; k < 8; k++) TST_EQ(out[k], k == (i + j) % 8 ? (i + j < 8 ? t - 3 : 3) : 0);
            cn_cipher_free(x);
            cn_cipher_free(y);
        }
    }
    int64_t s[8];
    uint64_t out[8] = {0};
    out[7] = cn_t(toy.ctx, 0)->q;
    ck_assert_int_eq(cn_coefficients_from_slots(out, 0, toy.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_coefficients_from_slots(out, 2, toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_slots_from_coefficients(s, s, 9, 0, toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_slots_from_coefficients(s, s, 8, 2, toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_slots_from_coefficients(s, NULL, 8, 0, toy.ctx), CN_ERR_NULL);
}
END_TEST

/* ---- digits ------------------------------------------------------------------------------------ */

/** All numerators that fit, and the next ones, in small formats: digits in range, at their places, and worth the number. */
START_TEST(every_number) {
    for (unsigned base = 2; base <= 7; base++) {
        for (size_t whole = 1; whole <= 3; whole++) {
            for (size_t fraction = 0; fraction <= 2; fraction++) {
                cn_digits d;
                ck_assert_int_eq(cn_digits_new(&d, base, whole, fraction, toy.ctx), CN_OK);
                int64_t largest = 0, c[8];
                for (size_t k = 0; k < whole + fraction; k++) largest = largest * base + base / 2;
                for (int64_t v = -largest - 1; v <= largest + 1; v++) {
                    memset(c, 1, sizeof c);
                    cn_status s = cn_digits_encode(c, v, &d, toy.ctx);
                    if (v < -largest || v > largest) {
                        ck_assert_int_eq(s, CN_ERR_RANGE);
                        for (int k = 0; k < 8; k++) ck_assert(c[k] == 0);
                        continue;
                    }
                    ck_assert_int_eq(s, CN_OK);
                    int64_t value = 0;
                    for (size_t k = 0; k < 8; k++) ck_assert(k < whole || k >= 8 - fraction || c[k] == 0);
                    for (size_t k = whole; k-- > 0;) value = value * base + c[k];
                    for (size_t k = 8; k-- > 8 - fraction;) value = value * base - c[k];
                    cn_i128 wide[8], back;
                    for (int k = 0; k < 8; k++) {
                        ck_assert(2 * c[k] <= (int64_t)base && -2 * c[k] <= (int64_t)base);
                        wide[k] = c[k];
                    }
                    ck_assert_int_eq(value, v);
                    ck_assert_int_eq(cn_digits_decode(&back, wide, &d, toy.ctx), CN_OK);
                    ck_assert(back == v);
                }
            }
        }
    }
}
END_TEST

/** Wide numerators in every kind of base, against GMP; at 2^126 and beyond decoding refuses. */
START_TEST(wide_numbers) {
    mpz_t sum, term;
    mpz_inits(sum, term, NULL);
    unsigned bases[] = {2, 3, 10, 255, 256, 65535, CN_DIGITS_BASE_MAX};
    int64_t *c = calloc(he.n, sizeof *c);
    cn_i128 *wide = calloc(he.n, sizeof *wide), back;
    for (size_t i = 0; i < TST_ITERS(300); i++) {
        unsigned base = bases[tst_below(CN_ARRAY_LEN(bases))];
        size_t digits = (size_t)(126 / log2(base)) + 2, fraction = tst_below(digits);
        cn_digits d;
        ck_assert_int_eq(cn_digits_new(&d, base, digits - fraction, fraction, he.ctx), CN_OK);
        cn_i128 v = random_integer((cn_i128)1 << (1 + tst_below(125)));
        if (tst_below(2)) v = -v;
        ck_assert_msg(cn_digits_encode(c, v, &d, he.ctx) == CN_OK, "base %u: %s", base, cn_error_text());
        mpz_set_ui(sum, 0);
        for (size_t k = digits; k-- > 0;) {
            int64_t digit = k >= fraction ? c[k - fraction] : -c[he.n - fraction + k];
            mpz_mul_ui(sum, sum, base);
            if (digit < 0) mpz_sub_ui(sum, sum, (unsigned long)-digit);
            else mpz_add_ui(sum, sum, (unsigned long)digit);
        }
        expect_integer(v, sum);
        for (size_t k = 0; k < he.n; k++) wide[k] = c[k];
        ck_assert_int_eq(cn_digits_decode(&back, wide, &d, he.ctx), CN_OK);
        ck_assert(back == v);
    }
    cn_digits d;
    ck_assert_int_eq(cn_digits_new(&d, 256, 17, 0, he.ctx), CN_OK);
    memset(wide, 0, he.n * sizeof *wide);
    wide[15] = 63; /* 2^126 - 2^120 */
    ck_assert_int_eq(cn_digits_decode(&back, wide, &d, he.ctx), CN_OK);
    ck_assert(back == (cn_i128)63 << 120);
    wide[15] = 64;
    ck_assert_int_eq(cn_digits_decode(&back, wide, &d, he.ctx), CN_ERR_RANGE);
    wide[15] = 0;
    wide[16] = -1; /* -2^128 */
    ck_assert_int_eq(cn_digits_decode(&back, wide, &d, he.ctx), CN_ERR_RANGE);
    ck_assert(back == 0);
    free(c);
    free(wide);
    mpz_clears(sum, term, NULL);
}
END_TEST

/** Format and coefficients of one number, everything at its largest. */
static void largest_number(int64_t *c, cn_digits *d, unsigned base, size_t whole, size_t fraction, cn_i128 *numerator, bool negative) {
    ck_assert_int_eq(cn_digits_new(d, base, whole, fraction, toy.ctx), CN_OK);
    *numerator = 0;
    for (size_t k = 0; k < whole + fraction; k++) *numerator = *numerator * base + base / 2;
    if (negative) *numerator = -*numerator;
    ck_assert_int_eq(cn_digits_encode(c, *numerator, d, toy.ctx), CN_OK);
}

/** Products and sums under encryption, with all digits as large as they can be: the numbers are right and coefficients reach
 *  the bound of the format, so it cannot be smaller; nor may there be one digit less. */
START_TEST(digits_encrypted) {
    size_t n = toy.n;
    for (size_t wa = 1; wa <= 3; wa++) {
        for (size_t fa = 0; fa <= 2; fa++) {
            for (int minus = 0; minus < 2; minus++) {
                cn_digits da, db, product, total;
                int64_t a[8], b[8], s[8];
                cn_i128 va, vb, coefficients[8], found;
                uint64_t out[16];
                largest_number(a, &da, 10, wa, fa, &va, false);
                largest_number(b, &db, 10, 2, 1, &vb, minus);
                ck_assert_int_eq(cn_digits_mul(&product, &da, &db, toy.ctx), CN_OK);
                ck_assert_int_eq(cn_digits_add(&total, &product, &product, toy.ctx), CN_OK);
                for (unsigned j = 0; j < 2; j++) {
                    cn_cipher *x, *y;
                    ck_assert_int_eq(cn_slots_from_coefficients(s, a, n, j, toy.ctx), CN_OK);
                    ck_assert_int_eq(cn_encrypt_secret(&x, s, n, j, toy.sk, toy.ctx), CN_OK);
                    ck_assert_int_eq(cn_slots_from_coefficients(s, b, n, j, toy.ctx), CN_OK);
                    ck_assert_int_eq(cn_encrypt_public(&y, s, n, j, toy.pk, toy.ctx), CN_OK);
                    ck_assert_int_eq(cn_mul(x, y, toy.ctx), CN_OK);
                    ck_assert_int_eq(cn_add(x, x, toy.ctx), CN_OK);
                    ck_assert_int_eq(cn_decrypt(out + j * n, n, x, toy.sk, toy.ctx), CN_OK);
                    ck_assert_int_eq(cn_coefficients_from_slots(out + j * n, j, toy.ctx), CN_OK);
                    cn_cipher_free(x);
                    cn_cipher_free(y);
                }
                ck_assert_int_eq(cn_crt_join_signed(coefficients, out, n, toy.ctx), CN_OK);
                ck_assert_int_eq(cn_digits_decode(&found, coefficients, &total, toy.ctx), CN_OK);
                ck_assert(found == 2 * va * vb); /* over 10^(fa + 1) */
                cn_i128 reached = 0;
                for (size_t k = 0; k < n; k++) {
                    cn_i128 c = coefficients[k] < 0 ? -coefficients[k] : coefficients[k];
                    reached = c > reached ? c : reached;
                }
                ck_assert(reached == total.bound);
                cn_digits tight = total;
                tight.bound--;
                ck_assert_int_eq(cn_digits_decode(&found, coefficients, &tight, toy.ctx), CN_ERR_RANGE);
                tight = total;
                tight.fraction--;
                ck_assert_int_eq(cn_digits_decode(&found, coefficients, &tight, toy.ctx), CN_ERR_RANGE);
                tight = total;
                if (tight.whole > 1) {
                    tight.whole--;
                    ck_assert_int_eq(cn_digits_decode(&found, coefficients, &tight, toy.ctx), CN_ERR_RANGE);
                }
            }
        }
    }
}
END_TEST

/** Growth: refused where digits would meet around x^n, or coefficients could pass T/2. */
START_TEST(digits_limits) {
    cn_digits a, b, r;
    cn_i128 max = cn_integer_max(toy.ctx);
    ck_assert_int_eq(cn_digits_new(&a, 10, 4, 4, toy.ctx), CN_OK);
    ck_assert_int_eq(cn_digits_new(&r, 10, 4, 5, toy.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_digits_new(&r, 10, 9, 0, toy.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_digits_new(&r, 10, 1, SIZE_MAX, toy.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_digits_new(&r, 10, 0, 1, toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_digits_new(&r, 1, 1, 1, toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_digits_new(&r, CN_DIGITS_BASE_MAX + 1, 1, 1, toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_digits_new(&b, 10, 5, 0, toy.ctx), CN_OK);
    ck_assert_int_eq(cn_digits_add(&r, &a, &b, toy.ctx), CN_ERR_RANGE); /* 5 before, 4 behind */
    ck_assert_int_eq(cn_digits_new(&a, 10, 4, 0, toy.ctx), CN_OK);
    ck_assert_int_eq(cn_digits_mul(&r, &a, &b, toy.ctx), CN_OK); /* 8 digits */
    ck_assert_int_eq(r.whole, 8);
    ck_assert_int_eq(cn_digits_new(&a, 10, 4, 1, toy.ctx), CN_OK);
    ck_assert_int_eq(cn_digits_mul(&r, &a, &b, toy.ctx), CN_ERR_RANGE); /* 8 and 1 */
    ck_assert_int_eq(cn_digits_new(&b, 9, 1, 0, toy.ctx), CN_OK);
    ck_assert_int_eq(cn_digits_add(&r, &a, &b, toy.ctx), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_digits_mul(&r, &a, &b, toy.ctx), CN_ERR_MISMATCH);
    /* bounds up to the limit and one beyond */
    a = (cn_digits){.base = 10, .whole = 2, .bound = max - 7};
    b = (cn_digits){.base = 10, .whole = 2, .bound = 7};
    ck_assert_int_eq(cn_digits_add(&r, &a, &b, toy.ctx), CN_OK);
    ck_assert(r.bound == max);
    b.bound = 8;
    ck_assert_int_eq(cn_digits_add(&r, &a, &b, toy.ctx), CN_ERR_RANGE);
    a.bound = max / 16;
    ck_assert_int_eq(cn_digits_mul(&r, &a, &b, toy.ctx), CN_OK); /* 2 max / 16 8 */
    ck_assert(r.bound == 16 * (max / 16));
    a.bound++;
    ck_assert_int_eq(cn_digits_mul(&r, &a, &b, toy.ctx), CN_ERR_RANGE);
    a.bound = b.bound = ((cn_i128)1 << 126) - 1;
    ck_assert_int_eq(cn_digits_mul(&r, &a, &b, toy.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_digits_add(&r, &a, &b, toy.ctx), CN_ERR_RANGE);
    int64_t c[8];
    ck_assert_int_eq(cn_digits_new(&a, 10, 2, 0, toy.ctx), CN_OK);
    a.bound *= 2;
    ck_assert_int_eq(cn_digits_encode(c, 1, &a, toy.ctx), CN_ERR_STATE);
    cn_digits none = {0};
    cn_i128 zeros[8] = {0}, found;
    ck_assert_int_eq(cn_digits_encode(c, 1, &none, toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_digits_decode(&found, zeros, &none, toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_digits_mul(&r, &none, &none, toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_digits_encode(NULL, 1, &a, toy.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_digits_new(&a, 10, 2, 0, toy.ctx), CN_OK);
    ck_assert_int_eq(cn_digits_encode(c, (cn_i128)((cn_u128)1 << 127), &a, toy.ctx), CN_ERR_RANGE);
}
END_TEST

Suite *cn_suite_encode(void) {
    Suite *s = suite_create("encode");
    TCase *c = tcase_create("encode");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, rounding);
    tcase_add_test(c, rounding_edges);
    tcase_add_test(c, fixed_limits);
    tcase_add_test(c, fixed_decode);
    tcase_add_test(c, fixed_encrypted);
    tcase_add_test(c, split_and_join);
    tcase_add_test(c, too_many_branches);
    tcase_add_test(c, products_of_polynomials);
    tcase_add_test(c, every_number);
    tcase_add_test(c, wide_numbers);
    tcase_add_test(c, digits_encrypted);
    tcase_add_test(c, digits_limits);
    suite_add_tcase(s, c);
    return s;
}
