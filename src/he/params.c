/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Parameter records: one function judges them, with a named reason for each refusal. */

#include "he/params.h"

#include <inttypes.h>
#include <math.h>

#include "arith/modulus.h"
#include "arith/prime.h"
#include "he/ntru_security.h"
#include "he/scheme.h"
#include "util/sha3.h"
#include "util/status.h"

#define CN_LIMB_BITS_MIN 17 /* smaller primes carry too little and leave too few candidates */

#ifdef CN_TESTING
static bool toy_rings;
bool cn_test_allow_toy_rings(bool allow) {
    bool before = toy_rings;
    toy_rings = allow;
    return before;
}
#else
static const bool toy_rings = false;
#endif

double cn_params_log2_level(const cn_params *p, unsigned limbs) {
    double sum = 0;
    for (unsigned i = 0; i < limbs; i++) sum += log2((double)p->q[i]);
    return sum;
}

double cn_params_log2_q(const cn_params *p) { return cn_params_log2_level(p, CN_MIN(p->limbs, (unsigned)CN_LIMBS_MAX)); }

unsigned cn_params_bits(uint64_t prime) { return 64 - (unsigned)__builtin_clzll(prime); }

unsigned cn_params_pieces(const cn_params *p, unsigned limb) {
    unsigned bits = cn_params_bits(p->q[limb]);
    return p->digit_bits ? (bits + p->digit_bits - 1) / p->digit_bits : 1;
}

unsigned cn_params_digits(const cn_params *p, unsigned limbs) {
    unsigned count = 0;
    for (unsigned i = 0; i < limbs; i++) count += cn_params_pieces(p, i);
    return count;
}

double cn_params_digit_range(const cn_params *p, unsigned limb, unsigned piece) {
    unsigned pieces = cn_params_pieces(p, limb), width = (cn_params_bits(p->q[limb]) + pieces - 1) / pieces;
    return exp2(piece + 1 == pieces ? log2((double)p->q[limb]) - piece * width : width);
}

unsigned cn_params_level_bits(const cn_params *p, unsigned limbs) {
    unsigned bits = 0;
    for (unsigned i = 0; i < limbs; i++) bits += cn_params_bits(p->q[i]);
    return bits;
}

unsigned cn_params_key_bits(const cn_params *p) {
    return cn_params_level_bits(p, p->limbs) + (p->special ? cn_params_bits(p->special) : 0);
}

double cn_params_log2_qp(const cn_params *p) {
    return cn_params_log2_q(p) + (p->special ? log2((double)p->special) : 0);
}

/** One modulus: range, congruence, primality. */
static cn_status check_prime(const char *kind, unsigned index, uint64_t x, unsigned bits_min, unsigned bits_max,
                             cn_status range, size_t n) {
    uint64_t low = toy_rings ? 3 : (uint64_t)1 << (bits_min - 1);
    if (x < low || x >> bits_max)
        return cn_fail(range, "parameters: %s %u is %" PRIu64 "; expected between 2^%u and 2^%u", kind, index, x, bits_min - 1,
                       bits_max);
    if (x % (2 * n) != 1)
        return cn_fail(CN_ERR_CONGRUENCE, "parameters: %s %u is %" PRIu64 ", not 1 modulo 2n = %zu; choose a prime k 2n + 1",
                       kind, index, x, 2 * n);
    if (!cn_is_prime_var(x))
        return cn_fail(CN_ERR_NOT_PRIME, "parameters: %s %u is %" PRIu64 ", which is composite; choose a prime", kind, index, x);
    return CN_OK;
}

static cn_status check_distinct(const cn_params *p) {
    uint64_t all[CN_LIMBS_MAX + CN_PLAINS_MAX + 1];
    size_t count = 0;
    for (unsigned i = 0; i < p->limbs; i++) all[count++] = p->q[i];
    if (p->special) all[count++] = p->special;
    for (unsigned j = 0; j < p->plains; j++) all[count++] = p->t[j];
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (all[i] == all[j])
                return cn_fail(CN_ERR_DUPLICATE, "parameters: prime %" PRIu64 " occurs twice; all q, P and t must differ", all[i]);
    return CN_OK;
}

/** The keys of YASHE', one for each t. The estimate is for QP above t, as every useful record has it. */
static cn_status check_ntru(const cn_params *p, double log2_qp) {
    for (unsigned j = 0; j < p->plains; j++) {
        double log2_t = log2((double)p->t[j]);
        if (log2_qp > log2_t && cn_ntru_at_least(p->n, log2_qp, log2_t, CN_SECURITY_BITS)) continue;
        return cn_fail(CN_ERR_SECURITY,
                       "parameters: YASHE' with n = %zu, log2(QP) = %.3f and t = 2^%.2f is estimated at %.0f bits of security (dense "
                       "sublattice); expected at least %d; use fewer bits, a larger n, or BFV",
                       p->n, log2_qp, log2_t, cn_security_ntru_bits(p->n, log2_qp, log2_t), CN_SECURITY_BITS);
    }
    return CN_OK;
}

cn_status cn_params_check(const cn_params *p) {
    if (!p) return cn_fail(CN_ERR_NULL, "parameters: expected a record, found NULL");
    if (!cn_scheme_find(p->scheme))
        return cn_fail(CN_ERR_SCHEME, "parameters: scheme %d; expected CN_SCHEME_BFV or CN_SCHEME_YASHE", (int)p->scheme);
    size_t n = p->n, smallest = toy_rings ? 2 : 4096;
    if (n < smallest || n > 65536 || (n & (n - 1)))
        return cn_fail(CN_ERR_DEGREE, "parameters: ring degree is %zu; expected a power of two from %zu to 65536", n, smallest);
    if (p->limbs < 1 || p->limbs > CN_LIMBS_MAX)
        return cn_fail(CN_ERR_LIMB_COUNT, "parameters: %u ciphertext primes; expected 1 to %d", p->limbs, CN_LIMBS_MAX);
    if (p->plains < 1 || p->plains > CN_PLAINS_MAX)
        return cn_fail(CN_ERR_PLAIN_COUNT, "parameters: %u plaintext primes; expected 1 to %d", p->plains, CN_PLAINS_MAX);
    if (p->digit_bits && (p->digit_bits < 8 || p->digit_bits > CN_LIMB_BITS_MAX))
        return cn_fail(CN_ERR_DIGIT, "parameters: key-switching digits of %u bits; expected 8 to %d, or 0 for whole residues",
                       p->digit_bits, CN_LIMB_BITS_MAX);
    for (unsigned i = 0; i < p->limbs; i++)
        CN_TRY(check_prime("ciphertext prime", i, p->q[i], CN_LIMB_BITS_MIN, CN_LIMB_BITS_MAX, CN_ERR_LIMB_RANGE, n));
    if (p->special)
        CN_TRY(check_prime("special prime", 0, p->special, CN_LIMB_BITS_MIN, CN_LIMB_BITS_MAX, CN_ERR_LIMB_RANGE, n));
    for (unsigned j = 0; j < p->plains; j++)
        CN_TRY(check_prime("plaintext prime", j, p->t[j], 2, CN_PLAIN_BITS_MAX, CN_ERR_PLAIN_RANGE, n));
    CN_TRY(check_distinct(p));
    double bits = cn_params_log2_qp(p);
    unsigned limit = cn_security_max_log2_qp(n, CN_SECURITY_BITS);
    if (!toy_rings && bits > limit - 1e-9)
        return cn_fail(CN_ERR_SECURITY,
                       "parameters: log2(QP) is %.3f; 128-bit security at n = %zu allows %u (eprint 2024/463); use a larger n or "
                       "fewer bits",
                       bits, n, limit);
    if (!toy_rings && p->scheme == CN_SCHEME_YASHE) CN_TRY(check_ntru(p, bits));
    return CN_OK;
}

void cn_params_digest(uint8_t digest[32], const cn_params *p) {
    static const char label[] = "cryptonets parameters 1";
    cn_sha3 h;
    cn_sha3_init(&h);
    cn_sha3_update(&h, label, sizeof label);
    cn_sha3_u64(&h, p->n);
    cn_sha3_u64(&h, p->limbs);
    for (unsigned i = 0; i < p->limbs; i++) cn_sha3_u64(&h, p->q[i]);
    cn_sha3_u64(&h, p->special);
    cn_sha3_u64(&h, p->plains);
    for (unsigned j = 0; j < p->plains; j++) cn_sha3_u64(&h, p->t[j]);
    cn_sha3_u64(&h, p->digit_bits);
    if (p->scheme != CN_SCHEME_BFV) cn_sha3_u64(&h, p->scheme); /* of BFV the record ends here */
    cn_sha3_final(&h, digest);
}
