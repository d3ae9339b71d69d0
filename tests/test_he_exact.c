/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Both schemes against the multi-precision reference, polynomial by polynomial: what keys satisfy, encryption with given errors,
 *  linear operations, the key switch; and YASHE' products against those of the paper. Random and extreme inputs, realistic sizes. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "he/scheme.h"
#include "he_import.h"
#include "he_testing.h"
#include "reference_testing.h"
#include "testing.h"

/** One set with its Q, and t of a branch. */
typedef struct setting {
    tst_he h;
    size_t n;
    unsigned branch;
    mpz_t q, t;
} setting;

static setting begin(int set, unsigned branch) {
    setting s = {.h = tst_he_realistic(set), .branch = branch};
    s.n = s.h.n;
    mpz_init(s.q);
    tst_import_modulus(s.q, s.h.ctx->params.limbs, s.h.ctx);
    mpz_init_set_ui(s.t, s.h.ctx->params.t[branch]);
    return s;
}

static void end(setting *s) {
    mpz_clears(s->q, s->t, NULL);
    tst_he_free(&s->h);
}

static bool is_yashe(const setting *s) { return s->h.ctx->params.scheme == CN_SCHEME_YASHE; }

static mpz_t *import(const cn_poly *p, const setting *s) {
    mpz_t *x = cn_ref_new(s->n);
    tst_import_poly(x, p, s->h.ctx);
    return x;
}

/** [a b]_q, new. */
static mpz_t *product(mpz_t *a, mpz_t *b, const setting *s) {
    mpz_t *r = cn_ref_new(s->n);
    cn_ref_mul(r, a, b, s->n);
    cn_ref_reduce(r, r, s->q, s->n);
    return r;
}

static void expect_small(mpz_t *a, double bound, const setting *s) {
    for (size_t k = 0; k < s->n; k++) TST_CHECK(fabs(mpz_get_d(a[k])) <= bound);
}

/* ---- keys ---------------------------------------------------------------------------------- */

/** a = 1 + t x (one = 1) or t x (one = 0) with ternary x, not all zero. */
static void expect_multiple(mpz_t *a, unsigned long one, const setting *s) {
    size_t others = 0;
    for (size_t k = 0; k < s->n; k++) {
        if (k == 0) mpz_sub_ui(a[k], a[k], one);
        TST_CHECK(mpz_divisible_p(a[k], s->t));
        TST_CHECK(mpz_cmpabs(a[k], s->t) <= 0);
        others += mpz_sgn(a[k]) != 0;
    }
    ck_assert_uint_gt(others, s->n / 2);
    ck_assert_uint_lt(others, s->n * 5 / 6);
}

/** YASHE': f = 1 + t f' and f h = t g with ternary f', g; the f of branches differ; the public key has the same h. */
START_TEST(keys_of_yashe) {
    for (unsigned branch = 0; branch < 2; branch++) {
        setting s = begin(_i, branch);
        mpz_t *f = import(&s.h.sk->f[branch], &s), *h = import(&s.h.sk->h[branch], &s), *tg = product(f, h, &s),
              *public = import(&s.h.pk->h[branch], &s);
        tst_expect_poly(public, h, s.n);
        expect_multiple(f, 1, &s);
        expect_multiple(tg, 0, &s);
        ck_assert_mem_ne(s.h.sk->f[0].c, s.h.sk->f[1].c, s.n * sizeof(uint64_t));
        mpz_t *all[] = {f, h, tg, public};
        for (size_t i = 0; i < CN_ARRAY_LEN(all); i++) cn_ref_free(all[i], s.n);
        end(&s);
    }
}
END_TEST

/** P g_k x: what digit k of the key encrypts; g_k is 2^shift modulo its own prime and 0 modulo the others. */
static mpz_t *gadget_times(mpz_t *x, const cn_digit *d, const setting *s) {
    const cn_params *p = &s->h.ctx->params;
    mpz_t g, prime, hat;
    mpz_t *r = cn_ref_new(s->n);
    mpz_inits(g, hat, NULL);
    mpz_init_set_ui(prime, p->q[d->limb]);
    mpz_divexact(hat, s->q, prime);
    ck_assert(mpz_invert(g, hat, prime));
    mpz_mul(g, g, hat);
    mpz_mul_2exp(g, g, d->shift);
    if (p->special) mpz_mul_ui(g, g, p->special);
    for (size_t k = 0; k < s->n; k++) mpz_mul(r[k], x[k], g);
    cn_ref_reduce(r, r, s->q, s->n);
    mpz_clears(g, prime, hat, NULL);
    return r;
}

/** Every digit of the relinearisation key decrypts to its multiple of s^2, or of f: b + a s - P g s^2 and f gamma - P g f^2 are small.
 *  The BFV public key is an encryption of 0. */
START_TEST(keys_encrypt) {
    setting s = begin(_i, 0);
    const cn_context *ctx = s.h.ctx;
    unsigned digits = ctx->digits[ctx->params.limbs];
    mpz_t *secret = import(is_yashe(&s) ? &s.h.sk->f[0] : &s.h.sk->s, &s), *square = product(secret, secret, &s);
    double bound = is_yashe(&s) ? (1 + mpz_get_d(s.t) * (double)s.n) * 21 + mpz_get_d(s.t) * (double)s.n : 21;
    for (unsigned k = 0; k < digits + !is_yashe(&s); k++) { /* after the digits the public key */
        bool public = k == digits;
        mpz_t *b = import(public ? &s.h.pk->b : &s.h.rk->b[k], &s), *gx = public ? cn_ref_new(s.n) : gadget_times(square, &ctx->digit[k], &s),
              *sum;
        if (is_yashe(&s)) {
            sum = product(b, secret, &s);
        } else {
            mpz_t *a = import(public ? &s.h.pk->a : &s.h.rk->a[k], &s);
            sum = product(a, secret, &s);
            cn_ref_add(sum, sum, b, s.n);
            cn_ref_free(a, s.n);
        }
        for (size_t i = 0; i < s.n; i++) mpz_sub(sum[i], sum[i], gx[i]);
        cn_ref_reduce(sum, sum, s.q, s.n);
        expect_small(sum, bound, &s);
        cn_ref_free(b, s.n);
        cn_ref_free(gx, s.n);
        cn_ref_free(sum, s.n);
    }
    cn_ref_free(secret, s.n);
    cn_ref_free(square, s.n);
    end(&s);
}
END_TEST

/* ---- encryption ---------------------------------------------------------------------------- */

/** Errors and ternary values: random, all largest, all smallest, zero. */
static void choose_small(int8_t *small, size_t count, int kind, int bound) {
    for (size_t k = 0; k < count; k++)
        small[k] = (int8_t)(kind == 0 ? (int)tst_below(2 * (uint64_t)bound + 1) - bound : kind == 1 ? bound : kind == 2 ? -bound : 0);
}

/** r <- [k + b u + e]_q for the message part k. */
static void hide(mpz_t *r, mpz_t *k, mpz_t *b, mpz_t *u, mpz_t *e, const setting *s) {
    cn_ref_mul(r, b, u, s->n);
    cn_ref_add(r, r, e, s->n);
    if (k) cn_ref_add(r, r, k, s->n);
    cn_ref_reduce(r, r, s->q, s->n);
}

/** Encryption under the public key, with given errors, is the reference's: random and extreme messages and errors. */
START_TEST(encryption_is_exact) {
    setting s = begin(_i, 0);
    const cn_context *ctx = s.h.ctx;
    int8_t *small = calloc(CN_SMALL_MAX, s.n);
    uint64_t *slots = calloc(s.n, sizeof *slots);
    cn_poly part[2] = {{0}, {0}}, u;
    mpz_t *b = import(is_yashe(&s) ? &s.h.pk->h[0] : &s.h.pk->b, &s), *a = is_yashe(&s) ? NULL : import(&s.h.pk->a, &s);
    mpz_t *expected = cn_ref_new(s.n), *scaled = cn_ref_new(s.n), *e = cn_ref_new(s.n), *v = cn_ref_new(s.n);
    cn_ref_yashe y;
    cn_ref_yashe_init(&y, s.n, s.q, s.t, 32);
    for (unsigned k = 0; k < 2; k++) ck_assert_int_eq(cn_poly_init(&part[k], &ctx->ring, ctx->params.limbs, false, CN_NTT), CN_OK);
    ck_assert_int_eq(cn_poly_init(&u, &ctx->ring, ctx->params.limbs, false, CN_COEFF), CN_OK);
    for (int kind = 0; kind < 4; kind++) {
        for (size_t k = 0; k < s.n; k++) slots[k] = kind == 0 ? tst_biased(mpz_get_ui(s.t)) : kind == 1 ? mpz_get_ui(s.t) - 1 : kind == 2;
        choose_small(small, s.n, kind, 21);
        choose_small(small + s.n, s.n, kind, 1);
        choose_small(small + 2 * s.n, s.n, kind, 21);
        mpz_t *m = tst_import_message(slots, 0, ctx);
        ctx->scheme->encrypt_public(part, slots, small, &u, 0, s.h.pk, ctx);
        cn_ref_set_small(e, small, s.n);
        cn_ref_set_small(v, small + s.n, s.n);
        if (is_yashe(&s)) {
            cn_ref_yashe_encrypt_with(expected, m, b, e, v, &y);
        } else {
            cn_ref_encode(scaled, m, s.t, s.q, false, s.n);
            hide(expected, scaled, b, v, e, &s);
        }
        mpz_t *found = import(&part[0], &s);
        tst_expect_poly(found, expected, s.n);
        if (!is_yashe(&s)) {
            cn_ref_set_small(e, small + 2 * s.n, s.n);
            hide(expected, NULL, a, v, e, &s);
            tst_import_poly(found, &part[1], ctx);
            tst_expect_poly(found, expected, s.n);
        }
        cn_ref_free(found, s.n);
        cn_ref_free(m, s.n);
    }
    mpz_t *all[] = {expected, scaled, e, v, b, a};
    for (size_t i = 0; i < CN_ARRAY_LEN(all); i++) cn_ref_free(all[i], s.n);
    cn_ref_yashe_clear(&y);
    cn_poly_clear(&part[0]);
    cn_poly_clear(&part[1]);
    cn_poly_clear(&u);
    free(small);
    free(slots);
    end(&s);
}
END_TEST

/* ---- operations ---------------------------------------------------------------------------- */

/** [x + w y]_q in every part, plus constant in every slot: a constant polynomial k = round(Q F b / t). */
static void expect_combination(const cn_cipher *found, const cn_ref_cipher *x, const cn_ref_cipher *y, int64_t w, const mpz_t k,
                               const setting *s) {
    mpz_t *expected = cn_ref_new(s->n);
    cn_ref_cipher r = tst_import_cipher(found, s->h.ctx);
    ck_assert_uint_eq(r.parts, x->parts);
    for (unsigned part = 0; part < r.parts; part++) {
        for (size_t i = 0; i < s->n; i++) {
            mpz_mul_si(expected[i], y->c[part][i], w);
            mpz_add(expected[i], expected[i], x->c[part][i]);
        }
        if (part == 0) mpz_add(expected[0], expected[0], k);
        cn_ref_reduce(expected, expected, s->q, s->n);
        tst_expect_poly(r.c[part], expected, s->n);
    }
    cn_ref_free(expected, s->n);
    cn_ref_cipher_clear(&r, s->n);
}

START_TEST(linear_operations_are_exact) {
    setting s = begin(_i, 0);
    const cn_context *ctx = s.h.ctx;
    uint64_t *v = tst_slots(&s.h, 0);
    cn_cipher *a = tst_encrypt(&s.h, v, 0, true), *b = tst_encrypt(&s.h, v, 0, false);
    mpz_t k;
    mpz_init(k);
    for (int squared = 0; squared < 2; squared++) {
        if (squared) ck_assert(cn_square(a, ctx) == CN_OK && cn_square(b, ctx) == CN_OK); /* F is not 1 any more */
        cn_ref_cipher x = tst_import_cipher(a, ctx), y = tst_import_cipher(b, ctx), zero = cn_ref_cipher_new(x.parts, s.n);
        static const int64_t edge[] = {0, 1, -1, ((int64_t)1 << 62) - 1, 1 - ((int64_t)1 << 62)};
        for (size_t i = 0; i < CN_ARRAY_LEN(edge) + 3; i++) {
            int64_t w = i < CN_ARRAY_LEN(edge) ? edge[i] : (int64_t)tst_biased((uint64_t)1 << 62) * (i & 1 ? 1 : -1);
            cn_i128 constant = (cn_i128)((cn_u128)tst_biased(0) << 64 | tst_biased(0));
            cn_cipher *c = tst_copy(b);
            ck_assert_int_eq(cn_mul_scalar(c, w, ctx), CN_OK);
            mpz_set_ui(k, 0);
            expect_combination(c, &zero, &y, w, k, &s);
            ck_assert_int_eq(cn_add(c, a, ctx), CN_OK);
            expect_combination(c, &x, &y, w, k, &s);
            cn_mpz_set_i128(k, constant); /* round(Q (F b mod t) / t) */
            mpz_mul_ui(k, k, cn_cipher_factor(c));
            mpz_fdiv_r(k, k, s.t);
            mpz_mul(k, k, s.q);
            cn_ref_round_div(k, k, s.t);
            ck_assert_int_eq(cn_add_scalar(c, constant, ctx), CN_OK);
            expect_combination(c, &x, &y, w, k, &s);
            cn_cipher_free(c);
        }
        cn_cipher *c = tst_copy(a);
        ck_assert_int_eq(cn_sub(c, b, ctx), CN_OK);
        mpz_set_ui(k, 0);
        expect_combination(c, &x, &y, -1, k, &s);
        cn_cipher_free(c);
        cn_ref_cipher_clear(&x, s.n);
        cn_ref_cipher_clear(&y, s.n);
        cn_ref_cipher_clear(&zero, s.n);
    }
    mpz_clear(k);
    cn_cipher_free(a);
    cn_cipher_free(b);
    free(v);
    end(&s);
}
END_TEST

/** The key switch without special prime is [sum d_k key_k]_Q with the balanced digits d_k of residues, exactly. */
START_TEST(key_switch_is_exact) {
    setting s = begin(_i, 0);
    const cn_context *ctx = s.h.ctx;
    const cn_params *p = &ctx->params;
    uint64_t *v = tst_slots(&s.h, 0);
    cn_cipher *c = tst_encrypt(&s.h, v, 0, true), *r;
    ck_assert_int_eq(cn_square(c, ctx), CN_OK);
    cn_poly last = {0};
    ck_assert_int_eq(cn_poly_init(&last, &ctx->ring, p->limbs, false, CN_NTT), CN_OK);
    cn_poly_copy(&last, &c->part[c->parts - 1]);
    cn_poly_to_coeff(&last, &ctx->ring);
    mpz_t *sum[2] = {cn_ref_new(s.n), cn_ref_new(s.n)}, *d = cn_ref_new(s.n);
    unsigned outputs = is_yashe(&s) ? 1 : 2;
    for (unsigned o = 0; o < outputs && !is_yashe(&s); o++) tst_import_poly(sum[o], &c->part[o], ctx);
    for (unsigned k = 0; k < ctx->digits[p->limbs]; k++) {
        const cn_digit *digit = &ctx->digit[k];
        for (size_t i = 0; i < s.n; i++) mpz_set_si(d[i], cn_digit_of(cn_poly_limb(&last, digit->limb)[i], digit, cn_q(ctx, digit->limb)));
        for (unsigned o = 0; o < outputs; o++) {
            mpz_t *key = import(o ? &s.h.rk->a[k] : &s.h.rk->b[k], &s), *term = product(d, key, &s);
            cn_ref_add(sum[o], sum[o], term, s.n);
            cn_ref_free(key, s.n);
            cn_ref_free(term, s.n);
        }
    }
    r = tst_copy(c);
    ck_assert_int_eq(cn_relinearise(r, s.h.rk, ctx), CN_OK);
    for (unsigned o = 0; o < outputs; o++) {
        mpz_t *found = import(&r->part[o], &s);
        cn_ref_reduce(sum[o], sum[o], s.q, s.n);
        tst_expect_poly(found, sum[o], s.n);
        cn_ref_free(found, s.n);
        cn_ref_free(sum[o], s.n);
    }
    if (outputs == 1) cn_ref_free(sum[1], s.n);
    cn_ref_free(d, s.n);
    cn_poly_clear(&last);
    cn_cipher_free(c);
    cn_cipher_free(r);
    free(v);
    end(&s);
}
END_TEST

/** YASHE': the fast product is [t a b]_Q and decrypts, F removed, to what the paper's [round(t/Q a b)]_Q decrypts to; both under f^2. */
START_TEST(products_of_yashe) {
    setting s = begin(_i, 1);
    const cn_context *ctx = s.h.ctx;
    uint64_t *u = tst_slots(&s.h, 1), *v = tst_slots(&s.h, 1);
    cn_cipher *x = tst_encrypt(&s.h, u, 1, true), *y = tst_encrypt(&s.h, v, 1, true);
    for (int square = 0; square < 2; square++) {
        cn_cipher *c = tst_copy(x);
        mpz_t *a = import(&x->part[0], &s), *b = import(square ? &x->part[0] : &y->part[0], &s), *slow = cn_ref_new(s.n), *fast;
        cn_ref_yashe scheme;
        cn_ref_yashe_init(&scheme, s.n, s.q, s.t, 32);
        cn_ref_yashe_mul(slow, a, b, &scheme);
        ck_assert_int_eq(square ? cn_square(c, ctx) : cn_mul(c, y, ctx), CN_OK);
        fast = import(&c->part[0], &s);
        mpz_t *expected = cn_ref_new(s.n);
        cn_ref_mul(expected, a, b, s.n);
        for (size_t k = 0; k < s.n; k++) mpz_mul(expected[k], expected[k], s.t);
        cn_ref_reduce(expected, expected, s.q, s.n);
        tst_expect_poly(fast, expected, s.n);

        mpz_t *f = import(&s.h.sk->f[1], &s), factor;
        uint64_t *uv = malloc(s.n * sizeof *uv);
        tst_slots_mul(uv, u, square ? u : v, &s.h, 1);
        mpz_t *m = tst_import_message(uv, 1, ctx);
        cn_ref_yashe_decrypt(expected, slow, f, 2, &scheme);
        tst_expect_poly(expected, m, s.n);
        mpz_init(factor); /* -Q, and the fast product carries it */
        mpz_neg(factor, s.q);
        mpz_fdiv_r(factor, factor, s.t);
        ck_assert(mpz_cmp_ui(factor, cn_cipher_factor(c)) == 0);
        cn_ref_yashe_decrypt(expected, fast, f, 2, &scheme);
        for (size_t k = 0; k < s.n; k++) {
            mpz_mul(m[k], m[k], factor);
            mpz_fdiv_r(m[k], m[k], s.t);
        }
        tst_expect_poly(expected, m, s.n);
        tst_expect_slots(&s.h, c, uv);
        mpz_clear(factor);
        mpz_t *all[] = {a, b, slow, fast, expected, f, m};
        for (size_t i = 0; i < CN_ARRAY_LEN(all); i++) cn_ref_free(all[i], s.n);
        cn_ref_yashe_clear(&scheme);
        cn_cipher_free(c);
        free(uv);
    }
    cn_cipher_free(x);
    cn_cipher_free(y);
    free(u);
    free(v);
    end(&s);
}
END_TEST

Suite *cn_suite_he_exact(void) {
    Suite *s = suite_create("he_exact");
    TCase *tc = tcase_create("reference");
    tcase_add_loop_test(tc, keys_of_yashe, TST_HE_YASHE, TST_HE_SETS);
    tcase_add_loop_test(tc, keys_encrypt, 0, TST_HE_SETS);
    tcase_add_loop_test(tc, encryption_is_exact, 0, TST_HE_SETS);
    tcase_add_loop_test(tc, linear_operations_are_exact, 0, TST_HE_SETS);
    tcase_add_loop_test(tc, key_switch_is_exact, 0, 1);                              /* BFV and */
    tcase_add_loop_test(tc, key_switch_is_exact, TST_HE_YASHE, TST_HE_YASHE + 1);    /* YASHE' sets without special prime */
    tcase_add_loop_test(tc, products_of_yashe, TST_HE_YASHE, TST_HE_SETS);
    suite_add_tcase(s, tc);
    return s;
}
