/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Which value lies in which slot of an image: nothing here knows of other images, nor of the ring (nn/layout.h).
 *
 *  Sums are taken over subgroups of the rotations: all multiples of `period` columns, with the swap of the rows or not. The slots of one sum
 *  are those that the subgroup moves onto each other, and all of them hold the sum afterwards: it is replicated for nothing, and no mask is
 *  needed; slots without an output have no weights and hold 0.
 *
 *  Diagonals: a slot with turns T sees the values of T neighbouring columns. With x laid out such that block i of `period` columns begins at value
 *  T i, the slots of one sum see T values each and together all of them, whichever column of the block they are in (past the end of a block
 *  the next one continues, T values on: the set of values that a sum sees is the same). */

#include <string.h>

#include "nn/single.h"
#include "ring/galois.h"
#include "util/mem.h"
#include "util/status.h"

const cn_linear *cn_single_linear(const cn_program *prog, unsigned l) { return l ? &prog->segment[l - 1].post : &prog->segment[0].pre; }

static size_t power_of_two_from(size_t x) {
    size_t p = 1;
    while (p < x) p *= 2;
    return p;
}

static cn_status reserve(cn_single_layer *layer, size_t inputs, size_t slots) {
    if (inputs > CN_SINGLE_UPLOADS_MAX)
        return cn_fail(CN_ERR_UNSUPPORTED, "%zu ciphertexts per plaintext prime to upload; expected at most %d", inputs, CN_SINGLE_UPLOADS_MAX);
    layer->inputs = (unsigned)inputs;
    layer->in = cn_malloc(inputs * slots, sizeof *layer->in);
    layer->sum = cn_malloc(slots, sizeof *layer->sum);
    layer->out = cn_malloc(slots, sizeof *layer->out);
    return layer->in && layer->sum && layer->out ? CN_OK : CN_ERR_MEMORY;
}

/** Sums over multiples of period columns within width columns, and over both rows if swap: number of each slot's sum, and the folds. Where the
 *  layer's input repeats every width columns, sums do, too: to fold within a width is to fold cyclically. */
static void set_sums(cn_single_layer *layer, size_t period, size_t width, bool swap, size_t slots) {
    size_t columns = slots / 2, in_row = columns / width * period;
    unsigned generator[20], count = 0;
    for (size_t s = 0; s < slots; s++)
        layer->sum[s] = (int32_t)((swap ? 0 : s / columns * in_row) + s % columns / width * period + s % columns % period);
    layer->sums = swap ? in_row : 2 * in_row;
    layer->swaps = swap;
    for (size_t step = period; step < width; step *= 2) generator[count++] = (unsigned)step;
    if (swap) generator[count++] = CN_ROTATE_SWAP;
    layer->group = 1U << count;
    for (unsigned g = 0; g < count; g += CN_SINGLE_FOLD_BITS) {
        cn_single_fold *fold = &layer->fold[layer->folds++];
        unsigned bits = CN_MIN(count - g, (unsigned)CN_SINGLE_FOLD_BITS);
        for (unsigned mask = 1; mask < 1U << bits; mask++) {
            unsigned r = 0;
            for (unsigned b = 0; b < bits; b++)
                if (mask >> b & 1) r = cn_rotation_compose(r, generator[g + b], slots);
            fold->rotation[fold->count++] = r;
        }
    }
}

/** No folds: all slots of an output are one sum. In: out. */
static void client_adds(cn_single_layer *layer, size_t slots) {
    for (size_t s = 0; s < slots; s++) layer->sum[s] = layer->out[s];
    layer->sums = layer->outputs;
    layer->folds = 0;
    layer->group = 1;
    layer->swaps = false;
}

/** Output o is the sum of columns that are o modulo period; in the second row, unless it is swapped with the first, o - period. */
static void set_outputs(cn_single_layer *layer, size_t period, size_t slots) {
    for (size_t s = 0; s < slots; s++) {
        size_t o = s % (slots / 2) % period + (layer->swaps ? 0 : s / (slots / 2) * period);
        layer->out[s] = o < layer->outputs ? (int32_t)o : -1;
    }
}

/** Columns of one period of a layer whose outputs are its sums, both rows apart. */
static size_t period_for(size_t outputs) { return power_of_two_from((outputs + 1) / 2); }

/** Value in a column of a layout for diagonals of turns columns over blocks of period; -1: none. */
static int32_t diagonal_value(size_t column, size_t period, size_t blocks, size_t turns, size_t stride, size_t offset, size_t features) {
    size_t block = column / period % blocks, v = (column % period + turns * (offset + stride * block)) % (turns * stride * blocks);
    return v < features ? (int32_t)v : -1;
}

/** The first layer by diagonals: every upload holds the values from another one on. */
static cn_status first_by_diagonals(cn_single_layer *layer, unsigned turns, size_t slots) {
    size_t period = period_for(layer->outputs), columns = slots / 2;
    if (period > columns || turns > period)
        return cn_fail(CN_ERR_UNSUPPORTED, "%u turns for %zu outputs; expected at most %zu outputs and turns", turns, layer->outputs, slots);
    size_t blocks = columns / period, uploads = (layer->features + turns * blocks - 1) / (turns * blocks);
    CN_TRY(reserve(layer, uploads, slots));
    layer->turns = turns;
    set_sums(layer, period, columns, false, slots);
    set_outputs(layer, period, slots);
    for (size_t i = 0; i < uploads; i++)
        for (size_t s = 0; s < slots; s++)
            layer->in[i * slots + s] = diagonal_value(s % columns, period, blocks, turns, uploads, i, layer->features);
    return CN_OK;
}

/** The first layer by windows: lane h of upload i holds input number i * lanes + h of the output that the slot's sum is. The outputs are laid
 *  out as next, by diagonals, wants to read them. With one lane nothing is folded, and the second row goes on where the first one ends: a block
 *  turns into the first one of its row then, and next, which folds both rows, still sees all of them. */
static cn_status first_by_windows(cn_single_layer *layer, const cn_linear *map, unsigned lanes, cn_single_layer *next, bool last, size_t slots) {
    bool rows = lanes == 1; /* hold different values */
    size_t columns = slots / 2, period = rows ? columns : columns / (lanes / 2), room = rows ? slots : period, widest = 0;
    for (size_t r = 0; r < map->m.rows; r++) widest = CN_MAX(widest, (size_t)(map->start[r + 1] - map->start[r]));
    size_t next_period = rows ? power_of_two_from(next->outputs) : period_for(next->outputs);
    if (next_period > period) return cn_fail(CN_ERR_UNSUPPORTED, "%u lanes leave %zu columns for %zu outputs", lanes, period, next->outputs);
    size_t blocks = room / next_period, turns = power_of_two_from((next->features + blocks - 1) / blocks);
    if (turns > next_period)
        return cn_fail(CN_ERR_UNSUPPORTED, "%zu values do not fit %zu slots read by %zu outputs", next->features, room, next->outputs);
    CN_TRY(reserve(layer, (widest + lanes - 1) / lanes, slots));
    layer->turns = 1;
    set_sums(layer, period, columns, !rows, slots);
    CN_TRY(reserve(next, 1, slots));
    next->turns = (unsigned)turns;
    set_sums(next, next_period, period, rows, slots);
    set_outputs(next, next_period, slots);
    if (last) client_adds(next, slots);
    for (size_t s = 0; s < slots; s++)
        layer->out[s] = next->in[s] = diagonal_value(s % room, next_period, blocks, turns, 1, 0, next->features);
    for (size_t i = 0; i < layer->inputs; i++)
        for (size_t s = 0; s < slots; s++) {
            size_t lane = s / columns * (lanes / 2) + s % columns / period, tap = i * lanes + lane;
            int32_t o = layer->out[s];
            bool there = o >= 0 && tap < map->start[o + 1] - map->start[o];
            layer->in[i * slots + s] = there ? (int32_t)map->col[map->start[o] + tap] : -1;
        }
    return CN_OK;
}

/** As few turns, a power of two, as let every sum with an output see every value.  In: seen, room for sums * (features + 1).  Returns: 0 if
 *  a quarter of the slots is not enough. */
static unsigned turns_needed(const cn_single_layer *layer, uint8_t *seen, size_t slots) {
    size_t columns = slots / 2, found = 0, wanted = 0, done = 0;
    uint8_t *has = seen + layer->sums * layer->features;
    memset(seen, 0, layer->sums * (layer->features + 1));
    for (size_t turns = 1; turns <= slots / 4; done = turns, turns *= 2) {
        for (size_t s = 0; s < slots; s++) {
            if (layer->out[s] < 0) continue;
            uint8_t *row = seen + (size_t)layer->sum[s] * layer->features;
            if (!has[layer->sum[s]]) has[layer->sum[s]] = 1, wanted += layer->features;
            for (size_t k = done; k < turns; k++) {
                int32_t v = layer->in[cn_layout_turned(s, k, columns)];
                if (v >= 0 && !row[v]) row[v] = 1, found++;
            }
        }
        if (found == wanted) return (unsigned)turns;
    }
    return 0;
}

/** The last layer where there are as many copies of each value as outputs: one product; copy c of a value serves output c. */
static cn_status last_by_copies(bool *fits, cn_single_layer *layer, size_t slots) {
    size_t *copies = cn_calloc(layer->features, sizeof *copies), enough = 0;
    if (!copies) return CN_ERR_MEMORY;
    layer->turns = layer->group = 1;
    layer->sums = layer->outputs;
    for (size_t s = 0; s < slots; s++) {
        int32_t v = layer->in[s];
        layer->sum[s] = layer->out[s] = -1;
        if (v < 0 || copies[v] == layer->outputs) continue;
        layer->sum[s] = layer->out[s] = (int32_t)copies[v]++;
        enough += copies[v] == layer->outputs;
    }
    cn_free(copies);
    *fits = enough == layer->features;
    return CN_OK;
}

/** A layer that reads what the one before has left: as few turns as see everything. */
static cn_status later_layer(cn_single_layer *layer, const cn_single_layer *before, bool last, size_t slots) {
    size_t period = power_of_two_from(layer->outputs);
    CN_TRY(reserve(layer, 1, slots));
    memcpy(layer->in, before->out, slots * sizeof *layer->in);
    bool fits = false;
    if (last) CN_TRY(last_by_copies(&fits, layer, slots));
    if (fits) return CN_OK;
    if (period > slots / 2) return cn_fail(CN_ERR_UNSUPPORTED, "%zu outputs; expected at most %zu", layer->outputs, slots / 2);
    set_sums(layer, period, slots / 2, true, slots); /* the rows hold different values */
    set_outputs(layer, period, slots);
    uint8_t *seen = cn_malloc(layer->sums, layer->features + 1);
    if (!seen) return CN_ERR_MEMORY;
    layer->turns = turns_needed(layer, seen, slots);
    cn_free(seen);
    if (last) client_adds(layer, slots);
    return layer->turns ? CN_OK : cn_fail(CN_ERR_UNSUPPORTED, "no number of turns brings all values together");
}

/** How many of the rotations come before the weights: the cheapest, where a decomposition takes about as long as one rotation and a half, and a
 *  rotation of a sum, with its divisions, four. */
static unsigned best_babies(const cn_single_layer *layer) {
    unsigned best = 0;
    double least = 0;
    for (unsigned b = 1; b <= CN_MIN(layer->turns, (unsigned)CN_SINGLE_SUMS_MAX); b *= 2) {
        if (layer->turns / b > CN_SINGLE_SUMS_MAX) continue;
        double cost = layer->inputs * (b > 1 ? b + 0.5 : 0) + 4.0 * (layer->turns / b - 1);
        if (!best || cost < least) least = cost, best = b;
    }
    return best;
}

static cn_status lay_out(cn_single_plan *p, const cn_program *prog, const cn_single_choice *choice) {
    size_t slots = choice->layout.slots;
    unsigned first = 1;
    for (unsigned l = 0; l < p->layers; l++) {
        const cn_linear *map = cn_single_linear(prog, l);
        p->layer[l].features = map->m.cols;
        p->layer[l].outputs = map->m.rows;
        memcpy(p->layer[l].label, prog->segment[l ? l - 1 : 0].label[l ? CN_STAGE_POST : CN_STAGE_PRE], sizeof p->layer[l].label);
    }
    if (choice->lanes) {
        CN_TRY(first_by_windows(&p->layer[0], cn_single_linear(prog, 0), choice->lanes, &p->layer[1], p->layers == 2, slots));
        first = 2;
    } else {
        CN_TRY(first_by_diagonals(&p->layer[0], choice->turns, slots));
    }
    for (unsigned l = first; l < p->layers; l++) CN_TRY(later_layer(&p->layer[l], &p->layer[l - 1], l + 1 == p->layers, slots));
    for (unsigned l = 0; l < p->layers; l++) p->layer[l].babies = best_babies(&p->layer[l]);
    cn_single_set_relinearise(p);
    return CN_OK;
}

cn_status cn_single_lay_out(cn_single_plan *p, const cn_program *prog, const cn_single_choice *choice) {
    cn_single_layers_clear(p);
    p->layers = prog->count + 1;
    p->layout = choice->layout;
    p->lanes = choice->lanes;
    p->turns = choice->turns;
    cn_status status = lay_out(p, prog, choice);
    if (status != CN_OK) cn_single_layers_clear(p);
    return status;
}

cn_status cn_single_weights(int64_t **out, const cn_single_layer *layer, const cn_linear *map, size_t slots) {
    cn_status status = CN_OK;
    size_t columns = slots / 2, missing = 0;
    *out = NULL;
    int64_t *w = cn_calloc((size_t)layer->inputs * layer->turns * slots, sizeof *w);
    uint32_t *entry = cn_calloc(map->m.rows * map->m.cols, sizeof *entry); /* number of the weight of (row, column), from 1; 0: none */
    uint8_t *taken = cn_calloc(layer->sums * map->m.cols, 1);
    uint32_t *left = cn_calloc(layer->sums, sizeof *left); /* products of each sum that have no slot yet, plus 1 once seen */
    if (!w || !entry || !taken || !left) CN_CHECK(CN_ERR_MEMORY);
    for (size_t r = 0; r < map->m.rows; r++)
        for (uint32_t e = map->start[r]; e < map->start[r + 1]; e++) entry[r * map->m.cols + map->col[e]] = e + 1;
    for (size_t s = 0; s < slots; s++) {
        int32_t o = layer->out[s], sum = layer->sum[s];
        if (o < 0 || sum < 0) continue;
        if (!left[sum]) left[sum] = map->start[o + 1] - map->start[o] + 1;
        for (size_t i = 0; i < layer->inputs; i++)
            for (size_t k = 0; k < layer->turns; k++) {
                int32_t v = layer->in[i * slots + cn_layout_turned(s, k, columns)];
                if (v < 0 || !entry[(size_t)o * map->m.cols + (size_t)v]) continue;
                uint8_t *cell = &taken[(size_t)sum * map->m.cols + (size_t)v];
                if (*cell) continue;
                *cell = 1;
                left[sum]--;
                w[(i * layer->turns + k) * slots + s] = map->weight[entry[(size_t)o * map->m.cols + (size_t)v] - 1];
            }
    }
    for (size_t sum = 0; sum < layer->sums; sum++) missing += left[sum] > 1;
    if (missing)
        CN_CHECK(cn_fail(CN_ERR_UNSUPPORTED, "packed layout of layer %s: %zu of %zu sums lack a product; this is a defect, please report it",
                         layer->label, missing, layer->sums));
    *out = w;
    w = NULL;
cleanup:
    cn_free(w);
    cn_free(entry);
    cn_free(taken);
    cn_free(left);
    return status;
}
