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
    double seconds[CN_SEGMENTS_MAX][CN_STAGES + 2];
} cn_server_worker;

struct cn_server {
    const cn_plan *plan;
    const cn_program *program;
    cn_program *own;         /* the program, where it was compiled here */
    const cn_relin_key *key;
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

#endif
