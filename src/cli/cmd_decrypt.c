/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets decrypt`: replies to labels and scores. A reply whose noise is above the margin retires the key: whoever sent
 *  it might learn from the next refusal (SECURITY.md). Nothing is printed before all replies are decrypted. */

#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/batches.h"
#include "cli/progress.h"
#include "cli/sides.h"
#include "nn/plan.h"
#include "util/file.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/sha3.h"
#include "util/status.h"

typedef struct decrypt_options {
    const char *plan, *key, *reply, *request, *out; /* request NULL: not compared; out NULL: standard output */
    bool labels, scores, json;
    uint64_t threads;
} decrypt_options;

typedef struct run_state {
    const decrypt_options *o;
    cn_cli_plan plan;
    cn_cli_client client;
    cn_batches replies, requests;
    size_t outputs, images; /* images: decrypted so far */
    FILE *text;             /* results, in memory */
    cn_json json;
} run_state;

static void print_help(void) {
    puts("Usage: cryptonets decrypt --plan=PLAN --key=KEY [OPTION]... REPLY\n"
         "Decrypt a reply, or all replies of the folder REPLY (batch-0001.rep, ...), and print one line for\n"
         "each image: its number, from 0 on, and its label, that of the largest score.\n"
         "A reply that does not decrypt within its margin retires the key: it is marked in its file and\n"
         "refused from then on. Make new keys then, and do not let the server know.\n"
         "\n"
         "Options:\n"
         "  -p, --plan=PLAN         the plan file\n"
         "  -k, --key=KEY           secret.key\n"
         "  -l, --labels            print labels (the default without --scores)\n"
         "  -s, --scores            print all scores, exact integers; under a plan with --scale-scores the\n"
         "                          numbers that it makes of them\n"
         "  -r, --request=REQUEST   the request, or the folder of requests, that must be the one answered\n"
         "  -j, --json              print JSON (json.md)\n"
         "  -o, --out=FILE          write the result to FILE, readable for its owner alone\n"
         "  -t, --threads=N         1 to 256 (default: as many as there are processors)\n"
         "  -h, --help              print this text and exit");
}

static void write_json(run_state *s, const cn_i128 *scores, size_t label) {
    cn_json *j = &s->json;
    char text[41];
    cn_json_open(j, NULL, '{');
    cn_json_integer(j, "image", s->images);
    if (s->o->labels) cn_json_integer(j, "label", label);
    if (s->o->scores) {
        cn_json_open(j, "scores", '[');
        for (size_t k = 0; k < s->outputs; k++) cn_json_text(j, NULL, cn_score_text(text, scores[k]));
        cn_json_close(j, ']');
    }
    cn_json_close(j, '}');
}

static void write_image(run_state *s, const cn_i128 *scores) {
    char text[41];
    size_t label = cn_argmax(scores, s->outputs);
    if (s->o->json) {
        write_json(s, scores, label);
    } else {
        fprintf(s->text, "%zu", s->images);
        if (s->o->labels) fprintf(s->text, " %zu", label);
        for (size_t k = 0; s->o->scores && k < s->outputs; k++) fprintf(s->text, " %s", cn_score_text(text, scores[k]));
        fputc('\n', s->text);
    }
    s->images++;
}

/** Mark the key, and say so: in this failure text, which is the last. */
static cn_status retire(const decrypt_options *o, const char *reply) {
    if (cn_secret_key_retire(o->key) == CN_OK)
        return cn_fail(CN_ERR_NOISE,
                       "%s: the reply does not decrypt within its margin; %s is now retired and will be refused; make new keys "
                       "(cryptonets keygen), and do not let the server know", reply, o->key);
    char why[512];
    snprintf(why, sizeof why, "%s", cn_error_text());
    return cn_fail(CN_ERR_NOISE,
                   "%s: the reply does not decrypt within its margin, and %s could not be marked as retired (%s); do not use it "
                   "again, and do not let the server know", reply, o->key, why);
}

static cn_status run_batch(run_state *s, size_t batch) {
    const char *path = s->replies.path[batch];
    cn_i128 *scores;
    size_t count;
    cn_status status = cn_cli_decrypt(&scores, &count, &s->client, path, s->o->request ? s->requests.path[batch] : NULL);
    if (status == CN_ERR_NOISE) return retire(s->o, path);
    if (status != CN_OK) return status;
    for (size_t i = 0; i < count; i++) write_image(s, scores + i * s->outputs);
    cn_free_secret(scores, count * s->outputs * sizeof *scores);
    return CN_OK;
}

static cn_status run_all(run_state *s) {
    cn_json *j = &s->json;
    char digest[65];
    j->out = s->text;
    if (s->o->json) {
        cn_hex(digest, cn_plan_digest(s->plan.base), 32);
        cn_json_open(j, NULL, '{');
        cn_json_text(j, "format", "cryptonets decrypt 1");
        cn_json_text(j, "plan_digest", digest);
        cn_json_integer(j, "outputs", s->outputs);
        cn_json_integer(j, "scale_scores", s->plan.base->options.scale_scores);
        cn_json_open(j, "images", '[');
    } else if (s->o->scores && s->plan.base->options.scale_scores) {
        fprintf(s->text, "# scores s of each image told as r s + e, r random below 2^%u, e below r\n", s->plan.base->options.scale_scores);
    }
    for (size_t i = 0; i < s->replies.count; i++) {
        CN_TRY(cn_cli_stopped());
        CN_TRY(run_batch(s, i));
    }
    if (s->o->json) {
        cn_json_close(j, ']');
        cn_json_close(j, '}');
    }
    return CN_OK;
}

static cn_status run(const decrypt_options *o) {
    cn_status status = CN_OK;
    run_state s = {.o = o};
    char *text = NULL;
    size_t inputs, size = 0;
    cn_cli_progress progress = {0};
    CN_CHECK(cn_cli_plan_load(&s.plan, o->plan));
    cn_plan_shape(s.plan.base, &inputs, &s.outputs);
    CN_CHECK(cn_cli_client_load(&s.client, &s.plan, o->key, NULL, (unsigned)o->threads));
    CN_CHECK(cn_batches_list(&s.replies, o->reply, CN_REPLY_SUFFIX));
    if (o->request) CN_CHECK(cn_batches_list(&s.requests, o->request, CN_REQUEST_SUFFIX));
    if (o->request && s.requests.count != s.replies.count)
        CN_CHECK(cn_fail(CN_ERR_MISMATCH, "%s: %zu requests; expected %zu, one for each reply of %s", o->request, s.requests.count, s.replies.count,
                         o->reply));
    s.text = open_memstream(&text, &size);
    if (!s.text) CN_CHECK(cn_fail(CN_ERR_MEMORY, "results: out of memory"));
    cn_cli_progress_begin(&progress);
    CN_CHECK(run_all(&s));
    bool bad = ferror(s.text);
    if (fclose(s.text) != 0 || bad) status = cn_fail(CN_ERR_MEMORY, "results: out of memory");
    s.text = NULL;
    CN_CHECK(status);
    if (o->out) CN_CHECK(cn_file_write_parts(o->out, 0600, &(cn_bytes){text, size}, 1));
    else fwrite(text, 1, size, stdout); /* errors show at the end of the program */
cleanup:
    if (s.text) fclose(s.text);
    if (text) cn_wipe(text, size);
    free(text);
    cn_batches_clear(&s.requests);
    cn_batches_clear(&s.replies);
    cn_cli_client_clear(&s.client);
    cn_cli_plan_clear(&s.plan);
    return status;
}

int cn_cmd_decrypt(int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"key", required_argument, NULL, 'k'},
                                            {"labels", no_argument, NULL, 'l'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"plan", required_argument, NULL, 'p'},
                                            {"request", required_argument, NULL, 'r'},
                                            {"scores", no_argument, NULL, 's'},
                                            {"threads", required_argument, NULL, 't'},
                                            {NULL, 0, NULL, 0}};
    decrypt_options o = {.threads = cn_cli_processors()};
    int option, code = CN_EXIT_OK;
    while ((option = getopt_long(argc, argv, ":hjk:lo:p:r:st:", options, NULL)) != -1) {
        switch (option) {
        case 'h': print_help(); return CN_EXIT_OK;
        case 'j': o.json = true; break;
        case 'k': o.key = optarg; break;
        case 'l': o.labels = true; break;
        case 'o': o.out = optarg; break;
        case 'p': o.plan = optarg; break;
        case 'r': o.request = optarg; break;
        case 's': o.scores = true; break;
        case 't': code = cn_cli_number(&o.threads, "decrypt", "threads", 1, CN_CLI_THREADS_MAX); break;
        default: return cn_cli_bad_option(argv, option);
        }
        if (code != CN_EXIT_OK) return code;
    }
    code = cn_cli_operands("decrypt", "REPLY", 1, argc, argv);
    if (code == CN_EXIT_OK) code = cn_cli_required("decrypt", "plan=PLAN", o.plan);
    if (code == CN_EXIT_OK) code = cn_cli_required("decrypt", "key=KEY", o.key);
    if (code == CN_EXIT_OK && o.out) code = cn_cli_required("decrypt", "out=FILE", o.out);
    if (code == CN_EXIT_OK && o.request) code = cn_cli_required("decrypt", "request=REQUEST", o.request);
    if (code != CN_EXIT_OK) return code;
    o.reply = argv[optind];
    o.labels |= !o.scores;
    return cn_cli_end(run(&o));
}
