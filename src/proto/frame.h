/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The frame around every object but models: header, payload, checksum  (doc/file-formats.md, Objects).
 *
 *  Writing: cn_frame_write. Reading, in three depths: cn_frame_open judges header, length and checksum; cn_frame_expect compares with a plan;
 *  the reader of each type judges its payload. */

#ifndef CN_PROTO_FRAME_H
#define CN_PROTO_FRAME_H

#include "cryptonets_wire.h"
#include "nn/model.h"
#include "nn/plan.h"
#include "util/file.h"

#define CN_FRAME_HEADER 128
#define CN_FRAME_CHECKSUM 32
#define CN_FRAME_OVERHEAD (CN_FRAME_HEADER + CN_FRAME_CHECKSUM)
#define CN_FRAME_VERSION_MAX 3 /* of any type; doc/file-formats.md has those of each */

typedef struct cn_frame {
    cn_object_info info;
    const uint8_t *payload; /* in the bytes that were opened */
    size_t size;
} cn_frame;

/** Judge size bytes.  Out: *f pointing into them; f->info zeroed where the header could not be read.
 *  Returns: CN_OK, CN_ERR_MAGIC, CN_ERR_VERSION, CN_ERR_FORMAT (unknown type, a field that must be 0), CN_ERR_TRUNCATED, CN_ERR_OVERSIZED,
 *  CN_ERR_DIGEST. */
CN_MUST_USE cn_status cn_frame_open(cn_frame *f, const uint8_t *data, size_t size);

/** Compare with what is expected: this type, parameters and plan, and a payload of so many bytes.
 *  Returns: CN_OK, CN_ERR_MISMATCH (another object or plan), CN_ERR_TRUNCATED, CN_ERR_OVERSIZED. */
CN_MUST_USE cn_status cn_frame_expect(const cn_frame *f, cn_object type, const cn_plan *p, size_t payload);

/** Write a file: header from info (its length is filled in here), stretches of payload, checksum. Secret keys get mode 0600.
 *  In: at most CN_FRAME_PARTS stretches; fresh: nothing may have the name.  Returns: as cn_file_write_parts, cn_file_create_parts. */
#define CN_FRAME_PARTS 4
CN_MUST_USE cn_status cn_frame_write(const char *path, cn_object_info info, const cn_bytes *payload, size_t count, bool fresh);

/** Header fields of an object of a plan, the version that its type has under this plan among them. */
cn_object_info cn_frame_info(cn_object type, const cn_plan *p, const uint8_t key_id[16], uint64_t count);

/** Readers of whole objects from memory, as the _load functions of cryptonets_wire.h, whose codes they return; what they make owns its
 *  memory, but the request of cn_request_parse points into data and must be released before it. */
CN_MUST_USE cn_status cn_plan_parse(cn_plan **p, const uint8_t *data, size_t size);
CN_MUST_USE cn_status cn_secret_key_parse(cn_secret_key **sk, const cn_plan *p, const cn_context *ctx, const uint8_t *data, size_t size);
CN_MUST_USE cn_status cn_public_key_parse(cn_public_key **pk, const cn_plan *p, const cn_context *ctx, const uint8_t *data, size_t size);
CN_MUST_USE cn_status cn_evaluation_key_parse(cn_relin_key **rk, const cn_plan *p, const cn_context *ctx, const uint8_t *data, size_t size);
CN_MUST_USE cn_status cn_request_parse(cn_request **r, const cn_plan *p, const uint8_t *data, size_t size);
CN_MUST_USE cn_status cn_reply_parse(cn_reply **r, const cn_plan *p, const cn_context *ctx, const uint8_t *data, size_t size);

/** The content of a plan file without its frame: written to a buffer, its length returned; and read, with the statuses of
 *  cn_plan_load, but the digest is computed, not compared. */
#define CN_PLAN_CONTENT_MAX (8192 + CN_MODEL_TEXT_MAX) /* more than the largest plan takes */
size_t cn_plan_content(uint8_t content[CN_PLAN_CONTENT_MAX], const cn_plan *p);
CN_MUST_USE cn_status cn_plan_content_parse(cn_plan **p, const uint8_t *content, size_t size);

/** A file in memory for one of them: at most as many bytes as this type has under this plan, else, before anything but the header is read,
 *  CN_ERR_MISMATCH if that is of another type, and CN_ERR_OVERSIZED.  In: payload bytes.  Out: *data, to be released with cn_free (secret keys:
 *  cn_free_secret).  Returns: as cn_file_read; CN_ERR_MISMATCH. */
CN_MUST_USE cn_status cn_frame_read(uint8_t **data, size_t *size, const char *path, cn_object type, size_t payload);

#endif
