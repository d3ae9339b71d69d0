/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Fit, measure, round; then print, draw, and write JSON. */

#include "cli/approx.h"

#include <math.h>
#include <stdlib.h>

#include "approx/quantise.h"
#include "approx/svg.h"
#include "cli/cli.h"
#include "util/status.h"

#define TOLERANCE 1e-12 /* between the largest error found and the one proved */

static const char *const method_names[] = {"chebyshev", "least-squares", "minimax"};

typedef struct result {
    const cn_approx_options *o;
    cn_fn f;
    double a, b, sigma;
    cn_real_poly fit;        /* about the middle */
    cn_real_poly plain;      /* in powers of x: what is printed, measured and drawn */
    cn_minimax minimax; /* of the minimax method */
    cn_sup sup;
    bool quantised;
    cn_quantised q;
    cn_sup q_sup;
} result;

static double reach(const result *r) { return fmax(fabs(r->a), fabs(r->b)); }
/** An upper bound as a double that is one, too. */
static double up(long double x) { return x > 0 ? nextafter((double)x, INFINITY) : 0; }

static cn_status compute(result *r) {
    const cn_approx_options *o = r->o;
    CN_TRY(cn_approx_function(&r->f, o->function, o->table));
    r->a = o->has_interval ? o->a : (double)r->f.low;
    r->b = o->has_interval ? o->b : (double)r->f.high;
    CN_TRY(cn_fn_check_interval(&r->f, r->a, r->b, "interval"));
    r->sigma = !o->gaussian ? 0 : o->sigma > 0 ? o->sigma : (r->b - r->a) / 6;
    if (o->gaussian && !(r->sigma >= (r->b - r->a) / 100 && r->sigma <= (r->b - r->a) * 100))
        return cn_fail(CN_ERR_USAGE, "weight: expected SIGMA between a hundredth of the interval's length and a hundred times it, found %g; "
                       "choose another one", r->sigma);
    switch (o->method) {
    case CN_METHOD_CHEBYSHEV: r->fit = cn_fit_chebyshev(&r->f, o->degree, r->a, r->b); break;
    case CN_METHOD_LEAST_SQUARES: CN_TRY(cn_fit_least_squares(&r->fit, &r->f, o->degree, r->a, r->b, r->sigma)); break;
    case CN_METHOD_MINIMAX:
        CN_TRY(cn_fit_minimax(&r->minimax, &r->f, o->degree, r->a, r->b));
        r->fit = r->minimax.p;
        break;
    }
    r->plain = cn_real_poly_plain(&r->fit, reach(r));
    r->sup = cn_sup_error(&r->f, &r->plain, r->a, r->b, TOLERANCE);
    if (!o->scales) return CN_OK;
    r->quantised = true;
    CN_TRY(cn_quantise(&r->q, &r->plain, o->scale[0], o->input_scales ? o->input_scale[0] : 1, reach(r)));
    r->q_sup = cn_sup_error(&r->f, &r->q.p, r->a, r->b, TOLERANCE);
    r->q_sup.upper = fminl(r->q_sup.upper, r->sup.upper + r->q.rounding); /* both are bounds */
    return CN_OK;
}

/** Rounding of the coefficients matters, because terms in powers of x are much larger than their sum. */
static bool cancels(const result *r) {
    long double size = cn_real_poly_size(&r->plain, reach(r));
    return size > 1e6L * cn_real_poly_size(&r->fit, r->b) && size * 0x1p-53L > 0.01L * r->sup.lower;
}

/** "poly A B C" or "poly D A B C", as networks are imported, if there is such a line. */
static bool poly_line(char out[100], const result *r) {
    const mpz_t *c = r->q.c;
    if (r->q.degree < 2 || r->q.degree > 3 || mpz_sgn(c[r->q.degree]) == 0) return false;
    int at = snprintf(out, 100, "poly");
    for (unsigned k = r->q.degree + 1; k-- > 0;) at += snprintf(out + at, 100 - (size_t)at, " %ld", mpz_get_si(c[k]));
    return true;
}

static void print_integers(const result *r) {
    char x[40], y[40], line[100];
    printf("integers     C_k = %s * %s^(%u-k) c_k, rounded\n", cn_approx_exact(x, r->q.scale), cn_approx_exact(y, r->q.input_scale), r->q.degree);
    for (unsigned k = 0; k <= r->q.degree; k++) printf("  C%u         %ld\n", k, mpz_get_si(r->q.c[k]));
    printf("rounding     moves the polynomial by at most %s\n", cn_approx_above(x, r->q.rounding));
    printf("sup error    with integers: %.12g at x = %.12g, at most %s everywhere\n", (double)r->q_sup.lower, (double)r->q_sup.at,
           cn_approx_above(x, up(r->q_sup.upper)));
    if (poly_line(line, r)) printf("net.txt      %s\n", line);
    else if (r->q.degree == 2 || r->q.degree == 3)
        printf("net.txt      no line: C%u is 0, so this is of a lower degree; choose a larger scale\n", r->q.degree);
}

static void print(const result *r, const char *svg) {
    char x[40], y[40];
    long double b[CN_APPROX_DEGREE_MAX + 1];
    printf("function     %s on %s .. %s\n", r->f.name, cn_approx_exact(x, r->a), cn_approx_exact(y, r->b));
    printf("polynomial   %s, degree %u", method_names[r->o->method], r->o->degree);
    if (r->sigma > 0) printf(", gaussian weight, sigma %.12g", r->sigma);
    else if (r->o->method == CN_METHOD_LEAST_SQUARES) printf(", uniform weight");
    puts("\ncoefficients of x^k");
    for (unsigned k = 0; k <= r->plain.degree; k++) printf("  c%u         %s%s\n", k, r->plain.c[k] < 0 ? "" : " ", cn_approx_exact(x, (double)r->plain.c[k]));
    cn_real_poly_to_chebyshev(b, &r->fit);
    printf("coefficients of T_k((x - %.12g) / %.12g)\n", (double)r->fit.centre, (double)r->fit.radius);
    for (unsigned k = 0; k <= r->fit.degree; k++) printf("  b%u         %s%.15Lg\n", k, b[k] < 0 ? "" : " ", b[k]);
    printf("sup error    %.12g at x = %.12g, at most %s everywhere\n", (double)r->sup.lower, (double)r->sup.at,
           cn_approx_above(x, up(r->sup.upper)));
    if (cancels(r)) puts("remark       far from 0 powers of x cancel, and doubles cannot hold this polynomial; move the interval towards 0");
    if (r->minimax.count) {
        printf("alternation  %u points after %u exchanges; no polynomial of degree %u has a smaller error than %.12g\n", r->minimax.count,
               r->minimax.iterations - 1, r->o->degree, (double)r->minimax.level);
        for (unsigned i = 0; i < r->minimax.count; i++)
            printf("  x = %18.12Lg   error %18.12Lg\n", r->minimax.extreme[i].x, r->minimax.extreme[i].error);
    } else if (r->o->method == CN_METHOD_MINIMAX) {
        puts("alternation  none: the function is a polynomial of this degree there, up to rounding");
    }
    if (r->quantised) print_integers(r);
    if (svg) printf("picture      %s\n", svg);
    if (r->o->json) printf("json         %s\n", r->o->json);
}

static void write_sup(cn_json *j, const char *name, const cn_sup *s) {
    cn_json_open(j, name, '{');
    cn_json_number(j, "found", (double)s->lower);
    cn_json_number(j, "at", (double)s->at);
    cn_json_number(j, "bound", up(s->upper));
    cn_json_close(j, '}');
}

static void write_integers(cn_json *j, const result *r) {
    char text[100];
    cn_json_open(j, "integers", '{');
    cn_json_number(j, "scale", r->q.scale);
    cn_json_number(j, "input_scale", r->q.input_scale);
    cn_json_open(j, "coefficients", '[');
    for (unsigned k = 0; k <= r->q.degree; k++) {
        snprintf(text, sizeof text, "%ld", mpz_get_si(r->q.c[k]));
        cn_json_text(j, NULL, text);
    }
    cn_json_close(j, ']');
    cn_json_number(j, "rounding", r->q.rounding);
    write_sup(j, "sup_error", &r->q_sup);
    if (poly_line(text, r)) cn_json_text(j, "net_txt", text);
    cn_json_close(j, '}');
}

static void write_json(FILE *out, const void *arg) {
    const result *r = arg;
    cn_json json = {.out = out}, *j = &json;
    long double b[CN_APPROX_DEGREE_MAX + 1];
    cn_real_poly_to_chebyshev(b, &r->fit);
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "function", r->f.name);
    cn_json_open(j, "interval", '[');
    cn_json_number(j, NULL, r->a);
    cn_json_number(j, NULL, r->b);
    cn_json_close(j, ']');
    cn_json_text(j, "method", method_names[r->o->method]);
    cn_json_integer(j, "degree", r->o->degree);
    if (r->o->method == CN_METHOD_LEAST_SQUARES) cn_json_text(j, "weight", r->sigma > 0 ? "gaussian" : "uniform");
    if (r->sigma > 0) cn_json_number(j, "sigma", r->sigma);
    cn_json_open(j, "coefficients", '[');
    for (unsigned k = 0; k <= r->plain.degree; k++) cn_json_number(j, NULL, (double)r->plain.c[k]);
    cn_json_close(j, ']');
    cn_json_open(j, "chebyshev_coefficients", '[');
    for (unsigned k = 0; k <= r->fit.degree; k++) cn_json_number(j, NULL, (double)b[k]);
    cn_json_close(j, ']');
    write_sup(j, "sup_error", &r->sup);
    if (r->minimax.count) {
        cn_json_number(j, "level", (double)r->minimax.level);
        cn_json_open(j, "alternation", '[');
        for (unsigned i = 0; i < r->minimax.count; i++) {
            cn_json_open(j, NULL, '{');
            cn_json_number(j, "x", (double)r->minimax.extreme[i].x);
            cn_json_number(j, "error", (double)r->minimax.extreme[i].error);
            cn_json_close(j, '}');
        }
        cn_json_close(j, ']');
    }
    if (r->quantised) write_integers(j, r);
    cn_json_close(j, '}');
}

static void write_svg(FILE *out, const void *arg) {
    const result *r = arg;
    char title[160];
    snprintf(title, sizeof title, "%s on %.6g .. %.6g, %s, degree %u: error at most %.4g", r->f.name, r->a, r->b, method_names[r->o->method],
             r->o->degree, up(r->sup.upper));
    cn_svg_write(out, &(cn_drawing){.f = &r->f, .p = &r->plain, .a = r->a, .b = r->b, .title = title, .sup = r->sup.lower,
                                    .extreme = r->minimax.extreme, .extremes = r->minimax.count});
}

int cn_approx_fit(const cn_approx_options *o) {
    result r = {.o = o};
    char name[64];
    cn_status status = CN_OK;
    CN_CHECK(compute(&r));
    snprintf(name, sizeof name, "%s-%s-%u.svg", r.f.name, method_names[o->method], o->degree);
    const char *svg = o->no_svg ? NULL : o->svg ? o->svg : name;
    if (svg) CN_CHECK(cn_approx_write(svg, write_svg, &r));
    if (o->json) CN_CHECK(cn_approx_write(o->json, write_json, &r));
    print(&r, svg);
cleanup:
    if (r.quantised) cn_quantised_clear(&r.q);
    cn_fn_clear(&r.f);
    return cn_cli_end(status);
}
