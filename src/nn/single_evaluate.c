/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** One packed evaluation: expand the request; for each layer its sum, shared out among the threads, then folds, bias, switch, square and
 *  relinearisation, one branch per thread; the randomised reply. */

#include <stdio.h>
#include <string.h>

#include "he/pack.h"
#include "nn/single_server.h"
#include "util/mem.h"
#include "util/rng.h"
#include "util/status.h"

/** An evaluation in progress. */
typedef struct flight {
    cn_single_server *server;
    const cn_single_request *request;
    cn_single_reply *reply;
    unsigned layer;
    uint64_t *mask;         /* [plains][n] slot values of the reply's randomisation, by position */
    cn_single_timing *timing;
    double started;
} flight;

static void show(const flight *f, unsigned branch, cn_single_step step, const cn_poly *part, unsigned parts, unsigned layer) {
#ifdef CN_TESTING
    const cn_single_server *s = f->server;
    if (s->observe) s->observe(s->observer, branch, layer, step, part, parts, s->branch[branch].code[layer].factor);
#else
    (void)f, (void)branch, (void)step, (void)part, (void)parts, (void)layer;
#endif
}

/** Note the time since the last note. */
static void tick(flight *f, const char *what, const char *label) {
    double now = cn_seconds();
    cn_single_timing *t = f->timing;
    if (t && t->steps < CN_SINGLE_TIMES_MAX) {
        snprintf(t->step[t->steps].name, sizeof t->step[t->steps].name, "%s%s%s", what, *label ? " " : "", label);
        t->step[t->steps++].seconds = now - f->started;
    }
    f->started = now;
}

/** One limb of one uploaded ciphertext. */
static cn_status expand_task(void *arg, size_t task, unsigned worker) {
    const flight *f = arg;
    const cn_single_server *s = f->server;
    const cn_context *ctx = s->ctx;
    const cn_single_request *r = f->request;
    (void)worker;
    unsigned limbs = ctx->params.limbs, limb = (unsigned)(task % limbs), uploads = s->plan->layer[0].inputs;
    size_t cipher = task / limbs, n = ctx->params.n;
    unsigned branch = (unsigned)(cipher / uploads), upload = (unsigned)(cipher % uploads);
    const uint8_t *in = r->data + cipher * r->cipher_bytes;
    for (unsigned i = 0; i < limb; i++) in += cn_packed_bytes(n, cn_q(ctx, i)->bits);
    cn_poly *part = s->branch[branch].upload + 2 * upload;
    if (!cn_unpack(cn_poly_limb(&part[0], limb), in, n, cn_q(ctx, limb)))
        return cn_fail(CN_ERR_FORMAT, "packed request: ciphertext %zu has a residue of limb %u that is not below its prime", cipher, limb);
    cn_sample_uniform_var(cn_poly_limb(&part[1], limb), n, cn_q(ctx, limb), r->seed, CN_ROLE_CIPHERTEXT, limb, cn_request_index(branch, upload));
    return CN_OK;
}

/** The key of a rotation of every image; NULL: the identity. */
static const cn_turn_key *key_of(const cn_single_server *s, unsigned rotation) {
    return rotation ? cn_turn_key_find(s->turns, cn_layout_rotation(&s->plan->layout, rotation)) : NULL;
}

/** The parts of ciphertext i that a layer reads. */
static const cn_poly *input_of(const flight *f, const cn_single_branch *b, unsigned i) { return f->layer ? b->now : b->upload + 2 * i; }

static unsigned parts_read(const flight *f) { return f->layer && !f->server->plan->layer[f->layer].relinearise ? 3 : 2; }

#define PRODUCT_POINTS ((size_t)512) /* whose weights stay in the cache from one part to the next */

/** Ciphertexts first, first + step, ... each times its plaintexts, added up: a layer that does not rotate what it reads. */
static void sum_products(const flight *f, const cn_single_branch *b, cn_single_share *share, unsigned first, unsigned step) {
    const cn_single_layer *layer = &f->server->plan->layer[f->layer];
    const cn_single_code *code = &b->code[f->layer];
    const cn_context *ctx = f->server->ctx;
    const uint64_t *x[CN_DOT_TERMS_MAX], *w[CN_DOT_TERMS_MAX];
    size_t n = ctx->params.n, count = CN_MIN(n, PRODUCT_POINTS), terms = 0;
    for (unsigned i = first; i < layer->inputs; i += step) terms++;
    for (unsigned g = 0; g < layer->turns; g++)
        for (unsigned p = 0; p < parts_read(f); p++) {
            share->acc[g][p].limbs = layer->limbs;
            share->acc[g][p].special = false;
            share->acc[g][p].domain = CN_NTT;
            if (!terms) memset(share->acc[g][p].c, 0, layer->limbs * n * sizeof(uint64_t));
        }
    if (!terms) return;
    for (unsigned limb = 0; limb < layer->limbs; limb++)
        for (size_t from = 0; from < n; from += count)
            for (unsigned g = 0; g < layer->turns; g++)
                for (unsigned p = 0; p < parts_read(f); p++) {
                    for (size_t t = 0; t < terms; t++) {
                        unsigned i = first + (unsigned)t * step;
                        x[t] = cn_poly_limb(&input_of(f, b, i)[p], limb) + from;
                        w[t] = cn_poly_limb(&code->plain[i * layer->turns + g], limb) + from;
                    }
                    cn_kernels_get()->dot(cn_poly_limb(&share->acc[g][p], limb) + from, x, w, terms, count, cn_q(ctx, limb));
                }
}

/** Terms first, first + step, ... of a layer that does. Each share decomposes what it needs. */
static void sum_turns(const flight *f, const cn_single_branch *b, cn_single_share *share, unsigned first, unsigned step) {
    const cn_single_server *s = f->server;
    const cn_single_layer *layer = &s->plan->layer[f->layer];
    unsigned sums = layer->turns / layer->babies;
    unsigned slices = cn_single_slices(s, layer);
    cn_poly *acc[CN_SINGLE_SUMS_MAX];
    const cn_turn_key *turn[CN_SINGLE_SUMS_MAX];
    bool add = false;
    for (unsigned g = 0; g < sums; g++) acc[g] = share->acc[g];
    for (unsigned i = slices > 1 ? 0 : first; i < layer->inputs; i += slices > 1 ? 1 : step) {
        unsigned slice = slices > 1 ? first : 0;
        size_t turns = 0;
        for (unsigned k = slice; k < layer->babies; k += slices) turn[turns++] = key_of(s, k);
        cn_hoist_sum(acc, sums, input_of(f, b, i), turn, turns, &b->code[f->layer].weights[i * slices + slice], add, &share->he, s->ctx);
        add = true;
    }
}

static cn_status sum_task(void *arg, size_t task, unsigned worker) {
    const flight *f = arg;
    const cn_single_server *s = f->server;
    (void)worker;
    unsigned branch = (unsigned)(task / s->shares), share = (unsigned)(task % s->shares);
    (s->plan->layer[f->layer].babies > 1 ? sum_turns : sum_products)(f, &s->branch[branch], &s->share[task], share, s->shares);
    return CN_OK;
}

/** total <- total + rotations of x; or without the former total. */
static void add_rotations(const cn_single_server *s, const cn_poly x[2], const unsigned *rotation, unsigned count, bool add,
                          cn_single_share *share) {
    const cn_turn_key *turn[CN_SINGLE_SUMS_MAX];
    for (unsigned r = 0; r < count; r++) turn[r] = key_of(s, rotation[r]);
    cn_hoist_sum((cn_poly *[]){share->total}, 1, x, turn, count, NULL, add, &share->he, s->ctx);
}

/** y <- y + rotations of y. */
static void fold(const cn_single_server *s, cn_poly now[2], const cn_single_fold *fold, cn_single_share *share) {
    add_rotations(s, now, fold->rotation, fold->count, false, share);
    cn_hoist_divide(share->total, &share->he, s->ctx);
    for (unsigned p = 0; p < 2; p++) cn_poly_add(&now[p], &now[p], &share->total[p], &s->ctx->ring);
}

/** Sums number share, share + shares, ... of a layer, over all shares of it: divided, and rotated by their multiples of babies into the total of
 *  this share. */
static cn_status rotate_task(void *arg, size_t task, unsigned worker) {
    const flight *f = arg;
    const cn_single_server *s = f->server;
    const cn_single_layer *layer = &s->plan->layer[f->layer];
    (void)worker;
    size_t number = task % s->shares;
    cn_single_share *own = &s->share[task], *first = own - number;
    bool add = false;
    for (size_t g = number; g < layer->turns / layer->babies; g += s->shares) {
        cn_poly *sum = first->acc[g];
        for (unsigned k = 1; k < s->shares; k++)
            for (unsigned p = 0; p < parts_read(f); p++) cn_poly_add(&sum[p], &sum[p], &first[k].acc[g][p], &s->ctx->ring);
        if (layer->babies > 1) cn_hoist_divide(sum, &own->he, s->ctx);
        if (g) add_rotations(s, sum, &(unsigned){(unsigned)g * layer->babies}, 1, add, own), add = true;
    }
    return CN_OK;
}

/** All sums of a layer in the first one. */
static void join_sums(const cn_single_server *s, const cn_single_layer *layer, cn_single_share *share) {
    unsigned sums = layer->turns / layer->babies;
    cn_poly *total = NULL;
    for (unsigned k = 0; k < s->shares; k++) {
        if (k ? k >= sums : s->shares >= sums) continue; /* it had none but the first sum, which is not rotated */
        for (unsigned p = 0; total && p < 2; p++) cn_poly_add(&total[p], &total[p], &share[k].total[p], &s->ctx->ring);
        if (!total) total = share[k].total;
    }
    if (!total) return;
    cn_hoist_divide(total, &share->he, s->ctx);
    for (unsigned p = 0; p < 2; p++) cn_poly_add(&share->acc[0][p], &share->acc[0][p], &total[p], &s->ctx->ring);
}

static void switch_down(cn_poly *part, unsigned parts, unsigned limbs, cn_single_share *share, const cn_context *ctx) {
    while (part[0].limbs > limbs) cn_polys_drop_last(part, parts, share->he.words, &ctx->ring);
}

/** The square of what a branch has, relinearised and switched as the next layer wants it. */
static void square(const flight *f, cn_single_branch *b, unsigned branch, cn_single_share *share) {
    const cn_single_server *s = f->server;
    const cn_context *ctx = s->ctx;
    const cn_single_layer *next = &s->plan->layer[f->layer + 1];
    unsigned limbs = b->now[0].limbs;
    for (unsigned p = 0; p < 3; p++) b->next[p].limbs = limbs, b->next[p].domain = CN_NTT;
    for (unsigned i = 0; i < limbs; i++)
        cn_kernels_get()->square(cn_poly_limb(&b->next[0], i), cn_poly_limb(&b->next[1], i), cn_poly_limb(&b->next[2], i),
                                 cn_poly_limb(&b->now[0], i), cn_poly_limb(&b->now[1], i), ctx->branch[branch].pair[i].t, ctx->params.n,
                                 cn_q(ctx, i));
    for (unsigned p = 0; p < 3; p++) {
        cn_poly swap = b->now[p];
        b->now[p] = b->next[p];
        b->next[p] = swap;
    }
    show(f, branch, CN_SINGLE_SQUARE, b->now, 3, f->layer + 1);
    if (next->relinearise) {
        cn_he_scratch *he = &share->he;
        cn_key_switch((cn_poly *[]){&he->acc0, &he->acc1}, (const cn_poly *[]){s->relin->b, s->relin->a}, 2, &b->now[2], he, ctx);
        cn_poly_add(&b->now[0], &b->now[0], &he->acc0, &ctx->ring);
        cn_poly_add(&b->now[1], &b->now[1], &he->acc1, &ctx->ring);
    }
    switch_down(b->now, next->relinearise ? 2 : 3, next->limbs, share, ctx);
    show(f, branch, CN_SINGLE_IN, b->now, next->relinearise ? 2 : 3, f->layer + 1);
}

/** The reply of one branch: switched, with biases and shares of zero added. */
static cn_status reply_task(const flight *f, cn_single_branch *b, unsigned branch, unsigned parts, cn_single_share *share) {
    const cn_single_server *s = f->server;
    const cn_context *ctx = s->ctx;
    const cn_single_layer *layer = &s->plan->layer[f->layer];
    switch_down(b->now, parts, layer->after, share, ctx);
    cn_poly *mask = &share->total[0];
    mask->limbs = layer->after;
    mask->special = false;
    cn_encode_message(mask, f->mask + branch * ctx->params.n, NULL, branch, ctx);
    cn_poly_add(&b->now[0], &b->now[0], mask, &ctx->ring);
    show(f, branch, CN_SINGLE_DOWN, b->now, parts, f->layer);
    cn_cipher *c;
    CN_TRY(cn_cipher_new(&c, parts - 1, layer->after, branch, ctx));
    c->factor = b->code[f->layer].factor;
    for (unsigned p = 0; p < parts; p++) cn_poly_copy(&c->part[p], &b->now[p]);
    f->reply->cipher[branch] = c;
    return CN_OK;
}

/** Everything of a layer after its sum, of one branch. */
static cn_status finish_task(void *arg, size_t task, unsigned worker) {
    const flight *f = arg;
    cn_single_server *s = f->server;
    const cn_context *ctx = s->ctx;
    (void)worker;
    unsigned branch = (unsigned)task, parts = parts_read(f);
    const cn_single_layer *layer = &s->plan->layer[f->layer];
    cn_single_branch *b = &s->branch[branch];
    cn_single_share *share = &s->share[branch * s->shares];
    join_sums(s, layer, share);
    for (unsigned p = 0; p < parts; p++) {
        b->now[p].limbs = layer->limbs;
        cn_poly_copy(&b->now[p], &share->acc[0][p]);
    }
    show(f, branch, CN_SINGLE_SUM, b->now, parts, f->layer);
    for (unsigned k = 0; k < layer->folds; k++) fold(s, b->now, &layer->fold[k], share);
    if (f->layer + 1 == s->plan->layers) return reply_task(f, b, branch, parts, share);
    cn_poly_add(&b->now[0], &b->now[0], &b->code[f->layer].bias, &ctx->ring);
    show(f, branch, CN_SINGLE_FOLDED, b->now, parts, f->layer);
    switch_down(b->now, parts, layer->after, share, ctx);
    show(f, branch, CN_SINGLE_DOWN, b->now, parts, f->layer);
    square(f, b, branch, share);
    return CN_OK;
}

/** Random numbers for the slots of one image's scores, added to a branch's mask: uniform, and those of a score adding up to 0 if it is asked for.
 *  In: first and sum, room for one word per score. */
static void mask_image(uint64_t *mask, const cn_single_server *s, size_t image, bool asked, const cn_u128 *random, size_t *first, uint64_t *sum,
                       const cn_mod *t) {
    const cn_single_layer *last = &s->plan->layer[s->plan->layers - 1];
    const cn_layout *layout = &s->plan->layout;
    size_t none = s->ctx->params.n;
    memset(sum, 0, last->outputs * sizeof *sum);
    for (size_t o = 0; o < last->outputs; o++) first[o] = none;
    for (size_t k = 0; k < layout->slots; k++) {
        int32_t o = last->out[k];
        if (o < 0) continue;
        size_t slot = cn_layout_slot(layout, image, k), at = s->position[slot];
        if (asked && first[o] == none) {
            first[o] = at; /* gets what is left at the end */
            continue;
        }
        uint64_t share = cn_mod_reduce128(random[slot], t);
        sum[o] = cn_mod_add(sum[o], share, t);
        mask[at] = cn_mod_add(mask[at], share, t);
    }
    for (size_t o = 0; asked && o < last->outputs; o++) mask[first[o]] = cn_mod_sub(mask[first[o]], sum[o], t);
}

/** Slot values for the replies: in the slots of each score of the images asked for its bias and shares of zero, in those of other images anything. */
static cn_status draw_masks(flight *f) {
    const cn_single_server *s = f->server;
    const cn_single_layer *last = &s->plan->layer[s->plan->layers - 1];
    size_t n = s->ctx->params.n;
    cn_rng *rng = NULL;
    cn_status status = CN_OK;
    cn_u128 *random = cn_malloc(n, sizeof *random);
    uint64_t *sum = cn_malloc(last->outputs, sizeof *sum);
    size_t *first = cn_malloc(last->outputs, sizeof *first);
    if (!random || !sum || !first) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(cn_rng_new(&rng));
    for (unsigned j = 0; j < s->ctx->params.plains; j++) {
        const cn_mod *t = cn_t(s->ctx, j);
        uint64_t *mask = f->mask + j * n;
        CN_CHECK(cn_rng_bytes(rng, random, n * sizeof *random)); /* modulo t: uniform up to 2^-78 */
        memcpy(mask, s->branch[j].code[s->plan->layers - 1].bias_slots, n * sizeof *mask);
        for (size_t image = 0; image < s->plan->layout.images; image++) mask_image(mask, s, image, image < f->request->count, random, first, sum, t);
    }
cleanup:
    cn_rng_free(rng);
    cn_free_secret(random, n * sizeof *random);
    cn_free_secret(sum, last->outputs * sizeof *sum);
    cn_free(first);
    return status;
}

static cn_status run(flight *f) {
    cn_single_server *s = f->server;
    const cn_single_plan *p = s->plan;
    const cn_params *q = &p->base.params;
    f->started = cn_seconds();
    CN_TRY(draw_masks(f));
    CN_TRY(cn_pool_run(s->pool, (size_t)q->plains * p->layer[0].inputs * q->limbs, expand_task, f));
    tick(f, "expand", "");
    for (f->layer = 0; f->layer < p->layers; f->layer++) {
        const cn_single_layer *layer = &p->layer[f->layer];
        CN_TRY(cn_pool_run(s->pool, (size_t)q->plains * s->shares, sum_task, f));
        CN_TRY(cn_pool_run(s->pool, (size_t)q->plains * s->shares, rotate_task, f));
        tick(f, layer->label, "sum");
        CN_TRY(cn_pool_run(s->pool, q->plains, finish_task, f));
        tick(f, layer->label, f->layer + 1 == p->layers ? "reply" : layer->folds ? "fold, square" : "square");
    }
    return CN_OK;
}

cn_status cn_single_evaluate(cn_single_reply **out, cn_single_server *s, const cn_single_request *r, cn_single_timing *timing) {
    if (out) *out = NULL;
    if (!out || !s || !r) return cn_fail(CN_ERR_NULL, "packed evaluate: expected result, server and request, found NULL");
    const cn_single_plan *p = s->plan;
    size_t n = p->base.params.n, words = p->base.params.plains * n;
    if (memcmp(r->plan_digest, p->base.digest, 32) != 0)
        return cn_fail(CN_ERR_MISMATCH, "packed request: belongs to another plan; expected the plan of this server");
    if (s->rotations && memcmp(r->key_id, s->rotations->id, sizeof r->key_id) != 0)
        return cn_fail(CN_ERR_MISMATCH, "packed request: encrypted under another key than the server's rotation key belongs to");
    double start = cn_seconds();
    cn_status status = CN_OK;
    flight f = {.server = s, .request = r, .timing = timing};
    if (timing) memset(timing, 0, sizeof *timing);
    cn_single_reply *reply = cn_calloc(1, sizeof *reply);
    f.mask = cn_malloc(words, sizeof *f.mask);
    if (!reply || !f.mask) CN_CHECK(CN_ERR_MEMORY);
    f.reply = reply;
    memcpy(reply->plan_digest, r->plan_digest, sizeof reply->plan_digest);
    memcpy(reply->key_id, r->key_id, sizeof reply->key_id);
    cn_single_request_name(reply->request, r);
    reply->count = r->count;
    reply->wire_bytes = p->reply;
    CN_CHECK(run(&f));
    *out = reply;
    reply = NULL;
    if (timing) timing->total = cn_seconds() - start;
cleanup:
    cn_single_reply_free(reply);
    cn_free_secret(f.mask, words * sizeof *f.mask);
    return status;
}
