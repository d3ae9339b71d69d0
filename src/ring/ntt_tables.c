/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Twiddle factors as the vector back ends want them (ntt.h has the layout). */

#include "ring/ntt.h"

#include "util/cpu.h"
#include "util/mem.h"

/** Number of pairs in a table: n, and 7 vectors of lanes for every lanes blocks of 8. */
static size_t pairs_of(size_t n) { return n + n / 8 * 7; }

/** Root number index of lane vectors: vector v (0..6) of block j. */
static size_t lane_root(size_t n, size_t j, unsigned v) {
    return v == 0 ? n / 8 + j : v < 3 ? n / 4 + 2 * j + (v - 1) : n / 2 + 4 * j + (v - 3);
}

/** w centred, in double precision: exact, since q < 2^48. Its quotient by q is below 1/2 in absolute value, where doubles have
 *  distance 2^-54 at most: that is as far as it is off in any rounding mode. */
static double centred(uint64_t w, const cn_mod *m) { return w > m->half ? -(double)(m->q - w) : (double)w; }

static void fill_fp(double *out, const cn_shoup *root, size_t n, const cn_mod *m) {
    const size_t lanes = 4;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = centred(root[i].w, m);
        out[2 * i + 1] = out[2 * i] / (double)m->q;
    }
    out += 2 * n;
    for (size_t j = 0; j < n / 8; j += lanes)
        for (unsigned v = 0; v < 7; v++, out += 2 * lanes)
            for (size_t lane = 0; lane < lanes; lane++) {
                out[lane] = centred(root[lane_root(n, j + lane, v)].w, m);
                out[lanes + lane] = out[lane] / (double)m->q;
            }
}

static void fill_ifma(uint64_t *out, const cn_shoup *root, size_t n) {
    const size_t lanes = 8;
    const unsigned drop = 64 - 52; /* floor(2^64 w / q) to floor(2^52 w / q) */
    for (size_t i = 0; i < n; i++) out[2 * i] = root[i].w, out[2 * i + 1] = root[i].quotient >> drop;
    out += 2 * n;
    for (size_t j = 0; j < n / 8; j += lanes)
        for (unsigned v = 0; v < 7; v++, out += 2 * lanes)
            for (size_t lane = 0; lane < lanes; lane++) {
                cn_shoup w = root[lane_root(n, j + lane, v)];
                out[lane] = w.w, out[lanes + lane] = w.quotient >> drop;
            }
}

cn_status cn_ntt_vector_init(cn_ntt *p) {
    if (cn_isa_runs(CN_ISA_AVX2) && p->n >= 64 && p->mod.q >> 48 == 0) {
        p->fp.fwd = cn_malloc(2 * pairs_of(p->n), sizeof *p->fp.fwd);
        p->fp.inv = cn_malloc(2 * pairs_of(p->n), sizeof *p->fp.inv);
        if (!p->fp.fwd || !p->fp.inv) return CN_ERR_MEMORY;
        fill_fp(p->fp.fwd, p->fwd, p->n, &p->mod);
        fill_fp(p->fp.inv, p->inv, p->n, &p->mod);
    }
    if (cn_isa_runs(CN_ISA_AVX512IFMA) && p->n >= 128 && p->mod.q >> 46 == 0) {
        p->ifma.fwd = cn_malloc(2 * pairs_of(p->n), sizeof *p->ifma.fwd);
        p->ifma.inv = cn_malloc(2 * pairs_of(p->n), sizeof *p->ifma.inv);
        if (!p->ifma.fwd || !p->ifma.inv) return CN_ERR_MEMORY;
        fill_ifma(p->ifma.fwd, p->fwd, p->n);
        fill_ifma(p->ifma.inv, p->inv, p->n);
    }
    return CN_OK;
}
