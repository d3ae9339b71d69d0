/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The smallest client: make installcheck compiles it against the installed library. */

#include <cryptonets.h>
#include <cryptonets_he.h>
#include <cryptonets_nn.h>
#include <stdio.h>

int main(void) {
    cn_model *m;
    cn_status s = cn_model_load(&m, "/does/not/exist");
    printf("cryptonets %s: %s\n", cn_version(), cn_error_text());
    return s == CN_ERR_NOT_FOUND ? 0 : 1;
}
