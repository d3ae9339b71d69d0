/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A network compiled into segments: linear map, activation, linear map. One description serves both rings: Z_q points of
 *  ciphertexts (server.c) and plain integers (clear.c). Between two segments the encrypted evaluation relinearises and
 *  switches moduli; inside one no intermediate ciphertext exists. */

#ifndef CN_NN_PROGRAM_H
#define CN_NN_PROGRAM_H

#include "arith/modulus.h"
#include "nn/linear.h"

#define CN_SEGMENTS_MAX 16

/** Activation d x^3 + a x^2 + b x + c on every value; d = a = 0 means none. */
typedef struct cn_act {
    int64_t a, b, c, d;
} cn_act;

/** Degree of an activation, 2 or 3; 1 if there is none: the power of ciphertexts after it. */
static inline unsigned cn_act_degree(const cn_act *a) { return a->d ? 3 : a->a ? 2 : 1; }

/** Stages of a segment in order of evaluation. */
typedef enum cn_stage { CN_STAGE_PRE = 0, CN_STAGE_ACT = 1, CN_STAGE_POST = 2, CN_STAGES = 3 } cn_stage;

typedef struct cn_segment {
    bool has_pre, has_post;      /* pre only in the first segment */
    cn_linear pre;               /* in -> mid */
    cn_act act;
    cn_linear post;              /* mid -> out */
    size_t in, mid, out;         /* values before, at and after the activation */
    char label[CN_STAGES][48];   /* model layers that each stage came from, such as "conv+pool"; empty if absent */
} cn_segment;

/** What an activation makes of the message factor, modulo t. With F before, t x^2 carries -Q F^2 and t^2 x^3 carries Q^2 F^3, one step of
 *  -Q F per degree; terms below the leading one are multiplied by the ratio of the factors, centred.
 *  In: step = -Q F.  Out: lower, the factors of x^2 (below a cube; else 0) and x with their coefficients.  Returns: F after. Public data. */
uint64_t cn_act_factors_var(int64_t lower[2], const cn_act *act, uint64_t before, uint64_t step, const cn_mod *t);

/** Whether there is an activation. */
static inline bool cn_segment_acts(const cn_segment *s) { return cn_act_degree(&s->act) > 1; }

typedef struct cn_program {
    unsigned count;
    cn_segment segment[CN_SEGMENTS_MAX];
    size_t inputs, outputs;
} cn_program;

/** Compile the first layers layers of a model (layers = model->layer_count: all), folding adjacent linear ones.
 *  Returns: CN_OK, CN_ERR_UNSUPPORTED (more than CN_SEGMENTS_MAX activations), CN_ERR_MODEL (nothing to evaluate), CN_ERR_RANGE,
 *  CN_ERR_SIZE, CN_ERR_MEMORY. Release with cn_program_clear (zeroed struct allowed). */
cn_status cn_program_compile(cn_program *p, const cn_model *model, unsigned layers);
void cn_program_clear(cn_program *p);

/** Restrict to some outputs: the last linear map keeps only these rows, in that order.
 *  Returns: CN_OK, CN_ERR_SIZE, CN_ERR_UNSUPPORTED (no linear map to restrict), CN_ERR_MEMORY. */
cn_status cn_program_keep_outputs(cn_program *p, const uint32_t *row, size_t count);

#endif
