/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** cryptonets-mnist: the CryptoNets experiment [Gilad-Bachrach et al., ICML 2016] from a model file to a table of times. This file
 *  finds model and data, plans, and ties the parts together (bench.h). */

#include "bench/bench.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#ifdef CN_TESTING
#include "util/rng.h"
#endif

#define DIGITS_SEED 1 /* of the synthetic digits */

/* ---- what the parts share ------------------------------------------------------------------ */

static volatile sig_atomic_t interrupted;

/** The first SIGINT asks the run to stop; the handler is then gone, and a second one kills. */
static void on_interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

bool cn_bench_interrupted(void) { return interrupted != 0; }

double cn_bench_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int cn_bench_fail(const char *fmt, ...) {
    char text[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (isatty(STDERR_FILENO)) fputs("\r\033[K", stderr); /* the progress line */
    fputs("cryptonets-mnist: ", stderr);
    for (const char *c = text; *c; c++) fputc((unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c, stderr);
    fputc('\n', stderr);
    return CN_BENCH_FAILURE;
}

int cn_bench_fail_library(void) { return cn_bench_interrupted() ? CN_BENCH_INTERRUPTED : cn_bench_fail("%s", cn_error_text()); }

/* ---- model, data, machine ------------------------------------------------------------------ */

/** The folder models beside the program: there when it has not been installed (.libs is where libtool keeps such programs).
 *  Out: folder, PATH_MAX bytes.  Returns: whether there is such a folder. */
static bool beside_program(char *folder) {
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 16);
    if (length <= 0) return false;
    folder[length] = 0;
    *strrchr(folder, '/') = 0;
    char *last = strrchr(folder, '/');
    if (last && strcmp(last, "/.libs") == 0) *last = 0;
    strcat(folder, "/models");
    return access(folder, F_OK) == 0;
}

/** Load a file (a name with a slash or ending in .cnm), or a name from the folders where networks lie. */
static int load_model(cn_model **m, const char *name) {
    size_t length = strlen(name), count = 0;
    char built[PATH_MAX];
    const char *folder[3], *own = getenv("CRYPTONETS_MODELS");
    if (strchr(name, '/') || (length > 4 && strcmp(name + length - 4, ".cnm") == 0))
        return cn_model_load(m, name) == CN_OK ? CN_BENCH_OK : cn_bench_fail_library();
    if (own && *own) folder[count++] = own;
    folder[count++] = CN_MODELS_INSTALLED;
    if (beside_program(built)) folder[count++] = built;
    for (size_t i = 0; i < count; i++) {
        char path[4096];
        if ((size_t)snprintf(path, sizeof path, "%s/%s.cnm", folder[i], name) >= sizeof path || access(path, F_OK) != 0) continue;
        return cn_model_load(m, path) == CN_OK ? CN_BENCH_OK : cn_bench_fail_library();
    }
    return cn_bench_fail("model %s: expected %s.cnm in %s%s%s, found none; name a model that is there, a file, or set CRYPTONETS_MODELS",
                         name, name, folder[0], count > 1 ? " or " : "", count > 1 ? folder[1] : "");
}

/** The images: MNIST, or digits drawn for one batch. */
static int load_data(cn_bench *b) {
    const cn_bench_options *o = b->options;
    cn_status status = o->mnist ? cn_dataset_load_mnist(&b->data, o->mnist, o->limit)
                                : cn_dataset_draw_digits(&b->data, o->limit ? o->limit : b->batch, DIGITS_SEED);
    if (status != CN_OK) return cn_bench_fail_library();
    size_t inputs = cn_model_inputs(b->model);
    if (b->data.height * b->data.width != inputs)
        return cn_bench_fail("%s: expected images of %zu pixels for model %s, found %zu x %zu", o->mnist ? o->mnist : "digits", inputs,
                             cn_model_name(b->model), b->data.height, b->data.width);
    return CN_BENCH_OK;
}

/** The processor as it calls itself, or else the architecture. */
static void describe_cpu(char *out, size_t size) {
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

/* ---- the program --------------------------------------------------------------------------- */

static int execute(cn_bench *b) {
    const cn_bench_options *o = b->options;
    int code = o->json ? cn_bench_json_probe(o->json) : CN_BENCH_OK;
    if (code == CN_BENCH_OK) code = load_model(&b->model, o->model);
    if (code == CN_BENCH_OK && cn_plan_new(&b->plan, b->model, &o->plan) != CN_OK) code = cn_bench_fail_library();
    if (code != CN_BENCH_OK) return code;

    b->slots = cn_plan_params(b->plan)->n;
    b->batch = o->batch ? o->batch : b->slots;
    if (b->batch > b->slots) return cn_bench_fail("--batch %zu: expected at most %zu, the slots of this plan", b->batch, b->slots);
    code = load_data(b);
    if (code != CN_BENCH_OK) return code;
    if (b->batch > b->data.count) b->batch = b->data.count;
    describe_cpu(b->cpu, sizeof b->cpu);

    cn_bench_print_setup(b);
    code = cn_bench_run(b);
    if (code != CN_BENCH_OK) return code;
    cn_bench_print_results(b);
    if (cn_bench_interrupted()) return CN_BENCH_INTERRUPTED;
    if (o->json) code = cn_bench_json_write(b);
    if (b->result.mismatched)
        code = cn_bench_fail("%zu of %zu decrypted scores differ from the clear network; this is a defect: please report it",
                             b->result.mismatched, b->result.scores);
    return code;
}

/** Remarks of the library, such as an unknown kernel table in CRYPTONETS_CPU. */
static void on_remark(void *user, const char *line) {
    (void)user;
    fprintf(stderr, "cryptonets-mnist: %s\n", line);
}

int main(int argc, char **argv) {
    cn_bench_options options;
    int code = cn_bench_parse(&options, argc, argv);
    if (code < 0) {
        struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
        sigaction(SIGINT, &action, NULL);
        cn_set_log(on_remark, NULL);
#ifdef CN_TESTING
        if (options.seeded) cn_test_rng_deterministic(options.seed);
#endif
        cn_bench bench = {.options = &options};
        code = execute(&bench);
        cn_plan_free(bench.plan);
        cn_model_free(bench.model);
        cn_dataset_clear(&bench.data);
    }
    if (code == CN_BENCH_INTERRUPTED) cn_bench_fail("interrupted; no result was written");
    /* Results may be in a pipe or on a full disk: they count only when they have been written. */
    bool failed = ferror(stdout);
    if ((fflush(stdout) != 0 || failed) && code == CN_BENCH_OK)
        code = cn_bench_fail("standard output: expected to write the result, found: %s", strerror(errno));
    return code;
}
