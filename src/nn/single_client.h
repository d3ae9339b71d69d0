/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The client of packed evaluation as a structure: what single_client.c works with, and what its keys are written from and read
 *  into. */

#ifndef CN_NN_SINGLE_CLIENT_H
#define CN_NN_SINGLE_CLIENT_H

#include "nn/client.h"
#include "nn/single_wire.h"

/** Buffers of one worker. */
typedef struct cn_single_worker {
    uint64_t *slots; /* n words */
    cn_poly part[2]; /* all limbs */
} cn_single_worker;

struct cn_single_client {
    const cn_single_plan *plan;
    cn_context *ctx;
    cn_secret_key *sk;
    cn_relin_key *rk;           /* where the plan relinearises, and */
    cn_rotation_key *rotations; /* where it rotates; NULL in a client whose keys were read back */
    cn_pool *pool;
    cn_lut_steps lut[CN_PLAINS_MAX];
    uint32_t *position;         /* of slots by row and column */
    cn_single_worker *worker;   /* [threads] */
};

/** A client of a plan without keys.  Out: *c, released with cn_single_client_free.  Returns: CN_OK, CN_ERR_SIZE (threads),
 *  CN_ERR_MEMORY, CN_ERR_THREAD. */
cn_status cn_single_client_bare(cn_single_client **c, const cn_single_plan *p, unsigned threads);

#endif
