/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Parameters, digests and windows of plans in JSON. */

#include "cli/plan_json.h"

#include "arith/int128.h"
#include "he/params.h"
#include "util/sha3.h"

void cn_cli_json_digest(cn_json *j, const char *name, const uint8_t digest[32]) {
    char text[65];
    cn_hex(text, digest, 32);
    cn_json_text(j, name, text);
}

static void write_i128(cn_json *j, const char *name, cn_i128 x) {
    char text[CN_I128_TEXT];
    cn_json_text(j, name, cn_i128_format(text, x));
}

static void write_primes(cn_json *j, const char *name, const uint64_t *prime, unsigned count) {
    cn_json_open(j, name, '[');
    for (unsigned i = 0; i < count; i++) cn_json_integer(j, NULL, prime[i]);
    cn_json_close(j, ']');
}

void cn_cli_json_params(cn_json *j, const cn_params *q) {
    cn_json_integer(j, "ring_degree", q->n);
    write_primes(j, "primes", q->q, q->limbs);
    cn_json_integer(j, "special_prime", q->special);
    write_primes(j, "plain_primes", q->t, q->plains);
    cn_json_open(j, "security", '{');
    cn_json_integer(j, "bits", cn_security_bits(q->n, cn_params_log2_qp(q)));
    cn_json_number(j, "log2_qp", cn_params_log2_qp(q));
    cn_json_integer(j, "log2_qp_most", cn_security_max_log2_qp(q->n, 128));
    cn_json_close(j, '}');
}

void cn_cli_json_window(cn_json *j, const cn_plan *p) {
    cn_json_open(j, "window", '{');
    write_i128(j, "low", p->window_low);
    write_i128(j, "width", p->window_t);
    cn_json_number(j, "worst_bits", p->worst_bits);
    cn_json_close(j, '}');
}
