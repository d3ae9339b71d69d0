/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The only door to the heap: aligned, overflow-checked, wipeable, and able to fail on command. */

#ifndef CN_UTIL_MEM_H
#define CN_UTIL_MEM_H

#include "util/common.h"

/** count * size bytes aligned to CN_ALIGN, zeroed.
 *  Returns: memory for cn_free / cn_free_secret, or NULL (out of memory, overflow of the product,
 *  or an injected failure); the failure text is set. count * size = 0 gives a valid pointer. */
void *cn_calloc(size_t count, size_t size) __attribute__((warn_unused_result));

/** As cn_calloc, but the content is unspecified: for large buffers that are written in full. */
void *cn_malloc(size_t count, size_t size) __attribute__((warn_unused_result));

/** As cn_malloc, for large data that is read again and again: the system is asked to map it in huge pages. */
void *cn_malloc_huge(size_t count, size_t size) __attribute__((warn_unused_result));

/** Release memory of cn_calloc/cn_malloc/cn_malloc_huge. NULL is allowed. */
void cn_free(void *p);

/** Wipe bytes bytes at p, then release it. NULL is allowed. */
void cn_free_secret(void *p, size_t bytes);

/** Copy of a string in cn_malloc memory, or NULL. */
char *cn_strdup(const char *s) __attribute__((warn_unused_result));

/** Overwrite n bytes with zero; the compiler may not drop it. NULL with n = 0 is allowed. */
void cn_wipe(void *p, size_t n);

#ifdef CN_TESTING
/** Let the k-th allocation from now (k = 1, 2, ...) fail, once; 0 switches injection off. */
void cn_test_alloc_fail_at(unsigned long k);
/** Allocations attempted since the last cn_test_alloc_fail_at. */
unsigned long cn_test_alloc_count(void);
/** Blocks allocated and not yet freed. */
long cn_test_alloc_live(void);
#endif

#endif
