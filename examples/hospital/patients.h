/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Invented patients: a record of PATIENT_FEATURES numbers, the probability of being admitted again within thirty days, and
 *  whether it came to that. The probability is known because this file makes it; nothing here was learnt from people.
 *
 *  Integers only, divisions round to zero: the same seed gives the same patients on every machine, and patient i does not
 *  depend on how many are drawn. */

#ifndef HOSPITAL_PATIENTS_H
#define HOSPITAL_PATIENTS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PATIENT_AGE,
    PATIENT_FEMALE,
    PATIENT_ADMISSIONS,
    PATIENT_STAY,
    PATIENT_HAEMOGLOBIN,
    PATIENT_CREATININE,
    PATIENT_SODIUM,
    PATIENT_SYSTOLIC,
    PATIENT_MEDICINES,
    PATIENT_DIABETES,
    PATIENT_HEART_FAILURE,
    PATIENT_EMERGENCY,
    PATIENT_LIVES_ALONE,
    PATIENT_FEATURES
};

#define PATIENT_RISK_ONE 65536 /* a probability of 1 */

/** How a feature is written: its column, and how many of the integer's last digits stand behind the point. */
typedef struct patient_feature {
    const char *name;
    unsigned decimals;
} patient_feature;

extern const patient_feature patient_features[PATIENT_FEATURES];

typedef struct patient {
    int32_t value[PATIENT_FEATURES]; /* in units of the last digit written */
    uint32_t risk;                   /* probability of readmission in 1/PATIENT_RISK_ONE, 0 < risk < PATIENT_RISK_ONE */
    bool readmitted;                 /* drawn with that probability */
} patient;

/** Draw patient number of a seed. Never fails. */
void patient_draw(patient *p, uint64_t seed, uint64_t number);

/** The logit of the risk in thousandths, from the record as it is written. doc/tutorial-tabular.md has it as a formula. */
int32_t patient_logit(const int32_t value[PATIENT_FEATURES]);

#endif
