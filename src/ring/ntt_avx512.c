/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The transforms in 52-bit integer arithmetic (AVX-512 IFMA), for q < 2^46 and n >= 128. Smaller n and larger q go to the
 *  transform in double precision.
 *
 *  Butterflies: D. Harvey, "Faster arithmetic for number-theoretic transforms" (J. Symb. Comput. 60 (2014) 113-119), with
 *  2^52 for the word; since 64 q < 2^52 no value is reduced between the levels. Layout: P. Longa, M. Naehrig (CANS 2016).
 *
 *  Passes: levels are taken three or four at a time on 8 or 16 registers, depth first, so that soon all work is on blocks that
 *  fit into the nearest cache: behind the first pass up to n = 32768. The last six levels stay in registers: three on 8
 *  registers, a transposition, and three again, whose roots now differ from lane to lane. Two groups of 64 points go side by
 *  side to hide latencies. Parameters marked const are constants at compile time.
 *
 *  Numbers: every lane carries an integer modulo 2^52, the true value, which lies in [0, 2^52). Bits 52 to 63 are arbitrary:
 *  the multiplier reads the lowest 52 bits, and carries only run upwards. A lazy product is
 *      T(y, w) = w y - floor(w' y / 2^52) q,   w' = floor(2^52 w / q),   for any y in [0, 2^52).
 *  With 2^52 w / q = w' + e and 0 <= e, f < 1:  T = q (e y / 2^52 + f), so 0 <= T < (1 + y / 2^52) q < 2q.
 *  The bounds below count multiples of q; 2^52 >= 64 q.
 *
 *  Forward: x, y -> x + T(y, w), x - T(y, w). The x of level 0 start as input + 31 q. While values stay below 63 q,
 *  T < 65/64 q at level 0, where y is an input, and T < 127/64 q at each of at most 15 later levels; together less than
 *  (65 + 15 * 127) / 64 q < 31 q. So values stay above 31 q - 31 q = 0 and below q + 31 q + 31 q = 63 q, up to n = 2^16.
 *
 *  Inverse: x, y -> x + y, T(x - y + c, w), c a multiple of q not below y. The first three levels take values below q to
 *  sums below 8 q, the next three to sums below 64 q; c = 8 q, 16 q, 32 q serves both. A pass takes values below 4 q, and its
 *  sums double with every level: level i has c = 4 q 2^i and all its numbers below 8 q 2^i <= 64 q. Behind the six levels
 *  (R = 8) and behind each pass of radix R, a register from R/4 on is a product of the last level, or a sum of two products of
 *  the level before it: below 4 q. The registers below R/4 are reduced. */

#include "ring/kernels_x86.h"
#include "ring/lift_avx512.h"

#if CN_HAVE_X86

#define LANES CN_IFMA_LANES
#define GROUP_LEVELS 6 /* a group of 64 points */
#define PASS_LEVELS_MAX 4
#define RADIX_MAX (1 << PASS_LEVELS_MAX)

typedef __m512i vec;

/** A root and its quotient w': T is cn_ifma_times_factor. */
typedef cn_ifma_factor root;

typedef struct field {
    cn_ifma m;
    vec start;       /* 31 q */
    vec multiple[4]; /* 4 q, 8 q, 16 q, 32 q */
} field;

CN_AVX512_INLINE field field_of(const cn_ntt *p) {
    const uint64_t q = p->mod.q;
    field f = {cn_ifma_init(&p->mod), cn_ifma_all(31 * q),
               {cn_ifma_all(4 * q), cn_ifma_all(8 * q), cn_ifma_all(16 * q), cn_ifma_all(32 * q)}};
    return f;
}

/** *x in every lane. In assembly, since compilers take the way through a general register, which costs a shuffle. */
CN_AVX512_INLINE vec broadcast(const uint64_t *x) {
    vec v;
    __asm__("vpbroadcastq %1, %0" : "=v"(v) : "m"(*x));
    return v;
}

/** Root number i of those at roots (ntt.h): one for all lanes, or one for each lane. */
CN_AVX512_INLINE root root_at(const uint64_t *roots, size_t i, const bool lanes) {
    root r;
    if (lanes) r.w = cn_ifma_load(roots + 2 * LANES * i), r.quotient = cn_ifma_load(roots + 2 * LANES * i + LANES);
    else r.w = broadcast(roots + 2 * i), r.quotient = broadcast(roots + 2 * i + 1);
    return r;
}

CN_AVX512_INLINE void forward_butterfly(vec *x, vec *y, root w, const field *f) {
    vec t = cn_ifma_times_factor(*y, w, &f->m);
    *y = _mm512_sub_epi64(*x, t);
    *x = _mm512_add_epi64(*x, t);
}

/** On input *y is at most multiple. */
CN_AVX512_INLINE void inverse_butterfly(vec *x, vec *y, root w, vec multiple, const field *f) {
    vec d = _mm512_add_epi64(_mm512_sub_epi64(*x, *y), multiple);
    *x = _mm512_add_epi64(*x, *y);
    *y = cn_ifma_times_factor(d, w, &f->m);
}

/** Level l (0, 1, ...) of a transform of radix vectors, which divides 2^l blocks in two, with roots from roots on. lanes: a
 *  root has a value for each lane. Inverse: operands are at most multiple. */
CN_AVX512_INLINE void forward_level(vec *v, const size_t radix, const unsigned l, const uint64_t *roots, const bool lanes,
                                    const field *f) {
    const size_t half = radix >> (l + 1);
    CN_UNROLL
    for (size_t s = 0; s < (size_t)1 << l; s++) {
        const root w = root_at(roots, s, lanes);
        vec *x = v + 2 * half * s;
        CN_UNROLL
        for (size_t k = 0; k < half; k++) forward_butterfly(&x[k], &x[k + half], w, f);
    }
}
CN_AVX512_INLINE void inverse_level(vec *v, const size_t radix, const unsigned l, const uint64_t *roots, const bool lanes,
                                    vec multiple, const field *f) {
    const size_t half = radix >> (l + 1);
    CN_UNROLL
    for (size_t s = 0; s < (size_t)1 << l; s++) {
        const root w = root_at(roots, s, lanes);
        vec *x = v + 2 * half * s;
        CN_UNROLL
        for (size_t k = 0; k < half; k++) inverse_butterfly(&x[k], &x[k + half], w, multiple, f);
    }
}

/** Transpose 8 x 8 words. */
CN_AVX512_INLINE void transpose(vec v[8]) {
    vec a[8], b[8];
    CN_UNROLL
    for (int i = 0; i < 8; i += 2) { /* 2 x 2 words */
        a[i] = _mm512_unpacklo_epi64(v[i], v[i + 1]);
        a[i + 1] = _mm512_unpackhi_epi64(v[i], v[i + 1]);
    }
    CN_UNROLL
    for (int i = 0; i < 8; i += 4) /* rows i to i + 3: even and odd quarters */
        for (int k = 0; k < 2; k++) {
            b[i + k] = _mm512_shuffle_i64x2(a[i + k], a[i + 2 + k], 0x88);
            b[i + 2 + k] = _mm512_shuffle_i64x2(a[i + k], a[i + 2 + k], 0xdd);
        }
    CN_UNROLL
    for (int k = 0; k < 4; k++) {
        v[k] = _mm512_shuffle_i64x2(b[k], b[4 + k], 0x88);
        v[4 + k] = _mm512_shuffle_i64x2(b[k], b[4 + k], 0xdd);
    }
}

/* Blocks are numbered as their roots are: the whole is 1, and block b falls into 2 b and 2 b + 1. */

/** The roots of level l of a block, and of level 3 + l of a group for each lane, among pairs (ntt.h). */
CN_AVX512_INLINE const uint64_t *roots_of(const uint64_t *pairs, size_t block, unsigned l) {
    return pairs + 2 * (block << l);
}
CN_AVX512_INLINE const uint64_t *lane_roots_of(const uint64_t *pairs, size_t n, size_t block, unsigned l) {
    return pairs + 2 * n + 2 * LANES * (7 * (block - n / CN_NTT_GROUP) + ((size_t)1 << l) - 1);
}

/** A transform that is subtracted: r <- (r - x) w, x the transform where it would be. */
typedef struct drop {
    uint64_t *r;
    const uint64_t *x;
    cn_shoup w;
} drop;

/** r <- (r - x) w, for x below 2q: the factor r - x + 2q lies in (0, 3q). */
CN_AVX512_INLINE void subtract(uint64_t *r, vec x, root w, const field *f) {
    const vec difference = _mm512_sub_epi64(_mm512_add_epi64(cn_ifma_load(r), _mm512_add_epi64(f->m.q, f->m.q)), x);
    cn_ifma_store(r, cn_ifma_finish(cn_ifma_times_factor(difference, w, &f->m), &f->m));
}

/** The last six levels of an even number of groups from block number block on. Out: reduced; with d, subtracted from its r instead. */
CN_AVX512_INLINE void forward_groups(uint64_t *x, size_t groups, size_t block, const drop *d, const cn_ntt *p) {
    const field f = field_of(p);
    const root w = d ? cn_ifma_factor_init(d->w) : (root){f.m.q, f.m.q};
    uint64_t *r = d ? d->r + (x - d->x) : x;
    const uint64_t *const pairs = p->ifma.fwd;
    for (size_t end = block + groups; block < end; block += 2, x += 2 * CN_NTT_GROUP, r += 2 * CN_NTT_GROUP) {
        vec v[2][8];
        CN_UNROLL
        for (int i = 0; i < 16; i++) v[i / 8][i % 8] = cn_ifma_load(x + LANES * i);
        CN_UNROLL
        for (unsigned l = 0; l < 3; l++) {
            forward_level(v[0], 8, l, roots_of(pairs, block, l), false, &f);
            forward_level(v[1], 8, l, roots_of(pairs, block + 1, l), false, &f);
        }
        transpose(v[0]);
        transpose(v[1]);
        CN_UNROLL
        for (unsigned l = 0; l < 3; l++) {
            forward_level(v[0], 8, l, lane_roots_of(pairs, p->n, block, l), true, &f);
            forward_level(v[1], 8, l, lane_roots_of(pairs, p->n, block + 1, l), true, &f);
        }
        CN_UNROLL
        for (int i = 0; i < 16; i++) {
            const vec rest = cn_ifma_reduce(v[i / 8][i % 8], &f.m);
            if (d) subtract(r + LANES * i, rest, w, &f);
            else cn_ifma_store(r + LANES * i, cn_ifma_finish(rest, &f.m));
        }
    }
}
static CN_AVX512 void forward_groups_kept(uint64_t *x, size_t groups, size_t block, const cn_ntt *p) {
    forward_groups(x, groups, block, NULL, p);
}
static CN_AVX512 void forward_groups_dropped(uint64_t *x, size_t groups, size_t block, const drop *d, const cn_ntt *p) {
    forward_groups(x, groups, block, d, p);
}

/** levels levels of block number block, which has 2^levels parts of stride words, from from to x. whole: the block is the input, and is
 *  brought to its start; with lift, what it lifts to is. */
CN_AVX512_INLINE void forward_pass(uint64_t *x, const uint64_t *from, const size_t stride, size_t block, const unsigned levels, const bool whole,
                                   const cn_ifma_whole *lift, const bool reduce, const cn_ntt *p) {
    const field f = field_of(p);
    const size_t radix = (size_t)1 << levels;
    for (uint64_t *end = x + stride; x < end; x += LANES, from += LANES) {
        vec v[RADIX_MAX];
        CN_UNROLL
        for (size_t k = 0; k < radix; k++) {
            v[k] = cn_ifma_load(from + k * stride);
            if (lift) v[k] = cn_ifma_whole_lift(v[k], lift, reduce, &f.m);
            if (whole && k < radix / 2) v[k] = _mm512_add_epi64(v[k], f.start);
        }
        CN_UNROLL
        for (unsigned l = 0; l < levels; l++) forward_level(v, radix, l, roots_of(p->ifma.fwd, block, l), false, &f);
        CN_UNROLL
        for (size_t k = 0; k < radix; k++) cn_ifma_store(x + k * stride, v[k]);
    }
}

/** How many of the levels above the groups the first pass over a block takes: at most four, all
 *  passes about the same. So a pass over a part of the input takes three or four, and three if it is not the last. */
static unsigned pass_levels(unsigned levels) {
    return levels / ((levels + PASS_LEVELS_MAX - 1) / PASS_LEVELS_MAX);
}

static CN_AVX512 void forward_pass_whole(uint64_t *x, size_t stride, unsigned levels, const cn_ntt *p) {
    switch (levels) {
    case 1: forward_pass(x, x, stride, 1, 1, true, NULL, false, p); break;
    case 2: forward_pass(x, x, stride, 1, 2, true, NULL, false, p); break;
    case 3: forward_pass(x, x, stride, 1, 3, true, NULL, false, p); break;
    default: forward_pass(x, x, stride, 1, 4, true, NULL, false, p); break;
    }
}
static CN_AVX512 void forward_pass_lift(uint64_t *x, const uint64_t *from, size_t stride, unsigned levels, const cn_ifma_whole *lift,
                                        bool reduce, const cn_ntt *p) {
    if (levels == 3 && reduce) forward_pass(x, from, stride, 1, 3, true, lift, true, p);
    else if (levels == 3) forward_pass(x, from, stride, 1, 3, true, lift, false, p);
    else if (reduce) forward_pass(x, from, stride, 1, 4, true, lift, true, p);
    else forward_pass(x, from, stride, 1, 4, true, lift, false, p);
}
static CN_AVX512 void forward_pass_inner(uint64_t *x, size_t stride, size_t block, unsigned levels, const cn_ntt *p) {
    if (stride != CN_NTT_GROUP) forward_pass(x, x, stride, block, 3, false, NULL, false, p);
    else if (levels == 3) forward_pass(x, x, CN_NTT_GROUP, block, 3, false, NULL, false, p);
    else forward_pass(x, x, CN_NTT_GROUP, block, 4, false, NULL, false, p);
}

static void forward_block(uint64_t *x, size_t block, unsigned levels, const drop *d, const cn_ntt *p);

/** What follows a pass of now levels over a block. d: as for groups, or NULL. */
static void forward_parts(uint64_t *x, size_t block, unsigned now, unsigned later, const drop *d, const cn_ntt *p) {
    const size_t parts = (size_t)1 << now, part = (size_t)CN_NTT_GROUP << later;
    if (later > 0) {
        for (size_t i = 0; i < parts; i++) forward_block(x + i * part, (block << now) + i, later, d, p);
    } else if (d) {
        forward_groups_dropped(x, parts, block << now, d, p);
    } else {
        forward_groups_kept(x, parts, block << now, p);
    }
}

static void forward_block(uint64_t *x, size_t block, unsigned levels, const drop *d, const cn_ntt *p) {
    const unsigned now = pass_levels(levels), later = levels - now;
    const size_t part = (size_t)CN_NTT_GROUP << later;
    if (block == 1) forward_pass_whole(x, part, now, p);
    else forward_pass_inner(x, part, block, now, p);
    forward_parts(x, block, now, later, d, p);
}

void cn_ntt_forward_avx512(uint64_t *a, const cn_ntt *p) {
    if (p->ifma.fwd == NULL) {
        cn_ntt_forward_avx2(a, p);
        return;
    }
    CN_VERIFY_BELOW(a, p->n, p->mod.q);
    forward_block(a, 1, p->log_n - GROUP_LEVELS, NULL, p);
    CN_VERIFY_BELOW(a, p->n, p->mod.q);
}

static bool lifts(const cn_digit *d, const cn_mod *from, const cn_ntt *p) {
    return p->ifma.fwd && pass_levels(p->log_n - GROUP_LEVELS) >= 3 && p->log_n <= 15 && cn_digit_whole(d) && cn_ifma_lifts(d, from, &p->mod);
}

/** Only here inputs are not below q but below c q. With c = 2, T < 66/64 q at level 0, and with values below 64 q T < 2q at each of at most 14 later
 *  levels, together less than (66 + 14 * 128) / 64 q < 30 q, up to n = 2^15. With c = 8 and 256 q < 2^52, values stay below 8 q + 2 * 31 q = 70 q,
 *  so that T < (1 + 70/256) q, at all levels less than 20 q. Lifted residues that are not reduced have c = from / q + 1. */
static bool far_above(const cn_mod *from, const cn_mod *to) { return from->q > to->q && (to->bits > 44 || from->q / to->q > 6); }

static CN_AVX512 void forward_lift(uint64_t *x, const uint64_t *a, const cn_mod *from, const drop *d, const cn_ntt *p) {
    const unsigned levels = p->log_n - GROUP_LEVELS, now = pass_levels(levels), later = levels - now;
    const cn_ifma_whole lift = cn_ifma_whole_init(from, &p->mod);
    CN_VERIFY_BELOW(a, p->n, from->q);
    forward_pass_lift(x, a, (size_t)CN_NTT_GROUP << later, now, &lift, far_above(from, &p->mod), p);
    forward_parts(x, 1, now, later, d, p);
}

void cn_ntt_lift_avx512(uint64_t *r, const uint64_t *a, const cn_digit *d, const cn_mod *from, const cn_ntt *p) {
    if (!lifts(d, from, p)) {
        cn_lift_avx512(r, a, d, from, p->n, &p->mod);
        cn_ntt_forward_avx512(r, p);
        return;
    }
    forward_lift(r, a, from, NULL, p);
    CN_VERIFY_BELOW(r, p->n, p->mod.q);
}

void cn_ntt_drop_avx512(uint64_t *r, uint64_t *scratch, const uint64_t *a, cn_shoup w, const cn_mod *from, const cn_ntt *p) {
    static const cn_digit whole = {.mask = -1};
    if (!lifts(&whole, from, p)) {
        cn_ntt_lift_avx512(scratch, a, &whole, from, p);
        cn_sub_scale_avx512(r, scratch, w, p->n, &p->mod);
        return;
    }
    CN_VERIFY_BELOW(r, p->n, p->mod.q);
    forward_lift(scratch, a, from, &(drop){r, scratch, w}, p);
    CN_VERIFY_BELOW(r, p->n, p->mod.q);
}

/** The first six levels of an even number of groups from block number block on, from from to x.  In: reduced.  Out: below 4 q. */
static CN_AVX512 void inverse_groups(uint64_t *x, const uint64_t *from, size_t groups, size_t block, const cn_ntt *p) {
    const field f = field_of(p);
    const uint64_t *const pairs = p->ifma.inv;
    for (size_t end = block + groups; block < end; block += 2, x += 2 * CN_NTT_GROUP, from += 2 * CN_NTT_GROUP) {
        vec v[2][8];
        CN_UNROLL
        for (int i = 0; i < 16; i++) v[i / 8][i % 8] = cn_ifma_load(from + LANES * i);
        CN_UNROLL
        for (unsigned i = 0; i < 3; i++) {
            const unsigned l = 2 - i;
            inverse_level(v[0], 8, l, lane_roots_of(pairs, p->n, block, l), true, f.multiple[1 + i], &f);
            inverse_level(v[1], 8, l, lane_roots_of(pairs, p->n, block + 1, l), true, f.multiple[1 + i], &f);
        }
        transpose(v[0]);
        transpose(v[1]);
        CN_UNROLL
        for (unsigned i = 0; i < 3; i++) {
            const unsigned l = 2 - i;
            inverse_level(v[0], 8, l, roots_of(pairs, block, l), false, f.multiple[1 + i], &f);
            inverse_level(v[1], 8, l, roots_of(pairs, block + 1, l), false, f.multiple[1 + i], &f);
        }
        CN_UNROLL
        for (int i = 0; i < 16; i++)
            cn_ifma_store(x + LANES * i, i % 8 < 8 / 4 ? cn_ifma_reduce(v[i / 8][i % 8], &f.m) : v[i / 8][i % 8]);
    }
}

/** The last level, on both halves of the whole: the products take the factor 1/n.  Out: reduced. */
CN_AVX512_INLINE void inverse_last_level(vec *v, const size_t half, vec multiple, root scale, root scale_w, const field *f) {
    CN_UNROLL
    for (size_t k = 0; k < half; k++) {
        inverse_butterfly(&v[k], &v[k + half], scale_w, multiple, f);
        v[k] = cn_ifma_finish(cn_ifma_times_factor(v[k], scale, &f->m), &f->m);
        v[k + half] = cn_ifma_finish(v[k + half], &f->m);
    }
}

/** levels levels of block number block, which has 2^levels parts of stride words.  In: below 4 q.  Out: below 4 q; of the
 *  whole: reduced. */
CN_AVX512_INLINE void inverse_pass(uint64_t *x, const size_t stride, size_t block, const unsigned levels, const bool whole,
                                   const cn_ntt *p) {
    const field f = field_of(p);
    const root scale = cn_ifma_factor_init(p->n_inv), scale_w = cn_ifma_factor_init(p->n_inv_w);
    const size_t radix = (size_t)1 << levels, large = radix / 4;
    for (uint64_t *end = x + stride; x < end; x += LANES) {
        vec v[RADIX_MAX];
        CN_UNROLL
        for (size_t k = 0; k < radix; k++) v[k] = cn_ifma_load(x + k * stride);
        CN_UNROLL
        for (unsigned i = 0; i < levels; i++) {
            const unsigned l = levels - 1 - i;
            if (whole && l == 0) inverse_last_level(v, radix / 2, f.multiple[i], scale, scale_w, &f);
            else inverse_level(v, radix, l, roots_of(p->ifma.inv, block, l), false, f.multiple[i], &f);
        }
        CN_UNROLL
        for (size_t k = 0; k < radix; k++) cn_ifma_store(x + k * stride, !whole && k < large ? cn_ifma_reduce(v[k], &f.m) : v[k]);
    }
}

static CN_AVX512 void inverse_pass_whole(uint64_t *x, size_t stride, unsigned levels, const cn_ntt *p) {
    switch (levels) {
    case 1: inverse_pass(x, stride, 1, 1, true, p); break;
    case 2: inverse_pass(x, stride, 1, 2, true, p); break;
    case 3: inverse_pass(x, stride, 1, 3, true, p); break;
    default: inverse_pass(x, stride, 1, 4, true, p); break;
    }
}
static CN_AVX512 void inverse_pass_inner(uint64_t *x, size_t stride, size_t block, unsigned levels, const cn_ntt *p) {
    if (stride != CN_NTT_GROUP) inverse_pass(x, stride, block, 3, false, p);
    else if (levels == 3) inverse_pass(x, CN_NTT_GROUP, block, 3, false, p);
    else inverse_pass(x, CN_NTT_GROUP, block, 4, false, p);
}

static void inverse_block(uint64_t *x, const uint64_t *from, size_t block, unsigned levels, const cn_ntt *p) {
    const unsigned now = pass_levels(levels), later = levels - now;
    const size_t parts = (size_t)1 << now, part = (size_t)CN_NTT_GROUP << later;
    if (later == 0) {
        inverse_groups(x, from, parts, block << now, p);
    } else {
        for (size_t i = 0; i < parts; i++) inverse_block(x + i * part, from + i * part, (block << now) + i, later, p);
    }
    if (block == 1) inverse_pass_whole(x, part, now, p);
    else inverse_pass_inner(x, part, block, now, p);
}

void cn_ntt_inverse_avx512(uint64_t *r, const uint64_t *a, const cn_ntt *p) {
    if (p->ifma.inv == NULL) {
        cn_ntt_inverse_avx2(r, a, p);
        return;
    }
    CN_VERIFY_BELOW(a, p->n, p->mod.q);
    inverse_block(r, a, 1, p->log_n - GROUP_LEVELS, p);
    CN_VERIFY_BELOW(r, p->n, p->mod.q);
}

#endif
