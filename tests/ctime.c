/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Constant time, checked mechanically: key generation, encryption, decryption and secret keys in files on secrets that valgrind regards as
 *  uninitialised, so that every branch or address that depends on one is an error. To be run under valgrind (make check-ctime);
 *  alone it says so and exits 77. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cryptonets_encode.h"
#include "cryptonets_wire.h"
#include "nn/model.h"
#include "util/ct.h"
#include "util/ctcheck.h"
#include "util/mem.h"

#define TRY(call)                                                                                                              \
    do {                                                                                                                       \
        if ((call) != CN_OK) {                                                                                                 \
            fprintf(stderr, "ctime: %s\n", cn_error_text());                                                                   \
            return 1;                                                                                                          \
        }                                                                                                                      \
    } while (0)

enum { N = 4096, VALUES = 100 };

/* Two branches, special prime; YASHE' with fewer bits. */
static const cn_params records[] = {
    {.n = N, .limbs = 2, .q = {68719403009, 68719230977}, .special = 1073692673, .plains = 2, .t = {40961, 65537}},
    {.n = N, .limbs = 2, .q = {268369921, 268361729}, .special = 114689, .plains = 2, .t = {40961, 65537}, .scheme = CN_SCHEME_YASHE},
};

/** Keys, encryptions and decryption of a scheme itself. */
static int check_scheme(cn_params p) {
    cn_context *ctx;
    cn_secret_key *sk;
    cn_public_key *pk;
    cn_relin_key *rk;
    cn_rotation_key *rotations;
    const cn_rotation rotation[] = {{.by = 5}, {.by = CN_ROTATE_SWAP | 1, .limbs = 1}};
    static int64_t values[VALUES];
    static uint64_t out[2][VALUES];
    TRY(cn_context_new(&ctx, &p));
    TRY(cn_secret_key_new(&sk, ctx));
    TRY(cn_public_key_new(&pk, sk, ctx));
    TRY(cn_relin_key_new(&rk, sk, 3, ctx));
    if (p.scheme == CN_SCHEME_BFV) {
        TRY(cn_rotation_key_new(&rotations, sk, rotation, 2, ctx));
        cn_rotation_key_free(rotations);
    }
    for (int i = 0; i < VALUES; i++) values[i] = i - 50;
    CN_SECRET(values, sizeof values);
    for (unsigned branch = 0; branch < 2; branch++) {
        cn_cipher *a, *b;
        if (p.scheme == CN_SCHEME_BFV) TRY(cn_encrypt_secret(&a, values, VALUES, branch, sk, ctx));
        else TRY(cn_encrypt_public(&a, values, VALUES, branch, pk, ctx));
        TRY(cn_encrypt_public(&b, values, VALUES, branch, pk, ctx));
        TRY(cn_add(a, b, ctx));
        TRY(cn_decrypt(out[branch], VALUES, a, sk, ctx));
        cn_cipher_free(a);
        cn_cipher_free(b);
    }
    cn_i128 joined;
    uint64_t residue[2] = {out[0][7], out[1][7]};
    TRY(cn_crt_join(&joined, residue, ctx));
    CN_PUBLIC(&joined, sizeof joined);
    if (joined != (cn_i128)p.t[0] * (cn_i128)p.t[1] - 86) return fprintf(stderr, "ctime: wrong value\n"), 1;
    cn_relin_key_free(rk);
    cn_public_key_free(pk);
    cn_secret_key_free(sk);
    cn_context_free(ctx);
    return 0;
}

/** Secret numbers through the encoders and back: fixed point, residues, digits, coefficients. */
static int check_encoders(void) {
    enum { COUNT = 6 };
    cn_context *ctx;
    cn_fixed f;
    cn_digits d;
    double x[COUNT] = {0, -0.0, 1.25, -99.5, 1e-310, 100}, back[COUNT];
    cn_i128 integers[COUNT], numerator = -123456789;
    int64_t residues[2 * COUNT], slots[N];
    static int64_t digits[N];
    static uint64_t words[2 * N];
    static cn_i128 coefficients[N];
    TRY(cn_context_new(&ctx, &records[0]));
    TRY(cn_fixed_new(&f, 100, 1000, ctx));
    TRY(cn_digits_new(&d, 10, 8, 2, ctx));
    CN_SECRET(x, sizeof x);
    CN_SECRET(&numerator, sizeof numerator);
    TRY(cn_fixed_encode(integers, x, COUNT, &f));
    TRY(cn_crt_split(residues, integers, COUNT, ctx));
    for (int k = 0; k < 2 * COUNT; k++) { /* as decryption would give them */
        uint64_t sign = cn_ct_mask_msb((uint64_t)residues[k]);
        words[k] = (uint64_t)residues[k] + (sign & records[0].t[k / COUNT]);
    }
    TRY(cn_crt_join_signed(integers, words, COUNT, ctx));
    TRY(cn_fixed_decode(back, integers, COUNT, &f));
    CN_PUBLIC(back, sizeof back);
    if (back[3] != -99.5 || back[4] != 0) return fprintf(stderr, "ctime: wrong number %g\n", back[3]), 1;

    TRY(cn_digits_encode(digits, numerator, &d, ctx));
    for (unsigned j = 0; j < 2; j++) {
        TRY(cn_slots_from_coefficients(slots, digits, N, j, ctx));
        memcpy(words + j * N, slots, sizeof slots);
        TRY(cn_coefficients_from_slots(words + j * N, j, ctx));
    }
    TRY(cn_crt_join_signed(coefficients, words, N, ctx));
    TRY(cn_digits_decode(&numerator, coefficients, &d, ctx));
    CN_PUBLIC(&numerator, sizeof numerator);
    if (numerator != -123456789) return fprintf(stderr, "ctime: wrong numerator\n"), 1;
    cn_context_free(ctx);
    return 0;
}

/** The keys of a client to files; another client from them. The secret key is written, read, retired and wiped. */
static int keys_through_files(cn_client **loaded, const cn_client *client, const cn_plan *plan, int public_key) {
    char folder[] = "/tmp/cn-ctime-XXXXXX", secret[64], public[64];
    cn_client *refused;
    if (!mkdtemp(folder)) return fprintf(stderr, "ctime: no folder\n"), 1;
    snprintf(secret, sizeof secret, "%s/secret", folder);
    snprintf(public, sizeof public, "%s/public", folder);
    TRY(cn_client_save(client, secret, public_key ? public : NULL, NULL));
    TRY(cn_client_load(loaded, plan, secret, public_key ? public : NULL, 1));
    TRY(cn_secret_key_retire(secret));
    if (cn_client_load(&refused, plan, secret, NULL, 1) != CN_ERR_STATE) return fprintf(stderr, "ctime: not retired\n"), 1;
    unlink(secret);
    unlink(public);
    rmdir(folder);
    return 0;
}

/** The client of a network: secret pixels in, secret scores out, in both encryption modes. */
static int check_client(cn_plan_options options) {
    cn_model *m;
    cn_plan *plan;
    cn_client *client, *loaded; /* BFV: with the keys as they were read back */
    cn_server *server;
    cn_request *request;
    cn_reply *reply;
    enum { IMAGES = 5, INPUTS = 4, OUTPUTS = 2 };
    uint8_t pixels[IMAGES * INPUTS];
    cn_i128 scores[IMAGES * OUTPUTS];
    TRY(cn_model_new(&m));
    m->input = (cn_shape){1, 2, 2};
    m->layer_count = 2;
    m->layer[0] = (cn_layer){.type = CN_LAYER_SQUARE};
    cn_layer *dense = &m->layer[1];
    *dense = (cn_layer){.type = CN_LAYER_DENSE, .units = OUTPUTS, .weight_scale = 1, .weight_count = OUTPUTS * INPUTS};
    dense->weight = cn_calloc(dense->weight_count, sizeof *dense->weight);
    dense->bias = cn_calloc(OUTPUTS, sizeof *dense->bias);
    for (int i = 0; i < OUTPUTS * INPUTS; i++) dense->weight[i] = i - 3;
    TRY(cn_model_finish(m));
    TRY(cn_plan_new(&plan, m, &options));
    TRY(cn_client_new(&client, plan, 1));
    TRY(cn_server_new(&server, plan, m, cn_client_evaluation_key(client), 1));
    if (options.model_privacy) TRY(cn_server_set_public_key(server, cn_client_public_key(client)));
    loaded = client;
    if (options.scheme == CN_SCHEME_BFV && keys_through_files(&loaded, client, plan, options.public_key)) return 1;
    memset(pixels, 9, sizeof pixels);
    CN_SECRET(pixels, sizeof pixels);
    TRY(cn_client_encrypt(&request, loaded, pixels, IMAGES, NULL, NULL));
    TRY(cn_server_evaluate(&reply, server, request, NULL, NULL, NULL));
    TRY(cn_client_decrypt(scores, loaded, reply, IMAGES));
    CN_PUBLIC(scores, sizeof scores);
    if (options.scale_scores ? scores[0] >= 0 : scores[0] != 81 * (-3 - 2 - 1 + 0)) return fprintf(stderr, "ctime: wrong score\n"), 1;
    cn_reply_free(reply);
    cn_request_free(request);
    cn_server_free(server);
    if (loaded != client) cn_client_free(loaded);
    cn_client_free(client);
    cn_plan_free(plan);
    cn_model_free(m);
    return 0;
}

/** A packed client from its secret key, written and read. */
static int single_through_file(cn_single_client **loaded, const cn_single_client *client, const cn_single_plan *plan) {
    char folder[] = "/tmp/cn-ctime-XXXXXX", secret[64];
    if (!mkdtemp(folder)) return fprintf(stderr, "ctime: no folder\n"), 1;
    snprintf(secret, sizeof secret, "%s/secret", folder);
    TRY(cn_single_client_save(client, secret, NULL));
    TRY(cn_single_client_load(loaded, plan, secret, 1));
    unlink(secret);
    rmdir(folder);
    return 0;
}

/** Two secret images, in a request for four, through packed evaluation: only what the client does is on secrets. */
static int check_packed(void) {
    enum { INPUTS = 4, HIDDEN = 3, OUTPUTS = 2 };
    cn_model *m;
    cn_single_plan *plan;
    cn_single_client *client, *loaded;
    cn_single_server *server;
    cn_single_request *request;
    cn_single_reply *reply;
    uint8_t pixels[2 * INPUTS];
    cn_i128 scores[2 * OUTPUTS];
    TRY(cn_model_new(&m));
    m->input = (cn_shape){1, 2, 2};
    m->layer_count = 3;
    m->layer[1] = (cn_layer){.type = CN_LAYER_SQUARE};
    for (int l = 0; l < 3; l += 2) {
        uint32_t units = l ? OUTPUTS : HIDDEN;
        size_t row = l ? HIDDEN : INPUTS;
        m->layer[l] = (cn_layer){.type = CN_LAYER_DENSE, .weight_scale = 1};
        TRY(cn_layer_alloc(&m->layer[l], units, row));
        for (size_t i = 0; i < units * row; i++) m->layer[l].weight[i] = (int64_t)i % 3 - 1;
    }
    TRY(cn_model_finish(m));
    TRY(cn_single_plan_new(&plan, m, &(cn_single_options){.images = 4}));
    TRY(cn_single_client_new(&client, plan, 1));
    TRY(cn_single_server_new(&server, plan, m, cn_single_client_relin_key(client), cn_single_client_rotation_key(client), 1));
    if (single_through_file(&loaded, client, plan)) return 1;
    for (int i = 0; i < 2 * INPUTS; i++) pixels[i] = (uint8_t)(7 * (i % INPUTS) + 1);
    CN_SECRET(pixels, sizeof pixels);
    TRY(cn_single_encrypt(&request, loaded, pixels, 2));
    TRY(cn_single_evaluate(&reply, server, request, NULL));
    TRY(cn_single_decrypt(scores, loaded, reply, 2));
    CN_PUBLIC(scores, sizeof scores);
    /* weights -1 0 1 -1; 0 1 -1 0; 1 -1 0 1 on 1 8 15 22: -8, -7, 15; then -1 0 1; -1 0 1 on their squares */
    for (int i = 0; i < 2 * OUTPUTS; i++)
        if (scores[i] != 225 - 64) return fprintf(stderr, "ctime: wrong packed score\n"), 1;
    cn_single_reply_free(reply);
    cn_single_request_free(request);
    cn_single_server_free(server);
    cn_single_client_free(loaded);
    cn_single_client_free(client);
    cn_single_plan_free(plan);
    cn_model_free(m);
    return 0;
}

int main(void) {
    if (!RUNNING_ON_VALGRIND) {
        fprintf(stderr, "ctime: run under valgrind (make check-ctime)\n");
        return 77;
    }
    int failed = check_scheme(records[0]) || check_scheme(records[1]) || check_encoders() || check_packed() ||
                 check_client((cn_plan_options){.ring_degree = N}) ||
                 check_client((cn_plan_options){.public_key = 1, .ring_degree = N}) || check_client((cn_plan_options){.model_privacy = 40, .scale_scores = 8}) ||
                 check_client((cn_plan_options){.scheme = CN_SCHEME_YASHE});
    if (!failed) printf("ctime: key generation, encoding, encryption, decryption, flooding and key files done on secrets\n");
    return failed;
}
