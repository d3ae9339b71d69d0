/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The reproduction: which networks and data these are, what they recognise under encryption, and whether every score is right. */

#include "bench/reproduce.h"

#include <math.h>
#include <string.h>

#include "util/file.h"
#include "util/mem.h"
#include "util/sha3.h"

#define IDX_BYTES_MAX ((size_t)1 << 28)

/* ---- networks and data ----------------------------------------------------------------------- */

/** A digest beside the pinned one; NULL: none is pinned. */
static void put_digest(FILE *to, const char *subject, const char *name, const char *pinned, const uint8_t digest[32],
                       const char *note) {
    cn_rp_row r = cn_rp_new(subject, name, "SHA3-256");
    if (pinned) r.rule = CN_RP_EQUAL;
    snprintf(r.expected_text, sizeof r.expected_text, "%s", pinned ? pinned : "");
    cn_hex(r.measured_text, digest, 32);
    cn_rp_note(&r, "%s", note);
    cn_rp_put(to, &r);
}

/** One of the files, compressed or not.  Returns: an exit code. */
static int put_file(FILE *to, const char *folder, const char *name, const char *pinned) {
    char path[4096];
    uint8_t *data = NULL, digest[32];
    size_t size;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!cn_is_file(path)) snprintf(path, sizeof path, "%s/%s.gz", folder, name);
    if (cn_file_read(&data, &size, path, IDX_BYTES_MAX) != CN_OK) return cn_bench_fail_library();
    cn_sha3_256(digest, data, size);
    cn_free(data);
    put_digest(to, "data", name, pinned, digest, "of the file, decompressed");
    return CN_BENCH_OK;
}

static int put_network(FILE *to, const cn_expected_model *expected) {
    cn_model *m = NULL;
    cn_plan *p = NULL;
    char name[64], note[160];
    int code = cn_bench_load_model(&m, expected->name);
    if (code == CN_BENCH_OK && cn_plan_new(&p, m, NULL) != CN_OK) code = cn_bench_fail_library();
    if (code == CN_BENCH_OK) {
        const cn_params *q = cn_plan_params(p);
        snprintf(name, sizeof name, "%s, model", expected->name);
        put_digest(to, expected->name, name, expected->digest, cn_model_digest(m), "");
        snprintf(name, sizeof name, "%s, plan", expected->name);
        snprintf(note, sizeof note, "n = %zu, %u primes q, log2 Q = %.1f, %u prime%s t, log2 T = %.2f", q->n, q->limbs,
                 cn_params_log2_q(q), q->plains, q->plains == 1 ? "" : "s", cn_bench_t_bits(q));
        put_digest(to, expected->name, name, NULL, cn_plan_digest(p), note);
    }
    cn_plan_free(p);
    cn_model_free(m);
    return code;
}

int cn_rp_networks(FILE *to, const cn_rp_setup *s) {
    int code = CN_BENCH_OK;
    if (s->mnist) code = put_file(to, s->mnist, "t10k-images-idx3-ubyte", cn_expected_images_digest);
    if (s->mnist && code == CN_BENCH_OK) code = put_file(to, s->mnist, "t10k-labels-idx1-ubyte", cn_expected_labels_digest);
    for (size_t i = 0; i < cn_expected_count && !cn_bench_interrupted(); i++)
        if (put_network(to, &cn_expected_models[i]) != CN_BENCH_OK) code = CN_BENCH_FAILURE;
    return code;
}

/* ---- runs ------------------------------------------------------------------------------------ */

cn_bench_options cn_rp_options(const cn_rp_setup *s, unsigned threads) {
    return (cn_bench_options){.mnist = s->mnist, .threads = threads, .repeat = 1, .sweep = true /* says nothing */};
}

int cn_rp_run(cn_bench *b, const cn_bench_options *o, const cn_rp_setup *s, const char *network) {
    *b = s->machine;
    b->options = o;
    int code = cn_bench_prepare(b, network);
    return code == CN_BENCH_OK ? cn_bench_run(b) : code;
}

void cn_rp_put_scores(FILE *to, const cn_bench *b, const char *network) {
    const cn_bench_result *r = &b->result;
    const cn_expected_model *pinned = cn_expected_find(network);
    char digest[65], name[64];
    long right = pinned ? cn_expected_right(pinned, r->images) : -1;
    cn_hex(digest, cn_model_digest(b->model), 32);
    bool same = pinned && strcmp(digest, pinned->digest) == 0;

    snprintf(name, sizeof name, "%s, accuracy", network);
    cn_rp_row row = cn_rp_new(network, name, "%");
    row.sense = CN_RP_SHARE;
    if (strcmp(network, "paper") == 0 && r->images >= 8192) row.published = CN_PUB_ACCURACY; /* of few images it would mislead */
    cn_rp_note(&row, "%zu of %zu images recognised%s", r->correct, r->images,
               !same ? "; the digest of the model is not the pinned one" : right < 0 ? "; no count is pinned for that many" : "");
    cn_rp_put_equal(to, &row, same && right >= 0 ? 100 * (double)right / (double)r->images : NAN,
                    100 * (double)r->correct / (double)r->images);

    snprintf(name, sizeof name, "%s, scores unlike the clear network's", network);
    row = cn_rp_new(network, name, "scores");
    cn_rp_note(&row, "of %zu scores", r->scores);
    cn_rp_put_equal(to, &row, 0, (double)r->mismatched);

    snprintf(name, sizeof name, "%s, scores outside the window", network);
    row = cn_rp_new(network, name, "scores");
    cn_rp_put_equal(to, &row, 0, (double)r->out_of_window);
}

/** Both experiments on scores. */
static int run_scores(FILE *to, const cn_rp_setup *s, cn_scheme scheme) {
    cn_bench b;
    cn_bench_options o = cn_rp_options(s, s->threads);
    o.limit = s->quick ? 1000 : 10000;
    o.plan.scheme = scheme;
    int code = cn_rp_run(&b, &o, s, s->job);
    if (code == CN_BENCH_OK) cn_rp_put_scores(to, &b, s->job);
    cn_bench_clear(&b);
    return code;
}

int cn_rp_accuracy(FILE *to, const cn_rp_setup *s) { return run_scores(to, s, CN_SCHEME_BFV); }

int cn_rp_yashe(FILE *to, const cn_rp_setup *s) { return run_scores(to, s, CN_SCHEME_YASHE); }
