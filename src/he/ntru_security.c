/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What the key h = t g / f of YASHE' costs to break: the lattices that an attacker can choose, and the cheapest of them.
 *
 *  Subfields: Albrecht, Bai and Ducas, eprint 2016/127. That reduction finds a dense sublattice rather than the key:
 *  Kirchner and Fouque, eprint 2016/717; when: Ducas and van Woerden, eprint 2021/999 (ntru_attack.c). The weights and the
 *  treatment of the long f are derived in doc/yashe.md. */

#include "he/ntru_security.h"

#include <math.h>

#define SUBFIELDS 4        /* of index 1, 2, 4, 8 */
#define LOG2_Q_MAX 4096.0  /* above every modulus of this library */
#define STEPS_PER_BIT 16   /* of the search for the largest modulus */
#define GRID 64            /* densities on [-GRID, GRID] in steps of a half */
#define POINTS (2 * GRID * 2 + 1)

static const double cn_weights[] = {0, 0.5, 0.8, 1, 1.2};

static bool permitted(size_t n, double log2_q, double log2_t) {
    bool degree = n >= 1024 && n <= 65536 && (n & (n - 1)) == 0;
    return degree && log2_t >= 0 && log2_q > log2_t && log2_q <= LOG2_Q_MAX; /* false for a NaN */
}

/** E ln(1 + e^(x + W)), W the sum of 2^r independent logistic variables: trapezoidal sums, which for these functions,
 *  analytic in a strip of half width pi, are exact to e^(-4 pi^2) in steps of a half. */
static double mean_softplus(double x, unsigned r) {
    double density[POINTS], folded[POINTS], mean = 0;
    for (int i = 0; i < POINTS; i++) {
        double y = exp(-fabs(0.5 * i - GRID));
        density[i] = y / ((1 + y) * (1 + y));
    }
    for (unsigned fold = 0; fold < r; fold++) {
        for (int i = 0; i < POINTS; i++) {
            folded[i] = 0;
            for (int j = CN_MAX(0, i - 2 * GRID); j < CN_MIN(POINTS, i + 2 * GRID + 1); j++)
                folded[i] += 0.5 * density[j] * density[i - j + 2 * GRID];
        }
        for (int i = 0; i < POINTS; i++) density[i] = folded[i];
    }
    for (int i = 0; i < POINTS; i++) {
        double y = x + 0.5 * i - GRID;
        mean += 0.5 * density[i] * (CN_MAX(y, 0.0) + log1p(exp(-fabs(y))));
    }
    return mean;
}

cn_dense_lattice cn_ntru_subfield(size_t n, double log2_q, double log2_t, unsigned r, double weight) {
    static const double euler = 0.57721566490153286061, ln2 = 0.69314718055994530942;
    double index = (double)(1u << r), ln_t = ln2 * log2_t, ln_c = weight * index * ln_t;
    double root = index * log(2.0 / 3 * (double)n); /* ln of the mean square of a ternary norm at a complex root */
    cn_dense_lattice lattice = {.n = n >> r, .height = ln2 * log2_q + ln_c};
    /* E ln(|F|^2 + |G|^2) / 2 with |F|^2 = t^(2R) e^root P, |G|^2 = 4^c e^root P': P, P' products of R = 2^r exponential
     * variables, whose logarithms have mean -euler and differ by logistic variables. */
    lattice.density = 0.5 * (root + 2 * ln_c - index * euler + mean_softplus(2 * index * ln_t - 2 * ln_c, r));
    return lattice;
}

/** The largest beta <= n that costs less than 2^bits, or 0. */
static size_t affordable(size_t n, double bits) {
    size_t low = 1, high = n; /* low is affordable, or 1 */
    while (low < high) {
        size_t beta = high - (high - low) / 2;
        if (cn_ntru_log2_cost(beta, n) < bits) low = beta;
        else high = beta - 1;
    }
    return low < 2 ? 0 : low;
}

/** log2 of the cost of the cheapest attack if that is below bits, otherwise bits. With any: of the first below bits. */
static double cheapest(size_t n, double log2_q, double log2_t, double bits, bool any) {
    for (unsigned r = 0; r < SUBFIELDS; r++) {
        for (size_t w = 0; w < CN_ARRAY_LEN(cn_weights); w++) {
            size_t top = affordable(n >> r, bits);
            if (top == 0) break;
            cn_dense_lattice lattice = cn_ntru_subfield(n, log2_q, log2_t, r, cn_weights[w]);
            if (any && cn_ntru_dense_found(&lattice, top)) return cn_ntru_log2_cost(top, lattice.n);
            size_t beta = any ? 0 : cn_ntru_block_size(&lattice, top);
            if (beta) bits = cn_ntru_log2_cost(beta, lattice.n);
            if (log2_t <= 0) break; /* nothing to weigh: all weights are the same */
        }
    }
    return bits;
}

bool cn_ntru_at_least(size_t n, double log2_q, double log2_t, double bits) {
    return cheapest(n, log2_q, log2_t, bits, true) >= bits;
}

double cn_security_ntru_bits(size_t n, double log2_q, double log2_t) {
    if (!permitted(n, log2_q, log2_t)) return 0;
    return cheapest(n, log2_q, log2_t, CN_SECURITY_NTRU_NONE, false);
}

int cn_security_overstretched(size_t n, double log2_q) {
    if (!permitted(n, log2_q, 0)) return 1;
    return log2_q > 2.484 * log2((double)n) - 7.97;
}

double cn_security_ntru_max_log2_q(size_t n, double log2_t, double bits) {
    if (!permitted(n, LOG2_Q_MAX, log2_t) || !(bits > 0 && bits <= CN_SECURITY_NTRU_NONE)) return 0;
    size_t low = (size_t)(log2_t * STEPS_PER_BIT), high = (size_t)LOG2_Q_MAX * STEPS_PER_BIT; /* near t no attack succeeds */
    while (low < high) {
        size_t middle = high - (high - low) / 2;
        if (cn_ntru_at_least(n, (double)middle / STEPS_PER_BIT, log2_t, bits)) low = middle;
        else high = middle - 1;
    }
    return (double)low / STEPS_PER_BIT;
}
