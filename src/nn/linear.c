/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Layers to matrices, and the folding of adjacent ones (CryptoNets, section 3.2: consecutive linear layers collapse). */

#include "nn/linear.h"

#include <string.h>

#include "util/mem.h"
#include "util/status.h"

#define WEIGHT_LIMIT ((cn_i128)1 << 62)
#define BIAS_LIMIT ((cn_i128)1 << 126)

void cn_linear_clear(cn_linear *l) {
    cn_free(l->start);
    cn_free(l->col);
    cn_free(l->weight);
    cn_free(l->bias);
    memset(l, 0, sizeof *l);
}

static cn_status reserve(cn_linear *l, size_t rows, size_t cols, size_t entries) {
    memset(l, 0, sizeof *l);
    if (entries >> 32) return cn_fail(CN_ERR_SIZE, "linear layer: %zu weights; expected fewer than 2^32", entries);
    l->start = cn_calloc(rows + 1, sizeof *l->start);
    l->col = cn_calloc(entries, sizeof *l->col);
    l->weight = cn_calloc(entries, sizeof *l->weight);
    l->bias = cn_calloc(rows, sizeof *l->bias);
    if (!l->start || !l->col || !l->weight || !l->bias) {
        cn_linear_clear(l);
        return CN_ERR_MEMORY;
    }
    l->m = (cn_matrix){.rows = rows, .cols = cols, .start = l->start, .col = l->col, .weight = l->weight};
    return CN_OK;
}

/** The K x K window at (oy, ox) of channel c: append its cells inside the input, weights w[ky * K + kx] or 1 if w is NULL. */
static size_t append_window(cn_linear *r, size_t e, const cn_layer *l, uint32_t c, uint32_t oy, uint32_t ox, const int64_t *w) {
    for (uint32_t ky = 0; ky < l->kernel; ky++)
        for (uint32_t kx = 0; kx < l->kernel; kx++) {
            int64_t y = (int64_t)oy * l->stride + ky - l->pad_top, x = (int64_t)ox * l->stride + kx - l->pad_left;
            if (y < 0 || x < 0 || y >= l->in.height || x >= l->in.width) continue;
            r->col[e] = (uint32_t)((c * l->in.height + (uint64_t)y) * l->in.width + (uint64_t)x);
            r->weight[e++] = w ? w[ky * l->kernel + kx] : 1;
        }
    return e;
}

/** Convolution (every input channel under each window, one bias per map) or pooling (each channel by itself). */
static cn_status from_windows(cn_linear *r, const cn_layer *l) {
    bool conv = l->type == CN_LAYER_CONV;
    size_t rows = cn_shape_size(l->out), area = (size_t)l->kernel * l->kernel, channels = conv ? l->in.channels : 1;
    CN_TRY(reserve(r, rows, cn_shape_size(l->in), rows * channels * area));
    size_t row = 0, e = 0;
    for (uint32_t m = 0; m < l->out.channels; m++)
        for (uint32_t oy = 0; oy < l->out.height; oy++)
            for (uint32_t ox = 0; ox < l->out.width; ox++, row++) {
                r->start[row] = (uint32_t)e;
                if (conv)
                    for (uint32_t c = 0; c < l->in.channels; c++)
                        e = append_window(r, e, l, c, oy, ox, l->weight + (m * channels + c) * area);
                else
                    e = append_window(r, e, l, m, oy, ox, NULL);
                r->bias[row] = conv ? l->bias[m] : 0;
            }
    r->start[rows] = (uint32_t)e;
    return CN_OK;
}

static cn_status from_dense(cn_linear *r, const cn_layer *l) {
    size_t rows = l->units, cols = cn_shape_size(l->in);
    CN_TRY(reserve(r, rows, cols, rows * cols));
    for (size_t row = 0, e = 0; row < rows; row++) {
        r->start[row] = (uint32_t)e;
        r->bias[row] = l->bias[row];
        for (size_t c = 0; c < cols; c++, e++) {
            r->col[e] = (uint32_t)c;
            r->weight[e] = l->weight[e];
        }
    }
    r->start[rows] = (uint32_t)(rows * cols);
    return CN_OK;
}

cn_status cn_linear_from_layer(cn_linear *r, const cn_layer *layer) {
    CN_TRY(layer->type == CN_LAYER_DENSE ? from_dense(r, layer) : from_windows(r, layer));
    for (size_t e = 0; e < r->start[r->m.rows]; e++)
        if (r->weight[e] >= WEIGHT_LIMIT || r->weight[e] <= -WEIGHT_LIMIT) {
            cn_linear_clear(r);
            return cn_fail(CN_ERR_RANGE, "%s layer: a weight of 2^62 or more; use a coarser scale", cn_layer_name(layer->type));
        }
    return CN_OK;
}

/** One row of outer times inner into the dense accumulator acc; seen marks the structural columns. */
static bool compose_row(cn_i128 *acc, uint32_t *seen, cn_i128 *bias, const cn_linear *outer, const cn_linear *inner, size_t row) {
    cn_i128 b = outer->bias[row];
    bool fits = true;
    for (size_t e = outer->start[row]; e < outer->start[row + 1]; e++) {
        cn_i128 w = outer->weight[e], term;
        size_t k = outer->col[e];
        fits &= !__builtin_mul_overflow(w, inner->bias[k], &term) && !__builtin_add_overflow(b, term, &b);
        for (size_t f = inner->start[k]; f < inner->start[k + 1]; f++) {
            acc[inner->col[f]] += w * inner->weight[f]; /* < 2^124 each; the sum is checked below against 2^62 */
            cn_i128 sum = acc[inner->col[f]];
            fits &= sum < BIAS_LIMIT && sum > -BIAS_LIMIT;
            seen[inner->col[f]] = 1;
        }
        if (!fits) return false;
    }
    *bias = b;
    return b < BIAS_LIMIT && b > -BIAS_LIMIT;
}

/** Entries of outer after inner: per row the columns that any of its terms reaches. stamp is [inner cols], zero on entry. */
static size_t composed_entries(const cn_linear *outer, const cn_linear *inner, uint32_t *stamp) {
    size_t count = 0;
    for (size_t row = 0; row < outer->m.rows; row++)
        for (size_t e = outer->start[row]; e < outer->start[row + 1]; e++)
            for (size_t f = inner->start[outer->col[e]]; f < inner->start[outer->col[e] + 1]; f++) {
                count += stamp[inner->col[f]] != row + 1;
                stamp[inner->col[f]] = (uint32_t)row + 1;
            }
    return count;
}

cn_status cn_linear_compose(cn_linear *r, const cn_linear *outer, const cn_linear *inner) {
    cn_status status = CN_OK;
    size_t rows = outer->m.rows, cols = inner->m.cols, e = 0;
    cn_i128 *acc = cn_calloc(cols, sizeof *acc);
    uint32_t *seen = cn_calloc(cols, sizeof *seen);
    memset(r, 0, sizeof *r);
    if (!acc || !seen) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(reserve(r, rows, cols, composed_entries(outer, inner, seen)));
    for (size_t row = 0; row < rows; row++) {
        r->start[row] = (uint32_t)e;
        memset(acc, 0, cols * sizeof *acc);
        memset(seen, 0, cols * sizeof *seen);
        bool fits = compose_row(acc, seen, &r->bias[row], outer, inner, row);
        for (size_t c = 0; fits && c < cols; c++) {
            if (!seen[c]) continue;
            fits = acc[c] < WEIGHT_LIMIT && acc[c] > -WEIGHT_LIMIT;
            r->col[e] = (uint32_t)c;
            r->weight[e++] = (int64_t)acc[c];
        }
        if (!fits) CN_CHECK(cn_fail(CN_ERR_RANGE, "folding linear layers: output %zu has a weight of 2^62 or a bias of 2^126 or more; "
                                                  "use coarser scales", row));
    }
    r->start[rows] = (uint32_t)e;
cleanup:
    if (status != CN_OK) cn_linear_clear(r);
    cn_free(acc);
    cn_free(seen);
    return status;
}

cn_status cn_linear_keep_rows(cn_linear *l, const uint32_t *row, size_t count) {
    size_t entries = 0;
    for (size_t i = 0; i < count; i++) {
        if (row[i] >= l->m.rows) return cn_fail(CN_ERR_SIZE, "linear layer: row %u of %zu", row[i], l->m.rows);
        entries += l->start[row[i] + 1] - l->start[row[i]];
    }
    cn_linear r;
    CN_TRY(reserve(&r, count, l->m.cols, entries));
    for (size_t i = 0, e = 0; i < count; i++) {
        size_t first = l->start[row[i]], length = l->start[row[i] + 1] - first;
        memcpy(r.col + e, l->col + first, length * sizeof *r.col);
        memcpy(r.weight + e, l->weight + first, length * sizeof *r.weight);
        r.bias[i] = l->bias[row[i]];
        e += length;
        r.start[i + 1] = (uint32_t)e;
    }

    cn_linear_clear(l);
    *l = r;
    return CN_OK;
}
