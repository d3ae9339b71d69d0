/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** reproduce: run the experiments of Crypto-Nets and CryptoNets that this project can run, and compare (reproduce.h). To add one,
 *  write its function and give it a line in the table below. */

#include "bench/reproduce.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/timing.h"

const char *const cn_bench_program = "reproduce";

#define REPORT "reproduce.html"
#define NOTES_MAX 16

static const cn_rp_experiment experiments[] = {
    {.name = "networks", .title = "Networks, plans and data", .run = cn_rp_networks,
     .about = "Digests of the models and of the MNIST test files must be the pinned ones; those of plans are there to be "
              "compared between machines, where they must not differ.",
     .repeat = "cryptonets-mnist --model=NAME --limit=1; zcat t10k-images-idx3-ubyte.gz | openssl dgst -sha3-256"},
    {.name = "activations", .title = "Polynomials for activations (the theorem of Crypto-Nets)", .run = cn_rp_activations,
     .draw = cn_rp_draw_activations,
     .about = "The least possible largest error on [-8, 8], for each degree. Measured: a bound proved for every point of "
              "the interval. Expected: another program in 40 digits. Tolerance: one millionth of the error.",
     .repeat = "cryptonets approx --function=sigmoid --interval=-8,8 --degree=3 --method=minimax"},
    {.name = "security", .title = "Security of the plans", .run = cn_rp_security,
     .about = "log2 of the ciphertext modulus, special prime included, must be within the table for 128 bits; that of "
              "YASHE' within the cap of its research sets.",
     .repeat = "cryptonets-mnist --model=NAME --limit=1 [--scheme=yashe]"},
    {.name = "noise", .title = "Noise along the layers of paper", .run = cn_rp_noise, .draw = cn_rp_draw_noise,
     .about = "Predicted from the weights before any key exists: log2 of the standard deviation, which must stay below what "
              "decryption allows. Measuring noise takes the secret key, which only test builds hand out "
              "(bench/cryptonets-mnist-test).",
     .repeat = "cryptonets-mnist --model=paper --limit=1"},
    {.name = "sizes", .title = "Message sizes", .run = cn_rp_sizes, .jobs = "*",
     .about = "Bytes per image of a full batch; real messages must have the bytes that the plan foretold. Uniform halves of "
              "ciphertexts travel as a seed.",
     .repeat = "cryptonets-mnist --model=NAME --json=FILE"},
    {.name = "accuracy", .title = "Accuracy and exactness under BFV", .run = cn_rp_accuracy, .jobs = "*", .needs_mnist = true,
     .about = "The MNIST test images through encryption, evaluation and decryption. Tolerance: none. The images recognised "
              "must be exactly as many as pinned, every score equal to the clear network's, and none outside the window. "
              "wide8 has random weights.",
     .repeat = "cryptonets-mnist --model=NAME --mnist=DIR"},
    {.name = "yashe", .title = "Accuracy and exactness under YASHE', for research only", .run = cn_rp_yashe,
     .jobs = "depth1 paper-small", .needs_mnist = true,
     .about = "The same under the scheme of 2016, with parameters that resist known attacks. Tolerance: none.",
     .repeat = "cryptonets-mnist --model=NAME --scheme=yashe --mnist=DIR"},
    {.name = "layers", .title = "Layer times of paper", .run = cn_rp_layers, .draw = cn_rp_draw_layers,
     .about = "The network of CryptoNets at 128-bit security: one thread, a full batch, three evaluations: means for layers, the "
              "median for all of them. Published: one PC of 2016. Times never fail. The number before a layer is its segment (doc/architecture.md).",
     .repeat = "cryptonets-mnist --model=paper --threads=1 --limit=8192 --repeat=3"},
    {.name = "throughput", .title = "Images per second", .run = cn_rp_throughput, .jobs = "*", .draw = cn_rp_draw_throughput,
     .about = "One thread, a full batch, median of three evaluations: residues in memory to residues of the reply. "
              "Published figures have other machines, other numbers of cores, and some another network. Times never fail.",
     .repeat = "cryptonets-mnist --sweep --repeat=3"},
    {.name = "paper2016", .title = "The experiment of 2016 with its own parameters: INSECURE", .run = cn_rp_paper2016,
     .needs_mnist = true, .is_long = true,
     .about = "YASHE' with n = 8192, q = 2^383 - 2^33 + 1 and two plaintext primes of 41 bits, as textbook code on GMP "
              "integers, one thread, a full batch. These parameters are broken (doc/yashe.md) and there for fidelity only. "
              "Accuracy and exactness: no tolerance. Times never fail.",
     .repeat = "cryptonets-mnist --preset=paper2016 --insecure-historical --threads=1 --mnist=DIR"},
};

#define EXPERIMENTS (sizeof experiments / sizeof experiments[0])

/* ---- the command line ------------------------------------------------------------------------ */

typedef struct options {
    cn_rp_setup setup;
    const char *report, *json;
    bool chosen[EXPERIMENTS];
    const char *note[NOTES_MAX];
    size_t notes;
} options;

static void print_help(void) {
    puts("Usage: reproduce [OPTION]...\n"
         "Run the experiments of Crypto-Nets (arXiv 1412.6181) and CryptoNets (ICML 2016) that this project can\n"
         "run; print what was published, expected and measured; write a report.\n"
         "\n"
         "Options:\n"
         "      --mnist=DIR      folder with the MNIST test set (default: the environment's MNIST_DIR)\n"
         "      --out=FILE       the report, a page with drawings (default: " REPORT ")\n"
         "      --json=FILE      write the results to FILE, too\n"
         "      --threads=N      worker threads where no times are compared, 1 to 256 (default: the processors\n"
         "                       online)\n"
         "      --quick          1,000 images, times taken once, no run with the parameters of 2016\n"
         "      --only=NAME      this experiment alone; may be repeated\n"
         "      --note=NAME=TEXT a line for the description of the run; may be repeated\n"
         "  -h, --help           print this text and exit\n"
         "  -V, --version        print the version and exit\n"
         "\n"
         "Experiments:");
    for (size_t i = 0; i < EXPERIMENTS; i++)
        printf("      %-16s %s%s\n", experiments[i].name, experiments[i].title, experiments[i].needs_mnist ? " (MNIST)" : "");
    puts("\n"
         "Exit codes: 0 all within tolerance, 1 something differs or failed, 2 command line not understood, 130\n"
         "interrupted. Times never fail. See bench/README.md.");
}

static int choose(options *o, const char *name) {
    for (size_t i = 0; i < EXPERIMENTS; i++) {
        if (strcmp(experiments[i].name, name) != 0) continue;
        o->chosen[i] = true;
        return -1;
    }
    return cn_bench_usage("--only: expected the name of an experiment, found '%s'", name);
}

/** Returns: -1 to go on, else the exit code. */
static int parse(options *o, int argc, char **argv) {
    enum { MNIST = 256, OUT, JSON, THREADS, QUICK, ONLY, NOTE };
    static const struct option known[] = {{"mnist", required_argument, NULL, MNIST},
                                          {"out", required_argument, NULL, OUT},
                                          {"json", required_argument, NULL, JSON},
                                          {"threads", required_argument, NULL, THREADS},
                                          {"quick", no_argument, NULL, QUICK},
                                          {"only", required_argument, NULL, ONLY},
                                          {"note", required_argument, NULL, NOTE},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'V'},
                                          {NULL, 0, NULL, 0}};
    const char *folder = getenv("MNIST_DIR");
    bool some = false;
    int option, code = -1;
    uint64_t x = 0;
    *o = (options){.report = REPORT, .setup = {.mnist = folder && *folder ? folder : NULL, .threads = cn_bench_processors()}};
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":hV", known, NULL)) != -1) {
        switch (option) {
        case 'h': print_help(); return CN_BENCH_OK;
        case 'V': printf("reproduce %s\n", cn_version()); return CN_BENCH_OK;
        case MNIST: o->setup.mnist = optarg; break;
        case OUT: o->report = optarg; break;
        case JSON: o->json = optarg; break;
        case THREADS: code = cn_bench_number(&x, "threads", 1, CN_BENCH_THREADS_MAX), o->setup.threads = (unsigned)x; break;
        case QUICK: o->setup.quick = true; break;
        case ONLY: code = choose(o, optarg), some = true; break;
        case NOTE:
            if (!strchr(optarg, '=')) return cn_bench_usage("--note: expected NAME=TEXT, found '%s'", optarg);
            if (o->notes == NOTES_MAX) return cn_bench_usage("--note: expected at most %d of them", NOTES_MAX);
            o->note[o->notes++] = optarg;
            break;
        default: return cn_bench_bad_option(argv, option);
        }
        if (code >= 0) return code;
    }
    if (optind < argc) return cn_bench_usage("expected options only, found '%s'", argv[optind]);
    for (size_t i = 0; i < EXPERIMENTS; i++) {
        if (some && o->chosen[i] && o->setup.quick && experiments[i].is_long)
            return cn_bench_usage("--only %s: left out by --quick", experiments[i].name);
        if (!some) o->chosen[i] = true;
    }
    return -1;
}

/** Accuracy cannot be checked on synthetic digits.  Returns: an exit code. */
static int check_data(const options *o) {
    for (size_t i = 0; i < EXPERIMENTS && !o->setup.mnist; i++)
        if (o->chosen[i] && experiments[i].needs_mnist)
            return cn_bench_fail("%s: expected the MNIST test set, found no MNIST_DIR and no --mnist; fetch it with "
                                 "'tools/fetch-mnist --test-only mnist', then set MNIST_DIR to that folder (or choose experiments with "
                                 "--only)", experiments[i].name);
    return CN_BENCH_OK;
}

/* ---- the run --------------------------------------------------------------------------------- */

/** One job of an experiment, in a process of its own. */
typedef struct task {
    const cn_rp_experiment *experiment;
    const cn_rp_setup *setup;
} task;

static int run_here(FILE *out, const void *arg) {
    const task *t = arg;
    return t->experiment->run(out, t->setup);
}

/** Returns: CN_BENCH_OK, also if the job failed, which a row then says; CN_BENCH_INTERRUPTED; CN_BENCH_FAILURE (out of memory). */
static int run_job(cn_rp_section *s, const cn_rp_setup *setup, const char *job) {
    cn_rp_setup own = *setup;
    char *text, name[64];
    size_t size;
    bool ended;
    own.job = job;
    snprintf(name, sizeof name, "%s%s%s", s->experiment->name, *job ? ", " : "", job);
    if (isatty(STDERR_FILENO)) fprintf(stderr, "\r%s\033[K", name);
    int code = cn_bench_child(&text, &size, &ended, name, run_here, &(task){s->experiment, &own});
    if (isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
    int collected = cn_rp_collect(s, text, size);
    free(text);
    if (code == CN_BENCH_INTERRUPTED || collected != CN_BENCH_OK) return code == CN_BENCH_INTERRUPTED ? code : collected;
    return code == CN_BENCH_OK ? code : cn_rp_add_failed(s, *job ? job : s->experiment->name);
}

/** Returns: as run_job. */
static int run_experiment(cn_rp_section *s, const cn_rp_setup *setup) {
    const char *jobs = s->experiment->jobs;
    int code = CN_BENCH_OK;
    double start = cn_bench_seconds();
    if (!jobs) {
        code = run_job(s, setup, "");
    } else if (strcmp(jobs, "*") == 0) {
        for (size_t i = 0; i < cn_expected_count && code == CN_BENCH_OK; i++)
            code = run_job(s, setup, cn_expected_models[i].name);
    } else {
        char list[128], *rest = list;
        snprintf(list, sizeof list, "%s", jobs);
        for (char *name; code == CN_BENCH_OK && (name = strsep(&rest, " ")) != NULL;) code = run_job(s, setup, name);
    }
    s->seconds = cn_bench_seconds() - start;
    return code;
}

static int run_all(cn_rp_report *r, const options *o) {
    int code = CN_BENCH_OK;
    double start = cn_bench_seconds();
    for (size_t i = 0; i < EXPERIMENTS && code == CN_BENCH_OK; i++) {
        if (!o->chosen[i]) continue;
        cn_rp_section *s = &r->section[r->sections++];
        *s = (cn_rp_section){.experiment = &experiments[i], .left_out = o->setup.quick && experiments[i].is_long};
        if (!s->left_out) code = run_experiment(s, &o->setup);
        if (code == CN_BENCH_OK) cn_rp_print_section(s);
        for (size_t k = 0; k < s->count; k++) {
            int judged = cn_rp_judge(&s->row[k]);
            r->good += judged > 0;
            r->bad += judged < 0;
        }
    }
    r->seconds = cn_bench_seconds() - start;
    return code;
}

static int reproduce(options *o) {
    cn_rp_section section[EXPERIMENTS];
    cn_rp_report r = {.setup = &o->setup, .section = section};
    cn_timing_cpu(o->setup.machine.cpu, sizeof o->setup.machine.cpu);
    o->setup.machine.core_ghz = cn_timing_ghz();
    cn_rp_machine(&r);
    for (size_t i = 0; i < o->notes; i++) {
        char name[32];
        const char *equals = strchr(o->note[i], '=');
        snprintf(name, sizeof name, "%.*s", (int)(equals - o->note[i]), o->note[i]);
        cn_rp_fact_add(&r, name, "%s", equals + 1);
    }
    cn_rp_print_facts(&r);
    int code = run_all(&r, o);
    if (code == CN_BENCH_OK) {
        cn_rp_print_end(&r);
        code = cn_bench_file_write(o->report, cn_rp_write_html, &r);
        if (code == CN_BENCH_OK && o->json) code = cn_bench_file_write(o->json, cn_rp_write_json, &r);
        if (code == CN_BENCH_OK) printf("report: %s\n", o->report);
        if (code == CN_BENCH_OK && r.bad)
            code = cn_bench_fail("%zu rows differ or failed; they are marked in %s", r.bad, o->report);
    }
    for (size_t i = 0; i < r.sections; i++) free(section[i].row);
    return code;
}

int main(int argc, char **argv) {
    options o;
    int code = parse(&o, argc, argv);
    if (code < 0) {
        cn_bench_begin();
        code = check_data(&o);
        if (code == CN_BENCH_OK) code = cn_bench_file_probe(o.report);
        if (code == CN_BENCH_OK && o.json) code = cn_bench_file_probe(o.json);
        if (code == CN_BENCH_OK) code = reproduce(&o);
    }
    if (code == CN_BENCH_INTERRUPTED) cn_bench_fail("interrupted; no report was written");
    bool failed = ferror(stdout);
    if ((fflush(stdout) != 0 || failed) && code == CN_BENCH_OK)
        code = cn_bench_fail("standard output: expected to write the result, found: %s", strerror(errno));
    return code;
}
