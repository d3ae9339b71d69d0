/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** bench-he: the time of every BFV operation of the public interface, at four parameter sets. Each set first checks that a
 *  chain of its operations decrypts to the right values. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/common.h"
#include "bench/timing.h"
#include "cryptonets_he.h"
#include "util/json.h"

#define N_MAX 16384

const char *const cn_bench_program = "bench-he";

/* Largest primes 1 modulo 2n of these sizes; one set has a special prime. */
static const cn_params sets[] = {
    {.n = 4096, .limbs = 2, .q = {4294828033, 4294729729}, .plains = 1, .t = {114689}},
    {.n = 8192, .limbs = 4, .q = {70368743669761, 137438822401, 137438773249, 137438691329}, .plains = 1, .t = {68719230977}},
    {.n = 8192, .limbs = 4, .q = {8796092858369, 8796092792833, 4398046150657, 4398045708289}, .special = 8796092661761, .plains = 1,
     .t = {557057}},
    {.n = 16384, .limbs = 8,
     .q = {70368743587841, 70368743489537, 70368743292929, 70368742408193, 70368742113281, 70368740933633, 70368740769793,
           70368740442113},
     .plains = 1, .t = {68718428161}},
};
#define SETS (sizeof sets / sizeof sets[0])

static void check(cn_status status) {
    if (status == CN_OK) return;
    exit(cn_bench_fail("%s", cn_error_text()));
}

static const cn_rotation rotations[1] = {{.by = 1}}; /* one column */

/* ---- operations ------------------------------------------------------------------------------ */

typedef struct work {
    cn_context *ctx;
    cn_secret_key *sk, *new_sk;
    cn_public_key *pk, *new_pk;
    cn_relin_key *rk, *new_rk;
    cn_rotation_key *rotations, *new_rotations;
    cn_cipher *a, *b, *sum, *squared; /* two fresh ciphertexts, one that sums change, one of three parts */
    cn_cipher *r;                     /* what the operation under the clock works on */
    int64_t value[N_MAX];
    uint64_t slot[N_MAX];
} work;

static void discard(void *arg) {
    work *w = arg;
    cn_cipher_free(w->r);
    w->r = NULL;
}

static void take_fresh(void *arg) {
    discard(arg);
    check(cn_cipher_copy(&((work *)arg)->r, ((work *)arg)->a));
}

static void take_squared(void *arg) {
    discard(arg);
    check(cn_cipher_copy(&((work *)arg)->r, ((work *)arg)->squared));
}

static void discard_keys(void *arg) {
    work *w = arg;
    cn_secret_key_free(w->new_sk), cn_public_key_free(w->new_pk), cn_relin_key_free(w->new_rk);
    cn_rotation_key_free(w->new_rotations);
    w->new_sk = NULL, w->new_pk = NULL, w->new_rk = NULL, w->new_rotations = NULL;
}

#define RUN(name, call)                 \
    static void run_##name(void *arg) { \
        work *w = arg;                  \
        check(call);                    \
    }

RUN(keygen_secret, cn_secret_key_new(&w->new_sk, w->ctx))
RUN(keygen_public, cn_public_key_new(&w->new_pk, w->sk, w->ctx))
RUN(keygen_relin, cn_relin_key_new(&w->new_rk, w->sk, 2, w->ctx))
RUN(keygen_rotation, cn_rotation_key_new(&w->new_rotations, w->sk, rotations, 1, w->ctx))
RUN(encrypt_secret, cn_encrypt_secret(&w->r, w->value, cn_context_params(w->ctx)->n, 0, w->sk, w->ctx))
RUN(encrypt_public, cn_encrypt_public(&w->r, w->value, cn_context_params(w->ctx)->n, 0, w->pk, w->ctx))
RUN(decrypt, cn_decrypt(w->slot, cn_context_params(w->ctx)->n, w->a, w->sk, w->ctx))
RUN(add, cn_add(w->sum, w->b, w->ctx))
RUN(mul_scalar, cn_mul_scalar(w->sum, -12345, w->ctx))
RUN(mul_plain, cn_mul_plain(w->sum, w->value, cn_context_params(w->ctx)->n, w->ctx))
RUN(square, cn_square(w->r, w->ctx))
RUN(mul, cn_mul(w->r, w->b, w->ctx))
RUN(relinearise, cn_relinearise(w->r, w->rk, w->ctx))
RUN(mod_switch, cn_mod_switch(w->r, w->ctx))
RUN(rotate, cn_rotate(w->r, rotations[0].by, w->rotations, w->ctx))

static const struct operation {
    const char *name;
    void (*run)(void *arg), (*prepare)(void *arg);
} operations[] = {
    {"keygen_secret", run_keygen_secret, discard_keys},
    {"keygen_public", run_keygen_public, discard_keys},
    {"keygen_relin", run_keygen_relin, discard_keys},
    {"keygen_rotation", run_keygen_rotation, discard_keys},
    {"encrypt_secret", run_encrypt_secret, discard},
    {"encrypt_public", run_encrypt_public, discard},
    {"decrypt", run_decrypt, NULL},
    {"add", run_add, NULL}, /* these three may follow each other without end: times do not depend on noise */
    {"mul_scalar", run_mul_scalar, NULL},
    {"mul_plain", run_mul_plain, NULL},
    {"square", run_square, take_fresh},
    {"mul", run_mul, take_fresh},
    {"relinearise", run_relinearise, take_squared},
    {"mod_switch", run_mod_switch, take_fresh},
    {"rotate", run_rotate, take_fresh},
};
#define OPERATIONS (sizeof operations / sizeof operations[0])

/* ---- one set --------------------------------------------------------------------------------- */

/** a (a + 3 a) relinearised and switched, against the clear values. */
static void check_values(work *w) {
    const cn_params *p = cn_context_params(w->ctx);
    cn_cipher *x;
    take_fresh(w);
    check(cn_cipher_copy(&x, w->a));
    check(cn_mul_scalar(x, 3, w->ctx));
    check(cn_add(x, w->a, w->ctx));
    check(cn_mul(x, w->r, w->ctx));
    check(cn_relinearise(x, w->rk, w->ctx));
    check(cn_mod_switch(x, w->ctx));
    check(cn_decrypt(w->slot, p->n, x, w->sk, w->ctx));
    for (size_t i = 0; i < p->n; i++) {
        cn_i128 wanted = (cn_i128)4 * w->value[i] * w->value[i] % (cn_i128)p->t[0];
        if ((cn_i128)w->slot[i] == wanted) continue;
        exit(cn_bench_fail("n = %zu: slot %zu decrypts to a wrong value; this is a defect: please report it", p->n, i));
    }
    cn_cipher_free(x);
}

static void start(work *w, const cn_params *p) {
    memset(w, 0, sizeof *w);
    for (size_t i = 0; i < p->n; i++) w->value[i] = (int64_t)(i * 40503 % 65521) - 32760;
    check(cn_context_new(&w->ctx, p));
    check(cn_secret_key_new(&w->sk, w->ctx));
    check(cn_public_key_new(&w->pk, w->sk, w->ctx));
    check(cn_relin_key_new(&w->rk, w->sk, 2, w->ctx));
    check(cn_rotation_key_new(&w->rotations, w->sk, rotations, 1, w->ctx));
    check(cn_encrypt_secret(&w->a, w->value, p->n, 0, w->sk, w->ctx));
    check(cn_encrypt_public(&w->b, w->value, p->n, 0, w->pk, w->ctx));
    check(cn_cipher_copy(&w->sum, w->a));
    check(cn_cipher_copy(&w->squared, w->a));
    check(cn_square(w->squared, w->ctx));
    check_values(w);
}

static void stop(work *w) {
    discard(w);
    discard_keys(w);
    cn_cipher_free(w->a), cn_cipher_free(w->b), cn_cipher_free(w->sum), cn_cipher_free(w->squared);
    cn_rotation_key_free(w->rotations), cn_relin_key_free(w->rk), cn_public_key_free(w->pk), cn_secret_key_free(w->sk);
    cn_context_free(w->ctx);
}

static bool wanted(const cn_timing_options *o, size_t i) { return !o->only || strcmp(o->only, operations[i].name) == 0; }

static void report(cn_json *j, const char *name, const cn_params *p, double *ns, size_t count) {
    double least = cn_timing_min(ns, count) / 1000, median = cn_timing_median(ns, count) / 1000;
    printf("%-15s %6zu %5u %12.2f %12.2f\n", name, p->n, p->limbs, least, median);
    if (!j->out) return;
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "name", name);
    cn_json_integer(j, "n", p->n);
    cn_json_integer(j, "limbs", p->limbs);
    cn_json_number(j, "log2_q", cn_params_log2_q(p));
    cn_json_integer(j, "t", p->t[0]);
    cn_json_number(j, "us_min", least);
    cn_json_number(j, "us_median", median);
    cn_json_close(j, '}');
}

/** Rounds over the operations, so that a disturbance falls on single samples of many rather than on all samples of one. */
static void run_set(cn_json *j, const cn_timing_options *o, const cn_params *p) {
    static work w;
    static double ns[OPERATIONS][CN_TIMING_SAMPLES];
    size_t count = cn_timing_samples(o);
    cn_timed timed[OPERATIONS];
    start(&w, p);
    for (size_t i = 0; i < OPERATIONS; i++)
        timed[i] = (cn_timed){.run = operations[i].run, .prepare = operations[i].prepare, .arg = &w};
    for (size_t round = 0; round < count; round++) {
        cn_timing_move(round);
        for (size_t i = 0; i < OPERATIONS; i++)
            if (wanted(o, i)) ns[i][round] = cn_timing_sample(&timed[i]);
    }
    for (size_t i = 0; i < OPERATIONS; i++)
        if (wanted(o, i)) report(j, operations[i].name, p, ns[i], count);
    fflush(stdout);
    stop(&w);
}

int main(int argc, char **argv) {
    cn_timing_options o;
    char cpu[128];
    const char *forced = getenv("CRYPTONETS_CPU");
    int code = cn_timing_parse(&o, argc, argv,
                               "Time the BFV operations of the public interface. The environment's CRYPTONETS_CPU\n"
                               "(portable, avx2, avx512ifma) chooses an instruction set; by default it is the best one.\n",
                               false);
    if (code >= 0) return code;
    size_t known = 0;
    for (size_t i = 0; i < OPERATIONS; i++) known += wanted(&o, i);
    if (!known) return cn_timing_unknown(&o);
    if (cn_timing_open(&o) != 0) return 1;
    cn_json json = {.out = o.json}, *j = &json;
    double ghz = cn_timing_ghz();
    cn_timing_cpu(cpu, sizeof cpu);
    if (j->out) {
        cn_json_open(j, NULL, '{');
        cn_json_text(j, "version", cn_version());
        cn_json_text(j, "cpu", cpu);
        cn_json_number(j, "core_ghz", ghz);
        cn_json_text(j, "cryptonets_cpu", forced ? forced : "");
        cn_json_integer(j, "samples", cn_timing_samples(&o));
        cn_json_open(j, "operations", '[');
    }
    printf("%s, %.3f GHz, %zu samples, instruction set: %s; times in us\n", cpu, ghz, cn_timing_samples(&o),
           forced && *forced ? forced : "the best one");
    printf("%-15s %6s %5s %12s %12s\n", "operation", "n", "limbs", "min", "median");
    for (size_t i = 0; i < SETS; i++) run_set(j, &o, &sets[i]);
    if (j->out) cn_json_close(j, ']'), cn_json_close(j, '}');
    return cn_timing_finish(&o, true);
}
