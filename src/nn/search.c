/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The parameter search of the planner.
 *
 *  For every ring degree n and every number J of plaintext primes: take the smallest J primes that carry the score window, then
 *  find the smallest primes q that carry the noise. Level structure: one group of primes is dropped after each segment, the rest
 *  is kept. A group's bits follow from the forecast: the group dropped after a segment brings its noise to 2^-balance of the
 *  switching floor; the kept group is what the headroom of the scores asks for. The search walks over balance and key-switching
 *  digit widths and keeps the cheapest admissible set, by the costs of the plan (cost.h). */

#include <math.h>
#include <string.h>

#include "arith/prime.h"
#include "he/params.h"
#include "nn/plan.h"
#include "util/status.h"

#define WIDE_BITS_MAX 45.99   /* per prime: q < 2^46 */
#define SHORT_BITS_MAX 31.99  /* below CN_GEMM_TWO_DIGITS_MAX: cheaper linear maps, more primes */
#define PRIME_BITS_MIN 17.0
#define HOPELESS_BITS 9999.0   /* what a refusal says at most */
#define GROUPS_MAX (CN_SEGMENTS_MAX + 1)

/** A candidate in the making: bits and primes of each group; group 0 is kept to the end, group g > 0 is dropped after
 *  segment groups - g, so that primes leave from the end of the list. There are as many groups as segments; with model privacy one
 *  more, for the last segment drops its group as well, once the replies have been flooded. */
typedef struct draft {
    unsigned groups;
    double cap[GROUPS_MAX];   /* most bits of a prime */
    double bits[GROUPS_MAX];
    unsigned primes[GROUPS_MAX];
    cn_params params;
    cn_schedule schedule;
    cn_forecast forecast;
} draft;

/** Why nothing fitted, for the refusal: the nearest miss. */
typedef struct miss {
    size_t n;
    double log2_qp;
    unsigned limit;
    bool too_many_primes;
} miss;

bool cn_plan_plain_primes(cn_params *p, cn_i128 window_t) {
    double target = log2((double)window_t);
    unsigned count = p->plains;
    uint64_t step = 2 * p->n, limit = (uint64_t)1 << CN_PLAIN_BITS_MAX;
    if (target / count >= CN_PLAIN_BITS_MAX) return false;
    uint64_t low = count == 1 ? (uint64_t)window_t : (uint64_t)exp2(target / count);
    for (;;) { /* a window of consecutive primes; slide its lower end down until the product would fall below the target */
        uint64_t t = low, product_ok = 1;
        cn_u128 product = 1;
        for (unsigned j = 0; j < count; j++) {
            t = cn_prime_above_var(t, limit, step);
            if (!t) return false;
            p->t[j] = t++;
            product_ok &= product < ((cn_u128)1 << 126) / p->t[j];
            product *= p->t[j];
        }
        if (!product_ok) return false;
        if (product < (cn_u128)window_t) return false; /* cannot happen: all primes are at least the root */
        if (count == 1) return true;
        /* try replacing the largest prime by the next one below the window */
        uint64_t below = cn_prime_below_var(p->t[0] - 1, step + 1, step);
        if (!below || product / p->t[count - 1] * below < (cn_u128)window_t) return true;
        low = below;
    }
}

/** Lay out the limbs from the groups' bits. Fake primes (odd numbers of the right size) serve while the bits still move. */
static bool lay_out(draft *d, bool real) {
    cn_params *p = &d->params;
    unsigned at = 0;
    for (unsigned g = 0; g < d->groups; g++) {
        if (!(d->bits[g] <= CN_LIMBS_MAX * d->cap[g])) return false; /* also infinite, or not a number */
        unsigned count = CN_MAX(1u, (unsigned)ceil(d->bits[g] / d->cap[g]));
        /* to 1/256 bit: primes do not hang on the last digit of a logarithm */
        double each = ceil(fmax(d->bits[g] / count, PRIME_BITS_MIN) * 256) / 256;
        if (at + count > CN_LIMBS_MAX) return false;
        d->primes[g] = count;
        uint64_t from = (uint64_t)ceil(exp2(each));
        for (unsigned i = 0; i < count; i++, at++) {
            if (!real) {
                p->q[at] = from | 1;
                continue;
            }
            for (bool taken = true; taken;) {
                from = cn_prime_above_var(from, (uint64_t)1 << CN_LIMB_BITS_MAX, 2 * p->n);
                if (!from) return false;
                taken = false;
                for (unsigned k = 0; k < at; k++) taken |= p->q[k] == from;
                for (unsigned k = 0; k < p->plains; k++) taken |= p->t[k] == from;
                p->q[at] = from++;
            }
        }
    }
    p->limbs = at;
    for (unsigned s = 0, left = at; s < d->groups; s++) { /* segment s works on groups 0 .. groups-1-s */
        *(d->schedule.privacy && s + 1 == d->groups ? &d->schedule.reply : &d->schedule.limbs[s]) = left;
        left -= d->primes[d->groups - 1 - s];
    }
    return true;
}

/** Find the bits of all groups for one balance. False if they do not settle or do not fit. */
static bool settle(draft *d, const cn_program *prog, const cn_moments *m, double balance, double log2_z, cn_status *status) {
    double floor_bits = 0;
    for (unsigned j = 0; j < d->params.plains; j++)
        floor_bits = fmax(floor_bits, cn_noise_log2(cn_scheme_find(d->params.scheme)->noise_floor(d->params.n, d->params.t[j], 1)));
    for (unsigned g = 0; g < d->groups; g++) /* the first guess: of a cube's segment more, or its noise leaves the range of doubles */
        d->bits[g] = cn_act_degree(&prog->segment[g ? d->groups - 1 - g : prog->count - 1].act) == 3 ? 110 : 40;
    for (int round = 0; round < 40; round++) {
        bool real = round >= 12; /* the last rounds are on real primes and only ever add bits to the kept group */
        if (!lay_out(d, real)) return false;
        *status = cn_forecast_run(&d->forecast, prog, m, &d->params, &d->schedule);
        if (*status != CN_OK) return false;
        double missing = log2_z - d->forecast.headroom;
        if (real) {
            if (missing <= 0) return true;
            d->bits[0] += missing + 0.01;
            continue;
        }
        for (unsigned s = 0; s + 1 < prog->count; s++) {
            double noise = fmax(d->forecast.stage[s][CN_STAGE_POST], d->forecast.stage[s][CN_STAGE_ACT]);
            if (prog->segment[s].has_post) noise = d->forecast.stage[s][CN_STAGE_POST];
            d->bits[d->groups - 1 - s] = fmax(noise - floor_bits + balance, PRIME_BITS_MIN);
        }
        if (d->schedule.privacy) d->bits[1] = fmax(d->forecast.flooded - floor_bits, PRIME_BITS_MIN);
        d->bits[0] = fmax(d->bits[0] + missing, PRIME_BITS_MIN);
    }
    return false;
}

/** Most bits of QP: the security table, or less for YASHE' (plan.h). */
static unsigned largest_log2_qp(const cn_params *p) {
    unsigned table = cn_security_max_log2_qp(p->n, CN_SECURITY_BITS);
    return p->scheme == CN_SCHEME_YASHE ? CN_MIN(table, (unsigned)CN_YASHE_LOG2_Q_MAX) : table;
}

static double values_of(const cn_program *prog, unsigned privacy) {
    double sum = 0;
    for (unsigned i = 0; i < prog->count; i++) sum += 2.0 * (double)prog->segment[i].mid + (double)prog->segment[i].out;
    if (privacy) sum += 4.0 * (double)prog->outputs; /* relinearised, scaled, flooded, switched */
    return sum;
}

/** Squarings that noise goes through; under a public key fresh noise has key factors already, like those of one squaring. */
static unsigned depth_of(const cn_plan *plan, const cn_program *prog) {
    unsigned depth = plan->options.public_key != 0;
    for (unsigned i = 0; i < prog->count; i++) depth += cn_act_degree(&prog->segment[i].act) - 1; /* a cube counts as two */
    return depth;
}

#define NARROW 8 /* values before an activation: fewer are not many independent terms */

static bool is_narrow(const cn_program *prog) {
    for (unsigned i = 0; i < prog->count; i++)
        if (cn_segment_acts(&prog->segment[i]) && prog->segment[i].mid < NARROW) return true;
    return false;
}

/** Try one (n, J, digit width, sizes of the kept and of the dropped primes): over all balances. *fits: some set was admissible. */
static cn_status try_sizes(cn_plan *plan, bool *found, bool *fits, miss *nearest, const cn_params *shape, double kept_cap,
                           double dropped_cap, const cn_program *prog, const cn_moments *m) {
    unsigned privacy = plan->options.model_privacy;
    double count = shape->plains * values_of(prog, privacy);
    double z = cn_noise_quantile((double)shape->n * count, CN_FAILURE_BITS);
    z = fmax(z, cn_noise_tail(shape->n, count, CN_FAILURE_BITS, depth_of(plan, prog), is_narrow(prog)));
    unsigned limit = largest_log2_qp(shape);
    for (double balance = prog->count > 1 ? -16 : 6; balance <= 6; balance += 0.5) {
        cn_status status = CN_OK;
        draft d = {.params = *shape, .groups = prog->count + (privacy != 0), .cap = {kept_cap},
                   .schedule = {.public_key = plan->options.public_key != 0, .privacy = privacy, .scale = plan->options.scale_scores}};
        for (unsigned g = 1; g < d.groups; g++) d.cap[g] = dropped_cap;
        bool settled = settle(&d, prog, m, balance, log2(z), &status);
        CN_TRY(status);
        double bits = 0;
        for (unsigned g = 0; g < d.groups; g++) bits += d.bits[g];
        if (!settled || cn_params_log2_qp(&d.params) > limit - 1e-6) {
            bits = fmin(bits, HOPELESS_BITS);
            if (!nearest->n || bits - limit <= nearest->log2_qp - nearest->limit)
                *nearest = (miss){shape->n, bits, limit, !settled && bits <= limit};
            continue;
        }
        *fits = true;
        double cost = cn_cost_total(&plan->costs, &d.params, &d.schedule, prog);
        bool better = !*found || cost < plan->cost * 0.999 ||
                      (cost <= plan->cost * 1.001 && cn_params_log2_qp(&d.params) * (double)d.params.n * d.params.plains <
                                                         cn_params_log2_qp(&plan->params) * (double)plan->params.n * plan->params.plains);
        if (!better) continue;
        *found = true;
        plan->params = d.params;
        plan->schedule = d.schedule;
        plan->forecast = d.forecast;
        plan->cost = cost;
        plan->quantile = z;
    }
    return CN_OK;
}

/** Try one (n, J, digit width). Where wide primes do not fit, more and shorter ones do not either. */
static cn_status try_shape(cn_plan *plan, bool *found, miss *nearest, const cn_params *shape, const cn_program *prog,
                           const cn_moments *m) {
    bool fits = false;
    for (unsigned caps = 0; caps < (prog->count > 1 || plan->options.model_privacy ? 4 : 2); caps++) {
        CN_TRY(try_sizes(plan, found, &fits, nearest, shape, caps & 1 ? SHORT_BITS_MAX : WIDE_BITS_MAX,
                         caps & 2 ? SHORT_BITS_MAX : WIDE_BITS_MAX, prog, m));
        if (!fits) break;
    }
    return CN_OK;
}

static bool is_taken(const cn_params *p, unsigned limbs, uint64_t q) {
    for (unsigned i = 0; i < limbs; i++)
        if (p->q[i] == q) return true;
    for (unsigned j = 0; j < p->plains; j++)
        if (p->t[j] == q) return true;
    return false;
}

/** Replace every prime by the largest ones of its bit length. Packed residues stay as long, while rejection sampling keeps almost
 *  every word of the key stream instead of down to every second one. Only if security and noise allow it. */
static cn_status fill_bit_lengths(cn_plan *plan, const cn_program *prog, const cn_moments *m) {
    cn_params p = plan->params;
    for (unsigned i = 0; i < p.limbs; i++) {
        uint64_t old = p.q[i], high = ((uint64_t)1 << cn_params_bits(old)) - 1;
        if (old <= CN_GEMM_TWO_DIGITS_MAX) high = CN_MIN(high, (uint64_t)CN_GEMM_TWO_DIGITS_MAX);
        do { /* ends at old at the latest, unless an earlier one took that: then there is one above it */
            p.q[i] = cn_prime_below_var(high, 2 * p.n + 1, 2 * p.n);
            high = p.q[i] - 1;
        } while (p.q[i] && is_taken(&p, i, p.q[i]));
        if (p.q[i] < old) return CN_OK;
    }
    cn_forecast f;
    if (cn_params_log2_qp(&p) > largest_log2_qp(&p) - 1e-6) return CN_OK;
    CN_TRY(cn_forecast_run(&f, prog, m, &p, &plan->schedule));
    if (f.headroom < log2(plan->quantile)) return CN_OK;
    plan->params = p;
    plan->forecast = f;
    return CN_OK;
}

/** The layers of the last stage, for refusals. */
static const char *last_label(const cn_program *prog) {
    const cn_segment *s = &prog->segment[prog->count - 1];
    return s->label[s->has_post ? CN_STAGE_POST : cn_segment_acts(s) ? CN_STAGE_ACT : CN_STAGE_PRE];
}

cn_status cn_plan_search(cn_plan *plan, const cn_program *prog, cn_i128 window_t) {
    const cn_plan_options *o = &plan->options;
    static const unsigned digit_choice[] = {0, 23};
    cn_moments m = {0};
    miss nearest = {0};
    bool found = false;
    cn_status status = CN_OK;
    CN_CHECK(cn_moments_compute(&m, prog));
    for (size_t n = 4096; n <= 65536; n *= 2) {
        if (o->ring_degree && o->ring_degree != n) continue;
        if (o->scheme == CN_SCHEME_YASHE && n != CN_YASHE_DEGREE) continue;
        for (unsigned plains = 1; plains <= CN_PLAINS_MAX; plains++) {
            if (o->plains && o->plains != plains) continue;
            cn_params shape = {.n = n, .plains = plains, .scheme = o->scheme};
            if (!cn_plan_plain_primes(&shape, window_t)) continue;
            for (size_t i = 0; i < CN_ARRAY_LEN(digit_choice); i++) {
                shape.digit_bits = o->digit_bits ? o->digit_bits : digit_choice[i];
                CN_CHECK(try_shape(plan, &found, &nearest, &shape, prog, &m));
                if ((prog->count == 1 && !o->model_privacy) || o->digit_bits) break; /* no key switch, or no choice */
            }
        }
    }
    if (!found) {
        if (!nearest.n && o->plains)
            CN_CHECK(cn_fail(CN_ERR_PLAN, "plan: no %u plaintext primes below 2^%d fit a score window of 2^%.1f; ask for another number, "
                                          "or leave it to the planner", o->plains, CN_PLAIN_BITS_MAX, log2((double)window_t)));
        if (!nearest.n)
            CN_CHECK(cn_fail(CN_ERR_PLAN, "plan: no set of at most %d plaintext primes below 2^%d carries a score window of 2^%.1f; "
                                          "use coarser weights or a calibrated window", CN_PLAINS_MAX, CN_PLAIN_BITS_MAX, log2((double)window_t)));
        if (nearest.too_many_primes)
            CN_CHECK(cn_fail(CN_ERR_PLAN, "plan: %u segments with T = 2^%.1f need more than %d ciphertext primes at n = %zu; use "
                                          "fewer activations or smaller weights", prog->count, log2((double)window_t), CN_LIMBS_MAX, nearest.n));
        CN_CHECK(cn_fail(CN_ERR_PLAN, "plan: after layer %s (segment %u of %u) the noise needs log2(Q) %s %.1f at n = %zu with T = "
                                      "2^%.1f, 128-bit security allows %u; use fewer activations, smaller weights or a narrower window",
                         last_label(prog), prog->count, prog->count, nearest.log2_qp < HOPELESS_BITS ? "=" : ">", nearest.log2_qp, nearest.n,
                         log2((double)window_t), nearest.limit));
    }
    CN_CHECK(fill_bit_lengths(plan, prog, &m));
    plan->inputs = prog->inputs;
    plan->outputs = prog->outputs;
    plan->segments = prog->count;
    plan->flood_bits = plan->forecast.flood_bits;
    for (unsigned s = 0; s < prog->count; s++) plan->degree[s] = cn_act_degree(&prog->segment[s].act);
    cn_plan_set_powers(plan);
    plan->window_t = window_t;
cleanup:
    cn_moments_clear(&m);
    return status;
}
