/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Neural networks on encrypted data: status codes, versions, logging and progress.
 *
 *  Everything that the other public headers share. A program that only evaluates networks needs
 *  this header and cryptonets_nn.h; one that wants the homomorphic encryption itself adds
 *  cryptonets_he.h.
 *
 *  Order of arguments in every function: object created or result, then what is changed, then what
 *  is read, then numbers. A function that can fail returns a cn_status; on failure its outputs are
 *  unchanged, or NULL, or wiped, and cn_error_text() holds one sentence that says which object was
 *  at fault, what was expected, what was found and what to do.
 *
 *  Pointers: a function that returns a cn_status answers CN_ERR_NULL where a pointer is missing; one that returns anything else
 *  (getters, describers of sizes) needs all its pointers, except that every _free and _clear function accepts NULL.
 *
 *  Threads: every object is either immutable after its creation (and may then be shared freely) or
 *  belongs to one thread at a time. The text of the last failure is kept per thread. */

#ifndef CRYPTONETS_H
#define CRYPTONETS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && __GNUC__ >= 4
#define CN_API __attribute__((visibility("default")))
#define CN_MUST_USE __attribute__((warn_unused_result))
#else
#define CN_API
#define CN_MUST_USE
#endif

/** One code per cause. The values are part of the interface and are never reused. */
typedef enum cn_status {
    CN_OK = 0,
    /* misuse by the caller */
    CN_ERR_NULL = 1,            /**< a pointer that must not be NULL is NULL */
    CN_ERR_SIZE = 2,            /**< a count or length is outside what the object allows */
    CN_ERR_ALIAS = 3,           /**< two arguments that must be distinct are the same object */
    CN_ERR_STATE = 4,           /**< the object is at the wrong level, domain or number of components */
    CN_ERR_MISMATCH = 5,        /**< objects belong to different parameters, keys or plans */
    /* parameters refused */
    CN_ERR_DEGREE = 10,         /**< ring degree is not a permitted power of two */
    CN_ERR_LIMB_COUNT = 11,     /**< number of ciphertext primes out of range */
    CN_ERR_LIMB_RANGE = 12,     /**< a ciphertext prime is too small or too large */
    CN_ERR_NOT_PRIME = 13,      /**< a modulus is composite */
    CN_ERR_CONGRUENCE = 14,     /**< a modulus is not 1 modulo 2n */
    CN_ERR_DUPLICATE = 15,      /**< the same prime occurs twice */
    CN_ERR_PLAIN_COUNT = 16,    /**< number of plaintext primes out of range */
    CN_ERR_PLAIN_RANGE = 17,    /**< a plaintext prime is too small or too large */
    CN_ERR_DIGIT = 18,          /**< the key-switching digit width is out of range */
    CN_ERR_SECURITY = 19,       /**< log2(QP) is above the table for this ring degree */
    CN_ERR_SCHEME = 20,         /**< there is no such encryption scheme */
    /* resources */
    CN_ERR_MEMORY = 30,         /**< out of memory */
    CN_ERR_RANDOM = 31,         /**< the system gave no randomness */
    CN_ERR_IO = 32,             /**< a file could not be read or written */
    CN_ERR_NOT_FOUND = 33,      /**< a file or folder does not exist */
    CN_ERR_THREAD = 34,         /**< a thread could not be started */
    /* data */
    CN_ERR_TRUNCATED = 40,      /**< input ends early */
    CN_ERR_OVERSIZED = 41,      /**< input goes on after its end, or exceeds a cap */
    CN_ERR_MAGIC = 42,          /**< input is of another type */
    CN_ERR_VERSION = 43,        /**< input is of an unknown version */
    CN_ERR_FORMAT = 44,         /**< a field of the input has an impossible value */
    CN_ERR_DIGEST = 45,         /**< the digest does not match the content */
    CN_ERR_RANGE = 46,          /**< a value does not fit (64-bit weight, plaintext modulus T, pixel) */
    /* networks */
    CN_ERR_MODEL = 50,          /**< the layers do not fit together */
    CN_ERR_UNSUPPORTED = 51,    /**< well formed, but not supported by this version */
    CN_ERR_PLAN = 52,           /**< no parameter set can carry this network */
    /* running */
    CN_ERR_NOISE = 60,          /**< decryption refused: noise above Q/(4t) */
    CN_ERR_CANCELLED = 61,      /**< stopped by the caller's callback or by a signal */
    CN_ERR_USAGE = 62           /**< command line not understood */
} cn_status;

/** A signed 128-bit integer: scores, biases and windows. */
__extension__ typedef __int128 cn_i128;

/** Name of a status, such as "CN_ERR_DIGEST".
 *  In: s any value.  Returns: a constant string, "CN_ERR_UNKNOWN" for values outside the enum. */
CN_API const char *cn_status_name(cn_status s);

/** One sentence on what a status means, without reference to an object.
 *  In: s any value.  Returns: a constant string. */
CN_API const char *cn_status_sentence(cn_status s);

/** The sentence of this thread's latest failure: object, expected, found, remedy.
 *  Returns: a string owned by the library, valid until the next failing call in this thread;
 *  the empty string before any failure. Never contains secret values. */
CN_API const char *cn_error_text(void);

/** Version of the library as "major.minor.patch".  Returns: a constant string. */
CN_API const char *cn_version(void);

/** The instruction set whose kernels are in use: "portable", "avx2" or "avx512ifma". The best one that the processor runs, or the one
 *  that the environment variable CRYPTONETS_CPU names; results do not depend on it. The "avx2" kernels compute exactly in double
 *  precision; where a thread is in another floating-point mode than the default one, they change it and restore it, so that results
 *  do not depend on that either.  Returns: a constant string. */
CN_API const char *cn_kernels_name(void);

/** Called with a line of text (no newline) for each remark the library makes. */
typedef void (*cn_log_fn)(void *user, const char *line);

/** Called now and then during long work with done out of total steps of the named step.
 *  A non-zero result asks the library to stop; the call then returns CN_ERR_CANCELLED. */
typedef int (*cn_progress_fn)(void *user, const char *step, size_t done, size_t total);

/** Install the process-wide log callback (NULL: silence, the default). Not thread-safe: call it
 *  before other threads use the library. */
CN_API void cn_set_log(cn_log_fn fn, void *user);

#ifdef __cplusplus
}
#endif

#endif
