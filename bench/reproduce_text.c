/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The reproduction on the terminal and as JSON. */

#include <math.h>
#include <string.h>

#include "bench/reproduce.h"

/* ---- terminal -------------------------------------------------------------------------------- */

void cn_rp_print_facts(const cn_rp_report *r) {
    for (size_t i = 0; i < r->facts; i++) printf("%-18s %s\n", r->fact[i].name, r->fact[i].value);
    fflush(stdout);
}

/** A digest: a line of its own, and the pinned one below if it is another. */
static void print_digest(const cn_rp_row *r) {
    printf("%-50s %-9s %s\n", r->name, cn_rp_verdict(r), r->measured_text);
    if (cn_rp_judge(r) < 0) printf("%-50s %-9s %s\n", "", "expected", r->expected_text);
}

void cn_rp_print_section(const cn_rp_section *s) {
    char published[CN_RP_TEXT], expected[CN_RP_TEXT], measured[CN_RP_TEXT], ratio[CN_RP_TEXT];
    bool header = false;
    printf("\n%s: %s\n", s->experiment->name, s->experiment->title);
    if (s->left_out) {
        puts("  left out by --quick");
        return;
    }
    for (size_t i = 0; i < s->count; i++) {
        const cn_rp_row *r = &s->row[i];
        if (*r->measured_text) {
            print_digest(r);
            continue;
        }
        if (!header)
            printf("%-50s %-11s %11s %16s %11s %8s %s\n", "", "unit", "published", "expected", "measured", "ratio", "verdict");
        header = true;
        printf("%-50s %-11s %11s %16s %11s %8s %s\n", r->name, r->unit, cn_rp_cell(published, cn_rp_published(r), 5),
               cn_rp_expected_cell(expected, r), cn_rp_measured_cell(measured, r), cn_rp_cell(ratio, cn_rp_ratio(r), 3),
               cn_rp_verdict(r));
        if (cn_rp_judge(r) < 0 && *r->note) printf("    %s\n", r->note);
    }
    printf("  %s: %.1f s\n", s->experiment->name, s->seconds);
    fflush(stdout);
}

void cn_rp_print_end(const cn_rp_report *r) {
    putchar('\n');
    for (const char *const *line = cn_rp_legend; *line; line++) puts(*line);
    printf("\n%zu rows ok, %zu not; %.0f s\n", r->good, r->bad, r->seconds);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void write_row(cn_json *j, const cn_rp_row *r) {
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "name", r->name);
    cn_json_text(j, "unit", r->unit);
    cn_json_number(j, "published", cn_rp_published(r));
    if (r->published) cn_json_integer(j, "source", r->published);
    if (*r->measured_text) {
        cn_json_text(j, "expected", r->expected_text);
        cn_json_text(j, "measured", r->measured_text);
    } else {
        cn_json_number(j, "expected", r->expected);
        cn_json_number(j, "limit", r->limit);
        cn_json_number(j, "measured", r->measured);
        cn_json_number(j, "ratio", cn_rp_ratio(r));
    }
    if (r->rule == CN_RP_CLOSE) cn_json_number(j, "tolerance", r->tolerance);
    cn_json_text(j, "verdict", cn_rp_verdict(r));
    cn_json_text(j, "note", r->note);
    cn_json_close(j, '}');
}

static void write_section(cn_json *j, const cn_rp_section *s) {
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "name", s->experiment->name);
    cn_json_text(j, "title", s->experiment->title);
    cn_json_bool(j, "left_out", s->left_out);
    cn_json_number(j, "seconds", s->seconds);
    cn_json_open(j, "rows", '[');
    for (size_t i = 0; i < s->count; i++) write_row(j, &s->row[i]);
    cn_json_close(j, ']');
    cn_json_close(j, '}');
}

void cn_rp_write_json(FILE *out, const void *arg) {
    const cn_rp_report *r = arg;
    cn_json json = {.out = out}, *j = &json;
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "version", cn_version());
    cn_json_bool(j, "quick", r->setup->quick);
    cn_json_bool(j, "synthetic", !r->setup->mnist);
    cn_json_integer(j, "rows_ok", r->good);
    cn_json_integer(j, "rows_not_ok", r->bad);
    cn_json_number(j, "seconds", r->seconds);
    cn_json_open(j, "facts", '{');
    for (size_t i = 0; i < r->facts; i++) cn_json_text(j, r->fact[i].name, r->fact[i].value);
    cn_json_close(j, '}');
    cn_json_open(j, "experiments", '[');
    for (size_t i = 0; i < r->sections; i++) write_section(j, &r->section[i]);
    cn_json_close(j, ']');
    cn_json_open(j, "sources", '[');
    for (int id = CN_PUB_NONE + 1; id < CN_PUB_COUNT; id++) {
        const cn_figure *f = cn_published((cn_figure_id)id);
        cn_json_open(j, NULL, '{');
        cn_json_integer(j, "source", (uint64_t)id);
        cn_json_text(j, "what", f->what);
        cn_json_number(j, "value", f->value);
        cn_json_text(j, "unit", f->unit);
        cn_json_text(j, "derived_from", f->derived);
        cn_json_text(j, "in", f->source);
        cn_json_text(j, "reading", f->reading);
        cn_json_close(j, '}');
    }
    cn_json_close(j, ']');
    cn_json_close(j, '}');
}
