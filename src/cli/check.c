/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Inside a segment no ciphertext exists, so each stage is looked at through a prefix of the network that ends there, under the plan's
 *  parameters and keys, some outputs at a time. Noise is measured with the secret key, which was made here for this purpose
 *  and goes nowhere. */

#include "cli/check.h"

#include <math.h>
#include <string.h>

#include "he/cipher.h"
#include "he/params.h"
#include "nn/clear.h"
#include "nn/client.h"
#include "util/mem.h"
#include "util/status.h"

#define CHUNK 64   /* outputs at a time */
#define MEASURED 4 /* outputs of a stage whose noise is measured */

typedef struct check {
    const cn_plan *plan;
    const cn_model *model, *clear_model;
    cn_client *client;
    cn_request *request;
    size_t slots;
    unsigned threads;
    uint8_t *pixels;   /* [slots][inputs] */
    cn_i128 *clear;    /* [slots][outputs of a chunk] */
    uint64_t *found, *expected; /* [slots] */
    cn_progress_fn progress;
    void *user;
} check;

/** Compare one output of a chunk, in one branch.  In: clear values modulo t in place. */
static cn_status compare(cn_check_row *row, check *c, const cn_cipher *cipher, size_t column, size_t columns, size_t output, bool measure) {
    CN_TRY(cn_decrypt(c->found, c->slots, cipher, c->client->sk, c->client->ctx));
    for (size_t i = 0; i < c->slots; i++) {
        c->expected[i] = (uint64_t)c->clear[i * columns + column];
        if (c->found[i] == c->expected[i]) continue;
        if (!row->different++) row->image = i, row->output = output;
    }
    row->values += c->slots;
    if (!measure || row->different) return CN_OK;
    double sigma, top;
    CN_TRY(cn_test_noise(&sigma, &top, cipher, c->expected, c->client->sk, c->client->ctx));
    row->measured = isnan(row->measured) ? sigma : fmax(row->measured, sigma);
    return CN_OK;
}

/** Outputs first, first + 1, ... of a prefix. */
static cn_status check_chunk(cn_check_row *row, check *c, unsigned layers, size_t first, size_t columns, size_t step) {
    cn_status status = CN_OK;
    cn_program prog = {0}, clear = {0};
    cn_server *server = NULL;
    cn_reply *reply = NULL;
    cn_plan plan = *c->plan;
    uint32_t kept[CHUNK];
    size_t outside;
    for (size_t k = 0; k < CN_MIN(columns, CHUNK); k++) kept[k] = (uint32_t)(first + k);
    CN_CHECK(cn_program_compile(&prog, c->model, layers));
    CN_CHECK(cn_program_compile(&clear, c->clear_model, layers));
    if (columns < prog.outputs) {
        CN_CHECK(cn_program_keep_outputs(&prog, kept, columns));
        CN_CHECK(cn_program_keep_outputs(&clear, kept, columns));
    }
    plan.segments = prog.count;
    plan.outputs = prog.outputs;
    plan.output_power = cn_act_degree(&prog.segment[prog.count - 1].act);
    CN_CHECK(cn_server_from_program(&server, &plan, &prog, cn_client_evaluation_key(c->client), c->threads));
    CN_CHECK(cn_server_evaluate(&reply, server, c->request, NULL, c->progress, c->user));
    for (unsigned j = 0; j < plan.params.plains; j++) {
        cn_i128 t = (cn_i128)plan.params.t[j];
        CN_CHECK(cn_clear_run(c->clear, &outside, &clear, c->clear_model, 0, t, t, c->pixels, c->slots, c->threads));
        for (size_t k = 0; k < columns; k++)
            CN_CHECK(compare(row, c, reply->cipher[j * columns + k], k, columns, first + k, (first + k) % step == 0));
    }
cleanup:
    cn_reply_free(reply);
    cn_server_free(server);
    cn_program_clear(&clear);
    cn_program_clear(&prog);
    return status;
}

static bool acts(const cn_layer *l) { return l->type == CN_LAYER_SQUARE || l->type == CN_LAYER_POLY; }

/** The stage that the first layers end with, unless the next layer is multiplied into the same one.  Out: *row; layers = 0: no stage. */
static cn_status check_prefix(cn_check_row *row, check *c, unsigned layers) {
    const cn_model *m = c->model;
    *row = (cn_check_row){.measured = NAN};
    if (layers < m->layer_count && !acts(&m->layer[layers - 1]) && !acts(&m->layer[layers])) return CN_OK;
    cn_program prog;
    cn_status status = cn_program_compile(&prog, m, layers);
    if (status == CN_ERR_MODEL) return CN_OK; /* nothing but a flatten so far */
    if (status != CN_OK) return status;
    size_t outputs = prog.outputs, step = CN_MAX(1, outputs / MEASURED);
    unsigned segment = prog.count - 1;
    const cn_segment *last = &prog.segment[segment];
    cn_stage stage = last->has_post ? CN_STAGE_POST : cn_segment_acts(last) ? CN_STAGE_ACT : CN_STAGE_PRE;
    memcpy(row->label, last->label[stage], sizeof row->label);
    row->layers = layers;
    row->predicted = c->plan->forecast.stage[segment][stage];
    row->limit = cn_params_log2_level(&c->plan->params, c->plan->schedule.limbs[segment]) - 1 - log2((double)c->plan->params.t[0]);
    /* Whole chunks where there is a map to restrict; otherwise all at once. */
    size_t chunk = prog.segment[0].has_pre || prog.count > 1 || last->has_post ? CHUNK : outputs;
    cn_program_clear(&prog);
    c->clear = cn_malloc(c->slots, chunk * sizeof *c->clear);
    if (!c->clear) return CN_ERR_MEMORY;
    for (size_t first = 0; first < outputs && status == CN_OK; first += chunk)
        status = check_chunk(row, c, layers, first, CN_MIN(chunk, outputs - first), step);
    cn_free(c->clear);
    return status;
}

cn_status cn_check_network(size_t *different, const cn_plan *plan, const cn_model *m, const cn_model *clear, const uint8_t *pixels, size_t count,
                           unsigned threads, cn_check_fn row, cn_progress_fn progress, void *user) {
    cn_status status = CN_OK;
    check c = {.plan = plan, .model = m, .clear_model = clear, .slots = plan->params.n, .threads = threads, .progress = progress, .user = user};
    size_t inputs = plan->inputs;
    cn_check_row found;
    *different = 0;
    if (count < 1 || count > c.slots) return cn_fail(CN_ERR_SIZE, "check: %zu images; expected 1 to %zu, the slots of a batch", count, c.slots);
    c.pixels = cn_malloc(c.slots, inputs);
    c.found = cn_malloc(c.slots, sizeof *c.found);
    c.expected = cn_malloc(c.slots, sizeof *c.expected);
    if (!c.pixels || !c.found || !c.expected) CN_CHECK(CN_ERR_MEMORY);
    for (size_t i = 0; i < c.slots; i++) memcpy(c.pixels + i * inputs, pixels + i % count * inputs, inputs);
    CN_CHECK(cn_client_new(&c.client, plan, threads));
    CN_CHECK(cn_client_encrypt(&c.request, c.client, c.pixels, c.slots, progress, user));
    for (unsigned layers = 1; layers <= m->layer_count; layers++) {
        CN_CHECK(check_prefix(&found, &c, layers));
        if (!found.layers) continue;
        *different += found.different;
        row(user, &found);
    }
cleanup:
    cn_request_free(c.request);
    cn_client_free(c.client);
    cn_free_secret(c.pixels, c.slots * inputs);
    cn_free(c.found);
    cn_free(c.expected);
    return status;
}
