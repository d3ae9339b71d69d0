/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A plan as a structure: what plan.c finds, ledger.c tells, and client, server and clear network follow. */

#ifndef CN_NN_PLAN_H
#define CN_NN_PLAN_H

#include "he/scheme.h"
#include "nn/cost.h"
#include "nn/program.h"

struct cn_ranges; /* nn/range.h */

#define CN_LEDGER_MAX 72
/* YASHE' is planned within one research set: this degree, this many bits of Q, small t. Where the estimates of attacks on its keys are
 * right, they leave a margin there (doc/yashe.md); cn_params_check asks for 128 bits by estimate at any degree. */
#define CN_YASHE_DEGREE 32768
#define CN_YASHE_LOG2_Q_MAX 190

#define CN_FAILURE_BITS 128.0 /* a batch decrypts wrongly or is refused with probability below 2^-128 */

struct cn_plan {
    cn_plan_options options;   /* its pointer to costs is NULL: they are copied */
    cn_costs costs;
    cn_params params;
    cn_schedule schedule;
    cn_forecast forecast;
    uint8_t model_digest[32];
    uint8_t digest[32];
    char *model_name;
    int64_t lut[256];
    size_t inputs, outputs;
    unsigned segments;
    unsigned degree[CN_SEGMENTS_MAX]; /* of each segment's activation, 1 without: it follows power and factor of ciphertexts */
    unsigned key_power;        /* largest power of the secret that a segment is relinearised from; 0: none is */
    unsigned output_power;     /* of a reply ciphertext: the degree of the last activation, 1 without, and with model privacy */
    unsigned flood_bits;       /* with model privacy: replies get noise uniform in a range of 2^flood_bits */
    cn_i128 window_low, window_t;
    double worst_bits;         /* log2 of the width of the worst-case score range */
    double quantile;           /* z: bounds hold with probability 1 - 2^-128 at z standard deviations */
    double cost;               /* per slot, nanoseconds */
    size_t rows;
    cn_ledger_row ledger[CN_LEDGER_MAX];
};

/** The table of the plan's scheme; parts of a request ciphertext that are packed: in BFV with the secret key the other one follows from
 *  the seed. */
const cn_scheme_table *cn_plan_scheme(const cn_plan *p);
unsigned cn_plan_request_parts(const cn_plan *p);

/** Primes of a reply ciphertext. */
unsigned cn_plan_reply_limbs(const cn_plan *p);

/** Whether client or server need a public key under this plan. */
bool cn_plan_public_key_needed(const cn_plan *p);

/** key_power and output_power from the degrees. */
void cn_plan_set_powers(cn_plan *p);

/** plan->digest over everything that client and server must agree on: model, parameters, options, shapes, look-up table, window, levels
 *  and degrees. */
void cn_plan_make_digest(cn_plan *p);

/** The message factor F of the ciphertexts of a reply, in [1, t): it follows from levels and degrees, so a client need not be told. */
uint64_t cn_plan_reply_factor(const cn_plan *p, unsigned branch, const cn_context *ctx);

/** Plan a compiled program with a given score window: the search of cn_plan_new without the model, for prefixes and tests. The
 *  plan's window, options, costs and sizes are filled; its model digest and lut are not.
 *  Returns: CN_OK, CN_ERR_RANGE, CN_ERR_PLAN, CN_ERR_MEMORY. */
cn_status cn_plan_search(cn_plan *plan, const cn_program *prog, cn_i128 window_t);

/** The plan->params.plains smallest suitable plaintext primes whose product reaches window_t: consecutive primes 1 mod 2n, minimal by the
 *  smallest.  In: n and plains.  Out: t.  Returns: whether there are such primes. */
bool cn_plan_plain_primes(cn_params *p, cn_i128 window_t);

/** What every plan begins with: the program of a model, its digest, name and look-up table, the score window.
 *  In: plan zeroed but for its options and costs; prog zeroed; released by the caller also on failure (model_name,
 *  cn_program_clear).
 *  Out: ranges, released by the caller unless it fails.
 *  Returns: CN_OK, CN_ERR_UNSUPPORTED, CN_ERR_MODEL, CN_ERR_RANGE, CN_ERR_SIZE, CN_ERR_MEMORY. */
cn_status cn_plan_begin(cn_plan *plan, cn_program *prog, struct cn_ranges *ranges, const cn_model *m);

/** Fill plan->ledger from its schedule and forecast; range_bits from ranges (NULL: left 0). */
void cn_plan_fill_ledger(cn_plan *plan, const cn_program *prog, double (*range_bits)[CN_STAGES]);

/** Row of the ledger for a stage of a segment, or for its relinearisation, scaling, flood or switch. */
#define CN_ROW_RELIN CN_STAGES
#define CN_ROW_SCALE (CN_STAGES + 1)
#define CN_ROW_FLOOD (CN_STAGES + 2)
#define CN_ROW_SWITCH (CN_STAGES + 3)
#define CN_ROW_KINDS (CN_STAGES + 4)
/** Index of that row, or -1 if there is none. */
int cn_plan_row(const cn_plan *p, const cn_program *prog, unsigned segment, unsigned kind);

/** Predicted seconds of the evaluation of a batch, one thread at the plan's costs: the sum over the ledger, 0 without one. */
double cn_plan_seconds(const cn_plan *p);

/** Whether a plan whose parameters, levels and flood came from elsewhere floods replies as much as this program asks for.
 *  Returns: CN_OK, CN_ERR_MISMATCH, CN_ERR_MEMORY. Takes as long as planning without the search. */
cn_status cn_plan_check_flood(const cn_plan *p, const cn_program *prog);

#endif
