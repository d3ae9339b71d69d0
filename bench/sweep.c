/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The sweep: model after model, one table.
 *
 *  Each model runs in a process of its own, which begins as a copy of this one, small as it is: its peak memory is that of the run
 *  alone, and a failure, even a crash, stays its own. It sends its line of the table, then its JSON object, through a pipe. */

#include "bench/bench.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/** What is known of a run once its process has ended. */
typedef struct run {
    const char *model;
    cn_scheme scheme;
    char *line, *json; /* NULL: there is no result; json points into line */
} run;

typedef struct sweep {
    const cn_bench *machine;
    size_t count;
    run *run;
} sweep;

/* ---- the table ----------------------------------------------------------------------------- */

static void print_header(void) {
    printf("\n%-16s %-6s %8s %7s %6s %6s %7s %9s %9s %9s %9s %9s %7s %8s %10s\n", "model", "scheme", "accuracy", "T", "n", "primes",
           "QP", "evaluate", "+ expand", "encrypt", "decrypt", "upload", "key", "peak", "mismatches");
    printf("%-16s %-6s %8s %7s %6s %6s %7s %9s %9s %9s %9s %9s %7s %8s %10s\n", "", "", "%", "log2", "", "", "log2", "images/s", "images/s",
           "us/image", "us/image", "KiB/image", "MiB", "MiB", "scores");
    fflush(stdout);
}

static void write_line(FILE *out, const cn_bench *b) {
    const cn_bench_result *r = &b->result;
    const cn_params *p = cn_plan_params(b->plan);
    double images = (double)r->images, mib = (double)CN_MIB;
    fprintf(out, "%-16s %-6s %8.2f %7.2f %6zu %6u %7.1f %9.1f %9.1f %9.1f %9.2f %9.2f %7.2f %8.1f %10zu\n", cn_model_name(b->model),
            cn_scheme_name(p->scheme),
            100 * (double)r->correct / images, cn_bench_t_bits(p), p->n, p->limbs, cn_params_log2_qp(p), images / r->evaluate,
            images / (r->expand + r->evaluate), 1e6 * r->encrypt / images, 1e6 * r->decrypt / images,
            cn_bench_upload_per_image(b) / 1024, (double)r->evaluation_keys / mib, (double)r->peak_rss / mib, r->mismatched);
}

/* ---- one model ----------------------------------------------------------------------------- */

/** The process of one model.  Returns: its exit code. */
static int run_here(const cn_bench *machine, const run *r, int to) {
    cn_bench b = *machine;
    cn_bench_options options = *machine->options;
    if (r->scheme != options.plan.scheme) options.batch = 0; /* the slots differ */
    options.plan.scheme = r->scheme;
    b.options = &options;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* alone it would be of no use */
    int code = cn_bench_prepare(&b, r->model);
    if (code == CN_BENCH_OK) code = cn_bench_run(&b);
    FILE *out = code == CN_BENCH_OK ? fdopen(to, "w") : NULL;
    if (out) {
        cn_json j = {.out = out, .depth = 2}; /* inside the list of the document */
        write_line(out, &b);
        cn_bench_json_run(&j, &b);
        code = cn_bench_verdict(&b);
        if (fclose(out) != 0) code = CN_BENCH_FAILURE;
    }
    cn_bench_clear(&b);
    return code;
}

/** All that a process writes until it ends. An interruption is handed on.  Returns: text to be released with free, or NULL. */
static char *read_all(int from, pid_t child) {
    char *text = NULL, part[4096];
    size_t size;
    bool told = false;
    FILE *all = open_memstream(&text, &size);
    struct pollfd ready = {.fd = from, .events = POLLIN};
    for (ssize_t got = 1; got > 0;) {
        if (cn_bench_interrupted() && !told) told = kill(child, SIGINT) == 0;
        if (poll(&ready, 1, 100) <= 0) continue;
        got = read(from, part, sizeof part);
        if (all && got > 0) fwrite(part, 1, (size_t)got, all);
    }
    if (all) fclose(all);
    return text;
}

/** Run one model and print its line.  Returns: an exit code. */
static int run_model(run *r, const cn_bench *machine) {
    int end[2] = {-1, -1}, status;
    fflush(stdout); /* or both would write what is left in it */
    pid_t child = pipe(end) == 0 ? fork() : -1;
    if (child == 0) {
        close(end[0]);
        _exit(run_here(machine, r, end[1]));
    }
    if (end[1] >= 0) close(end[1]);
    int code = CN_BENCH_FAILURE;
    if (child < 0) cn_bench_fail("%s: cannot start a process: %s; free memory or processes", r->model, strerror(errno));
    char *text = child > 0 ? read_all(end[0], child) : NULL, *line_end = text ? strchr(text, '\n') : NULL;
    if (end[0] >= 0) close(end[0]);
    if (child > 0 && waitpid(child, &status, 0) == child) {
        if (WIFEXITED(status)) code = WEXITSTATUS(status);
        else if (!cn_bench_interrupted())
            cn_bench_fail("%s: its process was ended by signal %d (%s)", r->model, WTERMSIG(status), strsignal(WTERMSIG(status)));
        if (WIFEXITED(status) && line_end) {
            *line_end = 0;
            r->line = text, r->json = line_end + 1;
        }
    }
    if (cn_bench_interrupted()) code = CN_BENCH_INTERRUPTED;
    if (!r->line) free(text);
    if (r->line || code != CN_BENCH_INTERRUPTED) printf(r->line ? "%s\n" : "%-16s failed\n", r->line ? r->line : r->model);
    fflush(stdout);
    return code;
}

/* ---- all of them --------------------------------------------------------------------------- */

static void write_document(FILE *out, const void *arg) {
    const sweep *s = arg;
    cn_json json = {.out = out}, *j = &json;
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "version", cn_version());
    cn_json_text(j, "cpu", s->machine->cpu);
    cn_json_text(j, "kernels", cn_kernels_name());
    cn_json_integer(j, "threads", s->machine->options->threads);
    cn_json_open(j, "runs", '[');
    for (size_t i = 0; i < s->count; i++)
        if (s->run[i].json) cn_json_fragment(j, s->run[i].json);
    cn_json_close(j, ']');
    cn_json_open(j, "failed", '[');
    for (size_t i = 0; i < s->count; i++)
        if (!s->run[i].json) cn_json_text(j, NULL, s->run[i].model);
    cn_json_close(j, ']');
    cn_json_close(j, '}');
}

/** Names between commas, in place.  Out: *names as of cn_bench_list_models.  Returns: an exit code. */
static int split_names(char ***names, size_t *count, const char *list) {
    char *copy = strdup(list), *rest = copy;
    *count = 0;
    *names = copy ? calloc(strlen(list) + 1, sizeof **names) : NULL;
    for (char *name; *names && (name = strsep(&rest, ",")) != NULL;)
        if (*name && ((*names)[*count] = strdup(name)) != NULL) ++*count;
    free(copy);
    if (*count) return CN_BENCH_OK;
    free(*names);
    return cn_bench_fail("--model: expected names with commas between, found '%s'", list);
}

int cn_bench_sweep(const cn_bench *machine) {
    const cn_bench_options *o = machine->options;
    char **name;
    sweep s = {.machine = machine};
    int code = o->model ? split_names(&name, &s.count, o->model) : cn_bench_list_models(&name, &s.count);
    if (code != CN_BENCH_OK) return code;
    size_t names = s.count, schemes = o->plan.scheme == CN_SCHEME_BFV ? 1 : 2; /* another scheme stands beside BFV */
    s.count = names * schemes;
    s.run = calloc(s.count, sizeof *s.run);
    if (!s.run) code = cn_bench_fail("out of memory for %zu models", s.count);
    cn_bench_print_machine(machine);
    printf("data         %s%s; ", o->mnist ? "MNIST test set in " : "SYNTHETIC digits, easier than MNIST", o->mnist ? o->mnist : "");
    if (o->limit) printf("at most %zu images each\n", o->limit);
    else puts("one full batch each");
    if (*cn_scheme_label(o->plan.scheme)) printf("%-12s %s\n", cn_scheme_name(o->plan.scheme), cn_scheme_label(o->plan.scheme));
    print_header();
    for (size_t i = 0; s.run && i < s.count && code != CN_BENCH_INTERRUPTED; i++) {
        s.run[i].model = name[i / schemes];
        s.run[i].scheme = i % schemes ? CN_SCHEME_BFV : o->plan.scheme;
        int result = run_model(&s.run[i], machine);
        if (result != CN_BENCH_OK) code = result;
    }
    if (o->json && s.run && code != CN_BENCH_INTERRUPTED) {
        int written = cn_bench_json_write(o->json, write_document, &s);
        if (written != CN_BENCH_OK) code = written;
    }
    for (size_t i = 0; i < s.count; i++) {
        if (s.run) free(s.run[i].line);
    }
    for (size_t i = 0; i < names; i++) free(name[i]);
    free(s.run);
    free(name);
    return code;
}
