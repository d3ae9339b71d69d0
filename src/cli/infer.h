/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets infer`: its options and results, shared by the command, its bound of memory and its report. */

#ifndef CN_CLI_INFER_H
#define CN_CLI_INFER_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/batches.h"
#include "cli/sides.h"

typedef struct cn_infer_options {
    const char *model, *plan, *evaluation_key, *public_key; /* the keys may be NULL */
    const char *request, *reply;
    uint64_t threads, max_memory; /* MiB; 0: no bound */
    bool json;
} cn_infer_options;

/** Let the server keep the process within the bound, by making its buffer of inputs smaller.  In: a plan from a file has no
 *  ledger, so the model is planned once more.  Returns: CN_OK; CN_ERR_SIZE (more is needed, the text says how much),
 *  CN_ERR_IO (the system does not tell what is used), CN_ERR_MISMATCH (this version plans the model otherwise), codes of
 *  cn_plan_new. */
CN_MUST_USE cn_status cn_infer_bound_memory(cn_server *s, const cn_plan *p, const cn_model *m, const cn_infer_options *o);

/** Results on standard output, as text or JSON (doc/json.md). */
void cn_infer_report(const cn_infer_options *o, const cn_plan *p, const cn_model *m, const cn_batches *requests,
                     const cn_batches *replies, const cn_cli_answer *answer);

#endif
