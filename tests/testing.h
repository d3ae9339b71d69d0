/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What all test suites share: the list of suites, reproducible random inputs biased towards the
 *  values that break arithmetic, and checks cheap enough for inner loops.
 *
 *  Environment: CN_TEST_SEED fixes the inputs (otherwise fresh ones are drawn, and the seed is printed);
 *  CN_TEST_ITERS multiplies the number of random cases. */

#ifndef CN_TESTS_TESTING_H
#define CN_TESTS_TESTING_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One suite per module: tests/test_<module>.c. */
Suite *cn_suite_util_base(void);
Suite *cn_suite_util_crypto(void);
Suite *cn_suite_util_file(void);
Suite *cn_suite_util_file_write(void);
Suite *cn_suite_util_gzip(void);
Suite *cn_suite_util_rng(void);
Suite *cn_suite_util_threads(void);
Suite *cn_suite_approx(void);
Suite *cn_suite_approx_sup(void);
Suite *cn_suite_certify(void);
Suite *cn_suite_modulus(void);
Suite *cn_suite_prime(void);
Suite *cn_suite_rns(void);
Suite *cn_suite_int128(void);
Suite *cn_suite_ntt(void);
Suite *cn_suite_kernels(void);
Suite *cn_suite_float_mode(void);
Suite *cn_suite_poly(void);
Suite *cn_suite_sample(void);
Suite *cn_suite_reference(void);
Suite *cn_suite_params(void);
Suite *cn_suite_ntru_security(void);
Suite *cn_suite_pack(void);
Suite *cn_suite_he_toy(void);
Suite *cn_suite_he_ops(void);
Suite *cn_suite_he_refusals(void);
Suite *cn_suite_he_oracle(void);
Suite *cn_suite_he_exact(void);
Suite *cn_suite_he_limit(void);
Suite *cn_suite_he_noise(void);
Suite *cn_suite_yashe_noise(void);
Suite *cn_suite_he_faults(void);
Suite *cn_suite_he_kat(void);
Suite *cn_suite_rotate(void);
Suite *cn_suite_turn(void);
Suite *cn_suite_encode(void);
Suite *cn_suite_model_import(void);
Suite *cn_suite_model(void);
Suite *cn_suite_idx(void);
Suite *cn_suite_digits(void);
Suite *cn_suite_linear(void);
Suite *cn_suite_program(void);
Suite *cn_suite_npy(void);
Suite *cn_suite_quantise(void);
Suite *cn_suite_range(void);
Suite *cn_suite_memory(void);
Suite *cn_suite_moments(void);
Suite *cn_suite_clear(void);
Suite *cn_suite_plan(void);
Suite *cn_suite_flood(void);
Suite *cn_suite_costs(void);
Suite *cn_suite_cost_files(void);
Suite *cn_suite_privacy(void);
Suite *cn_suite_privacy_plans(void);
Suite *cn_suite_infer_random(void);
Suite *cn_suite_infer_prefix(void);
Suite *cn_suite_network_noise(void);
Suite *cn_suite_infer_faults(void);
Suite *cn_suite_single(void);
Suite *cn_suite_single_images(void);
Suite *cn_suite_single_wire(void);
Suite *cn_suite_single_wire_faults(void);
Suite *cn_suite_ways(void);
Suite *cn_suite_wire(void);
Suite *cn_suite_wire_bytes(void);
Suite *cn_suite_check(void);
Suite *cn_suite_wire_faults(void);
Suite *cn_suite_wire_kill(void);

/** Multiplier for random cases, 1 unless CN_TEST_ITERS says otherwise. */
extern unsigned tst_iters;
#define TST_ITERS(n) ((size_t)(n) * tst_iters)

/** Read the environment, seed the generator and return the seed; done once, before the first fork. */
uint64_t tst_seed(void);
/** The same, and print the seed. */
void tst_init(void);
/** Restart the generator: for tests that need the same inputs in every run. */
void tst_reseed(uint64_t seed);

/** A uniform word (splitmix64: fast and reproducible, for tests only). */
uint64_t tst_u64(void);
/** Uniform in [0, n), n > 0. */
uint64_t tst_below(uint64_t n);
/** In [0, q), q = 0 standing for 2^64: uniform, or 0, 1, q-1 and their neighbours, (q-1)/2, near a power
 *  of two, or a pattern of long runs of equal bits. */
uint64_t tst_biased(uint64_t q);

/** The greatest prime below 2^bits that is 1 modulo 2n; it must have exactly that many bits. */
uint64_t tst_prime(unsigned bits, size_t n);

/** True if long doubles are more exact than doubles when the program runs: not under valgrind, which computes them as doubles. */
bool tst_extended(void);

/** Remove a folder of plain files; names that begin with a dot stay. */
void tst_folder_remove(const char *folder);
/** Files in a folder, names that begin with a dot apart. */
size_t tst_folder_count(const char *folder);

/** Make the checksum of an object right: the last 32 of its size bytes. */
void tst_refresh(uint8_t *data, size_t size);

/** Count comparisons with the multi-precision reference, over all tests, in whatever processes they run; how many there were so far. */
void tst_count_comparisons(size_t count);
uint64_t tst_comparisons(void);

/** Floating-point modes that a caller's thread may be in: the default one, rounding up, down and to zero, and with subnormal numbers
 *  taken for zero; in one more, TST_FLOAT_TRAPS, an inexact result ends the process, unless the platform cannot do that. */
#define TST_FLOAT_MODES 5
#define TST_FLOAT_TRAPS TST_FLOAT_MODES
void tst_float_mode_set(unsigned number);
/** Whether the mode is still the one that was set last, by this thread. */
bool tst_float_mode_kept(void);

/** Checks without the cost of recording every success. */
#define TST_CHECK(cond)                                                                            \
    do {                                                                                           \
        if (!(cond)) ck_abort_msg("expected %s", #cond);                                           \
    } while (0)
#define TST_EQ(found, expected)                                                                    \
    do {                                                                                           \
        uint64_t tst_f_ = (uint64_t)(found), tst_e_ = (uint64_t)(expected);                        \
        if (tst_f_ != tst_e_) {                                                                    \
            ck_abort_msg("%s: expected %llu, found %llu", #found, (unsigned long long)tst_e_,      \
                         (unsigned long long)tst_f_);                                              \
        }                                                                                          \
    } while (0)

/** A call that must succeed. */
#define OK(call) ck_assert_msg((call) == CN_OK, "%s", cn_error_text())

#endif
