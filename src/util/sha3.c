/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** SHA3-256 (FIPS 202): the sponge of rate 136 bytes over Keccak-f[1600], sections 3.2 to 3.4 and 4. */

#include "util/sha3.h"

#include "util/bytes.h"
#include "util/mem.h"

#include <string.h>

#define RATE 136 /* bytes: (1600 - 2 * 256) / 8 */

static inline uint64_t rotate(uint64_t x, int k) { return x << k | x >> ((64 - k) & 63); } /* k in [0, 63] */

/* In front of a loop with constant bounds: unroll it, so that indices and rotations become constants and lanes stay in registers. */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 25")
#endif

/* Lane (x, y) of the standard is a[x + 5 y]. */
static void keccak_f(uint64_t a[25]) {
    static const uint64_t iota[24] = {
        0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
        0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
        0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
        0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
        0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    };
    /* rho and pi: lane i, rotated by turn[i], goes to lane target[i] */
    static const uint8_t target[25] = {0, 10, 20, 5, 15, 16, 1, 11, 21, 6, 7, 17, 2, 12, 22, 23, 8, 18, 3, 13, 14, 24, 9, 19, 4};
    static const uint8_t turn[25] = {0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14};

    for (int round = 0; round < 24; round++) {
        uint64_t c[5], d[5], b[25];
        UNROLL for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        UNROLL for (int x = 0; x < 5; x++) d[x] = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1); /* theta */
        UNROLL for (int i = 0; i < 25; i++) b[target[i]] = rotate(a[i] ^ d[i % 5], turn[i]);
        UNROLL for (int i = 0; i < 25; i++) { /* chi */
            int row = i - i % 5;
            a[i] = b[i] ^ (~b[row + (i + 1) % 5] & b[row + (i + 2) % 5]);
        }
        a[0] ^= iota[round];
    }
}

static void absorb(cn_sha3 *h, const uint8_t *block) {
    for (int i = 0; i < RATE / 8; i++) h->state[i] ^= cn_load64_le(block + 8 * i);
    keccak_f(h->state);
}

void cn_sha3_init(cn_sha3 *h) { memset(h, 0, sizeof *h); }

void cn_sha3_update(cn_sha3 *h, const void *data, size_t n) {
    const uint8_t *p = data;
    while (n > 0) {
        if (h->fill == 0 && n >= RATE) { /* whole blocks straight from the input */
            absorb(h, p);
            p += RATE, n -= RATE;
            continue;
        }
        size_t part = CN_MIN(RATE - h->fill, n);
        memcpy(h->block + h->fill, p, part);
        h->fill += part, p += part, n -= part;
        if (h->fill == RATE) {
            absorb(h, h->block);
            h->fill = 0;
        }
    }
}

void cn_sha3_final(cn_sha3 *h, uint8_t digest[32]) {
    memset(h->block + h->fill, 0, RATE - h->fill);
    h->block[h->fill] ^= 0x06; /* the two bits 01 of SHA-3, then the first 1 of the padding 10*1 */
    h->block[RATE - 1] ^= 0x80;
    absorb(h, h->block);
    for (int i = 0; i < 4; i++) cn_store64_le(digest + 8 * i, h->state[i]);
    cn_wipe(h, sizeof *h);
}

void cn_sha3_u64(cn_sha3 *h, uint64_t x) {
    uint8_t bytes[8];
    cn_store64_le(bytes, x);
    cn_sha3_update(h, bytes, sizeof bytes);
}

void cn_sha3_256(uint8_t digest[32], const void *data, size_t n) {
    cn_sha3 h;
    cn_sha3_init(&h);
    cn_sha3_update(&h, data, n);
    cn_sha3_final(&h, digest);
}

void cn_hex(char *out, const uint8_t *bytes, size_t n) {
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *out++ = digit[bytes[i] >> 4];
        *out++ = digit[bytes[i] & 15];
    }
    *out = 0;
}
