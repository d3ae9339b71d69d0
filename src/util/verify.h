/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Assertions. CN_VERIFY costs nothing unless the build defines VERIFY; CN_INVARIANT is always on
 *  and guards what must hold for memory safety. Both abort: a failed assertion is a defect of the
 *  library, never a reaction to input. */

#ifndef CN_UTIL_VERIFY_H
#define CN_UTIL_VERIFY_H

#include "util/common.h"

/** Print file, line and condition to stderr and abort. */
void cn_assert_failed(const char *file, int line, const char *condition) __attribute__((noreturn, cold));

#define CN_INVARIANT(cond)                                                                         \
    do {                                                                                           \
        if (__builtin_expect(!(cond), 0)) cn_assert_failed(__FILE__, __LINE__, #cond);             \
    } while (0)

#ifdef VERIFY
#define CN_VERIFY(cond) CN_INVARIANT(cond)
#define CN_VERIFY_ONLY(...) __VA_ARGS__
/** Every one of n words lies below bound. */
#define CN_VERIFY_BELOW(a, n, bound)                                                               \
    do {                                                                                           \
        for (size_t cn_i_ = 0; cn_i_ < (size_t)(n); cn_i_++) CN_INVARIANT((a)[cn_i_] < (bound));   \
    } while (0)
#else
#define CN_VERIFY(cond)                                                                            \
    do {                                                                                           \
    } while (0)
#define CN_VERIFY_ONLY(...)
#define CN_VERIFY_BELOW(a, n, bound)                                                               \
    do {                                                                                           \
    } while (0)
#endif

#endif
