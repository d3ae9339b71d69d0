/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The experiment of 2016 in small rings: whole networks against the clear network, the worst-case bound on the noise at the smallest
 *  q that it lets pass, refusals, and what happens when memory, randomness or patience run out. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arith/prime.h"
#include "netgen.h"
#include "nn/clear.h"
#include "reference/paper2016.h"
#include "reference_testing.h"
#include "testing.h"
#include "util/mem.h"

#define N 64

/** Two plaintext primes of about t_bits bits for n = N, and the prime of 2016 or any odd q of q_bits bits. */
static cn_p16_params toy_params(unsigned t_bits, unsigned q_bits, unsigned w_bits) {
    cn_p16_params p;
    cn_p16_params_2016(&p);
    p.n = N;
    p.w_bits = w_bits;
    for (unsigned j = 0; j < 2; j++) p.t[j] = cn_prime_above_var(j ? p.t[0] + 1 : (uint64_t)1 << t_bits, (uint64_t)1 << 50, 2 * N);
    if (q_bits) {
        mpz_set_ui(p.q, 0);
        mpz_setbit(p.q, q_bits - 1);
        mpz_add_ui(p.q, p.q, 2 * tst_below(1u << 30) + 1);
    }
    return p;
}

/** conv, square, pool, dense, square, dense: the shape of the paper. */
static cn_model *toy_net(unsigned bits, unsigned bias_bits) {
    cn_model *m = tst_net_new(1, 6, 6);
    tst_net_conv(m, 2, 3, 2, (uint32_t[4]){0, 1, 1, 0}, bits, bias_bits);
    tst_net_square(m);
    tst_net_pool(m, 2, 1);
    tst_net_dense(m, 5, bits, bias_bits);
    tst_net_square(m);
    tst_net_dense(m, 3, bits, bias_bits);
    for (int i = 0; i < 256; i++) m->lut[i] = i % 17 - 3;
    return tst_net_finish(m);
}

static cn_program compile(const cn_model *m) {
    cn_program prog;
    ck_assert_int_eq(cn_program_compile(&prog, m, m->layer_count), CN_OK);
    return prog;
}

/** One branch from pixels to residues [outputs][N].  Returns: the first failure. Out: *replies, unless NULL. */
static cn_status branch(uint64_t *residues, cn_p16_values **replies, unsigned j, const cn_p16_params *p, const cn_program *prog,
                        const cn_model *m, const uint8_t *pixels, size_t images, unsigned threads, cn_progress_fn progress, void *user) {
    cn_status status = CN_OK;
    cn_pool *pool = NULL;
    cn_p16_key *key = NULL;
    cn_p16_values *in = NULL, *out = NULL;
    cn_p16_times times = {0};
    CN_CHECK(cn_pool_new(&pool, threads));
    CN_CHECK(cn_p16_key_new(&key, p, j));
    CN_CHECK(cn_p16_encrypt(&in, key, m->lut, pixels, images, prog->inputs, pool, progress, user));
    CN_CHECK(cn_p16_evaluate(&out, &times, in, &key->eval, prog, pool, progress, user));
    CN_CHECK(cn_p16_decrypt(residues, out, key, pool));
    ck_assert_uint_eq(out->power, 2);
    for (unsigned s = 0; s < prog->count; s++)
        TST_CHECK(times.stage[s][CN_STAGE_ACT] > 0 && (times.stage[s][CN_STAGE_PRE] > 0) == prog->segment[s].has_pre &&
                  (times.key_switch[s] > 0) == (s + 1 < prog->count));
    if (replies) *replies = out, out = NULL;
cleanup:
    cn_p16_values_free(in);
    cn_p16_values_free(out);
    cn_p16_key_free(key);
    cn_pool_free(pool);
    return status;
}

/** Scores of all images, encrypted and clear, in the window from low on. */
static void expect_scores(const cn_p16_params *p, const cn_model *m, size_t images, unsigned threads, cn_i128 low) {
    cn_program prog = compile(m);
    size_t scores = images * prog.outputs, outside;
    uint8_t *pixels = tst_net_pixels(m, images);
    uint64_t *residues = calloc(2 * prog.outputs * N, sizeof *residues);
    cn_i128 *clear = calloc(scores, sizeof *clear), t = cn_p16_t_product(p);
    ck_assert(residues && clear);
    for (unsigned j = 0; j < 2; j++) {
        cn_status status = branch(residues + j * prog.outputs * N, NULL, j, p, &prog, m, pixels, images, threads, NULL, NULL);
        ck_assert_msg(status == CN_OK, "%s", cn_error_text());
    }
    ck_assert_int_eq(cn_clear_run(clear, &outside, &prog, m, low, t, t, pixels, images, 1), CN_OK);
    for (size_t i = 0; i < N; i++)
        for (size_t o = 0; o < prog.outputs; o++) {
            uint64_t r[2] = {residues[o * N + i], residues[(prog.outputs + o) * N + i]};
            if (i < images) TST_CHECK(cn_p16_join(r, low, p) == clear[i * prog.outputs + o]);
        }
    cn_program_clear(&prog);
    free(pixels), free(residues), free(clear);
}

START_TEST(parameters_of_2016) {
    cn_p16_params p;
    cn_p16_params_2016(&p);
    mpz_t q;
    tst_modulus(q, 3);
    ck_assert(mpz_cmp(p.q, q) == 0 && mpz_probab_prime_p(q, 30) && mpz_sizeinbase(q, 2) == 383);
    for (int j = 0; j < 2; j++) ck_assert(cn_is_prime_var(p.t[j]) && p.t[j] % (2 * p.n) == 1 && p.t[j] >> 40 == 1);
    ck_assert(p.t[0] < p.t[1] && p.n == 8192);
    ck_assert_uint_eq(cn_ref_digits(q, p.w_bits), 12);
    ck_assert_uint_eq(cn_p16_cipher_bytes(&p), 8192 * 383 / 8);
    mpz_clear(q);
    cn_p16_params_clear(&p);

    cn_model *m = tst_net_shipped("paper");
    cn_program prog = compile(m);
    double noise = 0, limit = 0;
    cn_p16_params_2016(&p);
    ck_assert_int_eq(cn_p16_check(&noise, &limit, &prog, &p), CN_OK);
    ck_assert(limit > 340.99 && limit < 341 && noise > 200 && noise < limit);
    cn_p16_params_clear(&p);
    cn_program_clear(&prog);
    cn_model_free(m);
}
END_TEST

/** Networks of the paper's shape; with fewer layers; with the square first; scores that wrap around; threads. */
START_TEST(scores_are_the_clear_ones) {
    cn_p16_params p = toy_params(_i % 2 ? 40 : 13, 0, _i < 2 ? 32 : 11);
    cn_model *m = toy_net(6, _i == 3 ? 120 : 10);
    expect_scores(&p, m, _i == 0 ? N : 1 + tst_below(N - 1), _i % 2 ? 3 : 1, -cn_p16_t_product(&p) / 2 + _i);
    cn_model_free(m);
    m = tst_net_new(1, 3, 3);
    tst_net_square(m);
    tst_net_dense(m, 2, 9, 9);
    if (_i == 2) {
        tst_net_square(m);
        tst_net_dense(m, 40, 9, 9); /* more than a block of outputs */
        tst_net_square(m);
        tst_net_dense(m, 1, 9, 9);
    }
    expect_scores(&p, tst_net_finish(m), 5, 1, 17);
    cn_model_free(m);
    cn_p16_params_clear(&p);
}
END_TEST

/** The smallest q that the bound lets pass still decrypts everything; one that is a little smaller is refused. */
START_TEST(bound_holds) {
    cn_model *m = toy_net(5, 5);
    cn_program prog = compile(m);
    double noise, limit;
    unsigned bits = 100, w_bits = _i ? 120 : 16; /* with words that wide the key switch makes most of the noise */
    for (;; bits++) {
        cn_p16_params p = toy_params(20, bits, w_bits);
        cn_status status = cn_p16_check(&noise, &limit, &prog, &p);
        TST_CHECK((status == CN_OK) == (noise < limit - 0.01));
        ck_assert(status == CN_OK || status == CN_ERR_PLAN);
        if (status == CN_OK) expect_scores(&p, m, N, 1, -1000000);
        cn_p16_params_clear(&p);
        if (status == CN_OK) break;
    }
    ck_assert_uint_gt(bits, 120);
    /* The bound is the worst case, so much smaller q will do in practice; but not arbitrarily small ones. */
    cn_p16_params p = toy_params(20, bits / 2, w_bits);
    uint8_t *pixels = tst_net_pixels(m, N);
    uint64_t residues[3 * N];
    ck_assert_int_eq(branch(residues, NULL, 0, &p, &prog, m, pixels, N, 1, NULL, NULL), CN_ERR_NOISE);
    for (size_t i = 0; i < 3 * N; i++) TST_EQ(residues[i], 0);
    free(pixels);
    cn_p16_params_clear(&p);
    cn_program_clear(&prog);
    cn_model_free(m);
}
END_TEST

/** Decryption refuses above q/(4t), exactly: phases (q/t) m +- (q/(4t) -+ 1). */
START_TEST(decryption_limit) {
    cn_p16_params p = toy_params(20, 0, 32);
    cn_p16_key *key;
    cn_p16_values *v;
    uint64_t residues[N];
    mpz_t quarter, *m = cn_ref_new(N), *x = cn_ref_new(N), *inverse = cn_ref_new(N);
    ck_assert_int_eq(cn_p16_key_new(&key, &p, 1), CN_OK);
    ck_assert_int_eq(cn_p16_values_new(&v, 1, 1, 1, N), CN_OK);
    ck_assert(cn_ref_inverse(inverse, key->k.f, p.q, N));
    mpz_init(quarter);
    mpz_fdiv_q_ui(quarter, p.q, 4 * p.t[1]);
    for (int side = 0; side < 4; side++) {
        size_t at = tst_below(N);
        for (size_t k = 0; k < N; k++) mpz_set_ui(m[k], tst_biased(p.t[1]));
        cn_ref_encode(x, m, key->eval.y.t, p.q, false, N);
        if (side % 2) mpz_add(x[at], x[at], quarter);
        else mpz_sub(x[at], x[at], quarter);
        if (side == 0) mpz_add_ui(x[at], x[at], 1);
        if (side == 1) mpz_sub_ui(x[at], x[at], 1);
        if (side == 2) mpz_sub_ui(x[at], x[at], 2);
        if (side == 3) mpz_add_ui(x[at], x[at], 2);
        cn_ref_mul(v->c[0], x, inverse, N);
        cn_ref_reduce(v->c[0], v->c[0], p.q, N);
        ck_assert_int_eq(cn_p16_decrypt(residues, v, key, NULL), side < 2 ? CN_OK : CN_ERR_NOISE);
        if (side < 2) cn_ntt_inverse(residues, &key->slots);
        for (size_t k = 0; k < N; k++) TST_EQ(residues[k], side < 2 ? mpz_get_ui(m[k]) : 0);
    }
    mpz_clear(quarter);
    cn_ref_free(m, N), cn_ref_free(x, N), cn_ref_free(inverse, N);
    cn_p16_values_free(v);
    cn_p16_key_free(key);
    cn_p16_params_clear(&p);
}
END_TEST

START_TEST(refused_networks) {
    static const struct {
        int64_t a, b, c;
        bool dense;
        cn_status status;
    } net[] = {{1, 0, 0, true, CN_OK},
               {2, 0, 0, true, CN_ERR_UNSUPPORTED},
               {1, 1, 0, true, CN_ERR_UNSUPPORTED},
               {1, 0, 1, true, CN_ERR_UNSUPPORTED},
               {1, 0, 0, false, CN_ERR_UNSUPPORTED},
               {0, 0, 0, true, CN_ERR_UNSUPPORTED}}; /* no activation */
    cn_p16_params p = toy_params(20, 0, 32);
    double noise = -1, limit = -1;
    for (size_t i = 0; i < CN_ARRAY_LEN(net); i++) {
        cn_model *m = tst_net_new(1, 2, 2);
        if (net[i].a) tst_net_poly(m, net[i].a, net[i].b, net[i].c);
        if (net[i].dense) tst_net_dense(m, 1, 3, 3);
        cn_program prog = compile(tst_net_finish(m));
        ck_assert_int_eq(cn_p16_check(&noise, &limit, &prog, &p), net[i].status);
        cn_program_clear(&prog);
        cn_model_free(m);
    }
    cn_model *m = toy_net(55, 55);
    cn_program prog = compile(m);
    p.t[1] = cn_prime_below_var((uint64_t)1 << 50, 0, 2 * N);
    ck_assert_int_eq(cn_p16_check(&noise, &limit, &prog, &p), CN_ERR_PLAN);
    ck_assert(noise > limit);
    cn_program_clear(&prog);
    cn_model_free(m);
    cn_p16_params_clear(&p);
}
END_TEST

/** Every function that takes a key or ciphertexts refuses another type; then whatever else does not fit. */
START_TEST(types_and_misfits) {
    cn_p16_params p = toy_params(13, 200, 32);
    cn_model *m = tst_net_new(1, 2, 2);
    tst_net_square(m);
    tst_net_dense(m, 1, 3, 3);
    cn_program prog = compile(tst_net_finish(m));
    uint8_t *pixels = tst_net_pixels(m, N);
    cn_p16_key *key, *other;
    cn_p16_values *in, *out = (cn_p16_values *)m;
    cn_p16_times times = {0};
    uint64_t residues[4 * N];
    ck_assert_int_eq(cn_p16_key_new(&key, &p, 0), CN_OK);
    ck_assert_int_eq(cn_p16_key_new(&other, &p, 1), CN_OK);
    ck_assert_str_eq(key->type, "insecure-historical-2016");
    ck_assert_int_eq(cn_p16_encrypt(&in, key, m->lut, pixels, N, 4, NULL, NULL, NULL), CN_OK);
    ck_assert_str_eq(in->type, "insecure-historical-2016");
    for (size_t at = 0; at < sizeof CN_P16_TYPE; at++) { /* the final zero, too */
        key->type[at] ^= 1;
        ck_assert_int_eq(cn_p16_encrypt(&out, key, m->lut, pixels, N, 4, NULL, NULL, NULL), CN_ERR_MISMATCH);
        ck_assert_ptr_null(out);
        memset(residues, 1, sizeof residues);
        ck_assert_int_eq(cn_p16_decrypt(residues, in, key, NULL), CN_ERR_MISMATCH);
        TST_EQ(residues[0], 0);
        key->type[at] ^= 1;
        key->eval.type[at] ^= 1;
        ck_assert_int_eq(cn_p16_evaluate(&out, &times, in, &key->eval, &prog, NULL, NULL, NULL), CN_ERR_MISMATCH);
        key->eval.type[at] ^= 1;
        in->type[at] ^= 1;
        ck_assert_int_eq(cn_p16_evaluate(&out, &times, in, &key->eval, &prog, NULL, NULL, NULL), CN_ERR_MISMATCH);
        ck_assert_int_eq(cn_p16_decrypt(residues, in, key, NULL), CN_ERR_MISMATCH);
        in->type[at] ^= 1;
    }
    ck_assert_int_eq(cn_p16_encrypt(&out, key, m->lut, pixels, 0, 4, NULL, NULL, NULL), CN_ERR_SIZE);
    ck_assert_int_eq(cn_p16_encrypt(&out, key, m->lut, pixels, N + 1, 4, NULL, NULL, NULL), CN_ERR_SIZE);
    ck_assert_int_eq(cn_p16_evaluate(&out, &times, in, &other->eval, &prog, NULL, NULL, NULL), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_p16_decrypt(residues, in, other, NULL), CN_ERR_MISMATCH);
    in->power = 2;
    ck_assert_int_eq(cn_p16_evaluate(&out, &times, in, &key->eval, &prog, NULL, NULL, NULL), CN_ERR_STATE);
    in->power = 1;
    prog.inputs = 3;
    ck_assert_int_eq(cn_p16_evaluate(&out, &times, in, &key->eval, &prog, NULL, NULL, NULL), CN_ERR_SIZE);
    prog.inputs = 4;
    ck_assert_int_eq(cn_p16_decrypt(residues, in, key, NULL), CN_OK);
    for (size_t i = 0; i < N; i++)
        for (size_t v = 0; v < 4; v++) TST_EQ(residues[v * N + i], pixels[4 * i + v]);
    cn_p16_key *same;
    ck_assert_int_eq(cn_p16_key_new(&same, &p, 0), CN_OK);
    ck_assert_int_eq(cn_p16_decrypt(residues, in, same, NULL), CN_ERR_NOISE); /* another key of the same branch */
    cn_p16_key_free(same);
    cn_p16_key_free(key);
    cn_p16_key_free(other);
    cn_p16_values_free(in);
    cn_program_clear(&prog);
    cn_model_free(m);
    free(pixels);
    cn_p16_params_clear(&p);
}
END_TEST

/** Fresh ciphertexts of 0 are e + h s: modulo t f c is e, and then s follows. Every e and s is another one, small, not zero. */
START_TEST(fresh_errors) {
    cn_p16_params p = toy_params(20, 0, 32);
    cn_p16_key *key = NULL;
    cn_p16_values *in;
    const int64_t lut[256] = {0};
    const uint8_t pixels[3] = {0, 1, 2};
    mpz_t **small = cn_ref_list_new(6, N), *inverse = cn_ref_new(N), *x = cn_ref_new(N), t;
    mpz_init_set_ui(t, p.t[0]);
    do {
        cn_p16_key_free(key);
        ck_assert_int_eq(cn_p16_key_new(&key, &p, 0), CN_OK);
    } while (!cn_ref_inverse(inverse, key->k.h, p.q, N));
    ck_assert_int_eq(cn_p16_encrypt(&in, key, lut, pixels, 1, 3, NULL, NULL, NULL), CN_OK);
    for (size_t v = 0; v < 3; v++) {
        cn_ref_yashe_phase(x, in->c[v], key->k.f, 1, &key->eval.y);
        cn_ref_reduce(small[2 * v], x, t, N);
        for (size_t k = 0; k < N; k++) mpz_sub(x[k], in->c[v][k], small[2 * v][k]);
        cn_ref_mul(small[2 * v + 1], x, inverse, N);
        cn_ref_reduce(small[2 * v + 1], small[2 * v + 1], p.q, N);
    }
    for (size_t i = 0; i < 6; i++) {
        bool zero = true;
        for (size_t k = 0; k < N; k++) {
            TST_CHECK(mpz_cmpabs_ui(small[i][k], 21) <= 0);
            zero = zero && mpz_sgn(small[i][k]) == 0;
        }
        ck_assert(!zero);
        for (size_t j = 0; j < i; j++) {
            size_t same = 0;
            for (size_t k = 0; k < N; k++) same += mpz_cmp(small[i][k], small[j][k]) == 0;
            ck_assert_uint_lt(same, N / 2);
        }
    }
    mpz_clear(t);
    cn_ref_list_free(small, 6, N);
    cn_ref_free(inverse, N), cn_ref_free(x, N);
    cn_p16_values_free(in);
    cn_p16_key_free(key);
    cn_p16_params_clear(&p);
}
END_TEST

/** The same randomness gives the same ciphertexts with 1 and with 4 threads. */
START_TEST(threads_do_not_matter) {
    cn_p16_params p = toy_params(13, 0, 32);
    cn_model *m = toy_net(6, 6);
    cn_program prog = compile(m);
    uint8_t *pixels = tst_net_pixels(m, N);
    uint64_t residues[3 * N];
    cn_p16_values *reply[2];
    for (int i = 0; i < 2; i++) {
        cn_test_rng_deterministic(5);
        ck_assert_int_eq(branch(residues, &reply[i], 0, &p, &prog, m, pixels, N, i ? 4 : 1, NULL, NULL), CN_OK);
    }
    cn_test_rng_system();
    for (size_t o = 0; o < 3; o++) tst_expect_poly(reply[1]->c[o], reply[0]->c[o], N);
    for (int i = 0; i < 2; i++) cn_p16_values_free(reply[i]);
    free(pixels);
    cn_program_clear(&prog);
    cn_model_free(m);
    cn_p16_params_clear(&p);
}
END_TEST

typedef struct patience {
    size_t left, calls, last, total;
} patience;

static int on_progress(void *user, const char *step, size_t done, size_t total) {
    patience *p = user;
    (void)step;
    TST_CHECK(done >= 1 && done <= total);
    p->last = done, p->total = total;
    return ++p->calls > p->left;
}

/** Stopped after each call of the callback in turn; each allocation and each request for randomness fails in turn. */
START_TEST(stopped_or_out_of) {
    cn_p16_params p = toy_params(13, 0, 32);
    cn_model *m = tst_net_new(1, 2, 2);
    tst_net_dense(m, 3, 3, 3);
    tst_net_square(m);
    tst_net_dense(m, 2, 3, 3);
    tst_net_square(m);
    tst_net_dense(m, 1, 3, 3);
    cn_program prog = compile(tst_net_finish(m));
    uint8_t *pixels = tst_net_pixels(m, 3);
    uint64_t residues[N];
    long live = cn_test_alloc_live();
    for (unsigned kind = 0; kind < 3; kind++) {
        cn_status status, expected = kind == 0 ? CN_ERR_CANCELLED : kind == 1 ? CN_ERR_MEMORY : CN_ERR_RANDOM;
        unsigned failures = 0;
        for (unsigned long at = 1;; at++) {
            patience user = {.left = kind == 0 ? at - 1 : SIZE_MAX};
            if (kind == 1) cn_test_alloc_fail_at(at);
            if (kind == 2) cn_test_rng_fail_at(at);
            status = branch(residues, NULL, 0, &p, &prog, m, pixels, 3, 1, on_progress, &user);
            cn_test_alloc_fail_at(0);
            cn_test_rng_fail_at(0);
            ck_assert_int_eq(cn_test_alloc_live(), live);
            if (status == CN_OK) TST_EQ(user.last, user.total);
            if (status == CN_OK) break;
            ck_assert_int_eq(status, expected);
            failures++;
        }
        ck_assert_uint_ge(failures, kind == 0 ? 7 : 10);
    }
    free(pixels);
    cn_program_clear(&prog);
    cn_model_free(m);
    cn_p16_params_clear(&p);
}
END_TEST

/** All residues modulo two small numbers, several windows. */
START_TEST(join_exhaustive) {
    cn_p16_params p = {.n = 1, .t = {7, 11}};
    for (cn_i128 low = -200; low < 200; low += 37)
        for (cn_i128 x = low; x < low + 77; x++) {
            uint64_t r[2] = {(uint64_t)((x % 7 + 7) % 7), (uint64_t)((x % 11 + 11) % 11)};
            TST_CHECK(cn_p16_join(r, low, &p) == x);
        }
}
END_TEST

TCase *tst_paper2016_cases(void) {
    TCase *tc = tcase_create("paper2016");
    tcase_add_test(tc, parameters_of_2016);
    tcase_add_loop_test(tc, scores_are_the_clear_ones, 0, 4);
    tcase_add_loop_test(tc, bound_holds, 0, 2);
    tcase_add_test(tc, decryption_limit);
    tcase_add_test(tc, refused_networks);
    tcase_add_test(tc, types_and_misfits);
    tcase_add_test(tc, fresh_errors);
    tcase_add_test(tc, threads_do_not_matter);
    tcase_add_test(tc, stopped_or_out_of);
    tcase_add_test(tc, join_exhaustive);
    return tc;
}
