/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A drawing [SVG 1.1] of a function, the polynomial that stands for it, and their difference. One file, nothing loaded from elsewhere. */

#ifndef CN_APPROX_SVG_H
#define CN_APPROX_SVG_H

#include <stdio.h>

#include "approx/fit.h"

typedef struct cn_drawing {
    const cn_fn *f;
    const cn_real_poly *p;
    long double a, b;          /* the interval */
    const char *title;         /* ASCII */
    long double sup;           /* drawn as lines above and below 0 */
    const cn_extreme *extreme; /* [extremes], drawn as points of the error */
    unsigned extremes;
} cn_drawing;

/** Write it. Failures show in ferror(out). */
void cn_svg_write(FILE *out, const cn_drawing *d);

#endif
