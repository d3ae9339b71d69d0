/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What comes out: a file per network, a report on standard output. */

#include "results.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"

static void print_rows(FILE *file, const prediction *p) {
    fprintf(file, "row,p_float,p_integer,p_encrypted,logit_float,score_integer,score_encrypted%s\n",
            p->table.positive ? ",label" : "");
    for (size_t i = 0; i < p->rows; i++) {
        char clear[41], encrypted[41];
        fprintf(file, "%zu,%.6f,%.6f,%.6f,%.17g,%s,%s", i + 1, prediction_logistic(p->logit[i]),
                prediction_probability(p, p->clear[i]), prediction_probability(p, p->encrypted[i]), p->logit[i],
                cn_score_text(clear, p->clear[i]), cn_score_text(encrypted, p->encrypted[i]));
        if (p->table.positive) fprintf(file, ",%s", p->scale.class_name[p->table.positive[i]]);
        fputc('\n', file);
    }
}

bool results_write(const prediction *p, const char *folder, const char *name) {
    char path[4096], part[4096 + 8];
    if (snprintf(path, sizeof path, "%s/%s.csv", folder, name) >= (int)sizeof path)
        return hospital_fail("%.60s...: the name of the folder is too long", folder);
    snprintf(part, sizeof part, "%s.XXXXXX", path);
    int descriptor = mkstemp(part);
    if (descriptor < 0)
        return hospital_fail("%s: expected a folder that can be written to, found: %s", folder, strerror(errno));
    FILE *file = fdopen(descriptor, "w");
    int problem = errno;
    if (file == NULL) close(descriptor);
    else {
        print_rows(file, p);
        bool fine = fflush(file) == 0 && !ferror(file) && fsync(descriptor) == 0;
        problem = errno;
        if (fclose(file) == 0 && fine && rename(part, path) == 0) return true;
        if (fine) problem = errno;
    }
    unlink(part);
    return hospital_fail("%s: expected to write a complete file, found: %s; the old one, if any, is unchanged", path,
                         strerror(problem));
}

void results_costs(const prediction *p, const char *name) {
    const encrypted_cost *c = &p->cost;
    size_t cut = 0, features = p->scale.features;
    for (size_t f = 0; f < features; f++) cut += p->cut[f];
    printf("%s: %zu records of %zu features in %zu batch%s of %zu, log2 Q %.1f\n", name, p->rows, features, c->batches,
           c->batches == 1 ? "" : "es", c->slots, p->log2_q);
    printf("    per batch: request %zu bytes, reply %zu bytes; evaluation key %zu bytes, once\n", c->request, c->reply,
           c->key);
    printf("    seconds: keys %.3f, encrypt %.3f, evaluate %.3f, decrypt %.3f; in the clear %.3f, real weights %.3f\n",
           c->keys, c->encrypt, c->evaluate, c->decrypt, p->seconds[PREDICT_CLEAR], p->seconds[PREDICT_REAL]);
    printf("    values beyond the scale, cut: %zu of %zu%s", cut, p->rows * features, cut ? " (" : "\n");
    const char *between = "";
    for (size_t f = 0; f < features; f++)
        if (p->cut[f] > 0) {
            printf("%s%s %zu", between, p->scale.feature[f].name, p->cut[f]);
            between = ", ";
        }
    if (cut) printf(")\n");
    printf("    scores outside the window: %zu; encrypted scores unlike the clear ones: %zu of %zu\n", p->outside,
           p->unequal, SCALING_CLASSES * p->rows);
}

static double percent(size_t right, size_t rows) { return 100 * (double)right / (double)rows; }

void results_areas(const prediction *p, const char *const *name, size_t count) {
    const auc *any = &p->area[PREDICT_CLEAR];
    printf("\n%" PRIu64 " of %zu records are '%s'\n\n", any->positives, p->rows, p->scale.class_name[1]);
    printf("%-16s%12s%12s%12s    accuracy, the same three ways\n", "AUC", "float", "integer", "encrypted");
    for (size_t k = 0; k < count; k++) {
        const auc *a = p[k].area;
        const size_t *right = p[k].right;
        printf("%-16s%12.6f%12.6f%12.6f    %.2f %%, %.2f %%, %.2f %%\n", name[k], auc_value(a[PREDICT_REAL]),
               auc_value(a[PREDICT_CLEAR]), auc_value(a[PREDICT_ENCRYPTED]), percent(right[PREDICT_REAL], p[k].rows),
               percent(right[PREDICT_CLEAR], p[k].rows), percent(right[PREDICT_ENCRYPTED], p[k].rows));
    }
    if (p->known.positives > 0)
        printf("%-16s%12.6f    of the probabilities that the labels were drawn with\n", "true risk", auc_value(p->known));
    printf("\n");
    for (size_t k = 0; k < count; k++) {
        auc clear = p[k].area[PREDICT_CLEAR], encrypted = p[k].area[PREDICT_ENCRYPTED];
        printf("%s: pairs in the right order, twice: integer %" PRIu64 ", encrypted %" PRIu64 " of %" PRIu64 ": %s\n",
               name[k], clear.halves, encrypted.halves, 2 * clear.positives * clear.negatives,
               auc_equal(clear, encrypted) ? "identical" : "DIFFERENT");
    }
}
