/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Digit polynomials. Formats are public; numerators and digits take no branch, no division and no address with them. */

#include "cryptonets_encode.h"

#include <math.h>
#include <string.h>

#include "he/encode.h"
#include "he/context.h"
#include "util/ctcheck.h"
#include "util/status.h"

/** Whether functions of this file made a format.  Returns: CN_OK, CN_ERR_SIZE. */
static cn_status check_format(const cn_digits *d) {
    if (d->base >= 2 && d->base <= CN_DIGITS_BASE_MAX && d->whole && d->bound >= 0 && d->bound <= CN_ENCODE_MAX) return CN_OK;
    return cn_fail(CN_ERR_SIZE, "digits: expected a format with a base from 2 to %d, a digit before the point and a bound, as cn_digits_new "
                                "makes it", CN_DIGITS_BASE_MAX);
}

/** Whether digits and bound fit the parameters.  Returns: CN_OK, CN_ERR_RANGE. */
static cn_status check_room(const cn_digits *d, const char *what, const cn_context *ctx) {
    size_t n = ctx->params.n;
    if (d->whole > n || d->fraction > n - d->whole)
        return cn_fail(CN_ERR_RANGE, "digits: the %s needs %zu before the point and %zu behind it, expected at most n = %zu together; take a "
                                     "larger base or shorter numbers", what, d->whole, d->fraction, n);
    cn_i128 max = cn_integer_max(ctx);
    if (!max) return cn_fail(CN_ERR_RANGE, "digits: the product of the plaintext primes exceeds 2^126; use fewer of them");
    if (d->bound > max)
        return cn_fail(CN_ERR_RANGE, "digits: the %s needs coefficients up to 2^%.1f, expected at most (T - 1)/2 = 2^%.1f; take a smaller base "
                                     "or more plaintext primes", what, log2((double)d->bound), log2((double)max));
    return CN_OK;
}

/** Where c_i stands, counted from the lowest digit: k = i + fraction. The sign of x^i is -1 for i < 0. */
static size_t position(bool *negated, size_t k, const cn_digits *d, size_t n) {
    *negated = k < d->fraction;
    return *negated ? n - d->fraction + k : k - d->fraction;
}

cn_status cn_digits_new(cn_digits *d, unsigned base, size_t whole, size_t fraction, const cn_context *ctx) {
    if (!d || !ctx) return cn_fail(CN_ERR_NULL, "digits: expected format and context, found NULL");
    if (base < 2 || base > CN_DIGITS_BASE_MAX)
        return cn_fail(CN_ERR_SIZE, "digits: base %u; expected 2 to %d", base, CN_DIGITS_BASE_MAX);
    if (!whole) return cn_fail(CN_ERR_SIZE, "digits: none before the point; expected at least 1");
    cn_digits made = {.base = base, .whole = whole, .fraction = fraction, .bound = base / 2};
    CN_TRY(check_room(&made, "format", ctx));
    *d = made;
    return CN_OK;
}

/** floor(x / base), and *digit = x mod base, with reciprocal = floor((2^64 - 1) / base). In pieces of 32 bits, each
 *  preceded by the remainder so far: below base 2^32 <= 2^48, so that the estimated quotient is exact or one too small. */
static cn_u128 divide(uint64_t *digit, cn_u128 x, unsigned base, uint64_t reciprocal) {
    cn_u128 quotient = 0;
    uint64_t r = 0;
    for (int k = 3; k >= 0; k--) {
        uint64_t piece = r << 32 | (uint32_t)(x >> (32 * k));
        uint64_t q = (uint64_t)(((cn_u128)piece * reciprocal) >> 64);
        r = piece - q * base;
        uint64_t fits = cn_ct_mask_lt(r, base);
        r -= base & ~fits;
        q += 1 & ~fits;
        quotient = quotient << 32 | q;
    }
    *digit = r;
    return quotient;
}

cn_status cn_digits_encode(int64_t *coefficients, cn_i128 numerator, const cn_digits *d, const cn_context *ctx) {
    if (!coefficients || !d || !ctx) return cn_fail(CN_ERR_NULL, "digits: expected coefficients, format and context, found NULL");
    CN_TRY(check_format(d));
    if (d->bound != d->base / 2)
        return cn_fail(CN_ERR_STATE, "digits: expected a format from cn_digits_new, found that of a result");
    CN_TRY(check_room(d, "format", ctx));
    size_t n = ctx->params.n;
    uint64_t sign, reciprocal = UINT64_MAX / d->base;
    cn_u128 left = cn_magnitude(&sign, numerator);
    memset(coefficients, 0, n * sizeof *coefficients);
    for (size_t k = 0; k < d->whole + d->fraction; k++) {
        uint64_t digit;
        bool negated;
        left = divide(&digit, left, d->base, reciprocal);
        uint64_t high = cn_ct_mask_lt(d->base / 2, digit); /* balance: a digit less by the base, one more to the left of it */
        left += 1 & high;
        digit -= d->base & high;
        size_t at = position(&negated, k, d, n);
        coefficients[at] = (int64_t)(negated ? cn_ct_select(sign, digit, 0 - digit) : cn_ct_select(sign, 0 - digit, digit));
    }
    uint64_t bad = ~cn_mask_lt128(left, 1);
    CN_PUBLIC(&bad, sizeof bad); /* that the number is refused is visible */
    if (!bad) return CN_OK;
    memset(coefficients, 0, n * sizeof *coefficients);
    return cn_fail(CN_ERR_RANGE, "digits: the number has more than %zu digits before the point in base %u; expected a smaller one, or a format "
                                 "with more digits", d->whole, d->base);
}

cn_status cn_digits_decode(cn_i128 *numerator, const cn_i128 *coefficients, const cn_digits *d, const cn_context *ctx) {
    if (!numerator || !coefficients || !d || !ctx)
        return cn_fail(CN_ERR_NULL, "digits: expected numerator, coefficients, format and context, found NULL");
    *numerator = 0;
    CN_TRY(check_format(d));
    CN_TRY(check_room(d, "format", ctx));
    size_t n = ctx->params.n, digits = d->whole + d->fraction;
    uint64_t sign, bad = 0;
    for (size_t k = 0; k < n; k++) {
        bool inside = k < d->whole || k >= n - d->fraction;
        bad |= cn_mask_lt128(inside ? (cn_u128)d->bound : 0, cn_magnitude(&sign, coefficients[k]));
    }
    CN_PUBLIC(&bad, sizeof bad); /* misuse by the caller is visible */
    if (bad)
        return cn_fail(CN_ERR_RANGE, "digits: a coefficient is not what the format allows; expected a number of this format, with its "
                                     "operations followed");
    cn_u128 limit = (cn_u128)CN_ENCODE_MAX / d->base;
    cn_i128 value = 0;
    for (size_t k = digits; k-- > 0;) { /* Horner */
        bool negated;
        cn_i128 c = coefficients[position(&negated, k, d, n)];
        uint64_t above = cn_mask_lt128(limit, cn_magnitude(&sign, value));
        bad |= above;
        value = (cn_i128)(cn_mask128(~above) & (cn_u128)value) * (cn_i128)d->base + (negated ? -c : c); /* below 2^127 */
    }
    CN_PUBLIC(&bad, sizeof bad); /* whether a number fits is visible */
    if (bad) return cn_fail(CN_ERR_RANGE, "digits: the numerator exceeds 2^126; expected a smaller number, or fewer digits behind the point");
    *numerator = value;
    return CN_OK;
}

/** What both operations ask of their arguments.  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE, CN_ERR_MISMATCH. */
static cn_status check_bases(const cn_digits *r, const cn_digits *a, const cn_digits *b, const cn_context *ctx) {
    if (!r || !a || !b || !ctx) return cn_fail(CN_ERR_NULL, "digits: expected formats and context, found NULL");
    CN_TRY(check_format(a));
    CN_TRY(check_format(b));
    if (a->base != b->base)
        return cn_fail(CN_ERR_MISMATCH, "digits: bases %u and %u; expected the same one for both numbers", a->base, b->base);
    return CN_OK;
}

cn_status cn_digits_add(cn_digits *r, const cn_digits *a, const cn_digits *b, const cn_context *ctx) {
    CN_TRY(check_bases(r, a, b, ctx));
    cn_digits sum = {.base = a->base,
                     .whole = a->whole > b->whole ? a->whole : b->whole,
                     .fraction = a->fraction > b->fraction ? a->fraction : b->fraction,
                     .bound = a->bound + b->bound /* below 2^127 */};
    CN_TRY(check_room(&sum, "sum", ctx));
    *r = sum;
    return CN_OK;
}

cn_status cn_digits_mul(cn_digits *r, const cn_digits *a, const cn_digits *b, const cn_context *ctx) {
    CN_TRY(check_bases(r, a, b, ctx));
    size_t la = a->whole + a->fraction, lb = b->whole + b->fraction;
    cn_digits result = {.base = a->base,
                        .whole = a->whole + b->whole - 1,
                        .fraction = a->fraction + b->fraction,
                        .bound = cn_bound_product(cn_bound_product(a->bound, b->bound), (cn_i128)(la < lb ? la : lb))};
    CN_TRY(check_room(&result, "product", ctx));
    *r = result;
    return CN_OK;
}
