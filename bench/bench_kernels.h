/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** bench-kernels: what its files share.
 *
 *  kernels_table.c has the kernels, what they work on, and kernels_segment.c the segment of a network, which is made of several;
 *  kernels_bounds.c the least number of cycles for each; bench_kernels.c takes the samples and reports them; kernels_costs.c
 *  makes the planner's costs of them. */

#ifndef CN_BENCH_KERNELS_H
#define CN_BENCH_KERNELS_H

#include "bench/timing.h"
#include "he/hoist.h"
#include "nn/tile.h"

#define CN_BK_TERMS 4                    /* of dot */
#define CN_BK_WORDS (2 * CN_BK_TERMS + 3)
#define CN_BK_FAR ((size_t)1 << 19)      /* words of a vector: all of them are 44 MiB, more than most caches hold */
#define CN_BK_DENSE_ROWS 100             /* of the matrices */
#define CN_BK_DENSE_COLS 845
#define CN_BK_CONV_ROWS 845
#define CN_BK_CONV_COLS 784

/** What is counted. One count, the first, for everything but a segment. */
enum {
    CN_BK_UNITS = 0,
    CN_BK_CONV_PAIRS = 0, CN_BK_CONV_DIGITS, CN_BK_CONV_SUMS, CN_BK_SQUARES, CN_BK_DENSE_LOOKUPS, CN_BK_DENSE_TABLES,
    CN_BK_DENSE_SUMS,
    CN_BK_PARTS,                         /* of a segment's bound: the ones above */
    CN_BK_CONV_PRODUCTS = CN_BK_PARTS, CN_BK_DENSE_PRODUCTS, /* of a weight with a point */
    CN_BK_COUNTS
};

typedef struct cn_bk_kernel cn_bk_kernel;

/** One segment of a network, bound to one prime (kernels_segment.c). */
typedef struct cn_bk_segment {
    cn_program program;
    cn_packed packed;
    cn_tile_segment tile;
    cn_tile_view view;
    cn_arena arena;
    double seconds[CN_STAGES]; /* of runs runs */
    size_t runs;
} cn_bk_segment;

/** What a kernel works on: what it needs of this, the rest zero. */
typedef struct cn_bk_work {
    const cn_bk_kernel *kernel;
    const cn_kernels *k;
    size_t n;                   /* elements */
    size_t units[CN_BK_COUNTS]; /* what the bound counts */
    cn_mod q, from, t;
    cn_ntt ntt;
    uint64_t *stream;           /* [2 TERMS][n] key or weights */
    uint32_t *index;            /* of an automorphism */
    uint64_t *x[CN_BK_WORDS];   /* n words each, reduced modulo all three */
    const uint64_t *a[CN_BK_TERMS], *b[CN_BK_TERMS];
    int8_t *small;
    uint8_t *bytes;
    cn_shoup w;
    cn_layer layer;
    cn_linear linear;
    cn_gemm gemm;
    uint64_t *in, *out;         /* a tile */
    void *scratch;
    cn_rng *rng;
    cn_context *ctx;
    cn_secret_key *sk;
    cn_relin_key *rk;
    cn_rotation_key *rotations;
    cn_turn_keys *turns;
    cn_poly acc[2];
    cn_cipher *cipher;
    cn_he_scratch he;
    cn_poly phase;
    cn_bk_segment segment;
} cn_bk_work;

/** What a bound counts (kernels_bounds.c). CN_BK_SEGMENT is several of the others together. */
typedef enum cn_bk_bound {
    CN_BK_NONE, CN_BK_FORWARD, CN_BK_INVERSE, CN_BK_MUL, CN_BK_MUL_ADD, CN_BK_SCALE, CN_BK_SUB_SCALE, CN_BK_LIFT, CN_BK_ENCODE,
    CN_BK_SQUARE, CN_BK_PAIRS_3, CN_BK_PAIRS_2, CN_BK_DIGITS_3, CN_BK_SUMS_3, CN_BK_LOOKUPS, CN_BK_TABLES, CN_BK_SUMS_1,
    CN_BK_STREAM, CN_BK_TERMS_TWICE, CN_BK_SEGMENT, CN_BK_BOUNDS
} cn_bk_bound;

/** A row of the table. */
struct cn_bk_kernel {
    const char *name;
    size_t n;                   /* words; 0: setup sets it */
    cn_status (*setup)(cn_bk_work *w);
    void (*run)(void *w), (*prepare)(void *w);
    cn_bk_bound bound;
    unsigned transforms;        /* transforms of n points that the bound counts; 0: it counts elements, or what setup says */
    unsigned weight_bits, q_bits;
};

extern const cn_bk_kernel cn_bk_kernels[];
extern const size_t cn_bk_count;

/** Set up a kernel.  Returns: what setup returns. Release with cn_bk_clear in any case (a zeroed struct is allowed). */
cn_status cn_bk_start(cn_bk_work *w, const cn_bk_kernel *k);
void cn_bk_clear(cn_bk_work *w);

/** A random number, the same ones in every process: inputs need not be better. */
uint64_t cn_bk_random(void);

/** Look-ups of a matrix in the form of sums, at half a tile each. */
size_t cn_bk_lookups(const cn_gemm *g);

/** The moduli of w. */
void cn_bk_set_moduli(cn_bk_work *w);

/** The segment. Its network is loaded once, before there are workers; cn_bk_segment_load returns an exit code. */
int cn_bk_segment_load(void);
void cn_bk_segment_unload(void);
cn_status cn_bk_segment_setup(cn_bk_work *w);
void cn_bk_segment_run(void *w);
void cn_bk_segment_clear(cn_bk_segment *s);

/** Products of 512 bits (vpmadd52luq) that start per cycle, measured: about 2, or 1 where each goes through a port of 256 bits twice.
 *  The processor must have AVX-512 IFMA; 0 on other architectures. */
double cn_bk_wide_products(void);

/** Least cycles for these units; NAN: not known. */
double cn_bk_bound_cycles(const cn_bk_kernel *k, cn_isa isa, const size_t units[CN_BK_COUNTS]);

/** What is known of a kernel after its samples. */
typedef struct cn_bk_time {
    double ns;       /* the least sample */
    size_t n, units; /* elements; what the bound counts */
} cn_bk_time;

/** Write costs for `cryptonets plan --costs`.  In: time [cn_bk_count], all with this instruction set.
 *  Returns: an exit code, with a line on stderr where the times make no sense or the file cannot be written. */
int cn_bk_write_costs(const char *path, const cn_bk_time *time, cn_isa isa);

/** Print how the bound of a segment comes about; nothing where there is none. */
void cn_bk_print_segment(cn_isa isa, const size_t units[CN_BK_COUNTS]);

#endif
