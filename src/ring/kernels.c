/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The choice of kernel table: once per process, before the first transform. A new back end is one
 *  more line in the list, with the test whether this CPU runs it. */

#include "ring/kernels.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "util/status.h"

/** Best last. */
static const cn_kernels *const tables[] = {&cn_kernels_portable};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const cn_kernels *chosen;

static void choose(void) {
    const char *wanted = getenv("CRYPTONETS_CPU");
    if (wanted == NULL || wanted[0] == '\0') {
        chosen = tables[CN_ARRAY_LEN(tables) - 1];
        return;
    }
    for (size_t i = 0; i < CN_ARRAY_LEN(tables); i++) {
        if (strcmp(wanted, tables[i]->name) == 0) chosen = tables[i];
    }
    if (chosen == NULL) {
        chosen = &cn_kernels_portable;
        cn_log("CRYPTONETS_CPU: no kernels named '%s' for this CPU; using '%s'", wanted, chosen->name);
    }
}

const cn_kernels *cn_kernels_get(void) {
    pthread_once(&once, choose);
    return chosen;
}

const cn_kernels *const *cn_kernels_all(size_t *count) {
    *count = CN_ARRAY_LEN(tables);
    return tables;
}
