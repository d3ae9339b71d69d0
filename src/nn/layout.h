/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The slots of packed ciphertexts, shared by images: which image, row and column sits where.
 *
 *  An image is laid out in `slots` slots of its own, two rows of slots / 2 columns, as if they were a ring. Images lie side by side, interleaved:
 *  column c of image m is column c * images + m of the ring, in the same row. A rotation by k columns of every image is one by k * images
 *  columns of the ring, and cyclic within each image; the swap of the rows stays what it is. So all that holds for one image in a ring of `slots`
 *  slots holds for all of them at once. */

#ifndef CN_NN_LAYOUT_H
#define CN_NN_LAYOUT_H

#include "cryptonets_he.h"

typedef struct cn_layout {
    size_t slots;    /* of one image: n / images */
    unsigned images; /* 1, 2, 4, ... */
} cn_layout;

/** Number of slot s of an image in the ring, by row and column; s < slots, image < images. */
static inline size_t cn_layout_slot(const cn_layout *l, size_t image, size_t s) { return s * l->images + image; }

/** The rotation of the ring that is this one within every image. */
static inline unsigned cn_layout_rotation(const cn_layout *l, unsigned rotation) {
    return (rotation & (unsigned)CN_ROTATE_SWAP) | (rotation & ~(unsigned)CN_ROTATE_SWAP) * l->images;
}

/** The slot of an image k columns to the right of its slot s, cyclically; columns, a power of two, in a row. */
static inline size_t cn_layout_turned(size_t s, size_t k, size_t columns) { return (s & columns) | ((s + k) & (columns - 1)); }

#endif
