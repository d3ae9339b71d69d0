/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets plan --packed`: what single images need and cost, and the plan file. */

#include "cli/plan_packed.h"

#include <stdio.h>

#include "cli/cli.h"
#include "cli/plan_json.h"
#include "he/params.h"
#include "nn/single_wire.h"
#include "proto/key_file.h"
#include "util/status.h"

/** Bytes of the files that go with a plan. */
typedef struct file_bytes {
    size_t secret, evaluation, request, reply; /* 0: there is none */
} file_bytes;

static file_bytes count_bytes(const cn_single_plan *p) {
    file_bytes b = {.secret = CN_FRAME_OVERHEAD + cn_ternary_bytes(cn_single_plan_params(p)->n)};
    cn_single_plan_bytes(p, &b.request, &b.reply, &b.evaluation);
    b.request += CN_FRAME_OVERHEAD;
    b.reply += CN_FRAME_OVERHEAD + CN_REQUEST_NAME_BYTES;
    if (b.evaluation) b.evaluation += CN_FRAME_OVERHEAD;
    return b;
}

static void write_layers(cn_json *j, const cn_single_plan *p) {
    cn_json_open(j, "layers", '[');
    for (unsigned l = 0; l < p->layers; l++) {
        const cn_single_layer *y = &p->layer[l];
        cn_json_open(j, NULL, '{');
        cn_json_text(j, "layer", y->label);
        cn_json_integer(j, "inputs", y->features);
        cn_json_integer(j, "outputs", y->outputs);
        cn_json_integer(j, "ciphertexts", y->inputs);
        cn_json_integer(j, "turns", y->turns);
        cn_json_integer(j, "folds", y->folds);
        cn_json_integer(j, "primes", y->limbs);
        cn_json_number(j, "log2_noise", y->noise[CN_SINGLE_FOLDED]);
        cn_json_number(j, "log2_limit", y->limit[CN_SINGLE_FOLDED]);
        cn_json_close(j, '}');
    }
    cn_json_close(j, ']');
}

static void print_json(const cn_single_plan *p, const cn_model *m) {
    cn_json json = {.out = stdout}, *j = &json;
    file_bytes b = count_bytes(p);
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "format", "cryptonets packed plan 1");
    cn_json_text(j, "model", cn_model_name(m));
    cn_cli_json_digest(j, "model_digest", cn_model_digest(m));
    cn_cli_json_digest(j, "plan_digest", cn_single_plan_digest(p));
    cn_json_integer(j, "inputs", p->base.inputs);
    cn_json_integer(j, "outputs", p->base.outputs);
    cn_json_integer(j, "images", p->layout.images);
    cn_cli_json_params(j, cn_single_plan_params(p));
    cn_json_text(j, "costs", cn_costs_calibrated(&p->base.costs) ? "calibrated" : "reference");
    cn_cli_json_window(j, &p->base);
    cn_json_open(j, "file_bytes", '{');
    cn_json_integer(j, "secret_key", b.secret);
    cn_json_integer(j, "evaluation_key", b.evaluation);
    cn_json_integer(j, "request", b.request);
    cn_json_integer(j, "reply", b.reply);
    cn_json_close(j, '}');
    cn_json_integer(j, "rotations", p->rotations);
    write_layers(j, p);
    cn_json_number(j, "seconds", p->cost * 1e-9);
    cn_json_close(j, '}');
}

static cn_status print_text(const cn_single_plan *p) {
    file_bytes b = count_bytes(p);
    CN_TRY(cn_single_plan_describe(p, cn_cli_print_line, NULL));
    printf("files: secret key %zu, evaluation key %zu, request %zu, reply %zu bytes\n", b.secret, b.evaluation, b.request,
           b.reply);
    return CN_OK;
}

cn_status cn_cli_plan_packed(const cn_model *m, const cn_single_options *options, const char *out, bool json) {
    cn_status status = CN_OK;
    cn_single_plan *p;
    CN_TRY(cn_single_plan_new(&p, m, options));
    if (out) CN_CHECK(cn_single_plan_save(p, out));
    if (json) print_json(p, m);
    else CN_CHECK(print_text(p));
cleanup:
    cn_single_plan_free(p);
    return status;
}
