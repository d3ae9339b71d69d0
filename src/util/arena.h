/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Scratch memory taken once and carved without further allocation: hot loops allocate nothing. */

#ifndef CN_UTIL_ARENA_H
#define CN_UTIL_ARENA_H

#include "util/common.h"

typedef struct cn_arena {
    unsigned char *base;
    size_t size; /* bytes */
    size_t used; /* bytes, multiple of CN_ALIGN */
    size_t peak; /* most bytes ever in use: what cn_arena_clear wipes */
} cn_arena;

/** Reserve bytes bytes, rounded up to a multiple of CN_ALIGN. Every take is rounded up likewise, so the sum
 *  to reserve is that of CN_ARENA_BYTES over all takes.
 *  Out: *a, zeroed on failure.  Returns: CN_OK or CN_ERR_MEMORY. Release with cn_arena_clear. */
cn_status cn_arena_init(cn_arena *a, size_t bytes);

/** What a take of bytes bytes uses up. */
#define CN_ARENA_BYTES(bytes) (((size_t)(bytes) + CN_ALIGN - 1) / CN_ALIGN * CN_ALIGN)

/** Take count * size bytes, aligned to CN_ALIGN, content unspecified. The arena must have room
 *  (sizes are computed beforehand by the caller; running out aborts as a defect). */
void *cn_arena_take(cn_arena *a, size_t count, size_t size);

/** Checkpoint and return to it. */
static inline size_t cn_arena_mark(const cn_arena *a) { return a->used; }
static inline void cn_arena_rewind(cn_arena *a, size_t mark) { a->used = mark; }

/** Wipe everything ever taken and release it. A zeroed struct is allowed. */
void cn_arena_clear(cn_arena *a);

#endif
