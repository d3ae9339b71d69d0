/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Packing of integer matrices: rows to groups, groups to arrays in one arena. */

#include "ring/gemm.h"

#include <string.h>

#include "util/mem.h"
#include "util/verify.h"

#define NARROW ((int64_t)1 << CN_GEMM_PLANE_BITS) /* |w| below it: one plane */

/** The pairs of a row, ascending, to out (may be NULL).  Returns: how many. */
static size_t row_pairs(uint32_t *out, const cn_matrix *m, size_t row) {
    size_t count = 0;
    uint32_t last = UINT32_MAX;
    for (size_t e = m->start[row]; e < m->start[row + 1]; e++) {
        uint32_t pair = m->col[e] / 2;
        CN_INVARIANT(m->col[e] < m->cols && (e == m->start[row] || m->col[e] > m->col[e - 1]));
        if (pair == last) continue;
        if (out) out[count] = pair;
        last = pair;
        count++;
    }
    return count;
}

/** Digits of 15 bits that the largest weight of m takes. */
static unsigned planes_of(const cn_matrix *m) {
    int64_t top = 0;
    for (size_t e = 0; e < m->start[m->rows]; e++) top = CN_MAX(top, m->weight[e] < 0 ? -m->weight[e] : m->weight[e]);
    if (top < NARROW) return 1;
    unsigned planes = 1; /* planes balanced digits reach at least 2^14 (2^(15 (planes - 1))) */
    while (planes * CN_GEMM_PLANE_BITS - 1 < 63 && top >> (planes * CN_GEMM_PLANE_BITS - 1)) planes++;
    return planes;
}

/** Digit plane of w: all of w if there is one plane, else balanced, the highest digit taking the rest. */
static int32_t plane_digit(int64_t w, unsigned plane, unsigned planes) {
    const int64_t half = NARROW / 2;
    for (unsigned k = 0; k + 1 < planes; k++) {
        int64_t low = ((w + half) & (NARROW - 1)) - half;
        if (k == plane) return (int32_t)low;
        w = (w - low) >> CN_GEMM_PLANE_BITS; /* exact */
    }
    return (int32_t)w;
}

#define END UINT32_MAX /* of a list of rows */

/** Groups of rows under construction, in order of appearance of their first rows. */
typedef struct plan {
    size_t groups;
    uint32_t *leader;  /* [groups] first row of each */
    uint32_t *last;    /* [groups] last row so far */
    uint32_t *next;    /* [rows] next row of the same group, or END */
    uint32_t *size;    /* [groups] rows */
    uint32_t *pairs;   /* [groups] */
    uint64_t *hash;    /* [groups] of the list of pairs */
    uint32_t *place;   /* [places] hash table with linear probing: numbers of groups plus 1, or 0 */
    size_t places;     /* a power of two, more than rows */
} plan;

static bool same_pairs(const cn_matrix *m, size_t a, size_t b) {
    size_t i = m->start[a], j = m->start[b], iend = m->start[a + 1], jend = m->start[b + 1];
    while (i < iend && j < jend) {
        uint32_t pair = m->col[i] / 2;
        if (m->col[j] / 2 != pair) return false;
        while (i < iend && m->col[i] / 2 == pair) i++;
        while (j < jend && m->col[j] / 2 == pair) j++;
    }
    return i == iend && j == jend;
}

/** FNV-1a over the list of pairs. */
static uint64_t hash_pairs(const cn_matrix *m, size_t row) {
    uint64_t h = 0xcbf29ce484222325;
    uint32_t last = UINT32_MAX;
    for (size_t e = m->start[row]; e < m->start[row + 1]; e++) {
        uint32_t pair = m->col[e] / 2;
        if (pair != last) h = (h ^ pair) * 0x100000001b3;
        last = pair;
    }
    return h;
}

static void clear_plan(plan *p) {
    cn_free(p->leader);
    cn_free(p->last);
    cn_free(p->next);
    cn_free(p->size);
    cn_free(p->pairs);
    cn_free(p->hash);
    cn_free(p->place);
}

/** Where the group with the pairs of a row stands in the hash table, or is to be put. */
static uint32_t *find_place(const plan *p, const cn_matrix *m, size_t row, uint64_t hash) {
    size_t i = hash ^ hash >> 32;
    for (;; i++) {
        uint32_t *place = &p->place[i & (p->places - 1)], g = *place;
        if (!g || (p->hash[g - 1] == hash && same_pairs(m, row, p->leader[g - 1]))) return place;
    }
}

static cn_status group_rows(plan *p, const cn_matrix *m) {
    memset(p, 0, sizeof *p);
    for (p->places = 2; p->places <= 2 * m->rows;) p->places *= 2;
    p->leader = cn_calloc(m->rows, sizeof *p->leader);
    p->last = cn_calloc(m->rows, sizeof *p->last);
    p->next = cn_calloc(m->rows, sizeof *p->next);
    p->size = cn_calloc(m->rows, sizeof *p->size);
    p->pairs = cn_calloc(m->rows, sizeof *p->pairs);
    p->hash = cn_calloc(m->rows, sizeof *p->hash);
    p->place = cn_calloc(p->places, sizeof *p->place);
    if (!p->leader || !p->last || !p->next || !p->size || !p->pairs || !p->hash || !p->place) return CN_ERR_MEMORY;
    for (size_t r = 0; r < m->rows; r++) {
        uint64_t h = hash_pairs(m, r);
        uint32_t *place = find_place(p, m, r, h), row = (uint32_t)r;
        if (*place) {
            p->next[p->last[*place - 1]] = row;
        } else {
            size_t g = p->groups++;
            p->leader[g] = row;
            p->hash[g] = h;
            p->pairs[g] = (uint32_t)row_pairs(NULL, m, r);
            *place = (uint32_t)p->groups;
        }
        p->last[*place - 1] = row;
        p->next[r] = END;
        p->size[*place - 1]++;
    }
    return CN_OK;
}

static size_t blocks_of(size_t rows) { return (rows + CN_GEMM_ROWS - 1) / CN_GEMM_ROWS; }

/** Weights of one row into lane of a group's packed array. */
static void pack_row(uint32_t *weight, const uint32_t *pair, const cn_matrix *m, size_t row, unsigned plane, unsigned planes) {
    size_t k = 0;
    for (size_t e = m->start[row]; e < m->start[row + 1]; e++) {
        while (pair[k] != m->col[e] / 2) k++;
        uint32_t digit = (uint16_t)plane_digit(m->weight[e], plane, planes);
        weight[k * CN_GEMM_ROWS] |= m->col[e] % 2 ? digit << 16 : digit;
    }
}

/** |low half| + |high half|. */
static uint32_t magnitude(uint32_t w) {
    int32_t a = (int16_t)w, b = (int16_t)(w >> 16);
    return (uint32_t)((a < 0 ? -a : a) + (b < 0 ? -b : b));
}

/** Cut a group's pairs into strips.  sum: [rows] scratch.  Returns: how many. */
static size_t cut_strips(cn_gemm_strip *out, const cn_gemm_group *g, uint32_t *sum) {
    size_t count = 0;
    uint32_t begin = 0;
    memset(sum, 0, g->rows * sizeof *sum);
    for (uint32_t k = 0; k < g->pairs; k++) {
        bool full = false;
        for (size_t r = 0; r < g->rows; r++) {
            uint32_t w = magnitude(g->weight[(r / CN_GEMM_ROWS * g->pairs + k) * CN_GEMM_ROWS + r % CN_GEMM_ROWS]);
            full |= sum[r] + w > CN_GEMM_SUM_MAX;
        }
        if (k > begin && (full || k - begin == CN_GEMM_STRIP)) {
            out[count++] = (cn_gemm_strip){begin, k, full};
            begin = k;
        }
        for (size_t r = 0; r < g->rows; r++) {
            uint32_t w = magnitude(g->weight[(r / CN_GEMM_ROWS * g->pairs + k) * CN_GEMM_ROWS + r % CN_GEMM_ROWS]);
            sum[r] = full ? w : sum[r] + w;
        }
    }
    out[count] = (cn_gemm_strip){begin, (uint32_t)g->pairs, true};
    return count + 1;
}

/** Room for everything that the groups point to. */
static size_t memory_bytes(const plan *p, unsigned planes) {
    size_t bytes = 0;
    for (size_t g = 0; g < p->groups; g++)
        bytes += CN_ARENA_BYTES(p->size[g] * sizeof(uint32_t)) + CN_ARENA_BYTES(p->pairs[g] * sizeof(uint32_t)) +
                 CN_ARENA_BYTES(blocks_of(p->size[g]) * p->pairs[g] * CN_GEMM_ROWS * sizeof(uint32_t)) +
                 CN_ARENA_BYTES((p->pairs[g] + 1) * sizeof(cn_gemm_strip));
    return bytes * planes;
}

/** Group number from (of plane plane) into *g, its arrays from the arena.  sum: [rows] scratch. */
static void fill_group(cn_gemm_group *g, cn_arena *arena, const plan *p, size_t from, const cn_matrix *m, unsigned plane,
                       unsigned planes, uint32_t *sum) {
    *g = (cn_gemm_group){.rows = p->size[from],
                         .pairs = p->pairs[from],
                         .merge = plane + 1 == planes ? CN_GEMM_SET : CN_GEMM_SHIFT,
                         .last = plane == 0};
    size_t weights = blocks_of(g->rows) * g->pairs * CN_GEMM_ROWS, count = 0;
    uint32_t *row = cn_arena_take(arena, g->rows, sizeof *row), *pair = cn_arena_take(arena, g->pairs, sizeof *pair);
    uint32_t *weight = cn_arena_take(arena, weights, sizeof *weight);
    cn_gemm_strip *strip = cn_arena_take(arena, g->pairs + 1, sizeof *strip);
    g->row = row, g->digits = pair, g->weight = weight, g->strip = strip;
    memset(weight, 0, weights * sizeof *weight);
    row_pairs(pair, m, p->leader[from]);
    for (uint32_t r = p->leader[from]; r != END; r = p->next[r]) {
        pack_row(weight + count / CN_GEMM_ROWS * g->pairs * CN_GEMM_ROWS + count % CN_GEMM_ROWS, pair, m, r, plane, planes);
        row[count++] = r;
    }
    g->strips = cut_strips(strip, g, sum);
    for (size_t k = 0; k < g->pairs; k++) pair[k] *= CN_GEMM_PAIR_BYTES;
}

cn_status cn_gemm_init(cn_gemm *g, const cn_matrix *m) {
    cn_status status = CN_OK;
    plan p;
    uint32_t *sum = NULL;
    unsigned planes = planes_of(m);
    CN_INVARIANT(m->cols / 2 < UINT32_MAX / CN_GEMM_PAIR_BYTES); /* places of digits are 32-bit numbers */
    memset(g, 0, sizeof *g);
    g->m = *m;
    g->wide = planes > 1;
    CN_TRY(cn_sums_init(&g->sums, m));
    if (g->sums.chunks) return CN_OK;
    CN_CHECK(group_rows(&p, m));
    g->groups = planes * p.groups;
    g->group = cn_calloc(g->groups, sizeof *g->group);
    sum = cn_calloc(m->rows, sizeof *sum);
    if (!g->group || !sum) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(cn_arena_init(&g->memory, memory_bytes(&p, planes)));
    for (size_t k = 0; k < g->groups; k++) {
        unsigned plane = planes - 1 - (unsigned)(k / p.groups);
        fill_group(&g->group[k], &g->memory, &p, k % p.groups, m, plane, planes, sum);
        g->rows_max = CN_MAX(g->rows_max, g->group[k].rows);
    }
cleanup:
    clear_plan(&p);
    cn_free(sum);
    if (status != CN_OK) cn_gemm_clear(g);
    return status;
}

void cn_gemm_clear(cn_gemm *g) {
    cn_free(g->group);
    cn_arena_clear(&g->memory);
    cn_sums_clear(&g->sums);
    memset(g, 0, sizeof *g);
}

size_t cn_gemm_scratch_bytes(const cn_gemm *g) {
    if (g->sums.chunks) return cn_sums_scratch_bytes(g->m.rows);
    size_t digits = (g->m.cols + 1) / 2 * CN_GEMM_PAIR_BYTES;
    size_t sums = blocks_of(g->rows_max) * CN_GEMM_ROWS * CN_GEMM_SUM_BYTES;
    return CN_ARENA_BYTES(digits) + CN_ARENA_BYTES(sums);
}
