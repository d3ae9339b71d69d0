/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The kernel table: every hot loop behind a function pointer, chosen once at run time.
 *
 *  The portable kernels (kernels_portable.c) define the result; any other back end must produce the
 *  same bytes within the stated ranges. Residues are reduced on input and output unless a line says
 *  otherwise. No kernel allocates, none can fail, and time depends on sizes only; that of linear also on the weights. */

#ifndef CN_RING_KERNELS_H
#define CN_RING_KERNELS_H

#include "arith/modulus.h"
#include "ring/ntt.h"

/** Points per tile: the batched evaluator works on CN_TILE neighbouring NTT points at a time. */
#define CN_TILE 16

/** An integer matrix in structural sparse rows: row r has entries [start[r], start[r+1]).
 *  A weight acts modulo q; see cn_kernels.linear for the two ranges. */
typedef struct cn_matrix {
    size_t rows, cols;
    const uint32_t *start;  /* rows + 1 */
    const uint32_t *col;    /* column of each entry, < cols */
    const int64_t *weight;  /* signed weight of each entry */
    bool wide;              /* some |weight| > CN_NARROW_WEIGHT */
} cn_matrix;

#define CN_NARROW_WEIGHT ((int64_t)1 << 15)

typedef struct cn_kernels {
    const char *name; /* "portable", ... */

    /** Transforms of ring/ntt.h. */
    void (*ntt_forward)(uint64_t *a, const cn_ntt *p);
    void (*ntt_inverse)(uint64_t *a, const cn_ntt *p);

    /** r = a * b and r = r + a * b, n words each; r may be a or b. */
    void (*mul)(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m);
    void (*mul_add)(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m);

    /** r = a * w for a constant w; r may be a. */
    void (*scale)(uint64_t *r, const uint64_t *a, cn_shoup w, size_t n, const cn_mod *m);

    /** Tensor square times a constant:  (r0, r1, r2) = k (a0^2, 2 a0 a1, a1^2), n words each.
     *  No aliasing between r and a. */
    void (*square)(uint64_t *r0, uint64_t *r1, uint64_t *r2, const uint64_t *a0, const uint64_t *a1,
                   cn_shoup k, size_t n, const cn_mod *m);

    /** Matrix times a block of CN_TILE points:
     *      out[r * out_stride + j] = sum_e weight[e] * in[col[e] * in_stride + j],   j < CN_TILE,
     *  for rows first <= r < last (strides in words, at least CN_TILE; no aliasing; out is indexed from
     *  row 0). Requires q < 2^46. Narrow weights accumulate in 64-bit integers; where wide is set the
     *  weights may be anything up to |w| <= 2^62; they are reduced modulo q and accumulated in 128 bits. */
    void (*linear)(uint64_t *out, size_t out_stride, const uint64_t *in, size_t in_stride,
                   const cn_matrix *w, size_t first, size_t last, const cn_mod *m);
} cn_kernels;

/** The table in use: the best one this CPU runs, or the one the environment variable CRYPTONETS_CPU
 *  names (portable). An unknown or unsupported name falls back to the portable table and is
 *  remarked on in the log. Chosen at the first call, then constant; thread-safe. */
const cn_kernels *cn_kernels_get(void);

/** All tables this CPU can run, the portable one first; *count of them. For tests and benches. */
const cn_kernels *const *cn_kernels_all(size_t *count);

extern const cn_kernels cn_kernels_portable;

#endif
