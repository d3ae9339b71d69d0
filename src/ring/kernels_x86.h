/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The kernels with x86 intrinsics, by name: contracts in kernels.h. Outside the ranges of a vector kernel (q too large, n too
 *  small) each hands on to the next plainer one, so every one of them covers the whole contract. */

#ifndef CN_RING_KERNELS_X86_H
#define CN_RING_KERNELS_X86_H

#include "ring/kernels.h"
#include "ring/pack.h"

#define CN_KERNELS_OF_ARITHMETIC(isa, attribute)                                                                             \
    attribute void cn_ntt_forward_##isa(uint64_t *a, const cn_ntt *p);                                                       \
    attribute void cn_mul_##isa(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m);               \
    attribute void cn_mul_add_##isa(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m);           \
    attribute void cn_dot_##isa(uint64_t *r, const uint64_t *const *a, const uint64_t *const *b, size_t terms, size_t n,     \
                                const cn_mod *m);                                                                            \
    attribute void cn_scale_##isa(uint64_t *r, const uint64_t *a, cn_shoup w, size_t n, const cn_mod *m);                    \
    attribute void cn_sub_scale_##isa(uint64_t *r, const uint64_t *a, cn_shoup w, size_t n, const cn_mod *m);                \
    attribute void cn_lift_##isa(uint64_t *r, const uint64_t *a, const cn_digit *d, const cn_mod *from, size_t n,            \
                                 const cn_mod *to);                                                                          \
    attribute void cn_encode_##isa(uint64_t *r, const uint64_t *a, const int8_t *e, cn_shoup w, const cn_mod *t, size_t n,   \
                                   const cn_mod *q);                                                                         \
    attribute void cn_square_##isa(uint64_t *r0, uint64_t *r1, uint64_t *r2, const uint64_t *a0, const uint64_t *a1, cn_shoup k,\
                                   size_t n, const cn_mod *m);                                                               \
    attribute void cn_linear_##isa(uint64_t *out, size_t out_stride, const uint64_t *in, size_t in_stride,                   \
                                   const uint64_t *bias, const cn_gemm *g, const cn_mod *m, void *scratch);

#define CN_KERNELS_OF_INTEGERS(isa)                                                                                          \
    void cn_add_##isa(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m);                         \
    void cn_ntt_inverse_##isa(uint64_t *r, const uint64_t *a, const cn_ntt *p);                                              \
    void cn_ntt_lift_##isa(uint64_t *r, const uint64_t *a, const cn_digit *d, const cn_mod *from, const cn_ntt *p);          \
    void cn_ntt_drop_##isa(uint64_t *r, uint64_t *scratch, const uint64_t *a, cn_shoup w, const cn_mod *from, const cn_ntt *p); \
    void cn_turn_##isa(uint64_t *r0, uint64_t *r1, const cn_turn_row *row, size_t from, size_t count, bool add);             \
    void cn_weigh_##isa(uint64_t *const *r0, uint64_t *const *r1, size_t sums, const uint64_t *const *x0,                    \
                        const uint64_t *const *x1, size_t terms, const uint64_t *w, size_t count, bool add, const cn_mod *m); \
    size_t cn_accept_var_##isa(uint64_t *r, size_t room, const uint8_t *stream, size_t words, const cn_mod *m);              \
    void cn_centred_binomial_##isa(int8_t *v, const uint8_t *random, size_t n);

void cn_ntt_inverse_fp(uint64_t *a, const cn_ntt *p) __attribute__((noinline));
#define CN_TURN_STRIP_AVX512 32 /* as many sums as the registers hold */

void cn_pack_avx512(uint8_t *out, const uint64_t *x, size_t n, const cn_mod *m);
bool cn_unpack_avx512(uint64_t *x, const uint8_t *in, size_t n, const cn_mod *m);

CN_KERNELS_OF_ARITHMETIC(avx2, )
CN_KERNELS_OF_INTEGERS(avx2)
CN_KERNELS_OF_ARITHMETIC(avx512, )
CN_KERNELS_OF_INTEGERS(avx512)

/** What the AVX2 kernels do in double precision: for kernels_avx2.c, which calls them in the default floating-point mode. */
CN_KERNELS_OF_ARITHMETIC(fp, __attribute__((noinline)))

/** words: its strip; packing: the suffix of its pack and unpack. */
#define CN_KERNELS_TABLE(name, number, words, packing)     \
    const cn_kernels cn_kernels_##name = {                 \
        .isa = number,                                     \
        .strip = words,                                    \
        .ntt_forward = cn_ntt_forward_##name,              \
        .ntt_inverse = cn_ntt_inverse_##name,              \
        .ntt_lift = cn_ntt_lift_##name,                    \
        .ntt_drop = cn_ntt_drop_##name,                    \
        .add = cn_add_##name,                              \
        .mul = cn_mul_##name,                              \
        .mul_add = cn_mul_add_##name,                      \
        .dot = cn_dot_##name,                              \
        .turn = cn_turn_##name,                            \
        .weigh = cn_weigh_##name,                          \
        .scale = cn_scale_##name,                          \
        .sub_scale = cn_sub_scale_##name,                  \
        .lift = cn_lift_##name,                            \
        .encode = cn_encode_##name,                        \
        .square = cn_square_##name,                        \
        .linear = cn_linear_##name,                        \
        .accept_var = cn_accept_var_##name,                \
        .pack = cn_pack_##packing,                         \
        .unpack = cn_unpack_##packing,                     \
        .centred_binomial = cn_centred_binomial_##name,    \
    }

#endif
