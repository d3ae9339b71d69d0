/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Secret randomness: getrandom(2) expanded by ChaCha20 with fast key erasure (Bernstein 2017).
 *
 *  Each key is used for one run of key stream: its first 32 bytes become the next key at once, the rest goes out
 *  and is erased here as it does. Who reads the state later therefore learns no earlier output. The generator is
 *  the page it lies on: a child process finds it full of zeros, and a process id that is not its own. */

#include "util/rng.h"

#include "util/bytes.h"
#include "util/chacha20.h"
#include "util/ctcheck.h"
#include "util/mem.h"
#include "util/status.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#define KEY CN_CHACHA20_KEY_BYTES
#define BLOCK CN_CHACHA20_BLOCK_BYTES
#define POOL_BLOCKS 16
#define RESEED_BYTES ((size_t)1 << 20)

struct cn_rng {
    uint8_t key[KEY];                 /* of the next run */
    uint8_t pool[POOL_BLOCKS * BLOCK]; /* key stream; what was handed out is zero again */
    size_t ready;                     /* bytes at the end of pool that have not been handed out */
    size_t budget;                    /* bytes that may still be generated before the next reseeding */
    pid_t owner;                      /* process of the last seeding; 0: never seeded, or wiped by a fork */
    bool deterministic;               /* test builds only: never reseeded from the system */
};

_Static_assert(sizeof(struct cn_rng) <= 4096, "a generator fits the smallest page");

#ifdef CN_TESTING
#include <stdatomic.h>

static atomic_ulong requests;
static atomic_ulong fail_at;
static atomic_bool seeded_by_test;
static atomic_ulong next_seed;

void cn_test_rng_deterministic(uint64_t seed) {
    atomic_store(&next_seed, seed);
    atomic_store(&seeded_by_test, true);
}
void cn_test_rng_system(void) { atomic_store(&seeded_by_test, false); }
void cn_test_rng_fail_at(unsigned long k) {
    atomic_store(&requests, 0);
    atomic_store(&fail_at, k);
}
unsigned long cn_test_rng_count(void) { return atomic_load(&requests); }

static bool injected(void) { return atomic_fetch_add(&requests, 1) + 1 == atomic_load(&fail_at); }
#else
static bool injected(void) { return false; }
#endif

static cn_status no_randomness(const char *found) {
    return cn_fail(CN_ERR_RANDOM, "random generator: expected randomness from the system, found %s; "
                   "allow the getrandom system call and run again", found);
}

/* Fill n bytes from the system, or fail. */
static cn_status system_random(uint8_t *out, size_t n) {
    while (n > 0) {
        ssize_t got = getrandom(out, n, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return no_randomness(got < 0 ? strerror(errno) : "nothing");
        out += got;
        n -= (size_t)got;
    }
    return CN_OK;
}

/* Add fresh randomness to the key; after a fork, forget everything first. On failure there is no state left. */
static cn_status reseed(cn_rng *r) {
    uint8_t fresh[KEY];
    if (r->owner != getpid()) cn_wipe(r, sizeof *r);
    cn_status status = system_random(fresh, KEY);
    if (status == CN_OK) {
        for (int i = 0; i < KEY; i++) r->key[i] ^= fresh[i];
        r->budget = RESEED_BYTES;
        r->owner = getpid();
    } else {
        cn_wipe(r, sizeof *r);
    }
    cn_wipe(fresh, KEY);
    return status;
}

/* One run of key stream: the next key, then blocks blocks to out. blocks <= RESEED_BYTES / BLOCK. */
static void run(cn_rng *r, uint8_t *out, size_t blocks) {
    static const uint8_t nonce[CN_CHACHA20_NONCE_BYTES]; /* zero: no key is used twice */
    uint8_t first[BLOCK];
    cn_chacha20_blocks(first, 1, r->key, nonce, 0);
    cn_chacha20_blocks(out, blocks, r->key, nonce, 1);
    memcpy(r->key, first, KEY);
    cn_wipe(first, BLOCK);
    r->budget -= CN_MIN(r->budget, blocks * BLOCK);
}

static bool must_reseed(const cn_rng *r) { return r->owner != getpid() || (r->budget == 0 && !r->deterministic); }

static cn_status generate(cn_rng *r, uint8_t *out, size_t n) {
    while (n > 0) {
        if (must_reseed(r)) CN_TRY(reseed(r));
        if (r->ready == 0 && n >= sizeof r->pool) { /* much: straight to the caller */
            size_t budget = r->deterministic ? RESEED_BYTES : r->budget;
            size_t blocks = (CN_MIN(n, budget) + BLOCK - 1) / BLOCK;
            blocks = CN_MIN(blocks, n / BLOCK);
            run(r, out, blocks);
            out += blocks * BLOCK;
            n -= blocks * BLOCK;
            continue;
        }
        if (r->ready == 0) {
            run(r, r->pool, POOL_BLOCKS);
            r->ready = sizeof r->pool;
        }
        size_t part = CN_MIN(n, r->ready);
        uint8_t *from = r->pool + sizeof r->pool - r->ready;
        memcpy(out, from, part);
        cn_wipe(from, part);
        r->ready -= part;
        out += part;
        n -= part;
    }
    return CN_OK;
}

cn_status cn_rng_bytes(cn_rng *r, void *out, size_t n) {
    cn_status status = injected() ? no_randomness("an injected failure") : generate(r, out, n);
    if (status != CN_OK && n > 0) cn_wipe(out, n);
    CN_SECRET(out, n);
    return status;
}

/* A page of zeros that is never written to swap or a core file, and never copied to a child. All three are best
 * effort (limits, old kernels); the process id covers the last. */
static cn_rng *new_page(void) {
    void *page = mmap(NULL, sizeof(cn_rng), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        cn_fail(CN_ERR_MEMORY, "random generator: a page of memory was needed, found none (%s); free memory", strerror(errno));
        return NULL;
    }
    (void)mlock(page, sizeof(cn_rng));
#ifdef MADV_DONTDUMP
    (void)madvise(page, sizeof(cn_rng), MADV_DONTDUMP);
#endif
#ifdef MADV_WIPEONFORK
    (void)madvise(page, sizeof(cn_rng), MADV_WIPEONFORK);
#endif
    return page;
}

void cn_rng_free(cn_rng *r) {
    if (r == NULL) return;
    cn_wipe(r, sizeof *r);
    munmap(r, sizeof *r); /* unlocks too */
}

#ifdef CN_TESTING
static cn_status new_deterministic(cn_rng **r, uint64_t seed) {
    *r = new_page();
    if (*r == NULL) return CN_ERR_MEMORY;
    cn_store64_le((*r)->key, seed);
    (*r)->owner = getpid();
    (*r)->deterministic = true;
    return CN_OK;
}

cn_status cn_rng_new_test(cn_rng **r, uint64_t seed) {
    *r = NULL;
    return injected() ? no_randomness("an injected failure") : new_deterministic(r, seed);
}
#endif

cn_status cn_rng_new(cn_rng **r) {
    *r = NULL;
    if (injected()) return no_randomness("an injected failure");
#ifdef CN_TESTING
    if (atomic_load(&seeded_by_test)) return new_deterministic(r, atomic_fetch_add(&next_seed, 1));
#endif
    cn_rng *fresh = new_page();
    if (fresh == NULL) return CN_ERR_MEMORY;
    cn_status status = reseed(fresh);
    if (status != CN_OK) {
        cn_rng_free(fresh);
        return status;
    }
    *r = fresh;
    return CN_OK;
}
