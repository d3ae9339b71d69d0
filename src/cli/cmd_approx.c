/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets approx`: polynomials that stand for activations. Reads the options; approx_fit.c and approx_certify.c do the work. */

#include "cli/cli.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "approx/poly.h"
#include "cli/approx.h"
#include "util/file.h"
#include "util/status.h"

static void print_help(void) {
    puts("Usage: cryptonets approx --function=NAME --interval=A,B [OPTION]...\n"
         "  or:  cryptonets approx --table=FILE [OPTION]...\n"
         "  or:  cryptonets approx --certify=MODEL --function=NAME [OPTION]...\n"
         "Fit a polynomial to a function on an interval; print its coefficients and its largest error,\n"
         "with a bound between the points looked at; draw both. Or bound how far the scores of a network\n"
         "lie from those of the network with the function itself as activation. See activations.md.\n"
         "\n"
         "Function:\n"
         "  -f, --function=NAME     sigmoid, tanh, relu, softplus or gelu\n"
         "  -t, --table=FILE        straight lines between points, one 'x y' per line\n"
         "  -i, --interval=A,B      where to fit (default with --table: the whole table)\n"
         "\n"
         "Polynomial:\n"
         "  -d, --degree=N          1 to 9 (default: 3)\n"
         "  -m, --method=METHOD     chebyshev (interpolation), least-squares, minimax (default)\n"
         "  -w, --weight=WEIGHT     of least squares: uniform (default) or gaussian[:SIGMA], about the middle\n"
         "                          of the interval (default SIGMA: a sixth of its length)\n"
         "  -s, --scale=S           also print integer coefficients: S X^(N-k) c_k, rounded\n"
         "  -x, --input-scale=X     integers per real unit of the input (default: 1)\n"
         "\n"
         "Results:\n"
         "      --svg=FILE          where to draw (default: NAME-METHOD-N.svg in this folder)\n"
         "      --no-svg            do not draw\n"
         "  -j, --json=FILE         write the results as JSON, too\n"
         "\n"
         "Networks:\n"
         "  -c, --certify=MODEL     a model file whose activations stand for --function or --table with\n"
         "                          --scale (default: 1) and --input-scale (default: the model's scales);\n"
         "                          one value for all, or a list with commas; the name 'same' is an\n"
         "                          activation that stands for itself\n"
         "  -b, --box=LOW,HIGH      integers that each input lies between (default: the model's look-up\n"
         "                          table)\n"
         "\n"
         "  -h, --help              print this text and exit");
}

/* ---- what the results share ---------------------------------------------------------------------------- */

cn_status cn_approx_function(cn_fn *f, const char *name, const char *table) {
    if (table) return cn_fn_table_read(f, table);
    if (cn_fn_named(f, name)) return CN_OK;
    return cn_fail(CN_ERR_USAGE, "function: expected sigmoid, tanh, relu, softplus or gelu, found '%.40s'; choose one, or give a --table",
                   name);
}

const char *cn_approx_exact(char out[40], double x) {
    for (int digits = 6; digits <= 17; digits++) { /* fewer would turn 500 into 5e+02; zeros behind are dropped anyway */
        snprintf(out, 40, "%.*g", digits, x);
        double back = strtod(out, NULL);
        if (!(back < x) && !(back > x)) break;
    }
    return out;
}

const char *cn_approx_above(char out[40], double x) {
    snprintf(out, 40, "%.12g", x);
    if (strtod(out, NULL) < x) snprintf(out, 40, "%.12g", x + fabs(x) * 1e-11);
    return out;
}

cn_status cn_approx_write(const char *path, void (*write)(FILE *out, const void *arg), const void *arg) {
    char *data = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&data, &size);
    if (!out) return cn_fail(CN_ERR_MEMORY, "%s: out of memory", path);
    write(out, arg);
    bool bad = ferror(out);
    if (fclose(out) != 0 || bad) {
        free(data);
        return cn_fail(CN_ERR_MEMORY, "%s: out of memory", path);
    }
    cn_status status = cn_file_write(path, data, size);
    free(data);
    return status;
}

/* ---- options ------------------------------------------------------------------------------------------- */

/** A decimal number; *end goes behind it. */
static bool real(double *v, const char *s, char **end) {
    if (!strchr("+-.0123456789", *s) || !*s) return false; /* no inf, nan, blanks */
    *v = strtod(s, end);
    return *end != s && isfinite(*v) && !memchr(s, 'x', (size_t)(*end - s)) && !memchr(s, 'X', (size_t)(*end - s));
}

static bool pair(double *a, double *b, const char *s) {
    char *end;
    return real(a, s, &end) && *end == ',' && real(b, end + 1, &end) && !*end;
}

/** One to CN_APPROX_LIST numbers above 0. */
static bool list(double *v, unsigned *count, const char *s) {
    char *end;
    for (*count = 0; *count < CN_APPROX_LIST; s = end + 1) {
        if (!real(&v[*count], s, &end) || !(v[*count] >= 1e-100 && v[*count] <= 1e100)) return false;
        ++*count;
        if (!*end) return true;
        if (*end != ',') return false;
    }
    return false;
}

static bool box(int64_t *low, int64_t *high, const char *s) {
    double a, b;
    if (!pair(&a, &b, s) || strpbrk(s, ".eE") || !(a <= b) || a <= -0x1p31 || b >= 0x1p31) return false;
    *low = (int64_t)a;
    *high = (int64_t)b;
    return true;
}

static bool method(cn_method *m, const char *s) {
    if (strcmp(s, "chebyshev") == 0) *m = CN_METHOD_CHEBYSHEV;
    else if (strcmp(s, "least-squares") == 0) *m = CN_METHOD_LEAST_SQUARES;
    else if (strcmp(s, "minimax") == 0) *m = CN_METHOD_MINIMAX;
    else return false;
    return true;
}

static bool weight(cn_approx_options *o, const char *s) {
    char *end;
    o->gaussian = strncmp(s, "gaussian", 8) == 0;
    o->sigma = 0;
    if (strcmp(s, "uniform") == 0 || strcmp(s, "gaussian") == 0) return true;
    return o->gaussian && s[8] == ':' && real(&o->sigma, s + 9, &end) && !*end && o->sigma > 0;
}

static int bad_value(const char *option, const char *expected, const char *found) {
    return cn_cli_usage("approx", "option '--%s': expected %s, found '%.60s'", option, expected, found);
}

/** Options that do not go together.  Returns: an exit code. */
static int check(const cn_approx_options *o, int operands, const char *operand) {
    if (operands) return cn_cli_usage("approx", "expected options only, found '%.60s'", operand);
    if (!o->function == !o->table) return cn_cli_usage("approx", "expected one of --function and --table, found %s", o->table ? "both" : "none");
    if (o->certify) {
        if (o->has_interval || o->degree || o->has_method || o->has_weight || o->svg || o->no_svg)
            return cn_cli_usage("approx", "--certify takes the polynomials of the model; --interval, --degree, --method, --weight, --svg and "
                                          "--no-svg do not apply");
        return CN_EXIT_OK;
    }
    if (o->has_box) return cn_cli_usage("approx", "--box needs --certify");
    if (o->function && !o->has_interval) return cn_cli_usage("approx", "--function needs --interval=A,B");
    if (o->has_weight && (!o->has_method || o->method != CN_METHOD_LEAST_SQUARES))
        return cn_cli_usage("approx", "--weight needs --method=least-squares");
    if (o->input_scales && !o->scales) return cn_cli_usage("approx", "--input-scale needs --scale");
    if (o->scales > 1 || o->input_scales > 1) return cn_cli_usage("approx", "lists of scales need --certify");
    if (o->svg && o->no_svg) return cn_cli_usage("approx", "expected one of --svg and --no-svg, found both");
    if (o->svg && o->json && strcmp(o->svg, o->json) == 0) return cn_cli_usage("approx", "--svg and --json name the same file");
    return CN_EXIT_OK;
}

int cn_cmd_approx(int argc, char **argv) {
    enum { SVG = 256, NO_SVG };
    static const struct option options[] = {{"box", required_argument, NULL, 'b'},
                                            {"certify", required_argument, NULL, 'c'},
                                            {"degree", required_argument, NULL, 'd'},
                                            {"function", required_argument, NULL, 'f'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"input-scale", required_argument, NULL, 'x'},
                                            {"interval", required_argument, NULL, 'i'},
                                            {"json", required_argument, NULL, 'j'},
                                            {"method", required_argument, NULL, 'm'},
                                            {"no-svg", no_argument, NULL, NO_SVG},
                                            {"scale", required_argument, NULL, 's'},
                                            {"svg", required_argument, NULL, SVG},
                                            {"table", required_argument, NULL, 't'},
                                            {"weight", required_argument, NULL, 'w'},
                                            {NULL, 0, NULL, 0}};
    cn_approx_options o = {.method = CN_METHOD_MINIMAX};
    int option;
    while ((option = getopt_long(argc, argv, ":b:c:d:f:hi:j:m:s:t:w:x:", options, NULL)) != -1) {
        switch (option) {
        case 'h': print_help(); return CN_EXIT_OK;
        case 'b':
            if (!box(&o.low, &o.high, optarg)) return bad_value("box", "LOW,HIGH, integers below 2^31, the first not above the second", optarg);
            o.has_box = true;
            break;
        case 'c': o.certify = optarg; break;
        case 'd':
            if (strlen(optarg) != 1 || *optarg < '1' || *optarg > '9') return bad_value("degree", "1 to 9", optarg);
            o.degree = (unsigned)(*optarg - '0');
            break;
        case 'f': o.function = optarg; break;
        case 'i':
            if (!pair(&o.a, &o.b, optarg)) return bad_value("interval", "A,B, two numbers", optarg);
            o.has_interval = true;
            break;
        case 'j': o.json = optarg; break;
        case 'm':
            if (!method(&o.method, optarg)) return bad_value("method", "chebyshev, least-squares or minimax", optarg);
            o.has_method = true;
            break;
        case 's':
            if (!list(o.scale, &o.scales, optarg)) return bad_value("scale", "a number between 10^-100 and 10^100", optarg);
            break;
        case 'x':
            if (!list(o.input_scale, &o.input_scales, optarg)) return bad_value("input-scale", "a number between 10^-100 and 10^100", optarg);
            break;
        case 't': o.table = optarg; break;
        case 'w':
            if (!weight(&o, optarg)) return bad_value("weight", "uniform, gaussian or gaussian:SIGMA, SIGMA above 0", optarg);
            o.has_weight = true;
            break;
        case SVG: o.svg = optarg; break;
        case NO_SVG: o.no_svg = true; break;
        default: return cn_cli_bad_option(argv, option);
        }
    }
    int code = check(&o, argc - optind, argv[optind]);
    if (code != CN_EXIT_OK) return code;
    if (!o.degree) o.degree = 3;
    return o.certify ? cn_approx_certify(&o) : cn_approx_fit(&o);
}
