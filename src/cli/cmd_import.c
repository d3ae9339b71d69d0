/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets import`: a plain-text folder (doc/file-formats.md) becomes a model file; prints a table. */

#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>

#include "cryptonets_nn.h"

static void print_help(void) {
    puts("Usage: cryptonets import [OPTION]... FOLDER FILE\n"
         "Read the plain-text network in FOLDER (net.txt, W1.txt, b1.txt, ...), check it, write it to\n"
         "the model file FILE (replaced if it exists) and print a table of its layers.\n"
         "\n"
         "Options:\n"
         "  -n, --name=NAME         short name of the model (default: the folder's name)\n"
         "  -p, --provenance=TEXT   where the network comes from (default: the folder's README)\n"
         "  -h, --help              print this text and exit");
}

int cn_cmd_import(int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'},
                                            {"name", required_argument, NULL, 'n'},
                                            {"provenance", required_argument, NULL, 'p'},
                                            {NULL, 0, NULL, 0}};
    const char *name = NULL, *provenance = NULL;
    int option;
    while ((option = getopt_long(argc, argv, ":hn:p:", options, NULL)) != -1) {
        switch (option) {
        case 'h': print_help(); return CN_EXIT_OK;
        case 'n': name = optarg; break;
        case 'p': provenance = optarg; break;
        default: return cn_cli_bad_option(argv, option);
        }
    }
    if (argc - optind != 2)
        return cn_cli_usage("import", "expected FOLDER and FILE, found %d argument%s", argc - optind,
                            argc - optind == 1 ? "" : "s");

    if (!*argv[optind] || !*argv[optind + 1]) return cn_cli_usage("import", "expected FOLDER and FILE, found an empty name");

    cn_model *m = NULL;
    cn_status status = cn_model_import(&m, argv[optind], name, provenance);
    if (status == CN_OK) status = cn_model_save(m, argv[optind + 1]);
    if (status == CN_OK) status = cn_model_describe(m, cn_cli_print_line, NULL);
    cn_model_free(m);
    return cn_cli_end(status);
}
