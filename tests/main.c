/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Runs every suite of unit tests. Environment: CN_TEST_SUITE=name runs one suite only; CN_TEST_SEED fixes the random
 *  values; CN_TEST_ITERS multiplies how many are tried; CK_FORK=no runs all in one process (see the manual of Check). */

#include "testing.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line per suite; the name is the one for CN_TEST_SUITE. */
static const struct {
    const char *name;
    Suite *(*make)(void);
} suites[] = {
    {"util_base", cn_suite_util_base},
    {"util_crypto", cn_suite_util_crypto},
    {"util_file", cn_suite_util_file},
    {"util_file_write", cn_suite_util_file_write},
    {"util_gzip", cn_suite_util_gzip},
    {"util_rng", cn_suite_util_rng},
    {"util_threads", cn_suite_util_threads},
    {"int128", cn_suite_int128},
    {"modulus", cn_suite_modulus},
    {"prime", cn_suite_prime},
    {"rns", cn_suite_rns},
    {"ntt", cn_suite_ntt},
    {"kernels", cn_suite_kernels},
    {"float_mode", cn_suite_float_mode},
    {"poly", cn_suite_poly},
    {"sample", cn_suite_sample},
    {"reference", cn_suite_reference},
    {"params", cn_suite_params},
    {"ntru_security", cn_suite_ntru_security},
    {"pack", cn_suite_pack},
    {"he_toy", cn_suite_he_toy},
    {"he_ops", cn_suite_he_ops},
    {"he_refusals", cn_suite_he_refusals},
    {"he_oracle", cn_suite_he_oracle},
    {"he_exact", cn_suite_he_exact},
    {"he_limit", cn_suite_he_limit},
    {"he_noise", cn_suite_he_noise},
    {"yashe_noise", cn_suite_yashe_noise},
    {"he_faults", cn_suite_he_faults},
    {"he_kat", cn_suite_he_kat},
    {"turn", cn_suite_turn},
    {"rotate", cn_suite_rotate},
    {"encode", cn_suite_encode},
    {"idx", cn_suite_idx},
    {"digits", cn_suite_digits},
    {"model", cn_suite_model},
    {"model_import", cn_suite_model_import},
    {"linear", cn_suite_linear},
    {"program", cn_suite_program},
    {"npy", cn_suite_npy},
    {"quantise", cn_suite_quantise},
    {"range", cn_suite_range},
    {"memory", cn_suite_memory},
    {"moments", cn_suite_moments},
    {"clear", cn_suite_clear},
    {"costs", cn_suite_costs},
    {"cost_files", cn_suite_cost_files},
    {"plan", cn_suite_plan},
    {"infer_random", cn_suite_infer_random},
    {"infer_prefix", cn_suite_infer_prefix},
    {"network_noise", cn_suite_network_noise},
    {"flood", cn_suite_flood},
    {"privacy", cn_suite_privacy},
    {"privacy_plans", cn_suite_privacy_plans},
    {"infer_faults", cn_suite_infer_faults},
    {"single", cn_suite_single},
    {"single_images", cn_suite_single_images},
    {"single_wire", cn_suite_single_wire},
    {"single_wire_faults", cn_suite_single_wire_faults},
    {"ways", cn_suite_ways},
    {"wire", cn_suite_wire},
    {"wire_bytes", cn_suite_wire_bytes},
    {"check", cn_suite_check},
    {"wire_faults", cn_suite_wire_faults},
    {"wire_kill", cn_suite_wire_kill},
    {"approx", cn_suite_approx},
    {"approx_sup", cn_suite_approx_sup},
    {"certify", cn_suite_certify},
};

int main(void) {
    const char *wanted = getenv("CN_TEST_SUITE");
    SRunner *runner = NULL;
    setenv("CK_DEFAULT_TIMEOUT", "300", 0); /* seconds; a guard against hanging, not a measurement */
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        if (wanted != NULL && strcmp(wanted, suites[i].name) != 0) continue;
        Suite *suite = suites[i].make();
        if (runner == NULL) runner = srunner_create(suite);
        else srunner_add_suite(runner, suite);
    }
    if (runner == NULL) {
        fprintf(stderr, "CN_TEST_SUITE=%s: expected the name of a suite, one of:\n", wanted);
        for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) fprintf(stderr, "  %s\n", suites[i].name);
        return EXIT_FAILURE;
    }
    tst_init();
    fflush(NULL); /* the seed, before the first fork */
    srunner_run_all(runner, CK_ENV);
    if (tst_comparisons()) printf("compared with the multi-precision reference: %llu coefficients\n", (unsigned long long)tst_comparisons());
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
