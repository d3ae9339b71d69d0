/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Probabilities for patient records that the one who computes them cannot read: CSV in, CSV out, and how good they are.
 *
 *      hospital [--out=FOLDER] [--label=COLUMN] [--threads=N] RECORDS.csv NETWORK...
 *
 *  NETWORK is what tools/train/train.py --csv --float left, and `cryptonets import` made of it: the files NETWORK.cnm,
 *  NETWORK/scaling.txt, and the folder NETWORK-float. Every network runs on all records three ways (predict.h); with --out
 *  the probabilities go to FOLDER/NAME.csv. Exit code 1 if anything failed or if one encrypted score differs from the clear
 *  one: then nothing is written. doc/tutorial-tabular.md is the walk-through. Public headers and the mathematics library
 *  only. */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "predict.h"
#include "results.h"
#include "text.h"

#define THREADS_MAX 64

static int usage(const char *what, const char *found) {
    hospital_fail("%s, found " QUOTE
                  "; usage: hospital [--out=FOLDER] [--label=COLUMN] [--threads=N] RECORDS.csv NETWORK...",
                  what, found);
    return 2;
}

/** What stands behind the last slash. */
static const char *short_name(const char *base) {
    const char *slash = strrchr(base, '/');
    return slash ? slash + 1 : base;
}

int main(int argc, char **argv) {
    static const struct option options[] = {{"out", required_argument, NULL, 'o'},
                                            {"label", required_argument, NULL, 'l'},
                                            {"threads", required_argument, NULL, 't'},
                                            {NULL, 0, NULL, 0}};
    const char *out = NULL, *label = "readmitted";
    size_t threads = 1;
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'o': out = optarg; break;
        case 'l': label = optarg; break;
        case 't':
            if (!text_whole(&threads, optarg, 1, THREADS_MAX))
                return usage("--threads: expected a number of 1 to 64", optarg);
            break;
        default: return usage("expected an option with its value", argv[optind - 1]);
        }
    }
    if (argc - optind < 2) return usage("expected RECORDS.csv and at least one NETWORK", optind < argc ? argv[optind] : "");
    const char *csv = argv[optind];
    char **base = argv + optind + 1;
    size_t count = (size_t)(argc - optind - 1), made = 0;

    int code = EXIT_FAILURE;
    const char **name = calloc(count, sizeof *name);
    prediction *p = calloc(count, sizeof *p);
    if (name == NULL || p == NULL) {
        hospital_fail("no memory for %zu networks", count);
        goto cleanup;
    }
    for (; made < count; made++) {
        name[made] = short_name(base[made]);
        if (!prediction_make(&p[made], base[made], csv, label, (unsigned)threads)) {
            made++; /* what it holds is released below */
            goto cleanup;
        }
        results_costs(&p[made], name[made]);
    }
    size_t unequal = 0;
    for (size_t k = 0; k < count; k++)
        unequal += p[k].unequal + p[k].outside + !auc_equal(p[k].area[PREDICT_CLEAR], p[k].area[PREDICT_ENCRYPTED]);
    if (p->table.positive != NULL) results_areas(p, name, count);
    if (unequal > 0) {
        hospital_fail("expected the encrypted scores to be the clear ones, found %zu differences; nothing was written; "
                      "this is a defect",
                      unequal);
        goto cleanup;
    }
    for (size_t k = 0; out != NULL && k < count; k++)
        if (!results_write(&p[k], out, name[k])) goto cleanup;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        hospital_fail("standard output: %s", strerror(errno));
        goto cleanup;
    }
    code = EXIT_SUCCESS;
cleanup:
    for (size_t k = 0; k < made; k++) prediction_free(&p[k]);
    free(p);
    free(name);
    return code;
}
