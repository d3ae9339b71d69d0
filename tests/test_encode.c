/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Encoders: rounding against exact rationals, numbers under encryption against numbers in the clear with the tracked error, branches and
 *  coefficients, and refusals one step beyond each limit. Digits: test_encode_digits.c. */

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode_testing.h"
#include "testing.h"

/* ---- fixed point ------------------------------------------------------------------------------- */

/** floor(|x| scale + 1/2) with the sign of x. */
static void round_exactly(mpz_t r, double x, cn_i128 scale) {
    mpq_t q, s;
    mpq_inits(q, s, NULL);
    mpq_set_d(q, fabs(x));
    tst_set_i128(mpq_numref(s), scale);
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
        cn_i128 max = cn_integer_max(tst_encode_he.ctx), scale = 1 + tst_integer((cn_i128)1 << tst_below(50));
        if (tst_below(4) == 0) scale = (cn_i128)1 << tst_below(49);
        cn_fixed f;
        double most = ldexp((double)max / (double)scale * 0.99, -(int)tst_below(80)), x = random_double(most);
        if (fabs(x) > most) continue;
        ck_assert_msg(cn_fixed_new(&f, most, scale, tst_encode_he.ctx) == CN_OK, "%s", cn_error_text());
        cn_i128 found;
        ck_assert_msg(cn_fixed_encode(&found, &x, 1, &f) == CN_OK, "%a by %a: %s", x, (double)scale, cn_error_text());
        round_exactly(r, x, scale);
        tst_expect_integer(found, r);
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
        ck_assert_int_eq(cn_fixed_new(&f, fabs(c[i].x) + 1, c[i].scale, tst_encode_he.ctx), CN_OK);
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
        scale += tst_integer(scale);
        double most = (double)cn_integer_max(wide.ctx) / (double)scale * 0.99, x = random_double(most);
        if (fabs(x) > most) continue;
        cn_fixed f;
        cn_i128 found;
        ck_assert_msg(cn_fixed_new(&f, most, scale, wide.ctx) == CN_OK, "%s", cn_error_text());
        ck_assert_int_eq(cn_fixed_encode(&found, &x, 1, &f), CN_OK);
        round_exactly(r, x, scale);
        tst_expect_integer(found, r);
    }
    tst_he_free(&wide);
    mpz_clear(r);
}
END_TEST

/** Formats just within T/2 and just beyond; numbers at their limits and beyond. */
START_TEST(fixed_limits) {
    cn_i128 max = cn_integer_max(tst_encode_he.ctx), found = 1;
    uint64_t t0 = cn_t(tst_encode_he.ctx, 0)->q, t1 = cn_t(tst_encode_he.ctx, 1)->q;
    ck_assert(max == ((cn_i128)t0 * (cn_i128)t1 - 1) / 2);
    cn_fixed f, g;
    ck_assert_int_eq(cn_fixed_integer(&f, max, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_integer(&f, -max, tst_encode_he.ctx), CN_OK);
    ck_assert(f.bound == max && f.scale == 1 && f.error == 0);
    ck_assert_int_eq(cn_fixed_integer(&g, max + 1, tst_encode_he.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fixed_integer(&g, (cn_i128)((cn_u128)1 << 127), tst_encode_he.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fixed_new(&f, (double)max, 1, tst_encode_he.ctx), CN_OK); /* below 2^53: exact */
    ck_assert(f.bound == max);
    ck_assert_int_eq(cn_fixed_new(&g, (double)max + 0.5, 1, tst_encode_he.ctx), CN_ERR_RANGE);

    ck_assert_int_eq(cn_fixed_new(&f, 10, 4, tst_encode_he.ctx), CN_OK);
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
    ck_assert_int_eq(cn_fixed_integer(&f, max / 2, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_integer(&g, max - max / 2, tst_encode_he.ctx), CN_OK);
    cn_fixed r = f;
    ck_assert_int_eq(cn_fixed_add(&r, &f, &g, tst_encode_he.ctx), CN_OK);
    ck_assert(r.bound == max);
    ck_assert_int_eq(cn_fixed_integer(&g, max - max / 2 + 1, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_add(&r, &f, &g, tst_encode_he.ctx), CN_ERR_RANGE);
    ck_assert(r.bound == max); /* unchanged */
    ck_assert_int_eq(cn_fixed_integer(&g, 2, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_mul(&r, &f, &g, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_integer(&g, 3, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_mul(&r, &f, &g, tst_encode_he.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fixed_rescale(&r, &f, 2, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_rescale(&r, &f, 3, tst_encode_he.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fixed_rescale(&r, &f, 0, tst_encode_he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_mul(&r, &r, &r, tst_encode_he.ctx), CN_ERR_RANGE);
    /* scales */
    ck_assert_int_eq(cn_fixed_new(&f, 0, (cn_i128)1 << 70, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_mul(&r, &f, &f, tst_encode_he.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_fixed_new(&g, 1, 8, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_add(&r, &f, &g, tst_encode_he.ctx), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_fixed_new(&g, 1, 0, tst_encode_he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_new(&g, -1, 1, tst_encode_he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_new(&g, NAN, 1, tst_encode_he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_new(&g, INFINITY, 1, tst_encode_he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_new(&g, 1e300, 1, tst_encode_he.ctx), CN_ERR_RANGE);
    cn_fixed none = {0};
    ck_assert_int_eq(cn_fixed_encode(&found, good, 1, &none), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_decode(good, &found, 1, &none), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_add(&r, &none, &none, tst_encode_he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_mul(&r, &none, &g, tst_encode_he.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_fixed_new(NULL, 1, 1, tst_encode_he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_fixed_encode(NULL, good, 1, &f), CN_ERR_NULL);
}
END_TEST

/** Decoding: exact where it says so, of all sizes within its error. */
START_TEST(fixed_decode) {
    cn_fixed f = {.scale = 1, .bound = 1};
    for (size_t i = 0; i < TST_ITERS(20000); i++) {
        cn_i128 x = tst_integer((cn_i128)1 << (1 + tst_below(125))), scale = (cn_i128)1 << tst_below(100);
        if (tst_below(2)) x = -x;
        if (tst_below(2)) scale += tst_integer(scale);
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
    ck_assert_int_eq(cn_fixed_new(&fa, 2, 1024, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_new(&fc, 100, 64, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_new(&fw, 1, 512, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_mul(&fp, &fa, &fa, tst_encode_he.ctx), CN_OK);       /* 2^20 */
    ck_assert_int_eq(cn_fixed_mul(&fq, &fc, &fw, tst_encode_he.ctx), CN_OK);       /* 2^15 */
    ck_assert_int_eq(cn_fixed_add(&fr, &fp, &fq, tst_encode_he.ctx), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_fixed_rescale(&fq, &fq, 32, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_fixed_add(&fr, &fp, &fq, tst_encode_he.ctx), CN_OK);
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
    ck_assert_int_eq(cn_crt_split(ra, ia, COUNT, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_crt_split(rb, ib, COUNT, tst_encode_he.ctx), CN_OK);
    ck_assert_int_eq(cn_crt_split(rc, ic, COUNT, tst_encode_he.ctx), CN_OK);
    for (unsigned j = 0; j < 2; j++) {
        cn_cipher *x, *y, *z;
        ck_assert_int_eq(cn_encrypt_secret(&x, ra + j * COUNT, COUNT, j, tst_encode_he.sk, tst_encode_he.ctx), CN_OK);
        ck_assert_int_eq(cn_encrypt_public(&y, rb + j * COUNT, COUNT, j, tst_encode_he.pk, tst_encode_he.ctx), CN_OK);
        /* c is multiplied by 1 so that both terms have the same message factor */
        int64_t one[COUNT];
        cn_cipher *u;
        for (int i = 0; i < COUNT; i++) one[i] = 1;
        ck_assert_int_eq(cn_encrypt_public(&u, one, COUNT, j, tst_encode_he.pk, tst_encode_he.ctx), CN_OK);
        ck_assert_int_eq(cn_encrypt_secret(&z, rc + j * COUNT, COUNT, j, tst_encode_he.sk, tst_encode_he.ctx), CN_OK);
        ck_assert_int_eq(cn_mul(x, y, tst_encode_he.ctx), CN_OK);
        ck_assert_int_eq(cn_mul_scalar(z, (int64_t)iw * 32, tst_encode_he.ctx), CN_OK);
        ck_assert_int_eq(cn_mul(z, u, tst_encode_he.ctx), CN_OK);
        ck_assert_int_eq(cn_add(x, z, tst_encode_he.ctx), CN_OK);
        ck_assert_int_eq(cn_decrypt(out + j * COUNT, COUNT, x, tst_encode_he.sk, tst_encode_he.ctx), CN_OK);
        cn_cipher_free(x);
        cn_cipher_free(y);
        cn_cipher_free(z);
        cn_cipher_free(u);
    }
    ck_assert_int_eq(cn_crt_join_signed(joined, out, COUNT, tst_encode_he.ctx), CN_OK);
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
    cn_i128 max = cn_integer_max(tst_encode_he.ctx), x[] = {0, 1, -1, max, -max, max - 1, 1 - max, 12345678901234, 0}, back[CN_ARRAY_LEN(x)];
    enum { COUNT = CN_ARRAY_LEN(x) };
    x[COUNT - 1] = tst_integer(max);
    int64_t r[2 * COUNT];
    ck_assert_int_eq(cn_crt_split(r, x, COUNT, tst_encode_he.ctx), CN_OK);
    uint64_t reduced[2 * COUNT];
    for (unsigned j = 0; j < 2; j++) {
        int64_t t = (int64_t)cn_t(tst_encode_he.ctx, j)->q;
        for (int i = 0; i < COUNT; i++) {
            int64_t v = r[j * COUNT + i];
            ck_assert(2 * v < t && 2 * v > -t && (x[i] - v) % t == 0);
            reduced[j * COUNT + i] = (uint64_t)(v < 0 ? v + t : v);
        }
    }
    ck_assert_int_eq(cn_crt_join_signed(back, reduced, COUNT, tst_encode_he.ctx), CN_OK);
    ck_assert_mem_eq(back, x, sizeof x);
    cn_i128 beyond[] = {max + 1, -max - 1, (cn_i128)((cn_u128)1 << 127), (cn_i128)(((cn_u128)1 << 127) - 1)};
    for (size_t i = 0; i < CN_ARRAY_LEN(beyond); i++) {
        cn_i128 pair[2] = {5, beyond[i]};
        memset(r, 1, sizeof r);
        ck_assert_int_eq(cn_crt_split(r, pair, 2, tst_encode_he.ctx), CN_ERR_RANGE);
        for (int k = 0; k < 4; k++) ck_assert(r[k] == 0);
    }
    reduced[COUNT] = cn_t(tst_encode_he.ctx, 1)->q;
    ck_assert_int_eq(cn_crt_join_signed(back, reduced, COUNT, tst_encode_he.ctx), CN_ERR_RANGE);
    for (int i = 0; i < COUNT; i++) ck_assert(back[i] == 0);
    ck_assert_int_eq(cn_crt_split(NULL, x, 1, tst_encode_he.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_crt_join_signed(NULL, reduced, 1, tst_encode_he.ctx), CN_ERR_NULL);
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
            uint64_t out[8], t = cn_t(tst_encode_toy.ctx, 1)->q;
            a[i] = 3;
            b[j] = -1;
            ck_assert_int_eq(cn_slots_from_coefficients(sa, a, i + 1, 1, tst_encode_toy.ctx), CN_OK);
            ck_assert_int_eq(cn_slots_from_coefficients(sb, b, 8, 1, tst_encode_toy.ctx), CN_OK);
            cn_cipher *x, *y;
            ck_assert_int_eq(cn_encrypt_secret(&x, sa, 8, 1, tst_encode_toy.sk, tst_encode_toy.ctx), CN_OK);
            ck_assert_int_eq(cn_encrypt_public(&y, sb, 8, 1, tst_encode_toy.pk, tst_encode_toy.ctx), CN_OK);
            ck_assert_int_eq(cn_mul(x, y, tst_encode_toy.ctx), CN_OK);
            ck_assert_int_eq(cn_decrypt(out, 8, x, tst_encode_toy.sk, tst_encode_toy.ctx), CN_OK);
            ck_assert_int_eq(cn_coefficients_from_slots(out, 1, tst_encode_toy.ctx), CN_OK);
            for (size_t k = 0; k < 8; k++) TST_EQ(out[k], k == (i + j) % 8 ? (i + j < 8 ? t - 3 : 3) : 0);
            cn_cipher_free(x);
            cn_cipher_free(y);
        }
    }
    int64_t s[8];
    uint64_t out[8] = {0};
    out[7] = cn_t(tst_encode_toy.ctx, 0)->q;
    ck_assert_int_eq(cn_coefficients_from_slots(out, 0, tst_encode_toy.ctx), CN_ERR_RANGE);
    ck_assert_int_eq(cn_coefficients_from_slots(out, 2, tst_encode_toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_slots_from_coefficients(s, s, 9, 0, tst_encode_toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_slots_from_coefficients(s, s, 8, 2, tst_encode_toy.ctx), CN_ERR_SIZE);
    ck_assert_int_eq(cn_slots_from_coefficients(s, NULL, 8, 0, tst_encode_toy.ctx), CN_ERR_NULL);
}
END_TEST

Suite *cn_suite_encode(void) {
    Suite *s = suite_create("encode");
    TCase *c = tcase_create("encode");
    tcase_add_checked_fixture(c, tst_encode_setup, tst_encode_teardown);
    tcase_add_test(c, rounding);
    tcase_add_test(c, rounding_edges);
    tcase_add_test(c, fixed_limits);
    tcase_add_test(c, fixed_decode);
    tcase_add_test(c, fixed_encrypted);
    tcase_add_test(c, split_and_join);
    tcase_add_test(c, too_many_branches);
    tcase_add_test(c, products_of_polynomials);
    suite_add_tcase(s, c);
    suite_add_tcase(s, tst_encode_digits_cases());
    return s;
}
