/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The server as a structure: what server.c compiles and evaluate.c runs. */

#ifndef CN_NN_SERVER_H
#define CN_NN_SERVER_H

#include "nn/tile.h"
#include "nn/wire.h"
#include "util/threads.h"

/** One plaintext branch: the program bound to every prime. */
typedef struct cn_branch_code {
    cn_tile_segment tile[CN_SEGMENTS_MAX][CN_LIMBS_MAX];
    uint64_t factor[CN_SEGMENTS_MAX + 1]; /* message factor before segment s; the last one is the reply's */
} cn_branch_code;

typedef struct cn_server_worker {
    cn_arena arena;              /* a tile in flight, or a polynomial being expanded */
    cn_he_scratch he;
    double seconds[CN_SEGMENTS_MAX][CN_ROW_KINDS];
} cn_server_worker;

struct cn_server {
    const cn_plan *plan;
    const cn_program *program;
    cn_program *own;         /* the program, where it was compiled here */
    const cn_relin_key *key;
    const cn_public_key *public; /* with model privacy; NULL until it is given */
    cn_packed packed;
    cn_context *ctx;
    cn_pool *pool;
    cn_branch_code branch[CN_PLAINS_MAX];
    cn_server_worker *worker; /* [threads] */
    size_t buffer_limit;      /* most bytes of expanded request at a time; 0: no limit */
    uint64_t *buffer;         /* expanded request: made by the first evaluation, serves all */
    cn_cipher **shelf[2];     /* ciphertexts between the segments, likewise: outputs of even and of odd ones, all but the last */
    size_t shelf_count[2];
};

/** How the scores of a request are scaled, s becoming r s + e: the same in all branches. Secret. */
typedef struct cn_scales {
    size_t count, outputs;
    int64_t *r;  /* [count]: from 1 on */
    uint64_t *e; /* [outputs][count]: below r of the image */
} cn_scales;

/** Flood the count scores of one branch, of power 1 at the level of the last segment, and switch them to the level of the reply. Slots from
 *  used on become random. scales: what becomes of the scores of each image, or NULL. tick is called for each one, by its worker, and may stop the evaluation.
 *  Returns: CN_OK, CN_ERR_MEMORY, CN_ERR_RANDOM, what tick returned; the ciphertexts are not to be used then. */
cn_status cn_flood_replies(cn_server *s, cn_cipher **c, size_t count, size_t used, const cn_scales *scales, cn_task_fn tick, void *user);

/** Draw them, r < 2^bits, uniform but for a bias of 2^(bits - 64).  Returns: CN_OK, CN_ERR_MEMORY, CN_ERR_RANDOM. Constant time. A zeroed struct is
 *  allowed in clear, which wipes. */
cn_status cn_scales_draw(cn_scales *s, size_t count, size_t outputs, unsigned bits);
void cn_scales_clear(cn_scales *s);

#endif
