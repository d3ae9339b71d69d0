/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Objects byte by byte: every truncation and every value of every header byte; contents with a right checksum that must be
 *  refused all the same. */

#include <stdlib.h>
#include <string.h>

#include "cryptonets_wire.h"
#include "testing.h"
#include "util/bytes.h"
#include "wire_files.h"

enum { TYPES = CN_OBJECT_SINGLE_REPLY };

static tst_files f;

static void setup(void) { tst_files_make_wide(&f, 2); }
static void setup_small(void) { tst_files_make_wide(&f, 1); } /* half as large files, for what reads them thousands of times */
static void teardown(void) { tst_files_clear(&f); }

static cn_status parse(int kind, const uint8_t *data, size_t size) { return tst_file_parse(&f, kind, data, size, NULL); }

/** Every truncation, and one byte more. */
START_TEST(truncations) {
    for (int kind = 0; kind < TST_FILES; kind++) {
        size_t size = f.size[kind];
        uint8_t *data = f.data[kind], *longer = calloc(size + 1, 1);
        memcpy(longer, data, size);
        for (size_t len = 0; len < size; len = len < 400 || len + 200 > size ? len + 1 : len + 1 + size / 50) {
            uint8_t *exact = malloc(len ? len : 1); /* so that a read behind it is found */
            memcpy(exact, data, len);
            ck_assert_int_eq(parse(kind, exact, len), CN_ERR_TRUNCATED);
            free(exact);
        }
        ck_assert_int_eq(parse(kind, longer, size + 1), CN_ERR_OVERSIZED);
        /* the length is adjusted, and the checksum too: content that is not as long as the plan says */
        cn_store64_le(longer + 16, size + 1);
        tst_refresh(longer, size + 1);
        cn_status s = parse(kind, longer, size + 1);
        ck_assert_msg(s == CN_ERR_OVERSIZED, "%s: %s", f.path[kind], cn_status_name(s));
        if (kind != TST_PLAN) {
            cn_store64_le(longer + 16, size - 1);
            tst_refresh(longer, size - 1);
            ck_assert_int_eq(parse(kind, longer, size - 1), CN_ERR_TRUNCATED);
        }
        free(longer);
    }
}
END_TEST

/** Versions of types: 2 of replies and secret keys, 1 to 3 of plans, 1 or 2 of packed ones, else 1. */
static bool has_version(unsigned type, unsigned version) {
    if (type == 6 || type == 2) return version == 2;
    return version >= 1 && version <= (type == 1 ? 3u : type == 7 ? 2u : 1u);
}

/** What a change of a header byte must give: as it is, and with the checksum made right. */
static cn_status code_of_byte(int kind, size_t at, uint8_t value, bool refreshed) {
    if (at < 8) return CN_ERR_MAGIC;
    bool known = at == 8 && kind == TST_PLAN && (value == 2 || value == 3); /* with model privacy, with costs */
    if (known) return refreshed ? CN_ERR_FORMAT : CN_ERR_DIGEST;
    if (at < 12) return CN_ERR_VERSION;
    if (at < 16) return at == 12 && value >= 1 && value <= TYPES ? (refreshed ? CN_ERR_MISMATCH : CN_ERR_DIGEST) : CN_ERR_FORMAT;
    if (at < 24) return CN_OK; /* the length: judged below */
    if (at < 32) return kind == TST_SECRET && at == 24 && value == 1 ? (refreshed ? CN_ERR_STATE : CN_ERR_DIGEST) : CN_ERR_FORMAT;
    if (at < 40) return kind < TST_REQUEST ? CN_ERR_FORMAT : !refreshed ? CN_ERR_DIGEST : CN_OK; /* images */
    if (at < 56) return kind == TST_PLAN ? CN_ERR_FORMAT : !refreshed ? CN_ERR_DIGEST : CN_OK;   /* a name: any will do */
    if (at < 120) return refreshed ? CN_ERR_MISMATCH : CN_ERR_DIGEST;
    return CN_ERR_FORMAT;
}

/** All values of all header bytes are refused with the documented code (of large objects a part of those that only the checksum
 *  finds); so are all bits with the checksum made right. */
START_TEST(header_bytes) {
    size_t tried = 0;
    for (int kind = 0; kind < TST_FILES; kind++) {
        size_t size = f.size[kind];
        uint8_t *data = f.data[kind];
        for (size_t at = 0; at < CN_FRAME_HEADER; at++) {
            uint8_t before = data[at];
            for (unsigned value = 0; value < 256; value++) {
                if (value == before) continue;
                if (size > 20000 && at >= 32 && at < 120 && value % 64 != 3) continue; /* the checksum finds any value */
                data[at] = (uint8_t)value;
                cn_status want = code_of_byte(kind, at, (uint8_t)value, false), found = parse(kind, data, size);
                /* a type that does not have this field, or an image count in an object without images */
                if (at == 12 && value >= 1 && value <= TYPES && found == CN_ERR_FORMAT) want = CN_ERR_FORMAT;
                if (at == 12 && value >= 1 && value <= TYPES && !has_version(value, data[8])) want = CN_ERR_VERSION;
                if (at >= 16 && at < 24) want = cn_load64_le(data + 16) > size ? CN_ERR_TRUNCATED : CN_ERR_OVERSIZED;
                ck_assert_msg(found == want, "%s, byte %zu = %u: expected %s, found %s", f.path[kind], at, value,
                              cn_status_name(want), cn_status_name(found));
                tried++;
                data[at] = before;
            }
            for (unsigned bit = 0; bit < 8 && (at < 16 || at >= 24); bit++) {
                if (size > 20000 && at >= 56 && at < 120 && bit != at % 8) continue; /* a bit of each byte of the digests */
                data[at] = (uint8_t)(before ^ 1u << bit);
                tst_refresh(data, size);
                cn_status want = code_of_byte(kind, at, data[at], true), found = parse(kind, data, size);
                if (at == 12 && found == CN_ERR_FORMAT) want = CN_ERR_FORMAT;
                if (at == 12 && data[at] >= 1 && data[at] <= TYPES && !has_version(data[at], data[8])) want = CN_ERR_VERSION;
                if (at >= 32 && at < 40 && kind >= TST_REQUEST) {
                    uint64_t count = cn_load64_le(data + 32);
                    want = count >= 1 && count <= cn_plan_params(f.plan)->n ? CN_OK : CN_ERR_SIZE;
                }
                ck_assert_msg(found == want, "%s, byte %zu = %u, checksum right: expected %s, found %s", f.path[kind], at,
                              data[at], cn_status_name(want), cn_status_name(found));
                tried++;
                data[at] = before;
            }
            tst_refresh(data, size);
        }
        ck_assert_int_eq(parse(kind, data, size), CN_OK); /* nothing was left changed */
    }
    ck_assert_uint_gt(tried, 60000);
}
END_TEST

/** Contents with a right checksum: no residue may reach its prime, no five coefficients be above 242; checksums find any bit. */
START_TEST(contents) {
    for (int kind = TST_SECRET; kind < TST_FILES; kind++) {
        size_t size = f.size[kind];
        uint8_t *data = f.data[kind];
        for (size_t i = 0; i < 50; i++) {
            size_t at = CN_FRAME_HEADER + tst_below(size - CN_FRAME_HEADER);
            uint8_t flip = (uint8_t)(1u << tst_below(8));
            data[at] ^= flip;
            ck_assert_int_eq(parse(kind, data, size), CN_ERR_DIGEST);
            data[at] ^= flip;
        }
        memset(data + size - 32 - 64, 0xff, 64); /* the last residues, or coefficients */
        tst_refresh(data, size);
        cn_status s = parse(kind, data, size);
        ck_assert_int_eq(s, kind == TST_REQUEST ? CN_OK : CN_ERR_RANGE);
        if (kind == TST_REQUEST) { /* the server finds it */
            cn_request *request;
            cn_reply *reply;
            OK(cn_request_parse(&request, f.plan, data, size));
            ck_assert_int_eq(cn_server_evaluate(&reply, f.server, request, NULL, NULL, NULL), CN_ERR_FORMAT);
            cn_request_free(request);
        }
    }
}
END_TEST

/** Secret keys by their definition: digits in base 3, five in a byte; 243 and more, and a digit behind the last coefficient, are
 *  refused. */
START_TEST(ternary) {
    const cn_context *own;
    cn_client *client;
    size_t size = f.size[TST_SECRET], n = cn_plan_params(f.plan)->n, bytes = (n + 4) / 5, seen[3] = {0};
    uint8_t *data = f.data[TST_SECRET];
    OK(cn_client_load(&client, f.plan, f.path[TST_SECRET], NULL, 1));
    const cn_secret_key *sk = cn_test_client_key(&own, client);
    uint64_t *x = malloc(n * sizeof *x), q = cn_plan_params(f.plan)->q[0];
    memcpy(x, sk->s.c, n * sizeof *x);
    cn_ntt_inverse(x, &own->ring.ntt[0]);
    for (size_t k = 0; k < n; k++) {
        unsigned digit = data[CN_FRAME_HEADER + k / 5];
        for (size_t i = 0; i < k % 5; i++) digit /= 3;
        digit %= 3;
        seen[digit]++;
        TST_EQ(x[k], digit == 2 ? q - 1 : digit);
    }
    for (int i = 0; i < 3; i++) ck_assert_uint_gt(seen[i], n / 4);
    for (size_t at = 0; at < bytes; at += at + 1 == bytes ? 1 : bytes - 1)
        for (unsigned value = 0; value < 256; value++) {
            unsigned limit = at + 1 == bytes && n % 5 ? n % 5 == 1 ? 3u : n % 5 == 2 ? 9u : n % 5 == 3 ? 27u : 81u : 243;
            uint8_t before = data[CN_FRAME_HEADER + at];
            data[CN_FRAME_HEADER + at] = (uint8_t)value;
            tst_refresh(data, size);
            ck_assert_int_eq(parse(TST_SECRET, data, size), value < limit ? CN_OK : CN_ERR_RANGE);
            data[CN_FRAME_HEADER + at] = before;
        }
    free(x);
    cn_client_free(client);
}
END_TEST

/** Plans: random changes of the content with a right checksum are refused. */
START_TEST(plan_contents) {
    size_t size = f.size[TST_PLAN], sound = 0;
    uint8_t *data = f.data[TST_PLAN];
    for (size_t i = 0; i < TST_ITERS(3000); i++) {
        size_t at = CN_FRAME_HEADER + tst_below(size - CN_FRAME_OVERHEAD);
        uint8_t before = data[at];
        data[at] = (uint8_t)tst_u64();
        tst_refresh(data, size);
        cn_plan *p = NULL;
        cn_status s = cn_plan_parse(&p, data, size);
        ck_assert_msg((s == CN_OK) == (data[at] == before), "byte %zu: %s", at, cn_status_name(s));
        sound += s == CN_OK;
        cn_plan_free(p);
        data[at] = before;
    }
    ck_assert_uint_lt(sound, TST_ITERS(3000) / 10);
}
END_TEST

Suite *cn_suite_wire_bytes(void) {
    Suite *s = suite_create("wire_bytes");
    TCase *c = tcase_create("wire_bytes");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, contents);
    tcase_add_test(c, ternary);
    tcase_add_test(c, plan_contents);
    suite_add_tcase(s, c);
    c = tcase_create("small");
    tcase_add_checked_fixture(c, setup_small, teardown);
    tcase_add_test(c, truncations);
    tcase_add_test(c, header_bytes);
    suite_add_tcase(s, c);
    return s;
}
