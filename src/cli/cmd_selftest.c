/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets selftest`: known answers, the kernels of this processor, algebra on the user's parameters. */

#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>

#include "cli/selftest.h"
#include "cli/sides.h"

/* Without a plan: small, with two plaintext primes. */
static const cn_params small = {.n = 4096, .limbs = 2, .q = {68719403009, 68719230977}, .plains = 2, .t = {40961, 65537}};

static void print_help(void) {
    puts("Usage: cryptonets selftest [OPTION]...\n"
         "Check that this build computes rightly on this machine: known answers; the kernels of every instruction set that\n"
         "the processor runs, beside portable C; sums and products under encryption, on fresh keys.\n"
         "\n"
         "Options:\n"
         "  -p, --plan=PLAN     on the parameters of this plan\n"
         "  -m, --model=MODEL   on the parameters that this network is planned with\n"
         "  -h, --help          print this text and exit");
}

static int done(const char *what, cn_status status, size_t count) {
    if (status != CN_OK) return cn_cli_end(status);
    if (count) printf("%s: passed (%zu)\n", what, count);
    else printf("%s: passed\n", what);
    return CN_EXIT_OK;
}

static int selftest(const cn_params *params) {
    size_t sets = 0;
    printf("kernels in use: %s; n = %zu, %u ciphertext and %u plaintext primes\n", cn_kernels_name(), params->n, params->limbs, params->plains);
    int code = done("known answers", cn_selftest_answers(), 0);
    if (code == CN_EXIT_OK) {
        cn_status status = cn_selftest_kernels(&sets, params);
        code = done("instruction sets", status, sets);
    }
    return code == CN_EXIT_OK ? done("relations", cn_selftest_relations(params), 0) : code;
}

int cn_cmd_selftest(int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'},
                                            {"plan", required_argument, NULL, 'p'},
                                            {"model", required_argument, NULL, 'm'},
                                            {NULL, 0, NULL, 0}};
    const char *plan_path = NULL, *model_path = NULL;
    int option;
    while ((option = getopt_long(argc, argv, ":hp:m:", options, NULL)) != -1) {
        switch (option) {
        case 'h': print_help(); return CN_EXIT_OK;
        case 'p': plan_path = optarg; break;
        case 'm': model_path = optarg; break;
        default: return cn_cli_bad_option(argv, option);
        }
    }
    if (optind < argc) return cn_cli_usage("selftest", "expected options only, found '%s'", argv[optind]);
    if (plan_path && model_path) return cn_cli_usage("selftest", "expected --plan or --model, found both");
    cn_model *m = NULL;
    cn_plan *p = NULL;
    cn_cli_plan known = {0};
    cn_status status = CN_OK;
    if (plan_path) status = cn_cli_plan_load(&known, plan_path);
    if (model_path) status = cn_model_load(&m, model_path);
    if (m) status = cn_plan_new(&p, m, NULL);
    int code = status != CN_OK ? cn_cli_end(status) : selftest(known.base ? cn_plan_params(known.base) : p ? cn_plan_params(p) : &small);
    cn_cli_plan_clear(&known);
    cn_plan_free(p);
    cn_model_free(m);
    return code;
}
