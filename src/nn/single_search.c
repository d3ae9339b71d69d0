/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The search for a packed plan: ring degrees, plaintext primes, layouts of the first layer, special primes, levels. Cheapest by the
 *  fixed reference costs among those within the security table, the failure probability and the caps on bytes.
 *
 *  Levels: one group of primes is dropped after the sum of each layer, one after each square that is relinearised (or none there), the rest is
 *  kept. As in batched plans a group's bits follow from the forecast: it brings the noise to 2^-balance of the switching floor. */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arith/prime.h"
#include "he/params.h"
#include "nn/single_search.h"
#include "util/mem.h"
#include "util/status.h"

#define BITS_MAX 45.99
#define BITS_MIN 17.0
#define SPECIAL_BITS_MAX 46
#define SPECIAL_BITS_MIN 18
#define GROUPS_MAX (2 * CN_SINGLE_LAYERS_MAX)
#define LOG2_Q_LEAST 60 /* no network with a square takes less */
#define SAMPLE 4 /* plaintexts of each layer that tell whether to look at the others */

/** Levels in the making. */
typedef struct draft {
    cn_single_plan *plan;
    double (*norm)[CN_SINGLE_LAYERS_MAX];
    double log2_z;
    bool late;              /* rotations come after the switch that follows a square, */
    double late_balance;    /* which brings the noise to 2^-late_balance of the switching floor: a key switch adds noise itself */
    unsigned kept, reply;   /* primes of the kept group at least; of the reply */
    unsigned groups;
    double bits[GROUPS_MAX];
    unsigned primes[GROUPS_MAX];
} draft;

static bool taken(const cn_params *p, unsigned limbs, uint64_t q) {
    bool found = q == p->special;
    for (unsigned i = 0; i < limbs; i++) found |= p->q[i] == q;
    for (unsigned j = 0; j < p->plains; j++) found |= p->t[j] == q;
    return found;
}

/** Primes of all groups and the levels of all layers. Odd numbers of the right size serve while the bits still move. */
static bool set_primes(draft *d, bool real) {
    cn_params *p = &d->plan->base.params;
    unsigned at = 0;
    for (unsigned g = 0; g < d->groups; g++) {
        if (!(d->bits[g] >= 0 && d->bits[g] <= CN_LIMBS_MAX * BITS_MAX)) return false;
        unsigned count = (unsigned)ceil(d->bits[g] / BITS_MAX);
        if (g == 0) count = CN_MAX(count, d->kept);
        if (at + count > CN_LIMBS_MAX) return false;
        d->primes[g] = count;
        if (!count) continue;
        double each = ceil(fmax(d->bits[g] / count, BITS_MIN) * 256) / 256; /* to 1/256 bit, as in batched plans */
        uint64_t from = (uint64_t)ceil(exp2(each));
        for (unsigned i = 0; i < count; i++, at++) {
            do {
                from = real ? cn_prime_above_var(from + 1, (uint64_t)1 << CN_LIMB_BITS_MAX, 2 * p->n) : from | 1;
            } while (real && from && taken(p, at, from));
            if (!from) return false;
            p->q[at] = from;
        }
    }
    p->limbs = at;
    cn_single_layer *layer = d->plan->layer;
    for (unsigned l = 0, g = d->groups; l < d->plan->layers; l++) {
        bool last = l + 1 == d->plan->layers;
        layer[l].limbs = at;
        if (!last) at -= d->primes[--g];
        layer[l].after = last ? CN_MIN(d->reply, at) : at;
        if (l + 2 < d->plan->layers) at -= d->primes[--g];
    }
    return true;
}

/** Find the bits of all groups for one balance.  Returns: whether they settle; with numbers in place of primes where log2(QP) is above limit
 *  anyway. */
static bool settle(draft *d, double limit, double balance) {
    cn_single_plan *p = d->plan;
    double floor_bits = cn_noise_log2(cn_noise_switch_floor(p->base.params.n, 2)), before[GROUPS_MAX];
    d->groups = 2 * p->layers - 2; /* kept; backwards: after the sum of the last but one layer, before that layer, ... after the first sum */
    if (d->groups > GROUPS_MAX) return false;
    for (unsigned g = 0; g < d->groups; g++) d->bits[g] = 40;
    for (int round = 0; round < 60; round++) {
        bool real = round >= 20;
        if (real && cn_params_log2_qp(&p->base.params) > limit + 1) return true;
        if (!set_primes(d, real)) return false;
        cn_single_forecast(p, d->norm);
        double missing = d->log2_z - p->headroom, moved = 0;
        if (real && missing <= 0) return true;
        if (real) {
            d->bits[0] += missing + 0.01;
            continue;
        }
        memcpy(before, d->bits, sizeof before);
        for (unsigned l = 0, g = d->groups; l + 1 < p->layers; l++) {
            d->bits[--g] = fmax(p->layer[l].noise[CN_SINGLE_FOLDED] - floor_bits + balance, BITS_MIN);
            if (l + 2 < p->layers) d->bits[--g] = d->late ? fmax(p->layer[l].noise[CN_SINGLE_SQUARE] - floor_bits + d->late_balance, BITS_MIN) : 0;
        }
        d->bits[0] = fmax(d->bits[0] + missing, BITS_MIN);
        for (unsigned g = 0; g < d->groups; g++) moved = fmax(moved, fabs(d->bits[g] - before[g]));
        if (moved < 1e-3) round = CN_MAX(round, 19);
    }
    return false;
}

static bool needs_keys(const cn_single_plan *p) {
    bool keys = false;
    for (unsigned l = 0; l < p->layers; l++) keys |= p->layer[l].turns > 1 || p->layer[l].folds || p->layer[l].relinearise;
    return keys;
}

/** The largest prime below 2^bits that is none of the t; 0 if there is none from 2^16 on. */
static uint64_t special_prime(const cn_params *p, unsigned bits) {
    uint64_t q = (uint64_t)1 << bits;
    bool is_plain = true;
    while (q && is_plain) {
        q = cn_prime_below_var(q - 1, (uint64_t)1 << 16, 2 * p->n);
        is_plain = false;
        for (unsigned j = 0; j < p->plains; j++) is_plain |= p->t[j] == q;
    }
    return q;
}

/** Settle with the largest special prime that leaves room for the others.  Returns: log2(QP), the least that was seen if none fits. */
static double fit_special(draft *d, bool keys, double limit, double balance) {
    cn_params *p = &d->plan->base.params;
    double least = HUGE_VAL;
    unsigned special = keys ? SPECIAL_BITS_MAX : 0;
    for (;;) {
        p->special = special ? special_prime(p, special) : 0;
        if ((special && !p->special) || !settle(d, limit, balance)) return least;
        double qp = cn_params_log2_qp(p);
        least = fmin(least, qp);
        if (qp <= limit - 1e-6) return qp;
        unsigned over = (unsigned)ceil(fmin(qp - limit, 40)); /* with a smaller one there may be more noise, so this is the least step */
        if (!special || special < SPECIAL_BITS_MIN + over) return least;
        special -= CN_MAX(over, 1u);
    }
}

/** Try all levels for one layout.  Out: *best the cheapest, if *found; *least the fewest bits of QP seen. */
static void try_levels(cn_single_plan *p, bool *found, double *least, double (*norm)[CN_SINGLE_LAYERS_MAX], cn_single_plan *best) {
    size_t n = p->base.params.n;
    double limit = cn_security_max_log2_qp(n, CN_SECURITY_BITS), z = cn_single_quantile(p);
    bool keys = needs_keys(p);
    for (unsigned variant = 0; variant < 32; variant++) {
        draft d = {.plan = p, .norm = norm, .log2_z = log2(z), .late = variant % 4 > 0, .late_balance = -5.0 * (variant % 4) + 5,
                   .reply = variant & 4 ? CN_LIMBS_MAX : 1, .kept = 1 + variant / 8};
        if (d.late && p->layers == 2) continue; /* no square that is relinearised but for the last one */
        for (double balance = -1; balance <= 3; balance += 2) {
            double qp = fit_special(&d, keys, limit, balance);
            *least = fmin(*least, qp);
            if (qp > limit - 1e-6) continue;
            p->cost = cn_single_cost(p);
            if (*found && p->cost >= best->cost * 0.999) continue;
            p->quantile = z;
            memcpy(best, p, sizeof *best); /* shares the layouts */
            *found = true;
        }
        if (variant == 7 && *least > limit + 30) return; /* hopeless: more primes of the same bits do not change that */
    }
}

/** Levels for the layouts of p by the norms of most plaintexts of each layer, bytes, caps. Out: *least as try_levels has it. */
static cn_status try_layouts(cn_single_plan *p, const cn_program *prog, const cn_ntt *t, size_t most, cn_single_verdict *verdict, double *least) {
    double norm[CN_PLAINS_MAX][CN_SINGLE_LAYERS_MAX];
    cn_single_plan best;
    bool found = false;
    verdict->fits = false;
    *least = HUGE_VAL;
    CN_TRY(cn_single_norms(norm, p, prog, t, most));
    try_levels(p, &found, least, norm, &best);
    if (!found) {
        snprintf(verdict->reason, sizeof verdict->reason, "needs log2(QP) = %.0f, security allows %u", fmin(*least, 9999),
                 cn_security_max_log2_qp(p->base.params.n, CN_SECURITY_BITS));
        return CN_OK;
    }
    *p = best;
    CN_TRY(cn_single_finish(p));
    const cn_single_options *o = &p->options;
    if (p->upload > o->upload_max)
        snprintf(verdict->reason, sizeof verdict->reason, "uploads %.2f MiB, at most %.2f", p->upload / 1048576.0, o->upload_max / 1048576.0);
    else if (p->keys > o->key_max)
        snprintf(verdict->reason, sizeof verdict->reason, "keys of %.1f MiB, at most %.1f", p->keys / 1048576.0, o->key_max / 1048576.0);
    else
        verdict->fits = true;
    return CN_OK;
}

cn_status cn_single_try(cn_single_plan *p, const cn_program *prog, const cn_single_choice *choice, const cn_ntt *t, double beat,
                        cn_single_verdict *verdict) {
    double least;
    verdict->fits = false;
    cn_status status = cn_single_lay_out(p, prog, choice);
    if (status == CN_ERR_UNSUPPORTED) {
        snprintf(verdict->reason, sizeof verdict->reason, "%.150s", cn_error_text());
        return CN_OK;
    }
    CN_TRY(status);
    double bytes = (double)p->base.params.plains * p->layer[0].inputs * (double)p->base.params.n / 8 * LOG2_Q_LEAST; /* saves a search */
    if (bytes > (double)p->options.upload_max) {
        snprintf(verdict->reason, sizeof verdict->reason, "uploads more than %.2f MiB, at most %.2f", bytes / 1048576,
                 p->options.upload_max / 1048576.0);
        return CN_OK;
    }
    double limit = cn_security_max_log2_qp(p->base.params.n, CN_SECURITY_BITS);
    CN_TRY(try_layouts(p, prog, t, SAMPLE, verdict, &least));
    bool hopeless = !verdict->fits && (least > limit + 1 || least < limit), dear = verdict->fits && p->cost >= beat;
    return hopeless || dear ? CN_OK : try_layouts(p, prog, t, SIZE_MAX, verdict, &least);
}
