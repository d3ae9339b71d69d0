/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** One segment on one tile: linear map, activation, linear map. */

#include "nn/tile.h"

#include <string.h>

#include "util/threads.h"

#define ACT_CHUNK (64 * CN_TILE) /* words of a part that an activation works on at a time: two parts stay in first-level cache */
#define ACT_SCRATCH (5 * ACT_CHUNK) /* words: two parts, and three of a square */

cn_status cn_packed_init(cn_packed *p, const cn_program *program) {
    cn_status status = CN_OK;
    memset(p, 0, sizeof *p);
    p->program = program;
    for (unsigned s = 0; s < program->count; s++) {
        const cn_segment *seg = &program->segment[s];
        if (seg->has_pre) CN_CHECK(cn_gemm_init(&p->pre[s], &seg->pre.m));
        if (seg->has_post) CN_CHECK(cn_gemm_init(&p->post[s], &seg->post.m));
    }
cleanup:
    if (status != CN_OK) cn_packed_clear(p);
    return status;
}

void cn_packed_clear(cn_packed *p) {
    for (unsigned s = 0; s < CN_SEGMENTS_MAX; s++) {
        cn_gemm_clear(&p->pre[s]);
        cn_gemm_clear(&p->post[s]);
    }
}

/** Tile buffer of count values. */
static uint64_t *take(cn_arena *a, unsigned parts, size_t values) {
    return cn_arena_take(a, parts * values * CN_TILE, sizeof(uint64_t));
}

size_t cn_tile_scratch_bytes(const cn_packed *p) {
    size_t mid = 0, out = 0, gemm = 0, tile = CN_TILE * sizeof(uint64_t), parts = 2;
    for (unsigned s = 0; s < p->program->count; s++) {
        parts = CN_MAX(parts, cn_act_degree(&p->program->segment[s].act) + 1u);
        mid = CN_MAX(mid, p->program->segment[s].mid);
        out = CN_MAX(out, p->program->segment[s].out);
        gemm = CN_MAX(gemm, CN_MAX(cn_gemm_scratch_bytes(&p->pre[s]), cn_gemm_scratch_bytes(&p->post[s])));
    }
    return CN_ARENA_BYTES(parts * mid * tile) + CN_ARENA_BYTES(parts * out * tile) + CN_ARENA_BYTES(gemm) +
           CN_ARENA_BYTES(ACT_SCRATCH * sizeof(uint64_t));
}

/** All parts through one linear map, bias on part 0. */
static void run_linear(uint64_t *out, const cn_gemm *g, const uint64_t *bias, unsigned parts, cn_tile_view in, const cn_mod *m,
                       void *scratch) {
    size_t rows = g->m.rows;
    for (unsigned p = 0; p < parts; p++)
        cn_kernels_get()->linear(out + p * rows * CN_TILE, CN_TILE, in.base + p * in.part_stride, in.value_stride, p ? NULL : bias, g,
                                 m, scratch);
}

/** y <- factor x^2: parts parts of n words to 2 parts - 1 that are stride words apart. */
static void square_parts(uint64_t *y, size_t stride, const uint64_t *x, unsigned parts, size_t n, cn_shoup factor, const cn_mod *m) {
    const cn_kernels *k = cn_kernels_get();
    if (parts == 2) {
        k->square(y, y + stride, y + 2 * stride, x, x + n, factor, n, m);
    } else {
        k->mul(y, x, x, n, m);
        k->scale(y, y, factor, n, m);
    }
}

/** y <- cube x^3 + square x^2 + linear x as Horner's scheme has it: x (cube x^2 + square x + linear), polynomials in s.
 *  In: x parts parts of n words; y the first words of parts that are stride apart.  u: 3 n words of scratch. */
static void run_cube(uint64_t *y, size_t stride, const uint64_t *x, unsigned parts, size_t n, const cn_tile_segment *s, uint64_t *u) {
    const cn_kernels *k = cn_kernels_get();
    const cn_mod *m = s->mod;
    square_parts(u, n, x, parts, n, s->cube, m);
    for (size_t i = 0; i < parts * n; i++) u[i] = cn_mod_add(u[i], cn_shoup_mul(x[i], s->square, m), m);
    for (size_t i = 0; i < n; i++) u[i] = cn_mod_add(u[i], s->linear.w, m);
    k->mul(y, u, x, n, m);
    if (parts == 1) return;
    k->mul(y + stride, u + n, x, n, m);
    k->mul_add(y + stride, u, x + n, n, m);
    k->mul(y + 2 * stride, u + 2 * n, x, n, m);
    k->mul_add(y + 2 * stride, u + n, x + n, n, m);
    k->mul(y + 3 * stride, u + 2 * n, x + n, n, m);
}

/** y <- square x^2 + linear x; otherwise as run_cube, without scratch. */
static void run_square(uint64_t *y, size_t stride, const uint64_t *x, unsigned parts, size_t n, const cn_tile_segment *s) {
    const cn_mod *m = s->mod;
    square_parts(y, stride, x, parts, n, s->square, m);
    for (unsigned p = 0; s->has_linear && p < parts; p++)
        for (size_t i = 0; i < n; i++) y[p * stride + i] = cn_mod_add(y[p * stride + i], cn_shoup_mul(x[p * n + i], s->linear, m), m);
}

/** y <- the activation of y as a polynomial in s, in place: parts parts of count words each become (parts - 1) degree + 1.
 *  x: ACT_SCRATCH words of scratch. */
static void run_act(uint64_t *y, unsigned parts, size_t count, const cn_tile_segment *s, uint64_t *x) {
    for (size_t at = 0; at < count; at += ACT_CHUNK) {
        size_t n = CN_MIN(count - at, (size_t)ACT_CHUNK);
        for (unsigned p = 0; p < parts; p++) memcpy(x + p * n, y + p * count + at, n * sizeof *x);
        if (s->has_cube) run_cube(y + at, count, x, parts, n, s, x + 2 * ACT_CHUNK);
        else run_square(y + at, count, x, parts, n, s);
        for (size_t i = 0; s->constant && i < n; i++) y[at + i] = cn_mod_add(y[at + i], s->constant, s->mod);
    }
}

/** The values of a view to the dense order of this file. */
static void gather(uint64_t *x, cn_tile_view view, unsigned parts, size_t values) {
    for (unsigned p = 0; p < parts; p++)
        for (size_t i = 0; i < values; i++)
            memcpy(x + (p * values + i) * CN_TILE, view.base + i * view.value_stride + p * view.part_stride, CN_TILE * sizeof *x);
}

unsigned cn_tile_run(const uint64_t **out, const cn_tile_segment *s, unsigned parts, cn_tile_view view, cn_arena *arena,
                     double seconds[CN_STAGES]) {
    const cn_segment *seg = s->segment;
    size_t count = seg->mid * CN_TILE;
    unsigned parts_after = (parts - 1) * cn_act_degree(&seg->act) + 1;
    uint64_t *x = take(arena, parts_after, seg->mid);
    double t0 = cn_seconds(), t1;
    size_t mark = cn_arena_mark(arena);
    if (seg->has_pre) {
        run_linear(x, s->pre, s->pre_bias, parts, view, s->mod, cn_arena_take(arena, cn_gemm_scratch_bytes(s->pre), 1));
        cn_arena_rewind(arena, mark);
        t1 = cn_seconds(), seconds[CN_STAGE_PRE] += t1 - t0, t0 = t1;
    } else {
        gather(x, view, parts, seg->mid);
    }
    if (cn_segment_acts(seg)) {
        run_act(x, parts, count, s, cn_arena_take(arena, ACT_SCRATCH, sizeof *x));
        cn_arena_rewind(arena, mark);
        t1 = cn_seconds(), seconds[CN_STAGE_ACT] += t1 - t0, t0 = t1;
    }
    *out = x;
    if (seg->has_post) {
        uint64_t *y = take(arena, parts_after, seg->out);
        run_linear(y, s->post, s->post_bias, parts_after, (cn_tile_view){x, CN_TILE, count}, s->mod,
                   cn_arena_take(arena, cn_gemm_scratch_bytes(s->post), 1));
        seconds[CN_STAGE_POST] += cn_seconds() - t0;
        *out = y;
    }
    return parts_after;
}
