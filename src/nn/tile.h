/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The heart of the batched evaluator: one segment of the network on one tile of CN_TILE points modulo one prime.
 *
 *  A point of a ciphertext is a polynomial in s of degree parts - 1 over Z_q; a plain integer is one of degree 0. So the same
 *  code runs the network on ciphertexts (2 parts in, 3 after a square, 4 after a cube) and in the clear (1 part throughout). Everything
 *  between two key switches happens here, in cache; no intermediate ciphertext is ever formed. */

#ifndef CN_NN_TILE_H
#define CN_NN_TILE_H

#include "nn/program.h"
#include "ring/kernels.h"
#include "util/arena.h"

/** A program with its matrices packed for the kernels: made once, serves every prime and branch. */
typedef struct cn_packed {
    const cn_program *program; /* borrowed */
    cn_gemm pre[CN_SEGMENTS_MAX], post[CN_SEGMENTS_MAX];
} cn_packed;

/** Returns: CN_OK, CN_ERR_MEMORY. Release with cn_packed_clear (zeroed struct, failed one allowed). */
cn_status cn_packed_init(cn_packed *p, const cn_program *program);
void cn_packed_clear(cn_packed *p);

/** A segment bound to one prime: matrices, and every constant as a residue. */
typedef struct cn_tile_segment {
    const cn_segment *segment;
    const cn_gemm *pre, *post;
    const cn_mod *mod;
    cn_shoup cube;         /* factor of x^3: d t^2 in a ciphertext, d in the clear */
    cn_shoup square;       /* factor of x^2: a t (times k, where there is a cube), or a */
    cn_shoup linear;       /* factor of x: k b, or b */
    uint64_t constant;     /* added to part 0 after the activation */
    bool has_cube, has_linear;
    uint64_t *pre_bias;    /* [mid], added to part 0 */
    uint64_t *post_bias;   /* [out] */
} cn_tile_segment;

/** Where the inputs of a tile lie: value i, part p, point j at base[i * value_stride + p * part_stride + j]. */
typedef struct cn_tile_view {
    const uint64_t *base;
    size_t value_stride, part_stride; /* words */
} cn_tile_view;

/** Bytes of arena that cn_tile_run takes for any segment of a program. */
size_t cn_tile_scratch_bytes(const cn_packed *p);

/** Run the segment.
 *  In: parts 1 or 2; view with reduced residues.  Scratch: cn_tile_scratch_bytes left in the arena; what is taken from it is the
 *  caller's to rewind, after reading the result.
 *  Out: *out points into the arena: value i, part p, point j at
 *  (*out)[(p * out_values + i) * CN_TILE + j], reduced.  seconds[CN_STAGES] is increased by the time of each stage.
 *  Returns: number of parts of the result: parts, or with an activation of degree d (parts - 1) d + 1. Time depends on shapes and weights. */
unsigned cn_tile_run(const uint64_t **out, const cn_tile_segment *s, unsigned parts, cn_tile_view view, cn_arena *arena,
                     double seconds[CN_STAGES]);

#endif
