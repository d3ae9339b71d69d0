/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The experiment of 2016, client's side: parameters, keys, images to ciphertexts, ciphertexts to scores. */

#include "reference/paper2016.h"

#include <stdatomic.h>
#include <string.h>

#include "ring/sample.h"
#include "util/mem.h"
#include "util/status.h"

/* ---- parameters ---------------------------------------------------------------------------- */

void cn_p16_params_2016(cn_p16_params *p) {
    *p = (cn_p16_params){.n = 8192, .t = {1099511922689u, 1099512004609u}, .w_bits = 32};
    mpz_init(p->q);
    mpz_setbit(p->q, 350);
    mpz_sub_ui(p->q, p->q, 1);
    mpz_mul_2exp(p->q, p->q, 33);
    mpz_add_ui(p->q, p->q, 1); /* 2^383 - 2^33 + 1, a prime */
}

void cn_p16_params_clear(cn_p16_params *p) {
    if (p->n) mpz_clear(p->q);
    memset(p, 0, sizeof *p);
}

size_t cn_p16_cipher_bytes(const cn_p16_params *p) { return (p->n * mpz_sizeinbase(p->q, 2) + 7) / 8; }

cn_i128 cn_p16_t_product(const cn_p16_params *p) { return (cn_i128)p->t[0] * (cn_i128)p->t[1]; }

/* ---- keys ---------------------------------------------------------------------------------- */

cn_status cn_p16_key_new(cn_p16_key **out, const cn_p16_params *p, unsigned branch) {
    cn_status status = CN_OK;
    cn_rng *rng = NULL;
    mpz_t t;
    mpz_init_set_ui(t, p->t[branch]);
    *out = NULL;
    cn_p16_key *key = cn_calloc(1, sizeof *key);
    if (!key) CN_CHECK(CN_ERR_MEMORY);
    strcpy(key->type, CN_P16_TYPE);
    strcpy(key->eval.type, CN_P16_TYPE);
    key->eval.branch = branch;
    cn_ref_yashe_init(&key->eval.y, p->n, p->q, t, p->w_bits);
    cn_ref_yashe_keys_init(&key->k, &key->eval.y);
    key->eval.evk = key->k.evk;
    CN_CHECK(cn_ntt_init(&key->slots, p->n, p->t[branch]));
    CN_CHECK(cn_rng_new(&rng));
    CN_CHECK(cn_ref_yashe_keygen(&key->k, &key->eval.y, rng));
    *out = key;
    key = NULL;
cleanup:
    cn_rng_free(rng);
    cn_p16_key_free(key);
    mpz_clear(t);
    return status;
}

void cn_p16_key_free(cn_p16_key *key) {
    if (!key) return;
    cn_ntt_clear(&key->slots);
    cn_ref_yashe_keys_clear(&key->k, &key->eval.y);
    cn_ref_yashe_clear(&key->eval.y);
    memset(key, 0, sizeof *key);
    cn_free(key);
}

cn_status cn_p16_check_type(const char type[CN_P16_TYPE_BYTES], const char *object) {
    if (strncmp(type, CN_P16_TYPE, CN_P16_TYPE_BYTES) == 0) return CN_OK;
    return cn_fail(CN_ERR_MISMATCH, "%s: expected type " CN_P16_TYPE ", found another", object);
}

cn_status cn_p16_values_new(cn_p16_values **out, size_t count, unsigned branch, unsigned power, size_t n) {
    cn_p16_values *v = cn_calloc(1, sizeof *v);
    *out = v;
    if (!v) return CN_ERR_MEMORY;
    *v = (cn_p16_values){.type = CN_P16_TYPE, .branch = branch, .power = power, .n = n, .count = count, .c = cn_ref_list_new(count, n)};
    return CN_OK;
}

void cn_p16_values_free(cn_p16_values *v) {
    if (!v) return;
    cn_ref_list_free(v->c, v->count, v->n);
    memset(v, 0, sizeof *v);
    cn_free(v);
}

/* ---- encryption ---------------------------------------------------------------------------- */

typedef struct encrypt_job {
    const cn_p16_key *key;
    cn_p16_values *values;
    const int64_t *lut;
    const uint8_t *pixels;
    size_t images;
    int8_t *small; /* [count][e, s][n], drawn beforehand, so that threads do not matter */
    atomic_size_t done;
    cn_progress_fn progress;
    void *user;
} encrypt_job;

static cn_status encrypt_task(void *arg, size_t value, unsigned worker) {
    encrypt_job *job = arg;
    const cn_p16_key *key = job->key;
    size_t n = key->eval.y.n;
    uint64_t *slots = cn_calloc(n, sizeof *slots);
    if (!slots) return CN_ERR_MEMORY;
    for (size_t i = 0; i < job->images; i++)
        slots[i] = cn_mod_reduce_signed(job->lut[job->pixels[i * job->values->count + value]], &key->slots.mod);
    cn_ntt_inverse(slots, &key->slots);
    mpz_t *m = cn_ref_new(n), *e = cn_ref_new(n), *s = cn_ref_new(n);
    for (size_t k = 0; k < n; k++) mpz_set_ui(m[k], slots[k]);
    cn_ref_set_small(e, job->small + 2 * value * n, n);
    cn_ref_set_small(s, job->small + (2 * value + 1) * n, n);
    cn_ref_yashe_encrypt_with(job->values->c[value], m, key->k.h, e, s, &key->eval.y);
    cn_ref_free(m, n);
    cn_ref_free(e, n);
    cn_ref_free(s, n);
    cn_free(slots);
    size_t done = atomic_fetch_add(&job->done, 1) + 1;
    if (worker == 0 && job->progress && job->progress(job->user, "encrypt", done, job->values->count))
        return cn_fail(CN_ERR_CANCELLED, "encrypt: stopped by the caller");
    return CN_OK;
}

cn_status cn_p16_encrypt(cn_p16_values **out, const cn_p16_key *key, const int64_t lut[256], const uint8_t *pixels, size_t images,
                         size_t inputs, cn_pool *pool, cn_progress_fn progress, void *user) {
    *out = NULL;
    CN_TRY(cn_p16_check_type(key->type, "encrypt: key"));
    size_t n = key->eval.y.n;
    if (images < 1 || images > n) return cn_fail(CN_ERR_SIZE, "encrypt: %zu images; expected 1 to %zu per batch", images, n);
    cn_status status = CN_OK;
    cn_rng *rng = NULL;
    encrypt_job job = {.key = key, .lut = lut, .pixels = pixels, .images = images, .progress = progress, .user = user};
    CN_CHECK(cn_p16_values_new(&job.values, inputs, key->eval.branch, 1, n));
    job.small = cn_malloc(2 * inputs, n);
    if (!job.small) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(cn_rng_new(&rng));
    for (size_t i = 0; i < 2 * inputs; i++) CN_CHECK(cn_sample_error(job.small + i * n, n, rng));
    CN_CHECK(cn_pool_run(pool, inputs, encrypt_task, &job));
    *out = job.values;
    job.values = NULL;
cleanup:
    cn_rng_free(rng);
    cn_free(job.small);
    cn_p16_values_free(job.values);
    return status;
}

/* ---- decryption ---------------------------------------------------------------------------- */

typedef struct decrypt_job {
    const cn_p16_key *key;
    const cn_p16_values *values;
    uint64_t *residues;
} decrypt_job;

/** With x the phase and m = round(t x / q):  |t v| = |t x - q m| <= q/4, or refused. */
static cn_status decrypt_task(void *arg, size_t value, unsigned worker) {
    decrypt_job *job = arg;
    const cn_ref_yashe *y = &job->key->eval.y;
    size_t n = y->n;
    uint64_t *slots = job->residues + value * n;
    mpz_t *x = cn_ref_new(n), m, v;
    bool refused = false;
    (void)worker;
    mpz_inits(m, v, NULL);
    cn_ref_yashe_phase(x, job->values->c[value], job->key->k.f, job->values->power, y);
    for (size_t k = 0; k < n; k++) {
        mpz_mul(v, x[k], y->t);
        cn_ref_round_div(m, v, y->q);
        mpz_submul(v, m, y->q);
        mpz_mul_2exp(v, v, 2);
        refused = refused || mpz_cmpabs(v, y->q) > 0;
        slots[k] = mpz_fdiv_ui(m, job->key->slots.mod.q);
    }
    cn_ntt_forward(slots, &job->key->slots);
    mpz_clears(m, v, NULL);
    cn_ref_free(x, n);
    return refused ? cn_fail(CN_ERR_NOISE, "decrypt: noise above q/(4t); the ciphertext is damaged or of another key") : CN_OK;
}

cn_status cn_p16_decrypt(uint64_t *residues, const cn_p16_values *values, const cn_p16_key *key, cn_pool *pool) {
    decrypt_job job = {.key = key, .values = values, .residues = residues};
    cn_status status = CN_OK;
    memset(residues, 0, values->count * values->n * sizeof *residues);
    CN_CHECK(cn_p16_check_type(key->type, "decrypt: key"));
    CN_CHECK(cn_p16_check_type(values->type, "decrypt: ciphertexts"));
    if (values->branch != key->eval.branch || values->n != key->eval.y.n)
        CN_CHECK(cn_fail(CN_ERR_MISMATCH, "decrypt: ciphertexts of branch %u, key of branch %u; expected the same", values->branch,
                         key->eval.branch));
    CN_CHECK(cn_pool_run(pool, values->count, decrypt_task, &job));
cleanup:
    if (status != CN_OK) memset(residues, 0, values->count * values->n * sizeof *residues);
    return status;
}

/** Garner: r_0 + t_0 ((r_1 - r_0) / t_0 mod t_1), moved into the window. */
cn_i128 cn_p16_join(const uint64_t residue[CN_P16_PLAINS], cn_i128 low, const cn_p16_params *p) {
    cn_mod m;
    cn_i128 t = cn_p16_t_product(p), x;
    cn_mod_init(&m, p->t[1]);
    uint64_t difference = cn_mod_sub(residue[1], cn_mod_reduce(residue[0], &m), &m);
    uint64_t k = cn_mod_mul(difference, cn_mod_inv_var(cn_mod_reduce(p->t[0], &m), &m), &m);
    x = ((cn_i128)residue[0] + (cn_i128)p->t[0] * (cn_i128)k - low) % t;
    return low + (x < 0 ? x + t : x);
}
