/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The server of packed evaluation as a structure: what single_server.c compiles and single_evaluate.c runs. */

#ifndef CN_NN_SINGLE_SERVER_H
#define CN_NN_SINGLE_SERVER_H

#include "he/hoist.h"
#include "nn/single_wire.h"
#include "util/threads.h"

/** One layer for one plaintext prime. */
typedef struct cn_single_code {
    cn_poly *plain;   /* [inputs][turns]: weights, NTT domain, of a layer that does not rotate what it reads */
    uint64_t *words;  /* of all plain, which own nothing */
    cn_turn_weights *weights; /* [inputs][slices]: of one that does; of slice s the babies s, s + slices, ... */
    cn_poly bias;     /* added after the folds; unused in the last layer */
    uint64_t *bias_slots; /* of the last layer: [n] slot values with the factor, by position */
    uint64_t factor;  /* of its sum */
} cn_single_code;

/** One evaluation in progress, of one branch. */
typedef struct cn_single_branch {
    cn_single_code code[CN_SINGLE_LAYERS_MAX];
    cn_poly *upload;  /* [inputs of layer 0][2] */
    cn_poly now[3];   /* between layers; room for all limbs */
    cn_poly next[3];  /* what a square makes of it */
} cn_single_branch;

/** Scratch for a share of a branch's sums. */
typedef struct cn_single_share {
    cn_poly (*acc)[3]; /* [most sums of a layer] room for all limbs and the special one */
    cn_poly total[2];  /* likewise */
    cn_he_scratch he;
} cn_single_share;

struct cn_single_server {
    const cn_single_plan *plan;
    cn_single_plan *own;        /* it, where the caller's came from a file */
    const cn_relin_key *relin;
    const cn_rotation_key *rotations;
    cn_turn_keys *turns;        /* the same, as sums read them; NULL without rotations */
    cn_context *ctx;
    cn_pool *pool;
    uint32_t *position;         /* of slots by row and column */
    unsigned sums;              /* most that a layer forms at a time: turns / babies */
    unsigned shares;            /* of each branch's sums, so that all threads have work */
    cn_single_branch branch[CN_PLAINS_MAX];
    cn_single_share *share;     /* [plains][shares] */
#ifdef CN_TESTING
    /** Shown what a layer has after a step. */
    void (*observe)(void *user, unsigned branch, unsigned layer, cn_single_step step, const cn_poly *part, unsigned parts, uint64_t factor);
    void *observer;
#endif
};

/** Into how many parts the turns of each input are cut: as many as there are shares, or one where shares take whole inputs. */
static inline unsigned cn_single_slices(const cn_single_server *s, const cn_single_layer *layer) {
    return layer->inputs >= s->shares ? 1 : s->shares;
}

#endif
