/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets plan`: what a network needs and costs, before any key exists; and the plan file that both sides work from. */

#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "arith/int128.h"
#include "cryptonets_wire.h"
#include "he/params.h"
#include "nn/plan.h"
#include "proto/frame.h"
#include "util/json.h"
#include "util/sha3.h"

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
         "      --ring-degree=N     only this one: 4096, 8192, 16384, 32768 or 65536 (default: the cheapest)\n"
         "      --plains=N          this many plaintext primes, 1 to 8 (default: the cheapest)\n"
         "      --all               print all alternatives, in batches and one image at a time, and why\n"
         "                          some are refused\n"
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
    b.reply += CN_FRAME_OVERHEAD;
    if (b.evaluation) b.evaluation += CN_FRAME_OVERHEAD;
    b.secret = CN_FRAME_OVERHEAD + q->n / 4;
    b.public = p->options.public_key ? CN_FRAME_OVERHEAD + CN_SEED_BYTES + q->n / 8 * cn_params_level_bits(q, q->limbs) : 0;
    return b;
}

static void write_hex(cn_json *j, const char *name, const uint8_t digest[32]) {
    char text[65];
    cn_hex(text, digest, 32);
    cn_json_text(j, name, text);
}

static void write_i128(cn_json *j, const char *name, cn_i128 x) {
    char text[CN_I128_TEXT];
    cn_json_text(j, name, cn_i128_format(text, x));
}

static void write_params(cn_json *j, const cn_plan *p) {
    const cn_params *q = cn_plan_params(p);
    cn_json_text(j, "scheme", cn_plan_scheme(p)->name);
    cn_json_bool(j, "public_key", p->options.public_key != 0);
    cn_json_bool(j, "strict", p->options.strict != 0);
    cn_json_integer(j, "ring_degree", q->n);
    cn_json_open(j, "primes", '[');
    for (unsigned i = 0; i < q->limbs; i++) cn_json_integer(j, NULL, q->q[i]);
    cn_json_close(j, ']');
    cn_json_open(j, "plain_primes", '[');
    for (unsigned i = 0; i < q->plains; i++) cn_json_integer(j, NULL, q->t[i]);
    cn_json_close(j, ']');
    cn_json_open(j, "security", '{');
    cn_json_integer(j, "bits", cn_security_bits(q->n, cn_params_log2_qp(q)));
    cn_json_number(j, "log2_qp", cn_params_log2_qp(q));
    cn_json_integer(j, "log2_qp_most", cn_security_max_log2_qp(q->n, 128));
    cn_json_close(j, '}');
}

static void write_ledger(cn_json *j, const cn_plan *p) {
    size_t rows;
    const cn_ledger_row *r = cn_plan_ledger(p, &rows);
    double seconds = 0;
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
        seconds += r->seconds;
    }
    cn_json_close(j, ']');
    cn_json_number(j, "seconds", seconds);
}

static void print_json(const cn_plan *p, const cn_model *m) {
    cn_json json = {.out = stdout}, *j = &json;
    file_bytes b = count_bytes(p);
    cn_i128 low, width;
    double worst;
    size_t inputs, outputs, ciphers, buffer;
    cn_plan_shape(p, &inputs, &outputs);
    cn_plan_window(p, &low, &width, &worst);
    cn_plan_memory(p, &ciphers, &buffer);
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "format", "cryptonets plan 1");
    cn_json_text(j, "model", cn_model_name(m));
    write_hex(j, "model_digest", cn_model_digest(m));
    write_hex(j, "plan_digest", cn_plan_digest(p));
    cn_json_integer(j, "inputs", inputs);
    cn_json_integer(j, "outputs", outputs);
    write_params(j, p);
    cn_json_open(j, "window", '{');
    write_i128(j, "low", low);
    write_i128(j, "width", width);
    cn_json_number(j, "worst_bits", worst);
    cn_json_close(j, '}');
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
    cn_json_close(j, '}');
}

static cn_status print_text(const cn_plan *p) {
    file_bytes b = count_bytes(p);
    size_t rows;
    double seconds = 0;
    const cn_ledger_row *r = cn_plan_ledger(p, &rows);
    for (size_t i = 0; i < rows; i++) seconds += r[i].seconds;
    CN_TRY(cn_plan_describe(p, cn_cli_print_line, NULL));
    printf("files        secret key %zu, public key %zu, evaluation key %zu, request %zu, reply %zu bytes\n", b.secret,
           b.public, b.evaluation, b.request, b.reply);
    printf("time         %.2f s for up to %zu images, one thread with AVX-512 at the reference cost\n", seconds,
           cn_plan_params(p)->n);
    return CN_OK;
}

int cn_cmd_plan(int argc, char **argv) {
    enum { DEGREE = 256, PLAINS, ALL };
    static const struct option options[] = {{"all", no_argument, NULL, ALL},
                                            {"help", no_argument, NULL, 'h'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"plains", required_argument, NULL, PLAINS},
                                            {"public-key", no_argument, NULL, 'u'},
                                            {"ring-degree", required_argument, NULL, DEGREE},
                                            {"strict", no_argument, NULL, 's'},
                                            {NULL, 0, NULL, 0}};
    cn_plan_options chosen = {0};
    const char *out = NULL;
    bool json = false, all = false;
    uint64_t number;
    int option, code = CN_EXIT_OK;
    while ((option = getopt_long(argc, argv, ":hjo:su", options, NULL)) != -1) {
        switch (option) {
        case 'h': print_help(); return CN_EXIT_OK;
        case 'j': json = true; break;
        case ALL: all = true; break;
        case 'o': out = optarg; break;
        case 's': chosen.strict = 1; break;
        case 'u': chosen.public_key = 1; break;
        case DEGREE:
            code = cn_cli_number(&number, "plan", "ring-degree", 4096, 65536);
            if (code == CN_EXIT_OK) chosen.ring_degree = number;
            break;
        case PLAINS:
            code = cn_cli_number(&number, "plan", "plains", 1, CN_PLAINS_MAX);
            if (code == CN_EXIT_OK) chosen.plains = (unsigned)number;
            break;
        default: return cn_cli_bad_option(argv, option);
        }
        if (code != CN_EXIT_OK) return code;
    }
    code = cn_cli_operands("plan", "MODEL", 1, argc, argv);
    if (code == CN_EXIT_OK && out) code = cn_cli_required("plan", "out=PLAN", out);
    if (code == CN_EXIT_OK && all && (json || out)) code = cn_cli_usage("plan", "--all makes no plan: expected neither --json nor --out");
    if (code != CN_EXIT_OK) return code;

    cn_status status = CN_OK;
    cn_model *m = NULL;
    cn_plan *p = NULL;
    CN_CHECK(cn_model_load(&m, argv[optind]));
    if (all) {
        status = cn_cli_plan_all(m, &chosen);
        goto cleanup;
    }
    CN_CHECK(cn_plan_new(&p, m, &chosen));
    if (out) CN_CHECK(cn_plan_save(p, out));
    if (json) print_json(p, m);
    else CN_CHECK(print_text(p));
cleanup:
    cn_plan_free(p);
    cn_model_free(m);
    return cn_cli_end(status);
}
