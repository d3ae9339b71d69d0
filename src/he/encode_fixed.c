/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Scaled fixed point. Formats are public; numbers are not, and take no branch, no division and no address with them. */

#include "cryptonets_encode.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "he/encode.h"
#include "util/ctcheck.h"
#include "util/status.h"

#define UP (1 + 4 * DBL_EPSILON) /* more than two or three roundings can take away */

/** The bits of |x|: they are ordered as the numbers are, infinity and what is no number above all others. */
static uint64_t magnitude_bits(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits & ~((uint64_t)1 << 63);
}

/** w[0..2] = w >> r for r < 192, by halves: constant time. */
static void shift_right(uint64_t w[3], uint64_t r) {
    for (unsigned stage = 0; stage < 6; stage++) {
        unsigned s = 1u << stage;
        uint64_t mask = 0 - cn_ct_barrier(r >> stage & 1);
        for (int i = 0; i < 3; i++) w[i] = cn_ct_select(mask, w[i] >> s | (i < 2 ? w[i + 1] << (64 - s) : 0), w[i]);
    }
    for (unsigned stage = 6; stage < 8; stage++) {
        int s = stage == 6 ? 1 : 2;
        uint64_t mask = 0 - cn_ct_barrier(r >> stage & 1);
        for (int i = 0; i < 3; i++) w[i] = cn_ct_select(mask, i + s < 3 ? w[i + s] : 0, w[i]);
    }
}

/** x 2^e for e < 128, likewise. */
static cn_u128 shift_left(cn_u128 x, uint64_t e) {
    for (unsigned stage = 0; stage < 7; stage++) {
        cn_u128 mask = cn_mask128(0 - cn_ct_barrier(e >> stage & 1));
        x = (mask & (x << (1u << stage))) | (~mask & x);
    }
    return x;
}

/** The integer nearest to |x| scale, ties upwards.  In: bits of |x| finite, |x| scale < 2^125, scale < 2^126. Where e is 0, m is wrong,
 *  and the integer 0 all the same. Constant time. */
static cn_u128 round_scaled(uint64_t bits, cn_i128 scale) {
    uint64_t e = bits >> 52, m = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52; /* |x| = m 2^(e - 1075) */
    uint64_t left = ~cn_ct_mask_lt(e, 1075);
    uint64_t right = 1075 - e; /* where it is not left */
    uint64_t far = cn_ct_mask_lt(191, right & ~left);
    right = cn_ct_select(left, 0, cn_ct_select(far, 191, right));

    cn_u128 low = (cn_u128)(2 * m) * (uint64_t)scale, high = (cn_u128)(2 * m) * (uint64_t)(scale >> 64);
    high += low >> 64;
    uint64_t w[3] = {(uint64_t)low, (uint64_t)high, (uint64_t)(high >> 64)}; /* twice the product, below 2^180 */
    shift_right(w, right);
    cn_u128 twice = shift_left((cn_u128)w[1] << 64 | w[0], left & (e - 1075)); /* below 2^127 by the premise */
    return (twice + 1) >> 1;
}

/** Whether functions of this file made a format.  Returns: CN_OK, CN_ERR_SIZE. */
static cn_status check_format(const cn_fixed *f) {
    if (f->scale >= 1 && f->scale <= CN_ENCODE_MAX && f->bound >= 0 && f->bound <= CN_ENCODE_MAX / 2 && f->error >= 0) return CN_OK;
    return cn_fail(CN_ERR_SIZE, "fixed point: expected a format with a scale of at least 1 and a bound, as cn_fixed_new makes it");
}

/** Bound within T/2?  Returns: CN_OK, CN_ERR_RANGE. */
static cn_status check_bound(cn_i128 bound, const char *what, const cn_context *ctx) {
    cn_i128 max = cn_integer_max(ctx);
    if (!max) return cn_fail(CN_ERR_RANGE, "fixed point: the product of the plaintext primes exceeds 2^126; use fewer of them");
    if (bound >= 0 && bound <= max) return CN_OK;
    return cn_fail(CN_ERR_RANGE, "fixed point: the %s needs integers up to 2^%.1f, expected at most (T - 1)/2 = 2^%.1f; take smaller scales "
                                 "or more plaintext primes", what, log2((double)bound), log2((double)max));
}

cn_status cn_fixed_new(cn_fixed *f, double most, cn_i128 scale, const cn_context *ctx) {
    if (!f || !ctx) return cn_fail(CN_ERR_NULL, "fixed point: expected format and context, found NULL");
    if (!(most >= 0) || !isfinite(most))
        return cn_fail(CN_ERR_SIZE, "fixed point: expected a finite largest number >= 0, found %g", most);
    if (scale < 1 || scale > CN_ENCODE_MAX) return cn_fail(CN_ERR_SIZE, "fixed point: expected a scale from 1 to 2^126 - 1");
    double size = most * (double)scale;
    cn_i128 bound = size < 0x1p125 ? (cn_i128)round_scaled(magnitude_bits(most), scale) : CN_ENCODE_MAX + 1;
    CN_TRY(check_bound(bound, "format", ctx));
    *f = (cn_fixed){.scale = scale, .bound = bound, .error = UP * 0.5 / (double)scale};
    return CN_OK;
}

cn_status cn_fixed_integer(cn_fixed *f, cn_i128 w, const cn_context *ctx) {
    if (!f || !ctx) return cn_fail(CN_ERR_NULL, "fixed point: expected format and context, found NULL");
    uint64_t negative;
    cn_i128 bound = (cn_i128)cn_magnitude(&negative, w);
    CN_TRY(check_bound(bound, "constant", ctx));
    *f = (cn_fixed){.scale = 1, .bound = bound};
    return CN_OK;
}

cn_status cn_fixed_encode(cn_i128 *integers, const double *x, size_t count, const cn_fixed *f) {
    if (!integers || !x || !f) return cn_fail(CN_ERR_NULL, "fixed point: expected integers, numbers and format, found NULL");
    CN_TRY(check_format(f));
    uint64_t limit = magnitude_bits(UP * ((double)f->bound + 1) / (double)f->scale), bad = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = magnitude_bits(x[i]), all;
        memcpy(&all, &x[i], sizeof all);
        uint64_t refused = cn_ct_mask_lt(limit, bits); /* also infinity and what is no number */
        cn_u128 m = round_scaled(bits & ~refused, f->scale);
        refused |= cn_mask_lt128((cn_u128)f->bound, m);
        bad |= refused;
        integers[i] = cn_with_sign(cn_ct_mask_msb(all), cn_mask128(~refused) & m);
    }
    CN_PUBLIC(&bad, sizeof bad); /* that a number is refused is visible, not which one */
    if (!bad) return CN_OK;
    memset(integers, 0, count * sizeof *integers);
    return cn_fail(CN_ERR_RANGE, "fixed point: a number is not finite or beyond what the format allows, %g; expected smaller numbers or a format "
                                 "for larger ones", (double)f->bound / (double)f->scale);
}

cn_status cn_fixed_decode(double *x, const cn_i128 *integers, size_t count, const cn_fixed *f) {
    if (!x || !integers || !f) return cn_fail(CN_ERR_NULL, "fixed point: expected numbers, integers and format, found NULL");
    CN_TRY(check_format(f));
    double step = 1 / (double)f->scale;
    for (size_t i = 0; i < count; i++) {
        uint64_t negative, bits;
        cn_u128 m = cn_magnitude(&negative, integers[i]);
        double value = 0;
        for (int k = 3; k >= 0; k--) value = value * 0x1p32 + (double)(int64_t)(uint32_t)(m >> (32 * k));
        value *= step;
        memcpy(&bits, &value, sizeof bits);
        bits |= negative & ((uint64_t)1 << 63);
        memcpy(&x[i], &bits, sizeof bits);
    }
    return CN_OK;
}

cn_status cn_fixed_add(cn_fixed *r, const cn_fixed *a, const cn_fixed *b, const cn_context *ctx) {
    if (!r || !a || !b || !ctx) return cn_fail(CN_ERR_NULL, "fixed point: expected formats and context, found NULL");
    CN_TRY(check_format(a));
    CN_TRY(check_format(b));
    if (a->scale != b->scale)
        return cn_fail(CN_ERR_MISMATCH, "fixed point: a sum of scales %g and %g; multiply the number with the smaller scale by their quotient "
                                        "and rescale its format", (double)a->scale, (double)b->scale);
    CN_TRY(check_bound(a->bound + b->bound, "sum", ctx));
    *r = (cn_fixed){.scale = a->scale, .bound = a->bound + b->bound, .error = UP * (a->error + b->error)};
    return CN_OK;
}

cn_status cn_fixed_mul(cn_fixed *r, const cn_fixed *a, const cn_fixed *b, const cn_context *ctx) {
    if (!r || !a || !b || !ctx) return cn_fail(CN_ERR_NULL, "fixed point: expected formats and context, found NULL");
    CN_TRY(check_format(a));
    CN_TRY(check_format(b));
    cn_i128 scale = cn_bound_product(a->scale, b->scale), bound = cn_bound_product(a->bound, b->bound);
    if (scale > CN_ENCODE_MAX) return cn_fail(CN_ERR_RANGE, "fixed point: the scale of the product is 2^126 or more; take smaller scales");
    CN_TRY(check_bound(bound, "product", ctx));
    double most_a = (double)a->bound / (double)a->scale, most_b = (double)b->bound / (double)b->scale;
    double error = UP * UP * (most_a * b->error + most_b * a->error + a->error * b->error);
    *r = (cn_fixed){.scale = scale, .bound = bound, .error = error};
    return CN_OK;
}

cn_status cn_fixed_rescale(cn_fixed *r, const cn_fixed *a, cn_i128 w, const cn_context *ctx) {
    if (!r || !a || !ctx) return cn_fail(CN_ERR_NULL, "fixed point: expected formats and context, found NULL");
    CN_TRY(check_format(a));
    if (w < 1 || w > CN_ENCODE_MAX) return cn_fail(CN_ERR_SIZE, "fixed point: expected a factor from 1 to 2^126 - 1");
    cn_i128 scale = cn_bound_product(a->scale, w), bound = cn_bound_product(a->bound, w);
    if (scale > CN_ENCODE_MAX) return cn_fail(CN_ERR_RANGE, "fixed point: the new scale is 2^126 or more; take a smaller factor");
    CN_TRY(check_bound(bound, "new scale", ctx));
    *r = (cn_fixed){.scale = scale, .bound = bound, .error = a->error};
    return CN_OK;
}
