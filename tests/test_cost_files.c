/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Costs in text files: written and read again, and what is refused, with the place where it stands. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nn/cost.h"
#include "testing.h"
#include "util/file.h"
#include "util/mem.h"

static char folder[] = "/tmp/cn_costs_XXXXXX", path[64];

static void setup(void) {
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
}
static void teardown(void) { tst_folder_remove(folder); }

#define OK(call) ck_assert_msg((call) == CN_OK, "%s", cn_error_text())

START_TEST(file) {
    cn_costs c, again;
    for (unsigned k = 0; k < CN_COST_COUNT; k++) c.fs[k] = 7 + 1000 * k;
    c.fs[0] = 1, c.fs[CN_COST_COUNT - 1] = CN_COST_MAX;
    OK(cn_costs_save(&c, path));
    OK(cn_costs_load(&again, path));
    ck_assert_mem_eq(&c, &again, sizeof c);
    char text[1024] = "cryptonets costs 1\r\n# backwards\r\n\n"; /* in any order, with blanks and comments */
    for (unsigned k = CN_COST_COUNT; k-- > 0;)
        snprintf(text + strlen(text), sizeof text - strlen(text), "  %s\t%u \r\n", cn_cost_name((cn_cost)k), c.fs[k]);
    text[strlen(text) - 3] = 0; /* and no end of the last line */
    OK(cn_file_write(path, text, strlen(text)));
    memset(&again, 0, sizeof again);
    OK(cn_costs_load(&again, path));
    ck_assert_mem_eq(&c, &again, sizeof c);

    c.fs[3] = 0;
    ck_assert_int_eq(cn_costs_save(&c, path), CN_ERR_RANGE);
    OK(cn_costs_load(&again, path)); /* still the file of before */
    c.fs[3] = CN_COST_MAX + 1;
    ck_assert_int_eq(cn_costs_save(&c, path), CN_ERR_RANGE);
    ck_assert_int_eq(cn_costs_save(NULL, path), CN_ERR_NULL);
    ck_assert_int_eq(cn_costs_save(&again, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_costs_load(NULL, path), CN_ERR_NULL);
    ck_assert_int_eq(cn_costs_load(&again, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_costs_load(&again, folder), CN_ERR_IO);
    unlink(path);
    ck_assert_int_eq(cn_costs_load(&again, path), CN_ERR_NOT_FOUND);
}
END_TEST

/** Files made of a right one by a replacement. */
START_TEST(file_refused) {
    static const struct {
        const char *from, *to;
        cn_status status;
        const char *words;
    } bad[] = {
        {"cryptonets costs 1", "", CN_ERR_MAGIC, "line 1, column 1: expected the line 'cryptonets costs 1'"},
        {"costs 1", "costs 2", CN_ERR_MAGIC, "line 1"},
        {"costs 1", "costs 1 x", CN_ERR_MAGIC, "line 1"},
        {"mac3 15000", "mac3 0", CN_ERR_RANGE, "line 3, column 6: expected 1 to 1000000000 femtoseconds, found '0'"},
        {"mac3 15000", "mac3 -1", CN_ERR_RANGE, "found '-1'"},
        {"mac3 15000", "mac3 1000000001", CN_ERR_RANGE, "found '1000000001'"},
        {"mac3 15000", "mac3 99999999999999999999999999999999999999999999", CN_ERR_RANGE, "mac3"},
        {"mac3 15000", "mac3 1.5", CN_ERR_FORMAT, "found '1.5'"},
        {"mac3 15000", "mac3 nan", CN_ERR_FORMAT, "found 'nan'"},
        {"mac3 15000", "mac3 1e3", CN_ERR_FORMAT, "found '1e3'"},
        {"mac3 15000", "mac3", CN_ERR_FORMAT, "found the end of the line"},
        {"mac3 15000", "mac3 15000 1", CN_ERR_FORMAT, "expected the end of the line, found '1'"},
        {"mac3 15000", "mac4 15000", CN_ERR_FORMAT, "expected the name of a cost, found 'mac4'"},
        {"mac3 15000", "mac 15000", CN_ERR_FORMAT, "found 'mac'"},
        {"mac3 15000", "mac2 15000", CN_ERR_FORMAT, "line 4, column 1: expected every cost once, found 'mac2'"},
        {"expand 1600000", "", CN_ERR_TRUNCATED, "expected the cost expand, found the end of the file"},
        {"expand 1600000", "\x01\xff\xfe 1", CN_ERR_FORMAT, "expected the name of a cost"},
    };
    cn_costs c, unchanged = {{77}}, before = unchanged;
    uint8_t *data;
    size_t size;
    cn_costs_reference(&c);
    OK(cn_costs_save(&c, path));
    OK(cn_file_read_plain(&data, &size, path, 1 << 20)); /* with a zero behind it */
    char *text = (char *)data, changed[2048];
    for (size_t i = 0; i < CN_ARRAY_LEN(bad); i++) {
        const char *at = strstr(text, bad[i].from);
        ck_assert_ptr_nonnull(at);
        snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, bad[i].to, at + strlen(bad[i].from));
        OK(cn_file_write(path, changed, strlen(changed)));
        cn_status s = cn_costs_load(&unchanged, path);
        bool said = strstr(cn_error_text(), bad[i].words) && strstr(cn_error_text(), path);
        ck_assert_msg(s == bad[i].status && said, "%s: %s: %s", bad[i].to, cn_status_name(s), cn_error_text());
        ck_assert_mem_eq(&unchanged, &before, sizeof before);
    }
    for (size_t length = 0; length + 1 < size; length++) { /* an end too early is found, unless within the last number */
        OK(cn_file_write(path, text, length));
        cn_status s = cn_costs_load(&unchanged, path);
        bool within = length > size - strlen("1600000\n");
        ck_assert_msg((s == CN_OK) == within, "%zu bytes of %zu: %s", length, size, cn_status_name(s));
        unchanged = before;
    }
    char *large = calloc(5000, 1);
    memset(large, '#', 5000);
    OK(cn_file_write(path, large, 5000));
    ck_assert_int_eq(cn_costs_load(&unchanged, path), CN_ERR_OVERSIZED);
    free(large);
    cn_free(text);
}
END_TEST

Suite *cn_suite_cost_files(void) {
    Suite *s = suite_create("cost_files");
    TCase *c = tcase_create("cost_files");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, file);
    tcase_add_test(c, file_refused);
    suite_add_tcase(s, c);
    return s;
}
