/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Plans: from a model and options to parameters, levels and window. */

#include "nn/plan.h"

#include <math.h>
#include <string.h>

#include "arith/int128.h"
#include "arith/rns.h"
#include "he/params.h"
#include "nn/range.h"
#include "util/mem.h"
#include "util/status.h"

/** The score window: the model's, or the worst case where the model has none or options insist. */
static cn_status choose_window(cn_plan *p, const cn_model *model, const cn_ranges *ranges) {
    cn_status status = CN_OK;
    mpz_t width;
    mpz_init(width);
    mpz_sub(width, ranges->high, ranges->low);
    mpz_add_ui(width, width, 1);
    p->worst_bits = cn_mpz_log2(width);
    if (model->has_window && !p->options.strict) {
        p->window_low = model->window_lo;
        p->window_t = model->window_t;
    } else if (mpz_sizeinbase(width, 2) > 126 || mpz_sizeinbase(ranges->low, 2) > 126 ||
               !cn_mpz_get_i128(&p->window_low, ranges->low) ||
               !cn_mpz_get_i128(&p->window_t, width)) {
        status = cn_fail(CN_ERR_RANGE, "plan: the scores of the last layer can reach 2^%.1f in size; expected below 2^126; %s",
                         fmax(cn_mpz_log2(ranges->low), cn_mpz_log2(ranges->high)),
                         p->options.strict ? "plan without strict ranges" : "give the model a calibrated window");
    }
    mpz_clear(width);
    return status;
}

/** Widen the window [low, low + width) to what r s + e can be for its scores s, r from 1 to 2^scale - 1, e below r. */
static cn_status scale_window(cn_plan *p) {
    const cn_i128 limit = (cn_i128)1 << 126;
    cn_i128 most = ((cn_i128)1 << p->options.scale_scores) - 1, low = p->window_low, high = low + (p->window_t - 1);
    if (!p->options.scale_scores) return CN_OK;
    bool fits = low > -limit / most && low < limit / most && high > -limit / most && high < limit / most - 1;
    if (fits) {
        if (low < 0) low *= most;
        if (high >= 0) high = high * most + most - 1;
        fits = high < limit - 1 + CN_MIN(low, (cn_i128)0);
    }
    if (!fits)
        return cn_fail(CN_ERR_RANGE, "plan: a score window of 2^%.1f times numbers of %u bits; expected below 2^126; scale by fewer bits",
                       log2((double)p->window_t), p->options.scale_scores);
    p->window_low = low;
    p->window_t = high - low + 1;
    p->worst_bits += p->options.scale_scores;
    return CN_OK;
}

static cn_status check_privacy(const cn_plan_options *o) {
    if (o->scale_scores && !o->model_privacy)
        return cn_fail(CN_ERR_UNSUPPORTED, "plan options: scaled scores without model privacy, which would tell the scale; ask for both");
    if (!o->model_privacy) return CN_OK;
    if (o->scale_scores && (o->scale_scores < CN_SCALE_BITS_MIN || o->scale_scores > CN_SCALE_BITS_MAX))
        return cn_fail(CN_ERR_RANGE, "plan options: scores times numbers of %u bits; expected %d to %d, or 0 for none", o->scale_scores,
                       CN_SCALE_BITS_MIN, CN_SCALE_BITS_MAX);
    if (o->scheme != CN_SCHEME_BFV)
        return cn_fail(CN_ERR_UNSUPPORTED, "plan options: model privacy with %s; expected BFV, the one scheme that has it; leave one of them out",
                       cn_scheme_name(o->scheme));
    if (o->model_privacy < CN_PRIVACY_BITS_MIN || o->model_privacy > CN_PRIVACY_BITS_MAX)
        return cn_fail(CN_ERR_RANGE, "plan options: model privacy of %u bits; expected %d to %d, or 0 for none", o->model_privacy,
                       CN_PRIVACY_BITS_MIN, CN_PRIVACY_BITS_MAX);
    return CN_OK;
}

static cn_status check_options(const cn_plan_options *o) {
    if (!cn_scheme_find(o->scheme))
        return cn_fail(CN_ERR_SCHEME, "plan options: scheme %d; expected CN_SCHEME_BFV or CN_SCHEME_YASHE", (int)o->scheme);
    if (o->scheme == CN_SCHEME_YASHE && o->ring_degree && o->ring_degree != CN_YASHE_DEGREE)
        return cn_fail(CN_ERR_DEGREE, "plan options: ring degree %zu with YASHE'; expected %d, the one degree it is planned at, or 0",
                       o->ring_degree, CN_YASHE_DEGREE);
    if (o->ring_degree && (o->ring_degree < 4096 || !cn_security_max_log2_qp(o->ring_degree, 128)))
        return cn_fail(CN_ERR_DEGREE, "plan options: ring degree %zu; expected 4096, 8192, 16384, 32768, 65536, or 0 for the cheapest",
                       o->ring_degree);
    if (o->plains > CN_PLAINS_MAX)
        return cn_fail(CN_ERR_PLAIN_COUNT, "plan options: %u plaintext primes; expected at most %d, or 0 for the cheapest", o->plains,
                       CN_PLAINS_MAX);
    if (o->digit_bits && (o->digit_bits < 8 || o->digit_bits > CN_LIMB_BITS_MAX))
        return cn_fail(CN_ERR_DIGIT, "plan options: key-switching digits of %u bits; expected 8 to %d, or 0 for the planner's choice",
                       o->digit_bits, CN_LIMB_BITS_MAX);
    return check_privacy(o);
}

cn_status cn_plan_check_flood(const cn_plan *p, const cn_program *prog) {
    if (!p->options.model_privacy) return CN_OK;
    cn_moments m = {0};
    cn_forecast f;
    cn_schedule s = p->schedule;
    cn_status status = CN_OK;
    CN_CHECK(cn_moments_compute(&m, prog));
    CN_CHECK(cn_forecast_run(&f, prog, &m, &p->params, &s));
    if (p->flood_bits < f.flood_bits)
        CN_CHECK(cn_fail(CN_ERR_MISMATCH, "server: the plan floods replies with noise of %u bits; expected at least %u for this model; plan it anew",
                         p->flood_bits, f.flood_bits));
cleanup:
    cn_moments_clear(&m);
    return status;
}

cn_status cn_plan_begin(cn_plan *p, cn_program *prog, cn_ranges *ranges, const cn_model *m) {
    memcpy(p->model_digest, m->digest, sizeof p->model_digest);
    memcpy(p->lut, m->lut, sizeof p->lut);
    p->model_name = cn_strdup(m->name);
    if (!p->model_name) return CN_ERR_MEMORY;
    CN_TRY(cn_program_compile(prog, m, m->layer_count));
    CN_TRY(cn_ranges_compute(ranges, prog, m));
    cn_status status = choose_window(p, m, ranges);
    if (status != CN_OK) cn_ranges_clear(ranges);
    return status;
}

cn_status cn_plan_new(cn_plan **out, const cn_model *m, const cn_plan_options *options) {
    if (out) *out = NULL;
    if (!out || !m) return cn_fail(CN_ERR_NULL, "plan: expected result and model, found NULL");
    if (options) CN_TRY(check_options(options));
    cn_status status = CN_OK;
    cn_program prog = {0};
    cn_ranges ranges;
    bool have_ranges = false;
    cn_plan *p = cn_calloc(1, sizeof *p);
    if (!p) return CN_ERR_MEMORY;
    if (options) p->options = *options;
    CN_CHECK(cn_costs_choose(&p->costs, p->options.costs));
    p->options.costs = NULL;
    if (!cn_scheme_find(p->options.scheme)->secret_key_encryption) p->options.public_key = 1;
    CN_CHECK(cn_plan_begin(p, &prog, &ranges, m));
    have_ranges = true;
    CN_CHECK(scale_window(p));
    CN_CHECK(cn_plan_search(p, &prog, p->window_t));
    cn_plan_fill_ledger(p, &prog, ranges.stage_bits);
    cn_plan_make_digest(p);
    *out = p;
    p = NULL;
cleanup:
    if (have_ranges) cn_ranges_clear(&ranges);
    cn_program_clear(&prog);
    cn_plan_free(p);
    return status;
}
