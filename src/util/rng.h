/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Secret randomness: getrandom(2) into ChaCha20 with fast key erasure
 *  (Bernstein, "Fast-key-erasure random-number generators", 2017). Fork-safe: the state lies on a
 *  page that the kernel wipes in a child (MADV_WIPEONFORK), with a process-id check beside it.
 *  Reseeds from the system every 2^20 bytes. Fails closed: without system randomness there is no
 *  output. A generator belongs to one thread at a time. */

#ifndef CN_UTIL_RNG_H
#define CN_UTIL_RNG_H

#include "util/common.h"

typedef struct cn_rng cn_rng;

/** A generator seeded by the system.  Out: *r, owned by the caller, released by cn_rng_free.
 *  Returns: CN_OK, CN_ERR_MEMORY, CN_ERR_RANDOM. */
cn_status cn_rng_new(cn_rng **r);

/** Fill n bytes.  Returns: CN_OK, or CN_ERR_RANDOM with the output zeroed.
 *  Time: depends on n only. */
cn_status cn_rng_bytes(cn_rng *r, void *out, size_t n);

/** Wipe and release. NULL is allowed. */
void cn_rng_free(cn_rng *r);

#ifdef CN_TESTING
/** A deterministic generator: the same seed and requests give the same bytes. Test builds
 *  only; after a fork the child's copy turns into an ordinary one.
 *  Returns: as cn_rng_new. */
cn_status cn_rng_new_test(cn_rng **r, uint64_t seed);
/** From now on cn_rng_new gives deterministic generators seeded by seed, seed + 1, ... . */
void cn_test_rng_deterministic(uint64_t seed);
/** Back to the system's randomness. */
void cn_test_rng_system(void);
/** Let the k-th request (cn_rng_new or cn_rng_bytes, k = 1, 2, ...) from now fail, once; 0: off. */
void cn_test_rng_fail_at(unsigned long k);
/** Requests since the last cn_test_rng_fail_at. */
unsigned long cn_test_rng_count(void);
#endif

#endif
