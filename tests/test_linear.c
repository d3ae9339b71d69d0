/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Linear layers as matrices: against the definitions on random inputs, folded ones against one after the other. */

#include "nn/linear.h"

#include <stdlib.h>
#include <string.h>

#include "clear_naive.h"
#include "netgen.h"
#include "testing.h"
#include "util/mem.h"

static tst_values random_values(size_t count, unsigned bits) {
    tst_values x = {count, malloc(count * sizeof(mpz_t))};
    ck_assert_ptr_nonnull(x.v);
    for (size_t i = 0; i < count; i++) mpz_init_set_si(x.v[i], tst_signed(bits));
    return x;
}

static cn_linear from_layer(const cn_layer *layer) {
    cn_linear l;
    ck_assert_int_eq(cn_linear_from_layer(&l, layer), CN_OK);
    ck_assert_uint_eq(l.m.rows, cn_shape_size(layer->out));
    ck_assert_uint_eq(l.m.cols, cn_shape_size(layer->in));
    return l;
}

/** Whether the packed form of l takes several planes of weights. */
static bool packed_wide(const cn_linear *l) {
    cn_gemm g;
    ck_assert_int_eq(cn_gemm_init(&g, &l->m), CN_OK);
    bool wide = g.wide;
    cn_gemm_clear(&g);
    return wide;
}

/** What every matrix promises: columns ascending and in range, arrays shared, weights below 2^62. */
static void check_structure(const cn_linear *l) {
    int64_t top = 0;
    ck_assert(l->m.start == l->start && l->m.col == l->col && l->m.weight == l->weight);
    ck_assert_uint_eq(l->start[0], 0);
    for (size_t r = 0; r < l->m.rows; r++)
        for (size_t e = l->start[r]; e < l->start[r + 1]; e++) {
            TST_CHECK(l->col[e] < l->m.cols);
            TST_CHECK(e == l->start[r] || l->col[e] > l->col[e - 1]);
            top = CN_MAX(top, llabs(l->weight[e]));
        }
    ck_assert_int_lt(top, (int64_t)1 << 62);
}

/** The matrix of the last layer of m does what its definition says. */
static void check_layer(cn_model *m) {
    const cn_layer *layer = &m->layer[m->layer_count - 1];
    cn_linear l = from_layer(layer);
    check_structure(&l);
    for (int i = 0; i < 4; i++) {
        tst_values x = random_values(l.m.cols, 40), found = tst_naive_linear(&l, &x), expected = tst_naive_layer(layer, &x);
        TST_CHECK(tst_values_equal(&found, &expected));
        tst_values_clear(&x);
        tst_values_clear(&found);
        tst_values_clear(&expected);
    }
    cn_linear_clear(&l);
}

static cn_model *random_input(void) {
    return tst_net_new(1 + (uint32_t)tst_below(3), 1 + (uint32_t)tst_below(7), 1 + (uint32_t)tst_below(7));
}

/** A random layer of the type; conv with any padding, also wider than its kernel. */
static void add_random(cn_model *m, cn_layer_type type, unsigned bits) {
    cn_shape s = m->layer_count ? m->layer[m->layer_count - 1].out : m->input;
    uint32_t kernel = 1 + (uint32_t)tst_below(type == CN_LAYER_POOL ? CN_MIN(s.height, s.width) : 5);
    uint32_t stride = 1 + (uint32_t)tst_below(4), pad[4];
    for (int i = 0; i < 4; i++) pad[i] = (uint32_t)tst_below(kernel + 2);
    if (s.width + pad[0] + pad[1] < kernel) pad[0] = kernel;
    if (s.height + pad[2] + pad[3] < kernel) pad[3] = kernel;
    if (type == CN_LAYER_CONV) tst_net_conv(m, 1 + (uint32_t)tst_below(4), kernel, stride, pad, bits, 120);
    else if (type == CN_LAYER_POOL) tst_net_pool(m, kernel, stride);
    else tst_net_dense(m, 1 + (uint32_t)tst_below(5), bits, 120);
}

START_TEST(test_linear_layers) {
    static const cn_layer_type type[] = {CN_LAYER_CONV, CN_LAYER_POOL, CN_LAYER_DENSE};
    for (size_t i = 0; i < TST_ITERS(120); i++) {
        cn_model *m = random_input();
        add_random(m, type[i % 3], tst_below(2) ? 3 : 62);
        check_layer(m);
        cn_model_free(m);
    }
}
END_TEST

/** A convolution worked out by hand: 3 x 3 input, 2 x 2 kernel, stride 2, one column of padding on the left. */
START_TEST(test_linear_known) {
    static const uint32_t start[] = {0, 2, 6}, col[] = {0, 3, 1, 2, 4, 5};
    static const int64_t weight[] = {20, 40, 10, 20, 30, 40};
    static const uint32_t pad[4] = {1, 0, 0, 0};
    cn_model *m = tst_net_new(1, 3, 3);
    cn_layer *layer = tst_net_conv(m, 1, 2, 2, pad, 0, 0);
    for (int i = 0; i < 4; i++) layer->weight[i] = 10 * (i + 1);
    layer->bias[0] = -7;
    cn_linear l = from_layer(layer);
    ck_assert_uint_eq(l.m.rows, 2);
    ck_assert_mem_eq(l.start, start, sizeof start);
    ck_assert_mem_eq(l.col, col, sizeof col);
    ck_assert_mem_eq(l.weight, weight, sizeof weight);
    ck_assert(l.bias[0] == -7 && l.bias[1] == -7);
    cn_linear_clear(&l);
    cn_linear_clear(&l); /* a zeroed struct */
    cn_model_free(m);
}
END_TEST

/** Zero weights stay in the matrix: its structure follows from the shapes. */
START_TEST(test_linear_zeros_kept) {
    cn_model *m = tst_net_new(2, 3, 3);
    tst_net_conv(m, 2, 2, 1, NULL, 0, 0);
    tst_net_dense(m, 3, 0, 0);
    cn_linear conv = from_layer(&m->layer[0]), dense = from_layer(&m->layer[1]), both;
    ck_assert_uint_eq(conv.start[conv.m.rows], 8 * 8);
    ck_assert_uint_eq(dense.start[3], 3 * 8);
    ck_assert_int_eq(cn_linear_compose(&both, &dense, &conv), CN_OK);
    ck_assert_uint_eq(both.start[3], 3 * 18);
    for (size_t e = 0; e < both.start[3]; e++) ck_assert_int_eq(both.weight[e], 0);
    cn_linear_clear(&conv);
    cn_linear_clear(&dense);
    cn_linear_clear(&both);
    cn_model_free(m);
}
END_TEST

/** Weights that the narrow kernel takes, and the first ones that it does not; the flag follows every operation. */
START_TEST(test_linear_wide_flag) {
    static const struct {
        int64_t first, second;
        bool wide;
    } pair[] = {{(1 << 15) - 1, 0, false}, {1 - (1 << 15), 5, false}, {1 << 15, 0, true}, {0, -(1 << 15), true}};
    for (size_t i = 0; i < CN_ARRAY_LEN(pair); i++) {
        cn_model *m = tst_net_new(1, 1, 1);
        cn_layer *one = tst_net_dense(m, 1, 0, 0), *two = tst_net_dense(m, 2, 0, 0);
        const uint32_t first = 0;
        one->weight[0] = 1;
        two->weight[0] = pair[i].first, two->weight[1] = pair[i].second;
        cn_linear inner = from_layer(one), outer = from_layer(two), both;
        ck_assert_int_eq(packed_wide(&outer), pair[i].wide);
        ck_assert_int_eq(cn_linear_compose(&both, &outer, &inner), CN_OK);
        ck_assert_int_eq(packed_wide(&both), pair[i].wide);
        ck_assert_int_eq(cn_linear_keep_rows(&outer, &first, 1), CN_OK);
        ck_assert_int_eq(packed_wide(&outer), llabs(pair[i].first) >= 1 << 15);
        cn_linear_clear(&inner);
        cn_linear_clear(&outer);
        cn_linear_clear(&both);
        cn_model_free(m);
    }
}
END_TEST

START_TEST(test_linear_compose) {
    static const cn_layer_type type[] = {CN_LAYER_CONV, CN_LAYER_POOL, CN_LAYER_DENSE};
    for (size_t i = 0; i < TST_ITERS(60); i++) {
        cn_model *m = random_input();
        unsigned bits = i % 2 ? 3 : 26;
        cn_linear all;
        for (unsigned k = 0; k < 3; k++) {
            add_random(m, type[tst_below(3)], bits / (k + 1));
            for (size_t b = 0; m->layer[k].bias && b < m->layer[k].units; b++) m->layer[k].bias[b] >>= 60; /* room for products */
            cn_linear next = from_layer(&m->layer[k]), both;
            if (k == 0) {
                all = next;
                continue;
            }
            ck_assert_int_eq(cn_linear_compose(&both, &next, &all), CN_OK);
            check_structure(&both);
            cn_linear_clear(&next);
            cn_linear_clear(&all);
            all = both;
        }
        tst_values x = random_values(all.m.cols, 40), found = tst_naive_linear(&all, &x), y;
        tst_values step = tst_naive_layer(&m->layer[0], &x);
        for (unsigned k = 1; k < 3; k++) {
            y = tst_naive_layer(&m->layer[k], &step);
            tst_values_clear(&step);
            step = y;
        }
        TST_CHECK(tst_values_equal(&found, &step));
        tst_values_clear(&x);
        tst_values_clear(&found);
        tst_values_clear(&step);
        cn_linear_clear(&all);
        cn_model_free(m);
    }
}
END_TEST

/** x -> w x + b after x -> v x + d.  Returns: what folding says. */
static cn_status fold(int64_t w, cn_i128 b, int64_t v, cn_i128 d) {
    cn_model *m = tst_net_new(1, 1, 1);
    cn_layer *first = tst_net_dense(m, 1, 0, 0), *second = tst_net_dense(m, 1, 0, 0);
    first->weight[0] = v, first->bias[0] = d;
    second->weight[0] = w, second->bias[0] = b;
    cn_linear inner = from_layer(first), outer = from_layer(second), both;
    long live = cn_test_alloc_live();
    cn_status s = cn_linear_compose(&both, &outer, &inner);
    if (s == CN_OK) {
        ck_assert(both.weight[0] == w * v && both.bias[0] == w * d + b);
        cn_linear_clear(&both);
    }
    ck_assert_int_eq(cn_test_alloc_live(), live);
    cn_linear_clear(&inner);
    cn_linear_clear(&outer);
    cn_model_free(m);
    return s;
}

START_TEST(test_linear_overflow) {
    static const int64_t limit[] = {(int64_t)1 << 62, -((int64_t)1 << 62)};
    const int64_t half = (int64_t)1 << 31, top = ((int64_t)1 << 62) - 1;
    const cn_i128 wide = ((cn_i128)1 << 126) - 1, quarter = (cn_i128)1 << 125;
    ck_assert_int_eq(fold(half, 0, half - 1, 0), CN_OK);
    ck_assert_int_eq(fold(half, 0, half, 0), CN_ERR_RANGE); /* 2^62 */
    ck_assert_int_eq(fold(-half, 0, half, 0), CN_ERR_RANGE);
    ck_assert_int_eq(fold(top, 0, top, 0), CN_ERR_RANGE);
    ck_assert_int_eq(fold(-top, 0, top, 0), CN_ERR_RANGE);
    ck_assert_int_eq(fold(1, 0, 1, wide), CN_OK);
    ck_assert_int_eq(fold(1, 1, 1, wide), CN_ERR_RANGE); /* 2^126 */
    ck_assert_int_eq(fold(-1, -1, 1, wide), CN_ERR_RANGE);
    ck_assert_int_eq(fold(2, -1, 1, quarter), CN_OK); /* 2^126 - 1 */
    ck_assert_int_eq(fold(2, 0, 1, quarter), CN_ERR_RANGE);
    ck_assert_int_eq(fold(top, wide, 1, wide), CN_ERR_RANGE); /* beyond 128 bits */
    ck_assert_int_eq(fold(top, -wide, 1, -wide), CN_ERR_RANGE);

    cn_model *m = tst_net_new(1, 1, 1);
    cn_layer *layer = tst_net_dense(m, 1, 0, 0);
    cn_linear l;
    long live = cn_test_alloc_live();
    for (int i = 0; i < 2; i++) {
        layer->weight[0] = limit[i];
        ck_assert_int_eq(cn_linear_from_layer(&l, layer), CN_ERR_RANGE);
        layer->weight[0] -= i == 0 ? 1 : -1;
        ck_assert_int_eq(cn_linear_from_layer(&l, layer), CN_OK);
        cn_linear_clear(&l);
    }
    ck_assert_int_eq(cn_test_alloc_live(), live);
    cn_model_free(m);
}
END_TEST

/** Many products of one sign whose sum passes 2^62, and sums whose parts cancel below it. */
START_TEST(test_linear_overflow_of_sums) {
    enum { N = 64 };
    cn_model *m = tst_net_new(1, 1, 1);
    cn_layer *first = tst_net_dense(m, N, 0, 0), *second = tst_net_dense(m, 1, 0, 0);
    for (int cancel = 0; cancel < 2; cancel++) {
        for (int i = 0; i < N; i++) {
            first->weight[i] = (int64_t)1 << 59;
            second->weight[i] = ((int64_t)1 << 60) * (cancel && i % 2 ? -1 : 1);
        }
        cn_linear inner = from_layer(first), outer = from_layer(second), both;
        ck_assert_int_eq(cn_linear_compose(&both, &outer, &inner), cancel ? CN_OK : CN_ERR_RANGE);
        if (cancel) {
            ck_assert_int_eq(both.weight[0], 0);
            cn_linear_clear(&both);
        }
        cn_linear_clear(&inner);
        cn_linear_clear(&outer);
    }
    cn_model_free(m);
}
END_TEST

START_TEST(test_linear_keep_rows) {
    for (size_t i = 0; i < TST_ITERS(40); i++) {
        cn_model *m = random_input();
        add_random(m, tst_below(2) ? CN_LAYER_CONV : CN_LAYER_DENSE, 30);
        cn_linear l = from_layer(&m->layer[0]);
        uint32_t row[6];
        size_t count = 1 + tst_below(6), rows = l.m.rows;
        for (size_t k = 0; k < count; k++) row[k] = (uint32_t)tst_below(rows); /* any order, repetitions too */
        tst_values x = random_values(l.m.cols, 30), all = tst_naive_linear(&l, &x);
        row[count - 1] = (uint32_t)rows;
        ck_assert_int_eq(cn_linear_keep_rows(&l, row, count), CN_ERR_SIZE);
        ck_assert_uint_eq(l.m.rows, rows);
        row[count - 1] = (uint32_t)tst_below(rows);
        ck_assert_int_eq(cn_linear_keep_rows(&l, row, count), CN_OK);
        check_structure(&l);
        tst_values kept = tst_naive_linear(&l, &x);
        ck_assert_uint_eq(kept.count, count);
        for (size_t k = 0; k < count; k++) TST_CHECK(mpz_cmp(kept.v[k], all.v[row[k]]) == 0);
        tst_values_clear(&x);
        tst_values_clear(&all);
        tst_values_clear(&kept);
        cn_linear_clear(&l);
        cn_model_free(m);
    }
}
END_TEST

/** Whether two rows read the same pairs of columns. */
static bool same_pairs(const cn_matrix *m, size_t a, size_t b) {
    bool reads[2][CN_MODEL_FEATURES_MAX / 2 + 1] = {{false}};
    for (uint32_t e = m->start[a]; e < m->start[a + 1]; e++) reads[0][m->col[e] / 2] = true;
    for (uint32_t e = m->start[b]; e < m->start[b + 1]; e++) reads[1][m->col[e] / 2] = true;
    return memcmp(reads[0], reads[1], sizeof reads[0]) == 0;
}

/** The groups of a packed matrix: in the order of their first rows, in each all rows that read its pairs, ascending. */
START_TEST(test_linear_groups) {
    for (size_t i = 0; i < TST_ITERS(40); i++) {
        cn_model *m = random_input();
        add_random(m, i % 4 ? CN_LAYER_CONV : CN_LAYER_DENSE, 3);
        cn_linear l = from_layer(&m->layer[0]);
        uint32_t row[40];
        size_t count = 1 + tst_below(40), groups = 0, next[40];
        for (size_t k = 0; k < count; k++) row[k] = (uint32_t)tst_below(l.m.rows);
        ck_assert_int_eq(cn_linear_keep_rows(&l, row, count), CN_OK);
        cn_gemm g;
        ck_assert_int_eq(cn_gemm_init(&g, &l.m), CN_OK);
        for (size_t r = 0; r < count; r++) {
            size_t k = 0;
            while (k < groups && !same_pairs(&l.m, g.group[k].row[0], r)) k++;
            ck_assert_uint_lt(k, g.groups);
            if (k == groups) next[groups++] = 0;
            ck_assert_uint_lt(next[k], g.group[k].rows);
            TST_EQ(g.group[k].row[next[k]], r);
            next[k]++;
        }
        ck_assert_uint_eq(g.groups, groups);
        for (size_t k = 0; k < groups; k++) ck_assert_uint_eq(g.group[k].rows, next[k]);
        cn_gemm_clear(&g);
        cn_linear_clear(&l);
        cn_model_free(m);
    }
}
END_TEST

/** Every allocation of every function fails once: the right status, nothing left behind. */
START_TEST(test_linear_memory) {
    cn_model *m = tst_net_new(1, 3, 3);
    tst_net_conv(m, 2, 2, 1, NULL, 3, 3);
    tst_net_dense(m, 2, 3, 3);
    cn_linear conv = from_layer(&m->layer[0]), dense = from_layer(&m->layer[1]), r;
    cn_gemm packed;
    uint32_t row[2] = {1, 0};
    long live = cn_test_alloc_live();
    for (int function = 0; function < 5; function++) {
        unsigned long k = 1;
        for (cn_status s = CN_ERR_MEMORY; s != CN_OK; k++) {
            cn_test_alloc_fail_at(k);
            switch (function) {
            case 0: s = cn_linear_from_layer(&r, &m->layer[0]); break;
            case 1: s = cn_linear_from_layer(&r, &m->layer[1]); break;
            case 2: s = cn_linear_compose(&r, &dense, &conv); break;
            case 3: s = cn_gemm_init(&packed, &conv.m); break;
            default: s = cn_linear_keep_rows(&dense, row, 2); break;
            }
            cn_test_alloc_fail_at(0);
            if (s == CN_OK && function < 3) cn_linear_clear(&r);
            if (s == CN_OK && function == 3) cn_gemm_clear(&packed);
            ck_assert(s == CN_OK || s == CN_ERR_MEMORY);
            ck_assert_int_eq(cn_test_alloc_live(), live);
        }
        ck_assert_uint_gt(k, 5); /* at least four allocations each */
    }
    cn_linear_clear(&conv);
    cn_linear_clear(&dense);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_linear(void) {
    Suite *s = suite_create("linear");
    TCase *c = tcase_create("linear");
    tcase_add_test(c, test_linear_layers);
    tcase_add_test(c, test_linear_known);
    tcase_add_test(c, test_linear_zeros_kept);
    tcase_add_test(c, test_linear_wide_flag);
    tcase_add_test(c, test_linear_compose);
    tcase_add_test(c, test_linear_overflow);
    tcase_add_test(c, test_linear_overflow_of_sums);
    tcase_add_test(c, test_linear_keep_rows);
    tcase_add_test(c, test_linear_groups);
    tcase_add_test(c, test_linear_memory);
    suite_add_tcase(s, c);
    return s;
}
