/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The benchmark's command line: GNU long options, strict decimal numbers, one line on stderr for what is refused. */

#include "bench/bench.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_help(void) {
    puts("Usage: cryptonets-mnist [OPTION]...\n"
         "Classify handwritten digits under encryption: encrypt batch by batch, evaluate a network on\n"
         "ciphertexts, decrypt, compare every score with the clear network, and report times and sizes.\n"
         "\n"
         "Options:\n"
         "      --mnist=DIR      folder with the MNIST test set (default: the environment's MNIST_DIR;\n"
         "                       without it synthetic digits are drawn)\n"
         "      --model=MODEL    model file, or name of an installed network (default: paper-small)\n"
         "      --sweep          run every network, or those of --model=A,B,..., and print one table; one\n"
         "                       thread and one full batch of images each, unless options say otherwise\n"
         "      --limit=N        most images (default: all of MNIST; one batch of synthetic digits)\n"
         "      --batch=N        images per batch (default: one per slot)\n"
         "      --threads=N      worker threads, 1 to 256 (default: the processors online)\n"
         "      --scaling        evaluate the first batch with one thread and with all of them in turn\n"
         "      --latency        images one at a time, at most 1000 of them unless --limit says otherwise:\n"
         "                       packed evaluation, milliseconds of every step; with --batch=N, a power of two up\n"
         "                       to 512, N at a time\n"
         "      --ways           run packed images and batches in rings of every degree for 1 to 10000 images, beside\n"
         "                       what the planner chooses\n"
         "      --repeat=N       evaluate each batch N times, 1 to 1000, and report medians (default: 1)\n"
         "      --max-memory=MIB stay below this many MiB, by expanding inputs in parts\n"
         "      --spool=DIR      keep encrypted requests in a file without a name in DIR\n"
         "      --plains=N       number of plaintext primes (default: the cheapest)\n"
         "      --strict         score range for arbitrary inputs instead of the model's window\n"
         "      --public-key     encrypt under the public key\n"
         "      --scheme=SCHEME  bfv (default), or yashe: YASHE', for research only, with BFV on the same images\n"
         "                       beside it\n"
         "      --preset=paper2016  the experiment of 2016 with its own parameters, under YASHE': model paper,\n"
         "                       at most 8192 images, minutes. INSECURE; needs the next option\n"
         "      --insecure-historical  allow that, for data that is no secret\n"
         "      --json=FILE      write the results to FILE, too (bench/README.md)\n"
         "      --chart=NAME     draw noise and time of the layers: NAME-noise.svg, NAME-time.svg");
#ifdef CN_TESTING
    puts("      --seed=S         deterministic keys and encryption: test build only, not secure");
#endif
    puts("  -h, --help           print this text and exit\n"
         "  -V, --version        print the version and exit\n"
         "\n"
         "A named model is looked for as MODEL.cnm in the environment's CRYPTONETS_MODELS, then where the\n"
         "package installed it.\n"
         "Exit codes: 0 done and all scores right, 1 failed or a score was wrong, 2 command line not\n"
         "understood, 130 interrupted.");
}

/** The name of a scheme.  Returns: -1, or CN_BENCH_USAGE. */
static int scheme(cn_scheme *s) {
    *s = strcmp(optarg, "yashe") == 0 ? CN_SCHEME_YASHE : CN_SCHEME_BFV;
    if (*s == CN_SCHEME_BFV && strcmp(optarg, "bfv") != 0) return cn_bench_usage("--scheme: expected bfv or yashe, found '%s'", optarg);
    return -1;
}

int cn_bench_parse(cn_bench_options *o, int argc, char **argv) {
    enum {
        MNIST = 256, MODEL, SWEEP, LIMIT, BATCH, THREADS, SCALING, LATENCY, WAYS, REPEAT, MAX_MEMORY, SPOOL, PLAINS, STRICT, PUBLIC_KEY, SCHEME,
        JSON, CHART, PRESET, HISTORICAL, SEED
    };
    static const struct option options[] = {{"mnist", required_argument, NULL, MNIST},
                                            {"model", required_argument, NULL, MODEL},
                                            {"sweep", no_argument, NULL, SWEEP},
                                            {"limit", required_argument, NULL, LIMIT},
                                            {"batch", required_argument, NULL, BATCH},
                                            {"threads", required_argument, NULL, THREADS},
                                            {"scaling", no_argument, NULL, SCALING},
                                            {"latency", no_argument, NULL, LATENCY},
                                            {"ways", no_argument, NULL, WAYS},
                                            {"repeat", required_argument, NULL, REPEAT},
                                            {"max-memory", required_argument, NULL, MAX_MEMORY},
                                            {"spool", required_argument, NULL, SPOOL},
                                            {"plains", required_argument, NULL, PLAINS},
                                            {"strict", no_argument, NULL, STRICT},
                                            {"public-key", no_argument, NULL, PUBLIC_KEY},
                                            {"scheme", required_argument, NULL, SCHEME},
                                            {"json", required_argument, NULL, JSON},
                                            {"chart", required_argument, NULL, CHART},
                                            {"preset", required_argument, NULL, PRESET},
                                            {"insecure-historical", no_argument, NULL, HISTORICAL},
#ifdef CN_TESTING
                                            {"seed", required_argument, NULL, SEED},
#endif
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    const char *folder = getenv("MNIST_DIR");
    *o = (cn_bench_options){.mnist = folder && *folder ? folder : NULL, .repeat = 1};
    int option, index = 0, code = -1;
    uint64_t x = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":hV", options, &index)) != -1) {
        if ((option == MNIST || option == MODEL || option == JSON || option == CHART || option == SPOOL) && !*optarg)
            return cn_bench_usage("option '--%s' needs an argument", options[index].name);
        switch (option) {
        case 'h': print_help(); return CN_BENCH_OK;
        case 'V': printf("cryptonets-mnist %s\n", cn_version()); return CN_BENCH_OK;
        case MNIST: o->mnist = optarg; break;
        case MODEL: o->model = optarg; break;
        case JSON: o->json = optarg; break;
        case CHART: o->chart = optarg; break;
        case PRESET: o->preset = optarg; break;
        case HISTORICAL: o->insecure_historical = true; break;
        case SWEEP: o->sweep = true; break;
        case SCALING: o->scaling = true; break;
        case LATENCY: o->latency = true; break;
        case WAYS: o->ways = true; break;
        case REPEAT: code = cn_bench_number(&x, "repeat", 1, CN_BENCH_REPEAT_MAX), o->repeat = (unsigned)x; break;
        case SPOOL: o->spool = optarg; break;
        case MAX_MEMORY: code = cn_bench_number(&x, "max-memory", 1, SIZE_MAX / CN_MIB), o->max_memory = x * CN_MIB; break;
        case STRICT: o->plan.strict = 1; break;
        case PUBLIC_KEY: o->plan.public_key = 1; break;
        case SCHEME: code = scheme(&o->plan.scheme), o->scheme_given = true; break;
        case LIMIT: code = cn_bench_number(&x, "limit", 1, 1u << 30), o->limit = x; break;
        case BATCH: code = cn_bench_number(&x, "batch", 1, 1u << 16), o->batch = x; break;
        case THREADS: code = cn_bench_number(&x, "threads", 1, CN_BENCH_THREADS_MAX), o->threads = (unsigned)x; break;
        case PLAINS: code = cn_bench_number(&x, "plains", 1, CN_PLAINS_MAX), o->plan.plains = (unsigned)x; break;
        case SEED: code = cn_bench_number(&x, "seed", 0, UINT64_MAX - 1), o->seed = x, o->seeded = true; break;
        default: return cn_bench_bad_option(argv, option);
        }
        if (code >= 0) return code;
    }
    if (optind < argc) return cn_bench_usage("expected options only, found '%s'", argv[optind]);
    code = cn_bench_single_check(o);
    if (code < 0) code = cn_bench_preset_check(o);
    if (code >= 0) return code;
    if (!o->model && !o->sweep) o->model = o->preset ? "paper" : "paper-small";
    if (!o->threads) o->threads = o->sweep ? 1 : cn_bench_processors();
    if (o->scaling && o->sweep) return cn_bench_usage("--scaling: expected one model, found --sweep");
    if (o->chart && o->sweep) return cn_bench_usage("--chart: expected one model, found --sweep");
    if (o->scaling && o->max_memory) return cn_bench_usage("--scaling: expected no --max-memory, which does not count its second server");
    if (o->scaling && o->threads < 2) return cn_bench_usage("--scaling: expected --threads of at least 2, found %u", o->threads);
    return -1;
}
