/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Costs in text files: a first line, then a name and a number on each, in any order. */

#include <stdio.h>
#include <string.h>

#include "nn/cost.h"
#include "nn/text.h"
#include "util/file.h"
#include "util/mem.h"
#include "util/status.h"

#define FILE_MAX 4096
#define FIRST_LINE "cryptonets costs 1"

cn_status cn_costs_save(const cn_costs *c, const char *path) {
    if (!c || !path) return cn_fail(CN_ERR_NULL, "costs: expected costs and a path, found NULL");
    char text[FILE_MAX];
    cn_costs checked;
    CN_TRY(cn_costs_choose(&checked, c));
    int at = snprintf(text, sizeof text, FIRST_LINE "\n# femtoseconds of one thread at one point\n");
    for (unsigned k = 0; k < CN_COST_COUNT; k++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%s %u\n", cn_cost_name((cn_cost)k), c->fs[k]);
    return cn_file_write(path, text, (size_t)at);
}

static bool is_word(cn_word w, const char *text) { return w.len == strlen(text) && memcmp(w.s, text, w.len) == 0; }

/** The first line, exactly. */
static cn_status read_first(cn_cursor *c) {
    const char *end = memchr(c->p, '\n', (size_t)(c->end - c->p));
    cn_word line = {c->p, (size_t)((end ? end : c->end) - c->p)};
    if (line.len && line.s[line.len - 1] == '\r') line.len--;
    if (!is_word(line, FIRST_LINE))
        return cn_text_fail(CN_ERR_MAGIC, c, cn_text_word(c), "the line '" FIRST_LINE "'",
                            "make the file with bench-kernels --costs");
    cn_text_next_line(c);
    return CN_OK;
}

/** A line: name and number. */
static cn_status read_line(cn_costs *out, bool seen[CN_COST_COUNT], cn_cursor *c) {
    cn_word name = cn_text_word(c), number, rest;
    unsigned k = 0;
    cn_i128 x;
    while (k < CN_COST_COUNT && !is_word(name, cn_cost_name((cn_cost)k))) k++;
    if (k == CN_COST_COUNT)
        return cn_text_fail(CN_ERR_FORMAT, c, name, "the name of a cost", "see doc/file-formats.md");
    if (seen[k]) return cn_text_fail(CN_ERR_FORMAT, c, name, "every cost once", "remove one of the lines");
    number = cn_text_word(c);
    CN_TRY(cn_text_int(&x, c, number, 126, cn_cost_name((cn_cost)k)));
    if (x < 1 || x > CN_COST_MAX)
        return cn_text_fail(CN_ERR_RANGE, c, number, "1 to 1000000000 femtoseconds",
                            "measure again with bench-kernels --costs");
    rest = cn_text_word(c);
    if (rest.len) return cn_text_fail(CN_ERR_FORMAT, c, rest, "the end of the line", "write one cost on a line");
    seen[k] = true;
    out->fs[k] = (uint32_t)x;
    cn_text_next_line(c);
    return CN_OK;
}

cn_status cn_costs_parse(cn_costs *out, cn_cursor *c) {
    bool seen[CN_COST_COUNT] = {false};
    CN_TRY(read_first(c));
    while (cn_text_find_line(c)) CN_TRY(read_line(out, seen, c));
    for (unsigned k = 0; k < CN_COST_COUNT; k++)
        if (!seen[k])
            return cn_fail(CN_ERR_TRUNCATED, "%s: line %lu: expected the cost %s, found the end of the file; write all %d",
                           c->path, c->line, cn_cost_name((cn_cost)k), CN_COST_COUNT);
    return CN_OK;
}

cn_status cn_costs_load(cn_costs *c, const char *path) {
    if (!c || !path) return cn_fail(CN_ERR_NULL, "costs: expected a place for the result and a path, found NULL");
    uint8_t *data;
    size_t size;
    cn_costs found;
    CN_TRY(cn_file_read_plain(&data, &size, path, FILE_MAX));
    const char *text = (const char *)data;
    cn_cursor at = {path, text, text + size, text, 1};
    cn_status status = cn_costs_parse(&found, &at);
    if (status == CN_OK) *c = found;
    cn_free(data);
    return status;
}
