/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Networks in plain text: the input is the net.txt of a folder whose number files exist. What is accepted is a model that is
 *  written and read again. And rows of numbers, and costs, from memory. */

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "nn/cost.h"
#include "nn/text.h"
#include "util/mem.h"
#include "util/verify.h"

static char folder[64], net[80], weights[80], biases[80];

static void put(const char *path, const void *data, size_t size) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
}

static void remove_folder(void) {
    unlink(net);
    unlink(weights);
    unlink(biases);
    rmdir(folder);
}

static void make_folder(void) {
    const char *const place[] = {"/dev/shm", "/tmp"}; /* in memory, if possible */
    for (int i = 0; i < 2 && !net[0]; i++) {
        snprintf(folder, sizeof folder, "%s/cn-fuzz-XXXXXX", place[i]);
        if (!mkdtemp(folder)) continue;
        snprintf(net, sizeof net, "%s/net.txt", folder);
        snprintf(weights, sizeof weights, "%s/W1.txt", folder);
        snprintf(biases, sizeof biases, "%s/b1.txt", folder);
    }
    FUZZ_CHECK(net[0]);
    atexit(remove_folder);
    put(weights, "1 -2 3 4\n5 6 -7 8\n", 18);
    put(biases, "1\n-2\n", 5);
}

static void numbers(const uint8_t *data, size_t size) {
    int64_t narrow[8];
    double reals[8];
    cn_cursor c = {"numbers", (const char *)data, (const char *)data + size, (const char *)data, 1}, start = c;
    if (cn_text_check_rows(&c, 2, 4) == CN_OK) FUZZ_CHECK(c.p == c.end);
    c = start;
    if (cn_text_numbers(narrow, NULL, &c, 8, 20, "a number") == CN_OK)
        for (int i = 0; i < 8; i++) FUZZ_CHECK(narrow[i] > -(1 << 20) && narrow[i] < 1 << 20);
    c = start;
    if (cn_text_reals(reals, &c, 8, "a number") == CN_OK)
        for (int i = 0; i < 8; i++) FUZZ_CHECK(isfinite(reals[i]));
    c = start;
    cn_costs costs;
    if (cn_costs_parse(&costs, &c) == CN_OK)
        for (int i = 0; i < CN_COST_COUNT; i++) FUZZ_CHECK(costs.fs[i] >= 1 && costs.fs[i] <= CN_COST_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cn_model *m, *second;
    uint8_t *file;
    size_t bytes;
    if (!net[0]) make_folder();
    uint8_t *copy = cn_malloc(size, 1); /* of its own: reads behind it are found */
    FUZZ_CHECK(copy);
    if (size) memcpy(copy, data, size);
    numbers(copy, size);
    cn_free(copy);
    put(net, data, size);
    if (cn_model_import(&m, folder, "fuzz", "") != CN_OK) {
        FUZZ_CHECK(m == NULL);
        return 0;
    }
    FUZZ_CHECK(cn_model_serialise(&file, &bytes, m) == CN_OK);
    FUZZ_CHECK(cn_model_parse(&second, file, bytes) == CN_OK);
    FUZZ_CHECK(memcmp(cn_model_digest(m), cn_model_digest(second), 32) == 0);
    cn_model_free(second);
    cn_free(file);
    cn_model_free(m);
    return 0;
}

size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed) {
    (void)data, (void)max, (void)seed;
    return size;
}
