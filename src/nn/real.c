/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Evaluation of networks with real weights, straight from the definitions in model.h. Reading them is model_import.c's. */

#include "nn/real.h"

#include <string.h>

#include "util/mem.h"
#include "util/verify.h"

void cn_real_clear(cn_real_net *r) {
    for (unsigned i = 0; i < CN_MODEL_LAYERS_MAX; i++) {
        cn_free(r->weight[i]);
        cn_free(r->bias[i]);
    }
    *r = (cn_real_net){0};
}

static double dot(const double *w, const double *x, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += w[i] * x[i];
    return sum;
}

/** Sum over the kernel at output (oy, ox) of one channel: w[ky][kx] times x, or x alone where w is NULL. */
static double window_sum(const cn_layer *l, const double *w, const double *x, uint32_t oy, uint32_t ox) {
    double sum = 0;
    for (uint32_t ky = 0; ky < l->kernel; ky++)
        for (uint32_t kx = 0; kx < l->kernel; kx++) {
            int64_t y = (int64_t)oy * l->stride + ky - l->pad_top, column = (int64_t)ox * l->stride + kx - l->pad_left;
            if (y < 0 || y >= l->in.height || column < 0 || column >= l->in.width) continue;
            double value = x[(size_t)y * l->in.width + (size_t)column];
            sum += w != NULL ? w[(size_t)ky * l->kernel + kx] * value : value;
        }
    return sum;
}

static void convolve(double *y, const cn_layer *l, const double *weight, const double *bias, const double *x) {
    size_t kernel = (size_t)l->kernel * l->kernel, plane = (size_t)l->in.height * l->in.width;
    for (uint32_t m = 0; m < l->out.channels; m++)
        for (uint32_t oy = 0; oy < l->out.height; oy++)
            for (uint32_t ox = 0; ox < l->out.width; ox++) {
                double sum = bias[m];
                for (uint32_t c = 0; c < l->in.channels; c++)
                    sum += window_sum(l, weight + ((size_t)m * l->in.channels + c) * kernel, x + c * plane, oy, ox);
                *y++ = sum;
            }
}

/** The mean: the sum that integers make, divided by what the layer's scale grows. */
static void pool(double *y, const cn_layer *l, const double *x) {
    size_t plane = (size_t)l->in.height * l->in.width;
    for (uint32_t c = 0; c < l->out.channels; c++)
        for (uint32_t oy = 0; oy < l->out.height; oy++)
            for (uint32_t ox = 0; ox < l->out.width; ox++) *y++ = window_sum(l, NULL, x + c * plane, oy, ox) / ((double)l->kernel * l->kernel);
}

void cn_real_layer(double *y, const cn_layer *l, const double *weight, const double *bias, const double *x) {
    size_t in = cn_shape_size(l->in);
    switch (l->type) {
    case CN_LAYER_CONV: convolve(y, l, weight, bias, x); break;
    case CN_LAYER_POOL: pool(y, l, x); break;
    case CN_LAYER_DENSE:
        for (uint32_t u = 0; u < l->units; u++) y[u] = bias[u] + dot(weight + u * in, x, in);
        break;
    case CN_LAYER_SQUARE:
        for (size_t i = 0; i < in; i++) y[i] = x[i] * x[i];
        break;
    case CN_LAYER_FLATTEN: memcpy(y, x, in * sizeof *y); break;
    case CN_LAYER_POLY: CN_INVARIANT(0); break; /* refused by cn_real_import */
    }
}
