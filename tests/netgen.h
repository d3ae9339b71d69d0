/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Networks for tests: built layer by layer, at random, or read from bench/models; and one whole encrypted inference. */

#ifndef CN_TESTS_NETGEN_H
#define CN_TESTS_NETGEN_H

#include "nn/model.h"
#include "nn/wire.h"

/** An integer with |x| < 2^bits (bits from 0 to 62, or to 125 when wide), often zero, small, or next to the bound. */
int64_t tst_signed(unsigned bits);
cn_i128 tst_signed_wide(unsigned bits);

/** A network without layers on inputs of this shape, pixel bytes 0 .. 255 as they are. */
cn_model *tst_net_new(uint32_t channels, uint32_t height, uint32_t width);

/** Append a layer. Weights and biases are random, below 2^bits and 2^bias_bits (0: all zero).  Returns: the layer, its shapes
 *  derived; its weights may then be changed. */
cn_layer *tst_net_conv(cn_model *m, uint32_t maps, uint32_t kernel, uint32_t stride, const uint32_t pad[4], unsigned bits,
                       unsigned bias_bits); /* pad: left, right, top, bottom; NULL: none */
cn_layer *tst_net_dense(cn_model *m, uint32_t units, unsigned bits, unsigned bias_bits);
cn_layer *tst_net_pool(cn_model *m, uint32_t kernel, uint32_t stride);
cn_layer *tst_net_square(cn_model *m);
cn_layer *tst_net_poly(cn_model *m, int64_t a, int64_t b, int64_t c);
cn_layer *tst_net_cubic(cn_model *m, int64_t d, int64_t a, int64_t b, int64_t c);
cn_layer *tst_net_flatten(cn_model *m);
/** Done: digest and checks; aborts the test if the network is not accepted.  Returns: m. */
cn_model *tst_net_finish(cn_model *m);

/** What tst_net_random may choose. */
typedef struct tst_net_choice {
    unsigned activations;
    unsigned bits, bias_bits; /* of weights and biases */
    unsigned lut_bits;        /* of the look-up table, 1 .. 31 */
    unsigned poly_bits;       /* of a, b, c; 0: squares only */
    unsigned window_bits;     /* 0: no window */
    bool cubic;               /* polynomials of degree 3, too */
} tst_net_choice;

/** A random network of every layer type: at most 24 inputs, a few values per layer. Finished. */
cn_model *tst_net_random(const tst_net_choice *c);

/** For model privacy: random dense layers on 12 inputs of 2 bits, depth squares (or cubes) between them, 3 scores in a window of
 *  2^20. Finished. */
cn_model *tst_net_private(unsigned depth, bool cube);

/** A network of bench/models by its name; aborts the test if it cannot be read. */
cn_model *tst_net_shipped(const char *name);

/** count random images for m, malloc memory: bytes often 0 or 255. */
uint8_t *tst_net_pixels(const cn_model *m, size_t count);

/** Everything between pixels and scores. */
typedef struct tst_session {
    cn_plan *plan;
    cn_client *client;
    cn_server *server;
    cn_request *request;
    cn_reply *reply;
} tst_session;

/** Run as far as it goes.  Out: scores [count][outputs]; s with what came to be, released with tst_session_clear in any case.
 *  Returns: the first failure, or CN_OK. */
cn_status tst_session_run(tst_session *s, cn_i128 *scores, const cn_model *m, const cn_plan_options *options, unsigned threads,
                          const uint8_t *pixels, size_t count);
void tst_session_clear(tst_session *s);

/** The first layers layers of m, restricted to count outputs (row; NULL: all), run on the request of s under its plan. */
typedef struct tst_prefix {
    cn_program program;
    cn_plan plan; /* that of s but for the number of segments and outputs */
    cn_server *server;
    cn_reply *reply;
} tst_prefix;

void tst_prefix_run(tst_prefix *p, const tst_session *s, const cn_model *m, unsigned layers, const uint32_t *row, size_t count);
void tst_prefix_clear(tst_prefix *p);

/** Where a program ends: its last stage. */
cn_stage tst_last_stage(const cn_program *p);

/** T of a plan: the product of its plaintext primes. */
cn_i128 tst_plan_t(const cn_plan *p);

#endif
