/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The reproduction: what plans say before any key exists, noise and security. */

#include "bench/reproduce.h"

#include <math.h>
#include <string.h>

#define YASHE_LIMIT 190 /* of log2 Q at n = 32768 (cryptonets_nn.h) */

/** Load and plan.  Out: *m, *p owned by the caller, NULL on failure.  Returns: an exit code. */
static int plan(cn_model **m, cn_plan **p, const char *network, cn_scheme scheme) {
    *m = NULL;
    *p = NULL;
    int code = cn_bench_load_model(m, network);
    if (code == CN_BENCH_OK && cn_plan_new(p, *m, &(cn_plan_options){.scheme = scheme}) != CN_OK) code = cn_bench_fail_library();
    return code;
}

int cn_rp_noise(FILE *to, const cn_rp_setup *s) {
    (void)s;
    cn_model *m;
    cn_plan *p;
    size_t rows;
    int code = plan(&m, &p, "paper", CN_SCHEME_BFV);
    const cn_ledger_row *l = p ? cn_plan_ledger(p, &rows) : NULL;
    for (size_t i = 0; l && i < rows; i++) {
        char name[80];
        snprintf(name, sizeof name, "%u %s", l[i].segment + 1, l[i].name);
        cn_rp_row r = cn_rp_new("paper", name, "log2");
        r.rule = CN_RP_WITHIN;
        r.expected = l[i].log2_noise;
        r.limit = l[i].log2_limit;
        cn_rp_note(&r, "%.1f bits of room; %u primes", l[i].log2_limit - l[i].log2_noise, l[i].limbs);
        cn_rp_put(to, &r);
    }
    cn_plan_free(p);
    cn_model_free(m);
    return code;
}

static int put_security(FILE *to, const char *network, cn_scheme scheme) {
    cn_model *m;
    cn_plan *p;
    int code = plan(&m, &p, network, scheme);
    if (code == CN_BENCH_OK) {
        const cn_params *q = cn_plan_params(p);
        char name[64];
        snprintf(name, sizeof name, "%s, %s, n = %zu", network, cn_scheme_name(scheme), q->n);
        cn_rp_row r = cn_rp_new(network, name, "log2 QP");
        r.rule = CN_RP_WITHIN;
        r.measured = cn_params_log2_qp(q);
        if (scheme == CN_SCHEME_BFV) {
            r.limit = cn_security_max_log2_qp(q->n, CN_SECURITY_BITS);
            cn_rp_note(&r, "limit for %d bits: eprint 2024/463, Table 5.2", CN_SECURITY_BITS);
        } else {
            double bits = INFINITY;
            for (unsigned i = 0; i < q->plains; i++)
                bits = fmin(bits, cn_security_ntru_bits(q->n, r.measured, log2((double)q->t[i])));
            r.limit = YASHE_LIMIT;
            cn_rp_note(&r, "%s; the estimate for its key is 2^%.0f (doc/yashe.md)", cn_scheme_label(scheme), bits);
        }
        cn_rp_put(to, &r);
    }
    cn_plan_free(p);
    cn_model_free(m);
    return code;
}

int cn_rp_security(FILE *to, const cn_rp_setup *s) {
    static const char *const yashe[] = {"depth1", "paper-small"};
    int code = CN_BENCH_OK;
    (void)s;
    for (size_t i = 0; i < cn_expected_count && !cn_bench_interrupted(); i++)
        if (put_security(to, cn_expected_models[i].name, CN_SCHEME_BFV) != CN_BENCH_OK) code = CN_BENCH_FAILURE;
    for (size_t i = 0; i < sizeof yashe / sizeof yashe[0] && !cn_bench_interrupted(); i++)
        if (put_security(to, yashe[i], CN_SCHEME_YASHE) != CN_BENCH_OK) code = CN_BENCH_FAILURE;
    return code;
}
