/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The network with real weights, before any became an integer: a folder of decimal text (doc/file-formats.md, "Real
 *  weights"), as the training program writes it with --float. Dense layers with squares between them, nothing else. */

#ifndef HOSPITAL_REALNET_H
#define HOSPITAL_REALNET_H

#include <stdbool.h>
#include <stddef.h>

#define REALNET_LAYERS_MAX 8
#define REALNET_UNITS_MAX 4096 /* inputs, or units of a layer */

typedef struct realnet {
    size_t inputs, layers;
    double zero, slope; /* network input at position p of a scale: zero + slope p */
    struct {
        size_t units;
        double *weight, *bias; /* [units][units before], [units] */
    } layer[REALNET_LAYERS_MAX];
} realnet;

/** Read.  Out: *n, released with realnet_free also after a failure.
 *  Returns: false (and has said why) if a file cannot be read, holds another number of numbers, a layer is of another kind,
 *  or the look-up table is no straight line. */
bool realnet_read(realnet *n, const char *folder);

/** Release. A zeroed struct is allowed. */
void realnet_free(realnet *n);

/** Evaluate in double precision, nothing rounded to steps.  In: position [inputs] on the scales of the features.
 *  Out: score [units of the last layer]; not finite if the positions are absurd. */
void realnet_scores(double *score, const realnet *n, const double *position);

#endif
