/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Where networks lie: files by their path, others by name in the folders that are searched. */

#include "bench/common.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENDING ".cnm"

/** The folders in which names are looked for, in this order. */
typedef struct places {
    size_t count;
    const char *folder[3];
    char built[PATH_MAX];
} places;

/** The folder models beside the program: there when it has not been installed (.libs is where libtool keeps such programs).
 *  Out: folder, PATH_MAX bytes.  Returns: whether there is such a folder. */
static bool beside_program(char *folder) {
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 16);
    if (length <= 0) return false;
    folder[length] = 0;
    *strrchr(folder, '/') = 0;
    char *last = strrchr(folder, '/');
    if (last && strcmp(last, "/.libs") == 0) *last = 0;
    strcat(folder, "/models");
    return access(folder, F_OK) == 0;
}

static void find_places(places *p) {
    const char *own = getenv("CRYPTONETS_MODELS");
    p->count = 0;
    if (own && *own) p->folder[p->count++] = own;
    p->folder[p->count++] = CN_MODELS_INSTALLED;
    if (beside_program(p->built)) p->folder[p->count++] = p->built;
}

static bool has_ending(const char *name) {
    size_t length = strlen(name);
    return length > strlen(ENDING) && strcmp(name + length - strlen(ENDING), ENDING) == 0;
}

int cn_bench_load_model(cn_model **m, const char *name) {
    places p;
    if (strchr(name, '/') || has_ending(name)) return cn_model_load(m, name) == CN_OK ? CN_BENCH_OK : cn_bench_fail("%s", cn_error_text());
    find_places(&p);
    for (size_t i = 0; i < p.count; i++) {
        char path[4096];
        if ((size_t)snprintf(path, sizeof path, "%s/%s" ENDING, p.folder[i], name) >= sizeof path || access(path, F_OK) != 0) continue;
        return cn_model_load(m, path) == CN_OK ? CN_BENCH_OK : cn_bench_fail("%s", cn_error_text());
    }
    return cn_bench_fail("model %s: expected %s" ENDING " in %s%s%s, found none; name a model that is there, a file, or set "
                         "CRYPTONETS_MODELS", name, name, p.folder[0], p.count > 1 ? " or " : "", p.count > 1 ? p.folder[1] : "");
}

static int is_model(const struct dirent *entry) { return has_ending(entry->d_name); }

int cn_bench_list_models(char ***names, size_t *count) {
    places p;
    find_places(&p);
    for (size_t i = 0; i < p.count; i++) {
        struct dirent **entry;
        int found = scandir(p.folder[i], &entry, is_model, alphasort);
        if (found < 0) continue;
        *names = found ? calloc((size_t)found, sizeof **names) : NULL;
        *count = 0;
        for (int k = 0; k < found; k++) {
            if (*names) (*names)[(*count)++] = strndup(entry[k]->d_name, strlen(entry[k]->d_name) - strlen(ENDING));
            free(entry[k]);
        }
        free(entry);
        if (found) return *names ? CN_BENCH_OK : cn_bench_fail("out of memory for the names of the models");
    }
    return cn_bench_fail("--sweep: expected networks (*" ENDING ") in %s%s%s, found none; name files with --model, or set "
                         "CRYPTONETS_MODELS", p.folder[0], p.count > 1 ? " or " : "", p.count > 1 ? p.folder[1] : "");
}
