/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Objects of packed evaluation in files: the same scores through files as in memory, one way to write each object, sizes;
 *  truncations, header bytes; contents with a right checksum that must be refused all the same; plans that do not tell the
 *  truth about a model. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netgen.h"
#include "nn/single_server.h"
#include "single_files.h"
#include "testing.h"
#include "util/bytes.h"
#include "util/mem.h"

static tst_single_files f;
static const cn_object types[TST_S_FILES] = {CN_OBJECT_SINGLE_PLAN, CN_OBJECT_SECRET_KEY, CN_OBJECT_SINGLE_EVALUATION_KEY,
                                             CN_OBJECT_SINGLE_REQUEST, CN_OBJECT_SINGLE_REPLY};

static void setup(void) { tst_single_make(&f); }
static void teardown(void) { tst_single_clear(&f); }

static cn_status parse(int kind, const uint8_t *data, size_t size) { return tst_single_parse(&f, kind, data, size, NULL); }

/** A copy of a file with room for one more byte, malloc memory. */
static uint8_t *copy(int kind) {
    uint8_t *data = calloc(f.size[kind] + 1, 1);
    memcpy(data, f.data[kind], f.size[kind]);
    return data;
}

/** Owner and server work from files alone, the plan included; scores are those of the clear network. */
START_TEST(through_files) {
    cn_single_plan *known;
    cn_single_client *c;
    cn_single_server *server;
    cn_single_request *request;
    cn_single_reply *reply;
    cn_relin_key *rk;
    cn_rotation_key *turns;
    cn_i128 scores[TST_S_IMAGES * TST_S_OUTPUTS], expected[TST_S_IMAGES * TST_S_OUTPUTS];
    OK(cn_single_plan_load(&known, f.path[TST_S_PLAN]));
    ck_assert_mem_eq(cn_single_plan_digest(known), cn_single_plan_digest(f.plan), 32);
    OK(cn_single_client_load(&c, known, f.path[TST_S_SECRET], 1));
    ck_assert(!cn_single_client_relin_key(c) && !cn_single_client_rotation_key(c));
    OK(cn_single_encrypt(&request, c, tst_single_pixels, TST_S_IMAGES));
    ck_assert_int_eq(cn_single_reply_answers(f.reply, request), CN_ERR_MISMATCH); /* it answers another one of the same images */
    ck_assert_int_eq(cn_single_reply_answers(NULL, request), CN_ERR_NULL);
    OK(cn_single_reply_answers(f.reply, f.request));
    OK(cn_single_request_save(request, known, f.path[TST_S_REQUEST]));
    cn_single_request_free(request);

    OK(cn_single_evaluation_key_load(&rk, &turns, known, f.path[TST_S_EVALUATION]));
    OK(cn_single_server_new(&server, known, f.model, rk, turns, 2));
    ck_assert(server->own && server->own->headroom == f.plan->headroom && server->own->cost == f.plan->cost);
    OK(cn_single_request_load(&request, known, f.path[TST_S_REQUEST]));
    ck_assert_uint_eq(cn_single_request_count(request), TST_S_IMAGES);
    OK(cn_single_evaluate(&reply, server, request, NULL));
    OK(cn_single_reply_save(reply, known, f.path[TST_S_REPLY]));
    cn_single_reply_free(reply);
    OK(cn_single_reply_load(&reply, known, f.path[TST_S_REPLY]));
    OK(cn_single_reply_answers(reply, request));
    ck_assert_uint_eq(cn_single_reply_count(reply), TST_S_IMAGES);
    OK(cn_single_clear_scores(expected, NULL, known, f.model, tst_single_pixels, TST_S_IMAGES, 1));
    OK(cn_single_decrypt(scores, c, reply, TST_S_IMAGES));
    for (int i = 0; i < TST_S_IMAGES * TST_S_OUTPUTS; i++) ck_assert(scores[i] == expected[i]);
    cn_single_request_free(request);
    cn_single_reply_free(reply);
    cn_single_server_free(server);
    cn_relin_key_free(rk);
    cn_rotation_key_free(turns);
    cn_single_client_free(c);
    cn_single_plan_free(known);
}
END_TEST

START_TEST(canonical) {
    char again[64];
    size_t request, reply, keys, room = cn_single_content_room(f.plan);
    snprintf(again, sizeof again, "%s/again", f.folder);
    cn_single_plan_bytes(f.plan, &request, &reply, &keys);
    const size_t content[TST_S_FILES] = {0, (f.plan->base.params.n + 4) / 5, keys, request, 32 + reply};
    for (int kind = 0; kind < TST_S_FILES; kind++) {
        uint8_t *other;
        size_t size;
        cn_object_info info;
        struct stat st;
        OK(tst_single_parse(&f, kind, f.data[kind], f.size[kind], again));
        OK(cn_file_read(&other, &size, again, (size_t)1 << 30));
        ck_assert(size == f.size[kind] && memcmp(f.data[kind], other, size) == 0);
        cn_free(other);
        OK(cn_object_inspect(&info, f.path[kind]));
        ck_assert(info.type == types[kind] && info.length == size && info.count == (kind >= TST_S_REQUEST ? TST_S_IMAGES : 0));
        ck_assert_mem_eq(info.plan, cn_single_plan_digest(f.plan), 32);
        ck_assert(stat(f.path[kind], &st) == 0 && ((st.st_mode & 077) == 0 || kind != TST_S_SECRET));
        if (kind) ck_assert_uint_eq(size, content[kind] + CN_FRAME_OVERHEAD);
        else ck_assert_uint_le(size, room + CN_FRAME_OVERHEAD);
    }
}
END_TEST

/** Plans of other shapes: read back they are what a client needs, and a server lays them out again. */
START_TEST(other_plans) {
    static const size_t images[] = {1, 4};
    for (size_t i = 0; i < CN_ARRAY_LEN(images); i++) {
        cn_model *m = tst_net_shipped("depth1");
        cn_single_plan *p, *known, *full;
        cn_single_options options = {.images = images[i]};
        OK(cn_single_plan_new(&p, m, &options));
        OK(cn_single_plan_save(p, f.path[TST_S_PLAN]));
        OK(cn_single_plan_load(&known, f.path[TST_S_PLAN]));
        OK(cn_single_rebuild(&full, known, m));
        const cn_single_layer *last = &p->layer[p->layers - 1];
        ck_assert_mem_eq(known->base.digest, p->base.digest, 32);
        ck_assert_mem_eq(known->layer[0].in, p->layer[0].in, p->layer[0].inputs * p->layout.slots * sizeof(int32_t));
        ck_assert_mem_eq(known->layer[known->layers - 1].out, last->out, p->layout.slots * sizeof(int32_t));
        ck_assert(!cn_single_is_full(known) && cn_single_is_full(full) && cn_single_is_full(p));
        ck_assert(known->upload == p->upload && known->reply == p->reply && known->keys == p->keys &&
                  known->rotations == p->rotations);
        ck_assert_mem_eq(known->rotation, p->rotation, p->rotations * sizeof *p->rotation);
        ck_assert(full->headroom == p->headroom && full->quantile == p->quantile && full->keys == p->keys);
        cn_single_plan_free(full);
        cn_single_plan_free(known);
        cn_single_plan_free(p);
        cn_model_free(m);
    }
}
END_TEST

/* ---- damage ------------------------------------------------------------------------------------ */

/** Truncations, and one byte more, as they are and with length and checksum made right. */
START_TEST(truncations) {
    for (int kind = 0; kind < TST_S_FILES; kind++) {
        size_t size = f.size[kind];
        uint8_t *longer = copy(kind);
        for (size_t len = 0; len < size; len = len < 300 || len + 100 > size ? len + 1 : len + 1 + size / 50) {
            uint8_t *exact = malloc(len ? len : 1); /* so that a read behind it is found */
            memcpy(exact, f.data[kind], len);
            ck_assert_int_eq(parse(kind, exact, len), CN_ERR_TRUNCATED);
            free(exact);
        }
        ck_assert_int_eq(parse(kind, longer, size + 1), CN_ERR_OVERSIZED);
        cn_store64_le(longer + 16, size + 1);
        tst_refresh(longer, size + 1);
        ck_assert_int_eq(parse(kind, longer, size + 1), CN_ERR_OVERSIZED);
        for (size_t less = 1; less < (kind == TST_S_PLAN ? size - CN_FRAME_OVERHEAD : 2); less++) {
            uint8_t *shorter = malloc(size - less);
            memcpy(shorter, f.data[kind], size - less);
            cn_store64_le(shorter + 16, size - less);
            tst_refresh(shorter, size - less);
            ck_assert_int_eq(parse(kind, shorter, size - less), CN_ERR_TRUNCATED);
            free(shorter);
        }
        free(longer);
    }
}
END_TEST

/** Each bit of the header, of large objects behind the type one of each byte, with the checksum made right, and some without. */
START_TEST(header_bits) {
    for (int kind = 0; kind < TST_S_FILES; kind++) {
        uint8_t *data = copy(kind);
        size_t size = f.size[kind];
        for (size_t bit = 0; bit < 8 * CN_FRAME_HEADER; bit++) {
            size_t at = bit / 8;
            if (size > 20000 && at >= 16 && bit % 8 != at % 8) continue; /* a bit of each byte: the checksum takes long */
            data[at] ^= (uint8_t)(1u << bit % 8);
            uint64_t count = cn_load64_le(data + 32), type = cn_load32_le(data + 12);
            bool known = type >= 1 && type <= CN_OBJECT_SINGLE_REPLY, counted = kind >= TST_S_REQUEST;
            if (at < 16 || at >= 24) tst_refresh(data, size);
            cn_status s = parse(kind, data, size);
            bool right = at < 8  ? s == CN_ERR_MAGIC
                       : at < 12 ? s == CN_ERR_VERSION
                       : at < 16
                           ? (known ? s == CN_ERR_MISMATCH || s == CN_ERR_VERSION || s == CN_ERR_FORMAT : s == CN_ERR_FORMAT)
                       : at < 24  ? s == (cn_load64_le(data + 16) > size ? CN_ERR_TRUNCATED : CN_ERR_OVERSIZED)
                       : at < 32  ? s == (bit == 8 * 24 && kind == TST_S_SECRET ? CN_ERR_STATE : CN_ERR_FORMAT)
                       : at < 40  ? s == (!counted                     ? CN_ERR_FORMAT
                                          : count >= 1 && count <= 512 ? CN_OK
                                                                       : CN_ERR_SIZE)
                       : at < 56  ? s == (kind == TST_S_PLAN ? CN_ERR_FORMAT : CN_OK)
                       : at < 120 ? s == CN_ERR_MISMATCH
                                  : s == CN_ERR_FORMAT;
            ck_assert_msg(right, "%s, bit %zu: %s", cn_object_name(types[kind]), bit, cn_status_name(s));
            data[at] ^= (uint8_t)(1u << bit % 8);
            if (at < 8 || (at >= 32 && (size < 20000 || at % 8 == 0))) { /* the checksum is that of the change */
                s = parse(kind, data, size);
                ck_assert_msg(s == CN_ERR_DIGEST, "%s, bit %zu, checksum wrong: %s", cn_object_name(types[kind]), bit,
                              cn_status_name(s));
            }
            memcpy(data, f.data[kind], CN_FRAME_HEADER);
            memcpy(data + size - 32, f.data[kind] + size - 32, 32);
        }
        free(data);
    }
}
END_TEST

/** Contents with a right checksum: no residue may reach its prime. */
START_TEST(contents) {
    for (int kind = TST_S_SECRET; kind < TST_S_FILES; kind++) {
        uint8_t *data = copy(kind);
        size_t size = f.size[kind];
        memset(data + size - 32 - 64, 0xff, 64);
        ck_assert_int_eq(parse(kind, data, size), CN_ERR_DIGEST);
        tst_refresh(data, size);
        ck_assert_int_eq(parse(kind, data, size), kind == TST_S_REQUEST ? CN_OK : CN_ERR_RANGE);
        if (kind == TST_S_REQUEST) { /* the server finds it */
            cn_single_request *request;
            cn_single_reply *reply;
            OK(cn_single_request_parse(&request, f.plan, data, size));
            ck_assert_int_eq(cn_single_evaluate(&reply, f.server, request, NULL), CN_ERR_FORMAT);
            cn_single_request_free(request);
        }
        if (kind == TST_S_EVALUATION) { /* of the first part, too */
            memcpy(data, f.data[kind], size);
            memset(data + CN_FRAME_HEADER + CN_SEED_BYTES, 0xff, 64);
            tst_refresh(data, size);
            ck_assert_int_eq(parse(kind, data, size), CN_ERR_RANGE);
        }
        free(data);
    }
}
END_TEST

/** Plans: a field beyond what it may be has its code. Offsets are those of doc/file-formats.md. */
START_TEST(plan_fields) {
    const cn_params *q = cn_single_plan_params(f.plan);
    size_t choice = CN_FRAME_HEADER + 20 + 8 + 8 * (q->limbs + q->plains) + 32 + 8 + 32 + 2048, layers = choice + 12,
           first = layers + 4;
    size_t second = first + 24, layouts = f.size[TST_S_PLAN] - 32 - 4 - strlen(f.plan->base.model_name) - 4 - 3 * 4;
    ck_assert(f.plan->layer[0].folds == 0 && f.plan->layer[1].folds == 2 && f.plan->layer[0].inputs == 3 &&
              f.plan->layout.slots == 16);
    const struct {
        size_t at;
        uint32_t value;
        cn_status code;
        const char *words; /* of the refusal */
    } change[] = {
        {CN_FRAME_HEADER, 1, CN_ERR_UNSUPPORTED, "with YASHE"},
        {CN_FRAME_HEADER + 4, 5000, CN_ERR_DEGREE, "ring degree"},
        {CN_FRAME_HEADER + 12, 25, CN_ERR_SIZE, "ciphertext primes"},
        {choice, 0, CN_ERR_SIZE, "images"},
        {choice, 3, CN_ERR_SIZE, "images"},
        {choice, 1024, CN_ERR_SIZE, "images"},
        {choice + 4, 3, CN_ERR_RANGE, "lanes"},
        {choice + 4, 32, CN_ERR_RANGE, "lanes"},
        {choice + 8, 1, CN_ERR_RANGE, "lanes"},
        {choice + 4, 0, CN_ERR_RANGE, "lanes"},
        {choice + 4, f.plan->lanes == 1 ? 2 : 1, CN_ERR_MISMATCH, "digests"},
        {layers, 1, CN_ERR_SIZE, "layers"},
        {layers, 9, CN_ERR_SIZE, "layers"},
        {first, 0, CN_ERR_SIZE, "ciphertexts"},
        {first, 257, CN_ERR_SIZE, "ciphertexts"},
        {second, 2, CN_ERR_SIZE, "ciphertexts"},
        {first + 4, 0, CN_ERR_RANGE, "turns"},
        {first + 4, 9, CN_ERR_RANGE, "turns"},
        {first + 8, 0, CN_ERR_RANGE, "turns"},
        {first + 8, 2, CN_ERR_RANGE, "turns"},
        {first + 12, 4, CN_ERR_RANGE, "primes"},
        {first + 12, 6, CN_ERR_RANGE, "primes"},
        {first + 16, 0, CN_ERR_RANGE, "primes"},
        {first + 16, 6, CN_ERR_RANGE, "primes"},
        {second + 12, 5, CN_ERR_RANGE, "primes"},
        {second + 20, 13, CN_ERR_SIZE, "folds"},
        {second + 24, 0, CN_ERR_SIZE, "a fold of 0"},
        {second + 24, 4, CN_ERR_SIZE, "a fold of 4"},
        {second + 28, 0, CN_ERR_RANGE, "a fold by"},
        {second + 28, 8, CN_ERR_RANGE, "a fold by"},
        {second + 28, 0xffffffff, CN_ERR_RANGE, "a fold by"},
        {layouts, 0xffffffff, CN_ERR_RANGE, "a slot"},
        {layouts + 12, 0xffffffff, CN_ERR_RANGE, "a slot"},
    };
    uint8_t *data = copy(TST_S_PLAN);
    for (size_t i = 0; i < CN_ARRAY_LEN(change); i++) {
        cn_store32_le(data + change[i].at, change[i].value);
        tst_refresh(data, f.size[TST_S_PLAN]);
        cn_status s = parse(TST_S_PLAN, data, f.size[TST_S_PLAN]);
        bool right = s == change[i].code && strstr(cn_error_text(), change[i].words);
        ck_assert_msg(right, "change %zu: %s: %s", i, cn_status_name(s), cn_error_text());
        memcpy(data, f.data[TST_S_PLAN], f.size[TST_S_PLAN]);
    }
    data[layouts] = (uint8_t)((data[layouts] & ~7u) | 4); /* value 3 of 0 to 2: below the modulus that it is packed for */
    tst_refresh(data, f.size[TST_S_PLAN]);
    ck_assert_int_eq(parse(TST_S_PLAN, data, f.size[TST_S_PLAN]), CN_ERR_RANGE);
    memcpy(data, f.data[TST_S_PLAN], f.size[TST_S_PLAN]);
    /* every other change shows in the digests */
    for (size_t i = 0; i < TST_ITERS(3000); i++) {
        size_t at = CN_FRAME_HEADER + tst_below(f.size[TST_S_PLAN] - CN_FRAME_OVERHEAD);
        data[at] = (uint8_t)tst_u64();
        tst_refresh(data, f.size[TST_S_PLAN]);
        cn_status s = parse(TST_S_PLAN, data, f.size[TST_S_PLAN]);
        ck_assert_msg((s == CN_OK) == (data[at] == f.data[TST_S_PLAN][at]), "byte %zu: %s", at, cn_status_name(s));
        data[at] = f.data[TST_S_PLAN][at];
    }
    free(data);
}
END_TEST

/** A plan must not ask its clients for keys or requests without end. */
START_TEST(plan_bytes) {
    cn_single_plan p = {.upload = CN_SINGLE_BYTES_MAX, .keys = CN_SINGLE_BYTES_MAX};
    ck_assert_int_eq(cn_single_check_bytes(&p), CN_OK);
    p.upload++;
    ck_assert_int_eq(cn_single_check_bytes(&p), CN_ERR_SIZE);
    p.upload--, p.keys++;
    ck_assert_int_eq(cn_single_check_bytes(&p), CN_ERR_SIZE);
}
END_TEST

/* ---- each in its place --------------------------------------------------------------------------- */

/** Each file in the place of each other one, and objects of batches: the library says what it found. */
START_TEST(wrong_types) {
    char wanted[96], batch[64];
    cn_plan *plan;
    snprintf(batch, sizeof batch, "%s/batch", f.folder);
    OK(cn_plan_new(&plan, f.model, NULL));
    OK(cn_plan_save(plan, batch));
    cn_plan_free(plan);
    for (int kind = 0; kind < TST_S_FILES; kind++)
        for (int found = 0; found <= TST_S_FILES; found++) {
            if (kind == found) continue;
            const char *path = found < TST_S_FILES ? f.path[found] : batch;
            cn_single_plan *p = NULL;
            cn_single_client *c = NULL;
            cn_relin_key *rk = NULL;
            cn_rotation_key *turns = NULL;
            cn_single_request *request = NULL;
            cn_single_reply *reply = NULL;
            cn_status s = kind == TST_S_PLAN         ? cn_single_plan_load(&p, path)
                          : kind == TST_S_SECRET     ? cn_single_client_load(&c, f.plan, path, 1)
                          : kind == TST_S_EVALUATION ? cn_single_evaluation_key_load(&rk, &turns, f.plan, path)
                          : kind == TST_S_REQUEST    ? cn_single_request_load(&request, f.plan, path)
                                                     : cn_single_reply_load(&reply, f.plan, path);
            ck_assert_msg(s == CN_ERR_MISMATCH, "%s for %s: %s: %s", path, cn_object_name(types[kind]), cn_status_name(s),
                          cn_error_text());
            snprintf(wanted, sizeof wanted, "%s: expected one, found a %s", cn_object_name(types[kind]),
                     cn_object_name(found < TST_S_FILES ? types[found] : CN_OBJECT_PLAN));
            ck_assert_msg(strstr(cn_error_text(), wanted) && strncmp(cn_error_text(), path, strlen(path)) == 0,
                          "expected '%s', found '%s'", wanted, cn_error_text());
        }
    ck_assert_int_eq(cn_plan_load(&plan, f.path[TST_S_PLAN]), CN_ERR_MISMATCH);
    ck_assert_ptr_null(plan);
}
END_TEST

/** Keys of another client or plan, keys that a plan has not, keys that exist, a retired key, NULL. */
START_TEST(mismatches) {
    cn_single_client *other, *c;
    cn_single_plan *second;
    cn_single_server *server;
    cn_single_request *request;
    cn_single_reply *reply;
    cn_relin_key *rk;
    cn_rotation_key *turns;
    cn_i128 scores[TST_S_IMAGES * TST_S_OUTPUTS];
    char secret[64], evaluation[64];
    snprintf(secret, sizeof secret, "%s/secret2", f.folder);
    snprintf(evaluation, sizeof evaluation, "%s/evaluation2", f.folder);
    OK(cn_single_client_new(&other, f.plan, 1));
    OK(cn_file_write(secret, "mine", 4));
    ck_assert_int_eq(cn_single_client_save_new(other, secret, evaluation), CN_ERR_STATE);
    ck_assert_int_eq(unlink(evaluation), -1); /* nothing is left */
    ck_assert_int_eq(unlink(secret), 0);
    OK(cn_single_client_save_new(other, secret, evaluation));
    ck_assert_int_eq(cn_single_client_save_new(other, NULL, evaluation), CN_ERR_STATE);
    OK(cn_single_evaluation_key_load(&rk, &turns, f.plan, evaluation));
    OK(cn_single_server_new(&server, f.plan, f.model, rk, turns, 1));
    ck_assert_int_eq(cn_single_evaluate(&reply, server, f.request, NULL), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_single_decrypt(scores, other, f.reply, TST_S_IMAGES), CN_ERR_MISMATCH);
    cn_single_server_free(server);
    cn_relin_key_free(rk);
    cn_rotation_key_free(turns);
    cn_single_client_free(other);

    cn_single_options options = {.images = 256};
    OK(cn_single_plan_new(&second, f.model, &options));
    ck_assert_int_eq(cn_single_client_load(&c, second, f.path[TST_S_SECRET], 1), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_single_evaluation_key_load(&rk, &turns, second, f.path[TST_S_EVALUATION]), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_single_request_load(&request, second, f.path[TST_S_REQUEST]), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_single_reply_load(&reply, second, f.path[TST_S_REPLY]), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_single_request_save(f.request, second, secret), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_single_reply_save(f.reply, second, secret), CN_ERR_MISMATCH);
    second->keys = 0; /* as if nothing were rotated */
    ck_assert_int_eq(cn_single_evaluation_key_load(&rk, &turns, second, f.path[TST_S_EVALUATION]), CN_ERR_STATE);
    cn_single_plan_free(second);

    OK(cn_single_client_load(&c, f.plan, f.path[TST_S_SECRET], 1));
    ck_assert_int_eq(cn_single_client_save(c, NULL, evaluation), CN_ERR_STATE); /* it was not read back */
    cn_single_client_free(c);
    OK(cn_secret_key_retire(f.path[TST_S_SECRET]));
    ck_assert_int_eq(cn_single_client_load(&c, f.plan, f.path[TST_S_SECRET], 1), CN_ERR_STATE);
    ck_assert_ptr_null(c);

    ck_assert_int_eq(cn_single_plan_save(NULL, secret), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_plan_load(&second, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_client_save(NULL, secret, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_client_load(&c, f.plan, NULL, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_client_load(&c, f.plan, secret, 0), CN_ERR_SIZE);
    ck_assert_int_eq(cn_single_evaluation_key_load(&rk, NULL, f.plan, evaluation), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_request_save(NULL, f.plan, secret), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_request_load(&request, NULL, secret), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_reply_save(f.reply, NULL, secret), CN_ERR_NULL);
    ck_assert_int_eq(cn_single_reply_load(NULL, f.plan, secret), CN_ERR_NULL);
}
END_TEST

/** Servers do not take a plan's word for the model that it names, nor for its noise. Each change makes a plan that is sound in
 *  itself. */
START_TEST(foreign_plans) {
    static const char *const words[] = {
        NULL,     "window, look-up", "window, look-up", "window, look-up", "window, look-up", "cannot be laid out",
        "layers", "above the noise", "window, look-up"};
    for (size_t change = 0; change < CN_ARRAY_LEN(words); change++) {
        cn_single_plan *known;
        cn_single_server *server = NULL;
        OK(cn_single_plan_load(&known, f.path[TST_S_PLAN]));
        cn_single_layer *y = known->layer, *last = &known->layer[known->layers - 1];
        if (change == 1) known->base.lut[7] = 3;
        if (change == 2) known->base.window_t = 999;
        if (change == 3) y[0].in[0] = y[0].in[0] ? 0 : 1;
        if (change == 4) last->out[0] = last->out[0] ? 0 : 1;
        if (change == 5) known->lanes = 16;
        if (change == 6) y[1].outputs = 2, y[1].out = last->out, last->out = NULL, known->layers = 2;
        if (change == 7) y[2].limbs = y[1].after = 1, y[2].after = 1; /* all but one prime are dropped */
        if (change == 8) y[1].folds = 1;
        cn_single_set_relinearise(known);
        OK(cn_single_finish(known));
        cn_single_make_digest(known);
        OK(cn_single_plan_save(known, f.path[TST_S_PLAN]));
        cn_single_plan_free(known);
        OK(cn_single_plan_load(&known, f.path[TST_S_PLAN]));
        cn_status s = cn_single_server_new(&server, known, f.model, cn_single_client_relin_key(f.owner),
                                           cn_single_client_rotation_key(f.owner), 1);
        ck_assert_msg(s == (change ? CN_ERR_MISMATCH : CN_OK), "change %zu: %s: %s", change, cn_status_name(s), cn_error_text());
        if (change) ck_assert_msg(strstr(cn_error_text(), words[change]), "change %zu: %s", change, cn_error_text());
        cn_single_server_free(server);
        cn_single_plan_free(known);
        tst_single_restore(&f);
    }
    cn_model *m = tst_net_shipped("depth1");
    cn_single_plan *full, *known;
    OK(cn_single_plan_load(&known, f.path[TST_S_PLAN]));
    ck_assert_int_eq(cn_single_rebuild(&full, known, m), CN_ERR_MISMATCH);
    ck_assert_ptr_null(full);
    cn_single_plan_free(known);
    cn_model_free(m);
}
END_TEST

Suite *cn_suite_single_wire(void) {
    Suite *s = suite_create("single_wire");
    TCase *c = tcase_create("single_wire");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, through_files);
    tcase_add_test(c, canonical);
    tcase_add_test(c, other_plans);
    tcase_add_test(c, truncations);
    tcase_add_test(c, header_bits);
    tcase_add_test(c, contents);
    tcase_add_test(c, plan_fields);
    tcase_add_test(c, plan_bytes);
    tcase_add_test(c, wrong_types);
    tcase_add_test(c, mismatches);
    tcase_add_test(c, foreign_plans);
    suite_add_tcase(s, c);
    return s;
}
