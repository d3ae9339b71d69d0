/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Rows of the reproduction: how they are made, sent, judged and put into words. */

#include "bench/reproduce.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *const cn_rp_legend[] = {
    "published: what others reported, see the list of sources; expected: pinned in bench/expected.c, or computed beforehand from "
    "the plan.",
    "ratio: how many times better than published. For times and bytes published / measured, for rates measured / published, for "
    "accuracies the share of wrong images, published / measured. Machines differ: it tells algorithms and hardware together.",
    "verdict: ok or DIFFERS where something is tolerated or not; - for times and for what stands there to be read.",
    "Expected times come from the plan's fixed table of costs: one thread of a 3.2 GHz processor with AVX-512 IFMA and VNNI, "
    "whatever the machine. Other processors take longer.",
    NULL};

cn_rp_row cn_rp_new(const char *subject, const char *name, const char *unit) {
    cn_rp_row r = {.expected = NAN, .limit = NAN, .measured = NAN};
    snprintf(r.subject, sizeof r.subject, "%s", subject);
    snprintf(r.name, sizeof r.name, "%s", name);
    snprintf(r.unit, sizeof r.unit, "%s", unit);
    return r;
}

void cn_rp_note(cn_rp_row *r, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    vsnprintf(r->note, sizeof r->note, fmt, args);
    va_end(args);
}

void cn_rp_put(FILE *to, const cn_rp_row *r) { fwrite(r, sizeof *r, 1, to); }

void cn_rp_put_equal(FILE *to, cn_rp_row *r, double expected, double measured) {
    r->rule = CN_RP_EQUAL;
    r->expected = expected;
    r->measured = measured;
    cn_rp_put(to, r);
}

/* ---- collecting ------------------------------------------------------------------------------ */

static cn_rp_row *more(cn_rp_section *s, size_t count) {
    cn_rp_row *row = realloc(s->row, (s->count + count) * sizeof *row);
    if (!row) {
        cn_bench_fail("out of memory for %zu rows", s->count + count);
        return NULL;
    }
    s->row = row;
    s->count += count;
    return row + s->count - count;
}

int cn_rp_collect(cn_rp_section *s, const char *text, size_t size) {
    size_t count = size / sizeof(cn_rp_row); /* a row of a process that died may be cut short */
    if (count == 0) return CN_BENCH_OK;
    cn_rp_row *row = more(s, count);
    if (!row) return CN_BENCH_FAILURE;
    memcpy(row, text, count * sizeof *row);
    return CN_BENCH_OK;
}

int cn_rp_add_failed(cn_rp_section *s, const char *job) {
    cn_rp_row *row = more(s, 1);
    if (!row) return CN_BENCH_FAILURE;
    *row = cn_rp_new(job, job, "");
    row->failed = true;
    cn_rp_note(row, "could not be run to its end; the reason is on standard error");
    return CN_BENCH_OK;
}

const cn_rp_section *cn_rp_find(const cn_rp_report *r, const char *experiment) {
    for (size_t i = 0; i < r->sections; i++)
        if (strcmp(r->section[i].experiment->name, experiment) == 0 && !r->section[i].left_out) return &r->section[i];
    return NULL;
}

/* ---- judging --------------------------------------------------------------------------------- */

int cn_rp_judge(const cn_rp_row *r) {
    double x = isnan(r->measured) ? r->expected : r->measured;
    bool good = false;
    if (r->failed) return -1;
    switch (r->rule) {
    case CN_RP_NONE: return 0;
    case CN_RP_EQUAL: good = *r->measured_text ? strcmp(r->measured_text, r->expected_text) == 0 : r->measured == r->expected; break;
    case CN_RP_CLOSE: good = fabs(r->measured - r->expected) <= r->tolerance * fabs(r->expected); break;
    case CN_RP_WITHIN: good = x <= r->limit; break;
    }
    return good ? 1 : -1;
}

const char *cn_rp_verdict(const cn_rp_row *r) {
    int judged = cn_rp_judge(r);
    return r->failed ? "FAILED" : judged > 0 ? "ok" : judged < 0 ? "DIFFERS" : "-";
}

double cn_rp_published(const cn_rp_row *r) { return r->published == CN_PUB_NONE ? NAN : cn_published(r->published)->value; }

double cn_rp_ratio(const cn_rp_row *r) {
    double published = cn_rp_published(r);
    switch (r->sense) {
    case CN_RP_LOWER: return published / r->measured;
    case CN_RP_HIGHER: return r->measured / published;
    case CN_RP_SHARE: return (100 - published) / (100 - r->measured);
    }
    return NAN;
}

/* ---- words ----------------------------------------------------------------------------------- */

const char *cn_rp_cell(char out[CN_RP_TEXT], double x, int digits) {
    if (!digits) digits = 4;
    if (!isfinite(x)) snprintf(out, CN_RP_TEXT, "-");
    else if (x == floor(x) && fabs(x) < 1e12) snprintf(out, CN_RP_TEXT, "%.0f", x);
    else if (fabs(x) >= pow(10, digits - 1) && fabs(x) < 1e12) snprintf(out, CN_RP_TEXT, "%.0f", x);
    else snprintf(out, CN_RP_TEXT, "%.*g", digits, x);
    return out;
}

const char *cn_rp_expected_cell(char out[CN_RP_TEXT], const cn_rp_row *r) {
    char x[CN_RP_TEXT], limit[CN_RP_TEXT];
    if (*r->measured_text || *r->expected_text) snprintf(out, CN_RP_TEXT, "%s", *r->expected_text ? r->expected_text : "-");
    else if (isnan(r->limit)) return cn_rp_cell(out, r->expected, r->digits);
    else if (isnan(r->expected)) snprintf(out, CN_RP_TEXT, "<= %.40s", cn_rp_cell(limit, r->limit, r->digits));
    else snprintf(out, CN_RP_TEXT, "%.30s <= %.30s", cn_rp_cell(x, r->expected, r->digits), cn_rp_cell(limit, r->limit, r->digits));
    return out;
}

const char *cn_rp_measured_cell(char out[CN_RP_TEXT], const cn_rp_row *r) {
    if (!*r->measured_text) return cn_rp_cell(out, r->measured, r->digits);
    snprintf(out, CN_RP_TEXT, "%s", r->measured_text);
    return out;
}
