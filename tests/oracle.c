/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Negacyclic products over the integers (L. Kronecker, "Grundzuege einer arithmetischen Theorie der
 *  algebraischen Groessen", 1882: a polynomial product as one integer product). */

#include "oracle.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>

mpz_t *tst_mpz_new(size_t n) {
    mpz_t *x = malloc((n + 1) * sizeof *x);
    ck_assert_ptr_nonnull(x);
    for (size_t i = 0; i < n; i++) mpz_init(x[i]);
    return x;
}

void tst_mpz_free(mpz_t *x, size_t n) {
    for (size_t i = 0; i < n; i++) mpz_clear(x[i]);
    free(x);
}

static size_t max_bits(mpz_t *a, size_t n) {
    size_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        size_t b = mpz_sizeinbase(a[i], 2);
        if (b > bits) bits = b;
    }
    return bits;
}

/** x = sum of a[i] 2^(64 words i). */
static void pack(mpz_t x, mpz_t *a, size_t n, size_t words) {
    mpz_t part;
    mpz_init(part);
    mpz_set_ui(x, 0);
    for (int sign = 1; sign >= -1; sign -= 2) {
        uint64_t *w = calloc(n * words, sizeof *w);
        ck_assert_ptr_nonnull(w);
        for (size_t i = 0; i < n; i++) {
            if (mpz_sgn(a[i]) == sign) mpz_export(w + i * words, NULL, -1, sizeof *w, 0, 0, a[i]);
        }
        mpz_import(part, n * words, -1, sizeof *w, 0, 0, w);
        if (sign > 0) {
            mpz_add(x, x, part);
        } else {
            mpz_sub(x, x, part);
        }
        free(w);
    }
    mpz_clear(part);
}

void tst_poly_mul_negacyclic(mpz_t *r, mpz_t *a, mpz_t *b, size_t n) {
    /* |coefficient of the product| < n 2^bits(a) 2^bits(b) <= 2^(64 words - 1) */
    size_t bits = max_bits(a, n) + max_bits(b, n) + 1;
    for (size_t i = 1; i < n; i *= 2) bits++;
    const size_t words = (bits + 63) / 64, terms = 2 * n;
    mpz_t x, y, bound, chunk;
    mpz_inits(x, y, bound, chunk, NULL);
    pack(x, a, n, words);
    pack(y, b, n, words);
    mpz_mul(x, x, y);
    int sign = mpz_sgn(x);
    uint64_t *w = calloc(terms * words + 1, sizeof *w);
    ck_assert_ptr_nonnull(w);
    mpz_export(w, NULL, -1, sizeof *w, 0, 0, x);
    mpz_set_ui(bound, 1);
    mpz_mul_2exp(bound, bound, 64 * words);
    unsigned carry = 0;
    for (size_t i = 0; i < n; i++) mpz_set_ui(r[i], 0);
    for (size_t i = 0; i < terms; i++) {
        mpz_import(chunk, words, -1, sizeof *w, 0, 0, w + i * words);
        mpz_add_ui(chunk, chunk, carry);
        carry = mpz_sizeinbase(chunk, 2) >= 64 * words; /* the upper half stands for negative values */
        if (carry) mpz_sub(chunk, chunk, bound);
        if ((sign < 0) != (i >= n)) mpz_neg(chunk, chunk);
        mpz_add(r[i % n], r[i % n], chunk);
    }
    free(w);
    mpz_clears(x, y, bound, chunk, NULL);
}

void tst_poly_mul_schoolbook(mpz_t *r, mpz_t *a, mpz_t *b, size_t n) {
    for (size_t i = 0; i < n; i++) mpz_set_ui(r[i], 0);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if (i + j < n) {
                mpz_addmul(r[i + j], a[i], b[j]);
            } else {
                mpz_submul(r[i + j - n], a[i], b[j]);
            }
        }
    }
}
