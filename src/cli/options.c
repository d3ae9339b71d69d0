/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What command lines have in common: whole numbers, file names that must be there, threads. */

#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"

int cn_cli_number(uint64_t *out, const char *command, const char *option, uint64_t least, uint64_t most) {
    uint64_t x = 0;
    const char *p = optarg;
    for (; *p >= '0' && *p <= '9' && x <= most; p++) {
        unsigned digit = (unsigned)(*p - '0');
        x = x > (UINT64_MAX - digit) / 10 ? UINT64_MAX : x * 10 + digit;
    }
    if (p == optarg || *p || x < least || x > most)
        return cn_cli_usage(command, "--%s: expected a whole number from %llu to %llu, found '%.60s'", option,
                            (unsigned long long)least, (unsigned long long)most, optarg);
    *out = x;
    return CN_EXIT_OK;
}

int cn_cli_operands(const char *command, const char *expected, int count, int argc, char **argv) {
    int found = argc - optind;
    if (found != count) return cn_cli_usage(command, "expected %s, found %d argument%s", expected, found, found == 1 ? "" : "s");
    return cn_cli_operands_from(command, expected, count, argc, argv);
}

int cn_cli_operands_from(const char *command, const char *expected, int count, int argc, char **argv) {
    int found = argc - optind;
    if (found < count) return cn_cli_usage(command, "expected %s, found %d argument%s", expected, found, found == 1 ? "" : "s");
    for (int i = optind; i < argc; i++)
        if (!*argv[i]) return cn_cli_usage(command, "expected %s, found an empty name", expected);
    return CN_EXIT_OK;
}

int cn_cli_required(const char *command, const char *option, const char *value) {
    if (!value) return cn_cli_usage(command, "expected --%s", option);
    if (!*value) return cn_cli_usage(command, "--%s: expected a name, found an empty one", option);
    return CN_EXIT_OK;
}

unsigned cn_cli_processors(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > CN_CLI_THREADS_MAX ? CN_CLI_THREADS_MAX : (unsigned)count;
}
