/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The experiment of 2016: which networks it can carry. The bound on the noise holds in the worst case, so nothing is left to chance
 *  (in the manner of T. Lepoint, M. Naehrig, "A comparison of the homomorphic encryption schemes FV and YASHE", eprint 2014/062).
 *
 *  Largest coefficients; |a b| <= n |a| |b|; B = 21 bounds errors, |f| <= t + 1, |g| <= 1. With f^k c = (q/t) m + v modulo q:
 *    fresh        v = f (e + eps) + t g s, |eps| <= 1/2 from rounding q m / t
 *    linear map   v = sum of w v_i, and from the rounded bias, a constant, f^k eps
 *    square       of k = 1: over the integers f c = (q/t) (m + t K) + v with |K| <= (|f c| + (q/t) |m| + |v|) / q
 *                 <= n |f| / 2 + 1/2 + |v|/q, since |c| <= q/2 and |m| <= t/2. With r the rounding, |r| <= 1/2,
 *                 f^2 round(t/q c^2) = (t/q) (f c)^2 + f^2 r = (q/t) m^2 + 2 (m + t K) v + (t/q) v^2 + f^2 r   modulo q
 *    key switch   f evk_i = w^i f^2 + f e_i + t g s_i, so v grows by the sum of D_i (f e_i + t g s_i), |D_i| <= w/2 + 1 */

#include <math.h>

#include "reference/paper2016.h"
#include "util/mem.h"
#include "util/status.h"

#define ERROR_MAX 21.0 /* of the centred binomial distribution with parameter 21 */

typedef struct bounds {
    double n, q, t, f, w, digits; /* f: largest coefficient of the key f */
} bounds;

static double hidden(const bounds *b) { return b->n * b->f * ERROR_MAX + b->n * b->t * ERROR_MAX; } /* f e + t g s */

static double fresh(const bounds *b) { return hidden(b) + b->n * b->f / 2; }

static double square(double v, const bounds *b) {
    double k = b->n * b->f / 2 + 0.5 + v / b->q, f2 = b->n * b->f * b->f;
    return 2 * b->n * (b->t / 2 + b->t * k) * v + b->t / b->q * b->n * v * v + b->n * f2 / 2;
}

static double key_switch(double v, const bounds *b) { return v + b->digits * b->n * (b->w / 2 + 1) * hidden(b); }

/** v of every value through a linear map under f^power. */
static void linear(double *out, const double *in, const cn_linear *l, unsigned power, const bounds *b) {
    double f = power == 1 ? b->f : b->n * b->f * b->f;
    for (size_t r = 0; r < l->m.rows; r++) {
        out[r] = f / 2;
        for (size_t i = l->start[r]; i < l->start[r + 1]; i++)
            if (l->weight[i]) out[r] += fabs((double)l->weight[i]) * in[l->col[i]]; /* 0 times infinity is no number */
    }
}

static cn_status check_shape(const cn_program *prog) {
    for (unsigned s = 0; s < prog->count; s++) {
        const cn_segment *g = &prog->segment[s];
        if (g->act.a != 1 || g->act.b != 0 || g->act.c != 0 || g->act.d != 0)
            return cn_fail(CN_ERR_UNSUPPORTED, "network: activation %u is not a plain square; expected x^2, as in the paper", s + 1);
        if (!g->has_post)
            return cn_fail(CN_ERR_UNSUPPORTED, "network: no linear layer follows activation %u; expected one, as in the paper", s + 1);
    }
    return CN_OK;
}

cn_status cn_p16_check(double *log2_noise, double *log2_limit, const cn_program *prog, const cn_p16_params *p) {
    cn_status status = CN_OK;
    double *v = NULL, *next = NULL, room = INFINITY;
    size_t widest = prog->inputs;
    CN_TRY(check_shape(prog));
    for (unsigned s = 0; s < prog->count; s++) widest = CN_MAX(widest, CN_MAX(prog->segment[s].mid, prog->segment[s].out));
    v = cn_calloc(widest, sizeof *v);
    next = cn_calloc(widest, sizeof *next);
    if (!v || !next) CN_CHECK(CN_ERR_MEMORY);
    for (unsigned branch = 0; branch < CN_P16_PLAINS; branch++) {
        double t = (double)p->t[branch];
        bounds b = {.n = (double)p->n, .q = mpz_get_d(p->q), .t = t, .f = t + 1, .w = ldexp(1, (int)p->w_bits)};
        b.digits = cn_ref_digits(p->q, p->w_bits);
        for (size_t i = 0; i < prog->inputs; i++) v[i] = fresh(&b);
        for (unsigned s = 0; s < prog->count; s++) {
            const cn_segment *g = &prog->segment[s];
            for (size_t i = 0; s > 0 && i < g->in; i++) v[i] = key_switch(v[i], &b);
            if (g->has_pre) linear(next, v, &g->pre, 1, &b);
            for (size_t i = 0; i < g->mid; i++) v[i] = square(g->has_pre ? next[i] : v[i], &b);
            linear(next, v, &g->post, 2, &b);
            for (size_t i = 0; i < g->out; i++) v[i] = next[i];
        }
        double worst = 0;
        for (size_t i = 0; i < prog->outputs; i++) worst = fmax(worst, v[i] < HUGE_VAL ? v[i] : HUGE_VAL); /* also for what is not a number */
        double noise = log2(worst), limit = log2(b.q) - log2(4 * t);
        if (branch == 0 || limit - noise < room) room = limit - noise, *log2_noise = noise, *log2_limit = limit;
    }
    if (!(room > 0.01)) /* doubles are that exact, and more */
        CN_CHECK(cn_fail(CN_ERR_PLAN, "network: its noise can reach 2^%.1f; expected below 2^%.1f, q/(4t); take smaller weights or fewer "
                         "layers", *log2_noise, *log2_limit));
cleanup:
    cn_free(v);
    cn_free(next);
    return status;
}
