/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Results do not depend on the floating-point mode of the calling thread, nor do kernels change it: every kernel of every table in
 *  every mode, against the portable ones in the default mode. Whole ciphertexts and inferences in every mode are pinned in
 *  test_he_kat.c and test_infer_random.c. */

#include <stdlib.h>
#include <string.h>

#include "arith/prime.h"
#include "ring/kernels.h"
#include "testing.h"
#include "util/mem.h"

#define N 256
#define TERMS 40
#define ROWS 30
#define COLS 40

static const unsigned sizes[] = {24, 31, 40, 46, 47, 48, 50}; /* bits of a modulus: those that vector code serves, and more */

/** What all kernels read. */
typedef struct input {
    cn_ntt ntt;
    cn_mod from;
    uint64_t a[TERMS][N], b[TERMS][N];
    const uint64_t *x[TERMS], *y[TERMS];
    int8_t error[N];
    cn_shoup w;
    cn_digit whole, digit;
    uint64_t bias[ROWS];
    cn_gemm narrow, wide, sums; /* weights of one plane and of several; of -1, 0 and 1 */
    void *scratch;
} input;

/** What they write. */
typedef struct output {
    uint64_t word[13][N], narrow[ROWS][CN_TILE], wide[ROWS][CN_TILE], sums[ROWS][CN_TILE];
} output;

/** Weights from -reach to reach - 1; of -1, 0 and 1 for reach 1. */
static void init_matrix(cn_gemm *g, int64_t *w, uint64_t reach) {
    static uint32_t start[ROWS + 1], col[ROWS * COLS];
    for (uint32_t e = 0; e < ROWS * COLS; e++) col[e] = e % COLS, w[e] = (int64_t)tst_below(2 * reach + (reach == 1)) - (int64_t)reach;
    for (uint32_t r = 0; r <= ROWS; r++) start[r] = r * COLS;
    const cn_matrix m = {ROWS, COLS, start, col, w};
    ck_assert_int_eq(cn_gemm_init(g, &m), CN_OK);
}

/** Random input modulo a prime of that many bits. */
static void init_input(input *in, unsigned bits) {
    memset(in, 0, sizeof *in);
    ck_assert_int_eq(cn_ntt_init(&in->ntt, N, tst_prime(bits, N)), CN_OK);
    const cn_mod *q = &in->ntt.mod;
    ck_assert(cn_mod_init(&in->from, tst_prime(bits == 40 ? 41 : 40, N)));
    for (size_t k = 0; k < TERMS; k++) {
        for (size_t i = 0; i < N; i++) in->a[k][i] = tst_biased(k ? q->q : CN_MIN(q->q, in->from.q)), in->b[k][i] = tst_biased(q->q);
        in->x[k] = in->a[k], in->y[k] = in->b[k];
    }
    for (size_t i = 0; i < N; i++) in->error[i] = (int8_t)((int)tst_below(255) - 127);
    for (size_t r = 0; r < ROWS; r++) in->bias[r] = tst_biased(q->q);
    in->w = cn_shoup_init_var(tst_biased(q->q), q);
    in->whole = (cn_digit){.mask = -1};
    in->digit = (cn_digit){.shift = 12, .offset = (1 << 11) + (1 << 23), .mask = (1 << 12) - 1, .centre = 1 << 11};
    static int64_t weight[3][ROWS * COLS];
    init_matrix(&in->narrow, weight[0], 1 << 12);
    init_matrix(&in->wide, weight[1], (uint64_t)1 << 40);
    init_matrix(&in->sums, weight[2], 1);
    ck_assert(!in->narrow.sums.chunks && !in->wide.sums.chunks && in->sums.sums.chunks);
    size_t bytes = CN_MAX(cn_gemm_scratch_bytes(&in->narrow), cn_gemm_scratch_bytes(&in->wide));
    in->scratch = cn_malloc(CN_MAX(bytes, cn_gemm_scratch_bytes(&in->sums)), 1);
    ck_assert_ptr_nonnull(in->scratch);
}

static void clear_input(input *in) {
    cn_ntt_clear(&in->ntt);
    cn_gemm_clear(&in->narrow), cn_gemm_clear(&in->wide), cn_gemm_clear(&in->sums);
    cn_free(in->scratch);
}

/** Every kernel that computes with residues; the others do not know of the modulus. */
static void run_all(output *out, const cn_kernels *k, const input *in) {
    const cn_mod *q = &in->ntt.mod;
    uint64_t(*r)[N] = out->word;
    memset(out, 0, sizeof *out);
    memcpy(r[0], in->b[0], sizeof r[0]), memcpy(r[1], in->b[0], sizeof r[1]);
    k->ntt_forward(r[0], &in->ntt);
    k->ntt_inverse(r[1], r[1], &in->ntt);
    k->mul(r[2], in->a[0], in->b[0], N - 1, q);
    memcpy(r[3], in->a[1], sizeof r[3]);
    k->mul_add(r[3], in->a[0], in->b[0], N - 1, q);
    k->dot(r[4], in->x, in->y, TERMS, N - 1, q);
    k->scale(r[5], in->a[0], in->w, N - 1, q);
    memcpy(r[6], in->a[1], sizeof r[6]);
    k->sub_scale(r[6], in->a[0], in->w, N - 1, q);
    k->lift(r[7], in->a[0], &in->whole, &in->from, N - 1, q);
    k->lift(r[8], in->a[0], &in->digit, &in->from, N - 1, q);
    k->encode(r[9], in->a[0], in->error, in->w, &in->from, N - 1, q);
    k->square(r[10], r[11], r[12], in->a[0], in->b[0], in->w, N - 1, q);
    if (q->bits > CN_LIMB_BITS_MAX) return;
    k->linear(out->narrow[0], CN_TILE, in->a[1], CN_TILE, in->bias, &in->narrow, q, in->scratch);
    k->linear(out->wide[0], CN_TILE, in->a[1], CN_TILE, in->bias, &in->wide, q, in->scratch);
    k->linear(out->sums[0], CN_TILE, in->a[1], CN_TILE, in->bias, &in->sums, q, in->scratch);
}

START_TEST(kernels) {
    static input in;
    static output expected, found;
    size_t count;
    const cn_kernels *const *all = cn_kernels_all(&count);
    for (size_t s = 0; s < CN_ARRAY_LEN(sizes); s++)
        for (size_t i = 0; i < TST_ITERS(20); i++) {
            init_input(&in, sizes[s]);
            run_all(&expected, &cn_kernels_portable, &in);
            for (size_t t = 0; t < count; t++)
                for (unsigned mode = 0; mode <= TST_FLOAT_TRAPS; mode++) {
                    tst_float_mode_set(mode);
                    run_all(&found, all[t], &in);
                    bool kept = tst_float_mode_kept();
                    tst_float_mode_set(0);
                    ck_assert_msg(kept, "%s left mode %u", cn_isa_name(all[t]->isa), mode);
                    ck_assert_msg(memcmp(&found, &expected, sizeof found) == 0, "%s, %u bits, mode %u: other results",
                                  cn_isa_name(all[t]->isa), sizes[s], mode);
                }
            clear_input(&in);
        }
}
END_TEST

/** The tables of a transform may be made in any mode, too. */
START_TEST(tables) {
    static uint64_t a[N], b[N];
    size_t count;
    const cn_kernels *const *all = cn_kernels_all(&count);
    for (unsigned mode = 0; mode < TST_FLOAT_MODES; mode++)
        for (size_t i = 0; i < TST_ITERS(50); i++) {
            cn_ntt p;
            uint64_t q = tst_prime(40 + (unsigned)tst_below(8), N);
            tst_float_mode_set(mode);
            cn_status status = cn_ntt_init(&p, N, q);
            tst_float_mode_set(0);
            ck_assert_int_eq(status, CN_OK);
            for (size_t k = 0; k < N; k++) a[k] = i % 4 ? tst_biased(q) : q - 1;
            for (size_t t = 0; t < count; t++) {
                memcpy(b, a, sizeof b);
                all[t]->ntt_forward(b, &p);
                all[t]->ntt_inverse(b, b, &p);
                ck_assert_mem_eq(b, a, sizeof b);
            }
            cn_ntt_clear(&p);
        }
}
END_TEST

Suite *cn_suite_float_mode(void) {
    Suite *s = suite_create("float_mode");
    TCase *tc = tcase_create("float_mode");
    tcase_add_test(tc, kernels);
    tcase_add_test(tc, tables);
    suite_add_tcase(s, tc);
    return s;
}
