/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** bench-kernels: the time of every kernel with every instruction set that this processor runs, beside a bound from the
 *  number of instructions. Not installed: it sees internal functions.
 *
 *  The library chooses its instruction set once per process. So there is one worker process for each, forked before the
 *  choice and made to choose by CRYPTONETS_CPU; the parent asks them for one sample in turn. Every function is thus timed as
 *  the library runs it, and neighbouring samples of different instruction sets see the same disturbances. */

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/json.h"
#include "bench/timing.h"
#include "he/cipher.h"
#include "he/pack.h"
#include "nn/linear.h"
#include "util/chacha20.h"
#include "util/mem.h"

#define PROGRAM "bench-kernels"
#define N_MAX 16384
#define TERMS 4  /* of dot */
#define WORDS (2 * TERMS + 3)

/* ---- what a kernel works on ---------------------------------------------------------------- */

typedef struct work {
    const struct kernel *kernel;
    const cn_kernels *k;
    size_t n, units;            /* elements; what the bound counts */
    cn_mod q, from, t;
    cn_ntt ntt;
    uint64_t *x[WORDS];         /* n words each, reduced modulo all three */
    const uint64_t *a[TERMS], *b[TERMS];
    int8_t *small;
    uint8_t *bytes;
    cn_shoup w;
    cn_layer layer;
    cn_linear linear;
    cn_gemm gemm;
    uint64_t *in, *out;         /* a tile */
    void *scratch;
    cn_rng *rng;
    cn_context *ctx;
    cn_secret_key *sk;
    cn_relin_key *rk;
    cn_cipher *cipher;
    cn_he_scratch he;
    cn_poly phase;
} work;

/** A row of the table below. */
typedef struct kernel {
    const char *name;
    size_t n;                   /* words; 0: as many elements as the matrix has products */
    cn_status (*setup)(work *w);
    void (*run)(void *w), (*prepare)(void *w);
    unsigned bound;             /* below */
    unsigned transforms;        /* transforms of n points that the bound counts; 0: it counts elements or pairs of columns */
    unsigned weight_bits, q_bits;
} kernel;

static const uint8_t seed[CN_SEED_BYTES] = {1};

static uint64_t next_random(void) { /* splitmix64: inputs need not be better */
    static uint64_t state;
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/** Primes 1 modulo 2 N_MAX. */
static void set_moduli(work *w) {
    cn_mod_init(&w->q, w->kernel->q_bits == 31 ? 2147352577 : 70368743587841);
    cn_mod_init(&w->from, 70368743489537);
    cn_mod_init(&w->t, 68718428161);
}

static cn_status setup_words(work *w) {
    set_moduli(w);
    w->small = cn_calloc(w->n, 1);
    w->bytes = cn_calloc(w->n, 8);
    if (!w->small || !w->bytes) return CN_ERR_MEMORY;
    for (size_t i = 0; i < w->n; i++) w->small[i] = (int8_t)(next_random() % 43) - 21;
    for (unsigned j = 0; j < WORDS; j++) {
        if (!(w->x[j] = cn_calloc(w->n, sizeof *w->x[j]))) return CN_ERR_MEMORY;
        for (size_t i = 0; i < w->n; i++) w->x[j][i] = next_random() % w->t.q; /* the smallest of the moduli */
    }
    for (unsigned j = 0; j < TERMS; j++) w->a[j] = w->x[3 + j], w->b[j] = w->x[3 + TERMS + j];
    w->w = cn_shoup_init_var(next_random() % w->q.q, &w->q);
    cn_pack(w->bytes, w->x[1], w->n, &w->q);
    CN_TRY(cn_rng_new(&w->rng));
    return w->kernel->transforms ? cn_ntt_init(&w->ntt, w->n, w->q.q) : CN_OK;
}

/** The first convolution of CryptoNets, or its first dense layer, on one tile. */
static cn_status setup_matrix(work *w) {
    bool conv = strcmp(w->kernel->name, "conv") == 0;
    cn_layer *l = &w->layer;
    size_t products = 0;
    set_moduli(w);
    *l = conv ? (cn_layer){.type = CN_LAYER_CONV, .kernel = 5, .stride = 2, .pad_left = 1, .pad_top = 1}
              : (cn_layer){.type = CN_LAYER_DENSE};
    CN_TRY(cn_layer_alloc(l, conv ? 5 : 100, conv ? 25 : 845));
    uint64_t reach = ((uint64_t)1 << (w->kernel->weight_bits - 1)) - 1;
    for (size_t i = 0; i < l->weight_count; i++) l->weight[i] = (int64_t)(next_random() % (2 * reach + 1)) - (int64_t)reach;
    CN_TRY(cn_layer_finish(l, 1, conv ? (cn_shape){1, 28, 28} : (cn_shape){845, 1, 1}, 1));
    CN_TRY(cn_linear_from_layer(&w->linear, l));
    CN_TRY(cn_gemm_init(&w->gemm, &w->linear.m));
    const cn_matrix *m = &w->linear.m;
    w->in = cn_calloc(m->cols * CN_TILE, sizeof *w->in);
    w->out = cn_calloc(m->rows * CN_TILE, sizeof *w->out);
    w->scratch = cn_calloc(cn_gemm_scratch_bytes(&w->gemm), 1);
    if (!w->in || !w->out || !w->scratch) return CN_ERR_MEMORY;
    for (size_t i = 0; i < m->cols * CN_TILE; i++) w->in[i] = next_random() % w->q.q;
    for (size_t g = 0; g < w->gemm.groups; g++) products += w->gemm.group[g].rows * w->gemm.group[g].pairs;
    w->units = products;
    w->n = (size_t)m->start[m->rows] * CN_TILE;
    return CN_OK;
}

/** Four primes, 157 bits, n = 8192; a ciphertext and all keys. */
static cn_status setup_scheme(work *w) {
    const cn_params p = {.n = w->n, .limbs = 4, .q = {70368743669761, 137438822401, 137438773249, 137438691329},
                         .plains = 1, .t = {68719230977}};
    CN_TRY(setup_words(w));
    CN_TRY(cn_context_new(&w->ctx, &p));
    CN_TRY(cn_secret_key_new(&w->sk, w->ctx));
    CN_TRY(cn_relin_key_new(&w->rk, w->sk, w->ctx));
    CN_TRY(cn_encrypt_secret(&w->cipher, NULL, 0, 0, w->sk, w->ctx));
    CN_TRY(cn_poly_init(&w->phase, &w->ctx->ring, p.limbs, false, CN_NTT));
    return cn_he_scratch_init(&w->he, w->ctx);
}

static void clear_work(work *w) {
    cn_ntt_clear(&w->ntt);
    for (unsigned j = 0; j < WORDS; j++) cn_free(w->x[j]);
    cn_free(w->small), cn_free(w->bytes), cn_free(w->in), cn_free(w->out), cn_free(w->scratch);
    cn_free(w->layer.weight), cn_free(w->layer.bias);
    cn_gemm_clear(&w->gemm);
    cn_linear_clear(&w->linear);
    cn_rng_free(w->rng);
    cn_poly_clear(&w->phase);
    cn_he_scratch_clear(&w->he);
    cn_cipher_free(w->cipher);
    cn_relin_key_free(w->rk);
    cn_secret_key_free(w->sk);
    cn_context_free(w->ctx);
}

/* ---- the kernels ---------------------------------------------------------------------------- */

#define RUN(name, ...)             \
    static void run_##name(void *arg) { \
        work *w = arg;             \
        uint64_t **x = w->x;       \
        (void)x;                   \
        __VA_ARGS__;               \
    }

RUN(ntt_forward, w->k->ntt_forward(x[0], &w->ntt))
RUN(ntt_inverse, w->k->ntt_inverse(x[0], &w->ntt))
RUN(mul, w->k->mul(x[0], x[1], x[2], w->n, &w->q))
RUN(mul_add, w->k->mul_add(x[0], x[1], x[2], w->n, &w->q))
RUN(dot, w->k->dot(x[0], w->a, w->b, TERMS, w->n, &w->q))
RUN(scale, w->k->scale(x[0], x[1], w->w, w->n, &w->q))
RUN(sub_scale, w->k->sub_scale(x[0], x[1], w->w, w->n, &w->q))
RUN(lift, static const cn_digit whole = {.mask = -1}; w->k->lift(x[0], x[1], &whole, &w->from, w->n, &w->q))
RUN(encode, w->k->encode(x[0], x[1], w->small, w->w, &w->t, w->n, &w->q))
RUN(square, w->k->square(x[0], x[1], x[2], x[3], x[4], w->w, w->n, &w->q))
RUN(linear, w->k->linear(w->out, CN_TILE, w->in, CN_TILE, NULL, &w->gemm, &w->q, w->scratch))
RUN(chacha20, cn_chacha20_blocks((uint8_t *)x[0], 8 * w->n / CN_CHACHA20_BLOCK_BYTES, seed, seed, 0))
RUN(sample_uniform, cn_sample_uniform_var(x[0], w->n, &w->q, seed, CN_ROLE_CIPHERTEXT, 0, 0))
RUN(sample_error, if (cn_sample_error(w->small, w->n, w->rng) != CN_OK) abort())
RUN(pack, cn_pack(w->bytes, x[0], w->n, &w->q))
RUN(unpack, if (!cn_unpack(x[1], w->bytes, w->n, &w->q)) abort())
RUN(key_switch, cn_relin_core(w->cipher, w->rk, &w->he, w->ctx))
RUN(mod_switch, cn_switch_core(w->cipher, 3, &w->he, w->ctx))
RUN(encrypt, cn_encrypt_secret_core(w->cipher->part, x[0], w->small, seed, 0, 0, w->sk, w->ctx))
RUN(decrypt, cn_phase(&w->phase, w->cipher, w->sk, w->ctx); cn_decode_phase(x[0], &w->phase, 1, 0, w->ctx))

/** Give the ciphertext back what a key switch or a modulus switch takes from it. Zeros do: time does not depend on them. */
static void restore(void *arg) {
    work *w = arg;
    cn_cipher *c = w->cipher;
    if (!c->part[2].c && cn_poly_init(&c->part[2], &w->ctx->ring, 4, false, CN_NTT) != CN_OK) abort();
    for (c->power = 2, c->parts = 0; c->parts < 3; c->parts++) c->part[c->parts].limbs = 4;
}
static void restore_two(void *arg) {
    restore(arg);
    ((work *)arg)->cipher->parts = 2, ((work *)arg)->cipher->power = 1;
}

/* ---- bounds ---------------------------------------------------------------------------------
 * Vector instructions that a kernel's inner loop cannot do without, per unit, and how many of them start in a cycle. Loads,
 * stores, shuffles of data and what happens outside of the inner loop are left out: a bound is below what can be reached. */

enum { NONE, FORWARD, INVERSE, MUL, MUL_ADD, SCALE, SUB_SCALE, LIFT, ENCODE, SQUARE, PAIRS_3, PAIRS_2, STREAM, BOUNDS };

/** Per block of units: instructions of all kinds, and those among them that only two execution ports take. */
typedef struct bound {
    double block, all, paired;
} bound;

/* Transforms; a unit is a butterfly (a, b) -> (a + w b, a - w b), a vector has 4 or 8.
 *   AVX2, double precision: h = w b, l = fma(w, b, -h), c = fma(w/q, b, 1.5 2^52) - 1.5 2^52, r = fma(-c, q, h) + l: 6
 *     instructions, 4 of them multiply, which two ports do; then a sum and a difference.
 *   AVX-512: vpmadd52hi for the quotient, vpmadd52lo for w b on top of a and for the quotient times -q, and two for sum and
 *     difference: 5; the inverse takes sum and difference first, one of which needs a multiple of q added: 6.
 * Words, AVX2 only: 4 to a vector, as double-precision numbers: 2 instructions in (or, sub), 5 out (compare, and, add for the
 *   sign; add, xor), 6 for a product as above.
 *   mul 2 2 + 6 + 5, scale 2 + 6 + 5, sub_scale 2 2 + 1 + 6 + 5, mul_add 3 2 + 6 + 2 + 5; square 2 2 + 5 6 + 1 + 3 5;
 *   lift 2 + 3 to centre + 3 to reduce (2 of them multiply) + 5; encode 2 + 3 + 6 + 2 for the error + 1 + 5.
 * Linear maps; a unit is a pair of columns in one row, at 16 points, with 3 (2) digits of 16 bits.
 *   AVX2: vpmaddwd, which two ports take, and vpaddd, for 2 vectors of each digit.  AVX-512: a vpdpwssd for each digit.
 * ChaCha20, also as the source of the samplers; a unit is 8 bytes, 8 (16) blocks of 64 bytes stand side by side.
 *   80 quarter rounds of 4 additions, 4 exclusive ors and 4 rotations, and 16 additions. AVX2: rotations by 16 and 8 are byte
 *   shuffles, those by 12 and 7 two shifts and an or; shuffles and shifts go to two ports. AVX-512 has rotations. */
static const bound bounds[BOUNDS][CN_ISAS] = {
    [FORWARD] = {[CN_ISA_AVX2] = {4, 8, 4}, [CN_ISA_AVX512IFMA] = {8, 5, 5}},
    [INVERSE] = {[CN_ISA_AVX2] = {4, 8, 4}, [CN_ISA_AVX512IFMA] = {8, 6, 6}},
    [MUL] = {[CN_ISA_AVX2] = {4, 15, 4}},
    [MUL_ADD] = {[CN_ISA_AVX2] = {4, 19, 4}},
    [SCALE] = {[CN_ISA_AVX2] = {4, 13, 4}},
    [SUB_SCALE] = {[CN_ISA_AVX2] = {4, 16, 4}},
    [LIFT] = {[CN_ISA_AVX2] = {4, 13, 2}},
    [ENCODE] = {[CN_ISA_AVX2] = {4, 19, 4}},
    [SQUARE] = {[CN_ISA_AVX2] = {4, 50, 20}},
    [PAIRS_3] = {[CN_ISA_AVX2] = {1, 12, 6}, [CN_ISA_AVX512IFMA] = {1, 3, 3}},
    [PAIRS_2] = {[CN_ISA_AVX2] = {1, 8, 4}, [CN_ISA_AVX512IFMA] = {1, 2, 2}},
    [STREAM] = {[CN_ISA_AVX2] = {64, 80 * 16 + 16, 80 * 6}, [CN_ISA_AVX512IFMA] = {128, 80 * 12 + 16, 80 * 4}},
};

/** Vector instructions that start per cycle: of 256 bits 4 on Zen and 3 on Intel's cores, of 512 bits 2. */
static double issue_width(cn_isa isa) {
#if CN_HAVE_X86
    __builtin_cpu_init();
    if (isa == CN_ISA_AVX2 && __builtin_cpu_is("amd")) return 4;
#endif
    return isa == CN_ISA_AVX2 ? 3 : 2;
}

/** Least cycles for that many units; NAN: not known. */
static double bound_cycles(const kernel *k, cn_isa isa, size_t units) {
    const bound *b = &bounds[k->bound][isa];
    double cycles = CN_MAX(b->all / issue_width(isa), b->paired / 2);
    return b->block > 0 ? (double)units / b->block * cycles : (double)NAN;
}

static const kernel kernels[] = {
    /* name, words, setup, run, prepare, bound, transforms, bits */
    {"ntt_forward", 4096, setup_words, run_ntt_forward, NULL, FORWARD, 1, 0, 46},
    {"ntt_forward", 8192, setup_words, run_ntt_forward, NULL, FORWARD, 1, 0, 46},
    {"ntt_forward", 16384, setup_words, run_ntt_forward, NULL, FORWARD, 1, 0, 46},
    {"ntt_inverse", 4096, setup_words, run_ntt_inverse, NULL, INVERSE, 1, 0, 46},
    {"ntt_inverse", 8192, setup_words, run_ntt_inverse, NULL, INVERSE, 1, 0, 46},
    {"ntt_inverse", 16384, setup_words, run_ntt_inverse, NULL, INVERSE, 1, 0, 46},
#define WORDWISE(name, bound)                                      \
    {#name, 1024, setup_words, run_##name, NULL, bound, 0, 0, 46}, \
    {#name, 8192, setup_words, run_##name, NULL, bound, 0, 0, 46}
    WORDWISE(mul, MUL), /* 1024 words lie in the first-level cache, 8192 do not */
    WORDWISE(mul_add, MUL_ADD),
    WORDWISE(dot, NONE),
    WORDWISE(scale, SCALE),
    WORDWISE(sub_scale, SUB_SCALE),
    WORDWISE(lift, LIFT),
    WORDWISE(encode, ENCODE),
    WORDWISE(square, SQUARE),
    {"gemm", 0, setup_matrix, run_linear, NULL, PAIRS_3, 0, 2, 46},
    {"gemm_8bit", 0, setup_matrix, run_linear, NULL, PAIRS_3, 0, 8, 46},
    {"gemm_31bit", 0, setup_matrix, run_linear, NULL, PAIRS_2, 0, 2, 31},
    {"conv", 0, setup_matrix, run_linear, NULL, PAIRS_3, 0, 2, 46},
    {"chacha20", 8192, setup_words, run_chacha20, NULL, STREAM, 0, 0, 46},
    {"sample_uniform", 8192, setup_words, run_sample_uniform, NULL, STREAM, 0, 0, 46},
    {"sample_error", 8192, setup_words, run_sample_error, NULL, STREAM, 0, 0, 46},
    {"pack", 8192, setup_words, run_pack, NULL, NONE, 0, 0, 46},
    {"unpack", 8192, setup_words, run_unpack, NULL, NONE, 0, 0, 46},
    /* With 4 primes, bounded by their transforms alone: 4 inverse and 12 forward; 1 and 3 for each of two parts; 1 modulo t
     * and 4; 4 and 1 modulo t. */
    {"key_switch", 8192, setup_scheme, run_key_switch, restore, FORWARD, 16, 0, 46},
    {"mod_switch", 8192, setup_scheme, run_mod_switch, restore_two, FORWARD, 8, 0, 46},
    {"encrypt", 8192, setup_scheme, run_encrypt, NULL, FORWARD, 5, 0, 46},
    {"decrypt", 8192, setup_scheme, run_decrypt, NULL, FORWARD, 5, 0, 46},
};
#define KERNELS CN_ARRAY_LEN(kernels)

/* ---- workers --------------------------------------------------------------------------------- */

/** What a worker is asked for, one sample, and what it answers. */
typedef struct question {
    size_t number, round;       /* of the kernel, of the sample */
} question;

typedef struct answer {
    double ns;                  /* per run */
    size_t n, units;
} answer;

typedef struct worker {
    cn_isa isa;
    pid_t pid;
    int link;                   /* socket to it */
} worker;

static cn_status start_kernel(work *w, const kernel *k) {
    *w = (work){.kernel = k, .k = cn_kernels_get(), .n = k->n, .units = k->n};
    size_t log_n = 0;
    while (k->transforms && (size_t)2 << log_n <= k->n) log_n++;
    if (k->transforms) w->units = k->transforms * (k->n / 2) * log_n;
    return k->setup(w);
}

/** Set up kernel k in place of what w holds.  Returns: whether all went well. */
static bool change_kernel(work *w, cn_timed *timed, const kernel *k, cn_isa isa) {
    clear_work(w);
    if (cn_isa_chosen() != isa || start_kernel(w, k) != CN_OK) {
        fprintf(stderr, PROGRAM ": %s, %s: %s\n", k->name, cn_isa_name(isa), cn_error_text());
        return false;
    }
    *timed = (cn_timed){.run = k->run, .prepare = k->prepare, .arg = w};
    return true;
}

/** Answer until the parent closes its end.  Returns: an exit code. */
static int serve(int link, cn_isa isa) {
    static work w;
    cn_timed timed;
    question q;
    setenv("CRYPTONETS_CPU", cn_isa_name(isa), 1);
    while (recv(link, &q, sizeof q, 0) == (ssize_t)sizeof q) {
        if (w.kernel != &kernels[q.number] && !change_kernel(&w, &timed, &kernels[q.number], isa)) return 1;
        cn_timing_move(q.round);
        answer a = {.ns = cn_timing_sample(&timed), .n = w.n, .units = w.units};
        if (send(link, &a, sizeof a, MSG_NOSIGNAL) != (ssize_t)sizeof a) break;
    }
    clear_work(&w);
    return 0;
}

/** Start one worker for each instruction set that runs here.  Returns: how many; 0 on failure. */
static size_t start_workers(worker *w) {
    size_t count = 0;
    for (unsigned isa = 0; isa < CN_ISAS; isa++) {
        int end[2];
        if (!cn_isa_runs((cn_isa)isa)) continue;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end) != 0) return 0;
        pid_t pid = fork();
        if (pid < 0) return 0;
        if (pid == 0) {
            close(end[0]);
            for (size_t i = 0; i < count; i++) close(w[i].link);
            exit(serve(end[1], (cn_isa)isa));
        }
        close(end[1]);
        w[count++] = (worker){(cn_isa)isa, pid, end[0]};
    }
    return count;
}

static bool ask(answer *a, const worker *w, question q) {
    return send(w->link, &q, sizeof q, MSG_NOSIGNAL) == (ssize_t)sizeof q &&
           recv(w->link, a, sizeof *a, 0) == (ssize_t)sizeof *a;
}

/** Returns: whether all ended well. */
static bool stop_workers(worker *w, size_t count) {
    bool good = true;
    for (size_t i = 0; i < count; i++) close(w[i].link);
    for (size_t i = 0; i < count; i++) {
        int code;
        good &= waitpid(w[i].pid, &code, 0) == w[i].pid && WIFEXITED(code) && WEXITSTATUS(code) == 0;
    }
    return good;
}

/* ---- results --------------------------------------------------------------------------------- */

/** All samples of one kernel, one row for each instruction set. */
typedef struct samples {
    double ns[CN_ISAS][CN_TIMING_SAMPLES];
    size_t n, units, count;
} samples;

static bool take_samples(samples *s, const worker *w, size_t workers, size_t number) {
    for (size_t round = 0; round < s->count; round++)
        for (size_t i = 0; i < workers; i++) {
            answer a;
            if (!ask(&a, &w[i], (question){number, round})) return false;
            s->ns[i][round] = a.ns, s->n = a.n, s->units = a.units;
        }
    return true;
}

static void number_or_dash(int width, int digits, double x) {
    if (isnan(x)) printf(" %*s", width, "-");
    else printf(" %*.*f", width, digits, x);
}

/** One line of the table and one record, the samples of one instruction set. */
static void report(cn_json *j, const kernel *k, const worker *w, samples *s, size_t i, double ghz) {
    double ratio[CN_TIMING_SAMPLES];
    for (size_t r = 0; r < s->count; r++) ratio[r] = s->ns[0][r] / s->ns[i][r]; /* of one round */
    double faster = cn_timing_median(ratio, s->count), least = cn_timing_min(s->ns[i], s->count);
    double copy[CN_TIMING_SAMPLES];
    memcpy(copy, s->ns[i], sizeof copy);
    double median = cn_timing_median(copy, s->count), cycles = least * ghz / (double)s->n;
    double limit = bound_cycles(k, w->isa, s->units) / ghz;
    printf("%-15s %8zu %-10s %11.1f %11.1f %9.3f", k->name, s->n, cn_isa_name(w->isa), least, median, cycles);
    number_or_dash(11, 1, limit);
    number_or_dash(5, 2, limit / least);
    printf(" %6.2f\n", faster);
    if (!j->out) return;
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "name", k->name);
    cn_json_text(j, "isa", cn_isa_name(w->isa));
    cn_json_integer(j, "n", s->n);
    cn_json_number(j, "ns_min", least);
    cn_json_number(j, "ns_median", median);
    cn_json_number(j, "cycles_per_element", cycles);
    cn_json_number(j, "bound_ns", limit);
    cn_json_number(j, "fraction", limit / least);
    cn_json_number(j, "ratio_to_portable", faster);
    cn_json_close(j, '}');
}

static bool wanted(const cn_timing_options *o, const kernel *k) { return !o->only || strcmp(o->only, k->name) == 0; }

/** Returns: whether all went well. */
static bool run_all(const cn_timing_options *o, const worker *w, size_t workers) {
    char cpu[128];
    double ghz = cn_timing_ghz();
    cn_json json = {.out = o->json}, *j = &json;
    cn_timing_cpu(cpu, sizeof cpu);
    if (j->out) {
        cn_json_open(j, NULL, '{');
        cn_json_text(j, "version", cn_version());
        cn_json_text(j, "cpu", cpu);
        cn_json_number(j, "core_ghz", ghz);
        cn_json_integer(j, "samples", cn_timing_samples(o));
        cn_json_open(j, "kernels", '[');
    }
    printf("%s, %.3f GHz, %zu samples; times in ns\n", cpu, ghz, cn_timing_samples(o));
    printf("%-15s %8s %-10s %11s %11s %9s %11s %5s %6s\n", "kernel", "n", "isa", "min", "median", "cycles/n", "bound", "frac",
           "faster");
    for (size_t number = 0; number < KERNELS; number++) {
        samples s = {.count = cn_timing_samples(o)};
        if (!wanted(o, &kernels[number])) continue;
        if (!take_samples(&s, w, workers, number)) return false;
        for (size_t i = 0; i < workers; i++) report(j, &kernels[number], &w[i], &s, i, ghz);
        fflush(stdout);
    }
    if (j->out) cn_json_close(j, ']'), cn_json_close(j, '}');
    return true;
}

int main(int argc, char **argv) {
    cn_timing_options o;
    int code = cn_timing_parse(&o, argc, argv, PROGRAM,
                               "Time every kernel with every instruction set that this processor runs.\n");
    if (code >= 0) return code;
    size_t known = 0, workers;
    worker w[CN_ISAS];
    for (size_t i = 0; i < KERNELS; i++) known += wanted(&o, &kernels[i]);
    if (!known) return cn_timing_unknown(&o);
    workers = start_workers(w); /* before anything chooses an instruction set, or is printed */
    if (cn_timing_open(&o) != 0) return stop_workers(w, workers), 1;
    bool good = workers && run_all(&o, w, workers);
    good &= stop_workers(w, workers);
    if (!good) fprintf(stderr, PROGRAM ": a worker process failed\n");
    return cn_timing_finish(&o) != 0 || !good;
}
