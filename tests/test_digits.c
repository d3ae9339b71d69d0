/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Synthetic digits: the same bytes everywhere, and images that look like MNIST by the measures MNIST was
 * made by. */

#include <stdlib.h>
#include <string.h>

#include "cryptonets_nn.h"
#include "testing.h"
#include "util/mem.h"
#include "util/sha3.h"

#define PIXELS (28 * 28)

static cn_dataset draw(size_t count, uint64_t seed) {
    cn_dataset d;
    ck_assert_int_eq(cn_dataset_draw_digits(&d, count, seed), CN_OK);
    ck_assert(d.count == count && d.height == 28 && d.width == 28);
    return d;
}

/** Pinned: a change here changes published results. */
START_TEST(test_digits_digest) {
    static const struct {
        uint64_t seed;
        const char *digest;
    } known[] = {
        {1, "eba3f8b41588e0da6e1c270ac822889018f19430622ee52f84ef368f5ee18f46"},
        {0xfedcba9876543210, "35abd1499ca78c6cc1f629a7182c836f998f4402907a76b36c944c22bcfbe07e"},
    };
    for (size_t i = 0; i < CN_ARRAY_LEN(known); i++) {
        cn_dataset d = draw(200, known[i].seed);
        uint8_t digest[32];
        char hex[65];
        cn_sha3 h;
        cn_sha3_init(&h);
        cn_sha3_update(&h, d.labels, d.count);
        cn_sha3_update(&h, d.pixels, d.count * PIXELS);
        cn_sha3_final(&h, digest);
        cn_hex(hex, digest, 32);
        ck_assert_str_eq(hex, known[i].digest);
        cn_dataset_clear(&d);
    }
}
END_TEST

START_TEST(test_digits_series) {
    cn_dataset a = draw(50, 7), b = draw(80, 7), c = draw(50, 8);
    ck_assert_mem_eq(a.pixels, b.pixels, 50 * PIXELS);
    ck_assert_mem_eq(a.labels, b.labels, 50);
    ck_assert(memcmp(a.labels, c.labels, 50) != 0);
    for (size_t i = 1; i < 50; i++) ck_assert(memcmp(a.pixels, a.pixels + i * PIXELS, PIXELS) != 0);
    cn_dataset_clear(&a);
    cn_dataset_clear(&b);
    cn_dataset_clear(&c);
}
END_TEST

/** Every image: full black and white, a box of 20 pixels or a little less, its centre of mass in the
 * middle. */
START_TEST(test_digits_look) {
    cn_dataset d = draw(2000, 3);
    unsigned seen[10] = {0};
    uint64_t total = 0;
    for (size_t i = 0; i < d.count; i++) {
        const uint8_t *p = d.pixels + i * PIXELS;
        int x0 = 28, x1 = -1, y0 = 28, y1 = -1, most = 0;
        long sum = 0, mx = 0, my = 0;
        for (int y = 0; y < 28; y++)
            for (int x = 0; x < 28; x++) {
                int v = p[y * 28 + x];
                if (v == 0) continue;
                x0 = CN_MIN(x0, x), x1 = CN_MAX(x1, x), y0 = CN_MIN(y0, y), y1 = CN_MAX(y1, y);
                most = CN_MAX(most, v);
                sum += v, mx += (long)v * (2 * x - 27), my += (long)v * (2 * y - 27);
            }
        int side = CN_MAX(x1 - x0, y1 - y0) + 1;
        ck_assert_msg(side >= 19 && side <= 22, "image %zu: side %d", i, side);
        ck_assert_msg(most == 255, "image %zu: lightest pixel %d", i, most);
        ck_assert_msg(labs(mx) <= 2 * sum && labs(my) <= 2 * sum, "image %zu: off centre", i);
        ck_assert(d.labels[i] <= 9);
        seen[d.labels[i]]++;
        total += (uint64_t)sum;
    }
    for (int k = 0; k < 10; k++)
        ck_assert_msg(seen[k] > 140 && seen[k] < 260, "%u images of %d", seen[k], k);
    double mean = (double)total / (double)(d.count * PIXELS); /* MNIST: 33.8 */
    ck_assert_msg(mean > 28 && mean < 38, "mean grey %.1f", mean);
    cn_dataset_clear(&d);
}
END_TEST

START_TEST(test_digits_failures) {
    cn_dataset d = {0};
    ck_assert_int_eq(cn_dataset_draw_digits(NULL, 1, 1), CN_ERR_NULL);
    ck_assert_int_eq(cn_dataset_draw_digits(&d, 0, 1), CN_ERR_SIZE);
    ck_assert_int_eq(cn_dataset_draw_digits(&d, SIZE_MAX / 2, 1), CN_ERR_MEMORY);
    long live = cn_test_alloc_live();
    for (unsigned long k = 1; k <= 2; k++) {
        cn_test_alloc_fail_at(k);
        ck_assert_int_eq(cn_dataset_draw_digits(&d, 10, 1), CN_ERR_MEMORY);
        cn_test_alloc_fail_at(0);
        ck_assert(d.pixels == NULL && cn_test_alloc_live() == live);
    }
}
END_TEST

Suite *cn_suite_digits(void) {
    Suite *s = suite_create("digits");
    TCase *t = tcase_create("digits");
    tcase_add_test(t, test_digits_digest);
    tcase_add_test(t, test_digits_series);
    tcase_add_test(t, test_digits_look);
    tcase_add_test(t, test_digits_failures);
    suite_add_tcase(s, t);
    return s;
}
