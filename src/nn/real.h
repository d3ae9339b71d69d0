/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Networks with real weights, as they are before quantisation: read from plain text, evaluated layer by layer. */

#ifndef CN_NN_REAL_H
#define CN_NN_REAL_H

#include "nn/model.h"

typedef struct cn_real_net {
    double lut[256];                     /* network input for each pixel byte */
    double *weight[CN_MODEL_LAYERS_MAX]; /* of conv and dense layers, ordered as cn_layer.weight; NULL for others */
    double *bias[CN_MODEL_LAYERS_MAX];   /* [units] */
} cn_real_net;

/** Read a folder whose weights, biases and look-up table are real numbers, as text or arrays (doc/file-formats.md). Without a lut
 *  line the table is p/255. Name and provenance as cn_model_import.
 *  Out: *m the network's shapes, all its weights and biases 0; *r the numbers. Both owned by the caller; *m is NULL and *r
 *  zeroed on failure.
 *  Returns: as cn_model_import; CN_ERR_UNSUPPORTED for a poly or window line. */
CN_MUST_USE cn_status cn_real_import(cn_model **m, cn_real_net *r, const char *folder, const char *name,
                                     const char *provenance);

/** The numbers of one layer: folder/stem.npy (npy.h; the first dimension counts the rows), or folder/stem.txt, each row on its own line;
 *  with row = 1 on any lines.  In: what names a number.
 *  Out: *out, rows times row doubles in cn_malloc memory; on failure NULL, or memory to release.
 *  Returns: CN_OK; as cn_npy_open, cn_npy_reals, cn_text_check_rows and cn_text_reals; CN_ERR_FORMAT (both files, another shape). */
CN_MUST_USE cn_status cn_real_file(double **out, const char *folder, const char *stem, uint32_t rows, size_t row, const char *what);

/** Release. A zeroed struct is allowed. */
void cn_real_clear(cn_real_net *r);

/** One layer on one input; pool is the mean here, not the sum.  In: l of any type but poly, shapes derived; weight and bias
 *  for conv and dense; x the input's values.  Out: y the output's values, apart from x. */
void cn_real_layer(double *y, const cn_layer *l, const double *weight, const double *bias, const double *x);

#endif
