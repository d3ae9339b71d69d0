/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Evaluation of one image or some with low latency: many values side by side in the slots of few ciphertexts (doc/packed.md).
 *
 *  A network is linear layers with squares between them. Every layer, the first and the last as well, has one form:
 *
 *      y = sum over groups of rotations of ( sum_i sum_{k < turns} w_ik * rotation_k(x_i) ) + bias,
 *
 *  x_i the ciphertexts that it reads, w_ik plaintexts of weights, slot by slot. What makes it that layer is which value lies in which slot: the
 *  layouts `in` and `out`. They are those of one image, and the same for all of a request (nn/layout.h). Slots are numbered by row and column here:
 *  slot row * slots/2 + column (ring/galois.h has the positions of those of the ring). */

#ifndef CN_NN_SINGLE_H
#define CN_NN_SINGLE_H

#include "he/rotate.h"
#include "nn/layout.h"
#include "nn/plan.h"
#include "ring/kernels.h"

#define CN_SINGLE_IMAGES_MAX 512
#define CN_SINGLE_LAYERS_MAX 8
#define CN_SINGLE_FOLDS_MAX 12
#define CN_SINGLE_SUMS_MAX 256     /* babies of a layer, and sums that it forms at a time */
#define CN_SINGLE_FOLD_BITS 2      /* doublings in one fold: one decomposition, one division */
#define CN_SINGLE_UPLOADS_MAX CN_DOT_TERMS_MAX /* ciphertexts that the first layer reads: it adds them up in one inner product */

/** y <- y + sum of rotations of y: the sum over a group. */
typedef struct cn_single_fold {
    unsigned count;
    unsigned rotation[(1 << CN_SINGLE_FOLD_BITS) - 1]; /* of every image */
} cn_single_fold;

/** Noise after the steps of a layer, log2 of its standard deviation. */
typedef enum cn_single_step {
    CN_SINGLE_IN,     /* what the layer reads */
    CN_SINGLE_SUM,    /* after the weighted sum */
    CN_SINGLE_FOLDED, /* after folds and bias */
    CN_SINGLE_DOWN,   /* after the switch that follows; of the last layer: the reply */
    CN_SINGLE_SQUARE, /* after the square */
    CN_SINGLE_STEPS
} cn_single_step;

typedef struct cn_single_layer {
    char label[48];
    size_t features, outputs;  /* values in and out */
    bool relinearise;          /* what it reads has two parts; else, behind a square, three */
    unsigned inputs;           /* ciphertexts that it reads: those uploaded, or one */
    unsigned turns;            /* rotations by 0 .. turns - 1 columns of each image in each, */
    unsigned babies;           /* as rotations by 0 .. babies - 1 of the ciphertexts, then of sums by multiples of babies */
    unsigned folds;
    cn_single_fold fold[CN_SINGLE_FOLDS_MAX];
    unsigned group;            /* slots that are folded into one sum: 1, 2, 4, ... */
    bool swaps;                /* some fold swaps the rows */
    unsigned limbs;            /* primes present during it */
    unsigned after;            /* after the switch that follows it */
    int32_t *in;               /* [inputs][slots]: value in each slot, -1: none */
    int32_t *sum;              /* [slots]: number of the sum to which a slot contributes, -1: none. Slots of one sum are folded, or added by the client */
    size_t sums;
    int32_t *out;              /* [slots]: output in each slot afterwards, -1: 0 */
    double noise[CN_SINGLE_STEPS], limit[CN_SINGLE_STEPS];
} cn_single_layer;

/** A plan from a file has the layouts of its client only: of the first layer `in`, of the last one `out`; no noise and no cost. */
struct cn_single_plan {
    cn_plan base;              /* model, window, parameters, digest: what both ways of evaluation have */
    cn_single_options options; /* nothing left to the default but the ring degree */
    cn_layout layout;
    unsigned lanes, turns;     /* as cn_single_choice has them */
    unsigned layers;
    cn_single_layer layer[CN_SINGLE_LAYERS_MAX];
    double headroom, quantile; /* smallest log2(limit / sigma); what it must be at least, as a factor */
    double cost;               /* nanoseconds of one thread */
    size_t rotations;
    cn_rotation *rotation;     /* [rotations] that the plan uses, each with its level */
    size_t upload, reply, keys; /* bytes on the wire */
};

/** The linear map of layer l of a program: of the first segment what precedes its activation, else what follows that of segment l - 1. */
const cn_linear *cn_single_linear(const cn_program *prog, unsigned l);

/** A way to lay out a network. */
typedef struct cn_single_choice {
    cn_layout layout;
    unsigned lanes;  /* of the first layer: slots of one ciphertext that share one sum, each with another input; 0: it is laid out by diagonals */
    unsigned turns;  /* rotations of each upload, where it is */
} cn_single_choice;

/** Layouts, turns and folds of all layers.  Out: p->layout, p->lanes, p->turns, p->layer.  In: a program whose layers cn_single_check accepts.
 *  Returns: CN_OK, CN_ERR_UNSUPPORTED (this choice does not fit, the text says why), CN_ERR_MEMORY. */
cn_status cn_single_lay_out(cn_single_plan *p, const cn_program *prog, const cn_single_choice *choice);

/** Release what cn_single_lay_out made. */
void cn_single_layers_clear(cn_single_plan *p);

/** Weights of one image slot by slot: *w is [inputs][turns][slots], released with cn_free. Every product of the layer is in exactly one slot of each sum.
 *  Returns: CN_OK, CN_ERR_UNSUPPORTED (some product is in no slot), CN_ERR_MEMORY. */
cn_status cn_single_weights(int64_t **w, const cn_single_layer *layer, const cn_linear *map, size_t slots);

/** Coefficients modulo t of the polynomial with these slot values in every image, by row and column, moved back columns to the right.
 *  Out: coeff, n words, reduced.  In: position as from cn_galois_slots. Public data. */
void cn_single_plain(uint64_t *coeff, const int64_t *slots, size_t back, const cn_layout *layout, const uint32_t *position, const cn_ntt *t);

/** Sums of squared centred coefficients of all plaintexts of each layer: what weights do to noise.  Out: norm[j][l] of the layers of p modulo
 *  t[j], the plaintext primes of p; estimated where a layer has more than most plaintexts, from so many of them.
 *  Returns: CN_OK, CN_ERR_UNSUPPORTED, CN_ERR_MEMORY. */
cn_status cn_single_norms(double (*norm)[CN_SINGLE_LAYERS_MAX], const cn_single_plan *p, const cn_program *prog, const cn_ntt *t, size_t most);

/** Predicted noise: fills noise and limit of all layers and p->headroom.  In: norm[j][l], limbs, parameters. */
void cn_single_forecast(cn_single_plan *p, double (*norm)[CN_SINGLE_LAYERS_MAX]);

/** z: bounds hold with probability 1 - 2^-128 at z standard deviations.  In: layouts, parameters. */
double cn_single_quantile(const cn_single_plan *p);

/** Nanoseconds of one evaluation on one thread, at the plan's costs. */
double cn_single_cost(const cn_single_plan *p);

/** Which layers relinearise what they read: those behind a square that rotate.  In: turns and folds. */
void cn_single_set_relinearise(cn_single_plan *p);

#define CN_SINGLE_BYTES_MAX ((size_t)1 << 30) /* of a request, and of the server's keys */

/** Whether request and keys of a finished plan stay within CN_SINGLE_BYTES_MAX.  Returns: CN_OK, CN_ERR_SIZE. */
cn_status cn_single_check_bytes(const cn_single_plan *p);

/** List of rotations, and bytes.  In: parameters, turns, folds, levels, who relinearises.  Returns: CN_OK, CN_ERR_MEMORY. */
cn_status cn_single_finish(cn_single_plan *p);

/** p->base.digest over everything that client and server must agree on: model, parameters, shapes, look-up table, window, choice, turns, folds,
 *  levels, the client's layouts. Fills the segments of p->base from the layers. */
void cn_single_make_digest(cn_single_plan *p);

/** Linear, square, linear, ..., square, linear, and nothing else.  Returns: CN_OK, CN_ERR_UNSUPPORTED. */
cn_status cn_single_check(const cn_program *prog);

/** A plan from a file with all layouts again, those of this model, without a search: the file is not trusted.  Out: *full, released with
 *  cn_single_plan_free.  Returns: CN_OK; CN_ERR_MISMATCH (another model, another plan comes out, or there is more noise than the plan's
 *  levels bear), CN_ERR_UNSUPPORTED, CN_ERR_MODEL, CN_ERR_RANGE, CN_ERR_SIZE as cn_single_plan_new, CN_ERR_MEMORY. */
cn_status cn_single_rebuild(cn_single_plan **full, const cn_single_plan *known, const cn_model *m);

/** Whether it has the layouts of all layers: false for a plan from a file. */
static inline bool cn_single_is_full(const cn_single_plan *p) { return p->layer[0].out != NULL; }

/** Whether some layer relinearises what it reads. */
bool cn_single_relinearises(const cn_single_plan *p);

/** Power of the secret that ciphertexts of a reply decrypt under: 2, behind a square that was not relinearised; else 1. */
static inline unsigned cn_single_reply_power(const cn_single_plan *p) { return p->layer[p->layers - 1].relinearise ? 1 : 2; }

#endif
