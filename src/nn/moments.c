/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Moments of the weights: the numbers that turn fresh noise into the noise of scores. doc/noise.md has the derivations. */

#include "nn/moments.h"

#include <math.h>
#include <string.h>

#include "util/mem.h"

void cn_moments_clear(cn_moments *m) {
    cn_free(m->pre2);
    cn_free(m->p);
    cn_free(m->l);
    cn_free(m->cubic);
    cn_free(m->kurt);
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

/** h = G W^T with G_il = (w_i . w_l)^power, [mid][out], zero on entry; row is [in] scratch, zero on entry and exit. Pairs of rows that do
 *  not overlap are skipped. */
static void times_gram(double *h, const double *post, const cn_segment *s, unsigned power, double *row) {
    const cn_linear *pre = &s->pre;
    size_t out = s->out;
    for (size_t i = 0; i < s->mid; i++) {
        for (size_t e = pre->start[i]; e < pre->start[i + 1]; e++) row[pre->col[e]] = (double)pre->weight[e];
        for (size_t l = 0; l <= i; l++) {
            double dot = 0;
            for (size_t e = pre->start[l]; e < pre->start[l + 1]; e++) dot += row[pre->col[e]] * (double)pre->weight[e];
            if (dot == 0) continue;
            double g = power == 3 ? dot * dot * dot : dot * dot;
            add_scaled(h + i * out, post + l * out, g, out);
            if (l != i) add_scaled(h + l * out, post + i * out, g, out);
        }
        for (size_t e = pre->start[i]; e < pre->start[i + 1]; e++) row[pre->col[e]] = 0;
    }
}

/** P and L of the first segment, [out][out] each, zero on entry; the diagonal of what (w_i . w_l)^3 gives, unless cubic is NULL. */
static cn_status first_covariances(double *p, double *l, double *cubic, const cn_segment *s) {
    cn_status status = CN_OK;
    size_t in = s->in, mid = s->mid, out = s->out;
    double *row = cn_calloc(in, sizeof *row), *post = cn_calloc(out * mid, sizeof *post), *h = cn_calloc(out * CN_MAX(mid, in), sizeof *h);
    if (!row || !post || !h) CN_CHECK(CN_ERR_MEMORY);
    dense_columns(post, s);
    if (!s->has_pre) { /* w_i are unit vectors */
        transposed_product(p, post, post, out, mid);
        transposed_product(l, post, post, out, mid);
        for (size_t j = 0; cubic && j < out; j++) cubic[j] = p[j * out + j];
        goto cleanup;
    }
    if (cubic) {
        times_gram(h, post, s, 3, row);
        for (size_t i = 0; i < mid; i++)
            for (size_t j = 0; j < out; j++) cubic[j] += post[i * out + j] * h[i * out + j];
        memset(h, 0, out * mid * sizeof *h);
    }
    times_gram(h, post, s, 2, row);
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

/** Least P_jj and L_jj: as if each value before the map had the noise of one input. Where weights are zero or cancel, this covers
 *  what the rounding of constants leaves, at most 1/2 in one coefficient each. */
static double least_moment(const cn_segment *s, size_t j) {
    double sum = 0;
    for (size_t e = s->has_post ? s->post.start[j] : 0; s->has_post && e < s->post.start[j + 1]; e++)
        sum += (double)s->post.weight[e] * (double)s->post.weight[e];
    return fmax(sum, 1);
}

/** Bounds instead of P_jj and L_jj for networks too wide for them: |sum| by absolute values. */
static void bound_covariances(double *p, double *l, const cn_moments *m, const cn_segment *s) {
    for (size_t j = 0; j < s->out; j++) {
        double cubic = 0, quadratic = 0, linear = 0;
        for (size_t e = s->has_post ? s->post.start[j] : j; e < (s->has_post ? s->post.start[j + 1] : j + 1); e++) {
            double weight = s->has_post ? fabs((double)s->post.weight[e]) : 1, norm2 = m->pre2[s->has_post ? s->post.col[e] : e];
            cubic += weight * norm2 * sqrt(norm2);
            quadratic += weight * norm2;
            linear += weight * sqrt(norm2);
        }
        if (m->cubic) m->cubic[j] = cubic * cubic;
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
            for (size_t f = first; p && f < last; f++) {
                size_t k = s->has_post ? s->post.col[f] : f;
                double xx = x * (s->has_post ? (double)s->post.weight[f] : 1), pp = p[j * width + k], ll = l[j * width + k];
                sum[CN_FORM_PP] += xx * pp * pp;
                sum[CN_FORM_PL] += xx * pp * ll;
                sum[CN_FORM_LL] += xx * ll * ll;
                sum[CN_FORM_XPX] += xx * pp;
                sum[CN_FORM_XLX] += xx * ll;
            }
            if (p) continue;
            sum[CN_FORM_PP] += fabs(x) * m->p[j]; /* |P_jk| <= (P_jj P_kk)^(1/2): the double sums are squares of these */
            sum[CN_FORM_PL] += fabs(x) * sqrt(m->p[j] * m->l[j]);
            sum[CN_FORM_LL] += fabs(x) * m->l[j];
            sum[CN_FORM_XPX] += fabs(x) * sqrt(m->p[j]);
            sum[CN_FORM_XLX] += fabs(x) * sqrt(m->l[j]);
        }
        for (unsigned k = CN_FORM_PP; !p && k < CN_FORMS; k++) sum[k] *= sum[k];
        for (unsigned k = 0; k < CN_FORMS; k++) m->form[k][out] = fmax(sum[k], 0);
    }
}

/* ---- fourth moments by simulation ---------------------------------------------------------- */

#define SAMPLES_MIN 256
#define SAMPLES_MAX 4096
#define SAMPLE_WORK 100000000.0 /* multiplications spent at most, beyond SAMPLES_MIN samples */
#define KURT_FIXED 2.0          /* of a Gaussian */
#define KURT_POWER 6.0          /* of the square of one Gaussian: no quadratic form has more */

typedef struct complex_value {
    double re, im;
} complex_value;

/** SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): public, reproducible, for simulation only. */
static uint64_t next_word(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/** Close to Gaussian, variance 1/2: 256 coin tosses, the same on every machine. */
static double next_gaussian(uint64_t *state) {
    int ones = 0;
    for (int i = 0; i < 4; i++) ones += __builtin_popcountll(next_word(state));
    return (ones - 128) / 8.0 * M_SQRT1_2;
}

static complex_value square(complex_value x) { return (complex_value){x.re * x.re - x.im * x.im, 2 * x.re * x.im}; }
static double norm2(complex_value x) { return x.re * x.re + x.im * x.im; }

/** y = l x, or x itself without a map. */
static const complex_value *apply(complex_value *y, const cn_linear *l, bool present, const complex_value *x) {
    if (!present) return x;
    for (size_t r = 0; r < l->m.rows; r++) {
        complex_value sum = {0, 0};
        for (size_t e = l->start[r]; e < l->start[r + 1]; e++) {
            double w = (double)l->weight[e];
            sum.re += w * x[l->col[e]].re;
            sum.im += w * x[l->col[e]].im;
        }
        y[r] = sum;
    }
    return y;
}

static double entries(const cn_linear *l, bool present) { return present ? (double)l->start[l->m.rows] : 0; }

/** Mean plus three standard errors of count samples with these sums of x and x^2. */
static double upper_mean(double sum, double squares, size_t count) {
    double mean = sum / (double)count, variance = squares / (double)count - mean * mean;
    return mean + 3 * sqrt(fmax(variance, 0) / (double)count);
}

static double clamp_kurt(double k) { return fmin(fmax(k, KURT_FIXED), KURT_POWER); }

/** m->kurt and m->kurt_mid from runs of both segments' quadratic parts on Gaussian values, one per input: at a root of x^n + 1
 *  the noise of the inputs is just that. */
static cn_status simulate(cn_moments *m, const cn_segment *s, const cn_segment *next) {
    cn_status status = CN_OK;
    size_t widest = CN_MAX(CN_MAX(s->in, s->mid), CN_MAX(s->out, next->out));
    double work = 8 * (entries(&s->pre, s->has_pre) + entries(&s->post, s->has_post) + entries(&next->post, next->has_post));
    size_t samples = (size_t)fmin(fmax(SAMPLE_WORK / (work + 1), SAMPLES_MIN), SAMPLES_MAX);
    uint64_t state = 1;
    complex_value *a = cn_calloc(widest, sizeof *a), *b = cn_calloc(widest, sizeof *b), *c = cn_calloc(widest, sizeof *c);
    double *sum = cn_calloc(2 * next->out, sizeof *sum), *mid = cn_calloc(2 * s->out, sizeof *mid);
    if (!a || !b || !c || !sum || !mid) CN_CHECK(CN_ERR_MEMORY);
    for (size_t n = 0; n < samples; n++) {
        for (size_t i = 0; i < s->in; i++) a[i] = (complex_value){next_gaussian(&state), next_gaussian(&state)};
        const complex_value *y = apply(b, &s->pre, s->has_pre, a);
        for (size_t i = 0; i < s->mid; i++) c[i] = square(y[i]);
        const complex_value *v = apply(a, &s->post, s->has_post, c);
        for (size_t j = 0; j < s->out; j++) {
            b[j] = square(v[j]);
            mid[2 * j] += norm2(b[j]);
            mid[2 * j + 1] += norm2(b[j]) * norm2(b[j]);
        }
        const complex_value *z = apply(c, &next->post, next->has_post, b);
        for (size_t k = 0; k < next->out; k++) {
            sum[2 * k] += norm2(z[k]);
            sum[2 * k + 1] += norm2(z[k]) * norm2(z[k]);
        }
    }
    m->kurt_mid = KURT_FIXED;
    for (size_t j = 0; j < s->out; j++) { /* E|v_j|^2 = 2 P_jj */
        double scale = 4 * m->p[j] * m->p[j];
        if (scale > 0) m->kurt_mid = fmax(m->kurt_mid, clamp_kurt(upper_mean(mid[2 * j], mid[2 * j + 1], samples) / scale));
    }
    for (size_t k = 0; k < next->out; k++) {
        double scale = 4 * m->form[CN_FORM_PP][k];
        m->kurt[k] = scale > 0 ? clamp_kurt(upper_mean(sum[2 * k], sum[2 * k + 1], samples) / scale) : KURT_POWER;
    }
cleanup:
    cn_free(a);
    cn_free(b);
    cn_free(c);
    cn_free(sum);
    cn_free(mid);
    return status;
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
    if (s->act.d) m->cubic = cn_calloc(s->out, sizeof *m->cubic);
    if (!m->pre2 || !m->p || !m->l || (s->act.d && !m->cubic) || (exact && (!p || !l))) CN_CHECK(CN_ERR_MEMORY);
    row_norms(m->pre2, s);
    for (size_t i = 0; i < s->mid; i++) m->pre2_max = fmax(m->pre2_max, m->pre2[i]);
    if (exact) {
        CN_CHECK(first_covariances(p, l, m->cubic, s));
        for (size_t j = 0; j < s->out; j++) m->p[j] = p[j * s->out + j], m->l[j] = l[j * s->out + j];
    } else {
        bound_covariances(m->p, m->l, m, s);
    }
    for (size_t j = 0; j < s->out; j++) {
        double least = least_moment(s, j);
        m->p[j] = fmax(m->p[j], least);
        m->l[j] = fmax(m->l[j], least);
        if (m->cubic) m->cubic[j] = fmax(m->cubic[j], least);
        if (exact) p[j * s->out + j] = m->p[j], l[j * s->out + j] = m->l[j];
    }
    for (unsigned k = 0; prog->count > 1 && k < CN_FORMS; k++) {
        m->form[k] = cn_calloc(prog->segment[1].out, sizeof *m->form[k]);
        if (!m->form[k]) CN_CHECK(CN_ERR_MEMORY);
    }
    if (prog->count > 1) {
        const cn_segment *next = &prog->segment[1];
        m->kurt = cn_calloc(next->out, sizeof *m->kurt);
        if (!m->kurt) CN_CHECK(CN_ERR_MEMORY);
        second_forms(m, next, p, l);
        if (exact) {
            CN_CHECK(simulate(m, s, next));
        } else {
            m->kurt_mid = KURT_POWER;
            for (size_t k = 0; k < next->out; k++) m->kurt[k] = KURT_POWER;
        }
    }
cleanup:
    cn_free(p);
    cn_free(l);
    if (status != CN_OK) cn_moments_clear(m);
    return status;
}

