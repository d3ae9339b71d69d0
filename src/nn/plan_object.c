/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Plans as objects: what client and server ask of one, whoever made it. */

#include "nn/plan.h"

#include <string.h>

#include "he/params.h"
#include "util/mem.h"
#include "util/sha3.h"

void cn_plan_make_digest(cn_plan *p) {
    static const char label[] = "cryptonets plan 2", private_label[] = "cryptonets plan 3";
    bool private = p->options.model_privacy != 0;
    uint8_t params[32];
    cn_sha3 h;
    cn_params_digest(params, &p->params);
    cn_sha3_init(&h);
    cn_sha3_update(&h, private ? private_label : label, sizeof label);
    cn_sha3_update(&h, p->model_digest, sizeof p->model_digest);
    cn_sha3_update(&h, params, sizeof params);
    cn_sha3_u64(&h, p->options.strict != 0);
    cn_sha3_u64(&h, p->options.public_key != 0);
    cn_sha3_u64(&h, p->inputs);
    cn_sha3_u64(&h, p->outputs);
    for (unsigned v = 0; v < 256; v++) cn_sha3_u64(&h, (uint64_t)p->lut[v]);
    cn_sha3_u64(&h, (uint64_t)p->window_low);
    cn_sha3_u64(&h, (uint64_t)(p->window_low >> 64));
    cn_sha3_u64(&h, (uint64_t)p->window_t);
    cn_sha3_u64(&h, (uint64_t)(p->window_t >> 64));
    cn_sha3_u64(&h, p->segments);
    for (unsigned s = 0; s < p->segments; s++) {
        cn_sha3_u64(&h, p->schedule.limbs[s]);
        cn_sha3_u64(&h, p->degree[s]);
    }
    if (private) {
        cn_sha3_u64(&h, p->options.model_privacy);
        cn_sha3_u64(&h, p->options.scale_scores);
        cn_sha3_u64(&h, p->flood_bits);
        cn_sha3_u64(&h, p->schedule.reply);
    }
    cn_sha3_update(&h, p->model_name, p->model_name ? strlen(p->model_name) : 0); /* the last field: no length needed */
    cn_sha3_final(&h, p->digest);
}

void cn_plan_set_powers(cn_plan *p) {
    p->key_power = 0;
    for (unsigned s = 0; s + 1 < p->segments; s++) p->key_power = CN_MAX(p->key_power, p->degree[s]);
    unsigned last = p->degree[p->segments - 1];
    p->output_power = last;
    if (!p->options.model_privacy) return;
    if (last > 1) p->key_power = CN_MAX(p->key_power, last);
    p->output_power = 1;
}

unsigned cn_plan_reply_limbs(const cn_plan *p) {
    return p->options.model_privacy ? p->schedule.reply : p->schedule.limbs[p->segments - 1];
}

bool cn_plan_public_key_needed(const cn_plan *p) { return p->options.public_key || p->options.model_privacy; }

uint64_t cn_plan_reply_factor(const cn_plan *p, unsigned branch, const cn_context *ctx) {
    uint64_t factor = 1;
    for (unsigned s = 0; s < p->segments; s++) {
        uint64_t base = factor; /* F <- -Q F^2, once more for a cube: Q^2 F^3 */
        for (unsigned k = 1; k < p->degree[s]; k++) factor = cn_factor_product_var(factor, base, p->schedule.limbs[s], branch, ctx);
    }
    return factor;
}

void cn_plan_free(cn_plan *p) {
    if (!p) return;
    cn_free(p->model_name);
    cn_free(p);
}

const cn_scheme_table *cn_plan_scheme(const cn_plan *p) { return cn_scheme_find(p->params.scheme); }

unsigned cn_plan_request_parts(const cn_plan *p) { return p->options.public_key ? cn_plan_scheme(p)->parts[1] : 1; }

const cn_params *cn_plan_params(const cn_plan *p) { return &p->params; }
const uint8_t *cn_plan_digest(const cn_plan *p) { return p->digest; }
const cn_costs *cn_plan_costs(const cn_plan *p) { return &p->costs; }

const cn_ledger_row *cn_plan_ledger(const cn_plan *p, size_t *rows) {
    *rows = p->rows;
    return p->ledger;
}

void cn_plan_shape(const cn_plan *p, size_t *inputs, size_t *outputs) {
    *inputs = p->inputs;
    *outputs = p->outputs;
}

void cn_plan_window(const cn_plan *p, cn_i128 *low, cn_i128 *window_t, double *worst_bits) {
    *low = p->window_low;
    *window_t = p->window_t;
    *worst_bits = p->worst_bits;
}

void cn_plan_bytes(const cn_plan *p, size_t *request, size_t *reply, size_t *evaluation_key) {
    const cn_params *q = &p->params;
    unsigned top = cn_params_level_bits(q, q->limbs), last = cn_params_level_bits(q, cn_plan_reply_limbs(p));
    const cn_scheme_table *scheme = cn_plan_scheme(p);
    *request = CN_SEED_BYTES + q->plains * p->inputs * cn_plan_request_parts(p) * (q->n / 8 * top);
    *reply = q->plains * p->outputs * scheme->parts[p->output_power] * (q->n / 8 * last);
    *evaluation_key = p->key_power ? scheme->relin_key_bytes(q, p->key_power) : 0;
}

double cn_plan_seconds(const cn_plan *p) {
    double seconds = 0;
    for (size_t i = 0; i < p->rows; i++) seconds += p->ledger[i].seconds;
    return seconds;
}

void cn_plan_memory(const cn_plan *p, size_t *ciphers, size_t *buffer) {
    size_t before = 0, peak = 0, last = 0; /* one branch: results of the segment before, most at a time, latest row */
    *buffer = p->inputs * cn_plan_scheme(p)->parts[1] * p->params.n * sizeof(uint64_t);
    /* A segment's results exist beside those of the segment before, which keep the memory they had when relinearised. */
    for (size_t i = 0; i < p->rows; i++) {
        const cn_ledger_row *r = &p->ledger[i];
        if (i >= 2 && r->segment != p->ledger[i - 1].segment) before = p->ledger[i - 2].bytes / p->params.plains;
        if (r->bytes) last = r->bytes / p->params.plains;
        peak = CN_MAX(peak, before + last);
    }
    if (p->rows >= 2 && p->options.model_privacy) last = p->ledger[p->rows - 2].bytes / p->params.plains; /* a switch gives no memory back */
    *ciphers = peak + last * (p->params.plains - 1); /* and replies of the other branches */
}
