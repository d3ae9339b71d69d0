/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The data owner of packed evaluation: images into slots and ciphertexts, shares of scores back to scores. Pixels, errors and scores
 *  are secret: constant time, wiped. */

#include "nn/single_client.h"

#include <string.h>

#include "he/pack.h"
#include "ring/galois.h"
#include "util/ctcheck.h"
#include "util/mem.h"
#include "util/rng.h"
#include "util/status.h"

static cn_status new_workers(cn_single_client *c, unsigned threads) {
    c->worker = cn_calloc(threads, sizeof *c->worker);
    if (!c->worker) return CN_ERR_MEMORY;
    for (unsigned i = 0; i < threads; i++) {
        c->worker[i].slots = cn_calloc(c->ctx->params.n, sizeof(uint64_t));
        if (!c->worker[i].slots) return CN_ERR_MEMORY;
        for (unsigned p = 0; p < 2; p++)
            CN_TRY(cn_poly_init(&c->worker[i].part[p], &c->ctx->ring, c->ctx->params.limbs, false, CN_NTT));
    }
    return CN_OK;
}

cn_status cn_single_client_bare(cn_single_client **out, const cn_single_plan *p, unsigned threads) {
    cn_status status = CN_OK;
    const cn_params *q = &p->base.params;
    *out = NULL;
    cn_single_client *c = cn_calloc(1, sizeof *c);
    if (!c) return CN_ERR_MEMORY;
    c->plan = p;
    CN_CHECK(cn_pool_new(&c->pool, threads));
    CN_CHECK(cn_context_new(&c->ctx, q));
    for (unsigned j = 0; j < q->plains; j++) cn_lut_init(&c->lut[j], p->base.lut, cn_t(c->ctx, j));
    c->position = cn_malloc(q->n, sizeof *c->position);
    if (!c->position) CN_CHECK(CN_ERR_MEMORY);
    cn_galois_slots(c->position, q->n);
    CN_CHECK(new_workers(c, threads));
    *out = c;
    c = NULL;
cleanup:
    cn_single_client_free(c);
    return status;
}

cn_status cn_single_client_new(cn_single_client **out, const cn_single_plan *p, unsigned threads) {
    if (out) *out = NULL;
    if (!out || !p) return cn_fail(CN_ERR_NULL, "packed client: expected result and plan, found NULL");
    cn_status status = CN_OK;
    cn_single_client *c;
    CN_TRY(cn_single_client_bare(&c, p, threads));
    CN_CHECK(cn_secret_key_new(&c->sk, c->ctx));
    if (cn_single_relinearises(p)) CN_CHECK(cn_relin_key_new(&c->rk, c->sk, 2, c->ctx));
    if (p->rotations) CN_CHECK(cn_rotation_key_new(&c->rotations, c->sk, p->rotation, p->rotations, c->ctx));
    *out = c;
    c = NULL;
cleanup:
    cn_single_client_free(c);
    return status;
}

void cn_single_client_free(cn_single_client *c) {
    if (!c) return;
    for (unsigned i = 0; c->worker && i < cn_pool_threads(c->pool); i++) {
        cn_free_secret(c->worker[i].slots, c->ctx->params.n * sizeof(uint64_t));
        cn_poly_clear_secret(&c->worker[i].part[0]);
        cn_poly_clear_secret(&c->worker[i].part[1]);
    }
    cn_free(c->worker);
    cn_rotation_key_free(c->rotations);
    cn_relin_key_free(c->rk);
    cn_secret_key_free(c->sk);
    cn_context_free(c->ctx);
    cn_free(c->position);
    cn_pool_free(c->pool);
    cn_free(c);
}

const cn_relin_key *cn_single_client_relin_key(const cn_single_client *c) { return c->rk; }
const cn_rotation_key *cn_single_client_rotation_key(const cn_single_client *c) { return c->rotations; }

#ifdef CN_TESTING
const cn_secret_key *cn_test_single_client_key(const cn_context **ctx, const cn_single_client *c) {
    *ctx = c->ctx;
    return c->sk;
}
#endif

/* ---- encryption ------------------------------------------------------------------------------ */

typedef struct encrypt_job {
    cn_single_client *client;
    cn_single_request *request;
    const uint64_t *value; /* [plains][count][inputs]: the images' values modulo each t */
    const int8_t *errors;  /* [ciphers][n], drawn beforehand, so that threads do not matter */
} encrypt_job;

static cn_status encrypt_task(void *arg, size_t task, unsigned w) {
    const encrypt_job *job = arg;
    const cn_single_client *c = job->client;
    const cn_context *ctx = c->ctx;
    const cn_single_layer *layer = &c->plan->layer[0];
    const cn_layout *layout = &c->plan->layout;
    size_t n = ctx->params.n, count = job->request->count, upload = task % layer->inputs;
    unsigned branch = (unsigned)(task / layer->inputs);
    uint64_t *slots = c->worker[w].slots;
    cn_poly *part = c->worker[w].part;
    const uint64_t *value = job->value + branch * count * layer->features;
    for (size_t s = 0; s < layout->slots; s++) {
        int32_t v = layer->in[upload * layout->slots + s]; /* public */
        for (size_t image = 0; image < layout->images; image++)
            slots[c->position[cn_layout_slot(layout, image, s)]] = v < 0 || image >= count ? 0 : value[image * layer->features + (size_t)v];
    }
    cn_encrypt_secret_core(part, slots, job->errors + task * n, job->request->seed, cn_request_index(branch, upload), branch, c->sk, ctx);
    uint8_t *out = job->request->data + task * job->request->cipher_bytes;
    CN_PUBLIC(part[0].c, (size_t)ctx->params.limbs * n * sizeof(uint64_t)); /* a finished ciphertext */
    for (unsigned i = 0; i < ctx->params.limbs; i++) {
        cn_pack(out, cn_poly_limb(&part[0], i), n, cn_q(ctx, i));
        out += cn_packed_bytes(n, cn_q(ctx, i)->bits);
    }
    return CN_OK;
}

/** Seed and errors of a request. */
static cn_status draw(uint8_t seed[CN_SEED_BYTES], int8_t *errors, size_t count) {
    cn_rng *rng = NULL;
    cn_status status = CN_OK;
    CN_CHECK(cn_rng_new(&rng));
    CN_CHECK(cn_rng_bytes(rng, seed, CN_SEED_BYTES));
    CN_PUBLIC(seed, CN_SEED_BYTES); /* part of the request */
    CN_CHECK(cn_sample_error(errors, count, rng));
cleanup:
    cn_rng_free(rng);
    return status;
}

cn_status cn_single_encrypt(cn_single_request **out, cn_single_client *c, const uint8_t *pixels, size_t count) {
    if (out) *out = NULL;
    if (!out || !c || !pixels) return cn_fail(CN_ERR_NULL, "packed encrypt: expected result, client and pixels, found NULL");
    if (count < 1 || count > c->plan->layout.images)
        return cn_fail(CN_ERR_SIZE, "packed encrypt: %zu images; expected 1 to %u per request", count, c->plan->layout.images);
    cn_status status = CN_OK;
    const cn_params *q = &c->plan->base.params;
    size_t inputs = count * c->plan->layer[0].features, ciphers = (size_t)q->plains * c->plan->layer[0].inputs, values = q->plains * inputs;
    uint64_t *value = cn_malloc(values, sizeof *value);
    int8_t *errors = cn_malloc(ciphers, q->n);
    cn_single_request *r = cn_calloc(1, sizeof *r);
    if (!value || !errors || !r) CN_CHECK(CN_ERR_MEMORY);
    memcpy(r->plan_digest, c->plan->base.digest, sizeof r->plan_digest);
    memcpy(r->key_id, c->sk->id, sizeof r->key_id);
    r->count = count;
    for (unsigned i = 0; i < q->limbs; i++) r->cipher_bytes += cn_packed_bytes(q->n, cn_q(c->ctx, i)->bits);
    r->bytes = ciphers * r->cipher_bytes;
    r->data = cn_malloc(r->bytes, 1);
    if (!r->data) CN_CHECK(CN_ERR_MEMORY);
    for (unsigned j = 0; j < q->plains; j++)
        for (size_t i = 0; i < inputs; i++) value[j * inputs + i] = cn_lut_value(pixels[i], &c->lut[j]);
    CN_CHECK(draw(r->seed, errors, ciphers * q->n));
    encrypt_job job = {.client = c, .request = r, .value = value, .errors = errors};
    CN_CHECK(cn_pool_run(c->pool, ciphers, encrypt_task, &job));
    *out = r;
    r = NULL;
cleanup:
    cn_free_secret(value, values * sizeof *value);
    cn_free_secret(errors, ciphers * q->n);
    cn_single_request_free(r);
    return status;
}

/* ---- decryption ------------------------------------------------------------------------------ */

typedef struct decrypt_job {
    cn_single_client *client;
    const cn_single_reply *reply;
    size_t count;
    uint64_t *sum; /* [plains][outputs][count] */
} decrypt_job;

/** One branch: its slots, and the sums of each score's shares, image by image. */
static cn_status decrypt_task(void *arg, size_t branch, unsigned w) {
    const decrypt_job *job = arg;
    const cn_single_client *c = job->client;
    const cn_single_layer *last = &c->plan->layer[c->plan->layers - 1];
    const cn_mod *t = cn_t(c->ctx, (unsigned)branch);
    const cn_layout *layout = &c->plan->layout;
    uint64_t *slots = c->worker[w].slots, *sums = job->sum + branch * last->outputs * job->count;
    CN_TRY(cn_decrypt(slots, c->ctx->params.n, job->reply->cipher[branch], c->sk, c->ctx));
    for (size_t s = 0; s < layout->slots; s++)
        for (size_t image = 0; last->out[s] >= 0 && image < job->count; image++) {
            uint64_t *sum = &sums[(size_t)last->out[s] * job->count + image];
            *sum = cn_mod_add(*sum, slots[c->position[cn_layout_slot(layout, image, s)]], t);
        }
    return CN_OK;
}

cn_status cn_single_decrypt(cn_i128 *scores, cn_single_client *c, const cn_single_reply *reply, size_t count) {
    if (!scores || !c || !reply) return cn_fail(CN_ERR_NULL, "packed decrypt: expected scores, client and reply, found NULL");
    if (count < 1 || count > reply->count)
        return cn_fail(CN_ERR_SIZE, "packed decrypt: %zu images asked for; the reply holds %zu", count, reply->count);
    cn_status status = CN_OK;
    const cn_plan *plan = &c->plan->base;
    size_t outputs = plan->outputs, words = plan->params.plains * outputs * count;
    uint64_t *sum = NULL;
    memset(scores, 0, count * outputs * sizeof *scores);
    if (memcmp(reply->plan_digest, plan->digest, 32) != 0)
        CN_CHECK(cn_fail(CN_ERR_MISMATCH, "packed reply: belongs to another plan; expected the plan of this client"));
    if (memcmp(reply->key_id, c->sk->id, sizeof c->sk->id) != 0)
        CN_CHECK(cn_fail(CN_ERR_MISMATCH, "packed reply: answers a request under another key; expected one under this client's"));
    sum = cn_calloc(words, sizeof *sum);
    if (!sum) CN_CHECK(CN_ERR_MEMORY);
    decrypt_job job = {.client = c, .reply = reply, .count = count, .sum = sum};
    CN_CHECK(cn_pool_run(c->pool, plan->params.plains, decrypt_task, &job));
    CN_CHECK(cn_scores_join(scores, sum, count, plan, c->ctx));
cleanup:
    if (status != CN_OK) memset(scores, 0, count * c->plan->base.outputs * sizeof *scores);
    cn_free_secret(sum, words * sizeof *sum);
    return status;
}
