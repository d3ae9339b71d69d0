/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The machine and the build, as far as a program can tell. */

#include "bench/reproduce.h"

#include <gmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/** Names of machines and command lines may hold anything. */
static void make_ascii(char *text) {
    for (; *text; text++)
        if (*text < ' ' || *text > '~') *text = '?';
}

void cn_rp_fact_add(cn_rp_report *r, const char *name, const char *fmt, ...) {
    if (r->facts == CN_RP_FACTS_MAX) return;
    cn_rp_fact *f = &r->fact[r->facts++];
    va_list args;
    snprintf(f->name, sizeof f->name, "%s", name);
    va_start(args, fmt);
    vsnprintf(f->value, sizeof f->value, fmt, args);
    va_end(args);
    make_ascii(f->name);
    make_ascii(f->value);
}

/** The system by its full name.  Returns: false if it does not tell. */
static bool distribution(char *out, size_t size) {
    char line[256];
    bool found = false;
    FILE *f = fopen("/etc/os-release", "r");
    while (f && !found && fgets(line, sizeof line, f)) {
        if (strncmp(line, "PRETTY_NAME=", 12) != 0) continue;
        const char *value = line + 12 + (line[12] == '"');
        snprintf(out, size, "%.*s", (int)strcspn(value, "\"\n"), value);
        found = true;
    }
    if (f) fclose(f);
    return found;
}

void cn_rp_machine(cn_rp_report *r) {
    const cn_rp_setup *s = r->setup;
    struct utsname name;
    char text[128];
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc) && strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &utc)) cn_rp_fact_add(r, "date", "%s", text);
    cn_rp_fact_add(r, "library", "cryptonets %s, GMP %s", cn_version(), gmp_version);
    cn_rp_fact_add(r, "processor", "%s", s->machine.cpu);
    cn_rp_fact_add(r, "frequency", "%.2f GHz, measured: additions that wait for each other", s->machine.core_ghz);
    cn_rp_fact_add(r, "kernels", "%s", cn_kernels_name());
    cn_rp_fact_add(r, "processors online", "%u", cn_bench_processors());
    cn_rp_fact_add(r, "threads", "1 where times are compared (layers, throughput, paper2016), else %u", s->threads);
    double load;
    if (getloadavg(&load, 1) == 1) cn_rp_fact_add(r, "load", "%.2f in the minute before; what other programs take is missing", load);
    cn_rp_fact_add(r, "memory", "%.1f GiB", (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / 0x1p30);
    if (distribution(text, sizeof text)) cn_rp_fact_add(r, "system", "%s", text);
    if (uname(&name) == 0) cn_rp_fact_add(r, "kernel", "%s %s, %s", name.sysname, name.release, name.machine);
#if defined(__clang__)
    cn_rp_fact_add(r, "compiler", "%s", __VERSION__);
#elif defined(__GNUC__)
    cn_rp_fact_add(r, "compiler", "gcc %s", __VERSION__);
#endif
#ifndef __OPTIMIZE__
    cn_rp_fact_add(r, "optimisation", "none: times are not those of a normal build");
#endif
    cn_rp_fact_add(r, "data", s->mnist ? "MNIST test set; its digests are below" : "SYNTHETIC digits, where images are needed");
    if (s->quick) cn_rp_fact_add(r, "extent", "QUICK: 1,000 images, times taken once, no run with the parameters of 2016");
}
