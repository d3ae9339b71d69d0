/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The command `cryptonets`: what its subcommands share. import is built on the public headers alone; approx reads a
 *  network's layers and needs more, so the command is linked with the library's objects.
 *
 *  A subcommand is one file cmd_<name>.c with one function and a line in the table of main.c. It reads its
 * own options with getopt_long, prints results to stdout, and reports a failure in one line on stderr. */

#ifndef CN_CLI_CLI_H
#define CN_CLI_CLI_H

#include "cryptonets_wire.h"

/** Exit codes. */
enum {
    CN_EXIT_OK = 0,
    CN_EXIT_FAILURE = 1, /* the work could not be done */
    CN_EXIT_USAGE = 2,   /* the command line was not understood */
    CN_EXIT_INTERRUPTED = 130 /* stopped by SIGINT or SIGTERM */
};

typedef struct cn_command {
    const char *name;
    const char *synopsis;              /* arguments, after the name */
    const char *summary;               /* one line */
    int (*run)(int argc, char **argv); /* argv[0] is the name; returns an exit code */
} cn_command;

int cn_cmd_approx(int argc, char **argv);
int cn_cmd_check(int argc, char **argv);
int cn_cmd_decrypt(int argc, char **argv);
int cn_cmd_encrypt(int argc, char **argv);
int cn_cmd_explain(int argc, char **argv);
int cn_cmd_import(int argc, char **argv);
int cn_cmd_infer(int argc, char **argv);
int cn_cmd_inspect(int argc, char **argv);
int cn_cmd_keygen(int argc, char **argv);
int cn_cmd_plan(int argc, char **argv);
int cn_cmd_quantise(int argc, char **argv);
int cn_cmd_selftest(int argc, char **argv);

/** Print "cryptonets: " and this thread's failure text as one line on stderr.  Returns: CN_EXIT_FAILURE. */
int cn_cli_fail(void);

/** What a command ends with: nothing for CN_OK; else the name of the code and this thread's failure text as one line on stderr.
 *  Returns: CN_EXIT_OK, CN_EXIT_INTERRUPTED for CN_ERR_CANCELLED, else CN_EXIT_FAILURE. */
int cn_cli_end(cn_status status);

/** Print "cryptonets NAME: " and a message, with a pointer to --help, as one line on stderr.
 *  In: name of the subcommand, or NULL for the command itself.  Returns: CN_EXIT_USAGE. */
int cn_cli_usage(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** What getopt_long refused, as cn_cli_usage; to be called when it returned '?' or ':' with opterr = 0 and
 * an option string that begins with ':'.  Returns: CN_EXIT_USAGE. */
int cn_cli_bad_option(char **argv, int result);

#define CN_CLI_THREADS_MAX 256

/** The number in optarg, of an option of a subcommand.  Returns: CN_EXIT_OK, or CN_EXIT_USAGE after a refusal as cn_cli_usage. */
int cn_cli_number(uint64_t *out, const char *command, const char *option, uint64_t least, uint64_t most);

/** Arguments that are no options: count names, none of them empty.  In: expected, such as "FOLDER and FILE".
 *  Returns: likewise. */
int cn_cli_operands(const char *command, const char *expected, int count, int argc, char **argv);

/** An option that must be given, with a name that is not empty.  In: value, or NULL.  Returns: likewise. */
int cn_cli_required(const char *command, const char *option, const char *value);

/** A better word on a file that was refused for its size, where it is an object of another type than expected.
 *  Returns: status, or CN_ERR_MISMATCH with its text. */
CN_MUST_USE cn_status cn_cli_refused(cn_status status, const char *path, cn_object expected);

/** Processors of the machine, 1 to CN_CLI_THREADS_MAX: the default number of threads. */
unsigned cn_cli_processors(void);

/** `plan --all` (plan_all.c): print what the planners choose from, under the options of plan.  Returns: CN_OK, or why the model cannot be planned
 *  at all, as cn_plan_new. */
CN_MUST_USE cn_status cn_cli_plan_all(const cn_model *m, const cn_plan_options *options);

/** A cn_log_fn that prints the line to stdout. */
void cn_cli_print_line(void *user, const char *line);

#endif
