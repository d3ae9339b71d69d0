/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Synthetic handwritten digits, so that everything can be tried without a download.
 *
 *  Templates are pen strokes through a few points; a digit is drawn in five steps:
 *    curve    Catmull-Rom spline through the points (Catmull & Rom 1974), eight pieces per span
 *    elastic  a smooth random displacement, cubic B-spline over a coarse grid of random vectors
 *             (in the spirit of Simard, Steinkraus, Platt: ICDAR 2003, section 2)
 *    affine   random width, slant and rotation
 *    fit      larger side of the inked box to 20 pixels, as MNIST does
 *    ink      grey by distance to the nearest stroke; the centre of mass moves to the middle of 28 x 28
 *  Integers only, divisions round to zero: the same seed gives the same bytes on every machine. Coordinates
 * carry 8 fractional bits: first template units (a digit is about 100 wide and 140 high, y downwards), then
 * pixels. */

#include "cryptonets_nn.h"

#include <string.h>

#include "util/bytes.h"
#include "util/chacha20.h"
#include "util/mem.h"
#include "util/status.h"

#define SIDE 28
#define BOX 20        /* pixels, side of the inked box */
#define ONE 256       /* one template unit, one pixel */
#define PIECES 8      /* straight pieces per spline span */
#define POINTS_MAX 24 /* of a template */
#define SEGMENTS_MAX (POINTS_MAX * PIECES)
#define GRID_X 6 /* control points of the elastic field: the cells of a template and three points more */
#define GRID_Y 7
#define CELL (40 * ONE)  /* distance of control points */
#define MID_X (50 * ONE) /* middle of a template */
#define MID_Y (70 * ONE)

/* ---- templates ----------------------------------------------------------------------------- */

typedef struct pt {
    int64_t x, y;
} pt;

#define UP 255 /* x of an entry that lifts the pen */

/** One way to write a digit: a chain of points, pen lifted at UP. A corner is a lift and the same point. */
typedef struct form {
    uint8_t digit, count;
    uint8_t at[POINTS_MAX][2];
} form;

static const form forms[] = {
    {0, 10, {{58, 2}, {28, 12}, {8, 46}, {6, 90}, {24, 130}, {52, 138}, {80, 114}, {94, 70}, {86, 24},
       {58, 2}}},
    {0, 10, {{50, 0}, {26, 16}, {14, 54}, {14, 96}, {30, 130}, {52, 138}, {72, 118}, {82, 74},
       {76, 26}, {50, 0}}},
    {0, 11, {{72, 16}, {46, 2}, {18, 24}, {4, 72}, {18, 122}, {50, 138}, {84, 118}, {98, 72},
       {86, 26}, {60, 6}, {40, 14}}},
    {1, 3, {{52, 0}, {50, 70}, {48, 140}}},
    {1, 3, {{54, 0}, {50, 70}, {46, 140}}},
    {1, 6, {{30, 26}, {52, 0}, {UP, 0}, {52, 0}, {50, 70}, {50, 140}}},
    {2, 11, {{10, 34}, {24, 8}, {52, 0}, {78, 16}, {80, 46}, {52, 94}, {10, 134}, {UP, 0}, {10, 134},
       {50, 130}, {96, 134}}},
    {2, 11, {{12, 28}, {36, 4}, {66, 6}, {80, 34}, {66, 80}, {34, 124}, {12, 128}, {14, 106},
       {36, 104}, {66, 124}, {100, 124}}},
    {2, 10, {{6, 20}, {40, 2}, {74, 12}, {80, 44}, {60, 84}, {14, 136}, {UP, 0}, {14, 136}, {56, 126},
       {104, 126}}},
    {3, 11, {{12, 18}, {42, 0}, {76, 12}, {74, 44}, {38, 64}, {UP, 0}, {38, 64}, {78, 78}, {84, 112},
       {52, 138}, {8, 124}}},
    {3, 11, {{8, 10}, {46, 2}, {78, 18}, {66, 48}, {34, 62}, {UP, 0}, {34, 62}, {74, 72}, {88, 102},
       {62, 134}, {10, 136}}},
    {3, 10, {{10, 26}, {34, 2}, {72, 6}, {76, 40}, {48, 62}, {42, 66}, {78, 84}, {78, 118}, {44, 140},
       {6, 120}}},
    {4, 9, {{16, 2}, {10, 38}, {14, 70}, {44, 78}, {86, 66}, {UP, 0}, {84, 0}, {80, 66}, {76, 140}}},
    {4, 9, {{30, 8}, {16, 46}, {12, 76}, {44, 82}, {96, 74}, {UP, 0}, {76, 20}, {70, 76}, {62, 140}}},
    {4, 10, {{70, 2}, {40, 40}, {8, 86}, {UP, 0}, {8, 86}, {50, 86}, {100, 82}, {UP, 0}, {70, 2},
       {68, 140}}},
    {4, 8, {{10, 4}, {8, 44}, {20, 68}, {54, 66}, {86, 50}, {UP, 0}, {90, 2}, {82, 140}}},
    {5, 13, {{86, 4}, {52, 4}, {24, 6}, {UP, 0}, {24, 6}, {20, 32}, {16, 60}, {UP, 0}, {16, 60},
       {50, 50}, {80, 74}, {70, 120}, {14, 132}}},
    {5, 13, {{100, 0}, {66, 6}, {36, 8}, {UP, 0}, {36, 8}, {28, 32}, {20, 56}, {UP, 0}, {20, 56},
       {56, 60}, {78, 86}, {62, 126}, {6, 132}}},
    {5, 12, {{88, 8}, {36, 6}, {UP, 0}, {36, 6}, {24, 34}, {34, 58}, {66, 72}, {82, 98}, {66, 130},
       {36, 138}, {14, 124}, {12, 112}}},
    {6, 10, {{70, 0}, {36, 26}, {12, 72}, {10, 112}, {36, 138}, {70, 128}, {80, 100}, {60, 80},
       {30, 90}, {14, 112}}},
    {6, 10, {{56, 0}, {28, 44}, {12, 92}, {20, 128}, {46, 138}, {72, 122}, {72, 94}, {50, 82},
       {26, 98}, {18, 120}}},
    {6, 9, {{84, 10}, {46, 30}, {16, 74}, {12, 116}, {42, 138}, {80, 122}, {82, 96}, {52, 88},
       {20, 108}}},
    {7, 7, {{6, 12}, {46, 10}, {88, 6}, {UP, 0}, {88, 6}, {64, 64}, {44, 140}}},
    {7, 7, {{8, 26}, {26, 8}, {60, 14}, {90, 10}, {72, 56}, {56, 96}, {48, 140}}},
    {7, 9, {{10, 8}, {86, 8}, {UP, 0}, {86, 8}, {60, 66}, {38, 140}, {UP, 0}, {30, 72}, {84, 68}}},
    {8, 13, {{76, 20}, {50, 0}, {22, 14}, {26, 44}, {52, 66}, {78, 94}, {74, 126}, {46, 140},
       {20, 122}, {28, 90}, {58, 62}, {78, 36}, {76, 20}}},
    {8, 13, {{50, 62}, {28, 46}, {24, 16}, {50, 0}, {76, 16}, {74, 44}, {50, 62}, {24, 84}, {18, 118},
       {46, 140}, {76, 122}, {76, 88}, {50, 62}}},
    {8, 13, {{86, 14}, {58, 0}, {28, 12}, {26, 40}, {52, 64}, {64, 94}, {56, 130}, {34, 140},
       {18, 122}, {30, 88}, {62, 58}, {86, 34}, {86, 14}}},
    {9, 11, {{78, 24}, {52, 2}, {22, 16}, {14, 46}, {38, 64}, {66, 50}, {78, 24}, {UP, 0}, {78, 24},
       {76, 80}, {68, 140}}},
    {9, 11, {{74, 12}, {44, 4}, {16, 32}, {18, 58}, {44, 62}, {70, 38}, {74, 12}, {UP, 0}, {74, 12},
       {64, 78}, {52, 140}}},
    {9, 9, {{76, 30}, {54, 4}, {24, 12}, {14, 44}, {40, 62}, {74, 38}, {80, 70}, {66, 114}, {34, 138}}},
};

/* ---- randomness ---------------------------------------------------------------------------- */

/** Public random numbers of one image: ChaCha20 under the seed, nonce = image number. */
typedef struct dice {
    uint8_t key[CN_CHACHA20_KEY_BYTES], nonce[CN_CHACHA20_NONCE_BYTES], block[CN_CHACHA20_BLOCK_BYTES];
    uint32_t counter;
    size_t used; /* bytes of block */
} dice;

static void dice_init(dice *d, uint64_t seed, uint64_t image) {
    memset(d, 0, sizeof *d);
    memcpy(d->key, "cryptonets digits", 17);
    cn_store64_le(d->key + 24, seed);
    cn_store64_le(d->nonce, image);
    d->used = sizeof d->block;
}

/** Uniform in [lo, hi], hi - lo < 2^31, up to a bias of 2^-32 (hi - lo). */
static int64_t dice_roll(dice *d, int64_t lo, int64_t hi) {
    if (d->used == sizeof d->block) {
        cn_chacha20_blocks(d->block, 1, d->key, d->nonce, d->counter++);
        d->used = 0;
    }
    uint64_t x = cn_load32_le(d->block + d->used);
    d->used += 4;
    return lo + (int64_t)((x * (uint64_t)(hi - lo + 1)) >> 32);
}

/** Bell-shaped in [-spread, spread]: mean of two. */
static int64_t dice_bell(dice *d, int64_t spread) {
    return (dice_roll(d, -spread, spread) + dice_roll(d, -spread, spread)) / 2;
}

/* ---- geometry ------------------------------------------------------------------------------ */

/** Straight pieces of all strokes: from[i] to to[i]. */
typedef struct drawing {
    size_t count;
    pt from[SEGMENTS_MAX], to[SEGMENTS_MAX];
} drawing;

/** Catmull-Rom span from b to c, neighbours a and d, at k / PIECES. */
static int64_t spline(int64_t a, int64_t b, int64_t c, int64_t d, int64_t k) {
    const int64_t p = PIECES;
    int64_t sum = 2 * b * p * p * p + (c - a) * k * p * p + (2 * a - 5 * b + 4 * c - d) * k * k * p +
                  (3 * b - a - 3 * c + d) * k * k * k;
    return sum / (2 * p * p * p);
}

static pt form_point(const form *f, size_t i) {
    return (pt){(int64_t)f->at[i][0] * ONE, (int64_t)f->at[i][1] * ONE};
}

static bool lifted(const form *f, size_t i) { return f->at[i][0] == UP; }

static void draw_curves(drawing *g, const form *f) {
    g->count = 0;
    for (size_t i = 0; i + 1 < f->count; i++) {
        if (lifted(f, i) || lifted(f, i + 1)) continue;
        pt b = form_point(f, i), c = form_point(f, i + 1);
        pt a = i > 0 && !lifted(f, i - 1) ? form_point(f, i - 1) : b;
        pt d = i + 2 < f->count && !lifted(f, i + 2) ? form_point(f, i + 2) : c;
        pt last = b;
        for (int64_t k = 1; k <= PIECES; k++) {
            pt next = {spline(a.x, b.x, c.x, d.x, k), spline(a.y, b.y, c.y, d.y, k)};
            g->from[g->count] = last;
            g->to[g->count++] = next;
            last = next;
        }
    }
}

/** How one digit differs from its template. */
typedef struct style {
    pt push[GRID_Y][GRID_X]; /* elastic displacements at the control points */
    int64_t width;           /* horizontal factor, 12 fractional bits */
    int64_t slant;           /* shift to the right per unit upwards, 12 fractional bits */
    int64_t turn;            /* tangent of half the angle of rotation, 12 fractional bits */
    int64_t pen;             /* radius, pixels with 8 fractional bits */
} style;

static void roll_style(style *s, dice *d) {
    for (int i = 0; i < GRID_Y; i++)
        for (int j = 0; j < GRID_X; j++) {
            s->push[i][j].x = dice_bell(d, 30 * ONE);
            s->push[i][j].y = dice_bell(d, 30 * ONE);
        }
    s->width = 4600 + dice_bell(d, 1800);
    s->slant = 700 + dice_bell(d, 2000);
    s->turn = dice_bell(d, 450);
    s->pen = 310 + dice_bell(d, 170);
}

/** x moved into [0, most] */
static int64_t clamp(int64_t x, int64_t most) { return CN_MIN(CN_MAX(x, 0), most); }

/** Cubic B-spline weights at fraction f of 256, to be divided by 6 * 256^3. */
static void bspline(int64_t w[4], int64_t f) {
    int64_t g = ONE - f;
    w[0] = g * g * g;
    w[1] = 3 * f * f * f - 6 * f * f * ONE + 4 * (int64_t)ONE * ONE * ONE;
    w[2] = 3 * g * g * g - 6 * g * g * ONE + 4 * (int64_t)ONE * ONE * ONE;
    w[3] = f * f * f;
}

static pt bend(const style *s, pt p) {
    const int64_t total = 6 * (int64_t)ONE * ONE * ONE;
    int64_t u = clamp(p.x + CELL / 2, (GRID_X - 3) * CELL - 1),
            v = clamp(p.y + CELL / 2, (GRID_Y - 3) * CELL - 1);
    int64_t wx[4], wy[4];
    bspline(wx, u % CELL * ONE / CELL);
    bspline(wy, v % CELL * ONE / CELL);
    for (int i = 0; i < 4; i++) {
        const pt *row = s->push[v / CELL + i] + u / CELL;
        int64_t x = 0, y = 0;
        for (int j = 0; j < 4; j++) {
            x += wx[j] * row[j].x;
            y += wx[j] * row[j].y;
        }
        p.x += wy[i] * (x / total) / total;
        p.y += wy[i] * (y / total) / total;
    }
    return p;
}

static pt lean(const style *s, pt p) {
    int64_t x = (p.x - MID_X) * s->width / 4096, y = p.y - MID_Y;
    x -= y * s->slant / 4096;
    int64_t t = s->turn, one = 4096 * 4096; /* cos = (1 - t^2)/(1 + t^2), sin = 2t/(1 + t^2) */
    return (pt){((one - t * t) * x - 8192 * t * y) / (one + t * t),
                (8192 * t * x + (one - t * t) * y) / (one + t * t)};
}

/** Move and scale so that strokes and pen fill a box of BOX pixels in the middle of the image. */
static void fit(drawing *g, int64_t pen) {
    pt least = g->from[0], most = g->from[0];
    for (size_t i = 0; i < g->count; i++) {
        least.x = CN_MIN(least.x, CN_MIN(g->from[i].x, g->to[i].x));
        least.y = CN_MIN(least.y, CN_MIN(g->from[i].y, g->to[i].y));
        most.x = CN_MAX(most.x, CN_MAX(g->from[i].x, g->to[i].x));
        most.y = CN_MAX(most.y, CN_MAX(g->from[i].y, g->to[i].y));
    }
    int64_t extent = CN_MAX(CN_MAX(most.x - least.x, most.y - least.y), 1), room = BOX * ONE - 2 * pen;
    for (size_t i = 0; i < g->count; i++)
        for (int k = 0; k < 2; k++) {
            pt *p = k == 0 ? &g->from[i] : &g->to[i];
            p->x = SIDE * ONE / 2 + (2 * p->x - least.x - most.x) * room / (2 * extent);
            p->y = SIDE * ONE / 2 + (2 * p->y - least.y - most.y) * room / (2 * extent);
        }
}

/* ---- ink ----------------------------------------------------------------------------------- */

/** floor(sqrt(x)) for 0 <= x < 2^32, bit by bit. */
static int64_t root(int64_t x) {
    int64_t r = 0;
    for (int64_t bit = (int64_t)1 << 15; bit > 0; bit >>= 1)
        if ((r + bit) * (r + bit) <= x) r += bit;
    return r;
}

/** Squared distance of p from the piece a to b. */
static int64_t distance2(pt p, pt a, pt b) {
    int64_t dx = b.x - a.x, dy = b.y - a.y, px = p.x - a.x, py = p.y - a.y;
    int64_t len2 = dx * dx + dy * dy, dot = px * dx + py * dy;
    if (dot <= 0 || len2 == 0) return px * px + py * py;
    if (dot >= len2) return (p.x - b.x) * (p.x - b.x) + (p.y - b.y) * (p.y - b.y);
    int64_t cross = px * dy - py * dx;
    return cross * cross / len2;
}

/** Grey falls from 255 to 0 over one pixel around the edge of the pen. */
static void ink(uint8_t image[SIDE * SIDE], const drawing *g, int64_t pen) {
    int64_t reach = pen + ONE / 2;
    for (size_t i = 0; i < g->count; i++) {
        pt a = g->from[i], b = g->to[i];
        int64_t x0 = clamp((CN_MIN(a.x, b.x) - reach) / ONE, SIDE - 1),
                x1 = clamp((CN_MAX(a.x, b.x) + reach) / ONE, SIDE - 1);
        int64_t y0 = clamp((CN_MIN(a.y, b.y) - reach) / ONE, SIDE - 1),
                y1 = clamp((CN_MAX(a.y, b.y) + reach) / ONE, SIDE - 1);
        for (int64_t y = y0; y <= y1; y++)
            for (int64_t x = x0; x <= x1; x++) {
                pt centre = {x * ONE + ONE / 2, y * ONE + ONE / 2};
                int64_t d2 = distance2(centre, a, b);
                if (d2 >= reach * reach) continue;
                int64_t grey = CN_MIN((reach - root(d2)) * 255 / ONE, 255);
                uint8_t *pixel = &image[y * SIDE + x];
                if (grey > *pixel) *pixel = (uint8_t)grey;
            }
    }
}

/** Shift by whole pixels so that the centre of mass comes to the middle of the image. */
static void centre_mass(uint8_t out[SIDE * SIDE], const uint8_t image[SIDE * SIDE]) {
    int64_t sum = 1, mx = 0, my = 0; /* pixel centres count twice, so that they are integers: 2 x + 1 */
    for (int64_t y = 0; y < SIDE; y++)
        for (int64_t x = 0; x < SIDE; x++) {
            int64_t v = image[y * SIDE + x];
            sum += v;
            mx += v * (2 * x + 1);
            my += v * (2 * y + 1);
        }
    /* round((SIDE - m / sum) / 2), made positive by SIDE before the division */
    int64_t dx = ((3 * SIDE + 1) * sum - mx) / (2 * sum) - SIDE,
            dy = ((3 * SIDE + 1) * sum - my) / (2 * sum) - SIDE;
    memset(out, 0, SIDE * SIDE);
    for (int64_t y = 0; y < SIDE; y++)
        for (int64_t x = 0; x < SIDE; x++)
            if (x + dx >= 0 && x + dx < SIDE && y + dy >= 0 && y + dy < SIDE)
                out[(y + dy) * SIDE + x + dx] = image[y * SIDE + x];
}

/** Image number i of the series seed; returns its digit. */
static uint8_t draw_digit(uint8_t out[SIDE * SIDE], uint64_t seed, uint64_t i) {
    dice d;
    style s;
    drawing g;
    uint8_t image[SIDE * SIDE] = {0};

    dice_init(&d, seed, i);
    uint8_t digit = (uint8_t)dice_roll(&d, 0, 9);
    size_t first = 0, ways = 0;
    for (size_t k = CN_ARRAY_LEN(forms); k-- > 0;)
        if (forms[k].digit == digit) {
            first = k;
            ways++;
        }
    const form *f = &forms[first + (size_t)dice_roll(&d, 0, (int64_t)ways - 1)];
    roll_style(&s, &d);
    draw_curves(&g, f);
    for (size_t k = 0; k < g.count; k++) {
        g.from[k] = lean(&s, bend(&s, g.from[k]));
        g.to[k] = lean(&s, bend(&s, g.to[k]));
    }
    fit(&g, s.pen);
    ink(image, &g, s.pen);
    centre_mass(out, image);
    return digit;
}

cn_status cn_dataset_draw_digits(cn_dataset *d, size_t count, uint64_t seed) {
    if (d == NULL)
        return cn_fail(CN_ERR_NULL, "cn_dataset_draw_digits: expected a data set, found NULL; pass one");
    if (count == 0)
        return cn_fail(CN_ERR_SIZE, "cn_dataset_draw_digits: expected a count of at least 1, found 0; ask "
                                    "for more digits");
    cn_dataset new = {.count = count, .height = SIDE, .width = SIDE};
    if ((new.pixels = cn_malloc(count, SIDE * SIDE)) == NULL || (new.labels = cn_malloc(count, 1)) == NULL) {
        cn_dataset_clear(&new);
        return CN_ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) new.labels[i] = draw_digit(new.pixels + i *SIDE *SIDE, seed, i);
    *d = new;
    return CN_OK;
}
