/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The NTRU estimate: its parts against published figures and independent formulas, the table of doc/yashe.md, weak
 *  parameters that must never pass, refused arguments. Everything here is arithmetic on estimates; no lattice is reduced. */

#include "he/ntru_security.h"

#include <math.h>
#include <stdlib.h>

#include "testing.h"

static const double pi = 3.14159265358979323846, euler = 0.57721566490153286061;

/** ln of the volume per dimension of the rotations of a ternary pair in a ring: exponential squares at the roots. */
static double ring_density(double n) { return (1 - euler + log(2.0 / 3 * n)) / 2; }

/** The same for a random ternary matrix: Gram-Schmidt lengths are chi variables. */
static double matrix_density(double n) {
    double sum = n * (log(2.0 / 3) + log(2) + log(n) - 1 / (2 * n)) / 2;
    for (double i = 0; i < n; i++) sum += 0.5 * (log((2 * n - i) / 2) - log(n));
    return sum / n;
}

static size_t block_size(size_t n, double log2_q, double density) {
    cn_dense_lattice lattice = {n, log2_q * log(2), density};
    return cn_ntru_block_size(&lattice, n);
}

/* ---- parts ----------------------------------------------------------------------------------- */

/** Figures printed in the documentation of the lattice-estimator: delta and cost for (beta, d). */
START_TEST(published_costs) {
    ck_assert_double_eq_tol(exp(cn_ntru_slope(571) / 2), 1.003095, 1e-6);
    ck_assert_double_eq_tol(cn_ntru_slope(60), 0.02332, 1e-9); /* NTRU fatigue, experiments */
    ck_assert_double_eq_tol(cn_ntru_slope(12), 0.03961, 5e-4);
    ck_assert_double_eq_tol(cn_ntru_slope(2), 0.04473, 1e-9);
    ck_assert_double_eq_tol(cn_ntru_log2_cost(571, 700), 190.2, 0.1);
    ck_assert_double_eq_tol(cn_ntru_log2_cost(373, 464), 134.5, 0.1);
    ck_assert_double_eq_tol(cn_ntru_log2_cost(42, 113), 41.2, 0.1);
    ck_assert_double_eq_tol(cn_ntru_log2_cost(39, 4096), 39, 1e-9); /* LLL: dimension cubed */
}
END_TEST

/** Bisections rely on both. */
START_TEST(slope_and_cost_are_monotone) {
    for (size_t beta = 3; beta <= 65536; beta++) {
        TST_CHECK(cn_ntru_slope(beta) < cn_ntru_slope(beta - 1));
        TST_CHECK(cn_ntru_log2_cost(beta, 65536) >= cn_ntru_log2_cost(beta - 1, 65536));
        if (beta <= 128) TST_CHECK(cn_ntru_log2_cost(beta, 128) >= cn_ntru_log2_cost(beta - 1, 128));
    }
}
END_TEST

/** Predicted block sizes. The lattice-estimator, with distributions instead of expected values, prints 571 for
 *  NTRU-HRSS-701 and 42 for (113, 512); in the overstretched range, where both agree better, its method gives the last
 *  column for ternary pairs in a ring (doc/yashe.md). */
START_TEST(published_block_sizes) {
    static const struct {
        size_t n;
        double log2_q, estimator;
    } ring[] = {{512, 19, 110.4}, {1024, 24, 206.5}, {1024, 27, 140.0}, {2048, 30, 360.5}, {4096, 40, 499.0}};
    ck_assert_uint_eq(block_size(700, 13, matrix_density(700)), 580);
    ck_assert_uint_eq(block_size(113, 9, matrix_density(113)), 47);
    for (size_t i = 0; i < CN_ARRAY_LEN(ring); i++) {
        double found = (double)block_size(ring[i].n, ring[i].log2_q, ring_density((double)ring[i].n));
        ck_assert_double_ge(found, ring[i].estimator);
        ck_assert_double_le(found, ring[i].estimator + 2);
    }
}
END_TEST

/* ln of the shortest vector of a random lattice of volume 1 and dimension 1 .. 49: NTRU fatigue, experiments. */
static const double shortest[] = {
    0.00000,  -0.50511, -0.46488, -0.39100, -0.29759, -0.24880, -0.21970, -0.15748, -0.14673, -0.07541, -0.04870, -0.01045,
    0.02298,  0.04212,  0.07014,  0.09205,  0.12004,  0.14988,  0.17351,  0.18659,  0.20971,  0.22728,  0.24951,  0.26313,
    0.27662,  0.29430,  0.31399,  0.32494,  0.34796,  0.36118,  0.37531,  0.39056,  0.39958,  0.41473,  0.42560,  0.44222,
    0.45396,  0.46275,  0.47550,  0.48889,  0.50009,  0.51312,  0.52463,  0.52903,  0.53930,  0.55289,  0.56343,  0.57204,
    0.58184,
};

/** The greatest density at which blocks of beta find the sublattice, from the definition: the reduced basis as an array,
 *  vectors dropped from its end one by one. */
static double greatest_density(size_t n, double height, size_t beta) {
    static double basis[2 * 4096];
    double dropped = 0, best = -HUGE_VAL;
    for (size_t i = 0; i < n; i++) { /* steps away from the middle until the modulus or 1 is reached */
        double offset = CN_MIN(height / 2, cn_ntru_slope(beta) * ((double)i + 0.5));
        basis[n + i] = height / 2 - offset;
        basis[n - 1 - i] = height / 2 + offset;
    }
    for (size_t s = 2 * n; s > n; s--) {
        size_t k = s - n;
        double ball = k < 50 ? shortest[k - 1] : lgamma((double)k / 2 + 1) / (double)k - log(pi) / 2;
        double room = basis[s - beta] - ball - 0.5 * log((double)beta / (double)s);
        best = CN_MAX(best, ((double)k * room + dropped) / (double)n);
        dropped += basis[s - 1] + 0.5 * log((double)s / (double)k);
    }
    return best;
}

START_TEST(detection) {
    static const size_t degrees[] = {64, 200, 1000, 4096};
    for (size_t i = 0; i < TST_ITERS(400); i++) {
        size_t n = degrees[tst_below(4)], beta = 2 + tst_below(n - 1);
        double height = (double)(1 + tst_below(tst_below(2) ? 10 : 200)), limit = greatest_density(n, height, beta);
        double near = 0.5 / (double)n; /* every fifth entry of the array above, and Stirling's series */
        cn_dense_lattice denser = {n, height, limit - near}, sparser = {n, height, limit + near};
        ck_assert_msg(cn_ntru_dense_found(&denser, beta), "%zu %zu %g", n, beta, height);
        ck_assert_msg(!cn_ntru_dense_found(&sparser, beta), "%zu %zu %g", n, beta, height);
    }
}
END_TEST

/** The block size that finds the key itself (unusually short vector, geometric series over 2n vectors). */
static size_t key_block_size(size_t n, double log2_q) {
    size_t beta = 60;
    for (; beta < 2 * n; beta++) {
        double b = (double)beta, d = 2 * (double)n;
        if (0.5 * log(b * 2 / 3) <= cn_ntru_slope(beta) / 2 * (2 * b - d - 1) + log2_q * log(2) / 2) break;
    }
    return beta;
}

/** q = 0.004 n^2.484 is where dense sublattices overtake keys, within a factor of two [eprint 2021/999]. */
START_TEST(fatigue_point) {
    static const unsigned dense[] = {272, 557, 1129}, key[] = {280, 562, 1129};
    for (unsigned i = 0; i < 3; i++) {
        size_t n = (size_t)512 << i;
        double log2_q = log2(0.004) + 2.484 * log2((double)n), density = ring_density((double)n);
        ck_assert_uint_eq(block_size(n, log2_q, density), dense[i]);
        ck_assert_int_le(labs((long)key_block_size(n, log2_q) - (long)key[i]), 10);
        ck_assert_uint_gt(block_size(n, log2_q - 1, density), key_block_size(n, log2_q - 1));
        ck_assert_uint_lt(block_size(n, log2_q + 1, density), key_block_size(n, log2_q + 1));
    }
}
END_TEST

/** E max(0, x + W), W the sum of count logistic variables, by its characteristic function: another way to the mean of
 *  ln(1 + e^(x + W')) with one variable less. */
static double mean_positive_part(double x, double count) {
    const double step = 1.0 / 512, top = 24;
    double sum = 0;
    for (double s = step / 2; s < top; s += step) {
        double phi = pow(pi * s / sinh(pi * s), count);
        sum += step * (1 - phi * cos(s * x)) / (s * s);
    }
    return x / 2 + (sum + 1 / top) / pi;
}

START_TEST(densities) {
    static const double weights[] = {0, 0.5, 0.8, 1, 1.2};
    double n = 8192, ln_t = 5 * log(2);
    for (unsigned r = 0; r <= 3; r++) {
        for (size_t w = 0; w < CN_ARRAY_LEN(weights); w++) {
            double index = pow(2, r), ln_c = weights[w] * index * ln_t;
            cn_dense_lattice lattice = cn_ntru_subfield(8192, 100, 5, r, weights[w]);
            double softplus = mean_positive_part(2 * index * ln_t - 2 * ln_c, index + 1);
            double density = 0.5 * (index * log(2.0 / 3 * n) + 2 * ln_c - index * euler + softplus);
            ck_assert_uint_eq(lattice.n, 8192 >> r);
            ck_assert_double_eq_tol(lattice.height, 100 * log(2) + ln_c, 1e-9);
            ck_assert_double_eq_tol(lattice.density, density, 1e-5); /* limited by the midpoint rule of the test */
        }
    }
    /* Closed form: a balanced pair in the full ring. */
    ck_assert_double_eq_tol(cn_ntru_subfield(8192, 100, 5, 0, 1).density, ln_t + ring_density(n), 1e-12);
}
END_TEST

/* ---- the estimate ---------------------------------------------------------------------------- */

static const double table_t[] = {0, 10, 17, 20, 40};
static const struct {
    size_t n;
    double log2_q[5], coarse[5]; /* largest log2 q with 128 bits; the same from sampled norms, in whole bits, or 0 */
} table[] = {
    {8192, {68.5625, 95.875, 109.875, 115.875, 155.875}, {68, 95, 109, 115, 155}},
    {16384, {101.6875, 143.625, 165.3125, 171.8125, 211.8125}, {101, 143, 165, 171, 211}},
    {32768, {150.3125, 201.5, 229.5, 241.5, 321.0625}, {150, 201, 229, 241, 321}},
    {65536, {221.25, 304.625, 341.25, 353.75, 433.75}, {221, 0, 0, 0, 0}},
};

START_TEST(table_of_128_bits) {
    for (size_t i = 0; i < CN_ARRAY_LEN(table); i++) {
        for (size_t k = 0; k < CN_ARRAY_LEN(table_t); k++) {
            double limit = cn_security_ntru_max_log2_q(table[i].n, table_t[k], 128);
            ck_assert_double_eq_tol(limit, table[i].log2_q[k], 0.07);
            if (table[i].coarse[k] > 0) ck_assert_double_eq_tol(limit, table[i].coarse[k], 1);
            ck_assert_double_ge(cn_security_ntru_bits(table[i].n, limit, table_t[k]), 128);
            ck_assert_double_lt(cn_security_ntru_bits(table[i].n, limit + 1.0 / 16, table_t[k]), 128);
            ck_assert(cn_ntru_at_least(table[i].n, limit, table_t[k], 128));
            ck_assert(!cn_ntru_at_least(table[i].n, limit + 1.0 / 16, table_t[k], 128));
        }
    }
}
END_TEST

START_TEST(points) {
    static const struct {
        size_t n;
        double log2_q, log2_t, bits;
    } known[] = {
        {32768, 180, 17, 243.5}, {32768, 190, 17, 213.1}, {32768, 200, 17, 182.2}, {32768, 190, 20.2, 237.6},
        {16384, 170, 17, 121.9}, {65536, 400, 40, 153.7}, {4096, 60, 10, 170.3},   {1024, 40, 10, 74.7},
        {8192, 300, 0, 33.0},
    };
    for (size_t i = 0; i < CN_ARRAY_LEN(known); i++) {
        double bits = cn_security_ntru_bits(known[i].n, known[i].log2_q, known[i].log2_t);
        ck_assert_double_eq_tol(bits, known[i].bits, 0.35); /* one step of the block size */
    }
}
END_TEST

/** What must never be called 128 bits: three bits above every limit; what a network with two squares needs in the smaller
 *  rings. */
START_TEST(weak) {
    for (size_t i = 0; i < CN_ARRAY_LEN(table); i++) {
        for (size_t k = 0; k < CN_ARRAY_LEN(table_t); k++)
            ck_assert(!cn_ntru_at_least(table[i].n, table[i].log2_q[k] + 3, table_t[k], 128));
    }
    for (double log2_q = 162; log2_q <= 178; log2_q++) {
        ck_assert_double_lt(cn_security_ntru_bits(8192, log2_q, 17), 100);
        if (log2_q > 165) ck_assert_double_lt(cn_security_ntru_bits(16384, log2_q, 17), 128);
    }
    for (double log2_q = 304; log2_q <= 316; log2_q++) {
        ck_assert_double_lt(cn_security_ntru_bits(8192, log2_q, 40), 60);
        ck_assert_double_lt(cn_security_ntru_bits(16384, log2_q, 40), 80);
    }
}
END_TEST

/** The parameters of the CryptoNets paper: BKZ-10 in the full ring, LLL in the subfields of index 2 and 4. */
START_TEST(historical) {
    static const size_t beta[] = {10, 2, 2};
    for (unsigned r = 0; r < 3; r++) {
        cn_dense_lattice lattice = cn_ntru_subfield(8192, 383, 40, r, 1);
        ck_assert_uint_eq(cn_ntru_block_size(&lattice, lattice.n), beta[r]);
    }
    ck_assert_double_eq_tol(cn_security_ntru_bits(8192, 383, 40), 36, 1e-9); /* 3 log2 4096 */
    ck_assert(!cn_ntru_at_least(8192, 383, 40, 40));
    ck_assert_uint_eq(cn_security_bits(8192, 383), 0);
}
END_TEST

/** A larger modulus never helps; the fast decision is the slow one; a block size found is the least one. */
START_TEST(consistent) {
    for (size_t n = 1024; n <= 16384; n *= 4) {
        for (double log2_t = 0; log2_t <= 40; log2_t += 13) {
            double last = CN_SECURITY_NTRU_NONE;
            for (double log2_q = log2_t + 4; log2_q < 420; log2_q += 17) {
                double bits = cn_security_ntru_bits(n, log2_q, log2_t);
                ck_assert_double_le(bits, last);
                ck_assert(cn_ntru_at_least(n, log2_q, log2_t, bits));
                ck_assert(!cn_ntru_at_least(n, log2_q, log2_t, bits + 1e-3) || bits >= CN_SECURITY_NTRU_NONE);
                last = bits;
            }
            ck_assert_double_lt(last, 60);
        }
    }
    for (unsigned r = 0; r <= 3; r++) {
        cn_dense_lattice lattice = cn_ntru_subfield(4096, 80, 17, r, 1);
        size_t least = cn_ntru_block_size(&lattice, lattice.n);
        for (size_t beta = 2; beta <= lattice.n; beta++)
            TST_CHECK(cn_ntru_dense_found(&lattice, beta) == (least != 0 && beta >= least));
        if (least > 2) ck_assert_uint_eq(cn_ntru_block_size(&lattice, least - 1), 0);
    }
}
END_TEST

START_TEST(label) {
    static const struct {
        size_t n;
        double log2_q; /* 2.484 log2 n - 7.97 */
    } limits[] = {{1024, 16.87}, {8192, 24.322}, {16384, 26.806}, {32768, 29.29}, {65536, 31.774}};
    for (size_t i = 0; i < CN_ARRAY_LEN(limits); i++) {
        ck_assert_int_eq(cn_security_overstretched(limits[i].n, limits[i].log2_q - 1e-6), 0);
        ck_assert_int_eq(cn_security_overstretched(limits[i].n, limits[i].log2_q + 1e-6), 1);
    }
    ck_assert_int_eq(cn_security_overstretched(32768, 190), 1);
}
END_TEST

START_TEST(arguments) {
    static const size_t degrees[] = {0, 1, 512, 1023, 1025, 8191, 12288, 131072, SIZE_MAX};
    const double moduli[] = {0, -1, 4096.5, 1e300, (double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < CN_ARRAY_LEN(degrees); i++) {
        ck_assert_double_eq(cn_security_ntru_bits(degrees[i], 20, 1), 0);
        ck_assert_double_eq(cn_security_ntru_max_log2_q(degrees[i], 1, 128), 0);
        ck_assert_int_eq(cn_security_overstretched(degrees[i], 1), 1);
    }
    for (size_t i = 0; i < CN_ARRAY_LEN(moduli); i++) {
        ck_assert_double_eq(cn_security_ntru_bits(8192, moduli[i], 0), 0);
        ck_assert_int_eq(cn_security_overstretched(8192, moduli[i]), 1);
        if (i == 0) continue; /* t = 1 is permitted */
        ck_assert_double_eq(cn_security_ntru_bits(8192, 100, moduli[i]), 0);
        ck_assert_double_eq(cn_security_ntru_max_log2_q(8192, moduli[i], 128), 0);
    }
    ck_assert_double_eq(cn_security_ntru_bits(8192, 17, 17), 0); /* t = q */
    ck_assert_double_eq(cn_security_ntru_max_log2_q(8192, 0, 0), 0);
    ck_assert_double_eq(cn_security_ntru_max_log2_q(8192, 0, -1), 0);
    ck_assert_double_eq(cn_security_ntru_max_log2_q(8192, 0, (double)NAN), 0);
    ck_assert_double_eq(cn_security_ntru_max_log2_q(8192, 0, 1e6 + 1), 0);
    ck_assert_double_eq(cn_security_ntru_max_log2_q(8192, 0, (double)INFINITY), 0);
    ck_assert_double_eq(cn_security_ntru_max_log2_q(8192, 0, 1), 4096); /* LLL costs more than 2 */
    ck_assert_double_eq(cn_security_ntru_bits(65536, 10, 0), CN_SECURITY_NTRU_NONE);
    ck_assert_double_gt(cn_security_ntru_max_log2_q(65536, 0, CN_SECURITY_NTRU_NONE), 10);
    ck_assert_double_lt(cn_security_ntru_bits(65536, 4096, 40), 60);
}
END_TEST

Suite *cn_suite_ntru_security(void) {
    Suite *s = suite_create("ntru_security");
    TCase *tc = tcase_create("parts");
    tcase_add_test(tc, published_costs);
    tcase_add_test(tc, slope_and_cost_are_monotone);
    tcase_add_test(tc, detection);
    tcase_add_test(tc, published_block_sizes);
    tcase_add_test(tc, fatigue_point);
    tcase_add_test(tc, densities);
    suite_add_tcase(s, tc);
    tc = tcase_create("estimate");
    tcase_add_test(tc, table_of_128_bits);
    tcase_add_test(tc, points);
    tcase_add_test(tc, weak);
    tcase_add_test(tc, historical);
    tcase_add_test(tc, consistent);
    tcase_add_test(tc, label);
    tcase_add_test(tc, arguments);
    suite_add_tcase(s, tc);
    return s;
}
