/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The two sides as the commands see them, from file to file, whichever kind of plan they work from: for batches, or packed,
 *  for single images. Of the two pointers of a structure one is there, the other NULL. */

#ifndef CN_CLI_SIDES_H
#define CN_CLI_SIDES_H

#include <stdbool.h>

#include "cryptonets_wire.h"

typedef struct cn_cli_plan {
    cn_plan *batch;
    cn_single_plan *single;
    const cn_plan *base; /* what both kinds have: parameters, digest, shape, options */
} cn_cli_plan;

/** Read a plan of either kind.  Out: *p, zeroed on failure; released with cn_cli_plan_clear.  Returns: as cn_plan_load. */
CN_MUST_USE cn_status cn_cli_plan_load(cn_cli_plan *p, const char *path);

/** Release. A zeroed struct is allowed, here and below. */
void cn_cli_plan_clear(cn_cli_plan *p);

/** Images that a request holds at most. */
size_t cn_cli_plan_slots(const cn_cli_plan *p);

/** Bytes of the evaluation key without its frame; 0: there is none. */
size_t cn_cli_plan_key(const cn_cli_plan *p);

/* ---- the data owner ------------------------------------------------------------------------ */

typedef struct cn_cli_client {
    const cn_cli_plan *plan;
    cn_client *batch;
    cn_single_client *single;
} cn_cli_client;

/** Make keys.  Returns: as cn_client_new. */
CN_MUST_USE cn_status cn_cli_client_new(cn_cli_client *c, const cn_cli_plan *p, unsigned threads);

/** Write them to new files; NULL: not that one.  Returns: as cn_client_save_new. */
CN_MUST_USE cn_status cn_cli_client_save_new(const cn_cli_client *c, const char *secret_key, const char *public_key,
                                             const char *evaluation_key);

/** Keys from files, NULL for one that is not given.  Returns: as cn_client_load. */
CN_MUST_USE cn_status cn_cli_client_load(cn_cli_client *c, const cn_cli_plan *p, const char *secret_key, const char *public_key,
                                         unsigned threads);

/** Images to a request file.  In: pixels [count][inputs].  Returns: as cn_client_encrypt, cn_request_save. */
CN_MUST_USE cn_status cn_cli_encrypt(const cn_cli_client *c, const uint8_t *pixels, size_t count, const char *path,
                                     cn_progress_fn progress, void *user);

/** A reply file to scores.  In: request the file that must be answered, or NULL.  Out: *scores [*count][outputs] in cn_malloc
 *  memory, secret; NULL on failure.  Returns: as cn_reply_load, cn_reply_answers, cn_client_decrypt. */
CN_MUST_USE cn_status cn_cli_decrypt(cn_i128 **scores, size_t *count, const cn_cli_client *c, const char *reply,
                                     const char *request);

void cn_cli_client_clear(cn_cli_client *c);

/* ---- the server ---------------------------------------------------------------------------- */

typedef struct cn_cli_server {
    const cn_cli_plan *plan;
    cn_relin_key *relin;
    cn_rotation_key *rotations; /* of a packed plan */
    cn_public_key *public;      /* of a plan with model privacy */
    cn_server *batch;
    cn_single_server *single;
} cn_cli_server;

/** A server with the data owner's keys from files, NULL for those that are not given.
 *  Returns: as cn_server_new; CN_ERR_NULL, CN_ERR_STATE (a key that the plan needs, does not need), codes of reading keys. */
CN_MUST_USE cn_status cn_cli_server_new(cn_cli_server *s, const cn_cli_plan *p, const cn_model *m, const char *evaluation_key,
                                        const char *public_key, unsigned threads);

/** What came of a request. */
typedef struct cn_cli_answer {
    size_t images;
    bool kept;               /* the reply was there already */
    double expand, evaluate; /* seconds */
} cn_cli_answer;

/** A request file to a reply file.  In: keep: leave a whole reply to this very request as it is.
 *  Returns: as cn_request_load, cn_server_evaluate, cn_reply_save. */
CN_MUST_USE cn_status cn_cli_answer_file(cn_cli_answer *answer, const cn_cli_server *s, const char *request, const char *reply,
                                         bool keep, cn_progress_fn progress, void *user);

void cn_cli_server_clear(cn_cli_server *s);

#endif
