/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A plan as text. */

#include "nn/plan.h"

#include <math.h>
#include <stdio.h>

#include "arith/int128.h"
#include "he/params.h"
#include "util/status.h"

/** The primes of the levels: "46.0 + 37.2 37.2 37.2" in the order of dropping, kept ones last. */
static void describe_primes(char *out, size_t size, const cn_plan *p) {
    size_t at = 0;
    unsigned s = 1;
    for (unsigned i = p->params.limbs; i > 0 && at < size; i--) {
        at += (size_t)snprintf(out + at, size - at, "%s%.1f", at ? " " : "", log2((double)p->params.q[i - 1]));
        unsigned next = s < p->segments ? p->schedule.limbs[s] : cn_plan_reply_limbs(p);
        if (at < size && s <= p->segments && next == i - 1 && i > 1) {
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
    if (p->options.model_privacy)
        EMIT("privacy      replies tell within 2^-%u nothing but scores: flooded with %u bits of noise, %u of %u primes kept", p->options.model_privacy,
             p->flood_bits, cn_plan_reply_limbs(p), p->schedule.limbs[p->segments - 1]);
    if (p->options.scale_scores) EMIT("             scores s of each image told as r s + e, r random below 2^%u, e below r", p->options.scale_scores);
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
    if (p->rows)
        EMIT("noise        bounds at %.1f sigma: failure probability below 2^-128; headroom %.2f bits", p->quantile,
             p->forecast.headroom - log2(p->quantile));
    if (cn_costs_calibrated(&p->costs)) EMIT("costs        calibrated: measured on some machine, not the reference");
    cn_plan_bytes(p, &request, &reply, &key);
    EMIT("wire         request %.1f MB, evaluation key %.1f MB, reply %.2f MB per batch", (double)request * 1e-6, (double)key * 1e-6,
         (double)reply * 1e-6);
    if (!p->rows) return CN_OK; /* read from a file: what follows belongs to the network */
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
