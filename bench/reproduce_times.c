/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The reproduction: times of layers, rates, sizes of messages, and the experiment of 2016 with its own parameters. Times are of
 *  one thread, per image of a full batch: the work does not depend on how many slots are in use. */

#include "bench/reproduce.h"

#include <math.h>
#include <string.h>

#include "bench/preset.h"

#define MATCHING_ROWS 7

/** A row of a time; seconds of a batch become microseconds per slot. */
static void put_time(FILE *to, const char *subject, const char *name, cn_figure_id published, double expected, double measured,
                     size_t slots, const char *note) {
    cn_rp_row r = cn_rp_new(subject, name, "us/image");
    r.published = published;
    r.expected = 1e6 * expected / (double)slots;
    r.measured = 1e6 * measured / (double)slots;
    cn_rp_note(&r, "%s", note);
    cn_rp_put(to, &r);
}

/** The ledger's prediction of an evaluation, seconds. */
static double predicted(const cn_plan *p) {
    size_t rows;
    double sum = 0;
    const cn_ledger_row *l = cn_plan_ledger(p, &rows);
    for (size_t i = 0; i < rows; i++) sum += l[i].seconds;
    return sum;
}

/** One full batch on one thread. */
static int run_timed(cn_bench *b, cn_bench_options *o, const cn_rp_setup *s, const char *network) {
    *o = cn_rp_options(s, 1);
    o->repeat = s->quick ? 1 : 3;
    int code = cn_rp_run(b, o, s, network);
    return code == CN_BENCH_OK ? cn_bench_verdict(b) : code;
}

/* ---- layers of our network ------------------------------------------------------------------- */

int cn_rp_layers(FILE *to, const cn_rp_setup *s) {
    /* conv, square, dense, relinearise, switch, square, dense: the network of CryptoNets, with pool and dense in one */
    static const cn_figure_id paper[MATCHING_ROWS] = {CN_PUB_CONV, CN_PUB_SQUARE_1, CN_PUB_DENSE_1, CN_PUB_NONE, CN_PUB_NONE,
                                                      CN_PUB_SQUARE_2, CN_PUB_DENSE_2};
    cn_bench b;
    cn_bench_options o;
    size_t rows;
    int code = run_timed(&b, &o, s, "paper");
    if (code == CN_BENCH_OK) {
        const cn_bench_result *r = &b.result;
        const cn_ledger_row *l = cn_plan_ledger(b.plan, &rows);
        bool same = rows == MATCHING_ROWS && l[0].outputs == 845 && l[2].outputs == 100 && l[6].outputs == 10;
        for (size_t i = 0; i < rows; i++) {
            char name[80], note[160];
            snprintf(name, sizeof name, "%u %s", l[i].segment + 1, l[i].name);
            snprintf(note, sizeof note, "%.6f s for %zu slots; %zu operations per slot", r->row[i], b.slots, l[i].operations);
            put_time(to, "layer", name, same ? paper[i] : CN_PUB_NONE, l[i].seconds, r->row[i], b.slots, note);
        }
        put_time(to, "all", "evaluate, all layers", CN_PUB_EVALUATE, predicted(b.plan), r->evaluate, b.slots, "");
        put_time(to, "all", "evaluate, beside SEAL 3.2", CN_PUB_EVALUATE_SEAL, predicted(b.plan), r->evaluate, b.slots,
                 "theirs on 8 virtual processors, as far as known");
        put_time(to, "all", "expand the upload", CN_PUB_NONE, NAN, r->expand, b.slots, "unpacking, uniform halves from their seed");
        put_time(to, "all", "encode and encrypt", CN_PUB_ENCRYPT, NAN, r->encrypt, b.slots, "");
        put_time(to, "all", "encode and encrypt, beside SEAL 3.2", CN_PUB_ENCRYPT_SEAL, NAN, r->encrypt, b.slots, "");
        put_time(to, "all", "decrypt", CN_PUB_DECRYPT, NAN, r->decrypt, b.slots, "");
    }
    cn_bench_clear(&b);
    return code;
}

/* ---- rates ----------------------------------------------------------------------------------- */

static void put_rate(FILE *to, const char *network, const char *what, cn_figure_id published, double expected, double measured,
                     const char *note) {
    char name[64];
    snprintf(name, sizeof name, "%s, %s", network, what);
    cn_rp_row r = cn_rp_new(network, name, "images/s");
    r.sense = CN_RP_HIGHER;
    r.published = published;
    r.expected = expected;
    r.measured = measured;
    cn_rp_note(&r, "%s", note);
    cn_rp_put(to, &r);
}

int cn_rp_throughput(FILE *to, const cn_rp_setup *s) {
    cn_bench b;
    cn_bench_options o;
    int code = run_timed(&b, &o, s, s->job);
    if (code == CN_BENCH_OK) {
        double slots = (double)b.slots, expected = slots / predicted(b.plan), measured = slots / b.result.evaluate;
        bool paper = strcmp(s->job, "paper") == 0, depth1 = strcmp(s->job, "depth1") == 0;
        char note[80];
        snprintf(note, sizeof note, "%zu slots / %.6f s", b.slots, b.result.evaluate);
        put_rate(to, s->job, "evaluate", paper ? CN_PUB_RATE : CN_PUB_NONE, expected, measured, note);
        if (paper) {
            put_rate(to, s->job, "beside SEAL 3.2", CN_PUB_RATE_SEAL, expected, measured, "the same layers");
            put_rate(to, s->job, "beside nGraph-HE2", CN_PUB_RATE_NGRAPH, expected, measured,
                     "the same layers; theirs on all cores");
        }
        if (depth1) {
            put_rate(to, s->job, "beside HEaaN2 (CPU)", CN_PUB_RATE_HEAAN_CPU, expected, measured,
                     "one square, too; another network");
            put_rate(to, s->job, "beside HEaaN2 (GPU)", CN_PUB_RATE_HEAAN_GPU, expected, measured,
                     "one square, too; theirs on a GPU");
        }
        snprintf(note, sizeof note, "%zu slots / %.6f s", b.slots, b.result.evaluate + b.result.expand);
        put_rate(to, s->job, "evaluate and expand", CN_PUB_NONE, NAN, slots / (b.result.evaluate + b.result.expand), note);
    }
    cn_bench_clear(&b);
    return code;
}

/* ---- sizes ----------------------------------------------------------------------------------- */

static void put_size(FILE *to, const char *network, const char *what, cn_figure_id published, size_t expected, size_t measured,
                     size_t slots) {
    char name[64];
    snprintf(name, sizeof name, "%s, %s", network, what);
    cn_rp_row r = cn_rp_new(network, name, slots == 1 ? "bytes" : "bytes/image");
    r.published = published;
    r.digits = 6;
    if (slots > 1) cn_rp_note(&r, "%zu bytes / %zu slots", measured, slots);
    else cn_rp_note(&r, "once");
    cn_rp_put_equal(to, &r, (double)expected / (double)slots, (double)measured / (double)slots);
}

int cn_rp_sizes(FILE *to, const cn_rp_setup *s) {
    cn_bench b;
    cn_bench_options o = cn_rp_options(s, s->threads);
    size_t request, reply, key;
    o.limit = 1; /* a message has the same size whatever is in it */
    int code = cn_rp_run(&b, &o, s, s->job);
    if (code == CN_BENCH_OK) {
        bool paper = strcmp(s->job, "paper") == 0;
        cn_plan_bytes(b.plan, &request, &reply, &key);
        put_size(to, s->job, "upload", paper ? CN_PUB_UPLOAD : CN_PUB_NONE, request, b.result.upload, b.slots);
        put_size(to, s->job, "download", paper ? CN_PUB_DOWNLOAD : CN_PUB_NONE, reply, b.result.download, b.slots);
        cn_rp_row r = cn_rp_new(s->job, "", "bytes");
        snprintf(r.name, sizeof r.name, "%s, evaluation key", s->job);
        r.expected = (double)key;
        cn_rp_note(&r, key ? "once per client; by the plan" : "none is needed");
        cn_rp_put(to, &r);
    }
    cn_bench_clear(&b);
    return code;
}

/* ---- the experiment of 2016 ------------------------------------------------------------------ */

static void put_2016(FILE *to, const cn_preset *p, const cn_bench *b) {
    static const struct { double seconds; cn_figure_id id; } figure[] = {
        {30, CN_PUB_CONV}, {81, CN_PUB_SQUARE_1}, {127, CN_PUB_DENSE_1}, {10, CN_PUB_SQUARE_2}, {1.6, CN_PUB_DENSE_2}};
    const cn_bench_result *r = &b->result;
    cn_preset_layer rows[CN_PRESET_LAYERS_MAX];
    size_t count = cn_preset_layers(rows, p);
    cn_rp_put_scores(to, b, "paper");
    for (size_t i = 0; i < count; i++) {
        char name[80], note[160];
        cn_figure_id id = CN_PUB_NONE;
        for (size_t k = 0; k < sizeof figure / sizeof figure[0]; k++)
            if (rows[i].paper == figure[k].seconds) id = figure[k].id;
        snprintf(name, sizeof name, "%u %s", rows[i].segment + 1, rows[i].name);
        snprintf(note, sizeof note, "%.3f s for %zu slots", rows[i].seconds, b->slots);
        put_time(to, "layer", name, id, NAN, rows[i].seconds, b->slots, note);
    }
    put_time(to, "all", "evaluate, all layers", CN_PUB_EVALUATE, NAN, r->evaluate, b->slots, "one thread");
    put_time(to, "all", "the same in processor time", CN_PUB_NONE, NAN, p->evaluate_cpu, b->slots,
             "less than the above if another program ran");
    put_time(to, "all", "encode and encrypt", CN_PUB_ENCRYPT, NAN, r->encrypt, b->slots, "");
    put_time(to, "all", "decrypt", CN_PUB_DECRYPT, NAN, r->decrypt, b->slots, "");
    put_rate(to, "2016", "evaluate", CN_PUB_RATE, NAN, (double)b->slots / r->evaluate, "");
    put_rate(to, "2016", "beside the technical report", CN_PUB_RATE_REPORT, NAN, (double)b->slots / r->evaluate, "");
    size_t cipher = cn_p16_cipher_bytes(&p->params) * CN_P16_PLAINS;
    put_size(to, "2016", "upload", CN_PUB_UPLOAD, p->prog.inputs * cipher, r->upload, b->slots);
    put_size(to, "2016", "download", CN_PUB_DOWNLOAD, p->prog.outputs * cipher, r->download, b->slots);
    cn_rp_row q = cn_rp_new("2016", "2016, log2 q", "bits");
    q.measured = cn_mpz_log2(p->params.q);
    cn_rp_note(&q, "INSECURE: the table allows %u for n = 8192, and the NTRU key can be found from the public one (doc/yashe.md)",
               cn_security_max_log2_qp(p->params.n, CN_SECURITY_BITS));
    cn_rp_put(to, &q);
}

int cn_rp_paper2016(FILE *to, const cn_rp_setup *s) {
    cn_bench b = s->machine;
    cn_bench_options o = cn_rp_options(s, 1);
    cn_preset p;
    o.model = "paper";
    b.options = &o;
    int code = cn_preset_prepare(&p, &b);
    if (code == CN_BENCH_OK) code = cn_preset_run(&p, &b);
    if (code == CN_BENCH_OK) put_2016(to, &p, &b);
    cn_preset_clear(&p);
    cn_bench_clear(&b);
    return code;
}
