/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What the JSON of plans of both kinds has in common (doc/json.md). */

#ifndef CN_CLI_PLAN_JSON_H
#define CN_CLI_PLAN_JSON_H

#include "nn/plan.h"
#include "util/json.h"

/** Names of model and plan, digests as 64 hexadecimal digits. */
void cn_cli_json_digest(cn_json *j, const char *name, const uint8_t digest[32]);

/** Ring degree, primes, plaintext primes, security. */
void cn_cli_json_params(cn_json *j, const cn_params *q);

/** The object "window" of scores. */
void cn_cli_json_window(cn_json *j, const cn_plan *p);

#endif
