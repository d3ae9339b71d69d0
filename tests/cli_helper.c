/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What tests/test_cli_*.sh need beside the command: images, the clear network's labels and scores by another way than that of
 *  the files, and files with one byte changed whose checksum is right.
 *
 *      cli_helper draw COUNT FILE              synthetic digits, raw bytes
 *      cli_helper mnist FOLDER COUNT FILE      the first images of the test set, raw bytes
 *      cli_helper labels MODEL FILE            image and label, one line each, of raw bytes
 *      cli_helper scores MODEL FILE            image and scores likewise
 *      cli_helper run PROGRAM ARGUMENT...      with SIGINT heard, which shells let programs in the background ignore
 *      cli_helper spoil FILE OFFSET            change a byte (negative: from the end), make the checksum right */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cryptonets_nn.h"
#include "util/sha3.h"

#define CHECKSUM 32

static int failed(const char *what) {
    fprintf(stderr, "cli_helper: %s: %s\n", what, cn_error_text());
    return 1;
}

/** A whole file, in memory of malloc. */
static unsigned char *slurp(size_t *size, const char *path) {
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0) return NULL;
    *size = (size_t)ftell(f);
    rewind(f);
    unsigned char *data = malloc(*size + 1);
    if (data && fread(data, 1, *size, f) != *size) return NULL;
    fclose(f);
    return data;
}

static int spew(const char *path, const void *data, size_t size) {
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0) return failed(path);
    return 0;
}

static int images(cn_status status, const cn_dataset *d, const char *path) {
    return status != CN_OK ? failed("images") : spew(path, d->pixels, d->count * d->height * d->width);
}

/** The label, or all scores, of each image. */
static int labels(const char *path, const char *file, int all) {
    cn_model *m;
    cn_plan *p;
    size_t size;
    unsigned char *pixels = slurp(&size, file);
    if (!pixels || cn_model_load(&m, path) != CN_OK || cn_plan_new(&p, m, NULL) != CN_OK) return failed(file);
    size_t inputs = cn_model_inputs(m), outputs = cn_model_outputs(m), count = size / inputs;
    cn_i128 *scores = calloc(count * outputs, sizeof *scores);
    if (!scores || cn_clear_scores(scores, NULL, p, m, pixels, count, 1) != CN_OK) return failed(file);
    for (size_t i = 0; i < count; i++) {
        size_t best = 0;
        char text[41];
        for (size_t k = 1; k < outputs; k++)
            if (scores[i * outputs + k] > scores[i * outputs + best]) best = k;
        printf("%zu", i);
        if (!all) printf(" %zu", best);
        for (size_t k = 0; all && k < outputs; k++) printf(" %s", cn_score_text(text, scores[i * outputs + k]));
        putchar('\n');
    }
    free(scores);
    free(pixels);
    cn_plan_free(p);
    cn_model_free(m);
    return 0;
}

static int spoil(const char *path, long offset) {
    size_t size;
    unsigned char *data = slurp(&size, path);
    if (!data || size < CHECKSUM) return failed(path);
    data[offset < 0 ? size - (size_t)-offset : (size_t)offset] ^= 1;
    cn_sha3_256(data + size - CHECKSUM, data, size - CHECKSUM);
    int code = spew(path, data, size);
    free(data);
    return code;
}

int main(int argc, char **argv) {
    cn_dataset d = {0};
    int code = 2;
    if (argc == 4 && strcmp(argv[1], "draw") == 0)
        code = images(cn_dataset_draw_digits(&d, strtoul(argv[2], NULL, 10), 1), &d, argv[3]);
    else if (argc == 5 && strcmp(argv[1], "mnist") == 0)
        code = images(cn_dataset_load_mnist(&d, argv[2], strtoul(argv[3], NULL, 10)), &d, argv[4]);
    else if (argc == 4 && strcmp(argv[1], "labels") == 0) code = labels(argv[2], argv[3], 0);
    else if (argc == 4 && strcmp(argv[1], "scores") == 0) code = labels(argv[2], argv[3], 1);
    else if (argc >= 3 && strcmp(argv[1], "run") == 0) {
        signal(SIGINT, SIG_DFL);
        execv(argv[2], argv + 2);
        perror(argv[2]);
        return 127;
    } else if (argc == 4 && strcmp(argv[1], "spoil") == 0) code = spoil(argv[2], strtol(argv[3], NULL, 10));
    else fputs("cli_helper: expected draw, mnist, labels, scores, run or spoil with their arguments\n", stderr);
    cn_dataset_clear(&d);
    return code;
}
