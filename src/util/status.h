/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Failure texts and the log line, both per the rules of cryptonets.h. */

#ifndef CN_UTIL_STATUS_H
#define CN_UTIL_STATUS_H

#include "util/common.h"

/** Record a failure for this thread and return its code.
 *  In: s the code (not CN_OK); fmt a sentence "object: expected ..., found ...; remedy".
 *  The text is cut at 1023 bytes. Never pass secret values.  Returns: s. */
cn_status cn_fail(cn_status s, const char *fmt, ...) CN_PRINTF(2, 3);

/** Put "prefix: " before this thread's failure text, to name a file or object further out.
 *  In: s the code being passed on; CN_OK does nothing.  Returns: s. */
cn_status cn_fail_prefix(cn_status s, const char *fmt, ...) CN_PRINTF(2, 3);

/** Replace this thread's failure text (used to carry a worker's failure to its caller). */
void cn_error_set_text(const char *text);

/** Send a remark to the log callback, if there is one. Never pass secret values. */
void cn_log(const char *fmt, ...) CN_PRINTF(1, 2);

#endif
