/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Every kernel of every table against plain 128-bit arithmetic, at the extremes of its ranges. The
 *  transforms are tested in test_ntt.c. */

#include "ring/kernels.h"

#include <stdlib.h>
#include <string.h>

#include "arith/prime.h"
#include "testing.h"
#include "util/mem.h"

#define NARROW_MAX (((int64_t)1 << CN_GEMM_PLANE_BITS) - 1)
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
    for (size_t i = 0; i < count; i++) {
        listed |= k[i] == cn_kernels_get();
        ck_assert_uint_eq(k[i]->isa, i);
    }
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
    setenv("CRYPTONETS_CPU", cn_isa_name((cn_isa)_i), 1);
    ck_assert_uint_eq(cn_kernels_get()->isa, cn_isa_runs((cn_isa)_i) ? (cn_isa)_i : CN_ISA_PORTABLE);
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
                k->add(r, a, b, n, &m);
                for (size_t j = 0; j < N; j++) TST_EQ(r[j], j < n ? (a[j] + b[j]) % q : UINT64_MAX);
                memcpy(r, a, sizeof r);
                k->add(r, r, b, n, &m);
                for (size_t j = 0; j < n; j++) TST_EQ(r[j], (a[j] + b[j]) % q);
                memcpy(r, b, sizeof r);
                k->add(r, a, r, n, &m);
                for (size_t j = 0; j < n; j++) TST_EQ(r[j], (a[j] + b[j]) % q);

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

                memcpy(r, b, sizeof r);
                k->sub_scale(r, a, w, n, &m);
                for (size_t j = 0; j < N; j++) TST_EQ(r[j], j < n ? times((b[j] + q - a[j]) % q, w.w) % q : b[j]);
            }
        }
    }
}
END_TEST

/** The inner product of up to as many vectors as a contract allows, at its largest modulus. */
START_TEST(dot) {
    size_t count;
    const cn_kernels *const *all = cn_kernels_all(&count);
    static uint64_t a[CN_DOT_TERMS_MAX][N], b[CN_DOT_TERMS_MAX][N];
    const uint64_t *x[CN_DOT_TERMS_MAX], *y[CN_DOT_TERMS_MAX];
    for (size_t t = 0; t < count; t++) {
        for (unsigned bits = 2; bits <= 50; bits++) {
            for (size_t i = 0; i < TST_ITERS(6); i++) {
                cn_mod m;
                uint64_t q = some_modulus(bits, i), r[N];
                TST_CHECK(cn_mod_init(&m, q));
                size_t terms = i == 0 ? CN_DOT_TERMS_MAX : 1 + tst_below(40), n = i % 2 ? tst_below(N + 1) : N;
                for (size_t k = 0; k < terms; k++) {
                    fill(a[k], N, q, i < 3), fill(b[k], N, q, i < 2);
                    x[k] = a[k], y[k] = b[k];
                }
                memset(r, 0xff, sizeof r);
                all[t]->dot(r, x, y, terms, n, &m);
                for (size_t j = 0; j < N; j++) {
                    uint64_t sum = 0;
                    for (size_t k = 0; k < terms; k++) sum = (uint64_t)((sum + times(a[k][j], b[k][j])) % q);
                    TST_EQ(r[j], j < n ? sum : UINT64_MAX);
                }
            }
        }
    }
}
END_TEST

/** x mod q, not negative. */
static uint64_t signed_mod(int64_t x, uint64_t q) {
    int64_t r = x % (int64_t)q;
    return (uint64_t)(r < 0 ? r + (int64_t)q : r);
}

static int64_t centre(uint64_t a, uint64_t q) { return a > q / 2 ? -(int64_t)(q - a) : (int64_t)a; }

/** Base change of whole residues and of digits, and the encoding of messages, between moduli of all sizes. */
START_TEST(lift_and_encode) {
    size_t count;
    const cn_kernels *const *all = cn_kernels_all(&count);
    uint64_t a[N], r[N];
    int8_t e[N];
    for (size_t t = 0; t < count; t++) {
        for (unsigned from = 2; from <= 50; from += 3) {
            for (unsigned to = 2; to <= 50; to += 2) {
                for (size_t i = 0; i < TST_ITERS(6); i++) {
                    cn_mod m, p;
                    uint64_t q = some_modulus(from, i);
                    TST_CHECK(cn_mod_init(&p, q) && cn_mod_init(&m, some_modulus(to, i / 2)));
                    size_t n = i % 2 ? tst_below(N + 1) : N;
                    fill(a, N, q, i == 0);
                    a[0] = p.half, a[1] = (p.half + 1) % q, a[2] = 0;
                    memset(r, 0xff, sizeof r);
                    cn_digit d = {.mask = -1};
                    if (i % 3 == 2) { /* the second of digits of some width */
                        unsigned width = 1 + (unsigned)tst_below(CN_MIN(from, 30u));
                        d = (cn_digit){.shift = width, .offset = (int64_t)1 << (width - 1), .mask = ((int64_t)1 << width) - 1,
                                       .centre = (int64_t)1 << (width - 1)};
                        d.offset += d.centre << width;
                    }
                    all[t]->lift(r, a, &d, &p, n, &m);
                    for (size_t j = 0; j < N; j++) {
                        int64_t x = centre(a[j], q), y = x;
                        if (d.mask != -1) y = (((x + d.offset) >> d.shift) & d.mask) - d.centre;
                        TST_EQ(r[j], j < n ? signed_mod(y, m.q) : UINT64_MAX);
                    }

                    cn_shoup w = cn_shoup_init_var(i < 3 ? m.q - 1 : tst_biased(m.q), &m);
                    for (size_t j = 0; j < N; j++) e[j] = (int8_t)(i == 0 ? -127 : i == 1 ? 127 : (int)tst_below(255) - 127);
                    memset(r, 0xff, sizeof r);
                    all[t]->encode(r, a, i % 4 == 3 ? NULL : e, w, &p, n, &m);
                    for (size_t j = 0; j < N; j++) {
                        uint64_t expected = (uint64_t)(times(signed_mod(centre(a[j], q), m.q), w.w) % m.q);
                        if (i % 4 != 3) expected = (expected + signed_mod(e[j], m.q)) % m.q;
                        TST_EQ(r[j], j < n ? expected : UINT64_MAX);
                    }
                    memcpy(r, a, sizeof r);
                    all[t]->encode(r, r, NULL, w, &p, n, &m);
                    for (size_t j = 0; j < n; j++) TST_EQ(r[j], times(signed_mod(centre(a[j], q), m.q), w.w) % m.q);
                    memcpy(r, a, sizeof r);
                    all[t]->lift(r, r, &d, &p, n, &m);
                    for (size_t j = 0; j < n && d.mask == -1; j++) TST_EQ(r[j], signed_mod(centre(a[j], q), m.q));
                }
            }
        }
    }
}
END_TEST

START_TEST(samplers) {
    size_t count;
    const cn_kernels *const *all = cn_kernels_all(&count);
    uint8_t stream[8 * N];
    uint64_t r[N + 8];
    int8_t v[N];
    for (size_t t = 0; t < count; t++) {
        for (unsigned bits = 2; bits <= CN_MOD_BITS_MAX; bits++) {
            for (size_t i = 0; i < TST_ITERS(8); i++) {
                cn_mod m;
                TST_CHECK(cn_mod_init(&m, some_modulus(bits, i)));
                uint64_t word[N], kept[N];
                size_t words = i % 2 ? N : tst_below(N + 1), room = i % 4 ? N : tst_below(N + 1), found = 0;
                for (size_t j = 0; j < N; j++) {
                    word[j] = tst_u64() % 4 ? tst_u64() : m.q - 1 + tst_below(3) + (tst_u64() << m.bits);
                    for (unsigned b = 0; b < 8; b++) stream[8 * j + b] = (uint8_t)(word[j] >> 8 * b);
                }
                for (size_t j = 0; j < words && found < room; j++) {
                    uint64_t x = word[j] & (((uint64_t)1 << m.bits) - 1);
                    if (x < m.q) kept[found++] = x;
                }
                memset(r, 0xff, sizeof r);
                TST_EQ(all[t]->accept_var(r, room, stream, words, &m), found);
                for (size_t j = 0; j < found; j++) TST_EQ(r[j], kept[j]);
                for (size_t j = found + 8; j < N + 8; j++) TST_EQ(r[j], UINT64_MAX);

                memset(v, 99, sizeof v);
                all[t]->centred_binomial(v, stream, words);
                for (size_t j = 0; j < N; j++) {
                    int sum = 0;
                    for (unsigned b = 0; b < CN_CBD_K; b++) sum += (int)(word[j] >> b & 1) - (int)(word[j] >> (b + CN_CBD_K) & 1);
                    TST_EQ(v[j], j < words ? sum : 99);
                }
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

/** Rows that are empty, full, like the one before, or random; weights up to bound in absolute value. */
static matrix make_matrix(size_t rows, size_t cols, int64_t bound, weights kind) {
    matrix x;
    x.start = malloc((rows + 1) * sizeof *x.start);
    x.col = malloc(rows * cols * sizeof *x.col);
    x.weight = malloc(rows * cols * sizeof *x.weight);
    ck_assert(x.start != NULL && x.col != NULL && x.weight != NULL);
    uint32_t e = 0;
    for (size_t r = 0; r < rows; r++) {
        x.start[r] = e;
        enum { FULL, EMPTY, REPEAT, SPARSE, DENSE } shape = r == 0 ? FULL : r == 1 ? EMPTY : (unsigned)tst_below(5);
        size_t before = r ? x.start[r - 1] : 0;
        for (size_t c = 0; c < cols; c++) {
            bool there = shape == FULL || (shape == SPARSE && tst_below(8) == 0) || (shape == DENSE && tst_below(8) != 0);
            if (shape == REPEAT) {
                while (before < x.start[r] && x.col[before] < c) before++;
                there = before < x.start[r] && x.col[before] == c;
            }
            if (!there) continue;
            int64_t sign = tst_u64() % 2 ? 1 : -1;
            x.col[e] = (uint32_t)c;
            switch (kind) {
            case ALL_MAX: x.weight[e] = bound; break;
            case ALL_MIN: x.weight[e] = -bound; break;
            case ALTERNATE: x.weight[e] = e % 2 ? bound : -bound; break;
            case BIASED: x.weight[e] = sign * (int64_t)tst_biased((uint64_t)bound + 1); break;
            case TINY: x.weight[e] = sign * (int64_t)tst_below(2); break;
            }
            e++;
        }
    }
    x.start[rows] = e;
    cn_matrix m = {rows, cols, x.start, x.col, x.weight};
    x.m = m;
    return x;
}

static void free_matrix(matrix *x) { free(x->start), free(x->col), free(x->weight); }

static void check_linear(const cn_kernels *k, const cn_matrix *w, const cn_mod *m, bool extreme) {
    const size_t in_stride = CN_TILE + tst_below(3) * 8, out_stride = CN_TILE + tst_below(2) * 5;
    uint64_t *in = malloc(w->cols * in_stride * sizeof *in), *out = malloc(w->rows * out_stride * sizeof *out);
    uint64_t *bias = malloc(w->rows * sizeof *bias);
    const bool biased = tst_below(4) != 0;
    cn_gemm g;
    ck_assert(in != NULL && out != NULL && bias != NULL);
    ck_assert_int_eq(cn_gemm_init(&g, w), CN_OK);
    fill(bias, w->rows, m->q, extreme);
    void *scratch = cn_malloc(cn_gemm_scratch_bytes(&g), 1);
    ck_assert_ptr_nonnull(scratch);
    fill(in, w->cols * in_stride, m->q, extreme);
    memset(out, 0xff, w->rows * out_stride * sizeof *out);
    k->linear(out, out_stride, in, in_stride, biased ? bias : NULL, &g, m, scratch);
    for (size_t r = 0; r < w->rows; r++) {
        for (size_t j = 0; j < out_stride; j++) {
            uint64_t expected = j >= CN_TILE ? UINT64_MAX : biased ? bias[r] : 0; /* beyond the tile untouched */
            for (size_t e = w->start[r]; j < CN_TILE && e < w->start[r + 1]; e++) {
                uint64_t x = in[w->col[e] * in_stride + j];
                uint64_t magnitude = (uint64_t)(w->weight[e] < 0 ? -w->weight[e] : w->weight[e]);
                uint64_t term = (uint64_t)(times(magnitude, x) % m->q);
                expected = (expected + (w->weight[e] < 0 ? m->q - term : term)) % m->q;
            }
            TST_EQ(out[r * out_stride + j], expected);
        }
    }
    cn_gemm_clear(&g);
    cn_free(scratch);
    free(in), free(out), free(bias);
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
                    size_t rows = 2 + tst_below(24), cols = 1 + tst_below(i == 0 ? 300 : 40);
                    matrix narrow = make_matrix(rows, cols, NARROW_MAX, (weights)kind);
                    check_linear(all[t], &narrow.m, &m, i < 3);
                    free_matrix(&narrow);
                    matrix middle =
                        make_matrix(rows, cols, (int64_t)1 << tst_below(15), (weights)kind);
                    check_linear(all[t], &middle.m, &m, i < 3);
                    free_matrix(&middle);
                    matrix wide = make_matrix(rows, cols, (int64_t)1 << (15 + tst_below(48)), (weights)kind);
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
            for (int64_t bound = 1; bound < 1 << CN_GEMM_PLANE_BITS; bound = 2 * bound + 1) {
                matrix x = make_matrix(11, 1500, bound, (weights)kind);
                check_linear(all[t], &x.m, &m, true);
                free_matrix(&x);
            }
        }
        /* small weights sum up over more entries than any fixed flush interval */
        matrix x = make_matrix(1, 60000, 3, ALL_MIN);
        check_linear(all[t], &x.m, &m, true);
        free_matrix(&x);
    }
}
END_TEST

/** A dense matrix of weights -1 and 1; and 0 with probability 1/zeros, of which some are left out; or as many on average as can be taken
 *  off one by one for 100. */
static matrix make_signs(size_t rows, size_t cols, unsigned zeros) {
    matrix x = make_matrix(rows, cols, 1, ALL_MAX);
    uint32_t e = 0;
    for (size_t r = 0; r < rows; r++) {
        x.start[r] = e;
        for (size_t c = 0; c < cols; c++) {
            bool zero = zeros && tst_below(zeros) == 0;
            if (zero && tst_below(2)) continue;
            x.col[e] = (uint32_t)c;
            x.weight[e++] = zero ? 0 : tst_below(2) ? 1 : -1;
        }
    }
    x.start[rows] = e;
    return x;
}

/** Columns of a group that the matrix is packed in; 0: it is not packed in sums. */
static unsigned sums_columns(const cn_matrix *m) {
    cn_gemm g;
    ck_assert_int_eq(cn_gemm_init(&g, m), CN_OK);
    unsigned columns = g.sums.columns;
    ck_assert((g.sums.chunks != 0) == (columns != 0));
    ck_assert((g.groups == 0) == (columns != 0));
    cn_gemm_clear(&g);
    return columns;
}

START_TEST(linear_sums) {
    size_t count;
    const cn_kernels *const *all = cn_kernels_all(&count);
    for (size_t t = 0; t < count; t++)
        for (unsigned bits = 2; bits <= CN_LIMB_BITS_MAX; bits += bits < 40 ? 7 : 1)
            for (size_t i = 0; i < TST_ITERS(6); i++) {
                cn_mod m;
                ck_assert(cn_mod_init(&m, some_modulus(bits, i)));
                size_t rows = CN_SUMS_ROWS_MIN + tst_below(30), cols = 1 + tst_below(i == 0 ? 300 : 70);
                matrix signs = make_signs(rows, cols, 0), ternary = make_signs(rows, cols, 3), few = make_signs(rows, cols, 100);
                ck_assert_uint_eq(sums_columns(&signs.m), 4);
                if (cols > 10) ck_assert_uint_eq(sums_columns(&ternary.m), 3);
                check_linear(all[t], &signs.m, &m, i < 3);
                check_linear(all[t], &ternary.m, &m, i < 3);
                check_linear(all[t], &few.m, &m, i < 3);
                free_matrix(&signs), free_matrix(&ternary), free_matrix(&few);
            }
}
END_TEST

/** As many columns as there may be, all residues q - 1 and all weights of one sign: sums run to the limit. One more, a larger weight, too
 *  few rows or entries: not in that form. */
START_TEST(linear_sums_limits) {
    size_t count;
    const cn_kernels *const *all = cn_kernels_all(&count);
    cn_mod m;
    ck_assert(cn_mod_init(&m, ((uint64_t)1 << CN_LIMB_BITS_MAX) - 1));
    for (int64_t sign = -1; sign <= 1; sign += 2) {
        matrix x = make_signs(CN_SUMS_ROWS_MIN, 65535, 0);
        for (size_t e = 0; e < x.start[x.m.rows]; e++) x.weight[e] = sign;
        ck_assert_uint_eq(sums_columns(&x.m), 4);
        for (size_t t = 0; t < count; t++) check_linear(all[t], &x.m, &m, true);
        for (size_t r = 0; r < x.m.rows; r++) x.weight[x.start[r]] = 0;
        for (size_t e = 0; e < x.start[x.m.rows]; e += 7) x.weight[e] = 0;
        ck_assert_uint_eq(sums_columns(&x.m), 3);
        for (size_t t = 0; t < count; t++) check_linear(all[t], &x.m, &m, true);
        x.m.cols++;
        ck_assert_uint_eq(sums_columns(&x.m), 0);
        x.m.cols--;
        x.weight[99] = 2;
        ck_assert_uint_eq(sums_columns(&x.m), 0);
        free_matrix(&x);
    }
    matrix few = make_signs(CN_SUMS_ROWS_MIN - 1, 40, 0), thin = make_signs(CN_SUMS_ROWS_MIN, 40, 0);
    ck_assert_uint_eq(sums_columns(&few.m), 0);
    for (size_t r = 0; r <= thin.m.rows; r++) thin.start[r] = (uint32_t)(r * 19);
    for (size_t e = 0; e < thin.start[thin.m.rows]; e++) thin.col[e] = (uint32_t)(2 * (e % 19));
    ck_assert_uint_eq(sums_columns(&thin.m), 0);
    free_matrix(&few), free_matrix(&thin);
}
END_TEST

Suite *cn_suite_kernels(void) {
    Suite *s = suite_create("kernels");
    TCase *tc = tcase_create("choice");
    if (getenv("CK_FORK") == NULL || strcmp(getenv("CK_FORK"), "no") != 0) {
        tcase_add_loop_test(tc, choice_by_name, 0, CN_ISAS);
        tcase_add_test(tc, choice_unknown);
    }
    tcase_add_test(tc, choice);
    suite_add_tcase(s, tc);
    tc = tcase_create("results");
    tcase_add_test(tc, pointwise);
    tcase_add_test(tc, dot);
    tcase_add_test(tc, lift_and_encode);
    tcase_add_test(tc, samplers);
    tcase_add_test(tc, linear);
    tcase_add_test(tc, linear_long_rows);
    tcase_add_test(tc, linear_sums);
    tcase_add_test(tc, linear_sums_limits);
    suite_add_tcase(s, tc);
    return s;
}
