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

/** Upper bound for E|x|^2m / (E|x|^2)^m, x the noise that a segment hands on, a polynomial of this degree in Gaussian values: that of a
 *  power of one of them, (m degree)! / (degree!)^m. */
static double moment_bound(double m, double degree) { return cn_noise_spread(m, degree, 1); }

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
    double cube, square, linear; /* d^2 t^4 n^2; a^2 t^2 n, under a cube with its factor; the square of the factor of the linear term; the
                                    lower terms raised to the power of the leading one */
    double degree, later;  /* product of the degrees of the activations so far; of those after the first one, 0 if there is none */
    double p, l;           /* after the first segment: next[j] = p P_jj + l L_jj, if its activation is no cube */
    double keys, keys6;    /* factors of the fourth and sixth moment of c; with the secret key the bounds of fresh noise cover them */
    double shared;         /* E|r c|^2 / (E|r|^2 E|c|^2), by Cauchy-Schwarz over the keys */
} walk;

/** Keys fix the variance of noise root by root; E g^m / (E g)^m of what they do to c of a segment after the first. With public keys
 *  fresh noise has at a root, up to scale, a variance close to a gamma variable (BFV: |e|^2 + |s|^2, of shape 2), and every activation
 *  raises it to its degree. With the secret key they enter with the first switch, through |s|^2 of shape 1. */
static double key_spread(const walk *w, bool public_key, double m) {
    if (public_key) return cn_noise_spread(m, w->degree, w->scheme->key_shape);
    return w->later > 0 ? cn_noise_spread(m, w->later, 1) : 1;
}

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
    double v = w->r.var, top = m->pre2_max, cube = w->cube * cn_noise_sixth(w->r) * v * v * v, quad = w->square * w->r.kurt * v * v,
           lin = cn_segment_acts(s) ? w->linear * v : v;
    if (s->has_pre) record(&f->stage[0][CN_STAGE_PRE], v * top, bound, f);
    if (cn_segment_acts(s)) record(&f->stage[0][CN_STAGE_ACT], ((cube * top + quad) * top + lin) * top, bound, f);
    w->p = quad, w->l = lin;
    for (size_t j = 0; j < s->out; j++) w->next[j] = quad * m->p[j] + lin * m->l[j] + (m->cubic ? cube * m->cubic[j] : 0);
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

/** Variance of the activation of r + c, c of variance c: what is due to r alone, and the rest. For a cube by Minkowski's inequality for
 *  the sixth moment, and standard deviations of its terms add. */
static void activate(double *alone, double *rest, const walk *w, double kurt_c, double sixth_c, double c) {
    double r = w->r.var, sixth = cn_noise_sixth(w->r) * r * r * r;
    *alone = w->square * w->r.kurt * r * r + w->linear * r;
    *rest = w->square * (4 * w->shared * r * c + kurt_c * c * c) + w->linear * c;
    if (w->cube == 0) return;
    double all = pow(pow(sixth, 1.0 / 6) + pow(sixth_c, 1.0 / 6) * sqrt(c), 6);
    double square = sqrt(w->square * pow(sqrt(sqrt(w->r.kurt) * r) + sqrt(sqrt(kurt_c) * c), 4)), linear = sqrt(w->linear) * (sqrt(r) + sqrt(c));
    double sum = sqrt(w->cube * all) + square + linear, of_r = sqrt(w->cube * sixth) + sqrt(w->square * w->r.kurt) * r + sqrt(w->linear * r);
    *alone = of_r * of_r;
    *rest = fmax(sum * sum - *alone, 0);
}

/** Variance of output j of a later segment, by standard deviations for the part whose covariances are not followed. */
static double later_output(const walk *w, const cn_segment *s, double kurt_c, double sixth_c, size_t j) {
    double independent = 0, correlated = 0;
    for (size_t e = s->post.start[j]; e < s->post.start[j + 1]; e++) {
        double weight = (double)s->post.weight[e], alone, rest;
        activate(&alone, &rest, w, kurt_c, sixth_c, w->c[s->post.col[e]]);
        independent += weight * weight * alone;
        correlated += fabs(weight) * sqrt(rest);
    }
    return independent + correlated * correlated;
}

/** Segments after the first: activation at once, on r + c[j]. Covariances are followed through two squares. */
static void later_segment(walk *w, const cn_moments *m, unsigned index, double bound) {
    const cn_segment *s = &w->prog->segment[index];
    cn_forecast *f = w->f;
    bool exact = index == 1 && !m->cubic && w->cube == 0;
    double kurt_c = w->keys * (exact ? m->kurt_mid : moment_bound(2, w->degree)), sixth_c = w->keys6 * moment_bound(3, w->degree);
    for (size_t i = 0; i < s->mid; i++) {
        double alone, rest;
        activate(&alone, &rest, w, kurt_c, sixth_c, w->c[i]);
        w->next[i] = alone + rest;
    }
    record(&f->stage[index][CN_STAGE_ACT], largest(w->next, s->mid), bound, f);
    if (!s->has_post) return;
    for (size_t j = 0; j < s->out; j++) w->next[j] = exact ? second_output(w, m, j) : later_output(w, s, kurt_c, sixth_c, j);
    record(&f->stage[index][CN_STAGE_POST], largest(w->next, s->out), bound, f);
}

/** Relinearise and switch at the end of segment index: w->next becomes r and c of the next one. */
static void between_segments(walk *w, unsigned index, unsigned from, unsigned to, double bound) {
    cn_forecast *f = w->f;
    cn_noise relin = w->scheme->noise_relin(w->params, w->t, from, cn_act_degree(&w->prog->segment[index].act));
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

/** cube, square and linear of an activation with factor *factor before it and, on return, after it: lower terms are multiplied by powers
 *  of k = -Q F modulo t, centred, one for each degree below the leading term. */
static void set_terms(walk *w, uint64_t *factor, const cn_act *act, unsigned limbs) {
    cn_mod t;
    cn_mod_init(&t, w->t);
    bool cube = cn_act_degree(act) == 3;
    size_t n = w->params->n;
    double td = (double)w->t, tn = td * td * (double)n;
    uint64_t step = *factor;
    int64_t lower[2];
    for (unsigned i = 0; i < limbs; i++) step = cn_mod_mul(step, w->params->q[i], &t);
    *factor = cn_act_factors_var(lower, act, *factor, cn_mod_neg(step, &t), &t);
    double square = cube ? (double)lower[0] : (double)act->a, linear = (double)lower[1];
    w->cube = (double)act->d * (double)act->d * tn * tn;
    w->square = square * square * tn * w->scheme->noise_raise(n, w->t, 2, cube);
    w->linear = linear * linear * w->scheme->noise_raise(n, w->t, 1, cn_act_degree(act) - 1);
}

/** Largest variance of the scores as the last segment leaves them; with privacy, once they have been relinearised and scaled. */
static double run_branch(walk *w, const cn_moments *m, const cn_schedule *s) {
    const cn_program *prog = w->prog;
    uint64_t factor = 1;
    w->degree = 1, w->later = 0;
    w->r = w->scheme->noise_fresh(w->params, w->t, s->public_key);
    w->f->fresh = cn_noise_log2(w->r);
    for (unsigned i = 0; i < prog->count; i++) {
        unsigned limbs = s->limbs[i];
        const cn_act *act = &prog->segment[i].act;
        double t = (double)w->t, bound = cn_params_log2_level(w->params, limbs) - log2(t) - 1;
        set_terms(w, &factor, act, limbs);
        if (i > 0) {
            double keys = key_spread(w, s->public_key, 2);
            w->keys = s->public_key ? keys : 1;
            w->keys6 = s->public_key ? key_spread(w, true, 3) : 1;
            w->shared = keys > 1 ? sqrt(w->r.kurt / 2 * keys) : 1;
        }
        if (i == 0)
            first_segment(w, m, bound);
        else
            later_segment(w, m, i, bound);
        w->degree *= cn_act_degree(act);
        if (i > 0) w->later = fmax(w->later, 1) * cn_act_degree(act);
        if (i + 1 < prog->count) between_segments(w, i, limbs, s->limbs[i + 1], bound);
    }
    unsigned last = prog->count - 1, degree = cn_act_degree(&prog->segment[last].act);
    double top = largest(w->next, prog->outputs), level = cn_params_log2_level(w->params, s->limbs[last]) - log2((double)w->t);
    if (!s->privacy) {
        record(&w->f->output, top, level - 2, w->f); /* Q / (4t) */
    } else if (degree > 1) {
        top += w->scheme->noise_relin(w->params, w->t, s->limbs[last], degree).var;
        record(&w->f->relin[last], top, level - 1, w->f);
    }
    if (s->scale) { /* its tail is heavier, but the flood to come asks for 2^privacy times as much room */
        top = cn_noise_mul_plain((cn_noise){top, 2}, w->t, w->params->n).var;
        record(&w->f->scaled, top, level - 1, w->f);
    }
    return top;
}

/** Flood the replies of all branches, which have noise of variances before[branch], and switch them to their last level. */
static void flood(walk *w, const double *before, const cn_schedule *s) {
    const cn_params *p = w->params;
    cn_forecast *f = w->f;
    unsigned last = s->limbs[w->prog->count - 1];
    double fresh = w->scheme->noise_fresh(p, p->t[0], true).var;
    f->flood_bits = cn_noise_flood_bits(p->n, (double)(p->plains * w->prog->outputs), s->privacy, largest(before, p->plains) + fresh);
    for (unsigned j = 0; j < p->plains; j++) {
        cn_noise v = {before[j] + fresh + cn_noise_flood(f->flood_bits).var, 2};
        double log2_t = log2((double)p->t[j]);
        record(&f->flooded, v.var, cn_params_log2_level(p, last) - log2_t - 1, f);
        v = cn_noise_switch(v, p, last, s->reply, w->scheme->noise_floor(p->n, p->t[j], 1));
        record(&f->output, v.var, cn_params_log2_level(p, s->reply) - log2_t - 2, f);
    }
}

cn_status cn_forecast_run(cn_forecast *f, const cn_program *prog, const cn_moments *m, const cn_params *p, const cn_schedule *s) {
    cn_status status = CN_OK;
    size_t widest = 1;
    for (unsigned i = 0; i < prog->count; i++) widest = CN_MAX(widest, CN_MAX(prog->segment[i].mid, prog->segment[i].out));
    double before[CN_PLAINS_MAX];
    walk w = {.prog = prog, .params = p, .scheme = cn_scheme_find(p->scheme), .f = f};
    memset(f, 0, sizeof *f);
    f->headroom = 1e9;
    w.c = cn_calloc(widest, sizeof *w.c);
    w.next = cn_calloc(widest, sizeof *w.next);
    if (!w.c || !w.next) CN_CHECK(CN_ERR_MEMORY);
    for (unsigned j = 0; j < p->plains; j++) {
        w.t = p->t[j];
        before[j] = run_branch(&w, m, s);
    }
    if (s->privacy) flood(&w, before, s);
cleanup:
    cn_free(w.c);
    cn_free(w.next);
    return status;
}
