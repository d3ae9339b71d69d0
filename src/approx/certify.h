/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** How far the scores of an integer network can lie from those of the network that its polynomials stand for, over all inputs in a
 *  box. Definition, theorem and proof: doc/activations.md.
 *
 *  The original network has the same integer weights, biases and shapes, and real numbers between its layers. Where the network has
 *  its i-th activation, of degree d = 2 or 3 in v, the original has S X^d f(v / X): f the function that the polynomial stands for, X
 *  integers per real unit before it, S X^d after it (quantise.h). Only the activations are compared: what rounding the weights cost is no part
 *  of the bound. */

#ifndef CN_APPROX_CERTIFY_H
#define CN_APPROX_CERTIFY_H

#include "approx/function.h"
#include "nn/program.h"

/** What the i-th activation stands for. */
typedef struct cn_original {
    const cn_fn *f;     /* NULL: for itself; then the other fields are not read */
    double scale;       /* S, above 0 */
    double input_scale; /* X, above 0; 0: the scale that the model gives for these values */
} cn_original;

typedef struct cn_certified_layer {
    unsigned number;       /* of the activation among the model's layers, from 1 */
    double input_scale;    /* X; 1 where the activation stands for itself */
    double output_scale;   /* S X^d; likewise */
    double low, high;      /* inputs of the activation over the box, all units together, in real units (v / X) */
    double sup;            /* largest distance of polynomial and function over each unit's own range, real units */
    double lipschitz;      /* of the function, real units */
    double before, after;  /* largest bound on the distance of the two networks before and behind the activation, real units */
    double gain;           /* largest sum of |weights| of a row of the linear map behind; 1 without one */
    double bound;          /* largest bound on the distance behind that map, in the network's integers */
} cn_certified_layer;

typedef struct cn_certificate {
    unsigned count;                             /* activations */
    cn_certified_layer layer[CN_SEGMENTS_MAX];
    size_t outputs;
    double *bound;                              /* [outputs]: |score - score of the original| is no larger, in the network's integers */
    double low, high;                           /* the network's scores over the box, outward rounded */
} cn_certificate;

/** In: original [as many as the model has activations]; low <= high: every input is an integer between them.
 *  Out: *c, released with cn_certificate_clear; zeroed on failure.
 *  Returns: CN_OK; CN_ERR_RANGE (an activation's inputs leave a table, or a bound leaves the doubles); as cn_program_compile; CN_ERR_MEMORY.
 *  Time: about 10^3 evaluations of f for each value before an activation whose range differs from that of its neighbour. */
CN_MUST_USE cn_status cn_certify(cn_certificate *c, const cn_model *m, const cn_original *original, int64_t low, int64_t high);

/** Release. A zeroed struct is allowed. */
void cn_certificate_clear(cn_certificate *c);

/** Activations of a model: layers of type square and poly. */
unsigned cn_model_activations(const cn_model *m);

#endif
