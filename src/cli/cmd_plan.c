/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets plan`: what a network needs and costs, before any key exists; and the plan file that both sides work from. */

#include "cli/cli.h"
#include "cli/plan_all.h"
#include "cli/plan_json.h"
#include "cli/plan_packed.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cryptonets_wire.h"
#include "he/params.h"
#include "nn/plan.h"
#include "nn/wire.h"
#include "proto/key_file.h"
#include "util/json.h"

static void print_help(void) {
    puts("Usage: cryptonets plan [OPTION]... MODEL\n"
         "Find encryption parameters of 128-bit security under which every score of the network in the\n"
         "model file MODEL comes out exact, and print them: the ledger of stages with noise and time,\n"
         "bytes of keys and messages, memory. No key is made.\n"
         "\n"
         "Options:\n"
         "  -o, --out=PLAN          write the plan file: for the data owner, without the network's weights\n"
         "  -u, --public-key        images are encrypted under a public key, by someone who cannot decrypt\n"
         "  -s, --strict            let scores be exact for every possible image, not only within the\n"
         "                          model's calibrated window\n"
         "      --model-privacy=N   replies are flooded with noise until they tell, up to a chance of 2^-N, nothing\n"
         "                          of the network but the scores (40 to 128, such as 40 or 64); with its price\n"
         "      --scale-scores=K    with --model-privacy: multiply the scores of each image by a random number below\n"
         "                          2^K (2 to 32) and fill up at random, so that labels are told and rough ratios\n"
         "      --ring-degree=N     only this one: 4096, 8192, 16384, 32768 or 65536 (default: the cheapest)\n"
         "      --plains=N          this many plaintext primes, 1 to 8 (default: the cheapest)\n"
         "      --costs=FILE        rank by costs that bench-kernels measured on some machine, not by the reference; the\n"
         "                          plan file keeps them\n"
         "      --packed            for one image at a time, answered within milliseconds, not for batches; takes --out,\n"
         "                          --images, --ring-degree, --costs and --json\n"
         "  -a, --all               print every way to evaluate the network beside the others: packed, for 1, 2, 4, ...\n"
         "                          images per request, and batches in rings of each degree; with the reason where one\n"
         "                          is refused\n"
         "      --images=N          with --all: for N images that are there now (default: 1); with --packed: that a\n"
         "                          request holds, a power of two up to 512\n"
         "      --objective=WHAT    with --all: best is the least latency (default), throughput (time per image of\n"
         "                          full requests) or upload (bytes)\n"
         "  -j, --json              print JSON (json.md)\n"
         "  -h, --help              print this text and exit");
}

/** Bytes of the files that go with a plan. */
typedef struct file_bytes {
    size_t secret, public, evaluation, request, reply; /* 0: there is none */
} file_bytes;

static file_bytes count_bytes(const cn_plan *p) {
    const cn_params *q = cn_plan_params(p);
    file_bytes b;
    cn_plan_bytes(p, &b.request, &b.reply, &b.evaluation);
    b.request += CN_FRAME_OVERHEAD;
    b.reply += CN_FRAME_OVERHEAD + CN_REQUEST_NAME_BYTES;
    if (b.evaluation) b.evaluation += CN_FRAME_OVERHEAD;
    b.secret = CN_FRAME_OVERHEAD + cn_ternary_bytes(q->n);
    b.public = cn_plan_public_key_needed(p) ? CN_FRAME_OVERHEAD + CN_SEED_BYTES + q->n / 8 * cn_params_level_bits(q, q->limbs) : 0;
    return b;
}

static void write_params(cn_json *j, const cn_plan *p) {
    cn_json_text(j, "scheme", cn_plan_scheme(p)->name);
    cn_json_bool(j, "public_key", p->options.public_key != 0);
    cn_json_bool(j, "strict", p->options.strict != 0);
    cn_json_integer(j, "model_privacy", p->options.model_privacy);
    cn_json_integer(j, "flood_bits", p->flood_bits);
    cn_json_integer(j, "scale_scores", p->options.scale_scores);
    cn_cli_json_params(j, cn_plan_params(p));
}

/** What the plan would be without model privacy. */
static void write_without(cn_json *j, const cn_plan *without) {
    const cn_params *q = cn_plan_params(without);
    file_bytes b = count_bytes(without);
    cn_json_open(j, "without_privacy", '{');
    cn_json_integer(j, "ring_degree", q->n);
    cn_json_number(j, "log2_q", cn_params_log2_q(q));
    cn_json_integer(j, "primes", q->limbs);
    cn_json_integer(j, "evaluation_key", b.evaluation);
    cn_json_integer(j, "request", b.request);
    cn_json_integer(j, "reply", b.reply);
    cn_json_number(j, "seconds", cn_plan_seconds(without));
    cn_json_close(j, '}');
}

static void write_ledger(cn_json *j, const cn_plan *p) {
    size_t rows;
    const cn_ledger_row *r = cn_plan_ledger(p, &rows);
    cn_json_open(j, "ledger", '[');
    for (size_t i = 0; i < rows; i++, r++) {
        cn_json_open(j, NULL, '{');
        cn_json_integer(j, "segment", r->segment + 1);
        cn_json_text(j, "stage", r->name);
        cn_json_integer(j, "values", r->outputs);
        cn_json_integer(j, "operations", r->operations);
        cn_json_integer(j, "primes", r->limbs);
        cn_json_integer(j, "parts", r->parts);
        cn_json_number(j, "log2_noise", r->log2_noise);
        cn_json_number(j, "log2_limit", r->log2_limit);
        cn_json_number(j, "range_bits", r->range_bits);
        cn_json_number(j, "seconds", r->seconds);
        cn_json_integer(j, "bytes", r->bytes);
        cn_json_close(j, '}');
    }
    cn_json_close(j, ']');
    cn_json_number(j, "seconds", cn_plan_seconds(p));
}

static void print_json(const cn_plan *p, const cn_plan *without, const cn_model *m) {
    cn_json json = {.out = stdout}, *j = &json;
    file_bytes b = count_bytes(p);
    size_t inputs, outputs, ciphers, buffer;
    cn_plan_shape(p, &inputs, &outputs);
    cn_plan_memory(p, &ciphers, &buffer);
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "format", "cryptonets plan 1");
    cn_json_text(j, "model", cn_model_name(m));
    cn_cli_json_digest(j, "model_digest", cn_model_digest(m));
    cn_cli_json_digest(j, "plan_digest", cn_plan_digest(p));
    cn_json_integer(j, "inputs", inputs);
    cn_json_integer(j, "outputs", outputs);
    write_params(j, p);
    cn_json_text(j, "costs", cn_costs_calibrated(&p->costs) ? "calibrated" : "reference");
    cn_cli_json_window(j, p);
    cn_json_open(j, "file_bytes", '{');
    cn_json_integer(j, "secret_key", b.secret);
    cn_json_integer(j, "public_key", b.public);
    cn_json_integer(j, "evaluation_key", b.evaluation);
    cn_json_integer(j, "request", b.request);
    cn_json_integer(j, "reply", b.reply);
    cn_json_close(j, '}');
    cn_json_open(j, "memory_bytes", '{');
    cn_json_integer(j, "ciphertexts", ciphers);
    cn_json_integer(j, "inputs", buffer);
    cn_json_close(j, '}');
    write_ledger(j, p);
    if (without) write_without(j, without);
    cn_json_close(j, '}');
}

/** Bits, primes, bytes and time of a plan with model privacy beside one without. */
static void print_price(const cn_plan *p, const cn_plan *without) {
    const cn_params *q = cn_plan_params(p), *o = cn_plan_params(without);
    file_bytes b = count_bytes(p), c = count_bytes(without);
    double each = cn_plan_seconds(p) / (double)q->n * 1e6, once = cn_plan_seconds(without) / (double)o->n * 1e6;
    printf("price        model privacy: n = %zu, without %zu; log2 q = %.1f, without %.1f (%+.1f bits); %u primes, without %u (%+d)\n", q->n, o->n,
           cn_params_log2_q(q), cn_params_log2_q(o), cn_params_log2_q(q) - cn_params_log2_q(o), q->limbs, o->limbs, (int)q->limbs - (int)o->limbs);
    printf("             reply %zu bytes, without %zu; request %zu, without %zu; evaluation key %zu, without %zu\n", b.reply, c.reply, b.request,
           c.request, b.evaluation, c.evaluation);
    printf("             time %.1f us per image of a full batch, without %.1f (times %.2f)\n", each, once, each / once);
}

static cn_status print_text(const cn_plan *p, const cn_plan *without) {
    file_bytes b = count_bytes(p);
    CN_TRY(cn_plan_describe(p, cn_cli_print_line, NULL));
    printf("files        secret key %zu, public key %zu, evaluation key %zu, request %zu, reply %zu bytes\n", b.secret,
           b.public, b.evaluation, b.request, b.reply);
    printf("time         %.2f s for up to %zu images, one thread %s\n", cn_plan_seconds(p), cn_plan_params(p)->n,
           cn_costs_calibrated(cn_plan_costs(p)) ? "at calibrated costs" : "with AVX-512 at the reference cost");
    if (without) print_price(p, without);
    return CN_OK;
}

int cn_cmd_plan(int argc, char **argv) {
    enum { DEGREE = 256, PLAINS, PRIVACY, SCALE, IMAGES, OBJECTIVE, PACKED, COSTS };
    static const struct option options[] = {{"all", no_argument, NULL, 'a'},
                                            {"costs", required_argument, NULL, COSTS},
                                            {"help", no_argument, NULL, 'h'},
                                            {"images", required_argument, NULL, IMAGES},
                                            {"json", no_argument, NULL, 'j'},
                                            {"model-privacy", required_argument, NULL, PRIVACY},
                                            {"objective", required_argument, NULL, OBJECTIVE},
                                            {"out", required_argument, NULL, 'o'},
                                            {"packed", no_argument, NULL, PACKED},
                                            {"plains", required_argument, NULL, PLAINS},
                                            {"public-key", no_argument, NULL, 'u'},
                                            {"ring-degree", required_argument, NULL, DEGREE},
                                            {"scale-scores", required_argument, NULL, SCALE},
                                            {"strict", no_argument, NULL, 's'},
                                            {NULL, 0, NULL, 0}};
    cn_plan_options chosen = {0};
    const char *out = NULL, *measured = NULL;
    cn_costs costs;
    bool json = false, all = false, packed = false, goal = false;
    uint64_t number, images = 0;
    cn_objective objective = CN_OBJECTIVE_LATENCY;
    int option, code = CN_EXIT_OK;
    while ((option = getopt_long(argc, argv, ":ahjo:su", options, NULL)) != -1) {
        switch (option) {
        case 'h': print_help(); return CN_EXIT_OK;
        case 'a': all = true; break;
        case 'j': json = true; break;
        case 'o': out = optarg; break;
        case 's': chosen.strict = 1; break;
        case 'u': chosen.public_key = 1; break;
        case PACKED: packed = true; break;
        case COSTS: measured = optarg; break;
        case IMAGES: code = cn_cli_number(&images, "plan", "images", 1, 1u << 30); break;
        case OBJECTIVE: goal = true, code = cn_cli_objective(&objective, optarg); break;
        case DEGREE:
            code = cn_cli_number(&number, "plan", "ring-degree", 4096, 65536);
            if (code == CN_EXIT_OK) chosen.ring_degree = number;
            break;
        case PLAINS:
            code = cn_cli_number(&number, "plan", "plains", 1, CN_PLAINS_MAX);
            if (code == CN_EXIT_OK) chosen.plains = (unsigned)number;
            break;
        case PRIVACY:
            code = cn_cli_number(&number, "plan", "model-privacy", CN_PRIVACY_BITS_MIN, CN_PRIVACY_BITS_MAX);
            if (code == CN_EXIT_OK) chosen.model_privacy = (unsigned)number;
            break;
        case SCALE:
            code = cn_cli_number(&number, "plan", "scale-scores", CN_SCALE_BITS_MIN, CN_SCALE_BITS_MAX);
            if (code == CN_EXIT_OK) chosen.scale_scores = (unsigned)number;
            break;
        default: return cn_cli_bad_option(argv, option);
        }
        if (code != CN_EXIT_OK) return code;
    }
    code = cn_cli_operands("plan", "MODEL", 1, argc, argv);
    if (code == CN_EXIT_OK && chosen.scale_scores && !chosen.model_privacy)
        code = cn_cli_usage("plan", "--scale-scores: expected --model-privacy with it, which keeps the scale from being told");
    if (code == CN_EXIT_OK && out) code = cn_cli_required("plan", "out=PLAN", out);
    if (code == CN_EXIT_OK && measured) code = cn_cli_required("plan", "costs=FILE", measured);
    if (code == CN_EXIT_OK && ((images && !all && !packed) || (goal && !all)))
        code = cn_cli_usage("plan", "--images and --objective: expected --all with them, or --packed with --images");
    if (code == CN_EXIT_OK && all && (out || chosen.ring_degree))
        code = cn_cli_usage("plan", "--all: expected neither --out nor --ring-degree, found one; plan again without --all");
    if (code == CN_EXIT_OK && packed && (all || chosen.strict || chosen.public_key || chosen.plains || chosen.model_privacy))
        code = cn_cli_usage("plan", "--packed: expected no other options than --costs, --images, --out, --ring-degree and --json; "
                            "leave the others out, or --packed");
    if (code != CN_EXIT_OK) return code;

    cn_status status = CN_OK;
    cn_model *m = NULL;
    cn_plan *p = NULL, *without = NULL;
    if (measured) {
        CN_CHECK(cn_costs_load(&costs, measured));
        chosen.costs = &costs;
    }
    cn_plan_options plain = chosen;
    plain.model_privacy = plain.scale_scores = 0;
    CN_CHECK(cn_model_load(&m, argv[optind]));
    if (all) {
        CN_CHECK(cn_cli_plan_all(m, &chosen, images ? images : 1, objective, json));
        goto cleanup;
    }
    if (packed) {
        const cn_single_options single = {.ring_degree = chosen.ring_degree, .images = images, .costs = chosen.costs};
        CN_CHECK(cn_cli_plan_packed(m, &single, out, json));
        goto cleanup;
    }
    CN_CHECK(cn_plan_new(&p, m, &chosen));
    if (chosen.model_privacy) CN_CHECK(cn_plan_new(&without, m, &plain));
    if (out) CN_CHECK(cn_plan_save(p, out));
    if (json) print_json(p, without, m);
    else CN_CHECK(print_text(p, without));
cleanup:
    cn_plan_free(without);
    cn_plan_free(p);
    cn_model_free(m);
    return cn_cli_end(status);
}
