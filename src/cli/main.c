/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The command `cryptonets`: global options, table of subcommands, exit codes (cli.h). */

#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const cn_command commands[] = {
    {"approx", "[OPTION]...", "fit polynomials to activations, and bound what they change", cn_cmd_approx},
    {"check", "[OPTION]... MODEL IMAGES...", "compare a network with its clear self, layer by layer", cn_cmd_check},
    {"decrypt", "--plan=PLAN --key=KEY [OPTION]... REPLY", "decrypt scores and print labels", cn_cmd_decrypt},
    {"encrypt", "--plan=PLAN --key=KEY [OPTION]... IMAGES... REQUEST", "encrypt images", cn_cmd_encrypt},
    {"explain", "[CODE]", "say what a status code means, and what to do", cn_cmd_explain},
    {"import", "[OPTION]... FOLDER FILE", "turn a plain-text network into a model file", cn_cmd_import},
    {"infer", "--model=MODEL --plan=PLAN [OPTION]... REQUEST REPLY", "run a network on encrypted images", cn_cmd_infer},
    {"inspect", "[OPTION]... FILE", "say what a file is, field by field, and whether it is sound", cn_cmd_inspect},
    {"keygen", "--plan=PLAN [OPTION]... FOLDER", "make the keys of a plan", cn_cmd_keygen},
    {"plan", "[OPTION]... MODEL", "find encryption parameters for a network, and what it will cost", cn_cmd_plan},
    {"quantise", "--calibrate=DATA [OPTION]... FOLDER FILE", "turn a network with real weights into a model file", cn_cmd_quantise},
    {"selftest", "[OPTION]...", "check that this build computes rightly on this machine", cn_cmd_selftest},
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

/** One line on stderr; control characters, as in odd file names, become question marks. */
static void print_error(const char *text) {
    fputs("cryptonets: ", stderr);
    for (; *text != 0; text++) fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, stderr);
    fputc('\n', stderr);
}

int cn_cli_end(cn_status status) {
    char text[1200];
    if (status == CN_OK) return CN_EXIT_OK;
    const char *what = cn_error_text();
    if (status == CN_ERR_USAGE) return print_error(what), CN_EXIT_USAGE;
    snprintf(text, sizeof text, "%s: %s", cn_status_name(status), *what ? what : cn_status_sentence(status));
    print_error(text);
    return status == CN_ERR_CANCELLED ? CN_EXIT_INTERRUPTED : CN_EXIT_FAILURE;
}

int cn_cli_usage(const char *name, const char *fmt, ...) {
    char message[512], text[768];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    snprintf(text, sizeof text, "%s%s%s; try 'cryptonets %s%s--help'", name != NULL ? name : "",
             name != NULL ? ": " : "", message, name != NULL ? name : "", name != NULL ? " " : "");
    print_error(text);
    return CN_EXIT_USAGE;
}

int cn_cli_bad_option(char **argv, int result) {
    const char *name = NULL; /* of the subcommand */
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[0], commands[i].name) == 0) name = argv[0];
    /* getopt_long has stepped over a long option; a short one may be followed by others in the same word */
    const char *word = optind > 0 && argv[optind - 1] != NULL ? argv[optind - 1] : "";
    if (result == ':') return cn_cli_usage(name, "option '%s' needs an argument", word);
    if (optopt != 0 && strncmp(word, "--", 2) != 0)
        return cn_cli_usage(name, "unknown option '-%c'", optopt);
    if (optopt != 0) return cn_cli_usage(name, "option '%s' takes no argument", word);
    return cn_cli_usage(name, "unknown option '%s'", word);
}

void cn_cli_print_line(void *user, const char *line) {
    (void)user;
    puts(line);
}

static void print_help(void) {
    puts("Usage: cryptonets [OPTION]... COMMAND [ARGUMENT]...\n"
         "Run neural networks on encrypted data.\n"
         "\n"
         "Commands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    puts("\n"
         "Options:\n"
         "  -h, --help      print this text and exit\n"
         "  -V, --version   print the version and exit\n"
         "\n"
         "'cryptonets COMMAND --help' explains a command. Exit codes: 0 done, 1 failed, 2 command line not "
         "understood,\n"
         "130 interrupted.");
}

/** Results may be in a pipe or on a full disk: they count only when they have been written. */
static int finish(int code) {
    int failed = ferror(stdout);
    if (fflush(stdout) == 0 && !failed) return code;
    fprintf(stderr, "cryptonets: CN_ERR_IO: standard output: expected to write the result, found: %s\n",
            strerror(errno));
    return CN_EXIT_FAILURE;
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
    opterr = 0;
    int option = getopt_long(argc, argv, "+:hV", options, NULL);
    if (option == 'h') {
        print_help();
        return finish(CN_EXIT_OK);
    }
    if (option == 'V') {
        printf("cryptonets %s\n", cn_version());
        return finish(CN_EXIT_OK);
    }
    if (option != -1) return cn_cli_bad_option(argv, option);
    if (optind >= argc) return cn_cli_usage(NULL, "expected a command");

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[optind], commands[i].name) == 0) {
            argc -= optind;
            argv += optind;
            optind = 0; /* begin anew (GNU and musl) */
            return finish(commands[i].run(argc, argv));
        }
    return cn_cli_usage(NULL, "unknown command '%s'", argv[optind]);
}
