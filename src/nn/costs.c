/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The reference costs; names; what is allowed. */

#include <string.h>

#include "nn/cost.h"
#include "util/status.h"

/* One thread at 3.2 GHz with AVX-512 IFMA and VNNI, per point (slot):
 *   a multiply-accumulate takes 3/64 of a cycle with three digits (24 vpdpwssd, two per cycle, do 256 of them), with two digits
 *   9/256 (16 vpdpwssd and 8 broadcasts take 9 cycles);
 *   a column of input is cut into digits in half a cycle, a row of output reduced in one;
 *   a look-up in a table of sums takes an eighth of a cycle: for 8 points it is one load with an addition, and two loads start
 *   per cycle, but finding its place takes longer: 8 of them are 44 instructions, 51 where the processor splits loads from
 *   additions, six per cycle; an entry of a table is an addition and a store for 8 points, one store per cycle;
 *   a tensor square takes about 2 cycles; a butterfly of a transform 5.5 instructions of 8 lanes, two per cycle, at 75 %;
 *   a product of a key switch about one cycle, being bound by second-level cache;
 *   a word of packed weights one, beside its products, since it comes from memory;
 *   a residue of an upload five: unpacked, or for every second one drawn from the seed. */
static const struct {
    const char *name;
    uint32_t fs;
} reference[CN_COST_COUNT] = {
    [CN_COST_MAC3] = {"mac3", 15000},           [CN_COST_MAC2] = {"mac2", 11000},       [CN_COST_COLUMN] = {"column", 160000},
    [CN_COST_ROW] = {"row", 320000},            [CN_COST_LOOKUP] = {"lookup", 40000},   [CN_COST_SQUARE] = {"square", 650000},
    [CN_COST_BUTTERFLY] = {"butterfly", 150000}, [CN_COST_PRODUCT] = {"product", 300000}, [CN_COST_STREAM] = {"stream", 300000},
    [CN_COST_EXPAND] = {"expand", 1600000},
};

void cn_costs_reference(cn_costs *c) {
    for (unsigned k = 0; k < CN_COST_COUNT; k++) c->fs[k] = reference[k].fs;
}

const char *cn_cost_name(cn_cost what) { return (unsigned)what < CN_COST_COUNT ? reference[what].name : "unknown cost"; }

bool cn_costs_calibrated(const cn_costs *c) {
    bool other = false;
    for (unsigned k = 0; k < CN_COST_COUNT; k++) other |= c->fs[k] != reference[k].fs;
    return other;
}

cn_status cn_costs_choose(cn_costs *c, const cn_costs *given) {
    for (unsigned k = 0; given && k < CN_COST_COUNT; k++)
        if (given->fs[k] < 1 || given->fs[k] > CN_COST_MAX)
            return cn_fail(CN_ERR_RANGE, "costs: %s of %u fs; expected 1 to %d; measure them again (bench-kernels --costs)",
                           reference[k].name, given->fs[k], CN_COST_MAX);
    if (given) *c = *given;
    else cn_costs_reference(c);
    return CN_OK;
}
