/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The part of a linear map that is the same in linear_avx2.c and linear_avx512.c: over the groups of a packed matrix and the
 *  strips of each (gemm.h). A file includes this once, behind its own vec, modulus, split_all, strip_rows, finish_rows, and
 *  LINEAR_INLINE, which is the attribute of its inline functions. */

/** All groups: digits to residues of out. */
LINEAR_INLINE void run_groups(uint64_t *out, size_t out_stride, const uint64_t *bias, const cn_gemm *g, const char *digit, vec *sum,
                              int digits, const modulus *c) {
    for (const cn_gemm_group *group = g->group; group < g->group + g->groups; group++) {
        const uint64_t *start_at = group->last ? bias : NULL;
        cn_gemm_merge merge = group->merge;
        bool start = true;
        for (size_t s = 0; s < group->strips; s++) {
            strip_rows(sum, digit, group, &group->strip[s], start, digits);
            start = group->strip[s].flush;
            if (!start) continue;
            switch (merge) {
            case CN_GEMM_SET: finish_rows(out, out_stride, sum, start_at, group, digits, CN_GEMM_SET, c); break;
            case CN_GEMM_ADD: finish_rows(out, out_stride, sum, start_at, group, digits, CN_GEMM_ADD, c); break;
            default: finish_rows(out, out_stride, sum, start_at, group, digits, CN_GEMM_SHIFT, c);
            }
            merge = CN_GEMM_ADD;
            start_at = NULL;
        }
    }
}

/** cn_kernels.linear, with the constants of its modulus. */
LINEAR_INLINE void run(uint64_t *out, size_t out_stride, const uint64_t *in, size_t in_stride, const uint64_t *bias,
                       const cn_gemm *g, const cn_mod *m, const modulus *c, void *scratch) {
    CN_VERIFY(m->q >> CN_LIMB_BITS_MAX == 0);
    CN_VERIFY(out_stride >= CN_TILE && in_stride >= CN_TILE);
    CN_VERIFY_ONLY(if (bias) CN_VERIFY_BELOW(bias, g->m.rows, m->q);)
    CN_VERIFY_ONLY(for (size_t col = 0; col < g->m.cols; col++) CN_VERIFY_BELOW(in + col * in_stride, CN_TILE, m->q);)
    if (g->sums.chunks) {
        run_sums(out, out_stride, in, in_stride, bias, g, c, scratch);
        return;
    }
    vec *digit = scratch, *sum = (vec *)(void *)((char *)scratch + (g->m.cols + 1) / 2 * CN_GEMM_PAIR_BYTES);
    if (m->q > CN_GEMM_TWO_DIGITS_MAX) {
        split_all(digit, in, in_stride, g->m.cols, 3, m);
        run_groups(out, out_stride, bias, g, scratch, sum, 3, c);
    } else {
        split_all(digit, in, in_stride, g->m.cols, 2, m);
        run_groups(out, out_stride, bias, g, scratch, sum, 2, c);
    }
}
