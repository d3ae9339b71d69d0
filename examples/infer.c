/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Classify handwritten digits without showing them to the one who classifies: the whole of the library in one file.
 *
 *      infer MODEL.cnm        (such as bench/models/depth1.cnm)
 *
 *  Two parties: the client has images and the secret key, the server has the network. Both stand in this one program; what would
 *  cross the wire is the evaluation key (once), the request and the reply. Needs the public headers only:
 *
 *      cc infer.c $(pkg-config --cflags --libs cryptonets) */

#include <stdio.h>
#include <stdlib.h>

#include <cryptonets_nn.h>

#define IMAGES 10
#define THREADS 2

/** The library prints nothing. It hands its remarks to such a function, line by line. */
static void on_line(void *user, const char *line) { fprintf(user, "    %s\n", line); }

/** Called now and then during long work, in the calling thread. Anything but 0 stops it: the call returns CN_ERR_CANCELLED. */
static int on_progress(void *user, const char *step, size_t done, size_t total) {
    (void)user;
    if (done == total) printf("    %s: %zu steps\n", step, total);
    return 0;
}

/** Functions that can fail return a status; the sentence names the object, what was expected, what was found, and a remedy. */
static void check(cn_status status) {
    if (status == CN_OK) return;
    fprintf(stderr, "infer: %s: %s\n", cn_status_name(status), cn_error_text());
    exit(EXIT_FAILURE);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: infer MODEL.cnm\n");
        return 2;
    }
    cn_set_log(on_line, stderr);

    /* Before any key exists: from the network alone, the planner finds encryption parameters of 128-bit security under which every
     * score comes out exact. Both parties compute the same plan. */
    cn_model *model;
    cn_plan *plan;
    check(cn_model_load(&model, argv[1]));
    check(cn_plan_new(&plan, model, NULL));
    printf("plan:\n");
    check(cn_plan_describe(plan, on_line, stdout));

    /* Images: bytes, 28 x 28 each. These are drawn; cn_dataset_load_mnist reads real ones. */
    cn_dataset digits;
    check(cn_dataset_draw_digits(&digits, IMAGES, 2016));
    if (cn_model_inputs(model) != digits.height * digits.width) {
        fprintf(stderr, "infer: %s is not a network for images of 28 x 28 pixels\n", cn_model_name(model));
        return EXIT_FAILURE;
    }

    /* Client: keys, then all images in one request, one per slot. A request has room for thousands at the same price. */
    cn_client *client;
    cn_request *request;
    check(cn_client_new(&client, plan, THREADS));
    printf("encrypt:\n");
    check(cn_client_encrypt(&request, client, digits.pixels, digits.count, on_progress, NULL));

    /* Server: sees the evaluation key and the request; neither tells it anything about the images. */
    cn_server *server;
    cn_reply *reply;
    cn_timing timing;
    check(cn_server_new(&server, plan, model, cn_client_evaluation_key(client), THREADS));
    printf("evaluate:\n");
    check(cn_server_evaluate(&reply, server, request, &timing, on_progress, NULL));
    printf("    %.2f s; request %zu bytes, reply %zu bytes\n", timing.expand + timing.evaluate, cn_request_bytes(request),
           cn_reply_bytes(reply));

    /* Client: scores, exact integers. The largest one names the digit. */
    size_t outputs = cn_model_outputs(model);
    cn_i128 *scores = calloc(digits.count * outputs, sizeof *scores), *clear = calloc(digits.count * outputs, sizeof *clear);
    if (!scores || !clear) return EXIT_FAILURE;
    check(cn_client_decrypt(scores, client, reply, digits.count));

    /* The clear network computes the same integers without encryption: a difference would be a defect. */
    check(cn_clear_scores(clear, NULL, plan, model, digits.pixels, digits.count, THREADS));
    size_t right = 0, unequal = 0;
    for (size_t i = 0; i < digits.count; i++) {
        char text[41];
        size_t digit = cn_argmax(scores + i * outputs, outputs);
        printf("a %u was read as %zu, score %s\n", digits.labels[i], digit, cn_score_text(text, scores[i * outputs + digit]));
        right += digit == digits.labels[i];
    }
    for (size_t k = 0; k < digits.count * outputs; k++) unequal += scores[k] != clear[k];
    printf("%zu of %zu images right, %zu of %zu scores unlike the clear network's\n", right, digits.count, unequal,
           digits.count * outputs);

    free(scores);
    free(clear);
    cn_reply_free(reply);
    cn_request_free(request);
    cn_server_free(server);
    cn_client_free(client);
    cn_dataset_clear(&digits);
    cn_plan_free(plan);
    cn_model_free(model);
    return unequal ? EXIT_FAILURE : EXIT_SUCCESS;
}
