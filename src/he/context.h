/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Everything that follows from a parameter record, computed once: NTT tables, the constants of encoding, decryption
 *  and key switching at every level. Immutable, shared between threads. */

#ifndef CN_HE_CONTEXT_H
#define CN_HE_CONTEXT_H

#include "cryptonets_he.h"
#include "ring/kernels.h"
#include "ring/poly.h"
#include "ring/sample.h"

typedef struct cn_scheme_table cn_scheme_table; /* he/scheme.h */

#define CN_DIGITS_MAX (CN_LIMBS_MAX * 6)

/** What one plaintext prime needs beside one ciphertext prime. */
typedef struct cn_pair {
    cn_shoup t;         /* t mod q */
    cn_shoup neg_t_inv; /* -t^-1 mod q */
    uint64_t t_div;     /* floor(t / q), below 2^34 */
} cn_pair;

/** A branch: one plaintext prime. */
typedef struct cn_branch {
    cn_ntt ntt;                           /* slots <-> coefficients modulo t */
    uint64_t q_mod_t[CN_LIMBS_MAX + 1];   /* [l]: q_0 ... q_{l-1} mod t */
    cn_pair pair[CN_LIMBS_MAX];           /* with each ciphertext prime */
    cn_u128 before;                       /* product of the plaintext primes before this one; 0 from where, with it, 2^126 is passed */
    cn_shoup before_inv;                  /* its inverse modulo this one */
} cn_branch;

struct cn_context {
    cn_params params;
    const cn_scheme_table *scheme;
    uint8_t digest[32];
    cn_ring ring;
    cn_branch branch[CN_PLAINS_MAX];
    cn_shoup hat_inv[CN_LIMBS_MAX + 1][CN_LIMBS_MAX]; /* [l][i]: (Q_l / q_i)^-1 mod q_i, i < l */
    cn_digit digit[CN_DIGITS_MAX];                    /* ascending by limb: a level uses a prefix */
    unsigned digits[CN_LIMBS_MAX + 1];                /* [l]: digits of a level with l limbs */
    uint64_t special_mod_q[CN_LIMBS_MAX];             /* P mod q_i, 1 without special prime */
};

/** Modulus of limb i, of branch j. */
static inline const cn_mod *cn_q(const cn_context *ctx, unsigned i) { return &ctx->ring.ntt[i].mod; }
static inline const cn_mod *cn_t(const cn_context *ctx, unsigned j) { return &ctx->branch[j].ntt.mod; }

/** Residue modulo q_limb of round(Q_l u / t) for u in [0, t):  with r = Q_l u mod t, centred, (Q_l u - r) / t = -r t^-1.
 *  In: scaled = Q_l u mod t, reduced modulo t_branch.  Out: reduced modulo q_limb. Constant time. */
static inline uint64_t cn_scale_up(uint64_t scaled, unsigned branch, unsigned limb, const cn_context *ctx) {
    int64_t r = cn_mod_centre(scaled, cn_t(ctx, branch));
    const cn_mod *q = cn_q(ctx, limb);
    return cn_shoup_mul(cn_mod_reduce_signed(r, q), ctx->branch[branch].pair[limb].neg_t_inv, q);
}

/** The factor of a square or product at a level with l limbs: -Q_l F1 F2 mod t. Public data. */
uint64_t cn_factor_product_var(uint64_t f1, uint64_t f2, unsigned limbs, unsigned branch, const cn_context *ctx);

/** The constant k[i] = round(Q_l (F b mod t) / t) mod q_i for i < limbs, that adds b to every slot. Public data.
 *  Out: k, limbs words, reduced. */
void cn_constant_residues_var(uint64_t *k, cn_i128 b, uint64_t factor, unsigned limbs, unsigned branch,
                              const cn_context *ctx);

#endif
