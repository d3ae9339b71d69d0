/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The end of a process whose library has a defect. Nothing else in the library prints or aborts. */

#include "util/verify.h"

#include <stdio.h>
#include <stdlib.h>

void cn_assert_failed(const char *file, int line, const char *condition) {
    fprintf(stderr, "cryptonets: defect at %s:%d: %s does not hold\n", file, line, condition);
    abort();
}
