/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The benchmark's results as a JSON file (schema: bench/README.md), under a temporary name first and then renamed, so that a file
 *  of that name is always complete. Links are followed; devices and pipes are written directly. */

#include "bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/json.h"

static void write_layers(cn_json *j, const cn_bench *b) {
    size_t rows;
    const cn_ledger_row *ledger = cn_plan_ledger(b->plan, &rows);
    cn_json_open(j, "layers", '[');
    for (size_t i = 0; i < rows; i++) {
        const cn_ledger_row *l = &ledger[i];
        cn_json_open(j, NULL, '{');
        cn_json_text(j, "name", l->name);
        cn_json_integer(j, "segment", l->segment + 1);
        cn_json_integer(j, "outputs", l->outputs);
        cn_json_integer(j, "operations", l->operations);
        cn_json_integer(j, "limbs", l->limbs);
        cn_json_integer(j, "parts", l->parts);
        cn_json_number(j, "seconds", b->result.row[i]);
        cn_json_number(j, "predicted_noise", l->log2_noise);
        cn_json_number(j, "limit", l->log2_limit);
        if (!isnan(b->result.measured[i])) cn_json_number(j, "measured_noise", b->result.measured[i]);
        cn_json_close(j, '}');
    }
    cn_json_close(j, ']');
}

static void write_document(FILE *out, const cn_bench *b) {
    const cn_bench_result *r = &b->result;
    const cn_params *q = cn_plan_params(b->plan);
    double images = (double)r->images, t_bits = 0;
    cn_json json = {.out = out}, *j = &json;
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "version", cn_version());
    cn_json_text(j, "model", cn_model_name(b->model));
    cn_json_bool(j, "synthetic", !b->options->mnist);
    cn_json_text(j, "scheme", "BFV");
    cn_json_integer(j, "n", q->n);
    cn_json_number(j, "log2_q", cn_params_log2_q(q));
    cn_json_number(j, "log2_qp", cn_params_log2_qp(q));
    cn_json_open(j, "t", '[');
    for (unsigned i = 0; i < q->plains; i++) {
        cn_json_integer(j, NULL, q->t[i]);
        t_bits += log2((double)q->t[i]);
    }
    cn_json_close(j, ']');
    cn_json_number(j, "T_bits", t_bits);
    cn_json_integer(j, "security_bits", CN_SECURITY_BITS);
    cn_json_bool(j, "strict", b->options->plan.strict);
    cn_json_bool(j, "public_key", b->options->plan.public_key);
    cn_json_text(j, "cpu", b->cpu);
    cn_json_integer(j, "threads", b->options->threads);
    cn_json_integer(j, "images", r->images);
    cn_json_integer(j, "slots", b->slots);
    cn_json_integer(j, "batches", r->batches);
    cn_json_number(j, "accuracy", (double)r->correct / images);
    cn_json_number(j, "clear_accuracy", (double)r->clear_correct / images);
    cn_json_integer(j, "mismatched_logits", r->mismatched);
    cn_json_integer(j, "out_of_window", r->out_of_window);
    cn_json_open(j, "seconds", '{');
    cn_json_number(j, "keygen", r->keygen);
    cn_json_number(j, "encrypt", r->encrypt);
    cn_json_number(j, "expand", r->expand);
    cn_json_number(j, "evaluate", r->evaluate);
    cn_json_number(j, "decrypt", r->decrypt);
    cn_json_close(j, '}');
    cn_json_number(j, "images_per_second", images / r->evaluate);
    cn_json_number(j, "images_per_second_wire", images / (r->expand + r->evaluate));
    cn_json_open(j, "bytes", '{');
    cn_json_integer(j, "upload", r->upload);
    cn_json_integer(j, "evaluation_keys", r->evaluation_keys);
    cn_json_integer(j, "download", r->download);
    cn_json_close(j, '}');
    cn_json_integer(j, "peak_rss_bytes", r->peak_rss);
    write_layers(j, b);
    cn_json_close(j, '}');
}

/** What the name stands for. */
typedef struct target {
    char *path;      /* the file itself, symbolic links followed; where it does not exist yet, the name as given */
    char *temporary; /* the file to write and rename; NULL: path is a device or a pipe, written directly */
} target;

static void free_target(target *t) {
    free(t->path);
    free(t->temporary);
}

/** Returns: true, or false with errno set. Release with free_target in both cases. */
static bool find_target(target *t, const char *name) {
    struct stat st;
    *t = (target){.path = realpath(name, NULL)};
    if (t->path || lstat(name, &st) == 0) { /* it exists, at least as a link */
        if (stat(name, &st) != 0) return false;
        if (!S_ISREG(st.st_mode)) {
            if (S_ISDIR(st.st_mode)) errno = EISDIR;
            free(t->path); /* may be no name at all, as for a pipe */
            t->path = strdup(name);
            return t->path && !S_ISDIR(st.st_mode) && access(name, W_OK) == 0;
        }
    } else {
        t->path = strdup(name);
    }
    if (t->path && asprintf(&t->temporary, "%s.%ld.tmp", t->path, (long)getpid()) < 0) t->temporary = NULL;
    return t->path && t->temporary;
}

static int open_target(const target *t) {
    if (!t->temporary) return open(t->path, O_WRONLY | O_CLOEXEC);
    return open(t->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

static int cannot_write(const char *path) {
    return cn_bench_fail("%s: expected to write the results there, found an error (%s); check folder, permissions and free space", path,
                         strerror(errno));
}

/** Hold back the signals that would end the program between creating a temporary file and removing it; or let them through again. */
static void hold_signals(bool hold) {
    static sigset_t before;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    if (hold)
        pthread_sigmask(SIG_BLOCK, &set, &before);
    else
        pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int cn_bench_json_probe(const char *path) {
    int code = CN_BENCH_OK;
    target t;
    hold_signals(true);
    if (!find_target(&t, path)) {
        code = cannot_write(path);
    } else if (t.temporary) {
        int fd = open_target(&t);
        if (fd < 0) code = cannot_write(path);
        if (fd >= 0) unlink(t.temporary), close(fd);
    }
    free_target(&t);
    hold_signals(false);
    return code;
}

int cn_bench_json_write(const cn_bench *b) {
    const char *path = b->options->json;
    target t;
    hold_signals(true);
    int code = CN_BENCH_OK, fd = find_target(&t, path) ? open_target(&t) : -1;
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out) {
        code = cannot_write(path);
        if (fd >= 0) close(fd);
    } else {
        write_document(out, b);
        bool bad = fflush(out) != 0 || ferror(out) || (t.temporary && fsync(fd) != 0);
        if (fclose(out) != 0 || bad || (t.temporary && rename(t.temporary, t.path) != 0)) code = cannot_write(path);
    }
    if (t.temporary && fd >= 0 && code != CN_BENCH_OK) unlink(t.temporary);
    free_target(&t);
    hold_signals(false);
    return code;
}
