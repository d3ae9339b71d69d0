/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** bench-kernels: the time of every kernel with every instruction set that this processor runs, beside a bound from the
 *  number of instructions. Not installed: it sees internal functions.
 *
 *  The library chooses its instruction set once per process. So there is one worker process for each, forked before the
 *  choice and made to choose by CRYPTONETS_CPU; the parent asks them for one sample in turn. Every function is thus timed as
 *  the library runs it, and neighbouring samples of different instruction sets see the same disturbances. */

#include "bench/bench_kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/common.h"
#include "util/json.h"

const char *const cn_bench_program = "bench-kernels";

typedef cn_bk_work work;
typedef cn_bk_kernel kernel;

/* ---- workers --------------------------------------------------------------------------------- */

/** What a worker is asked for, one sample, and what it answers. */
typedef struct question {
    size_t number, round;       /* of the kernel, of the sample */
} question;

typedef struct answer {
    double ns;                  /* per run */
    double stage_ns[CN_STAGES]; /* of a segment */
    size_t n, units[CN_BK_COUNTS];
} answer;

typedef struct worker {
    cn_isa isa;
    pid_t pid;
    int link;                   /* socket to it */
} worker;

/** Set up kernel k in place of what w holds.  Returns: whether all went well. */
static bool change_kernel(work *w, cn_timed *timed, const kernel *k, cn_isa isa) {
    cn_bk_clear(w);
    if (cn_isa_chosen() != isa || cn_bk_start(w, k) != CN_OK) {
        cn_bench_fail("%s, %s: %s", k->name, cn_isa_name(isa), cn_error_text());
        return false;
    }
    *timed = (cn_timed){.run = k->run, .prepare = k->prepare, .arg = w};
    return true;
}

static answer take_sample(work *w, cn_timed *timed) {
    cn_bk_segment *s = &w->segment;
    memset(s->seconds, 0, sizeof s->seconds);
    s->runs = 0;
    answer a = {.ns = cn_timing_sample(timed), .n = w->n};
    memcpy(a.units, w->units, sizeof a.units);
    for (unsigned i = 0; s->runs && i < CN_STAGES; i++) a.stage_ns[i] = 1e9 * s->seconds[i] / (double)s->runs;
    return a;
}

/** Answer until the parent closes its end.  Returns: an exit code. */
static int serve(int link, cn_isa isa) {
    static work w;
    cn_timed timed;
    question q;
    setenv("CRYPTONETS_CPU", cn_isa_name(isa), 1);
    while (recv(link, &q, sizeof q, 0) == (ssize_t)sizeof q) {
        if (w.kernel != &cn_bk_kernels[q.number] && !change_kernel(&w, &timed, &cn_bk_kernels[q.number], isa)) return 1;
        cn_timing_move(q.round);
        answer a = take_sample(&w, &timed);
        if (send(link, &a, sizeof a, MSG_NOSIGNAL) != (ssize_t)sizeof a) break;
    }
    cn_bk_clear(&w);
    return 0;
}

/** Start one worker for each instruction set that runs here.  Returns: how many; 0 on failure. */
static size_t start_workers(worker *w) {
    size_t count = 0;
    for (unsigned isa = 0; isa < CN_ISAS; isa++) {
        int end[2];
        if (!cn_isa_runs((cn_isa)isa)) continue;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end) != 0) return 0;
        pid_t pid = fork();
        if (pid < 0) return 0;
        if (pid == 0) {
            close(end[0]);
            for (size_t i = 0; i < count; i++) close(w[i].link);
            exit(serve(end[1], (cn_isa)isa));
        }
        close(end[1]);
        w[count++] = (worker){(cn_isa)isa, pid, end[0]};
    }
    return count;
}

static bool ask(answer *a, const worker *w, question q) {
    return send(w->link, &q, sizeof q, MSG_NOSIGNAL) == (ssize_t)sizeof q &&
           recv(w->link, a, sizeof *a, 0) == (ssize_t)sizeof *a;
}

/** Returns: whether all ended well. */
static bool stop_workers(worker *w, size_t count) {
    bool good = true;
    for (size_t i = 0; i < count; i++) close(w[i].link);
    for (size_t i = 0; i < count; i++) {
        int code;
        good &= waitpid(w[i].pid, &code, 0) == w[i].pid && WIFEXITED(code) && WEXITSTATUS(code) == 0;
    }
    return good;
}

/* ---- results --------------------------------------------------------------------------------- */

/** All samples of one kernel, one row for each instruction set. */
typedef struct samples {
    double ns[CN_ISAS][CN_TIMING_SAMPLES], stage_ns[CN_ISAS][CN_STAGES]; /* stages: the least */
    size_t n, units[CN_BK_COUNTS], count;
} samples;

static bool take_samples(samples *s, const worker *w, size_t workers, size_t number) {
    for (size_t round = 0; round < s->count; round++)
        for (size_t i = 0; i < workers; i++) {
            answer a;
            if (!ask(&a, &w[i], (question){number, round})) return false;
            s->ns[i][round] = a.ns, s->n = a.n;
            memcpy(s->units, a.units, sizeof s->units);
            for (unsigned k = 0; k < CN_STAGES; k++)
                s->stage_ns[i][k] = round ? fmin(s->stage_ns[i][k], a.stage_ns[k]) : a.stage_ns[k];
        }
    return true;
}

/** Parts of a segment's time. */
static void report_shares(cn_json *j, const double ns[CN_STAGES]) {
    static const char *const name[CN_STAGES] = {"conv", "square", "dense"};
    double sum = ns[0] + ns[1] + ns[2];
    printf("  conv %.1f, square %.1f, dense %.1f ns; shares %.1f %%, %.1f %%, %.1f %%; conv and square %.1f %%\n", ns[0], ns[1], ns[2],
           100 * ns[0] / sum, 100 * ns[1] / sum, 100 * ns[2] / sum, 100 * (ns[0] + ns[1]) / sum);
    if (!j->out) return;
    cn_json_open(j, "shares", '{');
    for (unsigned i = 0; i < CN_STAGES; i++) cn_json_number(j, name[i], ns[i] / sum);
    cn_json_close(j, '}');
}

static void number_or_dash(int width, int digits, double x) {
    if (isnan(x)) printf(" %*s", width, "-");
    else printf(" %*.*f", width, digits, x);
}

/** One line of the table and one record, the samples of one instruction set. */
static void report(cn_json *j, const kernel *k, const worker *w, samples *s, size_t i, double ghz) {
    double ratio[CN_TIMING_SAMPLES];
    for (size_t r = 0; r < s->count; r++) ratio[r] = s->ns[0][r] / s->ns[i][r]; /* of one round */
    double faster = cn_timing_median(ratio, s->count), least = cn_timing_min(s->ns[i], s->count);
    double copy[CN_TIMING_SAMPLES];
    memcpy(copy, s->ns[i], sizeof copy);
    double median = cn_timing_median(copy, s->count), cycles = least * ghz / (double)s->n;
    double limit = cn_bk_bound_cycles(k, w->isa, s->units) / ghz;
    printf("%-15s %8zu %-10s %11.1f %11.1f %9.3f", k->name, s->n, cn_isa_name(w->isa), least, median, cycles);
    number_or_dash(11, 1, limit);
    number_or_dash(5, 2, limit / least);
    printf(" %6.2f\n", faster);
    if (j->out) {
        cn_json_open(j, NULL, '{');
        cn_json_text(j, "name", k->name);
        cn_json_text(j, "isa", cn_isa_name(w->isa));
        cn_json_integer(j, "n", s->n);
        cn_json_number(j, "ns_min", least);
        cn_json_number(j, "ns_median", median);
        cn_json_number(j, "cycles_per_element", cycles);
        cn_json_number(j, "bound_ns", limit);
        cn_json_number(j, "fraction", limit / least);
        cn_json_number(j, "ratio_to_portable", faster);
    }
    if (k->bound == CN_BK_SEGMENT) report_shares(j, s->stage_ns[i]), cn_bk_print_segment(w->isa, s->units);
    if (j->out) cn_json_close(j, '}');
}

static bool wanted(const cn_timing_options *o, const kernel *k) { return !o->only || strcmp(o->only, k->name) == 0; }

/** Returns: whether all went well.  Out: time [cn_bk_count] of the kernels that are wanted, with the instruction set isa. */
static bool run_all(cn_bk_time *time, cn_isa isa, const cn_timing_options *o, const worker *w, size_t workers) {
    char cpu[128];
    double ghz = cn_timing_ghz();
    cn_json json = {.out = o->json}, *j = &json;
    cn_timing_cpu(cpu, sizeof cpu);
    if (j->out) {
        cn_json_open(j, NULL, '{');
        cn_json_text(j, "version", cn_version());
        cn_json_text(j, "cpu", cpu);
        cn_json_number(j, "core_ghz", ghz);
        cn_json_integer(j, "samples", cn_timing_samples(o));
        cn_json_open(j, "kernels", '[');
    }
    printf("%s, %.3f GHz, %zu samples; times in ns\n", cpu, ghz, cn_timing_samples(o));
    printf("%-15s %8s %-10s %11s %11s %9s %11s %5s %6s\n", "kernel", "n", "isa", "min", "median", "cycles/n", "bound", "frac",
           "faster");
    for (size_t number = 0; number < cn_bk_count; number++) {
        samples s = {.count = cn_timing_samples(o)};
        if (!wanted(o, &cn_bk_kernels[number])) continue;
        if (!take_samples(&s, w, workers, number)) return false;
        for (size_t i = 0; i < workers; i++) {
            report(j, &cn_bk_kernels[number], &w[i], &s, i, ghz);
            if (w[i].isa == isa) time[number] = (cn_bk_time){cn_timing_min(s.ns[i], s.count), s.n, s.units[CN_BK_UNITS]};
        }
        fflush(stdout);
    }
    if (j->out) cn_json_close(j, ']'), cn_json_close(j, '}');
    return true;
}

int main(int argc, char **argv) {
    cn_timing_options o;
    int code = cn_timing_parse(&o, argc, argv, "Time every kernel with every instruction set that this processor runs.\n", true);
    if (code >= 0) return code;
    size_t known = 0, workers;
    worker w[CN_ISAS];
    bool segment = false;
    for (size_t i = 0; i < cn_bk_count; i++) {
        known += wanted(&o, &cn_bk_kernels[i]);
        segment |= wanted(&o, &cn_bk_kernels[i]) && cn_bk_kernels[i].bound == CN_BK_SEGMENT;
    }
    if (!known) return cn_timing_unknown(&o);
    if (segment && (code = cn_bk_segment_load()) != CN_BENCH_OK) return code;
    workers = start_workers(w); /* before anything chooses an instruction set, or is printed */
    if (cn_timing_open(&o) != 0) return stop_workers(w, workers), 1;
    cn_bk_time *time = calloc(cn_bk_count, sizeof *time);
    cn_isa isa = cn_isa_chosen();
    bool good = time && workers && run_all(time, isa, &o, w, workers);
    good &= stop_workers(w, workers);
    cn_bk_segment_unload();
    if (!good) cn_bench_fail(time ? "a worker process failed" : "out of memory for the results");
    if (good && o.costs) good = cn_bk_write_costs(o.costs, time, isa) == CN_BENCH_OK;
    free(time);
    return cn_timing_finish(&o, good) != CN_BENCH_OK || !good;
}
