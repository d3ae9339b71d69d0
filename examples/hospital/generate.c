/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Write invented patient records (patients.h) as CSV to standard output.
 *
 *      generate [--rows=N] [--seed=N] [--risk] [--summary]
 *
 *  One line of names, then one line per patient, the label `readmitted` (no, yes) last. --risk adds the column `risk`, the
 *  true probability, before it: for judging predictors, never for training one. --summary says on standard error how many
 *  were readmitted and what AUC the true risk reaches: on average no predictor does better. */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auc.h"
#include "patients.h"

#define ROWS_MAX 10000000

static bool read_number(uint64_t *x, const char *text, uint64_t least, uint64_t most) {
    char *end;
    if (*text < '0' || *text > '9') return false;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    *x = v;
    return errno == 0 && *end == 0 && v >= least && v <= most;
}

static void print_value(int32_t v, unsigned decimals) {
    int32_t unit = 1;
    for (unsigned k = 0; k < decimals; k++) unit *= 10;
    if (decimals == 0) printf("%" PRId32 ",", v);
    else printf("%" PRId32 ".%0*" PRId32 ",", v / unit, (int)decimals, v % unit); /* no feature is negative */
}

static void print_patient(const patient *p, bool risk) {
    for (int f = 0; f < PATIENT_FEATURES; f++) print_value(p->value[f], patient_features[f].decimals);
    /* Six digits tell all multiples of 2^-16 apart, and in order. */
    if (risk)
        printf("0.%06" PRIu32 ",", (uint32_t)((p->risk * UINT64_C(1000000) + PATIENT_RISK_ONE / 2) / PATIENT_RISK_ONE));
    puts(p->readmitted ? "yes" : "no");
}

static int usage(const char *what, const char *found) {
    fprintf(stderr, "generate: %s, found '%s'; usage: generate [--rows=N] [--seed=N] [--risk] [--summary]\n", what, found);
    return 2;
}

int main(int argc, char **argv) {
    static const struct option options[] = {{"rows", required_argument, NULL, 'r'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"risk", no_argument, NULL, 'R'},
                                            {"summary", no_argument, NULL, 'S'},
                                            {NULL, 0, NULL, 0}};
    uint64_t rows = 1000, seed = 1;
    bool risk = false, summary = false;
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'r':
            if (!read_number(&rows, optarg, 1, ROWS_MAX))
                return usage("--rows: expected a number of 1 to 10000000", optarg);
            break;
        case 's':
            if (!read_number(&seed, optarg, 0, UINT64_MAX - 1))
                return usage("--seed: expected a number below 2^64 - 1", optarg);
            break;
        case 'R': risk = true; break;
        case 'S': summary = true; break;
        default: return usage("expected an option with its value", argv[optind - 1]);
        }
    }
    if (optind != argc) return usage("expected options only", argv[optind]);

    auc_case *cases = summary ? calloc(rows, sizeof *cases) : NULL;
    if (summary && cases == NULL) {
        fprintf(stderr, "generate: no memory for a summary of %" PRIu64 " rows; ask for fewer\n", rows);
        return EXIT_FAILURE;
    }
    for (int f = 0; f < PATIENT_FEATURES; f++) printf("%s,", patient_features[f].name);
    puts(risk ? "risk,readmitted" : "readmitted");
    for (uint64_t i = 0; i < rows; i++) {
        patient p;
        patient_draw(&p, seed, i);
        print_patient(&p, risk);
        if (summary) cases[i] = (auc_case){.exact = p.risk, .positive = p.readmitted};
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "generate: standard output: %s; nothing written to it can be relied on\n", strerror(errno));
        free(cases);
        return EXIT_FAILURE;
    }
    if (summary) {
        auc a = auc_count(cases, rows);
        fprintf(stderr, "generate: %" PRIu64 " of %" PRIu64 " patients readmitted; AUC of the true risk %.6f\n",
                a.positives, rows, auc_value(a));
    }
    free(cases);
    return EXIT_SUCCESS;
}
