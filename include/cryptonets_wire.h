/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Objects in files: plans, keys, requests and replies, for two programs that do not trust each other. doc/file-formats.md draws them.
 *
 *  Every object has a header with its type, its length, the digests of parameters and plan, and the name of the key that it belongs to;
 *  residues take as many bits as their primes have, uniform polynomials are 32-byte seeds, and a SHA3-256 digest ends the file. Lengths and
 *  parameters are never taken from the other side: but for the plan, which stands for itself and is checked against the security
 *  table, everything is read against a plan that the reader has.
 *
 *  Files are written beside their place and renamed into it: a name holds a complete object or none. There is one way to write an object:
 *  what is read back and written again is the same, byte by byte. The checksum finds damage, not forgery; a session has to be
 *  authenticated outside (SECURITY.md).
 *
 *  YASHE' (research only) has no files for keys: CN_ERR_UNSUPPORTED. */

#ifndef CRYPTONETS_WIRE_H
#define CRYPTONETS_WIRE_H

#include "cryptonets_nn.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Types of objects. Values are part of the format. */
typedef enum cn_object {
    CN_OBJECT_PLAN = 1,           /**< parameters, window, look-up table; what a client needs to know of a network */
    CN_OBJECT_SECRET_KEY = 2,     /**< the data owner's, mode 0600 */
    CN_OBJECT_PUBLIC_KEY = 3,     /**< for whoever encrypts for the data owner */
    CN_OBJECT_EVALUATION_KEY = 4, /**< for the server */
    CN_OBJECT_REQUEST = 5,        /**< encrypted inputs of one batch */
    CN_OBJECT_REPLY = 6,          /**< encrypted scores of one batch */
    CN_OBJECT_SINGLE_PLAN = 7,    /**< likewise for packed evaluation, with the layouts of requests and replies */
    CN_OBJECT_SINGLE_EVALUATION_KEY = 8, /**< relinearisation and rotations */
    CN_OBJECT_SINGLE_REQUEST = 9, /**< one encrypted image, or some */
    CN_OBJECT_SINGLE_REPLY = 10   /**< their encrypted scores */
} cn_object;

/** What the header of a file says, or would say. */
typedef struct cn_object_info {
    cn_object type;
    uint32_t version;
    uint64_t length;     /**< bytes of the whole file */
    uint64_t count;      /**< images of a request or reply, otherwise 0 */
    int retired;         /**< secret key: must not be used any more */
    uint8_t key_id[16];  /**< random name of the key; zero for plans */
    uint8_t params[32];  /**< digest of the parameters */
    uint8_t plan[32];    /**< digest of the plan */
} cn_object_info;

/** Name of a type, such as "evaluation key".  Returns: a constant string, "unknown object" for values outside the enum. */
CN_API const char *cn_object_name(cn_object type);

/** Look at a file of any type without a plan: header, length, checksum. What is inside is not looked at.
 *  Out: *info as far as it could be read, zeroed otherwise.
 *  Returns: CN_OK; CN_ERR_NULL, CN_ERR_NOT_FOUND, CN_ERR_IO, CN_ERR_MEMORY; CN_ERR_MAGIC, CN_ERR_VERSION, CN_ERR_FORMAT, CN_ERR_TRUNCATED,
 *  CN_ERR_OVERSIZED, CN_ERR_DIGEST. All of these are what the functions below mean by "codes of inspection". */
CN_API CN_MUST_USE cn_status cn_object_inspect(cn_object_info *info, const char *path);

/** Write a plan, without the network and its ledger.  Returns: CN_OK, CN_ERR_NULL, CN_ERR_IO, CN_ERR_NOT_FOUND (folder), CN_ERR_MEMORY,
 *  here and for all that write. */
CN_API CN_MUST_USE cn_status cn_plan_save(const cn_plan *p, const char *path);

/** Read a plan. It has no ledger and serves clients; a server reads it to compare digests with the plan of its model.
 *  Out: *p owned by the caller, released with cn_plan_free; NULL on failure.
 *  Returns: codes of inspection; all of cn_params_check; CN_ERR_RANGE, CN_ERR_SIZE (a field beyond what it may be), CN_ERR_MISMATCH (the digest in
 *  the header is not that of the content). */
CN_API CN_MUST_USE cn_status cn_plan_load(cn_plan **p, const char *path);

/** Write the keys of a client that made them; a path that is NULL is left out. The public and the evaluation key exist only where the
 *  plan has them: else CN_ERR_STATE, and nothing is written.  Also CN_ERR_UNSUPPORTED. */
CN_API CN_MUST_USE cn_status cn_client_save(const cn_client *c, const char *secret_key, const char *public_key, const char *evaluation_key);

/** The same where nothing may have any of the names: keys that exist are never overwritten, even if they came to be a moment ago. On failure what had
 *  been written is removed.  Also CN_ERR_STATE (a name is taken). */
CN_API CN_MUST_USE cn_status cn_client_save_new(const cn_client *c, const char *secret_key, const char *public_key, const char *evaluation_key);

/** A client from files: with a secret key it decrypts, and encrypts where the plan does so under the secret key; with a public key it encrypts
 *  where the plan does so under that. Either may be NULL, not both. The plan must outlive it.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (threads), CN_ERR_THREAD, codes of inspection, CN_ERR_MISMATCH (key of another plan; two keys that
 *  are not a pair), CN_ERR_STATE (the secret key is retired; a public key for a plan that encrypts under the secret one), CN_ERR_RANGE
 *  (content), CN_ERR_UNSUPPORTED. */
CN_API CN_MUST_USE cn_status cn_client_load(cn_client **c, const cn_plan *p, const char *secret_key, const char *public_key,
                                            unsigned threads);

/** Mark a secret key file as retired: cn_client_load refuses it from then on. To be done after a decryption answered CN_ERR_NOISE.
 *  Returns: codes of inspection, CN_ERR_MISMATCH (another object), codes of writing. Retiring twice is no failure. */
CN_API CN_MUST_USE cn_status cn_secret_key_retire(const char *path);

/** Read an evaluation key.  Out: *rk for cn_server_new, released with cn_relin_key_free.
 *  Returns: as cn_client_load; CN_ERR_STATE where the plan needs none. */
CN_API CN_MUST_USE cn_status cn_evaluation_key_load(cn_relin_key **rk, const cn_plan *p, const char *path);

/** Read a public key.  Out: *pk for cn_server_set_public_key, released with cn_public_key_free.
 *  Returns: as cn_client_load; CN_ERR_STATE where the plan needs none. */
CN_API CN_MUST_USE cn_status cn_public_key_load(cn_public_key **pk, const cn_plan *p, const char *path);

/** Write a request, as it lies in memory. */
CN_API CN_MUST_USE cn_status cn_request_save(const cn_request *r, const cn_plan *p, const char *path);

/** Read a request; its residues stay in the mapped file and are judged by cn_server_evaluate (CN_ERR_FORMAT).
 *  Returns: codes of inspection, CN_ERR_MISMATCH, CN_ERR_SIZE (no images, or more than slots). */
CN_API CN_MUST_USE cn_status cn_request_load(cn_request **r, const cn_plan *p, const char *path);

/** Write a reply. */
CN_API CN_MUST_USE cn_status cn_reply_save(const cn_reply *r, const cn_plan *p, const char *path);

/** Read a reply. The message factor is computed from the plan, not read; which request it answers is for cn_reply_answers.
 *  Returns: as cn_request_load; CN_ERR_RANGE: a residue is not below its prime. */
CN_API CN_MUST_USE cn_status cn_reply_load(cn_reply **r, const cn_plan *p, const char *path);

/** Images in a request, 1 to the slots of its plan. r must not be NULL. */
CN_API size_t cn_request_count(const cn_request *r);

/** Images in a reply: as many as in the request that it answers. r must not be NULL. */
CN_API size_t cn_reply_count(const cn_reply *r);

/* ---- one image at a time, or some ----------------------------------------------------------- */

/** Write a packed plan, without the network: parameters, window, look-up table, the layouts of requests and replies, turns,
 *  folds and levels of all layers, from which the rotations follow.  Returns: as cn_plan_save, here and for all that write. */
CN_API CN_MUST_USE cn_status cn_single_plan_save(const cn_single_plan *p, const char *path);

/** Read a packed plan. It serves clients, and servers, which lay the network out again and compare (cn_single_server_new).
 *  Out: *p owned by the caller, released with cn_single_plan_free; NULL on failure.  Returns: as cn_plan_load;
 *  CN_ERR_UNSUPPORTED (not BFV). */
CN_API CN_MUST_USE cn_status cn_single_plan_load(cn_single_plan **p, const char *path);

/** Write the keys of a client that made them; a path that is NULL is left out. The evaluation key holds relinearisation and
 *  rotations; it exists only where the plan needs it: else CN_ERR_STATE, and nothing is written. Secret keys are of the same
 *  type in batches (cn_secret_key_retire). */
CN_API CN_MUST_USE cn_status cn_single_client_save(const cn_single_client *c, const char *secret_key, const char *evaluation_key);

/** The same where nothing may have any of the names, as cn_client_save_new.  Also CN_ERR_STATE (a name is taken). */
CN_API CN_MUST_USE cn_status cn_single_client_save_new(const cn_single_client *c, const char *secret_key, const char *evaluation_key);

/** A client from its secret key: it encrypts and decrypts. The plan must outlive it.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (threads), CN_ERR_THREAD, codes of inspection, CN_ERR_MISMATCH (key of another
 *  plan), CN_ERR_STATE (the key is retired), CN_ERR_RANGE (content). */
CN_API CN_MUST_USE cn_status cn_single_client_load(cn_single_client **c, const cn_single_plan *p, const char *secret_key, unsigned threads);

/** Read the evaluation key of a packed plan.  Out: *relin (NULL where the plan does not relinearise) and *rotations for
 *  cn_single_server_new, released with cn_relin_key_free and cn_rotation_key_free; NULL on failure.
 *  Returns: CN_OK, CN_ERR_NULL, codes of inspection, CN_ERR_MISMATCH, CN_ERR_RANGE (a residue is not below its prime);
 *  CN_ERR_STATE where the plan needs none. */
CN_API CN_MUST_USE cn_status cn_single_evaluation_key_load(cn_relin_key **relin, cn_rotation_key **rotations, const cn_single_plan *p,
                                                           const char *path);

/** Write a request of packed evaluation.  Also CN_ERR_MISMATCH (of another plan). */
CN_API CN_MUST_USE cn_status cn_single_request_save(const cn_single_request *r, const cn_single_plan *p, const char *path);

/** Read it; its residues are judged by cn_single_evaluate (CN_ERR_FORMAT).
 *  Returns: CN_OK, CN_ERR_NULL, codes of inspection, CN_ERR_MISMATCH, CN_ERR_SIZE (no images, or more than the plan is for). */
CN_API CN_MUST_USE cn_status cn_single_request_load(cn_single_request **r, const cn_single_plan *p, const char *path);

/** Write a reply of packed evaluation.  Also CN_ERR_MISMATCH (of another plan). */
CN_API CN_MUST_USE cn_status cn_single_reply_save(const cn_single_reply *r, const cn_single_plan *p, const char *path);

/** Read it. The message factor is computed from the plan, not read; which request it answers is for cn_single_reply_answers.
 *  Returns: as cn_single_request_load; CN_ERR_RANGE: a residue is not below its prime. */
CN_API CN_MUST_USE cn_status cn_single_reply_load(cn_single_reply **r, const cn_single_plan *p, const char *path);

/** Images in a request, 1 to cn_single_plan_images. r must not be NULL. */
CN_API size_t cn_single_request_count(const cn_single_request *r);

/** Images in a reply: as many as in the request that it answers. r must not be NULL. */
CN_API size_t cn_single_reply_count(const cn_single_reply *r);

#ifdef __cplusplus
}
#endif

#endif
