/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A folder with one file of every kind under a small packed plan, and what was written to them: for tests of files. */

#ifndef CN_TESTS_SINGLE_FILES_H
#define CN_TESTS_SINGLE_FILES_H

#include "nn/single_client.h"
#include "proto/single_file.h"

enum { TST_S_PLAN, TST_S_SECRET, TST_S_EVALUATION, TST_S_REQUEST, TST_S_REPLY, TST_S_FILES };
enum { TST_S_IMAGES = 3, TST_S_INPUTS = 3, TST_S_OUTPUTS = 2 };

typedef struct tst_single_files {
    char folder[32], path[TST_S_FILES][64];
    cn_model *model;        /* two squares, dense layers around them */
    cn_single_plan *plan;   /* relinearises and rotates; 512 images at most */
    cn_context *ctx;
    cn_single_client *owner; /* who made the keys */
    cn_single_server *server;
    cn_single_request *request;
    cn_single_reply *reply;
    uint8_t *data[TST_S_FILES]; /* the files as they were written */
    size_t size[TST_S_FILES];
} tst_single_files;

extern const uint8_t tst_single_pixels[TST_S_IMAGES * TST_S_INPUTS];

/** That network, finished. */
cn_model *tst_single_model(void);

/** Make objects and files; aborts the test on failure. */
void tst_single_make(tst_single_files *f);
/** Put back files that are not what they were. */
void tst_single_restore(const tst_single_files *f);
/** Release, and remove the folder. */
void tst_single_clear(tst_single_files *f);

/** Whether a file has the bytes that were written. */
bool tst_single_is_old(const tst_single_files *f, int kind);
/** Parse a file of a kind from memory, and write it again where again is not NULL.  Returns: the status of its reader. */
cn_status tst_single_parse(const tst_single_files *f, int kind, const uint8_t *data, size_t size, const char *again);

#endif
