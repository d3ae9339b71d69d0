/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Galois automorphisms and rotations: against the definition on coefficients and on rows of slots, exhaustively on toy rings; hoisted
 *  sums; noise predicted and measured. */

#include "he/hoist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "he/noise.h"
#include "he/params.h"
#include "he_testing.h"
#include "ring/galois.h"
#include "testing.h"
#include "util/rng.h"

static void allow(void) { cn_test_allow_toy_rings(true); }
static void forbid(void) { cn_test_allow_toy_rings(false); }

/** r(x) = a(x^g) on coefficients: x^(g i) is plus or minus x^(g i mod n). */
static void substitute(uint64_t *r, const uint64_t *a, size_t g, size_t n, const cn_mod *m) {
    for (size_t i = 0; i < n; i++) {
        size_t e = g * i % (2 * n);
        r[e % n] = e < n ? a[i] : cn_mod_neg(a[i], m);
    }
}

/** Every automorphism of every small ring, below and above the size of a transposed group. */
START_TEST(every_automorphism) {
    for (size_t n = 2; n <= 256; n *= 2) {
        cn_ntt ntt;
        uint64_t a[256], image[256], moved[256];
        uint32_t index[256];
        ck_assert_int_eq(cn_ntt_init(&ntt, n, tst_prime(30, n)), CN_OK);
        for (size_t i = 0; i < n; i++) a[i] = tst_biased(ntt.mod.q);
        for (size_t g = 1; g < 2 * n; g += 2) {
            substitute(image, a, g, n, &ntt.mod);
            cn_ntt_forward(image, &ntt);
            uint64_t points[256];
            memcpy(points, a, n * sizeof *a);
            cn_ntt_forward(points, &ntt);
            cn_galois_index(index, g, n);
            cn_galois_apply(moved, points, index, n);
            for (size_t i = 0; i < n; i++) TST_EQ(moved[i], image[i]);
        }
        cn_ntt_clear(&ntt);
    }
}
END_TEST

/** Rotations as numbers, and the slots of both rows. */
START_TEST(numbers) {
    for (size_t n = 4; n <= 512; n *= 2) {
        uint32_t index[512], slot[512];
        bool seen[1024] = {false}, taken[512] = {false};
        cn_galois_slots(slot, n);
        for (size_t i = 0; i < n; i++) {
            ck_assert(slot[i] < n && !taken[slot[i]]);
            taken[slot[i]] = true;
        }
        for (unsigned swap = 0; swap < 2; swap++)
            for (unsigned k = 0; k < n / 2; k++) {
                unsigned r = k | (swap ? CN_ROTATE_SWAP : 0), back = cn_rotation_inverse(r, n);
                ck_assert(cn_rotation_valid(r, n) && cn_rotation_valid(back, n));
                ck_assert_uint_eq(cn_rotation_compose(r, back, n), 0);
                size_t g = cn_rotation_exponent(r, n);
                ck_assert(g % 2 == 1 && g < 2 * n && !seen[g]);
                seen[g] = true;
                ck_assert_uint_eq(g * cn_rotation_exponent(back, n) % (2 * n), 1);
                cn_galois_index(index, g, n);
                for (size_t row = 0; row < 2; row++)
                    for (size_t c = 0; c < n / 2; c++)
                        TST_EQ(index[slot[row * n / 2 + c]], slot[(row ^ swap) * n / 2 + (c + k) % (n / 2)]);
            }
        ck_assert(!cn_rotation_valid((unsigned)n / 2, n) && !cn_rotation_valid((unsigned)(n / 2) | CN_ROTATE_SWAP, n));
    }
}
END_TEST

/* Ways of key switching. */
static const struct {
    unsigned special_bits, digit_bits;
} ways[] = {{0, 0}, {0, 8}, {30, 0}, {29, 11}};

/** All rotations of a ring but 0, for ciphertexts of all levels. */
static cn_rotation_key *all_rotations(const tst_he *h, unsigned limbs) {
    cn_rotation *r = calloc(h->n, sizeof *r);
    size_t count = 0;
    for (unsigned k = 1; k < h->n; k++)
        r[count++] = (cn_rotation){k < h->n / 2 ? k : (unsigned)(k - h->n / 2) | CN_ROTATE_SWAP, limbs};
    cn_rotation_key *rk = NULL;
    ck_assert_msg(cn_rotation_key_new(&rk, h->sk, r, count, h->ctx) == CN_OK, "%s", cn_error_text());
    free(r);
    return rk;
}

/** Values of a slot vector after a rotation. */
static void rotated(uint64_t *r, const uint64_t *v, unsigned rotation, size_t n) {
    uint32_t slot[256];
    size_t half = n / 2, columns = rotation & ~(unsigned)CN_ROTATE_SWAP, swap = (rotation & CN_ROTATE_SWAP) != 0;
    cn_galois_slots(slot, n);
    for (size_t row = 0; row < 2; row++)
        for (size_t c = 0; c < half; c++) r[slot[row * half + c]] = v[slot[(row ^ swap) * half + (c + columns) % half]];
}

START_TEST(every_rotation) {
    const size_t n = _i % 2 ? 128 : 16, way = (size_t)_i / 2;
    cn_params p = tst_he_params(n, 3, 40, ways[way].special_bits, 1, 257, ways[way].digit_bits);
    tst_he h = tst_he_new(&p);
    cn_rotation_key *rk = all_rotations(&h, 0), *low = all_rotations(&h, 2);
    uint64_t *v = tst_slots(&h, 0), wanted[128];
    uint32_t position[128];
    ck_assert_int_eq(cn_slot_positions(position, h.ctx), CN_OK);
    cn_cipher *a = tst_encrypt(&h, v, 0, false), *b = tst_copy(a);
    ck_assert_int_eq(cn_mod_switch(b, h.ctx), CN_OK);
    for (size_t i = 0; i < rk->count; i++) {
        unsigned r = rk->part[i].rotation;
        rotated(wanted, v, r, n);
        if (!(r & CN_ROTATE_SWAP)) TST_EQ(wanted[position[0]], v[position[r]]); /* to the left */
        cn_cipher *c = tst_copy(a), *d = tst_copy(b);
        ck_assert_int_eq(cn_rotate(c, r, rk, h.ctx), CN_OK);
        tst_expect_slots(&h, c, wanted);
        ck_assert_int_eq(cn_rotate(d, r, low, h.ctx), CN_OK); /* a key for two primes, at its level and below */
        tst_expect_slots(&h, d, wanted);
        if (way > 0) ck_assert_int_eq(cn_mod_switch(d, h.ctx), CN_OK); /* else noise of the digits' size would fill the last prime */
        ck_assert_int_eq(cn_rotate(d, cn_rotation_inverse(r, n), low, h.ctx), CN_OK);
        tst_expect_slots(&h, d, v);
        cn_cipher_free(c);
        cn_cipher_free(d);
    }
    ck_assert_int_eq(cn_rotate(a, 0, low, h.ctx), CN_OK);
    tst_expect_slots(&h, a, v);
    size_t special = ways[way].special_bits, pieces = ways[way].digit_bits ? (40 + ways[way].digit_bits - 1) / ways[way].digit_bits : 1;
    ck_assert_uint_eq(cn_rotation_key_wire_bytes(rk, h.ctx), 32 + (n - 1) * 3 * pieces * (3 * 40 + special) * n / 8);
    ck_assert_uint_eq(cn_rotation_key_wire_bytes(low, h.ctx), 32 + (n - 1) * 2 * pieces * (2 * 40 + special) * n / 8);
    cn_cipher_free(a);
    cn_cipher_free(b);
    cn_rotation_key_free(rk);
    cn_rotation_key_free(low);
    free(v);
    tst_he_free(&h);
}
END_TEST

/* ---- hoisted sums ------------------------------------------------------------------------------ */

/** A plaintext polynomial with these slots, for acc: the limbs present and the special one. */
static cn_poly plaintext(const uint64_t *slots, unsigned limbs, const tst_he *h) {
    const cn_context *ctx = h->ctx;
    uint64_t *m = calloc(h->n, sizeof *m);
    cn_poly p;
    memcpy(m, slots, h->n * sizeof *m);
    cn_ntt_inverse(m, &ctx->branch[0].ntt);
    ck_assert_int_eq(cn_poly_init(&p, &ctx->ring, limbs, ctx->params.special != 0, CN_NTT), CN_OK);
    for (unsigned i = 0; i < p.limbs; i++) {
        const cn_ntt *ntt = cn_poly_ntt(&p, i, &ctx->ring);
        for (size_t k = 0; k < h->n; k++) cn_poly_limb(&p, i)[k] = cn_mod_reduce_signed(cn_mod_centre(m[k], cn_t(ctx, 0)), &ntt->mod);
        cn_ntt_forward(cn_poly_limb(&p, i), ntt);
    }
    free(m);
    return p;
}

/** The same for two sums. */
static cn_turn_weights two_weights(const cn_poly *p) {
    cn_turn_weights w;
    ck_assert_int_eq(cn_turn_weights_init(&w, p->limbs, 2, 1, p->n), CN_OK);
    for (size_t g = 0; g < 2; g++) cn_turn_weights_set(&w, g, 0, p);
    return w;
}

#define TERMS 5

/** sum_r plain_r sigma_r(c), one decomposition, one division; with and without plaintexts, the identity among the terms. */
static void expect_sum(const tst_he *h, const cn_turn_keys *keys, const cn_cipher *c, const uint64_t *v, bool weighted) {
    const unsigned terms[TERMS] = {0, 1, 3, CN_ROTATE_SWAP, CN_ROTATE_SWAP | 5};
    unsigned limbs = cn_cipher_limbs(c);
    cn_he_scratch s;
    cn_poly acc[2], twice[2]; /* two sums of the same terms */
    uint64_t wanted[256] = {0}, moved[256];
    ck_assert_int_eq(cn_he_scratch_init(&s, h->ctx), CN_OK);
    for (int o = 0; o < 2; o++) {
        ck_assert_int_eq(cn_poly_init(&acc[o], &h->ctx->ring, h->ctx->params.limbs, h->ctx->params.special != 0, CN_NTT), CN_OK);
        ck_assert_int_eq(cn_poly_init(&twice[o], &h->ctx->ring, h->ctx->params.limbs, h->ctx->params.special != 0, CN_NTT), CN_OK);
    }
    for (size_t i = 0; i < TERMS; i++) {
        uint64_t *weight = tst_slots(h, 0);
        cn_poly plain = plaintext(weight, limbs, h);
        const cn_turn_key *turn = cn_turn_key_find(keys, terms[i]);
        cn_turn_weights w = two_weights(&plain);
        cn_hoist_sum((cn_poly *[]){acc, twice}, 2, c->part, &turn, 1, weighted ? &w : NULL, i > 0, &s, h->ctx);
        cn_turn_weights_clear(&w);
        rotated(moved, v, terms[i], h->n);
        if (weighted) tst_slots_mul(moved, moved, weight, h, 0);
        tst_slots_add(wanted, wanted, moved, h, 0);
        cn_poly_clear(&plain);
        free(weight);
    }
    for (int o = 0; o < 2; o++) {
        ck_assert(memcmp(acc[o].c, twice[o].c, (size_t)acc[o].limbs * h->n * sizeof *acc[o].c) == 0);
        cn_poly_clear(&twice[o]);
    }
    cn_hoist_divide(acc, &s, h->ctx);
    cn_cipher *r = tst_copy(c);
    for (int o = 0; o < 2; o++) cn_poly_copy(&r->part[o], &acc[o]);
    tst_expect_slots(h, r, wanted);
    cn_cipher_free(r);
    for (int o = 0; o < 2; o++) cn_poly_clear(&acc[o]);
    cn_he_scratch_clear(&s);
}

START_TEST(hoisted_sums) {
    cn_params p = tst_he_params(64, 3, 40, ways[_i].special_bits, 1, 257, ways[_i].digit_bits);
    tst_he h = tst_he_new(&p);
    cn_rotation_key *rk = all_rotations(&h, 0);
    cn_turn_keys *keys;
    ck_assert_int_eq(cn_turn_keys_new(&keys, rk, h.ctx), CN_OK);
    uint64_t *v = tst_slots(&h, 0);
    cn_cipher *c = tst_encrypt(&h, v, 0, false);
    for (int level = 0; level < 2; level++) {
        expect_sum(&h, keys, c, v, false);
        expect_sum(&h, keys, c, v, true);
        ck_assert_int_eq(cn_mod_switch(c, h.ctx), CN_OK);
    }
    cn_cipher_free(c);
    free(v);
    cn_turn_keys_free(keys);
    cn_rotation_key_free(rk);
    tst_he_free(&h);
}
END_TEST

/* ---- noise ------------------------------------------------------------------------------------- */

enum { NOISE_N = 4096, TRIALS = 6, CASES = 3 };

/** Mean over the trials of measured variance over predicted one, as a standard deviation in bits. */
static void expect_noise(const double ratio[CASES]) {
    static const char *const name[CASES] = {"rotation", "sum of three rotations, one division", "weighted sum, one division"};
    for (size_t i = 0; i < CASES; i++) {
        double bits = 0.5 * log2(ratio[i] / TRIALS);
        ck_assert_msg(bits <= 0.15 && bits >= -0.5, "%s: measured %+.3f bits from the prediction", name[i], bits);
    }
}

/** Measured over predicted variance of c, whose values are v. */
static double measured(const tst_he *h, const cn_cipher *c, const uint64_t *v, cn_noise predicted) {
    double log2_sigma, log2_max;
    ck_assert_int_eq(cn_test_noise(&log2_sigma, &log2_max, c, v, h->sk, h->ctx), CN_OK);
    ck_assert_msg(log2_max <= cn_noise_log2(predicted) + log2(cn_noise_quantile(NOISE_N * TRIALS, 40)), "a coefficient is too large");
    return exp2(2 * (log2_sigma - cn_noise_log2(predicted)));
}

static void rotated_big(uint64_t *r, const uint64_t *v, unsigned rotation, const cn_rotation_key *rk) {
    cn_galois_apply(r, v, cn_rotation_find(rk, rotation)->index, NOISE_N);
}

/** One trial: a fresh ciphertext, rotated; three rotations in one sum, without and with weights. */
static void noise_trial(double ratio[CASES], const tst_he *h) {
    const cn_params *p = cn_context_params(h->ctx);
    const cn_rotation rotation[3] = {{.by = 1}, {.by = 700}, {.by = CN_ROTATE_SWAP | 5}};
    cn_rotation_key *rk;
    cn_turn_keys *keys;
    ck_assert_int_eq(cn_rotation_key_new(&rk, h->sk, rotation, 3, h->ctx), CN_OK);
    ck_assert_int_eq(cn_turn_keys_new(&keys, rk, h->ctx), CN_OK);
    uint64_t *v = tst_slots(h, 0), *r = calloc(h->n, sizeof *r), *moved = calloc(h->n, sizeof *moved);
    cn_noise fresh = cn_noise_fresh_secret(), digits = cn_noise_digits(p, p->limbs), floor = cn_noise_switch_floor(h->n, 2);
    cn_cipher *a = tst_encrypt(h, v, 0, false), *c = tst_copy(a);
    ck_assert_int_eq(cn_rotate(c, 700, rk, h->ctx), CN_OK);
    rotated_big(r, v, 700, rk);
    ratio[0] += measured(h, c, r, cn_noise_add_independent(fresh, cn_noise_relin(p, p->limbs)));
    cn_he_scratch s;
    cn_poly acc[2], twice[2];
    ck_assert_int_eq(cn_he_scratch_init(&s, h->ctx), CN_OK);
    for (int o = 0; o < 2; o++) {
        ck_assert_int_eq(cn_poly_init(&acc[o], &h->ctx->ring, p->limbs, p->special != 0, CN_NTT), CN_OK);
        ck_assert_int_eq(cn_poly_init(&twice[o], &h->ctx->ring, p->limbs, p->special != 0, CN_NTT), CN_OK);
    }
    for (int weighted = 0; weighted < 2; weighted++) {
        cn_noise sum = {0, 2};
        memset(r, 0, h->n * sizeof *r);
        for (size_t i = 0; i < 3; i++) {
            uint64_t *weight = calloc(h->n, sizeof *weight), t = cn_t(h->ctx, 0)->q;
            for (size_t k = 0; k < h->n; k++) weight[k] = tst_below(t);
            cn_poly plain = plaintext(weight, p->limbs, h);
            const cn_turn_key *turn = cn_turn_key_find(keys, rotation[i].by);
            cn_turn_weights w = two_weights(&plain);
            cn_hoist_sum((cn_poly *[]){acc, twice}, 2, a->part, &turn, 1, weighted ? &w : NULL, i > 0, &s, h->ctx);
            cn_turn_weights_clear(&w);
            rotated_big(moved, v, rotation[i].by, rk);
            if (weighted) tst_slots_mul(moved, moved, weight, h, 0);
            tst_slots_add(r, r, moved, h, 0);
            cn_noise term = cn_noise_add_independent(fresh, digits); /* values at different roots: as good as independent */
            sum = cn_noise_add_independent(sum, weighted ? cn_noise_mul_plain(term, t, h->n) : term);
            cn_poly_clear(&plain);
            free(weight);
        }
        if (p->special) sum = cn_noise_add_independent(sum, floor);
        cn_hoist_divide(acc, &s, h->ctx);
        for (int o = 0; o < 2; o++) cn_poly_copy(&c->part[o], &acc[o]);
        ratio[1 + weighted] += measured(h, c, r, sum);
    }
    for (int o = 0; o < 2; o++) cn_poly_clear(&acc[o]), cn_poly_clear(&twice[o]);
    cn_he_scratch_clear(&s);
    cn_cipher_free(a);
    cn_cipher_free(c);
    free(v);
    free(r);
    free(moved);
    cn_turn_keys_free(keys);
    cn_rotation_key_free(rk);
}

/* A special prime larger than the digits, one much smaller, none. */
START_TEST(noise) {
    const cn_params sets[] = {tst_he_params(NOISE_N, 2, 30, 40, 1, 40000, 0), tst_he_params(NOISE_N, 2, 38, 24, 1, 40000, 0),
                              tst_he_params(NOISE_N, 2, 40, 0, 1, 40000, 14)};
    double ratio[CASES] = {0};
    tst_reseed(500 + (uint64_t)_i);
    cn_test_rng_deterministic(7000 + 1000 * (uint64_t)_i);
    for (size_t trial = 0; trial < TRIALS; trial++) {
        tst_he h = tst_he_new(&sets[_i]);
        noise_trial(ratio, &h);
        tst_he_free(&h);
    }
    cn_test_rng_system();
    expect_noise(ratio);
}
END_TEST

/* ---- refusals ---------------------------------------------------------------------------------- */

static cn_status make_key(const tst_he *h, unsigned by, unsigned limbs, size_t count) {
    cn_rotation r[2] = {{by, limbs}, {by, limbs}};
    cn_rotation_key *rk = (cn_rotation_key *)1;
    cn_status s = cn_rotation_key_new(&rk, h->sk, r, count, h->ctx);
    ck_assert((s == CN_OK) == (rk != NULL));
    cn_rotation_key_free(rk);
    return s;
}

START_TEST(refusals) {
    cn_params p = tst_he_params(16, 3, 30, 31, 1, 97, 0), q = tst_he_params(16, 3, 31, 30, 1, 97, 0);
    tst_he h = tst_he_new(&p), other = tst_he_new(&q);
    const cn_rotation one = {.by = 1, .limbs = 2};
    cn_rotation_key *rk;
    ck_assert_int_eq(make_key(&h, 1, 0, 1), CN_OK);
    ck_assert_int_eq(make_key(&h, 7 | CN_ROTATE_SWAP, 3, 1), CN_OK);
    ck_assert_int_eq(make_key(&h, 1, 0, 0), CN_ERR_SIZE);
    ck_assert_int_eq(make_key(&h, 1, 0, 2), CN_ERR_DUPLICATE);
    ck_assert_int_eq(make_key(&h, 1, 4, 1), CN_ERR_SIZE);
    ck_assert_int_eq(make_key(&h, 0, 0, 1), CN_ERR_RANGE);
    ck_assert_int_eq(make_key(&h, 8, 0, 1), CN_ERR_RANGE);
    ck_assert_int_eq(make_key(&h, 8 | CN_ROTATE_SWAP, 0, 1), CN_ERR_RANGE);
    ck_assert_int_eq(make_key(&h, 2 * CN_ROTATE_SWAP, 0, 1), CN_ERR_RANGE);
    ck_assert_int_eq(cn_rotation_key_new(NULL, h.sk, &one, 1, h.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_rotation_key_new(&rk, NULL, &one, 1, h.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_rotation_key_new(&rk, h.sk, NULL, 1, h.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_rotation_key_new(&rk, h.sk, &one, 1, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_rotation_key_new(&rk, other.sk, &one, 1, h.ctx), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_slot_positions(NULL, h.ctx), CN_ERR_NULL);

    ck_assert_int_eq(cn_rotation_key_new(&rk, h.sk, &one, 1, h.ctx), CN_OK);
    uint64_t *v = tst_slots(&h, 0);
    cn_cipher *a = tst_encrypt(&h, v, 0, false), *b = tst_copy(a), *foreign = tst_encrypt(&other, v, 0, false);
    ck_assert_int_eq(cn_rotate(NULL, 1, rk, h.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_rotate(a, 1, NULL, h.ctx), CN_ERR_NULL);
    ck_assert_int_eq(cn_rotate(a, 1, rk, NULL), CN_ERR_NULL);
    ck_assert_int_eq(cn_rotate(foreign, 1, rk, h.ctx), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_rotate(foreign, 1, rk, other.ctx), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_rotate(a, 2, rk, h.ctx), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_rotate(a, 1 | CN_ROTATE_SWAP, rk, h.ctx), CN_ERR_MISMATCH);
    ck_assert_int_eq(cn_rotate(a, 1, rk, h.ctx), CN_ERR_STATE); /* three primes, the key is for two */
    ck_assert(tst_same(a, b));
    ck_assert_int_eq(cn_square(b, h.ctx), CN_OK);
    ck_assert_int_eq(cn_mod_switch(b, h.ctx), CN_OK);
    ck_assert_int_eq(cn_rotate(b, 1, rk, h.ctx), CN_ERR_STATE); /* not relinearised */
    cn_cipher_free(a);
    cn_cipher_free(b);
    cn_cipher_free(foreign);
    cn_rotation_key_free(rk);
    p.scheme = CN_SCHEME_YASHE;
    tst_he yashe = tst_he_new(&p);
    ck_assert_int_eq(make_key(&yashe, 1, 0, 1), CN_ERR_UNSUPPORTED);
    tst_he_free(&yashe);
    free(v);
    tst_he_free(&h);
    tst_he_free(&other);
}
END_TEST

Suite *cn_suite_rotate(void) {
    Suite *s = suite_create("rotate");
    TCase *tc = tcase_create("rotate");
    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, allow, forbid);
    tcase_add_test(tc, every_automorphism);
    tcase_add_test(tc, numbers);
    tcase_add_loop_test(tc, every_rotation, 0, 2 * (int)CN_ARRAY_LEN(ways));
    tcase_add_loop_test(tc, hoisted_sums, 0, (int)CN_ARRAY_LEN(ways));
    tcase_add_loop_test(tc, noise, 0, 3);
    tcase_add_test(tc, refusals);
    suite_add_tcase(s, tc);
    return s;
}
