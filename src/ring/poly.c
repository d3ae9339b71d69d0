/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Arithmetic on RNS polynomials, limb by limb: the ring operations under encryption, key switching
 *  and modulus switching. No operation here allocates except the two init functions. */

#include "ring/poly.h"

#include <string.h>

#include "ring/kernels.h"
#include "util/mem.h"
#include "util/status.h"

cn_status cn_ring_init(cn_ring *r, size_t n, const uint64_t *q, unsigned count, uint64_t special) {
    cn_status status = CN_OK;
    cn_ring t = {.n = n};
    *r = t;
    unsigned total = count + (special != 0);
    if (count < 1 || count > CN_RING_PRIMES_MAX || total > CN_RING_PRIMES_MAX) {
        return cn_fail(CN_ERR_LIMB_COUNT, "ring: expected 1 to %d primes with the special one, found %u",
                       CN_RING_PRIMES_MAX, count);
    }
    for (unsigned i = 0; i < total; i++) {
        uint64_t prime = i < count ? q[i] : special;
        for (unsigned k = 0; k < i; k++) {
            if (q[k] == prime) {
                return cn_fail(CN_ERR_DUPLICATE,
                               "ring: expected distinct primes, found %llu twice; replace one",
                               (unsigned long long)prime);
            }
        }
    }
    t.ntt = cn_calloc(total, sizeof *t.ntt);
    if (t.ntt == NULL) return CN_ERR_MEMORY;
    t.has_special = special != 0;
    for (t.count = 0; t.count < count; t.count++) CN_CHECK(cn_ntt_init(&t.ntt[t.count], n, q[t.count]));
    if (t.has_special) CN_CHECK(cn_ntt_init(&t.ntt[count], n, special));
    t.drop = cn_calloc((size_t)total * total, sizeof *t.drop);
    if (t.drop == NULL) CN_CHECK(CN_ERR_MEMORY);
    for (unsigned i = 0; i < total * total; i++) {
        const cn_mod *dropped = &t.ntt[i / total].mod, *kept = &t.ntt[i % total].mod;
        if (dropped != kept) t.drop[i] = cn_shoup_init_var(cn_mod_inv_var(cn_mod_reduce(dropped->q, kept), kept), kept);
    }
    *r = t;
cleanup:
    if (status != CN_OK) cn_ring_clear(&t);
    return status;
}

void cn_ring_clear(cn_ring *r) {
    if (r->ntt == NULL) return;
    for (unsigned i = 0; i < r->count + r->has_special; i++) cn_ntt_clear(&r->ntt[i]);
    cn_free(r->ntt);
    cn_free(r->drop);
    cn_ring zero = {0};
    *r = zero;
}

cn_status cn_poly_reserve(cn_poly *p, const cn_ring *r, unsigned limbs, bool special, cn_domain d) {
    CN_VERIFY(limbs <= r->count && (!special || r->has_special));
    cn_poly t = {.n = r->n, .limbs = limbs + special, .special = special, .domain = d};
    t.c = cn_malloc((size_t)t.limbs * t.n, sizeof *t.c);
    if (t.c == NULL) {
        cn_poly zero = {0};
        *p = zero;
        return CN_ERR_MEMORY;
    }
    *p = t;
    return CN_OK;
}

cn_status cn_poly_init(cn_poly *p, const cn_ring *r, unsigned limbs, bool special, cn_domain d) {
    CN_TRY(cn_poly_reserve(p, r, limbs, special, d));
    memset(p->c, 0, (size_t)p->limbs * p->n * sizeof *p->c);
    return CN_OK;
}

void cn_poly_clear(cn_poly *p) {
    cn_poly zero = {0};
    cn_free(p->c);
    *p = zero;
}

void cn_poly_clear_secret(cn_poly *p) {
    cn_poly zero = {0};
    cn_free_secret(p->c, (size_t)p->limbs * p->n * sizeof *p->c);
    *p = zero;
}

/** VERIFY builds: p fits the ring, and its residues are reduced. */
static void verify(const cn_poly *p, const cn_ring *ring) {
    (void)p, (void)ring;
    CN_VERIFY(p->n == ring->n && p->limbs >= 1 && p->limbs - p->special <= ring->count);
    CN_VERIFY(!p->special || ring->has_special);
    CN_VERIFY_ONLY(for (unsigned i = 0; i < p->limbs; i++)
                       CN_VERIFY_BELOW(cn_poly_limb(p, i), p->n, cn_poly_ntt(p, i, ring)->mod.q);)
}

/** VERIFY builds: a and b have the same limbs. */
static void verify_shape(const cn_poly *a, const cn_poly *b) {
    (void)a, (void)b;
    CN_VERIFY(a->n == b->n && a->limbs == b->limbs && a->special == b->special);
}

void cn_poly_copy(cn_poly *r, const cn_poly *a) {
    verify_shape(r, a);
    if (r != a) memcpy(r->c, a->c, (size_t)a->limbs * a->n * sizeof *a->c);
    r->domain = a->domain;
}

void cn_poly_add(cn_poly *r, const cn_poly *a, const cn_poly *b, const cn_ring *ring) {
    verify(a, ring), verify(b, ring), verify_shape(a, b), verify_shape(r, a);
    CN_VERIFY(a->domain == b->domain);
    const cn_kernels *k = cn_kernels_get();
    for (unsigned i = 0; i < a->limbs; i++)
        k->add(cn_poly_limb(r, i), cn_poly_limb(a, i), cn_poly_limb(b, i), a->n, &cn_poly_ntt(a, i, ring)->mod);
    r->domain = a->domain;
}

void cn_poly_sub(cn_poly *r, const cn_poly *a, const cn_poly *b, const cn_ring *ring) {
    verify(a, ring), verify(b, ring), verify_shape(a, b), verify_shape(r, a);
    CN_VERIFY(a->domain == b->domain);
    for (unsigned i = 0; i < a->limbs; i++) {
        const cn_mod m = cn_poly_ntt(a, i, ring)->mod;
        const uint64_t *x = cn_poly_limb(a, i), *y = cn_poly_limb(b, i);
        uint64_t *z = cn_poly_limb(r, i);
        for (size_t j = 0; j < a->n; j++) z[j] = cn_mod_sub(x[j], y[j], &m);
    }
    r->domain = a->domain;
}

void cn_poly_neg(cn_poly *r, const cn_poly *a, const cn_ring *ring) {
    verify(a, ring), verify_shape(r, a);
    for (unsigned i = 0; i < a->limbs; i++) {
        const cn_mod m = cn_poly_ntt(a, i, ring)->mod;
        const uint64_t *x = cn_poly_limb(a, i);
        uint64_t *z = cn_poly_limb(r, i);
        for (size_t j = 0; j < a->n; j++) z[j] = cn_mod_neg(x[j], &m);
    }
    r->domain = a->domain;
}

void cn_poly_mul(cn_poly *r, const cn_poly *a, const cn_poly *b, const cn_ring *ring) {
    verify(a, ring), verify(b, ring), verify_shape(a, b), verify_shape(r, a);
    CN_VERIFY(a->domain == CN_NTT && b->domain == CN_NTT);
    const cn_kernels *k = cn_kernels_get();
    for (unsigned i = 0; i < a->limbs; i++) {
        k->mul(cn_poly_limb(r, i), cn_poly_limb(a, i), cn_poly_limb(b, i), a->n,
               &cn_poly_ntt(a, i, ring)->mod);
    }
    r->domain = CN_NTT;
}

void cn_poly_mul_add(cn_poly *r, const cn_poly *a, const cn_poly *b, const cn_ring *ring) {
    verify(r, ring), verify(a, ring), verify(b, ring), verify_shape(a, b), verify_shape(r, a);
    CN_VERIFY(r->domain == CN_NTT && a->domain == CN_NTT && b->domain == CN_NTT);
    const cn_kernels *k = cn_kernels_get();
    for (unsigned i = 0; i < a->limbs; i++) {
        k->mul_add(cn_poly_limb(r, i), cn_poly_limb(a, i), cn_poly_limb(b, i), a->n,
                   &cn_poly_ntt(a, i, ring)->mod);
    }
}

void cn_poly_scale(cn_poly *r, const cn_poly *a, int64_t w, const cn_ring *ring) {
    verify(a, ring), verify_shape(r, a);
    for (unsigned i = 0; i < a->limbs; i++) {
        const cn_mod m = cn_poly_ntt(a, i, ring)->mod;
        const uint64_t k = cn_mod_reduce_signed(w, &m);
        const uint64_t *x = cn_poly_limb(a, i);
        uint64_t *z = cn_poly_limb(r, i);
        for (size_t j = 0; j < a->n; j++) z[j] = cn_mod_mul(x[j], k, &m);
    }
    r->domain = a->domain;
}

void cn_poly_add_const(cn_poly *r, const uint64_t *k, const cn_ring *ring) {
    verify(r, ring);
    const size_t terms = r->domain == CN_NTT ? r->n : 1;
    for (unsigned i = 0; i < r->limbs; i++) {
        const cn_mod m = cn_poly_ntt(r, i, ring)->mod;
        uint64_t *z = cn_poly_limb(r, i);
        for (size_t j = 0; j < terms; j++) z[j] = cn_mod_add(z[j], k[i], &m);
    }
}

void cn_poly_to_ntt(cn_poly *p, const cn_ring *ring) {
    verify(p, ring);
    CN_VERIFY(p->domain == CN_COEFF);
    for (unsigned i = 0; i < p->limbs; i++) cn_ntt_forward(cn_poly_limb(p, i), cn_poly_ntt(p, i, ring));
    p->domain = CN_NTT;
}

void cn_poly_to_coeff(cn_poly *p, const cn_ring *ring) {
    verify(p, ring);
    CN_VERIFY(p->domain == CN_NTT);
    for (unsigned i = 0; i < p->limbs; i++) cn_ntt_inverse(cn_poly_limb(p, i), cn_poly_ntt(p, i, ring));
    p->domain = CN_COEFF;
}

void cn_poly_to_coeff_from(cn_poly *r, const cn_poly *p, const cn_ring *ring) {
    verify(p, ring);
    CN_VERIFY(p->domain == CN_NTT);
    r->limbs = p->limbs;
    r->special = p->special;
    r->domain = CN_COEFF;
    for (unsigned i = 0; i < p->limbs; i++) cn_ntt_inverse_to(cn_poly_limb(r, i), cn_poly_limb(p, i), cn_poly_ntt(p, i, ring));
}

void cn_poly_set_small(cn_poly *p, const int8_t *v, const cn_ring *ring) {
    for (unsigned i = 0; i < p->limbs; i++) {
        const cn_mod m = cn_poly_ntt(p, i, ring)->mod;
        uint64_t *z = cn_poly_limb(p, i);
        for (size_t j = 0; j < p->n; j++) z[j] = cn_mod_reduce_signed(v[j], &m);
    }
    p->domain = CN_COEFF;
    verify(p, ring);
}

void cn_polys_drop_last(cn_poly *p, unsigned count, uint64_t *scratch, const cn_ring *ring) {
    const size_t n = p->n;
    const unsigned limbs = p->limbs;
    const cn_ntt *last = cn_poly_ntt(p, limbs - 1, ring);
    uint64_t *rest = scratch, *image = scratch + count * n;
    CN_VERIFY(limbs >= 2);
    CN_VERIFY_ONLY(for (unsigned k = 0; k < count; k++) verify(&p[k], ring), verify_shape(&p[k], p);)

    /* rest: coefficients modulo p_last; image: their centred representatives modulo q_i */
    static const cn_digit whole = {.mask = -1};
    const cn_kernels *kernels = cn_kernels_get();
    for (unsigned k = 0; k < count; k++) {
        if (p->domain == CN_NTT) cn_ntt_inverse_to(rest + k * n, cn_poly_limb(&p[k], limbs - 1), last);
        else memcpy(rest + k * n, cn_poly_limb(&p[k], limbs - 1), n * sizeof *rest);
    }
    for (unsigned i = 0; i + 1 < limbs; i++) { /* the tables of one prime serve all polynomials while they are in the cache */
        const cn_ntt *table = cn_poly_ntt(p, i, ring);
        const cn_shoup inv = ring->drop[(size_t)(last - ring->ntt) * (ring->count + ring->has_special) + i];
        for (unsigned k = 0; k < count; k++) {
            uint64_t *r = cn_poly_limb(&p[k], i);
            if (p->domain == CN_NTT) {
                kernels->ntt_drop(r, image, rest + k * n, inv, &last->mod, table);
            } else {
                kernels->lift(image, rest + k * n, &whole, &last->mod, n, &table->mod);
                kernels->sub_scale(r, image, inv, n, &table->mod);
            }
        }
    }
    for (unsigned k = 0; k < count; k++) {
        p[k].limbs--;
        p[k].special = false;
    }
}

void cn_poly_drop_last(cn_poly *p, uint64_t *scratch, const cn_ring *ring) { cn_polys_drop_last(p, 1, scratch, ring); }
