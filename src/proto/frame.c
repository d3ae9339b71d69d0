/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Header and checksum, for all types alike.
 *
 *      0   8  "CNOBJCT\n"        40  16  key id
 *      8   4  version            56  32  digest of the parameters
 *     12   4  type               88  32  digest of the plan
 *     16   8  length            120   8  zero
 *     24   4  flags             128      payload
 *     28   4  zero              end  32  SHA3-256 of all before
 *     32   8  count */

#include "proto/frame.h"

#include <string.h>

#include "he/params.h"
#include "util/bytes.h"
#include "util/ctcheck.h"
#include "util/map.h"
#include "util/mem.h"
#include "util/sha3.h"
#include "util/status.h"

static const uint8_t magic[8] = {'C', 'N', 'O', 'B', 'J', 'C', 'T', '\n'};
#define FLAG_RETIRED 1u

/** Versions of each type: a plan of either kind has the last one if it has costs; one for batches else the second if it has model
 * privacy. The first version of replies did not name the request, that of secret keys had two bits per coefficient. */
static const struct {
    unsigned low, high;
} versions[] = {[CN_OBJECT_PLAN] = {1, 3},           [CN_OBJECT_SECRET_KEY] = {2, 2}, [CN_OBJECT_PUBLIC_KEY] = {1, 1},
                [CN_OBJECT_EVALUATION_KEY] = {1, 1}, [CN_OBJECT_REQUEST] = {1, 1},    [CN_OBJECT_REPLY] = {2, 2},
                [CN_OBJECT_SINGLE_PLAN] = {1, 2},    [CN_OBJECT_SINGLE_EVALUATION_KEY] = {1, 1},
                [CN_OBJECT_SINGLE_REQUEST] = {1, 1}, [CN_OBJECT_SINGLE_REPLY] = {1, 1}};

const char *cn_object_name(cn_object type) {
    switch (type) {
    case CN_OBJECT_PLAN: return "plan";
    case CN_OBJECT_SECRET_KEY: return "secret key";
    case CN_OBJECT_PUBLIC_KEY: return "public key";
    case CN_OBJECT_EVALUATION_KEY: return "evaluation key";
    case CN_OBJECT_REQUEST: return "request";
    case CN_OBJECT_REPLY: return "reply";
    case CN_OBJECT_SINGLE_PLAN: return "packed plan";
    case CN_OBJECT_SINGLE_EVALUATION_KEY: return "packed evaluation key";
    case CN_OBJECT_SINGLE_REQUEST: return "packed request";
    case CN_OBJECT_SINGLE_REPLY: return "packed reply";
    }
    return "unknown object";
}

static bool is_plan(cn_object type) { return type == CN_OBJECT_PLAN || type == CN_OBJECT_SINGLE_PLAN; }
static bool has_count(cn_object type) {
    return type == CN_OBJECT_REQUEST || type == CN_OBJECT_REPLY || type == CN_OBJECT_SINGLE_REQUEST || type == CN_OBJECT_SINGLE_REPLY;
}
static bool all_zero(const uint8_t *p, size_t n) {
    uint8_t sum = 0;
    for (size_t i = 0; i < n; i++) sum |= p[i];
    return sum == 0;
}

/* ---- reading ------------------------------------------------------------------------------- */

/** The header, without its checksum.  In: CN_FRAME_HEADER bytes. */
static cn_status read_header(cn_object_info *info, const uint8_t *h) {
    uint32_t version = cn_load32_le(h + 8), type = cn_load32_le(h + 12), flags = cn_load32_le(h + 24);
    if (version < 1 || version > CN_FRAME_VERSION_MAX)
        return cn_fail(CN_ERR_VERSION, "object: version %u; expected 1 to %d; use a program that knows it", version, CN_FRAME_VERSION_MAX);
    if (type < CN_OBJECT_PLAN || type > CN_OBJECT_SINGLE_REPLY)
        return cn_fail(CN_ERR_FORMAT, "object: type %u; expected 1 to %d; the file is damaged", type, CN_OBJECT_SINGLE_REPLY);
    if (version < versions[type].low || version > versions[type].high)
        return cn_fail(CN_ERR_VERSION, "%s: version %u; expected %u; use a program that knows it", cn_object_name((cn_object)type), version,
                       versions[type].high);
    *info = (cn_object_info){.type = (cn_object)type,
                             .version = version,
                             .length = cn_load64_le(h + 16),
                             .count = cn_load64_le(h + 32),
                             .retired = (flags & FLAG_RETIRED) != 0};
    memcpy(info->key_id, h + 40, sizeof info->key_id);
    memcpy(info->params, h + 56, sizeof info->params);
    memcpy(info->plan, h + 88, sizeof info->plan);
    if (flags & ~(type == CN_OBJECT_SECRET_KEY ? FLAG_RETIRED : 0) || !all_zero(h + 28, 4) || !all_zero(h + 120, 8) ||
        (!has_count(info->type) && info->count) || (is_plan(info->type) && !all_zero(info->key_id, sizeof info->key_id)))
        return cn_fail(CN_ERR_FORMAT, "%s: a field of the header has a value that it cannot have; the file is damaged", cn_object_name(info->type));
    return CN_OK;
}

cn_status cn_frame_open(cn_frame *f, const uint8_t *data, size_t size) {
    *f = (cn_frame){0};
    size_t known = CN_MIN(size, sizeof magic);
    if (known && memcmp(data, magic, known) != 0)
        return cn_fail(CN_ERR_MAGIC, "object: expected a plan, key, request or reply, found another kind of file; check the path");
    if (size < CN_FRAME_OVERHEAD)
        return cn_fail(CN_ERR_TRUNCATED, "object: expected at least %d bytes, found %zu; copy the file again", CN_FRAME_OVERHEAD, size);
    CN_TRY(read_header(&f->info, data));
    const char *name = cn_object_name(f->info.type);
    if (f->info.length > size)
        return cn_fail(CN_ERR_TRUNCATED, "%s: expected %llu bytes as its header says, found %zu; copy the file again", name,
                       (unsigned long long)f->info.length, size);
    if (f->info.length < size)
        return cn_fail(CN_ERR_OVERSIZED, "%s: expected %llu bytes as its header says, found %zu; copy the file again", name,
                       (unsigned long long)f->info.length, size);
    uint8_t digest[32];
    cn_sha3_256(digest, data, size - CN_FRAME_CHECKSUM);
    uint8_t different = 0; /* every byte is looked at: that of a secret key is a function of the key */
    for (size_t i = 0; i < sizeof digest; i++) different |= digest[i] ^ data[size - CN_FRAME_CHECKSUM + i];
    CN_PUBLIC(&different, 1); /* that a file is damaged is visible */
    if (different)
        return cn_fail(CN_ERR_DIGEST, "%s: the checksum is not that of the content; copy the file again", name);
    f->payload = data + CN_FRAME_HEADER;
    f->size = size - CN_FRAME_OVERHEAD;
    return CN_OK;
}

static cn_status wrong_type(cn_object expected, cn_object found) {
    return cn_fail(CN_ERR_MISMATCH, "%s: expected one, found a %s; check the order of the files", cn_object_name(expected), cn_object_name(found));
}

cn_status cn_frame_expect(const cn_frame *f, cn_object type, const cn_plan *p, size_t payload) {
    const char *name = cn_object_name(type);
    uint8_t params[32];
    if (f->info.type != type)
        return wrong_type(type, f->info.type);
    cn_params_digest(params, &p->params);
    if (memcmp(f->info.params, params, sizeof params) != 0 || memcmp(f->info.plan, p->digest, sizeof p->digest) != 0)
        return cn_fail(CN_ERR_MISMATCH, "%s: belongs to another plan; expected the plan that is given with it", name);
    if (f->size != payload)
        return cn_fail(f->size < payload ? CN_ERR_TRUNCATED : CN_ERR_OVERSIZED, "%s: expected %zu bytes of content under this plan, found %zu; "
                                                                               "the file is damaged", name, payload, f->size);
    return CN_OK;
}

/** Whether the header of a file is that of another type. */
static bool has_other_type(cn_object *found, const char *path, cn_object expected) {
    void *data;
    size_t size;
    cn_object_info info;
    if (cn_map_file(&data, &size, path) != CN_OK) return false;
    bool other = size >= CN_FRAME_HEADER && memcmp(data, magic, sizeof magic) == 0 && read_header(&info, data) == CN_OK && info.type != expected;
    cn_map_free(data, size);
    if (other) *found = info.type;
    return other;
}

cn_status cn_frame_read(uint8_t **data, size_t *size, const char *path, cn_object type, size_t payload) {
    cn_object found;
    cn_status status = cn_file_read_plain(data, size, path, payload + CN_FRAME_OVERHEAD);
    if (status != CN_ERR_OVERSIZED) return status;
    if (has_other_type(&found, path, type)) return cn_fail_prefix(wrong_type(type, found), "%s", path);
    return cn_file_read_plain(data, size, path, payload + CN_FRAME_OVERHEAD); /* its words again */
}

cn_status cn_object_inspect(cn_object_info *info, const char *path) {
    if (info) *info = (cn_object_info){0};
    if (!info || !path) return cn_fail(CN_ERR_NULL, "inspect: expected a place for the result and a path, found NULL");
    void *data;
    size_t size;
    cn_frame f;
    CN_TRY(cn_map_file(&data, &size, path));
    cn_status status = cn_frame_open(&f, data, size);
    *info = f.info;
    cn_map_free(data, size);
    return cn_fail_prefix(status, "%s", path);
}

/* ---- writing ------------------------------------------------------------------------------- */

cn_object_info cn_frame_info(cn_object type, const cn_plan *p, const uint8_t key_id[16], uint64_t count) {
    cn_object_info info = {.type = type, .version = versions[type].high, .count = count};
    if (is_plan(type) && !cn_costs_calibrated(&p->costs)) info.version = p->options.model_privacy ? 2 : 1;
    cn_params_digest(info.params, &p->params);
    memcpy(info.plan, p->digest, sizeof info.plan);
    if (key_id) memcpy(info.key_id, key_id, sizeof info.key_id);
    return info;
}

static void write_header(uint8_t h[CN_FRAME_HEADER], const cn_object_info *info) {
    memset(h, 0, CN_FRAME_HEADER);
    memcpy(h, magic, sizeof magic);
    cn_store32_le(h + 8, info->version);
    cn_store32_le(h + 12, (uint32_t)info->type);
    cn_store64_le(h + 16, info->length);
    cn_store32_le(h + 24, info->retired ? FLAG_RETIRED : 0);
    cn_store64_le(h + 32, info->count);
    memcpy(h + 40, info->key_id, sizeof info->key_id);
    memcpy(h + 56, info->params, sizeof info->params);
    memcpy(h + 88, info->plan, sizeof info->plan);
}

cn_status cn_frame_write(const char *path, cn_object_info info, const cn_bytes *payload, size_t count, bool fresh) {
    uint8_t header[CN_FRAME_HEADER], digest[CN_FRAME_CHECKSUM];
    cn_bytes part[CN_FRAME_PARTS + 2] = {{header, sizeof header}};
    info.length = CN_FRAME_OVERHEAD;
    for (size_t i = 0; i < count; i++) {
        part[i + 1] = payload[i];
        info.length += payload[i].size;
    }
    part[count + 1] = (cn_bytes){digest, sizeof digest};
    write_header(header, &info);
    cn_sha3 hash;
    cn_sha3_init(&hash);
    for (size_t i = 0; i <= count; i++) cn_sha3_update(&hash, part[i].data, part[i].size);
    cn_sha3_final(&hash, digest);
    return (fresh ? cn_file_create_parts : cn_file_write_parts)(path, info.type == CN_OBJECT_SECRET_KEY ? 0600 : 0666, part, count + 2);
}
