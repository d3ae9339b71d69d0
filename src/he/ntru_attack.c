/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What lattice reduction does to a lattice with a dense sublattice: one lattice, one attack, one cost.
 *
 *  Ducas and van Woerden, "NTRU fatigue", eprint 2021/999: shape of a reduced basis (ZGSA), and when a vector of the dense
 *  sublattice enters it; here with expected values instead of distributions. Constants of the slope and of small Gaussian
 *  heuristics: their experiments, as in the lattice-estimator, every fifth block size. Cost: MATZOV, "Report on the security
 *  of LWE" (2022), list-decoding sieve with dimensions for free, as there. doc/yashe.md has the formulas. */

#include <math.h>

#include "he/ntru_security.h"

#define PI 3.14159265358979323846

/* Experimental values for block sizes 2, 5, 10, ..., 60, where theory is off: slope, and the logarithm of the shortest
 * vector of a lattice of volume 1 (used below 50). */
static const struct {
    double at, slope, shortest;
} cn_small_blocks[] = {
    {2, 0.04473, -0.50511},  {5, 0.04407, -0.29759},  {10, 0.04144, -0.07541}, {15, 0.03673, 0.07014},
    {20, 0.03222, 0.18659},  {25, 0.02954, 0.27662},  {30, 0.02827, 0.36118},  {35, 0.02744, 0.42560},
    {40, 0.02671, 0.48889},  {45, 0.02583, 0.53930},  {50, 0.02493, 0.58852},  {55, 0.02407, 0.0},
    {60, 0.02332, 0.0},
};

/** Index of the entry at or before x, never the last one. */
static size_t small_block(double x) {
    size_t i = 0;
    while (i + 2 < CN_ARRAY_LEN(cn_small_blocks) && cn_small_blocks[i + 1].at <= x) i++;
    return i;
}

static double between(double x, double x0, double y0, double x1, double y1) {
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
}

/** ln x! for real x >= 1/2, Stirling's series. */
static double ln_factorial(double x) {
    return (x + 0.5) * log(x) - x + 0.5 * log(2 * PI) + 1 / (12 * x) - 1 / (360 * x * x * x);
}

/** Expected ln of the shortest vector of a random lattice of dimension k >= 1 and volume 1: a ball of volume 1. */
static double ln_shortest(double k) {
    if (k < 2) return 0;
    if (k >= 50) return ln_factorial(k / 2) / k - 0.5 * log(PI);
    size_t i = small_block(k);
    return between(k, cn_small_blocks[i].at, cn_small_blocks[i].shortest, cn_small_blocks[i + 1].at,
                   cn_small_blocks[i + 1].shortest);
}

double cn_ntru_slope(size_t beta) {
    double b = (double)beta;
    if (b >= 70) return 2 * ln_shortest(b) / (b - 1);
    size_t i = small_block(b);
    if (b <= 60) return between(b, cn_small_blocks[i].at, cn_small_blocks[i].slope, cn_small_blocks[i + 1].at,
                                cn_small_blocks[i + 1].slope);
    return between(b, 60, cn_small_blocks[i + 1].slope, 70, 2 * ln_shortest(70) / 69);
}

bool cn_ntru_dense_found(const cn_dense_lattice *lattice, size_t beta) {
    double n = (double)lattice->n, b = (double)beta, middle = lattice->height / 2, slope = cn_ntru_slope(beta);
    double sloped = CN_MIN(n, floor(middle / slope + 0.5)); /* vectors of the lower half that are longer than 1 */
    double ln_volume = n * lattice->density - 0.5 * (ln_factorial(2 * n) - ln_factorial(n));
    size_t step = CN_MAX((size_t)1, lattice->n / 4096);
    for (size_t kept = 1; kept <= lattice->n; kept += step) {
        /* Drop the last n - kept vectors: what remains of the dense sublattice has dimension kept. Each drop divides its
         * volume by the length dropped and, the direction being random, by sqrt((s + 1) / (s + 1 - n)). */
        double k = (double)kept, dropped = CN_MAX(0.0, sloped - k);
        double tail = dropped * (middle - slope * (k + sloped) / 2);
        double loss = 0.5 * (ln_factorial(n + k) - ln_factorial(k));
        /* Its shortest vector, projected to the last block, against what reduction left at the head of that block. */
        double length = ln_shortest(k) + (ln_volume - tail + loss) / k + 0.5 * log(b / (n + k));
        double head = CN_MIN(CN_MAX(middle - slope * (k - b + 0.5), 0.0), lattice->height);
        if (length <= head) return true;
    }
    return false;
}

size_t cn_ntru_block_size(const cn_dense_lattice *lattice, size_t top) {
    size_t low = 2, high = top;
    if (!cn_ntru_dense_found(lattice, top)) return 0;
    while (low < high) {
        size_t beta = low + (high - low) / 2;
        if (cn_ntru_dense_found(lattice, beta)) high = beta;
        else low = beta + 1;
    }
    return high;
}

double cn_ntru_log2_cost(size_t beta, size_t n) {
    static const double exponent = 0.29613500308205365, constant = 20.387885985467914;
    double b = (double)beta, d = 2 * (double)n, lll = 3 * log2(d);
    if (beta < 40) return lll;
    double calls = 1 / (1 - exp2(-exponent)); /* of progressive BKZ; the same factor for progressive sieving */
    double free_dimensions = b * log(4.0 / 3) / log(b / (2 * PI * exp(1)));
    return CN_MAX(lll, log2(calls * (d - b)) + log2(calls) + exponent * (b - free_dimensions) + constant);
}
