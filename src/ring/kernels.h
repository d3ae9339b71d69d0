/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The kernel table: every hot loop behind a function pointer, chosen once at run time.
 *
 *  The portable kernels (kernels_portable.c) define the result; any other back end must produce the
 *  same bytes within the stated ranges. Residues are reduced on input and output unless a line says
 *  otherwise; q is any modulus of arith/modulus.h unless a line bounds it. No kernel allocates, none
 *  can fail, and time depends on sizes only; that of linear also on the weights. Lengths n may be
 *  anything, pointers need no alignment beyond that of a word. */

#ifndef CN_RING_KERNELS_H
#define CN_RING_KERNELS_H

#include "arith/modulus.h"
#include "ring/gemm.h"
#include "ring/ntt.h"
#include "ring/turn.h"
#include "util/cpu.h"

/** A key-switching digit: part number shift / width of the centred residue x modulo one prime, in balanced form:
 *      digit = (((x + offset) >> shift) & mask) - centre,     x = sum of digit << shift.
 *  offset has the centre of every digit but the last of its limb; the last digit keeps the sign (mask -1, centre 0).
 *  |digit| <= 2^(width-1). {.mask = -1} stands for x itself. */
typedef struct cn_digit {
    unsigned limb, shift;
    int64_t offset, mask, centre;
} cn_digit;

/** A digit of a reduced residue, signed. Time independent of the residue. */
static inline int64_t cn_digit_of(uint64_t residue, const cn_digit *d, const cn_mod *q) {
    return (((cn_mod_centre(residue, q) + d->offset) >> d->shift) & d->mask) - d->centre;
}

#define CN_DOT_TERMS_MAX 256
#define CN_CBD_K 21 /* an encryption error is the sum of 21 bits minus the sum of 21 bits */

typedef struct cn_kernels {
    cn_isa isa;
    size_t strip; /* a power of two up to CN_STRIP_MAX: for turn and weigh */

    /** Transforms of ring/ntt.h: a to its own place; a to r, which may be a or overlaps nothing. */
    void (*ntt_forward)(uint64_t *a, const cn_ntt *p);
    void (*ntt_inverse)(uint64_t *r, const uint64_t *a, const cn_ntt *p);

    /** r = the forward transform of digit d of each residue a modulo from: lift, and ntt_forward. No overlap. */
    void (*ntt_lift)(uint64_t *r, const uint64_t *a, const cn_digit *d, const cn_mod *from, const cn_ntt *p);

    /** r = (r - the forward transform of the centred residues a modulo from) * w for a constant w: the division of a modulus switch.
     *  No overlap; n words of scratch. */
    void (*ntt_drop)(uint64_t *r, uint64_t *scratch, const uint64_t *a, cn_shoup w, const cn_mod *from, const cn_ntt *p);

    /** r = a + b, n words; r may be a or b. */
    void (*add)(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m);

    /** r = a * b and r = r + a * b, n words each; r may be a or b. */
    void (*mul)(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m);
    void (*mul_add)(uint64_t *r, const uint64_t *a, const uint64_t *b, size_t n, const cn_mod *m);

    /** r = sum_k a[k] * b[k] over terms vectors of n words, 1 <= terms <= CN_DOT_TERMS_MAX, q < 2^50; r overlaps none of them.
     *  The inner product of a key switch. */
    void (*dot)(uint64_t *r, const uint64_t *const *a, const uint64_t *const *b, size_t terms, size_t n, const cn_mod *m);

    /** Points from .. from + count - 1 of a row (ring/turn.h) to r0[0 .. count - 1] and r1; or added to what is there.
     *  In: from and count multiples of a block, count at most CN_TURN_POINTS_MAX; 1 to CN_TURN_TERMS_MAX terms; q < 2^50. r0 and r1 overlap nothing. */
    void (*turn)(uint64_t *r0, uint64_t *r1, const cn_turn_row *row, size_t from, size_t count, bool add);

    /** r0[g][i] = sum_k x0[k][i] w_gk[i] and r1[g][i] = sum_k x1[k][i] w_gk[i] for i < count, g < sums; or added to what is there.
     *  In: w [count/S][sums][terms][S]; count a multiple of S up to CN_TURN_POINTS_MAX;
     *  1 to CN_TURN_TERMS_MAX terms; q < 2^50. r0 and r1 overlap nothing. */
    void (*weigh)(uint64_t *const *r0, uint64_t *const *r1, size_t sums, const uint64_t *const *x0, const uint64_t *const *x1, size_t terms,
                  const uint64_t *w, size_t count, bool add, const cn_mod *m);

    /** r = a * w for a constant w; r may be a. */
    void (*scale)(uint64_t *r, const uint64_t *a, cn_shoup w, size_t n, const cn_mod *m);

    /** r = (r - a) * w for a constant w. No overlap. */
    void (*sub_scale)(uint64_t *r, const uint64_t *a, cn_shoup w, size_t n, const cn_mod *m);

    /** r = digit d of each residue a modulo from, taken modulo to: base change of small signed numbers.
     *  In: a reduced modulo from.  Out: r reduced modulo to; r may be a. */
    void (*lift)(uint64_t *r, const uint64_t *a, const cn_digit *d, const cn_mod *from, size_t n, const cn_mod *to);

    /** r = centred(a mod t) * w + e: scaling a message up and adding its error.
     *  In: a reduced modulo t, e signed words with |e| <= 127 or NULL for zeros, w a constant modulo q.  Out: r reduced modulo q;
     *  r may be a. */
    void (*encode)(uint64_t *r, const uint64_t *a, const int8_t *e, cn_shoup w, const cn_mod *t, size_t n, const cn_mod *q);

    /** Tensor square times a constant:  (r0, r1, r2) = k (a0^2, 2 a0 a1, a1^2), n words each.
     *  No aliasing between r and a. */
    void (*square)(uint64_t *r0, uint64_t *r1, uint64_t *r2, const uint64_t *a0, const uint64_t *a1,
                   cn_shoup k, size_t n, const cn_mod *m);

    /** Matrix times a block of CN_TILE points:
     *      out[r * out_stride + j] = bias[r] + sum_e weight[e] * in[col[e] * in_stride + j],   j < CN_TILE,
     *  for all rows of the matrix (strides in words, at least CN_TILE; no aliasing). Requires q < 2^46.
     *  In: bias one reduced word per row, or NULL for zeros.
     *  Scratch: cn_gemm_scratch_bytes, aligned to CN_ALIGN. */
    void (*linear)(uint64_t *out, size_t out_stride, const uint64_t *in, size_t in_stride, const uint64_t *bias,
                   const cn_gemm *g, const cn_mod *m, void *scratch);

    /** Keep what lies below q of words 64-bit little-endian words, each masked to the bit length of q, in order, at most room of
     *  them.  Returns: how many. Variable time: public data. r has room for 8 words more than it returns. */
    size_t (*accept_var)(uint64_t *r, size_t room, const uint8_t *stream, size_t words, const cn_mod *m);

    /** n residues as a bit stream: as many bits as q has for each, little-endian, lowest bit first, the last byte filled up with zeros.
     *  Out: cn_packed_bytes(n, m->bits) bytes.  In: any q. */
    void (*pack)(uint8_t *out, const uint64_t *x, size_t n, const cn_mod *m);

    /** The reverse.  Out: x; words not below q are set to 0.  Returns: whether all were below q. */
    bool (*unpack)(uint64_t *x, const uint8_t *in, size_t n, const cn_mod *m);

    /** n values of the centred binomial distribution from n 64-bit little-endian words: ones among bits 0 to CN_CBD_K - 1
     *  minus ones among the next CN_CBD_K. */
    void (*centred_binomial)(int8_t *v, const uint8_t *random, size_t n);
} cn_kernels;

/** The table in use: that of cn_isa_chosen. */
const cn_kernels *cn_kernels_get(void);

/** All tables this CPU can run, in the order of cn_isa; *count of them. For tests and benches. */
const cn_kernels *const *cn_kernels_all(size_t *count);

extern const cn_kernels cn_kernels_portable;
#if CN_HAVE_X86
extern const cn_kernels cn_kernels_avx2;
extern const cn_kernels cn_kernels_avx512;
#endif

#endif
