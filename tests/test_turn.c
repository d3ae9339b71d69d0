/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The inner loops of rotations, of every table, against plain 128-bit arithmetic: at the extremes of their ranges, for automorphisms of all
 *  kinds, with strips and blocks whole and smaller than the vectors. */

#include "ring/turn.h"

#include <stdlib.h>
#include <string.h>

#include "ring/galois.h"
#include "ring/kernels.h"
#include "testing.h"
#include "util/mem.h"

#define N 1024
#define TERMS 12
#define SUMS 3

static uint64_t some_modulus(unsigned bits, size_t i) {
    uint64_t top = (uint64_t)1 << (bits - 1);
    return i % 3 == 0 ? 2 * top - 1 : i % 3 == 1 ? top + 1 : top + (tst_below(top) | 1);
}

static void fill(uint64_t *x, size_t n, uint64_t q, bool extreme) {
    for (size_t i = 0; i < n; i++) x[i] = extreme ? q - 1 : tst_biased(q);
}

static uint64_t plus_product(uint64_t sum, uint64_t a, uint64_t b, uint64_t q) { return (uint64_t)((sum + (cn_u128)a * b) % q); }

/** Where a row in natural order puts b (half 0) or a (half 1) of digit d at point j, for the point of the result made of it. */
static size_t key_place(size_t i, size_t d, size_t half, size_t digits, size_t strip) {
    return i / strip * strip * 2 * digits + (2 * d + half) * strip + i % strip;
}

static void try_turn(const cn_kernels *k, const cn_mod *m, size_t n, size_t round) {
    static uint64_t x[TERMS][N], key[2][TERMS][N], arranged[2 * TERMS * N], c0[N], r[2][N], before[2][N];
    static uint32_t index[N];
    const uint64_t *digit[TERMS];
    size_t digits = 1 + tst_below(TERMS), terms = round % 2 ? digits : 1 + tst_below(digits), strip = CN_MIN(n, k->strip);
    size_t block = cn_turn_block(strip, n), blocks = n / block, from = tst_below(blocks), count = 1 + tst_below(CN_MIN(blocks - from, CN_TURN_POINTS_MAX / block));
    size_t g = round == 0 ? 2 * n - 1 : round == 1 ? 3 : 1 + 2 * tst_below(n);
    bool extreme = round < 4, add = tst_below(2);
    cn_galois_index(index, g, n);
    for (size_t d = 0; d < digits; d++) {
        digit[d] = x[d];
        fill(x[d], n, m->q, extreme);
        for (size_t half = 0; half < 2; half++) {
            fill(key[half][d], n, m->q, extreme);
            for (size_t i = 0; i < n; i++) { /* blocks as they stand afterwards, points within them as before */
                size_t j = (index[i] & ~(block - 1)) | (i & (block - 1));
                arranged[key_place(i, d, half, digits, strip)] = key[half][d][j];
            }
        }
    }
    fill(c0, n, m->q, extreme);
    for (size_t half = 0; half < 2; half++) {
        fill(r[half], n, m->q, extreme);
        memcpy(before[half], r[half], n * sizeof *r[half]);
    }
    cn_turn_row row = {.c0 = tst_below(4) ? c0 : NULL, .factor = cn_shoup_init_var(extreme ? m->q - 1 : tst_biased(m->q), m), .x = digit,
                       .terms = terms, .key = arranged, .digits = digits, .index = index, .n = n, .mod = m};
    k->turn(r[0] + from * block, r[1] + from * block, &row, from * block, count * block, add);
    for (size_t half = 0; half < 2; half++)
        for (size_t i = 0; i < n; i++) {
            uint64_t wanted = before[half][i];
            if (i >= from * block && i < (from + count) * block) {
                size_t j = index[i];
                if (!add) wanted = 0;
                if (half == 0 && row.c0) wanted = plus_product(wanted, c0[j], row.factor.w, m->q);
                for (size_t d = 0; d < terms; d++) wanted = plus_product(wanted, x[d][j], key[half][d][j], m->q);
            }
            TST_EQ(r[half][i], wanted);
        }
}

START_TEST(turns) {
    size_t count;
    const cn_kernels *const *all = cn_kernels_all(&count);
    for (size_t t = 0; t < count; t++)
        for (unsigned bits = 2; bits <= 50; bits++)
            for (size_t n = 4; n <= N; n *= n < 32 ? 8 : 2)
                for (size_t i = 0; i < TST_ITERS(6); i++) {
                    cn_mod m;
                    TST_CHECK(cn_mod_init(&m, some_modulus(bits, i)));
                    try_turn(all[t], &m, n, i);
                }
}
END_TEST

static void try_weigh(const cn_kernels *k, const cn_mod *m, size_t n, size_t round) {
    static uint64_t x[2][TERMS][N], w[SUMS][TERMS][N], arranged[SUMS * TERMS * N], r[2][SUMS][N], before[2][SUMS][N];
    const uint64_t *in[2][TERMS];
    uint64_t *out[2][SUMS];
    size_t terms = 1 + tst_below(TERMS), sums = 1 + tst_below(SUMS), strip = CN_MIN(n, k->strip);
    bool extreme = round < 4, add = tst_below(2);
    for (size_t half = 0; half < 2; half++) {
        for (size_t d = 0; d < terms; d++) fill(x[half][d], n, m->q, extreme), in[half][d] = x[half][d];
        for (size_t g = 0; g < sums; g++) fill(r[half][g], n, m->q, extreme), out[half][g] = r[half][g];
    }
    memcpy(before, r, sizeof r);
    for (size_t g = 0; g < sums; g++)
        for (size_t d = 0; d < terms; d++) {
            fill(w[g][d], n, m->q, extreme);
            for (size_t i = 0; i < n; i++) arranged[((i / strip * sums + g) * terms + d) * strip + i % strip] = w[g][d][i];
        }
    k->weigh(out[0], out[1], sums, in[0], in[1], terms, arranged, n, add, m);
    for (size_t half = 0; half < 2; half++)
        for (size_t g = 0; g < sums; g++)
            for (size_t i = 0; i < n; i++) {
                uint64_t wanted = add ? before[half][g][i] : 0;
                for (size_t d = 0; d < terms; d++) wanted = plus_product(wanted, x[half][d][i], w[g][d][i], m->q);
                TST_EQ(r[half][g][i], wanted);
            }
}

START_TEST(weighted_sums) {
    size_t count;
    const cn_kernels *const *all = cn_kernels_all(&count);
    for (size_t t = 0; t < count; t++)
        for (unsigned bits = 2; bits <= 50; bits++)
            for (size_t n = 4; n <= CN_TURN_POINTS_MAX; n *= n < 32 ? 8 : 2)
                for (size_t i = 0; i < TST_ITERS(6); i++) {
                    cn_mod m;
                    TST_CHECK(cn_mod_init(&m, some_modulus(bits, i)));
                    try_weigh(all[t], &m, n, i);
                }
}
END_TEST

Suite *cn_suite_turn(void) {
    Suite *s = suite_create("turn");
    TCase *tc = tcase_create("turn");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, turns);
    tcase_add_test(tc, weighted_sums);
    suite_add_tcase(s, tc);
    return s;
}
