/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The sweep: model after model, one table. Each model runs in a process of its own (child.c), which sends its line of the table,
 *  then its JSON object. */

#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>

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

/** What the process of a model needs. */
typedef struct task {
    const cn_bench *machine;
    const run *run;
} task;

/** The process of one model: a line of the table, then a JSON object.  Returns: its exit code. */
static int run_here(FILE *out, const void *arg) {
    const task *t = arg;
    cn_bench b = *t->machine;
    cn_bench_options options = *t->machine->options;
    if (t->run->scheme != options.plan.scheme) options.batch = 0; /* the slots differ */
    options.plan.scheme = t->run->scheme;
    b.options = &options;
    int code = cn_bench_prepare(&b, t->run->model);
    if (code == CN_BENCH_OK) code = cn_bench_run(&b);
    if (code == CN_BENCH_OK) {
        cn_json j = {.out = out, .depth = 2}; /* inside the list of the document */
        write_line(out, &b);
        cn_bench_json_run(&j, &b);
        code = cn_bench_verdict(&b);
    }
    cn_bench_clear(&b);
    return code;
}

/** Run one model and print its line.  Returns: an exit code. */
static int run_model(run *r, const cn_bench *machine) {
    char *text;
    size_t size;
    bool ended;
    int code = cn_bench_child(&text, &size, &ended, r->model, run_here, &(task){machine, r});
    char *line_end = text ? strchr(text, '\n') : NULL;
    if (ended && line_end) {
        *line_end = 0;
        r->line = text, r->json = line_end + 1;
    } else {
        free(text);
    }
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
        int written = cn_bench_file_write(o->json, write_document, &s);
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
