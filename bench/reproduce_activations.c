/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The reproduction: how close polynomials come to activations. Crypto-Nets [Xie et al., arXiv 1412.6181] rests on the theorem
 *  that they come as close as one likes (doc/activations.md); here are the least errors for each degree. */

#include "bench/reproduce.h"

#include <math.h>

#include "approx/fit.h"
#include "util/status.h"

#define END 8.0L         /* the interval is [-END, END] */
#define TOLERANCE 1e-6   /* relative, between two programs */
#define CELLS 1e-12      /* between the largest error found and the one proved */

static cn_status put_error(FILE *to, const cn_expected_errors *expected, unsigned degree) {
    cn_fn f;
    cn_minimax m;
    char name[64];
    if (!cn_fn_named(&f, expected->function)) return cn_fail(CN_ERR_NOT_FOUND, "activation %s: there is none", expected->function);
    CN_TRY(cn_fit_minimax(&m, &f, degree, -END, END));
    cn_sup sup = cn_sup_error(&f, &m.p, -END, END, CELLS);
    snprintf(name, sizeof name, "%s, degree %u", expected->function, degree);
    cn_rp_row r = cn_rp_new(expected->function, name, "sup error");
    r.rule = CN_RP_CLOSE;
    r.digits = 9;
    r.tolerance = TOLERANCE;
    r.expected = expected->error[degree - 1];
    r.measured = (double)sup.upper;
    cn_rp_note(&r, "proved everywhere; alternates at %u points, where it is at least %.9Lg: no polynomial of the degree comes closer",
               m.count, m.level);
    cn_rp_put(to, &r);
    return CN_OK;
}

int cn_rp_activations(FILE *to, const cn_rp_setup *s) {
    (void)s;
    for (size_t i = 0; i < cn_expected_functions; i++)
        for (unsigned degree = 1; degree <= CN_EXPECTED_DEGREES; degree++)
            if (put_error(to, &cn_expected_activations[i], degree) != CN_OK) return cn_bench_fail_library();
    return CN_BENCH_OK;
}
