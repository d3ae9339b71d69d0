/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Packed plans as objects: what both sides ask of one, whoever made it. */

#include <string.h>

#include "he/params.h"
#include "nn/single.h"
#include "util/mem.h"
#include "util/sha3.h"
#include "util/status.h"

void cn_single_layers_clear(cn_single_plan *p) {
    for (unsigned l = 0; l < CN_SINGLE_LAYERS_MAX; l++) {
        cn_free(p->layer[l].in);
        cn_free(p->layer[l].sum);
        cn_free(p->layer[l].out);
        memset(&p->layer[l], 0, sizeof p->layer[l]);
    }
}

void cn_single_plan_free(cn_single_plan *p) {
    if (!p) return;
    cn_single_layers_clear(p);
    cn_free(p->rotation);
    cn_free(p->base.model_name);
    cn_free(p);
}

const cn_params *cn_single_plan_params(const cn_single_plan *p) { return &p->base.params; }

const uint8_t *cn_single_plan_digest(const cn_single_plan *p) { return p->base.digest; }
const cn_costs *cn_single_plan_costs(const cn_single_plan *p) { return &p->base.costs; }
void cn_single_plan_shape(const cn_single_plan *p, size_t *inputs, size_t *outputs) { cn_plan_shape(&p->base, inputs, outputs); }
size_t cn_single_plan_images(const cn_single_plan *p) { return p->layout.images; }

void cn_single_plan_bytes(const cn_single_plan *p, size_t *request, size_t *reply, size_t *keys) {
    *request = p->upload;
    *reply = p->reply;
    *keys = p->keys;
}

void cn_single_set_relinearise(cn_single_plan *p) {
    for (unsigned l = 1; l < p->layers; l++) p->layer[l].relinearise = p->layer[l].turns > 1 || p->layer[l].folds;
}

bool cn_single_relinearises(const cn_single_plan *p) {
    bool some = false;
    for (unsigned l = 0; l < p->layers; l++) some |= p->layer[l].relinearise;
    return some;
}

/** One more use of a rotation of every image at a level. */
static void use_rotation(cn_single_plan *p, unsigned rotation, unsigned limbs) {
    unsigned by = cn_layout_rotation(&p->layout, rotation);
    size_t i = 0;
    while (i < p->rotations && p->rotation[i].by != by) i++;
    if (i == p->rotations) p->rotation[p->rotations++] = (cn_rotation){by, limbs};
    p->rotation[i].limbs = CN_MAX(p->rotation[i].limbs, limbs);
}

static size_t key_bytes(const cn_params *q, unsigned limbs) {
    unsigned bits = cn_params_level_bits(q, limbs) + (q->special ? cn_params_bits(q->special) : 0);
    return cn_params_digits(q, limbs) * (q->n / 8 * bits);
}

cn_status cn_single_finish(cn_single_plan *p) {
    const cn_params *q = &p->base.params;
    size_t most = 1;
    for (unsigned l = 0; l < p->layers; l++) most += p->layer[l].turns + CN_SINGLE_FOLDS_MAX * CN_ARRAY_LEN(p->layer[l].fold[0].rotation);
    cn_free(p->rotation);
    p->rotations = 0;
    p->rotation = cn_calloc(most, sizeof *p->rotation);
    if (!p->rotation) return CN_ERR_MEMORY;
    for (unsigned l = 0; l < p->layers; l++) {
        const cn_single_layer *layer = &p->layer[l];
        for (unsigned k = 1; k < layer->babies; k++) use_rotation(p, k, layer->limbs);
        for (unsigned k = layer->babies; k < layer->turns; k += layer->babies) use_rotation(p, k, layer->limbs);
        for (unsigned f = 0; f < layer->folds; f++)
            for (unsigned r = 0; r < layer->fold[f].count; r++) use_rotation(p, layer->fold[f].rotation[r], layer->limbs);
    }
    bool relin = cn_single_relinearises(p);
    const cn_single_layer *last = &p->layer[p->layers - 1];
    p->keys = (p->rotations ? CN_SEED_BYTES : 0) + (relin ? CN_SEED_BYTES + key_bytes(q, q->limbs) : 0);
    for (size_t i = 0; i < p->rotations; i++) p->keys += key_bytes(q, p->rotation[i].limbs);
    p->upload = CN_SEED_BYTES + (size_t)q->plains * p->layer[0].inputs * (q->n / 8 * cn_params_level_bits(q, q->limbs));
    p->reply = (size_t)q->plains * (last->relinearise ? 2 : 3) * (q->n / 8 * cn_params_level_bits(q, last->after));
    return CN_OK;
}

void cn_single_make_digest(cn_single_plan *p) {
    static const char label[] = "cryptonets packed plan 1";
    cn_sha3 h;
    size_t slots = p->layout.slots;
    const cn_single_layer *first = &p->layer[0], *last = &p->layer[p->layers - 1];
    p->base.segments = p->layers - 1;
    for (unsigned s = 0; s < p->base.segments; s++) p->base.degree[s] = 2, p->base.schedule.limbs[s] = p->layer[s].after;
    cn_plan_set_powers(&p->base);
    cn_plan_make_digest(&p->base);
    cn_sha3_init(&h);
    cn_sha3_update(&h, label, sizeof label);
    cn_sha3_update(&h, p->base.digest, sizeof p->base.digest);
    cn_sha3_u64(&h, p->layout.images);
    cn_sha3_u64(&h, p->lanes);
    cn_sha3_u64(&h, p->turns);
    cn_sha3_u64(&h, p->layers);
    for (unsigned l = 0; l < p->layers; l++) {
        const cn_single_layer *layer = &p->layer[l];
        const uint64_t shape[] = {layer->inputs, layer->turns, layer->babies, layer->limbs, layer->after, layer->folds};
        for (size_t i = 0; i < CN_ARRAY_LEN(shape); i++) cn_sha3_u64(&h, shape[i]);
        for (unsigned f = 0; f < layer->folds; f++) {
            cn_sha3_u64(&h, layer->fold[f].count);
            for (unsigned r = 0; r < layer->fold[f].count; r++) cn_sha3_u64(&h, layer->fold[f].rotation[r]);
        }
    }
    for (size_t s = 0; s < first->inputs * slots; s++) cn_sha3_u64(&h, (uint64_t)first->in[s]);
    for (size_t s = 0; s < slots; s++) cn_sha3_u64(&h, (uint64_t)last->out[s]);
    cn_sha3_final(&h, p->base.digest);
}

cn_status cn_single_check_bytes(const cn_single_plan *p) {
    if (p->upload <= CN_SINGLE_BYTES_MAX && p->keys <= CN_SINGLE_BYTES_MAX) return CN_OK;
    return cn_fail(CN_ERR_SIZE, "packed plan: requests of %.0f MiB and keys of %.0f MiB; expected at most %zu of either, do not use this plan",
                   p->upload / 1048576.0, p->keys / 1048576.0, CN_SINGLE_BYTES_MAX >> 20);
}
