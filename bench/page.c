/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What pages with drawings have in common: the style, and text escaped. */

#include "bench/chart.h"

const char cn_page_style[] =
    ":root { color-scheme: light dark; --back: #ffffff; --ink: #1c1f23; --soft: #5c636b; --rule: #d5d9de; --band: #f3f5f7; "
    "--good: #1b7a34; --bad: #b3261e; --s0: #1f5fa8; --s1: #c05a12; --s2: #7a4fa3; --s3: #2e7d32; }\n"
    "@media (prefers-color-scheme: dark) { :root { --back: #15181c; --ink: #e4e7ea; --soft: #a0a7af; --rule: #3a4047; "
    "--band: #1e2329; --good: #6fcf86; --bad: #ff8a80; --s0: #6aa9ee; --s1: #f0a060; --s2: #c09be6; --s3: #7cc77f; } }\n"
    "body { background: var(--back); color: var(--ink); font: 15px/1.5 sans-serif; max-width: 70em; margin: 2em auto; "
    "padding: 0 1em; }\n"
    "h1 { font-size: 1.6em; } h2 { font-size: 1.25em; margin-top: 2em; } code { font-size: 0.95em; }\n"
    ".scroll { overflow-x: auto; }\n"
    "table { border-collapse: collapse; font-size: 0.9em; }\n"
    "th, td { text-align: left; padding: 0.2em 0.7em; border-bottom: 1px solid var(--rule); vertical-align: top; }\n"
    "th { color: var(--soft); font-weight: 600; } tr:nth-child(even) td { background: var(--band); }\n"
    ".number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }\n"
    ".digest { font-family: monospace; font-size: 0.85em; } .note, .about { color: var(--soft); }\n"
    ".good { color: var(--good); } .bad { color: var(--bad); font-weight: bold; }\n"
    "svg { width: 100%; max-width: 860px; font-size: 12px; font-family: sans-serif; } svg text { fill: var(--ink); }\n"
    ".grid { stroke: var(--rule); } .s0 { fill: var(--s0); } .s1 { fill: var(--s1); } .s2 { fill: var(--s2); } "
    ".s3 { fill: var(--s3); }\n"
    "polyline { fill: none; stroke-width: 2; } .l0 { stroke: var(--s0); } .l1 { stroke: var(--s1); } .l2 { stroke: var(--s2); } "
    ".l3 { stroke: var(--s3); }\n";

void cn_html_text(FILE *out, const char *text) {
    for (; *text; text++) {
        if (*text == '<') fputs("&lt;", out);
        else if (*text == '>') fputs("&gt;", out);
        else if (*text == '&') fputs("&amp;", out);
        else if (*text == '"') fputs("&quot;", out);
        else fputc(*text < ' ' || *text > '~' ? '?' : *text, out);
    }
}
