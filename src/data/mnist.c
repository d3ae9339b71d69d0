/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Data sets: the MNIST test or training set from two IDX files, and the release of any set. */

#include "cryptonets_nn.h"

#include <stdio.h>
#include <string.h>

#include "data/idx.h"
#include "util/file.h"
#include "util/mem.h"
#include "util/status.h"

#define SIDE_MAX 1024 /* pixels */
#define HEADER_MAX (4 + 4 * CN_IDX_DIMS_MAX)
#define REMEDY "fetch the data with tools/fetch-mnist"

/** The file folder/name or, if there is none, folder/name.gz: its path in *path, its IDX content in *data,
 * size and values. *path and *data are the caller's to release, on failure too. */
static cn_status read_idx(char **path, uint8_t **data, size_t *size, const uint8_t **values, unsigned dims,
                          const char *folder, const char *name) {
    size_t room = strlen(folder) + strlen(name) + 5, bytes;
    *path = cn_malloc(room, 1);
    if (*path == NULL) return CN_ERR_MEMORY;
    snprintf(*path, room, "%s/%s", folder, name);
    if (!cn_is_file(*path)) {
        snprintf(*path, room, "%s/%s.gz", folder, name);
        if (!cn_is_file(*path))
            return cn_fail(CN_ERR_NOT_FOUND,
                           "%s/%s: expected this file or the same with .gz, found neither; " REMEDY, folder,
                           name);
    }
    CN_TRY(cn_file_read(data, &bytes, *path, CN_IDX_MAX_BYTES + HEADER_MAX));
    return cn_fail_prefix(cn_idx_parse(size, values, dims, *data, bytes), "%s", *path);
}

static cn_status load(cn_dataset *d, const char *folder, size_t limit, const char *image_name, const char *label_name) {
    if (d == NULL || folder == NULL)
        return cn_fail(CN_ERR_NULL, "cn_dataset_load_mnist: expected a result and a folder, found NULL; "
                                    "pass both");
    if (!cn_is_folder(folder))
        return cn_fail(CN_ERR_NOT_FOUND, "%s: expected a folder with the files of MNIST, found none; " REMEDY, folder);

    cn_status status;
    char *image_path = NULL, *label_path = NULL;
    uint8_t *images = NULL, *labels = NULL;
    cn_dataset new = {0};
    size_t size[3], label_count;
    const uint8_t *pixels, *digits;
    CN_CHECK(read_idx(&image_path, &images, size, &pixels, 3, folder, image_name));
    CN_CHECK(read_idx(&label_path, &labels, &label_count, &digits, 1, folder, label_name));
    for (unsigned i = 1; i < 3; i++)
        if (size[i] > SIDE_MAX) {
            status = cn_fail(CN_ERR_FORMAT,
                             "%s: offset %u: expected images of at most %d %s, found %zu; " REMEDY,
                             image_path, 4 + 4 * i, SIDE_MAX, i == 1 ? "rows" : "columns", size[i]);
            goto cleanup;
        }
    if (label_count != size[0]) {
        status =
            cn_fail(CN_ERR_FORMAT, "%s: offset 4: expected %zu labels, one per image, found %zu; " REMEDY,
                    label_path, size[0], label_count);
        goto cleanup;
    }
    for (size_t i = 0; i < label_count; i++)
        if (digits[i] > 9) {
            status = cn_fail(CN_ERR_FORMAT, "%s: offset %zu: expected a label of 0 to 9, found %u; " REMEDY,
                             label_path, 8 + i, digits[i]);
            goto cleanup;
        }

    new.count = limit > 0 && limit < size[0] ? limit : size[0];
    new.height = size[1];
    new.width = size[2];
    new.pixels = cn_malloc(new.count, new.height *new.width);
    new.labels = cn_malloc(new.count, 1);
    if (new.pixels == NULL || new.labels == NULL) {
        cn_dataset_clear(&new);
        status = CN_ERR_MEMORY;
        goto cleanup;
    }
    memcpy(new.pixels, pixels, new.count *new.height *new.width);
    memcpy(new.labels, digits, new.count);
    *d = new;
cleanup:
    cn_free(labels);
    cn_free(images);
    cn_free(label_path);
    cn_free(image_path);
    return status;
}

cn_status cn_dataset_load_mnist(cn_dataset *d, const char *folder, size_t limit) {
    return load(d, folder, limit, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");
}

cn_status cn_dataset_load_mnist_training(cn_dataset *d, const char *folder, size_t limit) {
    return load(d, folder, limit, "train-images-idx3-ubyte", "train-labels-idx1-ubyte");
}

void cn_dataset_clear(cn_dataset *d) {
    if (d == NULL) return;
    cn_free(d->labels);
    cn_free(d->pixels);
    *d = (cn_dataset){0};
}
