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
    cn_task_fn tick;
    void *user;
} round;

static cn_status flood_task(void *arg, size_t task, unsigned w) {
    round *r = arg;
    cn_server *s = r->server;
    cn_server_worker *self = &s->worker[w];
    double *seconds = self->seconds[s->program->count - 1], t0 = cn_seconds();
    cn_flood_core(r->cipher[task], &r->flood[task], s->public, s->ctx);
    double t1 = cn_seconds();
    cn_switch_core(r->cipher[task], s->plan->schedule.reply, &self->he, s->ctx);
    seconds[CN_ROW_FLOOD] += t1 - t0;
    seconds[CN_ROW_SWITCH] += cn_seconds() - t1;
    return r->tick(r->user, task, w);
}

cn_status cn_flood_replies(cn_server *s, cn_cipher **c, size_t count, size_t used, cn_task_fn tick, void *user) {
    cn_status status = CN_OK;
    const cn_plan *p = s->plan;
    size_t threads = CN_MIN((size_t)cn_pool_threads(s->pool), count), made = 0;
    cn_rng *rng = NULL;
    round r = {.server = s, .flood = cn_calloc(threads, sizeof *r.flood), .tick = tick, .user = user};
    if (!r.flood) CN_CHECK(CN_ERR_MEMORY);
    for (; made < threads; made++) CN_CHECK(cn_flood_init(&r.flood[made], p->flood_bits, p->schedule.limbs[p->segments - 1], s->ctx));
    CN_CHECK(cn_rng_new(&rng));
    for (size_t first = 0; first < count; first += threads) {
        size_t tasks = CN_MIN(threads, count - first);
        double t0 = cn_seconds();
        for (size_t i = 0; i < tasks; i++) CN_CHECK(cn_flood_draw(&r.flood[i], used, c[first + i]->branch, rng, s->ctx));
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
