/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Plans in files: what a client needs, and nothing of the network's weights. */

#include <string.h>

#include "he/params.h"
#include "proto/fields.h"
#include "proto/frame.h"
#include "util/mem.h"
#include "util/status.h"

#define FLAG_STRICT 1u
#define FLAG_PUBLIC_KEY 2u
#define FLAG_PRIVACY 4u
#define FLAG_COSTS 8u

/* ---- writing ------------------------------------------------------------------------------- */

size_t cn_plan_content(uint8_t content[CN_PLAN_CONTENT_MAX], const cn_plan *p) {
    cn_out o = {content};
    cn_put32(&o, (p->options.strict ? FLAG_STRICT : 0) | (p->options.public_key ? FLAG_PUBLIC_KEY : 0) |
                     (p->options.model_privacy ? FLAG_PRIVACY : 0) | (cn_costs_calibrated(&p->costs) ? FLAG_COSTS : 0));
    cn_put_params(&o, &p->params);
    cn_put_shape(&o, p);
    cn_put32(&o, p->segments);
    for (unsigned s = 0; s < p->segments; s++) cn_put32(&o, p->schedule.limbs[s]), cn_put32(&o, p->degree[s]);
    const unsigned privacy[] = {p->options.model_privacy, p->options.scale_scores, p->flood_bits, p->schedule.reply};
    for (size_t k = 0; p->options.model_privacy && k < CN_ARRAY_LEN(privacy); k++) cn_put32(&o, privacy[k]);
    if (cn_costs_calibrated(&p->costs)) cn_put_costs(&o, &p->costs);
    cn_put_name(&o, p);
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

static cn_status get_segments(cn_plan *p, cn_in *i) {
    p->segments = cn_get32(i);
    if (p->segments < 1 || p->segments > CN_SEGMENTS_MAX)
        return cn_fail(CN_ERR_SIZE, "plan: %u segments; expected 1 to %d", p->segments, CN_SEGMENTS_MAX);
    for (unsigned s = 0; s < p->segments; s++) {
        unsigned limbs = p->schedule.limbs[s] = cn_get32(i), degree = p->degree[s] = cn_get32(i), above = s ? p->schedule.limbs[s - 1] : p->params.limbs;
        if (limbs < 1 || limbs > above || (!s && limbs != above) || degree < 1 || degree > CN_POWER_MAX || (s + 1 < p->segments && degree < 2))
            return cn_fail(CN_ERR_RANGE, "plan: segment %u with %u primes and an activation of degree %u; expected at most %u primes, all at the "
                                         "beginning, and a degree up to %d, at least 2 but in the last segment", s + 1, limbs, degree, above, CN_POWER_MAX);
    }
    return CN_OK;
}

/** What a plan with model privacy says of its replies. */
static cn_status get_privacy(cn_plan *p, cn_in *i) {
    unsigned bits = cn_get32(i), scale = cn_get32(i), flood = cn_get32(i), reply = cn_get32(i), last = p->schedule.limbs[p->segments - 1];
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

static cn_status get_plan(cn_plan *p, cn_in *i) {
    uint32_t flags = cn_get32(i);
    if (flags & ~(FLAG_STRICT | FLAG_PUBLIC_KEY | FLAG_PRIVACY | FLAG_COSTS))
        return cn_fail(CN_ERR_FORMAT, "plan: flags %u; expected 0 to 15; the file is damaged", flags);
    cn_costs_reference(&p->costs);
    p->options = (cn_plan_options){.strict = (flags & FLAG_STRICT) != 0, .public_key = (flags & FLAG_PUBLIC_KEY) != 0};
    CN_TRY(cn_get_params(&p->params, i));
    p->options.scheme = p->params.scheme;
    p->schedule.public_key = p->options.public_key;
    CN_TRY(cn_get_shape(p, i));
    if (!i->is_short) CN_TRY(get_segments(p, i));
    if (!i->is_short && flags & FLAG_PRIVACY) CN_TRY(get_privacy(p, i));
    if (!i->is_short && flags & FLAG_COSTS) CN_TRY(cn_get_costs(&p->costs, i));
    if (!i->is_short) cn_plan_set_powers(p);
    return cn_get_name(p, i);
}

cn_status cn_plan_content_parse(cn_plan **out_plan, const uint8_t *content, size_t size) {
    *out_plan = NULL;
    cn_plan *p = cn_calloc(1, sizeof *p);
    if (!p) return CN_ERR_MEMORY;
    cn_status status = CN_OK;
    cn_in i = {content, content + size, false};
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
        CN_CHECK(cn_fail(CN_ERR_FORMAT,
                         "plan: version %u; expected 3 with costs, else 2 with model privacy and 1 without; the file is damaged",
                         f.info.version));
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
