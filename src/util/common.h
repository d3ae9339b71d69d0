/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What every file may rely on: attributes, alignment, small macros. No code. */

#ifndef CN_UTIL_COMMON_H
#define CN_UTIL_COMMON_H

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cryptonets.h"

__extension__ typedef unsigned __int128 cn_u128;

#define CN_ALIGN 64 /* bytes: one cache line, one AVX-512 register */
#define CN_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define CN_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define CN_MIN(a, b) ((a) < (b) ? (a) : (b))
#define CN_MAX(a, b) ((a) > (b) ? (a) : (b))

/** Return from the enclosing function with the status of expr unless it is CN_OK. */
#define CN_TRY(expr)                                                                               \
    do {                                                                                           \
        cn_status cn_try_status_ = (expr);                                                         \
        if (cn_try_status_ != CN_OK) return cn_try_status_;                                        \
    } while (0)

/** Jump to the label cleanup with the status of expr in the local variable status unless CN_OK. */
#define CN_CHECK(expr)                                                                             \
    do {                                                                                           \
        status = (expr);                                                                           \
        if (status != CN_OK) goto cleanup;                                                         \
    } while (0)

#endif
