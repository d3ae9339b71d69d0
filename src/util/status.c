/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Status codes in words, the failure text of each thread, and the log line. */

#include "util/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_BYTES 1024

typedef struct status_words {
    cn_status status;
    const char *name;
    const char *sentence;
} status_words;

#define WORDS(s, sentence) { s, #s, sentence }

static const status_words table[] = {
    WORDS(CN_OK, "Success."),
    WORDS(CN_ERR_NULL, "A pointer that must not be NULL is NULL."),
    WORDS(CN_ERR_SIZE, "A count or length is outside what the object allows."),
    WORDS(CN_ERR_ALIAS, "Two arguments that must be distinct are the same object."),
    WORDS(CN_ERR_STATE, "An object is at the wrong level, in the wrong domain or has the wrong number of components."),
    WORDS(CN_ERR_MISMATCH, "Objects belong to different parameters, keys or plans."),
    WORDS(CN_ERR_DEGREE, "The ring degree is not a permitted power of two."),
    WORDS(CN_ERR_LIMB_COUNT, "The number of ciphertext primes is out of range."),
    WORDS(CN_ERR_LIMB_RANGE, "A ciphertext prime is too small or too large."),
    WORDS(CN_ERR_NOT_PRIME, "A modulus is not prime."),
    WORDS(CN_ERR_CONGRUENCE, "A modulus is not 1 modulo twice the ring degree."),
    WORDS(CN_ERR_DUPLICATE, "The same prime occurs twice."),
    WORDS(CN_ERR_PLAIN_COUNT, "The number of plaintext primes is out of range."),
    WORDS(CN_ERR_PLAIN_RANGE, "A plaintext prime is too small or too large."),
    WORDS(CN_ERR_DIGIT, "The digit width of key switching is out of range."),
    WORDS(CN_ERR_SECURITY, "The modulus is too large for the ring degree to be secure."),
    WORDS(CN_ERR_SCHEME, "There is no such encryption scheme."),
    WORDS(CN_ERR_MEMORY, "Out of memory."),
    WORDS(CN_ERR_RANDOM, "The system gave no randomness."),
    WORDS(CN_ERR_IO, "A file could not be read or written."),
    WORDS(CN_ERR_NOT_FOUND, "A file or folder does not exist."),
    WORDS(CN_ERR_THREAD, "A thread could not be started."),
    WORDS(CN_ERR_TRUNCATED, "The input ends early."),
    WORDS(CN_ERR_OVERSIZED, "The input goes on after its end, or exceeds a cap."),
    WORDS(CN_ERR_MAGIC, "The input is of another type."),
    WORDS(CN_ERR_VERSION, "The input is of an unknown version."),
    WORDS(CN_ERR_FORMAT, "A field of the input has an impossible value."),
    WORDS(CN_ERR_DIGEST, "The digest does not match the content."),
    WORDS(CN_ERR_RANGE, "A value does not fit the range it must lie in."),
    WORDS(CN_ERR_MODEL, "The layers of the network do not fit together."),
    WORDS(CN_ERR_UNSUPPORTED, "The input is well formed, but this version does not support it."),
    WORDS(CN_ERR_PLAN, "No parameter set can carry this network."),
    WORDS(CN_ERR_NOISE, "Decryption was refused because the noise is too large."),
    WORDS(CN_ERR_CANCELLED, "The work was stopped by the caller or by a signal."),
    WORDS(CN_ERR_USAGE, "The command line was not understood."),
};

static const status_words *find(cn_status s) {
    for (size_t i = 0; i < CN_ARRAY_LEN(table); i++) {
        if (table[i].status == s) return &table[i];
    }
    return NULL;
}

const char *cn_status_name(cn_status s) {
    const status_words *w = find(s);
    return w != NULL ? w->name : "CN_ERR_UNKNOWN";
}

const char *cn_status_sentence(cn_status s) {
    const status_words *w = find(s);
    return w != NULL ? w->sentence : "This status is unknown.";
}

static _Thread_local char failure[TEXT_BYTES];

const char *cn_error_text(void) { return failure; }

/* Texts are composed aside first: the arguments may point into the present one. */
cn_status cn_fail(cn_status s, const char *fmt, ...) {
    char text[TEXT_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    cn_error_set_text(text);
    return s;
}

cn_status cn_fail_prefix(cn_status s, const char *fmt, ...) {
    if (s == CN_OK) return s;
    char prefix[TEXT_BYTES], text[2 * TEXT_BYTES + 2];
    va_list args;
    va_start(args, fmt);
    vsnprintf(prefix, sizeof prefix, fmt, args);
    va_end(args);
    snprintf(text, sizeof text, "%s: %s", prefix, failure);
    cn_error_set_text(text);
    return s;
}

void cn_error_set_text(const char *text) {
    size_t n = strnlen(text, TEXT_BYTES - 1);
    memmove(failure, text, n);
    failure[n] = 0;
}

static cn_log_fn log_fn;
static void *log_user;

void cn_set_log(cn_log_fn fn, void *user) {
    log_fn = fn;
    log_user = user;
}

void cn_log(const char *fmt, ...) {
    if (log_fn == NULL) return;
    char line[TEXT_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    log_fn(log_user, line);
}
