/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets quantise`: a plain-text folder with real weights becomes a model file, by calibration on labelled images; prints
 *  what it cost in accuracy. */

#include "cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cryptonets_nn.h"
#include "util/status.h"

#define LAYERS_MAX 64
#define LIMIT_DEFAULT 10000

static void print_help(void) {
    printf("Usage: cryptonets quantise --calibrate=DATA [OPTION]... FOLDER FILE\n"
           "Read the network with real weights in FOLDER (text, or arrays of NumPy from an unpacked NPZ archive),\n"
           "turn it into integers, write it to the model file FILE (replaced if it exists) and print the accuracy before and after.\n"
           "\n"
           "Options:\n"
           "  -c, --calibrate=DATA    folder with train-images-idx3-ubyte and train-labels-idx1-ubyte: the\n"
           "                          first half of the images calibrates, the second half is recognised\n"
           "  -b, --bits=B[,B]...     bits per weight, 2 to 16, for all layers or for each (default %d)\n"
           "  -l, --levels=N          inputs are integers up to N, 1 to 255 (default %d)\n"
           "      --limit=N           use N images, 0 for all (default %d)\n"
           "      --max-loss=POINTS   fail and write nothing if more accuracy is lost, in percentage points\n"
           "  -n, --name=NAME         short name of the model (default: the folder's name)\n"
           "  -p, --provenance=TEXT   where the network comes from (default: the folder's README)\n"
           "  -h, --help              print this text and exit\n",
           CN_QUANTISE_BITS, CN_QUANTISE_LEVELS, LIMIT_DEFAULT);
}

/** A whole number from least to most at *text, which moves behind it.  Returns: false if there is none. */
static bool read_number(unsigned long *x, const char **text, unsigned long least, unsigned long most) {
    char *end;
    if (!isdigit((unsigned char)**text)) return false;
    errno = 0;
    *x = strtoul(*text, &end, 10);
    *text = end;
    return errno == 0 && *x >= least && *x <= most;
}

/** "4" or "4,2,4". */
static bool read_bits(unsigned *bits, size_t *count, const char *text) {
    for (*count = 0; *count < LAYERS_MAX; text++) {
        unsigned long x;
        if (!read_number(&x, &text, 2, 16)) return false;
        bits[(*count)++] = (unsigned)x;
        if (*text != ',') return *text == 0;
    }
    return false;
}

static void print_report(const cn_quantise_report *r) {
    for (unsigned i = 0; i < r->layers; i++)
        printf("layer %u with weights: %u bits, scale %.6g, relative error %.4f\n", i + 1, r->layer[i].bits, r->layer[i].scale,
               r->layer[i].error);
    printf("calibrated on %zu images, measured on %zu others\n", r->calibrated, r->measured);
    printf("accuracy real %.2f %%, integer %.2f %%, lost %.2f points\n", 100 * r->real_accuracy, 100 * r->integer_accuracy,
           100 * (r->real_accuracy - r->integer_accuracy));
    printf("window 2^%.2f\n", r->window_bits);
}

int cn_cmd_quantise(int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'},
                                            {"calibrate", required_argument, NULL, 'c'},
                                            {"bits", required_argument, NULL, 'b'},
                                            {"levels", required_argument, NULL, 'l'},
                                            {"limit", required_argument, NULL, 'L'},
                                            {"max-loss", required_argument, NULL, 'M'},
                                            {"name", required_argument, NULL, 'n'},
                                            {"provenance", required_argument, NULL, 'p'},
                                            {NULL, 0, NULL, 0}};
    const char *name = NULL, *provenance = NULL, *data = NULL;
    unsigned bits[LAYERS_MAX];
    uint64_t number, limit = LIMIT_DEFAULT;
    double max_loss = 100;
    char *end;
    cn_quantise_options chosen = {0};
    chosen.bits = bits;
    int option;
    while ((option = getopt_long(argc, argv, ":hc:b:l:n:p:", options, NULL)) != -1) {
        switch (option) {
        case 'h': print_help(); return CN_EXIT_OK;
        case 'c': data = optarg; break;
        case 'n': name = optarg; break;
        case 'p': provenance = optarg; break;
        case 'b':
            if (!read_bits(bits, &chosen.bits_count, optarg))
                return cn_cli_usage("quantise", "--bits: expected numbers of 2 to 16, as 6 or 6,4,6, found '%s'", optarg);
            break;
        case 'l':
            if (cn_cli_number(&number, "quantise", "levels", 1, 255) != CN_EXIT_OK) return CN_EXIT_USAGE;
            chosen.levels = (unsigned)number;
            break;
        case 'L':
            if (cn_cli_number(&limit, "quantise", "limit", 0, (uint64_t)1 << 31) != CN_EXIT_OK) return CN_EXIT_USAGE;
            break;
        case 'M':
            max_loss = strtod(optarg, &end);
            if (end == optarg || *end != 0 || !(max_loss >= 0 && max_loss <= 100))
                return cn_cli_usage("quantise", "--max-loss: expected percentage points, 0 to 100, found '%s'", optarg);
            break;
        default: return cn_cli_bad_option(argv, option);
        }
    }
    if (argc - optind != 2)
        return cn_cli_usage("quantise", "expected FOLDER and FILE, found %d argument%s", argc - optind,
                            argc - optind == 1 ? "" : "s");
    if (!*argv[optind] || !*argv[optind + 1]) return cn_cli_usage("quantise", "expected FOLDER and FILE, found an empty name");
    if (data == NULL) return cn_cli_usage("quantise", "expected --calibrate=DATA");

    cn_model *m = NULL;
    cn_dataset d = {0};
    cn_quantise_report report;
    cn_status status = CN_OK;
    CN_CHECK(cn_dataset_load_mnist_training(&d, data, limit));
    CN_CHECK(cn_model_quantise(&m, &report, argv[optind], name, provenance, &d, &chosen));
    double loss = 100 * (report.real_accuracy - report.integer_accuracy);
    if (loss > max_loss)
        CN_CHECK(cn_fail(CN_ERR_RANGE, "%s: expected to lose at most %g points of accuracy, found %.2f; use more bits", cn_model_name(m), max_loss, loss));
    CN_CHECK(cn_model_save(m, argv[optind + 1]));
    CN_CHECK(cn_model_describe(m, cn_cli_print_line, NULL));
    print_report(&report);
cleanup:
    cn_model_free(m);
    cn_dataset_clear(&d);
    return cn_cli_end(status);
}
