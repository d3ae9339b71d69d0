/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Quantisation by calibration: the integer network against an evaluation of the real one written here from the definitions,
 *  the correction of biases, the window, and each refusal. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clear_naive.h"
#include "nn/model.h"
#include "testing.h"
#include "util/file.h"
#include "util/mem.h"

#define IMAGES 40
#define SIDE 4

static char folder[32];
static uint8_t pixels[IMAGES * SIDE * SIDE], labels[IMAGES];
static const cn_dataset images = {IMAGES, SIDE, SIDE, pixels, labels};
static double w1[2 * 9], b1[2], w2[3 * 8], b2[3]; /* conv 2 maps 3 x 3, then pool 2, square, dense 3 */

static void remove_folder(void) { tst_folder_remove(folder); }

static void put(const char *name, const char *text) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(cn_file_write(path, text, strlen(text)), CN_OK);
}

static void put_reals(const char *name, double *x, size_t rows, size_t row) {
    char text[2048];
    size_t n = 0;
    for (size_t i = 0; i < rows * row; i++) {
        x[i] = (double)tst_below(2001) / 1000 - 1;
        n += (size_t)sprintf(text + n, i % 2 ? "%.3f%c" : "%.3e%c", x[i], i % row == row - 1 ? '\n' : ' ');
    }
    put(name, text);
}

/** Score o of the real network, from the definitions. */
static double real_score(const uint8_t *p, unsigned o) {
    double sum = b2[o];
    for (unsigned m = 0; m < 2; m++)
        for (unsigned y = 0; y < 2; y++)
            for (unsigned x = 0; x < 2; x++) {
                double pooled = 0;
                for (unsigned q = 0; q < 4; q++) {
                    pooled += b1[m] / 4;
                    for (int k = 0; k < 9; k++) {
                        int row = (int)(2 * y + q / 2) + k / 3 - 1, column = (int)(2 * x + q % 2) + k % 3 - 1;
                        if (row >= 0 && row < SIDE && column >= 0 && column < SIDE)
                            pooled += w1[m * 9 + (unsigned)k] * p[row * SIDE + column] / 255 / 4;
                    }
                }
                sum += w2[o * 8 + m * 4 + y * 2 + x] * pooled * pooled;
            }
    return sum;
}

/** Random weights and images; labels are what the real network answers, so it is right everywhere. */
static void make(void) {
    strcpy(folder, "cn-quantise-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    tst_reseed(11);
    put("net.txt", "input 1 4 4\nconv 2 1 3 1 1 1 1 1\npool 2 2\nsquare\nflatten\nfc 3\n");
    put_reals("W1.txt", w1, 2, 9);
    put_reals("b1.txt", b1, 2, 1);
    put_reals("W2.txt", w2, 3, 8);
    put_reals("b2.txt", b2, 3, 1);
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)tst_below(256);
    for (size_t i = 0; i < IMAGES; i++) {
        labels[i] = 0;
        for (unsigned o = 1; o < 3; o++)
            if (real_score(pixels + i * SIDE * SIDE, o) > real_score(pixels + i * SIDE * SIDE, labels[i])) labels[i] = (uint8_t)o;
    }
}

static cn_status quantise(cn_model **m, cn_quantise_report *r, const cn_dataset *d, const cn_quantise_options *o) {
    long live = cn_test_alloc_live();
    cn_status s = cn_model_quantise(m, r, folder, NULL, NULL, d, o);
    if (s != CN_OK) {
        ck_assert_ptr_null(*m);
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }
    return s;
}

/** Score o of image i by the integers, in real units; exact. */
static double integer_score(const cn_model *m, size_t i, unsigned o, cn_i128 *exact) {
    tst_values scores = tst_naive_run(m, m->layer_count, pixels + i * SIDE * SIDE);
    cn_i128 score = tst_mpz_get(scores.v[o]);
    tst_values_clear(&scores);
    if (exact != NULL) *exact = score;
    return (double)score / m->layer[m->layer_count - 1].out_scale;
}

/** With many bits the integers compute the real network. */
START_TEST(test_quantise_close) {
    cn_model *m;
    cn_quantise_report r;
    unsigned bits[] = {16, 15};
    cn_quantise_options o = {.levels = 255, .bits = bits, .bits_count = 2, .threads = 2};
    ck_assert_msg(quantise(&m, &r, &images, &o) == CN_OK, "%s", cn_error_text());
    ck_assert(r.calibrated == IMAGES / 2 && r.measured == IMAGES / 2 && r.layers == 2);
    ck_assert(r.layer[0].bits == 16 && r.layer[1].bits == 15 && r.layer[0].error < 1e-4 && r.layer[1].error < 1e-4);
    ck_assert(r.layer[0].scale == m->layer[0].weight_scale && m->input_scale == 255 && m->lut[200] == 200);
    ck_assert(r.real_accuracy == 1 && r.integer_accuracy == 1);
    for (size_t i = 0; i < IMAGES; i++)
        for (unsigned k = 0; k < 3; k++) {
            double expected = real_score(pixels + i * SIDE * SIDE, k), found = integer_score(m, i, k, NULL);
            ck_assert_msg(fabs(found - expected) < 2e-3 * (1 + fabs(expected)), "image %zu, score %u: %g, expected %g", i, k, found,
                          expected);
        }
    cn_model_free(m);
}
END_TEST

/** With few bits every weight keeps to its limit, the means over the calibration images are those of the real network to
 *  within half a unit, the figures are true, and the window is 1.25 times the range. */
START_TEST(test_quantise_coarse) {
    cn_model *m;
    cn_quantise_report r;
    unsigned bits = 3;
    cn_quantise_options o = {.levels = 3, .bits = &bits, .bits_count = 1};
    for (size_t i = 0; i < IMAGES / 2; i++) labels[i] = (uint8_t)((labels[i] + 1) % 3); /* the first half does not count */
    ck_assert_msg(quantise(&m, &r, &images, &o) == CN_OK, "%s", cn_error_text());
    for (int i = 0; i < 256; i++) ck_assert_int_eq(m->lut[i], (2 * 3 * i + 255) / 510);
    int64_t most = 0;
    for (unsigned l = 0; l < m->layer_count; l++)
        for (size_t i = 0; i < m->layer[l].weight_count; i++) most = CN_MAX(most, (int64_t)llabs(m->layer[l].weight[i]));
    ck_assert_int_eq(most, 3);
    cn_i128 low = 0, high = 0, x[3];
    size_t right = 0;
    for (size_t i = 0; i < IMAGES; i++) {
        for (unsigned k = 0; k < 3; k++) {
            integer_score(m, i, k, &x[k]);
            if (i == 0 && k == 0) low = high = x[0];
            low = CN_MIN(low, x[k]), high = CN_MAX(high, x[k]);
        }
        if (i >= IMAGES / 2) right += cn_argmax(x, 3) == labels[i];
    }
    ck_assert(m->has_window && m->window_lo <= low && high < m->window_lo + m->window_t);
    ck_assert(fabs((double)m->window_t / (1.25 * (double)(high - low + 1)) - 1) < 1e-3);
    ck_assert(r.window_bits == log2((double)m->window_t));
    ck_assert(r.integer_accuracy == (double)right / (IMAGES / 2) && r.integer_accuracy > 0.4 && r.real_accuracy == 1);
    double unit = 1 / m->layer[m->layer_count - 1].out_scale;
    for (unsigned k = 0; k < 3; k++) {
        double mean = 0;
        for (size_t i = 0; i < IMAGES / 2; i++)
            mean += (integer_score(m, i, k, NULL) - real_score(pixels + i * SIDE * SIDE, k)) / (IMAGES / 2);
        ck_assert_msg(fabs(mean) < 0.51 * unit, "score %u: mean off by %g, a unit is %g", k, mean, unit);
    }
    cn_model_free(m);
}
END_TEST

/** Defaults, a look-up table of its own, name and provenance; the result can be saved. */
START_TEST(test_quantise_defaults) {
    cn_model *m;
    cn_quantise_report r;
    char text[4096], path[64];
    size_t n = 0;
    for (int i = 0; i < 256; i++) n += (size_t)sprintf(text + n, "%.4f\n", (128 - i) / 64.0);
    put("table", text);
    put("net.txt", "input 1 4 4\nlut table\nconv 2 1 3 1 1 1 1 1\npool 2 2\nsquare\nfc 3\n");
    ck_assert_int_eq(cn_model_quantise(&m, &r, folder, "other", "from afar", &images, NULL), CN_OK);
    ck_assert_str_eq(cn_model_name(m), "other");
    ck_assert_str_eq(cn_model_provenance(m), "from afar");
    ck_assert(m->lut[0] == CN_QUANTISE_LEVELS && m->lut[128] == 0 && m->lut[255] == -CN_QUANTISE_LEVELS);
    ck_assert(r.layer[0].bits == CN_QUANTISE_BITS && r.layer[1].bits == CN_QUANTISE_BITS);
    snprintf(path, sizeof path, "%s/m.cnm", folder);
    ck_assert_int_eq(cn_model_save(m, path), CN_OK);
    cn_model *back;
    ck_assert_int_eq(cn_model_load(&back, path), CN_OK);
    ck_assert(memcmp(cn_model_digest(back), cn_model_digest(m), 32) == 0);
    cn_model_free(back);
    cn_model_free(m);
}
END_TEST

static const struct {
    const char *file, *text; /* replaces a file, if not NULL */
    cn_status status;
    const char *words;
} refusals[] = {
    {"W1.txt", "1 2 3 4 5 6 7 8 0x9\n1 2 3 4 5 6 7 8 9\n", CN_ERR_FORMAT, "W1.txt: line 1, column 17: expected a weight, a decimal"},
    {"W1.txt", "1 2 3 4 5 6 7 8 nan\n1 2 3 4 5 6 7 8 9\n", CN_ERR_FORMAT, "decimal number, found 'nan'"},
    {"W1.txt", "1 2 3 4 5 6 7 8 inf\n1 2 3 4 5 6 7 8 9\n", CN_ERR_FORMAT, "decimal number, found 'inf'"},
    {"W1.txt", "1 2 3 4 5 6 7 8 1,5\n1 2 3 4 5 6 7 8 9\n", CN_ERR_FORMAT, "decimal number, found '1,5'"},
    {"W1.txt", "1 2 3 4 5 6 7 8 1e30\n1 2 3 4 5 6 7 8 9\n", CN_ERR_RANGE, "magnitude below 10^30"},
    {"W1.txt", "1 2 3 4 5 6 7 8 1e999\n1 2 3 4 5 6 7 8 9\n", CN_ERR_RANGE, "magnitude below 10^30"},
    {"b1.txt", "0.5\n", CN_ERR_TRUNCATED, "b1.txt: line 2: expected 2 numbers"},
    {"b1.txt", "0.5 1e-1 3\n", CN_ERR_OVERSIZED, "the end of the file after 2 numbers, found '3'"},
    {"b1.txt", "1e29 -1e29\n", CN_ERR_RANGE, "use fewer bits"},
    {"net.txt", "input 1 4 4\nconv 2 1 3 1 1 1 1 1\nwindow 0 1\n", CN_ERR_UNSUPPORTED, "no window in a network with real weights"},
    {"net.txt", "input 1 4 4\npoly 1 0 0\n", CN_ERR_UNSUPPORTED, "no poly"},
    {"net.txt", "input 1 4 4\nlut W1.txt\nfc 3\n", CN_ERR_TRUNCATED, "expected 256 numbers"},
};

START_TEST(test_quantise_refuses_files) {
    cn_model *m;
    cn_quantise_report r = {.measured = 77};
    unsigned bits = 16;
    cn_quantise_options o = {.bits = &bits, .bits_count = 1};
    put(refusals[_i].file, refusals[_i].text);
    ck_assert_int_eq(quantise(&m, &r, &images, &o), refusals[_i].status);
    ck_assert_msg(strstr(cn_error_text(), refusals[_i].words) != NULL, "%s", cn_error_text());
    ck_assert_uint_eq(r.measured, 77);
}
END_TEST

START_TEST(test_quantise_refuses_arguments) {
    cn_model *m;
    unsigned bits[] = {6, 1, 17};
    cn_dataset d = images;
    d.labels = NULL;
    ck_assert_int_eq(quantise(&m, NULL, &d, NULL), CN_ERR_NULL);
    d = images, d.pixels = NULL;
    ck_assert_int_eq(quantise(&m, NULL, &d, NULL), CN_ERR_NULL);
    ck_assert_int_eq(quantise(&m, NULL, NULL, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_model_quantise(&m, NULL, NULL, NULL, NULL, &images, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_model_quantise(NULL, NULL, folder, NULL, NULL, &images, NULL), CN_ERR_NULL);
    ck_assert_int_eq(quantise(&m, NULL, &images, &(cn_quantise_options){.bits_count = 1}), CN_ERR_NULL);
    ck_assert_int_eq(cn_model_quantise(&m, NULL, "cn-no-such-folder", NULL, NULL, &images, NULL), CN_ERR_NOT_FOUND);
    ck_assert_int_eq(quantise(&m, NULL, &images, &(cn_quantise_options){.levels = 256}), CN_ERR_RANGE);
    ck_assert_int_eq(quantise(&m, NULL, &images, &(cn_quantise_options){.bits = bits, .bits_count = 2}), CN_ERR_RANGE);
    ck_assert_int_eq(quantise(&m, NULL, &images, &(cn_quantise_options){.bits = bits + 2, .bits_count = 1}), CN_ERR_RANGE);
    ck_assert_int_eq(quantise(&m, NULL, &images, &(cn_quantise_options){.bits = bits, .bits_count = 3}), CN_ERR_SIZE);
    ck_assert_int_eq(quantise(&m, NULL, &images, &(cn_quantise_options){.threads = 100000}), CN_ERR_SIZE);
    d = images, d.count = 1;
    ck_assert_int_eq(quantise(&m, NULL, &d, NULL), CN_ERR_SIZE);
    d = images, d.width = 3;
    ck_assert_int_eq(quantise(&m, NULL, &d, NULL), CN_ERR_MISMATCH);
    labels[IMAGES - 1] = 3;
    ck_assert_int_eq(quantise(&m, NULL, &images, NULL), CN_ERR_MISMATCH);
    labels[IMAGES - 1] = 0;
    char zeros[513];
    for (int i = 0; i < 512; i++) zeros[i] = i % 2 ? ' ' : '0';
    zeros[512] = 0;
    put("table", zeros);
    put("net.txt", "input 1 4 4\nlut table\nconv 2 1 3 1 1 1 1 1\npool 2 2\nsquare\nfc 3\n");
    ck_assert_int_eq(quantise(&m, NULL, &images, NULL), CN_ERR_RANGE);
}
END_TEST

/** Scores from 2^120 on, and biases from 2^126 on. */
START_TEST(test_quantise_refuses_size) {
    cn_model *m;
    unsigned bits = 16;
    cn_quantise_options o = {.levels = 255, .bits = &bits, .bits_count = 1};
    put("net.txt", "input 1 4 4\nfc 1\nsquare\nfc 1\nsquare\n");
    put("W1.txt", "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n");
    put("W2.txt", "1");
    put("W3.txt", "1");
    put("b1.txt", "0");
    put("b2.txt", "0");
    put("b3.txt", "0");
    memset(labels, 0, sizeof labels);
    ck_assert_int_eq(quantise(&m, NULL, &images, &o), CN_ERR_RANGE);
    ck_assert_msg(strstr(cn_error_text(), "expected scores below 2^120") != NULL, "%s", cn_error_text());
    put("net.txt", "input 1 4 4\nfc 1\nsquare\nfc 1\nsquare\nfc 1\n");
    put("b3.txt", "1");
    ck_assert_int_eq(quantise(&m, NULL, &images, &o), CN_ERR_RANGE);
    ck_assert_msg(strstr(cn_error_text(), "layer 5: expected a bias below 2^126") != NULL, "%s", cn_error_text());
}
END_TEST

START_TEST(test_quantise_alloc_failures) {
    long live = cn_test_alloc_live();
    cn_status s = CN_ERR_MEMORY;
    for (unsigned long k = 1; s != CN_OK; k++) {
        cn_model *m;
        cn_test_alloc_fail_at(k);
        s = cn_model_quantise(&m, NULL, folder, NULL, NULL, &images, NULL);
        cn_test_alloc_fail_at(0);
        ck_assert_msg(s == CN_OK ? k > 30 : s == CN_ERR_MEMORY && m == NULL, "allocation %lu: %s", k, cn_status_name(s));
        cn_model_free(m);
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }
}
END_TEST

Suite *cn_suite_quantise(void) {
    Suite *s = suite_create("quantise");
    TCase *t = tcase_create("quantise");
    tcase_add_checked_fixture(t, make, remove_folder);
    tcase_add_test(t, test_quantise_close);
    tcase_add_test(t, test_quantise_coarse);
    tcase_add_test(t, test_quantise_defaults);
    tcase_add_loop_test(t, test_quantise_refuses_files, 0, sizeof refusals / sizeof refusals[0]);
    tcase_add_test(t, test_quantise_refuses_arguments);
    tcase_add_test(t, test_quantise_refuses_size);
    tcase_add_test(t, test_quantise_alloc_failures);
    suite_add_tcase(s, t);
    return s;
}
