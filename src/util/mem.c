/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The only door to the heap. Test builds count blocks here and let a chosen allocation fail. */

#include "util/mem.h"

#include "util/status.h"
#include "util/verify.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef CN_TESTING
#include <stdatomic.h>

static atomic_ulong attempts;
static atomic_ulong fail_at;
static atomic_long live;

void cn_test_alloc_fail_at(unsigned long k) {
    atomic_store(&attempts, 0);
    atomic_store(&fail_at, k);
}
unsigned long cn_test_alloc_count(void) { return atomic_load(&attempts); }
long cn_test_alloc_live(void) { return atomic_load(&live); }

static bool injected(void) { return atomic_fetch_add(&attempts, 1) + 1 == atomic_load(&fail_at); }
static void count_live(long change) { atomic_fetch_add(&live, change); }
#else
static bool injected(void) { return false; }
static void count_live(long change) { (void)change; }
#endif

#define PAGE ((size_t)4096)        /* the smallest there is */
#define AT_ONCE ((size_t)8 << 20) /* bytes from which on that pays */

/** Let the system provide the pages of a large block now, in one call, instead of one by one as they are first written: everything
 *  that asks for so much also writes it. A refusal does no harm. */
static void provide_pages(void *p, size_t bytes) {
#ifdef MADV_POPULATE_WRITE
    int before = errno;
    size_t skip = (PAGE - (uintptr_t)p % PAGE) % PAGE;
    (void)madvise((char *)p + skip, (bytes - skip) / PAGE * PAGE, MADV_POPULATE_WRITE);
    errno = before;
#else
    (void)p, (void)bytes;
#endif
}

#define HUGE_PAGE ((size_t)2 << 20) /* of x86-64 and most others; elsewhere it is an alignment */

static void *allocate(size_t count, size_t size, size_t align) {
    size_t bytes;
    void *p = NULL;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX) {
        cn_fail(CN_ERR_MEMORY, "memory: %zu blocks of %zu bytes were asked for, more than an address space holds; "
                "use smaller parameters", count, size);
        return NULL;
    }
    if (injected() || posix_memalign(&p, align, CN_MAX(bytes, (size_t)1)) != 0) {
        cn_fail(CN_ERR_MEMORY, "memory: %zu bytes were needed, the system has no more to give; "
                "free memory, raise the limit (ulimit -v) or use smaller parameters", bytes);
        return NULL;
    }
    count_live(1);
    return p;
}

/** Polynomials begin at pages: where a loop reads one and writes another one, a load some words behind a store of the same offset within a page
 *  would have to wait for that store, and a transform takes up to twice as long. */
#define PAGED ((size_t)32 << 10)

void *cn_malloc(size_t count, size_t size) {
    size_t bytes = 0;
    bool large = !__builtin_mul_overflow(count, size, &bytes) && bytes >= PAGED;
    void *p = allocate(count, size, large ? PAGE : CN_ALIGN);
    if (p && bytes >= AT_ONCE) provide_pages(p, bytes);
    return p;
}

void *cn_malloc_huge(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes < HUGE_PAGE) return cn_malloc(count, size);
    void *p = allocate(count, size, HUGE_PAGE);
#ifdef MADV_HUGEPAGE
    if (p) (void)madvise(p, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE); /* a wish: what comes of it changes times only */
#endif
    return p;
}

void *cn_calloc(size_t count, size_t size) {
    void *p = cn_malloc(count, size);
    if (p != NULL) memset(p, 0, count * size);
    return p;
}

void cn_free(void *p) {
    if (p == NULL) return;
    count_live(-1);
    free(p);
}

void cn_free_secret(void *p, size_t bytes) {
    if (p == NULL) return;
    cn_wipe(p, bytes);
    cn_free(p);
}

char *cn_strdup(const char *s) {
    size_t n = strlen(s) + 1;
    char *copy = cn_malloc(n, 1);
    if (copy != NULL) memcpy(copy, s, n);
    return copy;
}

/* The assembly statement reads the memory behind p as far as the compiler knows, so the zeros must be there. */
void cn_wipe(void *p, size_t n) {
    if (n == 0) return;
    memset(p, 0, n);
    __asm__ volatile("" : : "r"(p) : "memory");
}

