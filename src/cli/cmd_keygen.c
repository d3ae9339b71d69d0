/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets keygen`: a folder with the keys of a plan. Keys that exist are never overwritten: without them no reply
 *  decrypts. */

#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/progress.h"
#include "cli/sides.h"
#include "nn/plan.h"
#include "util/file.h"
#include "util/mem.h"
#include "util/sha3.h"
#include "util/status.h"

enum { SECRET, PUBLIC, EVALUATION, KEYS };
static const char *const names[KEYS] = {"secret.key", "public.key", "evaluation.key"};

static void print_help(void) {
    puts("Usage: cryptonets keygen --plan=PLAN [OPTION]... FOLDER\n"
         "Make the keys of a plan, in a new folder that is readable for its owner alone:\n"
         "  secret.key       decrypts; encrypts, unless the plan is for a public key. Never leaves its owner\n"
         "  public.key       encrypts, where the plan was made with --public-key: for whoever has the images;\n"
         "                   for the server, where it was made with --model-privacy\n"
         "  evaluation.key   for the server, where the plan needs one\n"
         "Keys that exist are not overwritten.\n"
         "\n"
         "Options:\n"
         "  -p, --plan=PLAN         the plan file, from 'cryptonets plan'\n"
         "  -t, --threads=N         1 to 256 (default: as many as there are processors)\n"
         "  -h, --help              print this text and exit");
}

/** The folder, made or found without keys. */
static cn_status prepare(bool *made, char *path[KEYS], const char *folder) {
    struct stat st;
    for (int k = 0; k < KEYS; k++) {
        size_t room = strlen(folder) + 32;
        path[k] = cn_malloc(room, 1);
        if (!path[k]) return CN_ERR_MEMORY;
        snprintf(path[k], room, "%s/%s", folder, names[k]);
    }
    *made = mkdir(folder, 0700) == 0;
    if (*made) return CN_OK;
    if (errno != EEXIST || !cn_is_folder(folder))
        return cn_fail(errno == ENOENT || errno == ENOTDIR ? CN_ERR_NOT_FOUND : CN_ERR_IO,
                       "%s: expected to make this folder, found an error (%s); name another one", folder, strerror(errno));
    for (int k = 0; k < KEYS; k++)
        if (lstat(path[k], &st) == 0)
            return cn_fail(CN_ERR_STATE,
                           "%s: expected a folder without keys, found %s, which is not overwritten; name another folder",
                           folder, names[k]);
    return CN_OK;
}

/** What was written. */
static cn_status report(char *const path[KEYS]) {
    cn_object_info info;
    for (int k = 0; k < KEYS; k++) {
        char id[33];
        if (!path[k]) continue;
        CN_TRY(cn_object_inspect(&info, path[k]));
        cn_hex(id, info.key_id, sizeof info.key_id);
        if (k == SECRET) printf("key id          %s\n", id);
        printf("%-15s %llu bytes\n", names[k], (unsigned long long)info.length);
    }
    return CN_OK;
}

static cn_status run(const char *plan, const char *folder, unsigned threads) {
    cn_status status = CN_OK;
    cn_cli_plan p = {0};
    cn_cli_client c = {0};
    char *path[KEYS] = {NULL}, *made_path[KEYS];
    bool made = false, written = false;
    cn_cli_progress progress = {0};
    CN_CHECK(cn_cli_plan_load(&p, plan));
    cn_cli_progress_begin(&progress);
    CN_CHECK(prepare(&made, path, folder));
    memcpy(made_path, path, sizeof path);
    if (!cn_plan_public_key_needed(p.base)) made_path[PUBLIC] = NULL;
    if (!cn_cli_plan_key(&p)) made_path[EVALUATION] = NULL;
    CN_CHECK(cn_cli_client_new(&c, &p, threads));
    CN_CHECK(cn_cli_stopped());
    CN_CHECK(cn_cli_client_save_new(&c, made_path[SECRET], made_path[PUBLIC], made_path[EVALUATION]));
    written = true;
    CN_CHECK(report(made_path));
cleanup:
    for (int k = 0; status != CN_OK && written && k < KEYS; k++)
        if (made_path[k]) unlink(made_path[k]); /* there were none before */
    if (status != CN_OK && made) rmdir(folder);
    for (int k = 0; k < KEYS; k++) cn_free(path[k]);
    cn_cli_client_clear(&c);
    cn_cli_plan_clear(&p);
    return status;
}

int cn_cmd_keygen(int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'},
                                            {"plan", required_argument, NULL, 'p'},
                                            {"threads", required_argument, NULL, 't'},
                                            {NULL, 0, NULL, 0}};
    const char *plan = NULL;
    uint64_t threads = cn_cli_processors();
    int option, code = CN_EXIT_OK;
    while ((option = getopt_long(argc, argv, ":hp:t:", options, NULL)) != -1) {
        switch (option) {
        case 'h': print_help(); return CN_EXIT_OK;
        case 'p': plan = optarg; break;
        case 't': code = cn_cli_number(&threads, "keygen", "threads", 1, CN_CLI_THREADS_MAX); break;
        default: return cn_cli_bad_option(argv, option);
        }
        if (code != CN_EXIT_OK) return code;
    }
    code = cn_cli_operands("keygen", "FOLDER", 1, argc, argv);
    if (code == CN_EXIT_OK) code = cn_cli_required("keygen", "plan=PLAN", plan);
    return code != CN_EXIT_OK ? code : cn_cli_end(run(plan, argv[optind], (unsigned)threads));
}
