/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Real numbers of one layer from a folder: a NumPy array, or text. */

#include "nn/real.h"

#include <stdio.h>
#include <string.h>

#include "nn/npy.h"
#include "nn/text.h"
#include "util/file.h"
#include "util/mem.h"
#include "util/status.h"

/** folder/stem.kind in cn_malloc memory, or NULL. */
static char *join(const char *folder, const char *stem, const char *kind) {
    size_t size = strlen(folder) + strlen(stem) + strlen(kind) + 3;
    char *path = cn_malloc(size, 1);
    if (path != NULL) snprintf(path, size, "%s/%s.%s", folder, stem, kind);
    return path;
}

static cn_status read_array(double **out, const char *path, size_t rows, size_t row) {
    cn_npy a;
    CN_TRY(cn_npy_open(&a, path));
    cn_status status = CN_OK;
    size_t first = a.dims ? a.shape[0] : 0;
    if (first != rows || a.count % rows != 0 || a.count / rows != row)
        CN_CHECK(cn_fail(CN_ERR_FORMAT, "%s: expected an array of %zu rows of %zu numbers, found %zu numbers with %zu in the first "
                                        "dimension; compare it with the layer's line in net.txt", path, rows, row, a.count, first));
    if ((*out = cn_malloc(a.count, sizeof **out)) == NULL) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(cn_npy_reals(*out, &a));
cleanup:
    cn_npy_clear(&a);
    return status;
}

static cn_status read_text(double **out, const char *path, uint32_t rows, size_t row, const char *what) {
    cn_status status = CN_OK;
    uint8_t *data = NULL;
    cn_cursor c;
    CN_CHECK(cn_text_open(&c, &data, path));
    cn_cursor numbers = c;
    if (row > 1) CN_CHECK(cn_text_check_rows(&c, rows, row)); /* before taking memory for that many */
    if ((*out = cn_malloc(rows * row, sizeof **out)) == NULL) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(cn_text_reals(*out, &numbers, rows * row, what));
cleanup:
    cn_free(data);
    return status;
}

cn_status cn_real_file(double **out, const char *folder, const char *stem, uint32_t rows, size_t row, const char *what) {
    cn_status status = CN_ERR_MEMORY;
    char *text = join(folder, stem, "txt"), *array = join(folder, stem, "npy");
    *out = NULL;
    if (text == NULL || array == NULL) goto cleanup;
    if (cn_is_file(text) && cn_is_file(array))
        CN_CHECK(cn_fail(CN_ERR_FORMAT, "%s: expected one file for these numbers, found %s too; remove one of them", array, text));
    CN_CHECK(cn_is_file(array) ? read_array(out, array, rows, row) : read_text(out, text, rows, row, what));
cleanup:
    cn_free(text);
    cn_free(array);
    return status;
}
