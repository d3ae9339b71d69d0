/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Real functions that a polynomial can stand for: named activations, and tables of points joined by straight lines. With each
 *  function comes what a proof needs: where its derivative jumps, how steep it is, and how strongly it bends.
 *
 *  Values are long doubles. Where bounds are proved from them (sup.c), they are taken to err by at most CN_FN_UNIT (|f(x)| +
 *  top), more than a hundred times what exp, tanh, log1p and erfc of the common C libraries do. */

#ifndef CN_APPROX_FUNCTION_H
#define CN_APPROX_FUNCTION_H

#include <float.h>

#include "util/common.h"

#define CN_FN_UNIT (LDBL_EPSILON > 0x1p-63L ? 128 * LDBL_EPSILON : 0x1p-56L)
#define CN_FN_TABLE_MAX 4096       /* points of a table */
#define CN_FN_FILE_MAX (1u << 20)  /* bytes of its file */

typedef struct cn_fn {
    const char *name;
    long double (*value)(const struct cn_fn *f, long double x);
    /** An upper bound of |f''| over |x| >= least, between kinks; falls with least. */
    long double (*curvature)(const struct cn_fn *f, long double least);
    long double top;          /* a table's largest |y|; else 0: named functions are accurate in relation to their value */
    long double lipschitz;    /* |f(x) - f(y)| <= lipschitz |x - y| over the domain */
    long double low, high;    /* domain: beyond it the function is not defined, or not fitted */
    const long double *kink;  /* ascending: between two of them f is twice continuously differentiable */
    size_t kinks;
    long double *table_x, *table_y; /* of a table: [kinks] points, table_x is kink; else NULL */
} cn_fn;

/** Name of the i-th function that cn_fn_named knows, i = 0, 1, ...; NULL behind the last. */
const char *cn_fn_name(unsigned i);

/** A function by its name: sigmoid 1/(1 + e^-x), tanh, relu max(x, 0), softplus log(1 + e^x), gelu x Phi(x) with the normal
 *  distribution Phi; each with the domain -1000 .. 1000.
 *  Out: *f, nothing to release.  Returns: true; false if there is none of that name. */
bool cn_fn_named(cn_fn *f, const char *name);

/** Piecewise linear through count points (x[i], y[i]).
 *  Out: *f, with copies of the points; released with cn_fn_clear; zeroed on failure.
 *  Returns: CN_OK; CN_ERR_SIZE (not 2 to CN_FN_TABLE_MAX points); CN_ERR_RANGE (not finite, |x| above 10^6, |y| above 10^9, x not
 *  ascending by at least 10^-9 of the table's length); CN_ERR_MEMORY. */
CN_MUST_USE cn_status cn_fn_table(cn_fn *f, const double *x, const double *y, size_t count);

/** The same from a file: one point per line, x and y, decimal; blank lines and lines that begin with # are skipped.
 *  Returns: as cn_fn_table and cn_file_read; CN_ERR_FORMAT (not two numbers). The text names file and line. */
CN_MUST_USE cn_status cn_fn_table_read(cn_fn *f, const char *path);

/** Release. A zeroed struct and named functions are allowed. */
void cn_fn_clear(cn_fn *f);

/** f on [a, b] is used between its domain's ends?  Returns: CN_OK, CN_ERR_RANGE (not a < b with b - a >= 10^-6 max(|a|, |b|), or
 *  outside the domain); the text begins with what. */
CN_MUST_USE cn_status cn_fn_check_interval(const cn_fn *f, long double a, long double b, const char *what);

#endif
