/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Objects in files: the same answers through files as in memory, one way to write each object, sizes, permissions; objects that
 *  do not belong together, or are in each other's place. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cryptonets_wire.h"
#include "testing.h"
#include "util/file.h"
#include "util/mem.h"
#include "wire_files.h"

static tst_files f;

static void setup(void) { tst_files_make_wide(&f, 2); }
static void teardown(void) { tst_files_clear(&f); }

/** Who knows the plan from its file reads the right scores; what a side has no key for it cannot do. */
START_TEST(through_files) {
    cn_client *owner;
    cn_reply *reply;
    cn_plan *known;
    cn_i128 scores[TST_IMAGES * TST_WIDE_OUTPUTS], expected[TST_IMAGES * TST_WIDE_OUTPUTS];
    OK(cn_clear_scores(expected, NULL, f.plan, f.model, tst_wide_pixels, TST_IMAGES, 1));
    OK(cn_plan_load(&known, f.path[TST_PLAN]));
    ck_assert_mem_eq(cn_plan_digest(known), cn_plan_digest(f.plan), 32);
    OK(cn_client_load(&owner, known, f.path[TST_SECRET], NULL, 1));
    OK(cn_reply_load(&reply, known, f.path[TST_REPLY]));
    ck_assert_uint_eq(cn_reply_count(reply), TST_IMAGES);
    OK(cn_client_decrypt(scores, owner, reply, TST_IMAGES));
    for (int i = 0; i < TST_IMAGES * TST_WIDE_OUTPUTS; i++) ck_assert(scores[i] == expected[i]);
    /* the request that it answers, by its file, and another one of the same images */
    cn_request *request;
    OK(cn_request_load(&request, known, f.path[TST_REQUEST]));
    OK(cn_reply_answers(reply, request));
    ck_assert_int_eq(cn_reply_answers(NULL, request), CN_ERR_NULL);
    ck_assert_int_eq(cn_reply_answers(reply, NULL), CN_ERR_NULL);
    request->count--;
    ck_assert_int_eq(cn_reply_answers(reply, request), CN_ERR_MISMATCH);
    cn_request_free(request);
    /* what each side cannot do */
    ck_assert_int_eq(cn_client_encrypt(&request, owner, tst_wide_pixels, TST_IMAGES, NULL, NULL), CN_ERR_STATE);
    cn_client_free(owner);
    OK(cn_client_load(&owner, known, NULL, f.path[TST_PUBLIC], 1));
    ck_assert_int_eq(cn_client_decrypt(scores, owner, reply, TST_IMAGES), CN_ERR_STATE);
    cn_client_free(owner);
    OK(cn_client_load(&owner, known, f.path[TST_SECRET], f.path[TST_PUBLIC], 1));
    OK(cn_client_encrypt(&request, owner, tst_wide_pixels, TST_IMAGES, NULL, NULL));
    ck_assert_int_eq(cn_reply_answers(reply, request), CN_ERR_MISMATCH);
    cn_request_free(request);
    cn_client_free(owner);
    cn_reply_free(reply);
    cn_plan_free(known);
}
END_TEST

/** One way to write each object; what is seen of it from outside. */
START_TEST(canonical) {
    char again[64];
    snprintf(again, sizeof again, "%s/again", f.folder);
    for (int kind = 0; kind < TST_FILES; kind++) {
        size_t size;
        uint8_t *other;
        cn_status s = tst_file_parse(&f, kind, f.data[kind], f.size[kind], again);
        ck_assert_msg(s == CN_OK, "%s: %s", f.path[kind], cn_error_text());
        OK(cn_file_read(&other, &size, again, (size_t)1 << 30));
        ck_assert_msg(size == f.size[kind] && memcmp(f.data[kind], other, size) == 0, "%s: another file", f.path[kind]);
        cn_free(other);
        cn_object_info info;
        OK(cn_object_inspect(&info, f.path[kind]));
        ck_assert(info.type == (cn_object)(kind + 1) && info.length == size);
        ck_assert(info.count == (kind >= TST_REQUEST ? TST_IMAGES : 0));
        ck_assert_mem_eq(info.plan, cn_plan_digest(f.plan), 32);
        struct stat st;
        ck_assert(stat(f.path[kind], &st) == 0 && ((st.st_mode & 077) == 0 || kind != TST_SECRET));
    }
}
END_TEST

/** Count times bit length, and the frame: no file is 2 % larger than what it has to say. */
START_TEST(sizes) {
    const cn_params *q = cn_plan_params(f.plan);
    size_t request, reply, key, bits = 0;
    cn_plan_bytes(f.plan, &request, &reply, &key);
    for (unsigned i = 0; i < q->limbs; i++)
        for (uint64_t x = q->q[i]; x; x >>= 1) bits++;
    const size_t content[TST_FILES] = {0, (q->n + 4) / 5, 32 + q->n * bits / 8, key, request, 32 + reply};
    for (int kind = TST_SECRET; kind < TST_FILES; kind++) {
        ck_assert_uint_eq(f.size[kind], content[kind] + CN_FRAME_OVERHEAD);
        if (content[kind] > 8000) ck_assert(50 * CN_FRAME_OVERHEAD <= content[kind]);
    }
}
END_TEST

<<<<<<< HEAD
/** A secret key out of use stays where it is, and is refused. */
=======
static void refresh(uint8_t *data, size_t size) { cn_sha3_256(data + size - 32, data, size - 32); }

/** Every truncation, and one byte more. */
START_TEST(truncations) {
    write_all();
    for (int kind = 0; kind < FILES; kind++) {
        size_t size;
        uint8_t *data = slurp(&size, path[kind]), *longer = calloc(size + 1, 1);
        memcpy(longer, data, size);
        for (size_t len = 0; len < size; len = len < 400 || len + 200 > size ? len + 1 : len + 1 + size / 50) {
            uint8_t *exact = malloc(len ? len : 1); /* so that a read behind it is found */
            memcpy(exact, data, len);
            ck_assert_int_eq(parse(kind, exact, len, NULL), CN_ERR_TRUNCATED);
            free(exact);
        }
        ck_assert_int_eq(parse(kind, longer, size + 1, NULL), CN_ERR_OVERSIZED);
        /* the length is adjusted, and the checksum too: content that is not as long as the plan says */
        cn_store64_le(longer + 16, size + 1);
        refresh(longer, size + 1);
        cn_status s = parse(kind, longer, size + 1, NULL);
        ck_assert_msg(s == CN_ERR_OVERSIZED, "%s: %s", names[kind], cn_status_name(s));
        if (kind != PLAN) {
            cn_store64_le(longer + 16, size - 1);
            refresh(longer, size - 1);
            ck_assert_int_eq(parse(kind, longer, size - 1, NULL), CN_ERR_TRUNCATED);
        }
        free(longer);
        cn_free(data);
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
    bool known = at == 8 && kind == PLAN && (value == 2 || value == 3); /* with model privacy, with costs */
    if (known) return refreshed ? CN_ERR_FORMAT : CN_ERR_DIGEST;
    if (at < 12) return CN_ERR_VERSION;
    if (at < 16) return at == 12 && value >= 1 && value <= TYPES ? (refreshed ? CN_ERR_MISMATCH : CN_ERR_DIGEST) : CN_ERR_FORMAT;
    if (at < 24) return CN_OK; /* the length: judged below */
    if (at < 32) return kind == SECRET && at == 24 && value == 1 ? (refreshed ? CN_ERR_STATE : CN_ERR_DIGEST) : CN_ERR_FORMAT;
    if (at < 40) return kind < REQUEST ? CN_ERR_FORMAT : !refreshed ? CN_ERR_DIGEST : CN_OK; /* images */
    if (at < 56) return kind == PLAN ? CN_ERR_FORMAT : !refreshed ? CN_ERR_DIGEST : CN_OK;   /* a name: any will do */
    if (at < 120) return refreshed ? CN_ERR_MISMATCH : CN_ERR_DIGEST;
    return CN_ERR_FORMAT;
}

/** All values of all header bytes are refused with the documented code (of large objects a part of those that only the checksum
 *  finds); so are all bits with the checksum made right. */
START_TEST(header_bytes) {
    size_t tried = 0;
    write_all();
    for (int kind = 0; kind < FILES; kind++) {
        size_t size;
        uint8_t *data = slurp(&size, path[kind]);
        for (size_t at = 0; at < CN_FRAME_HEADER; at++) {
            uint8_t before = data[at];
            for (unsigned value = 0; value < 256; value++) {
                if (value == before) continue;
                bool costly = size > 20000 && at >= 32 && at < 120 && value % 64 != 3; /* the checksum finds it, whatever the value */
                if (costly) continue;
                data[at] = (uint8_t)value;
                cn_status want = code_of_byte(kind, at, (uint8_t)value, false), found = parse(kind, data, size, NULL);
                /* a type that does not have this field, or an image count in an object without images */
                if (at == 12 && value >= 1 && value <= TYPES && found == CN_ERR_FORMAT) want = CN_ERR_FORMAT;
                if (at == 12 && value >= 1 && value <= TYPES && !has_version(value, data[8])) want = CN_ERR_VERSION;
                if (at >= 16 && at < 24) want = cn_load64_le(data + 16) > size ? CN_ERR_TRUNCATED : CN_ERR_OVERSIZED;
                ck_assert_msg(found == want, "%s, byte %zu = %u: expected %s, found %s", names[kind], at, value, cn_status_name(want),
                              cn_status_name(found));
                tried++;
                data[at] = before;
            }
            for (unsigned bit = 0; bit < 8 && (at < 16 || at >= 24); bit++) {
                if (size > 20000 && at >= 56 && at < 120 && bit != at % 8) continue; /* a bit of each byte of the digests */
                data[at] = (uint8_t)(before ^ 1u << bit);
                refresh(data, size);
                cn_status want = code_of_byte(kind, at, data[at], true), found = parse(kind, data, size, NULL);
                if (at == 12 && found == CN_ERR_FORMAT) want = CN_ERR_FORMAT;
                if (at == 12 && data[at] >= 1 && data[at] <= TYPES && !has_version(data[at], data[8])) want = CN_ERR_VERSION;
                if (at >= 32 && at < 40 && kind >= REQUEST) {
                    uint64_t count = cn_load64_le(data + 32);
                    want = count >= 1 && count <= cn_plan_params(plan)->n ? CN_OK : CN_ERR_SIZE;
                }
                ck_assert_msg(found == want, "%s, byte %zu = %u, checksum right: expected %s, found %s", names[kind], at, data[at],
                              cn_status_name(want), cn_status_name(found));
                tried++;
                data[at] = before;
            }
            refresh(data, size);
        }
        ck_assert_int_eq(parse(kind, data, size, NULL), CN_OK); /* nothing was left changed */
        cn_free(data);
    }
    ck_assert_uint_gt(tried, 60000);
}
END_TEST

/** Contents with a right checksum: no residue may reach its prime, no five coefficients be above 242; checksums find any bit. */
START_TEST(contents) {
    write_all();
    for (int kind = SECRET; kind < FILES; kind++) {
        size_t size;
        uint8_t *data = slurp(&size, path[kind]);
        for (size_t i = 0; i < 50; i++) {
            size_t at = CN_FRAME_HEADER + tst_below(size - CN_FRAME_HEADER);
            data[at] ^= (uint8_t)(1u << tst_below(8));
            ck_assert_int_eq(parse(kind, data, size, NULL), CN_ERR_DIGEST);
            cn_free(data);
            data = slurp(&size, path[kind]);
        }
        memset(data + size - 32 - 64, 0xff, 64); /* the last residues, or coefficients */
        refresh(data, size);
        cn_status s = parse(kind, data, size, NULL);
        ck_assert_int_eq(s, kind == REQUEST ? CN_OK : CN_ERR_RANGE);
        if (kind == REQUEST) { /* the server finds it */
            cn_relin_key *key;
            cn_server *server;
            cn_request *request;
            cn_reply *reply;
            OK(cn_evaluation_key_load(&key, plan, path[EVALUATION]));
            OK(cn_server_new(&server, plan, model, key, 1));
            OK(cn_request_parse(&request, plan, data, size));
            ck_assert_int_eq(cn_server_evaluate(&reply, server, request, NULL, NULL, NULL), CN_ERR_FORMAT);
            cn_request_free(request);
            cn_server_free(server);
            cn_relin_key_free(key);
        }
        cn_free(data);
    }
}
END_TEST

/** Secret keys by their definition: digits in base 3, five in a byte; 243 and more, and a digit behind the last coefficient, are refused. */
START_TEST(ternary) {
    const cn_context *own;
    cn_client *client;
    size_t size, n = cn_plan_params(plan)->n, bytes = (n + 4) / 5, seen[3] = {0};
    write_all();
    uint8_t *data = slurp(&size, path[SECRET]);
    OK(cn_client_load(&client, plan, path[SECRET], NULL, 1));
    const cn_secret_key *sk = cn_test_client_key(&own, client);
    uint64_t *x = malloc(n * sizeof *x), q = cn_plan_params(plan)->q[0];
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
            refresh(data, size);
            ck_assert_int_eq(parse(SECRET, data, size, NULL), value < limit ? CN_OK : CN_ERR_RANGE);
            data[CN_FRAME_HEADER + at] = before;
        }
    free(x);
    cn_client_free(client);
    cn_free(data);
}
END_TEST

/** Plans: random changes of the content with a right checksum are refused, and with right digests too, or make another sound plan. */
START_TEST(plan_contents) {
    size_t size, sound = 0;
    OK(cn_plan_save(plan, path[PLAN]));
    uint8_t *data = slurp(&size, path[PLAN]);
    for (size_t i = 0; i < TST_ITERS(3000); i++) {
        size_t at = CN_FRAME_HEADER + tst_below(size - CN_FRAME_OVERHEAD);
        uint8_t before = data[at];
        data[at] = (uint8_t)tst_u64();
        refresh(data, size);
        cn_plan *p = NULL;
        cn_status s = cn_plan_parse(&p, data, size);
        ck_assert_msg((s == CN_OK) == (data[at] == before), "byte %zu: %s", at, cn_status_name(s));
        sound += s == CN_OK;
        cn_plan_free(p);
        data[at] = before;
    }
    ck_assert_uint_lt(sound, TST_ITERS(3000) / 10);
    cn_free(data);
}
END_TEST

>>>>>>> wt-cost
START_TEST(retirement) {
    cn_client *owner;
    OK(cn_secret_key_retire(f.path[TST_SECRET]));
    ck_assert_int_eq(cn_client_load(&owner, f.plan, f.path[TST_SECRET], NULL, 1), CN_ERR_STATE);
    ck_assert_ptr_null(owner);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "retired"));
    cn_object_info info;
    OK(cn_object_inspect(&info, f.path[TST_SECRET]));
    ck_assert(info.retired);
    struct stat st;
    ck_assert(stat(f.path[TST_SECRET], &st) == 0 && (st.st_mode & 0777) == 0600);
    OK(cn_secret_key_retire(f.path[TST_SECRET]));
    ck_assert_int_eq(cn_secret_key_retire(f.path[TST_PLAN]), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_secret_key_retire("/nowhere/key"), CN_ERR_NOT_FOUND);
}
END_TEST

/** Keys that are not a pair, requests under another key, replies to them, objects in each other's place. */
START_TEST(mismatches) {
    cn_client *other, *mixed;
    cn_request *request;
    cn_reply *reply;
    char secret[64], public[64];
    cn_i128 scores[TST_IMAGES * TST_WIDE_OUTPUTS];
    snprintf(secret, sizeof secret, "%s/secret2", f.folder);
    snprintf(public, sizeof public, "%s/public2", f.folder);
    OK(cn_client_new(&other, f.plan, 1));
    OK(cn_client_save(other, secret, public, NULL));
    ck_assert_int_eq(cn_client_load(&mixed, f.plan, f.path[TST_SECRET], public, 1), CN_ERR_MISMATCH);
    /* though longer than any secret key */
    ck_assert_int_eq(cn_client_load(&mixed, f.plan, f.path[TST_PUBLIC], NULL, 1), CN_ERR_MISMATCH);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), "secret key: expected one, found a public key"));
    ck_assert_int_eq(cn_client_load(&mixed, f.plan, f.path[TST_PLAN], NULL, 1), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_client_load(&mixed, f.plan, NULL, f.path[TST_SECRET], 1), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_client_load(&mixed, f.plan, NULL, NULL, 1), CN_ERR_NULL);
    OK(cn_client_encrypt(&request, other, tst_wide_pixels, TST_IMAGES, NULL, NULL));
    ck_assert_int_eq(cn_server_evaluate(&reply, f.server, request, NULL, NULL, NULL), CN_ERR_MISMATCH);
    OK(cn_reply_load(&reply, f.plan, f.path[TST_REPLY]));
    ck_assert_int_eq(cn_client_decrypt(scores, other, reply, TST_IMAGES), CN_ERR_MISMATCH);
    cn_reply_free(reply);
    cn_request_free(request);
    cn_client_free(other);

    cn_plan *second;
    OK(cn_plan_new(&second, f.model, NULL)); /* other options, another plan */
    ck_assert_int_eq(cn_request_load(&request, second, f.path[TST_REQUEST]), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_reply_load(&reply, f.plan, f.path[TST_PLAN]), CN_ERR_MISMATCH);
    OK(cn_client_new(&other, second, 1));
    ck_assert_int_eq(cn_client_save(other, secret, public, NULL), CN_ERR_STATE); /* no public key: nothing is written */
    ck_assert_int_eq(cn_client_load(&mixed, second, NULL, f.path[TST_PUBLIC], 1), CN_ERR_STATE); /* nor read where none is used */
    OK(cn_client_load(&mixed, f.plan, secret, NULL, 1));
    cn_client_free(mixed);
    cn_client_free(other);
    cn_plan_free(second);
}
END_TEST

/** Each file in the place of each other one, whatever their sizes: the library says what it found. */
START_TEST(wrong_types) {
    char wanted[64];
    for (int kind = 0; kind < TST_FILES; kind++)
        for (int found = 0; found < TST_FILES; found++) {
            if (kind == found) continue;
            cn_plan *p = NULL;
            cn_client *c = NULL;
            cn_relin_key *key = NULL;
            cn_request *request = NULL;
            cn_reply *reply = NULL;
            cn_status s = kind == TST_PLAN         ? cn_plan_load(&p, f.path[found])
                          : kind == TST_SECRET     ? cn_client_load(&c, f.plan, f.path[found], NULL, 1)
                          : kind == TST_PUBLIC     ? cn_client_load(&c, f.plan, NULL, f.path[found], 1)
                          : kind == TST_EVALUATION ? cn_evaluation_key_load(&key, f.plan, f.path[found])
                          : kind == TST_REQUEST    ? cn_request_load(&request, f.plan, f.path[found])
                                                   : cn_reply_load(&reply, f.plan, f.path[found]);
            ck_assert_msg(s == CN_ERR_MISMATCH, "%s for %s: %s: %s", f.path[found], f.path[kind], cn_status_name(s),
                          cn_error_text());
            snprintf(wanted, sizeof wanted, "%s: expected one, found a %s", cn_object_name((cn_object)(kind + 1)),
                     cn_object_name((cn_object)(found + 1)));
            bool named = strncmp(cn_error_text(), f.path[found], strlen(f.path[found])) == 0;
            ck_assert_msg(named && strstr(cn_error_text(), wanted), "expected '%s: %s', found '%s'", f.path[found], wanted,
                          cn_error_text());
            if (found != TST_SECRET) ck_assert_int_eq(cn_secret_key_retire(f.path[found]), CN_ERR_MISMATCH);
        }
    /* what is too long and of no other type stays oversized, a header cut short too */
    size_t size = f.size[TST_SECRET];
    uint8_t *longer = calloc(size + 1, 1);
    cn_client *c;
    memcpy(longer, f.data[TST_SECRET], size);
    OK(cn_file_write(f.path[TST_SECRET], longer, size + 1));
    ck_assert_int_eq(cn_client_load(&c, f.plan, f.path[TST_SECRET], NULL, 1), CN_ERR_OVERSIZED);
    ck_assert_ptr_nonnull(strstr(cn_error_text(), f.path[TST_SECRET]));
    longer[0] ^= 1;
    OK(cn_file_write(f.path[TST_SECRET], longer, size + 1));
    ck_assert_int_eq(cn_client_load(&c, f.plan, f.path[TST_SECRET], NULL, 1), CN_ERR_OVERSIZED);
    free(longer);
}
END_TEST

/** Keys that exist are never overwritten, wherever among the three they are; nothing else is left. */
START_TEST(new_keys) {
    cn_client *c;
    char taken[3][64];
    const char *const words[3] = {"secret3", "public3", "evaluation3"};
    for (int k = 0; k < 3; k++) snprintf(taken[k], sizeof taken[k], "%s/%s", f.folder, words[k]);
    OK(cn_client_new(&c, f.plan, 1));
    for (int k = 0; k < 3; k++) {
        size_t size;
        uint8_t *data;
        OK(cn_file_write(taken[k], "mine", 4));
        ck_assert_int_eq(cn_client_save_new(c, taken[0], taken[1], taken[2]), CN_ERR_STATE);
        OK(cn_file_read(&data, &size, taken[k], 100));
        ck_assert(size == 4 && memcmp(data, "mine", 4) == 0);
        cn_free(data);
        for (int j = 0; j < 3; j++) ck_assert_int_eq(unlink(taken[j]), j == k ? 0 : -1);
        ck_assert_int_eq(symlink("nowhere", taken[k]), 0); /* nor a link that leads nowhere */
        ck_assert_int_eq(cn_client_save_new(c, taken[0], taken[1], taken[2]), CN_ERR_STATE);
        ck_assert_int_eq(unlink(taken[k]), 0);
    }
    OK(cn_client_save_new(c, taken[0], taken[1], taken[2]));
    struct stat st;
    ck_assert(stat(taken[0], &st) == 0 && (st.st_mode & 0777) == 0600 && st.st_nlink == 1);
    ck_assert_int_eq(cn_client_save_new(c, taken[0], taken[1], taken[2]), CN_ERR_STATE);
    cn_client *back;
    OK(cn_client_load(&back, f.plan, taken[0], taken[1], 1));
    cn_client_free(back);
    cn_client_free(c);
}
END_TEST

/** Servers do not take a plan's word for the shape of the model that it names. */
START_TEST(foreign_plans) {
    size_t inputs, outputs;
    cn_plan_shape(f.plan, &inputs, &outputs);
    ck_assert(inputs == TST_WIDE_INPUTS && outputs == TST_WIDE_OUTPUTS);
    for (int change = 0; change < 6; change++) {
        cn_plan *known;
        cn_client *owner;
        cn_server *server;
        OK(cn_plan_save(f.plan, f.path[TST_PLAN]));
        OK(cn_plan_load(&known, f.path[TST_PLAN]));
        if (change == 1) known->inputs++;
        if (change == 2) known->outputs--;
        if (change == 3) known->degree[0] = 3;
        if (change == 4) known->segments--;
        if (change == 5) known->degree[known->segments] = 2, known->schedule.limbs[known->segments] = 1, known->segments++;
        cn_plan_set_powers(known);
        cn_plan_make_digest(known);
        OK(cn_plan_save(known, f.path[TST_PLAN])); /* sound in itself */
        cn_plan_free(known);
        OK(cn_plan_load(&known, f.path[TST_PLAN]));
        OK(cn_client_new(&owner, known, 1));
        cn_status s = cn_server_new(&server, known, f.model, cn_client_evaluation_key(owner), 1);
        ck_assert_int_eq(s, change ? CN_ERR_MISMATCH : CN_OK);
        cn_server_free(server);
        cn_client_free(owner);
        cn_plan_free(known);
    }
}
END_TEST

Suite *cn_suite_wire(void) {
    Suite *s = suite_create("wire");
    TCase *c = tcase_create("wire");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, through_files);
    tcase_add_test(c, canonical);
    tcase_add_test(c, sizes);
    tcase_add_test(c, retirement);
    tcase_add_test(c, mismatches);
    tcase_add_test(c, wrong_types);
    tcase_add_test(c, new_keys);
    tcase_add_test(c, foreign_plans);
    suite_add_tcase(s, c);
    return s;
}
