/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Scratch memory as a stack: takes go up, a rewind goes down, one clear wipes and releases all of it. */

#include "util/arena.h"

#include "util/mem.h"
#include "util/status.h"
#include "util/verify.h"

#include <string.h>

cn_status cn_arena_init(cn_arena *a, size_t bytes) {
    memset(a, 0, sizeof *a);
    if (bytes > PTRDIFF_MAX - CN_ALIGN) {
        return cn_fail(CN_ERR_MEMORY, "scratch memory: %zu bytes were asked for, more than an address space holds; "
                       "use smaller parameters", bytes);
    }
    size_t size = CN_ARENA_BYTES(bytes);
    a->base = cn_malloc(size, 1);
    if (a->base == NULL) return CN_ERR_MEMORY;
    a->size = size;
    return CN_OK;
}

void *cn_arena_take(cn_arena *a, size_t count, size_t size) {
    size_t bytes;
    CN_INVARIANT(!__builtin_mul_overflow(count, size, &bytes));
    CN_INVARIANT(bytes <= a->size - a->used); /* used <= size, and both are multiples of CN_ALIGN: */
    unsigned char *p = a->base + a->used;
    a->used += CN_ARENA_BYTES(bytes); /* still <= size */
    a->peak = CN_MAX(a->peak, a->used);
    return p;
}

void cn_arena_clear(cn_arena *a) {
    cn_free_secret(a->base, a->peak);
    memset(a, 0, sizeof *a);
}
