/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** One segment on one tile: linear map, activation, linear map. */

#include "nn/tile.h"

#include <string.h>

#include "ring/kernels.h"
#include "util/threads.h"

#define PARTS_BEFORE 2u /* most parts before an activation */
#define PARTS_AFTER 3u

/** Tile buffer of count values. */
static uint64_t *take(cn_arena *a, unsigned parts, size_t values) {
    return cn_arena_take(a, parts * values * CN_TILE, sizeof(uint64_t));
}

size_t cn_tile_scratch_bytes(const cn_program *p) {
    size_t mid = 0, out = 0, tile = CN_TILE * sizeof(uint64_t);
    for (unsigned s = 0; s < p->count; s++) {
        mid = CN_MAX(mid, p->segment[s].mid);
        out = CN_MAX(out, p->segment[s].out);
    }
    return CN_ARENA_BYTES(PARTS_BEFORE * mid * tile) + CN_ARENA_BYTES(PARTS_AFTER * mid * tile) +
           CN_ARENA_BYTES(PARTS_AFTER * out * tile);
}

/** y[i] <- y[i] + bias[i] at all points of value i. */
static void add_bias(uint64_t *y, const uint64_t *bias, size_t values, const cn_mod *m) {
    for (size_t i = 0; i < values; i++)
        for (size_t j = 0; j < CN_TILE; j++) y[i * CN_TILE + j] = cn_mod_add(y[i * CN_TILE + j], bias[i], m);
}

/** All parts through one linear map, bias on part 0. */
static void run_linear(uint64_t *out, const cn_linear *l, const uint64_t *bias, unsigned parts, cn_tile_view in, const cn_mod *m) {
    size_t rows = l->m.rows;
    for (unsigned p = 0; p < parts; p++)
        cn_kernels_get()->linear(out + p * rows * CN_TILE, CN_TILE, in.base + p * in.part_stride, in.value_stride, &l->m, 0, rows, m);
    add_bias(out, bias, rows, m);
}

/** y <- square x^2 + linear x + constant as a polynomial in s; x has parts parts, y 2 parts - 1, each of count words. */
static void run_act(uint64_t *y, const uint64_t *x, unsigned parts, size_t count, const cn_tile_segment *s) {
    const cn_kernels *k = cn_kernels_get();
    const cn_mod *m = s->mod;
    if (parts == 2) {
        k->square(y, y + count, y + 2 * count, x, x + count, s->square, count, m);
    } else {
        k->mul(y, x, x, count, m);
        k->scale(y, y, s->square, count, m);
    }
    if (s->has_linear)
        for (size_t i = 0; i < parts * count; i++) y[i] = cn_mod_add(y[i], cn_shoup_mul(x[i], s->linear, m), m);
    if (s->constant)
        for (size_t i = 0; i < count; i++) y[i] = cn_mod_add(y[i], s->constant, m);
}

/** The values of a view in the dense order of this file: in place where they already are, else copied. */
static const uint64_t *gather(cn_tile_view view, unsigned parts, size_t values, cn_arena *arena) {
    if (view.value_stride == CN_TILE && (parts == 1 || view.part_stride == values * CN_TILE)) return view.base;
    uint64_t *x = take(arena, parts, values);
    for (unsigned p = 0; p < parts; p++)
        for (size_t i = 0; i < values; i++)
            memcpy(x + (p * values + i) * CN_TILE, view.base + i * view.value_stride + p * view.part_stride, CN_TILE * sizeof *x);
    return x;
}

unsigned cn_tile_run(const uint64_t **out, const cn_tile_segment *s, unsigned parts, cn_tile_view view, cn_arena *arena,
                     double seconds[CN_STAGES]) {
    const cn_segment *seg = s->segment;
    size_t count = seg->mid * CN_TILE;
    const uint64_t *x;
    double t0 = cn_seconds(), t1;
    if (seg->has_pre) {
        uint64_t *y = take(arena, parts, seg->mid);
        run_linear(y, &seg->pre, s->pre_bias, parts, view, s->mod);
        x = y;
        t1 = cn_seconds(), seconds[CN_STAGE_PRE] += t1 - t0, t0 = t1;
    } else {
        x = gather(view, parts, seg->mid, arena);
    }
    if (seg->act.a) {
        uint64_t *y = take(arena, 2 * parts - 1, seg->mid);
        run_act(y, x, parts, count, s);
        x = y;
        parts = 2 * parts - 1;
        t1 = cn_seconds(), seconds[CN_STAGE_ACT] += t1 - t0, t0 = t1;
    }
    if (seg->has_post) {
        uint64_t *y = take(arena, parts, seg->out);
        run_linear(y, &seg->post, s->post_bias, parts, (cn_tile_view){x, CN_TILE, count}, s->mod);
        x = y;
        seconds[CN_STAGE_POST] += cn_seconds() - t0;
    }
    *out = x;
    return parts;
}
