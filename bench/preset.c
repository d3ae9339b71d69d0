/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The experiment of 2016 with its own parameters [Gilad-Bachrach et al., "CryptoNets", ICML 2016], which are insecure: options that do
 *  not go with it, one batch through both sides, prime by prime, and the comparison with the clear network. */

#include "bench/preset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arith/rns.h"
#include "nn/clear.h"
#include "util/status.h"

#define PRESET "paper2016"

int cn_bench_preset_check(const cn_bench_options *o) {
    const struct {
        bool given;
        const char *name, *why;
    } refused[] = {{o->sweep, "sweep", "it runs one network"},
                   {o->scaling, "scaling", "it evaluates once"},
                   {o->repeat != 1, "repeat", "it evaluates once"},
                   {o->batch != 0, "batch", "it has one batch, of at most 8192 images"},
                   {o->plan.plains != 0, "plains", "its two plaintext primes are those of 2016"},
                   {o->plan.strict != 0, "strict", "nothing is planned: its parameters are those of 2016"},
                   {o->plan.public_key != 0, "public-key", "YASHE' has no other encryption than the one with the public key"},
                   {o->scheme_given, "scheme", "its scheme is YASHE', over multi-precision integers"},
                   {o->chart != NULL, "chart", "it has no plan to draw"},
                   {o->spool != NULL, "spool", "it keeps its ciphertexts in memory"},
                   {o->max_memory != 0, "max-memory", "its memory cannot be bounded; it takes less than 1 GB"},
                   {o->limit > 8192, "limit", "it has one batch, of at most 8192 images"}};
    if (!o->preset && !o->insecure_historical) return -1;
    if (!o->preset) {
        cn_bench_fail("--insecure-historical: expected it with --preset " PRESET ", which it allows");
        return CN_BENCH_USAGE;
    }
    if (strcmp(o->preset, PRESET) != 0) {
        cn_bench_fail("--preset: expected " PRESET ", found '%s'; try 'cryptonets-mnist --help'", o->preset);
        return CN_BENCH_USAGE;
    }
    for (size_t i = 0; i < CN_ARRAY_LEN(refused); i++)
        if (refused[i].given) {
            cn_bench_fail("--preset " PRESET ": does not go with --%s%s: %s", refused[i].name, strcmp(refused[i].name, "limit") == 0 ? " above 8192" : "",
                          refused[i].why);
            return CN_BENCH_USAGE;
        }
    if (!o->insecure_historical)
        return cn_bench_fail("--preset " PRESET ": refused, these parameters are broken: their NTRU key is massively overstretched, so "
                             "that the secret key can be found from the public one, and even without that they are 169 bits over the "
                             "limit of 214 for n = 8192 (doc/yashe.md); --insecure-historical runs them all the same, on data that "
                             "is no secret");
    return -1;
}

/* ---- the run ------------------------------------------------------------------------------- */

typedef struct progress {
    bool visible;
    unsigned prime;
    double shown; /* when it was last drawn */
} progress;

static int on_progress(void *user, const char *step, size_t done, size_t total) {
    progress *p = user;
    double now = cn_bench_seconds();
    if (p->visible && now - p->shown > 0.1) {
        fprintf(stderr, "\rplaintext prime %u of %d: %s %zu %%\033[K", p->prime + 1, CN_P16_PLAINS, step, 100 * done / total);
        p->shown = now;
    }
    return cn_bench_interrupted();
}

/** Add the seconds since *start to *sum, and start again. */
static void lap(double *sum, double *start) {
    double now = cn_bench_seconds();
    *sum += now - *start;
    *start = now;
}

static double processor_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/** Keys, encryption, evaluation and decryption for one plaintext prime; its ciphertexts are gone afterwards.
 *  Out: residues [outputs][n]. */
static cn_status run_prime(uint64_t *residues, cn_preset *p, cn_bench *b, cn_pool *pool, progress *shown) {
    cn_status status = CN_OK;
    cn_bench_result *r = &b->result;
    cn_p16_key *key = NULL;
    cn_p16_values *request = NULL, *reply = NULL;
    size_t images = b->data.count, bytes = cn_p16_cipher_bytes(&p->params);
    double start = cn_bench_seconds();
    CN_CHECK(cn_p16_key_new(&key, &p->params, shown->prime));
    lap(&r->keygen, &start);
    CN_CHECK(cn_p16_encrypt(&request, key, b->model->lut, b->data.pixels, images, p->prog.inputs, pool, on_progress, shown));
    lap(&r->encrypt, &start);
    p->evaluate_cpu -= processor_seconds();
    CN_CHECK(cn_p16_evaluate(&reply, &p->times, request, &key->eval, &p->prog, pool, on_progress, shown));
    p->evaluate_cpu += processor_seconds();
    lap(&r->evaluate, &start);
    r->upload += request->count * bytes;
    r->download += reply->count * bytes;
    if (p->prog.count > 1) r->evaluation_keys += key->eval.y.digits * bytes;
    cn_p16_values_free(request);
    request = NULL;
    start = cn_bench_seconds();
    CN_CHECK(cn_p16_decrypt(residues, reply, key, pool));
    lap(&r->decrypt, &start);
cleanup:
    cn_p16_values_free(request);
    cn_p16_values_free(reply);
    cn_p16_key_free(key);
    return status;
}

/** Scores from the residues [prime][output][slot], compared with the clear network's. */
static cn_status compare(cn_preset *p, cn_bench *b, const uint64_t *residues) {
    cn_status status = CN_OK;
    cn_bench_result *r = &b->result;
    size_t images = b->data.count, outputs = p->prog.outputs, n = p->params.n;
    cn_i128 *found = calloc(2 * images * outputs, sizeof *found), *expected = found + images * outputs;
    if (!found) return cn_fail(CN_ERR_MEMORY, "scores: out of memory");
    for (size_t i = 0; i < images; i++)
        for (size_t o = 0; o < outputs; o++) {
            uint64_t pair[CN_P16_PLAINS] = {residues[o * n + i], residues[(outputs + o) * n + i]};
            found[i * outputs + o] = cn_p16_join(pair, p->low, &p->params);
        }
    CN_CHECK(cn_clear_run(expected, &r->out_of_window, &p->prog, b->model, p->low, p->width, cn_p16_t_product(&p->params),
                          b->data.pixels, images, b->options->threads));
    cn_bench_compare(b, found, expected, 0, images);
cleanup:
    free(found);
    return status;
}

int cn_preset_run(cn_preset *p, cn_bench *b) {
    cn_status status = CN_OK;
    cn_pool *pool = NULL;
    progress shown = {.visible = isatty(STDERR_FILENO)};
    size_t words = p->prog.outputs * p->params.n;
    uint64_t *residues = calloc(CN_P16_PLAINS * words, sizeof *residues);
    if (!residues) return cn_bench_fail("out of memory for the scores");
    b->result = (cn_bench_result){.images = b->data.count, .batches = 1};
    CN_CHECK(cn_pool_new(&pool, b->options->threads));
    for (; shown.prime < CN_P16_PLAINS; shown.prime++) {
        if (cn_bench_interrupted()) CN_CHECK(cn_fail(CN_ERR_CANCELLED, "stopped"));
        CN_CHECK(run_prime(residues + shown.prime * words, p, b, pool, &shown));
    }
    CN_CHECK(compare(p, b, residues));
cleanup:
    if (shown.visible) fputs("\r\033[K", stderr);
    cn_pool_free(pool);
    free(residues);
    b->result.peak_rss = cn_bench_peak_memory();
    return status == CN_OK ? CN_BENCH_OK : cn_bench_fail_library();
}

/* ---- the program --------------------------------------------------------------------------- */

/** The model's window, or all that the plaintext primes can tell apart. */
static int choose_window(cn_preset *p, const cn_model *m) {
    cn_i128 t = cn_p16_t_product(&p->params);
    p->low = m->has_window ? m->window_lo : -(t / 2);
    p->width = m->has_window ? m->window_t : t;
    if (p->width <= t) return CN_BENCH_OK;
    return cn_bench_fail("--preset " PRESET ": the scores of model %s need a window wider than the product of its plaintext primes, about "
                         "2^80; take another --model", m->name);
}

/** What the JSON writer needs. */
typedef struct document {
    const cn_preset *preset;
    const cn_bench *bench;
} document;

static void write_document(FILE *out, const void *arg) {
    const document *d = arg;
    cn_json j = {.out = out};
    cn_preset_json(&j, d->preset, d->bench);
}

int cn_preset_prepare(cn_preset *p, cn_bench *b) {
    *p = (cn_preset){.prog = {0}};
    cn_p16_params_2016(&p->params);
    b->slots = b->batch = p->params.n;
    int code = cn_bench_load_model(&b->model, b->options->model);
    if (code == CN_BENCH_OK && cn_program_compile(&p->prog, b->model, b->model->layer_count) != CN_OK) code = cn_bench_fail_library();
    if (code == CN_BENCH_OK) code = choose_window(p, b->model);
    if (code == CN_BENCH_OK && cn_p16_check(&p->log2_noise, &p->log2_limit, &p->prog, &p->params) != CN_OK)
        code = cn_bench_fail("--preset " PRESET ": model %s: %s", b->model->name, cn_error_text());
    return code == CN_BENCH_OK ? cn_bench_load_data(b, b->slots) : code;
}

void cn_preset_clear(cn_preset *p) {
    cn_program_clear(&p->prog);
    cn_p16_params_clear(&p->params);
}

int cn_bench_preset(cn_bench *b) {
    const cn_bench_options *o = b->options;
    cn_preset p;
    int code = cn_preset_prepare(&p, b);
    if (code == CN_BENCH_OK) {
        cn_preset_print_setup(&p, b);
        code = cn_preset_run(&p, b);
    }
    if (code == CN_BENCH_OK) {
        cn_preset_print_results(&p, b);
        document d = {.preset = &p, .bench = b};
        if (o->json) code = cn_bench_file_write(o->json, write_document, &d);
        int verdict = cn_bench_verdict(b);
        if (verdict != CN_BENCH_OK) code = verdict;
    }
    cn_preset_clear(&p);
    return code;
}
