/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The planner's costs on this machine, from the least times of kernels (bench/README.md, "Costs of a machine"). */

#include "bench/bench_kernels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/common.h"

#define SMALL 8192     /* points of a transform or key switch; words that second-level cache holds */
#define LOG2_SMALL 13
#define TRANSFORMS 16  /* of a key switch with 4 primes, and its products of a point: 4 digits, 4 primes, 2 parts */
#define PRODUCTS 32

static const cn_bk_time *find(const cn_bk_time *time, const char *name, size_t n) {
    for (size_t i = 0; i < cn_bk_count; i++)
        if (strcmp(cn_bk_kernels[i].name, name) == 0 && cn_bk_kernels[i].n == n) return &time[i];
    static const cn_bk_time none = {.ns = (double)NAN}; /* refused below */
    return &none;
}

/** Nanoseconds of a kernel for one of its elements; of a linear map at one point. */
static double word_ns(const cn_bk_time *time, const char *name, size_t n) { return find(time, name, n)->ns / (double)n; }
static double map_ns(const cn_bk_time *time, const char *name) { return find(time, name, 0)->ns / CN_TILE; }

/** Linear maps. A dense one is mostly products, a convolution columns and rows as much: two equations for a product and for the
 *  price of a column and a row, which are taken to be in the ratio of the reference. */
static void linear_costs(double ns[CN_COST_COUNT], const cn_bk_time *time, const cn_costs *ref) {
    double column = ref->fs[CN_COST_COLUMN], row = ref->fs[CN_COST_ROW];
    double dense = CN_BK_DENSE_COLS * column + CN_BK_DENSE_ROWS * row, conv = CN_BK_CONV_COLS * column + CN_BK_CONV_ROWS * row;
    double products = CN_BK_DENSE_ROWS * CN_BK_DENSE_COLS, fewer = (double)find(time, "conv", 0)->n / CN_TILE;
    double lookups = (double)find(time, "gemm_ternary", 0)->units / 2; /* units are of half a tile */
    double groups = lookups / CN_BK_DENSE_ROWS;
    double scale = (map_ns(time, "conv") * products - map_ns(time, "gemm") * fewer) / (conv * products - dense * fewer);
    ns[CN_COST_COLUMN] = scale * column;
    ns[CN_COST_ROW] = scale * row;
    ns[CN_COST_MAC3] = (map_ns(time, "gemm") - scale * dense) / products;
    ns[CN_COST_MAC2] = (map_ns(time, "gemm_31bit") - scale * dense) / products;
    ns[CN_COST_LOOKUP] = (map_ns(time, "gemm_ternary") - scale * CN_BK_DENSE_ROWS * row) / (lookups + groups * CN_SUMS_TABLE(3));
}

/** Everything else. A product of a key switch takes what its transforms leave, and no less than one from cache; a word from
 *  memory what inner products of long vectors take longer than those of short ones, if they do. */
static void other_costs(double ns[CN_COST_COUNT], const cn_bk_time *time) {
    double transform = (word_ns(time, "ntt_forward", SMALL) + word_ns(time, "ntt_inverse", SMALL)) / 2;
    double cached = word_ns(time, "dot", SMALL) / CN_BK_TERMS, far = word_ns(time, "dot", CN_BK_FAR) / CN_BK_TERMS;
    ns[CN_COST_SQUARE] = word_ns(time, "square", SMALL);
    ns[CN_COST_BUTTERFLY] = transform / (LOG2_SMALL / 2.0);
    ns[CN_COST_PRODUCT] = fmax((word_ns(time, "key_switch", SMALL) - TRANSFORMS * transform) / PRODUCTS, cached);
    ns[CN_COST_STREAM] = fmax((far - cached) / 2, 1e-6);
    ns[CN_COST_EXPAND] = (word_ns(time, "unpack", SMALL) + word_ns(time, "sample_uniform", SMALL)) / 2;
}

int cn_bk_write_costs(const char *path, const cn_bk_time *time, cn_isa isa) {
    double ns[CN_COST_COUNT];
    cn_costs costs, ref;
    cn_costs_reference(&ref);
    linear_costs(ns, time, &ref);
    other_costs(ns, time);
    printf("\ncosts with %s, fs   measured  reference\n", cn_isa_name(isa));
    for (unsigned k = 0; k < CN_COST_COUNT; k++) {
        const char *name = cn_cost_name((cn_cost)k);
        if (!(ns[k] * 1e6 >= 0.5 && ns[k] * 1e6 <= CN_COST_MAX)) /* also what is not a number */
            return cn_bench_fail("cost %s: expected a time above 0, found %g ns; run again on an idle machine", name, ns[k]);
        costs.fs[k] = (uint32_t)lround(ns[k] * 1e6);
        printf("%-18s %10u %10u\n", name, costs.fs[k], ref.fs[k]);
    }
    return cn_costs_save(&costs, path) == CN_OK ? CN_BENCH_OK : cn_bench_fail("%s", cn_error_text());
}
