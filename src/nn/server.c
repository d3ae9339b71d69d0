/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The model owner, first half: a network compiled for evaluation under one plan. evaluate.c has the second. */

#include "nn/server.h"

#include <string.h>

#include "arith/int128.h"
#include "util/mem.h"
#include "util/status.h"

/** Residues of the biases of a map at factor f, for each prime of the level. */
static cn_status bind_biases(cn_branch_code *b, const cn_segment *seg, unsigned s, bool post, unsigned limbs, uint64_t factor,
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

/** The activation d x^3 + a x^2 + b x + c on ciphertexts. */
static void bind_act(cn_branch_code *b, cn_act act, unsigned s, unsigned limbs, unsigned branch, const cn_context *ctx) {
    const cn_mod *t = cn_t(ctx, branch);
    bool cube = cn_act_degree(&act) == 3;
    uint64_t before = b->factor[s], constant[CN_LIMBS_MAX];
    uint64_t step = cn_mod_mul(cn_factor_product_var(before, before, limbs, branch, ctx), cn_mod_inv_var(before, t), t); /* -Q F */
    int64_t lower[2];
    uint64_t after = cn_act_factors_var(lower, &act, before, step, t);
    cn_constant_residues_var(constant, act.c, after, limbs, branch, ctx);
    for (unsigned i = 0; i < limbs; i++) {
        cn_tile_segment *ts = &b->tile[s][i];
        const cn_mod *q = cn_q(ctx, i);
        uint64_t t_mod_q = ctx->branch[branch].pair[i].t.w;
        uint64_t a = cube ? cn_mod_reduce_signed(lower[0], q) : cn_i128_mod(act.a, q);
        ts->cube = cn_shoup_init_var(cn_mod_mul(cn_i128_mod(act.d, q), cn_mod_mul(t_mod_q, t_mod_q, q), q), q);
        ts->square = cn_shoup_init_var(cn_mod_mul(a, t_mod_q, q), q);
        ts->linear = cn_shoup_init_var(cn_mod_reduce_signed(lower[1], q), q);
        ts->has_cube = cube;
        ts->has_linear = act.b != 0;
        ts->constant = act.c ? constant[i] : 0;
    }
    b->factor[s + 1] = after;
}

static cn_status bind_branch(cn_server *s, unsigned branch) {
    cn_branch_code *b = &s->branch[branch];
    const cn_context *ctx = s->ctx;
    const cn_program *prog = s->program;
    b->factor[0] = 1;
    for (unsigned i = 0; i < prog->count; i++) {
        const cn_segment *seg = &prog->segment[i];
        unsigned limbs = s->plan->schedule.limbs[i];
        for (unsigned l = 0; l < limbs; l++) b->tile[i][l] = (cn_tile_segment){.segment = seg, .pre = &s->packed.pre[i], .post = &s->packed.post[i], .mod = cn_q(ctx, l)};
        b->factor[i + 1] = b->factor[i];
        if (seg->has_pre) CN_TRY(bind_biases(b, seg, i, false, limbs, b->factor[i], branch, ctx));
        if (cn_segment_acts(seg)) bind_act(b, seg->act, i, limbs, branch, ctx);
        if (seg->has_post) CN_TRY(bind_biases(b, seg, i, true, limbs, b->factor[i + 1], branch, ctx));
    }
    return CN_OK;
}

static void free_branch(cn_branch_code *b) {
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
    if (key && key->power < p->key_power)
        CN_CHECK(cn_fail(CN_ERR_MISMATCH, "evaluation key: for powers up to %u, the plan relinearises from %u; expected the key of this plan's "
                         "client", key->power, p->key_power));
    if (p->key_power && !key)
        CN_CHECK(cn_fail(CN_ERR_NULL, "server: the plan relinearises; expected the client's evaluation key, found NULL"));
    CN_CHECK(cn_packed_init(&s->packed, prog));
    for (unsigned j = 0; j < p->params.plains; j++) CN_CHECK(bind_branch(s, j));
    s->worker = cn_calloc(threads, sizeof *s->worker);
    if (!s->worker) CN_CHECK(CN_ERR_MEMORY);
    size_t arena_bytes = CN_MAX(cn_tile_scratch_bytes(&s->packed) + gather_bytes(prog), CN_ARENA_BYTES(p->params.n * sizeof(uint64_t)));
    for (unsigned w = 0; w < threads; w++) {
        CN_CHECK(cn_arena_init(&s->worker[w].arena, arena_bytes));
        if (p->key_power || p->options.model_privacy) CN_CHECK(cn_he_scratch_init(&s->worker[w].he, s->ctx));
    }
    *out = s;
    s = NULL;
cleanup:
    cn_server_free(s);
    return status;
}

/** A plan may come from a file, which names a model but need not tell the truth about it: shapes and degrees decide what memory
 *  holds. */
static cn_status check_program(const cn_plan *p, const cn_program *prog) {
    if (p->inputs != prog->inputs || p->outputs != prog->outputs)
        return cn_fail(CN_ERR_MISMATCH, "server: the plan has %zu inputs and %zu scores; expected %zu and %zu, those of the model; "
                                        "plan this model", p->inputs, p->outputs, prog->inputs, prog->outputs);
    if (p->segments != prog->count)
        return cn_fail(CN_ERR_MISMATCH, "server: the plan has %u segments; expected %u, those of the model; plan this model",
                       p->segments, prog->count);
    for (unsigned s = 0; s < prog->count; s++) {
        unsigned degree = cn_act_degree(&prog->segment[s].act);
        if (p->degree[s] != degree)
            return cn_fail(CN_ERR_MISMATCH, "server: segment %u of the plan has degree %u; expected %u, that of the model; plan this "
                                            "model", s + 1, p->degree[s], degree);
    }
    return CN_OK;
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
    if (status == CN_OK) status = check_program(p, prog);
    if (status == CN_OK && !p->rows) status = cn_plan_check_flood(p, prog); /* a plan from a file */
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
    cn_free(s->buffer);
    for (unsigned odd = 0; odd < 2; odd++) {
        for (size_t i = 0; s->shelf[odd] && i < s->shelf_count[odd]; i++) cn_cipher_free(s->shelf[odd][i]);
        cn_free(s->shelf[odd]);
    }
    cn_packed_clear(&s->packed);
    if (s->own) cn_program_clear(s->own);
    cn_free(s->own);
    cn_context_free(s->ctx);
    cn_pool_free(s->pool);
    cn_free(s);
}

cn_status cn_server_set_public_key(cn_server *s, const cn_public_key *pk) {
    if (!s || !pk) return cn_fail(CN_ERR_NULL, "server: expected a server and a public key, found NULL");
    if (!s->plan->options.model_privacy)
        return cn_fail(CN_ERR_STATE, "server: the plan has no model privacy; expected no public key; leave it out");
    CN_TRY(cn_check_digest(pk->digest, "public key", s->ctx));
    if (s->key && memcmp(pk->id, s->key->id, sizeof pk->id) != 0)
        return cn_fail(CN_ERR_MISMATCH, "public key: not of the owner of the evaluation key; expected a pair");
    s->public = pk;
    return CN_OK;
}

cn_status cn_server_limit_memory(cn_server *s, size_t bytes) {
    if (!s) return cn_fail(CN_ERR_NULL, "memory limit: expected a server, found NULL");
    s->buffer_limit = bytes;
    cn_free(s->buffer);
    s->buffer = NULL;
    return CN_OK;
}
