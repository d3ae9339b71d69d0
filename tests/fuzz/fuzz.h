/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What the fuzz targets share. A target is one file: LLVMFuzzerTestOneInput, which feeds bytes to a parser and checks what
 *  the parser promises of what it accepts, and fuzz_repair, which makes lengths and checksums right after a mutation.
 *
 *  The same sources give two programs: with libFuzzer (configure --enable-fuzz), and without it with the driver in replay.c.
 *  Targets are deterministic: no randomness, no threads, no time. */

#ifndef CN_TESTS_FUZZ_H
#define CN_TESTS_FUZZ_H

#include "he/context.h"
#include "nn/plan.h"
#include "nn/wire.h"
#include "proto/single_file.h"

/** Of libFuzzer, or replay.c: run one input.  Returns: 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/** Of targets whose fixed plan takes long to make: make it before inputs are timed.  Returns: 0. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
/** Change data at random, to at most max bytes.  Returns: the new size. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
/** In fuzz.c: LLVMFuzzerMutate, then fuzz_repair half of the time. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

/** Make magic, version, length, digests and checksum of a mutated input right, so that mutations reach what lies behind them.
 *  In: size <= max bytes; seed chooses what is repaired.  Returns: the new size, at most max. */
size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed);

/** A broken promise ends the process. */
#define FUZZ_CHECK(cond) CN_INVARIANT(cond)

/** A plan that has every kind of object, with the smallest ring (n = 4096) and one input, and its context: made once. */
typedef struct fuzz_world {
    cn_model *model;
    cn_plan *plan;
    cn_context *ctx;
} fuzz_world;
const fuzz_world *fuzz_get(void);

/** The same for packed evaluation: a plan that relinearises and rotates, with few slots for each of 512 images. Made once. */
typedef struct fuzz_single_world {
    cn_model *model;
    cn_single_plan *plan;
    cn_context *ctx;
} fuzz_single_world;
const fuzz_single_world *fuzz_get_single(void);

/** fuzz_repair for an object of the fixed plans. */
size_t fuzz_repair_object(uint8_t *data, size_t size, size_t max, unsigned seed, cn_object type);

/** Objects of 40 kB and more are fuzzed through sparse inputs: a header with FUZZ_SPARSE in its byte 120, then changes to a
 *  content of zeros: offset (24 bits), length, value. Other inputs are files as they are.
 *  Out: *whole_size bytes, in static memory or in data; the checksum of an input that was sparse is right.  Returns: the file. */
#define FUZZ_SPARSE 0xa5
#define FUZZ_CHANGE 5
const uint8_t *fuzz_expand(size_t *whole_size, const uint8_t *data, size_t size, size_t payload);

/** All residues are below their primes, and packed they are the bytes at packed.  Returns: the place behind them. */
const uint8_t *fuzz_check_poly(const cn_poly *p, const uint8_t *packed, const cn_ring *ring);

#endif
