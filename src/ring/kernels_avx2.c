/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The kernel table of AVX2, and the floating-point mode of its members.
 *
 *  Arithmetic in double precision (files of the suffix avx2, functions of the suffix fp) needs rounding to nearest. So that
 *  results do not depend on the mode that a caller's thread is in, the mode is looked at before each kernel; where it is not
 *  the default one - to nearest, subnormal numbers kept, no exception trapped - the kernel runs in that and the caller's mode is
 *  restored, along with its exception flags. No compiler moves arithmetic across, since these functions are never inlined. */

#include "ring/kernels_x86.h"

#include <string.h>

#if CN_HAVE_X86

#include <immintrin.h>

#define DEFAULT_MODE 0x1f80u /* of the register MXCSR: all exceptions masked */
#define FLAGS 0x3fu          /* exceptions that have been; no part of the mode */

#define IN_DEFAULT_MODE(call)                                         \
    do {                                                              \
        const unsigned mode = _mm_getcsr();                           \
        const bool other = (mode & ~FLAGS) != DEFAULT_MODE;           \
        if (__builtin_expect(other, false)) _mm_setcsr(DEFAULT_MODE); \
        call;                                                         \
        if (__builtin_expect(other, false)) _mm_setcsr(mode);         \
    } while (0)

void cn_ntt_forward_avx2(uint64_t *a, const cn_ntt *p) { IN_DEFAULT_MODE(cn_ntt_forward_fp(a, p)); }

void cn_ntt_inverse_avx2(uint64_t *r, const uint64_t *a, const cn_ntt *p) {
    if (r != a) memcpy(r, a, p->n * sizeof *r);
    IN_DEFAULT_MODE(cn_ntt_inverse_fp(r, p));
}

void cn_ntt_lift_avx2(uint64_t *r, const uint64_t *a, const cn_digit *d, const cn_mod *from, const cn_ntt *p) {
    cn_lift_avx2(r, a, d, from, p->n, &p->mod);
    cn_ntt_forward_avx2(r, p);
}

void cn_ntt_drop_avx2(uint64_t *r, uint64_t *scratch, const uint64_t *a, cn_shoup w, const cn_mod *from, const cn_ntt *p) {
    static const cn_digit whole = {.mask = -1};
    cn_ntt_lift_avx2(scratch, a, &whole, from, p);
    cn_sub_scale_avx2(r, scratch, w, p->n, &p->mod);
}

void cn_mul_avx2(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m) {
    IN_DEFAULT_MODE(cn_mul_fp(r, a, b, n, m));
}

void cn_mul_add_avx2(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m) {
    IN_DEFAULT_MODE(cn_mul_add_fp(r, a, b, n, m));
}

void cn_dot_avx2(uint64_t *r, const uint64_t *const *a, const uint64_t *const *b, size_t terms, size_t n, const cn_mod *m) {
    IN_DEFAULT_MODE(cn_dot_fp(r, a, b, terms, n, m));
}

void cn_scale_avx2(uint64_t *r, const uint64_t *a, cn_shoup w, size_t n, const cn_mod *m) {
    IN_DEFAULT_MODE(cn_scale_fp(r, a, w, n, m));
}

void cn_sub_scale_avx2(uint64_t *r, const uint64_t *a, cn_shoup w, size_t n, const cn_mod *m) {
    IN_DEFAULT_MODE(cn_sub_scale_fp(r, a, w, n, m));
}

void cn_lift_avx2(uint64_t *r, const uint64_t *a, const cn_digit *d, const cn_mod *from, size_t n, const cn_mod *to) {
    IN_DEFAULT_MODE(cn_lift_fp(r, a, d, from, n, to));
}

void cn_encode_avx2(uint64_t *r, const uint64_t *a, const int8_t *e, cn_shoup w, const cn_mod *t, size_t n, const cn_mod *q) {
    IN_DEFAULT_MODE(cn_encode_fp(r, a, e, w, t, n, q));
}

void cn_square_avx2(uint64_t *r0, uint64_t *r1, uint64_t *r2, const uint64_t *a0, const uint64_t *a1, cn_shoup k, size_t n,
                    const cn_mod *m) {
    IN_DEFAULT_MODE(cn_square_fp(r0, r1, r2, a0, a1, k, n, m));
}

void cn_linear_avx2(uint64_t *out, size_t out_stride, const uint64_t *in, size_t in_stride, const uint64_t *bias, const cn_gemm *g,
                    const cn_mod *m, void *scratch) {
    IN_DEFAULT_MODE(cn_linear_fp(out, out_stride, in, in_stride, bias, g, m, scratch));
}

void cn_turn_avx2(uint64_t *r0, uint64_t *r1, const cn_turn_row *row, size_t from, size_t count, bool add) {
    cn_turn_by(&cn_kernels_avx2, CN_STRIP_MAX, r0, r1, row, from, count, add);
}

void cn_weigh_avx2(uint64_t *const *r0, uint64_t *const *r1, size_t sums, const uint64_t *const *x0, const uint64_t *const *x1,
                   size_t terms, const uint64_t *w, size_t count, bool add, const cn_mod *m) {
    cn_weigh_by(&cn_kernels_avx2, CN_STRIP_MAX, r0, r1, sums, x0, x1, terms, w, count, add, m);
}

CN_KERNELS_TABLE(avx2, CN_ISA_AVX2, CN_STRIP_MAX, portable);

#endif
