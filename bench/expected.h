/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What `make reproduce` must find again: the one place to change when a network is trained anew. */

#ifndef CN_BENCH_EXPECTED_H
#define CN_BENCH_EXPECTED_H

#include <stddef.h>

#define CN_EXPECTED_COUNTS 3
#define CN_EXPECTED_DEGREES 9

/** A network of bench/models. */
typedef struct cn_expected_model {
    const char *name;
    const char *digest;                 /* SHA3-256 of the model, hexadecimal */
    unsigned right[CN_EXPECTED_COUNTS]; /* of the first cn_expected_images[i] test images */
} cn_expected_model;

/** The networks, in the order of their names, and their number. */
extern const cn_expected_model cn_expected_models[];
extern const size_t cn_expected_count;

/** Numbers of test images that a count is known for. */
extern const size_t cn_expected_images[CN_EXPECTED_COUNTS];

/** SHA3-256 of the MNIST test files as they are when no longer compressed. */
extern const char *const cn_expected_images_digest, *const cn_expected_labels_digest;

/** Least possible largest errors of polynomials of degree 1, 2, ... on [-8, 8]. */
typedef struct cn_expected_errors {
    const char *function;
    double error[CN_EXPECTED_DEGREES];
} cn_expected_errors;

extern const cn_expected_errors cn_expected_activations[];
extern const size_t cn_expected_functions;

/** A network by its name.  Returns: NULL if none is known. */
const cn_expected_model *cn_expected_find(const char *name);

/** Images of the first count that the network recognises.  Returns: -1 if that is not known. */
long cn_expected_right(const cn_expected_model *m, size_t count);

#endif
