/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets inspect`: any file of this project, field by field, or the reason why it is refused. Three depths: the header with length and
 *  checksum; with a plan, whether it belongs there; then the content, residue by residue. Nothing secret is printed. */

#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cryptonets_wire.h"
#include "util/sha3.h"

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

static void print_info(const cn_object_info *info) {
    printf("%-12s %s, version %u\n", "object", cn_object_name(info->type), (unsigned)info->version);
    printf("%-12s %llu bytes\n", "length", (unsigned long long)info->length);
    if (info->count) printf("%-12s %llu\n", "images", (unsigned long long)info->count);
    if (info->type != CN_OBJECT_PLAN) print_hex("key", info->key_id, sizeof info->key_id);
    print_hex("parameters", info->params, sizeof info->params);
    print_hex("plan", info->plan, sizeof info->plan);
    if (info->retired) puts("retired      yes: a decryption failed; this key must not be used any more");
}

static cn_status inspect_plan(const char *path) {
    cn_plan *p;
    cn_status status = cn_plan_load(&p, path);
    if (status != CN_OK) return status;
    status = cn_plan_describe(p, cn_cli_print_line, NULL);
    cn_plan_free(p);
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

/** The content, under a plan. */
static cn_status inspect_content(cn_object type, const cn_plan *p, const char *path) {
    cn_client *c = NULL;
    cn_relin_key *rk = NULL;
    cn_request *request = NULL;
    cn_reply *reply = NULL;
    cn_status status = CN_OK;
    switch (type) {
    case CN_OBJECT_SECRET_KEY: status = cn_client_load(&c, p, path, NULL, 1); break;
    case CN_OBJECT_PUBLIC_KEY: status = cn_client_load(&c, p, NULL, path, 1); break;
    case CN_OBJECT_EVALUATION_KEY: status = cn_evaluation_key_load(&rk, p, path); break;
    case CN_OBJECT_REQUEST: status = cn_request_load(&request, p, path); break;
    case CN_OBJECT_REPLY: status = cn_reply_load(&reply, p, path); break;
    case CN_OBJECT_PLAN: break; /* looked at already */
    }
    cn_client_free(c);
    cn_relin_key_free(rk);
    cn_request_free(request);
    cn_reply_free(reply);
    return status;
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
    if (info.type == CN_OBJECT_PLAN) return inspect_plan(path);
    if (!plan_path) {
        puts("content      not looked at: it takes the plan (--plan)");
        return CN_OK;
    }
    cn_plan *p;
    status = cn_plan_load(&p, plan_path);
    if (status != CN_OK) return status;
    status = inspect_content(info.type, p, path);
    cn_plan_free(p);
    if (status == CN_OK)
        printf("%-12s %s\n", "content", info.type == CN_OBJECT_REQUEST ? "of the plan; residues are judged by infer" : "sound, and of the plan");
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
