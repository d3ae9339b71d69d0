/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What plans of both kinds have, written and read. */

#include "proto/fields.h"

#include "he/params.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/utf8.h"

#define LUT_LIMIT ((int64_t)1 << 31)

/* ---- writing ------------------------------------------------------------------------------- */

static void put128(cn_out *o, cn_i128 x) { cn_put64(o, (uint64_t)x), cn_put64(o, (uint64_t)(x >> 64)); }

void cn_put_params(cn_out *o, const cn_params *q) {
    cn_put32(o, (uint32_t)q->scheme);
    cn_put32(o, (uint32_t)q->n);
    cn_put32(o, q->digit_bits);
    cn_put32(o, q->limbs);
    cn_put32(o, q->plains);
    cn_put64(o, q->special);
    for (unsigned i = 0; i < q->limbs; i++) cn_put64(o, q->q[i]);
    for (unsigned j = 0; j < q->plains; j++) cn_put64(o, q->t[j]);
}

void cn_put_shape(cn_out *o, const cn_plan *p) {
    cn_put_bytes(o, p->model_digest, sizeof p->model_digest);
    cn_put32(o, (uint32_t)p->inputs);
    cn_put32(o, (uint32_t)p->outputs);
    put128(o, p->window_low);
    put128(o, p->window_t);
    for (unsigned v = 0; v < 256; v++) cn_put64(o, (uint64_t)p->lut[v]);
}

void cn_put_costs(cn_out *o, const cn_costs *c) {
    for (unsigned k = 0; k < CN_COST_COUNT; k++) cn_put32(o, c->fs[k]);
}

void cn_put_name(cn_out *o, const cn_plan *p) {
    size_t length = strlen(p->model_name);
    cn_put32(o, (uint32_t)length);
    cn_put_bytes(o, p->model_name, length);
}

/* ---- reading ------------------------------------------------------------------------------- */

const uint8_t *cn_take(cn_in *i, size_t n) {
    static const uint8_t zeros[32];
    if (i->is_short || (size_t)(i->end - i->p) < n) {
        i->is_short = true;
        return zeros;
    }
    i->p += n;
    return i->p - n;
}

static cn_i128 get128(cn_in *i) {
    uint64_t low = cn_get64(i);
    return (cn_i128)((cn_u128)cn_get64(i) << 64 | low);
}

cn_status cn_get_params(cn_params *q, cn_in *i) {
    q->scheme = (cn_scheme)cn_get32(i);
    q->n = cn_get32(i);
    q->digit_bits = cn_get32(i);
    q->limbs = cn_get32(i);
    q->plains = cn_get32(i);
    q->special = cn_get64(i);
    if (q->limbs > CN_LIMBS_MAX || q->plains > CN_PLAINS_MAX)
        return cn_fail(CN_ERR_SIZE, "plan: %u ciphertext primes and %u plaintext primes; expected at most %d and %d", q->limbs,
                       q->plains, CN_LIMBS_MAX, CN_PLAINS_MAX);
    for (unsigned k = 0; k < q->limbs; k++) q->q[k] = cn_get64(i);
    for (unsigned k = 0; k < q->plains; k++) q->t[k] = cn_get64(i);
    if (i->is_short) return CN_OK;
    return cn_params_check(q);
}

static cn_status get_window(cn_plan *p, cn_in *i) {
    const cn_i128 limit = (cn_i128)1 << 126;
    cn_i128 t = 1;
    p->window_low = get128(i);
    p->window_t = get128(i);
    if (i->is_short) return CN_OK;
    for (unsigned j = 0; j < p->params.plains && t > 0; j++)
        t = t > limit / (cn_i128)p->params.t[j] ? 0 : t * (cn_i128)p->params.t[j];
    if (p->window_low <= -limit || p->window_low >= limit || p->window_t < 1 || p->window_t > t)
        return cn_fail(CN_ERR_RANGE,
                       "plan: expected a window that the plaintext primes can carry, found another one; the file is damaged");
    for (unsigned v = 0; v < 256; v++) {
        p->lut[v] = (int64_t)cn_get64(i);
        if (p->lut[v] <= -LUT_LIMIT || p->lut[v] >= LUT_LIMIT)
            return cn_fail(CN_ERR_RANGE, "plan: entry %u of the look-up table; expected a value below 2^31", v);
    }
    return CN_OK;
}

cn_status cn_get_shape(cn_plan *p, cn_in *i) {
    memcpy(p->model_digest, cn_take(i, sizeof p->model_digest), sizeof p->model_digest);
    uint32_t inputs = cn_get32(i), outputs = cn_get32(i);
    if (i->is_short) return CN_OK;
    if (inputs < 1 || inputs > CN_MODEL_FEATURES_MAX || outputs < 1 || outputs > CN_MODEL_FEATURES_MAX)
        return cn_fail(CN_ERR_SIZE, "plan: %u inputs and %u outputs; expected 1 to %u", inputs, outputs, CN_MODEL_FEATURES_MAX);
    p->inputs = inputs;
    p->outputs = outputs;
    return get_window(p, i);
}

cn_status cn_get_costs(cn_costs *c, cn_in *i) {
    cn_costs found;
    for (unsigned k = 0; k < CN_COST_COUNT; k++) found.fs[k] = cn_get32(i);
    if (i->is_short) return CN_OK;
    cn_status status = cn_costs_choose(c, &found);
    if (status != CN_OK) return cn_fail_prefix(status, "plan");
    if (!cn_costs_calibrated(c))
        return cn_fail(CN_ERR_FORMAT, "plan: the reference costs; expected others, or none in the file; the file is damaged");
    return CN_OK;
}

cn_status cn_get_name(cn_plan *p, cn_in *i) {
    uint32_t length = cn_get32(i);
    if (length > CN_MODEL_TEXT_MAX)
        return cn_fail(CN_ERR_SIZE, "plan: a name of %u bytes; expected at most %d", length, CN_MODEL_TEXT_MAX);
    if (i->is_short || (size_t)(i->end - i->p) < length)
        return cn_fail(CN_ERR_TRUNCATED, "plan: the content ends early; the file is damaged");
    if ((size_t)(i->end - i->p) > length)
        return cn_fail(CN_ERR_OVERSIZED, "plan: %zu bytes behind the content; the file is damaged",
                       (size_t)(i->end - i->p) - length);
    p->model_name = cn_malloc((size_t)length + 1, 1);
    if (!p->model_name) return CN_ERR_MEMORY;
    memcpy(p->model_name, i->p, length);
    p->model_name[length] = 0;
    if (!cn_text_valid(p->model_name, length, false))
        return cn_fail(CN_ERR_FORMAT, "plan: the name of the model is no text in UTF-8; the file is damaged");
    return CN_OK;
}
