/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Random inputs and floating-point modes for all suites. */

#include "testing.h"

#include <dirent.h>
#include <fenv.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "arith/prime.h"
#include "util/cpu.h"
#include "util/sha3.h"

#if CN_HAVE_X86
#include <immintrin.h>
#define FLUSH 0x8040u /* of MXCSR: results and operands */
#endif

unsigned tst_iters = 1;

static uint64_t first_seed, state = 1;

void tst_reseed(uint64_t seed) { state = seed; }

uint64_t tst_seed(void) {
    const char *iters = getenv("CN_TEST_ITERS"), *seed = getenv("CN_TEST_SEED");
    if (first_seed != 0) return first_seed;
    if (iters != NULL && atoi(iters) > 0) tst_iters = (unsigned)atoi(iters);
    if (seed != NULL) {
        first_seed = strtoull(seed, NULL, 0);
    } else {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        first_seed = (uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 50;
    }
    if (first_seed == 0) first_seed = 1;
    state = first_seed;
    return first_seed;
}

static atomic_ullong *comparisons; /* in memory shared with the processes of the tests */

void tst_count_comparisons(size_t count) {
    if (comparisons) atomic_fetch_add(comparisons, count);
}

uint64_t tst_comparisons(void) { return comparisons ? atomic_load(comparisons) : 0; }

void tst_init(void) {
    void *page = mmap(NULL, sizeof *comparisons, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED) comparisons = page; /* zero */
    unsigned long long seed = tst_seed();
    printf("seed: CN_TEST_SEED=%llu, CN_TEST_ITERS=%u\n", seed, tst_iters);
    fflush(stdout); /* before the first fork */
}

uint64_t tst_u64(void) { /* G. Steele, D. Lea, C. Flood, "Fast splittable PRNGs", OOPSLA 2014 */
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

uint64_t tst_below(uint64_t n) { return (uint64_t)(((cn_u128)tst_u64() * n) >> 64); }

/** Alternating runs of zeros and ones of random lengths. */
static uint64_t bit_runs(void) {
    uint64_t x = 0, bit = tst_u64() & 1;
    for (unsigned at = 0; at < 64; bit ^= 1) {
        unsigned run = 1 + (unsigned)tst_below(at % 2 ? 8 : 40);
        for (; run > 0 && at < 64; run--) x |= bit << at++;
    }
    return x;
}

uint64_t tst_biased(uint64_t q) {
    uint64_t x, near = tst_below(3);
    switch (tst_below(8)) {
    case 0: x = near; break;                                       /* 0, 1, 2 */
    case 1: x = q - 1 - near; break;                               /* q-1, q-2, q-3 */
    case 2: x = (q - 1) / 2 + near; break;
    case 3: x = ((uint64_t)1 << tst_below(64)) + near - 1; break;
    case 4: x = bit_runs(); break;
    default: x = tst_u64(); break;
    }
    return q == 0 ? x : x % q;
}

uint64_t tst_prime(unsigned bits, size_t n) {
    uint64_t q = cn_prime_below_var(((uint64_t)1 << bits) - 1, (uint64_t)1 << (bits - 1), 2 * (uint64_t)n);
    ck_assert_msg(q != 0, "there is a prime of %u bits that is 1 modulo %zu", bits, 2 * n);
    return q;
}

static const int rounding[TST_FLOAT_MODES + 1] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO, FE_TONEAREST, FE_TONEAREST};

/** All that the mode consists of. */
static unsigned float_mode(void) {
#if CN_HAVE_X86
    return _mm_getcsr() & ~(unsigned)_MM_EXCEPT_MASK; /* without the flags of past exceptions */
#else
    return (unsigned)fegetround();
#endif
}

static unsigned mode_set;

void tst_float_mode_set(unsigned number) {
    fesetenv(FE_DFL_ENV);
    fesetround(rounding[number]);
#if CN_HAVE_X86
    if (number == 4) _mm_setcsr(_mm_getcsr() | FLUSH);
#endif
#ifdef __GLIBC__
    if (number == TST_FLOAT_TRAPS) feenableexcept(FE_INEXACT);
#endif
    mode_set = float_mode();
}

bool tst_float_mode_kept(void) { return float_mode() == mode_set; }

bool tst_extended(void) {
    volatile long double one = 1;
    return one + 0x1p-62L > one;
}

size_t tst_folder_count(const char *folder) {
    size_t count = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) count += e->d_name[0] != '.';
    if (d != NULL) closedir(d);
    return count;
}

void tst_refresh(uint8_t *data, size_t size) { cn_sha3_256(data + size - 32, data, size - 32); }

void tst_folder_remove(const char *folder) {
    char path[512];
    DIR *d = opendir(folder);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.') unlink(path);
    }
    if (d != NULL) closedir(d);
    rmdir(folder);
}
