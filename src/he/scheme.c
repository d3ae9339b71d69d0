/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The schemes by their number. */

#include "he/scheme.h"

const cn_scheme_table *cn_scheme_find(cn_scheme s) {
    switch (s) {
    case CN_SCHEME_BFV: return &cn_scheme_bfv;
    case CN_SCHEME_YASHE: return &cn_scheme_yashe;
    }
    return NULL;
}

const char *cn_scheme_name(cn_scheme s) {
    const cn_scheme_table *table = cn_scheme_find(s);
    return table ? table->name : "unknown";
}

const char *cn_scheme_label(cn_scheme s) {
    const cn_scheme_table *table = cn_scheme_find(s);
    return table ? table->label : "";
}
