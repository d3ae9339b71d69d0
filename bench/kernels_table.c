/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The kernels that bench-kernels times: what they work on, how they are called, the table. */

#include "bench/bench_kernels.h"

#include <stdlib.h>
#include <string.h>

#include "he/pack.h"
#include "nn/linear.h"
#include "ring/galois.h"
#include "util/chacha20.h"
#include "util/mem.h"

#define TERMS CN_BK_TERMS
#define WORDS CN_BK_WORDS

typedef cn_bk_work work;
typedef cn_bk_kernel kernel;

static const uint8_t seed[CN_SEED_BYTES] = {1};

uint64_t cn_bk_random(void) { /* splitmix64 */
    static uint64_t state;
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

void cn_bk_set_moduli(work *w) { /* primes 1 modulo 2^15 */
    cn_mod_init(&w->q, w->kernel->q_bits == 31 ? 2147352577 : 70368743587841);
    cn_mod_init(&w->from, 70368743489537);
    cn_mod_init(&w->t, 68718428161);
}

static cn_status setup_words(work *w) {
    cn_bk_set_moduli(w);
    w->small = cn_calloc(w->n, 1);
    w->bytes = cn_calloc(w->n, 8);
    if (!w->small || !w->bytes) return CN_ERR_MEMORY;
    for (size_t i = 0; i < w->n; i++) w->small[i] = (int8_t)(cn_bk_random() % 43) - 21;
    for (unsigned j = 0; j < WORDS; j++) {
        if (!(w->x[j] = cn_calloc(w->n, sizeof *w->x[j]))) return CN_ERR_MEMORY;
        for (size_t i = 0; i < w->n; i++) w->x[j][i] = cn_bk_random() % w->t.q; /* the smallest of the moduli */
    }
    for (unsigned j = 0; j < TERMS; j++) w->a[j] = w->x[3 + j], w->b[j] = w->x[3 + TERMS + j];
    w->w = cn_shoup_init_var(cn_bk_random() % w->q.q, &w->q);
    cn_pack(w->bytes, w->x[1], w->n, &w->q);
    CN_TRY(cn_rng_new(&w->rng));
    return w->kernel->transforms ? cn_ntt_init(&w->ntt, w->n, w->q.q) : CN_OK;
}

/** A key or weights, and an automorphism. */
static cn_status setup_turns(work *w) {
    CN_TRY(setup_words(w));
    w->stream = cn_calloc(2 * TERMS * w->n, sizeof *w->stream);
    w->index = cn_calloc(w->n, sizeof *w->index);
    if (!w->stream || !w->index) return CN_ERR_MEMORY;
    for (size_t i = 0; i < 2 * TERMS * w->n; i++) w->stream[i] = w->x[1][i % w->n];
    cn_galois_index(w->index, 3, w->n);
    return CN_OK;
}

/** The first convolution of CryptoNets, or its first dense layer, on one tile. */
static cn_status setup_matrix(work *w) {
    bool conv = strcmp(w->kernel->name, "conv") == 0;
    cn_layer *l = &w->layer;
    size_t products = 0;
    cn_bk_set_moduli(w);
    *l = conv ? (cn_layer){.type = CN_LAYER_CONV, .kernel = 5, .stride = 2, .pad_left = 1, .pad_top = 1}
              : (cn_layer){.type = CN_LAYER_DENSE};
    CN_TRY(cn_layer_alloc(l, conv ? 5 : CN_BK_DENSE_ROWS, conv ? 25 : CN_BK_DENSE_COLS));
    uint64_t reach = ((uint64_t)1 << (w->kernel->weight_bits - 1)) - 1; /* one bit is a sign alone */
    for (size_t i = 0; i < l->weight_count; i++)
        l->weight[i] = reach ? (int64_t)(cn_bk_random() % (2 * reach + 1)) - (int64_t)reach : 1 - 2 * (int64_t)(cn_bk_random() % 2);
    CN_TRY(cn_layer_finish(l, 1, conv ? (cn_shape){1, 28, 28} : (cn_shape){CN_BK_DENSE_COLS, 1, 1}, 1));
    CN_TRY(cn_linear_from_layer(&w->linear, l));
    CN_TRY(cn_gemm_init(&w->gemm, &w->linear.m));
    const cn_matrix *m = &w->linear.m;
    w->in = cn_calloc(m->cols * CN_TILE, sizeof *w->in);
    w->out = cn_calloc(m->rows * CN_TILE, sizeof *w->out);
    w->scratch = cn_calloc(cn_gemm_scratch_bytes(&w->gemm), 1);
    if (!w->in || !w->out || !w->scratch) return CN_ERR_MEMORY;
    for (size_t i = 0; i < m->cols * CN_TILE; i++) w->in[i] = cn_bk_random() % w->q.q;
    for (size_t g = 0; g < w->gemm.groups; g++) products += w->gemm.group[g].rows * w->gemm.group[g].pairs;
    w->units[CN_BK_UNITS] = w->gemm.sums.chunks ? cn_bk_lookups(&w->gemm) : products;
    w->n = (size_t)m->start[m->rows] * CN_TILE;
    return CN_OK;
}

#define ROTATIONS 5

/** Four primes, 157 bits, n = 8192; a ciphertext and all keys. */
static cn_status setup_scheme(work *w) {
    const cn_params p = {.n = w->n, .limbs = 4, .q = {70368743669761, 137438822401, 137438773249, 137438691329},
                         .plains = 1, .t = {68719230977}};
    CN_TRY(setup_words(w));
    CN_TRY(cn_context_new(&w->ctx, &p));
    CN_TRY(cn_secret_key_new(&w->sk, w->ctx));
    CN_TRY(cn_relin_key_new(&w->rk, w->sk, 2, w->ctx));
    CN_TRY(cn_encrypt_secret(&w->cipher, NULL, 0, 0, w->sk, w->ctx));
    CN_TRY(cn_poly_init(&w->phase, &w->ctx->ring, p.limbs, false, CN_NTT));
    return cn_he_scratch_init(&w->he, w->ctx);
}

/** Four primes and a special one, 213 bits; keys of five rotations. */
static cn_status setup_rotations(work *w) {
    const cn_params p = {.n = w->n, .limbs = 4, .q = {8796092858369, 8796092792833, 4398046150657, 4398045708289}, .special = 8796092661761,
                         .plains = 1, .t = {557057}};
    cn_rotation rotation[ROTATIONS];
    for (unsigned k = 0; k < ROTATIONS; k++) rotation[k] = (cn_rotation){.by = 1 + 37 * k};
    CN_TRY(setup_words(w));
    CN_TRY(cn_context_new(&w->ctx, &p));
    CN_TRY(cn_secret_key_new(&w->sk, w->ctx));
    CN_TRY(cn_rotation_key_new(&w->rotations, w->sk, rotation, ROTATIONS, w->ctx));
    CN_TRY(cn_turn_keys_new(&w->turns, w->rotations, w->ctx));
    CN_TRY(cn_encrypt_secret(&w->cipher, NULL, 0, 0, w->sk, w->ctx));
    for (unsigned k = 0; k < 2; k++) CN_TRY(cn_poly_init(&w->acc[k], &w->ctx->ring, p.limbs, true, CN_NTT));
    return cn_he_scratch_init(&w->he, w->ctx);
}

/** The sum of the first count rotations of one ciphertext: one decomposition, one division. */
static void sum_rotations(work *w, size_t count) {
    const cn_turn_key *turn[ROTATIONS];
    for (size_t k = 0; k < count; k++) turn[k] = &w->turns->key[k];
    cn_hoist_sum((cn_poly *[]){w->acc}, 1, w->cipher->part, turn, count, NULL, false, &w->he, w->ctx);
    cn_hoist_divide(w->acc, &w->he, w->ctx);
}

void cn_bk_clear(work *w) {
    cn_ntt_clear(&w->ntt);
    for (unsigned j = 0; j < WORDS; j++) cn_free(w->x[j]);
    cn_free(w->small), cn_free(w->bytes), cn_free(w->stream), cn_free(w->index), cn_free(w->in), cn_free(w->out), cn_free(w->scratch);
    cn_free(w->layer.weight), cn_free(w->layer.bias);
    cn_gemm_clear(&w->gemm);
    cn_linear_clear(&w->linear);
    cn_rng_free(w->rng);
    cn_poly_clear(&w->phase);
    cn_he_scratch_clear(&w->he);
    cn_cipher_free(w->cipher);
    cn_turn_keys_free(w->turns);
    cn_rotation_key_free(w->rotations);
    cn_poly_clear(&w->acc[0]);
    cn_poly_clear(&w->acc[1]);
    cn_relin_key_free(w->rk);
    cn_secret_key_free(w->sk);
    cn_context_free(w->ctx);
    cn_bk_segment_clear(&w->segment);
    memset(w, 0, sizeof *w);
}

static const cn_digit whole = {.mask = -1};

#define RUN(name, ...)             \
    static void run_##name(void *arg) { \
        work *w = arg;             \
        uint64_t **x = w->x;       \
        (void)x;                   \
        __VA_ARGS__;               \
    }

RUN(ntt_forward, w->k->ntt_forward(x[0], &w->ntt))
RUN(ntt_inverse, w->k->ntt_inverse(x[0], x[0], &w->ntt))
RUN(ntt_lift, w->k->ntt_lift(x[0], x[1], &whole, &w->from, &w->ntt))
RUN(ntt_drop, w->k->ntt_drop(x[0], x[2], x[1], w->w, &w->from, &w->ntt))
RUN(add, w->k->add(x[0], x[1], x[2], w->n, &w->q))
RUN(mul, w->k->mul(x[0], x[1], x[2], w->n, &w->q))
RUN(mul_add, w->k->mul_add(x[0], x[1], x[2], w->n, &w->q))
RUN(dot, w->k->dot(x[0], w->a, w->b, TERMS, w->n, &w->q))
RUN(turn, cn_turn_row row = {.c0 = x[2], .factor = w->w, .x = w->a, .terms = TERMS, .key = w->stream, .digits = TERMS, .index = w->index,
                             .n = w->n, .mod = &w->q};
    for (size_t i = 0; i < w->n; i += CN_HOIST_POINTS) w->k->turn(x[0] + i, x[1] + i, &row, i, CN_HOIST_POINTS, false))
RUN(weigh, for (size_t i = 0; i < w->n; i += CN_HOIST_POINTS)
    w->k->weigh((uint64_t *[]){x[0] + i}, (uint64_t *[]){x[1] + i}, 1, w->a, w->b, TERMS, w->stream + i * TERMS, CN_HOIST_POINTS, false, &w->q))
RUN(scale, w->k->scale(x[0], x[1], w->w, w->n, &w->q))
RUN(sub_scale, w->k->sub_scale(x[0], x[1], w->w, w->n, &w->q))
RUN(lift, w->k->lift(x[0], x[1], &whole, &w->from, w->n, &w->q))
RUN(encode, w->k->encode(x[0], x[1], w->small, w->w, &w->t, w->n, &w->q))
RUN(square, w->k->square(x[0], x[1], x[2], x[3], x[4], w->w, w->n, &w->q))
RUN(linear, w->k->linear(w->out, CN_TILE, w->in, CN_TILE, NULL, &w->gemm, &w->q, w->scratch))
RUN(chacha20, cn_chacha20_blocks((uint8_t *)x[0], 8 * w->n / CN_CHACHA20_BLOCK_BYTES, seed, seed, 0))
RUN(sample_uniform, cn_sample_uniform_var(x[0], w->n, &w->q, seed, CN_ROLE_CIPHERTEXT, 0, 0))
RUN(sample_error, if (cn_sample_error(w->small, w->n, w->rng) != CN_OK) abort())
RUN(pack, cn_pack(w->bytes, x[0], w->n, &w->q))
RUN(unpack, if (!cn_unpack(x[1], w->bytes, w->n, &w->q)) abort())
RUN(key_switch, cn_relin_core(w->cipher, w->rk, &w->he, w->ctx))
RUN(mod_switch, cn_switch_core(w->cipher, 3, &w->he, w->ctx))
RUN(rotate, sum_rotations(w, 1))
RUN(rotate_five, sum_rotations(w, ROTATIONS))
RUN(encrypt, cn_encrypt_secret_core(w->cipher->part, x[0], w->small, seed, 0, 0, w->sk, w->ctx))
RUN(decrypt, cn_phase(&w->phase, w->cipher, w->sk, w->ctx); cn_decode_phase(x[0], &w->phase, 1, 0, w->ctx))

/** Give the ciphertext back what a key switch or a modulus switch takes from it. Zeros do: time does not depend on them. */
static void restore(void *arg) {
    work *w = arg;
    cn_cipher *c = w->cipher;
    if (!c->part[2].c && cn_poly_init(&c->part[2], &w->ctx->ring, 4, false, CN_NTT) != CN_OK) abort();
    for (c->power = 2, c->parts = 0; c->parts < 3; c->parts++) c->part[c->parts].limbs = 4;
}
static void restore_two(void *arg) {
    restore(arg);
    ((work *)arg)->cipher->parts = 2, ((work *)arg)->cipher->power = 1;
}

const kernel cn_bk_kernels[] = {
    /* name, words, setup, run, prepare, bound, transforms, bits */
    {"ntt_forward", 4096, setup_words, run_ntt_forward, NULL, CN_BK_FORWARD, 1, 0, 46},
    {"ntt_forward", 8192, setup_words, run_ntt_forward, NULL, CN_BK_FORWARD, 1, 0, 46},
    {"ntt_forward", 16384, setup_words, run_ntt_forward, NULL, CN_BK_FORWARD, 1, 0, 46},
    {"ntt_inverse", 4096, setup_words, run_ntt_inverse, NULL, CN_BK_INVERSE, 1, 0, 46},
    {"ntt_inverse", 8192, setup_words, run_ntt_inverse, NULL, CN_BK_INVERSE, 1, 0, 46},
    {"ntt_inverse", 16384, setup_words, run_ntt_inverse, NULL, CN_BK_INVERSE, 1, 0, 46},
    {"ntt_lift", 8192, setup_words, run_ntt_lift, NULL, CN_BK_FORWARD, 1, 0, 46},
    {"ntt_drop", 8192, setup_words, run_ntt_drop, NULL, CN_BK_FORWARD, 1, 0, 46},
#define WORDWISE(name, bound)                                      \
    {#name, 1024, setup_words, run_##name, NULL, bound, 0, 0, 46}, \
    {#name, 8192, setup_words, run_##name, NULL, bound, 0, 0, 46}
    WORDWISE(add, CN_BK_NONE), /* 1024 words lie in the first-level cache, 8192 do not */
    WORDWISE(mul, CN_BK_MUL),
    WORDWISE(mul_add, CN_BK_MUL_ADD),
    WORDWISE(dot, CN_BK_NONE),
    {"turn", 8192, setup_turns, run_turn, NULL, CN_BK_TERMS_TWICE, 0, 0, 46},
    {"weigh", 8192, setup_turns, run_weigh, NULL, CN_BK_TERMS_TWICE, 0, 0, 46},
    {"dot", CN_BK_FAR, setup_words, run_dot, NULL, CN_BK_NONE, 0, 0, 46}, /* from memory */
    WORDWISE(scale, CN_BK_SCALE),
    WORDWISE(sub_scale, CN_BK_SUB_SCALE),
    WORDWISE(lift, CN_BK_LIFT),
    WORDWISE(encode, CN_BK_ENCODE),
    WORDWISE(square, CN_BK_SQUARE),
    {"gemm", 0, setup_matrix, run_linear, NULL, CN_BK_PAIRS_3, 0, 3, 46},
    {"gemm_8bit", 0, setup_matrix, run_linear, NULL, CN_BK_PAIRS_3, 0, 8, 46},
    {"gemm_31bit", 0, setup_matrix, run_linear, NULL, CN_BK_PAIRS_2, 0, 3, 31},
    {"gemm_ternary", 0, setup_matrix, run_linear, NULL, CN_BK_LOOKUPS, 0, 2, 46},
    {"gemm_binary", 0, setup_matrix, run_linear, NULL, CN_BK_LOOKUPS, 0, 1, 46},
    {"conv", 0, setup_matrix, run_linear, NULL, CN_BK_PAIRS_3, 0, 3, 46},
    {"segment", 0, cn_bk_segment_setup, cn_bk_segment_run, NULL, CN_BK_SEGMENT, 0, 0, 46},
    {"chacha20", 8192, setup_words, run_chacha20, NULL, CN_BK_STREAM, 0, 0, 46},
    {"sample_uniform", 8192, setup_words, run_sample_uniform, NULL, CN_BK_STREAM, 0, 0, 46},
    {"sample_error", 8192, setup_words, run_sample_error, NULL, CN_BK_STREAM, 0, 0, 46},
    {"pack", 8192, setup_words, run_pack, NULL, CN_BK_NONE, 0, 0, 46},
    {"unpack", 8192, setup_words, run_unpack, NULL, CN_BK_NONE, 0, 0, 46},
    /* With 4 primes, bounded by their transforms alone: 4 inverse and 12 forward; 1 and 3 for each of two parts; 1 modulo t
     * and 4; 4 and 1 modulo t. */
    {"key_switch", 8192, setup_scheme, run_key_switch, restore, CN_BK_FORWARD, 16, 0, 46},
    {"mod_switch", 8192, setup_scheme, run_mod_switch, restore_two, CN_BK_FORWARD, 8, 0, 46},
    /* 4 inverse and 16 forward, 2 and 8: one rotation, and the sum of five of them. */
    {"rotate", 8192, setup_rotations, run_rotate, NULL, CN_BK_FORWARD, 30, 0, 46},
    {"rotate_five", 8192, setup_rotations, run_rotate_five, NULL, CN_BK_FORWARD, 30, 0, 46},
    {"encrypt", 8192, setup_scheme, run_encrypt, NULL, CN_BK_FORWARD, 5, 0, 46},
    {"decrypt", 8192, setup_scheme, run_decrypt, NULL, CN_BK_FORWARD, 5, 0, 46},
};
const size_t cn_bk_count = CN_ARRAY_LEN(cn_bk_kernels);

cn_status cn_bk_start(work *w, const kernel *k) {
    *w = (work){.kernel = k, .k = cn_kernels_get(), .n = k->n, .units = {k->n}};
    size_t log_n = 0;
    while (k->transforms && (size_t)2 << log_n <= k->n) log_n++;
    if (k->transforms) w->units[CN_BK_UNITS] = k->transforms * (k->n / 2) * log_n;
    return k->setup(w);
}
