/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets approx`: its options, and the two things it does. */

#ifndef CN_CLI_APPROX_H
#define CN_CLI_APPROX_H

#include <stdio.h>

#include "approx/function.h"
#include "nn/program.h"
#include "util/json.h"

typedef enum cn_method { CN_METHOD_CHEBYSHEV, CN_METHOD_LEAST_SQUARES, CN_METHOD_MINIMAX } cn_method;

#define CN_APPROX_LIST CN_SEGMENTS_MAX /* values of an option that takes one per activation */

typedef struct cn_approx_options {
    const char *function; /* a name, or with certify a list of them; NULL: table */
    const char *table;    /* a file, or NULL */
    bool has_interval;
    double a, b;
    unsigned degree;
    bool has_method;
    cn_method method;
    bool has_weight;
    bool gaussian;
    double sigma;         /* 0: the default */
    unsigned scales, input_scales; /* 0: not given */
    double scale[CN_APPROX_LIST], input_scale[CN_APPROX_LIST];
    const char *svg, *json; /* files, or NULL */
    bool no_svg;
    const char *certify;  /* a model, or NULL */
    bool has_box;
    int64_t low, high;
} cn_approx_options;

/** Fit and report; check a model and report.  Returns: an exit code, the failure reported. */
int cn_approx_fit(const cn_approx_options *o);
int cn_approx_certify(const cn_approx_options *o);

/** The function of the options, by one name or as a table.  Returns: CN_OK; as cn_fn_table_read; CN_ERR_USAGE (no such name). */
CN_MUST_USE cn_status cn_approx_function(cn_fn *f, const char *name, const char *table);

/** x in decimal: the shortest text that reads back as x; and a short one that is not below x. */
const char *cn_approx_exact(char out[40], double x);
const char *cn_approx_above(char out[40], double x);

/** Write a file through a callback, complete or not at all.  Returns: CN_OK, CN_ERR_MEMORY, as cn_file_write. */
CN_MUST_USE cn_status cn_approx_write(const char *path, void (*write)(FILE *out, const void *arg), const void *arg);

#endif
