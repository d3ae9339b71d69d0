/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The walk of the noise through the segments. doc/noise.md has the derivations. */

#include "nn/forecast.h"

#include <math.h>
#include <string.h>

#include "arith/int128.h"
#include "he/params.h"
#include "he/scheme.h"
#include "util/mem.h"

/** E x^2d / (E x^d)^2 for a gamma variable x of this shape. */
static double spread(double d, double shape) { return exp(lgamma(shape + 2 * d) + lgamma(shape) - 2 * lgamma(shape + d)); }

/** Upper bound for kurt of the noise that a segment hands on, as a polynomial of degree d = 2^segments in Gaussian values: that of
 *  the d-th power of one of them, (2d)! / (d!)^2. */
static double kurt_bound(unsigned segments) { return spread(exp2(segments), 1); }

/** Keys fix the variance of noise root by root; how that spreads for c of a segment after the first. With public keys fresh noise
 *  has at a root, up to scale, a variance close to a gamma variable (BFV: |e|^2 + |s|^2, of shape 2), and every activation squares it.
 *  With the secret key they enter with the first switch, through |s|^2 of shape 1. */
static double key_spread(bool public_key, double shape, unsigned index) {
    if (public_key) return spread(exp2(index), shape);
    return index == 1 ? 1 : spread(exp2(index - 1), 1);
}

/** State between segments: every value has noise shared-by-rule var r (independent from value to value) plus c[j], the remainder of
 *  the previous segment's noise, which is correlated between values. */
typedef struct walk {
    const cn_program *prog;
    const cn_params *params;
    const cn_scheme_table *scheme;
    cn_forecast *f;
    cn_noise r;
    double *c, *next;  /* [values] */
    uint64_t t;
    double square, linear; /* a^2 t^2 n, and the square of the factor k b of the linear term, raised to the power of the square */
    double p, l;           /* after the first segment: next[j] = p P_jj + l L_jj */
    double keys;           /* factor of the kurt of c; with the secret key the bounds of fresh noise cover it */
    double shared;         /* E|r c|^2 / (E|r|^2 E|c|^2), by Cauchy-Schwarz over the keys */
} walk;

static void record(double *slot, double var, double log2_bound, cn_forecast *f) {
    double sigma = var < HUGE_VAL ? 0.5 * log2(var) : HUGE_VAL; /* also for what is not a number */
    *slot = fmax(*slot, sigma);
    f->headroom = fmin(f->headroom, log2_bound - sigma);
}

static double largest(const double *x, size_t count) {
    double top = 0;
    for (size_t i = 0; i < count; i++) top = x[i] > top ? x[i] : top;
    return top;
}

/** First segment: inputs independent, noise w->r. Leaves output variances in w->next. */
static void first_segment(walk *w, const cn_moments *m, double bound) {
    const cn_segment *s = &w->prog->segment[0];
    cn_forecast *f = w->f;
    double v = w->r.var, quad = w->square * w->r.kurt * v * v, lin = s->act.a ? w->linear * v : v;
    if (s->has_pre) record(&f->stage[0][CN_STAGE_PRE], v * m->pre2_max, bound, f);
    if (s->act.a) record(&f->stage[0][CN_STAGE_ACT], quad * m->pre2_max * m->pre2_max + lin * m->pre2_max, bound, f);
    w->p = quad, w->l = lin;
    for (size_t j = 0; j < s->out; j++) w->next[j] = quad * m->p[j] + lin * m->l[j];
    if (s->has_post) record(&f->stage[0][CN_STAGE_POST], largest(w->next, s->out), bound, f);
}

/** Variance of output j of the second segment from the forms: inputs r (independent) + c (covariances p P + l L). */
static double second_output(const walk *w, const cn_moments *m, size_t j) {
    double r = w->r.var, p = w->p, l = w->l;
    double *const *f = m->form;
    double squares = w->r.kurt * r * r * f[CN_FORM_ONE][j] + 4 * w->shared * r * (p * f[CN_FORM_P][j] + l * f[CN_FORM_L][j]) +
                     m->kurt[j] * w->keys * (p * p * f[CN_FORM_PP][j] + 2 * p * l * f[CN_FORM_PL][j] + l * l * f[CN_FORM_LL][j]);
    return w->square * squares + w->linear * (r * f[CN_FORM_ONE][j] + p * f[CN_FORM_XPX][j] + l * f[CN_FORM_XLX][j]);
}

/** Variance of output j of a later segment, by standard deviations for the part whose covariances are not followed. */
static double later_output(const walk *w, const cn_segment *s, double kurt_c, size_t j) {
    double independent = 0, correlated = 0, r = w->r.var;
    for (size_t e = s->post.start[j]; e < s->post.start[j + 1]; e++) {
        double weight = (double)s->post.weight[e], c = w->c[s->post.col[e]];
        independent += weight * weight * (w->square * (w->r.kurt * r * r + 4 * w->shared * r * c) + w->linear * r);
        correlated += fabs(weight) * sqrt(w->square * kurt_c * c * c + w->linear * c);
    }
    return independent + correlated * correlated;
}

/** Segments after the first: activation at once, on r + c[j]. */
static void later_segment(walk *w, const cn_moments *m, unsigned index, double bound) {
    const cn_segment *s = &w->prog->segment[index];
    cn_forecast *f = w->f;
    double r = w->r.var, kurt_c = w->keys * (index == 1 ? m->kurt_mid : kurt_bound(index));
    for (size_t i = 0; i < s->mid; i++) {
        double c = w->c[i];
        w->next[i] = w->square * (w->r.kurt * r * r + 4 * w->shared * r * c + kurt_c * c * c) + w->linear * (r + c);
    }
    record(&f->stage[index][CN_STAGE_ACT], largest(w->next, s->mid), bound, f);
    if (!s->has_post) return;
    for (size_t j = 0; j < s->out; j++) w->next[j] = index == 1 ? second_output(w, m, j) : later_output(w, s, kurt_c, j);
    record(&f->stage[index][CN_STAGE_POST], largest(w->next, s->out), bound, f);
}

/** Relinearise and switch at the end of segment index: w->next becomes r and c of the next one. */
static void between_segments(walk *w, unsigned index, unsigned from, unsigned to, double bound) {
    cn_forecast *f = w->f;
    cn_noise relin = w->scheme->noise_relin(w->params, w->t, from);
    w->r = cn_noise_switch(relin, w->params, from, to, w->scheme->noise_floor(w->params->n, w->t, 1));
    double shrink = 1;
    for (unsigned i = to; i < from; i++) shrink /= (double)w->params->q[i];
    size_t count = w->prog->segment[index].out;
    double top = largest(w->next, count);
    record(&f->relin[index], top + relin.var, bound, f);
    f->switched[index] = fmax(f->switched[index], 0.5 * log2(top * shrink * shrink + w->r.var));
    for (size_t j = 0; j < count; j++) w->c[j] = w->next[j] * shrink * shrink;
    w->p *= shrink * shrink;
    w->l *= shrink * shrink;
}

/** Square of the factor that the linear term of an activation is multiplied by: (k b mod t), k = -Q F, centred. */
static double linear_factor(uint64_t *factor, const cn_act *act, const cn_params *p, unsigned limbs, uint64_t prime) {
    cn_mod t;
    cn_mod_init(&t, prime);
    uint64_t k = *factor;
    for (unsigned i = 0; i < limbs; i++) k = cn_mod_mul(k, p->q[i], &t);
    k = cn_mod_neg(k, &t); /* -Q F */
    *factor = cn_mod_mul(k, *factor, &t);
    double kb = (double)cn_mod_centre(cn_mod_mul(k, cn_i128_mod(act->b, &t), &t), &t);
    return kb * kb;
}

static void run_branch(walk *w, const cn_moments *m, const cn_schedule *s) {
    const cn_program *prog = w->prog;
    uint64_t factor = 1;
    w->r = w->scheme->noise_fresh(w->params, w->t, s->public_key);
    w->f->fresh = cn_noise_log2(w->r);
    for (unsigned i = 0; i < prog->count; i++) {
        unsigned limbs = s->limbs[i];
        const cn_act *act = &prog->segment[i].act;
        double t = (double)w->t, bound = cn_params_log2_level(w->params, limbs) - log2(t) - 1;
        w->square = (double)act->a * (double)act->a * t * t * (double)w->params->n;
        w->linear = act->a ? linear_factor(&factor, act, w->params, limbs, w->t) : 0;
        w->linear *= w->scheme->noise_raise((cn_noise){1, w->r.kurt}, w->params->n, w->t).var;
        if (i > 0) {
            double keys = key_spread(s->public_key, w->scheme->key_shape, i);
            w->keys = s->public_key ? keys : 1;
            w->shared = keys > 1 ? sqrt(w->r.kurt / 2 * keys) : 1;
        }
        if (i == 0)
            first_segment(w, m, bound);
        else
            later_segment(w, m, i, bound);
        if (i + 1 < prog->count) between_segments(w, i, limbs, s->limbs[i + 1], bound);
    }
    unsigned last = prog->count - 1;
    double bound = cn_params_log2_level(w->params, s->limbs[last]) - log2((double)w->t) - 2; /* Q / (4t) */
    record(&w->f->output, largest(w->next, prog->outputs), bound, w->f);
}

cn_status cn_forecast_run(cn_forecast *f, const cn_program *prog, const cn_moments *m, const cn_params *p, const cn_schedule *s) {
    cn_status status = CN_OK;
    size_t widest = 1;
    for (unsigned i = 0; i < prog->count; i++) widest = CN_MAX(widest, CN_MAX(prog->segment[i].mid, prog->segment[i].out));
    walk w = {.prog = prog, .params = p, .scheme = cn_scheme_find(p->scheme), .f = f};
    memset(f, 0, sizeof *f);
    f->headroom = 1e9;
    w.c = cn_calloc(widest, sizeof *w.c);
    w.next = cn_calloc(widest, sizeof *w.next);
    if (!w.c || !w.next) CN_CHECK(CN_ERR_MEMORY);
    for (unsigned j = 0; j < p->plains; j++) {
        w.t = p->t[j];
        run_branch(&w, m, s);
    }
cleanup:
    cn_free(w.c);
    cn_free(w.next);
    return status;
}
