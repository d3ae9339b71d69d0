/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Client and server of the hospital, in one program. What would cross the wire is the evaluation key, once and only if the
 *  network squares, then a request and a reply per batch. */

#include "encrypted.h"

#include <time.h>

#include "fail.h"

double encrypted_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/** One batch. The hospital does the first and the last step, whoever has the network the one between. */
static bool batch(cn_i128 *scores, encrypted_cost *cost, cn_client *client, cn_server *server, const uint8_t *bytes,
                  size_t rows) {
    cn_request *request = NULL;
    cn_reply *reply = NULL;
    double start = encrypted_clock(), encrypted, evaluated;
    bool fine = hospital_ok(cn_client_encrypt(&request, client, bytes, rows, NULL, NULL));
    encrypted = encrypted_clock();
    fine = fine && hospital_ok(cn_server_evaluate(&reply, server, request, NULL, NULL, NULL));
    evaluated = encrypted_clock();
    fine = fine && hospital_ok(cn_client_decrypt(scores, client, reply, rows));
    if (fine) {
        cost->encrypt += encrypted - start;
        cost->evaluate += evaluated - encrypted;
        cost->decrypt += encrypted_clock() - evaluated;
        cost->request = cn_request_bytes(request);
        cost->reply = cn_reply_bytes(reply);
        cost->batches++;
    }
    cn_reply_free(reply);
    cn_request_free(request);
    return fine;
}

bool encrypted_scores(cn_i128 *scores, encrypted_cost *cost, const cn_plan *plan, const cn_model *model,
                      const uint8_t *bytes, size_t rows, unsigned threads) {
    size_t inputs = cn_model_inputs(model), outputs = cn_model_outputs(model), n = cn_plan_params(plan)->n, request, reply;
    cn_client *client = NULL;
    cn_server *server = NULL;
    *cost = (encrypted_cost){.slots = n};
    cn_plan_bytes(plan, &request, &reply, &cost->key);

    double start = encrypted_clock();
    bool fine = hospital_ok(cn_client_new(&client, plan, threads));
    cost->keys = encrypted_clock() - start;
    fine = fine && hospital_ok(cn_server_new(&server, plan, model, cn_client_evaluation_key(client), threads));
    for (size_t done = 0; fine && done < rows; done += n) {
        size_t count = rows - done < n ? rows - done : n;
        fine = batch(scores + done * outputs, cost, client, server, bytes + done * inputs, count);
    }
    cn_server_free(server);
    cn_client_free(client);
    return fine;
}
