/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The experiment of 2016, server's side. Squares are computed in blocks and added into the sums of the next linear map at once, so
 *  that 845 of them need not be in memory. Sums of integers are exact in any order: results do not depend on blocks or threads. */

#include <string.h>

#include "reference/paper2016.h"
#include "util/mem.h"
#include "util/status.h"

#define BLOCK 32  /* squares in memory */
#define CHUNK 256 /* coefficients of a block that go through the next linear map together: what fits a cache */

typedef struct segment_job {
    const cn_ref_yashe *y;
    const cn_segment *segment;
    mpz_t **in;               /* [segment->in] */
    size_t first, count;      /* the block: values before the activation */
    mpz_t **mid, **square;    /* [BLOCK] */
    mpz_t **sum;              /* [segment->out] */
    uint32_t *at;             /* [segment->out]: first entry of the row in this block or behind */
    mpz_t **evk;
} segment_job;

/** r += w x for coefficients from .. to - 1. */
static void add_multiple(mpz_t *r, int64_t w, mpz_t *x, size_t from, size_t to) {
    if (w >= 0)
        for (size_t k = from; k < to; k++) mpz_addmul_ui(r[k], x[k], (uint64_t)w);
    else
        for (size_t k = from; k < to; k++) mpz_submul_ui(r[k], x[k], (uint64_t)-w);
}

/** r = [r + round(q b / t)]_q, the bias in every slot. */
static void finish_sum(mpz_t *r, cn_i128 bias, const cn_ref_yashe *y) {
    mpz_t b;
    mpz_init(b);
    cn_mpz_set_i128(b, bias);
    mpz_mul(b, b, y->q);
    cn_ref_round_div(b, b, y->t);
    mpz_add(r[0], r[0], b);
    cn_ref_reduce(r, r, y->q, y->n);
    mpz_clear(b);
}

static cn_status pre_task(void *arg, size_t i, unsigned worker) {
    segment_job *job = arg;
    const cn_linear *l = &job->segment->pre;
    size_t row = job->first + i, n = job->y->n;
    (void)worker;
    for (size_t k = 0; k < n; k++) mpz_set_ui(job->mid[i][k], 0);
    for (size_t e = l->start[row]; e < l->start[row + 1]; e++) add_multiple(job->mid[i], l->weight[e], job->in[l->col[e]], 0, n);
    finish_sum(job->mid[i], l->bias[row], job->y);
    return CN_OK;
}

static cn_status square_task(void *arg, size_t i, unsigned worker) {
    segment_job *job = arg;
    mpz_t *x = job->segment->has_pre ? job->mid[i] : job->in[job->first + i];
    (void)worker;
    cn_ref_yashe_mul(job->square[i], x, x, job->y);
    return CN_OK;
}

/** The block's share of all sums, for one chunk of coefficients. */
static cn_status post_task(void *arg, size_t chunk, unsigned worker) {
    segment_job *job = arg;
    const cn_linear *l = &job->segment->post;
    size_t from = chunk * CHUNK, to = CN_MIN(from + CHUNK, job->y->n);
    (void)worker;
    for (size_t row = 0; row < l->m.rows; row++)
        for (size_t e = job->at[row]; e < l->start[row + 1] && l->col[e] < job->first + job->count; e++)
            add_multiple(job->sum[row], l->weight[e], job->square[l->col[e] - job->first], from, to);
    return CN_OK;
}

static cn_status finish_task(void *arg, size_t row, unsigned worker) {
    segment_job *job = arg;
    (void)worker;
    finish_sum(job->sum[row], job->segment->post.bias[row], job->y);
    return CN_OK;
}

static cn_status key_switch_task(void *arg, size_t i, unsigned worker) {
    segment_job *job = arg;
    (void)worker;
    cn_ref_yashe_key_switch(job->sum[i], job->sum[i], job->evk, job->y);
    return CN_OK;
}

/** Run tasks and add their time. */
static cn_status timed(double *seconds, cn_pool *pool, size_t tasks, cn_task_fn fn, segment_job *job) {
    double start = cn_seconds();
    cn_status status = cn_pool_run(pool, tasks, fn, job);
    *seconds += cn_seconds() - start;
    return status;
}

/** How far a whole evaluation is, in steps of about the time of a square. */
typedef struct progress {
    cn_progress_fn fn;
    void *user;
    size_t done, total;
} progress;

static cn_status step(progress *p, size_t steps) {
    p->done += steps;
    if (p->fn && p->fn(p->user, "evaluate", p->done, p->total)) return cn_fail(CN_ERR_CANCELLED, "evaluate: stopped by the caller");
    return CN_OK;
}

#define SWITCH_STEPS 8 /* a key switch, in squares */

static cn_status run_segment(segment_job *job, double stage[CN_STAGES], cn_pool *pool, progress *p) {
    const cn_segment *g = job->segment;
    memcpy(job->at, g->post.start, g->out * sizeof *job->at);
    for (job->first = 0; job->first < g->mid; job->first += job->count) {
        job->count = CN_MIN(g->mid - job->first, (size_t)BLOCK);
        if (g->has_pre) CN_TRY(timed(&stage[CN_STAGE_PRE], pool, job->count, pre_task, job));
        CN_TRY(timed(&stage[CN_STAGE_ACT], pool, job->count, square_task, job));
        CN_TRY(timed(&stage[CN_STAGE_POST], pool, (job->y->n + CHUNK - 1) / CHUNK, post_task, job));
        for (size_t row = 0; row < g->out; row++)
            while (job->at[row] < g->post.start[row + 1] && g->post.col[job->at[row]] < job->first + job->count) job->at[row]++;
        CN_TRY(step(p, job->count));
    }
    return timed(&stage[CN_STAGE_POST], pool, g->out, finish_task, job);
}

/** From f^2 back to f, some ciphertexts at a time, so that the caller can stop it. */
static cn_status switch_keys(segment_job *job, double *seconds, cn_pool *pool, progress *p) {
    size_t out = job->segment->out;
    mpz_t **all = job->sum;
    cn_status status = CN_OK;
    for (size_t first = 0; first < out && status == CN_OK; first += BLOCK) {
        size_t count = CN_MIN(out - first, (size_t)BLOCK);
        job->sum = all + first;
        status = timed(seconds, pool, count, key_switch_task, job);
        if (status == CN_OK) status = step(p, SWITCH_STEPS * count);
    }
    job->sum = all;
    return status;
}

cn_status cn_p16_evaluate(cn_p16_values **out, cn_p16_times *times, const cn_p16_values *in, const cn_p16_eval_key *key,
                          const cn_program *prog, cn_pool *pool, cn_progress_fn fn, void *user) {
    *out = NULL;
    CN_TRY(cn_p16_check_type(key->type, "evaluate: key"));
    CN_TRY(cn_p16_check_type(in->type, "evaluate: ciphertexts"));
    if (in->branch != key->branch || in->n != key->y.n)
        return cn_fail(CN_ERR_MISMATCH, "evaluate: ciphertexts of branch %u, key of branch %u; expected the same", in->branch, key->branch);
    if (in->count != prog->inputs)
        return cn_fail(CN_ERR_SIZE, "evaluate: %zu ciphertexts; expected %zu, the inputs of the network", in->count, prog->inputs);
    if (in->power != 1) return cn_fail(CN_ERR_STATE, "evaluate: ciphertexts under f^%u; expected f", in->power);

    cn_status status = CN_OK;
    cn_p16_values *x = NULL, *sum = NULL;
    size_t n = key->y.n;
    progress p = {.fn = fn, .user = user};
    segment_job job = {.y = &key->y, .evk = key->evk, .in = in->c};
    job.mid = cn_ref_list_new(BLOCK, n);
    job.square = cn_ref_list_new(BLOCK, n);
    for (unsigned s = 0; s < prog->count; s++)
        p.total += prog->segment[s].mid + (s + 1 < prog->count ? SWITCH_STEPS * prog->segment[s].out : 0);
    for (unsigned s = 0; s < prog->count; s++) {
        bool last = s + 1 == prog->count;
        job.segment = &prog->segment[s];
        cn_free(job.at);
        job.at = cn_calloc(job.segment->out, sizeof *job.at);
        if (!job.at) CN_CHECK(CN_ERR_MEMORY);
        CN_CHECK(cn_p16_values_new(&sum, job.segment->out, key->branch, last ? 2 : 1, n));
        job.sum = sum->c;
        CN_CHECK(run_segment(&job, times->stage[s], pool, &p));
        if (!last) CN_CHECK(switch_keys(&job, &times->key_switch[s], pool, &p));
        cn_p16_values_free(x);
        x = sum;
        sum = NULL;
        job.in = x->c;
    }
    *out = x;
    x = NULL;
cleanup:
    cn_p16_values_free(sum);
    cn_p16_values_free(x);
    cn_free(job.at);
    cn_ref_list_free(job.mid, BLOCK, n);
    cn_ref_list_free(job.square, BLOCK, n);
    return status;
}
