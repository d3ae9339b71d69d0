/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Every kernel of every table against plain 128-bit arithmetic, at the extremes of its ranges. The
 *  transforms are tested in test_ntt.c. */

#include "ring/kernels.h"

#include <stdlib.h>
#include <string.h>

#include "arith/prime.h"
#include "testing.h"

#define N 67 /* odd, so that vector loops have a tail */

static cn_u128 times(uint64_t a, uint64_t b) { return (cn_u128)a * b; }

/** A prime, or for the kernels that do not need one an extreme odd number, of the given bits. */
static uint64_t some_modulus(unsigned bits, size_t i) {
    uint64_t top = (uint64_t)1 << (bits - 1);
    return i % 3 == 0 ? 2 * top - 1 : i % 3 == 1 ? top + 1 : top + (tst_below(top) | 1);
}

static void fill(uint64_t *x, size_t n, uint64_t q, bool extreme) {
    for (size_t i = 0; i < n; i++) x[i] = extreme ? q - 1 : tst_biased(q);
}

START_TEST(choice) {
    size_t count;
    const cn_kernels *const *k = cn_kernels_all(&count);
    bool listed = false;
    ck_assert_uint_ge(count, 1);
    ck_assert_ptr_eq(k[0], &cn_kernels_portable);
    for (size_t i = 0; i < count; i++) listed |= k[i] == cn_kernels_get();
    ck_assert(listed);
    ck_assert_ptr_eq(cn_kernels_get(), cn_kernels_get());
}
END_TEST

/* These two run in child processes of their own, where the choice has not been made yet. */

static unsigned remarks;
static void count_remark(void *user, const char *line) {
    (void)user;
    if (strstr(line, "CRYPTONETS_CPU") != NULL && strstr(line, "abacus") != NULL) remarks++;
}

START_TEST(choice_by_name) {
    setenv("CRYPTONETS_CPU", "portable", 1);
    ck_assert_ptr_eq(cn_kernels_get(), &cn_kernels_portable);
}
END_TEST

START_TEST(choice_unknown) {
    setenv("CRYPTONETS_CPU", "abacus", 1);
    cn_set_log(count_remark, NULL);
    ck_assert_ptr_eq(cn_kernels_get(), &cn_kernels_portable);
    ck_assert_ptr_eq(cn_kernels_get(), &cn_kernels_portable);
    ck_assert_uint_eq(remarks, 1);
    cn_set_log(NULL, NULL);
}
END_TEST

START_TEST(pointwise) {
    size_t count;
    const cn_kernels *const *all = cn_kernels_all(&count);
    uint64_t a[N], b[N], r[N], r0[N], r1[N], r2[N];
    for (size_t t = 0; t < count; t++) {
        const cn_kernels *k = all[t];
        for (unsigned bits = 2; bits <= CN_MOD_BITS_MAX; bits++) {
            for (size_t i = 0; i < TST_ITERS(24); i++) {
                cn_mod m;
                uint64_t q = some_modulus(bits, i);
                TST_CHECK(cn_mod_init(&m, q));
                fill(a, N, q, i < 3);
                fill(b, N, q, i < 6);
                fill(r0, N, q, i < 3);
                size_t n = i % 4 == 0 ? tst_below(N + 1) : N;

                memset(r, 0xff, sizeof r);
                k->mul(r, a, b, n, &m);
                for (size_t j = 0; j < N; j++) TST_EQ(r[j], j < n ? times(a[j], b[j]) % q : UINT64_MAX);
                memcpy(r, a, sizeof r);
                k->mul(r, r, b, n, &m);
                for (size_t j = 0; j < n; j++) TST_EQ(r[j], times(a[j], b[j]) % q);
                memcpy(r, b, sizeof r);
                k->mul(r, a, r, n, &m);
                for (size_t j = 0; j < n; j++) TST_EQ(r[j], times(a[j], b[j]) % q);

                memcpy(r, r0, sizeof r);
                k->mul_add(r, a, b, n, &m);
                for (size_t j = 0; j < N; j++) TST_EQ(r[j], j < n ? (times(a[j], b[j]) + r0[j]) % q : r0[j]);
                memcpy(r, a, sizeof r);
                k->mul_add(r, r, b, n, &m);
                for (size_t j = 0; j < n; j++) TST_EQ(r[j], (times(a[j], b[j]) + a[j]) % q);

                cn_shoup w = cn_shoup_init_var(i < 3 ? q - 1 : tst_biased(q), &m);
                memcpy(r, r0, sizeof r);
                k->scale(r, a, w, n, &m);
                for (size_t j = 0; j < N; j++) TST_EQ(r[j], j < n ? times(a[j], w.w) % q : r0[j]);
                memcpy(r, a, sizeof r);
                k->scale(r, r, w, n, &m);
                for (size_t j = 0; j < n; j++) TST_EQ(r[j], times(a[j], w.w) % q);

                memset(r0, 0xff, sizeof r0), memset(r1, 0xff, sizeof r1), memset(r2, 0xff, sizeof r2);
                k->square(r0, r1, r2, a, b, w, n, &m);
                for (size_t j = 0; j < n; j++) {
                    uint64_t aw = (uint64_t)(times(a[j], w.w) % q), bw = (uint64_t)(times(b[j], w.w) % q);
                    TST_EQ(r0[j], times(aw, a[j]) % q);
                    TST_EQ(r1[j], 2 * (times(aw, b[j]) % q) % q);
                    TST_EQ(r2[j], times(bw, b[j]) % q);
                }
                for (size_t j = n; j < N; j++) TST_CHECK((r0[j] & r1[j] & r2[j]) == UINT64_MAX);
            }
        }
    }
}
END_TEST

/** A matrix with its own memory. */
typedef struct matrix {
    cn_matrix m;
    uint32_t *start, *col;
    int64_t *weight;
} matrix;

typedef enum weights { ALL_MAX, ALL_MIN, ALTERNATE, BIASED, TINY } weights;

/** Rows of lengths 0 to 2 cols (columns may repeat), weights up to bound in absolute value. */
static matrix make_matrix(size_t rows, size_t cols, int64_t bound, weights kind, bool wide) {
    matrix x;
    x.start = malloc((rows + 1) * sizeof *x.start);
    x.col = malloc(rows * 2 * cols * sizeof *x.col);
    x.weight = malloc(rows * 2 * cols * sizeof *x.weight);
    ck_assert(x.start != NULL && x.col != NULL && x.weight != NULL);
    uint32_t e = 0;
    for (size_t r = 0; r < rows; r++) {
        x.start[r] = e;
        size_t length = r == 0 ? 2 * cols : r == 1 || tst_below(5) == 0 ? 0 : 1 + tst_below(2 * cols);
        for (size_t i = 0; i < length; i++, e++) {
            int64_t sign = tst_u64() % 2 ? 1 : -1;
            x.col[e] = (uint32_t)tst_below(cols);
            switch (kind) {
            case ALL_MAX: x.weight[e] = bound; break;
            case ALL_MIN: x.weight[e] = -bound; break;
            case ALTERNATE: x.weight[e] = e % 2 ? bound : -bound; break;
            case BIASED: x.weight[e] = sign * (int64_t)tst_biased((uint64_t)bound + 1); break;
            case TINY: x.weight[e] = sign * (int64_t)tst_below(2); break;
            }
        }
    }
    x.start[rows] = e;
    cn_matrix m = {rows, cols, x.start, x.col, x.weight, wide};
    x.m = m;
    return x;
}

static void free_matrix(matrix *x) { free(x->start), free(x->col), free(x->weight); }

static void check_linear(const cn_kernels *k, const cn_matrix *w, const cn_mod *m, bool extreme) {
    const size_t in_stride = CN_TILE + tst_below(3) * 8, out_stride = CN_TILE + tst_below(2) * 5;
    const size_t first = tst_below(w->rows + 1), last = first + tst_below(w->rows - first + 1);
    uint64_t *in = malloc(w->cols * in_stride * sizeof *in),
             *out = malloc(w->rows * out_stride * sizeof *out);
    ck_assert(in != NULL && out != NULL);
    fill(in, w->cols * in_stride, m->q, extreme);
    for (int whole = 0; whole < 2; whole++) {
        size_t from = whole ? 0 : first, to = whole ? w->rows : last;
        memset(out, 0xff, w->rows * out_stride * sizeof *out);
        k->linear(out, out_stride, in, in_stride, w, from, to, m);
        for (size_t r = 0; r < w->rows; r++) {
            for (size_t j = 0; j < out_stride; j++) {
                uint64_t expected = UINT64_MAX; /* untouched */
                if (r >= from && r < to && j < CN_TILE) {
                    expected = 0;
                    for (size_t e = w->start[r]; e < w->start[r + 1]; e++) {
                        uint64_t x = in[w->col[e] * in_stride + j];
                        uint64_t magnitude = (uint64_t)(w->weight[e] < 0 ? -w->weight[e] : w->weight[e]);
                        uint64_t term = (uint64_t)(times(magnitude, x) % m->q);
                        expected = (expected + (w->weight[e] < 0 ? m->q - term : term)) % m->q;
                    }
                }
                TST_EQ(out[r * out_stride + j], expected);
            }
        }
    }
    free(in), free(out);
}

START_TEST(linear) {
    size_t count;
    const cn_kernels *const *all = cn_kernels_all(&count);
    for (size_t t = 0; t < count; t++) {
        for (unsigned bits = 2; bits <= CN_LIMB_BITS_MAX; bits += bits < 40 ? 7 : 1) {
            for (size_t i = 0; i < TST_ITERS(6); i++) {
                cn_mod m;
                TST_CHECK(cn_mod_init(&m, some_modulus(bits, i)));
                for (int kind = ALL_MAX; kind <= TINY; kind++) {
                    size_t rows = 2 + tst_below(8), cols = 1 + tst_below(i == 0 ? 300 : 40);
                    matrix narrow = make_matrix(rows, cols, CN_NARROW_WEIGHT, (weights)kind, false);
                    check_linear(all[t], &narrow.m, &m, i < 3);
                    free_matrix(&narrow);
                    matrix middle =
                        make_matrix(rows, cols, (int64_t)1 << tst_below(15), (weights)kind, false);
                    check_linear(all[t], &middle.m, &m, i < 3);
                    free_matrix(&middle);
                    matrix wide = make_matrix(rows, cols, (int64_t)m.half, (weights)kind, true);
                    check_linear(all[t], &wide.m, &m, i < 3);
                    free_matrix(&wide);
                }
            }
        }
    }
}
END_TEST

/** A row whose partial sums run to the limit of 64 bits between reductions, for both signs. */
START_TEST(linear_long_rows) {
    size_t count;
    const cn_kernels *const *all = cn_kernels_all(&count);
    cn_mod m;
    ck_assert(cn_mod_init(&m, ((uint64_t)1 << CN_LIMB_BITS_MAX) - 1));
    for (size_t t = 0; t < count; t++) {
        for (int kind = ALL_MAX; kind <= BIASED; kind++) {
            for (int64_t bound = 1; bound <= CN_NARROW_WEIGHT; bound *= 2) {
                matrix x = make_matrix(2, 1500, bound, (weights)kind, false);
                check_linear(all[t], &x.m, &m, true);
                free_matrix(&x);
            }
        }
        /* small weights sum up over more entries than any fixed flush interval */
        matrix x = make_matrix(1, 60000, 3, ALL_MIN, false);
        check_linear(all[t], &x.m, &m, true);
        free_matrix(&x);
    }
}
END_TEST

Suite *cn_suite_kernels(void) {
    Suite *s = suite_create("kernels");
    TCase *tc = tcase_create("choice");
    if (getenv("CK_FORK") == NULL || strcmp(getenv("CK_FORK"), "no") != 0) {
        tcase_add_test(tc, choice_by_name);
        tcase_add_test(tc, choice_unknown);
    }
    tcase_add_test(tc, choice);
    suite_add_tcase(s, tc);
    tc = tcase_create("results");
    tcase_add_test(tc, pointwise);
    tcase_add_test(tc, linear);
    tcase_add_test(tc, linear_long_rows);
    suite_add_tcase(s, tc);
    return s;
}
