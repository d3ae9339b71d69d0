/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Networks: models, data sets, plans, and encrypted evaluation.
 *
 *  A model is made once (cn_model_import, or read back with cn_model_load), then only read. File formats:
 *  doc/file-formats.md. */

#ifndef CRYPTONETS_NN_H
#define CRYPTONETS_NN_H

#include "cryptonets_he.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- models -------------------------------------------------------------------------------- */

/** A trained integer network. Immutable once loaded; may be shared between threads. */
typedef struct cn_model cn_model;

/** Read a model file.  Out: *m owned by the caller, released with cn_model_free; NULL on failure.
 *  Returns: CN_OK; CN_ERR_NULL, CN_ERR_NOT_FOUND, CN_ERR_IO, CN_ERR_MEMORY; CN_ERR_MAGIC, CN_ERR_VERSION,
 *  CN_ERR_TRUNCATED, CN_ERR_OVERSIZED, CN_ERR_FORMAT, CN_ERR_RANGE, CN_ERR_SIZE, CN_ERR_DIGEST, CN_ERR_MODEL;
 *  CN_ERR_UNSUPPORTED (compressed, without zlib). The text names the file, the offset, what was expected and
 *  what was found. Time and memory: linear in the size of the file, at most 1 GiB. */
CN_API CN_MUST_USE cn_status cn_model_load(cn_model **m, const char *path);

/** Write a model file (complete or not at all); an existing file is replaced.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_IO, CN_ERR_NOT_FOUND, CN_ERR_MEMORY, CN_ERR_SIZE (above 1 GiB). */
CN_API CN_MUST_USE cn_status cn_model_save(const cn_model *m, const char *path);

/** Read a plain-text folder (net.txt, W1.txt, b1.txt, ... and a look-up table; doc/file-formats.md).
 *  In: name short name of the model (NULL: the folder's last component); provenance free text (NULL: the folder's
 *  README, if there is one; a comment on where the network comes from, never parsed). Both UTF-8, at most 4096
 *  bytes, without control characters but newline in provenance.
 *  Out: *m owned by the caller, released with cn_model_free; NULL on failure.
 *  Returns: as cn_model_load, but for CN_ERR_MAGIC, CN_ERR_VERSION, CN_ERR_DIGEST; the text names file, line and
 *  column. A number that does not fit (64-bit weight, 126-bit bias or window, 31-bit input) is CN_ERR_RANGE. */
CN_API CN_MUST_USE cn_status cn_model_import(cn_model **m, const char *folder, const char *name, const char *provenance);

/** Release. NULL is allowed. */
CN_API void cn_model_free(cn_model *m);

/** Short name, owned by the model, never NULL. m must not be NULL. */
CN_API const char *cn_model_name(const cn_model *m);

/** Free text on where it comes from, owned by the model. m must not be NULL. */
CN_API const char *cn_model_provenance(const cn_model *m);

/** Number of input values (pixels of an image). m must not be NULL. */
CN_API size_t cn_model_inputs(const cn_model *m);

/** Number of scores. m must not be NULL. */
CN_API size_t cn_model_outputs(const cn_model *m);

/** SHA3-256 digest of the model, 32 bytes, owned by the model. m must not be NULL. */
CN_API const uint8_t *cn_model_digest(const cn_model *m);

/** Hand a short table of the model to the callback, line by line: name, digest, layers with their output shapes,
 *  weight counts and ranges, window. For people; the wording may change.
 *  Returns: CN_OK, CN_ERR_NULL. */
CN_API CN_MUST_USE cn_status cn_model_describe(const cn_model *m, cn_log_fn line, void *user);

/* ---- data ---------------------------------------------------------------------------------- */

/** A set of byte images with labels. The caller may also fill it by hand and must then not clear it. */
typedef struct cn_dataset {
    size_t count;     /**< images */
    size_t height;    /**< rows of an image */
    size_t width;     /**< columns of an image */
    uint8_t *pixels;  /**< [count][height][width] */
    uint8_t *labels;  /**< [count], or NULL */
} cn_dataset;

/** Read the MNIST test set from a folder: t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or with .gz.
 *  In: limit most images to keep (0: all).  Out: *d, unchanged on failure; what it held before is not released.
 *  Returns: CN_OK; CN_ERR_NULL, CN_ERR_NOT_FOUND, CN_ERR_IO, CN_ERR_MEMORY, CN_ERR_MAGIC, CN_ERR_TRUNCATED,
 *  CN_ERR_OVERSIZED, CN_ERR_FORMAT (zero sizes, images above 1024 x 1024, labels above 9, counts of images and labels
 *  that differ), CN_ERR_UNSUPPORTED (.gz without zlib, elements that are not bytes). The text names file, offset,
 *  expected and found.
 *  Release with cn_dataset_clear. */
CN_API CN_MUST_USE cn_status cn_dataset_load_mnist(cn_dataset *d, const char *folder, size_t limit);

/** The same for the training set, train-images-idx3-ubyte and train-labels-idx1-ubyte: contract of cn_dataset_load_mnist. */
CN_API CN_MUST_USE cn_status cn_dataset_load_mnist_training(cn_dataset *d, const char *folder, size_t limit);

/** Draw count synthetic digits, 28 x 28, labelled: stroke templates under random affine and elastic distortion.
 *  The same seed gives the same images on every machine, and image i does not depend on count.
 *  Out: *d, unchanged on failure; what it held before is not released.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (count = 0), CN_ERR_MEMORY. Release with cn_dataset_clear. */
CN_API CN_MUST_USE cn_status cn_dataset_draw_digits(cn_dataset *d, size_t count, uint64_t seed);

/** Release what the struct owns and zero it. NULL and a zeroed struct are allowed. */
CN_API void cn_dataset_clear(cn_dataset *d);

/* ---- quantisation -------------------------------------------------------------------------- */

#define CN_QUANTISE_LEVELS 7 /**< default: largest magnitude of an input */
#define CN_QUANTISE_BITS 5   /**< default: bits per weight, sign included */

/** How to quantise. Zero everywhere is the default. */
typedef struct cn_quantise_options {
    unsigned levels;      /**< inputs become integers of at most this magnitude, 1 to 255; 0: CN_QUANTISE_LEVELS */
    const unsigned *bits; /**< bits per weight, sign included, 2 to 16, in the order of the layers with weights */
    size_t bits_count;    /**< as many as there are such layers; 1: the same for all; 0: CN_QUANTISE_BITS for all */
    unsigned threads;     /**< workers for the exact evaluation; 0: one */
} cn_quantise_options;

/** What came of it. */
typedef struct cn_quantise_report {
    size_t calibrated;       /**< images that biases were adjusted on, the first of the set, at most 1000 */
    size_t measured;         /**< images that the accuracies are of, the second half of the set */
    double real_accuracy;    /**< share recognised by the network as it was, in double precision */
    double integer_accuracy; /**< share recognised by the integers, exactly evaluated */
    double window_bits;      /**< log2 of the window's width */
    unsigned layers;         /**< with weights */
    struct {
        unsigned bits;       /**< of a weight */
        double scale;        /**< integers per real unit of weight, chosen */
        double error;        /**< root mean square error of the weights relative to their root mean square */
    } layer[64];
} cn_quantise_report;

/** Turn a network with real weights into one with integers, by calibration alone. The folder is like that of cn_model_import, but
 *  weights, biases and the look-up table are decimal numbers (the table by default p/255), and there is no poly or window line.
 *  The model's window is 1.25 times the range of its scores over all images; no image of the set leaves it.
 *  In: name and provenance as cn_model_import; data at least 2 images with labels; options, or NULL for the defaults.
 *  Out: *m owned by the caller, NULL on failure; *report (may be NULL), unchanged on failure.
 *  Returns: as cn_model_import; CN_ERR_NULL also without labels; CN_ERR_RANGE (levels, bits, a look-up table of zeros, scores from 2^120
 *  on); CN_ERR_SIZE (number of bits, fewer than 2 images, threads); CN_ERR_MISMATCH (images or labels do not fit the
 *  network); CN_ERR_UNSUPPORTED also for poly and window lines; CN_ERR_THREAD. Time: linear in images times products. */
CN_API CN_MUST_USE cn_status cn_model_quantise(cn_model **m, cn_quantise_report *report, const char *folder, const char *name,
                                               const char *provenance, const cn_dataset *data,
                                               const cn_quantise_options *options);

/* ---- costs --------------------------------------------------------------------------------- */

/** What the planner counts, each of it at one point (slot) modulo one prime. */
typedef enum cn_cost {
    CN_COST_MAC3,      /**< multiply-accumulate of a linear map, modulo a prime above 2^32 - 2^17 */
    CN_COST_MAC2,      /**< the same below */
    CN_COST_COLUMN,    /**< input of a linear map, made ready for its products */
    CN_COST_ROW,       /**< output of a linear map, reduced */
    CN_COST_LOOKUP,    /**< look-up in a table of sums, or entry of one: layers with weights -1, 0 and 1 */
    CN_COST_SQUARE,    /**< square of a value: three parts from two */
    CN_COST_BUTTERFLY, /**< butterfly of a number-theoretic transform: half of log2 n for each point */
    CN_COST_PRODUCT,   /**< product of a key switch or a plaintext */
    CN_COST_STREAM,    /**< word of packed weights, fetched from memory */
    CN_COST_EXPAND,    /**< residue of an upload, unpacked or drawn from its seed */
    CN_COST_COUNT
} cn_cost;

/** Costs, in femtoseconds of one thread: whole numbers from 1 to CN_COST_MAX. They rank plans and give predicted seconds, nothing
 *  else: whatever they are, plans are exact and secure. */
typedef struct cn_costs {
    uint32_t fs[CN_COST_COUNT];
} cn_costs;

#define CN_COST_MAX 1000000000 /**< a microsecond */

/** The reference, the planner's default: 3.2 GHz with AVX-512 IFMA and VNNI, the same on every machine.  Out: *c, not NULL. */
CN_API void cn_costs_reference(cn_costs *c);

/** Name of a cost in files, such as "butterfly".  Returns: a constant string, "unknown cost" for values outside the enum. */
CN_API const char *cn_cost_name(cn_cost what);

/** Read costs from a text file, as `bench-kernels --costs` measures and writes them (doc/file-formats.md).
 *  Out: *c, unchanged on failure.
 *  Returns: CN_OK; CN_ERR_NULL, CN_ERR_NOT_FOUND, CN_ERR_IO, CN_ERR_MEMORY; CN_ERR_OVERSIZED (above 4096 bytes), CN_ERR_MAGIC
 *  (first line), CN_ERR_FORMAT (unknown, doubled, not a number), CN_ERR_RANGE, CN_ERR_TRUNCATED (a cost is missing). The text
 *  names file, line, expected and found. */
CN_API CN_MUST_USE cn_status cn_costs_load(cn_costs *c, const char *path);

/** Write such a file (complete or not at all); an existing file is replaced.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_RANGE (a cost out of range), CN_ERR_IO, CN_ERR_NOT_FOUND, CN_ERR_MEMORY. */
CN_API CN_MUST_USE cn_status cn_costs_save(const cn_costs *c, const char *path);

/* ---- plans --------------------------------------------------------------------------------- */

/** A plan: parameters, levels, score window and the forecast for one model in batched mode (one image per slot). Both sides work
 *  from it and from nothing else. It is a function of the model and the options alone: no property of the machine enters
 *  unless the options hold its costs (logarithms are rounded to 1/256 bit before they choose a prime). Immutable. */
typedef struct cn_plan cn_plan;

/** What the planner may choose from. Zero everywhere is the default. */
typedef struct cn_plan_options {
    int strict;          /**< insist on the worst-case score range instead of the model's calibrated window */
    int public_key;      /**< inputs are encrypted under the public key (by someone who cannot decrypt) */
    size_t ring_degree;  /**< only this n; 0: the cheapest */
    unsigned plains;     /**< exactly this many plaintext primes; 0: the cheapest */
    unsigned digit_bits; /**< only this key-switching digit width; 0: the planner's choice */
    cn_scheme scheme;    /**< CN_SCHEME_YASHE: for research only, always under the public key, at n = 32768 and log2 Q <= 190 */
    unsigned model_privacy; /**< replies are flooded with noise until what they hold beside the scores is within 2^-bits of independent of
                              the network (SECURITY.md, Circuit privacy): CN_PRIVACY_BITS_MIN to CN_PRIVACY_BITS_MAX; 0: they are not. BFV only */
    unsigned scale_scores;  /**< with model privacy: all scores s of an image become r s + e, r random from 1 to 2^scale_scores - 1, one for each image and
                              reply, and e random from 0 to r - 1, one for each score: the order of different scores stays as it is;
                              CN_SCALE_BITS_MIN to CN_SCALE_BITS_MAX; 0: they do not */
    const cn_costs *costs;  /**< to rank by, copied into the plan; NULL: the reference */
} cn_plan_options;

#define CN_PRIVACY_BITS_MIN 40  /**< least cn_plan_options.model_privacy */
#define CN_PRIVACY_BITS_MAX 128 /**< greatest */
#define CN_SCALE_BITS_MIN 2     /**< least cn_plan_options.scale_scores */
#define CN_SCALE_BITS_MAX 32    /**< greatest */

/** One line of the ledger: a stage of the encrypted evaluation. */
typedef struct cn_ledger_row {
    char name[64];          /**< such as "conv", "square", "relinearise", "switch", "flood" */
    unsigned segment;       /**< 0, 1, ... */
    size_t outputs;         /**< values (ciphertexts) after the stage */
    size_t operations;      /**< multiply-accumulates per slot, or squares, or relinearisations, or primes dropped times ciphertexts */
    unsigned limbs;         /**< ciphertext primes present after it */
    unsigned parts;         /**< parts of a ciphertext after it */
    double log2_noise;      /**< predicted: largest standard deviation of the noise */
    double log2_limit;      /**< largest noise that still decrypts: Q/(2t); Q/(4t) in the last row */
    double range_bits;      /**< log2 of the largest value an allowed input can produce; 0: no bound follows or none is needed */
    double seconds;         /**< predicted for one thread at the costs of the plan, whole batch */
    size_t bytes;           /**< residues in memory if the values were kept as ciphertexts; 0 where they never exist */
} cn_ledger_row;

/** Plan a model.  In: options, or NULL for the defaults.  Out: *p owned by the caller, released with cn_plan_free.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MEMORY; CN_ERR_DEGREE, CN_ERR_PLAIN_COUNT, CN_ERR_DIGIT, CN_ERR_SCHEME, CN_ERR_RANGE
 *  (options, costs among them); CN_ERR_MODEL,
 *  CN_ERR_SIZE, CN_ERR_UNSUPPORTED (also model privacy with YASHE', scaled scores without model privacy), CN_ERR_RANGE (weights or scores too large: the text
 *  names the layer and the bound), CN_ERR_PLAN (no parameter set of 128-bit security fits: the text names the constraint). */
CN_API CN_MUST_USE cn_status cn_plan_new(cn_plan **p, const cn_model *m, const cn_plan_options *options);

/** Release. NULL is allowed. */
CN_API void cn_plan_free(cn_plan *p);

/** The parameter record, owned by the plan. p must not be NULL, here and below. */
CN_API const cn_params *cn_plan_params(const cn_plan *p);

/** The ledger, *rows lines, owned by the plan. */
CN_API const cn_ledger_row *cn_plan_ledger(const cn_plan *p, size_t *rows);

/** SHA3-256 digest over model, options, parameters, window and levels, 32 bytes, owned by the plan. */
CN_API const uint8_t *cn_plan_digest(const cn_plan *p);

/** The costs that the plan was made with, owned by it: the reference, or those of its options. Files keep them; the digest does
 *  not cover them: plans that differ in nothing else have the same keys and messages. */
CN_API const cn_costs *cn_plan_costs(const cn_plan *p);

/** Bytes of an image, and scores per image. */
CN_API void cn_plan_shape(const cn_plan *p, size_t *inputs, size_t *outputs);

/** Scores are decoded into [low, low + T), T the product of the plaintext primes. window_t is the width that the model asked for;
 *  worst_bits is log2 of the width that arbitrary inputs could need. */
CN_API void cn_plan_window(const cn_plan *p, cn_i128 *low, cn_i128 *window_t, double *worst_bits);

/** Bytes on the wire for one batch: request (seed and bit-packed residues), reply, and evaluation key (0 if none is needed). */
CN_API void cn_plan_bytes(const cn_plan *p, size_t *request, size_t *reply, size_t *evaluation_key);

/** Bytes in memory during one evaluation, beside the request: *ciphers for ciphertexts between segments and the reply, *buffer for the
 *  inputs expanded to residues, all points modulo one prime. cn_server_limit_memory makes the buffer smaller. */
CN_API void cn_plan_memory(const cn_plan *p, size_t *ciphers, size_t *buffer);

/** Print parameters, security, window and ledger as text lines. Returns: CN_OK, CN_ERR_NULL. */
CN_API CN_MUST_USE cn_status cn_plan_describe(const cn_plan *p, cn_log_fn line, void *user);

/* ---- the two sides ------------------------------------------------------------------------- */

typedef struct cn_client cn_client;   /**< the data owner: secret key, encryption, decryption */
typedef struct cn_server cn_server;   /**< the model owner: compiled network, evaluation */
typedef struct cn_request cn_request; /**< encrypted images of one batch: a seed and bit-packed residues */
typedef struct cn_reply cn_reply;     /**< encrypted scores of one batch */

/** Generate the keys of a plan; threads >= 1 workers.  Out: *c owned by the caller; the plan must outlive it.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (threads), CN_ERR_MEMORY, CN_ERR_RANDOM, CN_ERR_THREAD. */
CN_API CN_MUST_USE cn_status cn_client_new(cn_client **c, const cn_plan *p, unsigned threads);

/** Wipe the keys and release. NULL is allowed. */
CN_API void cn_client_free(cn_client *c);

/** The evaluation key to hand to the server, owned by the client; NULL if the plan needs none. */
CN_API const cn_relin_key *cn_client_evaluation_key(const cn_client *c);

/** The public key, owned by the client: for whoever encrypts where the plan does so under it, and for the server of a plan with model
 *  privacy (cn_server_set_public_key); NULL if the plan needs none. */
CN_API const cn_public_key *cn_client_public_key(const cn_client *c);

/** Keep the requests encrypted from now on in files without a name in folder, mapped into memory, so that encryption and evaluation need
 *  not hold them: only pages in use are in memory. NULL: in memory, the default.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MEMORY; CN_ERR_NOT_FOUND, CN_ERR_IO (the folder cannot serve; nothing changes). */
CN_API CN_MUST_USE cn_status cn_client_spool(cn_client *c, const char *folder);

/** Encrypt count images, 1 <= count <= n, into one request; slots beyond count hold 0.
 *  In: pixels [count][inputs] bytes, channel-major.  Progress may be NULL.  Out: *r owned by the caller.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE, CN_ERR_MEMORY, CN_ERR_RANDOM, CN_ERR_CANCELLED; with cn_client_spool also
 *  CN_ERR_NOT_FOUND (no such folder), CN_ERR_IO. */
CN_API CN_MUST_USE cn_status cn_client_encrypt(cn_request **r, cn_client *c, const uint8_t *pixels, size_t count,
                                               cn_progress_fn progress, void *user);

/** Decrypt a reply.  Out: scores [count][outputs], exact integers in the plan's window, where the plan scales scores r s + e as
 *  cn_plan_options says; zeroed on every failure but CN_ERR_NULL
 *  and CN_ERR_SIZE.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE, CN_ERR_MISMATCH, CN_ERR_NOISE (see cn_decrypt), CN_ERR_MEMORY. */
CN_API CN_MUST_USE cn_status cn_client_decrypt(cn_i128 *scores, cn_client *c, const cn_reply *reply, size_t count);

/** Compile a model for evaluation under a plan.  In: key the client's evaluation key, NULL only if the plan needs none; plan and
 *  key must outlive the server.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE, CN_ERR_MISMATCH (model or key of another plan; a plan from a file whose segments are not
 *  those of the model, or that floods replies less than the model asks for), CN_ERR_MEMORY, CN_ERR_THREAD. */
CN_API CN_MUST_USE cn_status cn_server_new(cn_server **s, const cn_plan *p, const cn_model *m, const cn_relin_key *key,
                                           unsigned threads);

/** Release. NULL is allowed. */
CN_API void cn_server_free(cn_server *s);

/** Bound the buffer of expanded inputs (cn_plan_memory) to bytes, but at least 16 points of every input; 0: no bound, the default. With
 *  a buffer of 1/k, the request is expanded k times; results stay the same. The server keeps its buffer between evaluations.  Returns: CN_OK, CN_ERR_NULL. */
CN_API CN_MUST_USE cn_status cn_server_limit_memory(cn_server *s, size_t bytes);

/** The public key of the data's owner, under which the server of a plan with model privacy makes replies anew.  In: pk must outlive the server.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_STATE (the plan has no model privacy), CN_ERR_MISMATCH (other parameters; not of the owner of the
 *  evaluation key). On failure the server stays as it was. */
CN_API CN_MUST_USE cn_status cn_server_set_public_key(cn_server *s, const cn_public_key *pk);

/** Seconds spent by one evaluation. */
typedef struct cn_timing {
    double expand;    /**< seeds and packed bits to residues in memory */
    double evaluate;  /**< residues in memory to reply residues */
    double row[72];   /**< per ledger row: worker time divided by the number of workers */
} cn_timing;

/** Evaluate the network on a request, all branches.  Timing and progress may be NULL.  Out: *reply owned by the caller.
 *  With model privacy slots beyond the images of the request are made random, and no two replies are alike.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH, CN_ERR_FORMAT (residue out of range), CN_ERR_MEMORY, CN_ERR_CANCELLED; with model privacy also
 *  CN_ERR_STATE (cn_server_set_public_key has not been called), CN_ERR_RANDOM. */
CN_API CN_MUST_USE cn_status cn_server_evaluate(cn_reply **reply, cn_server *s, const cn_request *r, cn_timing *timing,
                                                cn_progress_fn progress, void *user);

/** Release. NULL is allowed. */
CN_API void cn_request_free(cn_request *r);

/** Release. NULL is allowed. */
CN_API void cn_reply_free(cn_reply *r);

/** Bytes of a request on the wire: seed and bit-packed residues. */
CN_API size_t cn_request_bytes(const cn_request *r);

/** Bytes of a reply on the wire: bit-packed residues. */
CN_API size_t cn_reply_bytes(const cn_reply *r);

/** SHA3-256 over everything that a reply holds: plan, number of images, all residues in order. The same request evaluated under the
 *  same plan gives the same digest, whatever the number of threads, the kernels and the memory, unless the plan has model privacy.  Out: digest, unchanged on failure.
 *  Returns: CN_OK, CN_ERR_NULL. */
CN_API CN_MUST_USE cn_status cn_reply_digest(uint8_t digest[32], const cn_reply *r);

/** Whether a reply answers this request: it holds the name of the one that it was computed from, SHA3-256 over the plan, the key, the number of images and
 *  the seed, 32 random bytes of their own for each request. A name, no proof: it tells requests apart, not honest servers from others.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH. */
CN_API CN_MUST_USE cn_status cn_reply_answers(const cn_reply *reply, const cn_request *request);

/** The clear network: exact integers, then decoded like the encrypted one.
 *  In: pixels [count][inputs].  Out: scores [count][outputs] in the plan's window; *out_of_window (may be NULL) counts exact
 *  scores outside [low, low + window_t).
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (count = 0, threads), CN_ERR_MISMATCH, CN_ERR_RANGE, CN_ERR_MEMORY, CN_ERR_THREAD. */
CN_API CN_MUST_USE cn_status cn_clear_scores(cn_i128 *scores, size_t *out_of_window, const cn_plan *p, const cn_model *m,
                                             const uint8_t *pixels, size_t count, unsigned threads);

/* ---- one image at a time, or some ----------------------------------------------------------- */

/** Packed evaluation: the values of one image, or of some, side by side in the slots of a few ciphertexts, for networks of linear layers with
 *  squares between them. An answer takes milliseconds, where a batch takes seconds for thousands of images; an image costs about a hundred
 *  times as much (doc/packed.md). Scores are those of the clear network, bit for bit. */
typedef struct cn_single_plan cn_single_plan;       /**< layouts, parameters, levels: a function of model and options alone. Immutable */
typedef struct cn_single_client cn_single_client;   /**< the data owner */
typedef struct cn_single_server cn_single_server;   /**< the model owner */
typedef struct cn_single_request cn_single_request; /**< encrypted images, at most as many as the plan is for */
typedef struct cn_single_reply cn_single_reply;     /**< their encrypted scores */

/** What the planner may choose from. Zero everywhere is the default. */
typedef struct cn_single_options {
    size_t ring_degree; /**< only this n; 0: the smallest that serves */
    size_t upload_max;  /**< most bytes of a request, up to 1 GiB; 0: 4 MiB for each image, at most 64 MiB */
    size_t key_max;     /**< most bytes of the server's keys, up to 1 GiB; 0: 40 MiB */
    size_t images;      /**< that a request holds: 1, 2, 4, ... up to 512; 0: 1 */
    const cn_costs *costs; /**< to rank by, copied into the plan; NULL: the reference */
} cn_single_options;

/** Plan a model for requests of options->images images.  In: options, or NULL for the defaults.  Out: *p owned by the caller, released with
 *  cn_single_plan_free.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MEMORY, CN_ERR_DEGREE; CN_ERR_UNSUPPORTED (an activation that is not a square, or none); CN_ERR_MODEL,
 *  CN_ERR_SIZE (of the model, or images), CN_ERR_RANGE (costs, too) as cn_plan_new; CN_ERR_PLAN (nothing fits: the text says what
 *  was missing last). */
CN_API CN_MUST_USE cn_status cn_single_plan_new(cn_single_plan **p, const cn_model *m, const cn_single_options *options);

/** All layouts that the planner compares, one line each: predicted time and bytes, or the reason of a refusal. For people; the wording may
 *  change.  Returns: as cn_single_plan_new, but CN_OK where nothing fits. */
CN_API CN_MUST_USE cn_status cn_single_plan_alternatives(const cn_model *m, const cn_single_options *options, cn_log_fn line, void *user);

/** Release. NULL is allowed. */
CN_API void cn_single_plan_free(cn_single_plan *p);

/** The parameter record, owned by the plan. p must not be NULL, here and below. */
CN_API const cn_params *cn_single_plan_params(const cn_single_plan *p);

/** SHA3-256 over everything that client and server must agree on, 32 bytes owned by the plan. */
CN_API const uint8_t *cn_single_plan_digest(const cn_single_plan *p);

/** The costs that the plan was made with, as cn_plan_costs. */
CN_API const cn_costs *cn_single_plan_costs(const cn_single_plan *p);

/** Bytes of an image, and scores per image. */
CN_API void cn_single_plan_shape(const cn_single_plan *p, size_t *inputs, size_t *outputs);

/** Images that a request holds at most. */
CN_API size_t cn_single_plan_images(const cn_single_plan *p);

/** Bytes on the wire of a request and of a reply, however many images it holds; and once per client of all keys of the server. */
CN_API void cn_single_plan_bytes(const cn_single_plan *p, size_t *request, size_t *reply, size_t *keys);

/** Print parameters, layouts and levels as text lines, and predicted noise unless the plan comes from a file.  Returns: CN_OK, CN_ERR_NULL. */
CN_API CN_MUST_USE cn_status cn_single_plan_describe(const cn_single_plan *p, cn_log_fn line, void *user);

/** Generate the keys of a packed plan; threads >= 1 workers.  Out: *c owned by the caller; the plan must outlive it.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (threads), CN_ERR_MEMORY, CN_ERR_RANDOM, CN_ERR_THREAD. */
CN_API CN_MUST_USE cn_status cn_single_client_new(cn_single_client **c, const cn_single_plan *p, unsigned threads);

/** Wipe the keys and release. NULL is allowed. */
CN_API void cn_single_client_free(cn_single_client *c);

/** The relinearisation key to hand to the server, owned by the client; NULL where the plan needs none, and in a client from files. c must not be
 *  NULL. */
CN_API const cn_relin_key *cn_single_client_relin_key(const cn_single_client *c);

/** The rotation keys to hand to the server, likewise. */
CN_API const cn_rotation_key *cn_single_client_rotation_key(const cn_single_client *c);

/** Encrypt count images, 1 <= count <= cn_single_plan_images, in constant time; slots of images beyond count hold 0, and the request tells
 *  count.  In: pixels [count][inputs] bytes, channel-major.  Out: *r owned by the caller.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (count), CN_ERR_MEMORY, CN_ERR_RANDOM. */
CN_API CN_MUST_USE cn_status cn_single_encrypt(cn_single_request **r, cn_single_client *c, const uint8_t *pixels, size_t count);

/** Decrypt the scores of the first count images of a reply, 1 <= count <= images of its request.  Out: scores [count][outputs], exact integers
 *  in the plan's window; zeroed on every failure but CN_ERR_NULL and CN_ERR_SIZE.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (count), CN_ERR_MISMATCH, CN_ERR_NOISE (see cn_decrypt), CN_ERR_MEMORY. */
CN_API CN_MUST_USE cn_status cn_single_decrypt(cn_i128 *scores, cn_single_client *c, const cn_single_reply *reply, size_t count);

/** Compile a model for packed evaluation.  In: the client's keys, NULL only where the plan needs none; plan and keys must outlive the server, which holds
 *  the rotation keys once more, in the order in which it reads them. A plan from a file is laid out again from the model, without a search, and judged: digest, noise of these weights.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (threads), CN_ERR_MISMATCH (model or key of another plan, a plan that does not fit the model),
 *  CN_ERR_MEMORY, CN_ERR_THREAD; of a plan from a file also CN_ERR_UNSUPPORTED, CN_ERR_MODEL, CN_ERR_RANGE as cn_single_plan_new. */
CN_API CN_MUST_USE cn_status cn_single_server_new(cn_single_server **s, const cn_single_plan *p, const cn_model *m,
                                                  const cn_relin_key *relin, const cn_rotation_key *rotations, unsigned threads);

/** Release. NULL is allowed. */
CN_API void cn_single_server_free(cn_single_server *s);

#define CN_SINGLE_TIMES_MAX 32

/** Seconds spent by one evaluation, step by step. */
typedef struct cn_single_timing {
    double total;
    unsigned steps;
    struct {
        char name[56];
        double seconds;
    } step[CN_SINGLE_TIMES_MAX];
} cn_single_timing;

/** Evaluate the network on a request. One evaluation at a time per server. The reply is randomised: it holds shares of the scores that are
 *  uniform but for their sums, and random numbers in place of the scores of images that the request does not hold; its noise depends on the
 *  weights, and is not flooded.  Timing may be NULL.  Out: *reply owned by the caller.
 *  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH, CN_ERR_FORMAT (residue out of range), CN_ERR_MEMORY, CN_ERR_RANDOM. */
CN_API CN_MUST_USE cn_status cn_single_evaluate(cn_single_reply **reply, cn_single_server *s, const cn_single_request *r,
                                                cn_single_timing *timing);

/** Release. NULL is allowed. */
CN_API void cn_single_request_free(cn_single_request *r);

/** Release. NULL is allowed. */
CN_API void cn_single_reply_free(cn_single_reply *r);

/** Bytes of a request on the wire: seed and bit-packed residues. */
CN_API size_t cn_single_request_bytes(const cn_single_request *r);

/** Bytes of a reply on the wire: bit-packed residues. */
CN_API size_t cn_single_reply_bytes(const cn_single_reply *r);

/** Whether a reply answers this request, as cn_reply_answers.  Returns: CN_OK, CN_ERR_NULL, CN_ERR_MISMATCH. */
CN_API CN_MUST_USE cn_status cn_single_reply_answers(const cn_single_reply *reply, const cn_single_request *request);

/** The clear network, decoded like the packed one.  In: pixels [count][inputs].  Out: scores [count][outputs]; *out_of_window (may be NULL)
 *  as cn_clear_scores.  Returns: as cn_clear_scores. */
CN_API CN_MUST_USE cn_status cn_single_clear_scores(cn_i128 *scores, size_t *out_of_window, const cn_single_plan *p, const cn_model *m,
                                                    const uint8_t *pixels, size_t count, unsigned threads);

/* ---- which of both ------------------------------------------------------------------------- */

/** What the best way is best at. */
typedef enum cn_objective {
    CN_OBJECTIVE_LATENCY,    /**< least seconds until all images that are there now are answered */
    CN_OBJECTIVE_THROUGHPUT, /**< least seconds per image where images wait until a request is full */
    CN_OBJECTIVE_UPLOAD      /**< least bytes for the images that are there now */
} cn_objective;

/** A way to evaluate a network: packed, for one image or some, or batches in a ring of some degree. */
typedef struct cn_way {
    int packed;             /**< the values of an image side by side, for slots images per request; else batches */
    size_t ring_degree;     /**< 0: packed images that fit no ring */
    int fits;
    char reason[320];       /**< why not */
    size_t slots;           /**< images that a request holds at most */
    size_t requests;        /**< that the images take; set by cn_ways_choose */
    double request_seconds; /**< of one thread of the server at the costs of the options, the upload expanded */
    size_t request_bytes;   /**< of an upload */
    size_t keys;            /**< bytes of the server's keys, once */
} cn_way;

#define CN_WAYS_MAX 16

/** Plan a network in all ways: packed for 1, 2, 4, ... images per request, up to the first number that does not fit or saves no time per image;
 *  then batches. In: options of both planners, NULL for the defaults (ring degrees of batches and packed images are tried one by one).
 *  Out: way [*count].  Returns: CN_OK, also where none fits; CN_ERR_NULL, CN_ERR_MEMORY; CN_ERR_MODEL and others as cn_plan_new. */
CN_API CN_MUST_USE cn_status cn_ways_list(cn_way way[CN_WAYS_MAX], size_t *count, const cn_model *m, const cn_plan_options *batches,
                                          const cn_single_options *singles);

/** The best way for a number of images. By the reference costs every machine makes the same choice.
 *  Out: *best its number; requests in all ways.  Returns: CN_OK, CN_ERR_NULL, CN_ERR_SIZE (no images), CN_ERR_PLAN (no way fits). */
CN_API CN_MUST_USE cn_status cn_ways_choose(size_t *best, cn_way *way, size_t count, size_t images, cn_objective objective);

/** Index of the largest of count scores, the first one among equals. */
CN_API size_t cn_argmax(const cn_i128 *scores, size_t count);

/** Decimal text of a score into out (41 bytes). Returns out. */
CN_API char *cn_score_text(char out[41], cn_i128 score);

#ifdef __cplusplus
}
#endif

#endif
