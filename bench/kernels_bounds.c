/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Bounds for bench-kernels: vector instructions that a kernel's inner loop cannot do without, per unit, and how many of them
 *  start in a cycle. Loads, stores, shuffles of data and what happens outside of the inner loop are left out: a bound is below
 *  what can be reached. The bound of a segment is closer: it has the shuffles that take digits, and the reductions. */

#include "bench/bench_kernels.h"

#include <math.h>
#include <stdio.h>

/** Per block of units: instructions of all kinds, and those among them that only two execution ports take. Look-ups and tables
 *  count loads and stores instead. */
typedef struct bound {
    double block, all, paired;
} bound;

/* Transforms; a unit is a butterfly (a, b) -> (a + w b, a - w b), a vector has 4 or 8.
 *   AVX2, double precision: h = w b, l = fma(w, b, -h), c = fma(w/q, b, 1.5 2^52) - 1.5 2^52, r = fma(-c, q, h) + l: 6
 *     instructions, 4 of them multiply, which two ports do; then a sum and a difference.
 *   AVX-512: vpmadd52hi for the quotient, vpmadd52lo for w b on top of a and for the quotient times -q, and two for sum and
 *     difference: 5, 3 of them multiply; the inverse takes sum and difference first, one of which needs a multiple of q added: 6.
 * Words, AVX2 only: 4 to a vector, as double-precision numbers: 2 instructions in (or, sub; or alone where a difference is taken),
 *   3 out (blend, add, xor), 6 for a product as above.
 *   mul 2 2 + 6 + 3, scale 2 + 6 + 3, sub_scale 2 + 1 + 6 + 3, mul_add 2 2 + 6 + 3 to add + 2 to wrap + 3; square 2 2 + 5 6 + 1 +
 *   3 3; lift 4 to centre + 3 to reduce (2 of them multiply) + 3; encode 4 + 6 + 2 for the error + 1 + 3.
 *   AVX-512, square alone: 2 products with the constant of 3 multiplications each, one of them doubled, and 3 Montgomery products
 *   of 4 multiplications, a difference and a fold of 2: 2 3 + 1 + 3 7, 18 of them multiply.
 * Linear maps; a unit is a pair of columns in one row, at 16 points, with 3 (2) digits of 16 bits.
 *   AVX2: vpmaddwd, which two ports take, and vpaddd, for 2 vectors of each digit.  AVX-512: a vpdpwssd for each digit.
 *   Digits, 3 of each word; a unit is a pair of columns at 16 points. In 4 vectors of 256 bits (2 of 512) for each column: a sum
 *   and an exclusive or for each, then for half of the points (all points) 8 shuffles of 16 and 32 bits, 3 of 64; shuffles go to
 *   two ports. AVX2 2 (2 4 + 11), AVX-512 2 4 + 11.
 *   Sums, 3 digits with bias to a residue; a unit is a row at 16 points. AVX2, 4 points: 3 conversions, 8 for a0 + 2^16 a1 and
 *   the product of a2 and 2^32 (5 multiply), the bias, 3 for quotient and remainder (2 multiply), 3 out: 18; and per 8 points 3
 *   shuffles in and 2 out: 4 18 + 2 5.  AVX-512, 8 points: an exclusive or, 2 shuffles, 3 to join, the bias, 8 to reduce: 2 15;
 *   2 shuffles, 2 shifts, 2 multiplications and 2 minima: 2 8.
 * Look-ups in tables of sums; a unit is a look-up at 8 points: 2 loads and sums of 256 bits, or one of 512; loads have two ports.
 *   Tables; a unit is an entry at 8 points: a sum and a store for each vector; one store of a vector starts per cycle, as if it
 *   took both of two ports.  Sums that are one word: AVX2, 4 points: 3 to cut it, 4 to convert, 6 for the product with 2^32 (4
 *   multiply), 2 sums, 3 for quotient and remainder (2 multiply), 3 out: 4 21.  AVX-512, 8 points: the bias in 2, 8 to reduce: 2 10;
 *   a shift, 2 multiplications and 2 minima: 2 5.
 * Turns and weighted sums, AVX-512 alone; a unit is a word of each result, of 4 terms in two inner products: 4 2 2 multiplications, and 2 for a
 *   reduction of each.
 * ChaCha20, also as the source of the samplers; a unit is 8 bytes, 8 (16) blocks of 64 bytes stand side by side.
 *   80 quarter rounds of 4 additions, 4 exclusive ors and 4 rotations, and 16 additions. AVX2: rotations by 16 and 8 are byte
 *   shuffles, those by 12 and 7 two shifts and an or; shuffles and shifts go to two ports. AVX-512 has rotations. */
static const bound bounds[CN_BK_BOUNDS][CN_ISAS] = {
    [CN_BK_FORWARD] = {[CN_ISA_AVX2] = {4, 8, 4}, [CN_ISA_AVX512IFMA] = {8, 5, 3}},
    [CN_BK_INVERSE] = {[CN_ISA_AVX2] = {4, 8, 4}, [CN_ISA_AVX512IFMA] = {8, 6, 3}},
    [CN_BK_MUL] = {[CN_ISA_AVX2] = {4, 13, 4}},
    [CN_BK_MUL_ADD] = {[CN_ISA_AVX2] = {4, 18, 4}},
    [CN_BK_SCALE] = {[CN_ISA_AVX2] = {4, 11, 4}},
    [CN_BK_SUB_SCALE] = {[CN_ISA_AVX2] = {4, 12, 4}},
    [CN_BK_LIFT] = {[CN_ISA_AVX2] = {4, 10, 2}},
    [CN_BK_ENCODE] = {[CN_ISA_AVX2] = {4, 16, 4}},
    [CN_BK_SQUARE] = {[CN_ISA_AVX2] = {4, 44, 20}, [CN_ISA_AVX512IFMA] = {8, 28, 18}},
    [CN_BK_PAIRS_3] = {[CN_ISA_AVX2] = {1, 12, 6}, [CN_ISA_AVX512IFMA] = {1, 3, 3}},
    [CN_BK_PAIRS_2] = {[CN_ISA_AVX2] = {1, 8, 4}, [CN_ISA_AVX512IFMA] = {1, 2, 2}},
    [CN_BK_DIGITS_3] = {[CN_ISA_AVX2] = {1, 38, 22}, [CN_ISA_AVX512IFMA] = {1, 19, 11}},
    [CN_BK_SUMS_3] = {[CN_ISA_AVX2] = {1, 82, 28}, [CN_ISA_AVX512IFMA] = {1, 30, 16}},
    [CN_BK_LOOKUPS] = {[CN_ISA_AVX2] = {1, 2, 2}, [CN_ISA_AVX512IFMA] = {1, 1, 1}},
    [CN_BK_TABLES] = {[CN_ISA_AVX2] = {1, 2, 4}, [CN_ISA_AVX512IFMA] = {1, 1, 2}},
    [CN_BK_SUMS_1] = {[CN_ISA_AVX2] = {1, 84, 28}, [CN_ISA_AVX512IFMA] = {1, 20, 10}},
    [CN_BK_TERMS_TWICE] = {[CN_ISA_AVX512IFMA] = {8, 20, 20}},
    [CN_BK_STREAM] = {[CN_ISA_AVX2] = {64, 80 * 16 + 16, 80 * 6}, [CN_ISA_AVX512IFMA] = {128, 80 * 12 + 16, 80 * 4}},
};

/** What starts per cycle: vector instructions of any kind, and those that two ports take. */
typedef struct issue {
    double all, paired;
} issue;

/** Of 256 bits 4 on Zen and 3 on Intel's cores, of 512 bits 2; of those on two ports 2, or 1 where a processor puts instructions of 512
 *  bits through ports of 256 bits (Zen 4): this is measured. */
static issue issue_width(cn_isa isa) {
    static double wide; /* measured once per process */
    if (isa == CN_ISA_AVX512IFMA) {
        if (wide == 0) wide = cn_bk_wide_products() < 1.4 ? 1 : 2;
        return (issue){2, wide};
    }
#if CN_HAVE_X86
    __builtin_cpu_init();
    if (__builtin_cpu_is("amd")) return (issue){4, 2};
#endif
    return (issue){3, 2};
}

static double cycles(cn_bk_bound kind, cn_isa isa, size_t units) {
    const bound *b = &bounds[kind][isa];
    if (b->block <= 0) return (double)NAN;
    const issue width = issue_width(isa);
    return (double)units / b->block * CN_MAX(b->all / width.all, b->paired / width.paired);
}

/** What a segment is made of. */
static const struct part {
    const char *name, *unit;
    cn_bk_bound kind;
} parts[CN_BK_PARTS] = {
    [CN_BK_CONV_PAIRS] = {"conv: products", "pairs of columns in rows", CN_BK_PAIRS_3},
    [CN_BK_CONV_DIGITS] = {"conv: digits", "pairs of columns", CN_BK_DIGITS_3},
    [CN_BK_CONV_SUMS] = {"conv: reductions", "rows", CN_BK_SUMS_3},
    [CN_BK_SQUARES] = {"square", "words of each part", CN_BK_SQUARE},
    [CN_BK_DENSE_LOOKUPS] = {"dense: look-ups", "groups of columns in rows, half a tile", CN_BK_LOOKUPS},
    [CN_BK_DENSE_TABLES] = {"dense: tables", "entries, half a tile", CN_BK_TABLES},
    [CN_BK_DENSE_SUMS] = {"dense: reductions", "rows", CN_BK_SUMS_1},
};

double cn_bk_bound_cycles(const cn_bk_kernel *k, cn_isa isa, const size_t units[CN_BK_COUNTS]) {
    double sum = 0;
    if (k->bound != CN_BK_SEGMENT) return cycles(k->bound, isa, units[CN_BK_UNITS]);
    for (unsigned i = 0; i < CN_BK_PARTS; i++) sum += cycles(parts[i].kind, isa, units[i]);
    return sum;
}

void cn_bk_print_segment(cn_isa isa, const size_t units[CN_BK_COUNTS]) {
    if (bounds[CN_BK_PAIRS_3][isa].block <= 0) return;
    const issue width = issue_width(isa);
    printf("  bound for %s: vector instructions / %g a cycle, or those of two ports / %g, if that is more\n", cn_isa_name(isa), width.all,
           width.paired);
    printf("    multiply-accumulates of a point: conv %zu in 2 parts, dense %zu in 3\n", units[CN_BK_CONV_PRODUCTS],
           units[CN_BK_DENSE_PRODUCTS]);
    printf("    %-18s %8s %6s %12s %10s %10s\n", "part", "units", "block", "instructions", "two ports", "cycles");
    double sum = 0;
    for (unsigned i = 0; i < CN_BK_PARTS; i++) {
        const bound *b = &bounds[parts[i].kind][isa];
        double c = cycles(parts[i].kind, isa, units[i]);
        printf("    %-18s %8zu %6g %12g %10g %10.0f  %s\n", parts[i].name, units[i], b->block, b->all, b->paired, c, parts[i].unit);
        sum += c;
    }
    printf("    %-18s %8s %6s %12s %10s %10.0f\n", "together", "", "", "", "", sum);
}
