/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A folder with one file of every kind under a small plan, written by three parties: for tests of files. */

#ifndef CN_TESTS_WIRE_FILES_H
#define CN_TESTS_WIRE_FILES_H

#include "he/context.h"
#include "nn/client.h"
#include "proto/frame.h"

enum { TST_PLAN, TST_SECRET, TST_PUBLIC, TST_EVALUATION, TST_REQUEST, TST_REPLY, TST_FILES };
enum { TST_IMAGES = 3, TST_WIDE_INPUTS = 3, TST_WIDE_OUTPUTS = 2 };

typedef struct tst_files {
    char folder[32], path[TST_FILES][64];
    cn_model *model;
    cn_plan *plan;       /* of the server: relinearises, public key */
    cn_plan *known;      /* of the clients: the same from its file */
    cn_context *ctx;
    cn_client *owner;    /* who made the keys */
    cn_relin_key *key;   /* from its file */
    cn_server *server;
    cn_request *request; /* from its file, written by an uploader with the public key alone */
    cn_reply *reply;
    uint8_t *data[TST_FILES]; /* the files as they were written */
    size_t size[TST_FILES];
} tst_files;

extern const uint8_t tst_files_pixels[TST_IMAGES];
extern const int tst_files_scores[TST_IMAGES];
extern const uint8_t tst_wide_pixels[TST_IMAGES * TST_WIDE_INPUTS];

/** Make objects and files: one input, its lowest bit squared twice, n = 4096, one plaintext prime.  Out: f, to be released with
 *  tst_files_clear. Aborts the test on failure. */
void tst_files_make(tst_files *f);
/** The same with three inputs, two scores and two squares between dense layers, under so many plaintext primes (1 or 2). */
void tst_files_make_wide(tst_files *f, unsigned plains);
/** Put back files that are not what they were. */
void tst_files_restore(const tst_files *f);
/** Release, and remove the folder. */
void tst_files_clear(tst_files *f);

/** Whether a file has the bytes that were written. */
bool tst_file_is_old(const tst_files *f, int kind);
/** Parse a file of a kind from memory, and write it again where again is not NULL; whatever fails must give no object.
 *  Returns: the status of its reader. */
cn_status tst_file_parse(const tst_files *f, int kind, const uint8_t *data, size_t size, const char *again);
/** Read a file and look at all of it.  Returns: the status of its reader. */
cn_status tst_file_check(const tst_files *f, int kind, const char *path);
/** Files in the folder. */
size_t tst_files_count(const tst_files *f);

#endif
