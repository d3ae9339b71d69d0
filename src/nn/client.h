/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The client as a structure: what client.c works with, and what its keys are written from and read into. */

#ifndef CN_NN_CLIENT_H
#define CN_NN_CLIENT_H

#include "nn/wire.h"
#include "util/threads.h"

/** The look-up table modulo one t as steps, so that no table is indexed by a pixel: value = sum of delta over the steps with
 *  at <= pixel, modulo 2^64; it is reduced modulo t after every step. */
typedef struct cn_lut_steps {
    unsigned count;
    uint8_t at[256];
    uint64_t delta[256];
} cn_lut_steps;

/** Out: the steps of a table modulo t. Public data. */
void cn_lut_init(cn_lut_steps *s, const int64_t lut[256], const cn_mod *t);

/** lut[pixel] modulo t. Constant time. */
static inline uint64_t cn_lut_value(uint8_t pixel, const cn_lut_steps *s) {
    uint64_t value = 0;
    for (unsigned k = 0; k < s->count; k++) value += s->delta[k] & ~cn_ct_mask_lt(pixel, s->at[k]);
    return value;
}

/** Residues modulo all plaintext primes to scores in the plan's window.  In: residue [plains][outputs][count], reduced.  Out: scores
 *  [count][outputs]. Constant time.  Returns: CN_OK, CN_ERR_RANGE (a residue not reduced). */
cn_status cn_scores_join(cn_i128 *scores, const uint64_t *residue, size_t count, const cn_plan *plan, const cn_context *ctx);

struct cn_client {
    const cn_plan *plan;
    cn_context *ctx;
    cn_secret_key *sk; /* NULL: this client cannot decrypt */
    cn_public_key *pk; /* where the plan encrypts under it, or has model privacy */
    cn_relin_key *rk;  /* where the plan relinearises; NULL in a client whose keys were read back */
    cn_pool *pool;
    char *spool;       /* folder for requests in files; NULL: in the heap */
    cn_lut_steps lut[CN_PLAINS_MAX];
};

/** A client of a plan without keys.  Out: *c, released with cn_client_free.  Returns: CN_OK, CN_ERR_SIZE (threads), CN_ERR_MEMORY, CN_ERR_THREAD. */
cn_status cn_client_bare(cn_client **c, const cn_plan *p, unsigned threads);

#endif
