/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Packed plans, requests and replies as objects: what both sides do with them. */

#include <string.h>

#include "he/pack.h"
#include "he/params.h"
#include "nn/single_wire.h"
#include "util/mem.h"
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

size_t cn_single_plan_images(const cn_single_plan *p) { return p->layout.images; }

void cn_single_plan_bytes(const cn_single_plan *p, size_t *request, size_t *reply, size_t *keys) {
    *request = p->upload;
    *reply = p->reply;
    *keys = p->keys;
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
    bool relin = false;
    for (unsigned l = 0; l < p->layers; l++) {
        const cn_single_layer *layer = &p->layer[l];
        for (unsigned k = 1; k < layer->babies; k++) use_rotation(p, k, layer->limbs);
        for (unsigned k = layer->babies; k < layer->turns; k += layer->babies) use_rotation(p, k, layer->limbs);
        for (unsigned f = 0; f < layer->folds; f++)
            for (unsigned r = 0; r < layer->fold[f].count; r++) use_rotation(p, layer->fold[f].rotation[r], layer->limbs);
        relin |= layer->relinearise;
    }
    const cn_single_layer *last = &p->layer[p->layers - 1];
    p->keys = (p->rotations ? CN_SEED_BYTES : 0) + (relin ? CN_SEED_BYTES + key_bytes(q, q->limbs) : 0);
    for (size_t i = 0; i < p->rotations; i++) p->keys += key_bytes(q, p->rotation[i].limbs);
    p->upload = CN_SEED_BYTES + (size_t)q->plains * p->layer[0].inputs * (q->n / 8 * cn_params_level_bits(q, q->limbs));
    p->reply = (size_t)q->plains * (last->relinearise ? 2 : 3) * (q->n / 8 * cn_params_level_bits(q, last->after));
    return CN_OK;
}

void cn_single_request_free(cn_single_request *r) {
    if (!r) return;
    cn_free(r->data);
    cn_free(r);
}

void cn_single_reply_free(cn_single_reply *r) {
    if (!r) return;
    for (unsigned j = 0; j < CN_PLAINS_MAX; j++) cn_cipher_free(r->cipher[j]);
    cn_free(r);
}

size_t cn_single_request_bytes(const cn_single_request *r) { return CN_SEED_BYTES + r->bytes; }
size_t cn_single_reply_bytes(const cn_single_reply *r) { return r->wire_bytes; }
