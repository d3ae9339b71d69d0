/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Invented patients. Two hidden numbers, frailty and the state of the kidneys, tie the features to each other; the risk
 *  depends on the written features alone, with squares and products among them, so that a linear predictor cannot have all
 *  of it.
 *
 *  Random numbers: SplitMix64 (Steele, Lea, Flood: OOPSLA 2014), one stream per patient. */

#include "patients.h"

#define ONE 65536 /* 1 in fixed point */

const patient_feature patient_features[PATIENT_FEATURES] = {
    [PATIENT_AGE] = {"age", 0},                 /* years */
    [PATIENT_FEMALE] = {"female", 0},           /* 0, 1 */
    [PATIENT_ADMISSIONS] = {"admissions", 0},   /* in the year before */
    [PATIENT_STAY] = {"stay", 0},               /* days */
    [PATIENT_HAEMOGLOBIN] = {"haemoglobin", 1}, /* g/dl */
    [PATIENT_CREATININE] = {"creatinine", 2},   /* mg/dl */
    [PATIENT_SODIUM] = {"sodium", 0},           /* mmol/l */
    [PATIENT_SYSTOLIC] = {"systolic", 0},       /* mmHg */
    [PATIENT_MEDICINES] = {"medicines", 0},     /* at discharge */
    [PATIENT_DIABETES] = {"diabetes", 0},       /* 0, 1 */
    [PATIENT_HEART_FAILURE] = {"heart_failure", 0},
    [PATIENT_EMERGENCY] = {"emergency", 0},
    [PATIENT_LIVES_ALONE] = {"lives_alone", 0},
};

static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t next(uint64_t *state) { return mix(*state += UINT64_C(0x9e3779b97f4a7c15)); }

/** Nearly normal, mean 0, deviation ONE: the sum of twelve uniform numbers. At most 6 ONE in magnitude. */
static int64_t normal(uint64_t *state) {
    int64_t sum = -6 * (ONE - 1);
    for (int k = 0; k < 3; k++)
        for (uint64_t word = next(state), j = 0; j < 4; j++, word >>= 16) sum += (int64_t)(word & 0xffff);
    return sum;
}

/** 1 with probability share/1000, cut to 2 % .. 98 %. */
static int32_t coin(uint64_t *state, int64_t share) {
    if (share < 20) share = 20;
    if (share > 980) share = 980;
    return (int64_t)(next(state) >> 48) * 1000 < share * ONE;
}

static int64_t product(int64_t x, int64_t y) { return x * y / ONE; }

static int64_t positive(int64_t x) { return x > 0 ? x : 0; }

/** The written integer for x in fixed point, which comes in thousandths of the last digit: from least to most. */
static int32_t written(int64_t x, int32_t least, int32_t most) {
    int64_t v =
        x >= 0 ? (x + 500 * (int64_t)ONE) / (1000 * (int64_t)ONE) : -((500 * (int64_t)ONE - x) / (1000 * (int64_t)ONE));
    return v < least ? least : v > most ? most : (int32_t)v;
}

int32_t patient_logit(const int32_t value[PATIENT_FEATURES]) {
    int32_t age = value[PATIENT_AGE] - 65, admissions = value[PATIENT_ADMISSIONS];
    int32_t haemoglobin = value[PATIENT_HAEMOGLOBIN] - 140, creatinine = value[PATIENT_CREATININE] - 100;
    int32_t sodium = value[PATIENT_SODIUM] - 140, systolic = value[PATIENT_SYSTOLIC] - 130;
    int32_t emergency = value[PATIENT_EMERGENCY], alone = value[PATIENT_LIVES_ALONE];
    int32_t logit = -3200;
    logit += 15 * age + 250 * (admissions < 6 ? admissions : 6) + 30 * (value[PATIENT_STAY] - 5) +
             40 * (value[PATIENT_MEDICINES] - 6);
    logit += haemoglobin * haemoglobin / 2;                  /* 0.2 at 2 g/dl from 14 */
    logit += sodium * sodium * 25;                           /* 0.4 at 4 mmol/l from 140 */
    logit += systolic * systolic * 9 / 10;                   /* 0.36 at 20 mmHg from 130 */
    logit += creatinine * (2 + 8 * value[PATIENT_DIABETES]); /* 0.2 per mg/dl, 1.0 with diabetes */
    logit += value[PATIENT_HEART_FAILURE] * (400 + 30 * age);
    logit += 200 * emergency + 100 * alone + 600 * emergency * alone;
    return logit;
}

/** 1/(1 + exp(-x)) for x = logit/1000, in 1/PATIENT_RISK_ONE: straight lines between points a quarter apart, and |x| cut
 *  to 8. The risk is defined by this table, not by a library's exp. */
static uint32_t risk_of(int32_t logit) {
    static const uint32_t table[] = {32768, 36843, 40793, 44511, 47911, 50941, 53581, 55834, 57724, 59287, 60565,
                                     61598, 62428, 63090, 63615, 64030, 64357, 64614, 64816, 64974, 65097, 65194,
                                     65269, 65328, 65374, 65410, 65438, 65459, 65476, 65489, 65500, 65508, 65514};
    int32_t x = logit < 0 ? -logit : logit;
    if (x >= 8000) x = 7999;
    uint32_t low = table[x / 250], high = table[x / 250 + 1];
    uint32_t risk = low + (high - low) * (uint32_t)(x % 250) / 250;
    return logit < 0 ? PATIENT_RISK_ONE - risk : risk;
}

void patient_draw(patient *p, uint64_t seed, uint64_t number) {
    uint64_t state = mix(mix(seed + 1) + number);
    int32_t *v = p->value;

    int64_t old = normal(&state); /* age in deviations */
    int64_t frailty = product(old, ONE / 2) + product(normal(&state), ONE * 7 / 8);
    int64_t kidney = product(frailty, ONE * 2 / 5) + product(normal(&state), ONE * 9 / 10); /* larger is worse */

    v[PATIENT_FEMALE] = coin(&state, 520);
    v[PATIENT_AGE] = written(66000 * (int64_t)ONE + 14000 * old, 18, 99);
    v[PATIENT_DIABETES] = coin(&state, 240 + 70 * kidney / ONE);
    v[PATIENT_HEART_FAILURE] = coin(&state, 160 + 90 * frailty / ONE);
    v[PATIENT_EMERGENCY] = coin(&state, 450 + 60 * frailty / ONE);
    v[PATIENT_LIVES_ALONE] = coin(&state, 300 + 60 * old / ONE);

    int64_t bad = positive(frailty + product(normal(&state), ONE * 4 / 5));
    v[PATIENT_ADMISSIONS] = written(1100 * bad, 0, 12);
    int64_t spread = normal(&state);
    v[PATIENT_STAY] = written(2000 * (int64_t)ONE + 2000 * product(spread, spread) + 1500 * positive(frailty), 1, 60);
    v[PATIENT_HAEMOGLOBIN] = written((v[PATIENT_FEMALE] ? 130000 : 141000) * (int64_t)ONE + 15000 * normal(&state) -
                                         5000 * frailty - 4000 * positive(kidney),
                                     40, 200);
    v[PATIENT_CREATININE] = written(
        88000 * (int64_t)ONE + 15000 * normal(&state) + 28000 * product(positive(kidney), positive(kidney)), 30, 1500);
    v[PATIENT_SODIUM] = written(139500 * (int64_t)ONE + 3300 * normal(&state) - 700 * frailty, 105, 170);
    v[PATIENT_SYSTOLIC] = written(131000 * (int64_t)ONE + 19000 * normal(&state) + 4000 * old, 70, 240);
    v[PATIENT_MEDICINES] = written((5500 + 1800 * (v[PATIENT_DIABETES] + v[PATIENT_HEART_FAILURE])) * (int64_t)ONE +
                                       2200 * frailty + 1900 * normal(&state),
                                   0, 30);

    p->risk = risk_of(patient_logit(v));
    p->readmitted = next(&state) >> 48 < p->risk;
}
