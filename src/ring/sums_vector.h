/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A packed matrix of weights -1, 0 and 1 (sums.h) times a tile, half a tile at a time: the part that is the same in
 *  linear_avx2.c and linear_avx512.c. A file includes this once, behind its own vec of words, VECTORS of them to half a tile,
 *  vec_load, vec_store, vec_add, vec_sub, vec_zero, LINEAR_INLINE (the attribute of its inline functions), and
 *      finish_sum(out, sum, bias, modulus): VECTORS signed sums, |sum| < 2^62, plus a bias as reduced residues.
 *
 *  Ranges: an entry of a table lies within 4 (q - 1) < 2^48, a row's sum within cols (q - 1) < 2^62. */

#define HALF_WORDS (CN_TILE / 2)

typedef struct half_tile {
    vec v[VECTORS];
} half_tile;

/** All sums of three inputs with weights -1, 0, 1: number 9 a + 3 b + c has (a - 1) x + (b - 1) y + (c - 1) z. */
LINEAR_INLINE void tabulate_3(half_tile *table, const uint64_t *const in[3]) {
    CN_UNROLL for (int v = 0; v < VECTORS; v++) {
        const size_t at = (size_t)v * (HALF_WORDS / VECTORS);
        const vec zero = vec_zero(), x = vec_load(in[0] + at), y = vec_load(in[1] + at), z = vec_load(in[2] + at), less = vec_sub(zero, x);
        const vec yz[9] = {vec_sub(vec_sub(zero, y), z), vec_sub(zero, y), vec_sub(z, y), vec_sub(zero, z), zero, z,
                           vec_sub(y, z), y, vec_add(y, z)};
        CN_UNROLL for (int i = 0; i < 9; i++) {
            table[i].v[v] = vec_add(yz[i], less);
            table[9 + i].v[v] = yz[i];
            table[18 + i].v[v] = vec_add(yz[i], x);
        }
    }
}

/** All sums of four inputs with weights -1 and 1: number 8 a + 4 b + 2 c + d has (2 a - 1) x + (2 b - 1) y + ... */
LINEAR_INLINE void tabulate_4(half_tile *table, const uint64_t *const in[4]) {
    CN_UNROLL for (int v = 0; v < VECTORS; v++) {
        const size_t at = (size_t)v * (HALF_WORDS / VECTORS);
        const vec zero = vec_zero(), w = vec_load(in[0] + at), x = vec_load(in[1] + at), y = vec_load(in[2] + at), z = vec_load(in[3] + at);
        const vec high = vec_add(w, x), low = vec_add(y, z), minus = vec_sub(w, x), other = vec_sub(y, z);
        const vec wx[4] = {vec_sub(zero, high), vec_sub(zero, minus), minus, high}, yz[4] = {vec_sub(zero, low), vec_sub(zero, other), other, low};
        CN_UNROLL for (int i = 0; i < 4; i++)
            CN_UNROLL for (int k = 0; k < 4; k++) table[4 * i + k].v[v] = vec_add(wx[i], yz[k]);
    }
}

/** The tables of a chunk. in: half a tile of column 0. */
LINEAR_INLINE void tabulate(half_tile *table, const uint64_t *in, size_t stride, size_t cols, size_t chunk, int columns) {
    static const uint64_t none[HALF_WORDS];
    const int entries = CN_SUMS_TABLE(columns);
    size_t col = chunk * CN_SUMS_CHUNK * (size_t)columns;
    for (int k = 0; k < CN_SUMS_CHUNK; k++, table += entries) {
        const uint64_t *from[4];
        CN_UNROLL for (int i = 0; i < columns; i++, col++) from[i] = col < cols ? in + col * stride : none;
        if (columns == 4) tabulate_4(table, from);
        else tabulate_3(table, from);
    }
}

/** sum[row] += what the rows' words name in the tables of a chunk; start: from zero. */
LINEAR_INLINE void look_up(half_tile *sum, const half_tile *table, const uint64_t *pattern, size_t rows, bool start, int columns) {
    const size_t entries = CN_SUMS_TABLE(columns);
    for (size_t r = 0; r < rows; r++) {
        uint64_t word = pattern[r];
        half_tile acc;
        CN_UNROLL for (int v = 0; v < VECTORS; v++) acc.v[v] = start ? vec_zero() : sum[r].v[v];
        CN_UNROLL for (int k = 0; k < CN_SUMS_CHUNK; k++, word >>= 8) {
            const half_tile *from = table + (size_t)k * entries + (word & 0xff);
            CN_UNROLL for (int v = 0; v < VECTORS; v++) acc.v[v] = vec_add(acc.v[v], from->v[v]);
        }
        sum[r] = acc;
    }
}

/** Half a tile: in and out point to its first word of column 0 and row 0. */
LINEAR_INLINE void run_half(uint64_t *out, size_t out_stride, const uint64_t *in, size_t in_stride, const uint64_t *bias, const cn_gemm *g,
                          const modulus *c, void *scratch, int columns) {
    const cn_sums *s = &g->sums;
    half_tile *table = scratch, *sum = table + CN_SUMS_CHUNK * CN_SUMS_ENTRIES;
    for (size_t chunk = 0; chunk < s->chunks; chunk++) {
        tabulate(table, in, in_stride, g->m.cols, chunk, columns);
        look_up(sum, table, s->pattern + chunk * g->m.rows, g->m.rows, chunk == 0, columns);
    }
    for (size_t k = 0; k < s->zeros; k++)
        CN_UNROLL for (int v = 0; v < VECTORS; v++)
            sum[s->zero[k].row].v[v] = vec_sub(sum[s->zero[k].row].v[v],
                                               vec_load(in + s->zero[k].col * in_stride + (size_t)v * (HALF_WORDS / VECTORS)));
    for (size_t r = 0; r < g->m.rows; r++) finish_sum(out + r * out_stride, sum[r].v, bias ? bias[r] : 0, c);
}

/** A whole tile. */
LINEAR_INLINE void run_sums(uint64_t *out, size_t out_stride, const uint64_t *in, size_t in_stride, const uint64_t *bias, const cn_gemm *g,
                          const modulus *c, void *scratch) {
    for (size_t at = 0; at < CN_TILE; at += HALF_WORDS)
        if (g->sums.columns == 4) run_half(out + at, out_stride, in + at, in_stride, bias, g, c, scratch, 4);
        else run_half(out + at, out_stride, in + at, in_stride, bias, g, c, scratch, 3);
}
