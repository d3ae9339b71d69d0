/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets check`: does a network give the same under encryption as in the clear, on the user's own data? If not, after which layer? */

#include "cli/cli.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>

#include "cli/check.h"
#include "cli/images.h"
#include "cli/progress.h"
#include "util/common.h"
#include "util/status.h"

static void print_help(void) {
    puts("Usage: cryptonets check [OPTION]... MODEL IMAGES...\n"
         "Run a network under encryption and in the clear side by side, on keys made for this and thrown away, and compare every value\n"
         "after every layer. Print a table with predicted and measured noise (log2 of its standard deviation), and name the first\n"
         "layer that differs. Images are repeated until they fill a batch; they are read as by 'cryptonets encrypt'.\n"
         "\n"
         "Options:\n"
         "  -f, --format=FORMAT   idx, csv, png or raw (default: by what the file is)\n"
         "  -n, --count=N         use the first N images (default: all, at most a batch)\n"
         "  -t, --threads=N       worker threads (default: the processors online)\n"
         "  -h, --help            print this text and exit\n"
         "\n"
         "Exit codes: 0 all equal, 1 something differs or failed, 2 command line not understood, 130 interrupted.");
}

typedef struct report {
    cn_cli_progress progress;   /* first: the library hands on a pointer to the whole */
    bool begun;
    cn_check_row first;         /* that differs; its label is empty until then */
} report;

static void print_row(void *user, const cn_check_row *row) {
    report *r = user;
    cn_cli_progress_end(&r->progress);
    if (!r->begun) printf("%-16s %10s %10s %10s %10s %10s\n", "after", "values", "different", "predicted", "measured", "limit");
    r->begun = true;
    char measured[32] = "-";
    if (!isnan(row->measured)) snprintf(measured, sizeof measured, "%.1f", row->measured);
    printf("%-16s %10zu %10zu %10.1f %10s %10.1f\n", row->label, row->values, row->different, row->predicted, measured, row->limit);
    fflush(stdout);
    if (row->different && !r->first.label[0]) r->first = *row;
}

static int on_progress(void *user, const char *step, size_t done, size_t total) {
    report *r = user;
    return cn_cli_progress_step(&r->progress, step, done, total);
}

typedef struct check_options {
    const char *model;
    char *const *images;
    size_t files; /* of images */
    cn_image_format format;
    uint64_t count, threads;
} check_options;

static cn_status run(const check_options *o) {
    cn_status status = CN_OK;
    cn_model *m = NULL;
    cn_plan *p = NULL;
    cn_images images = {0};
    report r = {0};
    size_t different;
    CN_CHECK(cn_model_load(&m, o->model));
    CN_CHECK(cn_plan_new(&p, m, NULL));
    CN_CHECK(cn_images_read(&images, o->images, o->files, o->format, cn_model_inputs(m), 0, o->count));
    size_t slots = cn_plan_params(p)->n, count = images.count < slots ? images.count : slots;
    cn_cli_progress_begin(&r.progress);
    CN_CHECK(cn_check_network(&different, p, m, m, images.pixels, count, (unsigned)o->threads, print_row, on_progress, &r));
    if (different)
        CN_CHECK(cn_fail(CN_ERR_DIGEST, "%s: layer %s differs first, at image %zu, output %zu: expected equal values, found %zu unlike the clear "
                                        "network's; this is a defect of the program, run 'cryptonets selftest' and report it",
                         cn_model_name(m), r.first.label, r.first.image % count, r.first.output, different));
    printf("%s: %zu image%s, every value equal after every layer\n", cn_model_name(m), count, count == 1 ? "" : "s");
cleanup:
    cn_cli_progress_end(&r.progress);
    if (status == CN_ERR_CANCELLED) status = cn_cli_stopped(); /* its words */
    cn_images_clear(&images);
    cn_plan_free(p);
    cn_model_free(m);
    return status;
}

int cn_cmd_check(int argc, char **argv) {
    static const struct option options[] = {{"count", required_argument, NULL, 'n'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"threads", required_argument, NULL, 't'},
                                            {NULL, 0, NULL, 0}};
    check_options o = {.threads = cn_cli_processors()};
    int option, code = CN_EXIT_OK;
    while ((option = getopt_long(argc, argv, ":f:hn:t:", options, NULL)) != -1) {
        switch (option) {
        case 'h': print_help(); return CN_EXIT_OK;
        case 'f':
            if (!cn_images_format(&o.format, optarg)) return cn_cli_usage("check", "--format: expected idx, csv, png or raw, found '%.60s'", optarg);
            break;
        case 'n': code = cn_cli_number(&o.count, "check", "count", 1, (uint64_t)1 << 32); break;
        case 't': code = cn_cli_number(&o.threads, "check", "threads", 1, CN_CLI_THREADS_MAX); break;
        default: return cn_cli_bad_option(argv, option);
        }
        if (code != CN_EXIT_OK) return code;
    }
    code = cn_cli_operands_from("check", "MODEL and IMAGES", 2, argc, argv);
    if (code != CN_EXIT_OK) return code;
    o.model = argv[optind];
    o.images = argv + optind + 1;
    o.files = (size_t)(argc - optind - 1);
    return cn_cli_end(run(&o));
}
