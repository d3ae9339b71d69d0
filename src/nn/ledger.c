/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The ledger: what each stage of a planned evaluation does, costs and leaves, in rows and in text. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arith/int128.h"
#include "he/params.h"
#include "nn/plan.h"
#include "ring/sample.h"
#include "util/mem.h"
#include "util/sha3.h"
#include "util/status.h"

int cn_plan_row(const cn_program *prog, unsigned segment, unsigned kind) {
    int row = 0;
    for (unsigned s = 0; s < prog->count; s++) {
        const cn_segment *seg = &prog->segment[s];
        bool present[] = {seg->has_pre, cn_segment_acts(seg), seg->has_post, s + 1 < prog->count, s + 1 < prog->count};
        for (unsigned k = 0; k < CN_ARRAY_LEN(present); k++) {
            if (s == segment && k == kind) return present[k] ? row : -1;
            row += present[k];
        }
    }
    return -1;
}

/** Start a row; limbs and parts after the stage. */
static cn_ledger_row *add(cn_plan *plan, const char *name, unsigned segment, size_t outputs, unsigned limbs, unsigned parts) {
    cn_ledger_row *r = &plan->ledger[plan->rows++];
    *r = (cn_ledger_row){.segment = segment, .outputs = outputs, .limbs = limbs, .parts = parts};
    snprintf(r->name, sizeof r->name, "%s", name);
    double log2_t = 0;
    for (unsigned j = 0; j < plan->params.plains; j++) log2_t = fmax(log2_t, log2((double)plan->params.t[j]));
    r->log2_limit = cn_params_log2_level(&plan->params, limbs) - log2_t - 1;
    return r;
}

static size_t cipher_bytes(const cn_plan *plan, const cn_ledger_row *r) {
    return r->outputs * r->parts * r->limbs * plan->params.n * sizeof(uint64_t) * plan->params.plains;
}

void cn_plan_fill_ledger(cn_plan *plan, const cn_program *prog, double (*range_bits)[CN_STAGES]) {
    const cn_params *p = &plan->params;
    const cn_scheme_table *scheme = cn_plan_scheme(plan);
    double batch = (double)p->n * p->plains * 1e-9; /* nanoseconds per slot and branch to seconds per batch */
    plan->rows = 0;
    for (unsigned s = 0; s < prog->count; s++) {
        const cn_segment *seg = &prog->segment[s];
        unsigned limbs = plan->schedule.limbs[s], parts = scheme->parts[1];
        cn_ledger_row *r = NULL;
        for (unsigned k = 0; k < CN_STAGES; k++) {
            const cn_linear *l = k == CN_STAGE_PRE ? &seg->pre : &seg->post;
            bool present = k == CN_STAGE_ACT ? cn_segment_acts(seg) : k == CN_STAGE_PRE ? seg->has_pre : seg->has_post;
            if (!present) continue;
            size_t outputs = k == CN_STAGE_POST ? seg->out : seg->mid;
            if (k == CN_STAGE_ACT) parts = scheme->parts[cn_act_degree(&seg->act)];
            r = add(plan, seg->label[k], s, outputs, limbs, parts);
            r->operations = k == CN_STAGE_ACT ? seg->mid : l->start[l->m.rows];
            r->seconds = batch * (k == CN_STAGE_ACT ? cn_cost_square(seg->mid, limbs, parts) : cn_cost_linear(l, p, limbs, parts));
            r->log2_noise = plan->forecast.stage[s][k];
            r->range_bits = range_bits ? range_bits[s][k] : 0;
        }
        if (r) r->bytes = cipher_bytes(plan, r); /* only a segment's end exists as ciphertexts */
        if (s + 1 == prog->count) break;
        unsigned next = plan->schedule.limbs[s + 1];
        r = add(plan, "relinearise", s, seg->out, limbs, scheme->parts[1]);
        r->operations = seg->out;
        r->seconds = batch * (double)seg->out * cn_cost_relin(p, limbs, cn_act_degree(&seg->act));
        r->log2_noise = plan->forecast.relin[s];
        r->bytes = cipher_bytes(plan, r);
        r = add(plan, "switch", s, seg->out, next, scheme->parts[1]);
        r->operations = seg->out * (limbs - next);
        r->seconds = batch * (double)seg->out * cn_cost_switch(p, limbs, next, scheme->parts[1]);
        r->log2_noise = plan->forecast.switched[s];
        r->bytes = cipher_bytes(plan, r);
    }
    plan->ledger[plan->rows - 1].log2_limit -= 1; /* decryption refuses above Q/(4t) */
}

void cn_plan_bytes(const cn_plan *p, size_t *request, size_t *reply, size_t *evaluation_key) {
    const cn_params *q = &p->params;
    unsigned top = cn_params_level_bits(q, q->limbs), last = cn_params_level_bits(q, p->schedule.limbs[p->segments - 1]);
    const cn_scheme_table *scheme = cn_plan_scheme(p);
    *request = CN_SEED_BYTES + q->plains * p->inputs * cn_plan_request_parts(p) * (q->n / 8 * top);
    *reply = q->plains * p->outputs * scheme->parts[p->output_power] * (q->n / 8 * last);
    *evaluation_key = p->key_power ? scheme->relin_key_bytes(q, p->key_power) : 0;
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
    *ciphers = peak + last * (p->params.plains - 1); /* and replies of the other branches */
}

/** The primes of the levels: "46.0 + 37.2 37.2 37.2" in the order of dropping, kept ones last. */
static void describe_primes(char *out, size_t size, const cn_plan *p) {
    size_t at = 0;
    unsigned s = 1;
    for (unsigned i = p->params.limbs; i > 0 && at < size; i--) {
        at += (size_t)snprintf(out + at, size - at, "%s%.1f", at ? " " : "", log2((double)p->params.q[i - 1]));
        if (at < size && s < p->segments && p->schedule.limbs[s] == i - 1 && i > 1) {
            at += (size_t)snprintf(out + at, size - at, " |");
            s++;
        }
    }
}

cn_status cn_plan_describe(const cn_plan *p, cn_log_fn line, void *user) {
    if (!p || !line) return cn_fail(CN_ERR_NULL, "plan description: expected plan and callback, found NULL");
    char text[512], primes[256], number[CN_I128_TEXT], width[CN_I128_TEXT];
    size_t at = 0, request, reply, key, ciphers, buffer;
    double log2_t = 0;
    const cn_params *q = &p->params;
#define EMIT(...) (snprintf(text, sizeof text, __VA_ARGS__), line(user, text))
    EMIT("model        %s", p->model_name ? p->model_name : "");
    const cn_scheme_table *scheme = cn_plan_scheme(p);
    EMIT("scheme       %s, n = %zu slots, secret ternary, error centred binomial (sigma 3.24), %s encryption", scheme->name, q->n,
         p->options.public_key ? "public-key" : "secret-key");
    if (*scheme->label) EMIT("             %s", scheme->label);
    describe_primes(primes, sizeof primes, p);
    EMIT("primes       log2 q = %s (dropped | kept), digits %s", primes, q->digit_bits ? "split" : "whole");
    for (unsigned j = 0; j < q->plains && at < sizeof primes; j++) {
        at += (size_t)snprintf(primes + at, sizeof primes - at, "%s%llu", j ? " x " : "", (unsigned long long)q->t[j]);
        log2_t += log2((double)q->t[j]);
    }
    EMIT("plaintext    T = %s = 2^%.2f", primes, log2_t);
    EMIT("window       scores in %s + [0, %s) = 2^%.1f; arbitrary inputs would need 2^%.1f%s", cn_i128_format(number, p->window_low),
         cn_i128_format(width, p->window_t), log2((double)p->window_t), p->worst_bits, p->options.strict ? " (strict)" : "");
    unsigned level = cn_security_bits(q->n, cn_params_log2_qp(q));
    EMIT("security     %d bits: log2(QP) = %.1f of %u at n = %zu (eprint 2024/463)%s", CN_SECURITY_BITS, cn_params_log2_qp(q),
         cn_security_max_log2_qp(q->n, CN_SECURITY_BITS), q->n, level > CN_SECURITY_BITS ? "; within the 192-bit row too" : "");
    if (q->scheme == CN_SCHEME_YASHE) {
        double estimate = HUGE_VAL;
        for (unsigned j = 0; j < q->plains; j++)
            estimate = fmin(estimate, cn_security_ntru_bits(q->n, cn_params_log2_qp(q), log2((double)q->t[j])));
        EMIT("             its keys: %sby estimate 2^%.0f for the best known attack (dense sublattice; doc/yashe.md)",
             cn_security_overstretched(q->n, cn_params_log2_qp(q)) ? "overstretched; " : "", estimate);
    }
    EMIT("noise        bounds at %.1f sigma: failure probability below 2^-128; headroom %.2f bits", p->quantile,
         p->forecast.headroom - log2(p->quantile));
    cn_plan_bytes(p, &request, &reply, &key);
    EMIT("wire         request %.1f MB, evaluation key %.1f MB, reply %.2f MB per batch", (double)request * 1e-6, (double)key * 1e-6,
         (double)reply * 1e-6);
    cn_plan_memory(p, &ciphers, &buffer);
    EMIT("memory       ciphertexts %.1f MB, inputs expanded for one prime %.1f MB, beside the request", (double)ciphers * 1e-6,
         (double)buffer * 1e-6);
    EMIT("%-3s %-14s %8s %10s %5s %5s %9s %9s %7s %9s %9s", "seg", "stage", "values", "operations", "limbs", "parts", "noise", "limit",
         "range", "seconds", "MB");
    EMIT("%-3s %-14s %8zu %10s %5u %5u %9.1f %9s %7s %9s %9.1f", "", "fresh", p->inputs, "", q->limbs, scheme->parts[1], p->forecast.fresh, "", "", "",
         (double)buffer * 1e-6);
    for (size_t i = 0; i < p->rows; i++) {
        const cn_ledger_row *r = &p->ledger[i];
        char range[16] = "", bytes[16] = "-";
        if (r->range_bits > 0) snprintf(range, sizeof range, "%.1f", r->range_bits);
        if (r->bytes) snprintf(bytes, sizeof bytes, "%.1f", (double)r->bytes * 1e-6);
        EMIT("%-3u %-14s %8zu %10zu %5u %5u %9.1f %9.1f %7s %9.3f %9s", r->segment + 1, r->name, r->outputs, r->operations, r->limbs,
             r->parts, r->log2_noise, r->log2_limit, range, r->seconds, bytes);
    }
#undef EMIT
    return CN_OK;
}
