/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Bit packing with every kernel table: round trips at every width, the bit order, exact lengths, and words that are no residues. */

#include "he/pack.h"

#include <string.h>

#include "arith/prime.h"
#include "testing.h"

#define MANY 100

static cn_mod prime_of(unsigned bits) {
    cn_mod m;
    ck_assert(cn_mod_init(&m, tst_prime(bits, 4)));
    return m;
}

/** Against the definition: bit b of residue k is bit (k bits + b) of the stream. */
static void check_round_trip(const cn_kernels *kernels, unsigned bits) {
    cn_mod m = prime_of(bits);
    for (size_t n = 0; n < MANY; n += n < 20 ? 1 : 13) {
        uint64_t x[MANY], y[MANY + 1];
        uint8_t bytes[MANY * 8 + 1];
        size_t length = cn_packed_bytes(n, m.bits);
        TST_EQ(length, (n * bits + 7) / 8);
        for (size_t k = 0; k < n; k++) x[k] = tst_biased(m.q);
        memset(bytes, 0xa5, sizeof bytes);
        kernels->pack(bytes, x, n, &m);
        for (size_t at = 0; at < 8 * length; at++) {
            unsigned found = bytes[at / 8] >> (at % 8) & 1;
            size_t k = at / m.bits;
            TST_EQ(found, k < n ? x[k] >> (at % m.bits) & 1 : 0);
        }
        TST_EQ(bytes[length], 0xa5);
        memset(y, 0x5a, sizeof y);
        TST_CHECK(kernels->unpack(y, bytes, n, &m));
        TST_CHECK(memcmp(x, y, n * sizeof *x) == 0);
        TST_EQ(y[n], 0x5a5a5a5a5a5a5a5a);
    }
}

START_TEST(round_trip) {
    size_t count;
    const cn_kernels *const *all = cn_kernels_all(&count);
    for (size_t t = 0; t < count; t++) check_round_trip(all[t], (unsigned)_i);
}
END_TEST

/** Every place in turn holds a word from q to the last one of its width: refused, set to 0, the others intact. */
static void check_not_a_residue(const cn_kernels *kernels, unsigned bits) {
    cn_mod m = prime_of(bits);
    enum { n = 11 };
    uint64_t top = ((uint64_t)1 << m.bits) - 1, edge[] = {m.q, top, m.q + (top - m.q) / 2};
    cn_mod wide = m;
    wide.q = top + 1; /* lets the packer's assertion pass */
    for (size_t at = 0; at < n; at++) {
        for (size_t e = 0; e < CN_ARRAY_LEN(edge); e++) {
            uint64_t x[n], y[n];
            uint8_t bytes[n * 8];
            for (size_t k = 0; k < n; k++) x[k] = k == at ? edge[e] : m.q - 1 - k;
            kernels->pack(bytes, x, n, &wide);
            TST_CHECK(!kernels->unpack(y, bytes, n, &m));
            for (size_t k = 0; k < n; k++) TST_EQ(y[k], k == at ? 0 : x[k]);
        }
    }
}

START_TEST(not_a_residue) {
    size_t count;
    const cn_kernels *const *all = cn_kernels_all(&count);
    for (size_t t = 0; t < count; t++) check_not_a_residue(all[t], (unsigned)_i);
}
END_TEST

START_TEST(known_stream) {
    /* four words of 17 bits: 1, 2^16 + 1, 0, q - 1 for q = 2^17 - 31 */
    static const uint64_t x[4] = {1, 65537, 0, 131040};
    static const uint8_t bytes[9] = {0x01, 0x00, 0x02, 0x00, 0x02, 0x00, 0x00, 0xff, 0x0f};
    cn_mod m;
    uint8_t found[9];
    uint64_t y[4];
    ck_assert(cn_mod_init(&m, 131041));
    ck_assert_uint_eq(cn_packed_bytes(4, m.bits), sizeof found);
    cn_pack(found, x, 4, &m);
    ck_assert(cn_unpack(y, found, 4, &m));
    ck_assert_mem_eq(y, x, sizeof x);
    ck_assert_mem_eq(found, bytes, sizeof bytes);
}
END_TEST

Suite *cn_suite_pack(void) {
    Suite *s = suite_create("pack");
    TCase *tc = tcase_create("pack");
    tcase_add_loop_test(tc, round_trip, 17, 62);
    tcase_add_loop_test(tc, not_a_residue, 17, 62);
    tcase_add_test(tc, known_stream);
    suite_add_tcase(s, tc);
    return s;
}
