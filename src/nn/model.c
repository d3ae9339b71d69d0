/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Models in memory: creation, release, and the one place where layers are checked against each other.
 *
 *  Every way into the library (model file, plain-text folder, code) ends in cn_model_finish, so that
 * nothing above this file has to check a shape, a range or a scale again. The scaled mean pool and the rule
 * that scales multiply follow CryptoNets (ICML 2016, section 3). */

#include "nn/model.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "util/mem.h"
#include "util/status.h"
#include "util/utf8.h"

#define WIDE_LIMIT ((cn_i128)1 << CN_MODEL_WIDE_BITS)
#define LUT_LIMIT ((int64_t)1 << CN_MODEL_LUT_BITS)

static const char *const layer_names[] = {
    [CN_LAYER_CONV] = "conv", [CN_LAYER_POOL] = "pool",       [CN_LAYER_SQUARE] = "square",
    [CN_LAYER_POLY] = "poly", [CN_LAYER_FLATTEN] = "flatten", [CN_LAYER_DENSE] = "dense",
};

const char *cn_layer_name(cn_layer_type t) {
    if (t < CN_LAYER_CONV || t > CN_LAYER_DENSE) return "unknown";
    return layer_names[t];
}

size_t cn_layer_row(const cn_layer *l) {
    if (l->type == CN_LAYER_CONV) return (size_t)l->in.channels * l->kernel * l->kernel;
    if (l->type == CN_LAYER_DENSE) return cn_shape_size(l->in);
    return 0;
}

/* ---- texts --------------------------------------------------------------------------------- */

static cn_status set_text(char **slot, const char *what, const char *text, size_t least, bool newlines) {
    size_t len = strlen(text);
    if (len < least || len > CN_MODEL_TEXT_MAX)
        return cn_fail(CN_ERR_FORMAT,
                       "%s: expected %zu to %d bytes, found %zu; use a shorter or fuller text", what, least,
                       CN_MODEL_TEXT_MAX, len);
    if (!cn_text_valid(text, len, newlines))
        return cn_fail(CN_ERR_FORMAT,
                       "%s: expected UTF-8 text without control characters, found other bytes; "
                       "remove them",
                       what);
    char *copy = cn_strdup(text);
    if (copy == NULL) return CN_ERR_MEMORY;
    cn_free(*slot);
    *slot = copy;
    return CN_OK;
}

cn_status cn_model_set_name(cn_model *m, const char *text) {
    return set_text(&m->name, "model name", text, 1, false);
}

cn_status cn_model_set_provenance(cn_model *m, const char *text) {
    return set_text(&m->provenance, "model provenance", text, 0, true);
}

/* ---- life ---------------------------------------------------------------------------------- */

cn_status cn_model_new(cn_model **out) {
    *out = NULL;
    cn_status status;
    cn_model *m = cn_calloc(1, sizeof *m);
    if (m == NULL) return CN_ERR_MEMORY;
    CN_CHECK(cn_model_set_name(m, "unnamed"));
    CN_CHECK(cn_model_set_provenance(m, ""));
    for (int i = 0; i < 256; i++) m->lut[i] = i;
    m->input_scale = 1;
    for (unsigned i = 0; i < CN_MODEL_LAYERS_MAX; i++) m->layer[i].weight_scale = 1;
    *out = m;
    m = NULL;
cleanup:
    cn_model_free(m);
    return status;
}

void cn_model_free(cn_model *m) {
    if (m == NULL) return;
    for (unsigned i = 0; i < CN_MODEL_LAYERS_MAX; i++) {
        cn_free(m->layer[i].bias);
        cn_free(m->layer[i].weight);
    }
    cn_free(m->provenance);
    cn_free(m->name);
    cn_free(m);
}

cn_status cn_layer_alloc(cn_layer *l, uint32_t units, size_t row) {
    if (units == 0 || row == 0 || units > CN_MODEL_FEATURES_MAX || row > CN_MODEL_WEIGHTS_MAX / units)
        return cn_fail(CN_ERR_SIZE,
                       "%s layer: expected 1 to %u units and at most %u weights, found %u units of %zu; "
                       "use a smaller layer",
                       cn_layer_name(l->type), CN_MODEL_FEATURES_MAX, CN_MODEL_WEIGHTS_MAX, units, row);
    int64_t *weight = cn_calloc(units * row, sizeof *weight);
    cn_i128 *bias = cn_calloc(units, sizeof *bias);
    if (weight == NULL || bias == NULL) {
        cn_free(bias);
        cn_free(weight);
        return CN_ERR_MEMORY;
    }
    l->units = units;
    l->weight = weight;
    l->bias = bias;
    l->weight_count = units * row;
    l->weight_scale = 1;
    return CN_OK;
}

/* ---- checks -------------------------------------------------------------------------------- */

static bool scale_valid(double s) { return s > 0 && s <= DBL_MAX; /* false for NaN */ }

/** number of positions of a kernel along padded pixels, 0 if there is none */
static uint64_t positions(uint64_t padded, uint32_t kernel, uint32_t stride) {
    return padded < kernel ? 0 : (padded - kernel) / stride + 1;
}

/** Failure of layer number i (counted from 1): "layer 3 (pool): expected ..., found ...". */
#define FAIL_LAYER(code, i, l, fmt, ...) \
    cn_fail(code, "layer %u (%s): " fmt, i, cn_layer_name((l)->type), __VA_ARGS__)

static cn_status finish_weights(const cn_layer *l, unsigned i) {
    size_t row = cn_layer_row(l);
    if (l->units == 0 || l->units > CN_MODEL_FEATURES_MAX)
        return FAIL_LAYER(CN_ERR_SIZE, i, l, "expected 1 to %u units, found %u; use fewer units",
                          CN_MODEL_FEATURES_MAX, l->units);
    if (row > CN_MODEL_WEIGHTS_MAX / l->units)
        return FAIL_LAYER(CN_ERR_SIZE, i, l,
                          "expected at most %u weights, found %u units of %zu; use a smaller layer",
                          CN_MODEL_WEIGHTS_MAX, l->units, row);
    if (l->weight == NULL || l->bias == NULL || l->weight_count != l->units * row)
        return FAIL_LAYER(CN_ERR_MODEL, i, l,
                          "expected %u rows of %zu weights for its input of %u x %u x %u, "
                          "found %zu weights; give every unit one weight per input it sees",
                          l->units, row, l->in.channels, l->in.height, l->in.width,
                          l->weight == NULL ? 0 : l->weight_count);
    for (size_t j = 0; j < l->weight_count; j++)
        if (l->weight[j] == INT64_MIN)
            return FAIL_LAYER(CN_ERR_RANGE, i, l,
                              "weight %zu: expected a magnitude below 2^63, found -2^63; "
                              "scale the weights down",
                              j);
    for (uint32_t j = 0; j < l->units; j++)
        if (l->bias[j] <= -WIDE_LIMIT || l->bias[j] >= WIDE_LIMIT)
            return FAIL_LAYER(CN_ERR_RANGE, i, l,
                              "bias %u: expected a magnitude below 2^%d, found a larger one; "
                              "scale the network down",
                              j, CN_MODEL_WIDE_BITS);
    if (!scale_valid(l->weight_scale))
        return FAIL_LAYER(CN_ERR_FORMAT, i, l,
                          "expected a finite positive weight scale, found %g; use 1 if it is unknown",
                          l->weight_scale);
    return CN_OK;
}

/** Kernel, stride and padding: shapes along both axes into l->out. */
static cn_status finish_kernel(cn_layer *l, unsigned i) {
    const uint32_t max = CN_MODEL_FEATURES_MAX;
    if (l->kernel == 0 || l->stride == 0 || l->kernel > max || l->stride > max || l->pad_left > max ||
        l->pad_right > max || l->pad_top > max || l->pad_bottom > max)
        return FAIL_LAYER(CN_ERR_MODEL, i, l,
                          "expected kernel and stride of 1 to %u and paddings up to %u, found "
                          "kernel %u, stride %u, paddings %u %u %u %u",
                          max, max, l->kernel, l->stride, l->pad_left, l->pad_right, l->pad_top,
                          l->pad_bottom);
    uint64_t padded_w = (uint64_t)l->in.width + l->pad_left + l->pad_right;
    uint64_t padded_h = (uint64_t)l->in.height + l->pad_top + l->pad_bottom;
    uint64_t w = positions(padded_w, l->kernel, l->stride), h = positions(padded_h, l->kernel, l->stride);
    if (w == 0 || h == 0)
        return FAIL_LAYER(CN_ERR_MODEL, i, l,
                          "expected a kernel that fits its padded input of %llu x %llu, found %u x %u; "
                          "use a smaller kernel or more padding",
                          (unsigned long long)padded_h, (unsigned long long)padded_w, l->kernel, l->kernel);
    l->out.width = (uint32_t)w;
    l->out.height = (uint32_t)h;
    return CN_OK;
}

cn_status cn_layer_finish(cn_layer *l, unsigned i, cn_shape in, double in_scale) {
    l->in = l->out = in;
    l->out_scale = in_scale;
    switch (l->type) {
    case CN_LAYER_CONV:
        CN_TRY(finish_kernel(l, i));
        CN_TRY(finish_weights(l, i));
        l->out.channels = l->units;
        l->out_scale = in_scale * l->weight_scale;
        break;
    case CN_LAYER_POOL:
        if (l->pad_left | l->pad_right | l->pad_top | l->pad_bottom)
            return FAIL_LAYER(CN_ERR_MODEL, i, l,
                              "expected no padding, found %u %u %u %u; pad in a conv layer", l->pad_left,
                              l->pad_right, l->pad_top, l->pad_bottom);
        CN_TRY(finish_kernel(l, i));
        l->out_scale = in_scale * l->kernel * l->kernel;
        break;
    case CN_LAYER_POLY:
        for (int j = 0; j < 4; j++)
            if ((j < 3 ? l->poly[j] : l->cubic) == INT64_MIN)
                return FAIL_LAYER(CN_ERR_RANGE, i, l,
                                  "coefficient of x^%d: expected a magnitude below 2^63, found -2^63; "
                                  "scale the coefficients down",
                                  j < 3 ? 2 - j : 3);
        if (l->poly[0] == 0 && l->cubic == 0)
            return FAIL_LAYER(CN_ERR_MODEL, i, l,
                              "expected a leading coefficient other than 0, found 0 x^2 + %lld x + "
                              "%lld; fold a linear map into a dense or conv layer",
                              (long long)l->poly[1], (long long)l->poly[2]);
        l->out_scale = in_scale * in_scale * (l->cubic ? in_scale : 1);
        break;
    case CN_LAYER_SQUARE: l->out_scale = in_scale * in_scale; break;
    case CN_LAYER_FLATTEN: l->out = (cn_shape){(uint32_t)cn_shape_size(in), 1, 1}; break;
    case CN_LAYER_DENSE:
        CN_TRY(finish_weights(l, i));
        l->out = (cn_shape){l->units, 1, 1};
        l->out_scale = in_scale * l->weight_scale;
        break;
    default:
        return FAIL_LAYER(CN_ERR_MODEL, i, l, "expected a layer type of %d to %d, found %d", CN_LAYER_CONV,
                          CN_LAYER_DENSE, (int)l->type);
    }
    if (cn_shape_size(l->out) > CN_MODEL_FEATURES_MAX)
        return FAIL_LAYER(CN_ERR_SIZE, i, l,
                          "expected at most %u output values, found %u x %u x %u; use a smaller layer",
                          CN_MODEL_FEATURES_MAX, l->out.channels, l->out.height, l->out.width);
    if (!scale_valid(l->out_scale))
        return FAIL_LAYER(CN_ERR_MODEL, i, l,
                          "expected a finite positive output scale, found %g; use smaller scales",
                          l->out_scale);
    return CN_OK;
}

static cn_status finish_input(const cn_model *m) {
    const uint32_t max = CN_MODEL_FEATURES_MAX;
    cn_shape s = m->input;
    if (s.channels == 0 || s.height == 0 || s.width == 0 || s.channels > max || s.height > max ||
        s.width > max || cn_shape_size(s) > max)
        return cn_fail(CN_ERR_SIZE,
                       "input: expected three positive sizes with a product of at most %u, found "
                       "%u x %u x %u; use smaller images",
                       max, s.channels, s.height, s.width);
    for (int i = 0; i < 256; i++)
        if (m->lut[i] <= -LUT_LIMIT || m->lut[i] >= LUT_LIMIT)
            return cn_fail(CN_ERR_RANGE,
                           "look-up table: entry %d: expected a magnitude below 2^%d, found %lld; use "
                           "smaller inputs",
                           i, CN_MODEL_LUT_BITS, (long long)m->lut[i]);
    if (!scale_valid(m->input_scale))
        return cn_fail(CN_ERR_FORMAT,
                       "input: expected a finite positive scale, found %g; use 1 if it is unknown",
                       m->input_scale);
    return CN_OK;
}

cn_status cn_model_finish(cn_model *m) {
    CN_TRY(finish_input(m));
    if (m->layer_count == 0 || m->layer_count > CN_MODEL_LAYERS_MAX)
        return cn_fail(CN_ERR_MODEL, "model: expected 1 to %d layers, found %u", CN_MODEL_LAYERS_MAX,
                       m->layer_count);

    cn_shape shape = m->input;
    double scale = m->input_scale;
    for (unsigned i = 0; i < m->layer_count; i++) {
        CN_TRY(cn_layer_finish(&m->layer[i], i + 1, shape, scale));
        shape = m->layer[i].out;
        scale = m->layer[i].out_scale;
    }
    if (m->has_window && (m->window_lo <= -WIDE_LIMIT || m->window_lo >= WIDE_LIMIT || m->window_t <= 0 ||
                          m->window_t >= WIDE_LIMIT))
        return cn_fail(CN_ERR_RANGE,
                       "window: expected |lo| below 2^%d and T of 1 to 2^%d - 1, found other values; "
                       "calibrate the window again",
                       CN_MODEL_WIDE_BITS, CN_MODEL_WIDE_BITS);

    uint8_t *data = NULL;
    size_t size = 0;
    CN_TRY(cn_model_serialise(&data, &size, m));
    memcpy(m->digest, data + size - sizeof m->digest, sizeof m->digest);
    cn_free(data);
    return CN_OK;
}

/* ---- what users may ask -------------------------------------------------------------------- */

const char *cn_model_name(const cn_model *m) { return m->name; }
const char *cn_model_provenance(const cn_model *m) { return m->provenance; }
size_t cn_model_inputs(const cn_model *m) { return cn_shape_size(m->input); }
size_t cn_model_outputs(const cn_model *m) { return cn_shape_size(m->layer[m->layer_count - 1].out); }
const uint8_t *cn_model_digest(const cn_model *m) { return m->digest; }
