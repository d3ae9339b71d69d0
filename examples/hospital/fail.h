/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** How the parts of `hospital` report failures: one sentence on standard error, which names the object, what was expected,
 *  what was found, and a remedy; then false goes up to main. Texts from files are printed by QUOTE, which keeps them short. */

#ifndef HOSPITAL_FAIL_H
#define HOSPITAL_FAIL_H

#include <stdbool.h>

#include <cryptonets.h>

/** In printf's format: at most 40 bytes of a text. */
#define QUOTE "'%.40s'"

/** Print "hospital: ..." and a newline; control characters become '?'.  Returns: false. */
__attribute__((format(printf, 1, 2))) bool hospital_fail(const char *format, ...);

/** Whether a call of the library succeeded; if not, what it said has been printed. */
bool hospital_ok(cn_status status);

#endif
