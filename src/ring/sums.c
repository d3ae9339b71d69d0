/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Packing of matrices with weights -1, 0 and 1. */

#include "ring/sums.h"

#include <string.h>

#include "ring/gemm.h"
#include "util/mem.h"

#define COLUMNS_MAX 65535
#define ZEROS_MAX(places) ((places) / 64) /* that are worth taking off one by one */

/** How many weights of m are not 0; none if some are beyond -1 and 1. */
static size_t count_ones(const cn_matrix *m) {
    size_t count = 0;
    for (size_t e = 0; e < m->start[m->rows]; e++) {
        if (m->weight[e] < -1 || m->weight[e] > 1) return 0;
        count += m->weight[e] != 0;
    }
    return count;
}

/** The numbers of one row; the places without a one to zero if that is not NULL.  value: [chunks CN_SUMS_CHUNK columns] scratch.
 *  Returns: how many such places. */
static size_t pack_row(uint64_t *pattern, cn_sums_zero *zero, int8_t *value, const cn_sums *s, const cn_matrix *m, size_t row) {
    size_t width = s->columns * CN_SUMS_CHUNK, zeros = 0;
    memset(value, 0, s->chunks * width);
    for (size_t e = m->start[row]; e < m->start[row + 1]; e++) value[m->col[e]] = (int8_t)m->weight[e];
    for (size_t c = 0; zero && c < m->cols; c++)
        if (!value[c]) zero[zeros++] = (cn_sums_zero){(uint32_t)row, (uint32_t)c};
    for (size_t c = 0; c < s->chunks; c++) {
        uint64_t word = 0;
        for (size_t k = 0; k < CN_SUMS_CHUNK; k++) {
            unsigned number = 0;
            for (size_t i = 0; i < s->columns; i++) {
                int w = value[c * width + k * s->columns + i];
                number = s->columns == 4 ? 2 * number + (w >= 0) : 3 * number + (unsigned)(w + 1);
            }
            word |= (uint64_t)number << 8 * k;
        }
        pattern[c * m->rows + row] = word;
    }
    return zeros;
}

/** The form that suits m.  Out: columns and chunks, 0 if none does; *zeros that are taken off. */
static void choose_form(cn_sums *s, size_t *zeros, const cn_matrix *m) {
    size_t places = m->rows * m->cols, ones;
    *zeros = 0;
    if (m->rows < CN_SUMS_ROWS_MIN || m->cols > COLUMNS_MAX || m->start[m->rows] < places / 2) return;
    if (!(ones = count_ones(m))) return;
    if (places - ones <= ZEROS_MAX(places)) *zeros = places - ones;
    s->columns = places - ones == *zeros ? 4 : 3;
    size_t width = s->columns * CN_SUMS_CHUNK;
    s->chunks = (m->cols + width - 1) / width;
}

size_t cn_sums_additions(const cn_matrix *m) {
    cn_sums s = {0};
    size_t zeros;
    choose_form(&s, &zeros, m);
    return s.chunks * CN_SUMS_CHUNK * (m->rows + CN_SUMS_TABLE(s.columns)) + zeros;
}

cn_status cn_sums_init(cn_sums *s, const cn_matrix *m) {
    cn_status status = CN_OK;
    size_t zeros;
    int8_t *value = NULL;
    memset(s, 0, sizeof *s);
    choose_form(s, &zeros, m);
    if (!s->chunks) return CN_OK;
    size_t width = s->columns * CN_SUMS_CHUNK;
    CN_CHECK(cn_arena_init(&s->memory, CN_ARENA_BYTES(s->chunks * m->rows * sizeof *s->pattern) + CN_ARENA_BYTES(zeros * sizeof *s->zero)));
    value = cn_malloc(s->chunks * width, 1);
    if (!value) CN_CHECK(CN_ERR_MEMORY);
    uint64_t *pattern = cn_arena_take(&s->memory, s->chunks * m->rows, sizeof *pattern);
    cn_sums_zero *zero = cn_arena_take(&s->memory, zeros, sizeof *zero);
    s->pattern = pattern, s->zero = zero;
    for (size_t row = 0; row < m->rows; row++) s->zeros += pack_row(pattern, zeros ? zero + s->zeros : NULL, value, s, m, row);
cleanup:
    cn_free(value);
    if (status != CN_OK) cn_sums_clear(s);
    return status;
}

void cn_sums_clear(cn_sums *s) {
    cn_arena_clear(&s->memory);
    memset(s, 0, sizeof *s);
}

#define HALF_TILE (CN_TILE / 2 * sizeof(uint64_t)) /* bytes */

size_t cn_sums_scratch_bytes(size_t rows) {
    return CN_ARENA_BYTES(CN_SUMS_CHUNK * CN_SUMS_ENTRIES * HALF_TILE) + CN_ARENA_BYTES(rows * HALF_TILE);
}
