/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Packed plans in files: what a client needs, how the server laid out the network, and nothing of its weights. A layout is a
 *  number for each slot of an image, 0 for a slot without a value and v + 1 for value v, packed as residues are. */

#include <string.h>

#include "he/pack.h"
#include "he/params.h"
#include "proto/fields.h"
#include "proto/single_file.h"
#include "ring/galois.h"
#include "util/mem.h"
#include "util/status.h"

#define LAYER_BYTES (4 * (6 + CN_SINGLE_FOLDS_MAX * (1 + CN_ARRAY_LEN(((cn_single_fold *)0)->rotation)))) /* at most */

/* ---- layouts ------------------------------------------------------------------------------- */

/** The modulus that numbers up to values are packed for: odd, above them. */
static cn_mod code_of(size_t values) {
    cn_mod m = {0};
    (void)cn_mod_init(&m, (values + 1) | 1);
    return m;
}

static size_t layout_bytes(size_t values, size_t slots) { return cn_packed_bytes(slots, code_of(values).bits); }

/** Pack count layouts.  In: x, slots words of scratch. */
static void put_layouts(cn_out *o, const int32_t *layout, size_t count, size_t values, uint64_t *x, size_t slots) {
    cn_mod m = code_of(values);
    for (size_t i = 0; i < count; i++, o->p += cn_packed_bytes(slots, m.bits)) {
        for (size_t s = 0; s < slots; s++) x[s] = (uint64_t)(layout[i * slots + s] + 1);
        cn_pack(o->p, x, slots, &m);
    }
}

/** The inverse.  Out: *layout [count][slots], released with cn_free.  Returns: CN_OK, also where the input is short;
 *  CN_ERR_RANGE (a value that does not exist), CN_ERR_MEMORY. */
static cn_status get_layouts(int32_t **layout, cn_in *i, size_t count, size_t values, size_t slots) {
    cn_status status = CN_OK;
    cn_mod m = code_of(values);
    size_t bytes = cn_packed_bytes(slots, m.bits);
    if (i->is_short || (size_t)(i->end - i->p) / bytes < count) {
        i->is_short = true;
        return CN_OK;
    }
    uint64_t *x = cn_malloc(slots, sizeof *x);
    *layout = cn_malloc(count * slots, sizeof **layout);
    if (!x || !*layout) CN_CHECK(CN_ERR_MEMORY);
    for (size_t k = 0; k < count; k++, i->p += bytes) {
        bool sound = cn_unpack(x, i->p, slots, &m);
        for (size_t s = 0; s < slots; s++) {
            sound &= x[s] <= values;
            (*layout)[k * slots + s] = (int32_t)x[s] - 1;
        }
        if (!sound)
            CN_CHECK(cn_fail(CN_ERR_RANGE, "packed plan: a slot holds a value beyond the %zu that there are; the file is damaged",
                             values));
    }
cleanup:
    cn_free(x);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------- */

size_t cn_single_content_room(const cn_single_plan *p) {
    size_t slots = p->layout.slots, bytes = CN_FIELDS_MAX + CN_SINGLE_LAYERS_MAX * LAYER_BYTES;
    return bytes + p->layer[0].inputs * layout_bytes(p->base.inputs, slots) + layout_bytes(p->base.outputs, slots);
}

size_t cn_single_content(uint8_t *content, const cn_single_plan *p, uint64_t *scratch) {
    cn_out o = {content};
    cn_put_params(&o, &p->base.params);
    cn_put_shape(&o, &p->base);
    cn_put32(&o, p->layout.images);
    cn_put32(&o, p->lanes);
    cn_put32(&o, p->turns);
    cn_put32(&o, p->layers);
    for (unsigned l = 0; l < p->layers; l++) {
        const cn_single_layer *y = &p->layer[l];
        const unsigned shape[] = {y->inputs, y->turns, y->babies, y->limbs, y->after, y->folds};
        for (size_t k = 0; k < CN_ARRAY_LEN(shape); k++) cn_put32(&o, shape[k]);
        for (unsigned f = 0; f < y->folds; f++) {
            cn_put32(&o, y->fold[f].count);
            for (unsigned r = 0; r < y->fold[f].count; r++) cn_put32(&o, y->fold[f].rotation[r]);
        }
    }
    put_layouts(&o, p->layer[0].in, p->layer[0].inputs, p->base.inputs, scratch, p->layout.slots);
    put_layouts(&o, p->layer[p->layers - 1].out, 1, p->base.outputs, scratch, p->layout.slots);
    if (cn_costs_calibrated(&p->base.costs)) cn_put_costs(&o, &p->base.costs);
    cn_put_name(&o, &p->base);
    return (size_t)(o.p - content);
}

cn_status cn_single_plan_save(const cn_single_plan *p, const char *path) {
    if (!p || !path) return cn_fail(CN_ERR_NULL, "packed plan: expected a plan and a path, found NULL");
    cn_status status = CN_OK;
    uint8_t *content = cn_malloc(cn_single_content_room(p), 1);
    uint64_t *scratch = cn_malloc(p->layout.slots, sizeof *scratch);
    if (!content || !scratch) CN_CHECK(CN_ERR_MEMORY);
    cn_bytes payload = {content, cn_single_content(content, p, scratch)};
    CN_CHECK(cn_frame_write(path, cn_frame_info(CN_OBJECT_SINGLE_PLAN, &p->base, NULL, 0), &payload, 1, false));
cleanup:
    cn_free(content);
    cn_free(scratch);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------- */

static bool is_power(size_t x, size_t most) { return x && !(x & (x - 1)) && x <= most; }

static cn_status get_choice(cn_single_plan *p, cn_in *i) {
    unsigned images = cn_get32(i);
    p->lanes = cn_get32(i);
    p->turns = cn_get32(i);
    if (i->is_short) return CN_OK; /* said by the caller, here and below */
    if (!is_power(images, CN_SINGLE_IMAGES_MAX))
        return cn_fail(CN_ERR_SIZE, "packed plan: for %u images; expected a power of two up to %d", images, CN_SINGLE_IMAGES_MAX);
    p->layout = (cn_layout){p->base.params.n / images, images};
    if (p->lanes ? !is_power(p->lanes, p->layout.slots) || p->turns : !is_power(p->turns, p->layout.slots / 2))
        return cn_fail(CN_ERR_RANGE, "packed plan: %u lanes and %u turns; expected a power of two of one of them, 0 of the other",
                       p->lanes, p->turns);
    return CN_OK;
}

static cn_status get_folds(cn_single_layer *y, cn_in *i, size_t slots) {
    if (y->folds > CN_SINGLE_FOLDS_MAX)
        return cn_fail(CN_ERR_SIZE, "packed plan: %u folds; expected at most %d", y->folds, CN_SINGLE_FOLDS_MAX);
    for (unsigned f = 0; f < y->folds; f++) {
        cn_single_fold *fold = &y->fold[f];
        fold->count = cn_get32(i);
        if (i->is_short) return CN_OK;
        if (fold->count < 1 || fold->count > CN_ARRAY_LEN(fold->rotation))
            return cn_fail(CN_ERR_SIZE, "packed plan: a fold of %u rotations; expected 1 to %zu", fold->count,
                           CN_ARRAY_LEN(fold->rotation));
        for (unsigned r = 0; r < fold->count; r++) {
            fold->rotation[r] = cn_get32(i);
            if (i->is_short) return CN_OK;
            if (!fold->rotation[r] || !cn_rotation_valid(fold->rotation[r], slots))
                return cn_fail(CN_ERR_RANGE,
                               "packed plan: a fold by rotation %u; expected 1 to %zu columns, or with the rows swapped",
                               fold->rotation[r], slots / 2 - 1);
        }
    }
    return CN_OK;
}

/** One layer.  In: above, primes that are left for it. */
static cn_status get_layer(cn_single_layer *y, unsigned number, unsigned above, cn_in *i, size_t slots) {
    unsigned *field[] = {&y->inputs, &y->turns, &y->babies, &y->limbs, &y->after, &y->folds};
    for (size_t k = 0; k < CN_ARRAY_LEN(field); k++) *field[k] = cn_get32(i);
    if (i->is_short) return CN_OK;
    if (y->inputs < 1 || y->inputs > (number ? 1 : CN_SINGLE_UPLOADS_MAX))
        return cn_fail(CN_ERR_SIZE, "packed plan: layer %u reads %u ciphertexts; expected 1 to %d, 1 behind the first layer",
                       number + 1, y->inputs, CN_SINGLE_UPLOADS_MAX);
    if (y->turns < 1 || y->turns > slots / 2 || y->babies < 1 || y->babies > CN_SINGLE_SUMS_MAX || y->turns % y->babies ||
        y->turns / y->babies > CN_SINGLE_SUMS_MAX)
        return cn_fail(CN_ERR_RANGE,
                       "packed plan: layer %u with %u turns in steps of %u; expected at most %zu, and %d of either kind",
                       number + 1, y->turns, y->babies, slots / 2, CN_SINGLE_SUMS_MAX);
    if (y->limbs < 1 || y->limbs > above || (!number && y->limbs != above) || y->after < 1 || y->after > y->limbs)
        return cn_fail(
            CN_ERR_RANGE,
            "packed plan: layer %u with %u primes, then %u; expected at most %u, all at the beginning, and no more then",
            number + 1, y->limbs, y->after, above);
    return get_folds(y, i, slots);
}

static cn_status get_layers(cn_single_plan *p, cn_in *i) {
    size_t slots = p->layout.slots;
    p->layers = cn_get32(i);
    if (i->is_short) return CN_OK;
    if (p->layers < 2 || p->layers > CN_SINGLE_LAYERS_MAX) {
        unsigned found = p->layers;
        p->layers = 0;
        return cn_fail(CN_ERR_SIZE, "packed plan: %u layers; expected 2 to %d", found, CN_SINGLE_LAYERS_MAX);
    }
    for (unsigned l = 0; l < p->layers && !i->is_short; l++)
        CN_TRY(get_layer(&p->layer[l], l, l ? p->layer[l - 1].after : p->base.params.limbs, i, slots));
    cn_single_layer *first = &p->layer[0], *last = &p->layer[p->layers - 1];
    if (i->is_short) return CN_OK;
    cn_single_set_relinearise(p);
    first->features = p->base.inputs;
    last->outputs = p->base.outputs;
    CN_TRY(get_layouts(&first->in, i, first->inputs, first->features, slots));
    if (!i->is_short) CN_TRY(get_layouts(&last->out, i, 1, last->outputs, slots));
    return CN_OK;
}

static cn_status get_plan(cn_single_plan *p, cn_in *i, bool costs) {
    cn_in ahead = *i;
    cn_scheme scheme = (cn_scheme)cn_get32(&ahead);
    if (scheme == CN_SCHEME_YASHE)
        return cn_fail(CN_ERR_UNSUPPORTED, "packed plan: with %s; expected BFV, the one scheme that rotates",
                       cn_scheme_name(scheme));
    CN_TRY(cn_get_params(&p->base.params, i));
    CN_TRY(cn_get_shape(&p->base, i));
    if (!i->is_short) CN_TRY(get_choice(p, i));
    if (!i->is_short) CN_TRY(get_layers(p, i));
    cn_costs_reference(&p->base.costs);
    if (!i->is_short && costs) CN_TRY(cn_get_costs(&p->base.costs, i));
    return cn_get_name(&p->base, i);
}

cn_status cn_single_content_parse(cn_single_plan **out, const uint8_t *content, size_t size, bool costs) {
    cn_status status = CN_OK;
    cn_in i = {content, content + size, false};
    *out = NULL;
    cn_single_plan *p = cn_calloc(1, sizeof *p);
    if (!p) return CN_ERR_MEMORY;
    CN_CHECK(get_plan(p, &i, costs));
    CN_CHECK(cn_single_finish(p));
    CN_CHECK(cn_single_check_bytes(p));
    cn_single_make_digest(p);
    *out = p;
    p = NULL;
cleanup:
    cn_single_plan_free(p);
    return status;
}

cn_status cn_single_plan_parse(cn_single_plan **out, const uint8_t *data, size_t size) {
    cn_frame f;
    uint8_t params[32];
    cn_single_plan *p;
    *out = NULL;
    CN_TRY(cn_frame_open(&f, data, size));
    if (f.info.type != CN_OBJECT_SINGLE_PLAN)
        return cn_fail(CN_ERR_MISMATCH, "packed plan: expected one, found a %s; check the order of the files",
                       cn_object_name(f.info.type));
    CN_TRY(cn_single_content_parse(&p, f.payload, f.size, f.info.version == 2));
    cn_params_digest(params, &p->base.params);
    if (memcmp(p->base.digest, f.info.plan, sizeof p->base.digest) == 0 && memcmp(params, f.info.params, sizeof params) == 0) {
        *out = p;
        return CN_OK;
    }
    cn_single_plan_free(p);
    return cn_fail(CN_ERR_MISMATCH,
                   "packed plan: the digests in the header are not those of the content; the file was tampered with");
}

cn_status cn_single_plan_load(cn_single_plan **p, const char *path) {
    if (p) *p = NULL;
    if (!p || !path) return cn_fail(CN_ERR_NULL, "packed plan: expected a place for the result and a path, found NULL");
    uint8_t *data;
    size_t size;
    CN_TRY(cn_frame_read(&data, &size, path, CN_OBJECT_SINGLE_PLAN, CN_SINGLE_CONTENT_MAX));
    cn_status status = cn_single_plan_parse(p, data, size);
    cn_free(data);
    return cn_fail_prefix(status, "%s", path);
}
