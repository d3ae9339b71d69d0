/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A trained integer network as data: shapes, weights, scales, calibrated score window, digest.
 *
 *  Everything above (quantiser, planner, evaluators) reads this one description; everything below only fills
 *  it: the plain-text import, the model file, or code that builds a network by hand.
 *
 *  Semantics (exact integers throughout, nothing is rescaled):
 *    input  x[c][y][x] = lut[pixel byte]
 *    conv   y[m][oy][ox] = bias[m] + sum_{c,ky,kx} w[m][c][ky][kx] x[c][oy s + ky - pad_top][ox s + kx - pad_left],
 *           zeros outside; output height (H + pad_top + pad_bottom - K)/s + 1 rounded down, likewise the width
 *    pool   y[c][oy][ox] = sum over the K x K window at (oy s, ox s): the scaled mean pool of CryptoNets
 *           (ICML 2016, section 3.1): the divisor K^2 moves into the scale
 *    square y = x^2;  poly y = d x^3 + a x^2 + b x + c;  flatten: order unchanged, channel-major c*H*W + y*W + x
 *    dense  y = W x + bias, its input read in the order of flatten
 *  The last layer's values are the scores. With a window (lo, T) a score v is read as lo + ((v - lo) mod T).
 *
 *  Scales (integers per real unit): conv and dense multiply by the scale of their weights, pool by K^2, square
 *  and poly square the scale (poly by its leading term), flatten keeps it. */

#ifndef CN_NN_MODEL_H
#define CN_NN_MODEL_H

#include "cryptonets_nn.h"
#include "util/common.h"

#define CN_MODEL_LAYERS_MAX 64
#define CN_MODEL_FEATURES_MAX 65536u        /* values between two layers; also any kernel, stride, padding */
#define CN_MODEL_WEIGHTS_MAX (64u << 20)    /* weights of one layer */
#define CN_MODEL_FILE_MAX ((size_t)1 << 30) /* bytes */
#define CN_MODEL_TEXT_MAX 4096              /* bytes of name or provenance */
#define CN_MODEL_WIDE_BITS 126              /* |bias|, |window_lo| and window_t lie below 2^126 */
#define CN_MODEL_LUT_BITS 31                /* |lut| lies below 2^31 */

typedef enum cn_layer_type {
    CN_LAYER_CONV = 1,
    CN_LAYER_POOL = 2,
    CN_LAYER_SQUARE = 3,
    CN_LAYER_POLY = 4,
    CN_LAYER_FLATTEN = 5,
    CN_LAYER_DENSE = 6
} cn_layer_type;

typedef struct cn_shape {
    uint32_t channels, height, width;
} cn_shape;

/** Values of a shape. Exact for shapes accepted by cn_model_finish (at most CN_MODEL_FEATURES_MAX). */
static inline size_t cn_shape_size(cn_shape s) { return (size_t)s.channels * s.height * s.width; }

typedef struct cn_layer {
    cn_layer_type type;
    cn_shape in, out;                 /* derived by cn_model_finish */
    uint32_t kernel, stride;          /* conv, pool */
    uint32_t pad_left, pad_right, pad_top, pad_bottom; /* conv */
    uint32_t units;                   /* conv: maps; dense: outputs */
    int64_t poly[3];                  /* poly: a, b, c; |.| < 2^63 */
    int64_t cubic;                    /* poly: d; |.| < 2^63; a and d are not both 0 */
    int64_t *weight;                  /* conv: [units][in.channels][kernel][kernel]; dense: [units][in size]; |.| < 2^63 */
    cn_i128 *bias;                    /* [units] */
    size_t weight_count;              /* units * row length */
    double weight_scale;              /* integers per real unit of weight; 1 if unknown */
    double out_scale;                 /* derived: integers per real unit of the output */
} cn_layer;

struct cn_model {
    char *name;                       /* short name, UTF-8 without control characters, not empty */
    char *provenance;                 /* where it comes from: UTF-8, no control characters but newline */
    cn_shape input;
    int64_t lut[256];                 /* network input for each pixel byte */
    double input_scale;               /* integers per real unit of input; 1 if unknown */
    unsigned layer_count;
    cn_layer layer[CN_MODEL_LAYERS_MAX];
    bool has_window;
    cn_i128 window_lo, window_t;      /* t > 0 */
    uint8_t digest[32];               /* SHA3-256 of the serialised form without its last 32 bytes */
};

/** An empty model: name "unnamed", no provenance, identity lut, scales 1, no layers.
 *  Out: *m owned by the caller, NULL on failure.  Returns: CN_OK, CN_ERR_MEMORY. Release with cn_model_free. */
CN_MUST_USE cn_status cn_model_new(cn_model **m);

/** Give l room for units biases and units * row weights, all zero; weight_scale becomes 1.
 *  In: l of type conv or dense without weights so far; both counts at least 1. The model owns the memory.
 *  Returns: CN_OK, CN_ERR_SIZE (above CN_MODEL_FEATURES_MAX units or CN_MODEL_WEIGHTS_MAX weights), CN_ERR_MEMORY. */
CN_MUST_USE cn_status cn_layer_alloc(cn_layer *l, uint32_t units, size_t row);

/** Replace name or provenance by a copy of text.  Returns: CN_OK, CN_ERR_FORMAT (not the text that cn_model
 *  describes, or longer than CN_MODEL_TEXT_MAX bytes), CN_ERR_MEMORY; the model is unchanged on failure. */
CN_MUST_USE cn_status cn_model_set_name(cn_model *m, const char *text);
CN_MUST_USE cn_status cn_model_set_provenance(cn_model *m, const char *text);

/** Derive and check shape and scale of one layer, number number counted from 1, on an input of shape in (at most
 *  CN_MODEL_FEATURES_MAX values) with scale in_scale. The part of cn_model_finish that looks at one layer.
 *  Returns: CN_OK, CN_ERR_MODEL, CN_ERR_SIZE, CN_ERR_RANGE, CN_ERR_FORMAT as cn_model_finish. */
CN_MUST_USE cn_status cn_layer_finish(cn_layer *l, unsigned number, cn_shape in, double in_scale);

/** Derive and check shapes and scales of all layers and the digest. Called by every loader; to be called after
 *  building a model by hand, and again after any change. Time: linear in the weights; memory: the size of the file.
 *  Returns: CN_OK; CN_ERR_MODEL (layers do not fit: text names the layer by number and type), CN_ERR_SIZE (a cap),
 *  CN_ERR_RANGE (a weight, bias, lut entry or window outside its range), CN_ERR_FORMAT (a scale that is not finite
 *  and positive), CN_ERR_MEMORY. On failure derived fields and digest are unspecified. */
CN_MUST_USE cn_status cn_model_finish(cn_model *m);

/** Row length of a conv or dense layer's weights; 0 for other types. On input l->in is set. */
size_t cn_layer_row(const cn_layer *l);

/** "conv", "pool", "square", "poly", "flatten", "dense"; "unknown" for other values. */
const char *cn_layer_name(cn_layer_type t);

/** Serialised form per doc/file-formats.md, canonical: one byte sequence per model.
 *  In: m accepted by cn_model_finish.  Out: *data in cn_malloc memory, owned by the caller; *size bytes.
 *  Returns: CN_OK, CN_ERR_SIZE (above CN_MODEL_FILE_MAX), CN_ERR_MEMORY. */
CN_MUST_USE cn_status cn_model_serialise(uint8_t **data, size_t *size, const cn_model *m);

/** Strict parser of the same: every length is checked against what remains before anything is allocated.
 *  In: data not retained.  Out: *m owned by the caller, finished; NULL on failure.
 *  Returns: CN_OK; CN_ERR_MAGIC, CN_ERR_VERSION, CN_ERR_TRUNCATED, CN_ERR_OVERSIZED, CN_ERR_FORMAT, CN_ERR_DIGEST,
 *  CN_ERR_MODEL, CN_ERR_RANGE, CN_ERR_SIZE, CN_ERR_MEMORY; the text has "offset N: expected ..., found ...". */
CN_MUST_USE cn_status cn_model_parse(cn_model **m, const uint8_t *data, size_t size);

#endif
