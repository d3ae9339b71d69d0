/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Plain-text networks: everything the format allows, and each refusal with the place it names. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nn/model.h"
#include "testing.h"
#include "util/file.h"
#include "util/mem.h"

static char folder[32];

static void make_folder(void) {
    strcpy(folder, "cn-import-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void) { tst_folder_remove(folder); }

/** Write a file of the folder; text = NULL removes it. */
static void put(const char *name, const char *text) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (text == NULL)
        unlink(path);
    else
        ck_assert_int_eq(cn_file_write(path, text, strlen(text)), CN_OK);
}

static char lut_text[4096]; /* 256 numbers, entry i is i * i - 1000 */

/** A valid folder: conv, square and fc on 1 x 2 x 2 pixels. */
static void put_small(void) {
    size_t n = 0;
    for (int i = 0; i < 256; i++)
        n += (size_t)sprintf(lut_text + n, "%d%c", i * i - 1000, i % 16 == 15 ? '\n' : ' ');
    put("net.txt", "input 1 2 2\nlut table\nconv 2 1 2 1 0 1 0 0\nsquare\nfc 3\nwindow -5 100\n");
    put("table", lut_text);
    put("W1.txt", "1 2 3 4\n-1 -2 -3 -4\n");
    put("b1.txt", "7\n-8\n");
    put("W2.txt", "1 0 0 0\n0 1 0 0\n0 0 -9223372036854775807 9223372036854775807\n");
    put("b2.txt", "0\n85070591730234615865843651857942052863\n-85070591730234615865843651857942052863\n");
}

static cn_status import(cn_model **m) {
    long live = cn_test_alloc_live();
    cn_status s = cn_model_import(m, folder, NULL, NULL);
    if (s != CN_OK) {
        ck_assert_ptr_null(*m);
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }
    return s;
}

static void accept(void) {
    cn_model *m;
    ck_assert_msg(import(&m) == CN_OK, "%s", cn_error_text());
    cn_model_free(m);
}

START_TEST(test_import) {
    cn_model *m;
    put_small();
    ck_assert_msg(import(&m) == CN_OK, "%s", cn_error_text());
    ck_assert_str_eq(cn_model_name(m), folder);
    ck_assert_str_eq(cn_model_provenance(m), "");
    ck_assert_uint_eq(m->layer_count, 3);
    for (int i = 0; i < 256; i++) ck_assert_int_eq(m->lut[i], i * i - 1000);
    const cn_layer *l = m->layer;
    ck_assert(l[0].type == CN_LAYER_CONV && l[1].type == CN_LAYER_SQUARE && l[2].type == CN_LAYER_DENSE);
    ck_assert(l[0].units == 2 && l[0].kernel == 2 && l[0].stride == 1);
    ck_assert(l[0].pad_left == 0 && l[0].pad_right == 1 && l[0].pad_top == 0 && l[0].pad_bottom == 0);
    ck_assert(l[0].out.channels == 2 && l[0].out.height == 1 && l[0].out.width == 2);
    for (int i = 0; i < 8; i++) ck_assert_int_eq(l[0].weight[i], i < 4 ? i + 1 : 3 - i);
    ck_assert(l[0].bias[0] == 7 && l[0].bias[1] == -8);
    ck_assert(l[2].weight[10] == -INT64_MAX && l[2].weight[11] == INT64_MAX);
    ck_assert(l[2].bias[1] == ((cn_i128)1 << 126) - 1 && l[2].bias[2] == -l[2].bias[1]);
    ck_assert(m->has_window && m->window_lo == -5 && m->window_t == 100);
    ck_assert(l[2].out_scale == 1);
    cn_model_free(m);
}
END_TEST

/** Paddings land where they belong; several channels; pool, poly and flatten; no lut, no window. */
START_TEST(test_import_layers) {
    cn_model *m;
    put("net.txt", "input 2 4 4\nconv 1 2 1 1 1 2 3 4\npool 3 2\npoly -1 0 "
                   "9223372036854775807\nflatten\nfc 1\npoly -7 0 5 -6\n");
    put("W1.txt", "5 -6");
    put("b1.txt", "0");
    put("W2.txt", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15");
    put("b2.txt", "0");
    ck_assert_msg(import(&m) == CN_OK, "%s", cn_error_text());
    const cn_layer *l = m->layer;
    ck_assert(l[0].pad_left == 1 && l[0].pad_right == 2 && l[0].pad_top == 3 && l[0].pad_bottom == 4);
    ck_assert(l[0].out.channels == 1 && l[0].out.height == 11 && l[0].out.width == 7);
    ck_assert(l[1].out.height == 5 && l[1].out.width == 3 && l[1].out_scale == 9);
    ck_assert(l[2].poly[0] == -1 && l[2].poly[1] == 0 && l[2].poly[2] == INT64_MAX && l[2].out_scale == 81);
    ck_assert(l[3].out.channels == 15 && l[4].weight[14] == 15);
    ck_assert(l[2].cubic == 0 && l[5].cubic == -7 && l[5].poly[0] == 0 && l[5].poly[1] == 5 && l[5].poly[2] == -6);
    ck_assert(l[5].out_scale == l[4].out_scale * l[4].out_scale * l[4].out_scale);
    ck_assert(!m->has_window);
    for (int i = 0; i < 256; i++) ck_assert_int_eq(m->lut[i], i);
    cn_model_free(m);
}
END_TEST

/** Comments, blank lines, CR LF, tabs, a missing last line end, a byte order mark: the same model. */
START_TEST(test_import_spellings) {
    cn_model *plain, *odd;
    put_small();
    ck_assert_int_eq(import(&plain), CN_OK);
    put("net.txt", "\xef\xbb\xbf# a comment\r\n\r\n  input\t1 2  2 \r\nlut  my table\r\n#x\nconv 2 1 2 1 0 "
                   "1 0 0\n\n  square\n"
                   "fc +3\nwindow -5 100");
    put("table", NULL);
    char text[sizeof lut_text + 64];
    snprintf(text, sizeof text, "# table\n\n%s\n \n# end", lut_text);
    put("my table", text);
    put("W1.txt", "# first\r\n\r\n+1  2\t3 4\r\n   \r\n # second\n -1 -2 -3 -04   ");
    put("b1.txt", "# both on a line\n7 -8");
    put("README.md", "ignored");
    put("W3.txt", "ignored");
    ck_assert_msg(import(&odd) == CN_OK, "%s", cn_error_text());
    ck_assert_mem_eq(cn_model_digest(plain), cn_model_digest(odd), 32);
    cn_model_free(plain);
    cn_model_free(odd);
}
END_TEST

START_TEST(test_import_texts) {
    cn_model *m;
    char path[64];
    put_small();
    put("README", "\tA network\r\nwith \x1b[31mcolour\xff\x80 and \xc3\xa9\n\n\n");
    snprintf(path, sizeof path, "%s//", folder);
    ck_assert_int_eq(cn_model_import(&m, path, NULL, NULL), CN_OK);
    ck_assert_str_eq(cn_model_name(m), folder);
    ck_assert_str_eq(cn_model_provenance(m), " A network\nwith ?[31mcolour?? and \xc3\xa9");
    cn_model_free(m);
    ck_assert_int_eq(cn_model_import(&m, folder, "short", "from a\nbook"), CN_OK);
    ck_assert_str_eq(cn_model_name(m), "short");
    ck_assert_str_eq(cn_model_provenance(m), "from a\nbook");
    cn_model_free(m);
    ck_assert_int_eq(cn_model_import(&m, folder, "two\nlines", NULL), CN_ERR_FORMAT);
    ck_assert_int_eq(cn_model_import(&m, folder, "", NULL), CN_ERR_FORMAT);
    ck_assert_int_eq(cn_model_import(&m, folder, NULL, "\x07"), CN_ERR_FORMAT);
    ck_assert_int_eq(cn_model_import(NULL, folder, NULL, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_model_import(&m, NULL, NULL, NULL), CN_ERR_NULL);
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(cn_model_import(&m, ".", NULL, NULL), CN_OK);
    ck_assert_int_eq(chdir(".."), 0);
    ck_assert_str_eq(cn_model_name(m), folder);
    cn_model_free(m);

    char *longer = malloc(6000); /* cut at a character's boundary */
    memset(longer, 'a', 5999);
    longer[5999] = 0;
    for (int i = 1; i < 5998; i += 2) memcpy(longer + i, "\xc3\xa9", 2);
    put("README", longer);
    ck_assert_int_eq(cn_model_import(&m, folder, NULL, NULL), CN_OK);
    ck_assert_uint_eq(strlen(cn_model_provenance(m)), CN_MODEL_TEXT_MAX - 1);
    cn_model_free(m);
    free(longer);
}
END_TEST

/** One file of the small folder replaced: what must be said. */
static const struct {
    const char *file, *text;
    cn_status status;
    const char *words; /* the text contains these, in this order, separated by | */
} refusals[] = {
    {"net.txt", NULL, CN_ERR_NOT_FOUND, "net.txt"},
    {"net.txt", "", CN_ERR_TRUNCATED, "net.txt: line 1|expected input C H W"},
    {"net.txt", "input 1 2 2\n", CN_ERR_MODEL, "net.txt|layers"},
    {"net.txt", "square\n", CN_ERR_FORMAT, "line 1, column 1|input C H W as the first line|'square'"},
    {"net.txt", "lut table\ninput 1 2 2\n", CN_ERR_FORMAT,
     "line 1, column 1|input C H W as the first line"},
    {"net.txt", "input 1 2 2\ninput 1 2 2\n", CN_ERR_FORMAT, "line 2, column 1|one input line"},
    {"net.txt", "input 1 2\n", CN_ERR_FORMAT, "line 1, column 10|a width, 1 to 65536|the end of the line"},
    {"net.txt", "input 0 2 2\n", CN_ERR_RANGE, "line 1, column 7|channels, 1 to 65536|'0'"},
    {"net.txt", "input 1 2 65537\n", CN_ERR_RANGE, "line 1, column 11|'65537'"},
    {"net.txt", "input 1 2 99999999999999999999999999999999999999999\n", CN_ERR_RANGE,
     "'9999999999999999999999999999999999999999...'"},
    {"net.txt", "input 65536 65536 1\nflatten\n", CN_ERR_SIZE, "net.txt: line 1|65536 x 65536 x 1"},
    {"net.txt", "input 256 256 2\nflatten\n", CN_ERR_SIZE, "net.txt: line 1|input|256 x 256 x 2"},
    {"net.txt", "input 1 2 x\n", CN_ERR_FORMAT, "line 1, column 11|'x'"},
    {"net.txt", "input 1 2 2 2\n", CN_ERR_FORMAT, "line 1, column 13|the end of the line|'2'"},
    {"net.txt", "input 1 2 2\n\n# relu\nrelu 3\n", CN_ERR_FORMAT, "line 4, column 1|conv, pool|'relu'"},
    {"net.txt", "input 1 2 2\nSquare\n", CN_ERR_FORMAT, "line 2, column 1|'Square'"},
    {"net.txt", "input 1 2 2\nsquare 2\n", CN_ERR_FORMAT, "line 2, column 8|the end of the line|'2'"},
    {"net.txt", "input 1 2 2\nlut\n", CN_ERR_FORMAT,
     "line 2, column 4|the name of a file|the end of the line"},
    {"net.txt", "input 1 2 2\nlut ../table\n", CN_ERR_FORMAT, "line 2, column 5|same folder|'../table'"},
    {"net.txt", "input 1 2 2\nlut /etc/passwd\n", CN_ERR_FORMAT, "line 2, column 5|same folder"},
    {"net.txt", "input 1 2 2\nlut nothing\n", CN_ERR_NOT_FOUND, "nothing"},
    {"net.txt", "input 1 2 2\nlut table\nlut table\n", CN_ERR_FORMAT, "line 3, column 5|one lut line"},
    {"net.txt", "input 1 2 2\nconv 2 2 2 1 0 1 0 0\n", CN_ERR_MODEL, "line 2, column 8|the 1 channels|'2'"},
    {"net.txt", "input 1 2 2\nconv 2 1 2 1 0 1 0\n", CN_ERR_FORMAT, "line 2, column 19|a bottom padding"},
    {"net.txt", "input 1 2 2\nconv 2 1 0 1 0 1 0 0\n", CN_ERR_RANGE, "line 2, column 10|a kernel size"},
    {"net.txt", "input 1 2 2\nconv 2 1 2 0 0 1 0 0\n", CN_ERR_RANGE, "line 2, column 12|a stride"},
    {"net.txt", "input 1 2 2\nconv 2 1 2 1 -1 1 0 0\n", CN_ERR_RANGE,
     "line 2, column 14|a left padding|'-1'"},
    {"net.txt", "input 1 1 1\nconv 2 1 2 1 0 0 0 1\n", CN_ERR_MODEL,
     "net.txt: line 2: layer 1 (conv)|fits"},
    {"net.txt", "input 1 2 2\npool 3 1\n", CN_ERR_MODEL, "net.txt: line 2: layer 1 (pool)|fits"},
    {"net.txt", "input 1 2 2\npool 2\n", CN_ERR_FORMAT, "line 2, column 7|a stride"},
    {"net.txt", "input 1 2 2\npoly 1 2\n", CN_ERR_FORMAT, "line 2, column 9|a coefficient"},
    {"net.txt", "input 1 2 2\npoly 0 0 2 1\n", CN_ERR_MODEL, "net.txt: line 2: layer 1 (poly)|leading"},
    {"net.txt", "input 1 2 2\npoly 1 2 3 x\n", CN_ERR_FORMAT, "a coefficient"},
    {"net.txt", "input 1 2 2\npoly 1 2 3 4 5\n", CN_ERR_FORMAT, "the end of the line"},
    {"net.txt", "input 1 2 2\npoly 0 2 1\n", CN_ERR_MODEL, "net.txt: line 2: layer 1 (poly)|leading"},
    {"net.txt", "input 1 2 2\npoly 1 9223372036854775808 0\n", CN_ERR_RANGE,
     "line 2, column 8|2^63|'9223372036854775808'"},
    {"net.txt", "input 1 2 2\nfc 0\n", CN_ERR_RANGE, "line 2, column 4|a number of outputs"},
    {"net.txt", "input 1 2 2\nflatten\nwindow 1\n", CN_ERR_FORMAT, "line 3, column 9|the window's width"},
    {"net.txt", "input 1 2 2\nflatten\nwindow 1 0\n", CN_ERR_RANGE, "line 3, column 10|at least 1|'0'"},
    {"net.txt", "input 1 2 2\nflatten\nwindow 1 -7\n", CN_ERR_RANGE, "line 3, column 10|at least 1|'-7'"},
    {"net.txt", "input 1 2 2\nflatten\nwindow 1 85070591730234615865843651857942052864\n", CN_ERR_RANGE,
     "line 3, column 10|2^126"},
    {"net.txt", "input 1 2 2\nflatten\nwindow 1 7\nwindow 1 7\n", CN_ERR_FORMAT,
     "line 4, column 1|the end of the file after the window"},
    {"net.txt", "input 1 2 2\nflatten\nwindow 1 7\nsquare\n", CN_ERR_FORMAT,
     "line 4, column 1|the end of the file after the window"},
    {"W1.txt", NULL, CN_ERR_NOT_FOUND, "W1.txt"},
    {"W1.txt", "", CN_ERR_TRUNCATED, "W1.txt: line 1|expected 2 rows of 4|0 rows"},
    {"W1.txt", "1 2 3 4\n", CN_ERR_TRUNCATED, "W1.txt: line 2|expected 2 rows of 4|1 rows"},
    {"W1.txt", "1 2 3 4\n1 2 3 4\n\n# more\n1 2 3 4\n", CN_ERR_OVERSIZED, "W1.txt: line 5|2 rows"},
    {"W1.txt", "1 2 3 4\n\n1 2 3\n", CN_ERR_FORMAT, "W1.txt: line 3|expected 4 weights|found 3"},
    {"W1.txt", "1 2 3 4 5\n1 2 3\n", CN_ERR_FORMAT, "W1.txt: line 1|expected 4 weights|found 5"},
    {"W1.txt", "1 2 3 4\n1 2.5 3 4\n", CN_ERR_FORMAT,
     "W1.txt: line 2, column 3|a weight, a whole number|'2.5'"},
    {"W1.txt", "1 2 3 4\n1 2 3 1e3\n", CN_ERR_FORMAT, "W1.txt: line 2, column 7|'1e3'"},
    {"W1.txt", "1 2 3 4\n1 2 3 \x01\xc3\n", CN_ERR_FORMAT, "W1.txt: line 2, column 7|'?\?'"},
    {"W1.txt", "1 2 3 4\n1 2 3 9223372036854775808\n", CN_ERR_RANGE,
     "W1.txt: line 2, column 7|2^63|'9223372036854775808'|;"},
    {"W1.txt", "1 2 3 4\n-9223372036854775808 2 3 4\n", CN_ERR_RANGE, "W1.txt: line 2, column 1|2^63"},
    {"W1.txt", "1 2 3 4\n1 2 3 170141183460469231731687303715884105728\n", CN_ERR_RANGE,
     "W1.txt: line 2, column 7"},
    {"b1.txt", NULL, CN_ERR_NOT_FOUND, "b1.txt"},
    {"b1.txt", "", CN_ERR_TRUNCATED, "b1.txt: line 1|expected 2 numbers|after 0"},
    {"b1.txt", "1\n", CN_ERR_TRUNCATED, "b1.txt: line 2|expected 2 numbers|after 1"},
    {"b1.txt", "1\n2\n 3\n", CN_ERR_OVERSIZED, "b1.txt: line 3, column 2|after 2 numbers|'3'"},
    {"b1.txt", "1\ntwo\n", CN_ERR_FORMAT, "b1.txt: line 2, column 1|a bias|'two'"},
    {"b1.txt", "1\n85070591730234615865843651857942052864\n", CN_ERR_RANGE,
     "b1.txt: line 2, column 1|a bias|2^126"},
    {"table", "1 2 3\n", CN_ERR_TRUNCATED, "table: line 2|expected 256 numbers|after 3"},
    {"table", "1 2147483648\n", CN_ERR_RANGE, "table: line 1, column 3|2^31|'2147483648'"},
    {"table", "-2147483648\n", CN_ERR_RANGE, "table: line 1, column 1|2^31"},
    {"table", "0x10\n", CN_ERR_FORMAT, "table: line 1, column 1|'0x10'"},
};

START_TEST(test_import_refuses) {
    put_small();
    put(refusals[_i].file, refusals[_i].text);
    cn_model *m;
    cn_status s = import(&m);
    const char *text = cn_error_text(), *at = text;
    ck_assert_msg(s == refusals[_i].status, "%s = %s: expected %s, found %s (%s)", refusals[_i].file,
                  refusals[_i].text == NULL ? "NULL" : refusals[_i].text,
                  cn_status_name(refusals[_i].status), cn_status_name(s), text);
    ck_assert_msg(strncmp(text, folder, strlen(folder)) == 0, "%s", text);
    char words[128];
    strcpy(words, refusals[_i].words);
    for (char *w = strtok(words, "|"); w != NULL; w = strtok(NULL, "|")) {
        at = strstr(at, w);
        ck_assert_msg(at != NULL, "expected '%s' in: %s", w, text);
    }
}
END_TEST

/** What stands just inside the limits that the refusals step over. */
START_TEST(test_import_limits) {
    put_small();
    put("net.txt", "input 1 1 65536\nflatten\nwindow -85070591730234615865843651857942052863 "
                   "85070591730234615865843651857942052863\n");
    accept();
    put("net.txt", "input 1 2 2\nlut table\npool 2 9\nfc 1\n");
    put("W1.txt", "-9223372036854775807");
    put("b1.txt", "-85070591730234615865843651857942052863");
    accept();
    char net[1024] = "input 1 1 1\n";
    for (int i = 0; i < 64; i++) strcat(net, "flatten\n");
    put("net.txt", net);
    accept();
    cn_model *m;
    strcat(net, "flatten\n");
    put("net.txt", net);
    ck_assert_int_eq(import(&m), CN_ERR_SIZE);
    ck_assert(strstr(cn_error_text(), "line 66") != NULL);

    put("net.txt",
        "input 1 1 65536\nfc 65536\n"); /* 2^32 weights: refused by their count, no memory is taken */
    ck_assert_int_eq(import(&m), CN_ERR_FORMAT);
    ck_assert(strstr(cn_error_text(), "W1.txt: line 1: expected 65536 weights in the row, found 1") !=
              NULL);

    /* a table of 2^31 - 1 */
    char text[256 * 12 + 1] = "";
    for (int i = 0; i < 256; i++) strcat(text, i % 2 ? "2147483647 " : "-2147483647\n");
    put("table", text);
    put("net.txt", "input 1 2 2\nlut table\nflatten");
    ck_assert_int_eq(import(&m), CN_OK);
    ck_assert(m->lut[0] == -2147483647 && m->lut[255] == 2147483647);
    cn_model_free(m);
}
END_TEST

START_TEST(test_import_no_folder) {
    cn_model *m;
    ck_assert_int_eq(cn_model_import(&m, "no/such/folder", NULL, NULL), CN_ERR_NOT_FOUND);
    ck_assert(strstr(cn_error_text(), "no/such/folder") != NULL);
    put("net.txt", "");
    char path[64];
    snprintf(path, sizeof path, "%s/net.txt", folder);
    ck_assert_int_eq(cn_model_import(&m, path, NULL, NULL), CN_ERR_NOT_FOUND);
    ck_assert_ptr_null(m);
}
END_TEST

START_TEST(test_import_alloc_failures) {
    put_small();
    put("README", "text");
    long live = cn_test_alloc_live();
    cn_status s = CN_ERR_MEMORY;
    for (unsigned long k = 1; s != CN_OK; k++) {
        cn_model *m;
        cn_test_alloc_fail_at(k);
        s = cn_model_import(&m, folder, NULL, NULL);
        cn_test_alloc_fail_at(0);
        ck_assert_msg(s == CN_OK ? k > 20 : s == CN_ERR_MEMORY && m == NULL, "allocation %lu: %s", k,
                      cn_status_name(s));
        cn_model_free(m);
        ck_assert_int_eq(cn_test_alloc_live(), live);
    }
}
END_TEST

Suite *cn_suite_model_import(void) {
    Suite *s = suite_create("model_import");
    TCase *t = tcase_create("model_import");
    tcase_add_checked_fixture(t, make_folder, remove_folder);
    tcase_add_test(t, test_import);
    tcase_add_test(t, test_import_layers);
    tcase_add_test(t, test_import_spellings);
    tcase_add_test(t, test_import_texts);
    tcase_add_loop_test(t, test_import_refuses, 0, sizeof refusals / sizeof refusals[0]);
    tcase_add_test(t, test_import_limits);
    tcase_add_test(t, test_import_no_folder);
    tcase_add_test(t, test_import_alloc_failures);
    suite_add_tcase(s, t);
    return s;
}
