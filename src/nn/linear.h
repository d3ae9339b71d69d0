/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Linear layers as integer matrices with a bias: what convolution, scaled mean pool and dense layers all are, and what adjacent
 *  ones fold into. Zero weights inside a layer's structure are kept, so that work depends on the architecture only. */

#ifndef CN_NN_LINEAR_H
#define CN_NN_LINEAR_H

#include "nn/model.h"
#include "ring/gemm.h"

typedef struct cn_linear {
    cn_matrix m;      /* points into the arrays below */
    uint32_t *start;  /* [rows + 1] */
    uint32_t *col;    /* [start[rows]], ascending within a row */
    int64_t *weight;  /* [start[rows]], |weight| < 2^62 */
    cn_i128 *bias;    /* [rows] */
    size_t additions; /* cn_sums_additions, once it is part of a program */
} cn_linear;

/** Release. Zeroed structs allowed. */
void cn_linear_clear(cn_linear *l);

/** The matrix of a conv, pool or dense layer.
 *  Returns: CN_OK, CN_ERR_RANGE (a weight of 2^62 or more), CN_ERR_SIZE (2^32 weights or more), CN_ERR_MEMORY. */
cn_status cn_linear_from_layer(cn_linear *r, const cn_layer *layer);

/** r = outer after inner: x -> outer(inner(x)); outer.cols = inner.rows. r is a new object.
 *  Returns: CN_OK, CN_ERR_RANGE (a folded weight of 2^62 or bias of 2^126), CN_ERR_SIZE (2^32 weights or more), CN_ERR_MEMORY. */
cn_status cn_linear_compose(cn_linear *r, const cn_linear *outer, const cn_linear *inner);

/** Keep only the given rows, in that order.  Returns: CN_OK, CN_ERR_SIZE (no such row), CN_ERR_MEMORY. */
cn_status cn_linear_keep_rows(cn_linear *l, const uint32_t *row, size_t count);

#endif
