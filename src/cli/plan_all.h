/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets plan --all`. */

#ifndef CN_CLI_PLAN_ALL_H
#define CN_CLI_PLAN_ALL_H

#include <stdbool.h>

#include "cryptonets_nn.h"

/** The argument of --objective.  Returns: an exit code; a line on stderr where the name is unknown. */
int cn_cli_objective(cn_objective *o, const char *name);

/** Print all ways for images images, as a table or as JSON (json.md).  Returns: as cn_ways_list and cn_ways_choose. */
cn_status cn_cli_plan_all(const cn_model *m, const cn_plan_options *options, size_t images, cn_objective objective, bool json);

#endif
