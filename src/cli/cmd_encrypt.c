/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** `cryptonets encrypt`: images from a file to requests, under the secret key or, without being able to decrypt, under the
 *  public key. */

#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/batches.h"
#include "cli/images.h"
#include "cli/progress.h"
#include "cli/sides.h"
#include "util/file.h"
#include "util/status.h"

typedef struct encrypt_options {
    const char *plan, *key, *request;
    char *const *images;
    size_t files; /* of images */
    cn_image_format format;
    uint64_t first, count; /* count 0: all */
    uint64_t threads;
} encrypt_options;

static void print_help(void) {
    puts("Usage: cryptonets encrypt --plan=PLAN --key=KEY [OPTION]... IMAGES... REQUEST\n"
         "Encrypt the images of the files IMAGES for the network of a plan. One request file holds as many\n"
         "images as the plan has slots, or as a packed plan is for. If there are more, or if REQUEST is a folder or ends in a slash, the\n"
         "requests go into the folder REQUEST, which must not hold any: batch-0001.req, batch-0002.req, ...\n"
         "\n"
         "IMAGES is an IDX file of bytes, as MNIST is published; CSV, one image per line, whole numbers from\n"
         "0 to 255 with commas; PNG, one grey image of at most 8 bits; or raw bytes, one image after the other.\n"
         "All may be compressed with gzip. Images of several files follow each other.\n"
         "\n"
         "Options:\n"
         "  -p, --plan=PLAN         the plan file\n"
         "  -k, --key=KEY           secret.key; or public.key, where the plan was made with --public-key\n"
         "  -f, --format=FORMAT     idx, csv, png or raw (default: idx and png by the first bytes, csv by\n"
         "                          the name)\n"
         "      --first=N           skip N images\n"
         "      --count=N           encrypt N images (default: all)\n"
         "  -t, --threads=N         1 to 256 (default: as many as there are processors)\n"
         "  -h, --help              print this text and exit");
}

/** A client that encrypts with the key of a file, whichever of the two it is. */
static cn_status load_client(cn_cli_client *c, const cn_cli_plan *p, const char *key, unsigned threads) {
    cn_object_info info;
    CN_TRY(cn_object_inspect(&info, key));
    bool secret = info.type == CN_OBJECT_SECRET_KEY;
    if (!secret && info.type != CN_OBJECT_PUBLIC_KEY)
        return cn_fail(CN_ERR_MISMATCH,
                       "%s: expected a secret or a public key, found a file with another object, a %s; check the path", key,
                       cn_object_name(info.type));
    return cn_cli_client_load(c, p, secret ? key : NULL, secret ? NULL : key, threads);
}

static bool is_folder(const char *path) {
    size_t length = strlen(path);
    return cn_is_folder(path) || (length && path[length - 1] == '/');
}

/** Requests of another run would be taken for some of this one. */
static cn_status check_unused(const char *folder) {
    cn_batches old;
    if (!cn_is_folder(folder)) return CN_OK;
    cn_status status = cn_batches_list(&old, folder, CN_REQUEST_SUFFIX);
    bool some = status == CN_OK;
    cn_batches_clear(&old);
    if (!some) return CN_OK;
    return cn_fail(CN_ERR_STATE, "%s: expected a folder without requests, found some; name another folder or remove them", folder);
}

/** The last name of a list of images must not be taken for that of the request. */
static cn_status check_request(const char *path) {
    cn_object_info info;
    if (is_folder(path) || cn_object_inspect(&info, path) != CN_ERR_MAGIC) return CN_OK;
    return cn_fail(CN_ERR_STATE, "%s: expected a new name or that of a request, found another file, which is not overwritten; name the request last",
                   path);
}

static cn_status run(const encrypt_options *o) {
    cn_status status = CN_OK;
    cn_cli_plan p = {0};
    cn_cli_client c = {0};
    cn_images images = {0};
    cn_batches batches = {0};
    cn_cli_progress progress = {0};
    size_t inputs, outputs, slots, written = 0;
    CN_CHECK(cn_cli_plan_load(&p, o->plan));
    CN_CHECK(check_request(o->request));
    CN_CHECK(load_client(&c, &p, o->key, (unsigned)o->threads));
    cn_plan_shape(p.base, &inputs, &outputs);
    slots = cn_cli_plan_slots(&p);
    CN_CHECK(cn_images_read(&images, o->images, o->files, o->format, inputs, o->first, o->count));
    progress.batches = (images.count + slots - 1) / slots;
    bool folder = progress.batches > 1 || is_folder(o->request);
    if (folder) CN_CHECK(check_unused(o->request));
    cn_cli_progress_begin(&progress);
    CN_CHECK(cn_batches_make(&batches, o->request, CN_REQUEST_SUFFIX, progress.batches, folder));
    for (; written < batches.count; written++) {
        size_t at = written * slots, count = images.count - at < slots ? images.count - at : slots;
        progress.batch = written + 1;
        CN_CHECK(cn_cli_encrypt(&c, images.pixels + at * inputs, count, batches.path[written], cn_cli_progress_step, &progress));
    }
    cn_cli_progress_end(&progress);
    printf("%zu image%s in %zu request%s\n", images.count, images.count == 1 ? "" : "s", batches.count,
           batches.count == 1 ? "" : "s");
cleanup:
    cn_cli_progress_end(&progress);
    if (status != CN_OK && batches.folder) cn_batches_remove(&batches, o->request, written); /* some of them are of no use */
    if (status == CN_ERR_CANCELLED) status = cn_cli_stopped(); /* its words */
    cn_batches_clear(&batches);
    cn_images_clear(&images);
    cn_cli_client_clear(&c);
    cn_cli_plan_clear(&p);
    return status;
}

int cn_cmd_encrypt(int argc, char **argv) {
    enum { FIRST = 256, COUNT };
    static const struct option options[] = {{"count", required_argument, NULL, COUNT},
                                            {"first", required_argument, NULL, FIRST},
                                            {"format", required_argument, NULL, 'f'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"key", required_argument, NULL, 'k'},
                                            {"plan", required_argument, NULL, 'p'},
                                            {"threads", required_argument, NULL, 't'},
                                            {NULL, 0, NULL, 0}};
    encrypt_options o = {.threads = cn_cli_processors()};
    int option, code = CN_EXIT_OK;
    while ((option = getopt_long(argc, argv, ":f:hk:p:t:", options, NULL)) != -1) {
        switch (option) {
        case 'h': print_help(); return CN_EXIT_OK;
        case 'f':
            if (!cn_images_format(&o.format, optarg))
                return cn_cli_usage("encrypt", "--format: expected idx, csv, png or raw, found '%.60s'", optarg);
            break;
        case 'k': o.key = optarg; break;
        case 'p': o.plan = optarg; break;
        case 't': code = cn_cli_number(&o.threads, "encrypt", "threads", 1, CN_CLI_THREADS_MAX); break;
        case FIRST: code = cn_cli_number(&o.first, "encrypt", "first", 0, (uint64_t)1 << 32); break;
        case COUNT: code = cn_cli_number(&o.count, "encrypt", "count", 1, (uint64_t)1 << 32); break;
        default: return cn_cli_bad_option(argv, option);
        }
        if (code != CN_EXIT_OK) return code;
    }
    code = cn_cli_operands_from("encrypt", "IMAGES and REQUEST", 2, argc, argv);
    if (code == CN_EXIT_OK) code = cn_cli_required("encrypt", "plan=PLAN", o.plan);
    if (code == CN_EXIT_OK) code = cn_cli_required("encrypt", "key=KEY", o.key);
    if (code != CN_EXIT_OK) return code;
    o.images = argv + optind;
    o.files = (size_t)(argc - optind - 1);
    o.request = argv[argc - 1];
    return cn_cli_end(run(&o));
}
