/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The reproduction as one page: tables and drawings, nothing loaded from elsewhere, no script, light or dark as the reader has
 *  it. The page is well-formed XML, too. */

#include <math.h>
#include <string.h>

#include "bench/chart.h"
#include "bench/reproduce.h"

/** <tag class="class">text</tag>; class may be NULL. */
static void element(FILE *out, const char *tag, const char *class, const char *text) {
    fprintf(out, "<%s", tag);
    if (class) fprintf(out, " class=\"%s\"", class);
    fputc('>', out);
    cn_html_text(out, text);
    fprintf(out, "</%s>", tag);
}

static const char *verdict_class(const cn_rp_row *r) {
    int judged = cn_rp_judge(r);
    return judged > 0 ? "good" : judged < 0 ? "bad" : "note";
}

/** A number of a table that leads to its source. */
static void published_cell(FILE *out, const cn_rp_row *r) {
    char text[CN_RP_TEXT];
    fputs("<td class=\"number\">", out);
    cn_html_text(out, cn_rp_cell(text, cn_rp_published(r), 5));
    if (r->published) fprintf(out, " <a href=\"#source%d\">[%d]</a>", (int)r->published, (int)r->published);
    fputs("</td>", out);
}

static void numbers(FILE *out, const cn_rp_section *s) {
    static const char *const head[] = {"", "unit", "published", "expected", "measured", "ratio", "verdict", "remark"};
    char text[CN_RP_TEXT];
    fputs("<div class=\"scroll\"><table>\n<tr>", out);
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) element(out, "th", i >= 2 && i <= 5 ? "number" : NULL, head[i]);
    fputs("</tr>\n", out);
    for (size_t i = 0; i < s->count; i++) {
        const cn_rp_row *r = &s->row[i];
        if (*r->measured_text) continue;
        fputs("<tr>", out);
        element(out, "td", NULL, r->name);
        element(out, "td", NULL, r->unit);
        published_cell(out, r);
        element(out, "td", "number", cn_rp_expected_cell(text, r));
        element(out, "td", "number", cn_rp_measured_cell(text, r));
        element(out, "td", "number", cn_rp_cell(text, cn_rp_ratio(r), 3));
        element(out, "td", verdict_class(r), cn_rp_verdict(r));
        element(out, "td", "note", r->note);
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

static void digests(FILE *out, const cn_rp_section *s) {
    fputs("<div class=\"scroll\"><table>\n<tr><th></th><th>SHA3-256 found; below it the pinned one, if it differs</th><th>verdict</th>"
          "<th>remark</th></tr>\n", out);
    for (size_t i = 0; i < s->count; i++) {
        const cn_rp_row *r = &s->row[i];
        if (!*r->measured_text) continue;
        fputs("<tr>", out);
        element(out, "td", NULL, r->name);
        fputs("<td class=\"digest\">", out);
        cn_html_text(out, r->measured_text);
        if (cn_rp_judge(r) < 0) {
            fputs("<br/>", out);
            cn_html_text(out, r->expected_text);
        }
        fputs("</td>", out);
        element(out, "td", verdict_class(r), cn_rp_verdict(r));
        element(out, "td", "note", r->note);
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

static void write_section(FILE *out, const cn_rp_report *report, const cn_rp_section *s) {
    const cn_rp_experiment *e = s->experiment;
    char text[64];
    size_t with_text = 0;
    fprintf(out, "<h2 id=\"%s\">", e->name);
    cn_html_text(out, e->title);
    fputs("</h2>\n", out);
    element(out, "p", "about", e->about);
    fputs("<p>To see it alone: <code>", out);
    cn_html_text(out, e->repeat);
    fputs("</code></p>\n", out);
    if (s->left_out) {
        element(out, "p", "bad", "Left out by --quick.");
        return;
    }
    if (e->draw) e->draw(out, report);
    for (size_t i = 0; i < s->count; i++) with_text += *s->row[i].measured_text != 0;
    if (with_text) digests(out, s);
    if (s->count > with_text) numbers(out, s);
    snprintf(text, sizeof text, "This experiment took %.1f s.", s->seconds);
    element(out, "p", "note", text);
}

static void write_sources(FILE *out) {
    char text[CN_RP_TEXT];
    fputs("<h2 id=\"sources\">Published figures</h2>\n<p class=\"about\">", out);
    cn_html_text(out, "Where they come from, what the source says, and how it was read. Layer times, sizes and 98.95 % of 2016 are "
                      "quoted as others report them: they were not checked against the paper's text.");
    fputs("</p>\n<div class=\"scroll\"><table>\n<tr><th></th><th>figure</th><th class=\"number\">value</th><th>unit</th><th>from</th>"
          "<th>source</th><th>how it was read</th></tr>\n", out);
    for (int id = CN_PUB_NONE + 1; id < CN_PUB_COUNT; id++) {
        const cn_figure *f = cn_published((cn_figure_id)id);
        fprintf(out, "<tr id=\"source%d\"><td>[%d]</td>", id, id);
        element(out, "td", NULL, f->what);
        element(out, "td", "number", cn_rp_cell(text, f->value, 6));
        element(out, "td", NULL, f->unit);
        element(out, "td", NULL, f->derived);
        element(out, "td", NULL, f->source);
        element(out, "td", NULL, f->reading);
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

void cn_rp_write_html(FILE *out, const void *arg) {
    const cn_rp_report *r = arg;
    char text[160];
    fprintf(out, "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                 "<title>cryptonets: reproduction</title>\n"
                 "<style>\n%s</style>\n</head>\n<body>\n<h1>cryptonets: the experiments of the papers, run again</h1>\n", cn_page_style);
    element(out, "p", NULL, "Crypto-Nets (Xie, Bilenko, Finley, Gilad-Bachrach, Lauter, Naehrig, arXiv 1412.6181) and "
                            "CryptoNets (Gilad-Bachrach, Dowlin, Laine, Lauter, Naehrig, Wernsing, ICML 2016), as far as this program can repeat them.");
    snprintf(text, sizeof text, "%zu rows ok, %zu not; %.0f s.%s", r->good, r->bad, r->seconds,
             r->setup->quick ? " QUICK run: 1,000 images, times taken once, no run with the parameters of 2016." : "");
    element(out, "p", r->bad ? "bad" : "good", text);
    fputs("<ul>\n", out);
    for (const char *const *line = cn_rp_legend; *line; line++) element(out, "li", NULL, *line);
    fputs("</ul>\n<h2>Machine and run</h2>\n<table>\n", out);
    for (size_t i = 0; i < r->facts; i++) {
        fputs("<tr>", out);
        element(out, "th", NULL, r->fact[i].name);
        element(out, "td", NULL, r->fact[i].value);
        fputs("</tr>\n", out);
    }
    fputs("</table>\n", out);
    for (size_t i = 0; i < r->sections; i++) write_section(out, r, &r->section[i]);
    write_sources(out);
    fputs("</body>\n</html>\n", out);
}
