/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The noise rules. Vs = 2/3 is the variance of a secret coefficient, Ve = 21/2 of an error; |s(zeta)|^2 is exponentially
 *  distributed over the roots zeta to good approximation, which gives s(zeta) and any product x s with x of fixed
 *  variance kurt 4  [average-case analysis as in Murphy and Player, eprint 2019/452; Biasioli et al., eprint 2023/600]. */

#include "he/noise.h"

#include <math.h>

#include "he/params.h"
#include "ring/sample.h"

#define ROUNDING (1.0 / 12.0) /* variance of a uniform value in (-1/2, 1/2] */

static const double kurt_fixed = 2.0; /* Gaussian, one variance at every root */
static const double kurt_keyed = 4.0; /* times s(zeta) or e(zeta): variance exponential over the roots */

double cn_noise_log2(cn_noise v) { return 0.5 * log2(v.var); }

/** Given the keys, a noise is close to a complex Gaussian at zeta, of variance n V g with E g = 1 and E g^2 = kurt / 2: g follows
 *  from s(zeta) and the errors in the keys. Two ciphertexts under one key have correlated g1, g2. This is the largest
 *  E g1 g2 by the Cauchy-Schwarz inequality for the covariance; it is 1 if either is fixed, kurt / 2 if they are equal. */
static double shared_keys(double kurt1, double kurt2) {
    return 1 + sqrt(fmax(kurt1 / 2 - 1, 0) * fmax(kurt2 / 2 - 1, 0));
}

/** E|x + y|^4 = E|x|^4 + 4 E|x|^2|y|^2 + E|y|^4 for circular x, y; keys is E g1 g2. */
cn_noise cn_noise_sum(cn_noise a, cn_noise b, double keys) {
    double var = a.var + b.var;
    if (var == 0) return a;
    return (cn_noise){var, (a.kurt * a.var * a.var + 4 * keys * a.var * b.var + b.kurt * b.var * b.var) / (var * var)};
}

cn_noise cn_noise_add_independent(cn_noise a, cn_noise b) { return cn_noise_sum(a, b, shared_keys(a.kurt, b.kurt)); }

cn_noise cn_noise_add(cn_noise a, cn_noise b) {
    double sigma = sqrt(a.var) + sqrt(b.var);
    return (cn_noise){sigma * sigma, fmax(a.kurt, b.kurt)};
}

cn_noise cn_noise_fresh_secret(void) { return (cn_noise){CN_ERROR_VARIANCE + ROUNDING, kurt_fixed}; }

cn_noise cn_noise_fresh_public(size_t n) {
    cn_noise eu = {(double)n * CN_ERROR_VARIANCE * CN_TERNARY_VARIANCE, kurt_keyed}; /* e u; and e1 s alike */
    return cn_noise_add_independent(cn_noise_sum(eu, eu, 1), cn_noise_fresh_secret());        /* e and s are independent */
}

cn_noise cn_noise_scale(cn_noise a, double w) { return (cn_noise){w * w * a.var, a.kurt}; }

cn_noise cn_noise_mul_plain(cn_noise a, uint64_t t, size_t n) {
    /* |m(zeta)|^2 is exponential as well: its fourth moment is twice the square of its second */
    return (cn_noise){a.var * (double)n * (double)t * (double)t / 12, 2 * a.kurt};
}

/** kurt of v^2 when |v(zeta)|^2 is an exponential variable times a gamma variable of shape k, kurt = 2 (1 + 1/k). */
static double kurt_of_square(double kurt) {
    double inverse_k = fmax(kurt / 2 - 1, 0);
    return 6 * (1 + 2 * inverse_k) * (1 + 3 * inverse_k) / (1 + inverse_k);
}

cn_noise cn_noise_square(cn_noise a, uint64_t t, size_t n) {
    return (cn_noise){(double)t * (double)t * (double)n * a.kurt * a.var * a.var, kurt_of_square(a.kurt)};
}

cn_noise cn_noise_mul(cn_noise a, cn_noise b, uint64_t t, size_t n) {
    /* E|v1 v2|^2 = n^2 V1 V2 E g1 g2; E|v1 v2|^4 again by Cauchy-Schwarz */
    double keys = shared_keys(a.kurt, b.kurt);
    return (cn_noise){(double)t * (double)t * (double)n * keys * a.var * b.var,
                      sqrt(kurt_of_square(a.kurt) * kurt_of_square(b.kurt))};
}

double cn_noise_spread(double m, double d, double shape) {
    return exp(lgamma(shape + m * d) - lgamma(shape) - m * (lgamma(shape + d) - lgamma(shape)));
}

double cn_noise_sixth(cn_noise a) { /* a gamma variable of shape k at the roots, kurt = 2 (1 + 1/k): 6 (1 + 1/k)(1 + 2/k) */
    double inverse_k = fmax(a.kurt / 2 - 1, 0);
    return 6 * (1 + inverse_k) * (1 + 2 * inverse_k);
}

cn_noise cn_noise_switch_floor(size_t n, unsigned parts) {
    double nvs = (double)n * CN_TERNARY_VARIANCE;
    cn_noise floor = {ROUNDING, kurt_fixed};
    floor = cn_noise_add_independent(floor, (cn_noise){nvs * ROUNDING, kurt_keyed});
    for (unsigned k = 2; k < parts; k++) /* times s^k: E|s(zeta)|^2k = k! (n Vs)^k */
        floor = cn_noise_add_independent(floor, (cn_noise){tgamma(k + 1.0) * pow(nvs, k) * ROUNDING, 2 * cn_noise_spread(2, k, 1)});
    return floor;
}

cn_noise cn_noise_switch(cn_noise a, const cn_params *p, unsigned from, unsigned limbs, cn_noise floor) {
    for (unsigned i = from; i > limbs; i--) a = cn_noise_add_independent(cn_noise_scale(a, 1 / (double)p->q[i - 1]), floor);
    return a;
}

cn_noise cn_noise_digits(const cn_params *p, unsigned limbs) {
    cn_noise total = {0, kurt_fixed};
    for (unsigned i = 0; i < limbs; i++) {
        for (unsigned d = 0; d < cn_params_pieces(p, i); d++) {
            double range = cn_params_digit_range(p, i, d); /* digits uniform over this many values */
            cn_noise digit = {(double)p->n * CN_ERROR_VARIANCE * range * range / 12, kurt_keyed};
            total = cn_noise_sum(total, digit, 1); /* every digit has its own error in the key */
        }
    }
    return p->special ? cn_noise_scale(total, 1 / (double)p->special) : total;
}

cn_noise cn_noise_relin(const cn_params *p, unsigned limbs) {
    cn_noise digits = cn_noise_digits(p, limbs);
    return p->special ? cn_noise_sum(digits, cn_noise_switch_floor(p->n, 2), 1) : digits;
}

cn_noise cn_noise_flood(unsigned bits) { return (cn_noise){exp2(2.0 * bits) / 12, kurt_fixed}; }

unsigned cn_noise_flood_bits(size_t n, double ciphers, unsigned privacy, double var) {
    double bits = ceil(privacy + log2((double)n * ciphers) + 0.5 * log2(var));
    return bits <= CN_FLOOD_BITS_MAX ? (unsigned)bits : CN_FLOOD_BITS_MAX + 1; /* also what is not a number */
}

/** log2 erfc(x): from the library where it does not underflow, else by the leading asymptotic term (an upper bound). */
static double log2_erfc(double x) {
    if (x < 20) return log2(erfc(x));
    return (-x * x - log(x * sqrt(M_PI))) / M_LN2;
}

double cn_noise_quantile(double count, double failure_bits) {
    double low = 0, high = 40, target = -failure_bits - log2(count);
    for (int i = 0; i < 60; i++) {
        double z = (low + high) / 2;
        if (log2_erfc(z / M_SQRT2) > target)
            low = z;
        else
            high = z;
    }
    return high;
}

/** cn_noise_tail for the power p = 2^(depth - 2) alone. */
static double tail_of_power(size_t n, double total, double p, bool narrow) {
    double log_root = 0.5 * log((double)n), log_power = lgamma(2 * p + 1), best = 0; /* E |s|^4p = (2p)! for E |s|^2 = 1 */
    for (int i = 1; i < 100; i++) { /* probabilities multiply: the exponents of both factors share the total */
        double s = log(total * i / 100), x = log(total * (100 - i) / 100);
        best = fmax(best, p * s + 0.5 * x - 0.5 * log_power - log_root);
        if (narrow) best = fmax(best, p * s + p * x - log_power - log_root);
    }
    if (narrow) best = fmax(best, 2 * p * log(total) - 0.5 * lgamma(4 * p + 1) - log_root);
    return exp(best);
}

double cn_noise_tail(size_t n, double count, double failure_bits, unsigned depth, bool narrow) {
    double total = failure_bits * M_LN2 + log((double)n * count), best = 0;
    /* For large powers the standard deviation itself is made by the tail, and the ratio falls again: lower powers are parts of the
     * noise, too, so the largest counts. */
    for (unsigned d = 2; d <= depth; d++) best = fmax(best, tail_of_power(n, total, exp2(d - 2.0), narrow));
    return best;
}
