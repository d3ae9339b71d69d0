/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The model owner, second half: evaluates the network on ciphertexts alone.
 *
 *  Data flow per plaintext branch:
 *      for each prime:  request --expand--> tiles [tile][input][part][point], 2 parts (YASHE': 1)
 *                       segment 0, tile by tile --> out ciphertexts of 3 parts (1)
 *      one task per ciphertext: relinearise, switch
 *      segment 1, ... one task per (prime, tile) from ciphertexts; the last one gives the reply,
 *                       which with model privacy is relinearised, flooded (flood_reply.c) and switched.
 *
 *  Primes follow each other in segment 0, so the residues of one prime at a time are in memory; where even these exceed the
 *  server's limit, the points are taken in passes, and the request is expanded anew in each. */

#include <stdatomic.h>
#include <string.h>

#include "he/pack.h"
#include "he/scheme.h"
#include "nn/server.h"
#include "util/map.h"
#include "util/mem.h"
#include "util/status.h"

/** One branch in flight. */
typedef struct flight {
    cn_server *server;
    const cn_request *request;
    cn_scales scales;       /* where the plan scales scores */
    unsigned branch, segment, limb; /* limb: of segment 0 */
    size_t first, tiles;    /* of the present pass: its first tile, and how many */
    size_t capacity;        /* tiles in buffer */
    uint64_t *buffer;       /* [tile][input][part][CN_TILE]: the expanded request, points of this pass modulo one prime */
    cn_cipher **in, **out;  /* of the present segment: borrowed from the server's shelves or the reply */
    const char *step;
    atomic_size_t done;
    size_t total;
    cn_progress_fn progress;
    void *user;
} flight;

static size_t tiles_of(const cn_server *s) { return s->plan->params.n / CN_TILE; }

/** Parts of a ciphertext at the beginning of a segment. */
static unsigned parts_of(const flight *f) { return f->server->ctx->scheme->parts[1]; }

/** Words of one expanded tile. */
static size_t tile_words(const flight *f) { return f->server->plan->inputs * parts_of(f) * CN_TILE; }

/** Count a finished task and let the calling thread report it. */
static cn_status tick(flight *f, unsigned w) {
    size_t done = atomic_fetch_add(&f->done, 1) + 1;
    if (w == 0 && f->progress && f->progress(f->user, f->step, done, f->total))
        return cn_fail(CN_ERR_CANCELLED, "evaluate: stopped by the caller");
    return CN_OK;
}

/** The points of this pass of one part of one input to their tiles. */
static void scatter(flight *f, const uint64_t *poly, size_t input, unsigned part) {
    uint64_t *to = f->buffer + (input * parts_of(f) + part) * CN_TILE;
    for (size_t t = f->first; t < f->first + f->tiles; t++, to += tile_words(f)) memcpy(to, poly + t * CN_TILE, CN_TILE * sizeof *poly);
}

/** Residues of one input modulo one prime. */
static cn_status expand_task(void *arg, size_t input, unsigned w) {
    flight *f = arg;
    const cn_server *s = f->server;
    const cn_context *ctx = s->ctx;
    const cn_request *r = f->request;
    const cn_mod *q = cn_q(ctx, f->limb);
    size_t n = ctx->params.n, skip = 0;
    cn_arena *arena = &s->worker[w].arena;
    size_t mark = cn_arena_mark(arena);
    uint64_t *poly = cn_arena_take(arena, n, sizeof *poly);
    const uint8_t *cipher = r->data + (f->branch * s->plan->inputs + input) * r->cipher_bytes;
    for (unsigned i = 0; i < f->limb; i++) skip += cn_packed_bytes(n, cn_q(ctx, i)->bits);
    cn_status status = CN_OK;
    for (unsigned p = 0; p < parts_of(f) && status == CN_OK; p++) {
        const uint8_t *in = cipher + p * (r->cipher_bytes / r->parts) + skip;
        if (p >= r->parts)
            cn_sample_uniform_var(poly, n, q, r->seed, CN_ROLE_CIPHERTEXT, f->limb, cn_request_index(f->branch, input));
        else if (!cn_unpack(poly, in, n, q))
            status = cn_fail(CN_ERR_FORMAT, "request: input %zu has a residue of limb %u that is not below its prime", input, f->limb);
        if (p < r->parts && r->mapped) cn_map_evict(in, cn_packed_bytes(n, q->bits));
        scatter(f, poly, input, p);
    }
    cn_arena_rewind(arena, mark);
    return status == CN_OK ? tick(f, w) : status;
}

/** The present segment on one tile of one limb; the result goes to the out ciphertexts. */
static cn_status run_tile(flight *f, cn_tile_view view, unsigned limb, size_t tile, unsigned w) {
    cn_server *s = f->server;
    size_t outputs = s->program->segment[f->segment].out;
    const uint64_t *result;
    unsigned parts = cn_tile_run(&result, &s->branch[f->branch].tile[f->segment][limb], parts_of(f), view, &s->worker[w].arena,
                                 s->worker[w].seconds[f->segment]);
    for (size_t v = 0; v < outputs; v++)
        for (unsigned p = 0; p < parts; p++)
            memcpy(cn_poly_limb(&f->out[v]->part[p], limb) + tile * CN_TILE, result + (p * outputs + v) * CN_TILE,
                   CN_TILE * sizeof *result);
    return tick(f, w);
}

/** Segment 0 on one tile of the buffer. */
static cn_status first_task(void *arg, size_t task, unsigned w) {
    flight *f = arg;
    cn_arena *arena = &f->server->worker[w].arena;
    size_t mark = cn_arena_mark(arena);
    cn_status status = run_tile(f, (cn_tile_view){f->buffer + task * tile_words(f), parts_of(f) * CN_TILE, CN_TILE}, f->limb, f->first + task, w);
    cn_arena_rewind(arena, mark);
    return status;
}

/** A later segment on one tile, gathered from ciphertexts that lie apart. */
static cn_status tile_task(void *arg, size_t task, unsigned w) {
    flight *f = arg;
    unsigned limb = (unsigned)(task / tiles_of(f->server));
    size_t tile = task % tiles_of(f->server), inputs = f->server->program->segment[f->segment].in;
    cn_arena *arena = &f->server->worker[w].arena;
    size_t mark = cn_arena_mark(arena);
    uint64_t *x = cn_arena_take(arena, parts_of(f) * inputs * CN_TILE, sizeof *x);
    for (size_t v = 0; v < inputs; v++)
        for (unsigned p = 0; p < parts_of(f); p++)
            memcpy(x + (p * inputs + v) * CN_TILE, cn_poly_limb(&f->in[v]->part[p], limb) + tile * CN_TILE, CN_TILE * sizeof *x);
    cn_status status = run_tile(f, (cn_tile_view){x, CN_TILE, inputs * CN_TILE}, limb, tile, w);
    cn_arena_rewind(arena, mark);
    return status;
}

/** Relinearise one ciphertext and switch it to the next segment's level, if there is one. */
static cn_status relin_task(void *arg, size_t value, unsigned w) {
    flight *f = arg;
    cn_server *s = f->server;
    cn_server_worker *self = &s->worker[w];
    bool last = f->segment + 1 == s->program->count;
    double t0 = cn_seconds();
    cn_relin_core(f->out[value], s->key, &self->he, s->ctx);
    double t1 = cn_seconds();
    if (!last) cn_switch_core(f->out[value], s->plan->schedule.limbs[f->segment + 1], &self->he, s->ctx);
    self->seconds[f->segment][CN_ROW_RELIN] += t1 - t0;
    self->seconds[f->segment][CN_ROW_SWITCH] += cn_seconds() - t1;
    return tick(f, w);
}

static cn_status flood_tick(void *arg, size_t task, unsigned w) {
    (void)task;
    return tick(arg, w);
}

/** A step of total tasks begins. */
static void begin(flight *f, const char *step, size_t total) {
    f->step = step;
    f->total = total;
    atomic_store(&f->done, 0);
}

/** Some tasks of the present step. */
static cn_status run_tasks(flight *f, size_t tasks, cn_task_fn fn) {
    CN_TRY(cn_pool_run(f->server->pool, tasks, fn, f));
    /* the last task may have been another worker's */
    if (f->progress && cn_pool_threads(f->server->pool) > 1 && f->progress(f->user, f->step, atomic_load(&f->done), f->total))
        return cn_fail(CN_ERR_CANCELLED, "evaluate: stopped by the caller");
    return CN_OK;
}

/** Make count ciphertexts where there are none yet. */
static cn_status make_ciphers(cn_cipher **c, size_t count, unsigned power, unsigned limbs, unsigned branch, const cn_context *ctx) {
    for (size_t i = 0; i < count; i++)
        if (!c[i]) CN_TRY(cn_cipher_new(&c[i], power, limbs, branch, ctx));
    return CN_OK;
}

/** The ciphertexts between segments, unless an evaluation has made them: as many, with as many parts and primes, as any segment
 *  writes. They stay with the server, since fresh memory for each evaluation would cost a tenth of its time in page faults. */
static cn_status fill_shelves(cn_server *s) {
    for (unsigned odd = 0; odd < 2; odd++) {
        size_t count = 0;
        unsigned power = 1, limbs = 1;
        for (unsigned i = odd; i + 1 < s->program->count; i += 2) {
            count = CN_MAX(count, s->program->segment[i].out);
            power = CN_MAX(power, cn_act_degree(&s->program->segment[i].act));
            limbs = CN_MAX(limbs, s->plan->schedule.limbs[i]);
        }
        if (!s->shelf[odd] && !(s->shelf[odd] = cn_calloc(count, sizeof(cn_cipher *)))) return CN_ERR_MEMORY;
        s->shelf_count[odd] = count;
        CN_TRY(make_ciphers(s->shelf[odd], count, power, limbs, 0, s->ctx));
    }
    return CN_OK;
}

/** Where the present segment writes: to the shelf, or at the end to the reply. */
static cn_status outputs(flight *f, cn_reply *reply) {
    const cn_server *s = f->server;
    const cn_segment *seg = &s->program->segment[f->segment];
    unsigned limbs = s->plan->schedule.limbs[f->segment], power = cn_act_degree(&seg->act);
    bool last = f->segment + 1 == s->program->count;
    f->out = last ? reply->cipher + f->branch * seg->out : s->shelf[f->segment % 2];
    if (last) CN_TRY(make_ciphers(f->out, seg->out, power, limbs, f->branch, s->ctx));
    for (size_t v = 0; v < seg->out; v++) {
        if (!last) cn_cipher_renew(f->out[v], power, limbs, f->branch, s->ctx);
        f->out[v]->factor = s->branch[f->branch].factor[f->segment + 1];
    }
    return CN_OK;
}

/** Segment 0, prime after prime, pass after pass. */
static cn_status run_first(flight *f, cn_timing *t) {
    const cn_server *s = f->server;
    unsigned limbs = s->plan->schedule.limbs[0];
    size_t passes = (tiles_of(s) + f->capacity - 1) / f->capacity;
    begin(f, "evaluate", limbs * (passes * s->plan->inputs + tiles_of(s)));
    for (f->limb = 0; f->limb < limbs; f->limb++)
        for (f->first = 0; f->first < tiles_of(s); f->first += f->tiles) {
            f->tiles = CN_MIN(f->capacity, tiles_of(s) - f->first);
            double t0 = cn_seconds();
            CN_TRY(run_tasks(f, s->plan->inputs, expand_task));
            double t1 = cn_seconds();
            CN_TRY(run_tasks(f, f->tiles, first_task));
            t->expand += t1 - t0;
            t->evaluate += cn_seconds() - t1;
        }
    return CN_OK;
}

/** All segments of one branch, from the request to the reply's ciphertexts. */
static cn_status run_segments(flight *f, cn_reply *reply, cn_timing *t) {
    cn_server *s = f->server;
    double t0 = cn_seconds();
    for (f->segment = 0; f->segment < s->program->count; f->segment++) {
        const cn_segment *seg = &s->program->segment[f->segment];
        unsigned limbs = s->plan->schedule.limbs[f->segment];
        CN_TRY(outputs(f, reply));
        if (f->segment == 0) {
            t->evaluate += cn_seconds() - t0;
            CN_TRY(run_first(f, t));
            t0 = cn_seconds();
        } else {
            begin(f, "evaluate", limbs * tiles_of(s));
            CN_TRY(run_tasks(f, limbs * tiles_of(s), tile_task));
        }
        bool last = f->segment + 1 == s->program->count, hides = last && s->plan->options.model_privacy;
        if (!last || (hides && cn_segment_acts(seg))) {
            begin(f, "relinearise", seg->out);
            CN_TRY(run_tasks(f, seg->out, relin_task));
        }
        if (hides) {
            begin(f, "flood", seg->out);
            CN_TRY(cn_flood_replies(s, f->out, seg->out, f->request->count, f->scales.r ? &f->scales : NULL, flood_tick, f));
        }
        f->in = f->out;
    }
    t->evaluate += cn_seconds() - t0;
    return CN_OK;
}

static void report_timing(cn_timing *t, const cn_server *s) {
    const cn_program *prog = s->program;
    unsigned threads = cn_pool_threads(s->pool);
    for (unsigned seg = 0; seg < prog->count; seg++)
        for (unsigned k = 0; k < CN_ROW_KINDS; k++) {
            int row = cn_plan_row(s->plan, prog, seg, k);
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
    if (s->key && memcmp(r->key_id, s->key->id, sizeof s->key->id) != 0)
        return cn_fail(CN_ERR_MISMATCH, "request: encrypted under another key; expected the one that the server's evaluation key belongs to");
    if (p->options.model_privacy) {
        if (!s->public)
            return cn_fail(CN_ERR_STATE, "evaluate: the plan has model privacy; expected the public key of the data's owner, found none; call "
                                         "cn_server_set_public_key");
        if (memcmp(r->key_id, s->public->id, sizeof s->public->id) != 0)
            return cn_fail(CN_ERR_MISMATCH, "request: encrypted under another key; expected the one that the server's public key belongs to");
    }
    cn_status status = CN_OK;
    cn_timing t = {0};
    cn_reply *reply = NULL;
    flight f = {.server = s, .request = r, .progress = progress, .user = user};
    f.capacity = tiles_of(s);
    size_t tile_bytes = tile_words(&f) * sizeof *f.buffer;
    if (s->buffer_limit) f.capacity = CN_MIN(f.capacity, CN_MAX(s->buffer_limit / tile_bytes, (size_t)1));
    if (!s->buffer) s->buffer = cn_malloc(f.capacity, tile_bytes);
    if (!s->buffer) CN_CHECK(CN_ERR_MEMORY);
    f.buffer = s->buffer;
    for (unsigned w = 0; w < cn_pool_threads(s->pool); w++) memset(s->worker[w].seconds, 0, sizeof s->worker[w].seconds);
    CN_CHECK(fill_shelves(s));
    CN_CHECK(cn_reply_new(&reply, p, r->count));
    memcpy(reply->key_id, r->key_id, sizeof reply->key_id);
    cn_request_name(reply->request, r);
    if (p->options.scale_scores) CN_CHECK(cn_scales_draw(&f.scales, r->count, p->outputs, p->options.scale_scores));
    for (f.branch = 0; f.branch < p->params.plains; f.branch++) CN_CHECK(run_segments(&f, reply, &t));
    report_timing(&t, s);
    if (timing) *timing = t;
    *out = reply;
    reply = NULL;
cleanup:
    cn_scales_clear(&f.scales);
    cn_reply_free(reply);
    return status;
}
