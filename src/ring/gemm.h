/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Integer matrices, and their weights packed for the kernels that multiply them with residues.
 *
 *  The vector kernels cut residues into signed 16-bit digits and multiply pairs of neighbouring columns by pairs of 16-bit
 *  weights (vpmaddwd, vpdpwssd). Rows that read the same pairs of columns form a group: the rows of a dense layer are one
 *  group, those of a convolution one group per position with one row per map. Weights wider than 15 bits are written in
 *  balanced digits of 15 bits, one plane of groups after the other, the highest first. Dense matrices of weights -1, 0 and 1 have
 *  a form of their own, without products (sums.h). Packed once when a plan is compiled; the packed form depends on the matrix only,
 *  not on the prime. */

#ifndef CN_RING_GEMM_H
#define CN_RING_GEMM_H

#include "ring/sums.h"
#include "util/arena.h"

/** Points per tile: the batched evaluator works on CN_TILE neighbouring NTT points at a time. */
#define CN_TILE 16

/** An integer matrix in structural sparse rows: row r has entries [start[r], start[r+1]). A weight acts modulo q. */
typedef struct cn_matrix {
    size_t rows, cols;
    const uint32_t *start;  /* rows + 1 */
    const uint32_t *col;    /* column of each entry, < cols; strictly ascending within a row */
    const int64_t *weight;  /* signed weight of each entry, |weight| <= 2^62 */
} cn_matrix;

#define CN_GEMM_ROWS 8              /* rows that share one load of a digit */
#define CN_GEMM_STRIP 64            /* most pairs between two visits to the accumulators */
#define CN_GEMM_PLANE_BITS 15       /* digits of wide weights: |digit| <= 2^14, of narrow ones |w| < 2^15 */
#define CN_GEMM_TWO_DIGITS_MAX 0xfffe0000u /* largest q whose centred residues have two digits: |x| <= q/2 < 2^31 - 2^15 */
#define CN_GEMM_SUM_MAX 65535       /* most sum |w| of a row between two reductions: |digit sum| < 2^31 */

/** A run of pairs of a group. */
typedef struct cn_gemm_strip {
    uint32_t begin, end; /* in the group's list of pairs */
    bool flush;          /* reduce the sums after it, and start them again */
} cn_gemm_strip;

/** What a reduction does with the row found in out. */
typedef enum cn_gemm_merge {
    CN_GEMM_SET,   /* out = v */
    CN_GEMM_ADD,   /* out = out + v */
    CN_GEMM_SHIFT  /* out = out 2^15 + v */
} cn_gemm_merge;

/** Rows that read the same pairs of columns, in one plane. */
typedef struct cn_gemm_group {
    size_t rows, pairs, strips;
    const uint32_t *row;           /* [rows] */
    const uint32_t *digits;        /* [pairs] ascending: where the digits of a pair begin, in bytes; CN_GEMM_PAIR_BYTES times the
                                      number of the pair, which is columns 2p and 2p+1 */
    const uint32_t *weight;        /* [ceil(rows / CN_GEMM_ROWS)][pairs][CN_GEMM_ROWS]: low half for column 2p, high half for 2p+1,
                                      16-bit two's complement; absent rows 0 */
    const cn_gemm_strip *strip;    /* [strips]; the last one flushes */
    cn_gemm_merge merge;           /* of the first reduction; later ones add */
    bool last;                     /* in the last plane: its first reduction adds the bias, too */
} cn_gemm_group;

typedef struct cn_gemm {
    cn_matrix m;             /* borrowed: must outlive the packed form */
    bool wide;               /* some |weight| >= 2^15: several planes */
    size_t groups, rows_max; /* most rows of a group */
    cn_gemm_group *group;    /* in order of evaluation; rows without entries have one without pairs; none if sums.chunks */
    cn_sums sums;            /* the matrix in the other form, if it suits */
    cn_arena memory;         /* of the groups' arrays */
} cn_gemm;

/** Pack a matrix.  Returns: CN_OK, CN_ERR_MEMORY. Release with cn_gemm_clear (zeroed struct, failed one allowed). */
cn_status cn_gemm_init(cn_gemm *g, const cn_matrix *m);
void cn_gemm_clear(cn_gemm *g);

/* Scratch of cn_kernels.linear: that of cn_sums, or first the digits of all pairs (a kernel may use less than a pair's room), then the sums of the rows of a group, a whole number of blocks. */
#define CN_GEMM_DIGITS 3
#define CN_GEMM_PAIR_BYTES (CN_GEMM_DIGITS * 2 * CN_TILE * sizeof(int16_t)) /* two columns */
#define CN_GEMM_SUM_BYTES (CN_GEMM_DIGITS * CN_TILE * sizeof(int32_t))      /* one row */
size_t cn_gemm_scratch_bytes(const cn_gemm *g);

#endif
