/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets explain`: a status code in words: what it means, what usually causes it, what to do. */

#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const struct {
    cn_status status;
    const char *cause, *remedy;
} entries[] = {
    {CN_ERR_NULL, "a program passed NULL where the library needs an object", "it is an error of the program: report it to its author"},
    {CN_ERR_SIZE, "more images than slots, more threads than allowed, or a file whose counts no plan has",
     "the message names the count and its limits"},
    {CN_ERR_ALIAS, "a program passed the same memory as input and output", "it is an error of the program: report it to its author"},
    {CN_ERR_STATE, "a key that was retired, a client without the key that is asked of it, or operations in an order that has no meaning",
     "the message names the object; a retired key has to be replaced (cryptonets keygen)"},
    {CN_ERR_MISMATCH, "files of different plans, models or keys were put together, often after a network was exchanged",
     "compare plan and key of the files with 'cryptonets inspect', and make the older ones anew"},
    {CN_ERR_DEGREE, "a ring degree that is no power of two from 4096 to 65536", "leave the choice to the planner"},
    {CN_ERR_LIMB_COUNT, "parameters written by hand, or a damaged plan", "leave the choice to the planner"},
    {CN_ERR_LIMB_RANGE, "parameters written by hand, or a damaged plan", "leave the choice to the planner"},
    {CN_ERR_NOT_PRIME, "parameters written by hand, or a damaged plan", "leave the choice to the planner"},
    {CN_ERR_CONGRUENCE, "parameters written by hand, or a damaged plan", "leave the choice to the planner"},
    {CN_ERR_DUPLICATE, "parameters written by hand, or a damaged plan", "leave the choice to the planner"},
    {CN_ERR_PLAIN_COUNT, "parameters written by hand, or a damaged plan", "leave the choice to the planner"},
    {CN_ERR_PLAIN_RANGE, "parameters written by hand, or a damaged plan", "leave the choice to the planner"},
    {CN_ERR_DIGIT, "parameters written by hand, or a damaged plan", "leave the choice to the planner"},
    {CN_ERR_SECURITY, "the modulus is larger than the table for 128 bits of security allows at this ring degree",
     "do not use these parameters; plan the network again"},
    {CN_ERR_SCHEME, "a damaged plan, or one of a newer version", "use bfv"},
    {CN_ERR_MEMORY, "the batch, the network or the number of threads needs more memory than there is",
     "use fewer threads, --max-memory, or a machine with more memory"},
    {CN_ERR_RANDOM, "the system call getrandom failed, as in a sandbox that forbids it", "allow it: there is no substitute"},
    {CN_ERR_IO, "no permission, a full disk, or a broken device", "the message has the system's reason"},
    {CN_ERR_NOT_FOUND, "a path that leads nowhere", "check the spelling, and the folder that the command runs in"},
    {CN_ERR_THREAD, "the system allows no more threads", "use fewer threads, or raise the limit (ulimit -u)"},
    {CN_ERR_TRUNCATED, "a copy or download that ended early", "copy the file again"},
    {CN_ERR_OVERSIZED, "files joined by mistake, or a file of another plan", "copy the file again; compare plans with 'cryptonets inspect'"},
    {CN_ERR_MAGIC, "another kind of file under this name", "'cryptonets inspect FILE' says what it is"},
    {CN_ERR_VERSION, "the file comes from another version of the program", "use that version, or make the file anew"},
    {CN_ERR_FORMAT, "a damaged file, a program that writes faulty ones, or somebody who means harm", "make the file anew; do not trust its sender"},
    {CN_ERR_DIGEST, "a bit of the file changed, on the disk or on the way", "copy the file again"},
    {CN_ERR_RANGE, "a weight, bias, pixel or residue that is too large for its place; also a computation that could overflow",
     "the message names the value; scale the network, or take more plaintext primes"},
    {CN_ERR_MODEL, "layers whose shapes do not follow each other", "the message names the layer; 'cryptonets import' prints all shapes"},
    {CN_ERR_UNSUPPORTED, "something well formed that this version cannot do, such as files for keys of YASHE'", "see README.md, Limits"},
    {CN_ERR_PLAN, "the scores are too wide or the network is too deep for every parameter set of 128-bit security",
     "give the model a calibrated window, use smaller weights or fewer activations; 'cryptonets plan' names the limit that was hit"},
    {CN_ERR_NOISE, "the ciphertext was damaged, or computed outside its plan, by accident or on purpose",
     "the key is retired: reactions to such failures leak it. Make new keys, and ask the server what it did"},
    {CN_ERR_CANCELLED, "an interrupt, or a program that asked to stop", "start again; finished batches are kept"},
    {CN_ERR_USAGE, "a command line that was not understood", "'cryptonets COMMAND --help'"},
};

static void print_help(void) {
    puts("Usage: cryptonets explain [CODE]\n"
         "Say what a status code means, what usually causes it, and what to do. CODE is a name such as CN_ERR_DIGEST, also\n"
         "without CN_ERR_ and in small letters, or a number. Without CODE all of them are listed.\n"
         "\n"
         "Options:\n"
         "  -h, --help   print this text and exit");
}

/** CODE as a name, a part of one, or a number.  Returns: its index, or -1. */
static int find(const char *code) {
    char upper[40] = "CN_ERR_", *end;
    size_t at = strncasecmp(code, "CN_ERR_", 7) == 0 ? 0 : 7;
    for (const char *p = code; *p && at + 1 < sizeof upper; p++) upper[at++] = (char)(*p == '-' ? '_' : *p >= 'a' && *p <= 'z' ? *p - 32 : *p);
    upper[at] = 0;
    long number = strtol(code, &end, 10);
    bool numeric = end != code && !*end;
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (numeric ? number == (long)entries[i].status : strcmp(upper, cn_status_name(entries[i].status)) == 0) return (int)i;
    return -1;
}

int cn_cmd_explain(int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int option;
    while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (option != 'h') return cn_cli_bad_option(argv, option);
        print_help();
        return CN_EXIT_OK;
    }
    if (argc - optind > 1) return cn_cli_usage("explain", "expected one CODE, found %d arguments", argc - optind);
    if (argc == optind) {
        for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
            printf("%2d  %-22s %s\n", (int)entries[i].status, cn_status_name(entries[i].status), cn_status_sentence(entries[i].status));
        return CN_EXIT_OK;
    }
    int i = find(argv[optind]);
    if (i < 0) return cn_cli_usage("explain", "unknown code '%s'; expected a name such as CN_ERR_DIGEST, or a number", argv[optind]);
    printf("%s (%d)\n%s\nUsual cause: %s.\nWhat to do:  %s.\n", cn_status_name(entries[i].status), (int)entries[i].status,
           cn_status_sentence(entries[i].status), entries[i].cause, entries[i].remedy);
    return CN_EXIT_OK;
}
