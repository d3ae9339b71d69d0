/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A folder for tests of reading and writing, one at a time; what reading a file must give. Whatever fails aborts the test. */

#ifndef CN_TESTS_FILE_TESTING_H
#define CN_TESTS_FILE_TESTING_H

#include "testing.h"
#include "util/file.h"

/** Its path between tst_folder_make and tst_folder_unmake, which are a checked fixture: empty first; in the end nothing but plain
 *  files may be in it. */
extern char tst_folder[256];
void tst_folder_make(void);
void tst_folder_unmake(void);

/** Path of a file in it.  Returns: static memory, overwritten by the next call. */
const char *tst_in_folder(const char *name);

/** Write a file there by other means than the library's. */
void tst_put(const char *name, const void *data, size_t n);

/** Reading with this cap gives exactly these n bytes, and a zero behind them. */
void tst_expect_content(const char *path, size_t cap, const void *expected, size_t n);
/** Reading fails with this status, a text that names the file and no data; nothing leaks. */
void tst_expect_failure(const char *path, size_t cap, cn_status expected);

#endif
