/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Plans: what is accepted has sound parameters, is written again as it was read, and serves a client. */

#include <string.h>

#include "fuzz.h"
#include "he/params.h"
#include "nn/client.h"
#include "util/bytes.h"
#include "util/sha3.h"
#include "util/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t again[CN_PLAN_CONTENT_MAX];
    cn_plan *p;
    if (cn_plan_parse(&p, data, size) != CN_OK) {
        FUZZ_CHECK(p == NULL);
        return 0;
    }
    FUZZ_CHECK(cn_params_check(&p->params) == CN_OK);
    FUZZ_CHECK(cn_plan_content(again, p) == size - CN_FRAME_OVERHEAD);
    FUZZ_CHECK(memcmp(again, data + CN_FRAME_HEADER, size - CN_FRAME_OVERHEAD) == 0);
    cn_i128 t = 1;
    for (unsigned j = 0; j < p->params.plains && t < p->window_t; j++) t *= (cn_i128)p->params.t[j];
    const cn_i128 limit = (cn_i128)1 << 126;
    FUZZ_CHECK(p->window_t >= 1 && p->window_t <= t && p->window_low > -limit && p->window_low < limit);
    for (unsigned s = 0; s < p->segments; s++)
        FUZZ_CHECK(p->schedule.limbs[s] <= p->params.limbs && p->degree[s] <= CN_POWER_MAX);
    size_t request, reply, key;
    cn_plan_bytes(p, &request, &reply, &key);
    FUZZ_CHECK(request > 0 && reply > 0);
    if (p->params.n <= 4096 && data[size - 1] % 16 == 0) { /* takes a millisecond */
        cn_client *c;
        cn_context *ctx;
        cn_status s = cn_client_bare(&c, p, 1);
        FUZZ_CHECK((s == CN_OK) == (c != NULL));
        cn_client_free(c);
        if (cn_context_new(&ctx, &p->params) == CN_OK && p->params.scheme == CN_SCHEME_BFV)
            for (unsigned j = 0; j < p->params.plains; j++) {
                uint64_t factor = cn_plan_reply_factor(p, j, ctx);
                FUZZ_CHECK(factor >= 1 && factor < p->params.t[j]);
            }
        cn_context_free(ctx);
    }
    cn_plan_free(p);
    return 0;
}

/** The digests are those of the content where that is a plan. Some changes go to the fields before and after the look-up
 *  table. The scheme is mostly BFV: to judge the other takes long. */
size_t fuzz_repair(uint8_t *data, size_t size, size_t max, unsigned seed) {
    size = fuzz_repair_object(data, size, max, seed & ~16u, CN_OBJECT_PLAN);
    if (size < CN_FRAME_OVERHEAD) return size;
    cn_plan *p;
    if (seed & 4) memset(data + 40, 0, 16);
    if ((seed >> 16) % 64 && size >= CN_FRAME_OVERHEAD + 8) memset(data + CN_FRAME_HEADER + 4, 0, 4);
    if (seed & 32) {
        size_t fields = 200, at = (seed >> 8) % (2 * fields);
        if (at >= fields) at += size - CN_FRAME_CHECKSUM - CN_FRAME_HEADER - CN_MIN(2 * fields, size - CN_FRAME_OVERHEAD);
        if (at < size - CN_FRAME_OVERHEAD) data[CN_FRAME_HEADER + at] ^= (uint8_t)(1u << (seed >> 20) % 8);
    }
    if (cn_plan_content_parse(&p, data + CN_FRAME_HEADER, size - CN_FRAME_OVERHEAD) == CN_OK && seed & 16) {
        cn_object_info info = cn_frame_info(CN_OBJECT_PLAN, p, NULL, 0);
        memcpy(data + 56, info.params, 32);
        memcpy(data + 88, info.plan, 32);
    }
    cn_plan_free(p);
    cn_sha3_256(data + size - CN_FRAME_CHECKSUM, data, size - CN_FRAME_CHECKSUM);
    return size;
}
