/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Two numbers go through the network with each value: its exact range in the integer network (range.h), and a bound on its distance
 *  from the original, rounded upwards. */

#include "approx/certify.h"

#include <math.h>
#include <string.h>

#include "approx/sup.h"
#include "nn/range.h"
#include "util/mem.h"
#include "util/status.h"

#define UP (1 + 0x1p-50L) /* makes up for the roundings of a few operations on numbers that are not negative */

void cn_certificate_clear(cn_certificate *c) {
    cn_free(c->bound);
    memset(c, 0, sizeof *c);
}

static bool is_activation(const cn_layer *l) { return l->type == CN_LAYER_SQUARE || l->type == CN_LAYER_POLY; }

unsigned cn_model_activations(const cn_model *m) {
    unsigned count = 0;
    for (unsigned i = 0; i < m->layer_count; i++) count += is_activation(&m->layer[i]);
    return count;
}

/** x / scale, rounded away from the inside of an interval. */
static long double outward(const mpz_t x, long double scale, long double direction) {
    double d = mpz_get_d(x); /* rounds towards 0 */
    if (mpz_cmp_d(x, d) != 0) d = nextafter(d, (double)direction);
    return nextafterl(d / scale, direction);
}

/** The values between two layers. */
typedef struct state {
    size_t count;
    cn_interval *range; /* in the integer network */
    long double *apart; /* at most so far from the original, in integers */
} state;

static void release(state *s) {
    cn_intervals_free(s->range, s->count);
    cn_free(s->apart);
}

static cn_status start(state *s, size_t count, int64_t low, int64_t high) {
    *s = (state){count, cn_intervals_new(count), cn_calloc(count, sizeof *s->apart)};
    if (!s->range || !s->apart) {
        release(s);
        *s = (state){0};
        return CN_ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) mpz_set_si(s->range[i].low, low), mpz_set_si(s->range[i].high, high);
    return CN_OK;
}

/** Through a linear map.  Out: *gain the largest sum of |weights| of a row. */
static cn_status run_linear(state *s, const cn_linear *l, double *gain) {
    state next = {l->m.rows, cn_intervals_linear(s->range, l), cn_calloc(l->m.rows, sizeof *next.apart)};
    if (!next.range || !next.apart) {
        release(&next);
        return CN_ERR_MEMORY;
    }
    long double most = 0;
    for (size_t r = 0; r < l->m.rows; r++) {
        long double sum = 0, norm = 0, up = 1 + (long double)(l->start[r + 1] - l->start[r] + 8) * LDBL_EPSILON;
        for (size_t e = l->start[r]; e < l->start[r + 1]; e++) {
            long double w = fabsl((long double)l->weight[e]);
            sum += w * s->apart[l->col[e]];
            norm += w;
        }
        next.apart[r] = sum * up;
        most = fmaxl(most, norm * up);
    }
    *gain = (double)most;
    release(s);
    *s = next;
    return CN_OK;
}

/** P = k v^3 + a v^2 + b v + c:  |P(v) - P(v')| <= (3 |k| max v^2 + 2 |a| max |v| + |b|) d + (3 |k| max |v| + |a|) d^2 + |k| d^3 for
 *  |v - v'| <= d. */
static void run_same(state *s, cn_act act, cn_certified_layer *report) {
    for (size_t i = 0; i < s->count; i++) {
        long double reach = fmaxl(fabsl(outward(s->range[i].low, 1, -INFINITY)), fabsl(outward(s->range[i].high, 1, INFINITY)));
        long double k = fabsl((long double)act.d), a = fabsl((long double)act.a), d = s->apart[i];
        long double slope = ((3 * k * reach + 2 * a) * reach + fabsl((long double)act.b)) * UP, steeper = (3 * k * reach + a + k * d) * d * UP;
        report->lipschitz = fmax(report->lipschitz, (double)(slope + steeper));
        s->apart[i] = (slope + steeper) * d * UP;
    }
}

static cn_status run_function(state *s, cn_act act, const cn_original *o, cn_certified_layer *report) {
    const cn_fn *f = o->f;
    long double x = report->input_scale, unit = report->output_scale;
    cn_real_poly p = {act.d ? 3 : 2, 0, 1, {act.c / unit, act.b * x / unit, act.a * x * x / unit, act.d * x * x * x / unit}};
    cn_sup sup = {0};
    report->lipschitz = (double)f->lipschitz;
    for (size_t i = 0; i < s->count; i++) {
        long double low = outward(s->range[i].low, x, -INFINITY), high = outward(s->range[i].high, x, INFINITY), d = s->apart[i] / x;
        long double free = 1e-12L * fmaxl(fabsl(f->low), fabsl(f->high)); /* outward is not outside */
        if (f->table_x && (low - d < f->low - free || high + d > f->high + free))
            return cn_fail(CN_ERR_RANGE, "layer %u: expected inputs within the table's %Lg .. %Lg, found %Lg .. %Lg; extend the table or "
                           "make the box smaller", report->number, f->low, f->high, low - d, high + d);
        if (i == 0 || mpz_cmp(s->range[i].low, s->range[i - 1].low) || mpz_cmp(s->range[i].high, s->range[i - 1].high))
            sup = cn_sup_error(f, &p, low, high, 1e-3);
        report->sup = fmax(report->sup, nextafter((double)sup.upper, INFINITY));
        s->apart[i] = (sup.upper + f->lipschitz * d) * unit * UP;
    }
    return CN_OK;
}

/** The largest distance, in units of scale integers; rounded up. */
static double farthest(const state *s, long double scale) {
    long double most = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (!(s->apart[i] < INFINITY)) return INFINITY; /* or not a number */
        most = fmaxl(most, s->apart[i]);
    }
    return most > 0 ? nextafter((double)(most / scale), INFINITY) : 0;
}

static cn_status run_activation(state *s, cn_act act, const cn_original *o, cn_certified_layer *report) {
    double x = report->input_scale;
    for (size_t i = 0; i < s->count; i++) {
        double low = (double)outward(s->range[i].low, x, -INFINITY), high = (double)outward(s->range[i].high, x, INFINITY);
        if (i == 0 || low < report->low) report->low = low;
        if (i == 0 || high > report->high) report->high = high;
    }
    report->before = farthest(s, x);
    if (o->f) CN_TRY(run_function(s, act, o, report));
    else run_same(s, act, report);
    report->after = farthest(s, report->output_scale);
    cn_intervals_act(s->range, s->count, act);
    return CN_OK;
}

/** Number and scales of the activations. */
static cn_status describe(cn_certificate *c, const cn_model *m, const cn_original *original) {
    for (unsigned i = 0; i < m->layer_count; i++) {
        if (!is_activation(&m->layer[i])) continue;
        const cn_original *o = &original[c->count];
        cn_certified_layer *l = &c->layer[c->count++];
        *l = (cn_certified_layer){.number = i + 1, .input_scale = 1, .output_scale = 1, .gain = 1};
        if (!o->f) continue;
        l->input_scale = o->input_scale > 0 ? o->input_scale : i ? m->layer[i - 1].out_scale : m->input_scale;
        l->output_scale = o->scale * l->input_scale * l->input_scale * (m->layer[i].cubic ? l->input_scale : 1);
        if (!(l->output_scale > 0 && l->output_scale < INFINITY))
            return cn_fail(CN_ERR_RANGE, "layer %u: expected a scale of its results that a double can hold, found %g; give scales closer "
                           "to 1", l->number, l->output_scale);
    }
    return CN_OK;
}

cn_status cn_certify(cn_certificate *c, const cn_model *m, const cn_original *original, int64_t low, int64_t high) {
    cn_status status = CN_OK;
    cn_program p = {0};
    state s = {0};
    double unused;
    *c = (cn_certificate){0};
    CN_CHECK(cn_program_compile(&p, m, m->layer_count));
    CN_CHECK(describe(c, m, original));
    CN_CHECK(start(&s, p.inputs, low, high));
    unsigned at = 0;
    for (unsigned i = 0; i < p.count; i++) {
        const cn_segment *seg = &p.segment[i];
        if (seg->has_pre) CN_CHECK(run_linear(&s, &seg->pre, &unused));
        if (!cn_segment_acts(seg)) continue;
        cn_certified_layer *l = &c->layer[at];
        CN_CHECK(run_activation(&s, seg->act, &original[at++], l));
        if (seg->has_post) CN_CHECK(run_linear(&s, &seg->post, &l->gain));
        l->bound = farthest(&s, 1);
        if (!isfinite(l->bound))
            CN_CHECK(cn_fail(CN_ERR_RANGE, "layer %u: expected a bound that a double can hold, found infinity; make the box smaller",
                             l->number));
    }
    c->outputs = s.count;
    c->bound = cn_malloc(s.count, sizeof *c->bound);
    if (!c->bound) CN_CHECK(CN_ERR_MEMORY);
    for (size_t i = 0; i < s.count; i++) {
        double least = (double)outward(s.range[i].low, 1, -INFINITY), most = (double)outward(s.range[i].high, 1, INFINITY);
        c->low = i ? fmin(c->low, least) : least;
        c->high = i ? fmax(c->high, most) : most;
        c->bound[i] = s.apart[i] > 0 ? nextafter((double)s.apart[i], INFINITY) : 0;
    }
cleanup:
    release(&s);
    cn_program_clear(&p);
    if (status != CN_OK) cn_certificate_clear(c);
    return status;
}
