/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A model as a short table for people: shapes, parameters, ranges, window, digest.
 *
 *  The only place that turns a model into prose; the command prints its lines as they come. */

#include "nn/model.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arith/int128.h"
#include "util/sha3.h"
#include "util/status.h"

typedef struct printer {
    cn_log_fn line;
    void *user;
} printer;

static void CN_PRINTF(2, 3) emit(const printer *p, const char *fmt, ...) {
    char text[CN_MODEL_TEXT_MAX + 64];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    for (size_t n = strlen(text); n > 0 && text[n - 1] == ' ';) text[--n] = 0;
    p->line(p->user, text);
}

static void describe_shape(char out[40], cn_shape s) {
    snprintf(out, 40, "%" PRIu32 " x %" PRIu32 " x %" PRIu32, s.channels, s.height, s.width);
}

static void describe_layer(const printer *p, const cn_layer *l, unsigned number) {
    char shape[40], detail[160] = "", range[64] = "";
    describe_shape(shape, l->out);
    if (l->type == CN_LAYER_CONV)
        snprintf(detail, sizeof detail, "kernel %u stride %u padding %u %u %u %u", l->kernel, l->stride,
                 l->pad_left, l->pad_right, l->pad_top, l->pad_bottom);
    if (l->type == CN_LAYER_POOL)
        snprintf(detail, sizeof detail, "kernel %u stride %u", l->kernel, l->stride);
    if (l->type == CN_LAYER_POLY)
        snprintf(detail, sizeof detail, "%.0" PRId64 "%s%" PRId64 " x^2 + %" PRId64 " x + %" PRId64, l->cubic,
                 l->cubic ? " x^3 + " : "", l->poly[0], l->poly[1], l->poly[2]);
    if (l->weight_count > 0) {
        int64_t least = l->weight[0], most = l->weight[0];
        for (size_t i = 1; i < l->weight_count; i++) {
            least = CN_MIN(least, l->weight[i]);
            most = CN_MAX(most, l->weight[i]);
        }
        snprintf(range, sizeof range, "%10zu  %" PRId64 "..%" PRId64, l->weight_count, least, most);
    }
    emit(p, "  %2u  %-8s %-18s %-34s %s", number, cn_layer_name(l->type), shape, detail, range);
}

cn_status cn_model_describe(const cn_model *m, cn_log_fn line, void *user) {
    if (m == NULL || line == NULL)
        return cn_fail(CN_ERR_NULL, "cn_model_describe: expected a model and a callback, found NULL; pass "
                                    "both");
    const printer p = {line, user};
    char shape[40], digest[2 * sizeof m->digest + 1], lo[CN_I128_TEXT], t[CN_I128_TEXT];
    int64_t least = m->lut[0], most = m->lut[0];
    for (int i = 1; i < 256; i++) {
        least = CN_MIN(least, m->lut[i]);
        most = CN_MAX(most, m->lut[i]);
    }
    cn_hex(digest, m->digest, sizeof m->digest);

    emit(&p, "model  %s", m->name);
    emit(&p, "digest %s", digest);
    emit(&p, "   #  %-8s %-18s %-34s %10s  %s", "layer", "output", "", "weights", "range");
    describe_shape(shape, m->input);
    emit(&p, "   0  %-8s %-18s values %" PRId64 "..%" PRId64, "input", shape, least, most);
    for (unsigned i = 0; i < m->layer_count; i++) describe_layer(&p, &m->layer[i], i + 1);
    if (m->has_window) {
        unsigned bits = 0;
        for (cn_i128 x = m->window_t - 1; x > 0; x >>= 1) bits++;
        emit(&p, "window from %s, width %s (%u bits)", cn_i128_format(lo, m->window_lo),
             cn_i128_format(t, m->window_t), bits);
    } else {
        emit(&p, "window none: scores are read as they are");
    }
    return CN_OK;
}
