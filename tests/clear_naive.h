/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A second evaluator of networks, for comparison: layer by layer on GMP integers, from the definitions in nn/model.h alone.
 *  It shares no code with the library: no folding, no primes, no tiles, no window. */

#ifndef CN_TESTS_CLEAR_NAIVE_H
#define CN_TESTS_CLEAR_NAIVE_H

#include <gmp.h>

#include "nn/program.h"

/** Values between two layers, channel-major. */
typedef struct tst_values {
    size_t count;
    mpz_t *v;
} tst_values;

/** The first layers layers of m (at most layer_count) on one image of bytes.  Out: new values, released with tst_values_clear. */
tst_values tst_naive_run(const cn_model *m, unsigned layers, const uint8_t *pixels);
/** One layer.  In: values in the shape layer->in.  Out: new values; in is not changed. */
tst_values tst_naive_layer(const cn_layer *layer, const tst_values *in);
/** A matrix with bias, entry by entry: what a folded map must do. */
tst_values tst_naive_linear(const cn_linear *l, const tst_values *in);
/** a x^2 + b x + c on every value. */
tst_values tst_naive_poly(cn_act act, const tst_values *in);
bool tst_values_equal(const tst_values *a, const tst_values *b);
void tst_values_clear(tst_values *x);

/** r <- x; x must be below 2^127 in magnitude. The other direction; and v modulo t in [0, t). */
void tst_mpz_set(mpz_t r, cn_i128 x);
cn_i128 tst_mpz_get(const mpz_t x);
uint64_t tst_mpz_mod(const mpz_t v, uint64_t t);

/** v as read through a window: low + ((v - low) mod t). */
cn_i128 tst_naive_window(const mpz_t v, cn_i128 low, cn_i128 t);

#endif
