/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** scaling.txt, which the training program writes beside a network for tables (doc/training.md): how features become bytes,
 *  what the scores are called, and what they are worth. */

#ifndef HOSPITAL_SCALING_H
#define HOSPITAL_SCALING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCALING_FEATURES_MAX 4096
#define SCALING_CLASSES 2

typedef struct scaling_feature {
    double offset, step; /* position (x - offset)/step, step > 0 */
    char *name;
} scaling_feature;

typedef struct scaling {
    size_t features;
    scaling_feature *feature;
    char *class_name[SCALING_CLASSES];
    double unit; /* real value of one unit of score, > 0 */
} scaling;

/** Read.  Out: *s, released with scaling_free also after a failure.
 *  Returns: false (and has said why) if the file cannot be read or is not as doc/training.md has it; there must be at least
 *  one feature, no name twice, and exactly two classes. */
bool scaling_read(scaling *s, const char *path);

/** Release. A zeroed struct is allowed. */
void scaling_free(scaling *s);

/** Where x lies on the scale of feature f, as a real number: nothing is rounded or cut. */
double scaling_position(const scaling *s, size_t f, double x);

/** The byte that the integer network takes: the position rounded, halves up, and cut to 0 .. 255.
 *  Out: *cut becomes true if it was cut, and is left alone otherwise. */
uint8_t scaling_byte(const scaling *s, size_t f, double x, bool *cut);

#endif
