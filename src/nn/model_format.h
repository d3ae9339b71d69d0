/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Constants of the model file, shared by its writer and its parser. The layout is in doc/file-formats.md.
 */

#ifndef CN_NN_MODEL_FORMAT_H
#define CN_NN_MODEL_FORMAT_H

#include "nn/model.h"
#include "util/sha3.h"

#define CN_MODEL_MAGIC "CNMODEL\n"
#define CN_MODEL_MAGIC_BYTES 8
#define CN_MODEL_VERSION 1u
#define CN_MODEL_HEADER_BYTES 24 /* magic, version, flags, length */
#define CN_MODEL_BIAS_BYTES 16

/** A record's tag: four characters, stored in this order. */
#define CN_TAG(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define CN_TAG_TEXT CN_TAG('T', 'E', 'X', 'T')
#define CN_TAG_INPUT CN_TAG('I', 'N', 'P', 'T')
#define CN_TAG_WINDOW CN_TAG('W', 'I', 'N', 'D')

/** Tag of each layer type, indexed by cn_layer_type. */
extern const uint32_t cn_layer_tag[CN_LAYER_DENSE + 1];

/** Fewest bytes (1, 2, 4 or 8) that hold each of count weights as a two's complement integer. */
uint32_t cn_weight_width(const int64_t *w, size_t count);

#endif
