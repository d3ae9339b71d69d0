/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets infer`: the server's side, without any secret. Batch after batch; replies that an interrupted run has
 *  finished are kept. */

#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>

#include "cli/infer.h"
#include "cli/progress.h"
#include "util/mem.h"
#include "util/status.h"

static void print_help(void) {
    puts("Usage: cryptonets infer --model=MODEL --plan=PLAN [OPTION]... REQUEST REPLY\n"
         "Run the network on encrypted images. REQUEST is a request file, and the file REPLY is written or\n"
         "replaced; or REQUEST is a folder of requests (batch-0001.req, ...), and the replies go into the\n"
         "folder REPLY (batch-0001.rep, ...). Replies that are there already, whole, and name this very\n"
         "request, are kept: so an interrupted run goes on when it is started again. No secret key is needed.\n"
         "\n"
         "Options:\n"
         "  -m, --model=MODEL       the model file\n"
         "  -p, --plan=PLAN         the plan file that the requests were made with\n"
         "  -e, --evaluation-key=FILE\n"
         "                          evaluation.key of the data owner, where the plan needs one\n"
         "  -u, --public-key=FILE   public.key of the data owner, where the plan was made with --model-privacy\n"
         "  -t, --threads=N         1 to 256 (default: as many as there are processors)\n"
         "      --max-memory=MIB    keep the process below so many MiB, pages of the mapped request apart; slower\n"
         "  -j, --json              print JSON (json.md)\n"
         "  -h, --help              print this text and exit");
}

typedef struct run_state {
    const cn_infer_options *o;
    cn_cli_plan plan;
    cn_model *model;
    cn_cli_server server;
    cn_batches requests, replies;
    cn_cli_answer *answer; /* [requests.count] */
    cn_cli_progress progress;
} run_state;

static cn_status prepare(run_state *s) {
    const cn_infer_options *o = s->o;
    CN_TRY(cn_cli_plan_load(&s->plan, o->plan));
    CN_TRY(cn_model_load(&s->model, o->model));
    if (s->plan.single && o->max_memory)
        return cn_fail(CN_ERR_UNSUPPORTED, "--max-memory: the plan is for single images, whose evaluation cannot use less; leave the option out");
    CN_TRY(cn_batches_list(&s->requests, o->request, CN_REQUEST_SUFFIX));
    s->answer = cn_calloc(s->requests.count, sizeof *s->answer);
    if (!s->answer) return CN_ERR_MEMORY;
    CN_TRY(cn_cli_server_new(&s->server, &s->plan, s->model, o->evaluation_key, o->public_key, (unsigned)o->threads));
    return o->max_memory ? cn_infer_bound_memory(s->server.batch, s->plan.batch, s->model, o) : CN_OK;
}

static cn_status run_all(run_state *s) {
    s->progress.batches = s->requests.count;
    for (size_t i = 0; i < s->requests.count; i++) {
        s->progress.batch = i + 1;
        cn_status status = cn_cli_stopped();
        if (status == CN_OK)
            status = cn_cli_answer_file(&s->answer[i], &s->server, s->requests.path[i], s->replies.path[i], s->replies.folder, cn_cli_progress_step,
                                        &s->progress);
        if (status == CN_ERR_CANCELLED && s->requests.folder)
            return cn_fail(status, "interrupted; %zu of %zu replies are finished; run the same command again for the others", i,
                           s->requests.count);
        if (status == CN_ERR_CANCELLED) status = cn_cli_stopped(); /* its words */
        CN_TRY(status);
    }
    return CN_OK;
}

static cn_status run(const cn_infer_options *o) {
    cn_status status = CN_OK;
    run_state s = {.o = o};
    CN_CHECK(prepare(&s));
    cn_cli_progress_begin(&s.progress);
    CN_CHECK(cn_batches_make(&s.replies, o->reply, CN_REPLY_SUFFIX, s.requests.count, s.requests.folder));
    CN_CHECK(run_all(&s));
    cn_cli_progress_end(&s.progress);
    cn_infer_report(o, s.plan.base, s.model, &s.requests, &s.replies, s.answer);
cleanup:
    cn_cli_progress_end(&s.progress);
    cn_cli_server_clear(&s.server);
    cn_batches_clear(&s.replies);
    cn_batches_clear(&s.requests);
    cn_free(s.answer);
    cn_model_free(s.model);
    cn_cli_plan_clear(&s.plan);
    return status;
}

int cn_cmd_infer(int argc, char **argv) {
    enum { MEMORY = 256 };
    static const struct option options[] = {{"evaluation-key", required_argument, NULL, 'e'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"max-memory", required_argument, NULL, MEMORY},
                                            {"model", required_argument, NULL, 'm'},
                                            {"plan", required_argument, NULL, 'p'},
                                            {"public-key", required_argument, NULL, 'u'},
                                            {"threads", required_argument, NULL, 't'},
                                            {NULL, 0, NULL, 0}};
    cn_infer_options o = {.threads = cn_cli_processors()};
    int option, code = CN_EXIT_OK;
    while ((option = getopt_long(argc, argv, ":e:hjm:p:t:u:", options, NULL)) != -1) {
        switch (option) {
        case 'e': o.evaluation_key = optarg; break;
        case 'h': print_help(); return CN_EXIT_OK;
        case 'j': o.json = true; break;
        case 'm': o.model = optarg; break;
        case 'p': o.plan = optarg; break;
        case 'u': o.public_key = optarg; break;
        case 't': code = cn_cli_number(&o.threads, "infer", "threads", 1, CN_CLI_THREADS_MAX); break;
        case MEMORY: code = cn_cli_number(&o.max_memory, "infer", "max-memory", 1, (uint64_t)1 << 30); break;
        default: return cn_cli_bad_option(argv, option);
        }
        if (code != CN_EXIT_OK) return code;
    }
    code = cn_cli_operands("infer", "REQUEST and REPLY", 2, argc, argv);
    if (code == CN_EXIT_OK) code = cn_cli_required("infer", "model=MODEL", o.model);
    if (code == CN_EXIT_OK) code = cn_cli_required("infer", "plan=PLAN", o.plan);
    if (code != CN_EXIT_OK) return code;
    o.request = argv[optind];
    o.reply = argv[optind + 1];
    return cn_cli_end(run(&o));
}
