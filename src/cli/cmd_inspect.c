/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets inspect`: any file of this project, field by field, or the reason why it is refused. Three depths: the header with length and
 *  checksum; with a plan, whether it belongs there; then the content, residue by residue. Nothing secret is printed. */

#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/sides.h"
#include "util/sha3.h"
#include "util/status.h"

static void print_help(void) {
    puts("Usage: cryptonets inspect [OPTION]... FILE\n"
         "Say what FILE is (a model, plan, key, request or reply), field by field, and whether it is sound: header, length\n"
         "and checksum; with --plan also whether it belongs to the plan, and its content. Secrets are not printed.\n"
         "\n"
         "Options:\n"
         "  -p, --plan=PLAN   the plan that FILE should belong to\n"
         "  -h, --help        print this text and exit\n"
         "\n"
         "Exit codes: 0 sound as far as looked at, 1 refused (the reason is on standard error), 2 command line not\n"
         "understood.");
}

static void print_hex(const char *name, const uint8_t *bytes, size_t n) {
    char hex[65];
    cn_hex(hex, bytes, n);
    printf("%-12s %s\n", name, hex);
}

static bool is_plan(cn_object type) { return type == CN_OBJECT_PLAN || type == CN_OBJECT_SINGLE_PLAN; }

static void print_info(const cn_object_info *info) {
    printf("%-12s %s, version %u\n", "object", cn_object_name(info->type), (unsigned)info->version);
    printf("%-12s %llu bytes\n", "length", (unsigned long long)info->length);
    if (info->count) printf("%-12s %llu\n", "images", (unsigned long long)info->count);
    if (!is_plan(info->type)) print_hex("key", info->key_id, sizeof info->key_id);
    print_hex("parameters", info->params, sizeof info->params);
    print_hex("plan", info->plan, sizeof info->plan);
    if (info->retired) puts("retired      yes: a decryption failed; this key must not be used any more");
}

static cn_status inspect_plan(const char *path) {
    cn_cli_plan p;
    cn_status status = cn_cli_plan_load(&p, path);
    if (status != CN_OK) return status;
    status = p.single ? cn_single_plan_describe(p.single, cn_cli_print_line, NULL) : cn_plan_describe(p.batch, cn_cli_print_line, NULL);
    cn_cli_plan_clear(&p);
    return status;
}

static cn_status inspect_model(const char *path) {
    cn_model *m;
    cn_status status = cn_model_load(&m, path);
    if (status != CN_OK) return status;
    puts("object       model");
    status = cn_model_describe(m, cn_cli_print_line, NULL);
    cn_model_free(m);
    return status;
}

/** The content of an object of batches, under a plan. */
static cn_status inspect_batch(cn_object type, const cn_plan *p, const char *path) {
    cn_relin_key *rk = NULL;
    cn_request *request = NULL;
    cn_reply *reply = NULL;
    cn_status status = type == CN_OBJECT_EVALUATION_KEY ? cn_evaluation_key_load(&rk, p, path)
                       : type == CN_OBJECT_REQUEST      ? cn_request_load(&request, p, path)
                                                        : cn_reply_load(&reply, p, path);
    cn_relin_key_free(rk);
    cn_request_free(request);
    cn_reply_free(reply);
    return status;
}

/** The same of single images. */
static cn_status inspect_single(cn_object type, const cn_single_plan *p, const char *path) {
    cn_relin_key *rk = NULL;
    cn_rotation_key *rotations = NULL;
    cn_single_request *request = NULL;
    cn_single_reply *reply = NULL;
    cn_status status = type == CN_OBJECT_SINGLE_EVALUATION_KEY ? cn_single_evaluation_key_load(&rk, &rotations, p, path)
                       : type == CN_OBJECT_SINGLE_REQUEST      ? cn_single_request_load(&request, p, path)
                                                               : cn_single_reply_load(&reply, p, path);
    cn_relin_key_free(rk);
    cn_rotation_key_free(rotations);
    cn_single_request_free(request);
    cn_single_reply_free(reply);
    return status;
}

static cn_status inspect_content(cn_object type, const cn_cli_plan *p, const char *path) {
    bool secret = type == CN_OBJECT_SECRET_KEY, single = type >= CN_OBJECT_SINGLE_PLAN;
    if (secret || type == CN_OBJECT_PUBLIC_KEY) {
        cn_cli_client c;
        cn_status status = cn_cli_client_load(&c, p, secret ? path : NULL, secret ? NULL : path, 1);
        cn_cli_client_clear(&c);
        return status;
    }
    if (single != (p->single != NULL))
        return cn_fail(CN_ERR_MISMATCH, "%s: %s: belongs to a plan of the other kind; expected an object of the plan that is given with it", path,
                       cn_object_name(type));
    return single ? inspect_single(type, p->single, path) : inspect_batch(type, p->batch, path);
}

static cn_status inspect(const char *path, const char *plan_path) {
    cn_object_info info;
    cn_status status = cn_object_inspect(&info, path);
    if (status == CN_ERR_MAGIC) {
        char first[8] = "";
        FILE *file = fopen(path, "rb");
        size_t got = file ? fread(first, 1, sizeof first, file) : 0;
        if (file) fclose(file);
        if (got == sizeof first && memcmp(first, "CNMODEL\n", sizeof first) == 0) return inspect_model(path);
    }
    if (info.version) print_info(&info); /* the header could be read, whatever follows */
    if (status != CN_OK) return status;
    if (is_plan(info.type)) return inspect_plan(path);
    if (!plan_path) {
        puts("content      not looked at: it takes the plan (--plan)");
        return CN_OK;
    }
    cn_cli_plan p;
    status = cn_cli_plan_load(&p, plan_path);
    if (status != CN_OK) return status;
    status = inspect_content(info.type, &p, path);
    cn_cli_plan_clear(&p);
    if (status == CN_OK)
        printf("%-12s %s\n", "content", info.type == CN_OBJECT_REQUEST || info.type == CN_OBJECT_SINGLE_REQUEST ? "of the plan; residues are judged by infer" : "sound, and of the plan");
    return status;
}

int cn_cmd_inspect(int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {"plan", required_argument, NULL, 'p'}, {NULL, 0, NULL, 0}};
    const char *plan = NULL;
    int option;
    while ((option = getopt_long(argc, argv, ":hp:", options, NULL)) != -1) {
        switch (option) {
        case 'h': print_help(); return CN_EXIT_OK;
        case 'p': plan = optarg; break;
        default: return cn_cli_bad_option(argv, option);
        }
    }
    if (argc - optind != 1 || !*argv[optind])
        return cn_cli_usage("inspect", "expected one FILE, found %d argument%s", argc - optind, argc - optind == 1 ? "" : "s");
    return cn_cli_end(inspect(argv[optind], plan));
}
