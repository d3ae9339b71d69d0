/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A network compiled for packed evaluation: weights and biases as plaintext polynomials at the levels where they are used. */

#include "nn/single_server.h"

#include <string.h>

#include "arith/int128.h"
#include "ring/galois.h"
#include "util/mem.h"
#include "util/status.h"

/** The weights of one ciphertext and turn: coefficients modulo t, centred, modulo every prime of the level. */
static void encode_weights(cn_poly *p, const uint64_t *coeff, const cn_mod *t, const cn_ring *ring) {
    static const cn_digit whole = {.mask = -1};
    for (unsigned i = 0; i < p->limbs; i++) {
        const cn_ntt *ntt = cn_poly_ntt(p, i, ring);
        cn_kernels_get()->lift(cn_poly_limb(p, i), coeff, &whole, t, p->n, &ntt->mod);
        cn_ntt_forward(cn_poly_limb(p, i), ntt);
    }
    p->domain = CN_NTT;
}

/** factor bias of each output in the slots that hold it, of all images, by position; of the last layer in the first one of an image, since the client
 *  adds up. */
static void place_biases(uint64_t *slots, const cn_single_layer *layer, const cn_linear *map, bool last, uint64_t factor,
                         const uint32_t *position, const cn_layout *layout, const cn_mod *t) {
    memset(slots, 0, layout->slots * layout->images * sizeof *slots);
    for (size_t o = 0; o < layer->outputs; o++) {
        uint64_t value = cn_mod_mul(factor, cn_i128_mod(map->bias[o], t), t);
        for (size_t s = 0; s < layout->slots; s++) {
            if (layer->out[s] != (int32_t)o) continue;
            for (size_t image = 0; image < layout->images; image++) slots[position[cn_layout_slot(layout, image, s)]] = value;
            if (last) break;
        }
    }
}

/** Room for the weights of a layer: polynomials, or parts of sums over rotations. */
static cn_status reserve_weights(cn_single_code *code, const cn_single_layer *layer, unsigned limbs, const cn_single_server *s) {
    size_t n = s->ctx->params.n, terms = (size_t)layer->inputs * layer->turns, slices = cn_single_slices(s, layer);
    if (layer->babies == 1) {
        code->plain = cn_calloc(terms, sizeof *code->plain);
        code->words = cn_malloc_huge(terms * limbs * n, sizeof *code->words);
        if (!code->plain || !code->words) return CN_ERR_MEMORY;
        for (size_t i = 0; i < terms; i++) code->plain[i] = (cn_poly){.c = code->words + i * limbs * n, .n = n, .limbs = limbs};
        return CN_OK;
    }
    code->weights = cn_calloc(layer->inputs * slices, sizeof *code->weights);
    if (!code->weights) return CN_ERR_MEMORY;
    for (size_t i = 0; i < layer->inputs * slices; i++) {
        size_t babies = (layer->babies + slices - 1 - i % slices) / slices;
        CN_TRY(cn_turn_weights_init(&code->weights[i], limbs, layer->turns / layer->babies, babies, n));
    }
    return CN_OK;
}

static cn_status compile_layer(cn_single_server *s, unsigned branch, unsigned l, const cn_linear *map, uint64_t factor) {
    cn_status status = CN_OK;
    const cn_single_layer *layer = &s->plan->layer[l];
    cn_single_code *code = &s->branch[branch].code[l];
    const cn_context *ctx = s->ctx;
    const cn_layout *layout = &s->plan->layout;
    size_t n = ctx->params.n, terms = (size_t)layer->inputs * layer->turns;
    const cn_ntt *t = &ctx->branch[branch].ntt;
    bool special = layer->babies > 1 && ctx->params.special, last = l + 1 == s->plan->layers;
    unsigned limbs = layer->limbs + special, slices = cn_single_slices(s, layer);
    cn_poly moved = {.n = n, .limbs = limbs, .special = special}; /* weights on their way to their place in a sum */
    int64_t *w = NULL;
    uint64_t *coeff = cn_malloc(n, sizeof *coeff), *scaled = cn_malloc(n, sizeof *scaled);
    moved.c = cn_malloc(limbs * n, sizeof *moved.c);
    code->factor = factor;
    if (!coeff || !scaled || !moved.c) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(reserve_weights(code, layer, limbs, s));
    CN_CHECK(cn_single_weights(&w, layer, map, layout->slots));
    for (size_t i = 0; i < terms; i++) {
        size_t input = i / layer->turns, giant = i % layer->turns / layer->babies, baby = i % layer->babies; /* babies divide turns */
        cn_poly *p = code->plain ? &code->plain[i] : &moved;
        cn_single_plain(coeff, w + i * layout->slots, giant * layer->babies, layout, s->position, t); /* rotated with its sum later */
        encode_weights(p, coeff, &t->mod, &ctx->ring);
        if (code->weights) cn_turn_weights_set(&code->weights[input * slices + baby % slices], giant, baby / slices, p);
    }
    place_biases(scaled, layer, map, last, factor, s->position, layout, &t->mod);
    if (last) {
        code->bias_slots = scaled;
        scaled = NULL;
    } else {
        CN_CHECK(cn_poly_reserve(&code->bias, &ctx->ring, layer->limbs, false, CN_NTT));
        cn_encode_message(&code->bias, scaled, NULL, branch, ctx);
    }
cleanup:
    cn_free(w);
    cn_free(moved.c);
    cn_free(coeff);
    cn_free(scaled);
    return status;
}

static cn_status init_branch(cn_single_server *s, unsigned branch, const cn_program *prog) {
    cn_single_branch *b = &s->branch[branch];
    const cn_single_plan *p = s->plan;
    const cn_context *ctx = s->ctx;
    unsigned limbs = ctx->params.limbs, uploads = p->layer[0].inputs;
    uint64_t factor = 1;
    for (unsigned l = 0; l < p->layers; l++) {
        CN_TRY(compile_layer(s, branch, l, cn_single_linear(prog, l), factor));
        factor = cn_factor_product_var(factor, factor, p->layer[l].after, branch, ctx);
    }
    b->upload = cn_calloc(2 * uploads, sizeof *b->upload);
    if (!b->upload) return CN_ERR_MEMORY;
    for (unsigned i = 0; i < 2 * uploads; i++) CN_TRY(cn_poly_init(&b->upload[i], &ctx->ring, limbs, false, CN_NTT));
    for (unsigned k = 0; k < 3; k++) {
        CN_TRY(cn_poly_init(&b->now[k], &ctx->ring, limbs, false, CN_NTT));
        CN_TRY(cn_poly_init(&b->next[k], &ctx->ring, limbs, false, CN_NTT));
    }
    return CN_OK;
}

static void free_branch(cn_single_server *s, cn_single_branch *b) {
    const cn_single_plan *p = s->plan;
    for (unsigned l = 0; l < p->layers; l++) {
        cn_single_code *code = &b->code[l];
        for (size_t i = 0; code->weights && i < (size_t)p->layer[l].inputs * cn_single_slices(s, &p->layer[l]); i++)
            cn_turn_weights_clear(&code->weights[i]);
        cn_free(code->weights);
        cn_free(code->plain);
        cn_free(code->words);
        cn_poly_clear(&code->bias);
        cn_free(code->bias_slots);
    }
    for (unsigned i = 0; b->upload && i < 2 * p->layer[0].inputs; i++) cn_poly_clear(&b->upload[i]);
    cn_free(b->upload);
    for (unsigned k = 0; k < 3; k++) cn_poly_clear(&b->now[k]), cn_poly_clear(&b->next[k]);
}

static cn_status init_share(cn_single_share *share, unsigned sums, const cn_context *ctx) {
    CN_TRY(cn_he_scratch_init(&share->he, ctx));
    share->acc = cn_calloc(sums, sizeof *share->acc);
    if (!share->acc) return CN_ERR_MEMORY;
    bool special = ctx->params.special != 0;
    for (unsigned g = 0; g < sums; g++)
        for (unsigned k = 0; k < 3; k++) CN_TRY(cn_poly_init(&share->acc[g][k], &ctx->ring, ctx->params.limbs, special, CN_NTT));
    for (unsigned k = 0; k < 2; k++) CN_TRY(cn_poly_init(&share->total[k], &ctx->ring, ctx->params.limbs, special, CN_NTT));
    return CN_OK;
}

/** Keys of this plan's client: parameters, and every rotation at its level. */
static cn_status check_keys(const cn_single_server *s) {
    const cn_single_plan *p = s->plan;
    if ((cn_single_relinearises(p) && !s->relin) || (p->rotations && !s->rotations))
        return cn_fail(CN_ERR_NULL, "packed server: the plan switches keys; expected the client's relinearisation and rotation keys, found NULL");
    if (s->relin) CN_TRY(cn_check_digest(s->relin->digest, "relinearisation key", s->ctx));
    if (s->rotations) CN_TRY(cn_check_digest(s->rotations->digest, "rotation key", s->ctx));
    for (size_t i = 0; i < p->rotations; i++) {
        const cn_rotation_part *part = cn_rotation_find(s->rotations, p->rotation[i].by);
        if (!part || part->limbs < p->rotation[i].limbs)
            return cn_fail(CN_ERR_MISMATCH, "packed server: the key has nothing for rotation %u at %u primes; expected the key of this plan's client",
                           p->rotation[i].by, p->rotation[i].limbs);
    }
    return CN_OK;
}

static cn_status init_server(cn_single_server *s, const cn_model *m, unsigned threads) {
    cn_status status = CN_OK;
    cn_program prog = {0};
    const cn_params *q = &s->plan->base.params;
    CN_CHECK(cn_pool_new(&s->pool, threads));
    CN_CHECK(cn_context_new(&s->ctx, q));
    CN_CHECK(check_keys(s));
    if (s->rotations) CN_CHECK(cn_turn_keys_new(&s->turns, s->rotations, s->ctx));
    CN_CHECK(cn_program_compile(&prog, m, m->layer_count));
    s->position = cn_malloc(q->n, sizeof *s->position);
    s->shares = CN_MAX(1u, threads / q->plains);
    for (unsigned l = 0; l < s->plan->layers; l++) s->sums = CN_MAX(s->sums, s->plan->layer[l].turns / s->plan->layer[l].babies);
    s->share = cn_calloc((size_t)q->plains * s->shares, sizeof *s->share);
    if (!s->position || !s->share) CN_CHECK(CN_ERR_MEMORY);
    cn_galois_slots(s->position, q->n);
    for (unsigned j = 0; j < q->plains; j++) CN_CHECK(init_branch(s, j, &prog));
    for (unsigned i = 0; i < q->plains * s->shares; i++) CN_CHECK(init_share(&s->share[i], s->sums, s->ctx));
cleanup:
    cn_program_clear(&prog);
    return status;
}

cn_status cn_single_server_new(cn_single_server **out, const cn_single_plan *p, const cn_model *m, const cn_relin_key *relin,
                               const cn_rotation_key *rotations, unsigned threads) {
    if (out) *out = NULL;
    if (!out || !p || !m) return cn_fail(CN_ERR_NULL, "packed server: expected result, plan and model, found NULL");
    if (memcmp(p->base.model_digest, m->digest, 32) != 0)
        return cn_fail(CN_ERR_MISMATCH, "packed server: model %s is not the one that was planned; plan this model", m->name);
    cn_single_server *s = cn_calloc(1, sizeof *s);
    if (!s) return CN_ERR_MEMORY;
    s->plan = p;
    s->relin = relin;
    s->rotations = rotations;
    cn_status status = CN_OK;
    if (!cn_single_is_full(p)) status = cn_single_rebuild(&s->own, p, m);
    if (s->own) s->plan = s->own;
    if (status == CN_OK) status = init_server(s, m, threads);
    if (status != CN_OK) {
        cn_single_server_free(s);
        return status;
    }
    *out = s;
    return CN_OK;
}

void cn_single_server_free(cn_single_server *s) {
    if (!s) return;
    for (unsigned j = 0; j < s->plan->base.params.plains; j++) free_branch(s, &s->branch[j]);
    for (unsigned i = 0; s->share && i < s->plan->base.params.plains * s->shares; i++) {
        cn_he_scratch_clear(&s->share[i].he);
        for (unsigned g = 0; s->share[i].acc && g < s->sums; g++)
            for (unsigned k = 0; k < 3; k++) cn_poly_clear(&s->share[i].acc[g][k]);
        cn_free(s->share[i].acc);
        for (unsigned k = 0; k < 2; k++) cn_poly_clear(&s->share[i].total[k]);
    }
    cn_free(s->share);
    cn_turn_keys_free(s->turns);
    cn_free(s->position);
    cn_context_free(s->ctx);
    cn_pool_free(s->pool);
    cn_single_plan_free(s->own);
    cn_free(s);
}
