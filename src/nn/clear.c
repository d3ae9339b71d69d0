/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The clear network: the same program, tile by tile with one part per point, over the integers. The integers are carried
 *  modulo enough word primes to hold the exact worst-case range, and joined at the end: exact for any model. */

#include <math.h>
#include <string.h>

#include "arith/int128.h"
#include "arith/prime.h"
#include "arith/rns.h"
#include "nn/clear.h"
#include "nn/single.h"
#include "nn/range.h"
#include "nn/tile.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/threads.h"

typedef struct clear_worker {
    cn_arena arena;
    uint64_t *input; /* [widest segment input][CN_TILE] */
} clear_worker;

typedef struct clear_job {
    const cn_program *prog;
    const cn_model *model;
    const uint8_t *pixels;
    size_t count;
    cn_rns primes;
    cn_packed packed;
    cn_tile_segment tile[CN_SEGMENTS_MAX][CN_RNS_MAX];
    clear_worker *worker;
    uint64_t *residue; /* [count][outputs][primes] */
} clear_job;

/** Enough primes below 2^46 for integers of absolute value below 2^bits. */
static cn_status choose_primes(cn_rns *r, double bits) {
    uint64_t p[CN_RNS_MAX], next = ((uint64_t)1 << CN_LIMB_BITS_MAX) - 1;
    unsigned count = 0;
    for (double have = 0; have < bits + 2; have += log2((double)next--)) {
        if (count == CN_RNS_MAX)
            return cn_fail(CN_ERR_RANGE, "clear network: values can reach 2^%.0f; expected below 2^%d", bits, CN_RNS_MAX * 45);
        next = cn_prime_below_var(next, 3, 2);
        p[count++] = next;
    }
    return cn_rns_init(r, p, count);
}

static cn_status bind_bias(uint64_t **out, const cn_linear *l, const cn_mod *m) {
    *out = cn_calloc(l->m.rows, sizeof **out);
    if (!*out) return CN_ERR_MEMORY;
    for (size_t r = 0; r < l->m.rows; r++) (*out)[r] = cn_i128_mod(l->bias[r], m);
    return CN_OK;
}

static cn_status bind(clear_job *job) {
    for (unsigned s = 0; s < job->prog->count; s++)
        for (unsigned i = 0; i < job->primes.count; i++) {
            const cn_segment *seg = &job->prog->segment[s];
            const cn_mod *m = &job->primes.mod[i];
            cn_tile_segment *t = &job->tile[s][i];
            *t = (cn_tile_segment){.segment = seg, .mod = m, .has_cube = seg->act.d != 0, .has_linear = seg->act.b != 0};
            t->pre = &job->packed.pre[s], t->post = &job->packed.post[s];
            t->cube = cn_shoup_init_var(cn_i128_mod(seg->act.d, m), m);
            t->square = cn_shoup_init_var(cn_i128_mod(seg->act.a, m), m);
            t->linear = cn_shoup_init_var(cn_i128_mod(seg->act.b, m), m);
            t->constant = cn_i128_mod(seg->act.c, m);
            if (seg->has_pre) CN_TRY(bind_bias(&t->pre_bias, &seg->pre, m));
            if (seg->has_post) CN_TRY(bind_bias(&t->post_bias, &seg->post, m));
        }
    return CN_OK;
}

/** CN_TILE images through the whole network modulo every prime. */
static cn_status clear_task(void *arg, size_t tile, unsigned w) {
    clear_job *job = arg;
    clear_worker *self = &job->worker[w];
    size_t inputs = job->prog->inputs, outputs = job->prog->outputs, first = tile * CN_TILE;
    size_t images = CN_MIN((size_t)CN_TILE, job->count - first);
    double seconds[CN_STAGES] = {0};
    for (unsigned i = 0; i < job->primes.count; i++) {
        const cn_mod *m = &job->primes.mod[i];
        const uint64_t *x;
        memset(self->input, 0, inputs * CN_TILE * sizeof *self->input);
        for (size_t k = 0; k < images; k++)
            for (size_t v = 0; v < inputs; v++)
                self->input[v * CN_TILE + k] = cn_mod_reduce_signed(job->model->lut[job->pixels[(first + k) * inputs + v]], m);
        for (unsigned s = 0; s < job->prog->count; s++) {
            size_t mark = cn_arena_mark(&self->arena);
            cn_tile_run(&x, &job->tile[s][i], 1, (cn_tile_view){self->input, CN_TILE, 0}, &self->arena, seconds);
            if (x != self->input) memcpy(self->input, x, job->prog->segment[s].out * CN_TILE * sizeof *x);
            cn_arena_rewind(&self->arena, mark);
        }
        for (size_t k = 0; k < images; k++)
            for (size_t o = 0; o < outputs; o++)
                job->residue[((first + k) * outputs + o) * job->primes.count + i] = self->input[o * CN_TILE + k];
    }
    return CN_OK;
}

/** Exact scores to the window [low, low + t), counting those outside [low, low + width). */
static cn_status join_scores(cn_i128 *scores, size_t *outside, const clear_job *job, cn_i128 low, cn_i128 width, cn_i128 t) {
    size_t total = job->count * job->prog->outputs;
    cn_status status = CN_OK;
    mpz_t x, l, high, modulus;
    mpz_inits(x, l, high, modulus, NULL);
    cn_mpz_set_i128(l, low);
    cn_mpz_set_i128(high, width);
    mpz_add(high, high, l);
    cn_mpz_set_i128(modulus, t);
    for (size_t i = 0; i < total; i++) {
        cn_rns_get_mpz_centred(x, job->residue + i * job->primes.count, 1, &job->primes);
        if (mpz_cmp(x, l) < 0 || mpz_cmp(x, high) >= 0) ++*outside;
        mpz_sub(x, x, l);
        mpz_fdiv_r(x, x, modulus);
        mpz_add(x, x, l);
        if (!cn_mpz_get_i128(&scores[i], x)) CN_CHECK(cn_fail(CN_ERR_RANGE, "clear network: a score does not fit 127 bits"));
    }
cleanup:
    mpz_clears(x, l, high, modulus, NULL);
    return status;
}

static void free_job(clear_job *job, unsigned threads) {
    for (unsigned s = 0; s < job->prog->count; s++)
        for (unsigned i = 0; i < job->primes.count; i++) {
            cn_free(job->tile[s][i].pre_bias);
            cn_free(job->tile[s][i].post_bias);
        }
    for (unsigned w = 0; job->worker && w < threads; w++) {
        cn_arena_clear(&job->worker[w].arena);
        cn_free(job->worker[w].input);
    }
    cn_free(job->worker);
    cn_free(job->residue);
    cn_rns_clear(&job->primes);
    cn_packed_clear(&job->packed);
    cn_free(job);
}

cn_status cn_clear_run(cn_i128 *scores, size_t *outside, const cn_program *prog, const cn_model *m, cn_i128 low, cn_i128 width,
                       cn_i128 t, const uint8_t *pixels, size_t count, unsigned threads) {
    cn_status status = CN_OK;
    cn_pool *pool = NULL;
    cn_ranges ranges;
    bool have_ranges = false;
    size_t widest = prog->inputs;
    clear_job *job = cn_calloc(1, sizeof *job);
    if (!job) return CN_ERR_MEMORY;
    *job = (clear_job){.prog = prog, .model = m, .pixels = pixels, .count = count};
    CN_CHECK(cn_pool_new(&pool, threads));
    CN_CHECK(cn_ranges_compute(&ranges, prog, m));
    have_ranges = true;
    CN_CHECK(choose_primes(&job->primes, fmax(0, fmax(cn_mpz_log2(ranges.low), cn_mpz_log2(ranges.high)))));
    CN_CHECK(cn_packed_init(&job->packed, prog));
    CN_CHECK(bind(job));
    for (unsigned s = 0; s < prog->count; s++) widest = CN_MAX(widest, prog->segment[s].out);
    job->worker = cn_calloc(threads, sizeof *job->worker);
    job->residue = cn_malloc(count * prog->outputs * job->primes.count, sizeof *job->residue);
    if (!job->worker || !job->residue) CN_CHECK(CN_ERR_MEMORY);
    for (unsigned w = 0; w < threads; w++) {
        CN_CHECK(cn_arena_init(&job->worker[w].arena, cn_tile_scratch_bytes(&job->packed)));
        job->worker[w].input = cn_malloc(widest * CN_TILE, sizeof(uint64_t));
        if (!job->worker[w].input) CN_CHECK(CN_ERR_MEMORY);
    }
    CN_CHECK(cn_pool_run(pool, (count + CN_TILE - 1) / CN_TILE, clear_task, job));
    *outside = 0;
    CN_CHECK(join_scores(scores, outside, job, low, width, t));
cleanup:
    free_job(job, threads);
    if (have_ranges) cn_ranges_clear(&ranges);
    cn_pool_free(pool);
    return status;
}

cn_status cn_single_clear_scores(cn_i128 *scores, size_t *out_of_window, const cn_single_plan *p, const cn_model *m, const uint8_t *pixels,
                                 size_t count, unsigned threads) {
    return cn_clear_scores(scores, out_of_window, p ? &p->base : NULL, m, pixels, count, threads);
}

cn_status cn_clear_scores(cn_i128 *scores, size_t *out_of_window, const cn_plan *p, const cn_model *m, const uint8_t *pixels,
                          size_t count, unsigned threads) {
    if (!scores || !p || !m || !pixels) return cn_fail(CN_ERR_NULL, "clear network: expected scores, plan, model and pixels, found NULL");
    if (count < 1) return cn_fail(CN_ERR_SIZE, "clear network: expected at least one image");
    if (memcmp(p->model_digest, m->digest, 32) != 0)
        return cn_fail(CN_ERR_MISMATCH, "clear network: model %s is not the one that was planned", m->name);
    cn_program prog;
    size_t outside = 0;
    cn_i128 t = 1;
    for (unsigned j = 0; j < p->params.plains; j++) t *= (cn_i128)p->params.t[j];
    CN_TRY(cn_program_compile(&prog, m, m->layer_count));
    cn_status status = cn_clear_run(scores, &outside, &prog, m, p->window_low, p->window_t, t, pixels, count, threads);
    cn_program_clear(&prog);
    if (status == CN_OK && out_of_window) *out_of_window = outside;
    return status;
}
