/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Fields of plan files: little-endian integers, and what plans of both kinds have. */

#ifndef CN_PROTO_FIELDS_H
#define CN_PROTO_FIELDS_H

#include <string.h>

#include "nn/model.h"
#include "nn/plan.h"
#include "util/bytes.h"

/** More bytes than the fields below take in any plan, texts included. */
#define CN_FIELDS_MAX (4096 + CN_MODEL_TEXT_MAX)

/** Where the next field is written; the caller sees to the room. */
typedef struct cn_out {
    uint8_t *p;
} cn_out;

static inline void cn_put32(cn_out *o, uint32_t x) { cn_store32_le(o->p, x), o->p += 4; }
static inline void cn_put64(cn_out *o, uint64_t x) { cn_store64_le(o->p, x), o->p += 8; }
static inline void cn_put_bytes(cn_out *o, const void *data, size_t n) { memcpy(o->p, data, n), o->p += n; }

/** What is left to read; is_short turns true at the first read beyond the end, and zeros are read from then on. */
typedef struct cn_in {
    const uint8_t *p, *end;
    bool is_short;
} cn_in;

/** The next n <= 32 bytes, or, beyond the end, zeros. */
const uint8_t *cn_take(cn_in *i, size_t n);
static inline uint32_t cn_get32(cn_in *i) { return cn_load32_le(cn_take(i, 4)); }
static inline uint64_t cn_get64(cn_in *i) { return cn_load64_le(cn_take(i, 8)); }

/** Parameters; read, they are judged against the security table.  Returns: CN_OK, also where the input is short; CN_ERR_SIZE,
 *  all of cn_params_check. */
void cn_put_params(cn_out *o, const cn_params *q);
cn_status cn_get_params(cn_params *q, cn_in *i);

/** Digest of the model, inputs, outputs, window, look-up table.  In: p->params as read before.  Returns: CN_OK, also where the
 *  input is short; CN_ERR_SIZE, CN_ERR_RANGE. */
void cn_put_shape(cn_out *o, const cn_plan *p);
cn_status cn_get_shape(cn_plan *p, cn_in *i);

/** Costs that are not the reference; a plan with the reference has no such field.  Returns: CN_OK, also where the input is short;
 *  CN_ERR_RANGE, CN_ERR_FORMAT (the reference). */
void cn_put_costs(cn_out *o, const cn_costs *c);
cn_status cn_get_costs(cn_costs *c, cn_in *i);

/** The name of the model, the last field: nothing may follow.  Out: p->model_name, the caller's to release also on failure.
 *  Returns: CN_OK, CN_ERR_SIZE, CN_ERR_TRUNCATED (here or before), CN_ERR_OVERSIZED, CN_ERR_FORMAT, CN_ERR_MEMORY. */
void cn_put_name(cn_out *o, const cn_plan *p);
cn_status cn_get_name(cn_plan *p, cn_in *i);

#endif
