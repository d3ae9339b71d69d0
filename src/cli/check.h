/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets check`: the network under encryption beside the clear one, layer by layer. */

#ifndef CN_CLI_CHECK_H
#define CN_CLI_CHECK_H

#include "cryptonets_nn.h"

/** One stage of the network: what was compared after it. */
typedef struct cn_check_row {
    char label[48];            /* such as "conv", "square" */
    unsigned layers;           /* of the model, up to here */
    size_t values, different;  /* all slots of all outputs and branches; how many are unlike the clear network's */
    size_t image, output;      /* the first one that differs, its slot and output; meaningful if different > 0 */
    double predicted, measured; /* log2 of the noise's standard deviation: the forecast, and the largest over some outputs */
    double limit;              /* what decrypts */
} cn_check_row;

/** Called after each stage, in the order of evaluation. */
typedef void (*cn_check_fn)(void *user, const cn_check_row *row);

/** Make keys, encrypt the images, repeated until they fill all slots, and compare every value after every stage with the clear
 *  network's, modulo every plaintext prime. Goes on after a difference.
 *  In: m the network that is evaluated; clear the one that it is compared with, the same but in tests; pixels [count][inputs].
 *  Memory: a ciphertext for each of at most 64 outputs at a time, beside what the plan says.
 *  Out: *different, the sum over all stages.
 *  Returns: CN_OK, also where values differ; CN_ERR_SIZE (no images, threads), CN_ERR_NOISE (a value did not decrypt), CN_ERR_CANCELLED, CN_ERR_MEMORY,
 *  CN_ERR_RANDOM, CN_ERR_THREAD, as cn_clear_scores. */
CN_MUST_USE cn_status cn_check_network(size_t *different, const cn_plan *plan, const cn_model *m, const cn_model *clear, const uint8_t *pixels,
                                       size_t count, unsigned threads, cn_check_fn row, cn_progress_fn progress, void *user);

#endif
