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
    return CN_OK;
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
    if (!cn_scheme_find(p->options.scheme)->secret_key_encryption) p->options.public_key = 1;
    CN_CHECK(cn_plan_begin(p, &prog, &ranges, m));
    have_ranges = true;
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
