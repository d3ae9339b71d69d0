/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The heart of an evaluation for bench-kernels: the first segment of CryptoNets (convolution 784 -> 845, square, dense layer
 *  845 -> 100), on one tile of 16 points of ciphertexts modulo one prime, as the server runs it (nn/tile.h). The weights are those
 *  of a shipped network. The tile lies in cache; the server reads one after the other from memory. */

#include "bench/bench_kernels.h"

#include <string.h>

#include "bench/common.h"
#include "util/mem.h"
#include "util/status.h"

#define NETWORK "paper-small"
#define LAYERS 3 /* of the segment */
#define PARTS 2  /* of its input; 3 after the square */

static cn_model *network;

int cn_bk_segment_load(void) { return cn_bench_load_model(&network, NETWORK); }

void cn_bk_segment_unload(void) { cn_model_free(network); }

/** What the bound counts of a linear map of parts parts: pairs of columns in rows, pairs whose digits are taken, rows that are
 *  reduced; and products. */
static void count_linear(size_t pairs[3], size_t *products, const cn_gemm *g, size_t parts) {
    pairs[1] = parts * ((g->m.cols + 1) / 2);
    *products = parts * g->m.start[g->m.rows];
    for (const cn_gemm_group *group = g->group; group < g->group + g->groups; group++) {
        pairs[0] += parts * group->rows * group->pairs;
        for (size_t s = 0; s < group->strips; s++) pairs[2] += parts * group->rows * group->strip[s].flush;
    }
}

size_t cn_bk_lookups(const cn_gemm *g) { return 2 * g->sums.chunks * CN_SUMS_CHUNK * g->m.rows; }

/** The same of a map in the form of sums: look-ups, entries of tables, rows that are reduced. */
static void count_sums(size_t units[3], size_t *products, const cn_gemm *g, size_t parts) {
    units[0] = parts * cn_bk_lookups(g);
    units[1] = parts * 2 * g->sums.chunks * CN_SUMS_CHUNK * CN_SUMS_TABLE(g->sums.columns);
    units[2] = parts * g->m.rows;
    *products = parts * g->m.start[g->m.rows];
}

/** Random residues in new memory. */
static uint64_t *residues(size_t count, const cn_mod *m) {
    uint64_t *x = cn_calloc(count, sizeof *x);
    for (size_t i = 0; x && i < count; i++) x[i] = cn_bk_random() % m->q;
    return x;
}

cn_status cn_bk_segment_setup(cn_bk_work *w) {
    cn_bk_segment *s = &w->segment;
    cn_tile_segment *t = &s->tile;
    CN_TRY(cn_program_compile(&s->program, network, LAYERS));
    const cn_segment *first = &s->program.segment[0];
    if (!first->has_pre || !cn_segment_acts(first) || !first->has_post)
        return cn_fail(CN_ERR_MODEL, "network " NETWORK ": expected a linear layer, an activation and a linear layer at its start");
    CN_TRY(cn_packed_init(&s->packed, &s->program));
    cn_bk_set_moduli(w);
    *t = (cn_tile_segment){.segment = first, .pre = &s->packed.pre[0], .post = &s->packed.post[0], .mod = &w->q};
    t->square = cn_shoup_init_var(cn_bk_random() % w->q.q, &w->q);
    t->pre_bias = residues(first->mid, &w->q);
    t->post_bias = residues(first->out, &w->q);
    w->in = residues(first->in * PARTS * CN_TILE, &w->q);
    if (!t->pre_bias || !t->post_bias || !w->in) return CN_ERR_MEMORY;
    s->view = (cn_tile_view){w->in, PARTS * CN_TILE, CN_TILE}; /* as the server has it: [input][part][point] */
    CN_TRY(cn_arena_init(&s->arena, cn_tile_scratch_bytes(&s->packed)));
    count_linear(w->units + CN_BK_CONV_PAIRS, w->units + CN_BK_CONV_PRODUCTS, t->pre, PARTS);
    w->units[CN_BK_SQUARES] = first->mid * CN_TILE;
    if (!t->post->sums.chunks) return cn_fail(CN_ERR_MODEL, "network " NETWORK ": expected weights -1, 0 and 1 in its dense layer");
    count_sums(w->units + CN_BK_DENSE_LOOKUPS, w->units + CN_BK_DENSE_PRODUCTS, t->post, PARTS + 1);
    w->n = CN_TILE;
    return CN_OK;
}

void cn_bk_segment_run(void *arg) {
    cn_bk_work *w = arg;
    cn_bk_segment *s = &w->segment;
    const uint64_t *out;
    cn_tile_run(&out, &s->tile, PARTS, s->view, &s->arena, s->seconds);
    cn_arena_rewind(&s->arena, 0);
    s->runs++;
}

void cn_bk_segment_clear(cn_bk_segment *s) {
    cn_free(s->tile.pre_bias), cn_free(s->tile.post_bias);
    cn_arena_clear(&s->arena);
    cn_packed_clear(&s->packed);
    cn_program_clear(&s->program);
    memset(s, 0, sizeof *s);
}
