/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Certify a model, and report layer by layer. */

#include "approx/certify.h"

#include <math.h>
#include <string.h>

#include "cli/approx.h"
#include "cli/cli.h"
#include "util/status.h"

typedef struct report {
    const cn_approx_options *o;
    const cn_model *m;
    cn_original original[CN_APPROX_LIST];
    cn_fn f[CN_APPROX_LIST];
    unsigned functions; /* entries of f in use */
    int64_t low, high;
    cn_certificate c;
} report;

/** An option gives one value for all activations, or one for each. */
static cn_status check_count(const char *option, unsigned found, unsigned activations) {
    if (found <= 1 || found == activations) return CN_OK;
    return cn_fail(CN_ERR_USAGE, "option '--%s': expected one value, or one for each of %u activations, found %u; drop or add some", option,
                   activations, found);
}

/** The functions of the command line, one or a list. */
static cn_status read_functions(report *r, unsigned activations) {
    const char *p = r->o->function;
    bool same[CN_APPROX_LIST] = {false};
    if (r->o->table) CN_TRY(cn_approx_function(&r->f[r->functions++], NULL, r->o->table));
    while (p) {
        const char *comma = strchr(p, ',');
        size_t len = comma ? (size_t)(comma - p) : strlen(p);
        char name[41];
        if (r->functions == CN_APPROX_LIST) CN_TRY(check_count("function", CN_APPROX_LIST + 1, activations));
        snprintf(name, sizeof name, "%.*s", (int)CN_MIN(len, 40), p);
        same[r->functions] = strcmp(name, "same") == 0;
        if (!same[r->functions]) CN_TRY(cn_approx_function(&r->f[r->functions], name, NULL));
        r->functions++;
        p = comma ? comma + 1 : NULL;
    }
    CN_TRY(check_count("function", r->functions, activations));
    CN_TRY(check_count("scale", r->o->scales, activations));
    CN_TRY(check_count("input-scale", r->o->input_scales, activations));
    for (unsigned i = 0; i < activations; i++) {
        unsigned at = r->functions > 1 ? i : 0;
        r->original[i].f = same[at] ? NULL : &r->f[at];
        r->original[i].scale = !r->o->scales ? 1 : r->o->scale[r->o->scales > 1 ? i : 0];
        r->original[i].input_scale = !r->o->input_scales ? 0 : r->o->input_scale[r->o->input_scales > 1 ? i : 0];
    }
    return CN_OK;
}

static cn_status compute(report *r) {
    unsigned activations = cn_model_activations(r->m);
    if (!activations) return cn_fail(CN_ERR_UNSUPPORTED, "%s: expected a network with activations, found none; there is nothing to certify", r->o->certify);
    if (activations > CN_APPROX_LIST)
        return cn_fail(CN_ERR_UNSUPPORTED, "%s: expected at most %d activations, found %u", r->o->certify, CN_APPROX_LIST, activations);
    CN_TRY(read_functions(r, activations));
    r->low = r->o->low;
    r->high = r->o->high;
    if (!r->o->has_box) {
        r->low = r->high = r->m->lut[0];
        for (int i = 1; i < 256; i++) r->low = CN_MIN(r->low, r->m->lut[i]), r->high = CN_MAX(r->high, r->m->lut[i]);
    }
    return cn_fail_prefix(cn_certify(&r->c, r->m, r->original, r->low, r->high), "%s", r->o->certify);
}

static const char *name_of(const report *r, unsigned i) { return r->original[i].f ? r->original[i].f->name : "same"; }

static double worst(const cn_certificate *c) {
    double most = 0;
    for (size_t i = 0; i < c->outputs; i++) most = fmax(most, c->bound[i]);
    return most;
}

static void print(const report *r) {
    char x[40];
    printf("model        %s\n", cn_model_name(r->m));
    printf("inputs       integers from %lld to %lld\n", (long long)r->low, (long long)r->high);
    for (unsigned i = 0; i < r->c.count; i++) {
        const cn_certified_layer *l = &r->c.layer[i];
        printf("layer %-3u    %s; %.10g integers per unit before, %.10g behind\n", l->number, name_of(r, i), l->input_scale, l->output_scale);
        printf("  inputs     %.10g .. %.10g, at most %s from the original's\n", l->low, l->high, cn_approx_above(x, l->before));
        printf("  sup error  %s of the polynomial there; Lipschitz constant %.10g\n", cn_approx_above(x, l->sup), l->lipschitz);
        printf("  results    at most %s from the original's", cn_approx_above(x, l->after));
        printf(" (%s integers)\n", cn_approx_above(x, l->after * l->output_scale));
        printf("  gain       %.10g, the largest sum of |weights| behind; bound there: %s integers\n", l->gain, cn_approx_above(x, l->bound));
    }
    printf("scores       lie within %.10g .. %.10g\n", r->c.low, r->c.high);
    printf("bound        no score differs from the original network's by more than %s", cn_approx_above(x, worst(&r->c)));
    puts(" (integers)");
    if (r->o->json) printf("json         %s\n", r->o->json);
}

static void write_json(FILE *out, const void *arg) {
    const report *r = arg;
    cn_json json = {.out = out}, *j = &json;
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "model", cn_model_name(r->m));
    cn_json_open(j, "inputs", '[');
    cn_json_number(j, NULL, (double)r->low);
    cn_json_number(j, NULL, (double)r->high);
    cn_json_close(j, ']');
    cn_json_open(j, "activations", '[');
    for (unsigned i = 0; i < r->c.count; i++) {
        const cn_certified_layer *l = &r->c.layer[i];
        cn_json_open(j, NULL, '{');
        cn_json_integer(j, "layer", l->number);
        cn_json_text(j, "function", name_of(r, i));
        cn_json_number(j, "input_scale", l->input_scale);
        cn_json_number(j, "output_scale", l->output_scale);
        cn_json_number(j, "low", l->low);
        cn_json_number(j, "high", l->high);
        cn_json_number(j, "before", l->before);
        cn_json_number(j, "sup_error", l->sup);
        cn_json_number(j, "lipschitz", l->lipschitz);
        cn_json_number(j, "after", l->after);
        cn_json_number(j, "gain", l->gain);
        cn_json_number(j, "bound", l->bound);
        cn_json_close(j, '}');
    }
    cn_json_close(j, ']');
    cn_json_open(j, "scores", '[');
    cn_json_number(j, NULL, r->c.low);
    cn_json_number(j, NULL, r->c.high);
    cn_json_close(j, ']');
    cn_json_open(j, "bounds", '[');
    for (size_t i = 0; i < r->c.outputs; i++) cn_json_number(j, NULL, r->c.bound[i]);
    cn_json_close(j, ']');
    cn_json_number(j, "bound", worst(&r->c));
    cn_json_close(j, '}');
}

int cn_approx_certify(const cn_approx_options *o) {
    report r = {.o = o};
    cn_model *m = NULL;
    cn_status status = CN_OK;
    CN_CHECK(cn_model_load(&m, o->certify));
    r.m = m;
    CN_CHECK(compute(&r));
    if (o->json) CN_CHECK(cn_approx_write(o->json, write_json, &r));
    print(&r);
cleanup:
    cn_certificate_clear(&r.c);
    for (unsigned i = 0; i < r.functions; i++) cn_fn_clear(&r.f[i]);
    cn_model_free(m);
    return cn_cli_end(status);
}
