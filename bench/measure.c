/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Measured noise beside the predicted one, in the test build only: noise depends on the secret key.
 *
 *  Inside a segment no ciphertext exists. So each stage is measured on a prefix of the network that ends there, under the same
 *  parameters and keys, restricted to the few outputs with the largest weights; the true values come from the clear network. At
 *  the end of a segment the same ciphertexts are then relinearised and switched. All slots are filled, by repeating images. */

#include "bench/bench.h"

#ifdef CN_TESTING

#include <math.h>
#include <string.h>

#include "nn/clear.h"
#include "nn/wire.h"
#include "util/mem.h"
#include "util/status.h"

#define MEASURED_OUTPUTS 4

typedef struct measurement {
    cn_bench *bench;
    const cn_secret_key *sk;
    const cn_relin_key *key;
    const cn_context *ctx;
    const cn_program *network;
    const cn_request *request;
    uint8_t *pixels;   /* [n][inputs] */
    cn_i128 *clear;    /* [n][MEASURED_OUTPUTS] */
    uint64_t *values;  /* [n] */
} measurement;

/** The ciphertext's noise into a row of the ledger, the largest one wins. In: m->values its true values. */
static cn_status record(measurement *m, int row, const cn_cipher *c) {
    double sigma, top, *found = &m->bench->result.measured[row];
    CN_TRY(cn_test_noise(&sigma, &top, c, m->values, m->sk, m->ctx));
    *found = isnan(*found) ? sigma : fmax(*found, sigma);
    return CN_OK;
}

/** Keep the outputs whose rows of the last linear map have the largest norms.
 *  Returns: as cn_program_keep_outputs; CN_ERR_UNSUPPORTED if no linear map leads to the outputs. */
static cn_status keep_heaviest(cn_program *p) {
    const cn_segment *last = &p->segment[p->count - 1];
    const cn_linear *l = last->has_post ? &last->post : last->has_pre ? &last->pre : p->count > 1 ? &last[-1].post : NULL;
    uint32_t row[MEASURED_OUTPUTS];
    double norm[MEASURED_OUTPUTS];
    size_t kept = 0;
    if (!l || !l->start) return CN_ERR_UNSUPPORTED;
    for (size_t r = 0; r < l->m.rows; r++) {
        double sum = 0;
        for (uint32_t e = l->start[r]; e < l->start[r + 1]; e++) sum += (double)l->weight[e] * (double)l->weight[e];
        size_t at = kept;
        while (at > 0 && norm[at - 1] < sum) at--;
        if (at == MEASURED_OUTPUTS) continue;
        if (kept < MEASURED_OUTPUTS) kept++;
        memmove(norm + at + 1, norm + at, (kept - at - 1) * sizeof *norm);
        memmove(row + at + 1, row + at, (kept - at - 1) * sizeof *row);
        norm[at] = sum;
        row[at] = (uint32_t)r;
    }
    return cn_program_keep_outputs(p, row, kept);
}

/** One output of a prefix that ends at a stage of a segment; true values in m->values. Uses the ciphertext up. */
static cn_status measure_cipher(measurement *m, cn_cipher *c, unsigned segment, unsigned stage) {
    const cn_plan *plan = m->bench->plan;
    const cn_segment *full = &m->network->segment[segment];
    CN_TRY(record(m, cn_plan_row(plan, m->network, segment, stage), c));
    bool is_end = stage == CN_STAGE_POST || !full->has_post;
    if (!is_end || segment + 1 == m->network->count) return CN_OK;
    CN_TRY(cn_relinearise(c, m->key, m->ctx));
    CN_TRY(record(m, cn_plan_row(plan, m->network, segment, CN_ROW_RELIN), c));
    while (cn_cipher_limbs(c) > plan->schedule.limbs[segment + 1]) CN_TRY(cn_mod_switch(c, m->ctx));
    return record(m, cn_plan_row(plan, m->network, segment, CN_ROW_SWITCH), c);
}

/** Evaluate a restricted prefix and measure its outputs. */
static cn_status measure_program(measurement *m, const cn_program *prog) {
    cn_status status = CN_OK;
    cn_server *server = NULL;
    cn_reply *reply = NULL;
    cn_plan plan = *m->bench->plan;
    const cn_segment *last = &prog->segment[prog->count - 1];
    unsigned threads = m->bench->options->threads, stage = last->has_post ? CN_STAGE_POST : cn_segment_acts(last) ? CN_STAGE_ACT : CN_STAGE_PRE;
    size_t n = plan.params.n, outputs = prog->outputs, outside;
    plan.segments = prog->count;
    plan.outputs = outputs;
    plan.output_power = cn_act_degree(&last->act);
    CN_CHECK(cn_server_from_program(&server, &plan, prog, m->key, threads));
    CN_CHECK(cn_server_evaluate(&reply, server, m->request, NULL, cn_bench_on_progress, NULL));
    for (unsigned branch = 0; branch < plan.params.plains; branch++) {
        cn_i128 t = (cn_i128)plan.params.t[branch];
        CN_CHECK(cn_clear_run(m->clear, &outside, prog, m->bench->model, 0, t, t, m->pixels, n, threads));
        for (size_t o = 0; o < outputs; o++) {
            for (size_t i = 0; i < n; i++) m->values[i] = (uint64_t)m->clear[i * outputs + o];
            CN_CHECK(measure_cipher(m, reply->cipher[branch * outputs + o], prog->count - 1, stage));
        }
    }
cleanup:
    cn_reply_free(reply);
    cn_server_free(server);
    return status;
}

static bool is_activation(const cn_layer *l) { return l->type == CN_LAYER_SQUARE || l->type == CN_LAYER_POLY; }

/** The stage that the first layers >= 1 layers end with, unless the next layer folds into the same stage. */
static cn_status measure_prefix(measurement *m, unsigned layers) {
    const cn_model *model = m->bench->model;
    cn_program prog;
    if (layers < model->layer_count && !is_activation(&model->layer[layers - 1]) && !is_activation(&model->layer[layers])) return CN_OK;
    cn_status status = cn_program_compile(&prog, model, layers);
    if (status == CN_ERR_MODEL) return CN_OK; /* nothing but a flatten so far */
    if (status != CN_OK) return status;
    status = keep_heaviest(&prog);
    if (status == CN_OK) status = measure_program(m, &prog);
    cn_program_clear(&prog);
    return status == CN_ERR_UNSUPPORTED ? CN_OK : status; /* every value would have to be measured: left out */
}

int cn_bench_measure(cn_bench *b, cn_client *c) {
    cn_status status = CN_OK;
    cn_program network = {0};
    cn_request *request = NULL;
    size_t n = b->slots, inputs = cn_model_inputs(b->model);
    measurement m = {.bench = b, .key = cn_client_evaluation_key(c), .network = &network};
    m.sk = cn_test_client_key(&m.ctx, c);
    m.pixels = cn_malloc(n, inputs);
    m.clear = cn_malloc(n * MEASURED_OUTPUTS, sizeof *m.clear);
    m.values = cn_malloc(n, sizeof *m.values);
    if (!m.pixels || !m.clear || !m.values) CN_CHECK(CN_ERR_MEMORY);
    for (size_t i = 0; i < n; i++) memcpy(m.pixels + i * inputs, b->data.pixels + i % b->data.count * inputs, inputs);
    CN_CHECK(cn_client_encrypt(&request, c, m.pixels, n, cn_bench_on_progress, NULL));
    m.request = request;
    CN_CHECK(cn_program_compile(&network, b->model, b->model->layer_count));
    for (unsigned layers = 1; layers <= b->model->layer_count; layers++) CN_CHECK(measure_prefix(&m, layers));
cleanup:
    cn_program_clear(&network);
    cn_request_free(request);
    cn_free(m.pixels);
    cn_free(m.clear);
    cn_free(m.values);
    return status == CN_OK ? CN_BENCH_OK : cn_bench_fail_library();
}

#endif
