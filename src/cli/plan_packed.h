/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets plan --packed`: a plan for single images. */

#ifndef CN_CLI_PLAN_PACKED_H
#define CN_CLI_PLAN_PACKED_H

#include <stdbool.h>

#include "cryptonets_nn.h"

/** Plan, write the plan file unless out is NULL, print as text or JSON (doc/json.md).  Returns: as cn_single_plan_new,
 *  cn_single_plan_save. */
CN_MUST_USE cn_status cn_cli_plan_packed(const cn_model *m, const cn_single_options *options, const char *out, bool json);

#endif
