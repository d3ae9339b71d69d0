/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Marks for the constant-time test: under valgrind, memory marked secret counts as uninitialised, so every branch and every
 *  address that depends on it is reported. Only the program tests/ctime is built with CN_CTIME; elsewhere the marks are nothing.
 *  CN_SECRET stands where secrets are born (the generator's output), CN_PUBLIC exactly where a value derived from one becomes
 *  public, with the reason beside it: these places can be searched for. */

#ifndef CN_UTIL_CTCHECK_H
#define CN_UTIL_CTCHECK_H

#ifdef CN_CTIME
#include <valgrind/memcheck.h>
#define CN_SECRET(p, n) ((void)VALGRIND_MAKE_MEM_UNDEFINED(p, n))
#define CN_PUBLIC(p, n) ((void)VALGRIND_MAKE_MEM_DEFINED(p, n))
#else
#define CN_SECRET(p, n) ((void)0)
#define CN_PUBLIC(p, n) ((void)0)
#endif

#endif
