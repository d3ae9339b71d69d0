/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The model owner, last step of a plan with model privacy: the scores of a branch are made anew (he/flood.h) and switched to the
 *  level of the reply. Randomness is drawn by the calling thread, ciphertext after ciphertext, so that threads do not matter; as many
 *  ciphertexts as there are workers are in flight. */

#include "he/flood.h"
#include "nn/server.h"
#include "util/mem.h"

typedef struct round {
    cn_server *server;
    cn_cipher **cipher; /* [tasks] */
    cn_flood *flood;    /* [tasks]: drawn */
    const cn_scales *scales; /* or NULL */
    cn_task_fn tick;
    void *user;
} round;

static cn_status flood_task(void *arg, size_t task, unsigned w) {
    round *r = arg;
    cn_server *s = r->server;
    cn_server_worker *self = &s->worker[w];
    double *seconds = self->seconds[s->program->count - 1], t = cn_seconds(), t0 = t;
    if (r->scales) {
        CN_TRY(cn_mul_plain(r->cipher[task], r->scales->r, r->scales->count, s->ctx));
        t0 = cn_seconds();
        seconds[CN_ROW_SCALE] += t0 - t;
    }
    cn_flood_core(r->cipher[task], &r->flood[task], s->public, s->ctx);
    double t1 = cn_seconds();
    cn_switch_core(r->cipher[task], s->plan->schedule.reply, &self->he, s->ctx);
    seconds[CN_ROW_FLOOD] += t1 - t0;
    seconds[CN_ROW_SWITCH] += cn_seconds() - t1;
    return r->tick(r->user, task, w);
}

cn_status cn_scales_draw(cn_scales *s, size_t count, size_t outputs, unsigned bits) {
    cn_status status = CN_OK;
    cn_rng *rng = NULL;
    uint64_t most = ((uint64_t)1 << bits) - 1;
    *s = (cn_scales){.count = count, .outputs = outputs, .r = cn_calloc(count, sizeof *s->r), .e = cn_calloc(count * outputs, sizeof *s->e)};
    if (!s->r || !s->e) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(cn_rng_new(&rng));
    CN_CHECK(cn_rng_bytes(rng, s->r, count * sizeof *s->r));
    CN_CHECK(cn_rng_bytes(rng, s->e, count * outputs * sizeof *s->e));
    for (size_t i = 0; i < count; i++) s->r[i] = 1 + (int64_t)(uint64_t)(((cn_u128)(uint64_t)s->r[i] * most) >> 64);
    for (size_t i = 0; i < count * outputs; i++) s->e[i] = (uint64_t)(((cn_u128)s->e[i] * (uint64_t)s->r[i % count]) >> 64); /* sizes are public */
    cn_rng_free(rng);
    return CN_OK;
cleanup:
    cn_rng_free(rng);
    cn_scales_clear(s);
    return status;
}

void cn_scales_clear(cn_scales *s) {
    cn_free_secret(s->r, s->count * sizeof *s->r);
    cn_free_secret(s->e, s->count * s->outputs * sizeof *s->e);
    *s = (cn_scales){0};
}

cn_status cn_flood_replies(cn_server *s, cn_cipher **c, size_t count, size_t used, const cn_scales *scales, cn_task_fn tick, void *user) {
    cn_status status = CN_OK;
    const cn_plan *p = s->plan;
    size_t threads = CN_MIN((size_t)cn_pool_threads(s->pool), count), made = 0;
    cn_rng *rng = NULL;
    round r = {.server = s, .flood = cn_calloc(threads, sizeof *r.flood), .scales = scales, .tick = tick, .user = user};
    if (!r.flood) CN_CHECK(CN_ERR_MEMORY);
    for (; made < threads; made++) CN_CHECK(cn_flood_init(&r.flood[made], p->flood_bits, p->schedule.limbs[p->segments - 1], s->ctx));
    CN_CHECK(cn_rng_new(&rng));
    for (size_t first = 0; first < count; first += threads) {
        size_t tasks = CN_MIN(threads, count - first);
        double t0 = cn_seconds();
        for (size_t i = 0; i < tasks; i++)
            CN_CHECK(cn_flood_draw(&r.flood[i], c[first + i], used, scales ? scales->e + (first + i) * used : NULL, rng, s->ctx));
        s->worker[0].seconds[s->program->count - 1][CN_ROW_FLOOD] += (cn_seconds() - t0) * cn_pool_threads(s->pool); /* the others wait */
        r.cipher = c + first;
        CN_CHECK(cn_pool_run(s->pool, tasks, flood_task, &r));
    }
cleanup:
    cn_rng_free(rng);
    for (size_t i = 0; i < made; i++) cn_flood_clear(&r.flood[i], s->ctx);
    cn_free(r.flood);
    return status;
}
