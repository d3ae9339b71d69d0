/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The data owner: images to requests, replies to scores. Image i sits in slot i; value v of all images is one ciphertext per
 *  plaintext branch. Pixels, errors and scores are secret: constant time, wiped. */

#include <stdatomic.h>
#include <string.h>

#include "he/pack.h"
#include "he/scheme.h"
#include "nn/client.h"
#include "util/ctcheck.h"
#include "util/map.h"
#include "util/mem.h"
#include "util/status.h"

void cn_lut_init(cn_lut_steps *s, const int64_t lut[256], const cn_mod *t) {
    uint64_t before = 0;
    s->count = 0;
    for (unsigned v = 0; v < 256; v++) {
        uint64_t value = cn_mod_reduce_signed(lut[v], t);
        if (value == before) continue;
        s->at[s->count] = (uint8_t)v;
        s->delta[s->count++] = value - before;
        before = value;
    }
}

cn_status cn_client_bare(cn_client **out, const cn_plan *p, unsigned threads) {
    cn_status status = CN_OK;
    *out = NULL;
    cn_client *c = cn_calloc(1, sizeof *c);
    if (!c) return CN_ERR_MEMORY;
    c->plan = p;
    CN_CHECK(cn_pool_new(&c->pool, threads));
    CN_CHECK(cn_context_new(&c->ctx, &p->params));
    for (unsigned j = 0; j < p->params.plains; j++) cn_lut_init(&c->lut[j], p->lut, cn_t(c->ctx, j));
    *out = c;
    c = NULL;
cleanup:
    cn_client_free(c);
    return status;
}

cn_status cn_client_new(cn_client **out, const cn_plan *p, unsigned threads) {
    if (out) *out = NULL;
    if (!out || !p) return cn_fail(CN_ERR_NULL, "client: expected result and plan, found NULL");
    cn_client *c;
    CN_TRY(cn_client_bare(&c, p, threads));
    cn_status status = CN_OK;
    CN_CHECK(cn_secret_key_new(&c->sk, c->ctx));
    if (cn_plan_public_key_needed(p)) /* always in YASHE' */
        CN_CHECK(cn_public_key_new(&c->pk, c->sk, c->ctx));
    if (p->key_power) CN_CHECK(cn_relin_key_new(&c->rk, c->sk, p->key_power, c->ctx));
    *out = c;
    c = NULL;
cleanup:
    cn_client_free(c);
    return status;
}

void cn_client_free(cn_client *c) {
    if (!c) return;
    cn_relin_key_free(c->rk);
    cn_public_key_free(c->pk);
    cn_secret_key_free(c->sk);
    cn_context_free(c->ctx);
    cn_pool_free(c->pool);
    cn_free(c->spool);
    cn_free(c);
}

cn_status cn_client_spool(cn_client *c, const char *folder) {
    if (!c) return cn_fail(CN_ERR_NULL, "spool: expected a client, found NULL");
    void *probe = NULL;
    if (folder) CN_TRY(cn_map_new(&probe, 1, folder)); /* a folder that cannot serve is refused before anything is encrypted */
    cn_map_free(probe, 1);
    char *copy = folder ? cn_strdup(folder) : NULL;
    if (folder && !copy) return CN_ERR_MEMORY;
    cn_free(c->spool);
    c->spool = copy;
    return CN_OK;
}

const cn_relin_key *cn_client_evaluation_key(const cn_client *c) { return c->rk; }
const cn_public_key *cn_client_public_key(const cn_client *c) { return c->pk; }

#ifdef CN_TESTING
const cn_secret_key *cn_test_client_key(const cn_context **ctx, const cn_client *c) {
    *ctx = c->ctx;
    return c->sk;
}
#endif

/* ---- encryption ---------------------------------------------------------------------------- */

/** Buffers of one worker. */
typedef struct encrypt_worker {
    uint64_t *slots;       /* n words */
    cn_poly part[2], u;    /* all limbs */
} encrypt_worker;

typedef struct encrypt_job {
    cn_client *client;
    cn_request *request;
    uint8_t *pixels;       /* [inputs][count]: the images, input by input */
    int8_t *small;         /* [tasks][kinds][n]: errors, and u for public keys; drawn beforehand, so that threads do not matter */
    size_t kinds;
    encrypt_worker *worker;
    atomic_size_t done;
    cn_progress_fn progress;
    void *user;
} encrypt_job;

/** Images to inputs, [rows][cols] to [cols][rows], in squares that stay in cache. */
static void transpose(uint8_t *out, const uint8_t *in, size_t rows, size_t cols) {
    const size_t side = 64;
    for (size_t r0 = 0; r0 < rows; r0 += side)
        for (size_t c0 = 0; c0 < cols; c0 += side)
            for (size_t c = c0; c < CN_MIN(c0 + side, cols); c++)
                for (size_t r = r0; r < CN_MIN(r0 + side, rows); r++) out[c * rows + r] = in[r * cols + c];
}

static void load_slots(uint64_t *slots, const encrypt_job *job, size_t input, unsigned branch) {
    const cn_lut_steps *lut = &job->client->lut[branch];
    size_t n = job->client->ctx->params.n, count = job->request->count;
    const uint8_t *pixels = job->pixels + input * count;
    for (size_t i = 0; i < count; i++) slots[i] = cn_lut_value(pixels[i], lut);
    memset(slots + count, 0, (n - count) * sizeof *slots);
}

static cn_status encrypt_task(void *arg, size_t task, unsigned worker) {
    encrypt_job *job = arg;
    const cn_client *c = job->client;
    const cn_context *ctx = c->ctx;
    encrypt_worker *w = &job->worker[worker];
    unsigned branch = (unsigned)(task / c->plan->inputs);
    size_t input = task % c->plan->inputs, n = ctx->params.n;
    const int8_t *small = job->small + task * job->kinds * n;
    load_slots(w->slots, job, input, branch);
    if (c->plan->options.public_key)
        ctx->scheme->encrypt_public(w->part, w->slots, small, &w->u, branch, c->pk, ctx);
    else
        cn_encrypt_secret_core(w->part, w->slots, small, job->request->seed, cn_request_index(branch, input), branch, c->sk, ctx);
    uint8_t *out = job->request->data + task * job->request->cipher_bytes;
    for (unsigned p = 0; p < job->request->parts; p++)
        for (unsigned i = 0; i < ctx->params.limbs; i++) {
            cn_pack(out, cn_poly_limb(&w->part[p], i), n, cn_q(ctx, i));
            out += cn_packed_bytes(n, cn_q(ctx, i)->bits);
        }
    CN_PUBLIC(out - job->request->cipher_bytes, job->request->cipher_bytes); /* a finished ciphertext */
    if (job->request->mapped) cn_map_evict(out - job->request->cipher_bytes, job->request->cipher_bytes);
    size_t done = atomic_fetch_add(&job->done, 1) + 1;
    if (worker == 0 && job->progress && job->progress(job->user, "encrypt", done, c->plan->params.plains * c->plan->inputs))
        return cn_fail(CN_ERR_CANCELLED, "encrypt: stopped by the caller");
    return CN_OK;
}

static void free_encrypt_workers(encrypt_worker *w, unsigned threads, size_t n) {
    for (unsigned i = 0; w && i < threads; i++) {
        cn_free_secret(w[i].slots, n * sizeof *w[i].slots);
        cn_poly_clear_secret(&w[i].part[0]);
        cn_poly_clear_secret(&w[i].part[1]);
        cn_poly_clear_secret(&w[i].u);
    }
    cn_free(w);
}

static cn_status new_encrypt_workers(encrypt_worker **out, unsigned threads, const cn_context *ctx, bool public_key) {
    cn_status status = CN_OK;
    size_t n = ctx->params.n;
    encrypt_worker *w = cn_calloc(threads, sizeof *w);
    if (!w) return CN_ERR_MEMORY;
    for (unsigned i = 0; i < threads; i++) {
        w[i].slots = cn_calloc(n, sizeof *w[i].slots);
        if (!w[i].slots) CN_CHECK(CN_ERR_MEMORY);
        for (unsigned p = 0; p < 2; p++) CN_CHECK(cn_poly_init(&w[i].part[p], &ctx->ring, ctx->params.limbs, false, CN_NTT));
        if (public_key) CN_CHECK(cn_poly_init(&w[i].u, &ctx->ring, ctx->params.limbs, false, CN_COEFF));
    }
    *out = w;
    return CN_OK;
cleanup:
    free_encrypt_workers(w, threads, n);
    return status;
}

/** Draw everything random of a request: the seed, and per ciphertext an error polynomial or what a public key takes. */
static cn_status draw_small(int8_t *small, size_t ciphers, const encrypt_job *job, uint8_t seed[CN_SEED_BYTES]) {
    const cn_context *ctx = job->client->ctx;
    cn_rng *rng = NULL;
    cn_status status = CN_OK;
    CN_CHECK(cn_rng_new(&rng));
    CN_CHECK(cn_rng_bytes(rng, seed, CN_SEED_BYTES));
    CN_PUBLIC(seed, CN_SEED_BYTES); /* part of the request */
    for (size_t i = 0; i < ciphers; i++, small += job->kinds * ctx->params.n)
        CN_CHECK(job->client->plan->options.public_key ? cn_draw_small(small, rng, ctx) : cn_sample_error(small, ctx->params.n, rng));
cleanup:
    cn_rng_free(rng);
    return status;
}

cn_status cn_client_encrypt(cn_request **out, cn_client *c, const uint8_t *pixels, size_t count, cn_progress_fn progress, void *user) {
    if (out) *out = NULL;
    if (!out || !c || !pixels) return cn_fail(CN_ERR_NULL, "encrypt: expected result, client and pixels, found NULL");
    const cn_plan *plan = c->plan;
    size_t n = plan->params.n, ciphers = plan->params.plains * plan->inputs;
    bool public = plan->options.public_key != 0;
    if (public ? !c->pk : !c->sk)
        return cn_fail(CN_ERR_STATE, "encrypt: this client has no %s key, under which the plan encrypts; load it", public ? "public" : "secret");
    if (count < 1 || count > n) return cn_fail(CN_ERR_SIZE, "encrypt: %zu images; expected 1 to %zu per request", count, n);
    cn_status status = CN_OK;
    unsigned threads = cn_pool_threads(c->pool);
    encrypt_job job = {.client = c, .kinds = public ? c->ctx->scheme->public_small : 1, .progress = progress, .user = user};
    size_t small_bytes = ciphers * job.kinds * n;
    cn_request *r = cn_calloc(1, sizeof *r);
    job.small = cn_malloc(small_bytes, 1);
    job.pixels = cn_malloc(plan->inputs, count);
    if (!r || !job.small || !job.pixels) CN_CHECK(CN_ERR_MEMORY);
    transpose(job.pixels, pixels, count, plan->inputs);
    job.request = r;
    memcpy(r->plan_digest, plan->digest, sizeof r->plan_digest);
    memcpy(r->key_id, public ? c->pk->id : c->sk->id, sizeof r->key_id);
    r->count = count;
    r->parts = cn_plan_request_parts(plan);
    for (unsigned i = 0; i < plan->params.limbs; i++) r->cipher_bytes += r->parts * cn_packed_bytes(n, cn_q(c->ctx, i)->bits);
    r->bytes = ciphers * r->cipher_bytes;
    if (c->spool) {
        void *data;
        CN_CHECK(cn_map_new(&data, r->bytes, c->spool));
        r->data = data;
        r->mapped = true;
    } else {
        r->data = cn_malloc(r->bytes, 1);
        if (!r->data) CN_CHECK(CN_ERR_MEMORY);
    }
    CN_CHECK(new_encrypt_workers(&job.worker, threads, c->ctx, public));
    CN_CHECK(draw_small(job.small, ciphers, &job, r->seed));
    CN_CHECK(cn_pool_run(c->pool, ciphers, encrypt_task, &job));
    if (threads > 1 && progress && progress(user, "encrypt", ciphers, ciphers)) /* the last task may have been another worker's */
        CN_CHECK(cn_fail(CN_ERR_CANCELLED, "encrypt: stopped by the caller"));
    *out = r;
    r = NULL;
cleanup:
    free_encrypt_workers(job.worker, threads, n);
    cn_free_secret(job.small, small_bytes);
    cn_free_secret(job.pixels, plan->inputs * count);
    cn_request_free(r);
    return status;
}

/* ---- decryption ---------------------------------------------------------------------------- */

typedef struct decrypt_job {
    cn_client *client;
    const cn_reply *reply;
    uint64_t *residues; /* [plains][outputs][count] */
    size_t count;
} decrypt_job;

static cn_status decrypt_task(void *arg, size_t task, unsigned worker) {
    decrypt_job *job = arg;
    (void)worker;
    return cn_decrypt(job->residues + task * job->count, job->count, job->reply->cipher[task], job->client->sk, job->client->ctx);
}

/** Residue in [0, T) to the representative in [low, low + T).  In: offset = low mod T. Time independent of the residue. */
static cn_i128 into_window(cn_i128 x, cn_i128 low, cn_i128 offset, cn_i128 t) {
    cn_i128 d = x - offset;                      /* in (-T, T) */
    uint64_t negative = cn_ct_mask_msb((uint64_t)((cn_u128)d >> 64));
    return low + d + (t & (cn_i128)((cn_u128)negative << 64 | negative));
}

cn_status cn_scores_join(cn_i128 *scores, const uint64_t *residue, size_t count, const cn_plan *plan, const cn_context *ctx) {
    size_t outputs = plan->outputs;
    cn_i128 t = 1;
    for (unsigned j = 0; j < plan->params.plains; j++) t *= (cn_i128)plan->params.t[j];
    cn_i128 offset = plan->window_low % t; /* public */
    if (offset < 0) offset += t;
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < count; i++) {
            uint64_t r[CN_PLAINS_MAX];
            cn_i128 x;
            for (unsigned j = 0; j < plan->params.plains; j++) r[j] = residue[(j * outputs + o) * count + i];
            CN_TRY(cn_crt_join(&x, r, ctx));
            scores[i * outputs + o] = into_window(x, plan->window_low, offset, t);
        }
    return CN_OK;
}

cn_status cn_client_decrypt(cn_i128 *scores, cn_client *c, const cn_reply *reply, size_t count) {
    if (!scores || !c || !reply) return cn_fail(CN_ERR_NULL, "decrypt: expected scores, client and reply, found NULL");
    const cn_plan *plan = c->plan;
    if (!c->sk) return cn_fail(CN_ERR_STATE, "decrypt: this client has no secret key; expected the client of the data's owner");
    if (count < 1 || count > reply->count)
        return cn_fail(CN_ERR_SIZE, "decrypt: %zu images asked for; the reply holds %zu", count, reply->count);
    cn_status status = CN_OK;
    unsigned plains = plan->params.plains;
    size_t outputs = plan->outputs, words = plains * outputs * count;
    decrypt_job job = {.client = c, .reply = reply, .count = count};
    if (memcmp(reply->plan_digest, plan->digest, 32) != 0)
        CN_CHECK(cn_fail(CN_ERR_MISMATCH, "reply: belongs to another plan; expected the plan of this client"));
    if (memcmp(reply->key_id, c->sk->id, sizeof c->sk->id) != 0)
        CN_CHECK(cn_fail(CN_ERR_MISMATCH, "reply: answers a request under another key; expected one under this client's"));
    job.residues = cn_calloc(words, sizeof *job.residues);
    if (!job.residues) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(cn_pool_run(c->pool, plains * outputs, decrypt_task, &job));
    CN_CHECK(cn_scores_join(scores, job.residues, count, plan, c->ctx));
cleanup:
    if (status != CN_OK) memset(scores, 0, count * outputs * sizeof *scores);
    cn_free_secret(job.residues, words * sizeof *job.residues);
    return status;
}
