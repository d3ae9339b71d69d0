/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What an evaluation may use, and what it says in the end. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/infer.h"
#include "he/flood.h"
#include "nn/plan.h"
#include "util/json.h"
#include "util/sha3.h"
#include "util/status.h"

#define MIB ((size_t)1 << 20)
#define SCRATCH (4 * MIB) /* of the process, and of each thread: there, but not yet touched */
#define PASSES_MAX 64     /* the buffer is not made smaller than this part of its full size */

/* ---- memory -------------------------------------------------------------------------------- */

/** Bytes that this process has in memory; 0 if the system does not tell. */
static size_t resident(void) {
    char line[256];
    uint64_t kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && !kib && fgets(line, sizeof line, f))
        if (strncmp(line, "VmRSS:", 6) == 0) sscanf(line + 6, " %" SCNu64, &kib);
    if (f) fclose(f);
    return (size_t)kib * 1024;
}

/** Bytes of ciphertexts between segments and of the inputs' buffer. */
static cn_status forecast(size_t *ciphers, size_t *buffer, const cn_plan *p, const cn_model *m) {
    cn_plan_options options = p->options;
    cn_plan *again;
    options.ring_degree = p->params.n;
    options.plains = p->params.plains;
    CN_TRY(cn_plan_new(&again, m, &options));
    bool same = memcmp(cn_plan_digest(again), cn_plan_digest(p), 32) == 0;
    cn_plan_memory(again, ciphers, buffer);
    cn_plan_free(again);
    if (same) return CN_OK;
    return cn_fail(CN_ERR_MISMATCH,
                   "--max-memory: this version plans the model otherwise than the plan file says, so it cannot tell what is "
                                    "needed; make the plan anew, or leave the option out");
}

cn_status cn_infer_bound_memory(cn_server *s, const cn_plan *p, const cn_model *m, const cn_infer_options *o) {
    size_t ciphers, buffer;
    CN_TRY(forecast(&ciphers, &buffer, p, m));
    size_t limit = (size_t)o->max_memory * MIB, held = resident(), reply, request, key;
    if (!held) return cn_fail(CN_ERR_IO, "--max-memory: expected VmRSS in /proc/self/status, found none; leave the option out");
    cn_plan_bytes(p, &request, &reply, &key);
    size_t flood = p->options.model_privacy ? cn_flood_bytes(p->flood_bits, p->schedule.limbs[p->segments - 1], p->params.n) : 0;
    size_t fixed = held + ciphers + reply + SCRATCH + (SCRATCH + flood) * (size_t)o->threads; /* reply: packed, too */
    size_t least = fixed + buffer / PASSES_MAX;
    if (limit < least)
        return cn_fail(CN_ERR_SIZE,
                       "--max-memory: %" PRIu64 " MiB; expected at least %zu for model %s (%zu held now, ciphertexts %zu); allow "
                       "that much, or take fewer --threads",
                       o->max_memory, (least + MIB - 1) / MIB, cn_model_name(m), held / MIB, ciphers / MIB);
    return cn_server_limit_memory(s, CN_MIN(limit - fixed, buffer));
}

/* ---- results ------------------------------------------------------------------------------- */

typedef struct sums {
    size_t images, kept;
    double expand, evaluate;
} sums;

static sums add_up(const cn_batches *b, const cn_cli_answer *r) {
    sums s = {0};
    for (size_t i = 0; i < b->count; i++) {
        s.images += r[i].images;
        s.kept += r[i].kept;
        s.expand += r[i].expand;
        s.evaluate += r[i].evaluate;
    }
    return s;
}

static void print_text(const cn_infer_options *o, const cn_batches *replies, const cn_cli_answer *r, const sums *s) {
    for (size_t i = 0; i < replies->count; i++) {
        printf("%s: %zu image%s, ", replies->path[i], r[i].images, r[i].images == 1 ? "" : "s");
        if (r[i].kept) puts("kept from before");
        else printf("%.3f s\n", r[i].expand + r[i].evaluate);
    }
    printf("%zu image%s, %.3f s to expand and %.3f s to evaluate; %" PRIu64 " thread%s, %s kernels\n", s->images,
           s->images == 1 ? "" : "s", s->expand, s->evaluate, o->threads, o->threads == 1 ? "" : "s", cn_kernels_name());
}

static void print_json(const cn_infer_options *o, const cn_plan *p, const cn_model *m, const cn_batches *requests,
                       const cn_batches *replies, const cn_cli_answer *r, const sums *s) {
    cn_json json = {.out = stdout}, *j = &json;
    char digest[65];
    cn_hex(digest, cn_plan_digest(p), 32);
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "format", "cryptonets infer 1");
    cn_json_text(j, "model", cn_model_name(m));
    cn_json_text(j, "plan_digest", digest);
    cn_json_integer(j, "images", s->images);
    cn_json_integer(j, "threads", o->threads);
    cn_json_text(j, "kernels", cn_kernels_name());
    cn_json_number(j, "expand_seconds", s->expand);
    cn_json_number(j, "evaluate_seconds", s->evaluate);
    cn_json_open(j, "batches", '[');
    for (size_t i = 0; i < replies->count; i++) {
        cn_json_open(j, NULL, '{');
        cn_json_text(j, "request", requests->path[i]);
        cn_json_text(j, "reply", replies->path[i]);
        cn_json_integer(j, "images", r[i].images);
        cn_json_bool(j, "kept", r[i].kept);
        cn_json_number(j, "expand_seconds", r[i].expand);
        cn_json_number(j, "evaluate_seconds", r[i].evaluate);
        cn_json_close(j, '}');
    }
    cn_json_close(j, ']');
    cn_json_close(j, '}');
}

void cn_infer_report(const cn_infer_options *o, const cn_plan *p, const cn_model *m, const cn_batches *requests,
                     const cn_batches *replies, const cn_cli_answer *answer) {
    sums s = add_up(replies, answer);
    if (o->json) print_json(o, p, m, requests, replies, answer, &s);
    else print_text(o, replies, answer, &s);
}
