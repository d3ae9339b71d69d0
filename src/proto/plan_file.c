/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Plans in files: what a client needs, and nothing of the network's weights. */

#include "proto/frame.h"

#include <string.h>

#include "he/params.h"
#include "he/noise.h"
#include "nn/model.h"
#include "util/bytes.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/utf8.h"

#define LUT_LIMIT ((int64_t)1 << 31)
#define FLAG_STRICT 1u
#define FLAG_PUBLIC_KEY 2u
#define FLAG_PRIVACY 4u

/* ---- writing ------------------------------------------------------------------------------- */

typedef struct out {
    uint8_t *p;
} out;

static void put32(out *o, uint32_t x) { cn_store32_le(o->p, x), o->p += 4; }
static void put64(out *o, uint64_t x) { cn_store64_le(o->p, x), o->p += 8; }
static void put128(out *o, cn_i128 x) { put64(o, (uint64_t)x), put64(o, (uint64_t)(x >> 64)); }
static void put_bytes(out *o, const void *data, size_t n) { memcpy(o->p, data, n), o->p += n; }

size_t cn_plan_content(uint8_t content[CN_PLAN_CONTENT_MAX], const cn_plan *p) {
    const cn_params *q = &p->params;
    size_t name = strlen(p->model_name);
    out o = {content};
    put32(&o, (p->options.strict ? FLAG_STRICT : 0) | (p->options.public_key ? FLAG_PUBLIC_KEY : 0) |
                  (p->options.model_privacy ? FLAG_PRIVACY : 0));
    put32(&o, (uint32_t)q->scheme);
    put32(&o, (uint32_t)q->n);
    put32(&o, q->digit_bits);
    put32(&o, q->limbs);
    put32(&o, q->plains);
    put64(&o, q->special);
    for (unsigned i = 0; i < q->limbs; i++) put64(&o, q->q[i]);
    for (unsigned j = 0; j < q->plains; j++) put64(&o, q->t[j]);
    put_bytes(&o, p->model_digest, sizeof p->model_digest);
    put32(&o, (uint32_t)p->inputs);
    put32(&o, (uint32_t)p->outputs);
    put128(&o, p->window_low);
    put128(&o, p->window_t);
    for (unsigned v = 0; v < 256; v++) put64(&o, (uint64_t)p->lut[v]);
    put32(&o, p->segments);
    for (unsigned s = 0; s < p->segments; s++) put32(&o, p->schedule.limbs[s]), put32(&o, p->degree[s]);
    if (p->options.model_privacy) put32(&o, p->options.model_privacy), put32(&o, p->options.scale_scores), put32(&o, p->flood_bits), put32(&o, p->schedule.reply);
    put32(&o, (uint32_t)name);
    put_bytes(&o, p->model_name, name);
    return (size_t)(o.p - content);
}

cn_status cn_plan_save(const cn_plan *p, const char *path) {
    if (!p || !path) return cn_fail(CN_ERR_NULL, "plan: expected a plan and a path, found NULL");
    uint8_t *content = cn_malloc(CN_PLAN_CONTENT_MAX, 1);
    if (!content) return CN_ERR_MEMORY;
    cn_bytes payload = {content, cn_plan_content(content, p)};
    cn_status status = cn_frame_write(path, cn_frame_info(CN_OBJECT_PLAN, p, NULL, 0), &payload, 1, false);
    cn_free(content);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------- */

/** What is left; short turns true at the first read beyond the end, and zeros are read from then on. */
typedef struct in {
    const uint8_t *p, *end;
    bool is_short;
} in;

static const uint8_t *take(in *i, size_t n) {
    static const uint8_t zeros[32];
    if (i->is_short || (size_t)(i->end - i->p) < n) {
        i->is_short = true;
        return zeros;
    }
    i->p += n;
    return i->p - n;
}
static uint32_t get32(in *i) { return cn_load32_le(take(i, 4)); }
static uint64_t get64(in *i) { return cn_load64_le(take(i, 8)); }
static cn_i128 get128(in *i) {
    uint64_t low = get64(i);
    return (cn_i128)((cn_u128)get64(i) << 64 | low);
}

/** Parameters, judged against the security table. */
static cn_status get_params(cn_params *q, in *i) {
    q->scheme = (cn_scheme)get32(i);
    q->n = get32(i);
    q->digit_bits = get32(i);
    q->limbs = get32(i);
    q->plains = get32(i);
    q->special = get64(i);
    if (q->limbs > CN_LIMBS_MAX || q->plains > CN_PLAINS_MAX)
        return cn_fail(CN_ERR_SIZE, "plan: %u ciphertext primes and %u plaintext primes; expected at most %d and %d", q->limbs, q->plains,
                       CN_LIMBS_MAX, CN_PLAINS_MAX);
    for (unsigned k = 0; k < q->limbs; k++) q->q[k] = get64(i);
    for (unsigned k = 0; k < q->plains; k++) q->t[k] = get64(i);
    if (i->is_short) return CN_OK; /* said by the caller */
    return cn_params_check(q);
}

static cn_status get_window(cn_plan *p, in *i) {
    const cn_i128 limit = (cn_i128)1 << 126;
    cn_i128 t = 1;
    p->window_low = get128(i);
    p->window_t = get128(i);
    for (unsigned j = 0; j < p->params.plains && t > 0; j++) t = t > limit / (cn_i128)p->params.t[j] ? 0 : t * (cn_i128)p->params.t[j];
    if (p->window_low <= -limit || p->window_low >= limit || p->window_t < 1 || p->window_t > t)
        return cn_fail(CN_ERR_RANGE, "plan: expected a window that the plaintext primes can carry, found another one; the file is damaged");
    for (unsigned v = 0; v < 256; v++) {
        p->lut[v] = (int64_t)get64(i);
        if (p->lut[v] <= -LUT_LIMIT || p->lut[v] >= LUT_LIMIT)
            return cn_fail(CN_ERR_RANGE, "plan: entry %u of the look-up table; expected a value below 2^31", v);
    }
    return CN_OK;
}

static cn_status get_segments(cn_plan *p, in *i) {
    p->segments = get32(i);
    if (p->segments < 1 || p->segments > CN_SEGMENTS_MAX)
        return cn_fail(CN_ERR_SIZE, "plan: %u segments; expected 1 to %d", p->segments, CN_SEGMENTS_MAX);
    for (unsigned s = 0; s < p->segments; s++) {
        unsigned limbs = p->schedule.limbs[s] = get32(i), degree = p->degree[s] = get32(i), above = s ? p->schedule.limbs[s - 1] : p->params.limbs;
        if (limbs < 1 || limbs > above || (!s && limbs != above) || degree < 1 || degree > CN_POWER_MAX || (s + 1 < p->segments && degree < 2))
            return cn_fail(CN_ERR_RANGE, "plan: segment %u with %u primes and an activation of degree %u; expected at most %u primes, all at the "
                                         "beginning, and a degree up to %d, at least 2 but in the last segment", s + 1, limbs, degree, above, CN_POWER_MAX);
    }
    return CN_OK;
}

/** What a plan with model privacy says of its replies. */
static cn_status get_privacy(cn_plan *p, in *i) {
    unsigned bits = get32(i), scale = get32(i), flood = get32(i), reply = get32(i), last = p->schedule.limbs[p->segments - 1];
    if (i->is_short) return CN_OK; /* said by the caller */
    if (p->params.scheme != CN_SCHEME_BFV)
        return cn_fail(CN_ERR_UNSUPPORTED, "plan: model privacy with %s; expected BFV, the one scheme that has it", cn_scheme_name(p->params.scheme));
    if (bits < CN_PRIVACY_BITS_MIN || bits > CN_PRIVACY_BITS_MAX || flood < bits || flood > CN_FLOOD_BITS_MAX || reply < 1 || reply >= last)
        return cn_fail(CN_ERR_RANGE, "plan: model privacy of %u bits by noise of %u bits, replies of %u primes; expected %d to %d bits, at least as "
                                     "many of noise, and fewer primes than the %u of the last segment", bits, flood, reply, CN_PRIVACY_BITS_MIN,
                       CN_PRIVACY_BITS_MAX, last);
    if (scale && (scale < CN_SCALE_BITS_MIN || scale > CN_SCALE_BITS_MAX))
        return cn_fail(CN_ERR_RANGE, "plan: scores times numbers of %u bits; expected %d to %d, or 0", scale, CN_SCALE_BITS_MIN, CN_SCALE_BITS_MAX);
    p->options.model_privacy = p->schedule.privacy = bits;
    p->options.scale_scores = p->schedule.scale = scale;
    p->flood_bits = flood;
    p->schedule.reply = reply;
    return CN_OK;
}

static cn_status get_plan(cn_plan *p, in *i) {
    uint32_t flags = get32(i);
    if (flags & ~(FLAG_STRICT | FLAG_PUBLIC_KEY | FLAG_PRIVACY))
        return cn_fail(CN_ERR_FORMAT, "plan: flags %u; expected 0 to 7; the file is damaged", flags);
    p->options = (cn_plan_options){.strict = (flags & FLAG_STRICT) != 0, .public_key = (flags & FLAG_PUBLIC_KEY) != 0};
    CN_TRY(get_params(&p->params, i));
    p->options.scheme = p->params.scheme;
    p->schedule.public_key = p->options.public_key;
    memcpy(p->model_digest, take(i, sizeof p->model_digest), sizeof p->model_digest);
    uint32_t inputs = get32(i), outputs = get32(i);
    if (!i->is_short && (inputs < 1 || inputs > CN_MODEL_FEATURES_MAX || outputs < 1 || outputs > CN_MODEL_FEATURES_MAX))
        return cn_fail(CN_ERR_SIZE, "plan: %u inputs and %u outputs; expected 1 to %u", inputs, outputs, CN_MODEL_FEATURES_MAX);
    p->inputs = inputs;
    p->outputs = outputs;
    if (!i->is_short) CN_TRY(get_window(p, i));
    if (!i->is_short) CN_TRY(get_segments(p, i));
    if (!i->is_short && flags & FLAG_PRIVACY) CN_TRY(get_privacy(p, i));
    if (!i->is_short) cn_plan_set_powers(p);
    uint32_t name = get32(i);
    if (name > CN_MODEL_TEXT_MAX) return cn_fail(CN_ERR_SIZE, "plan: a name of %u bytes; expected at most %d", name, CN_MODEL_TEXT_MAX);
    const uint8_t *text = i->p;
    for (uint32_t k = 0; k < name && !i->is_short; k++) take(i, 1);
    if (i->is_short) return cn_fail(CN_ERR_TRUNCATED, "plan: the content ends early; the file is damaged");
    if (i->p != i->end) return cn_fail(CN_ERR_OVERSIZED, "plan: %zu bytes behind the content; the file is damaged", (size_t)(i->end - i->p));
    p->model_name = cn_malloc((size_t)name + 1, 1);
    if (!p->model_name) return CN_ERR_MEMORY;
    memcpy(p->model_name, text, name);
    p->model_name[name] = 0;
    if (!cn_text_valid(p->model_name, name, false))
        return cn_fail(CN_ERR_FORMAT, "plan: the name of the model is no text in UTF-8; the file is damaged");
    return CN_OK;
}

cn_status cn_plan_content_parse(cn_plan **out_plan, const uint8_t *content, size_t size) {
    *out_plan = NULL;
    cn_plan *p = cn_calloc(1, sizeof *p);
    if (!p) return CN_ERR_MEMORY;
    cn_status status = CN_OK;
    in i = {content, content + size, false};
    CN_CHECK(get_plan(p, &i));
    cn_plan_make_digest(p);
    *out_plan = p;
    p = NULL;
cleanup:
    cn_plan_free(p);
    return status;
}

cn_status cn_plan_parse(cn_plan **out_plan, const uint8_t *data, size_t size) {
    cn_frame f;
    uint8_t params[32];
    cn_plan *p;
    *out_plan = NULL;
    CN_TRY(cn_frame_open(&f, data, size));
    if (f.info.type != CN_OBJECT_PLAN)
        return cn_fail(CN_ERR_MISMATCH, "plan: expected one, found a %s; check the order of the files", cn_object_name(f.info.type));
    CN_TRY(cn_plan_content_parse(&p, f.payload, f.size));
    cn_status status = CN_OK;
    if (f.info.version != cn_frame_info(CN_OBJECT_PLAN, p, NULL, 0).version)
        CN_CHECK(cn_fail(CN_ERR_FORMAT, "plan: version %u; expected 2 with model privacy and 1 without; the file is damaged", f.info.version));
    cn_params_digest(params, &p->params);
    if (memcmp(p->digest, f.info.plan, sizeof p->digest) != 0 || memcmp(params, f.info.params, sizeof params) != 0)
        CN_CHECK(cn_fail(CN_ERR_MISMATCH, "plan: the digests in the header are not those of the content; the file was tampered with"));
    *out_plan = p;
    p = NULL;
cleanup:
    cn_plan_free(p);
    return status;
}

cn_status cn_plan_load(cn_plan **p, const char *path) {
    if (p) *p = NULL;
    if (!p || !path) return cn_fail(CN_ERR_NULL, "plan: expected a place for the result and a path, found NULL");
    uint8_t *data;
    size_t size;
    CN_TRY(cn_frame_read(&data, &size, path, CN_OBJECT_PLAN, CN_PLAN_CONTENT_MAX));
    cn_status status = cn_plan_parse(p, data, size);
    cn_free(data);
    return cn_fail_prefix(status, "%s", path);
}
