/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Samples of the time of a function, the machine they are taken on, and the frame of the programs that take them. */

#include "bench/timing.h"

#include <getopt.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "bench/common.h"

#define SAMPLE_NS 2e6 /* long against the clock's resolution and the first run with other caches, short against a scheduler's time slice */
#define REPEATS_MAX ((size_t)1 << 24)
#define GHZ_SAMPLES 50
#define GHZ_ADDS 400000    /* in a sample, a multiple of 8 */

/* ---- samples ------------------------------------------------------------------------------- */

static double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

/** Nanoseconds that repeats runs take together, preparation left out. */
static double time_runs(const cn_timed *t, size_t repeats) {
    double start, sum = 0;
    if (t->prepare) {
        for (size_t i = 0; i < repeats; i++) {
            t->prepare(t->arg);
            start = now_ns();
            t->run(t->arg);
            sum += now_ns() - start;
        }
        return sum;
    }
    start = now_ns();
    for (size_t i = 0; i < repeats; i++) t->run(t->arg);
    return now_ns() - start;
}

double cn_timing_sample(cn_timed *t) {
    time_runs(t, 1); /* warm-up: caches, branch history, vector units */
    if (!t->repeats)
        for (t->repeats = 1; t->repeats < REPEATS_MAX && time_runs(t, t->repeats) < SAMPLE_NS;) t->repeats *= 2;
    return time_runs(t, t->repeats) / (double)t->repeats;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double cn_timing_min(const double *sample, size_t count) {
    double least = sample[0];
    for (size_t i = 1; i < count; i++) least = sample[i] < least ? sample[i] : least;
    return least;
}

double cn_timing_median(double *sample, size_t count) {
    qsort(sample, count, sizeof *sample, compare);
    return (sample[(count - 1) / 2] + sample[count / 2]) / 2;
}

/* ---- the machine --------------------------------------------------------------------------- */

void cn_timing_move(size_t round) {
    static cpu_set_t allowed;
    static size_t count;
    cpu_set_t one;
    if (!count && sched_getaffinity(0, sizeof allowed, &allowed) == 0) count = (size_t)CPU_COUNT(&allowed);
    if (count < 2) return;
    size_t left = round % count;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &allowed) || left-- != 0) continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        sched_setaffinity(0, sizeof one, &one); /* a wish: without it the scheduler chooses */
        return;
    }
}

/* x += y in one instruction that depends on the last one. Register to register: newer processors carry out additions of
 * constants while they rename registers, several per cycle. */
#if defined(__x86_64__)
#define ADD(x, y) __asm__ volatile("addq %1, %0" : "+r"(x) : "r"(y) : "cc")
#elif defined(__aarch64__)
#define ADD(x, y) __asm__ volatile("add %0, %0, %1" : "+r"(x) : "r"(y))
#else
#define ADD(x, y) do { (x) += (y); __asm__ volatile("" : "+r"(x)); } while (0)
#endif

static void add_chain(void *arg) {
    uint64_t x = *(uint64_t *)arg, y = x;
    for (unsigned i = 0; i < GHZ_ADDS / 8; i++) {
        ADD(x, y); ADD(x, y); ADD(x, y); ADD(x, y);
        ADD(x, y); ADD(x, y); ADD(x, y); ADD(x, y);
    }
    *(uint64_t *)arg = x;
}

double cn_timing_ghz(void) {
    uint64_t x = 1;
    double sample[GHZ_SAMPLES];
    cpu_set_t before;
    bool restore = sched_getaffinity(0, sizeof before, &before) == 0;
    cn_timed chain = {.run = add_chain, .arg = &x, .repeats = 1};
    for (unsigned i = 0; i < GHZ_SAMPLES; i++) {
        cn_timing_move(i);
        sample[i] = cn_timing_sample(&chain);
    }
    if (restore) sched_setaffinity(0, sizeof before, &before);
    return GHZ_ADDS / cn_timing_min(sample, GHZ_SAMPLES);
}

void cn_timing_cpu(char *out, size_t size) {
    char line[256];
    struct utsname name;
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(out, size, "%s", uname(&name) == 0 ? name.machine : "unknown processor");
    while (f && fgets(line, sizeof line, f)) {
        const char *value = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !value) continue;
        value += 1 + strspn(value + 1, " \t");
        snprintf(out, size, "%.*s", (int)strcspn(value, "\n"), value);
        break;
    }
    if (f) fclose(f);
}

/* ---- the command line ---------------------------------------------------------------------- */

static int usage(const char *what, const char *word) {
    cn_bench_fail("%s '%s'; try '%s --help'", what, word, cn_bench_program);
    return CN_BENCH_USAGE;
}

static void print_help(const char *purpose, bool costs) {
    printf("Usage: %s [OPTION]...\n%s\n"
           "Options:\n"
           "      --quick          %d samples each instead of %d\n"
           "      --only=NAME      time this one alone\n"
           "      --json=FILE      write the results to FILE, too (bench/README.md)\n%s"
           "  -h, --help           print this text and exit\n"
           "  -V, --version        print the version and exit\n"
           "\n"
           "Exit codes: 0 done, 1 failed, 2 command line not understood.\n",
           cn_bench_program, purpose, CN_TIMING_SAMPLES_QUICK, CN_TIMING_SAMPLES,
           costs ? "      --costs=FILE     write costs of this machine to FILE, for cryptonets plan --costs=FILE; of the instruction\n"
                   "                       set that the library would choose; not with --only\n" : "");
}

int cn_timing_parse(cn_timing_options *o, int argc, char **argv, const char *purpose, bool costs) {
    enum { QUICK = 256, ONLY, JSON, COSTS };
    const struct option options[] = {
        {"quick", no_argument, NULL, QUICK},
        {"only", required_argument, NULL, ONLY},
        {"json", required_argument, NULL, JSON},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {costs ? "costs" : NULL, required_argument, NULL, COSTS},
        {NULL, 0, NULL, 0}};
    *o = (cn_timing_options){0};
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":hV", options, NULL)) != -1) {
        switch (option) {
        case 'h': print_help(purpose, costs); return 0;
        case 'V': printf("%s %s\n", cn_bench_program, cn_version()); return 0;
        case QUICK: o->quick = true; break;
        case ONLY: o->only = optarg; break;
        case JSON: o->path = optarg; break;
        case COSTS: o->costs = optarg; break;
        case ':': return usage("expected an argument after", argv[optind - 1]);
        default: return usage("expected one of its options, found", argv[optind - 1]);
        }
    }
    if (optind < argc) return usage("expected options only, found", argv[optind]);
    if (o->costs && o->only) return usage("expected all kernels with --costs, found --only", o->only);
    return -1;
}

int cn_timing_unknown(const cn_timing_options *o) {
    return usage("expected a name of the table after --only, found", o->only);
}

int cn_timing_open(cn_timing_options *o) {
    int code = o->costs ? cn_bench_file_probe(o->costs) : CN_BENCH_OK;
    if (code != CN_BENCH_OK || !o->path) return code;
    code = cn_bench_file_probe(o->path);
    if (code != CN_BENCH_OK) return code;
    o->json = open_memstream(&o->text, &o->size);
    return o->json ? CN_BENCH_OK : cn_bench_fail("out of memory for the results");
}

static void write_text(FILE *out, const void *options) {
    const cn_timing_options *o = options;
    fwrite(o->text, 1, o->size, out);
}

int cn_timing_finish(cn_timing_options *o, bool good) {
    if (!o->json) return CN_BENCH_OK;
    bool bad = ferror(o->json) != 0;
    bad |= fclose(o->json) != 0;
    o->json = NULL;
    int code = bad ? cn_bench_fail("out of memory for the results") : CN_BENCH_OK;
    if (good && code == CN_BENCH_OK) code = cn_bench_file_write(o->path, write_text, o);
    free(o->text);
    o->text = NULL;
    return code;
}
