/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A driver for fuzz targets without libFuzzer, for any compiler: runs every file of the folders named, then mutations of
 *  them, the same ones in every run. Words as libFuzzer takes them: -runs=N (mutations), -max_len=N, folders; other options
 *  are ignored. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "util/file.h"
#include "util/mem.h"

enum { FILES_MAX = 4096, LEN_MAX = 1 << 16 };

static struct {
    uint8_t *data;
    size_t size;
} file[FILES_MAX];
static size_t files;

static uint64_t state = 1;
static uint64_t next(void) { /* splitmix64 */
    uint64_t x = state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}
static size_t below(size_t n) { return (size_t)(next() % n); }

/** One change: a bit, a byte, a number, a stretch removed, doubled or moved. */
static size_t change(uint8_t *data, size_t size, size_t max) {
    static const uint64_t number[] = {0, 1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000, 0xffffffff, 1ull << 63, ~0ull};
    if (size == 0) return max ? data[0] = (uint8_t)next(), 1 : 0;
    size_t at = below(size), rest = size - at, len = 1 + below(CN_MIN(rest, (size_t)32));
    switch (below(7)) {
    case 0: data[at] ^= (uint8_t)(1u << below(8)); break;
    case 1: data[at] = (uint8_t)next(); break;
    case 2: memcpy(data + at, &number[below(CN_ARRAY_LEN(number))], CN_MIN(rest, (size_t)1 << below(4))); break;
    case 3: data[at] = (uint8_t)(data[at] + 1 - 2 * below(2)); break;
    case 4: memmove(data + at, data + at + len, rest - len); return size - len;
    case 5:
        if (size + len > max) break;
        memmove(data + at + len, data + at, rest);
        return size + len;
    default: memmove(data + at, data + below(size - len + 1), len); break;
    }
    return size;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) {
    for (size_t i = 1 + below(4); i > 0; i--) size = change(data, size, max);
    return size;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/** The files of a folder in the order of their names, so that every run is the same. */
static void read_folder(const char *folder) {
    static char *name[FILES_MAX];
    char path[4096];
    size_t names = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d)) && names < FILES_MAX;)
        if (e->d_name[0] != '.') name[names++] = cn_strdup(e->d_name);
    if (d) closedir(d);
    if (names) qsort(name, names, sizeof *name, by_name);
    for (size_t i = 0; i < names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, name[i]);
        cn_free(name[i]);
        if (files == FILES_MAX || cn_file_read(&file[files].data, &file[files].size, path, LEN_MAX) != CN_OK) {
            fprintf(stderr, "%s: cannot be used\n", path);
            exit(1);
        }
        files++;
    }
}

/** From a block of exactly this size, so that memory checkers see reads behind it. */
static void run(const uint8_t *data, size_t size) {
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact) abort();
    if (size) memcpy(exact, data, size);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv) {
    static uint8_t data[LEN_MAX];
    unsigned long long runs = 0, max = 4096;
    for (int i = 1; i < argc; i++) {
        if (sscanf(argv[i], "-runs=%llu", &runs) == 1 || sscanf(argv[i], "-max_len=%llu", &max) == 1) continue;
        if (argv[i][0] != '-') read_folder(argv[i]);
    }
    max = CN_MIN(max, (unsigned long long)LEN_MAX);
    if (files == 0) return fprintf(stderr, "%s: no corpus\n", argv[0]), 1;
    for (size_t i = 0; i < files; i++) run(file[i].data, file[i].size);
    for (unsigned long long i = 0; i < runs; i++) {
        size_t k = below(files), size = CN_MIN(file[k].size, (size_t)max);
        if (size) memcpy(data, file[k].data, size);
        size = LLVMFuzzerCustomMutator(data, size, max, (unsigned)next());
        run(data, size);
    }
    for (size_t i = 0; i < files; i++) cn_free(file[i].data);
    printf("%s: %zu files and %llu mutations\n", argv[0], files, runs);
    return 0;
}
