/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Records to bytes, bytes to scores, scores to figures. */

#include "predict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "fail.h"
#include "realnet.h"

double prediction_logistic(double logit) { return 1 / (1 + exp(-logit)); }

double prediction_probability(const prediction *p, cn_i128 difference) {
    return prediction_logistic((double)difference * p->scale.unit);
}

/** Real weights see the features as they are in the file: not rounded to steps, not cut. */
static bool predict_real(prediction *p, const char *folder) {
    realnet net;
    double *position = NULL, start = encrypted_clock();
    bool fine = realnet_read(&net, folder);
    size_t features = p->scale.features;
    if (!fine) goto cleanup;
    if (net.inputs != features || net.layer[net.layers - 1].units != SCALING_CLASSES) {
        fine = hospital_fail(
            "%s: expected a network of %zu inputs and %d scores, found %zu and %zu; train both with the same table", folder,
            features, SCALING_CLASSES, net.inputs, net.layer[net.layers - 1].units);
        goto cleanup;
    }
    if ((position = calloc(features, sizeof *position)) == NULL) fine = hospital_fail("%s: no memory", folder);
    for (size_t i = 0; fine && i < p->rows; i++) {
        double score[SCALING_CLASSES];
        for (size_t f = 0; f < features; f++)
            position[f] = scaling_position(&p->scale, f, p->table.value[i * features + f]);
        realnet_scores(score, &net, position);
        p->logit[i] = score[1] - score[0];
        if (!isfinite(p->logit[i]))
            fine = hospital_fail("%s: row %zu: expected a finite score, found none; the row's values are absurd", folder,
                                 i + 1);
    }
    p->seconds[PREDICT_REAL] = encrypted_clock() - start;
cleanup:
    free(position);
    realnet_free(&net);
    return fine;
}

/** Both ways with integers, from the same bytes. */
static bool predict_integers(prediction *p, const cn_model *model, const cn_plan *plan, unsigned threads) {
    size_t features = p->scale.features, scores = p->rows * SCALING_CLASSES;
    uint8_t *bytes = calloc(p->rows, features);
    cn_i128 *clear = calloc(scores, sizeof *clear), *encrypted = calloc(scores, sizeof *encrypted);
    bool fine = (bytes && clear && encrypted) ||
                hospital_fail("%s: no memory for %zu rows; split the file", cn_model_name(model), p->rows);
    if (!fine) goto cleanup;
    for (size_t k = 0; k < p->rows * features; k++) {
        bool cut = false;
        bytes[k] = scaling_byte(&p->scale, k % features, p->table.value[k], &cut);
        p->cut[k % features] += cut;
    }
    double start = encrypted_clock();
    fine = hospital_ok(cn_clear_scores(clear, &p->outside, plan, model, bytes, p->rows, threads));
    p->seconds[PREDICT_CLEAR] = encrypted_clock() - start;
    fine = fine && encrypted_scores(encrypted, &p->cost, plan, model, bytes, p->rows, threads);
    for (size_t k = 0; k < scores; k++) p->unequal += clear[k] != encrypted[k];
    for (size_t i = 0; i < p->rows; i++) {
        p->clear[i] = clear[2 * i + 1] - clear[2 * i];
        p->encrypted[i] = encrypted[2 * i + 1] - encrypted[2 * i];
    }
cleanup:
    free(encrypted);
    free(clear);
    free(bytes);
    return fine;
}

/** Areas and shares, where the file has labels. */
static bool judge(prediction *p) {
    const bool *positive = p->table.positive;
    if (positive == NULL) return true;
    auc_case *cases = calloc(p->rows, sizeof *cases);
    if (cases == NULL) return hospital_fail("no memory for the areas of %zu rows; split the file", p->rows);
    for (int way = 0; way < PREDICT_WAYS; way++) {
        for (size_t i = 0; i < p->rows; i++) {
            cases[i] = (auc_case){.positive = positive[i]};
            if (way == PREDICT_REAL) cases[i].real = p->logit[i];
            else cases[i].exact = way == PREDICT_CLEAR ? p->clear[i] : p->encrypted[i];
            p->right[way] += (cases[i].exact > 0 || cases[i].real > 0) == positive[i];
        }
        p->area[way] = auc_count(cases, p->rows);
    }
    for (size_t i = 0; p->table.risk != NULL && i < p->rows; i++)
        cases[i] = (auc_case){.real = p->table.risk[i], .positive = positive[i]};
    if (p->table.risk != NULL) p->known = auc_count(cases, p->rows);
    free(cases);
    return true;
}

bool prediction_make(prediction *p, const char *base, const char *csv, const char *label, unsigned threads) {
    static const char *const endings[] = {".cnm", "/scaling.txt", "-float"};
    char path[3][4096];
    cn_model *model = NULL;
    cn_plan *plan = NULL;
    bool fine = false;
    *p = (prediction){0};
    for (int k = 0; k < 3; k++)
        if (snprintf(path[k], sizeof path[k], "%s%s", base, endings[k]) >= (int)sizeof path[k])
            return hospital_fail("%.60s...: the name of the network is too long", base);

    if (!hospital_ok(cn_model_load(&model, path[0])) || !scaling_read(&p->scale, path[1])) goto cleanup;
    size_t features = p->scale.features;
    if (cn_model_inputs(model) != features || cn_model_outputs(model) != SCALING_CLASSES) {
        hospital_fail(
            "%s: expected a network of %zu inputs and %d scores, as in %s, found %zu and %zu; import the folder again",
            path[0], features, SCALING_CLASSES, path[1], cn_model_inputs(model), cn_model_outputs(model));
        goto cleanup;
    }
    /* Strict: room for the scores of every row that bytes can express, not only for such as were seen in training. */
    const cn_plan_options strict = {.strict = 1};
    if (!hospital_ok(cn_plan_new(&plan, model, &strict)) || !records_read(&p->table, csv, &p->scale, label)) goto cleanup;
    p->log2_q = cn_params_log2_q(cn_plan_params(plan));
    p->rows = p->table.rows;
    p->logit = calloc(p->rows, sizeof *p->logit);
    p->clear = calloc(p->rows, sizeof *p->clear);
    p->encrypted = calloc(p->rows, sizeof *p->encrypted);
    p->cut = calloc(features, sizeof *p->cut);
    if (!p->logit || !p->clear || !p->encrypted || !p->cut) {
        hospital_fail("%s: no memory for %zu rows; split the file", csv, p->rows);
        goto cleanup;
    }
    fine = predict_real(p, path[2]) && predict_integers(p, model, plan, threads) && judge(p);
cleanup:
    cn_plan_free(plan);
    cn_model_free(model);
    return fine;
}

void prediction_free(prediction *p) {
    free(p->cut);
    free(p->encrypted);
    free(p->clear);
    free(p->logit);
    records_free(&p->table);
    scaling_free(&p->scale);
    *p = (prediction){0};
}
