/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** ChaCha20 against RFC 8439, SHA3-256 against FIPS 202 examples and digests computed by Python's hashlib. */

#include "testing.h"

#include "util/chacha20.h"
#include "util/cpu.h"
#include "util/sha3.h"

#include <stdlib.h>
#include <string.h>

/* ---- ChaCha20 ------------------------------------------------------------------------------ */

/* Bytes of hexadecimal text, spaces ignored. Returns: their number. */
static size_t unhex(uint8_t *out, const char *hex) {
    size_t n = 0;
    for (; *hex != 0; hex++) {
        if (*hex == ' ') continue;
        char pair[3] = {hex[0], hex[1], 0};
        out[n++] = (uint8_t)strtoul(pair, NULL, 16);
        hex++;
    }
    return n;
}

#define ZEROS_30 "000000000000000000000000000000000000000000000000000000000000"
#define COUNTING "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static const struct {
    const char *key, *nonce;
    uint32_t counter;
    const char *stream;
} chacha_vectors[] = {
    /* section 2.3.2 */
    {COUNTING, "000000090000004a00000000", 1,
     "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
     "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"},
    /* section 2.4.2: the key stream, 114 bytes */
    {COUNTING, "000000000000004a00000000", 1,
     "224f51f3401bd9e12fde276fb8631ded8c131f823d2c06e27e4fcaec9ef3cf78"
     "8a3b0aa372600a92b57974cded2b9334794cba40c63e34cdea212c4cf07d41b7"
     "69a6749f3f630f4122cafe28ec4dc47e26d4346d70b98c73f3e9c53ac40c5945398b6eda1a832c89c167eacd901d7e2bf363"},
    /* appendix A.1, vectors 1 and 2 in one, 3, 4, 5 */
    {"0000" ZEROS_30, "000000000000000000000000", 0,
     "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
     "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
     "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
     "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"},
    {ZEROS_30 "0001", "000000000000000000000000", 1,
     "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
     "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0"},
    {"00ff" ZEROS_30, "000000000000000000000000", 2,
     "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca"
     "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096"},
    {"0000" ZEROS_30, "000000000000000000000002", 0,
     "c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7"
     "8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d"},
};

/** Key stream by the code of one instruction set. */
static void blocks_with(cn_isa isa, uint8_t *out, size_t blocks, const uint8_t key[32], const uint8_t nonce[12], uint32_t counter) {
    static void (*const function[CN_ISAS])(uint8_t *, size_t, const uint8_t *, const uint8_t *, uint32_t) = {
        [CN_ISA_PORTABLE] = cn_chacha20_blocks_portable,
#if CN_HAVE_X86
        [CN_ISA_AVX2] = cn_chacha20_blocks_avx2,
        [CN_ISA_AVX512IFMA] = cn_chacha20_blocks_avx512,
#endif
    };
    function[isa](out, blocks, key, nonce, counter);
}

/* The loop index of these tests is the instruction set. */

START_TEST(chacha_known) {
    const cn_isa isa = (cn_isa)_i;
    for (size_t v = 0; v < CN_ARRAY_LEN(chacha_vectors); v++) {
        uint8_t key[32], nonce[12], expected[128], found[128];
        ck_assert_uint_eq(unhex(key, chacha_vectors[v].key), 32);
        ck_assert_uint_eq(unhex(nonce, chacha_vectors[v].nonce), 12);
        size_t n = unhex(expected, chacha_vectors[v].stream);
        blocks_with(isa, found, (n + 63) / 64, key, nonce, chacha_vectors[v].counter);
        ck_assert_mem_eq(found, expected, n);
    }
}
END_TEST

START_TEST(chacha_many_blocks) {
    const cn_isa isa = (cn_isa)_i;
    uint8_t key[32], nonce[12], stream[6400], digest[32];
    char hex[65];
    unhex(key, COUNTING);
    unhex(nonce, "000000000000004a00000000");
    blocks_with(isa, stream, 100, key, nonce, 7);
    cn_sha3_256(digest, stream, sizeof stream);
    cn_hex(hex, digest, sizeof digest);
    ck_assert_str_eq(hex, "90fef06899156901f06d73e5456875a7234e2a1e7b301410ec2f69683a788194"); /* by OpenSSL */

    uint8_t part[6400 + 2];
    for (size_t blocks = 0; blocks <= 40; blocks++) { /* any start and length; nothing is written beyond */
        size_t start = tst_below(101 - blocks);
        memset(part, 0x33, sizeof part);
        blocks_with(isa, part + 1, blocks, key, nonce, (uint32_t)(7 + start));
        TST_CHECK(memcmp(part + 1, stream + 64 * start, 64 * blocks) == 0);
        TST_CHECK(part[0] == 0x33 && part[1 + 64 * blocks] == 0x33);
    }
}
END_TEST

START_TEST(chacha_last_counter) {
    const cn_isa isa = (cn_isa)_i;
    uint8_t key[32], nonce[12] = {0}, six[6 * 64], one[64];
    unhex(key, COUNTING);
    blocks_with(isa, six, 6, key, nonce, UINT32_MAX - 5);
    blocks_with(isa, one, 1, key, nonce, UINT32_MAX);
    ck_assert_mem_eq(six + 5 * 64, one, 64);
}
END_TEST

/* ---- SHA3-256 ------------------------------------------------------------------------------ */

static void expect_digest(const void *data, size_t n, const char *expected) {
    uint8_t digest[32];
    char hex[65];
    cn_sha3_256(digest, data, n);
    cn_hex(hex, digest, sizeof digest);
    ck_assert_str_eq(hex, expected);
}

START_TEST(sha3_known) {
    uint8_t data[1000];
    const char *alphabet = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                           "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
    memset(data, 0xa3, 200);
    expect_digest(NULL, 0, "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
    expect_digest("abc", 3, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
    expect_digest(data, 200, "79f38adec5c20307a98ef76e8324afbfd46cfd81b22e3973c65fa1bd9de31787");
    expect_digest(alphabet, 112, "916f6061fe879741ca6469b43971dfdb28b1a32dc36cb3254e812be27aad1d18");
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i % 251);
    expect_digest(data, 135, "fded8fd9d6551c601eeb3b7c6bc5e5cfd8aad1d015b7e9aaa9c9b9475231d5e2");
    expect_digest(data, 136, "cf3ccff92480a29160c2d38317c430e14749bfee1788106957dfe73f8c4930e5");
    expect_digest(data, 137, "ce9d7dc90913ee5d92745019479a5352c6d6279bef18ed07dc0a83ee8084daca");
    expect_digest(data, 272, "b7ccd55b6c2c3fa144c9e0624059294975a348b02f321abe289701d3012f7794");
}
END_TEST

START_TEST(sha3_million) {
    cn_sha3 h;
    uint8_t piece[1000], digest[32];
    char hex[65];
    memset(piece, 'a', sizeof piece);
    cn_sha3_init(&h);
    for (int i = 0; i < 1000; i++) cn_sha3_update(&h, piece, sizeof piece);
    cn_sha3_final(&h, digest);
    cn_hex(hex, digest, sizeof digest);
    ck_assert_str_eq(hex, "5c8875ae474a3634ba4fd55ec85bffd661f32aca75c6d699d0cdcb6c115891c1");
    for (size_t i = 0; i < sizeof h; i++) TST_CHECK(((const uint8_t *)&h)[i] == 0);
}
END_TEST

/* Digest of the digests of 601 strings, of 0 to 600 bytes: i-th byte 7 i + length modulo 256. */
START_TEST(sha3_all_lengths) {
    cn_sha3 h;
    uint8_t data[600], digest[32];
    char hex[65];
    cn_sha3_init(&h);
    for (size_t n = 0; n <= 600; n++) {
        for (size_t i = 0; i < n; i++) data[i] = (uint8_t)(7 * i + n);
        cn_sha3_256(digest, data, n);
        cn_sha3_update(&h, digest, sizeof digest);
    }
    cn_sha3_final(&h, digest);
    cn_hex(hex, digest, sizeof digest);
    ck_assert_str_eq(hex, "815b2b6272c6be933f2b211506a56bf3a0b83f29632ba511ee0c820efbe26497");
}
END_TEST

START_TEST(sha3_pieces) {
    uint8_t data[1000], whole[32], digest[32];
    for (size_t round = 0; round < TST_ITERS(100); round++) {
        cn_sha3 h;
        size_t n = tst_below(sizeof data + 1), done = 0;
        for (size_t i = 0; i < n; i++) data[i] = (uint8_t)tst_u64();
        cn_sha3_256(whole, data, n);
        cn_sha3_init(&h);
        while (done < n) {
            size_t part = tst_below(CN_MIN(n - done, (size_t)300) + 1);
            cn_sha3_update(&h, data + done, part);
            done += part;
        }
        cn_sha3_final(&h, digest);
        TST_CHECK(memcmp(digest, whole, 32) == 0);
    }
}
END_TEST

START_TEST(sha3_integer) {
    cn_sha3 h;
    uint8_t digest[32];
    char hex[65];
    cn_sha3_init(&h);
    cn_sha3_u64(&h, 0x0123456789abcdef);
    cn_sha3_final(&h, digest);
    cn_hex(hex, digest, sizeof digest);
    ck_assert_str_eq(hex, "41949325e44e990b0ae83d22b41900dbf84cdc4806cea4aa89f0bc1f6b474d4f");
}
END_TEST

START_TEST(hex_text) {
    const uint8_t bytes[] = {0x00, 0x09, 0x0a, 0xf0, 0xff};
    char text[12] = "xxxxxxxxxxx";
    cn_hex(text, bytes, sizeof bytes);
    ck_assert_str_eq(text, "00090af0ff");
    cn_hex(text, bytes, 0);
    ck_assert_str_eq(text, "");
}
END_TEST

Suite *cn_suite_util_crypto(void) {
    Suite *suite = suite_create("util_crypto");
    TCase *chacha = tcase_create("chacha20"), *sha3 = tcase_create("sha3");
    int isas = 0; /* those that this CPU runs */
    while (isas < CN_ISAS && cn_isa_runs((cn_isa)isas)) isas++;
    tcase_add_loop_test(chacha, chacha_known, 0, isas);
    tcase_add_loop_test(chacha, chacha_many_blocks, 0, isas);
    tcase_add_loop_test(chacha, chacha_last_counter, 0, isas);
    suite_add_tcase(suite, chacha);
    tcase_add_test(sha3, sha3_known);
    tcase_add_test(sha3, sha3_million);
    tcase_add_test(sha3, sha3_all_lengths);
    tcase_add_test(sha3, sha3_pieces);
    tcase_add_test(sha3, sha3_integer);
    tcase_add_test(sha3, hex_text);
    suite_add_tcase(suite, sha3);
    return suite;
}
