/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Moments of the weights, and the walk of the noise through the segments. doc/noise.md has the derivations. */

#include "nn/forecast.h"

#include <math.h>
#include <string.h>

#include "arith/int128.h"
#include "util/mem.h"

/* ---- moments ------------------------------------------------------------------------------- */

void cn_moments_clear(cn_moments *m) {
    cn_free(m->pre2);
    cn_free(m->p);
    cn_free(m->l);
    for (unsigned k = 0; k < CN_FORMS; k++) cn_free(m->form[k]);
    memset(m, 0, sizeof *m);
}

/** Weights of the map after the activation as columns, [mid][out]; the identity where there is none. */
static void dense_columns(double *out, const cn_segment *s) {
    for (size_t i = 0; !s->has_post && i < s->mid; i++) out[i * s->mid + i] = 1;
    for (size_t r = 0; s->has_post && r < s->out; r++)
        for (size_t e = s->post.start[r]; e < s->post.start[r + 1]; e++)
            out[s->post.col[e] * s->out + r] = (double)s->post.weight[e];
}

/** r = a^T b for [inner][width] matrices, r [width][width], zero on entry. */
static void transposed_product(double *r, const double *a, const double *b, size_t width, size_t inner) {
    for (size_t x = 0; x < inner; x++)
        for (size_t i = 0; i < width; i++) {
            double f = a[x * width + i];
            if (f == 0) continue;
            for (size_t k = 0; k < width; k++) r[i * width + k] += f * b[x * width + k];
        }
}

/** y += f x, width values. */
static void add_scaled(double *y, const double *x, double f, size_t width) {
    for (size_t k = 0; k < width; k++) y[k] += f * x[k];
}

/** Squared norms of the rows of pre, or ones without it. */
static void row_norms(double *pre2, const cn_segment *s) {
    for (size_t i = 0; i < s->mid; i++) {
        double sum = s->has_pre ? 0 : 1;
        if (s->has_pre)
            for (size_t e = s->pre.start[i]; e < s->pre.start[i + 1]; e++)
                sum += (double)s->pre.weight[e] * (double)s->pre.weight[e];
        pre2[i] = sum;
    }
}

/** h = G W^T with G_il = (w_i . w_l)^2, [mid][out]; row is [in] scratch, zero on entry and exit. Pairs of rows that do not
 *  overlap are skipped. */
static void times_gram(double *h, const double *post, const cn_segment *s, double *row) {
    const cn_linear *pre = &s->pre;
    size_t out = s->out;
    for (size_t i = 0; i < s->mid; i++) {
        for (size_t e = pre->start[i]; e < pre->start[i + 1]; e++) row[pre->col[e]] = (double)pre->weight[e];
        for (size_t l = 0; l <= i; l++) {
            double dot = 0;
            for (size_t e = pre->start[l]; e < pre->start[l + 1]; e++) dot += row[pre->col[e]] * (double)pre->weight[e];
            if (dot == 0) continue;
            add_scaled(h + i * out, post + l * out, dot * dot, out);
            if (l != i) add_scaled(h + l * out, post + i * out, dot * dot, out);
        }
        for (size_t e = pre->start[i]; e < pre->start[i + 1]; e++) row[pre->col[e]] = 0;
    }
}

/** P and L of the first segment, [out][out] each, zero on entry. */
static cn_status first_covariances(double *p, double *l, const cn_segment *s) {
    cn_status status = CN_OK;
    size_t in = s->in, mid = s->mid, out = s->out;
    double *row = cn_calloc(in, sizeof *row), *post = cn_calloc(out * mid, sizeof *post), *h = cn_calloc(out * CN_MAX(mid, in), sizeof *h);
    if (!row || !post || !h) CN_CHECK(CN_ERR_MEMORY);
    dense_columns(post, s);
    if (!s->has_pre) { /* w_i are unit vectors */
        transposed_product(p, post, post, out, mid);
        transposed_product(l, post, post, out, mid);
        goto cleanup;
    }
    times_gram(h, post, s, row);
    transposed_product(p, h, post, out, mid);
    memset(h, 0, out * CN_MAX(mid, in) * sizeof *h); /* now (W w)^T, [in][out] */
    for (size_t i = 0; i < mid; i++)
        for (size_t e = s->pre.start[i]; e < s->pre.start[i + 1]; e++)
            add_scaled(h + s->pre.col[e] * out, post + i * out, (double)s->pre.weight[e], out);
    transposed_product(l, h, h, out, in);
cleanup:
    cn_free(row);
    cn_free(post);
    cn_free(h);
    return status;
}

/** Bounds instead of P_jj and L_jj for networks too wide for them: |sum| by absolute values. */
static void bound_covariances(double *p, double *l, const cn_moments *m, const cn_segment *s) {
    for (size_t j = 0; j < s->out; j++) {
        double quadratic = 0, linear = 0;
        for (size_t e = s->has_post ? s->post.start[j] : j; e < (s->has_post ? s->post.start[j + 1] : j + 1); e++) {
            double weight = s->has_post ? fabs((double)s->post.weight[e]) : 1, norm2 = m->pre2[s->has_post ? s->post.col[e] : e];
            quadratic += weight * norm2;
            linear += weight * sqrt(norm2);
        }
        p[j] = quadratic * quadratic;
        l[j] = linear * linear;
    }
}

/** The forms of the second segment. P_jk and L_jk from the matrices, or where those are absent from their diagonals. */
static void second_forms(cn_moments *m, const cn_segment *s, const double *p, const double *l) {
    size_t width = s->mid;
    for (size_t out = 0; out < s->out; out++) {
        size_t first = s->has_post ? s->post.start[out] : out, last = s->has_post ? s->post.start[out + 1] : out + 1;
        double sum[CN_FORMS] = {0};
        for (size_t e = first; e < last; e++) {
            size_t j = s->has_post ? s->post.col[e] : e;
            double x = s->has_post ? (double)s->post.weight[e] : 1;
            sum[CN_FORM_ONE] += x * x;
            sum[CN_FORM_P] += x * x * m->p[j];
            sum[CN_FORM_L] += x * x * m->l[j];
            for (size_t f = first; f < last; f++) {
                size_t k = s->has_post ? s->post.col[f] : f;
                double xx = x * (s->has_post ? (double)s->post.weight[f] : 1);
                double pp = p ? p[j * width + k] : sqrt(m->p[j] * m->p[k]), ll = p ? l[j * width + k] : sqrt(m->l[j] * m->l[k]);
                if (!p) xx = fabs(xx);
                sum[CN_FORM_PP] += xx * pp * pp;
                sum[CN_FORM_PL] += xx * pp * ll;
                sum[CN_FORM_LL] += xx * ll * ll;
                sum[CN_FORM_XPX] += xx * pp;
                sum[CN_FORM_XLX] += xx * ll;
            }
        }
        for (unsigned k = 0; k < CN_FORMS; k++) m->form[k][out] = fmax(sum[k], 0);
    }
}

cn_status cn_moments_compute(cn_moments *m, const cn_program *prog) {
    cn_status status = CN_OK;
    const cn_segment *s = &prog->segment[0];
    bool exact = s->mid <= CN_MOMENTS_MID_MAX && s->out <= CN_MOMENTS_OUT_MAX;
    double *p = exact ? cn_calloc(s->out * s->out, sizeof *p) : NULL, *l = exact ? cn_calloc(s->out * s->out, sizeof *l) : NULL;
    memset(m, 0, sizeof *m);
    m->pre2 = cn_calloc(s->mid, sizeof *m->pre2);
    m->p = cn_calloc(s->out, sizeof *m->p);
    m->l = cn_calloc(s->out, sizeof *m->l);
    if (!m->pre2 || !m->p || !m->l || (exact && (!p || !l))) CN_CHECK(CN_ERR_MEMORY);
    row_norms(m->pre2, s);
    for (size_t i = 0; i < s->mid; i++) m->pre2_max = fmax(m->pre2_max, m->pre2[i]);
    if (exact) {
        CN_CHECK(first_covariances(p, l, s));
        for (size_t j = 0; j < s->out; j++) m->p[j] = p[j * s->out + j], m->l[j] = l[j * s->out + j];
    } else {
        bound_covariances(m->p, m->l, m, s);
    }
    for (unsigned k = 0; prog->count > 1 && k < CN_FORMS; k++) {
        m->form[k] = cn_calloc(prog->segment[1].out, sizeof *m->form[k]);
        if (!m->form[k]) CN_CHECK(CN_ERR_MEMORY);
    }
    if (prog->count > 1) second_forms(m, &prog->segment[1], p, l);
cleanup:
    cn_free(p);
    cn_free(l);
    if (status != CN_OK) cn_moments_clear(m);
    return status;
}

/* ---- the walk ------------------------------------------------------------------------------ */

#define KURT_SUM 2.0       /* of a sum of many squares: close to Gaussian */
#define KURT_QUADRATIC 6.0 /* of one square of a Gaussian: an upper bound for sums of them */

/** State between segments: every value has noise shared-by-rule var r (independent from value to value) plus c[j], the remainder of
 *  the previous segment's noise, which is correlated between values. */
typedef struct walk {
    const cn_program *prog;
    const cn_params *params;
    cn_forecast *f;
    cn_noise r;
    double *c, *next;  /* [values] */
    uint64_t t;
    double square, linear; /* a^2 t^2 n, and the square of the factor k b of the linear term */
    double p, l;           /* after the first segment: next[j] = p P_jj + l L_jj */
} walk;

static void record(double *slot, double var, double log2_bound, cn_forecast *f) {
    double sigma = 0.5 * log2(var);
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
    double squares = w->r.kurt * r * r * f[CN_FORM_ONE][j] + 4 * r * (p * f[CN_FORM_P][j] + l * f[CN_FORM_L][j]) +
                     KURT_SUM * (p * p * f[CN_FORM_PP][j] + 2 * p * l * f[CN_FORM_PL][j] + l * l * f[CN_FORM_LL][j]);
    return w->square * squares + w->linear * (r * f[CN_FORM_ONE][j] + p * f[CN_FORM_XPX][j] + l * f[CN_FORM_XLX][j]);
}

/** Variance of output j of a later segment, by standard deviations for the part whose covariances are not followed. */
static double later_output(const walk *w, const cn_segment *s, size_t j) {
    double independent = 0, correlated = 0, r = w->r.var;
    for (size_t e = s->post.start[j]; e < s->post.start[j + 1]; e++) {
        double weight = (double)s->post.weight[e], c = w->c[s->post.col[e]];
        independent += weight * weight * (w->square * (w->r.kurt * r * r + 4 * r * c) + w->linear * r);
        correlated += fabs(weight) * sqrt(w->square * KURT_QUADRATIC * c * c + w->linear * c);
    }
    return independent + correlated * correlated;
}

/** Segments after the first: activation at once, on r + c[j]. */
static void later_segment(walk *w, const cn_moments *m, unsigned index, double bound) {
    const cn_segment *s = &w->prog->segment[index];
    cn_forecast *f = w->f;
    double r = w->r.var, kurt_c = index == 1 ? KURT_SUM : KURT_QUADRATIC;
    for (size_t i = 0; i < s->mid; i++) {
        double c = w->c[i];
        w->next[i] = w->square * (w->r.kurt * r * r + 4 * r * c + kurt_c * c * c) + w->linear * (r + c);
    }
    record(&f->stage[index][CN_STAGE_ACT], largest(w->next, s->mid), bound, f);
    if (!s->has_post) return;
    for (size_t j = 0; j < s->out; j++) w->next[j] = index == 1 ? second_output(w, m, j) : later_output(w, s, j);
    record(&f->stage[index][CN_STAGE_POST], largest(w->next, s->out), bound, f);
}

/** Relinearise and switch at the end of segment index: w->next becomes r and c of the next one. */
static void between_segments(walk *w, unsigned index, unsigned from, unsigned to, double bound) {
    cn_forecast *f = w->f;
    cn_noise relin = cn_noise_relin(w->params, from);
    w->r = cn_noise_switch(relin, w->params, from, to, 2);
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

static double log2_q_present(const cn_params *p, unsigned limbs) {
    double sum = 0;
    for (unsigned i = 0; i < limbs; i++) sum += log2((double)p->q[i]);
    return sum;
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
    w->r = s->public_key ? cn_noise_fresh_public(w->params->n) : cn_noise_fresh_secret();
    w->f->fresh = cn_noise_log2(w->r);
    for (unsigned i = 0; i < prog->count; i++) {
        unsigned limbs = s->limbs[i];
        const cn_act *act = &prog->segment[i].act;
        double t = (double)w->t, bound = log2_q_present(w->params, limbs) - log2(t) - 1;
        w->square = (double)act->a * (double)act->a * t * t * (double)w->params->n;
        w->linear = act->a ? linear_factor(&factor, act, w->params, limbs, w->t) : 0;
        if (i == 0)
            first_segment(w, m, bound);
        else
            later_segment(w, m, i, bound);
        if (i + 1 < prog->count) between_segments(w, i, limbs, s->limbs[i + 1], bound);
    }
    unsigned last = prog->count - 1;
    double bound = log2_q_present(w->params, s->limbs[last]) - log2((double)w->t) - 2; /* Q / (4t) */
    record(&w->f->output, largest(w->next, prog->outputs), bound, w->f);
}

cn_status cn_forecast_run(cn_forecast *f, const cn_program *prog, const cn_moments *m, const cn_params *p, const cn_schedule *s) {
    cn_status status = CN_OK;
    size_t widest = 1;
    for (unsigned i = 0; i < prog->count; i++) widest = CN_MAX(widest, CN_MAX(prog->segment[i].mid, prog->segment[i].out));
    walk w = {.prog = prog, .params = p, .f = f};
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
