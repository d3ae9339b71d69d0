/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The model owner: evaluates the network on ciphertexts alone.
 *
 *  Data flow per plaintext branch:
 *      request --expand--> tiles [limb][tile][input][part][point]
 *      segment 0: one task per (limb, tile) --> out ciphertexts of 3 parts
 *      one task per ciphertext: relinearise, switch
 *      segment 1, ... the same from ciphertexts; the last one gives the reply. */

#include <stdatomic.h>
#include <string.h>

#include "arith/int128.h"
#include "he/pack.h"
#include "nn/tile.h"
#include "nn/wire.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/threads.h"

/** One plaintext branch: the program bound to every prime. */
typedef struct branch_code {
    cn_tile_segment tile[CN_SEGMENTS_MAX][CN_LIMBS_MAX];
    uint64_t factor[CN_SEGMENTS_MAX + 1]; /* message factor before segment s; the last one is the reply's */
} branch_code;

typedef struct worker {
    cn_arena arena;              /* a tile in flight, or a polynomial being expanded */
    cn_he_scratch he;
    double seconds[CN_SEGMENTS_MAX][CN_STAGES + 2];
} worker;

struct cn_server {
    const cn_plan *plan;
    const cn_program *program;
    cn_program *own;         /* the program, where it was compiled here */
    const cn_relin_key *key;
    cn_context *ctx;
    cn_pool *pool;
    branch_code branch[CN_PLAINS_MAX];
    worker *worker; /* [threads] */
};

/* ---- compilation --------------------------------------------------------------------------- */

/** Residues of the biases of a map at factor f, for each prime of the level. */
static cn_status bind_biases(branch_code *b, const cn_segment *seg, unsigned s, bool post, unsigned limbs, uint64_t factor,
                             unsigned branch, const cn_context *ctx) {
    const cn_linear *l = post ? &seg->post : &seg->pre;
    for (unsigned i = 0; i < limbs; i++) {
        uint64_t *bias = cn_calloc(l->m.rows, sizeof *bias);
        if (!bias) return CN_ERR_MEMORY;
        *(post ? &b->tile[s][i].post_bias : &b->tile[s][i].pre_bias) = bias;
    }
    for (size_t r = 0; r < l->m.rows; r++) {
        uint64_t k[CN_LIMBS_MAX];
        cn_constant_residues_var(k, l->bias[r], factor, limbs, branch, ctx);
        for (unsigned i = 0; i < limbs; i++) (post ? b->tile[s][i].post_bias : b->tile[s][i].pre_bias)[r] = k[i];
    }
    return CN_OK;
}

/** The activation a x^2 + b x + c on ciphertexts: with F before and F' = -Q F^2 after, x^2 is t a times the tensor square and x
 *  has to be multiplied by k = F' / F = -Q F, centred. */
static void bind_act(branch_code *b, cn_act act, unsigned s, unsigned limbs, unsigned branch, const cn_context *ctx) {
    const cn_mod *t = cn_t(ctx, branch);
    uint64_t before = b->factor[s], after = cn_factor_product_var(before, before, limbs, branch, ctx);
    uint64_t k = cn_mod_mul(after, cn_mod_inv_var(before, t), t), constant[CN_LIMBS_MAX];
    int64_t kb = cn_mod_centre(cn_mod_mul(k, cn_i128_mod(act.b, t), t), t);
    cn_constant_residues_var(constant, act.c, after, limbs, branch, ctx);
    for (unsigned i = 0; i < limbs; i++) {
        cn_tile_segment *ts = &b->tile[s][i];
        const cn_mod *q = cn_q(ctx, i);
        uint64_t a = cn_i128_mod(act.a, q);
        ts->square = cn_shoup_init_var(cn_mod_mul(a, ctx->branch[branch].pair[i].t.w, q), q);
        ts->linear = cn_shoup_init_var(cn_mod_reduce_signed(kb, q), q);
        ts->has_linear = act.b != 0;
        ts->constant = act.c ? constant[i] : 0;
    }
    b->factor[s + 1] = after;
}

static cn_status bind_branch(cn_server *s, unsigned branch) {
    branch_code *b = &s->branch[branch];
    const cn_context *ctx = s->ctx;
    const cn_program *prog = s->program;
    b->factor[0] = 1;
    for (unsigned i = 0; i < prog->count; i++) {
        const cn_segment *seg = &prog->segment[i];
        unsigned limbs = s->plan->schedule.limbs[i];
        for (unsigned l = 0; l < limbs; l++) b->tile[i][l].segment = seg, b->tile[i][l].mod = cn_q(ctx, l);
        b->factor[i + 1] = b->factor[i];
        if (seg->has_pre) CN_TRY(bind_biases(b, seg, i, false, limbs, b->factor[i], branch, ctx));
        if (seg->act.a) bind_act(b, seg->act, i, limbs, branch, ctx);
        if (seg->has_post) CN_TRY(bind_biases(b, seg, i, true, limbs, b->factor[i + 1], branch, ctx));
    }
    return CN_OK;
}

static void free_branch(branch_code *b) {
    for (unsigned s = 0; s < CN_SEGMENTS_MAX; s++)
        for (unsigned l = 0; l < CN_LIMBS_MAX; l++) {
            cn_free(b->tile[s][l].pre_bias);
            cn_free(b->tile[s][l].post_bias);
        }
}

/** Arena for the gathered inputs of a tile: of every segment but the first. */
static size_t gather_bytes(const cn_program *prog) {
    size_t widest = 0;
    for (unsigned s = 1; s < prog->count; s++) widest = CN_MAX(widest, prog->segment[s].in);
    return CN_ARENA_BYTES(2 * widest * CN_TILE * sizeof(uint64_t));
}

cn_status cn_server_from_program(cn_server **out, const cn_plan *p, const cn_program *prog, const cn_relin_key *key, unsigned threads) {
    cn_status status = CN_OK;
    cn_server *s = cn_calloc(1, sizeof *s);
    *out = NULL;
    if (!s) return CN_ERR_MEMORY;
    s->plan = p;
    s->program = prog;
    s->key = key;
    CN_CHECK(cn_pool_new(&s->pool, threads));
    CN_CHECK(cn_context_new(&s->ctx, &p->params));
    if (key) CN_CHECK(cn_check_digest(key->digest, "evaluation key", s->ctx));
    if (p->needs_key && !key)
        CN_CHECK(cn_fail(CN_ERR_NULL, "server: the plan relinearises; expected the client's evaluation key, found NULL"));
    for (unsigned j = 0; j < p->params.plains; j++) CN_CHECK(bind_branch(s, j));
    s->worker = cn_calloc(threads, sizeof *s->worker);
    if (!s->worker) CN_CHECK(CN_ERR_MEMORY);
    size_t arena_bytes = CN_MAX(cn_tile_scratch_bytes(prog) + gather_bytes(prog), p->params.n * sizeof(uint64_t));
    for (unsigned w = 0; w < threads; w++) {
        CN_CHECK(cn_arena_init(&s->worker[w].arena, arena_bytes));
        if (p->needs_key) CN_CHECK(cn_he_scratch_init(&s->worker[w].he, s->ctx));
    }
    *out = s;
    s = NULL;
cleanup:
    cn_server_free(s);
    return status;
}

cn_status cn_server_new(cn_server **out, const cn_plan *p, const cn_model *m, const cn_relin_key *key, unsigned threads) {
    if (out) *out = NULL;
    if (!out || !p || !m) return cn_fail(CN_ERR_NULL, "server: expected result, plan and model, found NULL");
    if (memcmp(p->model_digest, m->digest, 32) != 0)
        return cn_fail(CN_ERR_MISMATCH, "server: model %s is not the one that was planned; plan this model", m->name);
    cn_program *prog = cn_calloc(1, sizeof *prog);
    if (!prog) return CN_ERR_MEMORY;
    cn_server *s = NULL;
    cn_status status = cn_program_compile(prog, m, m->layer_count);
    if (status == CN_OK) status = cn_server_from_program(&s, p, prog, key, threads);
    if (status != CN_OK) {
        cn_program_clear(prog);
        cn_free(prog);
        return status;
    }
    s->own = prog;
    *out = s;
    return CN_OK;
}

void cn_server_free(cn_server *s) {
    if (!s) return;
    for (unsigned w = 0; s->worker && w < cn_pool_threads(s->pool); w++) {
        cn_arena_clear(&s->worker[w].arena);
        cn_he_scratch_clear(&s->worker[w].he);
    }
    cn_free(s->worker);
    for (unsigned j = 0; j < s->plan->params.plains; j++) free_branch(&s->branch[j]);
    if (s->own) cn_program_clear(s->own);
    cn_free(s->own);
    cn_context_free(s->ctx);
    cn_pool_free(s->pool);
    cn_free(s);
}

/* ---- evaluation ---------------------------------------------------------------------------- */

/** One branch in flight. */
typedef struct flight {
    cn_server *server;
    const cn_request *request;
    unsigned branch, segment;
    uint64_t *tiles;        /* [limb][tile][input][2][CN_TILE]: the expanded request */
    cn_cipher **in, **out;  /* between segments */
    const char *step;
    atomic_size_t done;
    size_t total;
    cn_progress_fn progress;
    void *user;
} flight;

static size_t tiles_of(const cn_server *s) { return s->plan->params.n / CN_TILE; }

static uint64_t *tile_at(const flight *f, unsigned limb, size_t tile) {
    return f->tiles + (limb * tiles_of(f->server) + tile) * f->server->plan->inputs * 2 * CN_TILE;
}

/** Count a finished task and let the calling thread report it. */
static cn_status tick(flight *f, unsigned w) {
    size_t done = atomic_fetch_add(&f->done, 1) + 1;
    if (w == 0 && f->progress && f->progress(f->user, f->step, done, f->total))
        return cn_fail(CN_ERR_CANCELLED, "evaluate: stopped by the caller");
    return CN_OK;
}

static void scatter(flight *f, const uint64_t *poly, unsigned limb, size_t input, unsigned part) {
    for (size_t t = 0; t < tiles_of(f->server); t++)
        memcpy(tile_at(f, limb, t) + (input * 2 + part) * CN_TILE, poly + t * CN_TILE, CN_TILE * sizeof *poly);
}

static cn_status expand_task(void *arg, size_t input, unsigned w) {
    flight *f = arg;
    const cn_server *s = f->server;
    const cn_context *ctx = s->ctx;
    const cn_request *r = f->request;
    size_t n = ctx->params.n;
    cn_arena *arena = &s->worker[w].arena;
    size_t mark = cn_arena_mark(arena);
    uint64_t *poly = cn_arena_take(arena, n, sizeof *poly);
    const uint8_t *in = r->data + (f->branch * s->plan->inputs + input) * r->cipher_bytes;
    for (unsigned p = 0; p < 2; p++)
        for (unsigned i = 0; i < ctx->params.limbs; i++) {
            if (p < r->parts) {
                if (!cn_unpack(poly, in, n, cn_q(ctx, i))) {
                    cn_arena_rewind(arena, mark);
                    return cn_fail(CN_ERR_FORMAT, "request: input %zu has a residue of limb %u that is not below its prime", input, i);
                }
                in += cn_packed_bytes(n, cn_q(ctx, i)->bits);
            } else {
                cn_sample_uniform_var(poly, n, cn_q(ctx, i), r->seed, CN_ROLE_CIPHERTEXT, i, cn_request_index(f->branch, input));
            }
            scatter(f, poly, i, input, p);
        }
    cn_arena_rewind(arena, mark);
    return tick(f, w);
}

/** One segment on one tile of one limb; the result goes to the out ciphertexts. */
static cn_status tile_task(void *arg, size_t task, unsigned w) {
    flight *f = arg;
    cn_server *s = f->server;
    unsigned limb = (unsigned)(task / tiles_of(s));
    size_t tile = task % tiles_of(s), outputs = s->program->segment[f->segment].out;
    const cn_tile_segment *ts = &s->branch[f->branch].tile[f->segment][limb];
    const uint64_t *result;
    cn_arena *arena = &s->worker[w].arena;
    size_t mark = cn_arena_mark(arena);
    cn_tile_view view = {tile_at(f, limb, tile), 2 * CN_TILE, CN_TILE};
    if (f->segment > 0) { /* ciphertexts lie apart: gather the tile */
        size_t inputs = ts->segment->in;
        uint64_t *x = cn_arena_take(arena, 2 * inputs * CN_TILE, sizeof *x);
        for (size_t v = 0; v < inputs; v++)
            for (unsigned p = 0; p < 2; p++)
                memcpy(x + (p * inputs + v) * CN_TILE, cn_poly_limb(&f->in[v]->part[p], limb) + tile * CN_TILE, CN_TILE * sizeof *x);
        view = (cn_tile_view){x, CN_TILE, inputs * CN_TILE};
    }
    unsigned parts = cn_tile_run(&result, ts, 2, view, arena, s->worker[w].seconds[f->segment]);
    for (size_t v = 0; v < outputs; v++)
        for (unsigned p = 0; p < parts; p++)
            memcpy(cn_poly_limb(&f->out[v]->part[p], limb) + tile * CN_TILE, result + (p * outputs + v) * CN_TILE,
                   CN_TILE * sizeof *result);
    cn_arena_rewind(arena, mark);
    return tick(f, w);
}

/** Relinearise one ciphertext and switch it to the next segment's level. */
static cn_status relin_task(void *arg, size_t value, unsigned w) {
    flight *f = arg;
    cn_server *s = f->server;
    worker *self = &s->worker[w];
    double t0 = cn_seconds();
    cn_relin_core(f->out[value], s->key, &self->he, s->ctx);
    double t1 = cn_seconds();
    cn_switch_core(f->out[value], s->plan->schedule.limbs[f->segment + 1], &self->he, s->ctx);
    self->seconds[f->segment][CN_ROW_RELIN] += t1 - t0;
    self->seconds[f->segment][CN_ROW_SWITCH] += cn_seconds() - t1;
    return tick(f, w);
}

static cn_status run_step(flight *f, const char *step, size_t tasks, cn_task_fn fn) {
    f->step = step;
    f->total = tasks;
    atomic_store(&f->done, 0);
    CN_TRY(cn_pool_run(f->server->pool, tasks, fn, f));
    /* the last task may have been another worker's */
    if (f->progress && cn_pool_threads(f->server->pool) > 1 && f->progress(f->user, step, tasks, tasks))
        return cn_fail(CN_ERR_CANCELLED, "evaluate: stopped by the caller");
    return CN_OK;
}

static void free_ciphers(cn_cipher **c, size_t count) {
    for (size_t i = 0; c && i < count; i++) cn_cipher_free(c[i]);
    cn_free(c);
}

static cn_status new_ciphers(cn_cipher ***out, size_t count, unsigned parts, unsigned limbs, unsigned branch, uint64_t factor,
                             const cn_context *ctx) {
    cn_cipher **c = cn_calloc(count, sizeof *c);
    if (!c) return CN_ERR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        cn_status status = cn_cipher_new(&c[i], parts, limbs, branch, ctx);
        if (status != CN_OK) {
            free_ciphers(c, count);
            return status;
        }
        c[i]->factor = factor;
    }
    *out = c;
    return CN_OK;
}

/** All segments of one branch, from expanded tiles to the reply's ciphertexts. */
static cn_status run_segments(flight *f, cn_reply *reply) {
    cn_server *s = f->server;
    const branch_code *b = &s->branch[f->branch];
    cn_status status = CN_OK;
    size_t in_count = 0, out_count = 0;
    for (f->segment = 0; f->segment < s->program->count; f->segment++) {
        const cn_segment *seg = &s->program->segment[f->segment];
        unsigned limbs = s->plan->schedule.limbs[f->segment];
        CN_CHECK(new_ciphers(&f->out, seg->out, seg->act.a ? 3 : 2, limbs, f->branch, b->factor[f->segment + 1], s->ctx));
        out_count = seg->out;
        CN_CHECK(run_step(f, "evaluate", limbs * tiles_of(s), tile_task));
        if (f->segment + 1 < s->program->count) CN_CHECK(run_step(f, "relinearise", seg->out, relin_task));
        free_ciphers(f->in, in_count);
        f->in = f->out, in_count = out_count;
        f->out = NULL, out_count = 0;
    }
    memcpy(reply->cipher + f->branch * in_count, f->in, in_count * sizeof(cn_cipher *));
    cn_free(f->in);
    f->in = NULL, in_count = 0;
cleanup:
    free_ciphers(f->in, in_count);
    free_ciphers(f->out, out_count);
    f->in = f->out = NULL;
    return status;
}

static void report_timing(cn_timing *t, const cn_server *s) {
    const cn_program *prog = s->program;
    unsigned threads = cn_pool_threads(s->pool);
    for (unsigned seg = 0; seg < prog->count; seg++)
        for (unsigned k = 0; k < CN_STAGES + 2; k++) {
            int row = cn_plan_row(prog, seg, k);
            double sum = 0;
            for (unsigned w = 0; w < threads; w++) sum += s->worker[w].seconds[seg][k];
            if (row >= 0) t->row[row] = sum / threads;
        }
}

cn_status cn_server_evaluate(cn_reply **out, cn_server *s, const cn_request *r, cn_timing *timing, cn_progress_fn progress, void *user) {
    if (out) *out = NULL;
    if (!out || !s || !r) return cn_fail(CN_ERR_NULL, "evaluate: expected result, server and request, found NULL");
    const cn_plan *p = s->plan;
    if (memcmp(r->plan_digest, p->digest, 32) != 0)
        return cn_fail(CN_ERR_MISMATCH, "request: belongs to another plan; expected the plan of this server");
    cn_status status = CN_OK;
    cn_timing t = {0};
    cn_reply *reply = NULL;
    flight f = {.server = s, .request = r, .progress = progress, .user = user};
    f.tiles = cn_malloc(p->params.limbs * tiles_of(s) * p->inputs * 2 * CN_TILE, sizeof *f.tiles);
    if (!f.tiles) CN_CHECK(CN_ERR_MEMORY);
    for (unsigned w = 0; w < cn_pool_threads(s->pool); w++) memset(s->worker[w].seconds, 0, sizeof s->worker[w].seconds);
    CN_CHECK(cn_reply_new(&reply, p, r->count));
    for (f.branch = 0; f.branch < p->params.plains; f.branch++) {
        double t0 = cn_seconds();
        CN_CHECK(run_step(&f, "expand", p->inputs, expand_task));
        double t1 = cn_seconds();
        CN_CHECK(run_segments(&f, reply));
        t.expand += t1 - t0;
        t.evaluate += cn_seconds() - t1;
    }
    report_timing(&t, s);
    if (timing) *timing = t;
    *out = reply;
    reply = NULL;
cleanup:
    cn_free(f.tiles);
    cn_reply_free(reply);
    return status;
}
